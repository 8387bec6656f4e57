/* SPDX-License-Identifier: MulanPSL-2.0 */
/* tus: header fields of uploads and ranges, as they should be and as they should not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "shared/base/check.h"
#include "shared/net/tus.h"

static void numbers_have_one_spelling(void **state)
{
    (void)state;
    uint64_t n;
    assert_true(tus_number("0", &n) && n == 0);
    assert_true(tus_number("20971520", &n) && n == 20971520);
    assert_true(tus_number("9007199254740991", &n));
    static const char *const bad[] = {
        "", "-1", "+1", "01", "1 ", " 1", "x", "9007199254740992", "99999999999999999999999"};
    for (size_t i = 0; i < ARRAY_LENGTH(bad); i++)
        assert_false(tus_number(bad[i], &n));
}

static void metadata_says_ledger_and_hash(void **state)
{
    (void)state;
    struct tus_metadata m;
    /* "a.example/622924101001" and 64 zeros */
    static const char ledger[] = "ledger YS5leGFtcGxlLzYyMjkyNDEwMTAwMQ==";
    static const char hash[] = "sha256 MDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAw"
                               "MDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMA==";
    char both[300];
    snprintf(both, sizeof both, "%s,filename cGhvdG8uanBn,%s,empty", ledger, hash);
    assert_true(tus_metadata(both, &m));
    assert_string_equal(m.ledger, "a.example/622924101001");
    assert_true(m.has_hash && m.hash.b[0] == 0);
    assert_true(tus_metadata("", &m) && !m.ledger[0] && !m.has_hash);
    snprintf(both, sizeof both, "%s,%s", ledger, ledger);
    assert_false(tus_metadata(both, &m));
    snprintf(both, sizeof both, "%s,%s", hash, hash);
    assert_false(tus_metadata(both, &m));
    static const char *const bad[] = {"ledger",      "ledger ", "ledger !", "sha256 AAAA",
                                      "ledger AA==", ",",       " x",       "sha256"};
    for (size_t i = 0; i < ARRAY_LENGTH(bad); i++)
        if (tus_metadata(bad[i], &m))
            fail_msg("taken: %s", bad[i]);
    char *longer = calloc(1, TUS_METADATA_MAX + 2);
    memset(longer, 'x', TUS_METADATA_MAX + 1);
    assert_false(tus_metadata(longer, &m));
    longer[TUS_METADATA_MAX] = '\0';
    assert_true(tus_metadata(longer, &m));
    free(longer);
    char ledger_long[400] = "ledger ";
    memset(ledger_long + 7, 'A', 300);
    assert_false(tus_metadata(ledger_long, &m));
}

static void checksums_are_sha256(void **state)
{
    (void)state;
    struct hash h;
    assert_true(tus_checksum("sha256 AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", &h));
    assert_false(tus_checksum("sha1 AAAAAAAAAAAAAAAAAAAAAAAAAAA=", &h));
    assert_false(tus_checksum("sha256 AAAA", &h));
    assert_false(tus_checksum("sha256 !", &h));
    assert_false(tus_checksum("", &h));
}

static void ranges(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        uint64_t size;
        enum range range;
        uint64_t from, n;
    } rows[] = {
        {NULL, 10, RANGE_WHOLE, 0, 10},
        {"bytes=0-9", 10, RANGE_PART, 0, 10},
        {"bytes=0-0", 10, RANGE_PART, 0, 1},
        {"bytes=3-", 10, RANGE_PART, 3, 7},
        {"bytes=3-99", 10, RANGE_PART, 3, 7},
        {"bytes=-4", 10, RANGE_PART, 6, 4},
        {"bytes=-40", 10, RANGE_PART, 0, 10},
        {"bytes=-0", 10, RANGE_NONE, 0, 10},
        {"bytes=-1", 0, RANGE_NONE, 0, 0},
        {"bytes=10-", 10, RANGE_NONE, 0, 10},
        {"bytes=0-", 0, RANGE_NONE, 0, 0},
        {"bytes=5-3", 10, RANGE_WHOLE, 0, 10},
        {"bytes=-", 10, RANGE_WHOLE, 0, 10},
        {"bytes=", 10, RANGE_WHOLE, 0, 10},
        {"bytes=1", 10, RANGE_WHOLE, 0, 10},
        {"bytes=1-2,4-5", 10, RANGE_WHOLE, 0, 10},
        {"bytes=x-2", 10, RANGE_WHOLE, 0, 10},
        {"bytes=1-x", 10, RANGE_WHOLE, 0, 10},
        {"lines=1-2", 10, RANGE_WHOLE, 0, 10},
        {"bytes=01-2", 10, RANGE_WHOLE, 0, 10},
        {"bytes=0-99999999999999999999", 10, RANGE_WHOLE, 0, 10},
    };
    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        uint64_t from, n;
        const enum range got = range_parse(rows[i].text, rows[i].size, &from, &n);
        if (got != rows[i].range || from != rows[i].from || n != rows[i].n)
            fail_msg("%s of %d: %d, %d from %d", rows[i].text ? rows[i].text : "none",
                     (int)rows[i].size, got, (int)n, (int)from);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_have_one_spelling),
        cmocka_unit_test(metadata_says_ledger_and_hash),
        cmocka_unit_test(checksums_are_sha256),
        cmocka_unit_test(ranges),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
