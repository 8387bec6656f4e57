/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * value: what a field holds, and record ids.
 *
 * On the wire a value is one CBOR item: null, integer, text, byte string (a record id is 16 bytes)
 * or a decimal [mantissa, exponent]. What it means (date, money in fen, code, reference) is the
 * catalog's business (catalog.h).
 */
#ifndef SHARED_RECORD_VALUE_H
#define SHARED_RECORD_VALUE_H

#include "shared/base/mem.h"
#include "shared/base/status.h"
#include "shared/codec/cbor.h"

#define RECORD_ID_SIZE 16
#define RECORD_ID_TEXT 33 /* 32 hex digits and 0 */

struct record_id {
    uint8_t b[RECORD_ID_SIZE];
};

/* UUIDv7 layout (RFC 9562 §5.7) from a time and 10 random bytes. */
void record_id_make(int64_t ms, const uint8_t random[static 10], struct record_id *out);
bool record_id_parse(struct slice hex, struct record_id *out); /* 32 hex digits, dashes allowed */
void record_id_format(const struct record_id *id, char out[static RECORD_ID_TEXT]);

static inline bool record_id_equal(const struct record_id *a, const struct record_id *b)
{
    return memcmp(a->b, b->b, RECORD_ID_SIZE) == 0;
}

/* VALUE_ERASED stands where a value was before its change was erased (⊥): no reader of what people
 * write takes it, and nobody can say it. */
enum value_kind { VALUE_NULL, VALUE_INT, VALUE_TEXT, VALUE_BYTES, VALUE_DECIMAL, VALUE_ERASED };

/* Borrowed: text and bytes point into the body, row or arena that it was read from. */
struct value {
    enum value_kind kind;
    int8_t exponent; /* decimal: value = i × 10^exponent, -9 … 9; no trailing zeros (normal form) */
    int64_t i;       /* int, decimal mantissa */
    struct slice s; /* text (UTF-8), bytes */
};

static inline struct value value_null(void)
{
    return (struct value){.kind = VALUE_NULL};
}
static inline struct value value_int(int64_t i)
{
    return (struct value){.kind = VALUE_INT, .i = i};
}
static inline struct value value_text(struct slice s)
{
    return (struct value){.kind = VALUE_TEXT, .s = s};
}
static inline struct value value_bytes(struct slice s)
{
    return (struct value){.kind = VALUE_BYTES, .s = s};
}

static inline struct value value_erased(void)
{
    return (struct value){.kind = VALUE_ERASED};
}

bool value_equal(const struct value *a, const struct value *b);
/* Total order: null < int < decimal < text < bytes < erased, then by content. For sorting and
 * dumps.
 */
int value_compare(const struct value *a, const struct value *b);
void value_put(struct buf *out, const struct value *value);
struct value value_read(struct cbor_reader *r); /* borrowed from the input; fails on other items */
/* The same, or what an erased value leaves (CBOR false). */
struct value value_read_any(struct cbor_reader *r);
struct value value_copy(struct arena *arena, const struct value *value);

#endif
