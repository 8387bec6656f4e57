/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * sign: a thin door to libsodium's Ed25519, X25519 and sealed boxes.
 *
 * A sign_key lies in memory that is locked, guarded by unmapped pages and wiped when freed; it is
 * read only after its making. Nothing here keeps a copy of a secret.
 */
#include "shared/crypto/sign.h"

#include "shared/base/check.h"

#include <sodium.h>

_Static_assert(SIGN_SIZE == crypto_sign_BYTES, "an Ed25519 signature has 64 bytes");
_Static_assert(SIGN_SEED_SIZE == crypto_sign_SEEDBYTES, "an Ed25519 seed has 32 bytes");

struct sign_key {
    struct sign_public pk;
    struct hash kid;
    uint8_t secret[crypto_sign_SECRETKEYBYTES]; /* seed32 ‖ pk32 */
};

void sign_kid(const struct sign_public *pk, struct hash *kid)
{
    /* {1: 1 (OKP), -1: 6 (Ed25519), -2: h'pk'} in deterministic CBOR, as RFC 9679 §4.1 wants it. */
    static const uint8_t head[] = {0xA3, 0x01, 0x01, 0x20, 0x06, 0x21, 0x58, 0x20};
    hash_parts(slice_of(head, sizeof(head)), slice_of(pk->b, sizeof(pk->b)), SLICE_NONE, kid);
}

struct sign_key *sign_key_from_seed(const uint8_t seed[static SIGN_SEED_SIZE])
{
    struct sign_key *key = sodium_malloc(sizeof(*key));
    CHECK(key != NULL);
    crypto_sign_seed_keypair(key->pk.b, key->secret, seed);
    sign_kid(&key->pk, &key->kid);
    CHECK(sodium_mprotect_readonly(key) == 0);
    return key;
}

void sign_key_release(struct sign_key *key)
{
    sodium_free(key); /* wipes; NULL allowed */
}

const struct sign_public *sign_key_public(const struct sign_key *key)
{
    return &key->pk;
}

const struct hash *sign_key_kid(const struct sign_key *key)
{
    return &key->kid;
}

void sign_key_seed(const struct sign_key *key, uint8_t out[static SIGN_SEED_SIZE])
{
    memcpy(out, key->secret, SIGN_SEED_SIZE);
}

/* libsodium wants a pointer even where there is nothing to read. */
static const uint8_t *pointer_of(struct slice s)
{
    static const uint8_t nothing[1];
    return s.n ? s.p : nothing;
}

void sign_message(const struct sign_key *key, struct slice message, struct signature *out)
{
    crypto_sign_detached(out->b, NULL, pointer_of(message), message.n, key->secret);
}

bool sign_verify(const struct sign_public *pk, struct slice message, const struct signature *sig)
{
    return crypto_sign_verify_detached(sig->b, pointer_of(message), message.n, pk->b) == 0;
}

bool sign_public_valid(const struct sign_public *pk)
{
    return crypto_core_ed25519_is_valid_point(pk->b) == 1;
}

void box_public_from_seed(const uint8_t seed[static 32], struct box_public *out)
{
    uint8_t secret[crypto_box_SECRETKEYBYTES];
    crypto_box_seed_keypair(out->b, secret, seed);
    sodium_memzero(secret, sizeof(secret));
}

void box_secret_from_seed(const uint8_t seed[static 32], struct box_secret *out)
{
    uint8_t pk[crypto_box_PUBLICKEYBYTES];
    crypto_box_seed_keypair(pk, out->b, seed);
}

bool box_public_of_sign(const struct sign_public *pk, struct box_public *out)
{
    return crypto_sign_ed25519_pk_to_curve25519(out->b, pk->b) == 0;
}

void box_secret_of_sign(const struct sign_key *key, struct box_secret *out)
{
    CHECK(crypto_sign_ed25519_sk_to_curve25519(out->b, key->secret) == 0);
}

bool box_public_valid(const struct box_public *pk)
{
    /* Multiplying a small-order point by any clamped scalar gives zero, which libsodium refuses. */
    uint8_t scalar[32] = {0}, product[32];
    return crypto_scalarmult(product, scalar, pk->b) == 0;
}

void box_seal(const struct box_public *to, struct slice message, uint8_t *out)
{
    CHECK(crypto_box_seal(out, pointer_of(message), message.n, to->b) == 0);
}

bool box_open(const uint8_t seed[static 32], struct slice in, uint8_t *out)
{
    if (in.n < crypto_box_SEALBYTES)
        return false;
    struct box_public pk;
    uint8_t secret[crypto_box_SECRETKEYBYTES];
    crypto_box_seed_keypair(pk.b, secret, seed);
    bool ok = crypto_box_seal_open(out, in.p, in.n, pk.b, secret) == 0;
    sodium_memzero(secret, sizeof(secret));
    return ok;
}
