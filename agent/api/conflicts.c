/* SPDX-License-Identifier: MulanPSL-2.0 */
/* conflicts: what a person must decide, and deciding it. */
#include "agent/api/api.h"

#include "agent/api/form.h"
#include "agent/core/act.h"
#include "agent/core/view.h"
#include "shared/db/clash.h"

/* Of a field; table NULL: between records. */
struct place {
    struct ledger *ledger;
    const struct catalog_table *table;
    struct record_id id;
    uint32_t field;
};

static enum status find_conflict(struct call *call, struct place *out, struct error *err)
{
    *out = (struct place){0};
    if (clash_id_is(call->id))
        return ST_OK;
    return view_conflict_find(call->api->desk, call->id, &out->ledger, &out->table, &out->id,
                              &out->field, err);
}

void api_conflicts(struct call *call)
{
    json_t *all = NULL;
    const char *reported;
    char room[4];
    struct error err;
    enum status st = api_param(call, "reported", room, sizeof(room), &reported, &err);
    if (st == ST_OK && reported && strcmp(reported, "1") != 0)
        st = error_set(&err, ST_INVALID, "参数“reported”只能是 1");
    if (st == ST_OK)
        st = reported ? view_reported(call->api->desk, &all, &err)
                      : view_conflicts(call->api->desk, &all, &err);
    if (st == ST_OK) {
        api_mask(call, all);
        api_answer(call, 200, json_pack("{s:o}", "conflicts", all));
        return;
    }
    json_decref(all);
    api_fail(call, &err, NULL);
}

static enum status show(struct call *call, json_t **out, struct error *err)
{
    enum status st = view_conflict_named(call->api->desk, call->id, out, err);
    if (st == ST_OK)
        api_mask(call, *out);
    return st;
}

void api_conflict(struct call *call)
{
    json_t *one = NULL;
    struct error err;
    if (show(call, &one, &err) == ST_OK)
        api_answer(call, 200, one);
    else
        api_fail(call, &err, NULL);
}

/* {"take": "A"} or {"value": …}, not both. */
static enum status read_choice(struct call *call, const struct place *place, struct arena *arena,
                               struct act_resolve *out, struct error *err)
{
    const json_t *value = json_object_get(call->body, "value");
    const struct catalog_field *field =
        place->table ? catalog_field(place->table, place->field) : NULL;
    const char *take;
    enum status st = api_text(call, "take", false, &take, err);
    if (st != ST_OK)
        return st;
    if (!take == !value)
        return error_set(err, ST_INVALID, "请写明选哪一个（take）或写一个新值（value），二者之一");
    if (take) {
        out->letter = take[0];
        return strlen(take) == 1 ? ST_OK : error_set(err, ST_INVALID, "“take”应是一个字母");
    }
    return field ? form_text(field, value, arena, &out->value, err)
                 : error_set(err, ST_INVALID, "这一项只能选一个（take）");
}

static void answer_moved(struct call *call, const struct error *why)
{
    json_t *answer = NULL;
    struct error err;
    if (desk_refresh(call->api->desk, &err) != ST_OK || show(call, &answer, &err) != ST_OK) {
        api_fail(call, &err, NULL);
        return;
    }
    json_object_set_new(answer, "error",
                        json_pack("{s:s, s:s}", "code", "moved", "text", why->text));
    api_answer(call, 409, answer);
}

void api_resolve(struct call *call)
{
    struct arena arena = {0};
    struct seen seen;
    struct place place;
    struct act_resolve what = {.conflict = call->id, .seen = &seen};
    struct act_result result = {0};
    struct error err;
    enum status st = form_members(call->body, "take value version note", &err);
    if (st == ST_OK)
        st = find_conflict(call, &place, &err);
    if (st == ST_OK)
        st = api_seen(call, &seen, &err);
    if (st == ST_OK)
        st = api_text(call, "note", false, &what.note, &err);
    if (st == ST_OK)
        st = read_choice(call, &place, &arena, &what, &err);
    if (st == ST_OK)
        st = act_resolve(call->api->desk, &call->api->author, &what, &result, &err);
    if (st == ST_OK) {
        background_saved(call->api->background);
        api_answer(call, 200, json_pack("{s:s, s:b}", "id", call->id, "resolved", 1));
    } else if (result.moved_count) {
        answer_moved(call, &err);
    } else {
        api_fail(call, &err, NULL);
    }
    arena_release(&arena);
}
