/* SPDX-License-Identifier: MulanPSL-2.0 */
/* support: what the tests of the ledger folder share: cmocka, fixed keys, short ways to make
 * things. */
#ifndef TESTS_UNIT_LEDGER_SUPPORT_H
#define TESTS_UNIT_LEDGER_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "shared/base/check.h"
#include "shared/codec/hex.h"
#include "shared/crypto/sign.h"
#include "shared/ledger/origin.h"

/* The key whose seed is 32 times this byte. */
static inline struct sign_key *test_key(uint8_t byte)
{
    uint8_t seed[SIGN_SEED_SIZE];
    memset(seed, byte, sizeof(seed));
    return sign_key_from_seed(seed);
}

static inline struct origin test_origin(const char *text)
{
    struct origin origin;
    assert_true(origin_parse(slice_str(text), &origin));
    return origin;
}

static inline struct hash test_hash(uint8_t byte)
{
    struct hash h;
    memset(h.b, byte, HASH_SIZE);
    return h;
}

static inline void assert_hex(const void *bytes, size_t n, const char *hex)
{
    char text[2048];
    assert_true(2 * n < sizeof(text));
    hex_encode(slice_of(bytes, n), text);
    assert_string_equal(text, hex);
}

#define assert_hash_equal(x, y) assert_memory_equal((x)->b, (y)->b, HASH_SIZE)

#endif
