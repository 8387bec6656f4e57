/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * enrol: joining by USB stick where there is no network: a request and its answer as files
 * (FORMAT.md §9a).
 *
 *   desk   ── request file: what POST /v1/join would carry, under the invitation's token ──▶ county
 *          ◀─ answer file: its answer and the registry, sealed to the desk's box key ──
 *
 * A stick gets lost. Who finds the request and not the invitation reads nothing in it; who finds
 * the answer reads nothing, even with the invitation. The answer is bound by the token to this desk
 * and these keys: nobody but the county that gave the invitation makes one.
 */
#ifndef SHARED_LEDGER_ENROL_H
#define SHARED_LEDGER_ENROL_H

#include "shared/crypto/vault.h"
#include "shared/ledger/invite.h"

#define ENROL_REQUEST_MAX 8192
#define ENROL_ANSWER_MAX (64 * 1024 * 1024)
#define ENROL_FRAMES_MAX 256

struct enrol_request {
    struct slice join;      /* a join request (PROTOCOL.md §3) */
    uint64_t registry_size; /* what the desk holds of the registry already, and … */
    uint8_t root8[8];       /* … the first bytes of its root */
};
void enrol_write_request(const uint8_t token[static INVITE_TOKEN_SIZE],
                         const uint8_t nonce[static VAULT_NONCE_SIZE],
                         const struct enrol_request *request, struct buf *out);
/* Is it one at all, whole as far as can be seen? ST_INVALID with a sentence for people. */
MUST_USE enum status enrol_check_request(struct slice file, struct error *err);
/* ST_REFUSED: not under this token. *plain (initialised by the caller) holds what *out points into.
 */
MUST_USE enum status enrol_read_request(const uint8_t token[static INVITE_TOKEN_SIZE],
                                        struct slice file, struct buf *plain,
                                        struct enrol_request *out, struct error *err);

/* Whose answer it is. */
struct enrol_keys {
    struct hash person, device; /* kids */
    struct box_public box;
};
struct enrol_answer {
    struct slice join;      /* a join answer (PROTOCOL.md §3) */
    uint64_t registry_size; /* the first frame goes on from here */
    size_t frame_count;
    struct slice frames[ENROL_FRAMES_MAX]; /* sync answers about the registry (PROTOCOL.md §4) */
};
void enrol_write_answer(const uint8_t token[static INVITE_TOKEN_SIZE],
                        const struct enrol_keys *keys, const struct enrol_answer *answer,
                        struct buf *out);
/* ST_INVALID: not an answer, or a damaged one; ST_REFUSED: for another desk or another request.
 * *plain as above; the caller wipes it. */
MUST_USE enum status enrol_read_answer(const uint8_t token[static INVITE_TOKEN_SIZE],
                                       const struct enrol_keys *keys,
                                       const uint8_t box_seed[static 32], struct slice file,
                                       struct buf *plain, struct enrol_answer *out,
                                       struct error *err);

#endif
