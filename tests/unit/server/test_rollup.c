/* SPDX-License-Identifier: MulanPSL-2.0 */
/* rollup: what is small is not told, not even by what stands beside it; what was signed reads back,
 * and nothing else does. */
#include "server/core/rollup.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "shared/base/random.h"
#include "shared/crypto/hash.h"
#include "shared/ledger/checkpoint.h"
#include "tests/harness/assert_ok.h"

#define LEAST 10
#define TRIALS 20000

static void begin(struct rollup *r)
{
    *r = (struct rollup){
        .least = LEAST, .registry_size = 35, .villages = 108, .begun = 96, .heard = 80};
    assert_true(origin_parse(slice_str("622924.huce/622924000000"), &r->origin));
    snprintf(r->day, sizeof(r->day), "2026-12-01");
    snprintf(r->newest, sizeof(r->newest), "2026-12-01T08:20:33.120Z");
}

/* The law of what is withheld, of one measure. */
static void check_law(const struct rollup *before, const struct rollup *after, size_t from,
                      size_t n)
{
    size_t withheld = 0, told = 0;
    uint64_t together = 0;
    for (size_t i = from; i < from + n; i++) {
        const struct rollup_cell *cell = &after->cells[i];
        if (!cell->withheld) {
            assert_int_equal(cell->count, before->cells[i].count);
            assert_true(cell->count == 0 || cell->count >= LEAST);
            told += cell->count > 0;
        } else if (before->cells[i].count > 0) {
            withheld++;
            together += before->cells[i].count;
        }
    }
    if (withheld > 0 && told > 0)
        assert_true(withheld >= 2 && together >= LEAST);
}

static void nothing_small_is_told(void **state)
{
    static const char *const names[] = {"a", "b", "c", "d", "e", "f", "g", "h"};
    (void)state;
    for (unsigned trial = 0; trial < TRIALS; trial++) {
        struct rollup before, after;
        const size_t one = 1 + (trial * 7) % 8, two = (trial * 13) % 8;
        begin(&before);
        for (size_t i = 0; i < one + two; i++) {
            uint32_t chance;
            random_bytes(&chance, sizeof(chance));
            const uint32_t most = chance % 3 == 0 ? 4 : chance % 3 == 1 ? 30 : 5000;
            rollup_add(&before, i < one ? "sex" : "age", names[i < one ? i : i - one],
                       (chance >> 8) % most);
        }
        after = before;
        rollup_withhold(&after);
        check_law(&before, &after, 0, one);
        check_law(&before, &after, one, two);
    }
}

static void what_is_alone_takes_the_empty_ones_with_it(void **state)
{
    struct rollup r;
    (void)state;
    begin(&r);
    rollup_add(&r, "sex", "1", 3);
    rollup_add(&r, "sex", "2", 0);
    rollup_add(&r, "age", "0-15", 4000);
    rollup_withhold(&r);
    assert_true(r.cells[0].withheld && r.cells[1].withheld && !r.cells[2].withheld);
}

static void sign(const struct rollup *r, struct sign_key **key, struct buf *text)
{
    struct hash seed;
    hash_bytes(slice_str("log"), &seed);
    *key = sign_key_from_seed(seed.b);
    buf_init(text, ROLLUP_MAX + CHECKPOINT_MAX);
    rollup_sign(r, *key, text);
    assert_true(buf_ok(text));
}

static void what_was_signed_reads_back_and_nothing_else(void **state)
{
    struct rollup r, read;
    struct sign_key *key;
    struct buf text;
    (void)state;
    begin(&r);
    rollup_add(&r, "sex", "1", 126001);
    rollup_add(&r, "sex", "2", 3);
    rollup_add(&r, "sex", "9", 40);
    rollup_add(&r, "age", "0-15", 4000);
    rollup_withhold(&r);
    sign(&r, &key, &text);
    assert_ok(rollup_read(buf_slice(&text), &read, &err));
    assert_memory_equal(&read.origin, &r.origin, sizeof(r.origin));
    assert_int_equal(read.count, 4);
    assert_true(read.cells[1].withheld && read.cells[2].withheld && read.cells[0].count == 126001);
    assert_ok(rollup_verify(buf_slice(&text), &read, sign_key_public(key), &err));
    for (size_t i = 0; i < text.n; i++) { /* each bit of it */
        for (unsigned bit = 0; bit < 8; bit++) {
            text.p[i] ^= (uint8_t)(1u << bit);
            assert_false(rollup_read(buf_slice(&text), &read, NULL) == ST_OK &&
                         rollup_verify(buf_slice(&text), &r, sign_key_public(key), NULL) == ST_OK &&
                         memcmp(&read, &r, sizeof(r)) != 0);
            text.p[i] ^= (uint8_t)(1u << bit);
        }
    }
    for (size_t n = 0; n + 1 < text.n; n++)
        assert_true(rollup_verify(slice_of(text.p, n), &r, sign_key_public(key), NULL) != ST_OK);
    buf_release(&text);
    sign_key_release(key);
}

static void a_disorderly_one_is_none(void **state)
{
    static const char *const texts[] = {
        "622924.huce/622924000000\nhuce/1/rollup\n2026-12-01 10 35\n108 96 80 -\na 1 5\na 1 6\n\n",
        "622924.huce/622924000000\nhuce/1/rollup\n2026-12-01 10 35\n108 96 80 -\na 1 5\nb 1 6\na 2 "
        "7\n\n",
        "622924.huce/622924000000\nhuce/1/rollup\n2026-12-01 10 35\n108 96 80 -\na 1 05\n\n",
        "622924.huce/622924000000\nhuce/1/rollup\n2026-12-01 10 35\n108 96 80 -\nA 1 5\n\n",
        "622924.huce/622924000000\nhuce/1/rollup\n2026-12-01 2 35\n108 96 80 -\na 1 5\n\n",
        "622924.huce/622924000000\nhuce/1/rollup\n2026-12-01 10 35\n90 96 80 -\na 1 5\n\n",
        "622924.huce/622924000000\nhuce/1/rollup\n2026-13-01 10 35\n108 96 80 -\na 1 5\n\n",
        "622924.huce/622924000000\nhuce/1/rollup\n2026-12-01 10 35\n108 96 80 - 1\na 1 5\n\n",
        "",
    };
    struct rollup read;
    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
        assert_int_equal(rollup_read(slice_str(texts[i]), &read, NULL), ST_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_small_is_told),
        cmocka_unit_test(what_is_alone_takes_the_empty_ones_with_it),
        cmocka_unit_test(what_was_signed_reads_back_and_nothing_else),
        cmocka_unit_test(a_disorderly_one_is_none),
    };
    crypto_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
