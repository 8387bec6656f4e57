/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * peer: the county's server as a desk sees it: one address, its pins, and requests signed with the
 * device key (RFC 9421). The nonce comes with every answer; when it is stale the server says 401
 * with a new one, and the request is signed and sent once more.
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
    struct peer_call *under_way;
};

/* As http_done, but an answer that is not 2xx is an error with the server's own text; code stays.
 */
typedef void peer_done(void *arg, const struct http_result *result);

/* One request at a time. path: "/v1/sync", or with a query: "/v1/wait?ledger=…". body is copied. */
MUST_USE enum status peer_start(struct peer *peer, const char *method, const char *path,
                                struct slice body, unsigned timeout_s, peer_done *done, void *arg,
                                struct error *err);
void peer_cancel(struct peer *peer); /* done is not called any more */
/* Is this the code of the error in the answer? */
bool peer_error_is(const struct http_result *result, const char *code);

#endif
