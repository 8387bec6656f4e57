/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * wait: GET /v1/wait?ledger=<origin>&size=<n>&ledger=…: 200 as soon as one of the ledgers is larger
 * than the size that goes with it, 204 when nothing happened for 55 s.
 *
 * The handler is called again at every change of any ledger and looks anew; it keeps no state.
 */
#include "server/api/api.h"

#include "shared/net/signature.h"

enum verdict { GROWN, SAME, BAD };

static enum verdict look(struct api *api, const struct http_request *request,
                         const struct hash *device)
{
    struct ledger *ledger;
    uint64_t size;
    size_t n = 0;
    enum param param;
    while ((param = api_ledger_param(api, request, device, n, &ledger, &size)) == PARAM_OK) {
        if (ledger && ledger->tree.size > size)
            return GROWN;
        n++;
    }
    return n > 0 && param == PARAM_NONE ? SAME : BAD;
}

enum http_outcome api_wait(void *arg, const struct http_request *request,
                           struct http_response *response)
{
    struct api *api = arg;
    struct caller caller;

    if (!api_authenticate(api, request, response, &caller))
        return HTTP_ANSWER;
    enum verdict verdict = look(api, request, &caller.device);
    if (verdict == SAME && !request->last_call) {
        api->counts.waits += !request->woken;
        response->park_ms = HTTP_PARK_MAX_MS;
        return HTTP_PARK;
    }
    http_response_header(response, SIGNATURE_NONCE_HEADER, caller.nonce);
    if (verdict == BAD)
        api_ledger_params_bad(response);
    else
        response->status = verdict == GROWN ? 200 : 204;
    return HTTP_ANSWER;
}
