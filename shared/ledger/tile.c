/* SPDX-License-Identifier: MulanPSL-2.0 */
/* tile: see tile.h. */
#include "shared/ledger/tile.h"

#define INDEX_MAX (UINT64_C(1) << 55) /* of 256 leaves each: all that a size can count */

static bool take(struct slice *path, const char *text)
{
    size_t n = strlen(text);
    if (path->n < n || memcmp(path->p, text, n) != 0)
        return false;
    *path = slice_of(path->p + n, path->n - n);
    return true;
}

static bool take_digit(struct slice *path, unsigned *out)
{
    if (path->n == 0 || path->p[0] < '0' || path->p[0] > '9')
        return false;
    *out = path->p[0] - '0';
    *path = slice_of(path->p + 1, path->n - 1);
    return true;
}

static bool take_group(struct slice *path, uint64_t *value)
{
    unsigned a, b, c;
    if (!take_digit(path, &a) || !take_digit(path, &b) || !take_digit(path, &c))
        return false;
    *value = *value * 1000 + a * 100 + b * 10 + c;
    return *value < INDEX_MAX;
}

static bool take_index(struct slice *path, uint64_t *out)
{
    bool first = true;
    *out = 0;
    while (take(path, "x")) {
        if (!take_group(path, out) || !take(path, "/") || (first && *out == 0))
            return false;
        first = false;
    }
    return take_group(path, out);
}

static bool take_width(struct slice *path, unsigned *out)
{
    unsigned digit, count = 0;
    *out = 0;
    while (count < 3 && take_digit(path, &digit)) {
        if (count++ == 0 && digit == 0)
            return false;
        *out = *out * 10 + digit;
    }
    return count > 0 && *out < TILE_WIDTH;
}

bool tile_parse(struct slice path, struct tile *out)
{
    *out = (struct tile){.width = TILE_WIDTH};
    if (!take(&path, "tile/"))
        return false;
    out->entries = take(&path, "entries/");
    if (!out->entries &&
        (!take_digit(&path, &out->level) || out->level > TILE_LEVEL_MAX || !take(&path, "/")))
        return false;
    if (!take_index(&path, &out->index))
        return false;
    if (take(&path, ".p/") && !take_width(&path, &out->width))
        return false;
    return path.n == 0;
}

bool tile_within(const struct tile *tile, uint64_t size)
{
    const uint64_t hashes = size / tile_span(tile->level);
    return tile->index <= hashes / TILE_WIDTH && tile->index * TILE_WIDTH + tile->width <= hashes;
}
