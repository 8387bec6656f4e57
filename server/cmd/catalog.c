/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * catalog: huced catalog apply, define: a county's own record types, added while everything runs:
 * as SQL (migrations/README.md), or as an office writes a form down (form_file.h).
 */
#include "server/cmd/cmd.h"
#include "server/core/form_file.h"
#include "server/core/registrar.h"

#include "shared/base/file.h"
#include "shared/base/time.h"

#include <stdio.h>

#define SQL_MAX (4 * 1024 * 1024)

/* Inside a transaction. */
static enum status apply_sql(struct server *srv, const char *sql, const char *path,
                             struct error *err)
{
    bool applied = false;
    enum status st = registrar_apply_catalog(srv, sql, path, time_now_ms(), &applied, err);
    if (st == ST_OK)
        printf("%s: %s\n", path, applied ? "已登记" : "早已登记，未改动");
    return st;
}

static enum status apply(struct server *srv, const char *path, struct error *err)
{
    struct buf sql;
    enum status st = file_read(path, SQL_MAX, &sql, err);
    if (st == ST_OK)
        st = server_begin(srv, err);
    if (st == ST_OK)
        st = server_end(srv, apply_sql(srv, buf_cstr(&sql), path, err), err);
    buf_release(&sql);
    return st;
}

static enum status define_form(struct server *srv, struct slice text, const char *path,
                               struct error *err)
{
    struct buf sql;
    const struct catalog *cat = replica_catalog(srv->rep);
    const uint64_t last = cat->last_county ? cat->last_county : CATALOG_COUNTY_FIRST - 1;
    buf_init(&sql, SQL_MAX);
    enum status st = form_file_sql(text, cat, last + 1, &sql, err);
    if (st == ST_OK)
        st = apply_sql(srv, buf_cstr(&sql), path, err);
    else
        st = error_wrap(err, st, "%s", path);
    buf_release(&sql);
    return st;
}

static enum status define(struct server *srv, const char *path, struct error *err)
{
    struct buf text;
    enum status st = file_read(path, FORM_FILE_MAX, &text, err);
    if (st == ST_OK)
        st = server_begin(srv, err);
    if (st == ST_OK)
        st = server_end(srv, define_form(srv, buf_slice(&text), path, err), err);
    buf_release(&text);
    return st;
}

enum status cmd_catalog(const struct options *options, struct error *err)
{
    struct server *srv;
    const bool defines = options->word_count > 1 && strcmp(options->words[0], "define") == 0;
    if (options->word_count < 2 || (!defines && strcmp(options->words[0], "apply") != 0))
        return error_set(err, ST_USAGE, "应为 catalog define 表单文件… 或 catalog apply 文件.sql…");
    enum status st = server_open(options_data(options), &srv, err);
    if (st != ST_OK)
        return st;
    for (size_t i = 1; i < options->word_count && st == ST_OK; i++)
        st = defines ? define(srv, options->words[i], err) : apply(srv, options->words[i], err);
    server_close(srv);
    return st;
}
