/* SPDX-License-Identifier: MulanPSL-2.0 */
/* bundle: see bundle.h. */
#include "shared/sync/bundle.h"

#include "shared/base/check.h"
#include "shared/ledger/cose.h"
#include "shared/sync/bundle_blob.h"
#include "shared/sync/message.h"

#define MANIFEST_ITEMS 7
#define MANIFEST_MAX (1024 * 1024)

static const char label[] = "huce/1/bundle\n";

/* ---- writing ---- */

static void put_manifest(const struct bundle *bundle, const struct hash *rest, struct buf *out)
{
    cbor_put_array(out, MANIFEST_ITEMS);
    cbor_put_bytes(out, slice_of(bundle->id, BUNDLE_ID_SIZE));
    cbor_put_bytes(out, hash_slice(&bundle->from));
    cbor_put_array(out, bundle->recipient_count);
    for (size_t i = 0; i < bundle->recipient_count; i++)
        cbor_put_bytes(out, slice_of(bundle->recipients[i].b, sizeof(bundle->recipients[i].b)));
    cbor_put_array(out, bundle->ledger_count);
    for (size_t i = 0; i < bundle->ledger_count; i++) {
        const struct bundle_ledger *ledger = &bundle->ledgers[i];
        cbor_put_array(out, 4);
        cbor_put_str(out, ledger->origin.text);
        cbor_put_uint(out, ledger->base_size);
        cbor_put_bytes(out, hash_slice(&ledger->base_root));
        cbor_put_uint(out, ledger->changesets);
    }
    cbor_put_uint(out, bundle->message_count);
    cbor_put_uint(out, bundle->blob_count);
    cbor_put_bytes(out, hash_slice(rest));
}

void bundle_write(const struct bundle *bundle, const struct sign_key *key,
                  const struct age_random *random, struct buf *out)
{
    const struct cose_signer signer = {COSE_ED25519, bundle->from};
    struct buf rest, manifest, to_sign, plain;
    struct signature signature;
    struct hash hash;
    CHECK(hash_equal(&bundle->from, sign_key_kid(key)));
    buf_init(&rest, BUNDLE_FILE_MAX);
    buf_init(&manifest, MANIFEST_MAX);
    buf_init(&to_sign, MANIFEST_MAX + 1024);
    buf_init(&plain, BUNDLE_FILE_MAX);
    for (size_t i = 0; i < bundle->message_count; i++)
        cbor_put_bytes(&rest, bundle->messages[i]);
    for (size_t i = 0; i < bundle->blob_count; i++)
        cbor_put_bytes(&rest, bundle->blobs[i]);
    hash_bytes(buf_slice(&rest), &hash);
    put_manifest(bundle, &hash, &manifest);
    cose_to_sign(&signer, slice_str(label), buf_slice(&manifest), &to_sign);
    sign_message(key, buf_slice(&to_sign), &signature);
    cose_put(&signer, buf_slice(&manifest), &signature, &plain);
    buf_put_slice(&plain, buf_slice(&rest));
    CHECK(buf_ok(&manifest) && buf_ok(&to_sign) && buf_ok(&plain));
    age_seal(bundle->recipients, bundle->recipient_count, random, buf_slice(&plain), out);
    buf_release(&plain);
    buf_release(&to_sign);
    buf_release(&manifest);
    buf_release(&rest);
}

/* ---- reading ---- */

static void read_ledger(struct cbor_reader *r, struct bundle_ledger *out)
{
    cbor_expect_array(r, 4);
    const struct slice text = cbor_read_text(r, ORIGIN_MAX);
    if (cbor_ok(r) && !origin_parse(text, &out->origin))
        cbor_fail(r, "not the name of a ledger");
    out->base_size = cbor_read_uint(r);
    cbor_read_fixed(r, out->base_root.b, HASH_SIZE);
    out->changesets = cbor_read_uint(r);
}

static enum status read_manifest(struct slice payload, struct arena *arena, struct bundle *out,
                                 struct hash *rest, struct error *err)
{
    struct cbor_reader r;
    cbor_reader_init(&r, payload, "bundle manifest");
    cbor_expect_array(&r, MANIFEST_ITEMS);
    cbor_read_fixed(&r, out->id, BUNDLE_ID_SIZE);
    cbor_read_fixed(&r, out->from.b, HASH_SIZE);
    out->recipient_count = cbor_read_array(&r, AGE_RECIPIENTS_MAX);
    for (size_t i = 0; i < out->recipient_count && cbor_ok(&r); i++)
        cbor_read_fixed(&r, out->recipients[i].b, sizeof(out->recipients[i].b));
    const size_t ledgers = cbor_read_array(&r, BUNDLE_LEDGERS_MAX);
    out->ledgers = arena_alloc(arena, (ledgers + 1) * sizeof(out->ledgers[0]));
    for (; out->ledger_count < ledgers && cbor_ok(&r); out->ledger_count++)
        read_ledger(&r, &out->ledgers[out->ledger_count]);
    out->message_count = (size_t)cbor_read_uint_max(&r, BUNDLE_MESSAGES_MAX);
    out->blob_count = (size_t)cbor_read_uint_max(&r, BUNDLE_BLOBS_MAX);
    cbor_read_fixed(&r, rest->b, HASH_SIZE);
    return cbor_end(&r, err);
}

static enum status read_rest(struct slice rest, struct arena *arena, struct bundle *out,
                             struct error *err)
{
    struct cbor_reader r;
    cbor_reader_init(&r, rest, "bundle");
    out->messages = arena_alloc(arena, (out->message_count + 1) * sizeof(out->messages[0]));
    for (size_t i = 0; i < out->message_count && cbor_ok(&r); i++)
        out->messages[i] = cbor_read_bytes(&r, MESSAGE_MAX);
    out->blobs = arena_alloc(arena, (out->blob_count + 1) * sizeof(out->blobs[0]));
    for (size_t i = 0; i < out->blob_count && cbor_ok(&r); i++)
        out->blobs[i] = cbor_read_bytes(&r, BUNDLE_BLOB_MAX);
    return cbor_end(&r, err);
}

/* Of the first item of a sequence: its bytes; *rest: those behind it. */
static struct slice first_item(struct slice plain, struct slice *rest)
{
    struct cbor_reader r;
    cbor_reader_init(&r, plain, "bundle");
    const struct slice item = cbor_read_item(&r);
    if (!cbor_ok(&r))
        return SLICE_NONE;
    *rest = slice_of(item.p + item.n, plain.n - item.n);
    return item;
}

static enum status read_signed(struct slice plain, bundle_sender *sender, void *arg,
                               struct arena *arena, struct bundle *out, struct error *err)
{
    struct slice rest = SLICE_NONE;
    struct cose_signer signer;
    struct signature signature;
    struct sign_public pk;
    struct cbor_reader r;
    struct buf to_sign;
    struct hash said, is;
    cbor_reader_init(&r, first_item(plain, &rest), "bundle manifest");
    const struct slice payload = cose_read(&r, MANIFEST_MAX, &signer, &signature);
    enum status st = cbor_end(&r, err);
    if (st != ST_OK)
        return st;
    if (!sender(arg, &signer.kid, &pk))
        return error_set(err, ST_REFUSED, "不认识装这个包的机器：它没有得到授权，或者不是本县的");
    buf_init(&to_sign, MANIFEST_MAX + 1024);
    cose_to_sign(&signer, slice_str(label), payload, &to_sign);
    const bool good = buf_ok(&to_sign) && sign_verify(&pk, buf_slice(&to_sign), &signature);
    buf_release(&to_sign);
    if (!good)
        return error_set(err, ST_INVALID, "包的签名不对");
    st = read_manifest(payload, arena, out, &said, err);
    if (st != ST_OK)
        return st;
    hash_bytes(rest, &is);
    if (!hash_equal(&out->from, &signer.kid) || !hash_equal(&is, &said))
        return error_set(err, ST_INVALID, "包里的内容与清单不符");
    return read_rest(rest, arena, out, err);
}

enum status bundle_open(const struct box_secret *secrets, size_t count, struct slice file,
                        bundle_sender *sender, void *arg, struct buf *plain, struct arena *arena,
                        struct bundle *out, struct error *err)
{
    *out = (struct bundle){0};
    buf_init(plain, BUNDLE_FILE_MAX);
    enum status st = age_open(secrets, count, file, plain, err);
    return st == ST_OK ? read_signed(buf_slice(plain), sender, arg, arena, out, err) : st;
}
