/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * huce attach TYPE ID FIELD FILE… : photos and scans of a record, stored and signed in one change
 * huce attachment: which there are, which are not here, one of them as a file, how many stay here
 */
#include <stdio.h>

#include "agent/cmd/cmd.h"
#include "agent/core/act.h"
#include "agent/core/attach.h"
#include "agent/core/carry.h"
#include "shared/base/file.h"
#include "shared/codec/hex.h"
#include "shared/record/validate.h"

#define USAGE "huce attachment [list [类型 编号] | missing | get 指纹 文件 | fetch | keep 选项]"
#define MB_MAX 1000000
#define DAYS_MAX 36500

/* ---- attach ---- */

static enum status check_field(const struct catalog_table *table, const char *name, bool several,
                               const struct catalog_field **out, struct error *err)
{
    enum status st = edit_field(table, slice_str(name), out, err);
    if (st != ST_OK)
        return st;
    if (!validate_holds_attachment(*out))
        return error_set(err, ST_USAGE, "“%s”这一项不放照片和扫描件", (*out)->zh);
    if (several && (*out)->type != FIELD_SET_TEXT)
        return error_set(err, ST_USAGE, "“%s”只能放一个文件", (*out)->zh);
    return ST_OK;
}

static enum status store_files(struct cli *cli, struct desk *desk, int64_t ledger, bool is_set,
                               struct buf *text, json_t *made, struct error *err)
{
    enum status st = ST_OK;
    for (size_t i = 3; i < cli->args.word_count && st == ST_OK; i++) {
        struct attach_made one;
        struct buf file;
        st = file_read(cli->args.words[i], ATTACHMENT_MAX, &file, err);
        if (st == ST_LIMIT)
            st = error_set(err, ST_LIMIT, "%s 太大，一个文件最多 %d MB", cli->args.words[i],
                           ATTACHMENT_MAX / 1000000);
        if (st == ST_OK)
            st = attach_store(desk, ledger, buf_slice(&file),
                              args_flag(&cli->args, "keep-position"), &one, err);
        if (st == ST_OK) {
            buf_printf(text, "%s%s%s", text->n ? "," : "", is_set ? "+" : "", one.text);
            json_array_append_new(made,
                                  json_pack("{s:s, s:s, s:I, s:I}", "file", cli->args.words[i],
                                            "value", one.text, "size", (json_int_t)one.what.size,
                                            "dropped", (json_int_t)one.dropped));
        } else {
            error_wrap(err, st, "%s", cli->args.words[i]);
        }
        buf_release(&file);
    }
    return st;
}

static void print_made(const struct cli *cli, const struct act_result *result, json_t *made)
{
    char hex[RECORD_ID_TEXT];
    json_t *one;
    size_t i;
    record_id_format(&result->id, hex);
    if (cli->json) {
        cli_print_json(json_pack("{s:s, s:b, s:O}", "id", hex, "changed", result->changed,
                                 "attachments", made));
        return;
    }
    json_array_foreach(made, i, one)
    {
        const json_int_t size = json_integer_value(json_object_get(one, "size"));
        const json_int_t dropped = json_integer_value(json_object_get(one, "dropped"));
        printf("%s：%.1f MB，已存在本机，同步时传给县里",
               json_string_value(json_object_get(one, "file")), (double)size / 1e6);
        if (dropped)
            printf("（去掉了拍摄位置等 %lld 字节）", (long long)dropped);
        printf("\n");
    }
    if (!result->changed)
        printf("没有变化：这条记录已经有这些附件\n");
}

enum status cmd_attach(struct cli *cli, struct error *err)
{
    const struct args *args = &cli->args;
    const struct catalog_table *table;
    const struct catalog_field *field = NULL;
    struct desk *desk = NULL;
    struct author author = {0};
    struct act_field set = {.name = slice_str(args->words[2])};
    struct act_save what = {.type = args->words[0],
                            .record = args->words[1],
                            .ledger = args_value(args, "ledger"),
                            .target = ACT_EXISTING,
                            .fields = &set,
                            .count = 1,
                            .note = args_value(args, "note")};
    struct act_result result;
    struct ledger *ledger = NULL;
    struct record_id id;
    struct buf text;
    json_t *made = json_array();
    buf_init(&text, 256 * 1024);
    enum status st = cli_desk(cli, &desk, err);
    if (st == ST_OK)
        st = act_type(desk, what.type, &table, err);
    if (st == ST_OK)
        st = check_field(table, args->words[2], args->word_count > 4, &field, err);
    if (st == ST_OK)
        st = cli_record(cli, desk, table, what.record, &ledger, &id, err);
    if (st == ST_OK)
        st = cli_author(cli, desk, &author, err);
    if (st == ST_OK)
        st = store_files(cli, desk, ledger->no, field->type == FIELD_SET_TEXT, &text, made, err);
    set.text = buf_slice(&text);
    if (st == ST_OK)
        st = act_save(desk, &author, &what, &result, err);
    if (st == ST_OK)
        print_made(cli, &result, made);
    json_decref(made);
    buf_release(&text);
    author_release(&author);
    desk_close(desk);
    return st;
}

/* ---- attachment ---- */

static void print_list(const json_t *list)
{
    const json_t *one;
    size_t i;
    json_array_foreach(json_object_get(list, "attachments"), i, one)
    {
        const bool here = json_is_true(json_object_get(one, "here"));
        const char *where = !here                                        ? "不在本机"
                            : json_is_true(json_object_get(one, "held")) ? "本机、县里都有"
                                                                         : "还没传给县里";
        printf("%.16s  %-4s %8.1f KB  %s  %s %s %s\n",
               json_string_value(json_object_get(one, "hash")),
               json_string_value(json_object_get(one, "kind")),
               (double)json_integer_value(json_object_get(one, "size")) / 1e3, where,
               json_string_value(json_object_get(one, "type")),
               json_string_value(json_object_get(one, "id")),
               json_string_value(json_object_get(one, "label")));
    }
    printf("共 %zu 个；本机的附件占 %.1f MB，上限 %lld MB\n",
           json_array_size(json_object_get(list, "attachments")),
           (double)json_integer_value(json_object_get(list, "bytes")) / 1e6,
           (long long)json_integer_value(json_object_get(list, "quota_mb")));
}

static enum status list(struct cli *cli, struct desk *desk, bool missing, struct error *err)
{
    const struct args *args = &cli->args;
    const struct catalog_table *table = NULL;
    struct ledger *ledger;
    struct record_id id;
    struct sight sight;
    json_t *json;
    enum status st = sight_of_people(desk, args_value(args, "as"), SIGHT_SCREEN, &sight, err);
    if (st == ST_OK && args->word_count == 3)
        st = act_type(desk, args->words[1], &table, err);
    if (st == ST_OK && table)
        st = cli_record(cli, desk, table, args->words[2], &ledger, &id, err);
    if (st == ST_OK)
        st = attach_list(desk, &sight, table ? table->name : NULL, table ? &id : NULL, missing,
                         &json, err);
    if (st != ST_OK)
        return st;
    if (cli->json) {
        cli_print_json(json);
        return ST_OK;
    }
    print_list(json);
    json_decref(json);
    return ST_OK;
}

static enum status do_list(struct cli *cli, struct desk *desk, struct error *err)
{
    return list(cli, desk, false, err);
}

static enum status do_missing(struct cli *cli, struct desk *desk, struct error *err)
{
    return list(cli, desk, true, err);
}

static enum status carry_all(struct desk *desk, struct carry_progress *p, struct error *err)
{
    enum status st = carry_run(desk, NULL, p, err);
    return st == ST_OK ? desk_refresh(desk, err) : st;
}

static enum status do_get(struct cli *cli, struct desk *desk, struct error *err)
{
    const char *word = cli->args.words[1], *path = cli->args.words[2];
    struct carry_progress p;
    struct attach_seen seen;
    struct buf content;
    buf_init(&content, ATTACHMENT_MAX);
    enum status st = attach_find(desk, word, &seen, err);
    if (st == ST_OK && !seen.stored.whole) {
        st = attach_want(desk, &seen, err);
        if (st == ST_OK)
            st = carry_all(desk, &p, err);
        if (st == ST_OK)
            st = attach_find(desk, word, &seen, err);
        if (st == ST_OK && !seen.stored.whole)
            st = error_set(err, ST_NOT_FOUND,
                           "县里也还没有这个附件：附上它的那台电脑还没有传。已记下，县里有了就取");
    }
    if (st == ST_OK)
        st = attachments_read(desk->db, &seen.stored, 0, seen.stored.size, &content, err);
    if (st == ST_OK)
        st = attach_is_itself(desk, &seen, buf_slice(&content), err);
    if (st == ST_OK)
        st = file_replace(path, buf_slice(&content), 0600, err);
    buf_release(&content);
    if (st != ST_OK)
        return st;
    attach_looked(desk, &seen);
    if (cli->json)
        cli_print_json(json_pack("{s:s, s:I}", "file", path, "size", (json_int_t)seen.stored.size));
    else
        printf("已写到 %s（%.1f KB）\n", path, (double)seen.stored.size / 1e3);
    return ST_OK;
}

static enum status do_fetch(struct cli *cli, struct desk *desk, struct error *err)
{
    struct carry_progress p = {0};
    enum status st = carry_all(desk, &p, err);
    if (st == ST_OK && cli->json)
        cli_print_json(json_pack("{s:I, s:I, s:I, s:I}", "up", (json_int_t)p.up, "down",
                                 (json_int_t)p.down, "stuck", (json_int_t)p.stuck, "cuts",
                                 (json_int_t)p.cuts));
    else if (st == ST_OK)
        printf("送出 %zu 个，收到 %zu 个，还有 %zu 个现在传不了\n", p.up, p.down, p.stuck);
    return st;
}

static enum status set_number(struct cli *cli, struct desk *desk, const char *option, uint64_t max,
                              const char *setting, struct error *err)
{
    uint64_t n;
    char text[24];
    if (!args_value(&cli->args, option))
        return ST_OK;
    enum status st = args_number(&cli->args, option, max, &n, err);
    snprintf(text, sizeof(text), "%llu", (unsigned long long)n);
    return st == ST_OK ? desk_set(desk, setting, slice_str(text), err) : st;
}

static enum status do_keep(struct cli *cli, struct desk *desk, struct error *err)
{
    const char *fetch = args_value(&cli->args, "fetch");
    size_t dropped = 0;
    if (fetch && strcmp(fetch, "all") != 0 && strcmp(fetch, "ask") != 0)
        return error_set(err, ST_USAGE, "--fetch 写 all（自动取回）或 ask（要看时再取）");
    enum status st = set_number(cli, desk, "quota-mb", MB_MAX, ATTACH_QUOTA, err);
    if (st == ST_OK)
        st = set_number(cli, desk, "days", DAYS_MAX, ATTACH_KEEP_DAYS, err);
    if (st == ST_OK && fetch)
        st = desk_set(desk, ATTACH_FETCH, slice_str(fetch), err);
    if (st == ST_OK)
        st = attach_tidy(desk, time_now_ms(), 0, &dropped, err);
    if (st != ST_OK)
        return st;
    const long long quota = (long long)attach_setting(desk, ATTACH_QUOTA, ATTACH_QUOTA_MB);
    const long long days = (long long)attach_setting(desk, ATTACH_KEEP_DAYS, ATTACH_DAYS);
    if (cli->json) {
        cli_print_json(json_pack(
            "{s:I, s:I, s:s, s:I}", "quota_mb", (json_int_t)quota, "days", (json_int_t)days,
            "fetch", attach_fetches_all(desk) ? "all" : "ask", "dropped", (json_int_t)dropped));
        return ST_OK;
    }
    printf("本机最多放 %lld MB 附件，", quota);
    if (days)
        printf("%lld 天没看的照片不留，", days);
    printf("别人的照片%s；县里有的才会腾出去，要看时再取回\n",
           attach_fetches_all(desk) ? "自动取回" : "要看时再取");
    return ST_OK;
}

enum status cmd_attachment(struct cli *cli, struct error *err)
{
    static const struct verb verbs[] = {{"list", 1, 3, do_list},
                                        {"missing", 1, 1, do_missing},
                                        {"get", 3, 3, do_get},
                                        {"fetch", 1, 1, do_fetch},
                                        {"keep", 1, 1, do_keep}};
    return cli_verbs(cli, verbs, ARRAY_LENGTH(verbs), USAGE, err);
}
