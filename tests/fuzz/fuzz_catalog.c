/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * A catalog migration, as it arrives in a registry leaf. It applies as a whole or not at all; what
 * it made can be asked and copied; nothing may follow its bytes; and every field judges every kind
 * of value without falling over.
 */
#include "shared/codec/cbor.h"
#include "shared/record/validate.h"
#include "tests/fuzz/fuzz.h"

static void judge_values(const struct catalog_field *field)
{
    static const char *const texts[] = {"",
                                        "1",
                                        "62292419900101001X",
                                        "甲",
                                        "2026-01-05",
                                        "13800000000",
                                        "-1.50",
                                        "2026-01-05T10:20",
                                        "622924101001",
                                        "1,2|3;",
                                        "99999999999999999999"};
    struct arena arena = {0};
    struct value value = value_int(INT64_MIN);
    CHECK(field->zh && field->en && field->args && field->check && field->group && field->unit);
    (void)!validate_value(field, &value, 20000, NULL);
    for (size_t i = 0; i < ARRAY_LENGTH(texts); i++) {
        value = value_text(slice_str(texts[i]));
        (void)!validate_value(field, &value, 20000, NULL);
        if (value_parse(field, slice_str(texts[i]), &arena, &value, NULL) == ST_OK)
            (void)value_format(field, &value, false, &arena);
    }
    arena_release(&arena);
}

/* A record that holds one text in every field. */
static void judge_record(const struct catalog_table *table)
{
    struct op_field fields[CATALOG_FIELD_NO_MAX + 1];
    struct arena arena = {0};
    struct value derived;
    size_t n = 0;
    for (size_t i = 0; i < table->field_count; i++) {
        CHECK(catalog_field(table, table->fields[i]->no) == table->fields[i]);
        CHECK(i == 0 || table->fields[i - 1]->no < table->fields[i]->no);
        judge_values(table->fields[i]);
        fields[n++] = (struct op_field){table->fields[i]->no, value_text(slice_str("1990-01-01"))};
    }
    (void)validate_record(table, fields, n, true, NULL, NULL, NULL);
    (void)validate_record(table, fields, n / 2, false, NULL, NULL, NULL);
    for (size_t i = 0; i < table->field_count; i++)
        (void)value_derive(table, table->fields[i], fields, n, &arena, &derived);
    arena_release(&arena);
}

static void ask_all(const struct catalog *cat)
{
    for (size_t i = 0; i < cat->table_count; i++) {
        const struct catalog_table *table = cat->tables[i];
        CHECK(catalog_table(cat, table->no) == table);
        CHECK(i == 0 || cat->tables[i - 1]->no < table->no);
        judge_record(table);
    }
    for (size_t i = 0; i < cat->list_count; i++) {
        const struct catalog_list *list = cat->lists[i];
        CHECK(catalog_list_named(cat, slice_str(list->name)) == list);
        for (size_t k = 0; k < list->count; k++)
            CHECK(catalog_code(list, slice_str(list->codes[k].code)) == &list->codes[k]);
    }
    for (size_t i = 0; i < cat->role_count; i++)
        CHECK(catalog_role_bit(cat, cat->roles[i]) == (int)i);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice in = fuzz_exact(data, size);
    struct catalog cat, copy;
    struct error why;
    catalog_init(&cat);
    if (catalog_apply(&cat, in, &why) == ST_OK) {
        CHECK(cat.version == 1);
        ask_all(&cat);
        catalog_clone(&cat, &copy);
        CHECK(copy.table_count == cat.table_count && copy.list_count == cat.list_count);
        ask_all(&copy);
        catalog_release(&copy);
        CHECK(catalog_apply(&cat, in, NULL) == ST_EXISTS && cat.version == 1);
        struct slice longer = fuzz_longer(in, 0);
        catalog_init(&copy);
        CHECK(catalog_apply(&copy, longer, NULL) == ST_INVALID);
        catalog_release(&copy);
        mem_free((void *)longer.p);
    } else {
        CHECK(why.text[0] && cat.version == 0 && cat.table_count == 0 && cat.list_count == 0);
    }
    catalog_release(&cat);
    mem_free((void *)in.p);
    return 0;
}
