/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * reference: how one change names another (FORMAT.md §3a), 3 to 8 times shorter than its proof and
 * still bound to its bytes.
 *
 *   ref = [kid32, chain8, seq, leaf8]      leaf8: the first 8 bytes of the change's leaf hash
 *
 * A reference that matches nothing is ignored by whoever follows it.
 */
#ifndef SHARED_LEDGER_REFERENCE_H
#define SHARED_LEDGER_REFERENCE_H

#include "shared/base/buf.h"
#include "shared/codec/cbor.h"
#include "shared/crypto/hash.h"
#include "shared/ledger/changeset.h"

#define REFERENCE_LEAF_SIZE 8

struct reference {
    struct hash kid;
    struct chain_id chain;
    uint64_t seq;
    uint8_t leaf[REFERENCE_LEAF_SIZE];
};

void reference_make(const struct hash *kid, const struct chain_id *chain, uint64_t seq,
                    const struct hash *leaf, struct reference *out);
void reference_put(const struct reference *ref, struct buf *out);
/* Reads the next item; a malformed one fails the reader. */
void reference_read(struct cbor_reader *r, struct reference *out);
/* Does it name this change? */
bool reference_matches(const struct reference *ref, const struct hash *kid,
                       const struct chain_id *chain, uint64_t seq, const struct hash *leaf);

#endif
