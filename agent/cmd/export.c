/* SPDX-License-Identifier: MulanPSL-2.0 */
/* export: what a command found as a file, masked unless somebody signs for taking it out whole. */
#include <stdio.h>

#include "agent/cmd/cmd.h"
#include "agent/core/access.h"
#include "shared/cli/sheet_csv.h"
#include "shared/cli/xlsx.h"
#include "shared/base/file.h"

enum status export_read(const struct cli *cli, struct export *out, struct error *err)
{
    *out = (struct export){.csv = args_value(&cli->args, "csv"),
                           .xlsx = args_value(&cli->args, "xlsx"),
                           .whole = args_flag(&cli->args, "unmask"),
                           .reason = args_value(&cli->args, "reason")};
    if (out->csv && out->xlsx)
        return error_set(err, ST_USAGE, "--csv 和 --xlsx 选一个");
    if (out->whole && !export_wanted(out))
        return error_set(err, ST_USAGE,
                         "--unmask 用在 --csv 或 --xlsx 上；屏幕上看到什么由岗位决定");
    if (out->whole && !out->reason)
        return error_set(err, ST_USAGE, "不遮盖的导出要写明 --reason 原因，它会签名登记");
    if (!out->whole && out->reason)
        return error_set(err, ST_USAGE, "--reason 用在 --unmask 上");
    return ST_OK;
}

bool export_wanted(const struct export *export)
{
    return export->csv || export->xlsx;
}

enum status export_sight(const struct cli *cli, struct desk *desk, const struct export *export,
                         struct sight *out, struct error *err)
{
    return sight_of_people(desk, args_value(&cli->args, "as"),
                           !export_wanted(export) ? SIGHT_SCREEN
                           : export->whole        ? SIGHT_WHOLE
                                                  : SIGHT_FILE,
                           out, err);
}

/* Signed before anything leaves. */
static enum status sign_for(struct cli *cli, struct desk *desk, const struct export *export,
                            const json_t *sheet, const char *what, const json_t *records,
                            struct error *err)
{
    const char *ledgers[ACCESS_LEDGERS_MAX], *named = args_value(&cli->args, "ledger");
    struct author author;
    struct access_note note = {.what = what,
                               .reason = export->reason,
                               .rows = json_array_size(json_object_get(sheet, "rows")),
                               .ledgers = ledgers};
    if (records)
        note.ledger_count = access_ledgers(records, ledgers, ACCESS_LEDGERS_MAX);
    else if (named)
        ledgers[note.ledger_count++] = named;
    if (records && note.ledger_count == 0)
        return ST_OK; /* nothing is taken out */
    enum status st = cli_author(cli, desk, &author, err);
    if (st != ST_OK)
        return st;
    st = access_note(desk, &author, &note, err);
    author_release(&author);
    return st;
}

enum status export_write(struct cli *cli, struct desk *desk, const struct export *export,
                         const json_t *sheet, const char *what, const json_t *records,
                         struct error *err)
{
    const char *path = export->csv ? export->csv : export->xlsx;
    enum status st = export->whole ? sign_for(cli, desk, export, sheet, what, records, err) : ST_OK;
    if (st == ST_OK)
        st = export->csv ? sheet_csv_write(sheet, path, err) : xlsx_write(sheet, path, err);
    if (st == ST_OK && !cli->json)
        printf("已写入 %s：%s，%zu 行，%s\n", path, json_string_value(json_object_get(sheet, "zh")),
               json_array_size(json_object_get(sheet, "rows")),
               export->whole ? "没有遮盖，已签名登记" : "个人信息已遮盖");
    return st;
}
