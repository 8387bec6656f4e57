/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * quorum: a desk wants two witnesses. What they have signed of the tree that it holds is kept; what
 * only one has signed, what is of a size it does not have yet, and what a stranger has signed is
 * not; what both have signed of another tree ends the exchange with evidence.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "agent/core/quorum.h"
#include "shared/base/check.h"
#include "shared/codec/cbor.h"
#include "shared/db/cosigned.h"
#include "tests/harness/assert_ok.h"
#include "tests/harness/folder.h"
#include "tests/harness/world.h"

#define VILLAGE "622924101001"

enum { CITY, PROVINCE, STRANGER, WITNESSES };
static const char *const names[] = {"city.example/w", "province.example/w", "stranger.example/w"};

struct fixture {
    char folder[32], data[48];
    struct world world;
    struct person person;
    struct ledger *village; /* the county's */
    struct desk *desk;
    struct sign_key *keys[WITNESSES];
    struct verifier verifiers[WITNESSES];
    struct quorum both;
    struct arena arena;
    struct error said;
};

/* The county's ledger grows by a leaf. */
static void grow(struct fixture *f)
{
    struct record_id id = world_id((unsigned)f->village->tree.size + 1);
    struct op_field field = {1, value_text(slice_str("店"))};
    const struct catalog_table *shop = catalog_table(replica_catalog(f->world.rep), 1);
    struct slice body = world_put(&f->arena, shop, &id, &field, 1);
    struct made made;
    world_make(&f->world, f->village, &f->person, f->village->tree.size, &body, 1, &f->arena,
               &made);
    world_admit(&f->world, f->village, &made);
}

static void copy_to_desk(struct fixture *f)
{
    world_copy(&f->world, f->world.rep->registry_ledger, f->desk->rep);
    world_copy(&f->world, f->village, f->desk->rep);
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
    world_grant(w, &f->person, 1, "village", VILLAGE);
    f->village = world_ledger(w, VILLAGE);
    snprintf(f->folder, sizeof(f->folder), "quorum.XXXXXX");
    CHECK(mkdtemp(f->folder) != NULL);
    snprintf(f->data, sizeof(f->data), "%s/data", f->folder);
    assert_ok(
        desk_create(f->data, &w->rep->registry_origin, sign_key_kid(w->root), &f->desk, &err));
    for (uint8_t i = 0; i < WITNESSES; i++) {
        const uint8_t seed[SIGN_SEED_SIZE] = {(uint8_t)(i + 1)};
        f->keys[i] = sign_key_from_seed(seed);
        f->verifiers[i] =
            (struct verifier){.type = VERIFIER_WITNESS, .pk = *sign_key_public(f->keys[i])};
        snprintf(f->verifiers[i].name, sizeof(f->verifiers[i].name), "%s", names[i]);
    }
    f->both = (struct quorum){
        .witnesses = {f->verifiers[CITY], f->verifiers[PROVINCE]}, .count = 2, .needed = 2};
    for (int i = 0; i < 3; i++)
        grow(f);
    copy_to_desk(f);
    assert_ok(quorum_write(f->desk, &f->both, &err));
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    desk_close(f->desk);
    for (int i = 0; i < WITNESSES; i++)
        sign_key_release(f->keys[i]);
    sign_key_release(f->person.key);
    arena_release(&f->arena);
    world_release(&f->world);
    remove_folder(f->folder);
    mem_free(f);
    return 0;
}

static struct ledger *here(struct fixture *f)
{
    return replica_ledger_named(f->desk->rep, VILLAGE);
}

/* The county's answer: its checkpoint of that size (other: of another tree) below which the
 * witnesses of the mask have signed. */
static enum status answer(struct fixture *f, uint64_t size, bool other, unsigned mask)
{
    struct checkpoint checkpoint = {.origin = f->village->origin, .size = size};
    struct buf text, body, line;
    CHECK(replica_root_at(f->world.rep, f->village, size, &checkpoint.root));
    checkpoint.root.b[0] ^= other;
    buf_init(&text, CHECKPOINT_MAX);
    buf_init(&line, CHECKPOINT_MAX);
    buf_init(&body, 2 * CHECKPOINT_MAX);
    checkpoint_sign(&checkpoint, f->world.log, &text);
    for (unsigned i = 0; i < WITNESSES; i++)
        if (mask >> i & 1)
            witness_cosign(names[i], f->keys[i], buf_slice(&text), 1795224600, &line);
    buf_put_slice(&text, buf_slice(&line));
    cbor_put_array(&body, 2);
    cbor_put_uint(&body, 1);
    cbor_put_array(&body, 1);
    cbor_put_array(&body, 2);
    cbor_put_text(&body, slice_str(f->village->origin.text));
    cbor_put_text(&body, buf_slice(&text));
    enum status st = quorum_take(f->desk, buf_slice(&body), &f->said);
    buf_release(&text);
    buf_release(&line);
    buf_release(&body);
    return st;
}

static uint64_t reach(struct fixture *f)
{
    struct quorum quorum;
    quorum_read(f->desk, &quorum);
    return quorum_reach(f->desk, &quorum, here(f));
}

static void quorum_settings_come_back(void **state)
{
    struct fixture *f = *state;
    struct quorum quorum;
    quorum_read(f->desk, &quorum);
    assert_int_equal(quorum.count, 2);
    assert_int_equal(quorum.needed, 2);
    assert_string_equal(quorum.witnesses[PROVINCE].name, names[PROVINCE]);
    assert_memory_equal(quorum.witnesses[CITY].pk.b, f->verifiers[CITY].pk.b, 32);
    assert_ok(quorum_write(f->desk, &(struct quorum){0}, &err));
    quorum_read(f->desk, &quorum);
    assert_int_equal(quorum.count, 0);
    assert_int_equal(quorum_reach(f->desk, &quorum, here(f)), 0);
}

static void quorum_question_names_what_is_open(void **state)
{
    struct fixture *f = *state;
    struct buf question;
    size_t from = 0;
    buf_init(&question, 8192);
    assert_true(quorum_question(f->desk, &from, &question));
    assert_non_null(strstr(buf_cstr(&question), "%2F" VILLAGE "&size=0"));
    buf_clear(&question);
    assert_false(quorum_question(f->desk, &from, &question)); /* all have been asked about */
    assert_ok(answer(f, 3, false, 1 << CITY | 1 << PROVINCE));
    buf_clear(&question);
    from = 0;
    assert_true(quorum_question(f->desk, &from, &question)); /* the registry */
    assert_null(strstr(buf_cstr(&question), VILLAGE));
    buf_release(&question);
}

static void quorum_counts_what_it_holds(void **state)
{
    struct fixture *f = *state;
    assert_ok(answer(f, 2, false, 1 << CITY | 1 << STRANGER));
    assert_int_equal(reach(f), 0);
    assert_ok(answer(f, 2, false, 1 << CITY | 1 << PROVINCE));
    assert_int_equal(reach(f), 2);
    assert_ok(answer(f, 3, false, 1 << CITY)); /* one alone does not take the place of both */
    assert_int_equal(reach(f), 2);
    grow(f);
    assert_ok(answer(f, 4, false, 1 << CITY | 1 << PROVINCE));
    assert_int_equal(reach(f), 2); /* leaf 4 is not here yet */
    copy_to_desk(f);
    assert_ok(answer(f, 4, false, 1 << CITY | 1 << PROVINCE));
    assert_int_equal(reach(f), 4);
}

static void quorum_keeps_evidence_of_another_tree(void **state)
{
    struct fixture *f = *state;
    char evidence[64];
    assert_int_equal(answer(f, 3, true, 1 << CITY | 1 << PROVINCE), ST_DAMAGED);
    assert_int_equal(reach(f), 0);
    snprintf(evidence, sizeof(evidence), "%s/evidence", f->data);
    assert_int_equal(access(evidence, R_OK), 0);
    assert_non_null(strstr(f->said.text, "evidence/"));
}

static void quorum_answer_of_no_form(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(quorum_take(f->desk, slice_str("hello"), NULL), ST_INVALID);
    assert_int_equal(quorum_take(f->desk, slice_of("\x82\x01\x80", 3), NULL), ST_OK);
    assert_int_equal(quorum_take(f->desk, slice_of("\x82\x01\x81\x82\x61x\x61y", 8), NULL),
                     ST_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(quorum_settings_come_back, set_up, tear_down),
        cmocka_unit_test_setup_teardown(quorum_question_names_what_is_open, set_up, tear_down),
        cmocka_unit_test_setup_teardown(quorum_counts_what_it_holds, set_up, tear_down),
        cmocka_unit_test_setup_teardown(quorum_keeps_evidence_of_another_tree, set_up, tear_down),
        cmocka_unit_test_setup_teardown(quorum_answer_of_no_form, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
