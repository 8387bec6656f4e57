/* SPDX-License-Identifier: MulanPSL-2.0 */
/* hash: SHA-256 and HMAC against published vectors, in one piece and in parts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "shared/base/check.h"
#include "shared/codec/hex.h"
#include "shared/crypto/hash.h"

static int start(void **state)
{
    (void)state;
    crypto_init();
    crypto_init(); /* twice is fine */
    return 0;
}

static void assert_hash(const struct hash *h, const char *hex)
{
    char text[2 * HASH_SIZE + 1];
    hex_encode(hash_slice(h), text);
    assert_string_equal(text, hex);
}

static void test_sha256(void **state)
{
    (void)state;
    struct hash h;
    hash_bytes(SLICE_NONE, &h); /* the empty tree of RFC 6962 is SHA-256 of nothing */
    assert_hash(&h, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    /* FIPS 180-2, appendix B.1 and B.2 */
    hash_bytes(slice_str("abc"), &h);
    assert_hash(&h, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    hash_bytes(slice_str("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"), &h);
    assert_hash(&h, "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

static void test_parts(void **state)
{
    (void)state;
    struct hash whole, parts;
    hash_bytes(slice_str("abc"), &whole);
    hash_parts(slice_str("a"), slice_str("b"), slice_str("c"), &parts);
    assert_true(hash_equal(&whole, &parts));
    hash_parts(SLICE_NONE, slice_str("abc"), SLICE_NONE, &parts);
    assert_true(hash_equal(&whole, &parts));
    hash_parts(slice_str("a"), slice_str("b"), slice_str("d"), &parts);
    assert_false(hash_equal(&whole, &parts));
    assert_false(hash_is_zero(&whole));
    assert_true(hash_is_zero(&(struct hash){{0}}));
}

static void test_hmac(void **state)
{
    (void)state;
    /* RFC 4231 §4.2, §4.3, §4.4, §4.7 and §4.8. */
    uint8_t long_key[131], dd[50], aa[20], b0[20];
    memset(long_key, 0xaa, sizeof(long_key));
    memset(dd, 0xdd, sizeof(dd));
    memset(aa, 0xaa, sizeof(aa));
    memset(b0, 0x0b, sizeof(b0));
    const struct {
        struct slice key, message;
        const char *mac;
    } cases[] = {
        {slice_of(b0, 20), slice_str("Hi There"),
         "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
        {slice_str("Jefe"), slice_str("what do ya want for nothing?"),
         "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
        {slice_of(aa, 20), slice_of(dd, 50),
         "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"},
        {slice_of(long_key, 131),
         slice_str("Test Using Larger Than Block-Size Key - Hash Key First"),
         "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"},
        {slice_of(long_key, 131),
         slice_str("This is a test using a larger than block-size key and a larger than block-size "
                   "data. The key needs to be hashed before being used by the HMAC algorithm."),
         "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2"},
    };
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        struct hmac_key key;
        struct hash mac;
        hmac_prepare(cases[i].key, &key);
        for (int again = 0; again < 2; again++) {
            hmac(&key, cases[i].message, &mac);
            assert_hash(&mac, cases[i].mac);
        }
    }
}

static void test_secrets(void **state)
{
    (void)state;
    uint8_t a[4] = {1, 2, 3, 4}, b[4] = {1, 2, 3, 5};
    assert_true(secret_equal(a, b, 3));
    assert_false(secret_equal(a, b, 4));
    assert_true(secret_equal(NULL, NULL, 0));
    secret_wipe(a, sizeof(a));
    assert_memory_equal(a, "\0\0\0\0", 4);
    secret_wipe(NULL, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sha256),
        cmocka_unit_test(test_parts),
        cmocka_unit_test(test_hmac),
        cmocka_unit_test(test_secrets),
    };
    return cmocka_run_group_tests(tests, start, NULL);
}
