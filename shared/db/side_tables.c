/* SPDX-License-Identifier: MulanPSL-2.0 */
/* side_tables: see side_tables.h. */
#include "shared/db/side_tables.h"

#include <stdio.h>

#include "shared/base/check.h"
#include "shared/codec/hex.h"
#include "shared/db/record_tables.h"

#define SQL_MAX (256 * 1024)
#define LINE_MAX_BYTES ((size_t)16 * 1024 * 1024)

/* Made by the fold and by nothing else: emptied and compared whole. order: columns of the key. */
static const struct side {
    const char *name, *order;
} sides[] = {
    {"record_no", "1, 2"},       {"touch", "1, 2, 3"},
    {"touch_many", "1, 2"},      {"touch_second", "1, 2, 3"},
    {"authority_op", "1, 2, 3"}, {"void_change", "1, 2, 3"},
    {"conflict", "1, 2, 3, 4"},  {"overruled", "1, 2, 3, 4, 5, 6"},
    {"move", "1, 2, 3, 4, 5"},   {"link", "1, 2, 3, 4"},
    {"same_as", "1, 2"},         {"ruling", "1, 2, 3"},
    {"erasure", "1, 2, 3"},      {"attachment_ref", "1, 2, 3, 4, 5"},
};

enum status side_tables_clear(struct db *db, struct error *err)
{
    enum status st = db_exec(db,
                             "UPDATE ledger SET folded = 0, records = 0;"
                             "UPDATE leaf SET effective_ms = 0;",
                             err);
    for (size_t i = 0; i < ARRAY_LENGTH(sides) && st == ST_OK; i++) {
        char sql[64];
        snprintf(sql, sizeof(sql), "DELETE FROM %s", sides[i].name);
        st = db_exec(db, sql, err);
    }
    return st;
}

static void put_hex(struct slice bytes, struct buf *line)
{
    if (buf_reserve(line, 2 * bytes.n + 1)) {
        hex_encode(bytes, (char *)line->p + line->n);
        line->n += 2 * bytes.n;
    }
}

static void put_column(struct stmt *stmt, int column, struct buf *line)
{
    buf_put_u8(line, ' ');
    buf_put_str(line, stmt_column_name(stmt, column));
    buf_put_u8(line, '=');
    switch (stmt_type(stmt, column)) {
    case COLUMN_INT:
        buf_printf(line, "%lld", (long long)stmt_int(stmt, column));
        break;
    case COLUMN_BLOB:
        put_hex(stmt_blob(stmt, column), line);
        break;
    case COLUMN_NULL:
        break;
    default:
        buf_put_slice(line, stmt_text(stmt, column));
    }
}

static enum status dump_rows(struct db *db, const char *name, const char *sql, side_write *fn,
                             void *arg, struct error *err)
{
    struct stmt *stmt = NULL;
    struct buf line;
    bool row;
    enum status st = db_prepare(db, slice_str(sql), &stmt, err);
    buf_init(&line, LINE_MAX_BYTES);
    while (st == ST_OK && (st = stmt_step(stmt, &row, err)) == ST_OK && row) {
        buf_clear(&line);
        buf_put_str(&line, name);
        for (int c = 0; c < stmt_columns(stmt); c++)
            put_column(stmt, c, &line);
        CHECK(buf_ok(&line));
        fn(arg, buf_slice(&line));
    }
    buf_release(&line);
    stmt_release(stmt);
    return st;
}

/* Its columns by name: a table that a catalog has extended has them in another order than a new
 * one. */
static enum status dump_table(struct db *db, const char *name, const char *order, side_write *fn,
                              void *arg, struct error *err)
{
    struct stmt *columns = db_stmt(db, "SELECT name FROM pragma_table_info(?1) ORDER BY name");
    struct buf sql;
    bool row;
    enum status st;
    buf_init(&sql, SQL_MAX);
    buf_put_str(&sql, "SELECT");
    bind_text(columns, 1, slice_str(name));
    for (size_t n = 0; (st = stmt_step(columns, &row, err)) == ST_OK && row; n++) {
        buf_put_str(&sql, n ? ", \"" : " \"");
        buf_put_slice(&sql, stmt_text(columns, 0));
        buf_put_u8(&sql, '"');
    }
    buf_printf(&sql, " FROM \"%s\" ORDER BY %s", name, order);
    if (st == ST_OK)
        st = dump_rows(db, name, buf_cstr(&sql), fn, arg, err);
    buf_release(&sql);
    return st;
}

static enum status dump_twins(struct db *db, const struct catalog_table *table, side_write *fn,
                              void *arg, struct error *err)
{
    static const char *const prefixes[] = {"r", "o"};
    enum status st = ST_OK;
    for (size_t i = 0; i < ARRAY_LENGTH(prefixes) && st == ST_OK; i++) {
        char name[80];
        snprintf(name, sizeof(name), "%s_%s", prefixes[i], table->name);
        if (i == 1 && !db_has_table(db, name)) /* never needed yet */
            break;
        st = dump_table(db, name, "ledger, id", fn, arg, err);
    }
    return st;
}

enum status side_tables_dump(struct replica *rep, side_write *fn, void *arg, struct error *err)
{
    const struct catalog *catalog = replica_catalog(rep);
    enum status st = dump_rows(rep->db, "ledger",
                               "SELECT no, folded, records FROM ledger ORDER BY no", fn, arg, err);
    if (st == ST_OK)
        st = dump_rows(rep->db, "leaf",
                       "SELECT ledger, idx, effective_ms FROM leaf ORDER BY ledger, idx", fn, arg,
                       err);
    for (size_t i = 0; i < ARRAY_LENGTH(sides) && st == ST_OK; i++)
        st = dump_table(rep->db, sides[i].name, sides[i].order, fn, arg, err);
    for (size_t i = 0; i < catalog->table_count && st == ST_OK; i++)
        if (record_tables_has(catalog->tables[i]))
            st = dump_twins(rep->db, catalog->tables[i], fn, arg, err);
    return st;
}
