/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * snapshot: the records of a ledger before its history. A county writes down, at a size of a
 * ledger, its leaves (whose tree is the one of the signed head), who wrote each of them on what
 * base, and the rows that the fold made of them; a new desk takes that and can read, save and
 * exchange at once. Only the content of the leaves is missing, `ledger->filled` to
 * `ledger->behind`, and comes behind:
 *
 *   make ──bytes──▶ take ─▶ [ records are there ] ─▶ replica_fill … ─▶ settle: all is folded anew
 *
 * Nothing that a snapshot says stays: when the history is complete everything derived is made anew
 * from it, as on any other desk. What the rows were worth is told by their digest, which the county
 * signed (shared/ledger/snapshot_note.h) and which is compared with what the history comes to.
 *
 * Whoever asks for content that is not here yet is refused (ST_WAIT) and noted in rep->missed: no
 * fold goes on over something that it could not see.
 */
#ifndef SHARED_DB_SNAPSHOT_H
#define SHARED_DB_SNAPSHOT_H

#include "shared/db/replica.h"

#define SNAPSHOT_MAX (256u * 1024 * 1024) /* as it travels */

/* The digest of the records of a ledger as its leaves alone make them: of materialise_dump. */
MUST_USE enum status snapshot_digest(struct replica *rep, struct ledger *ledger, struct hash *out,
                                     struct error *err);
/* The ledger as it is here, all of it folded; ST_LIMIT: more than SNAPSHOT_MAX. */
MUST_USE enum status snapshot_make(struct replica *rep, struct ledger *ledger, struct buf *out,
                                   struct error *err);
/* Into an empty ledger, inside a transaction; the replica's catalog must be that of the maker, and
 * its registry at least as long. root: of the signed head. What does not lead there, or is no
 * snapshot, is refused (ST_INVALID), and the caller rolls back. rep is read anew: pointers to
 * ledgers die. */
MUST_USE enum status snapshot_take(struct replica *rep, const struct origin *origin,
                                   struct slice bytes, uint64_t size, const struct hash *root,
                                   struct error *err);

/* What the first `size` leaves come to when they are folded in a database of their own, by the
 * registry of that size: the digest. Outside of a transaction; file: the path of rep's database. */
MUST_USE enum status snapshot_recompute(struct replica *rep, const char *file,
                                        struct ledger *ledger, uint64_t size,
                                        uint64_t registry_size, struct hash *out,
                                        struct error *err);
/* All content of all ledgers is here: everything derived is made anew. Inside a transaction,
 * without open changesets. rep is read anew. */
MUST_USE enum status snapshot_settle(struct replica *rep, struct error *err);
/* The leaves whose content is not here, and those behind them, are taken away: the history goes on
 * by ordinary exchange. As above. */
MUST_USE enum status snapshot_give_up(struct replica *rep, struct error *err);

/* Is content of some ledger missing? */
bool snapshot_is_open(const struct replica *rep);
/* The same as a refusal, for what needs all of the history. */
MUST_USE enum status snapshot_refuse(const struct replica *rep, struct error *err);

#endif
