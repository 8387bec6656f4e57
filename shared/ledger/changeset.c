/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * changeset: writing and strictly reading the signed header.
 *
 * There is one accepted spelling: the reader takes only what the writer would produce, so the id, a
 * hash over the bytes, is also an identity of the content, and a changeset may be taken apart for
 * transport and put together again.
 */
#include "shared/ledger/changeset.h"
#include "shared/base/check.h"
#include "shared/codec/cbor.h"

#define PROTECTED_SIZE 38 /* A2, 01, alg, 04, 58 20, kid32 */
#define PAYLOAD_ITEMS 11

static void protected_bytes(const struct changeset *cs, uint8_t out[static PROTECTED_SIZE])
{
    const uint8_t head[6] = {0xA2, 0x01, cs->alg == CHANGESET_ED25519 ? 0x32 : 0x27,
                             0x04, 0x58, HASH_SIZE};
    memcpy(out, head, sizeof(head));
    memcpy(out + sizeof(head), cs->kid.b, HASH_SIZE);
}

static bool protected_parse(struct slice bytes, struct changeset *cs)
{
    uint8_t want[PROTECTED_SIZE];
    if (bytes.n != PROTECTED_SIZE)
        return false;
    memcpy(cs->kid.b, bytes.p + PROTECTED_SIZE - HASH_SIZE, HASH_SIZE);
    cs->alg = bytes.p[2] == 0x27 ? CHANGESET_EDDSA : CHANGESET_ED25519;
    protected_bytes(cs, want);
    return slice_equal(bytes, slice_of(want, sizeof(want)));
}

static void put_hash(struct buf *out, const struct hash *hash)
{
    cbor_put_bytes(out, hash_slice(hash));
}

static void payload_encode(const struct changeset *cs, struct buf *out)
{
    CHECK(cs->dep_count <= CHANGESET_DEPS_MAX);
    cbor_put_array(out, PAYLOAD_ITEMS);
    cbor_put_bytes(out, slice_of(cs->chain.b, sizeof(cs->chain.b)));
    cbor_put_uint(out, cs->number);
    cbor_put_uint(out, cs->first_seq);
    cbor_put_uint(out, cs->count);
    put_hash(out, &cs->prev);
    cbor_put_uint(out, cs->base_size);
    put_hash(out, &cs->base_root);
    cbor_put_uint(out, cs->registry_size);
    put_hash(out, &cs->registry_root);
    put_hash(out, &cs->changes_root);
    cbor_put_array(out, cs->dep_count);
    for (uint32_t i = 0; i < cs->dep_count; i++)
        put_hash(out, &cs->deps[i]);
}

static void payload_parse(struct cbor_reader *r, struct changeset *cs)
{
    cbor_expect_array(r, PAYLOAD_ITEMS);
    cbor_read_fixed(r, cs->chain.b, sizeof(cs->chain.b));
    cs->number = cbor_read_uint_max(r, INT64_MAX);
    cs->first_seq = cbor_read_uint_max(r, INT64_MAX - CHANGESET_CHANGES_MAX);
    cs->count = (uint32_t)cbor_read_uint_max(r, CHANGESET_CHANGES_MAX);
    cbor_read_fixed(r, cs->prev.b, HASH_SIZE);
    cs->base_size = cbor_read_uint_max(r, INT64_MAX);
    cbor_read_fixed(r, cs->base_root.b, HASH_SIZE);
    cs->registry_size = cbor_read_uint_max(r, INT64_MAX);
    cbor_read_fixed(r, cs->registry_root.b, HASH_SIZE);
    cbor_read_fixed(r, cs->changes_root.b, HASH_SIZE);
    cs->dep_count = (uint32_t)cbor_read_array(r, CHANGESET_DEPS_MAX);
    for (uint32_t i = 0; i < cs->dep_count; i++)
        cbor_read_fixed(r, cs->deps[i].b, HASH_SIZE);
}

/* What the payload must satisfy beyond its types; NULL: all good. */
static const char *payload_fault(const struct changeset *cs)
{
    if (cs->number == 0)
        return "number is 0";
    if (cs->count == 0)
        return "no changes";
    if ((cs->number == 1) != hash_is_zero(&cs->prev))
        return "prev does not go with number";
    /* Every changeset before this one holds at least one change. */
    if (cs->number == 1 ? cs->first_seq != 1 : cs->first_seq < cs->number)
        return "first_seq does not go with number";
    for (uint32_t i = 1; i < cs->dep_count; i++)
        if (slice_compare(hash_slice(&cs->deps[i - 1]), hash_slice(&cs->deps[i])) >= 0)
            return "deps are not sorted and distinct";
    return NULL;
}

void changeset_to_sign(const struct changeset *cs, const struct origin *origin, struct buf *out)
{
    static const char label[] = "huce/1/changeset\n";
    uint8_t prot[PROTECTED_SIZE], aad[sizeof(label) + ORIGIN_MAX];
    size_t n = strlen(origin->text);
    struct buf payload;
    buf_init(&payload, CHANGESET_ENCODED_MAX);

    protected_bytes(cs, prot);
    payload_encode(cs, &payload);
    memcpy(aad, label, sizeof(label) - 1);
    memcpy(aad + sizeof(label) - 1, origin->text, n);
    aad[sizeof(label) - 1 + n] = '\n';

    cbor_put_array(out, 4);
    cbor_put_str(out, "Signature1");
    cbor_put_bytes(out, slice_of(prot, sizeof(prot)));
    cbor_put_bytes(out, slice_of(aad, sizeof(label) + n));
    cbor_put_bytes(out, buf_slice(&payload));
    buf_release(&payload);
}

void changeset_sign(struct changeset *cs, const struct origin *origin, const struct sign_key *key)
{
    CHECK(hash_equal(&cs->kid, sign_key_kid(key)));
    CHECK(payload_fault(cs) == NULL);
    struct buf message;
    buf_init(&message, 2 * CHANGESET_ENCODED_MAX);
    changeset_to_sign(cs, origin, &message);
    CHECK(buf_ok(&message));
    sign_message(key, buf_slice(&message), &cs->signature);
    buf_release(&message);
}

bool changeset_verify(const struct changeset *cs, const struct origin *origin,
                      const struct sign_public *author)
{
    struct hash kid;
    sign_kid(author, &kid);
    if (!hash_equal(&kid, &cs->kid))
        return false;
    struct buf message;
    buf_init(&message, 2 * CHANGESET_ENCODED_MAX);
    changeset_to_sign(cs, origin, &message);
    bool good = sign_verify(author, buf_slice(&message), &cs->signature);
    buf_release(&message);
    return good;
}

void changeset_encode(const struct changeset *cs, struct buf *out)
{
    uint8_t prot[PROTECTED_SIZE];
    struct buf payload;
    buf_init(&payload, CHANGESET_ENCODED_MAX);
    protected_bytes(cs, prot);
    payload_encode(cs, &payload);

    cbor_put_tag(out, CBOR_TAG_COSE_SIGN1);
    cbor_put_array(out, 4);
    cbor_put_bytes(out, slice_of(prot, sizeof(prot)));
    cbor_put_map(out, 0);
    cbor_put_bytes(out, buf_slice(&payload));
    cbor_put_bytes(out, slice_of(cs->signature.b, SIGN_SIZE));
    buf_release(&payload);
}

enum status changeset_decode(struct slice bytes, struct changeset *cs, struct error *err)
{
    *cs = (struct changeset){.alg = CHANGESET_ED25519};
    if (bytes.n > CHANGESET_ENCODED_MAX)
        return error_set(err, ST_INVALID, "changeset: %zu bytes, more than %d", bytes.n,
                         CHANGESET_ENCODED_MAX);

    struct cbor_reader r;
    cbor_reader_init(&r, bytes, "changeset");
    if (cbor_read_tag(&r) != CBOR_TAG_COSE_SIGN1)
        cbor_fail(&r, "not a COSE_Sign1");
    cbor_expect_array(&r, 4);
    struct slice prot = cbor_read_bytes(&r, PROTECTED_SIZE);
    (void)cbor_read_map(&r, 0);
    struct slice payload = cbor_read_bytes(&r, CHANGESET_ENCODED_MAX);
    cbor_read_fixed(&r, cs->signature.b, SIGN_SIZE);
    if (cbor_ok(&r) && !protected_parse(prot, cs))
        cbor_fail(&r, "protected header is not {1: -19, 4: kid}");
    enum status status = cbor_end(&r, err);
    if (status != ST_OK)
        return status;

    cbor_reader_init(&r, payload, "changeset payload");
    payload_parse(&r, cs);
    const char *fault = cbor_ok(&r) ? payload_fault(cs) : NULL;
    if (fault)
        cbor_fail(&r, fault);
    return cbor_end(&r, err);
}

void changeset_id(struct slice cose_bytes, struct hash *id)
{
    hash_bytes(cose_bytes, id);
}

void changeset_compute_id(const struct changeset *cs, struct hash *id)
{
    struct buf bytes;
    buf_init(&bytes, CHANGESET_ENCODED_MAX);
    changeset_encode(cs, &bytes);
    CHECK(buf_ok(&bytes));
    changeset_id(buf_slice(&bytes), id);
    buf_release(&bytes);
}
