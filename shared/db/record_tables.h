/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * record_tables: the record tables of the catalog in SQLite. One table r_NAME holds what is in
 * force (overlay included); its twin o_NAME keeps, for records that unadmitted changes touch, the
 * admitted row; it is made when the first row goes there.
 *
 *   r_NAME (ledger, id, <one column per field, named as in the catalog>, _state, _v)
 *   view NAME: records that are live and counted here, ids and references as hex text, columns
 * origin, unconfirmed and in_transit; references follow links (follow.h)
 *
 * _state: 1 live, 2 conflict, 4 counted elsewhere (moves.h), 8 touched by the overlay, 16 left this
 * ledger, 32 moved at all, 64 edited too late, 128 counted under another id (links.h), 256 only
 * named by a link: no record here, 512 keeps links. What counts here: _state & 133 = 1. _v:
 * shared/merge/version.h. Values: text, code, date, time as TEXT; int, bool, money (fen) as
 * INTEGER; decimal as TEXT in the table and REAL in the view; reference as BLOB in the table and
 * hex in the view; set as JSON array.
 */
#ifndef SHARED_DB_RECORD_TABLES_H
#define SHARED_DB_RECORD_TABLES_H

#include "shared/db/db.h"
#include "shared/merge/merge.h"

enum row_state {
    ROW_LIVE = 1,
    ROW_CONFLICT = 2,
    ROW_ELSEWHERE = 4,
    ROW_OVERLAY = 8,
    ROW_IN_TRANSIT = 16,
    ROW_MOVED = 32,
    ROW_LATE = 64,
    ROW_LINKED = 128,
    ROW_NAMED = 256,
    ROW_PAIRED = 512
};
/* What the rows of others say of this one, settled when it is written. A row that stands aside has
 * neither. */
#define ROW_BY_OTHERS (ROW_ELSEWHERE | ROW_LINKED)
/* A record is counted here iff these bits of its row say no more than that it is live. */
#define ROW_COUNTS (ROW_LIVE | ROW_ELSEWHERE | ROW_LINKED)

struct record_tables; /* prepared statements per table; belongs to a replica */

/* Creates or extends tables, views and indexes for every table of the catalog. */
MUST_USE enum status record_tables_schema(struct db *db, const struct catalog *cat,
                                          struct error *err);
/* Drops all of them (rebuild). */
MUST_USE enum status record_tables_drop(struct db *db, const struct catalog *cat,
                                        struct error *err);

/* Whether a table, or a field, of the catalog is there under its name (a retired one has none). */
bool record_tables_has(const struct catalog_table *table);
bool record_tables_has_column(const struct catalog_field *field);

struct record_tables *record_tables_new(struct db *db);
void record_tables_release(struct record_tables *tables); /* NULL allowed */

/* Which of the twins. */
enum row_place { ROW_IN_FORCE, ROW_ADMITTED_ASIDE };

/* A row as a state; not found: an empty one. bits: _state. Values and claims are in the arena. */
struct loaded_row {
    struct record_state record;
    bool found;
    int bits;
};
MUST_USE enum status record_load(struct record_tables *tables, enum row_place place, int64_t ledger,
                                 const struct catalog_table *table, const struct record_id *id,
                                 struct arena *arena, struct loaded_row *out, struct error *err);
/* Many in one statement: out[i] for ids[i]. Fastest in order of id. */
MUST_USE enum status record_load_many(struct record_tables *tables, enum row_place place,
                                      int64_t ledger, const struct catalog_table *table,
                                      const struct record_id *const *ids, size_t count,
                                      struct arena *arena, struct loaded_row *out,
                                      struct error *err);
/* Puts one row in the place of what stood there, at the latest when record_flush returns; until
 * then the row must not be loaded or removed, and the record's values and the arena must stay (what
 * else has to stay is made in the arena). extra_bits are or-ed into _state. */
void record_save(struct record_tables *tables, enum row_place place, int64_t ledger,
                 const struct record_state *record, int extra_bits, struct arena *arena);
/* Rows that wait to be written. */
size_t record_waiting(const struct record_tables *tables);
MUST_USE enum status record_flush(struct record_tables *tables, struct error *err);
/* Forgets what waits: after a failure. */
void record_drop_waiting(struct record_tables *tables);
MUST_USE enum status record_remove(struct record_tables *tables, enum row_place place,
                                   int64_t ledger, const struct catalog_table *table,
                                   const struct record_id *id, struct error *err);
/* _state alone of the row in force. */
MUST_USE enum status record_state_bits(struct record_tables *tables, int64_t ledger,
                                       const struct catalog_table *table,
                                       const struct record_id *id, bool *found, int *bits,
                                       struct error *err);
MUST_USE enum status record_set_state_bits(struct record_tables *tables, int64_t ledger,
                                           const struct catalog_table *table,
                                           const struct record_id *id, int bits, struct error *err);
/* Copies the row in force aside, but for what others say of it. */
MUST_USE enum status record_copy_aside(struct record_tables *tables, int64_t ledger,
                                       const struct catalog_table *table,
                                       const struct record_id *id, struct error *err);
/* The row that was put aside is the one in force again, as it was, with these bits added. */
MUST_USE enum status record_copy_back(struct record_tables *tables, int64_t ledger,
                                      const struct catalog_table *table, const struct record_id *id,
                                      int bits, struct error *err);

#endif
