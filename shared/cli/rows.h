/* SPDX-License-Identifier: MulanPSL-2.0 */
/* rows: what a query answers, printed for a person or a program; the same for huce sql and huced
 * sql. */
#ifndef SHARED_CLI_ROWS_H
#define SHARED_CLI_ROWS_H

#include "shared/db/db.h"

/* Steps to the end and prints on stdout: a line of column names and one line per row, cells apart
 * by tabs; or, with json, one document {"columns":[…],"rows":[[…]…]}, blobs as hex text. */
MUST_USE enum status rows_print(struct stmt *stmt, bool json, struct error *err);

#endif
