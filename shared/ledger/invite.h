/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * invite: a one-time code in one line of text that also fits a QR code (FORMAT.md §9).
 *
 *   "HUCE1-" + base32(cbor ‖ check4), cbor = [url, [spki pin32…], registry origin, root kid32,
 *   token16, expires_ms], check4 = first 4 bytes of SHA-256(cbor); at most 360 characters
 *
 * Joining sends HMAC-SHA-256(token, person kid ‖ device kid ‖ box key ‖ origin), never the token.
 */
#ifndef SHARED_LEDGER_INVITE_H
#define SHARED_LEDGER_INVITE_H

#include "shared/base/buf.h"
#include "shared/base/status.h"
#include "shared/ledger/authority.h"

#define INVITE_TEXT_MAX 360
#define INVITE_TOKEN_SIZE 16

struct invite {
    char url[200];
    size_t pin_count;
    struct hash pins[2];
    struct origin registry;
    struct hash root_kid;
    uint8_t token[INVITE_TOKEN_SIZE];
    int64_t expires_ms;
};

MUST_USE enum status invite_encode(const struct invite *invite, struct buf *out, struct error *err);
/* Forgives white space, line breaks, lower case and surrounding text. A truncated or mistyped code
 * is named as such. */
MUST_USE enum status invite_decode(struct slice text, struct invite *out, struct error *err);
void invite_proof(const uint8_t token[static INVITE_TOKEN_SIZE], const struct hash *person,
                  const struct hash *device, const struct box_public *box,
                  const struct origin *registry, struct hash *out);

#endif
