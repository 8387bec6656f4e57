/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * asking: see asking.h. One question at a time: a witness, a ledger, from where to where. What is
 * to be asked next is looked up anew each time, so nothing has to be kept in step with the ledgers.
 *
 * Pauses are kept in memory: per witness when it cannot be reached, per witness and ledger when it
 * refuses. After a restart everyone is asked again at once.
 */
#include "server/core/asking.h"

#include "shared/base/check.h"
#include "shared/base/diag.h"
#include "shared/base/random.h"
#include "shared/net/http_client.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define PAUSE_FIRST_S 30
#define PAUSE_MAX_S 3600
#define TIMEOUT_S 30

/* Not before that. ledger 0: the whole witness. */
struct pause {
    char name[WITNESS_NAME_MAX + 1];
    int64_t ledger;
    int64_t until_ms;
    unsigned length_s;
};

struct asking {
    struct server *srv;
    struct loop *loop;
    struct http_client *client;
    struct http_call *call; /* NULL: nothing under way */
    bool once;              /* no second try in this life */
    int64_t now_ms, next_ms;
    uint64_t lines;
    struct pause *pauses;
    size_t pause_count, pause_capacity;
    struct tree_blocks *blocks; /* by local number of the ledger */
    size_t block_count, block_capacity;
    /* the question under way */
    struct cosign_witness witness;
    struct origin origin;
    uint64_t old_size, size;
    bool corrected; /* it said where it stands, and was asked from there */
    struct buf body;
};

/* ---- pauses ---- */

static struct pause *find_pause(struct asking *a, const char *name, int64_t ledger)
{
    for (size_t i = 0; i < a->pause_count; i++)
        if (a->pauses[i].ledger == ledger && strcmp(a->pauses[i].name, name) == 0)
            return &a->pauses[i];
    return NULL;
}

static bool pauses(struct asking *a, const char *name, int64_t ledger)
{
    const struct pause *pause = find_pause(a, name, ledger);
    return pause && pause->until_ms > a->now_ms;
}

static void end_pause(struct asking *a, const char *name, int64_t ledger)
{
    struct pause *pause = find_pause(a, name, ledger);
    if (pause)
        *pause = a->pauses[--a->pause_count];
}

/* Twice as long as the one before, give or take a quarter, so that counties do not come together.
 */
static void lengthen_pause(struct asking *a, const char *name, int64_t ledger)
{
    struct pause *pause = find_pause(a, name, ledger);
    uint32_t luck;
    if (!pause) {
        a->pauses = mem_grow(a->pauses, &a->pause_capacity, a->pause_count + 1, sizeof(*a->pauses));
        pause = &a->pauses[a->pause_count++];
        *pause = (struct pause){.ledger = ledger, .length_s = PAUSE_FIRST_S / 2};
        snprintf(pause->name, sizeof(pause->name), "%s", name);
    }
    pause->length_s = pause->length_s * 2 > PAUSE_MAX_S ? PAUSE_MAX_S : pause->length_s * 2;
    random_bytes(&luck, sizeof(luck));
    pause->until_ms =
        a->once ? INT64_MAX : a->now_ms + (int64_t)pause->length_s * (750 + luck % 500);
}

/* ---- what to ask ---- */

static struct tree_blocks *blocks_of(struct asking *a, const struct ledger *ledger)
{
    while (a->block_count <= (size_t)ledger->no) {
        a->blocks = mem_grow(a->blocks, &a->block_capacity, a->block_count + 1, sizeof(*a->blocks));
        a->blocks[a->block_count++] = (struct tree_blocks){0};
    }
    return &a->blocks[ledger->no];
}

/* The first ledger that somebody has not signed as far as it goes, and who. */
static struct ledger *find_question(struct asking *a)
{
    struct cosign_witness witnesses[COSIGN_WITNESSES_MAX];
    size_t count = cosign_list(a->srv, witnesses);
    for (size_t i = 0; count && i < a->srv->rep->ledger_count; i++) {
        struct ledger *ledger = a->srv->rep->ledgers[i];
        if (origin_is_sealed(&ledger->origin)) /* nobody outside hears that it exists */
            continue;
        for (size_t k = 0; k < count; k++) {
            const char *name = witnesses[k].verifier.name;
            if (!witnesses[k].url[0] || pauses(a, name, 0) || pauses(a, name, ledger->no))
                continue;
            a->size = cosign_next(a->srv, name, ledger);
            if (a->size == 0)
                continue;
            a->witness = witnesses[k];
            a->origin = ledger->origin;
            a->old_size = cosign_stands(a->srv, name, ledger);
            a->corrected = false;
            return ledger;
        }
    }
    return NULL;
}

static void on_answer(void *arg, const struct http_result *result);

static enum status post(struct asking *a, struct ledger *ledger, struct error *err)
{
    buf_clear(&a->body);
    enum status st = cosign_request(a->srv, ledger, blocks_of(a, ledger), a->old_size, a->size,
                                    &a->body, NULL, err);
    if (st != ST_OK)
        return st;
    size_t base = strlen(a->witness.url);
    while (base > 0 && a->witness.url[base - 1] == '/')
        base--;
    char *url = mem_printf("%.*s/add-checkpoint", (int)base, a->witness.url);
    const struct http_call_options options = {.method = "POST",
                                              .url = url,
                                              .body = buf_slice(&a->body),
                                              .header_count = 1,
                                              .headers = {"Content-Type: text/plain"},
                                              .timeout_s = TIMEOUT_S};
    st = http_start(a->client, &options, on_answer, a, &a->call, err);
    mem_free(url);
    return st;
}

/* ---- what came of it ---- */

static void say(struct asking *a, const char *text)
{
    struct error err;
    enum status st = server_begin(a->srv, &err);
    if (st == ST_OK)
        st = server_end(a->srv, cosign_said(a->srv, a->witness.verifier.name, text, &err), &err);
    if (st != ST_OK)
        diag_warn("witness", "%s", err.text);
}

static void fail(struct asking *a, int64_t ledger, const char *text)
{
    diag_warn("witness", "%s: %s", a->witness.verifier.name, text);
    say(a, text);
    lengthen_pause(a, a->witness.verifier.name, ledger);
}

static enum status keep(struct asking *a, struct slice line, struct error *err)
{
    enum status st = server_begin(a->srv, err);
    if (st != ST_OK)
        return st;
    struct ledger *ledger = replica_ledger(a->srv->rep, &a->origin);
    st = cosign_take(a->srv, ledger, a->size, &a->witness.verifier, line, err);
    if (st == ST_OK)
        st = cosign_said(a->srv, a->witness.verifier.name, "", err);
    return server_end(a->srv, st, err);
}

/* 409: the body says where the witness stands. True: asked once more, from there. */
static bool correct(struct asking *a, struct ledger *ledger, struct slice body)
{
    char text[24], *end;
    struct error err;
    snprintf(text, sizeof(text), "%.*s", body.n < 23 ? (int)body.n : 23, (const char *)body.p);
    unsigned long long stands = strtoull(text, &end, 10);
    if (end == text || a->corrected)
        return false;
    if (stands > ledger->tree.size) {
        char *why = mem_printf("账本 %s：见证人已经签到第 %llu 项，本县只有 %" PRIu64
                               " 项。本县的数据可能退回过，请先查清再继续",
                               ledger->origin.text, stands, ledger->tree.size);
        fail(a, ledger->no, why);
        mem_free(why);
        return true;
    }
    a->corrected = true;
    a->old_size = stands;
    if (a->size < stands)
        a->size = ledger->tree.size;
    return post(a, ledger, &err) == ST_OK;
}

static void refused(struct asking *a, struct ledger *ledger, const struct http_result *result)
{
    char *why;
    if (result->code == 409 || result->code == 422)
        why = mem_printf("账本 %s：见证人签过另一份历史，拒绝联署第 %" PRIu64
                         " 项（%ld）。请同见证人核对",
                         a->origin.text, a->size, result->code);
    else if (result->code == 404)
        why = mem_printf("见证人还不认识本县：请对方运行 huced witness trust，公钥用 huced witness "
                         "verifier 看");
    else
        why = mem_printf("账本 %s：见证人回答 %ld", a->origin.text, result->code);
    fail(a, ledger->no, why);
    mem_free(why);
}

static void go_on(struct asking *a);

static void on_answer(void *arg, const struct http_result *result)
{
    struct asking *a = arg;
    struct error err;
    struct ledger *ledger = replica_ledger(a->srv->rep, &a->origin);
    a->call = NULL;
    if (!ledger) {
        go_on(a);
    } else if (result->status != ST_OK) {
        fail(a, 0, result->error.text);
    } else if (result->code == 200) {
        if (keep(a, result->body, &err) == ST_OK) {
            a->lines++;
            end_pause(a, a->witness.verifier.name, 0);
            end_pause(a, a->witness.verifier.name, ledger->no);
        } else {
            fail(a, ledger->no, err.text);
        }
    } else if (result->code != 409 || !correct(a, ledger, result->body)) {
        refused(a, ledger, result);
    }
    if (!a->call)
        go_on(a);
}

/* The next question, or none until the next pass. */
static void go_on(struct asking *a)
{
    struct ledger *ledger;
    struct error err;
    if (replica_reload(a->srv->rep, false, &err) != ST_OK)
        diag_warn("witness", "%s", err.text);
    /* A county that is recovering signs nothing, not even again. */
    while (!a->call && !server_recovering(a->srv) && (ledger = find_question(a)))
        if (post(a, ledger, &err) != ST_OK)
            fail(a, ledger->no, err.text);
    if (!a->call) {
        a->next_ms = a->now_ms + ASKING_EVERY_S * 1000;
        if (a->once)
            loop_stop(a->loop);
    }
}

/* ---- life ---- */

enum status asking_start(struct server *srv, struct loop *loop, struct asking **out,
                         struct error *err)
{
    struct asking *a = mem_zero_alloc(1, sizeof(*a));
    a->srv = srv;
    a->loop = loop;
    buf_init(&a->body, WITNESS_REQUEST_MAX);
    enum status st = http_client_open(loop_uv(loop), &a->client, err);
    if (st != ST_OK) {
        asking_stop(a);
        a = NULL;
    }
    *out = a;
    return st;
}

void asking_stop(struct asking *a)
{
    if (!a)
        return;
    http_client_close(a->client);
    for (size_t i = 0; i < a->block_count; i++)
        tree_blocks_release(&a->blocks[i]);
    mem_free(a->blocks);
    mem_free(a->pauses);
    buf_release(&a->body);
    mem_free(a);
}

void asking_tick(struct asking *a, int64_t now_ms)
{
    a->now_ms = now_ms;
    if (!a->call && now_ms >= a->next_ms)
        go_on(a);
}

static void begin(void *arg)
{
    go_on(arg);
}

enum status asking_once(struct server *srv, uint64_t *lines, struct error *err)
{
    struct loop *loop = NULL;
    struct asking *a = NULL;
    *lines = 0;
    enum status st = loop_open(&loop, err);
    if (st == ST_OK)
        st = asking_start(srv, loop, &a, err);
    if (st == ST_OK) {
        a->once = true;
        loop_timer_start(loop, 0, 0, begin, a);
        loop_run(loop);
        *lines = a->lines;
    }
    asking_stop(a);
    loop_close(loop);
    return st;
}
