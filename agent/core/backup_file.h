/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * backup_file: the bytes of a copy of unsent work (FORMAT.md §10b).
 *
 *   changesets as they were signed ─ signed together by the device ─ compressed ─ sealed
 *
 * Each changeset is signed by its author and proves itself. The device signs the list, so that none
 * can be left out. No key is in it; where the desk's folder is encrypted, so is the copy, under the
 * same key, which stands in it as in keys/vault.key: under the start passphrase.
 */
#ifndef AGENT_CORE_BACKUP_FILE_H
#define AGENT_CORE_BACKUP_FILE_H

#include "shared/base/mem.h"
#include "shared/crypto/vault.h"
#include "shared/ledger/origin.h"

#define BACKUP_MAX (128u * 1024 * 1024) /* bytes of a file, compressed or not */
#define BACKUP_LEDGERS_MAX 4096
#define BACKUP_CHANGESETS_MAX (1u << 20)

/* A changeset as it is stored; the columns not compressed. */
struct backup_item {
    struct slice cose, salts, columns;
};
struct backup_ledger {
    struct origin origin;
    size_t count;
    struct backup_item *items; /* each behind what it builds on */
};
struct backup {
    struct origin registry;
    struct hash root_kid;
    int64_t made_ms;
    size_t ledger_count;
    struct backup_ledger *ledgers;
};

/* vault NULL: not sealed; file: how the vault's key is kept. out overflows when it is too large. */
void backup_file_write(const struct backup *backup, const struct sign_key *device,
                       const struct vault *vault, const struct vault_file *file, struct buf *out);

/* A copy that has been read and not opened yet. Slices point into the bytes. */
struct backup_sealed {
    bool is_sealed;
    struct vault_file vault; /* is_sealed */
    struct slice content;
};
/* ST_INVALID: not such a file, with a sentence for people. */
MUST_USE enum status backup_file_read(struct slice bytes, struct backup_sealed *out,
                                      struct error *err);
/* vault NULL: it is not sealed. *plain (initialised by the caller) holds what *out points into,
 * with the arena. The device's signature is the caller's to check: backup_file_signed.
 * ST_DAMAGED: altered, or of another folder. */
struct backup_opened {
    struct backup backup;
    struct slice body;
    struct hash device;
    struct signature signature;
};
MUST_USE enum status backup_file_open(const struct backup_sealed *sealed, const struct vault *vault,
                                      struct buf *plain, struct arena *arena,
                                      struct backup_opened *out, struct error *err);
bool backup_file_signed(const struct backup_opened *opened, const struct sign_public *device);

#endif
