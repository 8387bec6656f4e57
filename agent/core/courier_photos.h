/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * courier_photos: attachments by stick, behind the records (courier.h, shared/sync/bundle_blob.h).
 * What the county does not have goes along each time, thumbnails first, until its answer says that
 * it has it; what is missing here is asked for.
 */
#ifndef AGENT_CORE_COURIER_PHOTOS_H
#define AGENT_CORE_COURIER_PHOTOS_H

#include "agent/core/desk.h"
#include "shared/db/attachments_stick.h"

struct courier_photos {
    size_t sent, waits; /* contents that went; that found no room this time */
    uint64_t bytes;
    size_t came, confirmed; /* whole now; of which the county says that it has them */
};

/* room: how many bytes of content may go. */
MUST_USE enum status courier_photos_pack(struct desk *desk, struct bundle_pack *pack, uint64_t room,
                                         struct courier_photos *out, struct error *err);
/* Takes what a bundle from the county brings, durably. What no record here names, or nobody wants,
 * is passed over. */
MUST_USE enum status courier_photos_take(struct desk *desk, const struct bundle *bundle,
                                         struct courier_photos *out, struct error *err);

#endif
