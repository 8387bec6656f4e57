/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * snapshot_rows: rows of a table as a snapshot carries them (PROTOCOL.md §8c): column by column,
 * each as a stream of tags, one of numbers and one of bytes. Records that the ledger has named
 * travel as their ordinals.
 */
#ifndef SHARED_DB_SNAPSHOT_ROWS_H
#define SHARED_DB_SNAPSHOT_ROWS_H

#include "shared/base/mem.h"
#include "shared/codec/framing.h"
#include "shared/db/db.h"
#include "shared/record/value.h"

#define SNAPSHOT_COLUMNS_MAX 300
#define SNAPSHOT_ROWS_MAX 16384 /* in one part */

/* The records of a ledger by ordinal, and ordinals by record. */
struct snapshot_records {
    struct record_id *ids;
    size_t count, capacity;
    uint32_t *order; /* of writing: ordinals ascending by id; NULL for a reader */
};
void snapshot_records_add(struct snapshot_records *records, const struct record_id *id);
void snapshot_records_sort(struct snapshot_records *records);
void snapshot_records_release(struct snapshot_records *records);

struct snapshot_value {
    enum column_type type;
    int64_t number;
    struct slice bytes; /* borrowed */
};

struct snapshot_part {
    size_t columns, rows;
    struct snapshot_column {
        struct buf tags, numbers, bytes;
        int64_t number; /* the one before */
    } * column;
    size_t size; /* about */
};
void snapshot_part_init(struct snapshot_part *part, size_t columns);
void snapshot_part_release(struct snapshot_part *part);
/* The values of a row, one column after the other. */
void snapshot_part_put(struct snapshot_part *part, size_t column,
                       const struct snapshot_value *value, const struct snapshot_records *records);
/* The present row of a statement, from its column `from` on. */
void snapshot_part_add(struct snapshot_part *part, struct stmt *stmt, int from,
                       const struct snapshot_records *records);
/* table ‖ rows ‖ columns, as one frame behind its length. */
void snapshot_part_write(struct snapshot_part *part, uint64_t table, struct buf *out);

/* What a column may hold; anything else ends the reading. */
enum snapshot_kind {
    SNAPSHOT_INT, /* not negative */
    SNAPSHOT_ANY_INT,
    SNAPSHOT_TEXT,
    SNAPSHOT_BYTES,
    SNAPSHOT_HASH,          /* 32 bytes */
    SNAPSHOT_RECORD,        /* 16 bytes */
    SNAPSHOT_OPTIONAL = 16, /* or null */
    SNAPSHOT_VALUE = 32,    /* null, a number, a text, or a record */
};

/* A part that is read: rows come one by one. */
struct snapshot_reading {
    uint64_t table;
    size_t columns, rows;
    struct buf content;
    struct snapshot_input {
        struct stream tags, numbers, bytes;
        int64_t number;
    } * input;
};
/* Takes one part off *rest. ST_INVALID. */
MUST_USE enum status snapshot_reading_open(struct slice *rest, struct snapshot_reading *out,
                                           struct error *err);
void snapshot_reading_release(struct snapshot_reading *reading);
/* The next row; false: it is no row of these kinds. */
bool snapshot_reading_next(struct snapshot_reading *reading, const uint8_t *kinds,
                           const struct snapshot_records *records, struct snapshot_value *out);
/* Was all of it read? */
bool snapshot_reading_is_over(const struct snapshot_reading *reading);
void snapshot_bind(struct stmt *stmt, int index, const struct snapshot_value *value);

#endif
