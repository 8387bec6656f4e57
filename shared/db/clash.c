/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * clash: the rules as questions to SQLite. See clash.h.
 *
 *   unique   SELECT keys … GROUP BY keys HAVING count(*) > 1, then the records of each group.
 *            Records that are one thing (links.h) are one key
 *   acyclic  all references of the field in memory, each followed until it ends or comes back
 */
#include "shared/db/clash.h"

#include <stdio.h>
#include <stdlib.h>

#include "shared/base/check.h"
#include "shared/codec/hex.h"
#include "shared/crypto/hash.h"
#include "shared/db/follow.h"
#include "shared/db/links.h"
#include "shared/db/record_tables.h"

#define SQL_MAX 16384

struct search {
    struct replica *rep;
    clash_visit *fn;
    void *arg;
    struct arena arena; /* reset for each clash */
    struct buf sql;
    bool links; /* some records are one thing */
    bool stopped;
};

static bool applicable(const struct catalog_table *table, const struct structure_rule *rule)
{
    bool there = record_tables_has(table);
    for (size_t i = 0; i < rule->key_count; i++)
        there = there && record_tables_has_column(rule->keys[i]);
    for (size_t i = 0; i < rule->where_count; i++)
        there = there && record_tables_has_column(rule->where[i].field);
    return there && (!rule->first || record_tables_has_column(rule->first));
}

static struct ledger *ledger_of(struct replica *rep, int64_t no)
{
    struct ledger *ledger = replica_ledger_by_no(rep, no);
    CHECK(ledger != NULL);
    return ledger;
}

static bool read_id(struct stmt *stmt, int column, struct record_id *out)
{
    struct slice id = stmt_blob(stmt, column);
    if (id.n != RECORD_ID_SIZE)
        return false;
    memcpy(out->b, id.p, RECORD_ID_SIZE);
    return true;
}

/* ---- unique ---- */

/* " FROM … WHERE …": live records that are counted here, with keys, meeting all conditions.
 * Parameters from ?1 on are the words of the conditions. */
static void put_from(struct buf *sql, const struct catalog_table *table,
                     const struct structure_rule *rule)
{
    int n = 1;
    buf_printf(sql, " FROM \"r_%s\" r WHERE _state & %d = %d", table->name, ROW_COUNTS, ROW_LIVE);
    for (size_t i = 0; i < rule->key_count; i++)
        buf_printf(sql, " AND \"%s\" IS NOT NULL", rule->keys[i]->name);
    for (size_t i = 0; i < rule->where_count; i++) {
        if (rule->where[i].text[0])
            buf_printf(sql, " AND \"%s\" = ?%d", rule->where[i].field->name, n++);
        else
            buf_printf(sql, " AND \"%s\" IS NULL", rule->where[i].field->name);
    }
}

static int bind_where(struct stmt *stmt, const struct structure_rule *rule)
{
    int n = 1;
    for (size_t i = 0; i < rule->where_count; i++)
        if (rule->where[i].text[0])
            bind_str(stmt, n++, rule->where[i].text);
    return n;
}

/* Where nobody links, the plain column: it has an index. */
static void put_key(struct search *s, const struct catalog_field *key)
{
    if (s->links)
        follow_expression(replica_catalog(s->rep), key, "r", &s->sql);
    else
        buf_printf(&s->sql, "r.\"%s\"", key->name);
}

static void put_keys(struct search *s, const struct structure_rule *rule)
{
    for (size_t i = 0; i < rule->key_count; i++) {
        buf_put_str(&s->sql, i ? ", " : "");
        put_key(s, rule->keys[i]);
    }
}

static enum status prepare(struct search *s, struct stmt **out, struct error *err)
{
    CHECK(buf_ok(&s->sql));
    enum status st = db_prepare(s->rep->db, buf_slice(&s->sql), out, err);
    buf_clear(&s->sql);
    return st;
}

/* Copies the keys of a group from its row to the statement that lists the group, and digests them.
 */
static void take_keys(struct stmt *groups, const struct structure_rule *rule, struct stmt *members,
                      int first, uint8_t key[static CLASH_KEY_SIZE])
{
    struct hash digest;
    struct buf all;
    buf_init(&all, SQL_MAX * 8);
    for (int i = 0; i < (int)rule->key_count; i++) {
        struct slice bytes = SLICE_NONE;
        switch (stmt_type(groups, i)) {
        case COLUMN_INT:
            bind_int(members, first + i, stmt_int(groups, i));
            buf_printf(&all, "%lld;", (long long)stmt_int(groups, i));
            continue;
        case COLUMN_BLOB:
            bytes = stmt_blob(groups, i);
            bind_blob(members, first + i, bytes);
            break;
        default:
            bytes = stmt_text(groups, i);
            bind_text(members, first + i, bytes);
        }
        buf_printf(&all, "%zu:", bytes.n);
        buf_put_slice(&all, bytes);
    }
    CHECK(buf_ok(&all));
    hash_bytes(buf_slice(&all), &digest);
    memcpy(key, digest.b, CLASH_KEY_SIZE);
    buf_release(&all);
}

static enum status read_members(struct search *s, struct stmt *stmt, struct clash *clash,
                                struct error *err)
{
    struct clash_member *members = NULL;
    size_t count = 0, capacity = 0;
    enum status st;
    bool row;
    while ((st = stmt_step(stmt, &row, err)) == ST_OK && row) {
        members = mem_grow(members, &capacity, count + 1, sizeof(*members));
        members[count].ledger = ledger_of(s->rep, stmt_int(stmt, 0));
        count += read_id(stmt, 1, &members[count].id);
    }
    if (count)
        clash->members = arena_copy(&s->arena, members, count * sizeof(*members));
    clash->count = count;
    mem_free(members);
    return st;
}

static void hand_out(struct search *s, const struct clash *clash)
{
    if (clash->count > 1)
        s->stopped = !s->fn(s->arg, clash);
    arena_reset(&s->arena);
}

static enum status search_unique(struct search *s, const struct catalog_table *table,
                                 const struct structure_rule *rule, struct error *err)
{
    struct stmt *groups = NULL, *members = NULL;
    bool row;
    buf_put_str(&s->sql, "SELECT ");
    put_keys(s, rule);
    put_from(&s->sql, table, rule);
    buf_put_str(&s->sql, " GROUP BY ");
    put_keys(s, rule);
    buf_put_str(&s->sql, " HAVING count(*) > 1");
    enum status st = prepare(s, &groups, err);
    if (st != ST_OK)
        return st;
    int first = bind_where(groups, rule);
    buf_put_str(&s->sql, "SELECT ledger, id");
    put_from(&s->sql, table, rule);
    for (size_t i = 0; i < rule->key_count; i++) {
        buf_put_str(&s->sql, " AND ");
        put_key(s, rule->keys[i]);
        buf_printf(&s->sql, " = ?%d", first + (int)i);
    }
    buf_put_str(&s->sql, " ORDER BY ");
    if (rule->first)
        buf_printf(&s->sql, "coalesce(\"%s\", ''), ", rule->first->name);
    buf_put_str(&s->sql, "id, ledger");
    st = prepare(s, &members, err);
    while (st == ST_OK && !s->stopped && (st = stmt_step(groups, &row, err)) == ST_OK && row) {
        struct clash clash = {.table = table, .rule = *rule};
        stmt_reset(members);
        bind_where(members, rule);
        take_keys(groups, rule, members, first, clash.key);
        st = read_members(s, members, &clash, err);
        if (st == ST_OK)
            hand_out(s, &clash);
    }
    stmt_release(groups);
    stmt_release(members);
    return st;
}

/* ---- acyclic ---- */

struct edge {
    struct clash_member from;
    struct record_id to;
    uint32_t walk;      /* the walk that came by, 0: none yet */
    int64_t written_ms; /* when the reference was written */
};

static int compare_edges(const void *a, const void *b)
{
    const struct edge *x = a, *y = b;
    return memcmp(x->from.id.b, y->from.id.b, RECORD_ID_SIZE);
}

static int compare_written(const void *a, const void *b)
{
    const struct edge *x = a, *y = b;
    if (x->written_ms != y->written_ms)
        return x->written_ms < y->written_ms ? -1 : 1;
    return compare_edges(a, b);
}

static enum status read_edges(struct search *s, const struct catalog_table *table,
                              const struct structure_rule *rule, struct edge **edges, size_t *count,
                              struct error *err)
{
    struct stmt *stmt = NULL;
    size_t capacity = 0;
    bool row;
    buf_put_str(&s->sql, "SELECT ledger, id, ");
    put_key(s, rule->keys[0]);
    put_from(&s->sql, table, rule);
    enum status st = prepare(s, &stmt, err);
    while (st == ST_OK && (st = stmt_step(stmt, &row, err)) == ST_OK && row) {
        *edges = mem_grow(*edges, &capacity, *count + 1, sizeof(**edges));
        struct edge *edge = &(*edges)[*count];
        *edge = (struct edge){.from.ledger = ledger_of(s->rep, stmt_int(stmt, 0))};
        *count += read_id(stmt, 1, &edge->from.id) && read_id(stmt, 2, &edge->to);
    }
    stmt_release(stmt);
    if (*count)
        qsort(*edges, *count, sizeof(**edges), compare_edges);
    return st;
}

static struct edge *next_edge(struct edge *edges, size_t count, const struct edge *edge)
{
    struct edge key = {.from.id = edge->to};
    return bsearch(&key, edges, count, sizeof(*edges), compare_edges);
}

/* The change that wrote the value in force. */
static enum status read_written(struct search *s, const struct catalog_table *table,
                                const struct structure_rule *rule, struct edge *edge,
                                struct error *err)
{
    struct record_state record;
    enum status st =
        materialise_load(s->rep, edge->from.ledger, table, &edge->from.id, &s->arena, &record, err);
    if (st != ST_OK)
        return st;
    const struct field_state *f = &record.fields[rule->keys[0]->no];
    for (uint32_t i = f->claim_count; i-- > 0;)
        if (value_equal(&f->claims[i].value, &f->value))
            edge->written_ms = f->claims[i].at.effective_ms;
    return ST_OK;
}

/* `start` is on a cycle. */
static enum status hand_out_cycle(struct search *s, const struct catalog_table *table,
                                  const struct structure_rule *rule, struct edge *edges,
                                  size_t count, struct edge *start, struct error *err)
{
    struct clash clash = {.table = table, .rule = *rule};
    struct edge *edge = start, *cycle;
    struct record_id smallest = start->from.id;
    struct hash digest;
    enum status st = ST_OK;
    do {
        clash.count++;
        if (memcmp(edge->from.id.b, smallest.b, RECORD_ID_SIZE) < 0)
            smallest = edge->from.id;
        edge = next_edge(edges, count, edge);
    } while (edge != start);
    cycle = arena_alloc(&s->arena, clash.count * sizeof(*cycle));
    for (size_t i = 0; i < clash.count && st == ST_OK; i++, edge = next_edge(edges, count, edge)) {
        st = read_written(s, table, rule, edge, err);
        cycle[i] = *edge;
    }
    if (st != ST_OK)
        return st;
    qsort(cycle, clash.count, sizeof(*cycle), compare_written);
    struct clash_member *members = arena_alloc(&s->arena, clash.count * sizeof(*members));
    for (size_t i = 0; i < clash.count; i++)
        members[i] = cycle[i].from;
    clash.members = members;
    hash_bytes(slice_of(smallest.b, RECORD_ID_SIZE), &digest);
    memcpy(clash.key, digest.b, CLASH_KEY_SIZE);
    if (clash.count == 1) { /* its own parent */
        s->stopped = !s->fn(s->arg, &clash);
        arena_reset(&s->arena);
    } else {
        hand_out(s, &clash);
    }
    return ST_OK;
}

static enum status search_cycles(struct search *s, const struct catalog_table *table,
                                 const struct structure_rule *rule, struct error *err)
{
    struct edge *edges = NULL;
    size_t count = 0;
    enum status st = read_edges(s, table, rule, &edges, &count, err);
    for (size_t i = 0; i < count && st == ST_OK && !s->stopped; i++) {
        uint32_t walk = (uint32_t)i + 1;
        struct edge *edge = &edges[i];
        while (edge && !edge->walk) {
            edge->walk = walk;
            edge = next_edge(edges, count, edge);
        }
        if (edge && edge->walk == walk)
            st = hand_out_cycle(s, table, rule, edges, count, edge, err);
    }
    mem_free(edges);
    return st;
}

/* ---- all of them ---- */

static enum status search_table(struct search *s, const struct catalog_table *table,
                                struct error *err)
{
    enum status st = ST_OK;
    for (size_t i = 0; i < table->rule_count && st == ST_OK && !s->stopped; i++) {
        struct structure_rule rule;
        if (!structure_rule(table, &table->rules[i], &rule) || !applicable(table, &rule))
            continue;
        st = rule.acyclic ? search_cycles(s, table, &rule, err)
                          : search_unique(s, table, &rule, err);
    }
    return st;
}

enum status clash_each(struct replica *rep, clash_visit *fn, void *arg, struct error *err)
{
    struct search s = {.rep = rep, .fn = fn, .arg = arg};
    const struct catalog *catalog = replica_catalog(rep);
    s.links = links_exist(rep);
    buf_init(&s.sql, SQL_MAX);
    enum status st = materialise_schema(rep, err);
    for (size_t i = 0; i < catalog->table_count && st == ST_OK && !s.stopped; i++)
        st = search_table(&s, catalog->tables[i], err);
    buf_release(&s.sql);
    arena_release(&s.arena);
    return st;
}

/* ---- ids ---- */

void clash_id_format(const struct clash *clash, char out[static CLASH_ID_TEXT])
{
    char hex[2 * CLASH_KEY_SIZE + 1];
    hex_encode(slice_of(clash->key, CLASH_KEY_SIZE), hex);
    snprintf(out, CLASH_ID_TEXT, "s%u.%u.%s", clash->table->no, clash->rule.rule->no, hex);
}

bool clash_id_is(const char *text)
{
    size_t n = strlen(text);
    return n > 1 && n < CLASH_ID_TEXT && text[0] == 's' && text[1] >= '1' && text[1] <= '9' &&
           strspn(text + 1, "0123456789abcdef.") == n - 1;
}

struct wanted {
    const char *id;
    struct arena *arena;
    struct clash *out;
    bool found;
};

static bool match(void *arg, const struct clash *clash)
{
    struct wanted *w = arg;
    char id[CLASH_ID_TEXT];
    clash_id_format(clash, id);
    if (strcmp(id, w->id) != 0)
        return true;
    *w->out = *clash;
    w->out->members = arena_copy(w->arena, clash->members, clash->count * sizeof(*clash->members));
    w->found = true;
    return false;
}

enum status clash_find(struct replica *rep, const char *id, struct arena *arena, struct clash *out,
                       struct error *err)
{
    struct wanted w = {.id = id, .arena = arena, .out = out};
    enum status st = clash_each(rep, match, &w, err);
    if (st == ST_OK && !w.found)
        st = error_set(err, ST_NOT_FOUND, "没有编号为 %s 的分歧，可能已经解决", id);
    return st;
}
