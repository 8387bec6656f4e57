/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * backfill: the history behind records that came first (bootstrap.h). It comes by the requests of
 * an ordinary exchange, from where it is here, each answer verified and durable; a line that drops
 * costs one answer. When all of it is here, what the county had signed for the records is compared
 * with what the history comes to, and everything derived is made anew from it. Where they differ
 * the county has signed something that was not so: both are kept (evidence.h), and the history
 * alone counts.
 */
#ifndef AGENT_CORE_BACKFILL_H
#define AGENT_CORE_BACKFILL_H

#include "agent/core/desk.h"
#include "shared/net/loop.h"

struct backfill;

struct backfill_progress {
    uint64_t have, of; /* changesets of the history, of all ledgers that lack some */
    uint64_t bytes_in, bytes_out;
    int64_t elapsed_ms;
    uint64_t came; /* in this run */
    bool settled;  /* all of it is here and has been compared */
};
/* About how long the rest will take; -1: nobody can say. */
int64_t backfill_left_s(const struct backfill_progress *p);

struct backfill_hooks {
    void (*progress)(void *arg, const struct backfill_progress *progress); /* may be NULL */
    void (*done)(void *arg, enum status st, const struct error *err,
                 const struct backfill_progress *progress); /* exactly once, from the loop */
    void *arg;
    int64_t limit_ms; /* ends after the answer that comes next then; 0: goes on to the end */
};

/* Is some history still to come? */
bool backfill_waits(struct desk *desk);
MUST_USE enum status backfill_start(struct desk *desk, struct loop *loop,
                                    const struct backfill_hooks *hooks, struct backfill **out,
                                    struct error *err);
void backfill_cancel(struct backfill *backfill); /* NULL allowed; what came is stored */
/* On a loop of its own. ST_DAMAGED: the records were not what the history comes to. */
MUST_USE enum status backfill_run(struct desk *desk, const struct backfill_hooks *hooks,
                                  struct backfill_progress *out, struct error *err);

#endif
