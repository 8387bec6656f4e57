/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * vault_vfs: databases whose files are unreadable without their key (shared/crypto/vault.h).
 *
 * A layer between SQLite and the system's files. It knows the databases it was told of by their
 * path; whatever SQLite keeps of one of them goes through here:
 *
 *   database     4096-byte pages: 4056 bytes of SQLite's ‖ nonce24 ‖ tag16, bound to their number.
 *                SQLite leaves the last 40 bytes of each page alone ("reserved bytes").
 *   -wal         the page in each frame likewise, bound to where the frame stands, the page's
 *                number, the commit mark and the salts. Heads of the log and of frames stay as they
 *                are: numbers and check sums.
 *   -journal     whatever is as long as a page is one, bound to its place.
 *   -shm         memory that processes share: numbers of pages and frames, nothing of their
 * content. temporary    there are none: SQLite keeps them in memory (PRAGMA temp_store), and this
 * layer refuses to open one.
 *
 * Lengths and places do not change, so SQLite's own recovery is what it always was:
 *
 *   a torn frame of the log, which a power cut leaves at its end, reads as zeros: the log ends
 * there a torn page of the database is never read before the log has put it right; only the head of
 *     page 1 is, and what is asked of it then (page size, reserved bytes) is the same everywhere
 *   any other page that does not open is damage: SQLITE_IOERR_DATA, never its bytes
 *
 * What it does not see: a page, or all of them, put back to an older state of the same database.
 * Whoever holds the ledgers' signatures sees that.
 *
 * Which databases, under which keys, is known to the whole process, so that a connection opened in
 * a thread or for reading needs no passphrase. All functions may be called from any thread.
 */
#ifndef SHARED_DB_VAULT_VFS_H
#define SHARED_DB_VAULT_VFS_H

#include <stdbool.h>

#include "shared/crypto/vault.h"

#define VAULT_VFS_NAME "huce-vault"

/* From now on connections to this path, which need not exist yet, use this key (copied). An earlier
 * key is replaced. */
void vault_vfs_add(const char *path, const struct vault *vault);
/* Nothing may have the database open. */
void vault_vfs_remove(const char *path);
/* The key of this path; NULL: none. Valid until it is removed or replaced. */
const struct vault *vault_vfs_find(const char *path);

#endif
