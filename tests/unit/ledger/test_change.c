/* SPDX-License-Identifier: MulanPSL-2.0 */
/* Hashing of changes and the hybrid clock, against values computed apart from this program. */
#include "shared/codec/cbor.h"
#include "shared/ledger/change.h"
#include "tests/unit/ledger/support.h"

static void hlc_follows_the_wall_clock(void **state)
{
    (void)state;
    assert_int_equal(hlc_next(1000, 0), 1000 << 16);
    assert_int_equal(hlc_next(1000, 1000 << 16), (1000 << 16) + 1);
    assert_int_equal(hlc_next(999, (1000 << 16) + 7), (1000 << 16) + 8);
    assert_int_equal(hlc_next(1001, (1000 << 16) + 7), 1001 << 16);
    assert_int_equal(hlc_ms(hlc_next(1795224600123, 0)), 1795224600123);
    /* the counter may run into the milliseconds; order is all that counts */
    assert_int_equal(hlc_next(1000, (1000 << 16) + 0xFFFF), 1001 << 16);
}

static void hlc_survives_absurd_clocks(void **state)
{
    (void)state;
    assert_int_equal(hlc_next(-5, 0), 1);
    assert_int_equal(hlc_next(INT64_MIN, 9), 10);
    uint64_t last = hlc_next(INT64_MAX, 0);
    assert_int_equal(hlc_ms(last), 253402300799999);
    assert_true(hlc_next(INT64_MAX, last) == last + 1);
}

static void hlc_gives_up_a_chain_far_ahead(void **state)
{
    (void)state;
    uint64_t last = (uint64_t)5000000 << 16;
    assert_false(hlc_wants_new_chain(6000000, last));
    assert_false(hlc_wants_new_chain(5000000 - HLC_BACK_MAX_MS, last));
    assert_true(hlc_wants_new_chain(5000000 - HLC_BACK_MAX_MS - 1, last));
    assert_true(hlc_wants_new_chain(-1, last));
}

static void change_is_canonical_at_every_width(void **state)
{
    (void)state;
    static const uint64_t edge[] = {1,     23,         24,         255,       256,       65535,
                                    65536, 4294967295, 4294967296, INT64_MAX, UINT64_MAX};
    struct hash body_hash = test_hash(7);
    for (size_t i = 0; i < ARRAY_LENGTH(edge); i++) {
        uint8_t bytes[CHANGE_ENCODED_MAX];
        size_t n = change_encode(edge[i], edge[ARRAY_LENGTH(edge) - 1 - i], &body_hash, bytes);
        struct buf want;
        buf_init(&want, CHANGE_ENCODED_MAX);
        cbor_put_array(&want, 3);
        cbor_put_uint(&want, edge[i]);
        cbor_put_uint(&want, edge[ARRAY_LENGTH(edge) - 1 - i]);
        cbor_put_bytes(&want, hash_slice(&body_hash));
        assert_int_equal(n, want.n);
        assert_memory_equal(bytes, want.p, n);
        assert_true(cbor_is_canonical(slice_of(bytes, n)));
        buf_release(&want);
    }
}

/* Computed with python3: hmac, hashlib; seed 00…1f, seq 1, hlc 2, body 82 80 f6. */
static void change_hashes(void **state)
{
    (void)state;
    uint8_t seed[CHANGE_SEED_SIZE];
    struct hmac_key key;
    struct change_salt salt;
    struct hash body_hash, leaf;
    for (size_t i = 0; i < sizeof(seed); i++)
        seed[i] = (uint8_t)i;
    hmac_prepare(slice_of(seed, sizeof(seed)), &key);
    change_salt(&key, 1, &salt);
    change_body_hash(&salt, slice_of("\x82\x80\xf6", 3), &body_hash);
    change_leaf(1, 2, &body_hash, &leaf);
    assert_hex(salt.b, sizeof(salt.b), "c432e059c378eef7fe2f1181a4050836");
    assert_hex(body_hash.b, HASH_SIZE,
               "fc68944e7e3d2d9624092eeac2491dae5c841e005737139c200227d596a3baad");
    assert_hex(leaf.b, HASH_SIZE,
               "5a2f66a671dd8540f8a386635ac612cff96d9f36d3752ddb23f8fa3a95ea61db");
}

int main(void)
{
    crypto_init();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hlc_follows_the_wall_clock),
        cmocka_unit_test(hlc_survives_absurd_clocks),
        cmocka_unit_test(hlc_gives_up_a_chain_far_ahead),
        cmocka_unit_test(change_is_canonical_at_every_width),
        cmocka_unit_test(change_hashes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
