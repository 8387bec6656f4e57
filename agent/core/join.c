/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * join: making keys, asking the county, and only then making a desk.
 *
 * The first person of a device brings the device key and the box key along; a later one signs the
 * same request with the device key that is there. The private keys never leave this machine; the
 * token never does either, only its HMAC.
 */
#include "agent/core/join.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "agent/core/at_rest.h"
#include "agent/core/attempt.h"
#include "agent/core/sync.h"
#include "agent/net/peer.h"
#include "shared/base/check.h"
#include "shared/base/diag.h"
#include "shared/base/file.h"
#include "shared/base/time.h"
#include "shared/codec/cbor.h"
#include "shared/codec/hex.h"
#include "shared/crypto/keyfile.h"
#include "shared/ledger/invite.h"

#define JOIN_TIMEOUT_S 60
#define JOIN_LEDGERS_MAX 4096
#define ID_KEY_SIZE 32
#define SEALED_ID_KEY_SIZE (ID_KEY_SIZE + 48)
#define JOINED_WITH \
    "joined_with" /* setting: hash of the last invitation's token ‖ kid of the person */

struct joining {
    struct invite invite;
    const char *place;       /* the data folder */
    struct attempt keys;     /* made here */
    struct hash person;      /* kid */
    struct sign_key *device; /* keys.device, or the one that has joined already */
    uint8_t box_seed[32];
    struct box_public box;
    struct loop *loop;
    enum status st; /* of the request */
    struct error error;
    struct buf answer;
    /* from the answer */
    struct arena arena;
    size_t ledger_count;
    struct origin *ledgers;
    uint8_t id_key[ID_KEY_SIZE];
    char nonce[SIGNATURE_NONCE_MAX + 1];
};

static void joining_release(struct joining *j)
{
    attempt_release(&j->keys);
    secret_wipe(j->box_seed, sizeof(j->box_seed));
    secret_wipe(j->id_key, sizeof(j->id_key));
    buf_release(&j->answer);
    arena_release(&j->arena);
}

/* ---- asking ---- */

static void put_key(struct joining *j, const struct sign_key *key, struct buf *out)
{
    struct signature pop;
    struct buf message;
    buf_init(&message, 512);
    grant_pop_message(&j->invite.registry, sign_key_kid(key), &message);
    sign_message(key, buf_slice(&message), &pop);
    buf_release(&message);
    cbor_put_bytes(out, slice_of(sign_key_public(key)->b, 32));
    cbor_put_bytes(out, slice_of(pop.b, SIGN_SIZE));
}

static void write_request(struct joining *j, struct buf *out)
{
    struct hash proof;
    invite_proof(j->invite.token, sign_key_kid(j->keys.person), sign_key_kid(j->device), &j->box,
                 &j->invite.registry, &proof);
    cbor_put_array(out, 7);
    cbor_put_uint(out, 1);
    cbor_put_bytes(out, hash_slice(&proof));
    put_key(j, j->keys.person, out);
    put_key(j, j->device, out);
    cbor_put_bytes(out, slice_of(j->box.b, 32));
}

static void on_answer(void *arg, const struct http_result *result)
{
    struct joining *j = arg;
    j->st = result->status;
    j->error = result->error;
    buf_put_slice(&j->answer, result->body);
    loop_stop(j->loop);
}

static enum status ask(struct joining *j, struct error *err)
{
    struct peer peer = {
        .url = j->invite.url, .pins = j->invite.pins, .pin_count = j->invite.pin_count};
    struct buf request;
    buf_init(&request, 4096);
    write_request(j, &request);
    j->st = error_set(&j->error, ST_UNREACHABLE, "加入被中断；用同一份邀请和口令可以再试一次");
    enum status st = loop_open(&j->loop, err);
    if (st == ST_OK)
        st = http_client_open(loop_uv(j->loop), &peer.client, err);
    if (st == ST_OK)
        st = peer_start(&peer, "POST", "/v1/join", buf_slice(&request), JOIN_TIMEOUT_S, on_answer,
                        j, err);
    if (st == ST_OK) {
        loop_run(j->loop);
        peer_cancel(&peer);
        st = j->st;
        if (st != ST_OK && err)
            *err = j->error;
    }
    if (st != ST_OK && st != ST_UNREACHABLE) /* else: the county may have granted these keys */
        attempt_forget(j->place);
    http_client_close(peer.client);
    loop_close(j->loop);
    buf_release(&request);
    return st;
}

static enum status read_answer(struct joining *j, struct error *err)
{
    struct cbor_reader r;
    struct origin registry;
    cbor_reader_init(&r, buf_slice(&j->answer), "join answer");
    cbor_expect_array(&r, 5);
    uint64_t version = cbor_read_uint(&r);
    if (!origin_parse(cbor_read_text(&r, ORIGIN_MAX), &registry) || version != 1 ||
        strcmp(registry.text, j->invite.registry.text) != 0)
        cbor_fail(&r, "another registry than in the invitation");
    size_t n = cbor_read_array(&r, JOIN_LEDGERS_MAX);
    j->ledgers = arena_alloc(&j->arena, (n + 1) * sizeof(*j->ledgers));
    for (size_t i = 0; i < n && cbor_ok(&r); i++)
        if (!origin_parse(cbor_read_text(&r, ORIGIN_MAX), &j->ledgers[j->ledger_count++]))
            cbor_fail(&r, "not an origin");
    struct slice sealed = cbor_read_bytes(&r, SEALED_ID_KEY_SIZE);
    struct slice nonce = cbor_read_text(&r, SIGNATURE_NONCE_MAX);
    if (cbor_ok(&r) &&
        (sealed.n != SEALED_ID_KEY_SIZE || !box_open(j->box_seed, sealed, j->id_key)))
        cbor_fail(&r, "the id key is not sealed to this device");
    enum status st = cbor_end(&r, err);
    if (st != ST_OK)
        return error_wrap(err, ST_INVALID, "县里的回答读不懂，没有加入");
    memcpy(j->nonce, nonce.p, nonce.n);
    return ST_OK;
}

/* ---- writing ---- */

static void joined_with(const struct joining *j, uint8_t out[static 2 * HASH_SIZE])
{
    struct hash token;
    hash_bytes(slice_of(j->invite.token, INVITE_TOKEN_SIZE), &token);
    memcpy(out, token.b, HASH_SIZE);
    memcpy(out + HASH_SIZE, j->person.b, HASH_SIZE);
}

/* Has this invitation been used here? Then the same command again changes nothing. */
static bool has_joined_with(struct joining *j, struct desk *desk)
{
    uint8_t wanted[2 * HASH_SIZE];
    struct buf stored;
    buf_init(&stored, sizeof(wanted));
    joined_with(j, wanted);
    bool same = desk_setting(desk, JOINED_WITH, &stored) && stored.n == sizeof(wanted) &&
                memcmp(stored.p, wanted, HASH_SIZE) == 0;
    if (same)
        memcpy(j->person.b, stored.p + HASH_SIZE, HASH_SIZE);
    buf_release(&stored);
    return same;
}

static enum status store_person(struct joining *j, struct desk *desk, struct slice pin,
                                struct error *err)
{
    uint8_t with[2 * HASH_SIZE];
    char hex[2 * HASH_SIZE + 1];
    hex_encode(hash_slice(&j->person), hex);
    char *path = mem_printf("%s/keys/%s.key", desk->folder, hex);
    enum status st = keyfile_store(desk->vault, path, "person", j->keys.person, pin, err);
    mem_free(path);
    if (st != ST_OK)
        return st;
    st = desk_begin(desk, err);
    if (st != ST_OK)
        return st;
    struct stmt *stmt = db_stmt(desk->db, "INSERT OR IGNORE INTO own_person(kid, added_ms)"
                                          " VALUES (?1, ?2)");
    bind_blob(stmt, 1, hash_slice(&j->person));
    bind_int(stmt, 2, time_now_ms());
    st = stmt_run(stmt, err);
    if (st == ST_OK)
        st = desk_set(desk, "nonce", slice_str(j->nonce), err);
    joined_with(j, with);
    if (st == ST_OK)
        st = desk_set(desk, JOINED_WITH, slice_of(with, sizeof(with)), err);
    if (st == ST_OK)
        st = desk_set(desk, "id_key", slice_of(j->id_key, ID_KEY_SIZE), err);
    for (size_t i = 0; st == ST_OK && i < j->ledger_count; i++) {
        struct ledger *ledger;
        if (!replica_ledger(desk->rep, &j->ledgers[i]))
            st = replica_ledger_add(desk->rep, &j->ledgers[i], &ledger, err);
    }
    if (st == ST_OK)
        return desk_commit(desk, err);
    desk_rollback(desk);
    return st;
}

static enum status store_device(struct joining *j, struct desk *desk, struct error *err)
{
    char *device = mem_printf("%s/keys/device.key", desk->folder);
    char *box = mem_printf("%s/keys/box.key", desk->folder);
    enum status st = keyfile_store(desk->vault, device, "device", j->device, SLICE_NONE, err);
    if (st == ST_OK)
        st = keyfile_store_box(desk->vault, box, j->box_seed, SLICE_NONE, err);
    mem_free(box);
    mem_free(device);
    if (st == ST_OK)
        st = desk_set(desk, "url", slice_str(j->invite.url), err);
    if (st == ST_OK && j->invite.pin_count)
        st = desk_set(desk, "pins", slice_of(j->invite.pins, j->invite.pin_count * HASH_SIZE), err);
    return st;
}

/* ---- the two ways ---- */

/* Is there something in the folder that is not ours to replace? */
static enum status check_place(const char *folder, struct error *err)
{
    if (rmdir(folder) == 0 || errno == ENOENT)
        return ST_OK;
    return error_set(err, ST_EXISTS, "%s 里已经有别的文件，请换一个数据目录（--data）", folder);
}

static char *without_slash(const char *folder)
{
    size_t n = strlen(folder);
    while (n > 1 && folder[n - 1] == '/')
        n--;
    return mem_printf("%.*s", (int)n, folder);
}

/* The keys, and the question that the county answers the same whenever it is asked. */
static enum status ask_with_keys(struct joining *j, const struct attempt_wish *wish,
                                 struct error *err)
{
    enum status st = attempt_begin(j->place, j->invite.token, wish, &j->keys, err);
    if (st == ST_OK && wish->with_device) {
        j->device = j->keys.device;
        memcpy(j->box_seed, j->keys.box_seed, sizeof(j->box_seed));
    }
    if (st == ST_OK) {
        j->person = *sign_key_kid(j->keys.person);
        box_public_from_seed(j->box_seed, &j->box);
        st = ask(j, err);
    }
    return st == ST_OK ? read_answer(j, err) : st;
}

static enum status join_new(struct joining *j, struct slice pin, struct slice passphrase,
                            struct error *err)
{
    const struct attempt_wish wish = {.pin = pin, .with_device = true, .passphrase = passphrase};
    struct desk *desk = NULL;
    char *partial = mem_printf("%s.partial", j->place);
    enum status st = check_place(j->place, err);
    if (st == ST_OK)
        st = ask_with_keys(j, &wish, err);
    if (st == ST_OK) {
        attempt_remove_folder(partial);
        if (j->keys.vault)
            st = at_rest_found(partial, j->keys.vault, &j->keys.vault_file, err);
    }
    if (st == ST_OK)
        st = desk_create(partial, &j->invite.registry, &j->invite.root_kid, &desk, err);
    if (st == ST_OK)
        st = store_device(j, desk, err);
    if (st == ST_OK)
        st = store_person(j, desk, pin, err);
    desk_close(desk);
    if (st == ST_OK)
        st = file_move(partial, j->place, err);
    if (st == ST_OK && j->keys.vault)
        at_rest_moved(partial, j->place, j->keys.vault);
    if (st != ST_OK)
        attempt_remove_folder(partial);
    mem_free(partial);
    return st;
}

static enum status join_second(struct joining *j, struct slice pin, struct error *err)
{
    struct desk *desk;
    enum status st = desk_open(j->place, &desk, err);
    if (st != ST_OK)
        return st;
    char *box = mem_printf("%s/keys/box.key", j->place);
    j->device = desk->device;
    if (!desk->device)
        st = error_set(err, ST_DAMAGED, "%s 里缺少设备密钥", j->place);
    if (st == ST_OK && strcmp(desk->rep->registry_origin.text, j->invite.registry.text) != 0)
        st = error_set(err, ST_REFUSED, "这份邀请属于 %s，而本机已加入 %s；请另用一个数据目录",
                       j->invite.registry.text, desk->rep->registry_origin.text);
    bool done = st == ST_OK && has_joined_with(j, desk);
    if (st == ST_OK && !done)
        st = keyfile_load_box(desk->vault, box, SLICE_NONE, j->box_seed, err);
    if (st == ST_OK && !done)
        st = ask_with_keys(j, &(struct attempt_wish){.pin = pin, .vault = desk->vault}, err);
    if (st == ST_OK && !done)
        st = store_person(j, desk, pin, err);
    mem_free(box);
    desk_close(desk);
    return st;
}

/* The desk is there; the first exchange may fail without undoing that. */
static void first_sync(const char *folder, struct join_result *out)
{
    struct desk *desk;
    struct error err;
    struct session_progress progress;
    char short_kid[17];
    if (desk_open(folder, &desk, &err) != ST_OK) {
        diag_warn("join", "%s", err.text);
        return;
    }
    enum status st = sync_run(desk, NULL, NULL, &progress, &err);
    if (st != ST_OK)
        diag_warn("join", "first exchange: %s", err.text);
    out->synced = st == ST_OK;
    if (registry_grant_any(&desk->rep->registry, &out->person))
        snprintf(out->name, sizeof(out->name), "%s", desk_name_of(desk, &out->person, short_kid));
    out->encrypted = desk->vault != NULL;
    desk_close(desk);
}

enum status join_run(const char *folder, struct slice invite, struct slice pin,
                     struct slice passphrase, struct join_result *out, struct error *err)
{
    struct joining j = {0};
    *out = (struct join_result){0};
    buf_init(&j.answer, 1024 * 1024);
    enum status st = invite_decode(invite, &j.invite, err);
    if (st == ST_OK)
        st = http_url_check(j.invite.url, err);
    if (st == ST_OK && pin.n < KEYFILE_PIN_MIN)
        st = error_set(err, ST_REFUSED, "口令太短：至少 %d 位", KEYFILE_PIN_MIN);
    if (st == ST_OK && passphrase.n > 0)
        st = vault_passphrase_check(passphrase, err);
    char *place = without_slash(folder), *db = file_join(place, "desk.db");
    j.place = place;
    if (st == ST_OK)
        st = file_exists(db) ? join_second(&j, pin, err) : join_new(&j, pin, passphrase, err);
    if (st == ST_OK) {
        out->person = j.person;
        attempt_forget(place);
    }
    mem_free(db);
    mem_free(place);
    joining_release(&j);
    if (st == ST_OK)
        first_sync(folder, out);
    return st;
}
