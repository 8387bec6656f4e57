/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * changeset: the signed unit, a COSE_Sign1 (RFC 9052) over a header that commits to its changes
 * (FORMAT.md §4). One Ed25519 signature covers all of them.
 *
 *   changeset = D2 84 protected A0 payload signature64
 *   protected = {1: -19 (Ed25519, RFC 9864), 4: kid32}
 *   payload   = [chain8, number, first_seq, count, prev32, base_size, base_root32,
 *                registry_size, registry_root32, changes_root32, deps]
 *   external_aad = "huce/1/changeset\n" origin "\n"
 *   id        = SHA-256(all COSE bytes)
 *
 * The signature is always checked over received or exactly reassembled bytes.
 */
#ifndef SHARED_LEDGER_CHANGESET_H
#define SHARED_LEDGER_CHANGESET_H

#include "shared/base/buf.h"
#include "shared/base/status.h"
#include "shared/ledger/cose.h"
#include "shared/ledger/origin.h"

#define CHANGESET_CHANGES_MAX 4096
#define CHANGESET_BODIES_MAX (1024 * 1024)
#define CHANGESET_DEPS_MAX 16
#define CHANGESET_ENCODED_MAX 1024

struct chain_id {
    uint8_t b[8];
};

struct changeset {
    enum cose_alg alg;
    struct hash kid; /* author */
    struct chain_id chain;
    uint64_t number;    /* 1, 2, 3 … in the chain */
    uint64_t first_seq; /* seq of its first change */
    uint32_t count;     /* 1 … 4096 */
    struct hash prev;   /* id of the chain's previous changeset; zero for number 1 */
    uint64_t base_size;
    struct hash base_root;
    uint64_t registry_size;
    struct hash registry_root;
    struct hash changes_root;
    uint32_t dep_count;
    struct hash deps[CHANGESET_DEPS_MAX]; /* sorted, distinct */
    struct signature signature;
};

/* The bytes that are signed: COSE Sig_structure. */
void changeset_to_sign(const struct changeset *cs, const struct origin *origin, struct buf *out);
void changeset_sign(struct changeset *cs, const struct origin *origin, const struct sign_key *key);
bool changeset_verify(const struct changeset *cs, const struct origin *origin,
                      const struct sign_public *author);

/* All COSE bytes. encode(decode(x)) == x for everything decode accepts. */
void changeset_encode(const struct changeset *cs, struct buf *out);
/* Strict; checks form and limits (count, deps sorted, prev zero iff number 1), not the signature.
 */
MUST_USE enum status changeset_decode(struct slice bytes, struct changeset *cs, struct error *err);
void changeset_id(struct slice cose_bytes, struct hash *id);
/* id of a signed header in memory. */
void changeset_compute_id(const struct changeset *cs, struct hash *id);

#endif
