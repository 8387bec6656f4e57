/* SPDX-License-Identifier: MulanPSL-2.0 */
/* Short names of changes. */
#include "shared/ledger/reference.h"
#include "tests/unit/ledger/support.h"

static const struct chain_id chain = {{1, 2, 3, 4, 5, 6, 7, 8}};

static enum status read_back(struct slice bytes, struct reference *out)
{
    struct cbor_reader r;
    cbor_reader_init(&r, bytes, "ref");
    reference_read(&r, out);
    return cbor_end(&r, NULL);
}

static void reference_round_trip(void **state)
{
    (void)state;
    struct hash kid = test_hash(1), leaf = test_hash(2), other = test_hash(3);
    struct chain_id other_chain = {{9}};
    struct reference ref, back;
    struct buf bytes;
    buf_init(&bytes, 100);
    reference_make(&kid, &chain, 300, &leaf, &ref);
    reference_put(&ref, &bytes);
    assert_int_equal(bytes.n, 1 + 34 + 9 + 3 + 9);
    assert_int_equal(read_back(buf_slice(&bytes), &back), ST_OK);
    assert_memory_equal(&back, &ref, sizeof(ref));
    assert_true(reference_matches(&back, &kid, &chain, 300, &leaf));
    assert_false(reference_matches(&back, &other, &chain, 300, &leaf));
    assert_false(reference_matches(&back, &kid, &other_chain, 300, &leaf));
    assert_false(reference_matches(&back, &kid, &chain, 301, &leaf));
    assert_false(reference_matches(&back, &kid, &chain, 300, &other));
    for (size_t n = 0; n < bytes.n; n++)
        assert_int_equal(read_back(slice_of(bytes.p, n), &back), ST_INVALID);
    buf_release(&bytes);
}

/* Whatever seq it names: one that matches nothing is ignored, not an error. */
static void reference_takes_every_seq(void **state)
{
    (void)state;
    struct hash kid = test_hash(1), leaf = test_hash(2);
    static const uint64_t seqs[] = {0, 1, INT64_MAX, UINT64_MAX};
    for (size_t i = 0; i < ARRAY_LENGTH(seqs); i++) {
        struct reference ref, back;
        struct buf bytes;
        buf_init(&bytes, 100);
        reference_make(&kid, &chain, seqs[i], &leaf, &ref);
        reference_put(&ref, &bytes);
        assert_int_equal(read_back(buf_slice(&bytes), &back), ST_OK);
        assert_true(back.seq == seqs[i]);
        buf_release(&bytes);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reference_round_trip),
        cmocka_unit_test(reference_takes_every_seq),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
