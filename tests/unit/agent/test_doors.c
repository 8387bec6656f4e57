/* SPDX-License-Identifier: MulanPSL-2.0 */
/* doors: what was scanned or typed is read as people write it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "agent/core/doors.h"

static void codes_are_read_as_people_write_them(void **state)
{
    static const char *const good[] = {
        "00112233445566778899aabbccddeeff", "0011 2233 4455 6677 8899 aabb ccdd eeff",
        "HUCE-DOOR-00112233445566778899AABBCCDDEEFF", "huce-door-0011-2233445566778899aabbccddeeff",
        "  HUCE-DOOR-00112233445566778899aabbccddeeff\n"};
    char digits[DOOR_DIGITS + 1];
    (void)state;
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        assert_true(door_digits(good[i], digits));
        assert_string_equal(digits, "00112233445566778899aabbccddeeff");
    }
    assert_true(door_digits("0011 2233", digits));
    assert_string_equal(digits, "00112233");
}

static void what_is_no_code_is_refused(void **state)
{
    static const char *const bad[] = {"",
                                      "0011223",
                                      "HUCE-DOOR-",
                                      "0011223x",
                                      "0011 2233 门",
                                      "00112233445566778899aabbccddeeff0",
                                      "HUCE1-00112233445566778899AABBCCDDEEFF"};
    char digits[DOOR_DIGITS + 1];
    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_false(door_digits(bad[i], digits));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(codes_are_read_as_people_write_them),
        cmocka_unit_test(what_is_no_code_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
