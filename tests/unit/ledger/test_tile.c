/* SPDX-License-Identifier: MulanPSL-2.0 */
/* Names of tiles: one spelling each, and what is within a tree of a size. */
#include "shared/ledger/tile.h"
#include "tests/unit/ledger/support.h"

static bool reads(const char *text, struct tile *out)
{
    return tile_parse(slice_str(text), out);
}

static void names_are_read(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        struct tile tile;
    } cases[] = {
        {"tile/0/000", {false, 0, 0, 256}},
        {"tile/0/000.p/1", {false, 0, 0, 1}},
        {"tile/5/999.p/255", {false, 5, 999, 255}},
        {"tile/1/x001/x234/067", {false, 1, 1234067, 256}},
        {"tile/entries/x001/000.p/7", {true, 0, 1000, 7}},
    };
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        struct tile tile;
        assert_true(reads(cases[i].text, &tile));
        assert_true(tile.entries == cases[i].tile.entries && tile.level == cases[i].tile.level &&
                    tile.index == cases[i].tile.index && tile.width == cases[i].tile.width);
    }
}

static void other_spellings_are_not(void **state)
{
    (void)state;
    static const char *const cases[] = {
        "",
        "tile",
        "tile/",
        "tile/0",
        "tile/0/",
        "tile/0/0",
        "tile/0/00",
        "tile/0/0000",
        "tile/0/x000/000",
        "tile/0/x001",
        "tile/0/x001/",
        "tile/0/001/000",
        "tile/0/000/",
        "tile/0/000.p",
        "tile/0/000.p/",
        "tile/0/000.p/0",
        "tile/0/000.p/01",
        "tile/0/000.p/256",
        "tile/0/000.p/1000",
        "tile/0/000.p/1/",
        "tile/00/000",
        "tile/6/000",
        "tile/x/000",
        "tile/-1/000",
        "tile/entries/0",
        "tile/entries",
        "entries/000",
        "Tile/0/000",
        "tile/0/x999/x999/x999/x999/x999/x999/x999/999",
    };
    struct tile tile;
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++)
        if (reads(cases[i], &tile))
            fail_msg("%s was read", cases[i]);
}

static void a_tile_is_there_when_all_its_hashes_are(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        uint64_t size; /* the smallest tree that has it */
    } cases[] = {
        {"tile/0/000.p/1", 1},     {"tile/0/000", 256},         {"tile/0/001.p/3", 259},
        {"tile/1/000.p/1", 256},   {"tile/1/000.p/2", 512},     {"tile/1/000", 65536},
        {"tile/2/000.p/1", 65536}, {"tile/entries/000.p/9", 9}, {"tile/entries/001", 512},
    };
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        struct tile tile;
        assert_true(reads(cases[i].text, &tile));
        assert_true(tile_within(&tile, cases[i].size));
        assert_false(tile_within(&tile, cases[i].size - 1));
        assert_true(tile_within(&tile, INT64_MAX));
    }
    struct tile far;
    assert_true(reads("tile/0/x123/456.p/1", &far));
    assert_false(tile_within(&far, 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_read),
        cmocka_unit_test(other_spellings_are_not),
        cmocka_unit_test(a_tile_is_there_when_all_its_hashes_are),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
