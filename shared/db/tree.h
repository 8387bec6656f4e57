/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * tree: the Merkle tree over a stored ledger, read from its leaves: inclusion and consistency
 * proofs, and tiles (ledger/tile.h). The stored roots are not used: what a proof or tile says was
 * computed from the leaves.
 */
#ifndef SHARED_DB_TREE_H
#define SHARED_DB_TREE_H

#include "shared/db/replica.h"
#include "shared/ledger/tile.h"

/* index < size <= the ledger's. ST_DAMAGED: leaves are missing. */
MUST_USE enum status tree_prove_inclusion(struct replica *rep, struct ledger *ledger,
                                          uint64_t index, uint64_t size, struct merkle_proof *out,
                                          struct error *err);

/* Roots of a ledger's whole blocks of 256 leaves, kept by whoever serves tiles or asks witnesses:
 * what never changes is then read once. Zero state: nothing known. */
struct tree_blocks {
    struct hash *roots;
    size_t count, capacity;
};
void tree_blocks_release(struct tree_blocks *blocks);

/* old_size <= new_size <= the ledger's. With blocks it reads the leaves that are new to them and a
 * few hundred at the ends; blocks may be NULL. */
MUST_USE enum status tree_prove_consistency(struct replica *rep, struct ledger *ledger,
                                            struct tree_blocks *blocks, uint64_t old_size,
                                            uint64_t new_size, struct merkle_proof *out,
                                            struct error *err);

/* The tile is within the ledger (tile_within). Appends its bytes. */
MUST_USE enum status tree_tile(struct replica *rep, struct ledger *ledger,
                               struct tree_blocks *blocks, const struct tile *tile, struct buf *out,
                               struct error *err);

#endif
