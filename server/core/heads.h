/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * heads: what the county has signed, in a small file outside its database.
 *
 * A county that is put back from an old copy of its database has forgotten what it signed, and
 * would sign another past. So the size and root of every ledger are noted in DATA/heads after they
 * are committed and before an answer that shows them leaves. When the database holds less than the
 * file says, or another root there, the county is *recovering*: it admits and signs nothing until
 * what is missing has been brought back (core/recovery.h).
 *
 * The origin is the name under which the head was signed, that of the ledger's epoch. What is
 * declared lost (ledger/epoch.h) is not waited for any more.
 *
 *   <origin> <size> <root, 64 hex digits> <check>        one line per ledger and admission round
 *   ! restored <Unix ms> <check>                         the database was there and this file was
 *                                                        not: it came from a backup
 *   ! confirmed <Unix ms> <check>                        somebody, or every desk, said that
 *                                                        nothing is missing any more
 *
 * check: the first 8 hex digits of SHA-256 of what stands before it with its blank. The file is
 * only appended to, with one fdatasync per round; a torn end has no right check and is passed over.
 * Now and then it is written anew with the newest line of each ledger. `huced backup` leaves it
 * out on purpose.
 *
 * Invariant: what has been shown to anybody is in the file.
 */
#ifndef SERVER_CORE_HEADS_H
#define SERVER_CORE_HEADS_H

#include "shared/db/replica.h"

struct head {
    struct origin origin;
    uint64_t size;
    struct hash root;
    bool held; /* the database has been seen to hold this */
};

struct heads {
    char *path;
    struct head *items; /* by origin */
    size_t count, capacity;
    int64_t restored_ms;    /* 0: was not put back, or that has been confirmed */
    bool behind;            /* some head is not held */
    uint64_t mark;          /* changes when the file does */
    uint64_t looked, noted; /* the replica's growth when that was last done; 0: to be done */
};

/* Reads the file. expected: there was one once; if it is gone, the database is a backup's. */
MUST_USE enum status heads_open(struct heads *heads, const char *folder, bool expected,
                                int64_t now_ms, struct error *err);
void heads_release(struct heads *heads); /* accepts the zero state */

/* Reads the file again if another process has written it, and looks which heads are held. */
MUST_USE enum status heads_look(struct heads *heads, struct replica *rep, struct error *err);
/* Notes, durably, what the committed ledgers have beyond the file. */
MUST_USE enum status heads_note(struct heads *heads, struct replica *rep, struct error *err);
/* Notes one head that was found to be signed. */
MUST_USE enum status heads_add(struct heads *heads, const struct checkpoint *signed_head,
                               struct error *err);
MUST_USE enum status heads_confirm(struct heads *heads, int64_t now_ms, struct error *err);
/* Forgets what is not held: from here on as if the database had come from a backup. */
MUST_USE enum status heads_give_up(struct heads *heads, int64_t now_ms, struct error *err);

static inline bool heads_recovering(const struct heads *heads)
{
    return heads->restored_ms != 0 || heads->behind;
}

/* NULL: none is noted. */
const struct head *heads_find(const struct heads *heads, const struct origin *origin);

/* ---- the file itself (heads_file.c); a simulator brings its own ---- */

#define HEADS_FILE_MAX ((size_t)16 * 1024 * 1024)

/* ST_NOT_FOUND: there is none. *out as file_read has it. */
MUST_USE enum status heads_file_read(const char *path, struct buf *out, struct error *err);
/* Appends, durably. */
MUST_USE enum status heads_file_append(const char *path, struct slice lines, struct error *err);
/* Puts what make() writes in the place of the content, durably, while nobody else appends. */
typedef void heads_file_make(void *arg, struct slice old, struct buf *out);
MUST_USE enum status heads_file_rewrite(const char *path, heads_file_make *make, void *arg,
                                        struct error *err);
/* Changes whenever another process has written. */
uint64_t heads_file_mark(const char *path);

#endif
