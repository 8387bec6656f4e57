/* SPDX-License-Identifier: MulanPSL-2.0 */
/* tree: see tree.h. Proofs read each leaf once, in order within a range. */
#include "shared/db/tree.h"

struct reading {
    struct replica *rep;
    struct ledger *ledger;
    struct stmt *stmt; /* stands before leaf `next`; NULL: not begun */
    uint64_t next;
};

/* Ranges are read from left to right, so most leaves are the next row. */
static bool read_leaf(void *arg, uint64_t index, struct hash *out)
{
    struct reading *r = arg;
    struct leaf leaf;
    bool row = false;
    if (!r->stmt || index != r->next) {
        r->stmt = db_stmt(r->rep->db, "SELECT idx, id, admitted_ms, registry_size FROM leaf"
                                      " WHERE ledger = ?1 AND idx >= ?2 ORDER BY idx");
        bind_int(r->stmt, 1, r->ledger->no);
        bind_int(r->stmt, 2, (int64_t)index);
    }
    r->next = index + 1;
    if (stmt_step(r->stmt, &row, NULL) != ST_OK || !row || stmt_int(r->stmt, 0) != (int64_t)index ||
        stmt_blob(r->stmt, 1).n != HASH_SIZE)
        return false;
    memcpy(leaf.id.b, stmt_blob(r->stmt, 1).p, HASH_SIZE);
    leaf.admitted_ms = stmt_int(r->stmt, 2);
    leaf.registry_size = (uint64_t)stmt_int(r->stmt, 3);
    leaf_hash(&leaf, out);
    return true;
}

static enum status finish(struct reading *r, bool complete, struct error *err)
{
    if (r->stmt)
        stmt_reset(r->stmt);
    return complete ? ST_OK
                    : error_set(err, ST_DAMAGED, "账本 %s 缺第 %llu 项", r->ledger->origin.text,
                                (unsigned long long)r->next - 1);
}

enum status tree_prove_inclusion(struct replica *rep, struct ledger *ledger, uint64_t index,
                                 uint64_t size, struct merkle_proof *out, struct error *err)
{
    struct reading r = {.rep = rep, .ledger = ledger};
    const struct merkle_source source = {read_leaf, &r};
    return finish(&r, merkle_prove_inclusion(&source, index, size, out), err);
}

enum status tree_prove_consistency(struct replica *rep, struct ledger *ledger, uint64_t old_size,
                                   uint64_t new_size, struct merkle_proof *out, struct error *err)
{
    struct reading r = {.rep = rep, .ledger = ledger};
    const struct merkle_source source = {read_leaf, &r};
    return finish(&r, merkle_prove_consistency(&source, old_size, new_size, out), err);
}
