/* SPDX-License-Identifier: MulanPSL-2.0 */
/* huce sealed list | show ID | put | change ID | readers | add NAME | remove NAME | ask: cases for
 * named readers. */
#include <stdio.h>

#include "agent/cmd/cmd.h"
#include "agent/core/sealed.h"

#define ITEMS_MAX 32

static const char *ledger_of(const struct cli *cli)
{
    return args_value(&cli->args, "ledger");
}

static enum status print_cases(struct cli *cli, struct desk *desk, const char *one,
                               struct error *err)
{
    struct author author = {0};
    json_t *cases = NULL, *value;
    const json_t *item;
    const char *name;
    size_t i;
    enum status st = cli_author(cli, desk, &author, err);
    if (st == ST_OK)
        st = sealed_cases(desk, &author, cli_reader(cli, desk, "sealed"), ledger_of(cli), one,
                          &cases, err);
    if (st == ST_OK && cli->json) {
        cli_print_json(json_pack("{s:O}", "cases", cases));
    } else if (st == ST_OK) {
        json_array_foreach(cases, i, item)
        {
            json_t *items = json_object_get(item, "items");
            printf("%s\n", json_string_value(json_object_get(item, "id")));
            if (!json_is_object(items))
                printf("  没有加密给这台电脑：请另一位读者把您加进来\n");
            json_object_foreach(items, name, value)
                printf("  %s  %s\n", name, json_string_value(value));
        }
        if (json_array_size(cases) == 0)
            printf("没有封存个案\n");
    }
    json_decref(cases);
    author_release(&author);
    return st;
}

static enum status list(struct cli *cli, struct desk *desk, struct error *err)
{
    return print_cases(cli, desk, NULL, err);
}

static enum status show(struct cli *cli, struct desk *desk, struct error *err)
{
    return print_cases(cli, desk, cli->args.words[1], err);
}

static enum status save(struct cli *cli, struct desk *desk, const char *id, size_t from,
                        struct error *err)
{
    struct act_field items[ITEMS_MAX];
    struct author author = {0};
    struct record_id made;
    char digits[RECORD_ID_TEXT];
    size_t count = 0;
    for (size_t i = from; i < cli->args.word_count; i++) {
        const char *word = cli->args.words[i], *equals = strchr(word, '=');
        if (!equals || count == ITEMS_MAX)
            return error_set(err, ST_USAGE, "应为 项目=值，最多 %d 项：%.80s", ITEMS_MAX, word);
        items[count++] =
            (struct act_field){slice_of(word, (size_t)(equals - word)), slice_str(equals + 1)};
    }
    enum status st = cli_author(cli, desk, &author, err);
    if (st == ST_OK)
        st = sealed_put(desk, &author, cli_reader(cli, desk, "sealed"), ledger_of(cli), id, items,
                        count, &made, err);
    if (st == ST_OK) {
        record_id_format(&made, digits);
        if (cli->json)
            cli_print_json(json_pack("{s:s}", "id", digits));
        else
            printf("已保存 %s\n", digits);
    }
    author_release(&author);
    return st;
}

static enum status put(struct cli *cli, struct desk *desk, struct error *err)
{
    return save(cli, desk, NULL, 1, err);
}

static enum status change(struct cli *cli, struct desk *desk, struct error *err)
{
    return save(cli, desk, cli->args.words[1], 2, err);
}

static enum status readers(struct cli *cli, struct desk *desk, struct error *err)
{
    json_t *rows = NULL;
    const json_t *row;
    size_t i;
    enum status st = sealed_readers(desk, ledger_of(cli), &rows, err);
    if (st == ST_OK && cli->json)
        cli_print_json(json_pack("{s:O}", "readers", rows));
    else if (st == ST_OK)
        json_array_foreach(rows, i, row)
            printf("%s\n", json_string_value(json_object_get(row, "name")));
    json_decref(rows);
    return st;
}

typedef enum status reader_fn(struct desk *desk, struct author *author, const char *named,
                              const char *who, size_t *cases, struct error *err);

static enum status with_reader(struct cli *cli, struct desk *desk, reader_fn *run,
                               struct error *err)
{
    struct author author = {0};
    size_t cases = 0;
    enum status st = cli_author(cli, desk, &author, err);
    if (st == ST_OK)
        st = run(desk, &author, ledger_of(cli), cli->args.words[1], &cases, err);
    if (st == ST_OK && cli->json)
        cli_print_json(json_pack("{s:I}", "sealed_anew", (json_int_t)cases));
    else if (st == ST_OK)
        printf("%zu 个个案已重新加密给现在的读者\n", cases);
    author_release(&author);
    return st;
}

static enum status add(struct cli *cli, struct desk *desk, struct error *err)
{
    return with_reader(cli, desk, sealed_add, err);
}

static enum status take_away(struct cli *cli, struct desk *desk, struct error *err)
{
    return with_reader(cli, desk, sealed_remove, err);
}

static enum status ask(struct cli *cli, struct desk *desk, struct error *err)
{
    enum status st = sealed_ask(desk, err);
    if (st == ST_OK && cli->json)
        cli_print_json(json_pack("{s:b}", "asked", true));
    else if (st == ST_OK)
        printf("下次 huce sync 时问县里有哪些账本\n");
    return st;
}

enum status cmd_sealed(struct cli *cli, struct error *err)
{
    static const struct verb verbs[] = {
        {"list", 1, 1, list},           {"show", 2, 2, show},
        {"put", 2, ITEMS_MAX + 1, put}, {"change", 3, ITEMS_MAX + 2, change},
        {"readers", 1, 1, readers},     {"add", 2, 2, add},
        {"remove", 2, 2, take_away},    {"ask", 1, 1, ask}};
    return cli_verbs(cli, verbs, ARRAY_LENGTH(verbs), "huce sealed " SEALED_USAGE, err);
}
