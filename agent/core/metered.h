/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * metered: a line that is paid for by the megabyte. Records always go, they are small; photos and
 * scans wait for certain hours of the day, and no more of a day than so many megabytes is used for
 * both together before the rest of the photos waits for tomorrow. Nobody holds a question open at
 * the county over such a line: what is new comes at the next period.
 *
 * The day and its hours are China's. The rule is pure; what it needs to know is in two settings.
 */
#ifndef AGENT_CORE_METERED_H
#define AGENT_CORE_METERED_H

#include "agent/core/desk.h"

#define METERED_FROM_H 22 /* unless somebody says otherwise: when nobody works */
#define METERED_TO_H 7
#define METERED_DAY_MB 20
#define METERED_DAY_MB_MAX 100000

struct metered {
    bool on;
    unsigned from_h, to_h; /* 0–23; the same: at any hour */
    uint64_t day_bytes;    /* 0: no photos at all */
};

/* How long photos have to wait at this moment, with so much used today; 0: they may go. */
int64_t metered_wait_ms(const struct metered *m, int64_t now_ms, uint64_t used_today);
/* The number of the day in China. */
int64_t metered_day(int64_t now_ms);

void metered_read(struct desk *desk, struct metered *out); /* off unless it was written */
MUST_USE enum status metered_write(struct desk *desk, const struct metered *m, struct error *err);
uint64_t metered_used(struct desk *desk, int64_t now_ms); /* bytes, today */
/* So much has travelled. Noted only where the line is metered; a note that fails costs only that.
 */
void metered_count(struct desk *desk, int64_t now_ms, uint64_t bytes);
/* metered_wait_ms of this desk, now. */
int64_t metered_photos_wait_ms(struct desk *desk);

#endif
