/* SPDX-License-Identifier: MulanPSL-2.0 */
/* renamed: see renamed.h. `forked` says which changeset stands for which. */
#include "agent/core/renamed.h"

#include "shared/ledger/reference.h"
#include "shared/record/op.h"

struct renaming {
    struct desk *desk;
    struct ledger *ledger;
    struct arena *arena; /* for what is made here */
};

static bool covers(const struct changeset *cs, uint64_t seq)
{
    return seq >= cs->first_seq && seq - cs->first_seq < cs->count;
}

static bool load(const struct renaming *r, const struct hash *id, struct segment *out)
{
    struct stored_changeset stored;
    struct segment_known known;
    replica_known(r->desk->rep, r->ledger, &known);
    return replica_read_changeset(r->desk->rep, r->ledger, id, r->arena, &stored, NULL) == ST_OK &&
           segment_load(stored.cose, stored.salts, stored.columns, &known.index, r->arena, out,
                        NULL) == ST_OK;
}

static bool read_id(struct stmt *stmt, int column, struct hash *out)
{
    struct slice id = stmt_blob(stmt, column);
    if (id.n != HASH_SIZE)
        return false;
    memcpy(out->b, id.p, HASH_SIZE);
    return true;
}

/* The changeset of `forked` that had this change, and what stands for it. False if there is none,
 * or if there are two, which a desk that was put back twice may have. */
static bool find_old(const struct renaming *r, const struct op_ref *ref, struct changeset *old,
                     struct hash *new_id)
{
    struct stmt *stmt = db_stmt(r->desk->db, "SELECT cose, new_id FROM forked WHERE ledger = ?1"
                                             " AND kid = ?2 AND chain = ?3");
    struct changeset cs;
    size_t found = 0;
    bool row = false;
    bind_int(stmt, 1, r->ledger->no);
    bind_blob(stmt, 2, ref->kid);
    bind_blob(stmt, 3, ref->chain);
    while (stmt_step(stmt, &row, NULL) == ST_OK && row)
        if (changeset_decode(stmt_blob(stmt, 0), &cs, NULL) == ST_OK && covers(&cs, ref->seq) &&
            read_id(stmt, 1, new_id)) {
            *old = cs;
            found++;
        }
    return found == 1;
}

/* The name of a change that stands in a segment. */
static void name(const struct renaming *r, const struct segment *segment, uint32_t at,
                 struct op_ref *ref)
{
    struct changeset *header = arena_copy(r->arena, &segment->header, sizeof(*header));
    struct hash *hash = arena_alloc(r->arena, sizeof(*hash));
    segment_change_leaf(segment, at, hash);
    *ref = (struct op_ref){.kid = hash_slice(&header->kid),
                           .chain = slice_of(header->chain.b, sizeof(header->chain.b)),
                           .seq = header->first_seq + at,
                           .leaf8 = slice_of(hash->b, REFERENCE_LEAF_SIZE)};
}

/* False: the name stays. */
static bool rename_one(const struct renaming *r, struct op_ref *ref)
{
    struct changeset old;
    struct segment now;
    struct stamp at_leaf; /* the admitted branch uses the same numbers */
    struct hash id;
    if (replica_find_change(r->desk->rep, r->ledger, ref, true, &at_leaf) ||
        !find_old(r, ref, &old, &id) || !load(r, &id, &now))
        return false;
    uint64_t at = ref->seq - old.first_seq - (old.count - now.header.count);
    if (at >= now.header.count)
        return false;
    name(r, &now, (uint32_t)at, ref);
    return true;
}

static bool rename_op(const struct renaming *r, struct op *op)
{
    bool any = false;
    if (op->code != OP_RESOLVE || op->ref_count == 0)
        return false;
    struct op_ref *refs = arena_copy(r->arena, op->refs, op->ref_count * sizeof(*refs));
    for (uint32_t i = 0; i < op->ref_count; i++)
        any |= rename_one(r, &refs[i]);
    op->refs = refs;
    return any;
}

struct slice renamed_body(struct desk *desk, struct ledger *ledger, struct slice body,
                          struct arena *arena)
{
    const struct renaming renaming = {desk, ledger, arena}, *r = &renaming;
    struct op_body parsed;
    struct buf out;
    bool any = false;
    if (op_body_parse(body, r->arena, &parsed, NULL) != ST_OK)
        return body;
    struct op *ops = arena_copy(r->arena, parsed.ops, parsed.op_count * sizeof(*ops));
    for (size_t i = 0; i < parsed.op_count; i++)
        any |= rename_op(r, &ops[i]);
    if (!any)
        return body;
    buf_init(&out, CHANGE_BODY_MAX);
    op_body_begin(&out, parsed.op_count);
    for (size_t i = 0; i < parsed.op_count; i++)
        op_write(&out, &ops[i]);
    op_body_end(&out, parsed.note);
    if (buf_ok(&out))
        body = slice_of(arena_copy(r->arena, out.p, out.n), out.n);
    buf_release(&out);
    return body;
}
