/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * age: a file that only its recipients can read, in the format of C2SP age (age-encryption.org/v1):
 * X25519 recipients, binary, no armor, no passphrases. `age -d` opens what is sealed here.
 *
 * It hides and protects the content. It does not say who wrote it: anybody can seal to a public
 * key, so whatever matters is signed inside.
 */
#ifndef SHARED_CRYPTO_AGE_H
#define SHARED_CRYPTO_AGE_H

#include "shared/base/buf.h"
#include "shared/base/status.h"
#include "shared/crypto/sign.h"

#define AGE_RECIPIENTS_MAX 8
#define AGE_HEAD_MAX (64 * 1024) /* a longer head is refused */
#define AGE_CHUNK (64 * 1024)    /* bytes of plaintext that are sealed together */

/* The secrets of one file, fresh for each: the caller draws them by chance and wipes them. */
struct age_random {
    uint8_t file_key[16];
    uint8_t nonce[16];
    uint8_t ephemeral[AGE_RECIPIENTS_MAX][32];
};

/* Appends the whole file to out. count: 1 … AGE_RECIPIENTS_MAX; every key is box_public_valid. */
void age_seal(const struct box_public *to, size_t count, const struct age_random *random,
              struct slice plain, struct buf *out);

/* Appends the plaintext, after all of the file has been authenticated; otherwise out is as before.
 * secrets: X25519 scalars (box_secret), tried one after another.
 * ST_INVALID: not an age file of this version, or malformed; ST_REFUSED: sealed to others;
 * ST_DAMAGED: the head or the content was altered, or ends too early; ST_LIMIT: out is full. */
MUST_USE enum status age_open(const struct box_secret *secrets, size_t count, struct slice file,
                              struct buf *out, struct error *err);

#endif
