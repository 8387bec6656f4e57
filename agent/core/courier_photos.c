/* SPDX-License-Identifier: MulanPSL-2.0 */
/* courier_photos: see courier_photos.h. */
#include "agent/core/courier_photos.h"

#include "agent/core/attach.h"
#include "agent/core/carry_due.h"
#include "shared/base/diag.h"
#include "shared/base/time.h"

#define DUE_MAX 4096

/* ---- out ---- */

/* First the contents, then the questions: the county answers them in the light of what came. */
static enum status pack_due(struct desk *desk, struct attachments_pack *p,
                            const struct carry_due *due, bool content, struct error *err)
{
    const struct ledger *ledger = replica_ledger_by_no(desk->rep, due->ledger);
    struct stored_attachment a;
    const bool here = attachments_find(desk->db, due->ledger, &due->hash, &a);
    if (!ledger || (due->up && (!here || !a.whole)))
        return ST_OK;
    a.hash = due->hash;
    if (!content)
        return attachments_pack_state(p, &ledger->origin, &a, err);
    return due->up ? attachments_pack_content(p, &ledger->origin, &a, 0, err) : ST_OK;
}

enum status courier_photos_pack(struct desk *desk, struct bundle_pack *pack, uint64_t room,
                                struct courier_photos *out, struct error *err)
{
    struct attachments_pack p = {.db = desk->db, .pack = pack, .room = room};
    struct carry_due *due = mem_alloc(DUE_MAX * sizeof(*due));
    const size_t count = room ? carry_due_find(desk, true, due, DUE_MAX) : 0;
    enum status st = ST_OK;
    for (int questions = 0; questions < 2; questions++)
        for (size_t i = 0; i < count && st == ST_OK; i++)
            st = pack_due(desk, &p, &due[i], !questions, err);
    mem_free(due);
    out->sent = p.count;
    out->waits = p.waits;
    out->bytes = p.bytes;
    return st;
}

/* ---- in ---- */

static bool is_wanted(struct desk *desk, const struct attachment_named *named,
                      const struct stored_attachment *a)
{
    return named->thumb || a->no || (attach_fetches_all(desk) && named->size < attach_room(desk));
}

static enum status take(struct desk *desk, const struct bundle_blob *blob,
                        struct courier_photos *out, struct error *err)
{
    struct ledger *ledger = replica_ledger(desk->rep, &blob->origin);
    struct attachment_named named;
    struct stored_attachment a;
    if (!ledger || !attachments_named(desk->db, ledger->no, &blob->hash, &named))
        return ST_OK;
    const bool here = attachments_find(desk->db, ledger->no, &blob->hash, &a);
    if (blob->content.n == 0) {
        if (!here || !a.whole || a.held || blob->size != a.size || blob->at != a.size)
            return ST_OK;
        out->confirmed++;
        return attachments_held(desk->db, a.no, err);
    }
    if ((here && a.whole) || !is_wanted(desk, &named, &a))
        return ST_OK;
    enum status st = attachments_take(desk->db, ledger->no, &named, blob, time_now_ms(), &a, err);
    if (st != ST_OK || !a.whole)
        return st;
    out->came++;
    return attachments_held(desk->db, a.no, err);
}

enum status courier_photos_take(struct desk *desk, const struct bundle *bundle,
                                struct courier_photos *out, struct error *err)
{
    *out = (struct courier_photos){0};
    if (bundle->blob_count == 0)
        return ST_OK;
    enum status st = desk_begin(desk, err);
    if (st != ST_OK)
        return st;
    for (size_t i = 0; i < bundle->blob_count && st == ST_OK; i++) {
        struct bundle_blob blob;
        st = bundle_blob_read(bundle->blobs[i], &blob, err);
        if (st == ST_OK)
            st = take(desk, &blob, out, err);
    }
    if (st == ST_OK)
        st = desk_commit(desk, err);
    else
        desk_rollback(desk);
    size_t dropped = 0;
    struct error tidying;
    if (st == ST_OK &&
        attach_tidy(desk, time_now_ms(), ATTACH_FRESH_MS, &dropped, &tidying) != ST_OK)
        diag_warn("courier", "%s", tidying.text);
    return st;
}
