/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * enrol: see enrol.h.
 *
 * Both files begin with a word that says what they are, so that the wrong one of the two, or a
 * photograph, is told apart from one that is damaged.
 */
#include "shared/ledger/enrol.h"

#include "shared/base/check.h"
#include "shared/codec/cbor.h"
#include "shared/crypto/hash.h"

#define REQUEST_MAGIC "huce-join"
#define ANSWER_MAGIC "huce-joined"
#define VERSION 1
#define SEALED_EXTRA 48
#define REQUEST_LABEL "huce/1/join/request"
#define ANSWER_LABEL "huce/1/join/answer"

/* A key for one purpose from the token. */
static void derive(const uint8_t token[static INVITE_TOKEN_SIZE], struct slice purpose,
                   struct hash *out)
{
    struct hmac_key key;
    hmac_prepare(slice_of(token, INVITE_TOKEN_SIZE), &key);
    hmac(&key, purpose, out);
    secret_wipe(&key, sizeof(key));
}

static void put_file(const char *magic, struct slice content, struct buf *out)
{
    cbor_put_array(out, 3);
    cbor_put_str(out, magic);
    cbor_put_uint(out, VERSION);
    cbor_put_bytes(out, content);
}

/* The content of a file that calls itself `magic`. */
static enum status open_file(struct slice file, const char *magic, size_t max, const char *zh,
                             struct slice *content, struct error *err)
{
    struct cbor_reader r;
    cbor_reader_init(&r, file, "file");
    cbor_expect_array(&r, 3);
    struct slice word = cbor_read_text(&r, sizeof(ANSWER_MAGIC));
    const bool known = cbor_ok(&r);
    const bool swapped =
        known && !slice_equal(word, slice_str(magic)) &&
        (slice_equal(word, slice_str(REQUEST_MAGIC)) || slice_equal(word, slice_str(ANSWER_MAGIC)));
    if (swapped)
        return error_set(err, ST_INVALID, "这不是%s：申请文件交给县里，答复文件交给电脑，拿反了",
                         zh);
    if (!known || !slice_equal(word, slice_str(magic)))
        return error_set(err, ST_INVALID, "这不是%s", zh);
    if (cbor_read_uint(&r) != VERSION)
        return error_set(err, ST_INVALID, "这个%s是更新的程序写的，请先更新程序", zh);
    *content = cbor_read_bytes(&r, max);
    if (cbor_end(&r, NULL) != ST_OK)
        return error_set(err, ST_INVALID, "这个%s不完整或已损坏，请重新复制", zh);
    return ST_OK;
}

/* ---- request ---- */

static struct vault *request_vault(const uint8_t token[static INVITE_TOKEN_SIZE])
{
    struct hash key;
    derive(token, slice_str(REQUEST_LABEL), &key);
    struct vault *vault = vault_from_key(key.b);
    secret_wipe(&key, sizeof(key));
    return vault;
}

void enrol_write_request(const uint8_t token[static INVITE_TOKEN_SIZE],
                         const uint8_t nonce[static VAULT_NONCE_SIZE],
                         const struct enrol_request *request, struct buf *out)
{
    struct vault *vault = request_vault(token);
    struct buf plain, sealed;
    buf_init(&plain, ENROL_REQUEST_MAX);
    buf_init(&sealed, ENROL_REQUEST_MAX);
    cbor_put_array(&plain, 3);
    cbor_put_bytes(&plain, request->join);
    cbor_put_uint(&plain, request->registry_size);
    cbor_put_bytes(&plain, slice_of(request->root8, sizeof(request->root8)));
    CHECK(buf_ok(&plain));
    vault_seal_file(vault, slice_str(REQUEST_MAGIC), nonce, buf_slice(&plain), &sealed);
    put_file(REQUEST_MAGIC, buf_slice(&sealed), out);
    vault_release(vault);
    buf_release(&sealed);
    buf_release(&plain);
}

enum status enrol_check_request(struct slice file, struct error *err)
{
    struct slice sealed;
    return open_file(file, REQUEST_MAGIC, ENROL_REQUEST_MAX, "加入申请文件", &sealed, err);
}

enum status enrol_read_request(const uint8_t token[static INVITE_TOKEN_SIZE], struct slice file,
                               struct buf *plain, struct enrol_request *out, struct error *err)
{
    struct slice sealed;
    struct cbor_reader r;
    *out = (struct enrol_request){0};
    enum status st =
        open_file(file, REQUEST_MAGIC, ENROL_REQUEST_MAX, "加入申请文件", &sealed, err);
    if (st != ST_OK)
        return st;
    struct vault *vault = request_vault(token);
    st = vault_open_file(vault, slice_str(REQUEST_MAGIC), sealed, plain, NULL);
    vault_release(vault);
    if (st != ST_OK)
        return error_set(err, ST_REFUSED, "这个申请文件不是用这份邀请码写的");
    cbor_reader_init(&r, buf_slice(plain), "join request file");
    cbor_expect_array(&r, 3);
    out->join = cbor_read_bytes(&r, ENROL_REQUEST_MAX);
    out->registry_size = cbor_read_uint_max(&r, INT64_MAX);
    cbor_read_fixed(&r, out->root8, sizeof(out->root8));
    return cbor_end(&r, err);
}

/* ---- answer ---- */

static void answer_key(const uint8_t token[static INVITE_TOKEN_SIZE], const struct enrol_keys *keys,
                       struct hmac_key *out)
{
    uint8_t purpose[sizeof(ANSWER_LABEL) + 3 * HASH_SIZE];
    struct hash key;
    uint8_t *p = purpose;
    memcpy(p, ANSWER_LABEL, sizeof(ANSWER_LABEL)); /* with its zero byte */
    p += sizeof(ANSWER_LABEL);
    memcpy(p, keys->person.b, HASH_SIZE);
    memcpy(p + HASH_SIZE, keys->device.b, HASH_SIZE);
    memcpy(p + (size_t)2 * HASH_SIZE, keys->box.b, HASH_SIZE);
    derive(token, slice_of(purpose, sizeof(purpose)), &key);
    hmac_prepare(hash_slice(&key), out);
    secret_wipe(&key, sizeof(key));
}

void enrol_write_answer(const uint8_t token[static INVITE_TOKEN_SIZE],
                        const struct enrol_keys *keys, const struct enrol_answer *answer,
                        struct buf *out)
{
    struct buf content, plain;
    struct hmac_key key;
    struct hash mac;
    CHECK(answer->frame_count <= ENROL_FRAMES_MAX);
    buf_init(&content, ENROL_ANSWER_MAX);
    buf_init(&plain, ENROL_ANSWER_MAX);
    cbor_put_array(&content, 3);
    cbor_put_bytes(&content, answer->join);
    cbor_put_uint(&content, answer->registry_size);
    cbor_put_array(&content, answer->frame_count);
    for (size_t i = 0; i < answer->frame_count; i++)
        cbor_put_bytes(&content, answer->frames[i]);
    answer_key(token, keys, &key);
    hmac(&key, buf_slice(&content), &mac);
    secret_wipe(&key, sizeof(key));
    buf_put(&plain, mac.b, HASH_SIZE);
    buf_put_slice(&plain, buf_slice(&content));
    CHECK(buf_ok(&plain));
    uint8_t *sealed = mem_alloc(plain.n + SEALED_EXTRA);
    box_seal(&keys->box, buf_slice(&plain), sealed);
    put_file(ANSWER_MAGIC, slice_of(sealed, plain.n + SEALED_EXTRA), out);
    mem_free(sealed);
    buf_release(&plain);
    buf_release(&content);
}

static enum status read_content(struct slice content, struct enrol_answer *out, struct error *err)
{
    struct cbor_reader r;
    cbor_reader_init(&r, content, "join answer file");
    cbor_expect_array(&r, 3);
    out->join = cbor_read_bytes(&r, ENROL_ANSWER_MAX);
    out->registry_size = cbor_read_uint_max(&r, INT64_MAX);
    out->frame_count = cbor_read_array(&r, ENROL_FRAMES_MAX);
    for (size_t i = 0; i < out->frame_count && cbor_ok(&r); i++)
        out->frames[i] = cbor_read_bytes(&r, ENROL_ANSWER_MAX);
    return cbor_end(&r, err);
}

enum status enrol_read_answer(const uint8_t token[static INVITE_TOKEN_SIZE],
                              const struct enrol_keys *keys, const uint8_t box_seed[static 32],
                              struct slice file, struct buf *plain, struct enrol_answer *out,
                              struct error *err)
{
    struct slice sealed;
    struct hmac_key key;
    struct hash mac;
    *out = (struct enrol_answer){0};
    enum status st = open_file(file, ANSWER_MAGIC, ENROL_ANSWER_MAX, "加入答复文件", &sealed, err);
    if (st != ST_OK)
        return st;
    buf_clear(plain);
    if (sealed.n < SEALED_EXTRA + HASH_SIZE || !buf_reserve(plain, sealed.n) ||
        !box_open(box_seed, sealed, plain->p))
        return error_set(err, ST_REFUSED,
                         "这份答复打不开：不是给这台电脑这次申请的，或者已损坏；请找对文件，或重新"
                         "复制");
    plain->n = sealed.n - SEALED_EXTRA;
    const struct slice content = slice_of(plain->p + HASH_SIZE, plain->n - HASH_SIZE);
    answer_key(token, keys, &key);
    hmac(&key, content, &mac);
    secret_wipe(&key, sizeof(key));
    if (!secret_equal(mac.b, plain->p, HASH_SIZE))
        return error_set(err, ST_REFUSED, "这份答复不是县里对这次申请的答复，没有加入");
    return read_content(content, out, err);
}
