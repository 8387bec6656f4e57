/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * witness: somebody outside of the county (a prefecture, a province) who signs its checkpoints too,
 * and only ever signs one history: C2SP tlog-witness, tlog-cosignature v1 (FORMAT.md §6).
 *
 *   request = "old " size LF *63( base64 of a consistency proof's hash LF ) LF checkpoint
 *   line    = "— " name " " base64( keyid4 ‖ u64be time ‖ signature64 ) LF
 *   keyid   = SHA-256(name ‖ 0A ‖ 04 ‖ pk32)[:4]
 *   signed  = "cosignature/v1\ntime T\n" ‖ checkpoint body
 *
 * A witness remembers one size and root of each ledger and goes from there to a larger one by a
 * consistency proof, or nowhere. Two histories shown to two villages cannot both be cosigned.
 */
#ifndef SHARED_LEDGER_WITNESS_H
#define SHARED_LEDGER_WITNESS_H

#include "shared/ledger/checkpoint.h"
#include "shared/ledger/merkle.h"

#define WITNESS_NAME_MAX 120
#define WITNESS_PROOF_MAX 63
#define WITNESS_REQUEST_MAX (CHECKPOINT_MAX + 64 * 48)

/* Who signs: "name+keyid+base64(type ‖ key)", as signed-note tools write it. */
enum verifier_type { VERIFIER_LOG = 0x01, VERIFIER_WITNESS = 0x04 };
struct verifier {
    char name[WITNESS_NAME_MAX + 1];
    enum verifier_type type;
    struct sign_public pk;
};
/* One spelling; the key id in it must be the right one. ST_INVALID. */
MUST_USE enum status verifier_read(struct slice text, struct verifier *out, struct error *err);
void verifier_write(const struct verifier *verifier, struct buf *out);
bool witness_name_valid(struct slice name); /* no white space, no '+', 1 … 120 bytes */

struct witness_request {
    uint64_t old_size;
    struct merkle_proof proof;
    struct origin origin; /* what the checkpoint says it is of */
    struct slice checkpoint;
};
void witness_request_write(uint64_t old_size, const struct merkle_proof *proof,
                           struct slice checkpoint, struct buf *out);
/* Form only; slices point into body. ST_INVALID. */
MUST_USE enum status witness_request_read(struct slice body, struct witness_request *out,
                                          struct error *err);

/* What a witness that has signed (known_size, known_root) last makes of it; size 0: nothing yet.
 *   ST_OK       sign *head, after having stored it
 *   ST_REFUSED  not signed by the log key
 *   ST_INVALID  old size beyond the checkpoint's
 *   ST_EXISTS   the witness stands elsewhere than old_size, or at that size with another root
 *   ST_DAMAGED  the proof does not lead from there to here */
MUST_USE enum status witness_judge(const struct witness_request *request,
                                   const struct sign_public *log_key, uint64_t known_size,
                                   const struct hash *known_root, struct checkpoint *head,
                                   struct error *err);

/* The line that goes below the checkpoint. */
void witness_cosign(const char *name, const struct sign_key *key, struct slice checkpoint,
                    uint64_t time_s, struct buf *out);
/* Is this line (with its line feed) a cosignature of that checkpoint by this witness? */
bool witness_signed(struct slice checkpoint, struct slice line, const struct verifier *by);
/* How many of these witnesses (type VERIFIER_WITNESS, each counted once) have cosigned the
 * checkpoint. */
size_t witness_count(struct slice checkpoint, const struct verifier *witnesses, size_t count);

#endif
