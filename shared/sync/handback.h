/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * handback: the two messages of POST /v1/recover (PROTOCOL.md §5a), by which desks give a county
 * that was put back from an old backup what it had signed and forgotten.
 *
 *   request = [1, [hash…], frame]        frame: a sync answer, with the parts turned round: per
 *             ledger the checkpoint that this desk has verified; of one, leaves too. The hashes
 *             prove that what these leaves lead to is the beginning of that checkpoint's tree
 *             (RFC 9162 §2.1.4); none when they end with it.
 *   answer  = [1, recovering, [[origin, size, root8, checkpoint / null]…]]
 *             what the county holds of those ledgers of which the desk has shown a longer signed
 *             past, registry first; the checkpoint is the newest it has itself.
 */
#ifndef SHARED_SYNC_HANDBACK_H
#define SHARED_SYNC_HANDBACK_H

#include "shared/ledger/merkle.h"
#include "shared/sync/message.h"

struct handback {
    struct merkle_proof proof;
    struct sync_answer shown;
};

struct handback_lack {
    struct origin origin;
    uint64_t size;
    uint8_t root8[8];
    struct slice checkpoint; /* n == 0: none */
};

struct handback_answer {
    bool recovering;
    size_t count;
    struct handback_lack *lacks;
};

/* out overflows (buf_ok) when it is above MESSAGE_MAX. */
void handback_write(const struct handback *handback, struct buf *out);
MUST_USE enum status handback_read(struct slice bytes, struct arena *arena, struct handback *out,
                                   struct error *err);
void handback_answer_write(const struct handback_answer *answer, struct buf *out);
MUST_USE enum status handback_answer_read(struct slice bytes, struct arena *arena,
                                          struct handback_answer *out, struct error *err);

#endif
