/* SPDX-License-Identifier: MulanPSL-2.0 */
/* huce status */
#include <stdio.h>

#include "agent/cmd/cmd.h"
#include "agent/core/view.h"

static long long number(const json_t *ledger, const char *name)
{
    return json_integer_value(json_object_get(ledger, name));
}

/* Wrong by more than this is told. */
#define CLOCK_WRONG_S 120

static void print_clock(long long ahead_s)
{
    long long off = ahead_s < 0 ? -ahead_s : ahead_s;
    const char *way = ahead_s < 0 ? "慢" : "快";
    if (off < CLOCK_WRONG_S)
        return;
    printf("本机时钟比县里%s", way);
    if (off >= 2 * 86400)
        printf("约 %lld 天", off / 86400);
    else if (off >= 2 * 3600)
        printf("约 %lld 小时", off / 3600);
    else
        printf("约 %lld 分钟", off / 60);
    printf("：请校准日期和时间（已存的改动不受影响）\n");
}

static void print_breaches(const json_t *breaches)
{
    const json_t *breach;
    size_t i;
    json_array_foreach(breaches, i, breach)
    {
        const char *evidence = json_string_value(json_object_get(breach, "evidence"));
        printf("  警告：%s（作者 %s）。请报告上级，不要删除数据\n",
               json_string_value(json_object_get(breach, "text")),
               json_string_value(json_object_get(breach, "name")));
        if (evidence)
            printf("  证据：%s\n", evidence);
    }
}

/* Where everybody's chains end: what a revocation without a network can vouch for. */
static void print_heads(const json_t *heads)
{
    const json_t *head;
    size_t i;
    json_array_foreach(heads, i, head)
        printf("  %s 写到第 %lld 组：--cut %s\n", json_string_value(json_object_get(head, "name")),
               number(head, "number"), json_string_value(json_object_get(head, "cut")));
}

static void print_backup(const json_t *backup)
{
    const char *last = json_string_value(json_object_get(backup, "last"));
    char when[TIME_TEXT_SIZE] = "还没有";
    if (!backup || json_is_null(backup))
        return;
    if (last)
        time_text_cst(last, when);
    printf("自动备份到 %s，最近一次 %s%s\n", json_string_value(json_object_get(backup, "to")), when,
           json_is_true(json_object_get(backup, "current"))
               ? ""
               : "；后来的改动还没有备份：插上 U 盘，运行 huce backup");
}

static void print_history(const json_t *history)
{
    if (!json_is_object(history))
        return;
    printf(
        "  资料已经可以看、可以填；以前的历史到了 %lld 组，共 %lld 组%s：接着同步（huce sync）\n",
        number(history, "have"), number(history, "of"),
        json_is_true(json_object_get(history, "waits")) ? "，县里新来的要等它到齐才能显示" : "");
}

static void print_status(const json_t *status, bool heads)
{
    const json_t *ledgers = json_object_get(status, "ledgers"), *people;
    const json_t *ledger, *person;
    size_t i;
    people = json_object_get(status, "people");
    printf("县里的服务器：%s\n本机的人：", json_string_value(json_object_get(status, "server")));
    json_array_foreach(people, i, person) printf("%s%s", i ? "、" : "", json_string_value(person));
    putchar('\n');
    if (!json_is_true(json_object_get(status, "encrypted")))
        printf("数据没有加密：拿到这台电脑的人能读到全部资料；加密：huce vault on\n");
    else if (!json_is_true(json_object_get(status, "recoverable")))
        printf("数据已加密；县里还不能帮助恢复，请不要忘记启动口令\n");
    json_array_foreach(json_object_get(status, "grants"), i, person)
    {
        const char *warning = json_string_value(json_object_get(person, "warning"));
        if (warning)
            printf("%s\n", warning);
    }
    print_clock(json_integer_value(json_object_get(status, "clock_ahead_s")));
    print_backup(json_object_get(status, "backup"));
    if (json_is_true(json_object_get(status, "put_back")))
        printf(
            "本机的数据退回过：比已经送出的旧。可以照常填写；下次同步先取回送出过的，再送新的\n");
    json_array_foreach(ledgers, i, ledger)
    {
        const char *last = json_string_value(json_object_get(ledger, "last_sync"));
        printf("\n账本 %s\n", json_string_value(json_object_get(ledger, "origin")));
        printf("  本机已存 %lld 条改动，已送出 %lld，县里已确认 %lld\n", number(ledger, "unsent"),
               number(ledger, "sent"), number(ledger, "confirmed"));
        if (number(ledger, "conflicts"))
            printf("  待我决定 %lld 项：运行 huce conflicts list\n", number(ledger, "conflicts"));
        if (number(ledger, "returned"))
            printf("  退回 %lld 条改动，改好后再送：运行 huce tasks\n", number(ledger, "returned"));
        if (number(ledger, "others"))
            printf("  其中 %lld 条是办公室别的电脑写的，本机代为送出\n", number(ledger, "others"));
        if (number(ledger, "refused"))
            printf("  有 %lld 条改动县里没有接受，请联系县里\n", number(ledger, "refused"));
        if (json_is_integer(json_object_get(ledger, "witnessed")))
            printf("  见证人联署到第 %lld 项，共 %lld 项\n", number(ledger, "witnessed"),
                   number(ledger, "size"));
        print_history(json_object_get(ledger, "history"));
        print_breaches(json_object_get(ledger, "breaches"));
        if (!json_is_true(json_object_get(ledger, "readable")))
            printf("  本机的人不再管这里：县里不再送来新内容，以前的都还在%s\n",
                   number(ledger, "sent") ? "；已送出的改动由县里认定" : "");
        if (heads)
            print_heads(json_object_get(ledger, "heads"));
        char when[TIME_TEXT_SIZE] = "还没有";
        if (last)
            time_text_cst(last, when);
        printf("  上次同步：%s\n", when);
    }
}

enum status cmd_status(struct cli *cli, struct error *err)
{
    struct desk *desk = NULL;
    json_t *status = NULL;
    enum status st = cli_desk(cli, &desk, err);
    if (st == ST_OK)
        st = view_status(desk, &status, err);
    if (st == ST_OK && cli->json)
        cli_print_json(json_incref(status));
    else if (st == ST_OK)
        print_status(status, args_flag(&cli->args, "heads"));
    json_decref(status);
    desk_close(desk);
    return st;
}
