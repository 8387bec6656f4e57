/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * prove: what a proof file (ledger/proof.h) is made of, collected from a replica: the change with
 * its changeset, leaf and checkpoint, and the line of grants from the county's root key to its
 * author.
 */
#ifndef SHARED_DB_PROVE_H
#define SHARED_DB_PROVE_H

#include "shared/db/replica.h"
#include "shared/ledger/proof.h"

/* The change at a position of a leaf. withhold: without its content, as if it had been erased.
 * Everything in the arena; what comes out has been verified as an outsider will.
 *   ST_WAIT     the checkpoint of the ledger or the registry does not cover what is here: sync
 * first ST_REFUSED  the proof would not hold (a change by somebody without a grant for this ledger)
 *   ST_DAMAGED  stored bytes are not what was signed */
MUST_USE enum status prove_change(struct replica *rep, struct ledger *ledger, uint64_t leaf,
                                  uint32_t position, bool withhold, struct arena *arena,
                                  struct proof *out, struct error *err);

#endif
