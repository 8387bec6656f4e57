/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * join: making keys, asking the county, and only then making a desk.
 *
 * The first person of a device brings the device key and the box key along; a later one signs the
 * same request with the device key that is there. The private keys never leave this machine; the
 * token never does either, only its HMAC.
 *
 * How the answer is obtained is a function of the joining: over the wire, or from a file.
 */
#include "agent/core/join.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "agent/core/at_rest.h"
#include "agent/core/attempt.h"
#include "agent/core/pin_rule.h"
#include "agent/core/receive.h"
#include "agent/core/sync.h"
#include "agent/net/peer.h"
#include "shared/base/check.h"
#include "shared/base/diag.h"
#include "shared/base/file.h"
#include "shared/base/random.h"
#include "shared/base/time.h"
#include "shared/codec/cbor.h"
#include "shared/codec/hex.h"
#include "shared/crypto/keyfile.h"
#include "shared/ledger/enrol.h"

#define JOIN_TIMEOUT_S 60
#define JOIN_LEDGERS_MAX 4096
#define ID_KEY_SIZE 32
#define SEALED_ID_KEY_SIZE (ID_KEY_SIZE + 48)
#define JOINED_WITH \
    "joined_with" /* setting: hash of the last invitation's token ‖ kid of the person */

struct joining;
typedef enum status obtain_fn(struct joining *j, struct error *err);

struct joining {
    struct invite invite;
    bool has_invite;
    struct slice text; /* the invitation's, to be kept with the keys; n == 0: is not */
    obtain_fn *obtain; /* fills answer */
    struct slice file; /* the county's answer by stick */
    struct buf plain;  /* what was in it */
    struct enrol_answer *by_stick;
    uint64_t registry_size; /* of the registry that is here, and … */
    struct hash registry_root;
    bool only_request;       /* nothing is asked: obtain has all that is wanted */
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
    buf_release(&j->plain);
    mem_free(j->by_stick);
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

static enum status ask_server(struct joining *j, struct error *err)
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

/* The same request as a file. */
static enum status write_file(struct joining *j, struct error *err)
{
    uint8_t nonce[VAULT_NONCE_SIZE];
    struct enrol_request request = {.registry_size = j->registry_size};
    struct buf join;
    (void)err;
    buf_init(&join, 4096);
    write_request(j, &join);
    request.join = buf_slice(&join);
    memcpy(request.root8, j->registry_root.b, sizeof(request.root8));
    random_bytes(nonce, sizeof(nonce));
    enrol_write_request(j->invite.token, nonce, &request, &j->answer);
    buf_release(&join);
    return ST_OK;
}

static enum status take_file(struct joining *j, struct error *err)
{
    const struct enrol_keys keys = {
        .person = j->person, .device = *sign_key_kid(j->device), .box = j->box};
    j->by_stick = mem_zero_alloc(1, sizeof(*j->by_stick));
    enum status st = enrol_read_answer(j->invite.token, &keys, j->box_seed, j->file, &j->plain,
                                       j->by_stick, err);
    if (st == ST_OK)
        buf_put_slice(&j->answer, j->by_stick->join);
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

/* The registry that came with the answer: what is needed to work at once. */
static enum status take_registry(struct joining *j, struct desk *desk, struct error *err)
{
    const struct enrol_answer *got = j->by_stick;
    uint64_t at = got ? got->registry_size : 0;
    struct arena arena = {0};
    enum status st = ST_OK;
    for (size_t i = 0; got && i < got->frame_count && st == ST_OK; i++) {
        struct sync_answer answer;
        struct received received = {0};
        arena_reset(&arena);
        st = sync_answer_read(got->frames[i], &arena, &answer, err);
        if (st == ST_OK && answer.ledger_count == 1 &&
            strcmp(answer.ledgers[0].origin.text, j->invite.registry.text) == 0)
            st = receive_ledger(desk, &answer.ledgers[0], at, &received, err);
        at += received.leaves;
    }
    arena_release(&arena);
    return st == ST_OK ? st : error_wrap(err, st, "答复里的登记簿不能用，没有加入");
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

/* The keys of this invitation, or those of the request that waits for its answer. */
static enum status find_keys(struct joining *j, struct attempt_wish *wish, struct error *err)
{
    wish->invite = j->text;
    if (j->has_invite)
        return attempt_begin(j->place, j->invite.token, wish, &j->keys, err);
    enum status st = attempt_resume(j->place, wish, &j->keys, err);
    return st == ST_OK ? invite_decode(buf_slice(&j->keys.invite), &j->invite, err) : st;
}

/* The keys, and the question that the county answers the same whenever it is asked. */
static enum status ask_with_keys(struct joining *j, struct attempt_wish *wish, struct error *err)
{
    enum status st = find_keys(j, wish, err);
    if (st == ST_OK && wish->with_device) {
        j->device = j->keys.device;
        memcpy(j->box_seed, j->keys.box_seed, sizeof(j->box_seed));
    }
    if (st == ST_OK) {
        j->person = *sign_key_kid(j->keys.person);
        box_public_from_seed(j->box_seed, &j->box);
        st = j->obtain(j, err);
    }
    return st == ST_OK && !j->only_request ? read_answer(j, err) : st;
}

static enum status join_new(struct joining *j, struct slice pin, struct slice passphrase,
                            struct error *err)
{
    struct attempt_wish wish = {.pin = pin, .with_device = true, .passphrase = passphrase};
    struct desk *desk = NULL;
    char *partial = mem_printf("%s.partial", j->place);
    enum status st = check_place(j->place, err);
    if (st == ST_OK)
        st = ask_with_keys(j, &wish, err);
    if (j->only_request) {
        mem_free(partial);
        return st;
    }
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
    if (st == ST_OK)
        st = take_registry(j, desk, err);
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

static enum status check_county(const struct joining *j, const struct desk *desk, struct error *err)
{
    if (strcmp(desk->rep->registry_origin.text, j->invite.registry.text) == 0)
        return ST_OK;
    return error_set(err, ST_REFUSED, "这份邀请属于 %s，而本机已加入 %s；请另用一个数据目录",
                     j->invite.registry.text, desk->rep->registry_origin.text);
}

static enum status join_second(struct joining *j, struct slice pin, struct error *err)
{
    struct desk *desk;
    enum status st = desk_open(j->place, &desk, err);
    if (st != ST_OK)
        return st;
    char *box = mem_printf("%s/keys/box.key", j->place);
    struct attempt_wish wish = {.pin = pin, .vault = desk->vault};
    j->device = desk->device;
    j->registry_size = desk->rep->registry_ledger->tree.size;
    j->registry_root = desk->rep->registry_ledger->root;
    if (!desk->device)
        st = error_set(err, ST_DAMAGED, "%s 里缺少设备密钥", j->place);
    if (st == ST_OK && j->has_invite)
        st = check_county(j, desk, err);
    bool done = st == ST_OK && j->has_invite && has_joined_with(j, desk);
    if (done && j->only_request)
        st = error_set(err, ST_REFUSED, "这份邀请已经在这台电脑上用过了，不用再申请");
    if (st == ST_OK && !done)
        st = keyfile_load_box(desk->vault, box, SLICE_NONE, j->box_seed, err);
    if (st == ST_OK && !done)
        st = ask_with_keys(j, &wish, err);
    done |= j->only_request;
    if (st == ST_OK && !done)
        st = check_county(j, desk, err);
    if (st == ST_OK && !done)
        st = store_person(j, desk, pin, err);
    if (st == ST_OK && !done)
        st = take_registry(j, desk, err);
    mem_free(box);
    desk_close(desk);
    return st;
}

/* What the desk says of itself once it is there. */
static void look(struct desk *desk, struct join_result *out)
{
    char short_kid[17];
    if (registry_grant_any(&desk->rep->registry, &out->person))
        snprintf(out->name, sizeof(out->name), "%s", desk_name_of(desk, &out->person, short_kid));
    out->encrypted = desk->vault != NULL;
}

/* The desk is there; the first exchange may fail without undoing that. */
static void first_sync(const char *folder, struct join_result *out)
{
    struct desk *desk;
    struct error err;
    struct session_progress progress;
    if (desk_open(folder, &desk, &err) != ST_OK) {
        diag_warn("join", "%s", err.text);
        return;
    }
    enum status st = sync_run(desk, NULL, NULL, &progress, &err);
    if (st != ST_OK)
        snprintf(out->trouble, sizeof(out->trouble), "%s", err.text);
    look(desk, out);
    /* Refused is one ledger: the others have come. */
    out->synced = st == ST_OK || (st == ST_REFUSED && out->name[0]);
    desk_close(desk);
}

/* Without one: the registry came with the answer, and the county's recovery key in it. */
static void first_look(const char *folder, struct join_result *out)
{
    struct desk *desk;
    struct error err;
    enum status st = desk_open(folder, &desk, &err);
    if (st == ST_OK)
        st = at_rest_deposit(desk, &err);
    if (st != ST_OK)
        diag_warn("join", "%s", err.text);
    if (desk) {
        look(desk, out);
        out->synced = out->name[0] != 0;
    }
    desk_close(desk);
}

/* One joining, by whichever way its answer comes. */
static enum status run(struct joining *j, const char *folder, struct slice pin,
                       struct slice passphrase, struct error *err)
{
    char *place = without_slash(folder), *db = file_join(place, "desk.db");
    j->place = place;
    enum status st = file_exists(db) ? join_second(j, pin, err) : join_new(j, pin, passphrase, err);
    if (st == ST_OK && !j->only_request)
        attempt_forget(place);
    mem_free(db);
    mem_free(place);
    return st;
}

static enum status begin(struct joining *j, struct slice invite, struct slice pin,
                         struct slice passphrase, struct error *err)
{
    enum status st = invite_decode(invite, &j->invite, err);
    j->has_invite = true;
    if (st == ST_OK)
        st = http_url_check(j->invite.url, err);
    if (st == ST_OK)
        st = pin_rule_check(pin, err);
    if (st == ST_OK && passphrase.n > 0)
        st = vault_passphrase_check(passphrase, err);
    return st;
}

enum status join_run(const char *folder, struct slice invite, struct slice pin,
                     struct slice passphrase, struct join_result *out, struct error *err)
{
    struct joining j = {.obtain = ask_server};
    *out = (struct join_result){0};
    buf_init(&j.answer, 1024 * 1024);
    enum status st = begin(&j, invite, pin, passphrase, err);
    if (st == ST_OK)
        st = run(&j, folder, pin, passphrase, err);
    out->person = j.person;
    joining_release(&j);
    if (st == ST_OK)
        first_sync(folder, out);
    return st;
}

enum status join_request(const char *folder, struct slice invite, struct slice pin,
                         struct slice passphrase, struct buf *out, struct error *err)
{
    struct joining j = {.obtain = write_file, .only_request = true, .text = invite};
    buf_init(&j.answer, ENROL_REQUEST_MAX);
    hash_bytes(SLICE_NONE, &j.registry_root); /* nothing is here yet */
    enum status st = begin(&j, invite, pin, passphrase, err);
    if (st == ST_OK)
        st = run(&j, folder, pin, passphrase, err);
    if (st == ST_OK)
        buf_put_slice(out, buf_slice(&j.answer));
    joining_release(&j);
    return st;
}

enum status join_answer(const char *folder, struct slice file, struct slice pin,
                        struct slice passphrase, struct join_result *out, struct error *err)
{
    struct joining j = {.obtain = take_file, .file = file};
    *out = (struct join_result){0};
    buf_init(&j.answer, 1024 * 1024);
    buf_init(&j.plain, ENROL_ANSWER_MAX);
    enum status st = run(&j, folder, pin, passphrase, err);
    out->person = j.person;
    joining_release(&j);
    if (st == ST_OK)
        first_look(folder, out);
    return st;
}
