/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * attachments: photos and scans beside a ledger. A field names one by its hash
 * (shared/record/attachment.h), so the author's signature covers it; the content comes and goes by
 * itself, in any pieces, and is believed when all of it has that hash.
 *
 *     begin ─▶ append … append ─▶ whole: the hash was right       read, at any place
 *                          └────▶ the hash was wrong: nothing of it stays
 *
 * A content belongs to a ledger: who may read the ledger may read it. Which changes name it is
 * noted as they are folded (attachment_ref, derived), whether they count or not: what is
 * quarantined today may be adopted tomorrow. When such a change is erased and no other names the
 * content, it is destroyed in the same transaction.
 *
 * In the desk's and the county's database, so that what holds for records holds for photos: they
 * are durable when said to be, unreadable when the folder is, and in every copy of it.
 */
#ifndef SHARED_DB_ATTACHMENTS_H
#define SHARED_DB_ATTACHMENTS_H

#include "shared/crypto/hash.h"
#include "shared/db/db.h"
#include "shared/record/attachment.h"
#include "shared/record/catalog.h"

struct stored_attachment {
    int64_t no, ledger;
    struct hash hash;
    uint64_t size, got;
    bool whole, held, thumb;
    int64_t added_ms, used_ms;
};

/* False: nothing of it has ever come. */
bool attachments_find(struct db *db, int64_t ledger, const struct hash *hash,
                      struct stored_attachment *out);
/* Notes that it will come; what is there already is found. ST_INVALID: of another length, and more
 * than nothing of it is here. Inside a transaction, like all that writes here. */
MUST_USE enum status attachments_begin(struct db *db, int64_t ledger, const struct hash *hash,
                                       uint64_t size, bool thumb, int64_t now_ms,
                                       struct stored_attachment *out, struct error *err);
/* The bytes that come next. Moves *a. ST_LIMIT: more than its length. ST_DAMAGED: all are here and
 * they are not it; they were thrown away, *a begins anew, and the caller commits that. */
MUST_USE enum status attachments_append(struct db *db, struct stored_attachment *a,
                                        struct slice bytes, struct error *err);
/* Appends bytes [at, at + n) to out, cut where what is here ends. */
MUST_USE enum status attachments_read(struct db *db, const struct stored_attachment *a, uint64_t at,
                                      uint64_t n, struct buf *out, struct error *err);
/* All whole contents of a ledger, hashed again: fn for each that is not what it is called. */
typedef void attachments_visit(void *arg, const struct stored_attachment *a);
MUST_USE enum status attachments_check(struct db *db, int64_t ledger, attachments_visit *fn,
                                       void *arg, struct error *err);
/* The county has it too; somebody has looked at it. */
MUST_USE enum status attachments_held(struct db *db, int64_t no, struct error *err);
MUST_USE enum status attachments_used(struct db *db, int64_t no, int64_t now_ms, struct error *err);
/* The content goes. What names it stays. */
MUST_USE enum status attachments_drop(struct db *db, int64_t no, struct error *err);

/* What changes of a ledger say of a content. */
struct attachment_named {
    uint64_t size; /* 0: no change says */
    enum attachment_kind kind;
    bool thumb; /* only as the small picture of another */
};
/* False: no change in this ledger names it. */
bool attachments_named(struct db *db, int64_t ledger, const struct hash *hash,
                       struct attachment_named *out);

/* Contents that no change names, added before this moment, go: *count of them. */
MUST_USE enum status attachments_collect(struct db *db, int64_t ledger, int64_t before_ms,
                                         size_t *count, struct error *err);

/* ---- for the fold ---- */
/* What a change of a leaf names, by the catalog of that leaf. */
struct op_body;
MUST_USE enum status attachments_note(struct db *db, const struct catalog *catalog, int64_t ledger,
                                      uint64_t leaf, uint32_t position, const struct op_body *body,
                                      struct error *err);
/* It was erased. */
MUST_USE enum status attachments_forget(struct db *db, int64_t ledger, uint64_t leaf,
                                        uint32_t position, struct error *err);

#endif
