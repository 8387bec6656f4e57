/* SPDX-License-Identifier: MulanPSL-2.0 */
/* sql: huced sql: read-only SQL over the record tables, on a connection that cannot write. With
 * --at over what the county knew then (shared/db/past.h), made anew in memory. */
#include "server/cmd/cmd.h"
#include "server/core/server.h"

#include "shared/base/file.h"
#include "shared/base/mem.h"
#include "shared/cli/rows.h"
#include "shared/db/db.h"
#include "shared/db/migrate.h"
#include "shared/db/past.h"

#define LIMIT_MS 60000

const struct option_spec cmd_sql_options[] = {{"at", true}, {"ledger", true}, {0}};

/* *past keeps the memory alive until the query is done. */
static enum status go_back(const struct options *options, const char *file, struct db **past,
                           struct error *err)
{
    struct server *srv = NULL;
    struct past when;
    enum status st = server_open(options_data(options), &srv, err);
    if (st != ST_OK)
        return st;
    st = past_parse(srv->rep, options_get(options, "at"), options_get(options, "ledger"), &when,
                    err);
    if (st == ST_OK)
        st = db_open(DB_NAMED_MEMORY, DB_READ_WRITE, past, err);
    if (st == ST_OK)
        st = migrate(*past, "shared", err);
    if (st == ST_OK)
        st = past_fill(srv->rep, file, &when, *past, err);
    server_close(srv);
    return st;
}

enum status cmd_sql(const struct options *options, struct error *err)
{
    const bool back = options_has(options, "at");
    struct db *db = NULL, *past = NULL;
    struct stmt *stmt = NULL;
    char *path = file_join(options_data(options), "huced.db");

    enum status st = expect_words(options, 1, 1, " SELECT 语句", err);
    if (st == ST_OK && !file_exists(path))
        st = error_set(err, ST_NOT_FOUND, "%s 中没有县级数据", options_data(options));
    if (st == ST_OK && back)
        st = go_back(options, path, &past, err);
    if (st == ST_OK)
        st = db_open(back ? DB_NAMED_MEMORY : path, DB_READ_ONLY, &db, err);
    if (st == ST_OK) {
        db_restrict_to_reading(db, LIMIT_MS);
        st = db_prepare(db, slice_str(options->words[0]), &stmt, err);
    }
    if (st == ST_OK)
        st = rows_print(stmt, NULL, options_has(options, "json"), err);
    stmt_release(stmt);
    db_close(db);
    db_close(past);
    mem_free(path);
    return st;
}
