/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * materialise: the fold in SQL's clothes. See materialise.h.
 *
 * One batch:
 *
 *   leaves ─decode─▶ changes ─verdict─▶ ops that count ─bucket by record─▶ slots
 *   each slot: load row ─▶ merge its ops in memory ─▶ (re-lay the overlay) ─▶ save row
 *
 * A batch ends at FOLD_CHANGES_MAX changes, or when they take FOLD_MEMORY_MAX, or where the catalog
 * in force changes, so that every leaf is folded by the catalog of its own registry_size. What a
 * record was before the overlay touched it stands aside in o_NAME; a leaf that touches the record
 * is folded into that, then what is left of the overlay is laid on top again. Records that only the
 * overlay touches need no work.
 *
 * A leaf that says of earlier changes whether they count (ruling.h), or that they are to be erased
 * (erasure.h), is the last of its batch; the records of these changes are folded anew from their
 * whole history.
 */
#include "shared/db/materialise.h"

#include <stdlib.h>

#include "shared/base/check.h"
#include "shared/codec/framing.h"
#include "shared/db/erasure.h"
#include "shared/db/feed.h"
#include "shared/db/leaf_cache.h"
#include "shared/db/links.h"
#include "shared/db/moves.h"
#include "shared/db/record_tables.h"
#include "shared/db/ruling.h"
#include "shared/db/touch.h"
#include "shared/ledger/change.h"
#include "shared/merge/verdict.h"

#define FOLD_CHANGES_MAX 16384
#define FOLD_MEMORY_MAX (4 * 1024 * 1024) /* of parsed changes */
#define GROUP_MAX 64                      /* records that are loaded, merged and written together */
#define SLOT_NONE UINT32_MAX

/* One change of the batch. */
struct fold_change {
    struct event event;
    bool counts;
    bool overlay;
    bool rules; /* has a void, adopt or erase */
    uint32_t op_count;
    const struct op *ops;
    struct slice note;
};

/* One record of the batch. Its ops are step[first … first + count) after bucketing. */
struct slot {
    const struct catalog_table *table; /* NULL: unknown to this catalog */
    uint32_t table_no;
    struct record_id id;
    uint64_t leaf;          /* that named it first in this batch */
    int64_t ordinal;        /* record_no.no; -1 until looked up */
    bool named;             /* an op is about it: not only as the second of a link */
    bool fresh;             /* no leaf before this batch names it */
    bool moved;             /* its moves changed, or it is new where others know of moves */
    struct links_ends ends; /* of its links, when those may have changed */
    bool linked;            /* some pair here has it */
    bool anew;              /* a ruling is about a change of it: from its whole history */
    uint32_t first, count;
};

struct step {
    uint32_t slot, change;
    const struct op *op;
};

/* The latest changeset of a chain that this batch folded. */
struct chain_time {
    uint64_t number; /* 0: none */
    int64_t effective_ms;
};

struct batch {
    struct replica *rep;
    struct ledger *ledger;
    const struct catalog *catalog;
    struct arena arena;  /* lives as long as the batch */
    struct arena record; /* of the records that wait to be written */
    struct fold_change *changes;
    size_t change_count, change_capacity;
    struct slot *slots;
    size_t slot_count, slot_capacity;
    uint32_t *map; /* table and record id -> slot + 1 */
    size_t map_size;
    struct step *steps;
    size_t step_count, step_capacity;
    size_t numbered; /* slots [0, n) are of leaves, and have been looked up */
    uint32_t *named; /* slots in the order in which leaves named them */
    size_t named_count, named_capacity;
    size_t ordered, written;   /* named [0, n) have their ordinals; have them in the database */
    struct record_id greatest; /* of those with an ordinal, before this batch */
    struct touches touches;    /* not written yet */
    struct leaf_cache past_leaves;
    struct chain_time *chains; /* by the order's number of a chain */
    size_t chain_capacity;
    bool authority;   /* an authority op counted: what may be done has changed */
    bool overlay;     /* this batch is the overlay itself */
    bool lift;        /* this batch takes the overlay away, and nothing else */
    bool bare;        /* the overlay is not there: do not lay it again */
    bool lifted;      /* because this batch took it off */
    bool moves_exist; /* some record here has moved */
    bool links_exist; /* some pair is known here */
    bool rulings_exist;
    bool ruled; /* the newest leaf of the batch did */
    struct fold_stats *stats;
    enum status status; /* sticky, from callbacks */
    struct error error;
};

struct record_tables *materialise_tables(struct replica *rep)
{
    if (!rep->tables)
        rep->tables = record_tables_new(rep->db);
    return rep->tables;
}

static void batch_init(struct batch *b, struct replica *rep, struct ledger *ledger,
                       struct fold_stats *stats)
{
    *b = (struct batch){.rep = rep, .ledger = ledger, .stats = stats};
    b->rulings_exist = ruling_exist(rep->db, ledger->no);
    materialise_tables(rep);
}

static void batch_release(struct batch *b)
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
static uint32_t find_slot(const struct batch *b, uint32_t table_no, const struct record_id *id)
{
    if (!b->map_size)
        return SLOT_NONE;
    size_t at = id_hash(id) & (b->map_size - 1);
    while (b->map[at]) {
        const struct slot *slot = &b->slots[b->map[at] - 1];
        if (slot->table_no == table_no && record_id_equal(&slot->id, id))
            return b->map[at] - 1;
        at = (at + 1) & (b->map_size - 1);
    }
    return SLOT_NONE;
}

static uint32_t take_slot(struct batch *b, uint32_t table_no, const struct record_id *id)
{
    uint32_t found = find_slot(b, table_no, id);
    if (found != SLOT_NONE)
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
static void name_slot(struct batch *b, uint32_t slot, uint64_t leaf)
{
    if (b->slots[slot].named)
        return;
    b->slots[slot].named = true;
    b->slots[slot].leaf = leaf;
    b->named = mem_grow(b->named, &b->named_capacity, b->named_count + 1, sizeof *b->named);
    b->named[b->named_count++] = slot;
}

static void add_step(struct batch *b, uint32_t slot, uint32_t change, const struct op *op)
{
    b->steps = mem_grow(b->steps, &b->step_capacity, b->step_count + 1, sizeof *b->steps);
    b->steps[b->step_count++] = (struct step){slot, change, op};
    b->slots[slot].count++;
}

/* Sorts the steps by slot, keeping their order within a slot (counting sort). */
static void bucket_steps(struct batch *b)
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
static uint32_t *slots_by_row(struct batch *b, const uint32_t *which, size_t count)
{
    uint32_t *order = arena_alloc(&b->arena, (count + 1) * sizeof *order);
    for (size_t i = 0; i < count; i++)
        order[i] = which ? which[i] : (uint32_t)i;
    sorting = b;
    qsort(order, count, sizeof *order, compare_slots);
    return order;
}

/* ---- small questions to the database ---- */

static struct chain_time *chain_time(struct batch *b, uint32_t chain)
{
    size_t had = b->chain_capacity;
    if (chain < had)
        return &b->chains[chain];
    b->chains = mem_grow(b->chains, &b->chain_capacity, (size_t)chain + 1, sizeof *b->chains);
    memset(b->chains + had, 0, (b->chain_capacity - had) * sizeof *b->chains);
    return &b->chains[chain];
}

/* The latest effective time of what a changeset names: what precedes it in its chain, its deps. */
static int64_t named_ms(struct batch *b, const struct changeset *header,
                        const struct order_entry *entry)
{
    const struct chain_time *before = chain_time(b, entry->chain);
    int64_t deps_ms = replica_deps_ms(b->rep, b->ledger, header), prev_ms = 0;
    if (header->number > 1)
        prev_ms = before->number + 1 == header->number
                      ? before->effective_ms
                      : replica_effective_ms(b->rep, b->ledger, &header->prev);
    return deps_ms > prev_ms ? deps_ms : prev_ms;
}

/* Where a referenced change stands: its leaf (or overlay number) and position. The reference's 8
 * bytes of leaf hash must match; one that matches nothing is ignored. */
static bool locate_reference(struct batch *b, const struct op_ref *ref,
                             const struct changeset *current, uint64_t current_leaf,
                             struct stamp *out)
{
    if (current && slice_equal(ref->kid, hash_slice(&current->kid)) &&
        slice_equal(ref->chain, slice_of(current->chain.b, sizeof current->chain.b)) &&
        ref->seq >= current->first_seq) {
        *out = (struct stamp){.leaf = current_leaf,
                              .position = (uint32_t)(ref->seq - current->first_seq)};
        return true;
    }
    return replica_find_change(b->rep, b->ledger, ref, true, out) ||
           replica_find_change(b->rep, b->ledger, ref, false, out);
}

/* ---- taking changes into the batch ---- */

static void write_void(struct batch *b, uint64_t leaf, uint32_t position, const char *code,
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

static void note_authority_op(struct batch *b, uint64_t leaf, uint32_t position, size_t step,
                              const struct hash *author, struct slice op)
{
    struct stmt *stmt = db_stmt(b->rep->db, "INSERT INTO authority_op(leaf, position, step,"
                                            " author, op) VALUES (?1, ?2, ?3, ?4, ?5)");
    bind_int(stmt, 1, (int64_t)leaf);
    bind_int(stmt, 2, position);
    bind_int(stmt, 3, (int64_t)step);
    bind_blob(stmt, 4, hash_slice(author));
    bind_blob(stmt, 5, op);
    if (b->status == ST_OK)
        b->status = stmt_run(stmt, &b->error);
}

static void forget_authority_ops(struct batch *b, uint64_t leaf, uint32_t position)
{
    struct stmt *stmt =
        db_stmt(b->rep->db, "DELETE FROM authority_op WHERE leaf = ?1 AND position = ?2");
    bind_int(stmt, 1, (int64_t)leaf);
    bind_int(stmt, 2, position);
    if (b->status == ST_OK)
        b->status = stmt_run(stmt, &b->error);
}

/* Authority ops of one registry change. All or none count: what the next change finds, and what a
 * later start reads back from authority_op, must never be half of one. */
static bool apply_authority_ops(struct batch *b, uint64_t leaf, uint32_t position,
                                const struct hash *author, const struct op_body *body,
                                struct error *why)
{
    struct authority_mark mark;
    size_t count = 0;
    bool good = true;
    for (size_t i = 0; i < body->op_count; i++)
        count += body->ops[i].code >= OP_AUTHORITY;
    if (count > 1)
        replica_mark_authority(b->rep, &mark);
    for (size_t i = 0; i < body->op_count && good; i++) {
        const struct op *op = &body->ops[i];
        if (op->code < OP_AUTHORITY)
            continue;
        good = replica_apply_authority(b->rep, leaf, author, op->raw, why) == ST_OK;
        if (good)
            note_authority_op(b, leaf, position, i, author, op->raw);
    }
    b->authority |= good && count > 0;
    if (!good)
        forget_authority_ops(b, leaf, position);
    if (count > 1 && good)
        replica_drop_mark(&mark);
    else if (count > 1)
        replica_back_to_mark(b->rep, &mark);
    return good;
}

static void name_references(struct batch *b, struct fold_change *change,
                            const struct changeset *header, struct arena *arena)
{
    size_t n = 0;
    for (uint32_t i = 0; i < change->op_count; i++)
        n += change->ops[i].code == OP_RESOLVE ? change->ops[i].ref_count : 0;
    if (!n)
        return;
    struct stamp *named = arena_alloc(arena, n * sizeof *named);
    n = 0;
    for (uint32_t i = 0; i < change->op_count; i++)
        for (uint32_t k = 0; change->ops[i].code == OP_RESOLVE && k < change->ops[i].ref_count; k++)
            n += locate_reference(b, &change->ops[i].refs[k], header, change->event.at.leaf,
                                  &named[n]);
    change->event.named = named;
    change->event.named_count = n;
}

/* Everything that is the same for all changes of one changeset. */
struct changeset_terms {
    const struct changeset *header;
    struct verdict_terms verdict;
    struct verdict_author author;
    const struct order_entry *entry;
    uint64_t leaf;
    int64_t base_ms, own_ms, floor_ms;
    bool registry;
};

/* The cut of a revocation vouches for what waits here if it does for something later in its chain
 * that waits too. */
static bool head_waits(struct batch *b, const struct grant *revoked, const struct changeset *header)
{
    struct stmt *stmt =
        db_stmt(b->rep->db, "SELECT c.id FROM chain n JOIN changeset c ON c.chain = n.no"
                            " WHERE n.ledger = ?1 AND n.kid = ?2 AND n.chain = ?3"
                            " AND c.number >= ?4");
    bool row, found = false;
    bind_int(stmt, 1, b->ledger->no);
    bind_blob(stmt, 2, hash_slice(&header->kid));
    bind_blob(stmt, 3, slice_of(header->chain.b, sizeof header->chain.b));
    bind_int(stmt, 4, (int64_t)header->number);
    while (!found && stmt_step(stmt, &row, NULL) == ST_OK && row) {
        struct hash id;
        if (stmt_blob(stmt, 0).n != HASH_SIZE)
            continue;
        memcpy(id.b, stmt_blob(stmt, 0).p, HASH_SIZE);
        found =
            registry_cut_has(&b->rep->registry, revoked, &b->ledger->origin, &header->chain, &id);
    }
    stmt_reset(stmt);
    return found;
}

/* At its own leaf a changeset of a revoked key is honest if it is a head of the cut itself; those
 * before the head count from the head's leaf on. id: NULL while it is open. */
static bool is_honest(struct batch *b, const struct changeset *header, const struct hash *id,
                      bool overlay, uint64_t registry_size)
{
    const struct registry *reg = &b->rep->registry;
    const struct grant *revoked = registry_revoked(reg, &header->kid, registry_size);
    if (!revoked || revoked->cut_count == 0)
        return false;
    return (id && registry_cut_has(reg, revoked, &b->ledger->origin, &header->chain, id)) ||
           (overlay && head_waits(b, revoked, header));
}

static void changeset_terms(struct batch *b, const struct changeset *header, const struct hash *id,
                            uint64_t leaf, int64_t admitted_ms, uint64_t registry_size,
                            struct changeset_terms *out)
{
    *out = (struct changeset_terms){
        .header = header,
        .verdict = {.registry = &b->rep->registry,
                    .writers = replica_catalog_at(b->rep, registry_size),
                    .rules = replica_catalog_at(b->rep, header->registry_size),
                    .origin = &b->ledger->origin,
                    .registry_size = registry_size,
                    .overlay = leaf >= LEAF_OVERLAY,
                    .honest = is_honest(b, header, id, leaf >= LEAF_OVERLAY, registry_size)},
        .entry =
            replica_order(b->rep, b->ledger)->entry(replica_order(b->rep, b->ledger)->arg, leaf),
        .leaf = leaf,
        .base_ms = replica_admitted_ms(b->rep, b->ledger, header->base_size),
        .own_ms = admitted_ms,
        .registry = b->ledger == b->rep->registry_ledger,
    };
    out->floor_ms = named_ms(b, header, out->entry);
    verdict_author(&out->verdict, &header->kid, &out->author);
}

/* What a change says, or what is left of it. */
struct said {
    uint64_t hlc;
    struct slice bytes; /* its body; erased: its redacted ops */
    bool erased;
};

static struct said said_by(const struct segment *segment, uint32_t position)
{
    const struct change_item *change = &segment->changes[position];
    const bool erased = segment_erased(segment, position);
    return (struct said){change->hlc, erased ? segment_left(segment, position) : change->body,
                         erased};
}

static enum status parse_said(const struct said *said, struct arena *arena, struct op_body *out,
                              struct error *err)
{
    *out = (struct op_body){0};
    if (!said->erased)
        return op_body_parse(said->bytes, arena, out, err);
    return said->bytes.n ? op_redacted_parse(said->bytes, arena, out, err) : ST_OK;
}

/* It came here without its content. Until the order comes it is nowhere said why. */
static void note_unexplained(struct batch *b, uint64_t leaf, uint32_t position)
{
    const struct erasure none = {.counts = true, .agrees = true};
    struct erasure known;
    if (b->status == ST_OK && !erasure_find(b->rep->db, b->ledger->no, leaf, position, &known))
        b->status = erasure_write(b->rep->db, b->ledger->no, leaf, position, &none, &b->error);
}

/* Parses, judges and takes one change. err (may be NULL) gets the reason when it does not count. */
static enum verdict_code take_change(struct batch *b, struct changeset_terms *t, uint32_t position,
                                     const struct said *said, struct error *err)
{
    struct fold_change change = {.overlay = t->leaf >= LEAF_OVERLAY};
    struct op_body body = {0};
    struct verdict_terms terms = t->verdict;
    struct error why = {.text = ""};
    enum verdict_code code;
    int64_t effective = leaf_effective_ms(hlc_ms(said->hlc), t->base_ms, t->own_ms, t->floor_ms);
    terms.admitted_ms = change.overlay ? effective : t->own_ms;
    terms.erased = said->erased;
    change.event = (struct event){
        .at = {effective, t->leaf, position}, .entry = t->entry, .role_bit = t->author.writer_bit};
    if (said->erased && !change.overlay)
        note_unexplained(b, t->leaf, position);
    if (parse_said(said, &b->arena, &body, &why) != ST_OK) {
        code = VERDICT_MALFORMED;
    } else {
        code = verdict(&terms, &t->author, &body, effective, &why);
        if (code == VERDICT_COUNTS && t->registry && !change.overlay) {
            if (!apply_authority_ops(b, t->leaf, position, &t->header->kid, &body, &why))
                code = VERDICT_AUTHORITY;
            verdict_author(&t->verdict, &t->header->kid, &t->author); /* grants have moved */
        }
    }
    change.counts = code == VERDICT_COUNTS;
    change.op_count = (uint32_t)body.op_count;
    change.ops = body.ops;
    change.note = body.note;
    if (change.counts)
        name_references(b, &change, t->header, &b->arena);
    else if (!change.overlay)
        write_void(b, t->leaf, position, verdict_name(code), why.text);
    if (err)
        *err = why;

    b->changes = mem_grow(b->changes, &b->change_capacity, b->change_count + 1, sizeof *b->changes);
    b->changes[b->change_count] = change;
    for (size_t i = 0; i < body.op_count; i++) {
        const struct op *op = &body.ops[i];
        b->changes[b->change_count].rules |=
            op->code == OP_VOID || op->code == OP_ADOPT || op->code == OP_ERASE;
        if (op->code > OP_IN)
            continue;
        uint32_t slot = take_slot(b, op->table, &op->record);
        name_slot(b, slot, t->leaf);
        add_step(b, slot, (uint32_t)b->change_count, op);
        if (op->code == OP_LINK) /* either of the two may be the one that keeps it */
            add_step(b, take_slot(b, op->table, &op->other), (uint32_t)b->change_count, op);
    }
    b->change_count++;
    if (b->stats && !change.overlay) {
        b->stats->changes++;
        b->stats->counted += change.counts;
        b->stats->voided += !change.counts;
    }
    return code;
}

static void note_effective(struct batch *b, uint64_t leaf, int64_t effective_ms)
{
    struct stmt *stmt = db_stmt(b->rep->db, "UPDATE leaf SET effective_ms = ?3 WHERE ledger = ?1"
                                            " AND idx = ?2");
    bind_int(stmt, 1, b->ledger->no);
    bind_int(stmt, 2, (int64_t)leaf);
    bind_int(stmt, 3, effective_ms);
    if (b->status == ST_OK)
        b->status = stmt_run(stmt, &b->error);
}

static void take_segment(struct batch *b, const struct segment *segment, uint64_t leaf,
                         int64_t admitted_ms, uint64_t registry_size)
{
    struct changeset_terms terms;
    changeset_terms(b, &segment->header, &segment->id, leaf, admitted_ms, registry_size, &terms);
    for (uint32_t i = 0; i < segment->header.count; i++) {
        const struct said said = said_by(segment, i);
        take_change(b, &terms, i, &said, NULL);
    }
    int64_t last_ms = b->changes[b->change_count - 1].event.at.effective_ms;
    *chain_time(b, terms.entry->chain) = (struct chain_time){segment->header.number, last_ms};
    note_effective(b, leaf, last_ms);
}

/* ---- ordinals and touch ---- */

/* The greatest id that has an ordinal: ids begin with the time at which they were made, so most new
 * records need not be looked for. */
static enum status load_greatest(struct batch *b, struct error *err)
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
static enum status number_records(struct batch *b, struct error *err)
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
static enum status write_ordinals(struct batch *b, struct error *err)
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
    uint32_t *order = slots_by_row(b, b->named + b->written, b->ordered - b->written);
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
static void note_touches(struct batch *b, const struct slot *slot)
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

/* ---- values of the past ---- */

/* Every counting change of one record in leaves [0, before), as merge events in fold order. */
struct past {
    struct merge_event *events;
    size_t count, capacity;
};

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

static uint64_t registry_size_at(struct batch *b, uint64_t index)
{
    struct stmt *stmt = db_stmt(b->rep->db, "SELECT registry_size FROM leaf WHERE ledger = ?1"
                                            " AND idx = ?2");
    bool row;
    uint64_t size = 0;
    if (b->ledger == b->rep->registry_ledger)
        return index;
    bind_int(stmt, 1, b->ledger->no);
    bind_int(stmt, 2, (int64_t)index);
    if (stmt_step(stmt, &row, NULL) == ST_OK && row)
        size = (uint64_t)stmt_int(stmt, 0);
    stmt_reset(stmt);
    return size;
}

/* A change that begins to count at a later leaf: under its author's grant before the revocation, by
 * the catalog of that leaf. */
static void adopted_terms(struct batch *b, uint64_t place, struct changeset_terms *terms)
{
    terms->verdict.honest = true;
    terms->verdict.writers = replica_catalog_at(b->rep, registry_size_at(b, place));
    verdict_author(&terms->verdict, &terms->header->kid, &terms->author);
}

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
        adopted_terms(b, ruling.by_leaf, terms);
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
    if (parse_said(&said, walk->arena, &body, NULL) != ST_OK ||
        (!erasure.explained && verdict(&vt, &terms->author, &body, ms, NULL) != VERDICT_COUNTS))
        return;
    struct fold_change change = {.event = {.at = {ms, terms->leaf, position, ruling.by_leaf},
                                           .entry = terms->entry,
                                           .role_bit = terms->author.writer_bit},
                                 .op_count = (uint32_t)body.op_count,
                                 .ops = body.ops};
    name_references(b, &change, terms->header, walk->arena);
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
    changeset_terms(b, &leaf->segment.header, &leaf->segment.id, index, leaf->leaf.admitted_ms,
                    registry_size, &terms);
    size_t count = cached_leaf_find(leaf, &record->id, &mentions);
    for (size_t i = 0; i < count; i++) {
        const struct said said = said_by(&leaf->segment, mentions[i].position);
        take_past(walk, &terms, &said, mentions[i].position, table);
    }
    return ST_OK;
}

static enum status load_past(struct batch *b, const struct record_state *record, uint64_t before,
                             struct arena *arena, struct past *past, struct error *err)
{
    struct past_walk walk = {b, record, before, arena, past, false};
    uint64_t *leaves;
    size_t leaf_count;
    enum status st = touch_leaves(b->rep->db, b->ledger->no, &record->id, before, arena, &leaves,
                                  &leaf_count, err);
    for (size_t i = 0; i < leaf_count && st == ST_OK; i++)
        st = take_past_leaf(&walk, leaves[i], err);
    if (walk.placed)
        qsort(past->events, past->count, sizeof *past->events, compare_events);
    return st;
}

/* Answers ask_prefix of every field that asks. */
static enum status settle(struct batch *b, struct record_state *record,
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
        st = load_past(b, record, before, &arena, &past, err);
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

/* ---- one record ---- */

static void note_overruled(void *arg, const struct record_state *record, uint32_t field,
                           const struct claim *loser, const struct claim *winner,
                           enum overruled_why why)
{
    static const char *const words[] = {"later", "append", "illegal_step"};
    struct batch *b = arg;
    if (loser->at.leaf >= LEAF_OVERLAY || winner->at.leaf >= LEAF_OVERLAY || b->status != ST_OK)
        return;
    struct stmt *stmt =
        db_stmt(b->rep->db, "INSERT OR REPLACE INTO overruled(ledger, tbl, id, field, leaf,"
                            " position, by_leaf, by_position, why)"
                            " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)");
    bind_int(stmt, 1, b->ledger->no);
    bind_int(stmt, 2, record->table->no);
    bind_blob(stmt, 3, slice_of(record->id.b, RECORD_ID_SIZE));
    bind_int(stmt, 4, field);
    bind_int(stmt, 5, (int64_t)loser->at.leaf);
    bind_int(stmt, 6, loser->at.position);
    bind_int(stmt, 7, (int64_t)winner->at.leaf);
    bind_int(stmt, 8, winner->at.position);
    bind_str(stmt, 9, words[why]);
    b->status = stmt_run(stmt, &b->error);
}

/* Is the conflict one by rules that the newest catalog has changed? There is nothing to decide any
 * more: whoever looks at the record sees its value in force as the only one. */
static bool is_past(struct batch *b, const struct record_state *record, uint32_t no)
{
    const struct catalog_table *newest = catalog_table(replica_catalog(b->rep), record->table->no);
    const struct catalog_field *field = no && newest ? newest->by_no[no] : NULL;
    return field && field->policy_since > record->table->policy_since;
}

static enum status write_conflicts(struct batch *b, const struct record_state *record,
                                   bool had_conflict, struct error *err)
{
    enum status st = ST_OK;
    if (had_conflict) {
        struct stmt *stmt = db_stmt(b->rep->db, "DELETE FROM conflict WHERE ledger = ?1"
                                                " AND tbl = ?2 AND id = ?3");
        bind_int(stmt, 1, b->ledger->no);
        bind_int(stmt, 2, record->table->no);
        bind_blob(stmt, 3, slice_of(record->id.b, RECORD_ID_SIZE));
        st = stmt_run(stmt, err);
    }
    for (uint32_t f = 0; record->conflict && f < record->field_count && st == ST_OK; f++) {
        if (!record->fields[f].conflict || is_past(b, record, f))
            continue;
        struct stmt *stmt = db_stmt(b->rep->db, "INSERT OR IGNORE INTO conflict(ledger, tbl, id,"
                                                " field) VALUES (?1, ?2, ?3, ?4)");
        bind_int(stmt, 1, b->ledger->no);
        bind_int(stmt, 2, record->table->no);
        bind_blob(stmt, 3, slice_of(record->id.b, RECORD_ID_SIZE));
        bind_int(stmt, 4, f);
        st = stmt_run(stmt, err);
        if (!had_conflict && b->stats)
            b->stats->conflicts_opened++;
    }
    return st;
}

/* Applies the slot's steps of one kind (admitted, or overlay) that count. Returns how many. */
static uint32_t apply_steps(struct batch *b, const struct slot *slot, bool overlay,
                            struct record_state *record, const struct merge_context *context)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < slot->count; i++) {
        const struct step *step = &b->steps[slot->first + i];
        const struct fold_change *change = &b->changes[step->change];
        if (!change->counts || change->overlay != overlay)
            continue;
        merge_apply(record, step->op, &change->event, context);
        n++;
    }
    return n;
}

static bool has_steps(const struct batch *b, const struct slot *slot, bool overlay)
{
    for (uint32_t i = 0; i < slot->count; i++) {
        const struct fold_change *change = &b->changes[b->steps[slot->first + i].change];
        if (change->counts && change->overlay == overlay)
            return true;
    }
    return false;
}

/* The row in force has been written, or removed: its moves, and whether it needs a look at those of
 * other ledgers. */
static enum status note_moves(struct batch *b, struct slot *slot, const struct record_state *record,
                              bool was_there, int bits, struct error *err)
{
    if (record->move_count || bits & ROW_MOVED) {
        slot->moved = true;
        b->moves_exist = true;
        return moves_write(b->rep, b->ledger, record, err);
    }
    if (b->moves_exist && !was_there && moves_known(b->rep, slot->table, &slot->id))
        slot->moved = true;
    return ST_OK;
}

/* The same for links: which records hang together with it may have changed, or it may be another
 * one of them that is shown. */
static enum status note_links(struct batch *b, struct slot *slot, const struct record_state *record,
                              int bits, struct error *err)
{
    if (record->link_count || bits & ROW_PAIRED) {
        slot->linked = b->links_exist = true;
        return links_write(b->rep, b->ledger, record, &b->record, &slot->ends, err);
    }
    slot->linked =
        bits & ROW_LINKED || (b->links_exist && links_known(b->rep, slot->table, &slot->id));
    return ST_OK;
}

static enum status settle_links(struct batch *b, const struct slot *slot, struct error *err)
{
    enum status st = links_settle(b->rep, slot->table, &slot->id, err);
    for (size_t i = 0; i < slot->ends.count && st == ST_OK; i++)
        st = links_settle(b->rep, slot->table, &slot->ends.ids[i], err);
    return st;
}

/* Neighbours in one table, and what stands of them. Everything of theirs lives in batch.record. */
struct group {
    size_t count;
    struct slot *slots[GROUP_MAX];
    struct loaded_row in_force[GROUP_MAX];
    struct loaded_row aside[GROUP_MAX]; /* of those that the overlay touched */
};

static enum status load_aside(struct batch *b, struct group *g, struct error *err)
{
    const struct record_id *ids[GROUP_MAX];
    size_t places[GROUP_MAX], count = 0;
    for (size_t i = 0; i < g->count; i++)
        if (g->in_force[i].bits & ROW_OVERLAY) {
            places[count] = i;
            ids[count++] = &g->slots[i]->id;
        }
    if (count == 0)
        return ST_OK;
    struct loaded_row *loaded = arena_alloc(&b->record, count * sizeof *loaded);
    enum status st = record_load_many(b->rep->tables, ROW_ADMITTED_ASIDE, b->ledger->no,
                                      g->slots[0]->table, ids, count, &b->record, loaded, err);
    for (size_t i = 0; i < count && st == ST_OK; i++)
        g->aside[places[i]] = loaded[i];
    return st;
}

static enum status load_group(struct batch *b, struct group *g, struct error *err)
{
    const struct record_id *ids[GROUP_MAX];
    for (size_t i = 0; i < g->count; i++)
        ids[i] = &g->slots[i]->id;
    enum status st =
        record_load_many(b->rep->tables, ROW_IN_FORCE, b->ledger->no, g->slots[0]->table, ids,
                         g->count, &b->record, g->in_force, err);
    return st == ST_OK && !b->overlay ? load_aside(b, g, err) : st;
}

/* A record that is only named has no place to be away from: what the row says of that is of a life
 * that was lifted off. */
static int bits_that_hold(int bits)
{
    return bits & ROW_NAMED ? bits & ~ROW_ELSEWHERE : bits;
}

/* The row that was put aside is in force again, byte by byte: it stands by the policies of its last
 * leaf's day, and there may be leaves to come of a day before the newest catalog. */
static enum status lift_slot(struct batch *b, struct slot *slot, const struct loaded_row *standing,
                             const struct loaded_row *admitted, struct error *err)
{
    struct record_tables *tables = b->rep->tables;
    const int64_t ledger = b->ledger->no;
    enum status st;
    if (admitted->found) {
        st = record_copy_back(tables, ledger, slot->table, &slot->id,
                              standing->bits & ROW_BY_OTHERS, err);
        if (st == ST_OK)
            st = record_remove(tables, ROW_ADMITTED_ASIDE, ledger, slot->table, &slot->id, err);
    } else {
        st = record_remove(tables, ROW_IN_FORCE, ledger, slot->table, &slot->id, err);
    }
    if (st == ST_OK)
        st = note_moves(b, slot, &admitted->record, standing->found, standing->bits, err);
    if (st == ST_OK)
        st = note_links(b, slot, &admitted->record, standing->bits, err);
    return st == ST_OK ? write_conflicts(b, &admitted->record, standing->bits & ROW_CONFLICT, err)
                       : st;
}

/* What the leaves so far say of a record, from nothing, and what they report. */
static enum status fold_anew(struct batch *b, const struct slot *slot, struct record_state *record,
                             const struct merge_context *context, struct error *err)
{
    struct past past = {0};
    const struct record_state asked = {.table = slot->table, .id = slot->id};
    struct stmt *stmt = db_stmt(b->rep->db, "DELETE FROM overruled WHERE ledger = ?1 AND tbl = ?2"
                                            " AND id = ?3");
    bind_int(stmt, 1, b->ledger->no);
    bind_int(stmt, 2, slot->table->no);
    bind_blob(stmt, 3, slice_of(slot->id.b, RECORD_ID_SIZE));
    enum status st = stmt_run(stmt, err);
    if (st == ST_OK)
        st = load_past(b, &asked, b->ledger->folded, &b->record, &past, err);
    if (st == ST_OK)
        merge_all(slot->table, &slot->id, past.events, past.count, context, record);
    mem_free(past.events);
    return st;
}

static enum status merge_slot(struct batch *b, struct slot *slot, const struct loaded_row *standing,
                              const struct loaded_row *admitted, struct error *err)
{
    struct record_tables *tables = b->rep->tables;
    const int64_t ledger = b->ledger->no;
    struct merge_context context = {.order = replica_order(b->rep, b->ledger),
                                    .arena = &b->record,
                                    .overruled = b->overlay ? NULL : note_overruled,
                                    .arg = b};
    struct record_state record = standing->record;
    const bool in_force = standing->found;
    const int bits = bits_that_hold(standing->bits);
    const bool was_there = in_force && !(bits & ROW_NAMED);
    bool aside = false;
    enum status st = ST_OK;
    if (b->overlay) {
        if (in_force && !(bits & ROW_OVERLAY))
            st = record_copy_aside(tables, ledger, slot->table, &slot->id, err);
    } else {
        /* Lift the overlay: go on from the admitted row, which may be none. */
        if (bits & ROW_OVERLAY) {
            record = admitted->record;
            aside = admitted->found;
        }
        bool laid = has_steps(b, slot, true);
        bool said = true;
        if (slot->anew)
            st = fold_anew(b, slot, &record, &context, err);
        else
            said = apply_steps(b, slot, false, &record, &context) > 0;
        if (!said && !laid) /* void changes only */
            return bits & ROW_OVERLAY ? lift_slot(b, slot, standing, admitted, err) : ST_OK;
        if (st == ST_OK)
            st = settle(b, &record, &context, err);
        if (st == ST_OK && !laid) {
            if (aside)
                st = record_remove(tables, ROW_ADMITTED_ASIDE, ledger, slot->table, &slot->id, err);
            if (st == ST_OK && record_is_kept(&record))
                record_save(tables, ROW_IN_FORCE, ledger, &record, bits & ROW_BY_OTHERS,
                            &b->record);
            else if (st == ST_OK && in_force)
                st = record_remove(tables, ROW_IN_FORCE, ledger, slot->table, &slot->id, err);
            if (b->stats)
                b->stats->records_written++;
            if (st == ST_OK)
                st = note_moves(b, slot, &record, was_there, bits, err);
            if (st == ST_OK)
                st = note_links(b, slot, &record, bits, err);
            return st == ST_OK ? write_conflicts(b, &record, bits & ROW_CONFLICT, err) : st;
        }
        if (st == ST_OK && !said) /* what is admitted stands as it is, byte by byte */
            st = in_force && !(bits & ROW_OVERLAY)
                     ? record_copy_aside(tables, ledger, slot->table, &slot->id, err)
                     : ST_OK;
        else if (st == ST_OK && record_is_kept(&record))
            record_save(tables, ROW_ADMITTED_ASIDE, ledger, &record, 0, &b->record);
        else if (st == ST_OK && aside) /* all that was said of it is void now */
            st = record_remove(tables, ROW_ADMITTED_ASIDE, ledger, slot->table, &slot->id, err);
    }
    /* Lay the overlay on top. */
    if (st == ST_OK) {
        context.overruled = NULL;
        apply_steps(b, slot, true, &record, &context);
        st = settle(b, &record, &context, err);
    }
    if (st == ST_OK && record_is_kept(&record))
        record_save(tables, ROW_IN_FORCE, ledger, &record, ROW_OVERLAY | (bits & ROW_BY_OTHERS),
                    &b->record);
    else if (st == ST_OK && in_force)
        st = record_remove(tables, ROW_IN_FORCE, ledger, slot->table, &slot->id, err);
    if (st == ST_OK)
        st = note_moves(b, slot, &record, was_there, bits, err);
    if (st == ST_OK)
        st = note_links(b, slot, &record, bits, err);
    if (b->stats)
        b->stats->records_written++;
    return st == ST_OK ? write_conflicts(b, &record, bits & ROW_CONFLICT, err) : st;
}

/* ---- the overlay that is left ---- */

struct overlay_walk {
    struct batch *b;
    enum status status;
    struct error *err;
};

static bool is_of_batch(const struct batch *b, const struct op *op)
{
    if (op->code > OP_IN)
        return false;
    return find_slot(b, op->table, &op->record) != SLOT_NONE ||
           (op->code == OP_LINK && find_slot(b, op->table, &op->other) != SLOT_NONE);
}

/* Takes those changes of a waiting changeset that touch records of the batch. */
static bool take_waiting(void *arg, const struct stored_changeset *stored)
{
    struct overlay_walk *walk = arg;
    struct batch *b = walk->b;
    struct arena temp = {0};
    struct segment segment;
    struct segment_known known;
    struct changeset_terms terms;
    replica_known(b->rep, b->ledger, &known);
    walk->status = segment_load(stored->cose, stored->salts, stored->columns, &known.index, &temp,
                                &segment, walk->err);
    if (walk->status == ST_OK) {
        struct changeset *header = arena_copy(&b->arena, &segment.header, sizeof segment.header);
        changeset_terms(b, header, &stored->id, LEAF_OVERLAY + stored->overlay, INT64_MAX,
                        b->rep->registry.size, &terms);
        for (uint32_t i = 0; i < header->count; i++) {
            struct op_body body;
            bool mine = false;
            struct said said = said_by(&segment, i);
            if (parse_said(&said, &temp, &body, NULL) != ST_OK)
                continue;
            for (size_t o = 0; o < body.op_count && !mine; o++)
                mine = is_of_batch(b, &body.ops[o]);
            if (!mine)
                continue;
            said.bytes = slice_of(arena_copy(&b->arena, said.bytes.p, said.bytes.n), said.bytes.n);
            take_change(b, &terms, i, &said, NULL);
        }
    }
    arena_release(&temp);
    return walk->status == ST_OK;
}

/* ---- rulings ---- */

enum ruling_kind { RULED_VOID, RULED_ADOPTED, RULED_BY_HEAD };

/* One word about earlier changes. */
struct word {
    enum ruling_kind kind;
    uint64_t by_leaf;
    struct slice note; /* of the change that gives it */
};

static bool void_code_is(struct batch *b, uint64_t leaf, uint32_t position, const char *code,
                         bool *found)
{
    struct stmt *stmt = db_stmt(b->rep->db, "SELECT code FROM void_change WHERE ledger = ?1"
                                            " AND leaf = ?2 AND position = ?3");
    bool row = false, same = false;
    bind_int(stmt, 1, b->ledger->no);
    bind_int(stmt, 2, (int64_t)leaf);
    bind_int(stmt, 3, position);
    *found = stmt_step(stmt, &row, NULL) == ST_OK && row;
    if (*found)
        same = slice_equal(stmt_text(stmt, 0), slice_str(code));
    stmt_reset(stmt);
    return same;
}

static enum status forget_void(struct batch *b, uint64_t leaf, uint32_t position, struct error *err)
{
    struct stmt *stmt = db_stmt(b->rep->db, "DELETE FROM void_change WHERE ledger = ?1"
                                            " AND leaf = ?2 AND position = ?3");
    bind_int(stmt, 1, b->ledger->no);
    bind_int(stmt, 2, (int64_t)leaf);
    bind_int(stmt, 3, position);
    return stmt_run(stmt, err);
}

/* Does it not count yet, and would it but for the revocation of its author? */
static bool may_begin_to_count(struct batch *b, const struct changeset_terms *terms,
                               const struct word *word, uint32_t position, const struct said *said,
                               const struct op_body *body)
{
    struct verdict_terms vt = terms->verdict;
    struct erasure erasure;
    bool is_void, quarantined;
    if (said->erased && erasure_find(b->rep->db, b->ledger->no, terms->leaf, position, &erasure) &&
        !erasure.counts)
        return false;
    quarantined =
        void_code_is(b, terms->leaf, position, verdict_name(VERDICT_QUARANTINED), &is_void);
    if (!is_void || (word->kind == RULED_BY_HEAD && !quarantined))
        return false;
    vt.admitted_ms = terms->own_ms;
    vt.erased = said->erased;
    int64_t ms =
        leaf_effective_ms(hlc_ms(said->hlc), terms->base_ms, terms->own_ms, terms->floor_ms);
    return verdict(&vt, &terms->author, body, ms, NULL) == VERDICT_COUNTS;
}

static bool has_authority_op(const struct op_body *body)
{
    for (size_t i = 0; i < body->op_count; i++)
        if (body->ops[i].code >= OP_AUTHORITY)
            return true;
    return false;
}

static void mark_anew(struct batch *b, uint32_t table, const struct record_id *id)
{
    uint32_t slot = take_slot(b, table, id);
    b->slots[slot].anew = true;
}

static void fold_anew_later(struct batch *b, const struct op_body *body)
{
    for (size_t i = 0; i < body->op_count; i++) {
        const struct op *op = &body->ops[i];
        if (op->code > OP_IN)
            continue;
        mark_anew(b, op->table, &op->record);
        if (op->code == OP_LINK)
            mark_anew(b, op->table, &op->other);
    }
}

static enum status rule_on_change(struct batch *b, const struct changeset_terms *terms,
                                  const struct word *word, uint32_t position,
                                  const struct said *said, struct error *err)
{
    const struct ruling ruling = {word->kind != RULED_VOID, word->by_leaf};
    struct arena arena = {0};
    struct op_body body;
    enum status st = ST_OK;
    if (parse_said(said, &arena, &body, NULL) == ST_OK && !has_authority_op(&body) &&
        (!ruling.counts || may_begin_to_count(b, terms, word, position, said, &body))) {
        st = ruling_write(b->rep->db, b->ledger->no, terms->leaf, position, &ruling, err);
        if (st == ST_OK && ruling.counts) {
            st = forget_void(b, terms->leaf, position, err);
        } else if (st == ST_OK) {
            char *reason = mem_printf("登记员宣布这次改动无效%s%.*s", word->note.n ? "：" : "",
                                      (int)word->note.n, (const char *)word->note.p);
            write_void(b, terms->leaf, position, VERDICT_NAME_VOIDED, reason);
            mem_free(reason);
        }
        b->ruled = b->rulings_exist = true;
        fold_anew_later(b, &body);
    }
    arena_release(&arena);
    return st;
}

#define EVERY_CHANGE UINT32_MAX

static enum status rule_on(struct batch *b, uint64_t leaf, uint32_t position,
                           const struct word *word, struct error *err)
{
    const struct cached_leaf *cached;
    struct changeset_terms terms;
    enum status st = leaf_cache_get(&b->past_leaves, b->rep, b->ledger, leaf, &cached, err);
    if (st != ST_OK)
        return st;
    const struct changeset *header = &cached->segment.header;
    changeset_terms(b, header, &cached->segment.id, leaf, cached->leaf.admitted_ms,
                    registry_size_at(b, leaf), &terms);
    adopted_terms(b, word->by_leaf, &terms);
    for (uint32_t i = 0; i < header->count && st == ST_OK; i++) {
        const struct said said = said_by(&cached->segment, i);
        if (position == EVERY_CHANGE || i == position)
            st = rule_on_change(b, &terms, word, i, &said, err);
    }
    return st;
}

static enum status rule_on_target(struct batch *b, const struct target *target,
                                  const struct word *word, struct error *err)
{
    const struct op_ref ref = {.kid = hash_slice(&target->change.kid),
                               .chain =
                                   slice_of(target->change.chain.b, sizeof target->change.chain.b),
                               .seq = target->change.seq,
                               .leaf8 = slice_of(target->change.leaf, sizeof target->change.leaf)};
    struct stamp at = {.position = EVERY_CHANGE};
    if (target->is_changeset
            ? !ruling_leaf_of(b->rep->db, b->ledger->no, &target->changeset, word->by_leaf,
                              &at.leaf)
            : !replica_find_change(b->rep, b->ledger, &ref, true, &at) || at.leaf >= word->by_leaf)
        return ST_OK; /* it names nothing that is there */
    return rule_on(b, at.leaf, at.position, word, err);
}

static enum status follow_word(struct batch *b, const struct op *op, uint64_t leaf,
                               struct slice note, struct error *err)
{
    const struct word word = {op->code == OP_VOID ? RULED_VOID : RULED_ADOPTED, leaf, note};
    struct target *targets = mem_zero_alloc(AUTHORITY_TARGETS_MAX, sizeof *targets);
    size_t count;
    enum status st =
        targets_decode(op->raw, (enum authority_op_code)op->code, targets, &count, err);
    CHECK(st == ST_OK); /* the verdict has looked */
    for (size_t i = 0; i < count && st == ST_OK; i++)
        st = rule_on_target(b, &targets[i], &word, err);
    mem_free(targets);
    return st;
}

/* ---- erasing ---- */

/* One order to erase a change. */
struct erase_order {
    struct slice left; /* what is to stand in its place */
    struct erasure row;
    struct slice note;
};

/* Whether it counts is from now on as the order says: who gets the ledger later cannot judge what
 * is not there. */
static enum status settle_erased(struct batch *b, const struct stamp *at,
                                 const struct erase_order *order, struct error *err)
{
    const int64_t ledger = b->ledger->no;
    struct ruling ruling;
    enum status st = ST_OK;
    if (!order->row.counts ||
        (ruling_find(b->rep->db, ledger, at->leaf, at->position, &ruling) && !ruling.counts))
        st = ruling_forget(b->rep->db, ledger, at->leaf, at->position, err);
    if (st == ST_OK && order->row.counts)
        return forget_void(b, at->leaf, at->position, err);
    char *reason = mem_printf("登记员抹除了这次改动，它不计入%s%.*s", order->note.n ? "：" : "",
                              (int)order->note.n, (const char *)order->note.p);
    write_void(b, at->leaf, at->position, VERDICT_NAME_ERASED, reason);
    mem_free(reason);
    return st;
}

/* Takes the content out of the stored changeset, if it is here. *erasable = false: the order says
 * nothing. What is too large to be written again stays, and the audit tells. */
static enum status destroy(struct batch *b, const struct stamp *at, const struct erase_order *order,
                           struct op_body *body, struct slice *left, bool *erasable,
                           struct error *err)
{
    struct stored_changeset stored;
    struct segment_known known;
    struct segment segment;
    bool unknown = false;
    replica_known(b->rep, b->ledger, &known);
    enum status st = replica_read_leaf(b->rep, b->ledger, at->leaf, &b->arena, &stored, err);
    if (st == ST_OK)
        st = segment_load(stored.cose, stored.salts, stored.columns, &known.index, &b->arena,
                          &segment, err);
    if (st != ST_OK)
        return st;
    *erasable = true;
    if (segment_body(&segment, at->position, &b->arena, body, NULL) != ST_OK)
        *body = (struct op_body){0};
    if (segment_erased(&segment, at->position)) {
        *left = segment_left(&segment, at->position);
        return ST_OK;
    }
    *left = erasure_left(&segment, at->position, &b->arena, &unknown);
    if (unknown && order->row.counts)
        *left = order->left; /* of a later version, which knows how */
    *erasable = left->n > 0;
    if (!*erasable)
        return ST_OK;
    segment_erase(&segment, at->position, *left, &b->arena);
    st = replica_rewrite(b->rep, b->ledger, &stored, &segment, err);
    return st == ST_LIMIT ? ST_OK : st;
}

static enum status erase_change(struct batch *b, const struct stamp *at, struct erase_order *order,
                                struct error *err)
{
    struct op_body body;
    struct slice left;
    struct erasure known;
    bool erasable;
    if (erasure_find(b->rep->db, b->ledger->no, at->leaf, at->position, &known) && known.explained)
        return ST_OK; /* the first order stands */
    enum status st = destroy(b, at, order, &body, &left, &erasable, err);
    if (st != ST_OK || !erasable)
        return st;
    order->row.agrees = !order->row.counts || slice_equal(left, order->left);
    st = erasure_write(b->rep->db, b->ledger->no, at->leaf, at->position, &order->row, err);
    if (st == ST_OK)
        st = settle_erased(b, at, order, err);
    fold_anew_later(b, &body);
    leaf_cache_release(&b->past_leaves);
    b->ruled = true;
    return st;
}

static enum status follow_erase(struct batch *b, const struct op *op, uint64_t leaf,
                                uint32_t position, struct slice note, struct error *err)
{
    struct erase_order order = {.note = note};
    struct reference target;
    struct cbor_reader r;
    struct stamp at;
    enum status st = erase_decode(op->raw, &target, &order.left, err);
    CHECK(st == ST_OK); /* the verdict has looked */
    const struct op_ref ref = {.kid = hash_slice(&target.kid),
                               .chain = slice_of(target.chain.b, sizeof target.chain.b),
                               .seq = target.seq,
                               .leaf8 = slice_of(target.leaf, sizeof target.leaf)};
    cbor_reader_init(&r, order.left, "redacted ops");
    order.row = (struct erasure){.explained = true,
                                 .by_leaf = leaf,
                                 .by_position = position,
                                 .counts = cbor_read_array(&r, AUTHORITY_ERASED_OPS_MAX) > 0};
    if (!replica_find_change(b->rep, b->ledger, &ref, true, &at) || at.leaf >= leaf)
        return ST_OK; /* it names nothing that is there */
    return erase_change(b, &at, &order, err);
}

/* A head of a cut has come: what stands before it in its chain, and was judged by that cut, was
 * honest. */
static enum status follow_head(struct batch *b, const struct segment *segment, uint64_t leaf,
                               struct error *err)
{
    const struct registry *reg = &b->rep->registry;
    const struct changeset *header = &segment->header;
    const struct word word = {RULED_BY_HEAD, leaf, SLICE_NONE};
    struct arena arena = {0};
    uint64_t *leaves;
    size_t count;
    enum status st = ruling_quarantined(b->rep->db, b->ledger->no, &header->kid, &header->chain,
                                        leaf, &arena, &leaves, &count, err);
    for (size_t i = 0; i < count && st == ST_OK; i++) {
        const struct grant *revoked =
            registry_revoked(reg, &header->kid, registry_size_at(b, leaves[i]));
        if (revoked &&
            registry_cut_has(reg, revoked, &b->ledger->origin, &header->chain, &segment->id))
            st = rule_on(b, leaves[i], EVERY_CHANGE, &word, err);
    }
    arena_release(&arena);
    return st;
}

/* What the newest leaf says of earlier ones: as the head of a cut, then by its ops in order. */
static enum status take_rulings(struct batch *b, const struct segment *segment, uint64_t leaf,
                                size_t first_change, struct error *err)
{
    const bool is_head = registry_is_head(&b->rep->registry, &segment->header.kid,
                                          &b->ledger->origin, &segment->header.chain, &segment->id);
    const size_t end = b->change_count;
    bool any = is_head;
    for (size_t i = first_change; i < end; i++)
        any |= b->changes[i].counts && b->changes[i].rules;
    if (!any || b->status != ST_OK)
        return ST_OK;
    enum status st = write_ordinals(b, err); /* leaves are read by them */
    if (st == ST_OK && is_head)
        st = follow_head(b, segment, leaf, err);
    for (size_t i = first_change; i < end; i++) {
        const struct fold_change *change = &b->changes[i];
        for (uint32_t o = 0; change->counts && o < change->op_count && st == ST_OK; o++)
            if (change->ops[o].code == OP_VOID || change->ops[o].code == OP_ADOPT)
                st = follow_word(b, &change->ops[o], leaf, change->note, err);
            else if (change->ops[o].code == OP_ERASE)
                st = follow_erase(b, &change->ops[o], leaf, change->event.at.position, change->note,
                                  err);
    }
    return st == ST_OK && b->ruled ? number_records(b, err) : st;
}

/* ---- batches ---- */

/* Merges a group and writes it. A record that has moved, or hangs together with others, is looked
 * at in all ledgers, so what waits is written first. */
static enum status merge_group(struct batch *b, struct group *g, struct error *err)
{
    struct record_tables *tables = b->rep->tables;
    enum status st = load_group(b, g, err);
    for (size_t i = 0; i < g->count && st == ST_OK; i++) {
        struct slot *slot = g->slots[i];
        st = b->lift ? lift_slot(b, slot, &g->in_force[i], &g->aside[i], err)
                     : merge_slot(b, slot, &g->in_force[i], &g->aside[i], err);
        if (st == ST_OK && (slot->moved || slot->linked))
            st = record_flush(tables, err);
        if (st == ST_OK && slot->moved)
            st = moves_settle(b->rep, slot->table, &slot->id, err);
        if (st == ST_OK && slot->linked)
            st = settle_links(b, slot, err);
    }
    if (st == ST_OK)
        st = record_flush(tables, err);
    else
        record_drop_waiting(tables);
    arena_reset(&b->record);
    g->count = 0;
    return st;
}

/* Is there something to merge? Not for those that only the remaining overlay brought in (another
 * record of the same change). A void leaf is work too: what showed it as overlay must go. */
static bool is_due(const struct batch *b, uint32_t slot, size_t numbered)
{
    return b->slots[slot].table && (b->overlay || slot < numbered);
}

static enum status merge_batch(struct batch *b, size_t numbered, struct error *err)
{
    enum status st = b->status;
    if (st != ST_OK) {
        if (err)
            *err = b->error;
        return st;
    }
    bucket_steps(b);
    b->moves_exist = moves_exist(b->rep);
    b->links_exist = links_exist(b->rep);
    for (size_t i = 0; i < numbered; i++)
        note_touches(b, &b->slots[i]);
    st = touches_write(&b->touches, b->rep->db, b->ledger->no, err);
    struct group *g = mem_alloc(sizeof *g);
    g->count = 0;
    uint32_t *order = slots_by_row(b, NULL, b->slot_count);
    for (size_t i = 0; i < b->slot_count && st == ST_OK; i++) {
        struct slot *slot = &b->slots[order[i]];
        if (!is_due(b, order[i], numbered))
            continue;
        if (g->count == GROUP_MAX || (g->count && g->slots[0]->table != slot->table))
            st = merge_group(b, g, err);
        g->slots[g->count++] = slot;
    }
    if (st == ST_OK && g->count)
        st = merge_group(b, g, err);
    mem_free(g);
    if (st == ST_OK && b->status != ST_OK) {
        st = b->status;
        if (err)
            *err = b->error;
    }
    return st;
}

/* What lies on top was laid by the newest catalog. A leaf from before that catalog cannot read such
 * rows, so the overlay goes for as long as it takes. held: among the leaves to fold are some that
 * were here as overlay; their rows lie there still, also when nothing waits any more. */
static enum status lift_newer(struct batch *b, bool held, struct error *err)
{
    if (b->bare || b->catalog == replica_catalog(b->rep) ||
        (!held && replica_unadmitted_count(b->rep, b->ledger) == 0))
        return ST_OK;
    b->bare = b->lifted = true;
    return materialise_lift(b->rep, b->ledger, err);
}

/* Folds the leaves from ledger->folded on; *folded tells how many. */
static enum status fold_batch(struct batch *b, const struct segment *ready, size_t ready_count,
                              struct error *err)
{
    struct replica *rep = b->rep;
    struct ledger *ledger = b->ledger;
    const bool registry = ledger == rep->registry_ledger;
    const uint64_t size = ledger->tree.size, first_ready = size - ready_count;
    const bool held = ledger->folded < first_ready;
    uint64_t index = ledger->folded;
    enum status st = ST_OK;
    st = load_greatest(b, err);
    if (st != ST_OK)
        return st;
    for (; index < size && !b->ruled && b->change_count < FOLD_CHANGES_MAX &&
           b->arena.total < FOLD_MEMORY_MAX;
         index++) {
        struct stmt *stmt = db_stmt(rep->db, "SELECT admitted_ms, registry_size FROM leaf"
                                             " WHERE ledger = ?1 AND idx = ?2");
        struct segment loaded;
        const struct segment *segment;
        bool row;
        bind_int(stmt, 1, ledger->no);
        bind_int(stmt, 2, (int64_t)index);
        st = stmt_step(stmt, &row, err);
        if (st != ST_OK || !row)
            return st != ST_OK ? st : error_set(err, ST_DAMAGED, "a leaf is missing");
        int64_t admitted_ms = stmt_int(stmt, 0);
        uint64_t registry_size = registry ? index : (uint64_t)stmt_int(stmt, 1);
        stmt_reset(stmt);
        if (registry_size > rep->registry.size)
            break; /* the registry has not arrived that far */
        const struct catalog *catalog = replica_catalog_at(rep, registry_size);
        if (b->change_count && catalog != b->catalog)
            break;
        b->catalog = catalog;
        st = lift_newer(b, held, err);
        if (st != ST_OK)
            return st;
        if (index >= first_ready) {
            segment = &ready[index - first_ready];
        } else {
            struct stored_changeset stored;
            struct segment_known known;
            replica_known(rep, ledger, &known);
            st = write_ordinals(b, err); /* it may name records by them */
            if (st == ST_OK)
                st = replica_read_leaf(rep, ledger, index, &b->arena, &stored, err);
            if (st == ST_OK)
                st = segment_load(stored.cose, stored.salts, stored.columns, &known.index,
                                  &b->arena, &loaded, err);
            if (st != ST_OK)
                return error_wrap(err, st, "%s leaf %llu", ledger->origin.text,
                                  (unsigned long long)index);
            segment = &loaded;
        }
        const size_t first_change = b->change_count;
        take_segment(b, segment, index, admitted_ms, registry_size);
        if (registry)
            rep->registry.size = index + 1;
        st = number_records(b, err);
        if (st == ST_OK)
            st = take_rulings(b, segment, index, first_change, err);
        if (st != ST_OK)
            return st;
        ledger->folded = index + 1;
    }
    ledger->folded = index;
    st = write_ordinals(b, err);
    if (st != ST_OK)
        return st;
    if (!b->bare && b->slot_count && replica_unadmitted_count(rep, ledger)) {
        struct overlay_walk walk = {b, ST_OK, err};
        st = replica_each_unadmitted(rep, ledger, take_waiting, &walk, err);
        if (st == ST_OK)
            st = walk.status;
    }
    if (st == ST_OK && registry)
        st = materialise_schema(rep, err);
    if (st == ST_OK)
        st = merge_batch(b, b->numbered, err);
    if (st == ST_OK) {
        struct stmt *stmt = db_stmt(rep->db, "UPDATE ledger SET folded = ?2, records = ?3"
                                             " WHERE no = ?1");
        bind_int(stmt, 1, ledger->no);
        bind_int(stmt, 2, (int64_t)ledger->folded);
        bind_int(stmt, 3, (int64_t)ledger->records);
        st = stmt_run(stmt, err);
    }
    return st;
}

/* Takes the records of one table that the overlay touches into the batch, without any step. */
static enum status take_overlaid(struct batch *b, const struct catalog_table *table,
                                 struct error *err)
{
    struct stmt *stmt = NULL;
    char *sql = mem_printf("SELECT id FROM \"r_%s\" WHERE ledger = ?1 AND _state & %d", table->name,
                           ROW_OVERLAY);
    bool row;
    enum status st = db_prepare(b->rep->db, slice_str(sql), &stmt, err);
    mem_free(sql);
    if (st != ST_OK)
        return st;
    bind_int(stmt, 1, b->ledger->no);
    while ((st = stmt_step(stmt, &row, err)) == ST_OK && row) {
        struct record_id id;
        memcpy(id.b, stmt_blob(stmt, 0).p, RECORD_ID_SIZE);
        take_slot(b, table->no, &id);
    }
    stmt_release(stmt);
    return st;
}

enum status materialise_lift(struct replica *rep, struct ledger *ledger, struct error *err)
{
    struct batch b;
    enum status st = ST_OK;
    batch_init(&b, rep, ledger, NULL);
    b.lift = true;
    b.catalog = replica_catalog(rep);
    for (size_t i = 0; i < b.catalog->table_count && st == ST_OK; i++)
        st = take_overlaid(&b, b.catalog->tables[i], err);
    if (st == ST_OK)
        st = merge_batch(&b, b.slot_count, err);
    batch_release(&b);
    return st;
}

/* Who may do what has changed: what was laid on top is judged anew. */
static enum status judge_overlays(struct replica *rep, struct error *err)
{
    enum status st = ST_OK;
    for (size_t i = 0; i < rep->ledger_count && st == ST_OK; i++)
        if (replica_unadmitted_count(rep, rep->ledgers[i]) > 0)
            st = materialise_relay(rep, rep->ledgers[i], err);
    return st;
}

/* Is there waiting work whose time depends on that of other changesets? As these get their leaves,
 * it moves, on records that no leaf mentions. */
static bool waits_with_deps(struct replica *rep, struct ledger *ledger)
{
    struct stmt *stmt = db_stmt(rep->db, "SELECT 1 FROM changeset WHERE ledger = ?1 AND idx IS NULL"
                                         " AND reach IS NOT NULL LIMIT 1");
    bool row = false;
    bind_int(stmt, 1, ledger->no);
    CHECK(stmt_step(stmt, &row, NULL) == ST_OK);
    stmt_reset(stmt);
    return row;
}

static enum status fold(struct replica *rep, struct ledger *ledger, const struct segment *ready,
                        size_t ready_count, bool bare, struct fold_stats *stats, struct error *err)
{
    enum status st = ST_OK;
    bool authority = false, lifted = false;
    CHECK(ready_count <= ledger->tree.size);
    st = moves_follow(rep, err);
    if (st == ST_OK && !bare && ledger->folded < ledger->tree.size &&
        waits_with_deps(rep, ledger)) {
        lifted = true;
        st = materialise_lift(rep, ledger, err);
    }
    while (st == ST_OK && ledger->folded < ledger->tree.size) {
        uint64_t before = ledger->folded;
        struct batch b;
        batch_init(&b, rep, ledger, stats);
        b.bare = bare || lifted;
        st = fold_batch(&b, ready, ready_count, err);
        authority |= b.authority;
        lifted |= b.lifted;
        batch_release(&b);
        if (ledger->folded == before)
            break;
    }
    if (st == ST_OK && lifted)
        st = materialise_relay(rep, ledger, err);
    if (st == ST_OK && authority && !bare)
        st = judge_overlays(rep, err);
    return st;
}

enum status materialise_fold(struct replica *rep, struct ledger *ledger,
                             const struct segment *ready, size_t ready_count,
                             struct fold_stats *stats, struct error *err)
{
    return fold(rep, ledger, ready, ready_count, false, stats, err);
}

enum status materialise_fold_admitted(struct replica *rep, struct ledger *ledger,
                                      struct fold_stats *stats, struct error *err)
{
    return fold(rep, ledger, NULL, 0, true, stats, err);
}

enum status materialise_all(struct replica *rep, struct fold_stats *stats, struct error *err)
{
    enum status st = ST_OK;
    if (rep->registry_ledger)
        st = materialise_fold(rep, rep->registry_ledger, NULL, 0, stats, err);
    for (size_t i = 0; i < rep->ledger_count && st == ST_OK; i++)
        if (rep->ledgers[i] != rep->registry_ledger)
            st = materialise_fold(rep, rep->ledgers[i], NULL, 0, stats, err);
    return st;
}

/* Conflicts by rules that have changed since the catalog of this version. */
static enum status forget_past_conflicts(struct db *db, const struct catalog *newest,
                                         size_t version, struct error *err)
{
    enum status st = ST_OK;
    for (size_t i = 0; i < newest->table_count; i++) {
        const struct catalog_table *table = newest->tables[i];
        for (size_t k = 0; k < table->field_count && st == ST_OK; k++) {
            if (table->fields[k]->policy_since <= version)
                continue;
            struct stmt *stmt = db_stmt(db, "DELETE FROM conflict WHERE tbl = ?1 AND field = ?2");
            bind_int(stmt, 1, table->no);
            bind_int(stmt, 2, table->fields[k]->no);
            st = stmt_run(stmt, err);
        }
    }
    return st;
}

enum status materialise_schema(struct replica *rep, struct error *err)
{
    const struct catalog *newest = replica_catalog(rep);
    struct stmt *stmt =
        db_stmt(rep->db, "SELECT value FROM replica_setting WHERE name = 'schema_version'");
    bool row;
    int64_t done = -1;
    enum status st = stmt_step(stmt, &row, err);
    if (st == ST_OK && row)
        done = strtoll((const char *)stmt_text(stmt, 0).p, NULL, 10);
    stmt_reset(stmt);
    if (st != ST_OK || done == (int64_t)newest->version)
        return st;
    st = record_tables_schema(rep->db, newest, err);
    if (st == ST_OK && done >= 0)
        st = forget_past_conflicts(rep->db, newest, (size_t)done, err);
    if (st == ST_OK) {
        stmt = db_stmt(rep->db, "INSERT OR REPLACE INTO replica_setting(name, value)"
                                " VALUES ('schema_version', ?1)");
        bind_int(stmt, 1, (int64_t)newest->version);
        st = stmt_run(stmt, err);
    }
    return st;
}

enum status materialise_overlay(struct replica *rep, struct ledger *ledger,
                                const struct overlay_change *changes, size_t count,
                                struct error *err)
{
    struct batch b;
    struct changeset_terms terms = {0};
    enum status st = ST_OK;
    batch_init(&b, rep, ledger, NULL);
    b.overlay = true;
    b.catalog = replica_catalog(rep);
    for (size_t i = 0; i < count; i++) {
        const struct overlay_change *c = &changes[i];
        struct error why;
        if (terms.header != c->header || terms.leaf != c->overlay) {
            replica_overlay_register(rep, ledger, c->overlay, c->chain, c->header);
            changeset_terms(&b, c->header, NULL, c->overlay, INT64_MAX, rep->registry.size, &terms);
        }
        const struct said said = {c->hlc, c->body, false};
        enum verdict_code code = take_change(&b, &terms, c->position, &said, &why);
        if (code != VERDICT_COUNTS) {
            st = error_set(
                err, code == VERDICT_INVALID || code == VERDICT_MALFORMED ? ST_INVALID : ST_REFUSED,
                "%s", why.text);
            break;
        }
    }
    if (st == ST_OK)
        st = merge_batch(&b, 0, err);
    batch_release(&b);
    return st;
}

enum status materialise_load(struct replica *rep, struct ledger *ledger,
                             const struct catalog_table *table, const struct record_id *id,
                             struct arena *arena, struct record_state *out, struct error *err)
{
    char hex[RECORD_ID_TEXT];
    struct loaded_row loaded;
    materialise_tables(rep);
    enum status st =
        record_load(rep->tables, ROW_IN_FORCE, ledger->no, table, id, arena, &loaded, err);
    *out = loaded.record;
    record_id_format(id, hex);
    if (st == ST_OK && (!loaded.found || loaded.bits & ROW_NAMED))
        st = error_set(err, ST_NOT_FOUND, "没有这条%s记录:%s", table->zh, hex);
    return st;
}

struct ledger *materialise_find(struct replica *rep, const struct catalog_table *table,
                                const struct record_id *id)
{
    struct ledger *found = NULL;
    materialise_tables(rep);
    for (size_t i = 0; i < rep->ledger_count; i++) {
        bool there;
        int bits;
        if (record_state_bits(rep->tables, rep->ledgers[i]->no, table, id, &there, &bits, NULL) !=
                ST_OK ||
            !there || bits & ROW_NAMED)
            continue;
        if (!(bits & ROW_ELSEWHERE))
            return rep->ledgers[i];
        if (!found || !(bits & ROW_IN_TRANSIT))
            found = rep->ledgers[i];
    }
    return found;
}
