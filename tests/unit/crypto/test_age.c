/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * age: every vector of the C2SP testkit that is about X25519 recipients in binary files
 * (tests/vectors/age, as C2SP publishes them), and round trips around the edges of a chunk.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <zlib.h>

#include "shared/base/file.h"
#include "shared/codec/hex.h"
#include "shared/crypto/age.h"
#include "tests/unit/ledger/support.h"

#define FILE_MAX (20 * 1024 * 1024)
#define IDENTITIES_MAX 4

static int start(void **state)
{
    (void)state;
    crypto_init();
    return 0;
}

/* ---- the testkit ---- */

/* AGE-SECRET-KEY-1…: Bech32 (BIP 173) of the scalar; its checksum is not looked at here. */
static void read_identity(const char *text, struct box_secret *out)
{
    static const char digits[] = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";
    const char *at = strstr(text, "-1");
    uint32_t queue = 0;
    unsigned bits = 0;
    size_t n = 0;
    assert_non_null(at);
    for (at += 2; n < sizeof(out->b); at++) {
        const char *digit = strchr(digits, *at | 0x20);
        assert_true(*at && digit);
        queue = queue << 5 | (uint32_t)(digit - digits);
        bits += 5;
        if (bits >= 8)
            out->b[n++] = (uint8_t)(queue >> (bits -= 8));
    }
}

struct vector {
    char expect[64];
    char payload[2 * HASH_SIZE + 1];
    struct box_secret identities[IDENTITIES_MAX];
    size_t identity_count;
    struct buf file;
};

static void inflate_file(struct slice packed, struct buf *out)
{
    uLongf n = FILE_MAX;
    uint8_t *room = buf_extend(out, FILE_MAX);
    assert_non_null(room);
    assert_int_equal(uncompress(room, &n, packed.p, packed.n), Z_OK);
    out->n = n;
}

static void read_vector(const char *path, struct vector *v)
{
    struct buf all;
    bool packed = false;
    *v = (struct vector){0};
    buf_init(&v->file, FILE_MAX);
    assert_int_equal(file_read(path, FILE_MAX, &all, NULL), ST_OK);
    const char *line = buf_cstr(&all);
    while (*line != '\n') {
        char key[64], value[256];
        assert_int_equal(sscanf(line, "%63[^:]: %255[^\n]", key, value), 2);
        if (strcmp(key, "expect") == 0)
            snprintf(v->expect, sizeof(v->expect), "%.63s", value);
        else if (strcmp(key, "payload") == 0)
            snprintf(v->payload, sizeof(v->payload), "%.64s", value);
        else if (strcmp(key, "identity") == 0 && v->identity_count < IDENTITIES_MAX)
            read_identity(value, &v->identities[v->identity_count++]);
        else if (strcmp(key, "compressed") == 0)
            packed = true;
        line = strchr(line, '\n') + 1;
    }
    const uint8_t *rest = (const uint8_t *)line + 1;
    const struct slice content = slice_of(rest, (size_t)(all.p + all.n - rest));
    if (packed)
        inflate_file(content, &v->file);
    else
        buf_put_slice(&v->file, content);
    buf_release(&all);
}

static bool as_expected(const struct vector *v, enum status st, const struct buf *plain)
{
    struct hash hash;
    char hex[2 * HASH_SIZE + 1];
    if (st != ST_OK && plain->n != 0)
        return false;
    if (strcmp(v->expect, "header failure") == 0)
        return st == ST_INVALID;
    if (strcmp(v->expect, "no match") == 0)
        return st == ST_REFUSED;
    if (strcmp(v->expect, "HMAC failure") == 0 || strcmp(v->expect, "payload failure") == 0)
        return st == ST_DAMAGED;
    hash_bytes(buf_slice(plain), &hash);
    hex_encode(hash_slice(&hash), hex);
    return strcmp(v->expect, "success") == 0 && st == ST_OK && strcmp(hex, v->payload) == 0;
}

static void the_testkit_of_c2sp(void **state)
{
    (void)state;
    const char *root = getenv("HUCE_ROOT");
    char folder[4096], path[8192];
    snprintf(folder, sizeof(folder), "%s/tests/vectors/age", root ? root : ".");
    DIR *dir = opendir(folder);
    int seen = 0, wrong = 0;
    assert_non_null(dir);
    for (struct dirent *entry; (entry = readdir(dir));) {
        struct vector v;
        struct buf plain;
        if (entry->d_name[0] == '.' || strcmp(entry->d_name, "README.md") == 0)
            continue;
        snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
        read_vector(path, &v);
        buf_init(&plain, FILE_MAX);
        enum status st = age_open(v.identities, v.identity_count, buf_slice(&v.file), &plain, NULL);
        if (!as_expected(&v, st, &plain)) {
            printf("  %s: %s, expected %s\n", entry->d_name, status_name(st), v.expect);
            wrong++;
        }
        seen++;
        buf_release(&plain);
        buf_release(&v.file);
    }
    closedir(dir);
    assert_int_equal(seen, 66);
    assert_int_equal(wrong, 0);
}

/* ---- there and back ---- */

static const uint8_t seeds[3][32] = {"the first reader's seed, 32 byte", "the second reader's seed",
                                     "somebody else's seed"};

static void seal(struct slice plain, size_t readers, struct buf *out)
{
    struct box_public to[2];
    struct age_random random;
    memset(&random, 0x5A, sizeof(random));
    random.ephemeral[1][0] = 1;
    for (size_t i = 0; i < 2; i++)
        box_public_from_seed(seeds[i], &to[i]);
    buf_init(out, 1024 * 1024);
    age_seal(to, readers, &random, plain, out);
    assert_true(buf_ok(out));
}

static enum status open_as(size_t reader, struct slice file, struct buf *plain)
{
    struct box_secret secret;
    box_secret_from_seed(seeds[reader], &secret);
    return age_open(&secret, 1, file, plain, NULL);
}

static void every_reader_opens_it_and_nobody_else(void **state)
{
    (void)state;
    static const size_t sizes[] = {0, 1, AGE_CHUNK - 1, AGE_CHUNK, AGE_CHUNK + 1, 2 * AGE_CHUNK};
    static uint8_t text[2 * AGE_CHUNK];
    for (size_t i = 0; i < sizeof(text); i++)
        text[i] = (uint8_t)(i * 7);
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        struct buf file, plain;
        seal(slice_of(text, sizes[i]), 2, &file);
        for (size_t reader = 0; reader < 3; reader++) {
            buf_init(&plain, sizeof(text));
            assert_int_equal(open_as(reader, buf_slice(&file), &plain),
                             reader < 2 ? ST_OK : ST_REFUSED);
            assert_true(slice_equal(buf_slice(&plain), slice_of(text, reader < 2 ? sizes[i] : 0)));
            buf_release(&plain);
        }
        buf_release(&file);
    }
}

static void no_byte_can_be_altered_or_left_out(void **state)
{
    (void)state;
    struct buf file, plain;
    seal(slice_str("一户一策"), 1, &file);
    for (size_t i = 0; i < file.n; i++) {
        buf_init(&plain, 1024);
        file.p[i] ^= 1;
        assert_int_not_equal(open_as(0, buf_slice(&file), &plain), ST_OK);
        file.p[i] ^= 1;
        assert_int_not_equal(open_as(0, slice_of(file.p, i), &plain), ST_OK);
        assert_int_equal(plain.n, 0);
        buf_release(&plain);
    }
    buf_init(&plain, 4); /* no room for it */
    assert_int_equal(open_as(0, buf_slice(&file), &plain), ST_LIMIT);
    assert_int_equal(plain.n, 0);
    buf_release(&plain);
    buf_release(&file);
}

static void a_signing_key_can_be_sealed_to(void **state)
{
    (void)state;
    struct sign_key *key = sign_key_from_seed(seeds[0]);
    struct box_public to;
    struct box_secret secret;
    struct age_random random = {.file_key = "sixteen bytes !", .ephemeral = {"some scalar"}};
    struct buf file, plain;
    assert_true(box_public_of_sign(sign_key_public(key), &to));
    box_secret_of_sign(key, &secret);
    buf_init(&file, 4096);
    buf_init(&plain, 4096);
    age_seal(&to, 1, &random, slice_str("to the county"), &file);
    assert_int_equal(age_open(&secret, 1, buf_slice(&file), &plain, NULL), ST_OK);
    assert_true(slice_equal(buf_slice(&plain), slice_str("to the county")));
    buf_release(&plain);
    buf_release(&file);
    sign_key_release(key);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_testkit_of_c2sp),
        cmocka_unit_test(every_reader_opens_it_and_nobody_else),
        cmocka_unit_test(no_byte_can_be_altered_or_left_out),
        cmocka_unit_test(a_signing_key_can_be_sealed_to),
    };
    return cmocka_run_group_tests(tests, start, NULL);
}
