/* SPDX-License-Identifier: MulanPSL-2.0 */
/* change_ref: see change_ref.h. */
#include "agent/core/change_ref.h"

#include "shared/ledger/reference.h"

/* The stored changeset behind a stamp. */
static enum status read_stamp(struct desk *desk, struct ledger *ledger, const struct stamp *at,
                              struct arena *arena, struct stored_changeset *out, struct error *err)
{
    if (at->leaf < LEAF_OVERLAY)
        return replica_read_leaf(desk->rep, ledger, at->leaf, arena, out, err);
    struct stmt *stmt = db_stmt(desk->db, "SELECT id FROM changeset WHERE ledger = ?1"
                                          " AND idx IS NULL AND overlay = ?2");
    struct hash id;
    bool row;
    bind_int(stmt, 1, ledger->no);
    bind_int(stmt, 2, (int64_t)(at->leaf - LEAF_OVERLAY));
    enum status st = stmt_step(stmt, &row, err);
    if (st != ST_OK)
        return st;
    if (!row || stmt_blob(stmt, 0).n != HASH_SIZE)
        return error_set(err, ST_DAMAGED, "找不到这个值出自哪一次改动；请运行 huce rebuild");
    memcpy(id.b, stmt_blob(stmt, 0).p, HASH_SIZE);
    stmt_reset(stmt);
    return replica_read_changeset(desk->rep, ledger, &id, arena, out, err);
}

enum status change_ref(struct desk *desk, struct ledger *ledger, const struct stamp *at,
                       struct arena *arena, struct op_ref *out, struct error *err)
{
    struct stored_changeset stored;
    struct segment_known known;
    struct segment segment;
    enum status st = read_stamp(desk, ledger, at, arena, &stored, err);
    replica_known(desk->rep, ledger, &known);
    if (st == ST_OK)
        st = segment_load(stored.cose, stored.salts, stored.columns, &known.index, arena, &segment,
                          err);
    if (st != ST_OK)
        return st;
    if (at->position >= segment.header.count)
        return error_set(err, ST_DAMAGED, "候选值的出处不完整；请运行 huce rebuild");
    struct hash *leaf = arena_alloc(arena, sizeof(*leaf));
    segment_change_leaf(&segment, at->position, leaf);
    struct changeset *header = arena_copy(arena, &segment.header, sizeof(segment.header));
    *out = (struct op_ref){
        .kid = hash_slice(&header->kid),
        .chain = slice_of(header->chain.b, sizeof(header->chain.b)),
        .seq = header->first_seq + at->position,
        .leaf8 = slice_of(leaf->b, REFERENCE_LEAF_SIZE),
    };
    return ST_OK;
}
