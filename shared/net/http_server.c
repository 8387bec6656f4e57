/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * http_server: see http_server.h.
 *
 * libmicrohttpd owns the sockets and an epoll of its own; that epoll's descriptor is polled by the
 * uv loop. After every MHD_run its next timeout is asked for and a uv timer armed with it, else
 * idle connections would live for ever.
 *
 * Happy path of one request:
 *   on_target (request line read: exchange made) → on_access, first call (head judged, nothing of
 * the body read) → on_access per piece of body → on_access, last call: the handler → response
 * queued → on_completed (exchange freed)
 *
 * A long-poll: the handler returns HTTP_PARK → connection suspended. Waking or the deadline resumes
 * it, and MHD calls on_access again with the same exchange.
 *
 * Failure modes: whatever is wrong with a head is answered in the first call, before any byte of
 * the body is kept, and ends the connection (unread bytes must never be taken for a next request).
 * What MHD finds wrong by itself (malformed request line, head beyond its pool) it answers by
 * itself. Bodies are counted against one budget for the whole server.
 */
#include "shared/net/http_server.h"

#include "shared/base/check.h"
#include "shared/base/diag.h"
#include "shared/base/mem.h"
#include "shared/base/time.h"
#include "shared/crypto/hash.h"

#include <arpa/inet.h>
#include <errno.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

/* Head and read buffer of one connection, resident as long as it lives: a target of
 * HTTP_TARGET_MAX, as much again of fields as signatures take, and the head of the answer. */
#define POOL_BYTES (10 * 1024 + 512)
#define RESPONSE_MAX (64 * 1024 * 1024)
#define BODIES_MAX (64 * 1024 * 1024) /* all bodies being received at one time */
#define CONNECTIONS_DEFAULT 1024
#define TIMEOUT_DEFAULT_S 60
#define RETRY_AFTER_UNKNOWN_S 10 /* no body has been worked on yet */
#define RETRY_AFTER_MAX_S 120
#define WORK_REMEMBERED_US \
    (20 * INT64_C(1000000)) /* of work on bodies; older weighs less and less */
#define HEADERS_OUT_MAX 16
#define ALLOWED_MAX 64 /* "GET, POST, …" */
#define SLACK_PART 200 /* of its time a parked request may be answered earlier, with others */

struct exchange {
    struct http_server *server;
    struct MHD_Connection *connection;
    struct exchange *next, **link;    /* in server->parked while parked */
    struct exchange *fed, **fed_link; /* in server->fed when this run brought some of its body */
    struct exchange *with_body, **with_body_link; /* in server->with_body while room is kept */
    bool has_caller;
    struct hash caller; /* as the judge said */
    char *target;       /* path, a zero byte, query */
    const char *query, *rest;
    const struct http_route *route;
    struct buf body;
    size_t reserved; /* of the server's body budget */
    bool judged, vouched, parked, woken, expired, close, answered;
    int64_t due_us; /* when its parking ends at the latest; 0: never parked */
    int64_t slack_us;
    void *note; /* what it waits for, as its handler wrote it down */
    char peer[INET6_ADDRSTRLEN];
    size_t header_count;
    char *(*headers)[2]; /* HEADERS_OUT_MAX of them, when there is one */
    unsigned status;     /* of the answer that was queued */
    size_t bytes_out;
    int64_t begun_us, parked_since_us, parked_us, worked_us;
};

struct http_server {
    struct http_options options;
    struct loop *loop;
    struct MHD_Daemon *daemon;
    uint16_t port;
    uv_poll_t poll;
    uv_timer_t timer, deadline; /* MHD's next one; of what is parked */
    int64_t due_us;             /* when the latter is armed for; 0: it is not */
    int handles_open;
    struct exchange *parked, *fed, *with_body;
    size_t parked_count, bodies;
    uint64_t work_bytes;  /* bodies that handlers have had lately, */
    int64_t work_us;      /* and how long they took */
    unsigned connections; /* after the last run */
    bool soon;            /* something has happened that MHD looks at in its next run */
    bool stopping;
};

/* ---- addresses ---- */

bool http_address_parse(const char *text, char host[static 64], uint16_t *port)
{
    const char *colon = strrchr(text, ':');
    char *end = NULL;
    if (!colon || colon[1] < '0' || colon[1] > '9')
        return false;
    size_t n = (size_t)(colon - text);
    if (text[0] == '[') {
        if (n < 3 || text[n - 1] != ']')
            return false;
        text++;
        n -= 2;
    }
    unsigned long value = strtoul(colon + 1, &end, 10);
    if (*end || value > 65535 || n == 0 || n > 63)
        return false;
    memcpy(host, text, n);
    host[n] = 0;
    *port = (uint16_t)value;
    return true;
}

bool http_address_loopback(const char *host)
{
    struct in_addr four;
    struct in6_addr six;
    if (inet_pton(AF_INET, host, &four) == 1)
        return (ntohl(four.s_addr) >> 24) == 127;
    return inet_pton(AF_INET6, host, &six) == 1 && IN6_IS_ADDR_LOOPBACK(&six);
}

/* ---- what handlers call ---- */

const char *http_request_header(const struct http_request *request, const char *name)
{
    const struct exchange *ex = request->impl;
    return MHD_lookup_connection_value(ex->connection, MHD_HEADER_KIND, name);
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Percent-decodes [p, end) into out; false when it does not fit or decodes to a zero byte. */
static bool decode_param(const char *p, const char *end, char *out, size_t size)
{
    size_t n = 0;
    while (p < end) {
        char c = *p++;
        if (c == '+') {
            c = ' ';
        } else if (c == '%') {
            int high = p < end ? hex_digit(p[0]) : -1, low = p + 1 < end ? hex_digit(p[1]) : -1;
            if (high < 0 || low < 0)
                return false;
            c = (char)(high * 16 + low);
            p += 2;
        }
        if (c == 0 || n + 1 >= size)
            return false;
        out[n++] = c;
    }
    out[n] = 0;
    return true;
}

/* The n-th parameter of this name: its value, not decoded, ends at *end. NULL: none. */
static const char *find_param(const struct http_request *request, const char *name, size_t n,
                              const char **end)
{
    size_t name_n = strlen(name);
    for (const char *p = request->query; *p; p = **end ? *end + 1 : *end) {
        *end = p + strcspn(p, "&");
        const char *equals = memchr(p, '=', (size_t)(*end - p));
        const char *name_end = equals ? equals : *end;
        if ((size_t)(name_end - p) == name_n && memcmp(p, name, name_n) == 0 && n-- == 0)
            return equals ? equals + 1 : *end;
    }
    return NULL;
}

bool http_request_param(const struct http_request *request, const char *name, size_t n, char *out,
                        size_t size)
{
    const char *end, *value = find_param(request, name, n, &end);
    CHECK(size > 0);
    out[0] = 0;
    return value && decode_param(value, end, out, size);
}

bool http_request_has_param(const struct http_request *request, const char *name)
{
    const char *end;
    return find_param(request, name, 0, &end) != NULL;
}

void http_response_header(struct http_response *response, const char *name, const char *value)
{
    struct exchange *ex = response->impl;
    for (const char *p = value; *p; p++)
        if ((unsigned char)*p < 0x20 || *p == 0x7F)
            return;
    CHECK(ex->header_count < HEADERS_OUT_MAX);
    if (!ex->headers)
        ex->headers = mem_alloc(HEADERS_OUT_MAX * sizeof(*ex->headers));
    ex->headers[ex->header_count][0] = mem_strdup(name);
    ex->headers[ex->header_count++][1] = mem_strdup(value);
}

static void put_json_string(struct buf *out, const char *text)
{
    buf_put_u8(out, '"');
    for (const unsigned char *p = (const unsigned char *)text; *p; p++) {
        if (*p == '"' || *p == '\\')
            buf_printf(out, "\\%c", *p);
        else if (*p < 0x20)
            buf_printf(out, "\\u%04x", *p);
        else
            buf_put_u8(out, *p);
    }
    buf_put_u8(out, '"');
}

void http_response_error(struct http_response *response, unsigned status, const char *code,
                         const char *format, ...)
{
    char text[ERROR_TEXT_MAX];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    response->status = status;
    response->content_type = "application/json";
    response->fixed = SLICE_NONE;
    buf_clear(&response->body);
    buf_put_str(&response->body, "{\"error\":{\"code\":");
    put_json_string(&response->body, code);
    buf_put_str(&response->body, ",\"text\":");
    put_json_string(&response->body, text);
    buf_put_str(&response->body, "}}\n");
}

/* ---- one exchange ---- */

static void run_soon(struct http_server *server);

static void arm_deadline(struct http_server *server, int64_t due_us);

/* note: of the allocator, the exchange's from now on; or NULL. */
static void park(struct exchange *ex, unsigned park_ms, void *note)
{
    struct http_server *server = ex->server;
    CHECK(!ex->parked);
    ex->parked_since_us = time_monotonic_us();
    if (ex->due_us == 0) {
        const int64_t park_us =
            INT64_C(1000) * (park_ms > HTTP_PARK_MAX_MS ? HTTP_PARK_MAX_MS : park_ms);
        ex->due_us = ex->parked_since_us + park_us;
        ex->slack_us = park_us / SLACK_PART;
    }
    mem_free(ex->note);
    ex->note = note;
    ex->parked = true;
    ex->next = server->parked;
    ex->link = &server->parked;
    if (ex->next)
        ex->next->link = &ex->next;
    server->parked = ex;
    server->parked_count++;
    MHD_suspend_connection(ex->connection);
    arm_deadline(server, ex->due_us);
}

static void unpark(struct exchange *ex)
{
    CHECK(ex->parked);
    *ex->link = ex->next;
    if (ex->next)
        ex->next->link = ex->link;
    ex->parked = false;
    ex->parked_us += time_monotonic_us() - ex->parked_since_us;
    ex->woken = true;
    ex->server->parked_count--;
    MHD_resume_connection(ex->connection);
}

/* One timer for all that is parked. Each resumed connection makes MHD look through all suspended
 * ones, so those whose time is nearly over go together. */
static void on_deadline(uv_timer_t *handle)
{
    struct http_server *server = handle->data;
    const int64_t now_us = time_monotonic_us();
    int64_t due_us = 0;
    struct exchange *next;
    server->due_us = 0;
    for (struct exchange *ex = server->parked; ex; ex = next) {
        next = ex->next;
        if (ex->due_us - ex->slack_us <= now_us) {
            ex->expired = true;
            unpark(ex);
        } else if (due_us == 0 || ex->due_us < due_us) {
            due_us = ex->due_us;
        }
    }
    if (due_us)
        arm_deadline(server, due_us);
    run_soon(server);
}

static void arm_deadline(struct http_server *server, int64_t due_us)
{
    if (server->due_us && server->due_us <= due_us)
        return;
    const int64_t left_us = due_us - time_monotonic_us();
    server->due_us = due_us;
    uv_update_time(server->deadline.loop);
    uv_timer_start(&server->deadline, on_deadline,
                   left_us > 0 ? (uint64_t)(left_us + 999) / 1000 : 0, 0);
}

static void fed_unlink(struct exchange *ex)
{
    if (!ex->fed_link)
        return;
    *ex->fed_link = ex->fed;
    if (ex->fed)
        ex->fed->fed_link = ex->fed_link;
    ex->fed_link = NULL;
}

static void note_fed(struct exchange *ex)
{
    struct http_server *server = ex->server;
    if (ex->fed_link)
        return;
    ex->fed = server->fed;
    ex->fed_link = &server->fed;
    if (ex->fed)
        ex->fed->fed_link = &ex->fed;
    server->fed = ex;
}

/* Where the last of a body and the end of the connection are there at one time, MHD reads the one
 * and is not told of the other: its epoll speaks of changes. A body that cannot be completed any
 * more would be kept until the connection is idle for too long; so it is told once more. */
static void end_broken_bodies(struct http_server *server)
{
    while (server->fed) {
        struct exchange *ex = server->fed;
        const union MHD_ConnectionInfo *info =
            MHD_get_connection_info(ex->connection, MHD_CONNECTION_INFO_CONNECTION_FD);
        char byte;
        fed_unlink(ex);
        if (info && ex->body.n < ex->reserved &&
            recv(info->connect_fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0)
            shutdown(info->connect_fd, SHUT_RD);
    }
}

/* ---- room for bodies ---- */

static void keep_room(struct exchange *ex, size_t bytes)
{
    struct http_server *server = ex->server;
    ex->reserved = bytes;
    server->bodies += bytes;
    if (bytes == 0)
        return;
    ex->with_body = server->with_body;
    ex->with_body_link = &server->with_body;
    if (ex->with_body)
        ex->with_body->with_body_link = &ex->with_body;
    server->with_body = ex;
}

static void give_room_back(struct exchange *ex)
{
    ex->server->bodies -= ex->reserved;
    if (!ex->with_body_link)
        return;
    *ex->with_body_link = ex->with_body;
    if (ex->with_body)
        ex->with_body->with_body_link = ex->with_body_link;
}

static size_t room_of_caller(const struct exchange *asking)
{
    size_t bytes = 0;
    for (const struct exchange *ex = asking->server->with_body; ex; ex = ex->with_body)
        if (ex->has_caller && hash_equal(&ex->caller, &asking->caller))
            bytes += ex->reserved;
    return bytes;
}

static void exchange_free(struct exchange *ex)
{
    CHECK(!ex->parked);
    fed_unlink(ex);
    give_room_back(ex);
    for (size_t i = 0; i < ex->header_count; i++) {
        mem_free(ex->headers[i][0]);
        mem_free(ex->headers[i][1]);
    }
    mem_free(ex->headers);
    mem_free(ex->note);
    if (ex->body.p) /* it may have held a PIN */
        secret_wipe(ex->body.p, ex->body.n);
    buf_release(&ex->body);
    mem_free(ex->target);
    mem_free(ex);
}

/* Has the handler set this header itself? */
static bool is_set(const struct exchange *ex, const char *name)
{
    for (size_t i = 0; i < ex->header_count; i++)
        if (strcasecmp(ex->headers[i][0], name) == 0)
            return true;
    return false;
}

static enum MHD_Result queue(struct exchange *ex, struct http_response *response)
{
    struct MHD_Response *out;
    ex->answered = true;
    ex->status = response->status;
    ex->bytes_out = response->fixed.p ? response->fixed.n : response->body.n;
    if (response->fixed.p) {
        out = MHD_create_response_from_buffer(response->fixed.n, (void *)response->fixed.p,
                                              MHD_RESPMEM_PERSISTENT);
    } else {
        CHECK(buf_ok(&response->body));
        out = MHD_create_response_from_buffer_with_free_callback(response->body.n, response->body.p,
                                                                 mem_free);
        if (out)
            buf_init(&response->body, 0); /* the memory is the response's now */
    }
    CHECK(out != NULL);
    if (response->content_type)
        MHD_add_response_header(out, "Content-Type", response->content_type);
    MHD_add_response_header(out, "X-Content-Type-Options", "nosniff");
    for (size_t i = 0; i < ex->server->options.header_count; i++) {
        const struct http_header *header = &ex->server->options.headers[i];
        if (!is_set(ex, header->name))
            MHD_add_response_header(out, header->name, header->value);
    }
    if (ex->close)
        MHD_add_response_header(out, "Connection", "close");
    for (size_t i = 0; i < ex->header_count; i++)
        MHD_add_response_header(out, ex->headers[i][0], ex->headers[i][1]);
    enum MHD_Result result = MHD_queue_response(ex->connection, response->status, out);
    MHD_destroy_response(out);
    return result;
}

struct head {
    unsigned count, hosts, lengths, encodings;
    uint64_t length;
    bool length_bad;
};

static enum MHD_Result on_head_field(void *arg, enum MHD_ValueKind kind, const char *name,
                                     const char *value)
{
    struct head *head = arg;
    char *end = NULL;
    (void)kind;
    head->count++;
    if (strcasecmp(name, "Host") == 0) {
        head->hosts++;
    } else if (strcasecmp(name, "Transfer-Encoding") == 0) {
        head->encodings++;
    } else if (strcasecmp(name, "Content-Length") == 0) {
        head->lengths++;
        errno = 0;
        head->length = value ? strtoull(value, &end, 10) : 0;
        head->length_bad |= !value || value[0] < '0' || value[0] > '9' || *end || errno != 0;
    }
    return MHD_YES;
}

static bool route_matches(const struct http_route *route, const char *path, const char **rest)
{
    size_t n = strlen(route->path);
    *rest = "";
    if (strcmp(route->path, path) == 0)
        return true;
    if (route->path[n - 1] != '/' || strncmp(route->path, path, n) != 0)
        return false;
    *rest = path + n;
    return true;
}

void http_request_vouch(const struct http_request *request)
{
    ((struct exchange *)request->impl)->vouched = true;
}

void http_request_caller(const struct http_request *request, const struct hash *caller)
{
    struct exchange *ex = request->impl;
    ex->has_caller = true;
    ex->caller = *caller;
}

static struct http_request request_of(struct exchange *ex, const char *method)
{
    const bool head = strcmp(method, "HEAD") == 0;
    return (struct http_request){
        .method = head ? "GET" : method,
        .head = head,
        .path = ex->target,
        .query = ex->query,
        .rest = ex->rest,
        .body = buf_slice(&ex->body),
        .peer = ex->peer,
        .woken = ex->woken,
        .last_call = ex->expired,
        .vouched = ex->vouched,
        .impl = ex,
    };
}

static void note_work(struct http_server *server, size_t bytes, int64_t us)
{
    server->work_bytes += bytes;
    server->work_us += us;
    while (server->work_us > WORK_REMEMBERED_US) {
        server->work_us /= 2;
        server->work_bytes /= 2;
    }
}

/* When the bodies that are on their way now will have been worked on, as fast as those before. */
static unsigned retry_after_s(const struct http_server *server)
{
    if (server->work_bytes == 0)
        return RETRY_AFTER_UNKNOWN_S;
    const double s =
        (double)server->bodies * (double)server->work_us / 1e6 / (double)server->work_bytes;
    return s >= RETRY_AFTER_MAX_S ? RETRY_AFTER_MAX_S : 1 + (unsigned)s;
}

/* Judges the head before anything of the body is read. False: *response says why not. */
static bool head_accepted(struct exchange *ex, const char *method, struct http_response *response)
{
    struct http_server *server = ex->server;
    struct head head = {0};
    const char *rest;
    char allowed[ALLOWED_MAX] = "";

    MHD_get_connection_values(ex->connection, MHD_HEADER_KIND, on_head_field, &head);
    if (head.count > HTTP_HEAD_FIELDS_MAX) {
        http_response_error(response, 431, "too_many_fields", "请求头超过 %d 项。",
                            HTTP_HEAD_FIELDS_MAX);
        return false;
    }
    if (head.hosts > 1 || head.lengths > 1 || (head.lengths && head.encodings) || head.length_bad) {
        http_response_error(response, 400, "bad_head",
                            "请求头 Host、Content-Length 或 Transfer-Encoding 重复、冲突或有误。");
        return false;
    }
    if (!ex->target || ex->target[0] != '/') {
        http_response_error(response, 400, "bad_target", "请求的地址有误或过长。");
        return false;
    }
    const char *asked = method;
    if (strcmp(method, "HEAD") == 0)
        method = "GET";
    for (size_t i = 0; i < server->options.route_count && !ex->route; i++) {
        const struct http_route *route = &server->options.routes[i];
        if (!route_matches(route, ex->target, &rest))
            continue;
        if (strcmp(route->method, method) == 0) {
            ex->route = route;
            ex->rest = rest;
        } else if (!strstr(allowed, route->method)) {
            size_t used = strlen(allowed);
            snprintf(allowed + used, sizeof(allowed) - used, "%s%s", used ? ", " : "",
                     route->method);
        }
    }
    if (!ex->route && *allowed) {
        http_response_error(response, 405, "method", "此地址不接受 %.16s，请用 %s。", method,
                            allowed);
        http_response_header(response, "Allow", allowed);
        return false;
    }
    if (!ex->route) {
        http_response_error(response, 404, "not_found", "没有这个地址。");
        return false;
    }
    if (head.encodings) {
        http_response_error(response, 411, "length_required", "请求须带 Content-Length。");
        return false;
    }
    if (head.length > ex->route->body_max) {
        http_response_error(response, 413, "too_large", "请求内容超过上限 %zu 字节，请分批发送。",
                            ex->route->body_max);
        return false;
    }
    const struct http_request request = request_of(ex, asked);
    if (ex->route->judge && !ex->route->judge(server->options.arg, &request, response))
        return false;
    if (head.length > BODIES_MAX - server->bodies ||
        (head.length > 0 && ex->has_caller &&
         head.length + room_of_caller(ex) > HTTP_BODIES_PER_CALLER)) {
        http_response_error(response, 503, "busy", "服务器正忙，请稍后再试。");
        char seconds[24];
        snprintf(seconds, sizeof(seconds), "%u", retry_after_s(server));
        http_response_header(response, "Retry-After", seconds);
        return false;
    }
    keep_room(ex, (size_t)head.length);
    buf_init(&ex->body, ex->reserved);
    return true;
}

static enum MHD_Result call_handler(struct exchange *ex, const char *method,
                                    struct http_response *response)
{
    const struct http_request request = request_of(ex, method);
    const int64_t begun_us = time_monotonic_us();
    enum http_outcome outcome = ex->route->handler(ex->server->options.arg, &request, response);
    const int64_t worked_us = time_monotonic_us() - begun_us;
    ex->worked_us += worked_us;
    if (ex->body.n)
        note_work(ex->server, ex->body.n, worked_us);
    if (outcome == HTTP_PARK && !ex->expired) {
        CHECK(ex->header_count == 0 && response->body.n == 0);
        park(ex, response->park_ms, response->park_note);
        response->park_note = NULL;
        return MHD_YES;
    }
    CHECK(outcome == HTTP_ANSWER);
    return queue(ex, response);
}

static enum MHD_Result on_access(void *arg, struct MHD_Connection *connection, const char *url,
                                 const char *method, const char *version, const char *data,
                                 size_t *data_size, void **context)
{
    struct http_server *server = arg;
    struct exchange *ex = *context;
    struct http_response response = {.status = 200, .impl = ex};
    enum MHD_Result result = MHD_YES;
    (void)url;
    (void)version;

    CHECK(ex != NULL && ex->server == server);
    buf_init(&response.body, RESPONSE_MAX);
    ex->connection = connection;
    if (server->stopping) {
        http_response_error(&response, 503, "stopping", "服务器正在停止，请稍后再试。");
        ex->close = true;
        if (*data_size == 0)
            result = queue(ex, &response);
        else
            result = MHD_NO;
    } else if (!ex->judged) {
        ex->judged = true;
        ex->close = !head_accepted(ex, method, &response);
        if (ex->close)
            result = queue(ex, &response);
    } else if (*data_size > 0) {
        buf_put(&ex->body, data, *data_size);
        *data_size = 0;
        note_fed(ex);
        if (!buf_ok(&ex->body)) /* MHD holds to Content-Length; this would be its mistake */
            result = MHD_NO;
    } else {
        result = call_handler(ex, method, &response);
    }
    buf_release(&response.body);
    return result;
}

/* The raw request target, before MHD decodes percent signs: signatures cover it as it was sent. */
static void *on_target(void *arg, const char *target, struct MHD_Connection *connection)
{
    struct exchange *ex = mem_zero_alloc(1, sizeof(*ex));
    ex->server = arg;
    ex->connection = connection;
    ex->query = ex->rest = "";
    ex->begun_us = time_monotonic_us();
    buf_init(&ex->body, 0);
    if (strlen(target) <= HTTP_TARGET_MAX) {
        ex->target = mem_strdup(target);
        char *mark = strchr(ex->target, '?');
        if (mark) {
            *mark = 0;
            ex->query = mark + 1;
        }
    }
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    const struct sockaddr *address = info ? info->client_addr : NULL;
    if (address && address->sa_family == AF_INET)
        inet_ntop(AF_INET, &((const struct sockaddr_in *)address)->sin_addr, ex->peer,
                  sizeof(ex->peer));
    else if (address && address->sa_family == AF_INET6)
        inet_ntop(AF_INET6, &((const struct sockaddr_in6 *)address)->sin6_addr, ex->peer,
                  sizeof(ex->peer));
    return ex;
}

static void tell_done(const struct exchange *ex, bool complete)
{
    const struct http_done done = {
        .route = ex->route,
        .status = ex->status,
        .bytes_in = ex->body.n,
        .bytes_out = ex->bytes_out,
        .took_us = time_monotonic_us() - ex->begun_us - ex->parked_us,
        .worked_us = ex->worked_us,
        .parked = ex->parked_since_us != 0,
        .complete = complete,
    };
    ex->server->options.done(ex->server->options.arg, &done);
}

static void on_completed(void *arg, struct MHD_Connection *connection, void **context,
                         enum MHD_RequestTerminationCode why)
{
    const struct http_server *server = arg;
    struct exchange *ex = *context;
    (void)connection;
    *context = NULL;
    if (!ex)
        return;
    if (why != MHD_REQUEST_TERMINATED_COMPLETED_OK && ex->route && ex->route->cut && ex->judged &&
        !ex->answered && ex->body.n > 0) {
        const struct http_request request = request_of(ex, ex->route->method);
        struct http_response scratch = {.status = 200, .impl = ex};
        buf_init(&scratch.body, RESPONSE_MAX);
        ex->route->cut(ex->server->options.arg, &request, &scratch);
        buf_release(&scratch.body);
    }
    if (server->options.done)
        tell_done(ex, why == MHD_REQUEST_TERMINATED_COMPLETED_OK);
    exchange_free(ex);
}

static void on_log(void *arg, const char *format, va_list args)
{
    char text[512];
    (void)arg;
    vsnprintf(text, sizeof(text), format, args);
    text[strcspn(text, "\n")] = 0;
    diag_debug("http", "%s", text);
}

/* ---- the server on the loop ---- */

static void run(struct http_server *server);

static void on_poll(uv_poll_t *handle, int status, int events)
{
    (void)status;
    (void)events;
    run(handle->data);
}

static void on_timer(uv_timer_t *handle)
{
    run(handle->data);
}

static void run(struct http_server *server)
{
    MHD_UNSIGNED_LONG_LONG timeout_ms;
    if (server->stopping)
        return;
    server->soon = false;
    MHD_run(server->daemon);
    end_broken_bodies(server);
    /* At its connection limit MHD stops accepting, and takes that up again only in the run after
     * the one that freed a connection. */
    const unsigned connections =
        MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_CURRENT_CONNECTIONS)->num_connections;
    const bool freed = connections < server->connections;
    server->connections = connections;
    /* What a handler has resumed, MHD's timeout does not know of. */
    if (freed || server->soon)
        uv_timer_start(&server->timer, on_timer, 0, 0);
    else if (MHD_get_timeout(server->daemon, &timeout_ms) == MHD_YES)
        uv_timer_start(&server->timer, on_timer, timeout_ms, 0);
    else
        uv_timer_stop(&server->timer);
}

static void run_soon(struct http_server *server)
{
    server->soon = true;
    uv_timer_start(&server->timer, on_timer, 0, 0);
}

void http_server_wake(struct http_server *server, http_wants *wants, void *arg)
{
    struct exchange *next;
    for (struct exchange *ex = server->parked; ex; ex = next) {
        next = ex->next;
        if (!wants || !ex->note || wants(arg, ex->note)) {
            unpark(ex);
            run_soon(server);
        }
    }
}

size_t http_server_parked(const struct http_server *server)
{
    return server->parked_count;
}

unsigned http_server_connections(const struct http_server *server)
{
    return server->connections;
}

uint16_t http_server_port(const struct http_server *server)
{
    return server->port;
}

static enum status listen_at(const char *address, uint16_t *port, int *out, struct error *err)
{
    struct sockaddr_storage any = {0};
    struct sockaddr_in *four = (struct sockaddr_in *)&any;
    struct sockaddr_in6 *six = (struct sockaddr_in6 *)&any;
    socklen_t n;
    const int yes = 1;

    if (inet_pton(AF_INET, address, &four->sin_addr) == 1) {
        any.ss_family = AF_INET;
        four->sin_port = htons(*port);
        n = sizeof(*four);
    } else if (inet_pton(AF_INET6, address, &six->sin6_addr) == 1) {
        any.ss_family = AF_INET6;
        six->sin6_port = htons(*port);
        n = sizeof(*six);
    } else {
        return error_set(err, ST_USAGE, "监听地址 %s 不是数字形式的 IP 地址", address);
    }
    int fd = socket(any.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd >= 0)
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
    if (fd < 0 || bind(fd, (struct sockaddr *)&any, n) != 0 || listen(fd, 511) != 0 ||
        getsockname(fd, (struct sockaddr *)&any, &n) != 0) {
        enum status st =
            error_set(err, ST_IO, "不能在 %s 端口 %u 上监听: %s", address, *port, strerror(errno));
        if (fd >= 0)
            close(fd);
        return st;
    }
    *port = ntohs(any.ss_family == AF_INET ? four->sin_port : six->sin6_port);
    *out = fd;
    return ST_OK;
}

enum status http_server_start(struct loop *loop, const struct http_options *options,
                              struct http_server **out, struct error *err)
{
    struct http_server *server = mem_zero_alloc(1, sizeof(*server));
    struct MHD_OptionItem items[16];
    size_t n = 0;
    int fd = -1;
    unsigned flags = MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG;

    *out = NULL;
    server->options = *options;
    server->loop = loop;
    server->port = options->port;
    enum status st = listen_at(options->address, &server->port, &fd, err);
    if (st != ST_OK) {
        mem_free(server);
        return st;
    }
#define ITEM(option, number, pointer)                 \
    items[n++] = (struct MHD_OptionItem)              \
    {                                                 \
        option, (intptr_t)(number), (void *)(pointer) \
    }
    if (options->tls_cert_pem) {
        flags |= MHD_USE_TLS;
        ITEM(MHD_OPTION_HTTPS_MEM_CERT, 0, options->tls_cert_pem);
        ITEM(MHD_OPTION_HTTPS_MEM_KEY, 0, options->tls_key_pem);
    }
    ITEM(MHD_OPTION_LISTEN_SOCKET, fd, NULL);
    ITEM(MHD_OPTION_STRICT_FOR_CLIENT, 1, NULL);
    ITEM(MHD_OPTION_CONNECTION_LIMIT,
         options->connections_max ? options->connections_max : CONNECTIONS_DEFAULT, NULL);
    ITEM(MHD_OPTION_PER_IP_CONNECTION_LIMIT, options->per_address_max, NULL);
    ITEM(MHD_OPTION_CONNECTION_TIMEOUT, options->timeout_s ? options->timeout_s : TIMEOUT_DEFAULT_S,
         NULL);
    ITEM(MHD_OPTION_CONNECTION_MEMORY_LIMIT, POOL_BYTES, NULL);
    ITEM(MHD_OPTION_NOTIFY_COMPLETED, (intptr_t)on_completed, server);
    ITEM(MHD_OPTION_URI_LOG_CALLBACK, (intptr_t)on_target, server);
    ITEM(MHD_OPTION_SIGPIPE_HANDLED_BY_APP, 1, NULL);
    ITEM(MHD_OPTION_END, 0, NULL);
#undef ITEM
    server->daemon =
        MHD_start_daemon(flags, 0, NULL, NULL, on_access, server, MHD_OPTION_EXTERNAL_LOGGER,
                         on_log, server, MHD_OPTION_ARRAY, items, MHD_OPTION_END);
    if (!server->daemon) {
        close(fd);
        mem_free(server);
        return error_set(err, ST_IO, "HTTP 服务无法启动%s",
                         options->tls_cert_pem ? "，请检查 TLS 证书和私钥文件" : "");
    }
    const union MHD_DaemonInfo *info =
        MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_EPOLL_FD);
    CHECK(info != NULL);
    CHECK(uv_poll_init(loop_uv(loop), &server->poll, info->epoll_fd) == 0);
    CHECK(uv_timer_init(loop_uv(loop), &server->timer) == 0);
    CHECK(uv_timer_init(loop_uv(loop), &server->deadline) == 0);
    server->poll.data = server->timer.data = server->deadline.data = server;
    server->handles_open = 3;
    CHECK(uv_poll_start(&server->poll, UV_READABLE, on_poll) == 0);
    run_soon(server);
    *out = server;
    return ST_OK;
}

static void on_handle_closed(uv_handle_t *handle)
{
    struct http_server *server = handle->data;
    if (--server->handles_open == 0)
        mem_free(server);
}

void http_server_stop(struct http_server *server)
{
    if (!server)
        return;
    server->stopping = true;
    while (server->parked)
        unpark(server->parked);
    MHD_run(server->daemon); /* resumed connections get their answer before the daemon goes */
    MHD_run(server->daemon);
    uv_poll_stop(&server->poll);
    MHD_stop_daemon(server->daemon); /* closes the listening socket too */
    uv_close((uv_handle_t *)&server->poll, on_handle_closed);
    uv_close((uv_handle_t *)&server->timer, on_handle_closed);
    uv_close((uv_handle_t *)&server->deadline, on_handle_closed);
}
