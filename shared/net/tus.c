/* SPDX-License-Identifier: MulanPSL-2.0 */
/* tus: see tus.h. */
#include "shared/net/tus.h"

#include <string.h>

#include "shared/base/buf.h"
#include "shared/codec/hex.h"

#define NUMBER_MAX (UINT64_C(1) << 53)

/* Digits of [p, end); how many, 0: none, or too many. */
static size_t digits(const char *p, const char *end, uint64_t *out)
{
    const char *at = p;
    *out = 0;
    for (; at < end && *at >= '0' && *at <= '9'; at++) {
        if (at > p && *out == 0)
            return 0;
        *out = *out * 10 + (uint64_t)(*at - '0');
        if (*out >= NUMBER_MAX)
            return 0;
    }
    return (size_t)(at - p);
}

bool tus_number(const char *text, uint64_t *out)
{
    const size_t n = strlen(text);
    return n > 0 && digits(text, text + n, out) == n;
}

static bool take_value(struct slice name, struct slice value, struct tus_metadata *out)
{
    struct buf text;
    bool good = true;
    buf_init(&text, sizeof out->ledger - 1);
    if (slice_equal(name, slice_str("ledger"))) {
        good = !out->ledger[0] && base64_decode(value, &text) && text.n > 0 &&
               !memchr(text.p, 0, text.n);
        if (good)
            memcpy(out->ledger, buf_cstr(&text), text.n + 1);
    } else if (slice_equal(name, slice_str("sha256"))) {
        good = !out->has_hash && base64_decode(value, &text) &&
               hex_decode(buf_slice(&text), out->hash.b, HASH_SIZE);
        out->has_hash = good;
    }
    buf_release(&text);
    return good;
}

bool tus_metadata(const char *text, struct tus_metadata *out)
{
    const char *end = text + strlen(text);
    *out = (struct tus_metadata){.has_hash = false};
    if (end - text > TUS_METADATA_MAX)
        return false;
    while (text < end) {
        const char *comma = memchr(text, ',', (size_t)(end - text));
        const char *stop = comma ? comma : end;
        const char *space = memchr(text, ' ', (size_t)(stop - text));
        const char *name_end = space ? space : stop;
        const char *value = space ? space + 1 : stop;
        if (name_end == text ||
            !take_value(slice_of((const uint8_t *)text, (size_t)(name_end - text)),
                        slice_of((const uint8_t *)value, (size_t)(stop - value)), out))
            return false;
        text = comma ? comma + 1 : end;
    }
    return true;
}

bool tus_checksum(const char *text, struct hash *out)
{
    static const char algorithm[] = "sha256 ";
    struct buf bytes;
    if (strncmp(text, algorithm, sizeof algorithm - 1) != 0)
        return false;
    buf_init(&bytes, HASH_SIZE);
    const bool good =
        base64_decode(slice_str(text + sizeof algorithm - 1), &bytes) && bytes.n == HASH_SIZE;
    if (good)
        memcpy(out->b, bytes.p, HASH_SIZE);
    buf_release(&bytes);
    return good;
}

enum range range_parse(const char *text, uint64_t size, uint64_t *from, uint64_t *n)
{
    static const char unit[] = "bytes=";
    uint64_t first, last = 0;
    *from = 0;
    *n = size;
    if (!text || strncmp(text, unit, sizeof unit - 1) != 0)
        return RANGE_WHOLE;
    const char *p = text + sizeof unit - 1, *end = p + strlen(p);
    const size_t before = digits(p, end, &first);
    if (p[before] != '-')
        return RANGE_WHOLE;
    p += before + 1;
    const size_t behind = digits(p, end, &last);
    if (p + behind != end || (!before && !behind) || (before && behind && last < first))
        return RANGE_WHOLE;
    if (!before) { /* the last so many */
        if (last == 0 || size == 0)
            return RANGE_NONE;
        *n = last < size ? last : size;
        *from = size - *n;
        return RANGE_PART;
    }
    if (first >= size)
        return RANGE_NONE;
    *from = first;
    *n = behind && last < size ? last - first + 1 : size - first;
    return RANGE_PART;
}
