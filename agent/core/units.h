/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * units: the ledgers of this desk as units of the county, how new each is, and who may write there:
 * who is silent, and since when. A desk knows what has arrived, and when; what somebody has saved
 * and not sent, only that machine knows. Known here is what this desk itself has to send, its own
 * and that of neighbours (lan.h).
 */
#ifndef AGENT_CORE_UNITS_H
#define AGENT_CORE_UNITS_H

#include <jansson.h>

#include "agent/core/desk.h"

/* {"units":[{"origin","code","name","level","readable","size","unsent","sent","others","conflicts",
 *            "last_sync","last_entry"}…]: level as division_level; last_entry: the newest leaf,
 *  "members":[{"kid","kind","name","role","scopes","device","device_name","here","granted","by",
 *            "expires","state","revoked","revoked_by","cut","leaf","last","changes"}…]}
 * members: the people whose grants touch those of the one who asks, by his key; last, changes: of
 * what of theirs has arrived in ledgers that this desk holds, the registry aside. Times in UTC or
 * null. */
MUST_USE enum status units_list(struct desk *desk, const struct hash *kid, json_t **out,
                                struct error *err);

#endif
