/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * report: huced report define, list, retire: reports of the county's own (report_def.h), signed by
 * the registrar into the registry, on every desk after its next exchange.
 *
 * Before it is signed a report is tried here: it reads only, gives the columns that its header
 * promises, and ends within its steps.
 */
#include "server/cmd/cmd.h"
#include "server/core/registrar.h"

#include "shared/base/file.h"
#include "shared/base/random.h"
#include "shared/base/time.h"
#include "shared/db/derived.h"
#include "shared/db/report_def.h"

#include <stdio.h>

#define LIMIT_MS 60000

/* ---- tried ---- */

static enum status try_sql(struct db *db, const struct report_def *def, struct slice sql,
                           const char *what, int columns, struct error *err)
{
    struct stmt *stmt = NULL;
    enum status st = db_prepare(db, sql, &stmt, err);
    if (st == ST_OK && columns < 0)
        st = report_def_check_columns(def, stmt, err);
    else if (st == ST_OK && stmt_columns(stmt) != columns)
        st = error_set(err, ST_INVALID, "应有 %d 列，实有 %d 列", columns, stmt_columns(stmt));
    if (st == ST_OK && stmt_parameter(stmt, ":today"))
        bind_str(stmt, stmt_parameter(stmt, ":today"), "2026-01-01");
    if (st == ST_OK && stmt_parameter(stmt, ":month"))
        bind_str(stmt, stmt_parameter(stmt, ":month"), "2026-01");
    if (st == ST_OK)
        st = stmt_run(stmt, err);
    stmt_release(stmt);
    return st == ST_OK ? st : error_wrap(err, st, "%s", what);
}

static enum status try_all(struct db *db, const struct catalog *cat, const struct report_def *def,
                           struct error *err)
{
    struct slice words = def->hold;
    enum status st = derived_open(db, cat, date_from_civil(2026, 1, 1), NULL, err);
    if (st == ST_OK)
        st = db_exec(db,
                     REPORT_SCOPE_TABLE
                     "; INSERT INTO temp.scope SELECT u.origin, u.code, u.name, l.size > 0, NULL,"
                     " NULL, 0, l.size, 0 FROM unit u JOIN ledger l ON l.no = u.ledger",
                     err);
    for (struct slice word; st == ST_OK && (word = report_def_word(&words)).n;)
        st = derived_hold(db, word, err);
    if (st != ST_OK)
        return error_wrap(err, st, "hold");
    db_restrict_to_reading(db, LIMIT_MS);
    db_limit_steps(db, REPORT_STEPS_MAX);
    st = try_sql(db, def, def->rows, "rows", -1, err);
    if (st == ST_OK && def->summary.n)
        st = try_sql(db, def, def->summary, "summary", 4, err);
    if (st == ST_OK && def->detail.n)
        st = try_sql(db, def, def->detail, "detail", 3, err);
    return st;
}

static enum status try_report(struct server *srv, const char *folder, const struct report_def *def,
                              struct error *err)
{
    struct db *db = NULL;
    char *path = file_join(folder, "huced.db");
    enum status st = db_open(path, DB_READ_ONLY, &db, err);
    if (st == ST_OK)
        st = try_all(db, replica_catalog(srv->rep), def, err);
    db_close(db);
    mem_free(path);
    return st;
}

/* ---- signed ---- */

static enum status is_embedded(void *arg, const struct report_def *def, struct error *err)
{
    const struct report_def *own = arg;
    if (slice_equal(def->name, own->name) || slice_equal(def->zh, own->zh))
        return error_set(err, ST_EXISTS, "“%.*s”是程序自带的报表，请换一个名称", (int)def->name.n,
                         (const char *)def->name.p);
    return ST_OK;
}

/* The record that has this name already; ST_NOT_FOUND. */
static enum status find_record(struct server *srv, struct slice name, struct record_id *id,
                               struct error *err)
{
    struct stmt *stmt = NULL;
    bool row = false;
    enum status st = db_prepare(
        srv->db, slice_str("SELECT id FROM report_def WHERE name = ?1 ORDER BY id LIMIT 1"), &stmt,
        err);
    if (st == ST_OK) {
        bind_text(stmt, 1, name);
        st = stmt_step(stmt, &row, err);
    }
    if (st == ST_OK && (!row || !record_id_parse(stmt_text(stmt, 0), id)))
        st = error_set(err, ST_NOT_FOUND, "没有县里定义的报表“%.*s”：huced report list",
                       (int)name.n, (const char *)name.p);
    stmt_release(stmt);
    return st;
}

static void new_id(struct record_id *out)
{
    uint8_t ten[10];
    random_bytes(ten, sizeof(ten));
    record_id_make(time_now_ms(), ten, out);
}

/* Inside a transaction. text empty: it is retired. */
static enum status write_def(struct server *srv, struct slice name, struct slice zh,
                             struct slice text, struct error *err)
{
    const struct catalog_table *table =
        catalog_table_named(replica_catalog(srv->rep), slice_str("report_def"));
    struct draft draft = {0};
    struct record_id id;
    struct buf op;
    if (!table)
        return error_set(err, ST_NOT_FOUND, "县里还没有报表定义这种记录：请先运行一次 huced serve");
    enum status st = find_record(srv, name, &id, err);
    const bool known = st == ST_OK;
    if (st == ST_NOT_FOUND && text.n) {
        new_id(&id);
        st = ST_OK;
    }
    struct op_field fields[4];
    uint32_t n = 0;
    if (!known)
        fields[n++] = (struct op_field){1, value_text(name)};
    if (text.n) {
        fields[n++] = (struct op_field){2, value_text(zh)};
        fields[n++] = (struct op_field){3, value_text(text)};
    }
    fields[n++] = (struct op_field){4, value_int(text.n == 0)};
    buf_init(&op, CHANGE_BODY_MAX);
    op_write(
        &op,
        &(struct op){
            .code = OP_PUT, .table = table->no, .record = id, .field_count = n, .fields = fields});
    if (st == ST_OK) {
        draft_op(&draft, buf_slice(&op));
        st = registrar_write(srv, srv->registrar, &draft, time_now_ms(), err);
    }
    draft_release(&draft);
    buf_release(&op);
    return st;
}

static enum status define(struct server *srv, const char *folder, const char *path,
                          struct error *err)
{
    struct buf text;
    struct report_def def;
    enum status st = file_read(path, REPORT_TEXT_MAX, &text, err);
    if (st == ST_OK)
        st = report_def_parse(path, buf_cstr(&text), &def, err);
    if (st == ST_OK)
        st = report_def_each(NULL, is_embedded, &def, err);
    if (st == ST_OK) {
        st = try_report(srv, folder, &def, err);
        if (st != ST_OK)
            st = error_wrap(err, st, "%s：试算没有通过", path);
    }
    if (st == ST_OK)
        st = server_begin(srv, err);
    if (st == ST_OK)
        st = server_end(srv, write_def(srv, def.name, def.zh, buf_slice(&text), err), err);
    if (st == ST_OK)
        printf("已登记报表 %.*s（%.*s），各台电脑下次同步以后可用\n", (int)def.name.n,
               (const char *)def.name.p, (int)def.zh.n, (const char *)def.zh.p);
    buf_release(&text);
    return st;
}

static enum status retire(struct server *srv, const char *name, struct error *err)
{
    enum status st = server_begin(srv, err);
    if (st == ST_OK)
        st = server_end(srv, write_def(srv, slice_str(name), SLICE_NONE, SLICE_NONE, err), err);
    if (st == ST_OK)
        printf("已停用报表 %s\n", name);
    return st;
}

static enum status print_own(void *arg, const struct report_def *def, struct error *err)
{
    size_t *count = arg;
    (void)err;
    if (def->county)
        printf("%.*s  %.*s\n", (int)def->name.n, (const char *)def->name.p, (int)def->zh.n,
               (const char *)def->zh.p);
    *count += def->county;
    return ST_OK;
}

static enum status list(struct server *srv, struct error *err)
{
    size_t count = 0;
    enum status st = report_def_each(srv->db, print_own, &count, err);
    if (st == ST_OK && count == 0)
        printf("没有县里自己定义的报表：huced report define 文件\n");
    return st;
}

enum status cmd_report(const struct options *options, struct error *err)
{
    struct server *srv;
    const char *word = options->word_count ? options->words[0] : "list";
    const bool lists = strcmp(word, "list") == 0 && options->word_count <= 1;
    const bool defines = strcmp(word, "define") == 0 && options->word_count >= 2;
    const bool retires = strcmp(word, "retire") == 0 && options->word_count >= 2;
    if (!lists && !defines && !retires)
        return error_set(err, ST_USAGE,
                         "应为 report define 文件… | report list | report retire 名称…");
    enum status st = server_open(options_data(options), &srv, err);
    if (st != ST_OK)
        return st;
    if (lists)
        st = list(srv, err);
    for (size_t i = 1; i < options->word_count && st == ST_OK; i++)
        st = defines ? define(srv, options_data(options), options->words[i], err)
                     : retire(srv, options->words[i], err);
    server_close(srv);
    return st;
}
