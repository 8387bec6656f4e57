/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * blobs: attachments come and go (PROTOCOL.md §8b): tus 1.0.0 with creation and checksum upwards,
 * ranges downwards.
 *
 *   OPTIONS /v1/blobs          what of tus is spoken here
 *   POST    /v1/blobs          a content will come: where
 *   HEAD    /v1/blobs/<hash>   how much of it is here
 *   PATCH   /v1/blobs/<hash>   what comes next; a body that breaks off counts as far as it came
 *   GET     /v1/blobs/<hash>   the content, or a range of it
 *
 * The county takes what a change in the ledger names, of the length that it names, from who may
 * hand over work for that ledger; it gives to who may read it. A body that broke off was not
 * covered by its digest; what it all comes to is, by the hash that the author signed.
 */
#include "server/api/api.h"

#include <inttypes.h>
#include <stdio.h>

#include "server/core/admission.h"
#include "server/core/quota.h"
#include "shared/base/diag.h"
#include "shared/base/time.h"
#include "shared/codec/hex.h"
#include "shared/db/attachments.h"
#include "shared/net/signature.h"
#include "shared/net/tus.h"

/* A content that is asked about. */
struct blob {
    struct ledger *ledger;
    struct hash hash;
    struct stored_attachment stored; /* no 0: nothing of it has come */
};

static void put_number(struct http_response *response, const char *name, uint64_t n)
{
    char text[24];
    snprintf(text, sizeof(text), "%" PRIu64, n);
    http_response_header(response, name, text);
}

static void put_state(struct http_response *response, const struct blob *blob)
{
    http_response_header(response, "Tus-Resumable", TUS_VERSION);
    http_response_header(response, "Cache-Control", "no-store");
    put_number(response, "Upload-Offset", blob->stored.got);
    if (blob->stored.no)
        put_number(response, "Upload-Length", blob->stored.size);
}

static bool speaks_tus(const struct http_request *request, struct http_response *response)
{
    const char *version = http_request_header(request, "Tus-Resumable");
    if (version && strcmp(version, TUS_VERSION) == 0)
        return true;
    http_response_header(response, "Tus-Version", TUS_VERSION);
    http_response_error(response, 412, "tus", "附件上传只支持 tus " TUS_VERSION "。");
    return false;
}

enum http_outcome api_blob_options(void *arg, const struct http_request *request,
                                   struct http_response *response)
{
    (void)arg;
    (void)request;
    response->status = 204;
    http_response_header(response, "Tus-Resumable", TUS_VERSION);
    http_response_header(response, "Tus-Version", TUS_VERSION);
    http_response_header(response, "Tus-Extension", "creation,checksum");
    http_response_header(response, "Tus-Checksum-Algorithm", "sha256");
    put_number(response, "Tus-Max-Size", ATTACHMENT_MAX);
    return HTTP_ANSWER;
}

/* writes: to bring something; else to read it. */
static bool find_ledger(struct api *api, const char *name, const struct hash *device, bool writes,
                        struct blob *blob, struct http_response *response)
{
    struct origin origin;
    blob->ledger =
        origin_parse(slice_str(name), &origin) ? replica_ledger(api->srv->rep, &origin) : NULL;
    if (blob->ledger && (writes ? admission_may_deliver(api->srv, device, blob->ledger)
                                : admission_may_read(api->srv, device, blob->ledger)))
        return true;
    http_response_error(response, 403, "forbidden", "本机无权读写这个账本的附件。");
    return false;
}

static bool find_blob(struct api *api, const struct http_request *request,
                      const struct hash *device, bool writes, struct blob *blob,
                      struct http_response *response)
{
    char name[ORIGIN_MAX + 1];
    *blob = (struct blob){0};
    if (!hex_decode(slice_str(request->rest), blob->hash.b, HASH_SIZE) ||
        !http_request_param(request, "ledger", 0, name, sizeof(name))) {
        http_response_error(response, 400, "query", "地址应为 /v1/blobs/指纹?ledger=名称。");
        return false;
    }
    if (!find_ledger(api, name, device, writes, blob, response))
        return false;
    attachments_find(api->srv->db, blob->ledger->no, &blob->hash, &blob->stored);
    return true;
}

/* It may bring more today; else the answer says when. */
static bool has_quota(struct api *api, const struct blob *blob, const struct hash *device,
                      struct http_response *response)
{
    const int64_t now_ms = time_now_ms();
    if (quota_left(api->srv, QUOTA_ATTACHMENTS, blob->ledger, device, now_ms))
        return true;
    api->counts.quota++;
    put_number(response, "Retry-After", (uint64_t)quota_again_s(now_ms));
    http_response_error(response, 429, "quota",
                        "今天送到县里的附件已到县里定的上限；没传完的都在本机，明天自动接着传。");
    return false;
}

/* ---- it will come ---- */

static void put_location(struct http_response *response, const struct blob *blob)
{
    char hex[2 * HASH_SIZE + 1];
    struct buf where;
    buf_init(&where, 512);
    hex_encode(hash_slice(&blob->hash), hex);
    buf_printf(&where, "/v1/blobs/%s?ledger=", hex);
    for (const char *p = blob->ledger->origin.text; *p; p++)
        if (*p == '/' || *p == ':')
            buf_printf(&where, "%%%02X", (unsigned)*p);
        else
            buf_put_u8(&where, (uint8_t)*p);
    http_response_header(response, "Location", buf_cstr(&where));
    buf_release(&where);
}

static enum status create(struct api *api, struct blob *blob, uint64_t length,
                          const struct attachment_named *named, struct error *err)
{
    enum status st = server_begin(api->srv, err);
    if (st != ST_OK)
        return st;
    st = attachments_begin(api->srv->db, blob->ledger->no, &blob->hash, length, named->thumb,
                           time_now_ms(), &blob->stored, err);
    return server_end(api->srv, st, err);
}

enum http_outcome api_blob_create(void *arg, const struct http_request *request,
                                  struct http_response *response)
{
    struct api *api = arg;
    const char *length_text = http_request_header(request, "Upload-Length");
    const char *metadata_text = http_request_header(request, "Upload-Metadata");
    struct attachment_named named;
    struct tus_metadata metadata;
    struct caller caller;
    struct blob blob = {0};
    struct error err;
    uint64_t length;

    if (!api_authenticate(api, request, response, &caller))
        return HTTP_ANSWER;
    http_response_header(response, SIGNATURE_NONCE_HEADER, caller.nonce);
    if (api_recovering(api, response) || !speaks_tus(request, response))
        return HTTP_ANSWER;
    if (!length_text || !tus_number(length_text, &length) || !metadata_text ||
        !tus_metadata(metadata_text, &metadata) || !metadata.has_hash || length == 0) {
        http_response_error(response, 400, "invalid",
                            "要有 Upload-Length，和写明 ledger、sha256 的 Upload-Metadata。");
        return HTTP_ANSWER;
    }
    if (!find_ledger(api, metadata.ledger, &caller.device, true, &blob, response))
        return HTTP_ANSWER;
    blob.hash = metadata.hash;
    if (!attachments_named(api->srv->db, blob.ledger->no, &blob.hash, &named)) {
        http_response_error(response, 409, "unnamed",
                            "账本里还没有改动提到这个附件；先同步记录，再传附件。");
        return HTTP_ANSWER;
    }
    if (length > (named.thumb ? ATTACHMENT_THUMB_MAX : ATTACHMENT_MAX) ||
        (named.size && length != named.size)) {
        http_response_error(response, 413, "too_large", "附件的大小和记录里写的不同，或者太大。");
        return HTTP_ANSWER;
    }
    if (!has_quota(api, &blob, &caller.device, response))
        return HTTP_ANSWER;
    enum status st = create(api, &blob, length, &named, &err);
    if (st != ST_OK) {
        api_error(api, response, st, &err);
        return HTTP_ANSWER;
    }
    response->status = 201;
    put_state(response, &blob);
    put_location(response, &blob);
    return HTTP_ANSWER;
}

/* ---- it comes ---- */

static enum status append(struct api *api, struct blob *blob, const struct hash *device,
                          struct slice bytes, struct error *err)
{
    enum status st = server_begin(api->srv, err);
    if (st != ST_OK)
        return st;
    st = attachments_append(api->srv->db, &blob->stored, bytes, err);
    if (st == ST_OK)
        st = quota_count(api->srv, QUOTA_ATTACHMENTS, blob->ledger, device, bytes.n, time_now_ms(),
                         err);
    if (st != ST_DAMAGED)
        return server_end(api->srv, st, err);
    const struct error why = *err; /* what was thrown away stays so */
    st = server_end(api->srv, ST_OK, err);
    if (st != ST_OK)
        return st;
    *err = why;
    return ST_DAMAGED;
}

/* What must hold before any byte of the body is read, and again when it is here. */
static bool may_append(struct api *api, const struct http_request *request,
                       const struct hash *device, struct blob *blob, struct http_response *response)
{
    const char *offset_text = http_request_header(request, "Upload-Offset");
    const char *type = http_request_header(request, "Content-Type");
    uint64_t offset;
    if (!speaks_tus(request, response))
        return false;
    if (!type || strcmp(type, TUS_CONTENT_TYPE) != 0) {
        http_response_error(response, 415, "content_type", "要用 " TUS_CONTENT_TYPE "。");
        return false;
    }
    if (!find_blob(api, request, device, true, blob, response))
        return false;
    if (!blob->stored.no) {
        http_response_error(response, 404, "not_found", "没有登记过这个附件，请先登记。");
        return false;
    }
    if (!offset_text || !tus_number(offset_text, &offset) || offset != blob->stored.got) {
        put_state(response, blob);
        http_response_error(response, 409, "offset", "应从第 %" PRIu64 " 字节接着传。",
                            blob->stored.got);
        return false;
    }
    return has_quota(api, blob, device, response);
}

bool api_judge_blob(void *arg, const struct http_request *request, struct http_response *response)
{
    struct api *api = arg;
    struct caller caller;
    struct blob blob;
    if (!api_identify(api, request, response, &caller))
        return false;
    if (!api_recovering(api, response) && may_append(api, request, &caller.device, &blob, response))
        return true;
    http_response_header(response, SIGNATURE_NONCE_HEADER, caller.nonce);
    return false;
}

static bool checksum_holds(const struct http_request *request, struct http_response *response)
{
    const char *text = http_request_header(request, "Upload-Checksum");
    struct hash said, found;
    if (!text)
        return true;
    hash_bytes(request->body, &found);
    if (!tus_checksum(text, &said)) {
        http_response_error(response, 400, "checksum", "Upload-Checksum 只支持 sha256。");
        return false;
    }
    if (!hash_equal(&said, &found)) {
        http_response_error(response, 460, "checksum", "这一段和它的校验值不符，请重传。");
        return false;
    }
    return true;
}

enum http_outcome api_blob_append(void *arg, const struct http_request *request,
                                  struct http_response *response)
{
    struct api *api = arg;
    struct caller caller;
    struct blob blob;
    struct error err;

    if (!api_authenticate(api, request, response, &caller))
        return HTTP_ANSWER;
    http_response_header(response, SIGNATURE_NONCE_HEADER, caller.nonce);
    if (api_recovering(api, response) || !checksum_holds(request, response) ||
        !may_append(api, request, &caller.device, &blob, response))
        return HTTP_ANSWER;
    enum status st = append(api, &blob, &caller.device, request->body, &err);
    if (st == ST_OK) {
        api->counts.bytes_in += request->body.n;
        response->status = 204;
        put_state(response, &blob);
    } else if (st == ST_DAMAGED) {
        put_state(response, &blob);
        http_response_error(response, 422, "content", "%s", err.text);
    } else {
        api_error(api, response, st, &err);
    }
    return HTTP_ANSWER;
}

/* The line broke: what had come by then is kept. Nothing is told to anybody; who goes on asks how
 * much there is. */
void api_blob_cut(void *arg, const struct http_request *request, struct http_response *scratch)
{
    struct api *api = arg;
    struct caller caller;
    struct blob blob;
    struct error err;
    if (!api_identify(api, request, scratch, &caller) || api_recovering(api, scratch) ||
        !may_append(api, request, &caller.device, &blob, scratch))
        return;
    enum status st = append(api, &blob, &caller.device, request->body, &err);
    if (st != ST_OK)
        diag_info("blobs", "a piece that broke off: %s", err.text);
    else
        api->counts.bytes_in += request->body.n;
}

/* ---- it is read ---- */

enum http_outcome api_blob_read(void *arg, const struct http_request *request,
                                struct http_response *response)
{
    struct api *api = arg;
    struct caller caller;
    struct blob blob;
    struct error err;
    uint64_t from, n;
    char range[80];

    if (!api_authenticate(api, request, response, &caller))
        return HTTP_ANSWER;
    http_response_header(response, SIGNATURE_NONCE_HEADER, caller.nonce);
    if (!find_blob(api, request, &caller.device, request->head, &blob, response))
        return HTTP_ANSWER;
    if (!blob.stored.no || (!request->head && !blob.stored.whole)) {
        http_response_error(response, 404, "not_found", "县里还没有这个附件。");
        return HTTP_ANSWER;
    }
    if (request->head) {
        put_state(response, &blob);
        return HTTP_ANSWER;
    }
    http_response_header(response, "Accept-Ranges", "bytes");
    switch (range_parse(http_request_header(request, "Range"), blob.stored.size, &from, &n)) {
    case RANGE_NONE:
        snprintf(range, sizeof(range), "bytes */%" PRIu64, blob.stored.size);
        http_response_header(response, "Content-Range", range);
        http_response_error(response, 416, "range", "附件只有 %" PRIu64 " 字节。",
                            blob.stored.size);
        return HTTP_ANSWER;
    case RANGE_PART:
        snprintf(range, sizeof(range), "bytes %" PRIu64 "-%" PRIu64 "/%" PRIu64, from, from + n - 1,
                 blob.stored.size);
        http_response_header(response, "Content-Range", range);
        response->status = 206;
        break;
    default:
        break;
    }
    response->content_type = "application/octet-stream";
    enum status st = attachments_read(api->srv->db, &blob.stored, from, n, &response->body, &err);
    if (st != ST_OK)
        api_error(api, response, st, &err);
    else
        api->counts.bytes_out += response->body.n;
    return HTTP_ANSWER;
}
