/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * registrar: changes that the server itself signs, into the registry ledger: grants, revocations,
 * record types, divisions; and into any ledger what a registrar rules there: void and adopt. Each
 * changeset is closed and admitted at once.
 */
#ifndef SERVER_CORE_REGISTRAR_H
#define SERVER_CORE_REGISTRAR_H

#include "server/core/server.h"

/* Bodies of changes ([ops, note]) being gathered for one write. The zero state is empty. */
struct draft {
    struct arena arena;
    struct slice *bodies;
    size_t count, capacity;
};
void draft_release(struct draft *draft);
/* One change with one op. */
void draft_op(struct draft *draft, struct slice op);
void draft_op_noted(struct draft *draft, struct slice op, const char *note);

/* Signs and admits all bodies, in changesets as large as they may be; folds; signs a checkpoint.
 * Inside a transaction (server_begin). A change that turns out to be void is an error (ST_REFUSED).
 */
MUST_USE enum status registrar_write(struct server *srv, const struct sign_key *key,
                                     const struct draft *draft, int64_t now_ms, struct error *err);

/* The same into any ledger, by the registrar, on a chain of its own. */
MUST_USE enum status registrar_rule(struct server *srv, struct ledger *ledger,
                                    const struct draft *draft, int64_t now_ms, struct error *err);

/* Brings the registry to the program's own record types (migrations/catalog), if it lacks some. */
MUST_USE enum status registrar_update_catalog(struct server *srv, int64_t now_ms,
                                              struct error *err);
/* One catalog file of the county's own (numbered from CATALOG_COUNTY_FIRST on); *applied = false
 * when the registry has its number already. */
MUST_USE enum status registrar_apply_catalog(struct server *srv, const char *sql, const char *what,
                                             int64_t now_ms, bool *applied, struct error *err);

#endif
