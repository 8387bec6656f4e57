/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * checkpoint: the county's signed tree head of a ledger, in the text format of C2SP tlog-checkpoint
 * and signed-note:
 *
 *   <origin>\n<size>\n<base64(root)>\n\n— <origin> <base64(keyid4 ‖ signature64)>\n
 *
 * keyid = SHA-256(name ‖ 0x0A ‖ 0x01 ‖ pk32)[:4], name = origin, signature type 0x01 (Ed25519 over
 * the text up to and including the newline before the blank line). Unknown further signature lines
 * are passed over; extension lines are refused.
 */
#ifndef SHARED_LEDGER_CHECKPOINT_H
#define SHARED_LEDGER_CHECKPOINT_H

#include "shared/base/buf.h"
#include "shared/base/status.h"
#include "shared/crypto/sign.h"
#include "shared/ledger/origin.h"

#define CHECKPOINT_MAX 4096

struct checkpoint {
    struct origin origin;
    uint64_t size;
    struct hash root;
};

void checkpoint_sign(const struct checkpoint *cp, const struct sign_key *log_key, struct buf *out);
/* ST_INVALID: not a checkpoint of this form. ST_DAMAGED: the signature is missing or wrong, or the
 * origin is another one. */
MUST_USE enum status checkpoint_open(struct slice text, const struct origin *origin,
                                     const struct sign_public *log_key, struct checkpoint *out,
                                     struct error *err);

/* The end of a signed note: a blank line and the log key's signature line under `text`; and what
 * stands behind `text` must be that, with lines of others perhaps. */
void note_sign(const struct origin *name, const struct sign_key *log_key, struct slice text,
               struct buf *out);
MUST_USE enum status note_check(struct slice text, struct slice rest, const struct origin *name,
                                const struct sign_public *log_key, struct error *err);

#endif
