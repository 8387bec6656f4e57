/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * The proof test vectors of transparency-dev/merkle, where they are: $HUCE_VECTORS/merkle, by
 * default
 * ../shared/vectors beside the project. Skipped, visibly, when absent.
 *
 * Some vectors hold words in place of hashes. Those are filled up with zeros to 32 bytes, which
 * keeps different ones different; an empty one has no counterpart in an interface of fixed-size
 * hashes and counts as refused.
 */
#include <ftw.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "shared/base/file.h"
#include "shared/ledger/merkle.h"
#include "tests/unit/ledger/support.h"

static char folder[4096];
static int seen, accepted;

static bool read_hash(const json_t *text, struct hash *out)
{
    struct buf bytes;
    buf_init(&bytes, 1024);
    assert_true(json_is_string(text) && base64_decode(slice_str(json_string_value(text)), &bytes));
    assert_true(bytes.n <= HASH_SIZE);
    memset(out, 0, sizeof(*out));
    if (bytes.n > 0)
        memcpy(out->b, bytes.p, bytes.n);
    bool good = bytes.n > 0;
    buf_release(&bytes);
    return good;
}

/* false when one of the hashes is empty. */
static bool read_proof(const json_t *list, struct hash *out, size_t *count)
{
    *count = json_array_size(list);
    assert_true(*count <= 2 * MERKLE_PROOF_MAX);
    for (size_t i = 0; i < *count; i++)
        if (!read_hash(json_array_get(list, i), &out[i]))
            return false;
    return true;
}

/* Sizes up to 2^64-1 occur, which jansson does not read. */
static uint64_t number(const char *text, const char *name)
{
    const char *at = strstr(text, name);
    assert_non_null(at);
    return strtoull(at + strlen(name), NULL, 10);
}

static bool verify(const char *text, const json_t *v)
{
    struct hash proof[2 * MERKLE_PROOF_MAX], a, b;
    size_t count;
    if (!read_proof(json_object_get(v, "proof"), proof, &count))
        return false;
    if (json_object_get(v, "leafIdx"))
        return read_hash(json_object_get(v, "leafHash"), &a) &&
               read_hash(json_object_get(v, "root"), &b) &&
               merkle_verify_inclusion(&a, number(text, "\"leafIdx\":"),
                                       number(text, "\"treeSize\":"), proof, count, &b);
    return read_hash(json_object_get(v, "root1"), &a) &&
           read_hash(json_object_get(v, "root2"), &b) &&
           merkle_verify_consistency(number(text, "\"size1\":"), number(text, "\"size2\":"), &a, &b,
                                     proof, count);
}

static int visit(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st;
    (void)ftw;
    if (type != FTW_F || !strstr(path, ".json"))
        return 0;
    struct buf text;
    assert_int_equal(file_read(path, 1 << 20, &text, NULL), ST_OK);
    json_t *v = json_loads(buf_cstr(&text), JSON_DECODE_INT_AS_REAL, NULL);
    if (!v)
        fail_msg("%s: not JSON", path);
    bool want = !json_is_true(json_object_get(v, "wantErr"));
    /* The vectors refuse any proof from the empty tree as useless. Here it is the start of every
     * replica: the root of nothing with an empty proof is continued by every tree. */
    if (strstr(path, "size1-is-zero-and-size2-is-not-zero"))
        want = true;
    if (verify(buf_cstr(&text), v) != want)
        fail_msg("%s: %s", path, want ? "refused" : "accepted");
    seen++;
    accepted += want;
    json_decref(v);
    buf_release(&text);
    return 0;
}

static void run(const char *kind)
{
    char path[5000];
    const char *base = getenv("HUCE_VECTORS");
    snprintf(folder, sizeof(folder), "%s", base ? base : "../shared/vectors");
    snprintf(path, sizeof(path), "%s/merkle/%s", folder, kind);
    seen = accepted = 0;
    if (nftw(path, visit, 16, FTW_PHYS) != 0) {
        print_message("skipped: no vectors in %s\n", path);
        skip();
    }
    assert_true(seen > 50 && accepted > 0 && accepted < seen);
    print_message("%d vectors, %d of them accepted\n", seen, accepted);
}

static void merkle_vectors_inclusion(void **state)
{
    (void)state;
    run("inclusion");
}

static void merkle_vectors_consistency(void **state)
{
    (void)state;
    run("consistency");
}

int main(void)
{
    crypto_init();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(merkle_vectors_inclusion),
        cmocka_unit_test(merkle_vectors_consistency),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
