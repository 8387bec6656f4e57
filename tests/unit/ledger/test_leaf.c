/* SPDX-License-Identifier: MulanPSL-2.0 */
/* The 48 bytes of a leaf, and effective time. */
#include "shared/ledger/leaf.h"
#include "shared/ledger/merkle.h"
#include "tests/unit/ledger/support.h"

static void leaf_has_48_bytes(void **state)
{
    (void)state;
    struct leaf leaf = {test_hash(0xAB), 0x0102030405060708, 0xF1F2F3F4F5F6F7F8}, back;
    uint8_t data[LEAF_DATA_SIZE];
    leaf_encode(&leaf, data);
    assert_memory_equal(data, leaf.id.b, HASH_SIZE);
    assert_hex(data + HASH_SIZE, 16, "0102030405060708f1f2f3f4f5f6f7f8");
    leaf_decode(data, &back);
    assert_hash_equal(&back.id, &leaf.id);
    assert_int_equal(back.admitted_ms, leaf.admitted_ms);
    assert_true(back.registry_size == leaf.registry_size);

    struct hash a, b;
    leaf_hash(&leaf, &a);
    merkle_leaf_hash(slice_of(data, sizeof(data)), &b);
    assert_hash_equal(&a, &b);
}

static void effective_time_is_clamped(void **state)
{
    (void)state;
    assert_int_equal(leaf_effective_ms(50, 10, 100, 0), 50);
    assert_int_equal(leaf_effective_ms(5, 10, 100, 0), 10);    /* a clock behind */
    assert_int_equal(leaf_effective_ms(500, 10, 100, 0), 100); /* a clock ahead */
    assert_int_equal(leaf_effective_ms(50, 10, 100, 60), 60);  /* not before what it builds on */
    assert_int_equal(leaf_effective_ms(500, 10, INT64_MAX, 0), 500);
    assert_int_equal(leaf_effective_ms(10, 10, 10, 10), 10);
}

int main(void)
{
    crypto_init();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(leaf_has_48_bytes),
        cmocka_unit_test(effective_time_is_clamped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
