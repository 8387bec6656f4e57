/* SPDX-License-Identifier: MulanPSL-2.0 */
/* state: how far things are: counts, the catalog, the exchange with the county. */
#include "agent/api/api.h"

#include "agent/api/form.h"
#include "agent/core/view.h"

void api_status(struct call *call)
{
    struct api *api = call->api;
    json_t *status = NULL;
    struct error err;
    if (view_status(api->desk, &status, &err) != ST_OK) {
        api_fail(call, &err, NULL);
        return;
    }
    json_object_set_new(status, "sync", background_json(api->background));
    api_answer(call, 200, status);
}

void api_types(struct call *call)
{
    struct api *api = call->api;
    api_answer(call, 200, view_types(api->desk, api->author.grant->role));
}

void api_sync(struct call *call)
{
    api_answer(call, 200, background_json(call->api->background));
}

void api_sync_now(struct call *call)
{
    struct error err;
    if (form_members(call->body, "", &err) != ST_OK) {
        api_fail(call, &err, NULL);
        return;
    }
    background_now(call->api->background);
    api_answer(call, 202, background_json(call->api->background));
}
