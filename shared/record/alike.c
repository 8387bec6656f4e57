/* SPDX-License-Identifier: MulanPSL-2.0 */
/* alike: see alike.h. */
#include "shared/record/alike.h"

#include <stddef.h>
#include <stdint.h>

#define CHARACTERS_MAX 64
#define DIFFERENT_FROM 3 /* so many characters, and one of them may differ */

/* The next character of well-formed UTF-8; text in records is. */
static uint32_t next(struct slice *s)
{
    uint8_t first = s->p[0];
    size_t n = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    uint32_t c = n == 1 ? first : first & (0xffu >> (n + 1));
    if (n > s->n)
        n = s->n;
    for (size_t i = 1; i < n; i++)
        c = c << 6 | (s->p[i] & 0x3f);
    s->p += n;
    s->n -= n;
    return c;
}

static bool stands_between(uint32_t c)
{
    static const uint32_t marks[] = {' ',    '.',    0xb7,   0x2022, 0x2027,
                                     0x3000, 0x30fb, 0xff0e, 0xff65};
    for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
        if (c == marks[i])
            return true;
    return false;
}

static size_t characters(struct slice name, uint32_t out[static CHARACTERS_MAX])
{
    size_t n = 0;
    while (name.n && n < CHARACTERS_MAX) {
        uint32_t c = next(&name);
        if (!stands_between(c))
            out[n++] = c;
    }
    return n;
}

bool alike_names(struct slice a, struct slice b)
{
    uint32_t x[CHARACTERS_MAX], y[CHARACTERS_MAX];
    size_t n = characters(a, x), different = 0;
    if (n == 0 || n != characters(b, y))
        return false;
    for (size_t i = 0; i < n; i++)
        different += x[i] != y[i];
    return different == 0 || (different == 1 && n >= DIFFERENT_FROM);
}
