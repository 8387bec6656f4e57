/* SPDX-License-Identifier: MulanPSL-2.0 */
/* guard: what counts as this machine's own page. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "agent/api/guard.h"
#include "shared/base/check.h"

static void test_host(void **state)
{
    static const char *const good[] = {"localhost",      "LocalHost:7400", "127.0.0.1",
                                       "127.0.0.1:7400", "127.9.8.7:1",    "[::1]",
                                       "[::1]:7400",     "localhost:65535"};
    static const char *const bad[] = {"",
                                      ":7400",
                                      "huce.example",
                                      "localhost.huce.example",
                                      "huce.example:7400",
                                      "127.0.0.1.huce.example",
                                      "128.0.0.1",
                                      "0.0.0.0:7400",
                                      "10.0.0.2",
                                      "::1",
                                      "[::1",
                                      "[::2]:7400",
                                      "[127.0.0.1]",
                                      "[localhost]:1",
                                      "localhost:",
                                      "localhost:74a0",
                                      "localhost:123456",
                                      "localhost:7400/",
                                      "localhost ",
                                      "user@localhost",
                                      "2130706433"};
    char longer[100];
    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(good); i++)
        if (!guard_host(good[i]))
            fail_msg("refused: %s", good[i]);
    for (size_t i = 0; i < ARRAY_LENGTH(bad); i++)
        if (guard_host(bad[i]))
            fail_msg("accepted: %s", bad[i]);
    memset(longer, '1', sizeof(longer) - 1);
    longer[sizeof(longer) - 1] = '\0';
    assert_false(guard_host(longer));
    assert_false(guard_host(NULL));
}

static void test_origin(void **state)
{
    (void)state;
    assert_true(guard_origin(NULL, "localhost:7400"));
    assert_true(guard_origin("http://localhost:7400", "localhost:7400"));
    assert_true(guard_origin("http://127.0.0.1:7400", "127.0.0.1:7400"));
    assert_false(guard_origin("http://localhost:7401", "localhost:7400"));
    assert_false(guard_origin("https://localhost:7400", "localhost:7400"));
    assert_false(guard_origin("http://huce.example", "localhost:7400"));
    assert_false(guard_origin("null", "localhost:7400"));
    assert_false(guard_origin("", "localhost:7400"));
    assert_false(guard_origin("http://localhost:7400.huce.example", "localhost:7400"));
    assert_false(guard_origin("http://localhost:7400", NULL));
}

static void test_fetch_site(void **state)
{
    (void)state;
    assert_true(guard_fetch_site(NULL));
    assert_true(guard_fetch_site("same-origin"));
    assert_true(guard_fetch_site("none"));
    assert_false(guard_fetch_site("cross-site"));
    assert_false(guard_fetch_site("same-site"));
    assert_false(guard_fetch_site(""));
}

static void test_content_type(void **state)
{
    (void)state;
    assert_true(guard_json("application/json"));
    assert_true(guard_json("Application/JSON; charset=utf-8"));
    assert_true(guard_json("application/json ;charset=utf-8"));
    assert_false(guard_json(NULL));
    assert_false(guard_json(""));
    assert_false(guard_json("text/plain"));
    assert_false(guard_json("application/jsonp"));
    assert_false(guard_json("text/plain; application/json"));
    assert_false(guard_json("application/x-www-form-urlencoded"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_host),
        cmocka_unit_test(test_origin),
        cmocka_unit_test(test_fetch_site),
        cmocka_unit_test(test_content_type),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
