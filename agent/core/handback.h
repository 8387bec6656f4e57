/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * handback: a county that was put back from an old backup gets from this desk what it had signed
 * and does not have any more (PROTOCOL.md §5a).
 *
 *   handback_heads ── checkpoints verified here ──▶ county
 *         ┌────────── what the county lacks of them ◀──┤
 *   handback_next ── leaves, with a proof ────────────▶┘      … until it lacks nothing that is here
 */
#ifndef AGENT_CORE_HANDBACK_H
#define AGENT_CORE_HANDBACK_H

#include "agent/core/desk.h"
#include "shared/sync/handback.h"

struct handing {
    struct desk *desk; /* borrowed */
    struct origin last;
    uint64_t last_size; /* where the newest leaves went on */
    uint64_t leaves;    /* handed over so far */
};

/* The first message: every checkpoint that this desk has verified. */
MUST_USE enum status handback_heads(struct handing *handing, struct buf *out, struct error *err);
/* The next: leaves of the first ledger that the county lacks and this desk has. *any = false: there
 * is nothing to hand over. ST_DAMAGED: the county holds another history than the one it had signed;
 * evidence has been written. */
MUST_USE enum status handback_next(struct handing *handing, const struct handback_answer *answer,
                                   struct buf *out, bool *any, struct error *err);

#endif
