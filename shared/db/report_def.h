/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * report_def: a report as data: a file migrations/report/NNNN_name.sql, embedded in the program.
 *
 *   -- name: plans
 *   -- zh: 一户一策进度表
 *   -- en: Household plans
 *   -- about: what counts as what, for the reader; may stand on several lines
 *   -- who: village township dept auditor       roles that may see it; dept is any, dept:rs one
 *   -- none: 没有要列的户                        what an empty list says
 *   -- hold: d_labour d_household              derived views to compute once; may be absent
 *   -- column: NAME | 标题 | Title | KIND [OPTION…]
 *   -- by: unit                              rows are units: a division's code in the column
 * `code`, the name in `unit`; a total is put above several (report_rows.h)
 *   -- period: month                         the figures are of the month: who was not heard in it
 * has none
 *   -- summary:      SELECT name, zh, value, note      a few figures before the list; may be absent
 *   -- rows:         SELECT with exactly the columns, in their order, without those that have of=
 *   -- detail:       SELECT code, type, id: the records behind the figure :column; may be absent
 *
 * KIND: text, date, count, percent (of one hundred), money (fen, shown in yuan), ratio.
 * OPTION: mask=name|id|phone   the column is masked wherever it is shown or written
 *         null=TEXT            shown for NULL
 *         file                 not on the terminal: only in files and JSON
 *         of=A/B               computed from columns A and B, also in the total: of hundred in a
 *                              percent, A/B in a ratio
 *
 * A county adds its own while everything runs: the same text in a record `report_def` of its
 * registry (`huced report define`), on every desk after the next exchange. Its SQL reads only, and
 * is stopped after REPORT_STEPS_MAX steps.
 *
 * Everything is borrowed from the text.
 */
#ifndef SHARED_DB_REPORT_DEF_H
#define SHARED_DB_REPORT_DEF_H

#include "shared/base/slice.h"
#include "shared/base/status.h"
#include "shared/db/db.h"
#include "shared/record/mask.h"

#define REPORT_COLUMNS_MAX 64
#define REPORT_ABOUT_MAX 8
#define REPORT_TEXT_MAX 60000
#define REPORT_STEPS_MAX 400000000 /* of SQLite's machine, for a county's own: some ten seconds */
/* What the SQL finds beside the views; who fills it: agent/core/report.c, server/cmd/report.c */
#define REPORT_SCOPE_TABLE                                                         \
    "CREATE TEMP TABLE scope(origin TEXT PRIMARY KEY, code TEXT, name TEXT,"       \
    " reported INTEGER, last_sync_ms INTEGER, last_entry_ms INTEGER, own INTEGER," \
    " size INTEGER, unsent INTEGER)"

enum report_kind {
    REPORT_TEXT,
    REPORT_DATE,
    REPORT_COUNT,
    REPORT_PERCENT,
    REPORT_MONEY,
    REPORT_RATIO
};

struct report_column {
    struct slice name, zh, en, null;
    struct slice part, whole; /* of=part/whole; empty: from the SQL */
    enum report_kind kind;
    enum mask mask;
    bool file_only;
};

struct report_def {
    const char *path;  /* for messages */
    bool county;       /* the county's own: bounded */
    struct slice text; /* all of it */
    struct slice name, zh, en, who, none, hold, by, period;
    size_t about_count, column_count;
    struct slice about[REPORT_ABOUT_MAX];
    struct report_column columns[REPORT_COLUMNS_MAX];
    struct slice summary, rows, detail; /* SQL; summary and detail may be empty */
};

/* ST_INVALID names the line that is wrong. */
MUST_USE enum status report_def_parse(const char *path, const char *text, struct report_def *out,
                                      struct error *err);

/* Calls fn for every embedded report, in order of file, then (db not NULL) for the county's own, by
 * name; one of those that this program cannot read is passed over. Stops at the first failure. A
 * county's def is valid until fn returns. */
typedef enum status report_def_visit(void *arg, const struct report_def *def, struct error *err);
MUST_USE enum status report_def_each(struct db *db, report_def_visit *fn, void *arg,
                                     struct error *err);
/* Its text is copied into the arena. ST_NOT_FOUND names those that there are. */
MUST_USE enum status report_def_find(struct db *db, const char *name, struct arena *arena,
                                     struct report_def *out, struct error *err);

/* ST_INVALID unless the statement gives what the header promises; but for what is computed. */
MUST_USE enum status report_def_check_columns(const struct report_def *def, struct stmt *stmt,
                                              struct error *err);

/* The next word of a list of words; n == 0: no more. */
struct slice report_def_word(struct slice *words);
/* Whether a role ("village", "dept:rs" …) may see it. */
bool report_def_allows(const struct report_def *def, const char *role);

const char *report_kind_name(enum report_kind kind);

#endif
