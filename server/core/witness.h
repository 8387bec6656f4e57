/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * witness: a prefecture's server that cosigns counties' checkpoints (shared/ledger/witness.h). It
 * has a data folder of its own and no county in it:
 *
 *   DATA/witness.db    counties and the newest heads cosigned     DATA/witness.key   0600
 *   DATA/witness.name  the name in its signature lines
 *
 * A head is stored, durably, before its cosignature leaves.
 */
#ifndef SERVER_CORE_WITNESS_H
#define SERVER_CORE_WITNESS_H

#include "shared/db/db.h"
#include "shared/ledger/witness.h"

struct witness {
    struct db *db;
    struct sign_key *key;
    struct verifier verifier; /* its own, for others */
};

/* ST_EXISTS when the folder has one. */
MUST_USE enum status witness_found(const char *folder, const char *name, struct error *err);
MUST_USE enum status witness_open(const char *folder, struct witness *out, struct error *err);
void witness_close(struct witness *witness); /* accepts the zero state */

/* A county whose ledgers are cosigned from now on, by the verifier of any of them. */
MUST_USE enum status witness_trust(struct witness *witness, const struct verifier *county,
                                   struct error *err);

/* The log key by which that county's ledgers are cosigned here. ST_NOT_FOUND: none is known. */
MUST_USE enum status witness_county_key(struct witness *witness, const struct origin *origin,
                                        struct sign_public *out, struct error *err);

/* One add-checkpoint: the cosignature line goes to *out. Statuses as witness_judge has them, and
 * ST_NOT_FOUND: no county of that name. *known: where the witness stands, for ST_EXISTS. */
MUST_USE enum status witness_add(struct witness *witness, struct slice body, uint64_t time_s,
                                 struct buf *out, uint64_t *known, struct error *err);

#endif
