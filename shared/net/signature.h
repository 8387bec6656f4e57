/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * signature: HTTP Message Signatures (RFC 9421) as Huce's devices use them, and the digest of a
 * body (RFC 9530). Pure functions on strings; both programs use them.
 *
 *   Content-Digest:  sha-256=:<base64>:
 *   Signature-Input: huce=("@method" "@authority" "@path" "@query" "content-digest")
 *                    ;created=1763690400;nonce="…";keyid="<64 hex>";alg="ed25519";tag="huce-1"
 *   Signature:       huce=:<base64 of 64 bytes>:
 *
 * The server hands its nonce out in every answer (header Huce-Nonce). A device that has none yet
 * signs with an empty nonce; the answer is 401 with the nonce for its key, and it asks again. The
 * signature covers the nonce, so a recorded request ends with it; `created` is information (dead
 * clocks).
 */
#ifndef SHARED_NET_SIGNATURE_H
#define SHARED_NET_SIGNATURE_H

#include "shared/base/buf.h"
#include "shared/base/status.h"
#include "shared/crypto/sign.h"

#define SIGNATURE_TAG "huce-1"
#define SIGNATURE_NONCE_MAX 64
#define SIGNATURE_FIELD_MAX 1024 /* bytes of a Signature-Input value */
#define SIGNATURE_NONCE_HEADER "Huce-Nonce"

/* One covered component and its value, in the order of signing. */
struct signature_component {
    const char *name; /* "@method", "content-digest" … as it stands between the quotes */
    struct slice value;
};

/* The signature base of RFC 9421 §2.5. params: the inner list with its parameters. */
void signature_base(const struct signature_component *components, size_t count, struct slice params,
                    struct buf *out);

/* What is signed of a request. */
struct signature_target {
    struct slice method;         /* "POST" */
    struct slice authority;      /* as in Host: "name" or "name:port"; signed in lower case */
    struct slice path;           /* "/v1/sync", as it stands in the request line */
    struct slice query;          /* without '?'; empty: none */
    struct slice content_digest; /* the whole value of the header; also of an empty body */
};

/* Appends the value of Content-Digest for a body (raw bytes as they travel). */
void content_digest_write(struct slice body, struct buf *out);
/* Does the header's sha-256 member agree with the body? Other members are passed over. */
bool content_digest_matches(struct slice header, struct slice body);

/* Appends the values of the two headers. nonce: visible ASCII without quotes and backslashes. */
void signature_make(const struct signature_target *target, const struct sign_key *key,
                    struct slice nonce, int64_t created_s, struct buf *signature_input,
                    struct buf *signature);

/* What a received pair of headers says; nothing of it is true before signature_valid. */
struct signature_claim {
    struct hash kid;
    int64_t created_s; /* 0: not given */
    char nonce[SIGNATURE_NONCE_MAX + 1];
    char params[SIGNATURE_FIELD_MAX + 1]; /* the inner list and parameters as received */
    struct signature signature;
};

/* ST_INVALID unless there is exactly one signature named huce of this profile: all five components
 * in this order, alg, tag, keyid and nonce. */
MUST_USE enum status signature_read(struct slice signature_input, struct slice signature,
                                    struct signature_claim *out, struct error *err);
bool signature_valid(const struct signature_claim *claim, const struct signature_target *target,
                     const struct sign_public *pk);

#endif
