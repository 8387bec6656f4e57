/* SPDX-License-Identifier: MulanPSL-2.0 */
/* divisions: see divisions.h. */
#include "server/core/divisions.h"

#include "server/core/registrar.h"
#include "shared/base/random.h"
#include "shared/db/moves.h"
#include "shared/record/validate.h"

#define COLUMNS_OF_CSV_MAX 64
#define TYPE "admin_division"

/* ---- CSV (RFC 4180): cells of one line, unquoted into the arena ---- */

struct csv {
    struct slice rest;
    size_t line;
};

static bool csv_line(struct csv *csv, struct arena *arena, struct slice *cells, size_t *count)
{
    const uint8_t *p = csv->rest.p, *end = p + csv->rest.n;
    *count = 0;
    if (p == end)
        return false;
    csv->line++;
    for (bool more = true; more;) {
        uint8_t *out = arena_alloc(arena, (size_t)(end - p) < 4096 ? (size_t)(end - p) + 1 : 4096);
        size_t n = 0;
        bool quoted = p < end && *p == '"';
        p += quoted;
        while (p < end && n < 4096) {
            if (quoted && *p == '"') {
                p++;
                if (p == end || *p != '"') {
                    quoted = false;
                    continue;
                }
            } else if (!quoted && (*p == ',' || *p == '\n' || *p == '\r')) {
                break;
            }
            out[n++] = *p++;
        }
        if (*count < COLUMNS_OF_CSV_MAX)
            cells[(*count)++] = slice_of(out, n);
        more = p < end && *p == ',';
        p += more;
    }
    while (p < end && *p != '\n') /* a carriage return, or what did not fit */
        p++;
    p += p < end;
    csv->rest = slice_of(p, (size_t)(end - p));
    return true;
}

/* ---- ledgers ---- */

enum status divisions_add_ledger(struct server *srv, const char *code, bool *added,
                                 struct error *err)
{
    struct origin origin;
    struct ledger *ledger;
    *added = false;
    if (!division_code_valid(slice_str(code)) || !origin_make(srv->authority, code, &origin))
        return error_set(err, ST_USAGE, "%.40s 不是 12 位区划代码", code);
    if (!division_covers(srv->code, code))
        return error_set(err, ST_USAGE, "%s 不在本县（%s）范围内", code, srv->code);
    if (replica_ledger(srv->rep, &origin))
        return ST_OK;
    *added = true;
    enum status st = replica_ledger_add(srv->rep, &origin, &ledger, err);
    return st == ST_OK ? moves_follow(srv->rep, err) : st;
}

/* ---- records ---- */

struct import {
    struct server *srv;
    const struct catalog_table *table; /* NULL: this county's catalog has no such type */
    struct stmt *have;
    struct draft draft;
    struct slice head[COLUMNS_OF_CSV_MAX];
    size_t columns;
    int64_t now_ms;
};

static struct slice cell_named(const struct import *im, const char *name, const struct slice *cells,
                               size_t count)
{
    for (size_t i = 0; i < im->columns && i < count; i++)
        if (slice_equal(im->head[i], slice_str(name)))
            return cells[i];
    return SLICE_NONE;
}

static enum status is_there(struct import *im, struct slice code, bool *there, struct error *err)
{
    bind_text(im->have, 1, code);
    enum status st = stmt_step(im->have, there, err);
    stmt_reset(im->have);
    return st;
}

static enum status draft_record(struct import *im, struct slice code, const struct slice *cells,
                                size_t count, struct arena *arena, struct error *err)
{
    const int32_t today = (int32_t)(im->now_ms / (24 * 3600 * 1000));
    struct op_field fields[OP_FIELDS_MAX];
    size_t n = 0;
    struct record_id id;
    uint8_t random[10];
    struct buf op;
    enum status st = ST_OK;

    for (size_t i = 0; i < im->table->field_count && n < OP_FIELDS_MAX && st == ST_OK; i++) {
        const struct catalog_field *field = im->table->fields[i];
        struct slice text =
            strcmp(field->name, "code") == 0 ? code : cell_named(im, field->name, cells, count);
        struct value value;
        if (text.n == 0 || field->type >= FIELD_SET_TEXT)
            continue;
        st = value_parse(field, text, arena, &value, err);
        if (st == ST_OK)
            st = validate_value(field, &value, today, err);
        if (st == ST_OK && value.kind != VALUE_NULL)
            fields[n++] = (struct op_field){field->no, value};
        else if (st != ST_OK && !field->required)
            st = ST_OK; /* the file's own words for kind and the like need not be ours */
    }
    if (st != ST_OK)
        return st;
    random_bytes(random, sizeof(random));
    record_id_make(im->now_ms, random, &id);
    buf_init(&op, CHANGE_BODY_MAX);
    op_put_write(&op, im->table->no, &id, fields, n);
    draft_op(&im->draft, buf_slice(&op));
    buf_release(&op);
    return ST_OK;
}

static enum status import_row(struct import *im, const struct slice *cells, size_t count,
                              struct arena *arena, struct divisions_report *report,
                              struct error *err)
{
    struct slice code = cell_named(im, "code12", cells, count);
    bool added = false, there = false;
    char text[DIVISION_CODE_SIZE + 1] = "";

    if (code.n == 0)
        code = cell_named(im, "code", cells, count);
    if (!division_code_valid(code))
        return error_set(err, ST_INVALID, "没有 12 位区划代码");
    memcpy(text, code.p, DIVISION_CODE_SIZE);
    report->rows++;
    const bool inside = division_covers(im->srv->code, text);
    if (!inside && !division_covers(text, im->srv->code)) {
        report->passed_over++;
        return ST_OK;
    }
    enum status st = ST_OK;
    if (inside && division_level(text) >= 4)
        st = divisions_add_ledger(im->srv, text, &added, err);
    report->ledgers_added += added;
    if (st == ST_OK && im->table)
        st = is_there(im, code, &there, err);
    if (st == ST_OK && im->table && !there) {
        st = draft_record(im, code, cells, count, arena, err);
        report->records_added += st == ST_OK;
    }
    return st;
}

static enum status import_all(struct import *im, struct slice csv_text,
                              struct divisions_report *report, struct error *err)
{
    struct csv csv = {.rest = csv_text};
    struct arena head = {0}, arena = {0};
    struct slice cells[COLUMNS_OF_CSV_MAX];
    size_t count;
    enum status st = ST_OK;

    if (csv.rest.n >= 3 && memcmp(csv.rest.p, "\xEF\xBB\xBF", 3) == 0)
        csv.rest = slice_of(csv.rest.p + 3, csv.rest.n - 3);
    if (!utf8_valid(csv.rest))
        return error_set(err, ST_INVALID, "文件不是 UTF-8 编码");
    if (!csv_line(&csv, &head, im->head, &im->columns))
        return error_set(err, ST_INVALID, "文件是空的");
    while (st == ST_OK && csv_line(&csv, &arena, cells, &count)) {
        if (count == 1 && cells[0].n == 0)
            continue;
        st = import_row(im, cells, count, &arena, report, err);
        if (st != ST_OK)
            st = error_wrap(err, st, "第 %zu 行", csv.line);
        arena_reset(&arena);
    }
    arena_release(&arena);
    arena_release(&head);
    return st;
}

enum status divisions_import(struct server *srv, struct slice csv, int64_t now_ms,
                             struct divisions_report *report, struct error *err)
{
    struct import im = {.srv = srv, .now_ms = now_ms};
    enum status st = server_begin(srv, err);
    if (st != ST_OK)
        return st;
    *report = (struct divisions_report){0};
    im.table = catalog_table_named(replica_catalog(srv->rep), slice_str(TYPE));
    if (im.table)
        st =
            db_prepare(srv->db, slice_str("SELECT 1 FROM " TYPE " WHERE code = ?1"), &im.have, err);
    if (st == ST_OK)
        st = import_all(&im, csv, report, err);
    stmt_release(im.have);
    if (st == ST_OK)
        st = registrar_write(srv, srv->registrar, &im.draft, now_ms, err);
    draft_release(&im.draft);
    return server_end(srv, st, err);
}
