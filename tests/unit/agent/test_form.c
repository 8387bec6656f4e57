/* SPDX-License-Identifier: MulanPSL-2.0 */
/* form: JSON values as the words that core understands, and which of them are refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "agent/api/form.h"
#include "shared/base/check.h"
#include "shared/db/catalog_sql.h"

static const char catalog_text[] = "INSERT INTO migration(number, name) VALUES (1, 'shop');"
                                   "INSERT INTO tables(no, name, zh, en, kind, home, title) VALUES"
                                   " (1, 'shop', '店', 'Shop', 'record', 'village', 'name');"
                                   "INSERT INTO fields(tbl, no, name, zh, en, type, policy) VALUES"
                                   " ('shop', 1, 'name', '店名', 'Name', 'text', 'lww'),"
                                   " ('shop', 2, 'open', '营业', 'Open', 'bool', 'lww'),"
                                   " ('shop', 3, 'goods', '货物', 'Goods', 'set_text', 'set'),"
                                   " ('shop', 4, 'visits', '到访', 'Visits', 'int', 'counter'),"
                                   " ('shop', 5, 'rent', '租金', 'Rent', 'money', 'lww');";

static struct catalog catalog;
static const struct catalog_table *shop;

static int set_up(void **state)
{
    struct buf migration;
    (void)state;
    buf_init(&migration, 65536);
    catalog_init(&catalog);
    assert_int_equal(catalog_from_sql(catalog_text, &migration, NULL), ST_OK);
    assert_int_equal(catalog_apply(&catalog, buf_slice(&migration), NULL), ST_OK);
    buf_release(&migration);
    shop = catalog_table_named(&catalog, slice_str("shop"));
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    catalog_release(&catalog);
    return 0;
}

static void test_values(void **state)
{
    static const struct {
        const char *field, *json, *text; /* text NULL: refused */
    } cases[] = {
        {"name", "\"张记\"", "张记"},
        {"name", "\"\"", ""},
        {"name", "null", ""},
        {"name", "12", "12"},
        {"name", "1.5", NULL},
        {"name", "true", NULL},
        {"name", "[\"a\"]", NULL},
        {"name", "{\"add\": 1}", NULL},
        {"open", "true", "1"},
        {"open", "false", "0"},
        {"open", "1", "1"},
        {"open", "\"是\"", "是"},
        {"rent", "\"1234.50\"", "1234.50"},
        {"rent", "12", "12"},
        {"rent", "12.5", NULL},
        {"goods", "[]", ""},
        {"goods", "null", ""},
        {"goods", "[\"盐\", \"茶\"]", "盐,茶"},
        {"goods", "{\"add\": [\"盐\"], \"remove\": [\"茶\", \"米\"]}", "+盐,-茶,-米"},
        {"goods", "{\"remove\": [\"茶\"]}", "-茶"},
        {"goods", "\"盐\"", NULL},
        {"goods", "{}", NULL},
        {"goods", "{\"add\": []}", NULL},
        {"goods", "{\"add\": \"盐\"}", NULL},
        {"goods", "{\"plus\": [\"盐\"]}", NULL},
        {"goods", "[\"盐,茶\"]", NULL},
        {"goods", "[\"盐、茶\"]", NULL},
        {"goods", "[\"-盐\"]", NULL},
        {"goods", "[\"\"]", NULL},
        {"goods", "[1]", NULL},
        {"visits", "{\"add\": 5}", "+5"},
        {"visits", "{\"add\": -2}", "-2"},
        {"visits", "5", NULL},
        {"visits", "\"5\"", NULL},
        {"visits", "null", NULL},
        {"visits", "{\"add\": 5, \"remove\": 1}", NULL},
        {"visits", "{\"add\": \"5\"}", NULL},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        struct arena arena = {0};
        struct error err = {0};
        struct slice text;
        json_t *json = json_loads(cases[i].json, JSON_DECODE_ANY, NULL);
        assert_non_null(json);
        enum status st = form_text(catalog_field_named(shop, slice_str(cases[i].field)), json,
                                   &arena, &text, &err);
        if (!cases[i].text && (st == ST_OK || !err.text[0]))
            fail_msg("case %zu accepted: %s %s", i, cases[i].field, cases[i].json);
        if (cases[i].text && (st != ST_OK || !slice_equal(text, slice_str(cases[i].text))))
            fail_msg("case %zu: %s %s: %.*s %s", i, cases[i].field, cases[i].json, (int)text.n,
                     (const char *)text.p, err.text);
        json_decref(json);
        arena_release(&arena);
    }
}

static enum status read(const char *text, size_t *count, const struct catalog_field **bad)
{
    struct arena arena = {0};
    struct act_field fields[OP_FIELDS_MAX];
    json_t *json = json_loads(text, JSON_DECODE_ANY, NULL);
    enum status st = form_fields(shop, json, &arena, fields, count, bad, NULL);
    json_decref(json);
    arena_release(&arena);
    return st;
}

static void test_fields(void **state)
{
    const struct catalog_field *bad;
    size_t n;
    (void)state;
    assert_int_equal(read("{\"name\": \"a\", \"租金\": \"3\"}", &n, &bad), ST_OK);
    assert_int_equal(n, 2);
    assert_null(bad);
    assert_int_equal(read("{}", &n, &bad), ST_OK);
    assert_int_equal(n, 0);
    assert_int_equal(read("{\"colour\": \"a\"}", &n, &bad), ST_INVALID);
    assert_null(bad);
    assert_int_equal(read("{\"rent\": 0.5}", &n, &bad), ST_INVALID);
    assert_string_equal(bad->name, "rent");
    assert_int_equal(read("[1]", &n, &bad), ST_INVALID);
    assert_int_equal(read("null", &n, &bad), ST_INVALID);
}

static void test_too_many_fields(void **state)
{
    struct act_field fields[OP_FIELDS_MAX];
    struct arena arena = {0};
    const struct catalog_field *bad;
    json_t *many = json_object();
    size_t n;
    (void)state;
    for (int i = 0; i <= OP_FIELDS_MAX; i++) {
        char name[16];
        snprintf(name, sizeof(name), "f%d", i);
        json_object_set_new(many, name, json_null());
    }
    assert_int_equal(form_fields(shop, many, &arena, fields, &n, &bad, NULL), ST_LIMIT);
    json_decref(many);
    arena_release(&arena);
}

static void test_members(void **state)
{
    static const struct {
        const char *json, *known;
        enum status st;
    } cases[] = {
        {"{}", "", ST_OK},
        {"{\"a\": 1}", "", ST_INVALID},
        {"{\"note\": 1}", "fields note", ST_OK},
        {"{\"fields\": 1, \"note\": 2}", "fields note", ST_OK},
        {"{\"not\": 1}", "fields note", ST_INVALID},
        {"{\"fields note\": 1}", "fields note", ST_INVALID},
        {"{\"\": 1}", "fields note", ST_INVALID},
        {"{\"notes\": 1}", "fields note", ST_INVALID},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        json_t *json = json_loads(cases[i].json, 0, NULL);
        if (form_members(json, cases[i].known, NULL) != cases[i].st)
            fail_msg("case %zu: %s", i, cases[i].json);
        json_decref(json);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_fields),
        cmocka_unit_test(test_too_many_fields),
        cmocka_unit_test(test_members),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
