/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * receive: one ledger's part of an answer, verified and stored in one transaction: leaves, the
 * changesets behind them, checkpoint, cursor and record tables move together or not at all.
 */
#ifndef AGENT_CORE_RECEIVE_H
#define AGENT_CORE_RECEIVE_H

#include "agent/core/outbox.h"

struct received {
    uint64_t leaves, confirmed; /* confirmed: changesets of this desk among the leaves */
    uint64_t behind;            /* leaves that the county has and that are not here yet */
    bool registry_grew;
    bool told_before; /* that the county gives nothing of this ledger any more */
    bool moved_on;    /* the answer is to a cursor that is another by now: ask again */
    bool later_epoch; /* it is of an epoch, or under a key, that the registry here does not name yet
                       */
};

/* Inside a transaction, with no changeset open: ledgers of whose past the registry has declared a
 * part lost go on in their next epoch (shared/db/epochs.h). *cut: leaves were taken away, and
 * pointers to ledgers and grants are gone. */
MUST_USE enum status receive_epochs(struct desk *desk, bool *cut, struct error *err);

/* asked_size: the cursor in the request. When another process moved the ledger meanwhile, or the
 * registry is not here as far as the leaves name it, nothing is taken (the next round asks again).
 * ST_WAIT: the county shows less than it had signed; nothing was taken.
 * ST_DAMAGED: the county shows another history; evidence has been written under <data>/evidence. */
MUST_USE enum status receive_ledger(struct desk *desk, const struct answer_ledger *answer,
                                    uint64_t asked_size, struct received *out, struct error *err);

#endif
