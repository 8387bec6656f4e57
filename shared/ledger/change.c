/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * Hashing one change. This runs for every change that is saved or received, so everything happens
 * in stack buffers: no allocation, no general CBOR writer, two hash calls and one HMAC.
 */
#include "shared/ledger/change.h"
#include "shared/base/check.h"
#include "shared/codec/framing.h"

#define LAST_MS 253402300799999 /* 9999-12-31T23:59:59.999Z; << 16 it still fits 64 bits */

static int64_t clamp_ms(int64_t now_ms)
{
    return now_ms < 0 ? 0 : now_ms > LAST_MS ? LAST_MS : now_ms;
}

uint64_t hlc_next(int64_t now_ms, uint64_t last)
{
    CHECK(last < UINT64_MAX);
    uint64_t now = (uint64_t)clamp_ms(now_ms) << 16;
    return now > last ? now : last + 1;
}

bool hlc_wants_new_chain(int64_t now_ms, uint64_t last)
{
    return hlc_ms(last) - clamp_ms(now_ms) > HLC_BACK_MAX_MS;
}

void change_salt(const struct hmac_key *seed, uint64_t seq, struct change_salt *out)
{
    uint8_t message[8];
    struct hash mac;
    put_u64be(message, seq);
    hmac(seed, slice_of(message, sizeof(message)), &mac);
    memcpy(out->b, mac.b, CHANGE_SALT_SIZE);
}

void change_body_hash(const struct change_salt *salt, struct slice body, struct hash *out)
{
    hash_parts(slice_of(salt->b, CHANGE_SALT_SIZE), body, SLICE_NONE, out);
}

/* The shortest CBOR unsigned integer (RFC 8949 §3, major type 0); returns its end. */
static uint8_t *put_uint(uint8_t *p, uint64_t value)
{
    if (value < 24) {
        *p++ = (uint8_t)value;
        return p;
    }
    int log = value <= UINT8_MAX ? 0 : value <= UINT16_MAX ? 1 : value <= UINT32_MAX ? 2 : 3;
    *p++ = (uint8_t)(24 + log);
    for (int shift = (8 << log) - 8; shift >= 0; shift -= 8)
        *p++ = (uint8_t)(value >> shift);
    return p;
}

size_t change_encode(uint64_t seq, uint64_t hlc, const struct hash *body_hash, uint8_t *out)
{
    uint8_t *p = out;
    *p++ = 0x83; /* array of 3 */
    p = put_uint(p, seq);
    p = put_uint(p, hlc);
    *p++ = 0x58; /* byte string, one length byte */
    *p++ = HASH_SIZE;
    memcpy(p, body_hash->b, HASH_SIZE);
    return (size_t)(p + HASH_SIZE - out);
}

void change_leaf(uint64_t seq, uint64_t hlc, const struct hash *body_hash, struct hash *leaf)
{
    uint8_t data[1 + CHANGE_ENCODED_MAX];
    data[0] = 0x00; /* RFC 6962: a leaf, not a node */
    size_t n = change_encode(seq, hlc, body_hash, data + 1);
    hash_bytes(slice_of(data, 1 + n), leaf);
}
