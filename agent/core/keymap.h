/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * keymap: from what is written on paper (a household code, a citizen id) to record ids: one pass
 * over the table, then a hash lookup per row of an import instead of a query.
 */
#ifndef AGENT_CORE_KEYMAP_H
#define AGENT_CORE_KEYMAP_H

#include "shared/db/db.h"
#include "shared/record/value.h"

struct keymap {
    struct arena keys;
    size_t count, capacity; /* capacity: a power of two */
    struct keymap_slot *slots;
};

void keymap_release(struct keymap *map); /* accepts the zero state */
/* False when the key stands there already (then `twice` is noted and the first id stays). */
bool keymap_add(struct keymap *map, struct slice key, const struct record_id *id);
enum keymap_hit { KEYMAP_NONE, KEYMAP_ONE, KEYMAP_TWICE };
enum keymap_hit keymap_find(const struct keymap *map, struct slice key, struct record_id *id);

/* Fills an empty map from column `field` of a record view ("id" as the key when field is NULL);
 * origin NULL: from all ledgers. */
MUST_USE enum status keymap_load(struct keymap *map, struct db *db, const char *table,
                                 const char *field, const char *origin, struct error *err);

#endif
