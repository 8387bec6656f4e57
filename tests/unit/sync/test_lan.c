/* SPDX-License-Identifier: MulanPSL-2.0 */
/* lan: what neighbours tell each other is read as it was written, whole, and nothing else is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "shared/base/check.h"
#include "shared/base/mem.h"
#include "shared/codec/cbor.h"
#include "shared/sync/lan.h"

#define ORIGIN "a.example/622924101001"

static void put_head(struct buf *out, uint64_t version, const char *origin, size_t root, size_t id)
{
    cbor_put_array(out, 3);
    cbor_put_uint(out, version);
    cbor_put_array(out, 1);
    cbor_put_array(out, 6);
    cbor_put_text(out, slice_str(origin));
    cbor_put_uint(out, 5);
    cbor_put_bytes(out, slice_of((const uint8_t *)"12345678901234567890123456789012", root));
    cbor_put_uint(out, 3);
    cbor_put_array(out, 1);
    cbor_put_bytes(out, slice_of((const uint8_t *)"12345678901234567890123456789012", id));
    cbor_put_array(out, 1);
    cbor_put_bytes(out, slice_str("segment"));
    cbor_put_bytes(out, slice_str("answer"));
}

static enum status reads(const struct buf *bytes)
{
    struct arena arena = {0};
    struct lan_message message;
    struct error err;
    const enum status st = lan_read(buf_slice(bytes), &arena, &message, &err);
    arena_release(&arena);
    return st;
}

static void what_is_written_is_read(void **state)
{
    (void)state;
    struct arena arena = {0};
    struct lan_ledger ledgers[2] = {{.size = 7, .root8 = "rootroo", .from = 4}, {.size = 0}};
    struct hash ids[2] = {{{1}}, {{2}}};
    struct slice segments[2] = {slice_str("a segment"), slice_str("another")};
    struct lan_message message = {2, ledgers, slice_str("frame")}, again;
    struct error err;
    struct buf bytes, twice;
    assert_true(origin_parse(slice_str("a.example/622924000000"), &ledgers[0].origin));
    assert_true(origin_parse(slice_str(ORIGIN), &ledgers[1].origin));
    ledgers[1].id_count = 2;
    ledgers[1].ids = ids;
    ledgers[1].segment_count = 2;
    ledgers[1].segments = segments;
    buf_init(&bytes, 4096);
    buf_init(&twice, 4096);
    lan_write(&message, &bytes);
    assert_int_equal(lan_read(buf_slice(&bytes), &arena, &again, &err), ST_OK);
    assert_int_equal(again.ledger_count, 2);
    assert_int_equal(again.ledgers[0].from, 4);
    assert_string_equal(again.ledgers[1].origin.text, ORIGIN);
    assert_true(hash_equal(&again.ledgers[1].ids[1], &ids[1]));
    assert_true(slice_equal(again.ledgers[1].segments[0], segments[0]));
    assert_true(slice_equal(again.answer, slice_str("frame")));
    lan_write(&again, &twice);
    assert_true(slice_equal(buf_slice(&bytes), buf_slice(&twice)));
    for (size_t n = 0; n < bytes.n; n++) { /* wherever it ends */
        const struct buf cut = {.p = bytes.p, .n = n};
        assert_int_equal(reads(&cut), ST_INVALID);
    }
    buf_put_u8(&bytes, 0);
    assert_int_equal(reads(&bytes), ST_INVALID);
    buf_release(&bytes);
    buf_release(&twice);
    arena_release(&arena);
}

static void another_form_is_not(void **state)
{
    (void)state;
    static const struct {
        uint64_t version;
        const char *origin;
        size_t root, id;
        enum status st;
    } rows[] = {
        {1, ORIGIN, 8, 32, ST_OK},      {0, ORIGIN, 8, 32, ST_INVALID},
        {2, ORIGIN, 8, 32, ST_INVALID}, {1, "nowhere", 8, 32, ST_INVALID},
        {1, ORIGIN, 7, 32, ST_INVALID}, {1, ORIGIN, 9, 32, ST_INVALID},
        {1, ORIGIN, 8, 31, ST_INVALID},
    };
    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        struct buf bytes;
        buf_init(&bytes, 4096);
        put_head(&bytes, rows[i].version, rows[i].origin, rows[i].root, rows[i].id);
        assert_int_equal(reads(&bytes), rows[i].st);
        buf_release(&bytes);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_read),
        cmocka_unit_test(another_form_is_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
