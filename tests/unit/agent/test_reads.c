/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * reads: looks at sensitive fields are noted once an hour with a count, bounded, and travel as
 * batches that are whole or refused. What the county did not take is said again, the same bytes;
 * where its chain ends elsewhere, the same notes behind that.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "agent/core/reads.h"
#include "shared/base/check.h"
#include "tests/harness/assert_ok.h"
#include "tests/harness/folder.h"
#include "tests/harness/world.h"

static const char catalog_text[] =
    "INSERT INTO migration(number, name) VALUES (1, 'shops');"
    "INSERT INTO tables(no, name, zh, title) VALUES (1, 'shop', '店', 'name');"
    "INSERT INTO fields(tbl, no, name, zh, type, policy, sensitivity) VALUES"
    " ('shop', 1, 'name', '名', 'text', 'lww', 1), ('shop', 2, 'tax_no', '税号', 'text', 'lww', 3),"
    " ('shop', 3, 'owner', '主', 'text', 'lww', 4);";

struct fixture {
    char folder[32], data[48];
    struct world world;
    struct desk *desk;
    const struct catalog_table *shop;
    struct hash kid;
};

static int set_up(void **state)
{
    static const uint8_t seed[32] = {9};
    struct fixture *f = mem_zero_alloc(1, sizeof(*f));
    world_init(&f->world, NULL);
    world_catalog(&f->world, catalog_text);
    f->shop = catalog_table(replica_catalog(f->world.rep), 1);
    snprintf(f->folder, sizeof(f->folder), "reads.XXXXXX");
    CHECK(mkdtemp(f->folder) != NULL);
    snprintf(f->data, sizeof(f->data), "%s/data", f->folder);
    assert_ok(desk_create(f->data, &f->world.rep->registry_origin, sign_key_kid(f->world.root),
                          &f->desk, &err));
    f->desk->device = sign_key_from_seed(seed);
    f->kid.b[0] = 5;
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    desk_close(f->desk);
    world_release(&f->world);
    remove_folder(f->folder);
    mem_free(f);
    return 0;
}

static json_t *shop_json(unsigned n, bool masked)
{
    struct record_id id = world_id(n);
    char hex[RECORD_ID_TEXT];
    record_id_format(&id, hex);
    json_t *record = json_pack("{s:s, s:{s:s, s:s, s:n}, s:[]}", "id", hex, "fields", "name", "店",
                               "tax_no", "1", "owner", "masked");
    if (masked)
        json_array_append_new(json_object_get(record, "masked"), json_string("tax_no"));
    return record;
}

static void look(struct fixture *f, unsigned n, bool masked)
{
    json_t *record = shop_json(n, masked);
    reads_record(f->desk, &(struct reader){&f->kid, "get"}, f->shop, record);
    json_decref(record);
}

static void look_at_many(struct fixture *f, unsigned n)
{
    json_t *records = json_array();
    for (unsigned i = 0; i < n; i++)
        json_array_append_new(records, shop_json(i, false));
    reads_list(f->desk, &(struct reader){&f->kid, "list"}, f->shop, records);
    json_decref(records);
}

static int64_t number(struct fixture *f, const char *sql)
{
    struct stmt *stmt = db_stmt(f->desk->db, sql);
    bool row = false;
    assert_int_equal(stmt_step(stmt, &row, NULL), ST_OK);
    int64_t n = row ? stmt_int(stmt, 0) : -1;
    stmt_reset(stmt);
    return n;
}

static void the_same_look_is_one_note(void **state)
{
    struct fixture *f = *state;
    look(f, 1, false);
    look(f, 1, false);
    look(f, 2, false);
    look(f, 3, true); /* masked: nothing was seen */
    if (number(f, "SELECT count(DISTINCT hour) FROM read_note") == 1)
        assert_int_equal(reads_waiting(f->desk), 2);
    assert_int_equal(number(f, "SELECT sum(times) FROM read_note"), 3);
    assert_int_equal(number(f, "SELECT count(*) FROM read_note WHERE fields <> '2'"), 0);
}

static void a_long_list_is_one_note(void **state)
{
    struct fixture *f = *state;
    look_at_many(f, READS_EACH);
    assert_true(reads_waiting(f->desk) >= READS_EACH);
    assert_ok(db_exec(f->desk->db, "DELETE FROM read_note", &err));
    look_at_many(f, READS_EACH + 1);
    assert_int_equal(reads_waiting(f->desk), 1);
    assert_int_equal(number(f, "SELECT rows FROM read_note"), READS_EACH + 1);
}

static void what_finds_no_room_is_counted(void **state)
{
    struct fixture *f = *state;
    char sql[300];
    snprintf(sql, sizeof(sql),
             "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d) INSERT"
             " INTO read_note(hour, person, command, tbl, record, fields, rows, times)"
             " SELECT i, x'', 'get', 1, x'', '2', 1, 1 FROM n",
             READS_MAX);
    assert_ok(db_exec(f->desk->db, sql, &err));
    look(f, 1, false);
    look(f, 2, false);
    assert_true(reads_waiting(f->desk) <= READS_MAX + 2);
    assert_int_equal(number(f, "SELECT sum(times) FROM read_note WHERE command = 'more'"), 2);
    assert_int_equal(number(f, "SELECT count(*) FROM read_note WHERE record <> x''"), 0);
}

/* Reads a body as the county would. */
static struct reads_head judge(struct fixture *f, struct slice body, struct read_batch *batch,
                               struct arena *arena)
{
    struct signature signature;
    struct slice bytes;
    struct reads_head head;
    assert_ok(reads_read(body, arena, batch, &bytes, &signature, &err));
    assert_true(reads_signed(bytes, &signature, sign_key_public(f->desk->device)));
    hash_bytes(bytes, &head.hash);
    head.number = batch->number;
    return head;
}

static bool answer(struct fixture *f, const struct reads_head *head)
{
    struct buf body;
    bool again;
    buf_init(&body, 100);
    reads_answer_write(head, &body);
    assert_ok(reads_take(f->desk, buf_slice(&body), &again, &err));
    buf_release(&body);
    return again;
}

static void what_was_not_taken_is_said_again(void **state)
{
    struct fixture *f = *state;
    struct arena arena = {0};
    struct read_batch batch;
    struct buf one, two;
    buf_init(&one, READS_BODY_MAX);
    buf_init(&two, READS_BODY_MAX);
    assert_false(reads_next(f->desk, &one));
    look(f, 1, false);
    assert_true(reads_next(f->desk, &one));
    look(f, 2, false);
    assert_true(reads_next(f->desk, &two)); /* no answer came */
    assert_true(slice_equal(buf_slice(&one), buf_slice(&two)));
    struct reads_head head = judge(f, buf_slice(&one), &batch, &arena);
    assert_int_equal(batch.number, 1);
    assert_int_equal(batch.count, 1);
    assert_int_equal(batch.entries[0].field_count, 1);
    answer(f, &head);
    buf_clear(&two);
    assert_true(reads_next(f->desk, &two));
    (void)judge(f, buf_slice(&two), &batch, &arena);
    assert_true(hash_equal(&batch.prev, &head.hash));
    assert_int_equal(batch.number, 2);
    struct reads_head other = {.number = 7, .hash = {{3}}};
    assert_true(answer(f, &other)); /* the county's chain ends elsewhere */
    buf_clear(&two);
    assert_true(reads_next(f->desk, &two));
    head = judge(f, buf_slice(&two), &batch, &arena);
    assert_int_equal(batch.number, 8);
    assert_true(hash_equal(&batch.prev, &other.hash));
    assert_int_equal(batch.count, 1);
    answer(f, &head);
    buf_clear(&two);
    assert_false(reads_next(f->desk, &two));
    buf_release(&one);
    buf_release(&two);
    arena_release(&arena);
}

static void a_batch_is_whole_or_refused(void **state)
{
    struct fixture *f = *state;
    struct arena arena = {0};
    struct read_batch batch;
    struct signature signature;
    struct slice bytes;
    struct buf body;
    buf_init(&body, READS_BODY_MAX);
    look(f, 1, false);
    assert_true(reads_next(f->desk, &body));
    for (size_t n = 0; n < body.n; n++)
        assert_int_equal(reads_read(slice_of(body.p, n), &arena, &batch, &bytes, &signature, NULL),
                         ST_INVALID);
    for (size_t i = 0; i < body.n; i++) {
        body.p[i] ^= 1;
        if (reads_read(buf_slice(&body), &arena, &batch, &bytes, &signature, NULL) == ST_OK)
            assert_false(reads_signed(bytes, &signature, sign_key_public(f->desk->device)));
        body.p[i] ^= 1;
    }
    buf_release(&body);
    arena_release(&arena);
}

int main(void)
{
    crypto_init();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_same_look_is_one_note, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_long_list_is_one_note, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_finds_no_room_is_counted, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_was_not_taken_is_said_again, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_batch_is_whole_or_refused, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
