/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * signature: see signature.h.
 *
 * The reader accepts one shape only: the one signature_make writes, with the parameters in any
 * order. Whatever is left of generality in RFC 9421 would be room for two readers to disagree. The
 * received parameters are signed as they were received, byte for byte, as the RFC wants.
 */
#include "shared/net/signature.h"

#include "shared/base/check.h"
#include "shared/codec/hex.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>

#define LABEL "huce="
#define COVERED "(\"@method\" \"@authority\" \"@path\" \"@query\" \"content-digest\")"
#define DIGEST_MEMBER "sha-256="
#define BASE_MAX (64 * 1024)

void signature_base(const struct signature_component *components, size_t count, struct slice params,
                    struct buf *out)
{
    for (size_t i = 0; i < count; i++) {
        buf_printf(out, "\"%s\": ", components[i].name);
        buf_put_slice(out, components[i].value);
        buf_put_u8(out, '\n');
    }
    buf_put_str(out, "\"@signature-params\": ");
    buf_put_slice(out, params);
}

void content_digest_write(struct slice body, struct buf *out)
{
    struct hash digest;
    hash_bytes(body, &digest);
    buf_put_str(out, DIGEST_MEMBER ":");
    base64_encode(hash_slice(&digest), out);
    buf_put_u8(out, ':');
}

static bool begins_with(struct slice s, const char *prefix)
{
    size_t n = strlen(prefix);
    return s.n >= n && memcmp(s.p, prefix, n) == 0;
}

/* ":base64:" of exactly n bytes. */
static bool read_byte_sequence(struct slice s, uint8_t *out, size_t n)
{
    struct buf bytes;
    bool ok = false;
    buf_init(&bytes, n);
    if (s.n >= 2 && s.p[0] == ':' && s.p[s.n - 1] == ':' &&
        base64_decode(slice_of(s.p + 1, s.n - 2), &bytes) && bytes.n == n) {
        memcpy(out, bytes.p, n);
        ok = true;
    }
    buf_release(&bytes);
    return ok;
}

bool content_digest_matches(struct slice header, struct slice body)
{
    struct hash stated, actual;
    while (header.n) {
        const uint8_t *comma = memchr(header.p, ',', header.n);
        size_t n = comma ? (size_t)(comma - header.p) : header.n;
        struct slice member = slice_trim(slice_of(header.p, n));
        if (begins_with(member, DIGEST_MEMBER)) {
            size_t name = strlen(DIGEST_MEMBER);
            hash_bytes(body, &actual);
            return read_byte_sequence(slice_of(member.p + name, member.n - name), stated.b,
                                      HASH_SIZE) &&
                   hash_equal(&stated, &actual);
        }
        n += comma ? 1 : 0;
        header = slice_of(header.p + n, header.n - n);
    }
    return false;
}

/* The base of our profile over a target. */
static void profile_base(const struct signature_target *target, struct slice params,
                         struct buf *out)
{
    struct buf authority, query;
    buf_init(&authority, 1024);
    buf_init(&query, BASE_MAX);
    for (size_t i = 0; i < target->authority.n; i++)
        buf_put_u8(&authority, (uint8_t)tolower(target->authority.p[i]));
    buf_put_u8(&query, '?'); /* RFC 9421 §2.2.7: an absent query is signed as "?" */
    buf_put_slice(&query, target->query);
    const struct signature_component components[] = {
        {"@method", target->method},
        {"@authority", buf_slice(&authority)},
        {"@path", target->path},
        {"@query", buf_slice(&query)},
        {"content-digest", slice_trim(target->content_digest)},
    };
    signature_base(components, ARRAY_LENGTH(components), params, out);
    out->overflow |= authority.overflow || query.overflow;
    buf_release(&authority);
    buf_release(&query);
}

static bool nonce_valid(struct slice nonce)
{
    if (nonce.n > SIGNATURE_NONCE_MAX)
        return false;
    for (size_t i = 0; i < nonce.n; i++)
        if (nonce.p[i] < 0x21 || nonce.p[i] > 0x7E || nonce.p[i] == '"' || nonce.p[i] == '\\')
            return false;
    return true;
}

void signature_make(const struct signature_target *target, const struct sign_key *key,
                    struct slice nonce, int64_t created_s, struct buf *signature_input,
                    struct buf *signature)
{
    struct buf params, base;
    struct signature sig;
    char kid[2 * HASH_SIZE + 1];

    CHECK(nonce_valid(nonce));
    hex_encode(hash_slice(sign_key_kid(key)), kid);
    buf_init(&params, SIGNATURE_FIELD_MAX);
    buf_init(&base, BASE_MAX);
    buf_printf(&params, COVERED ";created=%" PRId64 ";nonce=\"%.*s\"", created_s, (int)nonce.n,
               nonce.n ? (const char *)nonce.p : "");
    buf_printf(&params, ";keyid=\"%s\";alg=\"ed25519\";tag=\"" SIGNATURE_TAG "\"", kid);
    profile_base(target, buf_slice(&params), &base);
    CHECK(buf_ok(&params) && buf_ok(&base));
    sign_message(key, buf_slice(&base), &sig);

    buf_put_str(signature_input, LABEL);
    buf_put_slice(signature_input, buf_slice(&params));
    buf_put_str(signature, LABEL ":");
    base64_encode(slice_of(sig.b, SIGN_SIZE), signature);
    buf_put_u8(signature, ':');
    buf_release(&params);
    buf_release(&base);
}

/* One ";name=value" from the front of *rest; value without quotes when it was a string. */
static bool next_param(struct slice *rest, struct slice *name, struct slice *value, bool *quoted)
{
    const uint8_t *p = rest->p, *end = rest->p + rest->n;
    if (p == end || *p++ != ';')
        return false;
    while (p < end && *p == ' ')
        p++;
    const uint8_t *start = p;
    while (p < end && ((*p >= 'a' && *p <= 'z') || *p == '-' || *p == '_'))
        p++;
    *name = slice_of(start, (size_t)(p - start));
    if (name->n == 0 || p == end || *p++ != '=')
        return false;
    *quoted = p < end && *p == '"';
    if (*quoted) {
        start = ++p;
        while (p < end && *p != '"' && *p != '\\')
            p++;
        if (p == end || *p != '"') /* no escapes: none of our values needs one */
            return false;
        *value = slice_of(start, (size_t)(p++ - start));
    } else {
        start = p;
        while (p < end && *p >= '0' && *p <= '9')
            p++;
        *value = slice_of(start, (size_t)(p - start));
        if (value->n == 0 || value->n > 15)
            return false;
    }
    *rest = slice_of(p, (size_t)(end - p));
    return true;
}

static int64_t read_seconds(struct slice digits) /* at most 15 of them */
{
    int64_t seconds = 0;
    for (size_t i = 0; i < digits.n; i++)
        seconds = seconds * 10 + (digits.p[i] - '0');
    return seconds;
}

enum status signature_read(struct slice signature_input, struct slice signature,
                           struct signature_claim *out, struct error *err)
{
    enum { CREATED = 1, NONCE = 2, KEYID = 4, ALG = 8, TAG = 16 };
    unsigned have = 0;
    struct slice input = slice_trim(signature_input), sig = slice_trim(signature), name, value;
    bool quoted;

    memset(out, 0, sizeof(*out));
    if (!begins_with(input, LABEL COVERED))
        return error_set(err, ST_INVALID, "Signature-Input is not huce=" COVERED);
    size_t label = strlen(LABEL);
    input = slice_of(input.p + label, input.n - label);
    if (input.n > SIGNATURE_FIELD_MAX)
        return error_set(err, ST_LIMIT, "Signature-Input is longer than %d", SIGNATURE_FIELD_MAX);
    memcpy(out->params, input.p, input.n);
    if (memchr(out->params, 0, input.n))
        return error_set(err, ST_INVALID, "Signature-Input holds a zero byte");

    struct slice rest = slice_of(input.p + strlen(COVERED), input.n - strlen(COVERED));
    while (rest.n) {
        unsigned which = 0;
        if (!next_param(&rest, &name, &value, &quoted))
            return error_set(err, ST_INVALID, "malformed parameters in Signature-Input");
        if (slice_equal(name, slice_str("created")) && !quoted) {
            which = CREATED;
            out->created_s = read_seconds(value);
        } else if (slice_equal(name, slice_str("nonce")) && quoted && nonce_valid(value)) {
            which = NONCE;
            memcpy(out->nonce, value.p, value.n);
        } else if (slice_equal(name, slice_str("keyid")) && quoted &&
                   hex_decode(value, out->kid.b, HASH_SIZE)) {
            which = KEYID;
        } else if (slice_equal(name, slice_str("alg")) && quoted &&
                   slice_equal(value, slice_str("ed25519"))) {
            which = ALG;
        } else if (slice_equal(name, slice_str("tag")) && quoted &&
                   slice_equal(value, slice_str(SIGNATURE_TAG))) {
            which = TAG;
        }
        if (which == 0 || (have & which))
            return error_set(err, ST_INVALID, "parameter %.*s of Signature-Input is not as agreed",
                             (int)name.n, (const char *)name.p);
        have |= which;
    }
    if ((have | CREATED) != (CREATED | NONCE | KEYID | ALG | TAG))
        return error_set(err, ST_INVALID, "Signature-Input lacks nonce, keyid, alg or tag");
    if (!begins_with(sig, LABEL) ||
        !read_byte_sequence(slice_of(sig.p + label, sig.n - label), out->signature.b, SIGN_SIZE))
        return error_set(err, ST_INVALID, "Signature is not huce=:<64 bytes in base64>:");
    return ST_OK;
}

bool signature_valid(const struct signature_claim *claim, const struct signature_target *target,
                     const struct sign_public *pk)
{
    struct buf base;
    struct hash kid;
    bool valid = false;

    buf_init(&base, BASE_MAX);
    profile_base(target, slice_str(claim->params), &base);
    sign_kid(pk, &kid);
    if (buf_ok(&base) && hash_equal(&kid, &claim->kid))
        valid = sign_verify(pk, buf_slice(&base), &claim->signature);
    buf_release(&base);
    return valid;
}
