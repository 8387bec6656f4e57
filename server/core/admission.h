/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * admission: the county's act of ordering. Everything here runs inside a transaction, and nothing
 * is answered before it is durable.
 */
#ifndef SERVER_CORE_ADMISSION_H
#define SERVER_CORE_ADMISSION_H

#include "server/core/server.h"
#include "shared/sync/message.h"
#include "shared/sync/session.h"

/* Gives the next leaf of the ledger to a verified changeset. ST_WAIT: the county is recovering. */
MUST_USE enum status admission_append(struct server *srv, struct ledger *ledger,
                                      const struct segment *segment, struct slice columns,
                                      int64_t now_ms, struct error *err);

/* After appending to a ledger whose tree was `before`: checks the new leaves against the bytes that
 * were stored, folds them, and signs a checkpoint. ready: the new leaves' segments. */
MUST_USE enum status admission_finish(struct server *srv, struct ledger *ledger,
                                      const struct merkle *before, const struct segment *ready,
                                      size_t ready_count, struct error *err);

/* Folds the newest leaves, and makes tables anew if they brought record types. */
MUST_USE enum status admission_fold(struct server *srv, struct ledger *ledger,
                                    const struct segment *ready, size_t ready_count,
                                    struct fold_stats *stats, struct error *err);

/* False: the clock has fallen more than a day behind the ledger's last leaf; nothing may be
 * admitted.
 */
bool admission_clock_ok(const struct ledger *ledger, int64_t now_ms);

/* Everyone granted reads the registry; other ledgers by the scopes of the device's persons. */
bool admission_may_read(struct server *srv, const struct hash *device, const struct ledger *ledger);

/* May it hand over work for the ledger: it reads it, or did before a revocation. */
bool admission_may_deliver(struct server *srv, const struct hash *device,
                           const struct ledger *ledger);

/* The whole of POST /v1/sync: admits, then answers with what the device lacks. Runs its own
 * transaction. The answer lives in the arena. ST_WAIT: the county is recovering. */
MUST_USE enum status admission_sync(struct server *srv, const struct hash *device,
                                    const struct sync_request *request, int64_t now_ms,
                                    struct arena *arena, struct sync_answer *answer,
                                    uint64_t *admitted, struct error *err);

#endif
