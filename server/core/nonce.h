/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * nonce: what a device must sign over so that a recorded request ends (PROTOCOL.md).
 *
 *   nonce = hex of the first 16 bytes of HMAC-SHA-256(nonce key, u64be day ‖ kid)
 *
 * Good on its day and the next; nothing is stored, and several processes with one key agree.
 */
#ifndef SERVER_CORE_NONCE_H
#define SERVER_CORE_NONCE_H

#include "shared/crypto/hash.h"

#define NONCE_TEXT 33

void nonce_make(const uint8_t key[static 32], const struct hash *kid, int64_t now_ms,
                char out[static NONCE_TEXT]);
bool nonce_valid(const uint8_t key[static 32], const struct hash *kid, int64_t now_ms,
                 const char *nonce);

#endif
