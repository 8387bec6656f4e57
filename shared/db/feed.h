/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * feed: rows in memory that one SQL statement reads as the table `_feed` (columns c0, c1, …), so
 * that many rows are written by one statement:
 *
 *   INSERT INTO record_no(ledger, id, no, leaf) SELECT ?1, c0, c1, c2 FROM _feed
 *
 * That costs half of a statement per row, and less where the rows come in the order of the table's
 * key, because SQLite then finds each place from the one before. Texts and blobs are borrowed until
 * stmt_run_fed returns; to others the table is empty. Queries read it too (stmt_step_fed): a join
 * finds many rows with one statement.
 *
 * SQLite compares the names of a table's columns with each other when it first meets the table in a
 * connection. Rows of more than FEED_COLUMNS_FEW values are read from the twin `_feed_wide`, so
 * that most connections never meet it.
 */
#ifndef SHARED_DB_FEED_H
#define SHARED_DB_FEED_H

#include "shared/db/db.h"

#define FEED_COLUMNS_FEW 40
#define FEED_COLUMNS_MAX 264

struct feed_value {
    enum column_type type; /* COLUMN_REAL is not fed */
    union {
        int64_t i;
        struct slice s;
    };
};

/* All rows have the same number of values; row r begins at values[r * columns]. */
struct feed {
    size_t columns; /* set once, at most FEED_COLUMNS_MAX */
    size_t rows, capacity;
    struct feed_value *values;
};

void feed_init(struct feed *feed, size_t columns);
void feed_release(struct feed *feed); /* accepts the zero state */
void feed_clear(struct feed *feed);   /* keeps the memory */
/* One more row, all NULL; its values are to be filled in place. Valid until the next feed_row. */
struct feed_value *feed_row(struct feed *feed);

static inline struct feed_value feed_int(int64_t i)
{
    return (struct feed_value){.type = COLUMN_INT, .i = i};
}

static inline struct feed_value feed_text(struct slice s)
{
    return (struct feed_value){.type = COLUMN_TEXT, .s = s};
}

static inline struct feed_value feed_blob(struct slice s)
{
    return (struct feed_value){.type = COLUMN_BLOB, .s = s};
}

/* The table from which a statement reads rows of so many values. */
static inline const char *feed_table_name(size_t columns)
{
    return columns > FEED_COLUMNS_FEW ? "_feed_wide" : "_feed";
}

/* Runs a statement to its end while `_feed` holds these rows. */
MUST_USE enum status stmt_run_fed(struct stmt *stmt, const struct feed *feed, struct error *err);

/* stmt_step of a query that reads `_feed`: the same rows at every step. */
MUST_USE enum status stmt_step_fed(struct stmt *stmt, const struct feed *feed, bool *row,
                                   struct error *err);

/* For db.c: makes both tables known to a connection. *slot is what it reads from: NULL or a feed.
 */
struct sqlite3;
int feed_register(struct sqlite3 *handle, const struct feed **slot);

#endif
