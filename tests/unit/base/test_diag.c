/* SPDX-License-Identifier: MulanPSL-2.0 */
/* diag: one line each, with its level, and nothing that a message contains can make it two. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "shared/base/diag.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int channel[2], real_stderr;

static int redirect(void **state)
{
    (void)state;
    real_stderr = dup(STDERR_FILENO);
    return pipe(channel) != 0 || dup2(channel[1], STDERR_FILENO) < 0 ? -1 : 0;
}

static int restore(void **state)
{
    (void)state;
    dup2(real_stderr, STDERR_FILENO);
    close(real_stderr);
    close(channel[0]);
    close(channel[1]);
    return 0;
}

/* What was written since the last call; the mark keeps the read from waiting for ever. */
static const char *written(void)
{
    static char text[8192];
    if (write(channel[1], "$", 1) != 1)
        return "";
    ssize_t n = read(channel[0], text, sizeof(text) - 1);
    text[n > 0 ? n - 1 : 0] = 0;
    return text;
}

static void test_level_from_the_environment(void **state)
{
    (void)state;
    diag_info("sync", "%d changes confirmed", 12);
    const char *line = written();
    assert_int_equal(strlen(line),
                     strlen("2026-11-21T01:30:00.123Z info sync: 12 changes confirmed\n"));
    assert_string_equal(line + 24, " info sync: 12 changes confirmed\n");
    diag_debug("sync", "not at this level");
    assert_string_equal(written(), "");
}

static void test_set_level(void **state)
{
    (void)state;
    diag_set_level(DIAG_ERROR);
    diag_warn("x", "quiet");
    assert_string_equal(written(), "");
    diag_error("x", "loud");
    assert_string_equal(written() + 24, " error x: loud\n");
    diag_set_level(DIAG_DEBUG);
    diag_debug("x", "all");
    assert_string_equal(written() + 24, " debug x: all\n");
}

static void test_one_line_whatever_it_says(void **state)
{
    (void)state;
    diag_error("x", "a\nb\r\tc\x1b[0m\x7f户");
    assert_string_equal(written() + 24, " error x: a b  c [0m 户\n");
    char text[5000];
    memset(text, 'y', sizeof(text) - 1);
    text[sizeof(text) - 1] = 0;
    diag_error("x", "%s", text);
    const char *line = written();
    assert_int_equal(strlen(line), 2047);
    assert_int_equal(line[2046], '\n');
    diag_error(text, "%s", "an area of any length does no harm");
    written();
}

int main(void)
{
    setenv("HUCE_DIAG", "info", 1);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_level_from_the_environment, redirect, restore),
        cmocka_unit_test_setup_teardown(test_set_level, redirect, restore),
        cmocka_unit_test_setup_teardown(test_one_line_whatever_it_says, redirect, restore),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
