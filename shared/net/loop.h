/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * loop: a libuv loop with the three things both programs want of it: a clean stop on SIGINT and
 * SIGTERM, timers without ceremony, and an orderly end. Everything happens on the thread that runs
 * it.
 */
#ifndef SHARED_NET_LOOP_H
#define SHARED_NET_LOOP_H

#include <stdint.h>
#include <uv.h>

#include "shared/base/status.h"

struct loop;
struct loop_timer;
typedef void loop_fn(void *arg);

MUST_USE enum status loop_open(struct loop **out,
                               struct error *err); /* SIGPIPE is ignored from here */
/* After loop_run has returned and what uses the loop has been closed: lets pending close callbacks
 * run, stops what timers are left, frees. NULL allowed. */
void loop_close(struct loop *loop);

/* For curl, file watching and other handles of the caller's own. */
uv_loop_t *loop_uv(struct loop *loop);

/* Runs until loop_stop, or until SIGINT or SIGTERM arrive. */
void loop_run(struct loop *loop);
void loop_stop(struct loop *loop); /* from the loop's own thread */

/* fn is called after delay_ms and then every repeat_ms (0: once; the timer then frees itself). */
struct loop_timer *loop_timer_start(struct loop *loop, uint64_t delay_ms, uint64_t repeat_ms,
                                    loop_fn *fn, void *arg);
/* Not after a once-only timer has fired. NULL allowed. */
void loop_timer_stop(struct loop_timer *timer);

#endif
