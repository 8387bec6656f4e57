/* SPDX-License-Identifier: MulanPSL-2.0 */
/* login: tokens and the idle lock. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "agent/api/login.h"
#include "shared/crypto/hash.h"

static const uint8_t first[LOGIN_TOKEN] = {1, 2, 3}, second[LOGIN_TOKEN] = {1, 2, 4};

static void test_token(void **state)
{
    struct login login = {.idle_ms = 1000};
    char a[LOGIN_TOKEN_TEXT], b[LOGIN_TOKEN_TEXT];
    (void)state;
    assert_false(login_holds(&login, NULL, 0));
    assert_false(login_holds(&login, /* of the zero state */
                             "0000000000000000000000000000000000000000000000000000000000000000",
                             0));
    login_begin(&login, first, 0, a);
    assert_true(login_holds(&login, a, 0));
    assert_false(login_holds(&login, NULL, 0));
    assert_false(login_holds(&login, "", 0));
    assert_false(login_holds(&login, "01", 0));
    a[63]++;
    assert_false(login_holds(&login, a, 0));
    a[63]--;
    login_begin(&login, second, 0, b);
    assert_false(login_holds(&login, a, 0)); /* one session at a time */
    assert_true(login_holds(&login, b, 0));
    login_end(&login);
    assert_false(login_holds(&login, b, 0));
    assert_memory_equal(login.token, (uint8_t[LOGIN_TOKEN]){0}, LOGIN_TOKEN);
}

static void test_idle(void **state)
{
    struct login login = {.idle_ms = 1000};
    char token[LOGIN_TOKEN_TEXT];
    (void)state;
    assert_int_equal(login_deadline_ms(&login), INT64_MAX);
    login_begin(&login, first, 5000, token);
    assert_int_equal(login_deadline_ms(&login), 6000);
    assert_true(login_holds(&login, token, 5999));
    assert_false(login_holds(&login, token, 6000));
    login_used(&login, 5500);
    assert_true(login_holds(&login, token, 6499));
    assert_false(login_holds(&login, token, 6500));
    login.idle_ms = 0; /* never by itself */
    assert_true(login_holds(&login, token, INT64_MAX - 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_token),
        cmocka_unit_test(test_idle),
    };
    crypto_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
