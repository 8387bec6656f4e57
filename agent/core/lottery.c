/* SPDX-License-Identifier: MulanPSL-2.0 */
/* lottery: see lottery.h. */
#include "agent/core/lottery.h"

#include <stdio.h>

#include "agent/core/deeds.h"
#include "shared/base/random.h"
#include "shared/base/time.h"
#include "shared/codec/hex.h"
#include "shared/crypto/hash.h"
#include "shared/record/mask.h"

static const char *text(const json_t *object, const char *name)
{
    const char *value = json_string_value(json_object_get(object, name));
    return value ? value : "";
}

static json_t *text_json(struct slice s)
{
    return s.n ? json_stringn((const char *)s.p, s.n) : json_null();
}

/* ---- what is on record ---- */

/* Rows as objects of texts and numbers. ?1: the lottery's id; NULL: of all. */
static enum status rows_of(struct desk *desk, const char *sql, const char *id, json_t **out,
                           struct error *err)
{
    struct stmt *stmt = NULL;
    bool row = false;
    *out = json_array();
    enum status st = db_prepare(desk->db, slice_str(sql), &stmt, err);
    if (st == ST_OK)
        bind_str(stmt, 1, id);
    while (st == ST_OK && (st = stmt_step(stmt, &row, err)) == ST_OK && row) {
        json_t *one = json_object();
        for (int i = 0; i < stmt_columns(stmt); i++) {
            enum column_type type = stmt_type(stmt, i);
            json_object_set_new(one, stmt_column_name(stmt, i),
                                type == COLUMN_NULL  ? json_null()
                                : type == COLUMN_INT ? json_integer(stmt_int(stmt, i))
                                                     : text_json(stmt_text(stmt, i)));
        }
        json_array_append_new(*out, one);
    }
    stmt_release(stmt);
    return st;
}

static enum status one_row(struct desk *desk, const char *sql, const char *id, json_t **out,
                           struct error *err)
{
    json_t *rows;
    enum status st = rows_of(desk, sql, id, &rows, err);
    *out = st == ST_OK ? json_incref(json_array_get(rows, 0)) : NULL;
    json_decref(rows);
    return st;
}

/* The views are there once the catalog has the types. */
static enum status check_types(struct desk *desk, struct error *err)
{
    const struct catalog_table *table;
    enum status st = desk_refresh(desk, err);
    return st == ST_OK ? act_type(desk, "lottery_draw", &table, err) : st;
}

enum status lottery_list(struct desk *desk, json_t **out, struct error *err)
{
    enum status st = check_types(desk, err);
    if (st != ST_OK)
        return st;
    return rows_of(desk,
                   "SELECT y.id, y.title, y.status, y.held_on, y.place, y.origin AS ledger,"
                   " (SELECT count(*) FROM lottery_entry e WHERE e.lottery_id = y.id"
                   "   AND coalesce(e.status, 'applied') = 'applied') AS applied,"
                   " coalesce(json_array_length(y.lots), 0) AS lots FROM lottery y"
                   " WHERE ?1 IS NULL OR y.id = ?1 ORDER BY y.held_on, y.id",
                   NULL, out, err);
}

/* ---- the list ---- */

#define APPLICANTS                                                                        \
    "SELECT e.id, e.kind AS code, e.household_id, h.household_code AS household, p.name," \
    " coalesce(e.status, 'applied') AS status FROM lottery_entry e"                       \
    " LEFT JOIN household h ON h.id = e.household_id AND h.origin = e.origin"             \
    " LEFT JOIN person p ON p.id = h.head_person_id"                                      \
    " WHERE e.lottery_id = ?1 ORDER BY e.kind, h.household_code, e.id"
#define LOTS                                                                \
    "SELECT a.id, a.kind AS code, a.no FROM lottery y, json_each(y.lots) l" \
    " JOIN asset a ON a.id = l.value WHERE y.id = ?1 ORDER BY a.kind, length(a.no), a.no"

/* Codes and labels stand as words in the list, which a blank would cut. */
static bool is_word(const char *s)
{
    return *s && !strpbrk(s, " \t\r\n");
}

/* "羊棚": the kind's label, without blanks. */
static const char *kind_of(struct desk *desk, const char *code)
{
    const struct catalog_list *list =
        catalog_list_named(replica_catalog(desk->rep), slice_str("asset_kind"));
    const struct catalog_code *found = list ? catalog_code(list, slice_str(code)) : NULL;
    return found && is_word(found->zh) ? found->zh : code;
}

static void mask_names(json_t *entries)
{
    json_t *one;
    size_t i;
    json_array_foreach(entries, i, one)
    {
        struct buf masked;
        buf_init(&masked, 256);
        mask_put(MASK_NAME, MASK_POSTED, slice_str(text(one, "name")), &masked);
        json_object_set_new(one, "name", text_json(buf_slice(&masked)));
        buf_release(&masked);
    }
}

/* What is in the way of a list, in words. */
static enum status check_entry(const json_t *one, const json_t *before, struct error *err)
{
    if (!*text(one, "household"))
        return error_set(err, ST_REFUSED,
                         "报名 %s 的户没有户编号，或者户已作废、已合并：先补编号，或者退出这条报名",
                         text(one, "id"));
    if (!is_word(text(one, "household")))
        return error_set(err, ST_REFUSED, "户编号里有空格：%s", text(one, "household"));
    if (before && strcmp(text(before, "household"), text(one, "household")) == 0 &&
        strcmp(text(before, "code"), text(one, "code")) == 0)
        return error_set(err, ST_REFUSED,
                         "户 %s 报了两次名：一户一种只抽一次，先退出一条（huce conflicts list）",
                         text(one, "household"));
    return ST_OK;
}

static enum status write_lots(struct desk *desk, const json_t *lots, struct buf *list,
                              struct error *err)
{
    const json_t *one;
    size_t i;
    if (json_array_size(lots) == 0)
        return error_set(err, ST_REFUSED, "还没有标的：huce put lottery 编号 lots=+资产编号,…");
    json_array_foreach(lots, i, one)
    {
        if (!is_word(text(one, "no")))
            return error_set(err, ST_REFUSED, "资产编号里不能有空格：%s", text(one, "no"));
        buf_printf(list, "\n标的 %s %s", kind_of(desk, text(one, "code")), text(one, "no"));
    }
    return ST_OK;
}

/* The list as it would be frozen now; entries keep those that stand on it, numbered. */
static enum status make_list(struct desk *desk, const char *id, const json_t *lots, json_t *entries,
                             struct buf *list, struct error *err)
{
    const json_t *before = NULL;
    size_t i = 0, number = 0;
    buf_printf(list, "抓阄 %s", id);
    enum status st = write_lots(desk, lots, list, err);
    while (st == ST_OK && i < json_array_size(entries)) {
        json_t *one = json_array_get(entries, i);
        char digits[24];
        if (strcmp(text(one, "status"), "applied") != 0) {
            json_array_remove(entries, i);
            continue;
        }
        st = check_entry(one, before, err);
        snprintf(digits, sizeof(digits), "%04zu", ++number);
        json_object_set_new(one, "number", json_string(digits));
        json_object_set_new(one, "kind", json_string(kind_of(desk, text(one, "code"))));
        buf_printf(list, "\n户 %s %s %s", digits, text(one, "kind"), text(one, "household"));
        before = one;
        i++;
    }
    if (st == ST_OK && number == 0)
        st = error_set(err, ST_REFUSED, "还没有户报名：huce put lottery_entry lottery_id=%s …", id);
    if (st == ST_OK && (number > LOTS_ENTRIES_MAX || !buf_ok(list)))
        st = error_set(err, ST_LIMIT, "一次抓阄最多 %d 户：请按种类分成几次", LOTS_ENTRIES_MAX);
    return st;
}

/* ---- showing ---- */

static struct slice slice_of_json(const json_t *object, const char *name)
{
    return slice_str(text(object, name));
}

/* From the frozen text back to rows: number, kind, household. */
static json_t *entries_of(const char *list)
{
    json_t *entries = json_array();
    for (const char *line = list; line; line = strchr(line, '\n')) {
        char number[8], kind[64], household[64];
        line += *line == '\n';
        if (sscanf(line, "户 %7s %63s %63s", number, kind, household) == 3)
            json_array_append_new(entries, json_pack("{s:s, s:s, s:s}", "number", number, "kind",
                                                     kind, "household", household));
    }
    return entries;
}

static json_t *find_entry(const json_t *entries, const char *household, const char *kind)
{
    json_t *one;
    size_t i;
    json_array_foreach(entries, i, one) if (strcmp(text(one, "household"), household) == 0 &&
                                            strcmp(text(one, "kind"), kind) == 0) return one;
    return NULL;
}

/* What the records say now of those on the list; the rest came too late or had withdrawn. */
static json_t *join_entries(struct desk *desk, json_t *frozen, json_t *applied)
{
    json_t *left_over = json_array(), *one;
    size_t i;
    json_array_foreach(applied, i, one)
    {
        const char *kind = kind_of(desk, text(one, "code"));
        json_t *on_list = find_entry(frozen, text(one, "household"), kind);
        json_object_set_new(one, "kind", json_string(kind));
        if (on_list && !json_object_get(on_list, "id"))
            json_object_update_missing(on_list, one);
        else if (strcmp(text(one, "status"), "applied") == 0)
            json_array_append(left_over, one);
    }
    return left_over;
}

static json_t *places_json(const struct lots_place *places, size_t count)
{
    json_t *out = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(
            out,
            json_pack("{s:o, s:I, s:o, s:o, s:o, s:b, s:s}", "kind", text_json(places[i].kind),
                      "rank", (json_int_t)places[i].rank, "number", text_json(places[i].number),
                      "household", text_json(places[i].household), "lot", text_json(places[i].lot),
                      "withdrawn", places[i].withdrawn, "ticket", places[i].ticket));
    return out;
}

/* Everything computed again from what was written down. */
static void show_check(json_t *shown)
{
    struct lots_sheet sheet = {.list = slice_of_json(shown, "list"),
                               .list_hash = slice_of_json(shown, "list_hash"),
                               .seed_hash = slice_of_json(shown, "seed_hash"),
                               .seed = slice_of_json(shown, "seed"),
                               .numbers = slice_of_json(shown, "numbers"),
                               .withdrawn = slice_of_json(shown, "withdrawn"),
                               .result = slice_of_json(shown, "result"),
                               .result_hash = slice_of_json(shown, "result_hash")};
    struct arena arena = {0};
    struct lots_place *places;
    struct error why;
    size_t count;
    bool drawn;
    enum status st = lots_sheet_check(&sheet, &drawn, &why);
    json_object_set_new(shown, "check", st == ST_OK ? json_null() : json_string(why.text));
    if (sheet.seed.n && lots_draw(sheet.list, sheet.seed, sheet.numbers, sheet.withdrawn, &arena,
                                  &places, &count, &why) == ST_OK)
        json_object_set_new(shown, "places", places_json(places, count));
    arena_release(&arena);
}

static enum status show_list(struct desk *desk, const char *id, json_t *shown, struct error *err)
{
    json_t *applied = NULL, *lots = NULL, *entries;
    enum status st = rows_of(desk, APPLICANTS, id, &applied, err);
    if (st == ST_OK)
        mask_names(applied);
    if (st == ST_OK && *text(shown, "list")) {
        entries = entries_of(text(shown, "list"));
        json_object_set_new(shown, "left_over", join_entries(desk, entries, applied));
        json_object_set_new(shown, "entries", entries);
        show_check(shown);
    } else if (st == ST_OK && (st = rows_of(desk, LOTS, id, &lots, err)) == ST_OK) {
        struct buf list;
        struct error why = {0};
        buf_init(&list, LOTS_LIST_MAX);
        json_object_set_new(shown, "check",
                            make_list(desk, id, lots, applied, &list, &why) == ST_OK
                                ? json_null()
                                : json_string(why.text));
        json_object_set(shown, "entries", applied);
        buf_release(&list);
    }
    json_decref(applied);
    json_decref(lots);
    return st;
}

/* From a word (an id) to the lottery's id in its 32 digits. */
static enum status find_lottery(struct desk *desk, const char *word, struct ledger **ledger,
                                struct record_id *id, char hex[static RECORD_ID_TEXT],
                                struct error *err)
{
    const struct catalog_table *table;
    enum status st = check_types(desk, err);
    if (st == ST_OK)
        st = act_type(desk, "lottery", &table, err);
    if (st == ST_OK && !record_id_parse(slice_str(word), id))
        st = error_set(err, ST_USAGE, "抓阄写它的编号（32 位）：huce lottery list");
    if (st == ST_OK)
        st = act_find(desk, NULL, table, word, ledger, id, err);
    if (st == ST_OK)
        record_id_format(id, hex);
    return st;
}

static enum status show_hex(struct desk *desk, const char *hex, json_t **out, struct error *err)
{
    enum status st = one_row(
        desk,
        "SELECT y.id, y.title, y.origin AS ledger, y.status, y.held_on, y.place, y.terms, l.list,"
        " l.list_hash, l.seed_hash, d.seed, d.numbers, d.withdrawn, d.result, d.result_hash,"
        " d.drawn_at, d.witnesses FROM lottery y"
        " LEFT JOIN lottery_list l ON l.id = y.id AND l.lottery_id = y.id"
        " LEFT JOIN lottery_draw d ON d.id = y.id AND d.lottery_id = y.id WHERE y.id = ?1",
        hex, out, err);
    if (st == ST_OK && !*out)
        st = error_set(err, ST_NOT_FOUND, "这次抓阄已经作废");
    if (st == ST_OK) {
        json_t *names = json_loads(text(*out, "witnesses"), 0, NULL);
        json_object_set_new(*out, "witnesses", names ? names : json_array());
        st = show_list(desk, hex, *out, err);
    }
    return st;
}

enum status lottery_show(struct desk *desk, const char *id, json_t **out, struct error *err)
{
    struct ledger *ledger;
    struct record_id record;
    char hex[RECORD_ID_TEXT];
    *out = NULL;
    enum status st = find_lottery(desk, id, &ledger, &record, hex, err);
    return st == ST_OK ? show_hex(desk, hex, out, err) : st;
}

/* ---- work on a lottery: all of it in one save ---- */

struct sitting {
    struct deeds deeds;
    struct record_id id;
    char hex[RECORD_ID_TEXT];
    json_t *shown; /* as lottery_show says */
};

/* To be ended in any case. */
static enum status sit_down(struct sitting *s, struct desk *desk, struct author *author,
                            const char *id, struct error *err)
{
    struct ledger *ledger;
    *s = (struct sitting){0};
    enum status st = find_lottery(desk, id, &ledger, &s->id, s->hex, err);
    if (st == ST_OK)
        st = deeds_begin(&s->deeds, desk, author, ledger, err);
    return st == ST_OK ? show_hex(desk, s->hex, &s->shown, err) : st;
}

static enum status stand_up(struct sitting *s, enum status st, struct error *err)
{
    if (s->deeds.desk)
        st = deeds_end(&s->deeds, st, err);
    json_decref(s->shown);
    return st;
}

/* ---- freezing ---- */

static struct act_field field(const char *name, const char *value)
{
    return (struct act_field){slice_str(name), slice_str(value)};
}

static void seed_name(const char *hex, char out[static 64])
{
    snprintf(out, 64, "lottery_seed %s", hex);
}

static enum status is_open(const json_t *shown, struct error *err)
{
    if (*text(shown, "list"))
        return error_set(err, ST_EXISTS, "名单已经冻结，不能再改：名单指纹 %s",
                         text(shown, "list_hash"));
    if (strcmp(text(shown, "status"), "cancelled") == 0)
        return error_set(err, ST_REFUSED, "这次抓阄已经取消");
    return ST_OK;
}

static enum status freeze_list(struct sitting *s, const char *list, const char *note,
                               struct lottery_frozen *out, struct error *err)
{
    char name[64];
    const struct act_field fields[] = {field("lottery_id", s->hex), field("list", list),
                                       field("list_hash", out->list_hash),
                                       field("seed_hash", out->seed_hash)};
    const struct act_field frozen = field("status", "frozen");
    seed_name(s->hex, name);
    enum status st = deeds_put(&s->deeds, "lottery_list", &s->id, fields, 4, note, NULL, err);
    if (st == ST_OK && strcmp(text(s->shown, "status"), "frozen") != 0)
        st = deeds_put(&s->deeds, "lottery", &s->id, &frozen, 1, NULL, NULL, err);
    return st == ST_OK ? desk_set(s->deeds.desk, name, slice_str(out->seed), err) : st;
}

/* A seed that nobody can guess. */
static void draw_seed(struct lottery_frozen *out)
{
    uint8_t bytes[LOTS_SEED_DIGITS / 2];
    random_bytes(bytes, sizeof(bytes));
    hex_encode(slice_of(bytes, sizeof(bytes)), out->seed);
    lots_hash(slice_str(out->seed), out->seed_hash);
    secret_wipe(bytes, sizeof(bytes));
}

enum status lottery_freeze(struct desk *desk, struct author *author, const char *id,
                           const char *note, struct lottery_frozen *out, struct error *err)
{
    struct sitting s;
    json_t *applied = NULL, *lots = NULL;
    struct buf list;
    *out = (struct lottery_frozen){0};
    buf_init(&list, LOTS_LIST_MAX);
    enum status st = sit_down(&s, desk, author, id, err);
    if (st == ST_OK)
        st = is_open(s.shown, err);
    if (st == ST_OK)
        st = rows_of(desk, LOTS, s.hex, &lots, err);
    if (st == ST_OK)
        st = rows_of(desk, APPLICANTS, s.hex, &applied, err);
    if (st == ST_OK)
        st = make_list(desk, s.hex, lots, applied, &list, err);
    if (st == ST_OK) {
        draw_seed(out);
        lots_hash(buf_slice(&list), out->list_hash);
        out->entries = json_array_size(applied);
        out->lots = json_array_size(lots);
        st = freeze_list(&s, buf_cstr(&list), note, out, err);
    }
    st = stand_up(&s, st, err);
    buf_release(&list);
    json_decref(applied);
    json_decref(lots);
    return st;
}

/* ---- drawing ---- */

/* The seed from the envelope or from this desk; it must be the one whose hash was published. */
static enum status take_seed(struct desk *desk, const char *hex, const char *given,
                             const char *seed_hash, struct buf *out, struct error *err)
{
    char name[64], hash[LOTS_HASH_TEXT];
    seed_name(hex, name);
    if (given)
        buf_put_str(out, given);
    else if (!desk_setting(desk, name, out))
        return error_set(err, ST_NOT_FOUND,
                         "种子不在这台电脑上：请拆开信封，用 --seed 写上（32 位）");
    lots_hash(buf_slice(out), hash);
    return lots_seed_valid(buf_slice(out)) && strcmp(hash, seed_hash) == 0
               ? ST_OK
               : error_set(err, ST_REFUSED, "这不是开会前封存的种子：种子指纹应为 %s", seed_hash);
}

static void list_withdrawn(const json_t *entries, struct buf *out)
{
    const json_t *one;
    size_t i;
    json_array_foreach(entries, i, one) if (strcmp(text(one, "status"), "withdrawn") == 0)
        buf_printf(out, "%s%s", out->n ? "," : "", text(one, "number"));
}

static const char *id_of_lot(struct desk *desk, const json_t *lots, const struct lots_place *place)
{
    const json_t *one;
    size_t i;
    json_array_foreach(lots, i, one) if (slice_equal(slice_str(text(one, "no")), place->lot) &&
                                         slice_equal(slice_str(kind_of(desk, text(one, "code"))),
                                                     place->kind)) return text(one, "id");
    return NULL;
}

/* Who got a lot: a record of it, and the lot's holder. */
static enum status write_results(struct deeds *deeds, const char *hex, const json_t *shown,
                                 const json_t *lots, const struct lots_place *places, size_t count,
                                 struct error *err)
{
    enum status st = ST_OK;
    for (size_t i = 0; st == ST_OK && i < count; i++) {
        char household[64], kind[64], rank[16];
        struct record_id asset;
        if (!places[i].lot.n)
            continue;
        snprintf(household, sizeof(household), "%.*s", (int)places[i].household.n,
                 (const char *)places[i].household.p);
        snprintf(kind, sizeof(kind), "%.*s", (int)places[i].kind.n, (const char *)places[i].kind.p);
        snprintf(rank, sizeof(rank), "%u", places[i].rank);
        const json_t *entry = find_entry(json_object_get(shown, "entries"), household, kind);
        const char *lot = id_of_lot(deeds->desk, lots, &places[i]);
        if (!lot || !entry || !*text(entry, "household_id"))
            return error_set(err, ST_REFUSED, "户 %s 或它抽到的标的在名单冻结以后作废了：请先恢复",
                             household);
        const struct act_field fields[] = {
            field("lottery_id", hex), field("household_id", text(entry, "household_id")),
            field("asset_id", lot), field("kind", kind), field("rank", rank)};
        const struct act_field holder[] = {field("holder_id", text(entry, "household_id")),
                                           field("status", "2")};
        st = deeds_put(deeds, "lottery_result", NULL, fields, 5, NULL, NULL, err);
        if (st == ST_OK && record_id_parse(slice_str(lot), &asset))
            st = deeds_put(deeds, "asset", &asset, holder, 2, NULL, NULL, err);
    }
    return st;
}

static enum status write_draw(struct deeds *deeds, const struct record_id *id, const char *hex,
                              const struct lottery_drawing *what, const char *seed,
                              const char *numbers, const char *withdrawn, const char *result,
                              struct error *err)
{
    char hash[LOTS_HASH_TEXT], now[TIME_TEXT_SIZE];
    struct act_field fields[9];
    size_t n = 0;
    lots_hash(slice_str(result), hash);
    time_format_cst(time_now_ms(), now);
    now[10] = 'T', now[16] = 0;
    fields[n++] = field("lottery_id", hex);
    fields[n++] = field("seed", seed);
    fields[n++] = field("numbers", numbers);
    fields[n++] = field("result", result);
    fields[n++] = field("result_hash", hash);
    fields[n++] = field("drawn_at", now);
    if (*withdrawn)
        fields[n++] = field("withdrawn", withdrawn);
    if (what->witnesses && *what->witnesses)
        fields[n++] = field("witnesses", what->witnesses);
    const struct act_field drawn = field("status", "drawn");
    enum status st = deeds_put(deeds, "lottery_draw", id, fields, n, what->note, NULL, err);
    return st == ST_OK ? deeds_put(deeds, "lottery", id, &drawn, 1, NULL, NULL, err) : st;
}

static enum status may_draw(const json_t *shown, struct error *err)
{
    if (!*text(shown, "list"))
        return error_set(err, ST_REFUSED, "名单还没有冻结：huce lottery freeze %s",
                         text(shown, "id"));
    if (*text(shown, "result"))
        return error_set(err, ST_EXISTS, "已经抓过阄了，结果不能再改：huce lottery show %s",
                         text(shown, "id"));
    if (strcmp(text(shown, "status"), "frozen") != 0)
        return error_set(err, ST_REFUSED, "这次抓阄已经取消");
    return ST_OK;
}

static enum status draw_now(struct deeds *deeds, const struct record_id *id, const char *hex,
                            const json_t *shown, const struct lottery_drawing *what,
                            struct error *err)
{
    struct arena arena = {0};
    struct buf seed, numbers, withdrawn, result;
    struct lots_place *places = NULL;
    json_t *lots = NULL;
    size_t count = 0;
    buf_init(&seed, 64);
    buf_init(&withdrawn, LOTS_LIST_MAX);
    buf_init(&result, LOTS_RESULT_MAX);
    enum status st = lots_numbers(what->numbers, &numbers, err);
    if (st == ST_OK)
        st = take_seed(deeds->desk, hex, what->seed, text(shown, "seed_hash"), &seed, err);
    list_withdrawn(json_object_get(shown, "entries"), &withdrawn);
    if (st == ST_OK)
        st = lots_draw(slice_of_json(shown, "list"), buf_slice(&seed), buf_slice(&numbers),
                       buf_slice(&withdrawn), &arena, &places, &count, err);
    if (st == ST_OK)
        st = rows_of(deeds->desk, LOTS, hex, &lots, err);
    lots_result_text(places, count, &result);
    if (st == ST_OK)
        st = write_draw(deeds, id, hex, what, buf_cstr(&seed), buf_cstr(&numbers),
                        buf_cstr(&withdrawn), buf_cstr(&result), err);
    if (st == ST_OK)
        st = write_results(deeds, hex, shown, lots, places, count, err);
    buf_release(&seed);
    buf_release(&numbers);
    buf_release(&withdrawn);
    buf_release(&result);
    json_decref(lots);
    arena_release(&arena);
    return st;
}

enum status lottery_draw(struct desk *desk, struct author *author, const char *id,
                         const struct lottery_drawing *what, json_t **out, struct error *err)
{
    struct sitting s;
    *out = NULL;
    enum status st = sit_down(&s, desk, author, id, err);
    if (st == ST_OK)
        st = may_draw(s.shown, err);
    if (st == ST_OK)
        st = draw_now(&s.deeds, &s.id, s.hex, s.shown, what, err);
    st = stand_up(&s, st, err);
    return st == ST_OK ? lottery_show(desk, s.hex, out, err) : st;
}

/* ---- giving up ---- */

/* After the draw: the first of its kind that waits, has not withdrawn and has no lot yet. */

static const json_t *first_waiting(const json_t *shown, const json_t *results, const char *kind)
{
    const json_t *place, *result;
    size_t i, k;
    json_array_foreach(json_object_get(shown, "places"), i, place)
    {
        const json_t *entry =
            find_entry(json_object_get(shown, "entries"), text(place, "household"), kind);
        bool has = strcmp(text(place, "kind"), kind) != 0 || !entry ||
                   strcmp(text(entry, "status"), "withdrawn") == 0;
        json_array_foreach(results, k, result) has |=
            strcmp(text(result, "household_id"), text(entry, "household_id")) == 0 &&
            strcmp(text(result, "kind"), text(entry, "code")) == 0;
        if (!has)
            return place;
    }
    return NULL;
}

/* The lot that this household holds by the results; NULL: none. */
static const char *lot_of(const json_t *results, const json_t *entry)
{
    const json_t *one;
    size_t i;
    json_array_foreach(
        results, i,
        one) if (strcmp(text(one, "household_id"), text(entry, "household_id")) == 0 &&
                 strcmp(text(one, "kind"), text(entry, "code")) == 0) return text(one, "asset_id");
    return NULL;
}

static enum status pass_on(struct deeds *deeds, const char *hex, const json_t *shown,
                           const json_t *entry, const char *note, struct buf *next,
                           struct error *err)
{
    json_t *results = NULL;
    struct record_id asset;
    enum status st = rows_of(deeds->desk,
                             "SELECT household_id, kind, asset_id FROM lottery_result"
                             " WHERE lottery_id = ?1",
                             hex, &results, err);
    const char *lot = st == ST_OK ? lot_of(results, entry) : NULL;
    if (lot && record_id_parse(slice_str(lot), &asset)) {
        const char *kind = text(entry, "kind");
        const json_t *place = first_waiting(shown, results, kind);
        const json_t *heir =
            place ? find_entry(json_object_get(shown, "entries"), text(place, "household"), kind)
                  : NULL;
        struct act_field holder[] = {field("holder_id", heir ? text(heir, "household_id") : ""),
                                     field("status", heir ? "2" : "1")};
        st = deeds_put(deeds, "asset", &asset, holder, 2, note, NULL, err);
        if (st == ST_OK && heir) {
            char rank[24];
            snprintf(rank, sizeof(rank), "%lld",
                     (long long)json_integer_value(json_object_get(place, "rank")));
            const struct act_field fields[] = {
                field("lottery_id", hex), field("household_id", text(heir, "household_id")),
                field("asset_id", lot),   field("kind", text(heir, "code")),
                field("rank", rank),      field("after", text(entry, "household_id"))};
            st = deeds_put(deeds, "lottery_result", NULL, fields, 6, note, NULL, err);
            buf_put_str(next, text(heir, "household"));
        }
    }
    json_decref(results);
    return st;
}

/* The application of a household that stands; of several kinds the one that is named. */
static enum status find_applied(const json_t *entries, const struct lottery_leaving *who,
                                const json_t **out, struct error *err)
{
    const json_t *one;
    size_t i, hits = 0;
    json_array_foreach(entries, i, one)
    {
        bool kind = !who->kind || strcmp(who->kind, text(one, "kind")) == 0 ||
                    strcmp(who->kind, text(one, "code")) == 0;
        if (!kind || strcmp(text(one, "household"), who->household) != 0 ||
            strcmp(text(one, "status"), "applied") != 0)
            continue;
        *out = one;
        hits++;
    }
    if (hits > 1)
        return error_set(err, ST_USAGE, "户 %s 报了几种，请用 --kind 说明退出哪一种",
                         who->household);
    return hits ? ST_OK
                : error_set(err, ST_NOT_FOUND, "名单上没有户 %s，或者它已经退出", who->household);
}

static enum status withdraw_entry(struct deeds *deeds, const char *hex, const json_t *shown,
                                  const struct lottery_leaving *who, struct buf *next,
                                  struct error *err)
{
    const json_t *found = NULL;
    const struct act_field withdrawn = field("status", "withdrawn");
    struct record_id id;
    const char *note = who->note;
    enum status st = find_applied(json_object_get(shown, "entries"), who, &found, err);
    if (st == ST_OK && !record_id_parse(slice_str(text(found, "id")), &id))
        st = error_set(err, ST_NOT_FOUND, "户 %s 的报名已经作废", who->household);
    if (st == ST_OK)
        st = deeds_put(deeds, "lottery_entry", &id, &withdrawn, 1, note, NULL, err);
    return st == ST_OK && *text(shown, "result")
               ? pass_on(deeds, hex, shown, found, note, next, err)
               : st;
}

enum status lottery_withdraw(struct desk *desk, struct author *author, const char *id,
                             const struct lottery_leaving *who, struct buf *next, struct error *err)
{
    struct sitting s;
    enum status st = sit_down(&s, desk, author, id, err);
    if (st == ST_OK)
        st = withdraw_entry(&s.deeds, s.hex, s.shown, who, next, err);
    return stand_up(&s, st, err);
}

/* ---- the sheet ---- */

static void put_line(struct buf *out, const char *key, const char *value)
{
    buf_printf(out, "%s%s\n", key, value);
}

static void put_names(const json_t *shown, struct buf *out)
{
    const json_t *one;
    size_t i;
    buf_put_str(out, "\n序号对照（户主姓名只露姓，不参加计算）\n");
    json_array_foreach(json_object_get(shown, "entries"), i, one)
        buf_printf(out, "  %s  %s  %s  %s\n", text(one, "number"), text(one, "kind"),
                   text(one, "household"), text(one, "name"));
}

static void put_witnesses(const json_t *shown, struct buf *out)
{
    const json_t *one;
    size_t i;
    buf_put_str(out, "见证人：");
    json_array_foreach(json_object_get(shown, "witnesses"), i, one)
        buf_printf(out, "%s%s", i ? "、" : "", json_string_value(one));
    buf_put_str(out, "\n");
}

static void put_draw(const json_t *shown, struct buf *out)
{
    bool drawn = *text(shown, "result");
    buf_put_str(out, "\n三、会上\n");
    if (!drawn) {
        buf_put_str(out, "  （会上拆封种子，当众掷骰子或请村民报数，再填在这里）\n");
        return;
    }
    put_line(out, LOTS_SEED, text(shown, "seed"));
    put_line(out, LOTS_NUMBERS, text(shown, "numbers"));
    if (*text(shown, "withdrawn"))
        put_line(out, LOTS_WITHDRAWN, text(shown, "withdrawn"));
    put_witnesses(shown, out);
    buf_printf(out, "时间：%s\n\n四、结果（种类 名次 序号 户编号 标的）\n%s\n%s\n%s\n",
               text(shown, "drawn_at"), LOTS_RESULT_BEGIN, text(shown, "result"), LOTS_RESULT_END);
    put_line(out, LOTS_RESULT_HASH, text(shown, "result_hash"));
}

void lottery_sheet(const json_t *shown, struct buf *out)
{
    buf_printf(out, "抓 阄 单\n\n%s\n", text(shown, "title"));
    buf_printf(out, "抓阄时间：%s    地点：%s\n", text(shown, "held_on"), text(shown, "place"));
    if (*text(shown, "terms"))
        put_line(out, "报名条件：", text(shown, "terms"));
    buf_printf(out, "\n一、名单（已冻结，一个字也不能再改）\n%s\n%s\n%s\n", LOTS_LIST_BEGIN,
               text(shown, "list"), LOTS_LIST_END);
    put_line(out, LOTS_LIST_HASH, text(shown, "list_hash"));
    buf_put_str(out, "\n二、开会前封存\n");
    put_line(out, LOTS_SEED_HASH, text(shown, "seed_hash"));
    put_draw(shown, out);
    put_names(shown, out);
    buf_put_str(
        out,
        "\n怎样核对（任何一台有 sha256sum 的电脑，或 huce lottery check 本单的文件）\n"
        "  1. 把两条名单线之间的各行抄进 list.txt，sha256sum list.txt 应等于名单指纹。\n"
        "  2. printf '%s\\n' 种子 | sha256sum 应等于种子指纹。\n"
        "  3. printf '%s %s %s\\n' 种子 报的数 名单指纹 | sha256sum 得出钥匙。\n"
        "  4. 对每一个“户”行：printf '%s %s\\n' 钥匙 整行 | sha256sum 得出这户的签。\n"
        "  5. 同一种类按签从小到大排名次；标的按名单上的先后给各名次，退出的跳过，余下的候补。\n");
}
