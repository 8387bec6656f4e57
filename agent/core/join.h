/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * join: from an invitation to a working desk.
 *
 *   invite ─▶ keys made here, durable ─▶ POST /v1/join (proof of the token, proofs of possession)
 *          ◀─ registry origin, ledgers in scope, the id key sealed to this device, nonce
 *          ─▶ folder written beside its place, first sync, then renamed into place
 *
 * Without a network the same goes by USB stick: join_request writes what would be sent, and waits
 * with the keys; join_answer takes what the county made of it, with the registry in it, so that
 * work can begin at once (shared/ledger/enrol.h).
 *
 * When the line or this machine breaks off, the same invitation goes on with the same keys
 * (attempt.h); when the county refuses, nothing is left behind. A device that has joined already
 * adds one more person.
 */
#ifndef AGENT_CORE_JOIN_H
#define AGENT_CORE_JOIN_H

#include "agent/core/desk.h"

struct join_result {
    struct hash person; /* kid */
    bool synced;        /* the first exchange went through, or the registry came by stick */
    bool encrypted;     /* the folder is unreadable without its passphrase */
    char name[64];      /* from the grant; "" before the first exchange */
    char trouble[768];  /* what the first exchange could not do; "" */
};

/* invite: the text of an invitation. pin: as pin_rule.h wants it. passphrase: what a new
 * folder lies under from its first byte; n == 0: it stays readable. A folder that is there already
 * stays as it is. */
MUST_USE enum status join_run(const char *folder, struct slice invite, struct slice pin,
                              struct slice passphrase, struct join_result *out, struct error *err);

/* The request file for the county: *out. Asking again gives the same keys' request again. */
MUST_USE enum status join_request(const char *folder, struct slice invite, struct slice pin,
                                  struct slice passphrase, struct buf *out, struct error *err);
/* Takes the county's answer to the request that waits here; PIN and passphrase are those that it
 * was written with. ST_NOT_FOUND: none waits. After any error nothing has changed. */
MUST_USE enum status join_answer(const char *folder, struct slice file, struct slice pin,
                                 struct slice passphrase, struct join_result *out,
                                 struct error *err);

#endif
