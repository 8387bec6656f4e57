/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * seen: what a person was shown of a record, so that a form can say on what knowledge it was filled
 * in.
 *
 * A version is a digest per field, as text. It goes out with the record, comes back with what was
 * typed, and tells for each field: is it still as it was shown? Did the person leave it alone? It
 * speaks of values, not of changes: a confirmation by the county moves nothing, and a value that
 * was changed and changed back is the value that was shown. So it is also the same on every desk
 * that shows the same.
 *
 *   version = "1." base64( entry… )
 *   entry   = field number, first 4 bytes of SHA-256(record id ‖ number ‖ what ‖ values as CBOR)
 *   what    = 0: the value in force (a set: its elements in order)    1: the candidates, in order
 *
 * Entries ascend; an empty field has none, a field in conflict has two.
 * Four bytes find an honest difference; they are no seal, because nobody gains by forging one.
 */
#ifndef AGENT_CORE_SEEN_H
#define AGENT_CORE_SEEN_H

#include "shared/merge/merge.h"

#define SEEN_ENTRY 5
#define SEEN_BYTES_MAX (2 * (CATALOG_FIELD_NO_MAX + 1) * SEEN_ENTRY)
#define SEEN_TEXT_MAX (2 + (SEEN_BYTES_MAX + 2) / 3 * 4)

struct seen {
    size_t n; /* 0: an empty form */
    uint8_t b[SEEN_BYTES_MAX];
};

/* What a record, or one field of it, looks like now. */
void seen_record(const struct record_state *record, struct seen *out);
void seen_field(const struct record_state *record, uint32_t field, struct seen *out);

/* Appends the text. */
void seen_write(const struct seen *seen, struct buf *out);
bool seen_read(struct slice text, struct seen *out);

/* Does the record show something else in this field now? */
bool seen_moved(const struct seen *seen, const struct record_state *record, uint32_t field);
/* Is this the value that the field showed? values: of a set its elements, sorted. */
bool seen_shows(const struct seen *seen, const struct record_id *id, uint32_t field,
                const struct value *values, size_t count);

#endif
