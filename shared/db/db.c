/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * db: the only door to sqlite3. See db.h for the contract.
 *
 * Statements live in a small open-addressing table keyed by the address of their SQL text, so
 * finding one again costs a few instructions and no string compare. Results map to statuses in one
 * place (db_status): damage, a full disk and a busy file are different things to the person in
 * front of it.
 */
#include "shared/db/db.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>

#include "shared/base/check.h"
#include "shared/base/mem.h"
#include "shared/base/time.h"
#include "shared/db/feed.h"
#include "shared/db/vault_vfs.h"

#define PATIENCE_MS 10000
#define STATEMENT_SLOTS 256 /* power of two; a program has far fewer static statements */

struct stmt {
    sqlite3_stmt *handle;
    struct db *db;
    const char *sql; /* static text; NULL for db_prepare'd ones */
};

struct db {
    sqlite3 *handle;
    struct stmt slots[STATEMENT_SLOTS];
    size_t slot_count;
    const struct feed *feed; /* while stmt_run_fed runs */
    int64_t deadline_ms;     /* for restricted connections; 0: none */
    int limit_ms;
    db_read_seen *seen;
    void *seen_arg;
    int64_t steps_left; /* 0: as many as it takes; negative: none */
};

static enum status db_status(struct db *db, int rc, struct error *err)
{
    const char *text = sqlite3_errmsg(db->handle);
    if (rc == SQLITE_IOERR_DATA)
        return error_set(
            err, ST_DAMAGED,
            "加密的数据库有一页解不开：已被改动或损坏，或者不是用这把钥匙加密的；请保留原"
            "件，用备份恢复，或换一个数据文件夹重新加入");
    switch (rc & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return error_set(err, ST_BUSY, "数据库正被另一个程序使用，请稍后再试（%s）", text);
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return error_set(
            err, ST_DAMAGED,
            "数据库文件已损坏；请保留原件，用备份恢复，或换一个数据文件夹重新加入（%s）", text);
    case SQLITE_FULL:
        return error_set(err, ST_IO, "磁盘已满，什么也没有改动；请腾出空间再试");
    case SQLITE_INTERRUPT:
        return error_set(err, ST_LIMIT, "查询用时太长，已停止");
    case SQLITE_AUTH:
        return error_set(err, ST_REFUSED, "这里只能查询，不能改动（%s）", text);
    case SQLITE_CONSTRAINT:
        return error_set(err, ST_EXISTS, "%s", text);
    case SQLITE_ERROR:
    case SQLITE_MISMATCH: /* LIMIT 'a' */
    case SQLITE_TOOBIG:   /* a value above the limit of a reading connection */
    case SQLITE_RANGE:
        return error_set(err, ST_INVALID, "%s", text);
    case SQLITE_NOMEM:
        CHECK(!"SQLite is out of memory");
        return ST_IO;
    default:
        return error_set(err, ST_IO, "数据库出错：%s（%d）", text, rc);
    }
}

const char *db_vfs(const char *path)
{
    bool file = path && strcmp(path, DB_NAMED_MEMORY) != 0;
    return file && vault_vfs_find(path) ? VAULT_VFS_NAME : NULL;
}

/* At the end of each page of a database that has none yet, or of its next copy. */
static void reserve_bytes(struct db *db, int n)
{
    sqlite3_file_control(db->handle, "main", SQLITE_FCNTL_RESERVE_BYTES, &n);
}

enum status db_open(const char *path, enum db_mode mode, struct db **out, struct error *err)
{
    static const char *const pragmas =
        "PRAGMA journal_mode=WAL;"
        "PRAGMA synchronous=FULL;"
        "PRAGMA foreign_keys=OFF;"
        "PRAGMA temp_store=MEMORY;"
        "PRAGMA secure_delete=ON;" /* what is erased (erasure.h) leaves nothing in free space */
        "PRAGMA wal_autocheckpoint=8000;" /* 32 MB: late, in one go */
        "PRAGMA journal_size_limit=33554432;"
        "PRAGMA cache_size=-8192;";
    int flags =
        mode == DB_READ_ONLY ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
    if (path && strcmp(path, DB_NAMED_MEMORY) == 0)
        flags |= SQLITE_OPEN_URI;
    struct db *db = mem_zero_alloc(1, sizeof *db);
    enum status st = ST_OK;
    const char *vfs = mode == DB_MEMORY ? NULL : db_vfs(path);
    int rc = sqlite3_open_v2(mode == DB_MEMORY ? ":memory:" : path, &db->handle,
                             flags | SQLITE_OPEN_NOMUTEX, vfs);
    CHECK(rc != SQLITE_NOMEM && "out of memory");
    if (rc != SQLITE_OK) {
        st = error_set(err, rc == SQLITE_CANTOPEN ? ST_IO : ST_DAMAGED, "打不开 %s：%s", path,
                       sqlite3_errmsg(db->handle));
        goto fail;
    }
    db_patience(db, PATIENCE_MS);
    sqlite3_extended_result_codes(db->handle, 1);
    if (vfs)
        reserve_bytes(db, VAULT_EXTRA);
    sqlite3_db_config(db->handle, SQLITE_DBCONFIG_DEFENSIVE, mode == DB_READ_ONLY, NULL);
    sqlite3_db_config(db->handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    /* A reader's sorting and temporary tables stay in memory: they hold what the file holds. */
    rc = feed_register(db->handle, &db->feed);
    if (rc != SQLITE_OK)
        st = db_status(db, rc, err);
    else
        st = db_exec(db, mode == DB_READ_ONLY ? "PRAGMA temp_store=MEMORY;" : pragmas, err);
    if (st != ST_OK) {
        error_wrap(err, st, "%s", path);
        goto fail;
    }
    *out = db;
    return ST_OK;
fail:
    db_close(db);
    return st;
}

void db_uri(const char *path, struct buf *out)
{
    const char *vfs = db_vfs(path);
    buf_put_str(out, "file:");
    for (const char *p = path; *p; p++)
        if (strchr("?#%", *p))
            buf_printf(out, "%%%02X", (unsigned)*p);
        else
            buf_put_u8(out, (uint8_t)*p);
    buf_printf(out, "?vfs=%s", vfs ? vfs : "unix");
}

enum status db_copy(struct db *db, const char *path, struct error *err)
{
    struct stmt *stmt = NULL;
    struct buf uri;
    buf_init(&uri, 64 * 1024);
    db_uri(path, &uri);
    reserve_bytes(db, db_vfs(path) ? VAULT_EXTRA : 0);
    enum status st = db_prepare(db, slice_str("VACUUM INTO ?1"), &stmt, err);
    if (st == ST_OK) {
        bind_text(stmt, 1, buf_slice(&uri));
        st = stmt_run(stmt, err);
    }
    stmt_release(stmt);
    buf_release(&uri);
    return st;
}

void db_close(struct db *db)
{
    if (!db)
        return;
    for (size_t i = 0; i < STATEMENT_SLOTS; i++)
        sqlite3_finalize(db->slots[i].handle);
    sqlite3_close_v2(db->handle);
    mem_free(db);
}

enum status db_exec(struct db *db, const char *sql, struct error *err)
{
    int rc = sqlite3_exec(db->handle, sql, NULL, NULL, NULL);
    return rc == SQLITE_OK ? ST_OK : db_status(db, rc, err);
}

bool db_has_table(struct db *db, const char *name)
{
    return sqlite3_table_column_metadata(db->handle, "main", name, NULL, NULL, NULL, NULL, NULL,
                                         NULL) == SQLITE_OK;
}

void db_patience(struct db *db, int limit_ms)
{
    sqlite3_busy_timeout(db->handle, limit_ms);
}

enum status db_begin(struct db *db, struct error *err)
{
    return stmt_run(db_stmt(db, "BEGIN IMMEDIATE"), err);
}

enum status db_commit(struct db *db, struct error *err)
{
    enum status st = stmt_run(db_stmt(db, "COMMIT"), err);
    if (st != ST_OK)
        db_rollback(db);
    return st;
}

void db_rollback(struct db *db)
{
    for (size_t i = 0; i < STATEMENT_SLOTS; i++)
        if (db->slots[i].handle)
            sqlite3_reset(db->slots[i].handle);
    if (db_in_transaction(db))
        sqlite3_exec(db->handle, "ROLLBACK", NULL, NULL, NULL);
}

bool db_in_transaction(struct db *db)
{
    return !sqlite3_get_autocommit(db->handle);
}

struct stmt *db_stmt(struct db *db, const char *sql)
{
    size_t i = ((uintptr_t)sql >> 3) * 0x9E3779B97F4A7C15u >> 56;
    while (db->slots[i].sql && db->slots[i].sql != sql)
        i = (i + 1) % STATEMENT_SLOTS;
    struct stmt *stmt = &db->slots[i];
    if (!stmt->sql) {
        CHECK(++db->slot_count < STATEMENT_SLOTS);
        int rc =
            sqlite3_prepare_v3(db->handle, sql, -1, SQLITE_PREPARE_PERSISTENT, &stmt->handle, NULL);
        if (rc != SQLITE_OK) {
            /* A schema that does not match the program, or a damaged file: nothing to go on with.
             */
            check_failed(sqlite3_errmsg(db->handle), rc, sql);
        }
        stmt->db = db;
        stmt->sql = sql;
    } else {
        sqlite3_reset(stmt->handle);
    }
    return stmt;
}

enum status db_prepare(struct db *db, struct slice sql, struct stmt **out, struct error *err)
{
    struct stmt *stmt = mem_zero_alloc(1, sizeof *stmt);
    const char *tail = NULL;
    int rc = sqlite3_prepare_v2(db->handle, (const char *)sql.p, (int)sql.n, &stmt->handle, &tail);
    enum status st = rc == SQLITE_OK ? ST_OK : db_status(db, rc, err);
    if (st == ST_OK && !stmt->handle)
        st = error_set(err, ST_INVALID, "没有写 SQL 语句");
    for (; st == ST_OK && tail < (const char *)sql.p + sql.n; tail++)
        if (!strchr(" \t\r\n;", *tail))
            st = error_set(err, ST_INVALID, "一次只能写一条 SQL 语句");
    if (st != ST_OK) {
        sqlite3_finalize(stmt->handle);
        mem_free(stmt);
        return st;
    }
    stmt->db = db;
    *out = stmt;
    return ST_OK;
}

void stmt_release(struct stmt *stmt)
{
    if (!stmt)
        return;
    CHECK(!stmt->sql);
    sqlite3_finalize(stmt->handle);
    mem_free(stmt);
}

void stmt_reset(struct stmt *stmt)
{
    sqlite3_reset(stmt->handle);
}

void bind_int(struct stmt *stmt, int index, int64_t value)
{
    CHECK(sqlite3_bind_int64(stmt->handle, index, value) == SQLITE_OK);
}

void bind_text(struct stmt *stmt, int index, struct slice text)
{
    int rc = sqlite3_bind_text64(stmt->handle, index, text.n ? (const char *)text.p : "", text.n,
                                 SQLITE_STATIC, SQLITE_UTF8);
    CHECK(rc == SQLITE_OK);
}

void bind_str(struct stmt *stmt, int index, const char *text)
{
    CHECK(sqlite3_bind_text(stmt->handle, index, text, -1, SQLITE_STATIC) == SQLITE_OK);
}

void bind_blob(struct stmt *stmt, int index, struct slice blob)
{
    int rc = sqlite3_bind_blob64(stmt->handle, index, blob.n ? (const void *)blob.p : "", blob.n,
                                 SQLITE_STATIC);
    CHECK(rc == SQLITE_OK);
}

void bind_real(struct stmt *stmt, int index, double value)
{
    CHECK(sqlite3_bind_double(stmt->handle, index, value) == SQLITE_OK);
}

void bind_null(struct stmt *stmt, int index)
{
    CHECK(sqlite3_bind_null(stmt->handle, index) == SQLITE_OK);
}

int stmt_parameter(struct stmt *stmt, const char *name)
{
    return sqlite3_bind_parameter_index(stmt->handle, name);
}

enum status stmt_step(struct stmt *stmt, bool *row, struct error *err)
{
    if (stmt->db->limit_ms && !stmt->db->deadline_ms)
        stmt->db->deadline_ms = time_monotonic_ms() + stmt->db->limit_ms;
    int rc = sqlite3_step(stmt->handle);
    *row = rc == SQLITE_ROW;
    if (rc == SQLITE_ROW)
        return ST_OK;
    stmt->db->deadline_ms = 0;
    enum status st = rc == SQLITE_DONE ? ST_OK : db_status(stmt->db, rc, err);
    sqlite3_reset(stmt->handle);
    return st;
}

enum status stmt_run(struct stmt *stmt, struct error *err)
{
    bool row = true;
    enum status st = ST_OK;
    while (st == ST_OK && row)
        st = stmt_step(stmt, &row, err);
    return st;
}

enum status stmt_run_fed(struct stmt *stmt, const struct feed *feed, struct error *err)
{
    stmt->db->feed = feed;
    enum status st = stmt_run(stmt, err);
    stmt->db->feed = NULL;
    return st;
}

enum status stmt_step_fed(struct stmt *stmt, const struct feed *feed, bool *row, struct error *err)
{
    stmt->db->feed = feed;
    enum status st = stmt_step(stmt, row, err);
    stmt->db->feed = NULL;
    return st;
}

int stmt_columns(struct stmt *stmt)
{
    return sqlite3_column_count(stmt->handle);
}

const char *stmt_column_name(struct stmt *stmt, int column)
{
    return sqlite3_column_name(stmt->handle, column);
}

bool stmt_column_origin(struct stmt *stmt, int column, const char **table, const char **name)
{
    *table = sqlite3_column_table_name(stmt->handle, column);
    *name = sqlite3_column_origin_name(stmt->handle, column);
    return *table && *name;
}

enum column_type stmt_type(struct stmt *stmt, int column)
{
    switch (sqlite3_column_type(stmt->handle, column)) {
    case SQLITE_INTEGER:
        return COLUMN_INT;
    case SQLITE_FLOAT:
        return COLUMN_REAL;
    case SQLITE_TEXT:
        return COLUMN_TEXT;
    case SQLITE_BLOB:
        return COLUMN_BLOB;
    default:
        return COLUMN_NULL;
    }
}

int64_t stmt_int(struct stmt *stmt, int column)
{
    return sqlite3_column_int64(stmt->handle, column);
}

double stmt_real(struct stmt *stmt, int column)
{
    return sqlite3_column_double(stmt->handle, column);
}

struct slice stmt_text(struct stmt *stmt, int column)
{
    const void *p = sqlite3_column_text(stmt->handle, column);
    return slice_of(p, (size_t)sqlite3_column_bytes(stmt->handle, column));
}

struct slice stmt_blob(struct stmt *stmt, int column)
{
    const void *p = sqlite3_column_blob(stmt->handle, column);
    return slice_of(p, (size_t)sqlite3_column_bytes(stmt->handle, column));
}

int64_t db_changes(struct db *db)
{
    return sqlite3_changes64(db->handle);
}

int64_t db_last_rowid(struct db *db)
{
    return sqlite3_last_insert_rowid(db->handle);
}

int64_t db_data_version(struct db *db)
{
    struct stmt *stmt = db_stmt(db, "PRAGMA data_version");
    bool row;
    int64_t version = 0;
    if (stmt_step(stmt, &row, NULL) == ST_OK && row)
        version = stmt_int(stmt, 0);
    stmt_reset(stmt);
    return version;
}

/* ---- functions for SQL ---- */

enum { FUNCTION_ARGS_MAX = 4, FUNCTION_RESULT_MAX = 64 * 1024 };

struct function {
    db_function_body *body;
    void *arg;
    int n_args;
};

static void function_call(sqlite3_context *context, int n, sqlite3_value **values)
{
    const struct function *function = sqlite3_user_data(context);
    struct slice in[FUNCTION_ARGS_MAX];
    struct buf out;
    bool null = false;
    CHECK(n == function->n_args);
    for (int i = 0; i < n; i++) {
        const void *text = sqlite3_value_text(values[i]);
        in[i] = slice_of(text, (size_t)sqlite3_value_bytes(values[i]));
    }
    buf_init(&out, FUNCTION_RESULT_MAX);
    function->body(function->arg, in, &out, &null);
    if (null)
        sqlite3_result_null(context);
    else if (buf_ok(&out))
        sqlite3_result_text(context, buf_cstr(&out), (int)out.n, SQLITE_TRANSIENT);
    else
        sqlite3_result_error_toobig(context);
    buf_release(&out);
}

void db_function(struct db *db, const char *name, int n_args, db_function_body *body, void *arg)
{
    struct function *function = mem_alloc(sizeof *function);
    CHECK(n_args >= 0 && n_args <= FUNCTION_ARGS_MAX);
    *function = (struct function){.body = body, .arg = arg, .n_args = n_args};
    int rc = sqlite3_create_function_v2(db->handle, name, n_args,
                                        SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS,
                                        function, function_call, NULL, NULL, mem_free);
    CHECK(rc == SQLITE_OK);
}

enum status db_empty_log(struct db *db, bool *whole, struct error *err)
{
    struct stmt *stmt = db_stmt(db, "PRAGMA wal_checkpoint(TRUNCATE)");
    bool row = false;
    enum status st = stmt_step(stmt, &row, err);
    *whole = st == ST_OK && row && stmt_int(stmt, 0) == 0;
    stmt_reset(stmt);
    return st == ST_BUSY ? ST_OK : st;
}

void db_roomy(struct db *db, int kib)
{
    char sql[64];
    snprintf(sql, sizeof(sql), "PRAGMA cache_size=-%d", kib);
    sqlite3_exec(db->handle, sql, NULL, NULL, NULL);
}

void db_rest(struct db *db)
{
    sqlite3_db_release_memory(db->handle);
}

static bool disguises(const char *function)
{
    static const char *const names[] = {"hex", "quote", "unicode"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (strcmp(function, names[i]) == 0)
            return true;
    return false;
}

static int authorise_reading(void *arg, int action, const char *a, const char *b, const char *c,
                             const char *d)
{
    const struct db *db = arg;
    (void)c;
    switch (action) {
    case SQLITE_READ:
        if (db->seen && a && b)
            db->seen(db->seen_arg, a, b, d);
        /* fallthrough */
    case SQLITE_SELECT: /* secrets: a desk's settings, and the county's tables, which begin with "_"
                         */
        return a && (a[0] == '_' || strcmp(a, "setting") == 0) ? SQLITE_DENY : SQLITE_OK;
    case SQLITE_RECURSIVE:
        return SQLITE_OK;
    case SQLITE_FUNCTION: /* a is NULL, b the name */
        return b && (strcmp(b, "load_extension") == 0 || (db->seen && !d && disguises(b)))
                   ? SQLITE_DENY
                   : SQLITE_OK;
    default:
        return SQLITE_DENY;
    }
}

#define STEPS_AT_ONCE 10000

static int past_deadline(void *arg)
{
    struct db *db = arg;
    if (db->steps_left > 0 && (db->steps_left -= STEPS_AT_ONCE) <= 0)
        db->steps_left = -1;
    if (db->steps_left < 0)
        return 1;
    return db->deadline_ms && time_monotonic_ms() > db->deadline_ms;
}

void db_restrict_to_reading(struct db *db, int limit_ms)
{
    db->limit_ms = limit_ms;
    /* Sets are JSON: their table functions declare themselves at first use, which is refused later.
     */
    sqlite3_exec(db->handle, "SELECT 1 FROM json_each('[]'), json_tree('[]')", NULL, NULL, NULL);
    sqlite3_limit(db->handle, SQLITE_LIMIT_ATTACHED, 0);
    sqlite3_limit(db->handle, SQLITE_LIMIT_LENGTH, 64 * 1024 * 1024);
    sqlite3_set_authorizer(db->handle, authorise_reading, db);
    sqlite3_progress_handler(db->handle, STEPS_AT_ONCE, past_deadline, db);
}

void db_watch_reads(struct db *db, db_read_seen *fn, void *arg)
{
    db->seen = fn;
    db->seen_arg = arg;
}

void db_limit_steps(struct db *db, int64_t steps)
{
    db->steps_left = steps;
}
