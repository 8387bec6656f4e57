/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * amend: a leaf may say of earlier changes of its ledger that they count or not (ruling.h), or that
 * they are to be erased (erasure.h). Their records are then folded anew from their whole history,
 * and the leaf is the last of its batch. Private to the fold.
 */
#ifndef SHARED_DB_AMEND_H
#define SHARED_DB_AMEND_H

#include "shared/db/batch.h"

/* What the newest leaf, whose changes stand in the batch from first_change on, says of earlier
 * ones: as the head of a cut, then by its ops in order. Sets b->ruled. */
MUST_USE enum status amend_leaf(struct batch *b, const struct segment *segment, uint64_t leaf,
                                size_t first_change, struct error *err);

#endif
