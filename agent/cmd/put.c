/* SPDX-License-Identifier: MulanPSL-2.0 */
/* huce put TYPE [ID] field=value… : one change, durable when the command returns. */
#include <stdio.h>

#include "agent/cmd/cmd.h"
#include "agent/core/edit.h"
#include "agent/core/save.h"

struct put {
    const struct catalog_table *table;
    struct ledger *ledger;
    struct record_id id;
    bool has_id, exists;
    size_t pair_count;
    struct edit_pair pairs[OP_FIELDS_MAX];
};

/* An id that is not there yet is a new record under that id, so that scripts can repeat a put. */
static enum status find_target(struct cli *cli, struct desk *desk, struct put *put,
                               const struct author *author, const char *word, struct error *err)
{
    enum status st = ST_NOT_FOUND;
    if (word)
        st = cli_record(cli, desk, put->table, word, &put->ledger, &put->id, err);
    put->exists = st == ST_OK;
    put->has_id = word != NULL;
    if (put->exists && args_value(&cli->args, "ledger") &&
        materialise_find(desk->rep, put->table, &put->id) == NULL)
        put->exists = false;
    if (put->exists)
        return ST_OK;
    if (word && (st != ST_NOT_FOUND || !record_id_parse(slice_str(word), &put->id)))
        return st;
    return desk_ledger_for(desk, args_value(&cli->args, "ledger"), put->table, author, &put->ledger,
                           err);
}

static enum status read_pairs(struct cli *cli, struct put *put, size_t first, struct error *err)
{
    for (size_t i = first; i < cli->args.word_count; i++) {
        if (put->pair_count == OP_FIELDS_MAX)
            return error_set(err, ST_USAGE, "一次最多填写 %d 项", OP_FIELDS_MAX);
        enum status st =
            edit_parse_pair(put->table, cli->args.words[i], &put->pairs[put->pair_count++], err);
        if (st != ST_OK)
            return st;
    }
    return put->pair_count ? ST_OK
                           : error_set(err, ST_USAGE, "请写明要填的项目，例如 phone=13800000000");
}

static enum status save(struct desk *desk, struct put *put, const struct author *author,
                        const char *note, struct edit_result *result, struct error *err)
{
    struct editor *editor = NULL;
    struct save *save = NULL;
    const char *name = put->table->name;
    int64_t ledger_no = put->ledger->no;
    enum status st = save_begin(desk, put->ledger, author, &save, err);
    if (st != ST_OK)
        return st;
    put->ledger = replica_ledger_by_no(desk->rep, ledger_no);
    const struct catalog_table *table =
        catalog_table_named(replica_catalog(desk->rep), slice_str(name));
    if (table != put->table) { /* another process received a new catalog just now */
        save_abort(save);
        return error_set(err, ST_BUSY, "资料刚刚更新，请再运行一次");
    }
    st = editor_open(desk, put->ledger, author, false, &editor, err);
    if (st == ST_OK)
        st =
            edit_compose(editor, put->table, put->has_id ? &put->id : NULL, put->exists, put->pairs,
                         put->pair_count, note ? slice_str(note) : SLICE_NONE, result, err);
    if (st == ST_OK && !result->nothing)
        st = save_change(save, buf_slice(&result->body), err);
    editor_close(editor);
    if (st != ST_OK || result->nothing) {
        save_abort(save);
        return st;
    }
    return save_commit(save, err);
}

enum status cmd_put(struct cli *cli, struct error *err)
{
    struct desk *desk = NULL;
    struct author author = {0};
    struct put *put = mem_zero_alloc(1, sizeof(*put));
    struct edit_result result = {0};
    const struct args *args = &cli->args;
    const char *word = strchr(args->words[1], '=') ? NULL : args->words[1];
    char hex[RECORD_ID_TEXT];
    enum status st = cli_desk(cli, &desk, err);
    if (st == ST_OK)
        st = cli_table(desk, args->words[0], &put->table, err);
    if (st == ST_OK)
        st = read_pairs(cli, put, word ? 2 : 1, err);
    if (st == ST_OK)
        st = cli_author(cli, desk, &author, err);
    if (st == ST_OK)
        st = find_target(cli, desk, put, &author, word, err);
    if (st == ST_OK)
        st = save(desk, put, &author, args_value(args, "note"), &result, err);
    if (st == ST_OK) {
        record_id_format(&result.id, hex);
        if (cli->json)
            cli_print_json(json_pack("{s:s, s:b, s:b}", "id", hex, "created", result.created,
                                     "changed", !result.nothing));
        else
            printf("%s %s（%s）\n", result.nothing ? "没有变化：" : "已存在本机：", hex,
                   put->table->zh);
    }
    buf_release(&result.body);
    mem_free(put);
    author_release(&author);
    desk_close(desk);
    return st;
}
