/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * cosigned: GET /v1/cosigned?ledger=<origin>&size=<n>&ledger=…: of these ledgers the newest
 * checkpoints that witnesses have signed, where they are of more than the sizes that go with them.
 */
#include "server/api/api.h"

#include "shared/db/cosigned.h"
#include "shared/net/signature.h"

enum http_outcome api_cosigned(void *arg, const struct http_request *request,
                               struct http_response *response)
{
    struct api *api = arg;
    struct caller caller;
    struct ledger *ledger;
    struct arena arena = {0};
    struct buf list;
    uint64_t size, signed_size;
    size_t n = 0, found = 0;
    enum param param;

    if (!api_authenticate(api, request, response, &caller))
        return HTTP_ANSWER;
    http_response_header(response, SIGNATURE_NONCE_HEADER, caller.nonce);
    buf_init(&list, PARAM_LEDGERS_MAX * (CHECKPOINT_MAX + ORIGIN_MAX + 16));
    for (; (param = api_ledger_param(api, request, &caller.device, n, &ledger, &size)) == PARAM_OK;
         n++) {
        struct slice text = SLICE_NONE;
        if (ledger)
            text = cosigned_read(api->srv->rep, ledger, &arena, &signed_size);
        if (text.n == 0 || signed_size <= size)
            continue;
        cbor_put_array(&list, 2);
        cbor_put_text(&list, slice_str(ledger->origin.text));
        cbor_put_text(&list, text);
        found++;
    }
    if (n == 0 || param == PARAM_BAD) {
        api_ledger_params_bad(response);
    } else {
        response->content_type = "application/cbor";
        cbor_put_array(&response->body, 2);
        cbor_put_uint(&response->body, 1);
        cbor_put_array(&response->body, found);
        buf_put_slice(&response->body, buf_slice(&list));
    }
    buf_release(&list);
    arena_release(&arena);
    return HTTP_ANSWER;
}
