/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * transfers: what a move has left open, and how it is settled.
 *
 *   late       a change at the place that the record has left; taken over by a change here that
 * names it left       a record that belongs to one that has left, and did not go along; sent after
 * it under_way  it has left and not arrived; taken in twice      two ledgers both took it in; one
 * of them gives it up
 *
 * Each is an object
 * {"id","kind","type","type_label","record","title","from","to","takeable","text",…}: from, to
 * origins; to is null where this desk cannot know it late       also
 * {"author","device","time","note","confirmed","ops":[…history.h],"now":{field: value}} twice from:
 * who would give it up, to: who counts it now takeable: this desk has the ledgers that it takes;
 * whether a person may is judged when they do. Nothing is stored: all of it follows from the
 * ledgers here.
 */
#ifndef AGENT_CORE_TRANSFERS_H
#define AGENT_CORE_TRANSFERS_H

#include <jansson.h>

#include "agent/core/desk.h"

MUST_USE enum status transfers_list(struct desk *desk, json_t **out, struct error *err);
MUST_USE enum status transfers_show(struct desk *desk, const char *id, json_t **out,
                                    struct error *err);

struct transfers_take {
    const char *id;   /* of one entry, or of a record: all that is open about it */
    bool drop;        /* late: seen and not taken over */
    const char *note; /* NULL: none */
};
/* *taken: how many entries. One transaction for each. */
MUST_USE enum status transfers_take(struct desk *desk, struct author *author,
                                    const struct transfers_take *what, size_t *taken,
                                    struct error *err);

#endif
