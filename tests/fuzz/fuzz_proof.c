/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * Proof files: what is read is written again as the same bytes, one byte more or less is not read,
 * and nothing holds for the root key of another county. The seed holds for the root key of the
 * frozen vectors, so the fuzzer begins behind all signatures.
 */
#include "shared/ledger/proof.h"
#include "tests/fuzz/fuzz.h"

static struct hash root_kid, other_kid;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena = {0};
    struct proof proof;
    struct proof_facts facts;
    struct error why;
    struct slice in = fuzz_exact(data, size);
    if (hash_is_zero(&other_kid)) {
        struct sign_key *root = fuzz_key(0), *other = fuzz_key(0x20);
        root_kid = *sign_key_kid(root);
        other_kid = *sign_key_kid(other);
        sign_key_release(root);
        sign_key_release(other);
    }
    if (proof_read(in, &arena, &proof, &why) == ST_OK) {
        struct buf again;
        buf_init(&again, PROOF_FILE_MAX);
        proof_write(&proof, &again);
        CHECK(buf_ok(&again) && slice_equal(buf_slice(&again), in));
        struct slice longer = fuzz_longer(in, 0);
        struct proof ignored;
        CHECK(proof_read(longer, &arena, &ignored, NULL) == ST_INVALID);
        CHECK(proof_read(slice_of(in.p, in.n - 1), &arena, &ignored, NULL) == ST_INVALID);
        CHECK(proof_verify(&proof, &other_kid, &facts, &why) == ST_REFUSED);
        if (proof_verify(&proof, &root_kid, &facts, &why) == ST_OK)
            CHECK(facts.ledger.size > proof.change.index);
        else
            CHECK(why.status == ST_REFUSED);
        mem_free((void *)longer.p);
        buf_release(&again);
    } else {
        CHECK(why.status == ST_INVALID);
    }
    arena_release(&arena);
    mem_free((void *)in.p);
    return 0;
}
