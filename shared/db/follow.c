/* SPDX-License-Identifier: MulanPSL-2.0 */
/* follow: see follow.h. */
#include "shared/db/follow.h"

#include "shared/base/check.h"
#include "shared/db/record_tables.h"

#define SQL_MAX 65536
#define ROUNDS_MAX 8 /* of "the rows that belong to it": measures of plans of households */

struct follow {
    struct db *db;
    const struct catalog *cat;
    bool *copied; /* by place in the catalog */
    struct buf sql;
};

static const struct catalog_table *target_of(const struct catalog *cat,
                                             const struct catalog_field *field)
{
    if (field->type != FIELD_REF || !record_tables_has_column(field))
        return NULL;
    const struct catalog_table *table = catalog_table_named(cat, slice_str(field->ref));
    return table && record_tables_has(table) ? table : NULL;
}

/* What a row belongs to. */
static const struct catalog_field *owner_field(const struct catalog *cat,
                                               const struct catalog_table *table)
{
    for (size_t i = 0; i < table->field_count; i++)
        if (table->fields[i]->required && target_of(cat, table->fields[i]))
            return table->fields[i];
    return NULL;
}

void follow_expression(const struct catalog *cat, const struct catalog_field *field,
                       const char *row, struct buf *out)
{
    const struct catalog_table *target = target_of(cat, field);
    if (target)
        buf_printf(out,
                   "coalesce((SELECT s.shown FROM same_as s WHERE s.tbl = %u AND s.id = %s.\"%s\"),"
                   " %s.\"%s\")",
                   target->no, row, field->name, row, field->name);
    else
        buf_printf(out, "%s.\"%s\"", row, field->name);
}

static enum status run(struct follow *f, struct error *err)
{
    CHECK(buf_ok(&f->sql));
    enum status st = db_exec(f->db, buf_cstr(&f->sql), err);
    buf_clear(&f->sql);
    return st;
}

/* Has the statement in f->sql a row with something other than 0? */
static enum status ask(struct follow *f, bool *yes, struct error *err)
{
    struct stmt *stmt = NULL;
    bool row = false;
    CHECK(buf_ok(&f->sql));
    enum status st = db_prepare(f->db, buf_slice(&f->sql), &stmt, err);
    if (st == ST_OK)
        st = stmt_step(stmt, &row, err);
    *yes = st == ST_OK && row && stmt_int(stmt, 0) != 0;
    stmt_release(stmt);
    buf_clear(&f->sql);
    return st;
}

static size_t place_of(const struct catalog *cat, const struct catalog_table *table)
{
    size_t i = 0;
    while (cat->tables[i] != table)
        i++;
    return i;
}

/* ---- copies ---- */

/* "_followed": some reference of this row was led elsewhere. */
static void put_copy(struct follow *f, const struct catalog_table *table)
{
    const struct catalog_field *owner = owner_field(f->cat, table);
    const struct catalog_table *of = owner ? target_of(f->cat, owner) : NULL;
    buf_printf(&f->sql, "CREATE TEMP TABLE \"r_%s\" AS SELECT ", table->name);
    if (of)
        buf_printf(&f->sql,
                   "coalesce((SELECT s.ledger FROM same_as s WHERE s.tbl = %u AND s.id = r.\"%s\"),"
                   " r.ledger)",
                   of->no, owner->name);
    else
        buf_put_str(&f->sql, "r.ledger");
    buf_put_str(&f->sql, " AS ledger, r.id AS id");
    for (size_t i = 0; i < table->field_count; i++) {
        if (!record_tables_has_column(table->fields[i]))
            continue;
        buf_put_str(&f->sql, ", ");
        follow_expression(f->cat, table->fields[i], "r", &f->sql);
        buf_printf(&f->sql, " AS \"%s\"", table->fields[i]->name);
    }
    buf_put_str(&f->sql, ", r._state AS _state, 0");
    for (size_t i = 0; i < table->field_count; i++) {
        const struct catalog_table *target = target_of(f->cat, table->fields[i]);
        if (target)
            buf_printf(&f->sql,
                       " OR EXISTS (SELECT 1 FROM same_as s WHERE s.tbl = %u AND s.id = r.\"%s\")",
                       target->no, table->fields[i]->name);
    }
    buf_printf(&f->sql,
               " AS _followed FROM main.\"r_%s\" r;"
               "CREATE INDEX temp.\"%s by place\" ON \"r_%s\"(ledger, id);"
               "CREATE INDEX temp.\"%s by id\" ON \"r_%s\"(id);",
               table->name, table->name, table->name, table->name, table->name);
    for (size_t i = 0; i < table->field_count; i++)
        if (target_of(f->cat, table->fields[i]))
            buf_printf(&f->sql, "CREATE INDEX temp.\"%s by %s\" ON \"r_%s\"(\"%s\");", table->name,
                       table->fields[i]->name, table->name, table->fields[i]->name);
}

static enum status copy(struct follow *f, const struct catalog_table *table, struct error *err)
{
    bool *copied = &f->copied[place_of(f->cat, table)];
    if (*copied)
        return ST_OK;
    *copied = true;
    put_copy(f, table);
    return run(f, err);
}

/* Does any row here refer to a record that is counted under another id? */
static enum status is_concerned(struct follow *f, const struct catalog_table *table, bool *yes,
                                struct error *err)
{
    buf_put_str(&f->sql, "SELECT 0");
    for (size_t i = 0; i < table->field_count; i++) {
        const struct catalog_table *target = target_of(f->cat, table->fields[i]);
        if (target)
            buf_printf(&f->sql,
                       " OR EXISTS (SELECT 1 FROM same_as s JOIN main.\"r_%s\" r ON r.\"%s\" = s.id"
                       " WHERE s.tbl = %u)",
                       table->name, table->fields[i]->name, target->no);
    }
    return ask(f, yes, err);
}

/* ---- rows that go along ---- */

/* Rows whose owner is counted in another ledger now. *any: there were some. */
static enum status move_owned(struct follow *f, const struct catalog_table *table, bool *any,
                              struct error *err)
{
    const struct catalog_field *owner = owner_field(f->cat, table);
    const struct catalog_table *of = owner ? target_of(f->cat, owner) : NULL;
    bool moves = false;
    if (!of || !f->copied[place_of(f->cat, of)])
        return ST_OK;
    const bool has_copy = f->copied[place_of(f->cat, table)];
    const char *from = has_copy ? "temp" : "main";
    buf_printf(&f->sql,
               "SELECT EXISTS (SELECT 1 FROM temp.\"r_%s\" o JOIN %s.\"r_%s\" r ON r.\"%s\" = o.id"
               " WHERE o._followed AND o._state & %d = %d AND r.ledger <> o.ledger)",
               of->name, from, table->name, owner->name, ROW_COUNTS, ROW_LIVE);
    enum status st = ask(f, &moves, err);
    if (st != ST_OK || !moves)
        return st;
    *any = true;
    st = copy(f, table, err);
    if (st != ST_OK)
        return st;
    buf_printf(&f->sql,
               "UPDATE temp.\"r_%s\" SET _followed = 1, ledger = o.ledger FROM temp.\"r_%s\" o"
               " WHERE o.id = \"r_%s\".\"%s\" AND o._followed AND o._state & %d = %d"
               " AND \"r_%s\".ledger <> o.ledger",
               table->name, of->name, table->name, owner->name, ROW_COUNTS, ROW_LIVE, table->name);
    return run(f, err);
}

/* ---- stand-ins ---- */

static enum status stand_in(struct follow *f, const struct catalog_table *table,
                            const struct catalog_field *field, struct error *err)
{
    const struct catalog_table *target = target_of(f->cat, field);
    bool missing = false;
    buf_printf(&f->sql,
               "SELECT EXISTS (SELECT 1 FROM temp.\"r_%s\" r WHERE r._followed"
               " AND r.\"%s\" IS NOT NULL AND NOT EXISTS (SELECT 1 FROM \"r_%s\" x"
               " WHERE x.ledger = r.ledger AND x.id = r.\"%s\"))",
               table->name, field->name, target->name, field->name);
    enum status st = ask(f, &missing, err);
    if (st == ST_OK && missing)
        st = copy(f, target, err);
    if (st != ST_OK || !missing)
        return st;
    buf_printf(&f->sql, "INSERT INTO temp.\"r_%s\" SELECT DISTINCT r.ledger, g.id", target->name);
    for (size_t i = 0; i < target->field_count; i++)
        if (record_tables_has_column(target->fields[i]))
            buf_printf(&f->sql, ", g.\"%s\"", target->fields[i]->name);
    buf_printf(&f->sql,
               ", g._state | %d, 0 FROM temp.\"r_%s\" r JOIN temp.\"r_%s\" g ON g.id = r.\"%s\""
               " WHERE r._followed AND g._state & %d = %d AND NOT EXISTS (SELECT 1"
               " FROM temp.\"r_%s\" x WHERE x.ledger = r.ledger AND x.id = g.id)",
               ROW_LINKED, table->name, target->name, field->name, ROW_COUNTS, ROW_LIVE,
               target->name);
    return run(f, err);
}

static enum status stand_ins(struct follow *f, const struct catalog_table *table, struct error *err)
{
    enum status st = ST_OK;
    for (size_t i = 0; i < table->field_count && st == ST_OK; i++)
        if (target_of(f->cat, table->fields[i]))
            st = stand_in(f, table, table->fields[i], err);
    return st;
}

/* ---- all of it ---- */

static enum status follow_all(struct follow *f, struct error *err)
{
    const struct catalog *cat = f->cat;
    enum status st = ST_OK;
    bool any = true;
    for (size_t i = 0; i < cat->table_count && st == ST_OK; i++) {
        bool concerned = false;
        if (record_tables_has(cat->tables[i]))
            st = is_concerned(f, cat->tables[i], &concerned, err);
        if (st == ST_OK && concerned)
            st = copy(f, cat->tables[i], err);
    }
    for (int round = 0; any && round < ROUNDS_MAX && st == ST_OK; round++) {
        any = false;
        for (size_t i = 0; i < cat->table_count && st == ST_OK; i++)
            if (record_tables_has(cat->tables[i]))
                st = move_owned(f, cat->tables[i], &any, err);
    }
    for (size_t i = 0; i < cat->table_count && st == ST_OK; i++)
        if (f->copied[i])
            st = stand_ins(f, cat->tables[i], err);
    return st;
}

enum status follow_links(struct db *db, const struct catalog *cat, struct error *err)
{
    struct follow f = {.db = db, .cat = cat};
    bool any = false;
    buf_init(&f.sql, SQL_MAX);
    buf_put_str(&f.sql, "SELECT EXISTS (SELECT 1 FROM same_as)");
    enum status st = ask(&f, &any, err);
    f.copied = mem_zero_alloc(cat->table_count + 1, sizeof(*f.copied));
    if (st == ST_OK && any)
        st = follow_all(&f, err);
    mem_free(f.copied);
    buf_release(&f.sql);
    return st;
}
