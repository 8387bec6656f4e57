/* SPDX-License-Identifier: MulanPSL-2.0 */
/* report_rows: see report_rows.h. */
#include "agent/core/report_rows.h"

#include <stdio.h>

#include "shared/base/time.h"

#define DAY_MS INT64_C(86400000)

static const char *text(const json_t *object, const char *name)
{
    const char *value = json_string_value(json_object_get(object, name));
    return value ? value : "";
}

static bool is_figure(const struct report_column *column)
{
    return column->kind != REPORT_TEXT && column->kind != REPORT_DATE;
}

static bool is_sum(const struct report_column *column)
{
    return (column->kind == REPORT_COUNT || column->kind == REPORT_MONEY) && !column->part.n;
}

static json_t *cell(const json_t *row, struct slice name)
{
    return json_object_getn(row, (const char *)name.p, name.n);
}

static void set_cell(json_t *row, struct slice name, json_t *value)
{
    json_object_setn_new(row, (const char *)name.p, name.n, value);
}

/* ---- which ledger a row is about ---- */

static const json_t *ledger_of(const json_t *ledgers, const json_t *row)
{
    const json_t *ledger, *found = NULL;
    const char *code = text(row, "code"), *unit = text(row, "unit");
    size_t i;
    if (!*code && !*unit)
        return NULL;
    json_array_foreach(ledgers, i, ledger)
    {
        if (*code && strcmp(text(ledger, "code"), code) == 0)
            return ledger;
        if (!*code && strcmp(text(ledger, "name"), unit) == 0) {
            if (found)
                return NULL; /* two of that name */
            found = ledger;
        }
    }
    return found;
}

static int64_t heard(const json_t *ledger)
{
    return json_integer_value(json_object_get(ledger, "heard_ms"));
}

static bool is_fresh(const json_t *ledger, int64_t now_ms)
{
    return heard(ledger) && heard(ledger) >= now_ms - REPORT_FRESH_DAYS * DAY_MS;
}

/* ---- silence ---- */

static void silence(const struct report_def *def, const json_t *ledgers, json_t *rows)
{
    json_t *row;
    size_t i;
    json_array_foreach(rows, i, row)
    {
        const json_t *ledger = ledger_of(ledgers, row);
        if (!ledger || !json_is_true(json_object_get(ledger, "silent")))
            continue;
        for (size_t k = 0; k < def->column_count; k++)
            if (is_figure(&def->columns[k]))
                set_cell(row, def->columns[k].name, json_null());
    }
}

/* ---- the total ---- */

/* To so many parts of one; no figure here is near the ends of 64 bits. */
static double rounded(double value, int parts)
{
    double scaled = value * parts;
    return (double)(int64_t)(scaled < 0 ? scaled - 0.5 : scaled + 0.5) / parts;
}

static json_t *sum_of(const struct report_column *column, const json_t *rows)
{
    const json_t *row;
    double reals = 0;
    json_int_t whole = 0;
    bool any = false;
    size_t i;
    json_array_foreach(rows, i, row)
    {
        const json_t *value = cell(row, column->name);
        any |= json_is_number(value);
        whole += json_integer_value(value);
        reals += json_is_real(value) ? json_real_value(value) : 0;
    }
    if (!any)
        return json_null();
    return column->kind == REPORT_COUNT ? json_integer(whole)
                                        : json_real(rounded(reals + (double)whole, 100));
}

static void put_total(const struct report_def *def, const json_t *ledgers, json_t *rows)
{
    size_t n = json_array_size(ledgers), reported = 0, i;
    const json_t *ledger;
    char name[80];
    if (!def->by.n || n < 2)
        return;
    json_array_foreach(ledgers, i, ledger) reported +=
        !json_is_true(json_object_get(ledger, "silent"));
    json_t *total = json_object();
    for (i = 0; i < def->column_count; i++)
        set_cell(total, def->columns[i].name,
                 is_sum(&def->columns[i]) ? sum_of(&def->columns[i], rows) : json_null());
    snprintf(name, sizeof(name), "合计（%zu/%zu 已上报）", reported, n);
    json_object_set_new(total, "unit", json_string(name));
    json_object_set_new(total, "code", json_string(""));
    json_array_insert_new(rows, 0, total);
}

/* ---- shares ---- */

static void put_shares(const struct report_def *def, json_t *row)
{
    for (size_t i = 0; i < def->column_count; i++) {
        const struct report_column *column = &def->columns[i];
        if (!column->part.n)
            continue;
        const json_t *part = cell(row, column->part), *whole = cell(row, column->whole);
        double share = json_number_value(part), of = json_number_value(whole);
        double scale = column->kind == REPORT_PERCENT ? 100 : 1;
        set_cell(row, column->name,
                 json_is_number(part) && of > 0 ? json_real(rounded(scale * share / of, 10))
                                                : json_null());
    }
}

/* ---- how new ---- */

static void put_age(const json_t *ledgers, int64_t now_ms, json_t *row)
{
    const json_t *one = ledger_of(ledgers, row), *ledger;
    int64_t oldest = INT64_MAX;
    size_t fresh = 0, all = 0, i;
    char when[TIME_TEXT_SIZE], share[48];
    json_array_foreach(ledgers, i, ledger)
    {
        if (one && ledger != one)
            continue;
        all++;
        fresh += is_fresh(ledger, now_ms);
        if (heard(ledger) && heard(ledger) < oldest)
            oldest = heard(ledger);
    }
    snprintf(share, sizeof(share), "%zu/%zu", fresh, all);
    if (oldest != INT64_MAX)
        time_format_cst(oldest, when);
    when[16] = 0;
    json_object_set_new(row, "as_of", oldest == INT64_MAX ? json_null() : json_string(when));
    json_object_set_new(row, "synced", json_string(share));
}

void report_rows_finish(const struct report_def *def, const json_t *ledgers, int64_t now_ms,
                        json_t *rows)
{
    json_t *row;
    size_t i;
    silence(def, ledgers, rows);
    put_total(def, ledgers, rows);
    json_array_foreach(rows, i, row)
    {
        put_shares(def, row);
        put_age(ledgers, now_ms, row);
    }
}

void report_rows_columns(json_t *columns)
{
    static const char *const names[][3] = {{"as_of", "数据截至", "As of"},
                                           {"synced", "上报份额", "Share synced"}};
    for (size_t i = 0; i < 2; i++)
        json_array_append_new(columns,
                              json_pack("{s:s, s:s, s:s, s:s, s:s, s:b}", "name", names[i][0], "zh",
                                        names[i][1], "en", names[i][2], "kind", "text", "null",
                                        "未上报", "file_only", true));
}
