/* SPDX-License-Identifier: MulanPSL-2.0 */
/* time: the whole calendar against counting day by day; instants as text, also absurd ones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "shared/base/time.h"

#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* Must be the first test: the children read the variable for the first time. */
static void test_bad_offset_has_no_effect(void **state)
{
    (void)state;
    static const char *const bad[] = {"soon", "12x", "9223372036854775807", "99999999999999999999"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        pid_t child = fork();
        if (child == 0) {
            close(STDERR_FILENO);
            setenv("HUCE_CLOCK_OFFSET_MS", bad[i], 1);
            int64_t off = time_now_ms() - (int64_t)time(NULL) * 1000;
            _exit(off < -2000 || off > 2000);
        }
        int how = -1;
        assert_int_equal(waitpid(child, &how, 0), child);
        assert_int_equal(how, 0);
    }
}

static void test_every_day_of_the_calendar(void **state)
{
    (void)state;
    int32_t days = DATE_MIN;
    for (int y = 1; y <= 9999; y++)
        for (int m = 1; m <= 12; m++)
            for (int d = 1; date_valid(y, m, d); d++, days++) {
                int y2, m2, d2;
                date_to_civil(days, &y2, &m2, &d2);
                if (date_from_civil(y, m, d) != days || y2 != y || m2 != m || d2 != d)
                    fail_msg("%04d-%02d-%02d is not day %d", y, m, d, days);
            }
    assert_int_equal(days, DATE_MAX + 1);
}

static void test_known_days(void **state)
{
    (void)state;
    assert_int_equal(date_from_civil(1970, 1, 1), 0);
    assert_int_equal(date_from_civil(2000, 3, 1), 11017);
    assert_int_equal(date_from_civil(2026, 11, 21), 20778);
    assert_true(date_valid(2000, 2, 29));
    assert_false(date_valid(1900, 2, 29));
    assert_false(date_valid(2026, 2, 29));
    assert_false(date_valid(0, 1, 1));
    assert_false(date_valid(10000, 1, 1));
    assert_false(date_valid(2026, 0, 1));
    assert_false(date_valid(2026, 13, 1));
    assert_false(date_valid(2026, 4, 31));
    assert_false(date_valid(2026, 4, 0));
}

static void test_parse_is_strict(void **state)
{
    (void)state;
    int32_t days = 0;
    char text[11];
    assert_true(date_parse(slice_str("2026-11-21"), &days));
    assert_int_equal(days, 20778);
    date_format(days, text);
    assert_string_equal(text, "2026-11-21");
    assert_true(date_parse(slice_str("0001-01-01"), &days));
    assert_int_equal(days, DATE_MIN);
    date_format(DATE_MAX, text);
    assert_string_equal(text, "9999-12-31");
    const char *bad[] = {"",           "2026-11-2",  "2026-11-211", "2026/11/21", "2026-11/21",
                         "0000-01-01", "2026-02-30", "2026-13-01",  "2026-1a-01", "-026-01-01",
                         "2026-+1-01", " 026-01-01", "2026-00-10",  "2026-10-00", "20261-1-21",
                         "203/-11-21", "2026-11-2:"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        if (date_parse(slice_str(bad[i]), &days))
            fail_msg("accepted \"%s\"", bad[i]);
}

static void test_instants_as_text(void **state)
{
    (void)state;
    char text[TIME_TEXT_SIZE];
    time_format_utc(0, text);
    assert_string_equal(text, "1970-01-01T00:00:00.000Z");
    time_format_utc(-1, text);
    assert_string_equal(text, "1969-12-31T23:59:59.999Z");
    time_format_utc(INT64_C(1795225800123), text);
    assert_string_equal(text, "2026-11-21T01:50:00.123Z");
    time_format_cst(INT64_C(1795225800123), text);
    assert_string_equal(text, "2026-11-21 09:50:00");
    time_format_utc(INT64_MAX, text);
    assert_string_equal(text, "9999-12-31T23:59:59.999Z");
    time_text_cst("2026-11-21T01:30:00.123Z", text);
    assert_string_equal(text, "2026-11-21 09:30:00");
    time_text_cst("2026-12-31T20:00:00.000Z", text);
    assert_string_equal(text, "2027-01-01 04:00:00");
    time_text_cst("never", text);
    assert_string_equal(text, "never");
    time_format_utc(INT64_MIN, text);
    assert_string_equal(text, "0001-01-01T00:00:00.000Z");
    time_format_cst(INT64_MAX, text);
    assert_string_equal(text, "9999-12-31 23:59:59");
    time_format_cst(INT64_MIN, text);
    assert_string_equal(text, "0001-01-01 00:00:00");
}

static void test_clocks(void **state)
{
    (void)state;
    int64_t off = time_now_ms() - (int64_t)time(NULL) * 1000;
    assert_true(off >= 86400000 - 2000 && off <= 86400000 + 2000);
    int64_t a = time_monotonic_us(), b = time_monotonic_us();
    assert_true(a > 0 && b >= a);
    assert_true(time_monotonic_ms() >= a / 1000);
}

static void test_offset_is_read_once(void **state)
{
    (void)state;
    int64_t before = time_now_ms();
    setenv("HUCE_CLOCK_OFFSET_MS", "0", 1);
    assert_true(time_now_ms() >= before - 2000);
}

int main(void)
{
    setenv("HUCE_CLOCK_OFFSET_MS", "86400000", 1); /* a day ahead */
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bad_offset_has_no_effect),
        cmocka_unit_test(test_every_day_of_the_calendar),
        cmocka_unit_test(test_known_days),
        cmocka_unit_test(test_parse_is_strict),
        cmocka_unit_test(test_instants_as_text),
        cmocka_unit_test(test_clocks),
        cmocka_unit_test(test_offset_is_read_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
