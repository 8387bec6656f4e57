/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * erasure: content that a registrar had destroyed (RULES.md, "Erased").
 *
 * The order is an erase op in the same ledger, in a later leaf. Folding it takes the body, its salt
 * and the seed out of the stored changeset, in the same transaction that makes the records anew:
 *
 *   before   seed            · columns: body, body, body
 *   after    salt null salt  · columns: body, body hash + redacted ops, body
 *
 * The redacted ops stand in the place of the body because the rest of the ledger needs them:
 * records are numbered as they are first named, and who gets the ledger later must fold the same.
 * They say what the order says; where they do not, the audit tells.
 *
 * A change may come here erased before its order does. Until then it is folded by what is left of
 * it, and is unexplained: a desk that has the whole ledger takes no answer with such a change.
 *
 * The rows are derived. What was destroyed stays destroyed by a rebuild.
 */
#ifndef SHARED_DB_ERASURE_H
#define SHARED_DB_ERASURE_H

#include "shared/db/replica.h"

struct erasure {
    bool explained;
    uint64_t by_leaf; /* of the order, and its position there */
    uint32_t by_position;
    bool counts; /* what is left of the change counts */
    bool agrees; /* what the order leaves is what is left here */
};

/* False: it was not erased. */
bool erasure_find(struct db *db, int64_t ledger, uint64_t leaf, uint32_t position,
                  struct erasure *out);
MUST_USE enum status erasure_write(struct db *db, int64_t ledger, uint64_t leaf, uint32_t position,
                                   const struct erasure *erasure, struct error *err);
/* The first change that came here without its content and without an order, if any. */
MUST_USE enum status erasure_unexplained(struct db *db, int64_t ledger, bool *found, uint64_t *leaf,
                                         uint32_t *position, struct error *err);

/* What an order has to say of this change (its redacted ops; the body may be one that cannot be
 * read). n == 0: it cannot be erased, because it carries an authority op, or an op of a later
 * version that this program cannot redact (*unknown). In the arena. */
struct slice erasure_left(const struct segment *segment, uint32_t position, struct arena *arena,
                          bool *unknown);
/* The op that orders to erase this change as it stands now, in the arena. ST_REFUSED: it cannot be
 * erased; ST_EXISTS: it has been. */
MUST_USE enum status erasure_draft(struct replica *rep, struct ledger *ledger, uint64_t leaf,
                                   uint32_t position, struct arena *arena, struct slice *op,
                                   struct error *err);
/* Does this op order to erase that change? */
bool erasure_names(const struct op *op, const struct segment *segment, uint32_t position);

/* Who ordered it, when and why. Slices in the arena. */
struct erasure_order {
    struct hash author;
    int64_t admitted_ms;
    struct slice reason;
};
MUST_USE enum status erasure_order(struct replica *rep, struct ledger *ledger,
                                   const struct erasure *erasure, struct arena *arena,
                                   struct erasure_order *out, struct error *err);

/* After the transaction that destroyed something has been committed: what SQLite still keeps of it
 * in its write-ahead log goes. While another process is reading the log stays, and this must be
 * called again; so it is called after every transaction and when a database is opened. */
void erasure_scrub(struct replica *rep);

#endif
