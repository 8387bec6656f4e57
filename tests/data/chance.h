/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * Chance that repeats itself (splitmix64 from one seed), and the days of the calendar.
 *
 * C leaves open which argument of a call is worked out first, so no call and no sum may draw twice:
 * else two compilers would write two villages.
 */
#ifndef TESTS_DATA_CHANCE_H
#define TESTS_DATA_CHANCE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* The day on which every roster is true. */
#define AS_OF_YEAR 2025
#define AS_OF_MS 1767139200000 /* 2025-12-31T00:00:00Z */
#define NEVER INT32_MIN        /* no date */

static _Noreturn void fail(const char *what, const char *which)
{
    fprintf(stderr, "roster: %s%s%s\n", what, which ? ": " : "", which ? which : "");
    exit(1);
}

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

/* Days since 1970-01-01. */
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

#endif
