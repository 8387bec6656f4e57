/* SPDX-License-Identifier: MulanPSL-2.0 */
/* transfers: a household moves, and what moves have left open. */
#include "agent/core/transfers.h"

#include "agent/api/api.h"
#include "agent/api/form.h"
#include "agent/core/transfer.h"

void api_transfers(struct call *call)
{
    json_t *all = NULL;
    struct error err;
    if (transfers_list(call->api->desk, &all, &err) == ST_OK) {
        api_mask(call, all);
        api_answer(call, 200, json_pack("{s:o}", "transfers", all));
        return;
    }
    json_decref(all);
    api_fail(call, &err, NULL);
}

void api_transfer_show(struct call *call)
{
    json_t *one = NULL;
    struct error err;
    if (transfers_show(call->api->desk, call->id, &one, &err) == ST_OK) {
        api_mask(call, one);
        api_answer(call, 200, one);
    } else {
        api_fail(call, &err, NULL);
    }
}

void api_transfer_take(struct call *call)
{
    struct transfers_take what = {.id = call->id,
                                  .drop = json_is_true(json_object_get(call->body, "drop"))};
    struct error err;
    size_t taken = 0;
    enum status st = form_members(call->body, "drop note", &err);
    if (st == ST_OK)
        st = api_text(call, "note", false, &what.note, &err);
    if (st == ST_OK)
        st = transfers_take(call->api->desk, &call->api->author, &what, &taken, &err);
    if (taken)
        background_saved(call->api->background);
    if (st == ST_OK)
        api_answer(call, 200, json_pack("{s:s, s:I}", "id", call->id, "taken", (json_int_t)taken));
    else
        api_fail(call, &err, NULL);
}

void api_transfer(struct call *call)
{
    struct transfer what = {.type = call->type, .record = call->id};
    struct transfer_result result;
    struct error err;
    enum status st = form_members(call->body, "to ledger note", &err);
    if (st == ST_OK)
        st = api_text(call, "to", true, &what.to, &err);
    if (st == ST_OK)
        st = api_text(call, "ledger", false, &what.ledger, &err);
    if (st == ST_OK)
        st = api_text(call, "note", false, &what.note, &err);
    if (st == ST_OK)
        st = transfer_run(call->api->desk, &call->api->author, &what, &result, &err);
    if (st != ST_OK) {
        api_fail(call, &err, NULL);
        return;
    }
    background_saved(call->api->background);
    api_answer(call, 200, transfer_json(&result));
}
