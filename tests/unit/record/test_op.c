/* SPDX-License-Identifier: MulanPSL-2.0 */
/* op: every op survives a round trip, and every way of being malformed voids the whole body. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "shared/base/check.h"
#include "shared/codec/hex.h"
#include "shared/record/op.h"

static const struct record_id RECORD = {"0123456789abcdef"};
static const struct record_id OTHER = {"fedcba9876543210"};

static struct value text(const char *s)
{
    return value_text(slice_str(s));
}

static void every_op_round_trips(void **state)
{
    (void)state;
    const struct op_field fields[] = {{1, text("马小明")},
                                      {2, value_int(-5)},
                                      {30, value_null()},
                                      {300, {.kind = VALUE_DECIMAL, .i = 25, .exponent = -1}},
                                      {OP_FIELD_MAX, value_bytes(slice_of(OTHER.b, 16))}};
    const struct op_field existence[] = {{0, value_int(1)}, {7, text("x")}};
    const struct value members[] = {text("a"), text("b"), text("c")};
    const struct op_ref refs[] = {{slice_str("0123456789abcdef0123456789abcdef"),
                                   slice_str("chainid8"), 7, slice_str("leafleaf")},
                                  {slice_str("fedcba98765432100123456789abcdef"),
                                   slice_str("chainid9"), UINT64_MAX, slice_str("fleaflea")}};
    const struct op ops[] = {
        {.code = OP_PUT, .table = 1, .field_count = 5, .fields = fields},
        {.code = OP_SET,
         .table = 2,
         .field = 3,
         .add_count = 2,
         .adds = members,
         .remove_count = 1,
         .removes = members + 2},
        {.code = OP_COUNTER, .table = OP_TABLE_MAX, .field = 3, .delta = INT64_MIN},
        {.code = OP_STATE, .table = 2, .field = 3, .from = value_null(), .to = text("draft")},
        {.code = OP_WITHDRAW, .table = 2, .field = 3},
        {.code = OP_DELETE, .table = 2, .reason = text("错录")},
        {.code = OP_DELETE, .table = 2},
        {.code = OP_RESTORE, .table = 2},
        {.code = OP_RESOLVE,
         .table = 2,
         .field_count = 2,
         .fields = existence,
         .ref_count = 2,
         .refs = refs},
        {.code = OP_LINK, .table = 2, .other = OTHER, .link = true},
        {.code = OP_OUT, .table = 2, .origin = slice_str("g.example/622924101001"), .hop = 1},
        {.code = OP_IN,
         .table = 2,
         .field_count = 5,
         .fields = fields,
         .origin = slice_str("g.example/622924101002"),
         .hop = UINT32_MAX},
        {.code = 22, .raw = slice_of("\x82\x16\x80", 3)},
        {.code = 11, .raw = slice_of("\x83\x0b\xa0\xf5", 4)},
    };
    struct buf out, again;
    buf_init(&out, 1 << 16);
    buf_init(&again, 1 << 16);
    op_body_begin(&out, ARRAY_LENGTH(ops));
    for (size_t i = 0; i < ARRAY_LENGTH(ops); i++) {
        struct op op = ops[i];
        op.record = RECORD;
        op_write(&out, &op);
    }
    op_body_end(&out, slice_str("走访时补录"));
    assert_true(cbor_is_canonical(buf_slice(&out)));

    struct arena arena = {0};
    struct op_body body;
    struct error err = {0};
    if (op_body_parse(buf_slice(&out), &arena, &body, &err) != ST_OK)
        fail_msg("%s", err.text);
    assert_int_equal(body.op_count, ARRAY_LENGTH(ops));
    assert_true(slice_equal(body.note, slice_str("走访时补录")));
    op_body_begin(&again, body.op_count);
    for (size_t i = 0; i < body.op_count; i++) {
        assert_int_equal(body.ops[i].code, ops[i].code);
        assert_int_equal(body.ops[i].table, ops[i].table);
        assert_int_equal(body.ops[i].field_count, ops[i].field_count);
        op_write(&again, &body.ops[i]);
        assert_true(slice_equal(slice_of(again.p + again.n - body.ops[i].raw.n, body.ops[i].raw.n),
                                body.ops[i].raw));
    }
    op_body_end(&again, body.note);
    assert_true(slice_equal(buf_slice(&out), buf_slice(&again)));
    assert_true(value_equal(&body.ops[0].fields[3].value, &fields[3].value));
    assert_true(body.ops[8].refs[1].seq == UINT64_MAX);
    assert_true(body.ops[9].link && record_id_equal(&body.ops[9].other, &OTHER));
    arena_release(&arena);
    buf_release(&out);
    buf_release(&again);
}

static void put_writer_equals_op_write(void **state)
{
    (void)state;
    const struct op_field fields[] = {{1, text("a")}, {2, text("b")}};
    struct buf one, two;
    buf_init(&one, 1024);
    buf_init(&two, 1024);
    op_put_write(&one, 5, &RECORD, fields, 2);
    op_write(&two, &(struct op){.table = 5, .record = RECORD, .field_count = 2, .fields = fields});
    assert_true(slice_equal(buf_slice(&one), buf_slice(&two)));
    buf_release(&one);
    buf_release(&two);
}

#define ID "5030313233343536373839616263646566"
#define ID2 "5066656463626139383736353433323130"
#define KID                                \
    "582030313233343536373839616263646566" \
    "30313233343536373839616263646566"

static enum status parse_hex(const char *hex, struct error *err)
{
    uint8_t bytes[512];
    size_t n = strlen(hex) / 2;
    assert_true(n <= sizeof bytes && hex_decode(slice_str(hex), bytes, n));
    struct arena arena = {0};
    struct op_body body;
    enum status status = op_body_parse(slice_of(bytes, n), &arena, &body, err);
    if (status != ST_OK)
        assert_true(body.op_count == 0 && body.ops == NULL);
    arena_release(&arena);
    return status;
}

static void malformed_bodies_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *hex, *why;
    } bad[] = {
        {"", "empty"},
        {"80", "not two items"},
        {"8280f6", "change without an op"},
        {"828180f6", "empty op"},
        {"8281840001" ID "a1016161", "no note"},
        {"8281840001" ID "a101616160", "empty note"},
        {"8281840001" ID "a101616101", "note is a number"},
        {"8281840001" ID "a1016161f600", "bytes after the body"},
        {"8281830001" ID "f6", "put of three items"},
        {"8281850001" ID "a101616100f6", "put of five items"},
        {"8281840001" ID "a0f6", "put without a field"},
        {"8281840001" ID "a1006161f6", "put of field 0"},
        {"8281840001" ID "a201616101616"
         "2f6",
         "field twice"},
        {"8281840001" ID "a202616101616"
         "2f6",
         "descending fields"},
        {"8281840001" ID "a11904006161f6", "field 1024"},
        {"8281840001" ID "a101a0f6", "map as value"},
        {"8281840000" ID "a1016161f6", "table 0"},
        {"828184001a00010000" ID "a1016161f6", "table 65536"},
        {"8281840001"
         "4f303132333435363738396162636465"
         "a1016161f6",
         "record of 15 bytes"},
        {"8281860101" ID "018080f6", "set op without a member"},
        {"8281860101" ID "0181f680f6", "null member"},
        {"8281860101" ID "00816161"
         "80f6",
         "set of field 0"},
        {"8281850201" ID "01616"
         "1f6",
         "text delta"},
        {"8281860301" ID "01f6f6f6", "state step to nothing"},
        {"8281840401" ID "00f6", "withdraw of field 0"},
        {"8281840501" ID "01f6", "numeric reason"},
        {"8281840601" ID "f6f6", "restore of four items"},
        {"8281850701" ID "a080f6", "resolve without a field"},
        {"8281850701" ID "a1000280f6", "existence 2"},
        {"8281850701" ID "a1002080f6", "existence -1"},
        {"8281850701" ID "a100616180f6", "existence as a text"},
        {"8281860101" ID "0181a080f6", "a map as member"},
        {"8281850701" ID "a1010281844161"
         "410101"
         "4161f6",
         "short reference"},
        {"8281850701" ID "a101028184" KID "4763686169"
         "6e69640148"
         "6c6561666c656166f6",
         "chain of 7 bytes"},
        {"8281850801" ID ID2 "02f6", "link 2"},
        {"8281850801" ID ID "01f6", "linked to itself"},
        {"8281850901" ID "6001f6", "empty origin"},
        {"8281850901" ID "616100f6", "hop 0"},
        {"8281860a01" ID "a10000616101f6", "transfer of field 0"},
        {"8281811600f6", "bytes of the op after its end"},
        {"82818218170161f6", "number not shortest"},
        {"82818116", "cut"},
    };
    for (size_t i = 0; i < ARRAY_LENGTH(bad); i++) {
        struct error err = {0};
        if (parse_hex(bad[i].hex, &err) != ST_INVALID)
            fail_msg("accepted: %s", bad[i].why);
        assert_non_null(strstr(err.text, "change body"));
    }
    /* The same forms, well made. */
    static const char *const good[] = {
        "8281840001" ID "a1016161f6",
        "8281840001" ID "a10161616161",
        "8281840001" ID "a1016161616e",
        "8281860101" ID "018161"
        "6180f6",
        "8281860301" ID "01f66161f6",
        "8281830601" ID "f6",
        "8281850701" ID "a1000080f6",
        "8281850701" ID "a101028184" KID "4863686169"
        "6e6964380148"
        "6c6561666c656166f6",
        "8281850801" ID ID2 "01f6",
        "8281850901" ID "616101f6",
        "82818116f6",
    };
    for (size_t i = 0; i < ARRAY_LENGTH(good); i++) {
        struct error err = {0};
        if (parse_hex(good[i], &err) != ST_OK)
            fail_msg("good %zu: %s", i, err.text);
    }
}

/* Every prefix and every single-byte change of a good body parses or fails, and never reads past.
 */
static void damage_never_escapes(void **state)
{
    (void)state;
    static const char good[] = "8282840001" ID "a301616102f603820f200701"
                               "850701" ID "a1010281";
    uint8_t bytes[sizeof good / 2];
    size_t n = sizeof good / 2;
    assert_true(hex_decode(slice_str(good), bytes, n));
    struct arena arena = {0};
    for (size_t cut = 0; cut <= n; cut++) {
        uint8_t *copy = mem_alloc(cut + 1); /* exact size: the sanitizer sees any step past it */
        memcpy(copy, bytes, cut);
        struct op_body body;
        assert_int_equal(op_body_parse(slice_of(copy, cut), &arena, &body, NULL), ST_INVALID);
        mem_free(copy);
    }
    for (size_t at = 0; at < n; at++)
        for (int v = 0; v < 256; v++) {
            uint8_t copy[sizeof bytes];
            memcpy(copy, bytes, n);
            copy[at] = (uint8_t)v;
            struct op_body body;
            if (op_body_parse(slice_of(copy, n), &arena, &body, NULL) == ST_OK)
                assert_true(body.op_count >= 1);
        }
    arena_release(&arena);
}

/* ---- what is left of an erased change ---- */

static enum status redacted(const struct op *op, struct arena *arena, struct op_body *out)
{
    struct op_body body = {.op_count = 1, .ops = op};
    struct buf left;
    buf_init(&left, 4096);
    op_redact(&body, &left);
    struct slice bytes = slice_of(arena_copy(arena, left.p, left.n), left.n);
    buf_release(&left);
    return op_redacted_parse(bytes, arena, out, NULL);
}

static void a_redacted_op_holds_no_value(void **state)
{
    const struct value member = value_text(slice_str("m")), words = value_text(slice_str("w"));
    const struct op_field fields[] = {{0, value_int(1)}, {3, value_text(slice_str("v"))}};
    const struct op ops[] = {
        {.code = OP_PUT, .table = 1, .field_count = 1, .fields = fields + 1},
        {.code = OP_SET,
         .table = 1,
         .field = 2,
         .add_count = 1,
         .remove_count = 1,
         .adds = &member,
         .removes = &member},
        {.code = OP_COUNTER, .table = 1, .field = 2, .delta = -5},
        {.code = OP_STATE, .table = 1, .field = 2, .from = value_null(), .to = words},
        {.code = OP_DELETE, .table = 1, .reason = words},
        {.code = OP_RESOLVE, .table = 1, .field_count = 2, .fields = fields},
        {.code = OP_IN,
         .table = 1,
         .field_count = 1,
         .fields = fields + 1,
         .origin = slice_str("o"),
         .hop = 3},
    };
    struct arena arena = {0};
    struct op_body body;
    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(ops); i++) {
        assert_int_equal(redacted(&ops[i], &arena, &body), ST_OK);
        assert_int_equal(body.op_count, 1);
        const struct op *op = &body.ops[0];
        assert_int_equal(op->code, ops[i].code);
        for (uint32_t k = 0; k < op->field_count; k++)
            assert_int_equal(op->fields[k].value.kind,
                             op->fields[k].field ? VALUE_ERASED : VALUE_INT);
        if (op->code == OP_SET)
            assert_true(op->adds[0].kind == VALUE_ERASED && op->removes[0].kind == VALUE_ERASED);
        if (op->code == OP_COUNTER)
            assert_int_equal(op->delta, 0);
        if (op->code == OP_STATE)
            assert_true(op->from.kind == VALUE_ERASED && op->to.kind == VALUE_ERASED);
        if (op->code == OP_DELETE)
            assert_int_equal(op->reason.kind, VALUE_ERASED);
        if (op->code == OP_IN)
            assert_int_equal(op->hop, 3);
        assert_int_equal(op_body_parse(op->raw, &arena, &body, NULL), ST_INVALID);
    }
    arena_release(&arena);
}

/* An array of one op with this end behind table and record. */
static enum status parse_redacted(uint8_t items, uint8_t code, const char *end, size_t n)
{
    struct arena arena = {0};
    struct op_body body;
    struct buf bytes;
    static const uint8_t record[RECORD_ID_SIZE] = {1};
    buf_init(&bytes, 256);
    cbor_put_array(&bytes, 1);
    cbor_put_array(&bytes, items);
    cbor_put_uint(&bytes, code);
    if (code < OP_AUTHORITY) {
        cbor_put_uint(&bytes, 1);
        cbor_put_bytes(&bytes, slice_of(record, sizeof record));
    }
    buf_put(&bytes, end, n);
    enum status st = op_redacted_parse(buf_slice(&bytes), &arena, &body, NULL);
    buf_release(&bytes);
    arena_release(&arena);
    return st;
}

static void a_value_among_redacted_ops_is_refused(void **state)
{
    (void)state;
    assert_int_equal(parse_redacted(4, OP_PUT, "\xA1\x01\xF4", 3), ST_OK);
    assert_int_equal(parse_redacted(4, OP_PUT, "\xA1\x01\x61v", 4), ST_INVALID);
    assert_int_equal(parse_redacted(4, OP_PUT, "\xA1\x01\xF6", 3), ST_INVALID); /* null */
    assert_int_equal(parse_redacted(4, OP_PUT, "\xA1\x01\xF5", 3), ST_INVALID); /* true */
    assert_int_equal(parse_redacted(6, OP_SET, "\x01\x81\xF4\x80", 4), ST_OK);
    assert_int_equal(parse_redacted(6, OP_SET, "\x01\x81\x01\x80", 4), ST_INVALID);
    assert_int_equal(parse_redacted(6, OP_SET, "\x01\x80\x81\x01", 4), ST_INVALID);
    assert_int_equal(parse_redacted(5, OP_COUNTER, "\x01\x00", 2), ST_OK);
    assert_int_equal(parse_redacted(5, OP_COUNTER, "\x01\x01", 2), ST_INVALID);
    assert_int_equal(parse_redacted(6, OP_STATE, "\x01\xF4\xF4", 3), ST_OK);
    assert_int_equal(parse_redacted(6, OP_STATE, "\x01\x61o\xF4", 4), ST_INVALID);
    assert_int_equal(parse_redacted(6, OP_STATE, "\x01\xF4\x61o", 4), ST_INVALID);
    assert_int_equal(parse_redacted(4, OP_DELETE, "\xF4", 1), ST_OK);
    assert_int_equal(parse_redacted(4, OP_DELETE, "\xF6", 1), ST_INVALID);
    assert_int_equal(parse_redacted(5, OP_RESOLVE, "\xA2\x00\x01\x01\xF4\x80", 6), ST_OK);
    assert_int_equal(parse_redacted(5, OP_RESOLVE, "\xA1\x00\xF4\x80", 4), ST_INVALID);
    assert_int_equal(parse_redacted(4, 12, "\x01", 1), ST_OK); /* of a later version */
    assert_int_equal(parse_redacted(2, 19, "\x80", 1), ST_INVALID);
    struct arena arena = {0};
    struct op_body body;
    assert_int_equal(op_redacted_parse(slice_of("\x80", 1), &arena, &body, NULL), ST_OK);
    assert_int_equal(body.op_count, 0);
    assert_int_equal(op_redacted_parse(slice_of("\x80\xF6", 2), &arena, &body, NULL), ST_INVALID);
    const struct op later = {.code = 12, .raw = slice_of("\x81\x0C", 2)};
    const struct op_body mixed = {.op_count = 1, .ops = &later};
    assert_false(op_can_redact(&mixed));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_op_round_trips),
        cmocka_unit_test(put_writer_equals_op_write),
        cmocka_unit_test(malformed_bodies_are_refused),
        cmocka_unit_test(damage_never_escapes),
        cmocka_unit_test(a_redacted_op_holds_no_value),
        cmocka_unit_test(a_value_among_redacted_ops_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
