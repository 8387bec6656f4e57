/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * attach: photos and scans at a desk. A file becomes a content and a text that a field holds
 * (shared/record/attachment.h); the text is saved and signed like any other value.
 *
 *   file ─ stripped (picture.h) ─ thumbnail ─ both stored ─▶ text ─ act_save ─▶ signed, on its way
 *                                                  └─ carry.h: to the county after its record
 *
 * What the county has may leave this disk again, the longest unseen first: when there is more of it
 * than the quota, or when nobody has looked at it for so many days. Thumbnails stay, and so does
 * what the county does not have. It comes back when somebody wants to see it.
 */
#ifndef AGENT_CORE_ATTACH_H
#define AGENT_CORE_ATTACH_H

#include <jansson.h>

#include "agent/core/sight.h"
#include "shared/db/attachments.h"

#define ATTACH_QUOTA_MB 2048
#define ATTACH_DAYS 0                  /* without a look: 0 is for ever */
#define ATTACH_ORPHAN_DAYS 30          /* what no change names */
#define ATTACH_QUOTA "attach_quota_mb" /* settings */
#define ATTACH_KEEP_DAYS "attach_days"
#define ATTACH_FETCH "attach_fetch" /* "all": photos come by themselves; else when asked for */

struct attach_made {
    char text[ATTACHMENT_TEXT_MAX + 1];
    struct attachment what;
    uint64_t dropped; /* bytes of the file that were not the picture */
};

/* Stores the file for a ledger (local number), durably. keep_position: as it is, with all that the
 * camera wrote. ST_INVALID: no picture and no PDF; ST_LIMIT: too large. */
MUST_USE enum status attach_store(struct desk *desk, int64_t ledger, struct slice file,
                                  bool keep_position, struct attach_made *out, struct error *err);

/* A content by the hash that a field names, in whichever ledger of this desk. */
struct attach_seen {
    int64_t ledger;
    struct attachment_named named;
    struct stored_attachment stored; /* no 0: nothing of it is here */
};
/* word: the text of a field, or (the beginning of) its hash, at least 8 digits. ST_NOT_FOUND;
 * ST_USAGE: several begin like that. */
MUST_USE enum status attach_find(struct desk *desk, const char *word, struct attach_seen *out,
                                 struct error *err);
/* It is looked at now: the last to go. */
void attach_looked(struct desk *desk, const struct attach_seen *seen);
/* These bytes, read from here, are what the author signed. ST_DAMAGED: they are not; where the
 * county has them too they are thrown away, and are fetched when somebody asks again. */
MUST_USE enum status attach_is_itself(struct desk *desk, const struct attach_seen *seen,
                                      struct slice content, struct error *err);
/* It is wanted: the next carrying brings it. ST_EXISTS: it is here. */
MUST_USE enum status attach_want(struct desk *desk, const struct attach_seen *seen,
                                 struct error *err);

/* {"attachments": [{"hash", "ledger", "size", "kind", "here", "held", "type", "id", "field"}],
 * "bytes", "quota_mb", "days", "fetch"}; missing: only what is not here. Those that records name
 * now, in fields that are shown whole (sight). type, record: of one record alone; NULL: of all. */
MUST_USE enum status attach_list(struct desk *desk, const struct sight *sight, const char *type,
                                 const struct record_id *record, bool missing, json_t **out,
                                 struct error *err);

uint64_t attach_setting(struct desk *desk, const char *name, uint64_t otherwise);
bool attach_fetches_all(struct desk *desk);

/* How many bytes the quota has left. */
uint64_t attach_room(struct desk *desk);

/* Throws away what no change names, and what quota and days say; but nothing that was looked at, or
 * came, within fresh_ms before now. */
#define ATTACH_FRESH_MS 3600000
MUST_USE enum status attach_tidy(struct desk *desk, int64_t now_ms, int64_t fresh_ms,
                                 size_t *dropped, struct error *err);

#endif
