/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * backup: a county in a second place, and back.
 *
 *   FOLDER/huced.db      a consistent copy, made while the server runs
 *   FOLDER/….key         the keys, each 0600
 *   FOLDER/SHA256SUMS    written last, as sha256sum -c reads it: without it the copy is not whole
 *
 * What was signed since is noted in DATA/heads, which is left out: a county that is put back knows
 * that it comes from a backup, and gets back what is missing first (core/recovery.h).
 *
 * A backup that nobody has read is a hope. backup_verify reads all of it, without altering it: the
 * sums, SQLite's own structure, every signature and tree.
 */
#ifndef SERVER_CORE_BACKUP_H
#define SERVER_CORE_BACKUP_H

#include "server/core/server.h"

#define BACKUP_NAME_SIZE 17 /* "20261201T013000Z" */

/* ST_EXISTS: there is one already. */
MUST_USE enum status backup_make(struct server *srv, const char *folder, struct error *err);
/* The name under which regular backups stand in one folder; names sort as they were made. */
void backup_name(int64_t now_ms, char out[static BACKUP_NAME_SIZE]);

struct backup_report {
    uint64_t ledgers, leaves;
    int64_t newest_ms; /* when its newest leaf was admitted */
    bool sums;         /* it has SHA256SUMS; one of an older program has none */
};
/* One thing that is wrong with it. */
typedef void backup_finding(void *arg, const char *text);
/* ST_DAMAGED after findings. Only reads. */
MUST_USE enum status backup_verify(const char *folder, backup_finding *fn, void *arg,
                                   struct backup_report *report, struct error *err);
/* Copies it into a data folder that holds no county; the database comes last. It is not verified
 * here. */
MUST_USE enum status backup_restore(const char *folder, const char *data, struct error *err);

/* Of the whole backups with a regular name: the newest; name empty: there is none. *count of all.
 */
MUST_USE enum status backup_newest(const char *parent, char name[static BACKUP_NAME_SIZE],
                                   size_t *count, struct error *err);
/* Takes away all but the newest `keep` of them, and nothing else that lies there. */
MUST_USE enum status backup_prune(const char *parent, size_t keep, size_t *gone, struct error *err);
/* When a regular backup was made; -1: no such name. */
int64_t backup_time(const char *name);

#endif
