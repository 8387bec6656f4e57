/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * sql: huced sql: read-only SQL over the record tables, on a connection that cannot write. With
 * --at over what the county knew then (shared/db/past.h), made anew in memory.
 *
 * What it shows is masked as for a posted list, like `huced history`: the machine does not know who
 * sits before it. --unmask --reason TEXT shows it whole, and stands in `huced reads` first.
 */
#include "server/cmd/cmd.h"
#include "server/core/reads.h"
#include "server/core/server.h"

#include "shared/base/file.h"
#include "shared/base/mem.h"
#include "shared/base/time.h"
#include "shared/cli/rows.h"
#include "shared/cli/sight.h"

#define LIMIT_MS 60000

const struct option_spec cmd_sql_options[] = {
    {"at", true}, {"ledger", true}, {"unmask", false}, {"reason", true}, {0}};

static bool mask_cell(void *arg, const struct catalog_table *table,
                      const struct catalog_field *field, struct slice text, struct buf *out)
{
    const struct sight_query *query = arg;
    const enum mask mask = field ? sight_mask(query->sight, table, field) : MASK_NONE;
    if (field && mask == MASK_NONE)
        return false;
    if (!field)
        return sight_query_cell(query, text, out);
    mask_put(mask, MASK_POSTED, text, out);
    return true;
}

static enum status read_options(const struct options *options, struct error *err)
{
    const bool whole = options_has(options, "unmask"), reason = options_has(options, "reason");
    enum status st = expect_words(options, 1, 1, " SELECT 语句", err);
    if (st == ST_OK && whole && !reason)
        st = error_set(err, ST_USAGE, "不遮盖的查询要写明 --reason 原因，它会签名登记");
    if (st == ST_OK && reason && !whole)
        st = error_set(err, ST_USAGE, "--reason 用在 --unmask 上");
    return st;
}

/* Before anything is shown. */
static enum status note_whole(struct server *srv, const struct options *options, struct error *err)
{
    char *command = mem_printf("sql --unmask（%s）", options_get(options, "reason"));
    enum status st = server_begin(srv, err);
    if (st == ST_OK)
        st = server_end(srv, reads_note_own(srv, command, time_now_ms(), err), err);
    mem_free(command);
    return st;
}

enum status cmd_sql(const struct options *options, struct error *err)
{
    const bool back = options_has(options, "at"), whole = options_has(options, "unmask");
    struct server *srv = NULL;
    struct db *db = NULL, *past = NULL;
    struct stmt *stmt = NULL;
    struct sight posted;
    struct sight_query query;
    struct rows_mask mask = {.fn = mask_cell, .arg = &query};
    char *path = file_join(options_data(options), "huced.db");

    sight_of_grant(NULL, SIGHT_FILE, &posted);
    enum status st = read_options(options, err);
    if (st == ST_OK && !file_exists(path))
        st = error_set(err, ST_NOT_FOUND, "%s 中没有县级数据", options_data(options));
    if (st == ST_OK)
        st = server_open(options_data(options), &srv, err);
    if (st == ST_OK && back) /* keeps the memory alive until the query is done */
        st = server_past(srv, options_get(options, "at"), options_get(options, "ledger"), &past,
                         err);
    if (st == ST_OK)
        st = db_open(back ? DB_NAMED_MEMORY : path, DB_READ_ONLY, &db, err);
    if (st == ST_OK) {
        mask.catalog = replica_catalog(srv->rep);
        db_restrict_to_reading(db, LIMIT_MS);
        if (!whole)
            sight_query_begin(&query, &posted, mask.catalog, db);
        st = db_prepare(db, slice_str(options->words[0]), &stmt, err);
    }
    if (st == ST_OK && whole)
        st = note_whole(srv, options, err);
    if (st == ST_OK) {
        mask.catalog = replica_catalog(srv->rep); /* the note may have read it anew */
        st = rows_print(stmt, whole ? NULL : &mask, options_has(options, "json"), err);
    }
    stmt_release(stmt);
    db_close(db);
    db_close(past);
    server_close(srv);
    mem_free(path);
    return st;
}
