/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * act: saving, deleting and deciding on a real desk in a temporary folder: what a form displayed
 * against what has become of it, with a second process beside, and with other people's changes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "agent/core/act.h"
#include "agent/core/import.h"
#include "agent/core/save.h"
#include "agent/core/view.h"
#include "shared/base/check.h"
#include "shared/base/file.h"
#include "tests/harness/assert_ok.h"
#include "tests/harness/folder.h"
#include "tests/harness/world.h"

#define VILLAGE "622924101001"

static const char catalog_text[] =
    "INSERT INTO migration(number, name) VALUES (1, 'shop');"
    "INSERT INTO tables(no, name, zh, en, kind, home, title) VALUES"
    " (1, 'shop', '店', 'Shop', 'record', 'village', 'name');"
    "INSERT INTO fields(tbl, no, name, zh, en, type, policy, args, conflict_group) VALUES"
    " ('shop', 1, 'name', '店名', 'Name', 'text', 'review', '', ''),"
    " ('shop', 2, 'owner', '店主', 'Owner', 'text', 'lww', '', ''),"
    " ('shop', 3, 'goods', '货物', 'Goods', 'set_text', 'set', '', ''),"
    " ('shop', 4, 'visits', '到访', 'Visits', 'int', 'counter', '', ''),"
    " ('shop', 5, 'phase', '阶段', 'Phase', 'text', 'state', '>plan,plan>open,open>shut', ''),"
    " ('shop', 6, 'level', '等级', 'Level', 'text', 'review', '', 'grade'),"
    " ('shop', 7, 'judged', '评定人', 'Judged by', 'text', 'review', '', 'grade');";

struct fixture {
    char folder[32], data[48];
    struct world world;
    struct person me, neighbour, third;
    struct ledger *village; /* of the world */
    struct desk *desk;
    struct author author;
};

static void copy(struct fixture *f)
{
    assert_ok(view_settle(f->desk, &err)); /* as an exchange does before */
    world_copy(&f->world, f->village, f->desk->rep);
}

static int set_up(void **state)
{
    struct fixture *f = mem_zero_alloc(1, sizeof(*f));
    struct world *w = &f->world;
    world_init(w, NULL);
    world_catalog(w, catalog_text);
    world_grant(w, &f->me, 1, "village", VILLAGE);
    world_grant(w, &f->neighbour, 2, "village", VILLAGE);
    world_grant(w, &f->third, 3, "village", VILLAGE);
    f->village = world_ledger(w, VILLAGE);
    snprintf(f->folder, sizeof(f->folder), "act.XXXXXX");
    CHECK(mkdtemp(f->folder) != NULL);
    snprintf(f->data, sizeof(f->data), "%s/data", f->folder);
    assert_ok(
        desk_create(f->data, &w->rep->registry_origin, sign_key_kid(w->root), &f->desk, &err));
    world_copy(w, w->rep->registry_ledger, f->desk->rep);
    world_copy(w, f->village, f->desk->rep);
    f->author = (struct author){.kid = *sign_key_kid(f->me.key), .key = f->me.key};
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    desk_close(f->desk);
    sign_key_release(f->me.key);
    sign_key_release(f->neighbour.key);
    sign_key_release(f->third.key);
    world_release(&f->world);
    remove_folder(f->folder);
    mem_free(f);
    return 0;
}

/* ---- what the stories say ---- */

/* "owner=丁丽|name=张记" on a record (NULL: a new one), as a form that showed `seen`. */
static enum status save(struct fixture *f, const char *id, const char *words,
                        const struct seen *seen, struct act_result *out)
{
    struct act_field fields[16];
    struct act_save what = {.type = "shop", .record = id, .fields = fields, .seen = seen};
    what.target = id ? ACT_EXISTING : ACT_ANY;
    while (*words) {
        size_t n = strcspn(words, "|");
        const char *equals = memchr(words, '=', n);
        fields[what.count++] =
            (struct act_field){slice_of(words, (size_t)(equals - words)),
                               slice_of(equals + 1, n - (size_t)(equals + 1 - words))};
        words += n + (words[n] == '|');
    }
    return act_save(f->desk, &f->author, &what, out, NULL);
}

static void create(struct fixture *f, const char *words, char id[static RECORD_ID_TEXT])
{
    struct act_result result;
    assert_int_equal(save(f, NULL, words, NULL, &result), ST_OK);
    assert_true(result.created && result.changed);
    record_id_format(&result.id, id);
}

static json_t *show(struct fixture *f, const char *id, struct seen *seen)
{
    const struct catalog_table *table;
    struct ledger *ledger;
    struct record_id record;
    json_t *json = NULL;
    assert_ok(desk_refresh(f->desk, &err));
    assert_ok(act_type(f->desk, "shop", &table, &err));
    assert_ok(act_find(f->desk, NULL, table, id, &ledger, &record, &err));
    assert_ok(view_record(f->desk, ledger, table, &record, &json, &err));
    if (seen)
        assert_true(
            seen_read(slice_str(json_string_value(json_object_get(json, "version"))), seen));
    return json;
}

static void look(struct fixture *f, const char *id, struct seen *seen)
{
    json_decref(show(f, id, seen));
}

static void expect(struct fixture *f, const char *id, const char *field, const char *value)
{
    json_t *json = show(f, id, NULL);
    char *text = json_dumps(json_object_get(json_object_get(json, "fields"), field),
                            JSON_ENCODE_ANY | JSON_SORT_KEYS);
    assert_string_equal(text ? text : "absent", value);
    free(text);
    json_decref(json);
}

/* Asked about exactly this field, and nothing of it saved. */
static void expect_asked(enum status st, const struct act_result *result, uint32_t field)
{
    assert_int_equal(st, ST_REFUSED);
    assert_int_equal(result->moved_count, 1);
    assert_int_equal(result->moved[0], field);
    assert_false(result->changed);
}

static uint64_t changes(struct fixture *f)
{
    uint64_t n = 0;
    for (size_t i = 0; i < f->desk->rep->ledger_count; i++)
        n += save_open_count(f->desk, f->desk->rep->ledgers[i]);
    return n;
}

/* ---- stories ---- */

static void test_stale_field_is_asked_about(void **state)
{
    struct fixture *f = *state;
    struct act_result result;
    struct seen shown;
    char id[RECORD_ID_TEXT];
    create(f, "name=张记|owner=马建国", id);
    look(f, id, &shown);
    assert_int_equal(save(f, id, "owner=丁丽", &shown, &result), ST_OK);
    assert_true(result.changed && !result.created);
    uint64_t before = changes(f);
    expect_asked(save(f, id, "owner=王镇", &shown, &result), &result, 2);
    expect_asked(save(f, id, "owner=王镇|name=李记", &shown, &result), &result, 2);
    assert_int_equal(changes(f), before);
    expect(f, id, "owner", "\"丁丽\"");
    expect(f, id, "name", "\"张记\"");
    /* Another field of the same form is not held up; nor is what came to the same. */
    assert_int_equal(save(f, id, "name=李记", &shown, &result), ST_OK);
    assert_int_equal(save(f, id, "owner=丁丽", &shown, &result), ST_OK);
    assert_false(result.changed);
    /* Seen again, it is overruled. */
    look(f, id, &shown);
    assert_int_equal(save(f, id, "owner=王镇", &shown, &result), ST_OK);
    expect(f, id, "owner", "\"王镇\"");
}

static void test_fields_left_alone_are_not_put_back(void **state)
{
    struct fixture *f = *state;
    struct act_result result;
    struct seen shown;
    char id[RECORD_ID_TEXT];
    create(f, "name=张记|owner=马建国|goods=盐", id);
    look(f, id, &shown);
    assert_int_equal(save(f, id, "owner=丁丽|goods=+茶", &shown, &result), ST_OK);
    /* The page sends the whole form; only the name was typed. */
    assert_int_equal(save(f, id, "name=李记|owner=马建国|goods=盐|phase=", &shown, &result), ST_OK);
    assert_true(result.changed);
    expect(f, id, "name", "\"李记\"");
    expect(f, id, "owner", "\"丁丽\"");
    expect(f, id, "goods", "[\"盐\", \"茶\"]");
}

static void test_sets(void **state)
{
    struct fixture *f = *state;
    struct act_result result;
    struct seen shown;
    char id[RECORD_ID_TEXT];
    create(f, "name=张记|goods=盐", id);
    look(f, id, &shown);
    assert_int_equal(save(f, id, "goods=+茶|visits=+1", NULL, &result), ST_OK);
    expect_asked(save(f, id, "goods=盐,米", &shown, &result), &result, 3);
    /* Adding and taking away means the same whatever else is there; so does counting. */
    assert_int_equal(save(f, id, "goods=+米|visits=+2", &shown, &result), ST_OK);
    expect(f, id, "goods", "[\"盐\", \"米\", \"茶\"]");
    expect(f, id, "visits", "3");
    look(f, id, &shown);
    assert_int_equal(save(f, id, "goods=茶,茶", &shown, &result), ST_OK);
    expect(f, id, "goods", "[\"茶\"]");
}

static void test_a_set_has_a_limit(void **state)
{
    struct fixture *f = *state;
    struct act_result result;
    char id[RECORD_ID_TEXT], words[8192];
    size_t n = (size_t)snprintf(words, sizeof(words), "goods=+g0");
    create(f, "name=张记|goods=盐", id);
    for (int i = 1; i < 254; i++)
        n += (size_t)snprintf(words + n, sizeof(words) - n, ",+g%d", i);
    assert_int_equal(save(f, id, words, NULL, &result), ST_OK);
    assert_int_equal(save(f, id, "goods=+茶,+米", NULL, &result), ST_LIMIT);
    assert_int_equal(save(f, id, "goods=+茶,-盐,+米", NULL, &result), ST_OK); /* 256 */
    assert_int_equal(save(f, id, "goods=+油", NULL, &result), ST_LIMIT);
}

static void test_states(void **state)
{
    struct fixture *f = *state;
    struct act_result result;
    struct seen shown;
    char id[RECORD_ID_TEXT];
    create(f, "name=张记|phase=plan", id);
    look(f, id, &shown);
    assert_int_equal(save(f, id, "phase=open", NULL, &result), ST_OK);
    assert_int_equal(save(f, id, "phase=shut", NULL, &result), ST_OK);
    /* A step that is no longer possible is a question first, not a mistake of the person. */
    expect_asked(save(f, id, "phase=open", &shown, &result), &result, 5);
    assert_int_equal(save(f, id, "phase=plan", &shown, &result), ST_OK); /* left as it was shown */
    assert_false(result.changed);
    expect(f, id, "phase", "\"shut\"");
    look(f, id, &shown);
    assert_int_equal(save(f, id, "phase=plan", &shown, &result), ST_INVALID);
    assert_int_equal(result.bad_field, 5);
}

static void test_group_is_seen_as_one(void **state)
{
    struct fixture *f = *state;
    struct act_result result;
    struct seen shown;
    char id[RECORD_ID_TEXT];
    create(f, "name=张记|level=A|judged=王镇", id);
    look(f, id, &shown);
    assert_int_equal(save(f, id, "judged=丁丽", &shown, &result), ST_OK);
    expect_asked(save(f, id, "level=B", &shown, &result), &result, 7);
    expect(f, id, "level", "\"A\"");
}

static void test_empty_form(void **state)
{
    static const struct seen nothing;
    struct fixture *f = *state;
    struct act_result result;
    struct act_field fields[] = {{slice_str("name"), slice_str("张记")},
                                 {slice_str("owner"), slice_str("丁丽")}};
    struct act_save what = {.type = "shop",
                            .record = "0197f8c0000070008000000000000001",
                            .fields = fields,
                            .count = 2,
                            .seen = &nothing};
    assert_ok(act_save(f->desk, &f->author, &what, &result, &err));
    assert_true(result.created);
    /* The answer was lost and the page sends the same again. */
    assert_ok(act_save(f->desk, &f->author, &what, &result, &err));
    assert_false(result.created || result.changed);
    fields[1].text = slice_str("王镇"); /* but no other under the same number */
    expect_asked(act_save(f->desk, &f->author, &what, &result, NULL), &result, 2);
    what.record = "0197f8c0000070008000000000000002";
    what.target = ACT_EXISTING;
    assert_int_equal(act_save(f->desk, &f->author, &what, &result, NULL), ST_NOT_FOUND);
    what.ledger = VILLAGE;
    assert_int_equal(act_save(f->desk, &f->author, &what, &result, NULL), ST_NOT_FOUND);
    what.target = ACT_ANY;
    assert_ok(act_save(f->desk, &f->author, &what, &result, &err));
    what.ledger = "622924101002";
    assert_int_equal(act_save(f->desk, &f->author, &what, &result, NULL), ST_USAGE);
}

static void test_delete(void **state)
{
    struct fixture *f = *state;
    struct act_result result;
    struct seen shown;
    char id[RECORD_ID_TEXT];
    struct act_existence what = {.type = "shop", .record = id, .seen = &shown};
    create(f, "name=张记|owner=马建国", id);
    look(f, id, &shown);
    assert_int_equal(act_delete(f->desk, &f->author, &what, &result, NULL), ST_USAGE);
    what.note = "";
    assert_int_equal(act_delete(f->desk, &f->author, &what, &result, NULL), ST_USAGE);
    what.note = "关门了";
    assert_int_equal(save(f, id, "owner=丁丽", &shown, &result), ST_OK);
    expect_asked(act_delete(f->desk, &f->author, &what, &result, NULL), &result, 2);
    expect(f, id, "owner", "\"丁丽\"");
    look(f, id, &shown);
    assert_ok(act_delete(f->desk, &f->author, &what, &result, &err));
    assert_int_equal(act_delete(f->desk, &f->author, &what, &result, NULL), ST_NOT_FOUND);
    assert_int_equal(save(f, id, "owner=王镇", &shown, &result), ST_NOT_FOUND);
    what.note = "又开张了";
    what.seen = NULL;
    assert_ok(act_restore(f->desk, &f->author, &what, &result, &err));
    expect(f, id, "owner", "\"丁丽\"");
    assert_int_equal(act_restore(f->desk, &f->author, &what, &result, NULL), ST_EXISTS);
    look(f, id, &shown);
    assert_int_equal(save(f, id, "owner=王镇", &shown, &result), ST_OK);
}

/* Whatever another process writes, everything is found anew: no pointer of before is used. */
static void test_another_process_beside(void **state)
{
    struct fixture *f = *state, beside = *f;
    struct act_result result;
    struct seen shown;
    char id[RECORD_ID_TEXT], other[RECORD_ID_TEXT];
    assert_ok(desk_open(f->data, &beside.desk, &err));
    create(f, "name=张记", id);
    for (int i = 0; i < 3; i++) {
        create(&beside, "name=别的店", other);
        look(f, id, &shown);
        assert_int_equal(save(f, other, "owner=丁丽", NULL, &result), ST_OK);
        assert_int_equal(save(&beside, id, i % 2 ? "owner=王镇" : "owner=丁丽", NULL, &result),
                         ST_OK);
        expect_asked(save(f, id, "owner=马建国", &shown, &result), &result, 2);
    }
    desk_close(beside.desk);
}

static void no_bad_row(void *arg, uint64_t line, const char *text)
{
    (void)arg;
    fail_msg("line %llu: %s", (unsigned long long)line, text);
}

/* An import looks its type up before it begins; by then another process may have written. */
static void test_import_beside_another_process(void **state)
{
    struct fixture *f = *state, beside = *f;
    struct import_result result;
    const struct catalog_table *table;
    char path[64], other[RECORD_ID_TEXT];
    struct import_options options = {.path = path, .author = &f->author, .bad_row = no_bad_row};
    snprintf(path, sizeof(path), "%s/shops.csv", f->folder);
    assert_ok(file_replace(path, slice_str("店名,店主\n张记,丁丽\n李记,王镇\n"), 0600, &err));
    assert_ok(desk_author_renew(f->desk, &f->author, &err));
    assert_ok(act_type(f->desk, "店", &table, &err));
    assert_ok(desk_ledger_for(f->desk, NULL, table, &f->author, &options.ledger, &err));
    options.table = table->name;
    assert_ok(desk_open(f->data, &beside.desk, &err));
    create(&beside, "name=别的店", other);
    assert_ok(import_run(f->desk, &options, &result, &err));
    assert_int_equal(result.created, 2);
    desk_close(beside.desk);
}

static void test_revoked_meanwhile(void **state)
{
    struct fixture *f = *state;
    struct act_result result;
    struct error err = {0};
    f->author.kid.b[0] ^= 1; /* nobody the county knows */
    struct act_save what = {.type = "shop"};
    assert_int_equal(act_save(f->desk, &f->author, &what, &result, &err), ST_REFUSED);
}

/* ---- with other people's changes ---- */

static void neighbour_writes(struct fixture *f, struct person *person, const char *id,
                             uint64_t base_size, uint32_t no, const char *text)
{
    struct arena arena = {0};
    struct record_id record;
    struct made made;
    struct op_field field = {no, value_text(slice_str(text))};
    CHECK(record_id_parse(slice_str(id), &record));
    const struct catalog_table *table =
        catalog_table_named(replica_catalog(f->world.rep), slice_str("shop"));
    struct slice body = world_put(&arena, table, &record, &field, 1);
    world_make(&f->world, f->village, person, base_size, &body, 1, &arena, &made);
    world_admit(&f->world, f->village, &made);
    arena_release(&arena);
}

static void neighbour_says(struct fixture *f, struct person *person, const char *id,
                           uint64_t base_size, const char *name)
{
    neighbour_writes(f, person, id, base_size, 1, name);
}

static json_t *conflict(struct fixture *f, char id[static 64], struct seen *seen)
{
    json_t *all = NULL;
    assert_ok(view_conflicts(f->desk, &all, &err));
    assert_int_equal(json_array_size(all), 1);
    json_t *one = json_incref(json_array_get(all, 0));
    snprintf(id, 64, "%s", json_string_value(json_object_get(one, "id")));
    assert_true(seen_read(slice_str(json_string_value(json_object_get(one, "version"))), seen));
    json_decref(all);
    return one;
}

static void test_conflict_is_decided_as_it_was_shown(void **state)
{
    static const char record[] = "0197f8c0000070008000000000000001";
    struct fixture *f = *state;
    struct act_result result;
    struct seen form, shown;
    char id[64];
    struct act_resolve what = {.conflict = id, .letter = 'A', .seen = &shown};
    neighbour_says(f, &f->neighbour, record, 0, "张记");
    copy(f);
    look(f, record, &form);
    assert_int_equal(save(f, record, "name=李记", &form, &result), ST_OK);
    neighbour_says(f, &f->neighbour, record, 1, "王记");
    copy(f);

    json_decref(conflict(f, id, &shown));
    /* A form from before the conflict is asked about it, though the same value is in force. */
    expect_asked(save(f, record, "name=赵记", &form, &result), &result, 1);

    neighbour_says(f, &f->third, record, 1, "周记"); /* a third candidate: letters may shift */
    copy(f);
    expect_asked(act_resolve(f->desk, &f->author, &what, &result, NULL), &result, 1);

    json_decref(conflict(f, id, &shown));
    what.letter = 'D';
    assert_int_equal(act_resolve(f->desk, &f->author, &what, &result, NULL), ST_USAGE);
    what.letter = 'C';
    json_t *one = conflict(f, id, &shown);
    json_t *third = json_array_get(json_object_get(one, "candidates"), 2);
    char *wanted = json_dumps(json_object_get(third, "value"), JSON_ENCODE_ANY);
    assert_ok(act_resolve(f->desk, &f->author, &what, &result, &err));
    expect(f, record, "name", wanted);
    assert_int_equal(act_resolve(f->desk, &f->author, &what, &result, NULL), ST_NOT_FOUND);
    free(wanted);
    json_decref(one);
}

/* A step that did not count is told of, and cannot be taken by deciding it after all. */
static void test_a_decision_is_no_step(void **state)
{
    static const char record[] = "0197f8c0000070008000000000000001";
    struct fixture *f = *state;
    struct act_result result;
    struct error why = {0};
    char id[64];
    struct act_resolve what = {.conflict = id, .letter = 'B'};
    snprintf(id, sizeof(id), "%s.5", record);
    neighbour_writes(f, &f->neighbour, record, 0, 5, "plan");
    neighbour_writes(f, &f->third, record, 1, 5, "shut");
    copy(f);
    assert_int_equal(act_resolve(f->desk, &f->author, &what, &result, &why), ST_REFUSED);
    assert_non_null(strstr(why.text, "阶段"));
    expect(f, record, "phase", "\"plan\"");
    what.letter = 'A';
    assert_ok(act_resolve(f->desk, &f->author, &what, &result, &err));
    expect(f, record, "phase", "\"plan\"");
    assert_int_equal(act_resolve(f->desk, &f->author, &what, &result, NULL), ST_NOT_FOUND);
}

static void test_moved_tells_who(void **state)
{
    static const char id[] = "0197f8c0000070008000000000000001";
    struct fixture *f = *state;
    const uint32_t fields[] = {1, 2};
    const struct catalog_table *table;
    struct ledger *ledger;
    struct record_id record;
    json_t *moved = NULL;
    neighbour_says(f, &f->neighbour, id, 0, "张记");
    copy(f);
    assert_ok(act_type(f->desk, "shop", &table, &err));
    assert_ok(act_find(f->desk, NULL, table, id, &ledger, &record, &err));
    assert_ok(view_moved(f->desk, ledger, table, &record, fields, 2, &moved, &err));
    json_t *name = json_array_get(json_object_get(moved, "moved"), 0);
    json_t *owner = json_array_get(json_object_get(moved, "moved"), 1);
    assert_string_equal(json_string_value(json_object_get(name, "now")), "张记");
    assert_string_equal(json_string_value(json_object_get(json_object_get(name, "by"), "author")),
                        "人员2");
    assert_true(json_is_null(json_object_get(owner, "now")));
    assert_true(json_is_null(json_object_get(owner, "by")));
    json_decref(moved);
}

/* ---- several at once ---- */

struct batch {
    struct act_save items[4];
    struct act_field fields[4];
    struct act_result results[4];
    struct error why[4];
    bool saved;
};

static void put_item(struct batch *b, size_t at, const char *id, const char *name, const char *text,
                     const struct seen *seen)
{
    b->fields[at] = (struct act_field){slice_str(name), slice_str(text)};
    b->items[at] = (struct act_save){.type = "shop",
                                     .record = id,
                                     .target = seen ? ACT_EXISTING : ACT_ANY,
                                     .count = 1,
                                     .fields = &b->fields[at],
                                     .seen = seen};
}

static enum status run(struct fixture *f, struct batch *b, size_t count, bool dry_run,
                       bool skip_bad)
{
    const struct act_batch what = {
        .items = b->items, .count = count, .dry_run = dry_run, .skip_bad = skip_bad};
    return act_batch(f->desk, &f->author, &what, b->results, b->why, &b->saved, NULL);
}

static void test_several_at_once(void **state)
{
    struct fixture *f = *state;
    struct batch b = {0};
    struct seen one, two;
    char first[RECORD_ID_TEXT], second[RECORD_ID_TEXT];
    create(f, "name=张记|owner=马建国", first);
    create(f, "name=李记|owner=马建国|phase=plan", second);
    look(f, first, &one);
    look(f, second, &two);
    uint64_t before = changes(f);

    put_item(&b, 0, first, "owner", "丁丽", &one);
    put_item(&b, 1, second, "owner", "丁丽", &two);
    put_item(&b, 2, NULL, "name", "王记", NULL);
    assert_int_equal(run(f, &b, 3, true, false), ST_OK); /* only looked at */
    assert_false(b.saved);
    assert_true(b.results[0].changed && b.results[1].changed && b.results[2].created);
    assert_int_equal(changes(f), before);
    assert_int_equal(run(f, &b, 3, false, false), ST_OK);
    assert_true(b.saved);
    assert_int_equal(changes(f), before + 3);
    expect(f, first, "owner", "\"丁丽\"");
    expect(f, second, "owner", "\"丁丽\"");

    /* One that was changed meanwhile, and one that cannot be: the first is left out, or all are. */
    put_item(&b, 0, first, "owner", "王镇", &one);
    look(f, second, &two);
    put_item(&b, 1, second, "phase", "shut", &two);
    put_item(&b, 2, second, "name", "李家", &two);
    assert_int_equal(run(f, &b, 3, false, false), ST_OK);
    assert_false(b.saved);
    assert_int_equal(b.why[0].status, ST_REFUSED);
    assert_int_equal(b.results[0].moved_count, 1);
    assert_true(b.why[1].status != ST_OK && b.results[1].bad_field == 5);
    assert_int_equal(b.why[2].status, ST_OK);
    assert_int_equal(changes(f), before + 3);
    assert_int_equal(run(f, &b, 3, false, true), ST_OK);
    assert_true(b.saved);
    assert_int_equal(changes(f), before + 4);
    expect(f, second, "name", "\"李家\"");
    expect(f, first, "owner", "\"丁丽\"");

    /* What stands already is no change; what is no record is told by itself. */
    put_item(&b, 0, second, "name", "李家", NULL);
    put_item(&b, 1, "nobody", "name", "李家", NULL);
    assert_int_equal(run(f, &b, 2, false, true), ST_OK);
    assert_false(b.saved);
    assert_false(b.results[0].changed);
    assert_int_equal(b.why[1].status, ST_INVALID);
    assert_int_equal(run(f, &b, 0, false, false), ST_USAGE);
    assert_int_equal(changes(f), before + 4);
}

int main(void)
{
#define STORY(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        STORY(test_stale_field_is_asked_about),
        STORY(test_fields_left_alone_are_not_put_back),
        STORY(test_sets),
        STORY(test_a_set_has_a_limit),
        STORY(test_states),
        STORY(test_group_is_seen_as_one),
        STORY(test_empty_form),
        STORY(test_delete),
        STORY(test_another_process_beside),
        STORY(test_import_beside_another_process),
        STORY(test_revoked_meanwhile),
        STORY(test_conflict_is_decided_as_it_was_shown),
        STORY(test_a_decision_is_no_step),
        STORY(test_moved_tells_who),
        STORY(test_several_at_once),
    };
#undef STORY
    return cmocka_run_group_tests(tests, NULL, NULL);
}
