/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * save: the way of an edit into the ledger: edit → change → open changeset → durable.
 *
 * A session holds the database's write lock from save_begin to save_commit. Everything it saved is
 * durable, signed and in the record tables when save_commit returns ST_OK; before that nothing is.
 *
 *     save_begin ── save_change × n ──▶ save_commit
 *                        └──────────▶ save_abort
 *
 * A chain's open changeset grows by one row per save and is signed once per session. It closes (its
 * changes move, by column and compressed, into `changeset`) when the base moved, another author's
 * changeset builds on it, it reached its limits, or it is about to leave the machine.
 */
#ifndef AGENT_CORE_SAVE_H
#define AGENT_CORE_SAVE_H

#include "agent/core/desk.h"
#include "shared/ledger/chain.h"

struct save;

MUST_USE enum status save_begin(struct desk *desk, struct ledger *ledger,
                                const struct author *author, struct save **out, struct error *err);
/* Another ledger in the same transaction, before anything has been saved: what is saved in either
 * is durable when the first is committed, or nothing is. *out ends with the first, also after an
 * error. */
MUST_USE enum status save_also(struct save *first, struct ledger *ledger, struct save **out,
                               struct error *err);
/* Adds one change: a canonical body, copied. What the fold would call void is refused, at the
 * latest by save_commit; then the session must be aborted. */
MUST_USE enum status save_change(struct save *save, struct slice body, struct error *err);
/* Signs, stores and commits; frees the session in any case. */
MUST_USE enum status save_commit(struct save *save, struct error *err);
void save_abort(struct save *save); /* NULL allowed */

/* Inside a transaction: closes the open changesets of this ledger (NULL: of all) for ever. They are
 * signed already, so no key is needed. */
MUST_USE enum status save_close_all(struct desk *desk, struct ledger *ledger, struct error *err);

/* A closed changeset of a chain written here: signed, for ever. */
struct save_closed {
    int64_t own_chain; /* own_chain.no */
    uint64_t overlay;  /* its place, without LEAF_OVERLAY */
    struct changeset header;
    uint8_t seed[CHANGE_SEED_SIZE];
    struct change_item *changes; /* header.count */
};

/* Inside a transaction: puts it where it stays, as the end of its chain. Nothing is folded. */
MUST_USE enum status save_store_closed(struct desk *desk, struct ledger *ledger,
                                       const struct save_closed *closed, struct error *err);
/* Inside a transaction: what this author saves in the ledger from now on goes on a new chain. */
MUST_USE enum status save_retire_chain(struct desk *desk, int64_t ledger, const struct hash *kid,
                                       struct error *err);
/* Inside a transaction: notes a chain that is written here, new changes going to it or not. *no:
 * its own_chain.no. */
MUST_USE enum status save_add_chain(struct desk *desk, int64_t ledger,
                                    const struct chain_head *head, bool active, int64_t *no,
                                    struct error *err);

/* Changes in open changesets of this ledger. */
uint64_t save_open_count(struct desk *desk, struct ledger *ledger);

/* Drops what is remembered of chains (after a rollback, or when another process wrote). */
void save_forget(struct desk *desk);

#endif
