/* SPDX-License-Identifier: MulanPSL-2.0 */
/* columns: every body comes back byte for byte, and hostile streams do no harm. */
#include "shared/base/mem.h"
#include "shared/ledger/change.h"
#include "shared/sync/columns.h"

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

int main(void)
{
    world_init();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ops_of_all_kinds_come_back),
        cmocka_unit_test(many_shapes_come_back),
        cmocka_unit_test(more_columns_than_allowed_come_back),
        cmocka_unit_test(one_save_is_small),
        cmocka_unit_test(one_wide_save_grows_little),
        cmocka_unit_test(damaged_streams_do_no_harm),
        cmocka_unit_test(a_base_that_lacks_a_record_is_refused),
        cmocka_unit_test(parts_are_the_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
