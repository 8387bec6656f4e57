/* SPDX-License-Identifier: MulanPSL-2.0 */
/* Names of tiles: what is read is the one spelling of what it means, and of a tree that can be. */
#include "shared/ledger/tile.h"
#include "tests/fuzz/fuzz.h"

static void spell(const struct tile *tile, struct buf *out)
{
    uint64_t groups[8], rest = tile->index;
    size_t n = 0;
    do {
        groups[n++] = rest % 1000;
        rest /= 1000;
    } while (rest);
    buf_put_str(out, "tile/");
    if (tile->entries)
        buf_put_str(out, "entries");
    else
        buf_printf(out, "%u", tile->level);
    while (n-- > 0)
        buf_printf(out, n ? "/x%03u" : "/%03u", (unsigned)groups[n]);
    if (tile->width < TILE_WIDTH)
        buf_printf(out, ".p/%u", tile->width);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice in = fuzz_exact(data, size);
    struct tile tile;
    if (tile_parse(in, &tile)) {
        struct buf again;
        buf_init(&again, 256);
        spell(&tile, &again);
        CHECK(slice_equal(buf_slice(&again), in));
        CHECK(tile.width >= 1 && tile.width <= TILE_WIDTH && tile.level <= TILE_LEVEL_MAX);
        CHECK(!tile_within(&tile, tile.index * TILE_WIDTH));
        buf_release(&again);
    }
    mem_free((void *)in.p);
    return 0;
}
