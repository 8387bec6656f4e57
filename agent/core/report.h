/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * report: runs a report (report_def.h) over this desk's replica, for the command line and the local
 * API.
 *
 * The SQL of a report sees the record views, everything of shared/db/derived.h, and
 *
 *   scope  (origin, code, name, reported, last_sync_ms, last_entry_ms, own)
 *          one row per village ledger that is asked about. reported 0: nothing has ever arrived.
 *          own: written in on this desk
 *   :today :month :ledger       the parameters; :ledger is NULL when everything is asked about
 *
 * It runs on a connection of its own that can only read, for at most a minute.
 */
#ifndef AGENT_CORE_REPORT_H
#define AGENT_CORE_REPORT_H

#include <jansson.h>

#include "agent/core/desk.h"

struct report_ask {
    const char *ledger; /* full origin, or a division code, which covers all below; NULL: all */
    const char *day;    /* YYYY-MM-DD: the day it is made for; NULL: today in China */
    const char *month;  /* YYYY-MM; NULL: that of the day */
    const char *as;     /* who asks, as for desk_person; NULL: anybody on this device who may */
    bool whole;         /* without masks: the caller sees to it that it is signed for */
};

/* {"reports":[{"name","zh","en","county","about"}…]}; county: defined by the county itself. desk
 * NULL: those of the program. */
MUST_USE enum status report_list(struct desk *desk, json_t **out, struct error *err);

/* {"name","zh","en","about",
 *  "made_at" (UTC), "day", "month", "ledger" (as asked, or null),
 *  "data": {"ledgers","reported","synced_today","never_synced": counts of ledgers,
 *           "list":[{"origin","code","name","reported","last_sync","last_entry","own","heard_ms",
 *           "silent","size","unsent"}…]}, times in UTC or null. last_sync: this desk's exchange
 * with the county; last_entry: the newest leaf; heard_ms: that, or now where its people write here;
 * silent: it has no figures here (report_rows.h) "summary":[{"name","zh","value","note"}…], "none":
 * what to say when there are no rows, "columns":[{"name","zh","en","kind","null","file_only"}…],
 *  "rows":[{column: value…}…]}
 * Values: text and dates as strings, masked where the report says so; count as integer, percent and
 * money (in yuan) as numbers; null.
 *
 * ST_NOT_FOUND: no such report; ST_USAGE: a bad day, month or ledger; ST_REFUSED: not for the roles
 * of the people here. */
MUST_USE enum status report_run(struct desk *desk, const char *name, const struct report_ask *ask,
                                json_t **out, struct error *err);

#define REPORT_DETAIL_MAX 5000
/* The records behind a figure: {"name","title","column","label","code","day","made_at",
 * "records":[{"code","type","id"}…]}, at most so many; title and label: {"zh","en"}. code NULL: of
 * all units. ST_NOT_FOUND: the report has no detail. */
MUST_USE enum status report_detail(struct desk *desk, const char *name,
                                   const struct report_ask *ask, const char *column,
                                   const char *code, json_t **out, struct error *err);

#endif
