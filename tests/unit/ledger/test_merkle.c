/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * The tree against the recursive definition of RFC 9162 §2.1, every proof of every tree up to 40
 * leaves, and proofs with one thing wrong.
 */
#include "shared/ledger/merkle.h"
#include "tests/unit/ledger/support.h"

#define TREES 40

static struct hash leaves[TREES];

static bool read_leaf(void *arg, uint64_t index, struct hash *out)
{
    assert_null(arg);
    assert_true(index < TREES);
    *out = leaves[index];
    return true;
}

static const struct merkle_source source = {read_leaf, NULL};

/* Fails at the leaf that arg points to. */
static bool read_broken(void *arg, uint64_t index, struct hash *out)
{
    *out = leaves[index];
    return index != *(uint64_t *)arg;
}

static void define_root(size_t from, size_t to, struct hash *out)
{
    if (from == to) {
        hash_bytes(SLICE_NONE, out);
        return;
    }
    if (to - from == 1) {
        *out = leaves[from];
        return;
    }
    size_t k = 1;
    while (2 * k < to - from)
        k *= 2;
    struct hash left, right;
    define_root(from, from + k, &left);
    define_root(from + k, to, &right);
    merkle_node_hash(&left, &right, out);
}

static int set_up(void **state)
{
    (void)state;
    for (size_t i = 0; i < TREES; i++) {
        uint8_t byte = (uint8_t)i;
        merkle_leaf_hash(slice_of(&byte, 1), &leaves[i]);
    }
    return 0;
}

/* SHA-256 of nothing; the leaf of nothing; both stand in RFC 6962 test data everywhere. */
static void merkle_known_hashes(void **state)
{
    (void)state;
    struct merkle tree;
    struct hash h;
    merkle_init(&tree);
    merkle_root(&tree, &h);
    assert_hex(h.b, HASH_SIZE, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    merkle_leaf_hash(SLICE_NONE, &h);
    assert_hex(h.b, HASH_SIZE, "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d");
    merkle_append(&tree, &h);
    merkle_root(&tree, &h);
    assert_hex(h.b, HASH_SIZE, "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d");
}

/* The eight leaves that the tests of Certificate Transparency implementations use (google/
 * certificate-transparency, merkletree tests), and their root. */
static void merkle_root_of_the_ct_tree(void **state)
{
    (void)state;
    static const char *const data[] = {"",
                                       "00",
                                       "10",
                                       "2021",
                                       "3031",
                                       "40414243",
                                       "5051525354555657",
                                       "606162636465666768696a6b6c6d6e6f"};
    struct merkle tree;
    struct hash h;
    merkle_init(&tree);
    for (size_t i = 0; i < ARRAY_LENGTH(data); i++) {
        uint8_t bytes[16];
        size_t n = strlen(data[i]) / 2;
        assert_true(hex_decode(slice_str(data[i]), bytes, n));
        merkle_leaf_hash(slice_of(bytes, n), &h);
        merkle_append(&tree, &h);
    }
    merkle_root(&tree, &h);
    assert_hex(h.b, HASH_SIZE, "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328");
}

static void merkle_roots_follow_the_definition(void **state)
{
    (void)state;
    struct merkle tree;
    struct hash got, want;
    merkle_init(&tree);
    for (size_t n = 0; n < TREES; n++) {
        merkle_root(&tree, &got);
        define_root(0, n, &want);
        assert_hash_equal(&got, &want);
        merkle_append(&tree, &leaves[n]);
        assert_int_equal(tree.size, n + 1);
    }
    assert_true(merkle_range_root(&source, 5, 17, &got));
    define_root(5, 17, &want);
    assert_hash_equal(&got, &want);
}

static void assert_inclusion_holds_alone(uint64_t index, uint64_t size, struct merkle_proof *proof,
                                         const struct hash *root)
{
    const struct hash *leaf = &leaves[index];
    assert_true(merkle_verify_inclusion(leaf, index, size, proof->hashes, proof->count, root));
    for (uint64_t other = 0; other < size + 2; other++)
        if (other != index)
            assert_false(
                merkle_verify_inclusion(leaf, other, size, proof->hashes, proof->count, root));
    for (size_t i = 0; i < proof->count; i++) {
        proof->hashes[i].b[31] ^= 1;
        assert_false(merkle_verify_inclusion(leaf, index, size, proof->hashes, proof->count, root));
        proof->hashes[i].b[31] ^= 1;
    }
    proof->hashes[proof->count] = *root;
    assert_false(merkle_verify_inclusion(leaf, index, size, proof->hashes, proof->count + 1, root));
    if (proof->count > 0)
        assert_false(
            merkle_verify_inclusion(leaf, index, size, proof->hashes, proof->count - 1, root));
}

static void merkle_inclusion_of_every_leaf(void **state)
{
    (void)state;
    for (uint64_t size = 1; size <= TREES; size++) {
        struct hash root;
        define_root(0, size, &root);
        for (uint64_t index = 0; index < size; index++) {
            struct merkle_proof proof;
            assert_true(merkle_prove_inclusion(&source, index, size, &proof));
            assert_inclusion_holds_alone(index, size, &proof, &root);
        }
    }
}

static void assert_consistency_holds_alone(uint64_t old_size, uint64_t new_size,
                                           struct merkle_proof *proof, const struct hash *old_root,
                                           const struct hash *new_root)
{
    struct hash wrong = *old_root;
    wrong.b[0] ^= 1;
#define VERIFY(a, b, ra, rb, n) merkle_verify_consistency(a, b, ra, rb, proof->hashes, n)
    assert_true(VERIFY(old_size, new_size, old_root, new_root, proof->count));
    assert_false(VERIFY(old_size, new_size, &wrong, new_root, proof->count));
    if (old_size > 0) /* everything continues the empty tree */
        assert_false(VERIFY(old_size, new_size, old_root, &wrong, proof->count));
    for (size_t i = 0; i < proof->count; i++) {
        proof->hashes[i].b[0] ^= 1;
        assert_false(VERIFY(old_size, new_size, old_root, new_root, proof->count));
        proof->hashes[i].b[0] ^= 1;
    }
    proof->hashes[proof->count] = *new_root;
    assert_false(VERIFY(old_size, new_size, old_root, new_root, proof->count + 1));
    if (proof->count > 0)
        assert_false(VERIFY(old_size, new_size, old_root, new_root, proof->count - 1));
    if (old_size < new_size)
        assert_false(VERIFY(new_size, old_size, old_root, new_root, proof->count));
#undef VERIFY
}

static void merkle_consistency_of_every_pair(void **state)
{
    (void)state;
    for (uint64_t new_size = 0; new_size <= TREES; new_size++) {
        for (uint64_t old_size = 0; old_size <= new_size; old_size++) {
            struct merkle_proof proof;
            struct hash old_root, new_root;
            define_root(0, old_size, &old_root);
            define_root(0, new_size, &new_root);
            assert_true(merkle_prove_consistency(&source, old_size, new_size, &proof));
            assert_consistency_holds_alone(old_size, new_size, &proof, &old_root, &new_root);
        }
    }
}

/* An empty proof between different trees, where the old one is no power of two. */
static void merkle_consistency_needs_a_proof(void **state)
{
    (void)state;
    struct hash old_root, new_root;
    define_root(0, 3, &old_root);
    define_root(0, 7, &new_root);
    assert_false(merkle_verify_consistency(0, 0, &old_root, &old_root, NULL, 0));
    assert_false(merkle_verify_consistency(0, 7, &old_root, &new_root, NULL, 0));
    assert_false(merkle_verify_consistency(3, 7, &old_root, &new_root, NULL, 0));
    assert_false(merkle_verify_consistency(4, 7, &old_root, &new_root, NULL, 0));
}

/* The same source with the roots of whole blocks of four at hand. */
static unsigned blocks_read;
static bool read_block(void *arg, uint64_t index, struct hash *out)
{
    (void)arg;
    blocks_read++;
    return index < 5 && merkle_range_root(&source, index * 4, index * 4 + 4, out);
}
static const struct merkle_source in_blocks = {read_leaf, NULL, 4, read_block};

static void merkle_blocks_give_the_same(void **state)
{
    (void)state;
    for (uint64_t to = 0; to <= 20; to++)
        for (uint64_t from = 0; from <= to; from++) {
            struct hash alone, whole;
            struct merkle_proof one, other;
            assert_true(merkle_range_root(&source, from, to, &alone));
            assert_true(merkle_range_root(&in_blocks, from, to, &whole));
            assert_memory_equal(alone.b, whole.b, HASH_SIZE);
            assert_true(merkle_prove_consistency(&source, from, to, &one));
            assert_true(merkle_prove_consistency(&in_blocks, from, to, &other));
            assert_int_equal(one.count, other.count);
            assert_memory_equal(one.hashes, other.hashes, one.count * sizeof(one.hashes[0]));
        }
    struct hash root;
    blocks_read = 0;
    assert_true(merkle_range_root(&in_blocks, 0, 16, &root));
    assert_int_equal(blocks_read, 4);
    assert_false(merkle_range_root(&in_blocks, 20, 24, &root)); /* there is no such block */
}

static void merkle_source_may_fail(void **state)
{
    (void)state;
    struct merkle_proof proof;
    struct hash root;
    for (uint64_t broken = 0; broken < 13; broken++) {
        struct merkle_source bad = {read_broken, &broken};
        assert_false(merkle_range_root(&bad, 0, 13, &root));
        if (broken != 6) /* a path holds nothing of its own leaf */
            assert_false(merkle_prove_inclusion(&bad, 6, 13, &proof));
        assert_false(merkle_prove_consistency(&bad, 7, 13, &proof));
    }
}

int main(void)
{
    crypto_init();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(merkle_known_hashes),
        cmocka_unit_test(merkle_root_of_the_ct_tree),
        cmocka_unit_test(merkle_roots_follow_the_definition),
        cmocka_unit_test(merkle_inclusion_of_every_leaf),
        cmocka_unit_test(merkle_consistency_of_every_pair),
        cmocka_unit_test(merkle_consistency_needs_a_proof),
        cmocka_unit_test(merkle_blocks_give_the_same),
        cmocka_unit_test(merkle_source_may_fail),
    };
    return cmocka_run_group_tests(tests, set_up, NULL);
}
