/* SPDX-License-Identifier: MulanPSL-2.0 */
/* reads: POST /v1/reads: a desk tells who has looked at sensitive data there. */
#include "server/api/api.h"

#include "server/core/reads.h"
#include "shared/base/time.h"
#include "shared/net/signature.h"

enum http_outcome api_reads(void *arg, const struct http_request *request,
                            struct http_response *response)
{
    struct api *api = arg;
    struct caller caller;
    struct reads_head head;
    struct error err;

    if (!api_authenticate(api, request, response, &caller))
        return HTTP_ANSWER;
    http_response_header(response, SIGNATURE_NONCE_HEADER, caller.nonce);
    if (api_recovering(api, response))
        return HTTP_ANSWER;
    enum status st = server_begin(api->srv, &err);
    if (st == ST_OK) {
        st = reads_keep(api->srv, &caller.device, request->body, time_now_ms(), &head, &err);
        st = server_end(api->srv, st, &err);
    }
    if (st != ST_OK) {
        api_error(api, response, st, &err);
        return HTTP_ANSWER;
    }
    response->content_type = "application/cbor";
    reads_answer_write(&head, &response->body);
    return HTTP_ANSWER;
}
