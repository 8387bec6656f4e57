/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * bootstrap: a desk that begins gets the records of its ledgers before their history, where that is
 * much less to carry: a snapshot (shared/db/snapshot.h) that the county signed.
 *
 *   the registry ─▶ of each empty ledger: GET /v1/snapshot: what is signed for it
 *                ─▶ its bytes, piece by piece, each durably ─▶ verified, taken ─▶ ordinary exchange
 *
 * A line that drops costs a piece. What does not verify is thrown away, and the ledger comes by its
 * history alone. What comes behind: history.h.
 */
#ifndef AGENT_CORE_BOOTSTRAP_H
#define AGENT_CORE_BOOTSTRAP_H

#include "agent/core/desk.h"
#include "agent/net/peer.h"

struct bootstrap;

/* Has this desk not begun yet, or was it cut off when it did? */
bool bootstrap_wanted(struct desk *desk);
/* There are ledgers that it has never had. In a transaction or in its own. */
MUST_USE enum status bootstrap_want(struct desk *desk, struct error *err);

struct bootstrap_hooks {
    void (*progress)(void *arg, uint64_t got, uint64_t total);        /* bytes, after each piece */
    void (*done)(void *arg, enum status st, const struct error *err); /* exactly once, from the
                                                                       * loop; then it is gone */
    void *arg;
};
/* peer: free until then; borrowed. done may be called before this returns. */
void bootstrap_start(struct desk *desk, struct peer *peer, const struct bootstrap_hooks *hooks,
                     struct bootstrap **out);
void bootstrap_cancel(struct bootstrap *bootstrap); /* NULL allowed; peer's call is the caller's */

#endif
