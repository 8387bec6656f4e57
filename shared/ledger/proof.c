/* SPDX-License-Identifier: MulanPSL-2.0 */
/* proof: see proof.h. The reader takes one spelling only; the verifier follows the arrows of the
 * picture there, and computes every hash from the bytes in the file. */
#include "shared/ledger/proof.h"

#include "shared/base/check.h"
#include "shared/codec/cbor.h"
#include "shared/codec/hex.h"

#include <inttypes.h>

#define FILE_ITEMS 6
#define EVIDENCE_ITEMS 6
#define CHANGE_ITEMS 3
#define VERSION 1

static const char tlog_head[] = "c2sp.org/tlog-proof@v1\nextra ";

/* ---- writing ---- */

static void put_tlog_proof(const struct proof_evidence *evidence, struct buf *out)
{
    uint8_t data[LEAF_DATA_SIZE];
    leaf_encode(&evidence->leaf, data);
    buf_put_str(out, tlog_head);
    base64_encode(slice_of(data, sizeof(data)), out);
    buf_printf(out, "\nindex %" PRIu64 "\n", evidence->index);
    for (size_t i = 0; i < evidence->inside.count; i++) {
        base64_encode(hash_slice(&evidence->inside.hashes[i]), out);
        buf_put_u8(out, '\n');
    }
    buf_put_u8(out, '\n');
    buf_put_slice(out, evidence->checkpoint);
}

static void put_evidence(const struct proof_evidence *evidence, struct buf *out)
{
    uint8_t change[CHANGE_ENCODED_MAX];
    struct buf text;
    size_t n = change_encode(evidence->seq, evidence->hlc, &evidence->body_hash, change);

    cbor_put_array(out, EVIDENCE_ITEMS);
    cbor_put_bytes(out, slice_of(change, n));
    if (evidence->withheld) {
        cbor_put_null(out);
        cbor_put_null(out);
    } else {
        cbor_put_bytes(out, evidence->body);
        cbor_put_bytes(out, slice_of(evidence->salt.b, CHANGE_SALT_SIZE));
    }
    cbor_put_bytes(out, evidence->cose);
    cbor_put_array(out, evidence->path.count);
    for (size_t i = 0; i < evidence->path.count; i++)
        cbor_put_bytes(out, hash_slice(&evidence->path.hashes[i]));
    buf_init(&text, PROOF_TLOG_MAX);
    put_tlog_proof(evidence, &text);
    cbor_put_text(out, buf_slice(&text));
    out->overflow |= text.overflow;
    buf_release(&text);
}

void proof_write(const struct proof *proof, struct buf *out)
{
    cbor_put_array(out, FILE_ITEMS);
    cbor_put_str(out, "huce-proof");
    cbor_put_uint(out, VERSION);
    cbor_put_str(out, proof->origin.text);
    put_evidence(&proof->change, out);
    cbor_put_str(out, proof->registry.text);
    cbor_put_array(out, proof->authority_count);
    for (size_t i = 0; i < proof->authority_count; i++)
        put_evidence(&proof->authority[i], out);
}

/* ---- reading ---- */

static bool take_line(struct slice *rest, struct slice *line)
{
    const uint8_t *end = rest->n ? memchr(rest->p, '\n', rest->n) : NULL;
    if (!end)
        return false;
    *line = slice_of(rest->p, (size_t)(end - rest->p));
    *rest = slice_of(end + 1, rest->n - line->n - 1);
    return true;
}

static bool take_text(struct slice *line, const char *text)
{
    size_t n = strlen(text);
    if (line->n < n || memcmp(line->p, text, n) != 0)
        return false;
    *line = slice_of(line->p + n, line->n - n);
    return true;
}

static bool read_base64(struct slice text, uint8_t *out, size_t n)
{
    struct buf bytes;
    buf_init(&bytes, n);
    bool good = base64_decode(text, &bytes) && bytes.n == n;
    if (good)
        memcpy(out, bytes.p, n);
    buf_release(&bytes);
    return good;
}

static bool read_number(struct slice text, uint64_t *out)
{
    *out = 0;
    if (text.n == 0 || text.n > 18 || (text.n > 1 && text.p[0] == '0'))
        return false;
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] < '0' || text.p[i] > '9')
            return false;
        *out = *out * 10 + (uint64_t)(text.p[i] - '0');
    }
    return true;
}

static bool read_tlog_proof(struct slice text, struct proof_evidence *out)
{
    uint8_t data[LEAF_DATA_SIZE];
    struct slice line;
    if (!take_text(&text, tlog_head) || !take_line(&text, &line) ||
        !read_base64(line, data, sizeof(data)))
        return false;
    leaf_decode(data, &out->leaf);
    if (out->leaf.admitted_ms < 0 || out->leaf.registry_size > INT64_MAX)
        return false;
    if (!take_line(&text, &line) || !take_text(&line, "index ") || !read_number(line, &out->index))
        return false;
    for (out->inside.count = 0; take_line(&text, &line) && line.n > 0; out->inside.count++)
        if (out->inside.count == MERKLE_PROOF_MAX ||
            !read_base64(line, out->inside.hashes[out->inside.count].b, HASH_SIZE))
            return false;
    out->checkpoint = text;
    return text.n > 0 && line.n == 0;
}

static void read_change(struct cbor_reader *r, struct proof_evidence *out)
{
    struct cbor_reader inner;
    cbor_reader_init(&inner, cbor_read_bytes(r, CHANGE_ENCODED_MAX), "change");
    cbor_expect_array(&inner, CHANGE_ITEMS);
    out->seq = cbor_read_uint_max(&inner, INT64_MAX);
    out->hlc = cbor_read_uint(&inner);
    cbor_read_fixed(&inner, out->body_hash.b, HASH_SIZE);
    if (cbor_end(&inner, NULL) != ST_OK)
        cbor_fail(r, "not a change");
}

static void read_content(struct cbor_reader *r, struct proof_evidence *out)
{
    out->withheld = cbor_at_null(r);
    if (out->withheld) {
        cbor_read_null(r);
        cbor_read_null(r);
        return;
    }
    out->body = cbor_read_bytes(r, CHANGE_BODY_MAX);
    cbor_read_fixed(r, out->salt.b, CHANGE_SALT_SIZE);
}

static void read_evidence(struct cbor_reader *r, struct proof_evidence *out)
{
    *out = (struct proof_evidence){0};
    cbor_expect_array(r, EVIDENCE_ITEMS);
    read_change(r, out);
    read_content(r, out);
    out->cose = cbor_read_bytes(r, CHANGESET_ENCODED_MAX);
    out->path.count = cbor_read_array(r, PROOF_PATH_MAX);
    for (size_t i = 0; i < out->path.count; i++)
        cbor_read_fixed(r, out->path.hashes[i].b, HASH_SIZE);
    struct slice text = cbor_read_text(r, PROOF_TLOG_MAX);
    if (cbor_ok(r) && !read_tlog_proof(text, out))
        cbor_fail(r, "not a tlog-proof");
}

static void read_origin(struct cbor_reader *r, struct origin *out)
{
    struct slice text = cbor_read_text(r, ORIGIN_MAX);
    if (cbor_ok(r) && !origin_parse(text, out))
        cbor_fail(r, "not the name of a ledger");
}

enum status proof_read(struct slice file, struct arena *arena, struct proof *out, struct error *err)
{
    struct cbor_reader r;
    *out = (struct proof){0};
    if (file.n > PROOF_FILE_MAX)
        return error_set(err, ST_INVALID, "不是证明文件：超过 %d 字节", PROOF_FILE_MAX);
    cbor_reader_init(&r, file, "proof");
    cbor_expect_array(&r, FILE_ITEMS);
    struct slice word = cbor_read_text(&r, 16);
    if (cbor_ok(&r) && !slice_equal(word, slice_str("huce-proof")))
        cbor_fail(&r, "another kind of file");
    if (cbor_read_uint(&r) != VERSION)
        cbor_fail(&r, "of another version");
    read_origin(&r, &out->origin);
    read_evidence(&r, &out->change);
    read_origin(&r, &out->registry);
    out->authority_count = cbor_read_array(&r, PROOF_AUTHORITY_MAX);
    if (cbor_ok(&r) && out->authority_count < 2)
        cbor_fail(&r, "no line of grants");
    out->authority = arena_alloc(arena, (out->authority_count + 1) * sizeof(*out->authority));
    for (size_t i = 0; i < out->authority_count && cbor_ok(&r); i++)
        read_evidence(&r, &out->authority[i]);
    enum status st = cbor_end(&r, err);
    return st == ST_OK ? ST_OK : error_wrap(err, st, "不是完好的证明文件");
}

/* ---- verifying ---- */

struct follow {
    const struct proof *proof;
    const struct hash *root_kid;
    struct registry registry; /* folded over what the file shows */
    struct error *err;
};

static enum status refuse(struct follow *f, const char *what, const char *why)
{
    return error_set(f->err, ST_REFUSED, "%s：%s", what, why);
}

/* The change is one of a changeset that this author signed for this ledger. */
static enum status follow_change(struct follow *f, const char *what,
                                 const struct proof_evidence *evidence, const struct origin *origin,
                                 const struct changeset *header, const struct sign_public *author)
{
    struct hash hash, leaf;
    if (!evidence->withheld) {
        change_body_hash(&evidence->salt, evidence->body, &hash);
        if (!hash_equal(&hash, &evidence->body_hash))
            return refuse(f, what, "内容与改动里的散列不符");
    }
    change_leaf(evidence->seq, evidence->hlc, &evidence->body_hash, &leaf);
    if (evidence->seq < header->first_seq ||
        !merkle_verify_inclusion(&leaf, evidence->seq - header->first_seq, header->count,
                                 evidence->path.hashes, evidence->path.count,
                                 &header->changes_root))
        return refuse(f, what, "改动不在签名的那一组里");
    if (!changeset_verify(header, origin, author))
        return refuse(f, what, "作者的签名不符");
    changeset_id(evidence->cose, &hash);
    if (!hash_equal(&hash, &evidence->leaf.id))
        return refuse(f, what, "账本的这一项是另一组改动");
    return ST_OK;
}

/* The leaf stands in the ledger whose head the county signed. */
static enum status follow_leaf(struct follow *f, const char *what,
                               const struct proof_evidence *evidence, const struct origin *origin,
                               struct checkpoint *head)
{
    const struct sign_public *log_key = registry_log_key(&f->registry, f->registry.size);
    struct hash leaf;
    struct error why;
    CHECK(log_key); /* the line of grants begins with the county, or nobody gets here */
    if (checkpoint_open(evidence->checkpoint, origin, log_key, head, &why) != ST_OK)
        return refuse(f, what, "检查点不是县里签的");
    leaf_hash(&evidence->leaf, &leaf);
    if (!merkle_verify_inclusion(&leaf, evidence->index, head->size, evidence->inside.hashes,
                                 evidence->inside.count, &head->root))
        return refuse(f, what, "这一项不在检查点的账本里");
    return ST_OK;
}

static bool key_of(const struct follow *f, const struct hash *kid, struct sign_public *pk)
{
    const struct grant *grant = registry_grant_any(&f->registry, kid);
    bool is_root = f->registry.has_county && hash_equal(kid, &f->registry.root_kid);
    if (grant)
        *pk = grant->pk;
    else if (is_root)
        *pk = f->registry.county.root;
    return grant || is_root;
}

/* [ops, note]: hands each op of the registry to its fold. The others (record ops, later ones) say
 * nothing about authority. */
static enum status fold_ops(struct follow *f, const struct proof_evidence *evidence,
                            const struct hash *author)
{
    struct cbor_reader r;
    enum status st = ST_OK;
    cbor_reader_init(&r, evidence->body, "body");
    cbor_expect_array(&r, 2);
    size_t count = cbor_read_array(&r, 4096);
    for (size_t i = 0; i < count && st == ST_OK && cbor_ok(&r); i++) {
        struct cbor_reader op;
        struct slice raw = cbor_read_item(&r);
        cbor_reader_init(&op, raw, "op");
        (void)cbor_read_array(&op, SIZE_MAX);
        uint64_t code = cbor_read_uint(&op);
        if (cbor_ok(&op) && (code == OP_COUNTY || code == OP_GRANT))
            st = registry_apply(&f->registry, evidence->index, author, f->root_kid, raw, NULL);
    }
    (void)cbor_read_item(&r);
    if (st == ST_OK && cbor_end(&r, NULL) != ST_OK)
        st = ST_INVALID;
    if (st == ST_OK)
        return ST_OK;
    return refuse(f, "登记账本的授权",
                  evidence->index == 0 ? "它不是由这把根公钥建立的" : "签名人不能这样授权");
}

/* As far as the file tells: the lower bounds of the effective time stand elsewhere in the ledger.
 */
static bool covers_time(const struct grant *grant, const struct proof_evidence *evidence)
{
    int64_t written_ms = hlc_ms(evidence->hlc), admitted_ms = evidence->leaf.admitted_ms;
    return grant_covers_time(grant, written_ms < admitted_ms ? written_ms : admitted_ms,
                             admitted_ms);
}

/* One link of the line from the root key to the author. The first one names the root key itself:
 * its ops are folded before its signature can be looked at, and mean nothing until that holds. */
static enum status follow_authority(struct follow *f, size_t i)
{
    const struct proof_evidence *evidence = &f->proof->authority[i];
    static const char what[] = "登记账本的授权";
    struct changeset header;
    struct sign_public pk;
    if (evidence->withheld)
        return refuse(f, what, "没有内容");
    if (i == 0 ? evidence->index != 0 : evidence->index < f->proof->authority[i - 1].index)
        return refuse(f, what, "次序不对");
    if (changeset_decode(evidence->cose, &header, NULL) != ST_OK)
        return refuse(f, what, "签名数据读不出来");
    enum status st = ST_OK;
    if (i == 0)
        st = fold_ops(f, evidence, &header.kid);
    if (st == ST_OK && !key_of(f, &header.kid, &pk))
        st = refuse(f, what, "签名人没有授权");
    const struct grant *grant = registry_grant_any(&f->registry, &header.kid);
    if (st == ST_OK && grant && !covers_time(grant, evidence))
        st = refuse(f, what, "签名人的授权已经到期");
    if (st == ST_OK)
        st = follow_change(f, what, evidence, &f->proof->registry, &header, &pk);
    if (st == ST_OK && i > 0)
        st = fold_ops(f, evidence, &header.kid);
    return st;
}

/* All of it against one head of the registry, signed by the log key that it names last. */
static enum status follow_registry(struct follow *f, struct checkpoint *head)
{
    const struct proof *proof = f->proof;
    struct checkpoint other;
    enum status st = ST_OK;
    for (size_t i = 0; i < proof->authority_count && st == ST_OK; i++)
        st = follow_authority(f, i);
    for (size_t i = 0; i < proof->authority_count && st == ST_OK; i++) {
        st = follow_leaf(f, "登记账本的授权", &proof->authority[i], &proof->registry,
                         i == 0 ? head : &other);
        if (st == ST_OK && i > 0 &&
            (other.size != head->size || !hash_equal(&other.root, &head->root)))
            st = refuse(f, "登记账本的授权", "几处检查点不是同一个");
    }
    return st;
}

/* The grant of the author, in force when the change got its leaf. */
static enum status follow_author(struct follow *f, struct proof_facts *facts)
{
    const struct proof_evidence *change = &f->proof->change;
    const struct grant *grant =
        registry_grant(&f->registry, &facts->header.kid, change->leaf.registry_size);
    if (!grant || grant->kind != GRANT_PERSON)
        return refuse(f, "这条改动", "作者当时没有授权");
    if (!grant_covers_ledger(grant, origin_code(&f->proof->origin)))
        return refuse(f, "这条改动", "作者的授权不包括这个账本");
    if (!covers_time(grant, change))
        return refuse(f, "这条改动", "作者的授权已经到期");
    facts->author = *grant;
    return ST_OK;
}

enum status proof_verify(const struct proof *proof, const struct hash *root_kid,
                         struct proof_facts *out, struct error *err)
{
    struct follow f = {.proof = proof, .root_kid = root_kid, .err = err};
    struct checkpoint registry_head = {0};
    struct origin ledger; /* authors sign for the ledger, in whichever epoch its head is */
    (void)origin_epoch(&proof->origin, &ledger);
    *out = (struct proof_facts){0};
    registry_init(&f.registry, &proof->registry);
    enum status st = follow_registry(&f, &registry_head);
    if (st == ST_OK && proof->change.leaf.registry_size > registry_head.size)
        st = refuse(&f, "这条改动", "它所依据的登记账本比检查点还新");
    if (st == ST_OK && changeset_decode(proof->change.cose, &out->header, NULL) != ST_OK)
        st = refuse(&f, "这条改动", "签名数据读不出来");
    if (st == ST_OK)
        st = follow_author(&f, out);
    if (st == ST_OK)
        st = follow_change(&f, "这条改动", &proof->change, &ledger, &out->header, &out->author.pk);
    if (st == ST_OK)
        st = follow_leaf(&f, "这条改动", &proof->change, &proof->origin, &out->ledger);
    if (st == ST_OK) {
        out->county = f.registry.county;
        out->registry_size = registry_head.size;
        change_leaf(proof->change.seq, proof->change.hlc, &proof->change.body_hash, &out->leaf);
    }
    registry_release(&f.registry);
    return st;
}
