/* SPDX-License-Identifier: MulanPSL-2.0 */
/* file: the few things done to files outside the database. All paths are UTF-8 and 0-terminated. */
#ifndef SHARED_BASE_FILE_H
#define SHARED_BASE_FILE_H

#include "shared/base/buf.h"
#include "shared/base/status.h"

/* Reads a whole file of at most max bytes into *out (initialised here; the caller releases it, also
 * after an error). ST_NOT_FOUND, ST_LIMIT or ST_IO. "-" is standard input. */
MUST_USE enum status file_read(const char *path, size_t max, struct buf *out, struct error *err);

/* Replaces path as a whole: temporary file in the same folder, fsync, rename, fsync of the folder.
 * mode is the permission, e.g. 0600. */
MUST_USE enum status file_replace(const char *path, struct slice content, int mode,
                                  struct error *err);

/* The same for a stick: what has been written is read back from the device and compared before it
 * takes the place of what was there. ST_DAMAGED: it reads otherwise. */
MUST_USE enum status file_replace_checked(const char *path, struct slice content, int mode,
                                          struct error *err);

/* The whole file in pieces, however long it is; fn returns false to stop (ST_IO). */
typedef bool file_piece(void *arg, struct slice piece);
MUST_USE enum status file_each_piece(const char *path, file_piece *fn, void *arg,
                                     struct error *err);
/* A copy of a file of any length; durable, and there as a whole or not at all. */
MUST_USE enum status file_copy(const char *from, const char *to, int mode, struct error *err);

bool file_exists(const char *path);
bool file_is_folder(const char *path);
/* mkdir -p with the given mode for new folders; on ST_OK they are durable. */
MUST_USE enum status file_make_folder(const char *path, int mode, struct error *err);
/* Renames within one folder; on ST_OK the new name is durable. After an error it may stand already.
 */
MUST_USE enum status file_move(const char *from, const char *to, struct error *err);
/* folder + "/" + name (one slash if folder ends with one), allocated; the caller frees it with
 * mem_free. */
char *file_join(const char *folder, const char *name);

#endif
