/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * peer: what a desk makes of whatever answers at the county's address: the county, a county that is
 * busy, the login page of a guest network, a connection that ends anywhere in between.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "agent/net/peer.h"
#include "shared/base/check.h"
#include "shared/base/mem.h"
#include "shared/net/loop.h"
#include "tests/harness/assert_ok.h"

#define NONCE "Huce-Nonce: 0123456789abcdef0123456789abcdef\r\n"
#define CBOR \
    "HTTP/1.1 200 OK\r\n" NONCE "Content-Type: application/cbor\r\nContent-Length: 3\r\n\r\n"
#define JSON(code, more, length, body)                                                       \
    "HTTP/1.1 " code "\r\nContent-Type: application/json\r\n" more "Content-Length: " length \
    "\r\n\r\n" body

/* A server that says one thing to whoever comes, and hangs up. */
struct canned {
    uv_tcp_t listener, guest;
    uv_write_t write;
    struct slice answer;
};

struct story {
    struct loop *loop;
    struct canned server;
    struct http_result result;
    char text[768];
    unsigned ended;
};

static void on_said(uv_write_t *write, int status)
{
    (void)status;
    uv_close((uv_handle_t *)write->handle, NULL);
}

static void on_alloc(uv_handle_t *handle, size_t wanted, uv_buf_t *out)
{
    static char bytes[65536];
    (void)handle;
    (void)wanted;
    *out = uv_buf_init(bytes, sizeof(bytes));
}

/* The head is all that comes here. */
static void on_asked(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
    struct canned *server = stream->data;
    uv_buf_t out = uv_buf_init((char *)server->answer.p, (unsigned)server->answer.n);
    if (n <= 0 || memmem(buf->base, (size_t)n, "\r\n\r\n", 4) == NULL)
        return;
    uv_read_stop(stream);
    CHECK(uv_write(&server->write, stream, &out, 1, on_said) == 0);
}

static void on_guest(uv_stream_t *listener, int status)
{
    struct canned *server = listener->data;
    CHECK(status == 0 && uv_tcp_init(listener->loop, &server->guest) == 0);
    server->guest.data = server;
    CHECK(uv_accept(listener, (uv_stream_t *)&server->guest) == 0);
    CHECK(uv_read_start((uv_stream_t *)&server->guest, on_alloc, on_asked) == 0);
}

static void on_done(void *arg, const struct http_result *result)
{
    struct story *s = arg;
    s->ended++;
    s->result = *result;
    snprintf(s->text, sizeof(s->text), "%s", result->status == ST_OK ? "" : result->error.text);
    loop_stop(s->loop);
}

/* Asks a server that answers with these bytes. */
static void ask(struct story *s, struct slice answer)
{
    struct sockaddr_in at;
    int size = sizeof(at);
    char url[64];
    struct peer peer = {0};
    *s = (struct story){.server.answer = answer};
    assert_ok(loop_open(&s->loop, &err));
    uv_tcp_t *listener = &s->server.listener;
    CHECK(uv_ip4_addr("127.0.0.1", 0, &at) == 0);
    CHECK(uv_tcp_init(loop_uv(s->loop), listener) == 0);
    listener->data = &s->server;
    CHECK(uv_tcp_bind(listener, (struct sockaddr *)&at, 0) == 0);
    CHECK(uv_listen((uv_stream_t *)listener, 8, on_guest) == 0);
    CHECK(uv_tcp_getsockname(listener, (struct sockaddr *)&at, &size) == 0);
    snprintf(url, sizeof(url), "http://127.0.0.1:%u", ntohs(at.sin_port));
    assert_ok(http_client_open(loop_uv(s->loop), &peer.client, &err));
    peer.url = url;
    assert_ok(peer_start(&peer, "GET", "/v1/ledgers", SLICE_NONE, 60, on_done, s, &err));
    loop_run(s->loop);
    assert_int_equal(s->ended, 1);
    uv_close((uv_handle_t *)listener, NULL);
    http_client_close(peer.client);
    loop_close(s->loop);
}

static void the_county_is_told_from_strangers(void **state)
{
    (void)state;
    static const struct {
        const char *answer;
        enum status status;
        const char *says; /* part of the error */
    } answers[] = {
        {CBOR "abc", ST_OK, ""},
        {"HTTP/1.1 206 Partial\r\n" NONCE
         "Content-Type: application/octet-stream\r\nContent-Length: 3\r\n\r\nabc",
         ST_OK, ""},
        {JSON("404 Not Found", "", "0", ""), ST_REFUSED, "没有接受"},
        {"HTTP/1.1 204 No Content\r\n" NONCE "\r\n", ST_OK, ""},
        {JSON("403 Forbidden", "", "49",
              "{\"error\":{\"code\":\"refused\",\"text\":\"no such one\"}}"),
         ST_REFUSED, "no such one"},
        {JSON("503 Busy", "Retry-After: 120\r\n", "40",
              "{\"error\":{\"code\":\"busy\",\"text\":\"later\"}}"),
         ST_UNREACHABLE, "120 秒后"},
        {JSON("429 Slow", "", "40", "{\"error\":{\"code\":\"busy\",\"text\":\"later\"}}"),
         ST_UNREACHABLE, "later"},
        /* guest networks, routers, an address that is somebody else's now */
        {"HTTP/1.1 302 Found\r\nLocation: http://login.example/\r\nContent-Length: 0\r\n\r\n",
         ST_UNREACHABLE, "不是县里的服务器"},
        {"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 5\r\n\r\n<html",
         ST_UNREACHABLE, "不是县里的服务器"},
        {"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", ST_UNREACHABLE, "不是县里的服务器"},
        {"HTTP/1.1 511 Login\r\nContent-Type: text/html\r\nContent-Length: 5\r\n\r\n<html",
         ST_UNREACHABLE, "先登录"},
        {"HTTP/1.1 404 Not Found\r\nContent-Type: text/html\r\nContent-Length: 5\r\n\r\n<html",
         ST_UNREACHABLE, "不是县里的服务器"},
        {JSON("401 Unauthorized", "", "14", "{\"login\":true}"), ST_UNREACHABLE,
         "不是县里的服务器"},
        /* something in between that the county stands behind */
        {"HTTP/1.1 502 Bad Gateway\r\nContent-Type: text/html\r\nContent-Length: 5\r\n\r\n<html",
         ST_UNREACHABLE, "中转"},
    };
    for (size_t i = 0; i < ARRAY_LENGTH(answers); i++) {
        struct story s;
        ask(&s, slice_str(answers[i].answer));
        if (s.result.status != answers[i].status || !strstr(s.text, answers[i].says))
            fail_msg("%s\n→ %s: %s", answers[i].answer, status_name(s.result.status), s.text);
    }
}

static void an_answer_that_ends_anywhere_is_a_dropped_line(void **state)
{
    (void)state;
    static const char whole[] = CBOR "abc";
    for (size_t n = 0; n < sizeof(whole) - 1; n++) {
        struct story s;
        ask(&s, slice_of(whole, n));
        if (s.result.status != ST_UNREACHABLE)
            fail_msg("cut behind %zu bytes: %s %s", n, status_name(s.result.status), s.text);
    }
}

static void how_long_to_wait(void **state)
{
    (void)state;
    static const struct {
        const char *headers;
        int64_t wanted_s;
    } waits[] = {
        {"", 0},
        {"Retry-After: 7\r\n", 7},
        {"Retry-After: 99999999\r\n", HTTP_RETRY_AFTER_MAX_S},
        {"Retry-After: -5\r\n", 0},
        {"Retry-After: soon\r\n", 0},
        {"Date: Tue, 01 Dec 2026 00:00:00 GMT\r\nRetry-After: Tue, 01 Dec 2026 00:01:30 GMT\r\n",
         90},
        {"Date: Tue, 01 Dec 2026 00:00:00 GMT\r\nRetry-After: Mon, 30 Nov 2026 00:01:30 GMT\r\n",
         0},
    };
    for (size_t i = 0; i < ARRAY_LENGTH(waits); i++) {
        struct story s;
        char answer[512];
        snprintf(answer, sizeof(answer),
                 JSON("503 Busy", "%s", "40", "{\"error\":{\"code\":\"busy\",\"text\":\"later\"}}"),
                 waits[i].headers);
        ask(&s, slice_str(answer));
        if (s.result.retry_after_s != waits[i].wanted_s)
            fail_msg("%s: %lld", waits[i].headers, (long long)s.result.retry_after_s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_county_is_told_from_strangers),
        cmocka_unit_test(an_answer_that_ends_anywhere_is_a_dropped_line),
        cmocka_unit_test(how_long_to_wait),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
