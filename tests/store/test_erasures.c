/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * erasures: content that a registrar had destroyed. Whoever folded it before, whoever gets the
 * ledger afterwards, and whoever makes the records anew comes to the same state; the signatures
 * hold; no byte of it is left. Stories first, then random histories with several replicas: one that
 * had everything, one that followed, one that came somewhere on the way and one that came late.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "shared/base/file.h"
#include "shared/db/audit.h"
#include "shared/db/migrate.h"
#include "shared/db/side_tables.h"
#include "tests/harness/assert_ok.h"
#include "tests/harness/world.h"

#define CODE "622924101001"
#define PEOPLE 4
#define MADE_MAX 8
#define KNOWN_MAX 256
#define SEEDS 120
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
    " ('card', 7, 'step', '状态', 'text', 'state', '>a,a>b,b>a,b>c', ''),"
    " ('card', 8, 'roll', '点名', 'text', 'worst', 'c>b>a', '');";

struct fixture {
    struct world w;
    struct person who[PEOPLE]; /* 0, 1: village; 2: township; 3: registrar */
    struct ledger *ledger;
    struct arena arena;
    struct made waiting[PEOPLE][MADE_MAX]; /* made by each and not admitted yet, in order */
    size_t made[PEOPLE];
    uint64_t base[PEOPLE];          /* of their newest */
    struct revoke_cut last[PEOPLE]; /* the end of their chains */
    struct target known[KNOWN_MAX]; /* first changes of changesets */
    size_t known_count;
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

static struct slice body_of(struct fixture *f, const struct op *ops, size_t count, struct slice raw,
                            const char *note)
{
    struct buf body;
    buf_init(&body, 64 * 1024);
    op_body_begin(&body, count + (raw.n != 0));
    for (size_t i = 0; i < count; i++)
        op_write(&body, &ops[i]);
    buf_put_slice(&body, raw);
    op_body_end(&body, slice_str(note));
    struct slice bytes = slice_of(arena_copy(&f->arena, body.p, body.n), body.n);
    buf_release(&body);
    return bytes;
}

static void make(struct fixture *f, int who, uint64_t base, const struct slice *bodies,
                 size_t count)
{
    assert_true(f->made[who] < MADE_MAX && f->known_count < KNOWN_MAX);
    f->base[who] = base;
    struct made *made = &f->waiting[who][f->made[who]++];
    struct hash leaf;
    world_make(&f->w, f->ledger, &f->who[who], base, bodies, count, &f->arena, made);
    const struct changeset *h = &made->segment.header;
    f->last[who] =
        (struct revoke_cut){.origin = f->ledger->origin, .chain = h->chain, .id = made->segment.id};
    segment_change_leaf(&made->segment, 0, &leaf);
    reference_make(&h->kid, &h->chain, h->first_seq, &leaf, &f->known[f->known_count++].change);
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

static void say(struct fixture *f, int who, uint64_t base, const struct op *op)
{
    struct slice body = body_of(f, op, 1, SLICE_NONE, "a note");
    make(f, who, base, &body, 1);
    admit(f, who);
}

/* Card 1's field says so, by somebody who has seen all. */
static void said(struct fixture *f, int who, uint32_t field, const char *text)
{
    const struct op op = put(f, 1, field, text);
    say(f, who, now(f), &op);
}

static void said_at(struct fixture *f, int who, uint64_t base, uint32_t field, const char *text)
{
    const struct op op = put(f, 1, field, text);
    say(f, who, base, &op);
}

static void order(struct fixture *f, int who, struct slice op)
{
    struct slice body = body_of(f, NULL, 0, op, "by order");
    make(f, who, now(f), &body, 1);
    admit(f, who);
}

static enum status try_erase(struct fixture *f, uint64_t leaf, uint32_t position)
{
    struct slice op;
    struct error err;
    enum status st = erasure_draft(f->w.rep, f->ledger, leaf, position, &f->arena, &op, &err);
    if (st == ST_OK)
        order(f, 3, op);
    return st;
}

static void erase(struct fixture *f, uint64_t leaf, uint32_t position)
{
    assert_int_equal(try_erase(f, leaf, position), ST_OK);
}

static void rule(struct fixture *f, enum authority_op_code code, size_t nth)
{
    struct buf op;
    buf_init(&op, 64 * 1024);
    targets_encode(code, &f->known[nth], 1, &op);
    order(f, 3, buf_slice(&op));
    buf_release(&op);
}

/* ---- what came of it ---- */

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

static const char *count_of(struct fixture *f, const char *table)
{
    return world_sql(&f->w, &f->arena, "SELECT count(*) FROM %s", table);
}

/* In force, as the record's state tells; the column holds nothing for an erased value. */
static enum value_kind kind_of(struct fixture *f, uint32_t field)
{
    struct record_state record;
    struct record_id id = world_id(1);
    assert_ok(materialise_load(f->w.rep, f->ledger, catalog_table(replica_catalog(f->w.rep), 1),
                               &id, &f->arena, &record, &err));
    return record.fields[field].value.kind;
}

static void append(void *arg, struct slice bytes)
{
    buf_put_slice(arg, bytes);
}

static void append_line(void *arg, struct slice line)
{
    buf_put_slice(arg, line);
    buf_put_str(arg, "\n");
}

static void dump(struct replica *rep, const struct origin *origin, struct buf *out)
{
    buf_init(out, 16 * 1024 * 1024);
    assert_ok(materialise_dump(rep, replica_ledger(rep, origin), false, append, out, &err));
}

/* Everything that is derived, so that what a rebuild makes can be compared row by row. */
static void dump_sides(struct replica *rep, struct buf *out)
{
    buf_init(out, 64 * 1024 * 1024);
    assert_ok(side_tables_dump(rep, append_line, out, &err));
}

static void same(struct buf *a, struct buf *b)
{
    assert_string_equal(buf_cstr(a), buf_cstr(b));
    buf_release(b);
}

/* Another replica of the county. */
static struct replica *join(struct fixture *f)
{
    struct db *db;
    struct replica *rep;
    assert_ok(db_open(NULL, DB_MEMORY, &db, &err));
    assert_ok(migrate(db, "shared", &err));
    assert_ok(replica_open(db, &rep, &err));
    assert_ok(replica_found(rep, &f->w.rep->registry_origin, &f->w.rep->root_kid, &err));
    return rep;
}

static void follow(struct fixture *f, struct replica *rep)
{
    world_copy(&f->w, f->w.rep->registry_ledger, rep);
    world_copy(&f->w, f->ledger, rep);
}

static void leave(struct replica *rep)
{
    struct db *db = rep->db;
    replica_close(rep);
    db_close(db);
}

static void rebuilt(struct replica *rep, struct buf *like, const struct origin *origin)
{
    struct buf again, sides, sides_again;
    dump_sides(rep, &sides);
    assert_ok(materialise_rebuild(rep, NULL, &err));
    dump(rep, origin, &again);
    same(like, &again);
    dump_sides(rep, &sides_again);
    same(&sides, &sides_again);
    buf_release(&sides);
}

static void no_damage(void *arg, const struct finding *finding)
{
    (void)arg;
    if (finding->damage && strcmp(finding->code, "checkpoint") != 0)
        fail_msg("%s %s", finding->code, finding->text);
}

static void audit_clean(struct replica *rep, const struct origin *origin)
{
    bool ok;
    assert_ok(audit_ledger(rep, replica_ledger(rep, origin), AUDIT_COUNTY, no_damage, NULL, NULL,
                           &ok, &err));
}

/* The replica that had everything, one that comes now, and both made anew. */
static void check(struct fixture *f)
{
    const struct origin origin = f->ledger->origin;
    struct replica *late = join(f);
    struct buf live, other;
    follow(f, late);
    dump(f->w.rep, &origin, &live);
    dump(late, &origin, &other);
    same(&live, &other);
    audit_clean(late, &origin);
    rebuilt(late, &live, &origin);
    leave(late);
    rebuilt(f->w.rep, &live, &origin);
    f->ledger = world_ledger(&f->w, CODE); /* it reads everything anew */
    audit_clean(f->w.rep, &origin);
    buf_release(&live);
}

/* ---- stories ---- */

static void what_was_erased_is_gone_and_stays_on_record(void **state)
{
    struct fixture *f = *state;
    struct erasure erasure;
    struct erasure_order by;
    said(f, 0, 1, "before");
    said(f, 0, 1, "secret");
    erase(f, 1, 0);
    assert_int_equal(kind_of(f, 1), VALUE_ERASED);
    assert_string_equal(shown(f, "name"), "-");
    assert_true(erasure_find(f->w.db, f->ledger->no, 1, 0, &erasure));
    assert_true(erasure.explained && erasure.counts && erasure.agrees && erasure.by_leaf == 2);
    assert_ok(erasure_order(f->w.rep, f->ledger, &erasure, &f->arena, &by, &err));
    assert_true(slice_equal(by.reason, slice_str("by order")));
    assert_true(hash_equal(&by.author, sign_key_kid(f->w.registrar)));
    assert_int_equal(try_erase(f, 1, 0), ST_EXISTS);
    check(f);
    said(f, 1, 1, "after");
    assert_string_equal(shown(f, "name"), "after");
    check(f);
}

/* Only the one change of its changeset loses its content, and its seed goes with it. */
static void its_neighbours_stay(void **state)
{
    struct fixture *f = *state;
    const struct op ops[] = {put(f, 1, 1, "one"), put(f, 1, 6, "two"), put(f, 1, 3, "three")};
    struct slice bodies[3];
    struct stored_changeset stored;
    struct segment_known known;
    struct segment segment;
    for (int i = 0; i < 3; i++)
        bodies[i] = body_of(f, &ops[i], 1, SLICE_NONE, "");
    make(f, 0, 0, bodies, 3);
    admit(f, 0);
    erase(f, 0, 1);
    replica_known(f->w.rep, f->ledger, &known);
    assert_ok(replica_read_leaf(f->w.rep, f->ledger, 0, &f->arena, &stored, &err));
    assert_ok(segment_load(stored.cose, stored.salts, stored.columns, &known.index, &f->arena,
                           &segment, &err));
    assert_false(segment.has_seed);
    for (uint32_t i = 0; i < 3; i++) {
        assert_int_equal(segment_erased(&segment, i), i == 1);
        assert_true(i == 1 || slice_equal(segment.changes[i].body, bodies[i]));
    }
    assert_string_equal(shown(f, "name || '/' || first"), "one/three");
    assert_int_equal(kind_of(f, 6), VALUE_ERASED);
    check(f);
    erase(f, 0, 0);
    erase(f, 0, 2);
    check(f);
}

/* The first record that a ledger names gets the number 0, by which later changes travel. */
static void records_keep_their_numbers(void **state)
{
    struct fixture *f = *state;
    for (unsigned n = 1; n <= 3; n++) {
        const struct op op = put(f, n, 1, "named");
        say(f, 0, now(f), &op);
    }
    for (unsigned n = 1; n <= 3; n++) {
        const struct op op = put(f, n, 6, "again");
        say(f, 0, now(f), &op);
    }
    erase(f, 0, 0);
    check(f);
    const struct op op = put(f, 4, 5, "not a number"); /* void, and it names a record */
    say(f, 0, now(f), &op);
    const struct op next = put(f, 5, 1, "x"), after = put(f, 5, 6, "y");
    say(f, 0, now(f), &next);
    say(f, 0, now(f), &after);
    erase(f, 7, 0);
    assert_string_equal(voids(f), "7 erased");
    check(f);
}

/* ⊥ gives way to what is known. */
static void it_gives_way(void **state)
{
    struct fixture *f = *state;
    said(f, 0, 2, "old");
    const uint64_t base = now(f);
    said_at(f, 0, base, 2, "a");
    said_at(f, 1, base, 2, "b");
    assert_string_equal(count_of(f, "conflict"), "1");
    erase(f, 1, 0);
    assert_string_equal(count_of(f, "conflict"), "0");
    assert_string_equal(shown(f, "level"), "b");
    check(f);
    said(f, 2, 6, "theirs");
    said(f, 0, 6, "ours");
    assert_string_equal(shown(f, "word"), "theirs");
    erase(f, now(f) - 2, 0);
    assert_string_equal(shown(f, "word"), "ours");
    check(f);
}

static struct op step(const char *from, const char *to)
{
    return (struct op){.code = OP_STATE,
                       .table = 1,
                       .record = world_id(1),
                       .field = 7,
                       .from = from ? value_text(slice_str(from)) : value_null(),
                       .to = value_text(slice_str(to))};
}

/* What came after a step that is not told any more still follows it. */
static void steps_go_on_over_it(void **state)
{
    struct fixture *f = *state;
    const struct op steps[] = {step(NULL, "a"), step("a", "b"), step("b", "c")};
    for (int i = 0; i < 3; i++)
        say(f, 0, now(f), &steps[i]);
    erase(f, 1, 0);
    assert_string_equal(shown(f, "step"), "c");
    assert_string_equal(count_of(f, "conflict"), "0");
    check(f);
    erase(f, 2, 0);
    assert_int_equal(kind_of(f, 7), VALUE_ERASED);
    said(f, 0, 7, "b"); /* a new one, whatever it was */
    assert_string_equal(shown(f, "step"), "b");
    check(f);
}

static void sets_and_sums_do_without(void **state)
{
    struct fixture *f = *state;
    const struct value member = value_text(slice_str("m"));
    const struct op add = {.code = OP_SET,
                           .table = 1,
                           .record = world_id(1),
                           .field = 4,
                           .add_count = 1,
                           .adds = &member};
    const struct op count = {
        .code = OP_COUNTER, .table = 1, .record = world_id(1), .field = 5, .delta = 7};
    say(f, 0, now(f), &add);
    say(f, 0, now(f), &count);
    say(f, 1, now(f), &count);
    assert_string_equal(shown(f, "marks || sum"), "[\"m\"]14");
    erase(f, 0, 0);
    erase(f, 1, 0);
    assert_string_equal(shown(f, "coalesce(marks, '') || sum"), "7");
    check(f);
}

/* `once`: what was first is not told any more. Then what was known beside it is in force, and
 * nobody is asked; who writes later is the first that is known. */
static void the_first_may_be_erased(void **state)
{
    struct fixture *f = *state;
    said(f, 0, 3, "first");
    erase(f, 0, 0);
    assert_int_equal(kind_of(f, 3), VALUE_ERASED);
    check(f);
    said(f, 1, 3, "second");
    assert_string_equal(shown(f, "first"), "second");
    assert_string_equal(count_of(f, "conflict"), "0");
    check(f);
    said(f, 0, 3, "third"); /* now there is a first again */
    assert_string_equal(shown(f, "first"), "second");
    assert_string_equal(count_of(f, "conflict"), "1");
    erase(f, 2, 0);
    assert_string_equal(shown(f, "first"), "third");
    assert_string_equal(count_of(f, "conflict"), "0");
    check(f);
    erase(f, 3, 0);
    assert_int_equal(kind_of(f, 3), VALUE_ERASED);
    assert_string_equal(count_of(f, "conflict"), "0");
    check(f);
}

/* `worst`: of two that were said at once the known one is in force; what had been seen, and taken
 * out, does not come back. */
static void the_worst_may_be_erased(void **state)
{
    struct fixture *f = *state;
    said(f, 0, 8, "a");
    const uint64_t base = now(f);
    said_at(f, 0, base, 8, "b");
    said_at(f, 1, base, 8, "c");
    assert_string_equal(shown(f, "roll"), "c");
    assert_string_equal(count_of(f, "overruled"), "1");
    erase(f, 2, 0);
    assert_string_equal(shown(f, "roll"), "b"); /* "a" was taken out by both */
    check(f);
    erase(f, 1, 0);
    assert_int_equal(kind_of(f, 8), VALUE_ERASED);
    assert_string_equal(count_of(f, "overruled"), "0"); /* where ⊥ lost nothing is reported */
    check(f);
    said(f, 0, 8, "a");
    assert_string_equal(shown(f, "roll"), "a");
    said(f, 1, 8, "c");
    erase(f, now(f) - 1, 0);
    assert_int_equal(kind_of(f, 8), VALUE_ERASED); /* its author had seen "a" */
    check(f);
}

static void a_void_change_stays_void(void **state)
{
    struct fixture *f = *state;
    const struct op op = put(f, 1, 1, "stolen");
    struct slice body = body_of(f, &op, 1, SLICE_NONE, "");
    said(f, 1, 1, "old");
    make(f, 0, now(f), &body, 1);
    world_revoke(&f->w, &f->who[0]);
    admit(f, 0);
    assert_string_equal(voids(f), "1 quarantined");
    erase(f, 1, 0);
    assert_string_equal(voids(f), "1 erased");
    rule(f, OP_ADOPT, 1);
    assert_string_equal(voids(f), "1 erased");
    assert_string_equal(shown(f, "name"), "old");
    check(f);
    rule(f, OP_VOID, 1);
    check(f);
}

/* An adopted change keeps its place when it is erased; a void takes back what is left of it. */
static void rulings_and_erasing(void **state)
{
    struct fixture *f = *state;
    const struct op op = put(f, 1, 2, "adopted");
    struct slice body = body_of(f, &op, 1, SLICE_NONE, "");
    said(f, 1, 2, "old");
    make(f, 0, now(f), &body, 1);
    world_revoke(&f->w, &f->who[0]);
    admit(f, 0);
    said(f, 1, 1, "between");
    rule(f, OP_ADOPT, 1);
    erase(f, 1, 0);
    assert_int_equal(kind_of(f, 2), VALUE_ERASED);
    check(f);
    rule(f, OP_VOID, 1);
    assert_string_equal(shown(f, "level"), "old");
    check(f);
    rule(f, OP_ADOPT, 1);
    assert_int_equal(kind_of(f, 2), VALUE_ERASED);
    check(f);
}

static void who_may_not_erase(void **state)
{
    struct fixture *f = *state;
    struct slice op;
    said(f, 0, 1, "kept");
    assert_ok(erasure_draft(f->w.rep, f->ledger, 0, 0, &f->arena, &op, &err));
    order(f, 2, op); /* a township's officer */
    assert_string_equal(voids(f), "1 authority");
    assert_string_equal(shown(f, "name"), "kept");
    rule(f, OP_VOID, 0);
    assert_int_equal(try_erase(f, 2, 0), ST_REFUSED); /* what a registrar ruled */
    assert_int_equal(erasure_draft(f->w.rep, f->w.rep->registry_ledger, 0, 0, &f->arena, &op, NULL),
                     ST_REFUSED);
    check(f);
}

/* Nobody writes a value by way of an order to erase. */
static void an_order_holds_no_value(void **state)
{
    struct fixture *f = *state;
    struct buf list, op;
    const struct op smuggled = put(f, 1, 1, "smuggled");
    said(f, 0, 1, "said");
    buf_init(&list, 1024);
    buf_init(&op, 1024);
    cbor_put_array(&list, 1);
    op_write(&list, &smuggled);
    erase_encode(&f->known[0].change, buf_slice(&list), &op);
    order(f, 3, buf_slice(&op));
    assert_string_equal(voids(f), "1 malformed");
    assert_string_equal(shown(f, "name"), "said");
    check(f);
    buf_release(&list);
    buf_release(&op);
}

/* An order that leaves something else than was there is carried out, and told. */
struct named {
    bool found;
    const char *code;
};

static void look_for(void *arg, const struct finding *finding)
{
    struct named *named = arg;
    named->found |= finding->damage && strcmp(finding->code, named->code) == 0;
}

static bool finds(struct replica *rep, const struct origin *origin, const char *code)
{
    struct named named = {false, code};
    bool ok;
    assert_ok(audit_ledger(rep, replica_ledger(rep, origin), AUDIT_COUNTY, look_for, &named, NULL,
                           &ok, &err));
    return named.found;
}

static void the_audit_tells(void **state)
{
    struct fixture *f = *state;
    const struct op other = {.code = OP_RESTORE, .table = 1, .record = world_id(1)};
    const struct origin origin = f->ledger->origin;
    struct buf list, op;
    said(f, 0, 1, "one");
    said(f, 0, 1, "two");
    buf_init(&list, 1024);
    buf_init(&op, 1024);
    cbor_put_array(&list, 1);
    op_write(&list, &other);
    erase_encode(&f->known[0].change, buf_slice(&list), &op);
    order(f, 3, buf_slice(&op));
    assert_true(finds(f->w.rep, &origin, "erased_differs"));
    buf_release(&list);
    buf_release(&op);

    erase(f, 1, 0);
    assert_false(finds(f->w.rep, &origin, "erased"));
    assert_ok(db_exec(f->w.db, "UPDATE erasure SET by_leaf = NULL WHERE leaf = 1", &err));
    assert_true(finds(f->w.rep, &origin, "erased"));
    assert_ok(db_exec(f->w.db, "UPDATE erasure SET by_leaf = 2 WHERE leaf = 1", &err));
    assert_true(finds(f->w.rep, &origin, "erased")); /* that leaf orders something else */
    said(f, 0, 1, "three");
    assert_ok(db_exec(f->w.db,
                      "UPDATE erasure SET by_leaf = 3 WHERE leaf = 1;"
                      "INSERT INTO erasure SELECT ledger, 4, 0, 3, 0, 1, 1 FROM erasure"
                      " WHERE leaf = 1",
                      &err));
    assert_true(finds(f->w.rep, &origin, "erased"));
}

/* The next leaf comes to a replica without the content of its first change. */
static void come_without_content(struct fixture *f, struct replica *to)
{
    struct ledger *copy = replica_ledger(to, &f->ledger->origin);
    struct stored_changeset stored;
    struct segment_known known;
    struct segment segment;
    struct buf columns;
    bool unknown;
    replica_known(f->w.rep, f->ledger, &known);
    assert_ok(replica_read_leaf(f->w.rep, f->ledger, copy->tree.size, &f->arena, &stored, &err));
    assert_ok(segment_load(stored.cose, stored.salts, stored.columns, &known.index, &f->arena,
                           &segment, &err));
    segment_erase(&segment, 0, erasure_left(&segment, 0, &f->arena, &unknown), &f->arena);
    buf_init(&columns, COLUMNS_MAX);
    columns_encode(segment.changes, segment.header.count, segment.header.base_size, &known.index,
                   &columns);
    assert_ok(db_begin(to->db, &err));
    assert_ok(replica_append(to, copy, &stored.leaf, &segment, buf_slice(&columns), &err));
    assert_ok(materialise_fold(to, copy, &segment, 1, NULL, &err));
    assert_ok(db_commit(to->db, &err));
    buf_release(&columns);
}

/* Content may come here erased; but somebody must have ordered it. */
static void content_that_is_missing_without_an_order_is_found(void **state)
{
    struct fixture *f = *state;
    const struct origin origin = f->ledger->origin;
    struct replica *other = join(f);
    uint64_t leaf;
    uint32_t position;
    bool found;
    said(f, 0, 1, "one");
    follow(f, other);
    const int64_t no = replica_ledger(other, &origin)->no;
    said(f, 0, 1, "two");
    come_without_content(f, other);
    assert_ok(erasure_unexplained(other->db, no, &found, &leaf, &position, &err));
    assert_true(found && leaf == 1 && position == 0);
    assert_true(finds(other, &origin, "erased"));
    erase(f, 1, 0); /* the order comes after all */
    follow(f, other);
    assert_ok(erasure_unexplained(other->db, no, &found, &leaf, &position, &err));
    assert_false(found);
    audit_clean(other, &origin);
    leave(other);
    check(f);
}

/* ---- nothing is left in the files ---- */

static bool file_has(const char *path, const char *words)
{
    struct buf bytes;
    bool found = false;
    if (file_exists(path)) {
        assert_ok(file_read(path, 64 * 1024 * 1024, &bytes, &err));
        size_t n = strlen(words);
        for (size_t i = 0; i + n <= bytes.n && !found; i++)
            found = memcmp(bytes.p + i, words, n) == 0;
        buf_release(&bytes);
    }
    return found;
}

static bool anywhere(const char *path, const char *words)
{
    char log[300];
    snprintf(log, sizeof log, "%s-wal", path);
    return file_has(path, words) || file_has(log, words);
}

static void no_byte_is_left(void **state)
{
    struct fixture *f = *state;
    char folder[] = "erased.XXXXXX", path[64], log[72];
    const char *words = "Q7-words-nobody-shall-read-Q7";
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/county.db", folder);
    assert_int_equal(teardown(state), 0);
    f = calloc(1, sizeof *f);
    *state = f;
    world_init(&f->w, path);
    world_catalog(&f->w, card_sql);
    world_grant(&f->w, &f->who[0], 1, "village", CODE);
    world_grant(&f->w, &f->who[1], 2, "village", CODE);
    world_grant(&f->w, &f->who[2], 3, "township", "622924101000");
    f->who[3] = (struct person){.key = f->w.registrar, .head = {.chain = {{9}}}};
    f->ledger = world_ledger(&f->w, CODE);
    said(f, 0, 1, words);
    for (int i = 0; i < 40; i++) /* moved from page to page, and superseded */
        said(f, 1, 1 + (uint32_t)i % 2, i % 3 ? "other" : words);
    assert_true(anywhere(path, words));
    for (uint64_t leaf = 0; leaf <= 40; leaf++)
        if (leaf == 0 || (leaf - 1) % 3 == 0)
            erase(f, leaf, 0);
    assert_true(f->w.rep->scrub);
    assert_ok(replica_reload(f->w.rep, true, &err)); /* as after a crash: it is not forgotten */
    f->ledger = world_ledger(&f->w, CODE);
    assert_true(f->w.rep->scrub);
    erasure_scrub(f->w.rep);
    assert_false(f->w.rep->scrub);
    assert_false(anywhere(path, words));
    check(f);
    assert_int_equal(unlink(path), 0);
    for (int i = 0; i < 2; i++) {
        snprintf(log, sizeof log, "%s-%s", path, i ? "shm" : "wal");
        (void)unlink(log); /* while the database is open: its name goes at once */
    }
    assert_int_equal(rmdir(folder), 0);
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

static const char *const words[] = {"a", "b", "c"};

static struct op random_resolve(struct fixture *f, struct op op)
{
    struct op_ref *refs = arena_alloc(&f->arena, 3 * sizeof *refs);
    op.code = OP_RESOLVE;
    op.ref_count = f->known_count ? 1 + draw(3) : 0;
    for (uint32_t i = 0; i < op.ref_count; i++) {
        const struct reference *ref = &f->known[draw((unsigned)f->known_count)].change;
        refs[i] = (struct op_ref){.kid = hash_slice(&ref->kid),
                                  .chain = slice_of(ref->chain.b, sizeof ref->chain.b),
                                  .seq = ref->seq,
                                  .leaf8 = slice_of(ref->leaf, sizeof ref->leaf)};
    }
    op.refs = refs;
    return op;
}

static struct op random_move(struct fixture *f, struct op op)
{
    const bool in = draw(2);
    op.code = in ? OP_IN : OP_OUT;
    op.origin = slice_str("guanghe.example/622924101002");
    op.hop = 1 + draw(3);
    op.field_count = in ? op.field_count : 0;
    (void)f;
    return op;
}

static struct op random_op(struct fixture *f)
{
    struct op op = put(f, 1 + draw(3), 1 + draw(8), words[draw(3)]);
    struct value *member = arena_alloc(&f->arena, sizeof *member);
    *member = value_text(slice_str(words[draw(3)]));
    uint32_t field = op.fields[0].field;
    if (draw(12) == 0)
        return (struct op){.code = draw(2) ? OP_DELETE : OP_RESTORE,
                           .table = 1,
                           .record = op.record,
                           .reason = value_text(slice_str("r"))};
    if (draw(20) == 0)
        return (struct op){.code = OP_LINK,
                           .table = 1,
                           .record = op.record,
                           .other = world_id(7),
                           .link = draw(2)};
    if (field == 4)
        return draw(3) ? (struct op){.code = OP_SET,
                                     .table = 1,
                                     .record = op.record,
                                     .field = 4,
                                     .add_count = 1,
                                     .adds = member,
                                     .removes = member}
                       : (struct op){.code = OP_SET,
                                     .table = 1,
                                     .record = op.record,
                                     .field = 4,
                                     .remove_count = 1,
                                     .adds = member,
                                     .removes = member};
    if (field == 5)
        return (struct op){
            .code = OP_COUNTER, .table = 1, .record = op.record, .field = 5, .delta = 1 + draw(9)};
    if (field == 7)
        return (struct op){.code = OP_STATE,
                           .table = 1,
                           .record = op.record,
                           .field = 7,
                           .from = draw(3) ? value_text(slice_str(words[draw(2)])) : value_null(),
                           .to = value_text(slice_str(words[draw(2)]))};
    if (draw(8) == 0)
        return (struct op){.code = OP_WITHDRAW, .table = 1, .record = op.record, .field = field};
    if (draw(8) == 0)
        return random_resolve(f, op);
    return draw(15) ? op : random_move(f, op);
}

static void random_save(struct fixture *f)
{
    int who = (int)draw(3);
    struct slice bodies[3];
    size_t count = 1 + draw(3);
    uint64_t least = f->base[who];
    if (f->made[who] == MADE_MAX || f->known_count == KNOWN_MAX)
        return;
    for (size_t i = 0; i < count; i++) {
        struct op ops[] = {random_op(f), random_op(f)};
        bodies[i] = body_of(f, ops, 1 + draw(2), SLICE_NONE, draw(2) ? "n" : "");
    }
    make(f, who, least + draw((unsigned)(now(f) - least) + 1), bodies, count);
}

static void random_erase(struct fixture *f)
{
    if (now(f) == 0 || f->known_count == KNOWN_MAX)
        return;
    const uint64_t leaf = draw((unsigned)now(f));
    const char *count = world_sql(&f->w, &f->arena,
                                  "SELECT count FROM changeset WHERE ledger = %lld AND idx = %llu",
                                  (long long)f->ledger->no, (unsigned long long)leaf);
    (void)try_erase(f, leaf, draw((unsigned)atoi(count)));
}

static void random_step(struct fixture *f)
{
    int who = (int)draw(3);
    unsigned turn = draw(24);
    if (turn < 8) {
        random_save(f);
    } else if (turn < 16) {
        if (f->made[who])
            admit(f, who);
    } else if (turn < 18 && f->known_count) {
        if (f->known_count < KNOWN_MAX)
            rule(f, draw(2) ? OP_ADOPT : OP_VOID, draw((unsigned)f->known_count));
    } else if (turn < 21) {
        random_erase(f);
    } else if (turn == 21 && registry_grant(&f->w.rep->registry, sign_key_kid(f->who[who].key),
                                            f->w.rep->registry.size)) {
        struct revoke_cut cut = f->last[who];
        if (f->made[who] > 1)
            cut.id = f->waiting[who][draw((unsigned)f->made[who])].segment.id;
        world_revoke_cut(&f->w, &f->who[who], &cut, cut.origin.text[0] && draw(4));
    }
}

static void equal_to(struct buf *live, struct replica *rep, const struct origin *origin)
{
    struct buf other;
    dump(rep, origin, &other);
    same(live, &other);
}

static void any_history_is_a_fold(void **state)
{
    struct fixture *f = *state;
    unsigned erased = 0, counted = 0;
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        random_state = seed * 0x9E3779B97F4A7C15u;
        struct replica *early = join(f), *midway = NULL;
        const int comes = (int)draw(STEPS);
        const struct origin origin = f->ledger->origin;
        struct buf live;
        for (int i = 0; i < STEPS; i++) {
            random_step(f);
            follow(f, early);
            if (i == comes)
                midway = join(f);
            if (midway && draw(4) == 0)
                follow(f, midway);
        }
        for (int who = 0; who < 3; who++)
            while (f->made[who])
                admit(f, who);
        follow(f, early);
        follow(f, midway);
        dump(f->w.rep, &origin, &live);
        equal_to(&live, early, &origin);
        equal_to(&live, midway, &origin);
        rebuilt(midway, &live, &origin);
        leave(early);
        leave(midway);
        buf_release(&live);
        check(f);
        erased += (unsigned)atoi(count_of(f, "erasure"));
        counted += (unsigned)atoi(count_of(f, "erasure WHERE counts"));
        void *again = f;
        assert_int_equal(teardown(&again), 0);
        assert_int_equal(setup(state), 0);
        f = *state;
    }
    assert_true(erased > 3 * SEEDS && counted > 2 * SEEDS && counted < erased);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(what_was_erased_is_gone_and_stays_on_record),
        T(its_neighbours_stay),
        T(records_keep_their_numbers),
        T(it_gives_way),
        T(steps_go_on_over_it),
        T(sets_and_sums_do_without),
        T(the_first_may_be_erased),
        T(the_worst_may_be_erased),
        T(a_void_change_stays_void),
        T(rulings_and_erasing),
        T(who_may_not_erase),
        T(an_order_holds_no_value),
        T(the_audit_tells),
        T(content_that_is_missing_without_an_order_is_found),
        T(no_byte_is_left),
        T(any_history_is_a_fold),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
