/* SPDX-License-Identifier: MulanPSL-2.0 */
/* leaf_cache: see leaf_cache.h. Parsed changes are not kept, they are many times larger. */
#include "shared/db/leaf_cache.h"

#include <stdlib.h>

static void drop(struct leaf_cache *cache, size_t i)
{
    arena_release(&cache->leaves[i]->arena);
    mem_free(cache->leaves[i]->mentions);
    mem_free(cache->leaves[i]);
    cache->leaves[i] = cache->leaves[--cache->count];
}

void leaf_cache_release(struct leaf_cache *cache)
{
    while (cache->count)
        drop(cache, cache->count - 1);
}

static int by_record(const void *a, const void *b)
{
    const struct leaf_mention *x = a, *y = b;
    int c = memcmp(x->record.b, y->record.b, RECORD_ID_SIZE);
    return c ? c : (x->position > y->position) - (x->position < y->position);
}

static void add_mention(struct cached_leaf *leaf, size_t *capacity, const struct record_id *record,
                        uint32_t position)
{
    leaf->mentions =
        mem_grow(leaf->mentions, capacity, leaf->mention_count + 1, sizeof *leaf->mentions);
    leaf->mentions[leaf->mention_count++] = (struct leaf_mention){*record, position};
}

static void note_mentions(struct cached_leaf *leaf)
{
    struct arena temp = {0};
    size_t capacity = 0;
    for (uint32_t i = 0; i < leaf->segment.header.count; i++) {
        struct op_body body;
        arena_reset(&temp);
        if (segment_body(&leaf->segment, i, &temp, &body, NULL) != ST_OK)
            continue;
        for (size_t o = 0; o < body.op_count; o++) {
            const struct op *op = &body.ops[o];
            if (op->code <= OP_IN &&
                (o == 0 || !record_id_equal(&op->record, &body.ops[o - 1].record)))
                add_mention(leaf, &capacity, &op->record, i);
            if (op->code == OP_LINK)
                add_mention(leaf, &capacity, &op->other, i);
        }
    }
    arena_release(&temp);
    if (leaf->mention_count == 0)
        return;
    qsort(leaf->mentions, leaf->mention_count, sizeof *leaf->mentions, by_record);
    size_t kept = 1;
    for (size_t i = 1; i < leaf->mention_count; i++)
        if (by_record(&leaf->mentions[i], &leaf->mentions[kept - 1]) != 0)
            leaf->mentions[kept++] = leaf->mentions[i];
    leaf->mention_count = kept;
}

static enum status read_leaf(struct cached_leaf *leaf, struct replica *rep, struct ledger *ledger,
                             struct error *err)
{
    struct stored_changeset stored;
    struct segment_known known;
    replica_known(rep, ledger, &known);
    enum status st = replica_read_leaf(rep, ledger, leaf->index, &leaf->arena, &stored, err);
    if (st == ST_OK)
        st = segment_load(stored.cose, stored.salts, stored.columns, &known.index, &leaf->arena,
                          &leaf->segment, err);
    if (st != ST_OK)
        return st;
    leaf->leaf = stored.leaf;
    note_mentions(leaf);
    return ST_OK;
}

/* Makes room for one more. */
static void make_room(struct leaf_cache *cache)
{
    size_t memory = 0, oldest = 0;
    for (size_t i = 0; i < cache->count; i++) {
        memory += cache->leaves[i]->arena.total +
                  cache->leaves[i]->mention_count * sizeof(struct leaf_mention);
        if (cache->leaves[i]->used < cache->leaves[oldest]->used)
            oldest = i;
    }
    if (memory > LEAF_CACHE_MEMORY_MAX)
        leaf_cache_release(cache);
    else if (cache->count == LEAF_CACHE_LEAVES)
        drop(cache, oldest);
}

enum status leaf_cache_get(struct leaf_cache *cache, struct replica *rep, struct ledger *ledger,
                           uint64_t index, const struct cached_leaf **out, struct error *err)
{
    cache->clock++;
    for (size_t i = 0; i < cache->count; i++)
        if (cache->leaves[i]->index == index) {
            cache->leaves[i]->used = cache->clock;
            *out = cache->leaves[i];
            return ST_OK;
        }
    make_room(cache);
    struct cached_leaf *leaf = mem_zero_alloc(1, sizeof *leaf);
    leaf->index = index;
    leaf->used = cache->clock;
    cache->leaves[cache->count++] = leaf;
    enum status st = read_leaf(leaf, rep, ledger, err);
    if (st == ST_OK)
        *out = leaf;
    else
        drop(cache, cache->count - 1);
    return st;
}

size_t cached_leaf_find(const struct cached_leaf *leaf, const struct record_id *record,
                        const struct leaf_mention **first)
{
    size_t low = 0, high = leaf->mention_count, n = 0;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (memcmp(leaf->mentions[middle].record.b, record->b, RECORD_ID_SIZE) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    *first = leaf->mentions + low;
    while (low + n < leaf->mention_count &&
           record_id_equal(&leaf->mentions[low + n].record, record))
        n++;
    return n;
}
