/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * huce: the desk. One table of commands; each lives in a file of its own under agent/cmd.
 */
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>

#include "agent/cmd/cmd.h"
#include "agent/core/backup.h"
#include "shared/base/check.h"
#include "shared/base/mem.h"
#include "shared/crypto/hash.h"

#define GLOBAL_OPTIONS "data= json help pin-file= passphrase-file= as= ledger="
#define MANY ARGS_WORDS_MAX
#define SEARCH_USAGE "[类型] [--by 姓名] [--field 项目] [--from 日期] [--to 日期] " EXPORT_USAGE

#define ATTACHMENT_USAGE                                                                                \
    "[list [类型 编号] | missing | get 指纹 文件 | fetch | keep [--quota-mb 兆] [--days 天] " \
    "[--fetch "                                                                                         \
    "all|ask]]"

static const struct command commands[] = {
    {"join", "邀请码|文件 [--passphrase-file 文件] [--request-file 文件] | --answer-file 文件",
     "request-file= answer-file=", 0, 1, cmd_join,
     "用县里给的邀请码加入；有启动口令，数据就加密存放；没有网就写成申请文件，用 U 盘带到县里"},
    {"status", "[--heads]", "heads", 0, 0, cmd_status,
     "本机已存、已送出、县里已确认、待我决定各有多少；--heads 各人写到了哪里，县里撤销旧密钥时要"},
    {"put", "类型 [编号] 项目=值…", "note=", 2, MANY, cmd_put, "新建或修改一条记录", true},
    {"get", "类型 编号 [--at 日期|项数]", "at=", 2, 2, cmd_get, "看一条记录"},
    {"list", "类型 [--where 条件] [--limit 行数] [--at 日期|项数] " EXPORT_USAGE,
     "at= where= limit= deleted " EXPORT_OPTIONS, 1, 1, cmd_list,
     "列出记录，--where 写 SQL 条件；--deleted 列出作废的；文件里遮盖个人信息"},
    {"delete", "类型 编号 --note 原因", "note=", 2, 2, cmd_delete, "作废一条记录", true},
    {"restore", "类型 编号", "note=", 2, 2, cmd_restore, "恢复一条作废的记录", true},
    {"history", "类型 编号 [--at 日期|项数] | " SEARCH_USAGE,
     "at= by= field= from= to= " EXPORT_OPTIONS, 0, 2, cmd_history,
     "谁在什么时候改了什么；不写编号就在全部历史里找"},
    {"import", "类型 文件.csv", "map= dry-run skip-bad note=", 2, 2, cmd_import,
     "从表格导入，--dry-run 只检查", true},
    {"attach", "类型 编号 项目 文件… [--keep-position] [--note 说明]", "keep-position note=", 4,
     MANY, cmd_attach, "给记录附上照片、扫描件；照片里的拍摄位置去掉，除非写 --keep-position",
     true},
    {"attachment", "" ATTACHMENT_USAGE, "quota-mb= days= fetch=", 0, 3, cmd_attachment,
     "附件：有哪些、缺哪些、取出来；本机留多少、留多久、要不要自动取回"},
    {"sync", "[--records-only] | --peer 地址:端口", "once progress records-only peer=", 0, 0,
     cmd_sync,
     "与县里交换改动，再传照片；--records-only 不传照片；--peer 不经过县里，同办公室另一台电脑交换",
     true},
    {"metered", "[on [--hours 22-7] [--day-mb 兆] | off]", "hours= day-mb=", 0, 1, cmd_metered,
     "按流量付费的网络：记录随时送，照片等到约定的时候，一天不超过多少"},
    {"conflicts", "list [--reported] | show 编号 | resolve 编号 --take A|value=…",
     "take= note= reported", 1, 3, cmd_conflicts,
     "看分歧、决定分歧；--reported 列出按规则自动处理的", true},
    {"tasks", "[list | show 编号 | send 编号 [项目=值…] [--without 项目] | drop 编号 --note 原因]",
     "note= without=", 0, MANY, cmd_tasks, "看退回的改动，改好再送", true},
    {"transfer", "类型 编号 --to 区划代码", "to= note=", 2, 2, cmd_transfer,
     "搬迁：一户连同成员和档案迁到另一个村（社区）", true},
    {"transfers", "list | show 编号 | take 编号 [--drop]", "drop note=", 1, 2, cmd_transfers,
     "迁移没办完的事：迁出以后的改动、没跟去的记录、还没接收的户", true},
    {"duplicates", "list [--all] | link 编号 编号 --note 依据 | unlink 编号 编号 --note 依据",
     "all note=", 1, 3, cmd_duplicates, "可能是同一个人（户）的两条记录：认定是，或者不是", true},
    {"sql", "\"SELECT …\" [--at 日期|项数] " EXPORT_USAGE, "at= " EXPORT_OPTIONS, 1, 1, cmd_sql,
     "对记录表做只读查询"},
    {"report", "" REPORT_USAGE " " EXPORT_USAGE,
     "at= date= month= detail= unit= freeze= verify= asked-by= admission= keep-in= " EXPORT_OPTIONS,
     0, 1, cmd_report,
     "统计报表；不写名称就列出有哪些；--detail 数字背后的记录，--freeze 存档，--verify 核对存档",
     true},
    {"audit", "[--witness 见证人公钥]… [--quorum 几个] [--xlsx 文件]", "witness= quorum= xlsx=", 0,
     0, cmd_audit, "从头核对全部签名和历史"},
    {"proof", "类型 编号 --out 文件 [--change 第几次] [--withhold]", "out= change= withhold", 2, 2,
     cmd_proof, "把一条记录的一次改动写成证明文件，交给外人核对"},
    {"verify", "文件 [--root 根公钥指纹]", "root=", 1, 1, cmd_verify,
     "核对证明文件，只要文件和县根公钥的指纹"},
    {"vault", "[status | on | off | passphrase [--new-passphrase-file 文件]]",
     "new-passphrase-file=", 0, 1, cmd_vault, "数据加密存放：看一看、打开、关掉、换启动口令"},
    {"grants", "", "", 0, 0, cmd_grants, "县里以本机各人的名义授过的权：谁授的、何时、到何时"},
    {"pin", "change [--new-pin-file 文件]", "new-pin-file=", 1, 1, cmd_pin, "换签名口令（PIN）"},
    {"witness", "[list | require 见证人公钥… [--quorum 几个] | none]", "quorum=", 0, MANY,
     cmd_witness, "要求外面的见证人也给县里的历史签名，看签到了哪里"},
    {"backup", "" BACKUP_USAGE, "to= copy-passphrase-file=", 0, 2, cmd_backup,
     "县里还没有的改动另存一份到 U 盘（--to：以后每次保存自动另存），再从那里恢复"},
    {"bundle", "export 文件或文件夹 [--max-mb 兆] [--photos-mb 兆] | import 文件或文件夹",
     "max-mb= photos-mb=", 2, 2, cmd_bundle, "用 U 盘和县里交换：把没送的装上带去，把带回的导入"},
    {"door", "" DOOR_USAGE, "note= out=", 1, 2, cmd_door,
     "门牌码：每户一个，印成二维码；扫一扫或敲进来就打开这一户，没有网也行", true},
    {"feed", "" FEED_USAGE, "source= day= dry-run status= note= evidence= out= since=", 0, 2,
     cmd_feed, "部门比对：部门的数据与村里不同的，村里确认或提异议，结果交回部门", true},
    {"lottery", "" LOTTERY_USAGE, "envelope= numbers= seed= witness= kind= note= out=", 0, 3,
     cmd_lottery, "抓阄：冻结名单、封存种子、当众报数、打印抓阄单；谁都可以重新算一遍", true},
    {"sealed", "" SEALED_USAGE, "", 0, MANY, cmd_sealed,
     "封存个案：只有指定的读者看得见，别处连有没有都不知道；每次看都留痕", true},
    {"update", "[fetch | take 文件 | apply --yes | rollback --yes]", "yes program=", 0, 2,
     cmd_update, "换成本县签发的新程序：向县里取，或从 U 盘拿；核对过、您同意才换，可以换回"},
    {"version", "", "", 0, 0, cmd_version, "现在的程序是哪一版"},
    {"rebuild", "", "check", 0, 0, cmd_rebuild, "由账本重新生成全部记录表"},
    {"serve", "[--listen 127.0.0.1:端口] [--sync-every 秒] [--lock-after 秒] [--lan 地址:端口]",
     "listen= sync-every= lock-after= lan=", 0, 0, cmd_serve, "本机界面接口和后台同步"},
};

static void print_usage(FILE *out)
{
    fprintf(out,
            "户策 huce：村（社区）户册与劳务档案\n\n用法：huce 命令 … [--data 目录] [--json]\n\n");
    for (size_t i = 0; i < ARRAY_LENGTH(commands); i++)
        fprintf(out, "  huce %-9s %s\n      %s\n", commands[i].name, commands[i].usage,
                commands[i].zh);
    fprintf(out, "\n需要签名时：--pin-file 文件（或 HUCE_PIN_FILE）；数据加密时：--passphrase-file "
                 "文件（或 HUCE_PASSPHRASE_FILE）；一台设备几个人时：--as 姓名；"
                 "几个账本时：--ledger 代码；"
                 "--at 看当时县里知道的\n");
}

static const struct command *find_command(const char *name)
{
    for (size_t i = 0; i < ARRAY_LENGTH(commands); i++)
        if (strcmp(commands[i].name, name) == 0)
            return &commands[i];
    return NULL;
}

/* A save stands whether or not the second place can be reached; that it could not is said. */
static void keep_copy(const char *folder)
{
    struct desk *desk = NULL;
    struct error err;
    enum status st = desk_open(folder, &desk, &err);
    if (st == ST_NOT_FOUND) /* a command that needed no folder saved nothing */
        return;
    if (st == ST_OK)
        st = backup_keep(desk, NULL, &err);
    if (st != ST_OK)
        fprintf(stderr, "huce: 改动已存在本机，但没有备份成：%s\n", err.text);
    desk_close(desk);
}

static enum status run(const struct command *command, int argc, char **argv, struct error *err)
{
    struct cli *cli = mem_zero_alloc(1, sizeof(*cli));
    char *options = mem_printf("%s %s", GLOBAL_OPTIONS, command->options);
    enum status st = args_parse(argc, argv, options, &cli->args, err);
    size_t words = cli->args.word_count;
    cli->json = args_flag(&cli->args, "json");
    cli->folder = desk_folder(args_value(&cli->args, "data"));
    if (args_value(&cli->args, "passphrase-file")) /* threads open the folder too */
        setenv("HUCE_PASSPHRASE_FILE", args_value(&cli->args, "passphrase-file"), 1);
    if (st == ST_OK && args_flag(&cli->args, "help"))
        printf("用法：huce %s %s\n%s\n", command->name, command->usage, command->zh);
    else if (st == ST_OK && (words < command->words_min || words > command->words_max))
        st = error_set(err, ST_USAGE, "用法：huce %s %s", command->name, command->usage);
    else if (st == ST_OK)
        st = command->run(cli, err);
    if (st == ST_OK && command->saves && !args_flag(&cli->args, "help"))
        keep_copy(cli->folder);
    mem_free(cli->folder);
    mem_free(options);
    mem_free(cli);
    return st;
}

int main(int argc, char **argv)
{
    struct error err = {0};
    mem_frugal();
    setlocale(LC_ALL, "");
    crypto_init();
    if (argc < 2 || strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "help") == 0) {
        print_usage(argc < 2 ? stderr : stdout);
        return argc < 2 ? 2 : 0;
    }
    const struct command *command = find_command(argv[1]);
    enum status st =
        command ? run(command, argc - 2, argv + 2, &err)
                : error_set(&err, ST_USAGE, "没有“%s”这个命令；运行 huce help 查看全部", argv[1]);
    fflush(stdout);
    if (st != ST_OK)
        fprintf(stderr, "huce: %s\n", err.text);
    return status_exit_code(st);
}
