/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * courier_blobs: attachments that come and go by stick (courier.h, shared/sync/bundle_blob.h), by
 * the rules of the line (server/api/blobs.c): the county takes what a change names from who may
 * deliver for the ledger, and gives to who may read it.
 */
#ifndef SERVER_CORE_COURIER_BLOBS_H
#define SERVER_CORE_COURIER_BLOBS_H

#include "server/core/server.h"
#include "shared/db/attachments_stick.h"

/* Takes what a device's bundle brings, durably; *came counts the contents that are whole now, and
 * what no change names is passed over. */
MUST_USE enum status courier_blobs_take(struct server *srv, const struct hash *device,
                                        const struct bundle *bundle, int64_t now_ms, size_t *came,
                                        struct error *err);
/* Answers what it asks: how far a content is here, or what of it the device lacks, thumbnails
 * first. */
MUST_USE enum status courier_blobs_answer(struct server *srv, const struct hash *device,
                                          const struct bundle *bundle, struct attachments_pack *p,
                                          struct error *err);
/* The thumbnails that the leaves of a ledger from `from` on name, as far as they are here. */
MUST_USE enum status courier_blobs_give(struct server *srv, const struct ledger *ledger,
                                        uint64_t from, struct attachments_pack *p,
                                        struct error *err);

#endif
