/* SPDX-License-Identifier: MulanPSL-2.0 */
/* huce audit [--witness VERIFIER]… [--quorum N]: proves everything this desk holds from the stored
 * bytes; exit 4 when damaged, 1 where the county has broken its own rule. With witnesses named,
 * exit 1 where fewer of them than the quorum (all, unless said) have cosigned the newest checkpoint
 * of a ledger. Without, those that the desk asks for (core/quorum.h): then exit 1 where they have
 * signed nothing of a ledger, and what they have not signed yet is told. */
#include <stdio.h>

#include "agent/cmd/cmd.h"
#include "agent/core/desk_audit.h"
#include "shared/cli/sheet.h"
#include "shared/cli/xlsx.h"

static enum status read_quorum(const struct cli *cli, struct quorum *out, struct error *err)
{
    const char *text;
    enum status st = ST_OK;
    for (size_t i = 0; st == ST_OK && (text = args_nth(&cli->args, "witness", i)); i++)
        st = quorum_add(out, text, err);
    if (st == ST_OK)
        st = args_number(&cli->args, "quorum", QUORUM_WITNESSES_MAX, &out->needed, err);
    if (st == ST_OK && out->needed > out->count)
        st = error_set(err, ST_USAGE, "--quorum %llu 比 --witness 的个数多",
                       (unsigned long long)out->needed);
    return st;
}

static void print_ledger(const json_t *ledger)
{
    const json_t *finding;
    size_t i;
    printf("账本 %s：%lld 项，根 %.16s…\n", json_string_value(json_object_get(ledger, "origin")),
           (long long)json_integer_value(json_object_get(ledger, "size")),
           json_string_value(json_object_get(ledger, "root")));
    json_array_foreach(json_object_get(ledger, "findings"), i, finding)
    {
        const char *author = json_string_value(json_object_get(finding, "author"));
        printf("  %s %s",
               json_is_true(json_object_get(finding, "damage"))   ? "损坏"
               : json_is_true(json_object_get(finding, "county")) ? "违规"
                                                                  : "说明",
               json_string_value(json_object_get(finding, "text")));
        if (*author)
            printf("（%s %.16s，第 %lld 组）", json_string_value(json_object_get(finding, "name")),
                   author, (long long)json_integer_value(json_object_get(finding, "number")));
        putchar('\n');
    }
}

static void print_result(struct cli *cli, const struct desk_audit *audit)
{
    const json_t *ledger;
    size_t i;
    if (cli->json) {
        cli_print_json(desk_audit_json(audit));
        return;
    }
    json_array_foreach(audit->ledgers, i, ledger) print_ledger(ledger);
    if (audit->damaged == 0 && audit->breaches == 0)
        printf("\n核对无误：%llu 组签名、%llu 条改动、%llu 条签名链，与县里签字的检查点一致\n",
               (unsigned long long)audit->counts.changesets,
               (unsigned long long)audit->counts.changes,
               (unsigned long long)audit->counts.authors);
}

enum status cmd_audit(struct cli *cli, struct error *err)
{
    struct desk *desk = NULL;
    struct quorum quorum = {0};
    struct desk_audit audit = {0};
    struct desk_audit_ask ask = {.ledger = args_value(&cli->args, "ledger"), .quorum = &quorum};
    const char *xlsx = args_value(&cli->args, "xlsx");
    enum status st = read_quorum(cli, &quorum, err);
    if (st == ST_OK)
        st = cli_desk(cli, &desk, err);
    ask.asked = quorum.count > 0;
    if (st == ST_OK && !ask.asked)
        quorum_read(desk, &quorum);
    if (st == ST_OK)
        st = desk_audit(desk, &ask, &audit, err);
    if (st == ST_OK && xlsx) {
        json_t *sheet = sheet_of_audit(audit.ledgers);
        st = xlsx_write(sheet, xlsx, err);
        json_decref(sheet);
    }
    if (st == ST_OK)
        print_result(cli, &audit);
    if (st == ST_OK && audit.damaged)
        st = error_set(err, ST_DAMAGED, "发现 %llu 处损坏，详见上面；不要删除数据目录，请联系县里",
                       (unsigned long long)audit.damaged);
    else if (st == ST_OK && audit.breaches)
        st = error_set(err, ST_REFUSED,
                       "县里收进了 %llu 项它自己的规则不许收的改动，详见上面；本机的数据"
                       "没有损坏。请报告上级",
                       (unsigned long long)audit.breaches);
    else if (st == ST_OK && audit.unwitnessed)
        st = error_set(err, ST_REFUSED, "%llu 个账本的检查点没有足够的见证人联署",
                       (unsigned long long)audit.unwitnessed);
    desk_audit_release(&audit);
    desk_close(desk);
    return st;
}
