/* SPDX-License-Identifier: MulanPSL-2.0 */
/* sync: POST /v1/sync and POST /v1/join. The work is in server/core; here are only the wrappings.
 */
#include "server/api/api.h"

#include "server/core/admission.h"
#include "server/core/join.h"
#include "shared/base/diag.h"
#include "shared/base/time.h"
#include "shared/codec/compress.h"
#include "shared/net/signature.h"

enum http_outcome api_sync(void *arg, const struct http_request *request,
                           struct http_response *response)
{
    struct api *api = arg;
    struct arena arena = {0};
    struct sync_request message;
    struct sync_answer answer;
    struct caller caller;
    struct error err;
    uint64_t admitted = 0;

    if (!api_authenticate(api, request, response, &caller))
        return HTTP_ANSWER;
    http_response_header(response, SIGNATURE_NONCE_HEADER, caller.nonce);
    if (api_recovering(api, response))
        return HTTP_ANSWER;
    api->counts.syncs++;
    api->counts.bytes_in += request->body.n;
    enum status st = sync_request_read(request->body, &arena, &message, &err);
    if (st == ST_OK)
        st = admission_sync(api->srv, &caller.device, &message, time_now_ms(), &arena, &answer,
                            &admitted, &err);
    if (st == ST_OK) {
        for (size_t i = 0; i < answer.ledger_count; i++) {
            api->counts.rejected += answer.ledgers[i].rejected_count;
            api->counts.quota += answer.ledgers[i].status == SYNC_QUOTA;
        }
        sync_answer_write(&answer, COMPRESS_LEVEL, &response->body);
        if (!buf_ok(&response->body)) /* admission sees to it; a caller must not end the server */
            st = error_set(&err, ST_IO, "an answer larger than its message");
    }
    if (st == ST_OK) {
        response->content_type = "application/cbor";
        api->counts.bytes_out += response->body.n;
    } else {
        api_error(api, response, st, &err);
    }
    if (admitted > 0) {
        api->counts.admitted += admitted;
        api_wake(api);
    }
    arena_release(&arena);
    return HTTP_ANSWER;
}

enum http_outcome api_join(void *arg, const struct http_request *request,
                           struct http_response *response)
{
    struct api *api = arg;
    struct join_request join;
    struct error err;
    bool granted = false;

    enum status st = server_refresh(api->srv, &err);
    if (st == ST_OK && api_recovering(api, response))
        return HTTP_ANSWER;
    if (st == ST_OK)
        st = join_read(request->body, &join, &err);
    if (st == ST_OK)
        st = join_admit(api->srv, &join, time_now_ms(), &response->body, &granted, &err);
    if (st == ST_OK) {
        response->content_type = "application/cbor";
        api->counts.joins++;
    } else {
        api_error(api, response, st, &err);
    }
    if (granted)
        api_wake(api);
    return HTTP_ANSWER;
}
