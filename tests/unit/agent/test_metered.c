/* SPDX-License-Identifier: MulanPSL-2.0 */
/* metered: when photos may travel over a line that is paid for by the megabyte. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "agent/core/metered.h"

#define HOUR INT64_C(3600000)
/* Midnight of a day in China. */
#define MIDNIGHT (20000 * 24 * HOUR - 8 * HOUR)

static int64_t wait_h(unsigned from, unsigned to, int64_t at_h)
{
    const struct metered m = {.on = true, .from_h = from, .to_h = to, .day_bytes = 1000};
    const int64_t ms = metered_wait_ms(&m, MIDNIGHT + at_h * HOUR, 0);
    assert_int_equal(ms % HOUR, 0);
    return ms / HOUR;
}

static void photos_have_their_hours(void **state)
{
    (void)state;
    static const struct {
        unsigned from, to;
        int64_t at, wait;
    } cases[] = {
        {22, 7, 21, 1}, {22, 7, 22, 0}, {22, 7, 23, 0},  {22, 7, 0, 0},  {22, 7, 6, 0},
        {22, 7, 7, 15}, {1, 5, 0, 1},   {1, 5, 1, 0},    {1, 5, 4, 0},   {1, 5, 5, 20},
        {1, 5, 23, 2},  {0, 0, 13, 0},  {13, 13, 12, 0}, {23, 0, 0, 23}, {0, 1, 0, 0},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        if (wait_h(cases[i].from, cases[i].to, cases[i].at) != cases[i].wait)
            fail_msg("%u-%u at %d: %d, not %d", cases[i].from, cases[i].to, (int)cases[i].at,
                     (int)wait_h(cases[i].from, cases[i].to, cases[i].at), (int)cases[i].wait);
}

static void a_day_has_its_size(void **state)
{
    (void)state;
    struct metered m = {.on = true, .from_h = 20, .to_h = 2, .day_bytes = 1000};
    assert_int_equal(metered_wait_ms(&m, MIDNIGHT + 21 * HOUR, 999), 0);
    assert_int_equal(metered_wait_ms(&m, MIDNIGHT + 21 * HOUR, 1000), 3 * HOUR); /* tomorrow */
    assert_int_equal(metered_wait_ms(&m, MIDNIGHT + HOUR, 1000), 23 * HOUR);
    m.from_h = 3;
    m.to_h = 5; /* tomorrow, and then its hours */
    assert_int_equal(metered_wait_ms(&m, MIDNIGHT + 4 * HOUR, 5000), 23 * HOUR);
    m.day_bytes = 0; /* no photos over this line */
    assert_true(metered_wait_ms(&m, MIDNIGHT + 4 * HOUR, 0) > 0);
    m.on = false;
    assert_int_equal(metered_wait_ms(&m, MIDNIGHT + 4 * HOUR, 5000), 0);
}

static void days_are_those_of_china(void **state)
{
    (void)state;
    assert_int_equal(metered_day(MIDNIGHT), 20000);
    assert_int_equal(metered_day(MIDNIGHT - 1), 19999);
    assert_int_equal(metered_day(MIDNIGHT + 24 * HOUR), 20001);
    assert_int_equal(metered_day(-8 * HOUR), 0);
    assert_int_equal(metered_day(-8 * HOUR - 1), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(photos_have_their_hours),
        cmocka_unit_test(a_day_has_its_size),
        cmocka_unit_test(days_are_those_of_china),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
