/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * hash: SHA-256 and HMAC-SHA-256.
 *
 * HMAC(k, m) = H(k⊕opad ‖ H(k⊕ipad ‖ m)) (RFC 2104). The states after the two key blocks are kept
 * in the prepared key, so a message that fits one block costs two compressions instead of four.
 */
#include "shared/crypto/hash.h"

#include "shared/base/check.h"

#include <sodium.h>

#define BLOCK_SIZE 64

_Static_assert(HASH_SIZE == crypto_hash_sha256_BYTES, "SHA-256 has 32 bytes");
_Static_assert(sizeof(crypto_hash_sha256_state) <= sizeof(((struct hmac_key *)0)->inner),
               "a hash state fits its place in hmac_key");

void crypto_init(void)
{
    CHECK(sodium_init() >= 0); /* 1: it was already started */
}

static void update(crypto_hash_sha256_state *state, struct slice bytes)
{
    if (bytes.n > 0)
        crypto_hash_sha256_update(state, bytes.p, bytes.n);
}

void hash_bytes(struct slice bytes, struct hash *out)
{
    static const uint8_t nothing[1];
    crypto_hash_sha256(out->b, bytes.n ? bytes.p : nothing, bytes.n);
}

void hash_parts(struct slice a, struct slice b, struct slice c, struct hash *out)
{
    crypto_hash_sha256_state state;
    crypto_hash_sha256_init(&state);
    update(&state, a);
    update(&state, b);
    update(&state, c);
    crypto_hash_sha256_final(&state, out->b);
}

/* The state after the one block key ⊕ pad, as bytes in `out`. */
static void prepare_half(const uint8_t key[static BLOCK_SIZE], uint8_t pad, uint8_t *out)
{
    uint8_t block[BLOCK_SIZE];
    for (size_t i = 0; i < BLOCK_SIZE; i++)
        block[i] = key[i] ^ pad;
    crypto_hash_sha256_state state;
    crypto_hash_sha256_init(&state);
    crypto_hash_sha256_update(&state, block, sizeof(block));
    memcpy(out, &state, sizeof(state));
    sodium_memzero(&state, sizeof(state));
    sodium_memzero(block, sizeof(block));
}

void hmac_prepare(struct slice key, struct hmac_key *out)
{
    uint8_t block[BLOCK_SIZE] = {0};
    if (key.n > BLOCK_SIZE)
        crypto_hash_sha256(block, key.p, key.n);
    else if (key.n > 0)
        memcpy(block, key.p, key.n);
    *out = (struct hmac_key){0};
    prepare_half(block, 0x36, out->inner);
    prepare_half(block, 0x5C, out->outer);
    sodium_memzero(block, sizeof(block));
}

void hmac(const struct hmac_key *key, struct slice message, struct hash *out)
{
    crypto_hash_sha256_state state;
    memcpy(&state, key->inner, sizeof(state));
    update(&state, message);
    crypto_hash_sha256_final(&state, out->b);
    memcpy(&state, key->outer, sizeof(state));
    crypto_hash_sha256_update(&state, out->b, HASH_SIZE);
    crypto_hash_sha256_final(&state, out->b);
}

bool secret_equal(const void *a, const void *b, size_t n)
{
    return n == 0 || sodium_memcmp(a, b, n) == 0;
}

void secret_wipe(void *p, size_t n)
{
    if (n > 0)
        sodium_memzero(p, n);
}
