/* SPDX-License-Identifier: MulanPSL-2.0 */
/* watch: one long-poll for every PAIRS_MAX ledgers, all on connections of their own. */
#include "agent/core/watch.h"

#include "agent/core/line.h"
#include "shared/base/check.h"
#include "shared/base/mem.h"

#define POLLS_MAX 22
#define TARGET_FULL 7000 /* of 8,192 bytes of a request's target */
#define TARGET_MAX 8192
#define PAIRS_MAX 24      /* each takes the county room of a head (PROTOCOL.md §10) */
#define POLL_TIMEOUT_S 80 /* the county answers after 55 s */

struct poll {
    struct watch *watch;
    struct peer peer;
    struct buf path;
};

struct watch {
    struct watch_hooks hooks;
    struct http_client *client;
    struct poll polls[POLLS_MAX];
    size_t count;
    bool over; /* a hook has been called */
};

static void on_answer(void *arg, const struct http_result *result);

static void ask(struct poll *poll)
{
    struct watch *watch = poll->watch;
    struct error err;
    if (peer_start(&poll->peer, "GET", buf_cstr(&poll->path), SLICE_NONE, POLL_TIMEOUT_S, on_answer,
                   poll, &err) == ST_OK)
        return;
    watch->over = true;
    watch->hooks.failed(watch->hooks.arg, &err);
}

static void on_answer(void *arg, const struct http_result *result)
{
    struct poll *poll = arg;
    struct watch *watch = poll->watch;
    if (watch->over)
        return;
    if (result->status == ST_OK && result->code == 204) {
        ask(poll);
        return;
    }
    watch->over = true;
    if (result->status == ST_OK)
        watch->hooks.grown(watch->hooks.arg);
    else
        watch->hooks.failed(watch->hooks.arg, &result->error);
}

/* The next question: ledgers from *from on, as many as it has room for. */
static void write_path(const struct replica *rep, size_t *from, struct buf *out)
{
    buf_put_str(out, "/v1/wait");
    for (size_t n = 0; n < PAIRS_MAX && *from < rep->ledger_count && out->n < TARGET_FULL; n++) {
        const struct ledger *ledger = rep->ledgers[(*from)++];
        buf_put_str(out, n ? "&ledger=" : "?ledger=");
        peer_put_origin(out, ledger->origin.text);
        buf_printf(out, "&size=%llu", (unsigned long long)ledger->tree.size);
    }
}

static void add_poll(struct watch *watch, struct desk *desk, size_t *from)
{
    struct poll *poll = &watch->polls[watch->count++];
    poll->watch = watch;
    line_to_county(desk, watch->client, &poll->peer);
    poll->peer.patient = true;
    buf_init(&poll->path, TARGET_MAX);
    write_path(desk->rep, from, &poll->path);
}

enum status watch_start(struct desk *desk, struct loop *loop, const struct watch_hooks *hooks,
                        struct watch **out, struct error *err)
{
    *out = NULL;
    if (!desk->url[0] || !desk->device)
        return error_set(err, ST_REFUSED, "本机没有县里的服务器地址：请先用邀请码加入");
    struct watch *watch = mem_zero_alloc(1, sizeof(*watch));
    watch->hooks = *hooks;
    enum status st = http_client_open(loop_uv(loop), &watch->client, err);
    for (size_t from = 0;
         st == ST_OK && from < desk->rep->ledger_count && watch->count < POLLS_MAX;) {
        add_poll(watch, desk, &from);
        struct poll *poll = &watch->polls[watch->count - 1];
        st = peer_start(&poll->peer, "GET", buf_cstr(&poll->path), SLICE_NONE, POLL_TIMEOUT_S,
                        on_answer, poll, err);
    }
    if (st == ST_OK)
        *out = watch;
    else
        watch_stop(watch);
    return st;
}

void watch_stop(struct watch *watch)
{
    if (!watch)
        return;
    for (size_t i = 0; i < watch->count; i++) {
        peer_cancel(&watch->polls[i].peer);
        buf_release(&watch->polls[i].path);
    }
    http_client_close(watch->client);
    mem_free(watch);
}
