/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * world: one table with a field of every policy, one record of it, and changesets made by hand, for
 * the tests of the merge. Include it once per test program.
 */
#ifndef TESTS_UNIT_MERGE_WORLD_H
#define TESTS_UNIT_MERGE_WORLD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "shared/base/check.h"
#include "shared/merge/merge.h"

#define UNUSED __attribute__((unused))

enum world_field {
    F_NAME = 1, /* lww */
    F_STATUS,   /* authority: township above village */
    F_PHONE,    /* review */
    F_POVERTY,  /* review, group of two */
    F_INCOME,
    F_BORN,         /* once */
    F_STAGE,        /* state */
    F_ROLL,         /* worst */
    F_TAGS,         /* set */
    F_VISITS,       /* counter */
    F_ORIGIN,       /* append */
    F_CARE,         /* review, a group of its own */
    F_STRANGE = 14, /* not in the catalog; 13 neither */
    F_LAST = 15,    /* lww */
};

enum { VILLAGE = 0, TOWNSHIP = 2, AUDITOR = 4 };

static struct catalog_field world_fields[] = {
    {.no = F_NAME, .name = "name", .policy = POLICY_LWW},
    {.no = F_STATUS, .name = "status", .policy = POLICY_AUTHORITY},
    {.no = F_PHONE, .name = "phone", .policy = POLICY_REVIEW},
    {.no = F_POVERTY, .name = "poverty", .policy = POLICY_REVIEW, .group = "poverty"},
    {.no = F_INCOME, .name = "income", .policy = POLICY_REVIEW, .group = "poverty"},
    {.no = F_BORN, .name = "born", .policy = POLICY_ONCE},
    {.no = F_STAGE,
     .name = "stage",
     .policy = POLICY_STATE,
     .args = ">draft, draft>public,draft>dropped ,public>draft,public>dropped,dropped>,bad"},
    {.no = F_ROLL, .name = "roll", .policy = POLICY_WORST, .args = "lost>hurt>safe"},
    {.no = F_TAGS, .name = "tags", .policy = POLICY_SET},
    {.no = F_VISITS, .name = "visits", .policy = POLICY_COUNTER},
    {.no = F_ORIGIN, .name = "origin", .policy = POLICY_APPEND},
    {.no = F_CARE, .name = "care", .policy = POLICY_REVIEW, .group = "care"},
    {.no = F_LAST, .name = "last", .policy = POLICY_LWW},
};

#define WORLD_FIELDS ARRAY_LENGTH(world_fields)

static struct catalog_table world_table;
static struct catalog_field *world_field_list[WORLD_FIELDS];
static const struct record_id WORLD_ID = {{5, 1, 2, 3}};

static inline const struct catalog_table *world_catalog(void)
{
    world_table.no = 1;
    world_table.name = "person";
    world_table.fields = world_field_list;
    world_table.field_count = WORLD_FIELDS;
    for (size_t i = 0; i < WORLD_FIELDS; i++) {
        struct catalog_field *f = &world_fields[i];
        f->args = f->args ? f->args : "";
        f->group = f->group ? f->group : "";
        f->writers = "T,V";
        f->rank_of[VILLAGE] = 2;
        f->rank_of[TOWNSHIP] = 1;
        world_field_list[i] = f;
        world_table.by_no[f->no] = f;
    }
    return &world_table;
}

#define WORLD_CHANGESETS 64

/* A ledger of changesets with one change each, in fold order, and one record. */
struct world {
    struct arena arena;
    struct record_state record;
    struct order order;
    struct merge_context context;
    uint32_t count;
    uint64_t leaves[WORLD_CHANGESETS];
    struct order_entry entries[WORLD_CHANGESETS];
    uint64_t numbers[8]; /* of each chain */
    struct merge_event events[1024];
    size_t event_count;
    uint64_t size; /* of the ledger */
    /* what the merge reported */
    uint32_t reports, report_field;
    enum overruled_why report_why;
    struct claim loser, winner; /* of the last one */
    struct value losers[300];   /* of all */
};

static inline const struct order_entry *world_entry(void *arg, uint64_t leaf)
{
    struct world *w = arg;
    for (uint32_t i = 0; i < w->count; i++) {
        if (w->leaves[i] == leaf)
            return &w->entries[i];
    }
    fail_msg("no changeset at leaf %llu", (unsigned long long)leaf);
    return NULL;
}

static inline void world_overruled(void *arg, const struct record_state *record, uint32_t field,
                                   const struct claim *loser, const struct claim *winner,
                                   enum overruled_why why)
{
    struct world *w = arg;
    assert_true(record_id_equal(&record->id, &WORLD_ID));
    assert_true(w->reports < ARRAY_LENGTH(w->losers));
    w->losers[w->reports++] = loser->value;
    w->report_field = field;
    w->report_why = why;
    w->loser = *loser;
    w->winner = *winner;
}

static inline void world_init(struct world *w)
{
    memset(w, 0, sizeof *w);
    w->order = (struct order){world_entry, w};
    w->context = (struct merge_context){&w->order, &w->arena, world_overruled, w};
    record_state_init(&w->record, world_catalog(), &WORLD_ID, &w->arena);
}

static inline void world_release(struct world *w)
{
    arena_release(&w->arena);
}

/* The next changeset of a chain, admitted, whose author had seen `base` leaves. */
static inline struct event world_admit(struct world *w, uint32_t chain, uint64_t base, int64_t ms)
{
    uint32_t i = w->count++;
    assert_true(i < WORLD_CHANGESETS);
    w->leaves[i] = w->size++;
    w->entries[i] =
        (struct order_entry){.chain = chain, .number = ++w->numbers[chain], .base_size = base};
    return (struct event){.at = {.effective_ms = ms, .leaf = w->leaves[i]},
                          .entry = &w->entries[i],
                          .role_bit = chain == 0 ? TOWNSHIP : VILLAGE};
}

static inline void world_apply(struct world *w, const struct event *event, const struct op *op)
{
    assert_true(w->event_count < ARRAY_LENGTH(w->events));
    w->events[w->event_count++] =
        (struct merge_event){*event, arena_copy(&w->arena, op, sizeof *op), w->record.table};
    merge_apply(&w->record, op, event, &w->context);
}

/* Answers what the conflicts ask of the past. */
static inline void world_settle(struct world *w)
{
    for (uint32_t no = 0; no < w->record.field_count; no++) {
        struct field_state *f = &w->record.fields[no];
        if (!f->ask_prefix)
            continue;
        struct value value;
        bool found = merge_prefix_value(&world_table, &WORLD_ID, w->events, w->event_count, no,
                                        f->prefix, &w->context, &value);
        merge_settle(&w->record, no, found, &value);
    }
}

static inline struct value text(const char *s)
{
    return s ? value_text(slice_str(s)) : value_null();
}

static inline void world_put(struct world *w, const struct event *event, uint32_t field,
                             const char *value)
{
    struct op_field *f = arena_alloc(&w->arena, sizeof *f);
    *f = (struct op_field){field, text(value)};
    world_apply(w, event, &(struct op){.code = OP_PUT, .field_count = 1, .fields = f});
}

static inline void world_resolve(struct world *w, const struct event *event, uint32_t field,
                                 struct value value, const struct stamp *named, size_t count)
{
    struct op_field *f = arena_alloc(&w->arena, sizeof *f);
    *f = (struct op_field){field, value};
    struct event e = *event;
    e.named = named;
    e.named_count = count;
    world_apply(w, &e, &(struct op){.code = OP_RESOLVE, .field_count = 1, .fields = f});
}

static inline void world_step(struct world *w, const struct event *event, const char *from,
                              const char *to)
{
    world_apply(
        w, event,
        &(struct op){.code = OP_STATE, .field = F_STAGE, .from = text(from), .to = text(to)});
}

static inline void world_op(struct world *w, const struct event *event, uint32_t code)
{
    world_apply(w, event, &(struct op){.code = code});
}

#define assert_value(w, no, expected)                                    \
    do {                                                                 \
        struct value want_ = text(expected);                             \
        assert_false((w)->record.fields[no].ask_prefix);                 \
        assert_true(value_equal(&(w)->record.fields[no].value, &want_)); \
    } while (0)

#endif
