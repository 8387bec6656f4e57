/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * snapshot: GET /v1/snapshot?ledger=<origin>&size=0: what the county signs for the newest snapshot
 * of that ledger; with &hash=<64 hex digits> its bytes, or a range of them.
 */
#include "server/api/api.h"

#include <inttypes.h>
#include <stdio.h>

#include "shared/codec/hex.h"
#include "shared/net/signature.h"
#include "shared/net/tus.h"

#define PIECE_MAX ((uint64_t)4 * 1024 * 1024)

static void give_range(const struct http_request *request, struct http_response *response,
                       const struct buf *bytes)
{
    uint64_t from, n;
    char text[80];
    if (range_parse(http_request_header(request, "Range"), bytes->n, &from, &n) == RANGE_NONE) {
        http_response_error(response, 416, "range", "快照只有 %zu 字节。", bytes->n);
        return;
    }
    n = n < PIECE_MAX ? n : PIECE_MAX;
    snprintf(text, sizeof(text), "bytes %" PRIu64 "-%" PRIu64 "/%zu", from, from + n - 1, bytes->n);
    http_response_header(response, "Content-Range", text);
    response->status = 206;
    response->content_type = "application/octet-stream";
    buf_put(&response->body, bytes->p + from, (size_t)n);
}

enum http_outcome api_snapshot(void *arg, const struct http_request *request,
                               struct http_response *response)
{
    struct api *api = arg;
    struct caller caller;
    struct ledger *ledger = NULL;
    const struct kept_snapshot *kept = NULL;
    struct hash content;
    struct error err;
    uint64_t size;
    char text[80];

    if (!api_authenticate(api, request, response, &caller))
        return HTTP_ANSWER;
    http_response_header(response, SIGNATURE_NONCE_HEADER, caller.nonce);
    const bool named = http_request_param(request, "hash", 0, text, sizeof(text));
    if (api_ledger_param(api, request, &caller.device, 0, &ledger, &size) != PARAM_OK ||
        (named && !hex_decode(slice_str(text), content.b, HASH_SIZE))) {
        api_ledger_params_bad(response);
        return HTTP_ANSWER;
    }
    if (api_recovering(api, response))
        return HTTP_ANSWER;
    enum status st = ST_NOT_FOUND;
    if (ledger)
        st = named ? snapshots_named(&api->snapshots, api->srv, ledger, &content, &kept, &err)
                   : snapshots_newest(&api->snapshots, api->srv, ledger, &kept, &err);
    if (st == ST_NOT_FOUND) {
        if (named)
            http_response_error(response, 404, "not_found", "这份快照不在了，请取新的。");
        else
            response->status = 204;
    } else if (st != ST_OK) {
        api_error(api, response, st, &err);
    } else if (named) {
        give_range(request, response, &kept->bytes);
    } else {
        response->content_type = "application/cbor";
        snapshot_answer_write(buf_slice(&kept->checkpoint), buf_slice(&kept->text),
                              &response->body);
    }
    return HTTP_ANSWER;
}
