/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * receive: a desk in a temporary folder is shown leaves by a county that lies about who may be let
 * in. What can be verified is stored and noted, what cannot stops the ledger; both leave a file.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "agent/core/breaches.h"
#include "agent/core/receive.h"
#include "shared/base/check.h"
#include "shared/base/file.h"
#include "tests/harness/assert_ok.h"
#include "tests/harness/folder.h"
#include "tests/harness/world.h"

#define VILLAGE "622924101001"

static const char catalog_text[] =
    "INSERT INTO migration(number, name) VALUES (1, 'shops');"
    "INSERT INTO tables(no, name, zh, title) VALUES (1, 'shop', '店', 'name');"
    "INSERT INTO fields(tbl, no, name, zh, type, policy) VALUES"
    " ('shop', 1, 'name', '名', 'text', 'lww');";

struct fixture {
    char folder[32], data[48];
    struct world world;
    struct person known, stranger;
    struct ledger *village; /* the county's */
    struct desk *desk;
    struct arena arena;
};

static int set_up(void **state)
{
    static const uint8_t seed[32] = {42};
    struct fixture *f = mem_zero_alloc(1, sizeof(*f));
    struct world *w = &f->world;
    world_init(w, NULL);
    world_catalog(w, catalog_text);
    world_grant(w, &f->known, 1, "village", VILLAGE);
    f->stranger = (struct person){.key = sign_key_from_seed(seed), .head.chain = {{9}}};
    f->village = world_ledger(w, VILLAGE);
    snprintf(f->folder, sizeof(f->folder), "receive.XXXXXX");
    CHECK(mkdtemp(f->folder) != NULL);
    snprintf(f->data, sizeof(f->data), "%s/data", f->folder);
    assert_ok(
        desk_create(f->data, &w->rep->registry_origin, sign_key_kid(w->root), &f->desk, &err));
    world_copy(w, w->rep->registry_ledger, f->desk->rep);
    world_copy(w, f->village, f->desk->rep);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    desk_close(f->desk);
    sign_key_release(f->known.key);
    sign_key_release(f->stranger.key);
    arena_release(&f->arena);
    world_release(&f->world);
    remove_folder(f->folder);
    mem_free(f);
    return 0;
}

/* One shop by this person gets a leaf that names this registry size; the desk is given it. */
static enum status give(struct fixture *f, struct person *who, uint64_t registry_size,
                        struct error *why)
{
    struct record_id id = world_id(1);
    struct op_field field = {1, value_text(slice_str("甲店"))};
    const struct catalog_table *shop = catalog_table(replica_catalog(f->world.rep), 1);
    struct slice body = world_put(&f->arena, shop, &id, &field, 1);
    const uint64_t size = f->village->tree.size;
    struct made made;
    struct buf salts, segment, text;
    struct received out;
    world_make(&f->world, f->village, who, size, &body, 1, &f->arena, &made);
    struct leaf leaf = {made.segment.id, ++f->world.now_ms, registry_size};
    assert_ok(replica_append(f->world.rep, f->village, &leaf, &made.segment, made.columns, &err));
    buf_init(&salts, 4096);
    buf_init(&segment, 65536);
    buf_init(&text, CHECKPOINT_MAX);
    segment_salts_write(&made.segment, &salts);
    segment_write(&made.segment.header, SEGMENT_SHORT, buf_slice(&salts), made.columns, &segment);
    const struct checkpoint head = {f->village->origin, f->village->tree.size, f->village->root};
    checkpoint_sign(&head, f->world.log, &text);
    struct answer_leaf given = {.admitted_ms = leaf.admitted_ms,
                                .registry_size = registry_size,
                                .has_segment = true,
                                .segment = buf_slice(&segment)};
    const struct answer_ledger answer = {.origin = f->village->origin,
                                         .status = SYNC_OK,
                                         .checkpoint = buf_slice(&text),
                                         .leaf_count = 1,
                                         .leaves = &given};
    enum status st = receive_ledger(f->desk, &answer, size, &out, why);
    buf_release(&salts);
    buf_release(&segment);
    buf_release(&text);
    return st;
}

/* The only breach that the desk has noted; "" when there is none. */
static const char *noted(struct fixture *f, uint64_t leaf)
{
    const struct ledger *ledger = replica_ledger_named(f->desk->rep, VILLAGE);
    json_t *all = breaches_json(f->desk, ledger);
    const char *code = "";
    if (json_array_size(all) == 1) {
        const json_t *one = json_array_get(all, 0);
        const char *path = json_string_value(json_object_get(one, "evidence"));
        assert_int_equal(json_integer_value(json_object_get(one, "leaf")), leaf);
        assert_non_null(path);
        assert_true(file_exists(path));
        code = arena_printf(&f->arena, "%s", json_string_value(json_object_get(one, "code")));
    }
    json_decref(all);
    return code;
}

static void what_the_rule_lets_in_is_noted_nowhere(void **state)
{
    struct fixture *f = *state;
    assert_ok(give(f, &f->known, f->world.rep->registry_ledger->tree.size, &err));
    assert_string_equal(noted(f, 0), "");
}

static void a_leaf_judged_by_less_than_its_author_had_seen_is_stored_and_noted(void **state)
{
    struct fixture *f = *state;
    assert_ok(give(f, &f->known, f->world.rep->registry_ledger->tree.size - 1, &err));
    assert_int_equal(replica_ledger_named(f->desk->rep, VILLAGE)->tree.size, 1);
    assert_string_equal(noted(f, 0), "unknown_key"); /* its grant is the last leaf */
}

static void a_key_that_nobody_granted_stops_the_ledger(void **state)
{
    struct fixture *f = *state;
    struct error why;
    const uint64_t registry = f->world.rep->registry_ledger->tree.size;
    assert_ok(give(f, &f->known, registry, &err));
    assert_int_equal(give(f, &f->stranger, registry, &why), ST_DAMAGED);
    assert_non_null(strstr(why.text, "不在登记账本里"));
    assert_non_null(strstr(why.text, "证据已写入"));
    assert_int_equal(replica_ledger_named(f->desk->rep, VILLAGE)->tree.size, 1);
    assert_string_equal(noted(f, 1), "unverifiable");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_the_rule_lets_in_is_noted_nowhere, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            a_leaf_judged_by_less_than_its_author_had_seen_is_stored_and_noted, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_key_that_nobody_granted_stops_the_ledger, set_up,
                                        tear_down),
    };
    crypto_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
