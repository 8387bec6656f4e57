/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * own_audit: of what a desk keeps beside its ledgers, all that can be told from itself or from the
 * ledgers: work that is saved and not closed yet, the ends of the chains written here, the proofs
 * of those that split. What stands for itself alone (settings, notes, what became of a task)
 * nothing here can vouch for: agent/DESIGN.md says what then.
 *
 * Findings, all of them damage: "open", "own_chain", "fork".
 */
#ifndef AGENT_CORE_OWN_AUDIT_H
#define AGENT_CORE_OWN_AUDIT_H

#include "agent/core/desk.h"
#include "shared/db/audit.h"

/* Of one ledger, after what was open has been closed (view_settle), which audit_ledger then looks
 * at. Only reads. */
MUST_USE enum status desk_own_audit(struct desk *desk, struct ledger *ledger, audit_visit *fn,
                                    void *arg, struct error *err);

#endif
