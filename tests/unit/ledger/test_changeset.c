/* SPDX-License-Identifier: MulanPSL-2.0 */
/* The signed header: one spelling, all limits, and a signature that binds ledger and author. */
#include "shared/codec/cbor.h"
#include "shared/ledger/changeset.h"
#include "tests/unit/ledger/support.h"

static struct sign_key *key;
static struct origin origin;

static struct changeset sample(void)
{
    struct changeset cs = {
        .alg = COSE_ED25519,
        .kid = *sign_key_kid(key),
        .chain = {{1, 2, 3, 4, 5, 6, 7, 8}},
        .number = 2,
        .first_seq = 5,
        .count = 3,
        .prev = test_hash(0x11),
        .base_size = 70000,
        .base_root = test_hash(0x22),
        .registry_size = 300,
        .registry_root = test_hash(0x33),
        .changes_root = test_hash(0x44),
        .dep_count = 2,
    };
    cs.deps[0] = test_hash(0x55);
    cs.deps[1] = test_hash(0x66);
    return cs;
}

/* Encodes what may not be signed, for the reader to refuse. */
static bool decodes(const struct changeset *cs)
{
    struct changeset back;
    struct buf bytes, again;
    struct error err;
    buf_init(&bytes, 4096);
    buf_init(&again, 4096);
    changeset_encode(cs, &bytes);
    enum status status = changeset_decode(buf_slice(&bytes), &back, &err);
    if (status == ST_OK) {
        changeset_encode(&back, &again);
        assert_true(slice_equal(buf_slice(&bytes), buf_slice(&again)));
    } else {
        assert_int_equal(status, ST_INVALID);
        assert_int_equal(err.status, ST_INVALID);
    }
    buf_release(&again);
    buf_release(&bytes);
    return status == ST_OK;
}

static void changeset_round_trip(void **state)
{
    (void)state;
    struct changeset cs = sample(), back;
    struct buf bytes;
    struct hash a, b;
    buf_init(&bytes, CHANGESET_ENCODED_MAX);
    changeset_sign(&cs, &origin, key);
    changeset_encode(&cs, &bytes);
    assert_int_equal(changeset_decode(buf_slice(&bytes), &back, NULL), ST_OK);
    assert_memory_equal(&back, &cs, sizeof(cs));
    assert_true(changeset_verify(&back, &origin, sign_key_public(key)));
    changeset_id(buf_slice(&bytes), &a);
    changeset_compute_id(&cs, &b);
    assert_hash_equal(&a, &b);
    buf_release(&bytes);
}

static void changeset_bytes_are_cose(void **state)
{
    (void)state;
    struct changeset cs = sample();
    struct buf bytes, message;
    buf_init(&bytes, CHANGESET_ENCODED_MAX);
    buf_init(&message, CHANGESET_ENCODED_MAX);
    changeset_encode(&cs, &bytes);
    assert_hex(bytes.p, 10, "d2845826a20132045820");
    assert_memory_equal(bytes.p + 10, cs.kid.b, HASH_SIZE);
    assert_int_equal(bytes.p[42], 0xA0);
    assert_true(cbor_is_canonical(buf_slice(&bytes)));

    changeset_to_sign(&cs, &origin, &message);
    assert_hex(message.p, 12, "846a5369676e617475726531");
    assert_true(cbor_is_canonical(buf_slice(&message)));
    /* ["Signature1", protected, aad, payload]: the aad follows the 40 bytes of protected */
    assert_memory_equal(message.p + 12 + 40,
                        "\x58\x2ehuce/1/changeset\nguanghe.example/622924101001\n", 2 + 46);
    buf_release(&message);
    buf_release(&bytes);
}

static void changeset_binds_ledger_author_and_content(void **state)
{
    (void)state;
    struct sign_key *other = test_key(2);
    struct origin elsewhere = test_origin("guanghe.example/622924101002");
    struct changeset cs = sample();
    changeset_sign(&cs, &origin, key);
    assert_true(changeset_verify(&cs, &origin, sign_key_public(key)));
    assert_false(changeset_verify(&cs, &elsewhere, sign_key_public(key)));
    assert_false(changeset_verify(&cs, &origin, sign_key_public(other)));
    struct changeset changed = cs;
    changed.count++;
    assert_false(changeset_verify(&changed, &origin, sign_key_public(key)));
    changed = cs;
    changed.alg = COSE_EDDSA;
    assert_false(changeset_verify(&changed, &origin, sign_key_public(key)));
    changed = cs; /* signed well, by another than it names */
    struct buf message;
    buf_init(&message, 4096);
    changeset_to_sign(&changed, &origin, &message);
    sign_message(other, buf_slice(&message), &changed.signature);
    assert_false(changeset_verify(&changed, &origin, sign_key_public(other)));
    buf_release(&message);
    changed = cs;
    changed.signature.b[0] ^= 1;
    assert_false(changeset_verify(&changed, &origin, sign_key_public(key)));
    sign_key_release(other);
}

static void changeset_accepts_the_old_algorithm_name(void **state)
{
    (void)state;
    struct changeset cs = sample();
    cs.alg = COSE_EDDSA;
    changeset_sign(&cs, &origin, key);
    assert_true(changeset_verify(&cs, &origin, sign_key_public(key)));
    assert_true(decodes(&cs));
}

static void changeset_limits(void **state)
{
    (void)state;
    struct changeset cs = sample();
    assert_true(decodes(&cs));
#define TRY(expected, ...)                        \
    do {                                          \
        cs = sample();                            \
        __VA_ARGS__;                              \
        assert_int_equal(decodes(&cs), expected); \
    } while (0)
    TRY(true, cs.count = 1);
    TRY(true, cs.count = CHANGESET_CHANGES_MAX);
    TRY(false, cs.count = CHANGESET_CHANGES_MAX + 1);
    TRY(false, cs.count = 0);
    TRY(false, cs.number = 0);
    TRY(false, cs.number = 1);
    TRY(false, cs.number = 1; cs.first_seq = 1);
    TRY(false, cs.number = 1; cs.first_seq = 2; cs.prev = (struct hash){0});
    TRY(true, cs.number = 1; cs.first_seq = 1; cs.prev = (struct hash){0});
    TRY(false, cs.prev = (struct hash){0});
    TRY(true, cs.number = 5);
    TRY(false, cs.number = 6);
    TRY(false, cs.first_seq = 0);
    TRY(false, cs.number = cs.first_seq = UINT64_MAX);
    TRY(true, cs.first_seq = INT64_MAX - CHANGESET_CHANGES_MAX);
    TRY(false, cs.first_seq = INT64_MAX - CHANGESET_CHANGES_MAX + 1);
    TRY(false, cs.base_size = UINT64_MAX);
    TRY(true, cs.base_size = INT64_MAX);
    TRY(false, cs.registry_size = UINT64_MAX);
    TRY(true, cs.dep_count = 0);
    TRY(true, cs.dep_count = 1);
    TRY(false, cs.deps[1] = cs.deps[0]);
    TRY(false, cs.deps[0] = test_hash(0x77));
    TRY(true, cs.dep_count = CHANGESET_DEPS_MAX;
        for (int i = 0; i < CHANGESET_DEPS_MAX; i++) cs.deps[i] = test_hash((uint8_t)i));
#undef TRY
}

/* Every byte of the frame matters: no other spelling is accepted. */
static void changeset_has_one_spelling(void **state)
{
    (void)state;
    struct changeset cs = sample(), back;
    struct buf bytes;
    buf_init(&bytes, CHANGESET_ENCODED_MAX);
    changeset_sign(&cs, &origin, key);
    changeset_encode(&cs, &bytes);
    /* bytes whose change must always be noticed: tag, arrays, heads, labels; the rest is content */
    for (size_t i = 0; i < bytes.n; i++) {
        for (int bit = 0; bit < 8; bit++) {
            bytes.p[i] ^= (uint8_t)(1 << bit);
            if (changeset_decode(buf_slice(&bytes), &back, NULL) == ST_OK) {
                struct buf again;
                buf_init(&again, CHANGESET_ENCODED_MAX);
                changeset_encode(&back, &again);
                assert_true(slice_equal(buf_slice(&bytes), buf_slice(&again)));
                assert_false(changeset_verify(&back, &origin, sign_key_public(key)));
                buf_release(&again);
            }
            bytes.p[i] ^= (uint8_t)(1 << bit);
        }
    }
    for (size_t n = 0; n < bytes.n; n++)
        assert_int_equal(changeset_decode(slice_of(bytes.p, n), &back, NULL), ST_INVALID);
    buf_put_u8(&bytes, 0);
    assert_int_equal(changeset_decode(buf_slice(&bytes), &back, NULL), ST_INVALID);
    buf_release(&bytes);
}

/* Frames built by hand around the payload of a good one. */
static void put_frame(struct buf *out, struct slice prot, size_t unprotected, struct slice payload)
{
    uint8_t signature[SIGN_SIZE] = {0};
    buf_clear(out);
    cbor_put_tag(out, CBOR_TAG_COSE_SIGN1);
    cbor_put_array(out, 4);
    cbor_put_bytes(out, prot);
    cbor_put_map(out, unprotected);
    for (size_t i = 0; i < unprotected; i++) {
        cbor_put_uint(out, i);
        cbor_put_uint(out, i);
    }
    cbor_put_bytes(out, payload);
    cbor_put_bytes(out, slice_of(signature, sizeof(signature)));
}

static void changeset_refuses_other_frames(void **state)
{
    (void)state;
    struct changeset cs = sample(), back;
    struct buf good, bad;
    uint8_t prot[40];
    buf_init(&good, 4096);
    buf_init(&bad, 4096);
    changeset_encode(&cs, &good);
    memcpy(prot, good.p + 4, 38);
    struct slice payload = slice_of(good.p + 45, good.n - 45 - 66);
#define DECODE(...) (put_frame(&bad, __VA_ARGS__), changeset_decode(buf_slice(&bad), &back, NULL))
    assert_int_equal(DECODE(slice_of(prot, 38), 0, payload), ST_OK);
    assert_int_equal(DECODE(slice_of(prot, 38), 1, payload), ST_INVALID);
    assert_int_equal(DECODE(slice_of(prot, 37), 0, payload), ST_INVALID);
    assert_int_equal(DECODE(slice_of(prot, 0), 0, payload), ST_INVALID);
    prot[2] = 0x31; /* alg -18 */
    assert_int_equal(DECODE(slice_of(prot, 38), 0, payload), ST_INVALID);
    prot[2] = 0x32;
    prot[3] = 0x05; /* label 5 in place of kid */
    assert_int_equal(DECODE(slice_of(prot, 38), 0, payload), ST_INVALID);
    prot[3] = 0x04;
    assert_int_equal(DECODE(slice_of(prot, 38), 0, slice_of(payload.p, payload.n - 1)), ST_INVALID);
    assert_int_equal(DECODE(slice_of(prot, 38), 0, slice_of(payload.p, payload.n + 1)), ST_INVALID);

    uint8_t large[1100] = {0};
    assert_int_equal(DECODE(slice_of(prot, 38), 0, slice_of(large, 1100)), ST_INVALID);
    assert_int_equal(changeset_decode(SLICE_NONE, &back, NULL), ST_INVALID);
#undef DECODE
    buf_release(&bad);
    buf_release(&good);
}

static int set_up(void **state)
{
    (void)state;
    key = test_key(1);
    origin = test_origin("guanghe.example/622924101001");
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    sign_key_release(key);
    return 0;
}

int main(void)
{
    crypto_init();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(changeset_round_trip),
        cmocka_unit_test(changeset_bytes_are_cose),
        cmocka_unit_test(changeset_binds_ledger_author_and_content),
        cmocka_unit_test(changeset_accepts_the_old_algorithm_name),
        cmocka_unit_test(changeset_limits),
        cmocka_unit_test(changeset_has_one_spelling),
        cmocka_unit_test(changeset_refuses_other_frames),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
