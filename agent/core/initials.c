/* SPDX-License-Identifier: MulanPSL-2.0 */
/* initials: see initials.h. */
#include "agent/core/initials.h"

#include "agent/core/initials_table.h"

#define FIRST 0x4E00
#define LAST 0x9FA5

/* Family names with a reading of their own. */
static const struct {
    uint32_t character;
    char letter;
} surnames[] = {
    {0x66FE, 'Z'} /* 曾 */, {0x5355, 'S'} /* 单 */, {0x89E3, 'X'} /* 解 */, {0x4EC7, 'Q'} /* 仇 */,
    {0x533A, 'O'} /* 区 */, {0x67E5, 'Z'} /* 查 */, {0x4E50, 'Y'} /* 乐 */, {0x5C09, 'Y'} /* 尉 */,
    {0x7F2A, 'M'} /* 缪 */, {0x7FDF, 'Z'} /* 翟 */, {0x76D6, 'G'} /* 盖 */, {0x53EC, 'S'} /* 召 */,
    {0x79CD, 'C'} /* 种 */, {0x6298, 'S'} /* 折 */, {0x6734, 'P'} /* 朴 */, {0x8983, 'Q'} /* 覃 */};

/* The next character of valid UTF-8. */
static uint32_t next(struct slice *rest)
{
    const uint8_t *p = rest->p;
    size_t n = p[0] < 0x80 ? 1 : p[0] < 0xE0 ? 2 : p[0] < 0xF0 ? 3 : 4;
    uint32_t c = n == 1 ? p[0] : p[0] & (0xFFu >> (n + 1));
    if (n > rest->n)
        n = rest->n;
    for (size_t i = 1; i < n; i++)
        c = c << 6 | (p[i] & 0x3F);
    *rest = slice_of(p + n, rest->n - n);
    return c;
}

static char letter_of(uint32_t c)
{
    if (c >= FIRST && c <= LAST)
        return initials_table[c - FIRST];
    if (c >= 'a' && c <= 'z')
        return (char)(c - 'a' + 'A');
    return c >= 'A' && c <= 'Z' ? (char)c : '-';
}

static bool reads_as(uint32_t c, char letter, bool first)
{
    if (letter_of(c) == letter)
        return true;
    for (size_t i = 0; first && i < sizeof(surnames) / sizeof(surnames[0]); i++)
        if (surnames[i].character == c && surnames[i].letter == letter)
            return true;
    return false;
}

bool initials_begin(struct slice name, struct slice letters)
{
    bool first = true;
    while (letters.n > 0) {
        char wanted = letter_of(letters.p[0]);
        uint32_t c = 0;
        while (name.n > 0 && letter_of(c = next(&name)) == '-')
            c = 0;
        if (!c || wanted == '-' || !reads_as(c, wanted, first))
            return false;
        letters = slice_of(letters.p + 1, letters.n - 1);
        first = false;
    }
    return true;
}
