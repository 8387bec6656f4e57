/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * catalog_sql: catalog migrations as people write them (migrations/catalog/NNNN_name.sql) to the
 * bytes that travel (shared/record/catalog.h).
 *
 * The text runs in an in-memory database of its own that holds five staging tables and nothing
 * else:
 *
 *   migration (number, name)                                    exactly one row
 *   tables (no, name, zh, en, kind, home, title, sort, paper_key)
 *   fields (tbl, no, name, zh, en, type, policy, args, writers, sensitivity, required, list,
 * checks, ref, conflict_group, derive, unit)                  tbl: name in this file, or number
 *   codes  (list, code, zh, en, sort, parent)
 *   rules  (tbl, no, kind, args, severity, zh, en)
 *
 * Only INSERT and SELECT on these are allowed. Unlike catalog_apply, which must live with words of
 * newer programs, this refuses every word that it does not know: it speaks to the author of the
 * file.
 */
#ifndef SHARED_DB_CATALOG_SQL_H
#define SHARED_DB_CATALOG_SQL_H

#include "shared/base/buf.h"
#include "shared/base/status.h"

/* Appends one migration to *migration_out. ST_INVALID names the line, or the row, and what is
 * wrong; then *migration_out is as it was. */
MUST_USE enum status catalog_from_sql(const char *sql_text, struct buf *migration_out,
                                      struct error *err);

#endif
