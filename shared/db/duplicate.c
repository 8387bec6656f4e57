/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * duplicate: two questions to SQLite, each in the order of what must agree; neighbours that agree
 * are a group, and its pairs are looked at. See duplicate.h.
 */
#include "shared/db/duplicate.h"

#include "shared/base/check.h"
#include "shared/db/materialise.h"
#include "shared/record/alike.h"

#define GROUP_MAX \
    1024 /* records of one day or one id: more is bad data, and the first are enough */

struct candidate {
    struct record_id id;
    struct ledger *ledger;
    struct slice name; /* similar: as written */
    bool has_id;
};

struct search {
    struct replica *rep;
    const struct catalog_table *table;
    duplicate_visit *fn;
    void *arg;
    bool certain, links, stopped;
    struct arena arena; /* of the group */
    struct slice key;   /* of the group */
    size_t count;
    struct candidate *group;
};

static const struct catalog_field *column(const struct catalog_table *table, const char *name)
{
    const struct catalog_field *field = catalog_field_named(table, slice_str(name));
    return field && record_tables_has_column(field) ? field : NULL;
}

/* What tells people apart for certain, as SQL: "r.id_hash", or with the number itself beside it. */
static bool put_id(const struct catalog_table *table, struct buf *sql)
{
    bool hash = column(table, "id_hash"), number = column(table, "id_no");
    if (hash)
        buf_put_str(sql, number ? "coalesce(r.id_hash, r.id_no)" : "r.id_hash");
    return hash;
}

/* Has anybody said that something of the one is not something of the other? */
static enum status said_apart(struct search *s, const struct candidate *a,
                              const struct candidate *b, bool *apart, struct error *err)
{
    struct arena arena = {0};
    struct record_id *x, *y;
    size_t n, m;
    enum status st = links_component(s->rep, s->table, &a->id, &arena, &x, &n, err);
    if (st == ST_OK)
        st = links_component(s->rep, s->table, &b->id, &arena, &y, &m, err);
    for (size_t i = 0; st == ST_OK && i < n && !*apart; i++)
        for (size_t k = 0; st == ST_OK && k < m && !*apart; k++) {
            enum link_word word;
            st = links_word(s->rep, s->table, &x[i], &y[k], &word, err);
            *apart = word == LINK_APART;
        }
    arena_release(&arena);
    return st;
}

static enum status look_at(struct search *s, const struct candidate *a, const struct candidate *b,
                           struct error *err)
{
    bool apart = false;
    if (record_id_equal(&a->id, &b->id))
        return ST_OK;
    if (!s->certain && ((a->has_id && b->has_id) || !alike_names(a->name, b->name)))
        return ST_OK;
    enum status st = s->links ? said_apart(s, a, b, &apart, err) : ST_OK;
    if (st != ST_OK || apart)
        return st;
    s->stopped = !s->fn(s->arg, &(struct duplicate){.table = s->table,
                                                    .ids = {a->id, b->id},
                                                    .ledgers = {a->ledger, b->ledger},
                                                    .certain = s->certain});
    return ST_OK;
}

static enum status end_group(struct search *s, struct error *err)
{
    enum status st = ST_OK;
    for (size_t i = 0; i < s->count; i++)
        for (size_t k = i + 1; k < s->count && st == ST_OK && !s->stopped; k++)
            st = look_at(s, &s->group[i], &s->group[k], err);
    s->count = 0;
    arena_reset(&s->arena);
    return st;
}

/* Columns: what must agree, id, ledger, name, whether it has an id. */
static enum status take_row(struct search *s, struct stmt *stmt, struct error *err)
{
    struct slice key = stmt_text(stmt, 0), id = stmt_blob(stmt, 1), name;
    enum status st = ST_OK;
    if (s->count && !slice_equal(key, s->key))
        st = end_group(s, err);
    struct candidate *c = &s->group[s->count];
    *c = (struct candidate){.ledger = replica_ledger_by_no(s->rep, stmt_int(stmt, 2)),
                            .has_id = stmt_int(stmt, 4) != 0};
    if (st != ST_OK || s->count == GROUP_MAX || id.n != RECORD_ID_SIZE || !c->ledger)
        return st;
    if (s->count++ == 0) {
        key = stmt_text(stmt, 0);
        s->key = slice_of(arena_copy(&s->arena, key.p, key.n), key.n);
    }
    memcpy(c->id.b, id.p, RECORD_ID_SIZE);
    name = stmt_text(stmt, 3);
    c->name = slice_of(arena_copy(&s->arena, name.p, name.n), name.n);
    return ST_OK;
}

static enum status search(struct search *s, struct buf *sql, struct error *err)
{
    struct stmt *stmt = NULL;
    bool row;
    CHECK(buf_ok(sql));
    enum status st = db_prepare(s->rep->db, buf_slice(sql), &stmt, err);
    buf_clear(sql);
    while (st == ST_OK && !s->stopped && (st = stmt_step(stmt, &row, err)) == ST_OK && row)
        st = take_row(s, stmt, err);
    stmt_release(stmt);
    return st == ST_OK ? end_group(s, err) : st;
}

static void put_certain(const struct catalog_table *table, struct buf *sql)
{
    buf_put_str(sql, "SELECT k, id, ledger, '', 1 FROM (SELECT ");
    put_id(table, sql);
    buf_printf(sql,
               " AS k, r.id AS id, r.ledger AS ledger FROM \"r_%s\" r WHERE r._state & %d = %d)"
               " WHERE k IN (SELECT ",
               table->name, ROW_COUNTS, ROW_LIVE);
    put_id(table, sql);
    buf_printf(sql,
               " AS n FROM \"r_%s\" r WHERE r._state & %d = %d AND n IS NOT NULL GROUP BY n"
               " HAVING count(*) > 1) ORDER BY k, id, ledger",
               table->name, ROW_COUNTS, ROW_LIVE);
}

static void put_similar(const struct catalog_table *table, bool has_id, struct buf *sql)
{
    buf_put_str(sql, "SELECT r.birth, r.id, r.ledger, r.name, ");
    if (has_id) {
        put_id(table, sql);
        buf_put_str(sql, " IS NOT NULL");
    } else {
        buf_put_str(sql, "0");
    }
    buf_printf(sql,
               " FROM \"r_%s\" r WHERE r._state & %d = %d AND r.birth IS NOT NULL"
               " AND r.name IS NOT NULL ORDER BY r.birth, r.id, r.ledger",
               table->name, ROW_COUNTS, ROW_LIVE);
}

static enum status search_table(struct search *s, const struct catalog_table *table,
                                struct error *err)
{
    struct buf sql;
    enum status st = ST_OK;
    bool has_id = column(table, "id_hash") != NULL;
    s->table = table;
    buf_init(&sql, 4096);
    if (has_id) {
        s->certain = true;
        put_certain(table, &sql);
        st = search(s, &sql, err);
    }
    if (st == ST_OK && !s->stopped && column(table, "name") && column(table, "birth")) {
        s->certain = false;
        put_similar(table, has_id, &sql);
        st = search(s, &sql, err);
    }
    buf_release(&sql);
    return st;
}

enum status duplicate_each(struct replica *rep, duplicate_visit *fn, void *arg, struct error *err)
{
    struct search s = {.rep = rep, .fn = fn, .arg = arg, .links = links_exist(rep)};
    const struct catalog *catalog = replica_catalog(rep);
    enum status st = materialise_schema(rep, err);
    s.group = mem_alloc((GROUP_MAX + 1) * sizeof(*s.group));
    for (size_t i = 0; i < catalog->table_count && st == ST_OK && !s.stopped; i++)
        if (record_tables_has(catalog->tables[i]))
            st = search_table(&s, catalog->tables[i], err);
    mem_free(s.group);
    arena_release(&s.arena);
    return st;
}
