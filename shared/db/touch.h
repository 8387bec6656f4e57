/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * touch: which leaves mention a record. Derived; the first mention stands in record_no, the later
 * ones here:
 *
 *   touch       (ledger, record, leaf)    a leaf that mentions few: one row each
 *   touch_many  (ledger, leaf, records)   a leaf that mentions many: their ordinals in one value
 *
 * A changeset of thousands of saves would otherwise need more room here than for its content. Who
 * asks looks through the values of all large leaves, which are few: each stands for at least
 * TOUCH_MANY_MIN changes.
 *
 *   touch_second (ledger, id, leaf)       a leaf that names it as the second of a link. That gives
 *                                         a record no ordinal, so its id stands here
 */
#ifndef SHARED_DB_TOUCH_H
#define SHARED_DB_TOUCH_H

#include "shared/base/mem.h"
#include "shared/db/db.h"
#include "shared/record/value.h"

#define TOUCH_MANY_MIN 24 /* from this many records on, one value */

struct touch {
    uint64_t leaf;
    uint64_t record; /* its ordinal */
};

struct touches {
    struct touch *items;
    size_t count, capacity;
};

/* In any order; a leaf's must all be noted before touches_write. */
void touches_note(struct touches *touches, uint64_t leaf, uint64_t record);
void touches_release(struct touches *touches); /* accepts the zero state */
/* Writes all that was noted, inside a transaction. Each leaf once. */
MUST_USE enum status touches_write(struct touches *touches, struct db *db, int64_t ledger,
                                   struct error *err);

MUST_USE enum status touch_second(struct db *db, int64_t ledger, const struct record_id *id,
                                  uint64_t leaf, struct error *err);

/* The leaves below `before` that mention a record, ascending, the first one included; in the arena.
 */
MUST_USE enum status touch_leaves(struct db *db, int64_t ledger, const struct record_id *id,
                                  uint64_t before, struct arena *arena, uint64_t **out,
                                  size_t *count, struct error *err);

#endif
