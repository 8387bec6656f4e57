/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * Catalog migrations as people write them: whatever SQL comes, it ends within its steps and writes
 * nothing on failure. What it accepts is a migration to every reader, and where it applies (it may
 * speak of tables that are not there) all of its words are known.
 */
#include "shared/db/catalog_sql.h"
#include "shared/record/catalog.h"
#include "tests/fuzz/fuzz.h"

#include <sqlite3.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = mem_alloc(size + 1);
    struct catalog cat;
    struct buf out;
    struct error why;
    if (size)
        memcpy(text, data, size);
    text[size] = 0;
    sqlite3_soft_heap_limit64(64 << 20);
    buf_init(&out, 4 << 20);
    buf_put_u8(&out, 0x55);
    if (catalog_from_sql(text, &out, &why) == ST_OK) {
        struct slice migration = slice_of(out.p + 1, out.n - 1);
        CHECK(buf_ok(&out) && out.p[0] == 0x55 && cbor_is_canonical(migration));
        MUST(catalog_check_form(migration, err));
        catalog_init(&cat);
        if (catalog_apply(&cat, migration, &why) != ST_OK)
            CHECK(why.text[0] && cat.version == 0);
        for (size_t i = 0; i < cat.table_count; i++)
            for (size_t k = 0; k < cat.tables[i]->field_count; k++)
                CHECK(!cat.tables[i]->fields[k]->unknown);
        catalog_release(&cat);
    } else {
        CHECK(out.n == 1 && why.text[0] && utf8_valid(slice_str(why.text)));
    }
    buf_release(&out);
    mem_free(text);
    return 0;
}
