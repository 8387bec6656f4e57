/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * background: exchanges with the county while the service runs, on the service's own loop: between
 * two steps of one the API answers as always. When is schedule.h's decision.
 */
#ifndef AGENT_API_BACKGROUND_H
#define AGENT_API_BACKGROUND_H

#include <jansson.h>

#include "agent/core/desk.h"
#include "shared/net/loop.h"

struct background;

/* period_s 0: only when somebody asks. after: when an exchange has ended well. */
struct background *background_start(struct desk *desk, struct loop *loop, unsigned period_s,
                                    void (*after)(void *arg), void *arg);
/* Breaks an exchange off (what was stored stays). NULL allowed. */
void background_stop(struct background *bg);

void background_saved(struct background *bg); /* something waits to be sent */
/* Attachments go and come, if no exchange is under way: they do by themselves after each. */
void background_carry(struct background *bg);
void background_now(struct background *bg); /* begins, unless one is under way */

/* {"running","progress":{…}|null,"last":{"time","ok","text"}|null,"next_s":n|null}; progress: of
 * the one under way, else of the last:
 * {"rounds","sent","received","confirmed","rejected","bytes_out","bytes_in", "left"}. */
json_t *background_json(const struct background *bg);

#endif
