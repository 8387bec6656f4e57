/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * age: see age.h.
 *
 *   age-encryption.org/v1
 *   -> X25519 share                      one stanza for each recipient; other types are passed over
 *   file key under HKDF(X25519(share, recipient))
 *   --- HMAC of the head under HKDF(file key)
 *   nonce16 ‖ chunks of 64 KiB under HKDF(file key, nonce), numbered, the last one marked
 */
#include "shared/crypto/age.h"

#include "shared/base/check.h"
#include "shared/codec/hex.h"

#include <sodium.h>

#define TAG crypto_aead_chacha20poly1305_ietf_ABYTES
#define FILE_KEY_SIZE 16
#define NONCE_SIZE 16
#define BODY_LINE 64 /* base64 digits of a stanza's body in one line */
#define STANZAS_MAX 1024

static const char intro[] = "age-encryption.org/v1\n";
static const char x25519_info[] = "age-encryption.org/v1/X25519";

/* ---- keys ---- */

/* HKDF-SHA-256 (RFC 5869), one block: all that age asks of it. */
static void hkdf(struct slice secret, struct slice salt, const char *info, struct hash *out)
{
    struct hmac_key key;
    struct hash extracted;
    uint8_t message[64];
    const size_t n = strlen(info);
    CHECK(n < sizeof(message));
    memcpy(message, info, n);
    message[n] = 1;
    hmac_prepare(salt, &key); /* no salt and one of zeros are the same key */
    hmac(&key, secret, &extracted);
    hmac_prepare(hash_slice(&extracted), &key);
    hmac(&key, slice_of(message, n + 1), out);
    secret_wipe(&key, sizeof(key));
    secret_wipe(&extracted, sizeof(extracted));
}

/* Under what a file key is wrapped for one recipient. False: a share of small order. */
static bool wrap_key(const uint8_t scalar[static 32], const uint8_t point[static 32],
                     const uint8_t share[static 32], const uint8_t recipient[static 32],
                     struct hash *out)
{
    uint8_t product[32], salt[64];
    if (crypto_scalarmult(product, scalar, point) != 0)
        return false;
    memcpy(salt, share, 32);
    memcpy(salt + 32, recipient, 32);
    hkdf(slice_of(product, sizeof(product)), slice_of(salt, sizeof(salt)), x25519_info, out);
    secret_wipe(product, sizeof(product));
    return true;
}

static void head_mac(const uint8_t file_key[static FILE_KEY_SIZE], struct slice head,
                     struct hash *out)
{
    struct hmac_key key;
    struct hash mac_key;
    hkdf(slice_of(file_key, FILE_KEY_SIZE), SLICE_NONE, "header", &mac_key);
    hmac_prepare(hash_slice(&mac_key), &key);
    hmac(&key, head, out);
    secret_wipe(&key, sizeof(key));
    secret_wipe(&mac_key, sizeof(mac_key));
}

/* The nonce of a chunk: its number in 11 bytes, then whether it is the last. */
static void chunk_nonce(uint64_t number, bool last, uint8_t out[static 12])
{
    memset(out, 0, 12);
    for (int i = 0; i < 8; i++)
        out[10 - i] = (uint8_t)(number >> (8 * i));
    out[11] = last;
}

/* ---- sealing ---- */

static void put_stanza(const struct box_public *to, const struct age_random *random, size_t i,
                       struct buf *out)
{
    static const uint8_t nonce[12];
    uint8_t share[32], body[FILE_KEY_SIZE + TAG];
    struct hash key;
    CHECK(crypto_scalarmult_base(share, random->ephemeral[i]) == 0);
    CHECK(wrap_key(random->ephemeral[i], to->b, share, to->b, &key));
    crypto_aead_chacha20poly1305_ietf_encrypt(body, NULL, random->file_key, FILE_KEY_SIZE, NULL, 0,
                                              NULL, nonce, key.b);
    buf_put_str(out, "-> X25519 ");
    base64_encode_bare(slice_of(share, sizeof(share)), out);
    buf_put_u8(out, '\n');
    base64_encode_bare(slice_of(body, sizeof(body)), out);
    buf_put_u8(out, '\n');
    secret_wipe(&key, sizeof(key));
}

static void put_chunks(const struct age_random *random, struct slice plain, struct buf *out)
{
    struct hash key;
    size_t done = 0;
    hkdf(slice_of(random->file_key, FILE_KEY_SIZE), slice_of(random->nonce, NONCE_SIZE), "payload",
         &key);
    for (uint64_t number = 0; number == 0 || done < plain.n; number++) {
        const size_t n = plain.n - done < AGE_CHUNK ? plain.n - done : AGE_CHUNK;
        uint8_t nonce[12], *sealed = buf_extend(out, n + TAG);
        chunk_nonce(number, done + n == plain.n, nonce);
        if (sealed)
            crypto_aead_chacha20poly1305_ietf_encrypt(sealed, NULL, n ? plain.p + done : nonce, n,
                                                      NULL, 0, NULL, nonce, key.b);
        done += n;
    }
    secret_wipe(&key, sizeof(key));
}

void age_seal(const struct box_public *to, size_t count, const struct age_random *random,
              struct slice plain, struct buf *out)
{
    const size_t start = out->n;
    struct hash mac;
    CHECK(count >= 1 && count <= AGE_RECIPIENTS_MAX);
    buf_put_str(out, intro);
    for (size_t i = 0; i < count; i++)
        put_stanza(&to[i], random, i, out);
    buf_put_str(out, "---");
    if (!buf_ok(out))
        return;
    head_mac(random->file_key, slice_of(out->p + start, out->n - start), &mac);
    buf_put_u8(out, ' ');
    base64_encode_bare(hash_slice(&mac), out);
    buf_put_u8(out, '\n');
    buf_put(out, random->nonce, NONCE_SIZE);
    put_chunks(random, plain, out);
}

/* ---- opening ---- */

struct stanza {
    uint8_t share[32], body[FILE_KEY_SIZE + TAG];
};

struct head {
    struct slice before_mac; /* what the MAC is over */
    uint8_t mac[HASH_SIZE];
    size_t count;
    struct stanza stanzas[AGE_RECIPIENTS_MAX]; /* of type X25519 */
};

static bool begins_with(struct slice line, const char *text)
{
    const size_t n = strlen(text);
    return line.n >= n && memcmp(line.p, text, n) == 0;
}

static bool decode_exactly(struct slice text, uint8_t *out, size_t n)
{
    struct buf bytes;
    buf_init(&bytes, n);
    const bool good = base64_decode_bare(text, &bytes) && bytes.n == n;
    if (good)
        memcpy(out, bytes.p, n);
    buf_release(&bytes);
    return good;
}

/* Words of visible ASCII with one space between them. Returns how many; 0: not so. */
static size_t split_words(struct slice line, struct slice words[static 2])
{
    size_t count = 0;
    for (size_t i = 0, start = 0; i <= line.n; i++) {
        if (i < line.n && line.p[i] != ' ') {
            if (line.p[i] < 33 || line.p[i] > 126)
                return 0;
            continue;
        }
        if (i == start)
            return 0;
        if (count < 2)
            words[count] = slice_of(line.p + start, i - start);
        count++;
        start = i + 1;
    }
    return count;
}

/* Lines of exactly BODY_LINE digits, then a shorter one, which may be empty. */
static bool take_body(struct slice *rest, struct buf *body)
{
    struct slice line;
    do {
        const size_t before = body->n;
        if (!slice_take_line(rest, &line) || line.n > BODY_LINE ||
            !base64_decode_bare(line, body) ||
            (line.n == BODY_LINE && body->n - before != BODY_LINE / 4 * 3))
            return false;
    } while (line.n == BODY_LINE);
    return true;
}

static bool take_stanza(struct slice line, struct slice *rest, struct head *head)
{
    struct slice words[2];
    struct buf body;
    const size_t count = split_words(slice_of(line.p + 3, line.n - 3), words);
    buf_init(&body, AGE_HEAD_MAX);
    bool good = count > 0 && take_body(rest, &body);
    if (good && slice_equal(words[0], slice_str("X25519"))) {
        struct stanza stanza;
        good = count == 2 && decode_exactly(words[1], stanza.share, sizeof(stanza.share)) &&
               body.n == sizeof(stanza.body);
        if (good)
            memcpy(stanza.body, body.p, body.n);
        if (good && head->count < AGE_RECIPIENTS_MAX)
            head->stanzas[head->count++] = stanza;
    }
    buf_release(&body);
    return good;
}

/* Takes the head off *rest. */
static bool take_head(struct slice *rest, struct head *head)
{
    const uint8_t *start = rest->p;
    struct slice line, within = slice_of(rest->p, rest->n < AGE_HEAD_MAX ? rest->n : AGE_HEAD_MAX);
    *head = (struct head){0};
    if (!begins_with(within, intro))
        return false;
    within = slice_of(within.p + strlen(intro), within.n - strlen(intro));
    for (size_t i = 0; i < STANZAS_MAX && slice_take_line(&within, &line); i++) {
        if (begins_with(line, "-> ")) {
            if (!take_stanza(line, &within, head))
                return false;
            continue;
        }
        if (i == 0 || !begins_with(line, "--- ") ||
            !decode_exactly(slice_of(line.p + 4, line.n - 4), head->mac, sizeof(head->mac)))
            return false;
        head->before_mac = slice_of(start, (size_t)(line.p + 3 - start));
        *rest = slice_of(within.p, rest->n - (size_t)(within.p - start));
        return true;
    }
    return false;
}

enum unwrapped { UNWRAPPED, NOT_OURS, BAD_SHARE };

static enum unwrapped unwrap(const struct stanza *stanza, const struct box_secret *secret,
                             uint8_t file_key[static FILE_KEY_SIZE])
{
    static const uint8_t nonce[12];
    uint8_t own[32];
    struct hash key;
    CHECK(crypto_scalarmult_base(own, secret->b) == 0);
    if (!wrap_key(secret->b, stanza->share, stanza->share, own, &key))
        return BAD_SHARE;
    const bool good =
        crypto_aead_chacha20poly1305_ietf_decrypt(file_key, NULL, NULL, stanza->body,
                                                  sizeof(stanza->body), NULL, 0, nonce, key.b) == 0;
    secret_wipe(&key, sizeof(key));
    return good ? UNWRAPPED : NOT_OURS;
}

static enum status find_file_key(const struct head *head, const struct box_secret *secrets,
                                 size_t count, uint8_t file_key[static FILE_KEY_SIZE],
                                 struct error *err)
{
    for (size_t i = 0; i < head->count; i++)
        for (size_t k = 0; k < count; k++) {
            const enum unwrapped got = unwrap(&head->stanzas[i], &secrets[k], file_key);
            if (got == BAD_SHARE)
                return error_set(err, ST_INVALID, "age 文件的收件人一节不对");
            if (got == UNWRAPPED)
                return ST_OK;
        }
    return error_set(err, ST_REFUSED, "文件不是给这里的：用这里的密钥打不开");
}

static enum status open_chunks(const uint8_t file_key[static FILE_KEY_SIZE], struct slice rest,
                               struct buf *out, struct error *err)
{
    struct hash key;
    enum status st = ST_OK;
    bool last = false;
    if (rest.n < NONCE_SIZE)
        return error_set(err, ST_INVALID, "文件不完整：内容还没开始就断了");
    hkdf(slice_of(file_key, FILE_KEY_SIZE), slice_of(rest.p, NONCE_SIZE), "payload", &key);
    rest = slice_of(rest.p + NONCE_SIZE, rest.n - NONCE_SIZE);
    for (uint64_t number = 0; st == ST_OK && !last; number++) {
        const size_t n = rest.n < AGE_CHUNK + TAG ? rest.n : AGE_CHUNK + TAG;
        last = n == rest.n;
        uint8_t nonce[12];
        uint8_t *plain = n > TAG || number == 0 ? buf_extend(out, n - TAG) : NULL;
        uint8_t nothing[1];
        if (n < TAG || (n == TAG && number > 0)) { /* only an empty file has an empty chunk */
            st = error_set(err, ST_DAMAGED, "文件不完整，或者被改动过");
            break;
        }
        if (!plain && n > TAG) {
            st = error_set(err, ST_LIMIT, "文件太大");
            break;
        }
        chunk_nonce(number, last, nonce);
        if (crypto_aead_chacha20poly1305_ietf_decrypt(plain ? plain : nothing, NULL, NULL, rest.p,
                                                      n, NULL, 0, nonce, key.b) != 0)
            st = error_set(err, ST_DAMAGED, "文件不完整，或者被改动过");
        rest = slice_of(rest.p + n, rest.n - n);
    }
    secret_wipe(&key, sizeof(key));
    return st;
}

enum status age_open(const struct box_secret *secrets, size_t count, struct slice file,
                     struct buf *out, struct error *err)
{
    const size_t before = out->n;
    uint8_t file_key[FILE_KEY_SIZE];
    struct head head;
    struct hash mac;
    if (!take_head(&file, &head))
        return error_set(err, ST_INVALID, "不是户策装的包，或者没有拷完整（应是完好的 age 文件）");
    enum status st = find_file_key(&head, secrets, count, file_key, err);
    if (st != ST_OK)
        return st;
    head_mac(file_key, head.before_mac, &mac);
    if (!secret_equal(mac.b, head.mac, HASH_SIZE))
        st = error_set(err, ST_DAMAGED, "文件头被改动过");
    if (st == ST_OK)
        st = open_chunks(file_key, file, out, err);
    secret_wipe(file_key, sizeof(file_key));
    if (st != ST_OK && out->n > before) {
        secret_wipe(out->p + before, out->n - before);
        out->n = before;
        out->overflow = false;
    }
    return st;
}
