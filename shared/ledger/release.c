/* SPDX-License-Identifier: MulanPSL-2.0 */
/* release: see release.h. */
#include "shared/ledger/release.h"

#include "shared/codec/cbor.h"
#include "shared/ledger/cose.h"

static const char label[] = "huce/1/release\n";

void release_write(struct release *release, struct slice program, const struct sign_key *key,
                   struct buf *out)
{
    const struct cose_signer signer = {COSE_ED25519, *sign_key_kid(key)};
    struct signature signature;
    struct buf payload, to_sign;
    buf_init(&payload, RELEASE_HEAD_MAX);
    buf_init(&to_sign, 2 * RELEASE_HEAD_MAX);
    release->size = program.n;
    hash_bytes(program, &release->hash);
    cbor_put_array(&payload, 7);
    cbor_put_uint(&payload, release->number);
    cbor_put_text(&payload, slice_str(release->version));
    cbor_put_text(&payload, slice_str(release->platform));
    cbor_put_uint(&payload, release->size);
    cbor_put_bytes(&payload, hash_slice(&release->hash));
    cbor_put_uint(&payload, (uint64_t)release->made_ms);
    cbor_put_text(&payload, release->notes);
    cose_to_sign(&signer, slice_str(label), buf_slice(&payload), &to_sign);
    sign_message(key, buf_slice(&to_sign), &signature);
    cose_put(&signer, buf_slice(&payload), &signature, out);
    buf_put_slice(out, program);
    buf_release(&payload);
    buf_release(&to_sign);
}

static void read_word(struct cbor_reader *r, char out[static RELEASE_WORD_MAX + 1])
{
    const struct slice word = cbor_read_text(r, RELEASE_WORD_MAX);
    for (size_t i = 0; i < word.n; i++)
        if (word.p[i] <= ' ' || word.p[i] > '~')
            cbor_fail(r, "not a word");
    if (cbor_ok(r) && word.n == 0)
        cbor_fail(r, "no word");
    if (!cbor_ok(r))
        return;
    memcpy(out, word.p, word.n);
    out[word.n] = '\0';
}

static enum status read_payload(struct slice payload, struct release *out, struct error *err)
{
    struct cbor_reader r;
    cbor_reader_init(&r, payload, "release");
    cbor_expect_array(&r, 7);
    out->number = cbor_read_uint_max(&r, INT64_MAX);
    read_word(&r, out->version);
    read_word(&r, out->platform);
    out->size = cbor_read_uint_max(&r, RELEASE_PROGRAM_MAX);
    const struct slice hash = cbor_read_bytes(&r, HASH_SIZE);
    out->made_ms = (int64_t)cbor_read_uint_max(&r, INT64_MAX);
    out->notes = cbor_read_text(&r, RELEASE_NOTES_MAX);
    if (cbor_ok(&r) && (hash.n != HASH_SIZE || out->number == 0 || out->size == 0))
        cbor_fail(&r, "a number or a hash");
    const enum status st = cbor_end(&r, err);
    if (st == ST_OK)
        memcpy(out->hash.b, hash.p, HASH_SIZE);
    return st;
}

enum status release_read(struct slice file, const struct sign_public *key, struct release *out,
                         struct slice *program, struct error *err)
{
    struct cbor_reader r;
    struct cose_signer signer;
    struct signature signature;
    struct hash kid, found;
    struct buf to_sign;
    *out = (struct release){.number = 0};
    *program = SLICE_NONE;
    cbor_reader_init(&r, file, "release");
    const struct slice head = cbor_read_item(&r);
    if (!cbor_ok(&r))
        return error_set(err, ST_INVALID, "这不是更新文件");
    cbor_reader_init(&r, head, "release");
    const struct slice payload = cose_read(&r, RELEASE_HEAD_MAX, &signer, &signature);
    if (cbor_end(&r, err) != ST_OK)
        return error_set(err, ST_INVALID, "这不是更新文件");
    buf_init(&to_sign, 2 * RELEASE_HEAD_MAX);
    cose_to_sign(&signer, slice_str(label), payload, &to_sign);
    sign_kid(key, &kid);
    const bool good =
        hash_equal(&kid, &signer.kid) && sign_verify(key, buf_slice(&to_sign), &signature);
    buf_release(&to_sign);
    if (!good)
        return error_set(err, ST_REFUSED, "这个更新不是本县签发的，没有采用");
    const enum status st = read_payload(payload, out, err);
    if (st != ST_OK)
        return st;
    *program = slice_of(head.p + head.n, file.n - head.n);
    hash_bytes(*program, &found);
    if (program->n != out->size || !hash_equal(&found, &out->hash))
        return error_set(err, ST_DAMAGED, "更新文件不完整，或者已经损坏");
    return ST_OK;
}
