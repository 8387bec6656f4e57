/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * side_tables: what the fold derives beside the canonical dump, row by row as it is stored. The
 * dump says what a record is; these say what finds it, lists it and orders it, and are asked by
 * people's queries directly:
 *
 *   record_no, touch, touch_many, touch_second    which leaves mention a record
 *   void_change, ruling, conflict, overruled, move, link, same_as, authority_op, attachment_ref
 *   what is derived in the rows of ledger and leaf
 *   r_NAME and o_NAME (record_tables.h), column by column
 *
 * Rows hold local numbers: two databases do not compare, one before and after a rebuild does.
 */
#ifndef SHARED_DB_SIDE_TABLES_H
#define SHARED_DB_SIDE_TABLES_H

#include "shared/db/replica.h"

/* Empties all but the record tables; inside a transaction, for a rebuild. */
MUST_USE enum status side_tables_clear(struct db *db, struct error *err);

/* Every row as a line "TABLE column=value …", in an order that follows from the rows, its columns
 * by name. */
typedef void side_write(void *arg, struct slice line);
MUST_USE enum status side_tables_dump(struct replica *rep, side_write *fn, void *arg,
                                      struct error *err);

#endif
