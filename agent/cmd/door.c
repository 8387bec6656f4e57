/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * huce door make [HOUSEHOLD] | renew HOUSEHOLD --note WHY | print --out F [HOUSEHOLD] | open CODE:
 * the code on a door.
 */
#include <stdio.h>

#include "agent/cmd/cmd.h"
#include "agent/core/doors.h"
#include "shared/base/file.h"

#define PAGE_MAX (64 * 1024 * 1024)

static const char *text(const json_t *object, const char *name)
{
    const char *value = json_string_value(json_object_get(object, name));
    return value ? value : "";
}

static const char *only(const struct cli *cli)
{
    return cli->args.word_count > 1 ? cli->args.words[1] : NULL;
}

static enum status make(struct cli *cli, struct desk *desk, bool renew, struct error *err)
{
    struct author author = {0};
    size_t made = 0;
    const char *note = args_value(&cli->args, "note");
    if (renew && (!note || !*note))
        return error_set(err, ST_USAGE, "换门牌要用 --note 写明原因");
    enum status st = cli_author(cli, desk, &author, err);
    if (st == ST_OK)
        st = doors_make(desk, &author, args_value(&cli->args, "ledger"), only(cli), renew, note,
                        &made, err);
    if (st == ST_OK && cli->json)
        cli_print_json(json_pack("{s:I}", "made", (json_int_t)made));
    else if (st == ST_OK)
        printf(made ? "新做 %zu 个门牌码；打印：huce door print --out 门牌.html\n"
                    : "在册户都有门牌码了\n",
               made);
    author_release(&author);
    return st;
}

static enum status make_new(struct cli *cli, struct desk *desk, struct error *err)
{
    return make(cli, desk, false, err);
}

static enum status renew_one(struct cli *cli, struct desk *desk, struct error *err)
{
    return make(cli, desk, true, err);
}

static enum status print_page(struct cli *cli, struct desk *desk, struct error *err)
{
    json_t *doors = NULL;
    struct buf page;
    const char *path = args_value(&cli->args, "out");
    if (!path)
        return error_set(err, ST_USAGE, "请用 --out 门牌.html 写明文件");
    buf_init(&page, PAGE_MAX);
    enum status st = doors_list(desk, args_value(&cli->args, "ledger"), only(cli), &doors, err);
    if (st == ST_OK && json_array_size(doors) == 0)
        st = error_set(err, ST_NOT_FOUND, "还没有门牌码：huce door make");
    if (st == ST_OK)
        st = doors_page(doors, &page, err);
    if (st == ST_OK)
        st = file_replace(path, buf_slice(&page), 0600, err);
    if (st == ST_OK)
        printf("%zu 个门牌写入 %s，用浏览器打印\n", json_array_size(doors), path);
    buf_release(&page);
    json_decref(doors);
    return st;
}

static enum status open_one(struct cli *cli, struct desk *desk, struct error *err)
{
    json_t *door = NULL;
    enum status st = door_open(desk, cli->args.words[1], &door, err);
    if (st == ST_OK && cli->json)
        cli_print_json(json_incref(door));
    else if (st == ST_OK)
        printf("%s  %s\n  看这一户：huce get household %s\n", text(door, "household_code"),
               text(door, "address"), text(door, "household"));
    json_decref(door);
    return st;
}

enum status cmd_door(struct cli *cli, struct error *err)
{
    static const struct verb verbs[] = {{"make", 1, 2, make_new},
                                        {"renew", 2, 2, renew_one},
                                        {"print", 1, 2, print_page},
                                        {"open", 2, 2, open_one}};
    return cli_verbs(cli, verbs, ARRAY_LENGTH(verbs), "huce door " DOOR_USAGE, err);
}
