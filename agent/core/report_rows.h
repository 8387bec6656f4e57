/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * report_rows: what is put to the rows of a report after its SQL. Pure JSON.
 *
 *   a unit that is silent      NULL in every figure: it has not reported, which is not zero. Silent
 * is who was never heard of, and, in a report of a month, who was not heard in it a total above
 * several units: sums over those that have reported, and how many of=A/B shares, of the total too
 *   as_of, synced              beside each row: how new what it stands on is, and how much of it
 *
 * ledgers: as report_run gives them, with "own", "heard_ms" and "silent".
 */
#ifndef AGENT_CORE_REPORT_ROWS_H
#define AGENT_CORE_REPORT_ROWS_H

#include <jansson.h>

#include "shared/db/report_def.h"

#define REPORT_FRESH_DAYS 3 /* who has been silent for longer is not up to date */

/* now_ms: of the day asked about. Rows are those of the SQL; a total is put before them. */
void report_rows_finish(const struct report_def *def, const json_t *ledgers, int64_t now_ms,
                        json_t *rows);
/* The two columns that are put behind those of the report. */
void report_rows_columns(json_t *columns);

#endif
