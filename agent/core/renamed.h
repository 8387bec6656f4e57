/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * renamed: what a change is called after its changeset was signed again (fork.h). A decision names
 * the candidates that it takes out by author, chain, seq and hash; on a chain of its own a
 * changeset has other ones, and a decision that named it by the old would take out nothing. So
 * while a changeset is signed again, what it says of changes that were signed again follows them.
 *
 * The changes that both branches of a chain have in common are its first ones, and keep their
 * names; the others keep their order. What others have signed cannot be altered, and need not be:
 * nobody but this desk has seen those changes.
 */
#ifndef AGENT_CORE_RENAMED_H
#define AGENT_CORE_RENAMED_H

#include "agent/core/desk.h"

/* Inside a transaction: the body of a change that is being signed again, with every reference that
 * has another name now under that name; made in the arena if there is one. What it refers to must
 * have been signed again before. */
struct slice renamed_body(struct desk *desk, struct ledger *ledger, struct slice body,
                          struct arena *arena);

#endif
