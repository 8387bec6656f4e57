/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * history: huced history: every change that the county holds, by who made it, what it touched and
 * when; with --at what it held then, with the people and rules of then (shared/db/past.h).
 *
 * Whoever has the county's database reads it whole (huced sql), so the screen shows it whole. What
 * goes into a file is masked as for a posted list.
 */
#include "server/cmd/cmd.h"
#include "server/core/server.h"

#include "shared/base/file.h"
#include "shared/cli/change_text.h"
#include "shared/cli/search.h"
#include "shared/cli/sheet_csv.h"
#include "shared/cli/xlsx.h"

#include <stdio.h>

const struct option_spec cmd_history_options[] = {{"by", true},  {"field", true}, {"from", true},
                                                  {"to", true},  {"at", true},    {"ledger", true},
                                                  {"csv", true}, {"xlsx", true},  {0}};

static enum status write_file(struct replica *rep, const struct options *options,
                              const json_t *entries, struct error *err)
{
    const char *csv = options_get(options, "csv"), *xlsx = options_get(options, "xlsx");
    json_t *sheet = search_sheet(rep, entries);
    enum status st = csv ? sheet_csv_write(sheet, csv, err) : xlsx_write(sheet, xlsx, err);
    if (st == ST_OK && !options_has(options, "json"))
        printf("已写入 %s：%zu 条改动，个人信息已遮盖\n", csv ? csv : xlsx,
               json_array_size(entries));
    json_decref(sheet);
    return st;
}

static enum status search(struct replica *rep, const struct options *options, struct error *err)
{
    const bool file = options_has(options, "csv") || options_has(options, "xlsx");
    const struct search what = {
        .by = options_get(options, "by"),
        .field = options_get(options, "field"),
        .from = options_get(options, "from"),
        .to = options_get(options, "to"),
        .ledger = options_get(options, "ledger"),
        .type = options->word_count ? options->words[0] : NULL,
        .record = options->word_count > 1 ? options->words[1] : NULL,
    };
    struct sight posted;
    json_t *entries = NULL;
    sight_of_grant(NULL, SIGHT_FILE, &posted);
    enum status st = search_history(rep, &what, file ? &posted : NULL, &entries, err);
    if (st == ST_OK && file)
        st = write_file(rep, options, entries, err);
    else if (st == ST_OK && !options_has(options, "json"))
        change_text_print_found(replica_catalog(rep), entries);
    if (st == ST_OK && options_has(options, "json"))
        print_json(json_pack("{s:O}", "changes", entries));
    json_decref(entries);
    return st;
}

enum status cmd_history(const struct options *options, struct error *err)
{
    struct server *srv = NULL;
    struct db *db = NULL;
    struct replica *past = NULL;
    enum status st = expect_words(options, 0, 2, "", err);
    if (st == ST_OK && options_has(options, "csv") && options_has(options, "xlsx"))
        st = error_set(err, ST_USAGE, "--csv 和 --xlsx 选一个");
    if (st == ST_OK)
        st = server_open(options_data(options), &srv, err);
    if (st == ST_OK && options_has(options, "at"))
        st = server_past(srv, options_get(options, "at"), options_get(options, "ledger"), &db, err);
    if (st == ST_OK && db)
        st = replica_open(db, &past, err);
    if (st == ST_OK && past && past->registry.size == 0)
        st = error_set(err, ST_NOT_FOUND, "%s 的时候这个县还没有任何记录",
                       options_get(options, "at"));
    if (st == ST_OK)
        st = search(past ? past : srv->rep, options, err);
    replica_close(past);
    db_close(db);
    server_close(srv);
    return st;
}
