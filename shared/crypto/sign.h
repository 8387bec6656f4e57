/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * sign: Ed25519 (RFC 8032) keys and signatures, and X25519 keys for sealing, from libsodium.
 *
 * kid = RFC 9679 COSE key thumbprint = SHA-256(A3 01 01 20 06 21 58 20 ‖ pk32).
 * Secret keys live in locked memory (sodium_malloc) and are wiped when released.
 */
#ifndef SHARED_CRYPTO_SIGN_H
#define SHARED_CRYPTO_SIGN_H

#include "shared/crypto/hash.h"

#define SIGN_SIZE 64
#define SIGN_SEED_SIZE 32

struct sign_public {
    uint8_t b[32];
};

struct signature {
    uint8_t b[SIGN_SIZE];
};

struct sign_key; /* a secret key with its public half; locked memory */

/* From a 32-byte seed (random for a new key; fixed in tests). The caller wipes the seed. */
struct sign_key *sign_key_from_seed(const uint8_t seed[static SIGN_SEED_SIZE]);
void sign_key_release(struct sign_key *key); /* NULL allowed */
const struct sign_public *sign_key_public(const struct sign_key *key);
const struct hash *sign_key_kid(const struct sign_key *key);
void sign_key_seed(const struct sign_key *key, uint8_t out[static SIGN_SEED_SIZE]);

void sign_message(const struct sign_key *key, struct slice message, struct signature *out);
/* Refuses non-canonical and small-order values as libsodium does; the verdict is final. */
bool sign_verify(const struct sign_public *pk, struct slice message, const struct signature *sig);

/* Is it a canonical point of the main subgroup? Keys that are not are refused at grant. */
bool sign_public_valid(const struct sign_public *pk);
void sign_kid(const struct sign_public *pk, struct hash *kid);

/* X25519: the key pair that belongs to an Ed25519 device seed is separate, made from its own seed.
 */
struct box_public {
    uint8_t b[32];
};
void box_public_from_seed(const uint8_t seed[static 32], struct box_public *out);
/* The scalar that a seed stands for, as X25519 (RFC 7748) takes it. The caller wipes it. */
struct box_secret {
    uint8_t b[32];
};
void box_secret_from_seed(const uint8_t seed[static 32], struct box_secret *out);
/* The X25519 form of an Ed25519 key (the birational map of RFC 7748 §4.1), for who has no other key
 * to seal to. False: not a point of the main subgroup. */
bool box_public_of_sign(const struct sign_public *pk, struct box_public *out);
void box_secret_of_sign(const struct sign_key *key, struct box_secret *out);
/* Anonymous sealed box (crypto_box_seal): out gets message.n + 48 bytes. A key of small order is
 * CHECKed: ask box_public_valid about every key that comes from outside. */
bool box_public_valid(const struct box_public *pk);
void box_seal(const struct box_public *to, struct slice message, uint8_t *out);
/* in.n - 48 bytes to out; false if it was not sealed to this seed's key or was altered. */
bool box_open(const uint8_t seed[static 32], struct slice in, uint8_t *out);

#endif
