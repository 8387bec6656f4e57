/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * duplicate: pairs of records that may be one thing, entered twice. Whether they are, a person
 * says, by a link (RULES.md, "The same thing twice").
 *
 * Looked for in types that have the fields: the same keyed hash of the citizen id (`id_hash`, or
 * `id_no` where a desk had no key) is certain; a like name (record/alike.h) and the same `birth`,
 * where one of the two has no id, is no more than a candidate. Nothing is stored: a pair is found
 * in the record tables when somebody asks, over what the ledgers here count, so what has been
 * linked is not found again, nor what somebody has said to be apart.
 */
#ifndef SHARED_DB_DUPLICATE_H
#define SHARED_DB_DUPLICATE_H

#include "shared/db/links.h"

struct duplicate {
    const struct catalog_table *table;
    struct record_id ids[2]; /* ascending */
    struct ledger *ledgers[2];
    bool certain;
};

/* false stops. */
typedef bool duplicate_visit(void *arg, const struct duplicate *duplicate);
MUST_USE enum status duplicate_each(struct replica *rep, duplicate_visit *fn, void *arg,
                                    struct error *err);

#endif
