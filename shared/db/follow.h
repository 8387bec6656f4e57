/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * follow: references that lead to a record that is counted under another id (links.h) lead to that
 * one, for queries and reports.
 *
 * The record tables keep what was written. Where nobody links, which is nearly always, nothing is
 * done here. Else the tables concerned get TEMP copies of the same name, in which references lead
 * to the record that is shown. A row belongs to what its first required reference names; if that is
 * counted in another ledger, the row is told there, with the rows that belong to it. A record that
 * a row in one ledger names and another ledger counts gets a stand-in beside the row; its _state
 * says that it is not counted there.
 */
#ifndef SHARED_DB_FOLLOW_H
#define SHARED_DB_FOLLOW_H

#include "shared/db/db.h"
#include "shared/record/catalog.h"

/* On a connection that will not write, before any TEMP view of the record tables is made. Copies
 * have no column _v. */
MUST_USE enum status follow_links(struct db *db, const struct catalog *cat, struct error *err);

/* The SQL expression for what the reference `row.field` leads to. */
void follow_expression(const struct catalog *cat, const struct catalog_field *field,
                       const char *row, struct buf *out);

#endif
