/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * audit: everything that was signed, checked again from the stored bytes: every changeset's hashes
 * and signature, every chain, every base root against the ledger's own history, the tree, the
 * checkpoint.
 *
 * Finding codes: damage  "bytes" "signature" "author" "chain" "base" "registry" "order" "tree"
 *                        "checkpoint"
 *                notice  "void" (a change that does not count, with the reason)
 */
#ifndef SERVER_CORE_AUDIT_H
#define SERVER_CORE_AUDIT_H

#include "server/core/server.h"

struct finding {
    const char *code;
    bool damage;
    struct hash author; /* zero when not about a changeset */
    struct chain_id chain;
    uint64_t number;
    char text[256];
};

typedef void audit_visit(void *arg, const struct finding *finding);

/* *ok = no damage. A status other than ST_OK: the audit itself could not be done. */
MUST_USE enum status audit_ledger(struct server *srv, struct ledger *ledger, audit_visit *fn,
                                  void *arg, bool *ok, struct error *err);

#endif
