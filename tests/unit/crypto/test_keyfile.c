/* SPDX-License-Identifier: MulanPSL-2.0 */
/* keyfile: a key comes back with its PIN and only with it; altered or foreign files are refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "shared/base/file.h"
#include "shared/base/mem.h"
#include "shared/codec/cbor.h"
#include "shared/crypto/keyfile.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static const uint8_t seed[32] = "an example seed of 32 bytes ....";
static const uint8_t random_40[40] = "salt of 16 byte nonce of 24 bytes ......";
static struct sign_public pk;

static int start(void **state)
{
    (void)state;
    crypto_init();
    struct sign_key *key = sign_key_from_seed(seed);
    pk = *sign_key_public(key);
    sign_key_release(key);
    return 0;
}

static void test_wrapped(void **state)
{
    (void)state;
    struct buf file;
    struct error err;
    uint8_t out[32] = {0};
    struct sign_public out_pk = {{0}};
    buf_init(&file, 4096);
    keyfile_encode("person", seed, &pk, slice_str("135246"), random_40, &file);
    assert_true(cbor_is_canonical(buf_slice(&file)));
    assert_null(memmem(file.p, file.n, seed, 32));
    assert_int_equal(
        keyfile_decode("person", buf_slice(&file), slice_str("135246"), out, &out_pk, &err), ST_OK);
    assert_memory_equal(out, seed, 32);
    assert_memory_equal(out_pk.b, pk.b, 32);

    assert_int_equal(
        keyfile_decode("person", buf_slice(&file), slice_str("135247"), out, &out_pk, &err),
        ST_REFUSED);
    assert_string_equal(err.text, "口令不对");
    assert_int_equal(keyfile_decode("person", buf_slice(&file), SLICE_NONE, out, &out_pk, &err),
                     ST_REFUSED);
    assert_non_null(strstr(err.text, "--pin-file"));
    assert_int_equal(
        keyfile_decode("device", buf_slice(&file), slice_str("135246"), out, &out_pk, &err),
        ST_INVALID);
    assert_non_null(strstr(err.text, "这是“person”类的密钥"));

    /* The public half needs no PIN. */
    out_pk = (struct sign_public){{0}};
    assert_int_equal(keyfile_decode("person", buf_slice(&file), SLICE_NONE, NULL, &out_pk, &err),
                     ST_OK);
    assert_memory_equal(out_pk.b, pk.b, 32);

    /* Another public key in the file: the box was not made for it. */
    uint8_t *in_file = memmem(file.p, file.n, pk.b, 32);
    assert_non_null(in_file);
    in_file[3] ^= 1;
    assert_int_equal(
        keyfile_decode("person", buf_slice(&file), slice_str("135246"), out, &out_pk, &err),
        ST_REFUSED);
    buf_release(&file);
}

/* A box key's public half is an X25519 key. */
static void test_box(void **state)
{
    (void)state;
    struct buf file;
    struct error err;
    uint8_t out[32] = {0};
    struct box_public box;
    struct sign_public wanted, out_pk;
    box_public_from_seed(seed, &box);
    memcpy(wanted.b, box.b, 32);
    buf_init(&file, 4096);
    keyfile_encode(KEYFILE_BOX, seed, &wanted, SLICE_NONE, random_40, &file);
    assert_int_equal(keyfile_decode(KEYFILE_BOX, buf_slice(&file), SLICE_NONE, out, &out_pk, &err),
                     ST_OK);
    assert_memory_equal(out, seed, 32);
    assert_memory_equal(out_pk.b, wanted.b, 32);
    buf_clear(&file);
    keyfile_encode(KEYFILE_BOX, seed, &pk, SLICE_NONE, random_40, &file);
    assert_int_equal(keyfile_decode(KEYFILE_BOX, buf_slice(&file), SLICE_NONE, out, &out_pk, &err),
                     ST_INVALID);
    buf_release(&file);
}

static void test_unwrapped(void **state)
{
    (void)state;
    struct buf file;
    struct error err;
    uint8_t out[32];
    struct sign_public out_pk;
    buf_init(&file, 4096);
    keyfile_encode("device", seed, &pk, SLICE_NONE, random_40, &file);
    assert_int_equal(keyfile_decode("device", buf_slice(&file), SLICE_NONE, out, &out_pk, &err),
                     ST_OK);
    assert_memory_equal(out, seed, 32);
    assert_null(memmem(file.p, file.n, random_40, 16));

    for (size_t n = 0; n < file.n; n++)
        assert_int_equal(
            keyfile_decode("device", slice_of(file.p, n), SLICE_NONE, out, &out_pk, &err),
            ST_INVALID);
    assert_memory_equal(file.p + 1,
                        "\x68"
                        "huce-key\x01",
                        10); /* text of 8, version 1 */
    file.p[10] = 2;
    assert_int_equal(keyfile_decode("device", buf_slice(&file), SLICE_NONE, out, &out_pk, &err),
                     ST_INVALID);
    assert_non_null(strstr(err.text, "version 1"));
    file.p[10] = 1;
    uint8_t *in_file = memmem(file.p, file.n, seed, 32);
    in_file[5] ^= 1;
    assert_int_equal(keyfile_decode("device", buf_slice(&file), SLICE_NONE, out, &out_pk, &err),
                     ST_INVALID);
    assert_non_null(strstr(err.text, "不相配"));
    assert_memory_equal(out, ((uint8_t[32]){0}), 32);
    buf_release(&file);
}

/* A key file whose costs are chosen. */
static enum status decode_with(uint64_t ops, uint64_t mem_kib, size_t salt, size_t nonce,
                               size_t box)
{
    static const uint8_t zeros[64];
    struct buf file;
    uint8_t out[32];
    struct sign_public out_pk;
    buf_init(&file, 4096);
    cbor_put_array(&file, 9);
    cbor_put_str(&file, "huce-key");
    cbor_put_uint(&file, 1);
    cbor_put_str(&file, "person");
    cbor_put_bytes(&file, slice_of(pk.b, 32));
    cbor_put_bytes(&file, slice_of(zeros, salt));
    cbor_put_uint(&file, ops);
    cbor_put_uint(&file, mem_kib);
    cbor_put_bytes(&file, slice_of(zeros, nonce));
    cbor_put_bytes(&file, slice_of(zeros, box));
    enum status st =
        keyfile_decode("person", buf_slice(&file), slice_str("135246"), out, &out_pk, NULL);
    buf_release(&file);
    return st;
}

static void test_odd_protection(void **state)
{
    (void)state;
    assert_int_equal(decode_with(2, 65536, 16, 24, 48), ST_REFUSED); /* well formed, another PIN */
    assert_int_equal(decode_with(1, 8, 16, 24, 48), ST_REFUSED);
    assert_int_equal(decode_with(2, UINT64_C(1) << 40, 16, 24, 48), ST_INVALID);
    assert_int_equal(decode_with(1000000, 65536, 16, 24, 48), ST_INVALID);
    assert_int_equal(decode_with(0, 65536, 16, 24, 48), ST_INVALID);
    assert_int_equal(decode_with(2, 7, 16, 24, 48), ST_INVALID);
    assert_int_equal(decode_with(2, 65536, 15, 24, 48), ST_INVALID);
    assert_int_equal(decode_with(2, 65536, 16, 23, 48), ST_INVALID);
    assert_int_equal(decode_with(2, 65536, 16, 24, 47), ST_INVALID);
    assert_int_equal(decode_with(2, 65536, 16, 24, 49), ST_INVALID);
    assert_int_equal(decode_with(2, 65536, 0, 0, 32), ST_INVALID);
    assert_int_equal(decode_with(0, 0, 0, 0, 48), ST_INVALID);
}

static void test_files(void **state)
{
    (void)state;
    char folder[] = "test_keyfile.XXXXXX";
    assert_non_null(mkdtemp(folder));
    char *path = file_join(folder, "device.key");
    struct error err;
    struct sign_key *key = sign_key_from_seed(seed), *back = NULL;

    assert_int_equal(keyfile_load(NULL, path, "device", SLICE_NONE, &back, &err), ST_NOT_FOUND);
    assert_null(back);
    assert_int_equal(keyfile_store(NULL, path, "device", key, slice_str("12345"), &err),
                     ST_REFUSED);
    assert_false(file_exists(path));
    assert_int_equal(keyfile_store(NULL, path, "device", key, SLICE_NONE, &err), ST_OK);
    struct stat s;
    assert_int_equal(stat(path, &s), 0);
    assert_int_equal(s.st_mode & 0777, 0600);
    assert_int_equal(keyfile_load(NULL, path, "device", SLICE_NONE, &back, &err), ST_OK);
    assert_true(hash_equal(sign_key_kid(back), sign_key_kid(key)));
    sign_key_release(back);

    assert_int_equal(keyfile_store(NULL, path, "device", key, slice_str("六个字符以上"), &err),
                     ST_OK);
    assert_int_equal(keyfile_load(NULL, path, "device", slice_str("654321"), &back, &err),
                     ST_REFUSED);
    assert_null(back);
    assert_non_null(strstr(err.text, path));
    assert_non_null(strstr(err.text, "口令不对"));
    assert_int_equal(keyfile_load(NULL, path, "device", slice_str("六个字符以上"), &back, &err),
                     ST_OK);
    sign_key_release(back);
    sign_key_release(key);
    unlink(path);
    rmdir(folder);
    mem_free(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_wrapped), cmocka_unit_test(test_unwrapped),
        cmocka_unit_test(test_box),     cmocka_unit_test(test_odd_protection),
        cmocka_unit_test(test_files),
    };
    return cmocka_run_group_tests(tests, start, NULL);
}
