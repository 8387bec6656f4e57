/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * schedule: when the next exchange with the county is due. Pure: time and chance are arguments.
 *
 *   all well         every period, a tenth more or less, so that a county's desks do not come at
 * once after a save     when no more was saved for SCHEDULE_QUIET_MS, at the latest after
 *                    SCHEDULE_HELD_MS: several saves travel in one changeset
 *   asked to wait    not before, and a tenth later by chance: not all desks at once
 *   unreachable      after 15 s, then twice as long each time up to a quarter of an hour (or the
 *                    period, if that is longer), less up to a half by chance; saves do not shorten
 * it
 */
#ifndef AGENT_API_SCHEDULE_H
#define AGENT_API_SCHEDULE_H

#include <stdbool.h>
#include <stdint.h>

#define SCHEDULE_START_MS 2000
#define SCHEDULE_QUIET_MS 5000
#define SCHEDULE_HELD_MS 60000
#define SCHEDULE_RETRY_MIN_MS 15000
#define SCHEDULE_RETRY_MAX_MS (15 * 60 * 1000)

struct schedule {
    int64_t period_ms; /* 0: only when somebody asks */
    int64_t due_ms;    /* of the period or the retry */
    unsigned failures; /* in a row */
    bool saved;        /* something waits that the last exchange did not know of */
    int64_t first_save_ms, last_save_ms;
};

/* chance: any number, evenly distributed. */
void schedule_init(struct schedule *s, int64_t period_ms, int64_t now_ms, uint32_t chance);
void schedule_saved(struct schedule *s, int64_t now_ms);
void schedule_began(struct schedule *s); /* what was saved before travels now */
/* asked_ms: the county asked not to be asked again so soon (Retry-After); 0: it did not. */
void schedule_ended(struct schedule *s, bool well, int64_t now_ms, int64_t asked_ms,
                    uint32_t chance);
/* How long a watch (agent/core/watch.h) that has failed so often in a row rests. */
int64_t schedule_watch_ms(unsigned failures, uint32_t chance);
/* INT64_MAX: never by itself. */
int64_t schedule_due_ms(const struct schedule *s);

#endif
