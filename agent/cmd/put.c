/* SPDX-License-Identifier: MulanPSL-2.0 */
/* huce put TYPE [ID] field=value… : one change, durable when the command returns. */
#include <stdio.h>

#include "agent/cmd/cmd.h"
#include "agent/core/act.h"

static enum status read_fields(struct cli *cli, const struct catalog_table *table, size_t first,
                               struct act_field *fields, size_t *count, struct error *err)
{
    const struct catalog_field *field;
    for (size_t i = first; i < cli->args.word_count; i++) {
        const char *word = cli->args.words[i], *equals = strchr(word, '=');
        if (!equals || equals == word)
            return error_set(err, ST_USAGE, "“%s”应写成 项目=值，例如 phone=13800000000", word);
        struct slice name = slice_of(word, (size_t)(equals - word));
        enum status st = edit_field(table, name, &field, err); /* before a PIN is asked for */
        if (st != ST_OK)
            return st;
        fields[(*count)++] = (struct act_field){name, slice_str(equals + 1)};
    }
    return *count ? ST_OK : error_set(err, ST_USAGE, "请写明要填的项目，例如 phone=13800000000");
}

static void print_result(const struct cli *cli, const struct act_result *result, const char *zh)
{
    char hex[RECORD_ID_TEXT];
    record_id_format(&result->id, hex);
    if (cli->json)
        cli_print_json(json_pack("{s:s, s:b, s:b}", "id", hex, "created", result->created,
                                 "changed", result->changed));
    else
        printf("%s %s（%s）\n", result->changed ? "已存在本机：" : "没有变化：", hex, zh);
}

enum status cmd_put(struct cli *cli, struct error *err)
{
    struct desk *desk = NULL;
    struct author author = {0};
    const struct args *args = &cli->args;
    const struct catalog_table *table;
    bool named = !strchr(args->words[1], '=');
    struct act_field *fields = mem_alloc(ARGS_WORDS_MAX * sizeof(*fields));
    struct act_save what = {.type = args->words[0],
                            .record = named ? args->words[1] : NULL,
                            .ledger = args_value(args, "ledger"),
                            .fields = fields,
                            .note = args_value(args, "note")};
    struct act_result result;
    enum status st = cli_desk(cli, &desk, err);
    if (st == ST_OK)
        st = act_type(desk, what.type, &table, err);
    if (st == ST_OK)
        st = read_fields(cli, table, named ? 2 : 1, fields, &what.count, err);
    if (st == ST_OK)
        st = cli_author(cli, desk, &author, err);
    if (st == ST_OK)
        st = act_save(desk, &author, &what, &result, err);
    if (st == ST_OK)
        st = act_type(desk, what.type, &table, err);
    if (st == ST_OK)
        print_result(cli, &result, table->zh);
    mem_free(fields);
    author_release(&author);
    desk_close(desk);
    return st;
}
