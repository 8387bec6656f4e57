/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * fork: an author's chain that has split, and how it is healed (FORMAT.md §4, "Forks").
 *
 * A laptop is put back to the disk image of some days ago. It goes on where that image ends, with
 * numbers that its chain has used already: the county has the first branch and refuses the second.
 *
 *     1 ─ 2 ─ 3 ─ 4        admitted; comes back to this desk as leaves
 *          \─ 3' ─ 4'      saved after the image was put back: refused
 *
 *               2 ◂─ was 3' ◂─ was 4'      each on a chain of its own
 *
 * What was refused is signed again, with its clocks, its base and its deps, and with what it
 * followed as one more dep. Chain and salts follow from the old changeset, so a desk that is put
 * back twice does not say everything twice. Changes that 3 and 3' have in common, because the
 * changeset was open when the image was made, are left out. Decisions that name changes of 3'
 * follow them (renamed.h). What others of this desk have built on 3' is signed again by them,
 * likewise. The refused bytes stay in `forked`, and prove it together with the ledger.
 *
 * Who has a new key, because a laptop was lost or a PIN forgotten, signs for the old one as well.
 *
 * Nobody needs to have been refused: a split is seen in the ledger itself, when a number of an own
 * chain has a leaf that was not written here. A desk that was put back and has nothing to send
 * begins a new chain as soon as it sees its own later work.
 */
#ifndef AGENT_CORE_FORK_H
#define AGENT_CORE_FORK_H

#include "agent/core/desk.h"

/* SQL: changeset c has the number of u, which waits for a leaf that it will not get: c has one, or
 * c came back from a copy of unsent work (backup.h) and may have been sent from there. */
#define FORK_TWIN                                                                       \
    "c.chain = u.chain AND c.number = u.number AND c.id <> u.id AND (c.idx IS NOT NULL" \
    " OR (EXISTS (SELECT 1 FROM restored r WHERE r.ledger = c.ledger AND r.id = c.id)"  \
    " AND NOT EXISTS (SELECT 1 FROM restored r WHERE r.ledger = u.ledger AND r.id = u.id)))"

/* Inside a transaction: heals what this author's key can heal in one ledger. *healed (may be NULL):
 * changesets signed again. The replica may be read anew: pointers to ledgers and grants die. */
MUST_USE enum status fork_heal(struct desk *desk, int64_t ledger, const struct author *author,
                               size_t *healed, struct error *err);
/* All ledgers, in a transaction of its own. */
MUST_USE enum status fork_heal_all(struct desk *desk, const struct author *author, size_t *healed,
                                   struct error *err);
/* Has this person work on this desk that perhaps only a new signature can save? False is certain;
 * true, fork_heal_all tells. */
bool fork_waits(struct desk *desk, const struct hash *kid);

#endif
