/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * past: what was known on a day, or at a size of a ledger. The leaves up to there are copied into a
 * database of their own and folded with the registry and catalog of that time; since the fold is
 * the same everywhere, this is what every desk that had all of it showed then. The copied leaves
 * must lead to the root that stands beside the last of them.
 */
#ifndef SHARED_DB_PAST_H
#define SHARED_DB_PAST_H

#include "shared/db/replica.h"

struct past {
    int64_t until_ms;      /* leaves the county received up to then */
    struct ledger *ledger; /* NULL: the day alone; else exactly size leaves of this one, and of the
                            * others what there was when the last of them came */
    uint64_t size;
    bool alone; /* of no other ledger anything, and the registry's first registry_size leaves */
    uint64_t registry_size;
};

/* "2026-11-21" (to the end of that day), "2026-11-21T09:30" (China Standard Time), or a number of
 * leaves. named: the ledger a number counts; NULL is enough where there is one besides the
 * registry. ST_USAGE. */
MUST_USE enum status past_parse(struct replica *now, const char *text, const char *named,
                                struct past *out, struct error *err);

/* into: an empty database with the "shared" migrations, not inside a transaction. file: the path
 * that `now` was opened with. Afterwards replica_open on it finds everything folded. Changes
 * without a leaf are not in it. */
MUST_USE enum status past_fill(struct replica *now, const char *file, const struct past *past,
                               struct db *into, struct error *err);

#endif
