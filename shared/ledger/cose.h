/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * cose: COSE_Sign1 (RFC 9052) in the one spelling that is accepted here: protected header
 * {1: alg, 4: kid32}, no unprotected header, the payload inside, tag 18.
 */
#ifndef SHARED_LEDGER_COSE_H
#define SHARED_LEDGER_COSE_H

#include "shared/codec/cbor.h"
#include "shared/crypto/sign.h"

enum cose_alg { COSE_ED25519 = -19, COSE_EDDSA = -8 /* for outside verifiers */ };

/* Who signed, by which name of the algorithm. */
struct cose_signer {
    enum cose_alg alg;
    struct hash kid;
};

/* The Sig_structure: what the signature is over. aad: external_aad. */
void cose_to_sign(const struct cose_signer *signer, struct slice aad, struct slice payload,
                  struct buf *out);
void cose_put(const struct cose_signer *signer, struct slice payload,
              const struct signature *signature, struct buf *out);
/* The payload, of at most max bytes, stays in the input. Fails the reader on any other form. */
struct slice cose_read(struct cbor_reader *r, size_t max, struct cose_signer *signer,
                       struct signature *signature);

#endif
