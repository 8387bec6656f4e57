/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * roster: writes rosters of villages that do not exist, in places that do.
 *
 * The problem: tests, the demo and the benchmarks need a village's register as an office would hand
 * it over, thousands of people with families, jobs and incomes that agree with each other and with
 * the published figures, and no line of it may belong to a living person.
 *
 * The idea: a village is grown household by household from one seed: kinds of families give ages
 * and relations, ages give schooling, health and labour, labour gives jobs, jobs give incomes. A
 * household that would overshoot the village's goal (people or labourers) is undone and drawn
 * again, so goals are met exactly. The same arguments give the same bytes, and a village is the
 * same whether it is written alone or in a walk over its county with the same division file.
 *
 * What holds in every village:
 *   - record ids have UUIDv7 layout and follow from seed, division, type and number alone, so the
 *     files can be imported in any order, apart, and again;
 *   - ID numbers begin with 990000, an area nobody lives in, and have a right checksum (GB 11643).
 *     The three digits after the birth date are the village's own (its place in its county's list),
 *     so villages of a county never share a number;
 *   - phones begin with 154, a range not given to any operator;
 *   - a chosen few households have no income channel, a few more no stable job, so that reports on
 *     the two household invariants have something to show. All others satisfy both.
 *
 * 三甲集社区 (622924101001) carries its published figures: 3,835 labourers, 2,161 of them surplus
 * and all placed in six modes, 202 sheds in 202 households, 512 people herding at scale.
 */
#include <ctype.h>
#include <errno.h>
#include <iconv.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "tests/data/names.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define SANJIAJI 622924101001u

/* The day on which every roster is true. */
#define AS_OF_YEAR 2025
#define AS_OF_MS 1767139200000 /* 2025-12-31T00:00:00Z */
#define NEVER INT32_MIN        /* no date */

/* Codes that rosters use, from the catalog's lists. */
#define EDU_NONE "91"
#define EDU_PRIMARY "81"
#define EDU_JUNIOR "71"
#define EDU_SENIOR "61"
#define EDU_VOCATIONAL "41"
#define EDU_COLLEGE "31"
#define EDU_BACHELOR "21"
#define SCHOOL_BEFORE "0"
#define SCHOOL_KINDERGARTEN "1"
#define SCHOOL_PRIMARY "2"
#define SCHOOL_JUNIOR "3"
#define SCHOOL_SENIOR "4"
#define SCHOOL_VOCATIONAL "5"
#define SCHOOL_COLLEGE "6"
#define SCHOOL_BACHELOR "7"
#define MARITAL_SINGLE "10"
#define MARITAL_MARRIED "20"
#define MARITAL_WIDOWED "30"
#define MARITAL_DIVORCED "40"
#define HEALTH_GOOD "1"
#define HEALTH_FAIR "2"
#define HEALTH_CHRONIC "3"
#define HEALTH_DISABLED "6"
#define POLITICAL_PARTY "01"
#define POLITICAL_LEAGUE "03"
#define POLITICAL_MASSES "13"
#define GRID_KIND "1"
#define STATUS_LIVE "1"
#define OFFICER_GRID "4"
#define OFFICER_ZONE "5"
#define ID_TYPE "1"
#define HUKOU_RURAL "1"
#define INSURED_RESIDENT "1"
#define INSURED_EMPLOYEE "2"
#define RESIDENCE_HERE "1"
#define RESIDENCE_AWAY "2"
#define INCOME_WAGE "1"
#define INCOME_BUSINESS "2"
#define INCOME_PROPERTY "3"
#define INCOME_TRANSFER "4"
#define CONTRACT_NONE 0
#define CONTRACT_ORAL 1
#define CONTRACT_SHORT 2
#define CONTRACT_LONG 3

/* ---- chance ---- */

static uint64_t mix(uint64_t x)
{
    x += 0x9e3779b97f4a7c15u;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}

struct chance {
    uint64_t state;
};

static uint64_t draw(struct chance *c)
{
    c->state += 0x9e3779b97f4a7c15u;
    return mix(c->state);
}

static int below(struct chance *c, int n)
{
    return n <= 1 ? 0 : (int)((draw(c) >> 33) % (uint64_t)n);
}

static int between(struct chance *c, int low, int high) /* inclusive */
{
    return high <= low ? low : low + below(c, high - low + 1);
}

static bool percent(struct chance *c, int p)
{
    return below(c, 100) < p;
}

#define PICK(c, array) ((array)[below((c), (int)COUNT(array))])

/* An index, each as likely as its weight. */
static int weighted(struct chance *c, const int *weights, int n)
{
    int sum = 0, i, at;
    for (i = 0; i < n; i++)
        sum += weights[i];
    at = below(c, sum);
    for (i = 0; at >= weights[i]; i++)
        at -= weights[i];
    return i;
}

/* ---- days since 1970-01-01 --------------------------------------------------------------------
 */

static int32_t day_of(int y, int m, int d)
{
    y -= m <= 2;
    int era = y / 400, yoe = y - era * 400;
    int doy = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
    return (int32_t)(era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468);
}

static void date_of(int32_t day, int *y, int *m, int *d)
{
    int z = day + 719468, era = z / 146097, doe = z - era * 146097;
    int yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    int doy = doe - (365 * yoe + yoe / 4 - yoe / 100), mp = (5 * doy + 2) / 153;
    *d = doy - (153 * mp + 2) / 5 + 1;
    *m = mp < 10 ? mp + 3 : mp - 9;
    *y = yoe + era * 400 + (*m <= 2);
}

static int32_t as_of(void)
{
    return day_of(AS_OF_YEAR, 12, 31);
}

/* ---- a village in memory ---- */

enum work_mode { /* the county's code list employment_mode */
                 MODE_HERDING = 1,
                 MODE_ZONE = 2,
                 MODE_AWAY = 3,
                 MODE_PUBLIC = 4,
                 MODE_WORKSHOP = 5,
                 MODE_OWN = 6,
};

struct person {
    int household;
    bool male;
    int age, level; /* level: which of the village's serial digits */
    int32_t birth;
    const char *ethnic, *edu, *school, *marital, *health, *political, *relation;
    char surname[8];
    char name[40];
    char id_no[19];
    char phone[12];
    int capability; /* 1 … 5 */
    bool labourer, surplus, insured_as_employee;
    int spell; /* index of the spell that runs or ran last, -1 */
};

struct household {
    int first, count, labourers, grid;
    bool shed, no_income, no_stable;
};

struct spell {
    int person;
    enum work_mode mode;
    int scope; /* 1 … 5 */
    char place[13], place_name[40];
    const char *job, *employer;
    int32_t start, end;
    int months_10; /* tenths of months worked this year */
    int wage, contract, post_type;
    bool organised, stable;
};

enum { SLOT_LEVELS = 8, OLDEST = 105, SLOT_DAYS = (OLDEST + 2) * 366 };

struct goals {
    int people;    /* or 0: until the labourers are reached */
    int labourers; /* or 0: until the people are reached */
    int household_100;
    int surplus, sheds, herders; /* -1: a share */
    int no_income, no_stable;    /* -1: a share */
};

struct village {
    uint64_t division, seed;
    char code[13];
    char name[64]; /* without 村委会; "" unknown */
    char township[64];
    int lane; /* 1 … 499: which serial digits are its own */
    struct chance chance;
    struct goals goals;
    const struct ethnic_mix *mix;
    struct person *people;
    int people_count, people_capacity;
    struct household *households;
    int household_count, household_capacity;
    struct spell *spells;
    int spell_count, spell_capacity;
    int labourers, herders, grids;
    int phones;
    uint8_t (*taken)[2][SLOT_DAYS]; /* [SLOT_LEVELS]: birth day and sex already used */
};

static _Noreturn void fail(const char *what, const char *which)
{
    fprintf(stderr, "roster: %s%s%s\n", what, which ? ": " : "", which ? which : "");
    exit(1);
}

static void *grow(void *array, int count, int *capacity, size_t size)
{
    if (count < *capacity)
        return array;
    *capacity = *capacity ? *capacity * 2 : 1024;
    array = realloc(array, (size_t)*capacity * size);
    if (!array)
        fail("out of memory", NULL);
    return array;
}

/* ---- people ---- */

static void put_digits(char *out, int width, int n)
{
    for (; width > 0; n /= 10)
        out[--width] = (char)('0' + n % 10);
}

static char check_digit(const char *seventeen)
{
    static const int weight[17] = {7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2};
    int sum = 0;
    for (int i = 0; i < 17; i++)
        sum += (seventeen[i] - '0') * weight[i];
    return "10X98765432"[sum % 11];
}

/* A birth day that makes this age and is still free in the village's serial numbers. */
static void give_birth_and_id(struct village *v, struct person *p)
{
    int32_t last = day_of(AS_OF_YEAR - p->age, 12, 31),
            oldest = day_of(AS_OF_YEAR - OLDEST - 1, 1, 1);
    int year_days = last - day_of(AS_OF_YEAR - p->age, 1, 1) + 1;
    int start = below(&v->chance, year_days), y, m, d;
    for (int level = 0; level < SLOT_LEVELS; level++)
        for (int i = 0; i < year_days; i++) {
            int32_t birth = last - (start + i) % year_days;
            uint8_t *taken = &v->taken[level][p->male][birth - oldest];
            if (*taken)
                continue;
            *taken = 1;
            p->level = level;
            p->birth = birth;
            date_of(birth, &y, &m, &d);
            /* Levels above the first are for villages too big for one serial number a day. */
            int lane = (v->lane - 1 + level * 61) % 499 + 1;
            memcpy(p->id_no, "990000", 6);
            put_digits(p->id_no + 6, 4, y);
            put_digits(p->id_no + 10, 2, m);
            put_digits(p->id_no + 12, 2, d);
            put_digits(p->id_no + 14, 3, lane * 2 + p->male);
            p->id_no[17] = check_digit(p->id_no);
            return;
        }
    fail("too many people of one age and sex for one village", v->code);
}

static void forget_last_person(struct village *v)
{
    struct person *p = &v->people[--v->people_count];
    int32_t oldest = day_of(AS_OF_YEAR - OLDEST - 1, 1, 1);
    v->taken[p->level][p->male][p->birth - oldest] = 0;
    if (p->phone[0])
        v->phones--;
}

static const char *draw_surname(struct chance *c, const char *ethnic)
{
    if (strcmp(ethnic, "01") == 0 || strcmp(ethnic, "11") == 0)
        return PICK(c, surnames_han);
    if (strcmp(ethnic, "26") == 0)
        return PICK(c, surnames_dongxiang);
    return PICK(c, surnames_hui);
}

static void give_name(struct village *v, struct person *p)
{
    struct chance *c = &v->chance;
    bool han = strcmp(p->ethnic, "01") == 0 || strcmp(p->ethnic, "11") == 0;
    const char *first = "", *last;
    if (!han && percent(c, p->age >= 50 ? 55 : 18)) {
        last = p->male ? PICK(c, given_sound_male) : PICK(c, given_sound_female);
    } else {
        last = p->male ? PICK(c, given_last_male) : PICK(c, given_last_female);
        if (percent(c, 84))
            first = p->male ? PICK(c, given_first_male) : PICK(c, given_first_female);
        if (strcmp(first, last) == 0)
            first = "";
    }
    snprintf(p->name, sizeof p->name, "%s%s%s", p->surname, first, last);
}

static void give_schooling(struct chance *c, struct person *p)
{
    static const char *const edu[] = {EDU_NONE,       EDU_PRIMARY, EDU_JUNIOR,  EDU_SENIOR,
                                      EDU_VOCATIONAL, EDU_COLLEGE, EDU_BACHELOR};
    static const int young[] = {0, 6, 62, 17, 9, 5, 1}, adult[] = {3, 22, 47, 11, 6, 7, 4},
                     middle[] = {20, 42, 28, 6, 1, 2, 1}, old[] = {58, 29, 9, 3, 0, 1, 0};
    const int *weights = p->age < 25 ? young : p->age < 40 ? adult : p->age < 60 ? middle : old;
    p->edu = p->school = "";
    if (p->age < 6)
        p->school = p->age >= 3 && percent(c, 80) ? SCHOOL_KINDERGARTEN : SCHOOL_BEFORE;
    else if (p->age < 12)
        p->school = SCHOOL_PRIMARY;
    else if (p->age < 15)
        p->school = SCHOOL_JUNIOR;
    else if (p->age == 15 || (p->age < 18 && percent(c, 58)))
        p->school = p->age == 15     ? SCHOOL_JUNIOR
                    : percent(c, 60) ? SCHOOL_SENIOR
                                     : SCHOOL_VOCATIONAL;
    else if (p->age >= 18 && p->age < 23 && strcmp(p->marital, MARITAL_SINGLE) == 0 &&
             percent(c, 30))
        p->school = percent(c, 60) ? SCHOOL_COLLEGE : SCHOOL_BACHELOR;
    else
        p->edu = edu[weighted(c, weights, (int)COUNT(edu))];
    /* More old women than old men were never sent to school. */
    if (!p->male && p->age >= 40 && p->edu[0] && percent(c, 30))
        p->edu = EDU_NONE;
}

static void give_health_and_labour(struct chance *c, struct person *p)
{
    int ill = p->age < 40 ? 2 : p->age < 60 ? 9 : 34, disabled = p->age < 60 ? 2 : 6;
    int at = below(c, 100);
    p->health = at < disabled             ? HEALTH_DISABLED
                : at < disabled + ill     ? HEALTH_CHRONIC
                : at < disabled + 2 * ill ? HEALTH_FAIR
                                          : HEALTH_GOOD;
    p->labourer = false;
    if (p->age < 16 || (p->school[0] && p->age < 23))
        p->capability = 5;
    else if (strcmp(p->health, HEALTH_DISABLED) == 0)
        p->capability = percent(c, 60) ? 4 : 3;
    else if (p->age >= 60)
        p->capability = p->age < 70 && percent(c, 40) ? 3 : 5;
    else if (strcmp(p->health, HEALTH_CHRONIC) == 0)
        p->capability = 3;
    else
        p->capability = percent(c, 14) ? 2 : 1;
    p->labourer = p->age >= 16 && p->age < 60 && !p->school[0] && p->capability <= 3;
}

static struct person *add_person(struct village *v, bool male, int age, const char *relation,
                                 const char *surname, const char *ethnic, const char *marital)
{
    struct chance *c = &v->chance;
    v->people = grow(v->people, v->people_count, &v->people_capacity, sizeof *v->people);
    struct person *p = &v->people[v->people_count++];
    memset(p, 0, sizeof *p);
    p->household = v->household_count;
    p->male = male;
    p->age = age < 0 ? 0 : age > 96 ? 96 : age;
    p->relation = relation;
    p->ethnic = ethnic;
    p->marital = marital;
    p->spell = -1;
    snprintf(p->surname, sizeof p->surname, "%s", surname);
    give_birth_and_id(v, p);
    give_name(v, p);
    give_schooling(c, p);
    give_health_and_labour(c, p);
    p->political = p->age >= 24 && percent(c, 4) ? POLITICAL_PARTY
                   : p->age >= 14 && p->age < 28 && percent(c, p->school[0] ? 45 : 12)
                       ? POLITICAL_LEAGUE
                       : POLITICAL_MASSES;
    if (p->age >= 16 && percent(c, p->age < 60 ? 93 : 55)) {
        memcpy(p->phone, "154", 3);
        put_digits(p->phone + 3, 8, v->lane * 200000 + v->phones++ % 200000);
    }
    return p;
}

static const char *draw_ethnic(struct village *v)
{
    return ethnic_codes[weighted(&v->chance, v->mix->weight, (int)COUNT(ethnic_codes))];
}

/* ---- households ---- */

struct family { /* of the head being built */
    const char *surname, *ethnic;
};

/* A wife, a mother, a daughter-in-law: her own surname, mostly of the same people. */
static struct person *add_married_in(struct village *v, struct family f, int age,
                                     const char *relation, const char *marital)
{
    const char *ethnic = percent(&v->chance, 92) ? f.ethnic : draw_ethnic(v);
    return add_person(v, false, age, relation, draw_surname(&v->chance, ethnic), ethnic, marital);
}

/* The children still at home, eldest first, with the relation each has to the head. */
static void add_children(struct village *v, struct family f, int mother_age, int wanted, bool grand)
{
    static const char *const sons[] = {"22", "23", "24", "25", "26"}, *const daughters[] = {
                                                                          "32", "33", "34", "35",
                                                                          "36"};
    struct chance *c = &v->chance;
    int ages[5], n = 0, son = 0, daughter = 0;
    for (int age = mother_age - between(c, 20, 25); n < wanted && n < 5 && age >= 0;
         age -= between(c, 2, 4))
        if (age <= 27)
            ages[n++] = age;
    for (int i = 0; i < n; i++) {
        bool male = percent(c, ages[i] >= 22 ? 75 : 52);
        const char *relation = male ? sons[son++] : daughters[daughter++];
        if (grand)
            relation = male ? "41" : "42";
        else if (n == 1)
            relation = male ? "21" : "31";
        add_person(v, male, ages[i], relation, f.surname, f.ethnic, MARITAL_SINGLE);
    }
}

/* Head and spouse; returns her age. */
static int add_couple(struct village *v, struct family f, int age)
{
    struct chance *c = &v->chance;
    int wife = age - between(c, -1, 5);
    if (wife < 20)
        wife = 20;
    if (percent(c, 5)) { /* she heads the household, he is registered as her husband */
        add_married_in(v, f, wife, "02", MARITAL_MARRIED);
        add_person(v, true, age, "11", f.surname, f.ethnic, MARITAL_MARRIED);
    } else {
        add_person(v, true, age, "02", f.surname, f.ethnic, MARITAL_MARRIED);
        add_married_in(v, f, wife, "12", MARITAL_MARRIED);
    }
    return wife;
}

static void small_family(struct village *v, struct family f)
{
    static const int weights[] = {18, 34, 32, 8, 8};
    struct chance *c = &v->chance;
    int age;
    switch (weighted(c, weights, (int)COUNT(weights))) {
    case 0: /* an old person alone */
        age = between(c, 60, 88);
        add_person(v, percent(c, 45), age, "02", f.surname, f.ethnic, MARITAL_WIDOWED);
        break;
    case 1: /* a couple whose children have left */
        add_couple(v, f, between(c, 50, 80));
        break;
    case 2: /* parents with one or two children */
        age = add_couple(v, f, between(c, 23, 50));
        add_children(v, f, age, between(c, 1, 2), false);
        break;
    case 3: /* one parent */
        age = between(c, 27, 55);
        if (percent(c, 55))
            add_person(v, true, age, "02", f.surname, f.ethnic,
                       percent(c, 60) ? MARITAL_DIVORCED : MARITAL_WIDOWED);
        else
            add_married_in(v, f, age, "02", percent(c, 40) ? MARITAL_DIVORCED : MARITAL_WIDOWED);
        add_children(v, f, age, between(c, 1, 2), false);
        break;
    default: /* one adult */
        add_person(v, percent(c, 80), between(c, 20, 58), "02", f.surname, f.ethnic,
                   MARITAL_SINGLE);
    }
}

static void large_family(struct village *v, struct family f)
{
    static const int weights[] = {42, 30, 28};
    struct chance *c = &v->chance;
    int age, wife, son;
    switch (weighted(c, weights, (int)COUNT(weights))) {
    case 0: /* parents with several children */
        wife = add_couple(v, f, between(c, 28, 48));
        add_children(v, f, wife, 2 + percent(c, 65) + percent(c, 25), false);
        break;
    case 1: /* the head's son has married and stayed */
        age = between(c, 47, 70);
        if (percent(c, 14)) {
            add_person(v, true, age, "02", f.surname, f.ethnic, MARITAL_WIDOWED);
            wife = age - 2;
        } else {
            wife = add_couple(v, f, age);
        }
        son = wife - between(c, 20, 24);
        if (son > 40)
            son = between(c, 30, 40);
        add_person(v, true, son, "22", f.surname, f.ethnic, MARITAL_MARRIED);
        son = son - between(c, 0, 3);
        add_married_in(v, f, son < 20 ? 20 : son, "38", MARITAL_MARRIED);
        add_children(v, f, son, between(c, 1, 4), true);
        if (percent(c, 25) && wife - 30 >= 10 && wife - 30 <= 24)
            add_person(v, true, wife - 30, "23", f.surname, f.ethnic, MARITAL_SINGLE);
        break;
    default: /* the head's parents live with them */
        age = between(c, 26, 46);
        wife = add_couple(v, f, age);
        add_children(v, f, wife, between(c, 1, 3), false);
        son = percent(c, 60) ? 2 : percent(c, 65) ? 1 : 0; /* both, mother alone, father alone */
        if (son != 1)
            add_person(v, true, age + between(c, 22, 30), "51", f.surname, f.ethnic,
                       son == 2 ? MARITAL_MARRIED : MARITAL_WIDOWED);
        if (son != 0)
            add_married_in(v, f, age + between(c, 20, 27), "52",
                           son == 2 ? MARITAL_MARRIED : MARITAL_WIDOWED);
    }
}

/* One household more, if the goals leave room for it; else everything as before. */
static bool try_household(struct village *v)
{
    struct chance *c = &v->chance;
    struct household *h;
    struct family f;
    int first = v->people_count, labourers = 0, lead;
    v->households =
        grow(v->households, v->household_count, &v->household_capacity, sizeof *v->households);
    f.ethnic = draw_ethnic(v);
    f.surname = draw_surname(c, f.ethnic);
    /* Steers towards the mean size: the further behind, the likelier a large family. */
    lead = v->household_count * v->goals.household_100 - v->people_count * 100;
    lead = (v->goals.household_100 - 235) * 100 / 270 + lead / 60;
    if (percent(c, lead < 3 ? 3 : lead > 97 ? 97 : lead))
        large_family(v, f);
    else
        small_family(v, f);
    for (int i = first; i < v->people_count; i++)
        labourers += v->people[i].labourer;
    if ((v->goals.people && v->people_count > v->goals.people) ||
        (v->goals.labourers && v->labourers + labourers > v->goals.labourers)) {
        while (v->people_count > first)
            forget_last_person(v);
        return false;
    }
    h = &v->households[v->household_count++];
    *h = (struct household){
        .first = first, .count = v->people_count - first, .labourers = labourers};
    v->labourers += labourers;
    return true;
}

static void settle(struct village *v)
{
    int refused = 0;
    while (v->goals.people ? v->people_count < v->goals.people
                           : v->labourers < v->goals.labourers) {
        refused = try_household(v) ? 0 : refused + 1;
        if (refused > 100000)
            fail("these goals cannot be met", v->code);
    }
    v->grids = (v->household_count + 99) / 100;
    for (int i = 0; i < v->household_count; i++)
        v->households[i].grid = (int)((int64_t)i * v->grids / v->household_count) + 1;
}

/* ---- work ---- */

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
        s->employer = percent(c, 50) ? "外出务工企业" : "";
        s->wage = between(c, 38, 80) * 100;
        s->contract = percent(c, 45)   ? CONTRACT_LONG
                      : percent(c, 50) ? CONTRACT_SHORT
                                       : CONTRACT_ORAL;
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
    s->organised = s->mode == MODE_ZONE || s->mode == MODE_PUBLIC || s->mode == MODE_WORKSHOP ||
                   (s->mode == MODE_AWAY && percent(c, 65));
}

/* A contract of a year or more, or work for six months of the year at all. */
static void make_stable(struct spell *s)
{
    int32_t latest = day_of(AS_OF_YEAR, 6, 1);
    s->stable = true;
    if (s->start <= latest)
        s->months_10 = s->months_10 < 80 ? 80 : s->months_10;
    if (s->months_10 < 60)
        s->contract = CONTRACT_LONG;
}

static void make_unstable(struct chance *c, struct spell *s)
{
    s->stable = false;
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

/* ---- writing ---- */

enum kind { /* part of a record id: never renumber */
            KIND_GRID = 1,
            KIND_OFFICER,
            KIND_POST,
            KIND_HOUSEHOLD,
            KIND_PERSON,
            KIND_MEMBER,
            KIND_PROFILE,
            KIND_SPELL,
            KIND_INCOME,
            KIND_VISIT,
            KIND_SKILL,
            KIND_TAG,
};

struct sheet {
    FILE *memory;
    char *bytes, *path;
    size_t size;
    int columns, cell;
};

static void sheet_open(struct sheet *s, const char *folder, const char *name, const char *header)
{
    memset(s, 0, sizeof *s);
    size_t n = strlen(folder) + strlen(name) + 6;
    s->path = malloc(n);
    s->memory = open_memstream(&s->bytes, &s->size);
    if (!s->path || !s->memory)
        fail("out of memory", NULL);
    snprintf(s->path, n, "%s/%s.csv", folder, name);
    s->columns = 1;
    for (const char *p = header; *p; p++)
        s->columns += *p == ',';
    fprintf(s->memory, "%s\r\n", header);
}

/* The row's next cell begins; its last one ends the row (RFC 4180). */
static void cell_before(struct sheet *s)
{
    if (s->cell++)
        putc(',', s->memory);
}

static void cell_after(struct sheet *s)
{
    if (s->cell == s->columns) {
        fputs("\r\n", s->memory);
        s->cell = 0;
    }
}

static void cell_text(struct sheet *s, const char *text)
{
    cell_before(s);
    if (strpbrk(text, ",\"\r\n")) {
        putc('"', s->memory);
        for (; *text; text++) {
            if (*text == '"')
                putc('"', s->memory);
            putc(*text, s->memory);
        }
        putc('"', s->memory);
    } else {
        fputs(text, s->memory);
    }
    cell_after(s);
}

static void cell_int(struct sheet *s, int64_t n)
{
    cell_before(s);
    fprintf(s->memory, "%" PRId64, n);
    cell_after(s);
}

static void cell_tenths(struct sheet *s, int n)
{
    cell_before(s);
    fprintf(s->memory, "%d.%d", n / 10, n % 10);
    cell_after(s);
}

static void cell_date(struct sheet *s, int32_t day)
{
    int y, m, d;
    cell_before(s);
    if (day != NEVER) {
        date_of(day, &y, &m, &d);
        fprintf(s->memory, "%04d-%02d-%02d", y, m, d);
    }
    cell_after(s);
}

/* The record id of the n-th record (from 0) of a kind, UUIDv7 layout; n < 0: empty. */
static void cell_id(struct sheet *s, const struct village *v, enum kind kind, int n)
{
    cell_before(s);
    if (n >= 0) {
        uint64_t a = mix(v->seed ^ mix(v->division ^ mix((uint64_t)kind << 40 ^ (uint64_t)n)));
        uint64_t b = mix(a ^ 0x6875636500000000u ^ (uint64_t)kind);
        uint64_t high = (uint64_t)(AS_OF_MS + n) << 16 | 0x7000 | (a & 0xfff);
        uint64_t low = 0x8000000000000000u | b >> 2;
        fprintf(s->memory, "%016" PRIx64 "%016" PRIx64, high, low);
    }
    cell_after(s);
}

static char *to_gb18030(const char *utf8, size_t n, size_t *out_n)
{
    size_t room = n * 2 + 16, left = room;
    char *out = malloc(room), *to = out, *from = (char *)utf8;
    iconv_t cd = iconv_open("GB18030", "UTF-8");
    if (!out || cd == (iconv_t)-1 || iconv(cd, &from, &n, &to, &left) == (size_t)-1 || n)
        fail("cannot write GB18030", NULL);
    iconv_close(cd);
    *out_n = room - left;
    return out;
}

static void sheet_close(struct sheet *s, bool gb18030)
{
    if (s->cell || fclose(s->memory))
        fail("a row is not complete", s->path);
    if (gb18030) {
        size_t n;
        char *converted = to_gb18030(s->bytes, s->size, &n);
        free(s->bytes);
        s->bytes = converted;
        s->size = n;
    }
    FILE *f = fopen(s->path, "wb");
    if (!f || fwrite(s->bytes, 1, s->size, f) != s->size || fclose(f))
        fail(strerror(errno), s->path);
    free(s->bytes);
    free(s->path);
}

/* A village group is 50 neighbouring households; the last takes the rest. */
static int group_of(int household)
{
    return household / 50 < 98 ? household / 50 + 1 : 99;
}

static void household_code(const struct village *v, int i, char out[static 19])
{
    int group = group_of(i), serial = i - (group - 1) * 50 + 1;
    memcpy(out, v->code, 12);
    put_digits(out + 12, 2, group);
    put_digits(out + 14, 4, serial);
    out[18] = 0;
}

/* Someone of the households [from, to) who can serve as an officer. */
static int find_officer(struct village *v, int from, int to, int avoid)
{
    int low = v->households[from].first;
    int high = to < v->household_count ? v->households[to].first : v->people_count;
    int n = high - low, start = below(&v->chance, n);
    for (int i = 0; i < n; i++) {
        int k = low + (start + i) % n;
        const struct person *p = &v->people[k];
        if (k != avoid && p->labourer && p->age >= 24 && p->age <= 55 && p->capability < 3 &&
            p->phone[0])
            return k;
    }
    return low;
}

static void write_grid(struct village *v, struct sheet *s, int g, int households)
{
    char text[160];
    cell_id(s, v, KIND_GRID, g);
    snprintf(text, sizeof text, "%s%03d", v->code, g % 1000);
    cell_text(s, text);
    cell_text(s, g ? "3" : "2");
    if (g)
        snprintf(text, sizeof text, "%s第%d网格", v->name, g);
    else
        snprintf(text, sizeof text, "%s网片", v->name);
    cell_text(s, text);
    cell_id(s, v, KIND_GRID, g ? 0 : -1);
    cell_text(s, GRID_KIND);
    snprintf(text, sizeof text, "共%d户", households);
    cell_text(s, text);
    cell_text(s, STATUS_LIVE);
}

static void write_grids(struct village *v, const char *folder)
{
    struct sheet grid, officer, post;
    int leader = -1, from = 0, to;
    sheet_open(&grid, folder, "grid",
               "id,grid_code,level,name,parent_id,kind,boundary_text,status");
    sheet_open(&officer, folder, "grid_officer",
               "id,person_id,name,kind,phone_work,phone_own,appointed_from,public_board");
    sheet_open(&post, folder, "grid_post", "id,grid_id,officer_id,role,from");
    for (int g = 0; g <= v->grids; g++) { /* 0 is the village's own 网片 */
        for (to = from; to < v->household_count && v->households[to].grid <= g; to++)
            ;
        write_grid(v, &grid, g, g ? to - from : v->household_count);
        int k = find_officer(v, from, g ? to : v->household_count, leader);
        const struct person *p = &v->people[k];
        int32_t since =
            day_of(between(&v->chance, 2021, AS_OF_YEAR), between(&v->chance, 1, 12), 1);
        if (!g)
            leader = k;
        cell_id(&officer, v, KIND_OFFICER, g);
        cell_id(&officer, v, KIND_PERSON, k);
        cell_text(&officer, p->name);
        cell_text(&officer, g ? OFFICER_GRID : OFFICER_ZONE);
        cell_text(&officer, p->phone);
        cell_text(&officer, "");
        cell_date(&officer, since);
        cell_int(&officer, 1);
        cell_id(&post, v, KIND_POST, g);
        cell_id(&post, v, KIND_GRID, g);
        cell_id(&post, v, KIND_OFFICER, g);
        cell_text(&post, g ? OFFICER_GRID : OFFICER_ZONE);
        cell_date(&post, since);
        from = to;
    }
    sheet_close(&grid, false);
    sheet_close(&officer, false);
    sheet_close(&post, false);
}

static void address_of(const struct village *v, int household, char *out, size_t n)
{
    if (v->division == SANJIAJI) /* people moved here into blocks of flats */
        snprintf(out, n, "%s%s%d号楼%d单元%d0%d室", v->township, v->name, household / 48 + 1,
                 household / 12 % 4 + 1, household / 2 % 6 + 1, household % 2 + 1);
    else
        snprintf(out, n, "%s%s%d社%d号", v->township, v->name, group_of(household),
                 household - (group_of(household) - 1) * 50 + 1);
}

static void write_households(struct village *v, const char *folder)
{
    struct sheet s;
    struct chance *c = &v->chance;
    char text[256];
    sheet_open(&s, folder, "household",
               "id,household_code,grid_id,head_person_id,address,phone,hh_type,relocated,"
               "housing_grade,water_ok,road,toilet,net,land_mu,forest_mu,sheds,status");
    for (int i = 0; i < v->household_count; i++) {
        const struct household *h = &v->households[i];
        bool moved = v->division == SANJIAJI;
        int type = below(c, 100);
        cell_id(&s, v, KIND_HOUSEHOLD, i);
        household_code(v, i, text);
        cell_text(&s, text);
        cell_id(&s, v, KIND_GRID, h->grid);
        cell_id(&s, v, KIND_PERSON, h->first);
        address_of(v, i, text, sizeof text);
        cell_text(&s, text);
        cell_text(&s, v->people[h->first].phone);
        cell_text(&s, h->no_income               ? "2"
                      : type < (moved ? 62 : 18) ? "1"
                      : type < 66                ? "0"
                      : type < 72                ? "5"
                      : type < 73                ? "7"
                                                 : "0");
        cell_int(&s, moved);
        cell_text(&s, moved || percent(c, 70) ? "A" : "B");
        cell_int(&s, 1);
        cell_int(&s, 1);
        cell_int(&s, percent(c, 88));
        cell_int(&s, percent(c, 76));
        cell_tenths(&s, moved ? 0 : between(c, 10, 95));
        cell_tenths(&s, percent(c, 30) ? between(c, 5, 60) : 0);
        cell_int(&s, h->shed);
        cell_text(&s, STATUS_LIVE);
    }
    sheet_close(&s, false);
}

static void write_people(struct village *v, const char *folder)
{
    struct sheet s, m;
    struct chance *c = &v->chance;
    sheet_open(&s, folder, "person",
               "id,id_type,id_no,name,sex,birth,ethnic,edu,school_status,marital,health,political,"
               "phone,hukou_div,hukou_kind,live_div,mandarin,insured_med,insured_pen");
    sheet_open(&m, folder, "household_member", "id,household_id,person_id,relation,from,residence");
    for (int i = 0; i < v->people_count; i++) {
        const struct person *p = &v->people[i];
        const struct spell *job = p->spell >= 0 ? &v->spells[p->spell] : NULL;
        bool away = job && job->end == NEVER && job->scope >= 3;
        cell_id(&s, v, KIND_PERSON, i);
        cell_text(&s, ID_TYPE);
        cell_text(&s, p->id_no);
        cell_text(&s, p->name);
        cell_int(&s, p->male ? 1 : 2);
        cell_date(&s, p->birth);
        cell_text(&s, p->ethnic);
        cell_text(&s, p->edu);
        cell_text(&s, p->school);
        cell_text(&s, p->marital);
        cell_text(&s, p->health);
        cell_text(&s, p->political);
        cell_text(&s, p->phone);
        cell_text(&s, v->code);
        cell_text(&s, HUKOU_RURAL);
        cell_text(&s, v->code);
        cell_int(&s, p->school[0] || percent(c, p->age < 45 ? 92 : 48));
        cell_text(&s, p->insured_as_employee ? INSURED_EMPLOYEE : INSURED_RESIDENT);
        cell_text(&s, p->insured_as_employee          ? INSURED_EMPLOYEE
                      : p->age >= 16 && !p->school[0] ? INSURED_RESIDENT
                                                      : "");
        cell_id(&m, v, KIND_MEMBER, i);
        cell_id(&m, v, KIND_HOUSEHOLD, p->household);
        cell_id(&m, v, KIND_PERSON, i);
        cell_text(&m, p->relation);
        cell_date(&m, p->birth > day_of(2018, 5, 1) ? p->birth : day_of(2018, 5, 1));
        cell_text(&m, away ? RESIDENCE_AWAY : RESIDENCE_HERE);
    }
    sheet_close(&s, false);
    sheet_close(&m, false);
}

static void write_labour(struct village *v, const char *folder)
{
    struct sheet s, k;
    struct chance *c = &v->chance;
    int n = 0, skilled = 0;
    sheet_open(&s, folder, "labour_profile",
               "id,person_id,capability,surplus,skill_level,main_skill,wish_place,wish_wage_min,"
               "no_job_reason");
    sheet_open(&k, folder, "skill", "id,person_id,occupation,level,cert_no,issuer,date");
    for (int i = 0; i < v->people_count; i++) {
        const struct person *p = &v->people[i];
        bool skill = p->capability == 2, works = p->spell >= 0 && v->spells[p->spell].end == NEVER;
        const char *occupation = PICK(c, skills),
                   *level = PICK(c, ((const char *const[]){"5", "5", "5", "4", "S"}));
        if (!p->labourer)
            continue;
        cell_id(&s, v, KIND_PROFILE, n++);
        cell_id(&s, v, KIND_PERSON, i);
        cell_int(&s, p->capability);
        cell_int(&s, p->surplus);
        cell_text(&s, skill ? level : "0");
        cell_text(&s, skill ? occupation : "");
        cell_int(&s, between(c, 1, 4));
        cell_int(&s, between(c, 18, 60) * 100);
        cell_text(&s, works     ? ""
                      : p->male ? PICK(c, ((const char *const[]){"4", "5", "6", "8", "9"}))
                                : PICK(c, ((const char *const[]){"1", "2", "2", "2", "6", "9"})));
        if (!skill)
            continue;
        char number[32];
        snprintf(number, sizeof number, "TEST%.6s%05d", v->code, skilled + 1);
        cell_id(&k, v, KIND_SKILL, skilled++);
        cell_id(&k, v, KIND_PERSON, i);
        cell_text(&k, occupation);
        cell_text(&k, level);
        cell_text(&k, number);
        cell_text(&k, "县人力资源和社会保障局");
        cell_date(&k, as_of() - between(c, 30, 1500));
    }
    sheet_close(&s, false);
    sheet_close(&k, false);
}

static void write_spells(struct village *v, const char *folder)
{
    struct sheet s;
    sheet_open(&s, folder, "employment_spell",
               "id,person_id,mode,place_scope,place_div,employer,job,organised,start,end,"
               "months_this_year,wage_month,contract,post_type,post_months,stable");
    for (int i = 0; i < v->spell_count; i++) {
        const struct spell *e = &v->spells[i];
        char text[120];
        cell_id(&s, v, KIND_SPELL, i);
        cell_id(&s, v, KIND_PERSON, e->person);
        cell_int(&s, e->mode);
        cell_int(&s, e->scope);
        cell_text(&s, e->place);
        snprintf(text, sizeof text, "%s%s", e->employer[0] ? e->place_name : "", e->employer);
        cell_text(&s, text);
        cell_text(&s, e->job);
        cell_int(&s, e->organised);
        cell_date(&s, e->start);
        cell_date(&s, e->end);
        cell_tenths(&s, e->months_10);
        cell_int(&s, e->wage);
        cell_int(&s, e->contract);
        if (e->post_type)
            cell_int(&s, e->post_type);
        else
            cell_text(&s, "");
        if (e->post_type)
            cell_int(&s, 12);
        else
            cell_text(&s, "");
        cell_int(&s, e->stable);
    }
    sheet_close(&s, false);
}

static void write_income(struct village *v, struct sheet *s, int household, const char *kind,
                         const char *item, int64_t amount, bool stable, int *n)
{
    cell_id(s, v, KIND_INCOME, (*n)++);
    cell_id(s, v, KIND_HOUSEHOLD, household);
    cell_text(s, kind);
    cell_text(s, item);
    cell_int(s, AS_OF_YEAR);
    cell_int(s, amount);
    cell_int(s, stable);
}

static void write_incomes(struct village *v, const char *folder)
{
    struct sheet s;
    struct chance *c = &v->chance;
    int n = 0;
    sheet_open(&s, folder, "income_source", "id,household_id,kind,item,year,amount_year,stable");
    for (int i = 0; i < v->household_count; i++) {
        const struct household *h = &v->households[i];
        int64_t wages = 0, business = 0;
        bool wages_stable = false, business_stable = false, old = false;
        for (int k = h->first; k < h->first + h->count; k++) {
            const struct person *p = &v->people[k];
            old |= p->age >= 60;
            if (p->spell < 0 || v->spells[p->spell].end != NEVER)
                continue;
            const struct spell *e = &v->spells[p->spell];
            bool own = e->mode == MODE_HERDING || e->mode == MODE_OWN;
            *(own ? &business : &wages) += (int64_t)e->wage * e->months_10 / 10;
            *(own ? &business_stable : &wages_stable) |= e->stable;
        }
        if (wages)
            write_income(v, &s, i, INCOME_WAGE, "务工工资", wages, wages_stable, &n);
        if (business)
            write_income(v, &s, i, INCOME_BUSINESS, h->shed ? "牛羊养殖" : "自主经营", business,
                         business_stable, &n);
        if (!h->no_income && (percent(c, 14) || (!wages && !business)))
            write_income(v, &s, i, INCOME_PROPERTY, percent(c, 60) ? "土地流转" : "光伏分红",
                         between(c, 3, 30) * 100, true, &n);
        if (old)
            write_income(v, &s, i, INCOME_TRANSFER, "城乡居民养老金", between(c, 14, 40) * 100,
                         true, &n);
        else if (h->no_income || percent(c, 30))
            write_income(v, &s, i, INCOME_TRANSFER, "惠农补贴", between(c, 2, 15) * 100, true, &n);
    }
    sheet_close(&s, false);
}

/* The last month's round: nine households of ten were reached. */
static void write_visits(struct village *v, const char *folder)
{
    struct sheet s;
    struct chance *c = &v->chance;
    int n = 0;
    char text[64];
    sheet_open(&s, folder, "visit",
               "id,household_id,kind,at,officer_id,present,wellbeing,next_due,note");
    for (int i = 0; i < v->household_count; i++) {
        const struct household *h = &v->households[i];
        if (!percent(c, 90))
            continue;
        int day = between(c, 1, 28);
        cell_id(&s, v, KIND_VISIT, n++);
        cell_id(&s, v, KIND_HOUSEHOLD, i);
        cell_text(&s, v->people[h->first].age >= 70 && percent(c, 50) ? "5" : "1");
        snprintf(text, sizeof text, "%d-12-%02dT%02d:%02d", AS_OF_YEAR, day, between(c, 8, 17),
                 below(c, 12) * 5);
        cell_text(&s, text);
        cell_id(&s, v, KIND_OFFICER, h->grid);
        cell_int(&s, percent(c, 93));
        cell_int(&s, h->no_income ? 2 : between(c, 3, 5));
        cell_date(&s, as_of() + day);
        cell_text(&s, percent(c, 40) ? PICK(c, visit_notes) : "");
    }
    sheet_close(&s, false);
}

/* ---- the roster as a village has it ---- */

struct label {
    const char *code, *zh;
};
static const struct label labels_edu[] = {
    {EDU_NONE, "文盲或半文盲"},    {EDU_PRIMARY, "小学毕业"},        {EDU_JUNIOR, "初中毕业"},
    {EDU_SENIOR, "普通高中毕业"},  {EDU_VOCATIONAL, "中等专科毕业"}, {EDU_COLLEGE, "大学专科毕业"},
    {EDU_BACHELOR, "大学本科毕业"}};
static const struct label labels_ethnic[] = {{"01", "汉族"},   {"03", "回族"},   {"26", "东乡族"},
                                             {"47", "保安族"}, {"35", "撒拉族"}, {"11", "满族"}};
static const struct label labels_relation[] = {
    {"02", "户主"}, {"11", "夫"},   {"12", "妻"},   {"21", "独生子"}, {"22", "长子"},
    {"23", "次子"}, {"24", "三子"}, {"25", "四子"}, {"26", "五子"},   {"31", "独生女"},
    {"32", "长女"}, {"33", "次女"}, {"34", "三女"}, {"35", "四女"},   {"36", "五女"},
    {"38", "儿媳"}, {"41", "孙子"}, {"42", "孙女"}, {"51", "父亲"},   {"52", "母亲"}};
static const struct label labels_marital[] = {{MARITAL_SINGLE, "未婚"},
                                              {MARITAL_MARRIED, "已婚"},
                                              {MARITAL_WIDOWED, "丧偶"},
                                              {MARITAL_DIVORCED, "离婚"}};
static const struct label labels_political[] = {
    {POLITICAL_PARTY, "中共党员"}, {POLITICAL_LEAGUE, "共青团员"}, {POLITICAL_MASSES, "群众"}};
#define LABEL(list, code) label((list), COUNT(list), (code))

static const char *label(const struct label *list, size_t n, const char *code)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(list[i].code, code) == 0)
            return list[i].zh;
    return "";
}

static void write_cn(struct village *v, const char *folder)
{
    struct sheet s;
    sheet_open(
        &s, folder, "roster_cn",
        "户编号,与户主关系,姓名,性别,民族,身份证件号码,出生日期,文化程度,婚姻状况,政治面貌,电话");
    for (int i = 0; i < v->people_count; i++) {
        const struct person *p = &v->people[i];
        char code[19];
        household_code(v, p->household, code);
        cell_text(&s, code);
        cell_text(&s, LABEL(labels_relation, p->relation));
        cell_text(&s, p->name);
        cell_text(&s, p->male ? "男" : "女");
        cell_text(&s, LABEL(labels_ethnic, p->ethnic));
        cell_text(&s, p->id_no);
        cell_date(&s, p->birth);
        cell_text(&s, LABEL(labels_edu, p->edu));
        cell_text(&s, LABEL(labels_marital, p->marital));
        cell_text(&s, LABEL(labels_political, p->political));
        cell_text(&s, p->phone);
    }
    sheet_close(&s, true);
}

/* ---- villages, and walks over their townships and counties ---- */

struct options {
    const char *division, *out, *divisions;
    uint64_t seed;
    int people;
    bool cn;
};

static void make_folder(const char *path)
{
    if (mkdir(path, 0755) && errno != EEXIST)
        fail(strerror(errno), path);
}

static bool begins(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

/* The mean of the place, or somewhat more or less: neighbours in the list are taken in pairs, one
 * as much above as the other is below, so that a county comes out near its census. */
static void set_goals(struct village *v, int people)
{
    const struct census_mean *mean = &census_means[0];
    for (size_t i = 0; i < COUNT(census_means); i++)
        if (begins(v->code, census_means[i].prefix))
            mean = &census_means[i];
    v->goals = (struct goals){.people = people,
                              .household_100 = mean->household_100,
                              .surplus = -1,
                              .sheds = -1,
                              .herders = -1,
                              .no_income = -1,
                              .no_stable = -1};
    if (people)
        return;
    if (v->division == SANJIAJI) {
        v->goals = (struct goals){.labourers = 3835,
                                  .household_100 = 375,
                                  .surplus = 2161,
                                  .sheds = 202,
                                  .herders = 512,
                                  .no_income = 8,
                                  .no_stable = 23};
        return;
    }
    int spread = (int)(mix(mix(v->seed) ^ (v->division + 1) / 2) % 700);
    v->goals.people = mean->people * (1000 + (v->division & 1 ? spread : -spread)) / 1000;
}

static void write_village(struct village *v, const struct options *o, const char *folder,
                          int people)
{
    for (size_t i = 0; i < COUNT(ethnic_mixes); i++)
        if (begins(v->code, ethnic_mixes[i].prefix))
            v->mix = &ethnic_mixes[i];
    v->seed = o->seed;
    v->chance.state = mix(mix(o->seed) ^ v->division);
    v->taken = calloc(SLOT_LEVELS, sizeof *v->taken);
    if (!v->taken)
        fail("out of memory", NULL);
    set_goals(v, people);
    settle(v);
    find_work(v);
    make_folder(folder);
    if (o->cn) {
        write_cn(v, folder);
    } else {
        write_grids(v, folder);
        write_households(v, folder);
        write_people(v, folder);
        write_labour(v, folder);
        write_spells(v, folder);
        write_incomes(v, folder);
        write_visits(v, folder);
    }
    printf("%s %s: %d people, %d households, %d labourers\n", v->code, v->name, v->people_count,
           v->household_count, v->labourers);
    free(v->people);
    free(v->households);
    free(v->spells);
    free(v->taken);
}

struct place { /* a row of the division file */
    char code[13], name[64];
    bool village;
    int lane;
};

/* Splits at commas in place; names in the division file hold neither commas nor quotes. */
static int split(char *line, char *cells[], int n)
{
    int count = 0;
    line[strcspn(line, "\r\n")] = 0;
    for (char *next = line; next && count < n;) {
        cells[count++] = next;
        next = strchr(next, ',');
        if (next)
            *next++ = 0;
    }
    return count;
}

static struct place *read_divisions(const char *path, int *count)
{
    struct place *places = NULL;
    int capacity = 0, lane = 0;
    char line[512], *cells[6], county[7] = "";
    FILE *f = fopen(path, "r");
    *count = 0;
    if (!f)
        fail(strerror(errno), path);
    while (fgets(line, sizeof line, f)) {
        if (split(line, cells, 6) < 5 || !isdigit((unsigned char)cells[0][0]))
            continue;
        places = grow(places, *count, &capacity, sizeof *places);
        struct place *p = &places[(*count)++];
        memset(p, 0, sizeof *p);
        snprintf(p->code, sizeof p->code, "%.12s", cells[1]);
        snprintf(p->name, sizeof p->name, "%.63s", cells[2]);
        p->village = strcmp(cells[3], "village") == 0;
        if (!p->village)
            continue;
        if (strncmp(county, p->code, 6) != 0) {
            snprintf(county, sizeof county, "%.6s", p->code);
            lane = 0;
        }
        p->lane = lane++ % 499 + 1;
    }
    fclose(f);
    return places;
}

/* "三甲集社区居民委员会" is 三甲集社区 in an address, "水家村委会" is 水家村. */
static void short_name(const char *name, char out[static 64])
{
    static const char *const endings[][2] = {{"社区居民委员会", "社区"},
                                             {"居民委员会", "社区"},
                                             {"社区居委会", "社区"},
                                             {"居委会", "社区"},
                                             {"村村民委员会", "村"},
                                             {"村民委员会", "村"},
                                             {"村委会", "村"}};
    size_t n = strlen(name);
    for (size_t i = 0; i < COUNT(endings); i++) {
        size_t e = strlen(endings[i][0]);
        if (n > e && strcmp(name + n - e, endings[i][0]) == 0) {
            snprintf(out, 64, "%.*s%s", (int)(n - e), name, endings[i][1]);
            return;
        }
    }
    snprintf(out, 64, "%s", name);
}

static void begin_village(struct village *v, const char *code, const struct place *places,
                          int count)
{
    memset(v, 0, sizeof *v);
    snprintf(v->code, sizeof v->code, "%s", code);
    v->division = strtoull(code, NULL, 10);
    v->lane = (int)(mix(v->division) % 499) + 1;
    if (v->division == SANJIAJI)
        snprintf(v->name, sizeof v->name, "三甲集社区");
    for (int i = 0; i < count; i++) {
        if (strncmp(places[i].code, code, 9) == 0 && strcmp(places[i].code + 9, "000") == 0)
            snprintf(v->township, sizeof v->township, "%s", places[i].name);
        if (places[i].village && strcmp(places[i].code, code) == 0) {
            v->lane = places[i].lane;
            short_name(places[i].name, v->name);
        }
    }
}

/* How many of the twelve digits say something: 622924000000 has 6. */
static int meaningful_digits(const char *code)
{
    static const int lengths[] = {2, 4, 6, 9};
    for (size_t i = 0; i < COUNT(lengths); i++)
        if (strspn(code + lengths[i], "0") == strlen(code) - (size_t)lengths[i])
            return lengths[i];
    return 12;
}

static void walk(const struct options *o, const struct place *places, int count, int digits)
{
    int villages = 0, done = 0;
    for (int i = 0; i < count; i++)
        villages += places[i].village && strncmp(places[i].code, o->division, (size_t)digits) == 0;
    if (!villages)
        fail("no village of this division in the division file", o->division);
    make_folder(o->out);
    for (int i = 0; i < count; i++) {
        struct village v;
        char folder[4096];
        int people = 0;
        if (!places[i].village || strncmp(places[i].code, o->division, (size_t)digits) != 0)
            continue;
        if (o->people) { /* equal shares, exact in sum */
            people = (int)((int64_t)o->people * (done + 1) / villages -
                           (int64_t)o->people * done / villages);
            if (!people)
                people = 1;
        }
        done++;
        begin_village(&v, places[i].code, places, count);
        snprintf(folder, sizeof folder, "%s/%s", o->out, v.code);
        write_village(&v, o, folder, people);
    }
}

static const char usage[] =
    "Writes the CSV files of a made-up roster, the same for the same arguments.\n"
    "\n"
    "  roster --division CODE --out FOLDER [--seed N] [--people N] [--divisions FILE]\n"
    "         [--format utf8|gb18030-cn]\n"
    "\n"
    "  --division   12 digits (or 6, 9): a village; with --divisions also a township or county,\n"
    "               one sub-folder for each village\n"
    "  --divisions  code,code12,name,level,kind,parent_code as in "
    "tests/data/divisions_guanghe.csv;\n"
    "               names for addresses, and ID numbers that no two villages of a county share\n"
    "  --people     how many in all; without it the census mean, for 622924101001 the published "
    "figures\n"
    "  --format     utf8: a file for each record type; gb18030-cn: roster_cn.csv, Chinese "
    "headings\n";

static void read_options(int argc, char **argv, struct options *o)
{
    static char code[13];
    *o = (struct options){.seed = 1};
    for (int i = 1; i < argc; i++) {
        const char *name = argv[i], *value = i + 1 < argc ? argv[i + 1] : NULL;
        if (strcmp(name, "--help") == 0) {
            fputs(usage, stdout);
            exit(0);
        }
        if (!value)
            fail("needs a value, or is unknown (see --help)", name);
        i++;
        if (strcmp(name, "--division") == 0)
            o->division = value;
        else if (strcmp(name, "--out") == 0)
            o->out = value;
        else if (strcmp(name, "--divisions") == 0)
            o->divisions = value;
        else if (strcmp(name, "--seed") == 0)
            o->seed = strtoull(value, NULL, 10);
        else if (strcmp(name, "--people") == 0)
            o->people = atoi(value);
        else if (strcmp(name, "--format") == 0 && strcmp(value, "gb18030-cn") == 0)
            o->cn = true;
        else if (strcmp(name, "--format") != 0 || strcmp(value, "utf8") != 0)
            fail("unknown option or value (see --help)", name);
    }
    if (!o->division || !o->out)
        fail("--division and --out are needed (see --help)", NULL);
    size_t n = strlen(o->division);
    if (n > 12 || n < 2 || strspn(o->division, "0123456789") != n)
        fail("a division has up to 12 digits", o->division);
    if (o->people < 0 || o->people > 10000000)
        fail("--people is from 1 to 10000000", NULL);
    memset(code, '0', 12);
    memcpy(code, o->division, n);
    o->division = code;
}

int main(int argc, char **argv)
{
    struct options o;
    struct place *places = NULL;
    int count = 0, digits;
    read_options(argc, argv, &o);
    if (o.divisions)
        places = read_divisions(o.divisions, &count);
    digits = meaningful_digits(o.division);
    if (digits == 12) {
        struct village v;
        begin_village(&v, o.division, places, count);
        write_village(&v, &o, o.out, o.people);
    } else if (!places) {
        fail("a township or county needs --divisions FILE", o.division);
    } else {
        walk(&o, places, count, digits);
    }
    free(places);
    return 0;
}
