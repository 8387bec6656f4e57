/* SPDX-License-Identifier: MulanPSL-2.0 */
/* message: what goes in comes out, small things stay small, damage is refused. */
#include "shared/base/check.h"
#include "shared/base/mem.h"
#include "shared/codec/compress.h"
#include "shared/codec/framing.h"
#include "shared/sync/message.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static uint64_t seed = 1;

static uint8_t random_byte(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (uint8_t)(seed * UINT64_C(0x2545F4914F6CDD1D) >> 56);
}

static void random_fill(void *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        ((uint8_t *)p)[i] = random_byte();
}

/* A segment of count single-field puts; noise where keys, salts and signatures stand. */
static struct slice segment_make(struct arena *arena, uint32_t count, enum segment_form form)
{
    struct changeset cs = {.alg = COSE_ED25519,
                           .number = 1000,
                           .first_seq = 5000,
                           .count = count,
                           .base_size = 1234,
                           .registry_size = 321};
    struct segment salted = {.has_seed = true};
    struct change_item *items = arena_alloc(arena, count * sizeof *items);
    struct buf salts, columns, out;
    random_fill(cs.kid.b, sizeof cs.kid.b);
    random_fill(cs.chain.b, sizeof cs.chain.b);
    random_fill(cs.prev.b, sizeof cs.prev.b);
    random_fill(cs.signature.b, sizeof cs.signature.b);
    random_fill(salted.seed, sizeof salted.seed);
    for (uint32_t i = 0; i < count; i++) {
        struct buf body;
        uint8_t random[10];
        struct record_id id;
        char phone[] = "13900000000";
        for (int k = 3; k < 11; k++)
            phone[k] = (char)('0' + random_byte() % 10);
        struct op_field field = {1 + i % 7, value_text(slice_str(phone))};
        random_fill(random, sizeof random);
        record_id_make(1764000000000 + i, random, &id);
        buf_init(&body, 1000);
        op_body_begin(&body, 1);
        op_put_write(&body, 2, &id, &field, 1);
        op_body_end(&body, SLICE_NONE);
        items[i].hlc = (UINT64_C(1764000000000) + i) << 16;
        items[i].body = slice_of(arena_copy(arena, body.p, body.n), body.n);
        buf_release(&body);
    }
    buf_init(&salts, 1000);
    segment_salts_write(&salted, &salts);
    buf_init(&columns, COLUMNS_MAX);
    columns_encode(items, count, 0, NULL, &columns);
    buf_init(&out, COLUMNS_MAX);
    segment_write(&cs, form, buf_slice(&salts), buf_slice(&columns), &out);
    struct slice item = slice_of(arena_copy(arena, out.p, out.n), out.n);
    buf_release(&salts);
    buf_release(&columns);
    buf_release(&out);
    return item;
}

static void origins_make(struct request_ledger ledgers[static 2])
{
    origin_parse(slice_str("guanghe.example/622924000000"), &ledgers[0].origin);
    origin_parse(slice_str("guanghe.example/622924101001"), &ledgers[1].origin);
    for (int i = 0; i < 2; i++) {
        ledgers[i].size = 321 + (uint64_t)i * 900;
        random_fill(ledgers[i].root8, sizeof ledgers[i].root8);
    }
}

static void request_write(const struct sync_request *request, struct buf *out)
{
    buf_init(out, MESSAGE_MAX);
    sync_request_write(request, COMPRESS_LEVEL, out);
    assert_true(buf_ok(out));
}

static void assert_request_comes_back(const struct sync_request *request, size_t most)
{
    struct buf frame;
    struct arena arena = {0};
    struct sync_request got;
    struct error err = {0};
    request_write(request, &frame);
    if (frame.n > most)
        fail_msg("%zu bytes, and %zu are allowed", frame.n, most);
    if (sync_request_read(buf_slice(&frame), &arena, &got, &err) != ST_OK)
        fail_msg("%s", err.text);
    assert_int_equal(got.wants, request->wants);
    assert_int_equal(got.ledger_count, request->ledger_count);
    for (size_t i = 0; i < got.ledger_count; i++) {
        const struct request_ledger *a = &got.ledgers[i], *b = &request->ledgers[i];
        assert_string_equal(a->origin.text, b->origin.text);
        assert_int_equal(a->size, b->size);
        assert_memory_equal(a->root8, b->root8, 8);
        assert_int_equal(a->segment_count, b->segment_count);
        for (size_t k = 0; k < a->segment_count; k++)
            assert_true(slice_equal(a->segments[k], b->segments[k]));
    }
    arena_release(&arena);
    buf_release(&frame);
}

static void nothing_new_is_small(void **state)
{
    (void)state;
    struct request_ledger ledgers[2] = {0};
    origins_make(ledgers);
    assert_request_comes_back(&(struct sync_request){2, ledgers, 1 << 20}, 150);
    assert_request_comes_back(&(struct sync_request){0}, 40);
}

static void one_save_travelling_alone_is_small(void **state)
{
    (void)state;
    struct arena arena = {0};
    struct request_ledger ledgers[2] = {0};
    origins_make(ledgers);
    struct slice segment = segment_make(&arena, 1, SEGMENT_SHORT);
    ledgers[1].segment_count = 1;
    ledgers[1].segments = &segment;
    assert_request_comes_back(&(struct sync_request){2, ledgers, 1 << 20}, 350);
    arena_release(&arena);
}

static void segments_of_all_sizes_come_back(void **state)
{
    (void)state;
    struct arena arena = {0};
    struct request_ledger ledgers[2] = {0};
    struct slice segments[2][20];
    size_t whole = 0;
    origins_make(ledgers);
    for (size_t i = 0; i < 2; i++) {
        ledgers[i].segments = segments[i];
        ledgers[i].segment_count = 20;
        for (uint32_t k = 0; k < 20; k++) {
            segments[i][k] =
                segment_make(&arena, 1 + k * k * 2, k % 3 ? SEGMENT_SHORT : SEGMENT_FULL);
            whole += segments[i][k].n;
        }
    }
    assert_request_comes_back(&(struct sync_request){2, ledgers, 7}, whole * 3 / 4);
    arena_release(&arena);
}

/* The streams of larger segments stand together at the end, those of small ones stay inside. */
static void larger_segments_are_lifted(void **state)
{
    (void)state;
    static const uint32_t counts[] = {1, 200};
    for (int i = 0; i < 2; i++) {
        struct arena arena = {0};
        struct request_ledger ledgers[2] = {0};
        struct slice segment = segment_make(&arena, counts[i], SEGMENT_SHORT);
        struct buf frame, plain;
        struct cbor_reader r;
        origins_make(ledgers);
        ledgers[1].segments = &segment;
        ledgers[1].segment_count = 1;
        request_write(&(struct sync_request){2, ledgers, 7}, &frame);
        buf_init(&plain, MESSAGE_MAX);
        assert_int_equal(decompress(buf_slice(&frame), MESSAGE_MAX, &plain, NULL), ST_OK);
        cbor_reader_init(&r, buf_slice(&plain), "message");
        cbor_expect_array(&r, 4);
        for (int k = 0; k < 3; k++)
            cbor_read_item(&r);
        size_t lifted = cbor_read_bytes(&r, MESSAGE_MAX).n;
        assert_int_equal(cbor_end(&r, NULL), ST_OK);
        assert_true(i ? lifted > segment.n * 3 / 4 : lifted == 0);
        buf_release(&plain);
        buf_release(&frame);
        arena_release(&arena);
    }
}

/* The writer passes on what it does not understand; the reader wants an array with bytes last. */
static void a_segment_of_another_kind_stays_whole(void **state)
{
    (void)state;
    struct request_ledger ledgers[2] = {0};
    static uint8_t noise[400];
    struct slice segments[3];
    struct buf items[3];
    origins_make(ledgers);
    for (int i = 0; i < 3; i++) {
        memset(noise, i ? 0xFF : 0, sizeof noise);
        buf_init(&items[i], 1000);
        cbor_put_array(&items[i], 1);
        cbor_put_bytes(&items[i], slice_of(noise, i == 2 ? 0 : sizeof noise));
        segments[i] = buf_slice(&items[i]);
    }
    ledgers[0].segment_count = 3;
    ledgers[0].segments = segments;
    assert_request_comes_back(&(struct sync_request){2, ledgers, 7}, 1000);
    for (int i = 0; i < 3; i++)
        buf_release(&items[i]);
}

/* What ends in no bytes is passed on as it is too, and is no segment to any reader. */
static void what_is_no_segment_is_refused_by_the_reader(void **state)
{
    (void)state;
    struct request_ledger ledgers[2] = {0};
    struct sync_request request = {2, ledgers, 7}, got;
    struct slice segment;
    struct buf item, frame;
    struct arena arena = {0};
    struct error err;
    origins_make(ledgers);
    buf_init(&item, 1000);
    cbor_put_array(&item, 2);
    cbor_put_bytes(&item, SLICE_NONE);
    cbor_put_uint(&item, 5);
    segment = buf_slice(&item);
    ledgers[0].segment_count = 1;
    ledgers[0].segments = &segment;
    request_write(&request, &frame);
    assert_int_equal(sync_request_read(buf_slice(&frame), &arena, &got, &err), ST_INVALID);
    assert_non_null(strstr(err.text, "malformed segment"));
    arena_release(&arena);
    buf_release(&frame);
    buf_release(&item);
}

/* Columns of so many streams, a byte each. */
static void many_streams(struct buf *out, size_t count, size_t *head)
{
    buf_init(out, COLUMNS_MAX);
    varint_put(out, count);
    for (size_t i = 0; i < count; i++) {
        buf_put_u8(out, 1); /* the next key */
        buf_put_u8(out, 1); /* a byte of it */
    }
    *head = out->n;
    for (size_t i = 0; i < count; i++)
        buf_put_u8(out, random_byte());
}

static void columns_have_a_number_of_streams(void **state)
{
    (void)state;
    struct columns_stream *streams = mem_alloc(COLUMNS_STREAMS_MAX * sizeof(*streams));
    for (size_t more = 0; more < 2; more++) {
        struct buf columns;
        size_t head, count;
        many_streams(&columns, COLUMNS_STREAMS_MAX + more, &head);
        size_t got = columns_head(buf_slice(&columns), streams, COLUMNS_STREAMS_MAX, &count);
        assert_int_equal(got, more ? 0 : head);
        assert_int_equal(count, more ? 0 : COLUMNS_STREAMS_MAX);
        buf_release(&columns);
    }
    mem_free(streams);
}

/* A message lifts 262,144 streams; what would be more stays whole in its segment. */
static void beyond_a_number_of_streams_none_is_lifted(void **state)
{
    (void)state;
    struct request_ledger ledgers[2] = {0};
    struct buf columns, item;
    struct slice segments[17];
    size_t head;
    origins_make(ledgers);
    many_streams(&columns, COLUMNS_STREAMS_MAX, &head);
    buf_init(&item, COLUMNS_MAX);
    cbor_put_array(&item, 1);
    cbor_put_bytes(&item, buf_slice(&columns));
    for (size_t i = 0; i < ARRAY_LENGTH(segments); i++)
        segments[i] = buf_slice(&item);
    ledgers[0].segments = segments;
    ledgers[0].segment_count = ARRAY_LENGTH(segments);
    assert_request_comes_back(&(struct sync_request){2, ledgers, 7}, MESSAGE_MAX);
    buf_release(&item);
    buf_release(&columns);
}

static struct sync_answer answer_make(struct arena *arena)
{
    struct sync_answer answer = {3, arena_alloc(arena, 3 * sizeof(struct answer_ledger))};
    struct request_ledger names[2];
    memset(answer.ledgers, 0, 3 * sizeof *answer.ledgers);
    origins_make(names);
    answer.ledgers[0].origin = names[0].origin;
    answer.ledgers[0].status = SYNC_OK;
    answer.ledgers[0].checkpoint =
        slice_str("guanghe.example/622924101001\n12\nroot\n\n— guanghe.example/622924101001 sig\n");
    answer.ledgers[0].leaf_count = 30;
    answer.ledgers[0].leaves = arena_alloc(arena, 30 * sizeof(struct answer_leaf));
    answer.ledgers[0].more = true;
    for (uint32_t i = 0; i < 30; i++) {
        struct answer_leaf *leaf = &answer.ledgers[0].leaves[i];
        *leaf = (struct answer_leaf){.admitted_ms = 1764000000000 + i / 3, .registry_size = i / 2};
        leaf->has_segment = i % 2;
        if (leaf->has_segment)
            leaf->segment = segment_make(arena, 1 + i * 5, SEGMENT_SHORT);
        else
            random_fill(leaf->id8, sizeof leaf->id8);
    }
    answer.ledgers[1].origin = names[1].origin;
    answer.ledgers[1].status = SYNC_HISTORY;
    answer.ledgers[1].rejected_count = 2;
    answer.ledgers[1].rejected = arena_alloc(arena, 2 * sizeof(struct rejection));
    for (int i = 0; i < 2; i++) {
        struct rejection *rejection = &answer.ledgers[1].rejected[i];
        *rejection = (struct rejection){.number = 5, .code = i ? REJECT_FORK : REJECT_FORM};
        random_fill(rejection->kid.b, HASH_SIZE);
        random_fill(rejection->chain.b, 8);
        rejection->text = slice_str("格式有误或超过上限");
    }
    answer.ledgers[2].origin = names[1].origin;
    answer.ledgers[2].status = SYNC_BUSY;
    return answer;
}

static void answers_come_back(void **state)
{
    (void)state;
    struct arena arena = {0};
    struct buf frame;
    struct sync_answer got, answer = answer_make(&arena);
    struct error err = {0};
    buf_init(&frame, MESSAGE_MAX);
    sync_answer_write(&answer, COMPRESS_LEVEL, &frame);
    if (sync_answer_read(buf_slice(&frame), &arena, &got, &err) != ST_OK)
        fail_msg("%s", err.text);
    assert_int_equal(got.ledger_count, 3);
    for (int i = 0; i < 3; i++) {
        const struct answer_ledger *a = &got.ledgers[i], *b = &answer.ledgers[i];
        assert_string_equal(a->origin.text, b->origin.text);
        assert_int_equal(a->status, b->status);
        assert_int_equal(a->more, b->more);
        assert_true(slice_equal(a->checkpoint, b->checkpoint));
        assert_int_equal(a->leaf_count, b->leaf_count);
        for (size_t k = 0; k < a->leaf_count; k++) {
            assert_int_equal(a->leaves[k].admitted_ms, b->leaves[k].admitted_ms);
            assert_int_equal(a->leaves[k].registry_size, b->leaves[k].registry_size);
            assert_int_equal(a->leaves[k].has_segment, b->leaves[k].has_segment);
            assert_true(slice_equal(a->leaves[k].segment, b->leaves[k].segment));
            assert_memory_equal(a->leaves[k].id8, b->leaves[k].id8, 8);
        }
        assert_int_equal(a->rejected_count, b->rejected_count);
        for (size_t k = 0; k < a->rejected_count; k++) {
            assert_true(hash_equal(&a->rejected[k].kid, &b->rejected[k].kid));
            assert_memory_equal(a->rejected[k].chain.b, b->rejected[k].chain.b, 8);
            assert_int_equal(a->rejected[k].number, b->rejected[k].number);
            assert_int_equal(a->rejected[k].code, b->rejected[k].code);
            assert_true(slice_equal(a->rejected[k].text, b->rejected[k].text));
        }
    }
    buf_release(&frame);
    arena_release(&arena);
}

/* A long reason is cut at a character, so that the reader takes it. */
static void a_long_reason_is_cut(void **state)
{
    (void)state;
    struct arena arena = {0};
    struct buf frame, text;
    struct sync_answer got, answer = answer_make(&arena);
    buf_init(&text, 10000);
    buf_put_str(&text, "x");
    for (int i = 0; i < 400; i++)
        buf_put_str(&text, "长");
    answer.ledgers[1].rejected[0].text = buf_slice(&text);
    buf_init(&frame, MESSAGE_MAX);
    sync_answer_write(&answer, COMPRESS_LEVEL, &frame);
    assert_int_equal(sync_answer_read(buf_slice(&frame), &arena, &got, NULL), ST_OK);
    assert_int_equal(got.ledgers[1].rejected[0].text.n, 511);
    memset(text.p, 0x80, text.n); /* not a character in all of it: nothing is left */
    buf_clear(&frame);
    sync_answer_write(&answer, COMPRESS_LEVEL, &frame);
    assert_int_equal(sync_answer_read(buf_slice(&frame), &arena, &got, NULL), ST_OK);
    assert_int_equal(got.ledgers[1].rejected[0].text.n, 0);
    answer.ledgers[1].rejected[0].code = (enum reject_code)0; /* no such code */
    buf_clear(&frame);
    sync_answer_write(&answer, COMPRESS_LEVEL, &frame);
    assert_int_equal(sync_answer_read(buf_slice(&frame), &arena, &got, NULL), ST_INVALID);
    buf_release(&frame);
    buf_release(&text);
    arena_release(&arena);
}

static enum status read_plain(struct slice plain, bool answer)
{
    struct buf frame;
    struct arena arena = {0};
    struct sync_request request;
    struct sync_answer got;
    buf_init(&frame, 2 * MESSAGE_MAX);
    compress_bytes(plain, COMPRESS_LEVEL, &frame);
    enum status status = answer ? sync_answer_read(buf_slice(&frame), &arena, &got, NULL)
                                : sync_request_read(buf_slice(&frame), &arena, &request, NULL);
    buf_release(&frame);
    arena_release(&arena);
    return status;
}

/* Flips inside the message, under the compression: refused or read, never worse. */
static void damage_does_no_harm(void **state)
{
    (void)state;
    struct arena arena = {0};
    for (int kind = 0; kind < 2; kind++) {
        struct buf frame, plain;
        struct sync_answer answer = answer_make(&arena);
        struct request_ledger ledgers[2] = {0};
        struct slice segments[3] = {segment_make(&arena, 1, SEGMENT_FULL),
                                    segment_make(&arena, 40, SEGMENT_SHORT),
                                    segment_make(&arena, 20, SEGMENT_SHORT)};
        origins_make(ledgers);
        ledgers[0].segments = segments;
        ledgers[0].segment_count = 3;
        answer.ledgers[0].leaf_count = 10;
        buf_init(&frame, MESSAGE_MAX);
        if (kind)
            sync_answer_write(&answer, COMPRESS_LEVEL, &frame);
        else
            sync_request_write(&(struct sync_request){2, ledgers, 9}, COMPRESS_LEVEL, &frame);
        buf_init(&plain, MESSAGE_MAX);
        assert_int_equal(decompress(buf_slice(&frame), MESSAGE_MAX, &plain, NULL), ST_OK);
        assert_int_equal(read_plain(buf_slice(&plain), kind), ST_OK);
        size_t refused = 0;
        for (size_t at = 0; at < plain.n; at += 1 + at / 600) {
            static const uint8_t flips[] = {0x01, 0x20, 0x80};
            for (size_t k = 0; k < sizeof flips; k++) {
                plain.p[at] ^= flips[k];
                refused += read_plain(buf_slice(&plain), kind) != ST_OK;
                plain.p[at] ^= flips[k];
            }
        }
        assert_true(refused > 100);
        for (size_t n = 0; n < plain.n; n += 1 + n / 100)
            assert_int_equal(read_plain(slice_of(plain.p, n), kind), ST_INVALID);
        for (size_t at = 0; at < frame.n; at += 7) { /* and of the frame itself */
            struct sync_request request;
            struct sync_answer got;
            frame.p[at] ^= 0x55;
            if (kind)
                (void)!sync_answer_read(buf_slice(&frame), &arena, &got, NULL);
            else
                (void)!sync_request_read(buf_slice(&frame), &arena, &request, NULL);
            frame.p[at] ^= 0x55;
        }
        buf_release(&plain);
        buf_release(&frame);
    }
    arena_release(&arena);
}

/* A request of one ledger and so many segments of which only the heads stand there. */
static void lifted_write(struct buf *out, size_t segments)
{
    uint8_t root8[8] = {0};
    struct buf columns, streams;
    size_t head;
    many_streams(&columns, COLUMNS_STREAMS_MAX, &head);
    buf_init(&streams, MESSAGE_MAX);
    cbor_put_array(out, 4);
    cbor_put_uint(out, 1);
    cbor_put_array(out, 1);
    cbor_put_array(out, 4);
    cbor_put_str(out, "guanghe.example/622924101001");
    cbor_put_uint(out, 0);
    cbor_put_bytes(out, slice_of(root8, 8));
    cbor_put_array(out, segments);
    for (size_t i = 0; i < segments; i++) {
        cbor_put_array(out, 1);
        cbor_put_bytes(out, slice_of(columns.p, head));
        buf_put(&streams, columns.p + head, columns.n - head);
    }
    cbor_put_uint(out, 7);
    cbor_put_bytes(out, buf_slice(&streams));
    assert_true(buf_ok(out) && buf_ok(&streams));
    buf_release(&streams);
    buf_release(&columns);
}

static void limits_are_refused(void **state)
{
    (void)state;
    struct buf plain;
    buf_init(&plain, MESSAGE_MAX);
    cbor_put_array(&plain, 4);
    cbor_put_uint(&plain, 1);
    cbor_put_array(&plain, MESSAGE_LEDGERS_MAX + 1);
    for (int i = 0; i <= MESSAGE_LEDGERS_MAX; i++) {
        uint8_t root8[8] = {0};
        cbor_put_array(&plain, 4);
        cbor_put_str(&plain, "guanghe.example/622924101001");
        cbor_put_uint(&plain, 0);
        cbor_put_bytes(&plain, slice_of(root8, 8));
        cbor_put_array(&plain, 0);
    }
    cbor_put_uint(&plain, 0);
    cbor_put_bytes(&plain, SLICE_NONE);
    assert_int_equal(read_plain(buf_slice(&plain), false), ST_INVALID);
    static const char other_version[] = "\x84\x02\x80\x00\x40",
                      same_version[] = "\x84\x01\x80\x00\x40";
    assert_int_equal(read_plain(slice_of(same_version, 5), false), ST_OK);
    assert_int_equal(read_plain(slice_of(other_version, 5), false), ST_INVALID);
    struct sync_request request;
    struct arena arena = {0};
    assert_int_equal(sync_request_read(slice_of(plain.p, MESSAGE_MAX + 1), &arena, &request, NULL),
                     ST_LIMIT);
    /* Streams without a segment that they belong to. */
    assert_int_equal(read_plain(slice_of("\x84\x01\x80\x00\x41\x07", 6), false), ST_INVALID);
    /* More lifted streams than there may be; no writer makes them. */
    buf_clear(&plain);
    lifted_write(&plain, 16);
    assert_int_equal(read_plain(buf_slice(&plain), false), ST_OK);
    buf_clear(&plain);
    lifted_write(&plain, 17);
    assert_int_equal(read_plain(buf_slice(&plain), false), ST_INVALID);
    buf_release(&plain);
}

/* A message that would be too large sets overflow and writes nothing, be it the segments that are
 * too much or the streams that were lifted out of them. */
static void too_large_a_message_overflows(void **state)
{
    (void)state;
    enum { BYTES = 3 << 20 };
    uint8_t *noise = mem_zero_alloc(1, BYTES);
    for (int lifted = 0; lifted < 2; lifted++) {
        struct request_ledger ledgers[2] = {0};
        struct buf columns, item, out;
        struct slice segments[3];
        origins_make(ledgers);
        buf_init(&columns, COLUMNS_MAX);
        if (lifted) { /* one stream, of key 1 */
            varint_put(&columns, 1);
            varint_put(&columns, 1);
            varint_put(&columns, BYTES);
        }
        buf_put(&columns, noise, BYTES);
        buf_init(&item, COLUMNS_MAX);
        cbor_put_array(&item, 1);
        cbor_put_bytes(&item, buf_slice(&columns));
        for (int i = 0; i < 3; i++)
            segments[i] = buf_slice(&item);
        ledgers[0].segments = segments;
        ledgers[0].segment_count = 3;
        buf_init(&out, MESSAGE_MAX);
        sync_request_write(&(struct sync_request){2, ledgers, 9}, COMPRESS_LEVEL, &out);
        assert_false(buf_ok(&out));
        assert_int_equal(out.n, 0);
        ledgers[0].segment_count = 1;
        request_write(&(struct sync_request){2, ledgers, 9}, &out);
        buf_release(&out);
        buf_release(&item);
        buf_release(&columns);
    }
    mem_free(noise);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_new_is_small),
        cmocka_unit_test(one_save_travelling_alone_is_small),
        cmocka_unit_test(segments_of_all_sizes_come_back),
        cmocka_unit_test(larger_segments_are_lifted),
        cmocka_unit_test(a_segment_of_another_kind_stays_whole),
        cmocka_unit_test(what_is_no_segment_is_refused_by_the_reader),
        cmocka_unit_test(columns_have_a_number_of_streams),
        cmocka_unit_test(beyond_a_number_of_streams_none_is_lifted),
        cmocka_unit_test(answers_come_back),
        cmocka_unit_test(a_long_reason_is_cut),
        cmocka_unit_test(damage_does_no_harm),
        cmocka_unit_test(limits_are_refused),
        cmocka_unit_test(too_large_a_message_overflows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
