/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * message: the two messages of POST /v1/sync, as CBOR inside one zstd frame (PROTOCOL.md).
 *
 *   request = [1, [[origin, size, root8, [segment…]]…], wants, streams]   wants: bytes of the
 * answer answer  = [1, [[origin, status, checkpoint / null, [leaf…], rejected, more]…], streams]
 *   leaf    = [admitted_ms delta, registry_size delta, segment / id8]
 *             deltas against the leaf before (the first: against 0); id8 = the first 8 bytes of the
 * id of a changeset that the asker sent or already holds rejected = [[kid32, chain8, number, code,
 * text]…]
 *
 * status: 0 ok, 1 history (your root is not ours at that size), 2 unknown ledger, 3 not allowed to
 * read, 4 busy (try later), 5 what was brought waits for tomorrow. streams: the content of the
 * columns of all larger segments, side by side by column, because like bytes compress better
 * together; such a segment keeps only the head of its columns. Writers and readers here do that
 * unseen: they take and give complete segments. Registry first in both. A ledger with nothing new
 * and nothing asked is left out of the answer.
 */
#ifndef SHARED_SYNC_MESSAGE_H
#define SHARED_SYNC_MESSAGE_H

#include "shared/ledger/checkpoint.h"
#include "shared/sync/segment.h"

#define MESSAGE_MAX (8 * 1024 * 1024) /* uncompressed and compressed */
#define MESSAGE_LEDGERS_MAX 4096
#define MESSAGE_SEGMENTS_MAX 65536

enum sync_status { SYNC_OK, SYNC_HISTORY, SYNC_UNKNOWN, SYNC_FORBIDDEN, SYNC_BUSY, SYNC_QUOTA };

enum reject_code {
    REJECT_FORM = 1,      /* malformed or over a limit */
    REJECT_SIGNATURE = 2, /* hash or signature wrong: send the full form */
    REJECT_AUTHOR = 3,    /* no grant known for this key */
    REJECT_WAIT = 4,      /* prev, dep or base not here yet: send them */
    REJECT_HISTORY = 5,   /* signed on another history */
    REJECT_FORK = 6,      /* this number of the chain is taken by another changeset */
    REJECT_ANCESTOR = 7,  /* builds on something refused */
};

struct request_ledger {
    struct origin origin;
    uint64_t size;
    uint8_t root8[8];
    size_t segment_count;
    struct slice *segments; /* encoded segment items */
};

struct sync_request {
    size_t ledger_count;
    struct request_ledger *ledgers;
    uint64_t wants; /* bytes of answer the asker is ready for */
};

struct answer_leaf {
    int64_t admitted_ms;
    uint64_t registry_size;
    bool has_segment;
    struct slice segment; /* encoded segment item */
    uint8_t id8[8];       /* otherwise */
};

struct rejection {
    struct hash kid;
    struct chain_id chain;
    uint64_t number;
    enum reject_code code;
    struct slice text;
};

struct answer_ledger {
    struct origin origin;
    enum sync_status status;
    struct slice checkpoint; /* text; n == 0: none (nothing changed) */
    size_t leaf_count;
    struct answer_leaf *leaves; /* from the asker's size on, without gaps */
    size_t rejected_count;
    struct rejection *rejected;
    bool more; /* ask again: this answer was cut at a limit */
};

struct sync_answer {
    size_t ledger_count;
    struct answer_ledger *ledgers;
};

/* Writers produce the zstd frame; out overflows (buf_ok) when the message is above MESSAGE_MAX.
 * level: COMPRESS_LEVEL. Segments are items as segment_write produced them. */
void sync_request_write(const struct sync_request *request, int level, struct buf *out);
void sync_answer_write(const struct sync_answer *answer, int level, struct buf *out);
/* Readers take the zstd frame; everything in the arena. */
MUST_USE enum status sync_request_read(struct slice frame, struct arena *arena,
                                       struct sync_request *out, struct error *err);
MUST_USE enum status sync_answer_read(struct slice frame, struct arena *arena,
                                      struct sync_answer *out, struct error *err);

#endif
