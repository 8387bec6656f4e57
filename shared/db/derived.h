/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * derived: what a query finds beside the record views: labels, and values that follow from records.
 *
 * Whether somebody counts as a labourer or a job as stable depends on the day of the question, so
 * it is not stored. The views of migrations/derived/ say it, in one place for reports, for people's
 * own queries and for the local API. Everything here is TEMP and belongs to one connection: nothing
 * is written into the file, and a newer program needs no migration.
 *
 *   asked      (today, month)            one row: the day and the month the questions are about
 *   code_list  (list, code, zh, en, sort, parent)          all codes of the catalog
 *   the record tables, where records were linked: with references that follow (follow.h)
 *   the views of migrations/derived, in order of file
 *   label(list, code)                    the Chinese label; the code itself when it is unknown
 *   mask_name(t) mask_id(t) mask_phone(t)                  shared/record/mask.h
 *   id_fault(t, day)                     what is wrong with a citizen id; NULL: nothing
 *   written_ms(_v)                                         when the row's record was last written
 *   holds(condition, facts)              '1' or '0' (record/expr.h); facts: "name:label=value;…"
 *   because(condition, facts)            what it asks for, with what is known
 */
#ifndef SHARED_DB_DERIVED_H
#define SHARED_DB_DERIVED_H

#include "shared/db/db.h"
#include "shared/record/catalog.h"

/* For a connection that will not write; before db_restrict_to_reading. today: days since
 * 1970-01-01. month: "YYYY-MM", NULL: that of today. cat stays valid until db_close. */
MUST_USE enum status derived_open(struct db *db, const struct catalog *cat, int32_t today,
                                  const char *month, struct error *err);

/* The views of the file with this name alone ("finding"), which must need none of the others and
 * neither day nor labels: for a question whose answer somebody waits for. */
MUST_USE enum status derived_open_file(struct db *db, const struct catalog *cat, const char *name,
                                       struct error *err);

/* Turns a derived view into a table of this connection, for SQL that asks for it more than once.
 * ST_NOT_FOUND: no such view. */
MUST_USE enum status derived_hold(struct db *db, struct slice name, struct error *err);

#endif
