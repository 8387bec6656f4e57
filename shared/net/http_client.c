/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * http_client: curl's multi interface driven by libuv.
 *
 * Happy path: http_start adds an easy handle; curl asks for a timer and for sockets to be watched;
 * when one of them fires, curl does its work (curl_multi_socket_action) and finished transfers are
 * reaped. Failure modes: a socket error is handed to curl as such; every action, also that of the
 * timer, is followed by reaping, because a transfer may end in either.
 *
 * Curl is never called from inside its own callbacks: those only start and stop libuv handles.
 */
#include "shared/net/http_client.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/base/check.h"
#include "shared/base/mem.h"
#include "shared/codec/hex.h"
#include "shared/net/http_server.h"

#define CONNECT_TIMEOUT_S 20
#define STALL_S 60 /* below 1 byte/s for so long: the line is dead */
#define PORTAL_HINT "。如果这个网络要先登录，请先用浏览器打开任意网页登录"

struct http_client {
    uv_loop_t *loop;
    uv_timer_t timer;
    CURLM *multi; /* NULL: closed */
    bool closing;
    struct http_call *calls;
};

struct http_call {
    struct http_client *client;
    struct http_call *next, **link;
    CURL *easy;
    struct curl_slist *headers;
    struct buf body;
    struct slice unsent; /* of a PATCH */
    http_done *done;
    void *arg;
    const char *capture_header, *also_header;
    bool head_whole; /* the empty line behind the head has come */
    char retry_after[64];
    struct http_result result;
    char curl_error[CURL_ERROR_SIZE];
};

struct watch {
    uv_poll_t poll;
    struct http_client *client;
    curl_socket_t socket;
};

/* ---- urls ---- */

static enum status split(const char *url, char **scheme, char **host, char **port, char **path,
                         struct error *err)
{
    CURLU *u = curl_url();
    *scheme = *host = *port = *path = NULL;
    bool ok = u && curl_url_set(u, CURLUPART_URL, url, 0) == CURLUE_OK &&
              curl_url_get(u, CURLUPART_SCHEME, scheme, 0) == CURLUE_OK &&
              curl_url_get(u, CURLUPART_HOST, host, 0) == CURLUE_OK &&
              curl_url_get(u, CURLUPART_PATH, path, 0) == CURLUE_OK;
    if (ok)
        (void)curl_url_get(u, CURLUPART_PORT, port, 0);
    curl_url_cleanup(u);
    return ok ? ST_OK : error_set(err, ST_INVALID, "服务器地址写得不对：%s", url);
}

/* By number, or by the one name that means nothing else: "127.0.0.1.example" is somebody's server.
 */
static bool is_loopback(const char *host)
{
    char number[64];
    size_t n = strlen(host);
    if (n > 2 && n < sizeof(number) && host[0] == '[' && host[n - 1] == ']') {
        snprintf(number, sizeof(number), "%.*s", (int)(n - 2), host + 1);
        host = number;
    }
    return strcmp(host, "localhost") == 0 || http_address_loopback(host);
}

enum status http_url_check(const char *url, struct error *err)
{
    char *scheme, *host, *port, *path;
    enum status st = split(url, &scheme, &host, &port, &path, err);
    if (st == ST_OK && strcmp(scheme, "https") != 0 &&
        !(strcmp(scheme, "http") == 0 && is_loopback(host)))
        st = error_set(err, ST_REFUSED, "服务器地址必须是 https:// 开头：%s", url);
    curl_free(scheme);
    curl_free(host);
    curl_free(port);
    curl_free(path);
    return st;
}

enum status http_url_split(const char *url, char *authority, size_t authority_size, char *out_path,
                           size_t path_size, struct error *err)
{
    char *scheme, *host, *port, *path;
    enum status st = split(url, &scheme, &host, &port, &path, err);
    if (st == ST_OK) {
        bool standard = !port || strcmp(port, strcmp(scheme, "https") == 0 ? "443" : "80") == 0;
        int n = snprintf(authority, authority_size, "%s%s%s", host, standard ? "" : ":",
                         standard ? "" : port);
        size_t length = strlen(path);
        while (length > 0 && path[length - 1] == '/')
            length--;
        int m = snprintf(out_path, path_size, "%.*s", (int)length, path);
        if (n < 0 || (size_t)n >= authority_size || m < 0 || (size_t)m >= path_size)
            st = error_set(err, ST_INVALID, "服务器地址太长");
    }
    curl_free(scheme);
    curl_free(host);
    curl_free(port);
    curl_free(path);
    return st;
}

/* ---- ending a call ---- */

static void call_unlink(struct http_call *call)
{
    *call->link = call->next;
    if (call->next)
        call->next->link = call->link;
}

static void call_free(struct http_call *call)
{
    curl_easy_cleanup(call->easy);
    curl_slist_free_all(call->headers);
    buf_release(&call->body);
    mem_free(call);
}

static void describe(struct http_call *call, CURLcode code)
{
    struct error *err = &call->result.error;
    const char *detail = call->curl_error[0] ? call->curl_error : curl_easy_strerror(code);
    enum status st = ST_UNREACHABLE;
    long refused = 0; /* by a proxy that was to lead there */
    curl_easy_getinfo(call->easy, CURLINFO_HTTP_CONNECTCODE, &refused);
    if (code != CURLE_OK && refused / 100 > 2) {
        error_set(err, st,
                  refused == 407 ? "代理服务器要求登录（407）：请在 https_proxy 里写上用户名和密码"
                                 : "代理服务器没有接通（%ld）：请检查 https_proxy",
                  refused);
        call->result.status = st;
        return;
    }
    switch (code) {
    case CURLE_OK: /* to curl a head may end with the connection; then it is not known what it lacks
                    */
        if (call->head_whole)
            st = ST_OK;
        else
            error_set(err, st, "服务器的回答没有收完，线路断了");
        break;
    case CURLE_PARTIAL_FILE:
        error_set(err, st, "服务器的回答没有收完，线路断了");
        break;
    case CURLE_SSL_PINNEDPUBKEYNOTMATCH:
        error_set(err, st, "服务器的证书与登记的不符，没有发送任何数据" PORTAL_HINT);
        break;
    case CURLE_PEER_FAILED_VERIFICATION:
        error_set(err, st, "服务器的证书没有通过验证，没有发送任何数据（%s）" PORTAL_HINT, detail);
        break;
    case CURLE_SSL_CACERT_BADFILE:
        error_set(err, st, "HUCE_CA_FILE 指的证书文件读不出来：%s", getenv("HUCE_CA_FILE"));
        break;
    case CURLE_COULDNT_RESOLVE_PROXY:
        error_set(err, st, "找不到代理服务器：请检查 https_proxy");
        break;
    case CURLE_SEND_FAIL_REWIND:
        error_set(err, st, "连接断了");
        break;
    case CURLE_WRITE_ERROR:
        error_set(err, st, "服务器的回答太大");
        break;
    case CURLE_OPERATION_TIMEDOUT:
        error_set(err, st, "服务器没有及时回答，网络可能不通（%s）", detail);
        break;
    default:
        error_set(err, st, "连不上服务器（%s）", detail);
    }
    call->result.status = st;
}

/* Retry-After: seconds, or a date by the server's own clock. */
static int64_t retry_after_s(const char *text, int64_t server_s)
{
    char *end;
    if (!text[0])
        return 0;
    int64_t s = strtoll(text, &end, 10);
    if (*end) {
        int64_t date_s = (int64_t)curl_getdate(text, NULL);
        s = date_s > 0 && server_s ? date_s - server_s : 0;
    }
    return s < 0 ? 0 : s > HTTP_RETRY_AFTER_MAX_S ? HTTP_RETRY_AFTER_MAX_S : s;
}

/* A callback may start another call, or close the client: then multi is gone. */
/* Did it get as far as a request? */
static bool was_connected(CURL *easy)
{
    long sent_bytes = 0;
    curl_easy_getinfo(easy, CURLINFO_REQUEST_SIZE, &sent_bytes);
    return sent_bytes > 0;
}

static void reap(struct http_client *client)
{
    CURLMsg *message;
    int left;
    while (client->multi && (message = curl_multi_info_read(client->multi, &left))) {
        if (message->msg != CURLMSG_DONE)
            continue;
        CURL *easy = message->easy_handle;
        CURLcode code = message->data.result; /* gone after removing the handle */
        struct http_call *call = NULL;
        curl_easy_getinfo(easy, CURLINFO_PRIVATE, (char **)&call);
        curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &call->result.code);
        call->result.connected = was_connected(easy);
        curl_multi_remove_handle(client->multi, easy);
        describe(call, code);
        call->result.retry_after_s = retry_after_s(call->retry_after, call->result.date_s);
        call->result.body = buf_slice(&call->body);
        call_unlink(call);
        call->done(call->arg, &call->result);
        call_free(call);
    }
}

/* ---- curl asks, libuv watches ---- */

static void on_timer(uv_timer_t *timer)
{
    struct http_client *client = timer->data;
    int running;
    curl_multi_socket_action(client->multi, CURL_SOCKET_TIMEOUT, 0, &running);
    reap(client);
}

static int want_timer(CURLM *multi, long timeout_ms, void *arg)
{
    struct http_client *client = arg;
    (void)multi;
    if (timeout_ms < 0)
        uv_timer_stop(&client->timer);
    else
        uv_timer_start(&client->timer, on_timer, (uint64_t)timeout_ms, 0);
    return 0;
}

static void on_socket(uv_poll_t *poll, int status, int events)
{
    struct watch *watch = poll->data;
    struct http_client *client = watch->client;
    int running, flags = 0;
    if (status < 0)
        flags = CURL_CSELECT_ERR;
    if (events & UV_READABLE)
        flags |= CURL_CSELECT_IN;
    if (events & UV_WRITABLE)
        flags |= CURL_CSELECT_OUT;
    curl_multi_socket_action(client->multi, watch->socket, flags, &running);
    reap(client);
}

static void watch_closed(uv_handle_t *handle)
{
    mem_free(handle->data);
}

static int want_socket(CURL *easy, curl_socket_t socket, int what, void *arg, void *known)
{
    struct http_client *client = arg;
    struct watch *watch = known;
    (void)easy;
    if (what == CURL_POLL_REMOVE) {
        if (watch) {
            if (!client->closing)
                curl_multi_assign(client->multi, socket, NULL);
            uv_poll_stop(&watch->poll);
            uv_close((uv_handle_t *)&watch->poll, watch_closed);
        }
        return 0;
    }
    if (!watch) {
        watch = mem_zero_alloc(1, sizeof(*watch));
        watch->client = client;
        watch->socket = socket;
        if (uv_poll_init_socket(client->loop, &watch->poll, socket) != 0) {
            mem_free(watch);
            return -1;
        }
        watch->poll.data = watch;
        curl_multi_assign(client->multi, socket, watch);
    }
    int events = (what & CURL_POLL_IN ? UV_READABLE : 0) | (what & CURL_POLL_OUT ? UV_WRITABLE : 0);
    if (events)
        uv_poll_start(&watch->poll, events, on_socket);
    else
        uv_poll_stop(&watch->poll);
    return 0;
}

/* ---- what goes out, once ---- */

/* Curl sends a request again by itself when a connection that had been used before breaks. What a
 * PATCH says of a place would be wrong by then: a body that cannot be rewound is never sent twice.
 */
static size_t on_read(char *p, size_t size, size_t n, void *arg)
{
    struct http_call *call = arg;
    const size_t room = size * n, part = call->unsent.n < room ? call->unsent.n : room;
    if (part)
        memcpy(p, call->unsent.p, part);
    call->unsent = slice_of(call->unsent.p + part, call->unsent.n - part);
    return part;
}

/* ---- what comes in ---- */

static size_t on_body(char *p, size_t size, size_t n, void *arg)
{
    struct http_call *call = arg;
    buf_put(&call->body, p, size * n);
    return buf_ok(&call->body) ? size * n : 0;
}

/* Is this line the header of that name? Its value, without white space around it, to out. */
static bool header_value(struct slice line, const char *name, char *out, size_t size)
{
    const char *p = (const char *)line.p;
    size_t length = strlen(name);
    if (line.n <= length || p[length] != ':' || strncasecmp(p, name, length) != 0)
        return false;
    const char *value = p + length + 1, *end = p + line.n;
    while (value < end && (*value == ' ' || *value == '\t'))
        value++;
    while (end > value && (end[-1] == '\r' || end[-1] == '\n' || end[-1] == ' '))
        end--;
    snprintf(out, size, "%.*s", (int)(end - value), value);
    return true;
}

static size_t on_header(char *p, size_t size, size_t n, void *arg)
{
    struct http_call *call = arg;
    const struct slice line = slice_of(p, size * n);
    char date[64];
    if (line.n > 5 && memcmp(line.p, "HTTP/", 5) == 0) { /* of the proxy, a 100, or the answer */
        call->head_whole = false;
        call->result.content_type[0] = call->retry_after[0] = '\0';
    }
    if (line.n <= 2 && line.n > 0 && line.p[line.n - 1] == '\n')
        call->head_whole = true;
    header_value(line, "Content-Type", call->result.content_type,
                 sizeof(call->result.content_type));
    header_value(line, "Retry-After", call->retry_after, sizeof(call->retry_after));
    if (call->capture_header)
        header_value(line, call->capture_header, call->result.captured,
                     sizeof(call->result.captured));
    if (call->also_header)
        header_value(line, call->also_header, call->result.also, sizeof(call->result.also));
    if (header_value(line, "Date", date, sizeof(date))) {
        time_t seconds = curl_getdate(date, NULL);
        call->result.date_s = seconds > 0 ? (int64_t)seconds : 0;
    }
    return line.n;
}

/* ---- life ---- */

enum status http_client_open(uv_loop_t *loop, struct http_client **out, struct error *err)
{
    static bool started;
    *out = NULL;
    if (!started && curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        return error_set(err, ST_IO, "网络组件（curl）不能启动");
    started = true;
    struct http_client *client = mem_zero_alloc(1, sizeof(*client));
    client->loop = loop;
    client->multi = curl_multi_init();
    CHECK(client->multi != NULL);
    CHECK(uv_timer_init(loop, &client->timer) == 0);
    client->timer.data = client;
    curl_multi_setopt(client->multi, CURLMOPT_SOCKETFUNCTION, want_socket);
    curl_multi_setopt(client->multi, CURLMOPT_SOCKETDATA, client);
    curl_multi_setopt(client->multi, CURLMOPT_TIMERFUNCTION, want_timer);
    curl_multi_setopt(client->multi, CURLMOPT_TIMERDATA, client);
    *out = client;
    return ST_OK;
}

static void client_closed(uv_handle_t *handle)
{
    mem_free(handle->data);
}

void http_client_close(struct http_client *client)
{
    if (!client)
        return;
    while (client->calls)
        http_cancel(client->calls);
    client->closing = true;
    curl_multi_cleanup(client->multi);
    client->multi = NULL;
    uv_timer_stop(&client->timer);
    uv_close((uv_handle_t *)&client->timer, client_closed);
}

static void set_trust(CURL *easy, const struct http_call_options *options)
{
    const char *authorities = getenv("HUCE_CA_FILE");
    if (authorities && authorities[0])
        curl_easy_setopt(easy, CURLOPT_CAINFO, authorities);
    if (options->pin_count == 0)
        return;
    struct buf pins;
    buf_init(&pins, 4096);
    for (size_t i = 0; i < options->pin_count; i++) {
        buf_put_str(&pins, i ? ";sha256//" : "sha256//");
        base64_encode(hash_slice(&options->pins[i]), &pins);
    }
    curl_easy_setopt(easy, CURLOPT_PINNEDPUBLICKEY, buf_cstr(&pins));
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 0L);
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 0L);
    buf_release(&pins);
}

static void set_options(struct http_call *call, const struct http_call_options *options)
{
    CURL *easy = call->easy;
    bool local = strncmp(options->url, "http://", 7) == 0; /* checked: this machine only */
    curl_easy_setopt(easy, CURLOPT_URL, options->url);
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, local ? "http" : "https");
    if (local)
        curl_easy_setopt(easy, CURLOPT_NOPROXY, "*");
    curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT, (long)CONNECT_TIMEOUT_S);
    curl_easy_setopt(easy, CURLOPT_TIMEOUT, options->timeout_s ? (long)options->timeout_s : 300L);
    if (!options->quiet) { /* looks once a second */
        curl_easy_setopt(easy, CURLOPT_LOW_SPEED_LIMIT, 1L);
        curl_easy_setopt(easy, CURLOPT_LOW_SPEED_TIME, (long)STALL_S);
    }
    curl_easy_setopt(easy, CURLOPT_PRIVATE, (char *)call);
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, call->curl_error);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, call);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, call);
    call->headers = curl_slist_append(NULL, "Expect:");
    call->headers = curl_slist_append(call->headers, "Accept:");
    for (size_t i = 0; i < options->header_count; i++)
        call->headers = curl_slist_append(call->headers, options->headers[i]);
    if (strcmp(options->method, "HEAD") == 0) {
        curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
    } else if (strcmp(options->method, "PATCH") == 0) {
        call->unsent = options->body;
        curl_easy_setopt(easy, CURLOPT_POST, 1L);
        curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, options->method);
        curl_easy_setopt(easy, CURLOPT_READFUNCTION, on_read);
        curl_easy_setopt(easy, CURLOPT_READDATA, call);
        curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)options->body.n);
    } else if (strcmp(options->method, "GET") != 0) {
        curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, options->method);
        curl_easy_setopt(easy, CURLOPT_POST, 1L);
        curl_easy_setopt(easy, CURLOPT_POSTFIELDS,
                         options->body.n ? (const char *)options->body.p : "");
        curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)options->body.n);
    }
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, call->headers);
    set_trust(easy, options);
}

enum status http_start(struct http_client *client, const struct http_call_options *options,
                       http_done *done, void *arg, struct http_call **out, struct error *err)
{
    enum status st = options->sealed ? ST_OK : http_url_check(options->url, err);
    if (st != ST_OK)
        return st;
    CHECK(options->header_count <= HTTP_CLIENT_HEADERS_MAX);
    struct http_call *call = mem_zero_alloc(1, sizeof(*call));
    call->client = client;
    call->done = done;
    call->arg = arg;
    call->capture_header = options->capture_header;
    call->also_header = options->also_header;
    buf_init(&call->body, HTTP_CLIENT_BODY_MAX);
    call->easy = curl_easy_init();
    CHECK(call->easy != NULL);
    call->next = client->calls;
    call->link = &client->calls;
    if (call->next)
        call->next->link = &call->next;
    client->calls = call;
    set_options(call, options);
    CHECK(curl_multi_add_handle(client->multi, call->easy) == CURLM_OK);
    if (out)
        *out = call;
    return ST_OK;
}

void http_cancel(struct http_call *call)
{
    curl_multi_remove_handle(call->client->multi, call->easy);
    call_unlink(call);
    call_free(call);
}
