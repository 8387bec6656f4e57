/* SPDX-License-Identifier: MulanPSL-2.0 */
/* derived: see derived.h. */
#include "shared/db/derived.h"

#include "shared/base/check.h"
#include "shared/base/time.h"
#include "shared/db/follow.h"
#include "shared/db/migrate.h"
#include "shared/record/mask.h"
#include "shared/record/validate.h"

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

static void make_functions(struct db *db, const struct catalog *cat)
{
    db_function(db, "label", 2, call_label, (void *)cat);
    db_function(db, "mask_name", 1, call_mask_name, NULL);
    db_function(db, "mask_id", 1, call_mask_id, NULL);
    db_function(db, "mask_phone", 1, call_mask_phone, NULL);
    db_function(db, "id_fault", 2, call_id_fault, NULL);
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
