/* SPDX-License-Identifier: MulanPSL-2.0 */
/* own_audit: see own_audit.h. */
#include "server/core/own_audit.h"

#include "server/core/reads.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

struct own {
    struct server *srv;
    audit_visit *fn;
    void *arg;
    bool ok;
};

static void report(struct own *own, const char *code, const struct changeset *about,
                   const char *format, ...) PRINTF_LIKE(4, 5);
static void report(struct own *own, const char *code, const struct changeset *about,
                   const char *format, ...)
{
    struct finding finding = {.code = code, .damage = true};
    va_list args;
    va_start(args, format);
    vsnprintf(finding.text, sizeof(finding.text), format, args);
    va_end(args);
    if (about) {
        finding.author = about->kid;
        finding.chain = about->chain;
        finding.number = about->number;
    }
    own->ok = false;
    own->fn(own->arg, &finding);
}

static bool equals(struct stmt *stmt, int column, const void *bytes, size_t n)
{
    return slice_equal(stmt_blob(stmt, column), slice_of(bytes, n));
}

static bool author_key(const struct registry *reg, const struct hash *kid, struct sign_public *pk)
{
    const struct grant *grant = registry_grant_any(reg, kid);
    if (grant)
        *pk = grant->pk;
    else if (reg->has_county && hash_equal(kid, &reg->root_kid))
        *pk = reg->county.root;
    return grant || (reg->has_county && hash_equal(kid, &reg->root_kid));
}

/* ---- split chains ---- */

/* Is the other one in the ledger, and do the two split a chain? */
static bool is_proof(struct own *own, struct ledger *ledger, const struct hash *admitted,
                     const struct changeset *refused)
{
    struct arena arena = {0};
    struct stored_changeset stored;
    struct changeset first;
    const bool good =
        replica_read_changeset(own->srv->rep, ledger, admitted, &arena, &stored, NULL) == ST_OK &&
        stored.admitted && changeset_decode(stored.cose, &first, NULL) == ST_OK &&
        chain_is_fork(&first, refused);
    arena_release(&arena);
    return good;
}

/* ledger, id, kid, chain, number, admitted, cose, device */
static void check_fork(struct own *own, struct stmt *stmt)
{
    const struct registry *reg = &own->srv->rep->registry;
    struct ledger *ledger = replica_ledger_by_no(own->srv->rep, stmt_int(stmt, 0));
    const struct slice cose = stmt_blob(stmt, 6), other = stmt_blob(stmt, 5);
    struct changeset refused;
    struct sign_public pk;
    struct hash id, admitted;
    if (changeset_decode(cose, &refused, NULL) != ST_OK) {
        report(own, "fork", NULL, "一份分叉的证据读不出来");
        return;
    }
    changeset_id(cose, &id);
    if (!equals(stmt, 1, id.b, HASH_SIZE) || !equals(stmt, 2, refused.kid.b, HASH_SIZE) ||
        !equals(stmt, 3, refused.chain.b, sizeof(refused.chain.b)) ||
        stmt_int(stmt, 4) != (int64_t)refused.number || stmt_blob(stmt, 7).n != HASH_SIZE)
        report(own, "fork", &refused, "分叉的证据与它签名的内容不符");
    if (!ledger || !author_key(reg, &refused.kid, &pk) ||
        !changeset_verify(&refused, &ledger->origin, &pk)) {
        report(own, "fork", &refused, "分叉的证据签名不符，或不是这个账本的");
        return;
    }
    memset(&admitted, 0, sizeof(admitted));
    if (other.n == HASH_SIZE)
        memcpy(admitted.b, other.p, HASH_SIZE);
    if (!is_proof(own, ledger, &admitted, &refused))
        report(own, "fork", &refused, "已入账的另一份不在账本里，或与它不成分叉");
}

/* ---- the ends of the county's own chains ---- */

/* The hybrid clock of the changeset's last change; 0: it cannot be read. */
static uint64_t last_hlc(struct own *own, struct ledger *ledger, const struct hash *id)
{
    struct arena arena = {0};
    struct stored_changeset stored;
    struct segment_known known;
    struct segment segment;
    uint64_t hlc = 0;
    replica_known(own->srv->rep, ledger, &known);
    if (replica_read_changeset(own->srv->rep, ledger, id, &arena, &stored, NULL) == ST_OK &&
        segment_load(stored.cose, stored.salts, stored.columns, &known.index, &arena, &segment,
                     NULL) == ST_OK)
        hlc = segment.changes[segment.header.count - 1].hlc;
    arena_release(&arena);
    return hlc;
}

/* kid, chain, number, id, seq, hlc; then number, id, first_seq + count - 1 of the registry's newest
 * of that chain. A wrong end would split the chain at the county's next word. */
static void check_end(struct own *own, struct stmt *stmt)
{
    struct changeset about = {.number = (uint64_t)stmt_int(stmt, 2)};
    struct hash id = {{0}};
    if (stmt_blob(stmt, 0).n == HASH_SIZE)
        memcpy(about.kid.b, stmt_blob(stmt, 0).p, HASH_SIZE);
    if (stmt_blob(stmt, 1).n == sizeof(about.chain.b))
        memcpy(about.chain.b, stmt_blob(stmt, 1).p, sizeof(about.chain.b));
    if (stmt_blob(stmt, 7).n == HASH_SIZE)
        memcpy(id.b, stmt_blob(stmt, 7).p, HASH_SIZE);
    if (stmt_int(stmt, 2) != stmt_int(stmt, 6) || !equals(stmt, 3, id.b, HASH_SIZE) ||
        stmt_int(stmt, 4) != stmt_int(stmt, 8) ||
        (uint64_t)stmt_int(stmt, 5) != last_hlc(own, own->srv->rep->registry_ledger, &id))
        report(own, "own_chain", &about, "县里自己签名的链，记下的末尾与登记账本不符");
}

/* ---- who has looked ---- */

static void on_bad_batch(void *arg, const char *text)
{
    report(arg, "reads", NULL, "%.200s", text);
}

/* ---- whose county it is ---- */

static void check_settings(struct own *own)
{
    const struct origin *registry = &own->srv->rep->registry_origin;
    struct origin said;
    if (!origin_make(own->srv->authority, own->srv->code, &said) ||
        strcmp(said.text, registry->text) != 0)
        report(own, "setting", NULL, "设置里的县（%.60s %.12s）与登记账本 %.60s 不符",
               own->srv->authority, own->srv->code, registry->text);
}

static enum status each(struct own *own, const char *sql,
                        void (*check)(struct own *own, struct stmt *stmt), struct error *err)
{
    struct stmt *stmt;
    bool row = false;
    enum status st = db_prepare(own->srv->db, slice_str(sql), &stmt, err);
    if (st != ST_OK)
        return st;
    bind_int(stmt, 1, own->srv->rep->registry_ledger->no);
    while ((st = stmt_step(stmt, &row, err)) == ST_OK && row)
        check(own, stmt);
    stmt_release(stmt);
    return st;
}

enum status county_own_audit(struct server *srv, audit_visit *fn, void *arg, bool *ok,
                             struct error *err)
{
    struct own own = {srv, fn, arg, true};
    uint64_t batches;
    check_settings(&own);
    enum status st = each(&own,
                          "SELECT ledger, id, kid, chain, number, admitted, cose, device FROM _fork"
                          " WHERE ?1 IS NOT NULL ORDER BY seen_ms, id",
                          check_fork, err);
    if (st == ST_OK)
        st = each(&own,
                  "SELECT o.kid, o.chain, o.number, o.id, o.seq, o.hlc, c.number, c.id,"
                  " c.first_seq + c.count - 1 FROM _chain o LEFT JOIN chain n ON n.ledger = ?1"
                  " AND n.kid = o.kid AND n.chain = o.chain LEFT JOIN changeset c"
                  " ON c.chain = n.no AND c.number = (SELECT max(number) FROM changeset"
                  " WHERE chain = n.no)",
                  check_end, err);
    if (st == ST_OK)
        st = reads_check_all(srv, on_bad_batch, &own, &batches, err);
    *ok = own.ok;
    return st;
}
