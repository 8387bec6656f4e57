/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * epochs: what the registry has declared lost of a ledger's past (ledger/epoch.h) is followed by
 * the copy of it that is here.
 *
 * A copy that holds no more than was kept goes on by itself. One that holds more, because it was
 * away when the others were asked, has leaves that are not in the new epoch's tree: they are taken
 * away, and their changesets, whoever wrote them, wait for a leaf again.
 */
#ifndef SHARED_DB_EPOCHS_H
#define SHARED_DB_EPOCHS_H

#include "shared/db/replica.h"

/* Before leaves of this ledger are taken away: the last moment to keep what was signed over them.
 */
typedef void epochs_before_cut(void *arg, struct ledger *ledger, const struct epoch *epoch);

/* Inside a transaction, when the registry has grown. before NULL: a copy that holds more is left as
 * it is, ST_REFUSED. A ledger whose kept leaves are others than the declared ones is passed over:
 * it is another history. *cut: leaves were taken away, all tables were made anew, and pointers to
 * ledgers and grants are gone. */
MUST_USE enum status epochs_follow(struct replica *rep, epochs_before_cut *before, void *arg,
                                   bool *cut, struct error *err);

/* Is this head of an epoch that the registry here has not heard of? */
bool epochs_is_later(const struct replica *rep, const struct ledger *ledger, struct slice head);

/* Why, as the registry says it: UTF-8, in the arena; n == 0: its row cannot be read. *by: who. */
struct slice epochs_reason(struct replica *rep, const struct epoch *epoch, struct arena *arena,
                           struct hash *by);

#endif
