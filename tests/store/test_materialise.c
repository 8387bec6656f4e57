/* SPDX-License-Identifier: MulanPSL-2.0 */
/* The fold through SQL: two people, concurrent edits, overlay, voids, history, rebuild. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "shared/base/check.h"
#include "tests/harness/world.h"

static const char *const card_sql =
    "INSERT INTO migration VALUES (1, 'card');"
    "INSERT INTO tables(no, name, zh, en, paper_key) VALUES (1, 'card', '卡', 'card', 'code');"
    "INSERT INTO fields(tbl, no, name, zh, type, policy, writers, checks) VALUES"
    " ('card', 1, 'code', '编号', 'text', 'once', '', ''),"
    " ('card', 2, 'phone', '电话', 'text', 'lww', '', 'phone'),"
    " ('card', 3, 'status', '状态', 'text', 'review', '', ''),"
    " ('card', 4, 'points', '积分', 'int', 'counter', '', ''),"
    " ('card', 5, 'tags', '标签', 'set_text', 'set', '', ''),"
    " ('card', 6, 'kind', '类别', 'text', 'authority', 'T,V', ''),"
    " ('card', 7, 'land', '耕地', 'decimal', 'lww', '', ''),"
    " ('card', 8, 'seal', '印', 'text', 'lww', 'T', '');";

struct fixture {
    struct world w;
    struct person a, b, town;
    struct ledger *ledger;
    const struct catalog_table *card;
    struct arena arena;
};

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    world_init(&f->w, NULL);
    world_catalog(&f->w, card_sql);
    world_grant(&f->w, &f->a, 1, "village", "622924101001");
    world_grant(&f->w, &f->b, 2, "village", "622924101001");
    world_grant(&f->w, &f->town, 3, "township", "622924101000");
    f->ledger = world_ledger(&f->w, "622924101001");
    f->card = catalog_table(replica_catalog(f->w.rep), 1);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    sign_key_release(f->a.key);
    sign_key_release(f->b.key);
    sign_key_release(f->town.key);
    arena_release(&f->arena);
    world_release(&f->w);
    free(f);
    return 0;
}

/* One person saves one field of record n on a base and it is admitted. */
static void save(struct fixture *f, struct person *who, uint64_t base, unsigned n, uint32_t field,
                 struct value value)
{
    struct record_id id = world_id(n);
    struct op_field of = {field, value};
    struct slice body = world_put(&f->arena, f->card, &id, &of, 1);
    struct made made;
    world_make(&f->w, f->ledger, who, base, &body, 1, &f->arena, &made);
    world_admit(&f->w, f->ledger, &made);
}

static struct value text(const char *s)
{
    return value_text(slice_str(s));
}

static const char *get(struct fixture *f, unsigned n, const char *column)
{
    struct record_id id = world_id(n);
    char hex[RECORD_ID_TEXT];
    record_id_format(&id, hex);
    return world_sql(&f->w, &f->arena, "SELECT %s FROM card WHERE id = '%s'", column, hex);
}

static void rows_land_in_a_readable_view(void **state)
{
    struct fixture *f = *state;
    save(f, &f->a, 0, 1, 2, text("13800000001"));
    save(f, &f->a, 1, 1, 7, (struct value){.kind = VALUE_DECIMAL, .i = 125, .exponent = -1});
    assert_string_equal(get(f, 1, "phone"), "13800000001");
    assert_string_equal(get(f, 1, "land * 2"), "25.0");
    assert_string_equal(get(f, 1, "origin"), "guanghe.example/622924101001");
    assert_string_equal(get(f, 1, "unconfirmed"), "0");
}

static void later_seen_wins_whatever_the_clock(void **state)
{
    struct fixture *f = *state;
    int64_t now = f->w.now_ms;
    save(f, &f->a, 0, 1, 2, text("13800000001"));
    f->w.now_ms = 1000; /* the second author's clock stands at 1970, but he has seen the first */
    struct record_id id = world_id(1);
    struct op_field of = {2, text("13900000002")};
    struct slice body = world_put(&f->arena, f->card, &id, &of, 1);
    struct made made;
    world_make(&f->w, f->ledger, &f->b, 1, &body, 1, &f->arena, &made);
    f->w.now_ms = now + 1000;
    world_admit(&f->w, f->ledger, &made);
    assert_string_equal(get(f, 1, "phone"), "13900000002");
}

static void made_at(struct fixture *f, struct person *who, int64_t ms, uint32_t field,
                    const char *value, struct made *out)
{
    struct record_id id = world_id(1);
    struct op_field of = {field, text(value)};
    struct slice body = world_put(&f->arena, f->card, &id, &of, 1);
    f->w.now_ms = ms;
    world_make(&f->w, f->ledger, who, 0, &body, 1, &f->arena, out);
}

/* B got A's work over a cable and went on with it; in the next changeset nothing names it any more,
 * but the chain does. */
static void what_a_chain_had_seen_stays_earlier(void **state)
{
    struct fixture *f = *state;
    int64_t now = f->w.now_ms;
    struct made a, b1, b2;
    made_at(f, &f->a, now + 1000, 2, "13800000001", &a);
    f->b.dep = &a.segment;
    made_at(f, &f->b, now + 10, 3, "空户", &b1);
    made_at(f, &f->b, now + 20, 2, "13900000002", &b2);
    f->w.now_ms = now + 2000;
    world_admit(&f->w, f->ledger, &a);
    world_admit(&f->w, f->ledger, &b1);
    world_admit(&f->w, f->ledger, &b2);
    assert_string_equal(get(f, 1, "phone"), "13900000002");
}

static void review_conflict_opens_shows_the_base_value_and_is_found(void **state)
{
    struct fixture *f = *state;
    save(f, &f->a, 0, 1, 3, text("在册"));
    save(f, &f->a, 1, 1, 3, text("空户"));
    save(f, &f->b, 1, 1, 3, text("迁出"));
    assert_string_equal(get(f, 1, "status"), "在册");
    assert_string_equal(world_sql(&f->w, &f->arena, "SELECT count(*) FROM conflict"), "1");
    save(f, &f->b, 3, 1, 2, text("13800000001")); /* another field does not disturb it */
    assert_string_equal(get(f, 1, "status"), "在册");
    assert_string_equal(world_sql(&f->w, &f->arena, "SELECT count(*) FROM conflict"), "1");
}

static void the_same_value_twice_is_no_conflict(void **state)
{
    struct fixture *f = *state;
    save(f, &f->a, 0, 1, 3, text("空户"));
    save(f, &f->b, 0, 1, 3, text("空户"));
    assert_string_equal(world_sql(&f->w, &f->arena, "SELECT count(*) FROM conflict"), "0");
    assert_string_equal(get(f, 1, "status"), "空户");
}

static void township_outranks_village(void **state)
{
    struct fixture *f = *state;
    save(f, &f->town, 0, 1, 6, text("脱贫户"));
    save(f, &f->a, 1, 1, 6, text("一般户"));
    assert_string_equal(get(f, 1, "kind"), "脱贫户");
}

static void what_a_role_may_not_write_is_void_with_its_reason(void **state)
{
    struct fixture *f = *state;
    save(f, &f->a, 0, 1, 8, text("假"));
    assert_string_equal(get(f, 1, "count(*)"), "0");
    assert_string_equal(world_sql(&f->w, &f->arena, "SELECT code FROM void_change"), "writer");
    save(f, &f->a, 1, 1, 2, text("12345"));
    assert_string_equal(
        world_sql(&f->w, &f->arena, "SELECT code FROM void_change ORDER BY leaf DESC LIMIT 1"),
        "invalid");
    save(f, &f->town, 2, 1, 8, text("真"));
    assert_string_equal(get(f, 1, "seal"), "真");
}

/* Lays one save of a on top without admission. */
static struct made lay(struct fixture *f, struct person *who, uint64_t base, uint64_t overlay,
                       unsigned n, uint32_t field, struct value value)
{
    struct record_id id = world_id(n);
    struct op_field of = {field, value};
    struct slice body = world_put(&f->arena, f->card, &id, &of, 1);
    struct made made;
    struct changeset *header;
    struct error err;
    world_make(&f->w, f->ledger, who, base, &body, 1, &f->arena, &made);
    header = arena_copy(&f->arena, &made.segment.header, sizeof *header);
    struct overlay_change change = {
        .header = header,
        .chain = replica_chain(f->w.rep, f->ledger, &header->kid, &header->chain),
        .overlay = LEAF_OVERLAY + overlay,
        .hlc = made.segment.changes[0].hlc,
        .body = body};
    assert_int_equal(materialise_overlay(f->w.rep, f->ledger, &change, 1, &err), ST_OK);
    assert_int_equal(replica_store(f->w.rep, f->ledger, &made.segment, made.columns,
                                   LEAF_OVERLAY + overlay, &err),
                     ST_OK);
    return made;
}

static void the_overlay_shows_at_once_and_gives_way_to_leaves(void **state)
{
    struct fixture *f = *state;
    save(f, &f->a, 0, 1, 3, text("在册"));
    struct made mine = lay(f, &f->a, 1, 1, 1, 3, text("空户"));
    struct made fresh = lay(f, &f->a, 1, 2, 2, 2, text("13800000009"));
    assert_string_equal(get(f, 1, "status"), "空户");
    assert_string_equal(get(f, 1, "unconfirmed"), "1");
    assert_string_equal(get(f, 2, "phone"), "13800000009");
    /* Another's leaf arrives first: now there is a conflict, value in force is the one both saw. */
    save(f, &f->b, 1, 1, 3, text("迁出"));
    assert_string_equal(get(f, 1, "status"), "在册");
    assert_string_equal(get(f, 1, "unconfirmed"), "1");
    assert_string_equal(world_sql(&f->w, &f->arena, "SELECT count(*) FROM conflict"), "1");
    /* Then mine are admitted. */
    world_admit(&f->w, f->ledger, &mine);
    world_admit(&f->w, f->ledger, &fresh);
    assert_string_equal(get(f, 1, "unconfirmed"), "0");
    assert_string_equal(get(f, 2, "unconfirmed"), "0");
    assert_string_equal(get(f, 1, "status"), "在册");
    assert_string_equal(world_sql(&f->w, &f->arena, "SELECT count(*) FROM o_card"), "0");
    assert_string_equal(world_sql(&f->w, &f->arena, "SELECT count(*) FROM conflict"), "1");
}

/* Work on a catalog that has just come, and then a leaf that was admitted before it. */
static void older_leaves_are_folded_below_work_by_a_newer_catalog(void **state)
{
    struct fixture *f = *state;
    struct record_id id = world_id(1);
    struct op_field phone = {2, text("13900000002")};
    struct slice body = world_put(&f->arena, f->card, &id, &phone, 1);
    struct made late;
    struct error err;
    save(f, &f->a, 0, 1, 2, text("13800000001"));
    world_make(&f->w, f->ledger, &f->b, 1, &body, 1, &f->arena, &late);
    struct leaf leaf = {.id = late.segment.id,
                        .admitted_ms = ++f->w.now_ms,
                        .registry_size = f->w.rep->registry_ledger->tree.size};
    world_catalog(&f->w, "INSERT INTO migration VALUES (2, 'more');"
                         "INSERT INTO fields(tbl, no, name, zh) VALUES ('1', 9, 'extra', '补充');");
    f->card = catalog_table(replica_catalog(f->w.rep), 1);
    lay(f, &f->a, 1, 1, 1, 9, text("新"));
    assert_string_equal(get(f, 1, "extra || phone"), "新13800000001");
    assert_int_equal(replica_append(f->w.rep, f->ledger, &leaf, &late.segment, late.columns, &err),
                     ST_OK);
    assert_int_equal(materialise_fold(f->w.rep, f->ledger, &late.segment, 1, NULL, &err), ST_OK);
    assert_string_equal(get(f, 1, "extra || phone"), "新13900000002");
    assert_string_equal(get(f, 1, "unconfirmed"), "1");
}

/* One's own work, admitted before a catalog of which the desk hears first: nothing waits any more,
 * but what lies on top was laid by the newer catalog. */
static void own_work_gets_its_leaf_after_a_newer_catalog(void **state)
{
    struct fixture *f = *state;
    struct error err;
    save(f, &f->a, 0, 1, 2, text("13800000001"));
    struct made mine = lay(f, &f->a, 1, 1, 1, 3, text("空户"));
    struct leaf leaf = {.id = mine.segment.id,
                        .admitted_ms = ++f->w.now_ms,
                        .registry_size = f->w.rep->registry_ledger->tree.size};
    world_catalog(&f->w, "INSERT INTO migration VALUES (2, 'more');"
                         "INSERT INTO fields(tbl, no, name, zh) VALUES ('1', 9, 'extra', '补充');");
    f->card = catalog_table(replica_catalog(f->w.rep), 1);
    struct made newer = lay(f, &f->a, 1, 2, 1, 9, text("新"));
    struct leaf second = {.id = newer.segment.id,
                          .admitted_ms = ++f->w.now_ms,
                          .registry_size = f->w.rep->registry_ledger->tree.size};
    assert_int_equal(replica_append(f->w.rep, f->ledger, &leaf, NULL, SLICE_NONE, &err), ST_OK);
    assert_int_equal(replica_append(f->w.rep, f->ledger, &second, NULL, SLICE_NONE, &err), ST_OK);
    assert_int_equal(replica_unadmitted_count(f->w.rep, f->ledger), 0);
    assert_int_equal(materialise_fold(f->w.rep, f->ledger, NULL, 0, NULL, &err), ST_OK);
    assert_string_equal(get(f, 1, "status || phone || extra"), "空户13800000001新");
    assert_string_equal(get(f, 1, "unconfirmed"), "0");
}

/* What a desk showed before it knew that its person was revoked. */
static void the_overlay_is_lifted_also_when_its_leaf_is_void(void **state)
{
    struct fixture *f = *state;
    save(f, &f->a, 0, 1, 3, text("在册"));
    struct made mine = lay(f, &f->a, 1, 1, 1, 3, text("空户"));
    struct made fresh = lay(f, &f->a, 1, 2, 2, 2, text("13800000009"));
    world_revoke(&f->w, &f->a);
    world_admit(&f->w, f->ledger, &mine);
    world_admit(&f->w, f->ledger, &fresh);
    assert_string_equal(world_sql(&f->w, &f->arena, "SELECT count(*) FROM void_change"), "2");
    assert_string_equal(get(f, 1, "status"), "在册");
    assert_string_equal(get(f, 1, "unconfirmed"), "0");
    assert_string_equal(get(f, 2, "phone"), "");
    assert_string_equal(world_sql(&f->w, &f->arena, "SELECT count(*) FROM o_card"), "0");
}

/* The revocation arrives while the work still waits: from then on it is not shown. */
static void the_overlay_is_judged_anew_when_the_registry_grows(void **state)
{
    struct fixture *f = *state;
    save(f, &f->a, 0, 1, 3, text("在册"));
    lay(f, &f->a, 1, 1, 1, 3, text("空户"));
    lay(f, &f->b, 1, 2, 1, 2, text("13800000001"));
    lay(f, &f->a, 1, 3, 2, 2, text("13800000009"));
    world_revoke(&f->w, &f->a);
    assert_string_equal(get(f, 1, "status"), "在册");
    assert_string_equal(get(f, 1, "phone"), "13800000001");
    assert_string_equal(get(f, 1, "unconfirmed"), "1");
    assert_string_equal(get(f, 2, "phone"), "");
    assert_string_equal(world_sql(&f->w, &f->arena, "SELECT count(*) FROM o_card"), "1");
}

static void collect(void *arg, struct slice bytes)
{
    buf_put_slice(arg, bytes);
}

static void dump(struct fixture *f, struct buf *out, bool admitted)
{
    struct error err;
    struct ledger *ledger = replica_ledger_named(f->w.rep, "622924101001");
    buf_init(out, 1 << 20);
    assert_int_equal(materialise_dump(f->w.rep, ledger, admitted, collect, out, &err), ST_OK);
}

static void rebuild_gives_the_same_bytes(void **state)
{
    struct fixture *f = *state;
    struct buf before, after;
    struct error err;
    save(f, &f->a, 0, 1, 3, text("在册"));
    save(f, &f->a, 1, 1, 3, text("空户"));
    save(f, &f->b, 1, 1, 3, text("迁出"));
    save(f, &f->b, 1, 2, 2, text("坏"));
    save(f, &f->town, 2, 2, 6, text("五保"));
    lay(f, &f->a, 5, 1, 2, 2, text("13800000009"));
    dump(f, &before, false);
    assert_int_equal(materialise_rebuild(f->w.rep, NULL, &err), ST_OK);
    dump(f, &after, false);
    assert_true(before.n > 100);
    assert_string_equal(buf_cstr(&before), buf_cstr(&after));
    buf_release(&before);
    buf_release(&after);
}

static void removing_the_overlay_gives_the_admitted_state(void **state)
{
    struct fixture *f = *state;
    struct buf before, after;
    save(f, &f->a, 0, 1, 3, text("在册"));
    dump(f, &before, false);
    lay(f, &f->a, 1, 1, 1, 3, text("空户"));
    lay(f, &f->a, 1, 2, 7, 2, text("13800000009"));
    dump(f, &after, true);
    assert_string_equal(buf_cstr(&before), buf_cstr(&after));
    buf_release(&before);
    buf_release(&after);
}

/* The table in which admitted rows stand aside: there when it is needed, also after what made it
 * was taken back, and with the columns that the catalog has then. */
static void the_table_for_rows_aside_comes_with_the_first(void **state)
{
    static const char *const there = "SELECT count(*) FROM sqlite_schema WHERE name = 'o_card'";
    struct fixture *f = *state;
    struct error err;
    struct buf before, after;
    save(f, &f->a, 0, 1, 3, text("在册"));
    dump(f, &before, false);
    assert_string_equal(world_sql(&f->w, &f->arena, there), "0");
    lay(f, &f->a, 1, 1, 7, 2, text("13800000009")); /* new: nothing is put aside */
    assert_string_equal(world_sql(&f->w, &f->arena, there), "0");
    const struct person author = f->a;
    assert_int_equal(db_begin(f->w.db, &err), ST_OK);
    lay(f, &f->a, 1, 2, 1, 3, text("空户"));
    assert_string_equal(world_sql(&f->w, &f->arena, there), "1");
    db_rollback(f->w.db);
    assert_string_equal(world_sql(&f->w, &f->arena, there), "0");
    assert_int_equal(replica_reload(f->w.rep, true, &err), ST_OK);
    f->card = catalog_table(replica_catalog(f->w.rep), 1);
    f->ledger = world_ledger(&f->w, "622924101001");
    f->a = author;
    lay(f, &f->a, 1, 2, 1, 3, text("空户"));
    assert_string_equal(world_sql(&f->w, &f->arena, "SELECT status FROM o_card"), "在册");
    dump(f, &after, true);
    assert_string_equal(buf_cstr(&before), buf_cstr(&after));
    buf_release(&before);
    buf_release(&after);
}

static bool count_items(void *arg, const struct history_item *item)
{
    size_t *n = arg;
    n[0]++;
    n[1] += item->void_reason != NULL;
    n[2] += !item->admitted;
    assert_true(item->op_count == 1);
    return true;
}

static void history_tells_everything_that_touched_a_record(void **state)
{
    struct fixture *f = *state;
    size_t n[3] = {0};
    struct error err;
    struct record_id id = world_id(1);
    save(f, &f->a, 0, 1, 3, text("在册"));
    save(f, &f->a, 1, 2, 3, text("别的"));
    save(f, &f->b, 1, 1, 2, text("坏"));
    lay(f, &f->a, 2, 1, 1, 3, text("空户"));
    assert_int_equal(materialise_history(f->w.rep, f->ledger, &id, count_items, n, &err), ST_OK);
    assert_int_equal(n[0], 3);
    assert_int_equal(n[1], 1);
    assert_int_equal(n[2], 1);
    /* Another's leaf arrives, and mine is laid over it again: it still waits only once. */
    save(f, &f->b, 1, 1, 2, text("13800000002"));
    memset(n, 0, sizeof n);
    assert_int_equal(materialise_history(f->w.rep, f->ledger, &id, count_items, n, &err), ST_OK);
    assert_int_equal(n[0], 4);
    assert_int_equal(n[2], 1);
}

static void a_county_adds_a_field_and_a_type_at_run_time(void **state)
{
    struct fixture *f = *state;
    save(f, &f->a, 0, 1, 2, text("13800000001"));
    world_catalog(&f->w,
                  "INSERT INTO migration VALUES (2, 'more');"
                  "INSERT INTO tables(no, name, zh) VALUES (2, 'shed', '羊棚');"
                  "INSERT INTO fields(tbl, no, name, zh) VALUES ('shed', 1, 'place', '地点'),"
                  " ('1', 9, 'extra', '补充');");
    f->card = catalog_table(replica_catalog(f->w.rep), 1);
    save(f, &f->a, 1, 1, 9, text("新"));
    assert_string_equal(get(f, 1, "extra || phone"), "新13800000001");
    assert_string_equal(world_sql(&f->w, &f->arena, "SELECT count(*) FROM shed"), "0");
}

static void a_county_changes_a_policy_while_a_conflict_stands(void **state)
{
    struct fixture *f = *state;
    save(f, &f->a, 0, 1, 3, text("在册"));
    save(f, &f->a, 1, 1, 3, text("空户"));
    save(f, &f->b, 1, 1, 3, text("迁出"));
    assert_string_equal(world_sql(&f->w, &f->arena, "SELECT count(*) FROM conflict"), "1");
    world_catalog(&f->w, "INSERT INTO migration VALUES (2, 'later wins');"
                         "INSERT INTO fields(tbl, no, name, zh, type, policy)"
                         " VALUES ('1', 3, 'status', '状态', 'text', 'lww');");
    f->card = catalog_table(replica_catalog(f->w.rep), 1);
    assert_string_equal(get(f, 1, "status"), "在册");
    assert_string_equal(world_sql(&f->w, &f->arena, "SELECT count(*) FROM conflict"), "0");
    struct record_state record;
    struct record_id id = world_id(1);
    assert_int_equal(materialise_load(f->w.rep, f->ledger, f->card, &id, &f->arena, &record, NULL),
                     ST_OK);
    assert_false(record.conflict);
    assert_int_equal(record.fields[3].claim_count, 1);
    save(f, &f->b, 2, 1, 3, text("整户"));
    assert_string_equal(get(f, 1, "status"), "整户");
}

/* Whoever signs on an old registry gets around newer rules, but not into a column of another kind.
 */
static void a_field_that_the_author_had_not_heard_of_takes_only_its_own_kind(void **state)
{
    struct fixture *f = *state;
    struct record_id id = world_id(1);
    struct op_field number = {9, value_int(5)}, word = {9, text("新")};
    struct slice bodies[] = {world_put(&f->arena, f->card, &id, &number, 1),
                             world_put(&f->arena, f->card, &id, &word, 1)};
    struct made made;
    world_make(&f->w, f->ledger, &f->a, 0, bodies, 2, &f->arena, &made);
    world_catalog(&f->w, "INSERT INTO migration VALUES (2, 'more');"
                         "INSERT INTO fields(tbl, no, name, zh) VALUES ('1', 9, 'extra', '补充');");
    world_admit(&f->w, f->ledger, &made);
    assert_string_equal(
        world_sql(&f->w, &f->arena, "SELECT group_concat(position || code) FROM void_change"),
        "0invalid");
    assert_string_equal(get(f, 1, "extra"), "新");
}

static void the_same_id_in_another_table_is_another_record(void **state)
{
    struct fixture *f = *state;
    struct buf before, after;
    struct error err;
    struct record_id id = world_id(1);
    struct op_field place = {1, text("三甲集")};
    struct made made;
    world_catalog(&f->w,
                  "INSERT INTO migration VALUES (2, 'more');"
                  "INSERT INTO tables(no, name, zh) VALUES (2, 'shed', '羊棚');"
                  "INSERT INTO fields(tbl, no, name, zh) VALUES ('shed', 1, 'place', '地点');");
    f->card = catalog_table(replica_catalog(f->w.rep), 1);
    save(f, &f->a, 0, 1, 2, text("13800000001"));
    struct slice body =
        world_put(&f->arena, catalog_table(replica_catalog(f->w.rep), 2), &id, &place, 1);
    world_make(&f->w, f->ledger, &f->a, 1, &body, 1, &f->arena, &made);
    world_admit(&f->w, f->ledger, &made);
    assert_string_equal(world_sql(&f->w, &f->arena, "SELECT place FROM shed"), "三甲集");
    assert_string_equal(get(f, 1, "phone"), "13800000001");
    dump(f, &before, false);
    assert_int_equal(materialise_rebuild(f->w.rep, NULL, &err), ST_OK);
    dump(f, &after, false);
    assert_string_equal(buf_cstr(&before), buf_cstr(&after));
    buf_release(&before);
    buf_release(&after);
}

/* Ops of one change on one record id, as a person would not write them. */
static void save_ops(struct fixture *f, struct person *who, const struct op *ops, size_t count)
{
    struct buf body;
    struct made made;
    buf_init(&body, 4096);
    op_body_begin(&body, count);
    for (size_t i = 0; i < count; i++)
        op_write(&body, &ops[i]);
    op_body_end(&body, SLICE_NONE);
    struct slice bytes = buf_slice(&body);
    world_make(&f->w, f->ledger, who, f->ledger->tree.size, &bytes, 1, &f->arena, &made);
    world_admit(&f->w, f->ledger, &made);
    buf_release(&body);
}

/* The table that an op names decides what it may write, also beside an op on the same id elsewhere.
 */
static void no_field_is_reached_through_another_table(void **state)
{
    struct fixture *f = *state;
    struct buf leaf_by_leaf, at_once;
    struct error err;
    world_catalog(&f->w, "INSERT INTO migration VALUES (2, 'slip');"
                         "INSERT INTO tables(no, name, zh) VALUES (2, 'slip', '条');"
                         "INSERT INTO fields(tbl, no, name, zh, type) VALUES"
                         " ('slip', 8, 'words', '话', 'text'), ('slip', 4, 'more', '多', 'text');");
    const struct op_field words = {8, text("不是印")}, more = {4, text("不是数")};
    const struct op_field phone = {2, text("13800000000")};
    const struct op card = {
        .code = OP_PUT, .table = 1, .record = world_id(1), .field_count = 1, .fields = &phone};
    struct op slip = {
        .code = OP_PUT, .table = 2, .record = world_id(1), .field_count = 1, .fields = &words};
    save_ops(f, &f->a, (const struct op[]){card, slip}, 2); /* card.seal is the township's */
    slip.fields = &more;                                    /* card.points is a number */
    save_ops(f, &f->a, &slip, 1);
    save_ops(f, &f->a, &card, 1);
    assert_string_equal(get(f, 1, "coalesce(seal, '-') || coalesce(points, '-') || phone"),
                        "--13800000000");
    assert_string_equal(world_sql(&f->w, &f->arena, "SELECT words || more FROM slip"),
                        "不是印不是数");
    dump(f, &leaf_by_leaf, true);
    assert_int_equal(db_begin(f->w.db, &err), ST_OK);
    assert_int_equal(materialise_rebuild(f->w.rep, NULL, &err), ST_OK);
    assert_int_equal(db_commit(f->w.db, &err), ST_OK);
    dump(f, &at_once, true);
    assert_string_equal(buf_cstr(&at_once), buf_cstr(&leaf_by_leaf));
    buf_release(&leaf_by_leaf);
    buf_release(&at_once);
}

/* ---- the registry, by a registrar who does what no desk would ---- */

static struct slice grant_of(struct fixture *f, uint8_t n, const char *role, int64_t expires_ms)
{
    uint8_t seed[SIGN_SEED_SIZE] = {0xA0, n};
    struct sign_key *key = sign_key_from_seed(seed);
    struct grant grant = {.kind = GRANT_PERSON,
                          .pk = *sign_key_public(key),
                          .scope_count = 1,
                          .expires_ms = expires_ms};
    struct buf message, op;
    buf_init(&message, 1024);
    buf_init(&op, 4096);
    snprintf(grant.name, sizeof grant.name, "人员%u", n);
    snprintf(grant.role, sizeof grant.role, "%s", role);
    memcpy(grant.scopes[0], "622924101001", DIVISION_CODE_SIZE);
    grant_pop_message(&f->w.rep->registry_origin, sign_key_kid(key), &message);
    sign_message(key, buf_slice(&message), &grant.pop);
    grant_encode(&grant, &op);
    struct slice out = slice_of(arena_copy(&f->arena, op.p, op.n), op.n);
    buf_release(&message);
    buf_release(&op);
    sign_key_release(key);
    return out;
}

static struct slice body_of(struct fixture *f, const struct slice *ops, size_t count)
{
    struct buf body;
    buf_init(&body, CHANGE_BODY_MAX);
    op_body_begin(&body, count);
    for (size_t i = 0; i < count; i++)
        buf_put_slice(&body, ops[i]);
    op_body_end(&body, SLICE_NONE);
    struct slice out = slice_of(arena_copy(&f->arena, body.p, body.n), body.n);
    buf_release(&body);
    return out;
}

static struct hash kid_of(uint8_t n)
{
    uint8_t seed[SIGN_SEED_SIZE] = {0xA0, n};
    struct sign_key *key = sign_key_from_seed(seed);
    struct hash kid = *sign_key_kid(key);
    sign_key_release(key);
    return kid;
}

static void write_registry(struct fixture *f, struct sign_key *key, struct chain_head *head,
                           const struct slice *bodies, size_t count)
{
    struct ledger *registry = f->w.rep->registry_ledger;
    struct person who = {.key = key, .head = *head};
    struct made made;
    world_make(&f->w, registry, &who, registry->tree.size, bodies, count, &f->arena, &made);
    world_admit(&f->w, registry, &made);
    *head = who.head;
}

static const char *voids(struct fixture *f)
{
    return world_sql(&f->w, &f->arena,
                     "SELECT group_concat(position || code, ' ') FROM (SELECT * FROM void_change"
                     " WHERE ledger = %lld ORDER BY leaf, position)",
                     (long long)f->w.rep->registry_ledger->no);
}

/* Many grants, then a record: the registrar's own grant has moved in memory while they were folded.
 */
static void grants_and_records_in_one_changeset(void **state)
{
    struct fixture *f = *state;
    struct slice bodies[70];
    struct record_id id = world_id(1);
    struct op_field phone = {2, text("13800000000")};
    for (uint8_t i = 0; i < 69; i++) {
        struct slice op = grant_of(f, i, "village", INT64_MAX);
        bodies[i] = body_of(f, &op, 1);
    }
    bodies[69] = world_put(&f->arena, f->card, &id, &phone, 1);
    write_registry(f, f->w.registrar, &f->w.registrar_head, bodies, 70);
    assert_string_equal(voids(f), "");
    assert_string_equal(get(f, 1, "phone"), "13800000000");
}

/* A change with several authority ops, of which one may not be: nothing of it counts, neither for
 * the change behind it nor after the next start. */
static void authority_ops_of_one_change_count_all_or_none(void **state)
{
    struct fixture *f = *state;
    const struct registry *reg = &f->w.rep->registry;
    struct hash kid = kid_of(1);
    struct slice broken = slice_of("\x82\x16\x80", 3), revoke, ops[3];
    struct slice bodies[3];
    struct error err;
    struct buf op;
    buf_init(&op, 4096);
    revoke_encode(&kid, 1, &op);
    revoke = buf_slice(&op);
    ops[0] = grant_of(f, 1, "village", INT64_MAX);
    ops[1] = broken; /* a catalog op without a migration */
    bodies[0] = body_of(f, ops, 2);
    bodies[1] = body_of(f, &revoke, 1); /* of a key that was not granted */
    ops[1] = grant_of(f, 2, "village", INT64_MAX);
    bodies[2] = body_of(f, ops + 1, 1);
    write_registry(f, f->w.registrar, &f->w.registrar_head, bodies, 3);
    assert_string_equal(voids(f), "0authority 1authority");
    for (int restarted = 0; restarted < 2; restarted++) {
        struct hash second = kid_of(2);
        assert_null(registry_grant_any(reg, &kid));
        assert_non_null(registry_grant(reg, &second, reg->size));
        assert_int_equal(replica_reload(f->w.rep, true, &err), ST_OK);
    }
    buf_release(&op);
}

/* A registrar whose time is over grants nothing any more. */
static void an_expired_registrar_grants_nothing(void **state)
{
    struct fixture *f = *state;
    const struct registry *reg = &f->w.rep->registry;
    uint8_t seed[SIGN_SEED_SIZE] = {0xA0, 1};
    struct sign_key *key = sign_key_from_seed(seed);
    struct chain_head head = {.chain = {{9}}};
    struct hash second = kid_of(2);
    struct slice op = grant_of(f, 1, "registrar", f->w.now_ms + 1000), body = body_of(f, &op, 1);
    write_registry(f, f->w.root, &f->w.root_head, &body, 1);
    f->w.now_ms += 2000;
    op = grant_of(f, 2, "village", INT64_MAX);
    body = body_of(f, &op, 1);
    write_registry(f, key, &head, &body, 1);
    assert_string_equal(voids(f), "0no_grant");
    assert_null(registry_grant_any(reg, &second));
    sign_key_release(key);
}

/* Whether a record can be there at all is first asked while another one waits to be written. */
static void a_record_written_in_the_same_batch_is_found_later(void **state)
{
    struct fixture *f = *state;
    struct record_id id = world_id(2);
    struct op_field place = {1, text("三甲集")};
    struct made made;
    struct error err;
    world_catalog(&f->w,
                  "INSERT INTO migration VALUES (2, 'more');"
                  "INSERT INTO tables(no, name, zh) VALUES (2, 'shed', '羊棚');"
                  "INSERT INTO fields(tbl, no, name, zh) VALUES ('shed', 1, 'place', '地点');");
    f->card = catalog_table(replica_catalog(f->w.rep), 1);
    save(f, &f->a, 0, 1, 3, text("在册"));
    struct slice body =
        world_put(&f->arena, catalog_table(replica_catalog(f->w.rep), 2), &id, &place, 1);
    world_make(&f->w, f->ledger, &f->a, 1, &body, 1, &f->arena, &made);
    world_admit(&f->w, f->ledger, &made);
    save(f, &f->b, 2, 2, 2, text("坏")); /* void, and its id is known from the other table */
    assert_int_equal(db_begin(f->w.db, &err), ST_OK);
    assert_int_equal(materialise_rebuild(f->w.rep, NULL, &err), ST_OK);
    assert_int_equal(db_commit(f->w.db, &err), ST_OK);
    f->ledger = replica_ledger_named(f->w.rep, "622924101001");
    f->card = catalog_table(replica_catalog(f->w.rep), 1);
    save(f, &f->a, 3, 1, 2, text("13800000001"));
    assert_string_equal(get(f, 1, "status || phone"), "在册13800000001");
}

/* A program whose rules differ finds tables that an older one made. */
static void another_merge_version_folds_anew(void **state)
{
    struct fixture *f = *state;
    struct error err;
    save(f, &f->a, 0, 1, 2, text("13800000000"));
    assert_int_equal(materialise_upgrade(f->w.rep, &err), ST_OK);
    assert_true(materialise_is_current(f->w.rep));
    assert_int_equal(db_exec(f->w.db,
                             "UPDATE r_card SET phone = 'old rules';"
                             "UPDATE replica_setting SET value = '0' WHERE name = 'merge_version'",
                             &err),
                     ST_OK);
    assert_false(materialise_is_current(f->w.rep));
    assert_int_equal(materialise_upgrade(f->w.rep, &err), ST_OK);
    assert_true(materialise_is_current(f->w.rep));
    assert_string_equal(get(f, 1, "phone"), "13800000000");
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(rows_land_in_a_readable_view),
        T(later_seen_wins_whatever_the_clock),
        T(what_a_chain_had_seen_stays_earlier),
        T(review_conflict_opens_shows_the_base_value_and_is_found),
        T(the_same_value_twice_is_no_conflict),
        T(township_outranks_village),
        T(what_a_role_may_not_write_is_void_with_its_reason),
        T(the_overlay_shows_at_once_and_gives_way_to_leaves),
        T(the_overlay_is_lifted_also_when_its_leaf_is_void),
        T(the_overlay_is_judged_anew_when_the_registry_grows),
        T(rebuild_gives_the_same_bytes),
        T(older_leaves_are_folded_below_work_by_a_newer_catalog),
        T(own_work_gets_its_leaf_after_a_newer_catalog),
        T(removing_the_overlay_gives_the_admitted_state),
        T(the_table_for_rows_aside_comes_with_the_first),
        T(history_tells_everything_that_touched_a_record),
        T(a_county_adds_a_field_and_a_type_at_run_time),
        T(a_county_changes_a_policy_while_a_conflict_stands),
        T(a_field_that_the_author_had_not_heard_of_takes_only_its_own_kind),
        T(the_same_id_in_another_table_is_another_record),
        T(no_field_is_reached_through_another_table),
        T(grants_and_records_in_one_changeset),
        T(authority_ops_of_one_change_count_all_or_none),
        T(an_expired_registrar_grants_nothing),
        T(a_record_written_in_the_same_batch_is_found_later),
        T(another_merge_version_folds_anew),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
