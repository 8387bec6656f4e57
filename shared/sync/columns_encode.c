/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * Encoding, in two passes over the changes.
 *
 * The first parses every body and counts: which shapes there are, which records are mentioned how
 * often. Then shapes and records get their numbers, the frequent ones the small numbers, so that
 * the number streams of different changesets have like statistics. The second pass writes the
 * streams.
 *
 * op_body_parse accepts exactly one spelling of each op, so what it accepted is rebuilt byte for
 * byte from its meaning; every other body travels raw.
 */
#include "shared/base/check.h"
#include "shared/sync/columns_layout.h"

#include <stdlib.h>

#define NONE UINT32_MAX
#define COLUMN_COUNT_MAX 1024
#define NARROW_FIELDS 8       /* puts with fewer fields … */
#define NARROW_SHAPES_MAX 256 /* … get this many shapes of their own, others far fewer */
#define WIDE_SHAPES_MAX 16
#define HOT_MIN 3     /* mentions from which a place among the hot pays */
#define HOT_NEW_MIN 8 /* for a new record, whose distance back is often small */

_Static_assert(COLUMN_COUNT_MAX *PARTS + FIXED_STREAMS <= COLUMNS_STREAMS_MAX,
               "what is written can be read");

struct column {
    uint32_t key;
    struct buf parts[PARTS];
};

struct shape {
    uint32_t code, table;
    bool wide;
    uint32_t field_count;
    uint32_t *fields;
    uint32_t *columns; /* of each field; [field_count]: of field 0 */
    uint32_t uses, number;
    uint64_t hash;
};

struct mention {
    struct record_id id;
    uint32_t uses;
    bool known;
    uint64_t ordinal; /* known */
    uint32_t local;   /* new: its place in the ID streams */
    uint32_t hot;     /* NONE: not hot */
    bool introduced;  /* second pass: RECORD_NEW has been written */
};

/* Fields of one table that its wide puts have, as a bitmap. */
struct wide {
    uint32_t code, table, shape;
    uint64_t fields[(OP_FIELD_MAX + 64) / 64];
};

struct encoder {
    const struct record_index *index;
    uint64_t base_size;
    struct arena arena;
    const struct change_item *changes;
    size_t count;
    bool *raw;         /* of each change: its body travels as it is */
    struct arena body; /* of the one that is looked at */

    struct column *columns;
    size_t column_count, column_capacity;
    uint32_t *column_slots; /* hash of key -> column */
    size_t column_slot_count;

    struct shape *shapes;
    size_t shape_count, shape_capacity, narrow_count, wide_count;
    uint32_t *shape_slots;
    size_t shape_slot_count;
    struct wide *wides;
    size_t table_count, table_capacity;
    uint32_t *op_shapes; /* of every op in order */
    size_t op_count, op_capacity;

    struct mention *records;
    size_t record_count, record_capacity;
    uint32_t *record_slots;
    size_t record_slot_count;
    uint32_t *mentions; /* record of every mention in order */
    size_t mention_count, mention_capacity;

    /* second pass */
    struct buf fixed[FIXED_STREAMS];
    size_t next_op, next_mention;
    uint32_t last_record, next_local;
};

/* ---- hash tables of numbers ---- */

static uint64_t mix(uint64_t h)
{
    h ^= h >> 32;
    h *= UINT64_C(0x9E3779B97F4A7C15);
    return h ^ h >> 29;
}

static uint64_t record_hash(const struct record_id *id)
{
    uint64_t a, b;
    memcpy(&a, id->b, 8);
    memcpy(&b, id->b + 8, 8);
    return mix(a ^ mix(b));
}

/* Room for one more entry in a table at most half full; true: it has been emptied and must be
 * filled again. */
static bool slots_grow(uint32_t **slots, size_t *slot_count, size_t entries)
{
    if ((entries + 1) * 2 <= *slot_count)
        return false;
    *slot_count = *slot_count ? *slot_count * 2 : 64;
    *slots = mem_resize(*slots, *slot_count * sizeof **slots);
    memset(*slots, 0xFF, *slot_count * sizeof **slots);
    return true;
}

static void slot_put(uint32_t *slots, size_t slot_count, uint64_t hash, uint32_t entry)
{
    size_t i = hash & (slot_count - 1);
    while (slots[i] != NONE)
        i = (i + 1) & (slot_count - 1);
    slots[i] = entry;
}

/* ---- columns ---- */

/* The column's number; NONE when there are too many. */
static uint32_t column_of(struct encoder *e, uint32_t table, uint32_t field)
{
    uint32_t key = COLUMN_KEY(table, field);
    if (slots_grow(&e->column_slots, &e->column_slot_count, e->column_count))
        for (size_t i = 0; i < e->column_count; i++)
            slot_put(e->column_slots, e->column_slot_count, mix(e->columns[i].key), (uint32_t)i);
    size_t mask = e->column_slot_count - 1, slot = mix(key) & mask;
    for (; e->column_slots[slot] != NONE; slot = (slot + 1) & mask)
        if (e->columns[e->column_slots[slot]].key == key)
            return e->column_slots[slot];
    if (e->column_count == COLUMN_COUNT_MAX)
        return NONE;
    e->columns = mem_grow(e->columns, &e->column_capacity, e->column_count + 1, sizeof *e->columns);
    struct column *column = &e->columns[e->column_count];
    column->key = key;
    for (int part = 0; part < PARTS; part++)
        buf_init(&column->parts[part], COLUMNS_MAX);
    e->column_slots[slot] = (uint32_t)e->column_count;
    return (uint32_t)e->column_count++;
}

/* ---- shapes ---- */

static uint64_t shape_hash_of(const struct op *op)
{
    uint64_t h = mix((uint64_t)op->code << 32 | op->table);
    if (shape_has_field(op->code))
        return mix(h + op->field);
    if (shape_has_fields(op->code))
        for (uint32_t i = 0; i < op->field_count; i++)
            h = (h ^ op->fields[i].field) * UINT64_C(0x100000001B3);
    return mix(h);
}

static bool shape_matches(const struct shape *shape, const struct op *op)
{
    if (shape->wide || shape->code != op->code || shape->table != op->table)
        return false;
    if (shape_has_field(op->code))
        return shape->fields[0] == op->field;
    if (shape_has_fields(op->code)) {
        if (shape->field_count != op->field_count)
            return false;
        for (uint32_t i = 0; i < op->field_count; i++)
            if (shape->fields[i] != op->fields[i].field)
                return false;
    }
    return true;
}

static struct shape *shape_add(struct encoder *e, uint32_t code, uint32_t table)
{
    e->shapes = mem_grow(e->shapes, &e->shape_capacity, e->shape_count + 1, sizeof *e->shapes);
    struct shape *shape = &e->shapes[e->shape_count++];
    *shape = (struct shape){.code = code, .table = table};
    return shape;
}

static uint32_t wide_shape(struct encoder *e, const struct op *op)
{
    struct wide *wide = e->wides;
    size_t i = 0;
    while (i < e->table_count && (wide[i].table != op->table || wide[i].code != op->code))
        i++;
    if (i == e->table_count) {
        e->wides = mem_grow(e->wides, &e->table_capacity, i + 1, sizeof *e->wides);
        wide = e->wides;
        wide[i] = (struct wide){.code = op->code, .table = op->table};
        wide[i].shape = (uint32_t)e->shape_count;
        shape_add(e, op->code, op->table)->wide = true;
        e->table_count++;
    }
    for (uint32_t f = 0; f < op->field_count; f++)
        wide[i].fields[op->fields[f].field / 64] |= UINT64_C(1) << op->fields[f].field % 64;
    return wide[i].shape;
}

/* A shape of its own that the op already has; NONE: none. */
static uint32_t shape_find(const struct encoder *e, const struct op *op, uint64_t hash)
{
    size_t mask = e->shape_slot_count - 1, slot = hash & mask;
    if (!e->shape_slot_count)
        return NONE;
    for (; e->shape_slots[slot] != NONE; slot = (slot + 1) & mask) {
        const struct shape *shape = &e->shapes[e->shape_slots[slot]];
        if (shape->hash == hash && shape_matches(shape, op))
            return e->shape_slots[slot];
    }
    return NONE;
}

static uint32_t shape_of(struct encoder *e, const struct op *op)
{
    uint64_t hash = shape_hash_of(op);
    uint32_t found = shape_find(e, op, hash);
    if (found != NONE)
        return found;
    if (slots_grow(&e->shape_slots, &e->shape_slot_count, e->shape_count))
        for (size_t i = 0; i < e->shape_count; i++)
            if (!e->shapes[i].wide)
                slot_put(e->shape_slots, e->shape_slot_count, e->shapes[i].hash, (uint32_t)i);
    if (shape_has_fields(op->code)) {
        bool narrow = op->field_count < NARROW_FIELDS;
        size_t *used = narrow ? &e->narrow_count : &e->wide_count;
        if (*used == (narrow ? NARROW_SHAPES_MAX : WIDE_SHAPES_MAX))
            return wide_shape(e, op);
        ++*used;
    }
    uint32_t number = (uint32_t)e->shape_count;
    struct shape *shape = shape_add(e, op->code, op->table);
    shape->hash = hash;
    if (shape_has_fields(op->code)) {
        shape->field_count = op->field_count;
        shape->fields = arena_alloc(&e->arena, op->field_count * sizeof *shape->fields);
        for (uint32_t i = 0; i < op->field_count; i++)
            shape->fields[i] = op->fields[i].field;
    } else if (shape_has_field(op->code)) {
        shape->field_count = 1;
        shape->fields = arena_alloc(&e->arena, sizeof *shape->fields);
        shape->fields[0] = op->field;
    }
    slot_put(e->shape_slots, e->shape_slot_count, hash, number);
    return number;
}

static int by_uses(const void *a, const void *b)
{
    const struct shape *x = *(const struct shape *const *)a, *y = *(const struct shape *const *)b;
    if (x->uses != y->uses)
        return x->uses < y->uses ? 1 : -1;
    return (x > y) - (x < y);
}

/* Numbers the shapes by frequency, writes them, and looks up their columns. */
static void shapes_finish(struct encoder *e)
{
    struct buf *out = &e->fixed[S_SHAPES];
    for (size_t i = 0; i < e->table_count; i++) {
        struct shape *shape = &e->shapes[e->wides[i].shape];
        shape->fields = arena_alloc(&e->arena, OP_FIELD_MAX * sizeof *shape->fields);
        for (uint32_t f = 1; f <= OP_FIELD_MAX; f++)
            if (e->wides[i].fields[f / 64] >> f % 64 & 1)
                shape->fields[shape->field_count++] = f;
    }
    struct shape **order = arena_alloc(&e->arena, e->shape_count * sizeof *order);
    for (size_t i = 0; i < e->shape_count; i++)
        order[i] = &e->shapes[i];
    qsort(order, e->shape_count, sizeof *order, by_uses);
    for (size_t i = 0; i < e->shape_count; i++) {
        struct shape *shape = order[i];
        shape->number = (uint32_t)i;
        varint_put(out, shape->code * 2 + shape->wide);
        varint_put(out, shape->table);
        if (shape_has_fields(shape->code))
            varint_put(out, shape->field_count);
        shape->columns = arena_alloc(&e->arena, (shape->field_count + 1) * sizeof *shape->columns);
        for (uint32_t f = 0; f < shape->field_count; f++) {
            varint_put(out, shape->fields[f] - (f ? shape->fields[f - 1] : 0));
            shape->columns[f] = column_of(e, shape->table, shape->fields[f]);
        }
        shape->columns[shape->field_count] = column_of(e, shape->table, 0);
    }
}

/* ---- records ---- */

static void mention(struct encoder *e, const void *bytes)
{
    struct record_id id;
    memcpy(id.b, bytes, RECORD_ID_SIZE);
    if (slots_grow(&e->record_slots, &e->record_slot_count, e->record_count))
        for (size_t i = 0; i < e->record_count; i++)
            slot_put(e->record_slots, e->record_slot_count, record_hash(&e->records[i].id),
                     (uint32_t)i);
    size_t mask = e->record_slot_count - 1, slot = record_hash(&id) & mask;
    while (e->record_slots[slot] != NONE &&
           !record_id_equal(&e->records[e->record_slots[slot]].id, &id))
        slot = (slot + 1) & mask;
    if (e->record_slots[slot] == NONE) {
        e->record_slots[slot] = (uint32_t)e->record_count;
        e->records =
            mem_grow(e->records, &e->record_capacity, e->record_count + 1, sizeof *e->records);
        e->records[e->record_count++] = (struct mention){.id = id, .hot = NONE};
    }
    e->records[e->record_slots[slot]].uses++;
    if (e->mention_count == e->mention_capacity)
        e->mentions =
            mem_grow(e->mentions, &e->mention_capacity, e->mention_count + 1, sizeof *e->mentions);
    e->mentions[e->mention_count++] = e->record_slots[slot];
}

static void mention_value(struct encoder *e, const struct value *value)
{
    if (value->kind == VALUE_BYTES && value->s.n == RECORD_ID_SIZE)
        mention(e, value->s.p);
}

/* Must visit the records of an op in the order in which the second pass writes them. */
static void mention_op(struct encoder *e, const struct op *op)
{
    mention(e, op->record.b);
    switch (op->code) {
    case OP_PUT:
    case OP_IN:
        for (uint32_t i = 0; i < op->field_count; i++)
            mention_value(e, &op->fields[i].value);
        break;
    case OP_SET:
        for (uint32_t i = 0; i < op->add_count; i++)
            mention_value(e, &op->adds[i]);
        for (uint32_t i = 0; i < op->remove_count; i++)
            mention_value(e, &op->removes[i]);
        break;
    case OP_STATE:
        mention_value(e, &op->from);
        mention_value(e, &op->to);
        break;
    case OP_LINK:
        mention(e, op->other.b);
        break;
    }
}

static int by_mentions(const void *a, const void *b)
{
    const struct mention *x = *(const struct mention *const *)a;
    const struct mention *y = *(const struct mention *const *)b;
    if (x->uses != y->uses)
        return x->uses < y->uses ? 1 : -1;
    return (x > y) - (x < y);
}

static void put_planes(struct encoder *e, int first, uint64_t value)
{
    buf_put_u8(&e->fixed[first], (uint8_t)value);
    buf_put_u8(&e->fixed[first + 1], (uint8_t)(value >> 8));
    varint_put(&e->fixed[first + 2], value >> 16);
}

static void put_id(struct encoder *e, const struct record_id *id, uint64_t *last_time)
{
    uint64_t time = 0;
    for (int i = 0; i < 6; i++)
        time = time << 8 | id->b[i];
    varint_put_signed(&e->fixed[S_ID_TIME], (int64_t)(time - *last_time));
    buf_put_u8(&e->fixed[S_ID_6], id->b[6]);
    buf_put_u8(&e->fixed[S_ID_8], id->b[8]);
    buf_put_u8(&e->fixed[S_ID_REST], id->b[7]);
    buf_put(&e->fixed[S_ID_REST], id->b + 9, 7);
    *last_time = time;
}

/* Looks up ordinals, picks the hot records, writes hot and new ones. */
static void records_finish(struct encoder *e)
{
    struct mention **order = arena_alloc(&e->arena, e->record_count * sizeof *order);
    size_t candidates = 0;
    for (size_t i = 0; i < e->record_count; i++) {
        struct mention *record = &e->records[i];
        record->known =
            e->index && e->index->ordinal_of &&
            e->index->ordinal_of(e->index->arg, &record->id, e->base_size, &record->ordinal);
        if (record->uses >= (record->known ? HOT_MIN : HOT_NEW_MIN))
            order[candidates++] = record;
    }
    qsort(order, candidates, sizeof *order, by_mentions);
    size_t hot = candidates < RECORD_HOT_MAX ? candidates : RECORD_HOT_MAX;
    for (size_t i = 0; i < hot; i++)
        order[i]->hot = (uint32_t)i;

    uint64_t last_time = 0;
    uint32_t local = 0;
    for (size_t i = 0; i < e->record_count; i++) {
        struct mention *record = &e->records[i];
        if (record->known || record->hot != NONE)
            continue;
        record->local = local++;
        put_id(e, &record->id, &last_time);
    }
    for (size_t i = 0; i < hot; i++) {
        put_planes(e, S_HOT_0, order[i]->known ? order[i]->ordinal + 1 : 0);
        if (!order[i]->known)
            put_id(e, &order[i]->id, &last_time);
    }
    e->last_record = NONE;
}

static void put_mention(struct encoder *e)
{
    uint32_t number = e->mentions[e->next_mention++];
    struct mention *record = &e->records[number];
    struct buf *out = &e->fixed[S_RECORD];
    if (number == e->last_record) {
        buf_put_u8(out, RECORD_SAME);
    } else if (record->hot != NONE) {
        buf_put_u8(out, (uint8_t)record->hot);
    } else if (record->known) {
        buf_put_u8(out, RECORD_ORDINAL);
        put_planes(e, S_ORDINAL_0, record->ordinal);
    } else if (!record->introduced) {
        CHECK(record->local == e->next_local);
        buf_put_u8(out, RECORD_NEW);
        record->introduced = true;
        e->next_local++;
    } else {
        uint32_t back = e->next_local - 1 - record->local;
        buf_put_u8(out, RECORD_BACK);
        buf_put_u8(&e->fixed[S_BACK_0], (uint8_t)back);
        varint_put(&e->fixed[S_BACK_1], back >> 8);
    }
    e->last_record = number;
}

/* ---- values ---- */

static void put_tag(struct column *column, unsigned tag)
{
    buf_put_u8(&column->parts[PART_TAG], (uint8_t)tag);
}

static void put_int(struct column *column, int64_t value)
{
    if (value >= 0 && value <= INT_SMALL_MAX) {
        put_tag(column, TAG_INT + (unsigned)value);
        return;
    }
    uint64_t magnitude = value < 0 ? ~(uint64_t)value + 1 : (uint64_t)value;
    unsigned power = 0;
    if (magnitude % INT_POWER[1] == 0)
        for (power = 1; power + 1 < INT_POWERS && magnitude % INT_POWER[power + 1] == 0;)
            power++;
    magnitude /= INT_POWER[power];
    unsigned bytes = 0;
    do {
        buf_put_u8(&column->parts[PART_PLANE + bytes++], (uint8_t)magnitude);
    } while (magnitude >>= 8);
    put_tag(column, TAG_INT_WIDE + (value < 0 ? 40 : 0) + power * 8 + bytes - 1);
}

static bool is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

/* Digits go in pairs from the front, so that years, months and area codes keep their places. */
static void put_digits(struct column *column, const uint8_t *digits, unsigned n)
{
    unsigned plane = PART_PLANE;
    for (; n >= 2; n -= 2, digits += 2)
        buf_put_u8(&column->parts[plane++], (uint8_t)((digits[0] - '0') * 10 + digits[1] - '0'));
    if (n)
        buf_put_u8(&column->parts[plane], (uint8_t)(digits[0] - '0'));
}

/* Where the digits of a text stand, up to the first other character. */
static size_t digits_length(struct slice s)
{
    size_t n = 0;
    while (n < s.n && is_digit(s.p[n]))
        n++;
    return n;
}

/* dddd-dd-dd or dddd-dd-ddTdd:dd without its separators; 0: neither. */
static unsigned date_digits(struct slice s, uint8_t digits[static 12])
{
    static const char pattern[] = "0000-00-00T00:00";
    unsigned n = 0;
    if (s.n != 10 && s.n != 16)
        return 0;
    for (size_t i = 0; i < s.n; i++) {
        if (pattern[i] != '0' ? s.p[i] != pattern[i] : !is_digit(s.p[i]))
            return 0;
        if (pattern[i] == '0')
            digits[n++] = s.p[i];
    }
    return n;
}

static void put_text(struct column *column, struct slice s)
{
    uint8_t date[12];
    size_t digits = s.n <= DIGITS_MAX ? digits_length(s) : 0;
    if (digits > 0 && digits == s.n) {
        put_tag(column, TAG_DIGITS + (unsigned)digits - 1);
        put_digits(column, s.p, (unsigned)digits);
    } else if (digits == 4 && date_digits(s, date)) {
        put_tag(column, s.n == 10 ? TAG_DATE : TAG_TIME);
        put_digits(column, date, s.n == 10 ? 8 : 12);
    } else if (digits == 17 && s.n == 18 && s.p[17] == 'X') {
        put_tag(column, TAG_DIGITS_X);
        put_digits(column, s.p, 17);
    } else if (s.n <= TEXT_SHORT_MAX) {
        put_tag(column, TAG_TEXT + (unsigned)s.n);
        buf_put_slice(&column->parts[PART_TEXT], s);
    } else {
        put_tag(column, TAG_TEXT_LONG);
        varint_put(&column->parts[PART_NUMBER], s.n);
        buf_put_slice(&column->parts[PART_TEXT], s);
    }
}

static void put_value(struct encoder *e, uint32_t number, const struct value *value)
{
    struct column *column = &e->columns[number];
    switch (value->kind) {
    case VALUE_NULL:
        put_tag(column, TAG_NULL);
        return;
    case VALUE_INT:
        put_int(column, value->i);
        return;
    case VALUE_TEXT:
        put_text(column, value->s);
        return;
    case VALUE_BYTES:
        if (value->s.n == RECORD_ID_SIZE) {
            put_tag(column, TAG_RECORD);
            put_mention(e);
        } else {
            put_tag(column, TAG_BYTES);
            varint_put(&column->parts[PART_NUMBER], value->s.n);
            buf_put_slice(&column->parts[PART_TEXT], value->s);
        }
        return;
    case VALUE_DECIMAL:
        put_tag(column, (unsigned)(TAG_DECIMAL + 9 + value->exponent));
        varint_put_signed(&column->parts[PART_NUMBER], value->i);
        return;
    case VALUE_ERASED: /* what is left of an erased change travels raw */
        break;
    }
    CHECK(!"value kind");
}

static void put_values(struct encoder *e, uint32_t column, const struct value *values, size_t count)
{
    for (size_t i = 0; i < count; i++)
        put_value(e, column, &values[i]);
}

/* ---- passes ---- */

/* Is there room for the columns of this op? Counts each at most twice, which is near enough. An op
 * whose shape is there has its columns. */
static bool columns_fit(struct encoder *e, const struct op *op)
{
    if (shape_find(e, op, shape_hash_of(op)) != NONE)
        return true;
    if (column_of(e, op->table, 0) == NONE)
        return false;
    if (shape_has_field(op->code))
        return column_of(e, op->table, op->field) != NONE;
    if (shape_has_fields(op->code))
        for (uint32_t i = 0; i < op->field_count; i++)
            if (column_of(e, op->table, op->fields[i].field) == NONE)
                return false;
    return true;
}

static bool body_fits(struct encoder *e, const struct op_body *body)
{
    for (size_t i = 0; i < body->op_count; i++)
        if (!shape_covers(body->ops[i].code) || !columns_fit(e, &body->ops[i]))
            return false;
    return true;
}

/* Valid until the next one. */
static bool parse_body(struct encoder *e, size_t i, struct op_body *body)
{
    arena_reset(&e->body);
    return op_body_parse(e->changes[i].body, &e->body, body, NULL) == ST_OK;
}

static void first_pass(struct encoder *e)
{
    e->raw = arena_alloc(&e->arena, e->count * sizeof *e->raw);
    for (size_t i = 0; i < e->count; i++) {
        struct op_body body;
        e->raw[i] = !parse_body(e, i, &body) || !body_fits(e, &body);
        if (e->raw[i])
            continue;
        e->op_shapes = mem_grow(e->op_shapes, &e->op_capacity, e->op_count + body.op_count,
                                sizeof *e->op_shapes);
        for (size_t k = 0; k < body.op_count; k++) {
            const struct op *op = &body.ops[k];
            uint32_t shape = shape_of(e, op);
            e->shapes[shape].uses++;
            e->op_shapes[e->op_count++] = shape;
            mention_op(e, op);
        }
    }
}

static void put_fields(struct encoder *e, const struct shape *shape, const struct op *op)
{
    if (!shape->wide) {
        for (uint32_t i = 0; i < op->field_count; i++)
            put_value(e, shape->columns[i], &op->fields[i].value);
        return;
    }
    for (uint32_t i = 0, k = 0; i < shape->field_count; i++) {
        if (k < op->field_count && op->fields[k].field == shape->fields[i])
            put_value(e, shape->columns[i], &op->fields[k++].value);
        else
            put_tag(&e->columns[shape->columns[i]], TAG_ABSENT);
    }
}

static void put_op(struct encoder *e, const struct op *op)
{
    const struct shape *shape = &e->shapes[e->op_shapes[e->next_op++]];
    uint32_t column = shape->columns[0], zero = shape->columns[shape->field_count];
    varint_put(&e->fixed[S_SHAPE], shape->number);
    put_mention(e);
    switch (op->code) {
    case OP_PUT:
        put_fields(e, shape, op);
        break;
    case OP_SET:
        varint_put(&e->columns[column].parts[PART_NUMBER], op->add_count);
        varint_put(&e->columns[column].parts[PART_NUMBER], op->remove_count);
        put_values(e, column, op->adds, op->add_count);
        put_values(e, column, op->removes, op->remove_count);
        break;
    case OP_COUNTER:
        put_int(&e->columns[column], op->delta);
        break;
    case OP_STATE:
        put_value(e, column, &op->from);
        put_value(e, column, &op->to);
        break;
    case OP_DELETE:
        put_value(e, zero, &op->reason);
        break;
    case OP_LINK:
        put_mention(e);
        put_int(&e->columns[zero], op->link);
        break;
    case OP_IN:
        put_fields(e, shape, op);
        put_text(&e->columns[zero], op->origin);
        put_int(&e->columns[zero], op->hop);
        break;
    case OP_OUT:
        put_text(&e->columns[zero], op->origin);
        put_int(&e->columns[zero], op->hop);
        break;
    }
}

static void put_body(struct encoder *e, size_t i)
{
    struct op_body body;
    CHECK(parse_body(e, i, &body));
    varint_put(&e->fixed[S_CHANGE], body.op_count * 2 + (body.note.n > 0));
    for (size_t k = 0; k < body.op_count; k++)
        put_op(e, &body.ops[k]);
    if (body.note.n > 0) {
        varint_put(&e->fixed[S_NOTE_LENGTH], body.note.n);
        buf_put_slice(&e->fixed[S_NOTE], body.note);
    }
}

static void put_raw(struct buf fixed[static FIXED_STREAMS], struct slice body)
{
    varint_put(&fixed[S_CHANGE], 0);
    varint_put(&fixed[S_RAW_LENGTH], body.n);
    buf_put_slice(&fixed[S_RAW], body);
}

static void put_clocks(const struct change_item *changes, size_t count, struct buf *out)
{
    uint64_t last = 0;
    for (size_t i = 0; i < count; i++) {
        uint64_t hlc = changes[i].hlc, ms = hlc >> 16, last_ms = last >> 16;
        if (i == 0) {
            varint_put(out, ms);
            varint_put(out, hlc & 0xFFFF);
        } else if (hlc == last + 1 && ms == last_ms) {
            varint_put(out, 0);
        } else if (ms > last_ms && (hlc & 0xFFFF) == 0) {
            varint_put(out, ms - last_ms);
        } else {
            varint_put(out, CLOCK_ABSOLUTE);
            varint_put(out, hlc);
        }
        last = hlc;
    }
}

/* ---- the container ---- */

struct part {
    uint32_t key;
    const struct buf *bytes;
};

static int by_key(const void *a, const void *b)
{
    const struct part *x = a, *y = b;
    return (x->key > y->key) - (x->key < y->key);
}

/* The streams that have content, in order of key, and about how many bytes the whole will take. */
static size_t container_parts(const struct buf fixed[static FIXED_STREAMS],
                              const struct column *columns, size_t column_count, struct part *parts,
                              size_t *size)
{
    size_t n = 0;
    for (uint32_t i = 1; i < FIXED_STREAMS; i++)
        if (fixed[i].n > 0)
            parts[n++] = (struct part){i, &fixed[i]};
    for (size_t i = 0; i < column_count; i++)
        for (uint32_t part = 0; part < PARTS; part++)
            if (columns[i].parts[part].n > 0)
                parts[n++] = (struct part){columns[i].key + part, &columns[i].parts[part]};
    qsort(parts, n, sizeof *parts, by_key);
    *size = 0;
    for (size_t i = 0; i < n; i++)
        *size += 2 + parts[i].bytes->n;
    return n;
}

static void container_write(const struct part *parts, size_t count, size_t size, struct buf *out)
{
    uint32_t last = 0;
    (void)buf_reserve(out, size); /* at once; buf_put tells if it does not fit */
    varint_put(out, count);
    for (size_t i = 0; i < count; i++) {
        varint_put(out, parts[i].key - last);
        varint_put(out, parts[i].bytes->n);
        last = parts[i].key;
    }
    for (size_t i = 0; i < count; i++) {
        CHECK(buf_ok(parts[i].bytes));
        buf_put_slice(out, buf_slice(parts[i].bytes));
    }
}

static void fixed_init(struct buf fixed[static FIXED_STREAMS])
{
    for (int i = 0; i < FIXED_STREAMS; i++)
        buf_init(&fixed[i], COLUMNS_MAX);
}

static void fixed_release(struct buf fixed[static FIXED_STREAMS])
{
    for (int i = 0; i < FIXED_STREAMS; i++)
        buf_release(&fixed[i]);
}

static void encoder_release(struct encoder *e)
{
    for (size_t i = 0; i < e->column_count; i++)
        for (int part = 0; part < PARTS; part++)
            buf_release(&e->columns[i].parts[part]);
    fixed_release(e->fixed);
    mem_free(e->columns);
    mem_free(e->column_slots);
    mem_free(e->shapes);
    mem_free(e->shape_slots);
    mem_free(e->wides);
    mem_free(e->op_shapes);
    mem_free(e->records);
    mem_free(e->record_slots);
    mem_free(e->mentions);
    arena_release(&e->arena);
    arena_release(&e->body);
}

static void encode_raw(const struct change_item *changes, size_t count, struct buf *out)
{
    struct buf fixed[FIXED_STREAMS];
    struct part parts[FIXED_STREAMS];
    size_t size;
    fixed_init(fixed);
    put_clocks(changes, count, &fixed[S_CLOCK]);
    for (size_t i = 0; i < count; i++)
        put_raw(fixed, changes[i].body);
    size_t n = container_parts(fixed, NULL, 0, parts, &size);
    container_write(parts, n, size, out);
    fixed_release(fixed);
}

void columns_encode(const struct change_item *changes, size_t count, uint64_t base_size,
                    const struct record_index *index, struct buf *out)
{
    struct encoder e = {.index = index, .base_size = base_size, .changes = changes, .count = count};
    size_t raw_size = 0, size;
    fixed_init(e.fixed);
    first_pass(&e);
    shapes_finish(&e);
    records_finish(&e);
    put_clocks(changes, count, &e.fixed[S_CLOCK]);
    for (size_t i = 0; i < count; i++) {
        raw_size += 2 + changes[i].body.n;
        if (e.raw[i])
            put_raw(e.fixed, changes[i].body);
        else
            put_body(&e, i);
    }
    CHECK(e.next_op == e.op_count && e.next_mention == e.mention_count);
    struct part *parts =
        arena_alloc(&e.arena, (FIXED_STREAMS + e.column_count * PARTS) * sizeof(struct part));
    size_t n = container_parts(e.fixed, e.columns, e.column_count, parts, &size);
    /* A single save may have more streams than repetition. */
    if (size - e.fixed[S_CLOCK].n > raw_size)
        encode_raw(changes, count, out);
    else
        container_write(parts, n, size, out);
    encoder_release(&e);
}
