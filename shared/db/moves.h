/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * moves: which of a reader's ledgers counts a record that has been in several.
 *
 * A row r_NAME (ledger, id) tells what one ledger says. When the record has moved, more than one
 * ledger has a row for it, and all but one of them carry ROW_ELSEWHERE, so that every view, report
 * and query that asks for `_state & 133 = 1` counts the record once. The bit depends on the moves
 * in all ledgers here; it is set anew whenever one of them changes. The rule itself is pure:
 * shared/merge/move.h.
 */
#ifndef SHARED_DB_MOVES_H
#define SHARED_DB_MOVES_H

#include "shared/db/record_tables.h"
#include "shared/db/replica.h"
#include "shared/merge/move.h"

/* Is any move known here at all? Nearly always not, and then nothing needs to be asked per record.
 */
bool moves_exist(struct replica *rep);
/* Does any ledger here tell of a move of this record? */
bool moves_known(struct replica *rep, const struct catalog_table *table,
                 const struct record_id *id);
/* The moves of a record in one ledger are now these. */
MUST_USE enum status moves_write(struct replica *rep, const struct ledger *ledger,
                                 const struct record_state *record, struct error *err);
/* Sets ROW_ELSEWHERE on all rows of a record; on none where no ledger here tells of a move. */
MUST_USE enum status moves_settle(struct replica *rep, const struct catalog_table *table,
                                  const struct record_id *id, struct error *err);
/* Ledgers may have been added since: records on their way to them are counted where they come from.
 * Before every fold; inside a transaction if there is one. */
MUST_USE enum status moves_follow(struct replica *rep, struct error *err);

/* What the ledgers here tell of one record, in order of origin. */
struct moves_half {
    struct ledger *ledger;
    int state_bits;
    struct move_half half;
};
MUST_USE enum status moves_halves(struct replica *rep, const struct catalog_table *table,
                                  const struct record_id *id, struct arena *arena,
                                  struct moves_half **out, size_t *count, struct error *err);
/* Index of the half that counts it, or MOVE_NOWHERE. */
size_t moves_home(const struct moves_half *halves, size_t count);

#endif
