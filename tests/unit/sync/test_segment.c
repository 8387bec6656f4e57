/* SPDX-License-Identifier: MulanPSL-2.0 */
/* segment: what was taken apart verifies when put together, and nothing else does. */
#include "shared/base/mem.h"
#include "shared/sync/segment.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define CHANGES 5

/* Two changesets of one chain, and what a receiver who holds the first one knows. */
struct world {
    struct origin origin;
    struct sign_key *key;
    struct changeset first, second;
    struct hash first_id, second_id;
    uint8_t seed[CHANGE_SEED_SIZE];
    struct change_item items[CHANGES]; /* of the second */
    struct buf bodies[CHANGES];
    struct buf salts, columns;
    struct hash base_root, registry_root, dep;
    /* What the receiver knows; tests change it. */
    bool knows_author, knows_prev, knows_dep;
    uint64_t size, registry_size;
    struct hash prev_here;
    struct segment_known known;
};

static bool root_at(void *arg, bool registry, uint64_t size, struct hash *root)
{
    const struct world *w = arg;
    *root = registry ? w->registry_root : w->base_root;
    return size <= (registry ? w->registry_size : w->size);
}

static bool chain_at(void *arg, const struct hash *kid, const struct chain_id *chain,
                     uint64_t number, struct hash *id, uint64_t *next_seq)
{
    const struct world *w = arg;
    if (!w->knows_prev || number != 1 || !hash_equal(kid, &w->first.kid) ||
        memcmp(chain->b, w->first.chain.b, sizeof chain->b) != 0)
        return false;
    *id = w->prev_here;
    *next_seq = w->first.first_seq + w->first.count;
    return true;
}

static bool author(void *arg, const struct hash *kid, struct sign_public *pk)
{
    const struct world *w = arg;
    *pk = *sign_key_public(w->key);
    return w->knows_author && hash_equal(kid, sign_key_kid(w->key));
}

static bool has_changeset(void *arg, const struct hash *id)
{
    const struct world *w = arg;
    return w->knows_dep && hash_equal(id, &w->dep);
}

static void body_make(struct buf *body, int i)
{
    uint8_t random[10] = {(uint8_t)i};
    struct record_id id;
    struct op_field field = {1 + (uint32_t)i, value_int(i * 1000)};
    record_id_make(1700000000000, random, &id);
    buf_init(body, 1000);
    op_body_begin(body, 1);
    op_put_write(body, 2, &id, &field, 1);
    op_body_end(body, SLICE_NONE);
}

static void open_make(struct world *w, struct chain_open *open, const struct chain_head *head,
                      size_t count)
{
    struct chain_base base = {.size = 3, .root = w->base_root, .registry_size = 2};
    base.registry_root = w->registry_root;
    if (head->number > 0) {
        base.dep_count = 1;
        base.deps[0] = w->dep;
    }
    chain_begin(open, head, &base, w->seed);
    for (size_t i = 0; i < count; i++) {
        w->items[i].hlc = chain_append(open, buf_slice(&w->bodies[i]), 1764000000000 + (int)i / 2);
        w->items[i].body = buf_slice(&w->bodies[i]);
    }
    chain_sign(open, &w->origin, w->key);
}

static int set_up(void **state)
{
    static const uint8_t key_seed[SIGN_SEED_SIZE] = {42};
    struct world *w = mem_zero_alloc(1, sizeof *w);
    struct chain_open open;
    struct chain_head head = {0};
    crypto_init();
    origin_parse(slice_str("guanghe.example/622924101001"), &w->origin);
    w->key = sign_key_from_seed(key_seed);
    hash_bytes(slice_str("base"), &w->base_root);
    hash_bytes(slice_str("registry"), &w->registry_root);
    hash_bytes(slice_str("dep"), &w->dep);
    memset(w->seed, 7, sizeof w->seed);
    for (int i = 0; i < CHANGES; i++)
        body_make(&w->bodies[i], i);

    head.kid = *sign_key_kid(w->key);
    memset(head.chain.b, 9, sizeof head.chain.b);
    open_make(w, &open, &head, 2);
    w->first = open.header;
    changeset_compute_id(&w->first, &w->first_id);
    chain_close(&open, &head);
    open_make(w, &open, &head, CHANGES);
    w->second = open.header;
    changeset_compute_id(&w->second, &w->second_id);

    struct segment seeded = {.has_seed = true};
    memcpy(seeded.seed, w->seed, sizeof seeded.seed);
    buf_init(&w->salts, 1000);
    segment_salts_write(&seeded, &w->salts);
    buf_init(&w->columns, COLUMNS_MAX);
    columns_encode(w->items, CHANGES, 3, NULL, &w->columns);

    w->knows_author = w->knows_prev = w->knows_dep = true;
    w->size = 3;
    w->registry_size = 2;
    w->prev_here = w->first_id;
    w->known = (struct segment_known){.root_at = root_at,
                                      .chain_at = chain_at,
                                      .author = author,
                                      .has_changeset = has_changeset,
                                      .arg = w};
    *state = w;
    return 0;
}

static int tear_down(void **state)
{
    struct world *w = *state;
    for (int i = 0; i < CHANGES; i++)
        buf_release(&w->bodies[i]);
    buf_release(&w->salts);
    buf_release(&w->columns);
    sign_key_release(w->key);
    mem_free(w);
    return 0;
}

static void write(const struct world *w, enum segment_form form, struct buf *out)
{
    buf_init(out, 100000);
    segment_write(&w->second, form, buf_slice(&w->salts), buf_slice(&w->columns), out);
    assert_true(buf_ok(out));
}

static enum status read_bytes(const struct world *w, struct slice bytes, struct arena *arena,
                              struct segment *out)
{
    return segment_read(bytes, &w->origin, &w->known, arena, out, NULL);
}

static enum status verdict(const struct world *w, enum segment_form form)
{
    struct buf bytes;
    struct arena arena = {0};
    struct segment segment;
    write(w, form, &bytes);
    enum status status = read_bytes(w, buf_slice(&bytes), &arena, &segment);
    assert_true(hash_equal(&segment.header.kid, &w->second.kid));
    assert_int_equal(segment.header.number, 2);
    arena_release(&arena);
    buf_release(&bytes);
    return status;
}

static void assert_second(const struct world *w, const struct segment *s)
{
    assert_true(hash_equal(&s->id, &w->second_id));
    assert_memory_equal(s->header.prev.b, w->first_id.b, HASH_SIZE);
    assert_int_equal(s->header.first_seq, 3);
    assert_int_equal(s->header.count, CHANGES);
    for (int i = 0; i < CHANGES; i++) {
        assert_int_equal(s->changes[i].hlc, w->items[i].hlc);
        assert_true(slice_equal(s->changes[i].body, w->items[i].body));
    }
}

/* ---- tests ---- */

static void both_forms_come_back(void **state)
{
    const struct world *w = *state;
    for (int form = SEGMENT_FULL; form <= SEGMENT_SHORT; form++) {
        struct buf bytes;
        struct arena arena = {0};
        struct segment segment;
        write(w, (enum segment_form)form, &bytes);
        assert_int_equal(read_bytes(w, buf_slice(&bytes), &arena, &segment), ST_OK);
        assert_second(w, &segment);
        assert_true(segment.has_seed);
        arena_release(&arena);
        buf_release(&bytes);
    }
}

static void the_first_of_a_chain_on_nothing_comes_back(void **state)
{
    struct world *w = *state;
    struct chain_head head = {.kid = *sign_key_kid(w->key)};
    struct chain_base base = {0};
    struct chain_open open;
    struct segment segment;
    struct arena arena = {0};
    struct buf bytes, columns;
    hash_bytes(SLICE_NONE, &base.root);
    base.registry_root = base.root;
    chain_begin(&open, &head, &base, w->seed);
    struct change_item item = {chain_append(&open, w->items[0].body, 1), w->items[0].body};
    chain_sign(&open, &w->origin, w->key);
    buf_init(&columns, 1000);
    columns_encode(&item, 1, 0, NULL, &columns);
    buf_init(&bytes, 1000);
    segment_write(&open.header, SEGMENT_SHORT, buf_slice(&w->salts), buf_slice(&columns), &bytes);
    w->size = w->registry_size = 0;
    assert_int_equal(read_bytes(w, buf_slice(&bytes), &arena, &segment), ST_OK);
    assert_int_equal(segment.header.first_seq, 1);
    arena_release(&arena);
    buf_release(&bytes);
    buf_release(&columns);
}

/* Flips in every byte: refused, or (another spelling of the same) the very same changeset. */
static void no_byte_can_be_changed(void **state)
{
    const struct world *w = *state;
    for (int form = SEGMENT_FULL; form <= SEGMENT_SHORT; form++) {
        struct buf bytes;
        write(w, (enum segment_form)form, &bytes);
        for (size_t at = 0; at < bytes.n; at++) {
            static const uint8_t flips[] = {0x01, 0x40, 0x80};
            for (size_t k = 0; k < sizeof flips; k++) {
                struct arena arena = {0};
                struct segment segment;
                bytes.p[at] ^= flips[k];
                if (read_bytes(w, buf_slice(&bytes), &arena, &segment) == ST_OK)
                    assert_second(w, &segment);
                bytes.p[at] ^= flips[k];
                arena_release(&arena);
            }
        }
        for (size_t n = 0; n < bytes.n; n++) {
            struct arena arena = {0};
            struct segment segment;
            assert_int_equal(read_bytes(w, slice_of(bytes.p, n), &arena, &segment), ST_INVALID);
            arena_release(&arena);
        }
        buf_release(&bytes);
    }
}

static void no_header_field_can_be_changed(void **state)
{
    struct world *w = *state;
    const struct changeset good = w->second;
    for (int field = 0; field < 10; field++) {
        struct changeset *cs = &w->second;
        *cs = good;
        switch (field) {
        case 0:
            cs->alg = COSE_EDDSA;
            break;
        case 1:
            cs->signature.b[5] ^= 1;
            break;
        case 2:
            cs->registry_size = 1;
            break;
        case 3:
            cs->base_size = 2;
            break;
        case 4:
            cs->dep_count = 0;
            break;
        case 5:
            cs->changes_root.b[0] ^= 1;
            break; /* the full form only */
        case 6:
            cs->base_root.b[0] ^= 1;
            break;
        case 7:
            cs->registry_root.b[0] ^= 1;
            break;
        case 8:
            cs->prev.b[0] ^= 1;
            break;
        case 9:
            cs->first_seq = 4;
            break;
        }
        assert_int_equal(verdict(w, SEGMENT_FULL), ST_REFUSED);
        assert_int_equal(verdict(w, SEGMENT_SHORT), field < 5 ? ST_REFUSED : ST_OK);
    }
    w->second = good;
    memcpy(w->origin.text + strlen(w->origin.text) - 1, "2", 1); /* meant for another ledger */
    assert_int_equal(verdict(w, SEGMENT_FULL), ST_REFUSED);
    assert_int_equal(verdict(w, SEGMENT_SHORT), ST_REFUSED);
}

static void what_is_missing_is_waited_for(void **state)
{
    struct world *w = *state;
    for (int form = SEGMENT_FULL; form <= SEGMENT_SHORT; form++) {
        enum segment_form f = (enum segment_form)form;
        assert_int_equal(verdict(w, f), ST_OK);
        w->size = 2;
        assert_int_equal(verdict(w, f), ST_WAIT);
        w->size = 3;
        w->registry_size = 1;
        assert_int_equal(verdict(w, f), ST_WAIT);
        w->registry_size = 2;
        w->knows_dep = false;
        assert_int_equal(verdict(w, f), ST_WAIT);
        w->knows_dep = true;
        w->knows_prev = false;
        assert_int_equal(verdict(w, f), ST_WAIT);
        w->knows_prev = true;
        w->knows_author = false;
        assert_int_equal(verdict(w, f), ST_NOT_FOUND);
        w->knows_author = true;
    }
}

static void another_history_and_a_fork_show_in_the_full_form(void **state)
{
    struct world *w = *state;
    w->base_root.b[0] ^= 1;
    assert_int_equal(verdict(w, SEGMENT_SHORT), ST_REFUSED);
    assert_int_equal(verdict(w, SEGMENT_FULL), ST_DAMAGED);
    w->base_root.b[0] ^= 1;
    w->registry_root.b[0] ^= 1;
    assert_int_equal(verdict(w, SEGMENT_SHORT), ST_REFUSED);
    assert_int_equal(verdict(w, SEGMENT_FULL), ST_DAMAGED);
    w->registry_root.b[0] ^= 1;
    w->prev_here.b[0] ^= 1;
    assert_int_equal(verdict(w, SEGMENT_SHORT), ST_REFUSED);
    assert_int_equal(verdict(w, SEGMENT_FULL), ST_EXISTS);
}

static bool three_may_be_lost(void *arg, uint64_t size)
{
    (void)arg;
    return size == 3;
}

static bool none_is_lost(void *arg, uint64_t size)
{
    (void)arg;
    (void)size;
    return false;
}

/* A base of a past that is declared lost cannot be compared; the rest still is. */
static void a_base_that_is_lost_is_not_compared(void **state)
{
    struct world *w = *state;
    w->known.lost_base = three_may_be_lost;
    assert_int_equal(verdict(w, SEGMENT_FULL), ST_OK);
    w->base_root.b[0] ^= 1; /* the ledger has another root there */
    assert_int_equal(verdict(w, SEGMENT_FULL), ST_OK);
    assert_int_equal(verdict(w, SEGMENT_SHORT), ST_REFUSED);
    w->size = 2; /* or does not reach as far */
    assert_int_equal(verdict(w, SEGMENT_FULL), ST_OK);
    assert_int_equal(verdict(w, SEGMENT_SHORT), ST_WAIT);
    w->registry_root.b[0] ^= 1;
    assert_int_equal(verdict(w, SEGMENT_FULL), ST_DAMAGED);
    w->registry_root.b[0] ^= 1;
    w->knows_dep = false;
    assert_int_equal(verdict(w, SEGMENT_FULL), ST_WAIT);
    w->knows_dep = true;
    w->known.lost_base = none_is_lost;
    assert_int_equal(verdict(w, SEGMENT_FULL), ST_WAIT);
    w->size = 3;
    assert_int_equal(verdict(w, SEGMENT_FULL), ST_DAMAGED);
}

/* Who keeps no list of changesets asks for none; a chain goes on where it ended. */
static void what_a_header_says_is_compared(void **state)
{
    struct world *w = *state;
    w->known.has_changeset = NULL;
    w->knows_dep = false;
    assert_int_equal(verdict(w, SEGMENT_FULL), ST_OK);
    assert_int_equal(verdict(w, SEGMENT_SHORT), ST_OK);
    w->second.first_seq++; /* in the full form it is signed, and wrong all the same */
    changeset_sign(&w->second, &w->origin, w->key);
    assert_int_equal(verdict(w, SEGMENT_FULL), ST_INVALID);
}

static void deps_are_sorted(void **state)
{
    struct world *w = *state;
    w->second.dep_count = 2;
    memset(w->second.deps[1].b, 0, HASH_SIZE);
    struct buf bytes;
    struct arena arena = {0};
    struct segment segment;
    write(w, SEGMENT_SHORT, &bytes);
    assert_int_equal(read_bytes(w, buf_slice(&bytes), &arena, &segment), ST_INVALID);
    buf_release(&bytes);
    w->second.deps[1] = w->second.deps[0]; /* greater than the first by its last byte */
    w->second.deps[1].b[HASH_SIZE - 1]++;
    changeset_sign(&w->second, &w->origin, w->key);
    write(w, SEGMENT_SHORT, &bytes);
    w->known.has_changeset = NULL;
    assert_int_equal(read_bytes(w, buf_slice(&bytes), &arena, &segment), ST_OK);
    assert_int_equal(segment.header.dep_count, 2);
    arena_release(&arena);
    buf_release(&bytes);
}

static void clocks_ascend(void **state)
{
    struct world *w = *state;
    w->items[2].hlc = w->items[1].hlc;
    buf_clear(&w->columns);
    columns_encode(w->items, CHANGES, 3, NULL, &w->columns);
    assert_int_equal(verdict(w, SEGMENT_FULL), ST_INVALID);
}

/* The leaf of a change is the same, whether its salt comes from the seed or stands alone. */
static void assert_leaf_of_first(struct world *w, const struct segment *segment)
{
    struct segment seeded = {.header = w->second, .has_seed = true, .changes = w->items};
    struct hash a, b;
    memcpy(seeded.seed, w->seed, sizeof seeded.seed);
    segment_change_leaf(&seeded, 0, &a);
    segment_change_leaf(segment, 0, &b);
    assert_true(hash_equal(&a, &b));
}

static void an_erased_change_keeps_its_proof(void **state)
{
    struct world *w = *state;
    struct change_salt salts[CHANGES];
    bool erased[CHANGES] = {false, true, false, false, true};
    struct hash hashes[CHANGES];
    struct hmac_key key;
    struct change_item items[CHANGES];
    hmac_prepare(slice_of(w->seed, sizeof w->seed), &key);
    for (uint32_t i = 0; i < CHANGES; i++) {
        change_salt(&key, w->second.first_seq + i, &salts[i]);
        change_body_hash(&salts[i], w->items[i].body, &hashes[i]);
        items[i] = w->items[i];
        if (erased[i])
            items[i].body = hash_slice(&hashes[i]);
    }
    struct segment without = {.header = w->second, .salts = salts, .erased = erased};
    buf_clear(&w->salts);
    segment_salts_write(&without, &w->salts);
    buf_clear(&w->columns);
    columns_encode(items, CHANGES, 3, NULL, &w->columns);
    for (int form = SEGMENT_FULL; form <= SEGMENT_SHORT; form++) {
        struct buf bytes;
        struct arena arena = {0};
        struct segment segment;
        write(w, (enum segment_form)form, &bytes);
        assert_int_equal(read_bytes(w, buf_slice(&bytes), &arena, &segment), ST_OK);
        assert_false(segment.has_seed);
        assert_true(segment.erased[1] && segment.erased[4] && !segment.erased[0]);
        assert_true(hash_equal(&segment.id, &w->second_id));
        assert_leaf_of_first(w, &segment);
        arena_release(&arena);
        buf_release(&bytes);
    }
    items[1].body.n--; /* no hash */
    buf_clear(&w->columns);
    columns_encode(items, CHANGES, 3, NULL, &w->columns);
    assert_int_equal(verdict(w, SEGMENT_FULL), ST_INVALID);
    buf_clear(&w->salts);
    cbor_put_array(&w->salts, 1);
    cbor_put_null(&w->salts);
    assert_int_equal(verdict(w, SEGMENT_FULL), ST_INVALID);
}

/* What is left of the ops stands behind the hash. */
static void an_erased_change_says_what_is_left(void **state)
{
    struct world *w = *state;
    struct arena arena = {0};
    struct segment segment = {.has_seed = true};
    struct op_body body;
    struct hash before, after;
    struct buf bytes;
    struct slice left = slice_of("\x81\x83\x06\x01\x50"
                                 "0123456789abcdef",
                                 21); /* restore */
    segment.header = w->second;
    memcpy(segment.seed, w->seed, sizeof w->seed);
    segment.changes = arena_copy(&arena, w->items, CHANGES * sizeof w->items[0]);
    segment_change_leaf(&segment, 2, &before);
    segment_erase(&segment, 2, left, &arena);
    segment_erase(&segment, 2, SLICE_NONE, &arena); /* is erased */
    segment_change_leaf(&segment, 2, &after);
    assert_true(hash_equal(&before, &after));
    assert_false(segment.has_seed);
    for (uint32_t i = 0; i < CHANGES; i++)
        assert_int_equal(segment_erased(&segment, i), i == 2);
    assert_true(slice_equal(segment_left(&segment, 2), left));
    assert_int_equal(segment_body(&segment, 2, &arena, &body, NULL), ST_OK);
    assert_true(body.op_count == 1 && body.ops[0].code == OP_RESTORE && body.note.n == 0);

    for (int broken = 0; broken < 2; broken++) {
        struct segment read;
        if (broken)
            segment.changes[2].body.n--;
        buf_clear(&w->salts);
        segment_salts_write(&segment, &w->salts);
        buf_clear(&w->columns);
        columns_encode(segment.changes, CHANGES, 3, NULL, &w->columns);
        write(w, SEGMENT_FULL, &bytes);
        assert_int_equal(read_bytes(w, buf_slice(&bytes), &arena, &read),
                         broken ? ST_INVALID : ST_OK);
        if (!broken)
            assert_true(slice_equal(segment_left(&read, 2), left));
        buf_release(&bytes);
    }
    arena_release(&arena);
}

static void stored_parts_are_checked(void **state)
{
    struct world *w = *state;
    struct buf cose;
    struct arena arena = {0};
    struct segment segment;
    buf_init(&cose, CHANGESET_ENCODED_MAX);
    changeset_encode(&w->second, &cose);
#define CHECK_STORED()                                                                        \
    segment_check(buf_slice(&cose), buf_slice(&w->salts), buf_slice(&w->columns), &w->origin, \
                  sign_key_public(w->key), NULL, &arena, &segment, NULL)
    assert_int_equal(CHECK_STORED(), ST_OK);
    assert_second(w, &segment);
    assert_int_equal(segment_check(slice_str("x"), buf_slice(&w->salts), buf_slice(&w->columns),
                                   &w->origin, sign_key_public(w->key), NULL, &arena, &segment,
                                   NULL),
                     ST_DAMAGED);
    w->salts.p[9] ^= 1;
    assert_int_equal(CHECK_STORED(), ST_DAMAGED);
    /* Loading does not hash; it trusts what was checked when it came in. */
    assert_int_equal(segment_load(buf_slice(&cose), buf_slice(&w->salts), buf_slice(&w->columns),
                                  NULL, &arena, &segment, NULL),
                     ST_OK);
    assert_second(w, &segment);
    w->salts.p[9] ^= 1;
    w->columns.p[w->columns.n - 1] ^= 1;
    assert_int_equal(CHECK_STORED(), ST_DAMAGED);
    w->columns.p[w->columns.n - 1] ^= 1;
    /* What cannot be read at all it calls damaged too. */
    assert_int_equal(segment_load(slice_str("x"), buf_slice(&w->salts), buf_slice(&w->columns),
                                  NULL, &arena, &segment, NULL),
                     ST_DAMAGED);
    assert_int_equal(segment_load(buf_slice(&cose), buf_slice(&w->salts),
                                  slice_of(w->columns.p, w->columns.n - 1), NULL, &arena, &segment,
                                  NULL),
                     ST_DAMAGED);
    cose.p[cose.n - 1] ^= 1;
    assert_int_equal(CHECK_STORED(), ST_DAMAGED);
    cose.p[cose.n - 1] ^= 1;
    assert_int_equal(CHECK_STORED(), ST_OK);
    arena_release(&arena);
    buf_release(&cose);
}

/* A count that its bytes cannot hold costs nothing. */
static void a_boasting_count_is_refused_early(void **state)
{
    struct world *w = *state;
    struct buf bytes;
    struct arena arena = {0};
    struct segment segment;
    w->second.count = CHANGESET_CHANGES_MAX;
    write(w, SEGMENT_SHORT, &bytes);
    assert_int_equal(read_bytes(w, buf_slice(&bytes), &arena, &segment), ST_REFUSED);
    assert_true(arena.total < 10000);
    arena_release(&arena);
    buf_release(&bytes);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(both_forms_come_back),
        TEST(the_first_of_a_chain_on_nothing_comes_back),
        TEST(no_byte_can_be_changed),
        TEST(no_header_field_can_be_changed),
        TEST(what_is_missing_is_waited_for),
        TEST(a_base_that_is_lost_is_not_compared),
        TEST(another_history_and_a_fork_show_in_the_full_form),
        TEST(what_a_header_says_is_compared),
        TEST(deps_are_sorted),
        TEST(clocks_ascend),
        TEST(an_erased_change_keeps_its_proof),
        TEST(an_erased_change_says_what_is_left),
        TEST(stored_parts_are_checked),
        TEST(a_boasting_count_is_refused_early),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
