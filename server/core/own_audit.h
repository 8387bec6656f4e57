/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * own_audit: of what the county keeps beside its ledgers, all that can be told from itself or from
 * the ledgers: the proofs of split chains, who has looked, the ends of its own chains, whose county
 * it is. What stands for itself alone (invitations, witnesses' addresses, where a courier's desk
 * stood) nothing here can vouch for: server/DESIGN.md says what then.
 *
 * Findings, all of them damage: "fork", "reads", "own_chain", "setting". Never stops at one.
 */
#ifndef SERVER_CORE_OWN_AUDIT_H
#define SERVER_CORE_OWN_AUDIT_H

#include "server/core/server.h"
#include "shared/db/audit.h"

/* Only reads. *ok = no finding. */
MUST_USE enum status county_own_audit(struct server *srv, audit_visit *fn, void *arg, bool *ok,
                                      struct error *err);

#endif
