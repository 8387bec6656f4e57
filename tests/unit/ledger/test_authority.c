/* SPDX-License-Identifier: MulanPSL-2.0 */
/* Authority ops as bytes, and the registry they add up to: who may do what, and as of when. */
#include <stdlib.h>

#include "shared/codec/cbor.h"
#include "shared/ledger/authority.h"
#include "tests/unit/ledger/support.h"

#define VILLAGE "622924101001"
#define OTHER_VILLAGE "622924102001"
#define TOWN "622924101000"
#define COUNTY "622924000000"

static struct sign_key *root, *log_key, *registrar, *officer, *device, *new_log;
static struct origin origin;
static struct registry reg;
static struct buf op;
static struct error err;

/* ---- making ops ---- */

static struct slice county_op(const struct sign_key *r, const struct sign_key *l, const char *url)
{
    struct county county = {
        .root = *sign_key_public(r), .log = *sign_key_public(l), .url_count = 1, .pin_count = 1};
    county.pins[0] = test_hash(0x50);
    buf_clear(&op);
    strcpy(county.urls[0], url);
    county_encode(&county, &op);
    return buf_slice(&op);
}

static struct grant make_grant(const struct sign_key *who, enum grant_kind kind, const char *role,
                               const char *scope)
{
    struct grant g = {.kind = kind,
                      .pk = *sign_key_public(who),
                      .person = {1, 2, 3},
                      .scope_count = 1,
                      .expires_ms = 2000000000000};
    strcpy(g.name, "\xE9\xA9\xAC\xE7\xA7\x80\xE8\x8B\xB1");
    strcpy(g.role, role);
    memcpy(g.scopes[0], scope, DIVISION_CODE_SIZE);
    if (kind == GRANT_DEVICE) {
        g.has_box = true;
        memset(g.box.b, 0x42, sizeof(g.box.b));
    } else {
        g.has_device = true;
        g.device = *sign_key_kid(device);
    }
    return g;
}

static void prove(struct grant *g, const struct sign_key *who)
{
    struct buf message;
    buf_init(&message, 1024);
    grant_pop_message(&origin, sign_key_kid(who), &message);
    sign_message(who, buf_slice(&message), &g->pop);
    buf_release(&message);
}

static struct slice encode_grant(struct grant *g, const struct sign_key *who)
{
    prove(g, who);
    buf_clear(&op);
    grant_encode(g, &op);
    return buf_slice(&op);
}

static struct slice grant_op(const struct sign_key *who, const char *role, const char *scope)
{
    struct grant g = make_grant(who, GRANT_PERSON, role, scope);
    return encode_grant(&g, who);
}

static struct slice device_op(const struct sign_key *who)
{
    struct grant g = make_grant(who, GRANT_DEVICE, "", VILLAGE);
    g.scope_count = 0;
    return encode_grant(&g, who);
}

static struct slice revoke_op(const struct sign_key *who)
{
    buf_clear(&op);
    revoke_encode(sign_key_kid(who), 1, &op);
    return buf_slice(&op);
}

static struct slice catalog_op(void)
{
    buf_clear(&op);
    catalog_op_encode(slice_of("\x81\x01", 2), &op);
    return buf_slice(&op);
}

static enum status apply(uint64_t leaf, const struct sign_key *author, struct slice bytes)
{
    return registry_apply(&reg, leaf, sign_key_kid(author), sign_key_kid(root), bytes, &err);
}

/* Leaf 0: county and registrar. */
static void found(void)
{
    registry_release(&reg);
    registry_init(&reg, &origin);
    assert_int_equal(apply(0, root, county_op(root, log_key, "https://guanghe.example")), ST_OK);
    struct grant g = make_grant(registrar, GRANT_PERSON, "registrar", COUNTY);
    g.has_device = false;
    assert_int_equal(apply(0, root, encode_grant(&g, registrar)), ST_OK);
}

/* ---- bytes ---- */

static void county_round_trip(void **state)
{
    (void)state;
    struct county county;
    struct slice bytes = county_op(root, log_key, "https://guanghe.example:8443/x");
    assert_true(cbor_is_canonical(bytes));
    struct sign_public none = {{0}}; /* a point of small order */
    assert_int_equal(county_decode(bytes, &county, NULL), ST_OK);
    assert_string_equal(county.urls[0], "https://guanghe.example:8443/x");
    assert_int_equal(county.pin_count, 1);
    assert_memory_equal(&county.root, sign_key_public(root), 32);
    struct buf again;
    buf_init(&again, 4096);
    county_encode(&county, &again);
    assert_true(slice_equal(bytes, buf_slice(&again)));
    buf_release(&again);
    for (size_t n = 0; n < bytes.n; n++)
        assert_int_equal(county_decode(slice_of(bytes.p, n), &county, NULL), ST_INVALID);
    county.log = none;
    buf_clear(&op);
    county_encode(&county, &op);
    assert_int_equal(county_decode(buf_slice(&op), &county, NULL), ST_INVALID);
}

static void county_addresses(void **state)
{
    (void)state;
    assert_true(county_url_valid(slice_str("http://127.0.0.1:8080")));
    assert_true(county_url_valid(slice_str("https://x")));
    static const char *const bad[] = {"",           "http://",    "https://",           "ftp://x",
                                      "http://a b", "http://a\n", "http://\xE9\xA9\xAC"};
    for (size_t i = 0; i < ARRAY_LENGTH(bad); i++) {
        struct county county;
        assert_false(county_url_valid(slice_str(bad[i])));
        assert_int_equal(county_decode(county_op(root, log_key, bad[i]), &county, NULL),
                         ST_INVALID);
    }
    char large[201];
    memset(large, 'a', sizeof(large));
    memcpy(large, "http://", 7);
    assert_false(county_url_valid(slice_of(large, 200)));
    assert_true(county_url_valid(slice_of(large, 199)));
}

static void grant_round_trip(void **state)
{
    (void)state;
    struct grant g = make_grant(officer, GRANT_PERSON, "dept:rs", VILLAGE), back;
    g.expires_ms = INT64_MAX;
    struct slice bytes = encode_grant(&g, officer);
    assert_true(cbor_is_canonical(bytes));
    assert_int_equal(grant_decode(bytes, &origin, &back, NULL), ST_OK);
    assert_string_equal(back.name, g.name);
    assert_string_equal(back.role, "dept:rs");
    assert_true(back.expires_ms == INT64_MAX);
    assert_true(back.has_device && !back.has_box);
    assert_memory_equal(back.scopes[0], VILLAGE, 12);
    assert_hash_equal(&back.kid, sign_key_kid(officer));
    struct buf again;
    buf_init(&again, 4096);
    grant_encode(&back, &again);
    assert_true(slice_equal(bytes, buf_slice(&again)));
    buf_release(&again);
    for (size_t n = 0; n < bytes.n; n++)
        assert_int_equal(grant_decode(slice_of(bytes.p, n), &origin, &back, NULL), ST_INVALID);

    g = make_grant(device, GRANT_DEVICE, "", VILLAGE);
    assert_int_equal(grant_decode(encode_grant(&g, device), &origin, &back, NULL), ST_OK);
    assert_true(back.has_box && !back.has_device);
    assert_int_equal(back.expires_ms, 2000000000000);
}

static void grant_refuses_bad_form(void **state)
{
    (void)state;
    struct grant back, g;
#define TRY(expected, ...)                                                                         \
    do {                                                                                           \
        g = make_grant(officer, GRANT_PERSON, "village", VILLAGE);                                 \
        __VA_ARGS__;                                                                               \
        assert_int_equal(grant_decode(encode_grant(&g, officer), &origin, &back, &err), expected); \
    } while (0)
    TRY(ST_OK, (void)0);
    TRY(ST_OK, g.has_device = false);
    TRY(ST_OK, g.scope_count = 0);
    TRY(ST_INVALID, g.kind = (enum grant_kind)2);
    TRY(ST_INVALID, g.has_box = true);
    TRY(ST_INVALID, g.kind = GRANT_DEVICE);
    TRY(ST_INVALID, g.name[0] = 0);
    TRY(ST_INVALID, g.name[0] = '\n');
    TRY(ST_INVALID, strcpy(g.name, "a\x7F"));
    TRY(ST_INVALID, g.role[0] = 0);
    TRY(ST_INVALID, strcpy(g.role, "mayor"));
    TRY(ST_INVALID, strcpy(g.role, "dept:"));
    TRY(ST_INVALID, strcpy(g.role, "dept:a b"));
    TRY(ST_INVALID, strcpy(g.role, "dept:\x7F"));
    TRY(ST_OK, strcpy(g.role, "dept:\xE6\xB0\x91\xE6\x94\xBF"));
    TRY(ST_INVALID, g.scopes[0][0] = 'x');
    TRY(ST_INVALID, memset(&g.pk, 0, sizeof(g.pk))); /* a point of small order */
#undef TRY
    char large[100];
    memset(large, 'a', sizeof(large));
    memcpy(large, "dept:", 5);
    assert_true(role_valid(slice_of(large, AUTHORITY_ROLE_MAX)));
    assert_false(role_valid(slice_of(large, AUTHORITY_ROLE_MAX + 1)));
    assert_false(role_valid(slice_str("dept:a\x7F")));
    assert_false(role_valid(slice_str("dept:a b")));
    assert_false(role_valid(slice_str("section:a")));
}

static void grant_needs_proof_of_possession(void **state)
{
    (void)state;
    struct origin elsewhere = test_origin("guanghe.example/622925000000");
    struct grant g = make_grant(officer, GRANT_PERSON, "village", VILLAGE), back;
    struct slice bytes = encode_grant(&g, officer);
    assert_int_equal(grant_decode(bytes, &elsewhere, &back, &err), ST_INVALID);
    assert_int_equal(grant_decode(bytes, &origin, &back, &err), ST_OK);
    assert_int_equal(grant_decode(encode_grant(&g, registrar), &origin, &back, &err), ST_INVALID);
}

static void revoke_with_a_cut(void **state)
{
    (void)state;
    struct revoke_cut cut[2] = {{test_origin("guanghe.example/622924101001"), {{1}}, test_hash(1)},
                                {test_origin("guanghe.example/622924101002"), {{2}}, test_hash(2)}};
    struct revoke back;
    buf_clear(&op);
    revoke_encode_cut(sign_key_kid(officer), 7, cut, 2, &op);
    struct slice bytes = buf_slice(&op);
    assert_true(cbor_is_canonical(bytes));
    assert_int_equal(revoke_decode(bytes, &back, NULL), ST_OK);
    assert_int_equal(back.reason, 7);
    assert_int_equal(back.cut_count, 2);
    assert_hash_equal(&back.kid, sign_key_kid(officer));
    assert_string_equal(back.cut[1].origin.text, cut[1].origin.text);
    assert_memory_equal(&back.cut[1].chain, &cut[1].chain, 8);
    assert_hash_equal(&back.cut[1].id, &cut[1].id);
    revoke_release(&back);
    for (size_t n = 0; n < bytes.n; n++) {
        assert_int_equal(revoke_decode(slice_of(bytes.p, n), &back, NULL), ST_INVALID);
        revoke_release(&back);
    }
    cut[0].origin.text[0] = 'G';
    buf_clear(&op);
    revoke_encode_cut(sign_key_kid(officer), 7, cut, 2, &op);
    assert_int_equal(revoke_decode(buf_slice(&op), &back, NULL), ST_INVALID);
    revoke_release(&back);
}

static struct reference sample_reference(void)
{
    struct reference ref;
    struct hash leaf = test_hash(0x77);
    reference_make(sign_key_kid(officer), &(struct chain_id){{1, 2, 3, 4, 5, 6, 7, 8}}, 42, &leaf,
                   &ref);
    return ref;
}

static void targets_round_trip(void **state)
{
    (void)state;
    struct target targets[2] = {{.change = sample_reference()},
                                {.is_changeset = true, .changeset = test_hash(3)}};
    struct target back[AUTHORITY_TARGETS_MAX];
    size_t count;
    buf_clear(&op);
    targets_encode(OP_VOID, targets, 2, &op);
    assert_int_equal(targets_decode(buf_slice(&op), OP_VOID, back, &count, NULL), ST_OK);
    assert_int_equal(count, 2);
    assert_false(back[0].is_changeset);
    assert_memory_equal(&back[0].change, &targets[0].change, sizeof(struct reference));
    assert_true(back[1].is_changeset);
    assert_hash_equal(&back[1].changeset, &targets[1].changeset);
    assert_int_equal(targets_decode(buf_slice(&op), OP_ADOPT, back, &count, NULL), ST_INVALID);
    for (size_t n = 0; n < op.n; n++)
        assert_int_equal(targets_decode(slice_of(op.p, n), OP_VOID, back, &count, NULL),
                         ST_INVALID);
    assert_int_equal(targets_decode(slice_of("\x82\x13\x80", 3), OP_VOID, back, &count, NULL),
                     ST_INVALID);
}

static enum status try_erase(const char *ops, size_t n)
{
    struct reference ref = sample_reference(), back;
    struct slice got;
    buf_clear(&op);
    erase_encode(&ref, slice_of(ops, n), &op);
    enum status status = erase_decode(buf_slice(&op), &back, &got, NULL);
    if (status == ST_OK) {
        assert_memory_equal(&back, &ref, sizeof(ref));
        assert_true(slice_equal(got, slice_of(ops, n)));
    }
    return status;
}

static void erase_carries_record_ops_only(void **state)
{
    (void)state;
    assert_int_equal(try_erase("\x80", 1), ST_OK);
    assert_int_equal(try_erase("\x81\x82\x00\x01", 4), ST_OK);
    assert_int_equal(try_erase("\x82\x81\x00\x81\x0f", 5), ST_OK);
    assert_int_equal(try_erase("\x81\x81\x10", 3), ST_INVALID); /* an authority op */
    assert_int_equal(try_erase("\x81\x80", 2), ST_INVALID);
    assert_int_equal(try_erase("\x81\x00", 2), ST_INVALID);
    assert_int_equal(try_erase("\x00", 1), ST_INVALID);
    assert_int_equal(try_erase("\x81", 1), ST_INVALID);
}

static void catalog_and_close_round_trip(void **state)
{
    (void)state;
    struct slice got;
    assert_int_equal(catalog_op_decode(catalog_op(), &got, NULL), ST_OK);
    assert_true(slice_equal(got, slice_of("\x81\x01", 2)));
    assert_int_equal(catalog_op_decode(slice_of("\x82\x16\x01", 3), &got, NULL), ST_INVALID);
    buf_clear(&op);
    close_encode(slice_str("merged"), &op);
    assert_int_equal(close_decode(buf_slice(&op), &got, NULL), ST_OK);
    assert_true(slice_equal(got, slice_str("merged")));
    assert_int_equal(close_decode(slice_of("\x82\x17\x01", 3), &got, NULL), ST_INVALID);
}

/* ---- the fold ---- */

static void registry_begins_with_the_root(void **state)
{
    (void)state;
    registry_release(&reg);
    registry_init(&reg, &origin);
    assert_int_equal(apply(0, root, grant_op(registrar, "registrar", COUNTY)), ST_REFUSED);
    assert_int_equal(apply(0, root, revoke_op(registrar)), ST_REFUSED);
    assert_int_equal(apply(0, root, catalog_op()), ST_REFUSED);
    assert_int_equal(apply(0, officer, county_op(root, log_key, "http://x")), ST_REFUSED);
    assert_int_equal(apply(0, root, county_op(officer, log_key, "http://x")), ST_REFUSED);
    assert_int_equal(apply(0, officer, county_op(officer, log_key, "http://x")), ST_REFUSED);
    assert_false(reg.has_county);
    assert_int_equal(apply(1, root, county_op(root, log_key, "http://x")), ST_REFUSED);
    assert_null(registry_log_key(&reg, 9));
    assert_null(registry_grant_any(&reg, sign_key_kid(root)));
    found();
    assert_true(reg.has_county);
    assert_int_equal(reg.size, 1);
    assert_int_equal(apply(1, officer, slice_of("\x81", 1)), ST_INVALID);
    assert_int_equal(apply(1, officer, slice_of("\x81\x00", 2)), ST_INVALID);
    assert_int_equal(apply(1, officer, slice_of("\x81\x18\x40\x00", 4)), ST_INVALID);
}

static void registry_root_and_log_key(void **state)
{
    (void)state;
    found();
    assert_int_equal(apply(1, registrar, county_op(root, log_key, "https://new.example")), ST_OK);
    assert_string_equal(reg.county.urls[0], "https://new.example");
    assert_int_equal(apply(2, registrar, county_op(root, new_log, "https://x")), ST_REFUSED);
    assert_int_equal(apply(2, officer, county_op(root, log_key, "https://x")), ST_REFUSED);
    assert_int_equal(apply(2, root, county_op(officer, log_key, "https://x")), ST_REFUSED);
    assert_string_equal(reg.county.urls[0], "https://new.example");
    assert_int_equal(apply(5, root, county_op(root, new_log, "https://y")), ST_OK);
    assert_null(registry_log_key(&reg, 0));
    assert_memory_equal(registry_log_key(&reg, 1), sign_key_public(log_key), 32);
    assert_memory_equal(registry_log_key(&reg, 5), sign_key_public(log_key), 32);
    assert_memory_equal(registry_log_key(&reg, 6), sign_key_public(new_log), 32);
    assert_int_equal(apply(6, root, grant_op(root, "village", VILLAGE)), ST_REFUSED);
}

static void registry_registrars_belong_to_the_root(void **state)
{
    (void)state;
    found();
    /* the registrar of leaf 0 acts from leaf 1 on */
    assert_int_equal(apply(0, registrar, grant_op(officer, "village", VILLAGE)), ST_REFUSED);
    assert_int_equal(apply(1, registrar, grant_op(officer, "village", VILLAGE)), ST_OK);
    assert_int_equal(apply(2, registrar, grant_op(device, "registrar", COUNTY)), ST_REFUSED);
    assert_int_equal(apply(2, officer, grant_op(device, "village", VILLAGE)), ST_REFUSED);
    assert_int_equal(apply(2, registrar, revoke_op(registrar)), ST_REFUSED);
    assert_int_equal(apply(2, registrar, grant_op(registrar, "village", VILLAGE)), ST_REFUSED);
    assert_int_equal(apply(2, officer, revoke_op(officer)), ST_REFUSED);
    assert_int_equal(apply(2, root, grant_op(new_log, "registrar", COUNTY)), ST_OK);
    assert_int_equal(apply(3, root, revoke_op(new_log)), ST_OK);
    assert_int_equal(apply(4, new_log, revoke_op(officer)), ST_REFUSED);
    assert_int_equal(apply(4, registrar, grant_op(new_log, "village", VILLAGE)), ST_OK);
    assert_int_equal(apply(5, root, revoke_op(registrar)), ST_OK);
    assert_int_equal(apply(6, registrar, catalog_op()), ST_REFUSED);
    assert_int_equal(apply(6, root, revoke_op(root)), ST_REFUSED);
    assert_int_equal(apply(6, root, revoke_op(log_key)), ST_REFUSED);
    assert_int_equal(apply(6, root, slice_of("\x82\x12\x40", 3)), ST_INVALID);
    assert_int_equal(apply(6, root, slice_of("\x82\x11\x40", 3)), ST_INVALID);
    assert_int_equal(apply(6, root, slice_of("\x82\x10\x40", 3)), ST_INVALID);
    assert_int_equal(apply(6, root, slice_of("\x82\x16\x40", 3)), ST_INVALID);
}

static void registry_device_cannot_be_registrar(void **state)
{
    (void)state;
    found();
    struct grant g = make_grant(device, GRANT_DEVICE, "registrar", COUNTY);
    assert_int_equal(apply(1, root, encode_grant(&g, device)), ST_OK);
    assert_int_equal(apply(2, device, catalog_op()), ST_REFUSED);
}

static void registry_answers_as_of_a_size(void **state)
{
    (void)state;
    const struct hash *kid = sign_key_kid(officer);
    found();
    assert_int_equal(apply(3, registrar, grant_op(officer, "village", VILLAGE)), ST_OK);
    assert_int_equal(apply(5, registrar, grant_op(officer, "township", TOWN)), ST_OK);
    assert_int_equal(apply(7, registrar, revoke_op(officer)), ST_OK);
    assert_int_equal(apply(7, registrar, revoke_op(officer)), ST_REFUSED);
    assert_int_equal(apply(9, registrar, grant_op(officer, "grid", VILLAGE)), ST_OK);
    assert_null(registry_grant(&reg, kid, 3));
    assert_string_equal(registry_grant(&reg, kid, 4)->role, "village");
    assert_string_equal(registry_grant(&reg, kid, 5)->role, "village");
    assert_string_equal(registry_grant(&reg, kid, 6)->role, "township");
    assert_string_equal(registry_grant(&reg, kid, 7)->role, "township");
    assert_null(registry_grant(&reg, kid, 8));
    assert_null(registry_grant(&reg, kid, 9));
    assert_string_equal(registry_grant(&reg, kid, 10)->role, "grid");
    assert_string_equal(registry_grant_any(&reg, kid)->role, "grid");
    assert_null(registry_grant(&reg, sign_key_kid(root), 10));
}

/* Each revocation keeps its own cut, in copies too. */
static void registry_keeps_the_cuts(void **state)
{
    (void)state;
    const struct hash *kid = sign_key_kid(officer);
    const struct origin village = test_origin("guanghe.example/622924101001"),
                        other = test_origin("guanghe.example/622924101002");
    const struct chain_id one = {{1}}, two = {{2}};
    const struct hash first = test_hash(1), second = test_hash(2);
    const struct revoke_cut cut[] = {{village, one, first}, {village, two, second}};
    struct registry copy;
    found();
    assert_int_equal(apply(1, registrar, grant_op(officer, "village", VILLAGE)), ST_OK);
    buf_clear(&op);
    revoke_encode_cut(kid, 1, cut, 2, &op);
    assert_int_equal(apply(2, registrar, buf_slice(&op)), ST_OK);
    assert_null(registry_revoked(&reg, kid, 2));
    const struct grant *ended = registry_revoked(&reg, kid, 3);
    assert_string_equal(ended->role, "village");
    assert_true(registry_cut_has(&reg, ended, &village, &one, &first));
    assert_true(registry_cut_has(&reg, ended, &village, &two, &second));
    assert_false(registry_cut_has(&reg, ended, &village, &one, &second));
    assert_false(registry_cut_has(&reg, ended, &other, &one, &first));
    assert_int_equal(apply(3, registrar, grant_op(officer, "grid", VILLAGE)), ST_OK);
    assert_null(registry_revoked(&reg, kid, 4));
    registry_clone(&reg, &copy);
    registry_release(&reg);
    reg = copy;
    assert_int_equal(apply(5, registrar, revoke_op(officer)), ST_OK);
    ended = registry_revoked(&reg, kid, 6);
    assert_string_equal(ended->role, "grid");
    assert_false(registry_cut_has(&reg, ended, &village, &one, &first));
    assert_true(registry_is_head(&reg, kid, &village, &one, &first)); /* of the older one */
    assert_false(registry_is_head(&reg, sign_key_kid(device), &village, &one, &first));
    assert_null(registry_revoked(&reg, sign_key_kid(device), 6));
    assert_true(registry_rules(&reg, sign_key_kid(registrar), 1));
    assert_true(registry_rules(&reg, sign_key_kid(root), 1));
    assert_false(registry_rules(&reg, kid, 2));
}

static void registry_device_reads_for_its_persons(void **state)
{
    (void)state;
    const struct hash *kid = sign_key_kid(device);
    found();
    assert_int_equal(apply(1, registrar, grant_op(officer, "village", VILLAGE)), ST_OK);
    assert_false(registry_device_reads(&reg, kid, VILLAGE)); /* not granted itself */
    assert_int_equal(apply(2, registrar, device_op(device)), ST_OK);
    assert_true(registry_device_reads(&reg, kid, VILLAGE));
    assert_false(registry_device_reads(&reg, kid, OTHER_VILLAGE));
    assert_false(registry_device_reads(&reg, sign_key_kid(officer), VILLAGE)); /* a person */
    struct grant g = make_grant(log_key, GRANT_PERSON, "village", VILLAGE);
    g.device = *sign_key_kid(officer); /* names a person for a device */
    assert_int_equal(apply(2, registrar, encode_grant(&g, log_key)), ST_OK);
    assert_false(registry_device_reads(&reg, sign_key_kid(officer), VILLAGE));
    assert_int_equal(apply(3, registrar, grant_op(new_log, "village", OTHER_VILLAGE)), ST_OK);
    assert_true(registry_device_reads(&reg, kid, VILLAGE));
    assert_true(registry_device_reads(&reg, kid, OTHER_VILLAGE));
    assert_int_equal(apply(4, registrar, revoke_op(officer)), ST_OK);
    assert_false(registry_device_reads(&reg, kid, VILLAGE));
    /* a newer grant of the same person takes the place of the older */
    assert_int_equal(apply(5, registrar, grant_op(new_log, "village", VILLAGE)), ST_OK);
    assert_true(registry_device_reads(&reg, kid, VILLAGE));
    assert_false(registry_device_reads(&reg, kid, OTHER_VILLAGE));
    assert_int_equal(apply(6, registrar, revoke_op(device)), ST_OK);
    assert_false(registry_device_reads(&reg, kid, VILLAGE));
}

/* What came to be on a device before a revocation arrives, whoever wrote it. */
static void a_device_hands_over_for_whoever_was_on_it(void **state)
{
    (void)state;
    const struct hash *kid = sign_key_kid(device);
    found();
    assert_int_equal(apply(1, registrar, grant_op(officer, "village", VILLAGE)), ST_OK);
    assert_false(registry_device_delivers(&reg, kid, VILLAGE)); /* not granted itself */
    assert_int_equal(apply(2, registrar, device_op(device)), ST_OK);
    assert_true(registry_device_delivers(&reg, kid, VILLAGE));
    assert_false(registry_device_delivers(&reg, kid, OTHER_VILLAGE));
    struct grant g = make_grant(log_key, GRANT_PERSON, "village", VILLAGE);
    g.device = *sign_key_kid(officer); /* names a person for a device */
    assert_int_equal(apply(2, registrar, encode_grant(&g, log_key)), ST_OK);
    assert_false(registry_device_delivers(&reg, sign_key_kid(officer), VILLAGE));
    assert_int_equal(apply(3, registrar, grant_op(new_log, "village", OTHER_VILLAGE)), ST_OK);
    assert_int_equal(apply(3, registrar, grant_op(log_key, "village", OTHER_VILLAGE)), ST_OK);
    assert_true(registry_device_delivers(&reg, kid, VILLAGE)); /* of three on it, the first */
    assert_false(registry_device_delivers(&reg, kid, "622924103001"));
    assert_true(registry_device_delivers(&reg, kid, OTHER_VILLAGE));
    assert_int_equal(apply(4, registrar, revoke_op(officer)), ST_OK);
    assert_false(registry_device_reads(&reg, kid, VILLAGE));
    assert_true(registry_device_delivers(&reg, kid, VILLAGE)); /* reads no more, still brings */
    assert_int_equal(apply(5, registrar, revoke_op(device)), ST_OK);
    assert_false(registry_device_delivers(&reg, kid, VILLAGE));
}

static void registry_counts_catalog_versions(void **state)
{
    (void)state;
    found();
    assert_int_equal(apply(1, officer, catalog_op()), ST_REFUSED);
    assert_int_equal(apply(2, registrar, catalog_op()), ST_OK);
    assert_int_equal(apply(2, registrar, catalog_op()), ST_OK);
    assert_int_equal(apply(6, root, catalog_op()), ST_OK);
    static const size_t want[] = {0, 0, 0, 2, 2, 2, 2, 3, 3};
    for (size_t size = 0; size < ARRAY_LENGTH(want); size++)
        assert_int_equal(registry_catalog_version(&reg, size), want[size]);
}

static void registry_checks_the_form_of_later_ops(void **state)
{
    (void)state;
    struct target target = {.change = sample_reference()};
    struct reference ref = sample_reference();
    found();
    buf_clear(&op);
    targets_encode(OP_VOID, &target, 1, &op);
    assert_int_equal(apply(1, registrar, buf_slice(&op)), ST_OK);
    buf_clear(&op);
    targets_encode(OP_ADOPT, &target, 1, &op);
    assert_int_equal(apply(1, registrar, buf_slice(&op)), ST_OK);
    buf_clear(&op);
    erase_encode(&ref, slice_of("\x80", 1), &op);
    assert_int_equal(apply(1, registrar, buf_slice(&op)), ST_OK);
    buf_clear(&op);
    close_encode(slice_str(""), &op);
    assert_int_equal(apply(1, registrar, buf_slice(&op)), ST_OK);
    for (uint8_t code = OP_VOID; code <= OP_CLOSE; code++) {
        uint8_t bad[] = {0x82, code, 0xF6};
        assert_int_equal(apply(2, registrar, slice_of(bad, 3)), ST_INVALID);
    }
    assert_int_equal(apply(3, registrar, slice_of("\x82\x18\x63\xf6", 4)), ST_OK);
    assert_int_equal(apply(3, registrar, slice_of("\x82\x18\x40\xf6", 4)), ST_OK);
}

/* Whoever could name the recovery key could open every stolen desk: root alone. */
static void registry_takes_the_recovery_key_from_root(void **state)
{
    (void)state;
    static const uint8_t seed[32] = "a recovery key", zeros[32];
    struct box_public key;
    box_public_from_seed(seed, &key);
    found();
    assert_false(reg.has_recovery);
    buf_clear(&op);
    recovery_encode(&key, &op);
    assert_int_equal(op.n, 1 + 2 + 2 + 32);
    assert_int_equal(apply(1, registrar, buf_slice(&op)), ST_REFUSED);
    assert_int_equal(apply(2, officer, buf_slice(&op)), ST_REFUSED);
    assert_false(reg.has_recovery);
    assert_int_equal(apply(3, root, buf_slice(&op)), ST_OK);
    assert_true(reg.has_recovery);
    assert_memory_equal(reg.recovery.b, key.b, sizeof(key.b));

    buf_clear(&op);
    memcpy(key.b, zeros, sizeof(key.b)); /* what is sealed to it, anybody opens */
    recovery_encode(&key, &op);
    assert_int_equal(apply(4, root, buf_slice(&op)), ST_INVALID);
    assert_int_equal(apply(4, root, slice_of("\x82\x18\x18\xf6", 4)), ST_INVALID);
    assert_memory_not_equal(reg.recovery.b, key.b, sizeof(key.b));
}

static struct slice epoch_op(const char *ledger, uint32_t number, uint64_t kept)
{
    struct epoch epoch = {
        .ledger = test_origin(ledger), .number = number, .kept_size = kept, .lost_size = kept + 5};
    buf_clear(&op);
    epoch_encode(&epoch, slice_str("a fire"), &op);
    return buf_slice(&op);
}

/* Who could declare a past lost could make one so: root alone, and one epoch after the other. */
static void registry_takes_epochs_from_root(void **state)
{
    (void)state;
    static const char village[] = "guanghe.example/622924101001";
    struct origin line = test_origin(village);
    struct registry copy;
    found();
    assert_int_equal(apply(1, registrar, epoch_op(village, 1, 2)), ST_REFUSED);
    assert_int_equal(apply(2, root, epoch_op(origin.text, 1, 2)), ST_REFUSED);
    assert_int_equal(apply(3, root, epoch_op(village, 2, 2)), ST_REFUSED);
    assert_int_equal(reg.epoch_count, 0);
    assert_int_equal(apply(4, root, epoch_op(village, 1, 2)), ST_OK);
    assert_int_equal(apply(5, root, epoch_op(village, 1, 2)), ST_REFUSED);
    assert_int_equal(apply(6, root, epoch_op(village, 2, 1)), ST_OK);
    assert_int_equal(apply(6, root, epoch_op("guanghe.example/622924101002", 1, 0)), ST_OK);
    assert_int_equal(apply(7, root, slice_of("\x82\x18\x19\xf6", 4)), ST_INVALID);
    assert_int_equal(reg.epoch_count, 3);
    assert_int_equal(reg.epochs[0].leaf, 4);
    assert_int_equal(reg.epochs[1].leaf, 6);
    registry_clone(&reg, &copy);
    assert_int_equal(epoch_newest(copy.epochs, copy.epoch_count, &line), 2);
    assert_ptr_not_equal(copy.epochs, reg.epochs);
    registry_release(&copy);
}

/* Many keys: the index grows, and still finds each. */
static void registry_finds_among_many(void **state)
{
    (void)state;
    enum { COUNT = 300 };
    static struct sign_key *keys[COUNT];
    found();
    for (int i = 0; i < COUNT; i++) {
        uint8_t seed[32] = {0xEE, (uint8_t)i, (uint8_t)(i >> 8)};
        keys[i] = sign_key_from_seed(seed);
        struct grant g = make_grant(keys[i], GRANT_PERSON, "village", VILLAGE);
        g.device.b[0] = (uint8_t)i;
        g.device.b[9] = (uint8_t)(i >> 8);
        assert_int_equal(apply(1 + (uint64_t)i, registrar, encode_grant(&g, keys[i])), ST_OK);
    }
    for (int i = 0; i < COUNT; i++) {
        const struct hash *kid = sign_key_kid(keys[i]);
        const struct grant *g = registry_grant(&reg, kid, COUNT + 1);
        assert_non_null(g);
        assert_hash_equal(&g->kid, kid);
        assert_int_equal(g->leaf, 1 + i);
        sign_key_release(keys[i]);
    }
}

/* What was folded before is not proven again; what was never folded is. */
static void registry_replays_without_proofs(void **state)
{
    (void)state;
    found();
    struct grant g = make_grant(officer, GRANT_PERSON, "village", VILLAGE);
    struct slice bytes = encode_grant(&g, registrar); /* a proof by another key */
    assert_int_equal(apply(1, registrar, bytes), ST_INVALID);
    reg.replay = true;
    assert_int_equal(apply(1, registrar, bytes), ST_OK);
    assert_string_equal(registry_grant(&reg, sign_key_kid(officer), 2)->role, "village");
    reg.replay = false;
    assert_int_equal(apply(2, registrar, bytes), ST_INVALID);
}

static void registry_clone_stands_alone(void **state)
{
    (void)state;
    struct registry copy;
    found();
    assert_int_equal(apply(1, registrar, device_op(device)), ST_OK);
    registry_clone(&reg, &copy);
    assert_int_equal(apply(2, registrar, grant_op(officer, "village", VILLAGE)), ST_OK);
    assert_int_equal(apply(2, registrar, catalog_op()), ST_OK);
    assert_int_equal(apply(3, registrar, revoke_op(device)), ST_OK);
    assert_null(registry_grant_any(&copy, sign_key_kid(officer)));
    assert_non_null(registry_grant(&copy, sign_key_kid(device), 9));
    assert_int_equal(registry_catalog_version(&copy, 9), 0);
    assert_non_null(registry_log_key(&copy, 9));
    registry_release(&reg);
    reg = copy; /* and it goes on as the original would have */
    assert_int_equal(apply(2, registrar, grant_op(officer, "grid", VILLAGE)), ST_OK);
    assert_true(registry_device_reads(&reg, sign_key_kid(device), VILLAGE));
    assert_string_equal(registry_grant(&reg, sign_key_kid(officer), 3)->role, "grid");
}

static void grant_times_and_ledgers(void **state)
{
    (void)state;
    struct grant g = make_grant(officer, GRANT_PERSON, "township", TOWN);
    int64_t end = g.expires_ms = 1000000, grace = GRANT_GRACE_MS;
    assert_true(grant_covers_time(&g, end, end + grace));
    assert_false(grant_covers_time(&g, end + 1, end + 1));
    assert_false(grant_covers_time(&g, end, end + grace + 1));
    g.expires_ms = INT64_MAX;
    assert_true(grant_covers_time(&g, INT64_MAX, INT64_MAX));
    g.expires_ms = INT64_MAX - 5;
    assert_true(grant_covers_time(&g, 5, INT64_MAX));
    assert_true(grant_covers_ledger(&g, VILLAGE));
    assert_false(grant_covers_ledger(&g, OTHER_VILLAGE));
    g.scope_count = 0;
    assert_false(grant_covers_ledger(&g, VILLAGE));
}

static int set_up(void **state)
{
    (void)state;
    root = test_key(1);
    log_key = test_key(2);
    registrar = test_key(3);
    officer = test_key(4);
    device = test_key(5);
    new_log = test_key(6);
    origin = test_origin("guanghe.example/622924000000");
    buf_init(&op, 256 * 1024);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    struct sign_key *all[] = {root, log_key, registrar, officer, device, new_log};
    for (size_t i = 0; i < ARRAY_LENGTH(all); i++)
        sign_key_release(all[i]);
    registry_release(&reg);
    buf_release(&op);
    return 0;
}

int main(void)
{
    crypto_init();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(county_round_trip),
        cmocka_unit_test(county_addresses),
        cmocka_unit_test(grant_round_trip),
        cmocka_unit_test(grant_refuses_bad_form),
        cmocka_unit_test(grant_needs_proof_of_possession),
        cmocka_unit_test(revoke_with_a_cut),
        cmocka_unit_test(targets_round_trip),
        cmocka_unit_test(erase_carries_record_ops_only),
        cmocka_unit_test(catalog_and_close_round_trip),
        cmocka_unit_test(registry_begins_with_the_root),
        cmocka_unit_test(registry_root_and_log_key),
        cmocka_unit_test(registry_registrars_belong_to_the_root),
        cmocka_unit_test(registry_device_cannot_be_registrar),
        cmocka_unit_test(registry_answers_as_of_a_size),
        cmocka_unit_test(registry_keeps_the_cuts),
        cmocka_unit_test(registry_device_reads_for_its_persons),
        cmocka_unit_test(a_device_hands_over_for_whoever_was_on_it),
        cmocka_unit_test(registry_counts_catalog_versions),
        cmocka_unit_test(registry_checks_the_form_of_later_ops),
        cmocka_unit_test(registry_takes_the_recovery_key_from_root),
        cmocka_unit_test(registry_takes_epochs_from_root),
        cmocka_unit_test(registry_finds_among_many),
        cmocka_unit_test(registry_replays_without_proofs),
        cmocka_unit_test(registry_clone_stands_alone),
        cmocka_unit_test(grant_times_and_ledgers),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
