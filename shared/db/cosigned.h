/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * cosigned: of each ledger the newest checkpoint that others have signed too (ledger/witness.h). It
 * may be of an earlier size than the ledger's: leaves arrive faster than witnesses answer. At the
 * county it is what some witness signed last; at a desk, what as many of them signed as the desk
 * asks for, of a tree that the desk holds itself.
 */
#ifndef SHARED_DB_COSIGNED_H
#define SHARED_DB_COSIGNED_H

#include "shared/db/replica.h"

/* p == NULL: there is none. *size is 0 then. In the arena. */
struct slice cosigned_read(struct replica *rep, const struct ledger *ledger, struct arena *arena,
                           uint64_t *size);
/* Inside the caller's transaction. */
MUST_USE enum status cosigned_write(struct replica *rep, const struct ledger *ledger, uint64_t size,
                                    struct slice checkpoint, struct error *err);

#endif
