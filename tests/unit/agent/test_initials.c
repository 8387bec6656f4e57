/* SPDX-License-Identifier: MulanPSL-2.0 */
/* initials: a name is found by the first letters of its reading. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "agent/core/initials.h"

static bool fits(const char *name, const char *letters)
{
    return initials_begin(slice_str(name), slice_str(letters));
}

static void a_name_is_found_by_its_beginning(void **state)
{
    (void)state;
    assert_true(fits("马建国", "mjg"));
    assert_true(fits("马建国", "MJ"));
    assert_true(fits("马建国", "m"));
    assert_false(fits("马建国", "jg"));
    assert_false(fits("马建国", "mjgx"));
    assert_true(fits("丁丽", "dl"));
    assert_true(fits("撒拉·赛福丁", "slsfd"));
    assert_true(fits("Ali 马", "alim"));
}

static void a_family_name_is_read_in_either_way(void **state)
{
    (void)state;
    assert_true(fits("曾国强", "zgq"));
    assert_true(fits("曾国强", "cgq"));
    assert_true(fits("单永红", "syh"));
    assert_true(fits("解放", "xf"));
    assert_false(fits("马曾", "mz"));
}

static void what_has_no_reading_is_not_found(void **state)
{
    (void)state;
    assert_false(fits("", "m"));
    assert_false(fits("123", "m"));
    assert_false(fits("马", "1"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_name_is_found_by_its_beginning),
        cmocka_unit_test(a_family_name_is_read_in_either_way),
        cmocka_unit_test(what_has_no_reading_is_not_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
