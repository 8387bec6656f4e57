/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * sync: the shell around the exchange (exchange.h): it closes open changesets before their first
 * byte leaves, sends, stores what comes back, and goes on until nothing moves any more.
 *
 *   close ─▶ request ─▶ POST /v1/sync ─▶ store per ledger ─┬─ more ─▶ request
 *                                                          └─ done ─▶ GET /v1/ledgers when the
 *                                                             registry grew ─▶ done
 *
 * A desk that begins asks for the registry first, then for what it may begin with (bootstrap.h).
 */
#ifndef AGENT_CORE_SYNC_H
#define AGENT_CORE_SYNC_H

#include "agent/core/desk.h"
#include "shared/net/loop.h"
#include "shared/sync/session.h"

struct sync;

struct sync_hooks {
    /* After every step; may be NULL. */
    void (*progress)(void *arg, const struct session_progress *progress, uint64_t left);
    /* Exactly once, from the loop; the sync is gone after it. */
    void (*done)(void *arg, enum status st, const struct error *err,
                 const struct session_progress *progress);
    void *arg;
};

/* One exchange. done may come from inside the loop only, never from inside this function. */
MUST_USE enum status sync_start(struct desk *desk, struct loop *loop,
                                const struct sync_hooks *hooks, struct sync **out,
                                struct error *err);
void sync_cancel(struct sync *sync); /* done is not called any more; what was stored stays */

/* Runs one exchange on a loop of its own until it is over or interrupted (ST_UNREACHABLE then).
 * progress may be NULL. */
MUST_USE enum status sync_run(struct desk *desk,
                              void (*progress)(void *arg, const struct session_progress *progress,
                                               uint64_t left),
                              void *arg, struct session_progress *out, struct error *err);

#endif
