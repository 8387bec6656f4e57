/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * snapshot: the records of a ledger as they are now, signed, for desks that begin
 * (shared/db/snapshot.h). Made when somebody asks, kept in memory as long as the ledger does not
 * grow and for a few others; what was erased is in none that is made afterwards.
 */
#ifndef SERVER_CORE_SNAPSHOT_H
#define SERVER_CORE_SNAPSHOT_H

#include "server/core/server.h"
#include "shared/ledger/snapshot_note.h"

#define SNAPSHOTS_KEPT 4

struct snapshots {
    struct kept_snapshot {
        struct snapshot_note note;
        struct origin ledger; /* its name of epoch 0 */
        struct buf bytes, text, checkpoint;
        uint64_t used;
        int64_t since_ms; /* when a newer one was first there; 0: it is the newest */
    } kept[SNAPSHOTS_KEPT];
    uint64_t clock;
};

/* The newest of this ledger. ST_NOT_FOUND: there is none, because the history itself is not much
 * larger. Until the next call. */
MUST_USE enum status snapshots_newest(struct snapshots *snapshots, struct server *srv,
                                      struct ledger *ledger, const struct kept_snapshot **out,
                                      struct error *err);
/* The one whose bytes have this hash. ST_NOT_FOUND: it is not kept any more. */
MUST_USE enum status snapshots_named(struct snapshots *snapshots, struct server *srv,
                                     struct ledger *ledger, const struct hash *content,
                                     const struct kept_snapshot **out, struct error *err);
void snapshots_release(struct snapshots *snapshots);

#endif
