/* SPDX-License-Identifier: MulanPSL-2.0 */
/* archive: a walk over references, both ways. See archive.h. */
#include "agent/core/archive.h"

#include "shared/base/check.h"
#include "shared/db/record_tables.h"
#include "shared/record/structure.h"

struct walk {
    struct desk *desk;
    struct ledger *ledger;
    enum archive_of which;
    struct archive *archive;
};

void archive_release(struct archive *archive)
{
    mem_free(archive->parts);
    *archive = (struct archive){0};
}

static bool is_part(const struct archive *archive, const struct catalog_table *table,
                    const struct record_id *id)
{
    for (size_t i = 0; i < archive->count; i++)
        if (archive->parts[i].table == table && record_id_equal(&archive->parts[i].id, id))
            return true;
    return false;
}

static bool wanted(const struct walk *w, int bits)
{
    int not_here = w->which == ARCHIVE_ITS_OWN ? ROW_IN_TRANSIT : ROW_ELSEWHERE;
    return (bits & (ROW_LIVE | not_here)) == ROW_LIVE;
}

static enum status add(struct walk *w, const struct catalog_table *table,
                       const struct record_id *id, struct error *err)
{
    struct archive *archive = w->archive;
    bool found;
    int bits;
    if (is_part(archive, table, id))
        return ST_OK;
    enum status st = record_state_bits(materialise_tables(w->desk->rep), w->ledger->no, table, id,
                                       &found, &bits, err);
    if (st != ST_OK || !found || !wanted(w, bits))
        return st;
    if (archive->count == ARCHIVE_PARTS_MAX)
        return error_set(err, ST_LIMIT, "一次迁移的记录太多（超过 %d 条）", ARCHIVE_PARTS_MAX);
    archive->parts =
        mem_grow(archive->parts, &archive->capacity, archive->count + 1, sizeof(*archive->parts));
    archive->parts[archive->count++] = (struct archive_part){table, *id, bits};
    return ST_OK;
}

/* Ids of rows of this ledger whose field refers to a record. */
struct ids {
    size_t count, capacity;
    struct record_id *ids;
};

static enum status read_referring(struct walk *w, const struct catalog_table *table,
                                  const struct catalog_field *field,
                                  const struct catalog_field *while_empty,
                                  const struct record_id *to, struct ids *out, struct error *err)
{
    struct stmt *stmt = NULL;
    bool row;
    char *sql =
        mem_printf("SELECT id FROM \"r_%s\" WHERE \"%s\" = ?1 AND ledger = ?2%s%s%s ORDER BY id",
                   table->name, field->name, while_empty ? " AND \"" : "",
                   while_empty ? while_empty->name : "", while_empty ? "\" IS NULL" : "");
    enum status st = db_prepare(w->desk->db, slice_str(sql), &stmt, err);
    if (st == ST_OK) {
        bind_blob(stmt, 1, slice_of(to->b, RECORD_ID_SIZE));
        bind_int(stmt, 2, w->ledger->no);
    }
    while (st == ST_OK && (st = stmt_step(stmt, &row, err)) == ST_OK && row) {
        out->ids = mem_grow(out->ids, &out->capacity, out->count + 1, sizeof(*out->ids));
        if (stmt_blob(stmt, 0).n == RECORD_ID_SIZE)
            memcpy(out->ids[out->count++].b, stmt_blob(stmt, 0).p, RECORD_ID_SIZE);
    }
    stmt_release(stmt);
    mem_free(sql);
    return st;
}

static bool refers_to(const struct catalog_field *field, const struct catalog_table *table)
{
    return field && record_tables_has_column(field) && strcmp(field->ref, table->name) == 0;
}

/* What belongs to this part. */
static enum status add_belongings(struct walk *w, const struct archive_part *part,
                                  struct error *err)
{
    const struct catalog *catalog = replica_catalog(w->desk->rep);
    enum status st = ST_OK;
    for (size_t i = 0; i < catalog->table_count && st == ST_OK; i++) {
        const struct catalog_table *table = catalog->tables[i];
        const struct catalog_field *owner = structure_owner(table);
        struct ids ids = {0};
        if (!record_tables_has(table) || !refers_to(owner, part->table))
            continue;
        st = read_referring(w, table, owner, NULL, &part->id, &ids, err);
        for (size_t k = 0; k < ids.count && st == ST_OK; k++)
            st = add(w, table, &ids.ids[k], err);
        mem_free(ids.ids);
    }
    return st;
}

/* What this part brings along: the field's value, unless the other field says that it is over. */
static enum status brought(struct walk *w, const struct archive_part *part,
                           const struct structure_brings *brings, struct record_id *id,
                           const struct catalog_table **table, struct error *err)
{
    struct arena arena = {0};
    struct record_state record;
    *table = NULL;
    enum status st =
        materialise_load(w->desk->rep, w->ledger, part->table, &part->id, &arena, &record, err);
    if (st == ST_OK) {
        const struct value *to = &record.fields[brings->field->no].value;
        bool over = brings->until && record.fields[brings->until->no].value.kind != VALUE_NULL;
        if (!over && to->kind == VALUE_BYTES && to->s.n == RECORD_ID_SIZE) {
            memcpy(id->b, to->s.p, RECORD_ID_SIZE);
            *table =
                catalog_table_named(replica_catalog(w->desk->rep), slice_str(brings->field->ref));
        }
    }
    arena_release(&arena);
    return st;
}

static enum status add_brought(struct walk *w, const struct archive_part *part, struct error *err)
{
    struct structure_brings brings[STRUCTURE_WORDS_MAX];
    size_t count = structure_brings(part->table, brings);
    enum status st = ST_OK;
    for (size_t i = 0; i < count && st == ST_OK; i++) {
        const struct catalog_table *table;
        struct record_id id;
        st = brought(w, part, &brings[i], &id, &table, err);
        if (st == ST_OK && table && record_tables_has(table))
            st = add(w, table, &id, err);
    }
    return st;
}

/* Nobody may be brought along whom a record that stays brings as well: a person who is active in
 * two households would leave one of them without it. */
static enum status check_shared(struct walk *w, const struct archive_part *part, struct error *err)
{
    struct structure_brings brings[STRUCTURE_WORDS_MAX];
    size_t count = structure_brings(part->table, brings);
    enum status st = ST_OK;
    for (size_t i = 0; i < count && st == ST_OK; i++) {
        const struct catalog_table *table;
        struct ids ids = {0};
        struct record_id id;
        st = brought(w, part, &brings[i], &id, &table, err);
        if (st == ST_OK && table && is_part(w->archive, table, &id))
            st = read_referring(w, part->table, brings[i].field, brings[i].until, &id, &ids, err);
        for (size_t k = 0; k < ids.count && st == ST_OK; k++) {
            bool found;
            int bits;
            st = record_state_bits(materialise_tables(w->desk->rep), w->ledger->no, part->table,
                                   &ids.ids[k], &found, &bits, err);
            if (st == ST_OK && found && wanted(w, bits) &&
                !is_part(w->archive, part->table, &ids.ids[k]))
                st = error_set(err, ST_REFUSED,
                               "要随迁的一位%s还被另一条“%s”记着：请先决定（huce conflicts list）",
                               table->zh, part->table->zh);
        }
        mem_free(ids.ids);
    }
    return st;
}

enum status archive_collect(struct desk *desk, struct ledger *ledger,
                            const struct catalog_table *table, const struct record_id *id,
                            enum archive_of which, struct archive *out, struct error *err)
{
    struct walk w = {.desk = desk, .ledger = ledger, .which = which, .archive = out};
    *out = (struct archive){0};
    enum status st = add(&w, table, id, err);
    for (size_t i = 0; i < out->count && st == ST_OK; i++) {
        struct archive_part part = out->parts[i];
        st = add_belongings(&w, &part, err);
        if (st == ST_OK)
            st = add_brought(&w, &part, err);
    }
    for (size_t i = 0; which != ARCHIVE_SHOWN && i < out->count && st == ST_OK; i++)
        st = check_shared(&w, &out->parts[i], err);
    return st;
}
