/* SPDX-License-Identifier: MulanPSL-2.0 */
/* schedule: see schedule.h. */
#include "agent/api/schedule.h"

/* from … to, by chance */
static int64_t between(int64_t from, int64_t to, uint32_t chance)
{
    return from + (to - from) * (int64_t)(chance >> 8) / (1 << 24);
}

void schedule_init(struct schedule *s, int64_t period_ms, int64_t now_ms, uint32_t chance)
{
    int64_t start_ms = SCHEDULE_START_MS < period_ms ? SCHEDULE_START_MS : period_ms;
    *s = (struct schedule){.period_ms = period_ms,
                           .due_ms = now_ms + between(start_ms / 2, start_ms, chance)};
}

void schedule_saved(struct schedule *s, int64_t now_ms)
{
    if (!s->saved)
        s->first_save_ms = now_ms;
    s->saved = true;
    s->last_save_ms = now_ms;
}

void schedule_began(struct schedule *s)
{
    s->saved = false;
}

static int64_t retry_ms(const struct schedule *s, uint32_t chance)
{
    int64_t max_ms = s->period_ms > SCHEDULE_RETRY_MAX_MS ? s->period_ms : SCHEDULE_RETRY_MAX_MS;
    int64_t wait_ms = s->period_ms < SCHEDULE_RETRY_MIN_MS ? s->period_ms : SCHEDULE_RETRY_MIN_MS;
    for (unsigned i = 1; i < s->failures && wait_ms < max_ms; i++)
        wait_ms *= 2;
    if (wait_ms > max_ms)
        wait_ms = max_ms;
    return between(wait_ms / 2, wait_ms, chance);
}

int64_t schedule_watch_ms(unsigned failures, uint32_t chance)
{
    const struct schedule s = {.period_ms = SCHEDULE_RETRY_MAX_MS, .failures = failures};
    return failures ? retry_ms(&s, chance) : 0;
}

void schedule_ended(struct schedule *s, bool well, int64_t now_ms, int64_t asked_ms,
                    uint32_t chance)
{
    s->failures = well ? 0 : s->failures + 1;
    s->due_ms = now_ms + (well ? between(s->period_ms - s->period_ms / 10,
                                         s->period_ms + s->period_ms / 10, chance)
                               : retry_ms(s, chance));
    int64_t asked_due_ms = now_ms + between(asked_ms, asked_ms + asked_ms / 10, chance);
    if (!well && asked_ms > 0 && s->due_ms < asked_due_ms)
        s->due_ms = asked_due_ms;
}

int64_t schedule_due_ms(const struct schedule *s)
{
    if (s->period_ms == 0)
        return INT64_MAX;
    if (!s->saved || s->failures)
        return s->due_ms;
    int64_t quiet_ms = s->last_save_ms + SCHEDULE_QUIET_MS;
    int64_t held_ms = s->first_save_ms + SCHEDULE_HELD_MS;
    int64_t soon_ms = quiet_ms < held_ms ? quiet_ms : held_ms;
    return soon_ms < s->due_ms ? soon_ms : s->due_ms;
}
