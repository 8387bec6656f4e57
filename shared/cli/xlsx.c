/* SPDX-License-Identifier: MulanPSL-2.0 */
/* xlsx: see xlsx.h. */
#include "shared/cli/xlsx.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <xlsxwriter.h>

#include "shared/cli/sheet_csv.h"
#include "shared/base/mem.h"
#include "shared/base/time.h"

enum { TITLE_ROW, MADE_ROW, HEAD_ROW, FIRST_ROW, WIDTH_MIN = 8, WIDTH_MAX = 50, SAMPLE_ROWS = 500 };

struct formats {
    lxw_format *title, *head, *text, *count, *money, *percent;
};

struct writing {
    lxw_workbook *book;
    lxw_worksheet *sheet;
    struct formats formats;
    const json_t *report, *columns, *rows;
};

static const char *text_of(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));
    return text ? text : "";
}

/* As wide as a screen shows it; a Chinese character takes two. */
static size_t width_of(const char *text)
{
    size_t width = 0;
    for (const unsigned char *p = (const unsigned char *)text; *p; p++)
        if ((*p & 0xC0) != 0x80)
            width += *p >= 0xE3 ? 2 : 1;
    return width;
}

static void make_formats(struct writing *w)
{
    struct formats *f = &w->formats;
    f->title = workbook_add_format(w->book);
    format_set_bold(f->title);
    format_set_font_size(f->title, 14);
    f->head = workbook_add_format(w->book);
    format_set_bold(f->head);
    format_set_border(f->head, LXW_BORDER_THIN);
    format_set_bg_color(f->head, 0xDDE6F0);
    format_set_text_wrap(f->head);
    f->text = workbook_add_format(w->book);
    format_set_num_format(f->text, "@");
    f->count = workbook_add_format(w->book);
    format_set_num_format(f->count, "#,##0");
    f->money = workbook_add_format(w->book);
    format_set_num_format(f->money, "#,##0.00");
    f->percent = workbook_add_format(w->book);
    format_set_num_format(f->percent, "0.0");
}

static void put_number(struct writing *w, lxw_row_t row, lxw_col_t column, const json_t *value,
                       const char *kind)
{
    lxw_format *format = strcmp(kind, "money") == 0 ? w->formats.money
                         : strcmp(kind, "percent") == 0 || strcmp(kind, "ratio") == 0
                             ? w->formats.percent
                         : json_is_integer(value) ? w->formats.count
                                                  : NULL;
    worksheet_write_number(w->sheet, row, column, json_number_value(value), format);
}

static void put_cell(struct writing *w, lxw_row_t row, lxw_col_t column, const json_t *value,
                     const json_t *about)
{
    if (json_is_number(value))
        put_number(w, row, column, value, text_of(about, "kind"));
    else if (json_is_string(value))
        worksheet_write_string(w->sheet, row, column, json_string_value(value), w->formats.text);
    else
        worksheet_write_string(w->sheet, row, column, text_of(about, "null"), w->formats.text);
}

/* From the heading and what stands under it, as far as anybody looks. */
static void set_width(struct writing *w, lxw_col_t column, const json_t *about)
{
    size_t width = width_of(text_of(about, "zh")), r;
    const json_t *row;
    json_array_foreach(w->rows, r, row)
    {
        const json_t *value = json_object_get(row, text_of(about, "name"));
        size_t wide = json_is_string(value) ? width_of(json_string_value(value)) : WIDTH_MIN;
        if (r == SAMPLE_ROWS)
            break;
        width = wide > width ? wide : width;
    }
    width = width < WIDTH_MIN ? WIDTH_MIN : width > WIDTH_MAX ? WIDTH_MAX : width;
    worksheet_set_column(w->sheet, column, column, (double)width + 2, NULL);
}

static void put_made(struct writing *w)
{
    char made[TIME_TEXT_SIZE], now[TIME_TEXT_SIZE], *line;
    time_format_utc(time_now_ms(), now);
    const char *day = text_of(w->report, "day");
    line = mem_printf("制表时间 %s%s%s", sheet_time(now, made), *day ? "，截至 " : "", day);
    worksheet_write_string(w->sheet, MADE_ROW, 0, line, NULL);
    mem_free(line);
}

static void put_list(struct writing *w)
{
    const json_t *column, *row;
    size_t i, r, n = json_array_size(w->columns), rows = json_array_size(w->rows);
    worksheet_write_string(w->sheet, TITLE_ROW, 0, text_of(w->report, "zh"), w->formats.title);
    put_made(w);
    json_array_foreach(w->columns, i, column)
    {
        set_width(w, (lxw_col_t)i, column);
        worksheet_write_string(w->sheet, HEAD_ROW, (lxw_col_t)i, text_of(column, "zh"),
                               w->formats.head);
    }
    json_array_foreach(w->rows, r, row) json_array_foreach(w->columns, i, column)
        put_cell(w, (lxw_row_t)(FIRST_ROW + r), (lxw_col_t)i,
                 json_object_get(row, text_of(column, "name")), column);
    worksheet_freeze_panes(w->sheet, FIRST_ROW, 0);
    if (n)
        worksheet_autofilter(w->sheet, HEAD_ROW, 0, (lxw_row_t)(HEAD_ROW + (rows ? rows : 1)),
                             (lxw_col_t)(n - 1));
    worksheet_repeat_rows(w->sheet, HEAD_ROW, HEAD_ROW);
    worksheet_set_landscape(w->sheet);
    worksheet_fit_to_pages(w->sheet, 1, 0);
}

/* What a report stands on, ledger by ledger. */
static void put_basis(struct writing *w)
{
    static const char *const heads[] = {"单位", "区划代码", "最近同步", "最新入账"};
    const json_t *ledger, *about,
        *list = json_object_get(json_object_get(w->report, "data"), "list");
    lxw_worksheet *sheet;
    lxw_row_t at = 0;
    size_t i;
    if (!list)
        return;
    sheet = workbook_add_worksheet(w->book, "说明");
    worksheet_set_column(sheet, 0, 3, 20, NULL);
    json_array_foreach(json_object_get(w->report, "about"), i, about)
        worksheet_write_string(sheet, at++, 0, json_string_value(about), NULL);
    at++;
    for (lxw_col_t c = 0; c < 4; c++)
        worksheet_write_string(sheet, at, c, heads[c], w->formats.head);
    json_array_foreach(list, i, ledger)
    {
        char sync[TIME_TEXT_SIZE], entry[TIME_TEXT_SIZE];
        const char *last = sheet_time(text_of(ledger, "last_sync"), sync);
        const char *newest = sheet_time(text_of(ledger, "last_entry"), entry);
        const char *cells[] = {text_of(ledger, "name"), text_of(ledger, "code"),
                               *last ? last : "没有交换过", *newest ? newest : "未上报"};
        at++;
        for (lxw_col_t c = 0; c < 4; c++)
            worksheet_write_string(sheet, at, c, cells[c], w->formats.text);
    }
}

/* The library writes pieces beside the file before it packs them: never in a place for all. */
static char *folder_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? mem_printf("%.*s", (int)(slash - path + (slash == path)), path)
                 : mem_strdup(".");
}

static enum status finish(const char *made, const char *path, lxw_error failed, struct error *err)
{
    if (failed == LXW_NO_ERROR && rename(made, path) == 0)
        return ST_OK;
    unlink(made);
    return error_set(err, ST_IO, "写不成 %s：%s", path,
                     failed ? lxw_strerror(failed) : "不能替换原来的文件");
}

enum status xlsx_write(const json_t *sheet, const char *path, struct error *err)
{
    struct writing w = {.report = sheet,
                        .columns = json_object_get(sheet, "columns"),
                        .rows = json_object_get(sheet, "rows")};
    if (json_array_size(w.rows) > XLSX_ROWS_MAX)
        return error_set(err, ST_LIMIT, "%zu 行，一张 Excel 表放不下；请加条件，或写成 --csv",
                         json_array_size(w.rows));
    char *folder = folder_of(path), *made = mem_printf("%s.%ld", path, (long)getpid());
    lxw_workbook_options options = {.constant_memory = LXW_FALSE, .tmpdir = folder};
    w.book = workbook_new_opt(made, &options);
    if (!w.book) {
        mem_free(made);
        mem_free(folder);
        return error_set(err, ST_IO, "写不成 %s", path);
    }
    w.sheet = workbook_add_worksheet(w.book, "清单");
    make_formats(&w);
    put_list(&w);
    put_basis(&w);
    const mode_t before = umask(077);
    const lxw_error failed = workbook_close(w.book);
    umask(before);
    enum status st = finish(made, path, failed, err);
    mem_free(made);
    mem_free(folder);
    return st;
}
