/* SPDX-License-Identifier: MulanPSL-2.0 */
/* vault: the key of a data folder comes back with its passphrase or with the county's recovery key,
 * and with nothing else; what was altered does not open. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "shared/codec/cbor.h"
#include "shared/crypto/vault.h"

#define PASSPHRASE "广河县 三岔路口 的老榆树"

static const uint8_t recovery_seed[32] = "a recovery key's seed, 32 bytes";
static const uint8_t salt[16] = "a salt, 16 bytes";
static const uint8_t nonce[VAULT_NONCE_SIZE] = "a nonce of 24 bytes ....";

static int start(void **state)
{
    (void)state;
    crypto_init();
    return 0;
}

static bool same_key(const struct vault *a, const struct vault *b)
{
    uint8_t page[100 + VAULT_EXTRA] = "what is sealed with one";
    vault_seal_page(a, slice_str("place"), nonce, page, 100, page);
    return vault_open_page(b, slice_str("place"), page, 100, page);
}

static void write_and_read(const struct vault_file *file, struct vault_file *back)
{
    struct buf bytes;
    struct error err;
    buf_init(&bytes, VAULT_FILE_MAX);
    vault_file_write(file, &bytes);
    assert_true(buf_ok(&bytes));
    assert_true(cbor_is_canonical(buf_slice(&bytes)));
    assert_int_equal(vault_file_read(buf_slice(&bytes), back, &err), ST_OK);
    buf_release(&bytes);
}

static void the_passphrase_opens_it_and_no_other(void **state)
{
    (void)state;
    struct error err;
    struct vault *vault = vault_new(), *back;
    struct vault_file file = {0}, read;
    vault_file_lock(&file, vault, slice_str(PASSPHRASE), salt);
    assert_true(file.mem_kib >= 256 * 1024);
    write_and_read(&file, &read);
    assert_int_equal(vault_file_unlock(&read, slice_str(PASSPHRASE), &back, &err), ST_OK);
    assert_true(same_key(vault, back));
    vault_release(back);
    assert_int_equal(vault_file_unlock(&read, slice_str(PASSPHRASE "。"), &back, &err), ST_REFUSED);
    assert_null(back);
    assert_string_equal(err.text, "启动口令不对");
    assert_int_equal(vault_file_recover(&read, recovery_seed, &back, &err), ST_REFUSED);
    assert_non_null(strstr(err.text, "没有交给县里"));
    read.id[0] ^= 1; /* of another vault */
    assert_int_equal(vault_file_unlock(&read, slice_str(PASSPHRASE), &back, &err), ST_REFUSED);
    vault_release(vault);
}

static void the_county_opens_it_and_gives_a_new_passphrase(void **state)
{
    (void)state;
    struct error err;
    struct box_public recovery;
    struct vault *vault = vault_new(), *other = vault_new(), *back, *again;
    struct vault_file file = {0}, read;
    uint8_t wrong[32] = "the seed of another key .......";
    box_public_from_seed(recovery_seed, &recovery);
    vault_file_lock(&file, vault, slice_str(PASSPHRASE), salt);
    vault_file_seal(&file, vault, &recovery);
    write_and_read(&file, &read);
    assert_int_equal(vault_file_recover(&read, wrong, &back, &err), ST_REFUSED);
    assert_int_equal(vault_file_recover(&read, recovery_seed, &back, &err), ST_OK);
    assert_true(same_key(vault, back));
    vault_file_lock(&read, back, slice_str("新的口令，十个字以上"), salt);
    assert_int_equal(vault_file_unlock(&read, slice_str("新的口令，十个字以上"), &again, &err),
                     ST_OK);
    assert_true(same_key(vault, again));
    vault_release(again);
    vault_release(back);

    /* A key that somebody slipped in is not taken for the one of the database. */
    vault_file_seal(&file, other, &recovery);
    assert_int_equal(vault_file_recover(&file, recovery_seed, &back, &err), ST_DAMAGED);
    assert_null(back);
    vault_release(other);
    vault_release(vault);
}

static void passphrases_that_are_guessed_are_refused(void **state)
{
    (void)state;
    struct error err;
    static const char *const weak[] = {"",
                                       "135246",
                                       "12345678901234567890",
                                       "九个字九个字九个字",
                                       "short one",
                                       "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"};
    for (size_t i = 0; i < sizeof(weak) / sizeof(weak[0]); i++)
        assert_int_equal(vault_passphrase_check(slice_str(weak[i]), &err), ST_REFUSED);
    assert_int_equal(vault_passphrase_check(slice_str("十个字十个字十个字十"), &err), ST_OK);
    assert_int_equal(vault_passphrase_check(slice_str(PASSPHRASE), &err), ST_OK);
}

static void files_that_are_none_are_refused(void **state)
{
    (void)state;
    struct error err;
    struct buf bytes;
    struct vault_file file = {.ops = 3, .mem_kib = VAULT_MEM_KIB, .has_recovery = true}, read;
    buf_init(&bytes, VAULT_FILE_MAX);
    vault_file_write(&file, &bytes);
    for (size_t n = 0; n < bytes.n; n++)
        assert_int_equal(vault_file_read(slice_of(bytes.p, n), &read, &err), ST_INVALID);
    struct {
        uint64_t ops, mem_kib;
    } const costs[] = {{0, VAULT_MEM_KIB}, {7, VAULT_MEM_KIB}, {3, 4}, {3, 4 * VAULT_MEM_KIB}};
    for (size_t i = 0; i < sizeof(costs) / sizeof(costs[0]); i++) {
        file.ops = costs[i].ops;
        file.mem_kib = costs[i].mem_kib;
        buf_clear(&bytes);
        vault_file_write(&file, &bytes);
        assert_int_equal(vault_file_read(buf_slice(&bytes), &read, &err), ST_INVALID);
    }
    buf_release(&bytes);
}

static void a_page_opens_in_its_place_only(void **state)
{
    (void)state;
    struct vault *vault = vault_new(), *copy = vault_copy(vault);
    uint8_t plain[200] = "马建国", sealed[200 + VAULT_EXTRA], out[200];
    vault_seal_page(vault, slice_str("page 1"), nonce, plain, sizeof(plain), sealed);
    assert_null(memmem(sealed, sizeof(sealed), plain, 9));
    assert_true(vault_open_page(copy, slice_str("page 1"), sealed, sizeof(plain), out));
    assert_memory_equal(out, plain, sizeof(plain));
    assert_false(vault_open_page(copy, slice_str("page 2"), sealed, sizeof(plain), out));
    for (size_t i = 0; i < sizeof(sealed); i++) {
        sealed[i] ^= 0x10;
        assert_false(vault_open_page(vault, slice_str("page 1"), sealed, sizeof(plain), out));
        sealed[i] ^= 0x10;
    }
    vault_release(copy);
    vault_release(vault);
}

static void a_file_opens_under_its_name_only(void **state)
{
    (void)state;
    struct error err;
    struct buf sealed, out;
    struct vault *vault = vault_new(), *other = vault_new();
    const struct slice name = slice_str("device.key"), plain = slice_str("a key file");
    buf_init(&sealed, 4096);
    buf_init(&out, 4096);
    vault_seal_file(vault, name, nonce, plain, &sealed);
    assert_true(buf_ok(&sealed));
    assert_true(vault_file_is_sealed(buf_slice(&sealed)));
    assert_false(vault_file_is_sealed(plain));
    assert_false(vault_file_is_sealed(SLICE_NONE));
    assert_null(memmem(sealed.p, sealed.n, plain.p, plain.n));
    assert_int_equal(vault_open_file(vault, name, buf_slice(&sealed), &out, &err), ST_OK);
    assert_true(slice_equal(buf_slice(&out), plain));
    assert_int_equal(vault_open_file(other, name, buf_slice(&sealed), &out, &err), ST_DAMAGED);
    assert_int_equal(vault_open_file(vault, slice_str("box.key"), buf_slice(&sealed), &out, &err),
                     ST_DAMAGED);
    for (size_t i = 0; i < sealed.n; i++) {
        sealed.p[i] ^= 1;
        assert_int_equal(vault_open_file(vault, name, buf_slice(&sealed), &out, &err), ST_DAMAGED);
        sealed.p[i] ^= 1;
    }
    buf_release(&sealed);
    buf_release(&out);
    vault_release(other);
    vault_release(vault);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_passphrase_opens_it_and_no_other),
        cmocka_unit_test(the_county_opens_it_and_gives_a_new_passphrase),
        cmocka_unit_test(passphrases_that_are_guessed_are_refused),
        cmocka_unit_test(files_that_are_none_are_refused),
        cmocka_unit_test(a_page_opens_in_its_place_only),
        cmocka_unit_test(a_file_opens_under_its_name_only),
    };
    return cmocka_run_group_tests(tests, start, NULL);
}
