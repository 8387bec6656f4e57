/* SPDX-License-Identifier: MulanPSL-2.0 */
/* reads: see reads.h. */
#include "shared/sync/reads.h"

#include "shared/base/check.h"
#include "shared/codec/cbor.h"

#define SIGNED "huce/1/reads\n"
#define VERSION 1
#define TABLE_MAX 65535
#define FIELD_MAX 1023

static void put_entry(const struct read_entry *entry, struct buf *out)
{
    cbor_put_array(out, 8);
    cbor_put_uint(out, entry->hour);
    if (entry->has_person)
        cbor_put_bytes(out, hash_slice(&entry->person));
    else
        cbor_put_null(out);
    cbor_put_text(out, entry->command);
    cbor_put_uint(out, entry->table);
    if (entry->has_record)
        cbor_put_bytes(out, slice_of(entry->record.b, sizeof(entry->record.b)));
    else
        cbor_put_null(out);
    cbor_put_array(out, entry->field_count);
    for (uint32_t i = 0; i < entry->field_count; i++)
        cbor_put_uint(out, entry->fields[i]);
    cbor_put_uint(out, entry->rows);
    cbor_put_uint(out, entry->times);
}

static void message(struct slice batch, struct buf *out)
{
    buf_init(out, READS_BODY_MAX + sizeof(SIGNED));
    buf_put_str(out, SIGNED);
    buf_put_slice(out, batch);
    CHECK(buf_ok(out));
}

void reads_write(const struct read_batch *batch, const struct sign_key *device, struct buf *out,
                 struct hash *hash)
{
    struct buf bytes, said;
    struct signature signature;
    buf_init(&bytes, READS_BODY_MAX);
    cbor_put_array(&bytes, 5);
    cbor_put_bytes(&bytes, hash_slice(&batch->device));
    cbor_put_uint(&bytes, batch->number);
    cbor_put_bytes(&bytes, hash_slice(&batch->prev));
    cbor_put_uint(&bytes, (uint64_t)batch->made_ms);
    cbor_put_array(&bytes, batch->count);
    for (size_t i = 0; i < batch->count; i++)
        put_entry(&batch->entries[i], &bytes);
    CHECK(buf_ok(&bytes));
    hash_bytes(buf_slice(&bytes), hash);
    message(buf_slice(&bytes), &said);
    sign_message(device, buf_slice(&said), &signature);
    cbor_put_array(out, 3);
    cbor_put_uint(out, VERSION);
    cbor_put_bytes(out, buf_slice(&bytes));
    cbor_put_bytes(out, slice_of(signature.b, sizeof(signature.b)));
    buf_release(&said);
    buf_release(&bytes);
}

static void read_fields(struct cbor_reader *r, struct read_entry *out)
{
    size_t n = cbor_read_array(r, READS_FIELDS_MAX);
    for (size_t i = 0; i < n && cbor_ok(r); i++) {
        uint16_t field = (uint16_t)cbor_read_uint_max(r, FIELD_MAX);
        if (i && field <= out->fields[i - 1])
            cbor_fail(r, "fields not ascending");
        out->fields[out->field_count++] = field;
    }
}

static void read_entry(struct cbor_reader *r, struct read_entry *out)
{
    *out = (struct read_entry){0};
    cbor_expect_array(r, 8);
    out->hour = (uint32_t)cbor_read_uint_max(r, UINT32_MAX);
    out->has_person = !cbor_at_null(r);
    if (out->has_person)
        cbor_read_fixed(r, out->person.b, HASH_SIZE);
    else
        cbor_read_null(r);
    out->command = cbor_read_text(r, READS_COMMAND_MAX);
    out->table = (uint32_t)cbor_read_uint_max(r, TABLE_MAX);
    out->has_record = !cbor_at_null(r);
    if (out->has_record)
        cbor_read_fixed(r, out->record.b, sizeof(out->record.b));
    else
        cbor_read_null(r);
    read_fields(r, out);
    out->rows = cbor_read_uint_max(r, INT64_MAX);
    out->times = cbor_read_uint_max(r, INT64_MAX);
}

enum status reads_batch_read(struct slice batch, struct arena *arena, struct read_batch *out,
                             struct error *err)
{
    struct cbor_reader r;
    *out = (struct read_batch){0};
    cbor_reader_init(&r, batch, "reads");
    cbor_expect_array(&r, 5);
    cbor_read_fixed(&r, out->device.b, HASH_SIZE);
    out->number = cbor_read_uint_max(&r, INT64_MAX);
    cbor_read_fixed(&r, out->prev.b, HASH_SIZE);
    out->made_ms = (int64_t)cbor_read_uint_max(&r, INT64_MAX - 1);
    out->count = cbor_read_array(&r, READS_ENTRIES_MAX);
    out->entries = arena_alloc(arena, (out->count + 1) * sizeof(*out->entries));
    for (size_t i = 0; i < out->count && cbor_ok(&r); i++)
        read_entry(&r, &out->entries[i]);
    if (cbor_ok(&r) && (out->number == 0 || out->count == 0))
        cbor_fail(&r, "empty");
    return cbor_end(&r, err);
}

enum status reads_read(struct slice body, struct arena *arena, struct read_batch *out,
                       struct slice *bytes, struct signature *signature, struct error *err)
{
    struct cbor_reader r;
    cbor_reader_init(&r, body, "reads");
    cbor_expect_array(&r, 3);
    uint64_t version = cbor_read_uint(&r);
    *bytes = cbor_read_bytes(&r, READS_BODY_MAX);
    cbor_read_fixed(&r, signature->b, SIGN_SIZE);
    if (cbor_ok(&r) && version != VERSION)
        cbor_fail(&r, "unknown version");
    enum status st = cbor_end(&r, err);
    return st == ST_OK ? reads_batch_read(*bytes, arena, out, err) : st;
}

bool reads_signed(struct slice batch, const struct signature *signature,
                  const struct sign_public *device)
{
    struct buf said;
    message(batch, &said);
    bool ok = sign_verify(device, buf_slice(&said), signature);
    buf_release(&said);
    return ok;
}

void reads_answer_write(const struct reads_head *head, struct buf *out)
{
    cbor_put_array(out, 3);
    cbor_put_uint(out, VERSION);
    cbor_put_uint(out, head->number);
    cbor_put_bytes(out, hash_slice(&head->hash));
}

enum status reads_answer_read(struct slice body, struct reads_head *out, struct error *err)
{
    struct cbor_reader r;
    *out = (struct reads_head){0};
    cbor_reader_init(&r, body, "reads answer");
    cbor_expect_array(&r, 3);
    uint64_t version = cbor_read_uint(&r);
    out->number = cbor_read_uint_max(&r, INT64_MAX);
    cbor_read_fixed(&r, out->hash.b, HASH_SIZE);
    if (cbor_ok(&r) && version != VERSION)
        cbor_fail(&r, "unknown version");
    return cbor_end(&r, err);
}
