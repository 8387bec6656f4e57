/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * batch: the changes of some leaves, or of the overlay, and the records they are about, while they
 * are folded. Private to the fold (materialise.h):
 *
 *   take.h        a change is parsed, judged and comes into the batch
 *   batch.h       its ops stand in buckets, one per record; records get their ordinals
 *   merge_rows.h  each record is loaded, merged and written
 *   recall.h      what earlier leaves say of a record, where the merge asks for it
 *   amend.h       what a leaf says of earlier changes
 */
#ifndef SHARED_DB_BATCH_H
#define SHARED_DB_BATCH_H

#include "shared/db/leaf_cache.h"
#include "shared/db/links.h"
#include "shared/db/materialise.h"
#include "shared/db/touch.h"

#define BATCH_NO_SLOT UINT32_MAX

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

/* ledger's batch, empty. stats may be NULL. The caller sets what it is (overlay, lift, bare) and
 * its catalog before the first change. */
void batch_init(struct batch *b, struct replica *rep, struct ledger *ledger,
                struct fold_stats *stats);
void batch_release(struct batch *b);

/* A record's number in slots, which may move when another is added. find: BATCH_NO_SLOT if none. */
uint32_t batch_find_slot(const struct batch *b, uint32_t table_no, const struct record_id *id);
uint32_t batch_take_slot(struct batch *b, uint32_t table_no, const struct record_id *id);
/* A record is counted from the first leaf that has an op about it. */
void batch_name_slot(struct batch *b, uint32_t slot, uint64_t leaf);
void batch_add_step(struct batch *b, uint32_t slot, uint32_t change, const struct op *op);
/* Sorts the steps by slot, keeping their order within a slot. */
void batch_bucket_steps(struct batch *b);
/* Slots in the order of their rows on disk, so that neighbours share pages; in the batch's arena.
 * which NULL: all. */
uint32_t *batch_slots_by_row(struct batch *b, const uint32_t *which, size_t count);

/* Ordinals: before the first change; for the records that the newest leaf named first; to disk. */
MUST_USE enum status batch_load_greatest(struct batch *b, struct error *err);
MUST_USE enum status batch_number_records(struct batch *b, struct error *err);
MUST_USE enum status batch_write_ordinals(struct batch *b, struct error *err);
/* Where each record is mentioned again. What the overlay says has no leaf yet. */
void batch_note_touches(struct batch *b, const struct slot *slot);

/* That a change does not count, and why. */
void batch_write_void(struct batch *b, uint64_t leaf, uint32_t position, const char *code,
                      const char *reason);

#endif
