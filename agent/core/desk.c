/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * desk: opening a data folder, choosing who signs and which ledger a record goes to.
 *
 * Several processes may use one folder (the service, and commands beside it): every transaction
 * begins by comparing the database's version with what the caches were read from.
 */
#include "agent/core/desk.h"

#include <stdio.h>
#include <stdlib.h>

#include "agent/core/at_rest.h"
#include "agent/core/given.h"
#include "agent/core/save.h"
#include "agent/core/unlock.h"
#include "shared/base/check.h"
#include "shared/base/file.h"
#include "shared/base/time.h"
#include "shared/codec/hex.h"
#include "shared/crypto/keyfile.h"
#include "shared/db/migrate.h"
#include "shared/db/past.h"

#define SETTING_MAX 4096

char *desk_folder(const char *given)
{
    const char *home = getenv("HOME");
    const char *xdg = getenv("XDG_DATA_HOME");
    if (!given || !*given)
        given = getenv("HUCE_DATA");
    if (given && *given)
        return mem_strdup(given);
    if (xdg && *xdg)
        return mem_printf("%s/huce", xdg);
    return mem_printf("%s/.local/share/huce", home && *home ? home : ".");
}

static enum status load_settings(struct desk *desk, struct error *err)
{
    struct buf value;
    buf_init(&value, SETTING_MAX);
    if (desk_setting(desk, "url", &value) && value.n < sizeof(desk->url))
        memcpy(desk->url, value.p, value.n);
    desk->pin_count = 0;
    if (desk_setting(desk, "pins", &value) && value.n % HASH_SIZE == 0 &&
        value.n / HASH_SIZE <= DESK_PINS_MAX) {
        desk->pin_count = value.n / HASH_SIZE;
        memcpy(desk->pins, value.p, value.n);
    }
    buf_release(&value);
    char *path = mem_printf("%s/keys/device.key", desk->folder);
    enum status st = ST_OK;
    if (file_exists(path))
        st = keyfile_load(desk->vault, path, "device", SLICE_NONE, &desk->device, err);
    mem_free(path);
    return st;
}

/* Another program's rules made the record tables. */
static enum status upgrade(struct desk *desk, struct error *err)
{
    enum status st = desk_begin(desk, err);
    if (st != ST_OK)
        return st;
    st = save_close_all(desk, NULL, err);
    if (st == ST_OK && !materialise_is_current(desk->rep))
        st = materialise_upgrade(desk->rep, err);
    if (st == ST_OK)
        return desk_commit(desk, err);
    desk_rollback(desk);
    return st;
}

static enum status open_in(const char *folder, struct desk **out, struct error *err)
{
    struct desk *desk = mem_zero_alloc(1, sizeof(*desk));
    desk->folder = mem_strdup(folder);
    desk->file = file_join(folder, "desk.db");
    enum status st = at_rest_open(folder, &desk->vault, err);
    if (st == ST_OK)
        st = db_open(desk->file, DB_READ_WRITE, &desk->db, err);
    if (st == ST_OK && !desk->vault)
        desk->hold = at_rest_hold(desk->file);
    if (st == ST_OK)
        st = migrate(desk->db, "shared", err);
    if (st == ST_OK)
        st = migrate(desk->db, "agent", err);
    if (st == ST_OK)
        st = replica_open(desk->db, &desk->rep, err);
    if (st == ST_OK && !materialise_is_current(desk->rep))
        st = upgrade(desk, err);
    if (st == ST_OK)
        erasure_scrub(desk->rep);
    if (st == ST_OK)
        st = load_settings(desk, err);
    if (st == ST_OK)
        st = given_look(desk, err);
    if (st == ST_OK)
        *out = desk;
    else
        desk_close(desk);
    return st;
}

enum status desk_open(const char *folder, struct desk **out, struct error *err)
{
    *out = NULL;
    char *path = file_join(folder, "desk.db"), *county = file_join(folder, "huced.db");
    bool there = file_exists(path), other = !there && file_exists(county);
    mem_free(county);
    mem_free(path);
    if (other)
        return error_set(err, ST_NOT_FOUND,
                         "%s 是县里的数据文件夹，不是这台电脑的：--data 后面写这台电脑的", folder);
    if (!there)
        return error_set(err, ST_NOT_FOUND,
                         "%s 里还没有数据：请先用县里给的邀请码加入（huce join 邀请码 --data %s）",
                         folder, folder);
    enum status st = open_in(folder, out, err);
    if (st == ST_OK && !(*out)->rep->registry_origin.text[0]) { /* a folder is absent or complete */
        st = error_set(err, ST_DAMAGED,
                       "%s/desk.db 是空的，数据已丢失；请保留原件，用备份恢复，或换一个数据文件夹"
                       "重新加入",
                       folder);
        desk_close(*out);
        *out = NULL;
    }
    return st;
}

enum status desk_create(const char *folder, const struct origin *registry,
                        const struct hash *root_kid, struct desk **out, struct error *err)
{
    *out = NULL;
    char *keys = file_join(folder, "keys");
    enum status st = file_make_folder(folder, 0700, err);
    if (st == ST_OK)
        st = file_make_folder(keys, 0700, err);
    mem_free(keys);
    struct desk *desk = NULL;
    if (st == ST_OK)
        st = open_in(folder, &desk, err);
    if (st == ST_OK)
        st = db_begin(desk->db, err);
    if (st == ST_OK)
        st = replica_found(desk->rep, registry, root_kid, err);
    if (st == ST_OK)
        st = db_commit(desk->db, err);
    if (st == ST_OK)
        st = replica_reload(desk->rep, true, err);
    if (st == ST_OK)
        *out = desk;
    else
        desk_close(desk);
    return st;
}

void desk_close(struct desk *desk)
{
    if (!desk)
        return;
    save_forget(desk);
    replica_close(desk->rep);
    db_close(desk->db);
    at_rest_let_go(desk->hold);
    sign_key_release(desk->device);
    mem_free(desk->file);
    mem_free(desk->folder);
    mem_free(desk);
}

/* ---- as it was ---- */

/* The settings too: whose desk it is, and the key that finds people by their citizen ids. */
static enum status copy_settings(struct desk *now, struct desk *past, struct error *err)
{
    struct stmt *from = db_stmt(now->db, "SELECT name, value FROM setting");
    struct stmt *to = db_stmt(past->db, "INSERT INTO setting(name, value) VALUES (?1, ?2)");
    bool row;
    enum status st;
    while ((st = stmt_step(from, &row, err)) == ST_OK && row) {
        bind_text(to, 1, stmt_text(from, 0));
        bind_blob(to, 2, stmt_blob(from, 1));
        st = stmt_run(to, err);
        if (st != ST_OK)
            break;
    }
    stmt_reset(from);
    return st;
}

static enum status copy_people(struct desk *now, struct desk *past, struct error *err)
{
    struct stmt *from = db_stmt(now->db, "SELECT kid, added_ms FROM own_person");
    struct stmt *to = db_stmt(past->db, "INSERT INTO own_person(kid, added_ms) VALUES (?1, ?2)");
    bool row;
    enum status st;
    while ((st = stmt_step(from, &row, err)) == ST_OK && row) {
        bind_blob(to, 1, stmt_blob(from, 0));
        bind_int(to, 2, stmt_int(from, 1));
        st = stmt_run(to, err);
        if (st != ST_OK)
            break;
    }
    stmt_reset(from);
    return st;
}

static enum status open_copy(struct desk *now, const struct past *when, struct desk *past,
                             struct error *err)
{
    past->folder = mem_strdup(now->folder);
    past->file = mem_strdup(DB_NAMED_MEMORY);
    enum status st = db_open(past->file, DB_READ_WRITE, &past->db, err);
    if (st == ST_OK)
        st = migrate(past->db, "shared", err);
    if (st == ST_OK)
        st = migrate(past->db, "agent", err);
    if (st == ST_OK)
        st = copy_settings(now, past, err);
    if (st == ST_OK)
        st = copy_people(now, past, err);
    if (st == ST_OK)
        st = past_fill(now->rep, now->file, when, past->db, err);
    if (st == ST_OK)
        st = replica_open(past->db, &past->rep, err);
    return st;
}

enum status desk_open_past(const char *folder, const char *at, const char *ledger,
                           struct desk **out, struct error *err)
{
    struct desk *now = NULL, *past = NULL;
    struct past when;
    enum status st = desk_open(folder, &now, err);
    *out = NULL;
    if (st == ST_OK)
        st = past_parse(now->rep, at, ledger, &when, err);
    if (st == ST_OK) {
        past = mem_zero_alloc(1, sizeof(*past));
        st = open_copy(now, &when, past, err);
    }
    if (st == ST_OK && past->rep->registry.size == 0)
        st = error_set(err, ST_NOT_FOUND, "%s 的时候这个县还没有任何记录", at);
    desk_close(now);
    if (st == ST_OK)
        *out = past;
    else
        desk_close(past);
    return st;
}

enum status desk_refresh(struct desk *desk, struct error *err)
{
    int64_t before = desk->rep->data_version;
    if (desk->scratched)
        save_forget(desk);
    enum status st = replica_reload(desk->rep, desk->scratched, err);
    desk->scratched = st != ST_OK;
    if (desk->rep->data_version != before)
        save_forget(desk);
    return st;
}

enum status desk_begin(struct desk *desk, struct error *err)
{
    enum status st = db_begin(desk->db, err);
    if (st == ST_OK) {
        st = desk_refresh(desk, err);
        if (st != ST_OK)
            desk_rollback(desk);
    }
    return st;
}

enum status desk_commit(struct desk *desk, struct error *err)
{
    enum status st = db_commit(desk->db, err);
    if (st != ST_OK)
        desk->scratched = true;
    else
        erasure_scrub(desk->rep);
    return st;
}

void desk_rollback(struct desk *desk)
{
    if (!db_in_transaction(desk->db))
        return;
    db_rollback(desk->db);
    desk->scratched = true;
}

void desk_rest(struct desk *desk)
{
    db_rest(desk->db);
    mem_rest();
}

bool desk_setting(struct desk *desk, const char *name, struct buf *out)
{
    struct stmt *stmt = db_stmt(desk->db, "SELECT value FROM setting WHERE name = ?1");
    bool row = false;
    bind_str(stmt, 1, name);
    buf_clear(out);
    if (stmt_step(stmt, &row, NULL) != ST_OK || !row)
        return false;
    buf_put_slice(out, stmt_blob(stmt, 0));
    stmt_reset(stmt);
    return buf_ok(out);
}

enum status desk_set(struct desk *desk, const char *name, struct slice value, struct error *err)
{
    struct stmt *stmt =
        db_stmt(desk->db, "INSERT INTO setting(name, value) VALUES (?1, ?2)"
                          " ON CONFLICT (name) DO UPDATE SET value = excluded.value");
    bind_str(stmt, 1, name);
    bind_blob(stmt, 2, value);
    return stmt_run(stmt, err);
}

int64_t desk_clock_ahead_s(struct desk *desk)
{
    struct buf value;
    int64_t seconds = 0;
    buf_init(&value, 24);
    if (desk_setting(desk, DESK_CLOCK_AHEAD, &value))
        seconds = strtoll(buf_cstr(&value), NULL, 10);
    buf_release(&value);
    return seconds;
}

bool desk_id_key(struct desk *desk, uint8_t out[static 32])
{
    struct buf value;
    buf_init(&value, SETTING_MAX);
    bool found = desk_setting(desk, "id_key", &value) && value.n == 32;
    if (found)
        memcpy(out, value.p, 32);
    if (value.p)
        secret_wipe(value.p, value.capacity);
    buf_release(&value);
    return found;
}

/* ---- people ---- */

size_t desk_people(struct desk *desk, struct hash *kids, size_t max)
{
    struct stmt *stmt = db_stmt(desk->db, "SELECT kid FROM own_person ORDER BY added_ms, kid");
    size_t n = 0;
    bool row = false;
    while (n < max && stmt_step(stmt, &row, NULL) == ST_OK && row) {
        struct slice kid = stmt_blob(stmt, 0);
        if (kid.n == HASH_SIZE)
            memcpy(kids[n++].b, kid.p, HASH_SIZE);
    }
    stmt_reset(stmt);
    return n;
}

const char *desk_name_of(struct desk *desk, const struct hash *kid, char short_kid[static 17])
{
    const struct grant *grant = registry_grant_any(&desk->rep->registry, kid);
    hex_encode(slice_of(kid->b, 8), short_kid);
    return grant ? grant->name : short_kid;
}

const char *desk_person_named(const struct desk *desk, struct slice digits)
{
    const struct registry *registry = &desk->rep->registry;
    struct record_id person; /* 16 bytes like a record's id */
    if (!record_id_parse(digits, &person))
        return NULL;
    for (size_t i = registry->grant_count; i-- > 0;) {
        const struct grant *grant = &registry->grants[i];
        if (grant->kind == GRANT_PERSON &&
            memcmp(grant->person, person.b, sizeof(grant->person)) == 0)
            return grant->name;
    }
    return NULL;
}

#define PEOPLE_MAX 64

bool desk_person_ended(const struct desk *desk, const struct hash *kid)
{
    const struct registry *registry = &desk->rep->registry;
    return registry_grant_any(registry, kid) && !registry_grant(registry, kid, registry->size);
}

static bool is_meant(const char *as, const char *name, const struct hash *kid)
{
    char hex[2 * HASH_SIZE + 1];
    hex_encode(hash_slice(kid), hex);
    return !as || strcmp(as, name) == 0 || (strlen(as) >= 4 && strncmp(as, hex, strlen(as)) == 0);
}

/* Are these two keys of one person, of which b was granted later? */
static bool is_newer_key(const struct desk *desk, const struct hash *a, const struct hash *b)
{
    const struct grant *old = registry_grant_any(&desk->rep->registry, a);
    const struct grant *new = registry_grant_any(&desk->rep->registry, b);
    return old && new &&memcmp(old->person, new->person, sizeof(old->person)) == 0 &&
           new->leaf > old->leaf;
}

bool desk_person_superseded(const struct desk *desk, const struct hash *kid,
                            const struct hash *kids, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (desk_person_ended(desk, &kids[i]) == desk_person_ended(desk, kid) &&
            is_newer_key(desk, kid, &kids[i]))
            return true;
    return false;
}

/* Those that are meant, with keys that have ended or without; returns how many, *kid one. By a
 * name, or by none, the newest key of a person. */
static size_t match_people(struct desk *desk, const char *as, const struct hash *kids, size_t n,
                           bool ended, struct hash *kid)
{
    char short_kid[17];
    size_t hits = 0;
    for (size_t i = 0; i < n; i++) {
        const char *name = desk_name_of(desk, &kids[i], short_kid);
        if (desk_person_ended(desk, &kids[i]) != ended || !is_meant(as, name, &kids[i]) ||
            ((!as || strcmp(as, name) == 0) && desk_person_superseded(desk, &kids[i], kids, n)))
            continue;
        *kid = kids[i];
        hits++;
    }
    return hits;
}

enum status desk_person(struct desk *desk, const char *as, struct hash *kid, struct error *err)
{
    struct hash kids[PEOPLE_MAX];
    size_t n = desk_people(desk, kids, PEOPLE_MAX);
    char names[400] = "";
    for (size_t i = 0; i < n; i++) {
        char short_kid[17];
        size_t used = strlen(names);
        if (desk_person_superseded(desk, &kids[i], kids, n))
            continue;
        snprintf(names + used, sizeof(names) - used, "%s%s", used ? "、" : "",
                 desk_name_of(desk, &kids[i], short_kid));
    }
    size_t hits = match_people(desk, as, kids, n, false, kid);
    if (hits == 0)
        hits = match_people(desk, as, kids, n, true, kid);
    if (hits == 1)
        return ST_OK;
    if (n == 0)
        return error_set(err, ST_REFUSED, "这台设备上还没有人：请先用邀请码加入（huce join）");
    return error_set(err, ST_USAGE,
                     hits ? "这台设备上有几个人（%s）：请用 --as 说明是谁"
                          : "这台设备上没有这个人；有：%s",
                     names);
}

enum status desk_author_renew(struct desk *desk, struct author *author, struct error *err)
{
    const struct registry *registry = &desk->rep->registry;
    char short_kid[17];
    author->grant = registry_grant(registry, &author->kid, registry->size);
    if (author->grant && grant_may_be_renewed(author->grant, time_now_ms()))
        return ST_OK;
    const char *name = desk_name_of(desk, &author->kid, short_kid);
    if (author->grant)
        return error_set(err, ST_REFUSED, "%s 的授权到期已超过 90 天：请联系县里续期，再同步一次",
                         name);
    if (registry_grant_any(registry, &author->kid))
        return error_set(err, ST_REFUSED, "%s 的授权已被县里撤销，不能再填写；请联系县里", name);
    return error_set(err, ST_REFUSED, "本机还没有收到 %s 的授权：请先联网运行 huce sync", name);
}

enum status desk_author_with_pin(struct desk *desk, const char *as, struct slice pin,
                                 struct author *out, struct error *err)
{
    *out = (struct author){0};
    enum status st = desk_person(desk, as, &out->kid, err);
    if (st == ST_OK)
        st = desk_author_renew(desk, out, err);
    if (st != ST_OK)
        return st;
    return unlock_key(desk, &out->kid, pin, &out->key, err);
}

enum status desk_author(struct desk *desk, const char *as, const char *pin_file, struct author *out,
                        struct error *err)
{
    struct buf pin = {0};
    struct hash kid;
    *out = (struct author){0};
    enum status st = desk_person(desk, as, &kid, err);
    if (st == ST_OK)
        st = pin_read(pin_file, false, &pin, err);
    if (st == ST_OK)
        st = desk_author_with_pin(desk, as, buf_slice(&pin), out, err);
    if (pin.p)
        secret_wipe(pin.p, pin.capacity);
    buf_release(&pin);
    return st;
}

void author_release(struct author *author)
{
    sign_key_release(author->key);
    *author = (struct author){0};
}

/* ---- ledgers ---- */

/* Does a ledger of this division keep records of this table? */
static bool home_fits(const struct replica *rep, const struct catalog_table *table,
                      const struct ledger *ledger)
{
    bool registry = ledger == rep->registry_ledger;
    bool sealed = origin_is_sealed(&ledger->origin);
    if (sealed || table->home == HOME_SEALED)
        return sealed && table->home == HOME_SEALED;
    if (registry || table->home == HOME_REGISTRY)
        return registry && table->home == HOME_REGISTRY;
    int level = division_level(origin_code(&ledger->origin));
    switch (table->home) {
    case HOME_VILLAGE:
        return level == 5;
    case HOME_TOWNSHIP:
        return level == 4;
    default:
        return true;
    }
}

enum status desk_ledger_for(struct desk *desk, const char *named, const struct catalog_table *table,
                            const struct author *author, struct ledger **out, struct error *err)
{
    struct replica *rep = desk->rep;
    if (named) {
        *out = replica_ledger_named(rep, named);
        if (!*out)
            return error_set(err, ST_USAGE, "本机没有账本 %s；运行 huce status 可以看到有哪些",
                             named);
        return ST_OK;
    }
    size_t hits = 0;
    char codes[300] = "";
    for (size_t i = 0; i < rep->ledger_count; i++) {
        struct ledger *ledger = rep->ledgers[i];
        const char *code = origin_code(&ledger->origin);
        if (!home_fits(rep, table, ledger) ||
            (author->grant && !grant_covers_ledger(author->grant, code)))
            continue;
        size_t used = strlen(codes);
        snprintf(codes + used, sizeof(codes) - used, "%s%.12s", used ? "、" : "", code);
        *out = ledger;
        hits++;
    }
    if (hits == 1)
        return ST_OK;
    if (hits == 0)
        return error_set(err, ST_REFUSED, "本机没有可以存放“%s”的账本，或者您无权填写它",
                         table->zh);
    return error_set(err, ST_USAGE, "有几个账本可以存放“%s”（%s）：请用 --ledger 说明是哪一个",
                     table->zh, codes);
}

enum status desk_box_secret(const struct desk *desk, struct box_secret *out, struct error *err)
{
    char *keys = file_join(desk->folder, "keys");
    char *path = file_join(keys, "box.key");
    uint8_t seed[32];
    enum status st = keyfile_load_box(desk->vault, path, SLICE_NONE, seed, err);
    if (st == ST_OK)
        box_secret_from_seed(seed, out);
    secret_wipe(seed, sizeof(seed));
    mem_free(path);
    mem_free(keys);
    return st;
}
