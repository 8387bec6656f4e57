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
#include "shared/base/buf.h"
#include "shared/base/check.h"
#include "shared/base/mem.h"

enum { TABLE_TEXT_MAX = 64 * 1024 };

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
 * says has its text in that file. A column that a later file adds stands in it as ", TEXT" at the
 * end of the columns. */
struct made {
    struct slice table;
    const char *sql; /* borrowed of its file, from "CREATE TABLE" on */
};

struct added {
    struct slice table, column;
};

struct said {
    struct made *made;
    struct added *added;
    size_t made_count, made_capacity, added_count, added_capacity;
};

/* What the file says of tables. */
static enum status read_file(void *arg, const char *path, const char *sql, struct error *err)
{
    static const char create[] = "CREATE TABLE ", alter[] = "ALTER TABLE ", add[] = " ADD COLUMN ";
    struct said *said = arg;
    (void)path, (void)err;
    for (const char *p = sql; (p = strstr(p, create)); p++) {
        const char *name = p + sizeof(create) - 1;
        said->made =
            mem_grow(said->made, &said->made_capacity, said->made_count + 1, sizeof(*said->made));
        said->made[said->made_count++] = (struct made){slice_of(name, strcspn(name, " (")), p};
    }
    for (const char *p = sql; (p = strstr(p, alter)); p++) {
        const char *name = p + sizeof(alter) - 1, *word = name + strcspn(name, " ");
        if (strncmp(word, add, sizeof(add) - 1) != 0)
            continue;
        const char *column = word + sizeof(add) - 1;
        said->added = mem_grow(said->added, &said->added_capacity, said->added_count + 1,
                               sizeof(*said->added));
        said->added[said->added_count++] = (struct added){slice_of(name, (size_t)(word - name)),
                                                          slice_of(column, strcspn(column, ";"))};
    }
    return ST_OK;
}

/* Takes ", COLUMN" out of the text. False: it does not stand there. */
static bool cut_out(struct buf *text, struct slice column)
{
    const char *begin = buf_cstr(text);
    for (const char *at = begin; (at = strstr(at, ", ")); at += 2)
        if (strncmp(at + 2, (const char *)column.p, column.n) == 0 &&
            (at[2 + column.n] == ',' || at[2 + column.n] == ')')) {
            size_t before = (size_t)(at - begin), after = before + 2 + column.n;
            memmove(text->p + before, text->p + after, text->n - after);
            text->n -= 2 + column.n;
            return true;
        }
    return false;
}

/* Is the table of this text as the files say, with all columns that were added since? The text is
 * left without them. */
static bool is_as_said(const struct said *said, struct slice table, struct buf *text)
{
    const struct made *made = NULL;
    for (size_t i = 0; i < said->made_count && !made; i++)
        if (slice_equal(said->made[i].table, table))
            made = &said->made[i];
    if (!made)
        return false;
    for (size_t i = 0; i < said->added_count; i++)
        if (slice_equal(said->added[i].table, table) && !cut_out(text, said->added[i].column))
            return false;
    const char *whole = buf_cstr(text);
    return strncmp(made->sql, whole, text->n) == 0;
}

/* Is every table there, exactly as the files made it? */
static enum status are_as_written(struct db *db, const char *set, bool *out, struct error *err)
{
    struct said said = {0};
    struct buf text;
    size_t found = 0;
    bool row = false;
    buf_init(&text, TABLE_TEXT_MAX);
    enum status st = migrate_each(set, read_file, &said, err);
    struct stmt *stmt = db_stmt(db, "SELECT name, sql FROM sqlite_schema WHERE type = 'table'");
    while (st == ST_OK && (st = stmt_step(stmt, &row, err)) == ST_OK && row) {
        buf_clear(&text);
        buf_put_slice(&text, stmt_text(stmt, 1));
        found += text.n && buf_ok(&text) && is_as_said(&said, stmt_text(stmt, 0), &text);
    }
    stmt_reset(stmt);
    *out = found == said.made_count;
    buf_release(&text);
    mem_free(said.made);
    mem_free(said.added);
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

static enum status note_newest(void *arg, const char *path, const char *sql, struct error *err)
{
    int64_t *newest = arg;
    (void)sql, (void)err;
    *newest = file_number(path);
    return ST_OK;
}

enum status migrate_look(struct db *db, const char *set, struct error *err)
{
    struct stmt *stmt = NULL;
    int64_t newest = 0, done;
    bool row = false;
    enum status st = migrate_each(set, note_newest, &newest, err);
    if (st == ST_OK) /* a folder of something else has no such table */
        st = db_prepare(db, slice_str("SELECT max(number) FROM schema_migration WHERE folder = ?1"),
                        &stmt, err);
    if (st != ST_OK)
        return st;
    bind_str(stmt, 1, set);
    st = stmt_step(stmt, &row, err);
    done = st == ST_OK && row ? stmt_int(stmt, 0) : 0;
    stmt_release(stmt);
    if (st == ST_OK && done > newest)
        st = error_set(err, ST_REFUSED, "数据由更新版本的程序写成（%s/%lld，本程序只到 %lld）", set,
                       (long long)done, (long long)newest);
    else if (st == ST_OK && done < newest)
        st = error_set(err, ST_NOT_FOUND, "数据库还在 %s/%lld，本程序要 %lld", set, (long long)done,
                       (long long)newest);
    return st;
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
