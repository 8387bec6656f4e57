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

/* Changes in open changesets of this ledger. */
uint64_t save_open_count(struct desk *desk, struct ledger *ledger);

/* Drops what is remembered of chains (after a rollback, or when another process wrote). */
void save_forget(struct desk *desk);

#endif
