/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * move: a record leaves a ledger and arrives in another (RULES.md, "Moving").
 *
 * Each ledger tells its half alone: here is only what one of them can know. Which ledger counts the
 * record, for who reads several, follows from the moves of all of them (shared/db/record_tables.h).
 */
#ifndef SHARED_MERGE_MOVE_H
#define SHARED_MERGE_MOVE_H

#include "shared/merge/policy.h"

/* The first out of a hop stands, another of the same hop says nothing. */
void move_out(const struct fold *fold, const struct op *op);
/* An in of a higher hop than any before: the record's life here begins anew. One of the same hop
 * from the same ledger adds to what has arrived. Any other says nothing. */
void move_in(const struct fold *fold, const struct op *op);
/* Where is a record counted that several ledgers know? One half for each of them. */
struct move_half {
    struct slice origin;
    uint32_t move_count;
    const struct move *moves;
    bool onward; /* the ledger that it last left for is among those that the reader has */
};
#define MOVE_NOWHERE SIZE_MAX
/* Index of the one half that counts it: where the highest hop has an `in` that no out contradicts;
 * on its way to a ledger that the reader does not have: nowhere. */
size_t move_home(const struct move_half *halves, size_t count);
/* Does the reader see that this half's arrival has no out: the ledger it came from is here and says
 * nothing of it, or says that the record left for another one? */
bool move_unfounded(const struct move_half *halves, size_t count, size_t at);

/* Called before an edit, delete or restore is folded: while the record is away it is late. */
void move_note_edit(const struct fold *fold);

#endif
