/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * materialise: the fold in SQL's clothes. Takes leaves in order, decides what counts (authority,
 * validation), merges record by record with shared/merge, and writes ordinary tables.
 *
 * A record type `household` is stored in table r_household (ledger, id, one column per field, _v)
 * and read through view `household` (ids as hex text, live records only, column `origin`). One row
 * read and one row write per touched record and batch; the merge itself runs in memory.
 *
 * The overlay: changes that have no leaf yet are folded on top. A record that one of them touches
 * keeps its admitted row aside in overlay_row, so the overlay can be lifted when leaves arrive.
 */
#ifndef SHARED_DB_MATERIALISE_H
#define SHARED_DB_MATERIALISE_H

#include "shared/db/erasure.h"
#include "shared/db/replica.h"
#include "shared/merge/merge.h"

/* Creates or extends the record tables and views for the newest catalog. Inside a transaction. */
MUST_USE enum status materialise_schema(struct replica *rep, struct error *err);

/* The prepared statements on the record tables, made at the first use. */
struct record_tables *materialise_tables(struct replica *rep);

struct fold_stats {
    uint64_t changes, counted, voided, records_written, conflicts_opened;
};

/* Folds leaves [folded, size) as far as the registry here reaches, lifting and re-laying the
 * overlay of the records concerned. ready: segments of the newest leaves already decoded (ready[i]
 * is leaf size - ready_count + i), or NULL. Inside a transaction; *stats is added to, may be NULL.
 */
MUST_USE enum status materialise_fold(struct replica *rep, struct ledger *ledger,
                                      const struct segment *ready, size_t ready_count,
                                      struct fold_stats *stats, struct error *err);
/* The same without laying the overlay again: for rebuild, which lays it at the end. */
MUST_USE enum status materialise_fold_admitted(struct replica *rep, struct ledger *ledger,
                                               struct fold_stats *stats, struct error *err);
/* Registry first, then every ledger. */
MUST_USE enum status materialise_all(struct replica *rep, struct fold_stats *stats,
                                     struct error *err);

/* One change of a changeset that has no leaf yet, at the moment it is saved. header: of its (open)
 * changeset; overlay: its number among the overlay's changesets (ascending in order of making).
 * Refuses (ST_REFUSED / ST_INVALID, nothing written) what the fold would call void. */
struct overlay_change {
    const struct changeset *header;
    int64_t chain;     /* local chain number */
    uint64_t overlay;  /* LEAF_OVERLAY + n */
    uint32_t position; /* in the changeset */
    uint64_t hlc;
    struct slice body;
};
MUST_USE enum status materialise_overlay(struct replica *rep, struct ledger *ledger,
                                         const struct overlay_change *changes, size_t count,
                                         struct error *err);

/* Takes the whole overlay of a ledger off the record tables; and lays on top again what of it
 * counts by the registry as it is now. No changeset may be open. Inside a transaction. */
MUST_USE enum status materialise_lift(struct replica *rep, struct ledger *ledger,
                                      struct error *err);
MUST_USE enum status materialise_relay(struct replica *rep, struct ledger *ledger,
                                       struct error *err);

/* A record as stored (overlay included). Arena-owned. ST_NOT_FOUND. */
MUST_USE enum status materialise_load(struct replica *rep, struct ledger *ledger,
                                      const struct catalog_table *table, const struct record_id *id,
                                      struct arena *arena, struct record_state *out,
                                      struct error *err);
/* Which ledger holds this record: the one that counts it (moves.h), else one that did. NULL: none.
 */
struct ledger *materialise_find(struct replica *rep, const struct catalog_table *table,
                                const struct record_id *id);

/* Throws all derived state away and folds everything again. */
MUST_USE enum status materialise_rebuild(struct replica *rep, struct fold_stats *stats,
                                         struct error *err);

/* When a program opens a database: were the record tables made by this MERGE_VERSION? If not,
 * upgrade makes them anew, inside a transaction; a desk closes its open changesets first (rebuild
 * lays only closed ones on top again). */
bool materialise_is_current(struct replica *rep);
MUST_USE enum status materialise_upgrade(struct replica *rep, struct error *err);

/* Canonical dump of derived state: one line per record and field in a fixed order, no local
 * numbers; two replicas with the same leaves (and no overlay) give the same bytes. admitted_only
 * lifts the overlay, and leaves out which records are counted elsewhere: that depends on the other
 * ledgers here. Written through fn. */
typedef void dump_write(void *arg, struct slice bytes);
MUST_USE enum status materialise_dump(struct replica *rep, struct ledger *ledger,
                                      bool admitted_only, dump_write *fn, void *arg,
                                      struct error *err);

/* History of a record: every change that touched it, in fold order, overlay last. */
struct history_item {
    bool admitted;
    uint64_t leaf;
    uint32_t position;
    int64_t admitted_ms, effective_ms, hlc_ms;
    struct hash author;
    struct chain_id chain;
    uint64_t number, seq, base_size;
    const char *void_reason; /* NULL: counts */
    uint64_t adopted;        /* as in its stamp: counts only from this leaf on; 0: from its own */
    struct slice note;
    bool erased;  /* its content is not there any more; ops: what is left of them, no note */
    bool ordered; /* by this order (false: none has come that explains it) */
    struct erasure_order order;
    size_t op_count;
    const struct op *ops; /* only those on this record */
};
typedef bool history_visit(void *arg, const struct history_item *item);
MUST_USE enum status materialise_history(struct replica *rep, struct ledger *ledger,
                                         const struct record_id *id, history_visit *fn, void *arg,
                                         struct error *err);
/* Who and when of one stamp of a record (for candidates): author kid, chain, note. */
MUST_USE enum status materialise_stamp_origin(struct replica *rep, struct ledger *ledger,
                                              const struct stamp *at, struct arena *arena,
                                              struct history_item *out, struct error *err);

#endif
