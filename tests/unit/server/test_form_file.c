/* SPDX-License-Identifier: MulanPSL-2.0 */
/* form_file: a form as an office writes it becomes a catalog migration, and keeps its numbers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "server/core/form_file.h"
#include "shared/db/catalog_sql.h"

static struct catalog cat;

static enum status define(const char *text, uint64_t number, struct error *err)
{
    struct buf sql, migration;
    buf_init(&sql, 1 << 20);
    buf_init(&migration, 1 << 20);
    enum status st = form_file_sql(slice_str(text), &cat, number, &sql, err);
    if (st == ST_OK)
        st = catalog_from_sql(buf_cstr(&sql), &migration, err);
    if (st == ST_OK)
        st = catalog_apply(&cat, buf_slice(&migration), err);
    buf_release(&sql);
    buf_release(&migration);
    return st;
}

#define FORM "-- form: shed_check | 棚检查 | Shed check\n"
#define FIRST                                                                                       \
    FORM "-- key: no\n一行说明：不算\n-- field: no | 棚号 | No | text required len:1:9\n"  \
         "-- field: on | 日期 | On | date past\n-- field: how | 方式 | How | code how review\n" \
         "-- list: how | 1 | 看'过 | Seen\n-- rule: requires how on | 要日期 | Needs a date\n"

static int fresh(void **state)
{
    (void)state;
    catalog_init(&cat);
    return 0;
}

static int done(void **state)
{
    (void)state;
    catalog_release(&cat);
    return 0;
}

static void a_form_becomes_a_type(void **state)
{
    struct error err;
    (void)state;
    assert_int_equal(define(FIRST, 10001, &err), ST_OK);
    const struct catalog_table *t = catalog_table_named(&cat, slice_str("shed_check"));
    assert_non_null(t);
    assert_int_equal(t->no, FORM_TABLE_FIRST);
    assert_string_equal(t->key, "no");
    assert_int_equal(t->field_count, 3);
    assert_true(t->by_no[1]->required && t->by_no[3]->policy == POLICY_REVIEW);
    assert_string_equal(t->by_no[3]->list->codes[0].zh, "看'过");
    assert_int_equal(t->rule_count, 1);
}

static void numbers_are_for_ever(void **state)
{
    struct error err;
    (void)state;
    assert_int_equal(define(FIRST, 10001, &err), ST_OK);
    assert_int_equal(define(FORM "-- field: note | 备注 | Note | text\n"
                                 "-- field: no | 棚号 | No | text required\n",
                            10002, &err),
                     ST_OK);
    const struct catalog_table *t = catalog_table_named(&cat, slice_str("shed_check"));
    assert_int_equal(t->no, FORM_TABLE_FIRST);
    assert_string_equal(t->by_no[1]->name, "no");
    assert_string_equal(t->by_no[4]->name, "note");
    assert_int_equal(t->field_count, 2);
    assert_int_equal(
        define("-- form: other | 另一张 | Other\n-- field: a | 甲 | A | text\n", 10003, &err),
        ST_OK);
    assert_int_equal(catalog_table_named(&cat, slice_str("other"))->no, FORM_TABLE_FIRST + 1);
}

static void mistakes_name_their_line(void **state)
{
    static const struct {
        const char *text, *words;
    } bad[] = {
        {"", "没有表单"},
        {"-- field: a | 甲 | A | text\n", "第 1 行"},
        {FORM "-- field: a | 甲 | text\n", "第 2 行"},
        {FORM "-- field: a | 甲 | A | text often\n", "often"},
        {FORM "-- field: a | 甲 | A | text unit=\n", "unit="},
        {FORM "-- field: a | 甲 | A | ref nowhere\n", "nowhere"},
        {FORM "-- field: a | 甲 | A | code none\n", "none"},
        {FORM "-- field: a | 甲 | A | colour\n", "colour"},
        {FORM FORM, "第 2 行"},
        {FORM "-- field: a | 甲 | A | text\n-- field: a | 乙 | B | text\n", "两次"},
        {FORM "-- colour: red\n", "第 2 行"},
        {FORM "-- list: a | 1 | b\n", "第 2 行"},
        {FORM "-- rule: order a b | c\n", "第 2 行"},
        {FORM "-- field: a | 甲 | A | text sensitivity=9\n", "sensitivity"},
        {FORM, "没有表单"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct error err;
        if (define(bad[i].text, 10001, &err) == ST_OK)
            fail_msg("%zu was taken", i);
        if (!strstr(err.text, bad[i].words))
            fail_msg("%zu: %s", i, err.text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_form_becomes_a_type, fresh, done),
        cmocka_unit_test_setup_teardown(numbers_are_for_ever, fresh, done),
        cmocka_unit_test_setup_teardown(mistakes_name_their_line, fresh, done),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
