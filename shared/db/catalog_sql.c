/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * catalog_sql: runs a catalog migration's SQL against staging tables and reads the rows back.
 *
 * Happy path: staging tables are created; an authorizer closes the door on everything but INSERT
 * and SELECT on them; the statements run one by one; the rows are read in the order of their
 * numbers, checked and written as one migration. The order makes the bytes independent of how the
 * file is laid out.
 *
 * Failure modes: a statement that SQLite refuses is reported with its line; a row that says
 * something unknown is reported by its table and name. A file that runs for ever is stopped.
 */
#include "shared/db/catalog_sql.h"

#include <sqlite3.h>
#include <stdlib.h>

#include "shared/base/check.h"
#include "shared/record/validate.h"
#include "shared/record/mask.h"

#define STEPS_MAX 200 /* of 100,000 virtual machine instructions */

static const char staging_sql[] =
    "CREATE TABLE migration(number, name);"
    "CREATE TABLE tables(no, name, zh DEFAULT '', en DEFAULT '', kind DEFAULT 'record',"
    " home DEFAULT 'village', title DEFAULT '', sort, paper_key DEFAULT '');"
    "CREATE TABLE fields(tbl, no, name, zh DEFAULT '', en DEFAULT '', type DEFAULT 'text',"
    " policy DEFAULT 'lww', args DEFAULT '', writers DEFAULT '', sensitivity DEFAULT 1,"
    " required DEFAULT 0, list DEFAULT '', checks DEFAULT '', ref DEFAULT '',"
    " conflict_group DEFAULT '', derive DEFAULT '', unit DEFAULT '');"
    "CREATE TABLE codes(list, code, zh DEFAULT '', en DEFAULT '', sort, parent DEFAULT '');"
    "CREATE TABLE rules(tbl, no, kind DEFAULT '', args DEFAULT '', severity DEFAULT 'error',"
    " zh DEFAULT '', en DEFAULT '');";

/* One per section of a migration; the columns in its order. */
static const char *const section_sql[] = {
    "SELECT no, name, zh, en, kind, home, title, coalesce(sort, no), paper_key"
    " FROM tables ORDER BY no + 0",
    "SELECT coalesce((SELECT no FROM tables WHERE name = tbl), tbl) AS t, no, name, zh, en, type,"
    " policy, args, writers, sensitivity, required, list, checks, ref, conflict_group, derive, unit"
    " FROM fields ORDER BY t + 0, no + 0",
    "SELECT list, code, zh, en, coalesce(sort, rowid), parent FROM codes"
    " ORDER BY list, code",
    "SELECT coalesce((SELECT no FROM tables WHERE name = tbl), tbl) AS t, no, kind, args, severity,"
    " zh, en FROM rules ORDER BY t + 0, no + 0",
};

struct rows {
    struct migration_row *row;
    size_t count, capacity;
};

/* ---- running the file ---- */

static bool word_in(const char *word, const char *const *words, size_t count)
{
    for (size_t i = 0; word && i < count; i++)
        if (strcmp(word, words[i]) == 0)
            return true;
    return false;
}

static int authorize(void *arg, int action, const char *first, const char *second,
                     const char *database, const char *trigger)
{
    static const char *const staging[] = {"migration", "tables", "fields", "codes", "rules"};
    (void)arg, (void)second, (void)database, (void)trigger;
    if (action == SQLITE_SELECT)
        return SQLITE_OK;
    if (action == SQLITE_INSERT || action == SQLITE_READ)
        return word_in(first, staging, ARRAY_LENGTH(staging)) ? SQLITE_OK : SQLITE_DENY;
    return SQLITE_DENY;
}

static int count_steps(void *arg)
{
    return --*(int *)arg <= 0;
}

static int line_of(const char *text, const char *at)
{
    int line = 1;
    for (; text < at; text++)
        line += *text == '\n';
    return line;
}

/* SQLite hands over a statement with the blank lines and comments before it. */
static const char *skip_blank(const char *p)
{
    for (;;) {
        while (*p == ' ' || (*p >= '\t' && *p <= '\r'))
            p++;
        if (p[0] != '-' || p[1] != '-')
            return p;
        while (*p && *p != '\n')
            p++;
    }
}

static enum status run_statement(sqlite3 *db, const char *text, const char **at, struct error *err)
{
    sqlite3_stmt *stmt = NULL;
    const char *start = skip_blank(*at), *tail = NULL;
    int rc = sqlite3_prepare_v2(db, start, -1, &stmt, &tail);
    if (rc == SQLITE_OK) {
        *at = tail;
        while (stmt && (rc = sqlite3_step(stmt)) == SQLITE_ROW)
            ;
    }
    int offset = sqlite3_error_offset(db);
    sqlite3_finalize(stmt);
    if (rc == SQLITE_OK || rc == SQLITE_DONE)
        return ST_OK;
    return error_set(err, ST_INVALID, "line %d: %s",
                     line_of(text, start + (offset > 0 ? offset : 0)), sqlite3_errmsg(db));
}

static enum status run_file(sqlite3 *db, const char *text, struct error *err)
{
    int steps = STEPS_MAX;
    sqlite3_set_authorizer(db, authorize, NULL);
    sqlite3_progress_handler(db, 100000, count_steps, &steps);
    enum status status = ST_OK;
    for (const char *at = text; status == ST_OK && *skip_blank(at);)
        status = run_statement(db, text, &at, err);
    sqlite3_progress_handler(db, 0, NULL, NULL);
    sqlite3_set_authorizer(db, NULL, NULL);
    return status;
}

/* ---- reading the rows ---- */

static enum status read_rows(sqlite3 *db, const char *sql, struct arena *arena, struct rows *out,
                             struct error *err)
{
    sqlite3_stmt *stmt = NULL;
    CHECK(sqlite3_prepare_v2(db, sql, -1, &stmt, NULL) == SQLITE_OK);
    int columns = sqlite3_column_count(stmt), rc;
    while ((rc = sqlite3_step(stmt)) == SQLITE_ROW) {
        out->row = mem_grow(out->row, &out->capacity, out->count + 1, sizeof *out->row);
        struct migration_row *row = &out->row[out->count++];
        *row = (struct migration_row){0};
        for (int c = 0; c < columns; c++) {
            const char *text = (const char *)sqlite3_column_text(stmt, c);
            row->text[c] = text ? arena_copy(arena, text, strlen(text) + 1) : "";
        }
    }
    sqlite3_finalize(stmt);
    return rc == SQLITE_DONE ? ST_OK : error_set(err, ST_IO, "%s", sqlite3_errmsg(db));
}

/* ---- checking the rows ---- */

static bool is_number(const char *s, unsigned long min, unsigned long max)
{
    if (!*s || strlen(s) > 9 || strspn(s, "0123456789") != strlen(s))
        return false;
    unsigned long n = strtoul(s, NULL, 10);
    return n >= min && n <= max;
}

static enum status check_table(const struct migration_row *row, struct error *err)
{
    static const char *const kinds[] = {"record", "append"};
    static const char *const homes[] = {"village", "township", "registry", "sealed", "any"};
    const char *const *c = row->text;
    if (!is_number(c[0], 1, OP_TABLE_MAX))
        return error_set(err, ST_INVALID, "no '%s' is not a table number", c[0]);
    if (!c[1][0])
        return ST_OK; /* retired */
    if (!word_in(c[4], kinds, ARRAY_LENGTH(kinds)))
        return error_set(err, ST_INVALID, "unknown kind '%s'", c[4]);
    if (!word_in(c[5], homes, ARRAY_LENGTH(homes)))
        return error_set(err, ST_INVALID, "unknown home '%s'", c[5]);
    return is_number(c[7], 0, 999999999) ? ST_OK : error_set(err, ST_INVALID, "sort is no number");
}

static int type_of(const char *word)
{
    for (int i = FIELD_TEXT; i <= FIELD_SET_REF; i++)
        if (strcmp(word, field_type_name((enum field_type)i)) == 0)
            return i;
    return -1;
}

static int policy_of(const char *word)
{
    for (int i = POLICY_LWW; i <= POLICY_APPEND; i++)
        if (strcmp(word, policy_name((enum policy)i)) == 0)
            return i;
    return -1;
}

static enum status check_writers(const char *writers, struct error *err)
{
    for (const char *p = writers; *p;) {
        size_t n = strcspn(p, ",");
        bool known = (n == 1 && (*p == 'V' || *p == 'T' || *p == 'C')) ||
                     (n > 2 && p[0] == 'C' && p[1] == ':');
        if (!known)
            return error_set(err, ST_INVALID, "unknown writer '%.*s'", (int)n, p);
        p += n + (p[n] == ',');
    }
    return ST_OK;
}

static enum status check_words(const char *checks, struct error *err)
{
    for (const char *p = checks; *p;) {
        size_t n = strcspn(p, ";");
        if (!validate_check_known(slice_of(p, n)))
            return error_set(err, ST_INVALID, "unknown check '%.*s'", (int)n, p);
        p += n + (p[n] == ';');
    }
    return ST_OK;
}

/* Combinations that no merge could make sense of. */
static enum status check_policy(int type, int policy, const char *args, const char *list,
                                struct error *err)
{
    bool set = type >= FIELD_SET_TEXT;
    bool number = type == FIELD_INT || type == FIELD_DECIMAL || type == FIELD_MONEY;
    if (set != (policy == POLICY_SET))
        return error_set(err, ST_INVALID, "set types and policy set go together");
    if (policy == POLICY_COUNTER && !number)
        return error_set(err, ST_INVALID, "a counter is a number");
    if ((policy == POLICY_STATE || policy == POLICY_WORST) && !args[0])
        return error_set(err, ST_INVALID, "policy %s needs args", policy_name((enum policy)policy));
    if ((type == FIELD_CODE || type == FIELD_SET_CODE) != (list[0] != 0))
        return error_set(err, ST_INVALID, "code types and a list go together");
    return ST_OK;
}

static enum status check_field(const struct migration_row *row, struct error *err)
{
    const char *const *c = row->text;
    if (!is_number(c[0], 1, OP_TABLE_MAX))
        return error_set(err, ST_INVALID, "tbl '%s' is neither a table of this file nor a number",
                         c[0]);
    if (!is_number(c[1], 1, CATALOG_FIELD_NO_MAX))
        return error_set(err, ST_INVALID, "no '%s' is not a field number", c[1]);
    if (!c[2][0])
        return ST_OK; /* retired */
    int type = type_of(c[5]), policy = policy_of(c[6]);
    if (type < 0)
        return error_set(err, ST_INVALID, "unknown type '%s'", c[5]);
    if (policy < 0)
        return error_set(err, ST_INVALID, "unknown policy '%s'", c[6]);
    if (!is_number(c[9], 0, 4))
        return error_set(err, ST_INVALID, "sensitivity '%s' is not 0 … 4", c[9]);
    if (!is_number(c[10], 0, 1))
        return error_set(err, ST_INVALID, "required '%s' is not 0 or 1", c[10]);
    enum status status = check_policy(type, policy, c[7], c[11], err);
    if (status == ST_OK)
        status = check_writers(c[8], err);
    return status == ST_OK ? check_words(c[12], err) : status;
}

static enum status check_code(const struct migration_row *row, struct error *err)
{
    const char *const *c = row->text;
    if (!c[0][0] || !c[1][0])
        return error_set(err, ST_INVALID, "list or code is empty");
    return is_number(c[4], 0, 999999999) ? ST_OK : error_set(err, ST_INVALID, "sort is no number");
}

/* "field kind" or "field kind writers" */
static enum status check_mask(const char *args, struct error *err)
{
    size_t field = strcspn(args, " "), kind = args[field] ? strcspn(args + field + 1, " ") : 0;
    const char *who = kind ? args + field + 1 + kind : args + field;
    enum mask mask;
    if (field == 0 || !mask_parse(slice_of(args + field + 1, kind), &mask))
        return error_set(err, ST_INVALID, "'%s' is no field and kind of mask", args);
    return check_writers(who + (*who == ' '), err);
}

static enum status check_rule(const struct migration_row *row, struct error *err)
{
    const char *const *c = row->text;
    if (!is_number(c[0], 1, OP_TABLE_MAX) || !is_number(c[1], 1, 65535))
        return error_set(err, ST_INVALID, "tbl or no is not a number");
    if (!c[2][0])
        return ST_OK; /* retired */
    if (!validate_rule_known(slice_str(c[2])))
        return error_set(err, ST_INVALID, "unknown kind '%s'", c[2]);
    if (strcmp(c[2], MASK_RULE) == 0)
        return check_mask(c[3], err);
    bool together = strcmp(c[2], "unique") == 0 || strcmp(c[2], "acyclic") == 0;
    if (together && strcmp(c[4], "conflict") != 0)
        return error_set(err, ST_INVALID, "severity of '%s' must be conflict", c[2]);
    if (!together && strcmp(c[4], "error") != 0 && strcmp(c[4], "warn") != 0)
        return error_set(err, ST_INVALID, "severity '%s' is neither error nor warn", c[4]);
    return ST_OK;
}

/* Two rows of one key in one file are a mistake of its author. */
static bool same_key(int section, const struct migration_row *a, const struct migration_row *b)
{
    size_t key_columns = section == 0 ? 1 : 2;
    for (size_t c = 0; c < key_columns; c++)
        if (strcmp(a->text[c], b->text[c]) != 0)
            return false;
    return true;
}

static enum status check_rows(int section, const struct rows *rows, struct error *err)
{
    static enum status (*const check[])(const struct migration_row *, struct error *) = {
        check_table, check_field, check_code, check_rule};
    static const char *const names[] = {"tables", "fields", "codes", "rules"};
    for (size_t i = 0; i < rows->count; i++) {
        const struct migration_row *row = &rows->row[i];
        enum status status = check[section](row, err);
        if (status == ST_OK && i > 0 && same_key(section, &rows->row[i - 1], row))
            status = error_set(err, ST_INVALID, "twice in this file");
        if (status != ST_OK)
            return error_wrap(err, status, "%s (%s, %s, %s)", names[section], row->text[0],
                              row->text[1], row->text[2] ? row->text[2] : "");
    }
    return ST_OK;
}

/* ---- all of it ---- */

static enum status write_head(sqlite3 *db, struct arena *arena, struct buf *out, struct error *err)
{
    struct rows head = {0};
    enum status status = read_rows(db, "SELECT number, name FROM migration", arena, &head, err);
    if (status == ST_OK && (head.count != 1 || !is_number(head.row[0].text[0], 1, 999999999)))
        status = error_set(err, ST_INVALID,
                           "table migration needs exactly one row (number, name), number from 1");
    if (status == ST_OK)
        migration_begin(out, strtoull(head.row[0].text[0], NULL, 10), head.row[0].text[1]);
    mem_free(head.row);
    return status;
}

static enum status write_sections(sqlite3 *db, struct arena *arena, struct buf *out,
                                  struct error *err)
{
    enum status status = ST_OK;
    for (int section = 0; section < (int)ARRAY_LENGTH(section_sql) && status == ST_OK; section++) {
        struct rows rows = {0};
        status = read_rows(db, section_sql[section], arena, &rows, err);
        if (status == ST_OK)
            status = check_rows(section, &rows, err);
        if (status == ST_OK)
            migration_rows(out, section, rows.row, rows.count);
        mem_free(rows.row);
    }
    return status;
}

enum status catalog_from_sql(const char *sql_text, struct buf *migration_out, struct error *err)
{
    struct arena arena = {0};
    size_t before = migration_out->n;
    sqlite3 *db = NULL;
    enum status status = ST_OK;
    if (sqlite3_open_v2(":memory:", &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL) !=
            SQLITE_OK ||
        sqlite3_exec(db, staging_sql, NULL, NULL, NULL) != SQLITE_OK)
        status = error_set(err, ST_IO, "no database in memory: %s", sqlite3_errmsg(db));
    if (status == ST_OK)
        status = run_file(db, sql_text, err);
    if (status == ST_OK)
        status = write_head(db, &arena, migration_out, err);
    if (status == ST_OK)
        status = write_sections(db, &arena, migration_out, err);
    if (status == ST_OK && !buf_ok(migration_out))
        status =
            error_set(err, ST_LIMIT, "the migration is larger than %zu bytes", migration_out->max);
    if (status == ST_OK) /* what only its bytes show: broken UTF-8, a text or a section too long */
        status =
            catalog_check_form(slice_of(migration_out->p + before, migration_out->n - before), err);
    if (status != ST_OK)
        migration_out->n = before;
    sqlite3_close(db);
    arena_release(&arena);
    return status;
}
