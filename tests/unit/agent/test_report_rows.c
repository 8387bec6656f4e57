/* SPDX-License-Identifier: MulanPSL-2.0 */
/* report_rows: silence is not zero, a total is of those that have reported, shares are computed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#include "agent/core/report_rows.h"

#define NOW INT64_C(1767200000000)
#define DAYS(n) ((n)*INT64_C(86400000))

static const char *const text =
    "-- name: x\n-- zh: 表\n-- en: X\n-- who: village\n-- none: 无\n-- by: unit\n"
    "-- column: unit | 单位 | Unit | text\n-- column: n | 数 | N | count\n"
    "-- column: yes | 是 | Yes | count\n-- column: rate | 率 | Rate | percent of=yes/n\n"
    "-- column: mean | 均 | Mean | ratio of=n/yes\n-- column: sum | 额 | Sum | money\n"
    "-- column: code | 码 | Code | text\n-- rows:\nSELECT 1\n";

static json_t *ledger(const char *code, int64_t heard_ms, bool silent)
{
    return json_pack("{s:s, s:s, s:I, s:b}", "code", code, "name", code, "heard_ms",
                     (json_int_t)heard_ms, "silent", silent);
}

static json_t *row(const char *code, int n, int yes, double sum)
{
    return json_pack("{s:s, s:i, s:i, s:f, s:s}", "unit", code, "n", n, "yes", yes, "sum", sum,
                     "code", code);
}

static void expect(const json_t *rows, size_t at, const char *wanted)
{
    char *got = json_dumps(json_array_get(rows, at), JSON_COMPACT | JSON_SORT_KEYS);
    json_t *a = json_loads(got, 0, NULL), *b = json_loads(wanted, 0, NULL);
    if (!b || !json_equal(a, b))
        fail_msg("got %s, expected %s", got, wanted);
    free(got);
    json_decref(a);
    json_decref(b);
}

static void silence_is_not_zero(void **state)
{
    struct report_def def;
    (void)state;
    assert_int_equal(report_def_parse("x", text, &def, NULL), ST_OK);
    json_t *ledgers = json_pack("[o, o, o]", ledger("A", NOW - DAYS(1), false),
                                ledger("B", NOW - DAYS(6), false), ledger("C", 0, true));
    json_t *rows =
        json_pack("[o, o, o]", row("A", 8, 2, 1.25), row("B", 2, 0, 2.5), row("C", 0, 0, 0));
    report_rows_finish(&def, ledgers, NOW, rows);
    assert_int_equal(json_array_size(rows), 4);
    expect(rows, 0,
           "{\"unit\":\"合计（2/3 已上报）\",\"code\":\"\",\"n\":10,\"yes\":2,\"sum\":3.75,"
           "\"rate\":20.0,\"mean\":5.0,\"as_of\":\"2025-12-26 00:53\",\"synced\":\"1/3\"}");
    expect(rows, 1,
           "{\"unit\":\"A\",\"code\":\"A\",\"n\":8,\"yes\":2,\"sum\":1.25,\"rate\":25.0,"
           "\"mean\":4.0,\"as_of\":\"2025-12-31 00:53\",\"synced\":\"1/1\"}");
    expect(rows, 2,
           "{\"unit\":\"B\",\"code\":\"B\",\"n\":2,\"yes\":0,\"sum\":2.5,\"rate\":0.0,"
           "\"mean\":null,\"as_of\":\"2025-12-26 00:53\",\"synced\":\"0/1\"}");
    expect(rows, 3,
           "{\"unit\":\"C\",\"code\":\"C\",\"n\":null,\"yes\":null,\"sum\":null,\"rate\":null,"
           "\"mean\":null,\"as_of\":null,\"synced\":\"0/1\"}");
    json_decref(rows);
    json_decref(ledgers);
}

static void one_unit_needs_no_total(void **state)
{
    struct report_def def;
    (void)state;
    assert_int_equal(report_def_parse("x", text, &def, NULL), ST_OK);
    json_t *ledgers = json_pack("[o]", ledger("A", NOW, false));
    json_t *rows = json_pack("[o]", row("A", 3, 1, 0));
    report_rows_finish(&def, ledgers, NOW, rows);
    assert_int_equal(json_array_size(rows), 1);
    expect(rows, 0,
           "{\"unit\":\"A\",\"code\":\"A\",\"n\":3,\"yes\":1,\"sum\":0.0,\"rate\":33.3,"
           "\"mean\":3.0,\"as_of\":\"2026-01-01 00:53\",\"synced\":\"1/1\"}");
    json_decref(rows);
    json_decref(ledgers);
}

static void what_is_computed_names_its_columns(void **state)
{
    struct report_def def;
    struct error err;
    (void)state;
#define HEAD "-- name: x\n-- zh: 表\n-- en: X\n-- who: village\n-- none: 无\n"
    static const char *const bad[] = {
        HEAD "-- column: a | b | c | percent of=x/y\n-- rows:\nSELECT 1",
        HEAD "-- column: a | b | c | count of=a/a\n-- rows:\nSELECT 1",
        HEAD "-- column: a | b | c | percent of=a\n-- rows:\nSELECT 1",
        HEAD "-- by: unit\n-- column: a | b | c | count\n-- rows:\nSELECT 1",
        HEAD
        "-- by: moon\n-- column: unit | b | c | text\n-- column: code | b | c | text\n-- rows:\n"
        "SELECT 1",
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_int_equal(report_def_parse("x", bad[i], &def, &err), ST_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(silence_is_not_zero),
        cmocka_unit_test(one_unit_needs_no_total),
        cmocka_unit_test(what_is_computed_names_its_columns),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
