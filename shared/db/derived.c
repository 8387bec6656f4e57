/* SPDX-License-Identifier: MulanPSL-2.0 */
/* derived: see derived.h. */
#include "shared/db/derived.h"

#include "shared/base/check.h"
#include "shared/base/time.h"
#include "shared/db/follow.h"
#include "shared/db/migrate.h"
#include "shared/merge/version.h"
#include "shared/record/expr.h"
#include "shared/record/mask.h"
#include "shared/record/validate.h"

#include <inttypes.h>
#include <stdio.h>

/* ---- functions ---- */

static void call_label(void *arg, const struct slice *in, struct buf *out, bool *null)
{
    const struct catalog_list *list =
        in[0].p ? catalog_list_named((const struct catalog *)arg, in[0]) : NULL;
    const struct catalog_code *code = list && in[1].p ? catalog_code(list, in[1]) : NULL;
    *null = !in[1].p;
    if (code)
        buf_put_str(out, code->zh);
    else
        buf_put_slice(out, in[1]);
}

static void call_mask(enum mask mask, const struct slice *in, struct buf *out, bool *null)
{
    *null = !in[0].p;
    mask_put(mask, MASK_POSTED, in[0], out);
}

static void call_mask_name(void *arg, const struct slice *in, struct buf *out, bool *null)
{
    (void)arg;
    call_mask(MASK_NAME, in, out, null);
}

static void call_mask_id(void *arg, const struct slice *in, struct buf *out, bool *null)
{
    (void)arg;
    call_mask(MASK_ID, in, out, null);
}

static void call_mask_phone(void *arg, const struct slice *in, struct buf *out, bool *null)
{
    (void)arg;
    call_mask(MASK_PHONE, in, out, null);
}

/* in: the number, the day of the question. */
static void call_id_fault(void *arg, const struct slice *in, struct buf *out, bool *null)
{
    int32_t day;
    (void)arg;
    if (!in[1].p || !date_parse(in[1], &day))
        day = DATE_MAX;
    *null = !in[0].p || citizen_id_valid(in[0], day);
    if (!*null)
        buf_put_str(out, in[0].n == 18 ? "校验位或出生日期不对" : "不是18位");
}

/* in: a row's _v. */
static void call_written_ms(void *arg, const struct slice *in, struct buf *out, bool *null)
{
    int64_t first_ms, last_ms = 0;
    char text[24];
    (void)arg;
    *null = !in[0].p || !version_written(in[0], &first_ms, &last_ms);
    snprintf(text, sizeof(text), "%" PRId64, *null ? 0 : last_ms);
    buf_put_str(out, text);
}

/* ---- conditions over what is known of something ---- */

#define FACTS_MAX 48

/* "name:label=value;…", as a view writes them; a value of digits is a number as well. */
struct facts {
    size_t count;
    struct fact {
        struct slice name, label, value;
    } fact[FACTS_MAX];
};

static struct slice part(struct slice *rest, char end)
{
    size_t n = 0;
    while (n < rest->n && rest->p[n] != (uint8_t)end)
        n++;
    struct slice out = slice_of(rest->p, n);
    n += n < rest->n;
    *rest = slice_of(rest->p + n, rest->n - n);
    return out;
}

static void facts_read(struct slice text, struct facts *out)
{
    out->count = 0;
    while (text.n > 0 && out->count < FACTS_MAX) {
        struct slice value = part(&text, ';'), label = part(&value, '='), name = part(&label, ':');
        out->fact[out->count++] = (struct fact){name, label, value};
    }
}

static int fact_named(void *arg, struct slice name)
{
    const struct facts *facts = arg;
    for (size_t i = 0; i < facts->count; i++)
        if (slice_equal(facts->fact[i].name, name))
            return (int)i;
    return -1;
}

static struct expr_value fact_value(void *arg, int i)
{
    const struct slice value = ((const struct facts *)arg)->fact[i].value;
    struct expr_value out = expr_text(value);
    if (value.n == 0)
        return (struct expr_value){.kind = EXPR_NOTHING};
    int64_t n = 0;
    for (size_t k = 0; k < value.n && k < 15; k++) {
        if (value.p[k] < '0' || value.p[k] > '9')
            return out;
        n = n * 10 + value.p[k] - '0';
    }
    out = expr_number(n);
    out.text = value;
    return out;
}

/* holds(condition, facts): 1, 0; NULL: the condition cannot be read. */
static void call_holds(void *arg, const struct slice *in, struct buf *out, bool *null)
{
    struct facts facts;
    struct arena arena = {0};
    (void)arg;
    facts_read(in[1].p ? in[1] : SLICE_NONE, &facts);
    const struct expr *expr =
        in[0].p ? expr_compile(in[0], fact_named, &facts, &arena, NULL) : NULL;
    *null = !expr;
    if (expr)
        buf_put_str(out, expr_holds(expr, fact_value, &facts) == TRUTH_YES ? "1" : "0");
    arena_release(&arena);
}

/* because(condition, facts): what the condition asks for, with what is known: "劳动力 2，稳定就业
 * 0". */
static void call_because(void *arg, const struct slice *in, struct buf *out, bool *null)
{
    struct facts facts;
    struct arena arena = {0};
    int names[EXPR_NODES_MAX];
    (void)arg;
    facts_read(in[1].p ? in[1] : SLICE_NONE, &facts);
    const struct expr *expr =
        in[0].p ? expr_compile(in[0], fact_named, &facts, &arena, NULL) : NULL;
    size_t count = expr ? expr_names(expr, names) : 0;
    *null = !expr;
    for (size_t i = 0; i < count; i++) {
        const struct fact *fact = &facts.fact[names[i]];
        buf_put_str(out, i ? "，" : "");
        buf_put_slice(out, fact->label);
        buf_put_str(out, " ");
        buf_put_slice(out, fact->value);
    }
    arena_release(&arena);
}

static void make_functions(struct db *db, const struct catalog *cat)
{
    db_function(db, "label", 2, call_label, (void *)cat);
    db_function(db, "mask_name", 1, call_mask_name, NULL);
    db_function(db, "mask_id", 1, call_mask_id, NULL);
    db_function(db, "mask_phone", 1, call_mask_phone, NULL);
    db_function(db, "id_fault", 2, call_id_fault, NULL);
    db_function(db, "written_ms", 1, call_written_ms, NULL);
    db_function(db, "holds", 2, call_holds, NULL);
    db_function(db, "because", 2, call_because, NULL);
}

/* ---- tables ---- */

static enum status fill_code_list(struct db *db, const struct catalog *cat, struct error *err)
{
    enum status st = db_exec(db,
                             "CREATE TEMP TABLE code_list(list TEXT NOT NULL, code TEXT NOT NULL,"
                             " zh TEXT, en TEXT, sort INTEGER, parent TEXT,"
                             " PRIMARY KEY (list, code)) WITHOUT ROWID",
                             err);
    for (size_t l = 0; st == ST_OK && l < cat->list_count; l++)
        for (size_t i = 0; st == ST_OK && i < cat->lists[l]->count; i++) {
            const struct catalog_code *code = &cat->lists[l]->codes[i];
            struct stmt *stmt =
                db_stmt(db, "INSERT INTO temp.code_list VALUES (?1, ?2, ?3, ?4, ?5, ?6)");
            bind_str(stmt, 1, cat->lists[l]->name);
            bind_str(stmt, 2, code->code);
            bind_str(stmt, 3, code->zh);
            bind_str(stmt, 4, code->en);
            bind_int(stmt, 5, code->sort);
            bind_str(stmt, 6, code->parent);
            st = stmt_run(stmt, err);
        }
    return st;
}

static enum status fill_asked(struct db *db, int32_t today, const char *month, struct error *err)
{
    char day[11];
    date_format(today, day);
    enum status st = db_exec(db, "CREATE TEMP TABLE asked(today TEXT, month TEXT)", err);
    if (st != ST_OK)
        return st;
    struct stmt *stmt = db_stmt(db, "INSERT INTO temp.asked VALUES (?1, ?2)");
    bind_str(stmt, 1, day);
    bind_text(stmt, 2, month ? slice_str(month) : slice_of(day, 7));
    return stmt_run(stmt, err);
}

static enum status make_views(void *arg, const char *path, const char *sql, struct error *err)
{
    enum status st = db_exec((struct db *)arg, sql, err);
    return st == ST_OK ? st : error_wrap(err, st, "%s", path);
}

enum status derived_open(struct db *db, const struct catalog *cat, int32_t today, const char *month,
                         struct error *err)
{
    make_functions(db, cat);
    enum status st = db_exec(db, "BEGIN", err);
    if (st == ST_OK)
        st = fill_code_list(db, cat, err);
    if (st == ST_OK)
        st = fill_asked(db, today, month, err);
    if (st == ST_OK)
        st = follow_links(db, cat, err);
    if (st == ST_OK)
        st = migrate_each("derived", make_views, db, err);
    if (st == ST_OK)
        st = db_commit(db, err);
    else
        db_rollback(db);
    return st;
}

/* "migrations/derived/0006_finding.sql" is the file "finding". */
struct one_file {
    struct db *db;
    const char *name;
    bool found;
};

static enum status make_views_of(void *arg, const char *path, const char *sql, struct error *err)
{
    struct one_file *one = arg;
    const char *name = strrchr(path, '_');
    size_t n = strlen(one->name);
    if (!name || strncmp(name + 1, one->name, n) != 0 || strcmp(name + 1 + n, ".sql") != 0)
        return ST_OK;
    one->found = true;
    return make_views(one->db, path, sql, err);
}

enum status derived_open_file(struct db *db, const struct catalog *cat, const char *name,
                              struct error *err)
{
    struct one_file one = {.db = db, .name = name};
    enum status st = follow_links(db, cat, err);
    if (st == ST_OK)
        st = migrate_each("derived", make_views_of, &one, err);
    CHECK(st != ST_OK || one.found);
    return st;
}

enum status derived_hold(struct db *db, struct slice name, struct error *err)
{
    struct stmt *stmt =
        db_stmt(db, "SELECT name FROM sqlite_temp_schema WHERE type = 'view' AND name = ?1");
    struct buf sql;
    bool row = false;
    buf_init(&sql, 1024);
    bind_text(stmt, 1, name);
    enum status st = stmt_step(stmt, &row, err);
    if (st == ST_OK && !row)
        st =
            error_set(err, ST_NOT_FOUND, "no derived view %.*s", (int)name.n, (const char *)name.p);
    if (st == ST_OK) {
        const char *view = (const char *)stmt_text(stmt, 0).p;
        buf_printf(&sql,
                   "CREATE TEMP TABLE \"held_%s\" AS SELECT * FROM \"%s\"; DROP VIEW temp.\"%s\";"
                   "CREATE TEMP VIEW \"%s\" AS SELECT * FROM \"held_%s\"",
                   view, view, view, view, view);
    }
    stmt_reset(stmt);
    if (st == ST_OK)
        st = db_exec(db, buf_cstr(&sql), err);
    buf_release(&sql);
    return st;
}
