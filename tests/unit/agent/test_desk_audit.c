/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * desk_audit: a whole desk passes and is counted; one ledger can be asked for; a byte that was
 * altered is damage, with who wrote it; a witness that is wanted and has not signed is no damage,
 * but not good either.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "agent/core/desk_audit.h"
#include "shared/base/check.h"
#include "tests/harness/assert_ok.h"
#include "tests/harness/folder.h"
#include "tests/harness/world.h"

#define VILLAGE "622924101001"

struct fixture {
    char folder[32], data[48];
    struct world world;
    struct person person;
    struct ledger *village; /* the county's */
    struct desk *desk;
    struct arena arena;
    struct quorum none;
    size_t steps, of; /* of the progress */
};

/* The county's own head, as an exchange brings it. */
static void sign_head(struct fixture *f, const char *code)
{
    struct ledger *ledger = replica_ledger_named(f->desk->rep, code);
    struct checkpoint head = {ledger->origin, ledger->tree.size, ledger->root};
    struct buf text;
    buf_init(&text, CHECKPOINT_MAX);
    checkpoint_sign(&head, f->world.log, &text);
    replica_set_checkpoint(f->desk->rep, ledger, buf_slice(&text));
    buf_release(&text);
}

static int set_up(void **state)
{
    struct fixture *f = mem_zero_alloc(1, sizeof(*f));
    struct world *w = &f->world;
    struct made made;
    world_init(w, NULL);
    world_catalog(w, "INSERT INTO migration(number, name) VALUES (1, 'shops');"
                     "INSERT INTO tables(no, name, zh, title) VALUES (1, 'shop', '店', 'name');"
                     "INSERT INTO fields(tbl, no, name, zh, type, policy) VALUES"
                     " ('shop', 1, 'name', '名', 'text', 'lww');");
    world_grant(w, &f->person, 1, "village", VILLAGE);
    f->village = world_ledger(w, VILLAGE);
    for (unsigned i = 0; i < 3; i++) {
        struct record_id id = world_id(i + 1);
        struct op_field field = {1, value_text(slice_str("店"))};
        const struct catalog_table *shop = catalog_table(replica_catalog(w->rep), 1);
        struct slice body = world_put(&f->arena, shop, &id, &field, 1);
        world_make(w, f->village, &f->person, f->village->tree.size, &body, 1, &f->arena, &made);
        world_admit(w, f->village, &made);
    }
    snprintf(f->folder, sizeof(f->folder), "desk_audit.XXXXXX");
    CHECK(mkdtemp(f->folder) != NULL);
    snprintf(f->data, sizeof(f->data), "%s/data", f->folder);
    assert_ok(
        desk_create(f->data, &w->rep->registry_origin, sign_key_kid(w->root), &f->desk, &err));
    world_copy(w, w->rep->registry_ledger, f->desk->rep);
    world_copy(w, f->village, f->desk->rep);
    sign_head(f, w->rep->registry_origin.text);
    sign_head(f, VILLAGE);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    desk_close(f->desk);
    sign_key_release(f->person.key);
    arena_release(&f->arena);
    world_release(&f->world);
    remove_folder(f->folder);
    mem_free(f);
    return 0;
}

static void step(void *arg, size_t done, size_t of)
{
    struct fixture *f = arg;
    assert_int_equal(done, f->steps);
    f->steps++;
    f->of = of;
}

static struct desk_audit audited(struct fixture *f, const char *ledger, const struct quorum *quorum,
                                 bool asked)
{
    struct desk_audit audit;
    const struct desk_audit_ask ask = {ledger, quorum ? quorum : &f->none, asked, NULL, NULL};
    assert_ok(desk_audit(f->desk, &ask, &audit, &err));
    return audit;
}

/* What was found in the only ledger that was asked for. */
static const json_t *findings(const struct desk_audit *audit)
{
    assert_int_equal(json_array_size(audit->ledgers), 1);
    return json_object_get(json_array_get(audit->ledgers, 0), "findings");
}

static const char *text_of(const json_t *one, const char *key)
{
    return json_string_value(json_object_get(one, key));
}

static void a_whole_desk_is_good_and_counted(void **state)
{
    struct fixture *f = *state;
    struct desk_audit audit;
    const struct desk_audit_ask ask = {NULL, &f->none, false, step, f};
    assert_ok(desk_audit(f->desk, &ask, &audit, &err));
    assert_true(desk_audit_is_good(&audit));
    assert_int_equal(json_array_size(audit.ledgers), 2);
    assert_int_equal(f->steps, 2);
    assert_int_equal(f->of, 2);
    json_t *said = desk_audit_json(&audit);
    assert_true(json_is_true(json_object_get(said, "ok")));
    assert_int_equal(json_integer_value(json_object_get(said, "changesets")),
                     audit.counts.changesets);
    json_decref(said);
    desk_audit_release(&audit);
    desk_audit_release(&audit); /* twice is harmless */
}

static void one_ledger_alone(void **state)
{
    struct fixture *f = *state;
    struct desk_audit audit = audited(f, VILLAGE, NULL, false);
    assert_true(desk_audit_is_good(&audit));
    assert_int_equal(json_array_size(findings(&audit)), 0);
    assert_int_equal(audit.counts.changesets, 3);
    assert_int_equal(audit.counts.changes, 3);
    const json_t *one = json_array_get(audit.ledgers, 0);
    assert_int_equal(json_integer_value(json_object_get(one, "size")), 3);
    assert_int_equal(strlen(text_of(one, "root")), 2 * HASH_SIZE);
    desk_audit_release(&audit);
}

static void a_ledger_that_is_not_here(void **state)
{
    struct fixture *f = *state;
    struct desk_audit audit;
    struct error said = {0};
    const struct desk_audit_ask ask = {"622924109999", &f->none, false, NULL, NULL};
    assert_int_equal(desk_audit(f->desk, &ask, &audit, &said), ST_USAGE);
    assert_non_null(strstr(said.text, "622924109999"));
    assert_int_equal(json_array_size(audit.ledgers), 0);
    desk_audit_release(&audit);
}

static void what_was_altered_is_damage_with_its_author(void **state)
{
    struct fixture *f = *state;
    bool named = false;
    size_t i = 0;
    json_t *one = NULL;
    assert_ok(db_exec(f->desk->db,
                      "UPDATE changeset SET salts = zeroblob(length(salts)) WHERE no ="
                      " (SELECT max(no) FROM changeset)",
                      &err));
    struct desk_audit audit = audited(f, VILLAGE, NULL, false);
    assert_false(desk_audit_is_good(&audit));
    assert_true(audit.damaged > 0);
    assert_int_equal(audit.breaches, 0);
    json_array_foreach((json_t *)findings(&audit), i, one)
    {
        assert_true(text_of(one, "text")[0] != 0);
        named |= strcmp(text_of(one, "name"), "人员1") == 0 &&
                 strlen(text_of(one, "author")) == 2 * HASH_SIZE;
    }
    assert_true(named);
    desk_audit_release(&audit);
}

static void a_witness_that_has_not_signed(void **state)
{
    struct fixture *f = *state;
    static const uint8_t seed[SIGN_SEED_SIZE] = {1};
    struct sign_key *key = sign_key_from_seed(seed);
    struct quorum wanted = {.count = 1, .needed = 1};
    wanted.witnesses[0] = (struct verifier){.type = VERIFIER_WITNESS, .pk = *sign_key_public(key)};
    snprintf(wanted.witnesses[0].name, sizeof(wanted.witnesses[0].name), "city.example/w");
    for (int asked = 0; asked < 2; asked++) {
        struct desk_audit audit = audited(f, VILLAGE, &wanted, asked);
        assert_false(desk_audit_is_good(&audit));
        assert_int_equal(audit.unwitnessed, 1);
        assert_int_equal(audit.damaged, 0);
        assert_int_equal(json_array_size(findings(&audit)), 1);
        assert_string_equal(text_of(json_array_get(findings(&audit), 0), "code"), "witness");
        desk_audit_release(&audit);
    }
    sign_key_release(key);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_whole_desk_is_good_and_counted, set_up, tear_down),
        cmocka_unit_test_setup_teardown(one_ledger_alone, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_ledger_that_is_not_here, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_was_altered_is_damage_with_its_author, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_witness_that_has_not_signed, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
