/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * transfer: a township's desk moves houses between its villages, in a temporary folder: what goes
 * along and what does not, what refuses, large archives, every kind of late change. The villages'
 * people write in a world of their own and know nothing of what the desk has not sent yet.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "agent/core/act.h"
#include "agent/core/late.h"
#include "agent/core/transfer.h"
#include "agent/core/transfers.h"
#include "agent/core/view.h"
#include "shared/base/check.h"
#include "shared/base/file.h"
#include "shared/ledger/change.h"
#include "tests/harness/assert_ok.h"
#include "tests/harness/folder.h"
#include "tests/harness/world.h"

#define A "622924101001"
#define B "622924101002"
#define C "622924101202"

enum { HOUSE = 1, GOODS = 2, STAY = 3, GUEST = 4 };
enum { F_NAME = 1, F_OWNER, F_TAGS, F_VISITS, F_PHASE, F_GRADE, F_PHONE };

/* A house owns goods; a stay belongs to a house and brings its guest while it lasts. */
static const char catalog_text[] =
    "INSERT INTO migration(number, name) VALUES (1, 'houses');"
    "INSERT INTO tables(no, name, zh, title) VALUES (1, 'house', '房', 'name'),"
    " (2, 'goods', '货', 'name'), (3, 'stay', '住', 'name'), (4, 'guest', '客', 'name');"
    "INSERT INTO fields(tbl, no, name, zh, type, policy, args, writers) VALUES"
    " ('house', 1, 'name', '名', 'text', 'lww', '', ''),"
    " ('house', 2, 'owner', '主', 'text', 'review', '', ''),"
    " ('house', 3, 'tags', '标', 'set_text', 'set', '', 'V'),"
    " ('house', 4, 'visits', '次', 'int', 'counter', '', 'V'),"
    " ('house', 5, 'phase', '阶', 'text', 'state', '>plan,plan>open,open>shut', 'V'),"
    " ('house', 6, 'grade', '级', 'text', 'authority', '', 'C:nc,V'),"
    " ('house', 7, 'phone', '话', 'text', 'lww', '', 'V');"
    "INSERT INTO fields(tbl, no, name, zh, type, policy, required, ref) VALUES"
    " ('goods', 1, 'name', '名', 'text', 'lww', 0, ''),"
    " ('goods', 2, 'house', '房', 'ref', 'append', 1, 'house'),"
    " ('stay', 1, 'name', '名', 'text', 'lww', 0, ''),"
    " ('stay', 2, 'house', '房', 'ref', 'append', 1, 'house'),"
    " ('stay', 3, 'guest', '客', 'ref', 'append', 1, 'guest'),"
    " ('stay', 4, 'until', '止', 'text', 'lww', 0, ''),"
    " ('guest', 1, 'name', '名', 'text', 'lww', 0, '');"
    "INSERT INTO rules(tbl, no, kind, args, zh, en) VALUES"
    " ('stay', 1, 'brings', 'guest until', '随住', 'comes along');";

struct fixture {
    char folder[32], data[48];
    struct world world;
    struct person village[2]; /* of A and B */
    struct person department, township;
    struct ledger *ledger[3]; /* of the world */
    struct desk *desk;
    struct author author; /* the township */
    struct arena arena;
};

static int set_up(void **state)
{
    struct fixture *f = mem_zero_alloc(1, sizeof(*f));
    struct world *w = &f->world;
    world_init(w, NULL);
    world_catalog(w, catalog_text);
    world_grant(w, &f->village[0], 1, "village", A);
    world_grant(w, &f->village[1], 2, "village", B);
    world_grant(w, &f->department, 3, "dept:nc", "622924000000");
    world_grant(w, &f->township, 4, "township", "622924101000");
    f->ledger[0] = world_ledger(w, A);
    f->ledger[1] = world_ledger(w, B);
    f->ledger[2] = world_ledger(w, C);
    snprintf(f->folder, sizeof(f->folder), "move.XXXXXX");
    CHECK(mkdtemp(f->folder) != NULL);
    snprintf(f->data, sizeof(f->data), "%s/data", f->folder);
    assert_ok(
        desk_create(f->data, &w->rep->registry_origin, sign_key_kid(w->root), &f->desk, &err));
    world_copy(w, w->rep->registry_ledger, f->desk->rep);
    for (size_t i = 0; i < 3; i++)
        world_copy(w, f->ledger[i], f->desk->rep);
    f->author = (struct author){.kid = *sign_key_kid(f->township.key), .key = f->township.key};
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    desk_close(f->desk);
    sign_key_release(f->village[0].key);
    sign_key_release(f->village[1].key);
    sign_key_release(f->department.key);
    sign_key_release(f->township.key);
    arena_release(&f->arena);
    world_release(&f->world);
    remove_folder(f->folder);
    mem_free(f);
    return 0;
}

/* ---- the villages write ---- */

static void write_ops(struct fixture *f, int at, struct person *who, uint64_t base,
                      const struct op *ops, size_t count)
{
    struct buf body;
    struct made made;
    buf_init(&body, CHANGE_BODY_MAX);
    op_body_begin(&body, count);
    for (size_t i = 0; i < count; i++)
        op_write(&body, &ops[i]);
    op_body_end(&body, SLICE_NONE);
    CHECK(buf_ok(&body));
    struct slice bytes = slice_of(arena_copy(&f->arena, body.p, body.n), body.n);
    world_make(&f->world, f->ledger[at], who, base, &bytes, 1, &f->arena, &made);
    world_admit(&f->world, f->ledger[at], &made);
    buf_release(&body);
}

/* What is admitted comes to the desk, whose own work has not been sent. */
static void deliver(struct fixture *f)
{
    assert_ok(view_settle(f->desk, &err));
    for (size_t i = 0; i < 3; i++)
        world_copy(&f->world, f->ledger[i], f->desk->rep);
}

static struct value id_value(struct fixture *f, unsigned n)
{
    struct record_id *id = arena_alloc(&f->arena, sizeof(*id));
    *id = world_id(n);
    return value_bytes(slice_of(id->b, RECORD_ID_SIZE));
}

static struct value text(const char *s)
{
    return value_text(slice_str(s));
}

static struct op put_op(struct fixture *f, uint32_t table, unsigned n, size_t count, ...)
{
    struct op_field *fields = arena_alloc(&f->arena, count * sizeof(*fields));
    va_list args;
    va_start(args, count);
    for (size_t i = 0; i < count; i++) {
        fields[i].field = va_arg(args, unsigned);
        fields[i].value = va_arg(args, struct value);
    }
    va_end(args);
    return (struct op){.code = OP_PUT,
                       .table = table,
                       .record = world_id(n),
                       .field_count = (uint32_t)count,
                       .fields = fields};
}

/* A house with one piece of goods, a guest who stays and one who has gone, and another house. */
static void furnish(struct fixture *f)
{
    struct value tag = text("旧");
    const struct op ops[] = {
        put_op(f, HOUSE, 1, 4u, F_NAME, text("甲"), F_OWNER, text("马"), F_PHASE, text("plan"),
               F_PHONE, text("1")),
        {.code = OP_SET,
         .table = HOUSE,
         .record = world_id(1),
         .field = F_TAGS,
         .add_count = 1,
         .adds = &tag},
        {.code = OP_COUNTER, .table = HOUSE, .record = world_id(1), .field = F_VISITS, .delta = 5},
        put_op(f, GOODS, 11, 2u, F_NAME, text("羊"), 2u, id_value(f, 1)),
        put_op(f, STAY, 21, 2u, 2u, id_value(f, 1), 3u, id_value(f, 41)),
        put_op(f, STAY, 22, 3u, 2u, id_value(f, 1), 3u, id_value(f, 42), 4u, text("2020")),
        put_op(f, GUEST, 41, 1u, F_NAME, text("客甲")),
        put_op(f, GUEST, 42, 1u, F_NAME, text("客乙")),
        put_op(f, HOUSE, 2, 1u, F_NAME, text("乙")),
        put_op(f, GOODS, 12, 2u, F_NAME, text("牛"), 2u, id_value(f, 2)),
    };
    write_ops(f, 0, &f->village[0], 0, ops, ARRAY_LENGTH(ops));
    struct op grade = put_op(f, HOUSE, 1, 1u, F_GRADE, text("一等"));
    write_ops(f, 0, &f->department, 1, &grade, 1);
    deliver(f);
}

/* ---- the township's desk ---- */

static const char *hex_of(struct fixture *f, unsigned n)
{
    struct record_id id = world_id(n);
    char *hex = arena_alloc(&f->arena, RECORD_ID_TEXT);
    record_id_format(&id, hex);
    return hex;
}

static enum status move(struct fixture *f, unsigned n, const char *to,
                        struct transfer_result *result, struct error *err)
{
    struct transfer what = {.type = "house", .record = hex_of(f, n), .to = to};
    return transfer_run(f->desk, &f->author, &what, result, err);
}

static const char *ask(struct fixture *f, const char *sql)
{
    struct stmt *stmt;
    bool row;
    const char *out = "";
    assert_ok(db_prepare(f->desk->db, slice_str(sql), &stmt, &err));
    assert_ok(stmt_step(stmt, &row, &err));
    if (row)
        out = arena_printf(&f->arena, "%.*s", (int)stmt_text(stmt, 0).n,
                           (const char *)stmt_text(stmt, 0).p);
    stmt_release(stmt);
    return out;
}

/* "kind kind": what is open. */
static const char *open_kinds(struct fixture *f)
{
    json_t *all = NULL, *one;
    size_t i;
    const char *out = "";
    assert_ok(transfers_list(f->desk, &all, &err));
    json_array_foreach(all, i, one) out = arena_printf(
        &f->arena, "%s%s%s", out, *out ? " " : "", json_string_value(json_object_get(one, "kind")));
    json_decref(all);
    return out;
}

static size_t take(struct fixture *f, const char *id, bool drop)
{
    struct transfers_take what = {.id = id, .drop = drop};
    size_t taken = 0;
    assert_ok(transfers_take(f->desk, &f->author, &what, &taken, &err));
    return taken;
}

#define WHERE(table, n_id)                                                                     \
    ask(f, arena_printf(&f->arena, "SELECT substr(origin, -3) FROM " table " WHERE id = '%s'", \
                        hex_of(f, n_id)))
#define FIELD(expression) ask(f, "SELECT " expression " FROM house WHERE name IN ('甲', '新')")

/* ---- stories ---- */

static void what_belongs_goes_along(void **state)
{
    struct fixture *f = *state;
    struct transfer_result result;
    furnish(f);
    assert_ok(move(f, 1, B, &result, &err));
    assert_int_equal(result.records, 5); /* the house, its goods, both stays, the present guest */
    assert_int_equal(result.left, 5);
    assert_int_equal(result.arrived, 5);
    assert_string_equal(WHERE("house", 1), "002");
    assert_string_equal(WHERE("goods", 11), "002");
    assert_string_equal(WHERE("stay", 21), "002");
    assert_string_equal(WHERE("stay", 22), "002");
    assert_string_equal(WHERE("guest", 41), "002");
    assert_string_equal(WHERE("guest", 42), "001");
    assert_string_equal(WHERE("house", 2), "001");
    assert_string_equal(WHERE("goods", 12), "001");
    assert_string_equal(FIELD("tags || visits || phase || grade"), "[\"旧\"]5plan一等");
    assert_string_equal(open_kinds(f), "");
    struct error why;
    assert_int_equal(move(f, 1, B, &result, &why), ST_REFUSED); /* it is there already */
}

/* "002:1": which ledgers tell of the pair of houses n and 2, and what. */
static const char *words_of(struct fixture *f, unsigned n)
{
    return ask(f, arena_printf(&f->arena,
                               "SELECT group_concat(word, ' ') FROM (SELECT substr(l.origin, -3) ||"
                               " ':' || k.same AS word FROM link k JOIN ledger l ON l.no = k.ledger"
                               " WHERE lower(hex(k.id)) = '%s' AND lower(hex(k.other)) = '%s'"
                               " ORDER BY 1)",
                               hex_of(f, n), hex_of(f, 2)));
}

static void what_people_said_of_it_goes_along(void **state)
{
    struct fixture *f = *state;
    struct transfer_result result;
    furnish(f);
    struct op same = {.code = OP_LINK, .table = HOUSE, .record = world_id(1), .link = true};
    same.other = world_id(2);
    struct op apart = {.code = OP_LINK, .table = HOUSE, .record = world_id(2)};
    apart.other = world_id(3);
    const struct op ops[] = {put_op(f, HOUSE, 3, 1u, F_NAME, text("丙")), same, apart};
    write_ops(f, 0, &f->village[0], 1, ops, ARRAY_LENGTH(ops));
    deliver(f);
    assert_string_equal(words_of(f, 1), "001:1");
    assert_ok(move(f, 1, B, &result, &err));
    assert_string_equal(words_of(f, 1), "001:1 002:1");
    assert_string_equal(words_of(f, 3), "001:0"); /* neither of those has moved */
    assert_ok(move(f, 3, B, &result, &err));
    assert_string_equal(words_of(f, 3), "001:0 002:0");

    /* What is said there already is not said again. */
    assert_ok(move(f, 2, B, &result, &err));
    assert_string_equal(words_of(f, 1), "001:1 002:1");
    assert_string_equal(ask(f, "SELECT count(*) || '' FROM house"), "2");
}

static void a_large_archive_takes_several_changes(void **state)
{
    struct fixture *f = *state;
    struct transfer_result result;
    struct op *ops = arena_alloc(&f->arena, 1500 * sizeof(*ops));
    furnish(f);
    for (unsigned batch = 0; batch < 6; batch++) {
        for (unsigned i = 0; i < 1500; i++)
            ops[i] = put_op(f, GOODS, 1000 + batch * 1500 + i, 2u, F_NAME, text("货物"), 2u,
                            id_value(f, 1));
        write_ops(f, 0, &f->village[0], f->ledger[0]->tree.size, ops, 1500);
    }
    deliver(f);
    assert_ok(move(f, 1, B, &result, &err));
    assert_int_equal(result.arrived, 9005);
    assert_string_equal(ask(f, "SELECT count(*) FROM goods WHERE origin LIKE '%002'"), "9001");
    assert_string_equal(ask(f, "SELECT max(n) < 16 AND min(n) > 1 FROM (SELECT max(seq) AS n FROM"
                               " open_change GROUP BY own_chain)"),
                        "1");
    assert_string_equal(ask(f, "SELECT max(length(body)) <= 262144 FROM open_change"), "1");
    /* The house itself is in the last change of either. */
    const char *last =
        arena_printf(&f->arena,
                     "SELECT min(instr(hex(body), upper('%s')) > 0) FROM open_change c WHERE seq ="
                     " (SELECT max(seq) FROM open_change WHERE own_chain = c.own_chain)",
                     hex_of(f, 1));
    assert_string_equal(ask(f, last), "1");
}

static void what_is_undecided_stays(void **state)
{
    struct fixture *f = *state;
    struct transfer_result result;
    struct error why;
    furnish(f);
    struct op shared = put_op(f, STAY, 23, 2u, 2u, id_value(f, 2), 3u, id_value(f, 41));
    write_ops(f, 0, &f->village[0], 2, &shared, 1);
    deliver(f);
    assert_int_equal(move(f, 1, B, &result, &why), ST_REFUSED);
    assert_non_null(strstr(why.text, "随迁"));
    struct op over = put_op(f, STAY, 23, 1u, 4u, text("2026"));
    write_ops(f, 0, &f->village[0], 3, &over, 1);
    struct op one = put_op(f, HOUSE, 1, 1u, F_OWNER, text("丁"));
    struct op other = put_op(f, HOUSE, 1, 1u, F_OWNER, text("王"));
    write_ops(f, 0, &f->village[0], 4, &one, 1);
    write_ops(f, 0, &f->department, 4, &other, 1);
    deliver(f);
    assert_int_equal(move(f, 1, B, &result, &why), ST_REFUSED);
    assert_non_null(strstr(why.text, "分歧"));
    assert_string_equal(WHERE("house", 1), "001");
}

static void only_who_covers_both_does_both(void **state)
{
    struct fixture *f = *state;
    struct transfer_result result;
    struct error why;
    furnish(f);
    struct author township = f->author;
    f->author = (struct author){.kid = *sign_key_kid(f->village[1].key), .key = f->village[1].key};
    assert_int_equal(move(f, 1, B, &result, &why), ST_REFUSED);
    f->author = (struct author){.kid = *sign_key_kid(f->village[0].key), .key = f->village[0].key};
    assert_ok(move(f, 1, B, &result, &err));
    assert_int_equal(result.left, 5);
    assert_int_equal(result.arrived, 0);
    assert_int_equal(move(f, 1, B, &result, &why), ST_REFUSED); /* said once */
    assert_string_equal(open_kinds(f), "under_way");
    assert_string_equal(WHERE("house", 1), "001"); /* counted where it comes from */
    f->author = township;
    assert_int_equal(move(f, 1, C, &result, &why), ST_REFUSED); /* it is on its way to B */
    assert_int_equal(take(f, hex_of(f, 1), false), 1);
    assert_string_equal(WHERE("house", 1), "002");
    assert_string_equal(WHERE("guest", 41), "002");
    assert_string_equal(open_kinds(f), "");
}

static void what_is_on_its_way_may_return(void **state)
{
    struct fixture *f = *state;
    struct transfer_result result;
    furnish(f);
    struct author township = f->author;
    f->author = (struct author){.kid = *sign_key_kid(f->village[0].key), .key = f->village[0].key};
    assert_ok(move(f, 1, B, &result, &err));
    struct op late = put_op(f, HOUSE, 1, 1u, F_PHONE, text("2"));
    write_ops(f, 0, &f->village[0], 2, &late, 1);
    deliver(f);
    f->author = township;
    assert_ok(move(f, 1, A, &result, &err));
    assert_int_equal(result.arrived, 5);
    assert_int_equal(result.late, 1);
    assert_string_equal(WHERE("house", 1), "001");
    assert_string_equal(FIELD("phone || in_transit"), "20");
    assert_string_equal(open_kinds(f), "");
}

static void every_kind_of_late_change_can_be_taken(void **state)
{
    struct fixture *f = *state;
    struct transfer_result result;
    struct value old = text("旧"), new = text("新");
    struct record_id house = world_id(1);
    furnish(f);
    assert_ok(move(f, 1, B, &result, &err));
    const struct op village[] = {
        put_op(f, HOUSE, 1, 2u, F_OWNER, text("丁"), F_PHONE, text("2")),
        {.code = OP_SET,
         .table = HOUSE,
         .record = house,
         .field = F_TAGS,
         .add_count = 1,
         .adds = &new,
         .remove_count = 1,
         .removes = &old},
        {.code = OP_COUNTER, .table = HOUSE, .record = house, .field = F_VISITS, .delta = 2},
        {.code = OP_STATE,
         .table = HOUSE,
         .record = house,
         .field = F_PHASE,
         .from = text("plan"),
         .to = text("open")},
    };
    write_ops(f, 0, &f->village[0], 2, village, ARRAY_LENGTH(village));
    struct op grade = put_op(f, HOUSE, 1, 1u, F_GRADE, text("二等"));
    write_ops(f, 0, &f->department, 2, &grade, 1);
    deliver(f);
    assert_string_equal(open_kinds(f), "late late");
    assert_string_equal(FIELD("owner || phone || tags || visits || phase || grade"),
                        "马1[\"旧\"]5plan一等");
    assert_int_equal(take(f, hex_of(f, 1), false), 2);
    assert_string_equal(FIELD("owner || phone || tags || visits || phase || grade"),
                        "丁2[\"新\"]7open二等");
    assert_string_equal(open_kinds(f), "");
    struct transfers_take again = {.id = hex_of(f, 1)};
    size_t taken;
    struct error why;
    assert_int_equal(transfers_take(f->desk, &f->author, &again, &taken, &why), ST_NOT_FOUND);
    assert_string_equal(ask(f, "SELECT count(*) FROM conflict"), "0");
}

static void the_taken_word_keeps_its_rank(void **state)
{
    struct fixture *f = *state;
    struct transfer_result result;
    furnish(f);
    assert_ok(move(f, 1, B, &result, &err));
    struct op grade = put_op(f, HOUSE, 1, 1u, F_GRADE, text("二等"));
    write_ops(f, 0, &f->village[0], 2, &grade,
              1); /* the village's claim is below the department's */
    deliver(f);
    assert_int_equal(take(f, hex_of(f, 1), false), 1);
    assert_string_equal(FIELD("grade"), "一等");
}

static void a_late_withdrawal_and_a_late_delete(void **state)
{
    struct fixture *f = *state;
    struct transfer_result result;
    furnish(f);
    assert_ok(move(f, 1, B, &result, &err));
    struct op withdraw = {
        .code = OP_WITHDRAW, .table = HOUSE, .record = world_id(1), .field = F_GRADE};
    write_ops(f, 0, &f->department, 2, &withdraw, 1);
    struct op gone = {
        .code = OP_DELETE, .table = GOODS, .record = world_id(11), .reason = text("卖了")};
    write_ops(f, 0, &f->village[0], 2, &gone, 1);
    deliver(f);
    assert_string_equal(WHERE("goods", 11), "002");
    assert_int_equal(take(f, hex_of(f, 1), false), 1);
    assert_int_equal(take(f, hex_of(f, 11), false), 1);
    assert_string_equal(FIELD("grade IS NULL"), "1");
    assert_string_equal(WHERE("goods", 11), "");
    assert_string_equal(open_kinds(f), "");
    assert_string_equal(ask(f, "SELECT count(*) FROM conflict"), "0");
}

static void what_is_dropped_is_done_with(void **state)
{
    struct fixture *f = *state;
    struct transfer_result result;
    furnish(f);
    assert_ok(move(f, 1, B, &result, &err));
    struct op late = put_op(f, HOUSE, 1, 1u, F_PHONE, text("2"));
    write_ops(f, 0, &f->village[0], 2, &late, 1);
    struct op left = put_op(f, GOODS, 13, 2u, F_NAME, text("鸡"), 2u, id_value(f, 1));
    write_ops(f, 0, &f->village[0], 3, &left, 1);
    deliver(f);
    assert_string_equal(open_kinds(f), "late left");
    assert_int_equal(take(f, hex_of(f, 1), true), 1);
    assert_string_equal(FIELD("phone"), "1");
    struct transfers_take drop = {.id = hex_of(f, 13), .drop = true};
    size_t taken;
    struct error why;
    assert_int_equal(transfers_take(f->desk, &f->author, &drop, &taken, &why), ST_USAGE);
    assert_int_equal(take(f, hex_of(f, 13), false), 1);
    assert_string_equal(WHERE("goods", 13), "002");
    assert_string_equal(open_kinds(f), "");
}

/* It has moved on before anyone looked; the late change finds it where it is. */
static void a_late_change_follows_two_moves(void **state)
{
    struct fixture *f = *state;
    struct transfer_result result;
    furnish(f);
    assert_ok(move(f, 1, B, &result, &err));
    assert_ok(move(f, 1, C, &result, &err));
    struct op late = put_op(f, HOUSE, 1, 1u, F_PHONE, text("2"));
    write_ops(f, 0, &f->village[0], 2, &late, 1);
    deliver(f);
    assert_string_equal(WHERE("house", 1), "202");
    assert_string_equal(open_kinds(f), "late");
    assert_int_equal(take(f, hex_of(f, 1), false), 1);
    assert_string_equal(FIELD("phone || substr(origin, -3)"), "2202");
    assert_string_equal(open_kinds(f), "");
    assert_ok(move(f, 1, A, &result, &err)); /* and home again, with it */
    assert_string_equal(FIELD("phone || substr(origin, -3)"), "2001");
    assert_string_equal(open_kinds(f), "");
}

static void rubbish_is_told(void **state)
{
    struct fixture *f = *state;
    struct transfer_result result;
    struct error why;
    furnish(f);
    assert_int_equal(move(f, 1, "622924101000", &result, &why), ST_USAGE);
    assert_int_equal(move(f, 1, "622923101001", &result, &why), ST_USAGE); /* another county */
    assert_int_equal(move(f, 1, "village", &result, &why), ST_USAGE);
    assert_int_equal(move(f, 77, B, &result, &why), ST_NOT_FOUND);
    assert_int_equal(move(f, 1, A, &result, &why), ST_REFUSED); /* it is there */
    assert_string_equal(WHERE("house", 1), "001");
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        T(what_belongs_goes_along),
        T(what_people_said_of_it_goes_along),
        T(a_large_archive_takes_several_changes),
        T(what_is_undecided_stays),
        T(only_who_covers_both_does_both),
        T(what_is_on_its_way_may_return),
        T(every_kind_of_late_change_can_be_taken),
        T(the_taken_word_keeps_its_rank),
        T(a_late_withdrawal_and_a_late_delete),
        T(what_is_dropped_is_done_with),
        T(a_late_change_follows_two_moves),
        T(rubbish_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
