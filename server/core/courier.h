/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * courier: the county's side of an exchange by files (shared/sync/bundle.h): what a desk packed is
 * admitted as if it had come over the wire, and what the desk lacks is packed for it.
 */
#ifndef SERVER_CORE_COURIER_H
#define SERVER_CORE_COURIER_H

#include "server/core/server.h"
#include "shared/sync/bundle_pack.h"

struct courier_done {
    struct hash device;
    uint64_t admitted, rejected, leaves; /* changesets taken and refused; leaves packed */
    size_t files;
    uint64_t bytes;
    size_t photos, photos_given, photos_wait; /* taken whole; packed; for which there was no room */
    struct error refused;                     /* the newest reason of a refusal */
};

/* Takes a desk's bundle and packs the answer. Every message is admitted durably by itself; `file`
 * gets each finished file of the answer. file_bytes: how large one may become; 0: no matter.
 * photo_bytes: how much of attachments may go along.
 * ST_REFUSED: not for this county, or from a device that is not granted; ST_DAMAGED / ST_INVALID:
 * not whole; ST_WAIT: the county is recovering. */
MUST_USE enum status courier_answer(struct server *srv, struct slice request, size_t file_bytes,
                                    uint64_t photo_bytes, int64_t now_ms, bundle_file *file,
                                    void *arg, struct courier_done *out, struct error *err);

/* Packs what a device lacks, unasked: from where its newest bundle said it stood, or all of it. */
MUST_USE enum status courier_give(struct server *srv, const struct hash *device, bool full,
                                  size_t file_bytes, uint64_t photo_bytes, int64_t now_ms,
                                  bundle_file *file, void *arg, struct courier_done *out,
                                  struct error *err);

#endif
