/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * version: the claims of a whole record packed into one hidden column of its row, so that one row
 * read and one row write do everything. Derived data: the layout may change with the program; `huce
 * rebuild` makes it anew.
 *
 *   packed = format 4 · policy_since of the table that it was folded by · created stamp · last
 * stamp · flags · base stamp · bitmap of fields whose only claim is at the base stamp with rank 0 ·
 * exceptions exception = field number, kind: one claim (stamp, rank; its value is the row's column)
 * or many (each: stamp, rank, value as CBOR)
 *
 * Stamps are stored as differences from the base stamp. The base stamp is the one that most fields
 * share. A single claim's value is not packed when it equals the value in force (the row's column).
 */
#ifndef SHARED_MERGE_VERSION_H
#define SHARED_MERGE_VERSION_H

#include "shared/merge/merge.h"

/* More than any record comes to: fields x CLAIMS_MAX x 4,000 bytes of text and a stamp. */
#define VERSION_MAX (512 * 1024 * 1024)

void version_pack(const struct record_state *record, struct buf *out);

/* Fills claims of a state whose fields already hold the row's column values (set fields: nothing).
 * Where the state's table has another policy than the one they stood by, the value in force is the
 * only claim that is left. packed must live as long as the state. ST_DAMAGED if it is not a packed
 * version. */
MUST_USE enum status version_unpack(struct slice packed, struct record_state *record,
                                    struct arena *arena, struct error *err);

/* When the record was first and last written, from its packed version alone. False: it is none. */
bool version_written(struct slice packed, int64_t *first_ms, int64_t *last_ms);

#endif
