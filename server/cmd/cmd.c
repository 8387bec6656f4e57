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
     "serve [--config 文件] [--listen 127.0.0.1:8443] [--tls-cert 文件 --tls-key 文件] "
     "[--admin-listen 127.0.0.1:9443] [--log-requests off|json] [--max-clients 数] [--port-file "
     "文件]"},
    {"config", cmd_serve_options, cmd_config,
     "config check [文件] | config show [serve 的选项] | config example"},
    {"ledger", cmd_ledger_options, cmd_ledger,
     "ledger add 代码… | ledger add --divisions 文件.csv | ledger list"},
    {"invite", cmd_invite_options, cmd_invite,
     "invite --ledger 代码… --role village|grid|township|dept:X|auditor --person 姓名 | invite "
     "--for 成员 [--revoke [--cut …]] ；[--until 授权到期日] [--days 邀请码有效天数] [--out 文件] "
     "[--qr] [--qr-file 图.png|图.svg] [--url 地址] [--tls-cert 文件]"},
    {"join", cmd_join_options, cmd_join, "join accept 申请文件 --out 答复文件"},
    {"member", cmd_member_options, cmd_member,
     "member list [--expiring 天数] | member show 成员 | member revoke 成员 [--device] [--cut "
     "账本,链,标识|none]… | member renew 成员 [--until 日期]"},
    {"quarantine", cmd_quarantine_options, cmd_quarantine,
     "quarantine list [--ledger 代码] | quarantine show 改动…"},
    {"bundle", cmd_bundle_options, cmd_bundle,
     "bundle import 文件或文件夹 [--out 文件或文件夹] [--max-mb 兆] [--photos-mb 兆] [--json] | "
     "bundle export "
     "文件或文件夹 --for 人名|设备 [--full] [--max-mb 兆] [--photos-mb 兆] [--json]"},
    {"forks", cmd_forks_options, cmd_forks, "forks list [--json] | forks show 标识 [--out 文件]"},
    {"reads", cmd_reads_options, cmd_reads,
     "reads [--person 姓名] [--record 编号] [--from 日期] [--to 日期] | reads --check"},
    {"sealed", cmd_sealed_options, cmd_sealed,
     "sealed make 区划代码 --reader 姓名… | sealed add|remove 账本 --reader 姓名… | sealed list"},
    {"adopt", cmd_adopt_options, cmd_adopt, "adopt 改动… [--reason 理由]"},
    {"void", cmd_void_options, cmd_void, "void 改动… --reason 理由"},
    {"erase", cmd_erase_options, cmd_erase,
     "erase 改动|记录… --reason 理由 [--with-copies] [--confirm]"},
    {"audit", cmd_audit_options, cmd_audit, "audit [--ledger 代码] [--json] [--xlsx 文件]"},
    {"history", cmd_history_options, cmd_history,
     "history [类型 [编号]] [--by 姓名] [--field 项目] [--from 日期] [--to 日期] [--ledger 代码] "
     "[--at 日期|项数] [--csv 文件 | --xlsx 文件]"},
    {"sql", cmd_sql_options, cmd_sql, "sql \"SELECT …\" [--at 日期|项数] [--unmask --reason 原因]"},
    {"stats", NULL, cmd_stats, "stats [--json]"},
    {"backup", cmd_backup_options, cmd_backup,
     "backup 目录 | backup --config 文件 | backup verify 目录 | backup restore 目录 --data 新目录"},
    {"doctor", cmd_doctor_options, cmd_doctor, "doctor [--config 文件] [--full] [--json]"},
    {"tidy", cmd_tidy_options, cmd_tidy, "tidy [--config 文件] [--confirm] [--json]"},
    {"recovery", cmd_recovery_options, cmd_recovery,
     "recovery status [--json] | signed 文件… | confirm | give-up | epoch 账本 --reason 原因 "
     "[--confirm] | open vault.key或备份 --out 新文件 [--key recovery.key] [--passphrase-file "
     "文件] | "
     "init [--root-key 文件]"},
    {"release", cmd_release_options, cmd_release,
     "release sign 程序 --version 版本 --number 号 --out 文件 [--note 说明] [--root-key 文件] | "
     "publish 文件"},
    {"key", cmd_key_options, cmd_key, "key list [--json] | change [--root-key 文件]"},
    {"catalog", NULL, cmd_catalog, "catalog define 表单文件… | catalog apply 文件.sql…"},
    {"report", NULL, cmd_report, "report define 文件… | report list | report retire 名称…"},
    {"rollup", cmd_rollup_options, cmd_rollup,
     "rollup make [--day 日期] [--least 数] [--out 文件] | rollup check|sum 文件… [--county "
     "验证公钥]… [--json]"},
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
