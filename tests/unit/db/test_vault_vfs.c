/* SPDX-License-Identifier: MulanPSL-2.0 */
/* vault_vfs: what lies on the disk tells nothing, whatever is altered there is noticed, and what a
 * power cut tears is put right as SQLite always did. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "shared/base/file.h"
#include "shared/base/mem.h"
#include "shared/db/db.h"
#include "shared/db/vault_vfs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAGE 4096
#define FRAME (24 + PAGE)
#define SECRET "马建国 62292419700101123X 13909300001"
#define FILE_MAX (64u * 1024 * 1024)

static char folder[] = "/var/tmp/huce-vault.XXXXXX";
static char path[64], wal[80], journal[80], copy[64], copy_wal[80], copy_journal[80];
static struct vault *vault;

/* ---- small tools ---- */

static struct buf read_file(const char *name)
{
    struct buf bytes;
    struct error err;
    if (file_read(name, FILE_MAX, &bytes, &err) != ST_OK)
        fail_msg("%s", err.text);
    return bytes;
}

static void write_file(const char *name, struct slice bytes)
{
    FILE *f = fopen(name, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(bytes.p, 1, bytes.n, f), bytes.n);
    assert_int_equal(fclose(f), 0);
}

static void copy_file(const char *from, const char *to)
{
    unlink(to);
    if (!file_exists(from))
        return;
    struct buf bytes = read_file(from);
    write_file(to, buf_slice(&bytes));
    buf_release(&bytes);
}

/* What is on the disk now, as a thief or a power cut would find it. */
static void take_copy(void)
{
    char shm[300];
    snprintf(shm, sizeof(shm), "%s-shm", copy);
    unlink(shm);
    copy_file(path, copy);
    copy_file(wal, copy_wal);
    copy_file(journal, copy_journal);
}

static bool holds(const char *name, const char *text)
{
    if (!file_exists(name))
        return false;
    struct buf bytes = read_file(name);
    bool found = memmem(bytes.p, bytes.n, text, strlen(text)) != NULL;
    buf_release(&bytes);
    return found;
}

static bool any_holds(const char *text)
{
    return holds(path, text) || holds(wal, text) || holds(journal, text);
}

static struct db *open_db(const char *name)
{
    struct db *db;
    struct error err;
    if (db_open(name, DB_READ_WRITE, &db, &err) != ST_OK)
        fail_msg("%s", err.text);
    return db;
}

static void exec(struct db *db, const char *sql)
{
    struct error err;
    if (db_exec(db, sql, &err) != ST_OK)
        fail_msg("%s: %s", sql, err.text);
}

/* Reads everything: the number of rows, or -1 when something could not be read. */
static int64_t scan(const char *name, struct error *err)
{
    struct db *db;
    struct stmt *stmt = NULL;
    bool row = false;
    int64_t n = -1;
    *err = (struct error){0};
    if (db_open(name, DB_READ_WRITE, &db, err) != ST_OK)
        return -1;
    enum status st = db_prepare(db,
                                slice_str("SELECT count(*), sum(length(body)), sum(unicode(text)),"
                                          " (SELECT group_concat(integrity_check) FROM"
                                          " pragma_integrity_check) FROM t"),
                                &stmt, err);
    if (st == ST_OK)
        st = stmt_step(stmt, &row, err);
    if (st == ST_OK && row && slice_equal(stmt_text(stmt, 3), slice_str("ok")))
        n = stmt_int(stmt, 0);
    else if (st == ST_OK)
        error_set(err, ST_DAMAGED, "%.*s", (int)stmt_text(stmt, 3).n, (char *)stmt_text(stmt, 3).p);
    stmt_release(stmt);
    db_close(db);
    return n;
}

/* t has `rows` rows; some are longer than a page. */
static void fill(struct db *db, int rows)
{
    char sql[400];
    exec(db, "CREATE TABLE IF NOT EXISTS t(id INTEGER PRIMARY KEY, text TEXT, body BLOB);"
             "CREATE INDEX IF NOT EXISTS t_text ON t(text)");
    snprintf(sql, sizeof(sql),
             "INSERT INTO t(text, body) WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1"
             " FROM n WHERE i < %d) SELECT '" SECRET "' || i, zeroblob(CASE WHEN i %% 50 = 0 THEN"
             " 9000 ELSE 40 END) FROM n",
             rows);
    exec(db, sql);
}

static void remove_all(const char *name)
{
    static const char *const ends[] = {"", "-wal", "-shm", "-journal"};
    for (size_t i = 0; i < 4; i++) {
        char full[300];
        snprintf(full, sizeof(full), "%s%s", name, ends[i]);
        unlink(full);
    }
}

static int start(void **state)
{
    (void)state;
    crypto_init();
    if (!mkdtemp(folder))
        return 1;
    snprintf(path, sizeof(path), "%s/a.db", folder);
    snprintf(wal, sizeof(wal), "%s-wal", path);
    snprintf(journal, sizeof(journal), "%s-journal", path);
    snprintf(copy, sizeof(copy), "%s/b.db", folder);
    snprintf(copy_wal, sizeof(copy_wal), "%s-wal", copy);
    snprintf(copy_journal, sizeof(copy_journal), "%s-journal", copy);
    vault = vault_new();
    return 0;
}

static int stop(void **state)
{
    (void)state;
    vault_release(vault);
    rmdir(folder);
    return 0;
}

static int each_start(void **state)
{
    (void)state;
    vault_vfs_add(path, vault);
    vault_vfs_add(copy, vault);
    return 0;
}

static int each_stop(void **state)
{
    (void)state;
    vault_vfs_remove(path);
    vault_vfs_remove(copy);
    remove_all(path);
    remove_all(copy);
    return 0;
}

/* ---- what is on the disk ---- */

static void nothing_is_readable_and_everything_comes_back(void **state)
{
    (void)state;
    struct error err;
    struct db *db = open_db(path);
    fill(db, 2000);
    assert_true(file_exists(wal));
    assert_false(any_holds("马建国"));
    assert_false(any_holds("139093"));
    assert_false(any_holds("CREATE TABLE"));
    db_close(db);
    assert_false(any_holds("马建国"));
    assert_false(any_holds("SQLite format"));
    assert_int_equal(scan(path, &err), 2000);

    /* The same search finds it where nothing is closed up. */
    vault_vfs_remove(path);
    remove_all(path);
    db = open_db(path);
    fill(db, 2000);
    assert_true(holds(wal, "马建国"));
    db_close(db);
    assert_true(holds(path, "马建国"));
}

static void the_same_page_twice_is_not_the_same_bytes(void **state)
{
    (void)state;
    struct db *db = open_db(path);
    exec(db, "CREATE TABLE t(id INTEGER PRIMARY KEY, text TEXT, body BLOB);"
             "PRAGMA wal_checkpoint(TRUNCATE)");
    struct buf before = read_file(path);
    exec(db, "INSERT INTO t VALUES (1, 'a', NULL); DELETE FROM t; PRAGMA wal_checkpoint(TRUNCATE)");
    struct buf after = read_file(path);
    assert_int_equal(before.n, after.n);
    assert_memory_not_equal(before.p + PAGE, after.p + PAGE, PAGE);
    buf_release(&before);
    buf_release(&after);
    db_close(db);
}

static void another_key_or_none_opens_nothing(void **state)
{
    (void)state;
    struct error err;
    struct db *db = open_db(path);
    fill(db, 100);
    db_close(db);
    struct vault *other = vault_new();
    vault_vfs_add(path, other);
    assert_int_equal(scan(path, &err), -1);
    assert_non_null(strstr(err.text, "有一页解不开"));
    vault_vfs_remove(path);
    assert_int_equal(db_open(path, DB_READ_WRITE, &db, &err), ST_DAMAGED);
    vault_vfs_add(path, vault);
    assert_int_equal(scan(path, &err), 100);
    vault_release(other);
}

/* ---- what is altered ---- */

static void a_bit_flipped_anywhere_is_noticed(void **state)
{
    (void)state;
    struct error err;
    struct db *db = open_db(path);
    fill(db, 300);
    db_close(db);
    struct buf bytes = read_file(path);
    assert_int_equal(bytes.n % PAGE, 0);
    srand(1);
    for (size_t page = 0; page < bytes.n / PAGE; page++) {
        size_t places[] = {0, 20, (size_t)rand() % 4056, 4056 + (size_t)rand() % 24,
                           4080 + (size_t)rand() % 16};
        for (size_t i = 0; i < 5; i++) {
            uint8_t *at = bytes.p + page * PAGE + places[i], mask = (uint8_t)(1 << rand() % 8);
            *at ^= mask;
            write_file(path, buf_slice(&bytes));
            if (scan(path, &err) != -1 || err.status != ST_DAMAGED)
                fail_msg("page %zu, byte %zu: %s", page, places[i], err.text);
            *at ^= mask;
        }
    }
    write_file(path, buf_slice(&bytes));
    assert_int_equal(scan(path, &err), 300);
    buf_release(&bytes);
}

static void pages_do_not_stand_in_for_each_other(void **state)
{
    (void)state;
    struct error err;
    struct db *db = open_db(path);
    fill(db, 300);
    db_close(db);
    struct buf bytes = read_file(path);
    size_t pages = bytes.n / PAGE;
    for (size_t i = 1; i < pages; i++) {
        uint8_t kept[PAGE];
        memcpy(kept, bytes.p + i * PAGE, PAGE);
        memcpy(bytes.p + i * PAGE, bytes.p + (i == pages - 1 ? 1 : pages - 1) * PAGE, PAGE);
        write_file(path, buf_slice(&bytes));
        assert_int_equal(scan(path, &err), -1);
        memset(bytes.p + i * PAGE, 0, PAGE);
        write_file(path, buf_slice(&bytes));
        assert_int_equal(scan(path, &err), -1);
        memcpy(bytes.p + i * PAGE, kept, PAGE);
    }
    for (size_t n = 0; n < bytes.n; n += 1 + bytes.n / 37) {
        write_file(path, slice_of(bytes.p, n));
        int64_t rows = scan(path, &err);
        assert_true(rows == -1); /* the table is gone with it when nothing is left */
    }
    buf_release(&bytes);
}

static uint32_t be32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static void put_be32(uint8_t *p, uint32_t v)
{
    for (int i = 0; i < 4; i++)
        p[i] = (uint8_t)(v >> (24 - 8 * i));
}

/* The log's check sums are sums: who changes a frame's page number can put them right without
 * knowing what the page holds. */
static void forge_page_number(uint8_t *frame, uint32_t number)
{
    uint8_t was[4];
    uint32_t d0 = 0, d1 = 0, x;
    memcpy(was, frame, 4);
    put_be32(frame, number);
    memcpy(&x, frame, 4);
    uint32_t before;
    memcpy(&before, was, 4);
    d0 = x - before;
    d1 = d0;
    for (int i = 0; i < PAGE / 8; i++) {
        d0 += d1;
        d1 += d0;
    }
    put_be32(frame + 16, be32(frame + 16) + d0);
    put_be32(frame + 20, be32(frame + 20) + d1);
}

static int64_t after_forging(void)
{
    struct error err;
    struct db *db = open_db(path);
    fill(db, 300);
    exec(db, "PRAGMA wal_checkpoint(TRUNCATE); UPDATE t SET text = 'x' WHERE id = 77");
    struct buf log = read_file(wal);
    assert_true(log.n > 32 + FRAME);
    uint8_t *last = log.p + log.n - FRAME;
    take_copy();
    db_close(db);
    forge_page_number(last, be32(last) == 3 ? 4 : 3);
    write_file(copy_wal, buf_slice(&log));
    buf_release(&log);
    return scan(copy, &err);
}

static void a_frame_is_not_another_pages(void **state)
{
    (void)state;
    /* Under the key: the forged frame ends the log; what was saved with it is not there, and
     * nothing else has changed. */
    assert_int_equal(after_forging(), 300);
    /* Without one, the same forgery goes through and does its damage. */
    each_stop(NULL);
    assert_int_equal(after_forging(), -1);
}

/* A last frame of chance, with the sums of a page of zeros: those are known without the key. */
static void forge_zeros(uint8_t *frame)
{
    uint32_t s0 = be32(frame - FRAME + 16), s1 = be32(frame - FRAME + 20), x[2];
    memcpy(x, frame, 8);
    s0 += x[0] + s1;
    s1 += x[1] + s0;
    for (int i = 0; i < PAGE / 8; i++) {
        s0 += s1;
        s1 += s0;
    }
    put_be32(frame + 16, s0);
    put_be32(frame + 20, s1);
    frame[24 + 100] ^= 1;
}

static void a_frame_is_not_made_of_zeros(void **state)
{
    (void)state;
    struct error err;
    struct db *db = open_db(path);
    fill(db, 300);
    exec(db, "PRAGMA wal_checkpoint(TRUNCATE); UPDATE t SET body = 'x' WHERE id = 50;"
             "UPDATE t SET text = 'x' WHERE id = 77");
    struct buf log = read_file(wal);
    take_copy();
    db_close(db);
    assert_true(log.n >= 32 + 2 * FRAME);
    forge_zeros(log.p + log.n - FRAME);
    write_file(copy_wal, buf_slice(&log));
    buf_release(&log);
    assert_int_equal(scan(copy, &err), 300);
}

/* ---- what is torn ---- */

static void a_torn_log_ends_where_it_is_torn(void **state)
{
    (void)state;
    struct error err;
    struct db *db = open_db(path);
    fill(db, 10);
    exec(db, "PRAGMA wal_checkpoint(TRUNCATE)");
    for (int i = 0; i < 8; i++)
        fill(db, 1);
    take_copy();
    db_close(db);
    struct buf log = read_file(copy_wal);
    struct buf whole = read_file(copy);
    int64_t last = 18;
    for (size_t n = log.n; n > 0; n -= n < 1500 ? n : 1500) {
        for (int torn = 0; torn < 2; torn++) {
            remove_all(copy);
            write_file(copy, buf_slice(&whole));
            struct buf piece;
            buf_init(&piece, FILE_MAX);
            buf_put(&piece, log.p, n);
            if (torn) /* the rest of the frame is what was there before */
                buf_put(&piece, log.p, log.n - n);
            write_file(copy_wal, buf_slice(&piece));
            buf_release(&piece);
            int64_t rows = scan(copy, &err);
            if (rows < 10 || rows > last)
                fail_msg("%zu bytes of the log: %lld rows, %s", n, (long long)rows, err.text);
            last = torn ? rows : last;
        }
    }
    assert_int_equal(last, 10);
    buf_release(&log);
    buf_release(&whole);
}

/* The power goes while the log is copied into the database: each page is old, new, or both. */
static void a_torn_database_is_put_right_from_its_log(void **state)
{
    (void)state;
    struct error err;
    struct db *db = open_db(path);
    fill(db, 200);
    exec(db, "PRAGMA wal_checkpoint(TRUNCATE)");
    exec(db, "CREATE TABLE other(a); UPDATE t SET text = text || 'neu', body = zeroblob(100)");
    fill(db, 200);
    take_copy();
    struct buf old = read_file(copy), log = read_file(copy_wal);
    exec(db, "PRAGMA wal_checkpoint(PASSIVE)");
    struct buf new = read_file(path), torn;
    db_close(db);
    buf_init(&torn, FILE_MAX);
    srand(2);
    for (int round = 0; round < 60; round++) {
        buf_clear(&torn);
        for (size_t at = 0; at < new.n; at += 512) {
            bool is_new = round == 0 ? at % PAGE < 2048 : rand() % 2;
            struct buf *from = is_new || at >= old.n ? &new : &old;
            buf_put(&torn, from->p + at, 512);
        }
        remove_all(copy);
        write_file(copy, buf_slice(&torn));
        write_file(copy_wal, buf_slice(&log));
        int64_t rows = scan(copy, &err);
        if (rows != 400)
            fail_msg("round %d: %lld rows, %s", round, (long long)rows, err.text);
        assert_false(file_exists(copy_wal));
        assert_int_equal(scan(copy, &err), 400);
    }
    buf_release(&torn);
    buf_release(&old);
    buf_release(&new);
    buf_release(&log);
}

static void a_journal_tells_nothing_and_undoes(void **state)
{
    (void)state;
    struct error err;
    struct db *db = open_db(path);
    fill(db, 2000);
    exec(db, "PRAGMA journal_mode=DELETE; PRAGMA cache_size=10; BEGIN;"
             "UPDATE t SET text = 'weg', body = zeroblob(60)");
    assert_true(file_exists(journal));
    assert_false(any_holds("马建国"));
    take_copy();
    exec(db, "ROLLBACK");
    db_close(db);
    assert_true(file_exists(copy_journal));
    assert_int_equal(scan(copy, &err), 2000);
    db = open_db(copy);
    exec(db, "CREATE TABLE found AS SELECT 1 FROM t WHERE text = 'weg'");
    struct stmt *stmt = db_stmt(db, "SELECT count(*) FROM found");
    bool row;
    assert_int_equal(stmt_step(stmt, &row, &err), ST_OK);
    assert_int_equal(stmt_int(stmt, 0), 0);
    db_close(db);
}

/* ---- beside it ---- */

static void there_are_no_temporary_files(void **state)
{
    (void)state;
    struct error err;
    struct db *db = open_db(path);
    fill(db, 2000);
    exec(db, "CREATE TEMP TABLE sorted AS SELECT text FROM t ORDER BY text DESC"); /* memory */
    exec(db, "DROP TABLE sorted; PRAGMA temp_store=FILE");
    assert_int_equal(db_exec(db,
                             "PRAGMA cache_size=5; CREATE TEMP TABLE sorted AS SELECT a.text FROM t"
                             " AS a, t AS b ORDER BY a.text DESC LIMIT 100000",
                             &err),
                     ST_IO);
    db_close(db);
}

static void copies_change_sides(void **state)
{
    (void)state;
    struct error err;
    char sql[400];
    struct db *db = open_db(path);
    fill(db, 500);
    exec(db, "DELETE FROM t WHERE id % 3 = 0; VACUUM");
    snprintf(sql, sizeof(sql), "VACUUM INTO '%s'", copy);
    exec(db, sql); /* same layer, same key */
    db_close(db);
    assert_false(holds(copy, "马建国"));
    assert_int_equal(scan(copy, &err), 334);
    assert_int_equal(scan(path, &err), 334);
}

/* Two processes write in turns and see each other's rows; one dies in the middle. */
static void two_processes_share_it(void **state)
{
    (void)state;
    struct error err;
    struct db *db = open_db(path);
    fill(db, 1);
    db_close(db);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        struct db *own = open_db(path);
        for (int i = 0; i < 200; i++)
            fill(own, 3);
        exec(own, "BEGIN");
        fill(own, 1000);
        _exit(0);
    }
    struct db *mine = open_db(path);
    for (int i = 0; i < 200; i++)
        fill(mine, 2);
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    db_close(mine);
    assert_int_equal(scan(path, &err), 1 + 600 + 400);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, each_start, each_stop)
    const struct CMUnitTest tests[] = {
        TEST(nothing_is_readable_and_everything_comes_back),
        TEST(the_same_page_twice_is_not_the_same_bytes),
        TEST(another_key_or_none_opens_nothing),
        TEST(a_bit_flipped_anywhere_is_noticed),
        TEST(pages_do_not_stand_in_for_each_other),
        TEST(a_frame_is_not_another_pages),
        TEST(a_frame_is_not_made_of_zeros),
        TEST(a_torn_log_ends_where_it_is_torn),
        TEST(a_torn_database_is_put_right_from_its_log),
        TEST(a_journal_tells_nothing_and_undoes),
        TEST(there_are_no_temporary_files),
        TEST(copies_change_sides),
        TEST(two_processes_share_it),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
