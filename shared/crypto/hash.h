/* SPDX-License-Identifier: MulanPSL-2.0 */
/* hash: SHA-256 (FIPS 180-4) and HMAC-SHA-256 (RFC 2104) from nettle. */
#ifndef SHARED_CRYPTO_HASH_H
#define SHARED_CRYPTO_HASH_H

#include "shared/base/slice.h"

#define HASH_SIZE 32

struct hash {
    uint8_t b[HASH_SIZE];
};

static inline bool hash_equal(const struct hash *a, const struct hash *b)
{
    return memcmp(a->b, b->b, HASH_SIZE) == 0;
}

static inline bool hash_is_zero(const struct hash *h)
{
    static const struct hash zero;
    return hash_equal(h, &zero);
}

static inline struct slice hash_slice(const struct hash *h)
{
    return slice_of(h->b, HASH_SIZE);
}

void hash_bytes(struct slice bytes, struct hash *out);
/* SHA-256(a ‖ b ‖ c); unused parts are SLICE_NONE. */
void hash_parts(struct slice a, struct slice b, struct slice c, struct hash *out);

/* SHA-256 of what comes in pieces. */
struct hash_run {
    _Alignas(16) uint8_t state[112];
};
void hash_begin(struct hash_run *run);
void hash_add(struct hash_run *run, struct slice piece);
void hash_end(struct hash_run *run, struct hash *out);

/* A prepared HMAC key: two compressions per short message instead of four. Wipe when secret. */
struct hmac_key {
    _Alignas(16) uint8_t inner[112];
    _Alignas(16) uint8_t outer[112];
};

void hmac_prepare(struct slice key, struct hmac_key *out);
void hmac(const struct hmac_key *key, struct slice message, struct hash *out);

/* Equal in constant time. */
bool secret_equal(const void *a, const void *b, size_t n);
void secret_wipe(void *p, size_t n);

/* Once per process before anything of crypto/; CHECKs that libsodium starts. */
void crypto_init(void);

#endif
