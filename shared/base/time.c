/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * time: the proleptic Gregorian calendar. The clocks are in time_now.c.
 *
 * The calendar counts days in whole cycles: a year that starts in March has its leap day last, so
 * that month lengths from March on repeat (31 30 31 30 31) and days before a month are a linear
 * formula, (153 m + 2) / 5.
 */
#include "shared/base/time.h"

#include "shared/base/check.h"

#include <stdio.h>

#define MS_PER_DAY INT64_C(86400000)
#define CST_OFFSET_MS INT64_C(28800000)
#define DAYS_PER_400_YEARS 146097
/* Days from 0000-03-01, where the cycles start, to 1970-01-01. */
#define EPOCH_FROM_CYCLE 719468

static bool is_leap_year(int year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

bool date_valid(int year, int month, int day)
{
    static const int days_in_month[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (year < 1 || year > 9999 || month < 1 || month > 12 || day < 1)
        return false;
    return day <= days_in_month[month - 1] + (month == 2 && is_leap_year(year));
}

int32_t date_from_civil(int year, int month, int day)
{
    CHECK(date_valid(year, month, day));
    int march_year = month > 2 ? year : year - 1;
    int march_month = (month + 9) % 12; /* March is 0 */
    int before_year = march_year * 365 + march_year / 4 - march_year / 100 + march_year / 400;
    int before_month = (153 * march_month + 2) / 5;
    return before_year + before_month + day - 1 - EPOCH_FROM_CYCLE;
}

void date_to_civil(int32_t days, int *year, int *month, int *day)
{
    CHECK(days >= DATE_MIN && days <= DATE_MAX);
    int n = days + EPOCH_FROM_CYCLE; /* never negative: DATE_MIN is 306 */
    int cycle = n / DAYS_PER_400_YEARS;
    n %= DAYS_PER_400_YEARS;
    /* Centuries have 36524 days and fours of years 1461, but for the last one of each cycle, which
     * is a day longer or shorter: the minimum keeps that day in its own century and year. */
    int century = n / 36524 < 3 ? n / 36524 : 3;
    n -= century * 36524;
    int four = n / 1461;
    n -= four * 1461;
    int single = n / 365 < 3 ? n / 365 : 3;
    n -= single * 365;
    int march_month = (5 * n + 2) / 153;
    *day = n - (153 * march_month + 2) / 5 + 1;
    *month = march_month < 10 ? march_month + 3 : march_month - 9;
    *year = cycle * 400 + century * 100 + four * 4 + single + (*month <= 2);
}

static int read_digits(const uint8_t *p, int n)
{
    int value = 0;
    for (int i = 0; i < n; i++) {
        if (p[i] < '0' || p[i] > '9')
            return -1;
        value = value * 10 + (p[i] - '0');
    }
    return value;
}

bool date_parse(struct slice text, int32_t *days)
{
    if (text.n != 10 || text.p[4] != '-' || text.p[7] != '-')
        return false;
    int year = read_digits(text.p, 4);
    int month = read_digits(text.p + 5, 2);
    int day = read_digits(text.p + 8, 2);
    if (!date_valid(year, month, day))
        return false;
    *days = date_from_civil(year, month, day);
    return true;
}

static void put_digits(char *out, int value, int n)
{
    for (int i = n - 1; i >= 0; i--, value /= 10)
        out[i] = (char)('0' + value % 10);
}

void date_format(int32_t days, char out[static 11])
{
    int year, month, day;
    date_to_civil(days, &year, &month, &day);
    put_digits(out, year, 4);
    out[4] = '-';
    put_digits(out + 5, month, 2);
    out[7] = '-';
    put_digits(out + 8, day, 2);
    out[10] = 0;
}

/* "YYYY-MM-DD?HH:MM:SS" of an instant (clamped to the calendar); returns its milliseconds. */
static int format_instant(int64_t ms, char separator, char out[static 20])
{
    const int64_t first = DATE_MIN * MS_PER_DAY;
    const int64_t last = (DATE_MAX + 1) * MS_PER_DAY - 1;
    ms = ms < first ? first : ms > last ? last : ms;
    int64_t days = ms / MS_PER_DAY;
    int rest = (int)(ms % MS_PER_DAY);
    if (rest < 0) {
        days--;
        rest += (int)MS_PER_DAY;
    }
    date_format((int32_t)days, out);
    out[10] = separator;
    put_digits(out + 11, rest / 3600000, 2);
    out[13] = ':';
    put_digits(out + 14, rest / 60000 % 60, 2);
    out[16] = ':';
    put_digits(out + 17, rest / 1000 % 60, 2);
    out[19] = 0;
    return rest % 1000;
}

void time_format_cst(int64_t ms, char out[static TIME_TEXT_SIZE])
{
    format_instant(ms > INT64_MAX - CST_OFFSET_MS ? ms : ms + CST_OFFSET_MS, ' ', out);
}

void time_format_utc(int64_t ms, char out[static TIME_TEXT_SIZE])
{
    int rest = format_instant(ms, 'T', out);
    out[19] = '.';
    put_digits(out + 20, rest, 3);
    out[23] = 'Z';
    out[24] = 0;
}

void time_text_cst(const char *utc, char out[static TIME_TEXT_SIZE])
{
    int32_t days;
    int hour, minute, second;
    if (!date_parse(slice_of(utc, strnlen(utc, 10)), &days) ||
        sscanf(utc + 10, "T%2d:%2d:%2d", &hour, &minute, &second) != 3) {
        snprintf(out, TIME_TEXT_SIZE, "%s", utc);
        return;
    }
    time_format_cst(((days * INT64_C(24) + hour) * 60 + minute) * 60000 + second * INT64_C(1000),
                    out);
}
