/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * hex: base64 and base32 are one idea: a bit queue that takes groups of w bits in and gives groups
 * of v bits out. Encoders go 8 → w, decoders w → 8; both refuse what an encoder would not have
 * written. Not for secrets: table look-ups depend on the data.
 */
#include "shared/codec/hex.h"

static const char hex_digits[] = "0123456789abcdef";
static const char base64_digits[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static const char base32_digits[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

void hex_encode(struct slice bytes, char *out)
{
    for (size_t i = 0; i < bytes.n; i++) {
        *out++ = hex_digits[bytes.p[i] >> 4];
        *out++ = hex_digits[bytes.p[i] & 15];
    }
    *out = 0;
}

static int hex_value(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool hex_decode(struct slice text, uint8_t *out, size_t n)
{
    if (text.n / 2 != n || text.n % 2 != 0)
        return false;
    for (size_t i = 0; i < n; i++) {
        int high = hex_value(text.p[2 * i]);
        int low = hex_value(text.p[2 * i + 1]);
        if (high < 0 || low < 0)
            return false;
        out[i] = (uint8_t)(high << 4 | low);
    }
    return true;
}

static void encode(struct slice bytes, const char *digits, unsigned width, struct buf *out)
{
    uint32_t queue = 0;
    unsigned bits = 0;
    for (size_t i = 0; i < bytes.n; i++) {
        queue = (queue << 8 | bytes.p[i]) & 0xFFFF;
        for (bits += 8; bits >= width; bits -= width)
            buf_put_u8(out, (uint8_t)digits[queue >> (bits - width) & ((1u << width) - 1)]);
    }
    if (bits > 0)
        buf_put_u8(out, (uint8_t)digits[queue << (width - bits) & ((1u << width) - 1)]);
}

static bool decode(struct slice text, int (*value_of)(uint8_t), unsigned width, struct buf *out)
{
    size_t before = out->n;
    uint32_t queue = 0;
    unsigned bits = 0;
    for (size_t i = 0; i < text.n; i++) {
        int value = value_of(text.p[i]);
        if (value < 0)
            goto bad;
        queue = (queue << width | (uint32_t)value) & 0xFFFF;
        bits += width;
        if (bits >= 8) {
            bits -= 8;
            buf_put_u8(out, (uint8_t)(queue >> bits));
        }
    }
    /* What is left is padding: less than a digit, and zero. */
    if (bits >= width || (queue & ((1u << bits) - 1)) != 0 || !buf_ok(out))
        goto bad;
    return true;
bad:
    out->n = before;
    return false;
}

void base64_encode(struct slice bytes, struct buf *out)
{
    encode(bytes, base64_digits, 6, out);
    for (size_t i = bytes.n; i % 3 != 0; i++)
        buf_put_u8(out, '=');
}

static int base64_value(uint8_t c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

bool base64_decode(struct slice text, struct buf *out)
{
    if (text.n % 4 != 0)
        return false;
    /* At most two, and only at the end: any other '=' is no digit. */
    for (int i = 0; i < 2 && text.n > 0 && text.p[text.n - 1] == '='; i++)
        text.n--;
    return decode(text, base64_value, 6, out);
}

void base64_encode_bare(struct slice bytes, struct buf *out)
{
    encode(bytes, base64_digits, 6, out);
}

bool base64_decode_bare(struct slice text, struct buf *out)
{
    return decode(text, base64_value, 6, out);
}

void base32_encode(struct slice bytes, struct buf *out)
{
    encode(bytes, base32_digits, 5, out);
}

static int base32_value(uint8_t c)
{
    if (c >= 'a' && c <= 'z')
        c = (uint8_t)(c - 'a' + 'A');
    if (c == 'O')
        c = '0';
    if (c == 'I' || c == 'L')
        c = '1';
    const char *digit = c ? strchr(base32_digits, c) : NULL;
    return digit ? (int)(digit - base32_digits) : -1;
}

bool base32_decode(struct slice text, struct buf *out)
{
    return decode(text, base32_value, 5, out);
}
