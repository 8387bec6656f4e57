/* SPDX-License-Identifier: MulanPSL-2.0 */
/* villages: three villages with an officer each, and a township that reads and writes all of them,
 * for the tests of what goes across ledgers. Include it once per test program, after cmocka. */
#ifndef TESTS_STORE_VILLAGES_H
#define TESTS_STORE_VILLAGES_H

#include <stdlib.h>

#include "tests/harness/world.h"

#define VILLAGES 3

static const char *const codes[VILLAGES] = {"622924101001", "622924101002", "622924101200"};

struct fixture {
    struct world w;
    struct person village[VILLAGES];
    struct person town[VILLAGES]; /* one person with a chain in each ledger */
    struct ledger *ledger[VILLAGES];
    uint64_t base[VILLAGES]; /* of the village's last save */
    const struct catalog_table *card;
    struct arena arena;
};

static inline int villages_setup(void **state, const char *sql)
{
    struct fixture *f = calloc(1, sizeof *f);
    world_init(&f->w, NULL);
    world_catalog(&f->w, sql);
    world_grant(&f->w, &f->town[0], 10, "township", "622924101000");
    for (unsigned i = 0; i < VILLAGES; i++) {
        f->town[i] = f->town[0];
        f->town[i].head.chain.b[7] = (uint8_t)i;
        world_grant(&f->w, &f->village[i], 1 + i, "village", codes[i]);
    }
    for (unsigned i = 0; i < VILLAGES; i++)
        f->ledger[i] = world_ledger(&f->w, codes[i]);
    f->card = catalog_table(replica_catalog(f->w.rep), 1);
    *state = f;
    return 0;
}

static inline int villages_teardown(void **state)
{
    struct fixture *f = *state;
    for (unsigned i = 0; i < VILLAGES; i++)
        sign_key_release(f->village[i].key);
    sign_key_release(f->town[0].key);
    arena_release(&f->arena);
    world_release(&f->w);
    free(f);
    return 0;
}

/* One person saves these ops on a base and they are admitted. */
static inline void save(struct fixture *f, unsigned at, struct person *who, uint64_t base,
                        const struct op *ops, size_t count)
{
    struct buf body;
    struct made made;
    buf_init(&body, 64 * 1024);
    op_body_begin(&body, count);
    for (size_t i = 0; i < count; i++)
        op_write(&body, &ops[i]);
    op_body_end(&body, SLICE_NONE);
    struct slice bytes = slice_of(arena_copy(&f->arena, body.p, body.n), body.n);
    world_make(&f->w, f->ledger[at], who, base, &bytes, 1, &f->arena, &made);
    world_admit(&f->w, f->ledger[at], &made);
    buf_release(&body);
}

static inline uint64_t now(const struct fixture *f, unsigned at)
{
    return f->ledger[at]->tree.size;
}

static inline struct op put(struct fixture *f, unsigned n, uint32_t field, const char *text)
{
    struct op_field *of = arena_alloc(&f->arena, sizeof *of);
    *of = (struct op_field){field, value_text(slice_str(text))};
    return (struct op){
        .code = OP_PUT, .table = 1, .record = world_id(n), .field_count = 1, .fields = of};
}

#endif
