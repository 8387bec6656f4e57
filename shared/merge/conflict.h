/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * conflict: what a person is shown and decides. A conflict is not a stored thing of its own: it is
 * a field on which more than one distinct value stands. Its id is "<record id hex>.<field number>",
 * the same on every desk. Candidates are lettered A, B, C … in lww order, the same on every desk
 * that holds the same leaves.
 */
#ifndef SHARED_MERGE_CONFLICT_H
#define SHARED_MERGE_CONFLICT_H

#include "shared/merge/merge.h"

#define CONFLICT_ID_TEXT 48

void conflict_id_format(const struct record_id *record, uint32_t field,
                        char out[static CONFLICT_ID_TEXT]);
bool conflict_id_parse(struct slice text, struct record_id *record, uint32_t *field);

/* The claims of a conflicted field in lww order; array in the arena. Claims with an equal value
 * stay separate entries (each has its own author). Returns their number, 0 when there is no
 * conflict. */
size_t conflict_candidates(const struct field_state *field, struct arena *arena,
                           const struct claim ***out);

/* May this person's decision say this of the field, which the catalog describes? It chooses among
 * what stands. Where other rules are not asked that makes no difference; but a state takes no step
 * by a decision, and who did something is said by whoever did it: else every rule of steps could be
 * gone around by deciding. What was erased was a choice. */
bool conflict_may_take(const struct field_state *field, const struct value *value,
                       const uint8_t person[static 16]);

#endif
