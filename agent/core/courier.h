/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * courier: an exchange with the county over no line at all: by files that somebody carries
 * (shared/sync/bundle.h).
 *
 *   what waits here ─ courier_export ─▶ file ─▶ county ─▶ file ─ courier_import ─▶ confirmed
 *
 * The answer is the receipt. Either file may be lost, late, or come twice: nothing is told to be
 * confirmed before the county's signed leaves are stored, and what waits is packed again next time.
 */
#ifndef AGENT_CORE_COURIER_H
#define AGENT_CORE_COURIER_H

#include <jansson.h>

#include "agent/core/courier_photos.h"
#include "agent/core/desk.h"
#include "shared/sync/bundle_pack.h"

struct courier_sent {
    size_t files;
    uint64_t bytes, changesets;
    bool asks_only; /* the database was put back: what there is comes first, then what waits goes */
    struct courier_photos photos;
};

/* Closes what is open, notes what is packed as sent, durably, then packs it; `file` gets each
 * finished file. file_bytes: how large one may become; 0: no matter. photo_bytes: how much of
 * attachments may go along. */
MUST_USE enum status courier_export(struct desk *desk, size_t file_bytes, uint64_t photo_bytes,
                                    bundle_file *file, void *arg, struct courier_sent *out,
                                    struct error *err);
/* The same into a file or folder (shared/cli/stick.h); *first: the first file written, or NULL; the
 * caller frees it with mem_free. */
MUST_USE enum status courier_pack(struct desk *desk, const char *place, size_t file_bytes,
                                  uint64_t photo_bytes, struct courier_sent *out, char **first,
                                  struct error *err);
json_t *courier_sent_json(const struct courier_sent *sent, const char *first);

struct courier_got {
    size_t files;
    uint64_t leaves, confirmed, rejected, known; /* known: leaves that were here already */
    uint64_t ledgers_new;
    struct courier_photos photos;
    struct error refused; /* the newest reason why something was not taken */
};

/* Takes an answer, ledger by ledger, each durably, as receive.h does with one from the wire.
 * ST_REFUSED: for another machine, or not from this county; ST_DAMAGED / ST_INVALID: not whole;
 * ST_WAIT: it goes on from leaves that are not here yet, or names what was here before this disk
 * was put back. */
MUST_USE enum status courier_import(struct desk *desk, struct slice file, struct courier_got *out,
                                    struct error *err);
/* Takes all that a file or folder holds for this desk; *out sums up. */
MUST_USE enum status courier_take(struct desk *desk, const char *place, struct courier_got *out,
                                  struct error *err);
/* left: changesets that still wait (outbox.h). */
json_t *courier_got_json(const struct courier_got *got, uint64_t left);

#endif
