/* SPDX-License-Identifier: MulanPSL-2.0 */
/* mask: see mask.h. */
#include "shared/record/mask.h"

static const char *const words[] = {
    [MASK_NONE] = "", [MASK_NAME] = "name", [MASK_ID] = "id", [MASK_PHONE] = "phone"};

bool mask_parse(struct slice word, enum mask *out)
{
    for (int i = MASK_NAME; i <= MASK_PHONE; i++)
        if (slice_equal(word, slice_str(words[i]))) {
            *out = (enum mask)i;
            return true;
        }
    return false;
}

static void put_stars(size_t n, struct buf *out)
{
    while (n-- > 0)
        buf_put_u8(out, '*');
}

/* Keeps so many bytes at both ends. */
static void put_ends(struct slice text, size_t first, size_t last, struct buf *out)
{
    if (text.n <= first + last) {
        put_stars(text.n, out);
        return;
    }
    buf_put(out, text.p, first);
    put_stars(text.n - first - last, out);
    buf_put(out, text.p + text.n - last, last);
}

static void put_name(struct slice text, struct buf *out)
{
    size_t first = 0, others = 0;
    for (size_t i = 0; i < text.n; i++) {
        bool begins = (text.p[i] & 0xC0) != 0x80;
        if (begins && i > 0)
            others++;
        if (others == 0)
            first = i + 1;
    }
    if (others == 0) { /* one character is the whole name */
        put_stars(text.n > 0, out);
        return;
    }
    buf_put(out, text.p, first);
    put_stars(others < 3 ? others : 3, out);
}

void mask_put(enum mask mask, struct slice text, struct buf *out)
{
    switch (mask) {
    case MASK_NAME:
        put_name(text, out);
        break;
    case MASK_ID:
        put_ends(text, 1, 2, out);
        break;
    case MASK_PHONE:
        put_ends(text, 3, 4, out);
        break;
    default:
        buf_put_slice(out, text);
    }
}
