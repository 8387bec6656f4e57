/* SPDX-License-Identifier: MulanPSL-2.0 */
/* hex: bytes as text: lower-case hex, base64 (RFC 4648 §4, padded), Crockford base32 (no padding).
 */
#ifndef SHARED_CODEC_HEX_H
#define SHARED_CODEC_HEX_H

#include "shared/base/buf.h"

/* out has room for 2 * n + 1. */
void hex_encode(struct slice bytes, char *out);
/* Exactly n bytes from exactly 2 n digits of either case; false otherwise. */
bool hex_decode(struct slice text, uint8_t *out, size_t n);

/* The decoders append to out; after false (also when out is full) its content is as before. */
void base64_encode(struct slice bytes, struct buf *out);
/* Strict: canonical padding, no white space. */
bool base64_decode(struct slice text, struct buf *out);
/* The same without padding (RFC 4648 §3.2). */
void base64_encode_bare(struct slice bytes, struct buf *out);
bool base64_decode_bare(struct slice text, struct buf *out);

void base32_encode(struct slice bytes, struct buf *out);
/* Accepts lower case, and O/I/L as people misread them (0, 1, 1); rejects non-zero left-over bits.
 */
bool base32_decode(struct slice text, struct buf *out);

#endif
