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
 *   -- summary:      SELECT name, zh, value, note      a few figures before the list; may be absent
 *   -- rows:         SELECT with exactly the columns, in their order
 *
 * KIND: text, date, count, percent (of one hundred), money (fen, shown in yuan).
 * OPTION: mask=name|id|phone   the column is masked wherever it is shown or written
 *         null=TEXT            shown for NULL
 *         file                 not on the terminal: only in files and JSON
 *
 * Everything is borrowed from the embedded text.
 */
#ifndef AGENT_CORE_REPORT_DEF_H
#define AGENT_CORE_REPORT_DEF_H

#include "shared/base/slice.h"
#include "shared/base/status.h"
#include "shared/record/mask.h"

#define REPORT_COLUMNS_MAX 64
#define REPORT_ABOUT_MAX 8

enum report_kind { REPORT_TEXT, REPORT_DATE, REPORT_COUNT, REPORT_PERCENT, REPORT_MONEY };

struct report_column {
    struct slice name, zh, en, null;
    enum report_kind kind;
    enum mask mask;
    bool file_only;
};

struct report_def {
    const char *path; /* for messages */
    struct slice name, zh, en, who, none, hold;
    size_t about_count, column_count;
    struct slice about[REPORT_ABOUT_MAX];
    struct report_column columns[REPORT_COLUMNS_MAX];
    struct slice summary, rows; /* SQL; summary may be empty */
};

/* ST_INVALID names the line that is wrong. */
MUST_USE enum status report_def_parse(const char *path, const char *text, struct report_def *out,
                                      struct error *err);

/* Calls fn for every embedded report, in order of file; stops at the first failure. */
typedef enum status report_def_visit(void *arg, const struct report_def *def, struct error *err);
MUST_USE enum status report_def_each(report_def_visit *fn, void *arg, struct error *err);
/* ST_NOT_FOUND names those that there are. */
MUST_USE enum status report_def_find(const char *name, struct report_def *out, struct error *err);

/* The next word of a list of words; n == 0: no more. */
struct slice report_def_word(struct slice *words);
/* Whether a role ("village", "dept:rs" …) may see it. */
bool report_def_allows(const struct report_def *def, const char *role);

const char *report_kind_name(enum report_kind kind);

#endif
