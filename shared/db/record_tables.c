/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * record_tables: rows ⇄ record states. See record_tables.h.
 *
 * Per table and twin there are a few statements, prepared once for the field list of the catalog in
 * use. Table and field names come from the catalog; they are checked against [a-z][a-z0-9_]* before
 * they become part of any SQL, and quoted.
 */
#include "shared/db/record_tables.h"

#include <stdio.h>
#include <stdlib.h>

#include "shared/base/check.h"
#include "shared/db/feed.h"
#include "shared/db/follow.h"
#include "shared/merge/version.h"

enum {
    STMT_LOAD,
    STMT_GREATEST,
    STMT_SAVE,
    STMT_REMOVE,
    STMT_BITS,
    STMT_SET_BITS,
    STMT_COPY,
    STMT_COPY_BACK,
    STMT_COUNT
};

/* Columns of a waiting row before those of its fields. */
enum { FED_ID, FED_STATE, FED_VERSION, FED_FIELDS };

struct prepared {
    const struct catalog_table *table; /* whose rows these read and write */
    struct buf shape;                  /* for which they were made */
    const struct catalog_field **columns;
    size_t column_count;
    struct stmt *stmts[2][STMT_COUNT];
    struct feed waiting[2];    /* rows not written yet, all of one ledger */
    int64_t greatest_ledger;   /* for which the next is known; 0: for none */
    struct record_id greatest; /* no row in force has a greater id */
};

struct record_tables {
    struct db *db;
    struct prepared *by_no; /* open hash would be too much: table numbers are small */
    size_t capacity;
    size_t waiting;         /* rows in all feeds */
    int64_t waiting_ledger; /* theirs */
    struct buf version;
};

static bool plain_name(const char *name)
{
    if (!(*name >= 'a' && *name <= 'z'))
        return false;
    for (; *name; name++)
        if (!((*name >= 'a' && *name <= 'z') || (*name >= '0' && *name <= '9') || *name == '_'))
            return false;
    return true;
}

/* Does the field have a column? Retired fields (empty name) keep theirs out of sight. */
static bool has_column(const struct catalog_field *field)
{
    return field->name[0] && plain_name(field->name);
}

bool record_tables_has(const struct catalog_table *table)
{
    return plain_name(table->name);
}

bool record_tables_has_column(const struct catalog_field *field)
{
    return has_column(field);
}

static bool is_set(const struct catalog_field *field)
{
    return field->type >= FIELD_SET_TEXT;
}

/* ---- schema ---- */

/* All that is to be said is written first and then said at once: each change of the schema has the
 * statements that are prepared, and so the questions below, prepared anew. */
enum { SCHEMA_TEXT_MAX = 8 << 20, COLUMNS_MAX = 64 * 1024 };

/* "\nledger\nid\n…"; empty: there is no such table. */
static void read_columns(struct db *db, const char *table, struct buf *out)
{
    struct stmt *stmt = db_stmt(db, "SELECT name FROM pragma_table_info(?1)");
    bool row = false;
    enum status st;
    bind_str(stmt, 1, table);
    buf_clear(out);
    while ((st = stmt_step(stmt, &row, NULL)) == ST_OK && row) {
        if (out->n == 0)
            buf_put_u8(out, '\n');
        buf_put_slice(out, stmt_text(stmt, 0));
        buf_put_u8(out, '\n');
    }
    CHECK(st == ST_OK && buf_ok(out));
}

static bool has_name(struct buf *columns, const char *name)
{
    size_t n = strlen(name);
    for (const char *at = strstr(buf_cstr(columns), name); at; at = strstr(at + 1, name))
        if (at[-1] == '\n' && at[n] == '\n')
            return true;
    return false;
}

/* Does the schema have this view, made by this very statement? */
static bool view_is(struct db *db, const char *name, struct slice sql)
{
    struct stmt *stmt =
        db_stmt(db, "SELECT sql FROM sqlite_schema WHERE type = 'view' AND name = ?1");
    bool row = false;
    bind_str(stmt, 1, name);
    CHECK(stmt_step(stmt, &row, NULL) == ST_OK);
    bool same = row && slice_equal(stmt_text(stmt, 0), sql);
    stmt_reset(stmt);
    return same;
}

static enum status exec_buf(struct db *db, struct buf *sql, struct error *err)
{
    CHECK(buf_ok(sql));
    enum status st = db_exec(db, buf_cstr(sql), err);
    buf_release(sql);
    return st;
}

static const char *affinity(const struct catalog_field *field)
{
    switch (field->type) {
    case FIELD_INT:
    case FIELD_MONEY:
    case FIELD_BOOL:
        return " INTEGER";
    case FIELD_REF:
        return " BLOB";
    default:
        return " TEXT";
    }
}

static void table_text(const char *prefix, const struct catalog_table *table, struct buf *sql)
{
    buf_printf(sql,
               "CREATE TABLE IF NOT EXISTS \"%s_%s\"(ledger INTEGER NOT NULL, id BLOB NOT NULL",
               prefix, table->name);
    for (size_t i = 0; i < table->field_count; i++)
        if (has_column(table->fields[i]))
            buf_printf(sql, ", \"%s\"%s", table->fields[i]->name, affinity(table->fields[i]));
    buf_printf(sql, ", _state INTEGER NOT NULL, _v BLOB NOT NULL,"
                    " PRIMARY KEY(ledger, id)) WITHOUT ROWID;");
}

/* False: there is no such table. */
static bool extend_table(struct db *db, const char *prefix, const struct catalog_table *table,
                         struct buf *sql)
{
    struct buf columns;
    char name[96];
    snprintf(name, sizeof name, "%s_%s", prefix, table->name);
    buf_init(&columns, COLUMNS_MAX);
    read_columns(db, name, &columns);
    bool there = columns.n > 0;
    for (size_t i = 0; i < table->field_count && there; i++) {
        const struct catalog_field *field = table->fields[i];
        if (has_column(field) && !has_name(&columns, field->name))
            buf_printf(sql, "ALTER TABLE \"%s\" ADD COLUMN \"%s\"%s;", name, field->name,
                       affinity(field));
    }
    buf_release(&columns);
    return there;
}

/* Most types never have a row that stands aside, and no county has one: the twin is made when the
 * first row goes there. Asked each time, for what made it may have been rolled back. */
static bool has_twin(struct db *db, const struct catalog_table *table)
{
    char name[96];
    snprintf(name, sizeof name, "o_%s", table->name);
    return db_has_table(db, name);
}

static enum status need_twin(struct db *db, const struct catalog_table *table, struct error *err)
{
    struct buf sql;
    if (has_twin(db, table))
        return ST_OK;
    buf_init(&sql, COLUMNS_MAX);
    table_text("o", table, &sql);
    return exec_buf(db, &sql, err);
}

static void indexes_of_table(const struct catalog_table *table, struct buf *sql)
{
    for (size_t i = 0; i < table->field_count; i++) {
        const struct catalog_field *field = table->fields[i];
        bool key = strcmp(field->name, table->key) == 0 || strcmp(field->name, "id_hash") == 0;
        if (!has_column(field) || !(field->type == FIELD_REF || key))
            continue;
        buf_printf(sql,
                   "CREATE INDEX IF NOT EXISTS \"i_%s_%s\" ON \"r_%s\"(\"%s\")"
                   " WHERE \"%s\" IS NOT NULL;",
                   table->name, field->name, table->name, field->name, field->name);
    }
}

static void view_text(const struct catalog *cat, const struct catalog_table *table, struct buf *sql)
{
    buf_printf(sql, "CREATE VIEW \"%s\" AS SELECT lower(hex(r.id)) AS id", table->name);
    for (size_t i = 0; i < table->field_count; i++) {
        const struct catalog_field *field = table->fields[i];
        if (!has_column(field))
            continue;
        if (field->type == FIELD_REF) {
            buf_put_str(sql, ", lower(nullif(hex(");
            follow_expression(cat, field, "r", sql);
            buf_printf(sql, "), '')) AS \"%s\"", field->name);
        } else if (field->type == FIELD_DECIMAL)
            buf_printf(sql, ", CAST(r.\"%s\" AS REAL) AS \"%s\"", field->name, field->name);
        else
            buf_printf(sql, ", r.\"%s\" AS \"%s\"", field->name, field->name);
    }
    buf_printf(sql,
               ", l.origin AS origin, r._state >> 3 & 1 AS unconfirmed,"
               " r._state >> 4 & 1 AS in_transit"
               " FROM \"r_%s\" r JOIN ledger l ON l.no = r.ledger WHERE r._state & %d = %d",
               table->name, ROW_COUNTS, ROW_LIVE);
}

/* A view that says the same under the new catalog stays. */
static void view_of_table(struct db *db, const struct catalog *cat,
                          const struct catalog_table *table, struct buf *sql)
{
    struct buf text;
    buf_init(&text, SCHEMA_TEXT_MAX);
    view_text(cat, table, &text);
    CHECK(buf_ok(&text));
    if (!view_is(db, table->name, buf_slice(&text))) {
        buf_printf(sql, "DROP VIEW IF EXISTS \"%s\";", table->name);
        buf_put_slice(sql, buf_slice(&text));
        buf_put_u8(sql, ';');
    }
    buf_release(&text);
}

enum status record_tables_schema(struct db *db, const struct catalog *cat, struct error *err)
{
    struct buf sql;
    buf_init(&sql, SCHEMA_TEXT_MAX);
    for (size_t i = 0; i < cat->table_count; i++) {
        const struct catalog_table *table = cat->tables[i];
        if (!plain_name(table->name))
            continue;
        if (!extend_table(db, "r", table, &sql))
            table_text("r", table, &sql);
        extend_table(db, "o", table, &sql);
        indexes_of_table(table, &sql);
        view_of_table(db, cat, table, &sql);
    }
    return exec_buf(db, &sql, err);
}

enum status record_tables_drop(struct db *db, const struct catalog *cat, struct error *err)
{
    struct buf sql;
    buf_init(&sql, SCHEMA_TEXT_MAX);
    for (size_t i = 0; i < cat->table_count; i++) {
        const char *name = cat->tables[i]->name;
        if (plain_name(name))
            buf_printf(&sql,
                       "DROP VIEW IF EXISTS \"%s\"; DROP TABLE IF EXISTS \"r_%s\";"
                       "DROP TABLE IF EXISTS \"o_%s\";",
                       name, name, name);
    }
    return exec_buf(db, &sql, err);
}

/* ---- statements ---- */

struct record_tables *record_tables_new(struct db *db)
{
    struct record_tables *tables = mem_zero_alloc(1, sizeof *tables);
    tables->db = db;
    buf_init(&tables->version, VERSION_MAX);
    return tables;
}

static void prepared_release(struct prepared *p)
{
    for (int place = 0; place < 2; place++)
        for (int i = 0; i < STMT_COUNT; i++)
            stmt_release(p->stmts[place][i]);
    for (int place = 0; place < 2; place++)
        feed_release(&p->waiting[place]);
    mem_free(p->columns);
    buf_release(&p->shape);
    *p = (struct prepared){0};
}

void record_tables_release(struct record_tables *tables)
{
    if (!tables)
        return;
    for (size_t i = 0; i < tables->capacity; i++)
        prepared_release(&tables->by_no[i]);
    mem_free(tables->by_no);
    buf_release(&tables->version);
    mem_free(tables);
}

/* One row from a table to its twin. */
static void copy_text(const struct catalog_table *table, const char *to, const char *from,
                      const char *state, struct buf *sql)
{
    buf_printf(sql, "INSERT OR REPLACE INTO \"%s_%s\"(ledger, id, _state, _v", to, table->name);
    for (size_t i = 0; i < table->field_count; i++)
        if (has_column(table->fields[i]))
            buf_printf(sql, ", \"%s\"", table->fields[i]->name);
    buf_printf(sql, ") SELECT ledger, id, %s, _v", state);
    for (size_t i = 0; i < table->field_count; i++)
        if (has_column(table->fields[i]))
            buf_printf(sql, ", \"%s\"", table->fields[i]->name);
    buf_printf(sql, " FROM \"%s_%s\" WHERE ledger = ?1 AND id = ?2", from, table->name);
}

static void statement_text(const struct catalog_table *table, int place, int which, struct buf *sql)
{
    const char *prefix = place == ROW_IN_FORCE ? "r" : "o";
    char state[32];
    int n = FED_FIELDS;
    switch (which) {
    case STMT_LOAD: /* CROSS JOIN: for each id that is fed, its row */
        buf_printf(sql, "SELECT f.c0, t._state, t._v");
        for (size_t i = 0; i < table->field_count; i++)
            if (has_column(table->fields[i]))
                buf_printf(sql, ", t.\"%s\"", table->fields[i]->name);
        buf_printf(sql, " FROM _feed f CROSS JOIN \"%s_%s\" t WHERE t.ledger = ?1 AND t.id = f.c1",
                   prefix, table->name);
        break;
    case STMT_GREATEST:
        buf_printf(sql, "SELECT id FROM \"%s_%s\" WHERE ledger = ?1 ORDER BY id DESC LIMIT 1",
                   prefix, table->name);
        break;
    case STMT_SAVE:
        buf_printf(sql, "INSERT OR REPLACE INTO \"%s_%s\"(ledger, id, _state, _v", prefix,
                   table->name);
        for (size_t i = 0; i < table->field_count; i++)
            if (has_column(table->fields[i])) {
                buf_printf(sql, ", \"%s\"", table->fields[i]->name);
                n++;
            }
        buf_printf(sql, ") SELECT ?1");
        for (int i = 0; i < n; i++)
            buf_printf(sql, ", c%d", i);
        buf_printf(sql, " FROM %s", feed_table_name((size_t)n));
        break;
    case STMT_REMOVE:
        buf_printf(sql, "DELETE FROM \"%s_%s\" WHERE ledger = ?1 AND id = ?2", prefix, table->name);
        break;
    case STMT_BITS:
        buf_printf(sql, "SELECT _state FROM \"%s_%s\" WHERE ledger = ?1 AND id = ?2", prefix,
                   table->name);
        break;
    case STMT_SET_BITS:
        buf_printf(sql, "UPDATE \"%s_%s\" SET _state = ?3 WHERE ledger = ?1 AND id = ?2", prefix,
                   table->name);
        break;
    case STMT_COPY:
        snprintf(state, sizeof state, "_state & ~%d", ROW_BY_OTHERS);
        copy_text(table, "o", "r", state, sql);
        break;
    default: /* STMT_COPY_BACK */
        copy_text(table, "r", "o", "_state | ?3", sql);
        break;
    }
}

/* What the statements say of a table: its name and those of its columns. */
static void shape_of(const struct catalog_table *table, struct buf *out)
{
    buf_put_str(out, table->name);
    for (size_t i = 0; i < table->field_count; i++)
        if (has_column(table->fields[i])) {
            buf_put_u8(out, ' ');
            buf_put_str(out, table->fields[i]->name);
        }
    CHECK(buf_ok(out));
}

static void take_columns(struct prepared *p, const struct catalog_table *table)
{
    p->columns = mem_alloc((table->field_count + 1) * sizeof *p->columns);
    for (size_t i = 0; i < table->field_count; i++)
        if (has_column(table->fields[i]))
            p->columns[p->column_count++] = table->fields[i];
    for (int place = 0; place < 2; place++)
        feed_init(&p->waiting[place], FED_FIELDS + p->column_count);
}

/* For the table of another catalog. Where it has the same columns, the statements stay. */
static void prepare_anew(struct prepared *p, const struct catalog_table *table)
{
    struct buf shape;
    buf_init(&shape, 64 * 1024);
    shape_of(table, &shape);
    if (p->table && slice_equal(buf_slice(&p->shape), buf_slice(&shape))) {
        for (size_t i = 0, n = 0; i < table->field_count; i++)
            if (has_column(table->fields[i]))
                p->columns[n++] = table->fields[i];
        buf_release(&shape);
    } else {
        prepared_release(p);
        take_columns(p, table);
        p->shape = shape;
    }
    p->table = table;
}

/* The statements of a table, and its columns in their order in every statement. */
static struct prepared *prepared_for(struct record_tables *tables,
                                     const struct catalog_table *table)
{
    if (table->no >= tables->capacity) {
        size_t old = tables->capacity;
        tables->by_no =
            mem_grow(tables->by_no, &tables->capacity, table->no + 1, sizeof *tables->by_no);
        memset(tables->by_no + old, 0, (tables->capacity - old) * sizeof *tables->by_no);
    }
    struct prepared *p = &tables->by_no[table->no];
    if (p->table != table)
        prepare_anew(p, table);
    return p;
}

static struct stmt *statement(struct record_tables *tables, const struct catalog_table *table,
                              int place, int which)
{
    struct prepared *p = prepared_for(tables, table);
    struct stmt *stmt = p->stmts[place][which];
    if (!stmt) {
        struct buf sql;
        struct error error;
        buf_init(&sql, 64 * 1024);
        statement_text(table, place, which, &sql);
        if (db_prepare(tables->db, buf_slice(&sql), &stmt, &error) != ST_OK)
            check_failed(error.text, 0, buf_cstr(&sql));
        p->stmts[place][which] = stmt;
        buf_release(&sql);
    } else {
        stmt_reset(stmt);
    }
    return stmt;
}

/* ---- rows ---- */

/* "-12.50" to mantissa and exponent in normal form. */
static bool parse_decimal(struct slice text, struct value *out)
{
    int64_t m = 0;
    int exponent = 0;
    bool negative = text.n && text.p[0] == '-', point = false;
    for (size_t i = negative; i < text.n; i++) {
        if (text.p[i] == '.' && !point) {
            point = true;
            continue;
        }
        if (text.p[i] < '0' || text.p[i] > '9' || m > INT64_MAX / 10 - 9)
            return false;
        m = m * 10 + (text.p[i] - '0');
        exponent -= point;
    }
    while (m && m % 10 == 0) {
        m /= 10;
        exponent++;
    }
    if (m == 0)
        exponent = 0;
    *out =
        (struct value){.kind = VALUE_DECIMAL, .i = negative ? -m : m, .exponent = (int8_t)exponent};
    return exponent >= -9 && exponent <= 18;
}

static void format_decimal(const struct value *value, struct buf *out)
{
    uint64_t m = value->i < 0 ? -(uint64_t)value->i : (uint64_t)value->i;
    char digits[48];
    int n = snprintf(digits, sizeof digits, "%llu", (unsigned long long)m);
    if (value->i < 0)
        buf_put_u8(out, '-');
    if (value->exponent >= 0) {
        buf_put(out, digits, (size_t)n);
        for (int i = 0; i < value->exponent && m; i++)
            buf_put_u8(out, '0');
        return;
    }
    int places = -value->exponent, whole = n - places;
    buf_put(out, whole > 0 ? digits : "0", whole > 0 ? (size_t)whole : 1);
    buf_put_u8(out, '.');
    for (int i = whole; i < 0; i++)
        buf_put_u8(out, '0');
    buf_put(out, digits + (whole > 0 ? whole : 0), (size_t)(whole > 0 ? places : n));
}

static bool column_value(struct stmt *stmt, int column, const struct catalog_field *field,
                         struct arena *arena, struct value *out)
{
    struct slice s;
    switch (stmt_type(stmt, column)) {
    case COLUMN_NULL:
        *out = value_null();
        return true;
    case COLUMN_INT:
        *out = value_int(stmt_int(stmt, column));
        return true;
    case COLUMN_BLOB:
        s = stmt_blob(stmt, column);
        *out = value_bytes(slice_of(arena_copy(arena, s.p, s.n), s.n));
        return true;
    case COLUMN_TEXT:
        s = stmt_blob(stmt, column); /* the text as it stands; stmt_text would end it with a 0 */
        if (field->type == FIELD_DECIMAL)
            return parse_decimal(s, out);
        *out = value_text(slice_of(arena_copy(arena, s.p, s.n), s.n));
        return true;
    default:
        return false;
    }
}

/* Rows that wait to be written count too. */
static void reach_waiting(struct prepared *p)
{
    const struct feed *waiting = &p->waiting[ROW_IN_FORCE];
    for (size_t i = 0; i < waiting->rows; i++) {
        const uint8_t *id = waiting->values[i * waiting->columns + FED_ID].s.p;
        if (memcmp(id, p->greatest.b, RECORD_ID_SIZE) > 0)
            memcpy(p->greatest.b, id, RECORD_ID_SIZE);
    }
}

/* Ids begin with the time at which they were made: a new record has, nearly always, a greater id
 * than all that are here, and need not be looked for. */
static enum status is_greater(struct record_tables *tables, const struct catalog_table *table,
                              int64_t ledger, const struct record_id *id, bool *greater,
                              struct error *err)
{
    struct prepared *p = prepared_for(tables, table);
    if (p->greatest_ledger != ledger) {
        struct stmt *stmt = statement(tables, table, ROW_IN_FORCE, STMT_GREATEST);
        bool row;
        bind_int(stmt, 1, ledger);
        enum status st = stmt_step(stmt, &row, err);
        if (st != ST_OK)
            return st;
        p->greatest_ledger = ledger;
        p->greatest = (struct record_id){0};
        if (row && stmt_blob(stmt, 0).n == RECORD_ID_SIZE)
            memcpy(p->greatest.b, stmt_blob(stmt, 0).p, RECORD_ID_SIZE);
        stmt_reset(stmt);
        reach_waiting(p);
    }
    *greater = memcmp(id->b, p->greatest.b, RECORD_ID_SIZE) > 0;
    return ST_OK;
}

/* The row at which the statement stands, into a fresh state. */
static enum status read_row(struct stmt *stmt, const struct prepared *p, struct arena *arena,
                            struct loaded_row *out, struct error *err)
{
    const struct catalog_table *table = p->table;
    enum status st = ST_OK;
    out->found = true;
    out->bits = (int)stmt_int(stmt, 1);
    for (size_t i = 0; i < p->column_count && st == ST_OK; i++) {
        const struct catalog_field *field = p->columns[i];
        if (!is_set(field) &&
            !column_value(stmt, (int)i + 3, field, arena, &out->record.fields[field->no].value))
            st = error_set(err, ST_DAMAGED, "table %s, column %s: not a value", table->name,
                           field->name);
    }
    struct slice v = stmt_blob(stmt, 2);
    v.p = arena_copy(arena, v.p, v.n);
    if (st == ST_OK)
        st = version_unpack(v, &out->record, arena, err);
    return st == ST_OK ? st : error_wrap(err, st, "table %s; run huce rebuild", table->name);
}

/* Which of these ids have to be looked for. */
static enum status feed_ids(struct record_tables *tables, enum row_place place, int64_t ledger,
                            const struct catalog_table *table, const struct record_id *const *ids,
                            size_t count, struct feed *feed, struct error *err)
{
    enum status st = ST_OK;
    for (size_t i = 0; i < count && st == ST_OK; i++) {
        bool greater = false;
        if (place == ROW_IN_FORCE)
            st = is_greater(tables, table, ledger, ids[i], &greater, err);
        if (greater)
            continue;
        struct feed_value *row = feed_row(feed);
        row[0] = feed_int((int64_t)i);
        row[1] = feed_blob(slice_of(ids[i]->b, RECORD_ID_SIZE));
    }
    return st;
}

enum status record_load_many(struct record_tables *tables, enum row_place place, int64_t ledger,
                             const struct catalog_table *table, const struct record_id *const *ids,
                             size_t count, struct arena *arena, struct loaded_row *out,
                             struct error *err)
{
    struct feed feed;
    bool row = true;
    for (size_t i = 0; i < count; i++) {
        out[i] = (struct loaded_row){0};
        record_state_init(&out[i].record, table, ids[i], arena);
    }
    if (place == ROW_ADMITTED_ASIDE && !has_twin(tables->db, table))
        return ST_OK;
    feed_init(&feed, 2);
    enum status st = feed_ids(tables, place, ledger, table, ids, count, &feed, err);
    if (st == ST_OK && feed.rows) {
        struct stmt *stmt = statement(tables, table, place, STMT_LOAD);
        bind_int(stmt, 1, ledger);
        while (st == ST_OK && (st = stmt_step_fed(stmt, &feed, &row, err)) == ST_OK && row)
            st = read_row(stmt, prepared_for(tables, table), arena, &out[stmt_int(stmt, 0)], err);
        stmt_reset(stmt);
    }
    feed_release(&feed);
    return st;
}

enum status record_load(struct record_tables *tables, enum row_place place, int64_t ledger,
                        const struct catalog_table *table, const struct record_id *id,
                        struct arena *arena, struct loaded_row *out, struct error *err)
{
    return record_load_many(tables, place, ledger, table, &id, 1, arena, out, err);
}

/* JSON array of a set's elements; text is escaped as JSON asks. */
static void set_as_json(const struct field_state *field, struct arena *arena, struct buf *out)
{
    struct value *elements;
    size_t n = merge_set_elements(field, arena, &elements);
    buf_put_u8(out, '[');
    for (size_t i = 0; i < n; i++) {
        if (i)
            buf_put_u8(out, ',');
        buf_put_u8(out, '"');
        for (size_t k = 0; k < elements[i].s.n; k++) {
            uint8_t c = elements[i].s.p[k];
            if (elements[i].kind == VALUE_BYTES)
                buf_printf(out, "%02x", c);
            else if (c == '"' || c == '\\')
                buf_printf(out, "\\%c", c);
            else if (c < 0x20)
                buf_printf(out, "\\u%04x", c);
            else
                buf_put_u8(out, c);
        }
        buf_put_u8(out, '"');
    }
    buf_put_u8(out, ']');
}

static struct feed_value fed_value(const struct field_state *state, struct arena *arena)
{
    struct buf text;
    switch (state->value.kind) {
    case VALUE_INT:
        return feed_int(state->value.i);
    case VALUE_TEXT:
        return feed_text(state->value.s);
    case VALUE_BYTES:
        return feed_blob(state->value.s);
    case VALUE_DECIMAL:
        buf_init(&text, 64);
        format_decimal(&state->value, &text);
        struct slice copy = slice_of(arena_copy(arena, text.p, text.n), text.n);
        buf_release(&text);
        return feed_text(copy);
    case VALUE_NULL:
    case VALUE_ERASED: /* the version tells */
        break;
    }
    return (struct feed_value){.type = COLUMN_NULL};
}

static struct feed_value fed_set(const struct field_state *state, struct arena *arena)
{
    struct buf json;
    buf_init(&json, VERSION_MAX);
    set_as_json(state, arena, &json);
    struct slice copy = slice_of(arena_copy(arena, json.p, json.n), json.n);
    buf_release(&json);
    return feed_text(copy);
}

void record_save(struct record_tables *tables, enum row_place place, int64_t ledger,
                 const struct record_state *record, int extra_bits, struct arena *arena)
{
    struct prepared *p = prepared_for(tables, record->table);
    struct feed_value *row = feed_row(&p->waiting[place]);
    CHECK(tables->waiting == 0 || tables->waiting_ledger == ledger);
    tables->waiting++;
    tables->waiting_ledger = ledger;
    if (place == ROW_IN_FORCE && p->greatest_ledger == ledger &&
        memcmp(record->id.b, p->greatest.b, RECORD_ID_SIZE) > 0)
        p->greatest = record->id;
    buf_clear(&tables->version);
    version_pack(record, &tables->version);
    CHECK(buf_ok(&tables->version));
    row[FED_ID] =
        feed_blob(slice_of(arena_copy(arena, record->id.b, RECORD_ID_SIZE), RECORD_ID_SIZE));
    row[FED_STATE] =
        feed_int((record->live ? ROW_LIVE : 0) | (record->conflict ? ROW_CONFLICT : 0) |
                 (record->in_transit ? ROW_IN_TRANSIT : 0) | (record->move_count ? ROW_MOVED : 0) |
                 (record->late ? ROW_LATE : 0) | (record->link_count ? ROW_PAIRED : 0) |
                 (record->known || record->move_count ? 0 : ROW_NAMED) | extra_bits);
    row[FED_VERSION] = feed_blob(
        slice_of(arena_copy(arena, tables->version.p, tables->version.n), tables->version.n));
    for (size_t i = 0; i < p->column_count; i++) {
        const struct catalog_field *field = p->columns[i];
        const struct field_state *state = &record->fields[field->no];
        row[FED_FIELDS + i] =
            is_set(field) && state->claim_count ? fed_set(state, arena) : fed_value(state, arena);
    }
}

size_t record_waiting(const struct record_tables *tables)
{
    return tables->waiting;
}

void record_drop_waiting(struct record_tables *tables)
{
    for (size_t i = 0; i < tables->capacity && tables->waiting; i++)
        for (int place = 0; place < 2; place++) {
            tables->waiting -= tables->by_no[i].waiting[place].rows;
            feed_clear(&tables->by_no[i].waiting[place]);
        }
}

enum status record_flush(struct record_tables *tables, struct error *err)
{
    enum status st = ST_OK;
    for (size_t i = 0; i < tables->capacity && tables->waiting && st == ST_OK; i++)
        for (int place = 0; place < 2 && st == ST_OK; place++) {
            struct prepared *p = &tables->by_no[i];
            if (p->waiting[place].rows == 0)
                continue;
            st = place == ROW_ADMITTED_ASIDE ? need_twin(tables->db, p->table, err) : ST_OK;
            if (st != ST_OK)
                break;
            struct stmt *stmt = statement(tables, p->table, place, STMT_SAVE);
            bind_int(stmt, 1, tables->waiting_ledger);
            st = stmt_run_fed(stmt, &p->waiting[place], err);
            tables->waiting -= p->waiting[place].rows;
            feed_clear(&p->waiting[place]);
        }
    if (st != ST_OK)
        record_drop_waiting(tables);
    return st;
}

enum status record_remove(struct record_tables *tables, enum row_place place, int64_t ledger,
                          const struct catalog_table *table, const struct record_id *id,
                          struct error *err)
{
    if (place == ROW_ADMITTED_ASIDE && !has_twin(tables->db, table))
        return ST_OK;
    struct stmt *stmt = statement(tables, table, place, STMT_REMOVE);
    bind_int(stmt, 1, ledger);
    bind_blob(stmt, 2, slice_of(id->b, RECORD_ID_SIZE));
    return stmt_run(stmt, err);
}

enum status record_state_bits(struct record_tables *tables, int64_t ledger,
                              const struct catalog_table *table, const struct record_id *id,
                              bool *found, int *bits, struct error *err)
{
    struct stmt *stmt = statement(tables, table, ROW_IN_FORCE, STMT_BITS);
    bind_int(stmt, 1, ledger);
    bind_blob(stmt, 2, slice_of(id->b, RECORD_ID_SIZE));
    enum status st = stmt_step(stmt, found, err);
    *bits = st == ST_OK && *found ? (int)stmt_int(stmt, 0) : 0;
    stmt_reset(stmt);
    return st;
}

enum status record_set_state_bits(struct record_tables *tables, int64_t ledger,
                                  const struct catalog_table *table, const struct record_id *id,
                                  int bits, struct error *err)
{
    struct stmt *stmt = statement(tables, table, ROW_IN_FORCE, STMT_SET_BITS);
    bind_int(stmt, 1, ledger);
    bind_blob(stmt, 2, slice_of(id->b, RECORD_ID_SIZE));
    bind_int(stmt, 3, bits);
    return stmt_run(stmt, err);
}

enum status record_copy_aside(struct record_tables *tables, int64_t ledger,
                              const struct catalog_table *table, const struct record_id *id,
                              struct error *err)
{
    enum status st = need_twin(tables->db, table, err);
    if (st != ST_OK)
        return st;
    struct stmt *stmt = statement(tables, table, ROW_IN_FORCE, STMT_COPY);
    bind_int(stmt, 1, ledger);
    bind_blob(stmt, 2, slice_of(id->b, RECORD_ID_SIZE));
    return stmt_run(stmt, err);
}

enum status record_copy_back(struct record_tables *tables, int64_t ledger,
                             const struct catalog_table *table, const struct record_id *id,
                             int bits, struct error *err)
{
    if (!has_twin(tables->db, table))
        return ST_OK;
    struct stmt *stmt = statement(tables, table, ROW_IN_FORCE, STMT_COPY_BACK);
    bind_int(stmt, 1, ledger);
    bind_blob(stmt, 2, slice_of(id->b, RECORD_ID_SIZE));
    bind_int(stmt, 3, bits);
    return stmt_run(stmt, err);
}
