/* SPDX-License-Identifier: MulanPSL-2.0 */
/* change_ref: names a change by its place in a ledger here, so that an op can refer to it
 * (FORMAT.md §3a). */
#ifndef AGENT_CORE_CHANGE_REF_H
#define AGENT_CORE_CHANGE_REF_H

#include "agent/core/desk.h"

/* Open changesets have been closed by the caller. Everything in the arena. */
MUST_USE enum status change_ref(struct desk *desk, struct ledger *ledger, const struct stamp *at,
                                struct arena *arena, struct op_ref *out, struct error *err);

#endif
