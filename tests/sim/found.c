/* SPDX-License-Identifier: MulanPSL-2.0 */
/* found: see found.h. As server_found and join do it, with a small catalog and keys from numbers.
 */
#include "tests/sim/found.h"

#include <stdio.h>

#include "server/core/admission.h"
#include "server/core/divisions.h"
#include "server/core/recovery.h"
#include "server/core/registrar.h"
#include "shared/base/check.h"
#include "shared/base/file.h"
#include "shared/base/time.h"
#include "shared/codec/compress.h"
#include "shared/crypto/keyfile.h"
#include "shared/db/migrate.h"
#include "shared/db/vault_vfs.h"
#include "tests/sim/heads.h"
#include "tests/sim/types.h"

#define MUST(call)                                       \
    do {                                                 \
        struct error err_ = {0}, *err = &err_;           \
        if ((call) != ST_OK)                             \
            check_failed(__FILE__, __LINE__, err_.text); \
    } while (0)

#define COUNTY_CODE "622924000000"
#define AUTHORITY "guanghe.example"

struct person people[PEOPLE] = {
    {"村甲", "village", VILLAGE_CODE, 0, true, NULL},
    {"村乙", "village", VILLAGE_CODE, 1, true, NULL},
    {"镇丙", "township", "622924101000", 2, true, NULL},
    {"县丁", "dept:rs", COUNTY_CODE, 3, true, NULL},
    {"网格戊", "grid", VILLAGE_CODE, 0, true, NULL},
    {"村己", "village", VILLAGE_CODE, 1, false, NULL},
    {"村庚", "village", OTHER_CODE, 3, false, NULL},
    {"村辛", "village", VILLAGE_CODE, -1, true, NULL},
    {"路人", "village", VILLAGE_CODE, -1, false, NULL},
    {"镇壬", "township", "622924101000", -1, false, NULL},
};

static struct {
    struct disk images[DESKS + 1]; /* the county's last */
    struct sign_key *devices[DESKS + 1], *root, *registrar, *log;
    struct origin registry;
    char folder[64];
} founded;

static struct sign_key *make_key(unsigned n)
{
    uint8_t seed[32];
    memset(seed, (int)n, sizeof(seed));
    seed[0] = 0x51;
    return sign_key_from_seed(seed);
}

const struct disk *found_image(int no)
{
    return &founded.images[no < 0 ? DESKS : no];
}

const struct hash *found_device(int desk)
{
    return sign_key_kid(founded.devices[desk < 0 ? DESKS : desk]);
}

const struct sign_key *found_registrar(void)
{
    return founded.registrar;
}

/* ---- grants ---- */

static void prove(const struct sign_key *key, struct signature *out)
{
    struct buf message;
    buf_init(&message, 1024);
    grant_pop_message(&founded.registry, sign_key_kid(key), &message);
    sign_message(key, buf_slice(&message), out);
    buf_release(&message);
}

void found_grant(int person, struct grant *out)
{
    const struct person *p = &people[person];
    *out = (struct grant){.kind = GRANT_PERSON,
                          .pk = *sign_key_public(p->key),
                          .kid = *sign_key_kid(p->key),
                          .has_device = true,
                          .device = *found_device(p->desk),
                          .scope_count = 1,
                          .expires_ms = INT64_MAX};
    memset(out->person, person + 1, sizeof(out->person));
    snprintf(out->name, sizeof(out->name), "%s", p->name);
    snprintf(out->role, sizeof(out->role), "%s", p->role);
    memcpy(out->scopes[0], p->scope, DIVISION_CODE_SIZE);
    prove(p->key, &out->pop);
}

static void device_grant(int desk, struct grant *out)
{
    const struct sign_key *key = founded.devices[desk < 0 ? DESKS : desk];
    uint8_t seed[32];
    memset(seed, 0x90 + desk, sizeof(seed));
    *out = (struct grant){.kind = GRANT_DEVICE,
                          .pk = *sign_key_public(key),
                          .kid = *sign_key_kid(key),
                          .has_box = true,
                          .expires_ms = INT64_MAX};
    box_public_from_seed(seed, &out->box);
    memset(out->person, 0x40 + desk, sizeof(out->person));
    snprintf(out->name, sizeof(out->name), "电脑%d", desk);
    prove(key, &out->pop);
}

static void draft_grant(struct draft *draft, const struct grant *grant)
{
    struct buf op;
    buf_init(&op, CHANGE_BODY_MAX);
    grant_encode(grant, &op);
    draft_op(draft, buf_slice(&op));
    buf_release(&op);
}

/* ---- the county ---- */

static void placeholder(const char *folder, const char *name)
{
    char *path = file_join(folder, name);
    MUST(file_replace(path, SLICE_NONE, 0600, err));
    mem_free(path);
}

static void store_key(const char *folder, const char *name, const char *kind,
                      const struct sign_key *key)
{
    char *path = file_join(folder, name);
    MUST(keyfile_store(NULL, path, kind, key, SLICE_NONE, err));
    mem_free(path);
}

static void store_secret(const char *folder, const char *name)
{
    uint8_t secret[SERVER_SECRET_SIZE] = {1};
    char *path = file_join(folder, name);
    MUST(file_replace(path, slice_of(secret, sizeof(secret)), 0600, err));
    mem_free(path);
}

static void draft_county(struct draft *draft)
{
    struct county county = {.root = *sign_key_public(founded.root),
                            .log = *sign_key_public(founded.log),
                            .url_count = 1};
    struct grant registrar = {.kind = GRANT_PERSON,
                              .pk = *sign_key_public(founded.registrar),
                              .name = "登记员",
                              .role = "registrar",
                              .scope_count = 1,
                              .expires_ms = INT64_MAX};
    struct buf op;
    snprintf(county.urls[0], sizeof(county.urls[0]), "http://127.0.0.1:8443");
    memcpy(registrar.scopes[0], COUNTY_CODE, DIVISION_CODE_SIZE);
    prove(founded.registrar, &registrar.pop);
    buf_init(&op, CHANGE_BODY_MAX);
    county_encode(&county, &op);
    draft_op(draft, buf_slice(&op));
    buf_release(&op);
    draft_grant(draft, &registrar);
}

static void found_county(const char *folder)
{
    struct server *srv = mem_zero_alloc(1, sizeof(*srv));
    struct draft root = {0}, grants = {0};
    struct grant grant;
    bool done;
    char *path = file_join(folder, "huced.db");
    srv->folder = mem_strdup(folder);
    srv->registrar = make_key(201);
    srv->log = make_key(202);
    MUST(db_open(path, DB_READ_WRITE, &srv->db, err));
    MUST(migrate(srv->db, "shared", err));
    MUST(migrate(srv->db, "server/sqlite", err));
    MUST(replica_open(srv->db, &srv->rep, err));
    srv->code = COUNTY_CODE;
    srv->authority = AUTHORITY;
    MUST(server_begin(srv, err));
    MUST(store_set_setting(srv->db, "code", COUNTY_CODE, err));
    MUST(store_set_setting(srv->db, "authority", AUTHORITY, err));
    MUST(replica_found(srv->rep, &founded.registry, sign_key_kid(founded.root), err));
    draft_county(&root);
    MUST(registrar_write(srv, founded.root, &root, time_now_ms(), err));
    MUST(registrar_apply_catalog(srv, types_sql[0], "first", time_now_ms(), &done, err));
    for (int i = -1; i < DESKS; i++) {
        device_grant(i, &grant);
        draft_grant(&grants, &grant);
    }
    for (int i = 0; i < PEOPLE; i++) {
        found_grant(i, &grant);
        if (people[i].at_start)
            draft_grant(&grants, &grant);
    }
    MUST(registrar_write(srv, srv->registrar, &grants, time_now_ms(), err));
    MUST(divisions_add_ledger(srv, VILLAGE_CODE, &done, err));
    MUST(divisions_add_ledger(srv, OTHER_CODE, &done, err));
    MUST(server_commit(srv, err));
    server_close(srv);
    draft_release(&root);
    draft_release(&grants);
    mem_free(path);
}

enum status county_answer(struct server *server, const struct hash *device, struct slice request,
                          struct buf *out, struct error *err)
{
    struct arena arena = {0};
    struct sync_request message;
    struct sync_answer answer;
    uint64_t admitted;
    enum status st = sync_request_read(request, &arena, &message, err);
    if (st == ST_OK)
        st = admission_sync(server, device, &message, time_now_ms(), &arena, &answer, &admitted,
                            err);
    if (st == ST_OK)
        sync_answer_write(&answer, COMPRESS_LEVEL, out);
    arena_release(&arena);
    return st;
}

enum status county_take_back(struct server *server, const struct hash *device, struct slice request,
                             struct buf *out, struct error *err)
{
    struct arena arena = {0};
    struct handback message;
    struct handback_answer answer;
    uint64_t taken;
    enum status st = handback_read(request, &arena, &message, err);
    if (st == ST_OK)
        st = recovery_take(server, &message, device, time_now_ms(), &arena, &answer, &taken, err);
    if (st == ST_OK)
        handback_answer_write(&answer, out);
    arena_release(&arena);
    return st;
}

/* ---- desks ---- */

static void own_people(struct desk *desk, int no)
{
    for (int i = 0; i < PEOPLE; i++) {
        struct stmt *stmt =
            db_stmt(desk->db, "INSERT INTO own_person(kid, added_ms) VALUES (?1, ?2)");
        if (people[i].desk != no)
            continue;
        bind_blob(stmt, 1, hash_slice(sign_key_kid(people[i].key)));
        bind_int(stmt, 2, i);
        MUST(stmt_run(stmt, err));
    }
}

/* What packs and opens bundles; beside the simulated disk, as all key files. */
static void store_device(const char *folder, int no)
{
    char *keys = file_join(folder, "keys"), *device = file_join(keys, "device.key");
    char *box = file_join(keys, "box.key");
    uint8_t seed[32];
    memset(seed, 0x90 + no, sizeof(seed));
    MUST(file_make_folder(keys, 0700, err));
    MUST(keyfile_store(NULL, device, "device", founded.devices[no], SLICE_NONE, err));
    MUST(keyfile_store_box(NULL, box, seed, SLICE_NONE, err));
    mem_free(box);
    mem_free(device);
    mem_free(keys);
}

static void found_desk(const char *folder, int no, struct server *server)
{
    struct desk *desk;
    struct origin origin;
    struct exchange x;
    CHECK(origin_make(AUTHORITY, VILLAGE_CODE, &origin));
    store_device(folder, no);
    MUST(desk_create(folder, &founded.registry, sign_key_kid(founded.root), &desk, err));
    MUST(desk_begin(desk, err));
    own_people(desk, no);
    MUST(replica_ledger_add(desk->rep, &origin, NULL, err));
    CHECK(origin_make(AUTHORITY, OTHER_CODE, &origin));
    if (no >= 2)
        MUST(replica_ledger_add(desk->rep, &origin, NULL, err));
    MUST(desk_commit(desk, err));
    exchange_init(&x, desk);
    while (x.session.state == SESSION_READY) {
        struct buf request, answer;
        buf_init(&request, MESSAGE_MAX);
        buf_init(&answer, MESSAGE_MAX);
        MUST(exchange_request(&x, &request, err));
        MUST(county_answer(server, found_device(no), buf_slice(&request), &answer, err));
        MUST(exchange_answer(&x, buf_slice(&answer), NULL, NULL, err));
        buf_release(&request);
        buf_release(&answer);
    }
    CHECK(x.session.state == SESSION_DONE);
    CHECK(replica_catalog(desk->rep)->version == 1);
    exchange_release(&x);
    desk_close(desk);
}

/* A disk that tears pages which lie under a key (shared/db/vault_vfs.h). */
static void close_up(const char *folder)
{
    static const uint8_t key[VAULT_KEY_SIZE] = "the key of a desk in the weeks";
    struct vault *vault = vault_from_key(key);
    char *path = file_join(folder, "desk.db");
    vault_vfs_add(path, vault);
    mem_free(path);
    vault_release(vault);
}

void found_all(const char *folder, bool closed)
{
    struct disk live[DESKS + 1] = {0};
    struct server *server;
    crypto_init();
    CHECK(origin_make(AUTHORITY, COUNTY_CODE, &founded.registry));
    founded.root = make_key(200);
    founded.registrar = make_key(201);
    founded.log = make_key(202);
    for (int i = 0; i < PEOPLE; i++)
        people[i].key = make_key((unsigned)i + 1);
    for (int i = 0; i <= DESKS; i++) {
        founded.devices[i] = make_key((unsigned)i + 101);
        snprintf(live[i].folder, sizeof(live[i].folder), i < DESKS ? "%s/desk%d" : "%s/county",
                 folder, i);
        memcpy(founded.images[i].folder, live[i].folder, sizeof(live[i].folder));
        MUST(file_make_folder(live[i].folder, 0700, err));
        placeholder(live[i].folder, i < DESKS ? "desk.db" : "huced.db");
        disk_attach(&live[i]);
        if (closed && i < DESKS)
            close_up(live[i].folder);
    }
    const char *county = live[DESKS].folder;
    store_key(county, "registrar.key", "registrar", founded.registrar);
    store_key(county, "log.key", "log", founded.log);
    store_secret(county, "id.key");
    store_secret(county, "nonce.key");
    found_county(county);
    MUST(server_open(county, &server, err));
    for (int i = 0; i < DESKS; i++)
        found_desk(live[i].folder, i, server);
    server_close(server);
    heads_keep();
    for (int i = 0; i <= DESKS; i++) {
        disk_flush(&live[i]);
        disk_copy(&founded.images[i], &live[i]);
        disk_release(&live[i]);
    }
}

const struct sign_key *found_root(void)
{
    return founded.root;
}
