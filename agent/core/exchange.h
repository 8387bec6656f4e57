/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * exchange: one synchronisation of a desk without the wire: which bytes go out next, and what an
 * answer's bytes do here. sync.c carries them over HTTP; the simulator carries them by itself.
 *
 *   exchange_request ── bytes ──▶ county
 *         ▲                          │
 *      READY ◀── exchange_answer ◀── bytes       … until session.state is DONE or FAILED
 */
#ifndef AGENT_CORE_EXCHANGE_H
#define AGENT_CORE_EXCHANGE_H

#include "agent/core/desk.h"
#include "agent/core/outbox.h"
#include "shared/sync/session.h"

struct exchange {
    struct desk *desk; /* borrowed */
    struct session session;
    struct arena arena; /* of one round */
    struct asked asked;
    bool registry_only; /* of other ledgers nothing is said */
    bool
        brings_only; /* the database is older than what was given away (given.h): nothing is sent */
};

void exchange_init(struct exchange *x, struct desk *desk);
void exchange_release(struct exchange *x); /* accepts the zero state */

/* Closes what is open, for ever, and writes the next request into out. When this returns ST_OK,
 * what the request carries is durably noted as sent. */
MUST_USE enum status exchange_request(struct exchange *x, struct buf *out, struct error *err);

/* Takes one answer, ledger by ledger, each durably; then session.state says what comes next.
 * applied (may be NULL) is called after each ledger. On a failure the exchange is over; what was
 * stored by then stays. */
MUST_USE enum status exchange_answer(struct exchange *x, struct slice frame,
                                     void (*applied)(void *arg), void *arg, struct error *err);

#endif
