/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * server: see server.h.
 *
 * Founding writes the keys first and the database's one transaction last: a county exists when its
 * registry has a leaf, and a founding that was cut off before leaves nothing that counts.
 */
#include "server/core/server.h"

#include "server/core/registrar.h"
#include "shared/base/check.h"
#include "shared/base/diag.h"
#include "shared/base/file.h"
#include "shared/base/random.h"
#include "shared/base/time.h"
#include "shared/crypto/keyfile.h"
#include "shared/db/migrate.h"
#include "shared/db/past.h"

#include <stdio.h>

#define URL_DEFAULT "http://127.0.0.1:8443"

/* ---- opening ---- */

static enum status load_secret(const char *folder, const char *name,
                               uint8_t out[static SERVER_SECRET_SIZE], struct error *err)
{
    char *path = file_join(folder, name);
    struct buf bytes;
    enum status st = file_read(path, 4096, &bytes, err);
    if (st == ST_OK && bytes.n != SERVER_SECRET_SIZE)
        st = error_set(err, ST_DAMAGED, "%s 不是 %d 字节", path, SERVER_SECRET_SIZE);
    if (st == ST_OK)
        memcpy(out, bytes.p, SERVER_SECRET_SIZE);
    if (bytes.p)
        secret_wipe(bytes.p, bytes.n);
    buf_release(&bytes);
    mem_free(path);
    return st;
}

static enum status load_key(const char *folder, const char *name, const char *kind,
                            struct sign_key **out, struct error *err)
{
    char *path = file_join(folder, name);
    enum status st = keyfile_load(NULL, path, kind, SLICE_NONE, out, err);
    mem_free(path);
    return st;
}

/* Another program's rules made the record tables. */
static enum status upgrade(struct server *srv, struct error *err)
{
    enum status st = server_begin(srv, err);
    if (st != ST_OK)
        return st;
    bool current = materialise_is_current(srv->rep); /* another process may have been first */
    return server_end(srv, current ? ST_OK : materialise_upgrade(srv->rep, err), err);
}

static enum status open_database(struct server *srv, struct error *err)
{
    char *path = file_join(srv->folder, "huced.db");
    enum status st = db_open(path, DB_READ_WRITE, &srv->db, err);
    mem_free(path);
    if (st == ST_OK)
        st = migrate(srv->db, "shared", err);
    if (st == ST_OK)
        st = migrate(srv->db, "server/sqlite", err);
    if (st == ST_OK)
        st = replica_open(srv->db, &srv->rep, err);
    if (st == ST_OK && !materialise_is_current(srv->rep))
        st = upgrade(srv, err);
    if (st == ST_OK)
        erasure_scrub(srv->rep);
    return st;
}

static void read_settings(struct server *srv)
{
    const char *name = store_setting(srv->db, "name", &srv->arena);
    const char *code = store_setting(srv->db, "code", &srv->arena);
    const char *authority = store_setting(srv->db, "authority", &srv->arena);
    const char *url = store_setting(srv->db, "url", &srv->arena);
    srv->name = name ? name : "";
    srv->code = code ? code : "";
    srv->authority = authority ? authority : "";
    srv->url = url ? url : URL_DEFAULT;
}

/* A folder of an older program has no file of heads yet; afterwards one that is gone is missed. */
static enum status open_heads(struct server *srv, struct error *err)
{
    const bool expected = store_setting(srv->db, "heads", &srv->arena) != NULL;
    enum status st = heads_open(&srv->heads, srv->folder, expected, time_now_ms(), err);
    if (st == ST_OK)
        st = heads_look(&srv->heads, srv->rep, err);
    if (st == ST_OK)
        st = heads_note(&srv->heads, srv->rep, err);
    if (st != ST_OK || expected)
        return st;
    st = server_begin(srv, err);
    return st == ST_OK ? server_end(srv, store_set_setting(srv->db, "heads", "1", err), err) : st;
}

static enum status nothing_here(const char *folder, struct error *err)
{
    char *desk = file_join(folder, "desk.db");
    const bool there = file_exists(desk);
    mem_free(desk);
    if (there)
        return error_set(err, ST_NOT_FOUND,
                         "%s 是一台电脑的数据文件夹，不是县里的：--data 后面写县里的", folder);
    return error_set(err, ST_NOT_FOUND, "%s 中没有县级数据，请先运行 huced init", folder);
}

/* What the registry says may have been written by another process. */
static enum status follow_log_key(struct server *srv, struct error *err)
{
    const struct registry *reg = &srv->rep->registry;
    const struct sign_public *pk = registry_log_key(reg, reg->size);
    if (!pk) /* it is being founded */
        return ST_OK;
    struct sign_key *key = log_keys_find(&srv->log_keys, pk);
    if (!key) {
        enum status st = log_keys_load(srv->folder, &srv->log_keys, err);
        if (st != ST_OK)
            return st;
        key = log_keys_find(&srv->log_keys, pk);
    }
    if (!key)
        return error_set(err, ST_NOT_FOUND,
                         "%s 中没有登记账本说的那把签名密钥（log.key、log.2.key …）：请从备份取回"
                         "，没有了就用根密钥换一把：huced key change",
                         srv->folder);
    srv->log = key;
    return ST_OK;
}

struct sign_key *server_log_key(const struct server *srv, uint64_t size)
{
    const struct sign_public *pk = registry_log_key(&srv->rep->registry, size);
    struct sign_key *key = pk ? log_keys_find(&srv->log_keys, pk) : NULL;
    return key ? key : srv->log;
}

static enum status open_county(const char *folder, bool keyless, struct server **out,
                               struct error *err)
{
    struct server *srv = mem_zero_alloc(1, sizeof(*srv));
    char *path = file_join(folder, "huced.db");
    enum status st = ST_OK;

    *out = NULL;
    srv->folder = mem_strdup(folder);
    srv->keyless = keyless;
    if (!file_exists(path))
        st = nothing_here(folder, err);
    if (st == ST_OK)
        st = open_database(srv, err);
    if (st == ST_OK && (!srv->rep->registry_ledger || srv->rep->registry_ledger->tree.size == 0))
        st = error_set(err, ST_NOT_FOUND, "%s 中的县级数据没有建完，请重新运行 huced init", folder);
    if (st == ST_OK)
        st = load_key(folder, "registrar.key", "registrar", &srv->registrar, err);
    if (st == ST_OK)
        st = log_keys_load(folder, &srv->log_keys, err);
    if (st == ST_OK)
        srv->log = srv->log_keys.key[srv->log_keys.count - 1];
    if (st == ST_OK)
        st = load_secret(folder, "id.key", srv->id_key, err);
    if (st == ST_OK)
        st = load_secret(folder, "nonce.key", srv->nonce_key, err);
    if (st == ST_OK)
        st = open_heads(srv, err);
    if (st == ST_OK && !keyless && !server_recovering(srv))
        st = follow_log_key(srv, err);
    mem_free(path);
    if (st != ST_OK) {
        server_close(srv);
        return st;
    }
    read_settings(srv);
    *out = srv;
    return ST_OK;
}

enum status server_open(const char *folder, struct server **out, struct error *err)
{
    return open_county(folder, false, out, err);
}

enum status server_open_keyless(const char *folder, struct server **out, struct error *err)
{
    return open_county(folder, true, out, err);
}

void server_close(struct server *srv)
{
    if (!srv)
        return;
    if (srv->rep)
        replica_close(srv->rep);
    db_close(srv->db);
    heads_release(&srv->heads);
    sign_key_release(srv->registrar);
    log_keys_release(&srv->log_keys);
    secret_wipe(srv->id_key, sizeof(srv->id_key));
    secret_wipe(srv->nonce_key, sizeof(srv->nonce_key));
    arena_release(&srv->arena);
    mem_free(srv->folder);
    mem_free(srv);
}

/* ---- transactions ---- */

enum status server_begin(struct server *srv, struct error *err)
{
    enum status st = db_begin(srv->db, err);
    if (st != ST_OK)
        return st;
    st = replica_reload(srv->rep, false, err);
    if (st == ST_OK && srv->heads.path)
        st = heads_look(&srv->heads, srv->rep, err);
    if (st == ST_OK && !srv->keyless && !server_recovering(srv))
        st = follow_log_key(srv, err);
    if (st != ST_OK)
        db_rollback(srv->db);
    return st;
}

enum status server_refresh(struct server *srv, struct error *err)
{
    enum status st = replica_reload(srv->rep, false, err);
    if (st == ST_OK)
        st = heads_look(&srv->heads, srv->rep, err);
    if (st == ST_OK)
        st = heads_note(&srv->heads, srv->rep, err);
    if (st == ST_OK && !server_recovering(srv))
        st = follow_log_key(srv, err);
    return st;
}

bool server_recovering(const struct server *srv)
{
    return heads_recovering(&srv->heads);
}

/* The cache must not outlive the transaction that filled it. If even reading fails, stop: whoever
 * starts the program again finds the last committed state. */
static void reload(struct server *srv)
{
    struct error err;
    enum status st = replica_reload(srv->rep, true, &err);
    if (st != ST_OK)
        diag_error("server", "cannot read the database again: %s", err.text);
    CHECK(st == ST_OK);
}

enum status server_commit(struct server *srv, struct error *err)
{
    enum status st = db_commit(srv->db, err);
    if (st != ST_OK)
        reload(srv);
    else if (srv->heads.path)
        st = heads_note(&srv->heads, srv->rep, err);
    if (st == ST_OK)
        erasure_scrub(srv->rep);
    return st;
}

void server_rollback(struct server *srv)
{
    db_rollback(srv->db);
    reload(srv);
}

enum status server_end(struct server *srv, enum status st, struct error *err)
{
    if (st == ST_OK)
        return server_commit(srv, err);
    server_rollback(srv);
    return st;
}

/* ---- founding ---- */

static enum status make_key(const struct server_plan *plan, const char *name, const char *kind,
                            struct slice pin, struct sign_key **out, struct error *err)
{
    uint8_t seed[SIGN_SEED_SIZE];
    char *path = file_join(plan->folder, name);
    random_bytes(seed, sizeof(seed));
    *out = sign_key_from_seed(seed);
    secret_wipe(seed, sizeof(seed));
    enum status st = keyfile_store(NULL, path, kind, *out, pin, err);
    mem_free(path);
    return st;
}

static enum status make_secret(const struct server_plan *plan, const char *name,
                               uint8_t out[static SERVER_SECRET_SIZE], struct error *err)
{
    char *path = file_join(plan->folder, name);
    random_bytes(out, SERVER_SECRET_SIZE);
    enum status st = file_replace(path, slice_of(out, SERVER_SECRET_SIZE), 0600, err);
    mem_free(path);
    return st;
}

static void draft_county(struct draft *draft, const struct sign_key *root, struct server *srv,
                         const char *url)
{
    struct county county = {.root = *sign_key_public(root), .log = *sign_key_public(srv->log)};
    struct buf op;
    buf_init(&op, CHANGE_BODY_MAX);
    if (url) {
        county.url_count = 1;
        snprintf(county.urls[0], sizeof(county.urls[0]), "%s", url);
    }
    county_encode(&county, &op);
    draft_op(draft, buf_slice(&op));
    buf_release(&op);
}

static void draft_registrar(struct draft *draft, struct server *srv, const char *code)
{
    struct grant grant = {.kind = GRANT_PERSON,
                          .pk = *sign_key_public(srv->registrar),
                          .name = "县级登记员",
                          .role = "registrar",
                          .scope_count = 1,
                          .expires_ms = INT64_MAX};
    struct buf op, pop;
    buf_init(&op, CHANGE_BODY_MAX);
    buf_init(&pop, 1024);
    random_bytes(grant.person, sizeof(grant.person));
    memcpy(grant.scopes[0], code, DIVISION_CODE_SIZE);
    grant_pop_message(&srv->rep->registry_origin, sign_key_kid(srv->registrar), &pop);
    sign_message(srv->registrar, buf_slice(&pop), &grant.pop);
    grant_encode(&grant, &op);
    draft_op(draft, buf_slice(&op));
    buf_release(&pop);
    buf_release(&op);
}

static enum status make_recovery_key(const char *folder, struct slice pin, struct box_public *out,
                                     struct error *err)
{
    uint8_t seed[SERVER_SECRET_SIZE];
    char *path = file_join(folder, "recovery.key");
    random_bytes(seed, sizeof(seed));
    box_public_from_seed(seed, out);
    enum status st = keyfile_store_box(NULL, path, seed, pin, err);
    secret_wipe(seed, sizeof(seed));
    mem_free(path);
    return st;
}

static void draft_recovery(struct draft *draft, const struct box_public *recovery)
{
    struct buf op;
    buf_init(&op, 64);
    recovery_encode(recovery, &op);
    draft_op(draft, buf_slice(&op));
    buf_release(&op);
}

enum status server_name_recovery(struct server *srv, const struct sign_key *root, struct slice pin,
                                 struct error *err)
{
    struct draft draft = {0};
    struct box_public recovery;
    char *path = file_join(srv->folder, "recovery.key");
    enum status st =
        file_exists(path)
            ? error_set(err, ST_EXISTS, "%s 还在：另做一把以前，请先把它收好，换一个地方", path)
            : make_recovery_key(srv->folder, pin, &recovery, err);
    mem_free(path);
    if (st == ST_OK)
        st = server_begin(srv, err);
    if (st != ST_OK)
        return st;
    draft_recovery(&draft, &recovery);
    st = server_end(srv, registrar_write(srv, root, &draft, time_now_ms(), err), err);
    draft_release(&draft);
    return st;
}

static enum status write_county(struct server *srv, const struct server_plan *plan,
                                const struct origin *origin, const struct sign_key *root,
                                const struct box_public *recovery, struct error *err)
{
    const int64_t now_ms = time_now_ms();
    struct draft draft = {0};
    struct ledger *registry;
    const char *const settings[][2] = {{"name", plan->name},
                                       {"code", plan->code},
                                       {"authority", plan->authority},
                                       {"url", plan->url ? plan->url : URL_DEFAULT}};

    enum status st = server_begin(srv, err);
    if (st != ST_OK)
        return st;
    for (size_t i = 0; i < ARRAY_LENGTH(settings) && st == ST_OK; i++)
        st = store_set_setting(srv->db, settings[i][0], settings[i][1], err);
    if (st == ST_OK)
        st = replica_found(srv->rep, origin, sign_key_kid(root), err);
    if (st == ST_OK && !srv->rep->registry_ledger)
        st = replica_ledger_add(srv->rep, origin, &registry, err);
    if (st == ST_OK) {
        draft_county(&draft, root, srv, plan->url);
        draft_registrar(&draft, srv, plan->code);
        draft_recovery(&draft, recovery);
        st = registrar_write(srv, root, &draft, now_ms, err);
    }
    if (st == ST_OK)
        st = registrar_update_catalog(srv, now_ms, err);
    draft_release(&draft);
    return server_end(srv, st, err);
}

enum status server_found(const struct server_plan *plan, struct error *err)
{
    struct server *srv = mem_zero_alloc(1, sizeof(*srv));
    struct sign_key *root = NULL;
    struct box_public recovery;
    struct origin origin;
    enum status st = ST_OK;

    srv->folder = mem_strdup(plan->folder);
    if (!division_code_valid(slice_str(plan->code)) || division_level(plan->code) != 3)
        st = error_set(err, ST_USAGE, "%s 不是县级区划代码", plan->code);
    else if (!origin_make(plan->authority, plan->code, &origin))
        st = error_set(err, ST_USAGE, "--authority %s 有误: 只能用小写字母、数字、点和连字符",
                       plan->authority);
    else if (plan->url && !county_url_valid(slice_str(plan->url)))
        st = error_set(err, ST_USAGE, "--url %s 不是 http:// 或 https:// 地址", plan->url);
    if (st == ST_OK)
        st = file_make_folder(plan->folder, 0700, err);
    if (st == ST_OK)
        st = open_database(srv, err);
    if (st == ST_OK && srv->rep->registry_ledger && srv->rep->registry_ledger->tree.size > 0)
        st = error_set(err, ST_EXISTS, "%s 中已有县级数据（%s），不会覆盖", plan->folder,
                       srv->rep->registry_origin.text);
    if (st == ST_OK)
        st = make_key(plan, "root.key", "root", plan->root_pin, &root, err);
    if (st == ST_OK)
        st = make_recovery_key(plan->folder, plan->root_pin, &recovery, err);
    if (st == ST_OK)
        st = make_key(plan, "registrar.key", "registrar", SLICE_NONE, &srv->registrar, err);
    if (st == ST_OK)
        st = log_keys_make(plan->folder, &srv->log_keys, err);
    if (st == ST_OK)
        srv->log = srv->log_keys.key[0];
    if (st == ST_OK)
        st = make_secret(plan, "id.key", srv->id_key, err);
    if (st == ST_OK)
        st = make_secret(plan, "nonce.key", srv->nonce_key, err);
    if (st == ST_OK)
        st = write_county(srv, plan, &origin, root, &recovery, err);
    sign_key_release(root);
    server_close(srv);
    return st;
}

/* ---- the past ---- */

enum status server_past(struct server *srv, const char *at, const char *ledger, struct db **out,
                        struct error *err)
{
    char *file = file_join(srv->folder, "huced.db");
    struct past when;
    *out = NULL;
    enum status st = past_parse(srv->rep, at, ledger, &when, err);
    if (st == ST_OK)
        st = db_open(DB_NAMED_MEMORY, DB_READ_WRITE, out, err);
    if (st == ST_OK)
        st = migrate(*out, "shared", err);
    if (st == ST_OK)
        st = past_fill(srv->rep, file, &when, *out, err);
    mem_free(file);
    return st;
}
