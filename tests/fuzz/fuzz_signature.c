/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * RFC 9421 headers and the digest of a body: "Signature-Input \n Signature \n Content-Digest \n
 * body". A pair of headers that is accepted in form stays what it was: parameters byte for byte, in
 * the profile. It verifies only if it is the pair that the device made for this very request.
 */
#include "shared/net/signature.h"
#include "tests/fuzz/fuzz.h"

static struct sign_key *device;

static struct slice line(struct slice *rest)
{
    const uint8_t *end = rest->n ? memchr(rest->p, '\n', rest->n) : NULL;
    size_t n = end ? (size_t)(end - rest->p) : rest->n;
    struct slice out = slice_of(rest->p, n);
    n += end != NULL;
    *rest = slice_of(rest->p + n, rest->n - n);
    return out;
}

/* What this device would have sent with the same nonce and time. */
static void make(const struct signature_claim *claim, const struct signature_target *target,
                 struct buf *input, struct buf *signature)
{
    buf_init(input, 4096);
    buf_init(signature, 4096);
    signature_make(target, device, slice_str(claim->nonce), claim->created_s, input, signature);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct signature_claim claim, again;
    struct buf digest, made_input, made_signature;
    struct error why;
    if (!device)
        device = fuzz_key(0x60);
    struct slice all = fuzz_exact(data, size), rest = all;
    struct slice input = line(&rest), signature = line(&rest), stated = line(&rest), body = rest;
    const struct signature_target target = {.method = slice_str("POST"),
                                            .authority = slice_str("Guanghe.Example:8443"),
                                            .path = slice_str("/v1/sync"),
                                            .content_digest = stated};
    buf_init(&digest, 256);
    content_digest_write(body, &digest);
    CHECK(content_digest_matches(buf_slice(&digest), body));
    (void)content_digest_matches(stated, body);

    if (signature_read(input, signature, &claim, &why) == ST_OK) {
        CHECK(claim.created_s >= 0 && strlen(claim.nonce) <= SIGNATURE_NONCE_MAX);
        CHECK(strlen(claim.params) <= SIGNATURE_FIELD_MAX && strstr(claim.params, "huce-1"));
        bool valid = signature_valid(&claim, &target, sign_key_public(device));
        make(&claim, &target, &made_input, &made_signature);
        MUST(signature_read(buf_slice(&made_input), buf_slice(&made_signature), &again, err));
        CHECK(signature_valid(&again, &target, sign_key_public(device)));
        CHECK(strcmp(again.nonce, claim.nonce) == 0 && again.created_s == claim.created_s);
        /* Ed25519 is deterministic: a valid one over the same parameters is the one made here. */
        if (valid && strcmp(again.params, claim.params) == 0)
            CHECK(memcmp(&again.signature, &claim.signature, SIGN_SIZE) == 0);
        buf_release(&made_input);
        buf_release(&made_signature);
    } else {
        CHECK(why.text[0]);
    }
    buf_release(&digest);
    mem_free((void *)all.p);
    return 0;
}
