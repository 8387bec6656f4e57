/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * huce sync [--once] [--progress]: one exchange with the county. On a terminal one line is
 * rewritten as it goes; with --progress elsewhere every step is a line.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "agent/cmd/cmd.h"
#include "agent/core/fork.h"
#include "agent/core/grants.h"
#include "agent/core/outbox.h"
#include "agent/core/sync.h"
#include "agent/core/view.h"
#include "shared/codec/hex.h"

#define BAR_WIDTH 24
#define PEOPLE_MAX 64
#define HEAL_ROUNDS 4

struct show {
    bool line, bar;
    uint64_t most_left; /* the greatest number that waited: the length of the bar */
};

static void show_progress(void *arg, const struct session_progress *p, uint64_t left)
{
    struct show *show = arg;
    if (left > show->most_left)
        show->most_left = left;
    if (show->bar) {
        uint64_t done =
            show->most_left ? (show->most_left - left) * BAR_WIDTH / show->most_left : BAR_WIDTH;
        fprintf(stderr, "\r[");
        for (uint64_t i = 0; i < BAR_WIDTH; i++)
            fputc(i < done ? '#' : '.', stderr);
        fprintf(stderr, "] 送出 %llu 收到 %llu 确认 %llu 还剩 %llu  ↑%lluK ↓%lluK\033[K",
                (unsigned long long)p->sent, (unsigned long long)p->received,
                (unsigned long long)p->confirmed, (unsigned long long)left,
                (unsigned long long)p->bytes_out / 1024, (unsigned long long)p->bytes_in / 1024);
    } else if (show->line) {
        fprintf(stderr, "sent %llu received %llu confirmed %llu left %llu out %llu in %llu\n",
                (unsigned long long)p->sent, (unsigned long long)p->received,
                (unsigned long long)p->confirmed, (unsigned long long)left,
                (unsigned long long)p->bytes_out, (unsigned long long)p->bytes_in);
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

/* Work on a chain that has split is signed again, if its author can be asked for the PIN. */
static enum status heal_one(struct cli *cli, struct desk *desk, const struct hash *kid,
                            size_t *healed, struct error *err)
{
    const char *pin_file = args_value(&cli->args, "pin-file"), *env = getenv("HUCE_PIN_FILE");
    char hex[2 * HASH_SIZE + 1], short_kid[17];
    struct author author;
    struct error why;
    size_t here = 0;
    hex_encode(hash_slice(kid), hex);
    bool asks = pin_file || (env && *env) || isatty(STDIN_FILENO);
    if (!asks || desk_author(desk, hex, pin_file, &author, &why) != ST_OK) {
        fprintf(stderr,
                "%s 有改动还没有送出：这台电脑的数据退回过，要本人重新签名。请运行 huce sync "
                "--pin-file 口令文件\n",
                desk_name_of(desk, kid, short_kid));
        return ST_OK;
    }
    enum status st = fork_heal_all(desk, &author, &here, err);
    author_release(&author);
    *healed += here;
    return st;
}

/* Two people's work may build on one another: again, until nothing is healed any more. */
static enum status heal(struct cli *cli, struct desk *desk, struct show *show,
                        struct session_progress *progress, struct error *err)
{
    struct hash kids[PEOPLE_MAX];
    enum status st = desk_refresh(desk, err);
    for (size_t round = 0; st == ST_OK && round < HEAL_ROUNDS; round++) {
        size_t n = desk_people(desk, kids, PEOPLE_MAX), healed = 0;
        for (size_t i = 0; st == ST_OK && i < n; i++)
            if (fork_waits(desk, &kids[i]))
                st = heal_one(cli, desk, &kids[i], &healed, err);
        if (st != ST_OK || healed == 0)
            break;
        st = sync_run(desk, show_progress, show, progress, err);
        if (st == ST_OK)
            st = desk_refresh(desk, err);
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

enum status cmd_sync(struct cli *cli, struct error *err)
{
    struct desk *desk = NULL;
    struct session_progress progress = {0};
    struct show show = {.bar = isatty(STDERR_FILENO) && !cli->json,
                        .line = args_flag(&cli->args, "progress")};
    json_t *status = NULL, *news = NULL;
    enum status st = cli_desk(cli, &desk, err);
    if (st == ST_OK)
        st = sync_run(desk, show_progress, &show, &progress, err);
    if (st == ST_OK)
        st = heal(cli, desk, &show, &progress, err);
    if (show.bar)
        fputc('\n', stderr);
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
    json_decref(news);
    json_decref(status);
    desk_close(desk);
    return st;
}
