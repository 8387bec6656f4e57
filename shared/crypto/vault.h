/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * vault: the one key under which a data folder is unreadable, and how that key is kept.
 *
 * The key is 32 random bytes, drawn when the folder is first closed up. It never changes and never
 * stands on a disk in the clear: <data>/keys/vault.key holds it twice
 * (FORMAT.md §10a),
 *
 *   under the start passphrase    argon2id, 256 MiB for each guess
 *   under the recovery key        sealed to the county's public key, opened by the county alone
 *
 * so a new passphrase, or another recovery key, rewrites 300 bytes and no database. From the key
 * come two more: one for the pages of databases, one for whole files. Everything is
 * XChaCha20-Poly1305 with nonces drawn by chance, and bound to the place it stands in: a page
 * cannot be put in another's place, nor a file under another name.
 */
#ifndef SHARED_CRYPTO_VAULT_H
#define SHARED_CRYPTO_VAULT_H

#include "shared/base/buf.h"
#include "shared/base/status.h"
#include "shared/crypto/sign.h"

#define VAULT_KEY_SIZE 32
#define VAULT_NONCE_SIZE 24
#define VAULT_EXTRA 40          /* nonce24 ‖ tag16: what a page gives up */
#define VAULT_PASSPHRASE_MIN 10 /* characters */
#define VAULT_FILE_MAX 1024     /* bytes of a vault file */
#define VAULT_OPS 3
#define VAULT_MEM_KIB (256 * 1024)

struct vault; /* the key; locked memory, wiped when released */

struct vault *vault_new(void);                                          /* by chance */
struct vault *vault_from_key(const uint8_t key[static VAULT_KEY_SIZE]); /* the caller wipes it */
struct vault *vault_copy(const struct vault *vault);
void vault_release(struct vault *vault); /* NULL allowed */

/* ---- the vault file ---- */
struct vault_file {
    uint8_t id[16]; /* of the key, tells nothing about it */
    uint8_t salt[16], box[VAULT_KEY_SIZE + 16];
    uint64_t ops, mem_kib;
    bool has_recovery;
    struct box_public recovery; /* to whom */
    uint8_t sealed[VAULT_KEY_SIZE + 48];
};

MUST_USE enum status vault_file_read(struct slice bytes, struct vault_file *out, struct error *err);
void vault_file_write(const struct vault_file *file, struct buf *out);
/* The same at a path; replaced as a whole, readable by nobody else. ST_DAMAGED: not a vault file.
 */
MUST_USE enum status vault_file_load(const char *path, struct vault_file *out, struct error *err);
MUST_USE enum status vault_file_store(const char *path, const struct vault_file *file,
                                      struct error *err);

/* At least VAULT_PASSPHRASE_MIN characters of valid UTF-8, and not digits alone. ST_REFUSED. */
MUST_USE enum status vault_passphrase_check(struct slice passphrase, struct error *err);
/* Puts the key under a passphrase; what is under the recovery key stays. salt: fresh bytes. */
void vault_file_lock(struct vault_file *file, const struct vault *vault, struct slice passphrase,
                     const uint8_t salt[static 16]);
/* The same at another cost of a guess, which stands in file->ops and file->mem_kib: for tests. */
void vault_file_lock_at(struct vault_file *file, const struct vault *vault, struct slice passphrase,
                        const uint8_t salt[static 16]);
/* ST_REFUSED: not this passphrase. Takes 256 MiB and about a second. */
MUST_USE enum status vault_file_unlock(const struct vault_file *file, struct slice passphrase,
                                       struct vault **out, struct error *err);
void vault_file_seal(struct vault_file *file, const struct vault *vault,
                     const struct box_public *recovery);
/* seed: of the recovery key. ST_REFUSED: sealed to nobody, or to another key. */
MUST_USE enum status vault_file_recover(const struct vault_file *file,
                                        const uint8_t seed[static 32], struct vault **out,
                                        struct error *err);

/* ---- what lies under the key ---- */
/* Seals size bytes to `out`, which gets as many and then nonce ‖ tag (VAULT_EXTRA). place: what the
 * page is bound to. out may be `plain`. */
void vault_seal_page(const struct vault *vault, struct slice place,
                     const uint8_t nonce[static VAULT_NONCE_SIZE], const uint8_t *plain,
                     size_t size, uint8_t *out);
/* False: altered, moved, or of another key; then *out holds nothing of it. `in` holds size +
 * VAULT_EXTRA bytes; out may be `in`. */
MUST_USE bool vault_open_page(const struct vault *vault, struct slice place, const uint8_t *in,
                              size_t size, uint8_t *out);

/* A small file as a whole; name: what it is bound to. */
void vault_seal_file(const struct vault *vault, struct slice name,
                     const uint8_t nonce[static VAULT_NONCE_SIZE], struct slice plain,
                     struct buf *out);
bool vault_file_is_sealed(struct slice bytes);
/* ST_DAMAGED: altered, under another name, or of another key. *out is filled, not initialised. */
MUST_USE enum status vault_open_file(const struct vault *vault, struct slice name,
                                     struct slice sealed, struct buf *out, struct error *err);

/* The same with a file on the disk, named by the last part of its path. vault NULL: as it is.
 * A file that is not sealed is read as it is: it was written before the folder was closed up.
 * *out is initialised here; the caller wipes and releases it, also after an error. */
MUST_USE enum status vault_read(const struct vault *vault, const char *path, size_t max,
                                struct buf *out, struct error *err);
MUST_USE enum status vault_replace(const struct vault *vault, const char *path,
                                   struct slice content, struct error *err);

#endif
