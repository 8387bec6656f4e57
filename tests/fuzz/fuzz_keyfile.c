/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * Key files, without a PIN (argon2id is slow on purpose): what opens is written again as the same
 * bytes, and nothing may follow.
 */
#include "shared/crypto/keyfile.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t no_random[40];
    struct slice in = fuzz_exact(data, size);
    struct sign_public pk;
    struct buf again;
    uint8_t seed[SIGN_SEED_SIZE];
    struct error why;
    crypto_init();
    buf_init(&again, 4096);
    (void)keyfile_decode("device", in, SLICE_NONE, NULL, &pk, NULL);
    enum status st = keyfile_decode("person", in, SLICE_NONE, seed, &pk, &why);
    if (st == ST_OK) {
        keyfile_encode("person", seed, &pk, SLICE_NONE, no_random, &again);
        CHECK(buf_ok(&again) && slice_equal(buf_slice(&again), in));
        struct slice longer = fuzz_longer(in, 0);
        CHECK(keyfile_decode("person", longer, SLICE_NONE, seed, &pk, NULL) == ST_INVALID);
        mem_free((void *)longer.p);
    } else {
        CHECK(why.text[0] && (st == ST_INVALID || st == ST_REFUSED));
    }
    buf_release(&again);
    mem_free((void *)in.p);
    return 0;
}
