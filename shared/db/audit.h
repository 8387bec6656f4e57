/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * audit: everything that was signed, checked again from the stored bytes: every changeset's hashes
 * and signature, every chain, every base root against the ledger's own history, every row against
 * what was signed, the tree, the checkpoint, rows that no leaf leads to, the rows that the registry
 * is read from against its leaves, every photo against the hash that was signed. Never stops at a
 * finding. Desk and county ask the same questions. Derived tables are compared by making them anew
 * (`rebuild --check`).
 *
 * Finding codes of damage: "bytes" "row" "signature" "author" "chain" "base" "registry" "order"
 * "tree" "checkpoint" "cosigned" "attachment".
 *
 * Of the county: "breach", a leaf that its own rule refuses (shared/ledger/breach.h), signed by it;
 * nothing here is damaged.
 *
 * Notices: "void" (a change that does not count, with the reason), "forbidden" (one that does not
 * count and that the registry forbade already as its author had signed to have seen it: no honest
 * desk makes it), "old_registry" (judged by a registry of more than a day before), "access"
 * (somebody took data out unmasked, and signed for it), "behind" (leaves that the newest checkpoint
 * promises have not arrived yet), "epoch" (a part of its past is declared lost: how much, by whose
 * order, why).
 */
#ifndef SHARED_DB_AUDIT_H
#define SHARED_DB_AUDIT_H

#include "shared/db/replica.h"

struct finding {
    const char *code;
    bool damage;        /* what is stored is not what was signed */
    bool county;        /* all is as it was signed, and the county may not have signed it */
    struct hash author; /* zero when not about a changeset */
    struct chain_id chain;
    uint64_t number;
    char text[256];
};

typedef void audit_visit(void *arg, const struct finding *finding);

/* AUDIT_COUNTY: the checkpoint must name all leaves that are stored. AUDIT_DESK: it may promise
 * more than has arrived; changesets without a leaf are checked too. */
enum audit_place { AUDIT_COUNTY, AUDIT_DESK };

struct audit_counts {
    uint64_t changesets, changes, authors; /* authors: chains */
};

/* Only reads. *ok = no damage and no breach; *counts (may be NULL) is added to. A status other than
 * ST_OK: the audit itself could not be done. */
MUST_USE enum status audit_ledger(struct replica *rep, struct ledger *ledger,
                                  enum audit_place place, audit_visit *fn, void *arg,
                                  struct audit_counts *counts, bool *ok, struct error *err);

#endif
