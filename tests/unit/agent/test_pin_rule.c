/* SPDX-License-Identifier: MulanPSL-2.0 */
/* pin_rule: PINs that are guessed first, and what wrong ones cost. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "agent/core/pin_rule.h"
#include "shared/base/check.h"

static void test_weak(void **state)
{
    static const char *const weak[] = {
        "",         "12345",    "111111", "000000",   "99999999", "123456", "654321",  "890123",
        "210987",   "12345678", "abcdef", "aaaaaa",   "121212",   "123123", "112112",  "112233",
        "332211",   "111222",   "888999", "11223344", "850314",   "000229", "199003",  "200812",
        "19850314", "20011231", "qwerty", "QWERTY",   "a123456",  "147258", "5201314",
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(weak); i++) {
        struct error err;
        if (pin_rule_check(slice_str(weak[i]), &err) != ST_REFUSED)
            fail_msg("%s is taken", weak[i]);
        assert_true(strlen(err.text) > 0);
    }
}

static void test_good(void **state)
{
    static const char *const good[] = {"135246",   "246810",   "860231",    "857931",
                                       "191300",   "18850314", "19851314",  "112234",
                                       "1234567x", "909192",   "四川人123", "root-pin-1234567890"};
    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(good); i++) {
        struct error err;
        if (pin_rule_check(slice_str(good[i]), &err) != ST_OK)
            fail_msg("%s: %s", good[i], err.text);
    }
}

static void test_wrong_ones_cost_time(void **state)
{
    struct pin_tries tries = {0};
    int64_t now_ms = 1000, wait_ms = PIN_WAIT_MIN_MS;
    (void)state;
    for (int i = 1; i < PIN_TRIES; i++) {
        pin_rule_wrong(&tries, now_ms);
        assert_int_equal(pin_rule_wait_ms(&tries, now_ms), 0);
    }
    for (int i = 0; i < 20; i++) {
        pin_rule_wrong(&tries, now_ms);
        assert_int_equal(pin_rule_wait_ms(&tries, now_ms), wait_ms);
        assert_int_equal(pin_rule_wait_ms(&tries, now_ms + wait_ms - 1), 1);
        assert_int_equal(pin_rule_wait_ms(&tries, now_ms + wait_ms), 0);
        now_ms += wait_ms;
        wait_ms = 2 * wait_ms < PIN_WAIT_MAX_MS ? 2 * wait_ms : PIN_WAIT_MAX_MS;
    }
    /* A clock that was set back is neither a way around it nor a wait without end. */
    assert_int_equal(pin_rule_wait_ms(&tries, 0), PIN_WAIT_MAX_MS);
    tries.wrong = INT64_MAX;
    assert_int_equal(pin_rule_wait_ms(&tries, tries.last_ms), PIN_WAIT_MAX_MS);
}

static void test_how_long_is_said(void **state)
{
    static const struct {
        int64_t ms;
        const char *text;
    } cases[] = {{1, "1 秒"},        {30000, "30 秒"},   {120000, "120 秒"},
                 {120001, "3 分钟"}, {240000, "4 分钟"}, {PIN_WAIT_MAX_MS, "60 分钟"}};
    char text[PIN_WAIT_TEXT];
    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        pin_rule_wait_text(cases[i].ms, text);
        assert_string_equal(text, cases[i].text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_weak),
        cmocka_unit_test(test_good),
        cmocka_unit_test(test_wrong_ones_cost_time),
        cmocka_unit_test(test_how_long_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
