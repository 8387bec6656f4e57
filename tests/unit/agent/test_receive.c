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

/* ---- what must be refused ---- */

/* An answer with two good leaves, of which a test spoils something. */
struct offer {
    struct checkpoint head;
    struct answer_leaf leaves[2];
    struct answer_ledger answer;
    struct sign_key *signer; /* of the head */
    struct slice segments[2];
    uint64_t asked;
};

static struct slice copy_of(struct fixture *f, struct slice bytes)
{
    return slice_of(arena_copy(&f->arena, bytes.p, bytes.n), bytes.n);
}

/* The county gets two leaves more; the offer holds them as they are. */
static void offer_make(struct fixture *f, struct offer *o)
{
    const struct catalog_table *shop = catalog_table(replica_catalog(f->world.rep), 1);
    const uint64_t registry = f->world.rep->registry_ledger->tree.size;
    const uint64_t size = f->village->tree.size;
    *o = (struct offer){.signer = f->world.log, .asked = size};
    for (int i = 0; i < 2; i++) {
        struct record_id id = world_id((unsigned)i + 1);
        struct op_field field = {1, value_text(slice_str(i ? "乙店" : "甲店"))};
        struct slice body = world_put(&f->arena, shop, &id, &field, 1);
        struct made made;
        struct buf salts, segment;
        world_make(&f->world, f->village, &f->known, f->village->tree.size, &body, 1, &f->arena,
                   &made);
        struct leaf leaf = {made.segment.id, ++f->world.now_ms, registry};
        assert_ok(
            replica_append(f->world.rep, f->village, &leaf, &made.segment, made.columns, &err));
        buf_init(&salts, 4096);
        buf_init(&segment, 65536);
        segment_salts_write(&made.segment, &salts);
        segment_write(&made.segment.header, SEGMENT_FULL, buf_slice(&salts), made.columns,
                      &segment);
        o->segments[i] = copy_of(f, buf_slice(&segment));
        o->leaves[i] = (struct answer_leaf){.admitted_ms = leaf.admitted_ms,
                                            .registry_size = registry,
                                            .has_segment = true,
                                            .segment = o->segments[i]};
        buf_release(&salts);
        buf_release(&segment);
    }
    o->head = (struct checkpoint){f->village->origin, f->village->tree.size, f->village->root};
    o->answer = (struct answer_ledger){
        .origin = f->village->origin, .status = SYNC_OK, .leaf_count = 2, .leaves = o->leaves};
}

static enum status offer_take(struct fixture *f, struct offer *o, struct received *got,
                              struct error *why)
{
    struct buf text;
    buf_init(&text, CHECKPOINT_MAX);
    checkpoint_sign(&o->head, o->signer, &text);
    o->answer.checkpoint = copy_of(f, buf_slice(&text));
    buf_release(&text);
    return receive_ledger(f->desk, &o->answer, o->asked, got, why);
}

static struct ledger *here(struct fixture *f)
{
    assert_ok(desk_refresh(f->desk, &err)); /* after a rollback what is in memory is read anew */
    return replica_ledger_named(f->desk->rep, VILLAGE);
}

/* One byte of a segment is another. */
static void spoil(struct fixture *f, struct offer *o, int leaf, size_t at)
{
    struct slice bytes = copy_of(f, o->segments[leaf]);
    ((uint8_t *)bytes.p)[at] ^= 1;
    o->leaves[leaf].segment = bytes;
}

static void a_stranger_signed(struct fixture *f, struct offer *o)
{
    o->signer = f->stranger.key;
}
static void the_root_is_another(struct fixture *f, struct offer *o)
{
    (void)f;
    o->head.root.b[0] ^= 1;
}
static void the_head_is_of_more_leaves(struct fixture *f, struct offer *o)
{
    (void)f;
    o->head.size++;
}
static void the_head_is_of_fewer(struct fixture *f, struct offer *o)
{
    (void)f;
    o->head.size--;
}
static void it_is_of_another_village(struct fixture *f, struct offer *o)
{
    (void)f;
    CHECK(origin_make("guanghe.example", "622924101002", &o->head.origin));
}
static void one_is_missing(struct fixture *f, struct offer *o)
{
    (void)f;
    o->answer.leaf_count = 1;
}
static void they_are_swapped(struct fixture *f, struct offer *o)
{
    struct answer_leaf first = o->leaves[0];
    (void)f;
    o->leaves[0] = o->leaves[1];
    o->leaves[1] = first;
}
static void one_comes_twice(struct fixture *f, struct offer *o)
{
    (void)f;
    o->leaves[1] = o->leaves[0];
}
static void time_goes_back(struct fixture *f, struct offer *o)
{
    (void)f;
    o->leaves[1].admitted_ms = o->leaves[0].admitted_ms - 1;
}
static void time_is_another(struct fixture *f, struct offer *o)
{
    (void)f;
    o->leaves[0].admitted_ms--;
}
static void the_registry_shrinks(struct fixture *f, struct offer *o)
{
    (void)f;
    o->leaves[1].registry_size--;
}
static void it_is_before_1970(struct fixture *f, struct offer *o)
{
    (void)f;
    o->leaves[0].admitted_ms = -1;
}
static void a_signature_is_altered(struct fixture *f, struct offer *o)
{
    spoil(f, o, 0, 80);
}
static void the_content_is_altered(struct fixture *f, struct offer *o)
{
    spoil(f, o, 1, o->segments[1].n - 3);
}
static void the_content_is_missing(struct fixture *f, struct offer *o)
{
    (void)f;
    o->leaves[1].has_segment = false;
}
static void it_is_cut_off(struct fixture *f, struct offer *o)
{
    (void)f;
    o->leaves[1].segment.n /= 2;
}

/* Nothing of it is stored; it is said; and the same leaves as they were are still taken. */
static void what_is_wrong_is_refused_whole(void **state)
{
    static const struct {
        const char *name;
        void (*spoil)(struct fixture *f, struct offer *o);
    } cases[] = {
#define CASE(name) {#name, name}
        CASE(a_stranger_signed),
        CASE(the_root_is_another),
        CASE(the_head_is_of_more_leaves),
        CASE(the_head_is_of_fewer),
        CASE(it_is_of_another_village),
        CASE(one_is_missing),
        CASE(they_are_swapped),
        CASE(one_comes_twice),
        CASE(time_goes_back),
        CASE(time_is_another),
        CASE(the_registry_shrinks),
        CASE(it_is_before_1970),
        CASE(a_signature_is_altered),
        CASE(the_content_is_altered),
        CASE(the_content_is_missing),
        CASE(it_is_cut_off),
#undef CASE
    };
    struct fixture *f = *state;
    struct offer good, bad;
    struct received got;
    offer_make(f, &good);
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        struct error why = {0};
        bad = good;
        bad.answer.leaves = bad.leaves;
        cases[i].spoil(f, &bad);
        enum status st = offer_take(f, &bad, &got, &why);
        if (st == ST_OK || !why.text[0] || got.leaves || here(f)->tree.size != 0)
            fail_msg("%s: status %d, %llu leaves, \"%s\"", cases[i].name, st,
                     (unsigned long long)here(f)->tree.size, why.text);
        assert_false(db_in_transaction(f->desk->db));
    }
    good.answer.leaves = good.leaves;
    assert_ok(offer_take(f, &good, &got, &err));
    assert_int_equal(got.leaves, 2);
    assert_true(hash_equal(&here(f)->root, &f->village->root));
}

/* Leaves that come in the wrong order cannot be verified where they stand. Whoever is on the way
 * could do that: only under a head that the county signed is it held against it, and only until the
 * leaves come that this head was over. */
static void who_mixes_leaves_up_accuses_nobody_for_long(void **state)
{
    struct fixture *f = *state;
    struct offer good, bad;
    struct received got;
    struct error why = {0};
    offer_make(f, &good);
    bad = good;
    bad.answer.leaves = bad.leaves;
    they_are_swapped(f, &bad);
    a_stranger_signed(f, &bad);
    assert_int_equal(offer_take(f, &bad, &got, &why), ST_INVALID);
    assert_int_equal(here(f)->tree.size, 0);
    assert_string_equal(noted(f, 0), "");
    bad.signer = f->world.log;
    assert_int_equal(offer_take(f, &bad, &got, &why), ST_DAMAGED);
    assert_int_equal(here(f)->tree.size, 0);
    assert_string_equal(noted(f, 0), "unverifiable");
    good.answer.leaves = good.leaves;
    assert_ok(offer_take(f, &good, &got, &err));
    assert_int_equal(here(f)->tree.size, 2);
    assert_string_equal(noted(f, 0), "");
}

/* Had the head been over something else, it stays: the county has signed two histories. */
static void another_head_keeps_the_accusation(void **state)
{
    struct fixture *f = *state;
    struct offer good, bad;
    struct received got;
    offer_make(f, &good);
    bad = good;
    bad.answer.leaves = bad.leaves;
    they_are_swapped(f, &bad);
    bad.head.root.b[9] ^= 1;
    assert_int_equal(offer_take(f, &bad, &got, NULL), ST_DAMAGED);
    good.answer.leaves = good.leaves;
    assert_ok(offer_take(f, &good, &got, &err));
    assert_int_equal(here(f)->tree.size, 2);
    assert_string_equal(noted(f, 0), "unverifiable");
}

/* What is no answer to what was asked changes nothing, and is no error: the next round asks anew.
 */
static void an_answer_to_another_question_is_passed_over(void **state)
{
    struct fixture *f = *state;
    struct offer o;
    struct received got;
    offer_make(f, &o);
    o.asked = 7;
    assert_ok(offer_take(f, &o, &got, &err));
    assert_int_equal(got.leaves + here(f)->tree.size, 0);
    o.asked = 0;
    o.leaves[1].registry_size += 5; /* the registry has not come so far yet */
    assert_ok(offer_take(f, &o, &got, &err));
    assert_int_equal(got.leaves + here(f)->tree.size, 0);
}

/* A county that denies what it signed, or signs another history, is never followed; proof is kept.
 */
static void another_history_is_never_followed(void **state)
{
    struct fixture *f = *state;
    struct offer o;
    struct received got;
    struct error why = {0};
    offer_make(f, &o);
    assert_ok(offer_take(f, &o, &got, &err));
    o.asked = 2;
    o.answer.leaf_count = 0;
    o.head.root.b[5] ^= 1; /* of the same size */
    o.answer.status = SYNC_HISTORY;
    assert_int_equal(offer_take(f, &o, &got, &why), ST_DAMAGED);
    assert_non_null(strstr(why.text, "/evidence/"));
    o.head = (struct checkpoint){f->village->origin, 1, {{1}}}; /* shorter, and not a beginning */
    assert_int_equal(offer_take(f, &o, &got, &why), ST_DAMAGED);
    assert_true(replica_root_at(f->world.rep, f->village, 1, &o.head.root)); /* a beginning */
    assert_int_equal(offer_take(f, &o, &got, &why), ST_WAIT);
    assert_non_null(strstr(why.text, "旧备份"));
    assert_int_equal(here(f)->tree.size, 2);
}

/* A ledger that the county gives no more is told of once (exchange.c), and again when it had been
 * given in between. */
static void what_is_given_no_more_is_told_once(void **state)
{
    struct fixture *f = *state;
    struct offer o;
    struct received got;
    offer_make(f, &o);
    o.answer = (struct answer_ledger){.origin = f->village->origin, .status = SYNC_FORBIDDEN};
    for (int again = 0; again < 2; again++) {
        assert_ok(receive_ledger(f->desk, &o.answer, 0, &got, &err));
        assert_int_equal(got.told_before, again);
    }
    o.answer = (struct answer_ledger){
        .origin = f->village->origin, .status = SYNC_OK, .leaf_count = 2, .leaves = o.leaves};
    assert_ok(offer_take(f, &o, &got, &err));
    assert_false(got.told_before);
    o.answer.status = SYNC_FORBIDDEN;
    o.answer.leaf_count = 0;
    assert_ok(receive_ledger(f->desk, &o.answer, 2, &got, &err));
    assert_false(got.told_before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_the_rule_lets_in_is_noted_nowhere, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            a_leaf_judged_by_less_than_its_author_had_seen_is_stored_and_noted, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_key_that_nobody_granted_stops_the_ledger, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(what_is_wrong_is_refused_whole, set_up, tear_down),
        cmocka_unit_test_setup_teardown(who_mixes_leaves_up_accuses_nobody_for_long, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(another_head_keeps_the_accusation, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_answer_to_another_question_is_passed_over, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(another_history_is_never_followed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_given_no_more_is_told_once, set_up, tear_down),
    };
    crypto_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
