/* SPDX-License-Identifier: MulanPSL-2.0 */
/* reads: see reads.h. */
#include "server/core/reads.h"

#include "shared/base/check.h"
#include "shared/codec/hex.h"

#include <inttypes.h>
#include <stdio.h>

#define HOUR_MS INT64_C(3600000)
#define FIELDS_TEXT (READS_FIELDS_MAX * 5)

static void fields_text(const struct read_entry *entry, char out[static FIELDS_TEXT])
{
    size_t used = 0;
    out[0] = 0;
    for (uint32_t i = 0; i < entry->field_count; i++)
        used += (size_t)snprintf(out + used, FIELDS_TEXT - used, "%s%u", i ? "," : "",
                                 entry->fields[i]);
}

static enum status head_of(struct server *srv, const struct hash *device, struct reads_head *out,
                           struct error *err)
{
    struct stmt *stmt = db_stmt(srv->db, "SELECT number, hash FROM _read_batch WHERE device = ?1"
                                         " ORDER BY number DESC LIMIT 1");
    bool row = false;
    *out = (struct reads_head){0};
    bind_blob(stmt, 1, hash_slice(device));
    enum status st = stmt_step(stmt, &row, err);
    if (st == ST_OK && row && stmt_blob(stmt, 1).n == HASH_SIZE) {
        out->number = (uint64_t)stmt_int(stmt, 0);
        memcpy(out->hash.b, stmt_blob(stmt, 1).p, HASH_SIZE);
    }
    stmt_reset(stmt);
    return st;
}

static enum status insert_batch(struct server *srv, const struct read_batch *batch,
                                struct slice bytes, const struct hash *hash,
                                const struct signature *signature, int64_t now_ms,
                                struct error *err)
{
    struct stmt *stmt =
        db_stmt(srv->db, "INSERT INTO _read_batch(device, number, hash, batch, signature,"
                         " received_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?6)");
    bind_blob(stmt, 1, hash_slice(&batch->device));
    bind_int(stmt, 2, (int64_t)batch->number);
    bind_blob(stmt, 3, hash_slice(hash));
    bind_blob(stmt, 4, bytes);
    bind_blob(stmt, 5, slice_of(signature->b, sizeof(signature->b)));
    bind_int(stmt, 6, now_ms);
    return stmt_run(stmt, err);
}

static enum status insert_entry(struct server *srv, const struct read_batch *batch, size_t i,
                                struct error *err)
{
    const struct read_entry *entry = &batch->entries[i];
    char fields[FIELDS_TEXT];
    struct stmt *stmt = db_stmt(srv->db, "INSERT INTO _read(device, number, position, hour, person,"
                                         " command, tbl, record, fields, rows, times)"
                                         " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)");
    fields_text(entry, fields);
    bind_blob(stmt, 1, hash_slice(&batch->device));
    bind_int(stmt, 2, (int64_t)batch->number);
    bind_int(stmt, 3, (int64_t)i);
    bind_int(stmt, 4, entry->hour);
    if (entry->has_person)
        bind_blob(stmt, 5, hash_slice(&entry->person));
    else
        bind_null(stmt, 5);
    bind_text(stmt, 6, entry->command);
    bind_int(stmt, 7, entry->table);
    if (entry->has_record)
        bind_blob(stmt, 8, slice_of(entry->record.b, sizeof(entry->record.b)));
    else
        bind_null(stmt, 8);
    bind_str(stmt, 9, fields);
    bind_int(stmt, 10, (int64_t)entry->rows);
    bind_int(stmt, 11, (int64_t)entry->times);
    return stmt_run(stmt, err);
}

static enum status judge(struct server *srv, const struct hash *device,
                         const struct read_batch *batch, struct slice bytes,
                         const struct signature *signature, struct error *err)
{
    const struct grant *grant = registry_grant_any(&srv->rep->registry, device);
    if (!hash_equal(&batch->device, device) || !grant || grant->kind != GRANT_DEVICE ||
        !reads_signed(bytes, signature, &grant->pk))
        return error_set(err, ST_REFUSED, "查看记录不是这台电脑签的");
    return ST_OK;
}

enum status reads_keep(struct server *srv, const struct hash *device, struct slice body,
                       int64_t now_ms, struct reads_head *out, struct error *err)
{
    struct arena arena = {0};
    struct read_batch batch;
    struct signature signature;
    struct slice bytes;
    struct hash hash;
    enum status st = reads_read(body, &arena, &batch, &bytes, &signature, err);
    if (st == ST_OK)
        st = judge(srv, device, &batch, bytes, &signature, err);
    if (st == ST_OK)
        st = head_of(srv, device, out, err);
    if (st == ST_OK && batch.number == out->number + 1 && hash_equal(&batch.prev, &out->hash)) {
        hash_bytes(bytes, &hash);
        st = insert_batch(srv, &batch, bytes, &hash, &signature, now_ms, err);
        for (size_t i = 0; st == ST_OK && i < batch.count; i++)
            st = insert_entry(srv, &batch, i, err);
        *out = (struct reads_head){batch.number, hash};
    }
    arena_release(&arena);
    return st;
}

static size_t fitting(const char *text)
{
    size_t n = strlen(text);
    if (n <= READS_COMMAND_MAX)
        return n;
    for (n = READS_COMMAND_MAX; n > 0 && ((unsigned char)text[n] & 0xC0) == 0x80;)
        n--;
    return n;
}

enum status reads_note_own(struct server *srv, const char *command, int64_t now_ms,
                           struct error *err)
{
    const struct hash *kid = sign_key_kid(srv->registrar);
    struct read_entry entry = {.hour = (uint32_t)(now_ms / HOUR_MS),
                               .has_person = true,
                               .person = *kid,
                               .command = slice_of(command, fitting(command)),
                               .times = 1};
    struct read_batch batch = {.device = *kid, .made_ms = now_ms, .count = 1, .entries = &entry};
    struct reads_head head;
    struct arena arena = {0};
    struct signature signature;
    struct slice bytes;
    struct hash hash;
    struct buf body;
    buf_init(&body, READS_BODY_MAX);
    enum status st = head_of(srv, kid, &head, err);
    if (st == ST_OK) {
        batch.number = head.number + 1;
        batch.prev = head.hash;
        reads_write(&batch, srv->registrar, &body, &hash);
        st = reads_read(buf_slice(&body), &arena, &batch, &bytes, &signature, err);
    }
    if (st == ST_OK)
        st = insert_batch(srv, &batch, bytes, &hash, &signature, now_ms, err);
    if (st == ST_OK)
        st = insert_entry(srv, &batch, 0, err);
    arena_release(&arena);
    buf_release(&body);
    return st;
}

/* ---- looking ---- */

static void take(struct stmt *stmt, int column, void *out, size_t n, bool *has)
{
    struct slice blob = stmt_blob(stmt, column);
    if (has)
        *has = blob.n == n;
    if (blob.n == n)
        memcpy(out, blob.p, n);
}

enum status reads_each(struct server *srv, const struct reads_query *query, reads_visit *fn,
                       void *arg, struct error *err)
{
    struct stmt *stmt = db_stmt(
        srv->db, "SELECT device, number, hour, person, command, tbl, record, fields, rows, times"
                 " FROM _read WHERE (?1 IS NULL OR record = ?1) AND hour BETWEEN ?2 AND ?3"
                 " ORDER BY hour, device, number, position");
    bool row = false, more = true;
    if (query->record)
        bind_blob(stmt, 1, slice_of(query->record->b, sizeof(query->record->b)));
    else
        bind_null(stmt, 1);
    bind_int(stmt, 2, query->from_hour);
    bind_int(stmt, 3, query->to_hour);
    enum status st;
    while (more && (st = stmt_step(stmt, &row, err)) == ST_OK && row) {
        char fields[FIELDS_TEXT];
        struct slice text = stmt_text(stmt, 7);
        struct reads_row out = {.number = (uint64_t)stmt_int(stmt, 1), .fields = fields};
        take(stmt, 0, out.device.b, HASH_SIZE, NULL);
        out.entry.hour = (uint32_t)stmt_int(stmt, 2);
        take(stmt, 3, out.entry.person.b, HASH_SIZE, &out.entry.has_person);
        out.entry.command = stmt_text(stmt, 4);
        out.entry.table = (uint32_t)stmt_int(stmt, 5);
        take(stmt, 6, out.entry.record.b, sizeof(out.entry.record.b), &out.entry.has_record);
        snprintf(fields, sizeof(fields), "%.*s", (int)text.n, (const char *)text.p);
        out.entry.rows = (uint64_t)stmt_int(stmt, 8);
        out.entry.times = (uint64_t)stmt_int(stmt, 9);
        more = fn(arg, &out);
    }
    stmt_reset(stmt);
    return st;
}

/* ---- checking ---- */

static enum status broken(const struct hash *device, uint64_t number, const char *what,
                          struct error *err)
{
    char hex[17];
    hex_encode(slice_of(device->b, 8), hex);
    return error_set(err, ST_DAMAGED, "电脑 %s 的第 %" PRIu64 " 批查看记录：%s", hex, number, what);
}

/* One hash over what the rows of a batch say, to compare with the batch. */
static enum status check_rows(struct server *srv, const struct read_batch *batch, struct error *err)
{
    struct stmt *stmt = db_stmt(srv->db, "SELECT hour, person, command, tbl, record, fields, rows,"
                                         " times FROM _read WHERE device = ?1 AND number = ?2"
                                         " ORDER BY position");
    bool row = false, same = true;
    size_t i = 0;
    enum status st;
    bind_blob(stmt, 1, hash_slice(&batch->device));
    bind_int(stmt, 2, (int64_t)batch->number);
    while ((st = stmt_step(stmt, &row, err)) == ST_OK && row) {
        const struct read_entry *e = &batch->entries[i];
        char fields[FIELDS_TEXT];
        if (i++ >= batch->count) {
            same = false;
            continue;
        }
        fields_text(e, fields);
        struct slice person = e->has_person ? hash_slice(&e->person) : SLICE_NONE;
        struct slice record =
            e->has_record ? slice_of(e->record.b, sizeof(e->record.b)) : SLICE_NONE;
        same = same && stmt_int(stmt, 0) == e->hour && slice_equal(stmt_blob(stmt, 1), person) &&
               slice_equal(stmt_text(stmt, 2), e->command) && stmt_int(stmt, 3) == e->table &&
               slice_equal(stmt_blob(stmt, 4), record) &&
               slice_equal(stmt_text(stmt, 5), slice_str(fields)) &&
               (uint64_t)stmt_int(stmt, 6) == e->rows && (uint64_t)stmt_int(stmt, 7) == e->times;
    }
    stmt_reset(stmt);
    if (st == ST_OK && (!same || i != batch->count))
        st = broken(&batch->device, batch->number, "表里的与签过的不同", err);
    return st;
}

static enum status check_one(struct server *srv, struct slice bytes, struct slice signed_with,
                             const struct hash *device, struct reads_head *head, struct error *err)
{
    const struct grant *grant = registry_grant_any(&srv->rep->registry, device);
    struct arena arena = {0};
    struct read_batch batch;
    struct signature signature;
    enum status st = reads_batch_read(bytes, &arena, &batch, NULL);
    if (st != ST_OK || signed_with.n != sizeof(signature.b))
        st = broken(device, head->number + 1, "读不出来", err);
    else
        memcpy(signature.b, signed_with.p, sizeof(signature.b));
    if (st == ST_OK && (batch.number != head->number + 1 || !hash_equal(&batch.prev, &head->hash)))
        st = broken(device, head->number + 1, "前面缺了一批，或被改动过", err);
    if (st == ST_OK && (!grant || !hash_equal(&batch.device, device) ||
                        !reads_signed(bytes, &signature, &grant->pk)))
        st = broken(device, batch.number, "签名不对", err);
    if (st == ST_OK)
        st = check_rows(srv, &batch, err);
    if (st == ST_OK) {
        head->number = batch.number;
        hash_bytes(bytes, &head->hash);
    }
    arena_release(&arena);
    return st;
}

/* Rows that no batch leads to. */
static enum status check_strays(struct server *srv, reads_bad *bad, void *arg, struct error *err)
{
    struct stmt *stmt = db_stmt(srv->db, "SELECT device, number FROM _read r WHERE NOT EXISTS"
                                         " (SELECT 1 FROM _read_batch b WHERE b.device = r.device"
                                         " AND b.number = r.number) GROUP BY device, number");
    bool row = false;
    enum status st;
    while ((st = stmt_step(stmt, &row, err)) == ST_OK && row) {
        struct hash device;
        struct error why;
        take(stmt, 0, device.b, HASH_SIZE, NULL);
        (void)broken(&device, (uint64_t)stmt_int(stmt, 1), "没有签过的依据", &why);
        bad(arg, why.text);
    }
    stmt_reset(stmt);
    return st;
}

enum status reads_check_all(struct server *srv, reads_bad *bad, void *arg, uint64_t *batches,
                            struct error *err)
{
    struct stmt *stmt = NULL;
    struct hash device = {{0}}, now, hash;
    struct reads_head head = {0};
    bool row = false;
    enum status st =
        db_prepare(srv->db,
                   slice_str("SELECT device, batch, signature, number, hash FROM _read_batch"
                             " ORDER BY device, number"),
                   &stmt, err);
    *batches = 0;
    if (st != ST_OK)
        return st;
    while ((st = stmt_step(stmt, &row, err)) == ST_OK && row) {
        struct error why = {0};
        const uint64_t number = (uint64_t)stmt_int(stmt, 3);
        take(stmt, 0, now.b, HASH_SIZE, NULL);
        if (!hash_equal(&now, &device))
            head = (struct reads_head){0};
        device = now;
        hash_bytes(stmt_blob(stmt, 1), &hash);
        enum status one =
            check_one(srv, stmt_blob(stmt, 1), stmt_blob(stmt, 2), &device, &head, &why);
        if (one == ST_OK &&
            (number != head.number || !slice_equal(stmt_blob(stmt, 4), hash_slice(&hash))))
            one = broken(&device, number, "记下的编号或散列不对", &why);
        if (one != ST_OK)
            bad(arg, why.text);
        *batches += one == ST_OK;
        head = (struct reads_head){number, hash};
    }
    stmt_release(stmt);
    return st == ST_OK ? check_strays(srv, bad, arg, err) : st;
}

static void keep_first(void *arg, const char *text)
{
    struct error *first = arg;
    if (first->status == ST_OK)
        error_set(first, ST_DAMAGED, "%s", text);
}

enum status reads_check(struct server *srv, uint64_t *batches, struct error *err)
{
    struct error first = {0};
    enum status st = reads_check_all(srv, keep_first, &first, batches, err);
    if (st == ST_OK && first.status != ST_OK && err)
        *err = first;
    return st == ST_OK ? first.status : st;
}
