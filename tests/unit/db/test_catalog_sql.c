/* SPDX-License-Identifier: MulanPSL-2.0 */
/* catalog_sql: what an author of a migration may write, what is refused and where; and the
 * project's own migrations/catalog, row by row. Runs in the project folder. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <unistd.h>
#include <stdio.h>
#include <stdlib.h>

#include "shared/base/check.h"
#include "shared/base/time.h"
#include "shared/db/catalog_sql.h"
#include "shared/record/mask.h"
#include "shared/record/structure.h"
#include "shared/record/validate.h"
#include "shared/record/workflow.h"

#define HEAD "INSERT INTO migration VALUES (7, 'test');\n"

static enum status convert(const char *sql, struct catalog *cat, struct error *err)
{
    struct buf out;
    buf_init(&out, 1 << 18);
    enum status status = catalog_from_sql(sql, &out, err);
    if (status == ST_OK && cat)
        assert_int_equal(catalog_apply(cat, buf_slice(&out), err), ST_OK);
    if (status != ST_OK)
        assert_int_equal(out.n, 0);
    buf_release(&out);
    return status;
}

static void few_columns_are_enough(void **state)
{
    (void)state;
    struct catalog cat;
    struct error err;
    catalog_init(&cat);
    enum status status = convert(
        "-- a comment\n" HEAD "INSERT INTO fields(tbl, no, name, type, list, args, policy) VALUES\n"
        "  ('shed', 2, 'state', 'code', 'l', 'a>b', 'state'), ('shed', 1, 'no', 'text', '', '', "
        "'lww');\n"
        "INSERT INTO tables(no, name, zh) VALUES (300, 'shed', '羊棚');\n"
        "INSERT INTO codes(list, code, zh) VALUES ('l', 'b', '乙'), ('l', 'a', '甲');\n"
        "INSERT INTO rules(tbl, no, kind, args) VALUES ('shed', 1, 'requires', 'no state');\n"
        "-- the end",
        &cat, &err);
    if (status != ST_OK)
        fail_msg("%s", err.text);
    assert_int_equal(cat.last_number, 7);
    const struct catalog_table *shed = catalog_table_named(&cat, slice_str("shed"));
    assert_int_equal(shed->no, 300);
    assert_int_equal(shed->sort, 300);
    assert_int_equal(shed->home, HOME_VILLAGE);
    assert_int_equal(shed->kind, TABLE_RECORD);
    assert_string_equal(shed->fields[0]->name, "no");
    assert_int_equal(shed->fields[0]->sensitivity, 1);
    assert_int_equal(shed->fields[1]->list->count, 2);
    assert_int_equal(catalog_code(shed->fields[1]->list, slice_str("b"))->sort, 1);
    assert_int_equal(shed->rules[0].arg_count, 2);
    assert_string_equal(shed->rules[0].args[1], "state");
    assert_true(shed->rules[0].code != 0);
    catalog_release(&cat);
}

static void mistakes_name_their_place(void **state)
{
    (void)state;
    static const struct {
        const char *sql, *text;
    } bad[] = {
        {"", "exactly one row"},
        {HEAD HEAD, "exactly one row"},
        {"INSERT INTO migration VALUES ('x', 'y');", "number from 1"},
        {HEAD "\n\nINSERT INTO nowhere VALUES (1);", "line 4: no such table: nowhere"},
        {HEAD "INSERT INTO tables(no, nam) VALUES (1, 'a');", "line 2: table tables has no column"},
        {HEAD "-- x\nSELECT\n 1 +;", "line 4: near"},
        {HEAD "DELETE FROM migration;", "not authorized"},
        {HEAD "UPDATE tables SET no = 1;", "not authorized"},
        {HEAD "DROP TABLE codes;", "not authorized"},
        {HEAD "CREATE TABLE x(a);", "not authorized"},
        {HEAD "ATTACH 'x.db' AS x;", "not authorized"},
        {HEAD "PRAGMA page_size = 512;", "not authorized"},
        {HEAD "SELECT load_extension('x');", "not authorized"},
        {HEAD "SELECT * FROM sqlite_schema;", "prohibited"},
        {HEAD "INSERT INTO sqlite_schema VALUES (1,2,3,4,5);", "not authorized"},
        {HEAD "BEGIN;", "not authorized"},
        {HEAD "INSERT INTO codes(list, code) SELECT 'a', a.code FROM codes a;"
              "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r) "
              "INSERT INTO codes(list, code) SELECT 'a', n FROM r;",
         "not authorized"},
        {HEAD "INSERT INTO tables(no, name) VALUES (0, 'a');", "tables (0, a, ): no '0'"},
        {HEAD "INSERT INTO tables(no, name, kind) VALUES (1, 'a', 'odd');", "unknown kind 'odd'"},
        {HEAD "INSERT INTO tables(no, name, home) VALUES (1, 'a', 'x');", "unknown home 'x'"},
        {HEAD "INSERT INTO tables(no, name) VALUES (1, 'a'), (1, 'b');", "twice"},
        {HEAD "INSERT INTO fields(tbl, no, name) VALUES ('a', 1, 'x');", "tbl 'a' is neither"},
        {HEAD "INSERT INTO fields(tbl, no, name) VALUES (1, 256, 'x');", "not a field number"},
        {HEAD "INSERT INTO fields(tbl, no, name) VALUES (1, 1, 'x'), (1, 1, 'y');", "twice"},
        {HEAD "INSERT INTO fields(tbl, no, name, type) VALUES (1, 1, 'x', 'txt');",
         "fields (1, 1, x): unknown type 'txt'"},
        {HEAD "INSERT INTO fields(tbl, no, name, policy) VALUES (1, 1, 'x', 'best');",
         "unknown policy 'best'"},
        {HEAD "INSERT INTO fields(tbl, no, name, writers) VALUES (1, 1, 'x', 'V,Q');",
         "unknown writer 'Q'"},
        {HEAD "INSERT INTO fields(tbl, no, name, checks) VALUES (1, 1, 'x', 'len:1:2;odd');",
         "unknown check 'odd'"},
        {HEAD "INSERT INTO fields(tbl, no, name, checks) VALUES (1, 1, 'x', 'range:a:2');",
         "unknown check 'range:a:2'"},
        {HEAD "INSERT INTO fields(tbl, no, name, sensitivity) VALUES (1, 1, 'x', 5);", "0 … 4"},
        {HEAD "INSERT INTO fields(tbl, no, name, required) VALUES (1, 1, 'x', 'yes');", "0 or 1"},
        {HEAD "INSERT INTO fields(tbl, no, name, type) VALUES (1, 1, 'x', 'set_text');", "set"},
        {HEAD "INSERT INTO fields(tbl, no, name, policy) VALUES (1, 1, 'x', 'set');", "set"},
        {HEAD "INSERT INTO fields(tbl, no, name, policy) VALUES (1, 1, 'x', 'counter');",
         "counter"},
        {HEAD "INSERT INTO fields(tbl, no, name, policy) VALUES (1, 1, 'x', 'state');", "args"},
        {HEAD "INSERT INTO fields(tbl, no, name, type) VALUES (1, 1, 'x', 'code');", "list"},
        {HEAD "INSERT INTO codes(list, code) VALUES ('a', '');", "codes (a, , )"},
        {HEAD "INSERT INTO codes(list, code, sort) VALUES ('a', '1', 9), ('a', '2', 5), "
              "('a', '1', 1);",
         "twice"},
        {HEAD "INSERT INTO rules(tbl, no, kind) VALUES (1, 1, 'maybe');", "unknown kind 'maybe'"},
        {HEAD "INSERT INTO rules(tbl, no, kind, args) VALUES (1, 1, 'mask', 'a');", "kind of mask"},
        {HEAD "INSERT INTO rules(tbl, no, kind, args) VALUES (1, 1, 'mask', 'a blur');",
         "'a blur' is no field and kind of mask"},
        {HEAD "INSERT INTO rules(tbl, no, kind, args) VALUES (1, 1, 'mask', 'a id X');",
         "unknown writer 'X'"},
        {HEAD "INSERT INTO rules(tbl, no, kind, args) VALUES (1, 1, 'unique', 'a');",
         "severity of 'unique' must be conflict"},
        {HEAD "INSERT INTO rules(tbl, no, kind, severity) VALUES (1, 1, 'order', 'x');",
         "severity 'x'"},
    };
    for (size_t i = 0; i < ARRAY_LENGTH(bad); i++) {
        struct error err = {0};
        enum status status = convert(bad[i].sql, NULL, &err);
        if (status != ST_INVALID || !strstr(err.text, bad[i].text))
            fail_msg("row %zu (%s): status %d, %s", i, bad[i].text, status, err.text);
    }
}

static void an_endless_file_is_stopped(void **state)
{
    (void)state;
    struct buf sql;
    buf_init(&sql, 1 << 16);
    buf_put_str(&sql, HEAD "INSERT INTO codes(list, code) VALUES ('a', 1)");
    for (int i = 0; i < 200; i++)
        buf_printf(&sql, ", ('a', %d)", i + 2);
    buf_put_str(&sql, ";\nSELECT * FROM codes a, codes b, codes c, codes d, codes e;");
    struct error err;
    assert_int_equal(convert(buf_cstr(&sql), NULL, &err), ST_INVALID);
    assert_non_null(strstr(err.text, "line 3: interrupted"));
    buf_release(&sql);
}

static void a_small_buffer_is_told(void **state)
{
    (void)state;
    struct buf out;
    buf_init(&out, 8);
    assert_int_equal(catalog_from_sql(HEAD, &out, NULL), ST_LIMIT);
    buf_release(&out);
}

/* ---- the project's own catalog ---- */

static struct catalog cat;

static char *read_file(const char *path)
{
    FILE *f = fopen(path, "rb");
    assert_non_null(f);
    char *text = calloc(1, 1 << 20);
    assert_non_null(text);
    size_t n = fread(text, 1, (1 << 20) - 1, f);
    assert_true(n > 0 && feof(f));
    fclose(f);
    return text;
}

static int is_sql(const struct dirent *entry)
{
    const char *dot = strrchr(entry->d_name, '.');
    return dot && strcmp(dot, ".sql") == 0;
}

static int load_catalog(void **state)
{
    (void)state;
    struct dirent **files = NULL;
    const char *root = getenv("HUCE_ROOT"); /* tests run in a folder of their own */
    assert_int_equal(root ? chdir(root) : 0, 0);
    int n = scandir("migrations/catalog", &files, is_sql, alphasort);
    assert_true(n > 0);
    catalog_init(&cat);
    for (int i = 0; i < n; i++) {
        char path[512];
        snprintf(path, sizeof path, "migrations/catalog/%s", files[i]->d_name);
        char *text = read_file(path);
        struct error err = {0};
        struct buf out;
        buf_init(&out, 256 * 1024 - 64); /* must fit the body of one change */
        if (catalog_from_sql(text, &out, &err) != ST_OK ||
            catalog_apply(&cat, buf_slice(&out), &err) != ST_OK)
            fail_msg("%s: %s", path, err.text);
        assert_int_equal(cat.last_number, strtoul(files[i]->d_name, NULL, 10));
        buf_release(&out);
        free(text);
        free(files[i]);
    }
    free(files);
    return 0;
}

static int release_catalog(void **state)
{
    (void)state;
    catalog_release(&cat);
    return 0;
}

static void the_core_types_have_their_numbers(void **state)
{
    (void)state;
    static const char *const core[] = {
        "admin_division",   "grid",   "grid_officer",    "grid_post",      "household",
        "household_member", "person", "person_tag",      "labour_profile", "employment_spell",
        "income_source",    "skill",  "training_record", "plan",           "plan_measure",
        "measure_menu",     "visit"};
    assert_true(cat.table_count >= ARRAY_LENGTH(core));
    for (uint32_t i = 0; i < ARRAY_LENGTH(core); i++) {
        const struct catalog_table *table = catalog_table(&cat, i + 1);
        assert_non_null(table);
        assert_string_equal(table->name, core[i]);
        enum table_home home = i == 0 || i == 15 ? HOME_REGISTRY : HOME_VILLAGE;
        assert_int_equal(table->home, home);
    }
}

static void check_field_row(const struct catalog_table *table, const struct catalog_field *field)
{
    if (field->unknown)
        fail_msg("%s.%s: unknown type or policy", table->name, field->name);
    if (!field->zh[0] || !field->en[0])
        fail_msg("%s.%s: label missing", table->name, field->name);
    if (field->list_name[0] && !field->list)
        fail_msg("%s.%s: no list %s", table->name, field->name, field->list_name);
    if (field->ref[0] && !catalog_table_named(&cat, slice_str(field->ref)))
        fail_msg("%s.%s: no table %s", table->name, field->name, field->ref);
    if (!field->writers[0] || field->writer_mask == 0)
        fail_msg("%s.%s: nobody may write", table->name, field->name);
    if (catalog_field_named(table, slice_str(field->zh)) != field)
        fail_msg("%s.%s: label %s is not unique", table->name, field->name, field->zh);
    if (table->kind == TABLE_APPEND && field->policy != POLICY_APPEND &&
        field->policy != POLICY_SET)
        fail_msg("%s.%s: a field of an append table changes", table->name, field->name);
    const char *source = strchr(field->derive, ':');
    if (source && !catalog_field_named(table, slice_str(source + 1)))
        fail_msg("%s.%s: derived from nothing", table->name, field->name);
}

/* Every state that a step names is in the list, and there is a first one. */
static void check_steps(const struct catalog_table *table, const struct catalog_field *field)
{
    char args[1024];
    assert_true(strlen(field->args) < sizeof args);
    strcpy(args, field->args);
    bool first = false;
    for (char *step = strtok(args, ","); step; step = strtok(NULL, ",")) {
        char *to = strchr(step, '>');
        assert_non_null(to);
        *to++ = 0;
        first |= !step[0];
        if ((step[0] && !catalog_code(field->list, slice_str(step))) ||
            !catalog_code(field->list, slice_str(to)))
            fail_msg("%s.%s: step %s>%s", table->name, field->name, step, to);
    }
    assert_true(first);
}

static bool is_applied(const struct catalog_table *table, const struct catalog_rule *rule)
{
    struct structure_rule together;
    struct structure_brings brings[STRUCTURE_WORDS_MAX];
    if (strcmp(rule->kind, MASK_RULE) == 0) {
        const struct catalog_field *field = catalog_field_named(table, slice_str(rule->args[0]));
        struct mask_rule mask = {0};
        if (field)
            mask_rule_of(table, field, &mask);
        return field && mask.mask != MASK_NONE && mask.who[0];
    }
    if (strcmp(rule->kind, "belongs") == 0) {
        const struct catalog_field *owner = structure_owner(table);
        return rule->arg_count ? owner && strcmp(owner->name, rule->args[0]) == 0 : !owner;
    }
    struct structure_cover cover;
    return rule->code || workflow_applies(table, rule) || structure_rule(table, rule, &together) ||
           structure_cover(&cat, table, rule, &cover) ||
           (strcmp(rule->kind, "brings") == 0 && structure_brings(table, brings));
}

static void every_row_is_complete(void **state)
{
    (void)state;
    size_t fields = 0;
    for (size_t t = 0; t < cat.table_count; t++) {
        const struct catalog_table *table = cat.tables[t];
        assert_true(table->zh[0] && table->en[0] && table->field_count > 0);
        /* What is in a sealed case its ledger's readers alone can read: it has no title. */
        assert_true(catalog_field_named(table, slice_str(table->title)) ||
                    (strcmp(table->name, "sealed_case") == 0 && !table->title[0]));
        assert_true(!table->key[0] || catalog_field_named(table, slice_str(table->key)));
        for (size_t i = 0; i < table->field_count; i++) {
            assert_int_equal(table->fields[i]->no, i + 1);
            check_field_row(table, table->fields[i]);
            if (table->fields[i]->policy == POLICY_STATE)
                check_steps(table, table->fields[i]);
            fields++;
        }
        for (size_t i = 0; i < table->rule_count; i++)
            if (!is_applied(table, &table->rules[i]) || !table->rules[i].zh[0] ||
                !table->rules[i].en[0])
                fail_msg("%s: rule %u is never applied or has no text", table->name,
                         table->rules[i].no);
    }
    assert_true(fields >= 200);
    assert_string_equal(catalog_table(&cat, 5)->key, "household_code");
    assert_string_equal(catalog_table(&cat, 7)->key, "id_no");
}

static void every_list_is_complete(void **state)
{
    (void)state;
    static const struct {
        const char *list;
        size_t count;
    } sizes[] = {{"gb_t_3304", 58},
                 {"gb_t_2261_1", 4},
                 {"gb_t_4762", 13},
                 {"em", 7},
                 {"ps", 5},
                 {"ep", 10},
                 {"nr", 10},
                 {"ht", 9},
                 {"lc", 5},
                 {"es", 9},
                 {"vk", 10},
                 {"income_kind", 4},
                 {"measure_category", 14}};
    for (size_t i = 0; i < ARRAY_LENGTH(sizes); i++) {
        const struct catalog_list *list = catalog_list_named(&cat, slice_str(sizes[i].list));
        assert_non_null(list);
        assert_int_equal(list->count, sizes[i].count);
    }
    for (size_t l = 0; l < cat.list_count; l++)
        for (size_t i = 0; i < cat.lists[l]->count; i++) {
            const struct catalog_list *list = cat.lists[l];
            const struct catalog_code *code = &list->codes[i];
            bool unique = catalog_code_named(list, slice_str(code->zh)) == code;
            if (!code->zh[0] || !code->en[0] || !unique)
                fail_msg("%s %s: label missing or not unique", list->name, code->code);
            if (code->parent[0] && strcmp(list->name, "person_tag") != 0 &&
                !catalog_code(list, slice_str(code->parent)))
                fail_msg("%s %s: no parent %s", list->name, code->code, code->parent);
        }
    assert_true(catalog_role_bit(&cat, "dept:rs") >= 5 && catalog_role_bit(&cat, "dept:zf") >= 5);
}

static const struct catalog_field *field_named(const char *table, const char *name)
{
    const struct catalog_table *t = catalog_table_named(&cat, slice_str(table));
    assert_non_null(t);
    const struct catalog_field *field = catalog_field_named(t, slice_str(name));
    assert_non_null(field);
    return field;
}

static const char *owner_of(const char *table)
{
    const struct catalog_field *owner =
        structure_owner(catalog_table_named(&cat, slice_str(table)));
    return owner ? owner->name : "";
}

static void records_belong_to_households_and_people(void **state)
{
    (void)state;
    static const char *const owners[][2] = {
        {"household", ""},
        {"person", ""},
        {"grid", ""},
        {"grid_officer", ""},
        {"grid_post", "grid_id"},
        {"household_member", "household_id"},
        {"person_tag", "person_id"},
        {"labour_profile", "person_id"},
        {"employment_spell", "person_id"},
        {"income_source", "household_id"},
        {"skill", "person_id"},
        {"training_record", "person_id"},
        {"plan", "household_id"},
        {"plan_measure", "plan_id"},
        {"visit", "household_id"},
    };
    for (size_t i = 0; i < ARRAY_LENGTH(owners); i++)
        assert_string_equal(owner_of(owners[i][0]), owners[i][1]);
    struct structure_brings brings[STRUCTURE_WORDS_MAX];
    const struct catalog_table *member = catalog_table_named(&cat, slice_str("household_member"));
    assert_int_equal(structure_brings(member, brings), 1);
    assert_string_equal(brings[0].field->name, "person_id");
    assert_string_equal(brings[0].until->name, "to");
}

static void policies_are_those_of_the_field_rules(void **state)
{
    (void)state;
    static const struct {
        const char *table, *field;
        enum policy policy;
    } rows[] = {
        {"household", "phone", POLICY_LWW},
        {"household", "head_person_id", POLICY_REVIEW},
        {"household", "status", POLICY_REVIEW},
        {"household", "grid_id", POLICY_REVIEW},
        {"household", "hh_type", POLICY_AUTHORITY},
        {"household", "monitor_status", POLICY_STATE},
        {"person", "id_no", POLICY_AUTHORITY},
        {"plan", "status", POLICY_STATE},
        {"plan", "cause", POLICY_SET},
        {"employment_spell", "end", POLICY_LWW},
        {"employment_spell", "start", POLICY_APPEND},
        {"visit", "note", POLICY_APPEND},
        {"admin_division", "code", POLICY_ONCE},
    };
    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++)
        assert_int_equal(field_named(rows[i].table, rows[i].field)->policy, rows[i].policy);
    const struct catalog_field *type = field_named("household", "hh_type");
    int nc = catalog_role_bit(&cat, "dept:nc"), mz = catalog_role_bit(&cat, "dept:mz");
    assert_int_equal(type->rank_of[nc], 1);
    assert_int_equal(type->rank_of[mz], 2);
    assert_int_equal(type->rank_of[2], 3); /* township */
    assert_int_equal(type->rank_of[0], 4); /* village: a claim */
}

static void a_person_is_judged_by_the_catalog(void **state)
{
    (void)state;
    const struct catalog_table *person = catalog_table_named(&cat, slice_str("person"));
    struct arena arena = {0};
    struct error err;
    struct value value;
    int32_t today = date_from_civil(2026, 11, 21);
    const struct catalog_field *id = field_named("person", "id_no");
    assert_int_equal(value_parse(id, slice_str("990000198001010010"), &arena, &value, &err), ST_OK);
    assert_int_equal(validate_value(id, &value, today, &err), ST_INVALID);
    assert_string_equal(err.text, "身份证号:校验码不对,应为 2");
    const struct catalog_field *ethnic = field_named("person", "ethnic");
    assert_int_equal(value_parse(ethnic, slice_str("东乡族"), &arena, &value, &err), ST_OK);
    assert_true(slice_equal(value.s, slice_str("26")));

    struct op_field fields[] = {
        {id->no, value_text(slice_str("990000198001010012"))},
        {field_named("person", "name")->no, value_text(slice_str("马小明"))},
        {field_named("person", "sex")->no, value_text(slice_str("2"))},
    };
    assert_int_equal(validate_record(person, fields, 3, false, NULL, NULL, &err), ST_INVALID);
    fields[2].value = value_text(slice_str("1"));
    assert_int_equal(validate_record(person, fields, 3, true, NULL, NULL, &err), ST_OK);
    assert_int_equal(validate_record(person, fields, 1, true, NULL, NULL, &err), ST_INVALID);
    assert_string_equal(err.text, "姓名:必填");
    struct value sex;
    assert_true(value_derive(person, field_named("person", "sex"), fields, 2, &arena, &sex));
    assert_true(slice_equal(sex.s, slice_str("1")));
    arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest sql[] = {
        cmocka_unit_test(few_columns_are_enough),
        cmocka_unit_test(mistakes_name_their_place),
        cmocka_unit_test(an_endless_file_is_stopped),
        cmocka_unit_test(a_small_buffer_is_told),
    };
    const struct CMUnitTest catalog[] = {
        cmocka_unit_test(the_core_types_have_their_numbers),
        cmocka_unit_test(every_row_is_complete),
        cmocka_unit_test(every_list_is_complete),
        cmocka_unit_test(records_belong_to_households_and_people),
        cmocka_unit_test(policies_are_those_of_the_field_rules),
        cmocka_unit_test(a_person_is_judged_by_the_catalog),
    };
    int failed = cmocka_run_group_tests(sql, NULL, NULL);
    return failed + cmocka_run_group_tests(catalog, load_catalog, release_catalog);
}
