/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * First byte: even = a request, odd = an answer; the rest is the message without
 * its compression, so that the fuzzer need not learn zstd. What reads is written again and must
 * read the same.
 */
#include "shared/codec/compress.h"
#include "shared/sync/message.h"
#include "tests/fuzz/fuzz.h"

static void try_request(struct slice frame)
{
    struct arena arena = {0};
    struct sync_request first, again;
    struct buf out;
    buf_init(&out, MESSAGE_MAX);
    if (sync_request_read(frame, &arena, &first, NULL) == ST_OK) {
        sync_request_write(&first, 1, &out);
        if (buf_ok(&out)) { /* segments grow when they get their streams back */
            CHECK(sync_request_read(buf_slice(&out), &arena, &again, NULL) == ST_OK);
            CHECK(first.ledger_count == again.ledger_count && first.wants == again.wants);
            for (size_t i = 0; i < first.ledger_count; i++) {
                const struct request_ledger *a = &first.ledgers[i], *b = &again.ledgers[i];
                CHECK(a->segment_count == b->segment_count && a->size == b->size);
                for (size_t k = 0; k < a->segment_count; k++)
                    CHECK(slice_equal(a->segments[k], b->segments[k]));
            }
        }
    }
    buf_release(&out);
    arena_release(&arena);
}

static void try_answer(struct slice frame)
{
    struct arena arena = {0};
    struct sync_answer first, again;
    struct buf out;
    buf_init(&out, MESSAGE_MAX);
    if (sync_answer_read(frame, &arena, &first, NULL) == ST_OK) {
        sync_answer_write(&first, 1, &out);
        if (buf_ok(&out)) {
            CHECK(sync_answer_read(buf_slice(&out), &arena, &again, NULL) == ST_OK);
            CHECK(first.ledger_count == again.ledger_count);
            for (size_t i = 0; i < first.ledger_count; i++) {
                const struct answer_ledger *a = &first.ledgers[i], *b = &again.ledgers[i];
                CHECK(a->leaf_count == b->leaf_count && a->rejected_count == b->rejected_count);
                for (size_t k = 0; k < a->leaf_count; k++)
                    CHECK(slice_equal(a->leaves[k].segment, b->leaves[k].segment));
            }
        }
    }
    buf_release(&out);
    arena_release(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct buf frame;
    if (size < 1 || size > MESSAGE_MAX)
        return 0;
    buf_init(&frame, 2 * MESSAGE_MAX);
    compress_bytes(slice_of(data + 1, size - 1), 1, &frame);
    if (data[0] & 1)
        try_answer(buf_slice(&frame));
    else
        try_request(buf_slice(&frame));
    buf_release(&frame);
    return 0;
}
