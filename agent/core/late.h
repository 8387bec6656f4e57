/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * late: what was said about a record where it no longer was (RULES.md, "Moving"), and nobody has
 * taken over or laid aside yet.
 *
 * A change is late when who moved the record had not seen it. It is done with when a change on the
 * same record, in whatever ledger, names it by a resolve. Both are read from the histories: nothing
 * is stored.
 */
#ifndef AGENT_CORE_LATE_H
#define AGENT_CORE_LATE_H

#include "agent/core/desk.h"

#define LATE_ID_TEXT 40

struct late_change {
    struct ledger *ledger; /* where it stands */
    struct stamp at;
    struct hash author;
    struct chain_id chain;
    uint64_t seq;
    int role_bit; /* the author's, by the newest catalog; -1 unknown */
    struct slice note;
    size_t op_count;
    const struct op *ops; /* those on the record */
};

/* Of one record, in all ledgers here, by ledger and fold order; everything in the arena. Open
 * changesets have been closed (view_settle). */
MUST_USE enum status late_of(struct desk *desk, const struct catalog_table *table,
                             const struct record_id *id, struct arena *arena,
                             struct late_change **out, size_t *count, struct error *err);

/* "<chain, 16 hex digits>.<seq>", the same on every desk. */
void late_id_format(const struct late_change *change, char out[static LATE_ID_TEXT]);

#endif
