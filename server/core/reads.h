/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * reads: who has looked at sensitive data at which desk, as the desks tell it (PROTOCOL.md §8a).
 *
 * A chain per device, only added to: each batch is signed by the device and names the hash of the
 * one before. What does not go on where the chain ends is not taken; the answer says where it ends.
 */
#ifndef SERVER_CORE_READS_H
#define SERVER_CORE_READS_H

#include "server/core/server.h"
#include "shared/sync/reads.h"

/* In a transaction. *out: where the device's chain ends now. ST_INVALID: malformed; ST_REFUSED: not
 * signed by this device. */
MUST_USE enum status reads_keep(struct server *srv, const struct hash *device, struct slice body,
                                int64_t now_ms, struct reads_head *out, struct error *err);

/* Somebody at the county looks: in a chain of the registrar's key. In a transaction. command: cut
 * to what fits. */
MUST_USE enum status reads_note_own(struct server *srv, const char *command, int64_t now_ms,
                                    struct error *err);

struct reads_query {
    const struct record_id *record; /* NULL: all */
    int64_t from_hour, to_hour;     /* inclusive */
};
struct reads_row {
    struct hash device;
    uint64_t number;
    struct read_entry entry; /* but for its fields: */
    const char *fields;      /* numbers joined by ',' */
};
/* In order of time; fn returns false to stop. */
typedef bool reads_visit(void *arg, const struct reads_row *row);
MUST_USE enum status reads_each(struct server *srv, const struct reads_query *query,
                                reads_visit *fn, void *arg, struct error *err);
/* Every chain from its first batch: signatures, hashes, and that the rows are what the batches say.
 * ST_DAMAGED names the first that does not hold. *batches: how many hold. */
MUST_USE enum status reads_check(struct server *srv, uint64_t *batches, struct error *err);
/* The same, and never stops: bad() is told of each that does not hold, and what comes behind it is
 * looked at from where it stands. */
typedef void reads_bad(void *arg, const char *text);
MUST_USE enum status reads_check_all(struct server *srv, reads_bad *bad, void *arg,
                                     uint64_t *batches, struct error *err);

#endif
