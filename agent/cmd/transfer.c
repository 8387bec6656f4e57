/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * huce transfer TYPE ID --to CODE [--note TEXT]: a household moves, with all that belongs to it.
 * huce transfers list | show ID | take ID [--drop] [--note TEXT]: what moves have left open.
 */
#include <stdio.h>
#include <stdlib.h>

#include "agent/cmd/cmd.h"
#include "agent/core/transfer.h"
#include "agent/core/transfers.h"

static void print_result(const struct transfer_result *result)
{
    const char *from = origin_code(&result->from), *to = origin_code(&result->to);
    if (strcmp(result->from.text, result->to.text) == 0)
        printf("已迁回 %.12s：%zu 条记录\n", to, result->arrived);
    else if (result->arrived)
        printf("已从 %.12s 迁到 %.12s：%zu 条记录\n", from, to, result->arrived);
    else
        printf("已登记迁往 %.12s：%zu 条记录；由管着两边的乡镇或县里接收\n", to, result->left);
    if (result->late)
        printf("其中 %zu 次迁出以后的改动一并带去\n", result->late);
}

enum status cmd_transfer(struct cli *cli, struct error *err)
{
    struct desk *desk = NULL;
    struct author author = {0};
    struct transfer_result result;
    struct transfer what = {.type = cli->args.words[0],
                            .record = cli->args.words[1],
                            .ledger = args_value(&cli->args, "ledger"),
                            .to = args_value(&cli->args, "to"),
                            .note = args_value(&cli->args, "note")};
    if (!what.to)
        return error_set(err, ST_USAGE, "请写明迁往哪个村（社区）：--to 12 位区划代码");
    enum status st = cli_desk(cli, &desk, err);
    if (st == ST_OK)
        st = cli_author(cli, desk, &author, err);
    if (st == ST_OK)
        st = transfer_run(desk, &author, &what, &result, err);
    if (st == ST_OK && cli->json)
        cli_print_json(transfer_json(&result));
    else if (st == ST_OK)
        print_result(&result);
    author_release(&author);
    desk_close(desk);
    return st;
}

/* ---- transfers ---- */

static const char *text(const json_t *object, const char *name)
{
    const char *value = json_string_value(json_object_get(object, name));
    return value ? value : "";
}

static void print_entry(const json_t *entry)
{
    char when[TIME_TEXT_SIZE];
    printf("%s\n  %s %s：%s%s\n", text(entry, "id"), text(entry, "type_label"),
           text(entry, "title"), text(entry, "text"),
           json_is_true(json_object_get(entry, "takeable")) ? ""
                                                            : "（由管着两边的乡镇或县里办理）");
    if (strcmp(text(entry, "kind"), "late") != 0)
        return;
    time_text_cst(text(entry, "time"), when);
    printf("  %s 于 %s，%s%s%s\n", text(entry, "author"), text(entry, "device"), when,
           *text(entry, "note") ? "，" : "", text(entry, "note"));
}

static void print_values(const char *label, const json_t *fields)
{
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)fields, name, value)
    {
        char *words = json_dumps(value, JSON_ENCODE_ANY);
        printf("    %s %s = %s\n", label, name, words ? words : "");
        free(words);
    }
}

static enum status list_all(struct cli *cli, struct desk *desk, struct error *err)
{
    json_t *all = NULL, *one;
    size_t i;
    enum status st = transfers_list(desk, &all, err);
    if (st == ST_OK)
        st = cli_mask(cli, desk, all, "transfers", err);
    if (st == ST_OK && cli->json) {
        cli_print_json(json_pack("{s:O}", "transfers", all));
    } else if (st == ST_OK) {
        json_array_foreach(all, i, one) print_entry(one);
        if (json_array_size(all) == 0)
            printf("没有没办完的迁移事项\n");
        else
            printf(
                "\n共 %zu 项。看：huce transfers show 编号；办：huce transfers take 编号（不采用加 "
                "--drop）\n",
                json_array_size(all));
    }
    json_decref(all);
    return st;
}

static enum status show_one(struct cli *cli, struct desk *desk, struct error *err)
{
    json_t *one = NULL, *op;
    size_t i;
    enum status st = transfers_show(desk, cli->args.words[1], &one, err);
    if (st == ST_OK)
        st = cli_mask(cli, desk, one, "transfers", err);
    if (st == ST_OK && cli->json) {
        cli_print_json(json_incref(one));
    } else if (st == ST_OK) {
        print_entry(one);
        json_array_foreach(json_object_get(one, "ops"), i, op)
            print_values("当时", json_object_get(op, "fields"));
        print_values("现在", json_object_get(one, "now"));
    }
    json_decref(one);
    return st;
}

static enum status take(struct cli *cli, struct desk *desk, struct error *err)
{
    struct author author = {0};
    struct transfers_take what = {.id = cli->args.words[1],
                                  .drop = args_flag(&cli->args, "drop"),
                                  .note = args_value(&cli->args, "note")};
    json_t *shown = NULL;
    size_t taken = 0;
    enum status st = transfers_show(desk, what.id, &shown, err); /* before a PIN is asked for */
    json_decref(shown);
    if (st == ST_OK)
        st = cli_author(cli, desk, &author, err);
    if (st == ST_OK)
        st = transfers_take(desk, &author, &what, &taken, err);
    if (st == ST_OK && cli->json)
        cli_print_json(
            json_pack("{s:s, s:I}", "id", cli->args.words[1], "taken", (json_int_t)taken));
    else if (st == ST_OK)
        printf("已办 %zu 项，下次同步后各处一致\n", taken);
    author_release(&author);
    return st;
}

enum status cmd_transfers(struct cli *cli, struct error *err)
{
    static const struct verb verbs[] = {
        {"list", 1, 1, list_all}, {"show", 2, 2, show_one}, {"take", 2, 2, take}};
    return cli_verbs(cli, verbs, ARRAY_LENGTH(verbs),
                     "huce transfers list | show 编号 | take 编号 [--drop]", err);
}
