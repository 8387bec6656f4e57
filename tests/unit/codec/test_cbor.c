/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * cbor: the vectors of RFC 8949 Appendix A (accepted where the profile allows, refused elsewhere),
 * each class of malformed input, and round trips of random items with a fixed seed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "shared/base/check.h"
#include "shared/codec/cbor.h"
#include "shared/codec/hex.h"

#include <stdio.h>
#include <stdlib.h>

/* The bytes in memory of exactly their size, so that ASan sees a read beyond their end. */
static struct slice bytes_of(const char *hex)
{
    size_t n = strlen(hex) / 2;
    uint8_t *p = malloc(n ? n : 1);
    assert_non_null(p);
    assert_true(hex_decode(slice_str(hex), p, n));
    return slice_of(p, n);
}

static void drop(struct slice bytes)
{
    free((void *)bytes.p);
}

static bool accepts(const char *hex)
{
    struct slice bytes = bytes_of(hex);
    bool ok = cbor_is_canonical(bytes);
    drop(bytes);
    return ok;
}

static const char *why_refused(const char *hex)
{
    struct slice bytes = bytes_of(hex);
    struct cbor_reader r;
    cbor_reader_init(&r, bytes, "item");
    cbor_read_item(&r);
    if (cbor_end(&r, NULL) == ST_OK)
        r.error = "accepted";
    drop(bytes);
    return r.error;
}

/* RFC 8949 Appendix A, table 6. */
static const struct {
    const char *hex;
    bool accepted;
} appendix_a[] = {
    {"00", true},
    {"01", true},
    {"0a", true},
    {"17", true},
    {"1818", true},
    {"1819", true},
    {"1864", true},
    {"1903e8", true},
    {"1a000f4240", true},
    {"1b000000e8d4a51000", true},
    {"1bffffffffffffffff", true},
    {"c249010000000000000000", false}, /* bignum: a tag */
    {"3bffffffffffffffff", false},     /* -18446744073709551616: not in int64 */
    {"c349010000000000000000", false},
    {"20", true},
    {"29", true},
    {"3863", true},
    {"3903e7", true},
    {"f90000", false}, /* floats */
    {"f98000", false},
    {"f93c00", false},
    {"fb3ff199999999999a", false},
    {"f93e00", false},
    {"f97bff", false},
    {"fa47c35000", false},
    {"fa7f7fffff", false},
    {"fb7e37e43c8800759c", false},
    {"f90001", false},
    {"f90400", false},
    {"f9c400", false},
    {"fbc010666666666666", false},
    {"f97c00", false},
    {"f97e00", false},
    {"f9fc00", false},
    {"fa7f800000", false},
    {"fa7fc00000", false},
    {"faff800000", false},
    {"fb7ff0000000000000", false},
    {"fb7ff8000000000000", false},
    {"fbfff0000000000000", false},
    {"f4", true},
    {"f5", true},
    {"f6", true},
    {"f7", false}, /* undefined and other simple values */
    {"f0", false},
    {"f8ff", false},
    {"c074323031332d30332d32315432303a30343a30305a", false}, /* tags but 18 */
    {"c11a514b67b0", false},
    {"c1fb41d452d9ec200000", false},
    {"d74401020304", false},
    {"d818456449455446", false},
    {"d82076687474703a2f2f7777772e6578616d706c652e636f6d", false},
    {"40", true},
    {"4401020304", true},
    {"60", true},
    {"6161", true},
    {"6449455446", true},
    {"62225c", true},
    {"62c3bc", true},
    {"63e6b0b4", true},
    {"64f0908591", true},
    {"80", true},
    {"83010203", true},
    {"8301820203820405", true},
    {"98190102030405060708090a0b0c0d0e0f101112131415161718181819", true},
    {"a0", true},
    {"a201020304", true},
    {"a26161016162820203", true},
    {"826161a161626163", true},
    {"a56161614161626142616361436164614461656145", true},
    {"5f42010243030405ff", false}, /* indefinite lengths */
    {"7f657374726561646d696e67ff", false},
    {"9fff", false},
    {"9f018202039f0405ffff", false},
    {"9f01820203820405ff", false},
    {"83018202039f0405ff", false},
    {"83019f0203ff820405", false},
    {"9f0102030405060708090a0b0c0d0e0f101112131415161718181819ff", false},
    {"bf61610161629f0203ffff", false},
    {"826161bf61626163ff", false},
    {"bf6346756ef563416d7421ff", false},
};

static void test_rfc8949_appendix_a(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(appendix_a); i++)
        if (accepts(appendix_a[i].hex) != appendix_a[i].accepted)
            fail_msg("%s: %s", appendix_a[i].hex, why_refused(appendix_a[i].hex));
}

static void test_malformed(void **state)
{
    (void)state;
    static const struct {
        const char *hex, *error;
    } cases[] = {
        {"", "the input ends where an item must follow"},
        {"0000", "bytes follow the end"},
        {"18", "the input ends inside an item"},
        {"1b00000000000000", "the input ends inside an item"},
        {"1800", "integer or length not in its shortest form"},
        {"1817", "integer or length not in its shortest form"},
        {"1900ff", "integer or length not in its shortest form"},
        {"1a0000ffff", "integer or length not in its shortest form"},
        {"1b00000000ffffffff", "integer or length not in its shortest form"},
        {"3817", "integer or length not in its shortest form"},
        {"580100", "integer or length not in its shortest form"},
        {"780161", "integer or length not in its shortest form"},
        {"980100", "integer or length not in its shortest form"},
        {"b8010000", "integer or length not in its shortest form"},
        {"d81200", "integer or length not in its shortest form"},
        {"3b8000000000000000", "a negative integer below 64 bits"},
        {"1c", "indefinite length or reserved encoding"},
        {"3d", "indefinite length or reserved encoding"},
        {"5e", "indefinite length or reserved encoding"},
        {"7f", "indefinite length or reserved encoding"},
        {"dc", "indefinite length or reserved encoding"},
        {"ff", "indefinite length or reserved encoding"},
        {"f3", "a float or a simple value other than false, true and null"},
        {"f814", "a float or a simple value other than false, true and null"},
        {"f818", "a float or a simple value other than false, true and null"},
        {"41", "a string longer than the rest of the input"},
        {"4200", "a string longer than the rest of the input"},
        {"5bffffffffffffffff00", "a string longer than the rest of the input"},
        {"7affffffff61", "a string longer than the rest of the input"},
        {"81", "more items declared than the rest of the input can hold"},
        {"8300", "more items declared than the rest of the input can hold"},
        {"9bffffffffffffffff00", "more items declared than the rest of the input can hold"},
        {"a100", "more items declared than the rest of the input can hold"},
        {"bb800000000000000000", "more items declared than the rest of the input can hold"},
        {"828100", "the input ends where an item must follow"},
        {"d2", "the input ends where an item must follow"},
        {"d1", "a tag other than 18"},
        {"d300", "a tag other than 18"},
        {"d81800", "a tag other than 18"},
        {"a200000000", "map keys not sorted, or a key twice"},
        {"a201000000", "map keys not sorted, or a key twice"},
        {"a2616200616100", "map keys not sorted, or a key twice"},
        {"a26261610061620000",
         "map keys not sorted, or a key twice"},                 /* length first, then bytes */
        {"a2200018ff00", "map keys not sorted, or a key twice"}, /* 255 before -1 */
        {"a28100008000", "map keys not sorted, or a key twice"}, /* containers are keys too */
        {"6180", "text that is not valid UTF-8"},
        {"62c080", "text that is not valid UTF-8"},
        {"63eda080", "text that is not valid UTF-8"},
        {"81a1616100ff", "bytes follow the end"},
        {"a1616180ff", "bytes follow the end"},
    };
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++)
        if (strcmp(why_refused(cases[i].hex), cases[i].error) != 0)
            fail_msg("%s: %s", cases[i].hex, why_refused(cases[i].hex));
}

static void test_accepted_edges(void **state)
{
    (void)state;
    static const char *const cases[] = {
        "3b7fffffffffffffff", /* INT64_MIN */
        "d280",               /* 18([]) */
        "a20000a000",         /* an empty map as a key, after an integer */
        "a218ff002000",       /* 255 sorts before -1 */
        "a2616100626161"
        "00", /* "a" before "aa" */
        "a280008100"
        "00",             /* [] before [0] */
        "81a1008100",     /* containers that end together */
        "82a100a1000100", /* a map whose value is a map, then a sibling */
    };
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++)
        if (!accepts(cases[i]))
            fail_msg("%s: %s", cases[i], why_refused(cases[i]));
}

static void test_depth(void **state)
{
    (void)state;
    assert_true(accepts("818181818181818100"));
    assert_string_equal(why_refused("81818181818181818100"), "nested too deeply");
    assert_string_equal(why_refused("818181818181818180"), "nested too deeply");
    assert_true(accepts("8181818181818180"));
    assert_true(accepts("a100a100a100a100a100a100a100a10000"));
    assert_string_equal(why_refused("a100a100a100a100a100a100a100a100a10000"), "nested too deeply");
    /* After a deep branch ended, the next may be as deep. */
    assert_true(accepts("82818181818181810081818181818181"
                        "00"));
}

static void test_integers_round_trip(void **state)
{
    (void)state;
    const uint64_t edges[] = {
        0,         23,        24, 255, 256, 65535, 65536, UINT32_MAX, (uint64_t)UINT32_MAX + 1,
        INT64_MAX, UINT64_MAX};
    const size_t sizes[] = {1, 1, 2, 2, 3, 3, 5, 5, 9, 9, 9};
    for (size_t i = 0; i < ARRAY_LENGTH(edges); i++) {
        struct buf b;
        struct cbor_reader r;
        buf_init(&b, 64);
        cbor_put_uint(&b, edges[i]);
        assert_int_equal(b.n, sizes[i]);
        cbor_reader_init(&r, buf_slice(&b), "integer");
        assert_true(cbor_read_uint(&r) == edges[i]);
        assert_int_equal(cbor_end(&r, NULL), ST_OK);
        cbor_reader_init(&r, buf_slice(&b), "integer");
        int64_t value = cbor_read_int(&r);
        assert_true(edges[i] <= INT64_MAX ? value == (int64_t)edges[i]
                                          : !cbor_ok(&r) && value == 0);
        if (edges[i] <= INT64_MAX) {
            struct buf same;
            buf_init(&same, 64);
            cbor_put_int(&same, (int64_t)edges[i]);
            assert_true(slice_equal(buf_slice(&same), buf_slice(&b)));
            buf_release(&same);
            buf_clear(&b);
            cbor_put_int(&b, -1 - (int64_t)edges[i]);
            assert_int_equal(b.n, sizes[i]);
            cbor_reader_init(&r, buf_slice(&b), "integer");
            assert_true(cbor_read_int(&r) == -1 - (int64_t)edges[i]);
            assert_int_equal(cbor_end(&r, NULL), ST_OK);
        }
        buf_release(&b);
    }
}

static void test_typed_reads(void **state)
{
    (void)state;
    struct buf b;
    buf_init(&b, 1000);
    cbor_put_tag(&b, CBOR_TAG_COSE_SIGN1);
    cbor_put_array(&b, 8);
    cbor_put_bytes(&b, slice_str("abc"));
    cbor_put_str(&b, "户策");
    cbor_put_bool(&b, true);
    cbor_put_bool(&b, false);
    cbor_put_null(&b);
    cbor_put_map(&b, 1);
    cbor_put_uint(&b, 1);
    cbor_put_int(&b, -5);
    cbor_put_array(&b, 0);
    cbor_put_bytes(&b, slice_str("12345678"));

    struct cbor_reader r;
    cbor_reader_init(&r, buf_slice(&b), "thing");
    assert_int_equal(cbor_peek(&r), CBOR_TAG);
    assert_int_equal(cbor_read_tag(&r), 18);
    assert_int_equal(cbor_peek(&r), CBOR_ARRAY);
    cbor_expect_array(&r, 8);
    assert_true(slice_equal(cbor_read_bytes(&r, 3), slice_str("abc")));
    assert_false(cbor_at_null(&r));
    assert_true(slice_equal(cbor_read_text(&r, 6), slice_str("户策")));
    assert_true(cbor_read_bool(&r));
    assert_false(cbor_read_bool(&r));
    assert_true(cbor_at_null(&r));
    cbor_read_null(&r);
    assert_int_equal(cbor_read_map(&r, 1), 1);
    assert_int_equal(cbor_read_uint_max(&r, 1), 1);
    assert_int_equal(cbor_peek(&r), CBOR_NINT);
    assert_int_equal(cbor_read_int(&r), -5);
    assert_int_equal(cbor_read_array(&r, 0), 0);
    char fixed[8];
    cbor_read_fixed(&r, fixed, 8);
    assert_memory_equal(fixed, "12345678", 8);
    assert_true(cbor_ok(&r));
    assert_false(cbor_at_null(&r));
    assert_int_equal(cbor_end(&r, NULL), ST_OK);
    buf_release(&b);
}

/* Each wrong read fails where the item begins, says why, and later reads return nothing. */
#define REFUSES(HEX, READ, ERROR)                                     \
    do {                                                              \
        struct slice bytes = bytes_of("00" HEX "00");                 \
        struct cbor_reader r;                                         \
        struct error err;                                             \
        cbor_reader_init(&r, bytes, "thing");                         \
        cbor_read_uint(&r);                                           \
        READ;                                                         \
        assert_false(cbor_ok(&r));                                    \
        assert_string_equal(r.error, ERROR);                          \
        assert_int_equal(r.error_at, 1);                              \
        assert_int_equal(r.p - r.start, 1);                           \
        assert_int_equal(cbor_read_uint(&r), 0);                      \
        assert_int_equal(cbor_read_int(&r), 0);                       \
        assert_int_equal(cbor_read_item(&r).n, 0);                    \
        assert_int_equal(cbor_read_array(&r, 9), 0);                  \
        assert_int_equal(cbor_peek(&r), 0);                           \
        assert_false(cbor_at_null(&r));                               \
        cbor_fail(&r, "later");                                       \
        assert_int_equal(cbor_end(&r, &err), ST_INVALID);             \
        assert_string_equal(err.text, "thing: " ERROR ", at byte 1"); \
        drop(bytes);                                                  \
    } while (0)

/* Nothing of a text stands in a buffer that is too small for it; nothing is a fixed string, too. */
static void test_short_texts_and_empty_strings(void **state)
{
    (void)state;
    struct buf small;
    struct cbor_reader r;
    buf_init(&small, 3);
    cbor_put_str(&small, "four");
    assert_false(buf_ok(&small));
    assert_int_equal(small.n, 0);
    buf_release(&small);
    cbor_reader_init(&r, slice_of("\x40", 1), "thing");
    cbor_read_fixed(&r, NULL, 0);
    assert_int_equal(cbor_end(&r, NULL), ST_OK);
}

static void test_typed_reads_refuse(void **state)
{
    (void)state;
    uint8_t fixed[2] = {1, 1};
    REFUSES("4100", cbor_read_fixed(&r, NULL, 0), "a byte string of the wrong length");
    REFUSES("20", cbor_read_uint(&r), "expected an unsigned integer");
    REFUSES("05", cbor_read_uint_max(&r, 4), "a number above its limit");
    REFUSES("40", cbor_read_int(&r), "expected an integer");
    REFUSES("1b8000000000000000", cbor_read_int(&r), "an integer above 63 bits");
    REFUSES("60", cbor_read_bytes(&r, 9), "expected a byte string");
    REFUSES("420000", cbor_read_bytes(&r, 1), "a string above its limit");
    REFUSES("4300", cbor_read_bytes(&r, 9), "a string longer than the rest of the input");
    REFUSES("40", cbor_read_text(&r, 9), "expected a text string");
    REFUSES("62c328", cbor_read_text(&r, 9), "text that is not valid UTF-8");
    REFUSES("43000000", cbor_read_fixed(&r, fixed, 2), "a byte string of the wrong length");
    assert_int_equal(fixed[0] + fixed[1], 0);
    REFUSES("f6", cbor_read_bool(&r), "expected true or false");
    REFUSES("00", cbor_read_bool(&r), "expected a simple value");
    REFUSES("f4", cbor_read_null(&r), "expected null");
    REFUSES("00", cbor_read_tag(&r), "expected a tag");
    REFUSES("a0", cbor_read_array(&r, 9), "expected an array");
    REFUSES("820000", cbor_read_array(&r, 1), "more items than allowed");
    REFUSES("8200", cbor_expect_array(&r, 3), "an array of the wrong length");
    REFUSES("83", cbor_expect_array(&r, 3),
            "more items declared than the rest of the input can hold");
    REFUSES("80", cbor_read_map(&r, 9), "expected a map");
    REFUSES("a200000100", cbor_read_map(&r, 1), "more items than allowed");
    REFUSES("a200", cbor_read_map(&r, 9),
            "more items declared than the rest of the input can hold");
    REFUSES("00", cbor_fail(&r, "the caller's own"), "the caller's own");
}

static void test_item_fails_inside(void **state)
{
    (void)state;
    struct slice bytes = bytes_of("008200f7");
    struct cbor_reader r;
    cbor_reader_init(&r, bytes, "thing");
    cbor_read_uint(&r);
    assert_int_equal(cbor_read_item(&r).n, 0);
    assert_int_equal(r.error_at, 3);
    assert_int_equal(r.p - r.start, 1);
    drop(bytes);
}

static void test_items_in_a_row(void **state)
{
    (void)state;
    struct slice bytes = bytes_of("8201a1024103"
                                  "f6"
                                  "80");
    struct cbor_reader r;
    cbor_reader_init(&r, bytes, "items");
    assert_int_equal(cbor_read_item(&r).n, 6);
    assert_int_equal(cbor_read_item(&r).n, 1);
    assert_int_equal(cbor_read_item(&r).n, 1);
    assert_int_equal(cbor_end(&r, NULL), ST_OK);
    assert_false(cbor_at_null(&r));
    assert_true(cbor_ok(&r));
    assert_int_equal(cbor_peek(&r), CBOR_UINT); /* nothing to look at: that is a failure */
    assert_string_equal(r.error, "the input ends where an item must follow");
    drop(bytes);
}

static void test_key_order_by_hand(void **state)
{
    (void)state;
    struct cbor_reader r;
    struct slice last = SLICE_NONE;
    cbor_reader_init(&r, SLICE_NONE, "map");
    cbor_check_key_order(&r, &last, slice_str("a"));
    cbor_check_key_order(&r, &last, slice_str("b"));
    assert_true(cbor_ok(&r));
    cbor_check_key_order(&r, &last, slice_str("b"));
    assert_false(cbor_ok(&r));
}

/* ---- random items ---- */

static uint64_t seed;

/* A linear congruential generator with Knuth's MMIX constants: the same items on every machine. */
static uint64_t next_random(void)
{
    seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return seed >> 33 | seed << 31; /* the low bits repeat soon: the high ones take their place */
}

static void put_random_item(struct buf *out, int depth)
{
    static const char *const texts[] = {"", "a", "三甲集社区", "\xF0\x9F\x90\x91 sheep",
                                        "plain ASCII text"};
    uint64_t n;
    switch (next_random() % (depth < CBOR_DEPTH_MAX ? 8 : 5)) {
    case 0:
        cbor_put_uint(out, next_random() >> next_random() % 64);
        break;
    case 1:
        cbor_put_int(out, -1 - (int64_t)(next_random() >> 1 >> next_random() % 63));
        break;
    case 2:
        n = next_random();
        cbor_put_bytes(out, slice_of(&n, n % 9));
        break;
    case 3:
        cbor_put_str(out, texts[next_random() % ARRAY_LENGTH(texts)]);
        break;
    case 4:
        n = next_random() % 3;
        if (n == 2)
            cbor_put_null(out);
        else
            cbor_put_bool(out, n == 1);
        break;
    case 5:
        cbor_put_tag(out, CBOR_TAG_COSE_SIGN1);
        cbor_put_array(out, 1);
        put_random_item(out, depth + 1);
        break;
    case 6:
        n = next_random() % 5;
        cbor_put_array(out, n);
        for (uint64_t i = 0; i < n; i++)
            put_random_item(out, depth + 1);
        break;
    case 7:
        n = next_random() % 5;
        cbor_put_map(out, n);
        for (uint64_t i = 0, key = 0; i < n; i++) {
            cbor_put_uint(out, key += 1 + next_random() % 300);
            put_random_item(out, depth + 1);
        }
        break;
    }
}

/* Reads one item with the typed functions and writes it again. */
static void copy_item(struct cbor_reader *r, struct buf *out)
{
    size_t n = 0;
    switch (cbor_peek(r)) {
    case CBOR_UINT:
        cbor_put_uint(out, cbor_read_uint(r));
        return;
    case CBOR_NINT:
        cbor_put_int(out, cbor_read_int(r));
        return;
    case CBOR_BYTES:
        cbor_put_bytes(out, cbor_read_bytes(r, SIZE_MAX));
        return;
    case CBOR_TEXT:
        cbor_put_text(out, cbor_read_text(r, SIZE_MAX));
        return;
    case CBOR_SIMPLE:
        if (cbor_at_null(r)) {
            cbor_read_null(r);
            cbor_put_null(out);
        } else {
            cbor_put_bool(out, cbor_read_bool(r));
        }
        return;
    case CBOR_TAG:
        cbor_put_tag(out, cbor_read_tag(r));
        copy_item(r, out);
        return;
    case CBOR_ARRAY:
        n = cbor_read_array(r, SIZE_MAX);
        cbor_put_array(out, n);
        break;
    case CBOR_MAP:
        n = cbor_read_map(r, SIZE_MAX);
        cbor_put_map(out, n);
        n *= 2;
        break;
    }
    for (size_t i = 0; i < n && cbor_ok(r); i++)
        copy_item(r, out);
}

static void test_random_items(void **state)
{
    (void)state;
    struct buf item, copy;
    buf_init(&item, 1 << 24);
    buf_init(&copy, 1 << 24);
    for (seed = 1; seed < 4000; seed++) {
        uint64_t replay = seed;
        buf_clear(&item);
        buf_clear(&copy);
        put_random_item(&item, 0);
        assert_true(buf_ok(&item));
        if (!cbor_is_canonical(buf_slice(&item)))
            fail_msg("seed %llu: refused", (unsigned long long)replay);
        struct cbor_reader r;
        cbor_reader_init(&r, buf_slice(&item), "item");
        copy_item(&r, &copy);
        if (cbor_end(&r, NULL) != ST_OK || !slice_equal(buf_slice(&item), buf_slice(&copy)))
            fail_msg("seed %llu: the copy differs", (unsigned long long)replay);

        /* No item is the beginning of another. */
        for (int i = 0; i < 4; i++) {
            size_t n = next_random() % item.n;
            uint8_t *part = malloc(n ? n : 1);
            memcpy(part, item.p, n);
            assert_false(cbor_is_canonical(slice_of(part, n)));
            free(part);
        }
        /* What is accepted after damage is again one item that reads back the same. */
        for (int i = 0; i < 8; i++) {
            size_t at = next_random() % item.n;
            uint8_t before = item.p[at];
            item.p[at] = (uint8_t)next_random();
            if (cbor_is_canonical(buf_slice(&item))) {
                buf_clear(&copy);
                cbor_reader_init(&r, buf_slice(&item), "item");
                copy_item(&r, &copy);
                if (cbor_end(&r, NULL) != ST_OK || !slice_equal(buf_slice(&item), buf_slice(&copy)))
                    fail_msg("seed %llu: two encodings of one item", (unsigned long long)replay);
            }
            item.p[at] = before;
        }
        seed = replay;
    }
    buf_release(&item);
    buf_release(&copy);
}

/* ---- UTF-8 ---- */

/* RFC 3629 §3 by arithmetic: decode one character of any form, then judge its number. */
static bool utf8_valid_slowly(struct slice text)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    for (size_t i = 0; i < text.n;) {
        uint8_t lead = text.p[i];
        size_t n = lead < 0x80             ? 1
                   : (lead & 0xE0) == 0xC0 ? 2
                   : (lead & 0xF0) == 0xE0 ? 3
                   : (lead & 0xF8) == 0xF0 ? 4
                                           : 0;
        if (n == 0 || i + n > text.n)
            return false;
        uint32_t c = n == 1 ? lead : lead & (0x7Fu >> n);
        for (size_t k = 1; k < n; k++) {
            if ((text.p[i + k] & 0xC0) != 0x80)
                return false;
            c = c << 6 | (text.p[i + k] & 0x3F);
        }
        if (c < least[n] || c > 0x10FFFF || (c >= 0xD800 && c <= 0xDFFF))
            return false;
        i += n;
    }
    return true;
}

static void test_utf8(void **state)
{
    (void)state;
    /* All sequences of two and three bytes, and four with the last one fixed, behind ASCII that
     * sends the reader through its fast path. */
    uint8_t text[8 + 4] = "12345678";
    for (uint32_t v = 0; v < 1u << 24; v += 1 + (v < 0xC00000 ? 96 : 0)) {
        text[8] = (uint8_t)(v >> 16);
        text[9] = (uint8_t)(v >> 8);
        text[10] = (uint8_t)v;
        text[11] = 0x80;
        for (size_t n = 9; n <= 12; n++)
            if (utf8_valid(slice_of(text, n)) != utf8_valid_slowly(slice_of(text, n)))
                fail_msg("%06x, %zu bytes", v, n - 8);
    }
    assert_true(utf8_valid(SLICE_NONE));
    assert_int_equal(utf8_length(SLICE_NONE), 0);
    assert_int_equal(utf8_length(slice_str("户a策\xF0\x9F\x90\x91")), 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rfc8949_appendix_a),
        cmocka_unit_test(test_malformed),
        cmocka_unit_test(test_accepted_edges),
        cmocka_unit_test(test_depth),
        cmocka_unit_test(test_integers_round_trip),
        cmocka_unit_test(test_typed_reads),
        cmocka_unit_test(test_short_texts_and_empty_strings),
        cmocka_unit_test(test_typed_reads_refuse),
        cmocka_unit_test(test_item_fails_inside),
        cmocka_unit_test(test_items_in_a_row),
        cmocka_unit_test(test_key_order_by_hand),
        cmocka_unit_test(test_random_items),
        cmocka_unit_test(test_utf8),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
