/* SPDX-License-Identifier: MulanPSL-2.0 */
/* late: two passes over the histories of a record. See late.h. */
#include "agent/core/late.h"

#include <stdio.h>

#include "shared/base/check.h"
#include "shared/codec/hex.h"
#include "shared/db/moves.h"
#include "shared/ledger/change.h"

/* A change that a resolve names. */
struct named {
    struct hash kid;
    struct chain_id chain;
    uint64_t seq;
};

struct reading {
    struct desk *desk;
    const struct catalog_table *table;
    struct arena *arena;
    struct ledger *ledger; /* being read */
    struct record_state record;
    bool any_late; /* the row says that there is something to look for */
    struct late_change *late;
    size_t late_count, late_capacity;
    struct named *named;
    size_t named_count, named_capacity;
    enum status status;
    struct error *err;
};

static bool mover_saw(const struct reading *r, const struct move *move, const struct stamp *at)
{
    const struct order *order = replica_order(r->desk->rep, r->ledger);
    return order_seen(order, at, order->entry(order->arg, move->at.leaf), move->at.leaf,
                      move->at.position);
}

/* Between this out and the next arrival nothing counts; before an arrival only what it has seen. */
static bool is_late(const struct reading *r, const struct stamp *at)
{
    const struct record_state *record = &r->record;
    bool late = false;
    for (uint32_t i = 0; i < record->move_count; i++) {
        const struct move *move = &record->moves[i];
        if (stamp_same(&move->at, at))
            return false; /* it is the move itself */
        if (mover_saw(r, move, at))
            continue;
        bool before = stamp_compare_fold(at, &move->at) < 0;
        if (move->in) {
            late |= before;
            continue;
        }
        bool back = false; /* it had come back when this was folded */
        for (uint32_t k = 0; k < record->move_count; k++)
            back |= record->moves[k].in && record->moves[k].hop > move->hop &&
                    stamp_compare_fold(&record->moves[k].at, at) < 0;
        late |= !back;
    }
    return late;
}

static bool says_something(const struct op *op)
{
    bool only_names = op->code == OP_RESOLVE && op->field_count == 1 && op->fields[0].field == 0 &&
                      op->fields[0].value.i == 1;
    return op->code != OP_OUT && op->code != OP_LINK && !only_names;
}

static void note_named(struct reading *r, const struct op *op)
{
    for (uint32_t i = 0; op->code == OP_RESOLVE && i < op->ref_count; i++) {
        const struct op_ref *ref = &op->refs[i];
        r->named = mem_grow(r->named, &r->named_capacity, r->named_count + 1, sizeof(*r->named));
        struct named *named = &r->named[r->named_count++];
        memcpy(named->kid.b, ref->kid.p, HASH_SIZE);
        memcpy(named->chain.b, ref->chain.p, sizeof(named->chain.b));
        named->seq = ref->seq;
    }
}

/* The ops on the record, in memory that stays: their bytes are copied and parsed again. */
static enum status keep_ops(struct reading *r, const struct history_item *item,
                            struct late_change *out)
{
    struct buf body;
    struct op_body parsed;
    size_t count = 0;
    buf_init(&body, CHANGE_BODY_MAX);
    for (size_t i = 0; i < item->op_count; i++)
        count += item->ops[i].table == r->table->no;
    op_body_begin(&body, count);
    for (size_t i = 0; i < item->op_count; i++)
        if (item->ops[i].table == r->table->no)
            buf_put_slice(&body, item->ops[i].raw);
    op_body_end(&body, item->note);
    CHECK(buf_ok(&body));
    struct slice bytes = slice_of(arena_copy(r->arena, body.p, body.n), body.n);
    buf_release(&body);
    enum status st = op_body_parse(bytes, r->arena, &parsed, r->err);
    out->note = parsed.note;
    out->op_count = parsed.op_count;
    out->ops = parsed.ops;
    return st;
}

static int role_of(struct desk *desk, const struct hash *kid)
{
    const struct grant *grant = registry_grant_any(&desk->rep->registry, kid);
    return grant ? catalog_role_bit(replica_catalog(desk->rep), grant->role) : -1;
}

static bool read_item(void *arg, const struct history_item *item)
{
    struct reading *r = arg;
    const struct stamp at = {item->effective_ms, item->leaf, item->position, item->adopted};
    bool says = false;
    if (item->void_reason)
        return true;
    for (size_t i = 0; i < item->op_count; i++) {
        if (item->ops[i].table != r->table->no)
            continue;
        note_named(r, &item->ops[i]);
        says |= says_something(&item->ops[i]);
    }
    if (!says || item->erased || !r->any_late || !is_late(r, &at))
        return true;
    r->late = mem_grow(r->late, &r->late_capacity, r->late_count + 1, sizeof(*r->late));
    struct late_change *late = &r->late[r->late_count++];
    *late = (struct late_change){.ledger = r->ledger,
                                 .at = at,
                                 .author = item->author,
                                 .chain = item->chain,
                                 .seq = item->seq,
                                 .role_bit = role_of(r->desk, &item->author)};
    r->status = keep_ops(r, item, late);
    return r->status == ST_OK;
}

static bool is_named(const struct reading *r, const struct late_change *late)
{
    for (size_t i = 0; i < r->named_count; i++)
        if (r->named[i].seq == late->seq && hash_equal(&r->named[i].kid, &late->author) &&
            memcmp(r->named[i].chain.b, late->chain.b, sizeof(late->chain.b)) == 0)
            return true;
    return false;
}

static enum status read_ledger(struct reading *r, const struct moves_half *half,
                               const struct record_id *id, struct error *err)
{
    r->ledger = half->ledger;
    r->any_late = half->state_bits & ROW_LATE;
    enum status st =
        materialise_load(r->desk->rep, r->ledger, r->table, id, r->arena, &r->record, err);
    if (st == ST_OK)
        st = materialise_history(r->desk->rep, r->ledger, id, read_item, r, err);
    return st == ST_OK ? r->status : st;
}

enum status late_of(struct desk *desk, const struct catalog_table *table,
                    const struct record_id *id, struct arena *arena, struct late_change **out,
                    size_t *count, struct error *err)
{
    struct reading r = {.desk = desk, .table = table, .arena = arena, .err = err};
    struct moves_half *halves;
    size_t half_count;
    enum status st = moves_halves(desk->rep, table, id, arena, &halves, &half_count, err);
    for (size_t i = 0; i < half_count && st == ST_OK; i++)
        st = read_ledger(&r, &halves[i], id, err);
    *count = 0;
    *out = arena_alloc(arena, (r.late_count + 1) * sizeof(**out));
    for (size_t i = 0; i < r.late_count && st == ST_OK; i++)
        if (!is_named(&r, &r.late[i]))
            (*out)[(*count)++] = r.late[i];
    mem_free(r.late);
    mem_free(r.named);
    return st;
}

void late_id_format(const struct late_change *change, char out[static LATE_ID_TEXT])
{
    char chain[2 * sizeof(change->chain.b) + 1];
    hex_encode(slice_of(change->chain.b, sizeof(change->chain.b)), chain);
    snprintf(out, LATE_ID_TEXT, "%s.%llu", chain, (unsigned long long)change->seq);
}
