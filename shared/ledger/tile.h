/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * tile: names of the pieces in which a ledger's tree is read by auditors (C2SP tlog-tiles).
 *
 *   tile/<L>/<N>[.p/<W>]        256 hashes (W of the last one): the roots of the subtrees of 256^L
 * leaves tile/entries/<N>[.p/<W>]    the data of 256 leaves, each behind its length as u16be
 *
 * N is written in groups of three digits, all but the last with an x: 1234067 is x001/x234/067.
 */
#ifndef SHARED_LEDGER_TILE_H
#define SHARED_LEDGER_TILE_H

#include "shared/base/slice.h"

#define TILE_WIDTH 256
#define TILE_LEVEL_MAX 5 /* 256^6 leaves */

struct tile {
    bool entries;
    unsigned level; /* 0 for entries */
    uint64_t index;
    unsigned width; /* 1 … 256 */
};

/* One spelling of each; false for all others. */
bool tile_parse(struct slice path, struct tile *out);

/* Leaves that one hash of this level stands for: 256^level. */
static inline uint64_t tile_span(unsigned level)
{
    return UINT64_C(1) << (8 * level);
}

/* Is all of the tile there in a tree of this size? */
bool tile_within(const struct tile *tile, uint64_t size);

#endif
