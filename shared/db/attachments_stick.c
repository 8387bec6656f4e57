/* SPDX-License-Identifier: MulanPSL-2.0 */
/* attachments_stick: see attachments_stick.h. */
#include "shared/db/attachments_stick.h"

#include "shared/base/check.h"

static enum status put(struct attachments_pack *p, const struct bundle_blob *blob,
                       struct error *err)
{
    struct buf bytes;
    buf_init(&bytes, BUNDLE_BLOB_MAX);
    bundle_blob_write(blob, &bytes);
    CHECK(buf_ok(&bytes));
    enum status st = bundle_pack_blob(p->pack, buf_slice(&bytes), err);
    buf_release(&bytes);
    return st;
}

enum status attachments_pack_state(struct attachments_pack *p, const struct origin *origin,
                                   const struct stored_attachment *a, struct error *err)
{
    const struct bundle_blob blob = {
        .origin = *origin, .hash = a->hash, .size = a->size, .at = a->got};
    return put(p, &blob, err);
}

/* A file holds at least two parts, so that one of any size is filled. */
static uint64_t part_of(const struct attachments_pack *p)
{
    const size_t file = p->pack->terms->file_bytes;
    return file && file / 2 < BUNDLE_BLOB_CONTENT_MAX ? (file / 2 ? file / 2 : 1)
                                                      : BUNDLE_BLOB_CONTENT_MAX;
}

enum status attachments_pack_content(struct attachments_pack *p, const struct origin *origin,
                                     const struct stored_attachment *a, uint64_t at,
                                     struct error *err)
{
    const uint64_t part = part_of(p);
    enum status st = ST_OK;
    if (a->size - at > p->room) {
        p->waits++;
        return ST_OK;
    }
    p->room -= a->size - at;
    p->bytes += a->size - at;
    p->count++;
    while (at < a->size && st == ST_OK) {
        struct bundle_blob blob = {.origin = *origin, .hash = a->hash, .size = a->size, .at = at};
        struct buf content;
        buf_init(&content, BUNDLE_BLOB_CONTENT_MAX);
        st = attachments_read(p->db, a, at, part, &content, err);
        blob.content = buf_slice(&content);
        if (st == ST_OK && (!buf_ok(&content) || content.n == 0))
            st = error_set(err, ST_DAMAGED, "附件存着的内容不全");
        if (st == ST_OK)
            st = put(p, &blob, err);
        at += content.n;
        buf_release(&content);
    }
    return st;
}

enum status attachments_take(struct db *db, int64_t ledger, const struct attachment_named *named,
                             const struct bundle_blob *blob, int64_t now_ms,
                             struct stored_attachment *out, struct error *err)
{
    *out = (struct stored_attachment){0};
    if (blob->size == 0 || blob->size > (named->thumb ? ATTACHMENT_THUMB_MAX : ATTACHMENT_MAX) ||
        (named->size && blob->size != named->size))
        return error_set(err, ST_INVALID, "包里的附件和记录里写的大小不同");
    enum status st =
        attachments_begin(db, ledger, &blob->hash, blob->size, named->thumb, now_ms, out, err);
    if (st != ST_OK || out->whole || blob->at > out->got || blob->at + blob->content.n <= out->got)
        return st;
    const size_t here = (size_t)(out->got - blob->at);
    st = attachments_append(db, out, slice_of(blob->content.p + here, blob->content.n - here), err);
    return st == ST_DAMAGED ? ST_OK : st;
}
