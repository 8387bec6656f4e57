/* SPDX-License-Identifier: MulanPSL-2.0 */
/* report: the header of a report file, who may see it, and the bytes that a spreadsheet gets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#include "shared/cli/sheet_csv.h"
#include "shared/db/report_def.h"
#include "shared/base/check.h"

#define HEAD                                                                                           \
    "-- SPDX-License-Identifier: MulanPSL-2.0\n-- name: sheds\n-- zh: 养殖棚清单\n-- en: Sheds\n" \
    "-- who: village dept:nc\n-- none: 没有\n"
#define COLUMN "-- column: head | 户主 | Head | text mask=name null=无\n"

static void is(struct slice s, const char *text)
{
    if (!slice_equal(s, slice_str(text)))
        fail_msg("got '%.*s', expected '%s'", (int)s.n, (const char *)s.p, text);
}

static void a_header_is_read(void **state)
{
    (void)state;
    struct report_def def;
    struct error err;
    const char *text =
        HEAD "-- about: one: two\n-- about: three\n-- hold: d_labour  d_household\n"
             "-- any other comment\n" COLUMN "-- column: n | 座 | Sheds | count file\n"
             "-- summary:\nSELECT 1;\n-- rows:\n-- a comment: kept\nSELECT 2;\n";
    assert_int_equal(report_def_parse("r.sql", text, &def, &err), ST_OK);
    is(def.name, "sheds");
    is(def.zh, "养殖棚清单");
    assert_int_equal(def.about_count, 2);
    is(def.about[0], "one: two");
    assert_int_equal(def.column_count, 2);
    is(def.columns[0].zh, "户主");
    is(def.columns[0].null, "无");
    assert_int_equal(def.columns[0].mask, MASK_NAME);
    assert_int_equal(def.columns[0].kind, REPORT_TEXT);
    assert_int_equal(def.columns[1].kind, REPORT_COUNT);
    assert_true(def.columns[1].file_only && !def.columns[0].file_only);
    is(def.summary, "SELECT 1;\n");
    is(def.rows, "-- a comment: kept\nSELECT 2;\n");
    struct slice words = def.hold;
    is(report_def_word(&words), "d_labour");
    is(report_def_word(&words), "d_household");
    is(report_def_word(&words), "");
}

static void mistakes_name_their_line(void **state)
{
    (void)state;
    static const struct {
        const char *text, *error;
    } bad[] = {
        {HEAD "-- colour: red\n" COLUMN "-- rows:\nSELECT 1", "r.sql 第 7 行"},
        {HEAD "-- column: a | b | c | colour\n-- rows:\nSELECT 1", "r.sql 第 7 行"},
        {HEAD "-- column: a | b | c | text mask=face\n-- rows:\nSELECT 1", "r.sql 第 7 行"},
        {HEAD "-- column: a | b | c | text often\n-- rows:\nSELECT 1", "r.sql 第 7 行"},
        {HEAD "-- column: a | b\n-- rows:\nSELECT 1", "r.sql 第 7 行"},
        {HEAD "-- rows:\nSELECT 1", "r.sql：缺一行“-- column:"},
        {HEAD COLUMN "SELECT 1", "缺一行“-- rows:"},
        {"-- name: x\n" COLUMN "-- rows:\nSELECT 1", "缺一行“-- zh:"},
        {HEAD COLUMN "-- column: s | 比 | Share | ratio of=n/m\n-- rows:\nSELECT 1",
         "列“s”由“n”算出"},
        {HEAD COLUMN "-- by: day\n-- rows:\nSELECT 1", "by 只能写 unit"},
        {HEAD COLUMN "-- by: unit\n-- rows:\nSELECT 1", "要有 unit 和 code"},
        {"", "缺一行“-- name:"},
    };
    for (size_t i = 0; i < ARRAY_LENGTH(bad); i++) {
        struct report_def def;
        struct error err;
        assert_int_equal(report_def_parse("r.sql", bad[i].text, &def, &err), ST_INVALID);
        if (!strstr(err.text, bad[i].error))
            fail_msg("%zu: %s", i, err.text);
    }
}

static void roles_are_whole_words(void **state)
{
    (void)state;
    struct report_def def = {.who = slice_str("village dept:nc")};
    assert_true(report_def_allows(&def, "village") && report_def_allows(&def, "dept:nc"));
    assert_false(report_def_allows(&def, "villag") || report_def_allows(&def, "dept:rs"));
    def.who = slice_str("auditor  dept");
    assert_true(report_def_allows(&def, "dept:rs"));
    assert_false(report_def_allows(&def, "") || report_def_allows(&def, "village"));
}

static void number_is(json_t *value, const char *kind, bool group, const char *text)
{
    struct buf out;
    buf_init(&out, 100);
    sheet_number(value, kind, group, &out);
    is(buf_slice(&out), text);
    buf_release(&out);
    json_decref(value);
}

static void numbers_are_grouped_from_the_right(void **state)
{
    (void)state;
    number_is(json_integer(0), "count", true, "0");
    number_is(json_integer(999), "count", true, "999");
    number_is(json_integer(1000), "count", true, "1,000");
    number_is(json_integer(-123456), "count", true, "-123,456");
    number_is(json_integer(1234567), "count", false, "1234567");
    number_is(json_real(98.44), "percent", true, "98.4");
    number_is(json_real(1234567.5), "money", true, "1,234,567.50");
    number_is(json_integer(81), "percent", false, "81.0");
}

static void a_file_is_safe_in_a_spreadsheet(void **state)
{
    (void)state;
    json_t *report =
        json_pack("{s:s, s:s, s:s, s:s, s:[{s:s, s:s, s:s, s:s}, {s:s, s:s, s:s, s:s}],"
                  " s:[{s:s, s:i}, {s:s, s:n}, {s:s, s:i}, {s:s, s:i}, {s:s, s:i}], s:{s:[{s:s, "
                  "s:s, s:s, s:n}]}}",
                  "zh", "表", "made_at", "2026-01-01T16:00:59.000Z", "day", "2026-01-01", "month",
                  "2026-01", "columns", "name", "a", "zh", "甲", "kind", "text", "null", "", "name",
                  "b", "zh", "乙", "kind", "count", "null", "未上报", "rows", "a", "=1+\"1\"", "b",
                  -5, "a", "", "b", "a", "622924101001", "b", 1, "a", "12345678901", "b", 1, "a",
                  "-\n@", "b", 1, "data", "list", "name", "村", "code", "622924101001", "last_sync",
                  "2026-01-01T01:02:03.000Z", "last_entry");
    assert_non_null(report);
    struct buf out;
    buf_init(&out, 10000);
    sheet_csv(report, &out);
    is(buf_slice(&out), "\xEF\xBB\xBF\"甲\",\"乙\"\r\n"
                        "\"'=1+\"\"1\"\"\",-5\r\n"
                        "\"\",\"未上报\"\r\n"
                        "\"\t622924101001\",1\r\n"
                        "\"12345678901\",1\r\n"
                        "\"'-\n@\",1\r\n"
                        "\r\n"
                        "\"报表\",\"表\",\"制表时间\",\"2026-01-02 00:00\"\r\n"
                        "\"截至\",\"2026-01-01\",\"月份\",\"2026-01\"\r\n"
                        "\"单位\",\"区划代码\",\"最近同步\",\"最新入账\"\r\n"
                        "\"村\",\"\t622924101001\",\"2026-01-01 09:02\",\"未上报\"\r\n");
    buf_release(&out);
    json_decref(report);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_header_is_read),
        cmocka_unit_test(mistakes_name_their_line),
        cmocka_unit_test(roles_are_whole_words),
        cmocka_unit_test(numbers_are_grouped_from_the_right),
        cmocka_unit_test(a_file_is_safe_in_a_spreadsheet),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
