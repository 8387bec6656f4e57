/* SPDX-License-Identifier: MulanPSL-2.0 */
/* leaf: the 48 bytes that admission adds, and the time at which a change counts. */
#include "shared/ledger/leaf.h"
#include "shared/base/check.h"
#include "shared/codec/framing.h"

void leaf_encode(const struct leaf *leaf, uint8_t out[static LEAF_DATA_SIZE])
{
    CHECK(leaf->admitted_ms >= 0);
    memcpy(out, leaf->id.b, HASH_SIZE);
    put_u64be(out + HASH_SIZE, (uint64_t)leaf->admitted_ms);
    put_u64be(out + HASH_SIZE + 8, leaf->registry_size);
}

void leaf_decode(const uint8_t in[static LEAF_DATA_SIZE], struct leaf *leaf)
{
    memcpy(leaf->id.b, in, HASH_SIZE);
    leaf->admitted_ms = (int64_t)get_u64be(in + HASH_SIZE);
    leaf->registry_size = get_u64be(in + HASH_SIZE + 8);
}

void leaf_hash(const struct leaf *leaf, struct hash *out)
{
    uint8_t data[1 + LEAF_DATA_SIZE];
    data[0] = 0x00; /* RFC 6962: a leaf, not a node */
    leaf_encode(leaf, data + 1);
    hash_bytes(slice_of(data, sizeof(data)), out);
}

int64_t leaf_effective_ms(int64_t hlc_ms, int64_t base_admitted_ms, int64_t own_admitted_ms,
                          int64_t floor_ms)
{
    int64_t t = hlc_ms < base_admitted_ms ? base_admitted_ms : hlc_ms;
    if (t > own_admitted_ms)
        t = own_admitted_ms;
    return t < floor_ms ? floor_ms : t;
}
