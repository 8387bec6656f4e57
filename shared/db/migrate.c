/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * migrate: numbered SQL files, embedded in the program, applied once each.
 *
 * The note that a file ran is written in the transaction that ran it, so a crash in the middle
 * leaves the database exactly before or exactly after.
 */
#include "shared/db/migrate.h"

#include <stdlib.h>
#include <string.h>

#include "migrations.h"
#include "shared/base/check.h"

/* Calls fn for the embedded files of exactly this folder of migrations/, in order of name. */
enum status migrate_each(const char *folder, migrate_visit *fn, void *arg, struct error *err)
{
    size_t n = strlen(folder);
    enum status st = ST_OK;
    for (const struct embedded_file *f = embedded_files; f->path && st == ST_OK; f++) {
        const char *name = f->path + strlen("migrations/");
        if (strncmp(name, folder, n) != 0 || name[n] != '/' || strchr(name + n + 1, '/'))
            continue;
        st = fn(arg, f->path, (const char *)f->content, err);
    }
    return st;
}

struct migration_run {
    struct db *db;
    const char *set;
    int64_t done;   /* highest number already in the database */
    int64_t newest; /* highest number this program has */
};

static int64_t file_number(const char *path)
{
    return strtoll(strrchr(path, '/') + 1, NULL, 10);
}

static enum status run_one(void *arg, const char *path, const char *sql, struct error *err)
{
    struct migration_run *run = arg;
    int64_t number = file_number(path);
    run->newest = number;
    if (number <= run->done)
        return ST_OK;
    enum status st = db_begin(run->db, err);
    if (st != ST_OK)
        return st;
    st = db_exec(run->db, sql, err);
    if (st == ST_OK) {
        struct stmt *stmt = db_stmt(run->db, "INSERT INTO schema_migration(folder, number, path)"
                                             " VALUES (?1, ?2, ?3)");
        bind_str(stmt, 1, run->set);
        bind_int(stmt, 2, number);
        bind_str(stmt, 3, path);
        st = stmt_run(stmt, err);
    }
    if (st == ST_OK)
        return db_commit(run->db, err);
    db_rollback(run->db);
    return error_wrap(err, st, "%s", path);
}

static enum status run_on_empty(void *arg, const char *path, const char *sql, struct error *err)
{
    enum status st = db_exec(arg, sql, err);
    return error_wrap(err, st, "%s", path);
}

static bool has_column(struct db *db, struct slice table, struct slice column)
{
    struct stmt *stmt = db_stmt(db, "SELECT 1 FROM pragma_table_info(?1) WHERE name = ?2");
    bool row = false;
    bind_text(stmt, 1, table);
    bind_text(stmt, 2, column);
    enum status st = stmt_step(stmt, &row, NULL);
    stmt_reset(stmt);
    return st == ST_OK && row;
}

/* SQLite keeps the text of a CREATE TABLE as it was written, so that a table which is as its file
 * says has its text in that file. */
struct table_texts {
    const char *table; /* the text looked for */
    size_t expected;   /* tables that the files make */
    bool found;
};

static enum status look_into_file(void *arg, const char *path, const char *sql, struct error *err)
{
    static const char create[] = "CREATE TABLE ";
    struct table_texts *texts = arg;
    (void)path, (void)err;
    if (texts->table) {
        texts->found |= strstr(sql, texts->table) != NULL;
        return ST_OK;
    }
    for (const char *p = sql; (p = strstr(p, create)); p += sizeof(create) - 1)
        texts->expected++;
    return ST_OK;
}

/* Is every table there, exactly as the files made it? */
static enum status are_as_written(struct db *db, const char *set, bool *out, struct error *err)
{
    struct table_texts texts = {0};
    size_t found = 0;
    bool row = false;
    enum status st = migrate_each(set, look_into_file, &texts, err);
    struct stmt *stmt = db_stmt(db, "SELECT sql FROM sqlite_schema WHERE type = 'table'");
    while (st == ST_OK && (st = stmt_step(stmt, &row, err)) == ST_OK && row) {
        texts.table = (const char *)stmt_text(stmt, 0).p;
        texts.found = false;
        st = texts.table ? migrate_each(set, look_into_file, &texts, err) : ST_OK;
        found += texts.found;
    }
    stmt_reset(stmt);
    *out = found == texts.expected;
    return st;
}

/* The same where a table was altered since: its columns, against those of an empty database. */
static enum status check_columns(struct db *db, const char *set, struct error *err)
{
    static const char *const columns =
        "SELECT m.name, c.name FROM sqlite_schema m, pragma_table_info(m.name) c"
        " WHERE m.type = 'table'";
    struct db *model = NULL;
    struct stmt *stmt = NULL;
    bool row = false;
    enum status st = db_open(NULL, DB_MEMORY, &model, err);
    if (st == ST_OK)
        st = migrate_each(set, run_on_empty, model, err);
    if (st == ST_OK)
        st = db_prepare(model, slice_str(columns), &stmt, err);
    while (st == ST_OK && (st = stmt_step(stmt, &row, err)) == ST_OK && row) {
        struct slice table = stmt_text(stmt, 0), column = stmt_text(stmt, 1);
        if (!has_column(db, table, column))
            st = error_set(
                err, ST_DAMAGED, "数据库已损坏：没有 %.*s 表的 %.*s 列；请保留原件，用备份恢复",
                (int)table.n, (const char *)table.p, (int)column.n, (const char *)column.p);
    }
    stmt_release(stmt);
    db_close(model);
    return st;
}

/* Statements are prepared in the belief that these tables are there. What says that it was migrated
 * and lacks one has been damaged. */
static enum status check_tables(struct db *db, const char *set, struct error *err)
{
    bool whole = false;
    enum status st = are_as_written(db, set, &whole, err);
    return st == ST_OK && !whole ? check_columns(db, set, err) : st;
}

enum status migrate(struct db *db, const char *set, struct error *err)
{
    struct migration_run run = {.db = db, .set = set};
    enum status st = db_exec(db,
                             "CREATE TABLE IF NOT EXISTS schema_migration("
                             " folder TEXT NOT NULL, number INTEGER NOT NULL, path TEXT NOT NULL,"
                             " PRIMARY KEY (folder, number)) WITHOUT ROWID",
                             err);
    if (st != ST_OK)
        return st;
    struct stmt *stmt = db_stmt(db, "SELECT max(number) FROM schema_migration WHERE folder = ?1");
    bool row;
    bind_str(stmt, 1, set);
    st = stmt_step(stmt, &row, err);
    if (st != ST_OK)
        return st;
    run.done = row ? stmt_int(stmt, 0) : 0;
    stmt_reset(stmt);
    st = migrate_each(set, run_one, &run, err);
    if (st == ST_OK && run.done > run.newest)
        st = error_set(err, ST_REFUSED,
                       "数据由更新版本的程序写成（%s/%lld，本程序只到 %lld），请更新程序", set,
                       (long long)run.done, (long long)run.newest);
    return st == ST_OK ? check_tables(db, set, err) : st;
}
