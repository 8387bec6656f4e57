/* SPDX-License-Identifier: MulanPSL-2.0 */
/* ledger: huced ledger add, huced ledger list. */
#include "server/cmd/cmd.h"
#include "server/core/divisions.h"

#include "shared/base/file.h"
#include "shared/base/time.h"

#include <inttypes.h>
#include <stdio.h>

#define CSV_MAX (64 * 1024 * 1024)

const struct option_spec cmd_ledger_options[] = {{"divisions", true}, {0}};

static enum status add_file(struct server *srv, const char *path, struct error *err)
{
    struct divisions_report report;
    struct buf csv;
    enum status st = file_read(path, CSV_MAX, &csv, err);
    if (st == ST_OK)
        st = divisions_import(srv, buf_slice(&csv), time_now_ms(), &report, err);
    if (st == ST_OK)
        printf("新建账本 %zu 个，登记区划 %zu 条（文件共 %zu 行，外县 %zu 行略过）\n",
               report.ledgers_added, report.records_added, report.rows, report.passed_over);
    else
        st = error_wrap(err, st, "%s", path);
    buf_release(&csv);
    return st;
}

static enum status add_codes(struct server *srv, const struct options *options, struct error *err)
{
    size_t count = 0;
    bool added;
    enum status st = server_begin(srv, err);
    if (st != ST_OK)
        return st;
    for (size_t i = 1; i < options->word_count && st == ST_OK; i++) {
        st = divisions_add_ledger(srv, options->words[i], &added, err);
        count += added;
    }
    st = server_end(srv, st, err);
    if (st == ST_OK)
        printf("新建账本 %zu 个\n", count);
    return st;
}

static enum status list(struct server *srv, const struct options *options)
{
    const struct replica *rep = srv->rep;
    json_t *ledgers = json_array();
    const bool json = options_has(options, "json");
    for (size_t i = 0; i < rep->ledger_count; i++) {
        const struct ledger *l = rep->ledgers[i];
        if (json)
            json_array_append_new(
                ledgers, json_pack("{s:s, s:I, s:I, s:b}", "origin", l->origin.text, "size",
                                   (json_int_t)l->tree.size, "records", (json_int_t)l->records,
                                   "registry", l == rep->registry_ledger));
        else
            printf("%-40s %8" PRIu64 " 项 %8" PRIu64 " 条记录%s\n", l->origin.text, l->tree.size,
                   l->records, l == rep->registry_ledger ? "  登记账本" : "");
    }
    if (json)
        print_json(json_pack("{s:O}", "ledgers", ledgers));
    json_decref(ledgers);
    return ST_OK;
}

enum status cmd_ledger(const struct options *options, struct error *err)
{
    const char *verb = options->word_count ? options->words[0] : "";
    const char *path = options_get(options, "divisions");
    const bool adding = strcmp(verb, "add") == 0;
    struct server *srv;

    if (!adding && strcmp(verb, "list") != 0)
        return error_set(err, ST_USAGE, "应为 ledger add 或 ledger list");
    if (adding && (options->word_count > 1) == (path != NULL))
        return error_set(err, ST_USAGE, "给出区划代码，或 --divisions 文件（二者选一）");
    enum status st = server_open(options_data(options), &srv, err);
    if (st != ST_OK)
        return st;
    st = !adding ? list(srv, options)
         : path  ? add_file(srv, path, err)
                 : add_codes(srv, options, err);
    server_close(srv);
    return st;
}
