/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * invite: a code that travels over chat, paper and QR, and so arrives with line breaks, in lower
 * case, inside a sentence, cut short or with a slip of the pen.
 *
 * The CBOR inside says itself where it ends, so whatever follows the code in the text does no harm:
 * the reader takes every base32 digit after "HUCE1-", decodes the item, then the four check bytes.
 */
#include "shared/ledger/invite.h"
#include "shared/base/check.h"
#include "shared/codec/cbor.h"
#include "shared/codec/hex.h"

#define PREFIX "HUCE1-"
#define PREFIX_LENGTH (sizeof(PREFIX) - 1)
#define CHECK_SIZE 4
#define DIGITS_MAX ((INVITE_TEXT_MAX - PREFIX_LENGTH) / 8 * 8)
#define BYTES_MAX (DIGITS_MAX / 8 * 5)
#define INVITE_ITEMS 6

static void content_encode(const struct invite *invite, struct buf *out)
{
    cbor_put_array(out, INVITE_ITEMS);
    cbor_put_str(out, invite->url);
    cbor_put_array(out, invite->pin_count);
    for (size_t i = 0; i < invite->pin_count; i++)
        cbor_put_bytes(out, hash_slice(&invite->pins[i]));
    cbor_put_str(out, invite->registry.text);
    cbor_put_bytes(out, hash_slice(&invite->root_kid));
    cbor_put_bytes(out, slice_of(invite->token, INVITE_TOKEN_SIZE));
    cbor_put_uint(out, (uint64_t)invite->expires_ms);
}

static enum status content_decode(struct slice item, struct invite *out, struct error *err)
{
    struct cbor_reader r;
    memset(out, 0, sizeof(*out));
    cbor_reader_init(&r, item, "invitation");
    cbor_expect_array(&r, INVITE_ITEMS);
    struct slice url = cbor_read_text(&r, sizeof(out->url) - 1);
    if (cbor_ok(&r) && !county_url_valid(url))
        cbor_fail(&r, "not an http or https address");
    if (cbor_ok(&r))
        memcpy(out->url, url.p, url.n);
    out->pin_count = cbor_read_array(&r, ARRAY_LENGTH(out->pins));
    for (size_t i = 0; i < out->pin_count; i++)
        cbor_read_fixed(&r, out->pins[i].b, HASH_SIZE);
    struct slice origin = cbor_read_text(&r, ORIGIN_MAX);
    if (cbor_ok(&r) && !origin_parse(origin, &out->registry))
        cbor_fail(&r, "not the name of a registry ledger");
    cbor_read_fixed(&r, out->root_kid.b, HASH_SIZE);
    cbor_read_fixed(&r, out->token, INVITE_TOKEN_SIZE);
    out->expires_ms = (int64_t)cbor_read_uint_max(&r, INT64_MAX);
    return cbor_end(&r, err);
}

enum status invite_encode(const struct invite *invite, struct buf *out, struct error *err)
{
    CHECK(invite->pin_count <= ARRAY_LENGTH(invite->pins) && invite->expires_ms >= 0);
    if (!county_url_valid(slice_str(invite->url)))
        return error_set(err, ST_INVALID, "地址 %s 不是 http 或 https 地址", invite->url);
    enum status status = ST_OK;
    struct hash check;
    struct buf bytes, text;
    buf_init(&bytes, BYTES_MAX);
    buf_init(&text, INVITE_TEXT_MAX);
    content_encode(invite, &bytes);
    hash_bytes(buf_slice(&bytes), &check);
    buf_put(&bytes, check.b, CHECK_SIZE);
    buf_put_str(&text, PREFIX);
    base32_encode(buf_slice(&bytes), &text);
    CHECK(buf_ok(&text)); /* has room for all that `bytes` can hold */
    if (buf_ok(&bytes))
        buf_put_slice(out, buf_slice(&text));
    else
        status = error_set(err, ST_LIMIT,
                           "邀请码会超过 %d 个字符：请用短一些的服务器地址，或只用一个证书指纹",
                           INVITE_TEXT_MAX);
    buf_release(&text);
    buf_release(&bytes);
    return status;
}

/* The number of bytes of white space at p: ASCII, no-break, zero-width and ideographic spaces. */
static size_t space_length(struct slice text, size_t at)
{
    static const char *const spaces[] = {
        " ", "\t", "\r", "\n", "\xC2\xA0", "\xE2\x80\x8B", "\xE3\x80\x80", "\xEF\xBB\xBF"};
    for (size_t i = 0; i < ARRAY_LENGTH(spaces); i++) {
        size_t n = strlen(spaces[i]);
        if (text.n - at >= n && memcmp(text.p + at, spaces[i], n) == 0)
            return n;
    }
    return 0;
}

static size_t skip_space(struct slice text, size_t at)
{
    size_t n;
    while (at < text.n && (n = space_length(text, at)) > 0)
        at += n;
    return at;
}

static uint8_t upper(uint8_t c)
{
    return c >= 'a' && c <= 'z' ? (uint8_t)(c - 'a' + 'A') : c;
}

/* Where the digits begin, white space inside the prefix forgiven; 0: no invitation in this text. */
static size_t find_digits(struct slice text)
{
    for (size_t start = 0; start < text.n; start++) {
        size_t at = start, matched = 0;
        while (at < text.n && matched < PREFIX_LENGTH && upper(text.p[at]) == PREFIX[matched]) {
            matched++;
            at = skip_space(text, at + 1);
        }
        if (matched == PREFIX_LENGTH)
            return at;
    }
    return 0;
}

static bool is_digit32(uint8_t c)
{
    c = upper(c);
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z' && c != 'U');
}

/* Decodes up to DIGITS_MAX digits to bytes; an unfinished last byte is dropped. */
static void decode_digits(struct slice text, size_t at, struct buf *bytes)
{
    char digits[DIGITS_MAX];
    size_t n = 0;
    for (; at < text.n && n < DIGITS_MAX && is_digit32(text.p[at]); at = skip_space(text, at + 1))
        digits[n++] = (char)text.p[at];
    size_t whole = n * 5 / 8;
    /* Filled up to groups of 8 digits (5 bytes), so that no bits are left over. */
    while (n % 8 != 0)
        digits[n++] = '0';
    CHECK(base32_decode(slice_of(digits, n), bytes) && buf_ok(bytes) && bytes->n >= whole);
    bytes->n = whole;
}

/* Would the item be complete if more followed? 0x20 is an item (-1), a character, and a length that
 * is in its shortest form, so filling up with it completes every good beginning. */
static bool only_cut_short(struct slice bytes)
{
    uint8_t padded[3 * BYTES_MAX];
    memset(padded, 0x20, sizeof(padded));
    memcpy(padded, bytes.p, bytes.n);
    struct cbor_reader r;
    cbor_reader_init(&r, slice_of(padded, sizeof(padded)), "invitation");
    return cbor_read_item(&r).n > bytes.n;
}

enum status invite_decode(struct slice text, struct invite *out, struct error *err)
{
    enum status status = ST_OK;
    struct cbor_reader r;
    struct slice item;
    struct hash check;
    struct buf bytes;
    buf_init(&bytes, BYTES_MAX);
    size_t at = find_digits(text);
    if (at == 0) {
        status = error_set(err, ST_INVALID, "这里没有邀请码；邀请码以 HUCE1- 开头");
        goto out;
    }
    decode_digits(text, at, &bytes);
    if (bytes.n == 0) {
        status = error_set(err, ST_INVALID, "邀请码不完整，请复制全部字符");
        goto out;
    }
    cbor_reader_init(&r, buf_slice(&bytes), "invitation");
    item = cbor_read_item(&r);
    if (cbor_ok(&r) ? item.n + CHECK_SIZE > bytes.n : only_cut_short(buf_slice(&bytes))) {
        status = error_set(err, ST_INVALID, "邀请码不完整，请复制全部字符");
        goto out;
    }
    hash_bytes(item, &check);
    if (!cbor_ok(&r) || memcmp(check.b, bytes.p + item.n, CHECK_SIZE) != 0) {
        status = error_set(err, ST_INVALID, "邀请码中有错字，请重新复制，不要手抄");
        goto out;
    }
    status = content_decode(item, out, err);
out:
    buf_release(&bytes);
    return status;
}

void invite_proof(const uint8_t token[static INVITE_TOKEN_SIZE], const struct hash *person,
                  const struct hash *device, const struct box_public *box,
                  const struct origin *registry, struct hash *out)
{
    uint8_t message[2 * HASH_SIZE + sizeof(box->b) + ORIGIN_MAX];
    size_t n = strlen(registry->text);
    struct hmac_key key;
    memcpy(message, person->b, HASH_SIZE);
    memcpy(message + HASH_SIZE, device->b, HASH_SIZE);
    memcpy(message + 2 * HASH_SIZE, box->b, sizeof(box->b));
    memcpy(message + 2 * HASH_SIZE + sizeof(box->b), registry->text, n);
    hmac_prepare(slice_of(token, INVITE_TOKEN_SIZE), &key);
    hmac(&key, slice_of(message, 2 * HASH_SIZE + sizeof(box->b) + n), out);
    secret_wipe(&key, sizeof(key));
}
