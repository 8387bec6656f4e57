/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * huce duplicates list [--all] | link A B --note TEXT | unlink A B --note TEXT: records that may be
 * one thing; that they are; that they are not.
 */
#include <stdio.h>

#include "agent/cmd/cmd.h"
#include "agent/core/duplicates.h"

static const char *text(const json_t *object, const char *name)
{
    const char *value = json_string_value(json_object_get(object, name));
    return value ? value : "";
}

static void print_pair(const json_t *pair)
{
    json_t *one;
    size_t i;
    printf("%s：%s\n", text(pair, "type_label"), text(pair, "text"));
    json_array_foreach(json_object_get(pair, "records"), i, one)
    {
        char when[TIME_TEXT_SIZE];
        const char *place = text(one, "ledger");
        time_text_cst(text(one, "time"), when);
        printf("  %s  %s  %s 于 %s 建，%s，%s\n", text(one, "id"), text(one, "title"),
               text(one, "author"), text(one, "device"), when, place);
    }
}

static enum status list_all(struct cli *cli, struct desk *desk, struct error *err)
{
    json_t *all = NULL, *one;
    size_t i;
    enum status st = duplicates_list(desk, args_flag(&cli->args, "all"), &all, err);
    if (st == ST_OK)
        st = cli_mask(cli, desk, all, "duplicates", err);
    if (st == ST_OK && cli->json) {
        cli_print_json(json_pack("{s:O}", "duplicates", all));
    } else if (st == ST_OK) {
        json_array_foreach(all, i, one) print_pair(one);
        if (json_array_size(all) == 0)
            printf("没有发现重复的记录\n");
        else
            printf("\n共 %zu 对。是同一个：huce duplicates link 编号 编号 --note 依据；"
                   "不是：huce duplicates unlink 编号 编号 --note 依据\n",
                   json_array_size(all));
    }
    json_decref(all);
    return st;
}

static enum status say(struct cli *cli, struct desk *desk, bool same, struct error *err)
{
    struct author author = {0};
    struct duplicates_say what = {.a = cli->args.words[1],
                                  .b = cli->args.words[2],
                                  .same = same,
                                  .note = args_value(&cli->args, "note")};
    bool changed = false;
    if (!what.note || !*what.note) /* before a PIN is asked for */
        return error_set(err, ST_USAGE, "请用 --note 写明依据");
    enum status st = cli_author(cli, desk, &author, err);
    if (st == ST_OK)
        st = duplicates_say(desk, &author, &what, &changed, err);
    if (st == ST_OK && cli->json)
        cli_print_json(json_pack("{s:s, s:s, s:b, s:b}", "a", what.a, "b", what.b, "same", same,
                                 "changed", changed));
    else if (st == ST_OK && !changed)
        printf("已经是这样认定的\n");
    else if (st == ST_OK)
        printf(same ? "已认定为同一个，合并计数；两边的历史都保留，可以撤回\n"
                    : "已认定不是同一个，分别计数\n");
    author_release(&author);
    return st;
}

static enum status link_two(struct cli *cli, struct desk *desk, struct error *err)
{
    return say(cli, desk, true, err);
}

static enum status unlink_two(struct cli *cli, struct desk *desk, struct error *err)
{
    return say(cli, desk, false, err);
}

enum status cmd_duplicates(struct cli *cli, struct error *err)
{
    static const struct verb verbs[] = {
        {"list", 1, 1, list_all}, {"link", 3, 3, link_two}, {"unlink", 3, 3, unlink_two}};
    return cli_verbs(
        cli, verbs, ARRAY_LENGTH(verbs),
        "huce duplicates list [--all] | link 编号 编号 --note 依据 | unlink 编号 编号 --note 依据",
        err);
}
