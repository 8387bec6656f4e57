/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * recall: what earlier leaves say of one record, read again where the merge asks for it: the value
 * at a prefix of the ledger, or all of a record's life. Private to the fold.
 */
#ifndef SHARED_DB_RECALL_H
#define SHARED_DB_RECALL_H

#include "shared/db/batch.h"

/* Every counting change of one record in leaves [0, before), as merge events in fold order. */
struct past {
    struct merge_event *events;
    size_t count, capacity;
};

/* Adds them to *past, which the caller frees (mem_free(past->events)); what they point to lives in
 * the arena. Of record only table and id are asked. */
MUST_USE enum status recall_load(struct batch *b, const struct record_state *record,
                                 uint64_t before, struct arena *arena, struct past *past,
                                 struct error *err);
/* Answers ask_prefix of every field that asks. */
MUST_USE enum status recall_settle(struct batch *b, struct record_state *record,
                                   const struct merge_context *context, struct error *err);

#endif
