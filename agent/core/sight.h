/* SPDX-License-Identifier: MulanPSL-2.0 */
/* sight: what the people of this device see (shared/cli/sight.h). */
#ifndef AGENT_CORE_SIGHT_H
#define AGENT_CORE_SIGHT_H

#include "agent/core/desk.h"
#include "shared/cli/sight.h"

/* The people of this device, or the one who is named as for desk_person. */
MUST_USE enum status sight_of_people(struct desk *desk, const char *as, enum sight_for purpose,
                                     struct sight *out, struct error *err);

/* What a record of this type is called (view_title) is masked like the field that names it, or,
 * where its name is made of those of others, like theirs. */
enum mask sight_title(const struct desk *desk, const struct sight *sight,
                      const struct catalog_table *table);
/* One thing of a list for people, as JSON with its "type": a conflict, a pair of duplicates, a
 * change that came back, a household on its way: titles, values and ops. */
void sight_item(struct desk *desk, const struct sight *sight, json_t *item);
void sight_items(struct desk *desk, const struct sight *sight, json_t *items);

#endif
