/* SPDX-License-Identifier: MulanPSL-2.0 */
/* batch: see batch.h. */
#include "shared/db/batch.h"

#include <stdlib.h>

#include "shared/db/feed.h"
#include "shared/db/ruling.h"

void batch_init(struct batch *b, struct replica *rep, struct ledger *ledger,
                struct fold_stats *stats)
{
    *b = (struct batch){.rep = rep, .ledger = ledger, .stats = stats};
    b->rulings_exist = ruling_exist(rep->db, ledger->no);
    materialise_tables(rep);
}

void batch_release(struct batch *b)
{
    mem_free(b->changes);
    mem_free(b->slots);
    mem_free(b->map);
    mem_free(b->named);
    mem_free(b->steps);
    mem_free(b->chains);
    touches_release(&b->touches);
    leaf_cache_release(&b->past_leaves);
    arena_release(&b->arena);
    arena_release(&b->record);
}

/* ---- slots: records of the batch ---- */

/* By id alone, so that slots of one id in several tables are found one after another. */
static size_t id_hash(const struct record_id *id)
{
    uint64_t h;
    memcpy(&h, id->b + 8, sizeof h); /* the random half of a UUIDv7 */
    return (size_t)(h * 0x9E3779B97F4A7C15u >> 20);
}

static void map_grow(struct batch *b)
{
    size_t size = b->map_size ? b->map_size * 2 : 1024;
    mem_free(b->map);
    b->map = mem_zero_alloc(size, sizeof *b->map);
    b->map_size = size;
    for (size_t i = 0; i < b->slot_count; i++) {
        size_t at = id_hash(&b->slots[i].id) & (size - 1);
        while (b->map[at])
            at = (at + 1) & (size - 1);
        b->map[at] = (uint32_t)i + 1;
    }
}

/* A record is a table and an id: the same id in another table is another record. */
uint32_t batch_find_slot(const struct batch *b, uint32_t table_no, const struct record_id *id)
{
    if (!b->map_size)
        return BATCH_NO_SLOT;
    size_t at = id_hash(id) & (b->map_size - 1);
    while (b->map[at]) {
        const struct slot *slot = &b->slots[b->map[at] - 1];
        if (slot->table_no == table_no && record_id_equal(&slot->id, id))
            return b->map[at] - 1;
        at = (at + 1) & (b->map_size - 1);
    }
    return BATCH_NO_SLOT;
}

uint32_t batch_take_slot(struct batch *b, uint32_t table_no, const struct record_id *id)
{
    uint32_t found = batch_find_slot(b, table_no, id);
    if (found != BATCH_NO_SLOT)
        return found;
    if ((b->slot_count + 1) * 2 > b->map_size)
        map_grow(b);
    b->slots = mem_grow(b->slots, &b->slot_capacity, b->slot_count + 1, sizeof *b->slots);
    b->slots[b->slot_count] = (struct slot){.table = catalog_table(b->catalog, table_no),
                                            .table_no = table_no,
                                            .id = *id,
                                            .ordinal = -1};
    size_t at = id_hash(id) & (b->map_size - 1);
    while (b->map[at])
        at = (at + 1) & (b->map_size - 1);
    b->map[at] = (uint32_t)++b->slot_count;
    return (uint32_t)b->slot_count - 1;
}

/* A record is counted from the first leaf that has an op about it. */
void batch_name_slot(struct batch *b, uint32_t slot, uint64_t leaf)
{
    if (b->slots[slot].named)
        return;
    b->slots[slot].named = true;
    b->slots[slot].leaf = leaf;
    b->named = mem_grow(b->named, &b->named_capacity, b->named_count + 1, sizeof *b->named);
    b->named[b->named_count++] = slot;
}

void batch_add_step(struct batch *b, uint32_t slot, uint32_t change, const struct op *op)
{
    b->steps = mem_grow(b->steps, &b->step_capacity, b->step_count + 1, sizeof *b->steps);
    b->steps[b->step_count++] = (struct step){slot, change, op};
    b->slots[slot].count++;
}

/* Sorts the steps by slot, keeping their order within a slot (counting sort). */
void batch_bucket_steps(struct batch *b)
{
    struct step *sorted = arena_alloc(&b->arena, (b->step_count + 1) * sizeof *sorted);
    uint32_t at = 0;
    for (size_t i = 0; i < b->slot_count; i++) {
        b->slots[i].first = at;
        at += b->slots[i].count;
        b->slots[i].count = 0;
    }
    for (size_t i = 0; i < b->step_count; i++) {
        struct slot *slot = &b->slots[b->steps[i].slot];
        sorted[slot->first + slot->count++] = b->steps[i];
    }
    if (b->step_count)
        memcpy(b->steps, sorted, b->step_count * sizeof *sorted);
}

static _Thread_local const struct batch *sorting;

static int compare_slots(const void *a, const void *b)
{
    const struct slot *x = &sorting->slots[*(const uint32_t *)a];
    const struct slot *y = &sorting->slots[*(const uint32_t *)b];
    if (x->table != y->table)
        return (x->table ? x->table->no : 0) < (y->table ? y->table->no : 0) ? -1 : 1;
    return memcmp(x->id.b, y->id.b, RECORD_ID_SIZE);
}

/* Slots in the order of their rows on disk, so that neighbours share pages. which NULL: all. */
uint32_t *batch_slots_by_row(struct batch *b, const uint32_t *which, size_t count)
{
    uint32_t *order = arena_alloc(&b->arena, (count + 1) * sizeof *order);
    for (size_t i = 0; i < count; i++)
        order[i] = which ? which[i] : (uint32_t)i;
    sorting = b;
    qsort(order, count, sizeof *order, compare_slots);
    return order;
}

/* ---- ordinals and touch ---- */

/* The greatest id that has an ordinal: ids begin with the time at which they were made, so most new
 * records need not be looked for. */
enum status batch_load_greatest(struct batch *b, struct error *err)
{
    struct stmt *stmt = db_stmt(b->rep->db, "SELECT id FROM record_no WHERE ledger = ?1"
                                            " ORDER BY id DESC LIMIT 1");
    bool row;
    bind_int(stmt, 1, b->ledger->no);
    enum status st = stmt_step(stmt, &row, err);
    if (st == ST_OK && row && stmt_blob(stmt, 0).n == RECORD_ID_SIZE)
        memcpy(b->greatest.b, stmt_blob(stmt, 0).p, RECORD_ID_SIZE);
    stmt_reset(stmt);
    return st;
}

/* Another table's record of this batch with the same id: an ordinal is an id's. */
static bool shared_ordinal(const struct batch *b, const struct record_id *id, int64_t *ordinal)
{
    for (size_t at = id_hash(id) & (b->map_size - 1); b->map[at];
         at = (at + 1) & (b->map_size - 1)) {
        const struct slot *slot = &b->slots[b->map[at] - 1];
        if (slot->ordinal >= 0 && record_id_equal(&slot->id, id)) {
            *ordinal = slot->ordinal;
            return true;
        }
    }
    return false;
}

/* Looks up which of the newest slots have an ordinal already. */
static enum status find_ordinals(struct batch *b, size_t from, struct error *err)
{
    struct feed asked;
    bool row = true;
    enum status st = ST_OK;
    feed_init(&asked, 2);
    for (size_t i = from; i < b->slot_count; i++) {
        const struct record_id *id = &b->slots[i].id;
        if (memcmp(id->b, b->greatest.b, RECORD_ID_SIZE) > 0)
            continue;
        struct feed_value *value = feed_row(&asked);
        value[0] = feed_int((int64_t)i);
        value[1] = feed_blob(slice_of(id->b, RECORD_ID_SIZE));
    }
    struct stmt *stmt = db_stmt(b->rep->db, "SELECT f.c0, n.no FROM _feed f CROSS JOIN record_no n"
                                            " WHERE n.ledger = ?1 AND n.id = f.c1");
    bind_int(stmt, 1, b->ledger->no);
    while (asked.rows && st == ST_OK && (st = stmt_step_fed(stmt, &asked, &row, err)) == ST_OK &&
           row)
        b->slots[stmt_int(stmt, 0)].ordinal = stmt_int(stmt, 1);
    stmt_reset(stmt);
    feed_release(&asked);
    return st;
}

/* Ordinals for the records that the newest leaf named first, in the order in which it did. */
enum status batch_number_records(struct batch *b, struct error *err)
{
    enum status st = find_ordinals(b, b->numbered, err);
    b->numbered = b->slot_count;
    for (; b->ordered < b->named_count && st == ST_OK; b->ordered++) {
        struct slot *slot = &b->slots[b->named[b->ordered]];
        if (slot->ordinal >= 0 || shared_ordinal(b, &slot->id, &slot->ordinal))
            continue;
        slot->ordinal = (int64_t)b->ledger->records++;
        slot->fresh = true;
    }
    return st;
}

/* Writes the ordinals given out since the last time, in order of id: so they are found fastest. */
enum status batch_write_ordinals(struct batch *b, struct error *err)
{
    struct feed rows;
    bool fresh = false;
    for (size_t i = b->written; i < b->ordered && !fresh; i++)
        fresh = b->slots[b->named[i]].fresh;
    if (!fresh) {
        b->written = b->ordered;
        return ST_OK;
    }
    feed_init(&rows, 3);
    uint32_t *order = batch_slots_by_row(b, b->named + b->written, b->ordered - b->written);
    for (size_t i = 0; i < b->ordered - b->written; i++) {
        const struct slot *slot = &b->slots[order[i]];
        if (!slot->fresh)
            continue;
        struct feed_value *row = feed_row(&rows);
        row[0] = feed_blob(slice_of(slot->id.b, RECORD_ID_SIZE));
        row[1] = feed_int(slot->ordinal);
        row[2] = feed_int((int64_t)slot->leaf);
    }
    b->written = b->ordered;
    struct stmt *stmt = db_stmt(b->rep->db, "INSERT INTO record_no(ledger, id, no, leaf)"
                                            " SELECT ?1, c0, c1, c2 FROM _feed");
    bind_int(stmt, 1, b->ledger->no);
    enum status st = stmt_run_fed(stmt, &rows, err);
    feed_release(&rows);
    return st;
}

/* It may have no ordinal, then or ever, so this one stands by its id. */
static void note_second(struct batch *b, const struct record_id *id, uint64_t leaf)
{
    if (b->status == ST_OK)
        b->status = touch_second(b->rep->db, b->ledger->no, id, leaf, &b->error);
}

/* Where each record is mentioned again. What the overlay says has no leaf yet. */
void batch_note_touches(struct batch *b, const struct slot *slot)
{
    uint64_t last = slot->fresh ? slot->leaf : UINT64_MAX; /* the first is in record_no */
    for (uint32_t i = 0; i < slot->count; i++) {
        const struct fold_change *change = &b->changes[b->steps[slot->first + i].change];
        const struct op *op = b->steps[slot->first + i].op;
        if (change->overlay || change->event.at.leaf == last)
            continue;
        if (op->code == OP_LINK && !record_id_equal(&op->record, &slot->id)) {
            note_second(b, &slot->id, change->event.at.leaf);
            continue;
        }
        last = change->event.at.leaf;
        touches_note(&b->touches, last, (uint64_t)slot->ordinal);
    }
}

/* ---- what does not count ---- */

void batch_write_void(struct batch *b, uint64_t leaf, uint32_t position, const char *code,
                      const char *reason)
{
    struct stmt *stmt = db_stmt(b->rep->db, "INSERT OR REPLACE INTO void_change(ledger, leaf,"
                                            " position, code, reason) VALUES (?1, ?2, ?3, ?4, ?5)");
    bind_int(stmt, 1, b->ledger->no);
    bind_int(stmt, 2, (int64_t)leaf);
    bind_int(stmt, 3, position);
    bind_str(stmt, 4, code);
    bind_str(stmt, 5, reason);
    if (b->status == ST_OK)
        b->status = stmt_run(stmt, &b->error);
}
