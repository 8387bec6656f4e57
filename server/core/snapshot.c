/* SPDX-License-Identifier: MulanPSL-2.0 */
/* snapshot: see snapshot.h. */
#include "server/core/snapshot.h"

#include "shared/base/time.h"
#include "shared/db/snapshot.h"

/* With less history than this it comes as fast as its records would; and a snapshot that is not at
 * least a quarter smaller is not worth that everything comes twice. */
#define HISTORY_MIN (256 * 1024)
/* What was under way when a ledger grew may be fetched to its end. */
#define STALE_MS (INT64_C(30) * 60 * 1000)

static void forget(struct kept_snapshot *kept)
{
    buf_release(&kept->bytes);
    buf_release(&kept->text);
    buf_release(&kept->checkpoint);
    *kept = (struct kept_snapshot){0};
}

void snapshots_release(struct snapshots *snapshots)
{
    for (size_t i = 0; i < SNAPSHOTS_KEPT; i++)
        forget(&snapshots->kept[i]);
}

static bool is_of(const struct kept_snapshot *kept, const struct ledger *ledger)
{
    return kept->bytes.n && strcmp(kept->ledger.text, ledger->origin.text) == 0;
}

/* What a change of this ledger may have been erased from is given no more. */
static uint64_t erasures(struct server *srv, const struct ledger *ledger)
{
    struct stmt *stmt = db_stmt(srv->db, "SELECT coalesce(max(by_leaf) + 1, 0) FROM erasure"
                                         " WHERE ledger = ?1");
    bool row = false;
    uint64_t n = 0;
    bind_int(stmt, 1, ledger->no);
    if (stmt_step(stmt, &row, NULL) == ST_OK && row)
        n = (uint64_t)stmt_int(stmt, 0);
    stmt_reset(stmt);
    return n;
}

static uint64_t history_bytes(struct server *srv, const struct ledger *ledger)
{
    struct stmt *stmt = db_stmt(srv->db, "SELECT coalesce(sum(length(columns)) + 110 * count(*), 0)"
                                         " FROM changeset WHERE ledger = ?1");
    bool row = false;
    uint64_t n = 0;
    bind_int(stmt, 1, ledger->no);
    if (stmt_step(stmt, &row, NULL) == ST_OK && row)
        n = (uint64_t)stmt_int(stmt, 0);
    stmt_reset(stmt);
    return n;
}

static void tidy_up(struct snapshots *snapshots, struct server *srv, const struct ledger *ledger)
{
    const int64_t now_ms = time_now_ms();
    const uint64_t erased = erasures(srv, ledger);
    for (size_t i = 0; i < SNAPSHOTS_KEPT; i++) {
        struct kept_snapshot *kept = &snapshots->kept[i];
        if (!is_of(kept, ledger) || kept->note.size == ledger->tree.size)
            continue;
        if (kept->since_ms == 0)
            kept->since_ms = now_ms;
        if (kept->note.size < erased || now_ms - kept->since_ms > STALE_MS)
            forget(kept);
    }
}

static struct kept_snapshot *find(struct snapshots *snapshots, const struct ledger *ledger,
                                  uint64_t size, uint64_t registry_size, const struct hash *content)
{
    for (size_t i = 0; i < SNAPSHOTS_KEPT; i++) {
        struct kept_snapshot *kept = &snapshots->kept[i];
        if (is_of(kept, ledger) &&
            (content ? hash_equal(&kept->note.content, content)
                     : kept->note.size == size && kept->note.registry_size == registry_size)) {
            kept->used = ++snapshots->clock;
            return kept;
        }
    }
    return NULL;
}

static enum status make(struct server *srv, struct ledger *ledger, struct kept_snapshot *out,
                        struct error *err)
{
    struct arena arena = {0};
    buf_init(&out->bytes, SNAPSHOT_MAX);
    buf_init(&out->text, SNAPSHOT_NOTE_MAX);
    buf_init(&out->checkpoint, CHECKPOINT_MAX);
    out->ledger = ledger->origin;
    out->note = (struct snapshot_note){.size = ledger->tree.size,
                                       .root = ledger->root,
                                       .registry_size = srv->rep->registry.size,
                                       .catalog = replica_catalog(srv->rep)->version,
                                       .merge = MERGE_VERSION};
    replica_signed_name(ledger, &out->note.origin);
    const uint64_t history = history_bytes(srv, ledger);
    enum status st = history < HISTORY_MIN ? error_set(err, ST_NOT_FOUND, "the history is short")
                                           : snapshot_make(srv->rep, ledger, &out->bytes, err);
    if (st == ST_OK && out->bytes.n > history / 4 * 3)
        st = error_set(err, ST_NOT_FOUND, "the records are about as much as their history");
    if (st == ST_OK)
        st = snapshot_digest(srv->rep, ledger, &out->note.digest, err);
    if (st == ST_OK) {
        out->note.bytes = out->bytes.n;
        hash_bytes(buf_slice(&out->bytes), &out->note.content);
        snapshot_note_sign(&out->note, srv->log, &out->text);
        buf_put_slice(&out->checkpoint, replica_checkpoint(srv->rep, ledger, &arena));
        if (replica_covered(srv->rep, ledger) != ledger->tree.size)
            st = error_set(err, ST_NOT_FOUND, "its head is not signed yet");
    }
    arena_release(&arena);
    return st;
}

enum status snapshots_newest(struct snapshots *snapshots, struct server *srv, struct ledger *ledger,
                             const struct kept_snapshot **out, struct error *err)
{
    struct kept_snapshot *oldest = &snapshots->kept[0];
    tidy_up(snapshots, srv, ledger);
    *out = find(snapshots, ledger, ledger->tree.size, srv->rep->registry.size, NULL);
    if (*out)
        return ST_OK;
    /* In an epoch the bases of lost leaves are known by their content alone. */
    if (ledger->tree.size == 0 || ledger->epoch > 0 || ledger->folded < ledger->tree.size ||
        ledger == srv->rep->registry_ledger)
        return error_set(err, ST_NOT_FOUND, "no snapshot of this ledger");
    for (size_t i = 1; i < SNAPSHOTS_KEPT; i++)
        if (snapshots->kept[i].used < oldest->used)
            oldest = &snapshots->kept[i];
    forget(oldest);
    enum status st = make(srv, ledger, oldest, err);
    oldest->used = ++snapshots->clock;
    if (st != ST_OK)
        forget(oldest);
    else
        *out = oldest;
    return st;
}

enum status snapshots_named(struct snapshots *snapshots, struct server *srv, struct ledger *ledger,
                            const struct hash *content, const struct kept_snapshot **out,
                            struct error *err)
{
    tidy_up(snapshots, srv, ledger);
    *out = find(snapshots, ledger, 0, 0, content);
    if (*out)
        return ST_OK;
    /* Another process of this county may have made it, or this one before it was started anew. */
    enum status st = snapshots_newest(snapshots, srv, ledger, out, err);
    if (st == ST_OK && !hash_equal(&(*out)->note.content, content))
        st = error_set(err, ST_NOT_FOUND, "this snapshot is not kept any more");
    return st;
}
