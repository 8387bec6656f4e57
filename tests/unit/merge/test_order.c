/* SPDX-License-Identifier: MulanPSL-2.0 */
/* order: each of the ways of having seen a change, one by one; the two orders of stamps. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "shared/base/check.h"
#include "shared/merge/order.h"

/* Chain 1 is `by`, the rest stand at leaves 10 … 15. */
static const struct reach reached[] = {{3, 2}, {4, 7}};
static const struct order_entry by = {1, 5, 10, ARRAY_LENGTH(reached), reached};
static const struct order_entry others[] = {
    {1, 4, 9, 0, NULL}, {1, 6, 9, 0, NULL}, {2, 1, 0, 0, NULL},
    {3, 2, 0, 0, NULL}, {3, 3, 0, 0, NULL}, {4, 1, 0, 0, NULL},
};

static int asked;

static const struct order_entry *entry(void *arg, uint64_t leaf)
{
    (void)arg;
    asked++;
    return &others[leaf - 10];
}

static const struct order order = {entry, NULL};

static const struct order_entry *fixed_entry(void *arg, uint64_t leaf)
{
    (void)leaf;
    return *(const struct order_entry **)arg;
}

static bool seen(uint64_t leaf, uint32_t position)
{
    const struct stamp f = {0, leaf, position};
    return order_seen(&order, &f, &by, 20, 3);
}

static void below_the_base_is_seen_without_asking(void **state)
{
    (void)state;
    asked = 0;
    assert_true(seen(0, 9));
    assert_true(seen(9, 9));
    assert_int_equal(asked, 0);
}

static void in_one_changeset_the_position_decides(void **state)
{
    (void)state;
    asked = 0;
    assert_true(seen(20, 2));
    assert_true(seen(20, 3)); /* an earlier op of the same change */
    assert_false(seen(20, 4));
    assert_int_equal(asked, 0);
}

static void in_one_chain_the_number_decides(void **state)
{
    (void)state;
    assert_true(seen(10, 0));
    assert_false(seen(11, 0));
}

static void others_are_seen_if_reached(void **state)
{
    (void)state;
    assert_false(seen(12, 0)); /* concurrent */
    assert_true(seen(13, 0));  /* the head that was handed over */
    assert_false(seen(14, 0)); /* written after it was handed over */
    assert_true(seen(15, 0));  /* long before that head */
}

/* What counts only from a later leaf on was not shown to those who had not seen that leaf. */
static void adopted_is_seen_from_its_place_on(void **state)
{
    (void)state;
    const struct stamp shown = {0, 3, 0, 9}, hidden = {0, 3, 0, 10};
    static const struct order_entry stranger = {9, 1, 0, 0, NULL}, own = {1, 2, 0, 0, NULL};
    const struct order_entry *at3 = &stranger;
    const struct order fixed = {fixed_entry, &at3};
    assert_true(order_seen(&fixed, &shown, &by, 20, 3));
    assert_false(order_seen(&fixed, &hidden, &by, 20, 3));
    at3 = &own; /* but one's own work is known */
    assert_true(order_seen(&fixed, &hidden, &by, 20, 3));
}

static int sign(int n)
{
    return (n > 0) - (n < 0);
}

static void check_order(const struct stamp *a, const struct stamp *b, int lww, int fold)
{
    assert_int_equal(sign(stamp_compare(a, b)), lww);
    assert_int_equal(sign(stamp_compare(b, a)), -lww);
    assert_int_equal(sign(stamp_compare_fold(a, b)), fold);
    assert_int_equal(sign(stamp_compare_fold(b, a)), -fold);
}

static void stamps_compare_by_time_leaf_position(void **state)
{
    (void)state;
    const struct stamp early = {-5, 9, 9}, late = {7, 1, 0};
    const struct stamp next_leaf = {7, 2, 0}, next_position = {7, 1, 1};
    check_order(&early, &late, -1, 1);
    check_order(&late, &next_leaf, -1, -1);
    check_order(&late, &next_position, -1, -1);
    const struct stamp adopted = {7, 1, 0, 3}, at_adopt = {7, 3, 0};
    check_order(&next_leaf, &adopted, -1, -1);
    check_order(&adopted, &at_adopt, -1, -1); /* by the own leaf, where both count from one */
    check_order(&late, &late, 0, 0);
    assert_true(stamp_same(&late, &late));
    assert_false(stamp_same(&late, &next_leaf));
    assert_false(stamp_same(&late, &next_position));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(below_the_base_is_seen_without_asking),
        cmocka_unit_test(in_one_changeset_the_position_decides),
        cmocka_unit_test(in_one_chain_the_number_decides),
        cmocka_unit_test(others_are_seen_if_reached),
        cmocka_unit_test(adopted_is_seen_from_its_place_on),
        cmocka_unit_test(stamps_compare_by_time_leaf_position),
    };
    return cmocka_run_group_tests_name("merge/order", tests, NULL, NULL);
}
