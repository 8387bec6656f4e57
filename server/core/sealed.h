/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * sealed: ledgers for named readers (FORMAT.md §7b). The county holds them as ciphertext, orders
 * and signs them like any other, and gives them to nobody but the readers named here.
 *
 *   the county's list: whom the bytes are given to          a table of this server
 *   the readers' list: whom the bytes are sealed to         signed records in the ledger itself
 *
 * It takes both to read: an official cannot make a reader alone, and a reader cannot either.
 * Neither list is in the registry.
 */
#ifndef SERVER_CORE_SEALED_H
#define SERVER_CORE_SEALED_H

#include "server/core/server.h"

/* A new sealed ledger of this division, under a name by chance. Inside a transaction. */
MUST_USE enum status sealed_make(struct server *srv, const char *code, struct ledger **out,
                                 struct error *err);
/* By its name or its suffix. ST_NOT_FOUND. */
MUST_USE enum status sealed_find(struct server *srv, const char *name, struct ledger **out,
                                 struct error *err);

/* Names a reader, or takes the name away; as member_find knows people. The reader's scope must
 * cover the ledger. Inside a transaction. */
MUST_USE enum status sealed_name(struct server *srv, const struct ledger *ledger, const char *who,
                                 int64_t now_ms, struct error *err);
MUST_USE enum status sealed_unname(struct server *srv, const struct ledger *ledger, const char *who,
                                   struct error *err);

/* Is somebody on this device a reader, not revoked, with a scope over it? */
bool sealed_may_read(struct server *srv, const struct hash *device, const struct origin *origin);

/* The names of its readers, in order of naming. */
typedef void sealed_reader_fn(void *arg, const char *name, int64_t since_ms);
MUST_USE enum status sealed_each(struct server *srv, const struct origin *origin,
                                 sealed_reader_fn *each, void *arg, struct error *err);

#endif
