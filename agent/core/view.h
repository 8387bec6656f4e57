/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * view: records and conflicts as JSON, the same for the command line and the local API.
 *
 * Values: text, code, date and time as strings; int, bool (0/1) as numbers; money and decimal as
 * strings ("1234.50"), so that what `get` shows can be given to `put`; a reference as 32 hex
 * digits; a set as an array.
 */
#ifndef AGENT_CORE_VIEW_H
#define AGENT_CORE_VIEW_H

#include <jansson.h>

#include "agent/core/desk.h"
#include "agent/core/seen.h"
#include "shared/cli/op_json.h"
#include "shared/sync/session.h"

/* What a field of a record shows: the value in force, or a set's elements. */
json_t *view_state(const struct field_state *state, const struct catalog_field *field,
                   struct arena *arena);
/* The same for people: a code with its label ("3 迁出"), 是 / 否, an amount with its unit.
 * Arena-owned. */
const char *view_words(const struct catalog_field *field, const struct value *value,
                       struct arena *arena);

/* {"id","type","ledger","fields","conflicts","state","version"}, and "left_for" (an origin) when it
 * has left this ledger, "same_as" when it is counted under another id, "also" (ids) when others are
 * counted under this one, "beside" ({"field","label","value","text", and of whom as view_stamp}…)
 * when somebody of a lower rank says otherwise in an `authority` field; version: what is shown
 * here, to be given back with an edit (seen.h). */
MUST_USE enum status view_record(struct desk *desk, struct ledger *ledger,
                                 const struct catalog_table *table, const struct record_id *id,
                                 json_t **out, struct error *err);

/* Fields that have become others under somebody's hands:
 * {"id","type","version","moved":[{"field","label","now","conflict","by":{"author",…}|null}]}. */
MUST_USE enum status view_moved(struct desk *desk, struct ledger *ledger,
                                const struct catalog_table *table, const struct record_id *id,
                                const uint32_t *fields, size_t count, json_t **out,
                                struct error *err);

/* Who made the change of this stamp, and how many leaves of the ledger they had seen (base):
 * {"author","role","device","time","note","base","confirmed"}. */
MUST_USE enum status view_stamp(struct desk *desk, struct ledger *ledger, const struct stamp *at,
                                json_t **out, struct error *err);
/* What people know a record by, with the records that it requires: "622924… · 马建国 · 02 户主". */
const char *view_title(struct desk *desk, const struct record_state *record, struct arena *arena);
/* A version as text. */
json_t *view_version(const struct seen *seen);

/* One conflict of a field:
 * {"id","kind":"field"|"reported","type","type_label","record","title","ledger","field","label","in_force",
 * "in_force_text","candidates":[{"letter","value","text","author",… as
 * view_stamp,"seen":["A"]}],"version"}; seen: the candidates that the author of this one knew.
 * ST_NOT_FOUND when the field is not (or no longer) in conflict. Open changesets of the ledger are
 * closed first, so that every candidate can be named. */
MUST_USE enum status view_conflict(struct desk *desk, struct ledger *ledger,
                                   const struct catalog_table *table, const struct record_id *id,
                                   uint32_t field, json_t **out, struct error *err);
/* One conflict by its id, of a field or between records (clashes.h). */
MUST_USE enum status view_conflict_named(struct desk *desk, const char *id, json_t **out,
                                         struct error *err);
/* All conflicts: an array; those of fields, then those between records. */
MUST_USE enum status view_conflicts(struct desk *desk, json_t **out, struct error *err);
/* What the rules decided without asking (reported.h), the newest first: an array of the same, kind
 * "reported"; candidate A is in force. */
MUST_USE enum status view_reported(struct desk *desk, json_t **out, struct error *err);
/* The ledger and table of a conflict id; ST_NOT_FOUND. */
MUST_USE enum status view_conflict_find(struct desk *desk, const char *id_text,
                                        struct ledger **ledger, const struct catalog_table **table,
                                        struct record_id *id, uint32_t *field, struct error *err);

struct view_query {
    const char *ledger;     /* NULL: all */
    const char *where;      /* an SQL expression over the columns of the type's view; NULL: all */
    const char *text;       /* must stand somewhere in one of the text fields; NULL: any */
    uint64_t limit, offset; /* limit 0: no limit */
    bool deleted;           /* those that were deleted, instead; not with `where` */
    bool total;             /* also count what there is without limit */
    int time_ms;            /* how long a statement may take; 0: 10 s */
};

/* {"records":[…]}, with "total" when asked, by ledger and age. */
MUST_USE enum status view_list(struct desk *desk, const struct catalog_table *table,
                               const struct view_query *query, json_t **out, struct error *err);

/* {"server","people","clock_ahead_s","ledgers":[{"origin","size","unsent","sent","confirmed","conflicts",
 * "refused","returned","last_sync","heads":[{"kid","number","cut"}],"breaches":[…]}]}.
 * clock_ahead_s: this clock minus the county's at the last exchange; breaches: breaches.h. */
MUST_USE enum status view_status(struct desk *desk, json_t **out, struct error *err);
/* {"version","types":[{"name","zh","fields":[…],"rules":[…],…}],"lists":{name:[{"code","zh",…}]}}:
 * all that a form needs. role: of whom "writable" speaks; NULL: of nobody. */
json_t *view_types(struct desk *desk, const char *role);

/* An exchange: {"rounds","sent","received","confirmed","rejected","bytes_out","bytes_in","left"}.
 */
json_t *view_progress(const struct session_progress *progress, uint64_t left);

/* Closes open changesets, so that everything here can be named and counted. Own transaction. */
MUST_USE enum status view_settle(struct desk *desk, struct error *err);

/* What a query finds, each row as an object of texts by the names of its columns; an empty cell is
 * null. first, second: ?1 and ?2; either may be NULL. */
MUST_USE enum status view_rows(struct desk *desk, const char *sql, const char *first,
                               const char *second, json_t **out, struct error *err);

/* Has anybody on this desk a scope over it, still? */
bool view_is_readable(struct desk *desk, const struct ledger *ledger);

#endif
