/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * links: records that are one thing, through SQL. Stories with three villages and a township that
 * reads all of them, then random ones with edits, deletes and moves between: who hangs together is
 * counted once, whatever order the ledgers come in, and all of it can be made anew.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "shared/base/check.h"
#include "shared/db/clash.h"
#include "shared/db/links.h"
#include "shared/db/migrate.h"
#include "tests/store/villages.h"

static const char *const card_sql =
    "INSERT INTO migration VALUES (1, 'card');"
    "INSERT INTO tables(no, name, zh, en) VALUES (1, 'card', '卡', 'card'), (2, 'stay', '住', "
    "'stay');"
    "INSERT INTO fields(tbl, no, name, zh, type, policy, ref, required) VALUES"
    " ('card', 1, 'name', '名称', 'text', 'lww', '', 0),"
    " ('card', 2, 'above', '上级', 'ref', 'lww', 'card', 0),"
    " ('stay', 1, 'card_id', '卡', 'ref', 'lww', 'card', 1),"
    " ('stay', 2, 'until', '到', 'text', 'lww', '', 0);"
    "INSERT INTO rules(tbl, no, kind, args, severity, zh) VALUES"
    " ('card', 1, 'acyclic', 'above settle above=', 'conflict', '互为上级'),"
    " ('stay', 1, 'unique', 'card_id until= settle until=x', 'conflict', '同时在几处');";

static int setup(void **state)
{
    return villages_setup(state, card_sql);
}

static struct op refer(struct fixture *f, uint32_t table, unsigned n, uint32_t field, unsigned to)
{
    struct op op = put(f, n, field, "");
    struct record_id *id = arena_alloc(&f->arena, sizeof *id);
    *id = world_id(to);
    ((struct op_field *)op.fields)->value = value_bytes(slice_of(id->b, RECORD_ID_SIZE));
    op.table = table;
    return op;
}

static struct op linked(unsigned a, unsigned b, bool same)
{
    return (struct op){
        .code = OP_LINK, .table = 1, .record = world_id(a), .other = world_id(b), .link = same};
}

static struct op move(struct fixture *f, enum op_code code, unsigned n, unsigned other,
                      uint32_t hop)
{
    struct op op = put(f, n, 1, "moved");
    op.code = code;
    op.origin = slice_str(f->ledger[other]->origin.text);
    op.hop = hop;
    return op;
}

static void one(struct fixture *f, unsigned at, struct person *who, uint64_t base, struct op op)
{
    save(f, at, who, base, &op, 1);
}

/* Cards n and what is in sight of them: their names. */
static const char *seen(struct fixture *f)
{
    return world_sql(&f->w, &f->arena,
                     "SELECT group_concat(name, ' ') FROM"
                     " (SELECT name FROM card ORDER BY name)");
}

static void name_cards(struct fixture *f, unsigned at, unsigned first, unsigned last)
{
    for (unsigned n = first; n <= last; n++) {
        char *name = arena_printf(&f->arena, "c%u", n);
        one(f, at, &f->village[at], now(f, at), put(f, n, 1, name));
    }
}

/* ---- stories ---- */

static void a_pair_is_counted_once_until_it_is_taken_apart(void **state)
{
    struct fixture *f = *state;
    name_cards(f, 0, 1, 3);
    one(f, 0, &f->village[0], now(f, 0), linked(2, 1, true));
    assert_string_equal(seen(f), "c1 c3");
    struct record_id second = world_id(2), shown;
    assert_true(links_shown(f->w.rep, f->card, &second, &shown));
    assert_memory_equal(shown.b, world_id(1).b, RECORD_ID_SIZE);
    one(f, 0, &f->village[0], now(f, 0), linked(1, 2, false));
    assert_string_equal(seen(f), "c1 c2 c3");
    assert_false(links_shown(f->w.rep, f->card, &second, &shown));
}

static void a_link_wins_over_an_unlink_that_had_not_seen_it(void **state)
{
    struct fixture *f = *state;
    name_cards(f, 0, 1, 2);
    one(f, 0, &f->village[0], now(f, 0), linked(1, 2, true));
    uint64_t base = now(f, 0);
    one(f, 0, &f->town[0], base, linked(1, 2, false));
    assert_string_equal(seen(f), "c1 c2");
    one(f, 0, &f->village[0], base, linked(1, 2, true));
    assert_string_equal(seen(f), "c1");
}

static void what_hangs_together_is_shown_under_the_smallest_that_is_there(void **state)
{
    struct fixture *f = *state;
    name_cards(f, 0, 1, 4);
    one(f, 0, &f->village[0], now(f, 0), linked(3, 4, true));
    one(f, 0, &f->village[0], now(f, 0), linked(1, 2, true));
    one(f, 0, &f->village[0], now(f, 0), linked(2, 4, true));
    assert_string_equal(seen(f), "c1");
    struct op gone = {.code = OP_DELETE, .table = 1, .record = world_id(1)};
    one(f, 0, &f->village[0], now(f, 0), gone);
    assert_string_equal(seen(f), "c2"); /* still through the first, which is only deleted */
    one(f, 0, &f->village[0], now(f, 0), linked(2, 4, false));
    assert_string_equal(seen(f), "c2 c3");
    gone.code = OP_RESTORE;
    one(f, 0, &f->village[0], now(f, 0), gone);
    assert_string_equal(seen(f), "c1 c3");
}

static void a_pair_may_be_of_two_ledgers(void **state)
{
    struct fixture *f = *state;
    name_cards(f, 0, 2, 2);
    one(f, 1, &f->town[1], 0, linked(1, 2, true)); /* before either of them is here */
    assert_string_equal(seen(f), "c2");
    name_cards(f, 1, 1, 1);
    assert_string_equal(seen(f), "c1");
    one(f, 1, &f->town[1], now(f, 1),
        move(f, OP_OUT, 1, 2, 1)); /* on its way to one that is here */
    one(f, 2, &f->town[2], 0, move(f, OP_IN, 1, 1, 1));
    assert_string_equal(seen(f), "moved");
    one(f, 1, &f->town[1], now(f, 1), linked(1, 2, false));
    assert_string_equal(seen(f), "c2 moved");
}

static bool count_clash(void *arg, const struct clash *clash)
{
    assert_int_equal(clash->count, 2);
    ++*(int *)arg;
    return true;
}

static int clashes(struct fixture *f)
{
    int n = 0;
    struct error err;
    assert_int_equal(clash_each(f->w.rep, count_clash, &n, &err), ST_OK);
    return n;
}

static void references_follow(void **state)
{
    struct fixture *f = *state;
    char hex[RECORD_ID_TEXT];
    struct record_id first = world_id(1);
    name_cards(f, 0, 1, 3);
    one(f, 0, &f->village[0], now(f, 0), refer(f, 2, 11, 1, 1));
    one(f, 0, &f->village[0], now(f, 0), refer(f, 2, 12, 1, 2));
    one(f, 0, &f->village[0], now(f, 0), refer(f, 1, 1, 2, 3));
    one(f, 0, &f->village[0], now(f, 0), refer(f, 1, 3, 2, 2));
    assert_int_equal(clashes(f), 0);
    one(f, 0, &f->village[0], now(f, 0), linked(1, 2, true));
    record_id_format(&first, hex);
    assert_string_equal(
        world_sql(&f->w, &f->arena, "SELECT group_concat(DISTINCT card_id) FROM stay"), hex);
    assert_int_equal(clashes(f), 2); /* one card at two places; 1 below 3 below 1 */
    one(f, 0, &f->village[0], now(f, 0), linked(1, 2, false));
    assert_int_equal(clashes(f), 0);
}

static bool count_ops(void *arg, const struct history_item *item)
{
    size_t *n = arg;
    for (size_t i = 0; i < item->op_count; i++)
        n[item->ops[i].code == OP_LINK]++;
    return true;
}

static void both_histories_tell_of_it(void **state)
{
    struct fixture *f = *state;
    struct error err;
    name_cards(f, 0, 1, 1);
    one(f, 0, &f->village[0], now(f, 0), linked(1, 2, true)); /* 2 is not here yet */
    name_cards(f, 0, 2, 2);
    one(f, 0, &f->village[0], now(f, 0), linked(2, 1, false));
    for (unsigned n = 1; n <= 2; n++) {
        struct record_id id = world_id(n);
        size_t ops[2] = {0};
        assert_int_equal(materialise_history(f->w.rep, f->ledger[0], &id, count_ops, ops, &err),
                         ST_OK);
        assert_int_equal(ops[0], 1);
        assert_int_equal(ops[1], 2);
    }
    assert_string_equal(world_sql(&f->w, &f->arena, "SELECT group_concat(no) FROM record_no"),
                        "0,1");
}

/* A record that a link names is none. */
static void a_name_is_not_a_record(void **state)
{
    struct fixture *f = *state;
    struct record_state record;
    struct record_id id = world_id(1);
    struct error err;
    one(f, 0, &f->village[0], 0, linked(1, 2, true));
    assert_ptr_equal(materialise_find(f->w.rep, f->card, &id), NULL);
    assert_int_equal(
        materialise_load(f->w.rep, f->ledger[0], f->card, &id, &f->arena, &record, &err),
        ST_NOT_FOUND);
    assert_string_equal(seen(f), "");
}

/* ---- random histories ---- */

#define RECORDS 5
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
                            " WHERE _state & 256 = 0 AND lower(hex(id)) = '%s'",
                            (int)f->ledger[at]->no, hex),
                  "0") != 0;
}

/* Edits, deletes, moves, and words about pairs on whatever base. */
static void random_step(struct fixture *f)
{
    char name[16];
    unsigned at = below(VILLAGES), other = (at + 1 + below(VILLAGES - 1)) % VILLAGES;
    unsigned n = 1 + below(RECORDS), second = 1 + (n + below(RECORDS - 1)) % RECORDS;
    uint32_t hop = 1 + below(4);
    uint64_t base = now(f, at) > f->base[at] ? now(f, at) - below(2) : f->base[at];
    f->base[at] = base; /* does not decrease in a chain */
    snprintf(name, sizeof name, "n%u", below(100));
    switch (below(8)) {
    case 0:
        one(f, at, &f->town[at], now(f, at), move(f, OP_OUT, n, other, hop));
        one(f, other, &f->town[other], now(f, other), move(f, OP_IN, n, at, hop));
        break;
    case 1:
        if (may_put(f, at, n))
            one(f, at, &f->village[at], base,
                (struct op){
                    .code = below(2) ? OP_DELETE : OP_RESTORE, .table = 1, .record = world_id(n)});
        break;
    case 2:
    case 3:
    case 4:
        one(f, at, &f->village[at], base, linked(n, second, below(3) > 0));
        break;
    default:
        if (may_put(f, at, n))
            one(f, at, &f->village[at], base, put(f, n, 1, name));
        break;
    }
}

/* All that hang together have one row in sight if any of them counts: the smallest of those. */
static void check_once(struct fixture *f)
{
    static const char *const wrong =
        "WITH RECURSIVE reach(a, b) AS (SELECT DISTINCT id, id FROM r_card UNION"
        " SELECT r.a, l.other FROM reach r JOIN link l ON l.id = r.b WHERE l.same),"
        " counts AS (SELECT DISTINCT id FROM r_card WHERE _state & 5 = 1)"
        " SELECT count(*) FROM counts c WHERE EXISTS (SELECT 1 FROM r_card s WHERE s.id = c.id AND"
        "   s._state & 133 = 1) <> (c.id = (SELECT min(o.id) FROM reach r JOIN counts o ON o.id = "
        "r.b"
        "   WHERE r.a = c.id))";
    assert_string_equal(world_sql(&f->w, &f->arena, "%s", wrong), "0");
    assert_string_equal(world_sql(&f->w, &f->arena,
                                  "SELECT count(*) FROM r_card r LEFT JOIN same_as s ON s.id = r.id"
                                  " WHERE (r._state & 128 <> 0) <> (s.id IS NOT NULL)"),
                        "0");
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
    assert_string_equal(buf_cstr(expected), buf_cstr(&got));
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
        assert_int_equal(
            db_exec(f->w.db,
                    "UPDATE r_card SET _state = _state | 128; DELETE FROM link;"
                    "INSERT OR IGNORE INTO same_as SELECT 1, id, id, ledger FROM r_card",
                    &err),
            ST_OK);
        assert_int_equal(materialise_rebuild(f->w.rep, NULL, &err), ST_OK);
        for (unsigned i = 0; i < VILLAGES; i++) /* it reads everything anew */
            f->ledger[i] = world_ledger(&f->w, codes[i]);
        dump_all(f->w.rep, &rebuilt);
        assert_string_equal(buf_cstr(&live), buf_cstr(&rebuilt));
        check_copy(f, "012", &live);
        check_copy(f, "210", &live);
        check_copy(f, "102", &live);
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
        T(a_pair_is_counted_once_until_it_is_taken_apart),
        T(a_link_wins_over_an_unlink_that_had_not_seen_it),
        T(what_hangs_together_is_shown_under_the_smallest_that_is_there),
        T(a_pair_may_be_of_two_ledgers),
        T(references_follow),
        T(both_histories_tell_of_it),
        T(a_name_is_not_a_record),
        T(any_history_counts_once_in_any_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
