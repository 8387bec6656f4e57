/* SPDX-License-Identifier: MulanPSL-2.0 */
/* rollup: see rollup.h. Whatever was read is written again and must be the same. */
#include "server/core/rollup.h"

#include "shared/base/check.h"
#include "shared/ledger/checkpoint.h"

#include <inttypes.h>
#include <stdio.h>

#define TITLE "huce/1/rollup"

static bool is_name(const char *name)
{
    const size_t n = strlen(name);
    return n > 0 && n <= ROLLUP_NAME_MAX &&
           strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_-") == n;
}

void rollup_add(struct rollup *rollup, const char *measure, const char *cell, uint64_t count)
{
    CHECK(rollup->count < ROLLUP_CELLS_MAX && is_name(measure) && is_name(cell));
    struct rollup_cell *to = &rollup->cells[rollup->count++];
    *to = (struct rollup_cell){.count = count};
    snprintf(to->measure, sizeof(to->measure), "%s", measure);
    snprintf(to->cell, sizeof(to->cell), "%s", cell);
}

/* ---- what is withheld ---- */

static bool same_measure(const struct rollup_cell *a, const struct rollup_cell *b)
{
    return strcmp(a->measure, b->measure) == 0;
}

/* Of the cells that are told, the smallest that has somebody in it; NULL: there is none. */
static struct rollup_cell *smallest(struct rollup_cell *cells, size_t n)
{
    struct rollup_cell *best = NULL;
    for (size_t i = 0; i < n; i++)
        if (!cells[i].withheld && cells[i].count > 0 && (!best || cells[i].count < best->count))
            best = &cells[i];
    return best;
}

static void withhold_measure(struct rollup_cell *cells, size_t n, uint64_t least)
{
    size_t withheld = 0;
    uint64_t together = 0;
    struct rollup_cell *next;
    while ((next = smallest(cells, n)) &&
           (next->count < least || (withheld > 0 && (withheld < 2 || together < least)))) {
        next->withheld = true;
        together += next->count;
        withheld++;
    }
    /* It stands alone: the empty ones beside it would say what it is. */
    for (size_t i = 0; i < n && withheld > 0 && (withheld < 2 || together < least); i++)
        cells[i].withheld = true;
}

void rollup_withhold(struct rollup *rollup)
{
    for (size_t from = 0, to; from < rollup->count; from = to) {
        for (to = from;
             to < rollup->count && same_measure(&rollup->cells[from], &rollup->cells[to]); to++)
            ;
        withhold_measure(&rollup->cells[from], to - from, rollup->least);
    }
}

/* ---- its text ---- */

static void put_text(const struct rollup *r, struct buf *out)
{
    buf_printf(out, "%s\n" TITLE "\n%s %" PRIu64 " %" PRIu64 "\n", r->origin.text, r->day, r->least,
               r->registry_size);
    buf_printf(out, "%" PRIu64 " %" PRIu64 " %" PRIu64 " %s\n", r->villages, r->begun, r->heard,
               r->newest);
    for (size_t i = 0; i < r->count; i++) {
        const struct rollup_cell *cell = &r->cells[i];
        buf_printf(out, "%s %s ", cell->measure, cell->cell);
        if (cell->withheld)
            buf_put_str(out, "*\n");
        else
            buf_printf(out, "%" PRIu64 "\n", cell->count);
    }
}

void rollup_sign(const struct rollup *rollup, const struct sign_key *log_key, struct buf *out)
{
    struct buf text;
    buf_init(&text, ROLLUP_MAX);
    put_text(rollup, &text);
    CHECK(buf_ok(&text));
    buf_put_slice(out, buf_slice(&text));
    note_sign(&rollup->origin, log_key, buf_slice(&text), out);
    buf_release(&text);
}

/* The next word of a line, at most size - 1 bytes. */
static bool take_word(struct slice *line, char *out, size_t size)
{
    size_t n = 0;
    while (n < line->n && line->p[n] != ' ')
        n++;
    const bool good = n > 0 && n < size && !memchr(line->p, 0, n);
    if (good) {
        memcpy(out, line->p, n);
        out[n] = 0;
    }
    const size_t taken = n + (n < line->n);
    *line = slice_of(line->p + taken, line->n - taken);
    return good;
}

/* In the spelling that it is written in is looked at in the end. */
static bool take_number(struct slice *line, uint64_t *out)
{
    char text[20];
    *out = 0;
    if (!take_word(line, text, sizeof(text)))
        return false;
    for (const char *p = text; *p; p++) {
        if (*p < '0' || *p > '9')
            return false;
        *out = *out * 10 + (uint64_t)(*p - '0');
    }
    return true;
}

static bool read_cell(struct slice line, struct rollup *out)
{
    char measure[ROLLUP_NAME_MAX + 1], cell[ROLLUP_NAME_MAX + 1];
    uint64_t count = 0;
    if (out->count == ROLLUP_CELLS_MAX || !take_word(&line, measure, sizeof(measure)) ||
        !take_word(&line, cell, sizeof(cell)) || !is_name(measure) || !is_name(cell))
        return false;
    const bool withheld = slice_equal(line, slice_str("*"));
    if (!withheld && !take_number(&line, &count))
        return false;
    rollup_add(out, measure, cell, count);
    out->cells[out->count - 1].withheld = withheld;
    return true;
}

/* No cell stands twice, and those of a measure stand together. */
static bool is_orderly(const struct rollup *r)
{
    for (size_t i = 0; i < r->count; i++)
        for (size_t k = i + 1; k < r->count; k++) {
            const bool same = same_measure(&r->cells[i], &r->cells[k]);
            if ((same && strcmp(r->cells[i].cell, r->cells[k].cell) == 0) ||
                (same && !same_measure(&r->cells[k - 1], &r->cells[k])))
                return false;
        }
    return true;
}

static bool parse(struct slice *rest, struct rollup *out)
{
    struct slice line;
    int32_t day;
    *out = (struct rollup){0};
    if (!slice_take_line(rest, &line) || !origin_parse(line, &out->origin) ||
        !slice_take_line(rest, &line) || !slice_equal(line, slice_str(TITLE)) ||
        !slice_take_line(rest, &line) || !take_word(&line, out->day, sizeof(out->day)) ||
        !date_parse(slice_str(out->day), &day) || !take_number(&line, &out->least) ||
        !take_number(&line, &out->registry_size) || !slice_take_line(rest, &line) ||
        !take_number(&line, &out->villages) || !take_number(&line, &out->begun) ||
        !take_number(&line, &out->heard) || !take_word(&line, out->newest, sizeof(out->newest)))
        return false;
    while (rest->n && *rest->p != '\n')
        if (!slice_take_line(rest, &line) || !read_cell(line, out))
            return false;
    return out->least >= ROLLUP_LEAST_MIN && out->least <= ROLLUP_LEAST_MAX &&
           out->begun <= out->villages && out->heard <= out->begun && is_orderly(out);
}

/* *rest: behind what is signed. */
static enum status read_text(struct slice text, struct rollup *out, struct slice *body,
                             struct slice *rest, struct error *err)
{
    struct buf again;
    *rest = text;
    if (text.n > ROLLUP_MAX || !parse(rest, out))
        return error_set(err, ST_INVALID, "这不是县里的汇总文件");
    *body = slice_of(text.p, text.n - rest->n);
    buf_init(&again, ROLLUP_MAX);
    put_text(out, &again);
    const bool same = buf_ok(&again) && slice_equal(buf_slice(&again), *body);
    buf_release(&again);
    return same ? ST_OK : error_set(err, ST_INVALID, "这不是县里的汇总文件：写法不对");
}

enum status rollup_read(struct slice text, struct rollup *out, struct error *err)
{
    struct slice body, rest;
    return read_text(text, out, &body, &rest, err);
}

enum status rollup_verify(struct slice text, const struct rollup *rollup,
                          const struct sign_public *log_key, struct error *err)
{
    struct rollup again;
    struct slice body, rest;
    enum status st = read_text(text, &again, &body, &rest, err);
    if (st == ST_OK && note_check(body, rest, &rollup->origin, log_key, NULL) != ST_OK)
        st = error_set(err, ST_DAMAGED, "%s 的汇总不是它的县签的，或者被改过", rollup->origin.text);
    return st;
}
