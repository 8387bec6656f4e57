/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * time: the calendar (pure) and the clocks (not pure; forbidden in the pure folders, a test looks).
 *
 * Instants are milliseconds since 1970-01-01 UTC in an int64_t and may be wrong by years: nothing
 * but ties depends on them. Dates are proleptic Gregorian, 0001-01-01 … 9999-12-31.
 */
#ifndef SHARED_BASE_TIME_H
#define SHARED_BASE_TIME_H

#include "shared/base/slice.h"

#define TIME_TEXT_SIZE 32

/* Clocks. */
int64_t time_now_ms(void);       /* wall clock; $HUCE_CLOCK_OFFSET_MS is added (tests, demo) */
int64_t time_monotonic_ms(void); /* for measuring only */
int64_t time_monotonic_us(void);

/* Calendar: days since 1970-01-01. A number of days outside DATE_MIN … DATE_MAX, or a civil date
 * that is not date_valid, is a broken program (CHECK). */
#define DATE_MIN INT32_C(-719162)                  /* 0001-01-01 */
#define DATE_MAX INT32_C(2932896)                  /* 9999-12-31 */
bool date_parse(struct slice text, int32_t *days); /* strict YYYY-MM-DD, real dates only */
void date_format(int32_t days, char out[static 11]);
bool date_valid(int year, int month, int day);
int32_t date_from_civil(int year, int month, int day);
void date_to_civil(int32_t days, int *year, int *month, int *day);

/* Any instant; one outside the calendar is shown as its first or last moment. */
/* "2026-11-21 09:30:00" in China Standard Time (UTC+8), for people. */
void time_format_cst(int64_t ms, char out[static TIME_TEXT_SIZE]);
/* "2026-11-21T01:30:00.123Z", for machines. */
void time_format_utc(int64_t ms, char out[static TIME_TEXT_SIZE]);
/* From the text for machines to the one for people; other text stays as it is, cut to the room. */
void time_text_cst(const char *utc, char out[static TIME_TEXT_SIZE]);

#endif
