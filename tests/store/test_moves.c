/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * moves: records that go from ledger to ledger, through SQL. Stories with three villages and a
 * township that reads all of them, then random ones, sensible and not: however the moves come in,
 * every record is counted exactly once by who reads all ledgers, at most once by who reads some,
 * and all of it can be made anew.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "shared/base/check.h"
#include "shared/db/erasure.h"
#include "shared/db/migrate.h"
#include "shared/db/moves.h"
#include "tests/store/villages.h"

static const char *const card_sql =
    "INSERT INTO migration VALUES (1, 'card');"
    "INSERT INTO tables(no, name, zh, en) VALUES (1, 'card', '卡', 'card');"
    "INSERT INTO fields(tbl, no, name, zh, type, policy, writers) VALUES"
    " ('card', 1, 'name', '名称', 'text', 'lww', ''),"
    " ('card', 2, 'phone', '电话', 'text', 'review', ''),"
    " ('card', 3, 'kind', '类别', 'text', 'authority', 'C:nc,T,V'),"
    " ('card', 4, 'archive', '档号', 'text', 'authority', 'C:nc'),"
    " ('card', 5, 'points', '积分', 'int', 'counter', ''),"
    " ('card', 6, 'risks', '风险', 'set_text', 'set', 'C:nc'),"
    " ('card', 7, 'visits', '次数', 'int', 'counter', 'C:nc');";

static int setup(void **state)
{
    return villages_setup(state, card_sql);
}

static struct op out(struct fixture *f, unsigned n, unsigned to, uint32_t hop)
{
    return (struct op){.code = OP_OUT,
                       .table = 1,
                       .record = world_id(n),
                       .origin = slice_str(f->ledger[to]->origin.text),
                       .hop = hop};
}

static struct op in(struct fixture *f, unsigned n, unsigned from, uint32_t hop, const char *name)
{
    struct op op = put(f, n, 1, name);
    op.code = OP_IN;
    op.origin = slice_str(f->ledger[from]->origin.text);
    op.hop = hop;
    return op;
}

static void one(struct fixture *f, unsigned at, struct person *who, uint64_t base, struct op op)
{
    save(f, at, who, base, &op, 1);
}

/* "origin's last three digits:name in_transit" of all rows in sight, by name. */
static const char *seen_in(struct db *db, struct arena *arena)
{
    struct stmt *stmt;
    struct error err;
    bool row;
    const char *text = "";
    assert_int_equal(
        db_prepare(db,
                   slice_str("SELECT group_concat(t, ' ') FROM (SELECT substr(origin, -3) || ':' ||"
                             " name || CASE in_transit WHEN 1 THEN '>' ELSE '' END AS t FROM card"
                             " ORDER BY id, origin)"),
                   &stmt, &err),
        ST_OK);
    assert_int_equal(stmt_step(stmt, &row, &err), ST_OK);
    struct slice s = stmt_text(stmt, 0);
    if (s.n)
        text = arena_printf(arena, "%.*s", (int)s.n, (const char *)s.p);
    stmt_release(stmt);
    return text;
}

/* What a desk sees that has only these ledgers, which came to it in this order. */
static const char *desk_sees(struct fixture *f, const char *order)
{
    struct db *db;
    struct replica *rep;
    struct error err;
    assert_int_equal(db_open(NULL, DB_MEMORY, &db, &err), ST_OK);
    assert_int_equal(migrate(db, "shared", &err), ST_OK);
    assert_int_equal(replica_open(db, &rep, &err), ST_OK);
    assert_int_equal(replica_found(rep, &f->w.rep->registry_origin, sign_key_kid(f->w.root), &err),
                     ST_OK);
    world_copy(&f->w, f->w.rep->registry_ledger, rep);
    for (; *order; order++)
        world_copy(&f->w, f->ledger[*order - '0'], rep);
    const char *text = seen_in(db, &f->arena);
    replica_close(rep);
    db_close(db);
    return text;
}

static void assert_sees(struct fixture *f, const char *order, const char *expected)
{
    assert_string_equal(desk_sees(f, order), expected);
}

static void dump_to(void *arg, struct slice bytes)
{
    buf_put_slice(arg, bytes);
}

/* What the fold made is what it makes anew of that ledger. */
static void assert_rebuilds(struct fixture *f, unsigned at)
{
    struct buf before, after;
    struct error err;
    for (int again = 0; again < 2; again++) {
        struct buf *out = again ? &after : &before;
        if (again)
            assert_int_equal(materialise_rebuild(f->w.rep, NULL, &err), ST_OK);
        f->ledger[at] = world_ledger(&f->w, codes[at]);
        buf_init(out, 1024 * 1024);
        assert_int_equal(materialise_dump(f->w.rep, f->ledger[at], false, dump_to, out, &err),
                         ST_OK);
    }
    assert_string_equal(buf_cstr(&before), buf_cstr(&after));
    for (unsigned i = 0; i < VILLAGES; i++)
        f->ledger[i] = world_ledger(&f->w, codes[i]);
    f->card = catalog_table(replica_catalog(f->w.rep), 1);
    buf_release(&before);
    buf_release(&after);
}

/* The arrival itself is erased: what it brought is not told any more, but the record lives where it
 * has arrived, is counted there alone, and goes on; a later edit there stands. */
static void an_arrival_that_was_erased_is_still_one(void **state)
{
    struct fixture *f = *state;
    struct person registrar = {.key = f->w.registrar, .head = {.chain = {{9}}}};
    struct slice order;
    struct error err;
    one(f, 0, &f->village[0], 0, put(f, 1, 1, "甲"));
    one(f, 0, &f->town[0], now(f, 0), out(f, 1, 1, 1));
    one(f, 1, &f->town[1], now(f, 1), in(f, 1, 0, 1, "甲"));
    one(f, 1, &f->village[1], now(f, 1), put(f, 1, 2, "15400000001"));
    assert_sees(f, "01", "002:甲");
    assert_int_equal(erasure_draft(f->w.rep, f->ledger[1], 0, 0, &f->arena, &order, &err), ST_OK);
    const struct op by = {.code = OP_ERASE, .raw = order};
    struct buf body;
    struct made made;
    buf_init(&body, 64 * 1024);
    op_body_begin(&body, 1);
    buf_put_slice(&body, by.raw);
    op_body_end(&body, slice_str("依申请"));
    struct slice bytes = slice_of(arena_copy(&f->arena, body.p, body.n), body.n);
    world_make(&f->w, f->ledger[1], &registrar, now(f, 1), &bytes, 1, &f->arena, &made);
    world_admit(&f->w, f->ledger[1], &made);
    buf_release(&body);
    static const char rows[] =
        "SELECT group_concat(substr(origin, -3) || ' ' || coalesce(name, '-')"
        " || ' ' || phone) FROM card";
    assert_string_equal(world_sql(&f->w, &f->arena, rows), "002 - 15400000001");
    assert_string_equal(world_sql(&f->w, &f->arena, "SELECT count(*) FROM void_change"), "0");
    assert_sees(f, "0", ""); /* the old village has let it go, as before */
    assert_rebuilds(f, 1);
    one(f, 1, &f->village[1], now(f, 1), put(f, 1, 1, "乙"));
    assert_sees(f, "01", "002:乙");
    assert_sees(f, "10", "002:乙");
    one(f, 1, &f->town[1], now(f, 1), out(f, 1, 2, 2));
    one(f, 2, &f->town[2], now(f, 2), in(f, 1, 1, 2, "乙"));
    assert_sees(f, "012", "200:乙");
    assert_rebuilds(f, 1);
}

static void a_record_arrives_and_is_counted_once(void **state)
{
    struct fixture *f = *state;
    one(f, 0, &f->village[0], 0, put(f, 1, 1, "马家"));
    one(f, 0, &f->town[0], 1, out(f, 1, 1, 1));
    assert_sees(f, "0", "");
    assert_sees(f, "02", "");          /* the destination is not theirs */
    assert_sees(f, "01", "001:马家>"); /* on its way to a ledger that is still empty */
    assert_sees(f, "10", "001:马家>");
    one(f, 1, &f->village[1], 0, put(f, 9, 1, "别家"));
    assert_sees(f, "01", "001:马家> 002:别家");
    one(f, 1, &f->town[1], 1, in(f, 1, 0, 1, "马家"));
    assert_string_equal(seen_in(f->w.db, &f->arena), "002:马家 002:别家");
    assert_sees(f, "01", "002:马家 002:别家");
    assert_sees(f, "10", "002:马家 002:别家");
    assert_sees(f, "1", "002:马家 002:别家");
    assert_sees(f, "0", "");
}

static void the_in_may_come_before_the_out(void **state)
{
    struct fixture *f = *state;
    one(f, 0, &f->village[0], 0, put(f, 1, 1, "马家"));
    one(f, 1, &f->town[1], 0, in(f, 1, 0, 1, "马家"));
    assert_sees(f, "01", "002:马家");
    assert_sees(f, "10", "002:马家");
    assert_sees(f, "0", "001:马家");
    one(f, 0, &f->town[0], 1, out(f, 1, 1, 1));
    assert_sees(f, "01", "002:马家");
    assert_sees(f, "0", "");
}

static void it_moves_on_and_back(void **state)
{
    struct fixture *f = *state;
    one(f, 0, &f->village[0], 0, put(f, 1, 1, "a"));
    one(f, 0, &f->town[0], 1, out(f, 1, 1, 1));
    one(f, 1, &f->town[1], 0, in(f, 1, 0, 1, "b"));
    one(f, 1, &f->town[1], 1, out(f, 1, 2, 2));
    one(f, 2, &f->town[2], 0, in(f, 1, 1, 2, "c"));
    assert_sees(f, "012", "200:c");
    one(f, 2, &f->town[2], 1, out(f, 1, 0, 3));
    one(f, 0, &f->town[0], 2, in(f, 1, 2, 3, "d"));
    assert_sees(f, "012", "001:d");
    assert_sees(f, "210", "001:d");
    assert_sees(f, "0", "001:d");
    assert_sees(f, "1", "");
    assert_sees(f, "2", "");
}

static void two_destinations_are_one_home(void **state)
{
    struct fixture *f = *state;
    one(f, 0, &f->village[0], 0, put(f, 1, 1, "a"));
    one(f, 0, &f->town[0], 1, out(f, 1, 2, 1)); /* stands */
    one(f, 0, &f->town[0], 1, out(f, 1, 1, 1));
    one(f, 1, &f->town[1], 0, in(f, 1, 0, 1, "b"));
    assert_sees(f, "01", "");
    assert_sees(f, "1", "002:b");
    one(f, 2, &f->town[2], 0, in(f, 1, 0, 1, "c"));
    assert_sees(f, "012", "200:c");
    assert_sees(f, "120", "200:c");
    assert_sees(f, "12", "002:b"); /* who cannot see the outs takes the first by name */
}

static void only_who_writes_in_both_may_bring_a_record(void **state)
{
    struct fixture *f = *state;
    one(f, 0, &f->village[0], 0, put(f, 1, 1, "a"));
    one(f, 1, &f->village[1], 0, in(f, 1, 0, 1, "mine"));
    assert_string_equal(world_sql(&f->w, &f->arena, "SELECT code FROM void_change"), "scope");
    assert_sees(f, "01", "001:a");
    one(f, 0, &f->village[0], 1, out(f, 1, 1, 1)); /* to let it go is the village's own affair */
    assert_sees(f, "0", "");
    struct op nowhere = out(f, 1, 1, 2);
    nowhere.origin = slice_str("somewhere");
    one(f, 0, &f->village[0], 2, nowhere);
    one(f, 0, &f->village[0], 3, out(f, 1, 0, 2));
    assert_string_equal(world_sql(&f->w, &f->arena, "SELECT count(*) FROM void_change"), "3");
}

static void what_it_brings_is_not_judged_again(void **state)
{
    struct fixture *f = *state;
    struct op_field fields[] = {{1, value_text(slice_str("a"))},
                                {3, value_text(slice_str("脱贫户"))},
                                {4, value_text(slice_str("0123456789"))},
                                {5, value_int(40)},
                                {OP_IN_WRITER + 3, value_text(slice_str("C:nc"))},
                                {OP_IN_WRITER + 4, value_text(slice_str("C:nc"))}};
    struct op op = in(f, 1, 0, 1, "a");
    op.fields = fields;
    op.field_count = ARRAY_LENGTH(fields);
    one(f, 1, &f->town[1], 0, op);
    assert_string_equal(world_sql(&f->w, &f->arena, "SELECT archive || points FROM card"),
                        "012345678940");
    one(f, 1, &f->village[1], 1, put(f, 1, 3, "一般户")); /* the department's word has its rank */
    assert_string_equal(world_sql(&f->w, &f->arena, "SELECT kind FROM card"), "脱贫户");
    fields[3].value = value_text(slice_str("forty")); /* but it must fit the column */
    op.record = world_id(2);
    one(f, 1, &f->town[1], 2, op);
    assert_string_equal(world_sql(&f->w, &f->arena, "SELECT code FROM void_change"), "invalid");
}

static void sets_and_sums_come_right_behind(void **state)
{
    struct fixture *f = *state;
    const struct value risk = value_text(slice_str("因病")), number = value_int(1);
    struct op ops[] = {
        in(f, 1, 0, 1, "a"),
        {.code = OP_SET,
         .table = 1,
         .record = world_id(1),
         .field = 6,
         .add_count = 1,
         .adds = &risk},
        {.code = OP_COUNTER, .table = 1, .record = world_id(1), .field = 7, .delta = 3},
    };
    save(f, 1, &f->town[1], 0, ops, ARRAY_LENGTH(ops));
    assert_string_equal(world_sql(&f->w, &f->arena, "SELECT risks || visits FROM card"),
                        "[\"因病\"]3");
    save(f, 1, &f->town[1], 1, &ops[1], 1); /* alone it is the department's */
    ops[0].record = world_id(2);            /* behind the in of another record, too */
    save(f, 1, &f->town[1], 2, ops, ARRAY_LENGTH(ops));
    ops[0].record = world_id(1);
    ops[1].adds = &number;
    save(f, 1, &f->town[1], 3, ops, ARRAY_LENGTH(ops));
    assert_string_equal(world_sql(&f->w, &f->arena, "SELECT group_concat(code) FROM void_change"),
                        "writer,writer,invalid");
}

static void late_edits_are_marked(void **state)
{
    struct fixture *f = *state;
    one(f, 0, &f->village[0], 0, put(f, 1, 1, "a"));
    one(f, 0, &f->village[0], 1, put(f, 2, 1, "b"));
    one(f, 0, &f->town[0], 2, out(f, 1, 1, 1));
    one(f, 0, &f->town[0], 2, out(f, 2, 1, 1));
    one(f, 0, &f->village[0], 2, put(f, 1, 2, "13800000001"));
    assert_string_equal(
        world_sql(&f->w, &f->arena, "SELECT group_concat(_state & %d != 0) FROM r_card", ROW_LATE),
        "1,0");
}

/* ---- random histories ---- */

#define RECORDS 4
#define STEPS 40
#define SEEDS 60

static uint64_t random_state;

static uint32_t below(uint32_t n)
{
    uint64_t z = random_state += 0x9e3779b97f4a7c15u; /* splitmix64 (Steele, Lea, Flood 2014) */
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return (uint32_t)((z ^ (z >> 31)) % n);
}

static void append(void *arg, struct slice bytes)
{
    buf_put_slice(arg, bytes);
}

static void dump_all(struct replica *rep, struct buf *to)
{
    struct error err;
    buf_init(to, 1 << 20);
    for (unsigned i = 0; i < VILLAGES; i++) {
        struct ledger *ledger = replica_ledger_named(rep, codes[i]);
        if (ledger)
            assert_int_equal(materialise_dump(rep, ledger, false, append, to, &err), ST_OK);
    }
}

/* Has the ledger a row of this record, or nobody any? Nobody makes a record that another made. */
static bool may_put(struct fixture *f, unsigned at, unsigned n)
{
    struct record_id id = world_id(n);
    char hex[RECORD_ID_TEXT];
    record_id_format(&id, hex);
    return strcmp(world_sql(&f->w, &f->arena,
                            "SELECT count(*) = 0 OR sum(ledger = %d) FROM r_card"
                            " WHERE lower(hex(id)) = '%s'",
                            (int)f->ledger[at]->no, hex),
                  "0") != 0;
}

/* Moves that make sense (out here, in there), one half of such, and nonsense. */
static void random_step(struct fixture *f)
{
    char name[16];
    unsigned at = below(VILLAGES), other = (at + 1 + below(VILLAGES - 1)) % VILLAGES;
    unsigned n = 1 + below(RECORDS);
    uint32_t hop = 1 + below(4);
    uint64_t base = now(f, at) > f->base[at] ? now(f, at) - below(2) : f->base[at];
    f->base[at] = base; /* does not decrease in a chain */
    snprintf(name, sizeof name, "n%u", below(100));
    switch (below(6)) {
    case 0:
        one(f, at, &f->town[at], now(f, at), out(f, n, other, hop));
        break;
    case 1:
        one(f, at, &f->town[at], now(f, at), in(f, n, other, hop, name));
        break;
    case 2:
        one(f, at, &f->town[at], now(f, at), out(f, n, other, hop));
        one(f, other, &f->town[other], now(f, other), in(f, n, at, hop, name));
        break;
    default:
        if (may_put(f, at, n))
            one(f, at, &f->village[at], base, put(f, n, 1, name));
        break;
    }
}

/* Every record that some ledger has is counted once by who reads all of them. */
static void check_once(struct fixture *f)
{
    const char *twice = world_sql(&f->w, &f->arena,
                                  "SELECT count(*) FROM (SELECT id FROM card GROUP BY id"
                                  " HAVING count(*) > 1)");
    const char *lost = world_sql(&f->w, &f->arena,
                                 "SELECT count(*) FROM (SELECT DISTINCT id FROM r_card r WHERE"
                                 " NOT EXISTS (SELECT 1 FROM r_card c WHERE c.id = r.id AND"
                                 " c._state & 4 = 0))");
    assert_string_equal(twice, "0");
    if (now(f, 0) && now(f, 1) && now(f, 2))
        assert_string_equal(lost, "0");
}

static void check_copy(struct fixture *f, const char *order, struct buf *expected)
{
    struct db *db;
    struct replica *rep;
    struct error err;
    struct buf got;
    assert_int_equal(db_open(NULL, DB_MEMORY, &db, &err), ST_OK);
    assert_int_equal(migrate(db, "shared", &err), ST_OK);
    assert_int_equal(replica_open(db, &rep, &err), ST_OK);
    assert_int_equal(replica_found(rep, &f->w.rep->registry_origin, sign_key_kid(f->w.root), &err),
                     ST_OK);
    world_copy(&f->w, f->w.rep->registry_ledger, rep);
    for (; *order; order++)
        world_copy(&f->w, f->ledger[*order - '0'], rep);
    dump_all(rep, &got);
    if (expected)
        assert_string_equal(buf_cstr(expected), buf_cstr(&got));
    struct stmt *stmt;
    bool row;
    assert_int_equal(db_prepare(db, slice_str("SELECT 1 FROM card GROUP BY id HAVING count(*) > 1"),
                                &stmt, &err),
                     ST_OK);
    assert_int_equal(stmt_step(stmt, &row, &err), ST_OK);
    assert_false(row);
    stmt_release(stmt);
    buf_release(&got);
    replica_close(rep);
    db_close(db);
}

static void any_history_counts_once_in_any_order(void **state)
{
    struct fixture *f = *state;
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        struct buf live, rebuilt;
        struct error err;
        random_state = seed;
        for (int i = 0; i < STEPS; i++) {
            random_step(f);
            check_once(f);
        }
        dump_all(f->w.rep, &live);
        assert_int_equal(db_exec(f->w.db,
                                 "UPDATE r_card SET _state = _state | 4; DELETE FROM move;"
                                 "INSERT INTO move SELECT id, 1, ledger, 1, 9, 'x' FROM r_card",
                                 &err),
                         ST_OK);
        assert_int_equal(materialise_rebuild(f->w.rep, NULL, &err), ST_OK);
        for (unsigned i = 0; i < VILLAGES; i++) /* it reads everything anew */
            f->ledger[i] = world_ledger(&f->w, codes[i]);
        dump_all(f->w.rep, &rebuilt);
        assert_string_equal(buf_cstr(&live), buf_cstr(&rebuilt));
        check_copy(f, "012", &live);
        check_copy(f, "210", &live);
        check_copy(f, "10", NULL);
        check_copy(f, "2", NULL);
        buf_release(&live);
        buf_release(&rebuilt);
        void *again = f;
        assert_int_equal(villages_teardown(&again), 0);
        assert_int_equal(setup(state), 0);
        f = *state;
    }
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, villages_teardown)
    const struct CMUnitTest tests[] = {
        T(a_record_arrives_and_is_counted_once),
        T(an_arrival_that_was_erased_is_still_one),
        T(the_in_may_come_before_the_out),
        T(it_moves_on_and_back),
        T(two_destinations_are_one_home),
        T(only_who_writes_in_both_may_bring_a_record),
        T(what_it_brings_is_not_judged_again),
        T(sets_and_sums_come_right_behind),
        T(late_edits_are_marked),
        T(any_history_counts_once_in_any_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
