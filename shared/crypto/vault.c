/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * vault: see vault.h.
 *
 * A vault file comes from a disk that somebody else may have had in his hands, so it may not ask
 * for more than twice the memory and passes that are written today. Its recovery part is not signed
 * by anybody: who replaces it gains nothing, for what he seals is not the key of the database.
 */
#include "shared/crypto/vault.h"

#include "shared/base/check.h"
#include "shared/base/file.h"
#include "shared/base/random.h"
#include "shared/codec/cbor.h"

#include <sodium.h>

#define MAGIC "huce-vault"
#define FILE_MAGIC "huce-sealed"
#define VERSION 1
#define FIELDS 8
#define WORD_MAX 16
#define ID_SIZE 16
#define SALT_SIZE 16
#define TAG_SIZE 16
#define BOX_SIZE (VAULT_KEY_SIZE + TAG_SIZE)
#define SEALED_SIZE (VAULT_KEY_SIZE + 48)
#define OPS_MAX (2 * VAULT_OPS)
#define MEM_KIB_MAX (2 * VAULT_MEM_KIB)
#define SEALED_FILE_MAX (256u * 1024 * 1024) /* no buffer is larger than its content */

_Static_assert(VAULT_NONCE_SIZE == crypto_aead_xchacha20poly1305_ietf_NPUBBYTES, "nonce");
_Static_assert(TAG_SIZE == crypto_aead_xchacha20poly1305_ietf_ABYTES, "tag");
_Static_assert(VAULT_EXTRA == VAULT_NONCE_SIZE + TAG_SIZE, "what a page gives up");
_Static_assert(SALT_SIZE == crypto_pwhash_SALTBYTES, "argon2id salt");
_Static_assert(VAULT_OPS == crypto_pwhash_OPSLIMIT_MODERATE, "argon2id passes");
_Static_assert(VAULT_MEM_KIB * 1024 == crypto_pwhash_MEMLIMIT_MODERATE, "argon2id memory");
_Static_assert(SEALED_SIZE == VAULT_KEY_SIZE + crypto_box_SEALBYTES, "a sealed key");

struct vault {
    uint8_t key[VAULT_KEY_SIZE];
    uint8_t pages[VAULT_KEY_SIZE], files[VAULT_KEY_SIZE];
    uint8_t id[HASH_SIZE];
};

/* ---- the key ---- */

static void derive(const struct hmac_key *key, const char *purpose, uint8_t out[static HASH_SIZE])
{
    struct hash hash;
    hmac(key, slice_str(purpose), &hash);
    memcpy(out, hash.b, HASH_SIZE);
    secret_wipe(&hash, sizeof(hash));
}

struct vault *vault_from_key(const uint8_t key[static VAULT_KEY_SIZE])
{
    struct hmac_key prepared;
    struct vault *vault = sodium_malloc(sizeof(*vault));
    CHECK(vault != NULL);
    memcpy(vault->key, key, VAULT_KEY_SIZE);
    hmac_prepare(slice_of(key, VAULT_KEY_SIZE), &prepared);
    derive(&prepared, "huce/1/vault/pages", vault->pages);
    derive(&prepared, "huce/1/vault/files", vault->files);
    derive(&prepared, "huce/1/vault/id", vault->id);
    secret_wipe(&prepared, sizeof(prepared));
    CHECK(sodium_mprotect_readonly(vault) == 0);
    return vault;
}

struct vault *vault_new(void)
{
    uint8_t key[VAULT_KEY_SIZE];
    random_bytes(key, sizeof(key));
    struct vault *vault = vault_from_key(key);
    secret_wipe(key, sizeof(key));
    return vault;
}

struct vault *vault_copy(const struct vault *vault)
{
    return vault_from_key(vault->key);
}

void vault_release(struct vault *vault)
{
    sodium_free(vault); /* wipes; NULL allowed */
}

/* ---- the vault file ---- */

enum status vault_file_read(struct slice bytes, struct vault_file *out, struct error *err)
{
    struct cbor_reader r;
    *out = (struct vault_file){0};
    cbor_reader_init(&r, bytes, "vault file");
    cbor_expect_array(&r, FIELDS);
    struct slice magic = cbor_read_text(&r, WORD_MAX);
    uint64_t version = cbor_read_uint(&r);
    if (cbor_ok(&r) && (!slice_equal(magic, slice_str(MAGIC)) || version != VERSION))
        cbor_fail(&r, "not a vault file of version 1");
    cbor_read_fixed(&r, out->id, sizeof(out->id));
    cbor_read_fixed(&r, out->salt, sizeof(out->salt));
    out->ops = cbor_read_uint_max(&r, OPS_MAX);
    out->mem_kib = cbor_read_uint_max(&r, MEM_KIB_MAX);
    cbor_read_fixed(&r, out->box, sizeof(out->box));
    size_t parts = cbor_read_array(&r, 2);
    if (cbor_ok(&r) && parts == 1)
        cbor_fail(&r, "half a recovery");
    out->has_recovery = cbor_ok(&r) && parts == 2;
    if (out->has_recovery) {
        cbor_read_fixed(&r, out->recovery.b, sizeof(out->recovery.b));
        cbor_read_fixed(&r, out->sealed, sizeof(out->sealed));
    }
    if (cbor_ok(&r) &&
        (out->ops < crypto_pwhash_OPSLIMIT_MIN || out->mem_kib < crypto_pwhash_MEMLIMIT_MIN / 1024))
        cbor_fail(&r, "a passphrase that costs nothing to guess");
    return cbor_end(&r, err);
}

void vault_file_write(const struct vault_file *file, struct buf *out)
{
    cbor_put_array(out, FIELDS);
    cbor_put_str(out, MAGIC);
    cbor_put_uint(out, VERSION);
    cbor_put_bytes(out, slice_of(file->id, sizeof(file->id)));
    cbor_put_bytes(out, slice_of(file->salt, sizeof(file->salt)));
    cbor_put_uint(out, file->ops);
    cbor_put_uint(out, file->mem_kib);
    cbor_put_bytes(out, slice_of(file->box, sizeof(file->box)));
    cbor_put_array(out, file->has_recovery ? 2 : 0);
    if (file->has_recovery) {
        cbor_put_bytes(out, slice_of(file->recovery.b, sizeof(file->recovery.b)));
        cbor_put_bytes(out, slice_of(file->sealed, sizeof(file->sealed)));
    }
}

enum status vault_file_load(const char *path, struct vault_file *out, struct error *err)
{
    struct buf bytes;
    enum status st = file_read(path, VAULT_FILE_MAX, &bytes, err);
    if (st == ST_OK && vault_file_read(buf_slice(&bytes), out, NULL) != ST_OK)
        st = error_set(err, ST_DAMAGED, "%s 已损坏，请用备份恢复", path);
    buf_release(&bytes);
    return st;
}

enum status vault_file_store(const char *path, const struct vault_file *file, struct error *err)
{
    struct buf bytes;
    buf_init(&bytes, VAULT_FILE_MAX);
    vault_file_write(file, &bytes);
    CHECK(buf_ok(&bytes));
    enum status st = file_replace(path, buf_slice(&bytes), 0600, err);
    buf_release(&bytes);
    return st;
}

enum status vault_passphrase_check(struct slice passphrase, struct error *err)
{
    bool digits = true;
    if (!utf8_valid(passphrase))
        return error_set(err, ST_REFUSED, "启动口令里有不能辨认的字符");
    for (size_t i = 0; i < passphrase.n; i++)
        digits &= passphrase.p[i] >= '0' && passphrase.p[i] <= '9';
    if (utf8_length(passphrase) < VAULT_PASSPHRASE_MIN || digits)
        return error_set(err, ST_REFUSED,
                         "启动口令太弱：至少 %d 个字，不能全是数字；建议用几个不相干的词",
                         VAULT_PASSPHRASE_MIN);
    return ST_OK;
}

/* Fails only when the memory cannot be had: then the process ends as it does everywhere. */
static void stretch(const struct vault_file *file, struct slice passphrase,
                    uint8_t out[static VAULT_KEY_SIZE])
{
    CHECK(crypto_pwhash(out, VAULT_KEY_SIZE, (const char *)passphrase.p, passphrase.n, file->salt,
                        file->ops, (size_t)file->mem_kib * 1024,
                        crypto_pwhash_ALG_ARGON2ID13) == 0);
}

/* The salt is new with every lock, so the key under which the box lies is used once: its nonce is
 * zero. */
static const uint8_t once[VAULT_NONCE_SIZE];

void vault_file_lock_at(struct vault_file *file, const struct vault *vault, struct slice passphrase,
                        const uint8_t salt[static 16])
{
    uint8_t key[VAULT_KEY_SIZE];
    memcpy(file->id, vault->id, sizeof(file->id));
    memcpy(file->salt, salt, sizeof(file->salt));
    stretch(file, passphrase, key);
    crypto_aead_xchacha20poly1305_ietf_encrypt(file->box, NULL, vault->key, VAULT_KEY_SIZE,
                                               file->id, sizeof(file->id), NULL, once, key);
    secret_wipe(key, sizeof(key));
}

void vault_file_lock(struct vault_file *file, const struct vault *vault, struct slice passphrase,
                     const uint8_t salt[static 16])
{
    file->ops = VAULT_OPS;
    file->mem_kib = VAULT_MEM_KIB;
    vault_file_lock_at(file, vault, passphrase, salt);
}

/* Is it the key that the file names? */
static enum status take(const struct vault_file *file, const uint8_t key[static VAULT_KEY_SIZE],
                        struct vault **out, struct error *err)
{
    *out = vault_from_key(key);
    if (secret_equal((*out)->id, file->id, sizeof(file->id)))
        return ST_OK;
    vault_release(*out);
    *out = NULL;
    return error_set(err, ST_DAMAGED, "钥匙文件（vault.key）是由几份拼成的，请用备份恢复");
}

enum status vault_file_unlock(const struct vault_file *file, struct slice passphrase,
                              struct vault **out, struct error *err)
{
    uint8_t key[VAULT_KEY_SIZE], secret[VAULT_KEY_SIZE];
    *out = NULL;
    stretch(file, passphrase, key);
    int rc = crypto_aead_xchacha20poly1305_ietf_decrypt(
        secret, NULL, NULL, file->box, sizeof(file->box), file->id, sizeof(file->id), once, key);
    enum status st =
        rc == 0 ? take(file, secret, out, err) : error_set(err, ST_REFUSED, "启动口令不对");
    secret_wipe(secret, sizeof(secret));
    secret_wipe(key, sizeof(key));
    return st;
}

void vault_file_seal(struct vault_file *file, const struct vault *vault,
                     const struct box_public *recovery)
{
    file->has_recovery = true;
    file->recovery = *recovery;
    box_seal(recovery, slice_of(vault->key, VAULT_KEY_SIZE), file->sealed);
}

enum status vault_file_recover(const struct vault_file *file, const uint8_t seed[static 32],
                               struct vault **out, struct error *err)
{
    uint8_t secret[VAULT_KEY_SIZE];
    *out = NULL;
    if (!file->has_recovery)
        return error_set(
            err, ST_REFUSED,
            "这份钥匙文件没有交给县里：加密以后还没有与县里同步过，只有启动口令能打开");
    enum status st =
        box_open(seed, slice_of(file->sealed, sizeof(file->sealed)), secret)
            ? take(file, secret, out, err)
            : error_set(err, ST_REFUSED, "这份钥匙文件不是交给这把恢复密钥的，或已被改动");
    secret_wipe(secret, sizeof(secret));
    return st;
}

/* ---- pages ---- */

void vault_seal_page(const struct vault *vault, struct slice place,
                     const uint8_t nonce[static VAULT_NONCE_SIZE], const uint8_t *plain,
                     size_t size, uint8_t *out)
{
    memcpy(out + size, nonce, VAULT_NONCE_SIZE);
    crypto_aead_xchacha20poly1305_ietf_encrypt_detached(out, out + size + VAULT_NONCE_SIZE, NULL,
                                                        plain, size, place.p, place.n, NULL, nonce,
                                                        vault->pages);
}

bool vault_open_page(const struct vault *vault, struct slice place, const uint8_t *in, size_t size,
                     uint8_t *out)
{
    return crypto_aead_xchacha20poly1305_ietf_decrypt_detached(
               out, NULL, in, size, in + size + VAULT_NONCE_SIZE, place.p, place.n, in + size,
               vault->pages) == 0;
}

/* ---- whole files ---- */

void vault_seal_file(const struct vault *vault, struct slice name,
                     const uint8_t nonce[static VAULT_NONCE_SIZE], struct slice plain,
                     struct buf *out)
{
    struct buf box;
    buf_init(&box, SEALED_FILE_MAX);
    CHECK(buf_reserve(&box, plain.n + TAG_SIZE));
    crypto_aead_xchacha20poly1305_ietf_encrypt(box.p, NULL, plain.p, plain.n, name.p, name.n, NULL,
                                               nonce, vault->files);
    box.n = plain.n + TAG_SIZE;
    cbor_put_array(out, 4);
    cbor_put_str(out, FILE_MAGIC);
    cbor_put_uint(out, VERSION);
    cbor_put_bytes(out, slice_of(nonce, VAULT_NONCE_SIZE));
    cbor_put_bytes(out, buf_slice(&box));
    buf_release(&box);
}

/* nonce.n == 0: it is no sealed file. */
static void read_sealed(struct slice bytes, struct slice *nonce, struct slice *box)
{
    struct cbor_reader r;
    cbor_reader_init(&r, bytes, "sealed file");
    cbor_expect_array(&r, 4);
    struct slice magic = cbor_read_text(&r, WORD_MAX);
    uint64_t version = cbor_read_uint(&r);
    *nonce = cbor_read_bytes(&r, VAULT_NONCE_SIZE);
    *box = cbor_read_bytes(&r, SEALED_FILE_MAX);
    if (cbor_end(&r, NULL) != ST_OK || !slice_equal(magic, slice_str(FILE_MAGIC)) ||
        version != VERSION || nonce->n != VAULT_NONCE_SIZE || box->n < TAG_SIZE)
        *nonce = SLICE_NONE;
}

bool vault_file_is_sealed(struct slice bytes)
{
    struct slice nonce, box;
    read_sealed(bytes, &nonce, &box);
    return nonce.n > 0;
}

enum status vault_open_file(const struct vault *vault, struct slice name, struct slice sealed,
                            struct buf *out, struct error *err)
{
    struct slice nonce, box;
    read_sealed(sealed, &nonce, &box);
    buf_clear(out);
    if (nonce.n == 0 || !buf_reserve(out, box.n))
        return error_set(err, ST_DAMAGED, "不是加密的文件，或已损坏");
    if (crypto_aead_xchacha20poly1305_ietf_decrypt(out->p, NULL, NULL, box.p, box.n, name.p, name.n,
                                                   nonce.p, vault->files) != 0)
        return error_set(err, ST_DAMAGED, "解不开：已被改动或损坏，或者属于另一个数据文件夹");
    out->n = box.n - TAG_SIZE;
    return ST_OK;
}

static struct slice name_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slice_str(slash ? slash + 1 : path);
}

enum status vault_read(const struct vault *vault, const char *path, size_t max, struct buf *out,
                       struct error *err)
{
    struct buf sealed;
    enum status st = file_read(path, max + VAULT_FILE_MAX, out, err);
    if (st != ST_OK || !vault_file_is_sealed(buf_slice(out)))
        return st;
    if (!vault)
        return error_set(err, ST_DAMAGED, "%s 是加密的，而这个数据文件夹没有加密", path);
    sealed = *out;
    buf_init(out, max);
    st = vault_open_file(vault, name_of(path), buf_slice(&sealed), out, err);
    buf_release(&sealed);
    return st == ST_OK ? st : error_wrap(err, st, "%s", path);
}

enum status vault_replace(const struct vault *vault, const char *path, struct slice content,
                          struct error *err)
{
    uint8_t nonce[VAULT_NONCE_SIZE];
    struct buf sealed;
    if (!vault)
        return file_replace(path, content, 0600, err);
    buf_init(&sealed, SEALED_FILE_MAX + VAULT_FILE_MAX);
    random_bytes(nonce, sizeof(nonce));
    vault_seal_file(vault, name_of(path), nonce, content, &sealed);
    enum status st = file_replace(path, buf_slice(&sealed), 0600, err);
    buf_release(&sealed);
    return st;
}
