/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * feed: a virtual table of the smallest kind: it exists by its name alone (eponymous), is read from
 * the first row to the last, and is never written.
 */
#include "shared/db/feed.h"

#include <sqlite3.h>
#include <stdio.h>

#include "shared/base/check.h"
#include "shared/base/mem.h"

void feed_init(struct feed *feed, size_t columns)
{
    CHECK(columns > 0 && columns <= FEED_COLUMNS_MAX);
    *feed = (struct feed){.columns = columns};
}

void feed_release(struct feed *feed)
{
    mem_free(feed->values);
    *feed = (struct feed){0};
}

void feed_clear(struct feed *feed)
{
    feed->rows = 0;
}

struct feed_value *feed_row(struct feed *feed)
{
    size_t at = feed->rows++ * feed->columns;
    feed->values =
        mem_grow(feed->values, &feed->capacity, at + feed->columns, sizeof(*feed->values));
    memset(feed->values + at, 0, feed->columns * sizeof(*feed->values)); /* COLUMN_NULL is 0 */
    return feed->values + at;
}

/* ---- the virtual table ---- */

struct feed_table {
    sqlite3_vtab base;
    const struct feed **slot;
};

struct feed_cursor {
    sqlite3_vtab_cursor base;
    const struct feed *feed; /* NULL: empty */
    size_t row;
};

static int feed_connect(sqlite3 *handle, void *slot, int argc, const char *const *argv,
                        sqlite3_vtab **out, char **error)
{
    char sql[16 + 6 * FEED_COLUMNS_MAX] = "CREATE TABLE x(c0";
    size_t n = strlen(sql);
    /* argv[0]: the module's name, which is the table's */
    int columns = strcmp(argv[0], "_feed_wide") == 0 ? FEED_COLUMNS_MAX : FEED_COLUMNS_FEW;
    (void)argc, (void)error;
    for (int i = 1; i < columns; i++)
        n += (size_t)snprintf(sql + n, sizeof(sql) - n, ",c%d", i);
    snprintf(sql + n, sizeof(sql) - n, ")");
    int rc = sqlite3_declare_vtab(handle, sql);
    if (rc != SQLITE_OK)
        return rc;
    struct feed_table *table = sqlite3_malloc(sizeof(*table));
    if (!table)
        return SQLITE_NOMEM;
    *table = (struct feed_table){.slot = slot};
    *out = &table->base;
    return SQLITE_OK;
}

static int feed_disconnect(sqlite3_vtab *table)
{
    sqlite3_free(table);
    return SQLITE_OK;
}

static int feed_best_index(sqlite3_vtab *table, sqlite3_index_info *info)
{
    (void)table;
    info->estimatedCost = 1;
    return SQLITE_OK;
}

static int feed_open(sqlite3_vtab *table, sqlite3_vtab_cursor **out)
{
    struct feed_cursor *cursor = sqlite3_malloc(sizeof(*cursor));
    (void)table;
    if (!cursor)
        return SQLITE_NOMEM;
    *cursor = (struct feed_cursor){0};
    *out = &cursor->base;
    return SQLITE_OK;
}

static int feed_close(sqlite3_vtab_cursor *cursor)
{
    sqlite3_free(cursor);
    return SQLITE_OK;
}

static int feed_filter(sqlite3_vtab_cursor *base, int index, const char *name, int argc,
                       sqlite3_value **argv)
{
    struct feed_cursor *cursor = (struct feed_cursor *)base;
    (void)index, (void)name, (void)argc, (void)argv;
    cursor->feed = *((struct feed_table *)base->pVtab)->slot;
    cursor->row = 0;
    return SQLITE_OK;
}

static int feed_next(sqlite3_vtab_cursor *base)
{
    ((struct feed_cursor *)base)->row++;
    return SQLITE_OK;
}

static int feed_eof(sqlite3_vtab_cursor *base)
{
    const struct feed_cursor *cursor = (const struct feed_cursor *)base;
    return !cursor->feed || cursor->row >= cursor->feed->rows;
}

static int feed_column(sqlite3_vtab_cursor *base, sqlite3_context *context, int column)
{
    const struct feed_cursor *cursor = (const struct feed_cursor *)base;
    if ((size_t)column >= cursor->feed->columns)
        return SQLITE_OK; /* NULL */
    const struct feed_value *value =
        &cursor->feed->values[cursor->row * cursor->feed->columns + (size_t)column];
    const void *p = value->s.n ? (const void *)value->s.p : "";
    switch (value->type) {
    case COLUMN_INT:
        sqlite3_result_int64(context, value->i);
        break;
    case COLUMN_TEXT:
        sqlite3_result_text64(context, p, value->s.n, SQLITE_STATIC, SQLITE_UTF8);
        break;
    case COLUMN_BLOB:
        sqlite3_result_blob64(context, p, value->s.n, SQLITE_STATIC);
        break;
    default:
        break;
    }
    return SQLITE_OK;
}

static int feed_rowid(sqlite3_vtab_cursor *base, sqlite3_int64 *out)
{
    *out = (sqlite3_int64)((struct feed_cursor *)base)->row;
    return SQLITE_OK;
}

int feed_register(struct sqlite3 *handle, const struct feed **slot)
{
    static const sqlite3_module module = {
        .xConnect = feed_connect,
        .xBestIndex = feed_best_index,
        .xDisconnect = feed_disconnect,
        .xOpen = feed_open,
        .xClose = feed_close,
        .xFilter = feed_filter,
        .xNext = feed_next,
        .xEof = feed_eof,
        .xColumn = feed_column,
        .xRowid = feed_rowid,
    };
    int rc = sqlite3_create_module(handle, "_feed", &module, slot);
    return rc == SQLITE_OK ? sqlite3_create_module(handle, "_feed_wide", &module, slot) : rc;
}
