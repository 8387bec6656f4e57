/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * value: one field's content, and record ids.
 *
 * A value means the same on every replica only if it has exactly one encoding. CBOR's profile sees
 * to that for integers and strings; decimals are kept in normal form here: the mantissa has no
 * trailing zero and zero is [0, 0], so 1.50 and 1.5 cannot become two candidates of a conflict.
 */
#include "shared/record/value.h"

#include "shared/base/check.h"
#include "shared/codec/hex.h"

#define VALUE_BYTES_MAX 65536
#define EXPONENT_MAX 9

void record_id_make(int64_t ms, const uint8_t random[static 10], struct record_id *out)
{
    uint64_t t = ms < 0 ? 0 : (uint64_t)ms;
    for (int i = 0; i < 6; i++)
        out->b[i] = (uint8_t)(t >> (40 - 8 * i));
    memcpy(out->b + 6, random, 10);
    out->b[6] = (uint8_t)(0x70 | (out->b[6] & 0x0f)); /* version 7 */
    out->b[8] = (uint8_t)(0x80 | (out->b[8] & 0x3f)); /* variant of RFC 9562 */
}

bool record_id_parse(struct slice hex, struct record_id *out)
{
    if (hex.n == 32)
        return hex_decode(hex, out->b, RECORD_ID_SIZE);
    if (hex.n != 36)
        return false;
    uint8_t digits[32];
    size_t n = 0;
    for (size_t i = 0; i < hex.n; i++) {
        if (i == 8 || i == 13 || i == 18 || i == 23) {
            if (hex.p[i] != '-')
                return false;
        } else {
            digits[n++] = hex.p[i];
        }
    }
    return hex_decode(slice_of(digits, n), out->b, RECORD_ID_SIZE);
}

void record_id_format(const struct record_id *id, char out[static RECORD_ID_TEXT])
{
    hex_encode(slice_of(id->b, RECORD_ID_SIZE), out);
}

bool value_equal(const struct value *a, const struct value *b)
{
    if (a->kind != b->kind)
        return false;
    switch (a->kind) {
    case VALUE_NULL:
    case VALUE_ERASED:
        return true;
    case VALUE_INT:
        return a->i == b->i;
    case VALUE_DECIMAL:
        return a->i == b->i && a->exponent == b->exponent;
    case VALUE_TEXT:
    case VALUE_BYTES:
        return slice_equal(a->s, b->s);
    }
    CHECK(!"value kind");
    return false;
}

/* Both exponents are within ±9, so a common scale of 10^18 at most fits 128 bits. */
static int decimal_compare(const struct value *a, const struct value *b)
{
    __int128 x = a->i, y = b->i;
    for (int e = a->exponent; e > b->exponent; e--)
        x *= 10;
    for (int e = b->exponent; e > a->exponent; e--)
        y *= 10;
    if (x != y)
        return x < y ? -1 : 1;
    return (a->exponent > b->exponent) - (a->exponent < b->exponent);
}

/* enum value_kind is not in the order of the contract: decimals stand between int and text. */
static int kind_order(enum value_kind kind)
{
    switch (kind) {
    case VALUE_NULL:
        return 0;
    case VALUE_INT:
        return 1;
    case VALUE_DECIMAL:
        return 2;
    case VALUE_TEXT:
        return 3;
    case VALUE_BYTES:
        return 4;
    case VALUE_ERASED:
        return 5;
    }
    CHECK(!"value kind");
    return 0;
}

int value_compare(const struct value *a, const struct value *b)
{
    if (a->kind != b->kind)
        return kind_order(a->kind) < kind_order(b->kind) ? -1 : 1;
    switch (a->kind) {
    case VALUE_NULL:
    case VALUE_ERASED:
        return 0;
    case VALUE_INT:
        return (a->i > b->i) - (a->i < b->i);
    case VALUE_DECIMAL:
        return decimal_compare(a, b);
    case VALUE_TEXT:
    case VALUE_BYTES:
        break;
    }
    int c = slice_compare(a->s, b->s);
    return (c > 0) - (c < 0);
}

static bool decimal_is_normal(int64_t mantissa, int64_t exponent)
{
    if (mantissa == 0)
        return exponent == 0;
    return exponent >= -EXPONENT_MAX && exponent <= EXPONENT_MAX && mantissa % 10 != 0;
}

void value_put(struct buf *out, const struct value *value)
{
    switch (value->kind) {
    case VALUE_NULL:
        cbor_put_null(out);
        return;
    case VALUE_INT:
        cbor_put_int(out, value->i);
        return;
    case VALUE_TEXT:
        cbor_put_text(out, value->s);
        return;
    case VALUE_BYTES:
        cbor_put_bytes(out, value->s);
        return;
    case VALUE_DECIMAL:
        CHECK(decimal_is_normal(value->i, value->exponent));
        cbor_put_array(out, 2);
        cbor_put_int(out, value->i);
        cbor_put_int(out, value->exponent);
        return;
    case VALUE_ERASED:
        cbor_put_bool(out, false);
        return;
    }
    CHECK(!"value kind");
}

static struct value decimal_read(struct cbor_reader *r)
{
    cbor_expect_array(r, 2);
    int64_t mantissa = cbor_read_int(r);
    int64_t exponent = cbor_read_int(r);
    if (cbor_ok(r) && !decimal_is_normal(mantissa, exponent))
        cbor_fail(r, "decimal is not in normal form");
    if (!cbor_ok(r))
        return value_null();
    return (struct value){.kind = VALUE_DECIMAL, .i = mantissa, .exponent = (int8_t)exponent};
}

struct value value_read(struct cbor_reader *r)
{
    struct value value = {.kind = VALUE_NULL};
    enum cbor_type type;
    uint64_t number;
    struct slice text;
    if (cbor_read_short(r, &type, &number, &text))
        return type == CBOR_UINT ? value_int((int64_t)number) : value_text(text);
    switch (cbor_peek(r)) {
    case CBOR_UINT:
    case CBOR_NINT:
        value = value_int(cbor_read_int(r));
        break;
    case CBOR_TEXT:
        value = value_text(cbor_read_text(r, VALUE_BYTES_MAX));
        break;
    case CBOR_BYTES:
        value = value_bytes(cbor_read_bytes(r, VALUE_BYTES_MAX));
        break;
    case CBOR_ARRAY:
        value = decimal_read(r);
        break;
    case CBOR_SIMPLE:
        cbor_read_null(r);
        break;
    case CBOR_MAP:
    case CBOR_TAG:
        cbor_fail(r, "value is not null, integer, text, bytes or decimal");
        break;
    }
    return cbor_ok(r) ? value : value_null();
}

struct value value_read_any(struct cbor_reader *r)
{
    if (!cbor_at_false(r))
        return value_read(r);
    cbor_read_bool(r);
    return value_erased();
}

struct value value_copy(struct arena *arena, const struct value *value)
{
    struct value copy = *value;
    if (value->s.n > 0 && (value->kind == VALUE_TEXT || value->kind == VALUE_BYTES))
        copy.s.p = arena_copy(arena, value->s.p, value->s.n);
    return copy;
}
