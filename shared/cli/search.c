/* SPDX-License-Identifier: MulanPSL-2.0 */
/* search: one pass over all changesets; where only the newest are wanted, a first one that makes
 * nothing but notes where they are, and a second over those changesets alone. */
#include "shared/cli/search.h"

#include <stdio.h>
#include <stdlib.h>

#include "shared/base/time.h"
#include "shared/cli/op_json.h"
#include "shared/cli/sheet.h"
#include "shared/codec/hex.h"
#include "shared/record/validate.h"

#define DAY_MS (24 * 3600 * (int64_t)1000)
#define CST_MS (8 * 3600 * (int64_t)1000)

struct searching {
    struct replica *rep;
    const struct search *what;
    const struct sight *sight;
    const struct catalog_table *type; /* NULL: all */
    int32_t from, to;                 /* days */
    struct ledger *ledger;
    uint64_t covered; /* leaves that the county's signed head covers */
    json_t *out;
    /* With `newest`: */
    bool noting;      /* the first pass */
    struct hit *hits; /* as found; after the first pass those that are wanted, in this order */
    size_t hit_count, hit_room;
    size_t ledger_at, row_at; /* where the pass is */
};

/* Where an entry is. */
struct hit {
    uint64_t hlc;
    size_t ledger, row, op;
    uint32_t position;
};

/* One changeset's row. */
struct row {
    struct hash id;
    bool admitted;
    uint64_t leaf, overlay;
    int64_t admitted_ms;
};

static const char *name_of(struct replica *rep, const struct hash *kid, char short_kid[static 17])
{
    const struct grant *grant = registry_grant_any(&rep->registry, kid);
    hex_encode(slice_of(kid->b, 8), short_kid);
    return grant ? grant->name : short_kid;
}

static const char *state_of(struct searching *s, const struct stamp *at)
{
    return s->what->state ? s->what->state(s->what->arg, s->ledger, at) : "confirmed";
}

static bool is_by(struct searching *s, const struct hash *kid)
{
    char hex[2 * HASH_SIZE + 1], short_kid[17];
    if (!s->what->by)
        return true;
    hex_encode(hash_slice(kid), hex);
    return strncmp(hex, s->what->by, strlen(s->what->by)) == 0 ||
           strcmp(name_of(s->rep, kid, short_kid), s->what->by) == 0;
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
    struct stmt *stmt = db_stmt(s->rep->db, "SELECT reason FROM void_change WHERE ledger = ?1"
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
    if (!s->sight)
        return op_json(table, op);
    json_t *changes = json_pack("[{s:[o]}]", "ops", op_json(table, op));
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
    const struct grant *grant = registry_grant_any(&s->rep->registry, &header->kid);
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
            name_of(s->rep, &header->kid, author), "role", grant ? grant->role : "", "kid", kid,
            "device", grant && grant->has_device ? name_of(s->rep, &grant->device, device) : "",
            "type", table->name, "type_label", table->zh, "record", id, "op",
            masked_op(s, table, op), "note",
            body->note.n ? json_stringn((const char *)body->note.p, body->note.n) : json_null(),
            "base", (json_int_t)header->base_size, "state", state_of(s, &at), "leaf",
            row->admitted ? json_integer((json_int_t)row->leaf) : json_null(), "admitted",
            row->admitted ? json_string(admitted) : json_null(), "proof",
            row->admitted && row->leaf < s->covered ? "checkpoint" : "waiting", "void",
            void_reason(s, row, position)));
}

static int by_place(const void *a, const void *b)
{
    const struct hit *x = a, *y = b;
    if (x->ledger != y->ledger)
        return x->ledger < y->ledger ? -1 : 1;
    if (x->row != y->row)
        return x->row < y->row ? -1 : 1;
    if (x->position != y->position)
        return x->position < y->position ? -1 : 1;
    return x->op < y->op ? -1 : x->op > y->op;
}

static int newest_first(const void *a, const void *b)
{
    const struct hit *x = a, *y = b;
    if (x->hlc != y->hlc)
        return x->hlc > y->hlc ? -1 : 1;
    return by_place(y, x);
}

/* One entry: in the first pass noted; in the second only if it was wanted. */
static bool is_noted(struct searching *s, const struct hit *hit)
{
    if (!s->what->newest)
        return false;
    if (!s->noting)
        return !bsearch(hit, s->hits, s->hit_count, sizeof(*hit), by_place);
    s->hits = mem_grow(s->hits, &s->hit_room, s->hit_count + 1, sizeof(*s->hits));
    s->hits[s->hit_count++] = *hit;
    return true;
}

/* Is there anything wanted in this changeset? */
static bool row_is_wanted(const struct searching *s, size_t row)
{
    if (!s->what->newest || s->noting)
        return true;
    for (size_t i = 0; i < s->hit_count; i++)
        if (s->hits[i].ledger == s->ledger_at && s->hits[i].row == row)
            return true;
    return false;
}

static enum status look_at_change(struct searching *s, const struct row *row,
                                  const struct segment *segment, uint32_t position,
                                  struct arena *arena, struct error *err)
{
    const struct catalog *catalog = replica_catalog(s->rep);
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
        const struct hit hit = {.hlc = segment->changes[position].hlc,
                                .ledger = s->ledger_at,
                                .row = s->row_at,
                                .position = position,
                                .op = i};
        if (is_noted(s, &hit))
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
    enum status st = replica_read_changeset(s->rep, s->ledger, &row->id, arena, &stored, err);
    if (st == ST_OK)
        st = changeset_decode(stored.cose, &header, err);
    if (st != ST_OK || !is_by(s, &header.kid))
        return st;
    replica_known(s->rep, s->ledger, &known);
    st =
        segment_load(stored.cose, stored.salts, stored.columns, &known.index, arena, &segment, err);
    for (uint32_t i = 0; st == ST_OK && i < header.count; i++)
        st = look_at_change(s, row, &segment, i, arena, err);
    return st;
}

static enum status rows_of(struct searching *s, struct row **rows, size_t *count, struct error *err)
{
    struct stmt *stmt =
        db_stmt(s->rep->db, "SELECT c.id, c.idx, c.overlay, l.admitted_ms FROM changeset c"
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
    s->covered = replica_covered(s->rep, ledger);
    enum status st = rows_of(s, &rows, &count, err);
    for (size_t i = 0; st == ST_OK && i < count; i++) {
        s->row_at = i;
        if (row_is_wanted(s, i))
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

enum status search_type(struct replica *rep, const char *name, const struct catalog_table **out,
                        struct error *err)
{
    const struct catalog *catalog = replica_catalog(rep);
    char names[500] = "";
    *out = catalog_table_named(catalog, slice_str(name));
    for (size_t i = 0; !*out && i < catalog->table_count; i++)
        if (strcmp(catalog->tables[i]->zh, name) == 0)
            *out = catalog->tables[i];
    if (*out)
        return ST_OK;
    for (size_t i = 0; i < catalog->table_count; i++) {
        size_t used = strlen(names);
        snprintf(names + used, sizeof(names) - used, "%s%s", used ? " " : "",
                 catalog->tables[i]->name);
    }
    return error_set(err, ST_INVALID, "没有“%s”这种记录；有：%s", name, names);
}

/* A word that no field has would find nothing, as if nothing had happened. */
static enum status check_field(struct searching *s, struct error *err)
{
    const struct catalog *catalog = replica_catalog(s->rep);
    const char *name = s->what->field;
    bool known = !name;
    for (size_t i = 0; !known && i < catalog->table_count; i++)
        known = (!s->type || s->type == catalog->tables[i]) &&
                catalog_field_named(catalog->tables[i], slice_str(name)) != NULL;
    return known ? ST_OK
                 : error_set(err, ST_USAGE, "%s没有“%s”这个项目", s->type ? s->type->zh : "", name);
}

static enum status look_everywhere(struct searching *s, const struct ledger *only,
                                   struct error *err)
{
    enum status st = ST_OK;
    for (size_t i = 0; st == ST_OK && i < s->rep->ledger_count; i++) {
        s->ledger_at = i;
        if (!only || s->rep->ledgers[i] == only)
            st = look_in(s, s->rep->ledgers[i], err);
    }
    return st;
}

/* Of all that were noted the newest; returns how many there were. */
static uint64_t keep_newest(struct searching *s)
{
    const size_t all = s->hit_count;
    if (all)
        qsort(s->hits, all, sizeof(*s->hits), newest_first);
    if (s->hit_count > s->what->newest)
        s->hit_count = s->what->newest;
    if (s->hit_count)
        qsort(s->hits, s->hit_count, sizeof(*s->hits), by_place);
    return all;
}

static int by_time_back(const void *a, const void *b)
{
    const json_t *x = *(json_t *const *)a, *y = *(json_t *const *)b;
    return strcmp(json_string_value(json_object_get(y, "time")),
                  json_string_value(json_object_get(x, "time")));
}

static void order_newest(struct searching *s)
{
    const size_t n = json_array_size(s->out);
    json_t **all = mem_alloc((n ? n : 1) * sizeof(json_t *)), *ordered = json_array();
    for (size_t i = 0; i < n; i++) /* of one moment the later place first */
        all[i] = json_array_get(s->out, n - 1 - i);
    qsort(all, n, sizeof(json_t *), by_time_back);
    for (size_t i = 0; i < n; i++)
        json_array_append(ordered, all[i]);
    mem_free(all);
    json_decref(s->out);
    s->out = ordered;
}

enum status search_newest(struct replica *rep, const struct search *what, const struct sight *sight,
                          json_t **out, uint64_t *total, struct error *err)
{
    struct searching s = {.rep = rep, .what = what, .sight = sight, .out = json_array()};
    struct ledger *only = NULL;
    *out = NULL;
    *total = 0;
    enum status st = read_days(&s, err);
    if (st == ST_OK && what->type)
        st = search_type(rep, what->type, &s.type, err);
    if (st == ST_OK)
        st = check_field(&s, err);
    if (st == ST_OK && what->ledger && !(only = replica_ledger_named(rep, what->ledger)))
        st = error_set(err, ST_USAGE, "这里没有账本 %s", what->ledger);
    s.noting = what->newest > 0;
    if (st == ST_OK)
        st = look_everywhere(&s, only, err);
    if (st == ST_OK && s.noting) {
        *total = keep_newest(&s);
        s.noting = false;
        st = look_everywhere(&s, only, err);
        order_newest(&s);
    } else {
        *total = json_array_size(s.out);
    }
    if (st == ST_OK)
        *out = json_incref(s.out);
    json_decref(s.out);
    mem_free(s.hits);
    return st;
}

enum status search_history(struct replica *rep, const struct search *what,
                           const struct sight *sight, json_t **out, struct error *err)
{
    uint64_t total;
    return search_newest(rep, what, sight, out, &total, err);
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

static void add_values(struct replica *rep, json_t *sheet, const json_t *entry)
{
    static const char *const names[] = {"to", "delta", "reason", "other", "add"};
    const struct catalog_table *table =
        catalog_table_named(replica_catalog(rep), slice_str(text_of(entry, "type")));
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

json_t *search_sheet(struct replica *rep, const json_t *entries)
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
    json_array_foreach(entries, i, entry) add_values(rep, sheet, entry);
    return sheet;
}
