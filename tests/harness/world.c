/* SPDX-License-Identifier: MulanPSL-2.0 */
/* world: a county in one process. See world.h. */
#include "tests/harness/world.h"

#include <stdarg.h>
#include <stdio.h>

#include "shared/base/check.h"
#include "shared/codec/framing.h"
#include "shared/db/catalog_sql.h"
#include "shared/db/migrate.h"
#include "shared/db/moves.h"

static const char *const registry_code = "guanghe.example/622924000000";

#define MUST(call)                                          \
    do {                                                    \
        struct error must_error = {0};                      \
        struct error *err = &must_error;                    \
        if ((call) != ST_OK)                                \
            check_failed(must_error.text, __LINE__, #call); \
    } while (0)

static void seed_bytes(unsigned n, uint8_t out[static 32])
{
    uint8_t in[8];
    struct hash h;
    put_u64be(in, n);
    hash_bytes(slice_of(in, 8), &h);
    memcpy(out, h.b, 32);
}

static struct sign_key *make_key(unsigned n)
{
    uint8_t seed[32];
    seed_bytes(n, seed);
    return sign_key_from_seed(seed);
}

/* One changeset of these bodies by `key` continuing `head`, on this base and one dep or NULL. */
static void make_changeset(struct world *w, struct ledger *ledger, struct sign_key *key,
                           struct chain_head *head, uint64_t base_size, const struct segment *dep,
                           const struct slice *bodies, size_t count, struct arena *arena,
                           struct made *out)
{
    struct chain_open *open = arena_alloc(arena, sizeof *open);
    struct chain_base base = {.size = base_size, .dep_count = dep != NULL};
    struct segment_known known;
    struct buf columns;
    uint8_t seed[32];
    bool registry = ledger == w->rep->registry_ledger;
    head->kid = *sign_key_kid(key);
    CHECK(replica_root_at(w->rep, ledger, base_size, &base.root));
    base.registry_size = registry ? base_size : w->rep->registry_ledger->tree.size;
    base.registry_root = registry ? base.root : w->rep->registry_ledger->root;
    seed_bytes(1000000 + w->next_seed++, seed);
    if (dep)
        base.deps[0] = dep->id;
    chain_begin(open, head, &base, seed);
    out->segment = (struct segment){.has_seed = true};
    out->segment.changes = arena_alloc(arena, count * sizeof *out->segment.changes);
    for (size_t i = 0; i < count; i++) {
        out->segment.changes[i].body = bodies[i];
        out->segment.changes[i].hlc = chain_append(open, bodies[i], w->now_ms);
    }
    chain_sign(open, &ledger->origin, key);
    out->segment.header = open->header;
    memcpy(out->segment.seed, seed, sizeof seed);
    changeset_compute_id(&open->header, &out->segment.id);
    chain_close(open, head);
    replica_known(w->rep, ledger, &known);
    buf_init(&columns, COLUMNS_MAX);
    columns_encode(out->segment.changes, count, base_size, &known.index, &columns);
    CHECK(buf_ok(&columns));
    out->columns = slice_of(arena_copy(arena, columns.p, columns.n), columns.n);
    buf_release(&columns);
}

void world_make(struct world *w, struct ledger *ledger, struct person *person, uint64_t base_size,
                const struct slice *bodies, size_t count, struct arena *arena, struct made *out)
{
    make_changeset(w, ledger, person->key, &person->head, base_size, person->dep, bodies, count,
                   arena, out);
    person->dep = NULL;
}

void world_admit(struct world *w, struct ledger *ledger, const struct made *made)
{
    bool own = !db_in_transaction(w->db);
    struct leaf leaf = {.id = made->segment.id, .admitted_ms = ++w->now_ms};
    leaf.registry_size =
        ledger == w->rep->registry_ledger ? ledger->tree.size : w->rep->registry_ledger->tree.size;
    if (own)
        MUST(db_begin(w->db, err));
    MUST(replica_append(w->rep, ledger, &leaf, &made->segment, made->columns, err));
    MUST(materialise_fold(w->rep, ledger, &made->segment, 1, NULL, err));
    if (own)
        MUST(db_commit(w->db, err));
}

/* A change that holds one op, given as raw bytes. */
static struct slice one_op(struct arena *arena, struct slice op)
{
    struct buf body;
    buf_init(&body, CHANGE_BODY_MAX);
    op_body_begin(&body, 1);
    buf_put_slice(&body, op);
    op_body_end(&body, SLICE_NONE);
    struct slice out = slice_of(arena_copy(arena, body.p, body.n), body.n);
    buf_release(&body);
    return out;
}

static void fill_grant(struct world *w, struct grant *g, struct sign_key *key, const char *name,
                       const char *role, const char *scope)
{
    struct buf message;
    buf_init(&message, 1024);
    *g = (struct grant){.kind = GRANT_PERSON,
                        .pk = *sign_key_public(key),
                        .kid = *sign_key_kid(key),
                        .scope_count = 1,
                        .expires_ms = INT64_MAX};
    memcpy(g->person, g->kid.b, 16);
    snprintf(g->name, sizeof g->name, "%s", name);
    snprintf(g->role, sizeof g->role, "%s", role);
    memcpy(g->scopes[0], scope, DIVISION_CODE_SIZE);
    grant_pop_message(&w->rep->registry_origin, &g->kid, &message);
    sign_message(key, buf_slice(&message), &g->pop);
    buf_release(&message);
}

void world_init(struct world *w, const char *path)
{
    struct origin registry;
    struct arena arena = {0};
    struct county county = {0};
    struct grant grant;
    struct made made;
    struct buf op;
    struct slice body;
    crypto_init();
    *w = (struct world){.now_ms = 1700000000000};
    w->root = make_key(900001);
    w->registrar = make_key(900002);
    w->log = make_key(900003);
    CHECK(origin_parse(slice_str(registry_code), &registry));
    MUST(db_open(path, path ? DB_READ_WRITE : DB_MEMORY, &w->db, err));
    MUST(migrate(w->db, "shared", err));
    MUST(replica_open(w->db, &w->rep, err));
    MUST(replica_found(w->rep, &registry, sign_key_kid(w->root), err));

    county.root = *sign_key_public(w->root);
    county.log = *sign_key_public(w->log);
    county.url_count = 1;
    snprintf(county.urls[0], sizeof county.urls[0], "http://127.0.0.1:8443");
    buf_init(&op, CHANGE_BODY_MAX);
    op_body_begin(&op, 2);
    county_encode(&county, &op);
    fill_grant(w, &grant, w->registrar, "登记员", "registrar", "622924000000");
    grant_encode(&grant, &op);
    op_body_end(&op, SLICE_NONE);
    body = buf_slice(&op);
    w->root_head.chain = (struct chain_id){{1}};
    w->registrar_head.chain = (struct chain_id){{2}};
    make_changeset(w, w->rep->registry_ledger, w->root, &w->root_head, 0, NULL, &body, 1, &arena,
                   &made);
    world_admit(w, w->rep->registry_ledger, &made);
    CHECK(w->rep->registry.has_county);
    buf_release(&op);
    arena_release(&arena);
}

void world_release(struct world *w)
{
    replica_close(w->rep);
    db_close(w->db);
    sign_key_release(w->root);
    sign_key_release(w->registrar);
    sign_key_release(w->log);
}

static void registrar_op(struct world *w, struct slice op)
{
    struct arena arena = {0};
    struct made made;
    struct slice body = one_op(&arena, op);
    struct ledger *registry = w->rep->registry_ledger;
    make_changeset(w, registry, w->registrar, &w->registrar_head, registry->tree.size, NULL, &body,
                   1, &arena, &made);
    world_admit(w, registry, &made);
    arena_release(&arena);
}

void world_catalog(struct world *w, const char *sql)
{
    struct buf migration;
    buf_init(&migration, CHANGE_BODY_MAX);
    MUST(catalog_from_sql(sql, &migration, err));
    world_migration(w, buf_slice(&migration));
    buf_release(&migration);
}

void world_migration(struct world *w, struct slice migration)
{
    struct buf op;
    size_t before = w->rep->catalog_count;
    buf_init(&op, CHANGE_BODY_MAX);
    cbor_put_array(&op, 2);
    cbor_put_uint(&op, OP_CATALOG);
    buf_put_slice(&op, migration);
    registrar_op(w, buf_slice(&op));
    CHECK(w->rep->catalog_count == before + 1);
    buf_release(&op);
}

static enum status visit_catalog(void *arg, const char *path, const char *sql, struct error *err)
{
    (void)path, (void)err;
    world_catalog(arg, sql);
    return ST_OK;
}

void world_core_catalog(struct world *w)
{
    MUST(migrate_each("catalog", visit_catalog, w, err));
}

void world_grant(struct world *w, struct person *person, unsigned n, const char *role,
                 const char *scope)
{
    struct grant grant;
    struct buf op;
    char name[40];
    *person = (struct person){.key = make_key(n)};
    person->head.chain = (struct chain_id){{3, (uint8_t)n, (uint8_t)(n >> 8)}};
    snprintf(name, sizeof name, "人员%u", n);
    fill_grant(w, &grant, person->key, name, role, scope);
    buf_init(&op, 64 * 1024);
    grant_encode(&grant, &op);
    registrar_op(w, buf_slice(&op));
    CHECK(registry_grant(&w->rep->registry, sign_key_kid(person->key), w->rep->registry.size));
    buf_release(&op);
}

void world_revoke(struct world *w, const struct person *person)
{
    world_revoke_cut(w, person, NULL, 0);
}

void world_revoke_cut(struct world *w, const struct person *person, const struct revoke_cut *cut,
                      size_t count)
{
    struct buf op;
    buf_init(&op, 64 * 1024);
    revoke_encode_cut(sign_key_kid(person->key), 0, cut, count, &op);
    registrar_op(w, buf_slice(&op));
    CHECK(!registry_grant(&w->rep->registry, sign_key_kid(person->key), w->rep->registry.size));
    buf_release(&op);
}

struct ledger *world_ledger(struct world *w, const char *code)
{
    struct origin origin;
    struct ledger *ledger;
    CHECK(origin_make("guanghe.example", code, &origin));
    MUST(replica_ledger_add(w->rep, &origin, &ledger, err));
    MUST(moves_follow(w->rep, err));
    return ledger;
}

void world_copy(struct world *w, struct ledger *ledger, struct replica *to)
{
    struct ledger *copy;
    bool own = !db_in_transaction(to->db);
    if (own)
        MUST(db_begin(to->db, err));
    MUST(replica_ledger_add(to, &ledger->origin, &copy, err));
    MUST(moves_follow(to, err));
    while (copy->tree.size < ledger->tree.size) {
        struct arena arena = {0};
        struct stored_changeset stored;
        struct segment segment;
        struct segment_known known;
        replica_known(w->rep, ledger, &known);
        MUST(replica_read_leaf(w->rep, ledger, copy->tree.size, &arena, &stored, err));
        MUST(segment_load(stored.cose, stored.salts, stored.columns, &known.index, &arena, &segment,
                          err));
        MUST(replica_append(to, copy, &stored.leaf, &segment, stored.columns, err));
        MUST(materialise_fold(to, copy, &segment, 1, NULL, err));
        arena_release(&arena);
    }
    if (own)
        MUST(db_commit(to->db, err));
}

struct slice world_put(struct arena *arena, const struct catalog_table *table,
                       const struct record_id *id, const struct op_field *fields, size_t count)
{
    struct buf body;
    buf_init(&body, CHANGE_BODY_MAX);
    op_body_begin(&body, 1);
    op_put_write(&body, table->no, id, fields, count);
    op_body_end(&body, SLICE_NONE);
    struct slice out = slice_of(arena_copy(arena, body.p, body.n), body.n);
    buf_release(&body);
    return out;
}

struct record_id world_id(unsigned n)
{
    struct record_id id;
    uint8_t random[32];
    seed_bytes(n, random);
    record_id_make(1700000000000 + n, random, &id);
    return id;
}

const char *world_sql(struct world *w, struct arena *arena, const char *format, ...)
{
    char sql[2048];
    va_list args;
    struct stmt *stmt;
    bool row;
    const char *out = "";
    va_start(args, format);
    vsnprintf(sql, sizeof sql, format, args);
    va_end(args);
    MUST(db_prepare(w->db, slice_str(sql), &stmt, err));
    MUST(stmt_step(stmt, &row, err));
    if (row) {
        struct slice text = stmt_text(stmt, 0);
        out = arena_printf(arena, "%.*s", (int)text.n, (const char *)text.p);
    }
    stmt_release(stmt);
    return out;
}
