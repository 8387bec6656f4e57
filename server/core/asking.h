/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * asking: asks the county's witnesses over HTTP (C2SP tlog-witness), one request at a time, while
 * the server does other things.
 *
 *   tick ─▶ who is due? ─▶ POST <url>/add-checkpoint ─┬─ 200: the line is kept ─▶ who is next?
 *                                                     ├─ 409: it stands elsewhere: from there, once
 * more └─ else: later, longer each time, and said why
 *
 * A witness that stands beyond what the county has, or that calls its history another, is never
 * argued with: what it said stands in `huced witness list` until it signs again.
 */
#ifndef SERVER_CORE_ASKING_H
#define SERVER_CORE_ASKING_H

#include "server/core/cosign.h"
#include "shared/net/loop.h"

#define ASKING_EVERY_S 10 /* between two passes over the ledgers */

struct asking;

MUST_USE enum status asking_start(struct server *srv, struct loop *loop, struct asking **out,
                                  struct error *err);
void asking_stop(struct asking *asking); /* what is under way is dropped; NULL allowed */

/* About once a second; now_ms: a clock that does not jump. Begins a pass when it is time. */
void asking_tick(struct asking *asking, int64_t now_ms);

/* Asks for everything there is, now, on a loop of its own; who fails is left alone. How many lines
 * came. */
MUST_USE enum status asking_once(struct server *srv, uint64_t *lines, struct error *err);

#endif
