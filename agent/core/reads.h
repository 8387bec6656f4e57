/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * reads: a look at sensitive data leaves a trace (../AT-REST.md, "Who has looked").
 *
 *   shown whole: a field of sensitivity 3 or more ─▶ read_note: who, in which hour, with what, of
 *   which record ─▶ at the end of an exchange: a batch, signed by the device ─▶ county, which keeps
 *   it in a chain per device
 *
 * The same look in the same hour is one note with a count; a list of more than READS_EACH records
 * is one note without them. There are at most READS_MAX that wait; beyond that they are counted and
 * no more. No values are noted. A note that cannot be written is told on standard error; the look
 * is not refused, for work goes on where nothing can be written either.
 */
#ifndef AGENT_CORE_READS_H
#define AGENT_CORE_READS_H

#include <jansson.h>

#include "agent/core/sight.h"
#include "shared/sync/reads.h"

#define READS_EACH 50
#define READS_MAX 20000

/* Who looks, and how. kid NULL: one of the people of this desk. */
struct reader {
    const struct hash *kid;
    const char *command;
};
/* The person that --as means, or the only one; else NULL. *room: where it stands. */
const struct hash *reads_person(struct desk *desk, const char *as, struct hash *room);

/* Before they are shown, after they were masked: a record, a list ({"records":[…]}) or the history
 * of a record, as JSON. Outside of a transaction. */
void reads_record(struct desk *desk, const struct reader *reader, const struct catalog_table *table,
                  const json_t *record);
void reads_list(struct desk *desk, const struct reader *reader, const struct catalog_table *table,
                const json_t *records);
/* Conflicts, changes that came back and the like (sight_item): one, or an array of them. */
void reads_items(struct desk *desk, const struct reader *reader, const struct sight *sight,
                 const json_t *items);
/* Records of several types that are shown together; or as find_run (find.h) finds them:
 * [{"record":{…}}…]. */
void reads_found(struct desk *desk, const struct reader *reader, const json_t *found);
/* Changes of many records were looked through: one note, if any of them may have shown something.
 * type NULL: of all. */
void reads_search(struct desk *desk, const struct reader *reader, const struct sight *sight,
                  const char *type, uint64_t rows);
/* All sensitive fields that the table has and the mask, by their numbers, does not hide. */
void reads_whole(struct desk *desk, const struct reader *reader, const struct catalog_table *table,
                 const struct record_id *id, bool (*hides)(void *arg, const struct catalog_field *),
                 void *arg);
/* One note. fields ascending; id NULL: of rows records. */
void reads_note(struct desk *desk, const struct reader *reader, uint32_t table,
                const struct record_id *id, const uint16_t *fields, size_t field_count,
                uint64_t rows);

/* The next batch for the county, as the body of a request; the same again until it has been taken.
 * False: nothing waits. */
bool reads_next(struct desk *desk, struct buf *out);
/* The county's answer. *again: there is more, or it has to be said anew. */
MUST_USE enum status reads_take(struct desk *desk, struct slice body, bool *again,
                                struct error *err);
uint64_t reads_waiting(struct desk *desk);

#endif
