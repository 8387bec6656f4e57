/* SPDX-License-Identifier: MulanPSL-2.0 */
/* structure: rules about records together, as the catalog spells them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdio.h>

#include "shared/base/check.h"
#include "shared/db/catalog_sql.h"
#include "shared/record/structure.h"

/* A catalog with table "thing" (fields parent, name, end, box, boxes, other) and these rules. */
static void make(struct catalog *cat, const char *rules)
{
    char sql[4000];
    struct buf migration;
    struct error err = {.text = ""};
    snprintf(
        sql, sizeof sql,
        "INSERT INTO migration VALUES (1, 'things');"
        "INSERT INTO tables(no, name, zh, title) VALUES (1, 'thing', '物', 'name'),"
        " (2, 'box', '箱', 'name');"
        "INSERT INTO fields(tbl, no, name, zh, type, required, ref) VALUES"
        " ('box', 1, 'name', '名', 'text', 0, ''), ('thing', 1, 'parent', '上', 'ref', 0, 'thing'),"
        " ('thing', 2, 'name', '名', 'text', 1, ''), ('thing', 3, 'end', '止', 'date', 0, ''),"
        " ('thing', 4, 'box', '箱', 'ref', 1, 'box'), ('thing', 6, 'other', '别', 'ref', 1, 'box'),"
        " ('thing', 7, 'loose', '散', 'ref', 0, ''), ('thing', 8, 'takes', '取', 'int', 0, ''),"
        " ('box', 2, 'gives', '给', 'int', 0, ''), ('box', 3, 'other', '别', 'ref', 0, 'box');"
        "INSERT INTO fields(tbl, no, name, zh, type, policy, ref) VALUES"
        " ('thing', 5, 'boxes', '诸箱', 'set_ref', 'set', 'box');%s",
        rules);
    catalog_init(cat);
    buf_init(&migration, 100000);
    if (catalog_from_sql(sql, &migration, &err) != ST_OK)
        fail_msg("%s", err.text);
    assert_int_equal(catalog_apply(cat, buf_slice(&migration), &err), ST_OK);
    buf_release(&migration);
}

#define RULE(kind, args, severity)                                                            \
    "INSERT INTO rules(tbl, no, kind, args, severity) VALUES ('thing', 1, '" kind "', '" args \
    "', '" severity "');"

static void a_record_belongs_to_its_first_required_reference(void **state)
{
    (void)state;
    struct catalog cat;
    make(&cat, "");
    assert_string_equal(structure_owner(catalog_table(&cat, 1))->name, "box");
    assert_null(structure_owner(catalog_table(&cat, 2)));
    catalog_release(&cat);
}

static void a_rule_says_otherwise(void **state)
{
    (void)state;
    static const struct {
        const char *rule, *owner; /* NULL: none */
    } rows[] = {{RULE("belongs", "other", "error"), "other"},
                {RULE("belongs", "parent", "error"), "parent"},
                {RULE("belongs", "", "error"), NULL},
                {RULE("belongs", "nothing", "error"), NULL},
                {RULE("belongs", "loose", "error"), NULL},
                {RULE("belongs", "boxes", "error"), NULL}};
    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        struct catalog cat;
        make(&cat, rows[i].rule);
        const struct catalog_field *owner = structure_owner(catalog_table(&cat, 1));
        if (rows[i].owner)
            assert_string_equal(owner->name, rows[i].owner);
        else
            assert_null(owner);
        catalog_release(&cat);
    }
}

static void what_is_brought_along(void **state)
{
    (void)state;
    static const struct {
        const char *rule;
        size_t count;
        bool until;
    } rows[] = {{RULE("brings", "other", "error"), 1, false},
                {RULE("brings", "other end", "error"), 1, true},
                {RULE("brings", "other nothing", "error"), 0, false},
                {RULE("brings", "name", "error"), 0, false},
                {RULE("brings", "", "error"), 0, false}};
    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        struct catalog cat;
        struct structure_brings out[STRUCTURE_WORDS_MAX];
        make(&cat, rows[i].rule);
        assert_int_equal(structure_brings(catalog_table(&cat, 1), out), rows[i].count);
        if (rows[i].count)
            assert_int_equal(out[0].until != NULL, rows[i].until);
        catalog_release(&cat);
    }
    /* One more than there is room for. */
    struct catalog cat;
    struct structure_brings out[STRUCTURE_WORDS_MAX];
    char many[4000] = "";
    for (int i = 0; i <= STRUCTURE_WORDS_MAX; i++)
        snprintf(many + strlen(many), sizeof(many) - strlen(many),
                 "INSERT INTO rules(tbl, no, kind, args) VALUES ('thing', %d, 'brings', 'other');",
                 i + 1);
    make(&cat, many);
    assert_int_equal(structure_brings(catalog_table(&cat, 1), out), STRUCTURE_WORDS_MAX);
    catalog_release(&cat);
}

static bool read_rule(struct catalog *cat, const char *rule, struct structure_rule *out)
{
    make(cat, rule);
    const struct catalog_table *table = catalog_table(cat, 1);
    return structure_rule(table, &table->rules[0], out);
}

static void one_of_a_kind(void **state)
{
    (void)state;
    struct catalog cat;
    struct structure_rule rule;
    assert_true(read_rule(
        &cat, RULE("unique", "box name end= first end settle end=today name=", "conflict"), &rule));
    assert_false(rule.acyclic);
    assert_int_equal(rule.key_count, 2);
    assert_string_equal(rule.keys[1]->name, "name");
    assert_int_equal(rule.where_count, 1);
    assert_string_equal(rule.where[0].field->name, "end");
    assert_string_equal(rule.where[0].text, "");
    assert_string_equal(rule.first->name, "end");
    assert_int_equal(rule.settle_count, 2);
    assert_string_equal(rule.settle[0].text, "today");
    catalog_release(&cat);
    assert_true(read_rule(&cat, RULE("acyclic", "parent settle parent=", "conflict"), &rule));
    assert_true(rule.acyclic);
    catalog_release(&cat);
}

static void what_cannot_be_understood_is_never_applied(void **state)
{
    (void)state;
    static const char *const bad[] = {
        RULE("unique", "", "conflict"),
        RULE("unique", "nothing", "conflict"),
        RULE("unique", "nothing name", "conflict"),
        RULE("acyclic", "nothing", "conflict"),
        RULE("acyclic", "settle parent=", "conflict"),
        RULE("unique", "boxes", "conflict"),
        RULE("unique", "name nothing=1", "conflict"),
        RULE("unique", "name first", "conflict"),
        RULE("unique", "name first nothing", "conflict"),
        RULE("unique", "name settle end", "conflict"),
        RULE("unique", "name name name name name name name name name", "conflict"),
        RULE("unique", "name end= end= end= end= end= end= end= end= end=", "conflict"),
        RULE("acyclic", "box", "conflict"),
        RULE("acyclic", "name", "conflict"),
        RULE("acyclic", "parent end=", "conflict"),
        RULE("acyclic", "parent box", "conflict"),
        RULE("order", "end end", "error"),
    };
    for (size_t i = 0; i < ARRAY_LENGTH(bad); i++) {
        struct catalog cat;
        struct structure_rule rule;
        if (read_rule(&cat, bad[i], &rule))
            fail_msg("applied: %s", bad[i]);
        catalog_release(&cat);
    }
    assert_true(structure_kind_known(slice_str("unique")));
    assert_false(structure_kind_known(slice_str("order")));
}

static bool read_cover(struct catalog *cat, const char *rule, struct structure_cover *out)
{
    make(cat, rule);
    const struct catalog_table *table = catalog_table(cat, 1);
    return structure_cover(cat, table, &table->rules[0], out);
}

static void what_is_taken_is_covered_by_what_is_given(void **state)
{
    (void)state;
    struct catalog cat;
    struct structure_cover cover;
    assert_true(read_cover(&cat, RULE("covered", "takes other box.gives", "error"), &cover));
    assert_string_equal(cover.taken->name, "takes");
    assert_string_equal(cover.holder->name, "other");
    assert_ptr_equal(cover.table, catalog_table(&cat, 2));
    assert_string_equal(cover.given->name, "gives");
    assert_ptr_equal(cover.given_holder, catalog_field(cover.table, 3));
    catalog_release(&cat);

    static const char *const bad[] = {
        RULE("unique", "takes other", "conflict"),
        RULE("covered", "takes other", "error"),
        RULE("covered", "takes other box", "error"),
        RULE("covered", "nothing other box.gives", "error"),
        RULE("covered", "takes nothing box.gives", "error"),
        RULE("covered", "takes name box.gives", "error"),
        RULE("covered", "takes other nothing.gives", "error"),
        RULE("covered", "takes other box.nothing", "error"),
        RULE("covered", "takes parent box.gives", "error"), /* a box has no parent */
        RULE("covered", "name other box.gives", "error"),   /* a name is no number */
        RULE("covered", "takes other box.name", "error"),
    };
    for (size_t i = 0; i < ARRAY_LENGTH(bad); i++) {
        if (read_cover(&cat, bad[i], &cover))
            fail_msg("applied: %s", bad[i]);
        catalog_release(&cat);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_record_belongs_to_its_first_required_reference),
        cmocka_unit_test(a_rule_says_otherwise),
        cmocka_unit_test(what_is_brought_along),
        cmocka_unit_test(one_of_a_kind),
        cmocka_unit_test(what_cannot_be_understood_is_never_applied),
        cmocka_unit_test(what_is_taken_is_covered_by_what_is_given),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
