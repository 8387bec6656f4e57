/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * model: what a ledger adds up to, a second time: plain, slow and written from
 * shared/merge/RULES.md and shared/FORMAT.md §4a alone. It keeps every change, knows who had seen
 * what from a full matrix, and walks the whole history for every question. Of the programs it uses
 * only the decoders of changesets and ops.
 */
#ifndef TESTS_SIM_MODEL_H
#define TESTS_SIM_MODEL_H

#include "shared/db/replica.h"

/* Writes the state of `ledger` after its first `size` leaves into out (initialised here): the lines
 * of materialise_dump with the claims of a field sorted, then a line for each conflict (if asked
 * for) and each value that lost unasked. */
MUST_USE enum status model_dump(struct replica *rep, struct ledger *ledger, uint64_t size,
                                bool conflicts, struct buf *out, struct error *err);

/* For every two changes whose notes are "n<number>": had the author of the one seen the other? By
 * what the changesets say of base, prev and deps. */
typedef void model_pair(void *arg, unsigned later, unsigned earlier, bool seen);
MUST_USE enum status model_each_pair(struct replica *rep, struct ledger *ledger, model_pair *fn,
                                     void *arg, struct error *err);

/* The same lines from what a replica keeps, whether or not other ledgers count a record.
 * admitted_only: without its overlay, and without the lines of conflicts, of which only those in
 * force are kept. */
MUST_USE enum status model_kept(struct replica *rep, struct ledger *ledger, bool admitted_only,
                                struct buf *out, struct error *err);

/* A line for each record of which one of these ledgers tells that it moved, or which is counted
 * under another id, in each of them that has it: "<table> <id> <origin> counted|elsewhere[
 * linked]", for who reads these ledgers and no others. */
#define MODEL_LEDGERS_MAX 4
MUST_USE enum status model_counted(struct replica *rep, struct ledger *const *ledgers, size_t count,
                                   struct buf *out, struct error *err);
MUST_USE enum status model_counted_kept(struct replica *rep, struct ledger *const *ledgers,
                                        size_t count, struct buf *out, struct error *err);

#endif
