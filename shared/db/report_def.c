/* SPDX-License-Identifier: MulanPSL-2.0 */
/* report_def: see report_def.h. A header line is "-- key: value"; other comment lines say nothing
 * here. */
#include "shared/db/report_def.h"

#include <stdio.h>

#include "shared/base/check.h"
#include "shared/db/migrate.h"

static const char *const kinds[] = {
    [REPORT_TEXT] = "text",       [REPORT_DATE] = "date",   [REPORT_COUNT] = "count",
    [REPORT_PERCENT] = "percent", [REPORT_MONEY] = "money", [REPORT_RATIO] = "ratio"};

const char *report_kind_name(enum report_kind kind)
{
    return kinds[kind];
}

/* ---- words and lines ---- */

/* What stands before the separator; the rest, without it, stays in *rest. */
static struct slice take(struct slice *rest, char separator)
{
    const uint8_t *at = rest->n ? memchr(rest->p, separator, rest->n) : NULL;
    struct slice head = at ? slice_of(rest->p, (size_t)(at - rest->p)) : *rest;
    size_t used = head.n + (at != NULL);
    *rest = slice_of(rest->p + used, rest->n - used);
    return slice_trim(head);
}

struct slice report_def_word(struct slice *words)
{
    *words = slice_trim(*words);
    return take(words, ' ');
}

static bool is(struct slice s, const char *word)
{
    return slice_equal(s, slice_str(word));
}

static bool take_prefix(struct slice *s, const char *prefix)
{
    size_t n = strlen(prefix);
    if (s->n < n || memcmp(s->p, prefix, n) != 0)
        return false;
    *s = slice_of(s->p + n, s->n - n);
    return true;
}

/* ---- one header line: NULL, or what is wrong with it ---- */

#define COLUMN_FORM "列写成“-- column: 名称 | 中文 | 英文 | 种类 选项…”"

static bool read_option(struct slice word, struct report_column *column)
{
    if (take_prefix(&word, "mask="))
        return mask_parse(word, &column->mask);
    if (take_prefix(&word, "null=")) {
        column->null = word;
        return true;
    }
    if (take_prefix(&word, "of=")) {
        column->part = take(&word, '/');
        column->whole = word;
        return column->part.n && column->whole.n &&
               (column->kind == REPORT_PERCENT || column->kind == REPORT_RATIO);
    }
    column->file_only = is(word, "file");
    return column->file_only;
}

static const char *read_column(struct slice text, struct report_def *def)
{
    if (def->column_count == REPORT_COLUMNS_MAX)
        return "列太多了，最多 64 列";
    struct report_column *column = &def->columns[def->column_count++];
    column->name = take(&text, '|');
    column->zh = take(&text, '|');
    column->en = take(&text, '|');
    struct slice words = slice_trim(text), kind = take(&words, ' ');
    bool known = false;
    for (size_t i = 0; i < ARRAY_LENGTH(kinds); i++)
        if (is(kind, kinds[i])) {
            column->kind = (enum report_kind)i;
            known = true;
        }
    if (!column->name.n || !column->zh.n || !column->en.n || !kind.n)
        return COLUMN_FORM;
    if (!known)
        return "列的种类是 text、date、count、percent、money、ratio 之一；" COLUMN_FORM;
    for (struct slice word; known && (word = report_def_word(&words)).n;)
        known = read_option(word, column);
    return known ? NULL
                 : "列的选项是 mask=name（或 id、phone）、null=文字、file；"
                   "percent 和 ratio 的列还可以写 of=甲/乙";
}

static const char *read_header(struct slice key, struct slice value, struct report_def *def)
{
    if (is(key, "column"))
        return read_column(value, def);
    if (is(key, "about")) {
        if (def->about_count == REPORT_ABOUT_MAX)
            return "about 最多 8 行";
        def->about[def->about_count++] = value;
        return NULL;
    }
    struct {
        const char *key;
        struct slice *to;
    } const texts[] = {{"name", &def->name}, {"zh", &def->zh},        {"en", &def->en},
                       {"who", &def->who},   {"none", &def->none},    {"hold", &def->hold},
                       {"by", &def->by},     {"period", &def->period}};
    for (size_t i = 0; i < ARRAY_LENGTH(texts); i++)
        if (is(key, texts[i].key)) {
            *texts[i].to = value;
            return NULL;
        }
    return is(key, "SPDX-License-Identifier")
               ? NULL
               : "不认识这一项；可以写 name、zh、en、about、who、none、hold、by、period、column，"
                 "然后是 summary、rows、detail";
}

/* ---- the file ---- */

/* "-- key: value" with a key of one word. */
static bool header_line(struct slice line, struct slice *key, struct slice *value)
{
    if (!take_prefix(&line, "-- ") || !memchr(line.p, ':', line.n))
        return false;
    *key = take(&line, ':');
    *value = slice_trim(line);
    return key->n && !memchr(key->p, ' ', key->n);
}

static const struct report_column *column_named(const struct report_def *def, struct slice name)
{
    for (size_t i = 0; i < def->column_count; i++)
        if (slice_equal(def->columns[i].name, name))
            return &def->columns[i];
    return NULL;
}

/* What is computed needs what it is computed from; rows that are units need their names. */
static enum status consistent(const struct report_def *def, struct error *err)
{
    for (size_t i = 0; i < def->column_count; i++) {
        const struct report_column *column = &def->columns[i];
        const bool part = column_named(def, column->part) != NULL;
        const struct slice missing = part ? column->whole : column->part;
        if (column->part.n && (!part || !column_named(def, column->whole)))
            return error_set(err, ST_INVALID, "%s：列“%.*s”由“%.*s”算出，但没有这一列", def->path,
                             (int)column->name.n, (const char *)column->name.p, (int)missing.n,
                             (const char *)missing.p);
    }
    if (def->by.n && !is(def->by, "unit"))
        return error_set(err, ST_INVALID, "%s：by 只能写 unit", def->path);
    if (def->by.n &&
        (!column_named(def, slice_str("unit")) || !column_named(def, slice_str("code"))))
        return error_set(err, ST_INVALID, "%s：写了“-- by: unit”就要有 unit 和 code 两列",
                         def->path);
    return ST_OK;
}

static enum status complete(const struct report_def *def, struct error *err)
{
    const struct {
        struct slice value;
        const char *line;
    } needed[] = {{def->name, "-- name: 报表的名称（小写字母）"},
                  {def->zh, "-- zh: 中文标题"},
                  {def->en, "-- en: 英文标题"},
                  {def->who, "-- who: 谁可以看，例如 village township dept auditor"},
                  {def->none, "-- none: 没有内容时显示的话"},
                  {slice_of(NULL, def->column_count), "-- column: 名称 | 中文 | 英文 | 种类"},
                  {slice_trim(def->rows), "-- rows: 下一行起写 SELECT"}};
    for (size_t i = 0; i < ARRAY_LENGTH(needed); i++)
        if (!needed[i].value.n)
            return error_set(err, ST_INVALID, "%s：缺一行“%s”", def->path, needed[i].line);
    return consistent(def, err);
}

enum status report_def_parse(const char *path, const char *text, struct report_def *out,
                             struct error *err)
{
    struct slice rest = slice_str(text), *section = NULL;
    const char *wrong;
    *out = (struct report_def){.path = path, .text = slice_str(text)};
    for (int number = 1; rest.n; number++) {
        const uint8_t *begin = rest.p, *end = memchr(rest.p, '\n', rest.n);
        struct slice key, value, line = rest;
        line.n = end ? (size_t)(end - begin) : rest.n;
        rest = slice_of(line.p + line.n + (end != NULL), rest.n - line.n - (end != NULL));
        bool header = header_line(line, &key, &value);
        if (header && (is(key, "summary") || is(key, "rows") || is(key, "detail"))) {
            section = is(key, "rows")     ? &out->rows
                      : is(key, "detail") ? &out->detail
                                          : &out->summary;
            *section = slice_of(rest.p, 0);
        } else if (section) {
            section->n = (size_t)(rest.p - section->p);
        } else if (header && (wrong = read_header(key, value, out))) {
            return error_set(err, ST_INVALID, "%s 第 %d 行“%.*s”：%s", path, number, (int)key.n,
                             (const char *)key.p, wrong);
        }
    }
    return complete(out, err);
}

/* ---- all there are ---- */

struct visiting {
    report_def_visit *fn;
    void *arg;
};

static enum status visit_file(void *arg, const char *path, const char *sql, struct error *err)
{
    const struct visiting *visiting = arg;
    struct report_def def;
    enum status st = report_def_parse(path, sql, &def, err);
    return st == ST_OK ? visiting->fn(visiting->arg, &def, err) : st;
}

static const char *text_in(struct arena *arena, struct slice text)
{
    char *copy = arena_alloc(arena, text.n + 1);
    memcpy(copy, text.n ? text.p : (const uint8_t *)"", text.n);
    copy[text.n] = 0;
    return copy;
}

/* The catalog of an older county has no such type. */
static bool has_own(struct db *db)
{
    struct stmt *stmt =
        db_stmt(db, "SELECT 1 FROM sqlite_schema WHERE type = 'view' AND name = 'report_def'");
    bool row = false;
    bool has = stmt_step(stmt, &row, NULL) == ST_OK && row;
    stmt_reset(stmt);
    return has;
}

static enum status visit_own(struct db *db, const struct visiting *visiting, struct error *err)
{
    struct stmt *stmt = NULL;
    bool row = false;
    enum status st = db_prepare(
        db, slice_str("SELECT text FROM report_def WHERE NOT coalesce(retired, 0) ORDER BY name"),
        &stmt, err);
    while (st == ST_OK && (st = stmt_step(stmt, &row, err)) == ST_OK && row) {
        struct arena arena = {0};
        struct report_def def;
        struct slice text = stmt_text(stmt, 0);
        if (report_def_parse("县里定义的报表", text_in(&arena, text), &def, NULL) == ST_OK) {
            def.county = true;
            st = visiting->fn(visiting->arg, &def, err);
        }
        arena_release(&arena);
    }
    stmt_release(stmt);
    return st;
}

enum status report_def_each(struct db *db, report_def_visit *fn, void *arg, struct error *err)
{
    struct visiting visiting = {fn, arg};
    enum status st = migrate_each("report", visit_file, &visiting, err);
    return st == ST_OK && db && has_own(db) ? visit_own(db, &visiting, err) : st;
}

struct finding {
    const char *name;
    struct arena *arena;
    struct report_def *out;
    bool found;
    char names[1000];
};

/* The text of a def, from its first byte on, to be read again elsewhere. */
static enum status keep(struct finding *finding, const struct report_def *def, struct error *err)
{
    enum status st = ST_OK;
    *finding->out = *def;
    finding->found = true;
    if (def->county) {
        const char *text = text_in(finding->arena, def->text);
        st = report_def_parse(def->path, text, finding->out, err);
        finding->out->county = true;
    }
    return st;
}

static enum status find_one(void *arg, const struct report_def *def, struct error *err)
{
    struct finding *finding = arg;
    size_t used = strlen(finding->names);
    snprintf(finding->names + used, sizeof(finding->names) - used, "%s%.*s", used ? " " : "",
             (int)def->name.n, (const char *)def->name.p);
    if (!finding->found && (is(def->name, finding->name) || is(def->zh, finding->name)))
        return keep(finding, def, err);
    return ST_OK;
}

enum status report_def_find(struct db *db, const char *name, struct arena *arena,
                            struct report_def *out, struct error *err)
{
    struct finding finding = {.name = name, .arena = arena, .out = out};
    enum status st = report_def_each(db, find_one, &finding, err);
    if (st == ST_OK && !finding.found)
        st = error_set(err, ST_NOT_FOUND, "没有“%s”这份报表；有：%s", name, finding.names);
    return st;
}

/* The SQL must give what the header promises, or titles would stand over the wrong values. */
enum status report_def_check_columns(const struct report_def *def, struct stmt *stmt,
                                     struct error *err)
{
    size_t n = (size_t)stmt_columns(stmt), at = 0;
    for (size_t i = 0; i < def->column_count; i++) {
        if (def->columns[i].part.n)
            continue;
        if (at < n &&
            !slice_equal(def->columns[i].name, slice_str(stmt_column_name(stmt, (int)at))))
            return error_set(err, ST_INVALID,
                             "%s：SELECT 的第 %zu 列是 %s，按“-- column:”应是 %.*s", def->path,
                             at + 1, stmt_column_name(stmt, (int)at), (int)def->columns[i].name.n,
                             (const char *)def->columns[i].name.p);
        at++;
    }
    return n == at ? ST_OK
                   : error_set(err, ST_INVALID,
                               "%s：SELECT 给出 %zu 列，“-- column:”（不算 of=）写了 %zu 列",
                               def->path, n, at);
}

bool report_def_allows(const struct report_def *def, const char *role)
{
    struct slice words = def->who;
    bool department = strncmp(role, "dept:", 5) == 0;
    for (struct slice word; (word = report_def_word(&words)).n;)
        if (is(word, role) || (department && is(word, "dept")))
            return true;
    return false;
}
