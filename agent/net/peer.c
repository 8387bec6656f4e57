/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * peer: sign, send, and once more when the nonce was stale.
 *
 *   peer_start ─▶ send ─▶ on_answer ─┬─ 401 and a new nonce, first time ─▶ send
 *                                    └─ finish (done is called exactly once)
 */
#include "agent/net/peer.h"

#include <jansson.h>
#include <stdio.h>

#include "shared/base/check.h"
#include "shared/base/mem.h"
#include "shared/base/time.h"

struct peer_call {
    struct peer *peer;
    struct http_call *http;
    char method[8];
    char *url, *path;  /* path: without the query */
    const char *query; /* in url; "": none */
    char authority[256];
    struct buf body;
    const char *content_type, *keep;
    char *extra[4];
    unsigned timeout_s;
    bool retried;
    peer_done *done;
    void *arg;
};

static void call_free(struct peer_call *call)
{
    call->peer->under_way = NULL;
    mem_free(call->url);
    mem_free(call->path);
    for (size_t i = 0; i < ARRAY_LENGTH(call->extra); i++)
        mem_free(call->extra[i]);
    buf_release(&call->body);
    mem_free(call);
}

/* {"error":{"code":…,"text":…}} → text; "" when it is something else. */
static void server_text(struct slice body, char *out, size_t size)
{
    json_t *json = json_loadb((const char *)body.p, body.n, JSON_REJECT_DUPLICATES, NULL);
    const char *text = json_string_value(json_object_get(json_object_get(json, "error"), "text"));
    snprintf(out, size, "%s", text ? text : "");
    json_decref(json);
}

bool peer_error_is(const struct http_result *result, const char *code)
{
    json_t *json =
        json_loadb((const char *)result->body.p, result->body.n, JSON_REJECT_DUPLICATES, NULL);
    const char *said = json_string_value(json_object_get(json_object_get(json, "error"), "code"));
    bool is = said && strcmp(said, code) == 0;
    json_decref(json);
    return is;
}

static bool has_type(const struct http_result *result, const char *type)
{
    size_t n = strlen(type);
    char behind = result->content_type[n < sizeof(result->content_type) ? n : 0];
    return strncmp(result->content_type, type, n) == 0 &&
           (!behind || behind == ';' || behind == ' ');
}

static bool names_error(const struct http_result *result)
{
    json_t *json =
        json_loadb((const char *)result->body.p, result->body.n, JSON_REJECT_DUPLICATES, NULL);
    bool names = json_is_string(json_object_get(json_object_get(json, "error"), "code"));
    json_decref(json);
    return names;
}

/* Does it look like an answer of PROTOCOL.md §1? To a signed request that went well it brings the
 * nonce; an error to HEAD has no body. */
static bool is_county(const struct http_result *result)
{
    if (result->code / 100 == 2)
        return result->captured[0] || has_type(result, "application/cbor");
    return has_type(result, "application/json") && (result->body.n == 0 || names_error(result));
}

static void say_stranger(struct http_result *result)
{
    bool gateway = result->code >= 500 && result->code != 511;
    result->status =
        error_set(&result->error, ST_UNREACHABLE,
                  gateway ? "通往县里服务器的中转现在不能用，请稍后再试（回答 %ld）；改动都在本机"
                          : "回答的不是县里的服务器（%"
                            "ld）：这个网络可能要先登录，请用浏览器打开任意网页登录后再试；"
                            "改动都在本机",
                  result->code);
}

static void refuse(struct http_result *result)
{
    char text[400], later[64] = "";
    enum status st = result->code >= 500 || result->code == 429 ? ST_UNREACHABLE : ST_REFUSED;
    server_text(result->body, text, sizeof(text));
    if (st == ST_UNREACHABLE && result->retry_after_s > 0)
        snprintf(later, sizeof(later), "，它请您 %lld 秒后再试", (long long)result->retry_after_s);
    result->status = error_set(&result->error, st, "%s%s（服务器回答 %ld%s）",
                               st == ST_REFUSED ? "县里的服务器没有接受："
                                                : "县里的服务器现在不能处理，请稍后再试：",
                               text, result->code, later);
}

static enum status send_call(struct peer_call *call, struct error *err);

static void on_answer(void *arg, const struct http_result *answer)
{
    struct peer_call *call = arg;
    struct peer *peer = call->peer;
    struct http_result result = *answer;
    bool fresh = result.captured[0] && strlen(result.captured) <= SIGNATURE_NONCE_MAX &&
                 strcmp(result.captured, peer->nonce) != 0;
    if (fresh) {
        snprintf(peer->nonce, sizeof(peer->nonce), "%.*s", SIGNATURE_NONCE_MAX, result.captured);
        peer->nonce_changed = true;
    }
    if (result.status == ST_OK && result.code == 401 && fresh && !call->retried && peer->device) {
        call->retried = true;
        if (send_call(call, &result.error) == ST_OK)
            return;
        result.status = result.error.status;
    }
    if (result.status != ST_OK)
        error_wrap(&result.error, result.status, "没有同县里联系上，已存的改动都在本机");
    else if (!is_county(&result))
        say_stranger(&result);
    else if (result.code / 100 != 2)
        refuse(&result);
    peer_done *done = call->done;
    void *done_arg = call->arg;
    call_free(call);
    done(done_arg, &result);
}

static enum status send_call(struct peer_call *call, struct error *err)
{
    struct peer *peer = call->peer;
    struct buf digest, input, signature;
    char *lines[4] = {NULL};
    struct http_call_options options = {.method = call->method,
                                        .url = call->url,
                                        .body = buf_slice(&call->body),
                                        .pins = peer->pins,
                                        .pin_count = peer->pin_count,
                                        .timeout_s = call->timeout_s,
                                        .quiet = peer->patient,
                                        .capture_header = SIGNATURE_NONCE_HEADER,
                                        .also_header = call->keep};
    buf_init(&digest, SIGNATURE_FIELD_MAX);
    buf_init(&input, SIGNATURE_FIELD_MAX);
    buf_init(&signature, SIGNATURE_FIELD_MAX);
    if (call->body.n) {
        lines[3] = mem_printf("Content-Type: %s", call->content_type);
        options.headers[options.header_count++] = lines[3];
    }
    for (size_t i = 0; i < ARRAY_LENGTH(call->extra) && call->extra[i]; i++)
        options.headers[options.header_count++] = call->extra[i];
    if (peer->device) {
        content_digest_write(options.body, &digest);
        struct signature_target target = {.method = slice_str(call->method),
                                          .authority = slice_str(call->authority),
                                          .path = slice_str(call->path),
                                          .query = slice_str(call->query),
                                          .content_digest = buf_slice(&digest)};
        signature_make(&target, peer->device, slice_str(peer->nonce), time_now_ms() / 1000, &input,
                       &signature);
        lines[0] = mem_printf("Content-Digest: %s", buf_cstr(&digest));
        lines[1] = mem_printf("Signature-Input: %s", buf_cstr(&input));
        lines[2] = mem_printf("Signature: %s", buf_cstr(&signature));
        for (size_t i = 0; i < 3; i++)
            options.headers[options.header_count++] = lines[i];
    }
    enum status st = http_start(peer->client, &options, on_answer, call, &call->http, err);
    for (size_t i = 0; i < ARRAY_LENGTH(lines); i++)
        mem_free(lines[i]);
    buf_release(&digest);
    buf_release(&input);
    buf_release(&signature);
    return st;
}

enum status peer_start(struct peer *peer, const char *method, const char *path, struct slice body,
                       unsigned timeout_s, peer_done *done, void *arg, struct error *err)
{
    return peer_start_with(peer, method, path, body, NULL, timeout_s, done, arg, err);
}

enum status peer_start_with(struct peer *peer, const char *method, const char *path,
                            struct slice body, const struct peer_extra *extra, unsigned timeout_s,
                            peer_done *done, void *arg, struct error *err)
{
    char prefix[256];
    CHECK(!peer->under_way);
    struct peer_call *call = mem_zero_alloc(1, sizeof(*call));
    call->peer = peer;
    call->timeout_s = timeout_s;
    call->content_type = extra && extra->content_type ? extra->content_type : "application/cbor";
    call->keep = extra ? extra->keep : NULL;
    for (size_t i = 0; extra && i < ARRAY_LENGTH(call->extra) && extra->headers[i]; i++)
        call->extra[i] = mem_strdup(extra->headers[i]);
    call->done = done;
    call->arg = arg;
    peer->under_way = call;
    snprintf(call->method, sizeof(call->method), "%s", method);
    buf_init(&call->body, HTTP_CLIENT_BODY_MAX);
    buf_put_slice(&call->body, body);
    enum status st = http_url_split(peer->url, call->authority, sizeof(call->authority), prefix,
                                    sizeof(prefix), err);
    if (st == ST_OK) {
        size_t base = strlen(peer->url);
        while (base > 0 && peer->url[base - 1] == '/')
            base--;
        call->url = mem_printf("%.*s%s", (int)base, peer->url, path);
        const char *mark = strchr(path, '?');
        call->path =
            mem_printf("%s%.*s", prefix, mark ? (int)(mark - path) : (int)strlen(path), path);
        call->query = mark ? strchr(call->url, '?') + 1 : "";
        st = send_call(call, err);
    }
    if (st != ST_OK)
        call_free(call);
    return st;
}

void peer_cancel(struct peer *peer)
{
    if (!peer->under_way)
        return;
    http_cancel(peer->under_way->http);
    call_free(peer->under_way);
}

void peer_put_origin(struct buf *out, const char *origin)
{
    for (; *origin; origin++)
        if (*origin == '/')
            buf_put_str(out, "%2F");
        else
            buf_put_u8(out, (uint8_t)*origin);
}
