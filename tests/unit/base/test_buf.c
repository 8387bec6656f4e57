/* SPDX-License-Identifier: MulanPSL-2.0 */
/* buf: grows to its maximum and not a byte further, and says so once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "shared/base/buf.h"

static void test_appends(void **state)
{
    (void)state;
    struct buf b;
    buf_init(&b, 1 << 20);
    for (int i = 0; i < 1000; i++) {
        buf_put_u8(&b, 'a');
        buf_put_str(&b, "bc");
        buf_put_slice(&b, slice_str("d"));
        buf_put(&b, NULL, 0);
    }
    assert_true(buf_ok(&b));
    assert_int_equal(b.n, 4000);
    for (int i = 0; i < 1000; i++)
        assert_memory_equal(b.p + 4 * i, "abcd", 4);
    buf_release(&b);
    buf_release(&b);
}

static void test_maximum_is_exact(void **state)
{
    (void)state;
    for (size_t max = 0; max < 300; max++) {
        struct buf b;
        buf_init(&b, max);
        for (size_t i = 0; i < max; i++)
            buf_put_u8(&b, (uint8_t)i);
        assert_true(buf_ok(&b));
        assert_int_equal(b.n, max);
        assert_int_equal(buf_cstr(&b)[max], 0);
        assert_true(buf_ok(&b));
        buf_put_u8(&b, 0);
        assert_false(buf_ok(&b));
        assert_int_equal(b.n, max);
        buf_clear(&b);
        assert_true(buf_ok(&b));
        assert_null(buf_extend(&b, max + 1));
        assert_false(buf_ok(&b));
        buf_release(&b);
    }
}

static void test_zero_state(void **state)
{
    (void)state;
    struct buf b = {0};
    assert_string_equal(buf_cstr(&b), "");
    buf_put(&b, "x", 1);
    assert_false(buf_ok(&b));
    buf_release(&b);
}

static void test_extend(void **state)
{
    (void)state;
    struct buf b;
    buf_init(&b, 100);
    assert_non_null(buf_extend(&b, 0));
    memset(buf_extend(&b, 100), 'x', 100);
    assert_non_null(buf_extend(&b, 0));
    assert_null(buf_extend(&b, SIZE_MAX));
    buf_release(&b);
}

static void test_printf(void **state)
{
    (void)state;
    struct buf b;
    buf_init(&b, 2000);
    buf_printf(&b, "%d-", 5);
    buf_printf(&b, "%01000d", 7);
    assert_int_equal(b.n, 1002);
    assert_string_equal(buf_cstr(&b) + 999, "007");
    buf_printf(&b, "%01000d", 7);
    assert_false(buf_ok(&b));
    assert_int_equal(b.n, 1002);
    buf_clear(&b);
    buf_printf(&b, "%s", "again");
    assert_string_equal(buf_cstr(&b), "again");
    buf_release(&b);
}

static void test_slices(void **state)
{
    (void)state;
    assert_true(slice_equal(SLICE_NONE, slice_str("")));
    assert_int_equal(slice_compare(slice_str("ab"), slice_str("abc")), -1);
    assert_int_equal(slice_compare(slice_str("abc"), slice_str("ab")), 1);
    assert_true(slice_compare(slice_str("\x80"), slice_str("\x7f")) > 0);
    assert_int_equal(slice_compare(SLICE_NONE, SLICE_NONE), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_appends),    cmocka_unit_test(test_maximum_is_exact),
        cmocka_unit_test(test_zero_state), cmocka_unit_test(test_extend),
        cmocka_unit_test(test_printf),     cmocka_unit_test(test_slices),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
