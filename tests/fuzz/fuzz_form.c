/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * What a page sends to the local API: first byte the record type, the rest a JSON body. Fields come
 * out as the texts that people type, each within its type's reach; a version that is read is
 * written again as the same bytes; what is refused is told why.
 */
#include "agent/api/form.h"
#include "agent/core/seen.h"
#include "shared/record/validate.h"
#include "tests/fuzz/types.h"

static void read_version(const char *text)
{
    struct seen seen;
    struct buf again;
    if (!text || !seen_read(slice_str(text), &seen))
        return;
    CHECK(seen.n <= SEEN_BYTES_MAX && seen.n % SEEN_ENTRY == 0);
    buf_init(&again, SEEN_TEXT_MAX);
    seen_write(&seen, &again);
    CHECK(slice_equal(buf_slice(&again), slice_str(text)));
    buf_release(&again);
}

static void read_fields(const struct catalog_table *table, const json_t *fields)
{
    struct arena arena = {0};
    struct act_field out[OP_FIELDS_MAX];
    const struct catalog_field *bad;
    struct error why = {0};
    size_t count;
    enum status st = form_fields(table, fields, &arena, out, &count, &bad, &why);
    CHECK(st == ST_OK ? !bad && count == json_object_size(fields) : why.text[0] != '\0');
    for (size_t i = 0; st == ST_OK && i < count; i++) {
        const struct catalog_field *field = catalog_field_named(table, out[i].name);
        struct value value;
        CHECK(utf8_valid(out[i].text));
        if (!field || field->policy == POLICY_SET || field->policy == POLICY_COUNTER ||
            field->type == FIELD_REF)
            continue; /* those texts are read by the editor, which knows the record */
        why.text[0] = '\0';
        CHECK(value_parse(field, out[i].text, &arena, &value, &why) == ST_OK || why.text[0]);
    }
    arena_release(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct error why = {0};
    json_error_t place;
    if (!catalog.table_count)
        types_load();
    if (size < 1)
        return 0;
    const struct catalog_table *table = catalog.tables[data[0] % catalog.table_count];
    json_t *body = json_loadb((const char *)data + 1, size - 1, JSON_REJECT_DUPLICATES, &place);
    if (json_is_object(body)) {
        CHECK(form_members(body, "fields id ledger note version", &why) == ST_OK || why.text[0]);
        read_version(json_string_value(json_object_get(body, "version")));
        read_fields(table, json_object_get(body, "fields"));
    }
    json_decref(body);
    return 0;
}
