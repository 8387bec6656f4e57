/* SPDX-License-Identifier: MulanPSL-2.0 */
/* support: what the tests of the server share: a county in a temporary folder, a desk's keys, and
 * changesets as a desk would make them. */
#ifndef TESTS_UNIT_SERVER_SUPPORT_H
#define TESTS_UNIT_SERVER_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "server/core/admission.h"
#include "server/core/divisions.h"
#include "server/core/join.h"
#include "server/core/server.h"
#include "shared/base/check.h"
#include "shared/base/diag.h"
#include "shared/base/random.h"
#include "shared/base/time.h"
#include "tests/harness/assert_ok.h"
#include "tests/harness/folder.h"

#define COUNTY "622924000000"
#define VILLAGE "622924101001"
#define OTHER_VILLAGE "622924101002"

struct county_fixture {
    char folder[64];
    struct server *srv;
};

/* A founded county with two village ledgers. */
static inline void county_open(struct county_fixture *f)
{
    const struct server_plan plan = {.folder = f->folder,
                                     .code = COUNTY,
                                     .name = "广河县",
                                     .authority = "guanghe.example",
                                     .root_pin = slice_str("a long passphrase")};
    bool added;
    strcpy(f->folder, "county.XXXXXX");
    CHECK(mkdtemp(f->folder) != NULL);
    assert_ok(server_found(&plan, &err));
    assert_ok(server_open(f->folder, &f->srv, &err));
    assert_ok(server_begin(f->srv, &err));
    assert_ok(divisions_add_ledger(f->srv, VILLAGE, &added, &err));
    assert_ok(divisions_add_ledger(f->srv, OTHER_VILLAGE, &added, &err));
    assert_ok(server_commit(f->srv, &err));
}

static inline void county_close(struct county_fixture *f)
{
    server_close(f->srv);
    remove_folder(f->folder);
}

struct desk_keys {
    struct sign_key *person, *device;
    uint8_t box_seed[32];
    struct box_public box;
    struct chain_head head;
    struct chain_base base;
    unsigned seed;
};

static inline void desk_make(struct desk_keys *d, uint8_t n)
{
    uint8_t seed[32];
    *d = (struct desk_keys){0};
    memset(seed, n, sizeof(seed));
    d->person = sign_key_from_seed(seed);
    seed[0] ^= 0x80;
    d->device = sign_key_from_seed(seed);
    memset(d->box_seed, n + 1, sizeof(d->box_seed));
    box_public_from_seed(d->box_seed, &d->box);
    d->head.kid = *sign_key_kid(d->person);
    memset(d->head.chain.b, n, sizeof(d->head.chain.b));
    hash_bytes(SLICE_NONE, &d->base.root);
}

static inline void desk_drop(struct desk_keys *d)
{
    sign_key_release(d->person);
    sign_key_release(d->device);
}

static inline void invite_person(struct server *srv, const char *role, const char *scope,
                                 int64_t expires_ms, uint8_t token[static INVITE_TOKEN_SIZE])
{
    struct invitation invitation = {
        .person = "马某", .scope_count = 1, .created_ms = 1, .expires_ms = expires_ms};
    random_bytes(invitation.token, sizeof(invitation.token));
    memcpy(token, invitation.token, INVITE_TOKEN_SIZE);
    snprintf(invitation.role, sizeof(invitation.role), "%s", role);
    snprintf(invitation.scopes[0], sizeof(invitation.scopes[0]), "%s", scope);
    assert_ok(server_begin(srv, &err));
    assert_ok(store_add_invitation(srv->db, &invitation, &err));
    assert_ok(server_commit(srv, &err));
}

static inline void sign_pop(const struct origin *registry, const struct sign_key *key,
                            struct signature *out)
{
    struct buf message;
    buf_init(&message, 1024);
    grant_pop_message(registry, sign_key_kid(key), &message);
    sign_message(key, buf_slice(&message), out);
    buf_release(&message);
}

static inline struct join_request desk_join_request(const struct desk_keys *d,
                                                    const struct server *srv,
                                                    const uint8_t token[static INVITE_TOKEN_SIZE])
{
    const struct origin *registry = &srv->rep->registry_origin;
    struct join_request request = {.person = *sign_key_public(d->person),
                                   .device = *sign_key_public(d->device),
                                   .box = d->box};
    invite_proof(token, sign_key_kid(d->person), sign_key_kid(d->device), &d->box, registry,
                 &request.proof);
    sign_pop(registry, d->person, &request.person_pop);
    sign_pop(registry, d->device, &request.device_pop);
    return request;
}

static inline void desk_join(struct desk_keys *d, struct server *srv, const char *role,
                             const char *scope)
{
    uint8_t token[INVITE_TOKEN_SIZE];
    bool granted;
    struct buf answer;
    buf_init(&answer, 65536);
    invite_person(srv, role, scope, INT64_MAX, token);
    const struct join_request request = desk_join_request(d, srv, token);
    assert_ok(join_admit(srv, &request, time_now_ms(), &answer, &granted, &err));
    assert_true(granted);
    buf_release(&answer);
    d->base.registry_size = srv->rep->registry_ledger->tree.size;
    d->base.registry_root = srv->rep->registry_ledger->root;
}

/* No record has an ordinal: what a desk does that has seen no leaf. */
static inline bool no_ordinal(void *arg, const struct record_id *id, uint64_t base_size,
                              uint64_t *ordinal)
{
    (void)arg, (void)id, (void)base_size, (void)ordinal;
    return false;
}

static inline bool no_record(void *arg, uint64_t ordinal, uint64_t base_size, struct record_id *id)
{
    (void)arg, (void)id, (void)base_size, (void)ordinal;
    return false;
}

/* Signs changes (their bodies; clocks are filled in) as the desk's next changeset: a segment in the
 * arena. */
static inline struct slice desk_sign(struct desk_keys *d, const struct server *srv,
                                     const char *code, struct change_item *changes, size_t count,
                                     enum segment_form form, struct arena *arena, struct hash *id)
{
    const struct record_index index = {no_ordinal, no_record, NULL};
    struct chain_open open;
    struct segment segment = {.has_seed = true, .changes = changes};
    struct origin origin;
    struct buf salts, columns, out;

    (void)srv;
    assert_true(origin_make("guanghe.example", code, &origin));
    memset(segment.seed, (int)++d->seed, sizeof(segment.seed));
    chain_begin(&open, &d->head, &d->base, segment.seed);
    for (size_t i = 0; i < count; i++)
        changes[i].hlc = chain_append(&open, changes[i].body, time_now_ms());
    chain_sign(&open, &origin, d->person);
    chain_close(&open, &d->head);
    segment.header = open.header;
    segment.id = d->head.id;
    buf_init(&salts, 65536);
    buf_init(&columns, COLUMNS_MAX);
    buf_init(&out, MESSAGE_MAX);
    segment_salts_write(&segment, &salts);
    columns_encode(changes, count, d->base.size, &index, &columns);
    segment_write(&open.header, form, buf_slice(&salts), buf_slice(&columns), &out);
    struct slice bytes = slice_of(arena_copy(arena, out.p, out.n), out.n);
    if (id)
        *id = d->head.id;
    buf_release(&salts);
    buf_release(&columns);
    buf_release(&out);
    return bytes;
}

/* A changeset of `count` households with an address, as a segment in the arena. */
static inline struct slice desk_write(struct desk_keys *d, const struct server *srv,
                                      const char *code, size_t count, enum segment_form form,
                                      struct arena *arena, struct hash *id)
{
    const struct catalog_table *household =
        catalog_table_named(replica_catalog(srv->rep), slice_str("household"));
    struct change_item *changes = arena_alloc(arena, count * sizeof(changes[0]));
    struct buf body;

    assert_non_null(household);
    for (size_t i = 0; i < count; i++) {
        const struct catalog_field *address = catalog_field_named(household, slice_str("address"));
        const struct op_field field = {address->no, value_text(slice_str("一社 12 号"))};
        struct record_id record;
        uint8_t random[10];
        random_bytes(random, sizeof(random));
        record_id_make(time_now_ms(), random, &record);
        buf_init(&body, CHANGE_BODY_MAX);
        op_body_begin(&body, 1);
        op_put_write(&body, household->no, &record, &field, 1);
        op_body_end(&body, SLICE_NONE);
        changes[i].body = slice_of(arena_copy(arena, body.p, body.n), body.n);
        buf_release(&body);
    }
    return desk_sign(d, srv, code, changes, count, form, arena, id);
}

#endif
