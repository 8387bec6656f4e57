/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * huce backup [PATH] | --to PATH|none | restore PATH : what the county does not have yet, in a
 * second place, and back from there (agent/core/backup.h).
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#include "agent/cmd/cmd.h"
#include "agent/core/backup.h"
#include "shared/base/file.h"

static void print_written(const struct cli *cli, const struct backup_written *w)
{
    if (cli->json) {
        cli_print_json(json_pack("{s:s, s:I, s:I, s:I, s:b, s:b}", "path", w->path, "changesets",
                                 (json_int_t)w->changesets, "changes", (json_int_t)w->changes,
                                 "bytes", (json_int_t)w->bytes, "encrypted", w->sealed, "same_disk",
                                 w->same_disk));
        return;
    }
    printf("已备份到 %s：县里还没有的 %zu 组、%llu 条改动，写完已读回核对\n", w->path,
           w->changesets, (unsigned long long)w->changes);
    printf("%s\n", w->sealed
                       ? "备份是加密的，用本机的启动口令打开；里面没有任何私钥"
                       : "注意：备份没有加密（本机的数据也没有加密），拿到它的人能读到这些改动；"
                         "里面没有任何私钥。加密：huce vault on，再备份一次");
    if (w->same_disk)
        printf("注意：这个位置和数据在同一块硬盘上，硬盘坏了会一起丢；请备份到 U 盘或另一块硬盘\n");
}

static enum status write_to(struct cli *cli, struct desk *desk, const char *path, struct error *err)
{
    struct backup_written written;
    enum status st = backup_write(desk, path, &written, err);
    if (st == ST_OK)
        print_written(cli, &written);
    backup_written_release(&written);
    return st;
}

static enum status remember(struct cli *cli, struct desk *desk, const char *to, struct error *err)
{
    struct backup_written written = {0};
    bool none = strcmp(to, "none") == 0, kept;
    enum status st = none ? ST_OK : backup_write(desk, to, &written, err);
    if (st == ST_OK)
        st = backup_remember(desk, none ? NULL : to, err);
    if (st == ST_OK)
        st = backup_keep(desk, &kept, err);
    if (st == ST_OK && none && cli->json)
        cli_print_json(json_pack("{s:n}", "to"));
    else if (st == ST_OK && none)
        printf("以后不再自动备份；已写好的备份没有动\n");
    else if (st == ST_OK)
        print_written(cli, &written);
    if (st == ST_OK && !none && !cli->json)
        printf("以后每次保存、每次同步之后自动备份到这里；不要了：huce backup --to none\n");
    backup_written_release(&written);
    return st;
}

static enum status show(struct cli *cli, struct desk *desk, struct error *err)
{
    struct backup_state state;
    char when[TIME_TEXT_SIZE] = "";
    bool wrote = false;
    enum status st = backup_keep(desk, &wrote, err);
    backup_state(desk, &state);
    if (st == ST_OK && !state.place)
        st = error_set(err, ST_USAGE,
                       "还没有说备份到哪里：huce backup 文件或文件夹；记住一个地方、以后"
                       "自动备份：huce backup --to 文件或文件夹");
    if (st == ST_OK && state.last_ms)
        time_format_utc(state.last_ms, when);
    if (st == ST_OK && cli->json) {
        cli_print_json(json_pack("{s:s, s:s, s:b, s:b}", "to", state.place, "last", when, "current",
                                 state.current, "wrote", wrote));
    } else if (st == ST_OK) {
        if (state.last_ms)
            time_text_cst(when, when);
        printf("自动备份到 %s，最近一次 %s；县里还没有的改动都在里面\n", state.place, when);
    }
    mem_free(state.place);
    return st;
}

/* ---- back ---- */

static bool is_copy(const char *name)
{
    size_t n = strlen(name), end = strlen(".backup");
    return n > end && strncmp(name, "huce-", 5) == 0 && strcmp(name + n - end, ".backup") == 0;
}

/* The only copy in a folder; the path itself if it is no folder. */
static enum status find_copy(const char *path, char **out, struct error *err)
{
    DIR *folder = opendir(path);
    struct dirent *entry;
    size_t found = 0;
    *out = NULL;
    if (!folder) {
        *out = mem_strdup(path);
        return ST_OK;
    }
    while ((entry = readdir(folder)))
        if (is_copy(entry->d_name) && found++ == 0)
            *out = file_join(path, entry->d_name);
    closedir(folder);
    if (found == 1)
        return ST_OK;
    return error_set(err, found ? ST_USAGE : ST_NOT_FOUND,
                     found ? "%s 里有几份备份（huce-….backup）：请写明是哪一个文件"
                           : "%s 里没有备份（huce-….backup）",
                     path);
}

static void print_restored(const struct cli *cli, const struct backup_restored *r, size_t healed)
{
    char when[TIME_TEXT_SIZE];
    time_format_utc(r->made_ms, when);
    if (cli->json) {
        cli_print_json(json_pack(
            "{s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "made", when, "brought",
            (json_int_t)r->brought, "brought_changes", (json_int_t)r->brought_changes, "here",
            (json_int_t)r->here, "here_changes", (json_int_t)r->here_changes, "signed_again",
            (json_int_t)healed, "early", (json_int_t)r->early, "foreign", (json_int_t)r->foreign));
        return;
    }
    time_text_cst(when, when);
    printf("备份写于 %s\n恢复了 %zu 组、%llu 条改动，等着送到县里；本机或县里已有的 %zu 组、%llu 条"
           "没有重复\n",
           when, r->brought, (unsigned long long)r->brought_changes, r->here,
           (unsigned long long)r->here_changes);
    if (healed)
        printf("其中与县里已有的编号相撞的 %zu 组，已由本人在新链上重新签名\n", healed);
    if (r->brought)
        printf("送到县里：huce sync\n");
}

static enum status restore(struct cli *cli, struct desk *desk, const char *path, struct error *err)
{
    struct backup_restored restored;
    size_t healed = 0;
    char *file = NULL;
    enum status st = find_copy(path, &file, err);
    if (st == ST_OK)
        st = backup_restore(desk, file, args_value(&cli->args, "copy-passphrase-file"), &restored,
                            err);
    if (st == ST_OK)
        st = cli_heal(cli, desk, &healed, err);
    if (st == ST_OK)
        print_restored(cli, &restored, healed);
    if (st == ST_OK && restored.early)
        st = error_set(err, ST_WAIT,
                       "还有 %zu 组改动建立在本机没有收到的内容上：先运行 huce sync，再恢复一次",
                       restored.early);
    if (st == ST_OK && restored.foreign)
        st =
            error_set(err, ST_REFUSED,
                      "还有 %zu 组改动属于本机没有的账本：先运行 huce sync；还没有，请联系县里授权",
                      restored.foreign);
    mem_free(file);
    return st;
}

enum status cmd_backup(struct cli *cli, struct error *err)
{
    const struct args *args = &cli->args;
    const char *to = args_value(args, "to");
    bool back = args->word_count > 0 && strcmp(args->words[0], "restore") == 0;
    struct desk *desk = NULL;
    if ((to && args->word_count) || (back ? args->word_count != 2 : args->word_count > 1))
        return error_set(err, ST_USAGE, "用法：huce backup " BACKUP_USAGE);
    enum status st = cli_desk(cli, &desk, err);
    if (st == ST_OK && to)
        st = remember(cli, desk, to, err);
    else if (st == ST_OK && back)
        st = restore(cli, desk, args->words[1], err);
    else if (st == ST_OK && args->word_count)
        st = write_to(cli, desk, args->words[0], err);
    else if (st == ST_OK)
        st = show(cli, desk, err);
    desk_close(desk);
    return st;
}
