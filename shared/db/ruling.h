/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * ruling: whether a change counts is said at its own leaf, and sometimes once more by a later one
 * of the same ledger (FORMAT.md §4a):
 *
 *   void    a registrar says that it does not count, whatever stood before
 *   adopt   a registrar says that it does, under its author's grant before the revocation
 *   head    a head of the cut of a revocation has got its leaf: what stands before it in its chain
 *           was honest, and counts
 *
 * What begins to count takes its place at the later leaf. The newest word about a change stands.
 * Changes that carry authority ops are never ruled on: that would rewrite who could do what.
 *
 * Derived; here are the rows alone. Who gives such a word is decided by the verdict, and what it
 * does to records by materialise.
 */
#ifndef SHARED_DB_RULING_H
#define SHARED_DB_RULING_H

#include "shared/db/replica.h"
#include "shared/record/op.h"

struct ruling {
    bool counts;
    uint64_t by_leaf; /* counts from here on, or no more */
};

/* Is there any in this ledger? */
bool ruling_exist(struct db *db, int64_t ledger);
/* The newest about this change; false: none. */
bool ruling_find(struct db *db, int64_t ledger, uint64_t leaf, uint32_t position,
                 struct ruling *out);
MUST_USE enum status ruling_write(struct db *db, int64_t ledger, uint64_t leaf, uint32_t position,
                                  const struct ruling *ruling, struct error *err);
MUST_USE enum status ruling_forget(struct db *db, int64_t ledger, uint64_t leaf, uint32_t position,
                                   struct error *err);
/* The stamp of a change that is known by its leaf and position gets its place. */
void ruling_place(struct db *db, int64_t ledger, struct stamp *at);

/* Leaves below `before` that hold quarantined changes of this chain, ascending, in the arena. */
MUST_USE enum status ruling_quarantined(struct db *db, int64_t ledger, const struct hash *kid,
                                        const struct chain_id *chain, uint64_t before,
                                        struct arena *arena, uint64_t **out, size_t *count,
                                        struct error *err);
/* The leaf of a changeset, if it has one below `before`. */
bool ruling_leaf_of(struct db *db, int64_t ledger, const struct hash *id, uint64_t before,
                    uint64_t *out);

#endif
