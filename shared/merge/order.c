/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * order: happened-before from one number per changeset.
 *
 * The questions are asked from the cheapest to the dearest. Nearly all changes are answered by the
 * first comparison: what lies below the base had been seen. Only a change above it needs the other
 * changeset's entry, to tell one's own earlier work and what came over LAN or USB from work that
 * was truly done at the same time.
 */
#include "shared/merge/order.h"

static int compare_u64(uint64_t a, uint64_t b)
{
    return (a > b) - (a < b);
}

int stamp_compare_fold(const struct stamp *a, const struct stamp *b)
{
    int c = compare_u64(stamp_place(a), stamp_place(b));
    if (c == 0)
        c = compare_u64(a->leaf, b->leaf);
    return c ? c : compare_u64(a->position, b->position);
}

int stamp_compare(const struct stamp *a, const struct stamp *b)
{
    if (a->effective_ms != b->effective_ms)
        return a->effective_ms < b->effective_ms ? -1 : 1;
    return stamp_compare_fold(a, b);
}

bool order_seen(const struct order *order, const struct stamp *f, const struct order_entry *by,
                uint64_t own_leaf, uint32_t position)
{
    if (stamp_place(f) < by->base_size)
        return true;
    if (f->leaf == own_leaf)
        return f->position <= position;

    const struct order_entry *other = order->entry(order->arg, f->leaf);
    if (other->chain == by->chain)
        return other->number < by->number;
    for (uint32_t i = 0; i < by->reach_count; i++) {
        if (by->reach[i].chain == other->chain && other->number <= by->reach[i].number)
            return true;
    }
    return false;
}
