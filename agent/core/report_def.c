/* SPDX-License-Identifier: MulanPSL-2.0 */
/* report_def: see report_def.h. A header line is "-- key: value"; other comment lines say nothing
 * here. */
#include "agent/core/report_def.h"

#include <stdio.h>

#include "shared/base/check.h"
#include "shared/db/migrate.h"

static const char *const kinds[] = {[REPORT_TEXT] = "text",
                                    [REPORT_DATE] = "date",
                                    [REPORT_COUNT] = "count",
                                    [REPORT_PERCENT] = "percent",
                                    [REPORT_MONEY] = "money"};

const char *report_kind_name(enum report_kind kind)
{
    return kinds[kind];
}

/* ---- words and lines ---- */

static struct slice trimmed(struct slice s)
{
    while (s.n && s.p[0] == ' ')
        s = slice_of(s.p + 1, s.n - 1);
    while (s.n && (s.p[s.n - 1] == ' ' || s.p[s.n - 1] == '\n'))
        s.n--;
    return s;
}

/* What stands before the separator; the rest, without it, stays in *rest. */
static struct slice take(struct slice *rest, char separator)
{
    const uint8_t *at = rest->n ? memchr(rest->p, separator, rest->n) : NULL;
    struct slice head = at ? slice_of(rest->p, (size_t)(at - rest->p)) : *rest;
    size_t used = head.n + (at != NULL);
    *rest = slice_of(rest->p + used, rest->n - used);
    return trimmed(head);
}

struct slice report_def_word(struct slice *words)
{
    *words = trimmed(*words);
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

/* ---- one header line ---- */

static bool read_option(struct slice word, struct report_column *column)
{
    if (take_prefix(&word, "mask="))
        return mask_parse(word, &column->mask);
    if (take_prefix(&word, "null=")) {
        column->null = word;
        return true;
    }
    column->file_only = is(word, "file");
    return column->file_only;
}

static bool read_column(struct slice text, struct report_def *def)
{
    if (def->column_count == REPORT_COLUMNS_MAX)
        return false;
    struct report_column *column = &def->columns[def->column_count++];
    column->name = take(&text, '|');
    column->zh = take(&text, '|');
    column->en = take(&text, '|');
    struct slice words = trimmed(text), kind = take(&words, ' ');
    bool known = false;
    for (size_t i = 0; i < ARRAY_LENGTH(kinds); i++)
        if (is(kind, kinds[i])) {
            column->kind = (enum report_kind)i;
            known = true;
        }
    for (struct slice word; known && (word = report_def_word(&words)).n;)
        known = read_option(word, column);
    return known && column->name.n && column->zh.n && column->en.n;
}

static bool read_header(struct slice key, struct slice value, struct report_def *def)
{
    if (is(key, "column"))
        return read_column(value, def);
    if (is(key, "about")) {
        if (def->about_count == REPORT_ABOUT_MAX)
            return false;
        def->about[def->about_count++] = value;
        return true;
    }
    struct {
        const char *key;
        struct slice *to;
    } const texts[] = {{"name", &def->name}, {"zh", &def->zh},     {"en", &def->en},
                       {"who", &def->who},   {"none", &def->none}, {"hold", &def->hold}};
    for (size_t i = 0; i < ARRAY_LENGTH(texts); i++)
        if (is(key, texts[i].key)) {
            *texts[i].to = value;
            return true;
        }
    return is(key, "SPDX-License-Identifier");
}

/* ---- the file ---- */

/* "-- key: value" with a key of one word. */
static bool header_line(struct slice line, struct slice *key, struct slice *value)
{
    if (!take_prefix(&line, "-- ") || !memchr(line.p, ':', line.n))
        return false;
    *key = take(&line, ':');
    *value = trimmed(line);
    return key->n && !memchr(key->p, ' ', key->n);
}

static bool complete(const struct report_def *def)
{
    return def->name.n && def->zh.n && def->en.n && def->who.n && def->none.n &&
           def->column_count && trimmed(def->rows).n;
}

enum status report_def_parse(const char *path, const char *text, struct report_def *out,
                             struct error *err)
{
    struct slice rest = slice_str(text), *section = NULL;
    *out = (struct report_def){.path = path};
    for (int number = 1; rest.n; number++) {
        const uint8_t *begin = rest.p, *end = memchr(rest.p, '\n', rest.n);
        struct slice key, value, line = rest;
        line.n = end ? (size_t)(end - begin) : rest.n;
        rest = slice_of(line.p + line.n + (end != NULL), rest.n - line.n - (end != NULL));
        bool header = header_line(line, &key, &value);
        if (header && (is(key, "summary") || is(key, "rows"))) {
            section = is(key, "rows") ? &out->rows : &out->summary;
            *section = slice_of(rest.p, 0);
        } else if (section) {
            section->n = (size_t)(rest.p - section->p);
        } else if (header && !read_header(key, value, out)) {
            return error_set(err, ST_INVALID, "%s, line %d: not a header of a report", path,
                             number);
        }
    }
    if (!complete(out))
        return error_set(err, ST_INVALID, "%s: needs name, zh, en, who, none, a column, and rows",
                         path);
    return ST_OK;
}

/* ---- the embedded ones ---- */

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

enum status report_def_each(report_def_visit *fn, void *arg, struct error *err)
{
    return migrate_each("report", visit_file, &(struct visiting){fn, arg}, err);
}

struct finding {
    const char *name;
    struct report_def *out;
    bool found;
    char names[400];
};

static enum status find_one(void *arg, const struct report_def *def, struct error *err)
{
    struct finding *finding = arg;
    size_t used = strlen(finding->names);
    (void)err;
    snprintf(finding->names + used, sizeof(finding->names) - used, "%s%.*s", used ? " " : "",
             (int)def->name.n, (const char *)def->name.p);
    if (is(def->name, finding->name) || is(def->zh, finding->name)) {
        *finding->out = *def;
        finding->found = true;
    }
    return ST_OK;
}

enum status report_def_find(const char *name, struct report_def *out, struct error *err)
{
    struct finding finding = {.name = name, .out = out};
    enum status st = report_def_each(find_one, &finding, err);
    if (st == ST_OK && !finding.found)
        st = error_set(err, ST_NOT_FOUND, "没有“%s”这份报表；有：%s", name, finding.names);
    return st;
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
