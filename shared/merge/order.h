/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * order: who had seen what, and which of two changes counts as later.
 *
 * Causality is one number. The county orders each ledger, so a changeset only says how much of it
 * its author had seen (`base_size`). Change f happened before change e iff leaf(f) < base(e), or
 *     both are in one chain and f is earlier, or
 *     f is in the closure of e's deps (changesets received before they were admitted).
 * Anything else is concurrent. This is exact; there are no version vectors and no edit counters.
 *
 * Total order for `lww`: (effective time, leaf index, position). It extends happened-before,
 * because effective times are clamped between base and admission (shared/ledger/leaf.h).
 *
 * A change that did not count when it got its leaf, and does by a later one (an adopt, the head of
 * a cut), takes its place there: nobody whose base lies below that leaf was shown it.
 *
 * Not yet admitted changesets form the overlay: they get leaf numbers from LEAF_OVERLAY upwards.
 */
#ifndef SHARED_MERGE_ORDER_H
#define SHARED_MERGE_ORDER_H

#include "shared/base/slice.h"

#define LEAF_OVERLAY ((uint64_t)1 << 62)

/* One change's place: leaf index (or LEAF_OVERLAY + n) and position in its changeset (seq -
 * first_seq). effective_ms orders lww. */
struct stamp {
    int64_t effective_ms;
    uint64_t leaf;
    uint32_t position;
    uint64_t adopted; /* it counts only from this leaf on (adopt, or the head of a cut); 0: from its
                       * own */
};

/* The leaf from which on it counts. */
static inline uint64_t stamp_place(const struct stamp *at)
{
    return at->adopted ? at->adopted : at->leaf;
}

static inline bool stamp_same(const struct stamp *a, const struct stamp *b)
{
    return a->leaf == b->leaf && a->position == b->position;
}

/* <0, 0, >0 by (effective time, fold order). */
int stamp_compare(const struct stamp *a, const struct stamp *b);
/* Fold order: (the leaf it counts from, its own, position). */
int stamp_compare_fold(const struct stamp *a, const struct stamp *b);

/* "Everything of this chain up to this changeset number": one element of a deps closure. */
struct reach {
    uint32_t chain;
    uint64_t number;
};

/* What the order must know of each changeset, admitted or overlay. */
struct order_entry {
    uint32_t chain;  /* local number of (author, chain), the same for one chain throughout */
    uint64_t number; /* in the chain */
    uint64_t base_size;
    uint32_t reach_count; /* closure over prev and deps beyond the base, other chains only */
    const struct reach *reach;
};

/* How the order looks up the changeset of a leaf (or overlay) number. Must succeed for every stamp
 * that was ever handed to the merge. */
struct order {
    const struct order_entry *(*entry)(void *arg, uint64_t leaf);
    void *arg;
};

/* Had the author of the changeset `by` (its entry; the change at `position` of it) seen the change
 * at `f`? own_leaf is the leaf of `by`. */
bool order_seen(const struct order *order, const struct stamp *f, const struct order_entry *by,
                uint64_t own_leaf, uint32_t position);

#endif
