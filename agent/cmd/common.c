/* SPDX-License-Identifier: MulanPSL-2.0 */
/* common: what the commands share: opening the desk, who signs, which record, how it is printed. */
#include <stdio.h>
#include <stdlib.h>

#include "agent/cmd/cmd.h"
#include "agent/core/act.h"

enum status cli_desk(struct cli *cli, struct desk **out, struct error *err)
{
    const char *at = args_value(&cli->args, "at");
    return at ? desk_open_past(cli->folder, at, args_value(&cli->args, "ledger"), out, err)
              : desk_open(cli->folder, out, err);
}

enum status cli_author(struct cli *cli, struct desk *desk, struct author *out, struct error *err)
{
    return desk_author(desk, args_value(&cli->args, "as"), args_value(&cli->args, "pin-file"), out,
                       err);
}

enum status cli_record(struct cli *cli, struct desk *desk, const struct catalog_table *table,
                       const char *word, struct ledger **ledger, struct record_id *id,
                       struct error *err)
{
    return act_find(desk, args_value(&cli->args, "ledger"), table, word, ledger, id, err);
}

void cli_print_json(json_t *json)
{
    char *text = json_dumps(json, JSON_INDENT(2) | JSON_ENCODE_ANY);
    puts(text ? text : "null");
    free(text);
    json_decref(json);
}

size_t text_width(const char *text)
{
    size_t width = 0;
    for (const unsigned char *p = (const unsigned char *)text; *p; p++)
        if ((*p & 0xC0) != 0x80)
            width += *p >= 0xE3 ? 2 : 1;
    return width;
}

enum status cli_verbs(struct cli *cli, const struct verb *verbs, size_t count, const char *usage,
                      struct error *err)
{
    const char *word = cli->args.word_count ? cli->args.words[0] : "list";
    size_t words = cli->args.word_count ? cli->args.word_count : 1;
    for (size_t i = 0; i < count; i++) {
        struct desk *desk = NULL;
        if (strcmp(verbs[i].word, word) != 0 || words < verbs[i].words_min ||
            words > verbs[i].words_max)
            continue;
        enum status st = cli_desk(cli, &desk, err);
        if (st == ST_OK)
            st = verbs[i].run(cli, desk, err);
        desk_close(desk);
        return st;
    }
    return error_set(err, ST_USAGE, "用法：%s", usage);
}

void print_padded(const char *text, size_t width)
{
    size_t used = text_width(text);
    printf("%s%*s", text, (int)(width > used ? width - used : 0), "");
}
