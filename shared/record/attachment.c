/* SPDX-License-Identifier: MulanPSL-2.0 */
/* attachment: see attachment.h. */
#include "shared/record/attachment.h"

#include <stdio.h>

#include "shared/base/check.h"
#include "shared/codec/hex.h"

#define HEX 64

static const struct {
    const char *name, *media;
} kinds[] = {
    [ATTACHMENT_UNKNOWN] = {"", "application/octet-stream"},
    [ATTACHMENT_JPEG] = {"jpg", "image/jpeg"},
    [ATTACHMENT_PNG] = {"png", "image/png"},
    [ATTACHMENT_PDF] = {"pdf", "application/pdf"},
};

const char *attachment_kind_name(enum attachment_kind kind)
{
    return kinds[kind].name;
}

const char *attachment_media_type(enum attachment_kind kind)
{
    return kinds[kind].media;
}

/* Lower-case digits only. */
static bool take_hash(struct slice *rest, uint8_t out[static 32])
{
    if (rest->n < HEX)
        return false;
    for (size_t i = 0; i < HEX; i++)
        if (rest->p[i] >= 'A' && rest->p[i] <= 'F')
            return false;
    bool good = hex_decode(slice_of(rest->p, HEX), out, 32);
    *rest = slice_of(rest->p + HEX, rest->n - HEX);
    return good;
}

static bool take_dot(struct slice *rest)
{
    if (rest->n == 0 || rest->p[0] != '.')
        return false;
    *rest = slice_of(rest->p + 1, rest->n - 1);
    return true;
}

/* 1 … ATTACHMENT_MAX, without zeros in front. */
static bool take_size(struct slice *rest, uint32_t *out)
{
    uint32_t n = 0;
    size_t i = 0;
    for (; i < rest->n && rest->p[i] >= '0' && rest->p[i] <= '9'; i++) {
        n = n * 10 + (uint32_t)(rest->p[i] - '0');
        if (n == 0 || n > ATTACHMENT_MAX)
            return false;
    }
    *rest = slice_of(rest->p + i, rest->n - i);
    *out = n;
    return n > 0;
}

static bool take_kind(struct slice *rest, enum attachment_kind *out)
{
    for (size_t i = ATTACHMENT_JPEG; i < ARRAY_LENGTH(kinds); i++) {
        const size_t n = strlen(kinds[i].name);
        if (rest->n >= n && memcmp(rest->p, kinds[i].name, n) == 0) {
            *rest = slice_of(rest->p + n, rest->n - n);
            *out = (enum attachment_kind)i;
            return true;
        }
    }
    return false;
}

bool attachment_parse(struct slice text, struct attachment *out)
{
    *out = (struct attachment){.kind = ATTACHMENT_UNKNOWN};
    if (!take_hash(&text, out->hash))
        return false;
    if (text.n == 0)
        return true;
    if (!take_dot(&text) || !take_size(&text, &out->size) || !take_dot(&text) ||
        !take_kind(&text, &out->kind))
        return false;
    if (text.n == 0)
        return true;
    out->has_thumb = take_dot(&text) && take_hash(&text, out->thumb) && text.n == 0;
    return out->has_thumb;
}

void attachment_write(const struct attachment *attachment, char out[static ATTACHMENT_TEXT_MAX + 1])
{
    size_t n = HEX;
    hex_encode(slice_of(attachment->hash, 32), out);
    if (attachment->size == 0)
        return;
    n += (size_t)snprintf(out + n, ATTACHMENT_TEXT_MAX + 1 - n, ".%u.%s", attachment->size,
                          kinds[attachment->kind].name);
    if (attachment->has_thumb) {
        out[n++] = '.';
        hex_encode(slice_of(attachment->thumb, 32), out + n);
    }
}
