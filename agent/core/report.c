/* SPDX-License-Identifier: MulanPSL-2.0 */
/* report: see report.h. */
#include "agent/core/report.h"

#include <stdio.h>

#include "agent/core/edit.h"
#include "shared/db/report_def.h"
#include "agent/core/report_rows.h"
#include "agent/core/sight.h"
#include "shared/base/file.h"
#include "shared/base/time.h"
#include "shared/db/derived.h"

#define LIMIT_MS 60000
#define CACHE_KIB \
    (256 * 1024) /* a county is read several times over; a village takes what it has */
#define CELL_MAX (64 * 1024)

struct question {
    const struct report_ask *ask;
    int64_t now_ms;
    int32_t day;
    char day_text[11], month[8];
};

static json_t *text_json(struct slice s)
{
    return json_stringn(s.n ? (const char *)s.p : "", s.n);
}

static json_t *instant_json(int64_t ms)
{
    char text[TIME_TEXT_SIZE];
    if (ms <= 0)
        return json_null();
    time_format_utc(ms, text);
    return json_string(text);
}

static json_t *about_json(const struct report_def *def)
{
    json_t *about = json_array();
    for (size_t i = 0; i < def->about_count; i++)
        json_array_append_new(about, text_json(def->about[i]));
    return about;
}

/* ---- list ---- */

static enum status list_one(void *arg, const struct report_def *def, struct error *err)
{
    (void)err;
    json_array_append_new((json_t *)arg,
                          json_pack("{s:o, s:o, s:o, s:b, s:o}", "name", text_json(def->name), "zh",
                                    text_json(def->zh), "en", text_json(def->en), "county",
                                    def->county, "about", about_json(def)));
    return ST_OK;
}

enum status report_list(struct desk *desk, json_t **out, struct error *err)
{
    json_t *reports = json_array();
    enum status st = report_def_each(desk ? desk->db : NULL, list_one, reports, err);
    *out = st == ST_OK ? json_pack("{s:O}", "reports", reports) : NULL;
    json_decref(reports);
    return st;
}

/* ---- who asks, and what ---- */

static enum status check_reader(struct desk *desk, const struct report_def *def, const char *as,
                                struct error *err)
{
    struct sight sight;
    enum status st = sight_of_people(desk, as, SIGHT_SCREEN, &sight, err);
    if (st != ST_OK)
        return st;
    for (size_t i = 0; i < sight.role_count; i++)
        if (report_def_allows(def, sight.roles[i]))
            return ST_OK;
    return error_set(err, ST_REFUSED, "%.*s不对本机人员的岗位开放；可以看的岗位：%.*s",
                     (int)def->zh.n, (const char *)def->zh.p, (int)def->who.n,
                     (const char *)def->who.p);
}

static enum status read_question(const struct report_ask *ask, struct question *out,
                                 struct error *err)
{
    int32_t ignored;
    char first[11];
    *out = (struct question){.ask = ask, .now_ms = time_now_ms()};
    out->day = edit_today();
    if (ask->day && !date_parse(slice_str(ask->day), &out->day))
        return error_set(err, ST_USAGE, "日期应写成 2026-01-31 这样：%s", ask->day);
    date_format(out->day, out->day_text);
    snprintf(first, sizeof(first), "%.7s-01", ask->month ? ask->month : out->day_text);
    if ((ask->month && strlen(ask->month) != 7) || !date_parse(slice_str(first), &ignored))
        return error_set(err, ST_USAGE, "月份应写成 2026-01 这样：%s", ask->month);
    snprintf(out->month, sizeof(out->month), "%.7s", first);
    return ST_OK;
}

/* ---- the connection ---- */

/* The ledgers asked about, with what is known of how new they are. */
static enum status make_scope(struct db *db, const struct report_ask *ask, struct error *err)
{
    static const char *const sql =
        "INSERT INTO temp.scope"
        " SELECT u.origin, u.code, u.name,"
        "   l.size > 0 OR EXISTS (SELECT 1 FROM changeset c WHERE c.ledger = l.no)"
        "     OR EXISTS (SELECT 1 FROM open_changeset o WHERE o.ledger = l.no),"
        "   s.last_ms, (SELECT f.admitted_ms FROM leaf f WHERE f.ledger = l.no AND f.idx = l.size "
        "- 1), EXISTS (SELECT 1 FROM own_chain w WHERE w.ledger = l.no), l.size,"
        "   EXISTS (SELECT 1 FROM changeset c WHERE c.ledger = l.no AND c.idx IS NULL)"
        "     OR EXISTS (SELECT 1 FROM open_changeset o WHERE o.ledger = l.no)"
        " FROM unit u JOIN ledger l ON l.no = u.ledger LEFT JOIN sync_state s ON s.ledger = l.no"
        " WHERE ?1 IS NULL OR u.origin = ?1 OR substr(u.code, 1, length(?2)) = ?2"
        " ORDER BY u.code, u.origin";
    enum status st = db_exec(db, REPORT_SCOPE_TABLE, err);
    if (st != ST_OK)
        return st;
    struct stmt *stmt = db_stmt(db, sql);
    struct slice prefix = slice_str("-"); /* of no code */
    if (ask->ledger && division_code_valid(slice_str(ask->ledger)))
        prefix.n = division_prefix_length(ask->ledger), prefix.p = (const uint8_t *)ask->ledger;
    bind_str(stmt, 1, ask->ledger);
    bind_text(stmt, 2, prefix);
    st = stmt_run(stmt, err);
    if (st == ST_OK && db_changes(db) == 0)
        st = ask->ledger
                 ? error_set(err, ST_USAGE, "本机没有村级账本 %s", ask->ledger)
                 : error_set(err, ST_NOT_FOUND, "本机还没有村级账本：请先联网运行 huce sync");
    return st;
}

static enum status hold_views(struct db *db, const struct report_def *def, struct error *err)
{
    enum status st = ST_OK;
    struct slice words = def->hold;
    for (struct slice word; st == ST_OK && (word = report_def_word(&words)).n;)
        st = derived_hold(db, word, err);
    return st == ST_OK ? st : error_wrap(err, st, "%s", def->path);
}

static enum status open_reader(struct desk *desk, const struct report_def *def,
                               const struct question *question, struct db **out, struct error *err)
{
    const struct catalog *catalog = replica_catalog(desk->rep);
    *out = NULL;
    if (catalog->table_count == 0)
        return error_set(err, ST_NOT_FOUND, "本机还没有收到记录类型：请先联网运行 huce sync");
    enum status st = db_open(desk->file, DB_READ_ONLY, out, err);
    if (st == ST_OK)
        db_roomy(*out, CACHE_KIB);
    if (st == ST_OK)
        st = derived_open(*out, catalog, question->day, question->month, err);
    if (st == ST_OK)
        st = make_scope(*out, question->ask, err);
    if (st == ST_OK)
        st = hold_views(*out, def, err);
    if (st == ST_OK)
        db_restrict_to_reading(*out, LIMIT_MS);
    if (st == ST_OK && def->county)
        db_limit_steps(*out, REPORT_STEPS_MAX);
    return st;
}

static enum status prepare(struct db *db, const struct report_def *def, struct slice sql,
                           const struct question *question, struct stmt **out, struct error *err)
{
    struct {
        const char *name, *value;
    } const parameters[] = {{":today", question->day_text},
                            {":month", question->month},
                            {":ledger", question->ask->ledger}};
    enum status st = db_prepare(db, sql, out, err);
    if (st != ST_OK)
        return error_wrap(err, st, "%s", def->path);
    for (size_t i = 0; i < sizeof(parameters) / sizeof(parameters[0]); i++) {
        int index = stmt_parameter(*out, parameters[i].name);
        if (index)
            bind_str(*out, index, parameters[i].value);
    }
    return ST_OK;
}

/* ---- cells ---- */

static json_t *number_json(struct stmt *stmt, int column)
{
    if (stmt_type(stmt, column) == COLUMN_INT)
        return json_integer(stmt_int(stmt, column));
    return json_real(stmt_real(stmt, column));
}

static json_t *cell_json(struct stmt *stmt, int column, const struct report_column *about,
                         bool whole)
{
    if (stmt_type(stmt, column) == COLUMN_NULL)
        return json_null();
    if (about->kind == REPORT_COUNT)
        return json_integer(stmt_int(stmt, column));
    if (about->kind == REPORT_PERCENT || about->kind == REPORT_RATIO)
        return number_json(stmt, column);
    if (about->kind == REPORT_MONEY)
        return json_real((double)stmt_int(stmt, column) / 100);
    struct buf text;
    buf_init(&text, CELL_MAX);
    mask_put(whole ? MASK_NONE : about->mask, MASK_POSTED, stmt_text(stmt, column), &text);
    json_t *out = text_json(buf_slice(&text));
    buf_release(&text);
    return out ? out : json_string("?"); /* not UTF-8 */
}

static enum status read_rows(struct db *db, const struct report_def *def,
                             const struct question *question, json_t *rows, struct error *err)
{
    struct stmt *stmt = NULL;
    bool row = false;
    enum status st = prepare(db, def, def->rows, question, &stmt, err);
    if (st == ST_OK)
        st = report_def_check_columns(def, stmt, err);
    while (st == ST_OK && (st = stmt_step(stmt, &row, err)) == ST_OK && row) {
        json_t *one = json_object();
        int at = 0;
        for (size_t i = 0; i < def->column_count; i++) {
            const struct report_column *column = &def->columns[i];
            json_object_setn_new(
                one, (const char *)column->name.p, column->name.n,
                column->part.n ? json_null() : cell_json(stmt, at++, column, question->ask->whole));
        }
        json_array_append_new(rows, one);
    }
    stmt_release(stmt);
    return st;
}

static json_t *any_json(struct stmt *stmt, int column)
{
    enum column_type type = stmt_type(stmt, column);
    if (type == COLUMN_NULL)
        return json_null();
    return type == COLUMN_TEXT ? text_json(stmt_text(stmt, column)) : number_json(stmt, column);
}

static enum status read_summary(struct db *db, const struct report_def *def,
                                const struct question *question, json_t *summary, struct error *err)
{
    static const char *const names[] = {"name", "zh", "value", "note"};
    struct stmt *stmt = NULL;
    bool row = false;
    if (def->summary.n == 0)
        return ST_OK;
    enum status st = prepare(db, def, def->summary, question, &stmt, err);
    if (st == ST_OK && stmt_columns(stmt) != 4)
        st = error_set(err, ST_INVALID, "%s: the summary has name, zh, value, note", def->path);
    while (st == ST_OK && (st = stmt_step(stmt, &row, err)) == ST_OK && row) {
        json_t *one = json_object();
        for (int i = 0; i < 4; i++)
            json_object_set_new(one, names[i], any_json(stmt, i));
        json_array_append_new(summary, one);
    }
    stmt_release(stmt);
    return st;
}

/* ---- what the figures stand on ---- */

/* What this desk's own people write is known here at once; else as of the newest leaf. */
static int64_t heard_ms(const struct question *question, struct stmt *stmt)
{
    return stmt_int(stmt, 6) ? question->now_ms : stmt_int(stmt, 5);
}

/* Never heard of; or, in a report of a month, not since it began. */
static bool is_silent(const struct report_def *def, const struct question *question,
                      struct stmt *stmt)
{
    char heard[TIME_TEXT_SIZE];
    time_format_cst(heard_ms(question, stmt), heard);
    return !stmt_int(stmt, 3) || (def->period.n && memcmp(heard, question->month, 7) < 0);
}

static enum status read_data(struct db *db, const struct report_def *def,
                             const struct question *question, json_t **out, struct error *err)
{
    struct stmt *stmt =
        db_stmt(db, "SELECT origin, code, name, reported, last_sync_ms,"
                    " last_entry_ms, own, size, unsent FROM temp.scope ORDER BY code, origin");
    json_t *ledgers = json_array();
    json_int_t reported = 0, today = 0, never = 0;
    char now[TIME_TEXT_SIZE], then[TIME_TEXT_SIZE];
    bool row = false;
    enum status st;
    time_format_cst(question->now_ms, now);
    while ((st = stmt_step(stmt, &row, err)) == ST_OK && row) {
        int64_t sync_ms = stmt_int(stmt, 4);
        reported += stmt_int(stmt, 3) != 0;
        never += sync_ms == 0;
        time_format_cst(sync_ms, then);
        today += memcmp(now, then, 10) == 0;
        json_array_append_new(
            ledgers,
            json_pack("{s:o, s:o, s:o, s:b, s:o, s:o, s:b, s:I, s:b, s:I, s:b}", "origin",
                      text_json(stmt_text(stmt, 0)), "code", text_json(stmt_text(stmt, 1)), "name",
                      text_json(stmt_text(stmt, 2)), "reported", stmt_int(stmt, 3) != 0,
                      "last_sync", instant_json(sync_ms), "last_entry",
                      instant_json(stmt_int(stmt, 5)), "own", stmt_int(stmt, 6) != 0, "heard_ms",
                      (json_int_t)heard_ms(question, stmt), "silent",
                      is_silent(def, question, stmt), "size", (json_int_t)stmt_int(stmt, 7),
                      "unsent", stmt_int(stmt, 8) != 0));
    }
    *out = json_pack("{s:I, s:I, s:I, s:I, s:O}", "ledgers", (json_int_t)json_array_size(ledgers),
                     "reported", reported, "synced_today", today, "never_synced", never, "list",
                     ledgers);
    json_decref(ledgers);
    return st;
}

static json_t *columns_json(const struct report_def *def)
{
    json_t *columns = json_array();
    for (size_t i = 0; i < def->column_count; i++) {
        const struct report_column *column = &def->columns[i];
        json_array_append_new(
            columns, json_pack("{s:o, s:o, s:o, s:s, s:o, s:b}", "name", text_json(column->name),
                               "zh", text_json(column->zh), "en", text_json(column->en), "kind",
                               report_kind_name(column->kind), "null", text_json(column->null),
                               "file_only", column->file_only));
    }
    report_rows_columns(columns);
    return columns;
}

/* ---- the records behind a figure ---- */

static enum status read_detail(struct db *db, const struct report_def *def,
                               const struct question *question, const char *column,
                               const char *code, json_t *records, struct error *err)
{
    struct stmt *stmt = NULL;
    bool row = false;
    enum status st = prepare(db, def, def->detail, question, &stmt, err);
    if (st == ST_OK && stmt_columns(stmt) != 3)
        st = error_set(err, ST_INVALID, "%s: the detail has code, type, id", def->path);
    if (st == ST_OK && stmt_parameter(stmt, ":column"))
        bind_str(stmt, stmt_parameter(stmt, ":column"), column);
    while (st == ST_OK && json_array_size(records) < REPORT_DETAIL_MAX &&
           (st = stmt_step(stmt, &row, err)) == ST_OK && row)
        if (!code || slice_equal(stmt_text(stmt, 0), slice_str(code)))
            json_array_append_new(records, json_pack("{s:o, s:o, s:o}", "code",
                                                     text_json(stmt_text(stmt, 0)), "type",
                                                     text_json(stmt_text(stmt, 1)), "id",
                                                     text_json(stmt_text(stmt, 2))));
    stmt_release(stmt);
    return st;
}

static json_t *words_json(struct slice zh, struct slice en)
{
    return json_pack("{s:o, s:o}", "zh", text_json(zh), "en", text_json(en));
}

/* What a figure is called that may be none of the columns. */
static json_t *label_json(const struct report_def *def, const char *column)
{
    for (size_t i = 0; i < def->column_count; i++)
        if (slice_equal(def->columns[i].name, slice_str(column)))
            return words_json(def->columns[i].zh, def->columns[i].en);
    return words_json(slice_str(column), slice_str(column));
}

enum status report_detail(struct desk *desk, const char *name, const struct report_ask *ask,
                          const char *column, const char *code, json_t **out, struct error *err)
{
    struct report_def def;
    struct question question;
    struct arena arena = {0};
    struct db *db = NULL;
    json_t *records = json_array();
    *out = NULL;
    enum status st = report_def_find(desk->db, name, &arena, &def, err);
    if (st == ST_OK)
        st = check_reader(desk, &def, ask->as, err);
    if (st == ST_OK && !def.detail.n)
        st = error_set(err, ST_NOT_FOUND, "%.*s没有逐条的明细", (int)def.zh.n,
                       (const char *)def.zh.p);
    if (st == ST_OK)
        st = read_question(ask, &question, err);
    if (st == ST_OK)
        st = open_reader(desk, &def, &question, &db, err);
    if (st == ST_OK)
        st = read_detail(db, &def, &question, column, code, records, err);
    if (st == ST_OK)
        *out = json_pack("{s:o, s:o, s:s, s:o, s:s?, s:s, s:o, s:O}", "name", text_json(def.name),
                         "title", words_json(def.zh, def.en), "column", column, "label",
                         label_json(&def, column), "code", code, "day", question.day_text,
                         "made_at", instant_json(question.now_ms), "records", records);
    db_close(db);
    arena_release(&arena);
    json_decref(records);
    return st;
}

/* The moment the figures are of: now, or the end of an earlier day. */
static int64_t end_of_day(const struct question *question)
{
    int64_t end = ((int64_t)question->day + 1) * 86400000 - 8 * 3600000;
    return end < question->now_ms ? end : question->now_ms;
}

enum status report_run(struct desk *desk, const char *name, const struct report_ask *ask,
                       json_t **out, struct error *err)
{
    struct report_def def;
    struct question question;
    struct arena arena = {0};
    struct db *db = NULL;
    json_t *rows = json_array(), *summary = json_array(), *data = NULL;
    *out = NULL;
    enum status st = report_def_find(desk->db, name, &arena, &def, err);
    if (st == ST_OK)
        st = check_reader(desk, &def, ask->as, err);
    if (st == ST_OK)
        st = read_question(ask, &question, err);
    if (st == ST_OK)
        st = open_reader(desk, &def, &question, &db, err);
    if (st == ST_OK)
        st = read_data(db, &def, &question, &data, err);
    if (st == ST_OK)
        st = read_summary(db, &def, &question, summary, err);
    if (st == ST_OK)
        st = read_rows(db, &def, &question, rows, err);
    if (st == ST_OK)
        report_rows_finish(&def, json_object_get(data, "list"), end_of_day(&question), rows);
    if (st == ST_OK)
        *out = json_pack("{s:o, s:o, s:o, s:o, s:o, s:s, s:s, s:s?, s:O, s:O, s:o, s:o, s:O}",
                         "name", text_json(def.name), "zh", text_json(def.zh), "en",
                         text_json(def.en), "about", about_json(&def), "made_at",
                         instant_json(question.now_ms), "day", question.day_text, "month",
                         question.month, "ledger", ask->ledger, "data", data, "summary", summary,
                         "none", text_json(def.none), "columns", columns_json(&def), "rows", rows);
    db_close(db);
    arena_release(&arena);
    json_decref(rows);
    json_decref(summary);
    json_decref(data);
    return st;
}
