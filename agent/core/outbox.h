/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * outbox: what is on its way to the county, and what became of it.
 *
 *   saved ──closes──▶ unsent ──in a request──▶ sent ──leaf──▶ confirmed
 *                        └────── refused: kept, shown as a task, sent again when that can help
 */
#ifndef AGENT_CORE_OUTBOX_H
#define AGENT_CORE_OUTBOX_H

#include "agent/core/desk.h"
#include "shared/sync/message.h"

/* What one request asked, to compare the answer with. */
struct asked_ledger {
    struct origin origin;
    uint64_t size;
};
struct asked {
    size_t count;
    struct asked_ledger *ledgers; /* in the arena */
};

/* At the start of a session: refusals that a retry may cure are forgotten. In a transaction. */
MUST_USE enum status outbox_start(struct desk *desk, struct error *err);
/* Builds the next request: every ledger's cursor, registry first (or that of the registry alone),
 * and unsent changesets up to piece bytes; notes them as sent. In a transaction; open changesets
 * must be closed. */
MUST_USE enum status outbox_request(struct desk *desk, bool registry_only, size_t piece,
                                    size_t wants, struct arena *arena, struct buf *out,
                                    struct asked *asked, size_t *changesets, struct error *err);
/* The same of one ledger for a stick, which goes once: everything that waits, in requests of at
 * most piece bytes (0: nothing is sent), each handed to `full`; the last one, which may be empty,
 * asks at any rate. What it is given is in the arena. */
typedef enum status outbox_full(void *arg, const struct request_ledger *request, struct error *err);
MUST_USE enum status outbox_pack(struct desk *desk, struct ledger *ledger, size_t piece,
                                 struct arena *arena, outbox_full *full, void *arg,
                                 struct error *err);
/* Changesets that wait for a leaf and are not given up, in all ledgers. */
uint64_t outbox_waiting(struct desk *desk);
MUST_USE enum status outbox_rejected(struct desk *desk, struct ledger *ledger,
                                     const struct rejection *rejection, struct error *err);

/* Counts of changes of the people on this device. */
struct outbox_counts {
    uint64_t unsent, sent, confirmed, refused, conflicts;
    uint64_t others;      /* of unsent and sent: written at another desk of the office (lan.h) */
    int64_t last_sync_ms; /* 0: never */
};
MUST_USE enum status outbox_counts(struct desk *desk, struct ledger *ledger,
                                   struct outbox_counts *out, struct error *err);
/* "saved", "sent" or "confirmed": how far the change at this stamp has come. */
const char *outbox_state(struct desk *desk, struct ledger *ledger, const struct stamp *at);
/* The same for a search (shared/cli/search.h); arg: the desk. */
const char *outbox_state_in(void *arg, struct ledger *ledger, const struct stamp *at);

#endif
