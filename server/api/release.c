/* SPDX-License-Identifier: MulanPSL-2.0 */
/* release: GET /v1/release?have=<number>: the county's newest update for desks, or a range of it.
 */
#include "server/api/api.h"

#include <inttypes.h>
#include <stdio.h>

#include "server/core/release.h"
#include "shared/net/signature.h"
#include "shared/net/tus.h"

#define PIECE_MAX ((uint64_t)4 * 1024 * 1024)

enum http_outcome api_release_file(void *arg, const struct http_request *request,
                                   struct http_response *response)
{
    struct api *api = arg;
    struct caller caller;
    struct release release;
    struct buf file;
    struct error err;
    uint64_t have, from, n;
    char text[80];

    if (!api_authenticate(api, request, response, &caller))
        return HTTP_ANSWER;
    http_response_header(response, SIGNATURE_NONCE_HEADER, caller.nonce);
    if (!http_request_param(request, "have", 0, text, sizeof(text)) || !tus_number(text, &have)) {
        http_response_error(response, 400, "query", "参数应为 have=数字。");
        return HTTP_ANSWER;
    }
    const enum status st = release_published(api->srv, &file, &release, &err);
    if (st == ST_NOT_FOUND || (st == ST_OK && release.number <= have)) {
        response->status = 204;
    } else if (st != ST_OK) {
        api_error(api, response, st, &err);
    } else {
        const enum range range =
            range_parse(http_request_header(request, "Range"), file.n, &from, &n);
        if (range == RANGE_NONE) {
            http_response_error(response, 416, "range", "更新文件只有 %zu 字节。", file.n);
        } else {
            n = n < PIECE_MAX ? n : PIECE_MAX;
            snprintf(text, sizeof(text), "bytes %" PRIu64 "-%" PRIu64 "/%zu", from, from + n - 1,
                     file.n);
            http_response_header(response, "Content-Range", text);
            response->status = 206;
            response->content_type = "application/octet-stream";
            buf_put(&response->body, file.p + from, (size_t)n);
        }
    }
    buf_release(&file);
    return HTTP_ANSWER;
}
