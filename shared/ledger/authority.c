/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * authority: writing, strictly reading and folding the ops that say who may do what.
 *
 * The first half is bytes: one encode and one decode a kind. The second half is the fold. Nothing
 * in it looks at anything but the ops before it, so every replica with the same registry leaves
 * comes to the same registry.
 *
 * Invariants of the fold:
 *   1. grants are appended in order of leaf and never change but for revoked_leaf and its cut,
 * which are set once;
 *   2. only the newest grant of a key can be revoked, an older one has ended with the newer;
 *   3. the root key is that of leaf 0 for ever; it holds no grant.
 */
#include "shared/ledger/authority.h"
#include "shared/base/check.h"
#include "shared/codec/cbor.h"
#include "shared/ledger/change.h"

#define POP_LABEL "huce/1/pop\n"
#define COUNTY_ITEMS 5
#define GRANT_ITEMS 11
#define REVOKE_ITEMS 4

/* ---- writing ---- */

static void put_op(struct buf *out, size_t items, enum authority_op_code code)
{
    cbor_put_array(out, items);
    cbor_put_uint(out, code);
}

static void put_public(struct buf *out, const struct sign_public *pk)
{
    cbor_put_bytes(out, slice_of(pk->b, sizeof(pk->b)));
}

void county_encode(const struct county *county, struct buf *out)
{
    CHECK(county->url_count <= AUTHORITY_URLS_MAX && county->pin_count <= AUTHORITY_PINS_MAX);
    put_op(out, COUNTY_ITEMS, OP_COUNTY);
    put_public(out, &county->root);
    put_public(out, &county->log);
    cbor_put_array(out, county->url_count);
    for (size_t i = 0; i < county->url_count; i++)
        cbor_put_str(out, county->urls[i]);
    cbor_put_array(out, county->pin_count);
    for (size_t i = 0; i < county->pin_count; i++)
        cbor_put_bytes(out, hash_slice(&county->pins[i]));
}

void grant_encode(const struct grant *grant, struct buf *out)
{
    CHECK(grant->scope_count <= AUTHORITY_SCOPES_MAX);
    put_op(out, GRANT_ITEMS, OP_GRANT);
    cbor_put_uint(out, grant->kind);
    put_public(out, &grant->pk);
    cbor_put_bytes(out, slice_of(grant->person, sizeof(grant->person)));
    if (grant->has_device)
        cbor_put_bytes(out, hash_slice(&grant->device));
    else
        cbor_put_null(out);
    if (grant->has_box)
        cbor_put_bytes(out, slice_of(grant->box.b, sizeof(grant->box.b)));
    else
        cbor_put_null(out);
    cbor_put_str(out, grant->name);
    cbor_put_str(out, grant->role);
    cbor_put_array(out, grant->scope_count);
    for (size_t i = 0; i < grant->scope_count; i++)
        cbor_put_text(out, slice_of(grant->scopes[i], DIVISION_CODE_SIZE));
    if (grant->expires_ms == INT64_MAX)
        cbor_put_null(out);
    else
        cbor_put_uint(out, (uint64_t)grant->expires_ms);
    cbor_put_bytes(out, slice_of(grant->pop.b, SIGN_SIZE));
}

void revoke_encode(const struct hash *kid, unsigned reason, struct buf *out)
{
    revoke_encode_cut(kid, reason, NULL, 0, out);
}

void revoke_encode_cut(const struct hash *kid, unsigned reason, const struct revoke_cut *cut,
                       size_t count, struct buf *out)
{
    CHECK(reason <= AUTHORITY_REASON_MAX && count <= AUTHORITY_CUT_MAX);
    put_op(out, REVOKE_ITEMS, OP_REVOKE);
    cbor_put_bytes(out, hash_slice(kid));
    cbor_put_uint(out, reason);
    cbor_put_array(out, count);
    for (size_t i = 0; i < count; i++) {
        cbor_put_array(out, 3);
        cbor_put_str(out, cut[i].origin.text);
        cbor_put_bytes(out, slice_of(cut[i].chain.b, sizeof(cut[i].chain.b)));
        cbor_put_bytes(out, hash_slice(&cut[i].id));
    }
}

void targets_encode(enum authority_op_code code, const struct target *targets, size_t count,
                    struct buf *out)
{
    CHECK(code == OP_VOID || code == OP_ADOPT);
    CHECK(count >= 1 && count <= AUTHORITY_TARGETS_MAX);
    put_op(out, 2, code);
    cbor_put_array(out, count);
    for (size_t i = 0; i < count; i++) {
        if (targets[i].is_changeset)
            cbor_put_bytes(out, hash_slice(&targets[i].changeset));
        else
            reference_put(&targets[i].change, out);
    }
}

void erase_encode(const struct reference *ref, struct slice ops, struct buf *out)
{
    put_op(out, 3, OP_ERASE);
    reference_put(ref, out);
    buf_put_slice(out, ops);
}

void catalog_op_encode(struct slice migration, struct buf *out)
{
    put_op(out, 2, OP_CATALOG);
    buf_put_slice(out, migration);
}

void close_encode(struct slice reason, struct buf *out)
{
    put_op(out, 2, OP_CLOSE);
    cbor_put_text(out, reason);
}

void grant_pop_message(const struct origin *registry, const struct hash *kid, struct buf *out)
{
    buf_put_str(out, POP_LABEL);
    buf_put_str(out, registry->text);
    buf_put_u8(out, '\n');
    buf_put_slice(out, hash_slice(kid));
}

/* ---- reading ---- */

static void begin_op(struct cbor_reader *r, struct slice op, const char *what, size_t items,
                     enum authority_op_code code)
{
    cbor_reader_init(r, op, what);
    cbor_expect_array(r, items);
    if (cbor_read_uint(r) != code)
        cbor_fail(r, "another op number was expected");
}

static void read_public(struct cbor_reader *r, struct sign_public *pk)
{
    cbor_read_fixed(r, pk->b, sizeof(pk->b));
    if (cbor_ok(r) && !sign_public_valid(pk))
        cbor_fail(r, "not a usable public key");
}

/* A line of text for people: no control characters. Copies it with a final 0; size includes that.
 */
static void read_line(struct cbor_reader *r, char *out, size_t size)
{
    struct slice text = cbor_read_text(r, size - 1);
    for (size_t i = 0; i < text.n; i++)
        if (text.p[i] < 0x20 || text.p[i] == 0x7F)
            cbor_fail(r, "control character in a text");
    memset(out, 0, size);
    if (text.n > 0)
        memcpy(out, text.p, text.n);
}

bool county_url_valid(struct slice url)
{
    size_t scheme = url.n > 7 && memcmp(url.p, "http://", 7) == 0    ? 7
                    : url.n > 8 && memcmp(url.p, "https://", 8) == 0 ? 8
                                                                     : 0;
    if (scheme == 0 || url.n >= sizeof(((struct county *)NULL)->urls[0]))
        return false;
    for (size_t i = scheme; i < url.n; i++)
        if (url.p[i] <= 0x20 || url.p[i] >= 0x7F)
            return false;
    return true;
}

bool role_valid(struct slice role)
{
    static const char *const words[] = {"village", "grid", "township", "registrar", "auditor"};
    for (size_t i = 0; i < ARRAY_LENGTH(words); i++)
        if (slice_equal(role, slice_str(words[i])))
            return true;
    if (role.n <= 5 || role.n > AUTHORITY_ROLE_MAX || memcmp(role.p, "dept:", 5) != 0)
        return false;
    for (size_t i = 5; i < role.n; i++)
        if (role.p[i] <= 0x20 || role.p[i] == 0x7F)
            return false;
    return true;
}

enum status county_decode(struct slice op, struct county *out, struct error *err)
{
    struct cbor_reader r;
    memset(out, 0, sizeof(*out));
    begin_op(&r, op, "county", COUNTY_ITEMS, OP_COUNTY);
    read_public(&r, &out->root);
    read_public(&r, &out->log);
    out->url_count = cbor_read_array(&r, AUTHORITY_URLS_MAX);
    for (size_t i = 0; i < out->url_count; i++) {
        read_line(&r, out->urls[i], sizeof(out->urls[i]));
        if (!county_url_valid(slice_str(out->urls[i])))
            cbor_fail(&r, "not an http or https address");
    }
    out->pin_count = cbor_read_array(&r, AUTHORITY_PINS_MAX);
    for (size_t i = 0; i < out->pin_count; i++)
        cbor_read_fixed(&r, out->pins[i].b, HASH_SIZE);
    return cbor_end(&r, err);
}

static void read_scopes(struct cbor_reader *r, struct grant *out)
{
    out->scope_count = cbor_read_array(r, AUTHORITY_SCOPES_MAX);
    for (size_t i = 0; i < out->scope_count; i++) {
        struct slice code = cbor_read_text(r, DIVISION_CODE_SIZE);
        if (division_code_valid(code))
            memcpy(out->scopes[i], code.p, DIVISION_CODE_SIZE);
        else
            cbor_fail(r, "a scope that is not a 12-digit division code");
    }
}

static void read_grant(struct cbor_reader *r, bool check_key, struct grant *out)
{
    out->kind = (enum grant_kind)cbor_read_uint_max(r, GRANT_DEVICE);
    if (check_key)
        read_public(r, &out->pk);
    else
        cbor_read_fixed(r, out->pk.b, sizeof(out->pk.b));
    cbor_read_fixed(r, out->person, sizeof(out->person));
    out->has_device = !cbor_at_null(r);
    if (out->has_device)
        cbor_read_fixed(r, out->device.b, HASH_SIZE);
    else
        cbor_read_null(r);
    out->has_box = !cbor_at_null(r);
    if (out->has_box)
        cbor_read_fixed(r, out->box.b, sizeof(out->box.b));
    else
        cbor_read_null(r);
    read_line(r, out->name, sizeof(out->name));
    read_line(r, out->role, sizeof(out->role));
    read_scopes(r, out);
    if (cbor_at_null(r)) {
        cbor_read_null(r);
        out->expires_ms = INT64_MAX;
    } else {
        out->expires_ms = (int64_t)cbor_read_uint_max(r, INT64_MAX - 1);
    }
    cbor_read_fixed(r, out->pop.b, SIGN_SIZE);
    if (!cbor_ok(r))
        return;
    if (out->kind == GRANT_PERSON ? out->has_box : out->has_device)
        cbor_fail(r, "a person has no box key, a device no device");
    if (out->name[0] == 0)
        cbor_fail(r, "no name");
    bool plain_device = out->kind == GRANT_DEVICE && out->role[0] == 0;
    if (!plain_device && !role_valid(slice_str(out->role)))
        cbor_fail(r, "an unknown role");
}

static bool proves_possession(const struct grant *grant, const struct origin *registry)
{
    struct buf message;
    buf_init(&message, sizeof(POP_LABEL) + ORIGIN_MAX + 1 + HASH_SIZE);
    grant_pop_message(registry, &grant->kid, &message);
    bool good = sign_verify(&grant->pk, buf_slice(&message), &grant->pop);
    buf_release(&message);
    return good;
}

/* registry NULL: these bytes were accepted before; key and proof are not checked again. */
static enum status parse_grant(struct slice op, const struct origin *registry, struct grant *out,
                               struct error *err)
{
    struct cbor_reader r;
    memset(out, 0, sizeof(*out));
    out->leaf = out->revoked_leaf = UINT64_MAX;
    begin_op(&r, op, "grant", GRANT_ITEMS, OP_GRANT);
    read_grant(&r, registry != NULL, out);
    enum status status = cbor_end(&r, err);
    if (status != ST_OK)
        return status;
    sign_kid(&out->pk, &out->kid);
    if (registry && !proves_possession(out, registry))
        return error_set(err, ST_INVALID,
                         "grant: the key named for %s has not signed that it is there (proof of "
                         "possession)",
                         out->name);
    return ST_OK;
}

enum status grant_decode(struct slice op, const struct origin *registry, struct grant *out,
                         struct error *err)
{
    CHECK(registry != NULL);
    return parse_grant(op, registry, out, err);
}

void revoke_release(struct revoke *revoke)
{
    mem_free(revoke->cut);
    *revoke = (struct revoke){0};
}

enum status revoke_decode(struct slice op, struct revoke *out, struct error *err)
{
    struct cbor_reader r;
    *out = (struct revoke){0};
    begin_op(&r, op, "revoke", REVOKE_ITEMS, OP_REVOKE);
    cbor_read_fixed(&r, out->kid.b, HASH_SIZE);
    out->reason = (unsigned)cbor_read_uint_max(&r, AUTHORITY_REASON_MAX);
    out->cut_count = cbor_read_array(&r, AUTHORITY_CUT_MAX);
    if (out->cut_count > 0)
        out->cut = mem_zero_alloc(out->cut_count, sizeof(out->cut[0]));
    for (size_t i = 0; i < out->cut_count; i++) {
        cbor_expect_array(&r, 3);
        if (!origin_parse(cbor_read_text(&r, ORIGIN_MAX), &out->cut[i].origin))
            cbor_fail(&r, "not the name of a ledger");
        cbor_read_fixed(&r, out->cut[i].chain.b, sizeof(out->cut[i].chain.b));
        cbor_read_fixed(&r, out->cut[i].id.b, HASH_SIZE);
    }
    return cbor_end(&r, err);
}

enum status targets_decode(struct slice op, enum authority_op_code code,
                           struct target out[static AUTHORITY_TARGETS_MAX], size_t *count,
                           struct error *err)
{
    struct cbor_reader r;
    begin_op(&r, op, code == OP_VOID ? "void" : "adopt", 2, code);
    *count = cbor_read_array(&r, AUTHORITY_TARGETS_MAX);
    if (cbor_ok(&r) && *count == 0)
        cbor_fail(&r, "names nothing");
    for (size_t i = 0; i < *count; i++) {
        memset(&out[i], 0, sizeof(out[i]));
        out[i].is_changeset = cbor_peek(&r) == CBOR_BYTES;
        if (out[i].is_changeset)
            cbor_read_fixed(&r, out[i].changeset.b, HASH_SIZE);
        else
            reference_read(&r, &out[i].change);
    }
    return cbor_end(&r, err);
}

/* Record ops only: an erased authority op would rewrite who could do what. */
static void check_erased_ops(struct cbor_reader *r, struct slice ops)
{
    struct cbor_reader list;
    cbor_reader_init(&list, ops, "erased ops");
    size_t count = cbor_read_array(&list, AUTHORITY_ERASED_OPS_MAX);
    for (size_t i = 0; i < count; i++) {
        struct slice item = cbor_read_item(&list);
        struct cbor_reader one;
        cbor_reader_init(&one, item, "erased op");
        (void)cbor_read_array(&one, SIZE_MAX);
        (void)cbor_read_uint_max(&one, OP_COUNTY - 1);
        if (!cbor_ok(&one))
            cbor_fail(&list, "not a record op");
    }
    if (!cbor_ok(&list))
        cbor_fail(r, list.error);
}

enum status erase_decode(struct slice op, struct reference *ref, struct slice *ops,
                         struct error *err)
{
    struct cbor_reader r;
    begin_op(&r, op, "erase", 3, OP_ERASE);
    reference_read(&r, ref);
    *ops = cbor_read_item(&r);
    if (cbor_ok(&r))
        check_erased_ops(&r, *ops);
    return cbor_end(&r, err);
}

enum status catalog_op_decode(struct slice op, struct slice *migration, struct error *err)
{
    struct cbor_reader r;
    begin_op(&r, op, "catalog", 2, OP_CATALOG);
    if (cbor_peek(&r) != CBOR_ARRAY)
        cbor_fail(&r, "a migration is an array");
    *migration = cbor_read_item(&r);
    return cbor_end(&r, err);
}

enum status close_decode(struct slice op, struct slice *reason, struct error *err)
{
    struct cbor_reader r;
    begin_op(&r, op, "close", 2, OP_CLOSE);
    *reason = cbor_read_text(&r, CHANGE_NOTE_MAX);
    return cbor_end(&r, err);
}

void recovery_encode(const struct box_public *key, struct buf *out)
{
    cbor_put_array(out, 2);
    cbor_put_uint(out, OP_RECOVERY);
    cbor_put_bytes(out, slice_of(key->b, sizeof(key->b)));
}

enum status recovery_decode(struct slice op, struct box_public *key, struct error *err)
{
    struct cbor_reader r;
    begin_op(&r, op, "recovery", 2, OP_RECOVERY);
    cbor_read_fixed(&r, key->b, sizeof(key->b));
    if (cbor_ok(&r) && !box_public_valid(key))
        cbor_fail(&r, "not a usable X25519 key");
    return cbor_end(&r, err);
}

/* ---- the registry's indexes ---- */

static uint32_t *find_slot(const struct registry *reg, const struct grant_index *index,
                           const struct hash *key)
{
    bool by_device = index == &reg->by_device;
    size_t mask = index->capacity - 1, i;
    memcpy(&i, key->b, sizeof(i)); /* kids are hashes already */
    for (;; i++) {
        uint32_t *slot = &index->slots[i & mask];
        if (*slot == 0)
            return slot;
        const struct grant *grant = &reg->grants[*slot - 1];
        if (hash_equal(by_device ? &grant->device : &grant->kid, key))
            return slot;
    }
}

/* At most three quarters full, so that a search always ends. */
static void index_reserve(const struct registry *reg, struct grant_index *index)
{
    if ((index->used + 1) * 4 <= index->capacity * 3)
        return;
    uint32_t *old = index->slots;
    size_t old_capacity = index->capacity;
    index->capacity = old_capacity ? 2 * old_capacity : 64;
    index->slots = mem_zero_alloc(index->capacity, sizeof(index->slots[0]));
    for (size_t i = 0; i < old_capacity; i++) {
        if (old[i] == 0)
            continue;
        const struct grant *grant = &reg->grants[old[i] - 1];
        const struct hash *key = index == &reg->by_device ? &grant->device : &grant->kid;
        *find_slot(reg, index, key) = old[i];
    }
    mem_free(old);
}

/* Puts grants[number - 1] in front of the older ones of this key; returns the one it hides. */
static uint32_t index_add(struct registry *reg, struct grant_index *index, const struct hash *key,
                          uint32_t number)
{
    index_reserve(reg, index);
    uint32_t *slot = find_slot(reg, index, key);
    uint32_t older = *slot;
    index->used += older == 0;
    *slot = number;
    return older;
}

static uint32_t index_find(const struct registry *reg, const struct grant_index *index,
                           const struct hash *key)
{
    return index->capacity ? *find_slot(reg, index, key) : 0;
}

static struct grant *grant_at(const struct registry *reg, uint32_t number)
{
    return number ? &reg->grants[number - 1] : NULL;
}

/* ---- the fold ---- */

void registry_init(struct registry *reg, const struct origin *origin)
{
    memset(reg, 0, sizeof(*reg));
    reg->origin = *origin;
}

void registry_release(struct registry *reg)
{
    mem_free(reg->grants);
    mem_free(reg->cuts);
    mem_free(reg->catalog_leaves);
    mem_free(reg->log_keys);
    mem_free(reg->epochs);
    mem_free(reg->by_kid.slots);
    mem_free(reg->by_device.slots);
    memset(reg, 0, sizeof(*reg));
}

static void *copy_of(const void *array, size_t count, size_t size)
{
    void *copy = mem_zero_alloc(count + 1, size);
    if (count > 0)
        memcpy(copy, array, count * size);
    return copy;
}

void registry_clone(const struct registry *from, struct registry *to)
{
    *to = *from;
    to->grants = copy_of(from->grants, from->grant_count, sizeof(from->grants[0]));
    to->grant_capacity = from->grant_count + 1;
    to->cuts = copy_of(from->cuts, from->cut_count, sizeof(from->cuts[0]));
    to->cut_capacity = from->cut_count + 1;
    to->catalog_leaves =
        copy_of(from->catalog_leaves, from->catalog_count, sizeof(from->catalog_leaves[0]));
    to->catalog_capacity = from->catalog_count + 1;
    to->log_keys = copy_of(from->log_keys, from->log_key_count, sizeof(from->log_keys[0]));
    to->log_key_capacity = from->log_key_count + 1;
    to->epochs = copy_of(from->epochs, from->epoch_count, sizeof(from->epochs[0]));
    to->epoch_capacity = from->epoch_count + 1;
    to->by_kid.slots = copy_of(from->by_kid.slots, from->by_kid.capacity, sizeof(uint32_t));
    to->by_device.slots =
        copy_of(from->by_device.slots, from->by_device.capacity, sizeof(uint32_t));
}

static bool is_root(const struct registry *reg, const struct hash *author)
{
    return reg->has_county && hash_equal(author, &reg->root_kid);
}

static bool is_registrar(const struct registry *reg, const struct hash *author, uint64_t leaf)
{
    const struct grant *grant = registry_grant(reg, author, leaf);
    return grant && grant->kind == GRANT_PERSON && strcmp(grant->role, "registrar") == 0;
}

static bool holds_registrar(const struct grant *grant)
{
    return grant && grant->revoked_leaf == UINT64_MAX && strcmp(grant->role, "registrar") == 0;
}

static enum status refuse(struct error *err, const char *why)
{
    return error_set(err, ST_REFUSED, "%s", why);
}

static enum status first_county(const struct county *county, uint64_t leaf,
                                const struct hash *author, const struct hash *root_kid,
                                struct error *err)
{
    struct hash named;
    sign_kid(&county->root, &named);
    if (leaf != 0)
        return refuse(err, "the registry does not begin with the county naming itself");
    if (!hash_equal(author, root_kid) || !hash_equal(author, &named))
        return refuse(err, "the first county op is not by the root key that the invitation names");
    return ST_OK;
}

static enum status next_county(const struct registry *reg, const struct county *county,
                               uint64_t leaf, const struct hash *author, struct error *err)
{
    if (memcmp(&county->root, &reg->county.root, sizeof(county->root)) != 0)
        return refuse(err, "the root key of a county cannot be changed");
    if (is_root(reg, author))
        return ST_OK;
    if (!is_registrar(reg, author, leaf))
        return refuse(err, "only the root key or a registrar changes the county's addresses");
    if (memcmp(&county->log, &reg->county.log, sizeof(county->log)) != 0)
        return refuse(err, "only the root key changes the log key");
    return ST_OK;
}

static void add_log_key(struct registry *reg, uint64_t leaf, const struct sign_public *pk)
{
    if (reg->log_key_count > 0 &&
        memcmp(&reg->log_keys[reg->log_key_count - 1].pk, pk, sizeof(*pk)) == 0)
        return;
    reg->log_keys = mem_grow(reg->log_keys, &reg->log_key_capacity, reg->log_key_count + 1,
                             sizeof(reg->log_keys[0]));
    reg->log_keys[reg->log_key_count++] = (struct registry_log_key){leaf, *pk};
}

static enum status apply_county(struct registry *reg, uint64_t leaf, const struct hash *author,
                                const struct hash *root_kid, struct slice op, struct error *err)
{
    struct county county;
    enum status status = county_decode(op, &county, err);
    if (status == ST_OK)
        status = reg->has_county ? next_county(reg, &county, leaf, author, err)
                                 : first_county(&county, leaf, author, root_kid, err);
    if (status != ST_OK)
        return status;
    reg->has_county = true;
    reg->county = county;
    sign_kid(&county.root, &reg->root_kid);
    add_log_key(reg, leaf, &county.log);
    return ST_OK;
}

static enum status apply_grant(struct registry *reg, uint64_t leaf, const struct hash *author,
                               struct slice op, struct error *err)
{
    struct grant grant;
    enum status status = parse_grant(op, reg->replay ? NULL : &reg->origin, &grant, err);
    if (status != ST_OK)
        return status;
    if (!is_root(reg, author)) {
        if (!is_registrar(reg, author, leaf))
            return refuse(err, "only the root key or a registrar grants");
        /* A newer grant ends the older one, so it must not be a way to unseat a registrar. */
        if (strcmp(grant.role, "registrar") == 0 ||
            holds_registrar(registry_grant_any(reg, &grant.kid)))
            return refuse(err, "only the root key grants registrars");
    }
    if (hash_equal(&grant.kid, &reg->root_kid))
        return refuse(err, "the root key takes no grant");

    CHECK(reg->grant_count < UINT32_MAX - 1);
    reg->grants =
        mem_grow(reg->grants, &reg->grant_capacity, reg->grant_count + 1, sizeof(reg->grants[0]));
    uint32_t number = (uint32_t)++reg->grant_count;
    struct grant *kept = grant_at(reg, number);
    *kept = grant;
    kept->leaf = leaf;
    kept->older_of_kid = index_add(reg, &reg->by_kid, &kept->kid, number);
    if (kept->has_device)
        kept->older_on_device = index_add(reg, &reg->by_device, &kept->device, number);
    return ST_OK;
}

static void keep_cut(struct registry *reg, struct grant *grant, const struct revoke *revoke)
{
    CHECK(reg->cut_count + revoke->cut_count < UINT32_MAX);
    reg->cuts = mem_grow(reg->cuts, &reg->cut_capacity, reg->cut_count + revoke->cut_count + 1,
                         sizeof(reg->cuts[0]));
    grant->cut_first = (uint32_t)reg->cut_count;
    grant->cut_count = (uint32_t)revoke->cut_count;
    for (size_t i = 0; i < revoke->cut_count; i++)
        reg->cuts[reg->cut_count++] = revoke->cut[i];
}

static enum status apply_revoke(struct registry *reg, uint64_t leaf, const struct hash *author,
                                struct slice op, struct error *err)
{
    struct revoke revoke;
    struct grant *grant;
    enum status status = revoke_decode(op, &revoke, err);
    if (status != ST_OK)
        goto out;
    grant = grant_at(reg, index_find(reg, &reg->by_kid, &revoke.kid));
    if (!is_root(reg, author)) {
        if (!is_registrar(reg, author, leaf))
            status = refuse(err, "only the root key or a registrar revokes");
        else if (holds_registrar(grant))
            status = refuse(err, "only the root key revokes registrars");
    }
    if (status == ST_OK && (!grant || grant->revoked_leaf != UINT64_MAX))
        status = refuse(err, "this key has no grant in force that could be revoked");
    if (status == ST_OK) {
        grant->revoked_leaf = leaf;
        keep_cut(reg, grant, &revoke);
    }
out:
    revoke_release(&revoke);
    return status;
}

static enum status apply_catalog(struct registry *reg, uint64_t leaf, const struct hash *author,
                                 struct slice op, struct error *err)
{
    struct slice migration;
    enum status status = catalog_op_decode(op, &migration, err);
    if (status != ST_OK)
        return status;
    if (!is_root(reg, author) && !is_registrar(reg, author, leaf))
        return refuse(err, "only the root key or a registrar changes the catalog");
    reg->catalog_leaves = mem_grow(reg->catalog_leaves, &reg->catalog_capacity,
                                   reg->catalog_count + 1, sizeof(reg->catalog_leaves[0]));
    reg->catalog_leaves[reg->catalog_count++] = leaf;
    return ST_OK;
}

/* Whoever holds this key opens every desk of the county that is in his hands. */
static enum status apply_recovery(struct registry *reg, const struct hash *author, struct slice op,
                                  struct error *err)
{
    struct box_public key;
    enum status status = recovery_decode(op, &key, err);
    if (status != ST_OK)
        return status;
    if (!is_root(reg, author))
        return refuse(err, "only the root key names the recovery key");
    reg->has_recovery = true;
    reg->recovery = key;
    return ST_OK;
}

/* A past that is lost is grave, and a way to make it seem so: the root key alone, and an epoch
 * after the other. The registry itself goes on in no other epoch: every desk has all of it. */
static enum status apply_epoch(struct registry *reg, uint64_t leaf, const struct hash *author,
                               struct slice op, struct error *err)
{
    struct epoch epoch;
    struct slice reason;
    enum status status = epoch_decode(op, &epoch, &reason, err);
    if (status != ST_OK)
        return status;
    if (!is_root(reg, author))
        return refuse(err, "only the root key declares that a past is lost");
    if (strcmp(epoch.ledger.text, reg->origin.text) == 0)
        return refuse(err, "the registry has no other epoch");
    if (epoch.number != epoch_newest(reg->epochs, reg->epoch_count, &epoch.ledger) + 1)
        return refuse(err, "it is not the ledger's next epoch");
    epoch.leaf = leaf;
    reg->epochs =
        mem_grow(reg->epochs, &reg->epoch_capacity, reg->epoch_count + 1, sizeof(reg->epochs[0]));
    reg->epochs[reg->epoch_count++] = epoch;
    return ST_OK;
}

/* Ops whose form is frozen and whose effect comes later. */
static enum status check_form(uint64_t code, struct slice op, struct error *err)
{
    struct target targets[AUTHORITY_TARGETS_MAX];
    struct reference ref;
    struct slice content;
    size_t count;
    switch (code) {
    case OP_VOID:
    case OP_ADOPT:
        return targets_decode(op, (enum authority_op_code)code, targets, &count, err);
    case OP_ERASE:
        return erase_decode(op, &ref, &content, err);
    case OP_CLOSE:
        return close_decode(op, &content, err);
    default:
        return ST_OK; /* of a newer program */
    }
}

enum status registry_apply(struct registry *reg, uint64_t leaf, const struct hash *author,
                           const struct hash *root_kid, struct slice op, struct error *err)
{
    CHECK(leaf < UINT64_MAX && leaf + 1 >= reg->size);
    reg->size = leaf + 1;

    struct cbor_reader r;
    cbor_reader_init(&r, op, "authority op");
    (void)cbor_read_array(&r, SIZE_MAX);
    uint64_t code = cbor_read_uint(&r);
    if (!cbor_ok(&r) || code < OP_COUNTY || !cbor_is_canonical(op))
        return error_set(err, ST_INVALID, "not an authority op");

    if (!reg->has_county && code != OP_COUNTY)
        return refuse(err, "the registry does not begin with the county naming itself");
    switch (code) {
    case OP_COUNTY:
        return apply_county(reg, leaf, author, root_kid, op, err);
    case OP_GRANT:
        return apply_grant(reg, leaf, author, op, err);
    case OP_REVOKE:
        return apply_revoke(reg, leaf, author, op, err);
    case OP_CATALOG:
        return apply_catalog(reg, leaf, author, op, err);
    case OP_RECOVERY:
        return apply_recovery(reg, author, op, err);
    case OP_EPOCH:
        return apply_epoch(reg, leaf, author, op, err);
    default:
        return check_form(code, op, err);
    }
}

/* ---- questions ---- */

const struct grant *registry_grant_before(const struct registry *reg, const struct hash *kid,
                                          uint64_t size)
{
    const struct grant *grant = registry_grant_any(reg, kid);
    while (grant && grant->leaf >= size)
        grant = grant_at(reg, grant->older_of_kid);
    return grant;
}

const struct grant *registry_grant(const struct registry *reg, const struct hash *kid,
                                   uint64_t size)
{
    const struct grant *grant = registry_grant_before(reg, kid, size);
    return grant && grant->revoked_leaf >= size ? grant : NULL;
}

const struct grant *registry_revoked(const struct registry *reg, const struct hash *kid,
                                     uint64_t size)
{
    const struct grant *grant = registry_grant_before(reg, kid, size);
    return grant && grant->revoked_leaf < size ? grant : NULL;
}

bool registry_cut_has(const struct registry *reg, const struct grant *grant,
                      const struct origin *origin, const struct chain_id *chain,
                      const struct hash *id)
{
    for (uint32_t i = 0; i < grant->cut_count; i++) {
        const struct revoke_cut *head = &reg->cuts[grant->cut_first + i];
        if (hash_equal(&head->id, id) && memcmp(head->chain.b, chain->b, sizeof(chain->b)) == 0 &&
            strcmp(head->origin.text, origin->text) == 0)
            return true;
    }
    return false;
}

bool registry_is_head(const struct registry *reg, const struct hash *kid,
                      const struct origin *origin, const struct chain_id *chain,
                      const struct hash *id)
{
    const struct grant *grant = reg->cut_count ? registry_grant_any(reg, kid) : NULL;
    while (grant && !registry_cut_has(reg, grant, origin, chain, id))
        grant = grant_at(reg, grant->older_of_kid);
    return grant != NULL;
}

bool registry_rules(const struct registry *reg, const struct hash *kid, uint64_t size)
{
    return is_root(reg, kid) || is_registrar(reg, kid, size);
}

const struct grant *registry_grant_any(const struct registry *reg, const struct hash *kid)
{
    return grant_at(reg, index_find(reg, &reg->by_kid, kid));
}

const struct sign_public *registry_log_key(const struct registry *reg, uint64_t size)
{
    size_t i = reg->log_key_count;
    while (i > 0 && reg->log_keys[i - 1].leaf >= size)
        i--;
    return i > 0 ? &reg->log_keys[i - 1].pk : NULL;
}

bool grant_covers_time(const struct grant *grant, int64_t effective_ms, int64_t admitted_ms)
{
    if (effective_ms > grant->expires_ms)
        return false;
    return grant->expires_ms > INT64_MAX - GRANT_GRACE_MS ||
           admitted_ms <= grant->expires_ms + GRANT_GRACE_MS;
}

bool grant_may_be_renewed(const struct grant *grant, int64_t now_ms)
{
    return grant->expires_ms > INT64_MAX - GRANT_GRACE_MS ||
           now_ms <= grant->expires_ms + GRANT_GRACE_MS;
}

bool grant_covers_ledger(const struct grant *grant, const char code[static DIVISION_CODE_SIZE])
{
    for (size_t i = 0; i < grant->scope_count; i++)
        if (division_covers(grant->scopes[i], code))
            return true;
    return false;
}

bool registry_device_reads(const struct registry *reg, const struct hash *device_kid,
                           const char code[static DIVISION_CODE_SIZE])
{
    const struct grant *device = registry_grant_any(reg, device_kid);
    if (!device || device->kind != GRANT_DEVICE || device->revoked_leaf != UINT64_MAX)
        return false;
    const struct grant *person = grant_at(reg, index_find(reg, &reg->by_device, device_kid));
    for (; person; person = grant_at(reg, person->older_on_device))
        if (person->revoked_leaf == UINT64_MAX && person == registry_grant_any(reg, &person->kid) &&
            grant_covers_ledger(person, code))
            return true;
    return false;
}

bool registry_device_delivers(const struct registry *reg, const struct hash *device_kid,
                              const char code[static DIVISION_CODE_SIZE])
{
    const struct grant *device = registry_grant(reg, device_kid, reg->size);
    const struct grant *person = NULL;
    if (device && device->kind == GRANT_DEVICE)
        person = grant_at(reg, index_find(reg, &reg->by_device, device_kid));
    while (person && !grant_covers_ledger(person, code))
        person = grant_at(reg, person->older_on_device);
    return person != NULL;
}

size_t registry_catalog_version(const struct registry *reg, uint64_t size)
{
    size_t low = 0, high = reg->catalog_count; /* leaves below low are < size, from high on >= */
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (reg->catalog_leaves[middle] < size)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}
