/* SPDX-License-Identifier: MulanPSL-2.0 */
/* snapshot: a replica that took one shows and goes on like one that has all of the history, and in
 * the end holds the same, to the last row; what is no snapshot of this history is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdio.h>

#include "shared/db/migrate.h"
#include "shared/db/side_tables.h"
#include "shared/db/snapshot.h"
#include "tests/sim/chance.h"
#include "tests/store/villages.h"

enum { RECORDS = 12, LEAVES = 120, TAIL = 6, FLIPS = 400 };

static const char *const card_sql =
    "INSERT INTO migration VALUES (1, 'card');"
    "INSERT INTO tables(no, name, zh, en) VALUES (1, 'card', '卡', 'card');"
    "INSERT INTO fields(tbl, no, name, zh, type, policy, writers) VALUES"
    " ('card', 1, 'name', '名称', 'text', 'lww', ''),"
    " ('card', 2, 'word', '说法', 'text', 'review', ''),"
    " ('card', 3, 'other', '另一个', 'text', 'lww', '');";

static int setup(void **state)
{
    return villages_setup(state, card_sql);
}

/* Ordinary work, some of it by two who do not know of each other, in the first village. */
static void work(struct fixture *f, struct chance *chance, unsigned leaves)
{
    for (unsigned i = 0; i < leaves; i++) {
        struct op ops[3];
        char text[32];
        const bool town = chance_below(chance, 3) == 0;
        struct person *who = town ? &f->town[0] : &f->village[0];
        uint64_t *base = &f->base[town ? 1 : 0];
        if (chance_below(chance, 3) > 0 || *base == 0)
            *base = now(f, 0);
        for (unsigned k = 0; k < 3; k++) {
            snprintf(text, sizeof(text), "词 %u", (unsigned)chance_below(chance, 50));
            ops[k] = put(f, (unsigned)chance_below(chance, RECORDS),
                         1 + (uint32_t)chance_below(chance, 3),
                         (const char *)arena_copy(&f->arena, text, sizeof(text)));
        }
        save(f, 0, who, *base, ops, 3);
    }
}

/* Another replica with the registry and nothing else. */
static struct replica *beginner(struct fixture *f, struct db **db)
{
    struct replica *rep;
    struct error err;
    assert_int_equal(db_open(NULL, DB_MEMORY, db, &err), ST_OK);
    assert_int_equal(migrate(*db, "shared", &err), ST_OK);
    assert_int_equal(replica_open(*db, &rep, &err), ST_OK);
    assert_int_equal(replica_found(rep, &f->w.rep->registry_origin, sign_key_kid(f->w.root), &err),
                     ST_OK);
    world_copy(&f->w, f->w.rep->registry_ledger, rep);
    assert_int_equal(replica_ledger_add(rep, &f->ledger[0]->origin, NULL, &err), ST_OK);
    return rep;
}

static enum status take(struct fixture *f, struct replica *rep, struct slice bytes, uint64_t size,
                        const struct hash *root)
{
    struct error err;
    assert_int_equal(db_begin(rep->db, &err), ST_OK);
    enum status st = snapshot_take(rep, &f->ledger[0]->origin, bytes, size, root, &err);
    if (st == ST_OK) {
        assert_int_equal(db_commit(rep->db, &err), ST_OK);
    } else {
        db_rollback(rep->db);
        assert_int_equal(replica_reload(rep, true, &err), ST_OK);
    }
    return st;
}

static void add(void *arg, struct slice bytes)
{
    hash_add(arg, bytes);
}

/* Every derived row. */
static void rows_of(struct replica *rep, struct hash *out)
{
    struct hash_run run;
    struct error err;
    hash_begin(&run);
    assert_int_equal(side_tables_dump(rep, add, &run, &err), ST_OK);
    hash_end(&run, out);
}

static void records_of(struct replica *rep, struct fixture *f, struct hash *out)
{
    struct error err;
    assert_int_equal(snapshot_digest(rep, replica_ledger(rep, &f->ledger[0]->origin), out, &err),
                     ST_OK);
}

/* The content of the next leaf, from the village. */
static enum status fill_one(struct fixture *f, struct replica *rep, uint64_t from)
{
    struct ledger *ledger = replica_ledger(rep, &f->ledger[0]->origin);
    struct stored_changeset stored;
    struct segment segment;
    struct segment_known known;
    struct error err;
    replica_known(f->w.rep, f->ledger[0], &known);
    assert_int_equal(replica_read_leaf(f->w.rep, f->ledger[0], from, &f->arena, &stored, &err),
                     ST_OK);
    assert_int_equal(segment_load(stored.cose, stored.salts, stored.columns, &known.index,
                                  &f->arena, &segment, &err),
                     ST_OK);
    return replica_fill(rep, ledger, &segment, stored.columns, &err);
}

static void records_before_history(void **state)
{
    struct fixture *f = *state;
    struct chance chance = {11};
    struct buf bytes;
    struct hash here, there, root;
    struct db *db, *whole_db;
    struct error err;
    work(f, &chance, LEAVES);
    buf_init(&bytes, SNAPSHOT_MAX);
    assert_int_equal(snapshot_make(f->w.rep, f->ledger[0], &bytes, &err), ST_OK);
    records_of(f->w.rep, f, &here);
    root = f->ledger[0]->root;

    struct replica *rep = beginner(f, &db);
    assert_int_equal(take(f, rep, buf_slice(&bytes), LEAVES, &root), ST_OK);
    records_of(rep, f, &there);
    assert_true(hash_equal(&here, &there));
    struct ledger *ledger = replica_ledger(rep, &f->ledger[0]->origin);
    assert_int_equal(ledger->behind, LEAVES);
    assert_true(hash_equal(&ledger->root, &root));

    /* What is not there is refused, and noted. */
    struct stored_changeset stored;
    assert_int_equal(replica_read_leaf(rep, ledger, 0, &f->arena, &stored, &err), ST_WAIT);
    assert_true(rep->missed);
    assert_int_equal(materialise_rebuild(rep, NULL, &err), ST_REFUSED);

    /* What is new and agrees with what is there comes as to everybody. */
    f->base[0] = now(f, 0);
    struct op op = put(f, 1, 1, "新的");
    save(f, 0, &f->village[0], f->base[0], &op, 1);
    world_copy(&f->w, f->ledger[0], rep);
    records_of(f->w.rep, f, &here);
    records_of(rep, f, &there);
    assert_true(hash_equal(&here, &there));

    /* The history: not in another order. */
    assert_int_equal(fill_one(f, rep, 1), ST_DAMAGED);
    for (uint64_t i = 0; i < LEAVES; i++)
        assert_int_equal(fill_one(f, rep, i), ST_OK);
    assert_int_equal(db_begin(db, &err), ST_OK);
    assert_int_equal(snapshot_settle(rep, &err), ST_OK);
    assert_int_equal(db_commit(db, &err), ST_OK);
    assert_false(snapshot_is_open(rep));
    work(f, &chance, TAIL);
    world_copy(&f->w, f->ledger[0], rep);

    /* One that never had a snapshot. */
    struct replica *whole = beginner(f, &whole_db);
    world_copy(&f->w, f->ledger[0], whole);
    rows_of(whole, &here);
    rows_of(rep, &there);
    assert_true(hash_equal(&here, &there));

    replica_close(whole);
    db_close(whole_db);
    replica_close(rep);
    db_close(db);
    buf_release(&bytes);
}

/* A change that the past must be asked for does not come over a gap: neither right nor wrong. */
static void the_past_is_not_guessed(void **state)
{
    struct fixture *f = *state;
    struct chance chance = {3};
    struct buf bytes;
    struct hash here, there;
    struct db *db;
    struct error err;
    struct op op = put(f, 1, 2, "原来的");
    save(f, 0, &f->village[0], 0, &op, 1);
    work(f, &chance, 20);
    const uint64_t base = now(f, 0);
    buf_init(&bytes, SNAPSHOT_MAX);
    assert_int_equal(snapshot_make(f->w.rep, f->ledger[0], &bytes, &err), ST_OK);
    struct replica *rep = beginner(f, &db);
    assert_int_equal(take(f, rep, buf_slice(&bytes), base, &f->ledger[0]->root), ST_OK);

    /* The leaf that named the record first is here, others that speak of it are not. */
    for (uint64_t i = 0; i < base / 2; i++)
        assert_int_equal(fill_one(f, rep, i), ST_OK);
    /* Two say something else of one field without knowing of each other. */
    op = put(f, 1, 2, "一个说");
    save(f, 0, &f->village[0], base, &op, 1);
    op = put(f, 1, 2, "另一个说");
    save(f, 0, &f->town[0], base, &op, 1);
    struct ledger *ledger = replica_ledger(rep, &f->ledger[0]->origin);
    assert_int_equal(db_begin(db, &err), ST_OK);
    enum status st = ST_OK;
    for (uint64_t i = base; i < now(f, 0) && st == ST_OK; i++) {
        struct stored_changeset stored;
        struct segment segment;
        struct segment_known known;
        replica_known(f->w.rep, f->ledger[0], &known);
        assert_int_equal(replica_read_leaf(f->w.rep, f->ledger[0], i, &f->arena, &stored, &err),
                         ST_OK);
        assert_int_equal(segment_load(stored.cose, stored.salts, stored.columns, &known.index,
                                      &f->arena, &segment, &err),
                         ST_OK);
        assert_int_equal(replica_append(rep, ledger, &stored.leaf, &segment, stored.columns, &err),
                         ST_OK);
        st = materialise_fold(rep, ledger, &segment, 1, NULL, &err);
    }
    assert_int_equal(st, ST_WAIT);
    assert_true(rep->missed);
    db_rollback(db);
    assert_int_equal(replica_reload(rep, true, &err), ST_OK);

    /* With the history it comes. */
    for (uint64_t i = base / 2; i < base; i++)
        assert_int_equal(fill_one(f, rep, i), ST_OK);
    assert_int_equal(db_begin(db, &err), ST_OK);
    assert_int_equal(snapshot_settle(rep, &err), ST_OK);
    assert_int_equal(db_commit(db, &err), ST_OK);
    world_copy(&f->w, f->ledger[0], rep);
    records_of(f->w.rep, f, &here);
    records_of(rep, f, &there);
    assert_true(hash_equal(&here, &there));
    replica_close(rep);
    db_close(db);
    buf_release(&bytes);
}

/* Given up in the middle, the ledger ends where its content does, and goes on from there. */
static void given_up_it_goes_on(void **state)
{
    struct fixture *f = *state;
    struct chance chance = {5};
    struct buf bytes;
    struct hash here, there;
    struct db *db, *whole_db;
    struct error err;
    work(f, &chance, LEAVES);
    buf_init(&bytes, SNAPSHOT_MAX);
    assert_int_equal(snapshot_make(f->w.rep, f->ledger[0], &bytes, &err), ST_OK);
    struct replica *rep = beginner(f, &db);
    assert_int_equal(take(f, rep, buf_slice(&bytes), LEAVES, &f->ledger[0]->root), ST_OK);
    for (uint64_t i = 0; i < LEAVES / 3; i++)
        assert_int_equal(fill_one(f, rep, i), ST_OK);
    assert_int_equal(db_begin(db, &err), ST_OK);
    assert_int_equal(snapshot_give_up(rep, &err), ST_OK);
    assert_int_equal(db_commit(db, &err), ST_OK);
    assert_int_equal(replica_ledger(rep, &f->ledger[0]->origin)->tree.size, LEAVES / 3);
    world_copy(&f->w, f->ledger[0], rep);
    struct replica *whole = beginner(f, &whole_db);
    world_copy(&f->w, f->ledger[0], whole);
    rows_of(whole, &here);
    rows_of(rep, &there);
    assert_true(hash_equal(&here, &there));
    replica_close(whole);
    db_close(whole_db);
    replica_close(rep);
    db_close(db);
    buf_release(&bytes);
}

static void what_is_none_is_refused(void **state)
{
    struct fixture *f = *state;
    struct chance chance = {7};
    struct buf bytes, other;
    struct hash root;
    struct db *db;
    struct error err;
    work(f, &chance, 30);
    buf_init(&bytes, SNAPSHOT_MAX);
    buf_init(&other, SNAPSHOT_MAX);
    assert_int_equal(snapshot_make(f->w.rep, f->ledger[0], &bytes, &err), ST_OK);
    struct replica *rep = beginner(f, &db);
    root = f->ledger[0]->root;
    assert_int_equal(take(f, rep, buf_slice(&bytes), 29, &root), ST_INVALID);
    assert_int_equal(take(f, rep, buf_slice(&bytes), 31, &root), ST_INVALID);
    root.b[5] ^= 1;
    assert_int_equal(take(f, rep, buf_slice(&bytes), 30, &root), ST_INVALID);
    root.b[5] ^= 1;
    assert_int_equal(take(f, rep, SLICE_NONE, 30, &root), ST_INVALID);
    for (size_t n = 1; n < bytes.n; n += 1 + bytes.n / 40) {
        enum status st = take(f, rep, slice_of(bytes.p, n), 30, &root);
        if (st == ST_OK) { /* cut between two tables: the digest tells */
            struct hash here, there;
            records_of(f->w.rep, f, &here);
            records_of(rep, f, &there);
            assert_false(hash_equal(&here, &there));
            replica_close(rep);
            db_close(db);
            rep = beginner(f, &db);
        }
    }
    for (unsigned i = 0; i < FLIPS; i++) {
        buf_clear(&other);
        buf_put_slice(&other, buf_slice(&bytes));
        other.p[chance_below(&chance, other.n)] ^= (uint8_t)(1u << chance_below(&chance, 8));
        if (take(f, rep, buf_slice(&other), 30, &root) == ST_OK) {
            replica_close(rep);
            db_close(db);
            rep = beginner(f, &db);
        }
    }
    assert_int_equal(take(f, rep, buf_slice(&bytes), 30, &root), ST_OK);
    replica_close(rep);
    db_close(db);
    buf_release(&bytes);
    buf_release(&other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(records_before_history, setup, villages_teardown),
        cmocka_unit_test_setup_teardown(the_past_is_not_guessed, setup, villages_teardown),
        cmocka_unit_test_setup_teardown(given_up_it_goes_on, setup, villages_teardown),
        cmocka_unit_test_setup_teardown(what_is_none_is_refused, setup, villages_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
