/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * sheet_csv: a report as a file that Excel and WPS open by double click: UTF-8 with BOM, CRLF,
 * every text quoted. The first row holds the titles; after the list and an empty row stand the day
 * and, for each ledger, when it was synchronised.
 *
 * Spreadsheets compute what begins with = + - @ and round long numbers. So a text that begins so
 * gets an apostrophe in front, and a text of twelve or more digits a tab, which keeps it a text.
 * Other sheets (sheet.h) are written in the same way, without what a report stands on.
 */
#ifndef SHARED_CLI_SHEET_CSV_H
#define SHARED_CLI_SHEET_CSV_H

#include <jansson.h>

#include "shared/base/buf.h"
#include "shared/base/status.h"
#include "shared/base/time.h"

#define SHEET_CSV_MAX (256 * 1024 * 1024)

/* report: what report_run gives. */
void sheet_csv(const json_t *report, struct buf *out);
/* The same as a file, for its owner alone. */
MUST_USE enum status sheet_csv_write(const json_t *sheet, const char *path, struct error *err);

/* "2026-11-24T01:30:00.123Z" as people write it in China, to the minute; "" for anything else. */
const char *sheet_time(const char *utc, char out[static TIME_TEXT_SIZE]);
/* A number as people read it in a list: 1234567 -> "1,234,567" with group, 98.4 -> "98.4". */
void sheet_number(const json_t *value, const char *kind, bool group, struct buf *out);

#endif
