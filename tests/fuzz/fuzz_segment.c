/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * A receiver that knows everything it is asked about. No input verifies, because
 * nobody has the key; reading must end in a verdict and stay within bounds.
 */
#include "shared/sync/segment.h"
#include "tests/fuzz/fuzz.h"

static bool root_at(void *arg, bool registry, uint64_t size, struct hash *root)
{
    (void)arg;
    *root = (struct hash){{registry}};
    return size < 1000;
}

static bool chain_at(void *arg, const struct hash *kid, const struct chain_id *chain,
                     uint64_t number, struct hash *id, uint64_t *next_seq)
{
    (void)arg;
    (void)chain;
    *id = *kid;
    *next_seq = number + 1;
    return number < 1000;
}

static bool author(void *arg, const struct hash *kid, struct sign_public *pk)
{
    (void)kid;
    *pk = *(const struct sign_public *)arg;
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct sign_key *key;
    struct arena arena = {0};
    struct origin origin;
    struct segment segment;
    if (!key)
        key = fuzz_key(1);
    struct sign_public pk = *sign_key_public(key);
    const struct segment_known known = {
        .root_at = root_at, .chain_at = chain_at, .author = author, .arg = &pk};
    CHECK(origin_parse(slice_str("guanghe.example/622924101001"), &origin));
    CHECK(segment_read(slice_of(data, size), &origin, &known, &arena, &segment, NULL) != ST_OK);
    arena_release(&arena);
    return 0;
}
