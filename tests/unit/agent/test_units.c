/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * units: a desk of a township over two villages: what has arrived of each and when, who may write
 * there and wrote last; one from elsewhere sees nobody, and what a revoked one wrote stays counted.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "agent/core/units.h"
#include "shared/base/check.h"
#include "tests/harness/assert_ok.h"
#include "tests/harness/folder.h"
#include "tests/harness/world.h"

#define TOWN "622924101000"
#define VILLAGE "622924101001"
#define NEIGHBOUR "622924101002"
#define ELSEWHERE "622924102001"

struct fixture {
    char folder[32], data[48];
    struct world world;
    struct person town, writer, stranger;
    struct ledger *village, *neighbour;
    struct desk *desk;
    struct arena arena;
};

/* The writer saves so many changes in one changeset; it arrives at the county. */
static void write(struct fixture *f, size_t count)
{
    const struct catalog_table *shop = catalog_table(replica_catalog(f->world.rep), 1);
    struct slice bodies[4];
    struct made made;
    CHECK(count <= 4);
    for (size_t i = 0; i < count; i++) {
        struct record_id id = world_id((unsigned)(f->village->tree.size * 4 + i + 1));
        struct op_field field = {1, value_text(slice_str("店"))};
        bodies[i] = world_put(&f->arena, shop, &id, &field, 1);
    }
    world_make(&f->world, f->village, &f->writer, f->village->tree.size, bodies, count, &f->arena,
               &made);
    world_admit(&f->world, f->village, &made);
}

static void arrive(struct fixture *f)
{
    world_copy(&f->world, f->world.rep->registry_ledger, f->desk->rep);
    world_copy(&f->world, f->village, f->desk->rep);
    world_copy(&f->world, f->neighbour, f->desk->rep);
}

static int set_up(void **state)
{
    struct fixture *f = mem_zero_alloc(1, sizeof(*f));
    struct world *w = &f->world;
    world_init(w, NULL);
    world_catalog(w, "INSERT INTO migration(number, name) VALUES (1, 'shops');"
                     "INSERT INTO tables(no, name, zh, title) VALUES (1, 'shop', '店', 'name');"
                     "INSERT INTO fields(tbl, no, name, zh, type, policy) VALUES"
                     " ('shop', 1, 'name', '名', 'text', 'lww');");
    world_grant(w, &f->town, 1, "township", TOWN);
    world_grant(w, &f->writer, 2, "village", VILLAGE);
    world_grant(w, &f->stranger, 3, "village", ELSEWHERE);
    f->village = world_ledger(w, VILLAGE);
    f->neighbour = world_ledger(w, NEIGHBOUR);
    snprintf(f->folder, sizeof(f->folder), "units.XXXXXX");
    CHECK(mkdtemp(f->folder) != NULL);
    snprintf(f->data, sizeof(f->data), "%s/data", f->folder);
    assert_ok(
        desk_create(f->data, &w->rep->registry_origin, sign_key_kid(w->root), &f->desk, &err));
    write(f, 2);
    write(f, 3);
    arrive(f);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    desk_close(f->desk);
    sign_key_release(f->town.key);
    sign_key_release(f->writer.key);
    sign_key_release(f->stranger.key);
    arena_release(&f->arena);
    world_release(&f->world);
    remove_folder(f->folder);
    mem_free(f);
    return 0;
}

static json_t *asked_by(struct fixture *f, const struct person *who)
{
    json_t *out = NULL;
    assert_ok(units_list(f->desk, sign_key_kid(who->key), &out, &err));
    return out;
}

/* The one of the list whose key is that value. */
static json_t *one_of(json_t *all, const char *list, const char *key, const char *value)
{
    json_t *one = NULL;
    size_t i = 0;
    json_array_foreach(json_object_get(all, list), i,
                       one) if (strcmp(json_string_value(json_object_get(one, key)), value) ==
                                0) return one;
    return NULL;
}

static json_int_t number(const json_t *one, const char *key)
{
    assert_true(json_is_integer(json_object_get(one, key)));
    return json_integer_value(json_object_get(one, key));
}

static void each_ledger_says_what_has_arrived(void **state)
{
    struct fixture *f = *state;
    json_t *all = asked_by(f, &f->town);
    json_t *village = one_of(all, "units", "code", VILLAGE);
    json_t *neighbour = one_of(all, "units", "code", NEIGHBOUR);
    assert_non_null(village);
    assert_non_null(neighbour);
    assert_int_equal(number(village, "size"), 2);
    assert_int_equal(number(neighbour, "size"), 0);
    assert_int_equal(number(village, "level"), number(neighbour, "level"));
    assert_true(json_is_string(json_object_get(village, "last_entry")));
    /* Silence is said as such. */
    assert_true(json_is_null(json_object_get(neighbour, "last_entry")));
    assert_true(json_is_null(json_object_get(village, "last_sync")));
    for (size_t i = 0; i < 4; i++) {
        static const char *const own[] = {"unsent", "sent", "others", "conflicts"};
        assert_int_equal(number(village, own[i]), 0);
    }
    /* Where the catalog tells no names, the code stands for one. */
    assert_string_equal(json_string_value(json_object_get(village, "name")), VILLAGE);
    json_decref(all);
}

static void members_are_those_of_the_ones_own_places(void **state)
{
    struct fixture *f = *state;
    json_t *all = asked_by(f, &f->town);
    json_t *writer = one_of(all, "members", "name", "人员2");
    assert_int_equal(json_array_size(json_object_get(all, "members")), 3); /* and the registrar */
    assert_non_null(writer);
    assert_int_equal(number(writer, "changes"), 5);
    assert_true(json_is_string(json_object_get(writer, "last")));
    assert_string_equal(json_string_value(json_object_get(writer, "state")), "active");
    json_t *town = one_of(all, "members", "name", "人员1");
    assert_int_equal(number(town, "changes"), 0);
    assert_true(json_is_null(json_object_get(town, "last")));
    assert_null(one_of(all, "members", "name", "人员3"));
    json_decref(all);

    all = asked_by(f, &f->stranger);
    assert_null(one_of(all, "members", "name", "人员2"));
    assert_non_null(one_of(all, "members", "name", "人员3"));
    json_decref(all);
}

static void who_has_no_grant_sees_no_people(void **state)
{
    struct fixture *f = *state;
    static const struct hash nobody = {{7}};
    json_t *out = NULL;
    assert_ok(units_list(f->desk, &nobody, &out, &err));
    assert_int_equal(json_array_size(json_object_get(out, "members")), 0);
    assert_non_null(one_of(out, "units", "code", VILLAGE));
    json_decref(out);
}

static void what_a_revoked_one_wrote_stays_counted(void **state)
{
    struct fixture *f = *state;
    world_revoke(&f->world, &f->writer);
    arrive(f);
    json_t *all = asked_by(f, &f->town);
    json_t *writer = one_of(all, "members", "name", "人员2");
    assert_string_equal(json_string_value(json_object_get(writer, "state")), "revoked");
    assert_int_equal(number(writer, "changes"), 5);
    json_decref(all);
}

static void what_has_newly_arrived_is_seen(void **state)
{
    struct fixture *f = *state;
    write(f, 1);
    json_t *before = asked_by(f, &f->town);
    arrive(f);
    json_t *after = asked_by(f, &f->town);
    assert_int_equal(number(one_of(before, "units", "code", VILLAGE), "size"), 2);
    assert_int_equal(number(one_of(after, "units", "code", VILLAGE), "size"), 3);
    assert_int_equal(number(one_of(after, "members", "name", "人员2"), "changes"), 6);
    json_decref(before);
    json_decref(after);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(each_ledger_says_what_has_arrived, set_up, tear_down),
        cmocka_unit_test_setup_teardown(members_are_those_of_the_ones_own_places, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(who_has_no_grant_sees_no_people, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_a_revoked_one_wrote_stays_counted, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_has_newly_arrived_is_seen, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
