/* SPDX-License-Identifier: MulanPSL-2.0 */
/* handback: both messages come back as they were written; cut anywhere, of another version or about
 * what is no ledger they are refused. */
#include <stdio.h>

#include "shared/sync/handback.h"
#include "tests/unit/ledger/support.h"

static int start(void **state)
{
    (void)state;
    crypto_init();
    return 0;
}

/* ---- what a desk hands back ---- */

static void write_handback(struct buf *out)
{
    struct answer_ledger ledger = {
        .origin = test_origin("guanghe.example/622924101001"), .status = SYNC_OK, .more = true};
    struct handback handback = {.proof.count = 2, .shown = {1, &ledger}};
    handback.proof.hashes[0] = test_hash(1);
    handback.proof.hashes[1] = test_hash(2);
    buf_init(out, MESSAGE_MAX);
    handback_write(&handback, out);
    assert_true(buf_ok(out));
}

static enum status read_handback(struct slice bytes, struct handback *out)
{
    struct arena arena = {0};
    enum status st = handback_read(bytes, &arena, out, NULL);
    if (st == ST_OK) {
        assert_int_equal(out->shown.ledger_count, 1);
        assert_string_equal(out->shown.ledgers[0].origin.text, "guanghe.example/622924101001");
        assert_true(out->shown.ledgers[0].more);
    }
    arena_release(&arena);
    return st;
}

static void what_is_handed_back_comes_whole_or_not_at_all(void **state)
{
    (void)state;
    struct handback is;
    struct buf bytes;
    write_handback(&bytes);
    assert_int_equal(read_handback(buf_slice(&bytes), &is), ST_OK);
    assert_int_equal(is.proof.count, 2);
    const struct hash second = test_hash(2);
    assert_true(hash_equal(&is.proof.hashes[1], &second));
    for (size_t n = 0; n < bytes.n; n++)
        assert_int_equal(read_handback(slice_of(bytes.p, n), &is), ST_INVALID);
    assert_int_equal(bytes.p[1], 1); /* the version */
    bytes.p[1] = 2;
    assert_int_equal(read_handback(buf_slice(&bytes), &is), ST_INVALID);
    buf_release(&bytes);
}

static void a_frame_that_is_none_is_refused(void **state)
{
    (void)state;
    static const uint8_t bytes[] = {0x83, 0x01, 0x80, 0x43, 1, 2, 3};
    struct handback is;
    assert_int_not_equal(read_handback(slice_of(bytes, sizeof(bytes)), &is), ST_OK);
}

static void what_no_message_holds_is_not_handed_back(void **state)
{
    (void)state;
    struct answer_leaf leaf = {0};
    struct answer_ledger ledger = {.origin = test_origin("guanghe.example/622924101001"),
                                   .status = SYNC_OK,
                                   .leaf_count = 1,
                                   .leaves = &leaf};
    const struct handback handback = {.shown = {1, &ledger}};
    uint8_t *noise = mem_alloc(MESSAGE_MAX);
    struct buf out;
    memset(noise, 7, MESSAGE_MAX);
    leaf.has_segment = true;
    leaf.segment = slice_of(noise, MESSAGE_MAX);
    buf_init(&out, MESSAGE_MAX);
    handback_write(&handback, &out);
    assert_false(buf_ok(&out));
    buf_release(&out);
    mem_free(noise);
}

/* ---- what a county lacks ---- */

static void write_answer(const char *name, struct buf *out)
{
    struct handback_lack lacks[2] = {
        {.origin = test_origin("guanghe.example/622924000000"), .size = 7, .root8 = {1, 2, 3}},
        {.size = 0, .checkpoint = slice_str("a checkpoint\n")}};
    const struct handback_answer answer = {true, 2, lacks};
    snprintf(lacks[1].origin.text, sizeof(lacks[1].origin.text), "%s", name);
    buf_init(out, MESSAGE_MAX);
    handback_answer_write(&answer, out);
    assert_true(buf_ok(out));
}

static enum status read_answer(struct slice bytes)
{
    struct arena arena = {0};
    struct handback_answer is;
    enum status st = handback_answer_read(bytes, &arena, &is, NULL);
    if (st == ST_OK) {
        assert_true(is.recovering);
        assert_int_equal(is.count, 2);
        assert_int_equal(is.lacks[0].size, 7);
        assert_int_equal(is.lacks[0].root8[2], 3);
        assert_int_equal(is.lacks[0].checkpoint.n, 0);
        assert_true(slice_equal(is.lacks[1].checkpoint, slice_str("a checkpoint\n")));
    }
    arena_release(&arena);
    return st;
}

static void what_a_county_lacks_comes_whole_or_not_at_all(void **state)
{
    (void)state;
    struct buf bytes;
    write_answer("guanghe.example/622924101001", &bytes);
    assert_int_equal(read_answer(buf_slice(&bytes)), ST_OK);
    for (size_t n = 0; n < bytes.n; n++)
        assert_int_equal(read_answer(slice_of(bytes.p, n)), ST_INVALID);
    bytes.p[1] = 2;
    assert_int_equal(read_answer(buf_slice(&bytes)), ST_INVALID);
    buf_release(&bytes);
    write_answer("no ledger", &bytes);
    assert_int_equal(read_answer(buf_slice(&bytes)), ST_INVALID);
    buf_release(&bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_handed_back_comes_whole_or_not_at_all),
        cmocka_unit_test(a_frame_that_is_none_is_refused),
        cmocka_unit_test(what_no_message_holds_is_not_handed_back),
        cmocka_unit_test(what_a_county_lacks_comes_whole_or_not_at_all),
    };
    return cmocka_run_group_tests(tests, start, NULL);
}
