/* SPDX-License-Identifier: MulanPSL-2.0 */
/* schedule: when the county is asked again, at both ends of chance. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "agent/api/schedule.h"

#define PERIOD 300000

static void test_start(void **state)
{
    struct schedule s;
    (void)state;
    schedule_init(&s, PERIOD, 1000, 0);
    assert_int_equal(schedule_due_ms(&s), 1000 + SCHEDULE_START_MS / 2);
    schedule_init(&s, PERIOD, 1000, UINT32_MAX);
    assert_in_range(schedule_due_ms(&s), 1000 + SCHEDULE_START_MS - 2, 1000 + SCHEDULE_START_MS);
}

static void test_off(void **state)
{
    struct schedule s;
    (void)state;
    schedule_init(&s, 0, 1000, 7);
    assert_int_equal(schedule_due_ms(&s), INT64_MAX);
    schedule_saved(&s, 2000);
    assert_int_equal(schedule_due_ms(&s), INT64_MAX);
    schedule_began(&s); /* somebody asked */
    schedule_ended(&s, false, 3000, 0, 7);
    assert_int_equal(schedule_due_ms(&s), INT64_MAX);
}

static void test_period(void **state)
{
    struct schedule s;
    (void)state;
    schedule_init(&s, PERIOD, 0, 0);
    schedule_began(&s);
    schedule_ended(&s, true, 5000, 0, 0);
    assert_int_equal(schedule_due_ms(&s), 5000 + PERIOD * 9 / 10);
    schedule_ended(&s, true, 5000, 0, UINT32_MAX);
    assert_in_range(schedule_due_ms(&s), 5000 + PERIOD * 11 / 10 - 10, 5000 + PERIOD * 11 / 10);
}

static void test_after_saves(void **state)
{
    struct schedule s;
    int64_t now_ms;
    (void)state;
    schedule_init(&s, PERIOD, 0, 0);
    schedule_began(&s);
    schedule_ended(&s, true, 0, 0, 0);
    schedule_saved(&s, 10000);
    assert_int_equal(schedule_due_ms(&s), 10000 + SCHEDULE_QUIET_MS);
    schedule_saved(&s, 12000); /* coalesced */
    assert_int_equal(schedule_due_ms(&s), 12000 + SCHEDULE_QUIET_MS);
    for (now_ms = 12000; now_ms < 10000 + SCHEDULE_HELD_MS; now_ms += 1000)
        schedule_saved(&s, now_ms);
    assert_int_equal(schedule_due_ms(&s), 10000 + SCHEDULE_HELD_MS); /* not put off for ever */
    schedule_began(&s);
    schedule_saved(&s, now_ms); /* while it runs: not part of it */
    schedule_ended(&s, true, now_ms + 100, 0, 0);
    assert_int_equal(schedule_due_ms(&s), now_ms + SCHEDULE_QUIET_MS);
    schedule_began(&s);
    schedule_ended(&s, true, now_ms + 200, 0, 0);
    int64_t due_ms = now_ms + 200 + PERIOD * 9 / 10;
    assert_int_equal(schedule_due_ms(&s), due_ms);
    schedule_saved(&s, due_ms - 1000); /* it would be sooner by itself */
    assert_int_equal(schedule_due_ms(&s), due_ms);
}

static void test_unreachable(void **state)
{
    struct schedule s;
    int64_t wait_ms = SCHEDULE_RETRY_MIN_MS;
    (void)state;
    schedule_init(&s, PERIOD, 0, 0);
    for (int i = 0; i < 100; i++) {
        schedule_began(&s);
        schedule_ended(&s, false, 0, 0, 0);
        assert_int_equal(schedule_due_ms(&s), wait_ms / 2);
        schedule_saved(&s, 0); /* does not shorten it */
        assert_int_equal(schedule_due_ms(&s), wait_ms / 2);
        struct schedule late = s;
        late.failures--;
        schedule_ended(&late, false, 0, 0, UINT32_MAX);
        assert_in_range(schedule_due_ms(&late), wait_ms - 10, wait_ms);
        wait_ms = 2 * wait_ms < SCHEDULE_RETRY_MAX_MS ? 2 * wait_ms : SCHEDULE_RETRY_MAX_MS;
    }
    schedule_began(&s);
    schedule_ended(&s, true, 0, 0, 0);
    assert_int_equal(schedule_due_ms(&s), PERIOD * 9 / 10); /* well again: as before */
    schedule_ended(&s, false, 0, 0, 0);
    assert_int_equal(schedule_due_ms(&s), SCHEDULE_RETRY_MIN_MS / 2);
}

/* A period longer than the longest retry is not asked more often than that; a short one is not
 * asked less often at first. */
static void test_odd_periods(void **state)
{
    struct schedule s;
    (void)state;
    schedule_init(&s, 2 * SCHEDULE_RETRY_MAX_MS, 0, 0);
    for (int i = 0; i < 50; i++)
        schedule_ended(&s, false, 0, 0, 0);
    assert_int_equal(schedule_due_ms(&s), SCHEDULE_RETRY_MAX_MS);
    schedule_init(&s, 1000, 0, 0);
    assert_int_equal(schedule_due_ms(&s), 500);
    schedule_ended(&s, false, 0, 0, 0);
    assert_int_equal(schedule_due_ms(&s), 500);
}

/* Retry-After: not before, and not all desks at that moment; what would be later anyway stays. */
static void test_asked_to_wait(void **state)
{
    struct schedule s;
    (void)state;
    schedule_init(&s, PERIOD, 0, 0);
    schedule_ended(&s, false, 1000, 120000, 0);
    assert_int_equal(schedule_due_ms(&s), 121000);
    schedule_init(&s, PERIOD, 0, 0);
    schedule_ended(&s, false, 1000, 120000, UINT32_MAX);
    assert_in_range(schedule_due_ms(&s), 133000 - 10, 133000);
    schedule_init(&s, PERIOD, 0, 0);
    schedule_ended(&s, false, 1000, 2000, 0); /* the own patience is longer */
    assert_int_equal(schedule_due_ms(&s), 1000 + SCHEDULE_RETRY_MIN_MS / 2);
    schedule_ended(&s, true, 0, 120000, 0); /* said in an exchange that went well all the same */
    assert_int_equal(schedule_due_ms(&s), PERIOD * 9 / 10);
}

static void test_a_watch_rests_longer_each_time(void **state)
{
    int64_t before_ms = 0;
    (void)state;
    assert_int_equal(schedule_watch_ms(0, UINT32_MAX), 0);
    for (unsigned i = 1; i < 100; i++) {
        int64_t ms = schedule_watch_ms(i, 0), latest_ms = schedule_watch_ms(i, UINT32_MAX);
        assert_true(ms >= before_ms && ms >= SCHEDULE_RETRY_MIN_MS / 2);
        assert_true(latest_ms <= SCHEDULE_RETRY_MAX_MS && latest_ms <= 2 * ms);
        before_ms = ms;
    }
    assert_int_equal(before_ms, SCHEDULE_RETRY_MAX_MS / 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_start),         cmocka_unit_test(test_off),
        cmocka_unit_test(test_period),        cmocka_unit_test(test_after_saves),
        cmocka_unit_test(test_unreachable),   cmocka_unit_test(test_odd_periods),
        cmocka_unit_test(test_asked_to_wait), cmocka_unit_test(test_a_watch_rests_longer_each_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
