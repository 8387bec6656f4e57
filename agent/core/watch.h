/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * watch: asks the county to say when one of this desk's ledgers grows (GET /v1/wait), so that what
 * others did is here within a second or two instead of at the next period.
 *
 *   watch_start ─ asks ─┬─ 204: nothing for 55 s ─ asks again
 *                       ├─ 200 ─▶ grown, once
 *                       └─ anything else ─▶ failed, once
 *
 * After either the watch says nothing more; stop it and start another behind the exchange that
 * follows. A desk with many ledgers asks in several questions at once; ledgers that even those have
 * no room for wait for the period.
 */
#ifndef AGENT_CORE_WATCH_H
#define AGENT_CORE_WATCH_H

#include "agent/core/desk.h"
#include "shared/net/loop.h"

struct watch;

struct watch_hooks {
    void (*grown)(void *arg);
    void (*failed)(void *arg, const struct error *err);
    void *arg;
};

/* The hooks come from the loop, never from inside this function, and may stop the watch. */
MUST_USE enum status watch_start(struct desk *desk, struct loop *loop,
                                 const struct watch_hooks *hooks, struct watch **out,
                                 struct error *err);
void watch_stop(struct watch *watch); /* NULL allowed */

#endif
