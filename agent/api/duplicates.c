/* SPDX-License-Identifier: MulanPSL-2.0 */
/* duplicates: records that may be one thing, and what people say of it. */
#include "agent/core/duplicates.h"

#include "agent/api/api.h"
#include "agent/api/form.h"

void api_duplicates(struct call *call)
{
    json_t *all = NULL;
    struct error err;
    if (duplicates_list(call->api->desk, true, &all, &err) == ST_OK) {
        api_mask(call, all);
        api_answer(call, 200, json_pack("{s:o}", "duplicates", all));
        return;
    }
    json_decref(all);
    api_fail(call, &err, NULL);
}

static void say(struct call *call, bool same)
{
    struct duplicates_say what = {.same = same};
    struct error err;
    bool changed = false;
    enum status st = form_members(call->body, "a b note", &err);
    if (st == ST_OK)
        st = api_text(call, "a", true, &what.a, &err);
    if (st == ST_OK)
        st = api_text(call, "b", true, &what.b, &err);
    if (st == ST_OK)
        st = api_text(call, "note", true, &what.note, &err);
    if (st == ST_OK)
        st = duplicates_say(call->api->desk, &call->api->author, &what, &changed, &err);
    if (changed)
        background_saved(call->api->background);
    if (st == ST_OK)
        api_answer(call, 200,
                   json_pack("{s:s, s:s, s:b, s:b}", "a", what.a, "b", what.b, "same", same,
                             "changed", changed));
    else
        api_fail(call, &err, NULL);
}

void api_duplicate_link(struct call *call)
{
    say(call, true);
}

void api_duplicate_unlink(struct call *call)
{
    say(call, false);
}
