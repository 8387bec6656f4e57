/* SPDX-License-Identifier: MulanPSL-2.0 */
/* value: one encoding per value, a total order, and record ids in UUIDv7 layout. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "shared/base/check.h"
#include "shared/record/value.h"

static struct value text(const char *s)
{
    return value_text(slice_str(s));
}

static struct value decimal(int64_t mantissa, int exponent)
{
    return (struct value){.kind = VALUE_DECIMAL, .i = mantissa, .exponent = (int8_t)exponent};
}

static bool reads(const void *bytes, size_t n, struct value *out)
{
    struct cbor_reader r;
    cbor_reader_init(&r, slice_of(bytes, n), "value");
    *out = value_read(&r);
    return cbor_end(&r, NULL) == ST_OK;
}

static void ascending_values_compare_and_round_trip(void **state)
{
    (void)state;
    const struct value values[] = {
        value_null(),
        value_int(INT64_MIN),
        value_int(-1),
        value_int(0),
        value_int(INT64_MAX),
        decimal(-15, -1),
        decimal(0, 0),
        decimal(1, -9),
        decimal(1, -8),
        decimal(15, -1),
        decimal(2, 0),
        decimal(INT64_MAX, 9),
        text(""),
        text("户"),
        text("户主"),
        value_bytes(slice_of("\0", 1)),
        value_bytes(slice_of("\0\1", 2)),
    };
    for (size_t i = 0; i < ARRAY_LENGTH(values); i++) {
        for (size_t j = 0; j < ARRAY_LENGTH(values); j++) {
            int expected = (i > j) - (i < j);
            assert_int_equal(value_compare(&values[i], &values[j]), expected);
            assert_int_equal(value_equal(&values[i], &values[j]), i == j);
        }
        struct buf out;
        buf_init(&out, 1024);
        value_put(&out, &values[i]);
        struct value back;
        assert_true(reads(out.p, out.n, &back));
        assert_true(value_equal(&back, &values[i]));
        struct arena arena = {0};
        struct value copy = value_copy(&arena, &back);
        buf_release(&out);
        assert_true(value_equal(&copy, &values[i]));
        arena_release(&arena);
    }
}

/* A number has no bytes, whatever stands in that place. */
static void only_what_has_bytes_is_copied_with_them(void **state)
{
    (void)state;
    struct arena arena = {0};
    struct value number = {.kind = VALUE_INT, .i = 5, .s = slice_str("x")};
    struct value copy = value_copy(&arena, &number);
    assert_int_equal(copy.i, 5);
    assert_ptr_equal(copy.s.p, number.s.p);
    arena_release(&arena);
}

static void other_items_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t n;
    } bad[] = {
        {"\xf5", 1},                                 /* true */
        {"\xa0", 1},                                 /* map */
        {"\xd2\x00", 2},                             /* tag */
        {"\x80", 1},                                 /* empty array */
        {"\x82\x0f\x0a", 3},                         /* exponent 10 */
        {"\x82\x0a\x00", 3},                         /* 10, trailing zero */
        {"\x82\x00\x01", 3},                         /* zero with an exponent */
        {"\x83\x01\x00\x00", 4},                     /* three items */
        {"\x82\x61\x31\x00", 4},                     /* text mantissa */
        {"\x1b\xff\xff\xff\xff\xff\xff\xff\xff", 9}, /* above int64 */
        {"\x61\xff", 2},                             /* not UTF-8 */
        {"", 0},
    };
    for (size_t i = 0; i < ARRAY_LENGTH(bad); i++) {
        struct value value;
        assert_false(reads(bad[i].bytes, bad[i].n, &value));
        assert_int_equal(value.kind, VALUE_NULL);
    }
}

static void record_ids_are_uuid_v7(void **state)
{
    (void)state;
    static const uint8_t ff[10] = {255, 255, 255, 255, 255, 255, 255, 255, 255, 255};
    struct record_id id, back;
    record_id_make(INT64_C(0x0123456789ab), ff, &id);
    char hex[RECORD_ID_TEXT];
    record_id_format(&id, hex);
    assert_string_equal(hex, "0123456789ab7fffbfffffffffffffff");
    assert_true(record_id_parse(slice_str(hex), &back));
    assert_true(record_id_equal(&id, &back));
    assert_true(record_id_parse(slice_str("01234567-89AB-7fff-bfff-ffffffffffff"), &back));
    assert_true(record_id_equal(&id, &back));
    assert_false(record_id_parse(slice_str("01234567089AB-7fff-bfff-fffffffffff"), &back));
    assert_false(record_id_parse(slice_str("01234567-89AB-7fff-bfff0ffffffffffff"), &back));
    assert_false(record_id_parse(slice_str("0123"), &back));
    assert_false(record_id_parse(slice_str("g123456789ab7fffbfffffffffffffff"), &back));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ascending_values_compare_and_round_trip),
        cmocka_unit_test(only_what_has_bytes_is_copied_with_them),
        cmocka_unit_test(other_items_are_refused),
        cmocka_unit_test(record_ids_are_uuid_v7),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
