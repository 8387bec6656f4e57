/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * The proof of one change: the frozen one holds, is written again as the same bytes, and holds in
 * no other form: not with any bit of it turned, not cut, not for another county, not with its parts
 * in other places.
 */
#include <jansson.h>
#include <stdlib.h>

#include "shared/ledger/proof.h"
#include "tests/unit/ledger/support.h"

static struct slice file; /* the frozen proof */
static struct hash root_kid;
static struct arena arena;

static struct slice unhex(const char *digits)
{
    size_t n = strlen(digits) / 2;
    uint8_t *out = arena_alloc(&arena, n);
    assert_true(hex_decode(slice_of(digits, 2 * n), out, n));
    return slice_of(out, n);
}

static enum status verify_bytes(struct slice bytes, struct proof_facts *facts, struct error *err)
{
    struct arena local = {0};
    struct proof proof;
    enum status st = proof_read(bytes, &local, &proof, err);
    if (st == ST_OK)
        st = proof_verify(&proof, &root_kid, facts, err);
    arena_release(&local);
    return st;
}

/* Written from the parts, read and verified again. */
static enum status verify_parts(const struct proof *proof)
{
    struct proof_facts facts;
    struct error why;
    struct buf out;
    buf_init(&out, PROOF_FILE_MAX);
    proof_write(proof, &out);
    assert_true(buf_ok(&out));
    enum status st = verify_bytes(buf_slice(&out), &facts, &why);
    buf_release(&out);
    return st;
}

static struct proof parts(void)
{
    struct proof proof;
    assert_int_equal(proof_read(file, &arena, &proof, NULL), ST_OK);
    return proof;
}

static void the_frozen_proof_holds(void **state)
{
    (void)state;
    struct proof_facts facts;
    struct error why;
    assert_int_equal(verify_bytes(file, &facts, &why), ST_OK);
    assert_string_equal(facts.author.role, "village");
    assert_string_equal(facts.ledger.origin.text, "guanghe.example/622924101001");
    assert_true(facts.ledger.size == 3 && facts.registry_size == 2);
}

static void it_is_written_again_as_the_same_bytes(void **state)
{
    (void)state;
    struct proof proof = parts();
    struct buf out;
    buf_init(&out, PROOF_FILE_MAX);
    proof_write(&proof, &out);
    assert_true(slice_equal(buf_slice(&out), file));
    buf_release(&out);
}

static void no_bit_of_it_may_be_turned(void **state)
{
    (void)state;
    struct proof_facts facts;
    struct error why;
    uint8_t *bytes = arena_copy(&arena, file.p, file.n);
    for (size_t i = 0; i < file.n; i++) {
        bytes[i] ^= (uint8_t)(1 << i % 8);
        if (verify_bytes(slice_of(bytes, file.n), &facts, &why) == ST_OK)
            fail_msg("the proof holds with byte %zu altered", i);
        assert_true(why.status == ST_INVALID || why.status == ST_REFUSED);
        bytes[i] = file.p[i];
    }
}

static void nor_may_it_be_cut_or_go_on(void **state)
{
    (void)state;
    struct proof_facts facts;
    struct error why;
    uint8_t *bytes = arena_alloc(&arena, file.n + 1);
    memcpy(bytes, file.p, file.n);
    bytes[file.n] = 0;
    for (size_t n = 0; n < file.n; n++)
        assert_int_equal(verify_bytes(slice_of(bytes, n), &facts, &why), ST_INVALID);
    assert_int_equal(verify_bytes(slice_of(bytes, file.n + 1), &facts, &why), ST_INVALID);
}

static void it_is_of_one_county(void **state)
{
    (void)state;
    struct proof proof = parts();
    struct proof_facts facts;
    struct hash other = test_hash(7);
    assert_int_equal(proof_verify(&proof, &other, &facts, NULL), ST_REFUSED);
}

static void without_its_content_it_holds_by_the_hash(void **state)
{
    (void)state;
    struct proof proof = parts();
    proof.change.withheld = true;
    assert_int_equal(verify_parts(&proof), ST_OK);
    proof.change.body_hash.b[0] ^= 1;
    assert_int_equal(verify_parts(&proof), ST_REFUSED);
}

static void a_grant_must_be_read(void **state)
{
    (void)state;
    struct proof proof = parts();
    proof.authority[1].withheld = true;
    assert_int_equal(verify_parts(&proof), ST_REFUSED);
}

static void the_line_of_grants_is_whole_and_in_order(void **state)
{
    (void)state;
    struct proof proof = parts();
    struct proof_evidence swapped[2] = {proof.authority[1], proof.authority[0]};
    struct proof_evidence without[2] = {proof.authority[0], proof.authority[0]};
    proof.authority = swapped;
    assert_int_equal(verify_parts(&proof), ST_REFUSED);
    proof.authority = without;
    assert_int_equal(verify_parts(&proof), ST_REFUSED);
}

static void a_change_of_another_ledger_is_refused(void **state)
{
    (void)state;
    struct proof proof = parts();
    proof.origin = test_origin("guanghe.example/622924101002");
    assert_int_equal(verify_parts(&proof), ST_REFUSED);
    proof = parts();
    proof.change = proof.authority[1];
    assert_int_equal(verify_parts(&proof), ST_REFUSED);
}

static int load(void **state)
{
    (void)state;
    const char *root = getenv("HUCE_ROOT");
    char path[4096];
    snprintf(path, sizeof(path), "%s/tests/vectors/format-v1.json", root ? root : ".");
    json_t *vectors = json_load_file(path, 0, NULL);
    const char *digits = json_string_value(json_object_get(vectors, "proof_file"));
    const json_t *key = json_object_get(json_object_get(vectors, "keys"), "root");
    if (!digits || !key)
        return -1;
    crypto_init();
    file = unhex(digits);
    memcpy(root_kid.b, unhex(json_string_value(json_object_get(key, "kid"))).p, HASH_SIZE);
    json_decref(vectors);
    return 0;
}

static int unload(void **state)
{
    (void)state;
    arena_release(&arena);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_frozen_proof_holds),
        cmocka_unit_test(it_is_written_again_as_the_same_bytes),
        cmocka_unit_test(no_bit_of_it_may_be_turned),
        cmocka_unit_test(nor_may_it_be_cut_or_go_on),
        cmocka_unit_test(it_is_of_one_county),
        cmocka_unit_test(without_its_content_it_holds_by_the_hash),
        cmocka_unit_test(a_grant_must_be_read),
        cmocka_unit_test(the_line_of_grants_is_whole_and_in_order),
        cmocka_unit_test(a_change_of_another_ledger_is_refused),
    };
    return cmocka_run_group_tests(tests, load, unload);
}
