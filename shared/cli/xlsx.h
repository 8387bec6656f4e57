/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * xlsx: a sheet (sheet.h) as a real Excel file; the one door to libxlsxwriter.
 *
 * The first row is the title, the second says when it was made, the third holds the headings, which
 * stay in view while the list is scrolled and filter it. Texts stay texts: nothing is computed, and
 * no long number is rounded. What a report stands on is on a second sheet.
 */
#ifndef SHARED_CLI_XLSX_H
#define SHARED_CLI_XLSX_H

#include <jansson.h>

#include "shared/base/status.h"

#define XLSX_ROWS_MAX 1000000 /* Excel ends at 1,048,576 */

/* Replaces the file as a whole, readable by its owner alone. */
MUST_USE enum status xlsx_write(const json_t *sheet, const char *path, struct error *err);

#endif
