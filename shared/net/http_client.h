/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * http_client: HTTP requests on a libuv loop; the only door to libcurl.
 *
 * Outside this machine only https is spoken. A server is verified by the system's CAs, or, when
 * pins are given, by one of its SPKI pins alone (an invite names them), so that dead clocks and
 * private certificates do no harm. Certificate authorities of one's own come from a file named in
 * HUCE_CA_FILE, proxies from the environment (https_proxy, no_proxy).
 *
 * An answer counts when it is whole: a connection that ends within its head, or before all of the
 * body that the head announces, is a dropped line.
 */
#ifndef SHARED_NET_HTTP_CLIENT_H
#define SHARED_NET_HTTP_CLIENT_H

#include <uv.h>

#include "shared/base/buf.h"
#include "shared/base/status.h"
#include "shared/crypto/hash.h"

#define HTTP_CLIENT_BODY_MAX (8 * 1024 * 1024)
#define HTTP_CLIENT_HEADERS_MAX 8
#define HTTP_RETRY_AFTER_MAX_S 86400

struct http_client;
struct http_call;

struct http_call_options {
    const char *method; /* "GET", "POST", "PATCH", "HEAD" */
    const char *url;
    struct slice body; /* must live until done is called */
    size_t header_count;
    const char *headers[HTTP_CLIENT_HEADERS_MAX]; /* "Name: value"; copied */
    const struct hash *pins;                      /* copied */
    size_t pin_count;
    bool sealed;        /* what travels is sealed by itself: any http:// will do */
    unsigned timeout_s; /* of the whole exchange; 0: 300 */
    bool quiet;         /* silence is no sign of a dead line: the peer answers when it likes */
    const char *capture_header; /* an answer header to keep, static text, or NULL */
    const char *also_header;    /* another one */
};

struct http_result {
    enum status status; /* ST_OK: an answer of any code came; else the text is in error */
    struct error error;
    long code;
    bool connected;        /* the line was there, whatever became of it */
    struct slice body;     /* valid during the callback; where the line broke, what came by then */
    char captured[256];    /* value of capture_header, "" when absent */
    char also[64];         /* of also_header, likewise */
    int64_t date_s;        /* the server's clock (header Date), seconds since 1970; 0: not told */
    char content_type[64]; /* "" when it is not told */
    int64_t retry_after_s; /* asked for by the server, a day at most; 0: not asked for */
};

typedef void http_done(void *arg, const struct http_result *result);

MUST_USE enum status http_client_open(uv_loop_t *loop, struct http_client **out, struct error *err);
/* Cancels what is under way without calling back; freed once the loop has run its close callbacks.
 * NULL allowed. */
void http_client_close(struct http_client *client);

/* done is called exactly once, from the loop, never from inside this function; unless cancelled. */
MUST_USE enum status http_start(struct http_client *client, const struct http_call_options *options,
                                http_done *done, void *arg, struct http_call **out,
                                struct error *err);
void http_cancel(struct http_call *call); /* done is not called any more */

/* "name" or "name:port" as in a Host header, and the path of the url without its last '/'. */
MUST_USE enum status http_url_split(const char *url, char *authority, size_t authority_size,
                                    char *path, size_t path_size, struct error *err);
/* May this url be used: https anywhere, http on this machine only. */
MUST_USE enum status http_url_check(const char *url, struct error *err);

#endif
