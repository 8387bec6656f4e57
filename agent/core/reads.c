/* SPDX-License-Identifier: MulanPSL-2.0 */
/* reads: see reads.h. */
#include "agent/core/reads.h"

#include <stdio.h>
#include <stdlib.h>

#include "shared/base/check.h"
#include "shared/base/diag.h"
#include "shared/base/time.h"
#include "shared/record/mask.h"

#define PENDING "reads_pending" /* setting: the batch on its way, as a body */
#define HEAD "reads_head"       /* setting: the end of the chain at the county */
#define FULL "more"             /* command of the note that counts what found no room */
#define HOUR_MS INT64_C(3600000)
#define FIELDS_TEXT (READS_FIELDS_MAX * 5)

const struct hash *reads_person(struct desk *desk, const char *as, struct hash *room)
{
    return desk_person(desk, as, room, NULL) == ST_OK ? room : NULL;
}

/* ---- notes ---- */

static void fields_text(const uint16_t *fields, size_t count, char out[static FIELDS_TEXT])
{
    size_t used = 0;
    out[0] = 0;
    for (size_t i = 0; i < count && i < READS_FIELDS_MAX; i++)
        used += (size_t)snprintf(out + used, FIELDS_TEXT - used, "%s%u", i ? "," : "", fields[i]);
}

uint64_t reads_waiting(struct desk *desk)
{
    struct stmt *stmt = db_stmt(desk->db, "SELECT count(*) FROM read_note");
    bool row = false;
    uint64_t n = stmt_step(stmt, &row, NULL) == ST_OK && row ? (uint64_t)stmt_int(stmt, 0) : 0;
    stmt_reset(stmt);
    return n;
}

static enum status put(struct desk *desk, const struct reader *reader, uint32_t table,
                       const struct record_id *id, const char *fields, uint64_t rows,
                       struct error *err)
{
    struct stmt *stmt =
        db_stmt(desk->db, "INSERT INTO read_note(hour, person, command, tbl, record, fields, rows,"
                          " times) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 1) ON CONFLICT DO UPDATE"
                          " SET times = times + 1, rows = max(rows, excluded.rows)");
    bind_int(stmt, 1, time_now_ms() / HOUR_MS);
    bind_blob(stmt, 2, reader->kid ? hash_slice(reader->kid) : slice_str(""));
    bind_str(stmt, 3, reader->command);
    bind_int(stmt, 4, table);
    bind_blob(stmt, 5, id ? slice_of(id->b, sizeof(id->b)) : slice_str(""));
    bind_str(stmt, 6, fields);
    bind_int(stmt, 7, (int64_t)rows);
    return stmt_run(stmt, err);
}

/* Notes of one look: one transaction. The past lies in memory (desk_open_past): its notes belong to
 * the desk that is on the disk. */
struct noting {
    struct desk *at, *opened;
    enum status status;
    struct error why;
};

static void noting_begin(struct desk *desk, struct noting *n)
{
    *n = (struct noting){.at = desk};
    if (strcmp(desk->file, DB_NAMED_MEMORY) == 0) {
        n->status = desk_open(desk->folder, &n->opened, &n->why);
        n->at = n->opened;
    }
    if (n->status == ST_OK)
        n->status = db_begin(n->at->db, &n->why);
}

static void noting_add(struct noting *n, const struct reader *reader, uint32_t table,
                       const struct record_id *id, const uint16_t *fields, size_t field_count,
                       uint64_t rows)
{
    const struct reader full = {NULL, FULL};
    char text[FIELDS_TEXT];
    if (n->status != ST_OK)
        return;
    fields_text(fields, field_count, text);
    n->status = reads_waiting(n->at) < READS_MAX
                    ? put(n->at, reader, table, id, text, rows, &n->why)
                    : put(n->at, &full, 0, NULL, "", rows, &n->why);
}

static void noting_end(struct noting *n)
{
    if (n->status == ST_OK)
        n->status = db_commit(n->at->db, &n->why);
    else if (n->at && db_in_transaction(n->at->db))
        db_rollback(n->at->db);
    if (n->status != ST_OK)
        diag_warn("reads", "a look at sensitive data could not be noted: %s", n->why.text);
    desk_close(n->opened);
}

void reads_note(struct desk *desk, const struct reader *reader, uint32_t table,
                const struct record_id *id, const uint16_t *fields, size_t field_count,
                uint64_t rows)
{
    struct noting n;
    noting_begin(desk, &n);
    noting_add(&n, reader, table, id, fields, field_count, rows);
    noting_end(&n);
}

static bool is_sensitive(const struct catalog_field *field)
{
    return field->sensitivity >= MASK_SENSITIVE && field->no < UINT16_MAX;
}

static bool is_masked(const json_t *record, const char *name)
{
    const json_t *one;
    size_t i;
    json_array_foreach(json_object_get(record, "masked"), i,
                       one) if (strcmp(json_string_value(one), name) == 0) return true;
    return false;
}

/* A conflict shows values, too. */
static bool shows(const json_t *record, const struct catalog_field *field)
{
    const json_t *value = json_object_get(json_object_get(record, "fields"), field->name), *one;
    size_t i;
    if (is_masked(record, field->name))
        return false;
    if (value && !json_is_null(value))
        return true;
    json_array_foreach(json_object_get(record, "conflicts"), i, one)
    {
        const char *name = json_string_value(json_object_get(one, "field"));
        if (name && strcmp(name, field->name) == 0)
            return true;
    }
    return false;
}

static void add_field(uint16_t *fields, size_t *count, uint32_t no)
{
    size_t at = *count;
    for (size_t i = 0; i < *count; i++)
        if (fields[i] == no)
            return;
    if (*count == READS_FIELDS_MAX)
        return;
    for (; at > 0 && fields[at - 1] > no; at--)
        fields[at] = fields[at - 1];
    fields[at] = (uint16_t)no;
    ++*count;
}

static void add_shown(const struct catalog_table *table, const json_t *record, uint16_t *fields,
                      size_t *count)
{
    for (size_t i = 0; i < table->field_count; i++)
        if (is_sensitive(table->fields[i]) && shows(record, table->fields[i]))
            add_field(fields, count, table->fields[i]->no);
}

/* *n begins with the first that is to be noted. */
static void note_record(struct desk *desk, struct noting *n, const struct reader *reader,
                        const struct catalog_table *table, const json_t *record)
{
    const char *text = json_string_value(json_object_get(record, "id"));
    uint16_t fields[READS_FIELDS_MAX];
    struct record_id id;
    size_t count = 0;
    add_shown(table, record, fields, &count);
    if (!count || !text || !record_id_parse(slice_str(text), &id))
        return;
    if (!n->at && n->status == ST_OK)
        noting_begin(desk, n);
    noting_add(n, reader, table->no, &id, fields, count, 1);
}

void reads_record(struct desk *desk, const struct reader *reader, const struct catalog_table *table,
                  const json_t *record)
{
    struct noting n = {0};
    note_record(desk, &n, reader, table, record);
    if (n.at || n.status != ST_OK)
        noting_end(&n);
}

void reads_list(struct desk *desk, const struct reader *reader, const struct catalog_table *table,
                const json_t *records)
{
    uint16_t fields[READS_FIELDS_MAX];
    size_t i, count = 0, total = json_array_size(records);
    struct noting n = {0};
    const json_t *record;
    if (total <= READS_EACH) {
        json_array_foreach(records, i, record) note_record(desk, &n, reader, table, record);
        if (n.at || n.status != ST_OK)
            noting_end(&n);
        return;
    }
    json_array_foreach(records, i, record) add_shown(table, record, fields, &count);
    if (count)
        reads_note(desk, reader, table->no, NULL, fields, count, total);
}

void reads_found(struct desk *desk, const struct reader *reader, const json_t *found)
{
    struct noting n = {0};
    const json_t *one;
    size_t i;
    json_array_foreach(found, i, one)
    {
        const json_t *held = json_object_get(one, "record"),
                     *record = json_is_object(held) ? held : one;
        const char *type = json_string_value(json_object_get(record, "type"));
        const struct catalog_table *table =
            type ? catalog_table_named(replica_catalog(desk->rep), slice_str(type)) : NULL;
        if (table)
            note_record(desk, &n, reader, table, record);
    }
    if (n.at || n.status != ST_OK)
        noting_end(&n);
}

/* Sensitive fields that a conflict is about, or that an op writes. */
static void add_said(const struct sight *sight, const struct catalog_table *table,
                     const json_t *item, uint16_t *fields, size_t *count)
{
    const char *about = json_string_value(json_object_get(item, "field"));
    const json_t *written = json_object_get(item, "fields");
    for (size_t i = 0; i < table->field_count; i++) {
        const struct catalog_field *field = table->fields[i];
        if (is_sensitive(field) && sight_mask(sight, table, field) == MASK_NONE &&
            ((about && strcmp(about, field->name) == 0) || json_object_get(written, field->name)))
            add_field(fields, count, field->no);
    }
}

static const struct catalog_table *type_of(struct desk *desk, const json_t *item)
{
    const char *type = json_string_value(json_object_get(item, "type"));
    return type ? catalog_table_named(replica_catalog(desk->rep), slice_str(type)) : NULL;
}

static void note_item(struct desk *desk, struct noting *n, const struct reader *reader,
                      const struct sight *sight, const json_t *item,
                      const struct catalog_table *outer)
{
    const char *text = json_string_value(json_object_get(item, "record"));
    const struct catalog_table *own = type_of(desk, item), *table = own ? own : outer;
    uint16_t fields[READS_FIELDS_MAX];
    const json_t *op;
    struct record_id id;
    size_t i, count = 0;
    if (table)
        add_said(sight, table, item, fields, &count);
    json_array_foreach(json_object_get(item, "ops"), i, op)
    {
        if (json_object_get(op, "record"))
            note_item(desk, n, reader, sight, op, table);
        else if (table)
            add_said(sight, table, op, fields, &count);
    }
    if (!count || !text || !record_id_parse(slice_str(text), &id))
        return;
    if (!n->at && n->status == ST_OK)
        noting_begin(desk, n);
    noting_add(n, reader, table->no, &id, fields, count, 1);
}

void reads_items(struct desk *desk, const struct reader *reader, const struct sight *sight,
                 const json_t *items)
{
    struct noting n = {0};
    const json_t *item;
    size_t i;
    if (!json_is_array(items))
        note_item(desk, &n, reader, sight, items, NULL);
    json_array_foreach(items, i, item) note_item(desk, &n, reader, sight, item, NULL);
    if (n.at || n.status != ST_OK)
        noting_end(&n);
}

void reads_search(struct desk *desk, const struct reader *reader, const struct sight *sight,
                  const char *type, uint64_t rows)
{
    const struct catalog *catalog = replica_catalog(desk->rep);
    bool any = false;
    uint32_t only = 0;
    for (size_t t = 0; t < catalog->table_count; t++) {
        const struct catalog_table *table = catalog->tables[t];
        if (type && strcmp(type, table->name) != 0 && strcmp(type, table->zh) != 0)
            continue;
        only = type ? table->no : 0;
        for (size_t i = 0; i < table->field_count && !any; i++)
            any = is_sensitive(table->fields[i]) &&
                  sight_mask(sight, table, table->fields[i]) == MASK_NONE;
    }
    if (any && rows)
        reads_note(desk, reader, only, NULL, NULL, 0, rows);
}

void reads_whole(struct desk *desk, const struct reader *reader, const struct catalog_table *table,
                 const struct record_id *id, bool (*hides)(void *arg, const struct catalog_field *),
                 void *arg)
{
    uint16_t fields[READS_FIELDS_MAX];
    size_t count = 0;
    for (size_t i = 0; i < table->field_count; i++)
        if (is_sensitive(table->fields[i]) && !(hides && hides(arg, table->fields[i])))
            add_field(fields, &count, table->fields[i]->no);
    if (count)
        reads_note(desk, reader, table->no, id, fields, count, 1);
}

/* ---- to the county ---- */

static void read_head(struct desk *desk, struct reads_head *out)
{
    struct buf value;
    buf_init(&value, 128);
    if (!desk_setting(desk, HEAD, &value) ||
        reads_answer_read(buf_slice(&value), out, NULL) != ST_OK)
        *out = (struct reads_head){0};
    buf_release(&value);
}

static void parse_fields(const char *text, struct read_entry *out)
{
    while (*text && out->field_count < READS_FIELDS_MAX) {
        char *end;
        out->fields[out->field_count++] = (uint16_t)strtoul(text, &end, 10);
        text = *end ? end + 1 : end;
    }
}

static void read_entry(struct stmt *stmt, struct arena *arena, struct read_entry *out)
{
    struct slice person = stmt_blob(stmt, 2), command = stmt_text(stmt, 3);
    struct slice record = stmt_blob(stmt, 5), fields = stmt_text(stmt, 6);
    *out = (struct read_entry){.hour = (uint32_t)stmt_int(stmt, 1),
                               .table = (uint32_t)stmt_int(stmt, 4),
                               .rows = (uint64_t)stmt_int(stmt, 7),
                               .times = (uint64_t)stmt_int(stmt, 8)};
    out->has_person = person.n == HASH_SIZE;
    if (out->has_person)
        memcpy(out->person.b, person.p, HASH_SIZE);
    out->has_record = record.n == sizeof(out->record.b);
    if (out->has_record)
        memcpy(out->record.b, record.p, record.n);
    out->command = slice_of(arena_copy(arena, command.p, command.n), command.n);
    parse_fields(arena_printf(arena, "%.*s", (int)fields.n, (const char *)fields.p), out);
}

static enum status gather(struct desk *desk, struct arena *arena, struct read_batch *out,
                          int64_t *last, struct error *err)
{
    struct stmt *stmt = db_stmt(desk->db, "SELECT no, hour, person, command, tbl, record, fields,"
                                          " rows, times FROM read_note ORDER BY no LIMIT ?1");
    bool row = false;
    enum status st;
    bind_int(stmt, 1, READS_ENTRIES_MAX);
    out->entries = arena_alloc(arena, READS_ENTRIES_MAX * sizeof(*out->entries));
    while ((st = stmt_step(stmt, &row, err)) == ST_OK && row && out->count < READS_ENTRIES_MAX) {
        *last = stmt_int(stmt, 0);
        read_entry(stmt, arena, &out->entries[out->count++]);
    }
    stmt_reset(stmt);
    return st;
}

/* What goes into a batch leaves the notes: what is added to the same hour begins a new one. */
static enum status make(struct desk *desk, struct buf *out, struct error *err)
{
    struct arena arena = {0};
    struct read_batch batch = {.device = *sign_key_kid(desk->device), .made_ms = time_now_ms()};
    struct reads_head head;
    struct hash hash;
    int64_t last = 0;
    enum status st = gather(desk, &arena, &batch, &last, err);
    read_head(desk, &head);
    batch.number = head.number + 1;
    batch.prev = head.hash;
    if (st == ST_OK && batch.count) {
        struct stmt *stmt = db_stmt(desk->db, "DELETE FROM read_note WHERE no <= ?1");
        reads_write(&batch, desk->device, out, &hash);
        bind_int(stmt, 1, last);
        st = stmt_run(stmt, err);
        if (st == ST_OK)
            st = desk_set(desk, PENDING, buf_slice(out), err);
    }
    arena_release(&arena);
    return st;
}

bool reads_next(struct desk *desk, struct buf *out)
{
    struct error why;
    if (!desk->device)
        return false;
    if (desk_setting(desk, PENDING, out) && out->n)
        return true;
    buf_clear(out);
    if (reads_waiting(desk) == 0)
        return false;
    enum status st = db_begin(desk->db, &why);
    if (st == ST_OK)
        st = make(desk, out, &why);
    if (st == ST_OK)
        st = db_commit(desk->db, &why);
    else
        db_rollback(desk->db);
    if (st != ST_OK)
        diag_warn("reads", "%s", why.text);
    return st == ST_OK && out->n > 0;
}

/* The county's chain ends elsewhere: it was put back, or this desk was. The same notes, signed
 * behind that. */
static enum status say_anew(struct desk *desk, struct read_batch *batch,
                            const struct reads_head *head, struct error *err)
{
    struct buf body;
    struct hash hash;
    batch->device = *sign_key_kid(desk->device);
    batch->number = head->number + 1;
    batch->prev = head->hash;
    buf_init(&body, READS_BODY_MAX);
    reads_write(batch, desk->device, &body, &hash);
    enum status st = desk_set(desk, PENDING, buf_slice(&body), err);
    buf_release(&body);
    return st;
}

static enum status taken(struct desk *desk, struct slice answer, struct error *err)
{
    enum status st = desk_set(desk, HEAD, answer, err);
    return st == ST_OK ? desk_set(desk, PENDING, slice_str(""), err) : st;
}

enum status reads_take(struct desk *desk, struct slice body, bool *again, struct error *err)
{
    struct arena arena = {0};
    struct reads_head head;
    struct read_batch batch;
    struct signature signature;
    struct slice bytes;
    struct hash hash;
    struct buf pending;
    *again = false;
    buf_init(&pending, READS_BODY_MAX);
    enum status st = reads_answer_read(body, &head, err);
    if (st == ST_OK && desk_setting(desk, PENDING, &pending) && pending.n) {
        st = reads_read(buf_slice(&pending), &arena, &batch, &bytes, &signature, err);
        if (st == ST_OK) {
            hash_bytes(bytes, &hash);
            st = hash_equal(&hash, &head.hash) ? taken(desk, body, err)
                                               : say_anew(desk, &batch, &head, err);
            *again = st == ST_OK;
        }
    }
    buf_release(&pending);
    arena_release(&arena);
    return st;
}
