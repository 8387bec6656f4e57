/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * replica: ledgers in SQLite: leaves, changesets with their changes, and what is needed to extend
 * and check them. Desk and county store ledgers in the same way.
 *
 * Enduring tables: ledger, chain, leaf, changeset. Derived from them, rebuilt by `rebuild`:
 * record_no (ordinals), touch (which leaves touch a record), authority_op, void_change, and the
 * record tables (materialise.h).
 *
 * All functions that write run inside the caller's transaction. A `struct replica` caches what is
 * in the database; when another process has written (db_data_version moved) or a transaction was
 * rolled back, call replica_reload before the next use.
 */
#ifndef SHARED_DB_REPLICA_H
#define SHARED_DB_REPLICA_H

#include "shared/db/db.h"
#include "shared/ledger/authority.h"
#include "shared/ledger/chain.h"
#include "shared/ledger/checkpoint.h"
#include "shared/ledger/leaf.h"
#include "shared/merge/order.h"
#include "shared/record/catalog.h"
#include "shared/sync/segment.h"

struct ledger {
    int64_t no; /* local number */
    struct origin origin;
    struct merkle tree; /* over all leaves stored here */
    struct hash root;
    int64_t admitted_ms;        /* of the last leaf; 0: none */
    uint64_t registry_size;     /* of the last leaf */
    uint64_t folded;            /* leaves [0, folded) are in the record tables */
    uint64_t records;           /* ordinals given out */
    uint32_t epoch;             /* in which its leaves stand (ledger/epoch.h) */
    uint64_t filled, behind;    /* the content of leaves [filled, behind) is not here yet; behind 0:
                                 * all of it is (snapshot.h) */
    bool waits;                 /* what is new needs that content first */
    uint64_t noted;             /* leaves that a county has noted elsewhere; 0: to be looked up */
    struct ledger_order *order; /* cache of order entries, loaded when asked for */
};

struct replica {
    struct db *db;
    struct origin registry_origin; /* text empty: not joined yet */
    struct hash root_kid;
    struct ledger **ledgers;   /* by number */
    struct ledger **by_origin; /* the same, by the text of their origins */
    size_t ledger_count, ledger_capacity, by_origin_capacity;
    struct ledger *registry_ledger;
    uint64_t growth;          /* another number whenever there are other ledgers or leaves */
    struct registry registry; /* folded over registry_ledger's leaves [0, registry.size) */
    struct catalog *
        *catalogs; /* by version: catalogs[v] after v catalog ops; [0] is empty; NULL:
                    * made when it is asked for, as nearly all work goes by the newest */
    size_t catalog_count, catalog_capacity;
    int64_t data_version;
    bool scrub;  /* something was destroyed that the write-ahead log may still hold (erasure.h) */
    bool missed; /* content was asked for that is not here yet; whoever folds clears it first */
    struct record_tables *tables;   /* the fold's prepared statements */
    struct ordinal_page **ordinals; /* a cache of record_no */
};

/* db has the "shared" migrations. */
MUST_USE enum status replica_open(struct db *db, struct replica **out, struct error *err);
void replica_close(struct replica *rep); /* does not close db */
/* Reads everything anew if another process wrote (or force). */
MUST_USE enum status replica_reload(struct replica *rep, bool force, struct error *err);

/* Sets the registry's name and root key once (join, init). */
MUST_USE enum status replica_found(struct replica *rep, const struct origin *registry,
                                   const struct hash *root_kid, struct error *err);

struct ledger *replica_ledger(struct replica *rep, const struct origin *origin); /* NULL: none */
struct ledger *replica_ledger_by_no(struct replica *rep, int64_t no);
/* By full origin or by 12-digit code (first match without suffix). */
struct ledger *replica_ledger_named(struct replica *rep, const char *name);
MUST_USE enum status replica_ledger_add(struct replica *rep, const struct origin *origin,
                                        struct ledger **out, struct error *err);

/* ---- reading what is there ---- */
/* Root of the ledger's first `size` leaves; false when size is beyond it. */
bool replica_root_at(struct replica *rep, struct ledger *ledger, uint64_t size, struct hash *out);
/* When leaf size - 1 was admitted; 0 for size 0. */
int64_t replica_admitted_ms(struct replica *rep, const struct ledger *ledger, uint64_t size);
/* Where the change stands that a reference names, among the leaves or what waits: *out gets its
 * leaf (or overlay) number and position alone. False: it is not there, or its hash is another. A
 * chain that has split may have one number in both. */
bool replica_find_change(struct replica *rep, struct ledger *ledger, const struct op_ref *ref,
                         bool admitted, struct stamp *out);
/* The effective time of a changeset's last change; 0: it has no leaf, or is not folded yet. */
int64_t replica_effective_ms(struct replica *rep, const struct ledger *ledger,
                             const struct hash *id);
/* The latest of those of a changeset's deps. */
int64_t replica_deps_ms(struct replica *rep, const struct ledger *ledger,
                        const struct changeset *header);
/* Everything segment_read needs, for this ledger. Valid while rep and ledger are. */
void replica_known(struct replica *rep, struct ledger *ledger, struct segment_known *out);
/* The checkpoint text last stored; n == 0: none. Copied into arena. */
struct slice replica_checkpoint(struct replica *rep, struct ledger *ledger, struct arena *arena);
/* The name under which the county signs the ledger's head now: that of its epoch. */
void replica_signed_name(const struct ledger *ledger, struct origin *out);
/* Opens a head of this ledger: of its epoch, or of an earlier one and of no more than was kept. */
MUST_USE enum status replica_open_head(const struct replica *rep, const struct ledger *ledger,
                                       struct slice text, const struct sign_public *key,
                                       struct checkpoint *out, struct error *err);
/* The same by the keys that the registry names: the one in force, or the one that was when the
 * ledger's last leaf was admitted. */
MUST_USE enum status replica_open_newest(const struct replica *rep, const struct ledger *ledger,
                                         struct slice text, struct checkpoint *out,
                                         struct error *err);
/* By the one in force or any before it: what was verified when it came. */
MUST_USE enum status replica_open_kept(const struct replica *rep, const struct ledger *ledger,
                                       struct slice text, struct checkpoint *out,
                                       struct error *err);
/* Of what this changeset's author had seen of the ledger, how much is of this history: its base, or
 * what was kept of one that is lost. Asked where the ledger ends at its leaf, or later. */
uint64_t replica_base(struct replica *rep, struct ledger *ledger, const struct changeset *header);
/* How far the county's newest signed head of the ledger reaches; 0: there is none. */
uint64_t replica_covered(struct replica *rep, struct ledger *ledger);
void replica_set_checkpoint(struct replica *rep, struct ledger *ledger, struct slice text);

/* One stored changeset. Slices live in the arena. */
struct stored_changeset {
    int64_t no;
    struct hash id;
    struct slice cose, salts;
    struct slice columns; /* uncompressed */
    bool admitted;
    uint64_t leaf_index;
    struct leaf leaf;
    int64_t chain;    /* local chain number */
    uint64_t overlay; /* when not admitted: its number, without LEAF_OVERLAY */
};
MUST_USE enum status replica_read_leaf(struct replica *rep, struct ledger *ledger, uint64_t index,
                                       struct arena *arena, struct stored_changeset *out,
                                       struct error *err);
MUST_USE enum status replica_read_changeset(struct replica *rep, struct ledger *ledger,
                                            const struct hash *id, struct arena *arena,
                                            struct stored_changeset *out, struct error *err);
/* Own and relayed changesets of this ledger that have no leaf yet, in order of storing; fn returns
 * false to stop. */
typedef bool replica_visit(void *arg, const struct stored_changeset *cs);
MUST_USE enum status replica_each_unadmitted(struct replica *rep, struct ledger *ledger,
                                             replica_visit *fn, void *arg, struct error *err);
uint64_t replica_unadmitted_count(struct replica *rep, struct ledger *ledger);

/* Local number of a chain, made when missing. */
int64_t replica_chain(struct replica *rep, struct ledger *ledger, const struct hash *kid,
                      const struct chain_id *chain);
/* What the county needs to judge a changeset: the end of its chain among admitted leaves. */
struct chain_end {
    uint64_t next_number; /* 1 for a new chain */
    uint64_t base_size;   /* of the last admitted changeset */
    bool taken;           /* the asked number has a leaf or is stored */
    struct hash taken_id;
};
MUST_USE enum status replica_chain_end(struct replica *rep, struct ledger *ledger,
                                       const struct hash *kid, const struct chain_id *chain,
                                       uint64_t number, struct chain_end *out, struct error *err);

/* The greatest base_size among the deps of a changeset; 0: none is here. */
uint64_t replica_deps_base(struct replica *rep, struct ledger *ledger,
                           const struct changeset *header);

/* ---- writing, inside a transaction ---- */
/* Tells the order of an open (unstored) changeset, so that stamps of the overlay can be looked up;
 * overlay: LEAF_OVERLAY + n, as in materialise_overlay (which calls this by itself). */
void replica_overlay_register(struct replica *rep, struct ledger *ledger, uint64_t overlay,
                              int64_t chain, const struct changeset *header);
/* The next free overlay number (without LEAF_OVERLAY): above all stored and registered ones. */
uint64_t replica_overlay_next(struct replica *rep, struct ledger *ledger);
/* Stores a verified changeset without a leaf (a desk's own, when it closes). overlay: its number,
 * as handed to materialise_overlay. */
MUST_USE enum status replica_store(struct replica *rep, struct ledger *ledger,
                                   const struct segment *segment, struct slice columns,
                                   uint64_t overlay, struct error *err);
/* Gives a leaf to a changeset: one that is stored already (segment NULL), or a new one, verified.
 * Advances tree and root. */
MUST_USE enum status replica_append(struct replica *rep, struct ledger *ledger,
                                    const struct leaf *leaf, const struct segment *segment,
                                    struct slice columns, struct error *err);

/* Something of a stored changeset was erased (segment_erase): stores what is left of it, in the
 * same signed bytes. ST_LIMIT, nothing written: it could not be read back. */
MUST_USE enum status replica_rewrite(struct replica *rep, struct ledger *ledger,
                                     const struct stored_changeset *stored,
                                     const struct segment *segment, struct error *err);

/* The content of leaf ledger->filled (snapshot.h), which must be of this changeset. */
MUST_USE enum status replica_fill(struct replica *rep, struct ledger *ledger,
                                  const struct segment *segment, struct slice columns,
                                  struct error *err);
/* True, and noted: content below `size` leaves is not here yet. */
bool replica_lacks(struct replica *rep, const struct ledger *ledger, uint64_t size);

/* Notes in which epoch the leaves stand. */
MUST_USE enum status replica_set_epoch(struct replica *rep, struct ledger *ledger, uint32_t epoch,
                                       struct error *err);
/* Takes the leaves from `size` on away, and those before whose content is not here; their
 * changesets wait for a leaf again, as do those that were signed on them. Derived tables must be
 * made anew afterwards (materialise_rebuild). */
MUST_USE enum status replica_cut(struct replica *rep, struct ledger *ledger, uint64_t size,
                                 struct error *err);

/* ---- registry and catalog as of a registry size ---- */
/* When the registry got the leaf behind its first `size`; INT64_MAX: it has no more. */
int64_t replica_registry_outgrown(struct replica *rep, uint64_t size);
const struct catalog *replica_catalog_at(struct replica *rep, uint64_t registry_size);
const struct catalog *replica_catalog(struct replica *rep); /* newest */

/* Folds one authority op into the caches (registry, catalogs), not into the database. ST_REFUSED,
 * ST_INVALID: the change is void. */
MUST_USE enum status replica_apply_authority(struct replica *rep, uint64_t leaf,
                                             const struct hash *author, struct slice op,
                                             struct error *err);

/* Several authority ops of one change count all or none: the caches as they were before, to go back
 * to. Either ends the mark. Pointers to grants die with both. */
struct authority_mark {
    struct registry registry;
    size_t catalog_count;
};
void replica_mark_authority(const struct replica *rep, struct authority_mark *mark);
void replica_back_to_mark(struct replica *rep, struct authority_mark *mark);
void replica_drop_mark(struct authority_mark *mark);

/* The order of a ledger for the merge; loads its entries on first use. */
const struct order *replica_order(struct replica *rep, struct ledger *ledger);

#endif
