/* SPDX-License-Identifier: MulanPSL-2.0 */
/* attach: see attach.h. */
#include "agent/core/attach.h"

#include <stdio.h>
#include <stdlib.h>

#include "agent/core/thumbnail.h"
#include "shared/base/check.h"
#include "shared/base/time.h"
#include "shared/codec/hex.h"
#include "shared/db/record_tables.h"
#include "shared/record/picture.h"
#include "shared/record/validate.h"

#define DAY_MS INT64_C(86400000)
#define WORD_MIN 8

/* ---- in ---- */

static enum status store_one(struct desk *desk, int64_t ledger, struct slice content, bool thumb,
                             uint8_t hash_out[static 32], struct error *err)
{
    struct stored_attachment stored;
    struct hash hash;
    hash_bytes(content, &hash);
    memcpy(hash_out, hash.b, HASH_SIZE);
    enum status st =
        attachments_begin(desk->db, ledger, &hash, content.n, thumb, time_now_ms(), &stored, err);
    if (st == ST_OK && !stored.whole)
        st = attachments_append(desk->db, &stored,
                                slice_of(content.p + stored.got, content.n - stored.got), err);
    return st;
}

enum status attach_store(struct desk *desk, int64_t ledger, struct slice file, bool keep_position,
                         struct attach_made *out, struct error *err)
{
    struct buf content, thumb;
    *out = (struct attach_made){.what.kind = picture_kind(file)};
    if (file.n > ATTACHMENT_MAX)
        return error_set(err, ST_LIMIT, "这个文件有 %.1f MB，最多 %d MB", (double)file.n / 1e6,
                         ATTACHMENT_MAX / 1000000);
    buf_init(&content, ATTACHMENT_MAX);
    buf_init(&thumb, ATTACHMENT_THUMB_MAX);
    enum status st = picture_strip(file, &content, err);
    if (st == ST_OK && keep_position) {
        buf_clear(&content);
        buf_put_slice(&content, file);
    }
    if (st == ST_OK) {
        out->dropped = file.n > content.n ? file.n - content.n : 0;
        out->what.size = (uint32_t)content.n;
        out->what.has_thumb = thumbnail_make(out->what.kind, buf_slice(&content), &thumb);
        st = desk_begin(desk, err);
    }
    if (st == ST_OK) {
        if (out->what.has_thumb)
            st = store_one(desk, ledger, buf_slice(&thumb), true, out->what.thumb, err);
        if (st == ST_OK)
            st = store_one(desk, ledger, buf_slice(&content), false, out->what.hash, err);
        if (st == ST_OK)
            st = desk_commit(desk, err);
        else
            desk_rollback(desk);
    }
    if (st == ST_OK)
        attachment_write(&out->what, out->text);
    buf_release(&content);
    buf_release(&thumb);
    return st;
}

/* ---- found ---- */

/* What changes have named, and what waits here for its change. */
enum status attach_find(struct desk *desk, const char *word, struct attach_seen *out,
                        struct error *err)
{
    struct stmt *stmt =
        db_stmt(desk->db, "SELECT ledger, hash FROM (SELECT ledger, hash FROM attachment_ref"
                          " UNION SELECT ledger, hash FROM _attachment)"
                          " WHERE lower(hex(hash)) LIKE ?1 || '%' ORDER BY hash, ledger LIMIT 64");
    char prefix[2 * HASH_SIZE + 1];
    size_t n = strspn(word, "0123456789abcdefABCDEF");
    struct hash hash = {{0}};
    bool row = false, found = false;
    enum status st;
    if (n < WORD_MIN || n > 2 * HASH_SIZE || (word[n] && word[n] != '.'))
        return error_set(err, ST_USAGE, "“%s”不是附件：应是它的指纹，至少前 %d 位", word, WORD_MIN);
    snprintf(prefix, sizeof(prefix), "%.*s", (int)n, word);
    for (char *p = prefix; *p; p++)
        *p = (char)(*p >= 'A' && *p <= 'F' ? *p + 32 : *p);
    *out = (struct attach_seen){0};
    bind_str(stmt, 1, prefix);
    while ((st = stmt_step(stmt, &row, err)) == ST_OK && row) {
        struct attach_seen one = {.ledger = stmt_int(stmt, 0)};
        struct hash here;
        if (stmt_blob(stmt, 1).n != HASH_SIZE)
            continue;
        memcpy(here.b, stmt_blob(stmt, 1).p, HASH_SIZE);
        if (found && !hash_equal(&here, &hash)) {
            stmt_reset(stmt);
            return error_set(err, ST_USAGE, "有几个附件的指纹以“%s”开头，请多写几位", prefix);
        }
        hash = here;
        one.stored.hash = here;
        attachments_find(desk->db, one.ledger, &here, &one.stored);
        one.stored.hash = here;
        attachments_named(desk->db, one.ledger, &here, &one.named);
        if (!found || (one.stored.whole && !out->stored.whole))
            *out = one;
        found = true;
    }
    if (st == ST_OK && !found)
        st = error_set(err, ST_NOT_FOUND, "没有指纹以“%s”开头的附件", prefix);
    return st;
}

void attach_looked(struct desk *desk, const struct attach_seen *seen)
{
    struct error err;
    if (!seen->stored.no || desk_begin(desk, &err) != ST_OK)
        return;
    if (attachments_used(desk->db, seen->stored.no, time_now_ms(), &err) != ST_OK ||
        desk_commit(desk, &err) != ST_OK)
        desk_rollback(desk);
}

enum status attach_is_itself(struct desk *desk, const struct attach_seen *seen,
                             struct slice content, struct error *err)
{
    struct hash found;
    hash_bytes(content, &found);
    if (hash_equal(&found, &seen->stored.hash))
        return ST_OK;
    if (!seen->stored.held)
        return error_set(
            err, ST_DAMAGED,
            "附件存着的内容与签名里的指纹不符，县里也还没有：只有附上它的人能重新附上");
    enum status st = desk_begin(desk, err);
    if (st != ST_OK)
        return st;
    st = attachments_drop(desk->db, seen->stored.no, err);
    if (st == ST_OK)
        st = desk_commit(desk, err);
    else
        desk_rollback(desk);
    return st == ST_OK ? error_set(err, ST_DAMAGED,
                                   "附件存着的内容与签名里的指纹不符，已丢弃；再运行一次就从县里取")
                       : st;
}

enum status attach_want(struct desk *desk, const struct attach_seen *seen, struct error *err)
{
    struct stored_attachment stored;
    if (seen->stored.whole)
        return error_set(err, ST_EXISTS, "这个附件已经在本机");
    enum status st = desk_begin(desk, err);
    if (st != ST_OK)
        return st;
    st = attachments_begin(desk->db, seen->ledger, &seen->stored.hash,
                           seen->stored.no ? seen->stored.size : seen->named.size,
                           seen->named.thumb, time_now_ms(), &stored, err);
    if (st == ST_OK)
        return desk_commit(desk, err);
    desk_rollback(desk);
    return st;
}

/* ---- listed ---- */

struct listing {
    struct desk *desk;
    bool missing;
    json_t *items;
};

static void add_value(struct listing *l, const struct catalog_table *table,
                      const struct catalog_field *field, int64_t ledger, struct slice id,
                      struct slice text)
{
    struct attachment a;
    struct stored_attachment stored;
    struct hash hash;
    char hex[2 * HASH_SIZE + 1], thumb[2 * HASH_SIZE + 1], record[RECORD_ID_TEXT];
    const struct ledger *in = replica_ledger_by_no(l->desk->rep, ledger);
    if (!attachment_parse(text, &a) || id.n != RECORD_ID_SIZE || !in)
        return;
    memcpy(hash.b, a.hash, HASH_SIZE);
    attachments_find(l->desk->db, ledger, &hash, &stored);
    if (l->missing && stored.whole)
        return;
    hex_encode(hash_slice(&hash), hex);
    hex_encode(slice_of(a.thumb, sizeof(a.thumb)), thumb);
    hex_encode(id, record);
    json_array_append_new(
        l->items,
        json_pack("{s:s, s:s%, s:s, s:I, s:s, s:b, s:I, s:b, s:s?, s:s, s:s, s:s, s:s}", "hash",
                  hex, "value", (const char *)text.p, text.n, "ledger", in->origin.text, "size",
                  (json_int_t)(a.size ? a.size : stored.size), "kind", attachment_kind_name(a.kind),
                  "here", stored.whole, "got", (json_int_t)stored.got, "held", stored.held, "thumb",
                  a.has_thumb ? thumb : NULL, "type", table->name, "id", record, "field",
                  field->name, "label", field->zh));
}

/* One field of a type, of all records or of one. Sets are shown as JSON by the record views; here
 * the states themselves are read (record_tables.h). */
static enum status list_field(struct listing *l, const struct catalog_table *table,
                              const struct catalog_field *field, const struct record_id *record,
                              struct error *err)
{
    const bool is_set = field->type == FIELD_SET_TEXT;
    struct stmt *stmt = NULL;
    bool row;
    char *sql =
        is_set ? mem_printf("SELECT ledger, r.id, e.value FROM \"r_%s\" r, json_each(r.\"%s\") e"
                            " WHERE _state & %d = %d%s ORDER BY ledger, r.id",
                            table->name, field->name, ROW_COUNTS, ROW_LIVE,
                            record ? " AND r.id = ?1" : "")
               : mem_printf("SELECT ledger, id, \"%s\" FROM \"r_%s\""
                            " WHERE _state & %d = %d%s ORDER BY ledger, id",
                            field->name, table->name, ROW_COUNTS, ROW_LIVE,
                            record ? " AND id = ?1" : "");
    enum status st = db_prepare(l->desk->db, slice_str(sql), &stmt, err);
    mem_free(sql);
    if (st == ST_OK && record)
        bind_blob(stmt, 1, slice_of(record->b, RECORD_ID_SIZE));
    while (st == ST_OK && (st = stmt_step(stmt, &row, err)) == ST_OK && row)
        add_value(l, table, field, stmt_int(stmt, 0), stmt_blob(stmt, 1), stmt_text(stmt, 2));
    stmt_release(stmt);
    return st;
}

static uint64_t bytes_here(struct desk *desk)
{
    struct stmt *stmt = db_stmt(desk->db, "SELECT coalesce(sum(got), 0) FROM _attachment");
    bool row;
    uint64_t n = 0;
    if (stmt_step(stmt, &row, NULL) == ST_OK && row)
        n = (uint64_t)stmt_int(stmt, 0);
    stmt_reset(stmt);
    return n;
}

enum status attach_list(struct desk *desk, const struct sight *sight, const char *type,
                        const struct record_id *record, bool missing, json_t **out,
                        struct error *err)
{
    const struct catalog *catalog = replica_catalog(desk->rep);
    struct listing l = {desk, missing, json_array()};
    enum status st = ST_OK;
    *out = NULL;
    for (size_t i = 0; i < catalog->table_count && st == ST_OK; i++) {
        const struct catalog_table *table = catalog->tables[i];
        if (!table->attached || !record_tables_has(table) || (type && strcmp(type, table->name)))
            continue;
        for (size_t f = 0; f < table->field_count && st == ST_OK; f++)
            if (validate_holds_attachment(table->fields[f]) &&
                record_tables_has_column(table->fields[f]) &&
                sight_mask(sight, table, table->fields[f]) == MASK_NONE)
                st = list_field(&l, table, table->fields[f], record, err);
    }
    if (st != ST_OK) {
        json_decref(l.items);
        return st;
    }
    *out = json_pack("{s:o, s:I, s:I, s:I, s:s}", "attachments", l.items, "bytes",
                     (json_int_t)bytes_here(desk), "quota_mb",
                     (json_int_t)attach_setting(desk, ATTACH_QUOTA, ATTACH_QUOTA_MB), "days",
                     (json_int_t)attach_setting(desk, ATTACH_KEEP_DAYS, ATTACH_DAYS), "fetch",
                     attach_fetches_all(desk) ? "all" : "ask");
    CHECK(*out != NULL);
    return ST_OK;
}

/* ---- out ---- */

uint64_t attach_setting(struct desk *desk, const char *name, uint64_t otherwise)
{
    struct buf value;
    buf_init(&value, 32);
    if (desk_setting(desk, name, &value) && value.n)
        otherwise = strtoull(buf_cstr(&value), NULL, 10);
    buf_release(&value);
    return otherwise;
}

bool attach_fetches_all(struct desk *desk)
{
    struct buf value;
    buf_init(&value, 16);
    const bool all = desk_setting(desk, ATTACH_FETCH, &value) &&
                     slice_equal(buf_slice(&value), slice_str("all"));
    buf_release(&value);
    return all;
}

/* The photo that was looked at the longest ago and is safe at the county; 0: there is none. */
static int64_t next_to_go(struct desk *desk, int64_t before_ms)
{
    struct stmt *stmt = db_stmt(desk->db, "SELECT no FROM _attachment WHERE held = 1 AND thumb = 0"
                                          " AND whole = 1 AND used_ms < ?1"
                                          " ORDER BY used_ms, no LIMIT 1");
    bool row;
    int64_t no = 0;
    bind_int(stmt, 1, before_ms);
    if (stmt_step(stmt, &row, NULL) == ST_OK && row)
        no = stmt_int(stmt, 0);
    stmt_reset(stmt);
    return no;
}

/* Only where every change has its leaf: what waits may name it. */
static bool all_admitted(struct desk *desk, struct ledger *ledger)
{
    struct stmt *stmt = db_stmt(desk->db, "SELECT 1 FROM open_changeset WHERE ledger = ?1 LIMIT 1");
    bool row = true;
    bind_int(stmt, 1, ledger->no);
    const bool none = stmt_step(stmt, &row, NULL) == ST_OK && !row;
    stmt_reset(stmt);
    return none && replica_unadmitted_count(desk->rep, ledger) == 0;
}

static uint64_t quota_bytes(struct desk *desk)
{
    return attach_setting(desk, ATTACH_QUOTA, ATTACH_QUOTA_MB) * 1000000;
}

uint64_t attach_room(struct desk *desk)
{
    const uint64_t quota = quota_bytes(desk), here = bytes_here(desk);
    return here < quota ? quota - here : 0;
}

static enum status tidy(struct desk *desk, int64_t now_ms, int64_t fresh_ms, size_t *dropped,
                        struct error *err)
{
    const uint64_t quota = quota_bytes(desk);
    const int64_t days = (int64_t)attach_setting(desk, ATTACH_KEEP_DAYS, ATTACH_DAYS);
    enum status st = ST_OK;
    int64_t no;
    for (size_t i = 0; i < desk->rep->ledger_count && st == ST_OK; i++) {
        struct ledger *ledger = desk->rep->ledgers[i];
        size_t orphans = 0;
        if (all_admitted(desk, ledger))
            st = attachments_collect(desk->db, ledger->no, now_ms - ATTACH_ORPHAN_DAYS * DAY_MS,
                                     &orphans, err);
        *dropped += orphans;
    }
    while (st == ST_OK &&
           ((days && (no = next_to_go(desk, now_ms - days * DAY_MS)) != 0) ||
            (bytes_here(desk) > quota && (no = next_to_go(desk, now_ms - fresh_ms + 1)) != 0))) {
        st = attachments_drop(desk->db, no, err);
        ++*dropped;
    }
    return st;
}

enum status attach_tidy(struct desk *desk, int64_t now_ms, int64_t fresh_ms, size_t *dropped,
                        struct error *err)
{
    *dropped = 0;
    enum status st = desk_begin(desk, err);
    if (st != ST_OK)
        return st;
    st = tidy(desk, now_ms, fresh_ms, dropped, err);
    if (st == ST_OK)
        return desk_commit(desk, err);
    desk_rollback(desk);
    return st;
}
