/* SPDX-License-Identifier: MulanPSL-2.0 */
/* view: what is stored, as JSON (see view.h). */
#include "agent/core/view.h"

#include <stdio.h>
#include <stdlib.h>

#include "agent/core/at_rest.h"
#include "agent/core/backup.h"
#include "agent/core/breaches.h"
#include "agent/core/clashes.h"
#include "agent/core/duplicates.h"
#include "agent/core/given.h"
#include "agent/core/grants.h"
#include "agent/core/outbox.h"
#include "agent/core/quorum.h"
#include "agent/core/save.h"
#include "agent/core/reported.h"
#include "agent/core/task.h"
#include "agent/core/seen.h"
#include "shared/base/file.h"
#include "shared/base/time.h"
#include "shared/codec/hex.h"
#include "shared/db/clash.h"
#include "shared/merge/conflict.h"
#include "shared/record/validate.h"

#define QUERY_LIMIT_MS 10000
#define LIST_SQL_MAX (64 * 1024)
#define REPORTED_MAX 1000 /* listed at once, the newest */

const char *view_words(const struct catalog_field *field, const struct value *value,
                       struct arena *arena)
{
    if (value->kind == VALUE_NULL)
        return "（空）";
    if (value->kind == VALUE_ERASED)
        return "（已抹除）";
    if (!field)
        return value->kind == VALUE_TEXT
                   ? arena_printf(arena, "%.*s", (int)value->s.n, (const char *)value->s.p)
                   : arena_printf(arena, "%lld", (long long)value->i);
    if (field->type == FIELD_BOOL)
        return value->i ? "是" : "否";
    const char *text = value_format(field, value, true, arena);
    const struct catalog_code *code =
        field->list ? catalog_code(field->list, slice_str(text)) : NULL;
    return code ? arena_printf(arena, "%s", code->zh)
                : arena_printf(arena, "%s%s%s", text, *field->unit ? " " : "", field->unit);
}

json_t *view_state(const struct field_state *state, const struct catalog_field *field,
                   struct arena *arena)
{
    if (field->policy != POLICY_SET)
        return op_json_value(field, &state->value);
    struct value *elements;
    size_t n = merge_set_elements(state, arena, &elements);
    json_t *out = json_array();
    for (size_t i = 0; i < n; i++)
        json_array_append_new(out, op_json_value(field, &elements[i]));
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

/* The same before a record is shown; what the caller found is found again, because a transaction
 * may have read everything anew. */
static enum status settle_at(struct desk *desk, struct ledger **ledger,
                             const struct catalog_table **table, struct error *err)
{
    const int64_t ledger_no = (*ledger)->no;
    const uint32_t table_no = (*table)->no;
    enum status st = view_settle(desk, err);
    if (st != ST_OK)
        return st;
    *ledger = replica_ledger_by_no(desk->rep, ledger_no);
    *table = catalog_table(replica_catalog(desk->rep), table_no);
    return *ledger && *table ? ST_OK : error_set(err, ST_BUSY, "资料刚刚更新，请再试一次");
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

enum status view_stamp(struct desk *desk, struct ledger *ledger, const struct stamp *at,
                       json_t **out, struct error *err)
{
    struct arena arena = {0};
    struct history_item item;
    char author_kid[17], device_kid[17], when[TIME_TEXT_SIZE];
    *out = NULL;
    enum status st = materialise_stamp_origin(desk->rep, ledger, at, &arena, &item, err);
    if (st == ST_OK) {
        time_format_utc(item.hlc_ms, when);
        const struct grant *grant = registry_grant_any(&desk->rep->registry, &item.author);
        *out = json_pack(
            "{s:s, s:s, s:s, s:s, s:o, s:I, s:b}", "author",
            desk_name_of(desk, &item.author, author_kid), "role", grant ? grant->role : "",
            "device", device_of(desk, &item.author, device_kid), "time", when, "note",
            item.note.n ? json_stringn((const char *)item.note.p, item.note.n) : json_null(),
            "base", (json_int_t)item.base_size, "confirmed", item.admitted);
    }
    arena_release(&arena);
    return st;
}

static void set_letter(char out[static 2], size_t index)
{
    out[0] = (char)('A' + index % 26);
    out[1] = '\0';
}

/* The letters of those candidates that the author of this one had seen. */
static json_t *seen_letters(struct desk *desk, struct ledger *ledger, const struct claim **claims,
                            size_t count, size_t index)
{
    const struct order *order = replica_order(desk->rep, ledger);
    const struct stamp *at = &claims[index]->at;
    json_t *out = json_array();
    for (size_t i = 0; i < count; i++) {
        char letter[2];
        set_letter(letter, i);
        if (i != index && order_seen(order, &claims[i]->at, order->entry(order->arg, at->leaf),
                                     at->leaf, at->position))
            json_array_append_new(out, json_string(letter));
    }
    return out;
}

static enum status view_candidate(struct desk *desk, struct ledger *ledger,
                                  const struct catalog_field *field, const struct claim **claims,
                                  size_t count, size_t index, json_t *out, struct error *err)
{
    const struct claim *claim = claims[index];
    char letter[2];
    struct arena arena = {0};
    json_t *candidate;
    set_letter(letter, index);
    enum status st = view_stamp(desk, ledger, &claim->at, &candidate, err);
    if (st != ST_OK)
        return st;
    json_object_set_new(candidate, "letter", json_string(letter));
    json_object_set_new(candidate, "value", op_json_value(field, &claim->value));
    json_object_set_new(candidate, "seen", seen_letters(desk, ledger, claims, count, index));
    json_object_set_new(candidate, "text", json_string(view_words(field, &claim->value, &arena)));
    json_array_append_new(out, candidate);
    arena_release(&arena);
    return ST_OK;
}

json_t *view_version(const struct seen *seen)
{
    struct buf text;
    buf_init(&text, SEEN_TEXT_MAX);
    seen_write(seen, &text);
    json_t *out = json_stringn((const char *)text.p, text.n);
    buf_release(&text);
    return out;
}

/* What people know a record by: its title field, else its id. */
static const char *record_title(const struct record_state *record, struct arena *arena)
{
    const struct catalog_field *field =
        catalog_field_named(record->table, slice_str(record->table->title));
    char hex[RECORD_ID_TEXT];
    if (field && field->no < record->field_count &&
        record->fields[field->no].value.kind != VALUE_NULL &&
        record->fields[field->no].value.kind != VALUE_ERASED)
        return view_words(field, &record->fields[field->no].value, arena);
    record_id_format(&record->id, hex);
    return arena_printf(arena, "%s", hex);
}

const char *view_title(struct desk *desk, const struct record_state *record, struct arena *arena)
{
    const char *title = record_title(record, arena);
    for (size_t i = record->table->field_count; i-- > 0;) {
        const struct catalog_field *field = record->table->fields[i];
        const struct value *value = &record->fields[field->no].value;
        struct record_state other;
        struct record_id id;
        if (field->type != FIELD_REF || !field->required || value->kind != VALUE_BYTES ||
            value->s.n != RECORD_ID_SIZE)
            continue;
        const struct catalog_table *table =
            catalog_table_named(replica_catalog(desk->rep), slice_str(field->ref));
        memcpy(id.b, value->s.p, RECORD_ID_SIZE);
        struct ledger *ledger = table ? materialise_find(desk->rep, table, &id) : NULL;
        if (ledger && materialise_load(desk->rep, ledger, table, &id, arena, &other, NULL) == ST_OK)
            title = arena_printf(arena, "%s · %s", record_title(&other, arena), title);
    }
    return title;
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
    const char *kind = "field";
    enum status st = ST_OK;
    size_t n = no < record->field_count && field
                   ? conflict_candidates(&record->fields[no], &arena, &claims)
                   : 0;
    if (n == 0 && no < record->field_count && field) {
        kind = "reported";
        st = reported_candidates(desk, ledger, record, no, &arena, &claims, &n, err);
    }
    if (st != ST_OK || n == 0) {
        arena_release(&arena);
        return st != ST_OK ? st : error_set(err, ST_NOT_FOUND, "这一项现在没有分歧，可能已经解决");
    }
    json_t *candidates = json_array();
    for (size_t i = 0; st == ST_OK && i < n; i++)
        st = view_candidate(desk, ledger, field, claims, n, i, candidates, err);
    conflict_id_format(&record->id, no, id);
    record_id_format(&record->id, hex);
    if (st == ST_OK) {
        struct seen shown;
        seen_field(record, no, &shown);
        *out = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:o, s:s, s:O, s:o}", "id",
                         id, "kind", kind, "type", record->table->name, "type_label",
                         record->table->zh, "record", hex, "title", record_title(record, &arena),
                         "ledger", ledger->origin.text, "field", field->name, "label", field->zh,
                         "in_force", op_json_value(field, &record->fields[no].value),
                         "in_force_text", view_words(field, &record->fields[no].value, &arena),
                         "candidates", candidates, "version", view_version(&shown));
    }
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
    *out = NULL;
    enum status st = settle_at(desk, &ledger, &table, err);
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
    return st == ST_OK ? clashes_list(desk, *out, err) : st;
}

enum status view_reported(struct desk *desk, json_t **out, struct error *err)
{
    struct reported_place *places = NULL;
    size_t n = 0;
    *out = json_array();
    enum status st = view_settle(desk, err);
    if (st == ST_OK)
        st = reported_places(desk, NULL, &places, &n, err);
    for (size_t i = 0; st == ST_OK && i < n && json_array_size(*out) < REPORTED_MAX; i++) {
        struct ledger *ledger = replica_ledger_by_no(desk->rep, places[i].ledger);
        const struct catalog_table *table =
            catalog_table(replica_catalog(desk->rep), places[i].table);
        json_t *one = NULL;
        if (!ledger || !table)
            continue;
        st = view_conflict(desk, ledger, table, &places[i].id, places[i].field, &one, err);
        if (st == ST_NOT_FOUND)
            st = ST_OK; /* somebody who knew of both has written the field since */
        if (one && strcmp(json_string_value(json_object_get(one, "kind")), "reported") == 0)
            json_array_append(*out, one);
        json_decref(one);
    }
    mem_free(places);
    return st;
}

enum status view_conflict_named(struct desk *desk, const char *id, json_t **out, struct error *err)
{
    const struct catalog_table *table;
    struct ledger *ledger;
    struct record_id record;
    uint32_t field;
    *out = NULL;
    if (clash_id_is(id))
        return clashes_show(desk, id, out, err);
    enum status st = view_conflict_find(desk, id, &ledger, &table, &record, &field, err);
    return st == ST_OK ? view_conflict(desk, ledger, table, &record, field, out, err) : st;
}

static enum status find_reported(struct desk *desk, const char *id_text, struct ledger **ledger,
                                 const struct catalog_table **table, const struct record_id *id,
                                 uint32_t field, struct error *err)
{
    const struct reported_place wanted = {.id = *id, .field = field};
    struct reported_place *places;
    size_t n;
    *ledger = NULL;
    enum status st = reported_places(desk, &wanted, &places, &n, err);
    if (st == ST_OK && n) {
        *ledger = replica_ledger_by_no(desk->rep, places[0].ledger);
        *table = catalog_table(replica_catalog(desk->rep), places[0].table);
    }
    mem_free(places);
    if (st == ST_OK && (!*ledger || !*table))
        st = error_set(err, ST_NOT_FOUND, "没有编号为 %s 的分歧，可能已经解决", id_text);
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
        return find_reported(desk, id_text, ledger, table, id, *field, err);
    *ledger = replica_ledger_by_no(desk->rep, stmt_int(stmt, 0));
    *table = catalog_table(replica_catalog(desk->rep), (uint32_t)stmt_int(stmt, 1));
    stmt_reset(stmt);
    return *ledger && *table ? ST_OK
                             : error_set(err, ST_DAMAGED, "分歧表不完整；请运行 huce rebuild");
}

/* ---- records ---- */

/* Does this claim of an `authority` field stand below the one in force? */
static bool stands_beside(const struct field_state *state, const struct claim *claim)
{
    uint8_t highest = UINT8_MAX;
    if (!state->field || state->field->policy != POLICY_AUTHORITY)
        return false;
    for (uint32_t i = 0; i < state->claim_count; i++)
        if (state->claims[i].value.kind != VALUE_NULL && state->claims[i].rank < highest)
            highest = state->claims[i].rank;
    return claim->value.kind != VALUE_NULL && claim->rank > highest;
}

static bool has_beside(const struct record_state *record)
{
    for (uint32_t no = 1; no < record->field_count; no++)
        for (uint32_t i = 0; i < record->fields[no].claim_count; i++)
            if (stands_beside(&record->fields[no], &record->fields[no].claims[i]))
                return true;
    return false;
}

/* What lower ranks say of a field in which a higher one has the word. */
static enum status beside_json(struct desk *desk, struct ledger *ledger,
                               const struct record_state *record, json_t *out, struct error *err)
{
    struct arena arena = {0};
    enum status st = ST_OK;
    for (uint32_t no = 1; st == ST_OK && no < record->field_count; no++) {
        const struct field_state *state = &record->fields[no];
        for (uint32_t i = 0; st == ST_OK && i < state->claim_count; i++) {
            json_t *one = NULL;
            if (!stands_beside(state, &state->claims[i]))
                continue;
            st = view_stamp(desk, ledger, &state->claims[i].at, &one, err);
            if (st != ST_OK)
                break;
            json_object_set_new(one, "field", json_string(state->field->name));
            json_object_set_new(one, "label", json_string(state->field->zh));
            json_object_set_new(one, "value", op_json_value(state->field, &state->claims[i].value));
            json_object_set_new(
                one, "text",
                json_string(view_words(state->field, &state->claims[i].value, &arena)));
            json_array_append_new(out, one);
        }
    }
    arena_release(&arena);
    return st;
}

static enum status record_json(struct desk *desk, struct ledger *ledger,
                               const struct record_state *record, json_t **out, struct error *err)
{
    struct arena arena = {0};
    char hex[RECORD_ID_TEXT];
    json_t *fields = json_object(), *conflicts = json_array(), *erased = json_array();
    enum status st = ST_OK;
    for (size_t i = 0; i < record->table->field_count; i++) {
        const struct catalog_field *field = record->table->fields[i];
        if (field->no < record->field_count && record->fields[field->no].claim_count)
            json_object_set_new(fields, field->name,
                                view_state(&record->fields[field->no], field, &arena));
        if (field->no < record->field_count && record->fields[field->no].value.kind == VALUE_ERASED)
            json_array_append_new(erased, json_string(field->name));
    }
    for (uint32_t no = 0; st == ST_OK && record->conflict && no < record->field_count; no++) {
        json_t *one = NULL;
        if (record->fields[no].conflict && described(record->table, no))
            st = view_conflict_of(desk, ledger, record, no, &one, err);
        if (one)
            json_array_append_new(conflicts, one);
    }
    struct seen shown;
    seen_record(record, &shown);
    record_id_format(&record->id, hex);
    *out =
        json_pack("{s:s, s:s, s:s, s:o, s:o, s:s, s:o}", "id", hex, "type", record->table->name,
                  "ledger", ledger->origin.text, "fields", fields, "conflicts", conflicts, "state",
                  outbox_state(desk, ledger, &record->last), "version", view_version(&shown));
    if (json_array_size(erased))
        json_object_set(*out, "erased", erased);
    json_decref(erased);
    if (st == ST_OK && has_beside(record)) {
        json_t *beside = json_array();
        st = beside_json(desk, ledger, record, beside, err);
        json_object_set_new(*out, "beside", beside);
    }
    if (record->in_transit)
        json_object_set_new(*out, "left_for",
                            json_stringn((const char *)record_departure(record)->other.p,
                                         record_departure(record)->other.n));
    arena_release(&arena);
    return st;
}

/* Loads a record that can be shown. Candidates in an open changeset have no number yet, so that is
 * closed first when there is a conflict. */
static enum status load_shown(struct desk *desk, struct ledger **ledger,
                              const struct catalog_table **table, const struct record_id *id,
                              bool settle, struct arena *arena, struct record_state *record,
                              struct error *err)
{
    enum status st = materialise_load(desk->rep, *ledger, *table, id, arena, record, err);
    if (st == ST_OK && (settle || record->conflict || has_beside(record))) {
        st = settle_at(desk, ledger, table, err);
        if (st == ST_OK)
            st = materialise_load(desk->rep, *ledger, *table, id, arena, record, err);
    }
    if (st == ST_NOT_FOUND)
        return error_set(err, st, "没有找到这条%s", (*table)->zh);
    if (st == ST_OK && !record->live)
        return error_set(err, ST_NOT_FOUND, "这条%s已经作废；要恢复：huce restore", (*table)->zh);
    return st;
}

enum status view_record(struct desk *desk, struct ledger *ledger, const struct catalog_table *table,
                        const struct record_id *id, json_t **out, struct error *err)
{
    struct arena arena = {0};
    struct record_state record;
    *out = NULL;
    enum status st = load_shown(desk, &ledger, &table, id, false, &arena, &record, err);
    if (st == ST_OK)
        st = record_json(desk, ledger, &record, out, err);
    if (st == ST_OK)
        st = duplicates_mark(desk, table, id, *out, err);
    if (st != ST_OK) {
        json_decref(*out);
        *out = NULL;
    }
    arena_release(&arena);
    return st;
}

/* The claim behind the value in force; NULL: there is no single one. */
static const struct claim *claim_in_force(const struct field_state *state)
{
    for (uint32_t i = state->claim_count; i > 0; i--)
        if (value_equal(&state->claims[i - 1].value, &state->value))
            return &state->claims[i - 1];
    return NULL;
}

static enum status view_now(struct desk *desk, struct ledger *ledger,
                            const struct record_state *record, uint32_t no, json_t **out,
                            struct error *err)
{
    struct arena arena = {0};
    const struct catalog_field *field = described(record->table, no);
    const struct field_state *state = no < record->field_count ? &record->fields[no] : NULL;
    const struct claim *claim = state ? claim_in_force(state) : NULL;
    json_t *by = NULL;
    enum status st = claim ? view_stamp(desk, ledger, &claim->at, &by, err) : ST_OK;
    *out = NULL;
    if (st == ST_OK && field)
        *out = json_pack("{s:s, s:s, s:o, s:b, s:o?}", "field", field->name, "label", field->zh,
                         "now", state ? view_state(state, field, &arena) : json_null(), "conflict",
                         state && state->conflict, "by", by);
    else
        json_decref(by);
    arena_release(&arena);
    return st;
}

enum status view_moved(struct desk *desk, struct ledger *ledger, const struct catalog_table *table,
                       const struct record_id *id, const uint32_t *fields, size_t count,
                       json_t **out, struct error *err)
{
    struct arena arena = {0};
    struct record_state record;
    struct seen shown;
    char hex[RECORD_ID_TEXT];
    json_t *moved = json_array();
    *out = NULL;
    enum status st = load_shown(desk, &ledger, &table, id, true, &arena, &record, err);
    for (size_t i = 0; st == ST_OK && i < count; i++) {
        json_t *one = NULL;
        st = view_now(desk, ledger, &record, fields[i], &one, err);
        if (one)
            json_array_append_new(moved, one);
    }
    if (st == ST_OK) {
        seen_record(&record, &shown);
        record_id_format(id, hex);
        *out = json_pack("{s:s, s:s, s:o, s:O}", "id", hex, "type", table->name, "version",
                         view_version(&shown), "moved", moved);
    }
    json_decref(moved);
    arena_release(&arena);
    return st;
}

/* ---- lists ---- */

/* Candidates in an open changeset have no number yet; only conflicts need one. */
static enum status settle_for_conflicts(struct desk *desk, const struct catalog_table **table,
                                        struct error *err)
{
    struct ledger *ledger = desk->rep->registry_ledger;
    struct stmt *stmt = db_stmt(desk->db, "SELECT 1 FROM conflict LIMIT 1");
    bool row = false;
    enum status st = stmt_step(stmt, &row, err);
    stmt_reset(stmt);
    return st == ST_OK && row ? settle_at(desk, &ledger, table, err) : st;
}

struct found {
    struct record_id id;
    struct ledger *ledger;
};

/* "instr(name, ?2) > 0 OR …" over the fields that hold text. */
static void put_search(const struct catalog_table *table, struct buf *sql)
{
    size_t n = 0;
    for (size_t i = 0; i < table->field_count; i++)
        if (table->fields[i]->type == FIELD_TEXT && table->fields[i]->name[0])
            buf_printf(sql, "%sinstr(\"%s\", ?2) > 0", n++ ? " OR " : " AND (",
                       table->fields[i]->name);
    buf_put_str(sql, n ? ")" : " AND 0");
}

/* Past a quoted name or text, or a comment, that begins at p; NULL: it does not end. */
static const char *skip_quoted(const char *p)
{
    const char *end;
    if (p[0] == '-')
        return p + strcspn(p, "\n");
    if (p[0] == '/')
        end = strstr(p + 2, "*/");
    else
        end = strchr(p + 1, p[0] == '[' ? ']' : p[0]);
    return end ? end + (p[0] == '/' ? 2 : 1) : NULL;
}

/* Is this one expression in itself, so that it can stand in parentheses without leaving them? */
static bool stands_alone(const char *p)
{
    int depth = 0;
    while (p && *p && depth >= 0 && *p != ';') {
        bool comment = (p[0] == '-' && p[1] == '-') || (p[0] == '/' && p[1] == '*');
        if (comment || strchr("'\"`[", *p)) {
            p = skip_quoted(p);
            continue;
        }
        depth += (*p == '(') - (*p == ')');
        p++;
    }
    return p && *p == '\0' && depth == 0;
}

/* People's expressions speak of the view's columns; without one the table itself is read, in the
 * order it is stored in. */
static void list_sql(const struct catalog_table *table, const struct view_query *query, bool count,
                     struct buf *sql)
{
    const char *what = count ? "count(*)" : query->where ? "id, origin" : "hex(id), ledger";
    if (query->where)
        buf_printf(sql, "SELECT %s FROM \"%s\" WHERE (%s\n) AND (?1 IS NULL OR origin = ?1)", what,
                   table->name, query->where);
    else
        buf_printf(sql,
                   "SELECT %s FROM \"r_%s\" WHERE _state & 133 = %d"
                   " AND (?1 IS NULL OR ledger = (SELECT no FROM ledger WHERE origin = ?1))",
                   what, table->name, query->deleted ? 0 : 1);
    if (query->text)
        put_search(table, sql);
    if (!count)
        buf_printf(
            sql, " ORDER BY %s, id LIMIT %lld OFFSET %llu", query->where ? "origin" : "ledger",
            query->limit ? (long long)query->limit : -1LL, (unsigned long long)query->offset);
}

static enum status prepare_list(struct db *db, const struct catalog_table *table,
                                const struct view_query *query, const char *origin, bool count,
                                struct stmt **stmt, struct error *err)
{
    struct buf sql;
    if (query->where && query->deleted)
        return error_set(err, ST_USAGE,
                         "条件只能用在没有作废的记录上：--where 和 --deleted 选一个");
    if (query->where && !stands_alone(query->where))
        return error_set(err, ST_INVALID, "条件写得不对: 括号、引号或注释没有配对，或有分号");
    buf_init(&sql, LIST_SQL_MAX);
    list_sql(table, query, count, &sql);
    enum status st = buf_ok(&sql) ? db_prepare(db, buf_slice(&sql), stmt, err)
                                  : error_set(err, ST_LIMIT, "条件太长");
    if (st == ST_OK) {
        bind_str(*stmt, 1, origin);
        if (query->text)
            bind_str(*stmt, 2, query->text);
    } else if (query->where) {
        error_wrap(err, st = ST_INVALID, "条件写得不对");
    }
    buf_release(&sql);
    return st;
}

static struct ledger *ledger_in(struct desk *desk, struct stmt *stmt, bool by_origin)
{
    struct origin name;
    if (!by_origin)
        return replica_ledger_by_no(desk->rep, stmt_int(stmt, 1));
    return origin_parse(stmt_text(stmt, 1), &name) ? replica_ledger(desk->rep, &name) : NULL;
}

static enum status too_slow(enum status st, struct error *err)
{
    return st == ST_LIMIT ? error_set(err, st, "按这个条件查得太久，已停下；请把条件写得简单些")
                          : st;
}

/* The rows that a query chooses. */
static enum status choose(struct desk *desk, struct db *db, const struct catalog_table *table,
                          const struct view_query *query, const char *origin, struct found **rows,
                          size_t *count, struct error *err)
{
    struct stmt *stmt = NULL;
    size_t capacity = 0;
    bool row = false;
    enum status st = prepare_list(db, table, query, origin, false, &stmt, err);
    while (st == ST_OK && (st = stmt_step(stmt, &row, err)) == ST_OK && row) {
        struct found one = {.ledger = ledger_in(desk, stmt, query->where != NULL)};
        if (record_id_parse(stmt_text(stmt, 0), &one.id) && one.ledger) {
            *rows = mem_grow(*rows, &capacity, *count + 1, sizeof(**rows));
            (*rows)[(*count)++] = one;
        }
    }
    stmt_release(stmt);
    return too_slow(st, err);
}

static enum status count_all(struct db *db, const struct catalog_table *table,
                             const struct view_query *query, const char *origin, uint64_t *total,
                             struct error *err)
{
    struct stmt *stmt = NULL;
    bool row = false;
    enum status st = prepare_list(db, table, query, origin, true, &stmt, err);
    if (st == ST_OK)
        st = stmt_step(stmt, &row, err);
    if (st == ST_OK && row)
        *total = (uint64_t)stmt_int(stmt, 0);
    stmt_release(stmt);
    return too_slow(st, err);
}

static enum status list_records(struct desk *desk, const struct catalog_table *table,
                                const struct found *rows, size_t count, json_t *out,
                                struct error *err)
{
    struct arena arena = {0};
    enum status st = ST_OK;
    for (size_t i = 0; st == ST_OK && i < count; i++) {
        struct record_state record;
        json_t *one = NULL;
        arena_reset(&arena);
        st = materialise_load(desk->rep, rows[i].ledger, table, &rows[i].id, &arena, &record, err);
        if (st == ST_OK)
            st = record_json(desk, rows[i].ledger, &record, &one, err);
        if (one)
            json_array_append_new(out, one);
    }
    arena_release(&arena);
    return st;
}

/* What people write is run by a connection that can only read, and not for long. */
static enum status open_reader(struct desk *desk, const struct view_query *query, struct db **out,
                               struct error *err)
{
    enum status st = db_open(desk->file, DB_READ_ONLY, out, err);
    if (st == ST_OK)
        db_restrict_to_reading(*out, query->time_ms ? query->time_ms : QUERY_LIMIT_MS);
    return st;
}

enum status view_list(struct desk *desk, const struct catalog_table *table,
                      const struct view_query *query, json_t **out, struct error *err)
{
    const struct ledger *named = NULL;
    struct found *rows = NULL;
    struct db *reader = NULL;
    size_t count = 0;
    uint64_t total = 0;
    json_t *records = json_array();
    *out = NULL;
    enum status st = settle_for_conflicts(desk, &table, err);
    if (st == ST_OK && query->ledger && !(named = replica_ledger_named(desk->rep, query->ledger)))
        st = error_set(err, ST_USAGE, "本机没有账本 %s", query->ledger);
    if (st == ST_OK && query->where)
        st = open_reader(desk, query, &reader, err);
    struct db *db = reader ? reader : desk->db;
    const char *origin = named ? named->origin.text : NULL;
    if (st == ST_OK)
        st = choose(desk, db, table, query, origin, &rows, &count, err);
    if (st == ST_OK && query->total)
        st = count_all(db, table, query, origin, &total, err);
    if (st == ST_OK)
        st = list_records(desk, table, rows, count, records, err);
    if (st == ST_OK)
        *out = json_pack("{s:O}", "records", records);
    if (*out && query->total)
        json_object_set_new(*out, "total", json_integer((json_int_t)total));
    db_close(reader);
    mem_free(rows);
    json_decref(records);
    return st;
}

/* ---- status and types ---- */

/* Where the chains of the people here end: what a registrar who revokes one of them can vouch for
 * (huced member revoke --cut). What is still open is in none. */
static json_t *heads_json(struct desk *desk, const struct ledger *ledger)
{
    struct stmt *stmt =
        db_stmt(desk->db, "SELECT n.kid, n.chain, c.number, c.id FROM chain n JOIN changeset c"
                          " ON c.chain = n.no WHERE n.ledger = ?1"
                          " AND n.kid IN (SELECT kid FROM own_person)"
                          " AND c.number = (SELECT max(number) FROM changeset WHERE chain = n.no)"
                          " ORDER BY n.no");
    json_t *heads = json_array();
    bool row;
    bind_int(stmt, 1, ledger->no);
    while (stmt_step(stmt, &row, NULL) == ST_OK && row) {
        char kid[2 * HASH_SIZE + 1], chain[17], id[2 * HASH_SIZE + 1], cut[320];
        if (stmt_blob(stmt, 0).n != HASH_SIZE || stmt_blob(stmt, 1).n != 8 ||
            stmt_blob(stmt, 3).n != HASH_SIZE)
            continue;
        hex_encode(stmt_blob(stmt, 0), kid);
        hex_encode(stmt_blob(stmt, 1), chain);
        hex_encode(stmt_blob(stmt, 3), id);
        snprintf(cut, sizeof(cut), "%s,%s,%s", ledger->origin.text, chain, id);
        struct hash author;
        char short_kid[17];
        memcpy(author.b, stmt_blob(stmt, 0).p, HASH_SIZE);
        json_array_append_new(heads, json_pack("{s:s, s:s, s:I, s:s}", "kid", kid, "name",
                                               desk_name_of(desk, &author, short_kid), "number",
                                               (json_int_t)stmt_int(stmt, 2), "cut", cut));
    }
    stmt_reset(stmt);
    return heads;
}

/* Until when each person of this desk is granted. */
static json_t *expiry_json(struct desk *desk, const struct hash *kids, size_t n)
{
    json_t *list = json_array();
    for (size_t i = 0; i < n; i++) {
        char short_kid[17], hex[2 * HASH_SIZE + 1], *warning;
        int64_t days;
        hex_encode(hash_slice(&kids[i]), hex);
        grants_warning(desk, &kids[i], time_now_ms(), &warning, &days);
        json_array_append_new(
            list, json_pack("{s:s, s:s, s:o, s:o}", "name", desk_name_of(desk, &kids[i], short_kid),
                            "kid", hex, "days_left",
                            days == INT64_MAX ? json_null() : json_integer((json_int_t)days),
                            "warning", warning ? json_string(warning) : json_null()));
        mem_free(warning);
    }
    return list;
}

/* As the registry here says: whether the county gives this desk what is new in it. */
bool view_is_readable(struct desk *desk, const struct ledger *ledger)
{
    struct hash device;
    if (ledger == desk->rep->registry_ledger || !desk->device)
        return true;
    sign_kid(sign_key_public(desk->device), &device);
    return registry_device_reads(&desk->rep->registry, &device, origin_code(&ledger->origin));
}

static json_t *backup_json(struct desk *desk)
{
    struct backup_state state;
    char when[TIME_TEXT_SIZE];
    backup_state(desk, &state);
    if (!state.place)
        return json_null();
    time_format_utc(state.last_ms, when);
    json_t *out =
        json_pack("{s:s, s:o, s:b}", "to", state.place, "last",
                  state.last_ms ? json_string(when) : json_null(), "current", state.current);
    mem_free(state.place);
    return out;
}

/* How much of the history is here behind records that came first; null: all of it. */
static json_t *history_json(const struct ledger *ledger)
{
    if (!ledger->behind)
        return json_null();
    return json_pack("{s:I, s:I, s:b}", "have", (json_int_t)ledger->filled, "of",
                     (json_int_t)ledger->behind, "waits", ledger->waits);
}

enum status view_status(struct desk *desk, json_t **out, struct error *err)
{
    json_t *ledgers = json_array(), *people = json_array();
    struct hash kids[64];
    struct quorum quorum;
    enum status st = ST_OK;
    size_t n = grants_people(desk, kids, 64);
    quorum_read(desk, &quorum);
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
        json_t *witnessed = quorum.count
                                ? json_integer((json_int_t)quorum_reach(desk, &quorum, ledger))
                                : json_null();
        json_array_append_new(
            ledgers,
            json_pack("{s:s, s:b, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:o, s:o, s:o, s:o, s:o}",
                      "origin", ledger->origin.text, "readable", view_is_readable(desk, ledger),
                      "size", (json_int_t)ledger->tree.size, "unsent", (json_int_t)counts.unsent,
                      "sent", (json_int_t)counts.sent, "confirmed", (json_int_t)counts.confirmed,
                      "conflicts", (json_int_t)counts.conflicts, "refused",
                      (json_int_t)counts.refused, "others", (json_int_t)counts.others, "returned",
                      (json_int_t)task_count(desk, ledger), "last_sync", last, "heads",
                      heads_json(desk, ledger), "breaches", breaches_json(desk, ledger),
                      "witnessed", witnessed, "history", history_json(ledger)));
    }
    *out = NULL;
    if (st == ST_OK)
        *out = json_pack("{s:s, s:O, s:o, s:I, s:b, s:b, s:o, s:b, s:O}", "server", desk->url,
                         "people", people, "grants", expiry_json(desk, kids, n), "clock_ahead_s",
                         (json_int_t)desk_clock_ahead_s(desk), "encrypted", desk->vault != NULL,
                         "recoverable", at_rest_is_deposited(desk), "backup", backup_json(desk),
                         "put_back", given_is_behind(desk), "ledgers", ledgers);
    json_decref(ledgers);
    json_decref(people);
    return st;
}

json_t *view_progress(const struct session_progress *p, uint64_t left)
{
    const int64_t left_s = session_left_s(p);
    json_t *seconds = left_s < 0 ? json_null() : json_integer((json_int_t)left_s);
    return json_pack("{s:i, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:o}", "rounds", (int)p->rounds,
                     "sent", (json_int_t)p->sent, "received", (json_int_t)p->received, "confirmed",
                     (json_int_t)p->confirmed, "rejected", (json_int_t)p->rejected, "bytes_out",
                     (json_int_t)p->bytes_out, "bytes_in", (json_int_t)p->bytes_in, "left",
                     (json_int_t)left, "to_receive", (json_int_t)p->to_receive, "left_s", seconds);
}

static json_t *codes_json(const struct catalog_list *list)
{
    json_t *codes = json_array();
    for (size_t i = 0; i < list->count; i++) {
        const struct catalog_code *code = &list->codes[i];
        json_array_append_new(codes, json_pack("{s:s, s:s, s:s, s:s, s:i}", "code", code->code,
                                               "zh", code->zh, "en", code->en, "parent",
                                               code->parent, "sort", code->sort));
    }
    return codes;
}

static json_t *field_json(const struct catalog_field *field, int role_bit)
{
    const bool writable =
        !field->holds_author && /* the desk fills it */
        (!field->writers[0] || (role_bit >= 0 && (field->writer_mask >> role_bit & 1)));
    return json_pack("{s:i, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:b, s:b, s:i, s:s, s:s, s:s, s:s,"
                     " s:s, s:s}",
                     "no", (int)field->no, "name", field->name, "zh", field->zh, "en", field->en,
                     "type", field_type_name(field->type), "policy", policy_name(field->policy),
                     "args", field->args, "writers", field->writers, "writable", writable,
                     "required", field->required, "sensitivity", field->sensitivity, "list",
                     field->list ? field->list->name : "", "check", field->check, "ref", field->ref,
                     "group", field->group, "derive", field->derive, "unit", field->unit);
}

static json_t *rule_json(const struct catalog_rule *rule)
{
    json_t *args = json_array();
    for (size_t i = 0; i < rule->arg_count; i++)
        json_array_append_new(args, json_string(rule->args[i]));
    return json_pack("{s:s, s:o, s:b, s:s, s:s}", "kind", rule->kind, "args", args, "warn",
                     rule->warn, "zh", rule->zh, "en", rule->en);
}

static json_t *type_json(const struct catalog_table *table, int role_bit)
{
    static const char *const homes[] = {[HOME_VILLAGE] = "village",
                                        [HOME_TOWNSHIP] = "township",
                                        [HOME_REGISTRY] = "registry",
                                        [HOME_SEALED] = "sealed",
                                        [HOME_ANY] = "any"};
    json_t *fields = json_array(), *rules = json_array();
    for (size_t i = 0; i < table->field_count; i++)
        if (table->fields[i]->name[0])
            json_array_append_new(fields, field_json(table->fields[i], role_bit));
    for (size_t i = 0; i < table->rule_count; i++)
        json_array_append_new(rules, rule_json(&table->rules[i]));
    return json_pack("{s:i, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:o, s:o}", "no", (int)table->no,
                     "name", table->name, "zh", table->zh, "en", table->en, "kind",
                     table->kind == TABLE_APPEND ? "append" : "record", "home", homes[table->home],
                     "title", table->title, "key", table->key, "fields", fields, "rules", rules);
}

json_t *view_types(struct desk *desk, const char *role)
{
    const struct catalog *catalog = replica_catalog(desk->rep);
    const int role_bit = role ? catalog_role_bit(catalog, role) : -1;
    json_t *types = json_array(), *lists = json_object();
    for (size_t i = 0; i < catalog->table_count; i++)
        if (catalog->tables[i]->name[0])
            json_array_append_new(types, type_json(catalog->tables[i], role_bit));
    for (size_t i = 0; i < catalog->list_count; i++)
        json_object_set_new(lists, catalog->lists[i]->name, codes_json(catalog->lists[i]));
    return json_pack("{s:I, s:o, s:o}", "version", (json_int_t)catalog->version, "types", types,
                     "lists", lists);
}

enum status view_rows(struct desk *desk, const char *sql, const char *first, const char *second,
                      json_t **out, struct error *err)
{
    struct stmt *stmt = NULL;
    bool row = false;
    *out = json_array();
    enum status st = db_prepare(desk->db, slice_str(sql), &stmt, err);
    if (st == ST_OK) {
        bind_str(stmt, 1, first);
        bind_str(stmt, 2, second);
    }
    while (st == ST_OK && (st = stmt_step(stmt, &row, err)) == ST_OK && row) {
        json_t *one = json_object();
        for (int i = 0; i < stmt_columns(stmt); i++) {
            struct slice cell = stmt_text(stmt, i);
            json_object_set_new(one, stmt_column_name(stmt, i),
                                cell.n ? json_stringn((const char *)cell.p, cell.n) : json_null());
        }
        json_array_append_new(*out, one);
    }
    stmt_release(stmt);
    return st;
}
