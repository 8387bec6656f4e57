/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * rollup_count: see rollup_count.h.
 *
 * A person is counted once in the county, where the household is that he or she lives in
 * (migrations/derived); who may be counted, and what state of work means, is said there for all
 * reports alike.
 */
#include "server/core/rollup_count.h"

#include "shared/base/check.h"
#include "shared/base/file.h"
#include "shared/db/derived.h"

#include <stdio.h>

#define LIMIT_MS 120000
#define HEARD_MS (INT64_C(30) * 24 * 3600 * 1000)

/* Each gives (cell, count). Cells are codes of the catalog, or words. */
static const struct {
    const char *measure, *sql;
} measures[] = {
    {"persons_sex",
     "SELECT CASE WHEN sex IN ('1', '2') THEN sex ELSE '9' END, count(*) FROM temp.labour"
     " GROUP BY 1 ORDER BY 1"},
    {"persons_age",
     "SELECT CASE WHEN age IS NULL THEN 'unknown' WHEN age < 16 THEN '0-15' WHEN age < 60"
     " THEN '16-59' WHEN age < 80 THEN '60-79' ELSE '80-' END, count(*) FROM temp.labour"
     " GROUP BY 1 ORDER BY 1"},
    {"labour_state",
     "SELECT CASE WHEN state GLOB '[1-9]' THEN state ELSE 'unknown' END, count(*) FROM temp.labour"
     " GROUP BY 1 ORDER BY 1"},
    {"labourers_work",
     "SELECT CASE WHEN stable THEN 'stable' WHEN jobs > 0 THEN 'some' ELSE 'none' END, count(*)"
     " FROM temp.labour WHERE is_labour GROUP BY 1 ORDER BY 1"},
    {"households_size",
     "SELECT CASE WHEN n > 6 THEN '7-' ELSE CAST(n AS TEXT) END, count(*) FROM (SELECT count(*) AS"
     " n FROM temp.labour GROUP BY ledger, household_id) GROUP BY 1 ORDER BY 1"},
};

static enum status count_villages(struct server *srv, int64_t now_ms, struct rollup *out,
                                  struct error *err)
{
    struct stmt *stmt = db_stmt(
        srv->db, "SELECT origin, size, (SELECT admitted_ms FROM leaf f WHERE f.ledger = l.no AND"
                 " f.idx = l.size - 1) FROM ledger l");
    int64_t newest_ms = 0;
    bool row = false;
    enum status st;
    while ((st = stmt_step(stmt, &row, err)) == ST_OK && row) {
        struct origin origin;
        if (!origin_parse(stmt_text(stmt, 0), &origin) || origin_is_sealed(&origin) ||
            division_level(origin_code(&origin)) != 5)
            continue;
        const int64_t admitted_ms = stmt_int(stmt, 2);
        out->villages++;
        out->begun += stmt_int(stmt, 1) > 0;
        out->heard += stmt_int(stmt, 1) > 0 && admitted_ms > now_ms - HEARD_MS;
        if (stmt_int(stmt, 1) > 0 && admitted_ms > newest_ms)
            newest_ms = admitted_ms;
    }
    stmt_reset(stmt);
    snprintf(out->newest, sizeof(out->newest), "-");
    if (newest_ms)
        time_format_utc(newest_ms, out->newest);
    return st;
}

static enum status count_measure(struct db *db, const char *measure, const char *sql,
                                 struct rollup *out, struct error *err)
{
    struct stmt *stmt = NULL;
    bool row = false;
    enum status st = db_prepare(db, slice_str(sql), &stmt, err);
    while (st == ST_OK && (st = stmt_step(stmt, &row, err)) == ST_OK && row) {
        char cell[ROLLUP_NAME_MAX + 1];
        const struct slice text = stmt_text(stmt, 0);
        snprintf(cell, sizeof(cell), "%.*s", (int)text.n, (const char *)text.p);
        rollup_add(out, measure, cell, (uint64_t)stmt_int(stmt, 1));
    }
    stmt_release(stmt);
    return st == ST_OK ? st : error_wrap(err, st, "%s", measure);
}

static enum status count_all(struct server *srv, struct db *db, int32_t day, struct rollup *out,
                             struct error *err)
{
    enum status st = derived_open(db, replica_catalog(srv->rep), day, NULL, err);
    if (st == ST_OK)
        st = db_exec(db,
                     "CREATE TEMP TABLE labour AS SELECT ledger, household_id, sex, age, state,"
                     " stable, jobs, is_labour FROM d_labour",
                     err);
    db_restrict_to_reading(db, LIMIT_MS);
    for (size_t i = 0; i < ARRAY_LENGTH(measures) && st == ST_OK; i++)
        st = count_measure(db, measures[i].measure, measures[i].sql, out, err);
    return st;
}

enum status rollup_count(struct server *srv, int32_t day, uint64_t least, int64_t now_ms,
                         struct rollup *out, struct error *err)
{
    char *path = file_join(srv->folder, "huced.db");
    struct db *db = NULL;
    *out = (struct rollup){.origin = srv->rep->registry_origin,
                           .least = least,
                           .registry_size = srv->rep->registry.size};
    date_format(day, out->day);
    enum status st = count_villages(srv, now_ms, out, err);
    if (st == ST_OK)
        st = db_open(path, DB_READ_ONLY, &db, err);
    if (st == ST_OK)
        st = count_all(srv, db, day, out, err);
    if (st == ST_OK)
        rollup_withhold(out);
    db_close(db);
    mem_free(path);
    return st;
}
