/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * retention: what has had its time beside the ledgers, and goes when an operator says so
 * (`huced tidy`). No ledger is touched, and nothing that a record shows:
 *
 *   uploads   attachments that were begun, and have not been completed for so long; what a change
 *             still names is announced again by who has it
 *   orphans   whole attachments that no change names
 *   invites   invitations that have been expired for so long, used ones too (what came of them
 *             stands in the registry)
 *   counts    of quotas, of days that are over
 *
 * The content of an erased change goes with its erasure, and needs no time (db/attachments.h).
 */
#ifndef SERVER_CORE_RETENTION_H
#define SERVER_CORE_RETENTION_H

#include "server/core/server.h"

struct retention_terms {
    int64_t uploads_days, invites_days;
};

struct retention_found {
    uint64_t uploads, upload_bytes, orphans, orphan_bytes, invites, counts;
};

/* What would go now. */
MUST_USE enum status retention_look(struct server *srv, const struct retention_terms *terms,
                                    int64_t now_ms, struct retention_found *out, struct error *err);
/* It goes; *out: what went. A transaction of its own. */
MUST_USE enum status retention_apply(struct server *srv, const struct retention_terms *terms,
                                     int64_t now_ms, struct retention_found *out,
                                     struct error *err);

#endif
