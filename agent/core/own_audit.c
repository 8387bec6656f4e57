/* SPDX-License-Identifier: MulanPSL-2.0 */
/* own_audit: see own_audit.h. */
#include "agent/core/own_audit.h"

#include <stdio.h>

struct own {
    struct desk *desk;
    struct ledger *ledger;
    audit_visit *fn;
    void *arg;
};

static void report(struct own *own, const char *code, const struct changeset *about,
                   const char *text)
{
    struct finding finding = {.code = code,
                              .damage = true,
                              .author = about->kid,
                              .chain = about->chain,
                              .number = about->number};
    snprintf(finding.text, sizeof(finding.text), "%s", text);
    own->fn(own->arg, &finding);
}

static void take(struct stmt *stmt, int column, void *out, size_t n)
{
    struct slice blob = stmt_blob(stmt, column);
    memset(out, 0, n);
    if (blob.n == n)
        memcpy(out, blob.p, n);
}

/* kid, chain, number */
static void subject(struct stmt *stmt, struct changeset *out)
{
    *out = (struct changeset){.number = (uint64_t)stmt_int(stmt, 2)};
    take(stmt, 0, out->kid.b, HASH_SIZE);
    take(stmt, 1, out->chain.b, sizeof(out->chain.b));
}

/* What is signed and what was said belong together; closed, they are in neither table any more. */
static void check_open(struct own *own, struct stmt *stmt)
{
    struct changeset about;
    subject(stmt, &about);
    report(own, "open", &about, "本机存好、还没有送出的改动不完整：有几条不见了，或没有签名");
}

static uint64_t last_hlc(struct own *own, const struct hash *id)
{
    struct replica *rep = own->desk->rep;
    struct arena arena = {0};
    struct stored_changeset stored;
    struct segment_known known;
    struct segment segment;
    uint64_t hlc = 0;
    replica_known(rep, own->ledger, &known);
    if (replica_read_changeset(rep, own->ledger, id, &arena, &stored, NULL) == ST_OK &&
        segment_load(stored.cose, stored.salts, stored.columns, &known.index, &arena, &segment,
                     NULL) == ST_OK)
        hlc = segment.changes[segment.header.count - 1].hlc;
    arena_release(&arena);
    return hlc;
}

/* … id, seq, hlc; then id and last seq of the changeset with that number; is it one that was signed
 * again? A wrong end would split the chain at the next save. */
static void check_end(struct own *own, struct stmt *stmt)
{
    struct changeset about;
    struct hash id;
    subject(stmt, &about);
    take(stmt, 6, id.b, HASH_SIZE);
    const bool here = stmt_type(stmt, 6) != COLUMN_NULL, forked = stmt_int(stmt, 8) != 0;
    const bool same = here && slice_equal(stmt_blob(stmt, 3), hash_slice(&id)) &&
                      stmt_int(stmt, 4) == stmt_int(stmt, 7) &&
                      (uint64_t)stmt_int(stmt, 5) == last_hlc(own, &id);
    if (!same && !forked)
        report(own, "own_chain", &about, "本机签名的链，记下的末尾与账本里的不符");
}

static bool author_key(const struct registry *reg, const struct hash *kid, struct sign_public *pk)
{
    const struct grant *grant = registry_grant_any(reg, kid);
    if (grant)
        *pk = grant->pk;
    return grant != NULL;
}

/* … old id, cose */
static void check_forked(struct own *own, struct stmt *stmt)
{
    struct changeset about, header;
    struct sign_public pk;
    struct hash id;
    subject(stmt, &about);
    changeset_id(stmt_blob(stmt, 4), &id);
    if (changeset_decode(stmt_blob(stmt, 4), &header, NULL) != ST_OK ||
        !slice_equal(stmt_blob(stmt, 3), hash_slice(&id)) || !hash_equal(&header.kid, &about.kid) ||
        memcmp(header.chain.b, about.chain.b, sizeof(header.chain.b)) != 0 ||
        header.number != about.number || !author_key(&own->desk->rep->registry, &header.kid, &pk) ||
        !changeset_verify(&header, &own->ledger->origin, &pk))
        report(own, "fork", &about, "重新签名以前的那一份，与它签名的内容不符");
}

static enum status each(struct own *own, const char *sql,
                        void (*check)(struct own *own, struct stmt *stmt), struct error *err)
{
    struct stmt *stmt;
    bool row = false;
    enum status st = db_prepare(own->desk->db, slice_str(sql), &stmt, err);
    if (st != ST_OK)
        return st;
    bind_int(stmt, 1, own->ledger->no);
    while ((st = stmt_step(stmt, &row, err)) == ST_OK && row)
        check(own, stmt);
    stmt_release(stmt);
    return st;
}

enum status desk_own_audit(struct desk *desk, struct ledger *ledger, audit_visit *fn, void *arg,
                           struct error *err)
{
    struct own own = {desk, ledger, fn, arg};
    enum status st =
        each(&own,
             "SELECT o.kid, o.chain, o.number + 1 FROM own_chain o WHERE o.ledger = ?1"
             " AND (o.no IN (SELECT own_chain FROM open_changeset)"
             " OR o.no IN (SELECT own_chain FROM open_change))"
             " UNION ALL SELECT NULL, NULL, 0 WHERE ?1 = (SELECT min(no) FROM ledger)"
             " AND (EXISTS (SELECT 1 FROM open_changeset WHERE own_chain NOT IN (SELECT no FROM"
             " own_chain)) OR EXISTS (SELECT 1 FROM open_change WHERE own_chain NOT IN"
             " (SELECT no FROM own_chain)))",
             check_open, err);
    if (st == ST_OK)
        st = each(&own,
                  "SELECT o.kid, o.chain, o.number, o.id, o.seq, o.hlc, c.id,"
                  " c.first_seq + c.count - 1, EXISTS (SELECT 1 FROM forked f WHERE f.ledger = ?1"
                  " AND f.kid = o.kid AND f.chain = o.chain AND f.number = o.number)"
                  " FROM own_chain o LEFT JOIN chain n ON n.ledger = ?1 AND n.kid = o.kid"
                  " AND n.chain = o.chain LEFT JOIN changeset c ON c.no = coalesce("
                  "(SELECT no FROM changeset WHERE chain = n.no AND number = o.number"
                  " AND id = o.id), (SELECT no FROM changeset WHERE chain = n.no"
                  " AND number = o.number LIMIT 1)) WHERE o.ledger = ?1 AND o.number > 0",
                  check_end, err);
    if (st == ST_OK)
        st = each(&own,
                  "SELECT kid, chain, number, old_id, cose FROM forked WHERE ledger = ?1"
                  " ORDER BY old_id",
                  check_forked, err);
    return st;
}
