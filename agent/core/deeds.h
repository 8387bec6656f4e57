/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * deeds: several records of one ledger saved as one: all of them durable and signed, or none. For
 * what a person does in one step and the ledger keeps in several records (a draw and its results,
 * a feed and its differences). One record once: what is saved is not seen before the end.
 */
#ifndef AGENT_CORE_DEEDS_H
#define AGENT_CORE_DEEDS_H

#include "agent/core/act.h"
#include "agent/core/save.h"

struct deeds {
    struct desk *desk;
    struct author *author;
    struct ledger *ledger;
    struct save *save;
    struct editor *editor;
    size_t saved; /* changes so far */
};

/* Takes the write lock; pointers to ledgers and types found before it may be dead after it. */
MUST_USE enum status deeds_begin(struct deeds *deeds, struct desk *desk, struct author *author,
                                 struct ledger *ledger, struct error *err);
/* id NULL: a new record. out may be NULL. */
MUST_USE enum status deeds_put(struct deeds *deeds, const char *type, const struct record_id *id,
                               const struct act_field *fields, size_t count, const char *note,
                               struct record_id *out, struct error *err);
/* st: of the work so far. Commits when it is ST_OK, else nothing has happened. Always to be called
 * after deeds_begin, also when that failed. */
MUST_USE enum status deeds_end(struct deeds *deeds, enum status st, struct error *err);

#endif
