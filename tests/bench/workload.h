/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * workload: workload W as data, the same in every process that asks for it.
 *
 *   W1  ROWS new rows of FIELDS fields (the columns of resident.sql)
 *   W2  SAVES single-field edits of them: row by Zipf (s = 1), field evenly, the value another one
 *
 * A cell is what a person would type, and for the plain peer also the number it means. An edit's
 * value always differs from what stands there: a save that changes nothing is no save.
 */
#ifndef TESTS_BENCH_WORKLOAD_H
#define TESTS_BENCH_WORKLOAD_H

#include <stdio.h>
#include <string.h>

#include "shared/base/mem.h"

#define ROWS 20000
#define FIELDS 20
#define SAVES 100000
#define CELL_SIZE 40

struct cell {
    char text[CELL_SIZE];
    int64_t number; /* of a column with is_number */
};

struct row {
    struct cell cells[FIELDS];
};

struct edit {
    uint32_t row, field; /* field from 0 */
    struct cell cell;
};

struct workload {
    struct row *rows; /* as they are after the edits taken so far */
    uint64_t random;
    double *zipf; /* cumulative */
};

static const struct {
    const char *name;
    bool is_number;
} columns[FIELDS] = {
    {"name", false},      {"sex", true},       {"birth", false},   {"ethnic", false},
    {"phone", false},     {"edu", false},      {"marital", false}, {"health", false},
    {"political", false}, {"relation", false}, {"house", false},   {"income", true},
    {"wage", true},       {"months", true},    {"land", true},     {"mandarin", true},
    {"insured", true},    {"mode", false},     {"visited", false}, {"remark", false},
};

static inline uint64_t workload_random(struct workload *w)
{
    uint64_t z = (w->random += 0x9E3779B97F4A7C15u);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

static inline uint32_t below(struct workload *w, uint32_t n)
{
    return (uint32_t)(workload_random(w) % n);
}

static inline const char *one_of(struct workload *w, const char *const *words, uint32_t n)
{
    return words[below(w, n)];
}

#define ONE_OF(w, words) one_of(w, words, sizeof(words) / sizeof((words)[0]))

static inline void fill_name(struct workload *w, char text[static CELL_SIZE])
{
    static const char *const family[] = {"马", "王", "妥", "拜", "祁", "丁", "杨", "张", "李"};
    static const char *const given[] = {"玉", "龙", "晓", "燕", "哈", "伊", "明", "福", "英", "兰",
                                        "国", "军", "文", "秀", "海", "成", "学", "忠", "梅", "霞",
                                        "小", "红", "建", "平", "永", "志", "春", "荣", "华", "光"};
    const char *first = ONE_OF(w, family), *second = ONE_OF(w, given);
    snprintf(text, CELL_SIZE, "%s%s%s", first, second, below(w, 3) ? ONE_OF(w, given) : "");
}

static inline void fill_number(struct workload *w, struct cell *cell, int64_t number)
{
    (void)w;
    cell->number = number;
    snprintf(cell->text, CELL_SIZE, "%lld", (long long)number);
}

static inline void fill_yuan(struct workload *w, struct cell *cell, int64_t yuan)
{
    fill_number(w, cell, yuan);
    cell->number = yuan * 100; /* stored in fen */
}

static inline void fill_date(struct workload *w, char text[static CELL_SIZE], uint32_t from,
                             uint32_t years)
{
    uint32_t year = from + below(w, years), month = 1 + below(w, 12);
    snprintf(text, CELL_SIZE, "%04u-%02u-%02u", year, month, 1 + below(w, 28));
}

static inline void fill_word(struct workload *w, char text[static CELL_SIZE], uint32_t field)
{
    static const char *const ethnic[] = {"03", "03", "03", "03", "26", "26", "01", "01"};
    static const char *const edu[] = {"10", "20", "30", "60", "70", "80", "90"};
    static const char *const marital[] = {"10", "20", "20"};
    static const char *const health[] = {"1", "1", "1", "1", "1", "1", "3"};
    static const char *const political[] = {"13", "13", "13", "13", "13", "13", "03", "01"};
    static const char *const relation[] = {"01", "02", "11", "12", "21", "22", "31", "32"};
    static const char *const mode[] = {"1", "2", "3", "4", "5", "6"};
    static const char *const remark[] = {"无",   "常年外出务工", "在家务农",
                                         "养羊", "低保户",       "需走访"};
    const char *word = field == 3    ? ONE_OF(w, ethnic)
                       : field == 5  ? ONE_OF(w, edu)
                       : field == 6  ? ONE_OF(w, marital)
                       : field == 7  ? ONE_OF(w, health)
                       : field == 8  ? ONE_OF(w, political)
                       : field == 9  ? ONE_OF(w, relation)
                       : field == 17 ? ONE_OF(w, mode)
                                     : ONE_OF(w, remark);
    snprintf(text, CELL_SIZE, "%s", word);
}

static inline void workload_cell(struct workload *w, uint32_t field, struct cell *cell)
{
    memset(cell, 0, sizeof(*cell));
    switch (field) {
    case 0:
        fill_name(w, cell->text);
        break;
    case 1:
        fill_number(w, cell, 1 + below(w, 2));
        break;
    case 2:
        fill_date(w, cell->text, 1940, 80);
        break;
    case 4:
        snprintf(cell->text, CELL_SIZE, "1%u%09u", 3 + below(w, 7), below(w, 1000000000));
        break;
    case 10:
        snprintf(cell->text, CELL_SIZE, "%u社%u号", 1 + below(w, 8), 1 + below(w, 120));
        break;
    case 11:
        fill_yuan(w, cell, (int64_t)below(w, 600) * 100);
        break;
    case 12:
        fill_yuan(w, cell, (int64_t)(20 + below(w, 60)) * 100);
        break;
    case 13:
        fill_number(w, cell, below(w, 13));
        break;
    case 14:
        fill_number(w, cell, below(w, 200));
        break;
    case 15:
    case 16:
        fill_number(w, cell, below(w, 2));
        break;
    case 18:
        fill_date(w, cell->text, 2026, 1);
        break;
    default:
        fill_word(w, cell->text, field);
    }
}

static inline void workload_begin(struct workload *w)
{
    double sum = 0;
    *w = (struct workload){.random = 42};
    w->rows = mem_alloc(ROWS * sizeof(*w->rows));
    w->zipf = mem_alloc(ROWS * sizeof(*w->zipf));
    for (uint32_t i = 0; i < ROWS; i++) {
        for (uint32_t f = 0; f < FIELDS; f++)
            workload_cell(w, f, &w->rows[i].cells[f]);
        w->zipf[i] = sum += 1.0 / (i + 1);
    }
}

static inline void workload_end(struct workload *w)
{
    mem_free(w->rows);
    mem_free(w->zipf);
}

/* Scattered, so that neighbours are not hot together. */
static inline uint32_t workload_zipf(struct workload *w)
{
    double u = (double)(workload_random(w) >> 11) / 9007199254740992.0 * w->zipf[ROWS - 1];
    uint32_t low = 0, high = ROWS - 1;
    while (low < high) {
        uint32_t middle = (low + high) / 2;
        if (w->zipf[middle] < u)
            low = middle + 1;
        else
            high = middle;
    }
    return (uint32_t)((uint64_t)low * 7919 % ROWS);
}

static inline void workload_edit(struct workload *w, struct edit *edit)
{
    edit->row = workload_zipf(w);
    edit->field = below(w, FIELDS);
    struct cell *now = &w->rows[edit->row].cells[edit->field];
    do
        workload_cell(w, edit->field, &edit->cell);
    while (strcmp(edit->cell.text, now->text) == 0);
    *now = edit->cell;
}

#endif
