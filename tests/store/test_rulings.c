/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * rulings: what a later leaf says about earlier changes. Stories of a revoked officer, whose cut
 * vouches for some of what comes afterwards, and of a registrar who adopts and voids; then random
 * histories: folded leaf by leaf, all at once, or made anew, they come to the same.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdlib.h>

#include "tests/harness/world.h"

#define CODE "622924101001"
#define PEOPLE 4
#define MADE_MAX 8
#define KNOWN_MAX 512
#define SEEDS 150
#define STEPS 60

static const char *const card_sql =
    "INSERT INTO migration VALUES (1, 'card');"
    "INSERT INTO tables(no, name, zh, en) VALUES (1, 'card', '卡', 'card');"
    "INSERT INTO fields(tbl, no, name, zh, type, policy, args, writers) VALUES"
    " ('card', 1, 'name', '名称', 'text', 'lww', '', ''),"
    " ('card', 2, 'level', '等级', 'text', 'review', '', ''),"
    " ('card', 3, 'first', '首次', 'text', 'once', '', ''),"
    " ('card', 4, 'marks', '记号', 'set_text', 'set', '', ''),"
    " ('card', 5, 'sum', '次数', 'int', 'counter', '', ''),"
    " ('card', 6, 'word', '说法', 'text', 'authority', '', 'T,V'),"
    " ('card', 7, 'step', '状态', 'text', 'state', '>a,a>b,b>a', '');";

struct fixture {
    struct world w;
    struct person who[PEOPLE]; /* 0, 1: village; 2: township; 3: registrar */
    struct ledger *ledger;
    struct arena arena;
    /* Made by each and not admitted yet, in order. */
    struct made waiting[PEOPLE][MADE_MAX];
    size_t made[PEOPLE];
    uint64_t base[PEOPLE];            /* of their newest */
    struct revoke_cut last[PEOPLE];   /* the end of their chains */
    struct reference refs[KNOWN_MAX]; /* of first changes of changesets, for adopt and void */
    struct hash ids[KNOWN_MAX];
    size_t known;
};

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    world_init(&f->w, NULL);
    world_catalog(&f->w, card_sql);
    world_grant(&f->w, &f->who[0], 1, "village", CODE);
    world_grant(&f->w, &f->who[1], 2, "village", CODE);
    world_grant(&f->w, &f->who[2], 3, "township", "622924101000");
    f->who[3] = (struct person){.key = f->w.registrar, .head = {.chain = {{9}}}};
    f->ledger = world_ledger(&f->w, CODE);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    for (int i = 0; i < 3; i++)
        sign_key_release(f->who[i].key);
    arena_release(&f->arena);
    world_release(&f->w);
    free(f);
    return 0;
}

/* ---- making and admitting ---- */

static struct slice body_of(struct fixture *f, const struct op *ops, size_t count, struct slice raw)
{
    struct buf body;
    buf_init(&body, 64 * 1024);
    op_body_begin(&body, count + (raw.n != 0));
    for (size_t i = 0; i < count; i++)
        op_write(&body, &ops[i]);
    buf_put_slice(&body, raw);
    op_body_end(&body, SLICE_NONE);
    struct slice bytes = slice_of(arena_copy(&f->arena, body.p, body.n), body.n);
    buf_release(&body);
    return bytes;
}

static void make(struct fixture *f, int who, uint64_t base, const struct slice *bodies,
                 size_t count)
{
    assert_true(f->made[who] < MADE_MAX && f->known < KNOWN_MAX);
    f->base[who] = base;
    struct made *made = &f->waiting[who][f->made[who]++];
    struct hash leaf;
    world_make(&f->w, f->ledger, &f->who[who], base, bodies, count, &f->arena, made);
    const struct changeset *h = &made->segment.header;
    f->last[who] =
        (struct revoke_cut){.origin = f->ledger->origin, .chain = h->chain, .id = made->segment.id};
    segment_change_leaf(&made->segment, 0, &leaf);
    reference_make(&h->kid, &h->chain, h->first_seq, &leaf, &f->refs[f->known]);
    f->ids[f->known++] = made->segment.id;
}

static void admit(struct fixture *f, int who)
{
    assert_true(f->made[who] > 0);
    world_admit(&f->w, f->ledger, &f->waiting[who][0]);
    f->made[who]--;
    memmove(&f->waiting[who][0], &f->waiting[who][1], f->made[who] * sizeof f->waiting[who][0]);
}

static uint64_t now(const struct fixture *f)
{
    return f->ledger->tree.size;
}

static struct op put(struct fixture *f, unsigned n, uint32_t field, const char *text)
{
    struct op_field *of = arena_alloc(&f->arena, sizeof *of);
    *of = (struct op_field){field, value_text(slice_str(text))};
    return (struct op){
        .code = OP_PUT, .table = 1, .record = world_id(n), .field_count = 1, .fields = of};
}

/* Card 1's field says so; not admitted yet. */
static void say(struct fixture *f, int who, uint64_t base, uint32_t field, const char *text)
{
    const struct op op = put(f, 1, field, text);
    struct slice body = body_of(f, &op, 1, SLICE_NONE);
    make(f, who, base, &body, 1);
}

static void said(struct fixture *f, int who, uint32_t field, const char *text)
{
    say(f, who, now(f), field, text);
    admit(f, who);
}

static void rule(struct fixture *f, int who, enum authority_op_code code, const struct target *t)
{
    struct buf op;
    buf_init(&op, 64 * 1024);
    targets_encode(code, t, 1, &op);
    struct slice body = body_of(f, NULL, 0, buf_slice(&op));
    make(f, who, now(f), &body, 1);
    admit(f, who);
    buf_release(&op);
}

static struct target of_change(const struct fixture *f, size_t nth)
{
    return (struct target){.change = f->refs[nth]};
}

static struct target of_changeset(const struct fixture *f, size_t nth)
{
    return (struct target){.is_changeset = true, .changeset = f->ids[nth]};
}

static const char *shown(struct fixture *f, const char *column)
{
    return world_sql(&f->w, &f->arena, "SELECT coalesce(%s, '-') FROM card", column);
}

static const char *voids(struct fixture *f)
{
    return world_sql(&f->w, &f->arena,
                     "SELECT coalesce(group_concat(leaf || ' ' || code, ', '), '') FROM"
                     " (SELECT leaf, code FROM void_change WHERE ledger = %lld ORDER BY leaf)",
                     (long long)f->ledger->no);
}

/* ---- is it a fold? ---- */

static void append(void *arg, struct slice bytes)
{
    buf_put_slice(arg, bytes);
}

static void dump(struct fixture *f, struct replica *rep, struct buf *out)
{
    struct error err;
    struct stmt *stmt;
    bool row;
    struct ledger *ledger = replica_ledger(rep, &f->ledger->origin);
    buf_init(out, 16 * 1024 * 1024);
    assert_int_equal(materialise_dump(rep, ledger, false, append, out, &err), ST_OK);
    assert_int_equal(db_prepare(rep->db,
                                slice_str("SELECT group_concat(leaf || '.' || position || ' by ' ||"
                                          " by_leaf || '.' || by_position || why, ' ') FROM (SELECT"
                                          " * FROM overruled ORDER BY id, field, leaf, position)"),
                                &stmt, &err),
                     ST_OK);
    assert_int_equal(stmt_step(stmt, &row, &err), ST_OK);
    buf_put_slice(out, stmt_text(stmt, 0));
    stmt_release(stmt);
}

static void check(struct fixture *f)
{
    struct buf live, again;
    struct error err;
    dump(f, f->w.rep, &live);
    assert_int_equal(materialise_rebuild(f->w.rep, NULL, &err), ST_OK);
    f->ledger = world_ledger(&f->w, CODE); /* it reads everything anew */
    dump(f, f->w.rep, &again);
    assert_string_equal(buf_cstr(&live), buf_cstr(&again));
    buf_release(&live);
    buf_release(&again);
}

/* ---- stories ---- */

static void honest_work_counts_when_the_head_has_come(void **state)
{
    struct fixture *f = *state;
    said(f, 1, 1, "before");
    for (int i = 0; i < 4; i++)
        say(f, 0, now(f), 1, (const char *[]){"one", "two", "three", "four"}[i]);
    f->last[0].id = f->ids[3]; /* one … three are known to be honest */
    world_revoke_cut(&f->w, &f->who[0], &f->last[0], 1);
    admit(f, 0);
    admit(f, 0);
    assert_string_equal(shown(f, "name"), "before");
    assert_string_equal(voids(f), "1 quarantined, 2 quarantined");
    admit(f, 0);
    assert_string_equal(shown(f, "name"), "three");
    assert_string_equal(voids(f), "");
    admit(f, 0);
    assert_string_equal(shown(f, "name"), "three");
    assert_string_equal(voids(f), "4 quarantined");
    check(f);
}

static void what_comes_with_the_head_counts_from_there(void **state)
{
    struct fixture *f = *state;
    said(f, 1, 2, "old");
    say(f, 0, now(f), 2, "honest");
    say(f, 0, now(f), 1, "name");
    world_revoke_cut(&f->w, &f->who[0], &f->last[0], 1);
    admit(f, 0);
    said(f, 1, 2, "meanwhile"); /* its author was shown nothing of "honest" */
    admit(f, 0);
    assert_string_equal(world_sql(&f->w, &f->arena, "SELECT count(*) FROM conflict"), "1");
    check(f);
    said(f, 1, 1, "later");
    check(f);
}

static void a_cut_vouches_for_nothing_after_its_heads(void **state)
{
    struct fixture *f = *state;
    said(f, 0, 1, "before");
    struct revoke_cut cut = f->last[0];
    say(f, 0, now(f), 1, "stolen");
    cut.chain.b[0] ^= 1; /* a head of another chain is no head */
    world_revoke_cut(&f->w, &f->who[0], &cut, 1);
    admit(f, 0);
    assert_string_equal(shown(f, "name"), "before");
    assert_string_equal(voids(f), "1 quarantined");
    check(f);
}

static void a_registrar_adopts_and_voids(void **state)
{
    struct fixture *f = *state;
    said(f, 1, 2, "old");
    say(f, 0, now(f), 2, "quarantined");
    world_revoke(&f->w, &f->who[0]);
    admit(f, 0);
    const struct target change = of_change(f, 1), whole = of_changeset(f, 1);
    rule(f, 2, OP_ADOPT, &change); /* not hers to say */
    assert_string_equal(voids(f), "1 quarantined, 2 authority");
    assert_string_equal(shown(f, "level"), "old");
    rule(f, 3, OP_ADOPT, &change);
    assert_string_equal(shown(f, "level"), "quarantined"); /* it had seen "old" */
    assert_string_equal(voids(f), "2 authority");
    check(f);
    said(f, 1, 2, "newer"); /* has seen what was adopted */
    assert_string_equal(shown(f, "level"), "newer");
    rule(f, 3, OP_VOID, &whole);
    assert_string_equal(shown(f, "level"), "newer");
    rule(f, 3, OP_VOID, (const struct target[]){of_change(f, 4)});
    assert_string_equal(shown(f, "level"), "old");
    check(f);
    rule(f, 3, OP_ADOPT, &whole);
    assert_string_equal(shown(f, "level"), "quarantined");
    check(f);
}

static void what_never_would_have_counted_is_not_adopted(void **state)
{
    struct fixture *f = *state;
    said(f, 1, 1, "old");
    say(f, 0, now(f), 5, "not a number");
    struct op nobody[] = {put(f, 2, 1, "x")};
    struct slice body = body_of(f, nobody, 1, SLICE_NONE);
    make(f, 0, now(f), &body, 1);
    world_revoke(&f->w, &f->who[0]);
    admit(f, 0);
    rule(f, 3, OP_ADOPT, (const struct target[]){of_changeset(f, 1)});
    rule(f, 3, OP_ADOPT, (const struct target[]){of_changeset(f, 2)}); /* not here yet */
    rule(f, 3, OP_ADOPT, (const struct target[]){of_changeset(f, 0)}); /* counts already */
    admit(f, 0);
    assert_string_equal(voids(f), "1 quarantined, 5 quarantined");
    assert_string_equal(world_sql(&f->w, &f->arena, "SELECT count(*) FROM ruling"), "0");
    check(f);
}

/* A word about a link is kept with the smaller id, whichever of the two the change is about. */
static void links_are_ruled_on_from_either_side(void **state)
{
    struct fixture *f = *state;
    said(f, 1, 1, "c1");
    const struct op second = put(f, 2, 1, "c2");
    const struct op link = {
        .code = OP_LINK, .table = 1, .record = world_id(2), .other = world_id(1), .link = true};
    struct slice bodies[] = {body_of(f, &second, 1, SLICE_NONE), body_of(f, &link, 1, SLICE_NONE)};
    make(f, 1, now(f), &bodies[0], 1);
    admit(f, 1);
    make(f, 1, now(f), &bodies[1], 1);
    admit(f, 1);
    assert_string_equal(world_sql(&f->w, &f->arena, "SELECT count(*) FROM card"), "1");
    rule(f, 3, OP_VOID, (const struct target[]){of_change(f, 2)});
    assert_string_equal(world_sql(&f->w, &f->arena, "SELECT count(*) FROM card"), "2");
    check(f);
    rule(f, 3, OP_ADOPT, (const struct target[]){of_change(f, 2)});
    assert_string_equal(world_sql(&f->w, &f->arena, "SELECT count(*) FROM card"), "1");
    check(f);
}

/* A registrar's grants are never taken back by a void: who could do what stays as it was. */
static void authority_is_not_ruled_on(void **state)
{
    struct fixture *f = *state;
    said(f, 1, 1, "old");
    say(f, 0, now(f), 1, "new");
    world_revoke(&f->w, &f->who[0]);
    admit(f, 0);
    rule(f, 3, OP_ADOPT, (const struct target[]){of_change(f, 1)});
    assert_string_equal(shown(f, "name"), "new");
    rule(f, 3, OP_VOID, (const struct target[]){of_change(f, 2)});
    assert_string_equal(shown(f, "name"), "new");
    assert_string_equal(voids(f), "");
    check(f);
}

/* ---- random histories ---- */

static uint64_t random_state;

static unsigned draw(unsigned n)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (unsigned)(random_state >> 11) % n;
}

static struct op random_op(struct fixture *f)
{
    static const char *const words[] = {"a", "b", "c"};
    struct op op = put(f, 1 + draw(3), 1 + draw(7), words[draw(3)]);
    struct value *member = arena_alloc(&f->arena, sizeof *member);
    *member = value_text(slice_str(words[draw(3)]));
    uint32_t field = op.fields[0].field;
    if (draw(12) == 0)
        op = (struct op){.code = draw(2) ? OP_DELETE : OP_RESTORE, .table = 1, .record = op.record};
    else if (field == 4)
        op = (struct op){.code = OP_SET,
                         .table = 1,
                         .record = op.record,
                         .field = 4,
                         .add_count = 1,
                         .adds = member,
                         .removes = member};
    else if (field == 5)
        op = (struct op){
            .code = OP_COUNTER, .table = 1, .record = op.record, .field = 5, .delta = 1 + draw(9)};
    else if (field == 7)
        op = (struct op){.code = OP_STATE,
                         .table = 1,
                         .record = op.record,
                         .field = 7,
                         .from = draw(3) ? value_text(slice_str(words[draw(2)])) : value_null(),
                         .to = value_text(slice_str(words[draw(2)]))};
    if (op.code == OP_SET && draw(3) == 0) {
        op.add_count = 0;
        op.remove_count = 1;
    }
    return op;
}

static void random_save(struct fixture *f)
{
    int who = (int)draw(3);
    struct slice bodies[3];
    size_t count = 1 + draw(3);
    uint64_t least = f->base[who];
    if (f->made[who] == MADE_MAX || f->known == KNOWN_MAX)
        return;
    for (size_t i = 0; i < count; i++) {
        struct op ops[] = {random_op(f), random_op(f)};
        bodies[i] = body_of(f, ops, 1 + draw(2), SLICE_NONE);
    }
    make(f, who, least + draw((unsigned)(now(f) - least) + 1), bodies, count);
}

static void random_step(struct fixture *f)
{
    int who = (int)draw(3);
    unsigned turn = draw(20);
    if (turn < 8) {
        random_save(f);
    } else if (turn < 16) {
        if (f->made[who])
            admit(f, who);
    } else if (turn < 18 && f->known) {
        size_t nth = draw((unsigned)f->known);
        const struct target target = draw(2) ? of_change(f, nth) : of_changeset(f, nth);
        if (f->known < KNOWN_MAX && f->made[2] < MADE_MAX)
            rule(f, draw(8) ? 3 : 2, draw(2) ? OP_ADOPT : OP_VOID, &target);
    } else if (turn == 18 && registry_grant(&f->w.rep->registry, sign_key_kid(f->who[who].key),
                                            f->w.rep->registry.size)) {
        struct revoke_cut cut = f->last[who];
        if (f->made[who] > 1)
            cut.id = f->waiting[who][draw((unsigned)f->made[who])].segment.id;
        world_revoke_cut(&f->w, &f->who[who], &cut, cut.origin.text[0] && draw(4));
    }
}

static void any_history_is_a_fold(void **state)
{
    struct fixture *f = *state;
    unsigned rulings = 0, heads = 0;
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        random_state = seed * 0x9E3779B97F4A7C15u;
        for (int i = 0; i < STEPS; i++)
            random_step(f);
        for (int who = 0; who < 3; who++)
            while (f->made[who])
                admit(f, who);
        check(f);
        rulings += (unsigned)atoi(world_sql(&f->w, &f->arena, "SELECT count(*) FROM ruling"));
        heads += (unsigned)atoi(
            world_sql(&f->w, &f->arena,
                      "SELECT count(*) FROM ruling r JOIN leaf l ON l.ledger = r.ledger"
                      " AND l.idx = r.by_leaf JOIN changeset c ON c.no = l.changeset"
                      " JOIN changeset o ON o.ledger = r.ledger AND o.idx = r.leaf"
                      " WHERE c.chain = o.chain"));
        void *again = f;
        assert_int_equal(teardown(&again), 0);
        assert_int_equal(setup(state), 0);
        f = *state;
    }
    assert_true(rulings > SEEDS && heads > SEEDS / 4); /* it was about something */
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(honest_work_counts_when_the_head_has_come),
        T(what_comes_with_the_head_counts_from_there),
        T(a_cut_vouches_for_nothing_after_its_heads),
        T(a_registrar_adopts_and_voids),
        T(what_never_would_have_counted_is_not_adopted),
        T(links_are_ruled_on_from_either_side),
        T(authority_is_not_ruled_on),
        T(any_history_is_a_fold),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
