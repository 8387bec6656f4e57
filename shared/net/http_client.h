/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * http_client: HTTP requests on a libuv loop; the only door to libcurl.
 *
 * Outside this machine only https is spoken. A server is verified by the system's CAs, or, when
 * pins are given, by one of its SPKI pins alone (an invite names them), so that dead clocks and
 * private certificates do no harm. Proxies come from the environment (https_proxy, no_proxy).
 */
#ifndef SHARED_NET_HTTP_CLIENT_H
#define SHARED_NET_HTTP_CLIENT_H

#include <uv.h>

#include "shared/base/buf.h"
#include "shared/base/status.h"
#include "shared/crypto/hash.h"

#define HTTP_CLIENT_BODY_MAX (8 * 1024 * 1024)
#define HTTP_CLIENT_HEADERS_MAX 8

struct http_client;
struct http_call;

struct http_call_options {
    const char *method; /* "GET", "POST" */
    const char *url;
    struct slice body; /* must live until done is called */
    size_t header_count;
    const char *headers[HTTP_CLIENT_HEADERS_MAX]; /* "Name: value"; copied */
    const struct hash *pins;                      /* copied */
    size_t pin_count;
    unsigned timeout_s;         /* of the whole exchange; 0: 300 */
    const char *capture_header; /* an answer header to keep, static text, or NULL */
};

struct http_result {
    enum status status; /* ST_OK: an answer of any code came; else the text is in error */
    struct error error;
    long code;
    struct slice body;  /* valid during the callback */
    char captured[256]; /* value of capture_header, "" when absent */
    int64_t date_s;     /* the server's clock (header Date), seconds since 1970; 0: not told */
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
