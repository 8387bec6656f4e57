/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * at_rest: a data folder that is unreadable without its start passphrase (../AT-REST.md).
 *
 *   <data>/keys/vault.key     the key, under the passphrase and for the county
 * (shared/crypto/vault.h) <data>/desk.db            under the key (shared/db/vault_vfs.h)
 *   <data>/keys/…             the other key files, under the key
 *
 * Whether a folder is closed up is said by desk.db itself: an ordinary database begins with
 * "SQLite format 3". So turning it on (vault.key, desk.db, key files) and off (key files, desk.db,
 * vault.key) may break off anywhere and leaves a folder that opens; saying it again completes it.
 *
 * A passphrase is asked for once in a process: the folder's key stays with the process, in locked
 * memory, until it ends.
 */
#ifndef AGENT_CORE_AT_REST_H
#define AGENT_CORE_AT_REST_H

#include "agent/core/desk.h"
#include "shared/crypto/vault.h"

/* The folder's key, asked for now or known already; *out NULL: it is not closed up. Valid until the
 * process ends. ST_REFUSED: another passphrase. */
MUST_USE enum status at_rest_open(const char *folder, const struct vault **out, struct error *err);

/* Is it closed up, and does nobody in this process know its key yet? */
bool at_rest_is_sealed(const char *folder);
/* Opens it with this passphrase instead of asking; of a folder that is open already, checks it.
 * ST_REFUSED: another passphrase. */
MUST_USE enum status at_rest_unlock(const char *folder, struct slice passphrase, struct error *err);

/* A desk has opened this database in the clear. Until it lets go of it, at_rest_open does not look
 * into the file: closing any descriptor of a file ends all locks that the process has on it
 * (POSIX), SQLite's too, and another program would then clear away the log that is being written.
 */
struct at_rest_hold;
struct at_rest_hold *at_rest_hold(const char *database);
void at_rest_let_go(struct at_rest_hold *hold); /* NULL allowed */

/* For a folder that is being made: writes keys/vault.key, and desk.db is closed up from its first
 * byte. */
MUST_USE enum status at_rest_found(const char *folder, const struct vault *vault,
                                   const struct vault_file *file, struct error *err);
/* The folder that was made has moved. */
void at_rest_moved(const char *from, const char *to, const struct vault *vault);

/* A new key under this passphrase. The caller releases the key. */
void at_rest_new(struct slice passphrase, struct vault **vault, struct vault_file *file);

/* Seals the key to the county's recovery key of today, if that has not been done. */
MUST_USE enum status at_rest_deposit(struct desk *desk, struct error *err);
/* Could the county open it? */
bool at_rest_is_deposited(const struct desk *desk);

/* Nobody else may have the folder open (ST_BUSY), this process neither. */
MUST_USE enum status at_rest_on(const char *folder, struct slice passphrase, struct error *err);
MUST_USE enum status at_rest_off(const char *folder, struct error *err);
/* The key stays, the passphrase changes. */
MUST_USE enum status at_rest_change(const char *folder, struct slice passphrase, struct error *err);

/* May what is in memory be written to a swap partition? One in compressed memory stays there. */
bool at_rest_swaps_to_disk(void);

#endif
