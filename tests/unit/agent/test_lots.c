/* SPDX-License-Identifier: MulanPSL-2.0 */
/* lots: who gets what follows from the list, the seed and the numbers, and from nothing else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "agent/core/lots.h"
#include "shared/crypto/hash.h"

#define LOTTERY "抓阄 0197d3a1c0de7000800000000000abcd\n"
#define SEED "00112233445566778899aabbccddeeff"
static const char *const three =
    LOTTERY "标的 羊棚 S1\n户 0001 羊棚 甲\n户 0002 羊棚 乙\n户 0003 羊棚 丙";

static enum status draw(const char *list, const char *seed, const char *numbers,
                        const char *withdrawn, struct buf *out)
{
    struct arena arena = {0};
    struct lots_place *places;
    size_t count;
    struct error err;
    enum status st = lots_draw(slice_str(list), slice_str(seed), slice_str(numbers),
                               slice_str(withdrawn), &arena, &places, &count, &err);
    buf_init(out, LOTS_RESULT_MAX);
    if (st == ST_OK)
        lots_result_text(places, count, out);
    arena_release(&arena);
    return st;
}

static void expect(const char *list, const char *withdrawn, const char *wanted)
{
    struct buf out;
    assert_int_equal(draw(list, SEED, "3,5,1", withdrawn, &out), ST_OK);
    assert_string_equal(buf_cstr(&out), wanted);
    buf_release(&out);
}

#define RESULT_THREE "羊棚 1 0003 丙 S1\n羊棚 2 0001 甲 候补\n羊棚 3 0002 乙 候补"
#define FIRST_OF_THREE "0003"
#define RESULT_WITHDRAWN "羊棚 1 0003 丙 退出\n羊棚 2 0001 甲 S1\n羊棚 3 0002 乙 候补"
/* Computed with printf and sha256sum, as in LOTTERY.md; never to change. */
static void the_result_is_what_sha256sum_says(void **state)
{
    (void)state;
    expect(three, "", RESULT_THREE);
    expect(three, FIRST_OF_THREE, RESULT_WITHDRAWN);
}

static void every_order_comes_as_often_as_any_other(void **state)
{
    int orders[3][3] = {{0}}, wins[3] = {0}, runs = 6000;
    (void)state;
    for (int i = 0; i < runs; i++) {
        char seed[33];
        struct buf out;
        snprintf(seed, sizeof(seed), "%032x", (unsigned)i);
        assert_int_equal(draw(three, seed, "1,2,3", "", &out), ST_OK);
        const char *text = buf_cstr(&out);
        int first = strstr(text, "羊棚 1 0001") ? 0 : strstr(text, "羊棚 1 0002") ? 1 : 2;
        int second = strstr(text, "羊棚 2 0001") ? 0 : strstr(text, "羊棚 2 0002") ? 1 : 2;
        orders[first][second]++;
        wins[first]++;
        buf_release(&out);
    }
    double chi = 0;
    for (int i = 0; i < 3; i++)
        for (int k = 0; k < 3; k++)
            if (i != k)
                chi += (orders[i][k] - 1000.0) * (orders[i][k] - 1000.0) / 1000.0;
    assert_true(chi < 20.5); /* five degrees of freedom, once in a thousand; the seeds are fixed */
    for (int i = 0; i < 3; i++)
        assert_in_range(wins[i], 1880, 2120);
}

static void each_ingredient_counts(void **state)
{
    struct buf a, b;
    (void)state;
    const char *const seeds[] = {SEED, "10112233445566778899aabbccddeeff"};
    int differ = 0;
    for (int i = 0; i < 40; i++) {
        char numbers[32];
        snprintf(numbers, sizeof(numbers), "1,2,%d", i);
        assert_int_equal(draw(three, seeds[0], numbers, "", &a), ST_OK);
        assert_int_equal(draw(three, seeds[1], numbers, "", &b), ST_OK);
        differ += strcmp(buf_cstr(&a), buf_cstr(&b)) != 0;
        buf_release(&a);
        buf_release(&b);
    }
    assert_in_range(differ, 20, 40);
}

static void more_lots_than_households_leave_some_over(void **state)
{
    struct buf out;
    (void)state;
    assert_int_equal(
        draw(LOTTERY "标的 羊棚 S1\n标的 羊棚 S2\n户 0001 羊棚 甲", SEED, "3,5,1", "", &out),
        ST_OK);
    assert_string_equal(buf_cstr(&out), "羊棚 1 0001 甲 S1");
    buf_release(&out);
    assert_int_equal(draw(LOTTERY "标的 羊棚 S1\n户 0001 牛棚 甲", SEED, "3,5,1", "", &out), ST_OK);
    assert_string_equal(buf_cstr(&out), "牛棚 1 0001 甲 候补");
    buf_release(&out);
}

static void what_is_no_list_is_refused(void **state)
{
    static const char *const lists[] = {
        "",
        "抓阄 x\n户 0001 羊棚 甲",
        LOTTERY "标的 羊棚 S1",
        LOTTERY "户 0002 羊棚 甲",
        LOTTERY "户 0001 羊棚 甲\n户 0003 羊棚 乙",
        LOTTERY "户 0001 羊棚 甲\n标的 羊棚 S1",
        LOTTERY "户 0001 羊棚",
        LOTTERY "户 0001 羊棚 甲 乙",
        LOTTERY "户 0001 羊棚 甲\n",
        LOTTERY "户 0001  甲",
        LOTTERY "人 0001 羊棚 甲",
    };
    struct buf out;
    (void)state;
    for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
        assert_int_equal(draw(lists[i], SEED, "3,5,1", "", &out), ST_INVALID);
        buf_release(&out);
    }
    static const char *const others[][3] = {
        {"short", "3,5,1", ""},    {"00112233445566778899AABBCCDDEEFF", "3,5,1", ""},
        {SEED, "3,5", ""},         {SEED, "3,5,", ""},
        {SEED, "3,5,1234567", ""}, {SEED, "3,5,x", ""},
        {SEED, "3,5,1", "0009"},   {SEED, "3,5,1", "0001,"}};
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        assert_int_equal(draw(three, others[i][0], others[i][1], others[i][2], &out), ST_INVALID);
        buf_release(&out);
    }
}

static void numbers_are_taken_as_people_write_them(void **state)
{
    struct buf out;
    (void)state;
    assert_int_equal(lots_numbers(" 3、5，1  06,888 ", &out, NULL), ST_OK);
    assert_string_equal(buf_cstr(&out), "3,5,1,06,888");
    buf_release(&out);
    static const char *const bad[] = {"", "3,5", "3,5,a", "3,5,1234567", "，，，"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_int_equal(lots_numbers(bad[i], &out, NULL), ST_USAGE);
        buf_release(&out);
    }
}

static enum status check(const char *sheet, bool *drawn)
{
    struct lots_sheet parts;
    enum status st = lots_sheet_read(slice_str(sheet), &parts, NULL);
    return st == ST_OK ? lots_sheet_check(&parts, drawn, NULL) : st;
}

static void a_sheet_is_read_strictly(void **state)
{
    char hash[LOTS_HASH_TEXT], sheet[2048];
    bool drawn = true;
    (void)state;
    lots_hash(slice_str(three), hash);
#define BLOCK LOTS_LIST_BEGIN "\n%s\n" LOTS_LIST_END "\n"
    snprintf(sheet, sizeof(sheet), BLOCK LOTS_LIST_HASH "%s\n", three, hash);
    assert_int_equal(check(sheet, &drawn), ST_OK);
    assert_false(drawn);
    snprintf(sheet, sizeof(sheet), BLOCK LOTS_LIST_HASH "%s\n" BLOCK, three, hash, three);
    assert_int_equal(check(sheet, &drawn), ST_INVALID);
    snprintf(sheet, sizeof(sheet), BLOCK LOTS_LIST_HASH "%s\n" LOTS_LIST_HASH "%s\n", three, hash,
             hash);
    assert_int_equal(check(sheet, &drawn), ST_INVALID);
    snprintf(sheet, sizeof(sheet), LOTS_LIST_BEGIN "\n%s\n" LOTS_LIST_HASH "%s\n", three, hash);
    assert_int_equal(check(sheet, &drawn), ST_INVALID);
    hash[5] ^= 1;
    snprintf(sheet, sizeof(sheet), BLOCK LOTS_LIST_HASH "%s\n", three, hash);
    assert_int_equal(check(sheet, &drawn), ST_REFUSED);
    assert_int_equal(check("", &drawn), ST_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_result_is_what_sha256sum_says),
        cmocka_unit_test(every_order_comes_as_often_as_any_other),
        cmocka_unit_test(each_ingredient_counts),
        cmocka_unit_test(more_lots_than_households_leave_some_over),
        cmocka_unit_test(what_is_no_list_is_refused),
        cmocka_unit_test(numbers_are_taken_as_people_write_them),
        cmocka_unit_test(a_sheet_is_read_strictly),
    };
    crypto_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
