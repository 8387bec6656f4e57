/* SPDX-License-Identifier: MulanPSL-2.0 */
/* lots: see lots.h. */
#include "agent/core/lots.h"

#include <stdlib.h>

#include "shared/codec/hex.h"
#include "shared/crypto/hash.h"

static const struct slice lf = {(const uint8_t *)"\n", 1};

void lots_hash(struct slice text, char out[static LOTS_HASH_TEXT])
{
    struct hash hash;
    hash_parts(text, lf, SLICE_NONE, &hash);
    hex_encode(hash_slice(&hash), out);
}

static bool is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

/* The next piece before the separator; false: nothing is left. */
static bool take(struct slice *rest, char separator, struct slice *out)
{
    if (!rest->p)
        return false;
    const uint8_t *at = rest->n ? memchr(rest->p, separator, rest->n) : NULL;
    *out = at ? slice_of(rest->p, (size_t)(at - rest->p)) : *rest;
    *rest = at ? slice_of(at + 1, rest->n - out->n - 1) : SLICE_NONE;
    return true;
}

static bool takes_word(struct slice *rest, const char *word)
{
    size_t n = strlen(word);
    if (rest->n < n || memcmp(rest->p, word, n) != 0)
        return false;
    *rest = slice_of(rest->p + n, rest->n - n);
    return true;
}

/* ---- what is called out ---- */

bool lots_seed_valid(struct slice seed)
{
    bool valid = seed.n == LOTS_SEED_DIGITS;
    for (size_t i = 0; valid && i < seed.n; i++)
        valid = is_digit(seed.p[i]) || (seed.p[i] >= 'a' && seed.p[i] <= 'f');
    return valid;
}

static bool numbers_valid(struct slice text)
{
    struct slice rest = text, one;
    size_t count = 0;
    bool valid = text.n > 0;
    while (valid && take(&rest, ',', &one)) {
        valid = one.n >= 1 && one.n <= 6;
        for (size_t i = 0; valid && i < one.n; i++)
            valid = is_digit(one.p[i]);
        count++;
    }
    return valid && count >= LOTS_NUMBERS_MIN && count <= LOTS_NUMBERS_MAX;
}

enum status lots_numbers(const char *typed, struct buf *out, struct error *err)
{
    bool number = false, gap = false;
    static const char *const commas[] = {"，", "、", ",", " "};
    buf_init(out, 1024);
    while (*typed) {
        size_t skip = 0;
        for (size_t i = 0; !skip && i < sizeof(commas) / sizeof(commas[0]); i++)
            if (strncmp(typed, commas[i], strlen(commas[i])) == 0)
                skip = strlen(commas[i]);
        if (skip) {
            gap = true;
        } else {
            if (gap && number)
                buf_put_u8(out, ',');
            gap = false;
            number = true;
            buf_put_u8(out, (uint8_t)*typed);
        }
        typed += skip ? skip : 1;
    }
    if (buf_ok(out) && numbers_valid(buf_slice(out)))
        return ST_OK;
    return error_set(err, ST_USAGE, "当场报的数写成 3,5,1,6 这样：%d 到 %d 个，每个最多六位数字",
                     LOTS_NUMBERS_MIN, LOTS_NUMBERS_MAX);
}

/* ---- the list ---- */

struct lot {
    struct slice kind, name;
    bool given;
};

struct list {
    size_t lot_count, entry_count;
    struct lot *lots;
    struct lots_place *entries;
    struct slice *lines; /* of the entries */
};

static enum status bad_line(size_t number, struct error *err)
{
    return error_set(err, ST_INVALID, "名单第 %zu 行不合格式", number);
}

/* Applicants are numbered 0001, 0002 … without gaps. */
static bool is_number(struct slice s, size_t wanted)
{
    char text[24];
    size_t n = 4;
    for (size_t i = n, rest = wanted; i-- > 0; rest /= 10)
        text[i] = (char)('0' + rest % 10);
    return s.n == n && memcmp(s.p, text, n) == 0;
}

static bool read_lot(struct slice line, struct list *list)
{
    struct lot *lot = &list->lots[list->lot_count];
    *lot = (struct lot){0};
    return list->entry_count == 0 && take(&line, ' ', &lot->kind) && take(&line, ' ', &lot->name) &&
           !line.p && lot->kind.n && lot->name.n && ++list->lot_count;
}

static bool read_entry(struct slice line, struct list *list)
{
    struct lots_place *entry = &list->entries[list->entry_count];
    *entry = (struct lots_place){0};
    return list->entry_count < LOTS_ENTRIES_MAX && take(&line, ' ', &entry->number) &&
           take(&line, ' ', &entry->kind) && take(&line, ' ', &entry->household) && !line.p &&
           entry->kind.n && entry->household.n && is_number(entry->number, list->entry_count + 1) &&
           ++list->entry_count;
}

static enum status list_read(struct slice text, struct arena *arena, struct list *out,
                             struct error *err)
{
    struct slice rest = text, line;
    size_t lines = 1;
    if (text.n == 0 || text.n > LOTS_LIST_MAX)
        return error_set(err, ST_INVALID, "名单是空的，或者太长");
    for (size_t i = 0; i < text.n; i++)
        lines += text.p[i] == '\n';
    *out = (struct list){.lots = arena_alloc(arena, lines * sizeof(*out->lots)),
                         .entries = arena_alloc(arena, lines * sizeof(*out->entries)),
                         .lines = arena_alloc(arena, lines * sizeof(*out->lines))};
    for (size_t number = 1; take(&rest, '\n', &line); number++) {
        struct slice words = line;
        bool good = false;
        if (number == 1)
            good = takes_word(&words, "抓阄 ") && lots_seed_valid(words);
        else if (takes_word(&words, "标的 "))
            good = read_lot(words, out);
        else if (takes_word(&words, "户 ") && (good = read_entry(words, out)))
            out->lines[out->entry_count - 1] = line;
        if (!good)
            return bad_line(number, err);
    }
    return out->entry_count ? ST_OK : error_set(err, ST_INVALID, "名单上没有户");
}

/* ---- the draw ---- */

static enum status mark_withdrawn(struct list *list, struct slice withdrawn, struct error *err)
{
    struct slice rest = withdrawn.n ? withdrawn : SLICE_NONE, one;
    while (take(&rest, ',', &one)) {
        bool found = false;
        for (size_t i = 0; !found && i < list->entry_count; i++)
            if (slice_equal(list->entries[i].number, one))
                found = list->entries[i].withdrawn = true;
        if (!found)
            return error_set(err, ST_INVALID, "退出的序号不在名单上：%.*s", (int)one.n,
                             (const char *)one.p);
    }
    return ST_OK;
}

/* By ticket; equal ones, which nobody will live to see, by number. */
static int by_ticket(const void *a, const void *b)
{
    const struct lots_place *x = a, *y = b;
    int c = strcmp(x->ticket, y->ticket);
    return c ? c : slice_compare(x->number, y->number);
}

static void draw_tickets(struct list *list, const char *key)
{
    struct buf text;
    buf_init(&text, 4096);
    for (size_t i = 0; i < list->entry_count; i++) {
        buf_clear(&text);
        buf_put_str(&text, key);
        buf_put_u8(&text, ' ');
        buf_put_slice(&text, list->lines[i]);
        lots_hash(buf_slice(&text), list->entries[i].ticket);
    }
    buf_release(&text);
}

static void give(struct list *list, struct lots_place *place)
{
    for (size_t i = 0; !place->withdrawn && i < list->lot_count; i++)
        if (!list->lots[i].given && slice_equal(list->lots[i].kind, place->kind)) {
            list->lots[i].given = true;
            place->lot = list->lots[i].name;
            return;
        }
}

/* From the list's order to the result's: kinds as they first appear, within one by ticket. */
static struct lots_place *ordered(struct list *list, struct arena *arena)
{
    size_t n = list->entry_count, used = 0;
    struct lots_place *out = arena_alloc(arena, n * sizeof(*out));
    bool *taken = arena_alloc(arena, n * sizeof(*taken));
    memset(taken, 0, n * sizeof(*taken));
    for (size_t first = 0; first < n; first++) {
        size_t begin = used;
        for (size_t i = first; !taken[first] && i < n; i++)
            if (i == first ||
                (!taken[i] && slice_equal(list->entries[i].kind, list->entries[first].kind)))
                out[used++] = list->entries[i];
        for (size_t i = first; used > begin && i < n; i++)
            if (slice_equal(list->entries[i].kind, list->entries[first].kind))
                taken[i] = true;
        qsort(out + begin, used - begin, sizeof(*out), by_ticket);
        for (size_t i = begin; i < used; i++) {
            out[i].rank = (uint32_t)(i - begin + 1);
            give(list, &out[i]);
        }
    }
    return out;
}

enum status lots_draw(struct slice list_text, struct slice seed, struct slice numbers,
                      struct slice withdrawn, struct arena *arena, struct lots_place **out,
                      size_t *count, struct error *err)
{
    struct list list = {0};
    char list_hash[LOTS_HASH_TEXT], key[LOTS_HASH_TEXT];
    struct buf text;
    enum status st = list_read(list_text, arena, &list, err);
    if (st == ST_OK && (!lots_seed_valid(seed) || !numbers_valid(numbers)))
        st = error_set(err, ST_INVALID, "种子或当场报的数不合格式");
    if (st == ST_OK)
        st = mark_withdrawn(&list, withdrawn, err);
    if (st != ST_OK)
        return st;
    lots_hash(list_text, list_hash);
    buf_init(&text, 4096);
    buf_printf(&text, "%.*s %.*s %s", (int)seed.n, (const char *)seed.p, (int)numbers.n,
               (const char *)numbers.p, list_hash);
    lots_hash(buf_slice(&text), key);
    buf_release(&text);
    draw_tickets(&list, key);
    *out = ordered(&list, arena);
    *count = list.entry_count;
    return ST_OK;
}

void lots_result_text(const struct lots_place *places, size_t count, struct buf *out)
{
    for (size_t i = 0; i < count; i++) {
        const struct lots_place *p = &places[i];
        struct slice lot = p->lot.n ? p->lot : p->withdrawn ? slice_str("退出") : slice_str("候补");
        buf_printf(out, "%s%.*s %u %.*s %.*s %.*s", i ? "\n" : "", (int)p->kind.n,
                   (const char *)p->kind.p, p->rank, (int)p->number.n, (const char *)p->number.p,
                   (int)p->household.n, (const char *)p->household.p, (int)lot.n,
                   (const char *)lot.p);
    }
}

/* ---- the sheet ---- */

static bool is(struct slice line, const char *text)
{
    return slice_equal(line, slice_str(text));
}

/* "key：value" once in a sheet; false: twice. */
static bool read_value(struct slice line, struct lots_sheet *out)
{
    struct {
        const char *key;
        struct slice *to;
    } const values[] = {{LOTS_LIST_HASH, &out->list_hash}, {LOTS_SEED_HASH, &out->seed_hash},
                        {LOTS_SEED, &out->seed},           {LOTS_NUMBERS, &out->numbers},
                        {LOTS_WITHDRAWN, &out->withdrawn}, {LOTS_RESULT_HASH, &out->result_hash}};
    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        struct slice rest = line;
        if (!takes_word(&rest, values[i].key))
            continue;
        if (values[i].to->p)
            return false;
        *values[i].to = rest;
        return true;
    }
    return true;
}

enum status lots_sheet_read(struct slice text, struct lots_sheet *out, struct error *err)
{
    struct slice rest = text, line, *block = NULL;
    const char *end = NULL;
    *out = (struct lots_sheet){0};
    if (text.n == 0 || text.n > LOTS_SHEET_MAX)
        return error_set(err, ST_INVALID, "不是抓阄单");
    while (take(&rest, '\n', &line)) {
        if (block && is(line, end)) { /* what stands between, without its last line feed */
            block->n = line.p > block->p ? (size_t)(line.p - block->p) - 1 : 0;
            block = NULL;
        } else if (!block && (is(line, LOTS_LIST_BEGIN) || is(line, LOTS_RESULT_BEGIN))) {
            bool list = is(line, LOTS_LIST_BEGIN);
            block = list ? &out->list : &out->result;
            end = list ? LOTS_LIST_END : LOTS_RESULT_END;
            if (block->p || !rest.p)
                return error_set(err, ST_INVALID, "抓阄单里有一段重复或者不完整");
            *block = slice_of(rest.p, 0);
        } else if (!block && !read_value(line, out)) {
            return error_set(err, ST_INVALID, "抓阄单里有一项写了两次：%.*s", (int)line.n,
                             (const char *)line.p);
        }
    }
    if (block || !out->list.n || !out->list_hash.n)
        return error_set(err, ST_INVALID, "不是完整的抓阄单：没有名单或者名单指纹");
    return ST_OK;
}

static bool hash_holds(struct slice text, struct slice hash)
{
    char computed[LOTS_HASH_TEXT];
    lots_hash(text, computed);
    return is(hash, computed);
}

enum status lots_sheet_check(const struct lots_sheet *sheet, bool *drawn, struct error *err)
{
    struct arena arena = {0};
    struct lots_place *places;
    size_t count;
    struct buf result;
    *drawn = false;
    if (!hash_holds(sheet->list, sheet->list_hash))
        return error_set(err, ST_REFUSED, "名单与名单指纹不符：名单被改过，或者抄错了");
    if (!sheet->seed.n && !sheet->numbers.n && !sheet->result.n)
        return ST_OK;
    if (!hash_holds(sheet->seed, sheet->seed_hash))
        return error_set(err, ST_REFUSED, "种子与开会前公布的种子指纹不符");
    buf_init(&result, LOTS_RESULT_MAX);
    enum status st = lots_draw(sheet->list, sheet->seed, sheet->numbers, sheet->withdrawn, &arena,
                               &places, &count, err);
    if (st == ST_OK) {
        lots_result_text(places, count, &result);
        if (!buf_ok(&result) || !slice_equal(buf_slice(&result), sheet->result))
            st = error_set(err, ST_REFUSED, "结果与重新算出的不符");
        else if (!hash_holds(sheet->result, sheet->result_hash))
            st = error_set(err, ST_REFUSED, "结果与结果指纹不符");
    }
    buf_release(&result);
    arena_release(&arena);
    *drawn = st == ST_OK;
    return st;
}
