/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * attachments: contents beside a ledger: in any pieces, believed by their hash; named by changes,
 * whether they count or not; gone with the change that alone named them. Made anew, the names are
 * the same.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "shared/codec/hex.h"
#include "shared/db/attachments.h"
#include "shared/db/audit.h"
#include "shared/db/erasure.h"
#include "shared/db/side_tables.h"
#include "tests/harness/assert_ok.h"
#include "tests/harness/world.h"

#define CODE "622924101001"
#define SIZE 700000 /* three pieces of the store */

static const char *const sql =
    "INSERT INTO migration VALUES (1, 'card');"
    "INSERT INTO tables(no, name, zh, en) VALUES (1, 'card', '卡', 'card');"
    "INSERT INTO tables(no, name, zh, en) VALUES (2, 'plain', '牌', 'plain');"
    "INSERT INTO fields(tbl, no, name, zh, type, policy, writers, checks) VALUES"
    " ('card', 1, 'name', '名称', 'text', 'lww', '', ''),"
    " ('card', 2, 'photo', '照片', 'text', 'lww', 'V', 'attachment'),"
    " ('card', 3, 'photos', '照片集', 'set_text', 'set', '', 'attachment'),"
    " ('plain', 1, 'name', '名称', 'text', 'lww', '', '');";

struct fixture {
    struct world w;
    struct person village, township;
    struct person registrar;
    struct ledger *ledger;
    struct arena arena;
    uint8_t *content;
    struct hash hash, thumb;
    char text[ATTACHMENT_TEXT_MAX + 1];
};

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    struct attachment a = {.size = SIZE, .kind = ATTACHMENT_JPEG, .has_thumb = true};
    world_init(&f->w, NULL);
    world_catalog(&f->w, sql);
    world_grant(&f->w, &f->village, 1, "village", CODE);
    world_grant(&f->w, &f->township, 3, "township", "622924101000");
    f->registrar = (struct person){.key = f->w.registrar, .head = {.chain = {{9}}}};
    f->ledger = world_ledger(&f->w, CODE);
    f->content = malloc(SIZE);
    for (size_t i = 0; i < SIZE; i++)
        f->content[i] = (uint8_t)(i * 2654435761u >> 13);
    hash_bytes(slice_of(f->content, SIZE), &f->hash);
    hash_bytes(slice_str("thumb"), &f->thumb);
    memcpy(a.hash, f->hash.b, HASH_SIZE);
    memcpy(a.thumb, f->thumb.b, HASH_SIZE);
    attachment_write(&a, f->text);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    sign_key_release(f->village.key);
    sign_key_release(f->township.key);
    arena_release(&f->arena);
    world_release(&f->w);
    free(f->content);
    free(f);
    return 0;
}

static struct slice body_of(struct fixture *f, const struct op *op, struct slice raw)
{
    struct buf body;
    buf_init(&body, 64 * 1024);
    op_body_begin(&body, 1);
    if (op)
        op_write(&body, op);
    buf_put_slice(&body, raw);
    op_body_end(&body, SLICE_NONE);
    struct slice bytes = slice_of(arena_copy(&f->arena, body.p, body.n), body.n);
    buf_release(&body);
    return bytes;
}

static void say(struct fixture *f, struct person *who, const struct op *op, struct slice raw)
{
    const struct slice body = body_of(f, op, raw);
    struct made *made = arena_alloc(&f->arena, sizeof *made);
    world_make(&f->w, f->ledger, who, f->ledger->tree.size, &body, 1, &f->arena, made);
    world_admit(&f->w, f->ledger, made);
}

static void put(struct fixture *f, struct person *who, uint32_t table, unsigned n, uint32_t field,
                const char *text)
{
    const struct op_field of = {field, value_text(slice_str(text))};
    const struct op op = {
        .code = OP_PUT, .table = table, .record = world_id(n), .field_count = 1, .fields = &of};
    say(f, who, &op, SLICE_NONE);
}

static void add(struct fixture *f, unsigned n, const char *text)
{
    const struct value value = value_text(slice_str(text));
    const struct op op = {.code = OP_SET,
                          .table = 1,
                          .record = world_id(n),
                          .field = 3,
                          .add_count = 1,
                          .adds = &value};
    say(f, &f->village, &op, SLICE_NONE);
}

static void erase(struct fixture *f, uint64_t leaf)
{
    struct slice op;
    assert_ok(erasure_draft(f->w.rep, f->ledger, leaf, 0, &f->arena, &op, &err));
    say(f, &f->registrar, NULL, op);
}

static int names(struct fixture *f)
{
    return atoi(world_sql(&f->w, &f->arena, "SELECT count(*) FROM attachment_ref"));
}

static void keep(struct fixture *f, struct stored_attachment *a, size_t from, size_t n)
{
    assert_ok(db_begin(f->w.db, &err));
    assert_ok(attachments_append(f->w.db, a, slice_of(f->content + from, n), &err));
    assert_ok(db_commit(f->w.db, &err));
}

static void begin(struct fixture *f, struct stored_attachment *a)
{
    assert_ok(db_begin(f->w.db, &err));
    assert_ok(attachments_begin(f->w.db, f->ledger->no, &f->hash, SIZE, false, 1000, a, &err));
    assert_ok(db_commit(f->w.db, &err));
}

static void it_comes_in_any_pieces_and_is_read_anywhere(void **state)
{
    struct fixture *f = *state;
    static const size_t steps[] = {1, 7, 4096, 262144, 300000, SIZE};
    for (size_t s = 0; s < sizeof steps / sizeof *steps; s++) {
        struct stored_attachment a, found;
        begin(f, &a);
        for (size_t at = 0; at < SIZE && (s > 1 || at < 50);) {
            const size_t n = SIZE - at < steps[s] ? SIZE - at : steps[s];
            assert_false(a.whole);
            keep(f, &a, at, n);
            at += n;
            begin(f, &a); /* from anew, as after a break */
            assert_int_equal(a.got, at);
        }
        if (s <= 1)
            keep(f, &a, a.got, SIZE - a.got);
        assert_true(attachments_find(f->w.db, f->ledger->no, &f->hash, &found));
        assert_true(found.whole && !found.held && found.got == SIZE);
        static const uint64_t froms[] = {0, 1, 262143, 262144, 262145, 699999, 700000, 800000};
        static const uint64_t ns[] = {0, 1, 2, 262144, 500000, 700000, UINT64_MAX};
        for (size_t i = 0; i < sizeof froms / sizeof *froms; i++)
            for (size_t k = 0; k < sizeof ns / sizeof *ns; k++) {
                struct buf out;
                buf_init(&out, SIZE);
                assert_ok(attachments_read(f->w.db, &found, froms[i], ns[k], &out, &err));
                const uint64_t left = froms[i] < SIZE ? SIZE - froms[i] : 0;
                assert_int_equal(out.n, ns[k] < left ? ns[k] : left);
                if (out.n)
                    assert_memory_equal(out.p, f->content + froms[i], out.n);
                buf_release(&out);
            }
        assert_ok(attachments_drop(f->w.db, found.no, &err));
        assert_false(attachments_find(f->w.db, f->ledger->no, &f->hash, &found));
        assert_string_equal(world_sql(&f->w, &f->arena, "SELECT count(*) FROM _attachment_piece"),
                            "0");
    }
}

static void what_has_another_hash_does_not_stay(void **state)
{
    struct fixture *f = *state;
    struct stored_attachment a;
    struct error err;
    begin(f, &a);
    keep(f, &a, 0, SIZE - 1);
    assert_int_equal(attachments_append(f->w.db, &a, slice_str("xx"), &err), ST_LIMIT);
    const uint8_t wrong = (uint8_t)(f->content[SIZE - 1] + 1);
    assert_int_equal(attachments_append(f->w.db, &a, slice_of(&wrong, 1), &err), ST_DAMAGED);
    assert_int_equal(a.got, 0);
    begin(f, &a);
    assert_int_equal(a.got, 0);
    keep(f, &a, 0, SIZE);
    assert_true(a.whole);
    assert_int_equal(attachments_append(f->w.db, &a, slice_str("x"), &err), ST_LIMIT);
}

static void a_length_stands_once_something_is_here(void **state)
{
    struct fixture *f = *state;
    struct stored_attachment a;
    struct error why;
    const int64_t no = f->ledger->no;
    assert_ok(attachments_begin(f->w.db, no, &f->hash, 5, false, 1, &a, &err));
    assert_ok(attachments_begin(f->w.db, no, &f->hash, SIZE, false, 2, &a, &err));
    assert_int_equal(a.size, SIZE);
    keep(f, &a, 0, 10);
    assert_int_equal(attachments_begin(f->w.db, no, &f->hash, 5, false, 3, &a, &why), ST_INVALID);
    assert_ok(attachments_held(f->w.db, a.no, &err));
    assert_ok(attachments_used(f->w.db, a.no, 77, &err));
    assert_true(attachments_find(f->w.db, no, &f->hash, &a));
    assert_true(a.held && a.used_ms == 77 && a.added_ms == 1);
}

static void changes_name_what_they_name(void **state)
{
    struct fixture *f = *state;
    struct attachment_named named;
    const int64_t no = f->ledger->no;
    assert_false(attachments_named(f->w.db, no, &f->hash, &named));
    put(f, &f->village, 1, 1, 1, f->text); /* no field for photos */
    put(f, &f->village, 2, 1, 1, f->text); /* no table with such a field */
    put(f, &f->village, 1, 1, 2, "words"); /* void: no attachment */
    assert_int_equal(names(f), 0);
    put(f, &f->township, 1, 1, 2, f->text); /* void: not for this role. It may yet count */
    assert_int_equal(names(f), 2);
    assert_true(attachments_named(f->w.db, no, &f->hash, &named));
    assert_true(named.size == SIZE && named.kind == ATTACHMENT_JPEG && !named.thumb);
    assert_true(attachments_named(f->w.db, no, &f->thumb, &named));
    assert_true(named.size == 0 && named.thumb);
    add(f, 2, f->text);
    assert_int_equal(names(f), 4);
    char bare[65];
    hex_encode(hash_slice(&f->hash), bare);
    add(f, 2, bare);
    assert_int_equal(names(f), 5);
    assert_true(attachments_named(f->w.db, no, &f->hash, &named));
    assert_int_equal(named.size, SIZE);
}

struct lines {
    struct buf text;
};

static void note_line(void *arg, struct slice line)
{
    struct lines *lines = arg;
    buf_put_slice(&lines->text, line);
    buf_put_u8(&lines->text, '\n');
}

static void names_made_anew_are_the_same(void **state)
{
    struct fixture *f = *state;
    struct lines before, after;
    buf_init(&before.text, 1 << 22);
    buf_init(&after.text, 1 << 22);
    add(f, 1, f->text);
    put(f, &f->village, 1, 2, 2, f->text);
    erase(f, 0);
    assert_ok(side_tables_dump(f->w.rep, note_line, &before, &err));
    assert_ok(db_begin(f->w.db, &err));
    assert_ok(materialise_rebuild(f->w.rep, NULL, &err));
    assert_ok(db_commit(f->w.db, &err));
    assert_ok(side_tables_dump(f->w.rep, note_line, &after, &err));
    assert_non_null(strstr(buf_cstr(&before.text), "attachment_ref"));
    assert_string_equal(buf_cstr(&before.text), buf_cstr(&after.text));
    buf_release(&before.text);
    buf_release(&after.text);
}

static void what_is_erased_takes_its_photo_along(void **state)
{
    struct fixture *f = *state;
    struct stored_attachment a;
    begin(f, &a);
    keep(f, &a, 0, SIZE);
    add(f, 1, f->text);                    /* leaf 0 */
    put(f, &f->village, 1, 2, 2, f->text); /* leaf 1 */
    erase(f, 0);
    assert_int_equal(names(f), 2);
    assert_true(attachments_find(f->w.db, f->ledger->no, &f->hash, &a)); /* still named */
    erase(f, 1);
    assert_int_equal(names(f), 0);
    assert_false(attachments_find(f->w.db, f->ledger->no, &f->hash, &a));
    assert_string_equal(world_sql(&f->w, &f->arena, "SELECT count(*) FROM _attachment_piece"), "0");
}

static void what_nobody_names_is_collected_in_time(void **state)
{
    struct fixture *f = *state;
    struct stored_attachment a;
    size_t count;
    begin(f, &a); /* added at 1000 */
    assert_ok(attachments_collect(f->w.db, f->ledger->no, 1000, &count, &err));
    assert_int_equal(count, 0);
    add(f, 1, f->text);
    assert_ok(attachments_collect(f->w.db, f->ledger->no, 2000, &count, &err));
    assert_int_equal(count, 0);
    erase(f, 0);
    begin(f, &a);
    assert_ok(attachments_collect(f->w.db, f->ledger->no, 1001, &count, &err));
    assert_int_equal(count, 1);
    assert_false(attachments_find(f->w.db, f->ledger->no, &f->hash, &a));
}

/* ---- somebody with the database file ---- */

struct told {
    unsigned attachments, others;
};

static void count_finding(void *arg, const struct finding *finding)
{
    struct told *told = arg;
    told->attachments += strcmp(finding->code, "attachment") == 0 && finding->damage;
    told->others += finding->damage && strcmp(finding->code, "attachment") != 0;
}

static unsigned audited(struct fixture *f)
{
    struct told told = {0};
    bool ok;
    /* The fixture's county signs no heads: those findings are the same each time. */
    assert_ok(audit_ledger(f->w.rep, f->ledger, AUDIT_DESK, count_finding, &told, NULL, &ok, &err));
    return told.attachments;
}

static void what_was_altered_is_found(void **state)
{
    struct fixture *f = *state;
    static const char *const ploys[] = {
        "UPDATE _attachment_piece SET bytes = CAST(substr(bytes, 1, 9) || 'x' || substr(bytes, 11)"
        " AS BLOB) WHERE at > 0",
        "DELETE FROM _attachment_piece WHERE at = (SELECT max(at) FROM _attachment_piece)",
        "DELETE FROM _attachment_piece",
        "UPDATE _attachment_piece SET at = 1000000 WHERE at = 0",
        "UPDATE _attachment_piece SET bytes = substr(bytes, 1, length(bytes) - 1) WHERE at = 0",
        "UPDATE _attachment SET hash = zeroblob(32)",
    };
    struct stored_attachment a;
    begin(f, &a);
    keep(f, &a, 0, SIZE - 1);
    assert_int_equal(audited(f), 0); /* not all here: nothing is said of it */
    keep(f, &a, SIZE - 1, 1);
    assert_int_equal(audited(f), 0);
    for (size_t i = 0; i < sizeof(ploys) / sizeof(ploys[0]); i++) {
        assert_ok(db_begin(f->w.db, &err));
        assert_ok(db_exec(f->w.db, ploys[i], &err));
        if (audited(f) != 1)
            fail_msg("not found: %s", ploys[i]);
        db_rollback(f->w.db);
    }
    assert_int_equal(audited(f), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(it_comes_in_any_pieces_and_is_read_anywhere),
        TEST(what_has_another_hash_does_not_stay),
        TEST(a_length_stands_once_something_is_here),
        TEST(changes_name_what_they_name),
        TEST(names_made_anew_are_the_same),
        TEST(what_is_erased_takes_its_photo_along),
        TEST(what_nobody_names_is_collected_in_time),
        TEST(what_was_altered_is_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
