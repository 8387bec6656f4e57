/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * The proof of one change: the frozen one holds, is written again as the same bytes, and holds in
 * no other form: not with any bit of it turned, not cut, not for another county, not with its parts
 * in other places.
 */
#include <jansson.h>
#include <stdlib.h>

#include "shared/ledger/chain.h"
#include "shared/ledger/proof.h"
#include "shared/record/op.h"
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

/* The frozen proof with another text in the place of its first tlog-proof. */
static enum status read_tlog(const char *text, size_t n)
{
    static const char head[] = "c2sp.org/tlog-proof@v1\n";
    struct arena local = {0};
    struct proof proof;
    struct error why;
    struct buf out;
    const uint8_t *at = memmem(file.p, file.n, head, strlen(head));
    size_t before = (size_t)(at - file.p) - 3, old = (size_t)at[-2] << 8 | at[-1];
    assert_int_equal(at[-3], 0x79); /* a text, its length in two bytes */
    buf_init(&out, 2 * PROOF_FILE_MAX);
    buf_put(&out, file.p, before);
    cbor_put_text(&out, slice_of(text, n));
    buf_put(&out, at + old, file.n - before - 3 - old);
    enum status st = proof_read(buf_slice(&out), &local, &proof, &why);
    if (st != ST_OK)
        assert_non_null(strstr(why.text, "不是完好的证明文件"));
    buf_release(&out);
    arena_release(&local);
    return st;
}

#define TLOG "c2sp.org/tlog-proof@v1\nextra "
#define LEAF64 "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n"
#define HASH44 "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n"

static void a_tlog_proof_has_one_form(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "c2sp.org/tlog-proof@v2\nextra " LEAF64 "index 1\n\ncheckpoint",
        TLOG,
        TLOG "AAAA",
        TLOG "AAAA\n",
        TLOG "!" LEAF64,
        TLOG LEAF64,
        TLOG LEAF64 "index",
        TLOG LEAF64 "place 1\n\ncheckpoint",
        TLOG LEAF64 "index \n\ncheckpoint",
        TLOG LEAF64 "index 01\n\ncheckpoint",
        TLOG LEAF64 "index 1/\n\ncheckpoint",
        TLOG LEAF64 "index 1:\n\ncheckpoint",
        TLOG LEAF64 "index 1000000000000000000\n\ncheckpoint",
        TLOG LEAF64 "index 1\n",
        TLOG LEAF64 "index 1\n\n",
        TLOG LEAF64 "index 1\n" HASH44 "\n",
        TLOG LEAF64 "index 1\n" HASH44 "half a line",
        TLOG LEAF64 "index 1\nAAAA\n\ncheckpoint",
        TLOG
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAD//////////wAAAAAAAAAA\nindex 1\n\ncheckpoint",
        TLOG
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAP//////////\nindex 1\n\ncheckpoint",
    };
    for (size_t i = 0; i < ARRAY_LENGTH(bad); i++)
        if (read_tlog(bad[i], strlen(bad[i])) != ST_INVALID)
            fail_msg("read: %s", bad[i]);
    static const char *const good[] = {TLOG LEAF64 "index 0\n\ncheckpoint",
                                       TLOG LEAF64 "index 10\n" HASH44 "\ncheckpoint"};
    for (size_t i = 0; i < ARRAY_LENGTH(good); i++)
        assert_int_equal(read_tlog(good[i], strlen(good[i])), ST_OK);
    for (size_t hashes = MERKLE_PROOF_MAX; hashes <= MERKLE_PROOF_MAX + 1; hashes++) {
        struct buf text;
        buf_init(&text, 8192);
        buf_put_str(&text, TLOG LEAF64 "index 1\n");
        for (size_t i = 0; i < hashes; i++)
            buf_put_str(&text, HASH44);
        buf_put_str(&text, "\ncheckpoint");
        assert_int_equal(read_tlog(buf_cstr(&text), text.n),
                         hashes > MERKLE_PROOF_MAX ? ST_INVALID : ST_OK);
        buf_release(&text);
    }
}

static void a_file_is_bounded_and_has_a_line_of_grants(void **state)
{
    (void)state;
    struct proof proof = parts(), got;
    struct error why;
    struct buf out;
    assert_int_equal(proof_read(slice_of(file.p, PROOF_FILE_MAX + 1), &arena, &got, &why),
                     ST_INVALID);
    assert_non_null(strstr(why.text, "超过"));
    buf_init(&out, PROOF_FILE_MAX);
    proof.authority_count = 1;
    proof_write(&proof, &out);
    assert_int_equal(proof_read(buf_slice(&out), &arena, &got, &why), ST_INVALID);
    assert_non_null(strstr(why.text, "no line of grants"));
    buf_release(&out);
}

/* What says "refused" and why; the fold of the first link comes before its signature. */
static void assert_says(const struct proof *proof, const char *words)
{
    struct proof_facts facts;
    struct error why;
    assert_int_equal(proof_verify(proof, &root_kid, &facts, &why), ST_REFUSED);
    if (!strstr(why.text, words))
        fail_msg("%s, not %s", why.text, words);
}

static void every_link_is_looked_at(void **state)
{
    (void)state;
    static const char no_ops[] = "\x82\x80\xf6";
    static const char record_op[] = "\x82\x81\x82\x05\x00\xf6";
    static const char no_op[] = "\x82\x81\x05\xf6";
    static const char not_a_body[] = "\x05";
    struct proof proof = parts();
    struct proof_evidence links[2] = {proof.authority[0], proof.authority[1]};
    proof.authority = links;

    links[0].body = slice_of(no_ops, 3);
    assert_says(&proof, "签名人没有授权");
    links[0].body = slice_of(record_op, 6);
    assert_says(&proof, "签名人没有授权");
    links[0].body = slice_of(no_op, 4);
    assert_says(&proof, "签名人没有授权");
    links[0].body = slice_of(not_a_body, 1);
    assert_says(&proof, "它不是由这把根公钥建立的");
    links[0] = parts().authority[0];

    proof.change.seq = 0;
    assert_says(&proof, "改动不在签名的那一组里");
    proof.change = parts().change;
    proof.change.leaf.registry_size = 99;
    assert_says(&proof, "比检查点还新");
    proof.change = parts().change;
    proof.change.leaf.registry_size = 1; /* before the author was granted */
    assert_says(&proof, "作者当时没有授权");
    proof.change = parts().change;
    proof.change.hlc = (uint64_t)(INT64_MAX >> 17) << 16;
    proof.change.leaf.admitted_ms = INT64_MAX >> 17;
    assert_says(&proof, "作者的授权已经到期");
}

/* ---- lines of grants that somebody made up ---- */

#define VILLAGE "622924101001"
#define LINE_MAX 4

/* A registry of a few leaves, one change each, and a village's ledger of one. */
struct line {
    struct sign_key *root, *log, *registrar, *officer, *device, *friend;
    struct origin registry, village;
    size_t count;
    struct proof_evidence evidence[LINE_MAX];
    struct proof proof;
};

static struct sign_key *const *keys_of(const struct line *line)
{
    return &line->root;
}

static struct slice keep(struct buf *bytes)
{
    struct slice out = slice_of(arena_copy(&arena, bytes->p, bytes->n), bytes->n);
    buf_release(bytes);
    return out;
}

/* One change that is a changeset by itself, of a new chain. */
static struct proof_evidence signed_change(const struct sign_key *key, const struct origin *origin,
                                           struct slice body, uint64_t registry_size)
{
    static const uint8_t seed[CHANGE_SEED_SIZE] = {3};
    struct chain_head head = {.kid = *sign_key_kid(key), .chain = {{1}}};
    struct chain_base base = {0};
    struct chain_open open;
    struct proof_evidence e = {.seq = 1, .body = body, .leaf = {.admitted_ms = 2000}};
    struct buf cose;
    chain_begin(&open, &head, &base, seed);
    e.hlc = chain_append(&open, body, 2000);
    chain_sign(&open, origin, key);
    change_salt(&open.salt_key, e.seq, &e.salt);
    change_body_hash(&e.salt, body, &e.body_hash);
    buf_init(&cose, CHANGESET_ENCODED_MAX);
    changeset_encode(&open.header, &cose);
    e.cose = keep(&cose);
    changeset_id(e.cose, &e.leaf.id);
    e.leaf.registry_size = registry_size;
    return e;
}

static bool leaf_at(void *arg, uint64_t index, struct hash *out)
{
    const struct proof_evidence *evidence = arg;
    leaf_hash(&evidence[index].leaf, out);
    return true;
}

/* The way of each of these leaves to one checkpoint. */
static void seal(const struct line *line, const struct origin *origin,
                 struct proof_evidence *evidence, size_t count)
{
    const struct merkle_source source = {leaf_at, evidence};
    struct checkpoint head = {.origin = *origin, .size = count};
    struct buf text;
    assert_true(merkle_range_root(&source, 0, count, &head.root));
    buf_init(&text, CHECKPOINT_MAX);
    checkpoint_sign(&head, line->log, &text);
    struct slice checkpoint = keep(&text);
    for (size_t i = 0; i < count; i++) {
        evidence[i].index = i;
        evidence[i].checkpoint = checkpoint;
        assert_true(merkle_prove_inclusion(&source, i, count, &evidence[i].inside));
    }
}

static void put_grant(const struct line *line, struct buf *body, const struct sign_key *who,
                      enum grant_kind kind, const char *role, int64_t expires_ms)
{
    struct grant grant = {.kind = kind,
                          .pk = *sign_key_public(who),
                          .has_box = kind == GRANT_DEVICE,
                          .scope_count = kind == GRANT_PERSON,
                          .expires_ms = expires_ms};
    struct buf message;
    snprintf(grant.name, sizeof(grant.name), "某");
    snprintf(grant.role, sizeof(grant.role), "%s", role);
    memcpy(grant.scopes[0], VILLAGE, DIVISION_CODE_SIZE);
    if (strcmp(role, "registrar") == 0)
        memcpy(grant.scopes[0], "622924000000", DIVISION_CODE_SIZE);
    memset(grant.box.b, 0x42, sizeof(grant.box.b));
    buf_init(&message, 1024);
    grant_pop_message(&line->registry, sign_key_kid(who), &message);
    sign_message(who, buf_slice(&message), &grant.pop);
    buf_release(&message);
    grant_encode(&grant, body);
}

static void add_change(struct line *line, const struct sign_key *author, struct buf *body)
{
    op_body_end(body, SLICE_NONE);
    line->evidence[line->count] = signed_change(author, &line->registry, keep(body), line->count);
    line->count++;
}

/* Leaf 0: the county and its registrar. Leaf 1: an officer and a device. */
static struct line line_begin(int64_t registrar_until_ms)
{
    struct line line = {.registry = test_origin("guanghe.example/622924000000"),
                        .village = test_origin("guanghe.example/" VILLAGE)};
    struct sign_key **keys = &line.root;
    for (uint8_t i = 0; i < 6; i++)
        keys[i] = test_key((uint8_t)(0x60 + i));
    struct county county = {
        .root = *sign_key_public(line.root), .log = *sign_key_public(line.log), .url_count = 1};
    struct buf body;
    snprintf(county.urls[0], sizeof(county.urls[0]), "https://guanghe.example");
    buf_init(&body, CHANGE_BODY_MAX);
    op_body_begin(&body, 2);
    county_encode(&county, &body);
    put_grant(&line, &body, line.registrar, GRANT_PERSON, "registrar", registrar_until_ms);
    add_change(&line, line.root, &body);
    buf_init(&body, CHANGE_BODY_MAX);
    op_body_begin(&body, 2);
    put_grant(&line, &body, line.officer, GRANT_PERSON, "village", INT64_MAX);
    put_grant(&line, &body, line.device, GRANT_DEVICE, "", INT64_MAX);
    add_change(&line, line.registrar, &body);
    return line;
}

static void line_grant(struct line *line, const struct sign_key *by, const struct sign_key *who)
{
    struct buf body;
    buf_init(&body, CHANGE_BODY_MAX);
    op_body_begin(&body, 1);
    put_grant(line, &body, who, GRANT_PERSON, "village", INT64_MAX);
    add_change(line, by, &body);
}

/* All of the line, for a change by this author. */
static void line_end(struct line *line, const struct sign_key *author)
{
    struct proof *proof = &line->proof;
    struct buf body;
    buf_init(&body, 1024);
    op_body_begin(&body, 1);
    op_write(&body, &(struct op){.code = OP_DELETE, .table = 1});
    op_body_end(&body, SLICE_NONE);
    seal(line, &line->registry, line->evidence, line->count);
    *proof = (struct proof){.origin = line->village,
                            .registry = line->registry,
                            .authority_count = line->count,
                            .authority = line->evidence};
    proof->change = signed_change(author, &line->village, keep(&body), line->count);
    seal(line, &line->village, &proof->change, 1);
}

/* NULL: it holds. */
static void assert_line_says(struct line *line, const char *words)
{
    struct proof_facts facts;
    struct error why = {0};
    enum status st = proof_verify(&line->proof, sign_key_kid(line->root), &facts, &why);
    if (!words && st != ST_OK)
        fail_msg("%s", why.text);
    if (words && (st != ST_REFUSED || !strstr(why.text, words)))
        fail_msg("%s, not %s", why.text, words);
    for (int i = 0; i < 6; i++)
        sign_key_release(keys_of(line)[i]);
}

static void only_who_may_grant_grants(void **state)
{
    (void)state;
    struct line line = line_begin(INT64_MAX);
    line_grant(&line, line.registrar, line.friend);
    line_end(&line, line.friend);
    assert_line_says(&line, NULL);
    line = line_begin(INT64_MAX);
    line_grant(&line, line.officer, line.friend);
    line_end(&line, line.friend);
    assert_line_says(&line, "签名人不能这样授权");
}

static void a_registrar_whose_time_was_over_grants_nothing(void **state)
{
    (void)state;
    struct line line = line_begin(2000);
    line_end(&line, line.officer);
    assert_line_says(&line, NULL);
    line = line_begin(1999);
    line_end(&line, line.officer);
    assert_line_says(&line, "签名人的授权已经到期");
}

static void a_device_is_no_author(void **state)
{
    (void)state;
    struct line line = line_begin(INT64_MAX);
    line_end(&line, line.device);
    assert_line_says(&line, "作者当时没有授权");
}

/* A log that shows one registry to some and another one to others: not both in one file. */
static void the_line_stands_in_one_registry(void **state)
{
    (void)state;
    for (int same_size = 0; same_size < 2; same_size++) {
        struct line line = line_begin(INT64_MAX);
        line_end(&line, line.officer);
        struct proof_evidence other[3];
        memcpy(other, line.evidence, 2 * sizeof(*other));
        if (same_size)
            other[0].leaf.admitted_ms++;
        else
            other[2] = other[1];
        seal(&line, &line.registry, other, same_size ? 2 : 3);
        line.evidence[1] = other[1];
        assert_line_says(&line, "几处检查点不是同一个");
    }
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
        cmocka_unit_test(a_tlog_proof_has_one_form),
        cmocka_unit_test(a_file_is_bounded_and_has_a_line_of_grants),
        cmocka_unit_test(every_link_is_looked_at),
        cmocka_unit_test(only_who_may_grant_grants),
        cmocka_unit_test(a_registrar_whose_time_was_over_grants_nothing),
        cmocka_unit_test(a_device_is_no_author),
        cmocka_unit_test(the_line_stands_in_one_registry),
    };
    return cmocka_run_group_tests(tests, load, unload);
}
