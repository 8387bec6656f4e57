/* SPDX-License-Identifier: MulanPSL-2.0 */
/* feed: see feed.h. Two passes: all rows are read and judged, then written ledger by ledger. */
#include "agent/core/feed.h"

#include <stdio.h>
#include <stdlib.h>

#include "agent/core/csv.h"
#include "agent/core/deeds.h"
#include "agent/core/view.h"
#include "shared/base/file.h"
#include "shared/base/time.h"
#include "shared/codec/hex.h"
#include "shared/crypto/hash.h"
#include "shared/record/validate.h"

#define FILE_MAX (256 * 1024 * 1024)
#define WORDS_MAX 64

static const char *text(const json_t *object, const char *name)
{
    const char *value = json_string_value(json_object_get(object, name));
    return value ? value : "";
}

/* ---- what a row comes to ---- */

struct difference {
    int64_t ledger;
    struct record_id person;
    uint32_t field;
    const char *said, *held; /* as people write them; held may be "" */
    bool decides;            /* the department's word is written */
};

struct count {
    int64_t ledger;
    uint64_t matched, agreed, differences;
};

struct taking {
    struct desk *desk;
    const struct author *author;
    const struct feed_take *what;
    struct feed_result *out;
    const struct catalog_table *person;
    int role_bit, key;
    size_t column_count;
    const struct catalog_field *columns[CSV_COLUMNS_MAX]; /* NULL: passed over */
    struct arena arena;
    struct difference *differences;
    size_t count, capacity;
    struct count *ledgers;
    size_t ledger_count, ledger_capacity;
};

static struct count *count_of(struct taking *t, int64_t ledger)
{
    for (size_t i = 0; i < t->ledger_count; i++)
        if (t->ledgers[i].ledger == ledger)
            return &t->ledgers[i];
    t->ledgers =
        mem_grow(t->ledgers, &t->ledger_capacity, t->ledger_count + 1, sizeof(*t->ledgers));
    t->ledgers[t->ledger_count] = (struct count){.ledger = ledger};
    return &t->ledgers[t->ledger_count++];
}

static enum status read_header(struct taking *t, const struct csv_row *row, struct error *err)
{
    t->key = -1;
    t->column_count = row->count;
    for (size_t i = 0; i < row->count; i++) {
        struct slice name = slice_trim(row->fields[i]);
        const struct catalog_field *field = catalog_field_named(t->person, name);
        if (!field)
            return error_set(err, ST_INVALID, "第 1 行：“%s”里没有“%.*s”这一列", t->person->zh,
                             (int)name.n, (const char *)name.p);
        if (strcmp(field->name, "id_no") == 0)
            t->key = (int)i;
        else
            t->columns[i] = field;
    }
    return t->key >= 0 ? ST_OK : error_set(err, ST_INVALID, "第 1 行：要有身份证号一列，按它比对");
}

/* Somebody with this number, in any ledger here: one person may live in several records. */
static enum status find_people(struct taking *t, struct slice number, json_t **out,
                               struct error *err)
{
    struct stmt *stmt = db_stmt(t->desk->db, "SELECT id, origin FROM person WHERE id_no = ?1");
    bool row = false;
    enum status st;
    *out = json_array();
    bind_text(stmt, 1, number);
    while ((st = stmt_step(stmt, &row, err)) == ST_OK && row)
        json_array_append_new(*out,
                              json_pack("[s%, s%]", stmt_text(stmt, 0).p, stmt_text(stmt, 0).n,
                                        stmt_text(stmt, 1).p, stmt_text(stmt, 1).n));
    return st;
}

static bool decides(const struct taking *t, const struct catalog_field *field)
{
    return field->policy == POLICY_AUTHORITY && t->role_bit >= 0 &&
           (field->writer_mask >> t->role_bit & 1);
}

static enum status compare_cell(struct taking *t, struct ledger *ledger,
                                const struct record_state *record,
                                const struct catalog_field *field, struct slice cell,
                                struct error *err)
{
    struct value said;
    const struct field_state *state = &record->fields[field->no];
    struct count *count = count_of(t, ledger->no);
    enum status st = value_parse(field, cell, &t->arena, &said, err);
    if (st == ST_OK)
        st = validate_value(field, &said, edit_today(), err);
    if (st != ST_OK || said.kind == VALUE_NULL)
        return st;
    if (state->claim_count && value_equal(&state->value, &said)) {
        count->agreed++;
        t->out->agreed++;
        return ST_OK;
    }
    t->differences = mem_grow(t->differences, &t->capacity, t->count + 1, sizeof(*t->differences));
    t->differences[t->count++] = (struct difference){
        .ledger = ledger->no,
        .person = record->id,
        .field = field->no,
        .said = value_format(field, &said, true, &t->arena),
        .held = state->claim_count ? value_format(field, &state->value, true, &t->arena) : "",
        .decides = decides(t, field)};
    count->differences++;
    t->out->differences++;
    return ST_OK;
}

static enum status compare_person(struct taking *t, const json_t *where, const struct csv_row *row,
                                  struct error *err)
{
    struct record_id id;
    struct record_state record;
    struct ledger *ledger =
        replica_ledger_named(t->desk->rep, json_string_value(json_array_get(where, 1)));
    if (!ledger || !record_id_parse(slice_str(json_string_value(json_array_get(where, 0))), &id))
        return error_set(err, ST_DAMAGED, "账本不在这里");
    enum status st =
        materialise_load(t->desk->rep, ledger, t->person, &id, &t->arena, &record, err);
    count_of(t, ledger->no)->matched += st == ST_OK;
    for (size_t i = 0; st == ST_OK && i < row->count && i < t->column_count; i++)
        if (t->columns[i] && slice_trim(row->fields[i]).n)
            st = compare_cell(t, ledger, &record, t->columns[i], slice_trim(row->fields[i]), err);
    return st;
}

static enum status compare_row(struct taking *t, const struct csv_row *row, struct error *err)
{
    json_t *people = NULL;
    const json_t *one;
    size_t i;
    struct slice number =
        (size_t)t->key < row->count ? slice_trim(row->fields[t->key]) : SLICE_NONE;
    enum status st = find_people(t, number, &people, err);
    t->out->rows++;
    if (st == ST_OK && json_array_size(people) == 0)
        t->out->unmatched++;
    else if (st == ST_OK)
        t->out->matched++;
    json_array_foreach(people, i, one) if (st == ST_OK) st = compare_person(t, one, row, err);
    json_decref(people);
    return st == ST_OK ? st : error_wrap(err, st, "第 %llu 行", (unsigned long long)row->line);
}

static enum status compare_file(struct taking *t, struct error *err)
{
    struct csv *csv = NULL;
    struct csv_row *row = mem_alloc(sizeof(*row));
    bool more = false;
    enum status st = csv_open(t->what->path, &csv, err);
    if (st == ST_OK)
        st = csv_next(csv, row, &more, err);
    if (st == ST_OK)
        st = more ? read_header(t, row, err) : error_set(err, ST_INVALID, "文件是空的");
    while (st == ST_OK && (st = csv_next(csv, row, &more, err)) == ST_OK && more)
        st = compare_row(t, row, err);
    csv_close(csv);
    mem_free(row);
    return st;
}

/* ---- written ---- */

static struct act_field field(const char *name, const char *value)
{
    return (struct act_field){slice_str(name), slice_str(value)};
}

/* The same word of the same department was told before and is still open. */
static bool told_before(struct taking *t, const struct difference *d, const char *person)
{
    struct stmt *stmt = db_stmt(
        t->desk->db, "SELECT 1 FROM feed_difference WHERE person_id = ?1 AND source = ?2"
                     " AND field = ?3 AND said = ?4 AND status IN ('open', 'disputed', 'upheld')");
    bool row = false;
    bind_str(stmt, 1, person);
    bind_str(stmt, 2, t->what->source);
    bind_str(stmt, 3, t->person->by_no[d->field]->name);
    bind_str(stmt, 4, d->said);
    bool told = stmt_step(stmt, &row, NULL) == ST_OK && row;
    stmt_reset(stmt);
    return told;
}

static enum status write_difference(struct taking *t, struct deeds *deeds,
                                    const struct difference *d, struct error *err)
{
    char person[RECORD_ID_TEXT];
    struct act_field fields[7];
    size_t n = 0;
    record_id_format(&d->person, person);
    if (told_before(t, d, person))
        return ST_OK;
    fields[n++] = field("source", t->what->source);
    fields[n++] = field("day", t->what->day);
    fields[n++] = field("person_id", person);
    fields[n++] = field("field", t->person->by_no[d->field]->name);
    fields[n++] = field("said", d->said);
    fields[n++] = field("status", "open");
    if (*d->held)
        fields[n++] = field("held", d->held);
    t->out->written++;
    return deeds_put(deeds, "feed_difference", NULL, fields, n, NULL, NULL, err);
}

/* What the department decides, a person in one change: differences of one stand together. */
static enum status write_claims(struct taking *t, struct deeds *deeds, size_t from, size_t to,
                                struct error *err)
{
    struct act_field fields[WORDS_MAX];
    size_t n = 0;
    for (size_t i = from; i < to && n < WORDS_MAX; i++)
        if (t->differences[i].decides)
            fields[n++] =
                field(t->person->by_no[t->differences[i].field]->name, t->differences[i].said);
    return n ? deeds_put(deeds, "person", &t->differences[from].person, fields, n, NULL, NULL, err)
             : ST_OK;
}

static size_t end_of_person(const struct taking *t, size_t from)
{
    size_t to = from + 1;
    while (to < t->count && t->differences[to].ledger == t->differences[from].ledger &&
           record_id_equal(&t->differences[to].person, &t->differences[from].person))
        to++;
    return to;
}

static enum status write_summary(struct taking *t, struct deeds *deeds, const struct count *count,
                                 struct error *err)
{
    char matched[24], agreed[24], differences[24];
    snprintf(matched, sizeof(matched), "%llu", (unsigned long long)count->matched);
    snprintf(agreed, sizeof(agreed), "%llu", (unsigned long long)count->agreed);
    snprintf(differences, sizeof(differences), "%llu", (unsigned long long)count->differences);
    const struct act_field fields[] = {
        field("source", t->what->source), field("day", t->what->day),
        field("hash", t->out->hash),      field("matched", matched),
        field("agreed", agreed),          field("differences", differences)};
    return deeds_put(deeds, "dept_feed", NULL, fields, 6, NULL, NULL, err);
}

static enum status write_ledger(struct taking *t, struct author *author, const struct count *count,
                                struct error *err)
{
    struct deeds deeds = {0};
    struct ledger *ledger = replica_ledger_by_no(t->desk->rep, count->ledger);
    enum status st = deeds_begin(&deeds, t->desk, author, ledger, err);
    if (st == ST_OK)
        st = act_type(t->desk, "person", &t->person, err); /* may have been read anew */
    if (st == ST_OK)
        st = write_summary(t, &deeds, count, err);
    for (size_t i = 0, end; st == ST_OK && i < t->count; i = end) {
        end = end_of_person(t, i);
        if (t->differences[i].ledger != count->ledger)
            continue;
        for (size_t k = i; st == ST_OK && k < end; k++)
            st = write_difference(t, &deeds, &t->differences[k], err);
        if (st == ST_OK)
            st = write_claims(t, &deeds, i, end, err);
    }
    return deeds_end(&deeds, st, err);
}

static enum status hash_file(const char *path, char out[static 65], struct error *err)
{
    struct buf file;
    struct hash hash;
    enum status st = file_read(path, FILE_MAX, &file, err);
    if (st == ST_OK) {
        hash_bytes(buf_slice(&file), &hash);
        hex_encode(hash_slice(&hash), out);
    }
    buf_release(&file);
    return st;
}

/* Only the department itself, or the registrar, speaks for it. */
static enum status check_source(struct taking *t, struct error *err)
{
    char role[48];
    int32_t day;
    const struct catalog *cat = replica_catalog(t->desk->rep);
    const struct catalog_list *list = catalog_list_named(cat, slice_str("department"));
    if (!list || !catalog_code(list, slice_str(t->what->source)))
        return error_set(err, ST_USAGE, "没有部门“%s”：用 --source ga、mz、rs、cl、yb …",
                         t->what->source);
    if (!date_parse(slice_str(t->what->day), &day))
        return error_set(err, ST_USAGE, "数据日期写成 --day 2026-11-30 这样");
    snprintf(role, sizeof(role), "dept:%s", t->what->source);
    if (strcmp(t->author->grant->role, role) != 0)
        return error_set(err, ST_REFUSED, "只有%s的人能导入它的数据，您的身份是 %s", role,
                         t->author->grant->role);
    t->role_bit = catalog_role_bit(cat, t->author->grant->role);
    return ST_OK;
}

enum status feed_take(struct desk *desk, struct author *author, const struct feed_take *what,
                      struct feed_result *out, struct error *err)
{
    struct taking t = {.desk = desk, .author = author, .what = what, .out = out};
    *out = (struct feed_result){0};
    enum status st = desk_refresh(desk, err);
    if (st == ST_OK)
        st = desk_author_renew(desk, author, err);
    if (st == ST_OK)
        st = act_type(desk, "feed_difference", &t.person, err);
    if (st == ST_OK)
        st = act_type(desk, "person", &t.person, err);
    if (st == ST_OK)
        st = check_source(&t, err);
    if (st == ST_OK)
        st = hash_file(what->path, out->hash, err);
    if (st == ST_OK)
        st = compare_file(&t, err);
    for (size_t i = 0; st == ST_OK && !what->dry_run && i < t.ledger_count; i++)
        st = write_ledger(&t, author, &t.ledgers[i], err);
    mem_free(t.differences);
    mem_free(t.ledgers);
    arena_release(&t.arena);
    return st;
}

/* ---- the village's answer, the department's ---- */

#define DIFFERENCES                                                                           \
    "SELECT f.id, f.source, f.day, f.person_id, f.field, f.said, f.held, f.status, f.reason," \
    " f.evidence, f.answer, f.origin AS ledger, p.id_no FROM feed_difference f"               \
    " LEFT JOIN person p ON p.id = f.person_id"

static enum status check_type(struct desk *desk, const struct catalog_table **table,
                              struct error *err)
{
    enum status st = desk_refresh(desk, err);
    return st == ST_OK ? act_type(desk, "feed_difference", table, err) : st;
}

enum status feed_list(struct desk *desk, const char *status, json_t **out, struct error *err)
{
    const struct catalog_table *table;
    json_t *one;
    size_t i;
    *out = NULL;
    enum status st = check_type(desk, &table, err);
    if (st == ST_OK)
        st = view_rows(desk,
                       DIFFERENCES " WHERE (?1 IS NULL OR f.status = ?1) AND ?2 IS NULL"
                                   " ORDER BY f.day DESC, f.source, f.id",
                       status, NULL, out, err);
    if (st == ST_OK)
        st = act_type(desk, "person", &table, err);
    json_array_foreach(*out, i, one)
    {
        const struct catalog_field *field =
            catalog_field_named(table, slice_str(text(one, "field")));
        json_object_set_new(one, "label", json_string(field ? field->zh : text(one, "field")));
        json_object_del(one, "id_no");
    }
    return st;
}

/* The department takes the village's word for its own. */
static enum status take_back(struct deeds *deeds, const json_t *d, struct error *err)
{
    struct record_id person;
    const struct act_field back = field(text(d, "field"), text(d, "held"));
    if (!record_id_parse(slice_str(text(d, "person_id")), &person))
        return error_set(err, ST_DAMAGED, "编号不对：%s", text(d, "person_id"));
    return deeds_put(deeds, "person", &person, &back, 1, "采纳村里的异议", NULL, err);
}

/* The village answers for the village, the department that said it for the department. */
static enum status may_answer(const struct author *author, const json_t *d, enum feed_answer what,
                              struct error *err)
{
    char role[48];
    const bool department = what == FEED_ACCEPT || what == FEED_UPHOLD;
    snprintf(role, sizeof(role), "dept:%s", text(d, "source"));
    if (department && strcmp(author->grant->role, role) != 0)
        return error_set(err, ST_REFUSED, "采纳还是维持，由 %s 决定", role);
    if (!department && strncmp(author->grant->role, "dept:", 5) == 0)
        return error_set(err, ST_REFUSED, "确认还是异议，由村里或乡镇说");
    return ST_OK;
}

enum status feed_answer(struct desk *desk, struct author *author, const char *id,
                        enum feed_answer what, const char *words, const char *evidence,
                        struct error *err)
{
    static const char *const states[] = {"confirmed", "disputed", "accepted", "upheld"};
    const struct catalog_table *table;
    struct ledger *ledger;
    struct record_id record;
    struct deeds deeds = {0};
    json_t *found = NULL;
    struct act_field fields[3];
    size_t n = 0;
    enum status st = check_type(desk, &table, err);
    if (st == ST_OK)
        st = act_find(desk, NULL, table, id, &ledger, &record, err);
    if (st != ST_OK)
        return st;
    fields[n++] = field("status", states[what]);
    if (words && *words && what != FEED_CONFIRM)
        fields[n++] = field(what == FEED_DISPUTE ? "reason" : "answer", words);
    if (evidence && what == FEED_DISPUTE)
        fields[n++] = field("evidence", evidence);
    st = deeds_begin(&deeds, desk, author, ledger, err);
    if (st == ST_OK)
        st = view_rows(desk, DIFFERENCES " WHERE f.id = ?1 AND ?2 IS NULL", id, NULL, &found, err);
    if (st == ST_OK)
        st = may_answer(author, json_array_get(found, 0), what, err);
    if (st == ST_OK)
        st = deeds_put(&deeds, "feed_difference", &record, fields, n, NULL, NULL, err);
    if (st == ST_OK && what == FEED_ACCEPT)
        st = take_back(&deeds, json_array_get(found, 0), err);
    json_decref(found);
    return deeds_end(&deeds, st, err);
}

/* ---- back to the department ---- */

enum status feed_export(struct desk *desk, const char *source, const char *since, struct buf *out,
                        size_t *rows, struct error *err)
{
    static const char *const names[] = {"id_no",  "field",  "said",     "held",
                                        "status", "reason", "evidence", "day"};
    static const char *const titles[] = {"身份证号", "项目", "部门的值", "村里的值",
                                         "状态",     "理由", "佐证",     "数据日期"};
    const struct catalog_table *table;
    json_t *found = NULL;
    const json_t *one;
    size_t i;
    enum status st = check_type(desk, &table, err);
    if (st == ST_OK)
        st = view_rows(desk,
                       DIFFERENCES " WHERE f.source = ?1 AND f.status <> 'open'"
                                   " AND (?2 IS NULL OR f.day >= ?2) ORDER BY f.day, f.id",
                       source, since, &found, err);
    buf_put_str(out, "\xEF\xBB\xBF");
    for (size_t k = 0; st == ST_OK && k < 8; k++)
        csv_put(out, slice_str(titles[k]), k == 0);
    buf_put_str(out, "\r\n");
    json_array_foreach(found, i, one)
    {
        for (size_t k = 0; k < 8; k++)
            csv_put(out, slice_str(text(one, names[k])), k == 0);
        buf_put_str(out, "\r\n");
    }
    *rows = json_array_size(found);
    json_decref(found);
    return st == ST_OK && !buf_ok(out) ? error_set(err, ST_LIMIT, "太多，请用 --since 分段") : st;
}
