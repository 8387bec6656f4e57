/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * report_frozen: a report that goes out, fixed as it was: "generated, not typed".
 *
 * Its document (JSON, keys sorted, one line) is written to a file; the file's SHA-256 stands in a
 * signed record `report_run`, with the question and how far each ledger had come. Whoever holds the
 * file finds by whom and when it was made (sha256sum is enough to compare), and, where the ledgers
 * still allow it, the figures are computed again and compared.
 */
#ifndef AGENT_CORE_REPORT_FROZEN_H
#define AGENT_CORE_REPORT_FROZEN_H

#include "agent/core/report.h"

#define REPORT_FILE_MAX (64 * 1024 * 1024)

struct report_freeze {
    const char *path;
    const char *asked_by;  /* who wanted it; NULL: nobody in particular */
    const char *admission; /* the admitted item it answers, by id; NULL: none */
    const char *keep_in;   /* ledger of the record; NULL: that of the author's own division */
};

/* report: what report_run gave for this question. hash: of the file. */
MUST_USE enum status report_freeze(struct desk *desk, struct author *author, const json_t *report,
                                   const struct report_freeze *what, char hash[static 65],
                                   struct error *err);

/* {"hash","title","day","rows","made_at","by","ledger","recount":"same|differs|not"}: ST_REFUSED:
 * no record has this hash. */
MUST_USE enum status report_verify(struct desk *desk, const char *path, const char *as,
                                   json_t **out, struct error *err);

#endif
