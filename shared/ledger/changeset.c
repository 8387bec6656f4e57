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
#include "shared/ledger/cose.h"

#define PAYLOAD_ITEMS 11

static struct cose_signer signer_of(const struct changeset *cs)
{
    return (struct cose_signer){cs->alg, cs->kid};
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
    const struct cose_signer signer = signer_of(cs);
    uint8_t aad[sizeof(label) + ORIGIN_MAX];
    size_t n = strlen(origin->text);
    struct buf payload;
    buf_init(&payload, CHANGESET_ENCODED_MAX);

    payload_encode(cs, &payload);
    memcpy(aad, label, sizeof(label) - 1);
    memcpy(aad + sizeof(label) - 1, origin->text, n);
    aad[sizeof(label) - 1 + n] = '\n';

    cose_to_sign(&signer, slice_of(aad, sizeof(label) + n), buf_slice(&payload), out);
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
    const struct cose_signer signer = signer_of(cs);
    struct buf payload;
    buf_init(&payload, CHANGESET_ENCODED_MAX);
    payload_encode(cs, &payload);
    cose_put(&signer, buf_slice(&payload), &cs->signature, out);
    buf_release(&payload);
}

enum status changeset_decode(struct slice bytes, struct changeset *cs, struct error *err)
{
    *cs = (struct changeset){.alg = COSE_ED25519};
    if (bytes.n > CHANGESET_ENCODED_MAX)
        return error_set(err, ST_INVALID, "changeset: %zu bytes, more than %d", bytes.n,
                         CHANGESET_ENCODED_MAX);

    struct cbor_reader r;
    struct cose_signer signer = {.alg = COSE_ED25519};
    cbor_reader_init(&r, bytes, "changeset");
    struct slice payload = cose_read(&r, CHANGESET_ENCODED_MAX, &signer, &cs->signature);
    enum status status = cbor_end(&r, err);
    if (status != ST_OK)
        return status;
    cs->alg = signer.alg;
    cs->kid = signer.kid;

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
