/* SPDX-License-Identifier: MulanPSL-2.0 */
/* validate: tables of good and bad values for every type, check and rule, and text as people type
 * it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "shared/base/check.h"
#include "shared/base/time.h"
#include "shared/record/validate.h"

static int32_t today;
static struct arena arena;

static int setup(void **state)
{
    (void)state;
    today = date_from_civil(2026, 11, 21);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    arena_release(&arena);
    return 0;
}

static struct catalog_field field_of(enum field_type type, const char *check)
{
    struct catalog_field field = {.no = 1,
                                  .name = "f",
                                  .zh = "字段",
                                  .en = "F",
                                  .type = type,
                                  .args = "",
                                  .writers = "",
                                  .list_name = "",
                                  .check = check,
                                  .ref = "",
                                  .group = "",
                                  .derive = "",
                                  .unit = ""};
    field.check_plan = validate_compile_field(&field, &arena);
    return field;
}

static struct value text(const char *s)
{
    return value_text(slice_str(s));
}

static bool is_valid(const struct catalog_field *field, const struct value *value)
{
    return validate_value(field, value, today, NULL) == ST_OK;
}

static bool ok(enum field_type type, const char *check, struct value value)
{
    struct catalog_field field = field_of(type, check);
    struct error err = {0};
    bool good = is_valid(&field, &value);
    assert_int_equal(validate_value(&field, &value, today, &err), good ? ST_OK : ST_INVALID);
    if (!good)
        assert_memory_equal(err.text, "字段:", strlen("字段:"));
    return good;
}

static void citizen_ids(void **state)
{
    (void)state;
    static const char *const good[] = {
        "990000198001010012", "990000198001010020", "990000197512310039",
        "990000200402290051", "990000195506151183", "99000019900307003X",
    };
    for (size_t i = 0; i < ARRAY_LENGTH(good); i++) {
        assert_true(ok(FIELD_TEXT, "id18", text(good[i])));
        assert_true(citizen_id_valid(slice_str(good[i]), today));
        assert_int_equal(citizen_id_check_digit(good[i]), good[i][17]);
        char wrong[19]; /* every single wrong digit is found */
        for (int at = 0; at < 18; at++)
            for (char c = '0'; c <= '9'; c++) {
                memcpy(wrong, good[i], 19);
                wrong[at] = c;
                assert_int_equal(citizen_id_valid(slice_str(wrong), today), c == good[i][at]);
            }
    }
    static const char *const bad[] = {
        "",
        "99000019800101001",  /* 17 digits */
        "99000019800101O012", /* a letter */
        "99000019800101001A",
        "9900001980010100122", /* 19 */
        "99000019900307003x",  /* small x: value_parse makes it large */
        "990000198002300014",  /* 30 February */
        "990000209901010013",  /* not born yet */
        "990000800101001",     /* 15 digits */
        "090000198001010012",
    };
    for (size_t i = 0; i < ARRAY_LENGTH(bad); i++)
        assert_false(ok(FIELD_TEXT, "id18", text(bad[i])));

    struct catalog_field field = field_of(FIELD_TEXT, "id18");
    struct error err;
    struct value wrong = text("990000198001010013");
    assert_int_equal(validate_value(&field, &wrong, today, &err), ST_INVALID);
    assert_string_equal(err.text, "字段:校验码不对,应为 2");
    /* 125 years to the day are fine, 126 are not; a clock beyond the calendar does no harm. */
    char old[19] = "99000019001121001";
    old[17] = citizen_id_check_digit(old);
    assert_false(citizen_id_valid(slice_str(old), today));
    assert_true(citizen_id_valid(slice_str(old), date_from_civil(2026, 11, 20)));
    assert_false(citizen_id_valid(slice_str(old), INT32_MAX));
    assert_false(citizen_id_valid(slice_str(old), INT32_MIN));
}

static void checks(void **state)
{
    (void)state;
    static const struct {
        const char *check, *text;
        bool good;
    } rows[] = {
        {"phone", "13812345678", true},
        {"phone", "12812345678", false},
        {"phone", "1381234567", false},
        {"phone", "138123456789", false},
        {"phone", "1381234567a", false},
        {"phone", "23812345678", false},
        {"division", "620000000000", true},
        {"division", "62292410100", false},
        {"division", "022924101001", false},
        {"division", "62292410100a", false},
        {"division:2", "622900000000", true},
        {"division:2", "620000000000", false},
        {"division:3", "622924000000", true},
        {"division:3", "622900000000", false},
        {"division:3", "441900000000", true}, /* 东莞 has no counties */
        {"division:4", "622924101000", true},
        {"division:4", "622924000000", false},
        {"division:5", "622924101001", true},
        {"division:5", "622924101000", false},
        {"credit", "91350100M000100Y43", true}, /* the standard's own example */
        {"credit", "91350100M000100Y44", false},
        {"credit", "91350100M000100Y4", false},
        {"credit", "9135O100M000100Y43", false},
        {"len:1:3", "户", true},
        {"len:1:3", "户主人", true},
        {"len:1:3", "户主人们", false},
        {"len:2:3", "户", false},
        {"name", "马小明", true},
        {"name", "买买提·艾力", true},
        {"name", "𠮷田", true},
        {"name", "Anna-Maria O'Neil", true},
        {"name", "马小明1", false},
        {"name", "马小明·", false},
        {"name", "·马", false},
        {"name", "马,明", false},
        {"name", "", false},
        {"name", "㐀〇\xef\xa4\x80", true}, /* also of the compatibility block */
        {"name", "José", true},
        {"name", "马×", false},
        {"name", "马÷", false},
        {"name", "ɐ", false}, /* beyond the Latin letters of names */
        {"name", "A[", false},
        {"name", "a{", false},
        {"name", "䷀", false}, /* just before the Han letters */
        {"name", "김", false}, /* after them */
        {"name", "ﬀ", false},
        {"name", "\xf0\xb2\x8e\xb0", false}, /* U+323B0, the first after the last Han letter */
        {"name", "\xe9\xa9", false},         /* cut off */
        {"digits:18", "123456789012345678", true},
        {"digits:18", "12345678901234567", false},
        {"digits:2", "1a", false},
        {"token", "0123456789abcdef0123456789abcdef", true},
        {"token", "0123456789ABCDEF0123456789abcdef", false},
        {"base64", "YWdlLWVuY3J5cHRpb24ub3JnL3YxCg+/==", true},
        {"base64", "马小兰", false},
        {"base64", "a b", false},
        {"base64", "a[", false},
        {"base64", "a{", false},
        {"base64", "a@", false},
        {"base64", "a`", false},
        {"hex:4", "beef", true},
        {"hex:4", "beefe", false},
        {"hex:4", "beeg", false},
        {"range:0:5", "9", true},          /* a text is in no range */
        {"range:1:x;digits:1", "9", true}, /* not a range that anybody can read */
        {"range::5", "9", true},
        {"past", "昨天", true}, /* not a day: the type says so, if it must be one */
        {"past", "2026-11-2x", true},
        {"len:0:9;len:0:9;len:0:9;len:0:9;len:0:9;len:0:9;len:0:9;len:0:9;digits:1", "ab", true},
        {"len:1:5;digits:3", "123", true},
        {"len:1:5;digits:3", "1234", false},
        {"len:1:2;digits:3", "123", false},
        {"some_future_check:9;digits:3", "123", true},
        {"some_future_check:9;digits:3", "12", false},
        {"", "任何文字\n两行", true},
    };
    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++)
        if (ok(FIELD_TEXT, rows[i].check, text(rows[i].text)) != rows[i].good)
            fail_msg("%s: %s", rows[i].check, rows[i].text);
    assert_false(ok(FIELD_TEXT, "credit",
                    value_text(slice_of("91350100M\0"
                                        "00100Y43",
                                        18))));
    assert_true(ok(FIELD_INT, "phone", value_int(1))); /* phone is said of texts */
    assert_true(ok(FIELD_DATE, "past", text("2026-11-21")));
    assert_false(ok(FIELD_DATE, "past", text("2026-11-22")));
    assert_true(ok(FIELD_TIME, "past", text("2026-11-21T23:59")));
    assert_false(ok(FIELD_TIME, "past", text("2026-11-22T00:00")));
}

static void ranges(void **state)
{
    (void)state;
    static const struct {
        enum field_type type;
        const char *check;
        int64_t i;
        int exponent;
        bool good;
    } rows[] = {
        {FIELD_INT, "range:0:12", 0, 0, true},
        {FIELD_INT, "range:0:12", 12, 0, true},
        {FIELD_INT, "range:0:12", 13, 0, false},
        {FIELD_INT, "range:0:12", -1, 0, false},
        {FIELD_INT, "range:-5:-1", -5, 0, true},
        {FIELD_INT, "range:0:9223372036854775807", INT64_MAX, 0, true},
        {FIELD_INT, "", INT64_MIN, 0, true},
        {FIELD_DECIMAL, "range:0.5:12.5", 125, -1, true},
        {FIELD_DECIMAL, "range:0.5:12.5", 12500001, -6, false},
        {FIELD_DECIMAL, "range:0.5:12.5", 5, -1, true},
        {FIELD_DECIMAL, "range:0.5:12.5", 499999999, -9, false},
        {FIELD_DECIMAL, "range:0:9000", 9, 3, true},
        {FIELD_DECIMAL, "range:0:9000", 9, 9, false},
        {FIELD_MONEY, "range:0:60000", 6000000, 0, true}, /* fen against yuan */
        {FIELD_MONEY, "range:0:60000", 6000001, 0, false},
        {FIELD_MONEY, "", -1, 0, false},
        {FIELD_MONEY, "range:-100:100", -1, 0, true},
    };
    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        struct value value = value_int(rows[i].i);
        value.exponent = (int8_t)rows[i].exponent;
        if (rows[i].type == FIELD_DECIMAL)
            value.kind = VALUE_DECIMAL;
        if (ok(rows[i].type, rows[i].check, value) != rows[i].good)
            fail_msg("row %zu", i);
    }
}

static void types(void **state)
{
    (void)state;
    static char big[4002];
    memset(big, 'x', sizeof big - 1);
    assert_false(ok(FIELD_TEXT, "", text(big)));
    big[4000] = 0;
    assert_true(ok(FIELD_TEXT, "", text(big)));
    static const char *const control[] = {
        "a\tb",     "a\rb",           "\x7f", "1234567\x01", "12345678901234567\x1f",
        "\xc2\x85", "1234567\xc2\x9f"};
    for (size_t i = 0; i < ARRAY_LENGTH(control); i++)
        assert_false(ok(FIELD_TEXT, "", text(control[i])));
    assert_true(ok(FIELD_TEXT, "", text("1234567\xc2\xa0§中文\n第二行,足够长的一段话")));
    assert_true(ok(FIELD_TEXT, "", text("1234567\xc2"))); /* that it is UTF-8 was asked before */
    assert_false(ok(FIELD_TEXT, "", value_int(1)));
    assert_false(ok(FIELD_TEXT, "", value_bytes(slice_str("x"))));

    assert_true(ok(FIELD_DATE, "", text("2024-02-29")));
    assert_false(ok(FIELD_DATE, "", text("2026-02-29")));
    assert_false(ok(FIELD_DATE, "", text("2026-2-9")));
    assert_false(ok(FIELD_DATE, "", value_int(20260101)));
    assert_true(ok(FIELD_TIME, "", text("2026-01-05T09:30")));
    assert_false(ok(FIELD_TIME, "", text("2026-01-05 09:30")));
    assert_false(ok(FIELD_TIME, "", text("2026-01-05T24:00")));
    assert_false(ok(FIELD_TIME, "", text("2026-01-05T09:60")));
    assert_false(ok(FIELD_TIME, "", text("2026-01-05T09:3")));
    assert_false(ok(FIELD_TIME, "", text("2026-13-05T09:30")));
    assert_false(ok(FIELD_TIME, "", text("2026-01-05Tab:30")));
    assert_false(ok(FIELD_TIME, "", text("2026-01-05T09-30")));
    assert_false(ok(FIELD_TIME, "", text("2026-01-05T09:ab")));
    assert_false(ok(FIELD_TIME, "", value_int(930)));
    assert_true(ok(FIELD_BOOL, "", value_int(0)));
    assert_true(ok(FIELD_BOOL, "", value_int(1)));
    assert_false(ok(FIELD_BOOL, "", value_int(2)));
    assert_false(ok(FIELD_BOOL, "", text("是")));
    assert_false(ok(FIELD_MONEY, "", text("5")));
    assert_false(ok(FIELD_INT, "", text("1")));
    assert_false(ok(FIELD_DECIMAL, "", value_int(1)));
    assert_true(ok(FIELD_REF, "", value_bytes(slice_str("0123456789abcdef"))));
    assert_false(ok(FIELD_REF, "", value_bytes(slice_str("0123456789abcde"))));
    assert_false(ok(FIELD_REF, "", text("0123456789abcdef")));
    assert_true(ok(FIELD_SET_REF, "", value_bytes(slice_str("0123456789abcdef"))));
    for (enum field_type type = FIELD_TEXT; type <= FIELD_SET_REF; type++)
        assert_true(ok(type, "id18;range:1:2", value_null()));

    static struct catalog_code codes[] = {{"01", "汉", "Han", "", 1}, {"03", "回", "Hui", "", 2}};
    static const uint64_t keys[] = {UINT64_C(0x3031) << 48, UINT64_C(0x3033) << 48};
    struct catalog_list list = {.name = "l", .count = 2, .codes = codes, .keys = keys};
    struct catalog_field field = field_of(FIELD_CODE, "");
    struct value good = text("03"), bad = text("3");
    assert_true(is_valid(&field, &bad)); /* a list that is not there yet */
    field.list = &list;
    assert_true(is_valid(&field, &good));
    struct error err;
    assert_int_equal(validate_value(&field, &bad, today, &err), ST_INVALID);
    assert_string_equal(err.text, "字段:代码表中没有“3”");
    struct value number = value_int(3);
    assert_int_equal(validate_value(&field, &number, today, &err), ST_INVALID);
    assert_string_equal(err.text, "字段:应为文字");
    char label[100], expected[160];
    memset(label, 'x', sizeof label);
    struct value strange = value_text(slice_of(label, sizeof label));
    assert_int_equal(validate_value(&field, &strange, today, &err), ST_INVALID);
    snprintf(expected, sizeof expected, "字段:代码表中没有“%.60s”", label);
    assert_string_equal(err.text, expected);
    field.unknown = true; /* a type of a newer program: whatever it holds is kept */
    assert_true(is_valid(&field, &bad));
}

/* What a column can hold at all, whatever the rules of the day say. */
static void every_type_takes_values_of_its_kind(void **state)
{
    (void)state;
    const struct value values[] = {value_null(),
                                   value_int(-7),
                                   {.kind = VALUE_DECIMAL, .i = 15, .exponent = -1},
                                   text("甲"),
                                   value_bytes(slice_str("0123456789abcdef")),
                                   value_bytes(slice_str("0123456789abcde"))};
    static const struct {
        enum field_type type;
        const char *fits; /* per value: '1' it does */
    } rows[] = {
        {FIELD_TEXT, "100100"},     {FIELD_INT, "110000"},      {FIELD_DECIMAL, "101000"},
        {FIELD_MONEY, "110000"},    {FIELD_DATE, "100100"},     {FIELD_TIME, "100100"},
        {FIELD_BOOL, "110000"},     {FIELD_CODE, "100100"},     {FIELD_REF, "100010"},
        {FIELD_SET_TEXT, "100100"}, {FIELD_SET_CODE, "100100"}, {FIELD_SET_REF, "100010"},
    };
    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++)
        for (size_t v = 0; v < ARRAY_LENGTH(values); v++) {
            struct catalog_field field = field_of(rows[i].type, "");
            if (validate_kind_ok(&field, &values[v]) != (rows[i].fits[v] == '1'))
                fail_msg("type %d, value %zu", (int)rows[i].type, v);
            field.unknown = true; /* of a newer program */
            assert_true(validate_kind_ok(&field, &values[v]));
        }
}

static void a_field_that_was_never_compiled_has_a_type_all_the_same(void **state)
{
    (void)state;
    struct catalog_field field = field_of(FIELD_MONEY, "range:-5:5");
    struct value value = value_int(-1), parsed;
    assert_true(is_valid(&field, &value));
    field.check_plan = NULL;
    assert_false(is_valid(&field, &value));
    value = value_int(6);
    assert_true(is_valid(&field, &value));
    field.type = FIELD_TEXT;
    assert_int_equal(value_parse(&field, slice_str(" 甲 "), &arena, &parsed, NULL), ST_OK);
    assert_true(slice_equal(parsed.s, slice_str("甲")));
}

/* ---- rules ---- */

enum { A = 1, B, C };

static struct catalog_field rule_fields[3];
static struct catalog_rule rule;
static struct catalog_table table;

static void make_rule(const char *kind, const char *const *args, size_t count)
{
    static const char *const names[] = {"a", "b", "c"};
    table = (struct catalog_table){.no = 1, .name = "t", .zh = "表", .field_count = 3};
    table.fields = arena_alloc(&arena, 3 * sizeof *table.fields);
    for (int i = 0; i < 3; i++) {
        rule_fields[i] = field_of(FIELD_TEXT, "");
        rule_fields[i].no = (uint32_t)i + 1;
        rule_fields[i].name = names[i];
        table.fields[i] = table.by_no[i + 1] = &rule_fields[i];
    }
    rule = (struct catalog_rule){.no = 1, .kind = kind, .arg_count = count, .zh = "不合规则"};
    rule.args = arena_copy(&arena, args, count * sizeof *args);
    validate_compile_rule(&table, &rule, &arena);
    table.rules = &rule;
    table.rule_count = 1;
}

static bool holds(struct value a, struct value b, struct value c, bool complete)
{
    const struct op_field fields[] = {{A, a}, {B, b}, {C, c}};
    struct error err = {0};
    enum status status = validate_record(&table, fields, 3, complete, NULL, NULL, &err);
    if (status != ST_OK)
        assert_string_equal(err.text, "不合规则");
    return status == ST_OK;
}

static struct value given(const char *s)
{
    return s ? text(s) : value_null();
}

static void rules(void **state)
{
    (void)state;
    static const struct {
        const char *kind, *args[3], *a, *b, *c;
        bool good;
    } rows[] = {
        {"order", {"a", "b"}, "2026-01-01", "2026-01-01", NULL, true},
        {"order", {"a", "b"}, "2026-01-02", "2026-01-01", NULL, false},
        {"order", {"a", "b"}, "2026-01-02", NULL, NULL, true},
        {"order", {"a", "b"}, "2026-01-01T09:00", "2026-01-01", NULL, true},
        {"order", {"a", "b"}, NULL, "2026-01-01", NULL, true},
        {"requires", {"a", "b"}, "1", NULL, NULL, false},
        {"requires", {"a", "b"}, "1", "2", NULL, true},
        {"requires", {"a", "b"}, NULL, "2", NULL, true},
        {"requires", {"a", "b"}, "", NULL, NULL, true},
        {"one_of", {"a", "b"}, "1", NULL, NULL, true},
        {"one_of", {"a", "b"}, "1", "1", NULL, false},
        {"one_of", {"a", "b"}, NULL, NULL, NULL, false},
        {"not_both", {"a", "b"}, NULL, NULL, NULL, true},
        {"not_both", {"a", "b"}, "1", "1", NULL, false},
        {"not_both", {"a", "b"}, "1", NULL, NULL, true},
        {"id_sex", {"a", "b"}, "990000198001010012", "1", NULL, true},
        {"id_sex", {"a", "b"}, "990000198001010012", "2", NULL, false},
        {"id_sex", {"a", "b"}, "990000198001010020", "2", NULL, true},
        {"id_sex", {"a", "b"}, "990000198001010020", NULL, NULL, true},
        {"id_sex", {"a", "b"}, "护照", "2", NULL, true},
        {"id_birth", {"a", "b"}, "990000198001010012", "1980-01-01", NULL, true},
        {"id_birth", {"a", "b"}, "990000198001010012", "1980-01-02", NULL, false},
        {"id_birth", {"a", "b"}, "990000198001010012", NULL, NULL, true},
        {"id_birth", {"a", "b"}, "990000198001010012", "", NULL, true},
        {"id_birth", {"a", "b"}, "990000198001010012", "1980-1-1", NULL, false},
        {"id_birth", {"a", "b"}, "990000198001010012", "1981-01-01", NULL, false},
        {"id_birth", {"a", "b"}, "990000198001010012", "1980-02-01", NULL, false},
        {"id_birth", {"a", "b"}, NULL, "1980-02-01", NULL, true},
        {"id_sex", {"a", "b"}, "990000198001010012", "11", NULL, false},
        {"needs", {"a", "4|5", "c"}, "5", NULL, NULL, false},
        {"needs", {"a", "4|5", "c"}, "5", NULL, "x", true},
        {"needs", {"a", "4|5", "c"}, "6", NULL, NULL, true},
        {"forbids", {"a", "4", "c"}, "4", NULL, "x", false},
        {"forbids", {"a", "4", "c"}, "4", NULL, NULL, true},
        {"forbids", {"a", "4", "c"}, "5", NULL, "x", true},
        {"differ", {"a", "b", "c"}, "1", "2", "3", true},
        {"differ", {"a", "b", "c"}, "1", "2", "1", false},
        {"differ", {"a", "b", "c"}, NULL, "2", NULL, true},
        {"only", {"a", "b", "4"}, "1", "4", NULL, true},
        {"only", {"a", "b", "4"}, "1", "3", NULL, false},
        {"only", {"a", "b", "4"}, NULL, "3", NULL, true},
        {"unheard_of", {"a", "b"}, "1", "1", NULL, true},
        {"one_of", {"a", "zzz"}, NULL, NULL, NULL, true},
        {"one_of", {"a"}, NULL, NULL, NULL, true},
    };
    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        size_t count = rows[i].args[2] ? 3 : rows[i].args[1] ? 2 : 1;
        make_rule(rows[i].kind, rows[i].args, count);
        struct value a = given(rows[i].a), b = given(rows[i].b), c = given(rows[i].c);
        if (holds(a, b, c, false) != rows[i].good || holds(a, b, c, true) != rows[i].good)
            fail_msg("row %zu: %s", i, rows[i].kind);
    }
    const char *const range[] = {"a", "400", "60000"};
    make_rule("range", range, 3);
    rule_fields[0].type = FIELD_MONEY;
    assert_true(holds(value_int(40000), value_null(), value_null(), true));
    assert_false(holds(value_int(39999), value_null(), value_null(), true));
    assert_true(holds(value_int(6000000), value_null(), value_null(), true));
    assert_false(holds(value_int(6000001), value_null(), value_null(), true));
    assert_true(holds(text("50000"), value_null(), value_null(), true)); /* not a number */
    rule_fields[0].type = FIELD_DECIMAL;
    struct value decimal = {.kind = VALUE_DECIMAL, .i = 3999, .exponent = -1};
    assert_false(holds(decimal, value_null(), value_null(), true));
    const char *const unreadable[][3] = {{"a", "x", "60000"}, {"a", "400", "x"}};
    for (size_t i = 0; i < ARRAY_LENGTH(unreadable); i++) {
        make_rule("range", unreadable[i], 3);
        assert_true(holds(value_int(1), value_null(), value_null(), true));
    }
}

static void rules_look_at_numbers_too(void **state)
{
    (void)state;
    static const struct {
        const char *kind, *args[3];
        int64_t a;
        bool good;
    } rows[] = {
        {"needs", {"a", "4|5", "c"}, 5, false},
        {"needs", {"a", "4|5", "c"}, 6, true},
        {"needs", {"a", "4|x", "c"}, 6, true},
        {"needs", {"a", "6.5", "c"}, 6, true},
        {"needs", {"a", "4|5", "c"}, -5, true},
        {"needs", {"a", "10000000", "c"}, 10000000, false},
        {"needs", {"a", "10000000", "c"}, 1000000, true},
        {"needs", {"a", "99999999999999999999", "c"}, 1, true},
        {"requires", {"a", "c"}, 0, false}, /* a zero is something */
        {"order", {"a", "b"}, 7, true},
        {"order", {"a", "b"}, 8, false},
    };
    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        make_rule(rows[i].kind, rows[i].args, rows[i].args[2] ? 3 : 2);
        if (holds(value_int(rows[i].a), value_int(7), value_null(), true) != rows[i].good)
            fail_msg("row %zu: %s", i, rows[i].kind);
    }
    const char *const ab[] = {"a", "b"};
    make_rule("order", ab, 2);
    assert_true(holds(value_int(8), text("7"), value_null(), true)); /* nothing to compare */
    make_rule("id_sex", ab, 2);
    assert_true(holds(value_int(1), text("1"), value_null(), true));
    assert_true(holds(text("990000198001010012"), value_int(2), value_null(), true));
}

/* A condition over fields is asked of a put that carries all of them. */
static void a_condition_is_a_rule(void **state)
{
    (void)state;
    const char *const args[] = {"a", "=", "b", "or", "has", "c"}, *const bad[] = {"a>"};
    make_rule("check", args, 6);
    assert_true(holds(text("x"), text("x"), value_null(), true));
    assert_false(holds(text("x"), text("y"), value_null(), true));
    assert_true(holds(text("x"), text("y"), text("z"), true));
    const struct op_field put[] = {{A, text("x")}, {B, text("y")}};
    assert_int_equal(validate_record(&table, put, 2, false, NULL, NULL, NULL), ST_OK);
    assert_int_equal(validate_record(&table, put, 2, true, NULL, NULL, NULL), ST_INVALID);
    assert_false(holds(text("x"), text("y"), value_null(), false)); /* c is taken back */
    make_rule("check", bad, 1);
    assert_true(holds(text("x"), text("y"), value_null(), true)); /* nobody can read it */
}

static void count_warning(void *arg, const struct catalog_rule *which)
{
    assert_ptr_equal(which, &rule);
    ++*(int *)arg;
}

static void a_put_is_judged_by_what_it_carries(void **state)
{
    (void)state;
    const char *const args[] = {"a", "b"};
    make_rule("requires", args, 2);
    const struct op_field only_a[] = {{A, text("1")}, {900, text("unknown")}};
    struct error err;
    assert_int_equal(validate_record(&table, only_a, 2, false, NULL, NULL, NULL), ST_OK);
    assert_int_equal(validate_record(&table, only_a, 2, true, NULL, NULL, NULL), ST_INVALID);
    rule.warn = true;
    int warnings = 0;
    assert_int_equal(validate_record(&table, only_a, 2, true, count_warning, &warnings, NULL),
                     ST_OK);
    assert_int_equal(warnings, 1);
    assert_int_equal(validate_record(&table, only_a, 2, true, NULL, NULL, NULL), ST_OK);
    rule_fields[2].required = true;
    assert_int_equal(validate_record(&table, only_a, 2, false, NULL, NULL, &err), ST_OK);
    assert_int_equal(validate_record(&table, only_a, 2, true, NULL, NULL, &err), ST_INVALID);
    assert_string_equal(err.text, "字段:必填");
    const struct op_field with_c[] = {{A, text("1")}, {B, text("2")}, {C, text("3")}};
    assert_int_equal(validate_record(&table, with_c, 3, true, NULL, NULL, &err), ST_OK);
    rule_fields[2].policy = POLICY_SET;
    assert_int_equal(validate_record(&table, only_a, 2, true, NULL, NULL, &err), ST_OK);
    rule_fields[2].policy = POLICY_COUNTER;
    assert_int_equal(validate_record(&table, only_a, 2, true, NULL, NULL, &err), ST_OK);
    /* A rule without words of its own is named by its kind. */
    rule.warn = false;
    rule.zh = "";
    assert_int_equal(validate_record(&table, only_a, 2, true, NULL, NULL, &err), ST_INVALID);
    assert_string_equal(err.text, "requires");
    /* No record has so many fields: what comes after the 255th is not looked at. */
    struct op_field many[300];
    for (uint32_t i = 0; i < ARRAY_LENGTH(many); i++)
        many[i] = (struct op_field){1000 + i, text("x")};
    many[254] = (struct op_field){A, text("1")};
    many[255] = (struct op_field){B, text("2")};
    assert_int_equal(validate_record(&table, many, 300, true, NULL, NULL, &err), ST_INVALID);
    assert_int_equal(validate_record(&table, many, 254, true, NULL, NULL, &err), ST_OK);
    table.rule_count = 0;
    assert_int_equal(validate_record(&table, only_a, 2, false, NULL, NULL, &err), ST_OK);
    assert_int_equal(validate_record(&table, only_a, 2, true, NULL, NULL, &err), ST_OK);
}

/* ---- text ---- */

static void typed_text_becomes_a_value(void **state)
{
    (void)state;
    static const struct {
        enum field_type type;
        const char *check, *unit, *text, *shown; /* NULL: refused; shown: value_format, raw */
    } rows[] = {
        {FIELD_TEXT, "", "", "  清真寺旁 \r\n第二家\t ", "清真寺旁 \n第二家"},
        {FIELD_TEXT, "", "", "\xe3\x80\x80", ""},
        {FIELD_TEXT, "", "", "\xef\xbb\xbf甲\xc2\xa0", "甲"},
        {FIELD_TEXT, "", "", "\xc2\xa0甲\xe3\x80\x80", "甲"},
        {FIELD_TEXT, "", "", "、甲ﻀ", "、甲ﻀ"}, /* E3 80 81, EF BB 80: nearly white */
        {FIELD_TEXT, "", "", "\xe3\x81\x80甲\xe3\x81\x80", "\xe3\x81\x80甲\xe3\x81\x80"},
        {FIELD_TEXT, "", "", "\xef\xbc\x81甲\xef\xbc\x81", "\xef\xbc\x81甲\xef\xbc\x81"},
        {FIELD_TEXT, "", "", "§甲§", "§甲§"}, /* C2 A7 */
        {FIELD_TEXT, "", "", "é", "é"},
        {FIELD_TEXT, "", "", "一\r二\t三", "一\n二 三"},
        {FIELD_TEXT, "", "", "一\r二", "一\n二"},
        {FIELD_TEXT, "", "", "\xff", NULL},
        {FIELD_TEXT, "id18", "", " 99000019900307003x", "99000019900307003X"},
        {FIELD_TEXT, "id18", "", "990000 19800101 0012", "990000198001010012"},
        {FIELD_TEXT, "phone", "", "138 1234 5678", "13812345678"},
        {FIELD_TEXT, "phone", "", "１３８1234５６７８", "13812345678"},
        {FIELD_TEXT, "token", "", "0123456789ABCDEF0123456789abcdef",
         "0123456789abcdef0123456789abcdef"},
        {FIELD_TEXT, "hex:4", "", "BE EF", "beef"},
        {FIELD_TEXT, "division", "", "622924", "622924000000"},
        {FIELD_TEXT, "division", "", "622924101001", "622924101001"},
        {FIELD_TEXT, "name", "", "马 明", "马明"},
        {FIELD_TEXT, "name", "", "买买提•艾力", "买买提·艾力"},
        {FIELD_TEXT, "name", "", "Anna Maria", "Anna Maria"},
        {FIELD_INT, "", "", "1,234", "1234"},
        {FIELD_INT, "", "座", "20座", "20"},
        {FIELD_INT, "", "", "-5", "-5"},
        {FIELD_INT, "", "", "1.5", NULL},
        {FIELD_INT, "", "", "2.0", "2"},
        {FIELD_INT, "", "", "99999999999999999999", NULL},
        {FIELD_INT, "", "", "9223372036854775808", NULL},
        {FIELD_INT, "", "", "9223372036854775807", "9223372036854775807"},
        {FIELD_INT, "", "", "+5", "5"},
        {FIELD_INT, "", "", "５，０００", "5000"},
        {FIELD_INT, "", "", "５０", "50"},
        {FIELD_INT, "", "", "1.2.3", NULL},
        {FIELD_INT, "", "", "1.2,3", NULL},
        {FIELD_INT, "", "", ",5", NULL},
        {FIELD_INT, "", "", "5,", NULL},
        {FIELD_INT, "", "", "5.", NULL},
        {FIELD_INT, "", "", "12a", NULL},
        {FIELD_INT, "", "", "-", NULL},
        {FIELD_DECIMAL, "", "亩", "3.50亩", "3.5"},
        {FIELD_DECIMAL, "", "", "-0.05", "-0.05"},
        {FIELD_DECIMAL, "", "", "1200", "1200"},
        {FIELD_DECIMAL, "", "", "0.00", "0"},
        {FIELD_DECIMAL, "", "", ".5", NULL},
        {FIELD_DECIMAL, "", "", "1.0000000001", NULL},
        {FIELD_MONEY, "", "元", "¥3,500.5元", "3500.50"},
        {FIELD_DECIMAL, "", "", "1000000000", "1000000000"},
        {FIELD_DECIMAL, "", "", "10000000000", NULL}, /* more zeros than a decimal has room for */
        {FIELD_MONEY, "", "", "5000", "5000.00"},
        {FIELD_MONEY, "", "", "￥3.25", "3.25"},
        {FIELD_MONEY, "", "", "5元", "5.00"},
        {FIELD_MONEY, "", "", "¥", NULL},
        {FIELD_MONEY, "", "", "五元", NULL},
        {FIELD_MONEY, "range:-9:9", "", "-1.50", "-1.50"},
        {FIELD_MONEY, "", "", "-922337203685477580", NULL},
        {FIELD_MONEY, "", "", "0.005", NULL},
        {FIELD_MONEY, "", "", "99999999999999999", NULL},
        {FIELD_DATE, "", "", "2026-1-5", "2026-01-05"},
        {FIELD_DATE, "", "", "2026/1/5", "2026-01-05"},
        {FIELD_DATE, "", "", "2026.1.5", "2026-01-05"},
        {FIELD_DATE, "", "", "2026年1月5日", "2026-01-05"},
        {FIELD_DATE, "", "", "20260105", "2026-01-05"},
        {FIELD_DATE, "", "", "2026年1月5", "2026-01-05"},
        {FIELD_DATE, "", "", "2026-02-29", NULL},
        {FIELD_DATE, "", "", "2026-1", NULL},
        {FIELD_DATE, "", "", "202615", NULL},
        {FIELD_DATE, "", "", "2026-1-5x", NULL},
        {FIELD_DATE, "", "", "26-1-5", NULL},
        {FIELD_DATE, "", "", "2026_1-5", NULL},
        {FIELD_DATE, "", "", "2026-x", NULL},
        {FIELD_DATE, "", "", "2026-1_5", NULL},
        {FIELD_DATE, "", "", "2026-1-", NULL},
        {FIELD_TIME, "", "", "昨天", NULL},
        {FIELD_TIME, "", "", "2026-1-5 x", NULL},
        {FIELD_TIME, "", "", "2026-1-5 9时", "2026-01-05T09:00"},
        {FIELD_TIME, "", "", "2026-1-5 9时多", NULL},
        {FIELD_TIME, "", "", "2026-1-5 9:30多", NULL},
        {FIELD_TIME, "", "", "2026-1-5 9:60", NULL},
        {FIELD_TIME, "", "", "2026-1-5 9:30:60", NULL},
        {FIELD_TIME, "", "", "2026-1-5 9:30:", NULL},
        {FIELD_TIME, "", "", "2026-1-5 9:30", "2026-01-05T09:30"},
        {FIELD_TIME, "", "", "2026年1月5日 9时30分", "2026-01-05T09:30"},
        {FIELD_TIME, "", "", "2026-01-05T09:30:59", "2026-01-05T09:30"},
        {FIELD_TIME, "", "", "2026-01-05", "2026-01-05T00:00"},
        {FIELD_TIME, "", "", "2026-01-05 25:00", NULL},
        {FIELD_TIME, "", "", "2026-01-05 9", NULL},
        {FIELD_BOOL, "", "", "是", "1"},
        {FIELD_BOOL, "", "", "0", "0"},
        {FIELD_BOOL, "", "", "也许", NULL},
        {FIELD_REF, "", "", "0123456789ABCDEF0123456789abcdef", "0123456789abcdef0123456789abcdef"},
        {FIELD_REF, "", "", "张三", NULL},
        {FIELD_SET_TEXT, "", "", "甲", NULL},
    };
    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        struct catalog_field field = field_of(rows[i].type, rows[i].check);
        field.unit = rows[i].unit;
        struct value value;
        struct error err = {0};
        enum status status = value_parse(&field, slice_str(rows[i].text), &arena, &value, &err);
        if ((status == ST_OK) != (rows[i].shown != NULL))
            fail_msg("row %zu: %s %s", i, rows[i].text, err.text);
        if (status != ST_OK)
            continue;
        assert_string_equal(value_format(&field, &value, true, &arena), rows[i].shown);
        assert_true(is_valid(&field, &value));
        struct value again; /* what is shown can be typed */
        assert_int_equal(value_parse(&field, slice_str(rows[i].shown), &arena, &again, NULL),
                         ST_OK);
        assert_true(value_equal(&value, &again));
    }
}

/* Text that no field of such a check can hold is cleaned as far as it goes, and then refused. */
static void what_cannot_be_cleaned_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *check, *text, *cleaned;
    } rows[] = {
        {"id18", "é{", "é{"},
        {"token", "G[é", "g[é"},
        {"division", "6", "6"},
        {"division", "广河县", "广河县"},
        {"division", "6229241010010", "6229241010010"},
        {"phone", "\xef\xbc\x80", "\xef\xbc\x80"}, /* U+FF00, just before the full-width letters */
        {"phone", "｟｠", "｟｠"},                 /* U+FF5F, just after them */
        {"phone", "ﻀ", "ﻀ"},
        {"phone", "\x01\x01x", "\x01\x01x"},
        {"phone", "\x1f", "\x1f"},
        {"phone", "x\x01", "x\x01"},
    };
    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        struct catalog_field field = field_of(FIELD_TEXT, rows[i].check);
        struct value value;
        assert_int_equal(value_parse(&field, slice_str(rows[i].text), &arena, &value, NULL), ST_OK);
        if (!slice_equal(value.s, slice_str(rows[i].cleaned)))
            fail_msg("row %zu: %.*s", i, (int)value.s.n, (const char *)value.s.p);
        assert_false(is_valid(&field, &value));
    }
}

static void codes_without_a_list_and_lists_that_are_long(void **state)
{
    (void)state;
    struct catalog_field field = field_of(FIELD_CODE, "");
    struct value value;
    struct error err;
    char typed[] = "甲";
    /* The value does not lie in what was typed: rows of a file are read into one place. */
    assert_int_equal(value_parse(&field, slice_str(typed), &arena, &value, NULL), ST_OK);
    memset(typed, 'x', sizeof typed - 1);
    assert_true(slice_equal(value.s, slice_str("甲")));
    assert_string_equal(value_format(&field, &value, false, &arena), "甲");

    struct catalog_code codes[11];
    uint64_t keys[11];
    for (int i = 0; i < 11; i++) {
        codes[i] = (struct catalog_code){arena_printf(&arena, "%02d", i),
                                         arena_printf(&arena, "第%d", i), "", "", i};
        keys[i] = (UINT64_C(0x3030) + (uint64_t)(i / 10 * 256 + i % 10)) << 48;
    }
    codes[10].zh = "";
    struct catalog_list list = {.name = "l", .count = 11, .codes = codes, .keys = keys};
    field.list = &list;
    char label[100], expected[400];
    memset(label, 'x', sizeof label);
    assert_int_equal(value_parse(&field, slice_of(label, sizeof label), &arena, &value, &err),
                     ST_INVALID);
    snprintf(expected, sizeof expected,
             "字段:代码表中没有“%.60s”,可填:第0、第1、第2、第3、第4、第5、第6、第7、第8、第9 等",
             label);
    assert_string_equal(err.text, expected);
    value = text("10"); /* without a label: shown as the code it is */
    assert_string_equal(value_format(&field, &value, false, &arena), "10");
    value = text("99");
    assert_string_equal(value_format(&field, &value, false, &arena), "99");
    value = value_erased();
    assert_string_equal(value_format(&field, &value, false, &arena), "（已抹除）");
    assert_string_equal(value_format(&field, &value, true, &arena), "");
    struct catalog_field flag = field_of(FIELD_BOOL, "");
    value = value_int(0);
    assert_string_equal(value_format(&flag, &value, false, &arena), "否");
}

static void code_labels_are_accepted_and_shown(void **state)
{
    (void)state;
    static struct catalog_code codes[] = {{"1", "男", "Male", "", 1}, {"2", "女", "Female", "", 2}};
    static const uint64_t keys[] = {UINT64_C(0x31) << 56, UINT64_C(0x32) << 56};
    struct catalog_list list = {.name = "l", .count = 2, .codes = codes, .keys = keys};
    struct catalog_field field = field_of(FIELD_CODE, "");
    field.list = &list;
    static const char *const forms[] = {"2", "女", " Female "};
    struct value value;
    for (size_t i = 0; i < ARRAY_LENGTH(forms); i++) {
        assert_int_equal(value_parse(&field, slice_str(forms[i]), &arena, &value, NULL), ST_OK);
        assert_string_equal(value_format(&field, &value, true, &arena), "2");
        assert_string_equal(value_format(&field, &value, false, &arena), "女");
    }
    struct error err;
    /* An emptied field of a page: no text, and no place in memory. */
    assert_int_equal(value_parse(&field, SLICE_NONE, &arena, &value, NULL), ST_OK);
    assert_int_equal(value.kind, VALUE_NULL);
    assert_int_equal(value_parse(&field, slice_str("妇"), &arena, &value, &err), ST_INVALID);
    assert_string_equal(err.text, "字段:代码表中没有“妇”,可填:男、女");
    struct catalog_field flag = field_of(FIELD_BOOL, "");
    value = value_int(1);
    assert_string_equal(value_format(&flag, &value, false, &arena), "是");
}

static void sex_and_birth_come_from_the_id(void **state)
{
    (void)state;
    const char *const none[] = {"a", "b"};
    make_rule("order", none, 2);
    rule_fields[1].derive = "id_sex:a";
    rule_fields[2].derive = "id_birth:a";
    struct op_field fields[] = {{A, text("99000019900307003X")}, {B, value_null()}};
    struct value out;
    assert_true(value_derive(&table, &rule_fields[1], fields, 2, &arena, &out));
    assert_true(slice_equal(out.s, slice_str("1")));
    assert_true(value_derive(&table, &rule_fields[2], fields, 2, &arena, &out));
    assert_true(slice_equal(out.s, slice_str("1990-03-07")));
    assert_false(value_derive(&table, &rule_fields[0], fields, 2, &arena, &out));
    fields[1].value = text("2"); /* already filled: left alone */
    assert_false(value_derive(&table, &rule_fields[1], fields, 2, &arena, &out));
    fields[0].value = text("990000199003070031"); /* wrong check digit */
    assert_false(value_derive(&table, &rule_fields[2], fields, 2, &arena, &out));
    fields[0].value = text("990000199002300031"); /* 30 February */
    assert_false(value_derive(&table, &rule_fields[2], fields, 2, &arena, &out));
    fields[0].value = text("护照");
    assert_false(value_derive(&table, &rule_fields[2], fields, 2, &arena, &out));
    fields[0].value = value_null();
    assert_false(value_derive(&table, &rule_fields[2], fields, 2, &arena, &out));
    fields[0].value = text("990000198001010020");
    fields[1].value = value_null();
    assert_true(value_derive(&table, &rule_fields[1], fields, 2, &arena, &out));
    assert_true(slice_equal(out.s, slice_str("2")));
    rule_fields[2].derive = "id_something:a"; /* a word of a newer program */
    assert_false(value_derive(&table, &rule_fields[2], fields, 2, &arena, &out));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(citizen_ids),
        cmocka_unit_test(checks),
        cmocka_unit_test(ranges),
        cmocka_unit_test(types),
        cmocka_unit_test(every_type_takes_values_of_its_kind),
        cmocka_unit_test(a_field_that_was_never_compiled_has_a_type_all_the_same),
        cmocka_unit_test(rules),
        cmocka_unit_test(rules_look_at_numbers_too),
        cmocka_unit_test(a_put_is_judged_by_what_it_carries),
        cmocka_unit_test(a_condition_is_a_rule),
        cmocka_unit_test(typed_text_becomes_a_value),
        cmocka_unit_test(what_cannot_be_cleaned_is_refused),
        cmocka_unit_test(codes_without_a_list_and_lists_that_are_long),
        cmocka_unit_test(code_labels_are_accepted_and_shown),
        cmocka_unit_test(sex_and_birth_come_from_the_id),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
