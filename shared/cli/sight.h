/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * sight: what somebody sees of a record that has been made JSON (agent/core/view.h, op_json.h):
 * masked by what the catalog says of each field (shared/record/mask.h).
 *
 * On a screen the role of the person decides, in a file nobody's does: there all is masked as for a
 * posted list, unless it is taken out whole with a reason (agent/core/access.h). Even then, what
 * the person's role does not see on a screen stays masked.
 */
#ifndef SHARED_CLI_SIGHT_H
#define SHARED_CLI_SIGHT_H

#include <jansson.h>

#include "shared/db/db.h"
#include "shared/ledger/authority.h"
#include "shared/record/mask.h"

#define SIGHT_ROLES_MAX 16

enum sight_for { SIGHT_SCREEN, SIGHT_FILE, SIGHT_WHOLE /* a file without masks */ };

struct sight {
    enum sight_for purpose;
    size_t role_count;
    const char *roles[SIGHT_ROLES_MAX]; /* each once; borrowed from the registry */
};

/* Another role that looks; NULL: none. What one of the roles sees is shown. */
void sight_add_role(struct sight *sight, const struct grant *grant);
/* One person with this grant. */
void sight_of_grant(const struct grant *grant, enum sight_for purpose, struct sight *out);

/* How this field is shown; MASK_NONE: whole. */
enum mask sight_mask(const struct sight *sight, const struct catalog_table *table,
                     const struct catalog_field *field);
enum mask_purpose sight_purpose(const struct sight *sight);

/* A record as view_record makes it: its values and those of its conflicts; what was masked is named
 * in "masked". */
void sight_record(const struct sight *sight, const struct catalog_table *table, json_t *record);
/* {"records":[…]} */
void sight_list(const struct sight *sight, const struct catalog_table *table, json_t *list);
/* A member of an object as this mask leaves it. */
void sight_member(const struct sight *sight, enum mask mask, json_t *object, const char *name);
/* Values and candidates of conflicts: [{"field","in_force","candidates":[…]}…]. */
void sight_conflicts(const struct sight *sight, const struct catalog_table *table,
                     json_t *conflicts);
/* One op as JSON. */
void sight_op(const struct sight *sight, const struct catalog_table *table, json_t *op);
/* The changes of a history: their ops. */
void sight_changes(const struct sight *sight, const struct catalog_table *table, json_t *changes);

/* A query, and whether what it computes may tell of a field that is not shown whole. An id or a
 * telephone number is known by its look wherever it stands; of other masked fields nothing that is
 * computed is shown, but numbers and the ids of records. */
struct sight_query {
    const struct sight *sight;
    const struct catalog *catalog;
    bool numbers; /* ids and telephone numbers are shown whole */
    bool hides;   /* such another field is read */
};
void sight_query_begin(struct sight_query *query, const struct sight *sight,
                       const struct catalog *catalog, struct db *db);
/* A cell that is computed (rows.h); false: it is shown as it is. */
bool sight_query_cell(const struct sight_query *query, struct slice text, struct buf *out);

#endif
