/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * batch: several records in one save: a child and where it belongs, a visit and the request that
 * came of it, one field of many households, and the way back from all of these.
 */
#include "agent/api/api.h"

#include "agent/api/form.h"
#include "agent/core/act.h"
#include "shared/db/materialise.h"

struct batch {
    struct arena arena;
    struct act_save items[ACT_BATCH_MAX];
    struct act_result results[ACT_BATCH_MAX];
    struct error why[ACT_BATCH_MAX];
};

static enum status read_text(const json_t *item, const char *name, const char **out,
                             struct error *err)
{
    const json_t *value = json_object_get(item, name);
    *out = json_string_value(value);
    return *out || !value || json_is_null(value)
               ? ST_OK
               : error_set(err, ST_INVALID, "“%s”要写成文字", name);
}

/* field: which one is wrong. */
static enum status read_item(struct call *call, const json_t *item, struct arena *arena,
                             struct act_save *out, const char **field, struct error *err)
{
    static const struct seen nothing; /* as an empty form shows it */
    const struct catalog_table *table;
    const struct catalog_field *bad = NULL;
    const char *version = NULL;
    struct act_field *fields = arena_alloc(arena, OP_FIELDS_MAX * sizeof(*fields));
    *out = (struct act_save){.fields = fields, .seen = &nothing};
    enum status st = json_is_object(item)
                         ? form_members(item, "type id fields version note", err)
                         : error_set(err, ST_INVALID, "“items”的每一项应是一个对象");
    if (st == ST_OK)
        st = read_text(item, "type", &out->type, err);
    if (st == ST_OK)
        st = read_text(item, "id", &out->record, err);
    if (st == ST_OK)
        st = read_text(item, "note", &out->note, err);
    if (st == ST_OK)
        st = read_text(item, "version", &version, err);
    if (st == ST_OK && !out->type)
        st = error_set(err, ST_INVALID, "缺少“type”");
    if (st == ST_OK && version) { /* a record that was shown, so it must be there */
        struct seen *seen = arena_alloc(arena, sizeof(*seen));
        out->target = ACT_EXISTING;
        out->seen = seen;
        if (!out->record || !seen_read(slice_str(version), seen))
            st = error_set(err, ST_INVALID, "“version”不对：应和“id”一起原样带回");
    }
    if (st == ST_OK)
        st = act_type(call->api->desk, out->type, &table, err);
    if (st == ST_OK)
        st = form_fields(table, json_object_get(item, "fields"), arena, fields, &out->count, &bad,
                         err);
    *field = bad ? bad->name : NULL;
    return st;
}

static const char *name_of(struct call *call, const char *type, uint32_t no)
{
    const struct catalog_table *table;
    if (no == 0 || act_type(call->api->desk, type, &table, NULL) != ST_OK)
        return NULL;
    const struct catalog_field *field = catalog_field(table, no);
    return field ? field->name : NULL;
}

/* The way back needs to know what stands there now. */
static void add_version(struct call *call, const struct act_save *item,
                        const struct act_result *result, json_t *out)
{
    struct replica *rep = call->api->desk->rep;
    struct ledger *ledger = replica_ledger_by_no(rep, result->ledger);
    const struct catalog_table *table;
    struct record_state record;
    struct arena arena = {0};
    struct seen seen;
    struct buf text;
    if (!ledger || act_type(call->api->desk, item->type, &table, NULL) != ST_OK)
        return;
    buf_init(&text, SEEN_TEXT_MAX);
    if (materialise_load(rep, ledger, table, &result->id, &arena, &record, NULL) == ST_OK) {
        seen_record(&record, &seen);
        seen_write(&seen, &text);
        json_object_set_new(out, "version", json_string(buf_cstr(&text)));
    }
    buf_release(&text);
    arena_release(&arena);
}

static json_t *item_json(struct call *call, const struct act_save *item,
                         const struct act_result *result, const struct error *why)
{
    char hex[RECORD_ID_TEXT];
    record_id_format(&result->id, hex);
    json_t *out = json_pack("{s:s, s:b, s:b}", "id", hex, "created", (int)result->created,
                            "changed", (int)result->changed);
    if (why->status != ST_OK)
        json_object_set_new(out, "error",
                            json_pack("{s:s, s:s, s:s?}", "code",
                                      result->moved_count ? "moved" : status_name(why->status),
                                      "text", why->text, "field",
                                      name_of(call, item->type, result->bad_field)));
    return out;
}

static void answer(struct call *call, const struct batch *b, size_t count, bool saved)
{
    json_t *items = json_array();
    if (saved)
        background_saved(call->api->background);
    for (size_t i = 0; i < count; i++) {
        json_t *one = item_json(call, &b->items[i], &b->results[i], &b->why[i]);
        if (saved && b->why[i].status == ST_OK)
            add_version(call, &b->items[i], &b->results[i], one);
        json_array_append_new(items, one);
    }
    api_answer(call, 200, json_pack("{s:b, s:o}", "saved", (int)saved, "items", items));
}

static void run(struct call *call, struct batch *b)
{
    const json_t *items = json_object_get(call->body, "items");
    const char *field = NULL;
    struct act_batch what = {.items = b->items, .count = json_array_size(items)};
    struct error err;
    bool saved = false;
    enum status st = form_members(call->body, "items ledger try skip_bad", &err);
    if (st == ST_OK)
        st = api_text(call, "ledger", false, &what.ledger, &err);
    if (st == ST_OK && (what.count == 0 || what.count > ACT_BATCH_MAX))
        st = error_set(&err, ST_INVALID, "“items”应有 1 到 %d 项", ACT_BATCH_MAX);
    what.dry_run = json_is_true(json_object_get(call->body, "try"));
    what.skip_bad = json_is_true(json_object_get(call->body, "skip_bad"));
    for (size_t i = 0; i < what.count && st == ST_OK; i++)
        st = read_item(call, json_array_get(items, i), &b->arena, &b->items[i], &field, &err);
    if (st == ST_OK)
        st =
            act_batch(call->api->desk, &call->api->author, &what, b->results, b->why, &saved, &err);
    if (st == ST_OK)
        answer(call, b, what.count, saved);
    else
        api_fail(call, &err, field);
}

void api_batch(struct call *call)
{
    struct batch *b = mem_zero_alloc(1, sizeof(*b));
    run(call, b);
    arena_release(&b->arena);
    mem_free(b);
}
