/* SPDX-License-Identifier: MulanPSL-2.0 */
/* huce witness [list | require VERIFIER… [--quorum N] | none]: which witnesses this desk wants
 * below the county's checkpoints (core/quorum.h). */
#include <stdio.h>

#include "agent/cmd/cmd.h"
#include "agent/core/quorum.h"

static enum status require(struct cli *cli, struct desk *desk, struct error *err)
{
    struct quorum quorum = {0};
    enum status st = ST_OK;
    for (size_t i = 1; i < cli->args.word_count && st == ST_OK; i++)
        st = quorum_add(&quorum, cli->args.words[i], err);
    if (st == ST_OK)
        st = args_number(&cli->args, "quorum", QUORUM_WITNESSES_MAX, &quorum.needed, err);
    if (st == ST_OK && (quorum.needed < 1 || quorum.needed > quorum.count))
        st = error_set(err, ST_USAGE, "--quorum 应在 1 到 %zu 之间", quorum.count);
    return st == ST_OK ? quorum_write(desk, &quorum, err) : st;
}

static json_t *quorum_json(struct desk *desk, const struct quorum *quorum)
{
    json_t *names = json_array(), *ledgers = json_array();
    for (size_t i = 0; i < quorum->count; i++)
        json_array_append_new(names, json_string(quorum->witnesses[i].name));
    for (size_t i = 0; quorum->count && i < desk->rep->ledger_count; i++) {
        struct ledger *ledger = desk->rep->ledgers[i];
        json_array_append_new(ledgers, json_pack("{s:s, s:I, s:I}", "origin", ledger->origin.text,
                                                 "size", (json_int_t)ledger->tree.size, "witnessed",
                                                 (json_int_t)quorum_reach(desk, quorum, ledger)));
    }
    return json_pack("{s:o, s:I, s:o}", "witnesses", names, "quorum", (json_int_t)quorum->needed,
                     "ledgers", ledgers);
}

static void print_quorum(const json_t *json)
{
    const json_t *name, *ledger;
    size_t i;
    if (json_array_size(json_object_get(json, "witnesses")) == 0) {
        printf("没有要求见证人。要求：huce witness require 见证人公钥…\n");
        return;
    }
    printf("要求至少 %lld 个见证人联署：\n",
           (long long)json_integer_value(json_object_get(json, "quorum")));
    json_array_foreach(json_object_get(json, "witnesses"), i, name)
        printf("  %s\n", json_string_value(name));
    json_array_foreach(json_object_get(json, "ledgers"), i, ledger)
        printf("账本 %s：联署到第 %lld 项，共 %lld 项\n",
               json_string_value(json_object_get(ledger, "origin")),
               (long long)json_integer_value(json_object_get(ledger, "witnessed")),
               (long long)json_integer_value(json_object_get(ledger, "size")));
}

enum status cmd_witness(struct cli *cli, struct error *err)
{
    struct desk *desk = NULL;
    struct quorum quorum = {0};
    const char *word = cli->args.word_count ? cli->args.words[0] : "list";
    bool requires = strcmp(word, "require") == 0 && cli->args.word_count > 1,
         none = strcmp(word, "none") == 0 && cli->args.word_count == 1,
         lists = strcmp(word, "list") == 0 && cli->args.word_count <= 1;
    if (!requires && !none && !lists)
        return error_set(err, ST_USAGE,
                         "用法：huce witness [list | require 见证人公钥… [--quorum 几个] | none]");
    enum status st = cli_desk(cli, &desk, err);
    if (st == ST_OK && requires)
        st = require(cli, desk, err);
    if (st == ST_OK && none)
        st = quorum_write(desk, &quorum, err);
    if (st == ST_OK) {
        quorum_read(desk, &quorum);
        json_t *json = quorum_json(desk, &quorum);
        if (cli->json)
            cli_print_json(json_incref(json));
        else
            print_quorum(json);
        json_decref(json);
    }
    desk_close(desk);
    return st;
}
