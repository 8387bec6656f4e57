/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * csv: rows of a CSV file (RFC 4180), read piece by piece.
 *
 * Files come from Excel in Chinese offices: UTF-8 with or without a byte order mark, or GB18030.
 * The encoding is decided from the whole beginning of the file that is at hand (64 KiB): UTF-8 if
 * at most one in ten of the characters beyond ASCII is broken, else GB18030; if it is neither, the
 * one that fits better. Bytes that are no character of it are an error with the line. CR LF and LF
 * end a line; a quoted field may hold both, and quotes doubled.
 */
#ifndef AGENT_CORE_CSV_H
#define AGENT_CORE_CSV_H

#include "shared/base/slice.h"
#include "shared/base/status.h"

#define CSV_COLUMNS_MAX 256
#define CSV_FIELD_MAX (64 * 1024)
#define CSV_ROW_MAX (256 * 1024)

struct csv;

struct csv_row {
    uint64_t line; /* where it begins, from 1 */
    size_t count;
    struct slice fields[CSV_COLUMNS_MAX]; /* UTF-8; valid until the next csv_next */
};

/* path "-" is standard input. The caller closes *out also when it is done early. */
MUST_USE enum status csv_open(const char *path, struct csv **out, struct error *err);
void csv_close(struct csv *csv); /* NULL allowed */
/* *more = false at the end. Blank lines are passed over. After an error no further row is read: the
 * same error again. */
MUST_USE enum status csv_next(struct csv *csv, struct csv_row *row, bool *more, struct error *err);
/* 0 … 1: how much of the file has been read; 0 when its size is not known. */
double csv_progress(const struct csv *csv);

/* One field for writing: quoted when needed, appended to out. */
struct buf;
void csv_put(struct buf *out, struct slice text, bool first);

#endif
