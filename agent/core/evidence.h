/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * evidence: the county has shown a history that does not go on from the one it signed before. What
 * it signed both times, and what this desk holds, goes into one file that can be handed to a court:
 * it says what happened, names the county's keys, holds both signed heads word for word, all leaves
 * that lead to the first, and how to check it with other programs. Likewise for a leaf that the
 * county may not have admitted (breaches.h).
 */
#ifndef AGENT_CORE_EVIDENCE_H
#define AGENT_CORE_EVIDENCE_H

#include "agent/core/desk.h"

/* shown: the signed head in the county's answer, n == 0: it sent none. Writes
 * <data>/evidence/<code>-<time>.txt. *path (mem_free): the file; NULL when it could not be written.
 */
void evidence_write(struct desk *desk, struct ledger *ledger, struct slice shown, char **path);

/* A leaf that the county's rule forbids. */
struct evidence_breach {
    const char *text;   /* what is wrong with it */
    uint64_t leaf;      /* its place */
    struct slice head;  /* the signed head that covers it; n == 0: none was sent */
    struct slice bytes; /* of the changeset: COSE */
    bool is_segment;    /* no: as it travelled (PROTOCOL.md), for it could not be put together */
};
/* Writes <data>/evidence/<code>-leaf<n>-<time>.txt; *path as above. */
void evidence_breach_write(struct desk *desk, struct ledger *ledger,
                           const struct evidence_breach *what, char **path);

/* A snapshot (ledger/snapshot_note.h) whose records are not what its leaves come to. comes_to: what
 * they come to; NULL: what it says of the leaves themselves is not so. Writes
 * <data>/evidence/<code>-snapshot-<time>.txt; *path as above. */
void evidence_snapshot_write(struct desk *desk, struct ledger *ledger, struct slice note,
                             struct slice head, const struct hash *comes_to, char **path);

#endif
