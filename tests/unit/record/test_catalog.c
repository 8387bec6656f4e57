/* SPDX-License-Identifier: MulanPSL-2.0 */
/* catalog: migrations add, replace and retire rows; unknown words never stop an old desk. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "shared/base/check.h"
#include "shared/record/catalog.h"

struct rows {
    const struct migration_row *rows;
    size_t count;
};

#define ROWS(array) ((struct rows){array, ARRAY_LENGTH(array)})
#define NO_ROWS ((struct rows){NULL, 0})

static enum status apply(struct catalog *cat, uint64_t number, struct rows tables,
                         struct rows fields, struct rows codes, struct rows rules)
{
    struct buf out;
    buf_init(&out, 1 << 16);
    migration_begin(&out, number, "test");
    migration_rows(&out, 0, tables.rows, tables.count);
    migration_rows(&out, 1, fields.rows, fields.count);
    migration_rows(&out, 2, codes.rows, codes.count);
    migration_rows(&out, 3, rules.rows, rules.count);
    assert_true(buf_ok(&out) && cbor_is_canonical(buf_slice(&out)));
    enum status status = catalog_apply(cat, buf_slice(&out), NULL);
    buf_release(&out);
    return status;
}

static const struct migration_row tables[] = {
    {{"7", "person", "人员", "Person", "record", "village", "name", "70", "sex"}},
    {{"3", "visit", "走访", "Visit", "append", "township", "at", "30"}},
};
static const struct migration_row fields[] = {
    {{"7", "2", "sex", "性别", "Sex", "code", "authority", "", "C:ga,T,V", "2", "1", "gb_sex"}},
    {{"7", "1", "name", "姓名", "Name", "text", "lww", "", "V", "2", "1", "", "name"}},
    {{"7", "9", "both", "两方", "Both", "int", "lww", "", "C,V"}},
    {{"3", "1", "at", "时间", "At", "time", "append"}},
};
static const struct migration_row codes[] = {
    {{"gb_sex", "2", "女", "Female", "2", ""}},
    {{"gb_sex", "1", "男", "Male", "1", ""}},
    {{"gb_sex", "10000000001", "长甲", "Long A", "3", ""}},
    {{"gb_sex", "10000000002", "长乙", "Long B", "4", "1"}},
};
static const struct migration_row rules[] = {
    {{"7", "2", "differ", "name sex both", "warn", "都不同", "differ"}},
    {{"7", "1", "requires", "name sex", "error", "要有性别", "sex"}},
    {{"7", "3", "from_the_future", "name sex", "error", "", ""}},
};

static void base(struct catalog *cat)
{
    catalog_init(cat);
    assert_int_equal(apply(cat, 1, ROWS(tables), ROWS(fields), ROWS(codes), ROWS(rules)), ST_OK);
}

static void rows_arrive(void **state)
{
    (void)state;
    struct catalog cat;
    base(&cat);
    assert_int_equal(cat.table_count, 2);
    assert_int_equal(cat.version, 1);
    const struct catalog_table *person = catalog_table(&cat, 7);
    assert_non_null(person);
    assert_ptr_equal(person, catalog_table_named(&cat, slice_str("person")));
    assert_ptr_equal(person, catalog_table_named(&cat, slice_str("人员")));
    assert_null(catalog_table(&cat, 0));
    assert_null(catalog_table(&cat, 4));
    assert_string_equal(person->title, "name");
    assert_string_equal(person->key, "sex");
    assert_int_equal(person->home, HOME_VILLAGE);
    assert_int_equal(catalog_table(&cat, 3)->kind, TABLE_APPEND);
    assert_int_equal(catalog_table(&cat, 3)->home, HOME_TOWNSHIP);
    assert_int_equal(person->field_count, 3);
    assert_int_equal(person->fields[0]->no, 1); /* ascending, whatever the order of the rows */
    const struct catalog_field *sex = catalog_field(person, 2);
    assert_ptr_equal(sex, catalog_field_named(person, slice_str("sex")));
    assert_ptr_equal(sex, catalog_field_named(person, slice_str("性别")));
    assert_null(catalog_field(person, 3));
    assert_null(catalog_field(person, 1000));
    assert_int_equal(sex->type, FIELD_CODE);
    assert_int_equal(sex->policy, POLICY_AUTHORITY);
    assert_true(sex->required && !sex->unknown);
    assert_int_equal(sex->sensitivity, 2);
    assert_int_equal(person->rule_count, 3);
    assert_string_equal(person->rules[0].kind, "requires");
    assert_true(person->rules[1].warn && person->rules[1].arg_count == 3);
    assert_ptr_equal(person->rules[1].fields[1], sex);
    assert_int_equal(person->rules[2].code, 0);
    catalog_release(&cat);
}

static void codes_are_found(void **state)
{
    (void)state;
    struct catalog cat;
    base(&cat);
    const struct catalog_list *list = catalog_field(catalog_table(&cat, 7), 2)->list;
    assert_ptr_equal(list, catalog_list_named(&cat, slice_str("gb_sex")));
    assert_int_equal(list->count, 4);
    assert_string_equal(catalog_code(list, slice_str("1"))->zh, "男");
    assert_string_equal(catalog_code(list, slice_str("10000000001"))->zh, "长甲");
    assert_string_equal(catalog_code(list, slice_str("10000000002"))->zh, "长乙");
    assert_null(catalog_code(list, slice_str("10000000003")));
    assert_null(catalog_code(list, slice_str("")));
    assert_null(catalog_code(list, slice_of("1\0", 2)));
    assert_string_equal(catalog_code_named(list, slice_str("女"))->code, "2");
    assert_string_equal(catalog_code_named(list, slice_str("Long B"))->code, "10000000002");
    assert_null(catalog_code_named(list, slice_str("male")));
    catalog_release(&cat);
}

static void roles_and_ranks(void **state)
{
    (void)state;
    struct catalog cat;
    base(&cat);
    assert_int_equal(catalog_role_bit(&cat, "village"), 0);
    assert_int_equal(catalog_role_bit(&cat, "auditor"), 4);
    assert_int_equal(catalog_role_bit(&cat, "dept:ga"), 5);
    assert_int_equal(catalog_role_bit(&cat, "dept:rs"), -1);
    const struct catalog_table *person = catalog_table(&cat, 7);
    const struct catalog_field *sex = catalog_field(person, 2);
    assert_int_equal(sex->writer_mask, 0x2f); /* all but the auditor */
    assert_int_equal(sex->rank_of[5], 1);     /* 公安 */
    assert_int_equal(sex->rank_of[3], 1);     /* the registrar stands in for every department */
    assert_int_equal(sex->rank_of[2], 2);
    assert_int_equal(sex->rank_of[0], 3);
    assert_int_equal(sex->rank_of[1], 3);
    assert_int_equal(sex->rank_of[4], 0);
    assert_int_equal(catalog_field(person, 1)->writer_mask, 0x3);
    assert_int_equal(catalog_field(person, 9)->rank_of[63], 1); /* C: departments to come */
    assert_int_equal(catalog_field(person, 9)->rank_of[2], 0);
    assert_int_equal(catalog_field(catalog_table(&cat, 3), 1)->rank_of[2], 1); /* no writers: all */
    assert_int_equal(catalog_field(catalog_table(&cat, 3), 1)->rank_of[4], 0);

    const struct migration_row later[] = {
        {{"7", "4", "cert", "证书", "Certificate", "text", "authority", "", "C:rs,V"}}};
    const struct migration_row departments[] = {{{"department", "nc", "农业农村", "Agriculture"}}};
    assert_int_equal(apply(&cat, 2, NO_ROWS, ROWS(later), ROWS(departments), NO_ROWS), ST_OK);
    assert_int_equal(catalog_role_bit(&cat, "dept:ga"), 5); /* bits never move */
    assert_int_equal(catalog_role_bit(&cat, "dept:rs"), 6);
    assert_int_equal(catalog_role_bit(&cat, "dept:nc"), 7);
    assert_int_equal(catalog_field(catalog_table(&cat, 7), 4)->writer_mask, 0x4b);
    catalog_release(&cat);
}

static void later_rows_replace_and_retire(void **state)
{
    (void)state;
    struct catalog cat;
    base(&cat);
    const struct migration_row change_fields[] = {
        {{"7", "2", "gender", "性别2", "Sex 2", "code", "lww", "", "", "0", "", "gb_sex"}},
        {{"7", "9", ""}},
    };
    const struct migration_row change_codes[] = {{{"gb_sex", "1", "男性", "Male", "9", ""}},
                                                 {{"gb_sex", "2", "", ""}}};
    const struct migration_row change_rules[] = {{{"7", "1", ""}},
                                                 {{"7", "2", "order", "name gender", "error"}}};
    const struct migration_row change_tables[] = {{{"3", ""}}};
    assert_int_equal(apply(&cat, 5, ROWS(change_tables), ROWS(change_fields), ROWS(change_codes),
                           ROWS(change_rules)),
                     ST_OK);
    assert_int_equal(cat.last_number, 5);
    assert_null(catalog_table(&cat, 3));
    const struct catalog_table *person = catalog_table(&cat, 7);
    assert_int_equal(person->field_count, 2);
    assert_null(catalog_field(person, 9));
    assert_null(catalog_field_named(person, slice_str("sex")));
    const struct catalog_field *gender = catalog_field_named(person, slice_str("gender"));
    assert_int_equal(gender->no, 2);
    assert_int_equal(gender->policy, POLICY_LWW);
    assert_string_equal(catalog_code(gender->list, slice_str("1"))->zh, "男性");
    assert_null(catalog_code(gender->list, slice_str("2")));
    assert_int_equal(person->rule_count, 2);
    assert_string_equal(person->rules[0].kind, "order");
    assert_ptr_equal(person->rules[0].fields[1], gender);
    catalog_release(&cat);
}

static void unknown_words_are_kept(void **state)
{
    (void)state;
    struct catalog cat;
    base(&cat);
    const struct migration_row odd[] = {
        {{"7", "20", "place", "位置", "Place", "polygon", "authority", "", "C:ga", "2"}},
        {{"7", "21", "vote", "票", "Vote", "int", "quorum", "", "X,V", "9"}},
    };
    const struct migration_row odd_table[] = {
        {{"8", "odd", "怪", "Odd", "stream", "moon", "", ""}}};
    assert_int_equal(apply(&cat, 2, ROWS(odd_table), ROWS(odd), NO_ROWS, NO_ROWS), ST_OK);
    const struct catalog_table *person = catalog_table(&cat, 7);
    for (uint32_t no = 20; no <= 21; no++) {
        const struct catalog_field *field = catalog_field(person, no);
        assert_true(field->unknown);
        assert_int_equal(field->type, FIELD_TEXT);
        assert_int_equal(field->policy, POLICY_LWW);
    }
    assert_int_equal(catalog_field(person, 21)->writer_mask, 0x3); /* X passed over */
    assert_int_equal(catalog_field(person, 21)->sensitivity, 4);
    assert_int_equal(catalog_table(&cat, 8)->home, HOME_ANY);
    assert_int_equal(catalog_table(&cat, 8)->kind, TABLE_RECORD);
    catalog_release(&cat);
}

static void a_policy_knows_since_when(void **state)
{
    (void)state;
    static const struct migration_row other[] = {
        {{"7", "1", "name", "姓名", "Name", "text", "review", "", "V"}},
        {{"7", "2", "sex", "性别", "Sex", "code", "authority", "", "C:ga,T", "2", "1", "gb_sex"}},
        {{"7", "8", "tags", "标签", "Tags", "set_text", "set"}}};
    static const struct migration_row again[] = {
        {{"7", "8", "tags", "标记", "Tags", "set_text", "set"}}};
    static const struct migration_row no_set[] = {
        {{"7", "8", "tags", "标签", "Tags", "text", "lww"}}};
    struct catalog cat;
    base(&cat);
    assert_int_equal(catalog_table(&cat, 7)->policy_since, 1);
    assert_int_equal(apply(&cat, 2, NO_ROWS, ROWS(other), NO_ROWS, NO_ROWS), ST_OK);
    assert_int_equal(apply(&cat, 3, NO_ROWS, ROWS(again), NO_ROWS, NO_ROWS), ST_OK);
    assert_int_equal(apply(&cat, 4, NO_ROWS, ROWS(no_set), NO_ROWS, NO_ROWS), ST_INVALID);
    const struct catalog_table *person = catalog_table(&cat, 7);
    assert_int_equal(person->policy_since, 2);
    assert_int_equal(catalog_field(person, 1)->policy_since, 2);
    assert_int_equal(catalog_field(person, 2)->policy_since, 1);
    assert_int_equal(catalog_field(person, 8)->policy_since, 2);
    catalog_release(&cat);
}

static void bad_migrations_change_nothing(void **state)
{
    (void)state;
    static const struct migration_row bad_tables[][1] = {
        {{{"0", "zero", "零", "Zero"}}},     {{{"65536", "far", "远", "Far"}}},
        {{{"9", "Person", "人", "Person"}}}, {{{"9", "a-b", "人", "Person"}}},
        {{{"9", "person", "人", "Person"}}},
    };
    static const struct migration_row bad_fields[][1] = {
        {{{"7", "0", "x"}}},
        {{{"7", "256", "x"}}},
        {{{"99", "1", "x"}}},
        {{{"7", "4", "1x"}}},
        {{{"7", "4", "name"}}},
        {{{"7", "1", "name", "", "", "set_text", "set"}}}, /* no set before */
    };
    static const struct migration_row bad_codes[] = {{{"", "1", "x"}}};
    static const struct migration_row bad_rules[] = {{{"99", "1", "order", "a b"}}};
    const struct migration_row good[] = {{{"50", "fine", "好", "Fine"}}};
    struct catalog cat;
    base(&cat);
    for (size_t i = 0; i < ARRAY_LENGTH(bad_tables); i++)
        assert_int_equal(apply(&cat, 2, ROWS(bad_tables[i]), NO_ROWS, NO_ROWS, NO_ROWS),
                         ST_INVALID);
    for (size_t i = 0; i < ARRAY_LENGTH(bad_fields); i++)
        assert_int_equal(apply(&cat, 2, ROWS(good), ROWS(bad_fields[i]), NO_ROWS, NO_ROWS),
                         ST_INVALID);
    assert_int_equal(apply(&cat, 2, ROWS(good), NO_ROWS, ROWS(bad_codes), NO_ROWS), ST_INVALID);
    assert_int_equal(apply(&cat, 2, ROWS(good), NO_ROWS, NO_ROWS, ROWS(bad_rules)), ST_INVALID);
    assert_int_equal(apply(&cat, 1, ROWS(good), NO_ROWS, NO_ROWS, NO_ROWS), ST_EXISTS);
    assert_int_equal(catalog_apply(&cat, slice_str("\x80"), NULL), ST_INVALID);
    assert_int_equal(catalog_apply(&cat, SLICE_NONE, NULL), ST_INVALID);
    assert_null(catalog_table(&cat, 50));
    assert_int_equal(cat.version, 1);
    assert_int_equal(apply(&cat, 2, ROWS(good), NO_ROWS, NO_ROWS, NO_ROWS), ST_OK);
    catalog_release(&cat);
}

static void newer_rows_may_be_longer(void **state)
{
    (void)state;
    struct buf out;
    buf_init(&out, 1024);
    migration_begin(&out, 3, "wide");
    cbor_put_array(&out, 1);
    cbor_put_array(&out, 11);
    cbor_put_uint(&out, 1);
    cbor_put_str(&out, "wide");
    for (int i = 0; i < 5; i++)
        cbor_put_str(&out, "x");
    cbor_put_uint(&out, 0);
    cbor_put_str(&out, "");
    cbor_put_map(&out, 0);
    cbor_put_bool(&out, true);
    for (int section = 1; section < 4; section++)
        cbor_put_array(&out, 0);
    struct catalog cat;
    catalog_init(&cat);
    assert_int_equal(catalog_apply(&cat, buf_slice(&out), NULL), ST_OK);
    assert_non_null(catalog_table(&cat, 1));
    for (size_t cut = 0; cut < out.n; cut++)
        assert_int_equal(catalog_apply(&cat, slice_of(out.p, cut), NULL), ST_INVALID);
    buf_release(&out);
    catalog_release(&cat);
}

static void a_clone_stands_alone(void **state)
{
    (void)state;
    struct catalog cat, copy;
    base(&cat);
    catalog_clone(&cat, &copy);
    const struct migration_row change[] = {
        {{"7", "1", "full_name", "全名", "Full name", "text", "once", "", "C:wj"}}};
    assert_int_equal(apply(&copy, 2, NO_ROWS, ROWS(change), NO_ROWS, NO_ROWS), ST_OK);
    assert_string_equal(catalog_field(catalog_table(&cat, 7), 1)->name, "name");
    assert_int_equal(catalog_role_bit(&cat, "dept:wj"), -1);
    catalog_release(&cat);
    const struct catalog_table *person = catalog_table(&copy, 7);
    assert_string_equal(catalog_field(person, 1)->name, "full_name");
    assert_string_equal(catalog_field(person, 2)->zh, "性别");
    assert_string_equal(catalog_code(catalog_field(person, 2)->list, slice_str("1"))->zh, "男");
    assert_string_equal(person->key, "sex");
    assert_string_equal(person->rules[1].args[2], "both");
    catalog_release(&copy);
}

/* A county's own migrations and the program's later ones do not stand in each other's way. */
static void two_series_of_numbers(void **state)
{
    (void)state;
    struct catalog cat;
    const struct migration_row ours[] = {
        {{"4", "garden", "菜园", "Garden", "record", "village", "name", "4"}}};
    const struct migration_row theirs[] = {
        {{"30001", "shed", "棚", "Shed", "record", "village", "name", "5"}}};
    base(&cat);
    assert_int_equal(apply(&cat, CATALOG_COUNTY_FIRST, ROWS(theirs), NO_ROWS, NO_ROWS, NO_ROWS),
                     ST_OK);
    assert_int_equal(apply(&cat, 6, ROWS(ours), NO_ROWS, NO_ROWS, NO_ROWS), ST_OK);
    assert_int_equal(cat.last_number, 6);
    assert_int_equal(cat.last_county, CATALOG_COUNTY_FIRST);
    assert_non_null(catalog_table(&cat, 4));
    assert_non_null(catalog_table(&cat, 30001));
    assert_int_equal(apply(&cat, 6, ROWS(ours), NO_ROWS, NO_ROWS, NO_ROWS), ST_EXISTS);
    assert_int_equal(apply(&cat, CATALOG_COUNTY_FIRST, ROWS(theirs), NO_ROWS, NO_ROWS, NO_ROWS),
                     ST_EXISTS);
    catalog_release(&cat);
}

static void writers_are_read_leniently(void **state)
{
    (void)state;
    static const struct {
        const char *writers;
        int bit;
        uint8_t rank;
    } rows[] = {
        {" ,, T , V", 2, 1},
        {"T V", 0, 2},
        {"V,V", 1, 1},
        {"C:", 3, 0},
        {"Cx,V", 0, 2},
        {"XY:z,V", 0, 2},
        {"Cxy,V", 0, 2},
        {"C:ga,V", 5, 1},
        {"C:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa,V", 0, 2},
    };
    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        struct catalog cat;
        base(&cat);
        const struct migration_row field[] = {
            {{"7", "20", "f", "甲", "F", "text", "lww", "", rows[i].writers}}};
        assert_int_equal(apply(&cat, 2, NO_ROWS, ROWS(field), NO_ROWS, NO_ROWS), ST_OK);
        const struct catalog_field *f = catalog_field(catalog_table(&cat, 7), 20);
        if (f->rank_of[rows[i].bit] != rows[i].rank)
            fail_msg("%s: %u", rows[i].writers, f->rank_of[rows[i].bit]);
        catalog_release(&cat);
    }
}

/* More departments than a mask has bits, more words than ranks: the first ones count. */
static void there_is_an_end_to_departments_and_ranks(void **state)
{
    (void)state;
    static char many[8000], words[2000];
    struct catalog cat;
    base(&cat);
    for (int i = 0; i < 70; i++)
        sprintf(many + strlen(many), "C:d%d,", i);
    for (int i = 0; i < 300; i++)
        strcat(words, i == 256 ? "T " : i == 299 ? "V " : "x ");
    const struct migration_row field[] = {{{"7", "20", "f", "甲", "F", "text", "lww", "", many}},
                                          {{"7", "21", "g", "乙", "G", "text", "lww", "", words}}};
    assert_int_equal(apply(&cat, 2, NO_ROWS, ROWS(field), NO_ROWS, NO_ROWS), ST_OK);
    const struct catalog_field *f = catalog_field(catalog_table(&cat, 7), 20);
    assert_int_equal(cat.role_count, 64);
    assert_int_equal(catalog_role_bit(&cat, "dept:d57"), 63);
    assert_int_equal(catalog_role_bit(&cat, "dept:d58"), -1);
    assert_int_equal(f->rank_of[63], 58);
    assert_int_equal(catalog_writer_rank(f, slice_str("C:d69")), 70);
    assert_int_equal(catalog_writer_rank(f, slice_str("C:d70")), 0);
    assert_true(slice_equal(catalog_writer_word(f, 70), slice_str("C:d69")));
    assert_int_equal(catalog_writer_word(f, 71).n, 0);
    assert_int_equal(catalog_writer_word(f, 0).n, 0);
    const struct catalog_field *g = catalog_field(catalog_table(&cat, 7), 21);
    assert_int_equal(g->rank_of[2], UINT8_MAX);
    assert_int_equal(g->rank_of[0], UINT8_MAX);
    assert_int_equal(catalog_writer_rank(g, slice_str("V")), 0);
    assert_int_equal(catalog_writer_word(g, UINT8_MAX).n, 0);
    catalog_release(&cat);
}

static void names_are_plain(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "_a",
        "A",
        "{a",
        "1a",
        "a-b",
        "a{",
        "a/",
        "a^",
        "aA",
        "甲",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"};
    for (size_t i = 0; i < ARRAY_LENGTH(bad); i++) {
        struct catalog cat;
        base(&cat);
        const struct migration_row table[] = {
            {{"8", bad[i], "表", "T", "record", "village", "", "1", ""}}};
        if (apply(&cat, 2, ROWS(table), NO_ROWS, NO_ROWS, NO_ROWS) != ST_INVALID)
            fail_msg("%s", bad[i]);
        catalog_release(&cat);
    }
}

static void what_is_not_there_is_retired_in_vain(void **state)
{
    (void)state;
    struct catalog cat;
    const struct migration_row none[] = {
        {{"5", "", "", "", "", "", "", "0", ""}},
        {{"99", "", "", "", "", "", "", "0", ""}},
        {{"7", "person", "人", "Person", "record", "village", "name", "70", ""}}};
    const struct migration_row code[] = {{{"gb_sex", "9", "", "", "0", ""}},
                                         {{"gb_sex", "3", "", "Other", "5", ""}}};
    const struct migration_row rule[] = {{{"7", "77", "", "", "error", "", ""}},
                                         {{"7", "1", "", "", "error", "", ""}}};
    base(&cat);
    assert_int_equal(apply(&cat, 2, ROWS(none), NO_ROWS, ROWS(code), ROWS(rule)), ST_OK);
    assert_int_equal(cat.table_count, 2);
    assert_string_equal(catalog_table(&cat, 7)->zh, "人");
    assert_int_equal(catalog_table(&cat, 7)->rule_count, 2);
    const struct catalog_list *list = catalog_list_named(&cat, slice_str("gb_sex"));
    assert_null(catalog_code(list, slice_str("9")));
    assert_string_equal(catalog_code(list, slice_str("3"))->en, "Other");
    static const struct migration_row bad[] = {{{"", "1", "甲", "", "0", ""}},
                                               {{"gb_sex", "", "甲", "", "0", ""}}};
    for (size_t i = 0; i < ARRAY_LENGTH(bad); i++)
        assert_int_equal(apply(&cat, 3, NO_ROWS, NO_ROWS, ((struct rows){&bad[i], 1}), NO_ROWS),
                         ST_INVALID);
    catalog_release(&cat);
}

static void a_migration_is_whole(void **state)
{
    (void)state;
    struct buf out;
    struct error err;
    buf_init(&out, 1 << 16);
    migration_begin(&out, 1, "test");
    migration_rows(&out, 0, tables, ARRAY_LENGTH(tables));
    migration_rows(&out, 1, fields, ARRAY_LENGTH(fields));
    migration_rows(&out, 2, codes, ARRAY_LENGTH(codes));
    migration_rows(&out, 3, rules, ARRAY_LENGTH(rules));
    for (size_t n = 0; n < out.n; n++)
        assert_int_equal(catalog_check_form(slice_of(out.p, n), &err), ST_INVALID);
    assert_int_equal(catalog_check_form(buf_slice(&out), &err), ST_OK);
    static const char narrow[] =
        "\x86\x01\x61t\x81\x82\x07\x61x\x80\x80\x80"; /* a table of two columns */
    assert_int_equal(catalog_check_form(slice_of(narrow, sizeof(narrow) - 1), &err), ST_INVALID);
    assert_non_null(strstr(err.text, "row with too few columns"));
    uint8_t *at = memmem(out.p, out.n, "test", 4);
    at[2] = 0; /* two things in C */
    assert_int_equal(catalog_check_form(buf_slice(&out), &err), ST_INVALID);
    assert_non_null(strstr(err.text, "zero character in a text"));
    buf_release(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_arrive),
        cmocka_unit_test(codes_are_found),
        cmocka_unit_test(roles_and_ranks),
        cmocka_unit_test(later_rows_replace_and_retire),
        cmocka_unit_test(a_policy_knows_since_when),
        cmocka_unit_test(unknown_words_are_kept),
        cmocka_unit_test(bad_migrations_change_nothing),
        cmocka_unit_test(newer_rows_may_be_longer),
        cmocka_unit_test(a_clone_stands_alone),
        cmocka_unit_test(two_series_of_numbers),
        cmocka_unit_test(writers_are_read_leniently),
        cmocka_unit_test(there_is_an_end_to_departments_and_ranks),
        cmocka_unit_test(names_are_plain),
        cmocka_unit_test(what_is_not_there_is_retired_in_vain),
        cmocka_unit_test(a_migration_is_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
