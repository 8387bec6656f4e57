/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * give: leaves of a ledger with the changesets behind them, in the form in which they travel: what
 * the county answers, and what a desk hands back to a county that has lost them.
 */
#ifndef SHARED_DB_GIVE_H
#define SHARED_DB_GIVE_H

#include "shared/db/replica.h"
#include "shared/sync/message.h"

/* Bytes that a message may still grow by. Its first leaf always goes, whatever its size. */
struct give_room {
    size_t left;
    bool given;
};

/* Does the receiver hold this changeset? Then its leaf names it only. */
typedef bool give_known(void *arg, const struct hash *id);

/* The ledger's leaves from `from` on, as many as there is room for, into out->leaves (in the arena,
 * which also takes what is read on the way). known: NULL, nothing is held. */
MUST_USE enum status give_leaves(struct replica *rep, struct ledger *ledger, uint64_t from,
                                 give_known *known, void *arg, struct arena *arena,
                                 struct answer_ledger *out, struct give_room *room,
                                 struct error *err);

#endif
