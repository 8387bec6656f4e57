/* SPDX-License-Identifier: MulanPSL-2.0 */
/* rows: see rows.h. */
#include "shared/cli/rows.h"

#include <stdio.h>

#include "shared/base/mem.h"
#include "shared/codec/hex.h"

#define CELL_MAX (1024 * 1024)

static json_t *cell(struct stmt *stmt, int column)
{
    struct slice s;
    switch (stmt_type(stmt, column)) {
    case COLUMN_INT:
        return json_integer(stmt_int(stmt, column));
    case COLUMN_REAL:
        return json_real(stmt_real(stmt, column));
    case COLUMN_TEXT:
        s = stmt_text(stmt, column);
        return json_stringn((const char *)s.p, s.n);
    case COLUMN_BLOB: {
        s = stmt_blob(stmt, column);
        char *hex = mem_alloc(2 * s.n + 1);
        hex_encode(s, hex);
        json_t *text = json_string(hex);
        mem_free(hex);
        return text;
    }
    default:
        return json_null();
    }
}

static void print_cell(const json_t *value)
{
    if (json_is_string(value)) /* one row stays one line */
        for (const char *p = json_string_value(value); *p; p++)
            putchar((unsigned char)*p < 0x20 ? ' ' : *p);
    else if (json_is_integer(value))
        printf("%lld", (long long)json_integer_value(value));
    else if (json_is_real(value))
        printf("%.15g", json_real_value(value));
}

/* Which field of a record a column shows; NULL: none, it is computed, or stored beside records. */
struct shown {
    const struct catalog_table *table;
    const struct catalog_field *field;
    bool stored;
};

static struct shown shown_of(const struct rows_mask *mask, struct stmt *stmt, int column)
{
    const char *table, *name;
    struct shown out = {0};
    if (!mask || !stmt_column_origin(stmt, column, &table, &name))
        return out;
    out.stored = true;
    if ((table[0] == 'r' || table[0] == 'o') && table[1] == '_') /* record_tables.h */
        out.table = catalog_table_named(mask->catalog, slice_str(table + 2));
    if (out.table)
        out.field = catalog_field_named(out.table, slice_str(name));
    return out;
}

/* A number that is as long as a telephone number may be one. */
static bool is_long(struct stmt *stmt, int column, enum column_type type)
{
    const double value = type == COLUMN_INT    ? (double)stmt_int(stmt, column)
                         : type == COLUMN_REAL ? stmt_real(stmt, column)
                                               : 0;
    return value >= 1e9 || value <= -1e9;
}

static json_t *shown_cell(struct stmt *stmt, int column, const struct rows_mask *mask,
                          const struct shown *shown)
{
    struct buf out;
    json_t *json = NULL;
    enum column_type type = stmt_type(stmt, column);
    const bool computed = !shown->stored && (type == COLUMN_TEXT || type == COLUMN_BLOB ||
                                             is_long(stmt, column, type));
    if (!mask || type == COLUMN_NULL || (shown->field ? type == COLUMN_BLOB : !computed))
        return cell(stmt, column);
    buf_init(&out, CELL_MAX);
    if (mask->fn(mask->arg, shown->table, shown->field, stmt_text(stmt, column), &out))
        json = json_stringn((const char *)out.p, out.n);
    buf_release(&out);
    return json ? json : cell(stmt, column);
}

/* One line for people, without the names. */
static void print_row(const json_t *cells)
{
    const json_t *value;
    size_t i;
    json_array_foreach(cells, i, value)
    {
        if (i)
            putchar('\t');
        print_cell(value);
    }
    putchar('\n');
}

static void print_names(struct stmt *stmt)
{
    for (int i = 0; i < stmt_columns(stmt); i++)
        printf("%s%s", i ? "\t" : "", stmt_column_name(stmt, i));
    putchar('\n');
}

/* rows NULL: printed as they come, so that a long answer takes no memory. */
static enum status each_row(struct stmt *stmt, const struct rows_mask *mask, json_t *rows,
                            struct error *err)
{
    const int n = stmt_columns(stmt);
    struct shown *shown = mem_zero_alloc((size_t)n + 1, sizeof(*shown));
    bool row = false;
    enum status st;
    for (int i = 0; i < n; i++)
        shown[i] = shown_of(mask, stmt, i);
    while ((st = stmt_step(stmt, &row, err)) == ST_OK && row) {
        json_t *cells = json_array();
        for (int i = 0; i < n; i++)
            json_array_append_new(cells, shown_cell(stmt, i, mask, &shown[i]));
        if (rows)
            json_array_append(rows, cells);
        else
            print_row(cells);
        json_decref(cells);
    }
    mem_free(shown);
    return st;
}

enum status rows_read(struct stmt *stmt, const struct rows_mask *mask, json_t **out,
                      struct error *err)
{
    json_t *names = json_array(), *rows = json_array();
    for (int i = 0; i < stmt_columns(stmt); i++)
        json_array_append_new(names, json_string(stmt_column_name(stmt, i)));
    enum status st = each_row(stmt, mask, rows, err);
    *out = st == ST_OK ? json_pack("{s:O, s:O}", "columns", names, "rows", rows) : NULL;
    json_decref(names);
    json_decref(rows);
    return st;
}

enum status rows_print(struct stmt *stmt, const struct rows_mask *mask, bool json,
                       struct error *err)
{
    json_t *all = NULL;
    if (!json) {
        print_names(stmt);
        return each_row(stmt, mask, NULL, err);
    }
    enum status st = rows_read(stmt, mask, &all, err);
    if (st == ST_OK) {
        json_dumpf(all, stdout, JSON_INDENT(2));
        putchar('\n');
    }
    json_decref(all);
    return st;
}
