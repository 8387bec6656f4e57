/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * work: what people do at a desk, through the programs' own editor and save, and what the county's
 * registrar does. Few records, few words, so that people meet.
 */
#include "tests/sim/found.h"
#include "tests/sim/types.h"
#include "tests/sim/world.h"

#include <stdio.h>

#include "agent/core/edit.h"
#include "agent/core/save.h"
#include "agent/core/transfer.h"
#include "agent/core/transfers.h"
#include "agent/core/view.h"
#include "server/core/recovery.h"
#include "server/core/registrar.h"
#include "shared/base/check.h"
#include "shared/base/time.h"
#include "shared/db/erasure.h"
#include "shared/merge/conflict.h"

#define RECORDS_MAX 64
#define RECORDS_ENOUGH 3
#define CHANGES_AT_ONCE 4

struct sitting {
    struct chance c;
    const struct aim *aim; /* of a story; NULL: whatever luck says */
    struct record_id made;
    int person, ledger_at;
    struct ledger *ledger;
    struct author author;
    struct save *save;
    uint32_t tokens[CHANGES_AT_ONCE];
    size_t token_count;
    uint64_t base;
};

/* ---- what is there ---- */

struct known_record {
    struct record_id id;
    bool live, conflict;
};

static size_t known_records(struct desk *desk, const struct ledger *ledger,
                            const struct catalog_table *table, struct known_record *out)
{
    char sql[160];
    struct stmt *stmt = NULL;
    bool row;
    size_t n = 0;
    snprintf(sql, sizeof(sql), "SELECT id, _state FROM \"r_%s\" WHERE ledger = ?1 ORDER BY id",
             table->name);
    CHECK(db_prepare(desk->db, slice_str(sql), &stmt, NULL) == ST_OK);
    bind_int(stmt, 1, ledger->no);
    while (n < RECORDS_MAX && stmt_step(stmt, &row, NULL) == ST_OK && row) {
        memcpy(out[n].id.b, stmt_blob(stmt, 0).p, RECORD_ID_SIZE);
        out[n].live = stmt_int(stmt, 1) & 1;
        out[n].conflict = stmt_int(stmt, 1) & 2;
        n++;
    }
    stmt_release(stmt);
    return n;
}

static const char *word_for(struct chance *c, const struct catalog_field *field,
                            char out[static 64])
{
    static const char *const words[] = {"甲", "乙", "丙", ""};
    static const char *const stages[] = {"draft", "public", "dropped"};
    static const char *const rolls[] = {"lost", "hurt", "safe", "odd"};
    static const char *const weights[] = {"1.5", "0.25", "150", "15", ""};
    static const char *const sets[] = {"+红", "-红", "+黄,-红", "红、蓝", "+蓝,+黄", "-黄"};
    switch (field->policy) {
    case POLICY_STATE:
        return stages[chance_below(c, 3)];
    case POLICY_WORST:
        return rolls[chance_below(c, 4)];
    case POLICY_SET:
        return sets[chance_below(c, 6)];
    case POLICY_COUNTER:
        snprintf(out, 64, "%+d", (int)chance_below(c, 9) - 4);
        return out;
    default:
        break;
    }
    if (field->type == FIELD_INT) {
        snprintf(out, 64, "%d", (int)chance_below(c, 4) * 20);
        return out;
    }
    if (field->type == FIELD_DECIMAL)
        return weights[chance_below(c, 5)];
    return words[chance_below(c, 4)];
}

/* ---- one change ---- */

static bool expected(enum status st)
{
    return st == ST_INVALID || st == ST_REFUSED || st == ST_NOT_FOUND || st == ST_LIMIT;
}

static void must(struct world *w, const struct machine *m, enum status st, const struct error *err,
                 const char *what)
{
    if (st != ST_OK && !expected(st))
        world_fail(w, "%s: %s: %s", machine_name(m), what, err->text);
}

static const struct catalog_table *draw_table(struct desk *desk, struct chance *c)
{
    const struct catalog *catalog = replica_catalog(desk->rep);
    const struct catalog_table *table = NULL;
    if (chance_one_in(c, 5))
        table = catalog_table(catalog, chance_one_in(c, 2) ? TABLE_ENTRY : TABLE_LATE);
    return table ? table : catalog_table(catalog, TABLE_THING);
}

/* People mostly work on the same few fields, which the seed names. */
static const struct catalog_field *draw_field(const struct world *w, struct chance *c,
                                              const struct catalog_table *table)
{
    uint64_t at = chance_below(c, table->field_count);
    if (chance_of(c, 70))
        at = chance_mix(w->plan->seed + chance_below(c, 3)) % table->field_count;
    return table->fields[at];
}

static enum status compose_edit(const struct world *w, struct machine *m, struct sitting *s,
                                const struct catalog_table *table, const struct record_id *id,
                                struct slice note, struct buf *body, struct error *err)
{
    struct edit_pair pairs[3];
    char texts[3][64];
    size_t count = 0, want = s->aim ? 1 : 1 + chance_below(&s->c, 3);
    struct editor *editor;
    struct edit_result result = {0};
    for (size_t i = 0; i < want; i++) {
        const struct catalog_field *field = draw_field(w, &s->c, table);
        bool twice = false;
        if (s->aim && catalog_field(table, s->aim->what))
            field = catalog_field(table, s->aim->what);
        for (size_t k = 0; k < count; k++)
            twice |= pairs[k].field == field;
        if (twice || field->type == FIELD_REF)
            continue;
        pairs[count].field = field;
        do
            pairs[count].text = slice_str(word_for(&s->c, field, texts[count]));
        while (s->aim && pairs[count].text.n == 0);
        count++;
    }
    enum status st = editor_open(m->desk, s->ledger, &s->author, false, &editor, err);
    if (st != ST_OK)
        return st;
    st = edit_compose(editor, table, id, id != NULL, pairs, count, note, &result, err);
    editor_close(editor);
    if (st == ST_OK && result.nothing)
        st = error_set(err, ST_REFUSED, "nothing to change");
    *body = result.body;
    s->made = result.id;
    return st;
}

static enum status compose_delete(struct machine *m, struct sitting *s,
                                  const struct catalog_table *table, const struct record_id *id,
                                  struct slice note, struct buf *body, struct error *err)
{
    struct editor *editor;
    enum status st = editor_open(m->desk, s->ledger, &s->author, false, &editor, err);
    if (st == ST_OK)
        st = edit_delete(editor, table, id, note, body, err);
    editor_close(editor);
    return st;
}

/* Ops for which the editor has no word. */
static enum status compose_raw(struct sitting *s, const struct catalog_table *table,
                               const struct record_id *id, struct slice note, struct buf *body)
{
    struct op op = {.code = OP_RESTORE, .table = table->no, .record = *id};
    if (table->no == TABLE_THING && chance_one_in(&s->c, 3))
        op = (struct op){.code = OP_WITHDRAW, .table = table->no, .record = *id, .field = 2};
    buf_init(body, CHANGE_BODY_MAX);
    op_body_begin(body, 1);
    op_write(body, &op);
    op_body_end(body, note);
    return ST_OK;
}

/* Two of the first few records are one thing, or are not. */
static void compose_link(struct sitting *s, const struct catalog_table *table,
                         const struct known_record *known, size_t n, struct slice note,
                         struct buf *body)
{
    size_t few = n < RECORDS_ENOUGH ? n : RECORDS_ENOUGH;
    size_t a = chance_below(&s->c, few), b = (a + 1 + chance_below(&s->c, few - 1)) % few;
    buf_init(body, CHANGE_BODY_MAX);
    op_body_begin(body, 1);
    op_write(body, &(struct op){.code = OP_LINK,
                                .table = table->no,
                                .record = known[a].id,
                                .other = known[b].id,
                                .link = chance_of(&s->c, 60)});
    op_body_end(body, note);
}

static enum status compose_resolve(struct machine *m, struct sitting *s,
                                   const struct catalog_table *table, const struct record_id *id,
                                   struct slice note, struct buf *body, struct error *err)
{
    struct arena arena = {0};
    struct record_state record;
    struct editor *editor = NULL;
    enum status st = materialise_load(m->desk->rep, s->ledger, table, id, &arena, &record, err);
    uint32_t fields[256], n = 0;
    for (uint32_t f = 0; st == ST_OK && f < record.field_count; f++)
        if (record.fields[f].conflict)
            fields[n++] = f;
    if (st == ST_OK && n == 0)
        st = error_set(err, ST_NOT_FOUND, "no conflict");
    if (st == ST_OK)
        st = editor_open(m->desk, s->ledger, &s->author, false, &editor, err);
    if (st == ST_OK) {
        uint32_t f = fields[chance_below(&s->c, n)];
        const struct claim **claims;
        size_t count = conflict_candidates(&record.fields[f], &arena, &claims);
        st = edit_resolve(editor, &record, f, claims[chance_below(&s->c, count)], NULL, note, body,
                          err);
    }
    editor_close(editor);
    arena_release(&arena);
    return st;
}

/* The record that a story is about. */
static enum status compose_aimed(struct world *w, struct machine *m, struct sitting *s,
                                 struct slice note, struct buf *body, struct error *err)
{
    const struct catalog_table *table = catalog_table(replica_catalog(m->desk->rep), TABLE_THING);
    const struct record_id *id = s->aim->anew ? NULL : &w->story;
    enum status st = compose_edit(w, m, s, table, id, note, body, err);
    if (st == ST_OK && !id)
        w->story = s->made;
    return st;
}

static enum status compose(struct world *w, struct machine *m, struct sitting *s, bool resolves,
                           struct slice note, struct buf *body, struct error *err)
{
    struct known_record known[RECORDS_MAX];
    if (s->aim)
        return compose_aimed(w, m, s, note, body, err);
    const struct catalog_table *table = draw_table(m->desk, &s->c);
    size_t n = known_records(m->desk, s->ledger, table, known);
    const struct known_record *record = n ? &known[chance_below(&s->c, n)] : NULL;
    uint64_t at = chance_below(&s->c, 100);
    if (resolves) {
        for (size_t i = 0; i < n && !(record && record->conflict); i++)
            record = &known[i];
        if (record && record->conflict)
            return compose_resolve(m, s, table, &record->id, note, body, err);
    }
    if (!record || chance_of(&s->c, n < RECORDS_ENOUGH ? 30 : 5))
        return compose_edit(w, m, s, table, NULL, note, body, err);
    if (n > 1 && at >= 12 && at < 20 && !m->older) {
        compose_link(s, table, known, n, note, body);
        return ST_OK;
    }
    if (!record->live || at < 4)
        return compose_raw(s, table, &record->id, note, body);
    if (at < 12)
        return compose_delete(m, s, table, &record->id, note, body, err);
    return compose_edit(w, m, s, table, &record->id, note, body, err);
}

/* ---- a session ---- */

/* As every call of the service does: another program may have written. */
static void look_around(struct world *w, struct machine *m)
{
    struct error err;
    if (m->beside && desk_refresh(m->desk, &err) != ST_OK)
        world_fail(w, "%s: %s", machine_name(m), err.text);
}

static bool pick_person(struct machine *m, struct sitting *s)
{
    int own[PEOPLE], n = 0;
    for (int i = 0; i < PEOPLE; i++)
        if (people[i].desk == m->no)
            own[n++] = i;
    const struct registry *registry = &m->desk->rep->registry;
    s->person = own[chance_below(&s->c, (uint64_t)n)];
    if (s->aim && s->aim->person)
        s->person = s->aim->person - 1;
    s->author =
        (struct author){.kid = *sign_key_kid(people[s->person].key), .key = people[s->person].key};
    s->author.grant = registry_grant(registry, &s->author.kid, registry->size);
    return s->author.grant != NULL;
}

static void save_session(struct world *w, struct machine *m, void *arg)
{
    struct sitting *s = arg;
    struct error err = {0};
    bool resolves = chance_one_in(&s->c, 5);
    size_t want = chance_one_in(&s->c, 3) ? 1 + chance_below(&s->c, CHANGES_AT_ONCE) : 1;
    enum status st = ST_OK;
    s->ledger_at = m->no >= 2 && chance_one_in(&s->c, 4) ? 1 : 0;
    if (s->aim) {
        s->ledger_at = s->aim->ledger;
        resolves = false;
    }
    look_around(w, m);
    if (!pick_person(m, s))
        return;
    if (resolves) {
        st = view_settle(m->desk, &err);
        must(w, m, st, &err, "settle");
    }
    s->ledger = machine_ledger(m, s->ledger_at);
    st = save_begin(m->desk, s->ledger, &s->author, &s->save, &err);
    must(w, m, st, &err, "save_begin");
    if (st != ST_OK)
        return;
    s->ledger = machine_ledger(m, s->ledger_at);
    s->base = s->ledger->tree.size;
    for (size_t i = 0; i < want && st == ST_OK; i++) {
        struct buf body = {0};
        char note[16];
        uint32_t token = ++w->tokens;
        snprintf(note, sizeof(note), "n%u", token);
        st = compose(w, m, s, resolves, slice_str(note), &body, &err);
        must(w, m, st, &err, "compose");
        if (st != ST_OK) {
            buf_release(&body);
            st = ST_OK; /* this one not; the others */
            continue;
        }
        st = save_change(s->save, buf_slice(&body), &err);
        must(w, m, st, &err, "save_change");
        buf_release(&body);
        s->tokens[s->token_count++] = token;
    }
    if (st == ST_OK && s->token_count)
        st = save_commit(s->save, &err);
    else
        save_abort(s->save);
    must(w, m, st, &err, "save_commit");
    if (st != ST_OK || !s->token_count) {
        if (w->told && err.text[0])
            world_tell(w, "%s: %s saves nothing: %s", machine_name(m), people[s->person].name,
                       err.text);
        s->token_count = 0;
    }
}

static void sit_down(struct world *w, struct machine *m, struct sitting s)
{
    uint32_t before = w->tokens;
    if (!machine_run(w, m, save_session, &s))
        return;
    for (size_t i = 0; i < s.token_count; i++) {
        w->acks = mem_grow(w->acks, &w->ack_capacity, w->ack_count + 1, sizeof(*w->acks));
        w->acks[w->ack_count++] = (struct ack){.token = s.tokens[i],
                                               .times = 1,
                                               .desk = m->no,
                                               .person = s.person,
                                               .ledger = s.ledger_at,
                                               .base = s.base,
                                               .life = m->life};
    }
    if (s.token_count)
        world_tell(w, "%s: %s saves n%u…n%u in ledger %d", machine_name(m), people[s.person].name,
                   before + 1, w->tokens, s.ledger_at);
}

void work_save(struct world *w, struct machine *m, uint64_t luck)
{
    sit_down(w, m, (struct sitting){.c = {luck}});
}

void work_edit(struct world *w, struct machine *m, const struct planned *e)
{
    sit_down(w, m, (struct sitting){.c = {e->luck}, .aim = &e->aim});
}

/* ---- records between ledgers ---- */

struct moving {
    struct sitting s;
    uint32_t token;
    char note[16];
    unsigned times; /* changes made */
    bool takes;     /* only what is open */
    char what[120];
};

static void send_off(struct world *w, struct machine *m, struct moving *v)
{
    static const char *const codes[] = {VILLAGE_CODE, OTHER_CODE, ELSEWHERE_CODE};
    struct known_record known[RECORDS_MAX];
    struct chance *c = &v->s.c;
    int from = m->no >= 2 ? (int)chance_below(c, LEDGERS) : 0;
    const struct aim *aim = v->s.aim;
    if (aim)
        from = aim->ledger;
    struct ledger *ledger = machine_ledger(m, from);
    const struct catalog_table *table = draw_table(m->desk, c);
    if (aim)
        table = catalog_table(replica_catalog(m->desk->rep), TABLE_THING);
    size_t n = known_records(m->desk, ledger, table, known);
    char hex[RECORD_ID_TEXT], type[32], origin[ORIGIN_MAX + 1];
    struct transfer_result result;
    struct error err = {0};
    /* The catalog and the list of ledgers may be read anew meanwhile. */
    snprintf(type, sizeof(type), "%s", table->name);
    snprintf(origin, sizeof(origin), "%s", ledger->origin.text);
    if (n == 0)
        return;
    record_id_format(aim ? &w->story : &known[chance_below(c, n)].id, hex);
    struct transfer what = {.type = type,
                            .record = hex,
                            .ledger = origin,
                            .to = codes[aim                   ? aim->to
                                        : chance_one_in(c, 6) ? from
                                                              : 1 - from],
                            .note = v->note,
                            .keep = !aim && chance_one_in(c, 12)};
    enum status st = transfer_run(m->desk, &v->s.author, &what, &result, &err);
    must(w, m, st, &err, "transfer");
    if (st == ST_OK)
        v->times = (result.left > 0) + (result.arrived > 0);
    else
        world_tell(w, "%s: %s moves nothing: %s", machine_name(m), people[v->s.person].name,
                   err.text);
    snprintf(v->what, sizeof(v->what),
             "%s %.8s from ledger %d to %s: %zu left, %zu arrived, %zu late", type, hex, from,
             what.to, result.left, result.arrived, result.late);
}

static void settle_move(struct world *w, struct machine *m, struct moving *v)
{
    json_t *open = NULL;
    struct error err = {0};
    size_t taken = 0;
    enum status st = transfers_list(m->desk, &open, &err);
    must(w, m, st, &err, "transfers");
    if (st == ST_OK && json_array_size(open)) {
        json_t *one = json_array_get(open, chance_below(&v->s.c, json_array_size(open)));
        struct transfers_take what = {.id = json_string_value(json_object_get(one, "id")),
                                      .drop =
                                          json_object_get(one, "ops") && chance_one_in(&v->s.c, 3),
                                      .note = v->note};
        snprintf(v->what, sizeof(v->what), "%s %s", what.drop ? "drops" : "takes",
                 json_string_value(json_object_get(one, "kind")));
        st = transfers_take(m->desk, &v->s.author, &what, &taken, &err);
        if (st != ST_BUSY) /* the catalog is another one than that of the list */
            must(w, m, st, &err, "take");
    }
    json_decref(open);
    v->times = st == ST_OK && taken > 0;
}

static void move_something(struct world *w, struct machine *m, void *arg)
{
    struct moving *v = arg;
    look_around(w, m);
    if (m->older || !pick_person(m, &v->s)) /* an older program has no word for it */
        return;
    if (v->takes || (!v->s.aim && m->no >= 2 && chance_one_in(&v->s.c, 3)))
        settle_move(w, m, v);
    else
        send_off(w, m, v);
}

static void do_move(struct world *w, struct machine *m, struct moving v)
{
    v.token = ++w->tokens;
    snprintf(v.note, sizeof(v.note), "m%u", v.token);
    if (!machine_run(w, m, move_something, &v) || v.times == 0)
        return;
    w->acks = mem_grow(w->acks, &w->ack_capacity, w->ack_count + 1, sizeof(*w->acks));
    w->acks[w->ack_count++] =
        (struct ack){.token = v.token, .times = v.times, .desk = m->no, .person = v.s.person};
    world_tell(w, "%s: %s moves (%s): %s", machine_name(m), people[v.s.person].name, v.note,
               v.what);
}

void work_move(struct world *w, struct machine *m, uint64_t luck)
{
    do_move(w, m, (struct moving){.s.c = {luck}});
}

void work_send(struct world *w, struct machine *m, const struct planned *e)
{
    do_move(w, m, (struct moving){.s = {.c = {e->luck}, .aim = &e->aim}});
}

void work_take(struct world *w, struct machine *m, uint64_t luck)
{
    do_move(w, m, (struct moving){.s.c = {luck}, .takes = true});
}

/* ---- the registrar ---- */

struct registry_work {
    struct chance c;
    int who;        /* whose grant comes or goes */
    unsigned until; /* the catalog of a story */
    bool revokes, adopts;
    struct revoke_cut cut[2];
    size_t cut_count;
    char what[120];
    struct error err;
    enum status st;
};

/* A changeset of this person that the machine has, with a leaf or without: one more head of the
 * cut. */
static void find_head(struct world *w, struct machine *m, void *arg)
{
    struct registry_work *work = arg;
    struct replica *rep = machine_replica(m);
    struct stmt *stmt;
    bool row = false;
    if (work->cut_count == ARRAY_LENGTH(work->cut))
        return;
    look_around(w, m);
    if (db_prepare(rep->db,
                   slice_str("SELECT n.chain, c.id, n.ledger FROM chain n JOIN changeset c"
                             " ON c.chain = n.no WHERE n.kid = ?1 ORDER BY c.no DESC"
                             " LIMIT 1 OFFSET ?2"),
                   &stmt, NULL) != ST_OK)
        return;
    bind_blob(stmt, 1, hash_slice(sign_key_kid(people[work->who].key)));
    bind_int(stmt, 2, (int64_t)chance_below(&work->c, 2));
    if (stmt_step(stmt, &row, NULL) == ST_OK && row) {
        struct revoke_cut *head = &work->cut[work->cut_count++];
        head->origin = replica_ledger_by_no(rep, stmt_int(stmt, 2))->origin;
        memcpy(head->chain.b, stmt_blob(stmt, 0).p, sizeof(head->chain.b));
        memcpy(head->id.b, stmt_blob(stmt, 1).p, HASH_SIZE);
    }
    stmt_release(stmt);
}

static void draft_one(struct draft *draft, struct world *w, struct registry_work *work)
{
    const struct registry *registry = &w->county.server->rep->registry;
    const struct hash *kid = sign_key_kid(people[work->who].key);
    struct buf op;
    buf_init(&op, CHANGE_BODY_MAX);
    if (registry_grant(registry, kid, registry->size)) {
        find_head(w, &w->county, work);
        revoke_encode_cut(kid, 0, work->cut, work->cut_count, &op);
        snprintf(work->what, sizeof(work->what), "%s is revoked, but for %zu heads",
                 people[work->who].name, work->cut_count);
    } else {
        struct grant grant;
        found_grant(work->who, &grant);
        grant_encode(&grant, &op);
        snprintf(work->what, sizeof(work->what), "%s is granted", people[work->who].name);
    }
    draft_op(draft, buf_slice(&op));
    buf_release(&op);
}

/* A leaf of this ledger: mostly one with something that does not count. */
static uint64_t some_leaf(struct server *srv, const struct ledger *ledger,
                          struct registry_work *work)
{
    struct chance *c = &work->c;
    struct stmt *stmt;
    bool row = false;
    uint64_t leaf = chance_below(c, ledger->tree.size);
    if ((chance_one_in(c, 3) && !work->adopts) ||
        db_prepare(
            srv->db,
            slice_str("SELECT leaf FROM void_change WHERE ledger = ?1 AND code IN"
                      " ('quarantined', 'voided', 'erased') ORDER BY leaf LIMIT 1 OFFSET ?2"),
            &stmt, NULL) != ST_OK)
        return leaf;
    bind_int(stmt, 1, ledger->no);
    bind_int(stmt, 2, work->adopts ? 0 : (int64_t)chance_below(c, 6));
    if (stmt_step(stmt, &row, NULL) == ST_OK && row)
        leaf = (uint64_t)stmt_int(stmt, 0);
    stmt_release(stmt);
    return leaf;
}

/* The registrar says of something in a ledger that it counts, or that it does not. */
static void write_ruling(struct machine *m, struct registry_work *work)
{
    struct server *srv = m->server;
    struct ledger *ledger = machine_ledger(m, (int)chance_below(&work->c, LEDGERS));
    struct draft draft = {0};
    struct arena arena = {0};
    struct stored_changeset stored;
    struct segment segment;
    struct segment_known known;
    struct target target = {.is_changeset = chance_one_in(&work->c, 2)};
    enum authority_op_code code = chance_one_in(&work->c, 3) ? OP_VOID : OP_ADOPT;
    struct hash hash;
    struct buf op;
    if (work->adopts) {
        ledger = machine_ledger(m, 0);
        code = OP_ADOPT;
    }
    if (!ledger || ledger->tree.size == 0 || m->older) /* an older program cannot */
        return;
    const uint64_t leaf = some_leaf(srv, ledger, work);
    replica_known(srv->rep, ledger, &known);
    work->st = replica_read_leaf(srv->rep, ledger, leaf, &arena, &stored, &work->err);
    if (work->st == ST_OK)
        work->st = segment_load(stored.cose, stored.salts, stored.columns, &known.index, &arena,
                                &segment, &work->err);
    if (work->st == ST_OK) {
        const struct changeset *h = &segment.header;
        uint32_t at = (uint32_t)chance_below(&work->c, h->count);
        segment_change_leaf(&segment, at, &hash);
        reference_make(&h->kid, &h->chain, h->first_seq + at, &hash, &target.change);
        target.changeset = stored.id;
        snprintf(work->what, sizeof(work->what), "%s of leaf %llu, change %u%s",
                 code == OP_VOID ? "void" : "adopt", (unsigned long long)leaf, at,
                 target.is_changeset ? " and the others" : "");
        buf_init(&op, CHANGE_BODY_MAX);
        targets_encode(code, &target, 1, &op);
        draft_op_noted(&draft, buf_slice(&op), "looked into");
        work->st = registrar_rule(srv, ledger, &draft, time_now_ms(), &work->err);
        buf_release(&op);
    }
    draft_release(&draft);
    arena_release(&arena);
}

static void apply_catalogs(struct server *srv, struct registry_work *work, size_t until)
{
    bool applied = false;
    size_t version = replica_catalog(srv->rep)->version;
    snprintf(work->what, sizeof(work->what), "catalog %zu", until);
    for (; version < until && work->st == ST_OK; version++)
        work->st = registrar_apply_catalog(srv, types_sql[version], "later", time_now_ms(),
                                           &applied, &work->err);
}

static void write_registry(struct world *w, struct machine *m, void *arg)
{
    struct registry_work *work = arg;
    struct server *srv = m->server;
    struct draft draft = {0};
    bool catalog = chance_one_in(&work->c, 3), ruling = chance_one_in(&work->c, 2);
    size_t version = replica_catalog(srv->rep)->version;
    work->st = server_begin(srv, &work->err);
    if (work->st != ST_OK)
        return;
    if (catalog && version < CATALOG_USUAL) {
        apply_catalogs(srv, work, version + 1 + chance_below(&work->c, CATALOG_USUAL - version));
    } else if (ruling) {
        write_ruling(m, work);
    } else {
        draft_one(&draft, w, work);
        work->st = registrar_write(srv, srv->registrar, &draft, time_now_ms(), &work->err);
    }
    work->st = server_end(srv, work->st, &work->err);
    draft_release(&draft);
}

/* What a story asks for. */
static void write_story(struct world *w, struct machine *m, void *arg)
{
    struct registry_work *work = arg;
    struct server *srv = m->server;
    const struct registry *registry = &srv->rep->registry;
    struct draft draft = {0};
    work->st = server_begin(srv, &work->err);
    if (work->st != ST_OK)
        return;
    if (work->until) {
        apply_catalogs(srv, work, work->until);
    } else if (work->adopts) {
        write_ruling(m, work);
    } else if (work->revokes == (registry_grant(registry, sign_key_kid(people[work->who].key),
                                                registry->size) != NULL)) {
        draft_one(&draft, w, work);
        work->st = registrar_write(srv, srv->registrar, &draft, time_now_ms(), &work->err);
    }
    work->st = server_end(srv, work->st, &work->err);
    draft_release(&draft);
}

void work_story(struct world *w, const struct planned *e)
{
    struct registry_work work = {.c = {e->luck}};
    if (e->kind == EVENT_CATALOG)
        work.until = e->aim.what;
    else
        work.who = (int)e->aim.what;
    work.revokes = e->kind == EVENT_REVOKE;
    work.adopts = e->kind == EVENT_ADOPT;
    if (!machine_run(w, &w->county, write_story, &work))
        return;
    if (work.st != ST_OK)
        world_fail(w, "the registrar cannot write (%s): %s", work.what, work.err.text);
    world_tell(w, "county: %s", work.what);
}

void work_registry(struct world *w, uint64_t luck)
{
    static const int changeable[] = {4, 5, 6, HOSTILE};
    struct registry_work work = {.c = {luck}};
    work.who = changeable[chance_below(&work.c, 4)];
    struct machine *desk = &w->desks[people[work.who].desk < 0 ? 0 : people[work.who].desk];
    if (desk->up && machine_run(w, desk, find_head, &work) && work.cut_count)
        world_tell(w, "%s: somebody reads out a head of %s's chains", machine_name(desk),
                   people[work.who].name);
    if (!machine_run(w, &w->county, write_registry, &work))
        return;
    if (work.st != ST_OK)
        world_fail(w, "the registrar cannot write (%s): %s", work.what, work.err.text);
    world_tell(w, "county: %s", work.what);
}

/* ---- erasing ---- */

struct erasing {
    struct chance c;
    struct draft draft;
    size_t first; /* of the world's list of what was erased */
    struct error err;
    enum status st;
};

static void note_erased(struct world *w, const struct segment *segment, uint32_t at)
{
    struct arena arena = {0};
    struct op_body body = {0};
    struct erased_note gone = {.changeset = segment->id, .position = at};
    if (segment_body(segment, at, &arena, &body, NULL) == ST_OK)
        snprintf(gone.note, sizeof(gone.note), "%.*s", (int)body.note.n, (const char *)body.note.p);
    w->erased = mem_grow(w->erased, &w->erased_capacity, w->erased_count + 1, sizeof(*w->erased));
    w->erased[w->erased_count++] = gone;
    arena_release(&arena);
}

/* One change of this ledger, if it can be erased. */
static void order_one(struct world *w, struct machine *m, struct ledger *ledger,
                      struct erasing *erasing)
{
    struct replica *rep = m->server->rep;
    struct arena arena = {0};
    struct stored_changeset stored;
    struct segment_known known;
    struct segment segment;
    struct slice op;
    const uint64_t leaf = chance_below(&erasing->c, ledger->tree.size);
    replica_known(rep, ledger, &known);
    enum status st = replica_read_leaf(rep, ledger, leaf, &arena, &stored, &erasing->err);
    if (st == ST_OK)
        st = segment_load(stored.cose, stored.salts, stored.columns, &known.index, &arena, &segment,
                          &erasing->err);
    if (st == ST_OK) {
        segment.id = stored.id;
        const uint32_t at = (uint32_t)chance_below(&erasing->c, segment.header.count);
        for (size_t i = erasing->first; i < w->erased_count; i++)
            if (w->erased[i].position == at && hash_equal(&w->erased[i].changeset, &segment.id))
                st = ST_EXISTS;
        if (st == ST_OK)
            st = erasure_draft(rep, ledger, leaf, at, &arena, &op, &erasing->err);
        if (st == ST_OK) {
            draft_op_noted(&erasing->draft, op, "wrong person");
            note_erased(w, &segment, at);
        } else if (st == ST_REFUSED || st == ST_EXISTS) {
            st = ST_OK;
        }
    }
    erasing->st = st;
    arena_release(&arena);
}

static void write_erasures(struct world *w, struct machine *m, void *arg)
{
    struct erasing *erasing = arg;
    struct server *srv = m->server;
    int at = chance_one_in(&erasing->c, 4);
    if (machine_ledger(m, at)->tree.size == 0)
        at = !at;
    erasing->st = server_begin(srv, &erasing->err);
    if (erasing->st != ST_OK)
        return;
    struct ledger *ledger = machine_ledger(m, at);
    const uint64_t want = 1 + chance_below(&erasing->c, 3);
    for (int tries = 0;
         tries < 12 && ledger->tree.size && erasing->draft.count < want && erasing->st == ST_OK;
         tries++)
        order_one(w, m, ledger, erasing);
    if (erasing->st == ST_OK && erasing->draft.count)
        erasing->st = registrar_rule(srv, ledger, &erasing->draft, time_now_ms(), &erasing->err);
    erasing->st = server_end(srv, erasing->st, &erasing->err);
    draft_release(&erasing->draft);
}

void work_erase(struct world *w, uint64_t luck)
{
    struct erasing erasing = {.c = {luck}, .first = w->erased_count};
    if (!machine_run(w, &w->county, write_erasures, &erasing))
        return;
    if (erasing.st != ST_OK)
        world_fail(w, "the registrar cannot erase: %s", erasing.err.text);
    for (size_t i = erasing.first; i < w->erased_count; i++)
        w->erased[i].ordered = true;
    world_tell(w, "county: %zu changes are to be erased", w->erased_count - erasing.first);
}

/* ---- a county that was put back ---- */

static void confirm(struct world *w, struct machine *m, void *arg)
{
    struct registry_work *work = arg;
    size_t devices, heard;
    recovery_heard(m->server, &devices, &heard);
    if (heard < DESKS || m->server->heads.behind)
        return;
    world_tell(w, "county: nothing is missing, %zu of %zu have come", heard, devices);
    work->st = recovery_confirm(m->server, time_now_ms(), &work->err);
}

void work_confirm(struct world *w)
{
    struct registry_work work = {0};
    if (!county_recovers(w) || !machine_run(w, &w->county, confirm, &work))
        return;
    if (work.st != ST_OK)
        world_fail(w, "the county does not end its recovery: %s", work.err.text);
    if (!county_recovers(w)) /* and it signs what had to wait */
        work_registry(w, chance_mix(w->plan->seed + 5));
}

static void give_up(struct world *w, struct machine *m, void *arg)
{
    struct registry_work *work = arg;
    (void)w;
    work->st = recovery_give_up(m->server, time_now_ms(), &work->err);
}

void work_give_up(struct world *w)
{
    struct registry_work work = {0};
    world_tell(w, "county: what nobody has is given up");
    if (machine_run(w, &w->county, give_up, &work) && work.st != ST_OK)
        world_fail(w, "the county waits for ever: %s", work.err.text);
}

/* The first that is missing; the next hour the next. */
static void declare(struct world *w, struct machine *m, void *arg)
{
    struct registry_work *work = arg;
    for (size_t i = 0; i < m->server->heads.count; i++) {
        struct origin line;
        const struct head *head = &m->server->heads.items[i];
        (void)origin_epoch(&head->origin, &line);
        if (head->held)
            continue;
        world_tell(w, "county: %llu of %s are declared lost", (unsigned long long)head->size,
                   line.text);
        work->st = recovery_declare(m->server, found_root(), line.text, slice_str("nobody has it"),
                                    time_now_ms(), &work->err);
        return;
    }
}

void work_declare(struct world *w)
{
    struct registry_work work = {0};
    if (machine_run(w, &w->county, declare, &work) && work.st != ST_OK)
        world_fail(w, "what is lost is not declared: %s", work.err.text);
}
