/* SPDX-License-Identifier: MulanPSL-2.0 */
/* courier_blobs: see courier_blobs.h. */
#include "server/core/courier_blobs.h"

#include "server/core/admission.h"

static enum status take_one(struct server *srv, const struct hash *device,
                            const struct bundle_blob *blob, int64_t now_ms, size_t *came,
                            struct error *err)
{
    struct ledger *ledger = replica_ledger(srv->rep, &blob->origin);
    struct attachment_named named;
    struct stored_attachment a;
    if (blob->content.n == 0 || !ledger || !admission_may_deliver(srv, device, ledger) ||
        !attachments_named(srv->db, ledger->no, &blob->hash, &named))
        return ST_OK;
    if (attachments_find(srv->db, ledger->no, &blob->hash, &a) && a.whole)
        return ST_OK;
    enum status st = attachments_take(srv->db, ledger->no, &named, blob, now_ms, &a, err);
    *came += st == ST_OK && a.whole;
    return st;
}

enum status courier_blobs_take(struct server *srv, const struct hash *device,
                               const struct bundle *bundle, int64_t now_ms, size_t *came,
                               struct error *err)
{
    if (bundle->blob_count == 0)
        return ST_OK;
    enum status st = server_begin(srv, err);
    if (st != ST_OK)
        return st;
    for (size_t i = 0; i < bundle->blob_count && st == ST_OK; i++) {
        struct bundle_blob blob;
        st = bundle_blob_read(bundle->blobs[i], &blob, err);
        if (st == ST_OK)
            st = take_one(srv, device, &blob, now_ms, came, err);
    }
    return server_end(srv, st, err);
}

static enum status answer_one(struct server *srv, const struct hash *device,
                              const struct bundle_blob *blob, bool thumbs,
                              struct attachments_pack *p, struct error *err)
{
    struct ledger *ledger = replica_ledger(srv->rep, &blob->origin);
    struct attachment_named named;
    struct stored_attachment a;
    if (blob->content.n || !ledger || !admission_may_read(srv, device, ledger) ||
        !attachments_named(srv->db, ledger->no, &blob->hash, &named) || named.thumb != thumbs ||
        !attachments_find(srv->db, ledger->no, &blob->hash, &a))
        return ST_OK;
    if (blob->size && blob->at == blob->size)
        return attachments_pack_state(p, &ledger->origin, &a, err);
    return a.whole && blob->at < a.size
               ? attachments_pack_content(p, &ledger->origin, &a, blob->at, err)
               : ST_OK;
}

enum status courier_blobs_answer(struct server *srv, const struct hash *device,
                                 const struct bundle *bundle, struct attachments_pack *p,
                                 struct error *err)
{
    enum status st = ST_OK;
    for (int photos = 0; photos < 2; photos++)
        for (size_t i = 0; i < bundle->blob_count && st == ST_OK; i++) {
            struct bundle_blob blob;
            st = bundle_blob_read(bundle->blobs[i], &blob, err);
            if (st == ST_OK)
                st = answer_one(srv, device, &blob, !photos, p, err);
        }
    return st;
}

enum status courier_blobs_give(struct server *srv, const struct ledger *ledger, uint64_t from,
                               struct attachments_pack *p, struct error *err)
{
    struct stmt *stmt =
        db_stmt(srv->db, "SELECT DISTINCT hash FROM attachment_ref WHERE ledger = ?1 AND thumb = 1"
                         " AND leaf >= ?2 ORDER BY leaf, position");
    struct hash *hashes = NULL;
    size_t count = 0, capacity = 0;
    bool row;
    enum status st;
    bind_int(stmt, 1, ledger->no);
    bind_int(stmt, 2, (int64_t)from);
    while ((st = stmt_step(stmt, &row, err)) == ST_OK && row) {
        if (stmt_blob(stmt, 0).n != HASH_SIZE)
            continue;
        hashes = mem_grow(hashes, &capacity, count + 1, sizeof(*hashes));
        memcpy(hashes[count++].b, stmt_blob(stmt, 0).p, HASH_SIZE);
    }
    for (size_t i = 0; i < count && st == ST_OK; i++) {
        struct stored_attachment a;
        if (attachments_find(srv->db, ledger->no, &hashes[i], &a) && a.whole)
            st = attachments_pack_content(p, &ledger->origin, &a, 0, err);
    }
    mem_free(hashes);
    return st;
}
