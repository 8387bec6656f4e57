/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * access: somebody takes personal data out of the system without masks. Before the file is written
 * there is a signed record of it in each ledger that it was taken from (type access_note, which is
 * only added to): who by the signature, what, why, how many rows. It travels like all work, shows
 * in `huce list access_note` and in every audit. An auditor signs nothing, so takes nothing out.
 */
#ifndef AGENT_CORE_ACCESS_H
#define AGENT_CORE_ACCESS_H

#include <jansson.h>

#include "agent/core/desk.h"

#define ACCESS_TYPE "access_note"
#define ACCESS_LEDGERS_MAX 1024

struct access_note {
    const char *what;   /* "list person", "report labour" … */
    const char *reason; /* as the person says it */
    uint64_t rows;
    size_t ledger_count;
    const char **ledgers; /* origins; none: the only one that fits */
};
MUST_USE enum status access_note(struct desk *desk, struct author *author,
                                 const struct access_note *note, struct error *err);

/* The ledgers that these records ({"ledger"} …) come from; pointers into them. Returns how many. */
size_t access_ledgers(const json_t *records, const char **out, size_t max);

#endif
