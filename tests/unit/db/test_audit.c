/* SPDX-License-Identifier: MulanPSL-2.0 */
/* audit: a whole ledger passes; one flipped bit anywhere in what is stored is found, and named. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "shared/base/check.h"
#include "shared/codec/hex.h"
#include "shared/db/audit.h"
#include "shared/db/cosigned.h"
#include "tests/harness/world.h"

static const char *const card_sql =
    "INSERT INTO migration VALUES (1, 'card');"
    "INSERT INTO tables(no, name, zh, en) VALUES (1, 'card', '卡', 'card');"
    "INSERT INTO fields(tbl, no, name, zh, type, policy) VALUES"
    " ('card', 1, 'code', '编号', 'text', 'lww');";

#define CHANGES 5

struct fixture {
    struct world w;
    struct person a, b;
    struct ledger *ledger;
    const struct catalog_table *card;
    struct arena arena;
};

static void save(struct fixture *f, struct person *who, uint64_t base)
{
    struct slice bodies[CHANGES];
    struct made made;
    for (unsigned i = 0; i < CHANGES; i++) {
        struct record_id id = world_id(i + 1);
        struct op_field field = {1, value_text(slice_str(i % 2 ? "一社" : "二社"))};
        bodies[i] = world_put(&f->arena, f->card, &id, &field, 1);
    }
    world_make(&f->w, f->ledger, who, base, bodies, CHANGES, &f->arena, &made);
    world_admit(&f->w, f->ledger, &made);
}

static void sign_head(struct fixture *f, struct ledger *ledger)
{
    struct checkpoint head = {ledger->origin, ledger->tree.size, ledger->root};
    struct buf text;
    buf_init(&text, CHECKPOINT_MAX);
    checkpoint_sign(&head, f->w.log, &text);
    replica_set_checkpoint(f->w.rep, ledger, buf_slice(&text));
    buf_release(&text);
}

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    world_init(&f->w, NULL);
    world_catalog(&f->w, card_sql);
    world_grant(&f->w, &f->a, 1, "village", "622924101001");
    world_grant(&f->w, &f->b, 2, "village", "622924101001");
    f->ledger = world_ledger(&f->w, "622924101001");
    f->card = catalog_table(replica_catalog(f->w.rep), 1);
    save(f, &f->a, 0);
    save(f, &f->b, 1);
    save(f, &f->a, 1);
    sign_head(f, f->ledger);
    sign_head(f, f->w.rep->registry_ledger);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    sign_key_release(f->a.key);
    sign_key_release(f->b.key);
    arena_release(&f->arena);
    world_release(&f->w);
    free(f);
    return 0;
}

struct seen {
    const struct hash *author;
    uint64_t number;
    unsigned damage, named;        /* named: findings about that author and number */
    char codes[400], notices[400]; /* of damage; of all else */
};

static void note(void *arg, const struct finding *finding)
{
    struct seen *seen = arg;
    size_t used = strlen(seen->codes), noticed = strlen(seen->notices);
    if (!finding->damage) {
        snprintf(seen->notices + noticed, sizeof(seen->notices) - noticed, "%s%s ",
                 finding->county ? "!" : "", finding->code);
        return;
    }
    seen->damage++;
    if (seen->author && hash_equal(&finding->author, seen->author) &&
        finding->number == seen->number)
        seen->named++;
    snprintf(seen->codes + used, sizeof(seen->codes) - used, "%s ", finding->code);
}

static struct seen look(struct fixture *f, struct ledger *ledger, enum audit_place place,
                        const struct hash *author, uint64_t number)
{
    struct seen seen = {.author = author, .number = number};
    struct error err;
    bool ok;
    if (audit_ledger(f->w.rep, ledger, place, note, &seen, NULL, &ok, &err) != ST_OK)
        fail_msg("%s", err.text);
    assert_int_equal(ok, seen.damage == 0 && !strchr(seen.notices, '!'));
    return seen;
}

static void run(struct fixture *f, const char *sql)
{
    struct error err;
    if (db_exec(f->w.db, sql, &err) != ST_OK)
        fail_msg("%s: %s", sql, err.text);
}

static void a_whole_ledger_passes(void **state)
{
    struct fixture *f = *state;
    struct audit_counts counts = {0};
    struct seen seen = {0};
    bool ok;
    assert_int_equal(
        audit_ledger(f->w.rep, f->ledger, AUDIT_COUNTY, note, &seen, &counts, &ok, NULL), ST_OK);
    assert_true(ok);
    assert_int_equal(counts.changesets, 3);
    assert_int_equal(counts.changes, 3 * CHANGES);
    assert_int_equal(counts.authors, 2);
    assert_int_equal(look(f, f->w.rep->registry_ledger, AUDIT_DESK, NULL, 0).damage, 0);
}

static void store(struct stmt *stmt, const uint8_t *bytes, size_t n)
{
    bind_blob(stmt, 1, slice_of(bytes, n));
    assert_int_equal(stmt_run(stmt, NULL), ST_OK);
}

/* Flips one bit of each byte of a stored blob in turn, and audits each time. */
static void flip_all(struct fixture *f, const char *column, unsigned bit)
{
    const struct hash *author = sign_key_kid(f->b.key);
    struct arena arena = {0};
    struct stmt *stmt;
    const char *hex =
        world_sql(&f->w, &arena, "SELECT hex(%s) FROM changeset WHERE ledger = %lld AND idx = 1",
                  column, (long long)f->ledger->no);
    size_t n = strlen(hex) / 2;
    uint8_t *bytes = arena_alloc(&arena, n);
    char *sql = arena_printf(&arena, "UPDATE changeset SET %s = ?1 WHERE ledger = %lld AND idx = 1",
                             column, (long long)f->ledger->no);
    assert_true(n >= 32 && hex_decode(slice_str(hex), bytes, n));
    assert_int_equal(db_prepare(f->w.db, slice_str(sql), &stmt, NULL), ST_OK);
    for (size_t i = 0; i < n; i++) {
        bytes[i] ^= (uint8_t)(1u << bit);
        store(stmt, bytes, n);
        struct seen seen = look(f, f->ledger, AUDIT_DESK, author, 1);
        if (seen.damage == 0 || seen.named == 0)
            fail_msg("%s byte %zu: %u findings, %u name the author (%s)", column, i, seen.damage,
                     seen.named, seen.codes);
        bytes[i] ^= (uint8_t)(1u << bit);
    }
    store(stmt, bytes, n);
    stmt_release(stmt);
    arena_release(&arena);
    assert_int_equal(look(f, f->ledger, AUDIT_DESK, NULL, 0).damage, 0);
}

static void every_byte_of_a_changeset_counts(void **state)
{
    static const char *const columns[] = {"cose", "salts", "columns", "id"};
    for (size_t i = 0; i < ARRAY_LENGTH(columns); i++)
        for (unsigned bit = 0; bit < 8; bit += 7)
            flip_all(*state, columns[i], bit);
}

static void rows_and_leaves_are_compared(void **state)
{
    struct fixture *f = *state;
    static const struct {
        const char *harm, *code;
    } cases[] = {
        {"UPDATE changeset SET number = number + 1 WHERE idx = 1", "row "},
        {"UPDATE changeset SET count = count + 1 WHERE idx = 1", "row "},
        {"UPDATE leaf SET admitted_ms = admitted_ms + 1 WHERE idx = 1", "tree "},
        {"UPDATE leaf SET admitted_ms = 1 WHERE idx = 1", "order "},
        {"UPDATE leaf SET registry_size = 99 WHERE idx = 1", "order "},
        {"UPDATE leaf SET root = zeroblob(32) WHERE idx = 0", "tree "},
        {"UPDATE leaf SET id = zeroblob(32) WHERE idx = 1", "bytes "},
        {"UPDATE ledger SET checkpoint = replace(checkpoint, '3', '2')", "checkpoint "},
        {"UPDATE ledger SET checkpoint = NULL", "checkpoint "},
        {"DELETE FROM leaf WHERE idx = 1", "bytes "},
    };
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        run(f, "SAVEPOINT whole");
        run(f, cases[i].harm);
        struct seen seen = look(f, f->ledger, AUDIT_COUNTY, NULL, 0);
        run(f, "ROLLBACK TO whole; RELEASE whole");
        if (!strstr(seen.codes, cases[i].code))
            fail_msg("%s: found \"%s\", expected \"%s\"", cases[i].harm, seen.codes, cases[i].code);
    }
    assert_int_equal(look(f, f->ledger, AUDIT_COUNTY, NULL, 0).damage, 0);
}

/* What witnesses have signed is evidence, which nothing here makes anew: it is of this tree, and
 * the county's own line stands first. */
static void what_witnesses_signed_is_of_this_tree(void **state)
{
    struct fixture *f = *state;
    static const char *const harms[] = {
        "UPDATE cosigned SET size = 2",
        "UPDATE cosigned SET size = 0",
        "UPDATE cosigned SET size = 4",
        "UPDATE cosigned SET checkpoint = ''",
        "UPDATE cosigned SET checkpoint = replace(checkpoint, char(10) || '1', char(10) || '2')",
        "UPDATE cosigned SET checkpoint = replace(checkpoint, '101001', '101002')",
        "UPDATE cosigned SET checkpoint = substr(checkpoint, 1, 120)",
    };
    struct checkpoint head = {f->ledger->origin, 1, {{0}}};
    struct buf text;
    struct error err;
    buf_init(&text, CHECKPOINT_MAX);
    if (!replica_root_at(f->w.rep, f->ledger, 1, &head.root))
        fail_msg("no root");
    checkpoint_sign(&head, f->w.log, &text);
    run(f, "SAVEPOINT before");
    assert_int_equal(cosigned_write(f->w.rep, f->ledger, 1, buf_slice(&text), &err), ST_OK);
    assert_int_equal(look(f, f->ledger, AUDIT_COUNTY, NULL, 0).damage, 0);
    assert_int_equal(look(f, f->ledger, AUDIT_DESK, NULL, 0).damage, 0);
    for (size_t i = 0; i < ARRAY_LENGTH(harms); i++) {
        run(f, "SAVEPOINT whole");
        run(f, harms[i]);
        struct seen seen = look(f, f->ledger, AUDIT_DESK, NULL, 0);
        run(f, "ROLLBACK TO whole; RELEASE whole");
        if (strcmp(seen.codes, "cosigned ") != 0)
            fail_msg("%s: found \"%s\"", harms[i], seen.codes);
    }
    head.root.b[7] ^= 1; /* signed by this county, and of another tree */
    buf_clear(&text);
    checkpoint_sign(&head, f->w.log, &text);
    assert_int_equal(cosigned_write(f->w.rep, f->ledger, 1, buf_slice(&text), &err), ST_OK);
    assert_string_equal(look(f, f->ledger, AUDIT_DESK, NULL, 0).codes, "cosigned ");
    run(f, "ROLLBACK TO before; RELEASE before");
    buf_release(&text);
}

static void reload(struct fixture *f)
{
    struct error err;
    if (replica_reload(f->w.rep, true, &err) != ST_OK)
        fail_msg("%s", err.text);
    f->ledger = replica_ledger_named(f->w.rep, "622924101001");
    f->card = catalog_table(replica_catalog(f->w.rep), 1);
}

/* A program that opens a ledger with a hole in it says so; it does not stop. */
static void a_hole_is_found_after_opening(void **state)
{
    struct fixture *f = *state;
    static const char *const holes[] = {
        "DELETE FROM leaf WHERE idx = 0",
        "DELETE FROM leaf WHERE idx = 1",
        "DELETE FROM leaf WHERE idx = 2", /* the last */
        "DELETE FROM leaf",
        "DELETE FROM changeset WHERE idx = 1",
    };
    for (size_t i = 0; i < ARRAY_LENGTH(holes); i++) {
        char sql[120];
        snprintf(sql, sizeof(sql), "%s %s ledger = %lld", holes[i],
                 strstr(holes[i], "WHERE") ? "AND" : "WHERE", (long long)f->ledger->no);
        run(f, "SAVEPOINT whole");
        run(f, sql);
        reload(f);
        struct seen seen = look(f, f->ledger, AUDIT_DESK, NULL, 0);
        run(f, "ROLLBACK TO whole; RELEASE whole");
        reload(f);
        if (seen.damage == 0)
            fail_msg("%s: nothing was found", holes[i]);
    }
    assert_int_equal(look(f, f->ledger, AUDIT_DESK, NULL, 0).damage, 0);
}

/* A desk may know of more than it has; the county may not. */
static void a_checkpoint_may_run_ahead_at_a_desk(void **state)
{
    struct fixture *f = *state;
    struct checkpoint ahead = {f->ledger->origin, f->ledger->tree.size + 1, f->ledger->root};
    struct buf text;
    buf_init(&text, CHECKPOINT_MAX);
    checkpoint_sign(&ahead, f->w.log, &text);
    replica_set_checkpoint(f->w.rep, f->ledger, buf_slice(&text));
    buf_release(&text);
    assert_int_equal(look(f, f->ledger, AUDIT_DESK, NULL, 0).damage, 0);
    assert_string_equal(look(f, f->ledger, AUDIT_COUNTY, NULL, 0).codes, "checkpoint ");
    sign_head(f, f->ledger);
}

/* A leaf of the county's that names this registry size. */
static void admit_as(struct fixture *f, const struct made *made, uint64_t registry_size)
{
    struct error err;
    struct leaf leaf = {
        .id = made->segment.id, .admitted_ms = ++f->w.now_ms, .registry_size = registry_size};
    if (replica_append(f->w.rep, f->ledger, &leaf, &made->segment, made->columns, &err) != ST_OK ||
        materialise_fold(f->w.rep, f->ledger, &made->segment, 1, NULL, &err) != ST_OK)
        fail_msg("%s", err.text);
}

static void make_one(struct fixture *f, struct person *who, struct made *made)
{
    struct record_id id = world_id(1);
    struct op_field field = {1, value_text(slice_str("三社"))};
    struct slice body = world_put(&f->arena, f->card, &id, &field, 1);
    world_make(&f->w, f->ledger, who, f->ledger->tree.size, &body, 1, &f->arena, made);
}

/* What the county let in against its rule, what an author made against the registry it had seen,
 * and what was honest and came too late have names of their own. The last: they stay in the ledger.
 */
static void what_the_registry_forbids_is_told_apart(void **state)
{
    struct fixture *f = *state;
    const uint64_t before = f->w.rep->registry_ledger->tree.size;
    struct person late;
    struct made stranger, future, honest, knowing;
    world_grant(&f->w, &late, 3, "village", "622924101001");
    make_one(f, &late, &stranger);
    admit_as(f, &stranger, before); /* its grant stands behind that */
    sign_head(f, f->ledger);
    sign_head(f, f->w.rep->registry_ledger);
    struct seen seen = look(f, f->ledger, AUDIT_DESK, NULL, 0);
    assert_string_equal(seen.notices, "!breach void ");
    assert_int_equal(seen.damage, 0);

    make_one(f, &f->a, &future);
    admit_as(f, &future, before); /* its author had seen the grant */
    make_one(f, &f->b, &honest);
    world_revoke(&f->w, &f->b);
    world_admit(&f->w, f->ledger, &honest);
    make_one(f, &f->b, &knowing);
    world_admit(&f->w, f->ledger, &knowing);
    sign_head(f, f->ledger);
    sign_head(f, f->w.rep->registry_ledger);
    seen = look(f, f->ledger, AUDIT_COUNTY, NULL, 0);
    assert_string_equal(seen.notices, "!breach !breach void void forbidden ");
    assert_int_equal(seen.damage, 0);
    sign_key_release(late.key);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_whole_ledger_passes),
        cmocka_unit_test(every_byte_of_a_changeset_counts),
        cmocka_unit_test(rows_and_leaves_are_compared),
        cmocka_unit_test(what_witnesses_signed_is_of_this_tree),
        cmocka_unit_test(a_hole_is_found_after_opening),
        cmocka_unit_test(a_checkpoint_may_run_ahead_at_a_desk),
        cmocka_unit_test(what_the_registry_forbids_is_told_apart),
    };
    crypto_init();
    return cmocka_run_group_tests(tests, setup, teardown);
}
