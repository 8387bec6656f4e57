/* SPDX-License-Identifier: MulanPSL-2.0 */
/* rows: what a query answers, printed for a person or a program; the same for huce sql and huced
 * sql. */
#ifndef SHARED_CLI_ROWS_H
#define SHARED_CLI_ROWS_H

#include <jansson.h>

#include "shared/db/db.h"
#include "shared/record/catalog.h"

/* What of a cell is shown; NULL: all. field NULL: the column shows nothing as it is stored, but
 * something computed, of text, bytes or a long number. Appends to out; false: it is shown as it is.
 */
struct rows_mask {
    const struct catalog *catalog;
    bool (*fn)(void *arg, const struct catalog_table *table, const struct catalog_field *field,
               struct slice text, struct buf *out);
    void *arg;
};

/* Steps to the end: {"columns":[…],"rows":[[…]…]}, blobs as hex text. */
MUST_USE enum status rows_read(struct stmt *stmt, const struct rows_mask *mask, json_t **out,
                               struct error *err);
/* The same on stdout: as JSON, or a line of column names and one line per row, cells apart by tabs.
 */
MUST_USE enum status rows_print(struct stmt *stmt, const struct rows_mask *mask, bool json,
                                struct error *err);

#endif
