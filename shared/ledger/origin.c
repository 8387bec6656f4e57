/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * Names of ledgers and the tree of administrative divisions that their codes spell.
 *
 * A name is compared and hashed as bytes everywhere, so exactly one spelling of each is accepted:
 * lower case only, no empty part, nothing that would need escaping in a URL path, a checkpoint line
 * or a file name.
 */
#include "shared/ledger/origin.h"
#include "shared/base/check.h"

#include <stdio.h>

static bool is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

static bool is_word(uint8_t c)
{
    return is_digit(c) || (c >= 'a' && c <= 'z') || c == '-';
}

bool division_code_valid(struct slice code)
{
    if (code.n != DIVISION_CODE_SIZE)
        return false;
    for (size_t i = 0; i < code.n; i++)
        if (!is_digit(code.p[i]))
            return false;
    return code.p[0] != '0' || code.p[1] != '0';
}

static bool authority_valid(struct slice text)
{
    for (size_t i = 0; i < text.n; i++)
        if (!is_word(text.p[i]) && text.p[i] != '.' && text.p[i] != ':')
            return false;
    return text.n > 0;
}

static bool suffix_valid(struct slice text)
{
    for (size_t i = 0; i < text.n; i++)
        if (!is_word(text.p[i]))
            return false;
    return text.n > 0;
}

bool origin_parse(struct slice text, struct origin *out)
{
    if (text.n > ORIGIN_MAX)
        return false;
    size_t slash = 0;
    while (slash < text.n && text.p[slash] != '/')
        slash++;
    if (text.n < slash + 1 + DIVISION_CODE_SIZE)
        return false;
    struct slice rest =
        slice_of(text.p + slash + 1 + DIVISION_CODE_SIZE, text.n - slash - 1 - DIVISION_CODE_SIZE);
    if (!authority_valid(slice_of(text.p, slash)) ||
        !division_code_valid(slice_of(text.p + slash + 1, DIVISION_CODE_SIZE)))
        return false;
    if (rest.n > 0 && (rest.p[0] != '/' || !suffix_valid(slice_of(rest.p + 1, rest.n - 1))))
        return false;
    memset(out->text, 0, sizeof(out->text));
    memcpy(out->text, text.p, text.n);
    return true;
}

bool origin_make(const char *authority, const char *code, struct origin *out)
{
    size_t n = strlen(authority);
    if (n + 1 + DIVISION_CODE_SIZE > ORIGIN_MAX ||
        strnlen(code, DIVISION_CODE_SIZE) != DIVISION_CODE_SIZE)
        return false;
    uint8_t text[ORIGIN_MAX];
    memcpy(text, authority, n);
    text[n] = '/';
    memcpy(text + n + 1, code, DIVISION_CODE_SIZE);
    return origin_parse(slice_of(text, n + 1 + DIVISION_CODE_SIZE), out);
}

bool origin_of_epoch(const struct origin *line, uint32_t epoch, struct origin *out)
{
    char text[ORIGIN_MAX + 16];
    const char *before = origin_code(line)[DIVISION_CODE_SIZE] ? "-" : "/";
    CHECK(epoch <= ORIGIN_EPOCH_MAX);
    *out = *line;
    if (epoch == 0)
        return true;
    int n = snprintf(text, sizeof(text), "%s%se%u", line->text, before, (unsigned)epoch);
    return origin_parse(slice_of(text, (size_t)n), out);
}

uint32_t origin_epoch(const struct origin *name, struct origin *line)
{
    const size_t code_end = origin_authority_length(name) + 1 + DIVISION_CODE_SIZE;
    size_t n = strlen(name->text), digits = 0;
    uint32_t epoch = 0;
    for (uint32_t unit = 1; digits < 3 && is_digit((uint8_t)name->text[n - 1 - digits]); digits++) {
        epoch += unit * (uint32_t)(name->text[n - 1 - digits] - '0');
        unit *= 10;
    }
    *line = *name;
    n -= digits;
    /* "/e1" or "-e1", and behind the code */
    const bool alone = n == code_end + 2;
    if (digits == 0 || name->text[n] == '0' || (!alone && n < code_end + 4) ||
        name->text[n - 1] != 'e' || name->text[n - 2] != (alone ? '/' : '-'))
        return 0;
    memset(line->text + n - 2, 0, strlen(line->text + n - 2));
    return epoch;
}

size_t origin_authority_length(const struct origin *origin)
{
    const char *slash = strchr(origin->text, '/');
    CHECK(slash != NULL);
    return (size_t)(slash - origin->text);
}

const char *origin_code(const struct origin *origin)
{
    return origin->text + origin_authority_length(origin) + 1;
}

/* Where each level's digits end. */
static const uint8_t level_end[] = {2, 4, 6, 9, 12};

int division_level(const char code[static DIVISION_CODE_SIZE])
{
    for (int level = 5; level > 1; level--)
        for (size_t i = level_end[level - 2]; i < level_end[level - 1]; i++)
            if (code[i] != '0')
                return level;
    return 1;
}

size_t division_prefix_length(const char code[static DIVISION_CODE_SIZE])
{
    return level_end[division_level(code) - 1];
}

bool division_covers(const char scope[static DIVISION_CODE_SIZE],
                     const char code[static DIVISION_CODE_SIZE])
{
    return memcmp(scope, code, division_prefix_length(scope)) == 0;
}

bool origin_is_sealed(const struct origin *origin)
{
    return strncmp(origin_code(origin) + DIVISION_CODE_SIZE, "/s-", 3) == 0;
}
