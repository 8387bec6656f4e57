/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * Who works, where and for how much. First the few households that lack something are chosen, then
 * the herders and the surplus labourers are placed as the figures say, then everyone else; at the
 * end every household that is not one of the few has a stable job if it has a labourer.
 */
#ifndef TESTS_DATA_WORK_H
#define TESTS_DATA_WORK_H

#include "tests/data/village.h"

#define HERDER_WAGE_MIN 2000 /* yuan a month */

/* A random order of n things; the caller frees it. */
static int *shuffled(struct chance *c, int n)
{
    int *order = malloc(sizeof *order * (size_t)(n + 1));
    if (!order)
        fail("out of memory", NULL);
    for (int i = 0; i < n; i++) {
        int j = below(c, i + 1);
        order[i] = order[j];
        order[j] = i;
    }
    return order;
}

static void choose_place(struct village *v, struct spell *s, const struct person *p)
{
    struct chance *c = &v->chance;
    bool away = s->mode == MODE_AWAY && p->capability < 3;
    bool gansu = v->code[1] == '2';
    const struct workplace *w = NULL;
    if (!away)
        s->scope = percent(c, s->mode == MODE_ZONE || s->mode == MODE_OWN ? 40 : 80) ? 1 : 2;
    else
        s->scope = percent(c, 38) ? 3 : 4;
    if (s->scope == 3)
        w = gansu ? &PICK(c, places_gansu) : &PICK(c, places_ningxia);
    else if (s->scope == 4)
        w = percent(c, 12) ? (gansu ? &PICK(c, places_ningxia) : &PICK(c, places_gansu))
                           : &PICK(c, places_beyond);
    if (w && strncmp(w->county, v->code, 6) == 0) { /* the village's own county after all */
        s->scope = 2;
        w = NULL;
    }
    snprintf(s->place, sizeof s->place, "%.6s000000", w ? w->county : v->code);
    snprintf(s->place_name, sizeof s->place_name, "%s", w ? w->name : "");
}

/* What the work is called and pays, who gives it. */
static void choose_terms(struct village *v, struct spell *s)
{
    struct chance *c = &v->chance;
    s->employer = "";
    s->contract = CONTRACT_NONE;
    switch (s->mode) {
    case MODE_HERDING:
        s->job = PICK(c, trades_herding);
        s->wage = between(c, 18, 42) * 100;
        break;
    case MODE_ZONE:
        s->job = PICK(c, trades_factory);
        s->employer = "县经济开发区企业";
        s->wage = between(c, 28, 48) * 100;
        s->contract = percent(c, 70) ? CONTRACT_LONG : CONTRACT_SHORT;
        break;
    case MODE_AWAY:
        s->job = PICK(c, trades_away);
        s->wage = between(c, 38, 80) * 100;
        s->contract = percent(c, 45)   ? CONTRACT_LONG
                      : percent(c, 50) ? CONTRACT_SHORT
                                       : CONTRACT_ORAL;
        s->employer = s->contract == CONTRACT_ORAL ? "" : "用工企业";
        break;
    case MODE_PUBLIC:
        s->job = "公益性岗位";
        s->employer = "村民委员会";
        s->wage = between(c, 5, 8) * 100;
        s->contract = CONTRACT_LONG;
        s->post_type = PICK(c, ((const int[]){1, 2, 3, 4, 4, 4, 5, 6, 7, 9}));
        break;
    case MODE_WORKSHOP:
        s->job = PICK(c, trades_workshop);
        s->employer = "乡村就业工厂";
        s->wage = between(c, 18, 32) * 100;
        s->contract = percent(c, 60) ? CONTRACT_LONG : CONTRACT_SHORT;
        break;
    case MODE_OWN:
        s->job = PICK(c, trades_own);
        s->wage = between(c, 15, 60) * 100;
        break;
    }
    s->organised = s->mode >= MODE_ZONE && s->mode <= MODE_WORKSHOP;
}

/* A contract of a year or more, or work for six months of the year at all. Who works on their own
 * stands on a business with a licence, a herder on an income above the minimum wage. */
static void make_stable(struct spell *s)
{
    s->stable = true;
    s->licensed = s->mode == MODE_OWN;
    if (s->mode == MODE_HERDING && s->wage < HERDER_WAGE_MIN)
        s->wage = HERDER_WAGE_MIN;
    if (s->start <= day_of(AS_OF_YEAR, 4, 30) && s->months_10 < 80)
        s->months_10 = 80;
    if (s->months_10 < 60 && s->mode != MODE_HERDING && s->mode != MODE_OWN) {
        s->contract = CONTRACT_LONG;
        if (!s->employer[0])
            s->employer = "用工企业";
    }
}

static void make_unstable(struct chance *c, struct spell *s)
{
    s->stable = s->licensed = false;
    if (s->contract == CONTRACT_LONG)
        s->contract = CONTRACT_ORAL;
    if (s->months_10 >= 60)
        s->months_10 = between(c, 20, 55);
}

/* The first day on which the law lets someone work. */
static int32_t sixteenth_birthday(const struct person *p)
{
    int y, m, d;
    date_of(p->birth, &y, &m, &d);
    return day_of(y + 16, m, d);
}

static struct spell *add_spell(struct village *v, int person, enum work_mode mode)
{
    struct chance *c = &v->chance;
    struct person *p = &v->people[person];
    int32_t earliest = day_of(2022, 3, 1), months;
    v->spells = grow(v->spells, v->spell_count, &v->spell_capacity, sizeof *v->spells);
    struct spell *s = &v->spells[v->spell_count];
    *s = (struct spell){.person = person, .mode = mode, .end = NEVER};
    p->spell = v->spell_count++;
    choose_place(v, s, p);
    choose_terms(v, s);
    if (earliest < sixteenth_birthday(p))
        earliest = sixteenth_birthday(p);
    s->start = between(c, earliest, as_of());
    months = (as_of() - s->start + 1) * 10 / 30;
    s->months_10 = months > 120 ? 120 : months < 1 ? 1 : months;
    if (s->start < day_of(AS_OF_YEAR, 1, 1) && mode == MODE_AWAY)
        s->months_10 = between(c, 60, 115);
    if (mode == MODE_PUBLIC || percent(c, mode == MODE_OWN ? 55 : 78))
        make_stable(s);
    else
        make_unstable(c, s);
    p->insured_as_employee = mode == MODE_ZONE && s->contract == CONTRACT_LONG;
    return s;
}

static enum work_mode draw_mode(struct chance *c, const struct person *p)
{
    static const int able[] = {30, 36, 6, 13, 15}, weak[] = {4, 0, 40, 26, 30};
    return MODE_ZONE + weighted(c, p->capability < 3 ? able : weak, 5);
}

/* Marks the few households that reports must find. */
static void choose_troubled(struct village *v)
{
    int *order = shuffled(&v->chance, v->household_count);
    int income = v->goals.no_income, stable = v->goals.no_stable;
    if (income < 0)
        income = v->household_count / 250;
    if (stable < 0)
        stable = v->household_count / 90;
    for (int i = 0; i < v->household_count && stable > 0; i++) {
        struct household *h = &v->households[order[i]];
        if (h->labourers < 1 || h->labourers > 2)
            continue;
        h->no_stable = true; /* who has no income at all has no stable job either */
        stable--;
        if (income > 0) {
            h->no_income = true;
            income--;
        }
    }
    free(order);
}

/* Sheds, and two or three herders for each. */
static void place_herders(struct village *v)
{
    int *order = shuffled(&v->chance, v->household_count);
    int sheds = v->goals.sheds >= 0 ? v->goals.sheds : v->household_count / 25;
    int herders = v->goals.herders >= 0 ? v->goals.herders : sheds * 2;
    int thirds = herders - 2 * sheds, given = 0;
    /* First the households that can spare three, while third herders are asked for. */
    for (int size = 3; size >= 2; size--)
        for (int i = 0; i < v->household_count && given < sheds; i++) {
            struct household *h = &v->households[order[i]];
            int want = size == 3 && thirds > 0 ? 3 : 2;
            if (h->shed || h->no_stable || h->labourers < size || (size == 3 && want == 2))
                continue;
            h->shed = true;
            given++;
            thirds -= want == 3;
            for (int k = h->first; want > 0 && k < h->first + h->count; k++) {
                struct person *p = &v->people[k];
                if (!p->labourer)
                    continue;
                p->surplus = true;
                make_stable(add_spell(v, k, MODE_HERDING));
                v->herders++;
                want--;
            }
        }
    if (v->goals.sheds >= 0 && (given < sheds || v->herders != herders))
        fail("too few families for the herding figures", v->code);
    free(order);
}

static void place_surplus(struct village *v)
{
    struct chance *c = &v->chance;
    int *order = shuffled(c, v->people_count);
    bool all = v->goals.surplus >= 0;
    int wanted = (all ? v->goals.surplus : v->labourers * 3 / 10) - v->herders;
    for (int i = 0; i < v->people_count && wanted > 0; i++) {
        struct person *p = &v->people[order[i]];
        if (!p->labourer || p->surplus || v->households[p->household].no_income)
            continue;
        p->surplus = true;
        wanted--;
        if (all || percent(c, 90))
            add_spell(v, order[i], draw_mode(c, p));
    }
    if (all && wanted > 0)
        fail("too few labourers for the surplus figure", v->code);
    free(order);
}

/* What the invariants ask of a household, and what the troubled ones lack. */
static void settle_household_work(struct village *v, struct household *h)
{
    struct chance *c = &v->chance;
    int stable = 0, running = 0, first = -1;
    for (int k = h->first; k < h->first + h->count; k++) {
        struct person *p = &v->people[k];
        if (!p->labourer)
            continue;
        if (first < 0)
            first = k;
        if (p->spell < 0 && !h->no_income && !p->surplus && percent(c, p->male ? 68 : 34))
            add_spell(v, k, draw_mode(c, p));
        if (p->spell < 0)
            continue;
        if (h->no_stable)
            make_unstable(c, &v->spells[p->spell]);
        running++;
        stable += v->spells[p->spell].stable;
    }
    if (first < 0)
        return;
    if (h->no_income) { /* the last job has ended; nothing came after it */
        struct spell *s = add_spell(v, first, MODE_OWN);
        make_unstable(c, s);
        s->start = as_of() - between(c, 320, 330);
        s->end = as_of() - between(c, 65, 150);
        if (s->start < sixteenth_birthday(&v->people[first]))
            s->start = sixteenth_birthday(&v->people[first]);
        if (s->end < s->start)
            s->end = s->start;
    } else if (h->no_stable) {
        if (!running)
            make_unstable(c, add_spell(v, first, MODE_OWN));
    } else if (!stable) {
        int k = first;
        while (running && v->people[k].spell < 0)
            k++;
        if (!running)
            add_spell(v, k, draw_mode(c, &v->people[k]));
        make_stable(&v->spells[v->people[k].spell]);
    }
}

static void find_work(struct village *v)
{
    choose_troubled(v);
    place_herders(v);
    place_surplus(v);
    for (int i = 0; i < v->household_count; i++)
        settle_household_work(v, &v->households[i]);
}

#endif
