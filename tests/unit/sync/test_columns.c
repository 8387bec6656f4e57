/* SPDX-License-Identifier: MulanPSL-2.0 */
/* columns: every body comes back byte for byte, and hostile streams do no harm. */
#include "shared/base/check.h"
#include "shared/base/mem.h"
#include "shared/ledger/change.h"
#include "shared/sync/columns_layout.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

/* ---- a random world ---- */

static uint64_t seed = 1;

static uint32_t below(uint32_t n)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (uint32_t)((seed * UINT64_C(0x2545F4914F6CDD1D) >> 32) % n);
}

#define WORLD 300 /* records; the first two thirds are in the base */

static struct record_id world[WORLD];

static void world_init(void)
{
    uint8_t random[10];
    for (int i = 0; i < WORLD; i++) {
        for (size_t k = 0; k < sizeof random; k++)
            random[k] = (uint8_t)below(256);
        record_id_make(1700000000000 + i, random, &world[i]);
    }
}

static bool ordinal_of(void *arg, const struct record_id *id, uint64_t base_size, uint64_t *ordinal)
{
    (void)arg;
    for (uint64_t i = 0; i < base_size; i++)
        if (record_id_equal(&world[i], id)) {
            *ordinal = i * 1000; /* so that all planes are used */
            return true;
        }
    return false;
}

static bool record_at(void *arg, uint64_t ordinal, uint64_t base_size, struct record_id *id)
{
    (void)arg;
    if (ordinal % 1000 || ordinal / 1000 >= base_size)
        return false;
    *id = world[ordinal / 1000];
    return true;
}

static const struct record_index index_of_world = {ordinal_of, record_at, NULL};
#define BASE 200

static struct slice random_text(char *room)
{
    static const char *const texts[] = {"",
                                        "张伟",
                                        "13912345678",
                                        "622924199001011234",
                                        "62292419900101123X",
                                        "2024-02-29",
                                        "2024-02-30",
                                        "0000-00-00",
                                        "2024-02-29T08:15",
                                        "2024-02-29 08:15",
                                        "01",
                                        "007",
                                        "12345678901234567890",
                                        "123456789012345678901",
                                        "1234x",
                                        "2024-1-01",
                                        "123456789012345678X",
                                        "12345678901234567Y",
                                        "12345678901234567XX",
                                        "外出务工，已经核实，家庭经济困难",
                                        "draft",
                                        "X"};
    if (below(8))
        return slice_str(texts[below(sizeof texts / sizeof *texts)]);
    size_t n = below(600);
    memset(room, 'a' + (int)below(26), n);
    return slice_of(room, n);
}

static struct value random_value(char *room)
{
    static const int64_t ints[] = {0,         1,         95,        96,    255,   256,
                                   -1,        -100,      99,        1000,  65536, 5000000,
                                   INT64_MAX, INT64_MIN, -30000000, 123456};
    static const int8_t exponents[] = {-9, -2, -1, 0, 1, 9};
    switch (below(8)) {
    case 0:
        return value_null();
    case 1:
        return value_int(ints[below(sizeof ints / sizeof *ints)]);
    case 2:
        return value_int((int64_t)below(100000) - 50000);
    case 3:
        return value_bytes(slice_of(world[below(WORLD)].b, RECORD_ID_SIZE));
    case 4:
        return value_bytes(slice_of("\x00\x01\x02\xff", below(5)));
    case 5:
        return (struct value){.kind = VALUE_DECIMAL,
                              .i = (int64_t)below(100000) * 10 + 1 + below(9),
                              .exponent = exponents[below(6)]};
    default:
        return value_text(random_text(room));
    }
}

static struct value not_null(char *room)
{
    struct value value = random_value(room);
    return value.kind == VALUE_NULL ? value_int(7) : value;
}

/* What belongs to one kind of op alone. */
static void fill_kind(struct op *op, char rooms[static 10][600], struct value members[static 8])
{
    static const uint8_t kid[32] = {1};
    static struct op_ref ref;
    switch (op->code) {
    case OP_SET:
        op->add_count = 1 + below(4);
        op->remove_count = below(4);
        op->adds = members;
        op->removes = members + 4;
        for (size_t i = 0; i < 8; i++)
            members[i] = not_null(rooms[2 + i]);
        break;
    case OP_COUNTER:
        op->delta = (int64_t)below(1000) - 500;
        break;
    case OP_STATE:
        op->from = random_value(rooms[0]);
        op->to = not_null(rooms[1]);
        break;
    case OP_DELETE:
        op->reason = below(2) ? value_text(slice_str("登记有误")) : value_null();
        break;
    case OP_RESOLVE:
        ref = (struct op_ref){slice_of(kid, sizeof kid), slice_of("12345678", 8), 7,
                              slice_of("abcdefgh", 8)};
        op->refs = &ref;
        op->ref_count = 1;
        break;
    case OP_LINK:
        op->other = world[below(WORLD)];
        op->link = below(2);
        if (record_id_equal(&op->record, &op->other))
            op->other.b[15] ^= 1;
        break;
    case OP_OUT:
    case OP_IN:
        op->origin = slice_str("guanghe.example/622924101001");
        op->hop = 1 + below(300);
        break;
    }
}

/* One op of any number that op.h knows, authority ops included. */
static void random_op(struct buf *out)
{
    static char rooms[32][600];
    struct op_field fields[24];
    struct value members[8];
    struct op op = {.table = 1 + below(3), .record = world[below(3) ? below(20) : below(WORLD)]};
    static const uint32_t codes[] = {0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 17};
    op.code = codes[below(sizeof codes / sizeof *codes)];
    if (op.code > OP_IN) {
        cbor_put_array(out, 2);
        cbor_put_uint(out, op.code);
        cbor_put_str(out, "whatever");
        return;
    }
    op.fields = fields;
    uint32_t wanted = below(4) ? 1 : 1 + below(20);
    for (uint32_t f = 1 + below(5); op.field_count < wanted; f += 1 + below(3)) {
        fields[op.field_count].field = f;
        fields[op.field_count].value = random_value(rooms[op.field_count]);
        op.field_count++;
    }
    op.field = 1 + below(4);
    fill_kind(&op, rooms + 22, members);
    op_write(out, &op);
}

struct sample {
    struct change_item *items;
    size_t count;
    struct buf bodies;
};

static struct sample sample_make(size_t count)
{
    struct sample s = {mem_zero_alloc(count, sizeof *s.items), count, {0}};
    size_t *ends = mem_zero_alloc(count + 1, sizeof *ends);
    uint64_t hlc = UINT64_C(1764000000000) << 16 | 3;
    buf_init(&s.bodies, CHANGESET_BODIES_MAX);
    for (size_t i = 0; i < count; i++) {
        static const uint64_t steps[] = {1, 1, 2, 65536, 65535, 1 << 20, (uint64_t)1 << 36};
        if (below(50) == 0) {
            buf_put_str(&s.bodies, "this is no body at all");
        } else {
            size_t ops = below(4) ? 1 : 1 + below(5);
            op_body_begin(&s.bodies, ops);
            for (size_t k = 0; k < ops; k++)
                random_op(&s.bodies);
            op_body_end(&s.bodies, below(5) ? SLICE_NONE : slice_str("补充说明"));
        }
        ends[i + 1] = s.bodies.n;
        s.items[i].hlc = hlc;
        hlc = below(3) ? (hlc | 0xFFFF) + 1 + (uint64_t)below(1000) * 65536
                       : hlc + steps[below(sizeof steps / sizeof *steps)];
    }
    assert_true(buf_ok(&s.bodies));
    for (size_t i = 0; i < count; i++)
        s.items[i].body = slice_of(s.bodies.p + ends[i], ends[i + 1] - ends[i]);
    mem_free(ends);
    return s;
}

static void sample_release(struct sample *s)
{
    buf_release(&s->bodies);
    mem_free(s->items);
}

static void encode(const struct sample *s, const struct record_index *index, struct buf *out)
{
    buf_init(out, COLUMNS_MAX);
    columns_encode(s->items, s->count, BASE, index, out);
    assert_true(buf_ok(out));
}

static void assert_same(const struct sample *s, struct slice columns,
                        const struct record_index *index)
{
    struct arena arena = {0};
    struct error err = {0};
    struct change_item *got = mem_zero_alloc(s->count, sizeof *got);
    if (columns_decode(columns, s->count, BASE, index, &arena, got, &err) != ST_OK)
        fail_msg("%s", err.text);
    for (size_t i = 0; i < s->count; i++) {
        assert_int_equal(got[i].hlc, s->items[i].hlc);
        assert_int_equal(got[i].body.n, s->items[i].body.n);
        assert_memory_equal(got[i].body.p, s->items[i].body.p, got[i].body.n);
    }
    mem_free(got);
    arena_release(&arena);
}

/* ---- tests ---- */

static void ops_of_all_kinds_come_back(void **state)
{
    (void)state;
    for (int round = 0; round < 150; round++) {
        struct sample s = sample_make(1 + below(round % 10 ? 40 : 1500));
        struct buf with, without;
        encode(&s, &index_of_world, &with);
        encode(&s, NULL, &without);
        assert_same(&s, buf_slice(&with), &index_of_world);
        assert_same(&s, buf_slice(&without), NULL);
        buf_release(&with);
        buf_release(&without);
        sample_release(&s);
    }
}

/* Puts with so many different sets of fields that they share a wide shape. */
/* Without an index that knows ordinals, all records travel as they are. */
static void an_index_may_be_blind(void **state)
{
    (void)state;
    const struct record_index blind = {NULL, record_at, NULL};
    struct sample s = sample_make(50);
    struct buf out;
    encode(&s, &blind, &out);
    assert_same(&s, buf_slice(&out), NULL);
    buf_release(&out);
    sample_release(&s);
}

static void many_shapes_come_back(void **state)
{
    (void)state;
    struct sample s = {mem_zero_alloc(2000, sizeof *s.items), 2000, {0}};
    size_t ends[2001] = {0};
    static char rooms[24][600];
    buf_init(&s.bodies, CHANGESET_BODIES_MAX);
    for (size_t i = 0; i < s.count; i++) {
        struct op_field fields[24];
        size_t n = 0;
        for (uint32_t f = 1; f <= 24; f++)
            if (below(2)) {
                fields[n].field = f;
                fields[n].value = random_value(rooms[n]);
                if (fields[n].value.s.n > 40)
                    fields[n].value = value_null();
                n++;
            }
        if (n == 0)
            fields[n++] = (struct op_field){1, value_null()};
        op_body_begin(&s.bodies, 1);
        op_put_write(&s.bodies, 9, &world[below(WORLD)], fields, n);
        op_body_end(&s.bodies, SLICE_NONE);
        ends[i + 1] = s.bodies.n;
        s.items[i].hlc = i + 1;
    }
    assert_true(buf_ok(&s.bodies));
    for (size_t i = 0; i < s.count; i++)
        s.items[i].body = slice_of(s.bodies.p + ends[i], ends[i + 1] - ends[i]);
    struct buf out;
    encode(&s, &index_of_world, &out);
    assert_true(out.n < s.bodies.n * 3 / 4);
    assert_same(&s, buf_slice(&out), &index_of_world);
    buf_release(&out);
    sample_release(&s);
}

/* More columns than there may be: the rest travels raw. */
static void more_columns_than_allowed_come_back(void **state)
{
    (void)state;
    struct sample s = {mem_zero_alloc(3000, sizeof *s.items), 3000, {0}};
    size_t ends[3001] = {0};
    buf_init(&s.bodies, CHANGESET_BODIES_MAX);
    for (size_t i = 0; i < s.count; i++) {
        struct op_field field = {1 + (uint32_t)(i % 1000), value_int((int64_t)i)};
        op_body_begin(&s.bodies, 1);
        op_put_write(&s.bodies, (uint32_t)(1 + i / 1000), &world[i % 30], &field, 1);
        op_body_end(&s.bodies, SLICE_NONE);
        ends[i + 1] = s.bodies.n;
        s.items[i].hlc = UINT64_MAX - 3000 + i;
    }
    for (size_t i = 0; i < s.count; i++)
        s.items[i].body = slice_of(s.bodies.p + ends[i], ends[i + 1] - ends[i]);
    struct buf out;
    encode(&s, &index_of_world, &out);
    assert_same(&s, buf_slice(&out), &index_of_world);
    buf_release(&out);
    sample_release(&s);
}

static void one_save_is_small(void **state)
{
    (void)state;
    struct op_field field = {5, value_text(slice_str("13912345678"))};
    struct buf body, out;
    buf_init(&body, 1000);
    op_body_begin(&body, 1);
    op_put_write(&body, 2, &world[7], &field, 1);
    op_body_end(&body, SLICE_NONE);
    struct change_item item = {UINT64_C(1764000000000) << 16, buf_slice(&body)};
    struct sample s = {&item, 1, {0}};
    encode(&s, &index_of_world, &out);
    assert_same(&s, buf_slice(&out), &index_of_world);
    assert_true(out.n <= 60);
    buf_release(&out);
    buf_release(&body);
}

/* One save of a whole form has more streams than repetition: it travels raw. */
static void one_wide_save_grows_little(void **state)
{
    (void)state;
    struct op_field fields[20];
    struct buf body, out;
    for (uint32_t i = 0; i < 20; i++)
        fields[i] = (struct op_field){1 + i, value_text(slice_str("张伟"))};
    buf_init(&body, 1000);
    op_body_begin(&body, 1);
    op_put_write(&body, 2, &world[7], fields, 20);
    op_body_end(&body, SLICE_NONE);
    struct change_item item = {UINT64_C(1764000000000) << 16, buf_slice(&body)};
    struct sample s = {&item, 1, {0}};
    encode(&s, &index_of_world, &out);
    assert_same(&s, buf_slice(&out), &index_of_world);
    assert_true(out.n <= body.n + 24);
    buf_release(&out);
    buf_release(&body);
}

/* What was decoded in spite of damage only has to be bounded: its hashes will not fit. */
static void damaged_streams_do_no_harm(void **state)
{
    (void)state;
    struct sample s = sample_make(30);
    struct buf out;
    encode(&s, &index_of_world, &out);
    struct change_item *got = mem_zero_alloc(s.count + 1, sizeof *got);
    size_t refused = 0, tries = 0;
    for (size_t at = 0; at < out.n; at++) {
        static const uint8_t flips[] = {0x01, 0x80, 0xFF, 0x10};
        for (size_t k = 0; k < sizeof flips; k++) {
            struct arena arena = {0};
            uint8_t *copy = mem_alloc(out.n); /* exact size, so that a sanitizer sees overreads */
            memcpy(copy, out.p, out.n);
            copy[at] ^= flips[k];
            if (columns_decode(slice_of(copy, out.n), s.count, BASE, &index_of_world, &arena, got,
                               NULL) != ST_OK)
                refused++;
            tries++;
            mem_free(copy);
            arena_release(&arena);
        }
    }
    assert_true(refused > 0 && refused < tries);
    for (size_t n = 0; n < out.n; n++) { /* every truncation is noticed */
        struct arena arena = {0};
        assert_int_not_equal(
            columns_decode(slice_of(out.p, n), s.count, BASE, &index_of_world, &arena, got, NULL),
            ST_OK);
        arena_release(&arena);
    }
    struct arena arena = {0};
    assert_int_equal(
        columns_decode(buf_slice(&out), s.count - 1, BASE, &index_of_world, &arena, got, NULL),
        ST_INVALID);
    assert_int_equal(
        columns_decode(buf_slice(&out), s.count + 1, BASE, &index_of_world, &arena, got, NULL),
        ST_INVALID);
    arena_release(&arena);
    mem_free(got);
    buf_release(&out);
    sample_release(&s);
}

/* Each record mentioned once, or so often that it gets a place among the hot ones. */
static void a_base_that_lacks_a_record_is_refused(void **state)
{
    (void)state;
    for (size_t times = 1; times <= 5; times += 4) {
        struct sample s = {mem_zero_alloc(40 * times, sizeof *s.items), 40 * times, {0}};
        size_t ends[201] = {0};
        buf_init(&s.bodies, CHANGESET_BODIES_MAX);
        for (size_t i = 0; i < s.count; i++) {
            struct op_field field = {1, value_int((int64_t)i)};
            op_body_begin(&s.bodies, 1);
            op_put_write(&s.bodies, 2, &world[i % 40], &field, 1);
            op_body_end(&s.bodies, SLICE_NONE);
            ends[i + 1] = s.bodies.n;
            s.items[i].hlc = i + 1;
        }
        for (size_t i = 0; i < s.count; i++)
            s.items[i].body = slice_of(s.bodies.p + ends[i], ends[i + 1] - ends[i]);
        struct buf out;
        struct arena arena = {0};
        struct change_item got[200];
        encode(&s, &index_of_world, &out);
        assert_same(&s, buf_slice(&out), &index_of_world);
        assert_int_equal(
            columns_decode(buf_slice(&out), s.count, 39, &index_of_world, &arena, got, NULL),
            ST_INVALID);
        assert_int_equal(columns_decode(buf_slice(&out), s.count, BASE, NULL, &arena, got, NULL),
                         ST_INVALID);
        arena_release(&arena);
        buf_release(&out);
        sample_release(&s);
    }
}

static void parts_are_the_whole(void **state)
{
    (void)state;
    struct sample s = sample_make(200);
    struct buf out, joined;
    struct slice parts[2000];
    encode(&s, &index_of_world, &out);
    static const size_t limits[] = {1, 2, 7, 2000};
    for (size_t k = 0; k < 4; k++) {
        size_t n = columns_parts(buf_slice(&out), parts, limits[k]);
        assert_true(n >= 1 && n <= limits[k]);
        buf_init(&joined, COLUMNS_MAX);
        for (size_t i = 0; i < n; i++)
            buf_put_slice(&joined, parts[i]);
        assert_true(slice_equal(buf_slice(&joined), buf_slice(&out)));
        buf_release(&joined);
    }
    assert_int_equal(columns_parts(slice_str("\xff\xff\xff"), parts, 10), 1);
    buf_release(&out);
    sample_release(&s);
}

/* ---- streams written by hand ---- */

struct piece {
    uint32_t key; /* 0: none */
    const char *bytes;
    size_t n;
};

#define PIECE(key, literal)               \
    {                                     \
        key, literal, sizeof(literal) - 1 \
    }
#define GONE(key)  \
    {              \
        key, "", 0 \
    }
#define PIECES_MAX 24
#define WITH_MAX 10
#define TAGS(field) (COLUMN_KEY(2, field) | PART_TAG)
#define PLANE(field, k) (COLUMN_KEY(2, field) | (PART_PLANE + (k)))
#define FULL(k) PIECE(PLANE(1, k), "\xff")
#define NUMBERS(field) (COLUMN_KEY(2, field) | PART_NUMBER)

/* One change: field 1 of a new record of table 2 := 5. */
static const struct piece one_put[] = {
    PIECE(S_SHAPES, "\x00\x02\x01\x01"),
    PIECE(S_SHAPE, "\x00"),
    PIECE(S_CHANGE, "\x02"),
    PIECE(S_CLOCK, "\x05\x01"),
    PIECE(S_RECORD, "\xf0"),
    PIECE(S_ID_TIME, "\x02"),
    PIECE(S_ID_6, "\x70"),
    PIECE(S_ID_8, "\x80"),
    PIECE(S_ID_REST, "12345678"),
    PIECE(TAGS(1), "\x05"),
};

static int by_key(const void *a, const void *b)
{
    uint32_t x = ((const struct piece *)a)->key, y = ((const struct piece *)b)->key;
    return (x > y) - (x < y);
}

/* one_put, with these in the place of its own or added. */
static void write_streams(const struct piece *with, size_t count, struct buf *out)
{
    struct piece all[PIECES_MAX];
    size_t n = ARRAY_LENGTH(one_put);
    memcpy(all, one_put, sizeof(one_put));
    for (size_t i = 0; i < count && with[i].key; i++) {
        size_t at = 0;
        while (at < n && all[at].key != with[i].key)
            at++;
        n += at == n;
        assert_true(n <= PIECES_MAX);
        all[at] = with[i];
    }
    qsort(all, n, sizeof(*all), by_key);
    size_t there = 0;
    for (size_t i = 0; i < n; i++)
        there += all[i].n > 0;
    varint_put(out, there);
    uint32_t last = 0;
    for (size_t i = 0; i < n; i++)
        if (all[i].n) {
            varint_put(out, all[i].key - last);
            varint_put(out, all[i].n);
            last = all[i].key;
        }
    for (size_t i = 0; i < n; i++)
        buf_put(out, all[i].bytes, all[i].n);
    assert_true(buf_ok(out));
}

static enum status decode_pieces(const struct piece *with, size_t pieces, size_t changes,
                                 const struct record_index *index, struct error *err)
{
    struct change_item got[4];
    struct arena arena = {0};
    struct buf out;
    buf_init(&out, COLUMNS_MAX);
    write_streams(with, pieces, &out);
    enum status st = columns_decode(buf_slice(&out), changes, BASE, index, &arena, got, err);
    buf_release(&out);
    arena_release(&arena);
    return st;
}

static void every_stream_is_looked_at(void **state)
{
    (void)state;
    static char many[SHAPES_BYTES_MAX + 1];
    static char large[CHANGE_BODY_MAX + 1];
    static const struct {
        struct piece with[WITH_MAX];
        size_t changes; /* 0: one */
        const char *says;
    } rows[] = {
        {{PIECE(S_SHAPES, "\x16\x02\x01\x01")}, 0, "malformed shape"}, /* op 11 */
        {{PIECE(S_SHAPES, "\x0e\x02\x01\x01")}, 0, "malformed shape"}, /* resolve */
        {{PIECE(S_SHAPES, "\x00\x00\x01\x01")}, 0, "malformed shape"},
        {{PIECE(S_SHAPES, "\x00\x80\x80\x04\x01\x01")}, 0, "malformed shape"}, /* table 65536 */
        {{PIECE(S_SHAPES, "\x00")}, 0, "malformed shape"},
        {{PIECE(S_SHAPES, "\x00\x02")}, 0, "malformed shape"},
        {{PIECE(S_SHAPES, "\x05\x02\x01")}, 0, "malformed shape"}, /* a wide counter */
        {{PIECE(S_SHAPES, "\x00\x02\x05\x01")}, 0, "malformed shape"},
        {{PIECE(S_SHAPES, "\x00\x02\x81\x01\x01")}, 0, "malformed shape"},
        {{PIECE(S_SHAPES, "\x00\x02\x01\x00")}, 0, "malformed shape"},
        {{PIECE(S_SHAPES, "\x00\x02\x01\x80\x08")}, 0, "malformed shape"},
        {{PIECE(S_SHAPES, "\x00\x02\x02\xff\x07\x01")}, 0, "malformed shape"},
        {{{S_SHAPES, many, sizeof(many)}}, 0, "too many shapes"},
        {{GONE(S_ID_8)}, 0, "malformed record ids"},
        {{GONE(S_ID_TIME)}, 0, "malformed record ids"},
        {{PIECE(S_ID_REST, "1234567")}, 0, "malformed record ids"},
        {{{S_HOT_0, many, RECORD_HOT_MAX + 1}}, 0, "too many hot records"},
        {{PIECE(S_HOT_0, "\x01")}, 0, "malformed ordinal"},
        {{PIECE(S_HOT_0, "\x01"), PIECE(S_HOT_1, "\x00")}, 0, "malformed ordinal"},
        {{PIECE(S_HOT_0, "\x01"), PIECE(S_HOT_1, "\x00"),
          PIECE(S_HOT_2, "\x80\x80\x80\x80\x80\x80\x10")},
         0,
         "malformed ordinal"},
        {{PIECE(S_HOT_0, "\x00\x00"), PIECE(S_HOT_1, "\x00\x00"), PIECE(S_HOT_2, "\x00\x00")},
         0,
         "malformed hot records"},
        {{PIECE(S_HOT_0, "\x02"), PIECE(S_HOT_1, "\x00"), PIECE(S_HOT_2, "\x00")},
         0,
         "a record that the base does not hold"},
        {{PIECE(S_RECORD, "\xf1")}, 0, "malformed ordinal"},
        {{PIECE(S_RECORD, "\xf1"), PIECE(S_ORDINAL_0, "\x01"), PIECE(S_ORDINAL_1, "\x00"),
          PIECE(S_ORDINAL_2, "\x00")},
         0,
         "a record that the base does not hold"},
        {{PIECE(S_RECORD, "\xf2")}, 0, "a mention of a record that is not there"},
        {{PIECE(S_RECORD, "\xf2"), PIECE(S_BACK_0, "\x00")}, 0, "a mention of a record"},
        {{PIECE(S_RECORD, "\xf2"), PIECE(S_BACK_0, "\x00"), PIECE(S_BACK_1, "\x00")},
         0,
         "a mention of a record that is not there"},
        {{PIECE(S_RECORD, "\xf2"), PIECE(S_BACK_0, "\x00"),
          PIECE(S_BACK_1, "\x80\x80\x80\x80\x01")},
         0,
         "a mention of a record that is not there"},
        {{PIECE(S_RECORD, "\xf3")}, 0, "a mention of a record that is not there"},
        {{PIECE(S_RECORD, "\xf4")}, 0, "a mention of a record that is not there"},
        {{PIECE(S_RECORD, "\x00")}, 0, "a mention of a record that is not there"},
        {{PIECE(TAGS(1), "\xb1")}, 0, "malformed value"}, /* absent, in a shape that is not wide */
        {{PIECE(TAGS(1), "\xcb")}, 0, "malformed value"}, /* a digit, and no plane */
        {{PIECE(TAGS(1), "\xcb"), PIECE(PLANE(1, 0), "\x0a")}, 0, "malformed value"},
        {{PIECE(TAGS(1), "\xcc"), PIECE(PLANE(1, 0), "\x64")}, 0, "malformed value"},
        {{PIECE(TAGS(1), "\xb7"), PIECE(PLANE(1, 0), "\x01")}, 0, "malformed value"},
        {{PIECE(TAGS(1), "\xb5"), PIECE(PLANE(1, 0), "\x01")}, 0, "malformed value"},
        {{PIECE(TAGS(1), "\xb8")}, 0, "malformed value"}, /* a decimal without a number */
        {{PIECE(TAGS(1), "\xb4")}, 0, "malformed value"}, /* a long text without a length */
        {{PIECE(TAGS(1), "\xb4"), PIECE(NUMBERS(1), "\x05")}, 0, "malformed value"},
        {{PIECE(TAGS(1), "\x60")}, 0, "malformed value"}, /* a wide int without a plane */
        {{PIECE(TAGS(1), "\x87"), FULL(0), FULL(1), FULL(2), FULL(3), FULL(4), FULL(5), FULL(6),
          FULL(7)},
         0,
         "malformed value"}, /* 2^64 − 1 times 100,000 */
        {{PIECE(TAGS(1), "\x67"), FULL(0), FULL(1), FULL(2), FULL(3), FULL(4), FULL(5), FULL(6),
          FULL(7)},
         0,
         "malformed value"}, /* 2^64 − 1 */
        {{PIECE(S_SHAPES, "\x01\x02\x01\x01"), GONE(TAGS(1))}, 0, "malformed value"}, /* wide */
        {{PIECE(S_SHAPES, "\x04\x02\x01"), PIECE(TAGS(1), "\xb0")}, 0, "malformed number"},
        {{PIECE(S_SHAPES, "\x02\x02\x01")}, 0, "malformed set"},
        {{PIECE(S_SHAPES, "\x02\x02\x01"), PIECE(NUMBERS(1), "\x02\x00")}, 0, "malformed set"},
        {{PIECE(S_SHAPE, "\x01")}, 0, "an unknown shape"},
        {{GONE(S_CHANGE)}, 0, "changes are cut off"},
        {{PIECE(S_CHANGE, "\x01")}, 0, "a wrong number of ops"},
        {{PIECE(S_CHANGE, "\x04")}, 0, "a wrong number of ops"},
        {{PIECE(S_CHANGE, "\x04"), PIECE(S_SHAPE, "\x00\x00")}, 0, "a wrong number of ops"},
        {{PIECE(S_CHANGE, "\x82\x40"), {S_SHAPE, many, 5000}, {S_RECORD, many, 5000}},
         0,
         "a wrong number of ops"},
        {{PIECE(S_CHANGE, "\x00")}, 0, "a raw body is cut off"},
        {{PIECE(S_CHANGE, "\x00"), PIECE(S_RAW_LENGTH, "\x05"), PIECE(S_RAW, "abc")},
         0,
         "a raw body is cut off"},
        {{PIECE(S_CHANGE, "\x00"),
          PIECE(S_RAW_LENGTH, "\x81\x80\x10"),
          {S_RAW, large, sizeof(large)}},
         0,
         "a body larger than a change may be"},
        {{PIECE(S_CHANGE, "\x03")}, 0, "a note is cut off"},
        {{PIECE(S_CHANGE, "\x03"), PIECE(S_NOTE_LENGTH, "\x05"), PIECE(S_NOTE, "abc")},
         0,
         "a note is cut off"},
        {{PIECE(S_CLOCK, "\x05")}, 0, "clocks are cut off"},
        {{PIECE(S_CLOCK, "\x80\x80\x80\x80\x80\x80\x80\x01\x00")}, 0, "malformed clock"},
        {{PIECE(S_CLOCK, "\x05\x80\x80\x04")}, 0, "malformed clock"},
        {{PIECE(S_CLOCK, "\x05\x01\x80\x80\x80\x80\x80\x80\x80\x01")}, 2, "malformed clock"},
        {{PIECE(S_CLOCK, "\xff\xff\xff\xff\xff\xff\x3f\x01\x01")}, 2, "malformed clock"},
        {{PIECE(S_CLOCK, "\x05\x01")}, 2, "clocks are cut off"},
        {{PIECE(S_NOTE, "more")}, 0, "streams hold more than the changes"},
        {{PIECE(TAGS(1), "\x05\x05")}, 0, "streams hold more than the changes"},
        {{PIECE(S_ID_6, "\x70\x70"), PIECE(S_ID_8, "\x80\x80"), PIECE(S_ID_TIME, "\x02\x02"),
          PIECE(S_ID_REST, "1234567812345678")},
         0,
         "streams hold more than the changes"},
        {{PIECE(FIXED_STREAMS, "x")}, 0, "a stream with an unknown key"},
        {{PIECE(COLUMN_KEY(2, 1) | 15, "x")}, 0, "a stream with an unknown key"},
        {{PIECE(COLUMN_KEY(OP_TABLE_MAX, OP_FIELD_MAX) + 16, "x")}, 0, "malformed head"},
    };
    struct error err;
    assert_int_equal(decode_pieces(NULL, 0, 1, NULL, &err), ST_OK);
    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        size_t changes = rows[i].changes ? rows[i].changes : 1;
        if (decode_pieces(rows[i].with, WITH_MAX, changes, &index_of_world, &err) != ST_INVALID)
            fail_msg("row %zu was read", i);
        if (!strstr(err.text, rows[i].says))
            fail_msg("row %zu: %s, not %s", i, err.text, rows[i].says);
    }
    /* An index that cannot tell, and bytes that are too many. */
    const struct record_index blind = {ordinal_of, NULL, NULL};
    const struct piece hot[] = {PIECE(S_HOT_0, "\x01"), PIECE(S_HOT_1, "\x00"),
                                PIECE(S_HOT_2, "\x00")};
    assert_int_equal(decode_pieces(hot, 3, 1, &blind, &err), ST_INVALID);
    struct arena arena = {0};
    struct change_item got[1];
    assert_int_equal(
        columns_decode(slice_of(large, COLUMNS_MAX + 1), 1, BASE, NULL, &arena, got, &err),
        ST_INVALID);
    assert_string_equal(err.text, "columns: too large");
    arena_release(&arena);
}

static void heads_are_looked_at(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t n;
    } bad[] = {
        {"", 0},
        {"\x01\x01\x01", 3},                          /* cut off */
        {"\x05\x01\x01xxxxxx", 9},                    /* more streams than could be */
        {"\x01\x80\x80\x80\x80\x10\x01xxxxxxxx", 15}, /* a key beyond 32 bits */
        {"\x01\x00\x01xxxx", 7},                      /* the same key again */
        {"\x01\x01\x00xxxx", 7},                      /* an empty stream */
        {"\x01\x01\x81\x80\x80\x02xxxx", 10},         /* longer than all may be */
        {"\x02\x01\x01\x80", 4},
        {"\x01\x90\x80\x02\x01x", 6}, /* a column, and no change that it belongs to */
    };
    struct slice parts[4];
    for (size_t i = 0; i < ARRAY_LENGTH(bad); i++) {
        struct arena arena = {0};
        struct change_item got[1];
        struct slice bytes = slice_of(bad[i].bytes, bad[i].n);
        assert_int_equal(columns_decode(bytes, 1, BASE, NULL, &arena, got, NULL), ST_INVALID);
        assert_true(columns_parts(bytes, parts, 4) <= 3);
        assert_int_equal(columns_parts(bytes, parts, 0), 0);
        arena_release(&arena);
    }
}

#define COPIES 40

/* Ops that begin anywhere about the limit of a changeset: refused, or whole. */
static void end_at_the_limit(const struct op *op) /* NULL: a body that travels raw */
{
    static char filler[CHANGE_BODY_MAX];
    struct buf body, out;
    buf_init(&body, CHANGE_BODY_MAX);
    buf_init(&out, COLUMNS_MAX);
    op_body_begin(&body, COPIES); /* so many that they do not travel raw */
    for (int i = 0; op && i < COPIES; i++)
        op_write(&body, op);
    op_body_end(&body, SLICE_NONE);
    memset(filler, 'x', sizeof(filler));
    for (size_t before = CHANGESET_BODIES_MAX - 200; before <= CHANGESET_BODIES_MAX + 64;
         before++) {
        struct change_item items[6], got[6];
        struct arena arena = {0};
        for (size_t i = 0, rest = before; i < 5; i++) {
            size_t n = i < 3 ? CHANGE_BODY_MAX : i == 3 ? rest / 2 : rest;
            items[i] = (struct change_item){i + 1, slice_of(filler, n)};
            rest -= n;
        }
        items[5] = (struct change_item){6, buf_slice(&body)};
        buf_clear(&out);
        columns_encode(items, 6, BASE, &index_of_world, &out);
        enum status st =
            columns_decode(buf_slice(&out), 6, BASE, &index_of_world, &arena, got, NULL);
        if (before + body.n <= CHANGESET_BODIES_MAX)
            assert_int_equal(st, ST_OK);
        if (before + body.n > CHANGESET_BODIES_MAX + 64)
            assert_int_equal(st, ST_INVALID);
        if (st == ST_OK)
            assert_true(slice_equal(got[5].body, buf_slice(&body)));
        arena_release(&arena);
    }
    buf_release(&out);
    buf_release(&body);
}

static void bodies_end_at_the_limit(void **state)
{
    (void)state;
    const struct op_field fields[] = {
        {1, value_null()},
        {2, value_text(slice_str("12345678901234567"))},
        {3, value_bytes(slice_str("0123456789abcdef"))},
        {4, value_text(slice_str("外出务工，已经核实，家庭经济困难，外出务工，已经核实"))}};
    const struct value digits = value_text(slice_str("12345678901234567"));
    const struct value id = value_text(slice_str("12345678901234567X"));
    const struct value record = value_bytes(slice_of(world[2].b, RECORD_ID_SIZE));
    const struct op ops[] = {
        {.code = OP_PUT, .field_count = 4, .fields = fields},
        {.code = OP_SET, .field = 1, .adds = &digits, .add_count = 1},
        {.code = OP_SET, .field = 1, .adds = &id, .add_count = 1},
        {.code = OP_SET, .field = 1, .adds = &record, .add_count = 1},
        {.code = OP_COUNTER, .field = 1, .delta = 7},
        {.code = OP_WITHDRAW, .field = 1},
        {.code = OP_WITHDRAW, .field = OP_FIELD_MAX},
        {.code = OP_LINK, .other = world[2], .link = true},
        {.code = OP_DELETE, .reason = digits},
        {.code = OP_OUT, .origin = slice_str("guanghe.example/622924101001"), .hop = 1},
    };
    end_at_the_limit(NULL);
    for (size_t i = 0; i < ARRAY_LENGTH(ops); i++) {
        struct op op = ops[i];
        op.table = op.field == OP_FIELD_MAX ? OP_TABLE_MAX : 2;
        op.record = world[1];
        end_at_the_limit(&op);
    }
}

int main(void)
{
    world_init();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ops_of_all_kinds_come_back),
        cmocka_unit_test(an_index_may_be_blind),
        cmocka_unit_test(many_shapes_come_back),
        cmocka_unit_test(more_columns_than_allowed_come_back),
        cmocka_unit_test(one_save_is_small),
        cmocka_unit_test(one_wide_save_grows_little),
        cmocka_unit_test(damaged_streams_do_no_harm),
        cmocka_unit_test(a_base_that_lacks_a_record_is_refused),
        cmocka_unit_test(parts_are_the_whole),
        cmocka_unit_test(every_stream_is_looked_at),
        cmocka_unit_test(heads_are_looked_at),
        cmocka_unit_test(bodies_end_at_the_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
