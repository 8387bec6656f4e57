/* SPDX-License-Identifier: MulanPSL-2.0 */
/* view: what is stored, as JSON (see view.h). */
#include "agent/core/view.h"

#include <stdio.h>
#include <stdlib.h>

#include "agent/core/outbox.h"
#include "agent/core/save.h"
#include "shared/base/file.h"
#include "shared/base/time.h"
#include "shared/merge/conflict.h"
#include "shared/record/validate.h"

#define QUERY_LIMIT_MS 10000

json_t *view_value(const struct catalog_field *field, const struct value *value)
{
    struct arena arena = {0};
    json_t *out;
    if (value->kind == VALUE_NULL)
        return json_null();
    if (!field || (value->kind == VALUE_INT && field->type != FIELD_MONEY)) {
        if (value->kind == VALUE_INT)
            return json_integer(value->i);
        return value->kind == VALUE_TEXT ? json_stringn((const char *)value->s.p, value->s.n)
                                         : json_null();
    }
    out = json_string(value_format(field, value, true, &arena));
    arena_release(&arena);
    return out;
}

const char *view_words(const struct catalog_field *field, const struct value *value,
                       struct arena *arena)
{
    if (value->kind == VALUE_NULL)
        return "（空）";
    if (!field)
        return value->kind == VALUE_TEXT
                   ? arena_printf(arena, "%.*s", (int)value->s.n, (const char *)value->s.p)
                   : arena_printf(arena, "%lld", (long long)value->i);
    if (field->type == FIELD_BOOL)
        return value->i ? "是" : "否";
    const char *text = value_format(field, value, true, arena);
    const struct catalog_code *code =
        field->list ? catalog_code(field->list, slice_str(text)) : NULL;
    return code ? arena_printf(arena, "%s %s", text, code->zh)
                : arena_printf(arena, "%s%s%s", text, *field->unit ? " " : "", field->unit);
}

static json_t *view_field(const struct field_state *state, const struct catalog_field *field,
                          struct arena *arena)
{
    if (field->policy != POLICY_SET)
        return view_value(field, &state->value);
    struct value *elements;
    size_t n = merge_set_elements(state, arena, &elements);
    json_t *out = json_array();
    for (size_t i = 0; i < n; i++)
        json_array_append_new(out, view_value(field, &elements[i]));
    return out;
}

enum status view_settle(struct desk *desk, struct error *err)
{
    uint64_t open = 0;
    for (size_t i = 0; i < desk->rep->ledger_count; i++)
        open += save_open_count(desk, desk->rep->ledgers[i]);
    if (open == 0)
        return ST_OK;
    enum status st = desk_begin(desk, err);
    if (st != ST_OK)
        return st;
    st = save_close_all(desk, NULL, err);
    if (st == ST_OK)
        return desk_commit(desk, err);
    desk_rollback(desk);
    return st;
}

/* ---- conflicts ---- */

static const struct catalog_field existence = {
    .no = 0, .name = "_exists", .zh = "是否保留", .en = "existence", .type = FIELD_BOOL};

static const struct catalog_field *described(const struct catalog_table *table, uint32_t no)
{
    return no == 0 ? &existence : catalog_field(table, no);
}

static const char *device_of(struct desk *desk, const struct hash *kid, char short_kid[static 17])
{
    const struct grant *grant = registry_grant_any(&desk->rep->registry, kid);
    if (!grant || !grant->has_device)
        return "";
    return desk_name_of(desk, &grant->device, short_kid);
}

static enum status view_candidate(struct desk *desk, struct ledger *ledger,
                                  const struct catalog_field *field, const struct claim *claim,
                                  size_t index, json_t *out, struct error *err)
{
    struct arena arena = {0};
    struct history_item item;
    char letter[2] = {(char)('A' + index % 26), '\0'};
    char author_kid[17], device_kid[17], when[TIME_TEXT_SIZE];
    enum status st = materialise_stamp_origin(desk->rep, ledger, &claim->at, &arena, &item, err);
    if (st == ST_OK) {
        time_format_utc(item.hlc_ms, when);
        json_t *candidate = json_pack(
            "{s:s, s:o, s:s, s:s, s:s, s:s, s:o, s:b}", "letter", letter, "value",
            view_value(field, &claim->value), "text", view_words(field, &claim->value, &arena),
            "author", desk_name_of(desk, &item.author, author_kid), "device",
            device_of(desk, &item.author, device_kid), "time", when, "note",
            item.note.n ? json_stringn((const char *)item.note.p, item.note.n) : json_null(),
            "confirmed", item.admitted);
        json_array_append_new(out, candidate);
    }
    arena_release(&arena);
    return st;
}

/* What people know a record by: its title field, else its id. */
static const char *record_title(const struct record_state *record, struct arena *arena)
{
    const struct catalog_field *field =
        catalog_field_named(record->table, slice_str(record->table->title));
    char hex[RECORD_ID_TEXT];
    if (field && field->no < record->field_count &&
        record->fields[field->no].value.kind != VALUE_NULL)
        return view_words(field, &record->fields[field->no].value, arena);
    record_id_format(&record->id, hex);
    return arena_printf(arena, "%s", hex);
}

static enum status view_conflict_of(struct desk *desk, struct ledger *ledger,
                                    const struct record_state *record, uint32_t no, json_t **out,
                                    struct error *err)
{
    struct arena arena = {0};
    const struct claim **claims;
    const struct catalog_field *field = described(record->table, no);
    char id[CONFLICT_ID_TEXT], hex[RECORD_ID_TEXT];
    *out = NULL;
    size_t n = no < record->field_count && field
                   ? conflict_candidates(&record->fields[no], &arena, &claims)
                   : 0;
    if (n == 0) {
        arena_release(&arena);
        return error_set(err, ST_NOT_FOUND, "这一项现在没有分歧，可能已经解决");
    }
    json_t *candidates = json_array();
    enum status st = ST_OK;
    for (size_t i = 0; st == ST_OK && i < n; i++)
        st = view_candidate(desk, ledger, field, claims[i], i, candidates, err);
    conflict_id_format(&record->id, no, id);
    record_id_format(&record->id, hex);
    if (st == ST_OK)
        *out = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:o, s:s, s:O}", "id", id,
                         "type", record->table->name, "type_label", record->table->zh, "record",
                         hex, "title", record_title(record, &arena), "ledger", ledger->origin.text,
                         "field", field->name, "label", field->zh, "in_force",
                         view_value(field, &record->fields[no].value), "in_force_text",
                         view_words(field, &record->fields[no].value, &arena), "candidates",
                         candidates);
    json_decref(candidates);
    arena_release(&arena);
    return st;
}

enum status view_conflict(struct desk *desk, struct ledger *ledger,
                          const struct catalog_table *table, const struct record_id *id,
                          uint32_t field, json_t **out, struct error *err)
{
    struct arena arena = {0};
    struct record_state record;
    int64_t no = ledger->no;
    *out = NULL;
    enum status st = view_settle(desk, err);
    ledger = replica_ledger_by_no(desk->rep, no);
    if (st == ST_OK)
        st = materialise_load(desk->rep, ledger, table, id, &arena, &record, err);
    if (st == ST_OK)
        st = view_conflict_of(desk, ledger, &record, field, out, err);
    arena_release(&arena);
    return st;
}

struct conflict_key {
    int64_t ledger;
    uint32_t table, field;
    struct record_id id;
};

enum status view_conflicts(struct desk *desk, json_t **out, struct error *err)
{
    struct conflict_key *keys = NULL;
    size_t n = 0, capacity = 0;
    bool row = false;
    *out = json_array();
    enum status st = view_settle(desk, err);
    struct stmt *stmt = db_stmt(desk->db, "SELECT ledger, tbl, id, field FROM conflict"
                                          " ORDER BY ledger, tbl, id, field");
    while (st == ST_OK && (st = stmt_step(stmt, &row, err)) == ST_OK && row) {
        keys = mem_grow(keys, &capacity, n + 1, sizeof(*keys));
        keys[n] = (struct conflict_key){.ledger = stmt_int(stmt, 0),
                                        .table = (uint32_t)stmt_int(stmt, 1),
                                        .field = (uint32_t)stmt_int(stmt, 3)};
        if (stmt_blob(stmt, 2).n == RECORD_ID_SIZE)
            memcpy(keys[n++].id.b, stmt_blob(stmt, 2).p, RECORD_ID_SIZE);
    }
    stmt_reset(stmt);
    for (size_t i = 0; st == ST_OK && i < n; i++) {
        struct ledger *ledger = replica_ledger_by_no(desk->rep, keys[i].ledger);
        const struct catalog_table *table =
            catalog_table(replica_catalog(desk->rep), keys[i].table);
        json_t *one = NULL;
        if (!ledger || !table)
            continue;
        st = view_conflict(desk, ledger, table, &keys[i].id, keys[i].field, &one, err);
        if (st == ST_NOT_FOUND)
            st = ST_OK; /* its field is not described by this program's catalog */
        if (one)
            json_array_append_new(*out, one);
    }
    mem_free(keys);
    return st;
}

enum status view_conflict_find(struct desk *desk, const char *id_text, struct ledger **ledger,
                               const struct catalog_table **table, struct record_id *id,
                               uint32_t *field, struct error *err)
{
    if (!conflict_id_parse(slice_str(id_text), id, field))
        return error_set(err, ST_USAGE, "“%s”不是分歧编号；运行 huce conflicts list 查看", id_text);
    struct stmt *stmt =
        db_stmt(desk->db, "SELECT ledger, tbl FROM conflict WHERE id = ?1 AND field = ?2");
    bool row = false;
    bind_blob(stmt, 1, slice_of(id->b, RECORD_ID_SIZE));
    bind_int(stmt, 2, *field);
    enum status st = stmt_step(stmt, &row, err);
    if (st != ST_OK)
        return st;
    if (!row)
        return error_set(err, ST_NOT_FOUND, "没有编号为 %s 的分歧，可能已经解决", id_text);
    *ledger = replica_ledger_by_no(desk->rep, stmt_int(stmt, 0));
    *table = catalog_table(replica_catalog(desk->rep), (uint32_t)stmt_int(stmt, 1));
    stmt_reset(stmt);
    return *ledger && *table ? ST_OK
                             : error_set(err, ST_DAMAGED, "分歧表不完整；请运行 huce rebuild");
}

/* ---- records ---- */

static enum status record_json(struct desk *desk, struct ledger *ledger,
                               const struct record_state *record, json_t **out, struct error *err)
{
    struct arena arena = {0};
    char hex[RECORD_ID_TEXT];
    json_t *fields = json_object(), *conflicts = json_array();
    enum status st = ST_OK;
    for (size_t i = 0; i < record->table->field_count; i++) {
        const struct catalog_field *field = record->table->fields[i];
        if (field->no < record->field_count && record->fields[field->no].claim_count)
            json_object_set_new(fields, field->name,
                                view_field(&record->fields[field->no], field, &arena));
    }
    for (uint32_t no = 0; st == ST_OK && record->conflict && no < record->field_count; no++) {
        json_t *one = NULL;
        if (record->fields[no].conflict && described(record->table, no))
            st = view_conflict_of(desk, ledger, record, no, &one, err);
        if (one)
            json_array_append_new(conflicts, one);
    }
    record_id_format(&record->id, hex);
    *out = json_pack("{s:s, s:s, s:s, s:o, s:o, s:s}", "id", hex, "type", record->table->name,
                     "ledger", ledger->origin.text, "fields", fields, "conflicts", conflicts,
                     "state", outbox_state(desk, ledger, &record->last));
    arena_release(&arena);
    return st;
}

enum status view_record(struct desk *desk, struct ledger *ledger, const struct catalog_table *table,
                        const struct record_id *id, json_t **out, struct error *err)
{
    struct arena arena = {0};
    struct record_state record;
    int64_t no = ledger->no;
    *out = NULL;
    enum status st = materialise_load(desk->rep, ledger, table, id, &arena, &record, err);
    if (st == ST_NOT_FOUND || (st == ST_OK && !record.live))
        st = error_set(err, ST_NOT_FOUND, st == ST_OK ? "这条%s已经作废" : "没有找到这条%s",
                       table->zh);
    else if (st == ST_OK && record.conflict) {
        st = view_settle(desk, err); /* candidates in an open changeset have no number yet */
        ledger = replica_ledger_by_no(desk->rep, no);
    }
    if (st == ST_OK)
        st = record_json(desk, ledger, &record, out, err);
    if (st != ST_OK) {
        json_decref(*out);
        *out = NULL;
    }
    arena_release(&arena);
    return st;
}

/* ---- lists ---- */

/* Candidates in an open changeset have no number yet; only conflicts need one. */
static enum status settle_for_conflicts(struct desk *desk, struct error *err)
{
    struct stmt *stmt = db_stmt(desk->db, "SELECT 1 FROM conflict LIMIT 1");
    bool row = false;
    enum status st = stmt_step(stmt, &row, err);
    stmt_reset(stmt);
    return st == ST_OK && row ? view_settle(desk, err) : st;
}

struct found {
    struct record_id id;
    struct ledger *ledger;
};

/* The rows an expression chooses, by a connection that can only read. */
static enum status choose(struct desk *desk, const struct catalog_table *table, const char *origin,
                          const char *where, uint64_t limit, struct found **rows, size_t *count,
                          struct error *err)
{
    struct db *db = NULL;
    struct stmt *stmt = NULL;
    size_t capacity = 0;
    bool row = false;
    char *path = file_join(desk->folder, "desk.db");
    char *sql =
        mem_printf("SELECT id, origin FROM \"%s\" WHERE (%s) AND (?1 IS NULL OR origin = ?1)"
                   " ORDER BY id LIMIT %lld",
                   table->name, where ? where : "1", limit ? (long long)limit : -1LL);
    enum status st = db_open(path, DB_READ_ONLY, &db, err);
    if (st == ST_OK) {
        db_restrict_to_reading(db, QUERY_LIMIT_MS);
        st = db_prepare(db, slice_str(sql), &stmt, err);
    }
    if (st == ST_INVALID || (st != ST_OK && where))
        st = error_wrap(err, ST_INVALID, "条件写得不对");
    if (st == ST_OK)
        bind_str(stmt, 1, origin);
    while (st == ST_OK && (st = stmt_step(stmt, &row, err)) == ST_OK && row) {
        struct origin name;
        struct found one = {0};
        if (record_id_parse(stmt_text(stmt, 0), &one.id) &&
            origin_parse(stmt_text(stmt, 1), &name) &&
            (one.ledger = replica_ledger(desk->rep, &name))) {
            *rows = mem_grow(*rows, &capacity, *count + 1, sizeof(**rows));
            (*rows)[(*count)++] = one;
        }
    }
    stmt_release(stmt);
    db_close(db);
    mem_free(sql);
    mem_free(path);
    return st;
}

enum status view_list(struct desk *desk, const struct catalog_table *table, const char *ledger,
                      const char *where, uint64_t limit, json_t **out, struct error *err)
{
    struct found *rows = NULL;
    size_t count = 0;
    struct origin origin_copy;
    const char *origin = NULL;
    *out = NULL;
    if (ledger) {
        struct ledger *named = replica_ledger_named(desk->rep, ledger);
        if (!named)
            return error_set(err, ST_USAGE, "本机没有账本 %s", ledger);
        origin_copy = named->origin;
        origin = origin_copy.text;
    }
    enum status st = settle_for_conflicts(desk, err);
    if (st == ST_OK)
        st = choose(desk, table, origin, where, limit, &rows, &count, err);
    json_t *records = json_array();
    for (size_t i = 0; st == ST_OK && i < count; i++) {
        struct arena arena = {0};
        struct record_state record;
        json_t *one = NULL;
        st = materialise_load(desk->rep, rows[i].ledger, table, &rows[i].id, &arena, &record, err);
        if (st == ST_OK)
            st = record_json(desk, rows[i].ledger, &record, &one, err);
        if (one)
            json_array_append_new(records, one);
        arena_release(&arena);
    }
    mem_free(rows);
    if (st == ST_OK)
        *out = json_pack("{s:O}", "records", records);
    json_decref(records);
    return st;
}

/* ---- status and types ---- */

enum status view_status(struct desk *desk, json_t **out, struct error *err)
{
    json_t *ledgers = json_array(), *people = json_array();
    struct hash kids[64];
    enum status st = ST_OK;
    size_t n = desk_people(desk, kids, 64);
    for (size_t i = 0; i < n; i++) {
        char short_kid[17];
        json_array_append_new(people, json_string(desk_name_of(desk, &kids[i], short_kid)));
    }
    for (size_t i = 0; st == ST_OK && i < desk->rep->ledger_count; i++) {
        struct ledger *ledger = desk->rep->ledgers[i];
        struct outbox_counts counts = {0};
        char when[TIME_TEXT_SIZE];
        st = outbox_counts(desk, ledger, &counts, err);
        time_format_utc(counts.last_sync_ms, when);
        json_t *last = counts.last_sync_ms ? json_string(when) : json_null();
        json_array_append_new(
            ledgers,
            json_pack("{s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:o}", "origin", ledger->origin.text,
                      "size", (json_int_t)ledger->tree.size, "unsent", (json_int_t)counts.unsent,
                      "sent", (json_int_t)counts.sent, "confirmed", (json_int_t)counts.confirmed,
                      "conflicts", (json_int_t)counts.conflicts, "refused",
                      (json_int_t)counts.refused, "last_sync", last));
    }
    *out = NULL;
    if (st == ST_OK)
        *out =
            json_pack("{s:s, s:O, s:O}", "server", desk->url, "people", people, "ledgers", ledgers);
    json_decref(ledgers);
    json_decref(people);
    return st;
}

static json_t *codes_json(const struct catalog_list *list)
{
    json_t *codes = json_array();
    for (size_t i = 0; list && i < list->count; i++)
        json_array_append_new(
            codes, json_pack("{s:s, s:s}", "code", list->codes[i].code, "zh", list->codes[i].zh));
    return codes;
}

json_t *view_types(struct desk *desk)
{
    const struct catalog *catalog = replica_catalog(desk->rep);
    json_t *types = json_array();
    for (size_t t = 0; t < catalog->table_count; t++) {
        const struct catalog_table *table = catalog->tables[t];
        json_t *fields = json_array();
        for (size_t f = 0; f < table->field_count; f++) {
            const struct catalog_field *field = table->fields[f];
            json_t *one =
                json_pack("{s:s, s:s, s:s, s:s, s:b, s:i, s:s, s:s}", "name", field->name, "zh",
                          field->zh, "type", field_type_name(field->type), "policy",
                          policy_name(field->policy), "required", field->required, "sensitivity",
                          field->sensitivity, "ref", field->ref, "unit", field->unit);
            if (field->list)
                json_object_set_new(one, "codes", codes_json(field->list));
            json_array_append_new(fields, one);
        }
        json_array_append_new(types, json_pack("{s:s, s:s, s:s, s:o}", "name", table->name, "zh",
                                               table->zh, "title", table->title, "fields", fields));
    }
    return json_pack("{s:o}", "types", types);
}
