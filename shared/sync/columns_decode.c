/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * Decoding: one pass that writes the canonical CBOR of each body straight from the streams.
 *
 * Whatever the streams say, nothing is read past their ends and nothing is written past the limits
 * of a changeset; memory is bounded by a small multiple of the input and by those limits. Streams
 * that are well formed but wrong make bodies whose hashes do not fit: that is the caller's check.
 */
#include "shared/base/check.h"
#include "shared/ledger/change.h"
#include "shared/sync/columns_layout.h"

#define HEAD_MAX 9    /* of a CBOR item */
#define VALUE_ROOM 64 /* a field number and a value without its text */
#define PREFIX_MAX 32 /* an op up to its record */
#define RECORD_ROOM (1 + RECORD_ID_SIZE)

struct column {
    struct stream parts[PARTS];
};

struct shape {
    uint32_t code, field_count;
    bool wide;
    uint8_t prefix_n;
    uint8_t prefix[PREFIX_MAX]; /* array head, code, table, head of the record */
    uint16_t *fields;           /* field_count */
    struct column **columns;    /* field_count, then that of field 0 */
};

struct decoder {
    const char *wrong; /* NULL while good */
    const struct record_index *index;
    uint64_t base_size;
    struct arena scratch;

    struct stream fixed[FIXED_STREAMS];
    size_t column_count;
    uint32_t *column_keys; /* ascending */
    struct column *columns;
    struct column no_column; /* its streams are empty */

    size_t shape_count;
    struct shape *shapes;

    size_t hot_count, local_count, cold_count, next_local;
    struct record_id hot[RECORD_HOT_MAX];
    struct record_id *locals;
    const struct record_id *last_record;
    struct record_id ordinal_record[2]; /* two, because last_record may point into one */
    unsigned ordinal_turn;

    struct buf out;
    uint8_t *p; /* writing position inside out, between room() and done() */
};

static bool fail(struct decoder *d, const char *wrong)
{
    if (!d->wrong)
        d->wrong = wrong;
    return false;
}

/* ---- writing CBOR ---- */

static bool room(struct decoder *d, size_t n)
{
    if (!buf_reserve(&d->out, n))
        return fail(d, "bodies larger than a changeset may be");
    d->p = d->out.p + d->out.n;
    return true;
}

static void done(struct decoder *d)
{
    d->out.n = (size_t)(d->p - d->out.p);
}

static inline void put_head(struct decoder *d, enum cbor_type major, uint64_t value)
{
    uint8_t top = (uint8_t)(major << 5);
    if (value < 24) {
        *d->p++ = top | (uint8_t)value;
        return;
    }
    unsigned log = value <= UINT8_MAX ? 0 : value <= UINT16_MAX ? 1 : value <= UINT32_MAX ? 2 : 3;
    *d->p++ = top | (uint8_t)(24 + log);
    for (int shift = (8 << log) - 8; shift >= 0; shift -= 8)
        *d->p++ = (uint8_t)(value >> shift);
}

static inline void put_int(struct decoder *d, int64_t value)
{
    if (value < 0)
        put_head(d, CBOR_NINT, ~(uint64_t)value);
    else
        put_head(d, CBOR_UINT, (uint64_t)value);
}

static inline void put_bytes(struct decoder *d, const void *bytes, size_t n)
{
    memcpy(d->p, bytes, n);
    d->p += n;
}

static bool put_string(struct decoder *d, enum cbor_type major, struct slice s)
{
    if (!room(d, HEAD_MAX + s.n))
        return false;
    put_head(d, major, s.n);
    if (s.n)
        put_bytes(d, s.p, s.n);
    done(d);
    return true;
}

/* ---- set-up: streams, shapes, records ---- */

static struct column *find_column(struct decoder *d, uint32_t key)
{
    size_t low = 0, high = d->column_count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (d->column_keys[middle] < key)
            low = middle + 1;
        else
            high = middle;
    }
    return low < d->column_count && d->column_keys[low] == key ? &d->columns[low] : &d->no_column;
}

static bool open_streams(struct decoder *d, struct slice bytes)
{
    struct columns_stream *streams = mem_alloc(COLUMNS_STREAMS_MAX * sizeof(struct columns_stream));
    size_t count, columns = 0;
    size_t at = columns_head(bytes, streams, COLUMNS_STREAMS_MAX, &count);
    for (size_t i = 0; i < count; i++)
        columns += streams[i].key >= COLUMN_KEY_MIN &&
                   (i == 0 || streams[i].key >> 4 != streams[i - 1].key >> 4);
    d->columns = arena_alloc(&d->scratch, columns * sizeof *d->columns);
    d->column_keys = arena_alloc(&d->scratch, columns * sizeof *d->column_keys);
    bool good = at > 0 || fail(d, "malformed head");
    for (size_t i = 0; i < count && good; i++) {
        uint32_t key = streams[i].key, column_key = key & ~UINT32_C(15);
        if (streams[i].length > bytes.n - at) {
            good = fail(d, "a stream is cut off");
            break;
        }
        struct slice content = slice_of(bytes.p + at, streams[i].length);
        at += streams[i].length;
        if (key < FIXED_STREAMS) {
            stream_init(&d->fixed[key], content);
        } else if (key >= COLUMN_KEY_MIN && (key & 15) < PARTS) {
            if (d->column_count == 0 || d->column_keys[d->column_count - 1] != column_key) {
                d->columns[d->column_count] = d->no_column;
                d->column_keys[d->column_count++] = column_key;
            }
            stream_init(&d->columns[d->column_count - 1].parts[key & 15], content);
        } else {
            good = fail(d, "a stream with an unknown key");
        }
    }
    if (good && at != bytes.n)
        good = fail(d, "bytes follow the streams");
    mem_free(streams);
    return good;
}

static unsigned items_of(uint32_t code)
{
    static const uint8_t items[OP_IN + 1] = {
        [OP_PUT] = 4,    [OP_SET] = 6,     [OP_COUNTER] = 5, [OP_STATE] = 6, [OP_WITHDRAW] = 4,
        [OP_DELETE] = 4, [OP_RESTORE] = 3, [OP_LINK] = 5,    [OP_OUT] = 5,   [OP_IN] = 6};
    return items[code];
}

static bool read_shape(struct decoder *d, struct shape *shape)
{
    struct stream *in = &d->fixed[S_SHAPES];
    uint64_t head = varint_read(in), table = varint_read(in);
    if (in->bad || head >> 1 > OP_IN || !shape_covers((uint32_t)(head >> 1)) || table == 0 ||
        table > OP_TABLE_MAX)
        return fail(d, "malformed shape");
    shape->code = (uint32_t)(head >> 1);
    shape->wide = head & 1;
    if (shape->wide && !shape_has_fields(shape->code))
        return fail(d, "malformed shape");
    uint64_t count = shape_has_fields(shape->code)  ? varint_read(in)
                     : shape_has_field(shape->code) ? 1
                                                    : 0;
    if (in->bad || count > (shape->wide ? OP_FIELD_MAX : OP_FIELDS_MAX) ||
        count > (size_t)(in->end - in->p))
        return fail(d, "malformed shape");
    shape->field_count = (uint32_t)count;
    shape->fields = arena_alloc(&d->scratch, count * sizeof *shape->fields);
    shape->columns = arena_alloc(&d->scratch, (count + 1) * sizeof *shape->columns);
    uint64_t field = 0;
    for (size_t i = 0; i < count; i++) {
        uint64_t delta = varint_read(in);
        if (delta == 0 || delta > OP_FIELD_MAX || (field += delta) > OP_FIELD_MAX)
            return fail(d, "malformed shape");
        shape->fields[i] = (uint16_t)field;
        shape->columns[i] = find_column(d, COLUMN_KEY(table, field));
    }
    shape->columns[count] = find_column(d, COLUMN_KEY(table, 0));
    d->p = shape->prefix;
    put_head(d, CBOR_ARRAY, items_of(shape->code));
    put_head(d, CBOR_UINT, shape->code);
    put_head(d, CBOR_UINT, table);
    put_head(d, CBOR_BYTES, RECORD_ID_SIZE);
    shape->prefix_n = (uint8_t)(d->p - shape->prefix);
    return true;
}

static bool read_shapes(struct decoder *d)
{
    struct stream *in = &d->fixed[S_SHAPES];
    if ((size_t)(in->end - in->p) > SHAPES_BYTES_MAX)
        return fail(d, "too many shapes");
    size_t capacity = 0;
    bool good = true;
    struct shape *shapes = NULL;
    while (good && !stream_at_end(in)) {
        shapes = mem_grow(shapes, &capacity, d->shape_count + 1, sizeof *shapes);
        good = read_shape(d, &shapes[d->shape_count++]);
    }
    d->shapes = shapes;
    return good;
}

static size_t left(const struct decoder *d, int stream)
{
    return (size_t)(d->fixed[stream].end - d->fixed[stream].p);
}

static bool read_ids(struct decoder *d)
{
    size_t n = left(d, S_ID_6);
    if (left(d, S_ID_8) != n || left(d, S_ID_REST) != 8 * n || left(d, S_ID_TIME) < n)
        return fail(d, "malformed record ids");
    d->locals = arena_alloc(&d->scratch, n * sizeof *d->locals);
    d->local_count = n;
    uint64_t time = 0;
    for (size_t i = 0; i < n; i++) {
        uint8_t *b = d->locals[i].b;
        time += (uint64_t)varint_read_signed(&d->fixed[S_ID_TIME]);
        for (int k = 0; k < 6; k++)
            b[k] = (uint8_t)(time >> (40 - 8 * k));
        b[6] = stream_read_u8(&d->fixed[S_ID_6]);
        b[8] = stream_read_u8(&d->fixed[S_ID_8]);
        struct slice rest = stream_read(&d->fixed[S_ID_REST], 8); /* all are there, see above */
        b[7] = rest.p[0];
        memcpy(b + 9, rest.p + 1, 7);
    }
    return true;
}

static uint64_t read_planes(struct decoder *d, int first)
{
    uint64_t value = stream_read_u8(&d->fixed[first]);
    value |= (uint64_t)stream_read_u8(&d->fixed[first + 1]) << 8;
    uint64_t high = varint_read(&d->fixed[first + 2]);
    if (high >> 46 || d->fixed[first].bad || d->fixed[first + 1].bad || d->fixed[first + 2].bad)
        fail(d, "malformed ordinal");
    return value | high << 16;
}

static bool record_at(struct decoder *d, uint64_t ordinal, struct record_id *out)
{
    if (d->wrong)
        return false;
    if (!d->index || !d->index->record_at ||
        !d->index->record_at(d->index->arg, ordinal, d->base_size, out))
        return fail(d, "a record that the base does not hold");
    return true;
}

static bool read_hot(struct decoder *d)
{
    size_t n = left(d, S_HOT_0), new_count = 0;
    uint64_t ordinals[RECORD_HOT_MAX];
    if (n > RECORD_HOT_MAX)
        return fail(d, "too many hot records");
    d->hot_count = n;
    for (size_t i = 0; i < n; i++) {
        ordinals[i] = read_planes(d, S_HOT_0);
        new_count += ordinals[i] == 0;
    }
    if (d->wrong || new_count > d->local_count)
        return fail(d, "malformed hot records");
    d->cold_count = d->local_count - new_count;
    size_t local = d->cold_count;
    for (size_t i = 0; i < n; i++) {
        if (ordinals[i] == 0)
            d->hot[i] = d->locals[local++];
        else if (!record_at(d, ordinals[i] - 1, &d->hot[i]))
            return false;
    }
    return true;
}

/* ---- records and values ---- */

/* NULL: failed. Valid until the mention after the next. */
static const struct record_id *read_record(struct decoder *d)
{
    unsigned code = stream_read_u8(&d->fixed[S_RECORD]);
    const struct record_id *record = NULL;
    if (d->fixed[S_RECORD].bad) {
        fail(d, "records are cut off");
    } else if (code < RECORD_HOT_MAX) {
        if (code < d->hot_count)
            record = &d->hot[code];
    } else if (code == RECORD_NEW) {
        if (d->next_local < d->cold_count)
            record = &d->locals[d->next_local++];
    } else if (code == RECORD_ORDINAL) {
        struct record_id *place = &d->ordinal_record[d->ordinal_turn ^= 1];
        if (record_at(d, read_planes(d, S_ORDINAL_0), place))
            record = place;
    } else if (code == RECORD_BACK) {
        uint64_t back = stream_read_u8(&d->fixed[S_BACK_0]);
        uint64_t high = varint_read(&d->fixed[S_BACK_1]);
        if (!d->fixed[S_BACK_0].bad && !d->fixed[S_BACK_1].bad && high < COLUMNS_MAX &&
            (back |= high << 8) < d->next_local)
            record = &d->locals[d->next_local - 1 - back];
    } else if (code == RECORD_SAME) {
        record = d->last_record;
    }
    if (!record) {
        fail(d, "a mention of a record that is not there");
        return NULL;
    }
    d->last_record = record;
    return record;
}

static bool put_record(struct decoder *d, bool with_head)
{
    const struct record_id *record = read_record(d);
    if (!record || !room(d, RECORD_ROOM))
        return false;
    if (with_head)
        put_head(d, CBOR_BYTES, RECORD_ID_SIZE);
    put_bytes(d, record->b, RECORD_ID_SIZE);
    done(d);
    return true;
}

static bool read_int_wide(struct column *column, unsigned tag, int64_t *out)
{
    unsigned form = tag - TAG_INT_WIDE, bytes = form % 8 + 1, power = form % 40 / 8;
    bool negative = form >= 40;
    uint64_t magnitude = 0;
    for (unsigned i = 0; i < bytes; i++) {
        struct stream *plane = &column->parts[PART_PLANE + i];
        magnitude |= (uint64_t)stream_read_u8(plane) << 8 * i;
        if (plane->bad)
            return false;
    }
    if (__builtin_mul_overflow(magnitude, INT_POWER[power], &magnitude) ||
        magnitude > (uint64_t)INT64_MAX + negative)
        return false;
    *out = negative ? (int64_t)(~magnitude + 1) : (int64_t)magnitude;
    return true;
}

static bool read_int(struct column *column, int64_t *out)
{
    unsigned tag = stream_read_u8(&column->parts[PART_TAG]);
    if (column->parts[PART_TAG].bad || tag >= TAG_NULL)
        return false;
    if (tag >= TAG_INT_WIDE)
        return read_int_wide(column, tag, out);
    *out = (int64_t)tag - TAG_INT;
    return true;
}

/* Pairs of digits into text; false: a stream ends, or holds no pair. */
static bool read_digits(struct column *column, unsigned n, uint8_t *text)
{
    unsigned plane = PART_PLANE;
    for (; n > 0; plane++) {
        struct stream *in = &column->parts[plane];
        unsigned pair = stream_read_u8(in);
        if (in->bad || pair > (n == 1 ? 9u : 99u))
            return false;
        if (n > 1)
            *text++ = (uint8_t)('0' + pair / 10);
        *text++ = (uint8_t)('0' + pair % 10);
        n -= n > 1 ? 2 : 1;
    }
    return true;
}

static bool put_digits(struct decoder *d, struct column *column, unsigned tag)
{
    uint8_t digits[DIGITS_MAX + 1], text[16];
    if (tag >= TAG_DIGITS) {
        unsigned n = tag - TAG_DIGITS + 1;
        return read_digits(column, n, digits) && put_string(d, CBOR_TEXT, slice_of(digits, n));
    }
    if (tag == TAG_DIGITS_X) {
        digits[17] = 'X';
        return read_digits(column, 17, digits) && put_string(d, CBOR_TEXT, slice_of(digits, 18));
    }
    size_t n = tag == TAG_DATE ? 10 : 16;
    if (!read_digits(column, tag == TAG_DATE ? 8 : 12, digits))
        return false;
    const uint8_t *from = digits;
    for (size_t i = 0; i < n; i++) {
        static const char pattern[] = "0000-00-00T00:00";
        text[i] = pattern[i] == '0' ? *from++ : (uint8_t)pattern[i];
    }
    return put_string(d, CBOR_TEXT, slice_of(text, n));
}

static bool put_text(struct decoder *d, struct column *column, enum cbor_type major, uint64_t n)
{
    struct stream *text = &column->parts[PART_TEXT];
    if (column->parts[PART_NUMBER].bad || n > (size_t)(text->end - text->p))
        return false;
    return put_string(d, major, stream_read(text, (size_t)n));
}

static bool put_tagged(struct decoder *d, struct column *column, unsigned tag)
{
    struct stream *numbers = &column->parts[PART_NUMBER];
    int64_t number;
    if (tag >= TAG_TEXT)
        return put_text(d, column, CBOR_TEXT, tag - TAG_TEXT);
    if (tag >= TAG_DIGITS || tag == TAG_DATE || tag == TAG_TIME || tag == TAG_DIGITS_X)
        return put_digits(d, column, tag);
    if (tag == TAG_RECORD)
        return put_record(d, true);
    if (tag == TAG_TEXT_LONG || tag == TAG_BYTES) {
        uint64_t n = varint_read(numbers);
        return put_text(d, column, tag == TAG_BYTES ? CBOR_BYTES : CBOR_TEXT, n);
    }
    if (!room(d, VALUE_ROOM))
        return false;
    if (tag < TAG_INT_WIDE) {
        put_head(d, CBOR_UINT, tag - TAG_INT);
    } else if (tag < TAG_NULL) {
        if (!read_int_wide(column, tag, &number))
            return false;
        put_int(d, number);
    } else if (tag == TAG_NULL) {
        *d->p++ = 0xF6;
    } else if (tag >= TAG_DECIMAL) {
        number = varint_read_signed(numbers);
        if (numbers->bad)
            return false;
        put_head(d, CBOR_ARRAY, 2);
        put_int(d, number);
        put_int(d, (int64_t)tag - TAG_DECIMAL - 9);
    } else {
        return false;
    }
    done(d);
    return true;
}

static bool put_value(struct decoder *d, struct column *column)
{
    unsigned tag = stream_read_u8(&column->parts[PART_TAG]);
    if (!column->parts[PART_TAG].bad && put_tagged(d, column, tag))
        return true;
    return fail(d, "malformed value");
}

/* ---- ops and bodies ---- */

static bool put_fields(struct decoder *d, const struct shape *shape)
{
    uint32_t count = shape->field_count;
    if (shape->wide) {
        for (uint32_t i = 0; i < shape->field_count; i++) {
            const struct stream *tags = &shape->columns[i]->parts[PART_TAG];
            if (tags->p < tags->end && *tags->p == TAG_ABSENT)
                count--;
        }
    }
    if (!room(d, HEAD_MAX))
        return false;
    put_head(d, CBOR_MAP, count);
    done(d);
    for (uint32_t i = 0; i < shape->field_count; i++) {
        struct stream *tags = &shape->columns[i]->parts[PART_TAG];
        if (shape->wide && tags->p < tags->end && *tags->p == TAG_ABSENT) {
            tags->p++;
            continue;
        }
        if (!room(d, VALUE_ROOM))
            return false;
        put_head(d, CBOR_UINT, shape->fields[i]);
        done(d);
        if (!put_value(d, shape->columns[i]))
            return false;
    }
    return true;
}

static bool put_number(struct decoder *d, struct column *column)
{
    int64_t number;
    if (!read_int(column, &number))
        return fail(d, "malformed number");
    if (!room(d, VALUE_ROOM))
        return false;
    put_int(d, number);
    done(d);
    return true;
}

static bool put_members(struct decoder *d, struct column *column)
{
    struct stream *numbers = &column->parts[PART_NUMBER];
    struct stream *tags = &column->parts[PART_TAG];
    uint64_t counts[2] = {varint_read(numbers), varint_read(numbers)};
    for (int side = 0; side < 2; side++) {
        /* Each member has a tag. */
        if (numbers->bad || counts[side] > (size_t)(tags->end - tags->p))
            return fail(d, "malformed set");
        if (!room(d, HEAD_MAX))
            return false;
        put_head(d, CBOR_ARRAY, counts[side]);
        done(d);
        for (uint64_t i = 0; i < counts[side]; i++)
            if (!put_value(d, column))
                return false;
    }
    return true;
}

static bool put_rest(struct decoder *d, const struct shape *shape)
{
    struct column *column = shape->columns[0], *zero = shape->columns[shape->field_count];
    if (shape_has_field(shape->code)) {
        if (!room(d, HEAD_MAX))
            return false;
        put_head(d, CBOR_UINT, shape->fields[0]);
        done(d);
    }
    switch (shape->code) {
    case OP_PUT:
        return put_fields(d, shape);
    case OP_SET:
        return put_members(d, column);
    case OP_COUNTER:
        return put_number(d, column);
    case OP_STATE:
        return put_value(d, column) && put_value(d, column);
    case OP_DELETE:
        return put_value(d, zero);
    case OP_LINK:
        return put_record(d, true) && put_number(d, zero);
    case OP_IN:
        return put_fields(d, shape) && put_value(d, zero) && put_number(d, zero);
    case OP_OUT:
        return put_value(d, zero) && put_number(d, zero);
    default:
        return true;
    }
}

static bool put_op(struct decoder *d)
{
    uint64_t number = varint_read(&d->fixed[S_SHAPE]);
    if (d->fixed[S_SHAPE].bad || number >= d->shape_count)
        return fail(d, "an unknown shape");
    const struct shape *shape = &d->shapes[number];
    if (!room(d, PREFIX_MAX))
        return false;
    put_bytes(d, shape->prefix, shape->prefix_n);
    done(d);
    return put_record(d, false) && put_rest(d, shape);
}

static bool put_raw(struct decoder *d)
{
    uint64_t n = varint_read(&d->fixed[S_RAW_LENGTH]);
    if (d->fixed[S_RAW_LENGTH].bad || n > left(d, S_RAW))
        return fail(d, "a raw body is cut off");
    struct slice body = stream_read(&d->fixed[S_RAW], (size_t)n);
    buf_put_slice(&d->out, body);
    return buf_ok(&d->out) || fail(d, "bodies larger than a changeset may be");
}

static bool put_note(struct decoder *d)
{
    uint64_t n = varint_read(&d->fixed[S_NOTE_LENGTH]);
    if (d->fixed[S_NOTE_LENGTH].bad || n > left(d, S_NOTE))
        return fail(d, "a note is cut off");
    return put_string(d, CBOR_TEXT, stream_read(&d->fixed[S_NOTE], (size_t)n));
}

static bool put_body(struct decoder *d)
{
    uint64_t form = varint_read(&d->fixed[S_CHANGE]);
    if (d->fixed[S_CHANGE].bad)
        return fail(d, "changes are cut off");
    if (form == 0)
        return put_raw(d);
    uint64_t ops = form >> 1;
    /* Each op has a shape number and a record code. */
    if (ops == 0 || ops > OPS_PER_CHANGE_MAX || ops > left(d, S_SHAPE) || ops > left(d, S_RECORD))
        return fail(d, "a wrong number of ops");
    if (!room(d, 2 * HEAD_MAX))
        return false;
    put_head(d, CBOR_ARRAY, 2);
    put_head(d, CBOR_ARRAY, ops);
    done(d);
    for (uint64_t i = 0; i < ops; i++)
        if (!put_op(d))
            return false;
    if (form & 1)
        return put_note(d);
    buf_put_u8(&d->out, 0xF6);
    return buf_ok(&d->out) || fail(d, "bodies larger than a changeset may be");
}

static bool read_clock(struct decoder *d, bool first, uint64_t *hlc)
{
    struct stream *in = &d->fixed[S_CLOCK];
    uint64_t n = varint_read(in);
    if (first) {
        uint64_t counter = varint_read(in);
        if (n >> 48 || counter >> 16)
            return fail(d, "malformed clock");
        *hlc = n << 16 | counter;
    } else if (n == 0) {
        *hlc += 1;
    } else if (n == CLOCK_ABSOLUTE) {
        *hlc = varint_read(in);
    } else {
        if (n >> 48 || ((*hlc >> 16) + n) >> 48)
            return fail(d, "malformed clock");
        *hlc = ((*hlc >> 16) + n) << 16;
    }
    return !in->bad || fail(d, "clocks are cut off");
}

static bool all_read(struct decoder *d)
{
    bool good = d->next_local == d->cold_count;
    for (int i = 1; i < FIXED_STREAMS; i++)
        good = good && stream_at_end(&d->fixed[i]);
    for (size_t i = 0; i < d->column_count; i++)
        for (int part = 0; part < PARTS; part++)
            good = good && stream_at_end(&d->columns[i].parts[part]);
    return good || fail(d, "streams hold more than the changes");
}

static bool decode(struct decoder *d, struct slice columns, size_t count, struct change_item *out)
{
    if (columns.n > COLUMNS_MAX)
        return fail(d, "too large");
    if (!open_streams(d, columns) || !read_shapes(d) || !read_ids(d) || !read_hot(d))
        return false;
    uint64_t hlc = 0;
    for (size_t i = 0; i < count; i++) {
        size_t start = d->out.n;
        if (!read_clock(d, i == 0, &hlc) || !put_body(d))
            return false;
        if (d->out.n - start > CHANGE_BODY_MAX)
            return fail(d, "a body larger than a change may be");
        out[i] = (struct change_item){hlc, {NULL, d->out.n - start}};
    }
    return all_read(d);
}

enum status columns_decode(struct slice columns, size_t count, uint64_t base_size,
                           const struct record_index *index, struct arena *arena,
                           struct change_item *out, struct error *err)
{
    struct decoder d = {.index = index, .base_size = base_size};
    enum status status = ST_OK;
    for (int part = 0; part < PARTS; part++)
        stream_init(&d.no_column.parts[part], SLICE_NONE);
    for (int i = 0; i < FIXED_STREAMS; i++)
        stream_init(&d.fixed[i], SLICE_NONE);
    /* Room is reserved generously before each item, so the buffer may be a little larger. */
    buf_init(&d.out, CHANGESET_BODIES_MAX + VALUE_ROOM);
    if (decode(&d, columns, count, out)) {
        const uint8_t *bodies = arena_copy(arena, d.out.p, d.out.n);
        for (size_t i = 0; i < count; i++) {
            out[i].body.p = bodies;
            bodies += out[i].body.n;
        }
    } else {
        status = error_set(err, ST_INVALID, "columns: %s", d.wrong);
    }
    buf_release(&d.out);
    mem_free(d.shapes);
    arena_release(&d.scratch);
    return status;
}
