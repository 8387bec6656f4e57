/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * What comes by stick. First byte modulo 3: 0 the file as it stands, an age file for our key; 1 its
 * plaintext, which the target seals; 2 a manifest's payload, which it signs and seals, with one
 * message behind it. First byte 3: a part of an attachment. Whatever opens is written again and
 * read back the same.
 */
#include "shared/ledger/cose.h"
#include "shared/sync/bundle.h"
#include "shared/sync/bundle_blob.h"
#include "tests/fuzz/fuzz.h"

static struct sign_key *sender;
static struct box_secret secret;
static struct box_public reader;
static struct age_random fixed;

static void prepare(void)
{
    static const uint8_t seed[32] = "the reader of what is fuzzed";
    if (sender)
        return;
    sender = fuzz_key(0x60);
    box_secret_from_seed(seed, &secret);
    box_public_from_seed(seed, &reader);
    memset(&fixed, 0x5A, sizeof(fixed));
}

static bool knows(void *arg, const struct hash *kid, struct sign_public *out)
{
    (void)arg;
    *out = *sign_key_public(sender);
    return hash_equal(kid, sign_key_kid(sender));
}

/* A part of an attachment has one spelling. */
static void hold_blob(struct slice bytes)
{
    struct bundle_blob blob;
    struct error why;
    struct buf out;
    if (bundle_blob_read(bytes, &blob, &why) != ST_OK) {
        CHECK(why.text[0]);
        return;
    }
    CHECK(blob.at + blob.content.n <= blob.size);
    buf_init(&out, BUNDLE_BLOB_MAX);
    bundle_blob_write(&blob, &out);
    CHECK(slice_equal(buf_slice(&out), bytes));
    buf_release(&out);
}

static void hold(const struct bundle *is)
{
    struct arena arena = {0};
    struct bundle again, copy = *is;
    struct buf file, plain;
    copy.recipient_count = 1; /* those that it names may be no keys */
    copy.recipients[0] = reader;
    buf_init(&file, BUNDLE_FILE_MAX);
    bundle_write(&copy, sender, &fixed, &file);
    CHECK(buf_ok(&file));
    MUST(bundle_open(&secret, 1, buf_slice(&file), knows, NULL, &plain, &arena, &again, err));
    CHECK(again.message_count == is->message_count && again.ledger_count == is->ledger_count);
    for (size_t i = 0; i < is->message_count; i++)
        CHECK(slice_equal(again.messages[i], is->messages[i]));
    CHECK(again.blob_count == is->blob_count);
    for (size_t i = 0; i < is->blob_count; i++) {
        CHECK(slice_equal(again.blobs[i], is->blobs[i]));
        hold_blob(is->blobs[i]);
    }
    for (size_t i = 0; i < is->ledger_count; i++)
        CHECK(strcmp(again.ledgers[i].origin.text, is->ledgers[i].origin.text) == 0 &&
              again.ledgers[i].base_size == is->ledgers[i].base_size);
    buf_release(&plain);
    buf_release(&file);
    arena_release(&arena);
}

static void sign_manifest(struct slice payload, struct buf *out)
{
    const struct cose_signer signer = {COSE_ED25519, *sign_key_kid(sender)};
    struct signature signature;
    struct buf to_sign;
    buf_init(&to_sign, payload.n + 1024);
    cose_to_sign(&signer, slice_str("huce/1/bundle\n"), payload, &to_sign);
    sign_message(sender, buf_slice(&to_sign), &signature);
    cose_put(&signer, payload, &signature, out);
    cbor_put_bytes(out, slice_str("a message"));
    buf_release(&to_sign);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena = {0};
    struct bundle bundle;
    struct error why;
    struct buf content, file, plain;
    if (size < 1)
        return 0;
    prepare();
    struct slice in = fuzz_exact(data + 1, size - 1), given = in;
    if (data[0] == 3) {
        hold_blob(in);
        mem_free((void *)in.p);
        return 0;
    }
    buf_init(&content, size + 4096);
    buf_init(&file, 2 * size + 8192);
    if (data[0] % 3 == 1)
        buf_put_slice(&content, in);
    else if (data[0] % 3 == 2)
        sign_manifest(in, &content);
    if (data[0] % 3) {
        age_seal(&reader, 1, &fixed, buf_slice(&content), &file);
        given = buf_slice(&file);
    }
    CHECK(buf_ok(&file));
    if (bundle_open(&secret, 1, given, knows, NULL, &plain, &arena, &bundle, &why) == ST_OK)
        hold(&bundle);
    else
        CHECK(why.text[0]);
    buf_release(&plain);
    buf_release(&file);
    buf_release(&content);
    arena_release(&arena);
    mem_free((void *)in.p);
    return 0;
}
