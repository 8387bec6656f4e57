/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * county: a real server in a temporary folder for the targets that speak to one, and the keys of a
 * village desk that has joined it. The folder goes with the process.
 */
#ifndef TESTS_FUZZ_COUNTY_H
#define TESTS_FUZZ_COUNTY_H

#include "server/core/admission.h"
#include "server/core/divisions.h"
#include "server/core/join.h"
#include "server/core/server.h"
#include "shared/base/diag.h"
#include "shared/base/random.h"
#include "shared/base/time.h"
#include "tests/fuzz/fuzz.h"

#define COUNTY_CODE "622924000000"
#define VILLAGE_CODE "622924101001"
#define OTHER_CODE "622924101002"

struct county_desk {
    struct sign_key *person, *device;
    struct box_public box;
};

static char county_folder[64];

static inline void county_remove(void)
{
    fuzz_remove_folder(county_folder);
}

static inline struct server *county_start(void)
{
    const struct server_plan plan = {.folder = county_folder,
                                     .code = COUNTY_CODE,
                                     .name = "广河县",
                                     .authority = "guanghe.example",
                                     .root_pin = slice_str("a long passphrase")};
    struct server *srv;
    bool added;
    crypto_init();
    diag_set_level(DIAG_ERROR);
    if (!county_folder[0])
        atexit(county_remove);
    county_remove();
    fuzz_make_folder(county_folder);
    MUST(server_found(&plan, err));
    MUST(server_open(county_folder, &srv, err));
    MUST(server_begin(srv, err));
    MUST(divisions_add_ledger(srv, VILLAGE_CODE, &added, err));
    MUST(divisions_add_ledger(srv, OTHER_CODE, &added, err));
    MUST(server_commit(srv, err));
    return srv;
}

static inline void county_desk_keys(struct county_desk *desk, uint8_t n)
{
    uint8_t seed[32];
    desk->person = fuzz_key(n);
    desk->device = fuzz_key((uint8_t)(n + 1));
    memset(seed, n, sizeof(seed));
    box_public_from_seed(seed, &desk->box);
}

static inline void county_invite(struct server *srv, int64_t expires_ms,
                                 uint8_t token[static INVITE_TOKEN_SIZE])
{
    struct invitation invitation = {.person = "马某",
                                    .role = "village",
                                    .scopes = {VILLAGE_CODE},
                                    .scope_count = 1,
                                    .created_ms = 1,
                                    .expires_ms = expires_ms};
    random_bytes(invitation.token, sizeof(invitation.token));
    memcpy(token, invitation.token, INVITE_TOKEN_SIZE);
    MUST(server_begin(srv, err));
    MUST(store_add_invitation(srv->db, &invitation, err));
    MUST(server_commit(srv, err));
}

static inline void county_pop(const struct origin *registry, const struct sign_key *key,
                              struct signature *out)
{
    struct buf message;
    buf_init(&message, 1024);
    grant_pop_message(registry, sign_key_kid(key), &message);
    sign_message(key, buf_slice(&message), out);
    buf_release(&message);
}

static inline struct join_request county_request(const struct server *srv,
                                                 const struct county_desk *desk,
                                                 const uint8_t token[static INVITE_TOKEN_SIZE])
{
    const struct origin *registry = &srv->rep->registry_origin;
    struct join_request request = {.person = *sign_key_public(desk->person),
                                   .device = *sign_key_public(desk->device),
                                   .box = desk->box};
    invite_proof(token, sign_key_kid(desk->person), sign_key_kid(desk->device), &desk->box,
                 registry, &request.proof);
    county_pop(registry, desk->person, &request.person_pop);
    county_pop(registry, desk->device, &request.device_pop);
    return request;
}

static inline void county_join(struct server *srv, struct county_desk *desk, uint8_t n)
{
    uint8_t token[INVITE_TOKEN_SIZE];
    struct buf answer;
    bool granted;
    county_desk_keys(desk, n);
    county_invite(srv, INT64_MAX, token);
    const struct join_request request = county_request(srv, desk, token);
    buf_init(&answer, 65536);
    MUST(join_admit(srv, &request, time_now_ms(), &answer, &granted, err));
    CHECK(granted);
    buf_release(&answer);
}

#endif
