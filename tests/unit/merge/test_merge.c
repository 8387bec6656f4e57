/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * merge: each rule told as a story of two or three desks. That the rules hold for any history is
 * shown in test_laws.c, what two writers get under every policy in test_rules.c.
 */
#include "tests/unit/merge/world.h"

#include <stdio.h>

#include "shared/merge/link.h"
#include "shared/record/workflow.h"

#define STORY(w)    \
    (void)state;    \
    struct world w; \
    world_init(&w)

/* ---- lww, authority ---- */

static void lww_reports_loser_and_winner(void **state)
{
    STORY(w);
    struct event a = world_admit(&w, 1, 0, 2000), b = world_admit(&w, 2, 0, 1000);
    world_put(&w, &a, F_NAME, "a");
    world_put(&w, &b, F_NAME, "b");
    assert_value(&w, F_NAME, "a");
    assert_int_equal(w.reports, 1);
    assert_int_equal(w.report_field, F_NAME);
    assert_int_equal(w.report_why, OVERRULED_LATER);
    assert_true(stamp_same(&w.loser.at, &b.at));
    assert_true(stamp_same(&w.winner.at, &a.at));
    world_release(&w);
}

static void nobody_needs_to_listen(void **state)
{
    STORY(w);
    w.context.overruled = NULL;
    struct event a = world_admit(&w, 1, 0, 2000), b = world_admit(&w, 2, 0, 3000);
    world_put(&w, &a, F_NAME, "a");
    world_put(&w, &a, F_ROLL, "lost");
    world_put(&w, &b, F_NAME, "b");
    world_put(&w, &b, F_ROLL, "safe");
    world_put(&w, &b, F_ORIGIN, "b");
    assert_value(&w, F_NAME, "b");
    assert_value(&w, F_ROLL, "lost");
    world_release(&w);
}

static void own_later_save_is_no_loss(void **state)
{
    STORY(w);
    struct event a = world_admit(&w, 1, 0, 1000), b = world_admit(&w, 1, 0, 2000);
    world_put(&w, &a, F_NAME, "a");
    world_put(&w, &b, F_NAME, "b");
    assert_value(&w, F_NAME, "b");
    assert_int_equal(w.reports, 0);
    world_release(&w);
}

static void authority_holds_until_withdrawn(void **state)
{
    STORY(w);
    struct event town = world_admit(&w, 0, 0, 1000), village = world_admit(&w, 1, 1, 2000);
    struct event withdraw = world_admit(&w, 0, 2, 3000);
    world_put(&w, &town, F_STATUS, "poor");
    world_put(&w, &village, F_STATUS, "well");
    assert_value(&w, F_STATUS, "poor");
    assert_int_equal(w.record.fields[F_STATUS].claim_count, 2);
    world_apply(&w, &withdraw, &(struct op){.code = OP_WITHDRAW, .field = F_STATUS});
    assert_value(&w, F_STATUS, "well");
    assert_int_equal(w.reports, 0);
    world_release(&w);
}

static void a_writer_without_rank_is_the_lowest(void **state)
{
    STORY(w);
    struct event stranger = world_admit(&w, 1, 0, 3000), village = world_admit(&w, 2, 0, 1000);
    struct event auditor = world_admit(&w, 3, 0, 2000);
    stranger.role_bit = -1;
    auditor.role_bit = AUDITOR;
    world_put(&w, &stranger, F_STATUS, "x");
    world_put(&w, &village, F_STATUS, "v");
    world_put(&w, &auditor, F_STATUS, "y"); /* same rank as the stranger, and earlier */
    assert_value(&w, F_STATUS, "v");
    assert_int_equal(w.record.fields[F_STATUS].claim_count, 2);
    assert_int_equal(w.record.fields[F_STATUS].claims[1].rank, 255);
    assert_true(stamp_same(&w.record.fields[F_STATUS].claims[1].at, &stranger.at));
    world_release(&w);
}

/* ---- review ---- */

static void two_desks_conflict_over_what_both_had_seen(void **state)
{
    STORY(w);
    struct event old = world_admit(&w, 1, 0, 1);
    struct event a = world_admit(&w, 1, 1, 1000), b = world_admit(&w, 2, 1, 2000);
    world_put(&w, &old, F_PHONE, "old");
    world_put(&w, &a, F_PHONE, "a");
    world_put(&w, &b, F_PHONE, "b");
    assert_true(w.record.conflict);
    assert_true(w.record.fields[F_PHONE].ask_prefix);
    assert_int_equal(w.record.fields[F_PHONE].prefix, 1);
    world_settle(&w);
    assert_value(&w, F_PHONE, "old");

    struct event c = world_admit(&w, 3, 3, 3000);
    world_resolve(&w, &c, F_PHONE, text("b"), (const struct stamp[]){a.at, b.at}, 2);
    assert_value(&w, F_PHONE, "b");
    assert_false(w.record.conflict);
    assert_int_equal(w.record.fields[F_PHONE].claim_count, 1);
    world_release(&w);
}

static void a_deeper_conflict_goes_further_back(void **state)
{
    STORY(w);
    struct event old = world_admit(&w, 1, 0, 1);
    struct event a = world_admit(&w, 1, 1, 1000), b = world_admit(&w, 2, 1, 2000);
    struct event c = world_admit(&w, 3, 3, 3000), d = world_admit(&w, 4, 3, 4000);
    world_put(&w, &old, F_PHONE, "old");
    world_put(&w, &a, F_PHONE, "a");
    world_put(&w, &b, F_PHONE, "b");
    world_settle(&w);
    const struct stamp named[] = {a.at, b.at};
    world_resolve(&w, &c, F_PHONE, text("c"), named, 2);
    world_resolve(&w, &d, F_PHONE, text("d"), named, 2);
    /* the two decisions disagree: at leaf 3 there was the conflict of a and b, before it "old" */
    assert_int_equal(w.record.fields[F_PHONE].prefix, 3);
    world_settle(&w);
    assert_value(&w, F_PHONE, "old");
    world_release(&w);
}

static void without_a_past_the_earliest_stands(void **state)
{
    STORY(w);
    struct event old = world_admit(&w, 1, 0, 1);
    struct event a = world_admit(&w, 1, 1, 2000), b = world_admit(&w, 2, 1, 1000);
    world_put(&w, &old, F_NAME, "somebody");
    world_put(&w, &a, F_PHONE, "a");
    world_put(&w, &b, F_PHONE, "b");
    struct value value;
    assert_false(merge_prefix_value(&world_table, &WORLD_ID, w.events, w.event_count, F_PHONE, 1,
                                    &w.context, &value));
    world_settle(&w);
    assert_value(&w, F_PHONE, "b");
    world_release(&w);
}

static void a_cleared_field_has_no_past(void **state)
{
    STORY(w);
    struct event old = world_admit(&w, 1, 0, 1);
    struct event a = world_admit(&w, 1, 1, 2000), b = world_admit(&w, 2, 1, 1000);
    world_put(&w, &old, F_PHONE, NULL);
    world_put(&w, &a, F_PHONE, "a");
    world_put(&w, &b, F_PHONE, "b");
    world_settle(&w);
    assert_value(&w, F_PHONE, "b");
    world_release(&w);
}

static void nothing_lies_below_base_zero(void **state)
{
    STORY(w);
    struct event a = world_admit(&w, 1, 0, 2000), b = world_admit(&w, 2, 0, 1000);
    world_put(&w, &a, F_PHONE, "a");
    world_put(&w, &b, F_PHONE, "b");
    assert_value(&w, F_PHONE, "b"); /* nobody is asked */
    assert_true(w.record.conflict);
    world_release(&w);
}

static void the_past_is_asked_once(void **state)
{
    STORY(w);
    struct event old = world_admit(&w, 1, 0, 1);
    struct event a = world_admit(&w, 1, 1, 1000), b = world_admit(&w, 2, 1, 2000);
    struct event c = world_admit(&w, 3, 1, 3000), d = world_admit(&w, 4, 0, 4000);
    world_put(&w, &old, F_PHONE, "old");
    world_put(&w, &a, F_PHONE, "a");
    world_put(&w, &b, F_PHONE, "b");
    world_settle(&w);
    world_put(&w, &c, F_PHONE, "c"); /* the same past, the same earliest */
    assert_value(&w, F_PHONE, "old");
    assert_int_equal(w.record.fields[F_PHONE].claim_count, 3);
    world_put(&w, &d, F_PHONE, "d"); /* had seen nothing at all */
    assert_value(&w, F_PHONE, "a");
    world_release(&w);
}

static void who_agrees_makes_no_conflict(void **state)
{
    STORY(w);
    struct event a = world_admit(&w, 1, 0, 1000), b = world_admit(&w, 2, 0, 2000);
    struct event c = world_admit(&w, 3, 2, 3000);
    world_put(&w, &a, F_PHONE, "same");
    world_put(&w, &b, F_PHONE, "same");
    assert_false(w.record.conflict);
    assert_int_equal(w.record.fields[F_PHONE].claim_count, 2);
    world_put(&w, &c, F_PHONE, "new"); /* saw one candidate, said by two */
    assert_value(&w, F_PHONE, "new");
    assert_false(w.record.conflict);
    world_release(&w);
}

static void put_group(struct world *w, const struct event *event, const char *poverty,
                      const char *income)
{
    struct op_field *f = arena_alloc(&w->arena, 3 * sizeof *f);
    f[0] = (struct op_field){F_POVERTY, text(poverty)};
    f[1] = (struct op_field){F_INCOME, text(income)};
    f[2] = (struct op_field){F_STRANGE, text("from a newer catalog")};
    world_apply(w, event, &(struct op){.code = OP_PUT, .field_count = 3, .fields = f});
}

static void a_group_conflicts_as_one(void **state)
{
    STORY(w);
    struct event old = world_admit(&w, 1, 0, 1);
    struct event a = world_admit(&w, 1, 1, 1000), b = world_admit(&w, 2, 1, 2000);
    struct event c = world_admit(&w, 3, 3, 3000);
    put_group(&w, &old, "risk", NULL);
    put_group(&w, &a, "risk", "3000");
    put_group(&w, &b, "risk", "4000");
    assert_true(w.record.fields[F_POVERTY].conflict); /* though all say "risk" */
    assert_true(w.record.fields[F_INCOME].conflict);
    world_settle(&w);
    assert_value(&w, F_POVERTY, "risk");
    assert_value(&w, F_INCOME, NULL); /* the pair was not empty */
    put_group(&w, &c, "risk", "4000");
    assert_int_equal(w.record.fields[F_POVERTY].claim_count, 3);
    world_release(&w);
}

static void an_empty_group_has_no_past(void **state)
{
    STORY(w);
    struct event old = world_admit(&w, 1, 0, 1);
    struct event a = world_admit(&w, 1, 1, 1000), b = world_admit(&w, 2, 1, 2000);
    put_group(&w, &old, NULL, NULL);
    put_group(&w, &a, "risk", NULL);
    put_group(&w, &b, "risk", "4000");
    world_settle(&w);
    assert_value(&w, F_POVERTY, "risk");
    assert_value(&w, F_INCOME, NULL); /* a's, the earliest */
    world_release(&w);
}

static void groups_of_one_op_are_their_own(void **state)
{
    STORY(w);
    struct event a = world_admit(&w, 1, 0, 1000), b = world_admit(&w, 2, 0, 2000);
    const struct op_field care_a[] = {
        {F_POVERTY, text("risk")}, {F_INCOME, text("1")}, {F_CARE, text("a")}};
    const struct op_field care_b[] = {
        {F_POVERTY, text("risk")}, {F_INCOME, text("1")}, {F_CARE, text("b")}};
    world_apply(&w, &a, &(struct op){.code = OP_PUT, .field_count = 3, .fields = care_a});
    world_apply(&w, &b, &(struct op){.code = OP_PUT, .field_count = 3, .fields = care_b});
    assert_false(w.record.fields[F_POVERTY].conflict);
    assert_false(w.record.fields[F_INCOME].conflict);
    assert_true(w.record.fields[F_CARE].conflict);
    world_release(&w);
}

static void half_a_group_says_nothing_about_the_rest(void **state)
{
    STORY(w);
    struct event a = world_admit(&w, 1, 0, 1000), b = world_admit(&w, 2, 0, 2000);
    world_put(&w, &a, F_POVERTY, "risk"); /* void by the rules, yet it must not do harm */
    put_group(&w, &b, "risk", "1");
    assert_true(w.record.fields[F_POVERTY].conflict);
    assert_value(&w, F_POVERTY, "risk");
    assert_value(&w, F_INCOME, "1");
    world_release(&w);
}

static void any_prefix_can_be_asked(void **state)
{
    STORY(w);
    struct event a = world_admit(&w, 1, 0, 1000), b = world_admit(&w, 1, 1, 2000);
    world_put(&w, &a, F_NAME, "a");
    world_put(&w, &b, F_NAME, "b");
    static const uint64_t prefixes[] = {1, 2, UINT64_MAX};
    static const char *const names[] = {"a", "b", "b"};
    struct value value;
    for (size_t i = 0; i < ARRAY_LENGTH(prefixes); i++) {
        assert_true(merge_prefix_value(&world_table, &WORLD_ID, w.events, w.event_count, F_NAME,
                                       prefixes[i], &w.context, &value));
        assert_true(slice_equal(value.s, slice_str(names[i])));
        assert_true(merge_prefix_value(&world_table, &WORLD_ID, w.events, w.event_count, 0,
                                       prefixes[i], &w.context, &value));
        assert_int_equal(value.i, 1);
    }
    assert_false(merge_prefix_value(&world_table, &WORLD_ID, w.events, w.event_count, 0, 0,
                                    &w.context, &value));
    assert_int_equal(value.kind, VALUE_NULL);
    world_release(&w);
}

static void a_base_above_its_own_leaf_does_not_loop(void **state)
{
    STORY(w);
    struct event a = world_admit(&w, 1, 9, 1000), b = world_admit(&w, 2, 9, 2000);
    a.entry = b.entry = &(const struct order_entry){.chain = 1}; /* neither saw the other */
    world_put(&w, &a, F_PHONE, "a");
    b.entry = &(const struct order_entry){.chain = 2};
    world_put(&w, &b, F_PHONE, "b");
    assert_int_equal(w.record.fields[F_PHONE].prefix, 9);
    world_settle(&w);
    assert_value(&w, F_PHONE, "a");
    world_release(&w);
}

/* ---- room ---- */

/* Two desks differ, then a third puts the field without deciding, again and again. */
static void crowd(struct world *w, uint32_t field, uint32_t puts)
{
    struct event a = world_admit(w, 1, 0, 1000), b = world_admit(w, 2, 0, 2000);
    struct event c = world_admit(w, 3, 2, 3000);
    world_put(w, &a, field, "a");
    world_put(w, &b, field, "b");
    for (uint32_t i = 0; i < puts; i++) {
        c.at.position = i;
        world_put(w, &c, field, arena_printf(&w->arena, "c%u", i));
    }
}

static void a_crowd_of_candidates_is_limited(void **state)
{
    STORY(w);
    crowd(&w, F_PHONE, CLAIMS_MAX - 2);
    const struct field_state *f = &w.record.fields[F_PHONE];
    assert_int_equal(f->claim_count, CLAIMS_MAX);
    assert_int_equal(w.reports, 0);

    struct event d = world_admit(&w, 4, 2, 4000); /* knows of a and b alone, and joins */
    world_put(&w, &d, F_PHONE, "d");
    assert_int_equal(f->claim_count, CLAIMS_MAX);
    assert_true(w.record.conflict);
    struct value a = text("a"), b = text("b"), c0 = text("c0");
    assert_true(value_equal(&f->claims[0].value, &a)); /* the first keeps its place */
    assert_true(value_equal(&f->claims[1].value, &c0));
    assert_true(stamp_same(&f->claims[CLAIMS_MAX - 1].at, &d.at));
    assert_int_equal(w.reports, 1); /* of the others the earliest is left to the history */
    assert_int_equal(w.report_why, OVERRULED_LATER);
    assert_true(value_equal(&w.loser.value, &b));
    assert_true(stamp_same(&w.winner.at, &d.at));
    world_release(&w);
}

static void a_first_value_survives_the_crowd(void **state)
{
    STORY(w);
    crowd(&w, F_BORN, CLAIMS_MAX + 10);
    assert_int_equal(w.record.fields[F_BORN].claim_count, CLAIMS_MAX);
    assert_value(&w, F_BORN, "a");
    world_release(&w);
}

static void a_group_forgets_its_candidates_together(void **state)
{
    STORY(w);
    struct event a = world_admit(&w, 1, 0, 1000), b = world_admit(&w, 2, 0, 2000);
    struct event c = world_admit(&w, 3, 2, 3000);
    put_group(&w, &a, "yes", "0");
    put_group(&w, &b, "no", "0");
    for (; c.at.position < CLAIMS_MAX + 10; c.at.position++)
        put_group(&w, &c, "yes", arena_printf(&w.arena, "%u", c.at.position));
    const struct field_state *one = &w.record.fields[F_POVERTY], *two = &w.record.fields[F_INCOME];
    assert_int_equal(one->claim_count, CLAIMS_MAX);
    assert_int_equal(two->claim_count, CLAIMS_MAX);
    for (uint32_t i = 0; i < CLAIMS_MAX; i++)
        assert_true(stamp_same(&one->claims[i].at, &two->claims[i].at));
    world_release(&w);
}

static void a_set_and_existence_are_limited_too(void **state)
{
    STORY(w);
    struct event e = world_admit(&w, 1, 0, 1000);
    for (uint32_t i = 0; i < CLAIMS_MAX + 10; i++) {
        struct value *element = arena_alloc(&w.arena, sizeof *element);
        *element = value_int(i);
        world_apply(&w, &e,
                    &(struct op){.code = OP_SET, .field = F_TAGS, .add_count = 1, .adds = element});
    }
    assert_int_equal(w.record.fields[F_TAGS].claim_count, CLAIMS_MAX);
    struct event delete = world_admit(&w, 2, 0, 1000), again = world_admit(&w, 3, 2, 1000);
    world_op(&w, &delete, OP_DELETE);
    for (uint32_t i = 0; i < CLAIMS_MAX + 10; i++) {
        again.at.position = i;
        world_op(&w, &again, OP_DELETE); /* has seen both candidates, and decides nothing */
    }
    assert_int_equal(w.record.fields[0].claim_count, CLAIMS_MAX);
    assert_true(w.record.live); /* the first word stands */
    assert_int_equal(w.reports, 0);
    world_release(&w);
}

/* ---- a catalog that changes a policy ---- */

/* From here on the field has this policy. */
static void another_policy(struct world *w, uint32_t no, enum policy policy)
{
    struct catalog_table *table = arena_copy(&w->arena, w->record.table, sizeof *table);
    struct catalog_field *field = arena_copy(&w->arena, table->by_no[no], sizeof *field);
    field->policy = policy;
    field->policy_since = ++table->policy_since;
    table->by_no[no] = field;
    merge_follow(&w->record, table);
}

static void after_a_change_of_policy_the_value_in_force_is_all_that_stands(void **state)
{
    STORY(w);
    struct event old = world_admit(&w, 1, 0, 1000), a = world_admit(&w, 1, 1, 3000);
    struct event b = world_admit(&w, 2, 1, 2000), c = world_admit(&w, 2, 1, 4000);
    world_put(&w, &old, F_PHONE, "old");
    world_put(&w, &a, F_PHONE, "a");
    world_put(&w, &b, F_PHONE, "b");
    world_settle(&w);
    another_policy(&w, F_NAME, POLICY_REVIEW); /* of another field: nothing happens here */
    assert_int_equal(w.record.fields[F_PHONE].claim_count, 2);
    another_policy(&w, F_PHONE, POLICY_LWW);
    assert_value(&w, F_PHONE, "old");
    assert_false(w.record.conflict);
    assert_int_equal(w.record.fields[F_PHONE].claim_count, 1);
    assert_true(stamp_same(&w.record.fields[F_PHONE].claims[0].at, &a.at));
    assert_int_equal(w.record.fields[F_PHONE].claims[0].at.effective_ms, 3000);
    world_put(&w, &c, F_PHONE, "c");
    assert_value(&w, F_PHONE, "c");
    world_release(&w);
}

static void the_first_that_stood_in_fold_order_lends_its_place(void **state)
{
    STORY(w);
    struct event village = world_admit(&w, 1, 0, 1000), town = world_admit(&w, 0, 1, 2000);
    world_put(&w, &village, F_STATUS, "v");
    world_put(&w, &town, F_STATUS, "t"); /* stands before the other one, by rank */
    another_policy(&w, F_STATUS, POLICY_ONCE);
    assert_value(&w, F_STATUS, "t");
    assert_true(stamp_same(&w.record.fields[F_STATUS].claims[0].at, &village.at));
    assert_int_equal(w.record.fields[F_STATUS].claims[0].rank, 0);
    another_policy(&w, F_STATUS, POLICY_AUTHORITY);
    assert_int_equal(w.record.fields[F_STATUS].claims[0].rank, 255);
    struct event again = world_admit(&w, 1, 2, 3000);
    world_put(&w, &again, F_STATUS, "w");
    assert_value(&w, F_STATUS, "w"); /* anybody's word is above nobody's */
    world_release(&w);
}

static void only_a_number_becomes_a_sum(void **state)
{
    STORY(w);
    struct event a = world_admit(&w, 1, 0, 1000), b = world_admit(&w, 1, 1, 2000);
    world_put(&w, &a, F_NAME, "a");
    const struct op five = {
        .code = OP_COUNTER, .table = 1, .record = WORLD_ID, .field = F_VISITS, .delta = 5};
    world_apply(&w, &a, &five);
    another_policy(&w, F_NAME, POLICY_COUNTER);
    assert_int_equal(w.record.fields[F_NAME].claim_count, 0);
    assert_value(&w, F_NAME, NULL); /* nothing stands, so nothing is in force */
    another_policy(&w, F_VISITS, POLICY_LWW);
    world_apply(&w, &b, &five); /* no sum any more */
    assert_int_equal(w.record.fields[F_VISITS].value.i, 5);
    another_policy(&w, F_VISITS, POLICY_COUNTER);
    world_apply(&w, &b, &five);
    assert_int_equal(w.record.fields[F_VISITS].value.i, 10);
    world_release(&w);
}

static void the_past_is_folded_by_the_policies_of_its_day(void **state)
{
    STORY(w);
    struct event old = world_admit(&w, 1, 0, 1000), a = world_admit(&w, 1, 1, 2000);
    struct event b = world_admit(&w, 2, 1, 3000), c = world_admit(&w, 1, 3, 4000);
    struct value value;
    world_put(&w, &old, F_PHONE, "old");
    world_put(&w, &a, F_PHONE, "a");
    world_put(&w, &b, F_PHONE, "b");
    world_settle(&w);
    another_policy(&w, F_PHONE, POLICY_LWW); /* by which b would have won */
    world_put(&w, &c, F_NAME, "c");
    assert_true(merge_prefix_value(w.record.table, &WORLD_ID, w.events, w.event_count, F_PHONE, 4,
                                   &w.context, &value));
    assert_true(slice_equal(value.s, slice_str("old")));
    /* Fields that the state has no room for, or that were retired, stay out of it. */
    const struct catalog_table nothing = {.no = 1, .name = "person"};
    merge_follow(&w.record, &nothing);
    assert_null(w.record.fields[F_PHONE].field);
    merge_follow(&w.record, &nothing);
    world_release(&w);
}

static uint32_t entries_asked;

static const struct order_entry *counted_entry(void *arg, uint64_t leaf)
{
    entries_asked++;
    return world_entry(arg, leaf);
}

/* A conflict is open whenever a catalog comes. Each of them asks a past in which the earlier ones
 * have asked theirs: the answers are remembered, or every catalog would double the work. */
static void many_catalogs_do_not_ask_for_ever(void **state)
{
    STORY(w);
    enum { DAYS = 14 };
    struct value value;
    for (uint64_t day = 0; day < DAYS; day++) {
        const uint64_t base = w.size;
        struct event a = world_admit(&w, 1, base, 1000 + (int64_t)day);
        struct event b = world_admit(&w, 2, base, 2000 + (int64_t)day);
        world_put(&w, &a, F_PHONE, "a");
        world_put(&w, &b, F_PHONE, "b");
        world_put(&w, &a, F_CARE,
                  "a"); /* another one that is open: each has an answer of its own */
        world_put(&w, &b, F_CARE, "b");
        world_settle(&w);
        another_policy(&w, F_NAME, day % 2 ? POLICY_LWW : POLICY_REVIEW);
        struct event c = world_admit(&w, 1, w.size, 3000 + (int64_t)day);
        struct stamp *both = arena_alloc(&w.arena, 2 * sizeof *both);
        both[0] = a.at;
        both[1] = b.at;
        world_resolve(&w, &c, F_PHONE, text(day % 2 ? "x" : "y"), both, 2);
        world_resolve(&w, &c, F_CARE, text("z"), both, 2);
    }
    w.order.entry = counted_entry;
    entries_asked = 0;
    assert_true(merge_prefix_value(w.record.table, &WORLD_ID, w.events, w.event_count, F_PHONE,
                                   w.size, &w.context, &value));
    assert_true(slice_equal(value.s, slice_str("x")));
    assert_true(merge_prefix_value(w.record.table, &WORLD_ID, w.events, w.event_count, F_CARE,
                                   w.size, &w.context, &value));
    assert_true(slice_equal(value.s, slice_str("z")));
    if (entries_asked > 100 * DAYS * DAYS)
        fail_msg("%u questions", entries_asked);
    world_release(&w);
}

/* ---- once, state, worst ---- */

static void once_keeps_the_first(void **state)
{
    STORY(w);
    struct event a = world_admit(&w, 1, 0, 1000), b = world_admit(&w, 1, 1, 2000);
    world_put(&w, &a, F_BORN, NULL);
    assert_int_equal(w.record.fields[F_BORN].claim_count, 0);
    world_put(&w, &a, F_BORN, "1960");
    world_put(&w, &b, F_BORN, "1960");
    assert_int_equal(w.record.fields[F_BORN].claim_count, 1);
    world_put(&w, &b, F_BORN, "1961");
    assert_true(w.record.conflict);
    assert_value(&w, F_BORN, "1960");

    struct event c = world_admit(&w, 2, 2, 3000), d = world_admit(&w, 2, 3, 4000);
    world_resolve(&w, &c, F_BORN, text(NULL), (const struct stamp[]){a.at, b.at}, 2);
    assert_value(&w, F_BORN, NULL);
    world_put(&w, &d, F_BORN, "1962"); /* empty again */
    assert_value(&w, F_BORN, "1962");
    assert_false(w.record.conflict);
    world_release(&w);
}

static void an_undeclared_step_does_not_count(void **state)
{
    STORY(w);
    struct event a = world_admit(&w, 1, 0, 1000);
    world_step(&w, &a, NULL, "public");
    assert_int_equal(w.record.fields[F_STAGE].claim_count, 0);
    assert_int_equal(w.reports, 1);
    assert_int_equal(w.report_why, OVERRULED_ILLEGAL_STEP);
    assert_true(w.winner.value.kind == VALUE_NULL);
    world_step(&w, &a, NULL, "draft");
    world_step(&w, &a, "draft", "bad");
    world_step(&w, &a, "bad", NULL); /* a lone word in the catalog is no step */
    world_step(&w, &a, "draft", "draft");
    assert_int_equal(w.reports, 3); /* saying what stands is no loss */
    assert_value(&w, F_STAGE, "draft");
    const struct op number = {
        .code = OP_STATE, .field = F_STAGE, .from = value_int(1), .to = text("draft")};
    world_apply(&w, &a, &number);
    assert_value(&w, F_STAGE, "draft");
    world_step(&w, &a, "draft", "dropped");
    world_step(&w, &a, "dropped", NULL);
    assert_value(&w, F_STAGE, NULL);
    world_step(&w, &a, NULL, "draft"); /* from empty again */
    assert_value(&w, F_STAGE, "draft");
    assert_false(w.record.conflict);
    world_release(&w);
}

static void a_step_on_what_one_did_not_see_joins(void **state)
{
    STORY(w);
    struct event a = world_admit(&w, 1, 0, 1000), b = world_admit(&w, 2, 1, 2000);
    world_step(&w, &a, NULL, "draft");
    world_step(&w, &b, "public", "dropped"); /* legal, but draft stood */
    assert_true(w.record.conflict);
    assert_int_equal(w.record.fields[F_STAGE].claim_count, 2);
    world_release(&w);
}

static void a_put_is_only_the_first_step(void **state)
{
    STORY(w);
    struct event a = world_admit(&w, 1, 0, 1000), b = world_admit(&w, 1, 1, 2000);
    world_put(&w, &a, F_STAGE, NULL);
    assert_int_equal(w.record.fields[F_STAGE].claim_count, 0);
    world_put(&w, &a, F_STAGE, "public");
    assert_int_equal(w.record.fields[F_STAGE].claim_count, 0);
    assert_int_equal(w.reports, 1);
    world_put(&w, &a, F_STAGE, "draft");
    assert_value(&w, F_STAGE, "draft");
    world_put(&w, &b, F_STAGE, "draft"); /* a form that saves all fields */
    assert_int_equal(w.reports, 1);
    world_put(&w, &b, F_STAGE, "public");
    assert_int_equal(w.reports, 2);
    assert_value(&w, F_STAGE, "draft");
    world_step(&w, &b, "draft", "dropped");
    world_step(&w, &b, "dropped", NULL);
    world_put(&w, &b, F_STAGE, "draft"); /* it was empty again */
    assert_value(&w, F_STAGE, "draft");
    world_release(&w);
}

static void an_undeclared_word_is_the_least_bad(void **state)
{
    STORY(w);
    struct event a = world_admit(&w, 1, 0, 1000), b = world_admit(&w, 2, 0, 2000);
    struct event c = world_admit(&w, 3, 0, 3000), d = world_admit(&w, 4, 4, 4000);
    world_put(&w, &a, F_ROLL, "unknown");
    world_put(&w, &b, F_ROLL, "absent");
    assert_value(&w, F_ROLL, "absent"); /* equally undeclared: the later */
    world_put(&w, &c, F_ROLL, "safe");
    assert_value(&w, F_ROLL, "safe");
    assert_int_equal(w.reports, 2);
    world_put(&w, &d, F_ROLL, "unknown"); /* saw all */
    assert_value(&w, F_ROLL, "unknown");
    assert_int_equal(w.record.fields[F_ROLL].claim_count, 1);
    assert_int_equal(w.reports, 2);
    world_release(&w);
}

/* ---- set, counter, append ---- */

static void add_remove(struct world *w, const struct event *event, const char *add,
                       const char *remove)
{
    struct value *v = arena_alloc(&w->arena, 2 * sizeof *v);
    v[0] = text(add);
    v[1] = text(remove);
    world_apply(w, event,
                &(struct op){.code = OP_SET,
                             .field = F_TAGS,
                             .add_count = 1,
                             .adds = v,
                             .remove_count = remove != NULL,
                             .removes = v + 1});
}

static void add_wins(void **state)
{
    STORY(w);
    struct event old = world_admit(&w, 1, 0, 1);
    struct event a = world_admit(&w, 1, 1, 1000), b = world_admit(&w, 2, 1, 2000);
    add_remove(&w, &old, "t", NULL);
    add_remove(&w, &a, "t", NULL); /* renewed while b removes what it saw */
    add_remove(&w, &b, "u", "t");
    add_remove(&w, &b, "a", NULL);
    add_remove(&w, &a, "u", NULL);
    add_remove(&w, &a, NULL, "nobody"); /* adding nothing is nothing */

    struct value *elements;
    assert_int_equal(merge_set_elements(&w.record.fields[F_TAGS], &w.arena, &elements), 3);
    const char *const want[] = {"a", "t", "u"};
    for (int i = 0; i < 3; i++)
        assert_true(slice_equal(elements[i].s, slice_str(want[i])));
    assert_int_equal(merge_set_elements(&w.record.fields[F_NAME], &w.arena, &elements), 0);
    world_release(&w);
}

static void count(struct world *w, const struct event *event, int64_t delta)
{
    world_apply(w, event, &(struct op){.code = OP_COUNTER, .field = F_VISITS, .delta = delta});
}

static void counters_add_up_and_stop_at_the_ends(void **state)
{
    STORY(w);
    struct event a = world_admit(&w, 1, 0, 1000), b = world_admit(&w, 2, 0, 500);
    count(&w, &a, 2);
    count(&w, &b, -5);
    assert_int_equal(w.record.fields[F_VISITS].value.i, -3);
    count(&w, &b, INT64_MIN);
    assert_true(w.record.fields[F_VISITS].value.i == INT64_MIN);
    count(&w, &b, INT64_MAX);
    count(&w, &b, INT64_MAX);
    assert_true(w.record.fields[F_VISITS].value.i == INT64_MAX - 1);
    count(&w, &b, INT64_MAX);
    assert_true(w.record.fields[F_VISITS].value.i == INT64_MAX);
    world_release(&w);
}

static void append_tables_are_never_updated(void **state)
{
    STORY(w);
    world_table.kind = TABLE_APPEND;
    struct event a = world_admit(&w, 1, 0, 1000), b = world_admit(&w, 1, 1, 2000);
    world_put(&w, &a, F_NAME, "a");
    world_put(&w, &a, F_NAME, "a2"); /* still the creating change */
    world_put(&w, &b, F_NAME, "b");
    world_put(&w, &b, F_LAST, "b");
    world_put(&w, &b, F_LAST, NULL);
    world_put(&w, &b, F_PHONE, "b"); /* other policies are their own */
    world_put(&w, &b, F_ROLL, "safe");
    world_table.kind = TABLE_RECORD;
    assert_value(&w, F_NAME, "a2");
    assert_value(&w, F_LAST, NULL);
    assert_value(&w, F_PHONE, "b");
    assert_value(&w, F_ROLL, "safe");
    assert_int_equal(w.reports, 2);
    assert_int_equal(w.report_why, OVERRULED_APPEND);
    world_op(&w, &b, OP_DELETE);
    assert_false(w.record.live);
    world_release(&w);
}

/* ---- existence and the rest of the record ---- */

static void a_delete_keeps_the_fields(void **state)
{
    STORY(w);
    struct event a = world_admit(&w, 1, 0, 1000), b = world_admit(&w, 2, 1, 2000);
    struct event c = world_admit(&w, 3, 2, 3000);
    assert_false(w.record.known);
    world_put(&w, &a, F_NAME, "a");
    assert_true(w.record.known && w.record.live);
    world_op(&w, &b, OP_DELETE);
    assert_true(w.record.known && !w.record.live);
    assert_value(&w, F_NAME, "a");
    world_op(&w, &c, OP_RESTORE);
    assert_true(w.record.live);
    assert_true(stamp_same(&w.record.created, &a.at));
    assert_true(stamp_same(&w.record.last, &c.at));
    world_release(&w);
}

static void a_delete_must_have_seen_every_edit(void **state)
{
    STORY(w);
    struct event a = world_admit(&w, 1, 0, 1000), b = world_admit(&w, 2, 1, 500);
    struct event c = world_admit(&w, 3, 1, 2000), gone = world_admit(&w, 4, 1, 3000);
    world_put(&w, &a, F_NAME, "a");
    world_put(&w, &b, F_NAME, "b"); /* loses to a's clock, leaves no claim there, but was an edit */
    w.entries[2].base_size = 2;     /* c saw b */
    world_put(&w, &c, F_NAME, "c");
    w.entries[3].base_size = 2; /* the delete saw b and not c */
    world_op(&w, &gone, OP_DELETE);
    assert_true(w.record.live && w.record.conflict);
    assert_int_equal(w.record.fields[0].claim_count, 2);

    struct event d = world_admit(&w, 5, 4, 4000);
    world_resolve(&w, &d, 0, value_int(0), (const struct stamp[]){c.at, gone.at}, 2);
    assert_false(w.record.live);
    assert_false(w.record.conflict);
    world_release(&w);
}

static void who_knew_of_both_does_not_decide(void **state)
{
    STORY(w);
    struct event a = world_admit(&w, 1, 0, 1000), gone = world_admit(&w, 2, 1, 2000);
    struct event edit = world_admit(&w, 1, 1, 3000), c = world_admit(&w, 3, 3, 4000);
    world_put(&w, &a, F_NAME, "a");
    world_op(&w, &gone, OP_DELETE);
    world_put(&w, &edit, F_NAME, "b");
    assert_true(w.record.conflict);
    world_op(&w, &c, OP_DELETE);
    assert_true(w.record.conflict);
    assert_int_equal(w.record.fields[0].claim_count, 3);
    world_put(&w, &c, F_NAME, "c"); /* an edit of a conflicted record keeps it conflicted */
    assert_true(w.record.live && w.record.conflict);
    world_release(&w);
}

static void resolving_a_field_says_nothing_about_existence(void **state)
{
    STORY(w);
    struct event a = world_admit(&w, 1, 0, 1000), gone = world_admit(&w, 2, 1, 2000);
    struct event c = world_admit(&w, 1, 2, 3000);
    world_put(&w, &a, F_PHONE, "a");
    world_op(&w, &gone, OP_DELETE);
    world_resolve(&w, &c, F_PHONE, text("b"), NULL, 0);
    assert_false(w.record.live); /* edited in full knowledge of the delete */
    world_resolve(&w, &c, 0, value_null(), NULL, 0);
    world_apply(&w, &c, &(struct op){.code = OP_RESOLVE});
    assert_false(w.record.live);
    world_resolve(&w, &c, 0, value_int(1), &gone.at, 1);
    assert_true(w.record.live);
    assert_false(w.record.fields[0].conflict);
    world_release(&w);
}

static void what_is_not_known_is_passed_over(void **state)
{
    STORY(w);
    struct event a = world_admit(&w, 1, 0, 1000);
    for (uint32_t code = 11; code < 24; code++)
        world_op(&w, &a, code);
    assert_false(w.record.known);
    const uint32_t fields[] = {0, F_STRANGE, F_LAST + 1, OP_FIELD_MAX, F_NAME};
    const struct value one = value_int(1);
    for (size_t i = 0; i < ARRAY_LENGTH(fields); i++) {
        world_apply(&w, &a, &(struct op){.code = OP_STATE, .field = fields[i], .to = one});
        world_apply(&w, &a, &(struct op){.code = OP_COUNTER, .field = fields[i], .delta = 1});
        world_apply(&w, &a,
                    &(struct op){.code = OP_SET, .field = fields[i], .add_count = 1, .adds = &one});
        if (fields[i] != F_NAME)
            world_put(&w, &a, fields[i], "x");
    }
    world_put(&w, &a, F_TAGS, "x");
    world_put(&w, &a, F_VISITS, "x");
    for (uint32_t no = 1; no < w.record.field_count; no++)
        assert_int_equal(w.record.fields[no].claim_count, 0);
    assert_true(w.record.live);
    assert_int_equal(w.reports, 0);
    world_release(&w);
}

/* ---- links ---- */

static const struct record_id LOW = {{1}}, HIGH = {{9}}, HIGHER = {{9, 1}};

static void link_to(struct world *w, const struct event *event, const struct record_id *other,
                    bool same)
{
    world_apply(w, event,
                &(struct op){.code = OP_LINK, .record = WORLD_ID, .other = *other, .link = same});
}

static void a_pair_is_kept_with_its_smaller_id(void **state)
{
    STORY(w);
    struct event a = world_admit(&w, 1, 0, 1000);
    link_to(&w, &a, &LOW, true);
    assert_int_equal(w.record.link_count, 0);
    assert_false(record_is_kept(&w.record));
    link_to(&w, &a, &HIGH, true);
    assert_int_equal(link_word(&w.record, &HIGH), LINK_SAME);
    assert_int_equal(link_word(&w.record, &HIGHER), LINK_UNSAID);
    world_apply(&w, &a,
                &(struct op){
                    .code = OP_LINK, .record = HIGHER, .other = WORLD_ID, .link = true}); /* b, a */
    assert_int_equal(link_word(&w.record, &HIGHER), LINK_SAME);
    assert_true(record_is_kept(&w.record));
    assert_false(w.record.known); /* nothing was said about the record itself */
    world_release(&w);
}

static void an_unlink_takes_out_the_links_it_has_seen(void **state)
{
    STORY(w);
    struct event a = world_admit(&w, 1, 0, 1000), b = world_admit(&w, 2, 1, 2000);
    link_to(&w, &a, &HIGH, true);
    link_to(&w, &a, &HIGHER, true);
    link_to(&w, &b, &HIGH, false);
    assert_int_equal(link_word(&w.record, &HIGH), LINK_APART);
    assert_int_equal(link_word(&w.record, &HIGHER), LINK_SAME); /* another pair */
    struct event again = world_admit(&w, 1, 2, 3000);
    link_to(&w, &again, &HIGH, true);
    assert_int_equal(link_word(&w.record, &HIGH), LINK_SAME);
    assert_int_equal(w.record.link_count, 2); /* what it had seen is gone */
    world_release(&w);
}

static void a_link_wins_over_an_unlink_that_did_not_know_of_it(void **state)
{
    STORY(w);
    struct event first = world_admit(&w, 0, 0, 500), a = world_admit(&w, 1, 1, 1000),
                 b = world_admit(&w, 2, 1, 9000);
    link_to(&w, &first, &HIGH, true);
    link_to(&w, &a, &HIGH, true);
    link_to(&w, &b, &HIGH, false); /* later by the clock; saw the first only */
    assert_int_equal(link_word(&w.record, &HIGH), LINK_SAME);
    assert_int_equal(w.record.link_count, 2);
    struct event c = world_admit(&w, 2, 3, 9500);
    link_to(&w, &c, &HIGH, false);
    assert_int_equal(link_word(&w.record, &HIGH), LINK_APART);
    assert_int_equal(w.record.link_count, 1);
    world_release(&w);
}

static void a_word_that_nobody_contradicts_is_remembered(void **state)
{
    STORY(w);
    struct event a = world_admit(&w, 1, 0, 1000);
    link_to(&w, &a, &HIGH, false);
    assert_int_equal(link_word(&w.record, &HIGH), LINK_APART);
    world_release(&w);
}

static void there_is_an_end_to_links(void **state)
{
    STORY(w);
    struct event a = world_admit(&w, 1, 0, 1000);
    struct record_id other = {{9}};
    for (uint32_t i = 0; i <= LINKS_MAX; i++) {
        other.b[1] = (uint8_t)i;
        other.b[2] = (uint8_t)(i >> 8);
        const struct op op = {
            .code = OP_LINK, .record = WORLD_ID, .other = other, .link = i != 3 && i != 4};
        merge_apply(&w.record, &op, &a, &w.context);
    }
    assert_int_equal(w.record.link_count, LINKS_MAX); /* the first "apart" has made room */
    const struct record_id third = {{9, 3}}, fourth = {{9, 4}};
    assert_int_equal(link_word(&w.record, &third), LINK_UNSAID);
    assert_int_equal(link_word(&w.record, &fourth), LINK_APART);
    assert_int_equal(link_word(&w.record, &other), LINK_SAME);
    link_to(&w, &a, &(struct record_id){{9, 0, 9}}, true);
    assert_int_equal(link_word(&w.record, &fourth), LINK_UNSAID);
    link_to(&w, &a, &(struct record_id){{9, 0, 10}}, true); /* none is left to be forgotten */
    assert_int_equal(link_word(&w.record, &(struct record_id){{9, 0, 10}}), LINK_UNSAID);
    assert_int_equal(w.record.link_count, LINKS_MAX);
    world_release(&w);
}

/* ---- moves ---- */

#define HERE slice_str("g.example/622924101001")
#define THERE slice_str("g.example/622924101002")

static void leave(struct world *w, const struct event *event, uint32_t hop)
{
    world_apply(w, event, &(struct op){.code = OP_OUT, .origin = THERE, .hop = hop});
}

static void arrive(struct world *w, const struct event *event, uint32_t hop, const char *name)
{
    struct op_field *f = arena_alloc(&w->arena, 3 * sizeof *f);
    f[0] = (struct op_field){F_NAME, text(name)};
    f[1] = (struct op_field){F_STATUS, text(name)};
    f[2] = (struct op_field){OP_IN_WRITER + F_STATUS, text("T")};
    world_apply(
        w, event,
        &(struct op){.code = OP_IN, .origin = THERE, .hop = hop, .field_count = 3, .fields = f});
}

static void what_nobody_vouches_for_has_the_lowest_rank(void **state)
{
    STORY(w);
    struct event in = world_admit(&w, 0, 0, 1000), again = world_admit(&w, 0, 1, 2000);
    struct op_field f[] = {{F_STATUS, text("s")},
                           {F_VISITS, text("none")}, /* void by the rules, yet it does no harm */
                           {OP_IN_WRITER + F_STATUS, value_int(1)}};
    struct op op = {.code = OP_IN, .origin = THERE, .hop = 1, .field_count = 3, .fields = f};
    world_apply(&w, &in, &op);
    assert_int_equal(w.record.fields[F_STATUS].claims[0].rank, 255);
    assert_int_equal(w.record.fields[F_VISITS].claim_count, 0);
    struct op_field g[] = {{F_STATUS, text("s")}, {OP_IN_WRITER + F_STATUS, text("C:nobody")}};
    op.hop = 2;
    op.field_count = 2;
    op.fields = g;
    world_apply(&w, &again, &op);
    assert_int_equal(w.record.fields[F_STATUS].claims[0].rank, 255);
    world_release(&w);
}

static void the_smallest_hops_are_forgotten_first(void **state)
{
    STORY(w);
    struct event a = world_admit(&w, 1, 0, 1000), b = world_admit(&w, 1, 1, 2000);
    world_put(&w, &a, F_NAME, "a");
    for (uint32_t hop = MOVES_MAX + 4; hop > 4; hop--) /* falling, as nobody sensible does */
        leave(&w, &b, hop);
    assert_int_equal(w.record.move_count, MOVES_MAX);
    leave(&w, &b, 1000);
    assert_int_equal(w.record.move_count, MOVES_MAX);
    for (uint32_t i = 0; i < MOVES_MAX; i++)
        assert_int_not_equal(w.record.moves[i].hop, 5);
    world_release(&w);
}

static void a_record_leaves_and_comes_back_with_what_it_brings(void **state)
{
    STORY(w);
    struct event a = world_admit(&w, 1, 0, 1000), out = world_admit(&w, 0, 1, 2000);
    struct event in = world_admit(&w, 0, 2, 3000), b = world_admit(&w, 1, 3, 4000);
    const struct value tag = text("old");
    world_put(&w, &a, F_NAME, "old");
    world_put(&w, &a, F_LAST, "old");
    world_put(&w, &a, F_STATUS, "old");
    world_apply(&w, &a, &(struct op){.code = OP_COUNTER, .field = F_VISITS, .delta = 7});
    world_apply(&w, &a,
                &(struct op){.code = OP_SET, .field = F_TAGS, .add_count = 1, .adds = &tag});
    leave(&w, &out, 1);
    assert_true(w.record.in_transit);
    assert_value(&w, F_NAME, "old"); /* still to be read here */
    arrive(&w, &in, 2, "new");
    assert_false(w.record.in_transit);
    assert_true(w.record.live);
    assert_false(w.record.late);
    assert_value(&w, F_NAME, "new");
    assert_value(&w, F_LAST, NULL);
    assert_int_equal(w.record.fields[F_TAGS].claim_count, 0);
    assert_int_equal(w.record.fields[F_VISITS].claim_count, 0);
    assert_int_equal(w.reports, 0);
    world_put(&w, &b, F_STATUS, "village says"); /* the township's word has kept its rank */
    assert_value(&w, F_STATUS, "new");
    world_release(&w);
}

static void who_did_not_know_of_the_departure_is_late(void **state)
{
    STORY(w);
    struct event a = world_admit(&w, 1, 0, 1000), out = world_admit(&w, 0, 1, 2000);
    struct event b = world_admit(&w, 1, 1, 1500);
    world_put(&w, &a, F_NAME, "old");
    leave(&w, &out, 1);
    assert_false(w.record.late);
    world_put(&w, &b, F_NAME, "late");
    assert_true(w.record.late);
    assert_true(w.record.in_transit);
    world_release(&w);
}

static void who_was_admitted_before_but_not_known_is_late_too(void **state)
{
    STORY(w);
    struct event a = world_admit(&w, 1, 0, 1000), b = world_admit(&w, 1, 1, 1500);
    struct event out = world_admit(&w, 0, 1, 2000);
    world_put(&w, &a, F_NAME, "old");
    world_put(&w, &b, F_NAME, "late");
    leave(&w, &out, 1);
    assert_true(w.record.late);
    world_release(&w);
}

static void the_first_out_of_a_hop_stands(void **state)
{
    STORY(w);
    struct event a = world_admit(&w, 1, 0, 1000), x = world_admit(&w, 0, 1, 3000);
    struct event y = world_admit(&w, 2, 1, 2000);
    world_put(&w, &a, F_NAME, "old");
    leave(&w, &x, 1);
    world_apply(&w, &y, &(struct op){.code = OP_OUT, .origin = HERE, .hop = 1});
    assert_int_equal(w.record.move_count, 1);
    assert_true(slice_equal(record_departure(&w.record)->other, THERE));
    world_release(&w);
}

static void a_second_in_of_the_same_hop_adds_and_older_ones_say_nothing(void **state)
{
    STORY(w);
    struct event in = world_admit(&w, 0, 0, 1000), again = world_admit(&w, 3, 1, 2000);
    const struct op_field sum = {F_VISITS, value_int(5)}, phone = {F_PHONE, text("brought")};
    arrive(&w, &in, 3, "first");
    world_put(&w, &in, F_LAST, "stays");
    arrive(&w, &again, 3, "taken over");
    world_apply(
        &w, &again,
        &(struct op){.code = OP_IN, .origin = THERE, .hop = 3, .field_count = 1, .fields = &sum});
    world_apply(
        &w, &again,
        &(struct op){.code = OP_IN, .origin = THERE, .hop = 3, .field_count = 1, .fields = &phone});
    assert_value(&w, F_NAME, "taken over");
    assert_value(&w, F_LAST, "stays");
    assert_value(&w, F_PHONE, "brought");
    assert_int_equal(w.record.fields[F_VISITS].claim_count, 0); /* a sum comes once */
    arrive(&w, &again, 2, "stale");
    assert_value(&w, F_NAME, "taken over");
    world_apply(&w, &again, &(struct op){.code = OP_IN, .origin = HERE, .hop = 3});
    assert_int_equal(w.record.move_count, 1);
    world_release(&w);
}

static void a_conflict_after_the_arrival_looks_no_further_back(void **state)
{
    STORY(w);
    struct event old = world_admit(&w, 1, 0, 1), away = world_admit(&w, 0, 1, 2);
    struct event in = world_admit(&w, 0, 2, 3), a = world_admit(&w, 1, 3, 2000);
    struct event b = world_admit(&w, 2, 1, 1000); /* had seen neither out nor in */
    const struct op_field phone = {F_PHONE, text("brought")};
    world_put(&w, &old, F_PHONE, "long ago");
    leave(&w, &away, 1);
    world_apply(
        &w, &in,
        &(struct op){.code = OP_IN, .origin = THERE, .hop = 2, .field_count = 1, .fields = &phone});
    world_put(&w, &a, F_PHONE, "a");
    world_put(&w, &b, F_PHONE, "b");
    assert_true(w.record.conflict);
    assert_int_equal(w.record.fields[F_PHONE].prefix, 3);
    world_settle(&w);
    assert_value(&w, F_PHONE, "brought");
    world_release(&w);
}

static void an_arrival_in_the_overlay_has_no_past(void **state)
{
    STORY(w);
    struct event old = world_admit(&w, 1, 0, 1), in = world_admit(&w, 0, 1, 9000);
    struct event b = world_admit(&w, 2, 1, 8000);
    const struct op_field phone = {F_PHONE, text("brought")};
    w.leaves[1] = in.at.leaf = LEAF_OVERLAY;
    w.leaves[2] = b.at.leaf = LEAF_OVERLAY + 1;
    world_put(&w, &old, F_PHONE, "long ago");
    world_apply(
        &w, &in,
        &(struct op){.code = OP_IN, .origin = THERE, .hop = 2, .field_count = 1, .fields = &phone});
    world_put(&w, &b, F_PHONE, "b");
    assert_true(w.record.conflict);
    assert_value(&w, F_PHONE, "b"); /* the earliest */
    world_release(&w);
}

static void a_table_without_fields_has_existence(void **state)
{
    STORY(w);
    const struct catalog_table bare = {.no = 9};
    record_state_init(&w.record, &bare, &WORLD_ID, &w.arena);
    struct event a = world_admit(&w, 1, 0, 1000);
    world_put(&w, &a, F_NAME, "x");
    assert_int_equal(w.record.field_count, 1);
    assert_true(w.record.live);
    world_release(&w);
}

/* ---- steps that rules of the type forbid ---- */

/* The world's table with one rule of a step; put back by the story's end. */
static void with_rule(struct world *w, const char *args)
{
    static struct catalog_rule rule;
    static const char *words[12];
    static char text_of[200];
    size_t n = 0;
    snprintf(text_of, sizeof text_of, "%s", args);
    for (char *word = strtok(text_of, " "); word; word = strtok(NULL, " "))
        words[n++] = word;
    rule = (struct catalog_rule){.no = 1, .kind = "step", .args = words, .arg_count = n};
    world_table.rules = &rule;
    world_table.rule_count = 1;
    static struct catalog cat;
    catalog_release(&cat);
    catalog_init(&cat);
    workflow_compile(&cat, &world_table, &w->arena);
    assert_non_null(world_table.flows);
}

static void without_rules(void)
{
    world_table.rules = NULL;
    world_table.rule_count = 0;
    world_table.flows = NULL;
}

static void a_forbidden_step_does_not_count_and_is_reported(void **state)
{
    STORY(w);
    with_rule(&w, "stage draft public T");
    struct event first = world_admit(&w, 1, 0, 1), village = world_admit(&w, 1, 1, 2);
    world_step(&w, &first, NULL, "draft");
    village.role_bit = 0;
    world_step(&w, &village, "draft", "public");
    assert_value(&w, F_STAGE, "draft");
    assert_int_equal(w.reports, 1);
    assert_int_equal(w.report_why, OVERRULED_ILLEGAL_STEP);
    struct event township = world_admit(&w, 2, 2, 3);
    township.role_bit = 2;
    world_step(&w, &township, "draft", "public");
    assert_value(&w, F_STAGE, "public");
    without_rules();
    world_release(&w);
}

/* A plain put was the first step; all that is left of it is that something was said there. */
static void a_first_state_that_was_erased_stands(void **state)
{
    STORY(w);
    struct event first = world_admit(&w, 1, 0, 1);
    struct op_field gone = {F_STAGE, value_erased()};
    world_apply(&w, &first, &(struct op){.code = OP_PUT, .field_count = 1, .fields = &gone});
    assert_int_equal(w.record.fields[F_STAGE].claim_count, 1);
    assert_int_equal(w.record.fields[F_STAGE].value.kind, VALUE_ERASED);
    assert_int_equal(w.reports, 0);
    world_release(&w);
}

static void a_step_sees_what_its_own_change_has_put(void **state)
{
    STORY(w);
    with_rule(&w, "stage draft public * needs name");
    struct event first = world_admit(&w, 1, 0, 1), later = world_admit(&w, 1, 1, 2);
    world_step(&w, &first, NULL, "draft");
    world_step(&w, &later, "draft", "public");
    assert_value(&w, F_STAGE, "draft");
    world_put(&w, &later, F_NAME, "named");
    world_step(&w, &later, "draft", "public");
    assert_value(&w, F_STAGE, "public");
    without_rules();
    world_release(&w);
}

static void what_is_in_conflict_is_as_good_as_empty(void **state)
{
    STORY(w);
    with_rule(&w, "stage draft public * needs phone");
    struct event first = world_admit(&w, 1, 0, 1);
    world_step(&w, &first, NULL, "draft");
    struct event a = world_admit(&w, 1, 1, 2), b = world_admit(&w, 2, 1, 3);
    world_put(&w, &a, F_PHONE, "1");
    world_put(&w, &b, F_PHONE, "2");
    struct event c = world_admit(&w, 1, 3, 4);
    world_step(&w, &c, "draft", "public");
    assert_value(&w, F_STAGE, "draft");
    world_resolve(&w, &c, F_PHONE, text("1"), (struct stamp[]){a.at, b.at}, 2);
    world_step(&w, &c, "draft", "public");
    assert_value(&w, F_STAGE, "public");
    without_rules();
    world_release(&w);
}

/* Of a set its elements are counted. */
static void a_step_counts_the_elements_of_a_set(void **state)
{
    STORY(w);
    with_rule(&w, "stage draft public * when tags>=2");
    struct event a = world_admit(&w, 1, 0, 1);
    world_step(&w, &a, NULL, "draft");
    add_remove(&w, &a, "x", NULL);
    world_step(&w, &a, "draft", "public");
    assert_value(&w, F_STAGE, "draft");
    add_remove(&w, &a, "y", NULL);
    world_step(&w, &a, "draft", "public");
    assert_value(&w, F_STAGE, "public");
    without_rules();
    world_release(&w);
}

/* A state that was made for a smaller catalog has no room for a field that came later. */
static void what_there_is_no_room_for_is_empty(void **state)
{
    STORY(w);
    world_table.field_count = WORLD_FIELDS - 1;
    record_state_init(&w.record, &world_table, &WORLD_ID, &w.arena);
    world_table.field_count = WORLD_FIELDS;
    with_rule(&w, "stage draft public * needs last");
    struct event a = world_admit(&w, 1, 0, 1);
    world_step(&w, &a, NULL, "draft");
    world_put(&w, &a, F_LAST, "x");
    world_step(&w, &a, "draft", "public");
    assert_value(&w, F_STAGE, "draft");
    assert_int_equal(w.report_why, OVERRULED_ILLEGAL_STEP);
    without_rules();
    world_release(&w);
}

static void who_handled_it_does_not_call_back(void **state)
{
    STORY(w);
    with_rule(&w, "stage draft public * not_by name when today=\"1970-01-02\"");
    struct event first = world_admit(&w, 1, 0, 1), next = world_admit(&w, 1, 1, 86400000);
    world_step(&w, &first, NULL, "draft");
    next.person[0] = 0xaa;
    world_put(&w, &first, F_NAME, "aa000000000000000000000000000000");
    world_step(&w, &next, "draft", "public");
    assert_value(&w, F_STAGE, "draft");
    next.person[0] = 0xbb;
    world_step(&w, &next, "draft", "public");
    assert_value(&w, F_STAGE, "public");
    without_rules();
    world_release(&w);
}

/* ---- what a decision cannot say ---- */

/* Two took different steps from one state; a person chooses one of them, and nothing else. */
static void a_decision_takes_no_step(void **state)
{
    STORY(w);
    struct event first = world_admit(&w, 1, 0, 1);
    world_step(&w, &first, NULL, "draft");
    struct event a = world_admit(&w, 1, 1, 2), b = world_admit(&w, 2, 1, 3);
    world_resolve(&w, &a, F_STAGE, text("public"), &first.at, 1); /* nothing is in conflict */
    assert_value(&w, F_STAGE, "draft");
    assert_int_equal(w.record.fields[F_STAGE].claim_count, 1);
    assert_int_equal(w.reports, 1);
    assert_int_equal(w.report_why, OVERRULED_ILLEGAL_STEP);
    world_resolve(&w, &a, F_STAGE, text("draft"), &first.at, 1); /* it stays what it is */
    assert_value(&w, F_STAGE, "draft");
    world_step(&w, &a, "draft", "public");
    world_step(&w, &b, "draft", "dropped");
    assert_true(w.record.conflict);
    struct event c = world_admit(&w, 1, 3, 4);
    const struct stamp both[] = {a.at, b.at};
    world_resolve(&w, &c, F_STAGE, text("bad"), both, 2);
    world_resolve(&w, &c, F_STAGE, value_null(), both, 2);
    assert_true(w.record.conflict);
    assert_int_equal(w.reports, 3);
    world_resolve(&w, &c, F_STAGE, text("dropped"), both, 2);
    assert_false(w.record.conflict);
    assert_value(&w, F_STAGE, "dropped");
    world_release(&w);
}

/* Nothing was said yet, and saying that it is nothing changes that little. */
static void a_decision_for_nothing_says_nothing(void **state)
{
    STORY(w);
    struct event a = world_admit(&w, 1, 0, 1);
    world_resolve(&w, &a, F_STAGE, value_null(), NULL, 0);
    assert_int_equal(w.record.fields[F_STAGE].claim_count, 0);
    assert_int_equal(w.reports, 0);
    world_release(&w);
}

static void an_erased_decision_was_one(void **state)
{
    STORY(w);
    struct event a = world_admit(&w, 1, 0, 1), b = world_admit(&w, 1, 1, 2);
    world_step(&w, &a, NULL, "draft");
    world_resolve(&w, &b, F_STAGE, value_erased(), &a.at, 1);
    assert_int_equal(w.record.fields[F_STAGE].claim_count, 1);
    assert_int_equal(w.record.fields[F_STAGE].value.kind, VALUE_ERASED);
    world_release(&w);
}

#define PERSON_AA "aa000000000000000000000000000000"
#define PERSON_BB "bb000000000000000000000000000000"

/* Who did something is said by whoever did it; a decision repeats it and makes nothing up. */
static void a_decision_speaks_in_nobodys_name(void **state)
{
    STORY(w);
    static const uint32_t fields[] = {F_NAME, F_PHONE, F_BORN, F_STATUS};
    struct event a = world_admit(&w, 1, 0, 1), b = world_admit(&w, 2, 1, 2);
    b.person[0] = 0xbb;
    for (size_t i = 0; i < ARRAY_LENGTH(fields); i++) {
        const uint32_t no = fields[i];
        const uint32_t reports = w.reports;
        struct catalog_field *field = (struct catalog_field *)w.record.fields[no].field;
        field->holds_author = true;
        world_put(&w, &a, no, PERSON_AA);
        world_resolve(&w, &b, no, text("cc000000000000000000000000000000"), &a.at, 1);
        assert_value(&w, no, PERSON_AA);
        assert_int_equal(w.reports, reports + 1);
        world_resolve(&w, &b, no, value_int(7), &a.at, 1);
        assert_value(&w, no, PERSON_AA);
        world_resolve(&w, &b, no, text(PERSON_AA), &a.at, 1);
        assert_value(&w, no, PERSON_AA);
        world_resolve(&w, &b, no, text(PERSON_BB), (struct stamp[]){a.at, b.at}, 2);
        assert_value(&w, no, PERSON_BB);
        world_resolve(&w, &b, no, value_null(), &b.at, 1);
        assert_value(&w, no, NULL);
        field->holds_author = false;
    }
    world_release(&w);
}

/* A group is one value: if a member of it cannot be said, none is. */
static void of_a_group_nothing_or_all_is_decided(void **state)
{
    STORY(w);
    struct op_field all[] = {{F_POVERTY, text("x")}, {F_INCOME, text(PERSON_AA)}};
    struct event a = world_admit(&w, 1, 0, 1), b = world_admit(&w, 2, 1, 2);
    struct catalog_field *income = (struct catalog_field *)w.record.fields[F_INCOME].field;
    income->holds_author = true;
    world_apply(&w, &a, &(struct op){.code = OP_PUT, .field_count = 2, .fields = all});
    struct op_field decided[] = {{F_POVERTY, text("y")}, {F_INCOME, text(PERSON_BB)}};
    b.named = &a.at;
    b.named_count = 1;
    world_apply(&w, &b, &(struct op){.code = OP_RESOLVE, .field_count = 2, .fields = decided});
    assert_value(&w, F_POVERTY, "x");
    assert_value(&w, F_INCOME, PERSON_AA);
    decided[1].value = text(PERSON_AA);
    world_apply(&w, &b, &(struct op){.code = OP_RESOLVE, .field_count = 2, .fields = decided});
    assert_value(&w, F_POVERTY, "y");
    assert_value(&w, F_INCOME, PERSON_AA);
    income->holds_author = false;
    world_release(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lww_reports_loser_and_winner),
        cmocka_unit_test(nobody_needs_to_listen),
        cmocka_unit_test(own_later_save_is_no_loss),
        cmocka_unit_test(authority_holds_until_withdrawn),
        cmocka_unit_test(a_writer_without_rank_is_the_lowest),
        cmocka_unit_test(two_desks_conflict_over_what_both_had_seen),
        cmocka_unit_test(a_deeper_conflict_goes_further_back),
        cmocka_unit_test(a_crowd_of_candidates_is_limited),
        cmocka_unit_test(a_first_value_survives_the_crowd),
        cmocka_unit_test(a_group_forgets_its_candidates_together),
        cmocka_unit_test(a_set_and_existence_are_limited_too),
        cmocka_unit_test(without_a_past_the_earliest_stands),
        cmocka_unit_test(a_cleared_field_has_no_past),
        cmocka_unit_test(nothing_lies_below_base_zero),
        cmocka_unit_test(the_past_is_asked_once),
        cmocka_unit_test(who_agrees_makes_no_conflict),
        cmocka_unit_test(a_group_conflicts_as_one),
        cmocka_unit_test(an_empty_group_has_no_past),
        cmocka_unit_test(groups_of_one_op_are_their_own),
        cmocka_unit_test(half_a_group_says_nothing_about_the_rest),
        cmocka_unit_test(any_prefix_can_be_asked),
        cmocka_unit_test(a_base_above_its_own_leaf_does_not_loop),
        cmocka_unit_test(after_a_change_of_policy_the_value_in_force_is_all_that_stands),
        cmocka_unit_test(the_first_that_stood_in_fold_order_lends_its_place),
        cmocka_unit_test(only_a_number_becomes_a_sum),
        cmocka_unit_test(the_past_is_folded_by_the_policies_of_its_day),
        cmocka_unit_test(many_catalogs_do_not_ask_for_ever),
        cmocka_unit_test(once_keeps_the_first),
        cmocka_unit_test(an_undeclared_step_does_not_count),
        cmocka_unit_test(a_step_on_what_one_did_not_see_joins),
        cmocka_unit_test(a_put_is_only_the_first_step),
        cmocka_unit_test(an_undeclared_word_is_the_least_bad),
        cmocka_unit_test(add_wins),
        cmocka_unit_test(counters_add_up_and_stop_at_the_ends),
        cmocka_unit_test(append_tables_are_never_updated),
        cmocka_unit_test(a_delete_keeps_the_fields),
        cmocka_unit_test(a_delete_must_have_seen_every_edit),
        cmocka_unit_test(who_knew_of_both_does_not_decide),
        cmocka_unit_test(resolving_a_field_says_nothing_about_existence),
        cmocka_unit_test(what_is_not_known_is_passed_over),
        cmocka_unit_test(a_pair_is_kept_with_its_smaller_id),
        cmocka_unit_test(an_unlink_takes_out_the_links_it_has_seen),
        cmocka_unit_test(a_link_wins_over_an_unlink_that_did_not_know_of_it),
        cmocka_unit_test(a_word_that_nobody_contradicts_is_remembered),
        cmocka_unit_test(there_is_an_end_to_links),
        cmocka_unit_test(what_nobody_vouches_for_has_the_lowest_rank),
        cmocka_unit_test(the_smallest_hops_are_forgotten_first),
        cmocka_unit_test(a_record_leaves_and_comes_back_with_what_it_brings),
        cmocka_unit_test(who_did_not_know_of_the_departure_is_late),
        cmocka_unit_test(who_was_admitted_before_but_not_known_is_late_too),
        cmocka_unit_test(the_first_out_of_a_hop_stands),
        cmocka_unit_test(a_second_in_of_the_same_hop_adds_and_older_ones_say_nothing),
        cmocka_unit_test(a_conflict_after_the_arrival_looks_no_further_back),
        cmocka_unit_test(an_arrival_in_the_overlay_has_no_past),
        cmocka_unit_test(a_table_without_fields_has_existence),
        cmocka_unit_test(a_forbidden_step_does_not_count_and_is_reported),
        cmocka_unit_test(a_first_state_that_was_erased_stands),
        cmocka_unit_test(a_step_sees_what_its_own_change_has_put),
        cmocka_unit_test(a_step_counts_the_elements_of_a_set),
        cmocka_unit_test(a_decision_takes_no_step),
        cmocka_unit_test(a_decision_for_nothing_says_nothing),
        cmocka_unit_test(an_erased_decision_was_one),
        cmocka_unit_test(a_decision_speaks_in_nobodys_name),
        cmocka_unit_test(of_a_group_nothing_or_all_is_decided),
        cmocka_unit_test(what_there_is_no_room_for_is_empty),
        cmocka_unit_test(what_is_in_conflict_is_as_good_as_empty),
        cmocka_unit_test(who_handled_it_does_not_call_back),
    };
    return cmocka_run_group_tests_name("merge/merge", tests, NULL, NULL);
}
