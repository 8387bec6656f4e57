/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * carry: attachments between this desk and the county, after the records: first thumbnails up, then
 * photos up, then the thumbnails that are missing here, then the photos that somebody wants
 * (attach.h). A line that breaks costs nothing that had arrived at either end.
 *
 *   up    POST or HEAD (how much is there?) ─▶ PATCH … PATCH ─▶ the county has it
 *   down  GET with a range … GET ─▶ all of it is here and has its hash
 */
#ifndef AGENT_CORE_CARRY_H
#define AGENT_CORE_CARRY_H

#include "agent/core/desk.h"
#include "shared/net/loop.h"

struct carry;

struct carry_progress {
    size_t up, down;    /* contents, done */
    size_t left, stuck; /* not yet tried; tried and not possible now */
    uint64_t bytes_up, bytes_down;
    uint64_t cuts; /* how often the line broke */
};

struct carry_hooks {
    void (*progress)(void *arg, const struct carry_progress *progress); /* may be NULL */
    /* Exactly once, from the loop; the carry is gone after it. ST_UNREACHABLE: the rest goes next
     * time. */
    void (*done)(void *arg, enum status st, const struct error *err,
                 const struct carry_progress *progress);
    void *arg;
};

/* Is there anything to carry? Cheap enough to be asked after every exchange. */
bool carry_waits(struct desk *desk);

MUST_USE enum status carry_start(struct desk *desk, struct loop *loop,
                                 const struct carry_hooks *hooks, struct carry **out,
                                 struct error *err);
void carry_cancel(struct carry *carry); /* done is not called any more. NULL allowed */

/* On a loop of its own, until it is over or interrupted. */
MUST_USE enum status carry_run(struct desk *desk, const struct carry_hooks *hooks,
                               struct carry_progress *out, struct error *err);

#endif
