/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * ledgers: GET /v1/ledgers: which ledgers the device may read today, the registry aside. A desk
 * asks when the registry has grown: a person of it may have been granted another village.
 */
#include "server/api/api.h"

#include "server/core/join.h"
#include "shared/net/signature.h"

enum http_outcome api_ledgers(void *arg, const struct http_request *request,
                              struct http_response *response)
{
    struct api *api = arg;
    struct caller caller;

    if (!api_authenticate(api, request, response, &caller))
        return HTTP_ANSWER;
    http_response_header(response, SIGNATURE_NONCE_HEADER, caller.nonce);
    response->content_type = "application/cbor";
    cbor_put_array(&response->body, 2);
    cbor_put_uint(&response->body, 1);
    join_put_ledgers(api->srv, &caller.device, &response->body);
    return HTTP_ANSWER;
}
