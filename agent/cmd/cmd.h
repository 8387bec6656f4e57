/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * cmd: one file per command, one row per command in the table of main.c.
 *
 * A command prints its result on stdout (one JSON document with --json) and returns a status; main
 * prints the error once and turns the status into the exit code of the command contract.
 */
#ifndef AGENT_CMD_CMD_H
#define AGENT_CMD_CMD_H

#include <jansson.h>

#include "agent/core/args.h"
#include "agent/core/desk.h"
#include "agent/core/sight.h"
#include "shared/base/check.h"
#include "shared/base/time.h"

struct cli {
    struct args args; /* words: what stands behind the command's name */
    char *folder;
    bool json;
};

struct command {
    const char *name;
    const char *usage;   /* "TYPE [ID] field=value…" */
    const char *options; /* for args_parse, besides the global ones */
    size_t words_min, words_max;
    enum status (*run)(struct cli *cli, struct error *err);
    const char *zh; /* one line for people */
    bool saves;     /* what it did is copied to the second place (backup.h) */
};

enum status cmd_join(struct cli *cli, struct error *err);
enum status cmd_status(struct cli *cli, struct error *err);
enum status cmd_serve(struct cli *cli, struct error *err);
enum status cmd_import(struct cli *cli, struct error *err);
enum status cmd_put(struct cli *cli, struct error *err);
enum status cmd_get(struct cli *cli, struct error *err);
enum status cmd_list(struct cli *cli, struct error *err);
enum status cmd_delete(struct cli *cli, struct error *err);
enum status cmd_restore(struct cli *cli, struct error *err);
enum status cmd_history(struct cli *cli, struct error *err);
enum status cmd_sync(struct cli *cli, struct error *err);
enum status cmd_update(struct cli *cli, struct error *err);
enum status cmd_version(struct cli *cli, struct error *err);
enum status cmd_attach(struct cli *cli, struct error *err);
enum status cmd_attachment(struct cli *cli, struct error *err);
enum status cmd_metered(struct cli *cli, struct error *err);
enum status cmd_conflicts(struct cli *cli, struct error *err);
enum status cmd_transfer(struct cli *cli, struct error *err);
enum status cmd_transfers(struct cli *cli, struct error *err);
enum status cmd_duplicates(struct cli *cli, struct error *err);
enum status cmd_sql(struct cli *cli, struct error *err);
enum status cmd_report(struct cli *cli, struct error *err);
enum status cmd_audit(struct cli *cli, struct error *err);
enum status cmd_tasks(struct cli *cli, struct error *err);
enum status cmd_proof(struct cli *cli, struct error *err);
enum status cmd_verify(struct cli *cli, struct error *err);
enum status cmd_pin(struct cli *cli, struct error *err);
enum status cmd_grants(struct cli *cli, struct error *err);
enum status cmd_vault(struct cli *cli, struct error *err);
enum status cmd_witness(struct cli *cli, struct error *err);
enum status cmd_bundle(struct cli *cli, struct error *err);
enum status cmd_backup(struct cli *cli, struct error *err);
enum status cmd_rebuild(struct cli *cli, struct error *err);
enum status cmd_door(struct cli *cli, struct error *err);
enum status cmd_feed(struct cli *cli, struct error *err);
enum status cmd_sealed(struct cli *cli, struct error *err);
enum status cmd_lottery(struct cli *cli, struct error *err);

#define REPORT_USAGE                                                                                              \
    "[名称] [--at 日期|项数] [--detail 栏目 [--unit 区划代码]] [--freeze 文件 [--asked-by 单位] " \
    "[--admission 编号]] | --verify 文件"
#define DOOR_USAGE "make [户] | renew 户 --note 原因 | print --out 文件.html [户] | open 门牌码"
#define SEALED_USAGE                                                                                                      \
    "[list | show 编号 | put 类别=… 姓名=… 项目=值… | change 编号 项目=值… | readers | add 姓名 " \
    "| "                                                                                                                  \
    "remove 姓名 | ask]"
#define FEED_USAGE                                                                                          \
    "list [--status 状态] | take 文件.csv --source 部门 --day 日期 [--dry-run] | confirm 编号 | " \
    "dispute 编号 --note 理由 [--evidence 指纹,…] | accept 编号 | uphold 编号 --note 答复 | " \
    "export --source 部门 --out 文件 --ledger 账本 [--since 日期]"
#define LOTTERY_USAGE                                                                                            \
    "[list | show 编号 | freeze 编号 [--envelope 文件] | draw 编号 --numbers 3,5,1 [--seed 种子] "     \
    "[--witness 姓名,姓名] | withdraw 编号 户编号 [--kind 种类] --note 原因 | sheet 编号 [--out " \
    "文件] | "                                                                                                 \
    "check 抓阄单文件]"

#define BACKUP_USAGE \
    "[文件或文件夹 | --to 文件或文件夹|none | restore 文件或文件夹 [--copy-passphrase-file 文件]]"

/* ---- what commands share (common.c) ---- */
/* As it is, or with --at as it was. */
MUST_USE enum status cli_desk(struct cli *cli, struct desk **out, struct error *err);
MUST_USE enum status cli_author(struct cli *cli, struct desk *desk, struct author *out,
                                struct error *err);
/* `huce COMMAND VERB …`: runs the verb that the words name, with the desk open; `list` when there
 * are none. How many words: the verb itself included. */
struct verb {
    const char *word;
    size_t words_min, words_max;
    enum status (*run)(struct cli *cli, struct desk *desk, struct error *err);
};
MUST_USE enum status cli_verbs(struct cli *cli, const struct verb *verbs, size_t count,
                               const char *usage, struct error *err);
/* act_find, within --ledger when it is given. */
MUST_USE enum status cli_record(struct cli *cli, struct desk *desk,
                                const struct catalog_table *table, const char *word,
                                struct ledger **ledger, struct record_id *id, struct error *err);

/* ---- results as files (export.c): --csv F | --xlsx F [--unmask --reason TEXT] ---- */
#define EXPORT_OPTIONS "csv= xlsx= unmask reason="
#define EXPORT_USAGE "[--csv 文件 | --xlsx 文件 [--unmask --reason 原因]]"
struct export
{
    const char *csv, *xlsx; /* at most one */
    bool whole;             /* without masks */
    const char *reason;
};
MUST_USE enum status export_read(const struct cli *cli, struct export *out, struct error *err);
bool export_wanted(const struct export *export);
/* Who looks: for a file masked, or whole, or the screen. */
MUST_USE enum status export_sight(const struct cli *cli, struct desk *desk,
                                  const struct export *export, struct sight *out,
                                  struct error *err);
/* Writes the sheet (sheet.h) and says so. When it is whole, that is signed first, in the ledgers of
 * these records, or (NULL) in the only one that fits; what: for people. */
MUST_USE enum status export_write(struct cli *cli, struct desk *desk, const struct export *export,
                                  const json_t *sheet, const char *what, const json_t *records,
                                  struct error *err);

/* Work on chains that split, of those people whose PIN can be had, is signed again; of the others
 * it is said what to do. *healed: changesets. */
MUST_USE enum status cli_heal(struct cli *cli, struct desk *desk, size_t *healed,
                              struct error *err);

/* Lists of conflicts, duplicates … or one of them (sight_item), as the screen shows them. */
MUST_USE enum status cli_mask(struct cli *cli, struct desk *desk, json_t *items,
                              const char *command, struct error *err);
/* Who looks, for reads.h: with one line of words. Valid until the next call. */
struct reader;
const struct reader *cli_reader(struct cli *cli, struct desk *desk, const char *command);
struct hiding {
    const struct sight *sight;
    const struct catalog_table *table;
};
bool cli_hides(void *hiding, const struct catalog_field *field);

/* Prints and releases. */
void cli_print_json(json_t *json);
/* Columns as wide as a terminal shows them (a Chinese character takes two). */
size_t text_width(const char *text);
void print_padded(const char *text, size_t width);

#endif
