/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * join: from an invitation to two grants.
 *
 *   request = [1, proof32, person pk32, person pop64, device pk32, device pop64, box pk32]
 *   answer  = [1, registry origin, [origin of each ledger in scope], sealed id key80, nonce]
 *
 * proof = invite_proof over the token (shared/ledger/invite.h); each pop signs grant_pop_message.
 * The same request again is answered the same again: the first answer may have been lost.
 */
#ifndef SERVER_CORE_JOIN_H
#define SERVER_CORE_JOIN_H

#include "server/core/server.h"

struct join_request {
    struct hash proof;
    struct sign_public person, device;
    struct signature person_pop, device_pop;
    struct box_public box;
};

MUST_USE enum status join_read(struct slice body, struct join_request *out, struct error *err);
void join_write(const struct join_request *request, struct buf *out);

/* ST_REFUSED with a text for the person at the desk. Runs its own transaction; *granted tells
 * whether the registry grew. */
MUST_USE enum status join_admit(struct server *srv, const struct join_request *request,
                                int64_t now_ms, struct buf *answer, bool *granted,
                                struct error *err);

/* Appends [origin…]: every ledger the device may read, the registry aside. */
void join_put_ledgers(struct server *srv, const struct hash *device, struct buf *out);

#endif
