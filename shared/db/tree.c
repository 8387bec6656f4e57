/* SPDX-License-Identifier: MulanPSL-2.0 */
/* tree: see tree.h. Proofs read each leaf once, in order within a range. */
#include "shared/db/tree.h"

#include "shared/base/check.h"

struct reading {
    struct replica *rep;
    struct ledger *ledger;
    const struct tree_blocks *blocks;
    struct stmt *stmt; /* stands before leaf `next`; NULL: not begun */
    uint64_t next;
};

/* Ranges are read from left to right, so most leaves are the next row. */
static bool read_data(struct reading *r, uint64_t index, struct leaf *out)
{
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
    memcpy(out->id.b, stmt_blob(r->stmt, 1).p, HASH_SIZE);
    out->admitted_ms = stmt_int(r->stmt, 2);
    out->registry_size = (uint64_t)stmt_int(r->stmt, 3);
    return out->admitted_ms >= 0;
}

static bool read_leaf(void *arg, uint64_t index, struct hash *out)
{
    struct leaf leaf;
    if (!read_data(arg, index, &leaf))
        return false;
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

/* ---- whole blocks ---- */

void tree_blocks_release(struct tree_blocks *blocks)
{
    mem_free(blocks->roots);
    *blocks = (struct tree_blocks){0};
}

/* Blocks [0, count), each read once in the life of the cache. */
static bool fill_blocks(struct reading *r, struct tree_blocks *blocks, uint64_t count)
{
    const struct merkle_source source = {read_leaf, r};
    while (blocks->count < count) {
        blocks->roots =
            mem_grow(blocks->roots, &blocks->capacity, blocks->count + 1, sizeof(*blocks->roots));
        uint64_t from = (uint64_t)blocks->count * TILE_WIDTH;
        if (!merkle_range_root(&source, from, from + TILE_WIDTH, &blocks->roots[blocks->count]))
            return false;
        blocks->count++;
    }
    return true;
}

static bool block_root(void *arg, uint64_t index, struct hash *out)
{
    const struct reading *r = arg;
    *out = r->blocks->roots[index];
    return true;
}

enum status tree_prove_consistency(struct replica *rep, struct ledger *ledger,
                                   struct tree_blocks *blocks, uint64_t old_size, uint64_t new_size,
                                   struct merkle_proof *out, struct error *err)
{
    struct reading r = {.rep = rep, .ledger = ledger, .blocks = blocks};
    struct merkle_source source = {read_leaf, &r};
    if (blocks) {
        if (!fill_blocks(&r, blocks, new_size / TILE_WIDTH))
            return finish(&r, false, err);
        source.block = TILE_WIDTH;
        source.block_root = block_root;
    }
    return finish(&r, merkle_prove_consistency(&source, old_size, new_size, out), err);
}

/* ---- tiles ---- */

/* The root over 256^(level - 1) whole blocks: a tree whose leaves are their roots. */
static void root_of_blocks(const struct tree_blocks *blocks, unsigned level, uint64_t index,
                           struct hash *out)
{
    const uint64_t span = tile_span(level - 1);
    struct merkle tree;
    merkle_init(&tree);
    for (uint64_t i = 0; i < span; i++)
        merkle_append(&tree, &blocks->roots[index * span + i]);
    merkle_root(&tree, out);
}

static bool put_entry(struct reading *r, uint64_t index, struct buf *out)
{
    uint8_t data[LEAF_DATA_SIZE];
    struct leaf leaf;
    if (!read_data(r, index, &leaf))
        return false;
    leaf_encode(&leaf, data);
    buf_put_u8(out, 0); /* the length, u16be */
    buf_put_u8(out, LEAF_DATA_SIZE);
    buf_put(out, data, sizeof(data));
    return true;
}

enum status tree_tile(struct replica *rep, struct ledger *ledger, struct tree_blocks *blocks,
                      const struct tile *tile, struct buf *out, struct error *err)
{
    struct reading r = {.rep = rep, .ledger = ledger};
    const uint64_t first = tile->index * TILE_WIDTH;
    bool good = true;
    CHECK(tile_within(tile, ledger->tree.size));
    if (tile->level > 0)
        good = fill_blocks(&r, blocks, (first + tile->width) * tile_span(tile->level - 1));
    for (uint64_t i = first; i < first + tile->width && good; i++) {
        struct hash hash;
        if (tile->entries) {
            good = put_entry(&r, i, out);
            continue;
        }
        if (tile->level == 0)
            good = read_leaf(&r, i, &hash);
        else
            root_of_blocks(blocks, tile->level, i, &hash);
        buf_put(out, hash.b, HASH_SIZE);
    }
    return finish(&r, good, err);
}
