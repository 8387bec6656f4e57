/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * structure: what rules of the catalog say about records together. Rules of these kinds judge no
 * change; they are read by what needs them: a transfer (what belongs to a household), and the list
 * of conflicts.
 *
 *   belongs [F]          the record is part of what F refers to and moves with it. Without such a
 * rule: of what its first required reference refers to. Without F: of nothing brings F [U] what F
 * refers to moves along, while U is empty unique F… W…         of the live records that agree in
 * all F and meet all W, there should be one acyclic F            whoever follows F from record to
 * record never comes back
 *
 *   W = "field=value", or "field=": it is empty
 *   after unique and acyclic: [first F] [settle field=value…]
 *     first: the earlier by F counts until a person decides, then by id (ids begin with their time)
 *     settle: what is written into those that are not taken; "today" in a date field is that day
 *
 *   covered F G T.H      what the records of one G take (F) is never more than records of T with
 * the same G give (H), as far as a desk has them confirmed by the county: a desk refuses to save
 * another, so that two desks without a line spend what they were told of. G is a reference; all are
 * whole numbers
 *
 * A rule that names an unknown field is never applied.
 */
#ifndef SHARED_RECORD_STRUCTURE_H
#define SHARED_RECORD_STRUCTURE_H

#include "shared/record/catalog.h"

#define STRUCTURE_WORDS_MAX 8

bool structure_kind_known(struct slice kind);

/* The field that refers to what a record of this table is part of; NULL: it stands for itself. */
const struct catalog_field *structure_owner(const struct catalog_table *table);

struct structure_brings {
    const struct catalog_field *field, *until; /* until NULL: always */
};
/* At most STRUCTURE_WORDS_MAX; returns how many. */
size_t structure_brings(const struct catalog_table *table, struct structure_brings *out);

struct structure_word {
    const struct catalog_field *field;
    const char *text; /* "": empty */
};

struct structure_rule {
    const struct catalog_rule *rule;
    bool acyclic;
    size_t key_count, where_count, settle_count;
    const struct catalog_field *keys[STRUCTURE_WORDS_MAX];
    struct structure_word where[STRUCTURE_WORDS_MAX], settle[STRUCTURE_WORDS_MAX];
    const struct catalog_field *first; /* NULL: by id */
};
struct structure_cover {
    const struct catalog_rule *rule;
    const struct catalog_field *taken, *holder;
    const struct catalog_table *table; /* of what gives */
    const struct catalog_field *given, *given_holder;
};
/* false: it is no rule `covered`, or cannot be applied. */
bool structure_cover(const struct catalog *cat, const struct catalog_table *table,
                     const struct catalog_rule *rule, struct structure_cover *out);

/* false: it is no unique or acyclic rule, or cannot be applied. */
bool structure_rule(const struct catalog_table *table, const struct catalog_rule *rule,
                    struct structure_rule *out);

#endif
