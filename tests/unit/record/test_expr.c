/* SPDX-License-Identifier: MulanPSL-2.0 */
/* expr: what conditions mean, what is no condition, and what is empty or erased. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "shared/base/check.h"
#include "shared/record/expr.h"

static const char *const names[] = {"n", "m", "kind", "from", "to", "none", "gone"};

static int resolve(void *arg, struct slice name)
{
    (void)arg;
    for (size_t i = 0; i < ARRAY_LENGTH(names); i++)
        if (slice_equal(name, slice_str(names[i])))
            return (int)i;
    return -1;
}

/* n 7, m 0.5, kind "3", from 2026-02-26, to 2026-03-03T09:30; none is empty, gone erased. */
static struct expr_value value(void *arg, int name)
{
    (void)arg;
    struct expr_value half = {.kind = EXPR_NUMBER, .number = EXPR_SCALE / 2};
    switch (name) {
    case 0:
        return expr_number(7);
    case 1:
        return half;
    case 2:
        return expr_text(slice_str("3"));
    case 3:
        return expr_text(slice_str("2026-02-26"));
    case 4:
        return expr_text(slice_str("2026-03-03T09:30"));
    case 5:
        return (struct expr_value){.kind = EXPR_NOTHING};
    default:
        return (struct expr_value){.kind = EXPR_ERASED};
    }
}

static void conditions_say_what_they_say(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum truth truth;
    } rows[] = {
        {"n=7", TRUTH_YES},
        {"n = 8", TRUTH_NO},
        {"n!=8", TRUTH_YES},
        {"n*m=3.5", TRUTH_YES},
        {"n*2>13 and n-1<=6", TRUTH_YES},
        {"n*2>13 and n<7", TRUTH_NO},
        {"n<7 or m<1", TRUTH_YES},
        {"not n<7", TRUTH_YES},
        {"not not n<7", TRUTH_NO},
        {"n<7 or n>6 and m>1", TRUTH_NO}, /* and binds closer */
        {"(n<7 or n>6) and m<1", TRUTH_YES},
        {"kind=1|3", TRUTH_YES},
        {"kind!=1|3", TRUTH_NO},
        {"kind=\"3\"", TRUTH_YES},
        {"kind=\"draft\"|\"3\"", TRUTH_YES},
        {"n=6|7", TRUTH_YES},
        {"to-from>=5", TRUTH_YES}, /* days: 2026 has no 29 February */
        {"to-from=5", TRUTH_YES},
        {"from<to", TRUTH_YES},
        {"to>=\"2026-03-03\"", TRUTH_YES}, /* a day holds its times */
        {"to>\"2026-03-03\"", TRUTH_NO},
        {"has n", TRUTH_YES},
        {"has none", TRUTH_NO},
        {"none=0", TRUTH_NO},
        {"none!=0", TRUTH_NO},
        {"not none=0", TRUTH_YES},
        {"none+1>0", TRUTH_NO},
        {"not has none or none>3", TRUTH_YES},
        {"n", TRUTH_YES},
        {"n-7", TRUTH_NO},
        {"gone=1", TRUTH_OPEN},
        {"not gone=1", TRUTH_OPEN},
        {"gone=1 or n=7", TRUTH_YES},
        {"gone=1 and n=8", TRUTH_NO},
        {"gone=1 and n=7", TRUTH_OPEN},
        {"has gone", TRUTH_YES},
        {"kind+1=4", TRUTH_NO}, /* a text is no number */
        {"n+kind=10", TRUTH_NO},
        {"n+1=8", TRUTH_YES},
        {"n-1=6", TRUTH_YES},
        {"n-gone=0", TRUTH_OPEN},
        {"gone*2=0", TRUTH_OPEN},
        {"n=gone", TRUTH_OPEN},
        {"none=gone", TRUTH_OPEN},
        {"gone=none", TRUTH_OPEN},
        {"n=none", TRUTH_NO},
        {"n=7 and gone=1", TRUTH_OPEN},
        {"n=8 or gone=1", TRUTH_OPEN},
        {"kind", TRUTH_YES},
        {"none", TRUTH_NO},
        {"n<8", TRUTH_YES},
        {"n<=7", TRUTH_YES},
        {"n<=6", TRUTH_NO},
        {"n>=7", TRUTH_YES},
        {"n>=8", TRUTH_NO},
        {"n>7", TRUTH_NO},
        {"kind>2", TRUTH_YES}, /* of digits that were written down */
        {"2<kind", TRUTH_YES},
        {"kind=m", TRUTH_NO}, /* what was worked out has none */
        {"m=kind", TRUTH_NO},
        {"m!=kind", TRUTH_YES},
        {"m<kind", TRUTH_NO},
        {"kind<m", TRUTH_NO},
        {"m<=kind", TRUTH_NO},
        {"kind>m", TRUTH_NO},
        {"kind>=m", TRUTH_NO},
        {"from<=to and from>=\"2026\"", TRUTH_YES},
        {"to<=from", TRUTH_NO},
        {"to<from", TRUTH_NO},
        {"from>=to", TRUTH_NO},
        {"kind>=\"\"", TRUTH_YES}, /* of nothing they have everything in common */
        {"kind=\"\"", TRUTH_NO},
        {"from-7=0", TRUTH_NO}, /* a day less a number is nothing */
        {"from-kind=0", TRUTH_NO},
        {"kind-from=0", TRUTH_NO},
        {"from-\"2026-02-30\"=0", TRUTH_NO},
        {"\"2026-02-30\"-from=0", TRUTH_NO},
        {"n*99999999999*99999999999*99999999999*99999999999>0", TRUTH_NO},
    };
    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        struct arena arena = {0};
        struct error err = {0};
        const struct expr *expr =
            expr_compile(slice_str(rows[i].text), resolve, NULL, &arena, &err);
        if (!expr)
            fail_msg("%s: %s", rows[i].text, err.text);
        if (expr_holds(expr, value, NULL) != rows[i].truth)
            fail_msg("%s is not %d", rows[i].text, rows[i].truth);
        arena_release(&arena);
    }
}

static void what_is_no_condition_is_refused(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",
        "n=",
        "n=)",
        "n=7|)",
        "n=~",
        "=n",
        "n==7",
        "n=7 and",
        "(n=7",
        "n=7)",
        "n 7",
        "unknown",
        "has",
        "has 7",
        "n=7|",
        "n=7|m",
        "\"open",
        "n=\"",
        "n in 3",
        "N=7",
        "n>;7",
        "1.2.3=n",
        "1.0000000001",
        "123456789012345678901",
        "not",
        "n=7 or or n=8",
    };
    for (size_t i = 0; i < ARRAY_LENGTH(texts); i++) {
        struct arena arena = {0};
        struct error err = {0};
        if (expr_compile(slice_str(texts[i]), resolve, NULL, &arena, &err))
            fail_msg("taken: %s", texts[i]);
        assert_true(err.text[0] != '\0');
        arena_release(&arena);
    }
}

static void long_and_deep_ones_are_refused(void **state)
{
    (void)state;
    char text[2000] = "";
    struct arena arena = {0};
    for (int i = 0; i < EXPR_DEPTH_MAX; i++)
        strcat(text, "(");
    strcat(text, "n");
    assert_null(expr_compile(slice_str(text), resolve, NULL, &arena, NULL));
    strcpy(text, "n");
    for (size_t i = 0; i < EXPR_NODES_MAX; i++)
        strcat(text, "+n");
    assert_null(expr_compile(slice_str(text), resolve, NULL, &arena, NULL));
    arena_release(&arena);
}

static void the_names_are_told_once(void **state)
{
    (void)state;
    struct arena arena = {0};
    int asked[EXPR_NODES_MAX];
    const struct expr *expr =
        expr_compile(slice_str("n=1|2 or has m and n>m"), resolve, NULL, &arena, NULL);
    assert_non_null(expr);
    assert_int_equal(expr_names(expr, asked), 2);
    assert_int_equal(asked[0], 0);
    assert_int_equal(asked[1], 1);
    arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(conditions_say_what_they_say),
        cmocka_unit_test(what_is_no_condition_is_refused),
        cmocka_unit_test(long_and_deep_ones_are_refused),
        cmocka_unit_test(the_names_are_told_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
