/* SPDX-License-Identifier: MulanPSL-2.0 */
/* feed and touch: many rows in one statement, and which leaves mention a record. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <cmocka.h>

#include "shared/base/buf.h"
#include "shared/db/feed.h"
#include "shared/db/migrate.h"
#include "shared/db/touch.h"

static int setup(void **state)
{
    struct db *db;
    struct error err;
    if (db_open(NULL, DB_MEMORY, &db, &err) != ST_OK || migrate(db, "shared", &err) != ST_OK)
        return -1;
    *state = db;
    return 0;
}

static int teardown(void **state)
{
    db_close(*state);
    return 0;
}

static int64_t number(struct db *db, const char *sql)
{
    struct stmt *stmt;
    bool row;
    assert_int_equal(db_prepare(db, slice_str(sql), &stmt, NULL), ST_OK);
    assert_int_equal(stmt_step(stmt, &row, NULL), ST_OK);
    assert_true(row);
    int64_t n = stmt_int(stmt, 0);
    stmt_release(stmt);
    return n;
}

static void rows_go_in_as_they_are(void **state)
{
    struct db *db = *state;
    struct feed feed;
    feed_init(&feed, 3);
    for (int i = 0; i < 1000; i++) {
        struct feed_value *row = feed_row(&feed);
        row[0] = feed_int(i);
        if (i % 2)
            row[1] = feed_text(slice_str(i % 3 ? "马" : ""));
        row[2] = feed_blob(slice_of("\0x", i % 3));
    }
    assert_int_equal(db_exec(db, "CREATE TABLE t(k INTEGER PRIMARY KEY, a TEXT, b BLOB, c)", NULL),
                     ST_OK);
    struct stmt *stmt = db_stmt(db, "INSERT INTO t SELECT c0, c1, c2, c3 FROM _feed");
    assert_int_equal(stmt_run_fed(stmt, &feed, NULL), ST_OK);
    assert_int_equal(number(db, "SELECT count(*) FROM t"), 1000);
    assert_int_equal(number(db, "SELECT sum(k) FROM t"), 499500);
    assert_int_equal(number(db, "SELECT count(*) FROM t WHERE a IS NULL"), 500);
    assert_int_equal(number(db, "SELECT count(*) FROM t WHERE a = '马' AND typeof(a) = 'text'"),
                     333);
    assert_int_equal(number(db, "SELECT count(*) FROM t WHERE b = x'0078' AND k % 3 = 2"), 333);
    assert_int_equal(number(db, "SELECT count(*) FROM t WHERE c IS NOT NULL"), 0);
    /* A row that cannot be: nothing of the statement stays, and the feed is gone from sight. */
    assert_int_equal(stmt_run_fed(stmt, &feed, NULL), ST_EXISTS);
    assert_int_equal(number(db, "SELECT count(*) FROM t"), 1000);
    assert_int_equal(number(db, "SELECT count(*) FROM _feed"), 0);
    feed_release(&feed);
}

static void a_join_finds_many_in_their_order(void **state)
{
    struct db *db = *state;
    struct feed feed;
    bool row;
    static const int64_t asked[] = {7, 3, 99, 3};
    static const int64_t expected[][2] = {{0, 70}, {1, 30}, {3, 30}};
    assert_int_equal(db_exec(db,
                             "CREATE TABLE s(k INTEGER PRIMARY KEY, v);"
                             "INSERT INTO s VALUES (3, 30), (7, 70)",
                             NULL),
                     ST_OK);
    feed_init(&feed, 2);
    for (int i = 0; i < 4; i++) {
        struct feed_value *values = feed_row(&feed);
        values[0] = feed_int(i);
        values[1] = feed_int(asked[i]);
    }
    struct stmt *stmt = db_stmt(db, "SELECT f.c0, s.v FROM _feed f CROSS JOIN s WHERE s.k = f.c1");
    for (int i = 0; i < 3; i++) {
        assert_int_equal(stmt_step_fed(stmt, &feed, &row, NULL), ST_OK);
        assert_true(row);
        assert_int_equal(stmt_int(stmt, 0), expected[i][0]);
        assert_int_equal(stmt_int(stmt, 1), expected[i][1]);
    }
    assert_int_equal(stmt_step_fed(stmt, &feed, &row, NULL), ST_OK);
    assert_false(row);
    feed_release(&feed);
}

static void wide_rows_have_a_table_of_their_own(void **state)
{
    static const size_t widths[] = {FEED_COLUMNS_FEW, FEED_COLUMNS_FEW + 1, FEED_COLUMNS_MAX};
    struct db *db = *state;
    for (int i = 0; i < 3; i++) {
        struct feed feed;
        struct stmt *stmt;
        char sql[96];
        bool row;
        feed_init(&feed, widths[i]);
        feed_row(&feed)[widths[i] - 1] = feed_int(i + 5);
        snprintf(sql, sizeof(sql), "SELECT c%zu FROM %s", widths[i] - 1,
                 feed_table_name(widths[i]));
        assert_int_equal(db_prepare(db, slice_str(sql), &stmt, NULL), ST_OK);
        assert_int_equal(stmt_step_fed(stmt, &feed, &row, NULL), ST_OK);
        assert_true(row);
        assert_int_equal(stmt_int(stmt, 0), i + 5);
        stmt_release(stmt);
        feed_release(&feed);
    }
}

/* ---- touch ---- */

static struct record_id id_of(uint8_t n)
{
    return (struct record_id){{n}};
}

static void number_record(struct db *db, int64_t ledger, uint8_t n, int64_t no, int64_t leaf)
{
    struct record_id id = id_of(n);
    struct stmt *stmt = db_stmt(db, "INSERT INTO record_no(ledger, id, no, leaf)"
                                    " VALUES (?1, ?2, ?3, ?4)");
    bind_int(stmt, 1, ledger);
    bind_blob(stmt, 2, slice_of(id.b, RECORD_ID_SIZE));
    bind_int(stmt, 3, no);
    bind_int(stmt, 4, leaf);
    assert_int_equal(stmt_run(stmt, NULL), ST_OK);
}

static void expect_leaves(struct db *db, int64_t ledger, uint8_t n, uint64_t before,
                          const char *expected)
{
    struct arena arena = {0};
    struct buf text;
    struct record_id id = id_of(n);
    uint64_t *leaves;
    size_t count;
    buf_init(&text, 1000);
    assert_int_equal(touch_leaves(db, ledger, &id, before, &arena, &leaves, &count, NULL), ST_OK);
    for (size_t i = 0; i < count; i++)
        buf_printf(&text, "%s%llu", i ? " " : "", (unsigned long long)leaves[i]);
    assert_string_equal(buf_cstr(&text), expected);
    buf_release(&text);
    arena_release(&arena);
}

static void leaves_of_few_and_of_many_records(void **state)
{
    struct db *db = *state;
    struct touches touches = {0};
    number_record(db, 1, 10, 0, 5);
    number_record(db, 1, 11, 700, 6);
    number_record(db, 1, 12, 1u << 20, 6);
    number_record(db, 2, 10, 0, 2); /* another ledger counts for itself */
    touches_note(&touches, 9, 700);
    touches_note(&touches, 7, 1u << 20);
    for (uint64_t record = 1000; record-- > 300;) /* leaf 8 mentions many, each twice */
        touches_note(&touches, 8, record), touches_note(&touches, 8, record);
    touches_note(&touches, 8, 1u << 20);
    touches_note(&touches, 9, 700);
    assert_int_equal(touches_write(&touches, db, 1, NULL), ST_OK);
    assert_int_equal(touches.count, 0);
    assert_int_equal(number(db, "SELECT count(*) FROM touch"), 2);
    assert_int_equal(number(db, "SELECT count(*) FROM touch_many"), 1);
    expect_leaves(db, 1, 10, UINT64_MAX, "5");
    expect_leaves(db, 1, 11, UINT64_MAX, "6 8 9");
    expect_leaves(db, 1, 11, 9, "6 8");
    expect_leaves(db, 1, 11, 6, "");
    expect_leaves(db, 1, 12, UINT64_MAX, "6 7 8");
    expect_leaves(db, 2, 10, UINT64_MAX, "2");
    expect_leaves(db, 1, 99, UINT64_MAX, "");
    touches_release(&touches);
}

static void the_border_between_few_and_many(void **state)
{
    struct db *db = *state;
    struct touches touches = {0};
    for (uint64_t leaf = 1; leaf <= 2; leaf++)
        for (uint64_t record = 0; record < TOUCH_MANY_MIN - 2 + leaf; record++)
            touches_note(&touches, leaf, record);
    assert_int_equal(touches_write(&touches, db, 1, NULL), ST_OK);
    assert_int_equal(number(db, "SELECT count(*) FROM touch WHERE leaf = 1"), TOUCH_MANY_MIN - 1);
    assert_int_equal(number(db, "SELECT leaf FROM touch_many"), 2);
    touches_release(&touches);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(rows_go_in_as_they_are),
        T(a_join_finds_many_in_their_order),
        T(wide_rows_have_a_table_of_their_own),
        T(leaves_of_few_and_of_many_records),
        T(the_border_between_few_and_many),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
