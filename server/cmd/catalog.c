/* SPDX-License-Identifier: MulanPSL-2.0 */
/* catalog: huced catalog apply: a county's own record types, added while everything runs. */
#include "server/cmd/cmd.h"
#include "server/core/registrar.h"

#include "shared/base/file.h"
#include "shared/base/time.h"

#include <stdio.h>

#define SQL_MAX (4 * 1024 * 1024)

static enum status apply(struct server *srv, const char *path, struct error *err)
{
    struct buf sql;
    bool applied = false;
    enum status st = file_read(path, SQL_MAX, &sql, err);
    if (st == ST_OK)
        st = server_begin(srv, err);
    if (st == ST_OK)
        st = server_end(
            srv, registrar_apply_catalog(srv, buf_cstr(&sql), path, time_now_ms(), &applied, err),
            err);
    if (st == ST_OK)
        printf("%s: %s\n", path, applied ? "已登记" : "早已登记，未改动");
    buf_release(&sql);
    return st;
}

enum status cmd_catalog(const struct options *options, struct error *err)
{
    struct server *srv;
    if (options->word_count < 2 || strcmp(options->words[0], "apply") != 0)
        return error_set(err, ST_USAGE, "应为 catalog apply 文件.sql…");
    enum status st = server_open(options_data(options), &srv, err);
    if (st != ST_OK)
        return st;
    for (size_t i = 1; i < options->word_count && st == ST_OK; i++)
        st = apply(srv, options->words[i], err);
    server_close(srv);
    return st;
}
