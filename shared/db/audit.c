/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * audit: see audit.h. One pass over the leaves in order, carrying the tree, the last admission and
 * the end of every chain met so far.
 */
#include "shared/db/audit.h"

#include "shared/base/check.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

struct chain_seen {
    struct chain_head head;
    struct chain_seen *next;
};

#define BUCKETS 4096

struct audit {
    struct replica *rep;
    struct ledger *ledger;
    enum audit_place place;
    struct audit_counts counts;
    audit_visit *fn;
    void *arg;
    bool ok;
    struct merkle tree;
    struct leaf last;
    struct arena chains_arena;
    struct chain_seen *chains[BUCKETS];
};

/* Which changeset a finding is about: by what its row says, which is there also when its bytes
 * cannot be read. */
struct subject {
    struct hash kid;
    struct chain_id chain;
    uint64_t number, first_seq, count, base_size;
};

static void report(struct audit *audit, const char *code, bool damage, const struct subject *about,
                   const char *format, ...) PRINTF_LIKE(5, 6);
static void report(struct audit *audit, const char *code, bool damage, const struct subject *about,
                   const char *format, ...)
{
    struct finding finding = {.code = code, .damage = damage};
    va_list args;
    if (about) {
        finding.author = about->kid;
        finding.chain = about->chain;
        finding.number = about->number;
    }
    va_start(args, format);
    vsnprintf(finding.text, sizeof(finding.text), format, args);
    va_end(args);
    audit->ok &= !damage;
    audit->fn(audit->arg, &finding);
}

static struct chain_head *chain_of(struct audit *audit, const struct changeset *header)
{
    size_t bucket =
        (header->chain.b[0] << 4 ^ header->chain.b[1] ^ header->kid.b[0] << 8 ^ header->kid.b[1]) %
        BUCKETS;
    struct chain_seen *seen = audit->chains[bucket];
    while (seen && (!hash_equal(&seen->head.kid, &header->kid) ||
                    memcmp(seen->head.chain.b, header->chain.b, sizeof(header->chain.b)) != 0))
        seen = seen->next;
    if (!seen) {
        seen = arena_alloc(&audit->chains_arena, sizeof(*seen));
        *seen = (struct chain_seen){.head = {.kid = header->kid, .chain = header->chain},
                                    .next = audit->chains[bucket]};
        audit->chains[bucket] = seen;
        audit->counts.authors++;
    }
    return &seen->head;
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
                                                " c.count, c.base_size FROM changeset c"
                                                " JOIN chain n ON n.no = c.chain WHERE c.no = ?1");
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
    stmt_reset(stmt);
    return whole;
}

/* The changeset.no behind a leaf, and the root stored with it; 0: none. */
static int64_t changeset_of_leaf(struct audit *audit, uint64_t index, struct hash *root)
{
    struct stmt *stmt = db_stmt(audit->rep->db, "SELECT changeset, root FROM leaf"
                                                " WHERE ledger = ?1 AND idx = ?2");
    bool row = false;
    int64_t no = 0;
    bind_int(stmt, 1, audit->ledger->no);
    bind_int(stmt, 2, (int64_t)index);
    *root = (struct hash){0};
    if (stmt_step(stmt, &row, NULL) == ST_OK && row) {
        no = stmt_int(stmt, 0);
        if (stmt_blob(stmt, 1).n == HASH_SIZE)
            memcpy(root->b, stmt_blob(stmt, 1).p, HASH_SIZE);
        stmt_reset(stmt);
    }
    return no;
}

/* limit: how much of the ledger the author can have seen. */
static void check_bases(struct audit *audit, const struct subject *about,
                        const struct changeset *header, uint64_t limit)
{
    struct replica *rep = audit->rep;
    struct hash root;
    if (header->base_size > limit || !replica_root_at(rep, audit->ledger, header->base_size, &root))
        report(audit, "base", true, about, "依据的大小 %" PRIu64 " 超过其位置 %" PRIu64,
               header->base_size, limit);
    else if (!hash_equal(&root, &header->base_root))
        report(audit, "base", true, about, "作者签名所依据的历史与本账本在 %" PRIu64 " 处不同",
               header->base_size);
    if (!replica_root_at(rep, rep->registry_ledger, header->registry_size, &root) ||
        !hash_equal(&root, &header->registry_root))
        report(audit, "registry", true, about,
               "作者签名所依据的登记账本在 %" PRIu64 " 处与本处不同", header->registry_size);
}

static void check_chain(struct audit *audit, const struct subject *about,
                        const struct changeset *header, const struct hash *id)
{
    struct chain_head *head = chain_of(audit, header);
    if (!chain_follows(head, header))
        report(audit, "chain", true, about, "序号 %" PRIu64 " 没有接在链的末尾 %" PRIu64 " 之后",
               header->number, head->number);
    head->number = header->number;
    head->seq = header->first_seq + header->count - 1;
    head->id = *id;
}

/* One changeset's own bytes: id, signature, hashes, and the row beside them. */
static void check_changeset(struct audit *audit, const struct stored_changeset *cs,
                            const struct subject *about, uint64_t limit, struct arena *arena)
{
    struct segment_known known;
    struct segment segment;
    struct changeset header;
    struct sign_public pk;
    struct error why;
    struct hash id;

    changeset_id(cs->cose, &id);
    if (changeset_decode(cs->cose, &header, &why) != ST_OK) {
        report(audit, "bytes", true, about, "签名数据读不出来：%.160s", why.text);
        return;
    }
    if (!hash_equal(&id, &cs->id))
        report(audit, "bytes", true, about, "存储的内容与其标识不符");
    if (!hash_equal(&header.kid, &about->kid) ||
        memcmp(header.chain.b, about->chain.b, sizeof(header.chain.b)) != 0 ||
        header.number != about->number || header.first_seq != about->first_seq ||
        header.count != about->count || header.base_size != about->base_size)
        report(audit, "row", true, about, "索引行与签名的内容不符");
    replica_known(audit->rep, audit->ledger, &known);
    if (!author_key(audit->rep, &header.kid, &pk))
        report(audit, "author", true, about, "签名人不在登记账本中");
    else if (segment_check(cs->cose, cs->salts, cs->columns, &audit->ledger->origin, &pk,
                           &known.index, arena, &segment, &why) != ST_OK)
        report(audit, "signature", true, about, "签名或散列不符：%.160s", why.text);
    check_bases(audit, about, &header, limit);
    check_chain(audit, about, &header, &id);
    audit->counts.changesets++;
    audit->counts.changes += header.count;
}

static void check_leaf(struct audit *audit, uint64_t index, struct arena *arena)
{
    struct stored_changeset cs;
    struct subject about;
    struct error why;
    struct hash hash, root, stored_root;
    bool known = subject_read(audit, changeset_of_leaf(audit, index, &stored_root), &about);

    if (replica_read_leaf(audit->rep, audit->ledger, index, arena, &cs, &why) != ST_OK) {
        report(audit, "bytes", true, known ? &about : NULL, "第 %" PRIu64 " 项读不出来：%.160s",
               index, why.text);
        return;
    }
    const struct leaf *leaf = &cs.leaf;
    leaf_hash(leaf, &hash);
    merkle_append(&audit->tree, &hash);
    merkle_root(&audit->tree, &root);
    if (!hash_equal(&root, &stored_root))
        report(audit, "tree", true, &about, "第 %" PRIu64 " 项之后的根与各项的散列不符", index);
    if (leaf->admitted_ms < audit->last.admitted_ms ||
        leaf->registry_size < audit->last.registry_size ||
        leaf->registry_size > audit->rep->registry_ledger->tree.size)
        report(audit, "order", true, &about, "第 %" PRIu64 " 项的接收时间或登记账本大小倒退",
               index);
    audit->last = *leaf;
    if (!hash_equal(&leaf->id, &cs.id))
        report(audit, "bytes", true, &about, "第 %" PRIu64 " 项指向另一组改动", index);
    check_changeset(audit, &cs, &about, index, arena);
}

static void check_head(struct audit *audit)
{
    const struct registry *reg = &audit->rep->registry;
    const struct ledger *ledger = audit->ledger;
    struct arena arena = {0};
    struct checkpoint checkpoint;
    struct error why;
    struct hash root;

    merkle_root(&audit->tree, &root);
    if (!hash_equal(&root, &ledger->root))
        report(audit, "tree", true, NULL, "各项的散列算不出账本的根");
    struct slice text = replica_checkpoint(audit->rep, audit->ledger, &arena);
    const struct sign_public *log_key = registry_log_key(reg, reg->size);
    if (ledger->tree.size > 0 && text.n == 0)
        report(audit, "checkpoint", true, NULL, "没有检查点");
    else if (text.n && (!log_key || checkpoint_open(text, &ledger->origin, log_key, &checkpoint,
                                                    &why) != ST_OK))
        report(audit, "checkpoint", true, NULL, "检查点的签名不符");
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
        report(audit, "void", false, known ? &about : NULL, "不计入（%.*s）：%.*s", (int)code.n,
               (const char *)code.p, (int)reason.n, (const char *)reason.p);
    }
    stmt_reset(stmt);
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

enum status audit_ledger(struct replica *rep, struct ledger *ledger, enum audit_place place,
                         audit_visit *fn, void *arg, struct audit_counts *counts, bool *ok,
                         struct error *err)
{
    struct audit *audit = mem_zero_alloc(1, sizeof(*audit));
    struct arena arena = {0};
    enum status st = ST_OK;

    audit->rep = rep;
    audit->ledger = ledger;
    audit->place = place;
    audit->fn = fn;
    audit->arg = arg;
    audit->ok = true;
    merkle_init(&audit->tree);
    for (uint64_t i = 0; i < ledger->tree.size; i++) {
        check_leaf(audit, i, &arena);
        arena_reset(&arena);
    }
    check_head(audit);
    if (place == AUDIT_DESK)
        st = check_waiting(audit, err);
    if (st == ST_OK)
        st = list_void(audit, err);
    *ok = audit->ok;
    if (counts) {
        counts->changesets += audit->counts.changesets;
        counts->changes += audit->counts.changes;
        counts->authors += audit->counts.authors;
    }
    arena_release(&arena);
    arena_release(&audit->chains_arena);
    mem_free(audit);
    return st;
}
