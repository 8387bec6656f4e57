/* SPDX-License-Identifier: MulanPSL-2.0 */
/* report_frozen: see report_frozen.h. */
#include "agent/core/report_frozen.h"

#include <stdio.h>
#include <stdlib.h>

#include "agent/core/act.h"
#include "agent/core/view.h"
#include "shared/base/file.h"
#include "shared/base/time.h"
#include "shared/codec/hex.h"
#include "shared/crypto/hash.h"

#define BASES_MAX 60000

static const char *text(const json_t *object, const char *name)
{
    const char *value = json_string_value(json_object_get(object, name));
    return value ? value : "";
}

/* ---- the document ---- */

static json_t *names_of(const json_t *columns)
{
    json_t *names = json_array(), *column;
    size_t i;
    json_array_foreach((json_t *)columns, i, column)
        json_array_append_new(names, json_pack("[s, s]", text(column, "name"), text(column, "zh")));
    return names;
}

static json_t *ledgers_of(const json_t *report)
{
    const json_t *list = json_object_get(json_object_get(report, "data"), "list"), *one;
    json_t *out = json_array();
    size_t i;
    json_array_foreach(list, i, one) json_array_append_new(
        out, json_pack("[s, O, O, O]", text(one, "origin"), json_object_get(one, "size"),
                       json_object_get(one, "unsent"), json_object_get(one, "last_entry")));
    return out;
}

static json_t *document_of(const json_t *report)
{
    return json_pack("{s:s, s:s, s:s, s:s, s:O, s:s, s:o, s:o, s:O, s:O}", "name",
                     text(report, "name"), "zh", text(report, "zh"), "day", text(report, "day"),
                     "month", text(report, "month"), "ledger", json_object_get(report, "ledger"),
                     "made_at", text(report, "made_at"), "ledgers", ledgers_of(report), "columns",
                     names_of(json_object_get(report, "columns")), "summary",
                     json_object_get(report, "summary"), "rows", json_object_get(report, "rows"));
}

static void hash_text(struct slice content, char out[static 65])
{
    struct hash hash;
    hash_bytes(content, &hash);
    hex_encode(hash_slice(&hash), out);
}

/* ---- freezing ---- */

/* "guanghe.example/622924101001 412+; …": how far each ledger had come, + with work of this desk
 * that had no leaf yet. */
static void put_bases(const json_t *report, struct buf *out)
{
    const json_t *list = json_object_get(json_object_get(report, "data"), "list"), *one;
    size_t i;
    json_array_foreach(list, i, one)
        buf_printf(out, "%s%s %lld%s", i ? "; " : "", text(one, "origin"),
                   (long long)json_integer_value(json_object_get(one, "size")),
                   json_is_true(json_object_get(one, "unsent")) ? "+" : "");
}

/* Figures that somebody would have had to type. */
static size_t cells_of(const json_t *report)
{
    const json_t *row, *value;
    const char *name;
    size_t cells = 0, i;
    json_array_foreach(json_object_get(report, "rows"), i, row)
        json_object_foreach((json_t *)row, name, value) cells +=
        !json_is_null(value) && strcmp(name, "as_of") != 0 && strcmp(name, "synced") != 0;
    return cells;
}

static struct act_field field(const char *name, const char *value)
{
    return (struct act_field){slice_str(name), slice_str(value)};
}

/* Where the record goes when nobody says: the ledger of the author's own division. */
static const char *home_of(struct desk *desk, struct author *author)
{
    if (desk_author_renew(desk, author, NULL) != ST_OK || author->grant->scope_count == 0)
        return NULL;
    static char code[DIVISION_CODE_SIZE + 1];
    snprintf(code, sizeof(code), "%.*s", DIVISION_CODE_SIZE, author->grant->scopes[0]);
    return replica_ledger_named(desk->rep, code) ? code : NULL;
}

static enum status save_run(struct desk *desk, struct author *author, const json_t *report,
                            const struct report_freeze *what, const char *hash, struct error *err)
{
    struct buf bases;
    char rows[24], cells[24], now[TIME_TEXT_SIZE];
    struct act_field fields[12];
    struct act_result result;
    size_t n = 0;
    buf_init(&bases, BASES_MAX);
    put_bases(report, &bases);
    snprintf(rows, sizeof(rows), "%zu", json_array_size(json_object_get(report, "rows")));
    snprintf(cells, sizeof(cells), "%zu", cells_of(report));
    time_format_cst(time_now_ms(), now);
    now[10] = 'T', now[16] = 0;
    fields[n++] = field("name", text(report, "name"));
    fields[n++] = field("title", text(report, "zh"));
    fields[n++] = field("day", text(report, "day"));
    fields[n++] = field("month", text(report, "month"));
    fields[n++] = field("bases", buf_cstr(&bases));
    fields[n++] = field("hash", hash);
    fields[n++] = field("rows", rows);
    fields[n++] = field("cells", cells);
    fields[n++] = field("made_at", now);
    if (*text(report, "ledger"))
        fields[n++] = field("scope", text(report, "ledger"));
    if (what->asked_by)
        fields[n++] = field("asked_by", what->asked_by);
    if (what->admission)
        fields[n++] = field("admission_id", what->admission);
    const struct act_save save = {.type = "report_run",
                                  .ledger = what->keep_in ? what->keep_in : home_of(desk, author),
                                  .count = n,
                                  .fields = fields};
    enum status st = act_save(desk, author, &save, &result, err);
    buf_release(&bases);
    return st;
}

enum status report_freeze(struct desk *desk, struct author *author, const json_t *report,
                          const struct report_freeze *what, char hash[static 65], struct error *err)
{
    json_t *document = document_of(report);
    char *content = json_dumps(document, JSON_SORT_KEYS | JSON_COMPACT);
    struct buf file;
    buf_init(&file, REPORT_FILE_MAX);
    buf_put_str(&file, content ? content : "");
    buf_put_str(&file, "\n");
    hash_text(buf_slice(&file), hash);
    enum status st = buf_ok(&file) && content
                         ? file_replace(what->path, buf_slice(&file), 0600, err)
                         : error_set(err, ST_LIMIT, "报表太大，不能存档");
    if (st == ST_OK)
        st = save_run(desk, author, report, what, hash, err);
    buf_release(&file);
    free(content);
    json_decref(document);
    return st;
}

/* ---- checking ---- */

static enum status find_run(struct desk *desk, const char *hash, struct record_id *id, json_t **out,
                            struct error *err)
{
    static const char *const names[] = {"id", "title", "day", "rows", "made_at", "origin"};
    struct stmt *stmt = NULL;
    bool row = false;
    enum status st =
        db_prepare(desk->db,
                   slice_str("SELECT id, title, day, rows, made_at, origin FROM report_run"
                             " WHERE hash = ?1 ORDER BY id LIMIT 1"),
                   &stmt, err);
    if (st != ST_OK)
        return error_set(err, ST_NOT_FOUND,
                         "本机还没有收到报表存档这种记录：请先联网运行 huce sync");
    bind_str(stmt, 1, hash);
    st = stmt_step(stmt, &row, err);
    if (st == ST_OK && !row)
        st = error_set(err, ST_REFUSED,
                       "没有这个指纹的存档：文件被改过，或者存档的账本不在本机（指纹 %s）", hash);
    if (st == ST_OK) {
        *out = json_object();
        for (int i = 0; i < 6; i++)
            json_object_set_new(
                *out, names[i],
                stmt_type(stmt, i) == COLUMN_INT
                    ? json_integer(stmt_int(stmt, i))
                    : json_stringn((const char *)stmt_text(stmt, i).p, stmt_text(stmt, i).n));
        json_object_set_new(*out, "hash", json_string(hash));
        if (!record_id_parse(slice_str(text(*out, "id")), id))
            st = error_set(err, ST_DAMAGED, "编号不对：%s", text(*out, "id"));
    }
    stmt_release(stmt);
    return st;
}

static enum status who_made(struct desk *desk, const struct record_id *id, json_t *out,
                            struct error *err)
{
    struct arena arena = {0};
    struct record_state record;
    const struct catalog_table *table;
    json_t *stamp = NULL;
    struct ledger *ledger = replica_ledger_named(desk->rep, text(out, "origin"));
    enum status st = act_type(desk, "report_run", &table, err);
    if (st == ST_OK && ledger)
        st = materialise_load(desk->rep, ledger, table, id, &arena, &record, err);
    if (st == ST_OK && ledger)
        st = view_stamp(desk, ledger, &record.created, &stamp, err);
    if (st == ST_OK && stamp) {
        json_object_set(out, "by", json_object_get(stamp, "author"));
        json_object_set(out, "device", json_object_get(stamp, "device"));
        json_object_set(out, "confirmed", json_object_get(stamp, "confirmed"));
    }
    json_decref(stamp);
    arena_release(&arena);
    return st;
}

/* Rows without how new they were. */
static json_t *figures(const json_t *rows)
{
    json_t *out = json_deep_copy(rows), *row;
    size_t i;
    json_array_foreach(out, i, row)
    {
        json_object_del(row, "as_of");
        json_object_del(row, "synced");
    }
    return out;
}

/* Do the ledgers of this desk stand where those of the document stood? */
static bool stands_there(const json_t *report, const json_t *document)
{
    json_t *now = ledgers_of(report), *one;
    const json_t *then = json_object_get(document, "ledgers");
    bool same = json_array_size(now) == json_array_size(then);
    size_t i;
    json_array_foreach(now, i, one) for (size_t k = 0; same && k < 3; k++) same =
        json_equal(json_array_get(one, k), json_array_get(json_array_get(then, i), k));
    json_decref(now);
    return same;
}

static const char *recount_on(struct desk *desk, const json_t *document, const char *as)
{
    const struct report_ask ask = {.ledger =
                                       *text(document, "ledger") ? text(document, "ledger") : NULL,
                                   .day = text(document, "day"),
                                   .month = text(document, "month"),
                                   .as = as};
    json_t *report = NULL;
    const char *word = NULL;
    if (report_run(desk, text(document, "name"), &ask, &report, NULL) == ST_OK &&
        stands_there(report, document)) {
        json_t *then = figures(json_object_get(document, "rows"));
        json_t *now = figures(json_object_get(report, "rows"));
        word = json_equal(then, now) ? "same" : "differs";
        json_decref(then);
        json_decref(now);
    }
    json_decref(report);
    return word;
}

/* On the desk as it is; else, of one ledger, as it was at that size. */
static const char *recount(struct desk *desk, const json_t *document, const char *as)
{
    const json_t *ledgers = json_object_get(document, "ledgers");
    const json_t *only = json_array_get(ledgers, 0);
    struct desk *past = NULL;
    char at[24];
    const char *word = recount_on(desk, document, as);
    if (word || json_array_size(ledgers) != 1 || json_is_true(json_array_get(only, 2)))
        return word ? word : "not";
    snprintf(at, sizeof(at), "%lld", (long long)json_integer_value(json_array_get(only, 1)));
    if (desk_open_past(desk->folder, at, json_string_value(json_array_get(only, 0)), &past, NULL) ==
        ST_OK)
        word = recount_on(past, document, as);
    desk_close(past);
    return word ? word : "not";
}

enum status report_verify(struct desk *desk, const char *path, const char *as, json_t **out,
                          struct error *err)
{
    struct buf file;
    char hash[65];
    struct record_id id;
    json_t *document = NULL;
    *out = NULL;
    enum status st = file_read(path, REPORT_FILE_MAX, &file, err);
    if (st == ST_OK)
        st = view_settle(desk, err); /* who made it has a place in the ledger then */
    if (st == ST_OK) {
        hash_text(buf_slice(&file), hash);
        st = find_run(desk, hash, &id, out, err);
    }
    if (st == ST_OK)
        st = who_made(desk, &id, *out, err);
    if (st == ST_OK) {
        document = json_loadb((const char *)file.p, file.n, 0, NULL);
        json_object_set_new(*out, "recount", json_string(recount(desk, document, as)));
    }
    buf_release(&file);
    json_decref(document);
    return st;
}
