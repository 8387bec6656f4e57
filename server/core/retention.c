/* SPDX-License-Identifier: MulanPSL-2.0 */
/* retention: see retention.h. */
#include "server/core/retention.h"

#include "shared/db/attachments.h"

#define DAY_MS (INT64_C(24) * 3600 * 1000)
#define COUNTS_DAYS 7 /* of quotas: an operator may want to see last week's */

/* An attachment of the first kind, or of the second. */
#define IS_NAMED \
    "EXISTS (SELECT 1 FROM attachment_ref r WHERE r.ledger = a.ledger AND r.hash = a.hash)"
#define UPLOADS "FROM _attachment a WHERE NOT whole AND added_ms < ?1"
#define ORPHANS "FROM _attachment a WHERE whole AND added_ms < ?1 AND NOT " IS_NAMED
#define INVITES "FROM _invite WHERE expires_ms < ?1"
#define COUNTS "FROM _quota WHERE day < ?1"

static int64_t days_ago(int64_t now_ms, int64_t days)
{
    return now_ms - days * DAY_MS;
}

/* Rows and bytes. */
static enum status count(struct server *srv, const char *sql, int64_t before, uint64_t *rows,
                         uint64_t *bytes, struct error *err)
{
    struct stmt *stmt = db_stmt(srv->db, sql);
    bool row = false;
    bind_int(stmt, 1, before);
    enum status st = stmt_step(stmt, &row, err);
    if (st == ST_OK && row) {
        *rows = (uint64_t)stmt_int(stmt, 0);
        *bytes = (uint64_t)stmt_int(stmt, 1);
    }
    stmt_reset(stmt);
    return st;
}

static enum status run(struct server *srv, const char *sql, int64_t before, struct error *err)
{
    struct stmt *stmt = db_stmt(srv->db, sql);
    bind_int(stmt, 1, before);
    return stmt_run(stmt, err);
}

/* One after the other: their pieces go with them. */
static enum status drop_all(struct server *srv, const char *sql, int64_t before, struct error *err)
{
    for (;;) {
        struct stmt *stmt = db_stmt(srv->db, sql);
        bool row = false;
        bind_int(stmt, 1, before);
        enum status st = stmt_step(stmt, &row, err);
        const int64_t no = st == ST_OK && row ? stmt_int(stmt, 0) : 0;
        stmt_reset(stmt);
        if (st != ST_OK || !row)
            return st;
        st = attachments_drop(srv->db, no, err);
        if (st != ST_OK)
            return st;
    }
}

static int64_t counts_before(int64_t now_ms)
{
    return days_ago(now_ms, COUNTS_DAYS) / DAY_MS;
}

enum status retention_look(struct server *srv, const struct retention_terms *terms, int64_t now_ms,
                           struct retention_found *out, struct error *err)
{
    const int64_t uploads = days_ago(now_ms, terms->uploads_days);
    uint64_t none;
    *out = (struct retention_found){0};
    enum status st = count(srv, "SELECT count(*), coalesce(sum(got), 0) " UPLOADS, uploads,
                           &out->uploads, &out->upload_bytes, err);
    if (st == ST_OK)
        st = count(srv, "SELECT count(*), coalesce(sum(size), 0) " ORPHANS, uploads, &out->orphans,
                   &out->orphan_bytes, err);
    if (st == ST_OK)
        st = count(srv, "SELECT count(*), 0 " INVITES, days_ago(now_ms, terms->invites_days),
                   &out->invites, &none, err);
    if (st == ST_OK)
        st = count(srv, "SELECT count(*), 0 " COUNTS, counts_before(now_ms), &out->counts, &none,
                   err);
    return st;
}

enum status retention_apply(struct server *srv, const struct retention_terms *terms, int64_t now_ms,
                            struct retention_found *out, struct error *err)
{
    const int64_t uploads = days_ago(now_ms, terms->uploads_days);
    enum status st = server_begin(srv, err);
    if (st != ST_OK)
        return st;
    if (server_recovering(srv))
        st = error_set(err, ST_WAIT, "本县正在恢复，先把恢复做完：huced recovery status");
    if (st == ST_OK)
        st = retention_look(srv, terms, now_ms, out, err);
    if (st == ST_OK)
        st = drop_all(srv, "SELECT no " UPLOADS " LIMIT 1", uploads, err);
    if (st == ST_OK)
        st = drop_all(srv, "SELECT no " ORPHANS " LIMIT 1", uploads, err);
    if (st == ST_OK)
        st = run(srv, "DELETE " INVITES, days_ago(now_ms, terms->invites_days), err);
    if (st == ST_OK)
        st = run(srv, "DELETE " COUNTS, counts_before(now_ms), err);
    return server_end(srv, st, err);
}
