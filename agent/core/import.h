/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * import: rows of a CSV file become changes, one per row, in one transaction.
 *
 *   header ─ field name, Chinese label or --map ─▶ fields
 *   row ─ record by `id` (32 hex digits), else by its key on paper ─▶ update what differs, or
 * create
 *
 * Every bad row is reported with its line; unless bad rows are to be skipped, one bad row means
 * that nothing is written. The file is read as a stream: memory does not grow with it (except by
 * one entry per record key).
 */
#ifndef AGENT_CORE_IMPORT_H
#define AGENT_CORE_IMPORT_H

#include "agent/core/args.h"
#include "agent/core/desk.h"

struct import_options {
    const char *table; /* by name: the catalog may be read anew when the transaction begins */
    const char *path;
    struct ledger *ledger;
    struct author *author;   /* NULL only with dry_run */
    const struct args *args; /* --map col=field, repeated */
    struct slice note;
    bool dry_run, skip_bad;
    void (*bad_row)(void *arg, uint64_t line, const char *text);
    void (*progress)(void *arg, uint64_t rows, double share); /* may be NULL */
    void *arg;
};

struct import_result {
    uint64_t rows, created, updated, unchanged, bad;
    bool written;
};

/* ST_INVALID when rows were bad and nothing was written. */
MUST_USE enum status import_run(struct desk *desk, const struct import_options *options,
                                struct import_result *out, struct error *err);

#endif
