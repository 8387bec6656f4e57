/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * wait: GET /v1/wait?ledger=<origin>&size=<n>&ledger=…: 200 as soon as one of the ledgers is larger
 * than the size that goes with it, 204 when nothing happened for 55 s.
 *
 * The handler is called again at every change of any ledger and looks anew; it keeps no state.
 */
#include "server/api/api.h"

#include "server/core/admission.h"
#include "shared/net/signature.h"

#include <errno.h>
#include <stdlib.h>

#define WAIT_LEDGERS_MAX 256

enum verdict { GROWN, SAME, BAD };

static enum verdict look(struct api *api, const struct http_request *request,
                         const struct hash *device)
{
    char name[ORIGIN_MAX + 1], number[24], *end;
    struct origin origin;
    size_t n = 0;
    for (; n < WAIT_LEDGERS_MAX && http_request_param(request, "ledger", n, name, sizeof(name));
         n++) {
        if (!http_request_param(request, "size", n, number, sizeof(number)) ||
            !origin_parse(slice_str(name), &origin) || number[0] < '0' || number[0] > '9')
            return BAD;
        errno = 0;
        unsigned long long size = strtoull(number, &end, 10);
        if (*end || errno != 0)
            return BAD;
        const struct ledger *ledger = replica_ledger(api->srv->rep, &origin);
        if (ledger && ledger->tree.size > size && admission_may_read(api->srv, device, ledger))
            return GROWN;
    }
    return n > 0 ? SAME : BAD;
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
        http_response_error(response, 400, "query", "参数应为 ledger=名称&size=数字，可多组。");
    else
        response->status = verdict == GROWN ? 200 : 204;
    return HTTP_ANSWER;
}
