/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * link: two records are one thing, or are not (RULES.md, "The same thing twice").
 *
 * What is said of a pair is kept once, with the smaller of its two ids, in fold order. Here is only
 * what one ledger says of single pairs; which records hang together over several pairs and ledgers,
 * and which of them is shown, stands in shared/db/link.h.
 */
#ifndef SHARED_MERGE_LINK_H
#define SHARED_MERGE_LINK_H

#include "shared/merge/policy.h"

/* A link or unlink is folded into either of its records; the one with the greater id keeps nothing.
 */
void link_say(const struct fold *fold, const struct op *op);

enum link_word { LINK_UNSAID, LINK_SAME, LINK_APART };
/* What stands of the pair that this record keeps with another one: the same, if any claim says so.
 */
enum link_word link_word(const struct record_state *record, const struct record_id *other);

#endif
