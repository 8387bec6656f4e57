/* SPDX-License-Identifier: MulanPSL-2.0 */
/* reference: encoding of the short names of changes. */
#include "shared/ledger/reference.h"

void reference_make(const struct hash *kid, const struct chain_id *chain, uint64_t seq,
                    const struct hash *leaf, struct reference *out)
{
    out->kid = *kid;
    out->chain = *chain;
    out->seq = seq;
    memcpy(out->leaf, leaf->b, REFERENCE_LEAF_SIZE);
}

void reference_put(const struct reference *ref, struct buf *out)
{
    cbor_put_array(out, 4);
    cbor_put_bytes(out, hash_slice(&ref->kid));
    cbor_put_bytes(out, slice_of(ref->chain.b, sizeof(ref->chain.b)));
    cbor_put_uint(out, ref->seq);
    cbor_put_bytes(out, slice_of(ref->leaf, REFERENCE_LEAF_SIZE));
}

void reference_read(struct cbor_reader *r, struct reference *out)
{
    memset(out, 0, sizeof(*out));
    cbor_expect_array(r, 4);
    cbor_read_fixed(r, out->kid.b, HASH_SIZE);
    cbor_read_fixed(r, out->chain.b, sizeof(out->chain.b));
    out->seq = cbor_read_uint(r);
    cbor_read_fixed(r, out->leaf, REFERENCE_LEAF_SIZE);
}

bool reference_matches(const struct reference *ref, const struct hash *kid,
                       const struct chain_id *chain, uint64_t seq, const struct hash *leaf)
{
    return hash_equal(&ref->kid, kid) && memcmp(ref->chain.b, chain->b, sizeof(chain->b)) == 0 &&
           ref->seq == seq && memcmp(ref->leaf, leaf->b, REFERENCE_LEAF_SIZE) == 0;
}
