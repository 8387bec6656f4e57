/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * background: one timer, set to what the schedule says, and one exchange at a time.
 *
 *   arm ─ on_due ─ begin ─▶ sync_start … on_progress … on_done ─▶ arm
 *
 * An exchange that cannot even begin ends like one that failed: it is noted and tried again later.
 */
#include "agent/api/background.h"

#include "agent/api/schedule.h"
#include "agent/core/sync.h"
#include "agent/core/view.h"
#include "shared/base/diag.h"
#include "shared/base/random.h"
#include "shared/base/time.h"

struct background {
    struct desk *desk;
    struct loop *loop;
    struct schedule schedule;
    struct loop_timer *timer;
    struct sync *sync; /* NULL: none under way */
    struct session_progress progress;
    uint64_t left;
    bool any;         /* progress speaks of something */
    int64_t ended_ms; /* wall clock; 0: none has ended yet */
    void (*after)(void *arg);
    void *arg;
    struct error error;
};

static uint32_t chance(void)
{
    uint32_t number;
    random_bytes(&number, sizeof(number));
    return number;
}

static void on_due(void *arg);

static void arm(struct background *bg)
{
    int64_t due_ms = schedule_due_ms(&bg->schedule), now_ms = time_monotonic_ms();
    loop_timer_stop(bg->timer);
    bg->timer = NULL;
    if (!bg->sync && due_ms != INT64_MAX)
        bg->timer = loop_timer_start(bg->loop, due_ms > now_ms ? (uint64_t)(due_ms - now_ms) : 0, 0,
                                     on_due, bg);
}

static void on_progress(void *arg, const struct session_progress *progress, uint64_t left)
{
    struct background *bg = arg;
    bg->progress = *progress;
    bg->left = left;
}

static void ended(struct background *bg, enum status st, const struct error *err)
{
    bg->sync = NULL;
    bg->ended_ms = time_now_ms();
    bg->error = (struct error){0};
    if (st != ST_OK)
        bg->error = *err;
    bg->error.status = st;
    if (st != ST_OK && st != ST_UNREACHABLE)
        diag_warn("sync", "%s", err->text);
    desk_rest(bg->desk);
    schedule_ended(&bg->schedule, st == ST_OK, time_monotonic_ms(), chance());
    arm(bg);
    if (st == ST_OK)
        bg->after(bg->arg);
}

static void on_done(void *arg, enum status st, const struct error *err,
                    const struct session_progress *progress)
{
    struct background *bg = arg;
    bg->progress = *progress;
    ended(bg, st, err);
}

static void begin(struct background *bg)
{
    struct sync_hooks hooks = {.progress = on_progress, .done = on_done, .arg = bg};
    struct error err;
    schedule_began(&bg->schedule);
    bg->progress = (struct session_progress){0};
    bg->left = 0;
    bg->any = true;
    enum status st = sync_start(bg->desk, bg->loop, &hooks, &bg->sync, &err);
    if (st == ST_OK)
        arm(bg);
    else
        ended(bg, st, &err);
}

static void on_due(void *arg)
{
    struct background *bg = arg;
    bg->timer = NULL;
    begin(bg);
}

struct background *background_start(struct desk *desk, struct loop *loop, unsigned period_s,
                                    void (*after)(void *arg), void *arg)
{
    struct background *bg = mem_zero_alloc(1, sizeof(*bg));
    bg->desk = desk;
    bg->loop = loop;
    bg->after = after;
    bg->arg = arg;
    schedule_init(&bg->schedule, (int64_t)period_s * 1000, time_monotonic_ms(), chance());
    arm(bg);
    return bg;
}

void background_stop(struct background *bg)
{
    if (!bg)
        return;
    sync_cancel(bg->sync);
    loop_timer_stop(bg->timer);
    mem_free(bg);
}

void background_saved(struct background *bg)
{
    schedule_saved(&bg->schedule, time_monotonic_ms());
    arm(bg);
}

void background_now(struct background *bg)
{
    if (!bg->sync)
        begin(bg);
}

static json_t *last_json(const struct background *bg)
{
    char when[TIME_TEXT_SIZE];
    if (!bg->ended_ms)
        return json_null();
    time_format_utc(bg->ended_ms, when);
    return json_pack("{s:s, s:b, s:s}", "time", when, "ok", bg->error.status == ST_OK, "text",
                     bg->error.text);
}

json_t *background_json(const struct background *bg)
{
    int64_t due_ms = bg->sync ? INT64_MAX : schedule_due_ms(&bg->schedule);
    int64_t wait_ms = due_ms - time_monotonic_ms();
    json_t *next =
        due_ms == INT64_MAX ? json_null() : json_integer(wait_ms > 0 ? wait_ms / 1000 : 0);
    json_t *progress = bg->any ? view_progress(&bg->progress, bg->left) : json_null();
    return json_pack("{s:b, s:o, s:o, s:o}", "running", bg->sync != NULL, "progress", progress,
                     "last", last_json(bg), "next_s", next);
}
