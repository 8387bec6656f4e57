/* SPDX-License-Identifier: MulanPSL-2.0 */
/* sql: huced sql: read-only SQL over the record tables, on a connection that cannot write. */
#include "server/cmd/cmd.h"

#include "shared/base/file.h"
#include "shared/base/mem.h"
#include "shared/codec/hex.h"
#include "shared/db/db.h"

#include <stdio.h>

#define LIMIT_MS 60000

static json_t *cell_json(struct stmt *stmt, int column)
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

static void print_cell(struct stmt *stmt, int column)
{
    json_t *cell = cell_json(stmt, column);
    if (column > 0)
        putchar('\t');
    if (json_is_string(cell))
        for (const char *p = json_string_value(cell); *p; p++)
            putchar((unsigned char)*p < 0x20 ? ' ' : *p);
    else if (json_is_integer(cell))
        printf("%lld", (long long)json_integer_value(cell));
    else if (json_is_real(cell))
        printf("%.15g", json_real_value(cell));
    json_decref(cell);
}

static enum status print_rows(struct stmt *stmt, bool json, struct error *err)
{
    const int n = stmt_columns(stmt);
    json_t *names = json_array(), *rows = json_array();
    bool row;
    enum status st;

    for (int i = 0; i < n; i++) {
        json_array_append_new(names, json_string(stmt_column_name(stmt, i)));
        if (!json)
            printf("%s%s", i ? "\t" : "", stmt_column_name(stmt, i));
    }
    if (!json && n > 0)
        putchar('\n');
    while ((st = stmt_step(stmt, &row, err)) == ST_OK && row) {
        json_t *cells = json ? json_array() : NULL;
        for (int i = 0; i < n; i++) {
            if (json)
                json_array_append_new(cells, cell_json(stmt, i));
            else
                print_cell(stmt, i);
        }
        if (json)
            json_array_append_new(rows, cells);
        else
            putchar('\n');
    }
    if (json && st == ST_OK)
        print_json(json_pack("{s:O, s:O}", "columns", names, "rows", rows));
    json_decref(names);
    json_decref(rows);
    return st;
}

enum status cmd_sql(const struct options *options, struct error *err)
{
    struct db *db = NULL;
    struct stmt *stmt = NULL;
    char *path = file_join(options_data(options), "huced.db");

    enum status st = expect_words(options, 1, 1, " SELECT 语句", err);
    if (st == ST_OK && !file_exists(path))
        st = error_set(err, ST_NOT_FOUND, "%s 中没有县级数据", options_data(options));
    if (st == ST_OK)
        st = db_open(path, DB_READ_ONLY, &db, err);
    if (st == ST_OK) {
        db_restrict_to_reading(db, LIMIT_MS);
        st = db_prepare(db, slice_str(options->words[0]), &stmt, err);
    }
    if (st == ST_OK)
        st = print_rows(stmt, options_has(options, "json"), err);
    stmt_release(stmt);
    db_close(db);
    mem_free(path);
    return st;
}
