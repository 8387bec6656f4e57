/* SPDX-License-Identifier: MulanPSL-2.0 */
/* huce sql "SELECT …": one query over the record tables and what is derived from them
 * (shared/db/derived.h), on a connection that cannot write. */
#include "agent/cmd/cmd.h"
#include "agent/core/edit.h"
#include "shared/cli/rows.h"
#include "shared/db/derived.h"

#define LIMIT_MS 60000

enum status cmd_sql(struct cli *cli, struct error *err)
{
    struct desk *desk = NULL;
    struct db *db = NULL;
    struct stmt *stmt = NULL;
    enum status st = cli_desk(cli, &desk, err); /* brings the tables to this program's shape */
    if (st == ST_OK)
        st = db_open(desk->file, DB_READ_ONLY, &db, err);
    if (st == ST_OK)
        st = derived_open(db, replica_catalog(desk->rep), edit_today(), NULL, err);
    if (st == ST_OK) {
        db_restrict_to_reading(db, LIMIT_MS);
        st = db_prepare(db, slice_str(cli->args.words[0]), &stmt, err);
    }
    if (st == ST_OK)
        st = rows_print(stmt, cli->json, err);
    stmt_release(stmt);
    db_close(db);
    desk_close(desk);
    return st;
}
