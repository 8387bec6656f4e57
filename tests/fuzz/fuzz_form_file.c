/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * What a county defines. First byte even: a form; what is taken becomes SQL that the catalog takes
 * or refuses in words, never anything but one migration of one type. Odd: the text of a report;
 * what is read is read again the same, and its SQL is part of the text.
 */
#include "server/core/form_file.h"
#include "shared/db/catalog_sql.h"
#include "shared/db/report_def.h"
#include "tests/fuzz/fuzz.h"

static void form(struct slice in)
{
    struct catalog cat;
    struct buf sql, migration;
    struct error why;
    catalog_init(&cat);
    buf_init(&sql, 1 << 20);
    buf_init(&migration, 1 << 20);
    if (form_file_sql(in, &cat, 10001, &sql, &why) != ST_OK) {
        CHECK(why.text[0]);
    } else if (catalog_from_sql(buf_cstr(&sql), &migration, &why) == ST_OK) {
        MUST(catalog_apply(&cat, buf_slice(&migration), err));
        CHECK(cat.last_county == 10001 && cat.table_count <= 1);
        CHECK(cat.table_count == 0 || cat.tables[0]->no == FORM_TABLE_FIRST);
    } else {
        CHECK(why.text[0]);
    }
    buf_release(&sql);
    buf_release(&migration);
    catalog_release(&cat);
}

static bool inside(struct slice part, struct slice whole)
{
    return !part.n || (part.p >= whole.p && part.p + part.n <= whole.p + whole.n);
}

static void report(struct slice in)
{
    struct report_def def;
    struct error why;
    char *text = mem_alloc(in.n + 1);
    memcpy(text, in.n ? in.p : (const uint8_t *)"", in.n);
    text[in.n] = 0;
    if (report_def_parse("r", text, &def, &why) != ST_OK) {
        CHECK(why.status == ST_INVALID && why.text[0]);
    } else {
        struct slice whole = slice_str(text);
        CHECK(def.column_count > 0 && def.column_count <= REPORT_COLUMNS_MAX && def.rows.n);
        CHECK(inside(def.rows, whole) && inside(def.summary, whole) && inside(def.detail, whole));
        (void)report_def_allows(&def, "village");
    }
    mem_free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1 || size > 8192)
        return 0;
    struct slice in = fuzz_exact(data + 1, size - 1);
    if (data[0] & 1)
        report(in);
    else
        form(in);
    mem_free((void *)in.p);
    return 0;
}
