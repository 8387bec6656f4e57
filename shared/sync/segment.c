/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * segment: taking a changeset apart for transport, and putting it together again.
 *
 * Everything that is trusted in the end hangs on one signature: the columns give the bodies, bodies
 * and salts give the leaves, the leaves give changes_root, and the signature covers that root
 * beside what the receiver filled in from its own store. If any of it is not what the author
 * signed, the signature does not verify.
 */
#include "shared/sync/segment.h"

#include "shared/base/check.h"

#define SHORT_ITEMS 12
#define FULL_ITEMS 4

/* ---- writing ---- */

static void put_hash(struct buf *out, const struct hash *hash)
{
    cbor_put_bytes(out, hash_slice(hash));
}

static void short_head_write(const struct changeset *cs, struct buf *out)
{
    cbor_put_array(out, SHORT_ITEMS);
    cbor_put_uint(out, SEGMENT_SHORT);
    cbor_put_int(out, cs->alg);
    put_hash(out, &cs->kid);
    cbor_put_bytes(out, slice_of(cs->chain.b, sizeof cs->chain.b));
    cbor_put_uint(out, cs->number);
    cbor_put_uint(out, cs->count);
    cbor_put_uint(out, cs->base_size);
    cbor_put_uint(out, cs->registry_size);
    cbor_put_array(out, cs->dep_count);
    for (uint32_t i = 0; i < cs->dep_count; i++)
        put_hash(out, &cs->deps[i]);
    cbor_put_bytes(out, slice_of(cs->signature.b, SIGN_SIZE));
}

static void full_head_write(const struct changeset *cs, struct buf *out)
{
    struct buf cose;
    buf_init(&cose, CHANGESET_ENCODED_MAX);
    changeset_encode(cs, &cose);
    CHECK(buf_ok(&cose));
    cbor_put_array(out, FULL_ITEMS);
    cbor_put_uint(out, SEGMENT_FULL);
    cbor_put_bytes(out, buf_slice(&cose));
    buf_release(&cose);
}

void segment_write(const struct changeset *header, enum segment_form form, struct slice salts,
                   struct slice columns, struct buf *out)
{
    if (form == SEGMENT_SHORT)
        short_head_write(header, out);
    else
        full_head_write(header, out);
    buf_put_slice(out, salts);
    cbor_put_bytes(out, columns);
}

void segment_salts_write(const struct segment *segment, struct buf *out)
{
    if (segment->has_seed) {
        cbor_put_bytes(out, slice_of(segment->seed, CHANGE_SEED_SIZE));
        return;
    }
    cbor_put_array(out, segment->header.count);
    for (uint32_t i = 0; i < segment->header.count; i++) {
        if (segment->erased[i])
            cbor_put_null(out);
        else
            cbor_put_bytes(out, slice_of(segment->salts[i].b, CHANGE_SALT_SIZE));
    }
}

/* ---- reading ---- */

struct parts {
    struct slice salts, columns;
    const struct record_index *index;
};

static enum status read_salts(struct slice bytes, struct arena *arena, struct segment *out,
                              struct error *err)
{
    struct cbor_reader r;
    cbor_reader_init(&r, bytes, "salts");
    if (cbor_peek(&r) == CBOR_BYTES) {
        cbor_read_fixed(&r, out->seed, CHANGE_SEED_SIZE);
        out->has_seed = true;
        return cbor_end(&r, err);
    }
    cbor_expect_array(&r, out->header.count);
    if (cbor_ok(&r)) {
        struct change_salt *salts = arena_alloc(arena, out->header.count * sizeof *salts);
        bool *erased = arena_alloc(arena, out->header.count * sizeof *erased);
        for (uint32_t i = 0; i < out->header.count; i++) {
            erased[i] = cbor_at_null(&r);
            if (erased[i]) {
                cbor_read_null(&r);
                salts[i] = (struct change_salt){{0}};
            } else {
                cbor_read_fixed(&r, salts[i].b, CHANGE_SALT_SIZE);
            }
        }
        out->salts = salts;
        out->erased = erased;
    }
    return cbor_end(&r, err);
}

static enum status check_left(const struct segment *segment, uint32_t position, struct error *err)
{
    struct arena arena = {0};
    struct op_body body;
    enum status status = segment_body(segment, position, &arena, &body, err);
    arena_release(&arena);
    return status;
}

/* Salts and changes, once the header's count and base_size are known. */
static enum status read_content(const struct parts *parts, struct arena *arena, struct segment *out,
                                struct error *err)
{
    uint32_t count = out->header.count;
    enum status status = read_salts(parts->salts, arena, out, err);
    if (status != ST_OK)
        return status;
    /* Each change has at least a clock and a form, one byte each. */
    if (parts->columns.n / 2 < count)
        return error_set(err, ST_INVALID, "segment: %u changes in %zu bytes", count,
                         parts->columns.n);
    out->columns = parts->columns;
    out->changes = arena_alloc(arena, count * sizeof *out->changes);
    status = columns_decode(parts->columns, count, out->header.base_size, parts->index, arena,
                            out->changes, err);
    if (status != ST_OK)
        return status;
    for (uint32_t i = 0; i < count; i++) {
        if (i > 0 && out->changes[i].hlc <= out->changes[i - 1].hlc)
            return error_set(err, ST_INVALID, "segment: the clock of change %u does not ascend", i);
        if (!segment_erased(out, i))
            continue;
        if (out->changes[i].body.n < HASH_SIZE)
            return error_set(err, ST_INVALID, "segment: erased change %u has no hash", i);
        status = check_left(out, i, err);
        if (status != ST_OK)
            return error_wrap(err, ST_INVALID, "segment: erased change %u", i);
    }
    return ST_OK;
}

static void changes_root(const struct segment *segment, struct hash *root)
{
    struct merkle tree;
    struct hmac_key key;
    if (segment->has_seed)
        hmac_prepare(slice_of(segment->seed, CHANGE_SEED_SIZE), &key);
    merkle_init(&tree);
    for (uint32_t i = 0; i < segment->header.count; i++) {
        const struct change_item *change = &segment->changes[i];
        uint64_t seq = segment->header.first_seq + i;
        struct change_salt salt;
        struct hash body, leaf;
        if (segment_erased(segment, i)) {
            memcpy(body.b, change->body.p, HASH_SIZE);
        } else {
            if (segment->has_seed)
                change_salt(&key, seq, &salt);
            else
                salt = segment->salts[i];
            change_body_hash(&salt, change->body, &body);
        }
        change_leaf(seq, change->hlc, &body, &leaf);
        merkle_append(&tree, &leaf);
    }
    merkle_root(&tree, root);
    if (segment->has_seed)
        secret_wipe(&key, sizeof key);
}

static bool root_of(const struct segment_known *known, bool registry, uint64_t size,
                    struct hash *root)
{
    if (size > 0)
        return known->root_at(known->arg, registry, size, root);
    hash_bytes(SLICE_NONE, root);
    return true;
}

/* What the changeset must continue: prev and first_seq. */
static bool chain_of(const struct segment_known *known, const struct changeset *cs,
                     struct hash *prev, uint64_t *first_seq)
{
    *prev = (struct hash){{0}};
    *first_seq = 1;
    return cs->number == 1 ||
           known->chain_at(known->arg, &cs->kid, &cs->chain, cs->number - 1, prev, first_seq);
}

static enum status check_deps(const struct segment_known *known, const struct changeset *cs,
                              struct error *err)
{
    for (uint32_t i = 0; i < cs->dep_count && known->has_changeset; i++)
        if (!known->has_changeset(known->arg, &cs->deps[i]))
            return error_set(err, ST_WAIT, "segment: a changeset it builds on is not here");
    return ST_OK;
}

static enum status waits_for(struct error *err, const char *what)
{
    return error_set(err, ST_WAIT, "segment: its %s is not here", what);
}

/* The fields that the writer left out, from our own store. */
static enum status fill_header(const struct segment_known *known, struct changeset *cs,
                               struct error *err)
{
    if (!chain_of(known, cs, &cs->prev, &cs->first_seq))
        return waits_for(err, "predecessor");
    if (!root_of(known, false, cs->base_size, &cs->base_root))
        return waits_for(err, "base");
    if (!root_of(known, true, cs->registry_size, &cs->registry_root))
        return waits_for(err, "registry base");
    return check_deps(known, cs, err);
}

/* The ledger's root there is this one; or it is of a part of its history that is declared lost. */
static enum status check_base(const struct segment_known *known, const struct changeset *cs,
                              struct error *err)
{
    struct hash expected;
    const bool here = root_of(known, false, cs->base_size, &expected);
    if (here && hash_equal(&expected, &cs->base_root))
        return ST_OK;
    if (known->lost_base && known->lost_base(known->arg, cs->base_size))
        return ST_OK;
    return here ? error_set(err, ST_DAMAGED, "segment: signed on another history of the ledger")
                : waits_for(err, "base");
}

/* A full form says itself what it builds on; compare with our own store. */
static enum status compare_header(const struct segment_known *known, const struct changeset *cs,
                                  struct error *err)
{
    struct hash expected;
    uint64_t first_seq;
    if (!chain_of(known, cs, &expected, &first_seq))
        return waits_for(err, "predecessor");
    if (!hash_equal(&expected, &cs->prev))
        return error_set(err, ST_EXISTS, "segment: continues another branch of its chain");
    if (first_seq != cs->first_seq)
        return error_set(err, ST_INVALID, "segment: first_seq does not continue its chain");
    enum status status = check_base(known, cs, err);
    if (status != ST_OK)
        return status;
    if (!root_of(known, true, cs->registry_size, &expected))
        return waits_for(err, "registry base");
    if (!hash_equal(&expected, &cs->registry_root))
        return error_set(err, ST_DAMAGED, "segment: signed on another history of the registry");
    return check_deps(known, cs, err);
}

static enum status read_short(struct cbor_reader *r, const struct origin *origin,
                              const struct segment_known *known, struct arena *arena,
                              struct segment *out, struct error *err)
{
    struct changeset *cs = &out->header;
    struct parts parts = {.index = &known->index};
    int64_t alg = cbor_read_int(r);
    if (alg != COSE_ED25519 && alg != COSE_EDDSA)
        cbor_fail(r, "unknown algorithm");
    cs->alg = alg == COSE_EDDSA ? COSE_EDDSA : COSE_ED25519;
    cbor_read_fixed(r, cs->kid.b, HASH_SIZE);
    cbor_read_fixed(r, cs->chain.b, sizeof cs->chain.b);
    cs->number = cbor_read_uint_max(r, INT64_MAX);
    cs->count = (uint32_t)cbor_read_uint_max(r, CHANGESET_CHANGES_MAX);
    cs->base_size = cbor_read_uint_max(r, INT64_MAX);
    cs->registry_size = cbor_read_uint_max(r, INT64_MAX);
    cs->dep_count = (uint32_t)cbor_read_array(r, CHANGESET_DEPS_MAX);
    for (uint32_t i = 0; i < cs->dep_count; i++) {
        cbor_read_fixed(r, cs->deps[i].b, HASH_SIZE);
        if (i > 0 && slice_compare(hash_slice(&cs->deps[i - 1]), hash_slice(&cs->deps[i])) >= 0)
            cbor_fail(r, "deps are not sorted and distinct");
    }
    cbor_read_fixed(r, cs->signature.b, SIGN_SIZE);
    parts.salts = cbor_read_item(r);
    parts.columns = cbor_read_bytes(r, COLUMNS_MAX);
    if (cbor_ok(r) && (cs->number == 0 || cs->count == 0))
        cbor_fail(r, "number or count is 0");
    enum status status = cbor_end(r, err);
    if (status == ST_OK)
        status = fill_header(known, cs, err);
    if (status != ST_OK)
        return status;

    struct sign_public author;
    if (!known->author(known->arg, &cs->kid, &author))
        return error_set(err, ST_NOT_FOUND, "segment: its author is not known here");
    status = read_content(&parts, arena, out, err);
    /* Whether the columns are bad or our ordinals are not theirs, only a full form can tell. */
    if (status != ST_OK)
        return error_wrap(err, ST_REFUSED, "short form");
    changes_root(out, &cs->changes_root);
    if (!changeset_verify(cs, origin, &author))
        return error_set(err, ST_REFUSED, "segment: the reassembled changeset does not verify");
    changeset_compute_id(cs, &out->id);
    return ST_OK;
}

/* The content under a header whose signature has been verified. */
static enum status read_signed_content(const struct parts *parts, struct arena *arena,
                                       struct segment *out, struct error *err)
{
    struct hash root;
    enum status status = read_content(parts, arena, out, err);
    if (status != ST_OK)
        return status;
    changes_root(out, &root);
    if (!hash_equal(&root, &out->header.changes_root))
        return error_set(err, ST_REFUSED, "segment: the changes are not those that were signed");
    return ST_OK;
}

static enum status read_full(struct cbor_reader *r, const struct origin *origin,
                             const struct segment_known *known, struct arena *arena,
                             struct segment *out, struct error *err)
{
    struct parts parts = {.index = &known->index};
    struct slice cose = cbor_read_bytes(r, CHANGESET_ENCODED_MAX);
    parts.salts = cbor_read_item(r);
    parts.columns = cbor_read_bytes(r, COLUMNS_MAX);
    enum status status = cbor_end(r, err);
    if (status == ST_OK)
        status = changeset_decode(cose, &out->header, err);
    if (status != ST_OK)
        return status;

    struct sign_public author;
    if (!known->author(known->arg, &out->header.kid, &author))
        return error_set(err, ST_NOT_FOUND, "segment: its author is not known here");
    if (!changeset_verify(&out->header, origin, &author))
        return error_set(err, ST_REFUSED, "segment: the signature is wrong");
    changeset_id(cose, &out->id);
    /* Before the content, whose ordinals mean something on our own history only. */
    status = compare_header(known, &out->header, err);
    if (status != ST_OK)
        return status;
    return read_signed_content(&parts, arena, out, err);
}

enum status segment_read(struct slice bytes, const struct origin *origin,
                         const struct segment_known *known, struct arena *arena,
                         struct segment *out, struct error *err)
{
    struct cbor_reader r;
    *out = (struct segment){0};
    cbor_reader_init(&r, bytes, "segment");
    size_t items = cbor_read_array(&r, SHORT_ITEMS);
    uint64_t form = cbor_read_uint_max(&r, SEGMENT_SHORT);
    if (cbor_ok(&r) && items != (form == SEGMENT_SHORT ? SHORT_ITEMS : FULL_ITEMS))
        cbor_fail(&r, "wrong number of items");
    if (!cbor_ok(&r))
        return cbor_end(&r, err);
    return form == SEGMENT_SHORT ? read_short(&r, origin, known, arena, out, err)
                                 : read_full(&r, origin, known, arena, out, err);
}

enum status segment_check(struct slice cose, struct slice salts, struct slice columns,
                          const struct origin *origin, const struct sign_public *author,
                          const struct record_index *index, struct arena *arena,
                          struct segment *out, struct error *err)
{
    struct parts parts = {salts, columns, index};
    *out = (struct segment){0};
    enum status status = changeset_decode(cose, &out->header, err);
    if (status == ST_OK && !changeset_verify(&out->header, origin, author))
        status = error_set(err, ST_REFUSED, "segment: the signature is wrong");
    if (status == ST_OK)
        status = read_signed_content(&parts, arena, out, err);
    changeset_id(cose, &out->id);
    /* What was verified when it came in and does not verify now has been changed on the disk. */
    return status == ST_OK ? ST_OK : error_wrap(err, ST_DAMAGED, "stored changeset");
}

enum status segment_load(struct slice cose, struct slice salts, struct slice columns,
                         const struct record_index *index, struct arena *arena, struct segment *out,
                         struct error *err)
{
    struct parts parts = {salts, columns, index};
    *out = (struct segment){0};
    enum status status = changeset_decode(cose, &out->header, err);
    if (status == ST_OK)
        status = read_content(&parts, arena, out, err);
    if (status != ST_OK)
        return error_wrap(err, ST_DAMAGED, "stored changeset");
    changeset_id(cose, &out->id);
    return ST_OK;
}

/* ---- one change ---- */

static void salt_of(const struct segment *segment, uint32_t position, struct change_salt *out)
{
    if (segment->has_seed) {
        struct hmac_key key;
        hmac_prepare(slice_of(segment->seed, CHANGE_SEED_SIZE), &key);
        change_salt(&key, segment->header.first_seq + position, out);
        secret_wipe(&key, sizeof key);
    } else {
        *out = segment->salts[position];
    }
}

void segment_body_hash(const struct segment *segment, uint32_t position, struct hash *out)
{
    const struct slice body = segment->changes[position].body;
    struct change_salt salt;
    CHECK(position < segment->header.count);
    if (segment_erased(segment, position)) {
        memcpy(out->b, body.p, HASH_SIZE);
        return;
    }
    salt_of(segment, position, &salt);
    change_body_hash(&salt, body, out);
}

void segment_change_leaf(const struct segment *segment, uint32_t position, struct hash *out)
{
    struct hash body;
    segment_body_hash(segment, position, &body);
    change_leaf(segment->header.first_seq + position, segment->changes[position].hlc, &body, out);
}

struct slice segment_left(const struct segment *segment, uint32_t position)
{
    const struct slice body = segment->changes[position].body;
    CHECK(segment_erased(segment, position) && body.n >= HASH_SIZE);
    return slice_of(body.p + HASH_SIZE, body.n - HASH_SIZE);
}

enum status segment_body(const struct segment *segment, uint32_t position, struct arena *arena,
                         struct op_body *out, struct error *err)
{
    if (!segment_erased(segment, position))
        return op_body_parse(segment->changes[position].body, arena, out, err);
    const struct slice left = segment_left(segment, position);
    *out = (struct op_body){0};
    return left.n ? op_redacted_parse(left, arena, out, err) : ST_OK;
}

/* A seed tells every salt, so one salt each takes its place. */
static void spread_seed(struct segment *segment, struct arena *arena)
{
    const uint32_t count = segment->header.count;
    struct change_salt *salts = arena_alloc(arena, count * sizeof *salts);
    bool *erased = arena_alloc(arena, count * sizeof *erased);
    for (uint32_t i = 0; i < count; i++) {
        salt_of(segment, i, &salts[i]);
        erased[i] = segment_erased(segment, i);
    }
    secret_wipe(segment->seed, sizeof segment->seed);
    segment->has_seed = false;
    segment->salts = salts;
    segment->erased = erased;
}

void segment_erase(struct segment *segment, uint32_t position, struct slice left,
                   struct arena *arena)
{
    struct hash hash;
    struct buf body;
    if (segment_erased(segment, position))
        return;
    segment_body_hash(segment, position, &hash);
    spread_seed(segment, arena);
    bool *erased = arena_copy(arena, segment->erased, segment->header.count * sizeof *erased);
    struct change_salt *salts =
        arena_copy(arena, segment->salts, segment->header.count * sizeof *salts);
    erased[position] = true;
    secret_wipe(&salts[position], sizeof salts[position]);
    buf_init(&body, HASH_SIZE + left.n);
    buf_put_slice(&body, hash_slice(&hash));
    buf_put_slice(&body, left);
    CHECK(buf_ok(&body));
    segment->erased = erased;
    segment->salts = salts;
    segment->changes[position].body = slice_of(arena_copy(arena, body.p, body.n), body.n);
    buf_release(&body);
}
