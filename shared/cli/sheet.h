/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * sheet: what goes into a file for spreadsheets, whatever it came from. One shape, that of a report
 * (report.h): {"zh","columns":[{"name","zh","kind","null"}…],"rows":[{column: value…}…]}, and of a
 * report "day", "month", "made_at", "data", "about" too. sheet_csv and xlsx write it.
 */
#ifndef SHARED_CLI_SHEET_H
#define SHARED_CLI_SHEET_H

#include <jansson.h>

#include "shared/record/catalog.h"

/* An empty one. */
json_t *sheet_new(const char *zh);
/* kind: text, date, count, money … (report_def.h) */
void sheet_column(json_t *sheet, const char *name, const char *zh, const char *kind);
/* Takes the row. */
void sheet_row(json_t *sheet, json_t *row);

/* The records of a list, a column for each field; codes with their labels. */
json_t *sheet_of_records(const struct catalog_table *table, const json_t *records);
/* {"columns":[name…],"rows":[[value…]…]}, as a query answers. */
json_t *sheet_of_query(const json_t *answer);
/* The ledgers of an audit with their findings. */
json_t *sheet_of_audit(const json_t *ledgers);

#endif
