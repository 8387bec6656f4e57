/* SPDX-License-Identifier: MulanPSL-2.0 */
/* framing: every varint has one form, and a reader that met a bad one stays bad. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "shared/base/check.h"
#include "shared/codec/framing.h"

static uint64_t read_all(const char *bytes, size_t n, bool *ok)
{
    struct stream s;
    stream_init(&s, slice_of(bytes, n));
    uint64_t value = varint_read(&s);
    *ok = !s.bad && stream_at_end(&s);
    return value;
}

static void test_known_bytes(void **state)
{
    (void)state;
    /* DWARF 5, figure 22 (2, 127, 128, 129, 12857), and the ends of the range. */
    static const struct {
        uint64_t value;
        const char *bytes;
        size_t n;
    } cases[] = {
        {0, "\x00", 1},
        {2, "\x02", 1},
        {127, "\x7f", 1},
        {128, "\x80\x01", 2},
        {129, "\x81\x01", 2},
        {12857, "\xb9\x64", 2},
        {INT64_MAX, "\xff\xff\xff\xff\xff\xff\xff\xff\x7f", 9},
        {UINT64_MAX, "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 10},
    };
    struct buf b;
    buf_init(&b, 100);
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        bool ok;
        buf_clear(&b);
        varint_put(&b, cases[i].value);
        assert_true(slice_equal(buf_slice(&b), slice_of(cases[i].bytes, cases[i].n)));
        assert_true(read_all(cases[i].bytes, cases[i].n, &ok) == cases[i].value);
        assert_true(ok);
    }
    buf_release(&b);
}

/* What varint_read passes on when the first byte says that more follow takes a short one as well.
 */
static void test_long_reader_takes_short_ones(void **state)
{
    (void)state;
    struct stream s;
    stream_init(&s, slice_of("\x00\x7f", 2));
    assert_int_equal(varint_read_long(&s), 0);
    assert_int_equal(varint_read_long(&s), 127);
    assert_false(s.bad);
}

static void test_zigzag(void **state)
{
    (void)state;
    const int64_t values[] = {0, -1, 1, -2, 63, -64, 64, -65, INT64_MAX, INT64_MIN};
    const uint64_t coded[] = {0, 1, 2, 3, 126, 127, 128, 129, UINT64_MAX - 1, UINT64_MAX};
    for (size_t i = 0; i < ARRAY_LENGTH(values); i++) {
        struct buf b;
        struct stream s;
        buf_init(&b, 10);
        varint_put_signed(&b, values[i]);
        stream_init(&s, buf_slice(&b));
        assert_true(varint_read(&s) == coded[i]);
        stream_init(&s, buf_slice(&b));
        assert_true(varint_read_signed(&s) == values[i]);
        assert_true(stream_at_end(&s));
        buf_release(&b);
    }
}

static void test_every_width_round_trips(void **state)
{
    (void)state;
    struct buf b;
    buf_init(&b, 100);
    for (unsigned bits = 1; bits <= 64; bits++) {
        uint64_t top = UINT64_MAX >> (64 - bits);
        for (uint64_t value = top - (bits > 1); value <= top; value++) {
            bool ok;
            buf_clear(&b);
            varint_put(&b, value);
            assert_int_equal(b.n, (bits + 6) / 7);
            assert_true(read_all((char *)b.p, b.n, &ok) == value);
            assert_true(ok);
            for (size_t n = 0; n < b.n; n++) {
                read_all((char *)b.p, n, &ok);
                assert_false(ok);
            }
            if (value == UINT64_MAX)
                break;
        }
    }
    buf_release(&b);
}

static void test_malformed_is_sticky(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t n;
    } cases[] = {
        {"", 0},
        {"\x80", 1},
        {"\x80\x00", 2},     /* 0 in two bytes */
        {"\xff\x80\x00", 3}, /* 127 in three */
        {"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02", 10},
        {"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x81\x00", 11},
        {"\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01", 11},
    };
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        struct stream s;
        stream_init(&s, slice_of(cases[i].bytes, cases[i].n));
        assert_int_equal(varint_read(&s), 0);
        assert_true(s.bad);
        s.end = (s.p = (const uint8_t *)"\x05\x05\x05") + 3;
        assert_int_equal(varint_read(&s), 0);
        assert_int_equal(varint_read_signed(&s), 0);
        assert_int_equal(stream_read_u8(&s), 0);
        assert_int_equal(stream_read(&s, 1).n, 0);
        assert_true(s.bad && s.end - s.p == 3);
    }
}

static void test_stream(void **state)
{
    (void)state;
    struct stream s;
    stream_init(&s, slice_str("abc"));
    assert_int_equal(stream_read_u8(&s), 'a');
    assert_int_equal(stream_read(&s, 0).n, 0);
    assert_true(slice_equal(stream_read(&s, 2), slice_str("bc")));
    assert_true(stream_at_end(&s) && !s.bad);
    assert_int_equal(stream_read(&s, 0).n, 0);
    assert_false(s.bad);
    stream_read(&s, 1);
    assert_true(s.bad);
    stream_init(&s, slice_str("abc"));
    stream_read(&s, SIZE_MAX);
    assert_true(s.bad);
    stream_init(&s, SLICE_NONE);
    assert_true(stream_at_end(&s) && !s.bad);
    stream_read_u8(&s);
    assert_true(s.bad);
}

static void test_big_endian(void **state)
{
    (void)state;
    uint8_t bytes[8];
    put_u64be(bytes, UINT64_C(0x0102030405060708));
    assert_memory_equal(bytes, "\x01\x02\x03\x04\x05\x06\x07\x08", 8);
    assert_true(get_u64be(bytes) == UINT64_C(0x0102030405060708));
    put_u64be(bytes, UINT64_MAX - 1);
    assert_true(get_u64be(bytes) == UINT64_MAX - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known_bytes),
        cmocka_unit_test(test_long_reader_takes_short_ones),
        cmocka_unit_test(test_zigzag),
        cmocka_unit_test(test_every_width_round_trips),
        cmocka_unit_test(test_malformed_is_sticky),
        cmocka_unit_test(test_stream),
        cmocka_unit_test(test_big_endian),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
