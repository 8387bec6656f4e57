/* SPDX-License-Identifier: MulanPSL-2.0 */
/* leaf_cache: it finds exactly the changes that mention a record, and gives the same whether a leaf
 * was kept, was pushed out by others, or is read for the first time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdlib.h>

#include "shared/db/leaf_cache.h"
#include "tests/harness/world.h"

enum { THING = 1, NAME = 1, RECORDS = 5, LEAVES = LEAF_CACHE_LEAVES + 8 };

struct fixture {
    struct world w;
    struct person who;
    struct ledger *ledger;
    struct arena arena;
};

static struct slice put(struct fixture *f, unsigned record, unsigned word)
{
    const struct catalog_table *table = catalog_table(replica_catalog(f->w.rep), THING);
    struct record_id id = world_id(record);
    const struct op_field field = {NAME, value_int(word)};
    return world_put(&f->arena, table, &id, &field, 1);
}

/* A leaf of these bodies. */
static void admit(struct fixture *f, const struct slice *bodies, size_t count)
{
    struct made made;
    world_make(&f->w, f->ledger, &f->who, f->ledger->tree.size, bodies, count, &f->arena, &made);
    world_admit(&f->w, f->ledger, &made);
}

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    world_init(&f->w, NULL);
    world_catalog(&f->w, "INSERT INTO migration(number, name) VALUES (10001, 'first');"
                         "INSERT INTO tables(no, name, zh, en, title) VALUES"
                         " (1, 'thing', '事物', 'Thing', 'name');"
                         "INSERT INTO fields(tbl, no, name, zh, en, type) VALUES"
                         " (1, 1, 'name', '名称', 'Name', 'int');");
    world_grant(&f->w, &f->who, 1, "village", "622924101001");
    f->ledger = world_ledger(&f->w, "622924101001");
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    sign_key_release(f->who.key);
    arena_release(&f->arena);
    world_release(&f->w);
    free(f);
    return 0;
}

static const struct cached_leaf *get(struct fixture *f, struct leaf_cache *cache, uint64_t index)
{
    const struct cached_leaf *leaf = NULL;
    struct error err;
    assert_int_equal(leaf_cache_get(cache, f->w.rep, f->ledger, index, &leaf, &err), ST_OK);
    assert_int_equal(leaf->index, index);
    return leaf;
}

static void mentions_are_those_of_one_record_in_order(void **state)
{
    struct fixture *f = *state;
    struct leaf_cache cache = {0};
    const unsigned order[] = {3, 1, 3, 2, 1, 3};
    struct slice bodies[6];
    for (unsigned i = 0; i < 6; i++)
        bodies[i] = put(f, order[i], i);
    admit(f, bodies, 6);
    const struct cached_leaf *leaf = get(f, &cache, 0);
    for (unsigned record = 1; record <= 4; record++) {
        struct record_id id = world_id(record);
        const struct leaf_mention *mentions;
        size_t n = cached_leaf_find(leaf, &id, &mentions), expected = 0;
        for (unsigned i = 0; i < 6; i++)
            if (order[i] == record)
                assert_int_equal(mentions[expected++].position, i);
        assert_int_equal(n, expected);
    }
    leaf_cache_release(&cache);
}

static void a_change_with_several_ops_on_a_record_is_mentioned_once(void **state)
{
    struct fixture *f = *state;
    struct leaf_cache cache = {0};
    struct record_id a = world_id(1), b = world_id(2);
    const struct op_field field = {NAME, value_int(1)};
    struct buf body;
    buf_init(&body, 1024);
    op_body_begin(&body, 3);
    op_put_write(&body, THING, &a, &field, 1);
    op_put_write(&body, THING, &b, &field, 1);
    op_put_write(&body, THING, &a, &field, 1);
    op_body_end(&body, SLICE_NONE);
    struct slice bytes = buf_slice(&body);
    admit(f, &bytes, 1);
    const struct leaf_mention *mentions;
    const struct cached_leaf *leaf = get(f, &cache, 0);
    assert_int_equal(cached_leaf_find(leaf, &a, &mentions), 1);
    assert_int_equal(cached_leaf_find(leaf, &b, &mentions), 1);
    leaf_cache_release(&cache);
    buf_release(&body);
}

static void more_leaves_than_it_keeps_give_the_same_again(void **state)
{
    struct fixture *f = *state;
    struct leaf_cache cache = {0};
    for (unsigned i = 0; i < LEAVES; i++) {
        struct slice body = put(f, 1 + i % RECORDS, i);
        admit(f, &body, 1);
    }
    for (unsigned round = 0; round < 3; round++)
        for (unsigned i = 0; i < LEAVES; i++) {
            struct record_id id = world_id(1 + i % RECORDS),
                             other = world_id(1 + (i + 1) % RECORDS);
            const struct leaf_mention *mentions;
            const struct cached_leaf *leaf = get(f, &cache, i);
            assert_true(cache.count <= LEAF_CACHE_LEAVES);
            assert_int_equal(cached_leaf_find(leaf, &id, &mentions), 1);
            assert_int_equal(cached_leaf_find(leaf, &other, &mentions), 0);
        }
    /* What was asked for a moment ago is not read again. */
    const struct cached_leaf *last = get(f, &cache, LEAVES - 1);
    assert_ptr_equal(get(f, &cache, LEAVES - 1), last);
    leaf_cache_release(&cache);
}

static void a_leaf_that_is_not_there_is_refused_and_not_kept(void **state)
{
    struct fixture *f = *state;
    struct leaf_cache cache = {0};
    const struct cached_leaf *leaf;
    struct error err;
    assert_int_not_equal(leaf_cache_get(&cache, f->w.rep, f->ledger, 7, &leaf, &err), ST_OK);
    assert_int_equal(cache.count, 0);
    leaf_cache_release(&cache);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(mentions_are_those_of_one_record_in_order),
        T(a_change_with_several_ops_on_a_record_is_mentioned_once),
        T(more_leaves_than_it_keeps_give_the_same_again),
        T(a_leaf_that_is_not_there_is_refused_and_not_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
