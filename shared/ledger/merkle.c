/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * The tree and its proofs (RFC 9162 §2.1), without recursion and without storing nodes.
 *
 * A tree of n leaves is split at the largest power of two below n, so its left part is always
 * perfect. The frontier keeps the roots of the perfect parts, one per 1 bit of n:
 *
 *     n = 7 = 4 + 2 + 1        stack: [root of 0…3] [root of 4…5] [leaf 6]
 *
 * Appending leaf n is a binary increment: each carry joins the two last entries. The root joins all
 * entries from the right. A proof walks from the root down to the place in question and notes the
 * root of the part it does not enter; read backwards that is the order the RFC gives proofs in.
 */
#include "shared/ledger/merkle.h"
#include "shared/base/check.h"

void merkle_init(struct merkle *tree)
{
    tree->size = 0;
}

void merkle_leaf_hash(struct slice data, struct hash *out)
{
    hash_parts(slice_of("\x00", 1), data, SLICE_NONE, out);
}

void merkle_node_hash(const struct hash *left, const struct hash *right, struct hash *out)
{
    uint8_t node[1 + 2 * HASH_SIZE];
    node[0] = 0x01;
    memcpy(node + 1, left->b, HASH_SIZE);
    memcpy(node + 1 + HASH_SIZE, right->b, HASH_SIZE);
    hash_bytes(slice_of(node, sizeof(node)), out);
}

/* A perfect subtree of `width` leaves; the tree's size is a multiple of that. */
static void append_perfect(struct merkle *tree, const struct hash *root, uint64_t width)
{
    CHECK(tree->size <= UINT64_MAX - width);
    struct hash top = *root;
    int used = __builtin_popcountll(tree->size);
    for (uint64_t carry = tree->size / width; carry & 1; carry >>= 1)
        merkle_node_hash(&tree->stack[--used], &top, &top);
    tree->stack[used] = top;
    tree->size += width;
}

void merkle_append(struct merkle *tree, const struct hash *leaf_hash)
{
    append_perfect(tree, leaf_hash, 1);
}

void merkle_root(const struct merkle *tree, struct hash *out)
{
    int used = __builtin_popcountll(tree->size);
    if (used == 0) {
        hash_bytes(SLICE_NONE, out);
        return;
    }
    *out = tree->stack[--used];
    while (used > 0)
        merkle_node_hash(&tree->stack[--used], out, out);
}

bool merkle_range_root(const struct merkle_source *source, uint64_t from, uint64_t to,
                       struct hash *out)
{
    CHECK(from <= to);
    const uint64_t block = source->block;
    struct merkle tree;
    struct hash part;
    merkle_init(&tree);
    while (from < to) {
        bool whole = block && from % block == 0 && tree.size % block == 0 && to - from >= block;
        if (whole ? !source->block_root(source->arg, from / block, &part)
                  : !source->leaf_hash(source->arg, from, &part))
            return false;
        append_perfect(&tree, &part, whole ? block : 1);
        from += whole ? block : 1;
    }
    merkle_root(&tree, out);
    return true;
}

/* The largest power of two smaller than n; n >= 2. */
static uint64_t split(uint64_t n)
{
    return UINT64_C(1) << (63 - __builtin_clzll(n - 1));
}

static bool add_range(const struct merkle_source *source, uint64_t from, uint64_t to,
                      struct merkle_proof *out)
{
    CHECK(out->count < MERKLE_PROOF_MAX);
    return merkle_range_root(source, from, to, &out->hashes[out->count++]);
}

static void reverse(struct merkle_proof *proof)
{
    for (size_t i = 0; i < proof->count / 2; i++) {
        struct hash h = proof->hashes[i];
        proof->hashes[i] = proof->hashes[proof->count - 1 - i];
        proof->hashes[proof->count - 1 - i] = h;
    }
}

bool merkle_prove_inclusion(const struct merkle_source *source, uint64_t index, uint64_t size,
                            struct merkle_proof *out)
{
    CHECK(index < size);
    uint64_t from = 0, to = size;
    out->count = 0;
    while (to - from > 1) {
        uint64_t middle = from + split(to - from);
        bool left = index < middle;
        if (!add_range(source, left ? middle : from, left ? to : middle, out))
            return false;
        *(left ? &to : &from) = middle;
    }
    reverse(out);
    return true;
}

bool merkle_prove_consistency(const struct merkle_source *source, uint64_t old_size,
                              uint64_t new_size, struct merkle_proof *out)
{
    CHECK(old_size <= new_size);
    uint64_t from = 0, to = new_size;
    out->count = 0;
    if (old_size == 0 || old_size == new_size)
        return true;
    while (to != old_size) { /* the old tree ends inside [from, to) */
        uint64_t middle = from + split(to - from);
        bool left = old_size <= middle;
        if (!add_range(source, left ? middle : from, left ? to : middle, out))
            return false;
        *(left ? &to : &from) = middle;
    }
    /* [from, to) is the last perfect part of the old tree. From 0 it is the old tree, whose root
     * the verifier has. */
    if (from > 0 && !add_range(source, from, to, out))
        return false;
    reverse(out);
    return true;
}

/* RFC 9162 §2.1.3.2. */
bool merkle_verify_inclusion(const struct hash *leaf_hash, uint64_t index, uint64_t size,
                             const struct hash *proof, size_t count, const struct hash *root)
{
    if (index >= size)
        return false;
    uint64_t node = index, last = size - 1;
    struct hash r = *leaf_hash;
    for (size_t i = 0; i < count; i++) {
        if (last == 0)
            return false;
        if ((node & 1) || node == last) {
            merkle_node_hash(&proof[i], &r, &r);
            /* Levels where this node is the last and has no sibling pass without a hash. An even
             * node here is `last`, hence not 0, so the loop ends. */
            while (!(node & 1)) {
                node >>= 1;
                last >>= 1;
            }
        } else {
            merkle_node_hash(&r, &proof[i], &r);
        }
        node >>= 1;
        last >>= 1;
    }
    return last == 0 && hash_equal(&r, root);
}

/* RFC 9162 §2.1.4.2. */
bool merkle_verify_consistency(uint64_t old_size, uint64_t new_size, const struct hash *old_root,
                               const struct hash *new_root, const struct hash *proof, size_t count)
{
    if (old_size > new_size)
        return false;
    if (old_size == 0) {
        struct hash empty;
        hash_bytes(SLICE_NONE, &empty);
        if (!hash_equal(old_root, &empty))
            return false;
        if (new_size > 0) /* everything continues the empty tree */
            return count == 0;
    }
    if (old_size == new_size)
        return count == 0 && hash_equal(old_root, new_root);
    uint64_t node = old_size - 1, last = new_size - 1;
    while (node & 1) {
        node >>= 1;
        last >>= 1;
    }
    /* node is 0 exactly when the old tree is perfect: then its root is the first hash. */
    size_t next = 0;
    if (node != 0 && count == 0)
        return false;
    struct hash first = node == 0 ? *old_root : proof[next++];
    struct hash fr = first, sr = first;
    for (; next < count; next++) {
        if (last == 0)
            return false;
        if ((node & 1) || node == last) {
            merkle_node_hash(&proof[next], &fr, &fr);
            merkle_node_hash(&proof[next], &sr, &sr);
            while (!(node & 1)) {
                node >>= 1;
                last >>= 1;
            }
        } else {
            merkle_node_hash(&sr, &proof[next], &sr);
        }
        node >>= 1;
        last >>= 1;
    }
    return last == 0 && hash_equal(&fr, old_root) && hash_equal(&sr, new_root);
}
