/* SPDX-License-Identifier: MulanPSL-2.0 */
/* admission: what a granted but hostile device may send, and what the county makes of it. */
#include "tests/unit/server/support.h"

#include <sys/resource.h>

#define WANTS_ALL (4 * 1024 * 1024)
#ifdef __SANITIZE_ADDRESS__
#define PEAK_KIB (400 * 1024) /* it keeps 256 MiB of what was freed */
#else
#define PEAK_KIB (100 * 1024)
#endif

static int open_county(void **state)
{
    struct county_fixture *f = calloc(1, sizeof(*f));
    diag_set_level(DIAG_ERROR);
    county_open(f);
    *state = f;
    return 0;
}

static int close_county(void **state)
{
    county_close(*state);
    free(*state);
    return 0;
}

static struct server *county(void **state)
{
    return ((struct county_fixture *)*state)->srv;
}

/* The desk's request for one ledger as of nothing, with these segments. */
static struct request_ledger about(const struct server *srv, const char *code,
                                   struct slice *segments, size_t count)
{
    struct request_ledger part = {.segments = segments, .segment_count = count};
    struct hash empty;
    (void)srv;
    assert_true(origin_make("guanghe.example", code, &part.origin));
    hash_bytes(SLICE_NONE, &empty);
    memcpy(part.root8, empty.b, sizeof(part.root8));
    return part;
}

static enum status sync(struct server *srv, const struct desk_keys *d, struct request_ledger *parts,
                        size_t count, struct arena *arena, struct sync_answer *answer,
                        uint64_t *admitted, struct error *err)
{
    const struct sync_request request = {count, parts, WANTS_ALL};
    return admission_sync(srv, sign_key_kid(d->device), &request, time_now_ms(), arena, answer,
                          admitted, err);
}

/* The county's answer as it travels: it must fit its message and read back. */
static size_t travel(const struct sync_answer *answer, struct arena *arena,
                     struct sync_answer *read)
{
    struct buf frame;
    buf_init(&frame, MESSAGE_MAX);
    sync_answer_write(answer, 1, &frame);
    assert_true(buf_ok(&frame));
    assert_ok(sync_answer_read(buf_slice(&frame), arena, read, &err));
    size_t n = frame.n;
    buf_release(&frame);
    return n;
}

/* A changeset whose notes nobody can compress: about 1 MiB, in four changes. */
static struct slice write_large(struct desk_keys *d, const struct server *srv, struct arena *arena)
{
    const size_t note_size = 250 * 1024;
    struct change_item changes[4];
    char *note = arena_alloc(arena, note_size);
    struct buf body;
    struct op op = {.code = OP_DELETE, .table = 5};
    for (size_t i = 0; i < ARRAY_LENGTH(changes); i++) {
        random_bytes(note, note_size);
        for (size_t k = 0; k < note_size; k++)
            note[k] = (char)('0' + (note[k] & 63));
        buf_init(&body, CHANGE_BODY_MAX);
        op_body_begin(&body, 1);
        op_write(&body, &op);
        op_body_end(&body, slice_of(note, note_size));
        changes[i].body = slice_of(arena_copy(arena, body.p, body.n), body.n);
        buf_release(&body);
    }
    return desk_sign(d, srv, VILLAGE, changes, ARRAY_LENGTH(changes), SEGMENT_SHORT, arena, NULL);
}

/* Everything that an answer can hold at once: as many refusals as a request has segments, and as
 * many leaves as the desk asks for. */
static void test_an_answer_fits_its_message(void **state)
{
    struct server *srv = county(state);
    static struct slice junk[MESSAGE_SEGMENTS_MAX - 8];
    struct arena arena = {0};
    struct sync_answer answer, read;
    struct slice large[5];
    struct desk_keys d;
    uint64_t admitted;
    desk_make(&d, 60);
    desk_join(&d, srv, "village", VILLAGE);
    for (size_t i = 0; i < ARRAY_LENGTH(large); i++)
        large[i] = write_large(&d, srv, &arena);
    struct request_ledger part = about(srv, VILLAGE, large, ARRAY_LENGTH(large));
    assert_ok(sync(srv, &d, &part, 1, &arena, &answer, &admitted, &err));
    assert_int_equal(admitted, ARRAY_LENGTH(large));

    for (size_t i = 0; i < ARRAY_LENGTH(junk); i++)
        junk[i] = slice_of("\x81\x40", 2);
    part = about(srv, VILLAGE, junk, ARRAY_LENGTH(junk));
    assert_ok(sync(srv, &d, &part, 1, &arena, &answer, &admitted, &err));
    assert_int_equal(admitted, 0);
    assert_true(travel(&answer, &arena, &read) > 2 * 1024 * 1024);
    assert_true(read.ledgers[0].rejected_count >= 1000 && read.ledgers[0].leaf_count >= 3);
    assert_true(read.ledgers[0].more);
    desk_drop(&d);
    arena_release(&arena);
}

static void test_a_ledger_is_named_once(void **state)
{
    struct server *srv = county(state);
    struct request_ledger parts[3];
    struct arena arena = {0};
    struct sync_answer answer;
    struct desk_keys d;
    struct error why = {0};
    uint64_t admitted;
    desk_make(&d, 70);
    desk_join(&d, srv, "village", VILLAGE);
    parts[0] = parts[2] = about(srv, VILLAGE, NULL, 0);
    parts[1] = about(srv, COUNTY, NULL, 0);
    assert_int_equal(sync(srv, &d, parts, 3, &arena, &answer, &admitted, &why), ST_INVALID);
    assert_non_null(strstr(why.text, VILLAGE));
    assert_ok(sync(srv, &d, parts, 2, &arena, &answer, &admitted, &err));
    desk_drop(&d);
    arena_release(&arena);
}

static long peak_kib(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss;
}

/* A few KB speak of a megabyte of changes (many empty fields). What is refused must not pile up. */
static void test_a_small_message_takes_little_memory(void **state)
{
    struct server *srv = county(state);
    struct change_item *changes;
    struct arena arena = {0};
    struct sync_answer answer;
    struct op_field fields[100];
    struct desk_keys d;
    struct buf body;
    uint64_t admitted;
    const size_t count = 2000, copies = 600;
    desk_make(&d, 80);
    desk_join(&d, srv, "village", VILLAGE);
    for (uint32_t i = 0; i < ARRAY_LENGTH(fields); i++)
        fields[i] = (struct op_field){200 + i, value_null()};
    struct record_id id = {{1}};
    buf_init(&body, CHANGE_BODY_MAX);
    op_body_begin(&body, 1);
    op_put_write(&body, 5, &id, fields, ARRAY_LENGTH(fields));
    op_body_end(&body, SLICE_NONE);
    changes = arena_alloc(&arena, count * sizeof(changes[0]));
    for (size_t i = 0; i < count; i++)
        changes[i].body = buf_slice(&body);
    struct slice one = desk_sign(&d, srv, VILLAGE, changes, count, SEGMENT_SHORT, &arena, NULL);
    uint8_t *spoilt = arena_copy(&arena, one.p, one.n);
    const uint8_t *signature = memmem(spoilt, one.n, "\x58\x40", 2);
    spoilt[signature - spoilt + 10] ^= 1;
    struct slice *segments = arena_alloc(&arena, copies * sizeof(segments[0]));
    for (size_t i = 0; i < copies; i++)
        segments[i] = slice_of(spoilt, one.n);
    struct request_ledger part = about(srv, VILLAGE, segments, copies);
    const long before = peak_kib();
    assert_ok(sync(srv, &d, &part, 1, &arena, &answer, &admitted, &err));
    assert_int_equal(answer.ledgers[0].rejected_count, copies);
    assert_true(peak_kib() - before < PEAK_KIB);
    buf_release(&body);
    desk_drop(&d);
    arena_release(&arena);
}

/* A courier takes the content out of a changeset: salts and bodies give way to hashes, and the
 * signature still holds. The author's own copy is taken later. */
static void test_content_cannot_be_taken_away(void **state)
{
    struct server *srv = county(state);
    struct arena arena = {0};
    struct sync_answer answer;
    struct desk_keys d;
    struct hash id;
    uint64_t admitted;
    desk_make(&d, 90);
    desk_join(&d, srv, "village", VILLAGE);
    struct slice whole = desk_write(&d, srv, VILLAGE, 1, SEGMENT_FULL, &arena, &id);
    struct ledger *ledger = replica_ledger_named(srv->rep, VILLAGE);
    struct segment_known known;
    struct segment segment;
    replica_known(srv->rep, ledger, &known);
    assert_ok(segment_read(whole, &ledger->origin, &known, &arena, &segment, &err));

    struct hash body_hash;
    struct change_salt salt;
    struct hmac_key key;
    struct buf salts, columns, out;
    bool erased = true;
    hmac_prepare(slice_of(segment.seed, sizeof(segment.seed)), &key);
    change_salt(&key, segment.header.first_seq, &salt);
    change_body_hash(&salt, segment.changes[0].body, &body_hash);
    segment.changes[0].body = hash_slice(&body_hash);
    segment.has_seed = false;
    segment.erased = &erased;
    segment.salts = &salt;
    buf_init(&salts, 1024);
    buf_init(&columns, COLUMNS_MAX);
    buf_init(&out, MESSAGE_MAX);
    segment_salts_write(&segment, &salts);
    columns_encode(segment.changes, 1, 0, NULL, &columns);
    segment_write(&segment.header, SEGMENT_FULL, buf_slice(&salts), buf_slice(&columns), &out);

    struct slice hollow = buf_slice(&out);
    struct request_ledger part = about(srv, VILLAGE, &hollow, 1);
    assert_ok(sync(srv, &d, &part, 1, &arena, &answer, &admitted, &err));
    assert_int_equal(admitted, 0);
    assert_int_equal(answer.ledgers[0].rejected_count, 1);
    assert_int_equal(answer.ledgers[0].rejected[0].code, REJECT_WAIT);
    part = about(srv, VILLAGE, &whole, 1);
    assert_ok(sync(srv, &d, &part, 1, &arena, &answer, &admitted, &err));
    assert_int_equal(admitted, 1);
    buf_release(&salts);
    buf_release(&columns);
    buf_release(&out);
    desk_drop(&d);
    arena_release(&arena);
}

/* More segments than are folded at once, some of them bad: each good one gets its leaf. */
static void test_portions(void **state)
{
    struct server *srv = county(state);
    enum { COUNT = 2500 };
    static struct slice segments[COUNT];
    struct arena arena = {0};
    struct sync_answer answer;
    struct desk_keys d;
    uint64_t admitted;
    desk_make(&d, 100);
    desk_join(&d, srv, "village", VILLAGE);
    struct ledger *ledger = replica_ledger_named(srv->rep, VILLAGE);
    const uint64_t size = ledger->tree.size;
    for (size_t i = 0; i < COUNT; i++)
        segments[i] = i % 100 == 50 ? slice_of("\x81\x40", 2)
                                    : desk_write(&d, srv, VILLAGE, 1, SEGMENT_SHORT, &arena, NULL);
    struct request_ledger part = about(srv, VILLAGE, segments, COUNT);
    assert_ok(sync(srv, &d, &part, 1, &arena, &answer, &admitted, &err));
    assert_int_equal(admitted, COUNT - COUNT / 100);
    assert_int_equal(answer.ledgers[0].rejected_count, COUNT / 100);
    assert_int_equal(ledger->tree.size, size + admitted);
    assert_int_equal(ledger->folded, ledger->tree.size);
    assert_ok(sync(srv, &d, &part, 1, &arena, &answer, &admitted, &err)); /* the same again */
    assert_int_equal(admitted, 0);
    desk_drop(&d);
    arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_answer_fits_its_message),
        cmocka_unit_test(test_a_ledger_is_named_once),
        cmocka_unit_test(test_a_small_message_takes_little_memory),
        cmocka_unit_test(test_content_cannot_be_taken_away),
        cmocka_unit_test(test_portions),
    };
    crypto_init();
    return cmocka_run_group_tests(tests, open_county, close_county);
}
