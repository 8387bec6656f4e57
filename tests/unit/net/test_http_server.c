/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * http_server: a real server on a loop in this thread, a client with plain sockets in another. What
 * a client may send, what it gets for sending something else, and how long-polls wake and end.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "shared/base/check.h"
#include "shared/base/mem.h"
#include "shared/base/time.h"
#include "shared/net/http_server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define REPLY_MAX (256 * 1024)

/* ---- the server's handlers ---- */

struct state {
    struct loop *loop;
    struct http_server *server;
    atomic_bool done, wake;
    _Atomic(char *) come; /* wakes those who wait for it */
    int grown, calls;
    atomic_size_t cut; /* bytes of the newest body that broke off, + 1 */
};

static enum http_outcome echo(void *arg, const struct http_request *request,
                              struct http_response *response)
{
    char param[32];
    const char *header = http_request_header(request, "x-test");
    (void)arg;
    response->content_type = "text/plain";
    http_response_header(response, "X-Echo", "yes");
    http_response_header(response, "X-Bad", "a\r\nX-Injected: 1"); /* dropped */
    buf_printf(&response->body, "%s|%s|%s|%s|%zu|", request->method, request->path, request->rest,
               header ? header : "", request->body.n);
    if (request->vouched)
        buf_put_str(&response->body, "vouched|");
    for (size_t i = 0; http_request_param(request, "p", i, param, sizeof(param)); i++)
        buf_printf(&response->body, "%s;", param);
    for (const char *name = "qr"; *name; name++)
        if (http_request_has_param(request, (char[]){*name, 0}))
            buf_printf(&response->body, "has %c", *name);
    return HTTP_ANSWER;
}

static enum http_outcome poll_grown(void *arg, const struct http_request *request,
                                    struct http_response *response)
{
    struct state *s = arg;
    s->calls++;
    if (!s->grown && !request->last_call) {
        response->park_ms = strcmp(request->query, "short") == 0 ? 50 : 30000;
        return HTTP_PARK;
    }
    response->status = s->grown ? 200 : 204;
    if (s->grown)
        buf_printf(&response->body, "grown %d", request->woken);
    return HTTP_ANSWER;
}

/* Waits for what its query names; the client's thread says what has come. */
static enum http_outcome poll_named(void *arg, const struct http_request *request,
                                    struct http_response *response)
{
    struct state *s = arg;
    s->calls++;
    if (!request->woken) {
        response->park_ms = 30000;
        response->park_note = mem_strdup(request->query);
        return HTTP_PARK;
    }
    buf_printf(&response->body, "woken for %s", request->query);
    return HTTP_ANSWER;
}

static enum http_outcome laborious(void *arg, const struct http_request *request,
                                   struct http_response *response)
{
    (void)arg, (void)request, (void)response;
    usleep(200 * 1000);
    return HTTP_ANSWER;
}

static bool has_come(void *arg, const void *note)
{
    return strcmp(arg, note) == 0;
}

/* What it brings, somebody may wait for. */
static enum http_outcome bring(void *arg, const struct http_request *request,
                               struct http_response *response)
{
    struct state *s = arg;
    (void)response;
    http_server_wake(s->server, has_come, (void *)request->query);
    return HTTP_ANSWER;
}

static enum http_outcome fixed(void *arg, const struct http_request *request,
                               struct http_response *response)
{
    static const char text[] = "static bytes";
    (void)arg;
    (void)request;
    response->fixed = slice_str(text);
    return HTTP_ANSWER;
}

/* A password in place of a signature. */
static bool knows_the_word(void *arg, const struct http_request *request,
                           struct http_response *response)
{
    const char *header = http_request_header(request, "x-test");
    (void)arg;
    if (request->body.n == 0 && header && strcmp(header, "open") == 0) {
        struct hash caller;
        hash_bytes(slice_str(request->query), &caller);
        http_request_caller(request, &caller);
        if (strcmp(request->query, "friend") == 0)
            http_request_vouch(request);
        return true;
    }
    http_response_error(response, 401, "unsigned", "no");
    return false;
}

static void note_cut(void *arg, const struct http_request *request, struct http_response *scratch)
{
    struct state *s = arg;
    const char *header = http_request_header(request, "x-test");
    http_response_error(scratch, 400, "nobody", "hears this");
    if (header && strcmp(header, "open") == 0 && strcmp(request->path, "/kept") == 0)
        atomic_store(&s->cut, request->body.n + 1);
}

static const struct http_route routes[] = {
    {"PATCH", "/kept", echo, HTTP_BODY_MAX, knows_the_word, note_cut},
    {"POST", "/guarded", echo, HTTP_BODY_MAX, knows_the_word},
    {"GET", "/echo", echo, 0},
    {"POST", "/echo", echo, 1000},
    {"POST", "/below/", echo, 1000},
    {"GET", "/wait", poll_grown, 0},
    {"GET", "/named", poll_named, 0},
    {"GET", "/bring", bring, 0},
    {"POST", "/large", echo, HTTP_BODY_MAX},
    {"POST", "/laborious", laborious, 1000},
    {"GET", "/fixed", fixed, 0},
};

static const struct http_header headers[] = {{"X-Everywhere", "yes"}};

/* ---- the client ---- */

struct client {
    uint16_t port;
    struct state *state;
    void (*story)(struct client *client);
    char failure[512];
};

#define EXPECT(c, condition)                                                                   \
    do {                                                                                       \
        if (!(condition) && !(c)->failure[0])                                                  \
            snprintf((c)->failure, sizeof((c)->failure), "line %d: %s", __LINE__, #condition); \
    } while (0)

static int dial(struct client *c)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(c->port)};
    struct timeval limit = {.tv_sec = 10};
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
    CHECK(fd >= 0 && connect(fd, (struct sockaddr *)&to, sizeof(to)) == 0);
    return fd;
}

/* Reads until one whole response is there or the server hangs up; returns its status, 0: none. */
static int read_reply(int fd, char *reply)
{
    size_t n = 0, want = SIZE_MAX;
    while (n < REPLY_MAX - 1 && n < want) {
        ssize_t got = recv(fd, reply + n, REPLY_MAX - 1 - n, 0);
        if (got <= 0)
            break;
        n += (size_t)got;
        reply[n] = 0;
        char *body = strstr(reply, "\r\n\r\n"), *length = strstr(reply, "Content-Length: ");
        if (body && length && length < body)
            want = (size_t)(body + 4 - reply) + strtoul(length + 16, NULL, 10);
        else if (body && strstr(reply, " 204 "))
            want = (size_t)(body + 4 - reply);
    }
    reply[n] = 0;
    return n > 12 ? atoi(reply + 9) : 0;
}

static int ask(struct client *c, const char *text, char *reply)
{
    int fd = dial(c);
    CHECK(send(fd, text, strlen(text), MSG_NOSIGNAL) == (ssize_t)strlen(text));
    int status = read_reply(fd, reply);
    close(fd);
    return status;
}

static void *client_thread(void *arg)
{
    struct client *c = arg;
    c->story(c);
    atomic_store(&c->state->done, true);
    return NULL;
}

static void on_tick(void *arg)
{
    struct state *s = arg;
    if (atomic_exchange(&s->wake, false)) {
        s->grown = 1;
        http_server_wake(s->server, NULL, NULL);
    }
    char *come = atomic_exchange(&s->come, NULL);
    if (come)
        http_server_wake(s->server, has_come, come);
    if (atomic_load(&s->done))
        loop_stop(s->loop);
}

static void play(void (*story)(struct client *client), unsigned connections_max, int *calls)
{
    struct state s = {0};
    struct http_options options = {.address = "127.0.0.1",
                                   .routes = routes,
                                   .route_count = ARRAY_LENGTH(routes),
                                   .headers = headers,
                                   .header_count = ARRAY_LENGTH(headers),
                                   .connections_max = connections_max,
                                   .arg = &s};
    struct client c = {.state = &s, .story = story};
    struct error err = {0};
    pthread_t thread;
    assert_int_equal(loop_open(&s.loop, &err), ST_OK);
    assert_int_equal(http_server_start(s.loop, &options, &s.server, &err), ST_OK);
    c.port = http_server_port(s.server);
    assert_int_not_equal(c.port, 0);
    struct loop_timer *tick = loop_timer_start(s.loop, 5, 5, on_tick, &s);
    assert_int_equal(pthread_create(&thread, NULL, client_thread, &c), 0);
    loop_run(s.loop);
    pthread_join(thread, NULL);
    loop_timer_stop(tick);
    http_server_stop(s.server);
    loop_close(s.loop);
    if (calls)
        *calls = s.calls;
    if (c.failure[0])
        fail_msg("%s", c.failure);
}

/* ---- stories ---- */

static void story_requests(struct client *c)
{
    char *r = mem_alloc(REPLY_MAX);
    EXPECT(c, ask(c, "GET /echo?p=a%20b&q=1&p=%E6%88%B7 HTTP/1.1\r\nHost: x\r\nX-Test: hi\r\n\r\n",
                  r) == 200);
    EXPECT(c, strstr(r, "GET|/echo||hi|0|a b;\xE6\x88\xB7;"));
    EXPECT(c, strstr(r, "X-Echo: yes") && !strstr(r, "X-Injected"));
    EXPECT(c, strstr(r, "X-Everywhere: yes"));
    EXPECT(c, ask(c, "GET /echo?q=%00&p HTTP/1.1\r\nHost: x\r\n\r\n", r) == 200);
    EXPECT(c, strstr(r, "has q") && !strstr(r, "has r")); /* there, though it cannot be read */
    EXPECT(c, ask(c, "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello", r) == 200);
    EXPECT(c, strstr(r, "POST|/echo|||5|"));
    EXPECT(c, ask(c, "POST /below/a/b%2Fc HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n", r) ==
                  200);
    EXPECT(c, strstr(r, "POST|/below/a/b%2Fc|a/b%2Fc||0|"));
    EXPECT(c, ask(c, "GET /fixed HTTP/1.1\r\nHost: x\r\n\r\n", r) == 200);
    EXPECT(c, strstr(r, "\r\n\r\nstatic bytes"));

    int fd = dial(c); /* two requests on one connection */
    for (int i = 0; i < 2; i++) {
        static const char again[] = "GET /echo HTTP/1.1\r\nHost: x\r\n\r\n";
        send(fd, again, strlen(again), MSG_NOSIGNAL);
        EXPECT(c, read_reply(fd, r) == 200);
    }
    close(fd);
    mem_free(r);
}

static void test_requests(void **state)
{
    (void)state;
    play(story_requests, 0, NULL);
}

/* The last bytes and the end of the connection come together, in one segment or several: what had
 * come by then is handed over at once, not when the connection has been idle for too long. */
static void story_cut(struct client *c)
{
    static const size_t sent[] = {1, 10, 3000, 30000, 200000};
    char *r = mem_alloc(REPLY_MAX), *body = mem_alloc(200000);
    memset(body, 'x', 200000);
    for (size_t round = 0; round < 20 * ARRAY_LENGTH(sent) && !c->failure[0]; round++) {
        const size_t n = sent[round % ARRAY_LENGTH(sent)];
        static const char head[] =
            "PATCH /kept HTTP/1.1\r\nHost: x\r\nX-Test: open\r\nContent-Length: 300000\r\n\r\n";
        int fd = dial(c);
        atomic_store(&c->state->cut, 0);
        CHECK(send(fd, head, strlen(head), MSG_NOSIGNAL | MSG_MORE) == (ssize_t)strlen(head));
        CHECK(send(fd, body, n, MSG_NOSIGNAL) == (ssize_t)n);
        shutdown(fd, SHUT_WR);
        for (int i = 0; i < 2000 && atomic_load(&c->state->cut) == 0; i++)
            usleep(5000);
        EXPECT(c, atomic_load(&c->state->cut) == n + 1);
        close(fd);
    }
    atomic_store(&c->state->cut, 0); /* one that is complete is no cut */
    EXPECT(c, ask(c,
                  "PATCH /kept HTTP/1.1\r\nHost: x\r\nX-Test: open\r\nContent-Length: 5\r\n"
                  "Connection: close\r\n\r\nhello",
                  r) == 200);
    EXPECT(c, strstr(r, "PATCH|/kept||open|5|"));
    EXPECT(c,
           ask(c, "PATCH /kept HTTP/1.1\r\nHost: x\r\nContent-Length: 50\r\n\r\nhello", r) == 401);
    EXPECT(c, ask(c, "GET /echo HTTP/1.1\r\nHost: x\r\n\r\n", r) == 200);
    EXPECT(c, atomic_load(&c->state->cut) == 0);
    mem_free(body);
    mem_free(r);
}

static void test_cut(void **state)
{
    (void)state;
    play(story_cut, 0, NULL);
}

static void story_refusals(struct client *c)
{
    static const struct {
        int status;
        const char *request, *word;
    } cases[] = {
        {404, "GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n", "\"not_found\""},
        {404, "GET /echo/ HTTP/1.1\r\nHost: x\r\n\r\n", "\"not_found\""},
        {405, "DELETE /echo HTTP/1.1\r\nHost: x\r\n\r\n", "\"method\""},
        {405, "PUT /wait HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n", "Allow: GET\r\n"},
        {405, "PATCH /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n",
         "Allow: GET, POST\r\n"},
        {404, "GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n", "X-Everywhere: yes"},
        {413, "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 1001\r\n\r\n", "\"too_large\""},
        {413, "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999\r\n\r\n",
         "Connection: close"},
        {413, "GET /wait HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\nx", "\"too_large\""},
        {411, "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
         "\"length_required\""},
        {400, "GET /echo HTTP/1.1\r\nHost: x\r\nHost: x\r\n\r\n", "\"bad_head\""},
        {400, "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nab",
         "\"bad_head\""},
        {400,
         "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nTransfer-Encoding: "
         "chunked\r\n\r\n0\r\n\r\n",
         "\"bad_head\""},
        {400, "GET http://x/echo HTTP/1.1\r\nHost: x\r\n\r\n", "\"bad_target\""},
        {400, "GET /echo HTTP/1.1\r\n\r\n", ""}, /* no Host; libmicrohttpd's own words */
    };
    char *r = mem_alloc(REPLY_MAX);
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        int status = ask(c, cases[i].request, r);
        if ((status != cases[i].status || !strstr(r, cases[i].word)) && !c->failure[0])
            snprintf(c->failure, sizeof(c->failure), "case %zu: %d %.300s", i, status, r);
    }
    /* 65 fields */
    char many[8192] = "GET /echo HTTP/1.1\r\nHost: x\r\n";
    for (int i = 0; i < HTTP_HEAD_FIELDS_MAX; i++)
        strcat(many, "A: b\r\n");
    strcat(many, "\r\n");
    EXPECT(c, ask(c, many, r) == 431);
    /* a head beyond the pool */
    char *long_head = mem_zero_alloc(1, 70000);
    strcpy(long_head, "GET /echo HTTP/1.1\r\nHost: x\r\nX: ");
    memset(long_head + strlen(long_head), 'a', 60000);
    strcat(long_head, "\r\n\r\n");
    int status = ask(c, long_head, r);
    EXPECT(c, status == 0 || (status >= 400 && status < 500));
    EXPECT(c, ask(c, "GET /echo HTTP/1.1\r\nHost: x\r\n\r\n", r) == 200); /* still well */
    mem_free(long_head);
    mem_free(r);
}

static void test_refusals(void **state)
{
    (void)state;
    play(story_refusals, 0, NULL);
}

/* A body that is never sent, one that ends early, one that is too large and sent all the same. */
static void story_bodies(struct client *c)
{
    static const char head[] = "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n";
    char *r = mem_alloc(REPLY_MAX), block[4096] = {0};
    for (int i = 0; i < 50; i++) {
        int fd = dial(c);
        send(fd, head, strlen(head), MSG_NOSIGNAL);
        send(fd, block, (size_t)i, MSG_NOSIGNAL);
        close(fd);
    }
    int fd = dial(c);
    static const char large[] =
        "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 1073741824\r\n\r\n";
    send(fd, large, strlen(large), MSG_NOSIGNAL);
    int64_t sent = 0;
    while (sent < 64 * 1024 * 1024) { /* the server must have hung up long before */
        ssize_t n = send(fd, block, sizeof(block), MSG_NOSIGNAL);
        if (n <= 0)
            break;
        sent += n;
    }
    EXPECT(c, sent < 64 * 1024 * 1024);
    close(fd);
    EXPECT(c, ask(c, "GET /echo HTTP/1.1\r\nHost: x\r\n\r\n", r) == 200);
    mem_free(r);
}

static void test_bodies(void **state)
{
    (void)state;
    play(story_bodies, 0, NULL);
}

/* Strangers announce more than all bodies may have together, and never send it. */
static void story_judged(struct client *c)
{
    static const char announced[] =
        "POST /guarded HTTP/1.1\r\nHost: x\r\nContent-Length: 8388608\r\n\r\n";
    char *r = mem_alloc(REPLY_MAX);
    int strangers[20];
    for (size_t i = 0; i < ARRAY_LENGTH(strangers); i++) {
        strangers[i] = dial(c);
        send(strangers[i], announced, strlen(announced), MSG_NOSIGNAL);
    }
    EXPECT(c, ask(c,
                  "POST /guarded HTTP/1.1\r\nHost: x\r\nX-Test: open\r\nContent-Length: 5\r\n\r\n"
                  "hello",
                  r) == 200);
    EXPECT(c, strstr(r, "POST|/guarded||open|5|") && !strstr(r, "vouched"));
    EXPECT(c, ask(c,
                  "POST /guarded?friend HTTP/1.1\r\nHost: x\r\nX-Test: open\r\n"
                  "Content-Length: 5\r\n\r\nhello",
                  r) == 200);
    EXPECT(c, strstr(r, "|open|5|vouched|"));
    for (size_t i = 0; i < ARRAY_LENGTH(strangers); i++) {
        EXPECT(c, read_reply(strangers[i], r) == 401);
        close(strangers[i]);
    }
    mem_free(r);
}

static void test_judged_by_the_head(void **state)
{
    (void)state;
    play(story_judged, 0, NULL);
}

static void story_long_poll(struct client *c)
{
    static const char request[] = "GET /wait HTTP/1.1\r\nHost: x\r\n\r\n";
    char *r = mem_alloc(REPLY_MAX);
    int64_t started = time_monotonic_ms();
    EXPECT(c, ask(c, "GET /wait?short HTTP/1.1\r\nHost: x\r\n\r\n", r) == 204);
    EXPECT(c, time_monotonic_ms() - started >= 40);
    EXPECT(c, time_monotonic_ms() - started < 5000);

    int fds[8];
    for (size_t i = 0; i < ARRAY_LENGTH(fds); i++) {
        fds[i] = dial(c);
        send(fds[i], request, strlen(request), MSG_NOSIGNAL);
    }
    close(fds[7]); /* one goes away while it waits */
    usleep(50 * 1000);
    started = time_monotonic_ms();
    atomic_store(&c->state->wake, true);
    for (size_t i = 0; i < ARRAY_LENGTH(fds) - 1; i++) {
        EXPECT(c, read_reply(fds[i], r) == 200);
        EXPECT(c, strstr(r, "grown 1"));
        close(fds[i]);
    }
    EXPECT(c, time_monotonic_ms() - started < 2000);
    mem_free(r);
}

static void test_long_poll(void **state)
{
    (void)state;
    play(story_long_poll, 0, NULL);
}

static void story_stop_while_parked(struct client *c)
{
    static const char request[] = "GET /wait HTTP/1.1\r\nHost: x\r\n\r\n";
    int fd = dial(c);
    send(fd, request, strlen(request), MSG_NOSIGNAL);
    usleep(50 * 1000);
    /* left open: http_server_stop must not hang on it */
}

static void test_stop_while_parked(void **state)
{
    int calls = 0;
    (void)state;
    play(story_stop_while_parked, 0, &calls);
    assert_int_equal(calls, 1);
}

static void story_connection_limit(struct client *c)
{
    char *r = mem_alloc(REPLY_MAX);
    int fds[16];
    for (size_t i = 0; i < ARRAY_LENGTH(fds); i++)
        fds[i] = dial(c);
    usleep(50 * 1000);
    for (size_t i = 0; i < ARRAY_LENGTH(fds); i++)
        close(fds[i]);
    usleep(50 * 1000);
    EXPECT(c, ask(c, "GET /echo HTTP/1.1\r\nHost: x\r\n\r\n", r) == 200);
    mem_free(r);
}

static void test_connection_limit(void **state)
{
    (void)state;
    play(story_connection_limit, 4, NULL);
}

static void test_addresses(void **state)
{
    char host[64];
    uint16_t port;
    (void)state;
    assert_true(http_address_parse("127.0.0.1:8443", host, &port));
    assert_string_equal(host, "127.0.0.1");
    assert_int_equal(port, 8443);
    assert_true(http_address_parse("[::1]:0", host, &port));
    assert_string_equal(host, "::1");
    assert_int_equal(port, 0);
    static const char *const bad[] = {"",
                                      ":",
                                      "127.0.0.1",
                                      "127.0.0.1:",
                                      "127.0.0.1:65536",
                                      "127.0.0.1:80x",
                                      "127.0.0.1:-1",
                                      "[::1:80",
                                      "[]:80"};
    for (size_t i = 0; i < ARRAY_LENGTH(bad); i++)
        assert_false(http_address_parse(bad[i], host, &port));
    assert_true(http_address_loopback("127.8.9.1"));
    assert_true(http_address_loopback("::1"));
    assert_false(http_address_loopback("0.0.0.0"));
    assert_false(http_address_loopback("::"));
    assert_false(http_address_loopback("192.168.1.1"));
    assert_false(http_address_loopback("localhost"));
}

static void test_port_taken(void **state)
{
    struct http_options options = {.address = "127.0.0.1", .routes = routes, .route_count = 1};
    struct http_server *first, *second;
    struct loop *loop;
    struct error err = {0};
    (void)state;
    assert_int_equal(loop_open(&loop, &err), ST_OK);
    assert_int_equal(http_server_start(loop, &options, &first, &err), ST_OK);
    options.port = http_server_port(first);
    assert_int_equal(http_server_start(loop, &options, &second, &err), ST_IO);
    assert_null(second);
    assert_non_null(strstr(err.text, "127.0.0.1"));
    options.address = "localhost";
    assert_int_equal(http_server_start(loop, &options, &second, &err), ST_USAGE);
    http_server_stop(first);
    loop_close(loop);
}

/* Three wait, for a, b and a. What comes calls those alone that wait for it. */
static void story_named(struct client *c)
{
    static const char *const names[] = {"a", "b", "a"};
    char *r = mem_alloc(REPLY_MAX);
    int fds[3];
    for (int i = 0; i < 3; i++) {
        char text[64];
        fds[i] = dial(c);
        snprintf(text, sizeof(text), "GET /named?%s HTTP/1.1\r\nHost: x\r\n\r\n", names[i]);
        send(fds[i], text, strlen(text), MSG_NOSIGNAL);
    }
    EXPECT(c, ask(c, "GET /echo HTTP/1.1\r\nHost: x\r\n\r\n", r) == 200); /* all three are parked */
    atomic_store(&c->state->come, (char *)"a");
    for (int i = 0; i < 3; i += 2) {
        EXPECT(c, read_reply(fds[i], r) == 200);
        EXPECT(c, strstr(r, "woken for a"));
    }
    EXPECT(c, recv(fds[1], r, 1, MSG_DONTWAIT) < 0);
    atomic_store(&c->state->come, (char *)"b");
    EXPECT(c, read_reply(fds[1], r) == 200);
    EXPECT(c, strstr(r, "woken for b"));
    for (int i = 0; i < 3; i++)
        close(fds[i]);
    mem_free(r);
}

/* Who is woken by a request is answered, though nothing else happens afterwards: the one that
 * brought it stays connected and says no more. */
static void story_brought(struct client *c)
{
    static const char named[] = "GET /named?a HTTP/1.1\r\nHost: x\r\n\r\n";
    static const char brings[] = "GET /bring?a HTTP/1.1\r\nHost: x\r\n\r\n";
    char *r = mem_alloc(REPLY_MAX);
    int fds[4];
    for (int i = 0; i < 3; i++) {
        fds[i] = dial(c);
        send(fds[i], named, strlen(named), MSG_NOSIGNAL);
    }
    fds[3] = dial(c);
    usleep(200 * 1000); /* they are parked */
    const int64_t started_ms = time_monotonic_ms();
    send(fds[3], brings, strlen(brings), MSG_NOSIGNAL);
    EXPECT(c, read_reply(fds[3], r) == 200);
    for (int i = 0; i < 3; i++)
        EXPECT(c, read_reply(fds[i], r) == 200);
    EXPECT(c, time_monotonic_ms() - started_ms < 5000);
    for (int i = 0; i < 4; i++)
        close(fds[i]);
    mem_free(r);
}

static void test_who_is_woken_by_a_request_is_answered(void **state)
{
    (void)state;
    play(story_brought, 0, NULL);
}

static void test_wakes_who_waits_for_it(void **state)
{
    int calls;
    (void)state;
    play(story_named, 0, &calls);
    assert_int_equal(calls, 6); /* each twice: nobody was called for what he did not wait for */
}

/* A head that was accepted; its body is waited for. */
static int announce(struct client *c, const char *head)
{
    char reply[64] = "";
    int fd = dial(c);
    send(fd, head, strlen(head), MSG_NOSIGNAL);
    EXPECT(c, recv(fd, reply, sizeof(reply) - 1, 0) > 0 && strstr(reply, " 100 "));
    return fd;
}

/* Eight bodies of 8 MiB are announced and hardly begun: one more is told when to come again, by how
 * long such work has taken. */
static void story_busy(struct client *c)
{
    static const char large[] = "POST /large HTTP/1.1\r\nHost: x\r\nContent-Length: 8388608\r\n"
                                "Expect: 100-continue\r\n\r\n";
    static const char work[] =
        "POST /laborious HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n0123456789";
    char *r = mem_alloc(REPLY_MAX);
    int fds[8];
    for (int i = 0; i < 8; i++)
        fds[i] = announce(c, large);
    EXPECT(c, ask(c, large, r) == 503);
    EXPECT(c, strstr(r, "\"busy\"") && strstr(r, "Retry-After: 10\r\n")); /* nothing is known yet */
    close(fds[7]);                                                        /* room for small ones */
    while (ask(c, work, r) == 503)
        ;
    fds[7] = announce(c, large);
    EXPECT(c, ask(c, large, r) == 503);
    EXPECT(c, strstr(r, "Retry-After: 120\r\n")); /* 10 bytes took 0.2 s */
    for (int i = 0; i < 8; i++)
        close(fds[i]);
    mem_free(r);
}

/* One caller's two large bodies hardly begin: a third is told to come later, another caller's is
 * taken, and a small one of the first where it has room again. */
static void story_share(struct client *c)
{
#define GUARDED(who, length)                                                               \
    "POST /guarded?" who " HTTP/1.1\r\nHost: x\r\nx-test: open\r\nContent-Length: " length \
    "\r\nExpect: 100-continue\r\n\r\n"
    char *r = mem_alloc(REPLY_MAX);
    int fds[3];
    for (int i = 0; i < 2; i++)
        fds[i] = announce(c, GUARDED("greedy", "8388608"));
    EXPECT(c, ask(c, GUARDED("greedy", "8388608"), r) == 503);
    EXPECT(c, strstr(r, "\"busy\"") && strstr(r, "Retry-After: "));
    EXPECT(c, ask(c, GUARDED("greedy", "1"), r) == 503);
    fds[2] = announce(c, GUARDED("modest", "8388608"));
    close(fds[0]);
    bool taken = false;
    for (int i = 0; i < 200 && !taken; i++) {
        char reply[64] = "";
        const int fd = dial(c);
        send(fd, GUARDED("greedy", "8388608"), sizeof(GUARDED("greedy", "8388608")) - 1,
             MSG_NOSIGNAL);
        taken = recv(fd, reply, sizeof(reply) - 1, 0) > 0 && strstr(reply, " 100 ");
        close(fd);
        usleep(20 * 1000);
    }
    EXPECT(c, taken);
    close(fds[1]);
    close(fds[2]);
    mem_free(r);
#undef GUARDED
}

static void test_one_caller_has_a_share(void **state)
{
    (void)state;
    play(story_share, 0, NULL);
}

static void test_busy_says_when(void **state)
{
    (void)state;
    play(story_busy, 0, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_addresses),
        cmocka_unit_test(test_port_taken),
        cmocka_unit_test(test_requests),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_cut),
        cmocka_unit_test(test_judged_by_the_head),
        cmocka_unit_test(test_bodies),
        cmocka_unit_test(test_long_poll),
        cmocka_unit_test(test_wakes_who_waits_for_it),
        cmocka_unit_test(test_who_is_woken_by_a_request_is_answered),
        cmocka_unit_test(test_busy_says_when),
        cmocka_unit_test(test_one_caller_has_a_share),
        cmocka_unit_test(test_stop_while_parked),
        cmocka_unit_test(test_connection_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
