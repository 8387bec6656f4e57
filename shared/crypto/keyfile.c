/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * keyfile: the format stands in the header; here is what protects whom.
 *
 * A PIN is short, so each guess is made to cost 64 MiB and some time (argon2id). The kind and the
 * public key are authenticated with the box: a file cannot be passed off as another person's key or
 * as a key of another kind. The costs stand in the file, but a file may not ask for more than twice
 * what is written today: reading a stranger's file does not exhaust the machine.
 */
#include "shared/crypto/keyfile.h"

#include "shared/base/check.h"
#include "shared/base/random.h"
#include "shared/codec/cbor.h"

#include <sodium.h>

#define MAGIC "huce-key"
#define VERSION 1
#define FIELDS 9
#define KIND_MAX 16
#define SEED_SIZE 32
#define SALT_SIZE 16
#define NONCE_SIZE 24
#define BOX_SIZE (SEED_SIZE + 16)
#define FILE_MAX_BYTES 4096
#define OPS 2         /* crypto_pwhash_OPSLIMIT_INTERACTIVE */
#define MEM_KIB 65536 /* crypto_pwhash_MEMLIMIT_INTERACTIVE */
#define OPS_MAX (2 * OPS)
#define MEM_KIB_MAX (2 * MEM_KIB)

_Static_assert(SALT_SIZE == crypto_pwhash_SALTBYTES, "argon2id salt");
_Static_assert(NONCE_SIZE == crypto_aead_xchacha20poly1305_ietf_NPUBBYTES, "XChaCha20 nonce");
_Static_assert(BOX_SIZE == SEED_SIZE + crypto_aead_xchacha20poly1305_ietf_ABYTES, "Poly1305 tag");
_Static_assert(OPS == crypto_pwhash_OPSLIMIT_INTERACTIVE, "argon2id passes");
_Static_assert(MEM_KIB * 1024 == crypto_pwhash_MEMLIMIT_INTERACTIVE, "argon2id memory");

struct wrapping {
    struct slice salt;
    uint64_t ops, mem_kib;
    struct slice nonce;
};

static void derive_key(struct slice pin, const struct wrapping *w, uint8_t key[static 32])
{
    /* Fails only when the memory cannot be had: then the process ends as it does everywhere. */
    CHECK(crypto_pwhash(key, 32, (const char *)pin.p, pin.n, w->salt.p, w->ops,
                        (size_t)w->mem_kib * 1024, crypto_pwhash_ALG_ARGON2ID13) == 0);
}

/* kind ‖ public */
static size_t associated_data(struct slice kind, const struct sign_public *pk,
                              uint8_t out[static KIND_MAX + 32])
{
    memcpy(out, kind.p, kind.n);
    memcpy(out + kind.n, pk->b, sizeof(pk->b));
    return kind.n + sizeof(pk->b);
}

static void wrap(struct slice kind, const uint8_t seed[static SEED_SIZE],
                 const struct sign_public *pk, struct slice pin, const struct wrapping *w,
                 uint8_t box[static BOX_SIZE])
{
    uint8_t key[32], aad[KIND_MAX + 32];
    size_t aad_size = associated_data(kind, pk, aad);
    derive_key(pin, w, key);
    crypto_aead_xchacha20poly1305_ietf_encrypt(box, NULL, seed, SEED_SIZE, aad, aad_size, NULL,
                                               w->nonce.p, key);
    sodium_memzero(key, sizeof(key));
}

static bool unwrap(struct slice kind, struct slice box, const struct sign_public *pk,
                   struct slice pin, const struct wrapping *w, uint8_t seed[static SEED_SIZE])
{
    uint8_t key[32], aad[KIND_MAX + 32];
    size_t aad_size = associated_data(kind, pk, aad);
    derive_key(pin, w, key);
    int rc = crypto_aead_xchacha20poly1305_ietf_decrypt(seed, NULL, NULL, box.p, box.n, aad,
                                                        aad_size, w->nonce.p, key);
    sodium_memzero(key, sizeof(key));
    return rc == 0;
}

void keyfile_encode(const char *kind, const uint8_t seed[static 32], const struct sign_public *pk,
                    struct slice pin, const uint8_t random[static 40], struct buf *out)
{
    CHECK(strlen(kind) <= KIND_MAX);
    uint8_t box[BOX_SIZE];
    struct wrapping w = {0};
    struct slice boxed = slice_of(seed, SEED_SIZE);
    if (pin.n > 0) {
        w = (struct wrapping){slice_of(random, SALT_SIZE), OPS, MEM_KIB,
                              slice_of(random + SALT_SIZE, NONCE_SIZE)};
        wrap(slice_str(kind), seed, pk, pin, &w, box);
        boxed = slice_of(box, sizeof(box));
    }
    cbor_put_array(out, FIELDS);
    cbor_put_str(out, MAGIC);
    cbor_put_uint(out, VERSION);
    cbor_put_str(out, kind);
    cbor_put_bytes(out, slice_of(pk->b, sizeof(pk->b)));
    cbor_put_bytes(out, w.salt);
    cbor_put_uint(out, w.ops);
    cbor_put_uint(out, w.mem_kib);
    cbor_put_bytes(out, w.nonce);
    cbor_put_bytes(out, boxed);
}

/* Does the public half in the file belong to the seed? A file put together from two is refused. */
static bool belongs_together(struct slice kind, const uint8_t seed[static SEED_SIZE],
                             const struct sign_public *pk)
{
    if (slice_equal(kind, slice_str(KEYFILE_BOX))) {
        struct box_public box;
        box_public_from_seed(seed, &box);
        return secret_equal(box.b, pk->b, sizeof(box.b));
    }
    struct sign_key *key = sign_key_from_seed(seed);
    bool ok = secret_equal(sign_key_public(key), pk, sizeof(*pk));
    sign_key_release(key);
    return ok;
}

enum status keyfile_decode(const char *kind, struct slice file, struct slice pin, uint8_t *seed,
                           struct sign_public *pk, struct error *err)
{
    struct cbor_reader r;
    cbor_reader_init(&r, file, "key file");
    cbor_expect_array(&r, FIELDS);
    struct slice magic = cbor_read_text(&r, KIND_MAX);
    uint64_t version = cbor_read_uint(&r);
    if (cbor_ok(&r) && (!slice_equal(magic, slice_str(MAGIC)) || version != VERSION))
        cbor_fail(&r, "not a key file of version 1");
    struct slice file_kind = cbor_read_text(&r, KIND_MAX);
    struct sign_public file_pk;
    cbor_read_fixed(&r, file_pk.b, sizeof(file_pk.b));
    struct wrapping w;
    w.salt = cbor_read_bytes(&r, SALT_SIZE);
    w.ops = cbor_read_uint_max(&r, OPS_MAX);
    w.mem_kib = cbor_read_uint_max(&r, MEM_KIB_MAX);
    w.nonce = cbor_read_bytes(&r, NONCE_SIZE);
    struct slice box = cbor_read_bytes(&r, BOX_SIZE);
    bool plain =
        w.salt.n == 0 && w.nonce.n == 0 && w.ops == 0 && w.mem_kib == 0 && box.n == SEED_SIZE;
    bool wrapped = w.salt.n == SALT_SIZE && w.nonce.n == NONCE_SIZE && box.n == BOX_SIZE &&
                   w.ops >= crypto_pwhash_OPSLIMIT_MIN &&
                   w.mem_kib >= crypto_pwhash_MEMLIMIT_MIN / 1024;
    if (!plain && !wrapped)
        cbor_fail(&r, "its protection is neither a PIN nor none");
    enum status st = cbor_end(&r, err);
    if (st != ST_OK)
        return st;
    if (!slice_equal(file_kind, slice_str(kind)))
        return error_set(err, ST_INVALID, "这是“%.*s”类的密钥，不是“%s”", (int)file_kind.n,
                         (const char *)file_kind.p, kind);
    *pk = file_pk;
    if (!seed)
        return ST_OK;

    if (plain)
        memcpy(seed, box.p, SEED_SIZE);
    else if (pin.n == 0)
        return error_set(err, ST_REFUSED, "这个密钥有口令保护，请用 --pin-file 给出口令");
    else if (!unwrap(file_kind, box, pk, pin, &w, seed))
        return error_set(err, ST_REFUSED, "口令不对");
    if (!belongs_together(file_kind, seed, pk)) {
        sodium_memzero(seed, SEED_SIZE);
        return error_set(err, ST_INVALID, "密钥文件的公钥与私钥不相配");
    }
    return ST_OK;
}

static enum status load_seed(const struct vault *vault, const char *path, const char *kind,
                             struct slice pin, uint8_t seed[static SEED_SIZE], struct error *err)
{
    struct sign_public pk;
    struct buf file;
    enum status st = vault_read(vault, path, FILE_MAX_BYTES, &file, err);
    if (st == ST_OK) {
        st = keyfile_decode(kind, buf_slice(&file), pin, seed, &pk, err);
        if (st == ST_INVALID) /* what a program wrote and cannot read back */
            st = error_wrap(err, ST_DAMAGED, "密钥文件已损坏，请用备份恢复");
        if (st != ST_OK)
            error_wrap(err, st, "%s", path);
    }
    if (file.p)
        sodium_memzero(file.p, file.n); /* an unwrapped seed was in it */
    buf_release(&file);
    return st;
}

static enum status store_seed(const struct vault *vault, const char *path, const char *kind,
                              const uint8_t seed[static SEED_SIZE], const struct sign_public *pk,
                              struct slice pin, struct error *err)
{
    uint8_t random[SALT_SIZE + NONCE_SIZE];
    struct buf file;
    if (pin.n > 0 && pin.n < KEYFILE_PIN_MIN)
        return error_set(err, ST_REFUSED, "口令至少 %d 个字符", KEYFILE_PIN_MIN);
    buf_init(&file, FILE_MAX_BYTES);
    /* All of it at once: a growing buffer would leave copies of the seed behind. */
    buf_reserve(&file, 512);
    random_bytes(random, sizeof(random));
    keyfile_encode(kind, seed, pk, pin, random, &file);
    CHECK(buf_ok(&file));
    enum status st = vault_replace(vault, path, buf_slice(&file), err);
    sodium_memzero(file.p, file.n);
    buf_release(&file);
    return st;
}

enum status keyfile_load(const struct vault *vault, const char *path, const char *kind,
                         struct slice pin, struct sign_key **key, struct error *err)
{
    uint8_t seed[SEED_SIZE];
    *key = NULL;
    enum status st = load_seed(vault, path, kind, pin, seed, err);
    if (st == ST_OK)
        *key = sign_key_from_seed(seed);
    sodium_memzero(seed, sizeof(seed));
    return st;
}

enum status keyfile_store(const struct vault *vault, const char *path, const char *kind,
                          const struct sign_key *key, struct slice pin, struct error *err)
{
    uint8_t seed[SEED_SIZE];
    sign_key_seed(key, seed);
    enum status st = store_seed(vault, path, kind, seed, sign_key_public(key), pin, err);
    sodium_memzero(seed, sizeof(seed));
    return st;
}

enum status keyfile_load_box(const struct vault *vault, const char *path, struct slice pin,
                             uint8_t seed[static 32], struct error *err)
{
    return load_seed(vault, path, KEYFILE_BOX, pin, seed, err);
}

enum status keyfile_store_box(const struct vault *vault, const char *path,
                              const uint8_t seed[static 32], struct slice pin, struct error *err)
{
    struct box_public box;
    struct sign_public pk;
    box_public_from_seed(seed, &box);
    memcpy(pk.b, box.b, sizeof(pk.b));
    return store_seed(vault, path, KEYFILE_BOX, seed, &pk, pin, err);
}
