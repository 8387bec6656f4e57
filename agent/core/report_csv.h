/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * report_csv: a report as a file that Excel and WPS open by double click: UTF-8 with BOM, CRLF,
 * every text quoted. The first row holds the titles; after the list and an empty row stand the day
 * and, for each ledger, when it was synchronised.
 *
 * Spreadsheets compute what begins with = + - @ and round long numbers. So a text that begins so
 * gets an apostrophe in front, and a text of twelve or more digits a tab, which keeps it a text.
 * Other sheets (sheet.h) are written in the same way, without what a report stands on.
 */
#ifndef AGENT_CORE_REPORT_CSV_H
#define AGENT_CORE_REPORT_CSV_H

#include <jansson.h>

#include "shared/base/buf.h"
#include "shared/base/time.h"

#define REPORT_CSV_MAX (256 * 1024 * 1024)

/* report: what report_run gives. */
void report_csv(const json_t *report, struct buf *out);

/* "2026-11-24T01:30:00.123Z" as people write it in China, to the minute; "" for anything else. */
const char *report_time(const char *utc, char out[static TIME_TEXT_SIZE]);
/* A number as people read it in a list: 1234567 -> "1,234,567" with group, 98.4 -> "98.4". */
void report_number(const json_t *value, const char *kind, bool group, struct buf *out);

#endif
