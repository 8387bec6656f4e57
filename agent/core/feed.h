/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * feed: what a department's register says, taken as claims of that department (FEEDS.md).
 *
 *   CSV: id_no, and fields of `person`       the department's desk, its people, its signature
 *      │ by id number
 *      ├─ the same           counted
 *      └─ another value      a difference in the village's ledger; and, where the field is one that
 * the department decides (`authority`), its word is written and in force: the village's stays
 * beside it the village  confirms, or disputes with a reason and evidence the department accepts
 * (its word becomes the village's) or upholds with an answer and takes a file of all that away, for
 * its own system
 */
#ifndef AGENT_CORE_FEED_H
#define AGENT_CORE_FEED_H

#include <jansson.h>

#include "agent/core/act.h"

struct feed_take {
    const char *path;   /* CSV, UTF-8 or GB18030; "-" is standard input */
    const char *source; /* department code: ga, mz … */
    const char *day;    /* YYYY-MM-DD: what the register said on that day */
    bool dry_run;
};
struct feed_result {
    uint64_t rows, matched, unmatched, agreed, differences, written;
    char hash[65];
};
/* ST_INVALID names the line or the column; then nothing is written. */
MUST_USE enum status feed_take(struct desk *desk, struct author *author,
                               const struct feed_take *what, struct feed_result *out,
                               struct error *err);

/* [{"id","source","day","person_id","field","label","said","held","status","reason","answer","ledger"}…];
 * status NULL: all. Values are shown as they are: whoever prints them masks. */
MUST_USE enum status feed_list(struct desk *desk, const char *status, json_t **out,
                               struct error *err);

enum feed_answer { FEED_CONFIRM, FEED_DISPUTE, FEED_ACCEPT, FEED_UPHOLD };
/* text: the reason of a dispute, the answer of an uphold. evidence: hashes joined by commas, or
 * NULL. */
MUST_USE enum status feed_answer(struct desk *desk, struct author *author, const char *id,
                                 enum feed_answer what, const char *text, const char *evidence,
                                 struct error *err);

/* The delta for the department's own system, as CSV: what villages said of its data. since: by day
 * of data, or NULL. *rows: how many. */
MUST_USE enum status feed_export(struct desk *desk, const char *source, const char *since,
                                 struct buf *out, size_t *rows, struct error *err);

#endif
