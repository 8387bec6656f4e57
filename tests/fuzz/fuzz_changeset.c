/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * The signed header: decode∘encode is the identity, within the limits of the format; nothing may
 * follow; the id is that of the bytes; a signature that nobody made does not verify.
 */
#include "shared/ledger/changeset.h"
#include "tests/fuzz/fuzz.h"

static void hold(const struct changeset *cs, struct slice in)
{
    static struct sign_key *key;
    struct origin origin;
    struct hash id, again;
    struct buf out;
    if (!key)
        key = fuzz_key(1);

    CHECK(cs->number >= 1 && cs->number <= INT64_MAX && cs->base_size <= INT64_MAX);
    CHECK(cs->count >= 1 && cs->count <= CHANGESET_CHANGES_MAX);
    CHECK((cs->number == 1) == hash_is_zero(&cs->prev) && cs->first_seq >= cs->number);
    CHECK(cs->first_seq + cs->count - 1 <= INT64_MAX);
    for (uint32_t i = 1; i < cs->dep_count; i++)
        CHECK(memcmp(cs->deps[i - 1].b, cs->deps[i].b, HASH_SIZE) < 0);

    buf_init(&out, CHANGESET_ENCODED_MAX);
    changeset_encode(cs, &out);
    CHECK(buf_ok(&out) && slice_equal(buf_slice(&out), in));
    changeset_id(in, &id);
    changeset_compute_id(cs, &again);
    CHECK(hash_equal(&id, &again));
    buf_release(&out);
    CHECK(origin_parse(slice_str("guanghe.example/622924101001"), &origin));
    CHECK(!changeset_verify(cs, &origin, sign_key_public(key)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice in = fuzz_exact(data, size);
    struct changeset cs, other;
    struct error why;
    if (changeset_decode(in, &cs, &why) == ST_OK) {
        hold(&cs, in);
        struct slice longer = fuzz_longer(in, 0);
        CHECK(changeset_decode(longer, &other, NULL) != ST_OK);
        CHECK(changeset_decode(slice_of(in.p, in.n - 1), &other, NULL) != ST_OK);
        mem_free((void *)longer.p);
    } else {
        CHECK(why.text[0] && why.status == ST_INVALID);
    }
    mem_free((void *)in.p);
    return 0;
}
