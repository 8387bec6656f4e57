/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * merkle: the append-only tree of RFC 6962 §2.1 / RFC 9162 §2.1 with SHA-256.
 *
 *   leaf hash = SHA-256(0x00 ‖ data), node = SHA-256(0x01 ‖ left ‖ right), empty root = SHA-256("")
 *
 * `struct merkle` is the frontier: the roots of the perfect subtrees that make up the first `size`
 * leaves, largest first. Appending is O(1) amortised, a root O(log n).
 */
#ifndef SHARED_LEDGER_MERKLE_H
#define SHARED_LEDGER_MERKLE_H

#include "shared/crypto/hash.h"

#define MERKLE_PROOF_MAX 64

struct merkle {
    uint64_t size;
    struct hash stack[MERKLE_PROOF_MAX]; /* popcount(size) entries are in use */
};

void merkle_init(struct merkle *tree);
void merkle_leaf_hash(struct slice data, struct hash *out);
void merkle_node_hash(const struct hash *left, const struct hash *right, struct hash *out);
void merkle_append(struct merkle *tree, const struct hash *leaf_hash);
void merkle_root(const struct merkle *tree, struct hash *out);

/* How proofs read leaf hashes: index < size of the tree in question; false ends the call. Who keeps
 * the roots of whole blocks spares them the leaves below: block is a power of two, block_root gives
 * the root over leaves [index * block, (index + 1) * block). */
struct merkle_source {
    bool (*leaf_hash)(void *arg, uint64_t index, struct hash *out);
    void *arg;
    uint64_t block; /* 0: there are none */
    bool (*block_root)(void *arg, uint64_t index, struct hash *out);
};

/* Root over leaves [from, to) read from the source. */
bool merkle_range_root(const struct merkle_source *source, uint64_t from, uint64_t to,
                       struct hash *out);

struct merkle_proof {
    size_t count;
    struct hash hashes[MERKLE_PROOF_MAX];
};

/* index < size. */
bool merkle_prove_inclusion(const struct merkle_source *source, uint64_t index, uint64_t size,
                            struct merkle_proof *out);
/* old_size <= new_size. Empty for old_size 0 or equal sizes. */
bool merkle_prove_consistency(const struct merkle_source *source, uint64_t old_size,
                              uint64_t new_size, struct merkle_proof *out);

bool merkle_verify_inclusion(const struct hash *leaf_hash, uint64_t index, uint64_t size,
                             const struct hash *proof, size_t count, const struct hash *root);
/* From old_size 0 the old root must be the empty root and the proof empty: every tree continues it.
 */
bool merkle_verify_consistency(uint64_t old_size, uint64_t new_size, const struct hash *old_root,
                               const struct hash *new_root, const struct hash *proof, size_t count);

#endif
