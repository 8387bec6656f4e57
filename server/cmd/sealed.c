/* SPDX-License-Identifier: MulanPSL-2.0 */
/* huced sealed make CODE --reader NAME… | add | remove LEDGER --reader NAME… | list. */
#include "server/cmd/cmd.h"
#include "server/core/sealed.h"

#include "shared/base/time.h"

#include <stdio.h>

const struct option_spec cmd_sealed_options[] = {{"reader", true}, {0}};

static void add_name(void *arg, const char *name, int64_t since_ms)
{
    (void)since_ms;
    json_array_append_new(arg, json_string(name));
}

static enum status list(struct server *srv, bool json, struct error *err)
{
    json_t *out = json_array();
    enum status st = ST_OK;
    for (size_t i = 0; i < srv->rep->ledger_count && st == ST_OK; i++) {
        const struct ledger *ledger = srv->rep->ledgers[i];
        const json_t *name;
        size_t k;
        if (!origin_is_sealed(&ledger->origin))
            continue;
        json_t *readers = json_array();
        st = sealed_each(srv, &ledger->origin, add_name, readers, err);
        if (!json) {
            printf("%s  可以取的人：", ledger->origin.text);
            json_array_foreach(readers, k, name)
                printf("%s%s", k ? "、" : "", json_string_value(name));
            printf("\n");
        }
        json_array_append_new(
            out, json_pack("{s:s, s:o}", "origin", ledger->origin.text, "readers", readers));
    }
    if (st == ST_OK && json)
        print_json(json_pack("{s:O}", "ledgers", out));
    json_decref(out);
    return st;
}

static enum status change(struct server *srv, const struct options *options, struct error *err)
{
    const char *verb = options->words[0], *word = options->words[1], *who;
    const bool making = strcmp(verb, "make") == 0, removing = strcmp(verb, "remove") == 0;
    struct ledger *ledger = NULL;
    enum status st = server_begin(srv, err);
    if (st != ST_OK)
        return st;
    st = making ? sealed_make(srv, word, &ledger, err) : sealed_find(srv, word, &ledger, err);
    for (size_t i = 0; st == ST_OK && (who = options_nth(options, "reader", i)); i++)
        st = removing ? sealed_unname(srv, ledger, who, err)
                      : sealed_name(srv, ledger, who, time_now_ms(), err);
    char name[ORIGIN_MAX + 1] = "";
    if (st == ST_OK)
        snprintf(name, sizeof(name), "%s", ledger->origin.text);
    st = server_end(srv, st, err);
    if (st == ST_OK && options_has(options, "json"))
        print_json(json_pack("{s:s}", "origin", name));
    else if (st == ST_OK)
        printf("%s\n%s\n", name,
               removing ? "县里不再把它交给这些人。请一位读者再运行 huce sealed remove 姓名，"
                          "以后的内容就不再加密给他"
                        : "请读者在自己的电脑上运行 huce sealed ask，再 huce sync");
    return st;
}

enum status cmd_sealed(const struct options *options, struct error *err)
{
    const char *verb = options->word_count ? options->words[0] : "list";
    const bool listing = strcmp(verb, "list") == 0;
    struct server *srv;
    if (!listing && strcmp(verb, "make") != 0 && strcmp(verb, "add") != 0 &&
        strcmp(verb, "remove") != 0)
        return error_set(err, ST_USAGE, "应为 sealed make、add、remove 或 list");
    if (!listing && (options->word_count != 2 || !options_get(options, "reader")))
        return error_set(err, ST_USAGE, "要写%s，和 --reader 姓名",
                         strcmp(verb, "make") == 0 ? "区划代码" : "封存账本");
    enum status st = server_open(options_data(options), &srv, err);
    if (st != ST_OK)
        return st;
    st = listing ? list(srv, options_has(options, "json"), err) : change(srv, options, err);
    server_close(srv);
    return st;
}
