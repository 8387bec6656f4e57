/* SPDX-License-Identifier: MulanPSL-2.0 */
/* records: lists, one record, its history; saving and deleting. */
#include "agent/api/api.h"

#include <stdlib.h>

#include "agent/api/form.h"
#include "agent/core/act.h"
#include "agent/core/archive.h"
#include "agent/core/history.h"
#include "agent/core/reads.h"
#include "agent/core/sight.h"
#include "agent/core/titles.h"
#include "agent/core/view.h"

#define LIMIT_DEFAULT 50
#define LIMIT_MAX 500
#define OFFSET_MAX 100000000
#define WHERE_MAX 4096
#define SEARCH_MAX 256
#define LEDGER_MAX 256
#define QUERY_MS 2000 /* an expression that takes longer would keep everybody waiting */

/* ---- reading ---- */

static enum status read_number(struct call *call, const char *name, uint64_t max, uint64_t *out,
                               struct error *err)
{
    char room[24], *end;
    const char *text;
    enum status st = api_param(call, name, room, sizeof(room), &text, err);
    if (st != ST_OK || !text)
        return st;
    unsigned long long value = strtoull(text, &end, 10);
    if (*text < '0' || *text > '9' || *end || value > max)
        return error_set(err, ST_INVALID, "参数“%s”应是 0 到 %llu 的整数", name,
                         (unsigned long long)max);
    *out = value;
    return ST_OK;
}

/* By the role of who has unlocked the desk. The type is looked up anew: reading may have brought a
 * new catalog. */
static const struct catalog_table *sight_here(struct call *call, struct sight *sight)
{
    const struct catalog_table *table = NULL;
    sight_of_grant(call->api->author.grant, SIGHT_SCREEN, sight);
    return act_type(call->api->desk, call->type, &table, NULL) == ST_OK ? table : NULL;
}

/* Masks, and adds what the records are called that these refer to. */
static void dress_list(struct call *call, json_t *list)
{
    struct sight sight;
    const struct catalog_table *table = sight_here(call, &sight);
    json_t *titles = json_object(), *record;
    size_t i;
    if (!table) {
        json_decref(titles);
        return;
    }
    json_array_foreach(json_object_get(list, "records"), i, record)
        titles_add(call->api->desk, &sight, table, record, titles);
    sight_list(&sight, table, list);
    reads_list(call->api->desk, &(struct reader){&call->api->author.kid, "list"}, table,
               json_object_get(list, "records"));
    json_object_set_new(list, "titles", titles);
}

struct hiding {
    const struct sight *sight;
    const struct catalog_table *table;
};

static bool hides(void *arg, const struct catalog_field *field)
{
    const struct hiding *h = arg;
    return sight_mask(h->sight, h->table, field) != MASK_NONE;
}

static void mask_record(struct call *call, json_t *record)
{
    struct sight sight;
    const struct catalog_table *table = sight_here(call, &sight);
    if (!table)
        return;
    sight_record(&sight, table, record);
    reads_record(call->api->desk, &(struct reader){&call->api->author.kid, "get"}, table, record);
}

void api_list(struct call *call)
{
    char where[WHERE_MAX], text[SEARCH_MAX], ledger[LEDGER_MAX];
    struct view_query query = {.limit = LIMIT_DEFAULT, .total = true, .time_ms = QUERY_MS};
    const struct catalog_table *table;
    json_t *list = NULL;
    uint64_t deleted = 0;
    struct error err;
    enum status st = api_param(call, "where", where, sizeof(where), &query.where, &err);
    if (st == ST_OK)
        st = api_param(call, "q", text, sizeof(text), &query.text, &err);
    if (st == ST_OK)
        st = read_number(call, "deleted", 1, &deleted, &err);
    if (st == ST_OK)
        st = api_param(call, "ledger", ledger, sizeof(ledger), &query.ledger, &err);
    if (st == ST_OK)
        st = read_number(call, "limit", LIMIT_MAX, &query.limit, &err);
    if (st == ST_OK)
        st = read_number(call, "offset", OFFSET_MAX, &query.offset, &err);
    if (st == ST_OK && query.limit == 0)
        st = error_set(&err, ST_INVALID, "参数“limit”应是 1 到 %d 的整数", LIMIT_MAX);
    if (st == ST_OK)
        st = api_find(call, &table, NULL, NULL, &err);
    if (st == ST_OK)
        query.deleted = deleted;
    if (st == ST_OK)
        st = view_list(call->api->desk, table, &query, &list, &err);
    if (st != ST_OK) {
        api_fail(call, &err, NULL);
        return;
    }
    dress_list(call, list);
    json_object_set_new(list, "limit", json_integer((json_int_t)query.limit));
    json_object_set_new(list, "offset", json_integer((json_int_t)query.offset));
    api_answer(call, 200, list);
}

void api_get(struct call *call)
{
    const struct catalog_table *table;
    struct ledger *ledger;
    struct record_id id;
    json_t *record = NULL;
    struct error err;
    enum status st = api_find(call, &table, &ledger, &id, &err);
    if (st == ST_OK)
        st = view_record(call->api->desk, ledger, table, &id, &record, &err);
    if (st == ST_OK) {
        mask_record(call, record);
        api_answer(call, 200, record);
    } else {
        api_fail(call, &err, NULL);
    }
}

/* ---- a record with what belongs to it ---- */

/* Takes a part of the archive as JSON, masked. */
static enum status put_part(struct call *call, struct ledger *ledger,
                            const struct archive_part *part, json_t *parts, json_t *titles,
                            struct error *err)
{
    struct sight sight;
    json_t *record;
    enum status st = view_record(call->api->desk, ledger, part->table, &part->id, &record, err);
    if (st != ST_OK)
        return st;
    sight_of_grant(call->api->author.grant, SIGHT_SCREEN, &sight);
    titles_add(call->api->desk, &sight, part->table, record, titles);
    sight_record(&sight, part->table, record);
    json_array_append_new(parts, record);
    return ST_OK;
}

void api_archive(struct call *call)
{
    const struct catalog_table *table;
    struct archive archive = {0};
    struct ledger *ledger;
    struct record_id id;
    json_t *parts = json_array(), *titles = json_object();
    struct error err;
    enum status st = view_settle(call->api->desk, &err); /* before: it may read the catalog anew */
    if (st == ST_OK)
        st = api_find(call, &table, &ledger, &id, &err);
    if (st == ST_OK)
        st = archive_collect(call->api->desk, ledger, table, &id, ARCHIVE_SHOWN, &archive, &err);
    if (st == ST_OK && archive.count == 0)
        st = error_set(&err, ST_NOT_FOUND, "这条记录已经作废，或者不在这里");
    for (size_t i = 0; i < archive.count && st == ST_OK; i++)
        st = put_part(call, ledger, &archive.parts[i], parts, titles, &err);
    if (st == ST_OK) { /* noted together: each transaction waits for the disk */
        reads_found(call->api->desk, &(struct reader){&call->api->author.kid, "archive"}, parts);
        api_answer(call, 200, json_pack("{s:O, s:O}", "records", parts, "titles", titles));
    } else {
        api_fail(call, &err, NULL);
    }
    archive_release(&archive);
    json_decref(parts);
    json_decref(titles);
}

void api_history(struct call *call)
{
    const struct catalog_table *table;
    struct ledger *ledger;
    struct record_id id;
    json_t *history = NULL;
    struct error err;
    enum status st = api_find(call, &table, &ledger, &id, &err);
    if (st == ST_OK)
        st = history_of(call->api->desk, ledger, table, &id, &history, &err);
    if (st == ST_OK) {
        struct sight sight;
        if ((table = sight_here(call, &sight))) {
            sight_changes(&sight, table, json_object_get(history, "changes"));
            reads_whole(call->api->desk, &(struct reader){&call->api->author.kid, "history"}, table,
                        &id, hides, &(struct hiding){&sight, table});
        }
        api_answer(call, 200, history);
    } else {
        api_fail(call, &err, NULL);
    }
}

/* ---- what moved meanwhile ---- */

/* Puts what was typed beside what stands now. */
static void add_yours(const struct call *call, const struct catalog_table *table, json_t *moved)
{
    const json_t *fields = json_object_get(call->body, "fields");
    json_t *one;
    size_t i;
    json_array_foreach(moved, i, one)
    {
        const char *name = json_string_value(json_object_get(one, "field"));
        const struct catalog_field *field = catalog_field_named(table, slice_str(name));
        json_t *yours = json_object_get(fields, name);
        if (!yours && field)
            yours = json_object_get(fields, field->zh);
        if (yours)
            json_object_set(one, "yours", yours);
    }
}

static void answer_moved(struct call *call, const struct act_result *result,
                         const struct error *why)
{
    struct api *api = call->api;
    const struct catalog_table *table;
    json_t *answer = NULL;
    struct error err;
    enum status st = desk_refresh(api->desk, &err);
    struct ledger *ledger = replica_ledger_by_no(api->desk->rep, result->ledger);
    if (st == ST_OK)
        st = api_find(call, &table, NULL, NULL, &err);
    if (st == ST_OK)
        st = view_moved(api->desk, ledger, table, &result->id, result->moved, result->moved_count,
                        &answer, &err);
    if (st == ST_OK)
        st = api_find(call, &table, NULL, NULL, &err); /* it may have been read anew */
    if (st != ST_OK) {
        json_decref(answer);
        api_fail(call, &err, NULL);
        return;
    }
    add_yours(call, table, json_object_get(answer, "moved"));
    json_object_set_new(answer, "error",
                        json_pack("{s:s, s:s}", "code", "moved", "text", why->text));
    api_answer(call, 409, answer);
}

/* ---- saving ---- */

/* The name of a field of this type by its number; NULL: none. */
static const char *field_name(struct call *call, uint32_t no)
{
    const struct catalog_table *table;
    if (no == 0 || api_find(call, &table, NULL, NULL, NULL) != ST_OK)
        return NULL;
    const struct catalog_field *field = catalog_field(table, no);
    return field ? field->name : NULL;
}

static void answer_saved(struct call *call, const struct act_result *result)
{
    struct api *api = call->api;
    const struct catalog_table *table;
    char hex[RECORD_ID_TEXT];
    json_t *record = NULL;
    struct error err;
    if (result->changed)
        background_saved(api->background);
    record_id_format(&result->id, hex);
    enum status st = desk_refresh(api->desk, &err);
    struct ledger *ledger = replica_ledger_by_no(api->desk->rep, result->ledger);
    if (st == ST_OK)
        st = api_find(call, &table, NULL, NULL, &err);
    if (st == ST_OK)
        st = view_record(api->desk, ledger, table, &result->id, &record, &err);
    if (st == ST_OK)
        mask_record(call, record);
    /* It is saved, whatever came after: then the page asks for the record itself. */
    api_answer(call, result->created ? 201 : 200,
               json_pack("{s:s, s:b, s:b, s:o?}", "id", hex, "created", result->created, "changed",
                         result->changed, "record", st == ST_OK ? record : NULL));
}

static void save(struct call *call, struct act_save *what)
{
    struct arena arena = {0};
    struct act_field fields[OP_FIELDS_MAX];
    struct act_result result = {0};
    const struct catalog_table *table;
    const struct catalog_field *bad = NULL;
    struct error err;
    what->type = call->type;
    what->fields = fields;
    enum status st = api_text(call, "note", false, &what->note, &err);
    if (st == ST_OK)
        st = api_find(call, &table, NULL, NULL, &err);
    if (st == ST_OK)
        st = form_fields(table, json_object_get(call->body, "fields"), &arena, fields, &what->count,
                         &bad, &err);
    if (st != ST_OK) {
        api_fail(call, &err, bad ? bad->name : NULL);
    } else {
        st = act_save(call->api->desk, &call->api->author, what, &result, &err);
        if (st == ST_OK)
            answer_saved(call, &result);
        else if (result.moved_count)
            answer_moved(call, &result, &err);
        else
            api_fail(call, &err, field_name(call, result.bad_field));
    }
    arena_release(&arena);
}

void api_create(struct call *call)
{
    static const struct seen nothing; /* an empty form: what stands already was not shown */
    struct act_save what = {.seen = &nothing};
    struct record_id id;
    struct error err;
    enum status st = form_members(call->body, "fields id ledger note", &err);
    if (st == ST_OK)
        st = api_text(call, "id", false, &what.record, &err);
    if (st == ST_OK)
        st = api_text(call, "ledger", false, &what.ledger, &err);
    if (st == ST_OK && what.record && !record_id_parse(slice_str(what.record), &id))
        st = error_set(&err, ST_INVALID, "“id”应为 32 位十六进制");
    if (st == ST_OK)
        save(call, &what);
    else
        api_fail(call, &err, NULL);
}

void api_edit(struct call *call)
{
    struct seen seen;
    struct act_save what = {.record = call->id, .target = ACT_EXISTING, .seen = &seen};
    const struct catalog_table *table;
    struct ledger *ledger;
    struct record_id id;
    struct error err;
    enum status st = form_members(call->body, "fields version note", &err);
    if (st == ST_OK)
        st = api_find(call, &table, &ledger, &id, &err);
    if (st == ST_OK)
        st = api_seen(call, &seen, &err);
    if (st == ST_OK)
        save(call, &what);
    else
        api_fail(call, &err, NULL);
}

typedef enum status act(struct desk *, struct author *, const struct act_existence *,
                        struct act_result *, struct error *);

static void set_existence(struct call *call, act *deed, bool note_needed, bool deleted)
{
    struct seen seen;
    struct act_existence what = {.type = call->type, .record = call->id, .seen = &seen};
    struct act_result result = {0};
    const struct catalog_table *table;
    struct ledger *ledger;
    struct record_id id;
    struct error err;
    enum status st = form_members(call->body, "note version", &err);
    if (st == ST_OK)
        st = api_find(call, &table, &ledger, &id, &err);
    if (st == ST_OK)
        st = api_text(call, "note", note_needed, &what.note, &err);
    if (st == ST_OK)
        st = api_seen(call, &seen, &err);
    if (st == ST_OK)
        st = deed(call->api->desk, &call->api->author, &what, &result, &err);
    if (st != ST_OK && result.moved_count) {
        answer_moved(call, &result, &err);
    } else if (st != ST_OK) {
        api_fail(call, &err, NULL);
    } else {
        background_saved(call->api->background);
        api_answer(call, 200, json_pack("{s:s, s:b}", "id", call->id, "deleted", (int)deleted));
    }
}

void api_delete(struct call *call)
{
    set_existence(call, act_delete, true, true);
}

void api_restore(struct call *call)
{
    set_existence(call, act_restore, false, false);
}
