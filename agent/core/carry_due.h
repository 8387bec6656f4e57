/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * carry_due: which attachments have a way before them, over the line (carry.h) or on a stick
 * (courier_photos.h): first thumbnails up, then photos up, then the thumbnails that are missing
 * here, then the photos that somebody wants (attach.h).
 */
#ifndef AGENT_CORE_CARRY_DUE_H
#define AGENT_CORE_CARRY_DUE_H

#include "agent/core/desk.h"

struct carry_due {
    int64_t ledger;
    struct hash hash;
    bool up;      /* the county does not have it */
    bool unasked; /* comes while there is room */
};

/* In order, the first `max`. with_records: changes that wait go before them, so what those name
 * goes too; else it is due when they have their leaves. */
size_t carry_due_find(struct desk *desk, bool with_records, struct carry_due *out, size_t max);
bool carry_due_any(struct desk *desk);

#endif
