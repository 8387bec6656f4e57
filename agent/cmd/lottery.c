/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * huce lottery list | show ID | freeze ID | draw ID | withdraw ID HOUSEHOLD | sheet ID | check
 * FILE: a draw of lots that everybody can compute again.
 */
#include <stdio.h>

#include "agent/cmd/cmd.h"
#include "agent/core/lottery.h"
#include "shared/base/file.h"
#include "shared/crypto/hash.h"

static const char *text(const json_t *object, const char *name)
{
    const char *value = json_string_value(json_object_get(object, name));
    return value ? value : "";
}

static const char *status_zh(const char *status)
{
    static const struct {
        const char *status, *zh;
    } words[] = {
        {"open", "报名中"}, {"frozen", "名单已冻结"}, {"drawn", "已抓阄"}, {"cancelled", "已取消"}};
    for (size_t i = 0; i < ARRAY_LENGTH(words); i++)
        if (strcmp(words[i].status, status) == 0)
            return words[i].zh;
    return "报名中";
}

static enum status list_all(struct cli *cli, struct desk *desk, struct error *err)
{
    json_t *all = NULL, *one;
    size_t i;
    enum status st = lottery_list(desk, &all, err);
    if (st == ST_OK && cli->json) {
        cli_print_json(json_pack("{s:O}", "lotteries", all));
    } else if (st == ST_OK) {
        json_array_foreach(all, i, one)
            printf("%s  %s  %s  报名 %lld 户，标的 %lld\n", text(one, "id"), text(one, "title"),
                   status_zh(text(one, "status")),
                   (long long)json_integer_value(json_object_get(one, "applied")),
                   (long long)json_integer_value(json_object_get(one, "lots")));
        if (json_array_size(all) == 0)
            printf("没有抓阄。新建：huce put lottery title=… status=open lots=+资产编号,…\n");
    }
    json_decref(all);
    return st;
}

static void print_shown(const json_t *shown)
{
    const json_t *one;
    size_t i;
    printf("%s（%s）\n", text(shown, "title"), status_zh(text(shown, "status")));
    if (*text(shown, "check"))
        printf("  %s：%s\n", *text(shown, "list") ? "核对不符" : "还不能冻结",
               text(shown, "check"));
    if (*text(shown, "list_hash"))
        printf("  名单指纹 %s\n  种子指纹 %s\n", text(shown, "list_hash"),
               text(shown, "seed_hash"));
    if (*text(shown, "result")) {
        printf("  种子 %s  报的数 %s\n  结果（种类 名次 序号 户编号 标的）：\n",
               text(shown, "seed"), text(shown, "numbers"));
        printf("%s\n", text(shown, "result"));
        return;
    }
    json_array_foreach(json_object_get(shown, "entries"), i, one) printf(
        "  %-4s %s %s %s%s\n", text(one, "number"), text(one, "kind"), text(one, "household"),
        text(one, "name"), strcmp(text(one, "status"), "withdrawn") == 0 ? "（已退出）" : "");
    json_array_foreach(json_object_get(shown, "left_over"), i, one)
        printf("  冻结以后才到的报名，不参加：%s %s\n", text(one, "kind"), text(one, "household"));
}

static enum status show_one(struct cli *cli, struct desk *desk, struct error *err)
{
    json_t *shown = NULL;
    enum status st = lottery_show(desk, cli->args.words[1], &shown, err);
    if (st == ST_OK && cli->json)
        cli_print_json(json_incref(shown));
    else if (st == ST_OK)
        print_shown(shown);
    json_decref(shown);
    return st;
}

/* The seed on paper: the desk may be lost before the meeting. */
static enum status write_envelope(const char *path, const struct lottery_frozen *frozen,
                                  struct error *err)
{
    struct buf out;
    buf_init(&out, 4096);
    buf_printf(&out,
               "抓阄种子（打印后装入信封，封口请两位村民签名，会上拆封；拆封以前谁也不要看）\n\n"
               "名单指纹：%s\n种子指纹：%s\n种子：%s\n",
               frozen->list_hash, frozen->seed_hash, frozen->seed);
    enum status st = file_replace(path, buf_slice(&out), 0600, err);
    secret_wipe(out.p, out.n);
    buf_release(&out);
    return st;
}

static enum status freeze_one(struct cli *cli, struct desk *desk, struct error *err)
{
    struct author author = {0};
    struct lottery_frozen frozen;
    const char *envelope = args_value(&cli->args, "envelope");
    enum status st = cli_author(cli, desk, &author, err);
    if (st == ST_OK)
        st = lottery_freeze(desk, &author, cli->args.words[1], args_value(&cli->args, "note"),
                            &frozen, err);
    author_release(&author);
    if (st != ST_OK)
        return st;
    struct error why;
    bool written = envelope && write_envelope(envelope, &frozen, &why) == ST_OK;
    if (cli->json)
        cli_print_json(json_pack("{s:I, s:I, s:s, s:s}", "entries", (json_int_t)frozen.entries,
                                 "lots", (json_int_t)frozen.lots, "list_hash", frozen.list_hash,
                                 "seed_hash", frozen.seed_hash));
    else
        printf("名单已冻结：%zu 户，%zu 个标的。请现在就公布：\n  名单指纹 %s\n  种子指纹 %s\n",
               frozen.entries, frozen.lots, frozen.list_hash, frozen.seed_hash);
    if (written && !cli->json)
        printf("种子写在 %s：打印装入信封封好，文件随后删掉\n", envelope);
    if (envelope && !written)
        fprintf(stderr, "huce: 名单已冻结，但种子没有写成文件：%s\n", why.text);
    secret_wipe(&frozen, sizeof(frozen));
    return ST_OK;
}

static enum status draw_one(struct cli *cli, struct desk *desk, struct error *err)
{
    struct author author = {0};
    json_t *shown = NULL;
    struct lottery_drawing what = {.numbers = args_value(&cli->args, "numbers"),
                                   .seed = args_value(&cli->args, "seed"),
                                   .witnesses = args_value(&cli->args, "witness"),
                                   .note = args_value(&cli->args, "note")};
    if (!what.numbers)
        return error_set(err, ST_USAGE, "请用 --numbers 3,5,1,6 写上当场掷出或报出的数");
    enum status st = cli_author(cli, desk, &author, err);
    if (st == ST_OK)
        st = lottery_draw(desk, &author, cli->args.words[1], &what, &shown, err);
    if (st == ST_OK && cli->json)
        cli_print_json(json_incref(shown));
    else if (st == ST_OK)
        print_shown(shown);
    author_release(&author);
    json_decref(shown);
    return st;
}

static enum status withdraw_one(struct cli *cli, struct desk *desk, struct error *err)
{
    struct author author = {0};
    struct buf next;
    const struct lottery_leaving who = {.household = cli->args.words[2],
                                        .kind = args_value(&cli->args, "kind"),
                                        .note = args_value(&cli->args, "note")};
    buf_init(&next, 256);
    enum status st = cli_author(cli, desk, &author, err);
    if (st == ST_OK)
        st = lottery_withdraw(desk, &author, cli->args.words[1], &who, &next, err);
    if (st == ST_OK && cli->json)
        cli_print_json(json_pack("{s:s, s:s?}", "household", cli->args.words[2], "next",
                                 next.n ? buf_cstr(&next) : NULL));
    else if (st == ST_OK && next.n)
        printf("户 %s 已退出，标的由候补第一名递补：%s\n", cli->args.words[2], buf_cstr(&next));
    else if (st == ST_OK)
        printf("户 %s 已退出\n", cli->args.words[2]);
    author_release(&author);
    buf_release(&next);
    return st;
}

static void put_html(struct slice sheet, struct buf *out)
{
    buf_put_str(out,
                "<!DOCTYPE html><html lang=\"zh\"><meta charset=\"utf-8\"><title>抓阄单</title>"
                "<style>@page{size:A4;margin:15mm}pre{font:10pt/1.5 \"Noto Sans Mono CJK SC\","
                "monospace;white-space:pre-wrap;overflow-wrap:anywhere}</style><pre>");
    for (size_t i = 0; i < sheet.n; i++)
        if (sheet.p[i] == '<' || sheet.p[i] == '&')
            buf_put_str(out, sheet.p[i] == '<' ? "&lt;" : "&amp;");
        else
            buf_put_u8(out, sheet.p[i]);
    buf_put_str(out, "</pre></html>\n");
}

static bool ends_with(const char *path, const char *ending)
{
    size_t n = strlen(path), m = strlen(ending);
    return n >= m && strcmp(path + n - m, ending) == 0;
}

static enum status sheet_one(struct cli *cli, struct desk *desk, struct error *err)
{
    json_t *shown = NULL;
    const char *path = args_value(&cli->args, "out");
    struct buf sheet, page;
    buf_init(&sheet, LOTS_SHEET_MAX);
    buf_init(&page, 4 * LOTS_SHEET_MAX);
    enum status st = lottery_show(desk, cli->args.words[1], &shown, err);
    if (st == ST_OK && !*text(shown, "list"))
        st = error_set(err, ST_REFUSED, "名单还没有冻结：huce lottery freeze %s",
                       cli->args.words[1]);
    if (st == ST_OK) {
        lottery_sheet(shown, &sheet);
        if (!buf_ok(&sheet))
            st = error_set(err, ST_LIMIT, "抓阄单太长");
    }
    if (st == ST_OK && !path)
        fwrite(sheet.p, 1, sheet.n, stdout);
    if (st == ST_OK && path) {
        bool html = ends_with(path, ".html");
        if (html)
            put_html(buf_slice(&sheet), &page);
        st = file_replace(path, html ? buf_slice(&page) : buf_slice(&sheet), 0644, err);
    }
    if (st == ST_OK && path)
        printf("抓阄单已写入 %s\n", path);
    buf_release(&sheet);
    buf_release(&page);
    json_decref(shown);
    return st;
}

static const struct verb verbs[] = {{"list", 1, 1, list_all},         {"show", 2, 2, show_one},
                                    {"freeze", 2, 2, freeze_one},     {"draw", 2, 2, draw_one},
                                    {"withdraw", 3, 3, withdraw_one}, {"sheet", 2, 2, sheet_one}};

/* Of a sheet from anybody, by anybody: needs no data folder. */
static enum status check_file(const struct cli *cli, const char *path, struct error *err)
{
    struct buf file;
    struct lots_sheet sheet;
    bool drawn = false;
    enum status st = file_read(path, LOTS_SHEET_MAX, &file, err);
    if (st == ST_OK)
        st = lots_sheet_read(buf_slice(&file), &sheet, err);
    if (st == ST_OK)
        st = lots_sheet_check(&sheet, &drawn, err);
    if (st == ST_OK && cli->json)
        cli_print_json(json_pack("{s:b, s:b}", "ok", true, "drawn", drawn));
    else if (st == ST_OK)
        printf(drawn ? "核对无误：名单、种子、当场报的数与结果相符\n"
                     : "名单与名单指纹相符；还没有抓阄\n");
    buf_release(&file);
    return st;
}

enum status cmd_lottery(struct cli *cli, struct error *err)
{
    if (cli->args.word_count == 2 && strcmp(cli->args.words[0], "check") == 0)
        return check_file(cli, cli->args.words[1], err);
    return cli_verbs(cli, verbs, ARRAY_LENGTH(verbs), "huce lottery " LOTTERY_USAGE, err);
}
