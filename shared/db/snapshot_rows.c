/* SPDX-License-Identifier: MulanPSL-2.0 */
/* snapshot_rows: see snapshot_rows.h. */
#include "shared/db/snapshot_rows.h"

#include <stdlib.h>

#include "shared/base/check.h"
#include "shared/codec/compress.h"

#define PART_MAX ((size_t)8 * 1024 * 1024)
#define LEVEL 9

enum tag { TAG_NULL, TAG_INT, TAG_TEXT, TAG_BYTES, TAG_RECORD };

/* ---- records ---- */

void snapshot_records_add(struct snapshot_records *records, const struct record_id *id)
{
    records->ids =
        mem_grow(records->ids, &records->capacity, records->count + 1, sizeof *records->ids);
    records->ids[records->count++] = *id;
}

static int compare_ids(const void *a, const void *b, void *arg)
{
    const struct snapshot_records *records = arg;
    return memcmp(records->ids[*(const uint32_t *)a].b, records->ids[*(const uint32_t *)b].b,
                  RECORD_ID_SIZE);
}

void snapshot_records_sort(struct snapshot_records *records)
{
    records->order = mem_alloc((records->count + 1) * sizeof *records->order);
    for (size_t i = 0; i < records->count; i++)
        records->order[i] = (uint32_t)i;
    qsort_r(records->order, records->count, sizeof *records->order, compare_ids, records);
}

void snapshot_records_release(struct snapshot_records *records)
{
    mem_free(records->ids);
    mem_free(records->order);
    *records = (struct snapshot_records){0};
}

static bool ordinal_of(const struct snapshot_records *records, struct slice id, size_t *out)
{
    size_t low = 0, high = records->order ? records->count : 0;
    if (id.n != RECORD_ID_SIZE)
        return false;
    while (low < high) {
        const size_t mid = low + (high - low) / 2;
        const int c = memcmp(records->ids[records->order[mid]].b, id.p, RECORD_ID_SIZE);
        if (c == 0) {
            *out = records->order[mid];
            return true;
        }
        if (c < 0)
            low = mid + 1;
        else
            high = mid;
    }
    return false;
}

/* ---- writing ---- */

void snapshot_part_init(struct snapshot_part *part, size_t columns)
{
    *part = (struct snapshot_part){.columns = columns};
    part->column = mem_zero_alloc(columns + 1, sizeof *part->column);
    for (size_t i = 0; i < columns; i++) {
        buf_init(&part->column[i].tags, PART_MAX);
        buf_init(&part->column[i].numbers, PART_MAX);
        buf_init(&part->column[i].bytes, PART_MAX);
    }
}

void snapshot_part_release(struct snapshot_part *part)
{
    for (size_t i = 0; i < part->columns; i++) {
        buf_release(&part->column[i].tags);
        buf_release(&part->column[i].numbers);
        buf_release(&part->column[i].bytes);
    }
    mem_free(part->column);
    *part = (struct snapshot_part){0};
}

static void put_number(struct snapshot_column *c, int64_t number)
{
    varint_put_signed(&c->numbers, (int64_t)((uint64_t)number - (uint64_t)c->number));
    c->number = number;
}

static void put_bytes(struct snapshot_column *c, struct slice bytes)
{
    varint_put(&c->numbers, bytes.n);
    buf_put_slice(&c->bytes, bytes);
}

void snapshot_part_put(struct snapshot_part *part, size_t column,
                       const struct snapshot_value *value, const struct snapshot_records *records)
{
    struct snapshot_column *c = &part->column[column];
    size_t ordinal;
    switch (value->type) {
    case COLUMN_INT:
        buf_put_u8(&c->tags, TAG_INT);
        put_number(c, value->number);
        break;
    case COLUMN_BLOB:
        if (ordinal_of(records, value->bytes, &ordinal)) {
            buf_put_u8(&c->tags, TAG_RECORD);
            put_number(c, (int64_t)ordinal);
        } else {
            buf_put_u8(&c->tags, TAG_BYTES);
            put_bytes(c, value->bytes);
        }
        break;
    case COLUMN_NULL:
        buf_put_u8(&c->tags, TAG_NULL);
        break;
    default:
        buf_put_u8(&c->tags, TAG_TEXT);
        put_bytes(c, value->bytes);
    }
    part->size += value->bytes.n + 8;
    part->rows += column + 1 == part->columns;
}

void snapshot_part_add(struct snapshot_part *part, struct stmt *stmt, int from,
                       const struct snapshot_records *records)
{
    for (size_t i = 0; i < part->columns; i++) {
        const int at = from + (int)i;
        struct snapshot_value value = {.type = stmt_type(stmt, at)};
        if (value.type == COLUMN_INT)
            value.number = stmt_int(stmt, at);
        else if (value.type == COLUMN_BLOB)
            value.bytes = stmt_blob(stmt, at);
        else if (value.type != COLUMN_NULL)
            value.bytes = stmt_text(stmt, at);
        snapshot_part_put(part, i, &value, records);
    }
}

void snapshot_part_write(struct snapshot_part *part, uint64_t table, struct buf *out)
{
    const size_t columns = part->columns;
    struct slice *slices = mem_alloc((1 + 3 * columns) * sizeof *slices);
    struct buf head, frame;
    buf_init(&head, 64 * 1024);
    buf_init(&frame, PART_MAX + 64 * 1024);
    varint_put(&head, table);
    varint_put(&head, part->rows);
    varint_put(&head, columns);
    for (size_t i = 0; i < columns; i++) {
        struct snapshot_column *c = &part->column[i];
        CHECK(buf_ok(&c->tags) && buf_ok(&c->numbers) && buf_ok(&c->bytes));
        varint_put(&head, c->numbers.n);
        varint_put(&head, c->bytes.n);
        slices[1 + 3 * i] = buf_slice(&c->tags);
        slices[2 + 3 * i] = buf_slice(&c->numbers);
        slices[3 + 3 * i] = buf_slice(&c->bytes);
    }
    slices[0] = buf_slice(&head);
    compress_parts(slices, 1 + 3 * columns, LEVEL, &frame);
    varint_put(out, frame.n);
    buf_put_slice(out, buf_slice(&frame));
    if (!buf_ok(&frame))
        out->overflow = true;
    buf_release(&head);
    buf_release(&frame);
    mem_free(slices);
}

/* ---- reading ---- */

enum status snapshot_reading_open(struct slice *rest, struct snapshot_reading *out,
                                  struct error *err)
{
    struct stream s;
    *out = (struct snapshot_reading){0};
    buf_init(&out->content, PART_MAX);
    stream_init(&s, *rest);
    struct slice frame = stream_read(&s, (size_t)varint_read(&s));
    if (s.bad)
        return error_set(err, ST_INVALID, "snapshot: it ends in the middle of a part");
    *rest = slice_of(s.p, (size_t)(s.end - s.p));
    enum status st = decompress(frame, PART_MAX, &out->content, err);
    if (st != ST_OK)
        return st;
    stream_init(&s, buf_slice(&out->content));
    out->table = varint_read(&s);
    const uint64_t rows = varint_read(&s), columns = varint_read(&s);
    if (s.bad || rows > SNAPSHOT_ROWS_MAX || columns == 0 || columns > SNAPSHOT_COLUMNS_MAX)
        return error_set(err, ST_INVALID, "snapshot: a part of no known shape");
    out->rows = (size_t)rows;
    out->columns = (size_t)columns;
    out->input = mem_zero_alloc(out->columns, sizeof *out->input);
    size_t *sizes = mem_alloc(2 * out->columns * sizeof *sizes);
    for (size_t i = 0; i < 2 * out->columns; i++)
        sizes[i] = (size_t)varint_read(&s);
    for (size_t i = 0; i < out->columns; i++) {
        stream_init(&out->input[i].tags, stream_read(&s, out->rows));
        stream_init(&out->input[i].numbers, stream_read(&s, sizes[2 * i]));
        stream_init(&out->input[i].bytes, stream_read(&s, sizes[2 * i + 1]));
    }
    mem_free(sizes);
    if (s.bad || !stream_at_end(&s))
        return error_set(err, ST_INVALID, "snapshot: a part whose columns are cut off");
    return ST_OK;
}

void snapshot_reading_release(struct snapshot_reading *reading)
{
    buf_release(&reading->content);
    mem_free(reading->input);
    *reading = (struct snapshot_reading){0};
}

static int64_t next_number(struct snapshot_input *in)
{
    in->number = (int64_t)((uint64_t)in->number + (uint64_t)varint_read_signed(&in->numbers));
    return in->number;
}

static bool read_value(struct snapshot_input *in, const struct snapshot_records *records,
                       struct snapshot_value *out)
{
    const uint8_t tag = stream_read_u8(&in->tags);
    *out = (struct snapshot_value){.type = COLUMN_NULL};
    if (tag == TAG_INT) {
        out->type = COLUMN_INT;
        out->number = next_number(in);
    } else if (tag == TAG_RECORD) {
        const int64_t ordinal = next_number(in);
        if (ordinal < 0 || (uint64_t)ordinal >= records->count)
            return false;
        out->type = COLUMN_BLOB;
        out->bytes = slice_of(records->ids[ordinal].b, RECORD_ID_SIZE);
    } else if (tag == TAG_TEXT || tag == TAG_BYTES) {
        out->type = tag == TAG_TEXT ? COLUMN_TEXT : COLUMN_BLOB;
        out->bytes = stream_read(&in->bytes, (size_t)varint_read(&in->numbers));
    } else if (tag != TAG_NULL) {
        return false;
    }
    return !in->tags.bad && !in->numbers.bad && !in->bytes.bad;
}

static bool is_of_kind(const struct snapshot_value *v, uint8_t kind)
{
    const bool record = v->type == COLUMN_BLOB && v->bytes.n == RECORD_ID_SIZE;
    if (kind & SNAPSHOT_VALUE)
        return v->type != COLUMN_BLOB || record;
    if (kind & SNAPSHOT_OPTIONAL && v->type == COLUMN_NULL)
        return true;
    switch (kind & ~SNAPSHOT_OPTIONAL) {
    case SNAPSHOT_INT:
        return v->type == COLUMN_INT && v->number >= 0;
    case SNAPSHOT_ANY_INT:
        return v->type == COLUMN_INT;
    case SNAPSHOT_TEXT:
        return v->type == COLUMN_TEXT;
    case SNAPSHOT_HASH:
        return v->type == COLUMN_BLOB && v->bytes.n == 32;
    case SNAPSHOT_RECORD:
        return record;
    default:
        return v->type == COLUMN_BLOB;
    }
}

bool snapshot_reading_next(struct snapshot_reading *reading, const uint8_t *kinds,
                           const struct snapshot_records *records, struct snapshot_value *out)
{
    for (size_t i = 0; i < reading->columns; i++)
        if (!read_value(&reading->input[i], records, &out[i]) || !is_of_kind(&out[i], kinds[i]))
            return false;
    return true;
}

bool snapshot_reading_is_over(const struct snapshot_reading *reading)
{
    for (size_t i = 0; i < reading->columns; i++)
        if (!stream_at_end(&reading->input[i].tags) || !stream_at_end(&reading->input[i].numbers) ||
            !stream_at_end(&reading->input[i].bytes))
            return false;
    return true;
}

void snapshot_bind(struct stmt *stmt, int index, const struct snapshot_value *value)
{
    switch (value->type) {
    case COLUMN_INT:
        bind_int(stmt, index, value->number);
        break;
    case COLUMN_TEXT:
        bind_text(stmt, index, value->bytes);
        break;
    case COLUMN_BLOB:
        bind_blob(stmt, index, value->bytes);
        break;
    default:
        bind_null(stmt, index);
    }
}
