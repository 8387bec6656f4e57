/* SPDX-License-Identifier: MulanPSL-2.0 */
/* cmd: the table of commands, and what several of them need. */
#include "server/cmd/cmd.h"
#include "server/core/member.h"

#include <stdio.h>
#include <stdlib.h>

const struct command commands[] = {
    {"init", cmd_init_options, cmd_init,
     "init --county 代码 --name 名称 [--authority 主机] [--url 地址] [--store sqlite]"},
    {"serve", cmd_serve_options, cmd_serve,
     "serve [--listen 127.0.0.1:8443] [--tls-cert 文件 --tls-key 文件] [--port-file 文件]"},
    {"ledger", cmd_ledger_options, cmd_ledger,
     "ledger add 代码… | ledger add --divisions 文件.csv | ledger list"},
    {"invite", cmd_invite_options, cmd_invite,
     "invite --ledger 代码… --role village|grid|township|dept:X|auditor --person 姓名 | invite "
     "--for 成员 [--revoke [--cut …]] ；[--until 授权到期日] [--days 邀请码有效天数] [--out 文件] "
     "[--url 地址] [--tls-cert 文件]"},
    {"join", cmd_join_options, cmd_join, "join accept 申请文件 --out 答复文件"},
    {"member", cmd_member_options, cmd_member,
     "member list [--expiring 天数] | member show 成员 | member revoke 成员 [--device] [--cut "
     "账本,链,标识|none]… | member renew 成员 [--until 日期]"},
    {"quarantine", cmd_quarantine_options, cmd_quarantine,
     "quarantine list [--ledger 代码] | quarantine show 改动…"},
    {"forks", cmd_forks_options, cmd_forks, "forks list [--json] | forks show 标识 [--out 文件]"},
    {"adopt", cmd_adopt_options, cmd_adopt, "adopt 改动… [--reason 理由]"},
    {"void", cmd_void_options, cmd_void, "void 改动… --reason 理由"},
    {"erase", cmd_erase_options, cmd_erase,
     "erase 改动|记录… --reason 理由 [--with-copies] [--confirm]"},
    {"audit", cmd_audit_options, cmd_audit, "audit [--ledger 代码] [--json]"},
    {"sql", cmd_sql_options, cmd_sql, "sql \"SELECT …\" [--at 日期|项数]"},
    {"stats", NULL, cmd_stats, "stats [--json]"},
    {"backup", NULL, cmd_backup, "backup 目录"},
    {"recovery", cmd_recovery_options, cmd_recovery,
     "recovery status [--json] | signed 文件… | confirm | open vault.key --out 文件 [--key "
     "recovery.key] [--passphrase-file 文件] | init [--root-key 文件]"},
    {"catalog", NULL, cmd_catalog, "catalog apply 文件.sql…"},
    {"witness", cmd_witness_options, cmd_witness,
     "witness init --name 名称 | trust 验证公钥… | serve [--listen 127.0.0.1:8444] | verifier | "
     "add "
     "验证公钥 [地址] | list | remove 名称 | ask | request 代码 [--witness 名称 | --old 项数] | "
     "accept 代码 验证公钥 文件"},
    {0},
};

void print_json(json_t *json)
{
    char *text = json_dumps(json, JSON_INDENT(2));
    if (text)
        puts(text);
    free(text);
    json_decref(json);
}

enum status expect_words(const struct options *options, size_t min, size_t max, const char *what,
                         struct error *err)
{
    if (options->word_count < min)
        return error_set(err, ST_USAGE, "缺少%s", what);
    if (options->word_count > max)
        return error_set(err, ST_USAGE, "多余的参数 %s", options->words[max]);
    return ST_OK;
}

/* Words after --cut, as often as it is given. */
static size_t cut_words(const struct options *options, const char **words)
{
    size_t n = 0;
    while (n < OPTIONS_MAX && (words[n] = options_nth(options, "cut", n)))
        n++;
    return n;
}

enum status draft_revocation(struct server *srv, const struct options *options,
                             const struct hash *kid, struct draft *draft, size_t *heads,
                             struct error *err)
{
    const char *words[OPTIONS_MAX + 1];
    struct member_cut cut;
    const size_t n = cut_words(options, words);
    enum status st = member_cut_read(srv, kid, words, n, &cut, err);
    if (st == ST_OK)
        member_draft_revoke(draft, kid, &cut);
    *heads = cut.count;
    member_cut_release(&cut);
    return st;
}
