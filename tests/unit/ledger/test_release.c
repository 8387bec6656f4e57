/* SPDX-License-Identifier: MulanPSL-2.0 */
/* release: a program is what the county's root key signed, or nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "shared/base/check.h"
#include "shared/base/mem.h"
#include "shared/codec/cbor.h"
#include "shared/ledger/cose.h"
#include "shared/ledger/release.h"

static struct sign_key *key_of(uint8_t n)
{
    uint8_t seed[SIGN_SEED_SIZE];
    memset(seed, n, sizeof(seed));
    crypto_init();
    return sign_key_from_seed(seed);
}

static void make(const struct sign_key *key, struct buf *out)
{
    struct release r = {.number = 7, .version = "1.2", .platform = "linux-x86_64", .made_ms = 5};
    r.notes = slice_str("what is new");
    buf_init(out, 8192);
    release_write(&r, slice_str("a program"), key, out);
}

static void what_was_signed_is_read(void **state)
{
    (void)state;
    struct sign_key *key = key_of(1), *other = key_of(2);
    struct release r;
    struct slice program;
    struct error err;
    struct buf file;
    make(key, &file);
    assert_int_equal(release_read(buf_slice(&file), sign_key_public(key), &r, &program, &err),
                     ST_OK);
    assert_int_equal(r.number, 7);
    assert_string_equal(r.version, "1.2");
    assert_string_equal(r.platform, "linux-x86_64");
    assert_true(slice_equal(r.notes, slice_str("what is new")));
    assert_true(slice_equal(program, slice_str("a program")));
    assert_int_equal(r.made_ms, 5);
    assert_int_equal(release_read(buf_slice(&file), sign_key_public(other), &r, &program, &err),
                     ST_REFUSED);
    for (size_t n = 0; n < file.n; n++) { /* wherever it ends */
        const enum status st =
            release_read(slice_of(file.p, n), sign_key_public(key), &r, &program, &err);
        assert_true(st == ST_INVALID || st == ST_DAMAGED);
    }
    for (size_t i = 0; i < file.n; i++) { /* whatever byte is another */
        file.p[i] ^= 1;
        assert_int_not_equal(
            release_read(buf_slice(&file), sign_key_public(key), &r, &program, &err), ST_OK);
        file.p[i] ^= 1;
    }
    buf_put_u8(&file, 'x');
    assert_int_equal(release_read(buf_slice(&file), sign_key_public(key), &r, &program, &err),
                     ST_DAMAGED);
    buf_release(&file);
    sign_key_release(key);
    sign_key_release(other);
}

/* A head that is signed and says what cannot be. */
static enum status reads(uint64_t number, const char *version, uint64_t size, size_t hash)
{
    static const uint8_t zeros[HASH_SIZE];
    struct sign_key *key = key_of(1);
    const struct cose_signer signer = {COSE_ED25519, *sign_key_kid(key)};
    struct signature signature;
    struct buf payload, to_sign, file;
    struct release r;
    struct slice program;
    struct error err;
    buf_init(&payload, 4096);
    buf_init(&to_sign, 8192);
    buf_init(&file, 8192);
    cbor_put_array(&payload, 7);
    cbor_put_uint(&payload, number);
    cbor_put_text(&payload, slice_str(version));
    cbor_put_text(&payload, slice_str("p"));
    cbor_put_uint(&payload, size);
    cbor_put_bytes(&payload, slice_of(zeros, hash));
    cbor_put_uint(&payload, 1);
    cbor_put_text(&payload, SLICE_NONE);
    cose_to_sign(&signer, slice_str("huce/1/release\n"), buf_slice(&payload), &to_sign);
    sign_message(key, buf_slice(&to_sign), &signature);
    cose_put(&signer, buf_slice(&payload), &signature, &file);
    buf_put_u8(&file, 'x');
    const enum status st = release_read(buf_slice(&file), sign_key_public(key), &r, &program, &err);
    buf_release(&payload);
    buf_release(&to_sign);
    buf_release(&file);
    sign_key_release(key);
    return st;
}

static void a_head_says_what_can_be(void **state)
{
    (void)state;
    assert_int_equal(reads(1, "v", 1, 32), ST_DAMAGED); /* well formed; another program */
    assert_int_equal(reads(0, "v", 1, 32), ST_INVALID);
    assert_int_equal(reads(1, "", 1, 32), ST_INVALID);
    assert_int_equal(reads(1, "a b", 1, 32), ST_INVALID);
    assert_int_equal(reads(1, "\xe6\x88\xb7", 1, 32), ST_INVALID);
    assert_int_equal(reads(1, "v", 0, 32), ST_INVALID);
    assert_int_equal(reads(1, "v", 1, 31), ST_INVALID);
    assert_int_equal(reads(1, "v", RELEASE_PROGRAM_MAX + 1, 32), ST_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_signed_is_read),
        cmocka_unit_test(a_head_says_what_can_be),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
