/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * sign: RFC 8032 vectors; every Wycheproof Ed25519 vector (read from $HUCE_VECTORS, skipped where
 * the folder is not there); refused public keys; sealed boxes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "shared/base/check.h"
#include "shared/base/mem.h"
#include "shared/codec/hex.h"
#include "shared/crypto/sign.h"

#include <jansson.h>
#include <stdlib.h>
#include <unistd.h>

static int start(void **state)
{
    (void)state;
    crypto_init();
    return 0;
}

static void from_hex(const char *hex, uint8_t *out, size_t n)
{
    assert_true(hex_decode(slice_str(hex), out, n));
}

static void test_rfc8032_vectors(void **state)
{
    (void)state;
    /* RFC 8032 §7.1, TEST 1 to 3. */
    static const struct {
        const char *seed, *pk, *message, *sig;
    } cases[] = {
        {"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
         "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
         "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
         "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"},
        {"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
         "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
         "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
         "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"},
        {"c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
         "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
         "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
         "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"},
    };
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        uint8_t seed[32], back[32], message[2];
        size_t n = strlen(cases[i].message) / 2;
        struct sign_public pk;
        struct signature expected, sig;
        from_hex(cases[i].seed, seed, 32);
        from_hex(cases[i].pk, pk.b, 32);
        from_hex(cases[i].sig, expected.b, SIGN_SIZE);
        from_hex(cases[i].message, message, n);
        struct sign_key *key = sign_key_from_seed(seed);
        assert_memory_equal(sign_key_public(key)->b, pk.b, 32);
        sign_key_seed(key, back);
        assert_memory_equal(back, seed, 32);
        sign_message(key, n ? slice_of(message, n) : SLICE_NONE, &sig);
        assert_memory_equal(sig.b, expected.b, SIGN_SIZE);
        assert_true(sign_verify(&pk, slice_of(message, n), &sig));
        assert_true(sign_public_valid(&pk));
        sign_key_release(key);
    }
    sign_key_release(NULL);
}

static void test_altered_is_refused(void **state)
{
    (void)state;
    const uint8_t seed[32] = {7};
    struct sign_key *key = sign_key_from_seed(seed);
    struct sign_public pk = *sign_key_public(key);
    struct signature sig;
    uint8_t message[20] = "a changeset's bytes";
    sign_message(key, slice_of(message, sizeof(message)), &sig);
    for (size_t bit = 0; bit < 8 * sizeof(message); bit++) {
        message[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_false(sign_verify(&pk, slice_of(message, sizeof(message)), &sig));
        message[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    for (size_t bit = 0; bit < 8 * SIGN_SIZE; bit++) {
        sig.b[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_false(sign_verify(&pk, slice_of(message, sizeof(message)), &sig));
        sig.b[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    for (size_t bit = 0; bit < 256; bit++) {
        pk.b[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_false(sign_verify(&pk, slice_of(message, sizeof(message)), &sig));
        pk.b[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    assert_true(sign_verify(&pk, slice_of(message, sizeof(message)), &sig));
    sign_key_release(key);
}

static void test_kid(void **state)
{
    (void)state;
    /* RFC 9679: SHA-256 of the key's required parameters in deterministic CBOR, written out here.
     */
    char text[2 * HASH_SIZE + 1];
    const uint8_t seed[32] = {1};
    struct sign_key *key = sign_key_from_seed(seed);
    uint8_t cose_key[40] = {0xA3, 0x01, 0x01, 0x20, 0x06, 0x21, 0x58, 0x20};
    memcpy(cose_key + 8, sign_key_public(key)->b, 32);
    struct hash expected, kid;
    hash_bytes(slice_of(cose_key, sizeof(cose_key)), &expected);
    sign_kid(sign_key_public(key), &kid);
    assert_true(hash_equal(&expected, &kid));
    assert_true(hash_equal(&expected, sign_key_kid(key)));
    sign_key_release(key);

    /* Computed with Python's hashlib for the public key of RFC 8032 TEST 1. */
    struct sign_public pk;
    from_hex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", pk.b, 32);
    sign_kid(&pk, &kid);
    hex_encode(hash_slice(&kid), text);
    assert_string_equal(text, "866eefbd6718c8846cd7ddfe43fc74ab1daac4538ff8514ea2ec2d410a415743");
}

static void test_bad_public_keys(void **state)
{
    (void)state;
    static const char *const bad[] = {
        /* small order: y = 1, y = -1, y = 0 with either sign */
        "0100000000000000000000000000000000000000000000000000000000000000",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0000000000000000000000000000000000000000000000000000000000000080",
        /* y = p and y = p + 1: not canonical */
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        /* y = 2: no point of the curve has it */
        "0200000000000000000000000000000000000000000000000000000000000000",
        "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    };
    for (size_t i = 0; i < ARRAY_LENGTH(bad); i++) {
        struct sign_public pk;
        from_hex(bad[i], pk.b, 32);
        if (sign_public_valid(&pk))
            fail_msg("accepted %s", bad[i]);
    }
}

static json_t *load_wycheproof(void)
{
    const char *folder = getenv("HUCE_VECTORS");
    char *path =
        mem_printf("%s/wycheproof_ed25519_test.json", folder ? folder : "../shared/vectors");
    json_t *file = json_load_file(path, JSON_REJECT_DUPLICATES, NULL);
    if (!file)
        print_message("skip - Wycheproof vectors: cannot read %s\n", path);
    mem_free(path);
    return file;
}

static const char *text_of(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));
    assert_non_null(text);
    return text;
}

static void check_wycheproof_test(const struct sign_public *pk, const json_t *test)
{
    const char *message_hex = text_of(test, "msg"), *sig_hex = text_of(test, "sig");
    size_t n = strlen(message_hex) / 2;
    uint8_t *message = mem_alloc(n);
    struct signature sig;
    from_hex(message_hex, message, n);
    /* A signature of another length cannot even be expressed: refused by its type. */
    bool verdict = hex_decode(slice_str(sig_hex), sig.b, SIGN_SIZE) &&
                   sign_verify(pk, slice_of(message, n), &sig);
    if (verdict != (strcmp(text_of(test, "result"), "valid") == 0))
        fail_msg("tcId %d (%s)", (int)json_integer_value(json_object_get(test, "tcId")),
                 text_of(test, "comment"));
    mem_free(message);
}

static void test_wycheproof(void **state)
{
    (void)state;
    json_t *file = load_wycheproof();
    if (!file)
        skip();
    json_int_t count = 0;
    size_t i, k;
    json_t *group, *test;
    json_array_foreach(json_object_get(file, "testGroups"), i, group)
    {
        struct sign_public pk;
        from_hex(text_of(json_object_get(group, "publicKey"), "pk"), pk.b, 32);
        json_array_foreach(json_object_get(group, "tests"), k, test)
        {
            check_wycheproof_test(&pk, test);
            count++;
        }
    }
    assert_true(count > 100);
    assert_int_equal(count, json_integer_value(json_object_get(file, "numberOfTests")));
    json_decref(file);
}

static void test_sealed_boxes(void **state)
{
    (void)state;
    const uint8_t seed[32] = {5}, other[32] = {6};
    struct box_public to;
    uint8_t sealed[100 + 48], opened[100], message[100];
    memset(message, 'm', sizeof(message));
    box_public_from_seed(seed, &to);
    assert_true(box_public_valid(&to));
    for (size_t n = 0; n <= 100; n += 25) {
        box_seal(&to, n ? slice_of(message, n) : SLICE_NONE, sealed);
        assert_true(box_open(seed, slice_of(sealed, n + 48), opened));
        assert_memory_equal(opened, message, n);
        assert_false(box_open(other, slice_of(sealed, n + 48), opened));
        assert_false(box_open(seed, slice_of(sealed, n + 47), opened));
        sealed[n + 20] ^= 1;
        assert_false(box_open(seed, slice_of(sealed, n + 48), opened));
    }
    assert_false(box_open(seed, SLICE_NONE, opened));
    struct box_public small = {{0}};
    assert_false(box_public_valid(&small));
    small.b[0] = 1;
    assert_false(box_public_valid(&small));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rfc8032_vectors),
        cmocka_unit_test(test_altered_is_refused),
        cmocka_unit_test(test_kid),
        cmocka_unit_test(test_bad_public_keys),
        cmocka_unit_test(test_wycheproof),
        cmocka_unit_test(test_sealed_boxes),
    };
    return cmocka_run_group_tests(tests, start, NULL);
}
