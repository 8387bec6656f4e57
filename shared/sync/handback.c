/* SPDX-License-Identifier: MulanPSL-2.0 */
/* handback: see handback.h. */
#include "shared/sync/handback.h"

#include "shared/codec/compress.h"

#define VERSION 1

void handback_write(const struct handback *handback, struct buf *out)
{
    struct buf frame;
    buf_init(&frame, MESSAGE_MAX);
    sync_answer_write(&handback->shown, COMPRESS_LEVEL, &frame);
    cbor_put_array(out, 3);
    cbor_put_uint(out, VERSION);
    cbor_put_array(out, handback->proof.count);
    for (size_t i = 0; i < handback->proof.count; i++)
        cbor_put_bytes(out, hash_slice(&handback->proof.hashes[i]));
    cbor_put_bytes(out, buf_slice(&frame));
    if (!buf_ok(&frame))
        out->overflow = true;
    buf_release(&frame);
}

enum status handback_read(struct slice bytes, struct arena *arena, struct handback *out,
                          struct error *err)
{
    struct cbor_reader r;
    *out = (struct handback){0};
    cbor_reader_init(&r, bytes, "handback");
    cbor_expect_array(&r, 3);
    if (cbor_read_uint_max(&r, UINT32_MAX) != VERSION)
        cbor_fail(&r, "another version");
    out->proof.count = cbor_read_array(&r, MERKLE_PROOF_MAX - 1);
    for (size_t i = 0; cbor_ok(&r) && i < out->proof.count; i++)
        cbor_read_fixed(&r, out->proof.hashes[i].b, HASH_SIZE);
    struct slice frame = cbor_read_bytes(&r, MESSAGE_MAX);
    enum status st = cbor_end(&r, err);
    return st == ST_OK ? sync_answer_read(frame, arena, &out->shown, err) : st;
}

void handback_answer_write(const struct handback_answer *answer, struct buf *out)
{
    cbor_put_array(out, 3);
    cbor_put_uint(out, VERSION);
    cbor_put_bool(out, answer->recovering);
    cbor_put_array(out, answer->count);
    for (size_t i = 0; i < answer->count; i++) {
        const struct handback_lack *lack = &answer->lacks[i];
        cbor_put_array(out, 4);
        cbor_put_str(out, lack->origin.text);
        cbor_put_uint(out, lack->size);
        cbor_put_bytes(out, slice_of(lack->root8, sizeof(lack->root8)));
        if (lack->checkpoint.n)
            cbor_put_text(out, lack->checkpoint);
        else
            cbor_put_null(out);
    }
}

static void read_lack(struct cbor_reader *r, struct arena *arena, struct handback_lack *out)
{
    *out = (struct handback_lack){0};
    cbor_expect_array(r, 4);
    if (!origin_parse(cbor_read_text(r, ORIGIN_MAX), &out->origin))
        cbor_fail(r, "not an origin");
    out->size = cbor_read_uint_max(r, INT64_MAX);
    cbor_read_fixed(r, out->root8, sizeof(out->root8));
    if (cbor_at_null(r)) {
        cbor_read_null(r);
    } else {
        struct slice text = cbor_read_text(r, CHECKPOINT_MAX);
        out->checkpoint = slice_of(arena_copy(arena, text.p, text.n), text.n);
    }
}

enum status handback_answer_read(struct slice bytes, struct arena *arena,
                                 struct handback_answer *out, struct error *err)
{
    struct cbor_reader r;
    *out = (struct handback_answer){0};
    cbor_reader_init(&r, bytes, "handback answer");
    cbor_expect_array(&r, 3);
    if (cbor_read_uint_max(&r, UINT32_MAX) != VERSION)
        cbor_fail(&r, "another version");
    out->recovering = cbor_read_bool(&r);
    size_t n = cbor_read_array(&r, MESSAGE_LEDGERS_MAX);
    if (cbor_ok(&r))
        out->lacks = arena_alloc(arena, (n + 1) * sizeof(out->lacks[0]));
    for (; cbor_ok(&r) && out->count < n; out->count++)
        read_lack(&r, arena, &out->lacks[out->count]);
    return cbor_end(&r, err);
}
