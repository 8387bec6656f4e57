/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * newer words: a county whose record types are of a later program: a policy and a type that this
 * one does not know. What is in such fields is shown, and not written here: what this program made
 * of it might be no value to those who know.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "agent/core/edit.h"
#include "agent/core/view.h"
#include "shared/base/check.h"
#include "shared/db/catalog_sql.h"
#include "shared/ledger/change.h"
#include "tests/harness/assert_ok.h"
#include "tests/harness/folder.h"
#include "tests/harness/world.h"

#define VILLAGE "622924101001"

enum { F_NAME = 1, F_WEIGHT, F_GRADE };

static const char catalog_text[] =
    "INSERT INTO migration(number, name) VALUES (1, 'sheep');"
    "INSERT INTO tables(no, name, zh, title) VALUES (1, 'sheep', '羊', 'name');"
    "INSERT INTO fields(tbl, no, name, zh, type, policy, args) VALUES"
    " ('sheep', 1, 'name', '名', 'text', 'lww', ''),"
    " ('sheep', 2, 'weight', '重量', 'decimal', 'lww', ''),"
    " ('sheep', 3, 'grade', '级', 'text', 'worst', 'lame>lean>fat');";

struct fixture {
    char folder[32];
    struct world world;
    struct person officer;
    struct ledger *village; /* of the desk */
    struct desk *desk;
    struct arena arena;
};

/* A word of a later program stands in the place of one of ours. */
static void replace(struct buf *bytes, const char *word, const char *later)
{
    size_t n = strlen(word);
    for (size_t i = 0; i + n <= bytes->n; i++)
        if (memcmp(bytes->p + i, word, n) == 0)
            memcpy(bytes->p + i, later, n);
}

static void write_sheep(struct fixture *f)
{
    const struct op_field fields[] = {
        {F_NAME, value_text(slice_str("花花"))},
        {F_WEIGHT, {.kind = VALUE_DECIMAL, .i = 415, .exponent = -1}},
        {F_GRADE, value_text(slice_str("fat"))},
    };
    const struct catalog_table *table = catalog_table(replica_catalog(f->world.rep), 1);
    struct ledger *village = world_ledger(&f->world, VILLAGE);
    struct record_id id = world_id(1);
    struct slice body = world_put(&f->arena, table, &id, fields, ARRAY_LENGTH(fields));
    struct made made;
    world_make(&f->world, village, &f->officer, 0, &body, 1, &f->arena, &made);
    world_admit(&f->world, village, &made);
    world_copy(&f->world, village, f->desk->rep);
    f->village = replica_ledger_named(f->desk->rep, VILLAGE);
}

static int set_up(void **state)
{
    struct fixture *f = mem_zero_alloc(1, sizeof(*f));
    struct world *w = &f->world;
    struct buf migration;
    buf_init(&migration, CHANGE_BODY_MAX);
    assert_ok(catalog_from_sql(catalog_text, &migration, &err));
    replace(&migration, "decimal", "newtype");
    replace(&migration, "worst", "later");
    world_init(w, NULL);
    world_migration(w, buf_slice(&migration));
    world_grant(w, &f->officer, 1, "village", VILLAGE);
    snprintf(f->folder, sizeof(f->folder), "newer.XXXXXX");
    CHECK(mkdtemp(f->folder) != NULL);
    assert_ok(
        desk_create(f->folder, &w->rep->registry_origin, sign_key_kid(w->root), &f->desk, &err));
    world_copy(w, w->rep->registry_ledger, f->desk->rep);
    write_sheep(f);
    buf_release(&migration);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    desk_close(f->desk);
    sign_key_release(f->officer.key);
    arena_release(&f->arena);
    world_release(&f->world);
    remove_folder(f->folder);
    mem_free(f);
    return 0;
}

static enum status change(struct fixture *f, const char *field, const char *text, struct error *why)
{
    const struct catalog_table *table = catalog_table(replica_catalog(f->desk->rep), 1);
    struct record_id id = world_id(1);
    struct edit_pair pair = {.text = slice_str(text)};
    struct edit_result result = {0};
    struct editor *editor;
    assert_ok(edit_field(table, slice_str(field), &pair.field, &err));
    assert_ok(editor_open(f->desk, f->village, NULL, false, &editor, &err));
    enum status st = edit_compose(editor, table, &id, true, &pair, 1, SLICE_NONE, &result, why);
    editor_close(editor);
    buf_release(&result.body);
    return st;
}

static void is_shown(void **state)
{
    struct fixture *f = *state;
    const struct catalog_table *table = catalog_table(replica_catalog(f->desk->rep), 1);
    struct record_id id = world_id(1);
    json_t *record;
    assert_ok(view_record(f->desk, f->village, table, &id, &record, &err));
    const json_t *fields = json_object_get(record, "fields");
    assert_string_equal(json_string_value(json_object_get(fields, "name")), "花花");
    assert_string_equal(json_string_value(json_object_get(fields, "weight")), "41.5");
    assert_string_equal(json_string_value(json_object_get(fields, "grade")), "fat");
    json_decref(record);
}

static void is_not_written(void **state)
{
    struct fixture *f = *state;
    struct error why;
    assert_int_equal(change(f, "name", "黑黑", &why), ST_OK);
    assert_int_equal(change(f, "weight", "40", &why), ST_REFUSED);
    assert_non_null(strstr(why.text, "重量"));
    assert_non_null(strstr(why.text, "更新"));
    assert_int_equal(change(f, "grade", "lean", &why), ST_REFUSED);
    assert_int_equal(change(f, "weight", "41.5", &why), ST_OK); /* as it stands */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(is_shown, set_up, tear_down),
        cmocka_unit_test_setup_teardown(is_not_written, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
