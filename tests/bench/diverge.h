/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * diverge: workload W3 as data: what two desks do to the same cards while neither hears of the
 * other.
 *
 *   CARDS cards, of which the first CARDS_SHARED are edited by both desks; of the others each desk
 * has its own half. Each desk saves CARD_SAVES times, every tenth time on a shared card: there both
 * edit the same field of the same card, mostly to different values. Fields, and with them policies,
 * evenly.
 */
#ifndef TESTS_BENCH_DIVERGE_H
#define TESTS_BENCH_DIVERGE_H

#include "tests/bench/workload.h"

#define CARDS 4000
#define CARDS_SHARED 400
#define CARD_SAVES 20000
#define CARD_FIELDS 7
enum { CARD_NAME, CARD_STATUS, CARD_PHONE, CARD_BORN, CARD_STAGE, CARD_TAGS, CARD_VISITS };

struct diverge {
    int desk;              /* 0 or 1 */
    struct workload words; /* what this desk writes */
    bool born[CARDS];      /* this desk has said it: once */
    char stage[CARDS];
};

static inline void diverge_begin(struct diverge *d, int desk)
{
    *d = (struct diverge){.desk = desk, .words = {.random = 1000 + (uint64_t)desk}};
    memset(d->stage, 'a', sizeof(d->stage));
}

/* What a desk types into a field of a card. */
static inline void diverge_text(struct diverge *d, uint32_t card, uint32_t field,
                                char text[static CELL_SIZE])
{
    struct workload *w = &d->words;
    switch (field) {
    case CARD_STAGE:
        d->stage[card] = d->stage[card] == 'c' ? 'a' : (char)(d->stage[card] + 1);
        snprintf(text, CELL_SIZE, "%c", d->stage[card]);
        break;
    case CARD_TAGS:
        snprintf(text, CELL_SIZE, "+标签%u", below(w, 12));
        break;
    case CARD_VISITS:
        snprintf(text, CELL_SIZE, "+%u", 1 + below(w, 5));
        break;
    default:
        snprintf(text, CELL_SIZE, "%c%u", 'A' + d->desk, below(w, 1000000));
    }
}

/* The i-th save of this desk. */
static inline void diverge_edit(struct diverge *d, uint32_t i, struct edit *edit)
{
    struct workload both = {.random = i}; /* the same at both desks */
    uint32_t own = CARDS_SHARED + 2 * below(&d->words, (CARDS - CARDS_SHARED) / 2);
    edit->row = i % 10 == 0 ? below(&both, CARDS_SHARED) : own + (uint32_t)d->desk;
    edit->field = below(&both, CARD_FIELDS);
    if (edit->field == CARD_BORN && d->born[edit->row])
        edit->field = CARD_NAME;
    d->born[edit->row] |= edit->field == CARD_BORN;
    diverge_text(d, edit->row, edit->field, edit->cell.text);
}

#endif
