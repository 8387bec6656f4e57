/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * http_server: HTTP/1.1 on a loop; the only door to libmicrohttpd.
 *
 * A table of routes names handlers. A handler gets a complete request (head and whole body, both
 * within stated limits) and fills a response; it runs on the loop's thread and does not block for
 * long. Unknown paths answer 404, known paths with another method 405, bodies above the route's
 * maximum 413 before they are read, bodies without Content-Length (chunked) 411, and a doubled
 * Content-Length or Host, or Transfer-Encoding beside Content-Length, 400. Errors are JSON:
 *
 *     {"error":{"code":"too_large","text":"…"}}
 *
 * Long-polls: a handler that has nothing to say yet returns HTTP_PARK, and may leave a note of what
 * it waits for. It is called again when somebody calls http_server_wake for something of that kind,
 * and finally with request->last_call when its time is over.
 */
#ifndef SHARED_NET_HTTP_SERVER_H
#define SHARED_NET_HTTP_SERVER_H

#include "shared/base/buf.h"
#include "shared/base/status.h"
#include "shared/crypto/hash.h"
#include "shared/net/loop.h"

#define HTTP_BODY_MAX (8 * 1024 * 1024)
#define HTTP_BODIES_PER_CALLER ((size_t)2 * HTTP_BODY_MAX)
#define HTTP_TARGET_MAX 8192
#define HTTP_HEAD_FIELDS_MAX 64
#define HTTP_PARK_MAX_MS 55000

struct http_server;

struct http_request {
    const char *method; /* HEAD arrives as "GET" */
    bool head;          /* and is one */
    const char *path;   /* as in the request line, not percent-decoded; begins with '/' */
    const char *query;  /* after '?', "" when there is none */
    const char *rest;   /* of path, after the route's path (prefix routes); else "" */
    struct slice body;
    const char *peer; /* "127.0.0.1" */
    bool woken;       /* a parked request being called again */
    bool last_call;   /* its time is over: it must be answered now */
    bool vouched;     /* its route's judge has vouched for the head */
    void *impl;
};

/* Value of a header (any case), NULL when absent. Valid during the call. */
const char *http_request_header(const struct http_request *request, const char *name);
/* Value of the n-th (from 0) query parameter of this name, percent-decoded into out; false when
 * absent or longer than size - 1. */
bool http_request_param(const struct http_request *request, const char *name, size_t n, char *out,
                        size_t size);

/* Whether the parameter is there at all, readable or not. */
bool http_request_has_param(const struct http_request *request, const char *name);

struct http_response {
    unsigned status;          /* 200 at the start */
    const char *content_type; /* static text; NULL: none */
    struct buf body;          /* initialised, at most 64 MiB */
    struct slice fixed;       /* instead of body: static bytes that are not copied (p != NULL) */
    unsigned park_ms;         /* with HTTP_PARK at the first call: at most HTTP_PARK_MAX_MS */
    void *park_note;          /* with HTTP_PARK: of mem_alloc, the server's from then on; or NULL */
    void *impl;
};

/* Adds a header; name and value are copied. A value with control characters is dropped. */
void http_response_header(struct http_response *response, const char *name, const char *value);
/* Replaces the body with {"error":{"code":…,"text":…}}. */
void http_response_error(struct http_response *response, unsigned status, const char *code,
                         const char *format, ...) PRINTF_LIKE(4, 5);

enum http_outcome { HTTP_ANSWER, HTTP_PARK };
typedef enum http_outcome http_handler(void *arg, const struct http_request *request,
                                       struct http_response *response);

/* Judges a request by its head, before anything of its body is read or room is kept for it; called
 * with an empty body. False: *response says why not, and the connection ends. */
typedef bool http_judge(void *arg, const struct http_request *request,
                        struct http_response *response);
/* For a judge that need not look again: the handler finds request->vouched. */
void http_request_vouch(const struct http_request *request);
/* For a judge that knows who is asking: bodies of one caller that are on their way at one time are
 * at most HTTP_BODIES_PER_CALLER together, so that nobody takes the room of all; else 503. */
void http_request_caller(const struct http_request *request, const struct hash *caller);

/* A body broke off: request->body is what came of it. The head had been judged; nobody is there to
 * be answered, and the response goes nowhere. */
typedef void http_cut(void *arg, const struct http_request *request, struct http_response *scratch);

struct http_route {
    const char *method; /* "GET", "POST" … */
    const char *path;   /* ends with '/': everything below it too; else exactly this path */
    http_handler *handler;
    size_t body_max;   /* 0: a request with a body is refused (413) */
    http_judge *judge; /* NULL: any caller's body is read */
    http_cut *cut;     /* NULL: what is not complete is forgotten */
};

struct http_header {
    const char *name, *value;
};

/* What became of a request, for whoever counts and writes down. No target: it may name people. */
struct http_done {
    const struct http_route *route; /* NULL: refused before one was found */
    unsigned status;                /* 0: the connection ended before there was an answer */
    size_t bytes_in, bytes_out;     /* bodies */
    int64_t took_us;                /* from its first line until its answer has left, not parked */
    int64_t worked_us;              /* of that, in handlers: the loop did nothing else */
    bool parked;                    /* it has been, at least once */
    bool complete;                  /* the answer has left whole */
};
typedef void http_done_fn(void *arg, const struct http_done *done);

struct http_options {
    const char *address;                    /* numeric: "127.0.0.1", "::1", "0.0.0.0" */
    uint16_t port;                          /* 0: any free one */
    unsigned connections_max;               /* 0: 1024 */
    unsigned per_address_max;               /* connections of one address; 0: no limit */
    unsigned timeout_s;                     /* of an idle connection; 0: 60 */
    const char *tls_cert_pem, *tls_key_pem; /* both or none; must live as long as the server */
    const struct http_route *routes;        /* in order of matching; must live as long */
    size_t route_count;
    const struct http_header *headers; /* of every answer, errors too, unless the handler sets one
                                          of that name; must live as long */
    size_t header_count;
    http_done_fn *done; /* once for each request; NULL: nobody counts */
    void *arg;          /* for the handlers */
};

/* ST_IO with a text that names address and port when it cannot listen. */
MUST_USE enum status http_server_start(struct loop *loop, const struct http_options *options,
                                       struct http_server **out, struct error *err);
/* Answers what is parked with 503 and frees; the loop must not be closed yet. NULL allowed. */
void http_server_stop(struct http_server *server);
uint16_t http_server_port(const struct http_server *server);

/* Does a parked request with this note want to look again? */
typedef bool http_wants(void *arg, const void *note);
/* Calls the handlers of parked requests again, soon: of those that want it, and of those without a
 * note. NULL: of all. Who is not called costs no more than the question. */
void http_server_wake(struct http_server *server, http_wants *wants, void *arg);
size_t http_server_parked(const struct http_server *server);
unsigned http_server_connections(const struct http_server *server);

/* Splits "127.0.0.1:8443" or "[::1]:8443" (host at most 63 bytes). */
bool http_address_parse(const char *text, char host[static 64], uint16_t *port);
/* Does the address reach this machine only? */
bool http_address_loopback(const char *host);

#endif
