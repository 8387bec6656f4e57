/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * hash: SHA-256 and HMAC-SHA-256.
 *
 * HMAC(k, m) = H(k⊕opad ‖ H(k⊕ipad ‖ m)) (RFC 2104). The states after the two key blocks are kept
 * in the prepared key, so a message that fits one block costs two compressions instead of four.
 *
 * SHA-256 comes from nettle, which is on the machine already (libmicrohttpd's TLS stands on it) and
 * uses the processor's SHA instructions: measured five times as fast as libsodium's portable code,
 * and every change costs about seven blocks. Comparing and wiping secrets stays with libsodium.
 */
#include "shared/crypto/hash.h"

#include "shared/base/check.h"

#include <nettle/sha2.h>
#include <sodium.h>

#define BLOCK_SIZE 64

_Static_assert(HASH_SIZE == SHA256_DIGEST_SIZE, "SHA-256 has 32 bytes");
_Static_assert(sizeof(struct sha256_ctx) <= sizeof(((struct hmac_key *)0)->inner),
               "a hash state fits its place in hmac_key");
_Static_assert(sizeof(struct sha256_ctx) <= sizeof(struct hash_run), "and in hash_run");

void crypto_init(void)
{
    CHECK(sodium_init() >= 0); /* 1: it was already started */
}

static void update(struct sha256_ctx *state, struct slice bytes)
{
    if (bytes.n > 0)
        sha256_update(state, bytes.n, bytes.p);
}

static void finish(struct sha256_ctx *state, struct hash *out)
{
    sha256_digest(state, HASH_SIZE, out->b);
}

void hash_begin(struct hash_run *run)
{
    sha256_init((struct sha256_ctx *)run->state);
}

void hash_add(struct hash_run *run, struct slice piece)
{
    update((struct sha256_ctx *)run->state, piece);
}

void hash_end(struct hash_run *run, struct hash *out)
{
    finish((struct sha256_ctx *)run->state, out);
}

void hash_bytes(struct slice bytes, struct hash *out)
{
    hash_parts(bytes, SLICE_NONE, SLICE_NONE, out);
}

void hash_parts(struct slice a, struct slice b, struct slice c, struct hash *out)
{
    struct sha256_ctx state;
    sha256_init(&state);
    update(&state, a);
    update(&state, b);
    update(&state, c);
    finish(&state, out);
}

/* The state after the one block key ⊕ pad, as bytes in `out`. */
static void prepare_half(const uint8_t key[static BLOCK_SIZE], uint8_t pad, uint8_t *out)
{
    uint8_t block[BLOCK_SIZE];
    for (size_t i = 0; i < BLOCK_SIZE; i++)
        block[i] = key[i] ^ pad;
    struct sha256_ctx state;
    sha256_init(&state);
    sha256_update(&state, sizeof(block), block);
    memcpy(out, &state, sizeof(state));
    sodium_memzero(&state, sizeof(state));
    sodium_memzero(block, sizeof(block));
}

void hmac_prepare(struct slice key, struct hmac_key *out)
{
    uint8_t block[BLOCK_SIZE] = {0};
    if (key.n > BLOCK_SIZE) {
        struct hash digest;
        hash_bytes(key, &digest);
        memcpy(block, digest.b, HASH_SIZE);
        sodium_memzero(&digest, sizeof(digest));
    } else if (key.n > 0) {
        memcpy(block, key.p, key.n);
    }
    *out = (struct hmac_key){0};
    prepare_half(block, 0x36, out->inner);
    prepare_half(block, 0x5C, out->outer);
    sodium_memzero(block, sizeof(block));
}

void hmac(const struct hmac_key *key, struct slice message, struct hash *out)
{
    struct sha256_ctx state;
    memcpy(&state, key->inner, sizeof(state));
    update(&state, message);
    finish(&state, out);
    memcpy(&state, key->outer, sizeof(state));
    update(&state, hash_slice(out));
    finish(&state, out);
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
