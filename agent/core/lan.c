/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * lan: see lan.h. One message is made in one transaction: what is open is closed, durably, before
 * its first byte leaves. What comes is stored in one transaction per ledger.
 *
 *   lan_run: GET hello ─ on_hello ─ ask ─ on_answer ─┬─ ask …
 *                                                    └─ nothing moved: done
 */
#include "agent/core/lan.h"

#include <stdio.h>

#include "agent/core/given.h"
#include "agent/core/receive.h"
#include "agent/core/save.h"
#include "shared/base/check.h"
#include "shared/base/diag.h"
#include "shared/base/random.h"
#include "shared/base/time.h"
#include "shared/codec/compress.h"
#include "shared/db/give.h"
#include "shared/net/http_client.h"
#include "shared/sync/bundle.h"

#define SEGMENTS_BYTES ((size_t)3 * 1024 * 1024) /* in one message */
#define LEAVES_BYTES ((size_t)3 * 1024 * 1024)
#define ROUNDS_MAX 64
#define TIMEOUT_S 120
#define HELLO_MAX 256

/* ---- who may ask ---- */

static bool is_device(const struct desk *desk, const struct hash *kid, const struct grant **out)
{
    const struct registry *reg = &desk->rep->registry;
    *out = registry_grant(reg, kid, reg->size);
    return *out && (*out)->kind == GRANT_DEVICE && (*out)->has_box &&
           !hash_equal(kid, sign_key_kid(desk->device));
}

static bool sender(void *arg, const struct hash *kid, struct sign_public *out)
{
    const struct grant *grant;
    if (!is_device(arg, kid, &grant))
        return false;
    *out = grant->pk;
    return true;
}

static bool may_read(struct desk *desk, const struct hash *device, const struct ledger *ledger)
{
    if (origin_is_sealed(&ledger->origin)) /* who its readers are the county alone can tell */
        return false;
    return ledger == desk->rep->registry_ledger ||
           registry_device_reads(&desk->rep->registry, device, origin_code(&ledger->origin));
}

/* ---- what is taken ---- */

struct taking {
    struct desk *desk;
    struct ledger *ledger;
    struct segment_known known;
    struct arena *arena;
    struct lan_done *out;
    bool stored;
};

static void refuse(struct taking *t, const char *text)
{
    t->out->refused++;
    error_set(&t->out->why, ST_REFUSED, "%s", text);
}

static bool is_own_person(struct desk *desk, const struct hash *kid)
{
    struct stmt *stmt = db_stmt(desk->db, "SELECT 1 FROM own_person WHERE kid = ?1");
    bool row = false;
    bind_blob(stmt, 1, hash_slice(kid));
    const bool own = stmt_step(stmt, &row, NULL) == ST_OK && row;
    stmt_reset(stmt);
    return own;
}

/* Is the number of its chain held by another changeset here, with a leaf or without? */
static bool is_fork(struct taking *t, const struct changeset *cs, const struct hash *id)
{
    struct stmt *stmt =
        db_stmt(t->desk->db, "SELECT 1 FROM chain n JOIN changeset c ON c.chain = n.no"
                             " WHERE n.ledger = ?1 AND n.kid = ?2 AND n.chain = ?3"
                             " AND c.number = ?4 AND c.id <> ?5");
    bool row = false;
    bind_int(stmt, 1, t->ledger->no);
    bind_blob(stmt, 2, hash_slice(&cs->kid));
    bind_blob(stmt, 3, slice_of(cs->chain.b, sizeof(cs->chain.b)));
    bind_int(stmt, 4, (int64_t)cs->number);
    bind_blob(stmt, 5, hash_slice(id));
    const bool fork = stmt_step(stmt, &row, NULL) == ST_OK && row;
    stmt_reset(stmt);
    return fork;
}

/* The base of what stands before it in its chain, and of what it names: it is not below. */
static bool base_holds(struct taking *t, const struct changeset *cs)
{
    struct stmt *stmt =
        db_stmt(t->desk->db, "SELECT cose FROM changeset WHERE ledger = ?1 AND id = ?2");
    struct changeset before;
    bool row = false, holds = replica_deps_base(t->desk->rep, t->ledger, cs) <= cs->base_size;
    if (cs->number == 1)
        return holds;
    bind_int(stmt, 1, t->ledger->no);
    bind_blob(stmt, 2, hash_slice(&cs->prev));
    if (stmt_step(stmt, &row, NULL) == ST_OK && row)
        holds = holds && changeset_decode(stmt_blob(stmt, 0), &before, NULL) == ST_OK &&
                before.base_size <= cs->base_size;
    stmt_reset(stmt);
    return holds && row;
}

static enum status store(struct taking *t, const struct segment *segment, struct error *err)
{
    struct replica *rep = t->desk->rep;
    const uint64_t overlay = LEAF_OVERLAY + replica_overlay_next(rep, t->ledger);
    enum status st = replica_store(rep, t->ledger, segment, segment->columns, overlay, err);
    /* Work of somebody here that this disk does not hold any more: go on beside it. */
    if (st == ST_OK && is_own_person(t->desk, &segment->header.kid))
        st = save_retire_chain(t->desk, t->ledger->no, &segment->header.kid, err);
    t->stored = true;
    t->out->taken++;
    return st;
}

static enum status take_one(struct taking *t, struct slice bytes, struct error *err)
{
    const struct registry *reg = &t->desk->rep->registry;
    struct segment segment;
    struct error why;
    switch (segment_read(bytes, &t->ledger->origin, &t->known, t->arena, &segment, &why)) {
    case ST_OK:
        break;
    case ST_WAIT: /* what it builds on was refused, or comes another time */
        refuse(t, "有改动接在本机没有的改动后面，没有收下：请先同县里同步");
        return ST_OK;
    case ST_EXISTS:
        refuse(t, "有改动的签名链分了叉，没有收下，由县里处理");
        return ST_OK;
    default:
        refuse(t, why.text);
        return ST_OK;
    }
    const struct changeset *cs = &segment.header;
    if (t->known.has_changeset(t->known.arg, &segment.id))
        return ST_OK;
    const struct grant *grant = registry_grant(reg, &cs->kid, reg->size);
    if (!grant || grant->kind != GRANT_PERSON ||
        !grant_covers_ledger(grant, origin_code(&t->ledger->origin)))
        refuse(t, "有改动的作者现在没有这个账本的授权，没有收下");
    else if (is_fork(t, cs, &segment.id))
        refuse(t, "有改动的签名链分了叉，没有收下，由县里处理");
    else if (!base_holds(t, cs))
        refuse(t, "有改动不合规矩（基点后退），没有收下");
    else
        return store(t, &segment, err);
    return ST_OK;
}

static enum status take_segments(struct desk *desk, const struct hash *device,
                                 const struct lan_ledger *from, struct arena *arena,
                                 struct lan_done *out, struct error *err)
{
    struct taking t = {.desk = desk, .arena = arena, .out = out};
    enum status st = desk_begin(desk, err);
    if (st != ST_OK)
        return st;
    t.ledger = replica_ledger(desk->rep, &from->origin);
    if (!t.ledger || t.ledger == desk->rep->registry_ledger || !may_read(desk, device, t.ledger)) {
        desk_rollback(desk);
        return ST_OK;
    }
    st = save_close_all(desk, t.ledger, err); /* what is saved from now on builds on what comes */
    save_forget(desk);
    replica_known(desk->rep, t.ledger, &t.known);
    for (size_t i = 0; st == ST_OK && i < from->segment_count; i++)
        st = take_one(&t, from->segments[i], err);
    if (st == ST_OK && t.stored)
        st = materialise_relay(desk->rep, t.ledger, err);
    if (st == ST_OK)
        return desk_commit(desk, err);
    desk_rollback(desk);
    return st;
}

/* Leaves: only as far as a head that the county signed reaches exactly. */
static enum status take_leaves(struct desk *desk, const struct lan_message *message,
                               struct arena *arena, struct lan_done *out, struct error *err)
{
    struct sync_answer answer;
    if (message->answer.n == 0)
        return ST_OK;
    enum status st = sync_answer_read(message->answer, arena, &answer, err);
    for (size_t i = 0; st == ST_OK && i < answer.ledger_count; i++) {
        const struct answer_ledger *ledger = &answer.ledgers[i];
        struct received got;
        uint64_t from = UINT64_MAX;
        for (size_t k = 0; k < message->ledger_count; k++)
            if (strcmp(message->ledgers[k].origin.text, ledger->origin.text) == 0)
                from = message->ledgers[k].from;
        if (from == UINT64_MAX || ledger->status != SYNC_OK || ledger->more ||
            ledger->rejected_count || !replica_ledger(desk->rep, &ledger->origin))
            continue;
        st = receive_ledger(desk, ledger, from, &got, err);
        if (st == ST_OK)
            out->leaves += got.leaves;
    }
    return st;
}

/* ---- what is given ---- */

struct giving {
    const struct lan_ledger *theirs; /* NULL: nothing is known of what they hold */
    struct arena *arena;
    size_t left; /* bytes of segments */
    struct lan_ledger *out;
    size_t id_capacity, segment_capacity;
    uint64_t given;
};

static bool holds(const struct lan_ledger *theirs, const struct hash *id)
{
    for (size_t i = 0; i < theirs->id_count; i++)
        if (hash_equal(&theirs->ids[i], id))
            return true;
    return false;
}

static void *grown(struct arena *arena, void *old, size_t count, size_t *capacity, size_t size)
{
    if (count < *capacity)
        return old;
    *capacity = *capacity ? 2 * *capacity : 16;
    void *room = arena_alloc(arena, *capacity * size);
    if (count)
        memcpy(room, old, count * size);
    return room;
}

static bool give_one(void *arg, const struct stored_changeset *stored)
{
    struct giving *g = arg;
    struct lan_ledger *out = g->out;
    struct changeset cs;
    struct buf item;
    if (out->id_count == LAN_IDS_MAX)
        return false;
    out->ids = grown(g->arena, out->ids, out->id_count, &g->id_capacity, sizeof(out->ids[0]));
    out->ids[out->id_count++] = stored->id;
    if (!g->theirs || holds(g->theirs, &stored->id) || g->left == 0 ||
        changeset_decode(stored->cose, &cs, NULL) != ST_OK)
        return true;
    buf_init(&item, COLUMNS_MAX + 64 * 1024);
    segment_write(&cs, SEGMENT_FULL, stored->salts, stored->columns, &item);
    if (buf_ok(&item) && (item.n <= g->left || out->segment_count == 0)) {
        out->segments = grown(g->arena, out->segments, out->segment_count, &g->segment_capacity,
                              sizeof(out->segments[0]));
        out->segments[out->segment_count++] =
            slice_of(arena_copy(g->arena, item.p, item.n), item.n);
        g->left -= item.n < g->left ? item.n : g->left;
        g->given++;
    } else {
        g->left = 0; /* those behind it build on it */
    }
    buf_release(&item);
    return true;
}

/* The leaves behind what they hold, if the county's newest head here ends with the last of them. */
static enum status give_ledger_leaves(struct desk *desk, struct ledger *ledger,
                                      const struct lan_ledger *theirs, struct arena *arena,
                                      struct answer_ledger *out, struct give_room *room,
                                      struct error *err)
{
    struct hash root;
    *out = (struct answer_ledger){.origin = ledger->origin, .status = SYNC_OK};
    if (theirs->size >= ledger->tree.size ||
        replica_covered(desk->rep, ledger) != ledger->tree.size)
        return ST_OK;
    if (!replica_root_at(desk->rep, ledger, theirs->size, &root) ||
        memcmp(root.b, theirs->root8, sizeof(theirs->root8)) != 0)
        return error_set(err, ST_DAMAGED,
                         "%s：两台电脑收到的县里的历史不一样！请两台都运行 huce audit，并告诉县里",
                         ledger->origin.text);
    out->checkpoint = replica_checkpoint(desk->rep, ledger, arena);
    enum status st =
        give_leaves(desk->rep, ledger, theirs->size, NULL, NULL, arena, out, room, err);
    if (st == ST_OK && theirs->size + out->leaf_count != ledger->tree.size) {
        out->leaf_count = 0; /* too many for one message: that is the county's to give */
        room->left = 0;
    }
    return st;
}

static const struct lan_ledger *find_theirs(const struct lan_message *theirs,
                                            const struct origin *origin)
{
    for (size_t i = 0; theirs && i < theirs->ledger_count; i++)
        if (strcmp(theirs->ledgers[i].origin.text, origin->text) == 0)
            return &theirs->ledgers[i];
    return NULL;
}

/* Inside a transaction, with everything closed. */
static enum status make_message(struct desk *desk, const struct hash *device,
                                const struct lan_message *theirs, struct arena *arena,
                                struct lan_done *done, struct buf *out, struct error *err)
{
    struct replica *rep = desk->rep;
    struct lan_message message = {.ledger_count = 0};
    struct sync_answer answer = {0};
    struct give_room room = {.left = LEAVES_BYTES};
    struct buf frame;
    enum status st = ST_OK;
    size_t left = given_is_behind(desk) ? 0 : SEGMENTS_BYTES;
    message.ledgers = arena_alloc(arena, (rep->ledger_count + 1) * sizeof(message.ledgers[0]));
    answer.ledgers = arena_alloc(arena, (rep->ledger_count + 1) * sizeof(answer.ledgers[0]));
    for (size_t i = 0; i <= rep->ledger_count && st == ST_OK; i++) {
        struct ledger *ledger = i == 0 ? rep->registry_ledger : rep->ledgers[i - 1];
        if ((i > 0 && ledger == rep->registry_ledger) || !may_read(desk, device, ledger))
            continue;
        struct lan_ledger *l = &message.ledgers[message.ledger_count++];
        *l = (struct lan_ledger){.origin = ledger->origin, .size = ledger->tree.size};
        memcpy(l->root8, ledger->root.b, sizeof(l->root8));
        const struct lan_ledger *other = find_theirs(theirs, &ledger->origin);
        struct giving g = {.theirs = other, .arena = arena, .left = left, .out = l};
        if (ledger != rep->registry_ledger)
            st = replica_each_unadmitted(rep, ledger, give_one, &g, err);
        left = g.left;
        done->given += g.given;
        if (st == ST_OK && other) {
            struct answer_ledger *a = &answer.ledgers[answer.ledger_count];
            l->from = other->size;
            st = give_ledger_leaves(desk, ledger, other, arena, a, &room, err);
            answer.ledger_count += a->leaf_count > 0;
        }
    }
    buf_init(&frame, MESSAGE_MAX);
    if (st == ST_OK && answer.ledger_count) {
        sync_answer_write(&answer, COMPRESS_LEVEL, &frame);
        if (buf_ok(&frame))
            message.answer = slice_of(arena_copy(arena, frame.p, frame.n), frame.n);
    }
    buf_release(&frame);
    if (st == ST_OK)
        lan_write(&message, out);
    if (st == ST_OK && !buf_ok(out))
        st = error_set(err, ST_LIMIT, "一次送出的数据太大");
    return st;
}

static enum status seal(struct desk *desk, const struct hash *device,
                        const uint8_t id[static BUNDLE_ID_SIZE], const struct lan_message *theirs,
                        struct lan_done *done, struct buf *out, struct error *err)
{
    struct age_random random;
    const struct grant *grant;
    struct arena arena = {0};
    struct buf bytes;
    struct slice message;
    struct bundle bundle = {.from = *sign_key_kid(desk->device), .recipient_count = 1};
    const uint64_t given = done->given;
    memcpy(bundle.id, id, sizeof(bundle.id));
    random_bytes(&random, sizeof(random));
    buf_init(&bytes, MESSAGE_MAX);
    enum status st = desk_begin(desk, err);
    if (st == ST_OK) {
        st = is_device(desk, device, &grant)
                 ? save_close_all(desk, NULL, err)
                 : error_set(err, ST_REFUSED, "那台电脑没有登记，或者已被撤销");
        if (st == ST_OK)
            bundle.recipients[0] = grant->box;
        if (st == ST_OK)
            st = make_message(desk, device, theirs, &arena, done, &bytes, err);
        if (st == ST_OK)
            st = desk_commit(desk, err);
        else
            desk_rollback(desk);
    }
    if (st == ST_OK && done->given > given)
        given_note(desk);
    if (st == ST_OK) {
        message = buf_slice(&bytes);
        bundle.message_count = 1;
        bundle.messages = &message;
        bundle_write(&bundle, desk->device, &random, out);
    }
    secret_wipe(&random, sizeof(random));
    buf_release(&bytes);
    arena_release(&arena);
    return st;
}

/* Opens, verifies and takes what is there. *theirs, in the arena, says what they hold. */
static enum status open_and_take(struct desk *desk, struct slice file, const struct hash *expected,
                                 const uint8_t *id, struct arena *arena, struct buf *plain,
                                 struct bundle *bundle, struct lan_message *theirs,
                                 struct lan_done *out, struct error *err)
{
    struct box_secret secret;
    enum status st = desk_refresh(desk, err);
    if (st == ST_OK)
        st = desk_box_secret(desk, &secret, err);
    if (st != ST_OK)
        return st;
    st = bundle_open(&secret, 1, file, sender, desk, plain, arena, bundle, err);
    secret_wipe(&secret, sizeof(secret));
    if (st == ST_OK && ((expected && !hash_equal(expected, &bundle->from)) ||
                        (id && memcmp(id, bundle->id, BUNDLE_ID_SIZE) != 0)))
        st = error_set(err, ST_REFUSED, "回答的不是问的那台电脑");
    if (st == ST_OK && bundle->message_count != 1)
        st = error_set(err, ST_INVALID, "这不是两台电脑之间的消息");
    if (st == ST_OK)
        st = lan_read(bundle->messages[0], arena, theirs, err);
    if (st == ST_OK)
        st = take_leaves(desk, theirs, arena, out, err);
    for (size_t i = 0; st == ST_OK && i < theirs->ledger_count; i++)
        if (theirs->ledgers[i].segment_count)
            st = take_segments(desk, &bundle->from, &theirs->ledgers[i], arena, out, err);
    return st;
}

/* ---- the one that is asked ---- */

void lan_hello(struct desk *desk, struct buf *out)
{
    cbor_put_array(out, 3);
    cbor_put_uint(out, 1);
    cbor_put_text(out, slice_str(desk->rep->registry_origin.text));
    cbor_put_bytes(out, hash_slice(sign_key_kid(desk->device)));
}

enum status lan_answer(struct desk *desk, struct slice request, struct buf *answer,
                       struct lan_done *out, struct error *err)
{
    struct arena arena = {0};
    struct buf plain = {0};
    struct bundle bundle;
    struct lan_message theirs;
    *out = (struct lan_done){0};
    enum status st =
        open_and_take(desk, request, NULL, NULL, &arena, &plain, &bundle, &theirs, out, err);
    if (st == ST_OK) {
        out->device = bundle.from;
        st = seal(desk, &bundle.from, bundle.id, &theirs, out, answer, err);
    }
    buf_release(&plain);
    arena_release(&arena);
    return st;
}

/* ---- the one that asks ---- */

struct asking {
    struct desk *desk;
    struct loop *loop;
    struct http_client *client;
    struct http_call *call;
    char *url;
    uint8_t id[BUNDLE_ID_SIZE];
    struct buf body;
    struct arena arena; /* of what they last said */
    struct buf plain;
    struct lan_message theirs;
    bool heard;
    unsigned rounds;
    struct lan_done *out;
    enum status st;
    struct error error;
    bool over;
};

static void end(struct asking *a, enum status st, const struct error *err)
{
    a->over = true;
    a->st = st;
    if (st != ST_OK)
        a->error = *err;
    loop_stop(a->loop);
}

static void on_answer(void *arg, const struct http_result *result);

static void ask(struct asking *a)
{
    struct http_call_options options = {
        .method = "POST", .url = a->url, .timeout_s = TIMEOUT_S, .sealed = true};
    struct error err;
    random_bytes(a->id, sizeof(a->id));
    buf_clear(&a->body);
    enum status st =
        seal(a->desk, &a->out->device, a->id, a->heard ? &a->theirs : NULL, a->out, &a->body, &err);
    options.body = buf_slice(&a->body);
    if (st == ST_OK)
        st = http_start(a->client, &options, on_answer, a, &a->call, &err);
    if (st != ST_OK)
        end(a, st, &err);
}

static void on_answer(void *arg, const struct http_result *result)
{
    struct asking *a = arg;
    const struct lan_done before = *a->out;
    struct bundle bundle;
    struct error err;
    enum status st = result->status;
    a->call = NULL;
    if (st != ST_OK) {
        end(a, st, &result->error);
        return;
    }
    if (result->code != 200) {
        error_set(&err, ST_REFUSED, "那台电脑没有接受（%ld）：%.*s", result->code,
                  result->body.n < 300 ? (int)result->body.n : 300, (const char *)result->body.p);
        end(a, ST_REFUSED, &err);
        return;
    }
    arena_reset(&a->arena);
    buf_release(&a->plain);
    st = open_and_take(a->desk, result->body, &a->out->device, a->id, &a->arena, &a->plain, &bundle,
                       &a->theirs, a->out, &err);
    const bool moved = a->out->taken + a->out->leaves > before.taken + before.leaves;
    const bool first = !a->heard;
    a->heard = true;
    if (st != ST_OK)
        end(a, st, &err);
    else if (++a->rounds < ROUNDS_MAX && (first || moved || a->out->given > 0) &&
             (first || moved || a->rounds < 3))
        ask(a);
    else
        end(a, ST_OK, NULL);
}

static void on_hello(void *arg, const struct http_result *result)
{
    struct asking *a = arg;
    struct cbor_reader r;
    struct error err = {0};
    a->call = NULL;
    if (result->status != ST_OK) {
        err = result->error;
        end(a,
            error_wrap(&err, ST_UNREACHABLE,
                       "没有同那台电脑联系上。请看那边是否开着 huce serve --lan 地址:端口，地址"
                       "和端口是否写得和它显示的一样，两台电脑是否在同一个网里"),
            &err);
        return;
    }
    cbor_reader_init(&r, result->body, "hello");
    cbor_expect_array(&r, 3);
    cbor_read_uint_max(&r, 1);
    const struct slice registry = cbor_read_text(&r, ORIGIN_MAX);
    const struct slice kid = cbor_read_bytes(&r, HASH_SIZE);
    const struct grant *grant;
    if (result->code != 200 || cbor_end(&r, &err) != ST_OK || kid.n != HASH_SIZE) {
        error_set(&err, ST_REFUSED, "那里答话的不是开着 huce serve --lan 的电脑");
        end(a, ST_REFUSED, &err);
        return;
    }
    memcpy(a->out->device.b, kid.p, HASH_SIZE);
    if (!slice_equal(registry, slice_str(a->desk->rep->registry_origin.text)) ||
        !is_device(a->desk, &a->out->device, &grant)) {
        error_set(&err, ST_REFUSED, "那台电脑不是本县登记的，或者已被撤销；没有给它任何东西");
        end(a, ST_REFUSED, &err);
        return;
    }
    ask(a);
}

static enum status start(struct asking *a, struct error *err)
{
    const struct http_call_options options = {
        .method = "GET", .url = a->url, .timeout_s = TIMEOUT_S, .sealed = true};
    enum status st = http_client_open(loop_uv(a->loop), &a->client, err);
    return st == ST_OK ? http_start(a->client, &options, on_hello, a, &a->call, err) : st;
}

/* "host:port", perhaps behind "http://", perhaps with a slash at the end. NULL: something else. */
static char *url_of(const char *address)
{
    static const char scheme[] = "http://";
    const char *host =
        strncmp(address, scheme, sizeof(scheme) - 1) == 0 ? address + sizeof(scheme) - 1 : address;
    const char *colon = strrchr(host, ':');
    const size_t digits = colon ? strspn(colon + 1, "0123456789") : 0;
    const size_t length = colon ? (size_t)(colon - host) + 1 + digits : 0;
    if (!colon || colon == host || digits == 0 || digits > 5 || strcspn(host, "/ ") < length ||
        (host[length] && strcmp(host + length, "/") != 0))
        return NULL;
    return mem_printf("%s%.*s" LAN_PATH, scheme, (int)length, host);
}

enum status lan_run(struct desk *desk, const char *address, struct lan_done *out, struct error *err)
{
    struct asking a = {.desk = desk, .out = out};
    *out = (struct lan_done){0};
    if (!desk->device)
        return error_set(err, ST_REFUSED, "这台电脑还没有加入：先用邀请码加入（huce join）");
    a.url = url_of(address);
    if (!a.url)
        return error_set(err, ST_USAGE,
                         "--peer %s 应写成 地址:端口，例如 192.168.1.20:7401：就是那台电脑上 "
                         "huce serve --lan 显示的；那边要先开着 huce serve --lan 地址:端口",
                         address);
    buf_init(&a.body, LAN_BODY_MAX);
    enum status st = desk_refresh(desk, err);
    if (st == ST_OK)
        st = loop_open(&a.loop, err);
    if (st == ST_OK)
        st = start(&a, err);
    if (st == ST_OK) {
        loop_run(a.loop);
        st = a.st;
        if (!a.over)
            st = error_set(err, ST_UNREACHABLE, "交换被中断；已收到的都已存好");
        else if (st != ST_OK)
            *err = a.error;
    }
    http_client_close(a.client);
    loop_close(a.loop);
    arena_release(&a.arena);
    buf_release(&a.plain);
    buf_release(&a.body);
    mem_free(a.url);
    return st;
}
