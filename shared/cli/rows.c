/* SPDX-License-Identifier: MulanPSL-2.0 */
/* rows: see rows.h. */
#include "shared/cli/rows.h"

#include <jansson.h>
#include <stdio.h>

#include "shared/base/mem.h"
#include "shared/codec/hex.h"

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

enum status rows_print(struct stmt *stmt, bool json, struct error *err)
{
    const int n = stmt_columns(stmt);
    json_t *names = json_array(), *rows = json_array();
    bool row = false;
    enum status st;
    for (int i = 0; i < n; i++) {
        json_array_append_new(names, json_string(stmt_column_name(stmt, i)));
        if (!json)
            printf("%s%s", i ? "\t" : "", stmt_column_name(stmt, i));
    }
    if (!json)
        putchar('\n');
    while ((st = stmt_step(stmt, &row, err)) == ST_OK && row) {
        json_t *cells = json_array();
        for (int i = 0; i < n; i++)
            json_array_append_new(cells, cell(stmt, i));
        if (json) {
            json_array_append(rows, cells);
        } else {
            for (int i = 0; i < n; i++) {
                if (i)
                    putchar('\t');
                print_cell(json_array_get(cells, (size_t)i));
            }
            putchar('\n');
        }
        json_decref(cells);
    }
    if (json && st == ST_OK) {
        json_t *all = json_pack("{s:O, s:O}", "columns", names, "rows", rows);
        json_dumpf(all, stdout, JSON_INDENT(2));
        putchar('\n');
        json_decref(all);
    }
    json_decref(names);
    json_decref(rows);
    return st;
}
