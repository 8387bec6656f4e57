/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * api: the table of routes, and who is asking (RFC 9421 signatures by device keys).
 *
 * By the head alone: shape of the signature, known device, signature. So a stranger can make the
 * server neither keep room for a body nor read one. Then, with the body: digest, nonce. A caller
 * that lacks only the nonce gets it in the 401 and asks again; so does one whose nonce is old.
 */
#include "server/api/api.h"

#include "server/core/admission.h"
#include "server/core/nonce.h"
#include "shared/sync/reads.h"
#include "shared/base/check.h"
#include "shared/base/diag.h"
#include "shared/base/time.h"
#include "shared/net/signature.h"

#include <errno.h>
#include <stdlib.h>

#define JOIN_BODY_MAX 4096
#define HEADS_BODY_MAX 65536
#define BUSY_RETRY_AFTER_S "5" /* another process writes for longer than this one waits */

const struct http_route api_routes[] = {
    {"POST", "/v1/sync", api_sync, HTTP_BODY_MAX, api_judge_device},
    {"POST", "/v1/recover", api_recover, HTTP_BODY_MAX, api_judge_recover},
    {"GET", "/v1/wait", api_wait, 0},
    {"GET", "/v1/cosigned", api_cosigned, 0},
    {"POST", "/v1/reads", api_reads, READS_BODY_MAX, api_judge_device},
    {"POST", "/v1/join", api_join, JOIN_BODY_MAX},
    {"GET", "/v1/ledgers", api_ledgers, 0},
    {"GET", "/v1/release", api_release_file, 0},
    {"GET", "/v1/snapshot", api_snapshot, 0},
    {"OPTIONS", "/v1/blobs", api_blob_options, 0},
    {"POST", "/v1/blobs", api_blob_create, 0},
    {"GET", "/v1/blobs/", api_blob_read, 0},
    {"PATCH", "/v1/blobs/", api_blob_append, HTTP_BODY_MAX, api_judge_blob, api_blob_cut},
    {"GET", "/log/", api_log, 0},
    {"GET", "/healthz", api_healthz, 0},
    {"GET", "/readyz", api_readyz, 0},
    {"GET", "/metrics", api_metrics, 0},
};
const size_t api_route_count = ARRAY_LENGTH(api_routes), api_admin_count = 2;
_Static_assert(ARRAY_LENGTH(api_routes) < API_ROUTES_MAX, "a row of counts for each route");

void api_error(struct api *api, struct http_response *response, enum status st,
               const struct error *err)
{
    unsigned status = 500;
    switch (st) {
    case ST_INVALID:
    case ST_USAGE:
        status = 400;
        break;
    case ST_REFUSED:
        status = 403;
        break;
    case ST_NOT_FOUND:
        status = 404;
        break;
    case ST_LIMIT:
        status = 413;
        break;
    case ST_BUSY:
        status = 503;
        break;
    default:
        break;
    }
    if (status >= 500) {
        api->counts.errors++;
        diag_error("api", "%s: %s", status_name(st), err->text);
        if (status == 503)
            http_response_header(response, "Retry-After", BUSY_RETRY_AFTER_S);
        http_response_error(response, status, status_name(st),
                            status == 503 ? "服务器正忙，请稍后再试。"
                                          : "服务器内部出错，请联系县级管理员。");
        return;
    }
    api->counts.refused++;
    http_response_error(response, status, status_name(st), "%s", err->text);
}

static bool refuse(struct api *api, struct http_response *response, unsigned status,
                   const char *code, const char *text)
{
    api->counts.refused++;
    http_response_error(response, status, code, "%s", text);
    return false;
}

bool api_recovering(struct api *api, struct http_response *response)
{
    if (!server_recovering(api->srv))
        return false;
    http_response_header(response, "Retry-After", "300");
    (void)refuse(
        api, response, 503, "recovering",
        "县里的服务器正在恢复数据，暂时不收改动；您的改动都在本机，不会丢，恢复后自动送出。");
    return true;
}

/* Whose signature the head carries. It covers the digest of the body, not yet the body. */
static bool identify(struct api *api, const struct http_request *request,
                     struct http_response *response, struct signature_claim *claim)
{
    const char *input = http_request_header(request, "Signature-Input");
    const char *value = http_request_header(request, "Signature");
    const char *digest = http_request_header(request, "Content-Digest");
    const char *host = http_request_header(request, "Host");
    struct error err;

    if (!input || !value) {
        http_response_header(response, "Accept-Signature",
                             "huce=(\"@method\" \"@authority\" \"@path\" \"@query\" "
                             "\"content-digest\");keyid;nonce;alg=\"ed25519\";tag=\"huce-1\"");
        return refuse(api, response, 401, "unsigned", "请求没有设备签名。");
    }
    if (!digest || !host)
        return refuse(api, response, 400, "digest", "请求缺少 Content-Digest 或 Host。");
    if (signature_read(slice_str(input), slice_str(value), claim, &err) != ST_OK)
        return refuse(api, response, 400, "signature_form", err.text);

    const struct registry *reg = &api->srv->rep->registry;
    const struct grant *grant = registry_grant(reg, &claim->kid, reg->size);
    if (!grant || grant->kind != GRANT_DEVICE)
        return refuse(api, response, 403, "unknown_device",
                      "此设备未登记或已被撤销，请联系县级管理员。");
    const struct signature_target target = {.method =
                                                slice_str(request->head ? "HEAD" : request->method),
                                            .authority = slice_str(host),
                                            .path = slice_str(request->path),
                                            .query = slice_str(request->query),
                                            .content_digest = slice_str(digest)};
    /* One that was judged by its head, or was parked, has a good signature; only the grant may have
     * ended since. */
    if (!request->vouched && !request->woken && !signature_valid(claim, &target, &grant->pk))
        return refuse(api, response, 401, "signature", "设备签名有误。");
    http_request_caller(request, &claim->kid);
    return true;
}

/* A device just granted by another process must be known before its signature is judged. */
static bool refresh(struct api *api, struct http_response *response)
{
    struct error err;
    enum status st = server_refresh(api->srv, &err);
    if (st != ST_OK)
        api_error(api, response, st, &err);
    return st == ST_OK;
}

bool api_judge_device(void *arg, const struct http_request *request, struct http_response *response)
{
    struct api *api = arg;
    struct signature_claim claim;
    if (!refresh(api, response) || !identify(api, request, response, &claim))
        return false;
    http_request_vouch(request);
    return true;
}

bool api_is_granted(const struct api *api, const struct http_request *request)
{
    const char *input = http_request_header(request, "Signature-Input");
    const char *value = http_request_header(request, "Signature");
    const struct registry *reg = &api->srv->rep->registry;
    struct signature_claim claim;
    return input && value &&
           signature_read(slice_str(input), slice_str(value), &claim, NULL) == ST_OK &&
           registry_grant(reg, &claim.kid, reg->size) != NULL;
}

/* Heads are short. More is read of known devices, and while something is missing of anyone: the
 * device may have been granted in what is missing. */
bool api_judge_recover(void *arg, const struct http_request *request,
                       struct http_response *response)
{
    struct api *api = arg;
    struct signature_claim claim;
    const char *length = http_request_header(request, "Content-Length");
    if (!refresh(api, response))
        return false;
    if (server_recovering(api->srv) || (length && strtoul(length, NULL, 10) <= HEADS_BODY_MAX))
        return true;
    return identify(api, request, response, &claim);
}

static bool nonce_holds(struct api *api, const struct signature_claim *claim,
                        struct http_response *response, struct caller *caller)
{
    const int64_t now_ms = time_now_ms();
    caller->device = claim->kid;
    nonce_make(api->srv->nonce_key, &claim->kid, now_ms, caller->nonce);
    if (nonce_valid(api->srv->nonce_key, &claim->kid, now_ms, claim->nonce))
        return true;
    http_response_header(response, SIGNATURE_NONCE_HEADER, caller->nonce);
    return refuse(api, response, 401, "nonce", "请用新的 Huce-Nonce 重新签名后再发。");
}

bool api_identify(struct api *api, const struct http_request *request,
                  struct http_response *response, struct caller *caller)
{
    struct signature_claim claim;
    memset(caller, 0, sizeof(*caller));
    return refresh(api, response) && identify(api, request, response, &claim) &&
           nonce_holds(api, &claim, response, caller);
}

bool api_authenticate(struct api *api, const struct http_request *request,
                      struct http_response *response, struct caller *caller)
{
    struct signature_claim claim;

    memset(caller, 0, sizeof(*caller));
    if (!refresh(api, response) || !identify(api, request, response, &claim))
        return false;
    if (!content_digest_matches(slice_str(http_request_header(request, "Content-Digest")),
                                request->body))
        return refuse(api, response, 400, "digest", "请求内容与 Content-Digest 不符。");
    return nonce_holds(api, &claim, response, caller);
}

bool api_recall(struct api *api, const struct http_request *request, struct http_response *response,
                struct caller *caller)
{
    struct signature_claim claim;
    memset(caller, 0, sizeof(*caller));
    if (!identify(api, request, response, &claim))
        return false;
    caller->device = claim.kid;
    nonce_make(api->srv->nonce_key, &claim.kid, time_now_ms(), caller->nonce);
    return true;
}

enum param api_ledger_param(struct api *api, const struct http_request *request,
                            const struct hash *device, size_t n, struct ledger **ledger,
                            uint64_t *size)
{
    char name[ORIGIN_MAX + 1], number[24], *end;
    struct origin origin;
    if (n >= PARAM_LEDGERS_MAX || !http_request_param(request, "ledger", n, name, sizeof(name)))
        return PARAM_NONE;
    if (!http_request_param(request, "size", n, number, sizeof(number)) ||
        !origin_parse(slice_str(name), &origin) || number[0] < '0' || number[0] > '9')
        return PARAM_BAD;
    errno = 0;
    *size = strtoull(number, &end, 10);
    if (*end || errno != 0)
        return PARAM_BAD;
    *ledger = replica_ledger(api->srv->rep, &origin);
    if (*ledger && !admission_may_read(api->srv, device, *ledger))
        *ledger = NULL;
    return PARAM_OK;
}

void api_ledger_params_bad(struct http_response *response)
{
    http_response_error(response, 400, "query", "参数应为 ledger=名称&size=数字，可多组。");
}

void api_tick(void *arg)
{
    struct api *api = arg;
    struct error err;
    /* Any request may have read what others wrote before this tick: growth tells, not the reading.
     */
    if (http_server_parked(api->http) > 0) {
        if (server_refresh(api->srv, &err) != ST_OK)
            diag_error("api", "cannot read what other processes wrote: %s", err.text);
        else if (api->srv->rep->growth != api->growth_told)
            api_wake(api);
    }
    if (api->asking)
        asking_tick(api->asking, time_monotonic_ms());
}
