/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * Who has looked. First byte modulo 3: 0 the body of a request as it stands; 1 a batch, which the
 * target signs; 2 an answer. Whatever is read is written again as the same bytes; what nobody
 * signed is never taken for signed.
 */
#include "shared/codec/cbor.h"
#include "shared/sync/reads.h"
#include "tests/fuzz/fuzz.h"

static struct sign_key *device;

static void request(struct slice body, bool ours)
{
    struct arena arena = {0};
    struct read_batch batch, again;
    struct slice bytes, bytes_again;
    struct signature signature, signature_again;
    struct error why = {0};
    struct buf out;
    struct hash hash, expected;
    if (reads_read(body, &arena, &batch, &bytes, &signature, &why) != ST_OK) {
        CHECK(why.text[0]);
        arena_release(&arena);
        return;
    }
    CHECK(batch.number > 0 && batch.count > 0 && batch.count <= READS_ENTRIES_MAX);
    CHECK(reads_signed(bytes, &signature, sign_key_public(device)) == ours);
    buf_init(&out, READS_BODY_MAX + 1024);
    reads_write(&batch, device, &out, &hash);
    hash_bytes(bytes, &expected);
    CHECK(buf_ok(&out) && hash_equal(&hash, &expected));
    MUST(reads_read(buf_slice(&out), &arena, &again, &bytes_again, &signature_again, err));
    CHECK(slice_equal(bytes, bytes_again) && again.count == batch.count);
    CHECK(reads_signed(bytes_again, &signature_again, sign_key_public(device)));
    MUST(reads_batch_read(bytes, &arena, &again, err));
    struct slice longer = fuzz_longer(body, 0);
    CHECK(reads_read(longer, &arena, &again, &bytes_again, &signature_again, NULL) == ST_INVALID);
    mem_free((void *)longer.p);
    buf_release(&out);
    arena_release(&arena);
}

static void batch(struct slice in)
{
    struct signature signature;
    struct buf message, body;
    buf_init(&message, in.n + 64);
    buf_init(&body, in.n + 256);
    buf_put_str(&message, "huce/1/reads\n");
    buf_put_slice(&message, in);
    sign_message(device, buf_slice(&message), &signature);
    cbor_put_array(&body, 3);
    cbor_put_uint(&body, 1);
    cbor_put_bytes(&body, in);
    cbor_put_bytes(&body, slice_of(signature.b, sizeof(signature.b)));
    CHECK(buf_ok(&message) && buf_ok(&body));
    request(buf_slice(&body), true);
    buf_release(&body);
    buf_release(&message);
}

static void answer(struct slice in)
{
    struct reads_head head;
    struct buf again;
    if (reads_answer_read(in, &head, NULL) != ST_OK)
        return;
    buf_init(&again, in.n);
    reads_answer_write(&head, &again);
    CHECK(buf_ok(&again) && slice_equal(buf_slice(&again), in));
    buf_release(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1)
        return 0;
    if (!device)
        device = fuzz_key(0x61); /* what the vectors' device signed is not this one's */
    struct slice in = fuzz_exact(data + 1, size - 1);
    if (data[0] % 3 == 0)
        request(in, false);
    else if (data[0] % 3 == 1)
        batch(in);
    else
        answer(in);
    mem_free((void *)in.p);
    return 0;
}
