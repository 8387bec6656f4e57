/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * background: one timer, set to what the schedule says, and one exchange at a time.
 *
 *   arm ─ on_due ─ begin ─▶ sync_start … on_progress … on_done ─▶ arm
 *                    ▲                                              │ well
 *                    └── on_grown ◀── the county says so ◀── look_out ◀── a while after on_blind
 *
 * Between two exchanges the desk watches for its ledgers to grow. A watch that fails says nothing
 * about an exchange: it rests longer each time, and the period goes on as before.
 *
 * An exchange that cannot even begin ends like one that failed: it is noted and tried again later.
 */
#include "agent/api/background.h"

#include "agent/api/schedule.h"
#include "agent/core/backfill.h"
#include "agent/core/backup.h"
#include "agent/core/carry.h"
#include "agent/core/metered.h"
#include "agent/core/sync.h"
#include "agent/core/view.h"
#include "agent/core/watch.h"
#include "shared/base/diag.h"
#include "shared/base/random.h"
#include "shared/base/time.h"

struct background {
    struct desk *desk;
    struct loop *loop;
    struct schedule schedule;
    struct loop_timer *timer;
    struct loop_timer *copying; /* to the second place; NULL: nothing new */
    struct sync *sync;          /* NULL: none under way */
    struct backfill *backfill;  /* the history behind; NULL: none under way */
    struct carry *carry;        /* attachments; NULL: none under way */
    struct carry_progress carried;
    struct watch *watch;     /* NULL: none */
    struct loop_timer *rest; /* of a watch that failed; NULL: none */
    unsigned blind;          /* watches that failed in a row */
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

/* To the second place, some saves at once (agent/core/backup.h). */
static void on_copy(void *arg)
{
    struct background *bg = arg;
    struct error err;
    bg->copying = NULL;
    if (backup_keep(bg->desk, NULL, &err) != ST_OK)
        diag_warn("backup", "%s", err.text);
}

static void copy_soon(struct background *bg)
{
    if (!bg->copying)
        bg->copying = loop_timer_start(bg->loop, SCHEDULE_QUIET_MS, 0, on_copy, bg);
}

static void on_progress(void *arg, const struct session_progress *progress, uint64_t left)
{
    struct background *bg = arg;
    bg->progress = *progress;
    bg->left = left;
}

/* ---- watching ---- */

static void look_out(struct background *bg);
static void begin(struct background *bg);

static void look_away(struct background *bg)
{
    loop_timer_stop(bg->rest);
    bg->rest = NULL;
    watch_stop(bg->watch);
    bg->watch = NULL;
}

static void on_rested(void *arg)
{
    struct background *bg = arg;
    bg->rest = NULL;
    look_out(bg);
}

static void on_blind(void *arg, const struct error *err)
{
    struct background *bg = arg;
    diag_info("watch", "%s", err->text);
    look_away(bg);
    bg->rest = loop_timer_start(bg->loop, (uint64_t)schedule_watch_ms(++bg->blind, chance()), 0,
                                on_rested, bg);
}

static void on_grown(void *arg)
{
    struct background *bg = arg;
    bg->blind = 0;
    look_away(bg);
    if (!bg->sync)
        begin(bg);
}

static void look_out(struct background *bg)
{
    struct watch_hooks hooks = {.grown = on_grown, .failed = on_blind, .arg = bg};
    struct error err;
    struct metered metered;
    metered_read(bg->desk, &metered);
    if (bg->schedule.period_ms == 0 || bg->sync || bg->watch || metered.on)
        return;
    if (watch_start(bg->desk, bg->loop, &hooks, &bg->watch, &err) != ST_OK)
        on_blind(bg, &err);
}

/* ---- attachments, between two exchanges ---- */

static void on_carry(void *arg, const struct carry_progress *progress)
{
    struct background *bg = arg;
    bg->carried = *progress;
}

static void on_carried(void *arg, enum status st, const struct error *err,
                       const struct carry_progress *progress)
{
    struct background *bg = arg;
    bg->carry = NULL;
    bg->carried = *progress;
    if (st != ST_OK && st != ST_UNREACHABLE)
        diag_warn("carry", "%s", err->text);
    desk_rest(bg->desk);
}

void background_carry(struct background *bg)
{
    const struct carry_hooks hooks = {.progress = on_carry, .done = on_carried, .arg = bg};
    struct error err;
    if (bg->sync || bg->carry || bg->backfill || !carry_waits(bg->desk) ||
        metered_photos_wait_ms(bg->desk) > 0)
        return;
    bg->carried = (struct carry_progress){0};
    if (carry_start(bg->desk, bg->loop, &hooks, &bg->carry, &err) != ST_OK)
        diag_warn("carry", "%s", err.text);
}

/* Records first: a photo goes on where it was, afterwards, and so does a history. */
static void stop_carrying(struct background *bg)
{
    backfill_cancel(bg->backfill);
    bg->backfill = NULL;
    carry_cancel(bg->carry);
    bg->carry = NULL;
}

/* ---- the history behind records that came first ---- */

#define FILL_MS 20000 /* then what is new goes on its way first */

static void on_filled(void *arg, enum status st, const struct error *err,
                      const struct backfill_progress *progress)
{
    struct background *bg = arg;
    bg->backfill = NULL;
    (void)progress;
    desk_rest(bg->desk);
    if (st != ST_OK && st != ST_UNREACHABLE)
        diag_warn("backfill", "%s", err->text);
    if (st == ST_OK && !bg->sync)
        begin(bg); /* what is left of it comes after that */
    else
        background_carry(bg);
}

static void fill_behind(struct background *bg)
{
    const struct backfill_hooks hooks = {.done = on_filled, .arg = bg, .limit_ms = FILL_MS};
    struct error err;
    if (!bg->backfill && backfill_start(bg->desk, bg->loop, &hooks, &bg->backfill, &err) != ST_OK)
        diag_warn("backfill", "%s", err.text);
}

/* ---- exchanges ---- */

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
    schedule_ended(&bg->schedule, st == ST_OK, time_monotonic_ms(),
                   bg->progress.retry_after_s * 1000, chance());
    arm(bg);
    if (st == ST_OK)
        look_out(bg);
    if (st == ST_OK)
        copy_soon(bg);
    if (st == ST_OK)
        bg->after(bg->arg);
    if (st == ST_OK && backfill_waits(bg->desk))
        fill_behind(bg);
    else if (st == ST_OK)
        background_carry(bg);
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
    look_away(bg);
    stop_carrying(bg);
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
    stop_carrying(bg);
    look_away(bg);
    loop_timer_stop(bg->timer);
    loop_timer_stop(bg->copying);
    if (bg->copying)
        on_copy(bg);
    mem_free(bg);
}

void background_saved(struct background *bg)
{
    schedule_saved(&bg->schedule, time_monotonic_ms());
    arm(bg);
    copy_soon(bg);
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
    json_t *carried =
        json_pack("{s:b, s:I, s:I, s:I, s:I}", "running", bg->carry != NULL, "up",
                  (json_int_t)bg->carried.up, "down", (json_int_t)bg->carried.down, "left",
                  (json_int_t)bg->carried.left, "stuck", (json_int_t)bg->carried.stuck);
    return json_pack("{s:b, s:o, s:o, s:o, s:o}", "running", bg->sync != NULL, "progress", progress,
                     "last", last_json(bg), "next_s", next, "attachments", carried);
}
