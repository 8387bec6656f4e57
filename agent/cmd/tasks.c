/* SPDX-License-Identifier: MulanPSL-2.0 */
/* huce tasks [list | show ID | send ID [field=value…] [--without FIELD]… | drop ID --note REASON]
 */
#include <stdio.h>
#include <stdlib.h>

#include "agent/cmd/cmd.h"
#include "agent/core/task.h"

#define WITHOUT_MAX 64

static const char *text(const json_t *object, const char *name)
{
    const char *value = json_string_value(json_object_get(object, name));
    return value ? value : "";
}

static void print_task(const json_t *task)
{
    const json_t *op, *value;
    const char *name;
    char when[TIME_TEXT_SIZE];
    size_t i;
    time_text_cst(text(task, "time"), when);
    printf("%s\n  %s %s %s\n  %s（%s）\n", text(task, "id"), text(task, "author"), when,
           text(task, "note"), text(task, "text"), text(task, "reason"));
    json_array_foreach(json_object_get(task, "ops"), i, op)
    {
        printf("  %s %s\n", text(op, "type_label"), text(op, "record"));
        json_object_foreach(json_object_get(op, "fields"), name, value)
        {
            char *shown = json_dumps(value, JSON_ENCODE_ANY);
            printf("    %s = %s\n", name, shown);
            free(shown);
        }
    }
}

static enum status list_all(struct cli *cli, struct desk *desk, struct error *err)
{
    json_t *tasks = NULL, *task;
    size_t i;
    enum status st = task_list(desk, &tasks, err);
    if (st == ST_OK)
        st = cli_mask(cli, desk, tasks, "tasks", err);
    if (st == ST_OK && cli->json) {
        cli_print_json(json_pack("{s:O}", "tasks", tasks));
    } else if (st == ST_OK) {
        json_array_foreach(tasks, i, task) print_task(task);
        if (json_array_size(tasks))
            printf(
                "\n共 %zu 条。改好再送：huce tasks send 编号 项目=值；放下：huce tasks drop 编号 "
                "--note 原因\n",
                json_array_size(tasks));
        else
            printf("没有退回的改动\n");
    }
    json_decref(tasks);
    return st;
}

static enum status show_one(struct cli *cli, struct desk *desk, struct error *err)
{
    json_t *task = NULL;
    enum status st = task_show(desk, cli->args.words[1], &task, err);
    if (st == ST_OK)
        st = cli_mask(cli, desk, task, "tasks", err);
    if (st == ST_OK && cli->json)
        cli_print_json(json_incref(task));
    else if (st == ST_OK)
        print_task(task);
    json_decref(task);
    return st;
}

static enum status send_again(struct cli *cli, struct desk *desk, struct error *err)
{
    const struct args *args = &cli->args;
    struct author author = {0};
    const char *without[WITHOUT_MAX];
    struct task_send what = {.id = args->words[1],
                             .set_count = args->word_count - 2,
                             .sets = args->words + 2,
                             .without = without,
                             .note = args_value(args, "note")};
    while (what.without_count < WITHOUT_MAX &&
           (without[what.without_count] = args_nth(args, "without", what.without_count)))
        what.without_count++;
    if (what.set_count > 60)
        return error_set(err, ST_USAGE, "一次最多改 60 项");
    enum status st = cli_author(cli, desk, &author, err);
    if (st == ST_OK)
        st = task_send(desk, &author, &what, err);
    if (st == ST_OK && cli->json)
        cli_print_json(json_pack("{s:b}", "ok", true));
    else if (st == ST_OK)
        printf("已重新存入本机，下次同步送出\n");
    author_release(&author);
    return st;
}

static enum status lay_aside(struct cli *cli, struct desk *desk, struct error *err)
{
    const char *note = args_value(&cli->args, "note");
    if (!note || !*note)
        return error_set(err, ST_USAGE, "放下要写明原因：--note 原因");
    enum status st = task_drop(desk, cli->args.words[1], note, err);
    if (st == ST_OK && cli->json)
        cli_print_json(json_pack("{s:b}", "ok", true));
    else if (st == ST_OK)
        printf("已放下；原来的改动仍在历史里\n");
    return st;
}

enum status cmd_tasks(struct cli *cli, struct error *err)
{
    static const struct verb verbs[] = {{"list", 1, 1, list_all},
                                        {"show", 2, 2, show_one},
                                        {"send", 2, ARGS_WORDS_MAX, send_again},
                                        {"drop", 2, 2, lay_aside}};
    return cli_verbs(cli, verbs, ARRAY_LENGTH(verbs),
                     "huce tasks [list | show 编号 | send 编号 [项目=值…] [--without 项目] | drop "
                     "编号 --note 原因]",
                     err);
}
