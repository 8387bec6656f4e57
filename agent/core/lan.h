/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * lan: two desks of one office give each other what they have, without the county: changesets that
 * wait for a leaf, whoever wrote them, and leaves that only one of them has heard of.
 *
 *   asker ── what I hold ──▶ the other            each time sealed to the one it is for and signed
 *         ◀── what it holds, what I lack ──       by the device it comes from (bundle.h)
 *         ── what it lacks ──▶                    … until nobody lacks anything
 *
 * What comes is judged as the county would judge it: it must stand on what is here, in its place in
 * its chain, signed by somebody whose grant is in force. A second changeset with the number of
 * another is not taken: the county will see the fork. What is taken lies on top (the overlay) like
 * one's own work, new work names it (deps), and whoever reaches the county first brings all of it:
 * the county's order decides, the same for all. Leaves are taken only up to a head that the county
 * signed: a neighbour can withhold, it cannot invent.
 *
 * A ledger is shown to a device that may read it, by the registry as it is here; nothing is told to
 * a device that is revoked or unknown.
 */
#ifndef AGENT_CORE_LAN_H
#define AGENT_CORE_LAN_H

#include "agent/core/desk.h"
#include "shared/net/loop.h"
#include "shared/sync/lan.h"

#define LAN_PATH "/v1/neighbour"
#define LAN_BODY_MAX (16 * 1024 * 1024)

struct lan_done {
    struct hash device; /* the other */
    uint64_t given, taken, leaves;
    uint64_t refused; /* of what came: forks, people whose grant has ended, damaged */
    struct error why; /* the newest reason; status ST_OK: none */
};

/* Who is here, to be told to anybody who asks: the registry and this device. */
void lan_hello(struct desk *desk, struct buf *out);
/* One request, sealed to this desk, becomes an answer. ST_REFUSED: from nobody who may ask. */
MUST_USE enum status lan_answer(struct desk *desk, struct slice request, struct buf *answer,
                                struct lan_done *out, struct error *err);

/* Exchanges with the desk at "host:port" until neither lacks anything, on a loop of its own. */
MUST_USE enum status lan_run(struct desk *desk, const char *address, struct lan_done *out,
                             struct error *err);

#endif
