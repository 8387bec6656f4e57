/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * duplicates: records that may be one thing (shared/db/duplicate.h), and what people say of it.
 *
 *   {"kind","type","type_label","text","records":[{"id","title","ledger","author","device","time",
 *    "note","confirmed"} × 2]}
 *
 * kind: "same_id" is certain, "similar" no more than a candidate; "linked" and "apart" are what
 * people have said. The first of the two records is the one that a link would show. author …: who
 * made the record.
 */
#ifndef AGENT_CORE_DUPLICATES_H
#define AGENT_CORE_DUPLICATES_H

#include <jansson.h>

#include "agent/core/desk.h"

/* all: also the pairs of which somebody has said that they are the same, or are not. */
MUST_USE enum status duplicates_list(struct desk *desk, bool all, json_t **out, struct error *err);

struct duplicates_say {
    const char *a, *b; /* ids, as 32 hex digits */
    bool same;         /* false: they are not the same, whether somebody had said so or not */
    const char *note;  /* why */
};
/* A link goes into the ledger of the record that will be shown, or where the author may write; an
 * unlink into every ledger in which a link stands. *changed false: it stands like that already. */
MUST_USE enum status duplicates_say(struct desk *desk, struct author *author,
                                    const struct duplicates_say *what, bool *changed,
                                    struct error *err);

/* Adds to a record's JSON what it is one thing with: "same_as", the record it is counted under, or
 * "also", those that are counted under it. */
MUST_USE enum status duplicates_mark(struct desk *desk, const struct catalog_table *table,
                                     const struct record_id *id, json_t *record, struct error *err);

#endif
