/* SPDX-License-Identifier: MulanPSL-2.0 */
/* hex: bytes as text and back; what an encoder would not have written is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "shared/base/check.h"
#include "shared/codec/hex.h"

#include <stdlib.h>

static void test_hex(void **state)
{
    (void)state;
    char text[11];
    uint8_t bytes[5];
    hex_encode(slice_of("\x00\x01\x7f\xab\xff", 5), text);
    assert_string_equal(text, "00017fabff");
    assert_true(hex_decode(slice_str("00017FabFf"), bytes, 5));
    assert_memory_equal(bytes, "\x00\x01\x7f\xab\xff", 5);
    assert_true(hex_decode(SLICE_NONE, bytes, 0));
    const char *bad[] = {"",           "0",          "00017fabf",  "00017fabff0", "00017fabff00",
                         "0001 7abff", "00017fabfg", "00017fabf:", "00017fabf/",  "0x017fabff",
                         "00017fab@f"};
    for (size_t i = 0; i < ARRAY_LENGTH(bad); i++)
        if (hex_decode(slice_str(bad[i]), bytes, 5))
            fail_msg("accepted \"%s\"", bad[i]);
}

/* RFC 4648 §10; base32 with Crockford's digits for the same bytes. */
static const struct {
    const char *bytes, *base64, *base32;
} vectors[] = {
    {"", "", ""},
    {"f", "Zg==", "CR"},
    {"fo", "Zm8=", "CSQG"},
    {"foo", "Zm9v", "CSQPY"},
    {"foob", "Zm9vYg==", "CSQPYRG"},
    {"fooba", "Zm9vYmE=", "CSQPYRK1"},
    {"foobar", "Zm9vYmFy", "CSQPYRK1E8"},
};

static void test_vectors(void **state)
{
    (void)state;
    struct buf b;
    buf_init(&b, 100);
    for (size_t i = 0; i < ARRAY_LENGTH(vectors); i++) {
        base64_encode(slice_str(vectors[i].bytes), &b);
        assert_string_equal(buf_cstr(&b), vectors[i].base64);
        buf_clear(&b);
        assert_true(base64_decode(slice_str(vectors[i].base64), &b));
        assert_string_equal(buf_cstr(&b), vectors[i].bytes);
        buf_clear(&b);
        base32_encode(slice_str(vectors[i].bytes), &b);
        assert_string_equal(buf_cstr(&b), vectors[i].base32);
        buf_clear(&b);
        assert_true(base32_decode(slice_str(vectors[i].base32), &b));
        assert_string_equal(buf_cstr(&b), vectors[i].bytes);
        buf_clear(&b);
    }
    buf_release(&b);
}

static void test_base64_is_strict(void **state)
{
    (void)state;
    const char *bad[] = {
        "Z",        "Zg",    "Zg=",    "Zh==", "Zm9=", "Z===", "A===",  "====",    "=",
        "Zg==Zg==", "Zm 8=", "Zm8=\n", "Zm-_", "Zm8",  "Zg=a", "Zm9v=", "Zm9v===="};
    struct buf b;
    buf_init(&b, 100);
    buf_put_str(&b, "kept");
    for (size_t i = 0; i < ARRAY_LENGTH(bad); i++) {
        if (base64_decode(slice_str(bad[i]), &b))
            fail_msg("accepted \"%s\"", bad[i]);
        assert_string_equal(buf_cstr(&b), "kept");
    }
    buf_release(&b);
}

static void test_base32_as_people_write_it(void **state)
{
    (void)state;
    struct buf b;
    buf_init(&b, 100);
    assert_true(base32_decode(slice_str("csqpyrkie8"), &b));
    assert_true(base32_decode(slice_str("CSQPYRKLE8"), &b));
    assert_string_equal(buf_cstr(&b), "foobarfoobar");
    buf_clear(&b);
    assert_true(base32_decode(slice_str("oO"), &b));
    assert_int_equal(b.n, 1);
    assert_int_equal(b.p[0], 0);
    buf_clear(&b);
    const char *bad[] = {"0",  "000", "000000", "C",   "CS",   "CSQ",      "CSQPYR",
                         "CU", "CR ", "C-",     "CR=", "CSQH", "C\xc3\xa9"};
    for (size_t i = 0; i < ARRAY_LENGTH(bad); i++)
        if (base32_decode(slice_str(bad[i]), &b))
            fail_msg("accepted \"%s\"", bad[i]);
    assert_false(base32_decode(slice_of("C\0", 2), &b));
    assert_int_equal(b.n, 0);
    buf_release(&b);
}

static void test_every_length_round_trips(void **state)
{
    (void)state;
    uint8_t bytes[100];
    struct buf text, back;
    buf_init(&text, 200);
    buf_init(&back, 100);
    for (size_t n = 0; n <= sizeof(bytes); n++) {
        for (size_t i = 0; i < n; i++)
            bytes[i] = (uint8_t)(n * 31 + i * 73);
        base64_encode(slice_of(bytes, n), &text);
        assert_true(base64_decode(buf_slice(&text), &back));
        assert_true(slice_equal(buf_slice(&back), slice_of(bytes, n)));
        buf_clear(&text);
        buf_clear(&back);
        base32_encode(slice_of(bytes, n), &text);
        assert_true(base32_decode(buf_slice(&text), &back));
        assert_true(slice_equal(buf_slice(&back), slice_of(bytes, n)));
        buf_clear(&text);
        buf_clear(&back);
    }
    buf_release(&text);
    buf_release(&back);
}

static void test_full_output_refuses(void **state)
{
    (void)state;
    struct buf b;
    buf_init(&b, 5);
    assert_false(base64_decode(slice_str("Zm9vYmFy"), &b));
    assert_int_equal(b.n, 0);
    buf_release(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hex),
        cmocka_unit_test(test_vectors),
        cmocka_unit_test(test_base64_is_strict),
        cmocka_unit_test(test_base32_as_people_write_it),
        cmocka_unit_test(test_every_length_round_trips),
        cmocka_unit_test(test_full_output_refuses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
