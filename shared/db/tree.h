/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * tree: the Merkle tree over a stored ledger, read from its leaves: inclusion and consistency
 * proofs. The stored roots are not used: what a proof says was computed from what is stored.
 */
#ifndef SHARED_DB_TREE_H
#define SHARED_DB_TREE_H

#include "shared/db/replica.h"

/* index < size <= the ledger's. ST_DAMAGED: leaves are missing. */
MUST_USE enum status tree_prove_inclusion(struct replica *rep, struct ledger *ledger,
                                          uint64_t index, uint64_t size, struct merkle_proof *out,
                                          struct error *err);
/* old_size <= new_size <= the ledger's. */
MUST_USE enum status tree_prove_consistency(struct replica *rep, struct ledger *ledger,
                                            uint64_t old_size, uint64_t new_size,
                                            struct merkle_proof *out, struct error *err);

#endif
