/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * registrar: see registrar.h.
 *
 * The end of each own chain is stored beside the ledgers (_chain) and moves in the transaction that
 * admits the changeset, under the write lock: two processes cannot fork the chain.
 */
#include "server/core/registrar.h"

#include "server/core/admission.h"
#include "shared/base/check.h"
#include "shared/base/random.h"
#include "shared/db/catalog_sql.h"
#include "shared/db/migrate.h"

void draft_release(struct draft *draft)
{
    mem_free(draft->bodies);
    arena_release(&draft->arena);
    *draft = (struct draft){0};
}

void draft_op(struct draft *draft, struct slice op)
{
    draft_op_noted(draft, op, "");
}

void draft_op_noted(struct draft *draft, struct slice op, const char *note)
{
    struct buf body;
    buf_init(&body, CHANGE_BODY_MAX);
    op_body_begin(&body, 1);
    buf_put_slice(&body, op);
    op_body_end(&body, slice_str(note));
    CHECK(buf_ok(&body));
    draft->bodies =
        mem_grow(draft->bodies, &draft->capacity, draft->count + 1, sizeof(draft->bodies[0]));
    draft->bodies[draft->count++] = slice_of(arena_copy(&draft->arena, body.p, body.n), body.n);
    buf_release(&body);
}

/* As many of the bodies from `from` on as one changeset takes; *next is the first that is left. */
static enum status write_one(struct server *srv, struct ledger *ledger, const struct sign_key *key,
                             struct chain_head *head, const struct draft *draft, size_t from,
                             size_t *next, int64_t now_ms, struct error *err)
{
    const struct ledger *registry = srv->rep->registry_ledger;
    const struct chain_base base = {.size = ledger->tree.size,
                                    .root = ledger->root,
                                    .registry_size = registry->tree.size,
                                    .registry_root = registry->root};
    uint8_t seed[CHANGE_SEED_SIZE];
    struct chain_open open;
    struct segment segment = {0};
    struct segment_known known;
    struct buf columns;
    size_t i = from;

    buf_init(&columns, COLUMNS_MAX);
    segment.changes = mem_zero_alloc(CHANGESET_CHANGES_MAX, sizeof(segment.changes[0]));
    random_bytes(seed, sizeof(seed));
    chain_begin(&open, head, &base, seed);
    for (; i < draft->count && chain_fits(&open, &base, draft->bodies[i].n); i++) {
        segment.changes[i - from].body = draft->bodies[i];
        segment.changes[i - from].hlc = chain_append(&open, draft->bodies[i], now_ms);
    }
    CHECK(i > from);
    chain_sign(&open, &ledger->origin, key);
    segment.header = open.header;
    segment.has_seed = true;
    memcpy(segment.seed, seed, sizeof(seed));
    changeset_compute_id(&open.header, &segment.id);
    replica_known(srv->rep, ledger, &known);
    columns_encode(segment.changes, i - from, base.size, &known.index, &columns);
    CHECK(buf_ok(&columns));

    const struct merkle before = ledger->tree;
    enum status st = admission_append(srv, ledger, &segment, buf_slice(&columns), now_ms, err);
    if (st == ST_OK)
        st = admission_finish(srv, ledger, &before, &segment, 1, err);
    chain_close(&open, head);
    secret_wipe(seed, sizeof(seed));
    mem_free(segment.changes);
    buf_release(&columns);
    *next = i;
    return st;
}

/* What the server signs itself must count; if the fold says otherwise, nothing is kept. */
static enum status refuse_void(struct server *srv, const struct ledger *ledger, uint64_t from,
                               struct error *err)
{
    struct stmt *stmt = db_stmt(srv->db, "SELECT reason FROM void_change"
                                         " WHERE ledger = ?1 AND leaf >= ?2 LIMIT 1");
    bool row = false;
    bind_int(stmt, 1, ledger->no);
    bind_int(stmt, 2, (int64_t)from);
    enum status st = stmt_step(stmt, &row, err);
    if (st == ST_OK && row) {
        struct slice reason = stmt_text(stmt, 0);
        st = error_set(err, ST_REFUSED, "账本 %s 不接受此项: %.*s", ledger->origin.text,
                       (int)reason.n, (const char *)reason.p);
    }
    stmt_reset(stmt);
    return st;
}

enum status registrar_write(struct server *srv, const struct sign_key *key,
                            const struct draft *draft, int64_t now_ms, struct error *err)
{
    struct ledger *registry = srv->rep->registry_ledger;
    const uint64_t size_before = registry->tree.size;
    struct chain_head head;
    bool found;

    enum status st = store_chain(srv->db, sign_key_kid(key), &head, &found, err);
    if (st == ST_OK && (!found || hlc_wants_new_chain(now_ms, head.hlc))) {
        head = (struct chain_head){.kid = *sign_key_kid(key)};
        random_bytes(head.chain.b, sizeof(head.chain.b));
    }
    for (size_t i = 0; i < draft->count && st == ST_OK;)
        st = write_one(srv, registry, key, &head, draft, i, &i, now_ms, err);
    if (st == ST_OK && draft->count > 0)
        st = store_set_chain(srv->db, &head, err);
    if (st == ST_OK)
        st = refuse_void(srv, registry, size_before, err);
    return st;
}

enum status registrar_rule(struct server *srv, struct ledger *ledger, const struct draft *draft,
                           int64_t now_ms, struct error *err)
{
    const uint64_t size_before = ledger->tree.size;
    struct chain_head head = {.kid = *sign_key_kid(srv->registrar)};
    enum status st = ST_OK;
    random_bytes(head.chain.b, sizeof(head.chain.b));
    for (size_t i = 0; i < draft->count && st == ST_OK;)
        st = write_one(srv, ledger, srv->registrar, &head, draft, i, &i, now_ms, err);
    return st == ST_OK ? refuse_void(srv, ledger, size_before, err) : st;
}

static uint64_t migration_number(struct slice migration)
{
    struct cbor_reader r;
    cbor_reader_init(&r, migration, "migration");
    cbor_read_array(&r, 16);
    return cbor_read_uint(&r);
}

static enum status apply(struct server *srv, const char *sql, bool county, int64_t now_ms,
                         bool *applied, struct error *err)
{
    struct draft draft = {0};
    struct buf migration, op;
    uint64_t number = 0;

    *applied = false;
    buf_init(&migration, CHANGE_BODY_MAX);
    buf_init(&op, CHANGE_BODY_MAX);
    enum status st = catalog_from_sql(sql, &migration, err);
    if (st == ST_OK)
        number = migration_number(buf_slice(&migration));
    if (st == ST_OK && county && number < CATALOG_COUNTY_FIRST)
        st = error_set(err, ST_INVALID, "县里自己的登记从编号 %d 起，%llu 留给程序",
                       CATALOG_COUNTY_FIRST, (unsigned long long)number);
    if (st == ST_OK && number > catalog_last(replica_catalog(srv->rep), number)) {
        catalog_op_encode(buf_slice(&migration), &op);
        draft_op(&draft, buf_slice(&op));
        st = registrar_write(srv, srv->registrar, &draft, now_ms, err);
        *applied = st == ST_OK;
    }
    draft_release(&draft);
    buf_release(&op);
    buf_release(&migration);
    return st;
}

enum status registrar_apply_catalog(struct server *srv, const char *sql, const char *what,
                                    int64_t now_ms, bool *applied, struct error *err)
{
    enum status st = apply(srv, sql, true, now_ms, applied, err);
    return st == ST_OK ? st : error_wrap(err, st, "%s", what);
}

struct update {
    struct server *srv;
    int64_t now_ms;
};

static enum status update_visit(void *arg, const char *path, const char *sql, struct error *err)
{
    struct update *update = arg;
    bool applied;
    enum status st = apply(update->srv, sql, false, update->now_ms, &applied, err);
    return st == ST_OK ? st : error_wrap(err, st, "%s", path);
}

enum status registrar_update_catalog(struct server *srv, int64_t now_ms, struct error *err)
{
    struct update update = {srv, now_ms};
    return migrate_each("catalog", update_visit, &update, err);
}
