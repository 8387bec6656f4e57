/* SPDX-License-Identifier: MulanPSL-2.0 */
/* conflict: ids there and back, and candidates in the order that gives them their letters. */
#include "tests/unit/merge/world.h"

#include "shared/merge/conflict.h"

static void ids_round_trip(void **state)
{
    (void)state;
    static const uint32_t numbers[] = {0, 7, 10, 42, 100, 905, 1000, OP_FIELD_MAX};
    for (size_t i = 0; i < ARRAY_LENGTH(numbers); i++) {
        char id[CONFLICT_ID_TEXT];
        struct record_id record;
        uint32_t field = 99;
        conflict_id_format(&WORLD_ID, numbers[i], id);
        assert_true(conflict_id_parse(slice_str(id), &record, &field));
        assert_true(record_id_equal(&record, &WORLD_ID));
        assert_int_equal(field, numbers[i]);
    }
}

static void an_id_is_the_record_and_the_field(void **state)
{
    (void)state;
    char id[CONFLICT_ID_TEXT];
    conflict_id_format(&WORLD_ID, 12, id);
    assert_string_equal(id, "05010203000000000000000000000000.12");
    conflict_id_format(&WORLD_ID, 0, id);
    assert_string_equal(id, "05010203000000000000000000000000.0");
}

static void other_texts_are_no_ids(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "05010203000000000000000000000000",
        "05010203000000000000000000000000.",
        "05010203000000000000000000000000.x",
        "05010203000000000000000000000000.:",
        "05010203000000000000000000000000.-1",
        "05010203000000000000000000000000.1024",
        "05010203000000000000000000000000.10234",
        "05010203000000000000000000000000:1",
        "0501020300000000000000000000000g.1",
        "0501020300000000000000000000000.12",
    };
    for (size_t i = 0; i < ARRAY_LENGTH(bad); i++) {
        struct record_id record;
        uint32_t field;
        assert_false(conflict_id_parse(slice_str(bad[i]), &record, &field));
    }
}

static void candidates_come_in_lww_order(void **state)
{
    (void)state;
    struct world w;
    const struct claim **candidates;
    world_init(&w);
    struct event a = world_admit(&w, 1, 0, 3000), b = world_admit(&w, 2, 0, 1000);
    struct event c = world_admit(&w, 3, 0, 2000);
    world_put(&w, &a, F_PHONE, "a");
    assert_int_equal(conflict_candidates(&w.record.fields[F_PHONE], &w.arena, &candidates), 0);
    assert_null(candidates);
    world_put(&w, &b, F_PHONE, "b");
    world_put(&w, &c, F_PHONE, "a"); /* the same value, another author */
    assert_int_equal(conflict_candidates(&w.record.fields[F_PHONE], &w.arena, &candidates), 3);
    assert_true(stamp_same(&candidates[0]->at, &b.at));
    assert_true(stamp_same(&candidates[1]->at, &c.at));
    assert_true(stamp_same(&candidates[2]->at, &a.at));
    world_release(&w);
}

/* Among others that disagree, what was erased cannot be chosen. */
static void what_was_erased_is_no_candidate(void **state)
{
    (void)state;
    struct world w;
    const struct claim **candidates;
    struct op_field gone = {F_PHONE, value_erased()};
    world_init(&w);
    struct event a = world_admit(&w, 1, 0, 3000), b = world_admit(&w, 2, 0, 1000);
    struct event c = world_admit(&w, 3, 0, 2000);
    world_put(&w, &a, F_PHONE, "a");
    world_put(&w, &b, F_PHONE, "b");
    world_apply(&w, &c, &(struct op){.code = OP_PUT, .field_count = 1, .fields = &gone});
    assert_true(w.record.fields[F_PHONE].conflict);
    assert_int_equal(conflict_candidates(&w.record.fields[F_PHONE], &w.arena, &candidates), 2);
    assert_true(stamp_same(&candidates[0]->at, &b.at));
    assert_true(stamp_same(&candidates[1]->at, &a.at));
    world_release(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ids_round_trip),
        cmocka_unit_test(an_id_is_the_record_and_the_field),
        cmocka_unit_test(other_texts_are_no_ids),
        cmocka_unit_test(candidates_come_in_lww_order),
        cmocka_unit_test(what_was_erased_is_no_candidate),
    };
    return cmocka_run_group_tests_name("merge/conflict", tests, NULL, NULL);
}
