/* SPDX-License-Identifier: MulanPSL-2.0 */
/* Names of ledgers, and which divisions a scope covers. */
#include "tests/unit/ledger/support.h"

static bool parses(const char *text)
{
    struct origin origin;
    bool ok = origin_parse(slice_str(text), &origin);
    if (ok)
        assert_string_equal(origin.text, text);
    return ok;
}

static void origin_accepts_names(void **state)
{
    (void)state;
    assert_true(parses("guanghe.example/622924101001"));
    assert_true(parses("guanghe.example/622924000000/rs"));
    assert_true(parses("127.0.0.1:8443/622924101001/a-0"));
    assert_true(parses("a/110000000000"));
    assert_true(parses("a/010000000000"));
}

static void a_sealed_ledger_is_known_by_its_suffix(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        bool sealed;
    } at[] = {{"guanghe.example/622924101001/s-7f3k9q2m", true},
              {"guanghe.example/622924101001/s-7f3k9q2m-e1", true},
              {"guanghe.example/622924101001", false},
              {"guanghe.example/622924000000/rs", false},
              {"s-x/622924101001/s", false}};
    for (size_t i = 0; i < ARRAY_LENGTH(at); i++) {
        struct origin origin;
        assert_true(origin_parse(slice_str(at[i].name), &origin));
        assert_int_equal(origin_is_sealed(&origin), at[i].sealed);
    }
}

static void origin_refuses_other_spellings(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "guanghe.example",
        "guanghe.example/",
        "/622924101001",
        "Guanghe.example/622924101001",
        "guanghe example/622924101001",
        "guanghe.example/62292410100",
        "guanghe.example/6229241010011",
        "guanghe.example/62292410100x",
        "guanghe.example/002924101001",
        "guanghe.example/622924101001/",
        "guanghe.example/622924101001/RS",
        "guanghe.example/622924101001/a/b",
        "guanghe.example/622924101001-a",
        "guanghe.example//622924101001",
        "guanghe.example/622924101001\n",
    };
    for (size_t i = 0; i < ARRAY_LENGTH(bad); i++)
        if (parses(bad[i]))
            fail_msg("accepted: %s", bad[i]);
}

static void origin_is_bounded(void **state)
{
    (void)state;
    char text[ORIGIN_MAX + 2];
    memset(text, 'a', sizeof(text));
    memcpy(text + ORIGIN_MAX - 13, "/622924101001", 14);
    assert_true(parses(text));
    memcpy(text + ORIGIN_MAX - 12, "/622924101001", 14);
    text[ORIGIN_MAX - 13] = 'a';
    assert_false(parses(text));

    struct origin origin;
    text[ORIGIN_MAX - 13] = 0;
    assert_true(origin_make(text, "622924101001", &origin));
    text[ORIGIN_MAX - 13] = 'a';
    text[ORIGIN_MAX - 12] = 0;
    assert_false(origin_make(text, "622924101001", &origin));
}

static void origin_is_made_of_parts(void **state)
{
    (void)state;
    struct origin origin;
    assert_true(origin_make("guanghe.example", "622924101001", &origin));
    assert_string_equal(origin.text, "guanghe.example/622924101001");
    assert_memory_equal(origin_code(&origin), "622924101001", 12);
    assert_int_equal(origin_authority_length(&origin), 15);
    assert_false(origin_make("guanghe.example", "6229241010", &origin));
    assert_false(origin_make("Guanghe", "622924101001", &origin));
    assert_false(origin_make("", "622924101001", &origin));
}

static void origin_names_epochs(void **state)
{
    (void)state;
    static const struct {
        const char *line, *name;
        uint32_t epoch;
    } cases[] = {
        {"guanghe.example/622924101001", "guanghe.example/622924101001/e1", 1},
        {"guanghe.example/622924101001", "guanghe.example/622924101001/e20", 20},
        {"guanghe.example/622924101001", "guanghe.example/622924101001/e999", 999},
        {"guanghe.example/622924000000/rs", "guanghe.example/622924000000/rs-e1", 1},
        {"guanghe.example/622924000000/e1x", "guanghe.example/622924000000/e1x-e3", 3},
        {"guanghe.example/622924000000/s-7", "guanghe.example/622924000000/s-7", 0},
        {"guanghe.example/622924101001", "guanghe.example/622924101001", 0},
        {"guanghe.example/622924101234", "guanghe.example/622924101234", 0},
    };
    /* Names that look like one. */
    static const char *const first[] = {
        "guanghe.example/622924101001/e",    "guanghe.example/622924101001/e0",
        "guanghe.example/622924101001/e01",  "guanghe.example/622924101001/e1000",
        "guanghe.example/622924101001/-e1",  "guanghe.example/622924101001/xe1",
        "guanghe.example/622924101001/f1",   "guanghe.example/622924101001/1",
        "guanghe.example/622924101001/x-1",  "guanghe.example/622924101001/rs-e",
        "guanghe.example/622924101001/x-f1", "guanghe.example/622924101001/rsxe1",
    };
    struct origin line, name, again;
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        assert_true(origin_parse(slice_str(cases[i].line), &line));
        assert_true(origin_of_epoch(&line, cases[i].epoch, &name));
        assert_string_equal(name.text, cases[i].name);
        assert_int_equal(origin_epoch(&name, &again), cases[i].epoch);
        assert_memory_equal(&again, &line, sizeof(line));
    }
    for (size_t i = 0; i < ARRAY_LENGTH(first); i++) {
        assert_true(origin_parse(slice_str(first[i]), &name));
        assert_int_equal(origin_epoch(&name, &again), 0);
        assert_memory_equal(&again, &name, sizeof(name));
    }
    char text[ORIGIN_MAX + 1];
    memset(text, 'a', ORIGIN_MAX);
    memcpy(text + ORIGIN_MAX - 15, "/622924101001", 13);
    text[ORIGIN_MAX - 2] = 0;
    assert_true(origin_parse(slice_str(text), &line));
    assert_false(origin_of_epoch(&line, 1, &name)); /* no room for "/e1" */
    assert_true(origin_of_epoch(&line, 0, &name));
}

static void division_levels(void **state)
{
    (void)state;
    static const struct {
        const char *code;
        int level;
        size_t digits;
    } cases[] = {
        {"620000000000", 1, 2},  {"622900000000", 2, 4},  {"622924000000", 3, 6},
        {"622924101000", 4, 9},  {"622924101001", 5, 12}, {"622924100000", 4, 9},
        {"622924000001", 5, 12}, {"100000000000", 1, 2},
    };
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        assert_int_equal(division_level(cases[i].code), cases[i].level);
        assert_int_equal(division_prefix_length(cases[i].code), cases[i].digits);
    }
}

static void division_scopes(void **state)
{
    (void)state;
    assert_true(division_covers("620000000000", "622924101001"));
    assert_true(division_covers("622924000000", "622924101001"));
    assert_true(division_covers("622924101000", "622924101001"));
    assert_true(division_covers("622924101001", "622924101001"));
    assert_false(division_covers("622924101001", "622924101000"));
    assert_false(division_covers("622924101001", "622924101002"));
    assert_false(division_covers("622924102000", "622924101001"));
    assert_false(division_covers("622925000000", "622924101001"));
    assert_false(division_covers("630000000000", "622924101001"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(origin_accepts_names),
        cmocka_unit_test(origin_refuses_other_spellings),
        cmocka_unit_test(origin_is_bounded),
        cmocka_unit_test(origin_is_made_of_parts),
        cmocka_unit_test(origin_names_epochs),
        cmocka_unit_test(division_levels),
        cmocka_unit_test(division_scopes),
        cmocka_unit_test(a_sealed_ledger_is_known_by_its_suffix),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
