/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * reported: what the rules decided without asking anybody (RULES.md, "reported"): of concurrent
 * values of a field one is in force, and who wrote the other did not know of it.
 *
 * Such a field is open until somebody who has seen the lost value writes it: takes the lost one,
 * keeps the one in force, or says a third. Until then it is listed and can be decided like a
 * conflict, under the same kind of id.
 */
#ifndef AGENT_CORE_REPORTED_H
#define AGENT_CORE_REPORTED_H

#include "agent/core/desk.h"

/* The claim in force, then the values that lost to it, the latest first; 0 when nothing is open.
 * Everything in the arena. */
MUST_USE enum status reported_candidates(struct desk *desk, struct ledger *ledger,
                                         const struct record_state *record, uint32_t field,
                                         struct arena *arena, const struct claim ***out,
                                         size_t *count, struct error *err);

struct reported_place {
    int64_t ledger;
    uint32_t table, field;
    struct record_id id;
};
/* Fields on which something was ever decided so, those decided last first; of one record and field
 * when `only` is given. *out is to be freed. */
MUST_USE enum status reported_places(struct desk *desk, const struct reported_place *only,
                                     struct reported_place **out, size_t *count, struct error *err);

#endif
