/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * divisions: a county's townships and villages from a CSV file: a ledger for each, and a record of
 * type admin_division in the registry for each row, signed by the registrar.
 *
 * The first line names the columns. Needed: code12 (or code, when it has 12 digits) and name;
 * others are taken where the record type has a field of that name. Rows of other counties are
 * passed over; what is there already is left alone, so the same file can be given again.
 */
#ifndef SERVER_CORE_DIVISIONS_H
#define SERVER_CORE_DIVISIONS_H

#include "server/core/server.h"

struct divisions_report {
    size_t rows, ledgers_added, records_added, passed_over;
};

MUST_USE enum status divisions_import(struct server *srv, struct slice csv, int64_t now_ms,
                                      struct divisions_report *report, struct error *err);

/* One ledger of this county by its code; *added = false when it is there already. Inside a
 * transaction. */
MUST_USE enum status divisions_add_ledger(struct server *srv, const char *code, bool *added,
                                          struct error *err);

#endif
