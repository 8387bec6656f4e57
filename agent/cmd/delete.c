/* SPDX-License-Identifier: MulanPSL-2.0 */
/* huce delete TYPE ID --note REASON : the record stays in the ledger and no longer counts. */
#include <stdio.h>

#include "agent/cmd/cmd.h"
#include "agent/core/edit.h"
#include "agent/core/save.h"

enum status cmd_delete(struct cli *cli, struct error *err)
{
    struct desk *desk = NULL;
    struct author author = {0};
    struct editor *editor = NULL;
    struct save *save = NULL;
    struct buf body = {0};
    const struct catalog_table *table;
    struct ledger *ledger;
    struct record_id id;
    char hex[RECORD_ID_TEXT];
    const char *note = args_value(&cli->args, "note");
    if (!note || !*note)
        return error_set(err, ST_USAGE, "作废要写明原因：--note 原因");
    enum status st = cli_desk(cli, &desk, err);
    if (st == ST_OK)
        st = cli_table(desk, cli->args.words[0], &table, err);
    if (st == ST_OK)
        st = cli_record(cli, desk, table, cli->args.words[1], &ledger, &id, err);
    if (st == ST_OK)
        st = cli_author(cli, desk, &author, err);
    if (st == ST_OK)
        st = save_begin(desk, ledger, &author, &save, err);
    if (st == ST_OK)
        st = editor_open(desk, ledger, &author, false, &editor, err);
    if (st == ST_OK)
        st = edit_delete(editor, table, &id, slice_str(note), &body, err);
    if (st == ST_OK)
        st = save_change(save, buf_slice(&body), err);
    if (st == ST_OK)
        st = save_commit(save, err);
    else
        save_abort(save);
    if (st == ST_OK) {
        record_id_format(&id, hex);
        if (cli->json)
            cli_print_json(json_pack("{s:s}", "id", hex));
        else
            printf("已作废：%s（%s）；原来的内容仍在历史里\n", hex, table->zh);
    }
    buf_release(&body);
    editor_close(editor);
    author_release(&author);
    desk_close(desk);
    return st;
}
