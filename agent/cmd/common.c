/* SPDX-License-Identifier: MulanPSL-2.0 */
/* common: what the commands share: opening the desk, who signs, which record, how it is printed. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "agent/cmd/cmd.h"
#include "agent/core/act.h"
#include "agent/core/fork.h"
#include "agent/core/reads.h"
#include "shared/codec/hex.h"

#define PEOPLE_MAX 64

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

enum status cli_heal(struct cli *cli, struct desk *desk, size_t *healed, struct error *err)
{
    struct hash kids[PEOPLE_MAX];
    enum status st = desk_refresh(desk, err);
    const size_t n = desk_people(desk, kids, PEOPLE_MAX);
    *healed = 0;
    for (size_t i = 0; st == ST_OK && i < n; i++)
        if (!desk_person_ended(desk, &kids[i]) && fork_waits(desk, &kids[i]))
            st = heal_one(cli, desk, &kids[i], healed, err);
    return st;
}

enum status cli_mask(struct cli *cli, struct desk *desk, json_t *items, const char *command,
                     struct error *err)
{
    struct sight sight;
    enum status st = sight_of_people(desk, args_value(&cli->args, "as"), SIGHT_SCREEN, &sight, err);
    if (st == ST_OK && json_is_array(items))
        sight_items(desk, &sight, items);
    else if (st == ST_OK)
        sight_item(desk, &sight, items);
    if (st == ST_OK)
        reads_items(desk, cli_reader(cli, desk, command), &sight, items);
    return st;
}

const struct reader *cli_reader(struct cli *cli, struct desk *desk, const char *command)
{
    static struct reader reader;
    static struct hash person;
    reader = (struct reader){reads_person(desk, args_value(&cli->args, "as"), &person), command};
    return &reader;
}

bool cli_hides(void *hiding, const struct catalog_field *field)
{
    const struct hiding *h = hiding;
    return sight_mask(h->sight, h->table, field) != MASK_NONE;
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
