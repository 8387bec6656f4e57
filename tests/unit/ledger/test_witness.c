/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * A witness signs one history: it goes from what it signed to something larger by a proof, and
 * nowhere else. The frozen cosignature counts; verifiers have one spelling.
 */
#include <jansson.h>
#include <stdlib.h>

#include "shared/ledger/witness.h"
#include "tests/unit/ledger/support.h"

#define LEAVES 20

static struct sign_key *log_key, *witness_key;
static struct origin origin;
static struct hash leaves[LEAVES], other_leaves[LEAVES];

static bool leaf_of(void *arg, uint64_t index, struct hash *out)
{
    *out = ((const struct hash *)arg)[index];
    return true;
}

static struct hash root_of(const struct hash *of, uint64_t size)
{
    const struct merkle_source source = {leaf_of, (void *)of};
    struct hash root;
    assert_true(merkle_range_root(&source, 0, size, &root));
    return root;
}

/* A request from `old` to `size` of these leaves, as a county would write it. */
static void ask(const struct hash *of, uint64_t old, uint64_t size, const struct sign_key *by,
                struct buf *out)
{
    const struct merkle_source source = {leaf_of, (void *)of};
    struct checkpoint head = {origin, size, root_of(of, size)};
    struct merkle_proof proof;
    struct buf text;
    buf_init(&text, CHECKPOINT_MAX);
    buf_clear(out);
    checkpoint_sign(&head, by, &text);
    assert_true(merkle_prove_consistency(&source, old, size, &proof));
    witness_request_write(old, &proof, buf_slice(&text), out);
    buf_release(&text);
}

static enum status judge(struct slice body, uint64_t known, struct checkpoint *head)
{
    struct witness_request request;
    struct hash root = root_of(leaves, known);
    enum status st = witness_request_read(body, &request, NULL);
    return st == ST_OK ? witness_judge(&request, sign_key_public(log_key), known, &root, head, NULL)
                       : st;
}

static void it_follows_one_history(void **state)
{
    (void)state;
    struct checkpoint head;
    struct buf body;
    buf_init(&body, WITNESS_REQUEST_MAX);
    for (uint64_t old = 0; old <= LEAVES; old++)
        for (uint64_t size = old; size <= LEAVES; size++) {
            ask(leaves, old, size, log_key, &body);
            assert_int_equal(judge(buf_slice(&body), old, &head), ST_OK);
            assert_true(head.size == size);
        }
    ask(other_leaves, 8, 12, log_key, &body); /* another past, consistent in itself */
    assert_int_equal(judge(buf_slice(&body), 8, &head), ST_DAMAGED);
    ask(other_leaves, 8, 8, log_key, &body);
    assert_int_equal(judge(buf_slice(&body), 8, &head), ST_EXISTS);
    ask(leaves, 5, 12, log_key, &body); /* not from where it stands */
    assert_int_equal(judge(buf_slice(&body), 8, &head), ST_EXISTS);
    ask(leaves, 0, 12, log_key, &body);
    assert_int_equal(judge(buf_slice(&body), 8, &head), ST_EXISTS);
    ask(leaves, 8, 12, witness_key, &body); /* not the county's key */
    assert_int_equal(judge(buf_slice(&body), 8, &head), ST_REFUSED);
    buf_release(&body);
}

static void a_request_is_read_in_one_form(void **state)
{
    (void)state;
    struct witness_request request;
    struct checkpoint head;
    struct buf body;
    buf_init(&body, 2 * WITNESS_REQUEST_MAX);
    ask(leaves, 7, 12, log_key, &body);
    assert_int_equal(witness_request_read(buf_slice(&body), &request, NULL), ST_OK);
    assert_true(request.old_size == 7 && request.proof.count > 0);
    for (size_t i = 0; i < body.n; i++) {
        body.p[i] ^= 1;
        assert_int_not_equal(judge(buf_slice(&body), 7, &head), ST_OK);
        body.p[i] ^= 1;
    }
    static const char *const bad[] = {
        "",           "old\n\n",          "old \n\n",
        "old 01\n\n", "old -1\n\n",       "new 1",
        "old 1\n\n",  "old 1\nAAAA\n\nx", "old 99999999999999999999\n\n"};
    for (size_t i = 0; i < ARRAY_LENGTH(bad); i++)
        assert_int_equal(witness_request_read(slice_str(bad[i]), &request, NULL), ST_INVALID);
    buf_release(&body);
}

/* Bodies that are nearly requests, of any length. */
static void what_is_no_request_is_refused(void **state)
{
    (void)state;
    struct witness_request request;
    struct checkpoint head;
    struct buf body;
    static const char *const bad[] = {"old",       "old 1/\n\n",    "old 1:\n\n",
                                      "old 1\n",   "old 1\nAAAA\n", "older 1\n\n",
                                      "old 1\n\n", "old 1\n\nx",    "old 1\n\nx\n"};
    for (size_t i = 0; i < ARRAY_LENGTH(bad); i++)
        assert_int_equal(witness_request_read(slice_str(bad[i]), &request, NULL), ST_INVALID);

    buf_init(&body, 4 * WITNESS_REQUEST_MAX);
    ask(leaves, 7, 12, log_key, &body);
    size_t head_n = 6,
           tail = body.n - (size_t)(strstr(buf_cstr(&body), "\n\n") + 2 - buf_cstr(&body));
    struct buf many;
    buf_init(&many, 4 * WITNESS_REQUEST_MAX);
    for (size_t hashes = WITNESS_PROOF_MAX; hashes <= WITNESS_PROOF_MAX + 1; hashes++) {
        buf_clear(&many);
        buf_put(&many, body.p, head_n);
        for (size_t i = 0; i < hashes; i++)
            buf_put_str(&many, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n");
        buf_put_u8(&many, '\n');
        buf_put(&many, body.p + body.n - tail, tail);
        assert_int_equal(witness_request_read(buf_slice(&many), &request, NULL),
                         hashes > WITNESS_PROOF_MAX ? ST_INVALID : ST_OK);
    }
    buf_clear(&many);
    buf_put_str(&many, "old 1\n\n"
                       "guanghe.example/622924101001\n");
    size_t before = many.n - 7;
    while (many.n - before <= CHECKPOINT_MAX)
        buf_put_u8(&many, 'x');
    assert_int_equal(witness_request_read(buf_slice(&many), &request, NULL), ST_INVALID);
    while (many.n <= WITNESS_REQUEST_MAX)
        buf_put_u8(&many, 'x');
    assert_int_equal(witness_request_read(buf_slice(&many), &request, NULL), ST_INVALID);

    /* An old size beyond the checkpoint; a checkpoint that is none. */
    ask(leaves, 7, 12, log_key, &body);
    body.p[4] = '9';
    buf_clear(&many);
    buf_put_str(&many, "old 13\n");
    buf_put(&many, body.p + 6, body.n - 6);
    assert_int_equal(judge(buf_slice(&many), 13, &head), ST_INVALID);
    buf_release(&many);
    buf_release(&body);
}

static void cosignatures_are_counted_once_each(void **state)
{
    (void)state;
    struct checkpoint head = {origin, 12, root_of(leaves, 12)};
    struct verifier by[3] = {{.type = VERIFIER_WITNESS, .pk = *sign_key_public(witness_key)}};
    struct buf text;
    strcpy(by[0].name, "linxia.example/witness");
    by[1] = by[0];
    by[2] = by[0];
    by[2].pk = *sign_key_public(log_key);
    buf_init(&text, CHECKPOINT_MAX);
    checkpoint_sign(&head, log_key, &text);
    assert_int_equal(witness_count(buf_slice(&text), by, 3), 0);
    size_t before = text.n, body = (size_t)(strstr(buf_cstr(&text), "\n\n") + 1 - buf_cstr(&text));
    witness_cosign(by[0].name, witness_key, buf_slice(&text), 1795224600, &text);
    assert_int_equal(
        checkpoint_open(buf_slice(&text), &origin, sign_key_public(log_key), &head, NULL), ST_OK);
    assert_int_equal(witness_count(buf_slice(&text), by, 3), 1);
    for (size_t i = 0; i + 1 < text.n; i++) {
        if (i > body && i < before)
            continue; /* the county's own line is checkpoint_open's */
        text.p[i] ^= 1;
        assert_int_equal(witness_count(buf_slice(&text), by, 1), 0);
        text.p[i] ^= 1;
    }
    buf_release(&text);
}

/* One line of a checkpoint, looked at alone. */
static void a_line_is_a_cosignature_or_is_not(void **state)
{
    (void)state;
    struct checkpoint head = {origin, 12, root_of(leaves, 12)};
    struct verifier by = {.type = VERIFIER_WITNESS, .pk = *sign_key_public(witness_key)};
    struct buf text, line;
    strcpy(by.name, "linxia.example/witness");
    buf_init(&text, CHECKPOINT_MAX);
    buf_init(&line, 3 * CHECKPOINT_MAX);
    checkpoint_sign(&head, log_key, &text);
    witness_cosign(by.name, witness_key, buf_slice(&text), 1795224600, &line);
    assert_true(witness_signed(buf_slice(&text), buf_slice(&line), &by));
    assert_false(witness_signed(buf_slice(&text), SLICE_NONE, &by));
    assert_false(witness_signed(buf_slice(&text), slice_of(line.p, line.n - 1), &by));
    assert_false(witness_signed(buf_slice(&text), slice_str("— x\n"), &by));
    assert_false(witness_signed(buf_slice(&text), slice_str("\n"), &by));
    by.type = VERIFIER_LOG; /* the log's own key cosigns nothing */
    assert_false(witness_signed(buf_slice(&text), buf_slice(&line), &by));
    assert_int_equal(witness_count(buf_slice(&text), &by, 1), 0);
    by.type = VERIFIER_WITNESS;
    assert_int_equal(witness_count(SLICE_NONE, &by, 1), 0);

    /* A text larger than checkpoints are, with a cosignature of that name and key id. */
    struct buf large;
    buf_init(&large, 3 * CHECKPOINT_MAX);
    while (large.n < 2 * CHECKPOINT_MAX)
        buf_put_str(&large, "extension\n");
    buf_put_str(&large, "\n");
    assert_false(witness_signed(buf_slice(&large), buf_slice(&line), &by));
    buf_put_slice(&large, buf_slice(&line));
    assert_int_equal(witness_count(buf_slice(&large), &by, 1), 0);
    buf_release(&large);
    buf_release(&line);
    buf_release(&text);
}

static void names_of_witnesses(void **state)
{
    (void)state;
    char long_name[WITNESS_NAME_MAX + 1];
    memset(long_name, 'a', sizeof(long_name));
    assert_true(witness_name_valid(slice_str("linxia.example/witness")));
    assert_true(witness_name_valid(slice_of(long_name, WITNESS_NAME_MAX)));
    assert_false(witness_name_valid(slice_of(long_name, WITNESS_NAME_MAX + 1)));
    static const char *const bad[] = {"", "a b", "a+b", "a\x7f", "a\n"};
    for (size_t i = 0; i < ARRAY_LENGTH(bad); i++)
        assert_false(witness_name_valid(slice_str(bad[i])));
}

static void the_frozen_cosignature_counts(void **state)
{
    (void)state;
    const char *root = getenv("HUCE_ROOT");
    char path[4096];
    snprintf(path, sizeof(path), "%s/tests/vectors/format-v1.json", root ? root : ".");
    json_t *vectors = json_load_file(path, 0, NULL);
    const json_t *frozen = json_object_get(vectors, "checkpoint_cosigned");
    struct verifier by = {.type = VERIFIER_WITNESS};
    strcpy(by.name, json_string_value(json_object_get(frozen, "witness")));
    assert_true(
        hex_decode(slice_str(json_string_value(json_object_get(frozen, "author"))), by.pk.b, 32));
    struct slice text = slice_str(json_string_value(json_object_get(frozen, "text")));
    assert_int_equal(witness_count(text, &by, 1), 1);
    json_decref(vectors);
}

static void verifiers_have_one_spelling(void **state)
{
    (void)state;
    struct verifier by = {.type = VERIFIER_WITNESS, .pk = *sign_key_public(witness_key)}, again;
    struct buf text;
    strcpy(by.name, "linxia.example/witness");
    buf_init(&text, 512);
    verifier_write(&by, &text);
    assert_int_equal(verifier_read(buf_slice(&text), &again, NULL), ST_OK);
    assert_string_equal(again.name, by.name);
    assert_memory_equal(again.pk.b, by.pk.b, 32);
    for (size_t i = 0; i < text.n; i++) {
        text.p[i] ^= 1;
        assert_int_equal(verifier_read(buf_slice(&text), &again, NULL), ST_INVALID);
        text.p[i] ^= 1;
    }
    static const char *const bad[] = {"",
                                      "name",
                                      "+",
                                      "name+",
                                      "name+0123abcd+",
                                      "name+0123abcd+AAAA",
                                      "na me+0123abcd+AQ==",
                                      "name+0123abcd+!!!!"};
    for (size_t i = 0; i < ARRAY_LENGTH(bad); i++)
        assert_int_equal(verifier_read(slice_str(bad[i]), &again, NULL), ST_INVALID);
    by.type = 7; /* well spelt, of a kind that is not known */
    buf_clear(&text);
    verifier_write(&by, &text);
    assert_int_equal(verifier_read(buf_slice(&text), &again, NULL), ST_INVALID);
    by.type = VERIFIER_LOG;
    buf_clear(&text);
    verifier_write(&by, &text);
    assert_int_equal(verifier_read(buf_slice(&text), &again, NULL), ST_OK);
    memset(&by.pk, 0, sizeof(by.pk)); /* a point of small order */
    buf_clear(&text);
    verifier_write(&by, &text);
    assert_int_equal(verifier_read(buf_slice(&text), &again, NULL), ST_INVALID);
    buf_release(&text);
}

static int make(void **state)
{
    (void)state;
    crypto_init();
    log_key = test_key(1);
    witness_key = test_key(2);
    origin = test_origin("guanghe.example/622924101001");
    for (uint8_t i = 0; i < LEAVES; i++) {
        leaves[i] = test_hash(i);
        other_leaves[i] = test_hash(i == 3 ? 99 : i);
    }
    return 0;
}

static int forget(void **state)
{
    (void)state;
    sign_key_release(log_key);
    sign_key_release(witness_key);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_follows_one_history),
        cmocka_unit_test(a_request_is_read_in_one_form),
        cmocka_unit_test(what_is_no_request_is_refused),
        cmocka_unit_test(cosignatures_are_counted_once_each),
        cmocka_unit_test(a_line_is_a_cosignature_or_is_not),
        cmocka_unit_test(names_of_witnesses),
        cmocka_unit_test(the_frozen_cosignature_counts),
        cmocka_unit_test(verifiers_have_one_spelling),
    };
    return cmocka_run_group_tests(tests, make, forget);
}
