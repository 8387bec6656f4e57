/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * Sheets of a lottery. First byte even: any text. Odd: the rest is a list, from which the target
 * makes a whole sheet, so that the fuzzer need not find hashes. Every place goes to one applicant,
 * no lot to two; a sheet that was made is found right, and wrong with another seed.
 */
#include "agent/core/lots.h"
#include "tests/fuzz/fuzz.h"

#define SEED "00112233445566778899aabbccddeeff"

static void put_sheet(struct slice list, const char *list_hash, const char *result,
                      const char *seed, struct buf *out)
{
    char seed_hash[LOTS_HASH_TEXT], result_hash[LOTS_HASH_TEXT];
    lots_hash(slice_str(seed), seed_hash);
    lots_hash(slice_str(result), result_hash);
    buf_printf(out, LOTS_LIST_BEGIN "\n%.*s\n" LOTS_LIST_END "\n" LOTS_LIST_HASH "%s\n",
               (int)list.n, (const char *)list.p, list_hash);
    buf_printf(out, LOTS_SEED_HASH "%s\n" LOTS_SEED "%s\n" LOTS_NUMBERS "3,5,1\n", seed_hash, seed);
    buf_printf(out, LOTS_RESULT_BEGIN "\n%s\n" LOTS_RESULT_END "\n" LOTS_RESULT_HASH "%s\n", result,
               result_hash);
}

static void hold(struct slice list, const struct lots_place *places, size_t count)
{
    char hash[LOTS_HASH_TEXT];
    struct lots_sheet sheet;
    struct buf result, text;
    bool drawn;
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < i; k++) {
            CHECK(!slice_equal(places[i].number, places[k].number));
            CHECK(!places[i].lot.n || places[i].lot.p != places[k].lot.p);
            if (slice_equal(places[i].kind, places[k].kind))
                CHECK(places[k].rank < places[i].rank &&
                      strcmp(places[k].ticket, places[i].ticket) < 0);
        }
    buf_init(&result, LOTS_RESULT_MAX);
    buf_init(&text, LOTS_SHEET_MAX);
    lots_result_text(places, count, &result);
    lots_hash(list, hash);
    put_sheet(list, hash, buf_cstr(&result), SEED, &text);
    if (buf_ok(&text) && buf_ok(&result) && !memchr(list.p, 0, list.n)) {
        MUST(lots_sheet_read(buf_slice(&text), &sheet, err));
        MUST(lots_sheet_check(&sheet, &drawn, err));
        CHECK(drawn);
        sheet.seed = slice_str("10112233445566778899aabbccddeeff");
        CHECK(lots_sheet_check(&sheet, &drawn, NULL) == ST_REFUSED);
    }
    buf_release(&result);
    buf_release(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena = {0};
    struct lots_sheet sheet;
    struct lots_place *places;
    struct error why;
    size_t count;
    bool drawn;
    if (size < 1 || size > 4096)
        return 0;
    struct slice in = fuzz_exact(data + 1, size - 1);
    if (data[0] & 1) {
        if (lots_draw(in, slice_str(SEED), slice_str("3,5,1"), SLICE_NONE, &arena, &places, &count,
                      &why) == ST_OK)
            hold(in, places, count);
        else
            CHECK(why.status == ST_INVALID && why.text[0]);
    } else if (lots_sheet_read(in, &sheet, &why) == ST_OK) {
        enum status st = lots_sheet_check(&sheet, &drawn, &why);
        CHECK(st == ST_OK || st == ST_REFUSED || st == ST_INVALID);
        CHECK(st == ST_OK || why.text[0]);
    } else {
        CHECK(why.status == ST_INVALID && why.text[0]);
    }
    arena_release(&arena);
    mem_free((void *)in.p);
    return 0;
}
