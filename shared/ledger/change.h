/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * change: one save by one person, and how it is hashed (FORMAT.md §3).
 *
 *   body      = [ops, note / null]                          at most 256 KiB, canonical CBOR
 *   salt16    = first 16 bytes of HMAC-SHA-256(salt_seed32, u64be seq)
 *   body_hash = SHA-256(salt16 ‖ body)
 *   change    = [seq, hlc, body_hash]                       canonical CBOR
 *   leaf      = SHA-256(0x00 ‖ change)                      RFC 6962 leaf hash
 *
 * hlc (hybrid logical clock, Kulkarni et al. 2014) = unix_ms << 16 | counter, strictly increasing
 * in a chain. This file knows no clock: now is an argument.
 */
#ifndef SHARED_LEDGER_CHANGE_H
#define SHARED_LEDGER_CHANGE_H

#include "shared/crypto/hash.h"

#define CHANGE_BODY_MAX (256 * 1024)
#define CHANGE_NOTE_MAX 4096
#define CHANGE_SALT_SIZE 16
#define CHANGE_SEED_SIZE 32
#define HLC_BACK_MAX_MS (10 * 60 * 1000) /* a wall clock further behind opens a new chain */

struct change_salt {
    uint8_t b[CHANGE_SALT_SIZE];
};

static inline int64_t hlc_ms(uint64_t hlc)
{
    return (int64_t)(hlc >> 16);
}

/* max(now, last + 1); now_ms before 1970 counts as 0, after year 9999 as its last millisecond. */
uint64_t hlc_next(int64_t now_ms, uint64_t last);
/* True if the wall clock has fallen so far behind that the chain should end. */
bool hlc_wants_new_chain(int64_t now_ms, uint64_t last);

void change_salt(const struct hmac_key *seed, uint64_t seq, struct change_salt *out);
void change_body_hash(const struct change_salt *salt, struct slice body, struct hash *out);
void change_leaf(uint64_t seq, uint64_t hlc, const struct hash *body_hash, struct hash *leaf);

/* The canonical change itself; out has room for CHANGE_ENCODED_MAX; returns its length. */
#define CHANGE_ENCODED_MAX 64
size_t change_encode(uint64_t seq, uint64_t hlc, const struct hash *body_hash, uint8_t *out);

#endif
