/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * audit: see audit.h. One pass over the leaves in order, carrying the tree, the last admission and
 * the end of every chain met so far; then the rows that no leaf leads to. All of it in one reading
 * transaction: what others write meanwhile is not half seen.
 */
#include "shared/db/audit.h"

#include "shared/base/check.h"
#include "shared/codec/hex.h"
#include "shared/db/attachments.h"
#include "shared/db/cosigned.h"
#include "shared/db/epochs.h"
#include "shared/db/erasure.h"
#include "shared/db/materialise.h"
#include "shared/ledger/breach.h"
#include "shared/merge/verdict.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

struct chain_seen {
    struct chain_head head;
    uint64_t base_size;
    struct chain_seen *next;
};

#define BUCKETS 4096
#define REASON_TOLD 96 /* bytes of it in a finding */

struct audit {
    struct replica *rep;
    struct ledger *ledger;
    enum audit_place place;
    struct audit_counts counts;
    audit_visit *fn;
    void *arg;
    bool ok;
    struct merkle tree;
    struct hash root, before; /* of the tree with, and without the leaf being looked at */
    struct leaf last;
    struct { /* what the author before had seen of the registry: mostly the same */
        uint64_t size;
        struct hash root;
        bool known;
    } registry;
    struct { /* when the registry outgrew a size: leaves of one time name the same */
        uint64_t size;
        int64_t ms;
        bool known;
    } outgrown;
    struct arena chains_arena;
    struct chain_seen *chains[BUCKETS];
};

/* Which changeset a finding is about: by what its row says, which is there also when its bytes
 * cannot be read. */
struct subject {
    struct hash kid;
    struct chain_id chain;
    uint64_t number, first_seq, count, base_size;
    int64_t ledger;
    uint64_t index; /* UINT64_MAX: no leaf */
};

static void tell(struct audit *audit, struct finding *finding, const struct subject *about)
{
    if (about) {
        finding->author = about->kid;
        finding->chain = about->chain;
        finding->number = about->number;
    }
    audit->ok &= !finding->damage && !finding->county;
    audit->fn(audit->arg, finding);
}

static void report(struct audit *audit, const char *code, bool damage, const struct subject *about,
                   const char *format, ...) PRINTF_LIKE(5, 6);
static void report(struct audit *audit, const char *code, bool damage, const struct subject *about,
                   const char *format, ...)
{
    struct finding finding = {.code = code, .damage = damage};
    va_list args;
    va_start(args, format);
    vsnprintf(finding.text, sizeof(finding.text), format, args);
    va_end(args);
    tell(audit, &finding, about);
}

static struct chain_seen *chain_of(struct audit *audit, const struct hash *kid,
                                   const struct chain_id *chain)
{
    size_t bucket = (chain->b[0] << 4 ^ chain->b[1] ^ kid->b[0] << 8 ^ kid->b[1]) % BUCKETS;
    struct chain_seen *seen = audit->chains[bucket];
    while (seen && (!hash_equal(&seen->head.kid, kid) ||
                    memcmp(seen->head.chain.b, chain->b, sizeof(chain->b)) != 0))
        seen = seen->next;
    if (!seen) {
        seen = arena_alloc(&audit->chains_arena, sizeof(*seen));
        *seen = (struct chain_seen){.head = {.kid = *kid, .chain = *chain},
                                    .next = audit->chains[bucket]};
        audit->chains[bucket] = seen;
        audit->counts.authors++;
    }
    return seen;
}

static bool author_key(const struct replica *rep, const struct hash *kid, struct sign_public *pk)
{
    const struct registry *reg = &rep->registry;
    const struct grant *grant = registry_grant_any(reg, kid);
    if (grant)
        *pk = grant->pk;
    else if (reg->has_county && hash_equal(kid, &reg->root_kid))
        *pk = reg->county.root;
    else
        return false;
    return true;
}

/* What the rows say about the changeset of a leaf. */
static bool subject_read(struct audit *audit, int64_t changeset, struct subject *out)
{
    struct stmt *stmt = db_stmt(audit->rep->db, "SELECT n.kid, n.chain, c.number, c.first_seq,"
                                                " c.count, c.base_size, c.ledger, c.idx, n.ledger"
                                                " FROM changeset c JOIN chain n ON n.no = c.chain"
                                                " WHERE c.no = ?1");
    bool row = false;
    bind_int(stmt, 1, changeset);
    *out = (struct subject){0};
    if (stmt_step(stmt, &row, NULL) != ST_OK || !row)
        return false;
    struct slice kid = stmt_blob(stmt, 0), chain = stmt_blob(stmt, 1);
    bool whole = kid.n == HASH_SIZE && chain.n == sizeof(out->chain.b);
    if (whole) {
        memcpy(out->kid.b, kid.p, kid.n);
        memcpy(out->chain.b, chain.p, chain.n);
    }
    out->number = (uint64_t)stmt_int(stmt, 2);
    out->first_seq = (uint64_t)stmt_int(stmt, 3);
    out->count = (uint64_t)stmt_int(stmt, 4);
    out->base_size = (uint64_t)stmt_int(stmt, 5);
    out->ledger = stmt_int(stmt, 6);
    out->index = stmt_type(stmt, 7) == COLUMN_NULL ? UINT64_MAX : (uint64_t)stmt_int(stmt, 7);
    if (stmt_int(stmt, 8) != out->ledger)
        out->ledger = -1;
    stmt_reset(stmt);
    return whole;
}

/* A row of `leaf` as it stands, whatever became of the changeset behind it. */
struct leaf_row {
    int64_t changeset; /* changeset.no; 0: there is no such row */
    struct hash root;
    struct leaf leaf;
};

static void row_of_leaf(struct audit *audit, uint64_t index, struct leaf_row *out)
{
    struct stmt *stmt = db_stmt(audit->rep->db, "SELECT changeset, root, id, admitted_ms,"
                                                " registry_size FROM leaf"
                                                " WHERE ledger = ?1 AND idx = ?2");
    bool row = false;
    bind_int(stmt, 1, audit->ledger->no);
    bind_int(stmt, 2, (int64_t)index);
    *out = (struct leaf_row){0};
    if (stmt_step(stmt, &row, NULL) != ST_OK || !row)
        return;
    out->changeset = stmt_int(stmt, 0);
    if (stmt_blob(stmt, 1).n == HASH_SIZE)
        memcpy(out->root.b, stmt_blob(stmt, 1).p, HASH_SIZE);
    if (stmt_blob(stmt, 2).n == HASH_SIZE)
        memcpy(out->leaf.id.b, stmt_blob(stmt, 2).p, HASH_SIZE);
    out->leaf.admitted_ms = stmt_int(stmt, 3);
    out->leaf.registry_size = (uint64_t)stmt_int(stmt, 4);
    stmt_reset(stmt);
}

/* Where the author stood right before this leaf, the root is the one just computed. */
static bool base_root(struct audit *audit, uint64_t size, uint64_t limit, struct hash *out)
{
    if (size == limit && limit + 1 == audit->tree.size) {
        *out = audit->before;
        return true;
    }
    return replica_root_at(audit->rep, audit->ledger, size, out);
}

static bool registry_root(struct audit *audit, uint64_t size, struct hash *out)
{
    if (!audit->registry.known || audit->registry.size != size) {
        audit->registry.size = size;
        audit->registry.known =
            replica_root_at(audit->rep, audit->rep->registry_ledger, size, &audit->registry.root);
    }
    *out = audit->registry.root;
    return audit->registry.known;
}

/* limit: how much of the ledger the author can have seen. base: how much of what he had seen is of
 * this history. */
static void check_bases(struct audit *audit, const struct subject *about,
                        const struct changeset *header, uint64_t base, uint64_t limit)
{
    struct hash root;
    if (base != header->base_size && base <= limit)
        ; /* of a part of the past that is declared lost */
    else if (header->base_size > limit || !base_root(audit, header->base_size, limit, &root))
        report(audit, "base", true, about, "依据的大小 %" PRIu64 " 超过其位置 %" PRIu64,
               header->base_size, limit);
    else if (!hash_equal(&root, &header->base_root))
        report(audit, "base", true, about, "作者签名所依据的历史与本账本在 %" PRIu64 " 处不同",
               header->base_size);
    if (!registry_root(audit, header->registry_size, &root) ||
        !hash_equal(&root, &header->registry_root))
        report(audit, "registry", true, about,
               "作者签名所依据的登记账本在 %" PRIu64 " 处与本处不同", header->registry_size);
}

/* What it builds on had its place before it. */
static void check_deps(struct audit *audit, const struct subject *about,
                       const struct changeset *header, uint64_t limit)
{
    for (uint32_t i = 0; i < header->dep_count; i++) {
        struct stmt *stmt = db_stmt(audit->rep->db, "SELECT 1 FROM changeset WHERE ledger = ?1"
                                                    " AND id = ?2 AND (idx IS NULL OR idx < ?3)");
        bool row = false;
        bind_int(stmt, 1, audit->ledger->no);
        bind_blob(stmt, 2, hash_slice(&header->deps[i]));
        bind_int(stmt, 3, (int64_t)limit);
        if (stmt_step(stmt, &row, NULL) != ST_OK || !row)
            report(audit, "chain", true, about, "它所依据的另一组改动不在它前面");
        stmt_reset(stmt);
    }
}

static void check_chain(struct audit *audit, const struct subject *about,
                        const struct changeset *header, uint64_t base, const struct hash *id)
{
    struct chain_seen *seen = chain_of(audit, &header->kid, &header->chain);
    struct chain_head *head = &seen->head;
    if (base < seen->base_size)
        report(audit, "base", true, about, "依据的大小 %" PRIu64 " 比链上前一组的 %" PRIu64 " 小",
               base, seen->base_size);
    seen->base_size = base;
    if (!chain_follows(head, header))
        report(audit, "chain", true, about, "序号 %" PRIu64 " 没有接在链的末尾 %" PRIu64 " 之后",
               header->number, head->number);
    head->number = header->number;
    head->seq = header->first_seq + header->count - 1;
    head->id = *id;
}

/* ---- what the county may let in ---- */

static int64_t outgrown_ms(struct audit *audit, uint64_t size)
{
    if (!audit->outgrown.known || audit->outgrown.size != size) {
        audit->outgrown.size = size;
        audit->outgrown.ms = replica_registry_outgrown(audit->rep, size);
        audit->outgrown.known = true;
    }
    return audit->outgrown.ms;
}

/* The leaf is the one looked at last. */
static void check_admission(struct audit *audit, const struct subject *about,
                            const struct changeset *header)
{
    const struct breach_terms terms = {
        .registry = &audit->rep->registry,
        .header = header,
        .leaf = &audit->last,
        .of_registry = audit->ledger == audit->rep->registry_ledger,
        .index = about->index,
        .outgrown_ms = outgrown_ms(audit, audit->last.registry_size),
    };
    const enum breach breach = breach_of(&terms);
    struct finding finding = {.county = breach_is_county(breach)};
    if (breach == BREACH_NONE)
        return;
    finding.code = finding.county ? "breach" : breach_name(breach);
    breach_text(breach, &terms, finding.text, sizeof(finding.text));
    tell(audit, &finding, about);
}

/* ---- the registry: its derived rows are what everything else is judged by ---- */

static bool next_authority_row(struct stmt *stmt, uint32_t position, size_t step,
                               const struct hash *author, struct slice op)
{
    bool row = false;
    return stmt_step(stmt, &row, NULL) == ST_OK && row && stmt_int(stmt, 0) == position &&
           stmt_int(stmt, 1) == (int64_t)step &&
           slice_equal(stmt_blob(stmt, 2), hash_slice(author)) &&
           slice_equal(stmt_blob(stmt, 3), op);
}

static bool is_void(struct audit *audit, uint64_t leaf, uint32_t position)
{
    struct stmt *stmt = db_stmt(audit->rep->db, "SELECT 1 FROM void_change WHERE ledger = ?1"
                                                " AND leaf = ?2 AND position = ?3");
    bool row = false;
    bind_int(stmt, 1, audit->ledger->no);
    bind_int(stmt, 2, (int64_t)leaf);
    bind_int(stmt, 3, position);
    enum status st = stmt_step(stmt, &row, NULL);
    stmt_reset(stmt);
    return st == ST_OK && row;
}

/* The rows that the registry is read from are the ops of the leaf's changes that count, and no
 * other. */
static void check_authority(struct audit *audit, const struct subject *about, uint64_t leaf,
                            const struct segment *segment, struct arena *arena)
{
    struct stmt *stmt = db_stmt(audit->rep->db, "SELECT position, step, author, op FROM"
                                                " authority_op WHERE leaf = ?1"
                                                " ORDER BY position, step");
    bool good = true, row = false;
    bind_int(stmt, 1, (int64_t)leaf);
    for (uint32_t i = 0; i < segment->header.count && good; i++) {
        struct op_body body;
        if (segment_body(segment, i, arena, &body, NULL) != ST_OK || is_void(audit, leaf, i))
            continue;
        for (size_t k = 0; k < body.op_count && good; k++)
            if (body.ops[k].code >= OP_AUTHORITY)
                good = next_authority_row(stmt, i, k, &segment->header.kid, body.ops[k].raw);
    }
    if (good)
        good = stmt_step(stmt, &row, NULL) == ST_OK && !row;
    stmt_reset(stmt);
    if (!good)
        report(audit, "row", true, about, "由登记账本第 %" PRIu64 " 项推出的授权与签名的内容不符",
               leaf);
}

/* ---- what was erased ---- */

/* Content may be missing only where an order says so. Whether there is such an order is looked at
 * with the rows (check_erasures). */
static void check_content(struct audit *audit, const struct subject *about,
                          const struct segment *segment)
{
    for (uint32_t i = 0; i < segment->header.count; i++) {
        struct erasure erasure;
        if (!segment_erased(segment, i) ||
            (about->index != UINT64_MAX &&
             erasure_find(audit->rep->db, audit->ledger->no, about->index, i, &erasure) &&
             erasure.explained))
            continue;
        report(audit, "erased", true, about,
               "序号 %" PRIu64 " 的改动内容不在了，却没有抹除它的命令",
               segment->header.first_seq + i);
    }
}

static enum status load_leaf(struct audit *audit, uint64_t index, struct arena *arena,
                             struct segment *out, struct error *err)
{
    struct stored_changeset stored;
    struct segment_known known;
    replica_known(audit->rep, audit->ledger, &known);
    enum status st = replica_read_leaf(audit->rep, audit->ledger, index, arena, &stored, err);
    return st == ST_OK ? segment_load(stored.cose, stored.salts, stored.columns, &known.index,
                                      arena, out, err)
                       : st;
}

/* Is there such an order, and does it count? */
static bool is_ordered(struct audit *audit, const struct erasure *erasure,
                       const struct segment *segment, uint32_t position, struct arena *arena)
{
    struct segment order;
    struct op_body body;
    if (load_leaf(audit, erasure->by_leaf, arena, &order, NULL) != ST_OK ||
        erasure->by_position >= order.header.count ||
        is_void(audit, erasure->by_leaf, erasure->by_position) ||
        segment_body(&order, erasure->by_position, arena, &body, NULL) != ST_OK)
        return false;
    for (size_t i = 0; i < body.op_count; i++)
        if (erasure_names(&body.ops[i], segment, position))
            return true;
    return false;
}

static void check_erasure(struct audit *audit, uint64_t leaf, uint32_t position)
{
    struct arena arena = {0};
    struct segment segment;
    struct erasure erasure;
    struct leaf_row row;
    struct subject about;
    row_of_leaf(audit, leaf, &row);
    const bool known = subject_read(audit, row.changeset, &about);
    if (erasure_find(audit->rep->db, audit->ledger->no, leaf, position, &erasure) &&
        erasure.explained && load_leaf(audit, leaf, &arena, &segment, NULL) == ST_OK &&
        position < segment.header.count) {
        const uint64_t seq = segment.header.first_seq + position;
        if (!is_ordered(audit, &erasure, &segment, position, &arena))
            report(audit, "erased", true, known ? &about : NULL,
                   "序号 %" PRIu64 " 的改动记为已抹除，账本里却没有这样的命令", seq);
        else if (!segment_erased(&segment, position))
            report(audit, "not_erased", true, known ? &about : NULL,
                   "序号 %" PRIu64 " 的改动应当抹除，内容却还在", seq);
        else if (!erasure.agrees)
            report(audit, "erased_differs", true, known ? &about : NULL,
                   "序号 %" PRIu64 " 的改动抹除后留下的各项，与抹除的命令所写的不同", seq);
    }
    arena_release(&arena);
}

static enum status check_erasures(struct audit *audit, struct error *err)
{
    struct stmt *stmt = NULL;
    bool row = false;
    enum status st = db_prepare(audit->rep->db,
                                slice_str("SELECT leaf, position FROM erasure WHERE ledger = ?1"
                                          " ORDER BY leaf, position"),
                                &stmt, err);
    if (st != ST_OK)
        return st;
    bind_int(stmt, 1, audit->ledger->no);
    while ((st = stmt_step(stmt, &row, err)) == ST_OK && row)
        check_erasure(audit, (uint64_t)stmt_int(stmt, 0), (uint32_t)stmt_int(stmt, 1));
    stmt_release(stmt);
    return st;
}

/* One changeset's own bytes: id, signature, hashes, and the row beside them. */
static void check_changeset(struct audit *audit, const struct stored_changeset *cs,
                            const struct subject *row, uint64_t limit, struct arena *arena)
{
    struct subject signed_words, *about = &signed_words;
    struct segment_known known;
    struct segment segment;
    struct changeset header;
    struct sign_public pk;
    struct error why;
    struct hash id;

    changeset_id(cs->cose, &id);
    if (changeset_decode(cs->cose, &header, &why) != ST_OK) {
        report(audit, "bytes", true, row, "签名数据读不出来：%.160s", why.text);
        return;
    }
    const uint64_t base = replica_base(audit->rep, audit->ledger, &header);
    signed_words = (struct subject){.kid = header.kid,
                                    .chain = header.chain,
                                    .number = header.number,
                                    .first_seq = header.first_seq,
                                    .count = header.count,
                                    .base_size = header.base_size,
                                    .ledger = audit->ledger->no,
                                    .index = limit < audit->ledger->tree.size ? limit : UINT64_MAX};
    if (!hash_equal(&id, &cs->id)) /* then its own words say little: the row names it */
        report(audit, "bytes", true, row, "存储的内容与其标识不符");
    if (!hash_equal(&header.kid, &row->kid) ||
        memcmp(header.chain.b, row->chain.b, sizeof(header.chain.b)) != 0 ||
        header.number != row->number || header.first_seq != row->first_seq ||
        header.count != row->count || base != row->base_size || row->ledger != about->ledger ||
        row->index != about->index)
        report(audit, "row", true, about, "索引行与签名的内容不符");
    replica_known(audit->rep, audit->ledger, &known);
    if (!author_key(audit->rep, &header.kid, &pk))
        report(audit, "author", true, about, "签名人不在登记账本中");
    else if (segment_check(cs->cose, cs->salts, cs->columns, &audit->ledger->origin, &pk,
                           &known.index, arena, &segment, &why) != ST_OK)
        report(audit, "signature", true, about, "签名或散列不符：%.160s", why.text);
    else {
        check_content(audit, about, &segment);
        if (audit->ledger == audit->rep->registry_ledger && about->index != UINT64_MAX)
            check_authority(audit, about, limit, &segment, arena);
    }
    check_bases(audit, about, &header, base, limit);
    check_deps(audit, about, &header, limit);
    check_chain(audit, about, &header, base, &id);
    if (about->index != UINT64_MAX && author_key(audit->rep, &header.kid, &pk))
        check_admission(audit, about, &header);
    audit->counts.changesets++;
    audit->counts.changes += header.count;
}

static struct hash root_of_nothing(void)
{
    struct hash out;
    hash_bytes(SLICE_NONE, &out);
    return out;
}

/* The leaf itself: what the tree is made of. */
static void check_place(struct audit *audit, uint64_t index, const struct leaf_row *row,
                        const struct subject *about)
{
    const struct leaf *leaf = &row->leaf;
    struct hash hash, root;
    leaf_hash(leaf, &hash);
    merkle_append(&audit->tree, &hash);
    merkle_root(&audit->tree, &root);
    audit->before = index ? audit->root : root_of_nothing();
    audit->root = root;
    if (!hash_equal(&root, &row->root))
        report(audit, "tree", true, about, "第 %" PRIu64 " 项之后的根与各项的散列不符", index);
    if (leaf->admitted_ms < audit->last.admitted_ms ||
        leaf->registry_size < audit->last.registry_size ||
        leaf->registry_size > audit->rep->registry_ledger->tree.size)
        report(audit, "order", true, about, "第 %" PRIu64 " 项的接收时间或登记账本大小倒退", index);
    audit->last = *leaf;
}

/* Unreadable, but its row says where it stood: what follows it in its chain is not to blame. */
static void pass_over(struct audit *audit, const struct subject *about, const struct hash *id)
{
    struct chain_seen *seen = chain_of(audit, &about->kid, &about->chain);
    seen->head.number = about->number;
    seen->head.seq = about->first_seq + about->count - 1;
    seen->head.id = *id;
}

static void check_leaf(struct audit *audit, uint64_t index, struct arena *arena)
{
    struct stored_changeset cs;
    struct leaf_row row;
    struct subject about;
    struct error why;
    row_of_leaf(audit, index, &row);
    bool known = subject_read(audit, row.changeset, &about);

    check_place(audit, index, &row, known ? &about : NULL);
    if (replica_read_leaf(audit->rep, audit->ledger, index, arena, &cs, &why) == ST_OK) {
        if (!hash_equal(&row.leaf.id, &cs.id))
            report(audit, "bytes", true, &about, "第 %" PRIu64 " 项指向另一组改动", index);
        check_changeset(audit, &cs, &about, index, arena);
        return;
    }
    report(audit, "bytes", true, known ? &about : NULL, "第 %" PRIu64 " 项读不出来：%.160s", index,
           why.text);
    if (known)
        pass_over(audit, &about, &row.leaf.id);
}

/* ---- rows that no leaf leads to ---- */

/* A changeset that says it has a leaf, and that leaf is not its own. */
static enum status check_strays(struct audit *audit, struct error *err)
{
    struct stmt *stmt = db_stmt(
        audit->rep->db, "SELECT c.no, c.idx FROM changeset c WHERE c.ledger = ?1"
                        " AND c.idx IS NOT NULL AND NOT EXISTS (SELECT 1 FROM leaf l"
                        " WHERE l.ledger = c.ledger AND l.idx = c.idx AND l.changeset = c.no)");
    bool row = false;
    enum status st;
    bind_int(stmt, 1, audit->ledger->no);
    while ((st = stmt_step(stmt, &row, err)) == ST_OK && row) {
        struct subject about;
        const bool known = subject_read(audit, stmt_int(stmt, 0), &about);
        report(audit, "row", true, known ? &about : NULL, "账本第 %" PRId64 " 项不是这组改动",
               stmt_int(stmt, 1));
    }
    stmt_reset(stmt);
    return st;
}

static enum status check_surplus(struct audit *audit, struct error *err)
{
    struct stmt *stmt = db_stmt(audit->rep->db, "SELECT idx, changeset FROM leaf WHERE ledger = ?1"
                                                " AND (idx < 0 OR idx >= ?2)");
    bool row = false;
    enum status st;
    bind_int(stmt, 1, audit->ledger->no);
    bind_int(stmt, 2, (int64_t)audit->ledger->tree.size);
    while ((st = stmt_step(stmt, &row, err)) == ST_OK && row) {
        struct subject about;
        const bool known = subject_read(audit, stmt_int(stmt, 1), &about);
        report(audit, "row", true, known ? &about : NULL,
               "账本有 %" PRIu64 " 项，却存着第 %" PRId64 " 项", audit->ledger->tree.size,
               stmt_int(stmt, 0));
    }
    stmt_reset(stmt);
    return st;
}

/* Of ledgers that are not there; looked for once, with the registry. */
static enum status check_orphans(struct audit *audit, struct error *err)
{
    struct stmt *stmt = db_stmt(
        audit->rep->db, "SELECT 'leaf', ledger, count(*), min(changeset) FROM leaf"
                        " WHERE ledger NOT IN (SELECT no FROM ledger) GROUP BY ledger UNION ALL"
                        " SELECT 'changeset', ledger, count(*), min(no) FROM changeset"
                        " WHERE ledger NOT IN (SELECT no FROM ledger) GROUP BY ledger UNION ALL"
                        " SELECT 'cosigned', ledger, count(*), 0 FROM cosigned"
                        " WHERE ledger NOT IN (SELECT no FROM ledger) GROUP BY ledger");
    bool row = false;
    enum status st;
    while ((st = stmt_step(stmt, &row, err)) == ST_OK && row) {
        struct subject about;
        const bool known = subject_read(audit, stmt_int(stmt, 3), &about);
        struct slice table = stmt_text(stmt, 0);
        report(audit, "row", true, known ? &about : NULL,
               "%.*s 表有 %" PRId64 " 行属于不存在的账本（编号 %" PRId64 "）", (int)table.n,
               (const char *)table.p, stmt_int(stmt, 2), stmt_int(stmt, 1));
    }
    stmt_reset(stmt);
    return st;
}

static enum status check_rest(struct audit *audit, struct error *err)
{
    enum status st = check_strays(audit, err);
    if (st == ST_OK)
        st = check_surplus(audit, err);
    if (st == ST_OK && audit->ledger == audit->rep->registry_ledger)
        st = check_orphans(audit, err);
    return st;
}

/* *lost: it was signed in an earlier epoch, over more than was kept; a desk that was away has it
 * until it hears the next. */
static bool open_head(struct audit *audit, struct slice text, struct checkpoint *out, bool *lost)
{
    const struct ledger *ledger = audit->ledger;
    const struct registry *reg = &audit->rep->registry;
    const struct sign_public *key = registry_log_key(reg, reg->size);
    struct origin name;
    *lost = false;
    if (replica_open_kept(audit->rep, ledger, text, out, NULL) == ST_OK)
        return true;
    if (!key)
        return false;
    for (uint32_t epoch = 0; epoch < ledger->epoch && !*lost; epoch++)
        *lost = audit->place == AUDIT_DESK && origin_of_epoch(&ledger->origin, epoch, &name) &&
                checkpoint_open(text, &name, key, out, NULL) == ST_OK;
    return *lost;
}

/* ---- what is declared lost ---- */

/* As much of it as a finding takes, whole characters. */
static int cut_text(struct slice text)
{
    size_t n = text.n < REASON_TOLD ? text.n : REASON_TOLD;
    while (n > 0 && n < text.n && (text.p[n] & 0xC0) == 0x80)
        n--;
    return (int)n;
}

static void tell_epoch(struct audit *audit, const struct epoch *epoch)
{
    struct arena arena = {0};
    struct subject about = {.number = 0};
    struct hash root;
    struct slice reason = epochs_reason(audit->rep, epoch, &arena, &about.kid);
    report(audit, "epoch", false, &about,
           "签过 %" PRIu64 " 项，只找回 %" PRIu64 " 项，其余声明丢失，接着是第 %u "
           "期（登记账本第 %" PRIu64 " 项，根密钥签）：%.*s",
           epoch->lost_size, epoch->kept_size, (unsigned)epoch->number + 1, epoch->leaf,
           cut_text(reason), (const char *)reason.p);
    if (audit->ledger->epoch >= epoch->number && audit->ledger->tree.size >= epoch->kept_size &&
        epoch->kept_size <= epoch_kept(audit->rep->registry.epochs,
                                       audit->rep->registry.epoch_count, &audit->ledger->origin,
                                       epoch->number) &&
        (!replica_root_at(audit->rep, audit->ledger, epoch->kept_size, &root) ||
         !hash_equal(&root, &epoch->kept_root)))
        report(audit, "epoch", true, &about, "声明留下的前 %" PRIu64 " 项与这里的不同",
               epoch->kept_size);
    arena_release(&arena);
}

static void list_epochs(struct audit *audit)
{
    const struct registry *reg = &audit->rep->registry;
    const uint32_t newest = epoch_newest(reg->epochs, reg->epoch_count, &audit->ledger->origin);
    if (audit->ledger->epoch > newest ||
        (audit->ledger->epoch < newest && audit->place == AUDIT_COUNTY))
        report(audit, "row", true, NULL, "账本记作第 %u 期，登记账本里是第 %u 期",
               (unsigned)audit->ledger->epoch + 1, (unsigned)newest + 1);
    for (size_t i = 0; i < reg->epoch_count; i++)
        if (strcmp(reg->epochs[i].ledger.text, audit->ledger->origin.text) == 0)
            tell_epoch(audit, &reg->epochs[i]);
}

static void check_head(struct audit *audit)
{
    const struct ledger *ledger = audit->ledger;
    struct arena arena = {0};
    struct checkpoint checkpoint;
    struct hash root;
    bool lost;

    merkle_root(&audit->tree, &root);
    if (!hash_equal(&root, &ledger->root))
        report(audit, "tree", true, NULL, "各项的散列算不出账本的根");
    struct slice text = replica_checkpoint(audit->rep, audit->ledger, &arena);
    if (ledger->tree.size > 0 && text.n == 0)
        report(audit, "checkpoint", true, NULL, "没有检查点");
    else if (text.n && !open_head(audit, text, &checkpoint, &lost))
        report(audit, "checkpoint", true, NULL, "检查点的签名不符");
    else if (text.n && lost)
        report(audit, "behind", false, NULL,
               "检查点还是已声明丢失的那段历史的（%" PRIu64 " 项）；再同步一次即可换成新的",
               checkpoint.size);
    else if (text.n && audit->place == AUDIT_DESK && checkpoint.size > ledger->tree.size)
        report(audit, "behind", false, NULL,
               "检查点说有 %" PRIu64 " 项，本机已收到 %" PRIu64 " 项；再同步一次即可核对其余",
               checkpoint.size, ledger->tree.size);
    else if (text.n &&
             (checkpoint.size != ledger->tree.size || !hash_equal(&checkpoint.root, &root)))
        report(audit, "checkpoint", true, NULL, "检查点与账本不符（大小 %" PRIu64 "）",
               checkpoint.size);
    arena_release(&arena);
}

/* What witnesses have signed of this ledger: the county's own line, and that it is of this tree.
 * The lines below are for those who have the witnesses' keys (agent/core/quorum.h). */
static void check_cosigned(struct audit *audit)
{
    struct ledger *ledger = audit->ledger;
    struct arena arena = {0};
    struct checkpoint checkpoint;
    struct hash root;
    uint64_t size;
    struct slice text = cosigned_read(audit->rep, ledger, &arena, &size);
    if (text.p == NULL)
        return; /* none has */
    if (replica_open_kept(audit->rep, ledger, text, &checkpoint, NULL) != ST_OK)
        report(audit, "cosigned", true, NULL, "见证人联署的检查点：县里的签名不符");
    else if (checkpoint.size != size)
        report(audit, "cosigned", true, NULL,
               "见证人联署的检查点是 %" PRIu64 " 项的，却记作 %" PRIu64 " 项", checkpoint.size,
               size);
    else if (!replica_root_at(audit->rep, ledger, size, &root) ||
             !hash_equal(&root, &checkpoint.root))
        report(audit, "cosigned", true, NULL, "见证人联署的检查点与账本不符（大小 %" PRIu64 "）",
               size);
    arena_release(&arena);
}

static bool is_of_authority(struct slice code)
{
    static const enum verdict_code codes[] = {VERDICT_NO_GRANT, VERDICT_SCOPE, VERDICT_WRITER,
                                              VERDICT_AUTHORITY, VERDICT_QUARANTINED};
    for (size_t i = 0; i < ARRAY_LENGTH(codes); i++)
        if (slice_equal(code, slice_str(verdict_name(codes[i]))))
            return true;
    return false;
}

static bool was_forbidden(struct audit *audit, int64_t changeset)
{
    struct stmt *stmt = db_stmt(audit->rep->db, "SELECT cose FROM changeset WHERE no = ?1");
    struct changeset header;
    bool row = false;
    bind_int(stmt, 1, changeset);
    bool knowing = stmt_step(stmt, &row, NULL) == ST_OK && row &&
                   changeset_decode(stmt_blob(stmt, 0), &header, NULL) == ST_OK &&
                   breach_knowing(&audit->rep->registry, &header, &audit->ledger->origin);
    stmt_reset(stmt);
    return knowing;
}

static enum status list_void(struct audit *audit, struct error *err)
{
    struct stmt *stmt =
        db_stmt(audit->rep->db, "SELECT l.changeset, v.code, v.reason FROM void_change v"
                                " JOIN leaf l ON l.ledger = v.ledger AND l.idx = v.leaf"
                                " WHERE v.ledger = ?1 ORDER BY v.leaf, v.position");
    bool row = false;
    enum status st;

    bind_int(stmt, 1, audit->ledger->no);
    while ((st = stmt_step(stmt, &row, err)) == ST_OK && row) {
        struct subject about;
        const bool known = subject_read(audit, stmt_int(stmt, 0), &about);
        struct slice code = stmt_text(stmt, 1), reason = stmt_text(stmt, 2);
        const bool knowing = is_of_authority(code) && was_forbidden(audit, stmt_int(stmt, 0));
        report(audit, knowing ? "forbidden" : "void", false, known ? &about : NULL,
               "不计入（%.*s）：%.*s%s", (int)code.n, (const char *)code.p, (int)reason.n,
               (const char *)reason.p,
               knowing ? "；作者签名时看到的登记账本就不许，正常的程序做不出这样的改动" : "");
    }
    stmt_reset(stmt);
    return st;
}

/* ---- what was taken out of the system unmasked ---- */

static struct slice text_field(const struct record_state *record, const char *name)
{
    const struct catalog_field *field = catalog_field_named(record->table, slice_str(name));
    const bool said = field && field->no < record->field_count &&
                      record->fields[field->no].value.kind == VALUE_TEXT;
    return said ? record->fields[field->no].value.s : SLICE_NONE;
}

static void tell_access(struct audit *audit, const struct catalog_table *table,
                        const struct record_id *id, struct arena *arena)
{
    struct record_state record;
    struct history_item item;
    if (materialise_load(audit->rep, audit->ledger, table, id, arena, &record, NULL) != ST_OK ||
        materialise_stamp_origin(audit->rep, audit->ledger, &record.created, arena, &item, NULL) !=
            ST_OK)
        return; /* derived tables are compared by making them anew */
    const struct subject about = {.kid = item.author, .chain = item.chain, .number = item.number};
    struct slice what = text_field(&record, "what"), reason = text_field(&record, "reason");
    report(audit, "access", false, &about, "导出未遮盖的资料：%.*s；原因：%.*s", (int)what.n,
           (const char *)what.p, (int)reason.n, (const char *)reason.p);
}

static enum status list_accesses(struct audit *audit, struct error *err)
{
    const struct catalog_table *table =
        catalog_table_named(replica_catalog(audit->rep), slice_str("access_note"));
    struct stmt *stmt;
    struct arena arena = {0};
    struct record_id *all = NULL;
    size_t n = 0, capacity = 0;
    bool row = false;
    if (!table || !audit->ledger->tree.size)
        return ST_OK;
    enum status st = db_prepare(audit->rep->db,
                                slice_str("SELECT id FROM r_access_note WHERE ledger = ?1"
                                          " AND _state & 1 ORDER BY id"),
                                &stmt, err);
    if (st != ST_OK)
        return ST_OK; /* its table is not made yet */
    bind_int(stmt, 1, audit->ledger->no);
    while ((st = stmt_step(stmt, &row, err)) == ST_OK && row) {
        all = mem_grow(all, &capacity, n + 1, sizeof(*all));
        if (stmt_blob(stmt, 0).n == RECORD_ID_SIZE)
            memcpy(all[n++].b, stmt_blob(stmt, 0).p, RECORD_ID_SIZE);
    }
    stmt_release(stmt);
    for (size_t i = 0; i < n; i++) {
        tell_access(audit, table, &all[i], &arena);
        arena_reset(&arena);
    }
    arena_release(&arena);
    mem_free(all);
    return st;
}

struct waiting {
    int64_t no;
    struct hash id;
};

/* Work of this desk (or relayed by it) that has no leaf yet. */
static enum status check_waiting(struct audit *audit, struct error *err)
{
    struct stmt *stmt = db_stmt(audit->rep->db, "SELECT no, id FROM changeset WHERE ledger = ?1"
                                                " AND idx IS NULL ORDER BY no");
    struct waiting *all = NULL;
    struct arena arena = {0};
    size_t n = 0, capacity = 0;
    bool row = false;
    enum status st;

    bind_int(stmt, 1, audit->ledger->no);
    while ((st = stmt_step(stmt, &row, err)) == ST_OK && row) {
        all = mem_grow(all, &capacity, n + 1, sizeof(*all));
        all[n] = (struct waiting){.no = stmt_int(stmt, 0)};
        if (stmt_blob(stmt, 1).n == HASH_SIZE)
            memcpy(all[n].id.b, stmt_blob(stmt, 1).p, HASH_SIZE);
        n++;
    }
    stmt_reset(stmt);
    for (size_t i = 0; st == ST_OK && i < n; i++) {
        struct stored_changeset cs;
        struct subject about;
        struct error why;
        bool known = subject_read(audit, all[i].no, &about);
        if (replica_read_changeset(audit->rep, audit->ledger, &all[i].id, &arena, &cs, &why) ==
            ST_OK)
            check_changeset(audit, &cs, &about, audit->ledger->tree.size, &arena);
        else
            report(audit, "bytes", true, known ? &about : NULL, "还没送出的改动读不出来：%.160s",
                   why.text);
        arena_reset(&arena);
    }
    arena_release(&arena);
    mem_free(all);
    return st;
}

/* ---- photos and scans ---- */

static void on_attachment(void *arg, const struct stored_attachment *a)
{
    char hex[2 * HASH_SIZE + 1];
    hex_encode(hash_slice(&a->hash), hex);
    report(arg, "attachment", true, NULL, "附件 %.16s… 存着的内容与签名里的指纹不符%s", hex,
           a->held ? "；县里还有一份，用 huce attach get 重新取" : "");
}

static enum status check_all(struct audit *audit, struct error *err)
{
    struct arena arena = {0};
    for (uint64_t i = 0; i < audit->ledger->tree.size; i++) {
        check_leaf(audit, i, &arena);
        arena_reset(&arena);
    }
    arena_release(&arena);
    check_head(audit);
    list_epochs(audit);
    check_cosigned(audit);
    enum status st = check_rest(audit, err);
    if (st == ST_OK && audit->place == AUDIT_DESK)
        st = check_waiting(audit, err);
    if (st == ST_OK)
        st = check_erasures(audit, err);
    if (st == ST_OK)
        st = attachments_check(audit->rep->db, audit->ledger->no, on_attachment, audit, err);
    if (st == ST_OK)
        st = list_void(audit, err);
    return st == ST_OK ? list_accesses(audit, err) : st;
}

/* Reads only, so there is nothing to commit. */
static enum status begin_reading(struct db *db, bool *begun, struct error *err)
{
    *begun = !db_in_transaction(db);
    return *begun ? db_exec(db, "BEGIN", err) : ST_OK;
}

enum status audit_ledger(struct replica *rep, struct ledger *ledger, enum audit_place place,
                         audit_visit *fn, void *arg, struct audit_counts *counts, bool *ok,
                         struct error *err)
{
    struct audit *audit = mem_zero_alloc(1, sizeof(*audit));
    bool begun;

    audit->rep = rep;
    audit->ledger = ledger;
    audit->place = place;
    audit->fn = fn;
    audit->arg = arg;
    audit->ok = true;
    merkle_init(&audit->tree);
    enum status st = begin_reading(rep->db, &begun, err);
    if (st == ST_OK && !rep->registry_ledger)
        report(audit, "registry", true, NULL, "登记账本 %s 不见了，什么都无从核对",
               rep->registry_origin.text);
    else if (st == ST_OK)
        st = check_all(audit, err);
    if (begun)
        db_rollback(rep->db);
    *ok = audit->ok;
    if (counts) {
        counts->changesets += audit->counts.changesets;
        counts->changes += audit->counts.changes;
        counts->authors += audit->counts.authors;
    }
    arena_release(&audit->chains_arena);
    mem_free(audit);
    return st;
}
