/* SPDX-License-Identifier: MulanPSL-2.0 */
/* recover: POST /v1/recover: a desk shows what this county had signed, and hands back what the
 * county has lost. The work is in core/recovery; here are only the wrappings. */
#include "server/api/api.h"

#include "server/core/recovery.h"
#include "shared/base/time.h"
#include "shared/net/signature.h"

enum http_outcome api_recover(void *arg, const struct http_request *request,
                              struct http_response *response)
{
    struct api *api = arg;
    struct arena arena = {0};
    struct handback message;
    struct handback_answer answer;
    struct caller caller;
    struct error err;
    uint64_t taken = 0;
    enum status st = server_refresh(api->srv, &err);

    const bool known = st == ST_OK && api_is_granted(api, request);
    if (known) {
        if (!api_authenticate(api, request, response, &caller))
            return HTTP_ANSWER;
        http_response_header(response, SIGNATURE_NONCE_HEADER, caller.nonce);
    }
    if (st == ST_OK)
        st = handback_read(request->body, &arena, &message, &err);
    if (st == ST_OK)
        st = recovery_take(api->srv, &message, known ? &caller.device : NULL, time_now_ms(), &arena,
                           &answer, &taken, &err);
    if (st == ST_OK) {
        handback_answer_write(&answer, &response->body);
        response->content_type = "application/cbor";
    } else if (st == ST_WAIT) {
        http_response_error(response, 409, "registry_first", "请先交还登记账本。");
    } else {
        api_error(api, response, st, &err);
    }
    if (taken > 0)
        api_wake(api);
    arena_release(&arena);
    return HTTP_ANSWER;
}
