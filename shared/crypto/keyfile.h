/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * keyfile: a 32-byte secret at rest.
 *
 * File = deterministic CBOR: ["huce-key", 1, kind, public32, salt16, ops, mem_kib, nonce24, box]
 *   wrapped:   box = XChaCha20-Poly1305(argon2id(PIN, salt, ops, mem), nonce, seed32, aad = kind ‖
 * public) unwrapped: salt, nonce empty, ops = mem = 0, box = seed32; the file's permission 0600
 * protects it. kind is a short word: "person", "device", "root", "registrar", "log"; the seed is an
 * Ed25519 one, except of kind KEYFILE_BOX: its public half is an X25519 key.
 */
#ifndef SHARED_CRYPTO_KEYFILE_H
#define SHARED_CRYPTO_KEYFILE_H

#include "shared/base/buf.h"
#include "shared/base/status.h"
#include "shared/crypto/sign.h"
#include "shared/crypto/vault.h"

#define KEYFILE_PIN_MIN 6
#define KEYFILE_BOX "box"

/* Encodes seed for storage. pin.n == 0: unwrapped. random: 40 fresh bytes (salt, nonce). */
void keyfile_encode(const char *kind, const uint8_t seed[static 32], const struct sign_public *pk,
                    struct slice pin, const uint8_t random[static 40], struct buf *out);

/* ST_REFUSED: wrong PIN (the text says so). ST_INVALID: not a key file of this kind.
 * seed is wiped by the caller. pk is set also when only the public half is wanted (seed NULL). */
MUST_USE enum status keyfile_decode(const char *kind, struct slice file, struct slice pin,
                                    uint8_t *seed, struct sign_public *pk, struct error *err);

/* Convenience over vault_read / vault_replace (vault NULL: the file as it is): loads the key into
 * locked memory (*key is NULL after an error; a file that is no key of this kind is ST_DAMAGED).
 * Storing refuses (ST_REFUSED) a PIN of 1 … KEYFILE_PIN_MIN - 1 bytes. */
MUST_USE enum status keyfile_load(const struct vault *vault, const char *path, const char *kind,
                                  struct slice pin, struct sign_key **key, struct error *err);
MUST_USE enum status keyfile_store(const struct vault *vault, const char *path, const char *kind,
                                   const struct sign_key *key, struct slice pin, struct error *err);

/* The same for the seed of an X25519 key (KEYFILE_BOX). The caller wipes the seed. */
MUST_USE enum status keyfile_load_box(const struct vault *vault, const char *path, struct slice pin,
                                      uint8_t seed[static 32], struct error *err);
MUST_USE enum status keyfile_store_box(const struct vault *vault, const char *path,
                                       const uint8_t seed[static 32], struct slice pin,
                                       struct error *err);

#endif
