/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * merge_rows: the records of a batch are loaded, merged in memory and written, in groups of
 * neighbours; their conflicts, moves and links with them. Private to the fold.
 */
#ifndef SHARED_DB_MERGE_ROWS_H
#define SHARED_DB_MERGE_ROWS_H

#include "shared/db/batch.h"

/* numbered: slots [0, n) are of leaves; the others only the overlay brought in. The caller releases
 * the batch, whatever comes out. */
MUST_USE enum status merge_rows(struct batch *b, size_t numbered, struct error *err);

#endif
