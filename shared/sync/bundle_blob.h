/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * bundle_blob: an attachment, or a part of one, as it lies in a bundle behind the messages
 * (FORMAT.md §8). Without content it says how far its sender has it:
 *
 *   desk ─▶ county   all of it is here: have you?  /  so much of it is here: the rest, please
 *   county ─▶ desk   so much of it is here
 */
#ifndef SHARED_SYNC_BUNDLE_BLOB_H
#define SHARED_SYNC_BUNDLE_BLOB_H

#include "shared/base/buf.h"
#include "shared/base/status.h"
#include "shared/crypto/hash.h"
#include "shared/ledger/origin.h"
#include "shared/record/attachment.h"

#define BUNDLE_BLOB_CONTENT_MAX ((size_t)1024 * 1024)
#define BUNDLE_BLOB_MAX (BUNDLE_BLOB_CONTENT_MAX + ORIGIN_MAX + 64)

struct bundle_blob {
    struct origin origin; /* the ledger whose change names it */
    struct hash hash;
    uint64_t size, at;    /* of all of it, 0: not known; where content begins, or would go on */
    struct slice content; /* borrowed */
};

void bundle_blob_write(const struct bundle_blob *blob, struct buf *out);
/* ST_INVALID. What is read lies within its size. */
MUST_USE enum status bundle_blob_read(struct slice bytes, struct bundle_blob *out,
                                      struct error *err);

#endif
