/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * metered: see metered.h. The settings: `metered` is "FROM TO BYTES", absent where the line costs
 * nothing; `metered_used` is "DAY BYTES", and says nothing on any other day.
 */
#include "agent/core/metered.h"

#include <inttypes.h>
#include <stdio.h>

#include "shared/base/diag.h"
#include "shared/base/time.h"

#define HOUR_MS INT64_C(3600000)
#define DAY_MS (24 * HOUR_MS)
#define CHINA_MS (8 * HOUR_MS)
#define SETTING_MAX 64

static int64_t china_ms(int64_t now_ms)
{
    return now_ms + CHINA_MS;
}

int64_t metered_day(int64_t now_ms)
{
    int64_t ms = china_ms(now_ms);
    return ms >= 0 ? ms / DAY_MS : -((-ms + DAY_MS - 1) / DAY_MS);
}

/* From this moment of the day to the next time the hour begins; 0: within the hours. */
static int64_t hours_wait_ms(const struct metered *m, int64_t in_day_ms)
{
    const int64_t from = (int64_t)m->from_h * HOUR_MS, to = (int64_t)m->to_h * HOUR_MS;
    const bool within = from == to  ? true
                        : from < to ? in_day_ms >= from && in_day_ms < to
                                    : in_day_ms >= from || in_day_ms < to;
    if (within)
        return 0;
    return from > in_day_ms ? from - in_day_ms : from + DAY_MS - in_day_ms;
}

int64_t metered_wait_ms(const struct metered *m, int64_t now_ms, uint64_t used_today)
{
    if (!m->on)
        return 0;
    const int64_t in_day_ms = china_ms(now_ms) - metered_day(now_ms) * DAY_MS;
    if (used_today < m->day_bytes)
        return hours_wait_ms(m, in_day_ms);
    const int64_t tomorrow_ms = DAY_MS - in_day_ms;
    return tomorrow_ms + hours_wait_ms(m, 0);
}

static bool read_setting(struct desk *desk, const char *name, char out[static SETTING_MAX])
{
    struct buf value;
    buf_init(&value, SETTING_MAX - 1);
    bool found = desk_setting(desk, name, &value) && buf_ok(&value) && value.n > 0;
    snprintf(out, SETTING_MAX, "%.*s", found ? (int)value.n : 0,
             found ? (const char *)value.p : "");
    buf_release(&value);
    return found;
}

void metered_read(struct desk *desk, struct metered *out)
{
    char text[SETTING_MAX];
    *out = (struct metered){0};
    if (read_setting(desk, "metered", text))
        out->on = sscanf(text, "%u %u %" SCNu64, &out->from_h, &out->to_h, &out->day_bytes) == 3 &&
                  out->from_h < 24 && out->to_h < 24;
}

enum status metered_write(struct desk *desk, const struct metered *m, struct error *err)
{
    char text[SETTING_MAX] = "";
    if (m->on)
        snprintf(text, sizeof(text), "%u %u %" PRIu64, m->from_h, m->to_h, m->day_bytes);
    return desk_set(desk, "metered", slice_str(text), err);
}

uint64_t metered_used(struct desk *desk, int64_t now_ms)
{
    char text[SETTING_MAX];
    int64_t day;
    uint64_t bytes;
    if (!read_setting(desk, "metered_used", text) ||
        sscanf(text, "%" SCNd64 " %" SCNu64, &day, &bytes) != 2)
        return 0;
    return day == metered_day(now_ms) ? bytes : 0;
}

void metered_count(struct desk *desk, int64_t now_ms, uint64_t bytes)
{
    struct metered m;
    struct error err;
    char text[SETTING_MAX];
    metered_read(desk, &m);
    if (!m.on || bytes == 0)
        return;
    snprintf(text, sizeof(text), "%" PRId64 " %" PRIu64, metered_day(now_ms),
             metered_used(desk, now_ms) + bytes);
    if (desk_set(desk, "metered_used", slice_str(text), &err) != ST_OK)
        diag_warn("metered", "%s", err.text);
}

int64_t metered_photos_wait_ms(struct desk *desk)
{
    struct metered m;
    const int64_t now_ms = time_now_ms();
    metered_read(desk, &m);
    return m.on ? metered_wait_ms(&m, now_ms, metered_used(desk, now_ms)) : 0;
}
