/* SPDX-License-Identifier: MulanPSL-2.0 */
/* ruling: see ruling.h. */
#include "shared/db/ruling.h"

bool ruling_exist(struct db *db, int64_t ledger)
{
    struct stmt *stmt = db_stmt(db, "SELECT 1 FROM ruling WHERE ledger = ?1 LIMIT 1");
    bool row = false;
    bind_int(stmt, 1, ledger);
    enum status st = stmt_step(stmt, &row, NULL);
    stmt_reset(stmt);
    return st == ST_OK && row;
}

bool ruling_find(struct db *db, int64_t ledger, uint64_t leaf, uint32_t position,
                 struct ruling *out)
{
    struct stmt *stmt = db_stmt(db, "SELECT counts, by_leaf FROM ruling"
                                    " WHERE ledger = ?1 AND leaf = ?2 AND position = ?3");
    bool row = false;
    bind_int(stmt, 1, ledger);
    bind_int(stmt, 2, (int64_t)leaf);
    bind_int(stmt, 3, position);
    enum status st = stmt_step(stmt, &row, NULL);
    if (st == ST_OK && row)
        *out = (struct ruling){stmt_int(stmt, 0) != 0, (uint64_t)stmt_int(stmt, 1)};
    stmt_reset(stmt);
    return st == ST_OK && row;
}

enum status ruling_write(struct db *db, int64_t ledger, uint64_t leaf, uint32_t position,
                         const struct ruling *ruling, struct error *err)
{
    struct stmt *stmt = db_stmt(db, "INSERT OR REPLACE INTO ruling(ledger, leaf, position, by_leaf,"
                                    " counts) VALUES (?1, ?2, ?3, ?4, ?5)");
    bind_int(stmt, 1, ledger);
    bind_int(stmt, 2, (int64_t)leaf);
    bind_int(stmt, 3, position);
    bind_int(stmt, 4, (int64_t)ruling->by_leaf);
    bind_int(stmt, 5, ruling->counts);
    return stmt_run(stmt, err);
}

enum status ruling_forget(struct db *db, int64_t ledger, uint64_t leaf, uint32_t position,
                          struct error *err)
{
    struct stmt *stmt = db_stmt(db, "DELETE FROM ruling WHERE ledger = ?1 AND leaf = ?2"
                                    " AND position = ?3");
    bind_int(stmt, 1, ledger);
    bind_int(stmt, 2, (int64_t)leaf);
    bind_int(stmt, 3, position);
    return stmt_run(stmt, err);
}

void ruling_place(struct db *db, int64_t ledger, struct stamp *at)
{
    struct ruling ruling;
    if (at->leaf < LEAF_OVERLAY && ruling_find(db, ledger, at->leaf, at->position, &ruling) &&
        ruling.counts)
        at->adopted = ruling.by_leaf;
}

enum status ruling_quarantined(struct db *db, int64_t ledger, const struct hash *kid,
                               const struct chain_id *chain, uint64_t before, struct arena *arena,
                               uint64_t **out, size_t *count, struct error *err)
{
    struct stmt *stmt =
        db_stmt(db, "SELECT DISTINCT v.leaf FROM chain n JOIN changeset c ON c.chain = n.no"
                    " JOIN void_change v ON v.ledger = n.ledger AND v.leaf = c.idx"
                    " WHERE n.ledger = ?1 AND n.kid = ?2 AND n.chain = ?3 AND c.idx < ?4"
                    " AND v.code = 'quarantined' ORDER BY v.leaf");
    size_t capacity = 0;
    uint64_t *leaves = NULL;
    bool row;
    enum status st;
    *count = 0;
    bind_int(stmt, 1, ledger);
    bind_blob(stmt, 2, hash_slice(kid));
    bind_blob(stmt, 3, slice_of(chain->b, sizeof chain->b));
    bind_int(stmt, 4, (int64_t)before);
    while ((st = stmt_step(stmt, &row, err)) == ST_OK && row) {
        leaves = mem_grow(leaves, &capacity, *count + 1, sizeof *leaves);
        leaves[(*count)++] = (uint64_t)stmt_int(stmt, 0);
    }
    stmt_reset(stmt);
    *out = arena_copy(arena, leaves, *count * sizeof *leaves);
    mem_free(leaves);
    return st;
}

bool ruling_leaf_of(struct db *db, int64_t ledger, const struct hash *id, uint64_t before,
                    uint64_t *out)
{
    struct stmt *stmt = db_stmt(db, "SELECT idx FROM changeset WHERE ledger = ?1 AND id = ?2"
                                    " AND idx < ?3");
    bool row = false;
    bind_int(stmt, 1, ledger);
    bind_blob(stmt, 2, hash_slice(id));
    bind_int(stmt, 3, (int64_t)before);
    enum status st = stmt_step(stmt, &row, NULL);
    if (st == ST_OK && row)
        *out = (uint64_t)stmt_int(stmt, 0);
    stmt_reset(stmt);
    return st == ST_OK && row;
}
