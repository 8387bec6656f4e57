/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * Leaves, references and the authority ops. The first byte says which; what decodes is encoded
 * again as the same bytes.
 */
#include "shared/codec/cbor.h"
#include "shared/ledger/authority.h"
#include "shared/ledger/leaf.h"
#include "tests/fuzz/fuzz.h"

static struct origin registry;

static bool again(struct slice op, struct buf *out)
{
    bool same = buf_ok(out) && slice_equal(buf_slice(out), op);
    buf_clear(out);
    return same;
}

static void leaf(struct slice in, struct buf *out)
{
    uint8_t bytes[LEAF_DATA_SIZE];
    struct leaf leaf;
    struct hash hash;
    if (in.n != LEAF_DATA_SIZE)
        return;
    leaf_decode(in.p, &leaf);
    if (leaf.admitted_ms < 0)
        return;
    leaf_encode(&leaf, bytes);
    leaf_hash(&leaf, &hash);
    buf_put(out, bytes, sizeof(bytes));
    CHECK(again(in, out));
}

static void reference(struct slice in, struct buf *out)
{
    struct cbor_reader r;
    struct reference ref;
    cbor_reader_init(&r, in, "reference");
    reference_read(&r, &ref);
    if (cbor_end(&r, NULL) != ST_OK)
        return;
    reference_put(&ref, out);
    CHECK(again(in, out));
}

static void grant(struct slice in, struct buf *out)
{
    struct grant grant;
    struct error why;
    if (grant_decode(in, &registry, &grant, &why) != ST_OK) {
        CHECK(why.text[0]);
        return;
    }
    grant_encode(&grant, out);
    CHECK(again(in, out) && role_valid(slice_str(grant.role[0] ? grant.role : "village")));
    CHECK(sign_public_valid(&grant.pk) && grant.name[0]);
}

static void county(struct slice in, struct buf *out)
{
    struct county county;
    if (county_decode(in, &county, NULL) != ST_OK)
        return;
    county_encode(&county, out);
    CHECK(again(in, out));
    for (size_t i = 0; i < county.url_count; i++)
        CHECK(county_url_valid(slice_str(county.urls[i])));
}

static void revoke_op(struct slice in, struct buf *out)
{
    struct revoke revoke;
    if (revoke_decode(in, &revoke, NULL) == ST_OK) {
        revoke_encode_cut(&revoke.kid, revoke.reason, revoke.cut, revoke.cut_count, out);
        CHECK(again(in, out));
    }
    revoke_release(&revoke);
}

static void targets(struct slice in, enum authority_op_code code, struct buf *out)
{
    struct target targets[AUTHORITY_TARGETS_MAX];
    size_t count;
    if (targets_decode(in, code, targets, &count, NULL) != ST_OK)
        return;
    targets_encode(code, targets, count, out);
    CHECK(again(in, out));
}

static void others(struct slice in, struct buf *out)
{
    struct reference ref;
    struct box_public key;
    struct epoch epoch;
    struct slice part;
    if (recovery_decode(in, &key, NULL) == ST_OK) {
        recovery_encode(&key, out);
        CHECK(again(in, out));
    }
    if (epoch_decode(in, &epoch, &part, NULL) == ST_OK) {
        epoch_encode(&epoch, part, out);
        CHECK(again(in, out));
    }
    if (erase_decode(in, &ref, &part, NULL) == ST_OK) {
        erase_encode(&ref, part, out);
        CHECK(again(in, out));
    }
    if (catalog_op_decode(in, &part, NULL) == ST_OK) {
        catalog_op_encode(part, out);
        CHECK(again(in, out));
    }
    if (close_decode(in, &part, NULL) == ST_OK) {
        close_encode(part, out);
        CHECK(again(in, out));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct buf out;
    if (size < 1)
        return 0;
    if (!registry.text[0]) {
        crypto_init();
        CHECK(origin_parse(slice_str("guanghe.example/622924000000"), &registry));
    }
    struct slice in = fuzz_exact(data + 1, size - 1);
    buf_init(&out, 2 * size + 4096);
    switch (data[0] % 8) {
    case 0:
        leaf(in, &out);
        break;
    case 1:
        reference(in, &out);
        break;
    case 2:
        county(in, &out);
        break;
    case 3:
        grant(in, &out);
        break;
    case 4:
        revoke_op(in, &out);
        break;
    case 5:
        targets(in, OP_VOID, &out);
        break;
    case 6:
        targets(in, OP_ADOPT, &out);
        break;
    default:
        others(in, &out);
    }
    buf_release(&out);
    mem_free((void *)in.p);
    return 0;
}
