/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * audit: see audit.h. One pass over the leaves in order, carrying the tree, the last admission and
 * the end of every chain met so far.
 */
#include "server/core/audit.h"

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
    struct server *srv;
    struct ledger *ledger;
    audit_visit *fn;
    void *arg;
    bool ok;
    struct merkle tree;
    struct leaf last;
    struct arena chains_arena;
    struct chain_seen *chains[BUCKETS];
};

static void report(struct audit *audit, const char *code, bool damage,
                   const struct changeset *header, const char *format, ...) PRINTF_LIKE(5, 6);
static void report(struct audit *audit, const char *code, bool damage,
                   const struct changeset *header, const char *format, ...)
{
    struct finding finding = {.code = code, .damage = damage};
    va_list args;
    if (header) {
        finding.author = header->kid;
        finding.chain = header->chain;
        finding.number = header->number;
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
    }
    return &seen->head;
}

static bool author_key(const struct server *srv, const struct hash *kid, struct sign_public *pk)
{
    const struct registry *reg = &srv->rep->registry;
    const struct grant *grant = registry_grant_any(reg, kid);
    if (grant)
        *pk = grant->pk;
    else if (reg->has_county && hash_equal(kid, &reg->root_kid))
        *pk = reg->county.root;
    else
        return false;
    return true;
}

/* Leaf 0 of the registry brings its author's key with it; the fold has it by now. */
static void check_bases(struct audit *audit, const struct changeset *header, uint64_t index)
{
    struct replica *rep = audit->srv->rep;
    struct hash root;
    if (header->base_size > index || !replica_root_at(rep, audit->ledger, header->base_size, &root))
        report(audit, "base", true, header, "依据的大小 %" PRIu64 " 超过其位置 %" PRIu64,
               header->base_size, index);
    else if (!hash_equal(&root, &header->base_root))
        report(audit, "base", true, header, "作者签名所依据的历史与本账本在 %" PRIu64 " 处不同",
               header->base_size);
    if (!replica_root_at(rep, rep->registry_ledger, header->registry_size, &root) ||
        !hash_equal(&root, &header->registry_root))
        report(audit, "registry", true, header,
               "作者签名所依据的登记账本在 %" PRIu64 " 处与本处不同", header->registry_size);
}

static void check_chain(struct audit *audit, const struct changeset *header, const struct hash *id)
{
    struct chain_head *head = chain_of(audit, header);
    if (!chain_follows(head, header))
        report(audit, "chain", true, header, "序号 %" PRIu64 " 没有接在链的末尾 %" PRIu64 " 之后",
               header->number, head->number);
    head->number = header->number;
    head->seq = header->first_seq + header->count - 1;
    head->id = *id;
}

static void check_leaf(struct audit *audit, const struct stored_changeset *cs, uint64_t index,
                       struct arena *arena)
{
    const struct leaf *leaf = &cs->leaf;
    struct replica *rep = audit->srv->rep;
    struct segment_known known;
    struct segment segment;
    struct changeset header;
    struct sign_public pk;
    struct error why;
    struct hash id, hash;

    leaf_hash(leaf, &hash);
    merkle_append(&audit->tree, &hash);
    if (leaf->admitted_ms < audit->last.admitted_ms ||
        leaf->registry_size < audit->last.registry_size ||
        leaf->registry_size > rep->registry_ledger->tree.size)
        report(audit, "order", true, NULL, "第 %" PRIu64 " 项的接收时间或登记账本大小倒退", index);
    audit->last = *leaf;

    changeset_id(cs->cose, &id);
    if (changeset_decode(cs->cose, &header, &why) != ST_OK) {
        report(audit, "bytes", true, NULL, "第 %" PRIu64 " 项的签名数据不可读: %.120s", index,
               why.text);
        return;
    }
    if (!hash_equal(&id, &leaf->id))
        report(audit, "bytes", true, &header, "第 %" PRIu64 " 项的存储内容与其标识不符", index);
    replica_known(rep, audit->ledger, &known);
    if (!author_key(audit->srv, &header.kid, &pk))
        report(audit, "author", true, &header, "签名人不在登记账本中");
    else if (segment_check(cs->cose, cs->salts, cs->columns, &audit->ledger->origin, &pk,
                           &known.index, arena, &segment, &why) != ST_OK)
        report(audit, "signature", true, &header, "签名或散列不符: %.160s", why.text);
    check_bases(audit, &header, index);
    check_chain(audit, &header, &id);
}

static void check_head(struct audit *audit)
{
    const struct registry *reg = &audit->srv->rep->registry;
    struct ledger *ledger = audit->ledger;
    struct arena arena = {0};
    struct checkpoint checkpoint;
    struct error why;
    struct hash root;

    merkle_root(&audit->tree, &root);
    if (!hash_equal(&root, &ledger->root))
        report(audit, "tree", true, NULL, "各项的散列算不出账本的根");
    struct slice text = replica_checkpoint(audit->srv->rep, ledger, &arena);
    const struct sign_public *log_key = registry_log_key(reg, reg->size);
    if (ledger->tree.size > 0 && text.n == 0)
        report(audit, "checkpoint", true, NULL, "没有检查点");
    else if (text.n && (!log_key || checkpoint_open(text, &ledger->origin, log_key, &checkpoint,
                                                    &why) != ST_OK))
        report(audit, "checkpoint", true, NULL, "检查点的签名不符");
    else if (text.n &&
             (checkpoint.size != ledger->tree.size || !hash_equal(&checkpoint.root, &root)))
        report(audit, "checkpoint", true, NULL, "检查点与账本不符（大小 %" PRIu64 "）",
               checkpoint.size);
    arena_release(&arena);
}

static enum status list_void(struct audit *audit, struct error *err)
{
    struct stmt *stmt = db_stmt(audit->srv->db, "SELECT leaf, code, reason FROM void_change"
                                                " WHERE ledger = ?1 ORDER BY leaf, position");
    struct arena arena = {0};
    struct stored_changeset cs;
    struct changeset header;
    bool row;
    enum status st;

    bind_int(stmt, 1, audit->ledger->no);
    while ((st = stmt_step(stmt, &row, err)) == ST_OK && row) {
        const bool known =
            replica_read_leaf(audit->srv->rep, audit->ledger, (uint64_t)stmt_int(stmt, 0), &arena,
                              &cs, NULL) == ST_OK &&
            changeset_decode(cs.cose, &header, NULL) == ST_OK;
        struct slice code = stmt_text(stmt, 1), reason = stmt_text(stmt, 2);
        report(audit, "void", false, known ? &header : NULL, "不计入（%.*s）: %.*s", (int)code.n,
               (const char *)code.p, (int)reason.n, (const char *)reason.p);
        arena_reset(&arena);
    }
    stmt_reset(stmt);
    arena_release(&arena);
    return st;
}

enum status audit_ledger(struct server *srv, struct ledger *ledger, audit_visit *fn, void *arg,
                         bool *ok, struct error *err)
{
    struct audit *audit = mem_zero_alloc(1, sizeof(*audit));
    struct arena arena = {0};
    enum status st = ST_OK;

    audit->srv = srv;
    audit->ledger = ledger;
    audit->fn = fn;
    audit->arg = arg;
    audit->ok = true;
    merkle_init(&audit->tree);
    for (uint64_t i = 0; i < ledger->tree.size && st == ST_OK; i++) {
        struct stored_changeset cs;
        struct error why;
        if (replica_read_leaf(srv->rep, ledger, i, &arena, &cs, &why) == ST_OK)
            check_leaf(audit, &cs, i, &arena);
        else
            report(audit, "bytes", true, NULL, "第 %" PRIu64 " 项读不出来: %.160s", i, why.text);
        arena_reset(&arena);
    }
    check_head(audit);
    st = list_void(audit, err);
    *ok = audit->ok;
    arena_release(&arena);
    arena_release(&audit->chains_arena);
    mem_free(audit);
    return st;
}
