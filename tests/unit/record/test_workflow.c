/* SPDX-License-Identifier: MulanPSL-2.0 */
/* workflow: rules of steps, deadlines over working days, what a desk fills and opens by itself. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

#include "shared/base/check.h"
#include "shared/base/time.h"
#include "shared/db/catalog_sql.h"
#include "shared/record/workflow.h"

/* Type "job": state (a, b, c, d), worker, note, n, begun, due, day; type "task". 1 and 2 October
 * 2026 are days off, Saturday the 10th is worked. */
static void make(struct catalog *cat, const char *rules)
{
    static char sql[6000];
    struct buf migration;
    struct error err = {.text = ""};
    snprintf(sql, sizeof sql,
             "INSERT INTO migration VALUES (1, 'jobs');"
             "INSERT INTO codes(list, code, zh) VALUES ('s', 'a', '甲'), ('s', 'b', '乙'),"
             " ('s', 'c', '丙'), ('s', 'd', '丁'), ('holiday', '2026-10-01', '国庆'),"
             " ('holiday', '2026-10-02', '国庆2'), ('workday', '2026-10-10', '上班');"
             "INSERT INTO tables(no, name, zh, title) VALUES (1, 'job', '活', 'note'),"
             " (2, 'task', '任务', 'title');"
             "INSERT INTO fields(tbl, no, name, zh, type, policy, args, list, checks) VALUES"
             " ('job', 1, 'state', '状态', 'code', 'state', '>a,a>b,b>c,b>d,c>a', 's', ''),"
             " ('job', 2, 'worker', '人', 'text', 'lww', '', '', 'author'),"
             " ('job', 3, 'note', '记', 'text', 'lww', '', '', ''),"
             " ('job', 4, 'n', '数', 'int', 'lww', '', '', ''),"
             " ('job', 5, 'begun', '始', 'time', 'lww', '', '', ''),"
             " ('job', 6, 'due', '限', 'time', 'lww', '', '', ''),"
             " ('job', 7, 'day', '限日', 'date', 'lww', '', '', ''),"
             " ('job', 8, 'mood', '情', 'code', 'state', '>a,a>b', 's', ''),"
             " ('task', 1, 'title', '名', 'text', 'lww', '', '', '');"
             "INSERT INTO rules(tbl, no, kind, args) VALUES %s;",
             rules);
    catalog_init(cat);
    buf_init(&migration, 100000);
    if (catalog_from_sql(sql, &migration, &err) != ST_OK)
        fail_msg("%s", err.text);
    assert_int_equal(catalog_apply(cat, buf_slice(&migration), &err), ST_OK);
    buf_release(&migration);
}

struct job {
    struct value values[9]; /* by field number */
    uint8_t person[16];
    int role_bit;
    int64_t now_ms;
};

static struct value value_of(void *arg, const struct catalog_field *field)
{
    return ((struct job *)arg)->values[field->no];
}

static struct workflow_facts facts_of(struct job *job)
{
    return (struct workflow_facts){.value = value_of,
                                   .arg = job,
                                   .person = job->person,
                                   .role_bit = job->role_bit,
                                   .now_ms = job->now_ms};
}

static bool allowed(const struct catalog *cat, struct job *job, const char *from, const char *to)
{
    const struct catalog_table *table = catalog_table(cat, 1);
    const struct workflow_facts facts = facts_of(job);
    struct value a = from ? value_text(slice_str(from)) : value_null();
    struct value b = value_text(slice_str(to));
    return workflow_forbids(table, catalog_field(table, 1), &a, &b, &facts) == NULL;
}

#define ME "0a000000000000000000000000000000"
#define OTHER "0b000000000000000000000000000000"

static void a_step_is_for_those_who_may_take_it(void **state)
{
    (void)state;
    struct catalog cat;
    struct job job = {.role_bit = 0, .person = {10}};
    make(&cat, "(1, 1, 'step', 'state a b T,C:rs'), (1, 2, 'step', 'state - a V')");
    int rs = catalog_role_bit(&cat, "dept:rs");
    assert_true(rs >= 0);
    assert_false(allowed(&cat, &job, "a", "b"));
    assert_true(allowed(&cat, &job, "b", "c")); /* no rule speaks of it */
    assert_true(allowed(&cat, &job, NULL, "a"));
    job.role_bit = catalog_role_bit(&cat, "township");
    assert_true(allowed(&cat, &job, "a", "b"));
    assert_false(allowed(&cat, &job, NULL, "a"));
    job.role_bit = rs;
    assert_true(allowed(&cat, &job, "a", "b"));
    job.role_bit = -1;
    assert_false(allowed(&cat, &job, "a", "b"));
    catalog_release(&cat);
}

static void by_whom_and_not_by_whom(void **state)
{
    (void)state;
    struct catalog cat;
    struct job job = {.person = {10}};
    make(&cat,
         "(1, 1, 'step', 'state a b * by worker'), (1, 2, 'step', 'state b c|d * not_by worker')");
    assert_false(allowed(&cat, &job, "a", "b"));
    assert_true(allowed(&cat, &job, "b", "c"));
    job.values[2] = value_text(slice_str(ME));
    assert_true(allowed(&cat, &job, "a", "b"));
    assert_false(allowed(&cat, &job, "b", "c"));
    assert_false(allowed(&cat, &job, "b", "d"));
    job.values[2] = value_text(slice_str(OTHER));
    assert_false(allowed(&cat, &job, "a", "b"));
    assert_true(allowed(&cat, &job, "b", "c"));
    job.values[2] = value_erased(); /* nobody can say any more: nothing is forbidden by it */
    assert_true(allowed(&cat, &job, "a", "b"));
    assert_true(allowed(&cat, &job, "b", "c"));
    job.values[2] = value_text(slice_str(ME)); /* of nobody it is not known who he is */
    const struct catalog_table *table = catalog_table(&cat, 1);
    struct workflow_facts facts = facts_of(&job);
    const struct value a = value_text(slice_str("a")), b = value_text(slice_str("b"));
    facts.person = NULL;
    assert_non_null(workflow_forbids(table, catalog_field(table, 1), &a, &b, &facts));
    catalog_release(&cat);
}

/* What was erased forbids nothing: it was filled in, and what is asked of it is left open. */
static void what_was_erased_forbids_nothing(void **state)
{
    (void)state;
    struct catalog cat;
    struct job job = {0};
    make(&cat,
         "(1, 1, 'step', 'state a b * needs note'),"
         "(1, 2, 'step', 'state b c * when n>3'), (1, 3, 'step', 'state b d * when not n>3')");
    assert_false(allowed(&cat, &job, "a", "b"));
    assert_false(allowed(&cat, &job, "b", "c"));
    assert_true(allowed(&cat, &job, "b", "d"));
    job.values[3] = job.values[4] = value_erased();
    assert_true(allowed(&cat, &job, "a", "b"));
    assert_true(allowed(&cat, &job, "b", "c"));
    assert_true(allowed(&cat, &job, "b", "d"));
    catalog_release(&cat);
}

static void a_rule_is_about_its_own_field_and_steps(void **state)
{
    (void)state;
    struct catalog cat;
    struct job job = {.role_bit = 0};
    make(&cat, "(1, 1, 'step', 'mood * * T'), (1, 2, 'stamp', 'mood b note'),"
               "(1, 3, 'step', 'state a b T'), (1, 4, 'opens', 'task mood=b title=x'),"
               "(1, 5, 'due', 'due begun * 3d'), (1, 6, 'requires', 'note n')");
    const struct catalog_table *table = catalog_table(&cat, 1), *task = catalog_table(&cat, 2);
    const struct catalog_field *state_field = catalog_field(table, 1);
    const struct workflow_facts facts = facts_of(&job);
    const struct value a = value_text(slice_str("a")), b = value_text(slice_str("b"));
    const struct value gone = value_erased();
    struct workflow_opening opening;
    char out[17];
    assert_false(allowed(&cat, &job, "a", "b"));
    assert_true(allowed(&cat, &job, "a", "c"));
    assert_true(allowed(&cat, &job, "c", "b"));
    /* what was erased may have been any state */
    assert_int_equal(workflow_forbids(table, state_field, &gone, &b, &facts)->no, 3);
    assert_null(workflow_stamp(table, state_field, &b, 0));
    assert_false(workflow_opens(table, state_field, &b, 0, &opening));
    assert_false(workflow_due(&cat, table, catalog_field(table, 7), &facts, out));
    assert_true(workflow_applies(table, &table->rules[4]));
    assert_false(workflow_applies(table, &table->rules[5])); /* a rule of another kind */
    /* a type without rules */
    assert_null(workflow_forbids(task, catalog_field(task, 1), &a, &b, &facts));
    assert_null(workflow_stamp(task, catalog_field(task, 1), &b, 0));
    assert_false(workflow_opens(task, NULL, NULL, 0, &opening));
    assert_false(workflow_due(&cat, task, catalog_field(task, 1), &facts, out));
    assert_false(workflow_applies(task, &table->rules[0]));
    catalog_release(&cat);
}

static struct expr_value operand(enum field_type type, struct value value)
{
    const struct catalog_field field = {.type = type};
    return workflow_operand(&field, &value);
}

static void values_are_operands(void **state)
{
    (void)state;
    const struct value tenth = {.kind = VALUE_DECIMAL, .i = 15, .exponent = -1};
    const struct value hundreds = {.kind = VALUE_DECIMAL, .i = 3, .exponent = 2};
    const __int128 one = EXPR_SCALE;
    assert_true(operand(FIELD_INT, value_int(-4)).number == -4 * one);
    assert_true(operand(FIELD_MONEY, value_int(1250)).number == 25 * one / 2); /* in yuan */
    assert_true(operand(FIELD_DECIMAL, tenth).number == 3 * one / 2);
    assert_true(operand(FIELD_DECIMAL, hundreds).number == 300 * one);
    assert_int_equal(operand(FIELD_INT, value_null()).kind, EXPR_NOTHING);
    assert_int_equal(operand(FIELD_TEXT, value_text(slice_str(""))).kind, EXPR_NOTHING);
    assert_int_equal(operand(FIELD_TEXT, value_erased()).kind, EXPR_ERASED);
    struct expr_value text = operand(FIELD_TEXT, value_text(slice_str("x")));
    assert_int_equal(text.kind, EXPR_TEXT);
    assert_true(slice_equal(text.text, slice_str("x")));
    text = operand(FIELD_REF, value_bytes(slice_str("0123456789abcdef")));
    assert_int_equal(text.kind, EXPR_TEXT);
    assert_int_equal(text.text.n, 16);
}

static void what_is_needed_and_when(void **state)
{
    (void)state;
    struct catalog cat;
    struct job job = {.now_ms = INT64_C(1764550800000)}; /* 2025-12-01 09:00 in China */
    make(
        &cat,
        "(1, 1, 'step', 'state a b * needs note,n when n*2>5'),"
        "(1, 2, 'step', 'state b * * when now>due'), (1, 3, 'step', 'state c a * when today=day')");
    assert_false(allowed(&cat, &job, "a", "b"));
    job.values[4] = value_int(3);
    assert_false(allowed(&cat, &job, "a", "b"));
    job.values[3] = value_text(slice_str("x"));
    assert_true(allowed(&cat, &job, "a", "b"));
    job.values[4] = value_int(2);
    assert_false(allowed(&cat, &job, "a", "b"));
    job.values[6] = value_text(slice_str("2025-12-01T08:59"));
    assert_true(allowed(&cat, &job, "b", "c"));
    job.values[6] = value_text(slice_str("2025-12-01T09:00"));
    assert_false(allowed(&cat, &job, "b", "c"));
    job.values[7] = value_text(slice_str("2025-12-01"));
    assert_true(allowed(&cat, &job, "c", "a"));
    job.values[7] = value_text(slice_str("2025-12-02"));
    assert_false(allowed(&cat, &job, "c", "a"));
    job.now_ms = 0; /* no time is known: nothing is later than anything */
    assert_false(allowed(&cat, &job, "b", "c"));
    job.now_ms = INT64_MAX; /* nor is it when the clock has left the calendar */
    assert_false(allowed(&cat, &job, "b", "c"));
    assert_false(allowed(&cat, &job, "c", "a"));
    job.values[3] = value_text(slice_str("")); /* an empty text fills nothing in */
    job.values[4] = value_int(3);
    assert_false(allowed(&cat, &job, "a", "b"));
    catalog_release(&cat);
}

static void a_rule_that_cannot_be_read_is_never_applied(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "(1, 1, 'step', 'state a b')",
        "(1, 1, 'step', 'note a b *')",
        "(1, 1, 'step', 'odd a b *')",
        "(1, 1, 'step', 'state a b X')",
        "(1, 1, 'step', 'state a b * needs')",
        "(1, 1, 'step', 'state a b * needs x')",
        "(1, 1, 'step', 'state a b * needs n,n,n,n,n,n,n,n,n')",
        "(1, 1, 'step', 'state a b * not_by')",
        "(1, 1, 'step', 'state a b * when odd=1')",
        "(1, 1, 'step', 'state a b * by')",
        "(1, 1, 'step', 'state a b * odd n')",
        "(1, 1, 'step', 'state a b * when n>')",
        "(1, 1, 'due', 'due begun n=1')",
        "(1, 1, 'due', 'due begun * 3x')",
        "(1, 1, 'due', 'due begun * 2000wd')",
        "(1, 1, 'due', 'due begun *')",
        "(1, 1, 'due', 'due begun * 3d n=1')",
        "(1, 1, 'due', 'odd begun * 3d')",
        "(1, 1, 'due', 'due odd * 3d')",
        "(1, 1, 'due', 'due begun odd=1 3d')",
        "(1, 1, 'due', 'due begun * d')",
        "(1, 1, 'due', 'due begun * -3d')",
        "(1, 1, 'due', 'due begun * 3')",
        "(1, 1, 'due', 'due begun * 100000m')",
        "(1, 1, 'due', 'due begun * 1000000m')",
        "(1, 1, 'stamp', 'state b')",
        "(1, 1, 'stamp', 'odd b note')",
        "(1, 1, 'stamp', 'state b x')",
        "(1, 1, 'opens', 'task new')",
        "(1, 1, 'opens', 'task odd=b title=x')",
        "(1, 1, 'opens', 'nothing new a=b')",
        "(1, 1, 'opens', 'task old a=b')",
        "(1, 1, 'check', 'now>due')",
    };
    for (size_t i = 0; i < ARRAY_LENGTH(bad); i++) {
        struct catalog cat;
        make(&cat, bad[i]);
        const struct catalog_table *table = catalog_table(&cat, 1);
        if (workflow_applies(table, &table->rules[0]) || table->rules[0].code)
            fail_msg("applied: %s", bad[i]);
        catalog_release(&cat);
    }
}

static void assert_due(const struct catalog *cat, struct job *job, uint32_t field,
                       const char *expected)
{
    char out[17] = "";
    const struct catalog_table *table = catalog_table(cat, 1);
    const struct workflow_facts facts = facts_of(job);
    bool due = workflow_due(cat, table, catalog_field(table, field), &facts, out);
    assert_int_equal(due, expected != NULL);
    if (due)
        assert_string_equal(out, expected);
}

static void deadlines_count_working_days(void **state)
{
    (void)state;
    struct catalog cat;
    struct job job = {0};
    make(&cat, "(1, 1, 'due', 'due begun n=1 30m n=2 4h n=3 24h n=4 10d * 3wd'),"
               "(1, 2, 'due', 'day begun * 2wd')");
    assert_due(&cat, &job, 6, NULL);                           /* not begun */
    job.values[5] = value_text(slice_str("2026-09-30T22:45")); /* a Wednesday */
    assert_due(&cat, &job, 6, "2026-10-07T18:00");             /* 5, 6, 7 October */
    assert_due(&cat, &job, 7, "2026-10-06");
    job.values[4] = value_int(1);
    assert_due(&cat, &job, 6, "2026-09-30T23:15");
    job.values[4] = value_int(2);
    assert_due(&cat, &job, 6, "2026-10-01T02:45");
    job.values[4] = value_int(3);
    assert_due(&cat, &job, 6, "2026-10-01T22:45");
    job.values[4] = value_int(4);
    assert_due(&cat, &job, 6, "2026-10-10T22:45");
    job.values[4] = value_int(9);
    job.values[5] = value_text(slice_str("2026-10-08")); /* Friday, the worked Saturday, Monday */
    assert_due(&cat, &job, 6, "2026-10-12T18:00");
    assert_false(workflow_is_workday(&cat, date_from_civil(2026, 10, 1)));
    assert_true(workflow_is_workday(&cat, date_from_civil(2026, 10, 10)));
    assert_false(workflow_is_workday(&cat, date_from_civil(2026, 10, 11)));
    catalog_release(&cat);
    catalog_init(&cat); /* a county without a calendar of its own */
    assert_true(workflow_is_workday(&cat, date_from_civil(2026, 10, 1)));
    assert_false(workflow_is_workday(&cat, date_from_civil(2026, 10, 10)));
    catalog_release(&cat);
}

static void rules_of_other_kinds_stand_beside(void **state)
{
    (void)state;
    struct catalog cat;
    struct job job = {.values[5] = value_text(slice_str("2026-09-08T10:00"))};
    make(&cat, "(1, 1, 'requires', 'n note'), (1, 2, 'due', 'due begun n=1 4h * 3d'),"
               "(1, 3, 'requires', 'note n'), (1, 4, 'requires', 'begun n')");
    assert_due(&cat, &job, 6, "2026-09-11T10:00");
    job.values[4] = value_int(1);
    assert_due(&cat, &job, 6, "2026-09-08T14:00");
    catalog_release(&cat);
}

static void nothing_is_due_where_no_rule_can_tell(void **state)
{
    (void)state;
    struct catalog cat;
    struct job job = {0};
    make(&cat, "(1, 1, 'due', 'due note n=1 10d'), (1, 2, 'due', 'due begun n=1 10d n=2 3wd')");
    job.values[3] = value_text(slice_str("2026-01")); /* no day */
    assert_due(&cat, &job, 6, NULL);
    job.values[3] = value_text(slice_str("2026-02-30"));
    assert_due(&cat, &job, 6, NULL);
    job.values[3] = value_int(20260101);
    assert_due(&cat, &job, 6, NULL);
    job.values[5] = value_text(slice_str("9999-12-25T08:00"));
    assert_due(&cat, &job, 6, NULL); /* neither case holds */
    job.values[4] = value_int(1);    /* behind the last day of the calendar */
    assert_due(&cat, &job, 6, NULL);
    job.values[4] = value_int(2);
    assert_due(&cat, &job, 6, "9999-12-29T18:00");
    job.values[5] = value_text(slice_str("9999-12-29T08:00"));
    assert_due(&cat, &job, 6, NULL);
    int32_t day = 0;
    int minute = 0;
    assert_false(workflow_add(&cat, slice_str("soon"), &day, &minute));
    assert_int_equal(day, 0);
    catalog_release(&cat);
}

static void what_is_filled_and_what_opens(void **state)
{
    (void)state;
    struct catalog cat;
    make(&cat,
         "(1, 1, 'stamp', 'state b worker'), (1, 2, 'stamp', 'state b|c begun'),"
         "(1, 3, 'opens', 'task new title=x'), (1, 4, 'opens', 'task state=c title=@note n=+3d'),"
         "(1, 5, 'opens', 'task new title=y')");
    const struct catalog_table *table = catalog_table(&cat, 1);
    const struct catalog_field *field = catalog_field(table, 1);
    const struct value b = value_text(slice_str("b")), c = value_text(slice_str("c"));
    struct workflow_opening opening;
    assert_int_equal(workflow_stamp(table, field, &b, 0)->no, 2);
    assert_int_equal(workflow_stamp(table, field, &b, 1)->no, 5);
    assert_null(workflow_stamp(table, field, &b, 2));
    assert_int_equal(workflow_stamp(table, field, &c, 0)->no, 5);
    assert_true(workflow_opens(table, NULL, NULL, 0, &opening));
    assert_int_equal(opening.rule->no, 3);
    assert_true(workflow_opens(table, NULL, NULL, 1, &opening));
    assert_string_equal(opening.words[0], "title=y");
    assert_false(workflow_opens(table, NULL, NULL, 2, &opening));
    assert_false(workflow_opens(table, field, &b, 0, &opening));
    assert_true(workflow_opens(table, field, &c, 0, &opening));
    assert_int_equal(opening.count, 2);
    assert_string_equal(opening.type, "task");
    catalog_release(&cat);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_step_is_for_those_who_may_take_it),
        cmocka_unit_test(by_whom_and_not_by_whom),
        cmocka_unit_test(what_was_erased_forbids_nothing),
        cmocka_unit_test(a_rule_is_about_its_own_field_and_steps),
        cmocka_unit_test(values_are_operands),
        cmocka_unit_test(what_is_needed_and_when),
        cmocka_unit_test(a_rule_that_cannot_be_read_is_never_applied),
        cmocka_unit_test(deadlines_count_working_days),
        cmocka_unit_test(rules_of_other_kinds_stand_beside),
        cmocka_unit_test(nothing_is_due_where_no_rule_can_tell),
        cmocka_unit_test(what_is_filled_and_what_opens),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
