/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * merge: the rules, as pure code over (state, order, op). One record at a time, no database.
 *
 * A record's state is a list of fields. A field holds claims: what changes have said and nothing
 * has yet superseded. Usually there is one claim and it is the value in force. Each policy is one
 * rule for what a new claim does to the standing ones (FORMAT.md §4a):
 *
 *   lww        the greatest stamp stands; a concurrent loser is reported as overruled
 *   authority  one lww register per rank; the highest rank that is not empty is in force
 *   review     S = distinct values among the standing claims that the new one has seen. |S| <= 1:
 * it replaces those claims; else it joins. More than one distinct value standing: a conflict once
 * the first claim in fold order stands; a different later value joins as a conflict state      a
 * step [from, to] is legal if declared; replaces S if |S| = 1 and S holds `from` (or the field is
 * empty and from is null); a concurrent different step joins as a conflict worst      concurrent
 * values: the worse by the declared order is in force; seen ones are replaced set        add-wins:
 * each add is a claim; a remove takes out the claims of that element it has seen counter    the sum
 * of all deltas append     the creating change writes it; later puts are reported as overruled
 *
 * In force during a conflict is the value at ledger prefix [0, m), m = the smallest base among the
 * claims; the merge cannot look into the past by itself, so it sets `ask_prefix` and the caller
 * folds the record's history up to m (merge_prefix_value) and hands the answer to merge_settle.
 * That can wait for the end of a batch, but must be done before the record is packed or shown. In
 * force of a conflicted `once` is its first value; a conflicted existence is live: neither asks.
 *
 * The fields of a conflict group (`review`) are one composite field: its values are the same only
 * if all of its fields agree, and its fields conflict together.
 *
 * Existence (field 0): a delete does not remove the fields. An edit concurrent with a standing
 * delete, or a delete concurrent with a standing edit, keeps the record live and opens a conflict.
 * Its claims are the deletes, and the edits that no later edit has seen.
 *
 * A record that moves between ledgers (move.c): an `out` puts it in transit, an `in` of a higher
 * hop begins its life here anew with the values it brings. What was said without knowing of either
 * is late.
 *
 * Two records that are one thing (link.c) stay two states; what is said of the pair is kept with
 * the smaller id.
 *
 * The rules on paper, with a table of results that a test writes: shared/merge/RULES.md.
 */
#ifndef SHARED_MERGE_MERGE_H
#define SHARED_MERGE_MERGE_H

#include "shared/merge/order.h"
#include "shared/record/catalog.h"

/* Raised whenever the same leaves would lead to another state than before: by a corrected rule, or
 * by words and ops of the format that older programs passed over. Derived state made by another
 * version is made anew (materialise_upgrade). */
#define MERGE_VERSION 15

#define CLAIMS_MAX 256 /* of one field; see RULES.md, "Room" */

struct claim {
    struct stamp at;
    uint8_t rank;       /* authority: 1 is the highest; 0 elsewhere */
    struct value value; /* set: the element; existence: int 0 / 1; null: withdrawn or cleared */
};

struct field_state {
    const struct catalog_field *field; /* NULL: not described by this catalog, or existence */
    struct value value; /* in force, maybe an erased one; counter: the sum; set: unused */
    uint32_t claim_count, claim_capacity;
    struct claim *claims; /* claim_count == 0: the field was never written */
    bool conflict;        /* more than one distinct value stands (review, once, state, existence) */
    bool ask_prefix;      /* value must be settled from the prefix [0, prefix) */
    uint64_t prefix;
    bool changed; /* since record_state was loaded: value or claims */
};

/* One `out` or `in` that stands: the first of its hop in fold order. */
struct move {
    bool in;
    uint32_t hop; /* from 1; a record is created at hop 0 */
    struct stamp at;
    struct slice other; /* origin that it left for, or came from */
};

#define MOVES_MAX \
    32 /* of one record in one ledger; beyond, those of the smallest hops are forgotten */

/* One word about this record and another, greater id: link.h. */
struct link_claim {
    struct record_id other;
    bool same; /* false: they are not the same */
    struct stamp at;
};

#define LINKS_MAX 256 /* claims that one record keeps */

/* The state of one record in one ledger. Fields are indexed by number, 0 = existence. */
struct record_state {
    const struct catalog_table *table;
    struct record_id id;
    bool known;                 /* has at least one claim anywhere */
    bool live;                  /* exists and is not deleted; derived from fields[0] */
    bool conflict;              /* any field in conflict */
    struct stamp created, last; /* first and latest change in fold order that touched it */
    uint32_t field_count;       /* highest field number + 1 */
    struct field_state *fields;
    uint32_t link_count;
    struct link_claim *links; /* of pairs in which this is the smaller id; in fold order */
    uint32_t move_count;
    struct move *moves; /* in fold order */
    bool in_transit;    /* left by an `out` of a higher hop than any `in` */
    bool late;          /* for ever: something was said here that a move did not know of */
};

/* The latest arrival, or departure, of a record; NULL: none. */
const struct move *record_arrival(const struct record_state *record);
const struct move *record_departure(const struct record_state *record);
/* in_transit, from the moves. */
bool record_is_away(const struct record_state *record);

/* Is there anything to store? */
static inline bool record_is_kept(const struct record_state *record)
{
    return record->known || record->move_count || record->link_count;
}

/* One change about to be folded. */
struct event {
    struct stamp at;
    const struct order_entry *entry; /* of its changeset */
    int role_bit;                    /* writer's role in the catalog, -1 unknown */
    uint8_t person[16];              /* who that is; zeroes: unknown */
    size_t named_count;              /* resolve: refs translated to places */
    const struct stamp *named;       /* only leaf and position are used */
};

enum overruled_why { OVERRULED_LATER, OVERRULED_APPEND, OVERRULED_ILLEGAL_STEP };

struct merge_context {
    const struct order *order;
    struct arena *arena; /* claims, values that must outlive the op */
    /* A concurrent value that lost without a person being asked; may be NULL. */
    void (*overruled)(void *arg, const struct record_state *record, uint32_t field,
                      const struct claim *loser, const struct claim *winner,
                      enum overruled_why why);
    void *arg;
};

/* An empty state for a record of this table; arrays from the arena. */
void record_state_init(struct record_state *record, const struct catalog_table *table,
                       const struct record_id *id, struct arena *arena);

/* Folds one op. Events arrive in fold order. Ops of other records are the caller's mistake. Values
 * are borrowed from the op; they must live as long as the state (or be copied by the caller). */
void merge_apply(struct record_state *record, const struct op *op, const struct event *event,
                 const struct merge_context *context);

/* From here on the state is folded by the policies of this table, of a later catalog or the same:
 * where a field has another one than before, its value in force becomes its only claim, in the
 * place of the first that stood. Nothing asks for a prefix. Fields with higher numbers than the
 * state has room for are left out. */
void merge_follow(struct record_state *record, const struct catalog_table *table);

/* For each field with ask_prefix: takes the answer of merge_prefix_value (found = false: there was
 * none; the earliest claim in lww order is taken). */
void merge_settle(struct record_state *record, uint32_t field, bool found,
                  const struct value *value);

/* The value in force of one field at ledger prefix [0, prefix): folds a fresh state from this
 * record's events (admitted, in fold order, only those that count), each by the policies of its own
 * day; `table` is today's. Handles a conflict at that prefix by going further back. False: the
 * field (and its conflict group) was empty there. */
struct merge_event {
    struct event event;
    const struct op *op;
    const struct catalog_table *table; /* by whose policies it is folded */
};
/* Folds all events into a fresh state, and goes on to the policies of `table`. Fields may ask for a
 * prefix afterwards. */
void merge_all(const struct catalog_table *table, const struct record_id *id,
               const struct merge_event *events, size_t count, const struct merge_context *context,
               struct record_state *out);
bool merge_prefix_value(const struct catalog_table *table, const struct record_id *id,
                        const struct merge_event *events, size_t count, uint32_t field,
                        uint64_t prefix, const struct merge_context *context, struct value *out);

/* Distinct elements of a set field in value order; returns their number, array in the arena. */
size_t merge_set_elements(const struct field_state *field, struct arena *arena, struct value **out);

#endif
