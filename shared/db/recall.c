/* SPDX-License-Identifier: MulanPSL-2.0 */
/* recall: see recall.h. */
#include "shared/db/recall.h"

#include <stdlib.h>

#include "shared/db/ruling.h"
#include "shared/db/take.h"

static bool is_about(const struct op *op, const struct record_state *record)
{
    return op->code <= OP_IN && op->table == record->table->no &&
           (record_id_equal(&op->record, &record->id) ||
            (op->code == OP_LINK && record_id_equal(&op->other, &record->id)));
}

/* In fold order; ops of one change stand in one array. */
static int compare_events(const void *a, const void *b)
{
    const struct merge_event *x = a, *y = b;
    int c = stamp_compare_fold(&x->event.at, &y->event.at);
    return c ? c : (x->op > y->op) - (x->op < y->op);
}

/* Whose past is asked for, and where it goes. */
struct past_walk {
    struct batch *b;
    const struct record_state *record;
    uint64_t before;
    struct arena *arena;
    struct past *past;
    bool placed; /* some event has another place than its leaf */
};

/* One change of a leaf, if it counts. Everything of it is copied into the arena. table: as it was
 * at that leaf. */
static void take_past(struct past_walk *walk, const struct changeset_terms *own_terms,
                      const struct said *item, uint32_t position, const struct catalog_table *table)
{
    struct batch *b = walk->b;
    struct past *past = walk->past;
    struct changeset_terms ruled, *terms = &ruled;
    struct ruling ruling = {0};
    struct erasure erasure = {.counts = true};
    struct said said = *item;
    struct op_body body;
    *terms = *own_terms;
    int64_t ms =
        leaf_effective_ms(hlc_ms(item->hlc), terms->base_ms, terms->own_ms, terms->floor_ms);
    if (b->rulings_exist &&
        ruling_find(b->rep->db, b->ledger->no, terms->leaf, position, &ruling)) {
        if (!ruling.counts || ruling.by_leaf >= walk->before)
            return;
        take_adopted_terms(b, ruling.by_leaf, terms);
        table = catalog_table(terms->verdict.writers, walk->record->table->no);
        walk->placed = true;
    }
    if (item->erased)
        erasure_find(b->rep->db, b->ledger->no, terms->leaf, position, &erasure);
    if (!table || !erasure.counts)
        return;
    struct verdict_terms vt = terms->verdict;
    vt.admitted_ms = terms->own_ms;
    vt.erased = item->erased;
    said.bytes = slice_of(arena_copy(walk->arena, said.bytes.p, said.bytes.n), said.bytes.n);
    if (take_parse(&said, walk->arena, &body, NULL) != ST_OK ||
        (!erasure.explained && verdict(&vt, &terms->author, &body, ms, NULL) != VERDICT_COUNTS))
        return;
    struct fold_change change = {.event = {.at = {ms, terms->leaf, position, ruling.by_leaf},
                                           .entry = terms->entry,
                                           .role_bit = terms->author.writer_bit},
                                 .op_count = (uint32_t)body.op_count,
                                 .ops = body.ops};
    verdict_person(&terms->author, change.event.person);
    take_references(b, &change, terms->header, walk->arena);
    for (size_t o = 0; o < body.op_count; o++) {
        if (!is_about(&body.ops[o], walk->record))
            continue;
        past->events =
            mem_grow(past->events, &past->capacity, past->count + 1, sizeof *past->events);
        past->events[past->count++] = (struct merge_event){change.event, &body.ops[o], table};
    }
}

static enum status take_past_leaf(struct past_walk *walk, uint64_t index, struct error *err)
{
    struct batch *b = walk->b;
    const struct record_state *record = walk->record;
    const struct cached_leaf *leaf;
    const struct leaf_mention *mentions;
    struct changeset_terms terms;
    enum status st = leaf_cache_get(&b->past_leaves, b->rep, b->ledger, index, &leaf, err);
    if (st != ST_OK)
        return st;
    const bool registry = b->ledger == b->rep->registry_ledger;
    const uint64_t registry_size = registry ? index : leaf->leaf.registry_size;
    const struct catalog_table *table =
        catalog_table(replica_catalog_at(b->rep, registry_size), record->table->no);
    take_terms(b, &leaf->segment.header, &leaf->segment.id, index, leaf->leaf.admitted_ms,
               registry_size, &terms);
    size_t count = cached_leaf_find(leaf, &record->id, &mentions);
    for (size_t i = 0; i < count; i++) {
        const struct said said = take_said(&leaf->segment, mentions[i].position);
        take_past(walk, &terms, &said, mentions[i].position, table);
    }
    return ST_OK;
}

enum status recall_load(struct batch *b, const struct record_state *record, uint64_t before,
                        struct arena *arena, struct past *past, struct error *err)
{
    struct past_walk walk = {b, record, before, arena, past, false};
    uint64_t *leaves;
    size_t leaf_count;
    if (replica_lacks(b->rep, b->ledger, before))
        return error_set(err, ST_WAIT, "%s：这条记录的历史还没有到，请先同步（huce sync）",
                         b->ledger->origin.text);
    enum status st = touch_leaves(b->rep->db, b->ledger->no, &record->id, before, arena, &leaves,
                                  &leaf_count, err);
    for (size_t i = 0; i < leaf_count && st == ST_OK; i++)
        st = take_past_leaf(&walk, leaves[i], err);
    if (walk.placed)
        qsort(past->events, past->count, sizeof *past->events, compare_events);
    return st;
}

enum status recall_settle(struct batch *b, struct record_state *record,
                          const struct merge_context *context, struct error *err)
{
    struct arena arena = {0};
    struct past past = {0};
    uint64_t before = 0;
    enum status st = ST_OK;
    for (uint32_t f = 0; f < record->field_count; f++)
        if (record->fields[f].ask_prefix && record->fields[f].prefix > before)
            before = record->fields[f].prefix;
    if (before)
        st = recall_load(b, record, before, &arena, &past, err);
    struct merge_context inner = {.order = context->order, .arena = &arena};
    for (uint32_t f = 0; f < record->field_count && st == ST_OK; f++) {
        struct field_state *field = &record->fields[f];
        struct value value = value_null();
        if (!field->ask_prefix)
            continue;
        bool found = merge_prefix_value(record->table, &record->id, past.events, past.count, f,
                                        field->prefix, &inner, &value);
        value = value_copy(context->arena, &value);
        merge_settle(record, f, found, &value);
    }
    mem_free(past.events);
    arena_release(&arena);
    return st;
}
