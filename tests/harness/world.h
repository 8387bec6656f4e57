/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * world: a county in one process, for tests and benchmarks of what lies below the programs: a
 * registry with root and registrar, people with grants, ledgers, and replicas in memory or in
 * files. Keys are fixed by number; the clock is a counter.
 */
#ifndef TESTS_HARNESS_WORLD_H
#define TESTS_HARNESS_WORLD_H

#include "shared/db/materialise.h"
#include "shared/db/replica.h"

struct person {
    struct sign_key *key;
    struct chain_head head; /* in the one ledger this person writes to */
    bool started;
    const struct segment *dep; /* named by the next changeset alone; NULL: none */
};

struct world {
    struct db *db;
    struct replica *rep;
    struct sign_key *root, *registrar, *log;
    struct chain_head root_head, registrar_head;
    int64_t now_ms;
    unsigned next_seed;
};

/* A replica with a founded registry (path NULL: in memory). Leaf 0: county and registrar. */
void world_init(struct world *w, const char *path);
void world_release(struct world *w);

/* Applies catalog SQL (as in migrations/catalog) through the registry. */
void world_catalog(struct world *w, const char *sql);
/* The bytes that came of it, also with words that this program does not know. */
void world_migration(struct world *w, struct slice migration);
/* All migrations/catalog files embedded in the program. */
void world_core_catalog(struct world *w);
/* Grants a person key n (1 …) a role over a division code. */
void world_grant(struct world *w, struct person *person, unsigned n, const char *role,
                 const char *scope);
/* Takes the grant back; with a cut. */
void world_revoke(struct world *w, const struct person *person);
void world_revoke_cut(struct world *w, const struct person *person, const struct revoke_cut *cut,
                      size_t count);
struct ledger *world_ledger(struct world *w, const char *code);

/* Makes a signed changeset of these bodies on the base (size of the ledger seen), as segment and
 * columns; everything in the arena. The person's chain moves on. */
struct made {
    struct segment segment;
    struct slice columns;
};
void world_make(struct world *w, struct ledger *ledger, struct person *person, uint64_t base_size,
                const struct slice *bodies, size_t count, struct arena *arena, struct made *out);
/* Admits it here: leaf, append, fold. CHECKs success. */
void world_admit(struct world *w, struct ledger *ledger, const struct made *made);

/* Brings another replica up to date with a ledger of this world, as a sync would. */
void world_copy(struct world *w, struct ledger *ledger, struct replica *to);

/* One put with up to 8 text or int values as a body: field numbers and CBOR values. */
struct slice world_put(struct arena *arena, const struct catalog_table *table,
                       const struct record_id *id, const struct op_field *fields, size_t count);
struct record_id world_id(unsigned n);
/* First column of the first row of a query as text in the arena; "" when there is none. */
const char *world_sql(struct world *w, struct arena *arena, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
