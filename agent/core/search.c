/* SPDX-License-Identifier: MulanPSL-2.0 */
/* search: see search.h. */
#include "agent/core/search.h"

#include <stdio.h>
#include <stdlib.h>

#include "agent/core/act.h"
#include "agent/core/history.h"
#include "agent/core/outbox.h"
#include "agent/core/sheet.h"
#include "agent/core/view.h"
#include "shared/base/time.h"
#include "shared/codec/hex.h"

#define DAY_MS (24 * 3600 * (int64_t)1000)
#define CST_MS (8 * 3600 * (int64_t)1000)

struct searching {
    struct desk *desk;
    const struct search *what;
    const struct sight *sight;
    const struct catalog_table *type; /* NULL: all */
    int32_t from, to;                 /* days */
    struct ledger *ledger;
    uint64_t covered; /* leaves that the county's signed head covers */
    json_t *out;
};

/* One changeset's row. */
struct row {
    struct hash id;
    bool admitted;
    uint64_t leaf, overlay;
    int64_t admitted_ms;
};

static bool is_by(struct searching *s, const struct hash *kid)
{
    char hex[2 * HASH_SIZE + 1], short_kid[17];
    if (!s->what->by)
        return true;
    hex_encode(hash_slice(kid), hex);
    return strncmp(hex, s->what->by, strlen(s->what->by)) == 0 ||
           strcmp(desk_name_of(s->desk, kid, short_kid), s->what->by) == 0;
}

static bool touches(const struct op *op, uint32_t field)
{
    if (op->code == OP_PUT || op->code == OP_RESOLVE || op->code == OP_IN) {
        for (uint32_t i = 0; i < op->field_count; i++)
            if (op->fields[i].field == field)
                return true;
        return false;
    }
    return (op->code == OP_SET || op->code == OP_COUNTER || op->code == OP_STATE ||
            op->code == OP_WITHDRAW) &&
           op->field == field;
}

static bool is_wanted(const struct searching *s, const struct catalog_table *table,
                      const struct op *op)
{
    const struct search *what = s->what;
    char hex[RECORD_ID_TEXT];
    if (s->type && table != s->type)
        return false;
    record_id_format(&op->record, hex);
    if (what->record && strcmp(what->record, hex) != 0)
        return false;
    if (!what->field)
        return true;
    const struct catalog_field *field = catalog_field_named(table, slice_str(what->field));
    return field && touches(op, field->no);
}

static json_t *void_reason(struct searching *s, const struct row *row, uint32_t position)
{
    struct stmt *stmt = db_stmt(s->desk->db, "SELECT reason FROM void_change WHERE ledger = ?1"
                                             " AND leaf = ?2 AND position = ?3");
    bool found = false;
    bind_int(stmt, 1, s->ledger->no);
    bind_int(stmt, 2, (int64_t)row->leaf);
    bind_int(stmt, 3, position);
    json_t *out = NULL;
    if (row->admitted && stmt_step(stmt, &found, NULL) == ST_OK && found)
        out = json_stringn((const char *)stmt_text(stmt, 0).p, stmt_text(stmt, 0).n);
    stmt_reset(stmt);
    return out ? out : json_null();
}

static json_t *masked_op(const struct searching *s, const struct catalog_table *table,
                         const struct op *op)
{
    json_t *changes = json_pack("[{s:[o]}]", "ops", history_op(table, op));
    sight_changes(s->sight, table, changes);
    json_t *out =
        json_incref(json_array_get(json_object_get(json_array_get(changes, 0), "ops"), 0));
    json_decref(changes);
    return out;
}

static void add(struct searching *s, const struct row *row, const struct segment *segment,
                uint32_t position, const struct op_body *body, const struct op *op,
                const struct catalog_table *table)
{
    const struct changeset *header = &segment->header;
    const struct grant *grant = registry_grant_any(&s->desk->rep->registry, &header->kid);
    const struct stamp at = {.leaf = row->admitted ? row->leaf : row->overlay | LEAF_OVERLAY,
                             .position = position};
    char kid[2 * HASH_SIZE + 1], id[RECORD_ID_TEXT], author[17], device[17] = "";
    char when[TIME_TEXT_SIZE], admitted[TIME_TEXT_SIZE];
    hex_encode(hash_slice(&header->kid), kid);
    record_id_format(&op->record, id);
    time_format_utc((int64_t)(segment->changes[position].hlc >> 16), when);
    time_format_utc(row->admitted_ms, admitted);
    json_array_append_new(
        s->out,
        json_pack(
            "{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:o, s:o, s:I, s:s, s:o, s:o, s:s,"
            " s:o}",
            "ledger", s->ledger->origin.text, "time", when, "author",
            desk_name_of(s->desk, &header->kid, author), "role", grant ? grant->role : "", "kid",
            kid, "device",
            grant && grant->has_device ? desk_name_of(s->desk, &grant->device, device) : "", "type",
            table->name, "type_label", table->zh, "record", id, "op", masked_op(s, table, op),
            "note",
            body->note.n ? json_stringn((const char *)body->note.p, body->note.n) : json_null(),
            "base", (json_int_t)header->base_size, "state", outbox_state(s->desk, s->ledger, &at),
            "leaf", row->admitted ? json_integer((json_int_t)row->leaf) : json_null(), "admitted",
            row->admitted ? json_string(admitted) : json_null(), "proof",
            row->admitted && row->leaf < s->covered ? "checkpoint" : "waiting", "void",
            void_reason(s, row, position)));
}

static enum status look_at_change(struct searching *s, const struct row *row,
                                  const struct segment *segment, uint32_t position,
                                  struct arena *arena, struct error *err)
{
    const struct catalog *catalog = replica_catalog(s->desk->rep);
    struct op_body body;
    const int64_t ms = (int64_t)(segment->changes[position].hlc >> 16);
    const int64_t day = (ms + CST_MS) / DAY_MS;
    if (day < s->from || day > s->to || segment_erased(segment, position) ||
        op_body_parse(segment->changes[position].body, arena, &body, NULL) != ST_OK)
        return ST_OK;
    for (size_t i = 0; i < body.op_count; i++) {
        const struct op *op = &body.ops[i];
        const struct catalog_table *table =
            op->code < OP_AUTHORITY ? catalog_table(catalog, op->table) : NULL;
        if (!table || !is_wanted(s, table, op))
            continue;
        if (json_array_size(s->out) == SEARCH_MAX)
            return error_set(err, ST_LIMIT, "超过 %d 条，请加条件（--by、--field、--from、--to）",
                             SEARCH_MAX);
        add(s, row, segment, position, &body, op, table);
    }
    return ST_OK;
}

static enum status look_at(struct searching *s, const struct row *row, struct arena *arena,
                           struct error *err)
{
    struct stored_changeset stored;
    struct segment_known known;
    struct segment segment;
    struct changeset header;
    enum status st = replica_read_changeset(s->desk->rep, s->ledger, &row->id, arena, &stored, err);
    if (st == ST_OK)
        st = changeset_decode(stored.cose, &header, err);
    if (st != ST_OK || !is_by(s, &header.kid))
        return st;
    replica_known(s->desk->rep, s->ledger, &known);
    st =
        segment_load(stored.cose, stored.salts, stored.columns, &known.index, arena, &segment, err);
    for (uint32_t i = 0; st == ST_OK && i < header.count; i++)
        st = look_at_change(s, row, &segment, i, arena, err);
    return st;
}

static enum status rows_of(struct searching *s, struct row **rows, size_t *count, struct error *err)
{
    struct stmt *stmt =
        db_stmt(s->desk->db, "SELECT c.id, c.idx, c.overlay, l.admitted_ms FROM changeset c"
                             " LEFT JOIN leaf l ON l.ledger = c.ledger AND l.idx = c.idx"
                             " WHERE c.ledger = ?1 ORDER BY c.idx IS NULL, c.idx, c.overlay");
    size_t capacity = 0;
    bool row = false;
    enum status st;
    bind_int(stmt, 1, s->ledger->no);
    while ((st = stmt_step(stmt, &row, err)) == ST_OK && row) {
        if (stmt_blob(stmt, 0).n != HASH_SIZE)
            continue;
        *rows = mem_grow(*rows, &capacity, *count + 1, sizeof(**rows));
        struct row *one = &(*rows)[(*count)++];
        *one = (struct row){.admitted = stmt_type(stmt, 1) != COLUMN_NULL,
                            .leaf = (uint64_t)stmt_int(stmt, 1),
                            .overlay = (uint64_t)stmt_int(stmt, 2),
                            .admitted_ms = stmt_int(stmt, 3)};
        memcpy(one->id.b, stmt_blob(stmt, 0).p, HASH_SIZE);
    }
    stmt_reset(stmt);
    return st;
}

static enum status look_in(struct searching *s, struct ledger *ledger, struct error *err)
{
    struct arena arena = {0};
    struct row *rows = NULL;
    size_t count = 0;
    s->ledger = ledger;
    s->covered = history_covered(s->desk, ledger);
    enum status st = rows_of(s, &rows, &count, err);
    for (size_t i = 0; st == ST_OK && i < count; i++) {
        st = look_at(s, &rows[i], &arena, err);
        arena_reset(&arena);
    }
    arena_release(&arena);
    mem_free(rows);
    return st;
}

static enum status read_days(struct searching *s, struct error *err)
{
    const struct search *what = s->what;
    s->from = INT32_MIN;
    s->to = INT32_MAX;
    if (what->from && !date_parse(slice_str(what->from), &s->from))
        return error_set(err, ST_USAGE, "日期应写成 2026-01-31 这样：%s", what->from);
    if (what->to && !date_parse(slice_str(what->to), &s->to))
        return error_set(err, ST_USAGE, "日期应写成 2026-01-31 这样：%s", what->to);
    return ST_OK;
}

enum status search_history(struct desk *desk, const struct search *what, const struct sight *sight,
                           json_t **out, struct error *err)
{
    struct searching s = {.desk = desk, .what = what, .sight = sight, .out = json_array()};
    struct ledger *only = NULL;
    *out = NULL;
    enum status st = read_days(&s, err);
    if (st == ST_OK)
        st = view_settle(desk, err);
    if (st == ST_OK && what->type)
        st = act_type(desk, what->type, &s.type, err);
    if (st == ST_OK && what->ledger && !(only = replica_ledger_named(desk->rep, what->ledger)))
        st = error_set(err, ST_USAGE, "本机没有账本 %s", what->ledger);
    for (size_t i = 0; st == ST_OK && i < desk->rep->ledger_count; i++)
        if (!only || desk->rep->ledgers[i] == only)
            st = look_in(&s, desk->rep->ledgers[i], err);
    if (st == ST_OK)
        *out = json_incref(s.out);
    json_decref(s.out);
    return st;
}

/* ---- as a sheet ---- */

static const char *text_of(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));
    return text ? text : "";
}

static void add_row(json_t *sheet, const json_t *entry, const char *label, const json_t *value)
{
    static const char *const same[] = {"author", "role", "kid",   "device", "type_label",
                                       "record", "note", "base",  "state",  "leaf",
                                       "proof",  "void", "ledger"};
    char when[TIME_TEXT_SIZE];
    json_t *row = json_object();
    time_text_cst(text_of(entry, "time"), when);
    json_object_set_new(row, "time", json_string(when));
    json_object_set_new(row, "op", json_string(text_of(json_object_get(entry, "op"), "op")));
    json_object_set_new(row, "label", json_string(label));
    if (value && !json_is_string(value) && !json_is_number(value)) {
        char *text = json_dumps(value, JSON_ENCODE_ANY);
        json_object_set_new(row, "value", json_string(text ? text : ""));
        free(text);
    } else if (value) {
        json_object_set(row, "value", (json_t *)value);
    }
    for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++)
        json_object_set(row, same[i], json_object_get(entry, same[i]));
    sheet_row(sheet, row);
}

static void add_values(struct desk *desk, json_t *sheet, const json_t *entry)
{
    static const char *const names[] = {"to", "delta", "reason", "other", "add"};
    const struct catalog_table *table =
        catalog_table_named(replica_catalog(desk->rep), slice_str(text_of(entry, "type")));
    json_t *op = json_object_get(entry, "op"), *value = NULL;
    json_t *fields = json_object_get(op, "fields");
    const struct catalog_field *field =
        table ? catalog_field_named(table, slice_str(text_of(op, "field"))) : NULL;
    const char *name;
    json_object_foreach(fields, name, value)
    {
        const struct catalog_field *one =
            table ? catalog_field_named(table, slice_str(name)) : NULL;
        add_row(sheet, entry, one ? one->zh : name, value);
    }
    if (fields)
        return;
    for (size_t i = 0; !value && i < sizeof(names) / sizeof(names[0]); i++)
        value = json_object_get(op, names[i]);
    add_row(sheet, entry, field ? field->zh : text_of(op, "field"), value);
}

json_t *search_sheet(struct desk *desk, const json_t *entries)
{
    static const char *const columns[][3] = {{"time", "时间", "text"},
                                             {"author", "改的人", "text"},
                                             {"role", "岗位", "text"},
                                             {"device", "设备", "text"},
                                             {"type_label", "类型", "text"},
                                             {"record", "记录", "text"},
                                             {"op", "做法", "text"},
                                             {"label", "项目", "text"},
                                             {"value", "值", "text"},
                                             {"note", "备注", "text"},
                                             {"base", "当时已看到几项", "count"},
                                             {"state", "状态", "text"},
                                             {"proof", "证明", "text"},
                                             {"void", "不计入的原因", "text"},
                                             {"leaf", "账本第几项", "count"},
                                             {"ledger", "账本", "text"},
                                             {"kid", "密钥", "text"}};
    json_t *sheet = sheet_new("改动历史");
    const json_t *entry;
    size_t i;
    for (i = 0; i < sizeof(columns) / sizeof(columns[0]); i++)
        sheet_column(sheet, columns[i][0], columns[i][1], columns[i][2]);
    json_array_foreach(entries, i, entry) add_values(desk, sheet, entry);
    return sheet;
}
