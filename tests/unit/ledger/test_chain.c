/* SPDX-License-Identifier: MulanPSL-2.0 */
/* The life of a chain: begin, grow, sign at every save, close, go on, and the proof of a fork. */
#include "shared/base/mem.h"
#include "shared/ledger/chain.h"
#include "tests/unit/ledger/support.h"

static struct sign_key *key;
static struct origin origin;
static uint8_t seed[CHANGE_SEED_SIZE];
static uint8_t big[CHANGE_BODY_MAX + 1];

static struct chain_head new_head(void)
{
    return (struct chain_head){.kid = *sign_key_kid(key), .chain = {{9, 8, 7, 6, 5, 4, 3, 2}}};
}

static struct chain_base some_base(void)
{
    struct chain_base base = {.size = 10,
                              .root = test_hash(1),
                              .registry_size = 3,
                              .registry_root = test_hash(2),
                              .dep_count = 3};
    base.deps[0] = test_hash(0xCC);
    base.deps[1] = test_hash(0xAA);
    base.deps[2] = test_hash(0xBB);
    return base;
}

static void chain_goes_on(void **state)
{
    (void)state;
    struct chain_head head = new_head(), before;
    struct chain_base base = some_base();
    uint64_t seq = 0;
    for (uint64_t number = 1; number <= 3; number++) {
        struct chain_open open;
        chain_begin(&open, &head, &base, seed);
        for (uint64_t i = 0; i < number; i++) {
            chain_append(&open, slice_str("\x82\x80\xf6"), 1000);
            chain_sign(&open, &origin, key);
            assert_true(changeset_verify(&open.header, &origin, sign_key_public(key)));
        }
        assert_int_equal(open.header.number, number);
        assert_int_equal(open.header.first_seq, seq + 1);
        assert_int_equal(open.header.count, number);
        assert_true(chain_follows(&head, &open.header));
        before = head;
        chain_close(&open, &head);
        seq += number;
        assert_int_equal(head.seq, seq);
        assert_int_equal(head.number, number);
        assert_true(head.hlc > before.hlc);
        assert_true(hash_equal(&open.header.prev, &before.id));
        assert_false(chain_follows(&head, &open.header));
    }
    assert_int_equal(head.hlc, (1000 << 16) + 5);
}

static void chain_sorts_its_deps(void **state)
{
    (void)state;
    struct chain_head head = new_head();
    struct chain_base base = some_base();
    struct chain_open open;
    chain_begin(&open, &head, &base, seed);
    assert_int_equal(open.header.deps[0].b[0], 0xAA);
    assert_int_equal(open.header.deps[1].b[0], 0xBB);
    assert_int_equal(open.header.deps[2].b[0], 0xCC);
    assert_true(chain_fits(&open, &base, 10));
    struct hash swap = base.deps[0];
    base.deps[0] = base.deps[2];
    base.deps[2] = swap;
    assert_true(chain_fits(&open, &base, 10));
}

static void chain_ends_when_its_base_moves(void **state)
{
    (void)state;
    struct chain_head head = new_head();
    struct chain_base base = some_base(), moved;
    struct chain_open open;
    chain_begin(&open, &head, &base, seed);
#define MOVED(...) (moved = base, __VA_ARGS__, chain_fits(&open, &moved, 10))
    assert_true(MOVED((void)0));
    assert_false(MOVED(moved.size++));
    assert_false(MOVED(moved.root.b[0] ^= 1));
    assert_false(MOVED(moved.registry_size++));
    assert_false(MOVED(moved.registry_root.b[0] ^= 1));
    assert_false(MOVED(moved.dep_count--));
    assert_false(MOVED(moved.deps[1].b[5] ^= 1));
#undef MOVED
}

static void chain_ends_at_its_limits(void **state)
{
    (void)state;
    struct chain_head head = new_head();
    struct chain_base base = {.root = test_hash(1)};
    struct chain_open open;
    chain_begin(&open, &head, &base, seed);
    assert_true(chain_fits(&open, &base, CHANGE_BODY_MAX));
    assert_false(chain_fits(&open, &base, CHANGE_BODY_MAX + 1));
    for (int i = 0; i < 3; i++)
        chain_append(&open, slice_of(big, CHANGE_BODY_MAX), 0);
    chain_append(&open, slice_of(big, CHANGE_BODY_MAX - 100), 0);
    assert_true(chain_fits(&open, &base, 100));
    assert_false(chain_fits(&open, &base, 101));
    chain_append(&open, slice_of(big, 100), 0);
    assert_true(chain_fits(&open, &base, 0));
    assert_false(chain_fits(&open, &base, 1));

    chain_begin(&open, &head, &base, seed);
    for (int i = 0; i < CHANGESET_CHANGES_MAX; i++) {
        assert_true(chain_fits(&open, &base, 1));
        chain_append(&open, slice_of(big, 1), 0);
    }
    assert_false(chain_fits(&open, &base, 1));
    chain_sign(&open, &origin, key);
    assert_true(changeset_verify(&open.header, &origin, sign_key_public(key)));
}

static void chain_is_rebuilt_from_what_is_stored(void **state)
{
    (void)state;
    struct chain_head head = new_head();
    struct chain_base base = some_base();
    struct chain_open open, again;
    uint64_t hlc[3];
    static const char *const bodies[3] = {"one", "two", "three"};
    chain_begin(&open, &head, &base, seed);
    for (int i = 0; i < 3; i++)
        hlc[i] = chain_append(&open, slice_str(bodies[i]), 1000 - i);
    assert_true(hlc[0] < hlc[1] && hlc[1] < hlc[2]);
    chain_sign(&open, &origin, key);
    chain_begin(&again, &head, &base, seed);
    for (int i = 0; i < 3; i++)
        chain_append_at(&again, slice_str(bodies[i]), hlc[i]);
    chain_sign(&again, &origin, key);
    assert_memory_equal(&open.header, &again.header, sizeof(open.header));
    assert_int_equal(open.body_bytes, again.body_bytes);
    assert_false(chain_is_fork(&open.header, &again.header));
}

static void chain_commits_to_every_change(void **state)
{
    (void)state;
    struct chain_head head = new_head();
    struct chain_base base = some_base();
    struct chain_open a, b;
    chain_begin(&a, &head, &base, seed);
    chain_begin(&b, &head, &base, seed);
    uint64_t hlc = chain_append(&a, slice_str("one"), 5);
    struct change_salt salt;
    struct hash body_hash, leaf;
    struct hmac_key salt_key;
    hmac_prepare(slice_of(seed, sizeof(seed)), &salt_key);
    change_salt(&salt_key, 1, &salt);
    change_body_hash(&salt, slice_str("one"), &body_hash);
    change_leaf(1, hlc, &body_hash, &leaf);
    chain_sign(&a, &origin, key);
    assert_hash_equal(&a.header.changes_root, &leaf);
    chain_append_at(&b, slice_str("one"), hlc + 1);
    chain_sign(&b, &origin, key);
    assert_false(hash_equal(&a.header.changes_root, &b.header.changes_root));
}

static void chain_follows_only_its_own_head(void **state)
{
    (void)state;
    struct chain_head head = new_head(), other;
    struct chain_base base = some_base();
    struct chain_open open;
    chain_begin(&open, &head, &base, seed);
    chain_append(&open, slice_str("x"), 1);
    chain_sign(&open, &origin, key);
    chain_close(&open, &head);
    chain_begin(&open, &head, &base, seed);
    chain_append(&open, slice_str("y"), 2);
    chain_sign(&open, &origin, key);
#define AFTER(...) (other = head, __VA_ARGS__, chain_follows(&other, &open.header))
    assert_true(AFTER((void)0));
    assert_false(AFTER(other.kid.b[0] ^= 1));
    assert_false(AFTER(other.chain.b[0] ^= 1));
    assert_false(AFTER(other.number++));
    assert_false(AFTER(other.seq++));
    assert_false(AFTER(other.id.b[0] ^= 1));
#undef AFTER
}

static void chain_forks_prove_themselves(void **state)
{
    (void)state;
    struct sign_key *stranger = test_key(3);
    struct chain_head head = new_head();
    struct chain_base base = some_base();
    struct chain_open open;
    chain_begin(&open, &head, &base, seed);
    chain_append(&open, slice_str("left"), 1);
    chain_sign(&open, &origin, key);
    struct changeset left = open.header;
    chain_begin(&open, &head, &base, seed);
    chain_append(&open, slice_str("right"), 1);
    chain_sign(&open, &origin, key);
    struct changeset right = open.header, other;
    assert_true(chain_is_fork(&left, &right));
    assert_false(chain_is_fork(&left, &left));
    other = right;
    other.number++;
    assert_false(chain_is_fork(&left, &other));
    other = right;
    other.chain.b[7] ^= 1;
    assert_false(chain_is_fork(&left, &other));
    other = right;
    other.kid = *sign_key_kid(stranger);
    assert_false(chain_is_fork(&left, &other));
    sign_key_release(stranger);
}

static int set_up(void **state)
{
    (void)state;
    key = test_key(1);
    origin = test_origin("guanghe.example/622924101001");
    memset(seed, 0x5E, sizeof(seed));
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    sign_key_release(key);
    return 0;
}

int main(void)
{
    crypto_init();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(chain_goes_on),
        cmocka_unit_test(chain_sorts_its_deps),
        cmocka_unit_test(chain_ends_when_its_base_moves),
        cmocka_unit_test(chain_ends_at_its_limits),
        cmocka_unit_test(chain_is_rebuilt_from_what_is_stored),
        cmocka_unit_test(chain_commits_to_every_change),
        cmocka_unit_test(chain_follows_only_its_own_head),
        cmocka_unit_test(chain_forks_prove_themselves),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
