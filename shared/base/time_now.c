/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * time_now: the clocks, in a file of their own: a program that lives in a time of its own (the
 * simulator, tests/sim) defines these functions itself, and the linker takes those instead.
 */
#include "shared/base/check.h"
#include "shared/base/time.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define CLOCK_OFFSET_MAX_MS (DATE_MAX * INT64_C(86400000))

static int64_t clock_offset_ms;
static pthread_once_t clock_offset_once = PTHREAD_ONCE_INIT;

static void read_clock_offset(void)
{
    const char *text = getenv("HUCE_CLOCK_OFFSET_MS");
    if (!text || !*text)
        return;
    char *end;
    errno = 0;
    long long value = strtoll(text, &end, 10);
    if (errno == 0 && *end == 0 && llabs(value) <= CLOCK_OFFSET_MAX_MS)
        clock_offset_ms = value;
    else
        fprintf(stderr,
                "HUCE_CLOCK_OFFSET_MS has no effect, it is not a number of milliseconds: %s\n",
                text);
}

static int64_t read_clock_ns(clockid_t clock)
{
    struct timespec t;
    CHECK(clock_gettime(clock, &t) == 0);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

int64_t time_now_ms(void)
{
    pthread_once(&clock_offset_once, read_clock_offset);
    return read_clock_ns(CLOCK_REALTIME) / 1000000 + clock_offset_ms;
}

int64_t time_monotonic_ms(void)
{
    return read_clock_ns(CLOCK_MONOTONIC) / 1000000;
}

int64_t time_monotonic_us(void)
{
    return read_clock_ns(CLOCK_MONOTONIC) / 1000;
}
