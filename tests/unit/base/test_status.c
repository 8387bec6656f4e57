/* SPDX-License-Identifier: MulanPSL-2.0 */
/* status: sentences are set, wrapped and cut as promised; exit codes are the command contract. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "shared/base/check.h"
#include "shared/base/status.h"

#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void test_set_and_wrap(void **state)
{
    (void)state;
    struct error err = {0};
    assert_int_equal(error_set(&err, ST_NOT_FOUND, "no record %d", 7), ST_NOT_FOUND);
    assert_int_equal(err.status, ST_NOT_FOUND);
    assert_string_equal(err.text, "no record 7");
    assert_int_equal(error_wrap(&err, ST_DAMAGED, "ledger %s", "622924101001"), ST_DAMAGED);
    assert_int_equal(err.status, ST_DAMAGED);
    assert_string_equal(err.text, "ledger 622924101001: no record 7");
}

static void test_without_receiver(void **state)
{
    (void)state;
    assert_int_equal(error_set(NULL, ST_IO, "nobody reads %s", "this"), ST_IO);
    assert_int_equal(error_wrap(NULL, ST_BUSY, "nor this"), ST_BUSY);
}

static void test_wrap_of_success_does_nothing(void **state)
{
    (void)state;
    struct error err = {ST_IO, "as it was"};
    assert_int_equal(error_wrap(&err, ST_OK, "context"), ST_OK);
    assert_string_equal(err.text, "as it was");
}

static void test_may_quote_itself(void **state)
{
    (void)state;
    struct error err = {ST_IO, "the cause"};
    error_set(&err, ST_IO, "because of %s", err.text);
    assert_string_equal(err.text, "because of the cause");
}

static void test_cut_at_a_character(void **state)
{
    (void)state;
    /* 户 is E6 88 B7. With each offset the limit falls elsewhere in the character. */
    char text[3 * 400 + 4];
    for (size_t offset = 0; offset < 3; offset++) {
        memset(text, 'x', offset);
        for (size_t i = 0; i < 400; i++)
            memcpy(text + offset + 3 * i, "户", 3);
        text[offset + 3 * 400] = 0;
        struct error err;
        error_set(&err, ST_INVALID, "%s", text);
        size_t n = strlen(err.text);
        assert_true(n < ERROR_TEXT_MAX && n >= ERROR_TEXT_MAX - 3);
        assert_int_equal((n - offset) % 3, 0);
        error_wrap(&err, ST_INVALID, "context");
        n = strlen(err.text);
        assert_true(n < ERROR_TEXT_MAX && n >= ERROR_TEXT_MAX - 3);
        assert_int_equal((n - strlen("context: ") - offset) % 3, 0);
    }
}

static void test_bytes_that_are_no_characters(void **state)
{
    (void)state;
    static const struct {
        const char *given, *shown;
    } texts[] = {
        {"a\x80z", "a?z"},            /* a continuation byte alone */
        {"\xC0\xAF", "??"},           /* an overlong '/' */
        {"\xE0\x80\xAF", "???"},      /* the same in three */
        {"\xF0\x80\x80\xAF", "????"}, /* and in four */
        {"\xED\xA0\x80", "???"},      /* a surrogate */
        {"\xF4\x90\x80\x80", "????"}, /* above U+10FFFF */
        {"\xFF\xFE", "??"},           /* never in UTF-8 */
        {"\xE6\x88", "??"},           /* 户 without its end */
        {"\xE6\x88z户", "??z户"},     /* and in the middle */
        {"é户😀", "é户😀"},
        {"\xEE\x80\x80\xF4\x8F\xBF\xBF", "\xEE\x80\x80\xF4\x8F\xBF\xBF"},
    };
    for (size_t i = 0; i < ARRAY_LENGTH(texts); i++) {
        struct error err;
        error_set(&err, ST_INVALID, "%s", texts[i].given);
        assert_string_equal(err.text, texts[i].shown);
    }
}

static void test_exit_codes(void **state)
{
    (void)state;
    assert_int_equal(status_exit_code(ST_OK), 0);
    assert_int_equal(status_exit_code(ST_USAGE), 2);
    assert_int_equal(status_exit_code(ST_UNREACHABLE), 3);
    assert_int_equal(status_exit_code(ST_DAMAGED), 4);
    const enum status failed[] = {ST_INVALID, ST_REFUSED, ST_NOT_FOUND, ST_EXISTS,
                                  ST_IO,      ST_BUSY,    ST_WAIT,      ST_LIMIT};
    for (size_t i = 0; i < ARRAY_LENGTH(failed); i++)
        assert_int_equal(status_exit_code(failed[i]), 1);
    const char *names[] = {"ok",          "invalid", "refused", "not_found", "exists", "usage",
                           "unreachable", "damaged", "io",      "busy",      "wait",   "limit"};
    for (size_t i = 0; i < ARRAY_LENGTH(names); i++)
        assert_string_equal(status_name((enum status)i), names[i]);
    assert_string_equal(status_name((enum status)99), "unknown");
}

static void test_check_ends_the_process(void **state)
{
    (void)state;
    int channel[2];
    assert_int_equal(pipe(channel), 0);
    pid_t child = fork();
    if (child == 0) {
        signal(SIGABRT, SIG_DFL);
        dup2(channel[1], STDERR_FILENO);
        CHECK(1 + 1 == 2);
        CHECK(1 + 1 == 3);
        _exit(0);
    }
    close(channel[1]);
    char text[512] = "";
    ssize_t n = read(channel[0], text, sizeof(text) - 1);
    close(channel[0]);
    int how;
    assert_int_equal(waitpid(child, &how, 0), child);
    assert_true(WIFSIGNALED(how) && WTERMSIG(how) == SIGABRT);
    assert_true(n > 0);
    assert_non_null(strstr(text, "CHECK failed: 1 + 1 == 3"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_set_and_wrap),
        cmocka_unit_test(test_without_receiver),
        cmocka_unit_test(test_wrap_of_success_does_nothing),
        cmocka_unit_test(test_may_quote_itself),
        cmocka_unit_test(test_cut_at_a_character),
        cmocka_unit_test(test_bytes_that_are_no_characters),
        cmocka_unit_test(test_exit_codes),
        cmocka_unit_test(test_check_ends_the_process),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
