/* SPDX-License-Identifier: MulanPSL-2.0 */
/* huce conflicts list [--reported] | show ID | resolve ID --take A|B|…|value=… */
#include <stdio.h>
#include <stdlib.h>

#include "agent/cmd/cmd.h"
#include "agent/core/act.h"
#include "agent/core/titles.h"
#include "agent/core/view.h"
#include "shared/base/mem.h"
#include "shared/base/time.h"

static const char *text(const json_t *object, const char *name)
{
    const char *value = json_string_value(json_object_get(object, name));
    return value ? value : "";
}

static const char *called(const json_t *object, const char *otherwise)
{
    const char *name = text(object, "called");
    return *name ? name : text(object, otherwise);
}

static void print_conflict(const json_t *conflict)
{
    const json_t *candidate;
    size_t i;
    bool together = strcmp(text(conflict, "kind"), "structure") == 0;
    if (together)
        printf("%s\n  %s（%s）：现在按 %s\n", text(conflict, "id"), text(conflict, "label"),
               text(conflict, "type_label"), called(conflict, "in_force_text"));
    else
        printf("%s\n  %s %s 的“%s”：现在按 %s\n", text(conflict, "id"),
               text(conflict, "type_label"), called(conflict, "title"), text(conflict, "label"),
               text(conflict, "in_force_text"));
    json_array_foreach(json_object_get(conflict, "candidates"), i, candidate)
    {
        char when[TIME_TEXT_SIZE];
        const char *note = text(candidate, "note");
        time_text_cst(text(candidate, "time"), when);
        printf("  %s  ", text(candidate, "letter"));
        print_padded(called(candidate, "text"), 16);
        printf(" %s 于 %s，%s，写的时候看到账本前 %lld 项%s%s\n", text(candidate, "author"),
               text(candidate, "device"), when,
               (long long)json_integer_value(json_object_get(candidate, "base")), *note ? "，" : "",
               note);
    }
}

static void name_one(struct desk *desk, const struct sight *sight, const char *type, json_t *object)
{
    char *name = titles_called(desk, sight, type, text(object, "record"));
    if (name)
        json_object_set_new(object, "called", json_string(name));
    mem_free(name);
}

/* For people: what they are about is called by what it is known by. */
static enum status name_all(struct cli *cli, struct desk *desk, json_t *conflicts,
                            struct error *err)
{
    struct sight sight;
    json_t *conflict, *candidate;
    size_t i, k;
    enum status st = sight_of_people(desk, args_value(&cli->args, "as"), SIGHT_SCREEN, &sight, err);
    if (st != ST_OK)
        return st;
    json_array_foreach(conflicts, i, conflict)
    {
        name_one(desk, &sight, text(conflict, "type"), conflict);
        json_array_foreach(json_object_get(conflict, "candidates"), k, candidate)
        {
            if (json_object_get(candidate, "record"))
                name_one(desk, &sight, text(conflict, "type"), candidate);
        }
    }
    return ST_OK;
}

static enum status list_all(struct cli *cli, struct desk *desk, struct error *err)
{
    json_t *all = NULL, *one;
    size_t i;
    bool reported = args_flag(&cli->args, "reported");
    enum status st = reported ? view_reported(desk, &all, err) : view_conflicts(desk, &all, err);
    if (st == ST_OK)
        st = cli_mask(cli, desk, all, "conflicts", err);
    if (st == ST_OK && !cli->json)
        st = name_all(cli, desk, all, err);
    if (st == ST_OK && cli->json) {
        cli_print_json(json_pack("{s:O}", "conflicts", all));
    } else if (st == ST_OK) {
        json_array_foreach(all, i, one) print_conflict(one);
        if (json_array_size(all) == 0)
            printf(reported ? "没有自动处理、还没人看过的分歧\n" : "没有需要决定的分歧\n");
        else if (reported)
            printf("\n共 %zu 项，已按规则自动处理，A 是现在的值。认可：huce conflicts resolve 编号 "
                   "--take A；"
                   "改用别的：--take B（或 value=新值）\n",
                   json_array_size(all));
        else
            printf("\n共 %zu 项。决定：huce conflicts resolve 编号 --take A（或 value=新值）\n",
                   json_array_size(all));
    }
    json_decref(all);
    return st;
}

static enum status show_one(struct cli *cli, struct desk *desk, struct error *err)
{
    json_t *one = NULL, *all;
    enum status st = view_conflict_named(desk, cli->args.words[1], &one, err);
    if (st == ST_OK)
        st = cli_mask(cli, desk, one, "conflicts", err);
    if (st == ST_OK && !cli->json) {
        all = json_pack("[O]", one);
        st = name_all(cli, desk, all, err);
        json_decref(all);
    }
    if (st == ST_OK && cli->json)
        cli_print_json(json_incref(one));
    else if (st == ST_OK)
        print_conflict(one);
    json_decref(one);
    return st;
}

/* --take A, or --take value=…; the latter may be empty. */
static enum status read_take(const char *take, struct act_resolve *what, struct error *err)
{
    if (!take)
        return error_set(err, ST_USAGE, "请写明选哪一个：--take A（或 --take value=新值）");
    if (strncmp(take, "value=", 6) == 0) {
        what->value = slice_str(take + 6);
        return ST_OK;
    }
    what->letter = take[0];
    return take[0] && !take[1] ? ST_OK
                               : error_set(err, ST_USAGE, "--take 要写一个字母，或 value=新值");
}

static enum status resolve(struct cli *cli, struct desk *desk, struct error *err)
{
    struct author author = {0};
    struct act_resolve what = {.conflict = cli->args.words[1],
                               .note = args_value(&cli->args, "note")};
    struct act_result result;
    json_t *shown = NULL;
    enum status st = read_take(args_value(&cli->args, "take"), &what, err);
    if (st == ST_OK) /* before a PIN is asked for */
        st = view_conflict_named(desk, what.conflict, &shown, err);
    if (st == ST_OK)
        st = cli_author(cli, desk, &author, err);
    if (st == ST_OK)
        st = act_resolve(desk, &author, &what, &result, err);
    if (st == ST_OK && cli->json)
        cli_print_json(json_pack("{s:s, s:b}", "id", what.conflict, "resolved", 1));
    else if (st == ST_OK)
        printf("已决定，下次同步后各处一致\n");
    json_decref(shown);
    author_release(&author);
    return st;
}

enum status cmd_conflicts(struct cli *cli, struct error *err)
{
    static const struct verb verbs[] = {
        {"list", 1, 1, list_all}, {"show", 2, 2, show_one}, {"resolve", 2, 2, resolve}};
    return cli_verbs(cli, verbs, ARRAY_LENGTH(verbs),
                     "huce conflicts list [--reported] | show 编号 | resolve 编号 --take A|value=…",
                     err);
}
