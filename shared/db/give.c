/* SPDX-License-Identifier: MulanPSL-2.0 */
/* give: see give.h. */
#include "shared/db/give.h"

#include "shared/base/check.h"

#define LEAVES_MAX 16384 /* of one ledger in one message */
#define LEAF_COST 32     /* bytes of a leaf in a message, without its segment */

static enum status read_leaf(struct replica *rep, struct ledger *ledger, uint64_t index,
                             give_known *known, void *arg, struct arena *arena, struct buf *bytes,
                             struct answer_leaf *out, struct error *err)
{
    struct stored_changeset cs;
    struct changeset header;
    buf_clear(bytes);
    enum status st = replica_read_leaf(rep, ledger, index, arena, &cs, err);
    if (st != ST_OK)
        return st;
    *out = (struct answer_leaf){.admitted_ms = cs.leaf.admitted_ms,
                                .registry_size = cs.leaf.registry_size,
                                .has_segment = !known || !known(arg, &cs.id)};
    memcpy(out->id8, cs.id.b, sizeof(out->id8));
    if (!out->has_segment)
        return ST_OK;
    st = changeset_decode(cs.cose, &header, err);
    if (st == ST_OK) {
        /* What was left out of a short form could not be filled in on a base that is lost. */
        const bool lost = replica_base(rep, ledger, &header) != header.base_size;
        segment_write(&header, lost ? SEGMENT_FULL : SEGMENT_SHORT, cs.salts, cs.columns, bytes);
        CHECK(buf_ok(bytes));
    }
    return st;
}

enum status give_leaves(struct replica *rep, struct ledger *ledger, uint64_t from,
                        give_known *known, void *arg, struct arena *arena,
                        struct answer_ledger *out, struct give_room *room, struct error *err)
{
    uint64_t count = ledger->tree.size - from;
    struct buf bytes;
    enum status st = ST_OK;

    if (ledger->behind && from < ledger->behind) /* not those whose content is not here yet */
        count = ledger->filled > from ? ledger->filled - from : 0;
    if (count > LEAVES_MAX)
        count = LEAVES_MAX;
    if (count > room->left / LEAF_COST + !room->given)
        count = room->left / LEAF_COST + !room->given;
    if (count == 0)
        return ST_OK;
    out->leaves = arena_alloc(arena, (size_t)count * sizeof(out->leaves[0]));
    buf_init(&bytes, MESSAGE_MAX);
    for (uint64_t i = from; i < from + count && st == ST_OK; i++) {
        struct answer_leaf *leaf = &out->leaves[out->leaf_count];
        st = read_leaf(rep, ledger, i, known, arg, arena, &bytes, leaf, err);
        size_t cost = LEAF_COST + bytes.n;
        if (st != ST_OK || (room->given && cost > room->left))
            break;
        if (leaf->has_segment)
            leaf->segment = slice_of(arena_copy(arena, bytes.p, bytes.n), bytes.n);
        room->given = true;
        room->left -= cost < room->left ? cost : room->left;
        out->leaf_count++;
    }
    buf_release(&bytes);
    return st;
}
