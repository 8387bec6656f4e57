/* SPDX-License-Identifier: MulanPSL-2.0 */
/* clash: the core catalog's rules about records together, over records of two laptops and two
 * villages. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdlib.h>

#include "shared/base/check.h"
#include "shared/db/clash.h"
#include "shared/db/migrate.h"
#include "tests/harness/world.h"

enum { GRID = 2, HOUSEHOLD = 5, MEMBER = 6, PLAN = 14 };

struct fixture {
    struct world w;
    struct person a, b, other; /* a and b of one village */
    struct ledger *ledger, *second;
    struct arena arena;
};

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    world_init(&f->w, NULL);
    world_core_catalog(&f->w);
    world_grant(&f->w, &f->a, 1, "village", "622924101001");
    world_grant(&f->w, &f->b, 2, "village", "622924101001");
    world_grant(&f->w, &f->other, 3, "village", "622924101200");
    f->ledger = world_ledger(&f->w, "622924101001");
    f->second = world_ledger(&f->w, "622924101200");
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    sign_key_release(f->a.key);
    sign_key_release(f->b.key);
    sign_key_release(f->other.key);
    arena_release(&f->arena);
    world_release(&f->w);
    free(f);
    return 0;
}

/* Text fields, or a reference written as "#n". */
struct word {
    const char *field, *text;
};

static void put(struct fixture *f, struct ledger *ledger, struct person *who, uint32_t table_no,
                unsigned n, const struct word *words, size_t count)
{
    const struct catalog_table *table = catalog_table(replica_catalog(f->w.rep), table_no);
    struct record_id id = world_id(n);
    struct op_field fields[8];
    struct made made;
    for (size_t i = 0; i < count; i++) {
        const struct catalog_field *field = catalog_field_named(table, slice_str(words[i].field));
        assert_non_null(field);
        fields[i].field = field->no;
        if (!words[i].text) {
            fields[i].value = value_null();
        } else if (words[i].text[0] == '#') {
            struct record_id *to = arena_alloc(&f->arena, sizeof *to);
            *to = world_id((unsigned)atoi(words[i].text + 1));
            fields[i].value = value_bytes(slice_of(to->b, RECORD_ID_SIZE));
        } else if (field->type == FIELD_INT) {
            fields[i].value = value_int(atoi(words[i].text));
        } else {
            fields[i].value = value_text(slice_str(words[i].text));
        }
    }
    struct slice body = world_put(&f->arena, table, &id, fields, count);
    world_make(&f->w, ledger, who, ledger->tree.size, &body, 1, &f->arena, &made);
    world_admit(&f->w, ledger, &made);
}

#define PUT(who, table, n, ...)                                        \
    put(f, f->ledger, &f->who, table, n, (struct word[]){__VA_ARGS__}, \
        sizeof((struct word[]){__VA_ARGS__}) / sizeof(struct word))

static unsigned number_of(const struct record_id *id)
{
    for (unsigned n = 1; n < 100; n++) {
        struct record_id other = world_id(n);
        if (record_id_equal(&other, id))
            return n;
    }
    return 0;
}

/* "s6.5:3,4 s2.2:1,2": rules with the numbers of their records, without the keys. */
static bool tell(void *arg, const struct clash *clash)
{
    struct buf *out = arg;
    char id[CLASH_ID_TEXT];
    clash_id_format(clash, id);
    assert_true(clash_id_is(id));
    *strrchr(id, '.') = '\0';
    buf_printf(out, "%s%s:", out->n ? " " : "", id);
    for (size_t i = 0; i < clash->count; i++)
        buf_printf(out, "%s%u", i ? "," : "", number_of(&clash->members[i].id));
    return true;
}

static void assert_clashes(struct fixture *f, const char *expected)
{
    struct buf out;
    struct error err;
    buf_init(&out, 4096);
    assert_int_equal(clash_each(f->w.rep, tell, &out, &err), ST_OK);
    assert_string_equal(buf_cstr(&out), expected);
    buf_release(&out);
}

static void a_person_is_active_in_one_household(void **state)
{
    struct fixture *f = *state;
    PUT(a, MEMBER, 1, {"household_id", "#50"}, {"person_id", "#60"}, {"from", "2025-03-01"});
    PUT(b, MEMBER, 2, {"household_id", "#51"}, {"person_id", "#60"}, {"from", "2024-01-01"});
    PUT(b, MEMBER, 3, {"household_id", "#51"}, {"person_id", "#61"});
    PUT(b, MEMBER, 4, {"household_id", "#51"}, {"person_id", "#60"}, {"from", "2020-01-01"},
        {"to", "2021-01-01"});
    assert_clashes(f, "s6.5:2,1"); /* the earlier one counts */
    PUT(a, MEMBER, 1, {"to", "2025-04-01"}, {"reason", "8"});
    assert_clashes(f, "");
}

static void one_head_one_plan_one_code(void **state)
{
    struct fixture *f = *state;
    PUT(a, MEMBER, 1, {"household_id", "#50"}, {"person_id", "#60"}, {"relation", "02"});
    PUT(b, MEMBER, 2, {"household_id", "#50"}, {"person_id", "#61"}, {"relation", "02"});
    PUT(b, MEMBER, 3, {"household_id", "#50"}, {"person_id", "#62"}, {"relation", "12"});
    assert_clashes(f, "s6.6:1,2");
    PUT(a, MEMBER, 2, {"relation", "20"});
    assert_clashes(f, "");

    PUT(a, PLAN, 11, {"household_id", "#50"}, {"year", "2026"}, {"status", "running"});
    PUT(b, PLAN, 12, {"household_id", "#50"}, {"year", "2026"}, {"status", "running"});
    PUT(b, PLAN, 13, {"household_id", "#50"}, {"year", "2025"}, {"status", "running"});
    PUT(b, PLAN, 14, {"household_id", "#50"}, {"year", "2026"}, {"status", "draft"});
    assert_clashes(f, "s14.4:11,12");

    PUT(a, HOUSEHOLD, 21, {"household_code", "622924101001010001"});
    PUT(b, HOUSEHOLD, 22, {"household_code", "622924101001010001"});
    put(f, f->second, &f->other, HOUSEHOLD, 23,
        (struct word[]){{"household_code", "622924101001010001"}}, 1); /* of another village */
    assert_clashes(f, "s5.4:21,22,23 s14.4:11,12");
}

static void what_has_left_does_not_clash(void **state)
{
    struct fixture *f = *state;
    struct op out = {.code = OP_OUT,
                     .table = HOUSEHOLD,
                     .record = world_id(22),
                     .origin = slice_str("guanghe.example/622924101002"),
                     .hop = 1};
    struct made made;
    struct buf body;
    PUT(a, HOUSEHOLD, 21, {"household_code", "622924101001010001"});
    PUT(b, HOUSEHOLD, 22, {"household_code", "622924101001010001"});
    assert_clashes(f, "s5.4:21,22");
    buf_init(&body, 4096);
    op_body_begin(&body, 1);
    op_write(&body, &out);
    op_body_end(&body, SLICE_NONE);
    struct slice bytes = buf_slice(&body);
    world_make(&f->w, f->ledger, &f->a, f->ledger->tree.size, &bytes, 1, &f->arena, &made);
    world_admit(&f->w, f->ledger, &made);
    assert_clashes(f, "");
    buf_release(&body);
}

static void grids_stand_below_each_other_once(void **state)
{
    struct fixture *f = *state;
    PUT(a, GRID, 1, {"name", "一"}, {"parent_id", "#3"});
    PUT(a, GRID, 2, {"name", "二"}, {"parent_id", "#1"});
    PUT(a, GRID, 4, {"name", "四"}, {"parent_id", "#1"}); /* leads into it */
    PUT(a, GRID, 5, {"name", "五"}, {"parent_id", "#9"}); /* there is no 9 */
    assert_clashes(f, "");
    PUT(b, GRID, 3, {"name", "三"}, {"parent_id", "#2"});
    assert_clashes(f, "s2.2:1,2,3"); /* in the order of writing */
    PUT(b, GRID, 1, {"name", "一"}, {"parent_id", "#3"});
    assert_clashes(f, "s2.2:2,3,1");
    PUT(b, GRID, 2, {"name", "二"}, {"parent_id", NULL});
    assert_clashes(f, "");
    PUT(b, GRID, 2, {"name", "二"}, {"parent_id", "#2"});
    assert_clashes(f, "s2.2:2");
}

static bool keep_id(void *arg, const struct clash *clash)
{
    clash_id_format(clash, arg);
    return false;
}

static void its_id_is_the_same_everywhere(void **state)
{
    struct fixture *f = *state;
    struct db *db;
    struct replica *rep;
    struct error err;
    struct clash clash;
    char here[CLASH_ID_TEXT] = "", there[CLASH_ID_TEXT] = "";
    PUT(a, GRID, 1, {"name", "一"}, {"parent_id", "#2"});
    PUT(b, GRID, 2, {"name", "二"}, {"parent_id", "#1"});
    assert_int_equal(db_open(NULL, DB_MEMORY, &db, &err), ST_OK);
    assert_int_equal(migrate(db, "shared", &err), ST_OK);
    assert_int_equal(replica_open(db, &rep, &err), ST_OK);
    assert_int_equal(replica_found(rep, &f->w.rep->registry_origin, sign_key_kid(f->w.root), &err),
                     ST_OK);
    world_copy(&f->w, f->w.rep->registry_ledger, rep);
    world_copy(&f->w, f->second, rep);
    world_copy(&f->w, f->ledger, rep);
    assert_int_equal(clash_each(f->w.rep, keep_id, here, &err), ST_OK);
    assert_int_equal(clash_each(rep, keep_id, there, &err), ST_OK);
    assert_string_equal(here, there);
    assert_int_equal(clash_find(rep, here, &f->arena, &clash, &err), ST_OK);
    assert_int_equal(clash.count, 2);
    assert_int_equal(clash_find(rep, "s2.2.0000000000000000", &f->arena, &clash, &err),
                     ST_NOT_FOUND);
    assert_false(clash_id_is("018bcfe568017d26a2154e6d76b2b2b9.3"));
    assert_false(clash_id_is("s"));
    replica_close(rep);
    db_close(db);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(a_person_is_active_in_one_household), T(one_head_one_plan_one_code),
        T(what_has_left_does_not_clash),        T(grids_stand_below_each_other_once),
        T(its_id_is_the_same_everywhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
