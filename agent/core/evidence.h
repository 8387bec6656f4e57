/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * evidence: the county has shown a history that does not go on from the one it signed before. What
 * it signed both times, and what this desk holds, goes into one file that can be handed to a court:
 * it says what happened, names the county's keys, holds both signed heads word for word, all leaves
 * that lead to the first, and how to check it with other programs.
 */
#ifndef AGENT_CORE_EVIDENCE_H
#define AGENT_CORE_EVIDENCE_H

#include "agent/core/desk.h"

/* shown: the signed head in the county's answer, n == 0: it sent none. Writes
 * <data>/evidence/<code>-<time>.txt. *path (mem_free): the file; NULL when it could not be written.
 */
void evidence_write(struct desk *desk, struct ledger *ledger, struct slice shown, char **path);

#endif
