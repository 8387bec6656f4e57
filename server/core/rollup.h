/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * rollup: what a county tells the level above it: counts, and of nobody anything. A signed note by
 * the county's log key (as a checkpoint, FORMAT.md §6), so that a prefecture can check who said it,
 * and add it up:
 *
 *   622924.huce/622924000000
 *   huce/1/rollup
 *   2026-12-01 10 35                          day, smallest number told, registry size
 *   108 96 80 2026-12-01T08:20:33.120Z        villages, begun, heard in 30 days; newest entry
 *   persons_sex 1 126001                      measure, cell, count
 *   persons_sex 2 *                           withheld
 *
 *   — 622924.huce/622924000000 …
 *
 * Each measure is a partition: its cells add up to a whole that may be known from elsewhere. So
 * where a cell is smaller than the smallest number told, it is withheld together with others, until
 * at least two are, and those have that number together (ROLLUP_LEAST_MIN and more).
 */
#ifndef SERVER_CORE_ROLLUP_H
#define SERVER_CORE_ROLLUP_H

#include "shared/base/buf.h"
#include "shared/base/status.h"
#include "shared/base/time.h"
#include "shared/crypto/sign.h"
#include "shared/ledger/origin.h"

#define ROLLUP_CELLS_MAX 128
#define ROLLUP_NAME_MAX 31 /* a measure, a cell: lower case letters, digits, '_', '-' */
#define ROLLUP_LEAST_MIN 3
#define ROLLUP_LEAST_MAX 1000
#define ROLLUP_MAX (16 * 1024)

struct rollup_cell {
    char measure[ROLLUP_NAME_MAX + 1], cell[ROLLUP_NAME_MAX + 1];
    uint64_t count;
    bool withheld; /* count says nothing */
};

struct rollup {
    struct origin origin; /* the county's registry */
    char day[11];
    uint64_t least, registry_size, villages, begun, heard;
    char newest[TIME_TEXT_SIZE]; /* admission of the newest entry; "-": there is none */
    size_t count;
    struct rollup_cell cells[ROLLUP_CELLS_MAX]; /* of a measure side by side */
};

/* Adds a cell; CHECKs its names and that there is room. */
void rollup_add(struct rollup *rollup, const char *measure, const char *cell, uint64_t count);
/* Withholds what is small, and what would tell it. */
void rollup_withhold(struct rollup *rollup);

void rollup_sign(const struct rollup *rollup, const struct sign_key *log_key, struct buf *out);
/* ST_INVALID: no roll-up in the one spelling. Not verified yet: its origin says by whose key to. */
MUST_USE enum status rollup_read(struct slice text, struct rollup *out, struct error *err);
/* ST_DAMAGED: not signed by this key. */
MUST_USE enum status rollup_verify(struct slice text, const struct rollup *rollup,
                                   const struct sign_public *log_key, struct error *err);

#endif
