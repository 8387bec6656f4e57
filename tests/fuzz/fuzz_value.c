/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * What people type into a field: first byte the field (of all record types of the program), the
 * rest the text. What is accepted has one form: shown as it is and typed again, it is the same
 * value; the fast and the talking validation agree; the value survives the wire.
 */
#include "agent/core/edit.h"
#include "shared/record/validate.h"
#include "tests/fuzz/types.h"

#define FIELDS_MAX 512
#define TODAY 20500 /* 2026-02-16 */

static const struct catalog_field *fields[FIELDS_MAX];
static size_t field_count;

static void load(void)
{
    types_load();
    for (size_t i = 0; i < catalog.table_count; i++)
        for (size_t k = 0; k < catalog.tables[i]->field_count && field_count < FIELDS_MAX; k++)
            fields[field_count++] = catalog.tables[i]->fields[k];
}

static void hold(const struct catalog_field *field, const struct value *value, struct arena *arena)
{
    struct value again;
    struct cbor_reader r;
    struct buf bytes;
    struct error why = {0};
    enum status st = validate_value(field, value, TODAY, &why);
    CHECK(validate_value(field, value, TODAY, NULL) == st);
    CHECK(st == ST_OK || why.text[0]);

    buf_init(&bytes, 1 << 20);
    value_put(&bytes, value);
    cbor_reader_init(&r, buf_slice(&bytes), "value");
    again = value_read(&r);
    if (value->kind != VALUE_TEXT || value->s.n <= 65536)
        CHECK(cbor_end(&r, NULL) == ST_OK && value_equal(&again, value));
    buf_release(&bytes);

    const char *shown = value_format(field, value, true, arena);
    CHECK(utf8_valid(slice_str(shown)));
    (void)value_format(field, value, false, arena);
    if (value->kind == VALUE_TEXT && memchr(value->s.p, 0, value->s.n))
        return; /* a text with a zero cannot be shown; validation refuses it */
    MUST(value_parse(field, slice_str(shown), arena, &again, err));
    CHECK(value_equal(&again, value) && value_compare(&again, value) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena = {0};
    struct value value;
    struct error why = {0};
    if (field_count == 0)
        load();
    if (size < 2)
        return 0;
    const struct catalog_field *field = fields[(data[0] | data[1] << 8) % field_count];
    struct slice in = fuzz_exact(data + 2, size - 2);
    if (value_parse(field, in, &arena, &value, &why) == ST_OK)
        hold(field, &value, &arena);
    else
        CHECK(why.text[0] && utf8_valid(slice_str(why.text)));
    arena_release(&arena);
    mem_free((void *)in.p);
    return 0;
}
