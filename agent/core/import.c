/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * import: one pass over the file. After the first bad row the rest is still checked and reported,
 * but no longer saved; the transaction is then rolled back, unless bad rows are skipped.
 */
#include "agent/core/import.h"

#include "agent/core/csv.h"
#include "agent/core/edit.h"
#include "agent/core/keymap.h"
#include "agent/core/save.h"
#include "shared/base/check.h"

#define PROGRESS_ROWS 512

struct import {
    const struct import_options *options;
    struct import_result *result;
    struct desk *desk;
    const struct catalog_table *table;
    const struct catalog_field *key; /* on paper; NULL: none */
    struct editor *editor;
    struct save *save; /* NULL: dry run */
    struct csv *csv;
    size_t column_count;
    const struct catalog_field *columns[CSV_COLUMNS_MAX]; /* NULL: passed over */
    int id_column, key_column;                            /* -1: none */
    struct keymap seen;                                   /* keys of earlier rows */
};

/* ---- header ---- */

/* --map column=field; "-" passes the column over. */
static bool mapped(const struct import *im, struct slice column, struct slice *field)
{
    const char *word;
    for (size_t i = 0; im->options->args && (word = args_nth(im->options->args, "map", i)); i++) {
        const char *equals = strrchr(word, '=');
        if (equals && slice_equal(slice_of(word, (size_t)(equals - word)), column)) {
            *field = slice_str(equals + 1);
            return true;
        }
    }
    return false;
}

static enum status read_header(struct import *im, const struct csv_row *row, struct error *err)
{
    im->id_column = im->key_column = -1;
    im->column_count = row->count;
    for (size_t i = 0; i < row->count; i++) {
        struct slice name = slice_trim(row->fields[i]), target = name;
        bool given = mapped(im, name, &target);
        if (slice_equal(target, slice_str("id")) || slice_equal(target, slice_str("编号"))) {
            im->id_column = (int)i;
            continue;
        }
        if (name.n == 0 || (given && slice_equal(target, slice_str("-"))))
            continue;
        im->columns[i] = catalog_field_named(im->table, target);
        if (!im->columns[i])
            return error_set(err, ST_INVALID,
                             "第 1 行：“%s”里没有“%.*s”这一列；用 --map %.*s=项目 对应，或 "
                             "--map %.*s=- 略过",
                             im->table->zh, (int)target.n, (const char *)target.p, (int)name.n,
                             (const char *)name.p, (int)name.n, (const char *)name.p);
        for (size_t k = 0; k < i; k++)
            if (im->columns[k] == im->columns[i])
                return error_set(err, ST_INVALID, "第 1 行：“%s”出现了两次", im->columns[i]->zh);
        if (im->columns[i] == im->key)
            im->key_column = (int)i;
    }
    return ST_OK;
}

/* ---- rows ---- */

static struct slice cell(const struct csv_row *row, int column)
{
    return column >= 0 && (size_t)column < row->count ? slice_trim(row->fields[column])
                                                      : SLICE_NONE;
}

/* Which record a row is about. */
static enum status find_record(struct import *im, const struct csv_row *row, struct record_id *id,
                               bool *has_id, bool *exists, struct error *err)
{
    struct slice id_text = cell(row, im->id_column), key = cell(row, im->key_column);
    struct slice name = id_text.n ? id_text : key;
    int hits = 0;
    *has_id = *exists = false;
    if (name.n == 0)
        return ST_OK;
    if (id_text.n) {
        char hex[RECORD_ID_TEXT];
        if (!record_id_parse(id_text, id))
            return error_set(err, ST_INVALID, "编号：应为 32 位十六进制");
        record_id_format(id, hex);
        *has_id = true;
        enum status st = edit_look_up(im->editor, im->table, "id",
                                      slice_of(hex, RECORD_ID_TEXT - 1), &hits, id, err);
        *exists = hits > 0;
        if (st != ST_OK)
            return st;
    } else {
        enum status st = edit_look_up(im->editor, im->table, im->key->name, key, &hits, id, err);
        if (st != ST_OK)
            return st;
        if (hits > 1)
            return error_set(err, ST_INVALID, "%s：本机有几条相同的记录，请用编号列指明",
                             im->key->zh);
        *has_id = *exists = hits == 1;
    }
    struct record_id line = {0};
    memcpy(line.b, &row->line, sizeof(row->line));
    if (!keymap_add(&im->seen, name, &line)) {
        uint64_t first = 0;
        (void)keymap_find(&im->seen, name, &line);
        memcpy(&first, line.b, sizeof(first));
        return error_set(err, ST_INVALID, "与第 %llu 行重复", (unsigned long long)first);
    }
    return ST_OK;
}

static enum status take_row(struct import *im, const struct csv_row *row, struct error *err)
{
    struct edit_pair pairs[OP_FIELDS_MAX];
    struct edit_result edit = {0};
    struct record_id id;
    bool has_id, exists;
    size_t n = 0;
    if (row->count > im->column_count)
        return error_set(err, ST_INVALID, "有 %zu 列，表头只有 %zu 列", row->count,
                         im->column_count);
    enum status st = find_record(im, row, &id, &has_id, &exists, err);
    if (st != ST_OK)
        return st;
    for (size_t i = 0; i < row->count; i++) {
        struct slice text = slice_trim(row->fields[i]);
        if (!im->columns[i] || text.n == 0)
            continue;
        if (n == OP_FIELDS_MAX)
            return error_set(err, ST_INVALID, "填写的列超过 %d 个", OP_FIELDS_MAX);
        pairs[n++] = (struct edit_pair){im->columns[i], text};
    }
    st = edit_compose(im->editor, im->table, has_id ? &id : NULL, exists, pairs, n,
                      im->options->note, &edit, err);
    if (st == ST_OK) {
        im->result->created += edit.created;
        im->result->unchanged += edit.nothing;
        im->result->updated += !edit.created && !edit.nothing;
        if (edit.created && im->key_column >= 0)
            edit_note_created(im->editor, im->table, cell(row, im->key_column), &edit.id);
        bool wanted = im->save && (im->result->bad == 0 || im->options->skip_bad);
        if (wanted && !edit.nothing)
            st = save_change(im->save, buf_slice(&edit.body), err);
        if (st != ST_OK) /* not a matter of this row's text any more */
            st = error_wrap(err, st == ST_INVALID || st == ST_REFUSED ? ST_LIMIT : st,
                            "第 %llu 行前后保存失败", (unsigned long long)row->line);
    }
    buf_release(&edit.body);
    return st;
}

static bool is_bad_row(enum status st)
{
    return st == ST_INVALID || st == ST_REFUSED || st == ST_NOT_FOUND || st == ST_USAGE;
}

static enum status take_rows(struct import *im, struct error *err)
{
    struct csv_row *row = mem_alloc(sizeof(*row));
    bool more = false;
    enum status st = csv_next(im->csv, row, &more, err);
    if (st == ST_OK && !more)
        st = error_set(err, ST_INVALID, "文件是空的");
    if (st == ST_OK)
        st = read_header(im, row, err);
    while (st == ST_OK && (st = csv_next(im->csv, row, &more, err)) == ST_OK && more) {
        struct error why;
        im->result->rows++;
        enum status taken = take_row(im, row, &why);
        if (is_bad_row(taken)) {
            im->result->bad++;
            im->options->bad_row(im->options->arg, row->line, why.text);
        } else if (taken != ST_OK) {
            st = taken;
            if (err)
                *err = why;
        }
        if (im->options->progress && im->result->rows % PROGRESS_ROWS == 0)
            im->options->progress(im->options->arg, im->result->rows, csv_progress(im->csv));
    }
    mem_free(row);
    return st;
}

static enum status find_type(struct import *im, const char *type, int64_t ledger_no,
                             struct error *err)
{
    struct ledger *ledger = replica_ledger_by_no(im->desk->rep, ledger_no);
    im->table = catalog_table_named(replica_catalog(im->desk->rep), slice_str(type));
    if (!im->table)
        return error_set(err, ST_NOT_FOUND, "没有“%s”这种记录", type);
    im->key = edit_key_field(im->table);
    return editor_open(im->desk, ledger, im->options->author, true, &im->editor, err);
}

/* The caller's names may stand in a catalog that the transaction's beginning replaces. */
static enum status begin(struct import *im, struct error *err)
{
    const struct import_options *o = im->options;
    const int64_t ledger_no = o->ledger->no;
    char *type = mem_strdup(o->table);
    enum status st = ST_OK;
    if (!o->dry_run)
        st = save_begin(im->desk, o->ledger, o->author, &im->save, err);
    if (st == ST_OK && !o->dry_run)
        st = desk_author_renew(im->desk, o->author, err);
    if (st == ST_OK)
        st = find_type(im, type, ledger_no, err);
    mem_free(type);
    return st;
}

enum status import_run(struct desk *desk, const struct import_options *options,
                       struct import_result *out, struct error *err)
{
    struct import *im = mem_zero_alloc(1, sizeof(*im));
    im->options = options;
    im->result = out;
    im->desk = desk;
    *out = (struct import_result){0};
    enum status st = csv_open(options->path, &im->csv, err);
    if (st == ST_OK)
        st = begin(im, err);
    if (st == ST_OK)
        st = take_rows(im, err);
    if (st == ST_OK && out->bad > 0 && !options->skip_bad)
        st = error_set(err, ST_INVALID, "有 %llu 行不对，%s；改正后再导入，或用 --skip-bad 跳过",
                       (unsigned long long)out->bad,
                       options->dry_run ? "没有写入（本来就是试运行）" : "一行也没有写入");
    if (im->save && st == ST_OK) {
        st = save_commit(im->save, err);
        out->written = st == ST_OK;
    } else {
        save_abort(im->save);
    }
    editor_close(im->editor);
    csv_close(im->csv);
    keymap_release(&im->seen);
    mem_free(im);
    return st;
}
