/* SPDX-License-Identifier: MulanPSL-2.0 */
/* task: see task.h. */
#include "agent/core/task.h"

#include <stdio.h>
#include <stdlib.h>

#include "agent/core/edit.h"
#include "agent/core/history.h"
#include "agent/core/save.h"
#include "agent/core/view.h"
#include "shared/base/check.h"
#include "shared/base/time.h"
#include "shared/codec/hex.h"
#include "shared/record/validate.h"

/* What of the ledger came back, belongs to people here and was not dealt with. */
#define OPEN_TASKS                                                                         \
    " FROM void_change v"                                                                  \
    " JOIN leaf l ON l.ledger = v.ledger AND l.idx = v.leaf"                               \
    " JOIN changeset c ON c.no = l.changeset JOIN chain n ON n.no = c.chain"               \
    " WHERE v.code <> 'erased'"                                                            \
    " AND n.kid IN (SELECT kid FROM own_person) AND NOT EXISTS (SELECT 1 FROM task_done d" \
    "  WHERE d.chain = n.chain AND d.seq = c.first_seq + v.position)"

struct task {
    int64_t ledger;
    struct stamp at;
    struct chain_id chain;
    uint64_t seq;
    char code[32], reason[256];
};

static void copy_text(struct slice text, char *out, size_t size)
{
    snprintf(out, size, "%.*s", (int)text.n, (const char *)text.p);
}

/* Columns: v.ledger, v.leaf, v.position, n.chain, seq, v.code, v.reason. */
static bool read_task(struct stmt *stmt, struct task *out)
{
    struct slice chain = stmt_blob(stmt, 3);
    *out = (struct task){
        .ledger = stmt_int(stmt, 0),
        .at = {.leaf = (uint64_t)stmt_int(stmt, 1), .position = (uint32_t)stmt_int(stmt, 2)},
        .seq = (uint64_t)stmt_int(stmt, 4)};
    if (chain.n != sizeof(out->chain.b))
        return false;
    memcpy(out->chain.b, chain.p, chain.n);
    copy_text(stmt_text(stmt, 5), out->code, sizeof(out->code));
    copy_text(stmt_text(stmt, 6), out->reason, sizeof(out->reason));
    return true;
}

#define TASK_COLUMNS \
    "SELECT v.ledger, v.leaf, v.position, n.chain, c.first_seq + v.position, v.code, v.reason"

static enum status find_task(struct desk *desk, const char *id, struct task *out, struct error *err)
{
    struct chain_id chain;
    unsigned long long seq;
    char hex[17], rest;
    bool row = false;
    if (sscanf(id, "%16[0-9a-f].%llu%c", hex, &seq, &rest) != 2 ||
        !hex_decode(slice_str(hex), chain.b, sizeof(chain.b)))
        return error_set(err, ST_USAGE, "“%s”不是任务编号；运行 huce tasks 查看", id);
    struct stmt *stmt = db_stmt(desk->db, TASK_COLUMNS OPEN_TASKS
                                " AND n.chain = ?1 AND c.first_seq + v.position = ?2");
    bind_blob(stmt, 1, slice_of(chain.b, sizeof(chain.b)));
    bind_int(stmt, 2, (int64_t)seq);
    enum status st = stmt_step(stmt, &row, err);
    bool found = st == ST_OK && row && read_task(stmt, out);
    stmt_reset(stmt);
    if (st == ST_OK && !found)
        st = error_set(err, ST_NOT_FOUND, "没有编号为 %s 的退回改动，可能已经处理", id);
    return st;
}

/* ---- showing ---- */

/* verdict codes (shared/merge/verdict.h) in the clerk's words */
static const char *plain_words(const char *code)
{
    static const struct {
        const char *code, *zh;
    } words[] = {
        {"malformed", "内容的格式不对，程序可能太旧：请更新后重新填写"},
        {"no_grant", "县里收到时，签名的人没有有效的授权：请县里重新授权后再送，或由别人重新填写"},
        {"scope", "签名的人不负责这个单位：请由负责的人填写"},
        {"writer", "其中有一项不归签名的人填写：去掉那一项再送，或请有权的人填写"},
        {"invalid", "有一项的内容不符合要求：改正后再送"},
        {"authority", "这是只有县里登记员才能做的事"},
        {"quarantined", "签名的人已被撤销，这条改动已隔离：请县里的登记员采纳，或由别人重新填写"},
        {"voided", "登记员宣布这条改动无效：请问县里"},
    };
    for (size_t i = 0; i < ARRAY_LENGTH(words); i++)
        if (strcmp(words[i].code, code) == 0)
            return words[i].zh;
    return "这条改动没有计入：改正后再送";
}

static json_t *ops_json(struct desk *desk, const struct history_item *item)
{
    const struct catalog *catalog = replica_catalog(desk->rep);
    json_t *ops = json_array();
    for (size_t i = 0; i < item->op_count; i++) {
        const struct catalog_table *table = catalog_table(catalog, item->ops[i].table);
        char hex[RECORD_ID_TEXT];
        if (!table)
            continue;
        json_t *op = op_json(table, &item->ops[i]);
        record_id_format(&item->ops[i].record, hex);
        json_object_set_new(op, "type", json_string(table->name));
        json_object_set_new(op, "type_label", json_string(table->zh));
        json_object_set_new(op, "record", json_string(hex));
        json_array_append_new(ops, op);
    }
    return ops;
}

static enum status task_json(struct desk *desk, const struct task *task, json_t **out,
                             struct error *err)
{
    struct ledger *ledger = replica_ledger_by_no(desk->rep, task->ledger);
    struct arena arena = {0};
    struct history_item item;
    char id[48], chain[17], when[TIME_TEXT_SIZE], short_kid[17];
    enum status st = materialise_stamp_origin(desk->rep, ledger, &task->at, &arena, &item, err);
    if (st == ST_OK) {
        hex_encode(slice_of(task->chain.b, sizeof(task->chain.b)), chain);
        snprintf(id, sizeof(id), "%s.%llu", chain, (unsigned long long)task->seq);
        time_format_utc(item.hlc_ms, when);
        *out = json_pack("{s:s, s:s, s:s, s:s, s:o, s:s, s:s, s:s, s:o}", "id", id, "ledger",
                         ledger->origin.text, "author", desk_name_of(desk, &item.author, short_kid),
                         "time", when, "note",
                         item.note.n ? json_stringn((const char *)item.note.p, item.note.n)
                                     : json_null(),
                         "code", task->code, "reason", task->reason, "text",
                         plain_words(task->code), "ops", ops_json(desk, &item));
    }
    arena_release(&arena);
    return st;
}

enum status task_list(struct desk *desk, json_t **out, struct error *err)
{
    struct task *tasks = NULL;
    size_t n = 0, capacity = 0;
    bool row = false;
    enum status st;
    struct stmt *stmt =
        db_stmt(desk->db, TASK_COLUMNS OPEN_TASKS " ORDER BY v.ledger, v.leaf, v.position");
    *out = json_array();
    while ((st = stmt_step(stmt, &row, err)) == ST_OK && row) {
        tasks = mem_grow(tasks, &capacity, n + 1, sizeof(*tasks));
        n += read_task(stmt, &tasks[n]);
    }
    stmt_reset(stmt);
    for (size_t i = 0; st == ST_OK && i < n; i++) {
        json_t *one = NULL;
        st = task_json(desk, &tasks[i], &one, err);
        if (one)
            json_array_append_new(*out, one);
    }
    mem_free(tasks);
    return st;
}

enum status task_show(struct desk *desk, const char *id, json_t **out, struct error *err)
{
    struct task task;
    *out = NULL;
    enum status st = find_task(desk, id, &task, err);
    return st == ST_OK ? task_json(desk, &task, out, err) : st;
}

uint64_t task_count(struct desk *desk, const struct ledger *ledger)
{
    struct stmt *stmt = db_stmt(desk->db, "SELECT count(*)" OPEN_TASKS " AND v.ledger = ?1");
    bool row = false;
    uint64_t n = 0;
    bind_int(stmt, 1, ledger->no);
    if (stmt_step(stmt, &row, NULL) == ST_OK && row)
        n = (uint64_t)stmt_int(stmt, 0);
    stmt_reset(stmt);
    return n;
}

/* ---- dealing with one ---- */

static enum status mark_done(struct desk *desk, const struct task *task, const char *what,
                             const char *note, struct error *err)
{
    struct stmt *stmt = db_stmt(desk->db, "INSERT INTO task_done(chain, seq, what, note, done_ms)"
                                          " VALUES (?1, ?2, ?3, ?4, ?5)");
    bind_blob(stmt, 1, slice_of(task->chain.b, sizeof(task->chain.b)));
    bind_int(stmt, 2, (int64_t)task->seq);
    bind_str(stmt, 3, what);
    bind_str(stmt, 4, note);
    bind_int(stmt, 5, time_now_ms());
    return stmt_run(stmt, err);
}

enum status task_drop(struct desk *desk, const char *id, const char *note, struct error *err)
{
    struct task task;
    enum status st = desk_begin(desk, err);
    if (st != ST_OK)
        return st;
    st = find_task(desk, id, &task, err);
    if (st == ST_OK)
        st = mark_done(desk, &task, "drop", note, err);
    if (st == ST_OK)
        return desk_commit(desk, err);
    desk_rollback(desk);
    return st;
}

/* One op of the old change on its way into the new one. */
struct mending {
    const struct task_send *what;
    const struct catalog_table *table;
    struct arena *arena;
    uint64_t used; /* which sets found a place */
    size_t count;
    struct op_field fields[OP_FIELDS_MAX];
};

static bool left_out(const struct mending *m, const struct catalog_field *field)
{
    for (size_t i = 0; field && i < m->what->without_count; i++)
        if (strcmp(m->what->without[i], field->name) == 0 ||
            strcmp(m->what->without[i], field->zh) == 0)
            return true;
    return false;
}

static void put_in_place(struct mending *m, const struct op_field *field)
{
    size_t at = 0;
    while (at < m->count && m->fields[at].field < field->field)
        at++;
    if (at < m->count && m->fields[at].field == field->field) {
        m->fields[at] = *field;
        return;
    }
    CHECK(m->count < OP_FIELDS_MAX);
    memmove(m->fields + at + 1, m->fields + at, (m->count - at) * sizeof(*field));
    m->fields[at] = *field;
    m->count++;
}

static enum status mend_put(struct mending *m, const struct op *op, struct error *err)
{
    m->count = 0;
    for (uint32_t i = 0; i < op->field_count; i++)
        if (!left_out(m, catalog_field(m->table, op->fields[i].field)))
            m->fields[m->count++] = op->fields[i];
    for (size_t i = 0; i < m->what->set_count; i++) {
        const char *word = m->what->sets[i], *equals = strchr(word, '=');
        const struct catalog_field *named;
        struct op_field field;
        enum status st =
            equals ? edit_field(m->table, slice_of(word, (size_t)(equals - word)), &named, err)
                   : error_set(err, ST_USAGE, "“%s”应写成 项目=值", word);
        if (st == ST_OK)
            st = value_parse(named, slice_str(equals + 1), m->arena, &field.value, err);
        if (st == ST_OK)
            st = validate_value(named, &field.value, edit_today(), err);
        if (st != ST_OK)
            return st;
        field.field = named->no;
        put_in_place(m, &field);
        m->used |= UINT64_C(1) << i;
    }
    return ST_OK;
}

/* The old change's body, mended. */
static enum status compose(struct desk *desk, const struct task_send *what,
                           const struct history_item *item, struct arena *arena, struct buf *out,
                           struct error *err)
{
    const struct catalog *catalog = replica_catalog(desk->rep);
    struct buf ops;
    size_t count = 0;
    enum status st = ST_OK;
    struct mending *m = arena_alloc(arena, sizeof(*m));
    *m = (struct mending){.what = what, .arena = arena};
    buf_init(&ops, CHANGE_BODY_MAX);
    for (size_t i = 0; st == ST_OK && i < item->op_count; i++) {
        const struct op *op = &item->ops[i];
        m->table = catalog_table(catalog, op->table);
        if (op->code != OP_PUT || !m->table) {
            op_write(&ops, op);
            count++;
            continue;
        }
        st = mend_put(m, op, err);
        if (st == ST_OK && m->count) {
            op_put_write(&ops, op->table, &op->record, m->fields, m->count);
            count++;
        }
    }
    if (st == ST_OK && count == 0)
        st = error_set(err, ST_USAGE, "去掉之后什么也不剩：用 huce tasks drop %s 放下它", what->id);
    if (st == ST_OK && what->set_count && m->used != (UINT64_C(1) << what->set_count) - 1)
        st = error_set(err, ST_USAGE, "退回的改动里没有可以填写项目的地方");
    if (st == ST_OK) {
        const char *old = item->note.n ? arena_printf(arena, "，%.*s", (int)item->note.n,
                                                      (const char *)item->note.p)
                                       : "";
        const char *note = arena_printf(arena, "重送 %s%s%s", what->id, what->note ? "，" : old,
                                        what->note ? what->note : "");
        op_body_begin(out, count);
        buf_put_slice(out, buf_slice(&ops));
        op_body_end(out, slice_str(note));
    }
    buf_release(&ops);
    return st;
}

enum status task_send(struct desk *desk, struct author *author, const struct task_send *what,
                      struct error *err)
{
    struct arena arena = {0};
    struct history_item item;
    struct task task;
    struct save *save = NULL;
    struct buf body;
    CHECK(what->set_count < 64);
    buf_init(&body, CHANGE_BODY_MAX);
    enum status st = desk_refresh(desk, err);
    if (st == ST_OK)
        st = find_task(desk, what->id, &task, err);
    if (st == ST_OK)
        st = save_begin(desk, replica_ledger_by_no(desk->rep, task.ledger), author, &save, err);
    if (st == ST_OK) /* inside the transaction: two commands cannot both send it */
        st = find_task(desk, what->id, &task, err);
    if (st == ST_OK)
        st = materialise_stamp_origin(desk->rep, replica_ledger_by_no(desk->rep, task.ledger),
                                      &task.at, &arena, &item, err);
    if (st == ST_OK)
        st = compose(desk, what, &item, &arena, &body, err);
    if (st == ST_OK)
        st = save_change(save, buf_slice(&body), err);
    if (st == ST_OK)
        st = mark_done(desk, &task, "send", what->note, err);
    if (st == ST_OK)
        st = save_commit(save, err);
    else
        save_abort(save);
    buf_release(&body);
    arena_release(&arena);
    return st;
}
