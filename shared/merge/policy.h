/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * policy: what one op does to one field (or to the fields of one conflict group); merge.c takes an
 * op apart and calls these. The rules in words: shared/merge/RULES.md.
 *
 * A *claim* is what one change has said. A *candidate* is a value that at least one standing claim
 * holds: two desks that wrote the same value are two claims and one candidate, hence no conflict.
 */
#ifndef SHARED_MERGE_POLICY_H
#define SHARED_MERGE_POLICY_H

#include "shared/merge/merge.h"

/* One op of one change, being folded into one record. */
struct fold {
    struct record_state *record;
    const struct event *event;
    const struct merge_context *context;
};

/* The record's field of this number, NULL if the catalog does not describe it. */
struct field_state *policy_field(const struct record_state *record, uint32_t no);

/* A plain write. fields: those of the op; the rule of a conflict group looks at all of them. */
void policy_put(const struct fold *fold, const struct op_field *fields, uint32_t count);
/* A person's decision: takes out the claims that the event names, then stands as one. */
void policy_resolve(const struct fold *fold, const struct op_field *fields, uint32_t count);
void policy_step(const struct fold *fold, uint32_t no, const struct value *from,
                 const struct value *to);
void policy_set(const struct fold *fold, const struct op *op);
void policy_count(const struct fold *fold, uint32_t no, int64_t delta);

/* What an `in` brings: it replaces what its author had seen, in every rank and whatever the
 * policy's steps; with the rank of whoever had said it (op.h: OP_IN_WRITER). Sums only when the
 * life is new. */
void policy_carry(const struct fold *fold, const struct op_field *fields, uint32_t count,
                  bool new_life);
/* Nothing stands any more but that it exists, by this change. */
void policy_begin_anew(const struct fold *fold);
/* Does something stand in field 0 that the author of the change had not seen? As every edit renews
 * field 0, that is so iff there is any edit or delete that the author had not seen. */
bool policy_unseen(const struct fold *fold);

/* Existence, field 0. An edit says "it exists" unless it knew of a standing delete; delete and
 * restore say 0 and 1 like a put of a `review` field; decide is resolve. */
void existence_edit(const struct fold *fold);
void existence_say(const struct fold *fold, bool exists);
void existence_decide(const struct fold *fold, bool exists);

/* What stood by the rules of a table of this policy_since: where a field has another policy since
 * then, its value in force becomes its only claim, in the place of the first that stood. */
void policy_follow(struct record_state *record, size_t policy_since);

/* Derives conflict flags and existence from the claims, after they were read back. */
void policy_rederive(struct record_state *record);

/* The claim whose value is taken when a conflict has no past: the earliest in lww order. The field
 * has claims. */
const struct claim *policy_earliest(const struct field_state *field);

/* Is nothing in force in this field and, if it has one, its conflict group? */
bool policy_empty(const struct record_state *record, const struct field_state *field);

/* Adds a claim at the end, growing in the arena. */
struct claim *policy_add_claim(struct field_state *field, const struct claim *claim,
                               struct arena *arena);

#endif
