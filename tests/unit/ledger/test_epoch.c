/* SPDX-License-Identifier: MulanPSL-2.0 */
/* epoch: a past that is declared lost: its form, and what is asked of those that were declared. */
#include "shared/ledger/epoch.h"

#include "tests/unit/ledger/support.h"

static struct origin village, other;

static struct epoch sample(const struct origin *ledger, uint32_t number, uint64_t kept,
                           uint64_t lost)
{
    struct epoch epoch = {
        .ledger = *ledger, .number = number, .kept_size = kept, .lost_size = lost};
    memset(epoch.kept_root.b, 0x11, HASH_SIZE);
    memset(epoch.lost_root.b, 0x22, HASH_SIZE);
    return epoch;
}

static enum status read_again(const struct epoch *epoch, const char *reason, struct epoch *out,
                              struct slice *said)
{
    static struct buf op;
    buf_release(&op);
    buf_init(&op, 4096);
    epoch_encode(epoch, slice_str(reason), &op);
    assert_true(buf_ok(&op));
    return epoch_decode(buf_slice(&op), out, said, NULL);
}

static void reads_what_it_writes(void **state)
{
    (void)state;
    struct epoch in = sample(&village, ORIGIN_EPOCH_MAX, 0, INT64_MAX), out;
    struct slice reason;
    assert_int_equal(read_again(&in, "机房失火", &out, &reason), ST_OK);
    assert_string_equal(out.ledger.text, village.text);
    assert_int_equal(out.number, ORIGIN_EPOCH_MAX);
    assert_int_equal(out.kept_size, 0);
    assert_int_equal(out.lost_size, INT64_MAX);
    assert_memory_equal(&out.kept_root, &in.kept_root, HASH_SIZE);
    assert_memory_equal(&out.lost_root, &in.lost_root, HASH_SIZE);
    assert_true(slice_equal(reason, slice_str("机房失火")));
}

static void refuses_what_declares_nothing(void **state)
{
    (void)state;
    struct epoch good = sample(&village, 1, 2, 3), bad, out;
    struct origin later;
    struct slice reason;
    char long_reason[EPOCH_REASON_MAX + 2];
    assert_int_equal(read_again(&good, "x", &out, &reason), ST_OK);
    assert_int_equal(read_again(&good, "", &out, &reason), ST_INVALID);
    memset(long_reason, 'x', sizeof(long_reason));
    long_reason[EPOCH_REASON_MAX + 1] = 0;
    assert_int_equal(read_again(&good, long_reason, &out, &reason), ST_INVALID);
    long_reason[EPOCH_REASON_MAX] = 0;
    assert_int_equal(read_again(&good, long_reason, &out, &reason), ST_OK);

    bad = good;
    bad.number = 0;
    assert_int_equal(read_again(&bad, "x", &out, &reason), ST_INVALID);
    bad.number = ORIGIN_EPOCH_MAX + 1;
    assert_int_equal(read_again(&bad, "x", &out, &reason), ST_INVALID);
    bad = good;
    bad.lost_size = bad.kept_size;
    assert_int_equal(read_again(&bad, "x", &out, &reason), ST_INVALID);
    bad = good;
    assert_true(origin_of_epoch(&village, 1, &later));
    bad.ledger = later; /* a ledger is called by its first name */
    assert_int_equal(read_again(&bad, "x", &out, &reason), ST_INVALID);
    memset(&bad.ledger, 0, sizeof(bad.ledger));
    strcpy(bad.ledger.text, "nowhere");
    assert_int_equal(read_again(&bad, "x", &out, &reason), ST_INVALID);
    assert_int_equal(epoch_decode(slice_of("\x88\x18\x18", 3), &out, &reason, NULL), ST_INVALID);
    assert_int_equal(epoch_decode(slice_of("\x82\x18\x19\xf6", 4), &out, &reason, NULL),
                     ST_INVALID);
}

static void answers_for_each_ledger(void **state)
{
    (void)state;
    const struct epoch all[] = {sample(&village, 1, 100, 150), sample(&other, 1, 7, 9),
                                sample(&village, 2, 80, 120), sample(&village, 3, 90, 95)};
    const size_t n = ARRAY_LENGTH(all);
    assert_ptr_equal(epoch_numbered(all, n, &village, 2), &all[2]);
    assert_ptr_equal(epoch_numbered(all, n, &other, 1), &all[1]);
    assert_null(epoch_numbered(all, n, &other, 2));
    assert_null(epoch_numbered(all, 0, &village, 1));
    assert_int_equal(epoch_newest(all, n, &village), 3);
    assert_int_equal(epoch_newest(all, n, &other), 1);
    assert_int_equal(epoch_newest(all, 0, &village), 0);
    /* Of what was signed first, the shortest that was ever kept is still here. */
    assert_int_equal(epoch_kept(all, n, &village, 0), 80);
    assert_int_equal(epoch_kept(all, n, &village, 1), 80);
    assert_int_equal(epoch_kept(all, n, &village, 2), 90);
    assert_true(epoch_kept(all, n, &village, 3) == UINT64_MAX);
    assert_int_equal(epoch_kept(all, n, &other, 0), 7);
}

static void tells_bases_that_may_be_lost(void **state)
{
    (void)state;
    const struct epoch all[] = {sample(&village, 1, 100, 150), sample(&other, 1, 7, 9),
                                sample(&village, 2, 80, 120)};
    const size_t n = ARRAY_LENGTH(all);
    uint64_t kept;
    assert_false(epoch_lost_base(all, n, &village, 80, &kept));
    assert_true(epoch_lost_base(all, n, &village, 81, &kept));
    assert_int_equal(kept, 80);
    assert_true(epoch_lost_base(all, n, &village, 101, &kept));
    assert_int_equal(kept, 80); /* of either epoch: the less that is left */
    assert_true(epoch_lost_base(all, n, &village, 121, &kept));
    assert_int_equal(kept, 100);
    assert_true(epoch_lost_base(all, n, &village, 150, &kept));
    assert_false(epoch_lost_base(all, n, &village, 151, &kept));
    assert_false(epoch_lost_base(all, n, &other, 7, &kept));
    assert_true(epoch_lost_base(all, n, &other, 9, &kept));
    assert_false(epoch_lost_base(all, 0, &other, 9, &kept));
    const struct epoch rising[] = {sample(&village, 1, 10, 50), sample(&village, 2, 20, 50)};
    assert_true(epoch_lost_base(rising, 2, &village, 30, &kept));
    assert_int_equal(kept, 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_what_it_writes),
        cmocka_unit_test(refuses_what_declares_nothing),
        cmocka_unit_test(answers_for_each_ledger),
        cmocka_unit_test(tells_bases_that_may_be_lost),
    };
    village = test_origin("guanghe.example/622924101001");
    other = test_origin("guanghe.example/622924101002");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
