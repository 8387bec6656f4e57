/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * snapshot_note: what the county signs for a snapshot of a ledger (shared/db/snapshot.h), with the
 * log key, as a signed note like a checkpoint. The first line keeps it from being taken for one:
 *
 *   huce/1/snapshot\n<origin>\n<size> <base64(root)>\n<registry size> <catalog> <merge>\n
 *   <base64(digest of the records)>\n<bytes> <base64(SHA-256 of them)>\n\n— <origin> <base64>\n
 *
 * By itself it proves nothing of the records. Together with the leaves below the root it does: who
 * folds them comes to this digest, or holds the county's signature under something else.
 */
#ifndef SHARED_LEDGER_SNAPSHOT_NOTE_H
#define SHARED_LEDGER_SNAPSHOT_NOTE_H

#include "shared/ledger/checkpoint.h"

#define SNAPSHOT_NOTE_MAX 2048

struct snapshot_note {
    struct origin origin; /* as the checkpoint names it */
    uint64_t size;
    struct hash root;
    uint64_t registry_size, catalog, merge; /* by which the records were made */
    struct hash digest;                     /* of the records: materialise_dump, admitted only */
    uint64_t bytes;
    struct hash content;
};

void snapshot_note_sign(const struct snapshot_note *note, const struct sign_key *log_key,
                        struct buf *out);
/* As checkpoint_open. */
MUST_USE enum status snapshot_note_open(struct slice text, const struct origin *origin,
                                        const struct sign_public *log_key,
                                        struct snapshot_note *out, struct error *err);

/* What the county answers (PROTOCOL.md §8c): the checkpoint, and the note of a snapshot at that
 * size. Reading judges the form only; both lie in bytes. */
void snapshot_answer_write(struct slice checkpoint, struct slice note, struct buf *out);
MUST_USE enum status snapshot_answer_read(struct slice bytes, struct slice *checkpoint,
                                          struct slice *note, struct error *err);

#endif
