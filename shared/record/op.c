/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * op: reading and writing the steps of a change (FORMAT.md §3).
 *
 * The reader runs once over the body and never looks back. Everything variable (the ops, the fields
 * of a put, the members of a set op) is announced by a count, so each array is one bump of the
 * arena; the count has been checked against the bytes that are left before it is believed.
 *
 * What makes an op malformed is decided here and nowhere else, because a malformed op voids its
 * change for ever on every replica: arity, sizes, ascending field numbers, normal-form values. What
 * a field may hold is the catalog's business and not known here.
 */
#include "shared/record/op.h"

#include "shared/base/check.h"

#define NOTE_BYTES_MAX (256 * 1024)
#define ORIGIN_BYTES_MAX 255
#define SET_MEMBERS_MAX 4096

/* ---- reader ---- */

static void read_record(struct cbor_reader *r, struct record_id *id)
{
    cbor_read_fixed(r, id->b, RECORD_ID_SIZE);
}

static uint32_t read_table(struct cbor_reader *r)
{
    uint64_t table = cbor_read_uint_max(r, OP_TABLE_MAX);
    if (table == 0)
        cbor_fail(r, "table number is 0");
    return (uint32_t)table;
}

static uint32_t read_field(struct cbor_reader *r)
{
    uint64_t field = cbor_read_uint_max(r, OP_FIELD_MAX);
    if (field == 0)
        cbor_fail(r, "field number is 0");
    return (uint32_t)field;
}

/* As a person wrote it, or what erasing has left of it. */
enum reading { AS_WRITTEN, REDACTED };

static struct value read_value(struct cbor_reader *r, enum reading reading)
{
    if (reading == AS_WRITTEN)
        return value_read(r);
    struct value value = value_read_any(r);
    if (cbor_ok(r) && value.kind != VALUE_ERASED)
        cbor_fail(r, "a value in a redacted op");
    return value;
}

/* {field: value}; ascending numbers are exactly the canonical key order of small integers. Field 0,
 * a record's existence, is for resolve alone. */
static void read_fields(struct cbor_reader *r, struct arena *arena, bool existence,
                        enum reading reading, struct op *op)
{
    size_t count = cbor_read_map(r, OP_FIELDS_MAX);
    if (count == 0)
        return;
    struct op_field *fields = arena_alloc(arena, count * sizeof *fields);
    int64_t last = existence ? -1 : 0;
    for (size_t i = 0; i < count; i++) {
        fields[i].field = (uint32_t)cbor_read_uint_max(r, OP_FIELD_MAX);
        fields[i].value = fields[i].field ? read_value(r, reading) : value_read(r);
        if (!cbor_ok(r))
            return;
        if (fields[i].field <= last) {
            cbor_fail(r, "field numbers do not ascend from 1");
            return;
        }
        last = fields[i].field;
    }
    if (existence && fields[0].field == 0 &&
        (fields[0].value.kind != VALUE_INT || fields[0].value.i < 0 || fields[0].value.i > 1))
        cbor_fail(r, "existence is neither 0 nor 1");
    op->fields = fields;
    op->field_count = (uint32_t)count;
}

static const struct value *read_members(struct cbor_reader *r, struct arena *arena,
                                        enum reading reading, uint32_t *count)
{
    size_t n = cbor_read_array(r, SET_MEMBERS_MAX);
    if (n == 0)
        return NULL;
    struct value *members = arena_alloc(arena, n * sizeof *members);
    for (size_t i = 0; i < n; i++) {
        members[i] = read_value(r, reading);
        if (!cbor_ok(r))
            return NULL;
        if (members[i].kind == VALUE_NULL) {
            cbor_fail(r, "set member is null");
            return NULL;
        }
    }
    *count = (uint32_t)n;
    return members;
}

static struct slice read_exactly(struct cbor_reader *r, size_t size, const char *error)
{
    struct slice bytes = cbor_read_bytes(r, size);
    if (cbor_ok(r) && bytes.n != size)
        cbor_fail(r, error);
    return bytes;
}

static void read_refs(struct cbor_reader *r, struct arena *arena, struct op *op)
{
    size_t count = cbor_read_array(r, OP_REFS_MAX);
    if (count == 0)
        return;
    struct op_ref *refs = arena_alloc(arena, count * sizeof *refs);
    for (size_t i = 0; i < count; i++) {
        cbor_expect_array(r, 4);
        refs[i].kid = read_exactly(r, 32, "kid of a reference is not 32 bytes");
        refs[i].chain = read_exactly(r, 8, "chain of a reference is not 8 bytes");
        refs[i].seq = cbor_read_uint(r);
        refs[i].leaf8 = read_exactly(r, 8, "leaf of a reference is not 8 bytes");
        if (!cbor_ok(r))
            return;
    }
    op->refs = refs;
    op->ref_count = (uint32_t)count;
}

static void read_transfer(struct cbor_reader *r, struct op *op)
{
    op->origin = cbor_read_text(r, ORIGIN_BYTES_MAX);
    op->hop = (uint32_t)cbor_read_uint_max(r, UINT32_MAX);
    if (cbor_ok(r) && (op->origin.n == 0 || op->hop == 0))
        cbor_fail(r, "transfer without origin or hop");
}

static size_t items_of(uint32_t code)
{
    switch (code) {
    case OP_PUT:
    case OP_WITHDRAW:
    case OP_DELETE:
        return 4;
    case OP_SET:
    case OP_STATE:
    case OP_IN:
        return 6;
    case OP_COUNTER:
    case OP_RESOLVE:
    case OP_LINK:
    case OP_OUT:
        return 5;
    case OP_RESTORE:
        return 3;
    default:
        return 0;
    }
}

static void read_known(struct cbor_reader *r, struct arena *arena, enum reading reading,
                       struct op *op)
{
    op->table = read_table(r);
    read_record(r, &op->record);
    switch (op->code) {
    case OP_PUT:
        read_fields(r, arena, false, reading, op);
        if (op->field_count == 0)
            cbor_fail(r, "put without a field");
        break;
    case OP_SET:
        op->field = read_field(r);
        op->adds = read_members(r, arena, reading, &op->add_count);
        op->removes = read_members(r, arena, reading, &op->remove_count);
        if (op->add_count + op->remove_count == 0)
            cbor_fail(r, "set op without a member");
        break;
    case OP_COUNTER:
        op->field = read_field(r);
        op->delta = cbor_read_int(r);
        if (cbor_ok(r) && reading == REDACTED && op->delta != 0)
            cbor_fail(r, "a delta in a redacted op");
        break;
    case OP_STATE:
        op->field = read_field(r);
        op->from = read_value(r, reading);
        op->to = read_value(r, reading);
        if (op->to.kind == VALUE_NULL)
            cbor_fail(r, "state step to nothing");
        break;
    case OP_WITHDRAW:
        op->field = read_field(r);
        break;
    case OP_DELETE:
        op->reason = read_value(r, reading);
        if (reading == AS_WRITTEN && op->reason.kind != VALUE_NULL && op->reason.kind != VALUE_TEXT)
            cbor_fail(r, "reason is not a text");
        break;
    case OP_RESTORE:
        break;
    case OP_RESOLVE:
        read_fields(r, arena, true, reading, op);
        if (op->field_count == 0)
            cbor_fail(r, "resolve without a field");
        read_refs(r, arena, op);
        break;
    case OP_LINK:
        read_record(r, &op->other);
        op->link = cbor_read_uint_max(r, 1) == 1;
        if (cbor_ok(r) && record_id_equal(&op->record, &op->other))
            cbor_fail(r, "record linked to itself");
        break;
    case OP_OUT:
        read_transfer(r, op);
        break;
    case OP_IN:
        read_fields(r, arena, false, reading, op);
        read_transfer(r, op);
        break;
    }
}

/* Ops of newer versions and authority ops travel as they are: number and bytes. */
static void read_op(struct cbor_reader *r, struct arena *arena, enum reading reading, struct op *op)
{
    *op = (struct op){0};
    struct cbor_reader start = *r;
    size_t count = cbor_read_array(r, 1024);
    if (cbor_ok(r) && count == 0)
        cbor_fail(r, "empty op");
    op->code = (uint32_t)cbor_read_uint_max(r, UINT32_MAX);
    if (cbor_ok(r) && reading == REDACTED && op->code >= OP_AUTHORITY)
        cbor_fail(r, "an authority op among redacted ops");
    if (!cbor_ok(r))
        return;
    size_t items = items_of(op->code);
    if (items == 0) {
        op->raw = cbor_read_item(&start);
        *r = start;
        return;
    }
    if (count != items) {
        cbor_fail(r, "wrong number of items in an op");
        return;
    }
    read_known(r, arena, reading, op);
    op->raw = slice_of(start.p, (size_t)(r->p - start.p));
}

static struct op *read_ops(struct cbor_reader *r, struct arena *arena, enum reading reading,
                           size_t count)
{
    if (!cbor_ok(r) || count == 0)
        return NULL;
    struct op *ops = arena_alloc(arena, count * sizeof *ops);
    for (size_t i = 0; i < count && cbor_ok(r); i++)
        read_op(r, arena, reading, &ops[i]);
    return ops;
}

enum status op_body_parse(struct slice body, struct arena *arena, struct op_body *out,
                          struct error *err)
{
    *out = (struct op_body){0};
    struct cbor_reader r;
    cbor_reader_init(&r, body, "change body");
    cbor_expect_array(&r, 2);
    size_t count = cbor_read_array(&r, OPS_PER_CHANGE_MAX);
    if (cbor_ok(&r) && count == 0)
        cbor_fail(&r, "change without an op");
    struct op *ops = read_ops(&r, arena, AS_WRITTEN, count);
    struct slice note = SLICE_NONE;
    if (cbor_at_null(&r)) {
        cbor_read_null(&r);
    } else {
        note = cbor_read_text(&r, NOTE_BYTES_MAX);
        if (cbor_ok(&r) && note.n == 0)
            cbor_fail(&r, "empty note; null says none");
    }
    enum status status = cbor_end(&r, err);
    if (status == ST_OK) {
        out->ops = ops;
        out->op_count = count;
        out->note = note;
    }
    return status;
}

enum status op_redacted_parse(struct slice bytes, struct arena *arena, struct op_body *out,
                              struct error *err)
{
    struct cbor_reader r;
    *out = (struct op_body){0};
    cbor_reader_init(&r, bytes, "redacted ops");
    size_t count = cbor_read_array(&r, OPS_PER_CHANGE_MAX);
    struct op *ops = read_ops(&r, arena, REDACTED, count);
    enum status status = cbor_end(&r, err);
    if (status == ST_OK) {
        out->ops = ops;
        out->op_count = count;
    }
    return status;
}

/* ---- writer ---- */

void op_body_begin(struct buf *out, size_t op_count)
{
    CHECK(op_count >= 1 && op_count <= OPS_PER_CHANGE_MAX);
    cbor_put_array(out, 2);
    cbor_put_array(out, op_count);
}

void op_body_end(struct buf *out, struct slice note)
{
    if (note.n == 0)
        cbor_put_null(out);
    else
        cbor_put_text(out, note);
}

static void put_head(struct buf *out, enum op_code code, uint32_t table, const struct record_id *id)
{
    CHECK(table >= 1 && table <= OP_TABLE_MAX);
    cbor_put_array(out, items_of(code));
    cbor_put_uint(out, code);
    cbor_put_uint(out, table);
    cbor_put_bytes(out, slice_of(id->b, RECORD_ID_SIZE));
}

static void put_fields(struct buf *out, const struct op_field *fields, size_t count)
{
    CHECK(count <= OP_FIELDS_MAX);
    cbor_put_map(out, count);
    for (size_t i = 0; i < count; i++) {
        CHECK(fields[i].field <= OP_FIELD_MAX && (i == 0 || fields[i - 1].field < fields[i].field));
        cbor_put_uint(out, fields[i].field);
        value_put(out, &fields[i].value);
    }
}

void op_put_write(struct buf *out, uint32_t table, const struct record_id *id,
                  const struct op_field *fields, size_t count)
{
    CHECK(count >= 1 && fields[0].field >= 1);
    put_head(out, OP_PUT, table, id);
    put_fields(out, fields, count);
}

static void put_members(struct buf *out, const struct value *members, size_t count)
{
    cbor_put_array(out, count);
    for (size_t i = 0; i < count; i++)
        value_put(out, &members[i]);
}

static void put_refs(struct buf *out, const struct op *op)
{
    cbor_put_array(out, op->ref_count);
    for (size_t i = 0; i < op->ref_count; i++) {
        cbor_put_array(out, 4);
        cbor_put_bytes(out, op->refs[i].kid);
        cbor_put_bytes(out, op->refs[i].chain);
        cbor_put_uint(out, op->refs[i].seq);
        cbor_put_bytes(out, op->refs[i].leaf8);
    }
}

void op_write(struct buf *out, const struct op *op)
{
    if (items_of(op->code) == 0) {
        CHECK(op->raw.n > 0);
        buf_put_slice(out, op->raw);
        return;
    }
    put_head(out, op->code, op->table, &op->record);
    switch (op->code) {
    case OP_PUT:
    case OP_RESOLVE:
    case OP_IN:
        put_fields(out, op->fields, op->field_count);
        break;
    case OP_SET:
    case OP_COUNTER:
    case OP_STATE:
    case OP_WITHDRAW:
        cbor_put_uint(out, op->field);
        break;
    case OP_DELETE:
        value_put(out, &op->reason);
        break;
    case OP_LINK:
        cbor_put_bytes(out, slice_of(op->other.b, RECORD_ID_SIZE));
        cbor_put_uint(out, op->link ? 1 : 0);
        break;
    }
    switch (op->code) {
    case OP_SET:
        put_members(out, op->adds, op->add_count);
        put_members(out, op->removes, op->remove_count);
        break;
    case OP_COUNTER:
        cbor_put_int(out, op->delta);
        break;
    case OP_STATE:
        value_put(out, &op->from);
        value_put(out, &op->to);
        break;
    case OP_RESOLVE:
        put_refs(out, op);
        break;
    case OP_OUT:
    case OP_IN:
        cbor_put_text(out, op->origin);
        cbor_put_uint(out, op->hop);
        break;
    }
}

/* ---- redacting ---- */

static const struct value *all_erased(struct arena *arena, uint32_t count)
{
    struct value *values = arena_alloc(arena, (count + 1) * sizeof *values);
    for (uint32_t i = 0; i < count; i++)
        values[i] = value_erased();
    return values;
}

static const struct op_field *fields_erased(struct arena *arena, const struct op *op)
{
    struct op_field *fields = arena_alloc(arena, (op->field_count + 1) * sizeof *fields);
    for (uint32_t i = 0; i < op->field_count; i++) {
        fields[i] = op->fields[i];
        if (fields[i].field)
            fields[i].value = value_erased();
    }
    return fields;
}

static struct op redacted(const struct op *op, struct arena *arena)
{
    struct op out = *op;
    out.fields = fields_erased(arena, op);
    switch (op->code) {
    case OP_SET:
        out.adds = all_erased(arena, op->add_count);
        out.removes = all_erased(arena, op->remove_count);
        break;
    case OP_COUNTER:
        out.delta = 0;
        break;
    case OP_STATE:
        out.from = out.to = value_erased();
        break;
    case OP_DELETE:
        out.reason = value_erased();
        break;
    default:
        break;
    }
    return out;
}

bool op_can_redact(const struct op_body *body)
{
    for (size_t i = 0; i < body->op_count; i++)
        if (items_of(body->ops[i].code) == 0)
            return false;
    return true;
}

void op_redact(const struct op_body *body, struct buf *out)
{
    struct arena arena = {0};
    CHECK(op_can_redact(body));
    cbor_put_array(out, body->op_count);
    for (size_t i = 0; i < body->op_count; i++) {
        const struct op left = redacted(&body->ops[i], &arena);
        op_write(out, &left);
    }
    arena_release(&arena);
}
