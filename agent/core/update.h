/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * update: another build of this program, signed by the county's root key (shared/ledger/release.h),
 * from the county or from a stick. It is taken only when somebody says so.
 *
 *   county ── GET /v1/release, in ranges ──┐
 *   stick  ────────────────────────────────┴▶ <data>/updates/ready ── verified ── "--yes" ──▶
 *       PROGRAM.new, started once to see that it runs here ─▶ PROGRAM; the old one:
 * PROGRAM.previous
 *
 * Back: PROGRAM.previous becomes PROGRAM again. Work is never touched by either: what a newer
 * program wrote an older one keeps and passes over (FORMAT.md §3a), and tables are made anew by
 * whichever program opens them.
 */
#ifndef AGENT_CORE_UPDATE_H
#define AGENT_CORE_UPDATE_H

#include "agent/core/desk.h"
#include "shared/ledger/release.h"

/* A release that is here and verified. bytes owns what notes and program point into. */
struct update {
    struct buf bytes;
    struct release release;
    struct slice program;
};
void update_release(struct update *update); /* accepts the zero state */

/* What is ready to be applied. ST_NOT_FOUND: nothing is. */
MUST_USE enum status update_ready(struct desk *desk, struct update *out, struct error *err);
/* A file from a stick. ST_REFUSED: not signed by this county's root key, for another kind of
 * machine, or not newer than this program. */
MUST_USE enum status update_take(struct desk *desk, const char *path, struct update *out,
                                 struct error *err);
/* Asks the county; what had come of it before a line broke is not asked for again. ST_NOT_FOUND: it
 * has nothing newer. */
MUST_USE enum status update_fetch(struct desk *desk, struct update *out, struct error *err);

/* Puts it in the place of the program at path (NULL: this one). ST_REFUSED: it does not run here;
 * then nothing has changed. */
MUST_USE enum status update_apply(struct desk *desk, const char *path, const struct update *update,
                                  struct error *err);
/* ST_NOT_FOUND: there is no earlier one. */
MUST_USE enum status update_back(const char *path, struct error *err);

#endif
