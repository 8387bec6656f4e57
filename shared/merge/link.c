/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * link: see link.h.
 *
 * A pair is an element of an add-wins set, and one bit more: an unlink that stands alone is
 * remembered too, as somebody's word that the two are not the same. So both words are claims, and a
 * new claim of either kind takes out those that it has seen. If any that is left says "same", that
 * is in force: an unlink never undoes a link that its author did not know of.
 */
#include "shared/merge/link.h"

#include "shared/base/check.h"

static bool has_seen(const struct fold *fold, const struct stamp *at)
{
    const struct event *e = fold->event;
    return order_seen(fold->context->order, at, e->entry, e->at.leaf, e->at.position);
}

static void take_out(struct record_state *record, uint32_t at)
{
    record->link_count--;
    memmove(&record->links[at], &record->links[at + 1],
            (record->link_count - at) * sizeof *record->links);
}

/* A record that is said to be hundreds of others says nothing of use: what was said to be apart is
 * forgotten first, and a further link is not taken. */
static bool make_room(struct record_state *record)
{
    uint32_t at = 0;
    if (record->link_count < LINKS_MAX)
        return true;
    while (at < record->link_count && record->links[at].same)
        at++;
    if (at < record->link_count)
        take_out(record, at);
    return record->link_count < LINKS_MAX;
}

void link_say(const struct fold *fold, const struct op *op)
{
    struct record_state *record = fold->record;
    const struct record_id *other =
        record_id_equal(&record->id, &op->record) ? &op->other : &op->record;
    if (memcmp(record->id.b, other->b, RECORD_ID_SIZE) > 0)
        return;
    for (uint32_t i = record->link_count; i-- > 0;) {
        if (record_id_equal(&record->links[i].other, other) && has_seen(fold, &record->links[i].at))
            take_out(record, i);
    }
    if (!make_room(record))
        return;
    if (!record->links)
        record->links = arena_alloc(fold->context->arena, LINKS_MAX * sizeof *record->links);
    record->links[record->link_count++] =
        (struct link_claim){.other = *other, .same = op->link, .at = fold->event->at};
}

enum link_word link_word(const struct record_state *record, const struct record_id *other)
{
    enum link_word word = LINK_UNSAID;
    for (uint32_t i = 0; i < record->link_count && word != LINK_SAME; i++) {
        if (record_id_equal(&record->links[i].other, other))
            word = record->links[i].same ? LINK_SAME : LINK_APART;
    }
    return word;
}
