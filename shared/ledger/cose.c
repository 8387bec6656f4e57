/* SPDX-License-Identifier: MulanPSL-2.0 */
/* cose: see cose.h. */
#include "shared/ledger/cose.h"

#define PROTECTED_SIZE 38 /* A2, 01, alg, 04, 58 20, kid32 */
#define EDDSA_BYTE 0x27
#define ED25519_BYTE 0x32

static void protected_bytes(const struct cose_signer *signer, uint8_t out[static PROTECTED_SIZE])
{
    const uint8_t alg = signer->alg == COSE_ED25519 ? ED25519_BYTE : EDDSA_BYTE;
    const uint8_t head[6] = {0xA2, 0x01, alg, 0x04, 0x58, HASH_SIZE};
    memcpy(out, head, sizeof(head));
    memcpy(out + sizeof(head), signer->kid.b, HASH_SIZE);
}

/* Taken apart, and compared with how it would be written. */
static bool protected_parse(struct slice bytes, struct cose_signer *out)
{
    uint8_t want[PROTECTED_SIZE];
    if (bytes.n != PROTECTED_SIZE)
        return false;
    memcpy(out->kid.b, bytes.p + PROTECTED_SIZE - HASH_SIZE, HASH_SIZE);
    out->alg = bytes.p[2] == EDDSA_BYTE ? COSE_EDDSA : COSE_ED25519;
    protected_bytes(out, want);
    return slice_equal(bytes, slice_of(want, sizeof(want)));
}

void cose_to_sign(const struct cose_signer *signer, struct slice aad, struct slice payload,
                  struct buf *out)
{
    uint8_t prot[PROTECTED_SIZE];
    protected_bytes(signer, prot);
    cbor_put_array(out, 4);
    cbor_put_str(out, "Signature1");
    cbor_put_bytes(out, slice_of(prot, sizeof(prot)));
    cbor_put_bytes(out, aad);
    cbor_put_bytes(out, payload);
}

void cose_put(const struct cose_signer *signer, struct slice payload,
              const struct signature *signature, struct buf *out)
{
    uint8_t prot[PROTECTED_SIZE];
    protected_bytes(signer, prot);
    cbor_put_tag(out, CBOR_TAG_COSE_SIGN1);
    cbor_put_array(out, 4);
    cbor_put_bytes(out, slice_of(prot, sizeof(prot)));
    cbor_put_map(out, 0);
    cbor_put_bytes(out, payload);
    cbor_put_bytes(out, slice_of(signature->b, SIGN_SIZE));
}

struct slice cose_read(struct cbor_reader *r, size_t max, struct cose_signer *signer,
                       struct signature *signature)
{
    if (cbor_read_tag(r) != CBOR_TAG_COSE_SIGN1)
        cbor_fail(r, "not a COSE_Sign1");
    cbor_expect_array(r, 4);
    struct slice prot = cbor_read_bytes(r, PROTECTED_SIZE);
    (void)cbor_read_map(r, 0);
    struct slice payload = cbor_read_bytes(r, max);
    cbor_read_fixed(r, signature->b, SIGN_SIZE);
    if (cbor_ok(r) && !protected_parse(prot, signer))
        cbor_fail(r, "protected header is not {1: -19, 4: kid}");
    return payload;
}
