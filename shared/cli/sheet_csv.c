/* SPDX-License-Identifier: MulanPSL-2.0 */
/* sheet_csv: see sheet_csv.h. */
#include "shared/base/file.h"
#include "shared/cli/sheet_csv.h"

#include <stdio.h>

#define LONG_NUMBER 12 /* digits; Excel keeps 15 and shows 12 as 1.23E+11 */

void sheet_number(const json_t *value, const char *kind, bool group, struct buf *out)
{
    char digits[48];
    int decimals = strcmp(kind, "percent") == 0 || strcmp(kind, "ratio") == 0 ? 1
                   : strcmp(kind, "money") == 0                               ? 2
                                                                              : 0;
    int n = decimals || json_is_real(value)
                ? snprintf(digits, sizeof(digits), "%.*f", decimals, json_number_value(value))
                : snprintf(digits, sizeof(digits), "%lld", (long long)json_integer_value(value));
    int negative = digits[0] == '-', whole = n - (decimals ? decimals + 1 : 0);
    for (int i = 0; i < n; i++) {
        if (group && i > negative && i < whole && (whole - i) % 3 == 0)
            buf_put_u8(out, ',');
        buf_put_u8(out, (uint8_t)digits[i]);
    }
}

static void put_text(const char *text, struct buf *out)
{
    size_t digits = strspn(text, "0123456789");
    buf_put_u8(out, '"');
    if (*text && strchr("=+-@\t\r", *text))
        buf_put_u8(out, '\'');
    else if (digits >= LONG_NUMBER && !text[digits])
        buf_put_u8(out, '\t');
    for (; *text; text++) {
        if (*text == '"')
            buf_put_u8(out, '"');
        buf_put_u8(out, (uint8_t)*text);
    }
    buf_put_u8(out, '"');
}

static void put_value(const json_t *value, const char *kind, const char *null, struct buf *out)
{
    if (json_is_null(value))
        put_text(null, out);
    else if (json_is_string(value))
        put_text(json_string_value(value), out);
    else
        sheet_number(value, kind, false, out);
}

const char *sheet_time(const char *utc, char out[static TIME_TEXT_SIZE])
{
    int32_t day;
    int hour, minute;
    out[0] = '\0';
    if (strlen(utc) < 16 || !date_parse(slice_of(utc, 10), &day) ||
        sscanf(utc + 11, "%2d:%2d", &hour, &minute) != 2)
        return out;
    time_format_cst(((int64_t)day * 1440 + hour * 60 + minute) * 60000, out);
    out[16] = '\0';
    return out;
}

static const char *text_of(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));
    return text ? text : "";
}

static void put_list(const json_t *report, struct buf *out)
{
    const json_t *columns = json_object_get(report, "columns"), *column, *row;
    size_t i, r;
    json_array_foreach(columns, i, column)
    {
        buf_put_str(out, i ? "," : "");
        put_text(text_of(column, "zh"), out);
    }
    buf_put_str(out, "\r\n");
    json_array_foreach(json_object_get(report, "rows"), r, row)
    {
        json_array_foreach(columns, i, column)
        {
            buf_put_str(out, i ? "," : "");
            put_value(json_object_get(row, text_of(column, "name")), text_of(column, "kind"),
                      text_of(column, "null"), out);
        }
        buf_put_str(out, "\r\n");
    }
}

static void put_line(const char *const *cells, size_t n, struct buf *out)
{
    for (size_t i = 0; i < n; i++) {
        buf_put_str(out, i ? "," : "");
        put_text(cells[i], out);
    }
    buf_put_str(out, "\r\n");
}

static void put_footing(const json_t *report, struct buf *out)
{
    const json_t *ledger, *data = json_object_get(report, "data");
    char made[TIME_TEXT_SIZE], sync[TIME_TEXT_SIZE], entry[TIME_TEXT_SIZE];
    size_t i;
    buf_put_str(out, "\r\n");
    put_line((const char *const[]){"报表", text_of(report, "zh"), "制表时间",
                                   sheet_time(text_of(report, "made_at"), made)},
             4, out);
    put_line(
        (const char *const[]){"截至", text_of(report, "day"), "月份", text_of(report, "month")}, 4,
        out);
    put_line((const char *const[]){"单位", "区划代码", "最近同步", "最新入账"}, 4, out);
    json_array_foreach(json_object_get(data, "list"), i, ledger)
    {
        const char *last = sheet_time(text_of(ledger, "last_sync"), sync);
        const char *newest = sheet_time(text_of(ledger, "last_entry"), entry);
        put_line((const char *const[]){text_of(ledger, "name"), text_of(ledger, "code"),
                                       *last ? last : "没有交换过", *newest ? newest : "未上报"},
                 4, out);
    }
}

void sheet_csv(const json_t *report, struct buf *out)
{
    buf_put_str(out, "\xEF\xBB\xBF");
    put_list(report, out);
    if (json_object_get(report, "data"))
        put_footing(report, out);
}

enum status sheet_csv_write(const json_t *sheet, const char *path, struct error *err)
{
    struct buf csv;
    buf_init(&csv, SHEET_CSV_MAX);
    sheet_csv(sheet, &csv);
    enum status st = buf_ok(&csv) ? file_replace(path, buf_slice(&csv), 0600, err)
                                  : error_set(err, ST_LIMIT, "太大，写不成一个文件");
    buf_release(&csv);
    return st;
}
