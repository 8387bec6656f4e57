/* SPDX-License-Identifier: MulanPSL-2.0 */
/* huce conflicts list | show ID | resolve ID --take A|B|…|value=… */
#include <stdio.h>
#include <stdlib.h>

#include "agent/cmd/cmd.h"
#include "agent/core/edit.h"
#include "agent/core/save.h"
#include "agent/core/view.h"
#include "shared/base/time.h"
#include "shared/merge/conflict.h"
#include "shared/record/validate.h"

static const char *text(const json_t *object, const char *name)
{
    const char *value = json_string_value(json_object_get(object, name));
    return value ? value : "";
}

static void print_conflict(const json_t *conflict)
{
    const json_t *candidate;
    size_t i;
    printf("%s\n  %s %s 的“%s”：现在按 %s\n", text(conflict, "id"), text(conflict, "type_label"),
           text(conflict, "title"), text(conflict, "label"), text(conflict, "in_force_text"));
    json_array_foreach(json_object_get(conflict, "candidates"), i, candidate)
    {
        char when[TIME_TEXT_SIZE];
        const char *note = text(candidate, "note");
        cli_local_time(text(candidate, "time"), when);
        printf("  %s  ", text(candidate, "letter"));
        print_padded(text(candidate, "text"), 16);
        printf(" %s 于 %s，%s%s%s\n", text(candidate, "author"), text(candidate, "device"), when,
               *note ? "，" : "", note);
    }
}

static enum status list_all(struct cli *cli, struct desk *desk, struct error *err)
{
    json_t *all = NULL, *one;
    size_t i;
    enum status st = view_conflicts(desk, &all, err);
    if (st == ST_OK && cli->json) {
        cli_print_json(json_pack("{s:O}", "conflicts", all));
    } else if (st == ST_OK) {
        json_array_foreach(all, i, one) print_conflict(one);
        if (json_array_size(all) == 0)
            printf("没有需要决定的分歧\n");
        else
            printf("\n共 %zu 项。决定：huce conflicts resolve 编号 --take A（或 value=新值）\n",
                   json_array_size(all));
    }
    json_decref(all);
    return st;
}

static enum status show_one(struct cli *cli, struct desk *desk, struct error *err)
{
    struct ledger *ledger;
    const struct catalog_table *table;
    struct record_id id;
    uint32_t field;
    json_t *one = NULL;
    enum status st =
        view_conflict_find(desk, cli->args.words[1], &ledger, &table, &id, &field, err);
    if (st == ST_OK)
        st = view_conflict(desk, ledger, table, &id, field, &one, err);
    if (st == ST_OK && cli->json)
        cli_print_json(json_incref(one));
    else if (st == ST_OK)
        print_conflict(one);
    json_decref(one);
    return st;
}

/* "A" → the lettered candidate; "value=X" → X as the field understands it. */
static enum status choose(const struct record_state *record, uint32_t no, const char *take,
                          struct arena *arena, struct value *out, struct error *err)
{
    const struct claim **claims;
    const struct catalog_field *field = catalog_field(record->table, no);
    size_t n =
        no < record->field_count ? conflict_candidates(&record->fields[no], arena, &claims) : 0;
    if (n == 0)
        return error_set(err, ST_NOT_FOUND, "这一项现在没有分歧，可能已经解决");
    if (strncmp(take, "value=", 6) == 0) {
        if (!field)
            return error_set(err, ST_USAGE, "这一项只能选 A 到 %c", (int)('A' + n - 1));
        enum status st = value_parse(field, slice_str(take + 6), arena, out, err);
        return st == ST_OK ? validate_value(field, out, edit_today(), err) : st;
    }
    size_t index = (size_t)((take[0] | 0x20) - 'a');
    if (take[0] == '\0' || take[1] != '\0' || index >= n)
        return error_set(err, ST_USAGE, "--take 要写 A 到 %c，或 value=新值", (int)('A' + n - 1));
    *out = claims[index]->value;
    return ST_OK;
}

static enum status decide(struct desk *desk, struct ledger *ledger, const struct author *author,
                          const struct catalog_table *table, const struct record_id *id,
                          uint32_t field, const char *take, const char *note, struct error *err)
{
    struct arena arena = {0};
    struct record_state record;
    struct editor *editor = NULL;
    struct save *save = NULL;
    struct buf body = {0};
    struct value value;
    int64_t no = ledger->no;
    enum status st = view_settle(desk, err);
    if (st == ST_OK)
        st = save_begin(desk, replica_ledger_by_no(desk->rep, no), author, &save, err);
    if (st == ST_OK) {
        ledger = replica_ledger_by_no(desk->rep, no);
        st = materialise_load(desk->rep, ledger, table, id, &arena, &record, err);
    }
    if (st == ST_OK)
        st = choose(&record, field, take, &arena, &value, err);
    if (st == ST_OK)
        st = editor_open(desk, ledger, author, false, &editor, err);
    if (st == ST_OK)
        st = edit_resolve(editor, &record, field, &value, note ? slice_str(note) : SLICE_NONE,
                          &body, err);
    if (st == ST_OK)
        st = save_change(save, buf_slice(&body), err);
    if (st == ST_OK)
        st = save_commit(save, err);
    else
        save_abort(save);
    buf_release(&body);
    editor_close(editor);
    arena_release(&arena);
    return st;
}

static enum status resolve(struct cli *cli, struct desk *desk, struct error *err)
{
    struct author author = {0};
    struct ledger *ledger;
    const struct catalog_table *table;
    struct record_id id;
    uint32_t field;
    const char *take = args_value(&cli->args, "take");
    if (!take)
        return error_set(err, ST_USAGE, "请写明选哪一个：--take A（或 --take value=新值）");
    enum status st =
        view_conflict_find(desk, cli->args.words[1], &ledger, &table, &id, &field, err);
    if (st == ST_OK)
        st = cli_author(cli, desk, &author, err);
    if (st == ST_OK)
        st = decide(desk, ledger, &author, table, &id, field, take, args_value(&cli->args, "note"),
                    err);
    if (st == ST_OK && cli->json)
        cli_print_json(json_pack("{s:s, s:b}", "id", cli->args.words[1], "resolved", 1));
    else if (st == ST_OK)
        printf("已决定，下次同步后各处一致\n");
    author_release(&author);
    return st;
}

enum status cmd_conflicts(struct cli *cli, struct error *err)
{
    struct desk *desk = NULL;
    const char *what = cli->args.words[0];
    size_t words = cli->args.word_count;
    enum status st = cli_desk(cli, &desk, err);
    if (st != ST_OK)
        return st;
    if (strcmp(what, "list") == 0 && words == 1)
        st = list_all(cli, desk, err);
    else if (strcmp(what, "show") == 0 && words == 2)
        st = show_one(cli, desk, err);
    else if (strcmp(what, "resolve") == 0 && words == 2)
        st = resolve(cli, desk, err);
    else
        st = error_set(err, ST_USAGE,
                       "用法：huce conflicts list | show 编号 | resolve 编号 --take A|value=…");
    desk_close(desk);
    return st;
}
