/* SPDX-License-Identifier: MulanPSL-2.0 */
/* duplicates: see duplicates.h. */
#include "agent/core/duplicates.h"

#include "agent/core/save.h"
#include "agent/core/view.h"
#include "shared/db/duplicate.h"
#include "shared/ledger/change.h"
#include "shared/record/validate.h"

#define LEDGERS_MAX 32 /* in which one pair is spoken of */

/* ---- showing ---- */

static enum status view_one(struct desk *desk, struct ledger *ledger,
                            const struct catalog_table *table, const struct record_id *id,
                            json_t *out, struct error *err)
{
    struct arena arena = {0};
    struct record_state record;
    char hex[RECORD_ID_TEXT];
    json_t *one = NULL;
    enum status st = materialise_load(desk->rep, ledger, table, id, &arena, &record, err);
    if (st == ST_OK)
        st = view_stamp(desk, ledger, &record.created, &one, err);
    if (st == ST_OK) {
        record_id_format(id, hex);
        json_object_set_new(one, "id", json_string(hex));
        json_object_set_new(one, "title", json_string(view_title(desk, &record, &arena)));
        json_object_set_new(one, "ledger", json_string(ledger->origin.text));
        json_array_append_new(out, one);
    }
    arena_release(&arena);
    return st;
}

struct listing {
    struct desk *desk;
    json_t *out;
    enum status status;
    struct error *err;
};

static void list_pair(struct listing *l, const char *kind, const char *text,
                      const struct catalog_table *table, const struct record_id ids[2],
                      struct ledger *const ledgers[2])
{
    json_t *records = json_array();
    for (int i = 0; i < 2 && l->status == ST_OK; i++)
        l->status = view_one(l->desk, ledgers[i], table, &ids[i], records, l->err);
    if (l->status == ST_OK)
        json_array_append_new(l->out, json_pack("{s:s, s:s, s:s, s:s, s:O}", "kind", kind, "type",
                                                table->name, "type_label", table->zh, "text", text,
                                                "records", records));
    json_decref(records);
}

static bool list_found(void *arg, const struct duplicate *d)
{
    struct listing *l = arg;
    list_pair(l, d->certain ? "same_id" : "similar",
              d->certain ? "证件相同" : "姓名相近、出生日期相同，只是可能", d->table, d->ids,
              d->ledgers);
    return l->status == ST_OK;
}

/* A pair of which somebody has said something. */
struct said {
    uint32_t table;
    struct record_id ids[2];
    bool same;
};

static enum status read_said(struct desk *desk, struct said **out, size_t *count, struct error *err)
{
    struct stmt *stmt =
        db_stmt(desk->db, "SELECT tbl, id, other, max(same) FROM link WHERE id < other"
                          " GROUP BY tbl, id, other ORDER BY tbl, id, other");
    size_t capacity = 0;
    enum status st;
    bool row;
    while ((st = stmt_step(stmt, &row, err)) == ST_OK && row) {
        struct slice a = stmt_blob(stmt, 1), b = stmt_blob(stmt, 2);
        if (a.n != RECORD_ID_SIZE || b.n != RECORD_ID_SIZE)
            continue;
        *out = mem_grow(*out, &capacity, *count + 1, sizeof(**out));
        struct said *said = &(*out)[(*count)++];
        *said = (struct said){.table = (uint32_t)stmt_int(stmt, 0), .same = stmt_int(stmt, 3) != 0};
        memcpy(said->ids[0].b, a.p, RECORD_ID_SIZE);
        memcpy(said->ids[1].b, b.p, RECORD_ID_SIZE);
    }
    stmt_reset(stmt);
    return st;
}

static enum status list_said(struct listing *l, struct error *err)
{
    struct said *said = NULL;
    size_t count = 0;
    enum status st = read_said(l->desk, &said, &count, err);
    for (size_t i = 0; i < count && st == ST_OK; i++) {
        const struct catalog_table *table =
            catalog_table(replica_catalog(l->desk->rep), said[i].table);
        struct ledger *ledgers[2] = {0};
        for (int k = 0; k < 2 && table; k++)
            ledgers[k] = materialise_find(l->desk->rep, table, &said[i].ids[k]);
        if (ledgers[0] && ledgers[1]) /* else one of them is not here */
            list_pair(l, said[i].same ? "linked" : "apart",
                      said[i].same ? "已认定为同一个" : "已认定不是同一个", table, said[i].ids,
                      ledgers);
        st = l->status;
    }
    mem_free(said);
    return st;
}

enum status duplicates_list(struct desk *desk, bool all, json_t **out, struct error *err)
{
    struct listing l = {.desk = desk, .out = json_array(), .err = err};
    *out = l.out;
    enum status st = view_settle(desk, err);
    if (st == ST_OK)
        st = duplicate_each(desk->rep, list_found, &l, err);
    if (st == ST_OK)
        st = l.status;
    return st == ST_OK && all ? list_said(&l, err) : st;
}

/* ---- a record's own ---- */

static void append_id(json_t *ids, const struct record_id *id)
{
    char hex[RECORD_ID_TEXT];
    record_id_format(id, hex);
    json_array_append_new(ids, json_string(hex));
}

enum status duplicates_mark(struct desk *desk, const struct catalog_table *table,
                            const struct record_id *id, json_t *record, struct error *err)
{
    struct arena arena = {0};
    struct record_id shown, *ids;
    size_t count;
    char hex[RECORD_ID_TEXT];
    if (!links_exist(desk->rep))
        return ST_OK;
    if (links_shown(desk->rep, table, id, &shown)) {
        record_id_format(&shown, hex);
        json_object_set_new(record, "same_as", json_string(hex));
        return ST_OK;
    }
    enum status st = links_component(desk->rep, table, id, &arena, &ids, &count, err);
    json_t *also = json_array();
    for (size_t i = 0; i < count && st == ST_OK; i++)
        if (!record_id_equal(&ids[i], id))
            append_id(also, &ids[i]);
    if (json_array_size(also))
        json_object_set(record, "also", also);
    json_decref(also);
    arena_release(&arena);
    return st;
}

/* ---- saying ---- */

/* What is to be said, and where. */
struct plan {
    const struct catalog_table *table;
    struct record_id ids[2]; /* ascending */
    bool nothing;            /* it stands like that already */
    size_t count;
    struct ledger *ledgers[LEDGERS_MAX];
};

static enum status find_type(struct desk *desk, struct plan *plan, struct ledger *homes[2],
                             struct error *err)
{
    const struct catalog *catalog = replica_catalog(desk->rep);
    for (size_t i = 0; i < catalog->table_count; i++) {
        const struct catalog_table *table = catalog->tables[i];
        for (int k = 0; k < 2; k++)
            homes[k] =
                record_tables_has(table) ? materialise_find(desk->rep, table, &plan->ids[k]) : NULL;
        if (homes[0] && homes[1]) {
            plan->table = table;
            return ST_OK;
        }
    }
    return error_set(err, ST_NOT_FOUND, "本机没有这两条记录，或者它们不是同一种记录");
}

static enum status read_ids(const struct duplicates_say *what, struct plan *plan, struct error *err)
{
    if (!record_id_parse(slice_str(what->a), &plan->ids[0]) ||
        !record_id_parse(slice_str(what->b), &plan->ids[1]))
        return error_set(err, ST_USAGE, "请写两条记录的 32 位编号，见 huce duplicates list");
    int order = memcmp(plan->ids[0].b, plan->ids[1].b, RECORD_ID_SIZE);
    if (order == 0)
        return error_set(err, ST_USAGE, "这是同一条记录");
    if (order > 0) {
        struct record_id id = plan->ids[0];
        plan->ids[0] = plan->ids[1];
        plan->ids[1] = id;
    }
    return ST_OK;
}

/* Every ledger in which a link of the pair stands. */
static enum status find_links(struct desk *desk, struct plan *plan, struct error *err)
{
    struct stmt *stmt = db_stmt(desk->db, "SELECT ledger FROM link WHERE tbl = ?1 AND id = ?2"
                                          " AND other = ?3 AND same ORDER BY ledger");
    enum status st;
    bool row;
    bind_int(stmt, 1, plan->table->no);
    bind_blob(stmt, 2, slice_of(plan->ids[0].b, RECORD_ID_SIZE));
    bind_blob(stmt, 3, slice_of(plan->ids[1].b, RECORD_ID_SIZE));
    while ((st = stmt_step(stmt, &row, err)) == ST_OK && row) {
        struct ledger *ledger = replica_ledger_by_no(desk->rep, stmt_int(stmt, 0));
        if (!ledger)
            continue;
        if (plan->count == LEDGERS_MAX) {
            st = error_set(err, ST_LIMIT, "这一对在太多账本里认定过");
            break;
        }
        plan->ledgers[plan->count++] = ledger;
    }
    stmt_reset(stmt);
    return st;
}

/* Taking apart two that hang together only over a third would change nothing. */
static enum status check_direct(struct desk *desk, const struct plan *plan, struct error *err)
{
    struct arena arena = {0};
    struct record_id *ids;
    size_t count;
    bool together = false;
    enum status st =
        links_component(desk->rep, plan->table, &plan->ids[0], &arena, &ids, &count, err);
    for (size_t i = 0; i < count && st == ST_OK; i++)
        together |= record_id_equal(&ids[i], &plan->ids[1]);
    arena_release(&arena);
    if (st == ST_OK && together && plan->count == 0)
        st = error_set(err, ST_REFUSED,
                       "这两条是经过别的记录连在一起的：用 huce duplicates list --all "
                       "看清楚，拆开直接认定的那一对");
    return st;
}

/* Where the author may write: with the record that is shown, else with the other. */
static struct ledger *writable(const struct author *author, struct ledger *const homes[2])
{
    for (int i = 0; author->grant && i < 2; i++)
        if (grant_covers_ledger(author->grant, origin_code(&homes[i]->origin)))
            return homes[i];
    return homes[0];
}

static enum status make_plan(struct desk *desk, const struct author *author,
                             const struct duplicates_say *what, struct plan *plan,
                             struct error *err)
{
    struct ledger *homes[2];
    enum link_word word;
    *plan = (struct plan){0};
    enum status st = read_ids(what, plan, err);
    if (st == ST_OK)
        st = find_type(desk, plan, homes, err);
    if (st == ST_OK)
        st = links_word(desk->rep, plan->table, &plan->ids[0], &plan->ids[1], &word, err);
    if (st == ST_OK && !what->same)
        st = find_links(desk, plan, err);
    if (st == ST_OK && !what->same)
        st = check_direct(desk, plan, err);
    if (st != ST_OK)
        return st;
    plan->nothing = word == (what->same ? LINK_SAME : LINK_APART);
    if (plan->count == 0)
        plan->ledgers[plan->count++] = writable(author, homes);
    return ST_OK;
}

static enum status write_word(struct save *save, const struct plan *plan,
                              const struct duplicates_say *what, struct error *err)
{
    struct buf body;
    const struct op op = {.code = OP_LINK,
                          .table = plan->table->no,
                          .record = plan->ids[0],
                          .other = plan->ids[1],
                          .link = what->same};
    buf_init(&body, CHANGE_BODY_MAX);
    op_body_begin(&body, 1);
    op_write(&body, &op);
    op_body_end(&body, slice_str(what->note));
    enum status st = save_change(save, buf_slice(&body), err);
    buf_release(&body);
    return st;
}

static enum status check_note(const struct duplicates_say *what, struct error *err)
{
    if (!what->note || !*what->note)
        return error_set(err, ST_USAGE, "请用 --note 写明依据");
    if (strlen(what->note) > CHANGE_NOTE_MAX || !utf8_valid(slice_str(what->note)))
        return error_set(err, ST_INVALID, "备注太长，或者不是 UTF-8 文字");
    return ST_OK;
}

/* All ledgers in one transaction. */
static enum status write_plan(struct desk *desk, struct author *author, const struct plan *first,
                              const struct duplicates_say *what, struct error *err)
{
    struct save *saves[LEDGERS_MAX] = {0};
    struct plan plan;
    const int64_t no = first->ledgers[0]->no;
    enum status st = save_begin(desk, first->ledgers[0], author, &saves[0], err);
    if (st == ST_OK)
        st = desk_author_renew(desk, author, err);
    if (st == ST_OK) /* again, now that nobody else can write */
        st = make_plan(desk, author, what, &plan, err);
    if (st == ST_OK && (plan.nothing || plan.ledgers[0]->no != no))
        st = error_set(err, ST_BUSY, "资料刚刚更新，请再运行一次");
    for (size_t i = 1; st == ST_OK && i < plan.count; i++)
        st = save_also(saves[0], plan.ledgers[i], &saves[i], err);
    for (size_t i = 0; st == ST_OK && i < plan.count; i++)
        st = write_word(saves[i], &plan, what, err);
    if (st == ST_OK)
        return save_commit(saves[0], err);
    save_abort(saves[0]);
    return st;
}

enum status duplicates_say(struct desk *desk, struct author *author,
                           const struct duplicates_say *what, bool *changed, struct error *err)
{
    struct plan plan;
    *changed = false;
    enum status st = check_note(what, err);
    if (st == ST_OK)
        st = desk_refresh(desk, err);
    if (st == ST_OK)
        st = make_plan(desk, author, what, &plan, err);
    if (st != ST_OK || plan.nothing)
        return st;
    st = write_plan(desk, author, &plan, what, err);
    *changed = st == ST_OK;
    return st;
}
