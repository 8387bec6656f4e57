/* SPDX-License-Identifier: MulanPSL-2.0 */
/* sql: huced sql: read-only SQL over the record tables, on a connection that cannot write. */
#include "server/cmd/cmd.h"

#include "shared/base/file.h"
#include "shared/base/mem.h"
#include "shared/cli/rows.h"
#include "shared/db/db.h"

#define LIMIT_MS 60000

enum status cmd_sql(const struct options *options, struct error *err)
{
    struct db *db = NULL;
    struct stmt *stmt = NULL;
    char *path = file_join(options_data(options), "huced.db");

    enum status st = expect_words(options, 1, 1, " SELECT 语句", err);
    if (st == ST_OK && !file_exists(path))
        st = error_set(err, ST_NOT_FOUND, "%s 中没有县级数据", options_data(options));
    if (st == ST_OK)
        st = db_open(path, DB_READ_ONLY, &db, err);
    if (st == ST_OK) {
        db_restrict_to_reading(db, LIMIT_MS);
        st = db_prepare(db, slice_str(options->words[0]), &stmt, err);
    }
    if (st == ST_OK)
        st = rows_print(stmt, options_has(options, "json"), err);
    stmt_release(stmt);
    db_close(db);
    mem_free(path);
    return st;
}
