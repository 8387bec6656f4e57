/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * prove: see prove.h. The line of grants is walked from its end: the grant of the author, the grant
 * of whoever granted that, until the root key; then the leaf that brought the newest log key.
 */
#include "shared/db/prove.h"

#include "shared/base/check.h"
#include "shared/db/tree.h"
#include "shared/record/op.h"

struct line {
    size_t count;
    struct place {
        uint64_t leaf;
        uint32_t position;
    } places[PROOF_AUTHORITY_MAX]; /* ascending */
};

/* ---- one piece of evidence ---- */

static enum status load(struct replica *rep, struct ledger *ledger, uint64_t leaf,
                        struct arena *arena, struct stored_changeset *stored,
                        struct segment *segment, struct error *err)
{
    struct segment_known known;
    enum status st = replica_read_leaf(rep, ledger, leaf, arena, stored, err);
    replica_known(rep, ledger, &known);
    if (st == ST_OK)
        st = segment_load(stored->cose, stored->salts, stored->columns, &known.index, arena,
                          segment, err);
    return st;
}

static void salt_of(const struct segment *segment, uint32_t position, struct change_salt *out)
{
    if (segment->has_seed) {
        struct hmac_key key;
        hmac_prepare(slice_of(segment->seed, CHANGE_SEED_SIZE), &key);
        change_salt(&key, segment->header.first_seq + position, out);
    } else {
        *out = segment->salts[position];
    }
}

static bool change_hash(void *arg, uint64_t index, struct hash *out)
{
    segment_change_leaf(arg, (uint32_t)index, out);
    return true;
}

static enum status collect(struct replica *rep, struct ledger *ledger, const struct place *place,
                           bool withhold, struct arena *arena, struct proof_evidence *out,
                           struct error *err)
{
    struct stored_changeset stored;
    struct segment segment;
    const struct merkle_source changes = {change_hash, &segment};
    enum status st = load(rep, ledger, place->leaf, arena, &stored, &segment, err);
    if (st != ST_OK)
        return st;
    if (place->position >= segment.header.count)
        return error_set(err, ST_DAMAGED, "账本 %s 第 %llu 项里没有这条改动", ledger->origin.text,
                         (unsigned long long)place->leaf);
    *out = (struct proof_evidence){
        .seq = segment.header.first_seq + place->position,
        .hlc = segment.changes[place->position].hlc,
        .withheld = withhold || segment_erased(&segment, place->position),
        .cose = stored.cose,
        .leaf = stored.leaf,
        .index = place->leaf,
        .checkpoint = replica_checkpoint(rep, ledger, arena),
    };
    segment_body_hash(&segment, place->position, &out->body_hash);
    if (!out->withheld) {
        out->body = segment.changes[place->position].body;
        salt_of(&segment, place->position, &out->salt);
    }
    CHECK(merkle_prove_inclusion(&changes, place->position, segment.header.count, &out->path));
    return tree_prove_inclusion(rep, ledger, place->leaf, ledger->tree.size, &out->inside, err);
}

/* ---- the line of grants ---- */

static enum status add_place(struct line *line, uint64_t leaf, uint32_t position, struct error *err)
{
    size_t at = 0;
    if (line->count == PROOF_AUTHORITY_MAX)
        return error_set(err, ST_LIMIT, "授权经过的手太多，一个证明文件放不下");
    while (at < line->count &&
           (line->places[at].leaf < leaf ||
            (line->places[at].leaf == leaf && line->places[at].position < position)))
        at++;
    if (at < line->count && line->places[at].leaf == leaf && line->places[at].position == position)
        return ST_OK;
    memmove(&line->places[at + 1], &line->places[at], (line->count - at) * sizeof(line->places[0]));
    line->places[at] = (struct place){leaf, position};
    line->count++;
    return ST_OK;
}

/* Does this op grant the key (kid), or is it a county op (kid NULL)? */
static bool is_wanted(const struct op *op, const struct origin *registry, const struct hash *kid)
{
    struct grant grant;
    if (!kid)
        return op->code == OP_COUNTY;
    return op->code == OP_GRANT && grant_decode(op->raw, registry, &grant, NULL) == ST_OK &&
           hash_equal(&grant.kid, kid);
}

/* Which change of a registry leaf holds it, and who signed that leaf. */
static enum status find_op(struct replica *rep, uint64_t leaf, const struct hash *kid,
                           struct line *line, struct hash *author, struct error *err)
{
    struct ledger *registry = rep->registry_ledger;
    struct arena arena = {0};
    struct stored_changeset stored;
    struct segment segment;
    bool found = false;
    enum status st = load(rep, registry, leaf, &arena, &stored, &segment, err);
    for (uint32_t i = 0; st == ST_OK && !found && i < segment.header.count; i++) {
        struct op_body body;
        if (segment_erased(&segment, i) ||
            op_body_parse(segment.changes[i].body, &arena, &body, NULL) != ST_OK)
            continue;
        for (size_t k = 0; k < body.op_count && !found; k++)
            found = is_wanted(&body.ops[k], &registry->origin, kid);
        if (found)
            st = add_place(line, leaf, i, err);
    }
    if (st == ST_OK && !found)
        st = error_set(err, ST_DAMAGED, "登记账本第 %llu 项里没有该有的授权；请运行 huce audit",
                       (unsigned long long)leaf);
    if (st == ST_OK)
        *author = segment.header.kid;
    arena_release(&arena);
    return st;
}

/* size: of the registry when the grant had to be there. Work that a revocation's cut vouches for is
 * proven like other work: a file shows no revocations, earlier or later ones. */
static enum status walk_line(struct replica *rep, struct hash kid, uint64_t size, struct line *line,
                             struct error *err)
{
    const struct registry *registry = &rep->registry;
    struct hash root;
    enum status st = find_op(rep, 0, NULL, line, &root, err);
    while (st == ST_OK && !hash_equal(&kid, &registry->root_kid)) {
        const struct grant *grant = registry_grant_before(registry, &kid, size);
        if (!grant)
            return error_set(err, ST_REFUSED, "作者当时没有授权，这条改动证明不了什么");
        size = grant->leaf;
        const struct hash granted = kid;
        st = find_op(rep, grant->leaf, &granted, line, &kid, err);
    }
    if (st == ST_OK && registry->log_key_count > 0) {
        uint64_t newest = registry->log_keys[registry->log_key_count - 1].leaf;
        if (newest > 0)
            st = find_op(rep, newest, NULL, line, &root, err);
    }
    /* Both ends of the line may be the same change: it then stands there twice. */
    if (st == ST_OK && line->count == 1)
        line->places[line->count++] = line->places[0];
    return st;
}

/* ---- the file ---- */

/* *name: in which epoch the head was signed. */
static enum status check_covered(struct replica *rep, struct ledger *ledger, struct origin *name,
                                 struct error *err)
{
    const struct sign_public *key = registry_log_key(&rep->registry, rep->registry.size);
    struct arena arena = {0};
    struct checkpoint head = {0};
    struct slice text = replica_checkpoint(rep, ledger, &arena);
    enum status st = ST_OK;
    if (!key || text.n == 0)
        st = error_set(err, ST_WAIT, "账本 %s 还没有县里签名的检查点；请先同步",
                       ledger->origin.text);
    else
        st = replica_open_head(rep, ledger, text, key, &head, err);
    if (st != ST_OK && text.n && replica_open_kept(rep, ledger, text, &head, NULL) == ST_OK)
        st = error_set(err, ST_WAIT,
                       "账本 %s 的检查点还是县里换签名密钥以前的，不能随新密钥一起出证；账本再有"
                       "一项、同步一次就有新的",
                       ledger->origin.text);
    *name = head.origin;
    if (st == ST_OK && head.size != ledger->tree.size)
        st = error_set(err, ST_WAIT, "账本 %s 的检查点有 %llu 项，本机有 %llu 项；请先同步",
                       ledger->origin.text, (unsigned long long)head.size,
                       (unsigned long long)ledger->tree.size);
    arena_release(&arena);
    return st;
}

enum status prove_change(struct replica *rep, struct ledger *ledger, uint64_t leaf,
                         uint32_t position, bool withhold, struct arena *arena, struct proof *out,
                         struct error *err)
{
    struct ledger *registry = rep->registry_ledger;
    const struct place place = {leaf, position};
    struct line line = {0};
    struct changeset header;
    struct proof_facts facts;

    struct origin name, registry_name;
    enum status st = check_covered(rep, ledger, &name, err);
    if (st == ST_OK)
        st = check_covered(rep, registry, &registry_name, err);
    if (st != ST_OK)
        return st;
    *out = (struct proof){.origin = name, .registry = registry_name};
    st = collect(rep, ledger, &place, withhold, arena, &out->change, err);
    if (st == ST_OK)
        st = changeset_decode(out->change.cose, &header, err);
    if (st == ST_OK)
        st = walk_line(rep, header.kid, out->change.leaf.registry_size, &line, err);
    if (st != ST_OK)
        return st;
    out->authority = arena_alloc(arena, line.count * sizeof(*out->authority));
    for (size_t i = 0; i < line.count && st == ST_OK; i++, out->authority_count++)
        st = collect(rep, registry, &line.places[i], false, arena, &out->authority[i], err);
    return st == ST_OK ? proof_verify(out, &rep->root_kid, &facts, err) : st;
}
