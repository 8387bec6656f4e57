/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * huce list --where EXPRESSION, on a small desk. Whatever people write, the command reads only: the
 * database is what it was, the limit holds, and the answer is rows of this type or an error in
 * words.
 */
#include "agent/core/view.h"
#include "tests/fuzz/fuzz.h"
#include "tests/harness/world.h"

#define LIMIT 3

static struct world world;
static struct desk desk;
static char folder[64];

static void remove_folder(void)
{
    fuzz_remove_folder(folder);
}

static void start(void)
{
    struct arena arena = {0};
    struct person officer;
    char path[80];
    fuzz_make_folder(folder);
    atexit(remove_folder);
    snprintf(path, sizeof(path), "%s/desk.db", folder);
    world_init(&world, path);
    MUST(db_begin(world.db, err));
    world_core_catalog(&world);
    MUST(materialise_schema(world.rep, err));
    world_grant(&world, &officer, 1, "village", "622924101001");
    struct ledger *ledger = world_ledger(&world, "622924101001");
    const struct catalog_table *household =
        catalog_table_named(replica_catalog(world.rep), slice_str("household"));
    for (unsigned i = 0; i < 2 * LIMIT; i++) {
        struct record_id id = world_id(i);
        struct op_field fields[] = {{5, value_text(slice_str("一社"))}, {22, value_int(i)}};
        struct slice body = world_put(&arena, household, &id, fields, ARRAY_LENGTH(fields));
        struct made made;
        world_make(&world, ledger, &officer, ledger->tree.size, &body, 1, &arena, &made);
        world_admit(&world, ledger, &made);
    }
    MUST(db_commit(world.db, err));
    desk = (struct desk){.folder = folder, .db = world.db, .rep = world.rep};
    arena_release(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct catalog_table *household;
    char *where = mem_alloc(size + 1);
    struct error why = {0};
    json_t *out = NULL;
    if (!world.db)
        start();
    if (size)
        memcpy(where, data, size);
    where[size] = 0;
    household = catalog_table_named(replica_catalog(desk.rep), slice_str("household"));
    const int64_t version = db_data_version(desk.db);
    const struct view_query query = {.where = where, .limit = LIMIT};
    enum status st = view_list(&desk, household, &query, &out, &why);
    if (st == ST_OK) {
        json_t *records = json_object_get(out, "records"), *record;
        size_t i;
        CHECK(json_array_size(records) <= LIMIT);
        json_array_foreach(records, i, record)
            CHECK(strcmp(json_string_value(json_object_get(record, "type")), "household") == 0);
        json_decref(out);
    } else {
        CHECK(out == NULL && why.text[0] && (st == ST_INVALID || st == ST_LIMIT));
    }
    CHECK(db_data_version(desk.db) == version && !db_in_transaction(desk.db));
    mem_free(where);
    return 0;
}
