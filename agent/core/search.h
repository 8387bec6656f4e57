/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * search: the whole history of this desk's ledgers, change by change, by who made it, what it
 * touched, and when. Reads what was signed, not what followed from it, so it finds void changes
 * too.
 *
 * [{"ledger","time","author","role","kid","device","type","type_label","record","op":{…} as
 * history.h, "note","base" (leaves its author had seen),"state","leaf","admitted","proof","void"}…]
 * An entry for each op on a record, in the order of the ledgers; what has no leaf comes last.
 */
#ifndef AGENT_CORE_SEARCH_H
#define AGENT_CORE_SEARCH_H

#include <jansson.h>

#include "agent/core/sight.h"

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
};
/* ST_USAGE: a day, ledger or type that is none; ST_LIMIT: more than SEARCH_MAX. Values as `sight`
 * lets them be seen. */
MUST_USE enum status search_history(struct desk *desk, const struct search *what,
                                    const struct sight *sight, json_t **out, struct error *err);

/* The same as a sheet (sheet.h), a row for each value. */
json_t *search_sheet(struct desk *desk, const json_t *entries);

#endif
