/* SPDX-License-Identifier: MulanPSL-2.0 */
/* enrol: what goes on a stick comes back as it was, or not at all. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "shared/base/check.h"
#include "shared/crypto/hash.h"
#include "shared/ledger/enrol.h"
#include "tests/harness/assert_ok.h"

static const uint8_t token[INVITE_TOKEN_SIZE] = {1, 2, 3},
                     other_token[INVITE_TOKEN_SIZE] = {1, 2, 4};
static const uint8_t nonce[VAULT_NONCE_SIZE] = {9}, seed[32] = {7}, other_seed[32] = {8};
static struct error why;

static void write_request(struct buf *out)
{
    const struct enrol_request request = {.join = slice_str("a join request"),
                                          .registry_size = 17,
                                          .root8 = {1, 2, 3, 4, 5, 6, 7, 8}};
    buf_init(out, ENROL_REQUEST_MAX);
    enrol_write_request(token, nonce, &request, out);
}

static void test_request(void **state)
{
    struct buf file, plain;
    struct enrol_request read;
    (void)state;
    write_request(&file);
    buf_init(&plain, ENROL_REQUEST_MAX);
    assert_ok(enrol_check_request(buf_slice(&file), &err));
    assert_ok(enrol_read_request(token, buf_slice(&file), &plain, &read, &err));
    assert_true(slice_equal(read.join, slice_str("a join request")));
    assert_int_equal(read.registry_size, 17);
    assert_int_equal(read.root8[7], 8);
    assert_int_equal(enrol_read_request(other_token, buf_slice(&file), &plain, &read, &why),
                     ST_REFUSED);
    for (size_t i = 0; i + 14 <= file.n; i++)
        assert_memory_not_equal(file.p + i, "a join request", 14);
    for (size_t i = 0; i < 8 * file.n; i++) {
        file.p[i / 8] ^= (uint8_t)(1 << i % 8);
        assert_int_not_equal(enrol_read_request(token, buf_slice(&file), &plain, &read, &why),
                             ST_OK);
        file.p[i / 8] ^= (uint8_t)(1 << i % 8);
    }
    for (size_t n = 0; n < file.n; n++)
        assert_int_not_equal(enrol_read_request(token, slice_of(file.p, n), &plain, &read, &why),
                             ST_OK);
    buf_put_u8(&file, 0);
    assert_int_equal(enrol_check_request(buf_slice(&file), &why), ST_INVALID);
    buf_release(&plain);
    buf_release(&file);
}

static struct enrol_keys keys_of(const uint8_t box_seed[32])
{
    struct enrol_keys keys = {.person = {{1}}, .device = {{2}}};
    box_public_from_seed(box_seed, &keys.box);
    return keys;
}

static void write_answer(const uint8_t with[INVITE_TOKEN_SIZE], const struct enrol_keys *keys,
                         struct buf *out)
{
    struct enrol_answer answer = {.join = slice_str("a join answer"),
                                  .registry_size = 3,
                                  .frame_count = 2,
                                  .frames = {slice_str("frame one"), slice_str("frame two")}};
    buf_init(out, ENROL_ANSWER_MAX);
    enrol_write_answer(with, keys, &answer, out);
}

static enum status read_answer(const struct enrol_keys *keys, const uint8_t box_seed[32],
                               struct slice file)
{
    struct enrol_answer read;
    struct buf plain;
    buf_init(&plain, ENROL_ANSWER_MAX);
    enum status st = enrol_read_answer(token, keys, box_seed, file, &plain, &read, &why);
    if (st == ST_OK) {
        assert_true(slice_equal(read.join, slice_str("a join answer")));
        assert_int_equal(read.registry_size, 3);
        assert_int_equal(read.frame_count, 2);
        assert_true(slice_equal(read.frames[1], slice_str("frame two")));
    }
    buf_release(&plain);
    return st;
}

static void test_answer(void **state)
{
    const struct enrol_keys keys = keys_of(seed);
    struct enrol_keys others = keys;
    struct buf file;
    (void)state;
    write_answer(token, &keys, &file);
    assert_ok(read_answer(&keys, seed, buf_slice(&file)));
    /* Another machine cannot open it; another request of this one is not answered by it. */
    assert_int_equal(read_answer(&keys, other_seed, buf_slice(&file)), ST_REFUSED);
    others.person.b[0]++;
    assert_int_equal(read_answer(&others, seed, buf_slice(&file)), ST_REFUSED);
    others = keys;
    others.device.b[31]++;
    assert_int_equal(read_answer(&others, seed, buf_slice(&file)), ST_REFUSED);
    for (size_t i = 0; i < 8 * file.n; i++) {
        file.p[i / 8] ^= (uint8_t)(1 << i % 8);
        assert_int_not_equal(read_answer(&keys, seed, buf_slice(&file)), ST_OK);
        file.p[i / 8] ^= (uint8_t)(1 << i % 8);
    }
    for (size_t n = 0; n < file.n; n++)
        assert_int_not_equal(read_answer(&keys, seed, slice_of(file.p, n)), ST_OK);
    buf_release(&file);
    /* Whoever knows the box key, which the registry tells, and not the token, cannot make one. */
    write_answer(other_token, &keys, &file);
    assert_int_equal(read_answer(&keys, seed, buf_slice(&file)), ST_REFUSED);
    buf_release(&file);
}

/* An answer of this content, sealed to the box key as FORMAT.md §10a says. */
static void seal_answer(const struct enrol_keys *keys, struct slice content, struct buf *out)
{
    struct buf purpose, plain;
    struct hmac_key key;
    struct hash made, mac;
    uint8_t sealed[200];
    buf_init(&purpose, 200);
    buf_put(&purpose, "huce/1/join/answer", sizeof("huce/1/join/answer"));
    buf_put_slice(&purpose, hash_slice(&keys->person));
    buf_put_slice(&purpose, hash_slice(&keys->device));
    buf_put(&purpose, keys->box.b, sizeof(keys->box.b));
    hmac_prepare(slice_of(token, sizeof(token)), &key);
    hmac(&key, buf_slice(&purpose), &made);
    hmac_prepare(hash_slice(&made), &key);
    hmac(&key, content, &mac);
    buf_init(&plain, 200);
    buf_put_slice(&plain, hash_slice(&mac));
    buf_put_slice(&plain, content);
    box_seal(&keys->box, buf_slice(&plain), sealed);
    buf_init(out, 400);
    buf_put_str(out, "\x83\x6bhuce-joined\x01\x58");
    buf_put_u8(out, (uint8_t)(plain.n + 48));
    buf_put(out, sealed, plain.n + 48);
    buf_release(&plain);
    buf_release(&purpose);
}

static void test_content_of_the_county(void **state)
{
    static const uint8_t good[] = {0x83, 0x41, 'j', 3, 0x81, 0x41, 'f'},
                         bad[] = {0x83, 0x41, 'j', 3, 0x82, 3, 0x41};
    const struct enrol_keys keys = keys_of(seed);
    struct enrol_answer read;
    struct buf file, plain;
    (void)state;
    buf_init(&plain, ENROL_ANSWER_MAX);
    seal_answer(&keys, slice_of(good, sizeof(good)), &file);
    assert_ok(enrol_read_answer(token, &keys, seed, buf_slice(&file), &plain, &read, &err));
    assert_int_equal(read.frame_count, 1);
    buf_release(&plain);
    buf_init(&plain, 10); /* no room */
    assert_int_equal(enrol_read_answer(token, &keys, seed, buf_slice(&file), &plain, &read, &why),
                     ST_REFUSED);
    buf_release(&plain);
    buf_release(&file);
    buf_init(&plain, ENROL_ANSWER_MAX);
    seal_answer(&keys, slice_of(bad, sizeof(bad)), &file);
    assert_int_equal(enrol_read_answer(token, &keys, seed, buf_slice(&file), &plain, &read, &why),
                     ST_INVALID);
    uint8_t sealed[3 + 48]; /* opens, and is too short for what says who wrote it */
    box_seal(&keys.box, slice_str("xyz"), sealed);
    buf_clear(&file);
    buf_put_str(&file, "\x83\x6bhuce-joined\x01\x58\x33");
    buf_put(&file, sealed, sizeof(sealed));
    assert_int_equal(enrol_read_answer(token, &keys, seed, buf_slice(&file), &plain, &read, &why),
                     ST_REFUSED);
    buf_release(&file);
    buf_release(&plain);
}

static void test_told_apart(void **state)
{
    const struct enrol_keys keys = keys_of(seed);
    struct buf request, answer;
    (void)state;
    write_request(&request);
    write_answer(token, &keys, &answer);
    assert_int_equal(enrol_check_request(buf_slice(&answer), &why), ST_INVALID);
    assert_non_null(strstr(why.text, "拿反了"));
    assert_int_equal(read_answer(&keys, seed, buf_slice(&request)), ST_INVALID);
    assert_non_null(strstr(why.text, "拿反了"));
    assert_int_equal(enrol_check_request(slice_str("HUCE1-ABCDEF"), &why), ST_INVALID);
    assert_non_null(strstr(why.text, "这不是"));
    assert_int_equal(enrol_check_request(SLICE_NONE, &why), ST_INVALID);
    buf_release(&answer);
    buf_release(&request);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_request),
        cmocka_unit_test(test_answer),
        cmocka_unit_test(test_content_of_the_county),
        cmocka_unit_test(test_told_apart),
    };
    crypto_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
