/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * huce sync [--once] [--progress]: one exchange with the county. On a terminal one line is
 * rewritten as it goes; with --progress elsewhere every step is a line.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "agent/cmd/cmd.h"
#include "agent/core/backfill.h"
#include "agent/core/carry.h"
#include "agent/core/metered.h"
#include "agent/core/grants.h"
#include "agent/core/lan.h"
#include "agent/core/outbox.h"
#include "agent/core/sync.h"
#include "agent/core/view.h"

#define BAR_WIDTH 24
#define HEAL_ROUNDS 4

struct show {
    bool line, bar;
    uint64_t most_left; /* the greatest number that waited: the length of the bar */
};

/* "约 3 分钟": never said before it is known. */
static void seconds_text(int64_t s, char out[static 40])
{
    if (s < 0)
        out[0] = '\0';
    else if (s < 90)
        snprintf(out, 40, " 约 %lld 秒", (long long)s);
    else
        snprintf(out, 40, " 约 %lld 分钟", (long long)(s + 30) / 60);
}

static void left_text(const struct session_progress *p, char out[static 40])
{
    seconds_text(session_left_s(p), out);
}

/* What a new laptop begins with: bytes of all its records. */
static void show_first(const struct show *show, const struct session_progress *p)
{
    char seconds[40];
    const double got = (double)p->first_got, total = (double)p->first_total;
    seconds_text(got > 0 ? (int64_t)((double)p->elapsed_ms / 1000 * (total - got) / got) + 1 : -1,
                 seconds);
    if (show->bar)
        fprintf(stderr, "\r先取全部资料：%.2fM，共 %.2fM%s\033[K", got / 1e6, total / 1e6, seconds);
    else if (show->line)
        fprintf(stderr, "records %llu of %llu bytes\n", (unsigned long long)p->first_got,
                (unsigned long long)p->first_total);
}

static void show_progress(void *arg, const struct session_progress *p, uint64_t left)
{
    struct show *show = arg;
    char seconds[40];
    if (p->first_total) {
        show_first(show, p);
        return;
    }
    left_text(p, seconds);
    left += p->to_receive; /* what is to be sent, and what is to come */
    if (left > show->most_left)
        show->most_left = left;
    if (show->bar) {
        uint64_t done =
            show->most_left ? (show->most_left - left) * BAR_WIDTH / show->most_left : BAR_WIDTH;
        fprintf(stderr, "\r[");
        for (uint64_t i = 0; i < BAR_WIDTH; i++)
            fputc(i < done ? '#' : '.', stderr);
        fprintf(stderr, "] 送出 %llu 收到 %llu 确认 %llu 还剩 %llu%s  ↑%lluK ↓%lluK\033[K",
                (unsigned long long)p->sent, (unsigned long long)p->received,
                (unsigned long long)p->confirmed, (unsigned long long)left, seconds,
                (unsigned long long)p->bytes_out / 1024, (unsigned long long)p->bytes_in / 1024);
    } else if (show->line) {
        fprintf(stderr,
                "sent %llu received %llu confirmed %llu left %llu out %llu in %llu seconds %lld\n",
                (unsigned long long)p->sent, (unsigned long long)p->received,
                (unsigned long long)p->confirmed, (unsigned long long)left,
                (unsigned long long)p->bytes_out, (unsigned long long)p->bytes_in,
                (long long)session_left_s(p));
    }
}

static uint64_t sum_of(const json_t *status, const char *name)
{
    const json_t *ledger;
    uint64_t n = 0;
    size_t i;
    json_array_foreach(json_object_get(status, "ledgers"), i, ledger) n +=
        (uint64_t)json_integer_value(json_object_get(ledger, name));
    return n;
}

/* Two people's work may build on one another: again, until nothing is healed any more. */
static enum status heal(struct cli *cli, struct desk *desk, struct show *show,
                        struct session_progress *progress, struct error *err)
{
    enum status st = ST_OK;
    for (size_t round = 0; st == ST_OK && round < HEAL_ROUNDS; round++) {
        size_t healed;
        st = cli_heal(cli, desk, &healed, err);
        if (st != ST_OK || healed == 0)
            break;
        st = sync_run(desk, show_progress, show, progress, err);
    }
    return st;
}

/* Whose grant runs out, and what was granted in somebody's name meanwhile. */
static void print_grants(const json_t *status, const json_t *news)
{
    const json_t *one;
    size_t i;
    json_array_foreach(json_object_get(status, "grants"), i, one)
    {
        const char *warning = json_string_value(json_object_get(one, "warning"));
        if (warning)
            printf("%s\n", warning);
    }
    json_array_foreach(news, i, one) printf("%s\n", json_string_value(one));
    if (json_array_size(news))
        printf("全部授权：huce grants\n");
}

static void show_carry(void *arg, const struct carry_progress *p)
{
    const struct show *show = arg;
    const double up = (double)p->bytes_up / 1e6, down = (double)p->bytes_down / 1e6;
    if (show->bar)
        fprintf(stderr, "\r照片等附件：送出 %zu 收到 %zu 还剩 %zu  ↑%.1fM ↓%.1fM\033[K", p->up,
                p->down, p->left, up, down);
    else if (show->line)
        fprintf(stderr, "attachments up %zu down %zu left %zu out %llu in %llu\n", p->up, p->down,
                p->left, (unsigned long long)p->bytes_up, (unsigned long long)p->bytes_down);
}

/* Records are done; a line that does not bear photos is no failure. */
static void carry(struct cli *cli, struct desk *desk, struct show *show, json_t **out)
{
    const struct carry_hooks hooks = {.progress = show_carry, .arg = show};
    struct carry_progress p = {0};
    struct error err = {0};
    *out = json_null();
    if (args_flag(&cli->args, "records-only") || !carry_waits(desk))
        return;
    if (metered_photos_wait_ms(desk) > 0) {
        if (!cli->json)
            printf("照片等附件先不传：按流量付费，还没到时候（huce metered）\n");
        return;
    }
    enum status st = carry_run(desk, &hooks, &p, &err);
    if (show->bar)
        fputc('\n', stderr);
    if (!cli->json)
        printf("照片等附件：送出 %zu 个，收到 %zu 个\n", p.up, p.down);
    if (!cli->json && (st != ST_OK || p.stuck))
        printf("还有附件没有传完，下次接着传，已传的不用再传%s%s\n", st != ST_OK ? "：" : "",
               st != ST_OK ? err.text : "");
    *out = json_pack("{s:b, s:I, s:I, s:I, s:I, s:I, s:I}", "complete", st == ST_OK && !p.stuck,
                     "up", (json_int_t)p.up, "down", (json_int_t)p.down, "stuck",
                     (json_int_t)p.stuck, "bytes_up", (json_int_t)p.bytes_up, "bytes_down",
                     (json_int_t)p.bytes_down, "cuts", (json_int_t)p.cuts);
}

static void show_history(void *arg, const struct backfill_progress *p)
{
    const struct show *show = arg;
    char seconds[40];
    seconds_text(backfill_left_s(p), seconds);
    if (show->bar)
        fprintf(stderr, "\r资料已经可用；在补以前的历史：%llu 组，共 %llu 组%s\033[K",
                (unsigned long long)p->have, (unsigned long long)p->of, seconds);
    else if (show->line)
        fprintf(stderr, "history %llu of %llu changesets in %llu\n", (unsigned long long)p->have,
                (unsigned long long)p->of, (unsigned long long)p->bytes_in);
}

/* The history behind records that came first; then what waited for it. */
static enum status fill_behind(struct cli *cli, struct desk *desk, struct show *show,
                               struct session_progress *progress, struct error *err)
{
    const struct backfill_hooks hooks = {.progress = show_history, .arg = show};
    struct backfill_progress p = {0};
    if (!backfill_waits(desk))
        return ST_OK;
    if (!cli->json) {
        printf("资料已经到齐，可以看、可以填；以前的历史接着在后面补，中断了下次接着补\n");
        fflush(stdout);
    }
    enum status st = backfill_run(desk, &hooks, &p, err);
    if (show->bar)
        fputc('\n', stderr);
    if (st == ST_OK && !cli->json && p.settled)
        printf("以前的历史补齐了：%llu 组，逐组核对过\n", (unsigned long long)p.of);
    if (st == ST_UNREACHABLE) {
        if (!cli->json)
            printf("历史还没有补完（%llu 组，共 %llu 组），下次同步接着补：%s\n",
                   (unsigned long long)p.have, (unsigned long long)p.of, err->text);
        return ST_OK;
    }
    return st == ST_OK ? sync_run(desk, show_progress, show, progress, err) : st;
}

/* With another desk of the office, without the county. */
static enum status sync_peer(struct cli *cli, const char *address, struct error *err)
{
    struct desk *desk = NULL;
    struct lan_done done = {0};
    char short_kid[17];
    enum status st = cli_desk(cli, &desk, err);
    if (st == ST_OK)
        st = lan_run(desk, address, &done, err);
    if (st == ST_OK && cli->json)
        cli_print_json(json_pack("{s:s, s:I, s:I, s:I, s:I, s:s?}", "device",
                                 desk_name_of(desk, &done.device, short_kid), "given",
                                 (json_int_t)done.given, "taken", (json_int_t)done.taken, "leaves",
                                 (json_int_t)done.leaves, "refused", (json_int_t)done.refused,
                                 "why", done.why.status == ST_OK ? NULL : done.why.text));
    else if (st == ST_OK)
        printf("同“%s”交换完成：给了 %llu 组改动，收下 %llu 组，补上县里确认过的 %llu 组\n",
               desk_name_of(desk, &done.device, short_kid), (unsigned long long)done.given,
               (unsigned long long)done.taken, (unsigned long long)done.leaves);
    if (st == ST_OK && done.refused && !cli->json)
        printf("有 %llu 组没有收下：%s\n", (unsigned long long)done.refused, done.why.text);
    desk_close(desk);
    return st;
}

enum status cmd_sync(struct cli *cli, struct error *err)
{
    if (args_value(&cli->args, "peer"))
        return sync_peer(cli, args_value(&cli->args, "peer"), err);
    struct desk *desk = NULL;
    struct session_progress progress = {0};
    struct show show = {.bar = isatty(STDERR_FILENO) && !cli->json,
                        .line = args_flag(&cli->args, "progress")};
    json_t *status = NULL, *news = NULL, *attachments = json_null();
    enum status st = cli_desk(cli, &desk, err);
    if (st == ST_OK)
        st = sync_run(desk, show_progress, &show, &progress, err);
    if (st == ST_OK)
        st = heal(cli, desk, &show, &progress, err);
    if (show.bar)
        fputc('\n', stderr);
    if (st == ST_OK && !args_flag(&cli->args, "records-only"))
        st = fill_behind(cli, desk, &show, &progress, err);
    if (st == ST_OK)
        carry(cli, desk, &show, &attachments);
    if (st == ST_OK)
        st = desk_refresh(desk, err);
    if (st == ST_OK)
        st = view_status(desk, &status, err);
    if (st == ST_OK)
        st = grants_news(desk, &news, err);
    if (st == ST_OK && cli->json) {
        json_t *out = view_progress(&progress, outbox_waiting(desk));
        json_object_set(out, "ledgers", json_object_get(status, "ledgers"));
        json_object_set(out, "grants", json_object_get(status, "grants"));
        json_object_set(out, "news", news);
        json_object_set(out, "attachments", attachments);
        cli_print_json(out);
    } else if (st == ST_OK) {
        printf("同步完成：送出 %llu 组改动，收到 %llu 组，县里确认 %llu 组\n",
               (unsigned long long)progress.sent, (unsigned long long)progress.received,
               (unsigned long long)progress.confirmed);
        uint64_t conflicts = sum_of(status, "conflicts"), returned = sum_of(status, "returned");
        if (conflicts)
            printf("有 %llu 项分歧等您决定：运行 huce conflicts list\n",
                   (unsigned long long)conflicts);
        if (returned)
            printf("有 %llu 条改动被退回，改好后再送：运行 huce tasks\n",
                   (unsigned long long)returned);
    }
    if (st == ST_OK && !cli->json)
        print_grants(status, news);
    json_decref(attachments);
    json_decref(news);
    json_decref(status);
    desk_close(desk);
    return st;
}
