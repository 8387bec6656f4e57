/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * peer: the county's server as a desk sees it: one address, its pins, and requests signed with the
 * device key (RFC 9421). The nonce comes with every answer; when it is stale the server says 401
 * with a new one, and the request is signed and sent once more.
 *
 * What answers may be something else: the login page of a guest network, a router, an empty host.
 * Only an answer in the shape of PROTOCOL.md is the county's; anything else is said to be somebody
 * else's, and counts as a line that does not lead there.
 */
#ifndef AGENT_NET_PEER_H
#define AGENT_NET_PEER_H

#include "shared/net/http_client.h"
#include "shared/net/signature.h"

struct peer {
    struct http_client *client;
    const char *url; /* "https://host[:port][/prefix]" */
    const struct hash *pins;
    size_t pin_count;
    const struct sign_key *device; /* NULL: requests are not signed (joining) */
    char nonce[SIGNATURE_NONCE_MAX + 1];
    bool nonce_changed; /* the caller stores it */
    bool patient;       /* its answers take their time (GET /v1/wait): timeout_s alone ends them */
    struct peer_call *under_way;
};

/* As http_done, but an answer that is not 2xx is an error with the server's own text; code stays.
 */
typedef void peer_done(void *arg, const struct http_result *result);

/* What a request may have besides. */
struct peer_extra {
    const char *content_type; /* of the body; NULL: application/cbor */
    const char *headers[4];   /* "Name: value"; NULL: no more. Copied */
    const char *keep;         /* an answer header for http_result.also, static text, or NULL */
};

/* One request at a time. extra: NULL, none. path: "/v1/sync", or with a query: "/v1/wait?ledger=…".
 * body is copied. */
MUST_USE enum status peer_start(struct peer *peer, const char *method, const char *path,
                                struct slice body, unsigned timeout_s, peer_done *done, void *arg,
                                struct error *err);
MUST_USE enum status peer_start_with(struct peer *peer, const char *method, const char *path,
                                     struct slice body, const struct peer_extra *extra,
                                     unsigned timeout_s, peer_done *done, void *arg,
                                     struct error *err);
void peer_cancel(struct peer *peer); /* done is not called any more */
/* Is this the code of the error in the answer? */
bool peer_error_is(const struct http_result *result, const char *code);
/* An origin as it may stand in a query: its letters need no escape but '/'. */
void peer_put_origin(struct buf *out, const char *origin);

#endif
