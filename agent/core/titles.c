/* SPDX-License-Identifier: MulanPSL-2.0 */
/* titles: see titles.h. */
#include "agent/core/titles.h"

#include "agent/core/view.h"
#include "shared/base/mem.h"
#include "shared/db/materialise.h"
#include "shared/db/record_tables.h"

#define TITLE_MAX 1024

static void add_title(struct desk *desk, const struct sight *sight,
                      const struct catalog_table *table, const char *hex, json_t *titles)
{
    struct arena arena = {0};
    struct record_state record;
    struct record_id id;
    struct ledger *ledger;
    struct buf text;
    if (!hex || json_object_get(titles, hex) || !record_id_parse(slice_str(hex), &id))
        return;
    ledger = materialise_find(desk->rep, table, &id);
    if (!ledger ||
        materialise_load(desk->rep, ledger, table, &id, &arena, &record, NULL) != ST_OK) {
        arena_release(&arena);
        return;
    }
    const char *title = view_title(desk, &record, &arena);
    buf_init(&text, TITLE_MAX);
    mask_put(sight_title(desk, sight, table), sight_purpose(sight), slice_str(title), &text);
    if (buf_ok(&text))
        json_object_set_new(titles, hex, json_stringn((const char *)text.p, text.n));
    buf_release(&text);
    arena_release(&arena);
}

/* A household's number says nothing to people: they know who lives behind which door. */
static char *head_and_door(const json_t *fields, const json_t *titles)
{
    const char *id = json_string_value(json_object_get(fields, "head_person_id"));
    const char *head = id ? json_string_value(json_object_get(titles, id)) : NULL;
    const char *door = json_string_value(json_object_get(fields, "address"));
    if (!door || !*door)
        door = json_string_value(json_object_get(fields, "household_code"));
    return head || door
               ? mem_printf("%s%s%s", head ? head : "", head && door ? " · " : "", door ? door : "")
               : NULL;
}

char *titles_called(struct desk *desk, const struct sight *sight, const char *type, const char *hex)
{
    const struct catalog_table *table =
        catalog_table_named(replica_catalog(desk->rep), slice_str(type));
    json_t *record = NULL, *titles = json_object();
    struct record_id id;
    char *called = NULL;
    struct ledger *ledger =
        table && strcmp(type, "household") == 0 && record_id_parse(slice_str(hex), &id)
            ? materialise_find(desk->rep, table, &id)
            : NULL;
    if (ledger && view_record(desk, ledger, table, &id, &record, NULL) == ST_OK) {
        sight_record(sight, table, record);
        titles_add(desk, sight, table, record, titles);
        called = head_and_door(json_object_get(record, "fields"), titles);
    }
    json_decref(record);
    json_decref(titles);
    return called;
}

void titles_add(struct desk *desk, const struct sight *sight, const struct catalog_table *table,
                const json_t *record, json_t *titles)
{
    const json_t *fields = json_object_get(record, "fields"), *element;
    size_t k;
    for (size_t i = 0; i < table->field_count; i++) {
        const struct catalog_field *field = table->fields[i];
        const json_t *value = json_object_get(fields, field->name);
        const char *person = field->holds_author && json_is_string(value)
                                 ? desk_person_named(desk, slice_str(json_string_value(value)))
                                 : NULL;
        if (person)
            json_object_set_new(titles, json_string_value(value), json_string(person));
        const struct catalog_table *other =
            value && field->ref[0]
                ? catalog_table_named(replica_catalog(desk->rep), slice_str(field->ref))
                : NULL;
        if (!other || !record_tables_has(other))
            continue;
        if (json_is_string(value))
            add_title(desk, sight, other, json_string_value(value), titles);
        json_array_foreach(value, k, element)
            add_title(desk, sight, other, json_string_value(element), titles);
    }
}
