/* SPDX-License-Identifier: MulanPSL-2.0 */
/* erasure: see erasure.h. */
#include "shared/db/erasure.h"

#include "shared/base/check.h"
#include "shared/base/diag.h"
#include "shared/ledger/reference.h"

bool erasure_find(struct db *db, int64_t ledger, uint64_t leaf, uint32_t position,
                  struct erasure *out)
{
    struct stmt *stmt = db_stmt(db, "SELECT by_leaf, by_position, counts, agrees FROM erasure"
                                    " WHERE ledger = ?1 AND leaf = ?2 AND position = ?3");
    bool row = false;
    bind_int(stmt, 1, ledger);
    bind_int(stmt, 2, (int64_t)leaf);
    bind_int(stmt, 3, position);
    enum status st = stmt_step(stmt, &row, NULL);
    if (st == ST_OK && row)
        *out = (struct erasure){.explained = stmt_type(stmt, 0) != COLUMN_NULL,
                                .by_leaf = (uint64_t)stmt_int(stmt, 0),
                                .by_position = (uint32_t)stmt_int(stmt, 1),
                                .counts = stmt_int(stmt, 2) != 0,
                                .agrees = stmt_int(stmt, 3) != 0};
    stmt_reset(stmt);
    return st == ST_OK && row;
}

enum status erasure_write(struct db *db, int64_t ledger, uint64_t leaf, uint32_t position,
                          const struct erasure *erasure, struct error *err)
{
    struct stmt *stmt =
        db_stmt(db, "INSERT OR REPLACE INTO erasure(ledger, leaf, position, by_leaf, by_position,"
                    " counts, agrees) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)");
    bind_int(stmt, 1, ledger);
    bind_int(stmt, 2, (int64_t)leaf);
    bind_int(stmt, 3, position);
    if (erasure->explained) {
        bind_int(stmt, 4, (int64_t)erasure->by_leaf);
        bind_int(stmt, 5, erasure->by_position);
    } else {
        bind_null(stmt, 4);
        bind_null(stmt, 5);
    }
    bind_int(stmt, 6, erasure->counts);
    bind_int(stmt, 7, erasure->agrees);
    return stmt_run(stmt, err);
}

enum status erasure_unexplained(struct db *db, int64_t ledger, bool *found, uint64_t *leaf,
                                uint32_t *position, struct error *err)
{
    struct stmt *stmt = db_stmt(db, "SELECT leaf, position FROM erasure WHERE ledger = ?1"
                                    " AND by_leaf IS NULL ORDER BY leaf, position LIMIT 1");
    bind_int(stmt, 1, ledger);
    enum status st = stmt_step(stmt, found, err);
    *found = st == ST_OK && *found;
    if (*found) {
        *leaf = (uint64_t)stmt_int(stmt, 0);
        *position = (uint32_t)stmt_int(stmt, 1);
    }
    stmt_reset(stmt);
    return st;
}

/* ---- what is left, what is ordered ---- */

struct slice erasure_left(const struct segment *segment, uint32_t position, struct arena *arena,
                          bool *unknown)
{
    struct op_body body = {0};
    struct slice left = SLICE_NONE;
    struct buf out;
    *unknown = false;
    if (segment_body(segment, position, arena, &body, NULL) != ST_OK)
        body = (struct op_body){0}; /* malformed: nothing of it was ever read */
    for (size_t i = 0; i < body.op_count; i++)
        if (body.ops[i].code >= OP_AUTHORITY)
            return SLICE_NONE;
    *unknown = !op_can_redact(&body);
    if (*unknown)
        return SLICE_NONE;
    buf_init(&out, CHANGE_BODY_MAX);
    op_redact(&body, &out);
    if (buf_ok(&out))
        left = slice_of(arena_copy(arena, out.p, out.n), out.n);
    buf_release(&out);
    return left;
}

static bool is_void(struct db *db, int64_t ledger, uint64_t leaf, uint32_t position)
{
    struct stmt *stmt = db_stmt(db, "SELECT 1 FROM void_change WHERE ledger = ?1 AND leaf = ?2"
                                    " AND position = ?3");
    bool row = false;
    bind_int(stmt, 1, ledger);
    bind_int(stmt, 2, (int64_t)leaf);
    bind_int(stmt, 3, position);
    enum status st = stmt_step(stmt, &row, NULL);
    stmt_reset(stmt);
    return st == ST_OK && row;
}

static enum status load_leaf(struct replica *rep, struct ledger *ledger, uint64_t index,
                             struct arena *arena, struct stored_changeset *stored,
                             struct segment *out, struct error *err)
{
    struct segment_known known;
    replica_known(rep, ledger, &known);
    enum status st = replica_read_leaf(rep, ledger, index, arena, stored, err);
    return st == ST_OK ? segment_load(stored->cose, stored->salts, stored->columns, &known.index,
                                      arena, out, err)
                       : st;
}

enum status erasure_draft(struct replica *rep, struct ledger *ledger, uint64_t leaf,
                          uint32_t position, struct arena *arena, struct slice *op,
                          struct error *err)
{
    static const uint8_t nothing[] = {0x80}; /* no ops */
    struct stored_changeset stored;
    struct segment segment;
    struct reference ref;
    struct hash hash;
    struct buf out;
    bool unknown;
    if (ledger == rep->registry_ledger)
        return error_set(err, ST_REFUSED, "登记账本里的改动不能抹除：一切都要依它判定");
    enum status st = load_leaf(rep, ledger, leaf, arena, &stored, &segment, err);
    if (st != ST_OK)
        return st;
    CHECK(position < segment.header.count);
    if (segment_erased(&segment, position))
        return error_set(err, ST_EXISTS, "这次改动已经抹除");
    struct slice left = erasure_left(&segment, position, arena, &unknown);
    if (left.n == 0)
        return error_set(err, ST_REFUSED,
                         unknown ? "这次改动里有本程序还不认识的操作，请先更新程序"
                                 : "登记和裁定不能抹除，太长的改动也不能");
    if (is_void(rep->db, ledger->no, leaf, position))
        left = slice_of(nothing, sizeof nothing);
    segment_change_leaf(&segment, position, &hash);
    reference_make(&segment.header.kid, &segment.header.chain, segment.header.first_seq + position,
                   &hash, &ref);
    buf_init(&out, CHANGE_BODY_MAX);
    erase_encode(&ref, left, &out);
    if (!buf_ok(&out))
        st = error_set(err, ST_REFUSED, "这次改动太长，抹除的命令放不下");
    else
        *op = slice_of(arena_copy(arena, out.p, out.n), out.n);
    buf_release(&out);
    return st;
}

bool erasure_names(const struct op *op, const struct segment *segment, uint32_t position)
{
    struct reference named;
    struct slice ops;
    struct hash leaf;
    if (op->code != OP_ERASE || erase_decode(op->raw, &named, &ops, NULL) != ST_OK)
        return false;
    segment_change_leaf(segment, position, &leaf);
    return reference_matches(&named, &segment->header.kid, &segment->header.chain,
                             segment->header.first_seq + position, &leaf);
}

enum status erasure_order(struct replica *rep, struct ledger *ledger, const struct erasure *erasure,
                          struct arena *arena, struct erasure_order *out, struct error *err)
{
    struct stored_changeset stored;
    struct segment segment;
    struct op_body body;
    CHECK(erasure->explained);
    enum status st = load_leaf(rep, ledger, erasure->by_leaf, arena, &stored, &segment, err);
    if (st == ST_OK && erasure->by_position >= segment.header.count)
        st = error_set(err, ST_DAMAGED, "抹除的命令不完整；请运行 rebuild");
    if (st == ST_OK)
        st = segment_body(&segment, erasure->by_position, arena, &body, err);
    if (st == ST_OK)
        *out = (struct erasure_order){.author = segment.header.kid,
                                      .admitted_ms = stored.leaf.admitted_ms,
                                      .reason = body.note};
    return st;
}

/* ---- the write-ahead log ---- */

void erasure_scrub(struct replica *rep)
{
    struct error err;
    bool whole = false;
    if (!rep->scrub || db_in_transaction(rep->db))
        return;
    enum status st = db_empty_log(rep->db, &whole, &err);
    if (st == ST_OK && whole)
        st = db_exec(rep->db, "DELETE FROM replica_setting WHERE name = 'scrub'", &err);
    rep->scrub = st != ST_OK || !whole;
    if (st != ST_OK)
        diag_warn("erasure", "the write-ahead log is not empty yet: %s", err.text);
}
