/* SPDX-License-Identifier: MulanPSL-2.0 */
/* sight: see sight.h. */
#include "shared/cli/sight.h"

#include <stdlib.h>

#define TEXT_MAX 65536

void sight_add_role(struct sight *sight, const struct grant *grant)
{
    for (size_t i = 0; grant && i < sight->role_count; i++)
        if (strcmp(sight->roles[i], grant->role) == 0)
            return;
    if (grant && sight->role_count < SIGHT_ROLES_MAX)
        sight->roles[sight->role_count++] = grant->role;
}

void sight_of_grant(const struct grant *grant, enum sight_for purpose, struct sight *out)
{
    *out = (struct sight){.purpose = purpose};
    sight_add_role(out, grant);
}

static bool is_shown(const struct sight *sight, const struct mask_rule *rule)
{
    if (sight->role_count == 0)
        return mask_shows(rule, NULL);
    for (size_t i = 0; i < sight->role_count; i++)
        if (mask_shows(rule, sight->roles[i]))
            return true;
    return false;
}

enum mask sight_mask(const struct sight *sight, const struct catalog_table *table,
                     const struct catalog_field *field)
{
    struct mask_rule rule;
    mask_rule_of(table, field, &rule);
    return sight->purpose != SIGHT_FILE && is_shown(sight, &rule) ? MASK_NONE : rule.mask;
}

enum mask_purpose sight_purpose(const struct sight *sight)
{
    return sight->purpose == SIGHT_SCREEN ? MASK_INSIDE : MASK_POSTED;
}

/* ---- JSON ---- */

static json_t *masked_text(const struct sight *sight, enum mask mask, const char *text)
{
    struct buf out;
    buf_init(&out, TEXT_MAX);
    mask_put(mask, sight_purpose(sight), slice_str(text), &out);
    json_t *json = json_stringn((const char *)out.p, out.n);
    buf_release(&out);
    return json ? json : json_string("***");
}

/* A value in place; a set by its elements, a number as if it were written. */
void sight_member(const struct sight *sight, enum mask mask, json_t *object, const char *name)
{
    json_t *value = json_object_get(object, name);
    if (!value || json_is_null(value))
        return;
    if (json_is_array(value)) {
        json_t *all = json_array();
        for (size_t i = 0; i < json_array_size(value); i++)
            json_array_append_new(all, json_string("***"));
        json_object_set_new(object, name, all);
    } else if (json_is_string(value)) {
        json_object_set_new(object, name, masked_text(sight, mask, json_string_value(value)));
    } else {
        json_object_set_new(object, name, json_string("***"));
    }
}

void sight_conflicts(const struct sight *sight, const struct catalog_table *table,
                     json_t *conflicts)
{
    json_t *conflict, *candidate;
    size_t i, k;
    json_array_foreach(conflicts, i, conflict)
    {
        const char *name = json_string_value(json_object_get(conflict, "field"));
        const struct catalog_field *field =
            name ? catalog_field_named(table, slice_str(name)) : NULL;
        enum mask mask = field ? sight_mask(sight, table, field) : MASK_NONE;
        if (mask == MASK_NONE)
            continue;
        sight_member(sight, mask, conflict, "in_force");
        sight_member(sight, mask, conflict, "in_force_text");
        json_array_foreach(json_object_get(conflict, "candidates"), k, candidate)
        {
            sight_member(sight, mask, candidate, "value");
            sight_member(sight, mask, candidate, "text");
        }
    }
}

static void mask_beside(const struct sight *sight, const struct catalog_table *table,
                        json_t *beside)
{
    json_t *one;
    size_t i;
    json_array_foreach(beside, i, one)
    {
        const struct catalog_field *field =
            catalog_field_named(table, slice_str(json_string_value(json_object_get(one, "field"))));
        enum mask mask = field ? sight_mask(sight, table, field) : MASK_NONE;
        if (mask != MASK_NONE) {
            sight_member(sight, mask, one, "value");
            sight_member(sight, mask, one, "text");
        }
    }
}

void sight_record(const struct sight *sight, const struct catalog_table *table, json_t *record)
{
    json_t *fields = json_object_get(record, "fields"), *masked = json_array();
    for (size_t i = 0; i < table->field_count; i++) {
        const struct catalog_field *field = table->fields[i];
        const json_t *value = json_object_get(fields, field->name);
        enum mask mask = value ? sight_mask(sight, table, field) : MASK_NONE;
        if (mask == MASK_NONE || json_is_null(value))
            continue;
        sight_member(sight, mask, fields, field->name);
        json_array_append_new(masked, json_string(field->name));
    }
    sight_conflicts(sight, table, json_object_get(record, "conflicts"));
    mask_beside(sight, table, json_object_get(record, "beside"));
    if (json_array_size(masked))
        json_object_set(record, "masked", masked);
    json_decref(masked);
}

void sight_list(const struct sight *sight, const struct catalog_table *table, json_t *list)
{
    json_t *record;
    size_t i;
    json_array_foreach(json_object_get(list, "records"), i, record)
        sight_record(sight, table, record);
}

void sight_op(const struct sight *sight, const struct catalog_table *table, json_t *op)
{
    static const char *const values[] = {"add", "remove", "from", "to", "delta"};
    json_t *fields = json_object_get(op, "fields");
    const char *name = json_string_value(json_object_get(op, "field"));
    const struct catalog_field *field = name ? catalog_field_named(table, slice_str(name)) : NULL;
    for (size_t i = 0; fields && i < table->field_count; i++) {
        enum mask mask = json_object_get(fields, table->fields[i]->name)
                             ? sight_mask(sight, table, table->fields[i])
                             : MASK_NONE;
        if (mask != MASK_NONE)
            sight_member(sight, mask, fields, table->fields[i]->name);
    }
    enum mask mask = field ? sight_mask(sight, table, field) : MASK_NONE;
    for (size_t i = 0; mask != MASK_NONE && i < sizeof(values) / sizeof(values[0]); i++)
        sight_member(sight, mask, op, values[i]);
}

void sight_changes(const struct sight *sight, const struct catalog_table *table, json_t *changes)
{
    json_t *change, *op;
    size_t i, k;
    json_array_foreach(changes, i, change) json_array_foreach(json_object_get(change, "ops"), k, op)
        sight_op(sight, table, op);
}

/* ---- queries ---- */

static const struct catalog_table *table_read(const struct catalog *catalog, const char *name)
{
    const bool stored = (name[0] == 'r' || name[0] == 'o') && name[1] == '_'; /* record_tables.h */
    return catalog_table_named(catalog, slice_str(stored ? name + 2 : name));
}

/* The view of a type reads all its fields, whatever is asked of it; other views what they need. */
static void on_read(void *arg, const char *table, const char *column, const char *view)
{
    struct sight_query *query = arg;
    if (view && catalog_table_named(query->catalog, slice_str(view)))
        return;
    const struct catalog_table *type = table_read(query->catalog, table);
    const struct catalog_field *field = type ? catalog_field_named(type, slice_str(column)) : NULL;
    const enum mask mask = field ? sight_mask(query->sight, type, field) : MASK_NONE;
    query->hides |= mask != MASK_NONE && mask != MASK_ID && mask != MASK_PHONE;
}

/* Whole for those alone who see all fields that are masked by their look. */
static bool sees_numbers(const struct sight *sight, const struct catalog *catalog)
{
    for (size_t i = 0; i < catalog->table_count; i++)
        for (size_t k = 0; k < catalog->tables[i]->field_count; k++) {
            enum mask mask = sight_mask(sight, catalog->tables[i], catalog->tables[i]->fields[k]);
            if (mask == MASK_ID || mask == MASK_PHONE)
                return false;
        }
    return true;
}

void sight_query_begin(struct sight_query *query, const struct sight *sight,
                       const struct catalog *catalog, struct db *db)
{
    *query = (struct sight_query){
        .sight = sight, .catalog = catalog, .numbers = sees_numbers(sight, catalog)};
    if (!query->numbers)
        db_watch_reads(db, on_read, query);
}

static bool is_record_id(struct slice text)
{
    for (size_t i = 0; i < text.n; i++)
        if (!strchr("0123456789abcdef", text.p[i]) || !text.p[i])
            return false;
    return text.n == 2 * RECORD_ID_SIZE;
}

bool sight_query_cell(const struct sight_query *query, struct slice text, struct buf *out)
{
    if (query->numbers)
        return false;
    if (query->hides && text.n && !is_record_id(text))
        buf_put_str(out, "***");
    else
        mask_put_alike(sight_purpose(query->sight), text, out);
    return true;
}
