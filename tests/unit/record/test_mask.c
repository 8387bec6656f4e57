/* SPDX-License-Identifier: MulanPSL-2.0 */
/* mask: what a list on the wall shows of a name, an id, a telephone number. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "shared/base/check.h"
#include "shared/record/mask.h"

static void stars_stand_for_what_is_hidden(void **state)
{
    (void)state;
    static const struct {
        const char *word, *text, *inside, *posted;
    } rows[] = {
        {"name", "马小兰", "马**", "马**"},
        {"name", "马", "*", "*"},
        {"name", "", "", ""},
        {"name", "买买提·艾力", "买***", "买***"},
        {"name", "Anna", "A***", "A***"},
        {"name", "马兰", "马*", "马*"},
        {"id", "990000198001010012", "990000********0012", "9***************12"},
        {"id", "99000019900307003X", "990000********003X", "9***************3X"},
        {"id", "990", "***", "***"},
        {"id", "9900", "****", "9*00"},
        {"id", "九九〇〇〇〇一九八〇", "**********", "**********"}, /* cut in no character */
        {"phone", "一五四一二三四五", "********", "********"},
        {"birth", "1980-01-01", "1980-**-**", "****-**-**"},
        {"birth", "八十年代", "****-**-**", "****-**-**"},
        {"birth", "八十年1", "****-**-**", "****-**-**"}, /* ten bytes, and no date */
        {"birth", "", "", ""},
        {"hide", "东乡族", "***", "***"},
        {"hide", "", "", ""},
        {"phone", "15412345678", "154****5678", "154****5678"},
        {"phone", "1541234", "*******", "*******"},
        {"phone", "", "", ""},
    };
    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        enum mask mask;
        struct buf out;
        buf_init(&out, 100);
        assert_true(mask_parse(slice_str(rows[i].word), &mask));
        mask_put(mask, MASK_INSIDE, slice_str(rows[i].text), &out);
        assert_string_equal(buf_cstr(&out), rows[i].inside);
        buf_clear(&out);
        mask_put(mask, MASK_POSTED, slice_str(rows[i].text), &out);
        assert_string_equal(buf_cstr(&out), rows[i].posted);
        buf_release(&out);
    }
}

static void no_mask_hides_nothing(void **state)
{
    (void)state;
    enum mask mask = MASK_NONE;
    struct buf out;
    static const char *const unknown[] = {"", "address", "names"};
    for (size_t i = 0; i < ARRAY_LENGTH(unknown); i++)
        assert_false(mask_parse(slice_str(unknown[i]), &mask));
    buf_init(&out, 100);
    mask_put(MASK_NONE, MASK_POSTED, slice_str("马小兰"), &out);
    assert_string_equal(buf_cstr(&out), "马小兰");
    buf_release(&out);
}

static void numbers_in_any_text_are_masked(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        {"马小兰990000198001010012电话15412345678。", "马小兰9***************12电话154****5678。"},
        {"99000019900307003X", "9***************3X"},
        {"622924101001010001", "6***************01"}, /* a household's code has 18 digits too */
        {"6229241010010", "6229241010010"},
        {"99000019800101001215412345678", "9**************************78"}, /* run together */
        {"12345678901", "12345678901"},
        {"22345678901", "22345678901"},
        {"99000019900307003", "99000019900307003"}, /* one digit short, and no X behind */
        {"99000019900307003号", "99000019900307003号"},
        {"2026-11-24", "2026-11-24"},
        {"", ""},
    };
    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        struct buf out;
        buf_init(&out, 200);
        mask_put_alike(MASK_POSTED, slice_str(rows[i][0]), &out);
        assert_string_equal(buf_cstr(&out), rows[i][1]);
        buf_release(&out);
    }
}

static void roles_are_named_as_those_of_writers(void **state)
{
    (void)state;
    static const struct {
        const char *who, *role;
        bool shows;
    } rows[] = {
        {"", "auditor", true},          {"", NULL, true},
        {"V", "village", true},         {"V", "grid", true},
        {"V", "township", false},       {"V,T", "township", true},
        {"V,T,C:ga", "dept:ga", true},  {"V,T,C:ga", "dept:gab", false},
        {"V,T,C:ga", "dept:rs", false}, {"V,T,C:ga", "registrar", true},
        {"C", "dept:rs", true},         {"C", "registrar", true},
        {"V,T,C", "auditor", false},    {"V", NULL, false},
        {"C:ga", "village", false},     {"D:ga", "registrar", false},
        {"X", "village", false},
    };
    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        const struct mask_rule rule = {MASK_ID, rows[i].who};
        if (mask_shows(&rule, rows[i].role) != rows[i].shows)
            fail_msg("\"%s\" for %s", rows[i].who, rows[i].role ? rows[i].role : "nobody");
    }
    assert_true(mask_shows(&(const struct mask_rule){MASK_NONE, "V"}, "auditor"));
}

/* Fields 1 … 4 of sensitivity 1, 2, 3, 3; the newest rule about a field holds. */
static void the_catalog_says_what_is_masked(void **state)
{
    (void)state;
    struct catalog_field fields[] = {{.name = "a", .sensitivity = 1},
                                     {.name = "b", .sensitivity = 2},
                                     {.name = "c", .sensitivity = 3},
                                     {.name = "d", .sensitivity = 3}};
    const char *b[] = {"b", "phone"}, *d[] = {"d", "hide"}, *again[] = {"d", "id", "V"};
    const char *unknown[] = {"a", "blur"}, *half[] = {"a"};
    struct catalog_rule rules[] = {
        {.kind = "mask", .arg_count = 2, .args = b},
        {.kind = "mask", .arg_count = 2, .args = d},
        {.kind = "needs", .arg_count = 2, .args = unknown},
        {.kind = "mask", .arg_count = 3, .args = again},
        {.kind = "mask", .arg_count = 2, .args = unknown},
        {.kind = "mask", .arg_count = 1, .args = half},
    };
    const struct catalog_table table = {.rules = rules, .rule_count = ARRAY_LENGTH(rules)};
    static const enum mask wanted[] = {MASK_NONE, MASK_PHONE, MASK_HIDE, MASK_ID};
    for (size_t i = 0; i < ARRAY_LENGTH(fields); i++) {
        struct mask_rule rule;
        mask_rule_of(&table, &fields[i], &rule);
        assert_int_equal(rule.mask, wanted[i]);
        assert_string_equal(rule.who, i == 3 ? "V" : "");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stars_stand_for_what_is_hidden),
        cmocka_unit_test(no_mask_hides_nothing),
        cmocka_unit_test(numbers_in_any_text_are_masked),
        cmocka_unit_test(roles_are_named_as_those_of_writers),
        cmocka_unit_test(the_catalog_says_what_is_masked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
