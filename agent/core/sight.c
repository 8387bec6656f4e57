/* SPDX-License-Identifier: MulanPSL-2.0 */
/* sight: see sight.h. */
#include "agent/core/sight.h"

#define PEOPLE_MAX 64

enum status sight_of_people(struct desk *desk, const char *as, enum sight_for purpose,
                            struct sight *out, struct error *err)
{
    struct hash kids[PEOPLE_MAX];
    size_t n = desk_people(desk, kids, PEOPLE_MAX);
    *out = (struct sight){.purpose = purpose};
    if (as) {
        enum status st = desk_person(desk, as, &kids[0], err);
        if (st != ST_OK)
            return st;
        n = 1;
    }
    for (size_t i = 0; i < n; i++)
        sight_add_role(out,
                       registry_grant(&desk->rep->registry, &kids[i], desk->rep->registry.size));
    return ST_OK;
}

static enum mask own_title(const struct sight *sight, const struct catalog_table *table)
{
    const struct catalog_field *field = catalog_field_named(table, slice_str(table->title));
    return field ? sight_mask(sight, table, field) : MASK_NONE;
}

enum mask sight_title(const struct desk *desk, const struct sight *sight,
                      const struct catalog_table *table)
{
    enum mask mask = own_title(sight, table);
    for (size_t i = 0; i < table->field_count; i++) {
        const struct catalog_field *field = table->fields[i];
        const struct catalog_table *other =
            field->type == FIELD_REF && field->required
                ? catalog_table_named(replica_catalog(desk->rep), slice_str(field->ref))
                : NULL;
        enum mask theirs = other ? own_title(sight, other) : MASK_NONE;
        if (theirs != MASK_NONE && mask != MASK_NONE && mask != theirs)
            return MASK_HIDE;
        mask = theirs != MASK_NONE ? theirs : mask;
    }
    return mask;
}

static const struct catalog_table *type_of(struct desk *desk, const json_t *object)
{
    const char *type = json_string_value(json_object_get(object, "type"));
    return type ? catalog_table_named(replica_catalog(desk->rep), slice_str(type)) : NULL;
}

static void mask_each(const struct sight *sight, enum mask mask, json_t *array, const char *name)
{
    json_t *one;
    size_t i;
    if (mask != MASK_NONE)
        json_array_foreach(array, i, one) sight_member(sight, mask, one, name);
}

/* Records that exclude each other: their candidates are records. */
static bool is_of_records(const json_t *item)
{
    const char *kind = json_string_value(json_object_get(item, "kind"));
    return kind && strcmp(kind, "structure") == 0;
}

void sight_item(struct desk *desk, const struct sight *sight, json_t *item)
{
    const struct catalog_table *table = type_of(desk, item), *of_op;
    enum mask title = table ? sight_title(desk, sight, table) : MASK_NONE;
    json_t *op, *now, *one;
    size_t i;
    if (title != MASK_NONE)
        sight_member(sight, title, item, "title");
    mask_each(sight, title, json_object_get(item, "records"), "title");
    if (table && is_of_records(item)) {
        if (title != MASK_NONE)
            sight_member(sight, title, item, "in_force_text");
        mask_each(sight, title, json_object_get(item, "candidates"), "text");
    } else if (table) {
        one = json_pack("[O]", item);
        sight_conflicts(sight, table, one);
        json_decref(one);
    }
    json_array_foreach(json_object_get(item, "ops"), i, op)
    {
        of_op = type_of(desk, op);
        if (of_op || table)
            sight_op(sight, of_op ? of_op : table, op);
    }
    now = json_object_get(item, "now");
    if (now && table) {
        one = json_pack("{s:O}", "fields", now);
        sight_op(sight, table, one);
        json_decref(one);
    }
}

void sight_items(struct desk *desk, const struct sight *sight, json_t *items)
{
    json_t *item;
    size_t i;
    json_array_foreach(items, i, item) sight_item(desk, sight, item);
}
