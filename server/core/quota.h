/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * quota: how much one ledger, and one device, may bring in a day (by Beijing's clock), of changes
 * and of attachments, so that one that runs wild does not fill the county's disk for all.
 *
 * What begins below the limit is taken whole, so a message larger than what is left, or than the
 * limit, is no dead end; the next one waits. Nothing is lost by it: what is not taken stays at the
 * desk as unsent, and goes when the next day has begun. Counted is what is stored, not what was
 * there already.
 */
#ifndef SERVER_CORE_QUOTA_H
#define SERVER_CORE_QUOTA_H

#include "server/core/server.h"

/* May more be taken of this ledger, from this device, today? */
bool quota_left(struct server *srv, enum quota_kind kind, const struct ledger *ledger,
                const struct hash *device, int64_t now_ms);
/* Inside the transaction that stores it. */
MUST_USE enum status quota_count(struct server *srv, enum quota_kind kind,
                                 const struct ledger *ledger, const struct hash *device,
                                 uint64_t bytes, int64_t now_ms, struct error *err);
/* Seconds until the next day. */
int64_t quota_again_s(int64_t now_ms);

#endif
