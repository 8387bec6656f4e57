/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * clashes: conflicts between records (shared/db/clash.h) as people see and decide them, beside the
 * conflicts of fields (view.h). Their JSON has the same members; a candidate is a record:
 *
 *   {"id","kind":"structure","rule","type","type_label","record","title","ledger","field","label","in_force",
 *    "in_force_text","candidates":[{"letter","value","text","record","ledger","author","device","time",
 *    "note","confirmed"}],"version"}
 *
 * record, in_force: the record that counts meanwhile (of a cycle: the reference that counts first).
 * label: the rule's sentence. value: a record's id.
 */
#ifndef AGENT_CORE_CLASHES_H
#define AGENT_CORE_CLASHES_H

#include <jansson.h>

#include "agent/core/act.h"

/* Appends all of them. Open changesets have been closed (view_settle). */
MUST_USE enum status clashes_list(struct desk *desk, json_t *out, struct error *err);
MUST_USE enum status clashes_show(struct desk *desk, const char *id, json_t **out,
                                  struct error *err);
/* Takes one of the records: into the others is written what the rule settles them with; of a cycle
 * one reference is cut. All in one transaction, also when they are in several ledgers. */
MUST_USE enum status clashes_resolve(struct desk *desk, struct author *author,
                                     const struct act_resolve *what, struct act_result *out,
                                     struct error *err);

#endif
