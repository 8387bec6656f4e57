/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * columns: the changes of one changeset laid out by column, for the wire and for the disk.
 *
 * What is hashed and signed is the canonical CBOR body of each change. What travels is smaller:
 * each op becomes a shape number (opcode, table, fields and value kinds: one byte for most
 * workloads), a record, and its values in one stream per (table, field, kind); clocks become
 * deltas. Decoding rebuilds the canonical bodies byte for byte; the caller checks their hashes. A
 * body that does not rebuild exactly travels raw.
 *
 * A record that the base already holds travels as its ordinal (the n-th record first mentioned in
 * the ledger, counted in leaf order), others as 16 bytes at first use and a small number after.
 *
 * Layout: PROTOCOL.md §Columns. The layout may change with the protocol version: no hash covers it.
 */
#ifndef SHARED_SYNC_COLUMNS_H
#define SHARED_SYNC_COLUMNS_H

#include "shared/ledger/changeset.h"
#include "shared/record/op.h"

#define COLUMNS_MAX (4 * 1024 * 1024)

/* Ordinals of the ledger as of a base: both calls answer only for records first mentioned in leaves
 * [0, base_size); both sides answer alike because both hold those leaves. */
struct record_index {
    bool (*ordinal_of)(void *arg, const struct record_id *id, uint64_t base_size,
                       uint64_t *ordinal);
    bool (*record_at)(void *arg, uint64_t ordinal, uint64_t base_size, struct record_id *id);
    void *arg;
};

struct change_item {
    uint64_t hlc;
    struct slice body;
};

/* Encodes count changes. */
void columns_encode(const struct change_item *changes, size_t count, uint64_t base_size,
                    const struct record_index *index, struct buf *out);
/* The parts between which compress_parts should start a new block are the encoded streams; the same
 * bytes as columns_encode, cut at stream borders (slices into out). */
size_t columns_parts(struct slice columns, struct slice *parts, size_t max);

/* The head of an encoding: which streams follow it, in ascending order of key, and how long each
 * is. A key means the same in every encoding, so a message may put streams of one key side by side.
 * Returns the length of the head; 0: malformed, or more than max streams. The streams themselves
 * need not be there. */
#define COLUMNS_STREAMS_MAX 16384
struct columns_stream {
    uint32_t key;
    uint32_t length;
};
size_t columns_head(struct slice columns, struct columns_stream *streams, size_t max,
                    size_t *count);

/* Rebuilds exactly count changes; bodies and array in the arena. ST_INVALID when malformed, larger
 * than the limits of a changeset, or naming an ordinal that the base does not hold. */
MUST_USE enum status columns_decode(struct slice columns, size_t count, uint64_t base_size,
                                    const struct record_index *index, struct arena *arena,
                                    struct change_item *out, struct error *err);

#endif
