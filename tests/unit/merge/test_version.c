/* SPDX-License-Identifier: MulanPSL-2.0 */
/* version: what is packed comes back, stays small, and damaged bytes are refused without harm. */
#include "tests/unit/merge/world.h"

#include "shared/merge/version.h"

/* Reads packed bytes into a fresh state that has the given state's columns. */
static enum status load(struct world *w, struct slice packed, struct record_state *loaded)
{
    record_state_init(loaded, &world_table, &WORLD_ID, &w->arena);
    for (uint32_t no = 1; no < loaded->field_count; no++) {
        if (no != F_TAGS)
            loaded->fields[no].value = w->record.fields[no].value;
    }
    return version_unpack(packed, loaded, &w->arena, NULL);
}

static void assert_same_claims(const struct field_state *a, const struct field_state *b)
{
    assert_int_equal(a->claim_count, b->claim_count);
    assert_int_equal(a->conflict, b->conflict);
    for (uint32_t i = 0; i < a->claim_count; i++) {
        assert_int_equal(stamp_compare(&a->claims[i].at, &b->claims[i].at), 0);
        assert_int_equal(a->claims[i].rank, b->claims[i].rank);
        assert_true(value_equal(&a->claims[i].value, &b->claims[i].value));
    }
}

/* Packs, reads back, compares; returns the packed size. */
static size_t round_trip(struct world *w)
{
    struct buf packed;
    struct record_state loaded;
    buf_init(&packed, VERSION_MAX);
    version_pack(&w->record, &packed);
    assert_true(buf_ok(&packed));
    assert_int_equal(load(w, buf_slice(&packed), &loaded), ST_OK);
    assert_int_equal(loaded.known, w->record.known);
    assert_int_equal(loaded.live, w->record.live);
    assert_int_equal(loaded.conflict, w->record.conflict);
    assert_int_equal(loaded.in_transit, w->record.in_transit);
    assert_int_equal(loaded.late, w->record.late);
    assert_int_equal(loaded.move_count, w->record.move_count);
    for (uint32_t i = 0; i < loaded.move_count; i++) {
        const struct move *a = &loaded.moves[i], *b = &w->record.moves[i];
        assert_true(a->in == b->in && a->hop == b->hop && slice_equal(a->other, b->other));
        assert_int_equal(stamp_compare(&a->at, &b->at), 0);
    }
    assert_int_equal(loaded.link_count, w->record.link_count);
    for (uint32_t i = 0; i < loaded.link_count; i++) {
        const struct link_claim *a = &loaded.links[i], *b = &w->record.links[i];
        assert_true(a->same == b->same && record_id_equal(&a->other, &b->other));
        assert_int_equal(stamp_compare(&a->at, &b->at), 0);
    }
    assert_int_equal(stamp_compare(&loaded.created, &w->record.created), 0);
    assert_int_equal(stamp_compare(&loaded.last, &w->record.last), 0);
    for (uint32_t no = 0; no < loaded.field_count; no++) {
        assert_same_claims(&loaded.fields[no], &w->record.fields[no]);
        assert_false(loaded.fields[no].changed);
    }
    int64_t first_ms, last_ms;
    assert_true(version_written(buf_slice(&packed), &first_ms, &last_ms));
    assert_int_equal(first_ms, w->record.created.effective_ms);
    assert_int_equal(last_ms, w->record.last.effective_ms);
    size_t size = packed.n;
    buf_release(&packed);
    return size;
}

static void put_many(struct world *w, const struct event *event, const char *value)
{
    static const uint32_t all[] = {F_NAME, F_PHONE, F_POVERTY, F_INCOME, F_BORN, F_ORIGIN, F_LAST};
    for (size_t i = 0; i < ARRAY_LENGTH(all); i++)
        world_put(w, event, all[i], value);
}

static void an_unknown_record_packs(void **state)
{
    (void)state;
    struct world w;
    world_init(&w);
    assert_true(round_trip(&w) <= 9);
    world_release(&w);
}

static void links_come_back(void **state)
{
    (void)state;
    struct world w;
    world_init(&w);
    struct event a = world_admit(&w, 1, 0, 1000), b = world_admit(&w, 2, 0, 2000);
    struct op op = {.code = OP_LINK, .record = WORLD_ID, .other = {{9}}, .link = true};
    size_t before = round_trip(&w);
    world_apply(&w, &a, &op);
    assert_int_equal(w.record.link_count, 1);
    assert_true(round_trip(&w) <= before + RECORD_ID_SIZE + 8);
    op.link = false;
    world_apply(&w, &b, &op);
    world_put(&w, &b, F_NAME, "a");
    assert_int_equal(w.record.link_count, 2);
    round_trip(&w);
    world_release(&w);
}

static void moves_come_back(void **state)
{
    (void)state;
    struct world w;
    world_init(&w);
    struct event a = world_admit(&w, 1, 0, 1000), b = world_admit(&w, 2, 0, 2000);
    const struct slice there = slice_str("g.example/622924101002");
    world_put(&w, &a, F_NAME, "a");
    world_apply(&w, &b, &(struct op){.code = OP_OUT, .origin = there, .hop = 1});
    assert_true(w.record.late && w.record.in_transit);
    round_trip(&w);
    for (uint32_t hop = 2; hop <= 3 * MOVES_MAX; hop++) {
        struct op move = {.code = hop % 2 ? OP_OUT : OP_IN, .origin = there, .hop = hop};
        world_apply(&w, &b, &move);
    }
    assert_int_equal(w.record.move_count, MOVES_MAX); /* the latest ones */
    assert_int_equal(w.record.moves[0].hop, 2 * MOVES_MAX + 1);
    round_trip(&w);
    world_release(&w);
}

static void a_record_written_once_is_small(void **state)
{
    (void)state;
    struct world w;
    world_init(&w);
    w.size = 4711;
    struct event a = world_admit(&w, 1, 0, 1767225600000);
    a.at.position = 1234;
    put_many(&w, &a, "value");
    assert_true(round_trip(&w) <= 16); /* 2 + flags 1 + stamp 6 + 2 + 2 + bitmap 2 */
    world_release(&w);
}

static void a_later_edit_costs_a_stamp(void **state)
{
    (void)state;
    struct world w;
    world_init(&w);
    struct event a = world_admit(&w, 1, 0, 1767225600000);
    struct event b = world_admit(&w, 1, 1, 1767225600000 + 86400000);
    put_many(&w, &a, "value");
    size_t before = round_trip(&w);
    world_put(&w, &b, F_NAME, "again");
    /* last: 4 + 1 + 1; existence and the field: 2 each */
    assert_true(round_trip(&w) <= before + 10);
    world_release(&w);
}

static void every_kind_of_claim_comes_back(void **state)
{
    (void)state;
    static const struct value adds[] = {{.kind = VALUE_INT, .i = -3},
                                        {.kind = VALUE_DECIMAL, .i = 15, .exponent = -1}};
    struct world w;
    world_init(&w);
    struct event a = world_admit(&w, 1, 0, 5000), b = world_admit(&w, 2, 0, 4000);
    struct event town = world_admit(&w, 0, 0, INT64_MAX), c = world_admit(&w, 3, 2, INT64_MIN);
    put_many(&w, &a, "a");
    put_many(&w, &b, "b");
    world_step(&w, &a, NULL, "draft");
    world_step(&w, &b, NULL, "draft");
    world_put(&w, &a, F_STATUS, "village");
    round_trip(&w); /* one claim with a rank */
    world_put(&w, &town, F_STATUS, "town");
    world_put(&w, &a, F_ROLL, "safe");
    world_put(&w, &b, F_ROLL, "lost");
    world_apply(&w, &a, &(struct op){.code = OP_COUNTER, .field = F_VISITS, .delta = 7});
    world_apply(&w, &a,
                &(struct op){.code = OP_SET, .field = F_TAGS, .add_count = 1, .adds = adds});
    round_trip(&w); /* a set of one */
    world_apply(&w, &b,
                &(struct op){.code = OP_SET, .field = F_TAGS, .add_count = 2, .adds = adds});
    world_op(&w, &c, OP_DELETE);
    world_settle(&w);
    round_trip(&w);
    assert_true(w.record.conflict);
    world_release(&w);
}

static void a_value_that_is_not_the_columns_is_written(void **state)
{
    (void)state;
    struct world w;
    world_init(&w);
    struct event a = world_admit(&w, 1, 0, 5000);
    world_put(&w, &a, F_NAME, "a");
    w.record.fields[F_NAME].value = text("the column says otherwise");
    round_trip(&w);
    world_release(&w);
}

static void a_deleted_record_comes_back_deleted(void **state)
{
    (void)state;
    struct world w;
    world_init(&w);
    struct event a = world_admit(&w, 1, 0, 5000), b = world_admit(&w, 2, 1, 6000);
    world_put(&w, &a, F_NAME, "a");
    world_op(&w, &b, OP_DELETE);
    assert_false(w.record.live);
    round_trip(&w);
    world_release(&w);
}

static void overlay_leaves_come_back(void **state)
{
    (void)state;
    struct world w;
    world_init(&w);
    struct event a = world_admit(&w, 1, 0, 5000), b = world_admit(&w, 2, 1, 6000);
    put_many(&w, &a, "a");
    w.leaves[1] = b.at.leaf = LEAF_OVERLAY + 3;
    world_put(&w, &b, F_NAME, "b");
    round_trip(&w);
    world_release(&w);
}

static void what_was_adopted_keeps_its_place(void **state)
{
    (void)state;
    struct world w;
    world_init(&w);
    struct event a = world_admit(&w, 1, 0, 5000), b = world_admit(&w, 2, 0, 6000);
    put_many(&w, &a, "a");
    b.at.adopted = 40;
    world_put(&w, &b, F_PHONE, "b");
    world_put(&w, &b, F_STATUS, "b");
    const struct field_state *phone = &w.record.fields[F_PHONE];
    assert_int_equal(stamp_place(&phone->claims[phone->claim_count - 1].at), 40);
    round_trip(&w);
    world_release(&w);
}

static void claims_of_a_retired_field_are_kept(void **state)
{
    (void)state;
    struct world w;
    world_init(&w);
    struct event a = world_admit(&w, 1, 0, 5000), b = world_admit(&w, 2, 0, 6000);
    world_put(&w, &a, F_NAME, "a");
    world_put(&w, &a, F_PHONE, "a");
    world_put(&w, &b, F_PHONE, "b");
    w.record.fields[F_NAME].field = NULL; /* no column to look into any more */
    w.record.fields[F_PHONE].field = NULL;
    struct buf packed;
    struct record_state loaded;
    buf_init(&packed, VERSION_MAX);
    version_pack(&w.record, &packed);
    record_state_init(&loaded, &world_table, &WORLD_ID, &w.arena);
    loaded.fields[F_NAME].field = NULL;
    loaded.fields[F_PHONE].field = NULL;
    assert_int_equal(version_unpack(buf_slice(&packed), &loaded, &w.arena, NULL), ST_OK);
    assert_true(value_equal(&loaded.fields[F_NAME].claims[0].value,
                            &w.record.fields[F_NAME].claims[0].value));
    assert_int_equal(loaded.fields[F_PHONE].claim_count, 2);
    assert_false(loaded.conflict);
    buf_release(&packed);
    world_release(&w);
}

/* ---- damage ---- */

static void whatever_the_damage_it_is_refused_or_read(void **state)
{
    (void)state;
    static const struct value add = {.kind = VALUE_INT, .i = 1};
    struct world w;
    world_init(&w);
    struct event a = world_admit(&w, 1, 0, 5000), b = world_admit(&w, 2, 0, 4000);
    put_many(&w, &a, "a");
    world_put(&w, &a, F_STATUS, "a");
    world_put(&w, &b, F_PHONE, "b");
    world_apply(&w, &b,
                &(struct op){.code = OP_SET, .field = F_TAGS, .add_count = 1, .adds = &add});
    world_apply(&w, &a,
                &(struct op){.code = OP_LINK, .record = WORLD_ID, .other = {{9}}, .link = true});
    struct buf packed;
    struct record_state loaded;
    buf_init(&packed, VERSION_MAX);
    version_pack(&w.record, &packed);

    /* copies of exactly the size, so that a sanitizer sees every step beyond */
    for (size_t n = 0; n < packed.n; n++) {
        uint8_t *cut = mem_alloc(n);
        memcpy(cut, packed.p, n);
        enum status st = load(&w, slice_of(cut, n), &loaded);
        assert_true(st == ST_OK || st == ST_DAMAGED);
        mem_free(cut);
    }
    size_t refused = 0;
    for (size_t i = 0; i < packed.n * 256; i++) {
        uint8_t *bent = mem_alloc(packed.n);
        memcpy(bent, packed.p, packed.n);
        bent[i / 256] = (uint8_t)i;
        enum status st = load(&w, slice_of(bent, packed.n), &loaded);
        assert_true(st == ST_OK || st == ST_DAMAGED);
        refused += st == ST_DAMAGED;
        mem_free(bent);
    }
    assert_true(refused > packed.n);
    buf_release(&packed);
    world_release(&w);
}

static void damage_is_named(void **state)
{
    (void)state;
    /* format · field count · policy_since · flags · base 3 · bitmap 2 · exceptions */
    static const struct {
        const char *what;
        size_t n;
        uint8_t bytes[32];
    } bad[] = {
        {"nothing", 0, {0}},
        {"another format", 9, {1, 16, 0, 12, 0, 0, 0, 1, 0}},
        {"more fields than can be", 10, {4, 0x81, 0x08, 0, 12, 0, 0, 0, 1, 0}},
        {"an unknown flag", 9, {4, 16, 0, 12 + 32, 0, 0, 0, 1, 0}},
        {"a position beyond 32 bits", 13, {4, 16, 0, 12, 0, 0, 0x80, 0x80, 0x80, 0x80, 0x20, 1, 0}},
        {"links without any", 10, {4, 16, 0, 12 + 1, 0, 0, 0, 0, 1, 0}},
        {"more links than are kept", 11, {4, 16, 0, 12 + 1, 0, 0, 0, 0x81, 2, 1, 0}},
        {"a link cut short", 9, {4, 16, 0, 12 + 1, 0, 0, 0, 1, 9}},
        {"a link that says neither", 31, {4, 16, 0, 12 + 1, 0, 0, 0, 1, 9, [24] = 2}},
        {"moves without any", 10, {4, 16, 0, 12 + 2, 0, 0, 0, 0, 1, 0}},
        {"more moves than are kept", 10, {4, 16, 0, 12 + 2, 0, 0, 0, 33, 1, 0}},
        {"a move cut short", 14, {4, 16, 0, 12 + 2, 0, 0, 0, 1, 3, 0, 0, 0, 9, 'g'}},
        {"a hop beyond 32 bits",
         18,
         {4, 16, 0, 14, 0, 0, 0, 1, 0x80, 0x80, 0x80, 0x80, 0x20, 0, 0, 0, 0, 1}},
        {"a field beyond the catalog in the bitmap", 10, {3, 24, 0, 12, 0, 0, 0, 1, 0, 1}},
        {"a field beyond the catalog", 11, {4, 16, 0, 12, 0, 0, 0, 1, 0, 16, 1}},
        {"a field described twice", 11, {4, 16, 0, 12, 0, 0, 0, 1, 0, 0, 1}},
        {"an unknown kind", 11, {4, 16, 0, 12, 0, 0, 0, 1, 0, 1, 17}},
        {"a kind missing", 10, {4, 16, 0, 12, 0, 0, 0, 1, 0, 1}},
        {"a list of one", 16, {4, 16, 0, 12, 0, 0, 0, 1, 0, 1, 16, 1, 0, 0, 0, 0xf6}},
        {"a value that is none", 12, {4, 16, 0, 12, 0, 0, 0, 1, 0, 1, 9, 0xff}},
        {"a list cut short", 16, {4, 16, 0, 12, 0, 0, 0, 1, 0, 1, 16, 2, 0, 0, 0, 0xf6}},
    };
    struct world w;
    world_init(&w);
    struct record_state loaded;
    struct error err;
    for (size_t i = 0; i < ARRAY_LENGTH(bad); i++) {
        record_state_init(&loaded, &world_table, &WORLD_ID, &w.arena);
        struct slice bytes = slice_of(bad[i].bytes, bad[i].n);
        if (version_unpack(bytes, &loaded, &w.arena, &err) != ST_DAMAGED)
            fail_msg("accepted: %s", bad[i].what);
        assert_non_null(strstr(err.text, "huce rebuild"));
    }
    static const uint8_t good[] = {4, 16, 0, 12, 0, 0, 0, 1, 0, 1, 1};
    record_state_init(&loaded, &world_table, &WORLD_ID, &w.arena);
    assert_int_equal(version_unpack(slice_of(good, sizeof good), &loaded, &w.arena, &err), ST_OK);
    world_release(&w);
}

static void bytes_that_are_no_version_tell_no_time(void **state)
{
    (void)state;
    int64_t first_ms, last_ms;
    static const uint8_t other[] = {3, 16, 0, 12, 0, 0, 0}, flags[] = {4, 16, 0, 44, 0, 0, 0};
    assert_false(version_written(slice_of(other, sizeof other), &first_ms, &last_ms));
    assert_false(version_written(slice_of(flags, sizeof flags), &first_ms, &last_ms));
    assert_false(version_written(slice_of(other, 0), &first_ms, &last_ms));
}

static void a_full_buffer_says_so(void **state)
{
    (void)state;
    struct world w;
    world_init(&w);
    struct event a = world_admit(&w, 1, 0, 5000);
    put_many(&w, &a, "a");
    struct buf small;
    buf_init(&small, 5);
    version_pack(&w.record, &small);
    assert_false(buf_ok(&small));
    buf_release(&small);
    world_release(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_unknown_record_packs),
        cmocka_unit_test(links_come_back),
        cmocka_unit_test(moves_come_back),
        cmocka_unit_test(a_record_written_once_is_small),
        cmocka_unit_test(a_later_edit_costs_a_stamp),
        cmocka_unit_test(every_kind_of_claim_comes_back),
        cmocka_unit_test(a_value_that_is_not_the_columns_is_written),
        cmocka_unit_test(a_deleted_record_comes_back_deleted),
        cmocka_unit_test(overlay_leaves_come_back),
        cmocka_unit_test(what_was_adopted_keeps_its_place),
        cmocka_unit_test(claims_of_a_retired_field_are_kept),
        cmocka_unit_test(whatever_the_damage_it_is_refused_or_read),
        cmocka_unit_test(damage_is_named),
        cmocka_unit_test(bytes_that_are_no_version_tell_no_time),
        cmocka_unit_test(a_full_buffer_says_so),
    };
    return cmocka_run_group_tests_name("merge/version", tests, NULL, NULL);
}
