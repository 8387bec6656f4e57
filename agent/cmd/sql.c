/* SPDX-License-Identifier: MulanPSL-2.0 */
/* huce sql "SELECT …" [--csv F | --xlsx F]: one query over the record tables and what is derived
 * from them (shared/db/derived.h), on a connection that cannot write. A column that shows a field
 * as it stands is masked like that field; what is computed as sight.h says. */
#include "agent/cmd/cmd.h"
#include "agent/core/edit.h"
#include "agent/core/reads.h"
#include "shared/cli/sheet.h"
#include "shared/cli/rows.h"
#include "shared/db/derived.h"

#define LIMIT_MS 60000
#define SAID_MAX 150 /* of a query in the record of an unmasked export */

#define TABLES_MAX 16

/* Sensitive fields of one type that were shown as they stand. */
struct shown {
    const struct catalog_table *table;
    size_t count;
    uint16_t fields[READS_FIELDS_MAX];
};

struct looking {
    struct sight sight;
    struct sight_query query;
    size_t shown_count;
    struct shown shown[TABLES_MAX];
    uint64_t cells; /* of the first of them */
};

static void note_cell(struct looking *l, const struct catalog_table *table,
                      const struct catalog_field *field)
{
    size_t t = 0, at = 0;
    while (t < l->shown_count && l->shown[t].table != table)
        t++;
    if (t == TABLES_MAX)
        return;
    if (t == l->shown_count)
        l->shown[l->shown_count++] = (struct shown){.table = table};
    struct shown *shown = &l->shown[t];
    while (at < shown->count && shown->fields[at] < field->no)
        at++;
    l->cells += t == 0 && at == 0;
    if ((at < shown->count && shown->fields[at] == field->no) || shown->count == READS_FIELDS_MAX)
        return;
    memmove(shown->fields + at + 1, shown->fields + at,
            (shown->count - at) * sizeof(shown->fields[0]));
    shown->fields[at] = (uint16_t)field->no;
    shown->count++;
}

static bool mask_cell(void *arg, const struct catalog_table *table,
                      const struct catalog_field *field, struct slice text, struct buf *out)
{
    struct looking *looking = arg;
    const enum mask mask = field ? sight_mask(&looking->sight, table, field) : MASK_NONE;
    if (field && mask == MASK_NONE) {
        if (field->sensitivity >= MASK_SENSITIVE && text.n)
            note_cell(looking, table, field);
        return false;
    }
    if (!field)
        return sight_query_cell(&looking->query, text, out);
    mask_put(mask, sight_purpose(&looking->sight), text, out);
    return true;
}

/* So many bytes of it, or a few less: between characters. */
static int cut_at(const char *text, size_t max)
{
    size_t n = strlen(text) < max ? strlen(text) : max;
    while (n > 0 && ((unsigned char)text[n] & 0xC0) == 0x80)
        n--;
    return (int)n;
}

static enum status write_file(struct cli *cli, struct desk *desk, const struct export *export,
                              struct stmt *stmt, const struct rows_mask *mask, struct error *err)
{
    json_t *answer = NULL, *sheet;
    enum status st = rows_read(stmt, mask, &answer, err);
    if (st != ST_OK)
        return st;
    sheet = sheet_of_query(answer);
    char *what = mem_printf("sql %.*s", cut_at(cli->args.words[0], SAID_MAX), cli->args.words[0]);
    st = export_write(cli, desk, export, sheet, what, NULL, err);
    mem_free(what);
    json_decref(sheet);
    json_decref(answer);
    return st;
}

enum status cmd_sql(struct cli *cli, struct error *err)
{
    struct desk *desk = NULL;
    struct db *db = NULL;
    struct stmt *stmt = NULL;
    struct export export;
    struct looking looking = {0};
    struct rows_mask mask = {.fn = mask_cell, .arg = &looking};
    enum status st = export_read(cli, &export, err);
    if (st == ST_OK)
        st = cli_desk(cli, &desk, err); /* brings the tables to this program's shape */
    if (st == ST_OK)
        st = export_sight(cli, desk, &export, &looking.sight, err);
    if (st == ST_OK)
        st = db_open(desk->file, DB_READ_ONLY, &db, err);
    if (st == ST_OK)
        st = derived_open(db, replica_catalog(desk->rep), edit_today(), NULL, err);
    if (st == ST_OK) {
        mask.catalog = replica_catalog(desk->rep);
        db_restrict_to_reading(db, LIMIT_MS);
        sight_query_begin(&looking.query, &looking.sight, mask.catalog, db);
        st = db_prepare(db, slice_str(cli->args.words[0]), &stmt, err);
    }
    if (st == ST_OK && export_wanted(&export))
        st = write_file(cli, desk, &export, stmt, &mask, err);
    else if (st == ST_OK)
        st = rows_print(stmt, &mask, cli->json, err);
    stmt_release(stmt);
    db_close(db);
    for (size_t i = 0; i < looking.shown_count; i++)
        reads_note(desk, cli_reader(cli, desk, "sql"), looking.shown[i].table->no, NULL,
                   looking.shown[i].fields, looking.shown[i].count, looking.cells);
    desk_close(desk);
    return st;
}
