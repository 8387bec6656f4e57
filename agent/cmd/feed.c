/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * huce feed take F --source D --day DAY [--dry-run] | list [--status S] | confirm ID | dispute ID
 * --note WHY [--evidence HASH,…] | accept ID | uphold ID --note WHY | export --source D --out F
 * [--since DAY]: what a department's register says, and what the village answers.
 */
#include <stdio.h>

#include "agent/cmd/cmd.h"
#include "agent/core/access.h"
#include "agent/core/feed.h"
#include "shared/base/file.h"

#define EXPORT_MAX (64 * 1024 * 1024)

static const char *text(const json_t *object, const char *name)
{
    const char *value = json_string_value(json_object_get(object, name));
    return value ? value : "";
}

static enum status take(struct cli *cli, struct desk *desk, struct error *err)
{
    struct author author = {0};
    struct feed_result r;
    const struct feed_take what = {.path = cli->args.words[1],
                                   .source = args_value(&cli->args, "source"),
                                   .day = args_value(&cli->args, "day"),
                                   .dry_run = args_flag(&cli->args, "dry-run")};
    if (!what.source || !what.day)
        return error_set(err, ST_USAGE, "请用 --source 部门 --day 数据日期 说明是谁哪天的数据");
    enum status st = cli_author(cli, desk, &author, err);
    if (st == ST_OK)
        st = feed_take(desk, &author, &what, &r, err);
    if (st == ST_OK && cli->json)
        cli_print_json(json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:s}", "rows", (json_int_t)r.rows,
                                 "matched", (json_int_t)r.matched, "unmatched",
                                 (json_int_t)r.unmatched, "agreed", (json_int_t)r.agreed,
                                 "differences", (json_int_t)r.differences, "written",
                                 (json_int_t)r.written, "hash", r.hash));
    else if (st == ST_OK)
        printf("%llu 行：比中 %llu 人，没有找到 %llu 人；一致 %llu 项，不同 %llu 项%s\n",
               (unsigned long long)r.rows, (unsigned long long)r.matched,
               (unsigned long long)r.unmatched, (unsigned long long)r.agreed,
               (unsigned long long)r.differences,
               what.dry_run ? "（只是试算，没有写入）" : "，已交村里核对");
    author_release(&author);
    return st;
}

/* Values of people are shown as the screen shows them: those of hidden kinds are not. */
static enum status list_all(struct cli *cli, struct desk *desk, struct error *err)
{
    json_t *all = NULL, *one;
    struct sight sight;
    const struct catalog_table *person = NULL;
    size_t i;
    enum status st = feed_list(desk, args_value(&cli->args, "status"), &all, err);
    if (st == ST_OK)
        st = sight_of_people(desk, args_value(&cli->args, "as"), SIGHT_SCREEN, &sight, err);
    if (st == ST_OK)
        person = catalog_table_named(replica_catalog(desk->rep), slice_str("person"));
    json_array_foreach(all, i, one)
    {
        const struct catalog_field *field =
            person ? catalog_field_named(person, slice_str(text(one, "field"))) : NULL;
        enum mask mask = field ? sight_mask(&sight, person, field) : MASK_HIDE;
        for (int k = 0; k < 2; k++) {
            const char *name = k ? "held" : "said";
            struct buf shown;
            buf_init(&shown, 4096);
            mask_put(mask, MASK_INSIDE, slice_str(text(one, name)), &shown);
            json_object_set_new(one, name, json_string(buf_cstr(&shown)));
            buf_release(&shown);
        }
        if (!cli->json)
            printf("%s  %s %s  %s：部门 %s，村里 %s  %s%s%s\n", text(one, "id"),
                   text(one, "source"), text(one, "day"), text(one, "label"), text(one, "said"),
                   *text(one, "held") ? text(one, "held") : "没填", text(one, "status"),
                   *text(one, "reason") ? "：" : "", text(one, "reason"));
    }
    if (st == ST_OK && cli->json)
        cli_print_json(json_pack("{s:O}", "differences", all));
    else if (st == ST_OK)
        printf("共 %zu 项。huce feed confirm 编号；huce feed dispute 编号 --note 理由\n",
               json_array_size(all));
    json_decref(all);
    return st;
}

static enum status answer(struct cli *cli, struct desk *desk, enum feed_answer what,
                          struct error *err)
{
    struct author author = {0};
    const char *note = args_value(&cli->args, "note");
    if ((what == FEED_DISPUTE || what == FEED_UPHOLD) && (!note || !*note))
        return error_set(err, ST_USAGE, "请用 --note 写明理由");
    enum status st = cli_author(cli, desk, &author, err);
    if (st == ST_OK)
        st = feed_answer(desk, &author, cli->args.words[1], what, note,
                         args_value(&cli->args, "evidence"), err);
    if (st == ST_OK && cli->json)
        cli_print_json(json_pack("{s:s}", "id", cli->args.words[1]));
    else if (st == ST_OK)
        printf("已存在本机\n");
    author_release(&author);
    return st;
}

static enum status confirm(struct cli *cli, struct desk *desk, struct error *err)
{
    return answer(cli, desk, FEED_CONFIRM, err);
}
static enum status dispute(struct cli *cli, struct desk *desk, struct error *err)
{
    return answer(cli, desk, FEED_DISPUTE, err);
}
static enum status accept_it(struct cli *cli, struct desk *desk, struct error *err)
{
    return answer(cli, desk, FEED_ACCEPT, err);
}
static enum status uphold(struct cli *cli, struct desk *desk, struct error *err)
{
    return answer(cli, desk, FEED_UPHOLD, err);
}

/* Whole id numbers leave: that is signed for first, like every other table that leaves whole. */
static enum status export_back(struct cli *cli, struct desk *desk, struct error *err)
{
    struct author author = {0};
    struct buf out;
    size_t rows = 0;
    const char *source = args_value(&cli->args, "source"), *path = args_value(&cli->args, "out");
    const char *ledgers[1] = {args_value(&cli->args, "ledger")};
    if (!source || !path || !ledgers[0])
        return error_set(err, ST_USAGE,
                         "请用 --source 部门 --out 文件.csv --ledger 登记在哪个账本");
    buf_init(&out, EXPORT_MAX);
    enum status st = feed_export(desk, source, args_value(&cli->args, "since"), &out, &rows, err);
    if (st == ST_OK)
        st = cli_author(cli, desk, &author, err);
    if (st == ST_OK)
        st = access_note(desk, &author,
                         &(struct access_note){.what = "feed export",
                                               .reason = "比对结果交回部门",
                                               .rows = rows,
                                               .ledgers = ledgers,
                                               .ledger_count = 1},
                         err);
    if (st == ST_OK)
        st = file_replace(path, buf_slice(&out), 0600, err);
    if (st == ST_OK && cli->json)
        cli_print_json(json_pack("{s:s, s:I}", "file", path, "rows", (json_int_t)rows));
    else if (st == ST_OK)
        printf("%zu 项写入 %s（含身份证号，已签名登记）\n", rows, path);
    author_release(&author);
    buf_release(&out);
    return st;
}

enum status cmd_feed(struct cli *cli, struct error *err)
{
    static const struct verb verbs[] = {{"list", 1, 1, list_all},     {"take", 2, 2, take},
                                        {"confirm", 2, 2, confirm},   {"dispute", 2, 2, dispute},
                                        {"accept", 2, 2, accept_it},  {"uphold", 2, 2, uphold},
                                        {"export", 1, 1, export_back}};
    return cli_verbs(cli, verbs, ARRAY_LENGTH(verbs), "huce feed " FEED_USAGE, err);
}
