/* SPDX-License-Identifier: MulanPSL-2.0 */
/* huce import TYPE FILE.csv [--map col=field…] [--dry-run] [--skip-bad] */
#include <stdio.h>
#include <unistd.h>

#include "agent/cmd/cmd.h"
#include "agent/core/act.h"
#include "agent/core/import.h"

#define BAD_ROWS_SHOWN 1000

struct shown {
    bool bar;
    uint64_t bad;
    json_t *errors;
};

static void show_bad(void *arg, uint64_t line, const char *text)
{
    struct shown *shown = arg;
    if (shown->bad++ >= BAD_ROWS_SHOWN)
        return;
    if (shown->bar)
        fprintf(stderr, "\r\033[K");
    fprintf(stderr, "第 %llu 行 %s\n", (unsigned long long)line, text);
    json_array_append_new(shown->errors,
                          json_pack("{s:I, s:s}", "line", (json_int_t)line, "text", text));
}

static void show_progress(void *arg, uint64_t rows, double share)
{
    struct shown *shown = arg;
    if (shown->bar)
        fprintf(stderr, "\r已处理 %llu 行（%d%%）\033[K", (unsigned long long)rows,
                (int)(share * 100));
}

static void print_result(struct cli *cli, const struct import_result *r, json_t *errors)
{
    if (cli->json) {
        cli_print_json(json_pack("{s:I, s:I, s:I, s:I, s:I, s:b, s:O}", "rows", (json_int_t)r->rows,
                                 "created", (json_int_t)r->created, "updated",
                                 (json_int_t)r->updated, "unchanged", (json_int_t)r->unchanged,
                                 "bad", (json_int_t)r->bad, "written", r->written, "errors",
                                 errors));
        return;
    }
    printf("%s：共 %llu 行，新建 %llu，修改 %llu，没有变化 %llu，有错 %llu\n",
           r->written ? "已导入" : "没有写入", (unsigned long long)r->rows,
           (unsigned long long)r->created, (unsigned long long)r->updated,
           (unsigned long long)r->unchanged, (unsigned long long)r->bad);
}

enum status cmd_import(struct cli *cli, struct error *err)
{
    struct desk *desk = NULL;
    struct author author = {0};
    const struct catalog_table *table;
    const char *note = args_value(&cli->args, "note");
    struct shown shown = {.bar = isatty(STDERR_FILENO), .errors = json_array()};
    struct import_result result = {0};
    struct import_options options = {
        .path = cli->args.words[1],
        .args = &cli->args,
        .note = note ? slice_str(note) : SLICE_NONE,
        .dry_run = args_flag(&cli->args, "dry-run"),
        .skip_bad = args_flag(&cli->args, "skip-bad"),
        .bad_row = show_bad,
        .progress = show_progress,
        .arg = &shown,
    };
    enum status st = cli_desk(cli, &desk, err);
    if (st == ST_OK)
        st = act_type(desk, cli->args.words[0], &table, err);
    if (st == ST_OK && !options.dry_run)
        st = cli_author(cli, desk, &author, err);
    if (st == ST_OK && options.dry_run) { /* nothing is signed: who, but no PIN */
        st = desk_person(desk, args_value(&cli->args, "as"), &author.kid, err);
        if (st == ST_OK)
            author.grant =
                registry_grant(&desk->rep->registry, &author.kid, desk->rep->registry.size);
    }
    if (st == ST_OK)
        st = desk_ledger_for(desk, args_value(&cli->args, "ledger"), table, &author,
                             &options.ledger, err);
    if (st == ST_OK) {
        options.table = table->name;
        options.author = &author;
        st = import_run(desk, &options, &result, err);
        if (shown.bar)
            fprintf(stderr, "\r\033[K");
        if (st == ST_OK || result.bad > 0)
            print_result(cli, &result, shown.errors);
    }
    json_decref(shown.errors);
    author_release(&author);
    desk_close(desk);
    return st;
}
