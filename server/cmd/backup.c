/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * backup: huced backup: a county in a second place, and back (core/backup.h).
 *
 *   huced backup FOLDER              one copy, while the server runs
 *   huced backup --config FILE       a regular one below [backup] folder: made, verified, and the
 *                                    oldest beyond [backup] keep taken away
 *   huced backup verify FOLDER       everything in it is read and checked; exit 4 when damaged
 *   huced backup restore FOLDER --data NEW
 */
#include "server/core/backup.h"
#include "server/cmd/cmd.h"

#include "shared/base/file.h"
#include "shared/base/time.h"

#include <inttypes.h>
#include <stdio.h>

const struct option_spec cmd_backup_options[] = {{"config", true}, {0}};

static void on_finding(void *arg, const char *text)
{
    (void)arg;
    printf("  %s\n", text);
}

static enum status verify(const char *folder, struct error *err)
{
    struct backup_report report;
    char when[TIME_TEXT_SIZE];
    enum status st = backup_verify(folder, on_finding, NULL, &report, err);
    if (st != ST_OK)
        return st;
    time_format_cst(report.newest_ms, when);
    printf("%s 完好：%" PRIu64 " 个账本，%" PRIu64 " 项，最新一项 %s（北京时间）%s\n", folder,
           report.ledgers, report.leaves, when,
           report.sums ? "" : "；较早版本做的，没有 SHA256SUMS");
    return ST_OK;
}

static enum status restore(const struct options *options, const char *folder, struct error *err)
{
    const char *data = options_data(options);
    enum status st = verify(folder, err);
    if (st == ST_OK)
        st = backup_restore(folder, data, err);
    if (st == ST_OK)
        printf("已恢复到 %s\n启动后本县先处于恢复状态，等各台电脑把备份以后的交还：huced recovery "
               "status\n",
               data);
    return st;
}

static enum status make(const char *data, const char *folder, struct error *err)
{
    struct server *srv;
    enum status st = server_open(data, &srv, err);
    if (st != ST_OK)
        return st;
    st = backup_make(srv, folder, err);
    server_close(srv);
    return st;
}

static enum status make_regular(const struct options *options, struct error *err)
{
    struct config config;
    char name[BACKUP_NAME_SIZE];
    char *folder = NULL;
    size_t gone = 0;
    enum status st = options_config(options, &config, err);
    const char *parent = config_text(&config, CONFIG_BACKUP_FOLDER);
    if (st == ST_OK && !*parent)
        st = error_set(err, ST_USAGE, "请给出备份目录，或在 --config 文件里设置 [backup] folder");
    if (st == ST_OK)
        st = file_make_folder(parent, 0700, err);
    if (st == ST_OK) {
        backup_name(time_now_ms(), name);
        folder = file_join(parent, name);
        st = make(config_text(&config, CONFIG_DATA), folder, err);
    }
    if (st == ST_OK)
        st = verify(folder, err);
    if (st == ST_OK && config_number(&config, CONFIG_BACKUP_KEEP) > 0)
        st = backup_prune(parent, (size_t)config_number(&config, CONFIG_BACKUP_KEEP), &gone, err);
    if (st == ST_OK && gone)
        printf("删去了 %zu 个旧备份\n", gone);
    mem_free(folder);
    config_release(&config);
    return st;
}

enum status cmd_backup(const struct options *options, struct error *err)
{
    const char *word = options->word_count ? options->words[0] : NULL;
    const bool two = word && (strcmp(word, "verify") == 0 || strcmp(word, "restore") == 0);
    enum status st = expect_words(options, two ? 2 : 0, two ? 2 : 1, "备份目录", err);
    if (st != ST_OK)
        return st;
    if (!word)
        return make_regular(options, err);
    if (two)
        return strcmp(word, "verify") == 0 ? verify(options->words[1], err)
                                           : restore(options, options->words[1], err);
    st = make(options_data(options), word, err);
    if (st == ST_OK)
        printf("已备份到 %s\n启用备份时，本县先处于恢复状态，等各台电脑把备份以后的交还：huced "
               "recovery status\n",
               word);
    return st;
}
