/* SPDX-License-Identifier: MulanPSL-2.0 */
/* join: an invitation is good for one person on one device, once, in time; the answer can be asked
 * for again. */
#include "tests/unit/server/support.h"

#include "server/core/member.h"
#include "shared/codec/hex.h"

#include "server/core/nonce.h"

static int open_county(void **state)
{
    struct county_fixture *f = calloc(1, sizeof(*f));
    county_open(f);
    *state = f;
    return 0;
}

static int close_county(void **state)
{
    county_close(*state);
    free(*state);
    return 0;
}

/* Reads the answer as a desk does. */
static size_t read_answer(const struct desk_keys *d, struct server *srv, struct slice answer)
{
    struct cbor_reader r;
    uint8_t id_key[32];
    char nonce[NONCE_TEXT];
    cbor_reader_init(&r, answer, "answer");
    cbor_expect_array(&r, 5);
    assert_int_equal(cbor_read_uint(&r), 1);
    assert_true(
        slice_equal(cbor_read_text(&r, ORIGIN_MAX), slice_str("guanghe.example/622924000000")));
    size_t n = cbor_read_array(&r, 1000);
    for (size_t i = 0; i < n; i++)
        cbor_read_text(&r, ORIGIN_MAX);
    struct slice sealed = cbor_read_bytes(&r, 80);
    assert_true(box_open(d->box_seed, sealed, id_key));
    assert_memory_equal(id_key, srv->id_key, 32);
    struct slice text = cbor_read_text(&r, 64);
    memcpy(nonce, text.p, NONCE_TEXT - 1);
    nonce[NONCE_TEXT - 1] = 0;
    assert_true(nonce_valid(srv->nonce_key, sign_key_kid(d->device), time_now_ms(), nonce));
    assert_int_equal(cbor_end(&r, NULL), ST_OK);
    return n;
}

static void test_join(void **state)
{
    struct server *srv = ((struct county_fixture *)*state)->srv;
    const struct registry *reg = &srv->rep->registry;
    uint8_t token[INVITE_TOKEN_SIZE];
    struct desk_keys d;
    struct buf bytes, answer;
    struct join_request request;
    bool granted;

    desk_make(&d, 1);
    buf_init(&bytes, 4096);
    buf_init(&answer, 65536);
    invite_person(srv, "village", VILLAGE, INT64_MAX, token);
    request = desk_join_request(&d, srv, token);
    join_write(&request, &bytes);
    memset(&request, 0, sizeof(request));
    assert_ok(join_read(buf_slice(&bytes), &request, &err));
    assert_false(registry_device_reads(reg, sign_key_kid(d.device), VILLAGE));
    uint64_t size = srv->rep->registry_ledger->tree.size;
    assert_ok(join_admit(srv, &request, time_now_ms(), &answer, &granted, &err));
    assert_true(granted);
    assert_int_equal(read_answer(&d, srv, buf_slice(&answer)), 1); /* the one ledger in scope */
    assert_int_equal(srv->rep->registry_ledger->tree.size, size + 1);

    const struct grant *person = registry_grant(reg, sign_key_kid(d.person), reg->size);
    const struct grant *device = registry_grant(reg, sign_key_kid(d.device), reg->size);
    assert_non_null(person);
    assert_non_null(device);
    assert_string_equal(person->name, "马某");
    assert_string_equal(person->role, "village");
    assert_memory_equal(person->person, device->person, 16);
    assert_true(registry_device_reads(reg, sign_key_kid(d.device), VILLAGE));
    assert_false(registry_device_reads(reg, sign_key_kid(d.device), OTHER_VILLAGE));

    buf_clear(&answer); /* the first answer was lost */
    assert_ok(join_admit(srv, &request, time_now_ms(), &answer, &granted, &err));
    assert_false(granted);
    assert_int_equal(read_answer(&d, srv, buf_slice(&answer)), 1);
    assert_int_equal(srv->rep->registry_ledger->tree.size, size + 1);
    desk_drop(&d);
    buf_release(&bytes);
    buf_release(&answer);
}

static enum status try_join(struct server *srv, const struct desk_keys *d,
                            const uint8_t token[static INVITE_TOKEN_SIZE], int64_t now_ms,
                            int spoil)
{
    struct join_request request = desk_join_request(d, srv, token);
    struct buf answer;
    bool granted = true;
    buf_init(&answer, 65536);
    if (spoil == 1)
        request.person_pop.b[5] ^= 1;
    if (spoil == 2)
        request.device_pop = request.person_pop;
    if (spoil == 3)
        request.proof.b[0] ^= 1;
    enum status st = join_admit(srv, &request, now_ms, &answer, &granted, NULL);
    assert_true(st == ST_OK || !granted);
    assert_int_equal(answer.n > 0, st == ST_OK);
    buf_release(&answer);
    return st;
}

/* Another key for the same person; and a grant with an end, renewed. */
static void test_the_same_person_again(void **state)
{
    struct server *srv = ((struct county_fixture *)*state)->srv;
    const struct registry *reg = &srv->rep->registry;
    struct invitation invitation = {.person = "何某",
                                    .role = "village",
                                    .scope_count = 1,
                                    .scopes = {VILLAGE},
                                    .person_id = {7, 7, 7},
                                    .expires_ms = INT64_MAX,
                                    .until_ms = time_now_ms() + 86400000};
    const struct grant *first, *second, *found;
    struct desk_keys old, new;
    struct draft draft = {0};
    struct error why;
    struct buf answer;
    bool granted;

    buf_init(&answer, 65536);
    desk_make(&old, 60);
    desk_make(&new, 62);
    for (int i = 0; i < 2; i++) {
        struct desk_keys *d = i ? &new : &old;
        random_bytes(invitation.token, sizeof(invitation.token));
        assert_ok(server_begin(srv, &err));
        assert_ok(store_add_invitation(srv->db, &invitation, &err));
        assert_ok(server_commit(srv, &err));
        struct join_request request = desk_join_request(d, srv, invitation.token);
        assert_ok(join_admit(srv, &request, time_now_ms(), &answer, &granted, &err));
    }
    first = registry_grant(reg, sign_key_kid(old.person), reg->size);
    second = registry_grant(reg, sign_key_kid(new.person), reg->size);
    assert_memory_equal(first->person, invitation.person_id, 16);
    assert_memory_equal(second->person, invitation.person_id, 16);
    assert_int_equal(first->expires_ms, invitation.until_ms);

    assert_int_equal(member_find(reg, "何某", &found, &why), ST_USAGE); /* two keys */
    assert_int_equal(member_find(reg, "何", &found, &why), ST_NOT_FOUND);
    char kid[2 * HASH_SIZE + 1];
    hex_encode(hash_slice(sign_key_kid(old.person)), kid);
    kid[8] = 0;
    assert_ok(member_find(reg, kid, &found, &err));
    assert_ptr_equal(found, first);
    kid[7] = 0; /* too short to be sure of */
    assert_int_equal(member_find(reg, kid, &found, &why), ST_NOT_FOUND);

    assert_ok(server_begin(srv, &err));
    member_draft_renewal(&draft, first, invitation.until_ms + 5);
    assert_ok(registrar_write(srv, srv->registrar, &draft, time_now_ms(), &err));
    draft_release(&draft);
    member_draft_revoke(&draft, sign_key_kid(new.person), &(struct member_cut){0});
    assert_ok(registrar_write(srv, srv->registrar, &draft, time_now_ms(), &err));
    draft_release(&draft);
    assert_ok(server_commit(srv, &err));
    first = registry_grant(reg, sign_key_kid(old.person), reg->size);
    assert_int_equal(first->expires_ms, invitation.until_ms + 5);
    assert_true(registry_device_reads(reg, sign_key_kid(old.device), VILLAGE));
    assert_ok(member_find(reg, "何某", &found, &err)); /* one of them has ended */
    assert_ptr_equal(found, first);
    assert_string_equal(member_state(first, reg, first->expires_ms), "active");
    assert_string_equal(member_state(first, reg, first->expires_ms + 1), "expired");
    assert_string_equal(member_state(registry_grant_any(reg, sign_key_kid(new.person)), reg, 0),
                        "revoked");
    int64_t until_ms;
    assert_int_equal(member_until("2020-01-01", &until_ms, &why), ST_USAGE);
    assert_int_equal(member_until("2099-02-30", &until_ms, &why), ST_USAGE);
    assert_ok(member_until("2099-01-01", &until_ms, &err));
    assert_int_equal(until_ms, INT64_C(4070966399999)); /* 2099-01-01 23:59:59.999 in China */
    desk_drop(&old);
    desk_drop(&new);
    buf_release(&answer);
}

static void test_refused(void **state)
{
    struct server *srv = ((struct county_fixture *)*state)->srv;
    uint8_t token[INVITE_TOKEN_SIZE], unknown[INVITE_TOKEN_SIZE] = {1};
    struct desk_keys d, thief;
    const int64_t now_ms = time_now_ms();
    uint64_t size = srv->rep->registry_ledger->tree.size;

    desk_make(&d, 10);
    desk_make(&thief, 20);
    invite_person(srv, "village", VILLAGE, now_ms + 1000, token);
    assert_int_equal(try_join(srv, &d, unknown, now_ms, 0), ST_REFUSED);
    for (int spoil = 1; spoil <= 3; spoil++)
        assert_int_equal(try_join(srv, &d, token, now_ms, spoil), ST_REFUSED);
    assert_int_equal(try_join(srv, &d, token, now_ms + 1001, 0), ST_REFUSED); /* expired */
    assert_int_equal(srv->rep->registry_ledger->tree.size, size);
    assert_int_equal(try_join(srv, &d, token, now_ms, 0), ST_OK); /* a failure uses nothing up */
    assert_int_equal(try_join(srv, &thief, token, now_ms, 0), ST_REFUSED); /* used */
    assert_int_equal(srv->rep->registry_ledger->tree.size, size + 1);
    assert_int_equal(try_join(srv, &d, token, now_ms + 5000, 0), ST_OK); /* the same again */
    assert_int_equal(srv->rep->registry_ledger->tree.size, size + 1);
    desk_drop(&d);
    desk_drop(&thief);
}

/* A later person on a device adds a person key only. */
static void test_second_person(void **state)
{
    struct server *srv = ((struct county_fixture *)*state)->srv;
    const struct registry *reg = &srv->rep->registry;
    struct desk_keys first, second;
    desk_make(&first, 30);
    desk_join(&first, srv, "village", VILLAGE);
    desk_make(&second, 40);
    sign_key_release(second.device);
    uint8_t seed[SIGN_SEED_SIZE];
    sign_key_seed(first.device, seed);
    second.device = sign_key_from_seed(seed);
    second.box = first.box;
    size_t grants = reg->grant_count;
    desk_join(&second, srv, "grid", OTHER_VILLAGE);
    assert_int_equal(reg->grant_count, grants + 1);
    assert_true(registry_device_reads(reg, sign_key_kid(first.device), VILLAGE));
    assert_true(registry_device_reads(reg, sign_key_kid(first.device), OTHER_VILLAGE));
    desk_drop(&first);
    desk_drop(&second);
}

static enum status join_with(struct server *srv, struct join_request *request,
                             const struct desk_keys *seen)
{
    uint8_t token[INVITE_TOKEN_SIZE];
    struct hash person, device;
    struct buf answer;
    bool granted;
    buf_init(&answer, 65536);
    invite_person(srv, "village", OTHER_VILLAGE, INT64_MAX, token);
    sign_kid(&request->person, &person);
    sign_kid(&request->device, &device);
    request->box = seen->box;
    invite_proof(token, &person, &device, &request->box, &srv->rep->registry_origin,
                 &request->proof);
    enum status st = join_admit(srv, request, time_now_ms(), &answer, &granted, NULL);
    buf_release(&answer);
    return st;
}

static void revoke_device(struct server *srv, const struct hash *kid)
{
    struct draft draft = {0};
    struct buf op;
    buf_init(&op, 4096);
    revoke_encode(kid, 1, &op);
    draft_op(&draft, buf_slice(&op));
    assert_ok(server_begin(srv, &err));
    assert_ok(registrar_write(srv, srv->registrar, &draft, time_now_ms(), &err));
    assert_ok(server_commit(srv, &err));
    draft_release(&draft);
    buf_release(&op);
}

/* Someone with an invitation of his own has read keys and proofs of possession in the registry. */
static void test_keys_of_others(void **state)
{
    struct server *srv = ((struct county_fixture *)*state)->srv;
    const struct registry *reg = &srv->rep->registry;
    struct desk_keys victim, thief;
    desk_make(&victim, 110);
    desk_make(&thief, 120);
    desk_join(&victim, srv, "village", VILLAGE);
    struct join_request own = {.person = *sign_key_public(thief.person),
                               .device = *sign_key_public(thief.device)};
    sign_pop(&srv->rep->registry_origin, thief.person, &own.person_pop);
    sign_pop(&srv->rep->registry_origin, thief.device, &own.device_pop);
    const struct grant person = *registry_grant_any(reg, sign_key_kid(victim.person));
    const struct grant device = *registry_grant_any(reg, sign_key_kid(victim.device));
    const struct grant registrar = *registry_grant_any(reg, sign_key_kid(srv->registrar));
    const uint64_t size = srv->rep->registry_ledger->tree.size;

    struct join_request request = own; /* the victim's grant would end with a newer one */
    request.person = person.pk;
    request.person_pop = person.pop;
    assert_int_equal(join_with(srv, &request, &thief), ST_REFUSED);
    request.person = device.pk; /* the victim's device would be no device any more */
    request.person_pop = device.pop;
    assert_int_equal(join_with(srv, &request, &thief), ST_REFUSED);
    request.person = registrar.pk;
    request.person_pop = registrar.pop;
    assert_int_equal(join_with(srv, &request, &thief), ST_REFUSED);
    request = own;
    request.device = person.pk;
    request.device_pop = person.pop;
    assert_int_equal(join_with(srv, &request, &thief), ST_REFUSED);
    revoke_device(srv, sign_key_kid(victim.device));
    request = own; /* a stolen laptop's key, revoked, would be back */
    request.device = device.pk;
    request.device_pop = device.pop;
    assert_int_equal(join_with(srv, &request, &thief), ST_REFUSED);

    assert_int_equal(srv->rep->registry_ledger->tree.size, size + 1); /* the revocation */
    const struct grant *now = registry_grant(reg, sign_key_kid(victim.person), reg->size);
    assert_true(now && now->scope_count == 1 &&
                memcmp(now->scopes[0], VILLAGE, DIVISION_CODE_SIZE) == 0);
    assert_null(registry_grant(reg, sign_key_kid(victim.device), reg->size));
    assert_int_equal(join_with(srv, &own, &thief), ST_OK);
    desk_drop(&victim);
    desk_drop(&thief);
}

static void test_malformed(void **state)
{
    struct server *srv = ((struct county_fixture *)*state)->srv;
    uint8_t token[INVITE_TOKEN_SIZE] = {0};
    struct join_request out;
    struct desk_keys d;
    struct buf bytes;
    desk_make(&d, 50);
    buf_init(&bytes, 4096);
    struct join_request request = desk_join_request(&d, srv, token);
    join_write(&request, &bytes);
    assert_ok(join_read(buf_slice(&bytes), &out, &err));
    for (size_t n = 0; n < bytes.n; n++)
        assert_int_equal(join_read(slice_of(bytes.p, n), &out, NULL), ST_INVALID);
    buf_put_u8(&bytes, 0);
    assert_int_equal(join_read(buf_slice(&bytes), &out, NULL), ST_INVALID);
    request.device = request.person; /* one key may not be both */
    buf_clear(&bytes);
    join_write(&request, &bytes);
    assert_int_equal(join_read(buf_slice(&bytes), &out, NULL), ST_INVALID);
    memset(&request.device, 0, sizeof(request.device)); /* a point of small order */
    buf_clear(&bytes);
    join_write(&request, &bytes);
    assert_int_equal(join_read(buf_slice(&bytes), &out, NULL), ST_INVALID);
    desk_drop(&d);
    buf_release(&bytes);
}

static void test_nonce(void **state)
{
    const uint8_t key[32] = {1}, other[32] = {2};
    const int64_t day = INT64_C(24) * 3600 * 1000, now_ms = 20000 * day + 5;
    struct hash kid = {{3}}, stranger = {{4}};
    char nonce[NONCE_TEXT];
    (void)state;
    nonce_make(key, &kid, now_ms, nonce);
    assert_true(nonce_valid(key, &kid, now_ms, nonce));
    assert_true(nonce_valid(key, &kid, now_ms + day, nonce));
    assert_false(nonce_valid(key, &kid, now_ms + 2 * day, nonce));
    assert_false(nonce_valid(key, &kid, now_ms - day, nonce));
    assert_false(nonce_valid(other, &kid, now_ms, nonce));
    assert_false(nonce_valid(key, &stranger, now_ms, nonce));
    assert_false(nonce_valid(key, &kid, now_ms, ""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_join),      cmocka_unit_test(test_the_same_person_again),
        cmocka_unit_test(test_refused),   cmocka_unit_test(test_second_person),
        cmocka_unit_test(test_malformed), cmocka_unit_test(test_keys_of_others),
        cmocka_unit_test(test_nonce),
    };
    crypto_init();
    return cmocka_run_group_tests(tests, open_county, close_county);
}
