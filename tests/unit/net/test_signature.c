/* SPDX-License-Identifier: MulanPSL-2.0 */
/* signature: RFC 9421's own Ed25519 example, our profile there and back, and what must be refused.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "shared/base/check.h"
#include "shared/codec/hex.h"
#include "shared/net/signature.h"

/* RFC 9421, appendix B.2.6 "Signing a Request Using ed25519", key of B.1.4. */
static void test_rfc_example(void **state)
{
    static const char params[] =
        "(\"date\" \"@method\" \"@path\" \"@authority\" \"content-type\" \"content-length\")"
        ";created=1618884473;keyid=\"test-key-ed25519\"";
    static const char expected[] = "\"date\": Tue, 20 Apr 2021 02:07:55 GMT\n"
                                   "\"@method\": POST\n"
                                   "\"@path\": /foo\n"
                                   "\"@authority\": example.com\n"
                                   "\"content-type\": application/json\n"
                                   "\"content-length\": 18\n"
                                   "\"@signature-params\": ";
    const struct signature_component components[] = {
        {"date", slice_str("Tue, 20 Apr 2021 02:07:55 GMT")},
        {"@method", slice_str("POST")},
        {"@path", slice_str("/foo")},
        {"@authority", slice_str("example.com")},
        {"content-type", slice_str("application/json")},
        {"content-length", slice_str("18")},
    };
    /* PEM body of the public key without its 12 bytes of DER head */
    static const char key[] = "MCowBQYDK2VwAyEAJrQLj5P/89iXES9+vFgrIy29clF9CC/oPPsw3c5D0bs=";
    static const char value[] =
        "wqcAqbmYJ2ji2glfAMaRy4gruYYnx2nEFN2HN6jrnDnQCK1u02Gb04v9EDgwUPiu4A0w6"
        "vuQv5lIp5WPpBKRCw==";
    struct sign_public pk;
    struct signature sig;
    struct buf base, bytes;
    (void)state;

    buf_init(&base, 4096);
    signature_base(components, ARRAY_LENGTH(components), slice_str(params), &base);
    assert_int_equal(base.n, strlen(expected) + strlen(params));
    assert_memory_equal(base.p, expected, strlen(expected));

    buf_init(&bytes, 4096);
    assert_true(base64_decode(slice_str(key), &bytes));
    assert_int_equal(bytes.n, 44);
    memcpy(pk.b, bytes.p + 12, sizeof(pk.b));
    buf_clear(&bytes);
    assert_true(base64_decode(slice_str(value), &bytes));
    assert_int_equal(bytes.n, SIGN_SIZE);
    memcpy(sig.b, bytes.p, SIGN_SIZE);
    assert_true(sign_verify(&pk, buf_slice(&base), &sig));
    buf_release(&bytes);
    buf_release(&base);
}

/* RFC 9530, appendix D: {"hello": "world"} and a line feed. */
static void test_content_digest(void **state)
{
    const struct slice body = slice_str("{\"hello\": \"world\"}\n");
    static const char value[] = "sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:";
    struct buf out;
    (void)state;
    buf_init(&out, 1024);
    content_digest_write(body, &out);
    assert_string_equal(buf_cstr(&out), value);
    assert_true(content_digest_matches(slice_str(value), body));
    assert_true(content_digest_matches(slice_str("md5=:AAAA:, "
                                                 "sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/"
                                                 "lF5HF9bvEF8FabDg=:"),
                                       body));
    assert_false(content_digest_matches(slice_str(value), slice_str("{\"hello\": \"World\"}\n")));
    assert_false(content_digest_matches(slice_str(""), body));
    assert_false(content_digest_matches(slice_str("sha-256=RK/0"), body));
    assert_false(content_digest_matches(slice_str("sha-256=:RK/0:"), body));
    buf_release(&out);
}

struct fixture {
    struct sign_key *key;
    struct buf digest, input, signature;
    struct signature_target target;
};

static void make(struct fixture *f, const char *nonce)
{
    uint8_t seed[32];
    memset(seed, 7, sizeof(seed));
    f->key = sign_key_from_seed(seed);
    buf_init(&f->digest, 1024);
    buf_init(&f->input, 4096);
    buf_init(&f->signature, 4096);
    content_digest_write(slice_str("body"), &f->digest);
    f->target = (struct signature_target){.method = slice_str("POST"),
                                          .authority = slice_str("Guanghe.Example:8443"),
                                          .path = slice_str("/v1/sync"),
                                          .query = slice_str("a=1&b=%20"),
                                          .content_digest = buf_slice(&f->digest)};
    signature_make(&f->target, f->key, slice_str(nonce), 1763690400, &f->input, &f->signature);
}

static void drop(struct fixture *f)
{
    sign_key_release(f->key);
    buf_release(&f->digest);
    buf_release(&f->input);
    buf_release(&f->signature);
}

static void test_there_and_back(void **state)
{
    struct fixture f;
    struct signature_claim claim;
    (void)state;
    make(&f, "0123456789abcdef");
    assert_int_equal(signature_read(buf_slice(&f.input), buf_slice(&f.signature), &claim, NULL),
                     ST_OK);
    assert_true(hash_equal(&claim.kid, sign_key_kid(f.key)));
    assert_string_equal(claim.nonce, "0123456789abcdef");
    assert_int_equal(claim.created_s, 1763690400);
    assert_true(signature_valid(&claim, &f.target, sign_key_public(f.key)));
    f.target.authority = slice_str("guanghe.example:8443"); /* case does not matter */
    assert_true(signature_valid(&claim, &f.target, sign_key_public(f.key)));
    drop(&f);

    make(&f, ""); /* a device without a nonce yet */
    assert_int_equal(signature_read(buf_slice(&f.input), buf_slice(&f.signature), &claim, NULL),
                     ST_OK);
    assert_string_equal(claim.nonce, "");
    assert_true(signature_valid(&claim, &f.target, sign_key_public(f.key)));
    drop(&f);
}

static void test_every_component_is_covered(void **state)
{
    struct fixture f;
    struct signature_claim claim;
    (void)state;
    make(&f, "n");
    assert_int_equal(signature_read(buf_slice(&f.input), buf_slice(&f.signature), &claim, NULL),
                     ST_OK);
    struct slice *const parts[] = {&f.target.method, &f.target.authority, &f.target.path,
                                   &f.target.query, &f.target.content_digest};
    for (size_t i = 0; i < ARRAY_LENGTH(parts); i++) {
        struct slice kept = *parts[i];
        *parts[i] = slice_of(kept.p, kept.n - 1);
        assert_false(signature_valid(&claim, &f.target, sign_key_public(f.key)));
        *parts[i] = kept;
    }
    struct signature_claim other = claim;
    strcpy(strstr(other.params, "created=") + 8, strchr(strstr(claim.params, "created="), ';'));
    assert_false(signature_valid(&other, &f.target, sign_key_public(f.key)));

    uint8_t seed[32] = {9};
    struct sign_key *stranger = sign_key_from_seed(seed);
    assert_false(signature_valid(&claim, &f.target, sign_key_public(stranger)));
    sign_key_release(stranger);
    drop(&f);
}

#define KEYID "keyid=\"0000000000000000000000000000000000000000000000000000000000000000\""
#define LIST "huce=(\"@method\" \"@authority\" \"@path\" \"@query\" \"content-digest\")"

static void test_refused_forms(void **state)
{
    static const char *const inputs[] = {
        "",
        "huce=()",
        "sig1=(\"@method\" \"@authority\" \"@path\" \"@query\" \"content-digest\")",
        LIST, /* nothing said */
        LIST ";nonce=\"n\";" KEYID ";alg=\"ed25519\"",
        LIST ";nonce=\"n\";" KEYID ";tag=\"huce-1\"",
        LIST ";nonce=\"n\";alg=\"ed25519\";tag=\"huce-1\"",
        LIST ";" KEYID ";alg=\"ed25519\";tag=\"huce-1\"",
        LIST ";nonce=\"n\";nonce=\"n\";" KEYID ";alg=\"ed25519\";tag=\"huce-1\"",
        LIST ";nonce=\"n\";keyid=\"12\";alg=\"ed25519\";tag=\"huce-1\"",
        LIST ";nonce=\"n\";" KEYID ";alg=\"rsa\";tag=\"huce-1\"",
        LIST ";nonce=\"n\";" KEYID ";alg=\"ed25519\";tag=\"huce-2\"",
        LIST ";nonce=\"n\";" KEYID ";alg=\"ed25519\";tag=\"huce-1\";x=1",
        LIST ";nonce=\"n;" KEYID ";alg=\"ed25519\";tag=\"huce-1\"",
        LIST ";nonce=\"n\\\"\";" KEYID ";alg=\"ed25519\";tag=\"huce-1\"",
        LIST ";created=999999999999999;created=999999999999999;nonce=\"n\";" KEYID
             ";alg=\"ed25519\";tag=\"huce-1\"", /* together more than 64 bits */
        LIST ";created=;nonce=\"n\";" KEYID ";alg=\"ed25519\";tag=\"huce-1\"",
        LIST ";nonce=\"n\";" KEYID ";alg=\"ed25519\";tag=\"huce-1\", sig2=()",
    };
    struct signature_claim claim;
    struct fixture f;
    (void)state;
    make(&f, "n");
    for (size_t i = 0; i < ARRAY_LENGTH(inputs); i++)
        if (signature_read(slice_str(inputs[i]), buf_slice(&f.signature), &claim, NULL) == ST_OK)
            fail_msg("accepted: %s", inputs[i]);
    static const char good[] = LIST ";nonce=\"n\";" KEYID ";alg=\"ed25519\";tag=\"huce-1\"";
    assert_int_equal(signature_read(slice_str(good), buf_slice(&f.signature), &claim, NULL), ST_OK);
    assert_int_not_equal(signature_read(slice_str(good), slice_str("huce=:AAAA:"), &claim, NULL),
                         ST_OK);
    assert_int_not_equal(signature_read(slice_str(good), slice_str("huce=::"), &claim, NULL),
                         ST_OK);
    assert_int_not_equal(signature_read(slice_str(good), SLICE_NONE, &claim, NULL), ST_OK);
    drop(&f);
}

/* Every cut and every changed byte of a good header: never a crash, never another meaning. */
static void test_damaged_headers(void **state)
{
    struct fixture f;
    struct signature_claim claim;
    (void)state;
    make(&f, "nonce");
    for (size_t n = 0; n < f.input.n; n++)
        assert_int_not_equal(
            signature_read(slice_of(f.input.p, n), buf_slice(&f.signature), &claim, NULL), ST_OK);
    for (size_t i = 0; i < f.input.n; i++) {
        uint8_t kept = f.input.p[i];
        f.input.p[i] = (uint8_t)(kept ^ 1);
        if (signature_read(buf_slice(&f.input), buf_slice(&f.signature), &claim, NULL) == ST_OK)
            assert_false(signature_valid(&claim, &f.target, sign_key_public(f.key)));
        f.input.p[i] = kept;
    }
    drop(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rfc_example),    cmocka_unit_test(test_content_digest),
        cmocka_unit_test(test_there_and_back), cmocka_unit_test(test_every_component_is_covered),
        cmocka_unit_test(test_refused_forms),  cmocka_unit_test(test_damaged_headers),
    };
    crypto_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
