/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * attachments: see attachments.h. A content lies in pieces of at most PIECE_BYTES, so that a range
 * is read without reading what stands before it, and a row is never large.
 */
#include "shared/db/attachments.h"

#include "shared/record/op.h"
#include "shared/record/validate.h"

#define PIECE_BYTES ((size_t)256 * 1024)

#define COLUMNS "no, ledger, hash, size, got, whole, held, thumb, added_ms, used_ms"

/* ---- what is here ---- */

static void row_of(struct stmt *stmt, struct stored_attachment *out)
{
    *out = (struct stored_attachment){.no = stmt_int(stmt, 0),
                                      .ledger = stmt_int(stmt, 1),
                                      .size = (uint64_t)stmt_int(stmt, 3),
                                      .got = (uint64_t)stmt_int(stmt, 4),
                                      .whole = stmt_int(stmt, 5) != 0,
                                      .held = stmt_int(stmt, 6) != 0,
                                      .thumb = stmt_int(stmt, 7) != 0,
                                      .added_ms = stmt_int(stmt, 8),
                                      .used_ms = stmt_int(stmt, 9)};
    if (stmt_blob(stmt, 2).n == HASH_SIZE)
        memcpy(out->hash.b, stmt_blob(stmt, 2).p, HASH_SIZE);
}

static bool read_row(struct stmt *stmt, struct stored_attachment *out)
{
    bool row;
    *out = (struct stored_attachment){0};
    if (stmt_step(stmt, &row, NULL) != ST_OK || !row)
        return false;
    row_of(stmt, out);
    stmt_reset(stmt);
    return true;
}

bool attachments_find(struct db *db, int64_t ledger, const struct hash *hash,
                      struct stored_attachment *out)
{
    struct stmt *stmt =
        db_stmt(db, "SELECT " COLUMNS " FROM _attachment WHERE ledger = ?1 AND hash = ?2");
    bind_int(stmt, 1, ledger);
    bind_blob(stmt, 2, hash_slice(hash));
    return read_row(stmt, out);
}

static enum status note_got(struct db *db, const struct stored_attachment *a, struct error *err)
{
    struct stmt *stmt = db_stmt(db, "UPDATE _attachment SET got = ?2, whole = ?3 WHERE no = ?1");
    bind_int(stmt, 1, a->no);
    bind_int(stmt, 2, (int64_t)a->got);
    bind_int(stmt, 3, a->whole);
    return stmt_run(stmt, err);
}

static enum status drop_pieces(struct db *db, int64_t no, struct error *err)
{
    struct stmt *stmt = db_stmt(db, "DELETE FROM _attachment_piece WHERE attachment = ?1");
    bind_int(stmt, 1, no);
    return stmt_run(stmt, err);
}

enum status attachments_begin(struct db *db, int64_t ledger, const struct hash *hash, uint64_t size,
                              bool thumb, int64_t now_ms, struct stored_attachment *out,
                              struct error *err)
{
    struct stmt *stmt;
    if (attachments_find(db, ledger, hash, out)) {
        if (out->size == size)
            return ST_OK;
        if (out->got > 0)
            return error_set(err, ST_INVALID, "这个附件登记的大小是 %llu 字节，不是 %llu",
                             (unsigned long long)out->size, (unsigned long long)size);
        out->size = size;
        stmt = db_stmt(db, "UPDATE _attachment SET size = ?2 WHERE no = ?1");
        bind_int(stmt, 1, out->no);
        bind_int(stmt, 2, (int64_t)size);
        return stmt_run(stmt, err);
    }
    *out = (struct stored_attachment){.ledger = ledger,
                                      .hash = *hash,
                                      .size = size,
                                      .thumb = thumb,
                                      .added_ms = now_ms,
                                      .used_ms = now_ms};
    stmt = db_stmt(db, "INSERT INTO _attachment(ledger, hash, size, got, whole, held, thumb,"
                       " added_ms, used_ms) VALUES (?1, ?2, ?3, 0, 0, 0, ?4, ?5, ?5)");
    bind_int(stmt, 1, ledger);
    bind_blob(stmt, 2, hash_slice(hash));
    bind_int(stmt, 3, (int64_t)size);
    bind_int(stmt, 4, thumb);
    bind_int(stmt, 5, now_ms);
    enum status st = stmt_run(stmt, err);
    out->no = db_last_rowid(db);
    return st;
}

/* All bytes are here: are they it? */
static enum status judge(struct db *db, struct stored_attachment *a, struct error *err)
{
    struct buf content;
    struct hash found;
    buf_init(&content, (size_t)a->size);
    enum status st = attachments_read(db, a, 0, a->size, &content, err);
    hash_bytes(buf_slice(&content), &found);
    buf_release(&content);
    if (st != ST_OK)
        return st;
    a->whole = hash_equal(&found, &a->hash);
    if (a->whole)
        return note_got(db, a, err);
    a->got = 0;
    st = drop_pieces(db, a->no, err);
    if (st == ST_OK)
        st = note_got(db, a, err);
    return st == ST_OK
               ? error_set(err, ST_DAMAGED, "收到的附件和签名里的指纹不符，没有保存，要重新传")
               : st;
}

enum status attachments_append(struct db *db, struct stored_attachment *a, struct slice bytes,
                               struct error *err)
{
    enum status st = ST_OK;
    if (bytes.n > a->size - a->got)
        return error_set(err, ST_LIMIT, "附件的内容超过它的大小 %llu 字节",
                         (unsigned long long)a->size);
    while (st == ST_OK && bytes.n > 0) {
        const size_t n = bytes.n < PIECE_BYTES ? bytes.n : PIECE_BYTES;
        struct stmt *stmt = db_stmt(db, "INSERT INTO _attachment_piece(attachment, at, bytes)"
                                        " VALUES (?1, ?2, ?3)");
        bind_int(stmt, 1, a->no);
        bind_int(stmt, 2, (int64_t)a->got);
        bind_blob(stmt, 3, slice_of(bytes.p, n));
        st = stmt_run(stmt, err);
        a->got += n;
        bytes = slice_of(bytes.p + n, bytes.n - n);
    }
    if (st == ST_OK)
        st = note_got(db, a, err);
    return st == ST_OK && a->got == a->size && !a->whole ? judge(db, a, err) : st;
}

enum status attachments_read(struct db *db, const struct stored_attachment *a, uint64_t at,
                             uint64_t n, struct buf *out, struct error *err)
{
    struct stmt *stmt =
        db_stmt(db, "SELECT at, bytes FROM _attachment_piece WHERE attachment = ?1 AND at >="
                    " (SELECT max(at) FROM _attachment_piece WHERE attachment = ?1 AND at <= ?2)"
                    " AND at < ?3 ORDER BY at");
    const uint64_t end = n > a->got || at > a->got - n ? a->got : at + n;
    enum status st;
    bool row;
    if (at >= end)
        return ST_OK;
    bind_int(stmt, 1, a->no);
    bind_int(stmt, 2, (int64_t)at);
    bind_int(stmt, 3, (int64_t)end);
    while ((st = stmt_step(stmt, &row, err)) == ST_OK && row) {
        const uint64_t from = (uint64_t)stmt_int(stmt, 0);
        const struct slice piece = stmt_blob(stmt, 1);
        const uint64_t skip = at > from ? at - from : 0;
        if (skip >= piece.n)
            continue;
        const uint64_t left = end - from - skip, here = piece.n - skip;
        buf_put(out, piece.p + skip, (size_t)(here < left ? here : left));
    }
    if (st == ST_OK && !buf_ok(out))
        st = error_set(err, ST_LIMIT, "附件太大");
    return st;
}

/* One content after the other, its pieces in order; one without any has a row of its own. */
enum status attachments_check(struct db *db, int64_t ledger, attachments_visit *fn, void *arg,
                              struct error *err)
{
    struct stmt *stmt = db_stmt(db, "SELECT a.*, p.bytes FROM (SELECT " COLUMNS " FROM _attachment"
                                    " WHERE ledger = ?1 AND whole) a LEFT JOIN _attachment_piece p"
                                    " ON p.attachment = a.no ORDER BY a.no, p.at");
    struct stored_attachment a = {0};
    struct hash_run run;
    struct hash found;
    enum status st;
    bool row;
    bind_int(stmt, 1, ledger);
    while ((st = stmt_step(stmt, &row, err)) == ST_OK) {
        if (a.no && (!row || stmt_int(stmt, 0) != a.no)) {
            hash_end(&run, &found);
            if (!hash_equal(&found, &a.hash))
                fn(arg, &a);
        }
        if (!row)
            break;
        if (stmt_int(stmt, 0) != a.no) {
            row_of(stmt, &a);
            hash_begin(&run);
        }
        hash_add(&run, stmt_blob(stmt, 10));
    }
    return st;
}

enum status attachments_held(struct db *db, int64_t no, struct error *err)
{
    struct stmt *stmt = db_stmt(db, "UPDATE _attachment SET held = 1 WHERE no = ?1");
    bind_int(stmt, 1, no);
    return stmt_run(stmt, err);
}

enum status attachments_used(struct db *db, int64_t no, int64_t now_ms, struct error *err)
{
    struct stmt *stmt = db_stmt(db, "UPDATE _attachment SET used_ms = ?2 WHERE no = ?1");
    bind_int(stmt, 1, no);
    bind_int(stmt, 2, now_ms);
    return stmt_run(stmt, err);
}

enum status attachments_drop(struct db *db, int64_t no, struct error *err)
{
    struct stmt *stmt = db_stmt(db, "DELETE FROM _attachment WHERE no = ?1");
    enum status st = drop_pieces(db, no, err);
    bind_int(stmt, 1, no);
    return st == ST_OK ? stmt_run(stmt, err) : st;
}

/* ---- what changes name ---- */

bool attachments_named(struct db *db, int64_t ledger, const struct hash *hash,
                       struct attachment_named *out)
{
    struct stmt *stmt = db_stmt(db, "SELECT size, kind, thumb FROM attachment_ref"
                                    " WHERE ledger = ?1 AND hash = ?2"
                                    " ORDER BY thumb, size DESC LIMIT 1");
    bool row = false;
    *out = (struct attachment_named){0};
    bind_int(stmt, 1, ledger);
    bind_blob(stmt, 2, hash_slice(hash));
    if (stmt_step(stmt, &row, NULL) == ST_OK && row)
        *out = (struct attachment_named){(uint64_t)stmt_int(stmt, 0),
                                         (enum attachment_kind)stmt_int(stmt, 1),
                                         stmt_int(stmt, 2) != 0};
    stmt_reset(stmt);
    return row;
}

static enum status note_hash(struct db *db, int64_t ledger, uint64_t leaf, uint32_t position,
                             const uint8_t hash[static 32], bool thumb, const struct attachment *a,
                             struct error *err)
{
    struct stmt *stmt = db_stmt(db, "INSERT OR IGNORE INTO attachment_ref(ledger, hash, leaf,"
                                    " position, thumb, size, kind)"
                                    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)");
    bind_int(stmt, 1, ledger);
    bind_blob(stmt, 2, slice_of(hash, 32));
    bind_int(stmt, 3, (int64_t)leaf);
    bind_int(stmt, 4, position);
    bind_int(stmt, 5, thumb);
    bind_int(stmt, 6, thumb ? 0 : a->size);
    bind_int(stmt, 7, thumb ? ATTACHMENT_JPEG : a->kind);
    return stmt_run(stmt, err);
}

static enum status note_value(struct db *db, int64_t ledger, uint64_t leaf, uint32_t position,
                              const struct value *value, struct error *err)
{
    struct attachment a;
    if (value->kind != VALUE_TEXT || !attachment_parse(value->s, &a))
        return ST_OK;
    enum status st = note_hash(db, ledger, leaf, position, a.hash, false, &a, err);
    if (st == ST_OK && a.has_thumb)
        st = note_hash(db, ledger, leaf, position, a.thumb, true, &a, err);
    return st;
}

static bool holds(const struct catalog_table *table, uint32_t field)
{
    const struct catalog_field *f = catalog_field(table, field);
    return f && validate_holds_attachment(f);
}

enum status attachments_note(struct db *db, const struct catalog *catalog, int64_t ledger,
                             uint64_t leaf, uint32_t position, const struct op_body *body,
                             struct error *err)
{
    enum status st = ST_OK;
    for (size_t i = 0; i < body->op_count && st == ST_OK; i++) {
        const struct op *op = &body->ops[i];
        const struct catalog_table *table =
            op->code <= OP_IN ? catalog_table(catalog, op->table) : NULL;
        if (!table || !table->attached)
            continue;
        for (uint32_t f = 0; f < op->field_count && st == ST_OK; f++)
            if (holds(table, op->fields[f].field))
                st = note_value(db, ledger, leaf, position, &op->fields[f].value, err);
        for (uint32_t m = 0; op->code == OP_SET && m < op->add_count && st == ST_OK; m++)
            if (holds(table, op->field))
                st = note_value(db, ledger, leaf, position, &op->adds[m], err);
    }
    return st;
}

enum status attachments_collect(struct db *db, int64_t ledger, int64_t before_ms, size_t *count,
                                struct error *err)
{
    enum status st = ST_OK;
    *count = 0;
    for (;;) {
        struct stmt *stmt = db_stmt(db, "SELECT no FROM _attachment a WHERE ledger = ?1 AND"
                                        " added_ms < ?2 AND NOT EXISTS (SELECT 1 FROM"
                                        " attachment_ref r WHERE r.ledger = a.ledger AND"
                                        " r.hash = a.hash) LIMIT 1");
        bool row = false;
        bind_int(stmt, 1, ledger);
        bind_int(stmt, 2, before_ms);
        st = stmt_step(stmt, &row, err);
        const int64_t no = st == ST_OK && row ? stmt_int(stmt, 0) : 0;
        stmt_reset(stmt);
        if (st != ST_OK || !row)
            return st;
        st = attachments_drop(db, no, err);
        if (st != ST_OK)
            return st;
        ++*count;
    }
}

enum status attachments_forget(struct db *db, int64_t ledger, uint64_t leaf, uint32_t position,
                               struct error *err)
{
    /* What was named here, and nowhere else, goes with it. */
    struct stmt *stmt = db_stmt(db, "SELECT a.no FROM attachment_ref r JOIN _attachment a"
                                    " ON a.ledger = r.ledger AND a.hash = r.hash"
                                    " WHERE r.ledger = ?1 AND r.leaf = ?2 AND r.position = ?3"
                                    " AND NOT EXISTS (SELECT 1 FROM attachment_ref o"
                                    "  WHERE o.ledger = r.ledger AND o.hash = r.hash"
                                    "  AND NOT (o.leaf = r.leaf AND o.position = r.position))"
                                    " LIMIT 1");
    enum status st;
    for (bool row = true; row;) {
        bind_int(stmt, 1, ledger);
        bind_int(stmt, 2, (int64_t)leaf);
        bind_int(stmt, 3, position);
        st = stmt_step(stmt, &row, err);
        const int64_t no = st == ST_OK && row ? stmt_int(stmt, 0) : 0;
        stmt_reset(stmt);
        if (st == ST_OK && row)
            st = attachments_drop(db, no, err);
        if (st != ST_OK)
            return st;
    }
    stmt = db_stmt(db, "DELETE FROM attachment_ref WHERE ledger = ?1 AND leaf = ?2"
                       " AND position = ?3");
    bind_int(stmt, 1, ledger);
    bind_int(stmt, 2, (int64_t)leaf);
    bind_int(stmt, 3, position);
    return stmt_run(stmt, err);
}
