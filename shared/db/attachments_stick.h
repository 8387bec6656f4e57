/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * attachments_stick: attachments into bundles and out of them (shared/sync/bundle_blob.h), the same
 * at the desk and at the county. A content goes as a whole or waits: so many bytes fit.
 */
#ifndef SHARED_DB_ATTACHMENTS_STICK_H
#define SHARED_DB_ATTACHMENTS_STICK_H

#include "shared/db/attachments.h"
#include "shared/db/replica.h"
#include "shared/sync/bundle_blob.h"
#include "shared/sync/bundle_pack.h"

#define ATTACHMENTS_STICK_BYTES ((uint64_t)256 * 1024 * 1024) /* of a run, where nobody says */

struct attachments_pack {
    struct db *db;
    struct bundle_pack *pack;
    uint64_t room;       /* bytes of content that still may go */
    size_t count, waits; /* contents that went, and that found no room */
    uint64_t bytes;
};

/* Says how far it is here. */
MUST_USE enum status attachments_pack_state(struct attachments_pack *p, const struct origin *origin,
                                            const struct stored_attachment *a, struct error *err);
/* The bytes of a whole one from `at` on, if there is room for them. */
MUST_USE enum status attachments_pack_content(struct attachments_pack *p,
                                              const struct origin *origin,
                                              const struct stored_attachment *a, uint64_t at,
                                              struct error *err);

/* A part that came, with content, for a ledger whose change names it so; inside a transaction.
 * What was here already is passed over, what does not join on is not kept, and what turns out not
 * to be it is thrown away: out says where it stands now. ST_INVALID: of another size than is
 * named. */
MUST_USE enum status attachments_take(struct db *db, int64_t ledger,
                                      const struct attachment_named *named,
                                      const struct bundle_blob *blob, int64_t now_ms,
                                      struct stored_attachment *out, struct error *err);

#endif
