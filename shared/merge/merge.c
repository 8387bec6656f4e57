/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * merge: takes an op apart and hands its pieces to the rules in policy.c. Nothing here decides
 * which value wins.
 */
#include "shared/merge/merge.h"

#include "shared/base/check.h"
#include "shared/merge/link.h"
#include "shared/merge/move.h"
#include "shared/merge/policy.h"

/* Room for one claim per field comes with the state, because nearly every field has exactly one. */
void record_state_init(struct record_state *record, const struct catalog_table *table,
                       const struct record_id *id, struct arena *arena)
{
    uint32_t count = 1;
    if (table->field_count)
        count = table->fields[table->field_count - 1]->no + 1;
    struct field_state *fields = arena_alloc(arena, count * sizeof *fields);
    struct claim *claims = arena_alloc(arena, count * sizeof *claims);
    memset(fields, 0, count * sizeof *fields);
    for (uint32_t i = 0; i < count; i++) {
        fields[i].claims = &claims[i];
        fields[i].claim_capacity = 1;
    }
    for (size_t i = 0; i < table->field_count; i++)
        fields[table->fields[i]->no].field = table->fields[i];
    *record =
        (struct record_state){.table = table, .id = *id, .field_count = count, .fields = fields};
}

static bool decides_existence(const struct op *op)
{
    return op->field_count && op->fields[0].field == 0 && op->fields[0].value.kind == VALUE_INT;
}

/* The first and the latest change that touched the record; the first is needed before its fields.
 */
static void touch(struct record_state *record, const struct event *event)
{
    if (!record->known)
        record->created = event->at;
    record->last = event->at;
}

void merge_apply(struct record_state *record, const struct op *op, const struct event *event,
                 const struct merge_context *context)
{
    const struct fold fold = {record, event, context};
    struct op_field nothing;

    switch (op->code) {
    case OP_LINK:
        link_say(&fold, op);
        return;
    case OP_OUT:
        touch(record, event);
        move_out(&fold, op);
        return;
    case OP_IN:
        touch(record, event);
        move_in(&fold, op);
        return;
    case OP_DELETE:
    case OP_RESTORE:
        move_note_edit(&fold);
        touch(record, event);
        existence_say(&fold, op->code == OP_RESTORE);
        return;
    case OP_PUT:
    case OP_SET:
    case OP_COUNTER:
    case OP_STATE:
    case OP_WITHDRAW:
    case OP_RESOLVE:
        break;
    default: /* of a newer version: kept in the ledger, folded after the upgrade */
        return;
    }

    move_note_edit(&fold);
    touch(record, event);
    if (op->code == OP_RESOLVE && decides_existence(op))
        existence_decide(&fold, op->fields[0].value.i != 0);
    else
        existence_edit(&fold);

    switch (op->code) {
    case OP_PUT:
        policy_put(&fold, op->fields, op->field_count);
        break;
    case OP_SET:
        policy_set(&fold, op);
        break;
    case OP_COUNTER:
        policy_count(&fold, op->field, op->delta);
        break;
    case OP_STATE:
        policy_step(&fold, op->field, &op->from, &op->to);
        break;
    case OP_WITHDRAW:
        nothing = (struct op_field){.field = op->field, .value = value_null()};
        policy_put(&fold, &nothing, 1);
        break;
    default: /* OP_RESOLVE */
        policy_resolve(&fold, op->fields, op->field_count);
        break;
    }
}

void merge_settle(struct record_state *record, uint32_t field, bool found,
                  const struct value *value)
{
    CHECK(field < record->field_count);
    struct field_state *f = &record->fields[field];
    CHECK(f->ask_prefix);
    f->ask_prefix = false;
    f->value = found ? *value : policy_earliest(f)->value;
}

void merge_follow(struct record_state *record, const struct catalog_table *table)
{
    size_t policy_since = record->table->policy_since;
    if (record->table == table)
        return;
    CHECK(record->field_count <= CATALOG_FIELD_NO_MAX + 1);
    record->table = table;
    for (uint32_t no = 1; no < record->field_count; no++)
        record->fields[no].field = table->by_no[no];
    policy_follow(record, policy_since);
}

/* ---- the past ---- */

/* What a field that was in conflict when a new table came was settled to: after how many events.
 * Every look into the past comes by the same tables and asks the same, so the answers are kept, or
 * each table would double the work. */
struct settled {
    const struct settled *next;
    size_t after;
    uint32_t field;
    bool found;
    struct value value;
};

/* One record's history, and what has been settled in it. */
struct past {
    const struct record_id *id;
    const struct merge_event *events;
    const struct merge_context *context; /* reports nothing */
    const struct settled *settled;
};

static bool value_at(struct past *past, const struct catalog_table *table, size_t count,
                     uint32_t field, uint64_t prefix, struct value *out);

static void settle_before_table(struct past *past, struct record_state *record, size_t after,
                                uint32_t no)
{
    const struct settled *known = past->settled;
    while (known && (known->after != after || known->field != no))
        known = known->next;
    if (!known) {
        struct settled *answer = arena_alloc(past->context->arena, sizeof *answer);
        *answer = (struct settled){.after = after, .field = no};
        answer->found =
            value_at(past, record->table, after, no, record->fields[no].prefix, &answer->value);
        answer->next = past->settled;
        past->settled = known = answer;
    }
    merge_settle(record, no, known->found, &known->value);
}

/* From here on by this table. What a policy of the past left open is settled before, from the
 * first `after` events. */
static void fold_on(struct past *past, struct record_state *record, size_t after,
                    const struct catalog_table *table)
{
    for (uint32_t no = 1; table != record->table && no < record->field_count; no++)
        if (record->fields[no].ask_prefix)
            settle_before_table(past, record, after, no);
    merge_follow(record, table);
}

/* Folds the first `count` events, as far as they lie before `prefix`, each by the table of its day.
 */
static void fold_past(struct past *past, struct record_state *record, size_t count, uint64_t prefix,
                      const struct merge_context *context)
{
    for (size_t i = 0; i < count && stamp_place(&past->events[i].event.at) < prefix; i++) {
        const struct merge_event *e = &past->events[i];
        fold_on(past, record, i, e->table);
        merge_apply(record, e->op, &e->event, context);
    }
}

/* A conflict at the prefix asks a smaller prefix in turn, because the bases of its claims lie below
 * it. Each round remembers its earliest claim for the case that nothing stood before; a field that
 * had been cleared counts as nothing. */
static bool value_at(struct past *past, const struct catalog_table *table, size_t count,
                     uint32_t field, uint64_t prefix, struct value *out)
{
    bool found = false;
    *out = value_null();
    for (;;) {
        struct record_state record;
        record_state_init(&record, table, past->id, past->context->arena);
        CHECK(field < record.field_count);
        fold_past(past, &record, count, prefix, past->context);

        const struct field_state *f = &record.fields[field];
        if (!policy_empty(&record, f)) {
            *out = f->value; /* settled, or the earliest claim until the past knows better */
            found = true;
        }
        if (!f->ask_prefix || f->prefix >= prefix) /* the latter only in a forged ledger */
            return found;
        prefix = f->prefix;
    }
}

static struct merge_context without_reports(const struct merge_context *context)
{
    struct merge_context quiet = *context;
    quiet.overruled = NULL;
    return quiet;
}

void merge_all(const struct catalog_table *table, const struct record_id *id,
               const struct merge_event *events, size_t count, const struct merge_context *context,
               struct record_state *out)
{
    const struct merge_context quiet = without_reports(context);
    struct past past = {.id = id, .events = events, .context = &quiet};
    record_state_init(out, table, id, context->arena);
    fold_past(&past, out, count, UINT64_MAX, context);
    fold_on(&past, out, count, table);
}

bool merge_prefix_value(const struct catalog_table *table, const struct record_id *id,
                        const struct merge_event *events, size_t count, uint32_t field,
                        uint64_t prefix, const struct merge_context *context, struct value *out)
{
    const struct merge_context quiet = without_reports(context);
    struct past past = {.id = id, .events = events, .context = &quiet};
    return value_at(&past, table, count, field, prefix, out);
}

size_t merge_set_elements(const struct field_state *field, struct arena *arena, struct value **out)
{
    struct value *elements = arena_alloc(arena, field->claim_count * sizeof *elements);
    size_t count = 0;
    for (uint32_t i = 0; i < field->claim_count; i++) {
        const struct value *value = &field->claims[i].value;
        size_t at = count;
        while (at > 0 && value_compare(&elements[at - 1], value) > 0)
            at--;
        if (at > 0 && value_equal(&elements[at - 1], value))
            continue;
        memmove(elements + at + 1, elements + at, (count - at) * sizeof *elements);
        elements[at] = *value;
        count++;
    }
    *out = elements;
    return count;
}
