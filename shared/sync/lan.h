/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * lan: what two desks of one office tell each other without the county (PROTOCOL.md §10): what each
 * holds, and what the other lacks: changesets that have no leaf yet, and leaves that the other has
 * not heard of.
 *
 *   message = [1, [[origin, size, root8, from, [id…], [segment…]]…], answer]
 *
 * It travels as the only message of a bundle (bundle.h), signed by the one device and sealed to the
 * other, so the line itself need not be trusted.
 */
#ifndef SHARED_SYNC_LAN_H
#define SHARED_SYNC_LAN_H

#include "shared/sync/message.h"

#define LAN_IDS_MAX 4096 /* of changesets without a leaf, in one ledger */

struct lan_ledger {
    struct origin origin;
    uint64_t size; /* leaves that the sender holds, and the first 8 bytes of their root */
    uint8_t root8[8];
    uint64_t from; /* where the leaves in `answer` begin: what the reader has said to hold */
    size_t id_count;
    struct hash *ids; /* changesets without a leaf that the sender holds */
    size_t segment_count;
    struct slice *segments; /* of those that the reader lacks, in the order in which they build */
};

struct lan_message {
    size_t ledger_count;
    struct lan_ledger *ledgers; /* registry first */
    struct slice answer;        /* a frame with a sync answer: leaves; n == 0: none */
};

/* out overflows (buf_ok) when it is above its maximum. */
void lan_write(const struct lan_message *message, struct buf *out);
/* Everything in the arena, but the answer, which points into bytes. ST_INVALID. */
MUST_USE enum status lan_read(struct slice bytes, struct arena *arena, struct lan_message *out,
                              struct error *err);

#endif
