/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * given: how far the chains written here have been given away, noted outside the database.
 *
 * A database that is put back to some days ago does not know it. It would go on with numbers that
 * have been used: a chain that splits, and the proof of it with the author's name (fork.h heals it
 * afterwards). So before changesets leave, the numbers they reach stand in <data>/heads, and beside
 * the copies in the second place (backup.h), which an image of the whole disk does not put back.
 *
 *   opened ─ the note says more than the database ─▶ behind: new work goes on new chains; the next
 *   exchange first brings what there is and sends nothing; what has got its leaf by then is signed
 *   again or left out (fork.h), and the rest goes as it is ─▶ settled: the note is what is here
 *
 * Best effort: a note that cannot be written is said on standard error and holds up nothing.
 */
#ifndef AGENT_CORE_GIVEN_H
#define AGENT_CORE_GIVEN_H

#include "agent/core/desk.h"

#define GIVEN_CHAINS_MAX 1024 /* the newest; older ones are not noted */

/* At opening, outside a transaction. */
MUST_USE enum status given_look(struct desk *desk, struct error *err);
bool given_is_behind(struct desk *desk);
/* Before what is closed leaves, outside a transaction. */
void given_note(struct desk *desk);
/* An exchange has brought all there is. */
MUST_USE enum status given_settle(struct desk *desk, struct error *err);

/* ---- what stands in the file (FORMAT.md §10c) ---- */
struct given_head {
    struct origin origin;
    struct hash kid;
    struct chain_id chain;
    uint64_t number; /* the greatest that may have left */
};
struct given_heads {
    size_t count;
    struct given_head *heads; /* room for GIVEN_CHAINS_MAX */
};
/* One that cannot be read says nothing: count is 0. */
void given_heads_read(struct slice bytes, struct given_heads *out);
void given_heads_write(const struct given_heads *all, struct buf *out);

/* ---- the file (given_file.c) ---- */
#define GIVEN_FILE_MAX (GIVEN_CHAINS_MAX * 256)
/* As vault_read and vault_replace. */
MUST_USE enum status given_file_read(const struct vault *vault, const char *path, struct buf *out,
                                     struct error *err);
MUST_USE enum status given_file_write(const struct vault *vault, const char *path,
                                      struct slice bytes, struct error *err);

#endif
