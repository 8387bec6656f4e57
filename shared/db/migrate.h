/* SPDX-License-Identifier: MulanPSL-2.0 */
/* migrate: brings a database file to the newest schema. Files migrations/<set>/NNNN_name.sql are
 * embedded in the program; each runs once, in order, in one transaction with its note in
 * `schema_migration`. A database from a newer program is refused with a clear text. */
#ifndef SHARED_DB_MIGRATE_H
#define SHARED_DB_MIGRATE_H

#include "shared/db/db.h"

/* set: "shared", "agent", "server/sqlite". Each set counts by itself. */
MUST_USE enum status migrate(struct db *db, const char *set, struct error *err);

/* Looks only. ST_OK: the database is as this program makes it; ST_NOT_FOUND: migrations are
 * pending; ST_REFUSED: a newer program has been here. *err says how far. */
MUST_USE enum status migrate_look(struct db *db, const char *set, struct error *err);

/* The embedded catalog migrations in order: calls fn for each; stops at the first failure. */
typedef enum status migrate_visit(void *arg, const char *path, const char *sql, struct error *err);
MUST_USE enum status migrate_each(const char *folder, migrate_visit *fn, void *arg,
                                  struct error *err);

#endif
