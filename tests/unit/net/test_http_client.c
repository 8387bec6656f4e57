/* SPDX-License-Identifier: MulanPSL-2.0 */
/* http_client: which addresses a desk speaks to, and how they are taken apart for signing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "shared/net/http_client.h"
#include "shared/base/check.h"

static void test_without_tls_only_on_this_machine(void **state)
{
    (void)state;
    static const struct {
        const char *url;
        enum status status;
    } urls[] = {
        {"https://guanghe.example:8443", ST_OK},
        {"https://10.0.0.1/huce", ST_OK},
        {"http://127.0.0.1:8443", ST_OK},
        {"http://127.8.8.8", ST_OK},
        {"http://localhost:80/x", ST_OK},
        {"http://[::1]:8443", ST_OK},
        {"http://guanghe.example", ST_REFUSED},
        {"http://10.0.0.1", ST_REFUSED},
        {"http://127.0.0.1.guanghe.example", ST_REFUSED},
        {"http://127.example", ST_REFUSED},
        {"http://127.0.0.1@guanghe.example/", ST_REFUSED},
        {"http://localhost.example", ST_REFUSED},
        {"http://[2001:db8::1]", ST_REFUSED},
        {"ftp://127.0.0.1", ST_REFUSED},
        {"", ST_INVALID},
        {"https://", ST_INVALID},
        {"https://a b", ST_INVALID},
    };
    for (size_t i = 0; i < ARRAY_LENGTH(urls); i++) {
        struct error err = {0};
        if (http_url_check(urls[i].url, &err) != urls[i].status)
            fail_msg("%s: %s %s", urls[i].url, status_name(err.status), err.text);
    }
}

static void test_what_is_signed(void **state)
{
    (void)state;
    static const struct {
        const char *url, *authority, *path;
    } urls[] = {
        {"https://guanghe.example", "guanghe.example", ""},
        {"https://guanghe.example:443/huce//", "guanghe.example", "/huce"},
        {"http://127.0.0.1:80/", "127.0.0.1", ""},
        {"https://[::1]:8443/a/b", "[::1]:8443", "/a/b"},
    };
    for (size_t i = 0; i < ARRAY_LENGTH(urls); i++) {
        char authority[256], path[256];
        struct error err;
        assert_int_equal(
            http_url_split(urls[i].url, authority, sizeof(authority), path, sizeof(path), &err),
            ST_OK);
        assert_string_equal(authority, urls[i].authority);
        assert_string_equal(path, urls[i].path);
    }
    char small[4];
    struct error err;
    assert_int_equal(
        http_url_split("https://guanghe.example", small, sizeof(small), small, sizeof(small), &err),
        ST_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_without_tls_only_on_this_machine),
        cmocka_unit_test(test_what_is_signed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
