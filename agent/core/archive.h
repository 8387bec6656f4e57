/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * archive: a record with everything that belongs to it in its ledger, as the catalog's references
 * say (shared/record/structure.h): a household with its members, its people and their labour
 * archive, its plans, its visits. No record type is named here.
 */
#ifndef AGENT_CORE_ARCHIVE_H
#define AGENT_CORE_ARCHIVE_H

#include "agent/core/desk.h"

#define ARCHIVE_PARTS_MAX 20000

struct archive_part {
    const struct catalog_table *table;
    struct record_id id;
    int state_bits;
};

struct archive {
    size_t count, capacity;
    struct archive_part
        *parts; /* [0] is the record itself; what belongs to a part stands behind it */
};

enum archive_of {
    ARCHIVE_COUNTED, /* records that this desk counts in the ledger, those on their way from it too
                      */
    ARCHIVE_ITS_OWN, /* records that the ledger counts by itself, whatever other ledgers say */
    ARCHIVE_SHOWN,   /* as ARCHIVE_COUNTED, to be looked at: nobody is refused */
};

/* ST_REFUSED: someone would be brought along who is also needed by what stays. */
MUST_USE enum status archive_collect(struct desk *desk, struct ledger *ledger,
                                     const struct catalog_table *table, const struct record_id *id,
                                     enum archive_of which, struct archive *out, struct error *err);
void archive_release(struct archive *archive);

#endif
