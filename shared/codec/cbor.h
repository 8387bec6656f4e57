/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * cbor: deterministic CBOR (RFC 8949 §4.2.1), the encoding of everything that is hashed or signed.
 *
 * The profile: definite lengths, shortest integers, map keys sorted bytewise by their encoding, no
 * duplicate keys, no floats, no tags but 18 (COSE_Sign1), text is valid UTF-8, simple values only
 * false, true and null. Integers fit int64_t/uint64_t. Depth at most 8.
 *
 * The writer appends to a buf and cannot fail (buf_ok at the end). The reader is strict, bounded
 * and non-recursive; its error is sticky: after the first failure every read returns a zero value
 * and changes nothing, so a parser reads all its fields and asks cbor_ok / cbor_end once.
 */
#ifndef SHARED_CODEC_CBOR_H
#define SHARED_CODEC_CBOR_H

#include "shared/base/buf.h"
#include "shared/base/status.h"

#define CBOR_DEPTH_MAX 8
#define CBOR_TAG_COSE_SIGN1 18

enum cbor_type {
    CBOR_UINT,
    CBOR_NINT,
    CBOR_BYTES,
    CBOR_TEXT,
    CBOR_ARRAY,
    CBOR_MAP,
    CBOR_TAG,
    CBOR_SIMPLE
};

/* ---- writer ---- */
void cbor_put_long_uint(struct buf *out, uint64_t value);
static inline void cbor_put_uint(struct buf *out, uint64_t value)
{
    if (value < 24)
        buf_put_u8(out, (uint8_t)value);
    else
        cbor_put_long_uint(out, value);
}
void cbor_put_int(struct buf *out, int64_t value);
void cbor_put_bytes(struct buf *out, struct slice bytes);
void cbor_put_text(struct buf *out,
                   struct slice text); /* CHECKs nothing; the caller has validated */
void cbor_put_str(struct buf *out, const char *text);
void cbor_put_array(struct buf *out, size_t count);
void cbor_put_map(struct buf *out, size_t count); /* the caller writes keys in canonical order */
void cbor_put_tag(struct buf *out, uint64_t tag);
void cbor_put_null(struct buf *out);
void cbor_put_bool(struct buf *out, bool value);

/* ---- strict reader ---- */
struct cbor_reader {
    const uint8_t *p, *end, *start;
    const char *what;  /* "changeset", "sync request": named in the error */
    const char *error; /* NULL while good; a static English phrase after the first failure */
    size_t error_at;   /* byte offset of the failure */
};

void cbor_reader_init(struct cbor_reader *r, struct slice input, const char *what);

/* Type of the next item without consuming it; at the end of input it fails the reader. */
enum cbor_type cbor_peek(struct cbor_reader *r);
bool cbor_at_null(struct cbor_reader *r);  /* true if the next item is null; consumes nothing */
bool cbor_at_false(struct cbor_reader *r); /* the same for false */

uint64_t cbor_read_uint(struct cbor_reader *r);
uint64_t cbor_read_long_uint_max(struct cbor_reader *r, uint64_t max);
/* Fails above max. Most numbers are a single byte. */
static inline uint64_t cbor_read_uint_max(struct cbor_reader *r, uint64_t max)
{
    if (!r->error && r->p < r->end && *r->p < 24 && *r->p <= max)
        return *r->p++;
    return cbor_read_long_uint_max(r, max);
}
int64_t cbor_read_int(struct cbor_reader *r);
/* The next item if it is a number or a text whose head is a single byte, the most frequent values;
 * false and nothing moved otherwise, also when it is wrong: cbor_read_* will tell. */
bool cbor_read_short(struct cbor_reader *r, enum cbor_type *type, uint64_t *number,
                     struct slice *text);
struct slice cbor_read_bytes(struct cbor_reader *r, size_t max);
struct slice cbor_read_text(struct cbor_reader *r, size_t max);   /* valid UTF-8 or failure */
void cbor_read_fixed(struct cbor_reader *r, void *out, size_t n); /* byte string of exactly n */
bool cbor_read_bool(struct cbor_reader *r);
void cbor_read_null(struct cbor_reader *r);
uint64_t cbor_read_tag(struct cbor_reader *r);
/* The number of items (pairs); fails above max, or when the rest of the input could not hold them.
 */
size_t cbor_read_array(struct cbor_reader *r, size_t max);
size_t cbor_read_map(struct cbor_reader *r, size_t max);
/* Fails unless an array of exactly count follows. */
void cbor_expect_array(struct cbor_reader *r, size_t count);

/* Passes over one whole item of any shape, checking all of the profile (depth counted from here),
 * and returns its bytes. */
struct slice cbor_read_item(struct cbor_reader *r);

/* For maps: checks that this key's encoding sorts strictly after the one before. Usage: set *last
 * to SLICE_NONE, then after reading each key call with the bytes of the key. */
void cbor_check_key_order(struct cbor_reader *r, struct slice *last, struct slice key);

/* Records a failure of the caller's own ("count above 4096"); keeps the first. */
void cbor_fail(struct cbor_reader *r, const char *error);

static inline bool cbor_ok(const struct cbor_reader *r)
{
    return r->error == NULL;
}

/* ST_OK if nothing failed and all input is consumed; else ST_INVALID with what, phrase, offset. */
MUST_USE enum status cbor_end(struct cbor_reader *r, struct error *err);

/* True if bytes is one item in the profile and nothing else. */
bool cbor_is_canonical(struct slice bytes);

/* UTF-8 as in RFC 3629: no surrogates, no overlong forms, at most U+10FFFF. */
bool utf8_valid(struct slice text);
/* Number of code points of valid UTF-8. */
size_t utf8_length(struct slice text);

#endif
