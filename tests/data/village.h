/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * A village in memory: people and the households they live in, grown until the goals are met.
 *
 * A household that would overshoot a goal is undone and drawn again; since households of every size
 * and without labourers occur, every goal is met exactly.
 */
#ifndef TESTS_DATA_VILLAGE_H
#define TESTS_DATA_VILLAGE_H

#include <string.h>

#include "tests/data/chance.h"
#include "tests/data/names.h"

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
#define OFFICER_FULL_TIME "1"
#define OFFICER_PART_TIME "2"
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
#define STATE_STABLE "1"
#define STATE_UNSTABLE "2"
#define STATE_WILLING "6"
#define STATE_UNWILLING "7"
#define REASON_CHILDREN "2"
#define REASON_UNWILLING "9"
#define TAG_DISABLED "103"
#define TAG_ALONE "108"
#define TAG_PARTY "111"
#define TAG_GRADUATE "115"
#define CONTRACT_NONE 0
#define CONTRACT_ORAL 1
#define CONTRACT_SHORT 2
#define CONTRACT_LONG 3

/* The county's code list employment_mode. */
enum work_mode {
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
    bool organised, stable, licensed;
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

/* A business licence of division 990000, where there is none (GB 32100). */
static void credit_code(int number, char out[static 19])
{
    static const char alphabet[] = "0123456789ABCDEFGHJKLMNPQRTUWXY";
    int sum = 0, weight = 1;
    memcpy(out, "92990000", 8);
    put_digits(out + 8, 9, number);
    for (int i = 0; i < 17; i++, weight = weight * 3 % 31)
        sum += (out[i] - '0') * weight;
    out[17] = alphabet[(31 - sum % 31) % 31];
    out[18] = 0;
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
        age = between(c, 20, 58);
        add_person(v, percent(c, 80), age, "02", f.surname, f.ethnic, MARITAL_SINGLE);
    }
}

static void large_family(struct village *v, struct family f)
{
    static const int weights[] = {42, 30, 28};
    struct chance *c = &v->chance;
    int age, wife, son, children;
    switch (weighted(c, weights, (int)COUNT(weights))) {
    case 0: /* parents with several children */
        wife = add_couple(v, f, between(c, 28, 48));
        children = 2 + percent(c, 65);
        children += percent(c, 25);
        add_children(v, f, wife, children, false);
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

#endif
