/* SPDX-License-Identifier: MulanPSL-2.0 */
/* reads: a batch comes back as it was written, under its device's signature; whatever is cut, of
 * another version, empty or out of order is refused. */
#include "shared/codec/cbor.h"
#include "shared/sync/reads.h"
#include "tests/unit/ledger/support.h"

static struct sign_key *device;

static int start(void **state)
{
    (void)state;
    crypto_init();
    device = test_key(9);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    sign_key_release(device);
    return 0;
}

static void batch_of(struct read_batch *out, struct read_entry entries[2])
{
    entries[0] = (struct read_entry){.hour = 480000,
                                     .has_person = true,
                                     .has_record = true,
                                     .person = test_hash(3),
                                     .command = slice_str("get person"),
                                     .table = 7,
                                     .field_count = 4,
                                     .fields = {3, 9, 10, 11},
                                     .rows = 1,
                                     .times = 4};
    entries[1] = (struct read_entry){
        .hour = 480001, .command = slice_str("report labour"), .rows = 1763, .times = 1};
    *out = (struct read_batch){.device = *sign_key_kid(device),
                               .number = 2,
                               .prev = test_hash(4),
                               .made_ms = 1796079284040,
                               .count = 2,
                               .entries = entries};
}

static void write_body(const struct read_batch *batch, struct buf *out)
{
    struct hash hash;
    buf_init(out, READS_BODY_MAX);
    reads_write(batch, device, out, &hash);
    assert_true(buf_ok(out));
}

static enum status read_body(struct slice body, struct arena *arena, struct read_batch *out)
{
    struct slice bytes;
    struct signature signature;
    return reads_read(body, arena, out, &bytes, &signature, NULL);
}

static void it_comes_back_as_it_was_written(void **state)
{
    (void)state;
    struct arena arena = {0};
    struct read_batch want, is;
    struct read_entry entries[2];
    struct slice bytes;
    struct signature signature;
    struct buf body;
    batch_of(&want, entries);
    write_body(&want, &body);
    assert_int_equal(reads_read(buf_slice(&body), &arena, &is, &bytes, &signature, NULL), ST_OK);
    assert_true(reads_signed(bytes, &signature, sign_key_public(device)));
    signature.b[0] ^= 1;
    assert_false(reads_signed(bytes, &signature, sign_key_public(device)));
    assert_true(hash_equal(&is.device, &want.device) && hash_equal(&is.prev, &want.prev));
    assert_int_equal(is.number, want.number);
    assert_int_equal(is.made_ms, want.made_ms);
    assert_int_equal(is.count, 2);
    for (size_t i = 0; i < 2; i++) {
        const struct read_entry *a = &is.entries[i], *b = &entries[i];
        assert_int_equal(a->hour, b->hour);
        assert_int_equal(a->has_person, b->has_person);
        assert_int_equal(a->has_record, b->has_record);
        assert_true(hash_equal(&a->person, &b->person));
        assert_true(slice_equal(a->command, b->command));
        assert_int_equal(a->table, b->table);
        assert_int_equal(a->field_count, b->field_count);
        assert_memory_equal(a->fields, b->fields, sizeof(a->fields));
        assert_int_equal(a->rows, b->rows);
        assert_int_equal(a->times, b->times);
    }
    arena_release(&arena);
    buf_release(&body);
}

static void what_is_cut_is_refused(void **state)
{
    (void)state;
    struct arena arena = {0};
    struct read_batch batch, is;
    struct read_entry entries[2];
    struct slice bytes;
    struct signature signature;
    struct buf body;
    batch_of(&batch, entries);
    write_body(&batch, &body);
    assert_int_equal(reads_read(buf_slice(&body), &arena, &is, &bytes, &signature, NULL), ST_OK);
    for (size_t n = 0; n < bytes.n; n++)
        assert_int_equal(reads_batch_read(slice_of(bytes.p, n), &arena, &is, NULL), ST_INVALID);
    for (size_t n = 0; n < body.n; n++)
        assert_int_equal(read_body(slice_of(body.p, n), &arena, &is), ST_INVALID);
    arena_release(&arena);
    buf_release(&body);
}

static enum status of_changed(void (*change)(struct read_batch *batch))
{
    struct arena arena = {0};
    struct read_batch batch, is;
    struct read_entry entries[2];
    struct buf body;
    batch_of(&batch, entries);
    change(&batch);
    write_body(&batch, &body);
    enum status st = read_body(buf_slice(&body), &arena, &is);
    arena_release(&arena);
    buf_release(&body);
    return st;
}

static void as_it_is(struct read_batch *batch)
{
    (void)batch;
}
static void without_number(struct read_batch *batch)
{
    batch->number = 0;
}
static void without_entries(struct read_batch *batch)
{
    batch->count = 0;
}
static void with_fields_twice(struct read_batch *batch)
{
    batch->entries[0].fields[1] = batch->entries[0].fields[0];
}

static void what_says_nothing_or_says_it_wrongly_is_refused(void **state)
{
    (void)state;
    struct arena arena = {0};
    struct read_batch batch, is;
    struct read_entry entries[2];
    struct buf body;
    assert_int_equal(of_changed(as_it_is), ST_OK);
    assert_int_equal(of_changed(without_number), ST_INVALID);
    assert_int_equal(of_changed(without_entries), ST_INVALID);
    assert_int_equal(of_changed(with_fields_twice), ST_INVALID);
    batch_of(&batch, entries);
    write_body(&batch, &body);
    assert_int_equal(body.p[1], 1); /* the version */
    body.p[1] = 2;
    assert_int_equal(read_body(buf_slice(&body), &arena, &is), ST_INVALID);
    arena_release(&arena);
    buf_release(&body);
}

/* How far a county has a device's batches. */
static void the_answer_comes_back_or_is_refused(void **state)
{
    (void)state;
    const struct reads_head want = {.number = 7, .hash = test_hash(5)};
    struct reads_head is;
    struct buf body;
    buf_init(&body, 200);
    reads_answer_write(&want, &body);
    assert_int_equal(reads_answer_read(buf_slice(&body), &is, NULL), ST_OK);
    assert_int_equal(is.number, 7);
    assert_true(hash_equal(&is.hash, &want.hash));
    for (size_t n = 0; n < body.n; n++)
        assert_int_equal(reads_answer_read(slice_of(body.p, n), &is, NULL), ST_INVALID);
    body.p[1] = 2; /* another version */
    assert_int_equal(reads_answer_read(buf_slice(&body), &is, NULL), ST_INVALID);
    buf_release(&body);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_comes_back_as_it_was_written),
        cmocka_unit_test(what_is_cut_is_refused),
        cmocka_unit_test(the_answer_comes_back_or_is_refused),
        cmocka_unit_test(what_says_nothing_or_says_it_wrongly_is_refused),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
