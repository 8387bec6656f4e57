/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * tamper: somebody with the database file and all the time in the world. Each trial changes one
 * thing in the enduring tables by chance: a bit, a number, a row dropped, two rows or values
 * swapped, a row replayed in the place of another, a value cut short. Every one must be found by
 * opening and auditing. One altered value of a changeset or its leaf must be named with ledger,
 * author and number; where a whole row is gone or has become another, nothing here says whose it
 * was, and its ledger must be named.
 *
 *   TRIALS=10000 SEED=1 build/tests/unit/db/test_tamper
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "shared/base/check.h"
#include "shared/db/audit.h"
#include "shared/db/cosigned.h"
#include "tests/harness/world.h"

#define TRIALS_DEFAULT 300
#define VILLAGES 2
#define PEOPLE 3
#define CHANGESETS 12 /* in each village */

static struct world w;
static struct person people[PEOPLE * VILLAGES];
static uint64_t luck;

static const char *const sql =
    "INSERT INTO migration VALUES (1, 'card');"
    "INSERT INTO tables(no, name, zh, en) VALUES (1, 'card', '卡', 'card');"
    "INSERT INTO fields(tbl, no, name, zh, type, policy) VALUES"
    " ('card', 1, 'code', '编号', 'text', 'lww');";

/* What endures, and so is what people could want to forge. All else is made anew from it. */
static const struct table {
    const char *name, *key;
    const char *columns[16];
} tables[] = {
    {"ledger", "no", {"no", "origin", "size", "frontier", "checkpoint", "epoch"}},
    {"chain", "no", {"no", "ledger", "kid", "chain"}},
    {"leaf",
     "ledger, idx",
     {"ledger", "idx", "changeset", "id", "admitted_ms", "registry_size", "root"}},
    {"changeset",
     "no",
     {"no", "ledger", "chain", "number", "id", "first_seq", "count", "base_size", "idx", "cose",
      "salts", "columns", "digest"}},
    {"authority_op", "leaf, position, step", {"leaf", "position", "step", "author", "op"}},
    {"replica_setting", "name", {"name", "value"}},
    {"cosigned", "ledger", {"ledger", "size", "checkpoint"}},
};

static uint32_t draw(uint32_t below)
{
    luck += UINT64_C(0x9E3779B97F4A7C15);
    uint64_t z = luck;
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return (uint32_t)((z ^ (z >> 31)) % below);
}

/* ---- a county ---- */

static void sign_head(struct ledger *ledger)
{
    struct checkpoint head = {ledger->origin, ledger->tree.size, ledger->root};
    struct buf text;
    buf_init(&text, CHECKPOINT_MAX);
    checkpoint_sign(&head, w.log, &text);
    replica_set_checkpoint(w.rep, ledger, buf_slice(&text));
    /* As if it stood with a witness, too. Whose lines follow only who has their keys can tell. */
    CHECK(cosigned_write(w.rep, ledger, head.size, buf_slice(&text), NULL) == ST_OK);
    buf_release(&text);
}

static void save(struct ledger *ledger, struct person *who, unsigned n)
{
    struct arena arena = {0};
    struct slice bodies[3];
    struct made made;
    for (unsigned i = 0; i < 3; i++) {
        struct record_id id = world_id(n + i);
        struct op_field field = {1, value_text(slice_str(arena_printf(&arena, "%u-%u", n, i)))};
        bodies[i] = world_put(&arena, catalog_table(replica_catalog(w.rep), 1), &id, &field, 1);
    }
    world_make(&w, ledger, who, ledger->tree.size, bodies, 3, &arena, &made);
    world_admit(&w, ledger, &made);
    arena_release(&arena);
}

static int found_county(void **state)
{
    static const char *const codes[VILLAGES] = {"622924101001", "622924101002"};
    const char *seed = getenv("SEED");
    (void)state;
    luck = seed ? strtoull(seed, NULL, 10) : 1;
    world_init(&w, NULL);
    world_catalog(&w, sql);
    for (unsigned i = 0; i < PEOPLE * VILLAGES; i++)
        world_grant(&w, &people[i], i + 1, "village", codes[i / PEOPLE]);
    for (unsigned v = 0; v < VILLAGES; v++) {
        struct ledger *ledger = world_ledger(&w, codes[v]);
        for (unsigned i = 0; i < CHANGESETS; i++)
            save(ledger, &people[v * PEOPLE + i % PEOPLE], i);
        sign_head(ledger);
    }
    sign_head(w.rep->registry_ledger);
    /* Of the settings the others say only how far derived tables have come. */
    return db_exec(w.db, "DELETE FROM replica_setting WHERE name NOT IN ('registry', 'root_kid')",
                   NULL) == ST_OK
               ? 0
               : -1;
}

static int close_county(void **state)
{
    (void)state;
    for (unsigned i = 0; i < PEOPLE * VILLAGES; i++)
        sign_key_release(people[i].key);
    if (w.rep)
        world_release(&w);
    return 0;
}

/* ---- what is looked for ---- */

/* The changeset whose row, leaf or chain is tampered with; ledger "": not about one. */
struct victim {
    char ledger[ORIGIN_MAX + 1];
    struct hash author;
    uint64_t number;
};

struct verdict {
    const struct victim *victim;
    const char *ledger; /* being audited */
    unsigned damage, named, in_ledger;
    bool opened;
    char text[512];
};

static void note(void *arg, const struct finding *finding)
{
    struct verdict *v = arg;
    if (!finding->damage)
        return;
    if (v->damage++ == 0)
        snprintf(v->text, sizeof(v->text), "%s: %s %s", v->ledger, finding->code, finding->text);
    bool ledger = strcmp(v->ledger, v->victim->ledger) == 0;
    v->in_ledger += ledger;
    v->named += ledger && hash_equal(&finding->author, &v->victim->author) &&
                finding->number == v->victim->number;
}

static struct verdict audit(const struct victim *victim)
{
    struct verdict v = {.victim = victim};
    struct error err = {0};
    replica_close(w.rep); /* a program that starts knows nothing from before */
    w.rep = NULL;
    if (replica_open(w.db, &w.rep, &err) != ST_OK) {
        assert_int_equal(err.status, ST_DAMAGED);
        snprintf(v.text, sizeof(v.text), "%.500s", err.text);
        v.damage = 1;
        return v;
    }
    v.opened = true;
    if (w.rep->ledger_count == 0)
        v.damage = 1; /* nothing to show: a founded county has its registry */
    for (size_t i = 0; i < w.rep->ledger_count; i++) {
        bool ok;
        v.ledger = w.rep->ledgers[i]->origin.text;
        if (audit_ledger(w.rep, w.rep->ledgers[i], AUDIT_COUNTY, note, &v, NULL, &ok, &err) !=
            ST_OK)
            v.damage++; /* the database itself says no */
    }
    return v;
}

/* ---- tampering ---- */

static bool run(const char *text)
{
    return db_exec(w.db, text, NULL) == ST_OK && db_changes(w.db) > 0;
}

static const char *ask(struct arena *arena, const char *text)
{
    return world_sql(&w, arena, "%s", text);
}

/* A condition that picks one row by chance. */
static const char *pick(struct arena *arena, const struct table *table)
{
    const char *count = ask(arena, arena_printf(arena, "SELECT count(*) FROM %s", table->name));
    return arena_printf(arena, "(%s) = (SELECT %s FROM %s ORDER BY %s LIMIT 1 OFFSET %u)",
                        table->key, table->key, table->name, table->key,
                        draw((uint32_t)strtoul(count, NULL, 10)));
}

static const char *column_of(const struct table *table)
{
    unsigned n = 0;
    while (n < ARRAY_LENGTH(table->columns) && table->columns[n])
        n++;
    return table->columns[draw(n)];
}

static bool flip(struct arena *arena, const struct table *table, const char *where)
{
    const char *column = column_of(table);
    const char *type = ask(arena, arena_printf(arena, "SELECT typeof(%s) FROM %s WHERE %s", column,
                                               table->name, where));
    if (strcmp(type, "integer") == 0)
        return run(arena_printf(arena, "UPDATE %s SET %s = (%s | %u) - (%s & %u) WHERE %s",
                                table->name, column, column, 1u << draw(6), column, 1u << draw(6),
                                where));
    const char *hex = ask(
        arena, arena_printf(arena, "SELECT hex(%s) FROM %s WHERE %s", column, table->name, where));
    size_t n = strlen(hex) / 2;
    if (n == 0)
        return false;
    size_t at = draw((uint32_t)n);
    char *digits = mem_strdup(hex);
    unsigned byte;
    sscanf(digits + 2 * at, "%2x", &byte);
    byte ^= 1u << draw(strcmp(type, "text") == 0 ? 7 : 8);
    const char *done =
        arena_printf(arena, "UPDATE %s SET %s = CAST(x'%.*s%02X%s' AS %s) WHERE %s", table->name,
                     column, (int)(2 * at), digits, byte, digits + 2 * at + 2,
                     strcmp(type, "text") == 0 ? "TEXT" : "BLOB", where);
    mem_free(digits);
    return (byte != 0 || strcmp(type, "text") != 0) && run(done);
}

static bool drop(struct arena *arena, const struct table *table, const char *where)
{
    if (strcmp(table->name, "cosigned") == 0)
        return false; /* no witness has signed yet: no harm can be told from that */
    return run(arena_printf(arena, "DELETE FROM %s WHERE %s", table->name, where));
}

static bool cut(struct arena *arena, const struct table *table, const char *where)
{
    const char *column = column_of(table);
    return run(arena_printf(arena,
                            "UPDATE %s SET %s = substr(%s, 1, length(%s) * %u / 100) WHERE %s AND"
                            " typeof(%s) <> 'integer' AND length(%s) > 0",
                            table->name, column, column, column, draw(100), where, column, column));
}

/* One value, taken from another row. */
static bool replay(struct arena *arena, const struct table *table, const char *where)
{
    const char *column = column_of(table);
    return run(arena_printf(arena, "UPDATE %s SET %s = (SELECT %s FROM %s WHERE %s) WHERE %s",
                            table->name, column, column, table->name, pick(arena, table), where));
}

/* The content of another row, all but its key. */
static bool replace_row(struct arena *arena, const struct table *table, const char *where)
{
    const char *other = pick(arena, table), *set = "";
    for (size_t i = 0; i < ARRAY_LENGTH(table->columns) && table->columns[i]; i++)
        if (!strstr(table->key, table->columns[i]) && strcmp(table->columns[i], "id") != 0)
            set =
                arena_printf(arena, "%s%s%s = (SELECT %s FROM %s WHERE %s)", set, *set ? ", " : "",
                             table->columns[i], table->columns[i], table->name, other);
    return *set && run(arena_printf(arena, "UPDATE %s SET %s WHERE %s", table->name, set, where));
}

/* Two rows exchange their keys: the order of a ledger, or whose chain is whose. */
static bool swap(struct arena *arena, const struct table *table, const char *where)
{
    const char *column = strcmp(table->name, "leaf") == 0 ? "idx" : "no";
    const char *other = pick(arena, table);
    if (strcmp(table->name, "leaf") != 0 && strcmp(table->name, "changeset") != 0 &&
        strcmp(table->name, "chain") != 0)
        return false;
    const char *a =
        ask(arena, arena_printf(arena, "SELECT %s FROM %s WHERE %s", column, table->name, where));
    const char *b =
        ask(arena, arena_printf(arena, "SELECT %s FROM %s WHERE %s", column, table->name, other));
    if (strcmp(a, b) == 0)
        return false;
    if (strcmp(column, "idx") == 0) { /* within one ledger */
        const char *ledger =
            ask(arena, arena_printf(arena, "SELECT ledger FROM leaf WHERE %s", where));
        const char *here = arena_printf(arena, "WHERE ledger = %s AND idx =", ledger);
        return run(arena_printf(arena, "UPDATE leaf SET idx = -7 %s %s", here, a)) &&
               run(arena_printf(arena, "UPDATE leaf SET idx = %s %s %s", a, here, b)) &&
               run(arena_printf(arena, "UPDATE leaf SET idx = %s %s -7", b, here));
    }
    return run(arena_printf(arena, "UPDATE %s SET no = -7 WHERE no = %s", table->name, a)) &&
           run(arena_printf(arena, "UPDATE %s SET no = %s WHERE no = %s", table->name, a, b)) &&
           run(arena_printf(arena, "UPDATE %s SET no = %s WHERE no = -7", table->name, b));
}

static const struct harm {
    bool (*run)(struct arena *, const struct table *, const char *);
    bool one_value;
} harms[] = {{flip, true},         {drop, false}, {cut, true}, {replay, true},
             {replace_row, false}, {swap, false}, {flip, true}};

/* Which changeset the row belongs to, before it is touched. */
static void find_victim(struct arena *arena, const struct table *table, const char *where,
                        struct victim *out)
{
    static const char *const joins[][2] = {
        {"leaf", "JOIN changeset c ON c.no = x.changeset"},
        {"changeset", "JOIN changeset c ON c.no = x.no"},
    };
    *out = (struct victim){0};
    for (size_t i = 0; i < ARRAY_LENGTH(joins); i++) {
        if (strcmp(joins[i][0], table->name) != 0)
            continue;
        const char *from =
            arena_printf(arena,
                         "FROM (SELECT * FROM %s WHERE %s) x %s JOIN chain n ON n.no = c.chain"
                         " JOIN ledger l ON l.no = c.ledger",
                         table->name, where, joins[i][1]);
        snprintf(out->ledger, sizeof(out->ledger), "%s",
                 ask(arena, arena_printf(arena, "SELECT l.origin %s", from)));
        out->number =
            strtoull(ask(arena, arena_printf(arena, "SELECT c.number %s", from)), NULL, 10);
        const char *kid = ask(arena, arena_printf(arena, "SELECT hex(n.kid) %s", from));
        for (size_t k = 0; k < HASH_SIZE && kid[2 * k]; k++)
            sscanf(kid + 2 * k, "%2hhx", &out->author.b[k]);
    }
}

/* All that endures, as one hash: did anything change at all? */
static struct hash fingerprint(void)
{
    struct hash all = {{0}};
    for (size_t t = 0; t < ARRAY_LENGTH(tables); t++) {
        struct stmt *stmt;
        struct buf text;
        bool row;
        buf_init(&text, 16 * 1024 * 1024);
        buf_printf(&text, "SELECT ");
        for (size_t i = 0; i < ARRAY_LENGTH(tables[t].columns) && tables[t].columns[i]; i++)
            buf_printf(&text, "%squote(%s)", i ? " || '|' || " : "", tables[t].columns[i]);
        buf_printf(&text, " FROM %s ORDER BY %s", tables[t].name, tables[t].key);
        assert_int_equal(db_prepare(w.db, buf_slice(&text), &stmt, NULL), ST_OK);
        buf_clear(&text);
        buf_put(&text, all.b, HASH_SIZE);
        while (stmt_step(stmt, &row, NULL) == ST_OK && row)
            buf_put_slice(&text, stmt_text(stmt, 0));
        hash_bytes(buf_slice(&text), &all);
        stmt_release(stmt);
        buf_release(&text);
    }
    return all;
}

static void restore(void)
{
    assert_int_equal(db_exec(w.db, "ROLLBACK TO whole; RELEASE whole", NULL), ST_OK);
}

/* *did: what was done, for the report. False: this draw changed nothing. */
static bool tamper(struct arena *arena, struct victim *victim, char did[static 64], bool *one_value,
                   const struct hash *whole)
{
    const struct table *table = &tables[draw(ARRAY_LENGTH(tables))];
    unsigned harm = draw(ARRAY_LENGTH(harms));
    const char *where = pick(arena, table);
    find_victim(arena, table, where, victim);
    snprintf(did, 64, "%s %u", table->name, harm);
    *one_value = harms[harm].one_value;
    if (!harms[harm].run(arena, table, where))
        return false;
    struct hash now = fingerprint();
    return !hash_equal(&now, whole);
}

static void everything_is_found_and_named(void **state)
{
    (void)state;
    const char *given = getenv("TRIALS");
    unsigned trials = given ? (unsigned)strtoul(given, NULL, 10) : TRIALS_DEFAULT;
    struct hash whole = fingerprint();
    struct arena arena = {0};
    struct victim victim = {{0}};
    unsigned done = 0, named = 0, of_changesets = 0;

    assert_int_equal(audit(&victim).damage, 0);
    while (done < trials) {
        char did[64];
        bool one_value;
        uint64_t before = luck;
        assert_int_equal(db_exec(w.db, "SAVEPOINT whole", NULL), ST_OK);
        if (tamper(&arena, &victim, did, &one_value, &whole)) {
            struct verdict v = audit(&victim);
            done++;
            if (v.damage == 0)
                fail_msg("not found: %s (luck %llu)", did, (unsigned long long)before);
            if (*victim.ledger && v.opened) {
                of_changesets++;
                named += v.named > 0;
                if (one_value ? v.named == 0 : v.in_ledger == 0)
                    fail_msg("not named: %s, %s (luck %llu)", did, v.text,
                             (unsigned long long)before);
            }
        }
        restore();
        arena_reset(&arena);
    }
    assert_int_equal(audit(&victim).damage, 0);
    print_message("%u tampered, all found; author and number named in %u of %u about a "
                  "changeset, the ledger in all\n",
                  done, named, of_changesets);
    arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(everything_is_found_and_named)};
    return cmocka_run_group_tests(tests, found_county, close_county);
}
