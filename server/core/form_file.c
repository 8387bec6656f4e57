/* SPDX-License-Identifier: MulanPSL-2.0 */
/* form_file: see form_file.h. */
#include "server/core/form_file.h"

#include "shared/base/mem.h"

enum { PARTS = 4, FIELDS_MAX = 120 };

struct form {
    const struct catalog *cat;
    struct slice name, zh, en, home, kind, title, key;
    const struct catalog_table *table; /* as it is already; NULL: new */
    uint32_t table_no, next_field, rules, sort;
    size_t field_count;
    struct slice field_names[FIELDS_MAX];
    struct slice refs[FIELDS_MAX], lists[FIELDS_MAX]; /* what they name; empty: nothing */
    size_t lines[FIELDS_MAX];
    struct buf fields, codes, rows; /* VALUES lists */
};

/* ---- lines ---- */

static struct slice take(struct slice *rest, char separator)
{
    const uint8_t *at = rest->n ? memchr(rest->p, separator, rest->n) : NULL;
    struct slice head = at ? slice_of(rest->p, (size_t)(at - rest->p)) : *rest;
    *rest = at ? slice_of(at + 1, rest->n - head.n - 1) : SLICE_NONE;
    return slice_trim(head);
}

static struct slice take_word(struct slice *rest)
{
    *rest = slice_trim(*rest);
    return take(rest, ' ');
}

static bool is(struct slice s, const char *word)
{
    return slice_equal(s, slice_str(word));
}

static bool begins(struct slice *s, const char *prefix)
{
    size_t n = strlen(prefix);
    if (s->n < n || memcmp(s->p, prefix, n) != 0)
        return false;
    *s = slice_of(s->p + n, s->n - n);
    return true;
}

/* The parts of "a | b | c"; false: not as many. */
static bool split(struct slice value, struct slice *parts, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (!value.p && i > 0)
            return false;
        parts[i] = take(&value, '|');
        if (parts[i].n == 0)
            return false;
    }
    return value.p == NULL;
}

/* ---- SQL ---- */

static void put_text(struct buf *out, struct slice s)
{
    buf_put_u8(out, '\'');
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '\'')
            buf_put_u8(out, '\'');
        buf_put_u8(out, s.p[i] ? s.p[i] : ' ');
    }
    buf_put_u8(out, '\'');
}

static void begin_row(struct buf *rows)
{
    buf_put_str(rows, rows->n ? ",\n  (" : "\n  (");
}

/* ---- fields ---- */

struct words {
    struct slice type, policy, ref, list, args, writers, sensitivity, unit, group, derive;
    bool required;
    struct buf checks;
};

static bool is_policy(struct slice word)
{
    static const char *const policies[] = {"lww",  "authority", "review", "set",   "counter",
                                           "once", "state",     "worst",  "append"};
    for (size_t i = 0; i < sizeof(policies) / sizeof(policies[0]); i++)
        if (is(word, policies[i]))
            return true;
    return false;
}

static bool is_check(struct slice word)
{
    static const char *const checks[] = {"id18", "phone",   "division", "credit", "range:", "len:",
                                         "name", "digits:", "past",     "token",  "hex:"};
    for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++) {
        struct slice rest = word;
        if (begins(&rest, checks[i]))
            return true;
    }
    return false;
}

static bool read_word(struct slice word, struct words *out)
{
    struct {
        const char *prefix;
        struct slice *to;
    } const named[] = {{"writers=", &out->writers}, {"sensitivity=", &out->sensitivity},
                       {"unit=", &out->unit},       {"group=", &out->group},
                       {"derive=", &out->derive},   {"args=", &out->args}};
    for (size_t i = 0; i < sizeof(named) / sizeof(named[0]); i++)
        if (begins(&word, named[i].prefix)) {
            *named[i].to = word;
            return word.n > 0;
        }
    if (is(word, "required")) {
        out->required = true;
    } else if (is_policy(word)) {
        out->policy = word;
    } else if (is_check(word)) {
        buf_put_str(&out->checks, out->checks.n ? ";" : "");
        buf_put_slice(&out->checks, word);
    } else {
        return false;
    }
    return true;
}

/* Type, what it points to, then the rest. *bad: the word that says nothing. */
static bool read_words(struct slice text, struct words *out, struct slice *bad)
{
    struct slice word;
    out->type = take_word(&text);
    if (is(out->type, "ref") || is(out->type, "set_ref"))
        out->ref = take_word(&text);
    else if (is(out->type, "code") || is(out->type, "set_code"))
        out->list = take_word(&text);
    out->policy = slice_str(out->type.n > 4 && memcmp(out->type.p, "set_", 4) == 0 ? "set" : "lww");
    out->writers = slice_str("V,T");
    out->sensitivity = slice_str("1");
    while ((word = take_word(&text)).n)
        if (!read_word(word, out)) {
            *bad = word;
            return false;
        }
    *bad = out->type;
    return out->type.n > 0;
}

static uint32_t number_of_field(struct form *form, struct slice name)
{
    const struct catalog_field *field = form->table ? catalog_field_named(form->table, name) : NULL;
    if (field && slice_equal(slice_str(field->name), name))
        return field->no;
    return form->next_field++;
}

static void put_field(struct form *form, const struct slice *parts, const struct words *words)
{
    const struct slice texts[] = {parts[0],      parts[1],    parts[2],      words->type,
                                  words->policy, words->args, words->writers};
    struct buf *out = &form->fields;
    begin_row(out);
    buf_printf(out, "%u, %u", form->table_no, number_of_field(form, parts[0]));
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        buf_put_str(out, ", ");
        put_text(out, texts[i]);
    }
    buf_put_str(out, ", CAST(");
    put_text(out, words->sensitivity);
    buf_printf(out, " AS INTEGER), %d, ", words->required);
    const struct slice rest[] = {words->list,   buf_slice(&words->checks),
                                 words->ref,    words->group,
                                 words->derive, words->unit};
    for (size_t i = 0; i < sizeof(rest) / sizeof(rest[0]); i++) {
        buf_put_str(out, i ? ", " : "");
        put_text(out, rest[i]);
    }
    buf_put_u8(out, ')');
}

/* [a-z][a-z0-9_]*: what a name becomes a column by. */
static bool is_name(struct slice s)
{
    if (s.n == 0 || s.n > 60 || !(s.p[0] >= 'a' && s.p[0] <= 'z'))
        return false;
    for (size_t i = 1; i < s.n; i++)
        if (!((s.p[i] >= 'a' && s.p[i] <= 'z') || (s.p[i] >= '0' && s.p[i] <= '9') ||
              s.p[i] == '_'))
            return false;
    return true;
}

static enum status not_a_name(struct slice s, size_t line, struct error *err)
{
    return error_set(err, ST_INVALID,
                     "第 %zu 行：名称“%.*s”只能用小写字母、数字和下划线，以字母开头", line,
                     (int)s.n, (const char *)s.p);
}

static enum status read_field(struct form *form, struct slice value, size_t line, struct error *err)
{
    struct slice parts[PARTS], bad = SLICE_NONE;
    struct words words = {0};
    if (!split(value, parts, PARTS) || form->field_count == FIELDS_MAX)
        return error_set(err, ST_INVALID,
                         "第 %zu 行：字段写成“-- field: 名称 | 中文 | 英文 | 类型 …”", line);
    if (!is_name(parts[0]))
        return not_a_name(parts[0], line, err);
    for (size_t i = 0; i < form->field_count; i++)
        if (slice_equal(form->field_names[i], parts[0]))
            return error_set(err, ST_INVALID, "第 %zu 行：字段“%.*s”写了两次", line,
                             (int)parts[0].n, (const char *)parts[0].p);
    const size_t at = form->field_count++;
    form->field_names[at] = parts[0];
    form->lines[at] = line;
    buf_init(&words.checks, 4096);
    bool good = read_words(parts[3], &words, &bad);
    if (good)
        put_field(form, parts, &words);
    form->refs[at] = words.ref;
    form->lists[at] = words.list;
    buf_release(&words.checks);
    return good ? ST_OK
                : error_set(err, ST_INVALID, "第 %zu 行：不认识“%.*s”", line, (int)bad.n,
                            (const char *)bad.p);
}

/* ---- codes, rules ---- */

static enum status read_code(struct form *form, struct slice value, size_t line, struct error *err)
{
    struct slice parts[PARTS];
    if (!split(value, parts, PARTS))
        return error_set(err, ST_INVALID,
                         "第 %zu 行：代码写成“-- list: 代码表 | 代码 | 中文 | 英文”", line);
    if (!is_name(parts[0]))
        return not_a_name(parts[0], line, err);
    begin_row(&form->codes);
    for (size_t i = 0; i < PARTS; i++) {
        buf_put_str(&form->codes, i ? ", " : "");
        put_text(&form->codes, parts[i]);
    }
    buf_printf(&form->codes, ", %u)", ++form->sort);
    return ST_OK;
}

static enum status read_rule(struct form *form, struct slice value, bool warn, size_t line,
                             struct error *err)
{
    struct slice parts[3], kind, args;
    if (!split(value, parts, 3))
        return error_set(err, ST_INVALID, "第 %zu 行：规则写成“-- rule: 规则 字段… | 中文 | 英文”",
                         line);
    args = parts[0];
    kind = take_word(&args);
    begin_row(&form->rows);
    buf_printf(&form->rows, "%u, %u, ", form->table_no, ++form->rules);
    put_text(&form->rows, kind);
    buf_put_str(&form->rows, ", ");
    put_text(&form->rows, slice_trim(args));
    buf_printf(&form->rows, ", '%s', ", is(kind, "unique") ? "conflict" : warn ? "warn" : "error");
    put_text(&form->rows, parts[1]);
    buf_put_str(&form->rows, ", ");
    put_text(&form->rows, parts[2]);
    buf_put_u8(&form->rows, ')');
    return ST_OK;
}

/* ---- the type ---- */

static uint32_t free_table_no(const struct catalog *cat)
{
    uint32_t no = FORM_TABLE_FIRST;
    for (size_t i = 0; i < cat->table_count; i++)
        if (cat->tables[i]->no >= no)
            no = cat->tables[i]->no + 1;
    return no;
}

static enum status read_form(struct form *form, struct slice value, size_t line, struct error *err)
{
    struct slice parts[3];
    if (form->name.n || !split(value, parts, 3))
        return error_set(err, ST_INVALID,
                         "第 %zu 行：表单写成“-- form: 名称 | 中文 | 英文”，一个文件一张", line);
    form->name = parts[0], form->zh = parts[1], form->en = parts[2];
    const struct catalog_table *table = catalog_table_named(form->cat, form->name);
    if (table && slice_equal(slice_str(table->name), form->name))
        form->table = table;
    if (form->table && form->table->no < FORM_TABLE_FIRST)
        return error_set(err, ST_REFUSED,
                         "第 %zu 行：“%.*s”是程序自带的记录类型，不能由表单改；请换一个名称", line,
                         (int)form->name.n, (const char *)form->name.p);
    if (!is_name(form->name))
        return not_a_name(form->name, line, err);
    form->table_no = form->table ? form->table->no : free_table_no(form->cat);
    form->next_field = 1;
    for (uint32_t no = 1; form->table && no <= CATALOG_FIELD_NO_MAX; no++)
        if (form->table->by_no[no])
            form->next_field = no + 1;
    return ST_OK;
}

/* "-- key: value" with a key of one word. */
static bool header(struct slice line, struct slice *key, struct slice *value)
{
    line = slice_trim(line);
    if (!begins(&line, "-- ") || !line.n || !memchr(line.p, ':', line.n))
        return false;
    *key = take(&line, ':');
    *value = slice_trim(line);
    return key->n && !memchr(key->p, ' ', key->n);
}

static enum status read_line(struct form *form, struct slice line, size_t number, struct error *err)
{
    struct slice key, value;
    if (!header(line, &key, &value) || is(key, "SPDX-License-Identifier"))
        return ST_OK;
    if (is(key, "form"))
        return read_form(form, value, number, err);
    if (!form->name.n)
        return error_set(err, ST_INVALID, "第 %zu 行：先写“-- form: 名称 | 中文 | 英文”", number);
    if (is(key, "field"))
        return read_field(form, value, number, err);
    if (is(key, "list"))
        return read_code(form, value, number, err);
    if (is(key, "rule") || is(key, "warn"))
        return read_rule(form, value, is(key, "warn"), number, err);
    struct {
        const char *key;
        struct slice *to;
    } const texts[] = {
        {"home", &form->home}, {"kind", &form->kind}, {"title", &form->title}, {"key", &form->key}};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        if (is(key, texts[i].key)) {
            *texts[i].to = value;
            return ST_OK;
        }
    return error_set(err, ST_INVALID, "第 %zu 行：不认识“%.*s”", number, (int)key.n,
                     (const char *)key.p);
}

static bool codes_have(const struct form *form, struct slice list)
{
    struct buf begin;
    buf_init(&begin, 4096);
    buf_put_str(&begin, "\n  (");
    put_text(&begin, list);
    buf_put_str(&begin, ", ");
    bool found = form->codes.n && memmem(form->codes.p, form->codes.n, begin.p, begin.n);
    buf_release(&begin);
    return found;
}

/* References lead to types that there are, codes come from lists that there are. */
static enum status check_names(const struct form *form, struct error *err)
{
    for (size_t i = 0; i < form->field_count; i++) {
        const struct slice ref = form->refs[i], list = form->lists[i];
        if (ref.n && !slice_equal(ref, form->name) && !catalog_table_named(form->cat, ref))
            return error_set(err, ST_INVALID, "第 %zu 行：没有“%.*s”这种记录可以引用",
                             form->lines[i], (int)ref.n, (const char *)ref.p);
        if (list.n && !catalog_list_named(form->cat, list) && !codes_have(form, list))
            return error_set(err, ST_INVALID,
                             "第 %zu 行：没有代码表“%.*s”，请用“-- list:”写出它的代码",
                             form->lines[i], (int)list.n, (const char *)list.p);
    }
    return ST_OK;
}

/* Fields and rules that the form no longer has. */
static void retire_rest(struct form *form)
{
    for (size_t i = 0; form->table && i < form->table->field_count; i++) {
        const struct catalog_field *field = form->table->fields[i];
        bool kept = false;
        for (size_t k = 0; k < form->field_count; k++)
            kept |= slice_equal(slice_str(field->name), form->field_names[k]);
        if (kept)
            continue;
        begin_row(&form->fields);
        buf_printf(&form->fields,
                   "%u, %u, '', '', '', 'text', 'lww', '', '', 1, 0, '', '', '', '', '', '')",
                   form->table_no, field->no);
    }
    for (size_t i = 0; form->table && i < form->table->rule_count; i++)
        if (form->table->rules[i].no > form->rules) {
            begin_row(&form->rows);
            buf_printf(&form->rows, "%u, %u, '', '', 'error', '', '')", form->table_no,
                       form->table->rules[i].no);
        }
}

static void put_sql(struct form *form, uint64_t number, struct buf *sql)
{
    struct slice title = form->title.n ? form->title : form->field_names[0];
    const struct slice texts[] = {form->name,
                                  form->zh,
                                  form->en,
                                  form->kind.n ? form->kind : slice_str("record"),
                                  form->home.n ? form->home : slice_str("village"),
                                  title,
                                  form->key};
    buf_printf(sql, "INSERT INTO migration(number, name) VALUES (%llu, ",
               (unsigned long long)number);
    put_text(sql, form->name);
    buf_printf(sql,
               ");\nINSERT INTO tables(no, name, zh, en, kind, home, title, paper_key) VALUES (%u",
               form->table_no);
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        buf_put_str(sql, ", ");
        put_text(sql, texts[i]);
    }
    buf_put_str(sql, ");\n");
    if (form->codes.n)
        buf_printf(sql, "INSERT INTO codes(list, code, zh, en, sort) VALUES%s;\n",
                   buf_cstr(&form->codes));
    buf_printf(sql,
               "INSERT INTO fields(tbl, no, name, zh, en, type, policy, args, writers, sensitivity,"
               " required, list, checks, ref, conflict_group, derive, unit) VALUES%s;\n",
               buf_cstr(&form->fields));
    if (form->rows.n)
        buf_printf(sql, "INSERT INTO rules(tbl, no, kind, args, severity, zh, en) VALUES%s;\n",
                   buf_cstr(&form->rows));
}

enum status form_file_sql(struct slice text, const struct catalog *cat, uint64_t number,
                          struct buf *sql, struct error *err)
{
    struct form *form = mem_zero_alloc(1, sizeof(*form));
    struct slice rest = text;
    enum status st = ST_OK;
    form->cat = cat;
    buf_init(&form->fields, 2 * FORM_FILE_MAX);
    buf_init(&form->codes, 2 * FORM_FILE_MAX);
    buf_init(&form->rows, 2 * FORM_FILE_MAX);
    for (size_t line = 1; st == ST_OK && rest.p; line++) {
        const uint8_t *end = rest.n ? memchr(rest.p, '\n', rest.n) : NULL;
        struct slice one = end ? slice_of(rest.p, (size_t)(end - rest.p)) : rest;
        rest = end ? slice_of(end + 1, rest.n - one.n - 1) : SLICE_NONE;
        st = read_line(form, one, line, err);
    }
    if (st == ST_OK && form->field_count == 0)
        st = error_set(err, ST_INVALID, "文件里没有表单：要有一行“-- form:”和至少一行“-- field:”");
    if (st == ST_OK)
        st = check_names(form, err);
    if (st == ST_OK) {
        retire_rest(form);
        put_sql(form, number, sql);
    }
    if (st == ST_OK && (!buf_ok(sql) || !buf_ok(&form->fields) || !buf_ok(&form->codes)))
        st = error_set(err, ST_LIMIT, "表单太大");
    buf_release(&form->fields);
    buf_release(&form->codes);
    buf_release(&form->rows);
    mem_free(form);
    return st;
}
