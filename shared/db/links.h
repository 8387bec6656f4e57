/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * links: which of a reader's records are one thing, and which of those is shown.
 *
 * What people say of a pair stands in one ledger (shared/merge/link.h); here are the pairs of all
 * ledgers together. Records that hang together over pairs are a component. It is shown, and counted
 * once, under the smallest id that is there: live, and counted in one of the ledgers here. The rows
 * of the others carry ROW_LINKED, so that every view, report and query that asks for
 * `_state & 133 = 1` passes them over; they can still be read, and have their own history.
 *
 *   link     what stands of each pair, per ledger
 *   same_as  id -> the one it is shown under, for the others only: empty where nobody links
 *
 * References follow: what points to one of the others is counted for the one that is shown. The
 * tables keep what was written; views and reports look it up in same_as (record_tables.h,
 * follow.h).
 */
#ifndef SHARED_DB_LINKS_H
#define SHARED_DB_LINKS_H

#include "shared/db/record_tables.h"
#include "shared/db/replica.h"
#include "shared/merge/link.h"

/* Is any pair known here at all? Nearly always not, and then nothing is asked per record. */
bool links_exist(struct replica *rep);
/* Does any ledger here tell of a pair with this record? */
bool links_known(struct replica *rep, const struct catalog_table *table,
                 const struct record_id *id);

/* The pairs that the record keeps in one ledger are now these. Adds the other ends, those of before
 * too, to *ends, whose memory is the arena's: each of them and the record itself must be settled
 * when the row is written. */
struct links_ends {
    size_t count;
    struct record_id *ids;
};
MUST_USE enum status links_write(struct replica *rep, const struct ledger *ledger,
                                 const struct record_state *record, struct arena *arena,
                                 struct links_ends *ends, struct error *err);
/* Sets ROW_LINKED and same_as for all records that hang together with this one. */
MUST_USE enum status links_settle(struct replica *rep, const struct catalog_table *table,
                                  const struct record_id *id, struct error *err);

/* The record that this one is shown under; false: it is shown itself. */
bool links_shown(struct replica *rep, const struct catalog_table *table, const struct record_id *id,
                 struct record_id *shown);
/* All records that hang together with this one, itself included, ascending; in the arena. */
MUST_USE enum status links_component(struct replica *rep, const struct catalog_table *table,
                                     const struct record_id *id, struct arena *arena,
                                     struct record_id **out, size_t *count, struct error *err);
/* What stands in one ledger of each pair with this record, by the other's id; in the arena. */
struct links_pair {
    struct record_id other;
    bool same;
};
MUST_USE enum status links_pairs(struct replica *rep, const struct ledger *ledger,
                                 const struct catalog_table *table, const struct record_id *id,
                                 struct arena *arena, struct links_pair **out, size_t *count,
                                 struct error *err);
/* What stands of one pair over all ledgers here: the same, if any of them says so. */
MUST_USE enum status links_word(struct replica *rep, const struct catalog_table *table,
                                const struct record_id *a, const struct record_id *b,
                                enum link_word *out, struct error *err);

#endif
