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

static void refuse(struct http_result *result)
{
    char text[400];
    enum status st = result->code >= 500 || result->code == 429 ? ST_UNREACHABLE : ST_REFUSED;
    server_text(result->body, text, sizeof(text));
    result->status = error_set(&result->error, st, "%s%s（服务器回答 %ld）",
                               st == ST_REFUSED ? "县里的服务器没有接受："
                                                : "县里的服务器现在不能处理，请稍后再试：",
                               text, result->code);
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
    char *lines[3] = {NULL};
    struct http_call_options options = {.method = call->method,
                                        .url = call->url,
                                        .body = buf_slice(&call->body),
                                        .pins = peer->pins,
                                        .pin_count = peer->pin_count,
                                        .timeout_s = call->timeout_s,
                                        .capture_header = SIGNATURE_NONCE_HEADER};
    buf_init(&digest, SIGNATURE_FIELD_MAX);
    buf_init(&input, SIGNATURE_FIELD_MAX);
    buf_init(&signature, SIGNATURE_FIELD_MAX);
    if (call->body.n)
        options.headers[options.header_count++] = "Content-Type: application/cbor";
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
        for (size_t i = 0; i < ARRAY_LENGTH(lines); i++)
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
    char prefix[256];
    CHECK(!peer->under_way);
    struct peer_call *call = mem_zero_alloc(1, sizeof(*call));
    call->peer = peer;
    call->timeout_s = timeout_s;
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
