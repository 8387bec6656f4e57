/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * search: the whole history of a replica's ledgers, change by change, by who made it, what it
 * touched, and when. Reads what was signed, not what followed from it, so it finds void changes
 * too.
 *
 * [{"ledger","time","author","role","kid","device","type","type_label","record","op":{…} as
 * op_json.h, "note","base" (leaves its author had seen),"state","leaf","admitted","proof","void"}…]
 * An entry for each op on a record, in the order of the ledgers; what has no leaf comes last.
 */
#ifndef SHARED_CLI_SEARCH_H
#define SHARED_CLI_SEARCH_H

#include <jansson.h>

#include "shared/cli/sight.h"
#include "shared/db/replica.h"

#define SEARCH_MAX                                                                \
    100000 /* entries; more is refused, so that nobody takes a part for the whole \
            */

struct search {
    const char *by;        /* a name as in a grant, or the beginning of a kid; NULL: anybody */
    const char *field;     /* name or label, of any type, or of `type`; NULL: any */
    const char *type;      /* NULL: all */
    const char *record;    /* 32 hex digits; NULL: all */
    const char *from, *to; /* days in China by the author's clock, both included; NULL: open */
    const char *ledger;    /* NULL: all */
    uint64_t newest;       /* only so many, by the authors' clocks, the newest first; 0: all */
    /* How far a change has come, told by whoever sends it; NULL: all of it is confirmed. */
    const char *(*state)(void *arg, struct ledger *ledger, const struct stamp *at);
    void *arg;
};
/* The record type of this name or label. ST_INVALID: none; the text lists them. */
MUST_USE enum status search_type(struct replica *rep, const char *name,
                                 const struct catalog_table **out, struct error *err);
/* ST_USAGE: a day, ledger or field that is none; ST_INVALID: a type; ST_LIMIT: more than
 * SEARCH_MAX. Values as `sight` lets them be seen; NULL: whole. */
MUST_USE enum status search_history(struct replica *rep, const struct search *what,
                                    const struct sight *sight, json_t **out, struct error *err);
/* The same, and how many entries there are without `newest`, which spares their making. */
MUST_USE enum status search_newest(struct replica *rep, const struct search *what,
                                   const struct sight *sight, json_t **out, uint64_t *total,
                                   struct error *err);

/* The same as a sheet (sheet.h), a row for each value. */
json_t *search_sheet(struct replica *rep, const json_t *entries);

#endif
