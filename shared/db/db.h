/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * db: the only door to sqlite3. One connection belongs to one thread.
 *
 * Durability: WAL, synchronous=FULL: when db_commit returns ST_OK the transaction survives a power
 * cut. A statement is prepared once per connection and found again by the address of its SQL text,
 * so SQL is written as static strings. Text and blobs are bound without copying: they must stay
 * valid until the statement is reset, which stmt_run does and the next db_stmt for the same text
 * does.
 */
#ifndef SHARED_DB_DB_H
#define SHARED_DB_DB_H

#include "shared/base/buf.h"
#include "shared/base/status.h"

struct db;
struct stmt;

enum db_mode {
    DB_READ_WRITE, /* creates the file when missing */
    DB_READ_ONLY,
    DB_MEMORY,
};

/* A path that names a database in this process's memory: several connections of the process share
 * it, as they would a file, and it is gone with the last of them. */
#define DB_NAMED_MEMORY "file:/huce-past?vfs=memdb"

MUST_USE enum status db_open(const char *path, enum db_mode mode, struct db **out,
                             struct error *err);
/* The name of SQLite's layer that keeps this path unreadable (vault_vfs.h); NULL: the system's own,
 * as for a database in memory (path NULL). */
const char *db_vfs(const char *path);
/* The path as ATTACH takes it from any connection: it says by itself how it is opened. */
void db_uri(const char *path, struct buf *out);
/* A complete copy in a file that is not there yet, readable or not as db_vfs says of it. Durable;
 * outside of a transaction. */
MUST_USE enum status db_copy(struct db *db, const char *path, struct error *err);
void db_close(struct db *db); /* NULL allowed; checkpoints the WAL when it can */

/* One or more statements without parameters. */
MUST_USE enum status db_exec(struct db *db, const char *sql, struct error *err);

/* As this connection last saw the schema. */
bool db_has_table(struct db *db, const char *name);

/* How long to wait for another process that is writing; 10 s from the start. */
void db_patience(struct db *db, int limit_ms);
/* Takes the write lock at once; waits for another process (ST_BUSY after db_patience). */
MUST_USE enum status db_begin(struct db *db, struct error *err);
MUST_USE enum status db_commit(struct db *db, struct error *err); /* on failure: rolled back */
void db_rollback(struct db *db);                                  /* safe when none is open */
bool db_in_transaction(struct db *db);

/* A reset statement with no bindings, owned by db. sql must be a static string that always works:
 * a failure to prepare ends the program (CHECK). */
struct stmt *db_stmt(struct db *db, const char *sql);
/* For SQL made at run time (catalog tables, people's queries): the caller releases it. */
MUST_USE enum status db_prepare(struct db *db, struct slice sql, struct stmt **out,
                                struct error *err);
void stmt_release(struct stmt *stmt); /* only for db_prepare'd ones; NULL allowed */
void stmt_reset(struct stmt *stmt);

void bind_int(struct stmt *stmt, int index, int64_t value);
void bind_text(struct stmt *stmt, int index, struct slice text);
void bind_str(struct stmt *stmt, int index, const char *text); /* NULL binds NULL */
void bind_blob(struct stmt *stmt, int index, struct slice blob);
void bind_real(struct stmt *stmt, int index, double value);
void bind_null(struct stmt *stmt, int index);

/* The index of a parameter by name (":today"); 0: the statement has none of that name. */
int stmt_parameter(struct stmt *stmt, const char *name);

/* *row tells whether there is one. On ST_OK without a row, and on failure, the statement is reset.
 */
MUST_USE enum status stmt_step(struct stmt *stmt, bool *row, struct error *err);
/* Steps to the end and resets. */
MUST_USE enum status stmt_run(struct stmt *stmt, struct error *err);

int stmt_columns(struct stmt *stmt);
const char *stmt_column_name(struct stmt *stmt, int column);
/* The column of which table this one shows as it stands; false: it is computed. */
bool stmt_column_origin(struct stmt *stmt, int column, const char **table, const char **name);
enum column_type { COLUMN_NULL, COLUMN_INT, COLUMN_REAL, COLUMN_TEXT, COLUMN_BLOB };
enum column_type stmt_type(struct stmt *stmt, int column);
int64_t stmt_int(struct stmt *stmt, int column);
double stmt_real(struct stmt *stmt, int column);
struct slice stmt_text(struct stmt *stmt, int column); /* valid until the next step or reset */
struct slice stmt_blob(struct stmt *stmt, int column);

/* Rows changed by the last INSERT, UPDATE or DELETE; last inserted rowid. */
int64_t db_changes(struct db *db);
int64_t db_last_rowid(struct db *db);
/* Changes whenever another connection has committed. */
int64_t db_data_version(struct db *db);
/* A function of texts for the SQL of this connection: `in` holds its n_args arguments (p NULL:
 * SQL's NULL), what the body appends to `out` is the result, *null says that there is none. The
 * same arguments must give the same result. arg stays valid until db_close. */
typedef void db_function_body(void *arg, const struct slice *in, struct buf *out, bool *null);
void db_function(struct db *db, const char *name, int n_args, db_function_body *body, void *arg);
/* Brings the write-ahead log into the file and empties it. *whole = false: another connection is
 * reading, the log stays. Outside of a transaction. */
MUST_USE enum status db_empty_log(struct db *db, bool *whole, struct error *err);
/* For a connection that goes through much of the file, again and again: room for so many pages. */
void db_roomy(struct db *db, int kib);
/* Gives the page cache back: for a program that has nothing to do now. */
void db_rest(struct db *db);
/* For SQL that people type: from now on this connection only reads (no writes, no ATTACH, no
 * PRAGMA; nothing of `setting` and of tables that begin with "_", which hold secrets) and a
 * statement is stopped after limit_ms. */
void db_restrict_to_reading(struct db *db, int limit_ms);
/* After that, before the statement is prepared: fn is told of each column that it reads, wherever
 * in it, and inside of which view (NULL: in what was typed). Functions that turn a text into what
 * no longer looks like one (hex, quote, unicode) are refused in what was typed. */
typedef void db_read_seen(void *arg, const char *table, const char *column, const char *view);
void db_watch_reads(struct db *db, db_read_seen *fn, void *arg);
/* After that: for SQL that came from elsewhere; its statements take so many steps of SQLite's
 * machine together, and are then stopped (ST_REFUSED). */
void db_limit_steps(struct db *db, int64_t steps);

#endif
