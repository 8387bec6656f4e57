/* SPDX-License-Identifier: MulanPSL-2.0 */
/* find: see find.h. */
#include "agent/core/find.h"

#include <stdlib.h>

#include "agent/core/initials.h"
#include "agent/core/titles.h"
#include "agent/core/view.h"
#include "shared/base/check.h"
#include "shared/db/derived.h"
#include "shared/db/materialise.h"

#define HITS_MAX 2000 /* more fit than anybody looks at: those that come first are ordered */
#define TAIL_MIN 4    /* fewer digits say nothing */
#define HEAD_MIN 3

enum { SCORE_NONE = 0, SCORE_PLACE = 1, SCORE_PART, SCORE_TAIL, SCORE_HEAD, SCORE_WHOLE };

struct hit {
    const struct catalog_table *table;
    struct record_id id;
    int score;
    size_t order; /* as the view gives them: people before households */
};

struct finding {
    struct desk *desk;
    const struct sight *sight;
    struct db *db;
    size_t word_count, hit_count;
    struct slice words[FIND_WORDS_MAX];
    struct hit *hits;
    uint64_t total;
};

/* ---- one word against one row ---- */

static bool all_of(struct slice word, bool (*is)(uint8_t))
{
    for (size_t i = 0; i < word.n; i++)
        if (!is(word.p[i]))
            return false;
    return word.n > 0;
}

static bool is_digit(uint8_t c)
{
    return (c >= '0' && c <= '9') || c == 'X' || c == 'x';
}

static bool is_letter(uint8_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool contains(struct slice text, struct slice word)
{
    return word.n <= text.n && memmem(text.p, text.n, word.p, word.n) != NULL;
}

static bool begins(struct slice text, struct slice word)
{
    return word.n <= text.n && memcmp(text.p, word.p, word.n) == 0;
}

static bool ends(struct slice text, struct slice word)
{
    return word.n <= text.n &&
           strncasecmp((const char *)text.p + text.n - word.n, (const char *)word.p, word.n) == 0;
}

static int score_name(struct slice name, struct slice word)
{
    if (name.n == 0)
        return SCORE_NONE;
    if (name.n == word.n && begins(name, word))
        return SCORE_WHOLE;
    if (begins(name, word) || (all_of(word, is_letter) && initials_begin(name, word)))
        return SCORE_HEAD;
    return contains(name, word) ? SCORE_PART : SCORE_NONE;
}

static int score_number(struct slice number, struct slice word)
{
    if (!all_of(word, is_digit) || number.n == 0)
        return SCORE_NONE;
    if (number.n == word.n && ends(number, word))
        return SCORE_WHOLE;
    if (word.n >= TAIL_MIN && ends(number, word))
        return SCORE_TAIL;
    return word.n >= HEAD_MIN && begins(number, word) ? SCORE_PART : SCORE_NONE;
}

/* Columns of `findable` after type and id. */
enum { NAME, ID_NO, PHONE, HOUSEHOLD_CODE, ADDRESS, COLUMNS };
static const char *const column_names[COLUMNS] = {"name", "id_no", "phone", "household_code",
                                                  "address"};

static int score_word(const struct slice *columns, struct slice word)
{
    int best = score_name(columns[NAME], word);
    for (int i = ID_NO; i <= HOUSEHOLD_CODE; i++) {
        int one = score_number(columns[i], word);
        best = one > best ? one : best;
    }
    if (best == SCORE_NONE && contains(columns[ADDRESS], word))
        best = SCORE_PLACE;
    return best;
}

/* Every word must fit; the best of them says how well. */
static int score_row(const struct finding *f, const struct slice *columns)
{
    int best = SCORE_NONE;
    for (size_t i = 0; i < f->word_count; i++) {
        int one = score_word(columns, f->words[i]);
        if (one == SCORE_NONE)
            return SCORE_NONE;
        best = one > best ? one : best;
    }
    return best;
}

/* ---- all rows ---- */

static int by_score(const void *a, const void *b)
{
    const struct hit *x = a, *y = b;
    if (x->score != y->score)
        return y->score - x->score;
    return (x->order > y->order) - (x->order < y->order);
}

/* The type of a row, and which of its columns this person may find by. */
struct kind {
    const struct catalog_table *table;
    bool open[COLUMNS];
};

static void learn_kind(const struct finding *f, struct slice type, struct kind *out)
{
    out->table = catalog_table_named(replica_catalog(f->desk->rep), type);
    for (int i = 0; out->table && i < COLUMNS; i++) {
        const struct catalog_field *field =
            catalog_field_named(out->table, slice_str(column_names[i]));
        out->open[i] = field && sight_mask(f->sight, out->table, field) == MASK_NONE;
    }
}

static void take_row(struct finding *f, const struct kind *kind, struct stmt *stmt)
{
    struct slice columns[COLUMNS];
    for (int i = 0; i < COLUMNS; i++)
        columns[i] = kind->open[i] ? stmt_text(stmt, 2 + i) : SLICE_NONE;
    int score = score_row(f, columns);
    if (score == SCORE_NONE || stmt_blob(stmt, 1).n != RECORD_ID_SIZE)
        return;
    f->total++;
    if (f->hit_count == HITS_MAX)
        return;
    struct hit *hit = &f->hits[f->hit_count];
    *hit = (struct hit){.table = kind->table, .score = score, .order = f->hit_count++};
    memcpy(hit->id.b, stmt_blob(stmt, 1).p, RECORD_ID_SIZE);
}

static enum status read_rows(struct finding *f, struct error *err)
{
    struct stmt *stmt = NULL;
    struct kind kind = {0};
    bool row;
    enum status st = db_prepare(
        f->db,
        slice_str("SELECT type, id, name, id_no, phone, household_code, address FROM findable"),
        &stmt, err);
    while (st == ST_OK && (st = stmt_step(stmt, &row, err)) == ST_OK && row) {
        struct slice type = stmt_text(stmt, 0);
        if (!kind.table || !slice_equal(type, slice_str(kind.table->name)))
            learn_kind(f, type, &kind);
        if (kind.table)
            take_row(f, &kind, stmt);
    }
    stmt_release(stmt);
    qsort(f->hits, f->hit_count, sizeof(*f->hits), by_score);
    return st;
}

/* ---- what is shown of them ---- */

/* Where a person lives, as far as the address is for these eyes. */
static json_t *home_json(struct finding *f, const struct record_id *person)
{
    const struct catalog_table *household =
        catalog_table_named(replica_catalog(f->desk->rep), slice_str("household"));
    const struct catalog_field *address =
        household ? catalog_field_named(household, slice_str("address")) : NULL;
    struct stmt *stmt = NULL;
    json_t *out = json_null();
    bool row;
    if (!address || db_prepare(f->db,
                               slice_str("SELECT household, address, household_code FROM home"
                                         " WHERE person = ?1 LIMIT 1"),
                               &stmt, NULL) != ST_OK)
        return out;
    bind_blob(stmt, 1, slice_of(person->b, RECORD_ID_SIZE));
    if (stmt_step(stmt, &row, NULL) == ST_OK && row) {
        struct slice id = stmt_text(stmt, 0), where = stmt_text(stmt, 1), code = stmt_text(stmt, 2);
        if (sight_mask(f->sight, household, address) != MASK_NONE)
            where = SLICE_NONE;
        out = json_object();
        json_object_set_new(out, "id", json_stringn((const char *)id.p, id.n));
        json_object_set_new(out, "address",
                            json_stringn(where.n ? (const char *)where.p : "", where.n));
        json_object_set_new(out, "household_code",
                            json_stringn(code.n ? (const char *)code.p : "", code.n));
    }
    stmt_release(stmt);
    return out;
}

static enum status put_hit(struct finding *f, const struct hit *hit, json_t *found, json_t *titles,
                           struct error *err)
{
    struct ledger *ledger = materialise_find(f->desk->rep, hit->table, &hit->id);
    json_t *record = NULL;
    if (!ledger)
        return ST_OK; /* gone since it was read */
    enum status st = view_record(f->desk, ledger, hit->table, &hit->id, &record, err);
    if (st != ST_OK)
        return st;
    titles_add(f->desk, f->sight, hit->table, record, titles);
    sight_record(f->sight, hit->table, record);
    json_array_append_new(
        found, json_pack("{s:o, s:o}", "record", record, "home", home_json(f, &hit->id)));
    return ST_OK;
}

static void split(struct finding *f, const char *text)
{
    static const char *const spaces[] = {" ", "\t", "　", ",", "，"};
    struct slice rest = slice_str(text);
    size_t begin = 0;
    for (size_t i = 0; i <= rest.n;) {
        size_t gap = 0;
        for (size_t k = 0; i < rest.n && k < ARRAY_LENGTH(spaces) && !gap; k++)
            if (begins(slice_of(rest.p + i, rest.n - i), slice_str(spaces[k])))
                gap = strlen(spaces[k]);
        if (gap || i == rest.n) {
            if (i > begin && f->word_count < FIND_WORDS_MAX)
                f->words[f->word_count++] = slice_of(rest.p + begin, i - begin);
            begin = i + gap;
        }
        i += gap ? gap : 1;
    }
}

enum status find_run(struct desk *desk, const struct sight *sight, const char *text, size_t limit,
                     json_t **out, struct error *err)
{
    struct finding f = {.desk = desk, .sight = sight};
    json_t *found = json_array(), *titles = json_object();
    *out = NULL;
    split(&f, text);
    enum status st = f.word_count ? view_settle(desk, err)
                                  : error_set(err, ST_INVALID, "要找什么？写姓名、号码或门牌");
    if (st == ST_OK)
        st = db_open(desk->file, DB_READ_ONLY, &f.db, err);
    if (st == ST_OK)
        st = derived_open_file(f.db, replica_catalog(desk->rep), "finding", err);
    f.hits = mem_alloc(HITS_MAX * sizeof(*f.hits));
    if (st == ST_OK)
        st = read_rows(&f, err);
    for (size_t i = 0; st == ST_OK && i < f.hit_count && i < limit; i++)
        st = put_hit(&f, &f.hits[i], found, titles, err);
    if (st == ST_OK)
        *out = json_pack("{s:O, s:O, s:I}", "found", found, "titles", titles, "total",
                         (json_int_t)f.total);
    db_close(f.db);
    mem_free(f.hits);
    json_decref(found);
    json_decref(titles);
    return st;
}
