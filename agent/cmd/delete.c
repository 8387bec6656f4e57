/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * huce delete TYPE ID --note REASON : the record stays in the ledger and no longer counts.
 * huce restore TYPE ID [--note TEXT] : it counts again, with the values it had.
 */
#include <stdio.h>

#include "agent/cmd/cmd.h"
#include "agent/core/act.h"

typedef enum status act(struct desk *, struct author *, const struct act_existence *,
                        struct act_result *, struct error *);

static enum status run(struct cli *cli, act *deed, const char *done, struct error *err)
{
    struct desk *desk = NULL;
    struct author author = {0};
    struct act_existence what = {.type = cli->args.words[0],
                                 .record = cli->args.words[1],
                                 .ledger = args_value(&cli->args, "ledger"),
                                 .note = args_value(&cli->args, "note")};
    const struct catalog_table *table;
    struct ledger *ledger;
    struct record_id id;
    struct act_result result;
    char hex[RECORD_ID_TEXT];
    enum status st = cli_desk(cli, &desk, err);
    if (st == ST_OK)
        st = act_type(desk, what.type, &table, err);
    if (st == ST_OK) /* before a PIN is asked for */
        st = cli_record(cli, desk, table, what.record, &ledger, &id, err);
    if (st == ST_OK)
        st = cli_author(cli, desk, &author, err);
    if (st == ST_OK)
        st = deed(desk, &author, &what, &result, err);
    if (st == ST_OK) {
        record_id_format(&result.id, hex);
        if (cli->json)
            cli_print_json(json_pack("{s:s}", "id", hex));
        else
            printf("%s：%s\n", done, hex);
    }
    author_release(&author);
    desk_close(desk);
    return st;
}

enum status cmd_delete(struct cli *cli, struct error *err)
{
    const char *note = args_value(&cli->args, "note");
    if (!note || !*note)
        return error_set(err, ST_USAGE, "作废要写明原因：--note 原因");
    return run(cli, act_delete, "已作废（原来的内容仍在历史里，可用 huce restore 恢复）", err);
}

enum status cmd_restore(struct cli *cli, struct error *err)
{
    return run(cli, act_restore, "已恢复", err);
}
