/* SPDX-License-Identifier: MulanPSL-2.0 */
/* breach: what the county's rule of admission refuses is told from what is void honestly. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdlib.h>

#include "shared/ledger/breach.h"
#include "tests/harness/world.h"

#define VILLAGE "622924101001"
#define DAY_MS (INT64_C(24) * 3600 * 1000)

/* Registry: 0 county, 1 grant of a, 2 grant of b (auditor), 3 revocation of a. */
struct fixture {
    struct world w;
    struct person a, b;
    struct changeset header;
    struct leaf leaf;
    struct breach_terms terms;
};

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    world_init(&f->w, NULL);
    world_grant(&f->w, &f->a, 1, "village", VILLAGE);
    world_grant(&f->w, &f->b, 2, "auditor", VILLAGE);
    world_revoke(&f->w, &f->a);
    f->header = (struct changeset){.kid = *sign_key_kid(f->a.key), .registry_size = 2};
    f->leaf = (struct leaf){.admitted_ms = 10 * DAY_MS, .registry_size = 2};
    f->terms = (struct breach_terms){.registry = &f->w.rep->registry,
                                     .header = &f->header,
                                     .leaf = &f->leaf,
                                     .index = 7,
                                     .outgrown_ms = INT64_MAX};
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    sign_key_release(f->a.key);
    sign_key_release(f->b.key);
    world_release(&f->w);
    free(f);
    return 0;
}

static void what_the_rule_lets_in_is_none(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(breach_of(&f->terms), BREACH_NONE);
    f->leaf.registry_size = 4; /* revoked on its way: admitted, and void in the fold */
    assert_int_equal(breach_of(&f->terms), BREACH_NONE);
    f->header.kid = *sign_key_kid(f->w.root);
    assert_int_equal(breach_of(&f->terms), BREACH_NONE);
}

static void a_key_is_known_from_its_grant_on(void **state)
{
    struct fixture *f = *state;
    f->header.registry_size = 0;
    f->leaf.registry_size = 1;
    assert_int_equal(breach_of(&f->terms), BREACH_UNKNOWN_KEY);
    f->leaf.registry_size = 2;
    assert_int_equal(breach_of(&f->terms), BREACH_NONE);
    memset(&f->header.kid, 7, sizeof f->header.kid);
    assert_int_equal(breach_of(&f->terms), BREACH_UNKNOWN_KEY);
    struct registry empty;
    registry_init(&empty, &f->w.rep->registry.origin); /* before there is a root key */
    f->header.kid = *sign_key_kid(f->w.root);
    f->terms.registry = &empty;
    assert_int_equal(breach_of(&f->terms), BREACH_UNKNOWN_KEY);
    registry_release(&empty);
    assert_true(breach_is_county(BREACH_UNKNOWN_KEY));
}

static void nobody_has_seen_more_than_there_was(void **state)
{
    struct fixture *f = *state;
    f->header.registry_size = 3;
    assert_int_equal(breach_of(&f->terms), BREACH_FUTURE_BASE);
    assert_true(breach_is_county(BREACH_FUTURE_BASE));
    f->leaf.registry_size = 3;
    assert_int_equal(breach_of(&f->terms), BREACH_NONE);
}

static void an_old_registry_is_told_by_its_time_and_is_no_proof(void **state)
{
    struct fixture *f = *state;
    f->terms.outgrown_ms = f->leaf.admitted_ms - DAY_MS;
    assert_int_equal(breach_of(&f->terms), BREACH_NONE);
    f->terms.outgrown_ms--;
    assert_int_equal(breach_of(&f->terms), BREACH_OLD_REGISTRY);
    assert_false(breach_is_county(BREACH_OLD_REGISTRY));
}

static void in_the_registry_both_bases_and_the_place_are_one(void **state)
{
    struct fixture *f = *state;
    f->terms.of_registry = true;
    f->header.kid = *sign_key_kid(f->w.registrar);
    f->header.base_size = f->header.registry_size;
    assert_int_equal(breach_of(&f->terms), BREACH_REGISTRY_BASE); /* leaf 7 names 2 */
    f->leaf.registry_size = 7;
    assert_int_equal(breach_of(&f->terms), BREACH_NONE);
    f->header.kid.b[0] ^= 1;
    assert_int_equal(breach_of(&f->terms), BREACH_UNKNOWN_KEY);
    f->header.kid.b[0] ^= 1;
    f->header.base_size--;
    assert_int_equal(breach_of(&f->terms), BREACH_REGISTRY_BASE);
    f->header.base_size++;
    f->header.base_root.b[0] ^= 1;
    assert_int_equal(breach_of(&f->terms), BREACH_REGISTRY_BASE);
}

static void the_author_knew_when_its_own_registry_forbade_it(void **state)
{
    struct fixture *f = *state;
    const struct registry *reg = &f->w.rep->registry;
    struct origin here, elsewhere;
    assert_true(origin_make("guanghe.example", VILLAGE, &here));
    assert_true(origin_make("guanghe.example", "622924101002", &elsewhere));
    assert_false(breach_knowing(reg, &f->header, &here)); /* revoked later */
    assert_true(breach_knowing(reg, &f->header, &elsewhere));
    f->header.registry_size = 4; /* it had seen its own revocation */
    assert_true(breach_knowing(reg, &f->header, &here));
    f->header.kid = *sign_key_kid(f->b.key); /* an auditor only reads */
    assert_true(breach_knowing(reg, &f->header, &here));
    f->header.kid = *sign_key_kid(f->w.registrar);
    assert_false(breach_knowing(reg, &f->header, &here));
    f->header.kid = *sign_key_kid(f->w.root);
    assert_false(breach_knowing(reg, &f->header, &here));
    struct registry empty;
    registry_init(&empty, &reg->origin);
    assert_true(breach_knowing(&empty, &f->header, &here));
    registry_release(&empty);
}

/* A laptop's own key signs requests and nothing else. */
static void a_device_has_no_say(void **state)
{
    struct fixture *f = *state;
    struct registry reg;
    struct origin here;
    struct grant device = {
        .kind = GRANT_DEVICE, .kid = f->header.kid, .scope_count = 1, .revoked_leaf = UINT64_MAX};
    uint32_t slots[2] = {0};
    assert_true(origin_make("guanghe.example", VILLAGE, &here));
    memcpy(device.scopes[0], VILLAGE, DIVISION_CODE_SIZE);
    registry_init(&reg, &f->w.rep->registry.origin);
    slots[device.kid.b[0] & 1] = 1;
    reg.by_kid = (struct grant_index){slots, 2, 1};
    reg.grants = &device;
    reg.grant_count = 1;
    assert_true(breach_knowing(&reg, &f->header, &here));
    device.kind = GRANT_PERSON;
    assert_false(breach_knowing(&reg, &f->header, &here));
    reg.by_kid = (struct grant_index){0};
    reg.grants = NULL;
    reg.grant_count = 0;
    registry_release(&reg);
}

static void each_says_whose_leaf_and_what_the_registry_said(void **state)
{
    struct fixture *f = *state;
    char text[256];
    for (enum breach b = BREACH_UNKNOWN_KEY; b <= BREACH_OLD_REGISTRY; b++) {
        breach_text(b, &f->terms, text, sizeof text);
        assert_non_null(strstr(text, "7 项"));
        assert_non_null(strstr(text, "登记账本"));
        assert_true(strlen(text) < sizeof text - 1);
        assert_true(strlen(breach_name(b)) > 3);
    }
    breach_text(BREACH_NONE, &f->terms, text, sizeof text);
    assert_string_equal(text, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_the_rule_lets_in_is_none, setup, teardown),
        cmocka_unit_test_setup_teardown(a_key_is_known_from_its_grant_on, setup, teardown),
        cmocka_unit_test_setup_teardown(nobody_has_seen_more_than_there_was, setup, teardown),
        cmocka_unit_test_setup_teardown(an_old_registry_is_told_by_its_time_and_is_no_proof, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(in_the_registry_both_bases_and_the_place_are_one, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(the_author_knew_when_its_own_registry_forbade_it, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_device_has_no_say, setup, teardown),
        cmocka_unit_test_setup_teardown(each_says_whose_leaf_and_what_the_registry_said, setup,
                                        teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
