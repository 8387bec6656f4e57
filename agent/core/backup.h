/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * backup: what the county does not have yet, in a second place (a stick, another disk), and back.
 *
 *   desk ── everything without a leaf, closed and signed ──▶ file in the second place
 *                                  the laptop is lost, or its disk was put back
 *   file ── what is not here and not at the county ──▶ desk, as it was signed ──▶ next exchange
 *
 * Writing closes what is open: what has been given away once never grows again, so a copy that is
 * brought back cannot contradict what the laptop sends itself. Bringing back makes no fork either:
 *
 *   is here or has a leaf, or was signed again here  nothing to do
 *   its number is free here                          waits for the exchange, as it was signed
 *   its number has another leaf                      signed again on a chain of its own (fork.h)
 *   its number stands here without a leaf            it stays; what stood here is signed again
 *
 * and what is written afterwards goes on a new chain, for the lost laptop may have said more than
 * the copy knows.
 */
#ifndef AGENT_CORE_BACKUP_H
#define AGENT_CORE_BACKUP_H

#include "agent/core/desk.h"

#define BACKUP_PATH_MAX 4000

struct backup_written {
    char *path; /* of the file; mem_free */
    size_t changesets;
    uint64_t changes, bytes;
    bool sealed;
    bool same_disk; /* the second place is on the disk of the data folder */
};
/* Writes a copy to a file, or into a folder under this desk's own name: beside it, durable, read
 * back and compared, then renamed over an older one. */
MUST_USE enum status backup_write(struct desk *desk, const char *path, struct backup_written *out,
                                  struct error *err);
void backup_written_release(struct backup_written *written);

/* The second place that every save is copied to, a file or a folder as above; NULL: none. */
MUST_USE enum status backup_remember(struct desk *desk, const char *path, struct error *err);
/* Writes there if there is such a place and it does not have what waits here. *wrote may be NULL.
 */
MUST_USE enum status backup_keep(struct desk *desk, bool *wrote, struct error *err);

/* The file in the second place, if that can be reached now; NULL otherwise. mem_free. */
char *backup_place(struct desk *desk);

struct backup_state {
    char *place; /* mem_free; NULL: none is remembered */
    int64_t last_ms;
    bool current; /* the newest copy has everything that waits here */
};
void backup_state(struct desk *desk, struct backup_state *out);

struct backup_restored {
    int64_t made_ms;      /* when the copy was written */
    size_t brought, here; /* changesets: brought now; here or at the county already */
    uint64_t brought_changes, here_changes;
    size_t early;   /* build on what this desk has not received yet */
    size_t foreign; /* of ledgers that this desk does not have */
};
/* passphrase_file: of the folder that the copy is of, when it is another one than this (NULL: asked
 * for as for this folder). ST_REFUSED: not a copy of these people's work. What has to be signed
 * again waits for its author: fork_waits. */
MUST_USE enum status backup_restore(struct desk *desk, const char *path,
                                    const char *passphrase_file, struct backup_restored *out,
                                    struct error *err);

#endif
