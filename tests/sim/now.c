/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * now: clock, randomness, last words and diagnostics of whichever simulated machine is running. The
 * linker takes these instead of those in shared/base, so the programs need no hooks.
 */
#include "tests/sim/now.h"

#include "shared/base/check.h"
#include "shared/base/diag.h"
#include "shared/base/random.h"
#include "shared/base/time.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct now now = {.ms = NOW_START_MS};

int64_t time_now_ms(void)
{
    return now.ms + now.offset_ms;
}

int64_t time_monotonic_ms(void)
{
    return now.ms;
}

int64_t time_monotonic_us(void)
{
    return now.ms * 1000;
}

void random_bytes(void *out, size_t n)
{
    static struct chance founding = {1};
    struct chance *chance = now.chance ? now.chance : &founding;
    for (uint8_t *p = out; n > 0;) {
        uint64_t word = chance_next(chance);
        size_t take = n < sizeof(word) ? n : sizeof(word);
        memcpy(p, &word, take);
        p += take;
        n -= take;
    }
}

_Noreturn void check_failed(const char *file, int line, const char *expression)
{
    if (now.broken)
        now.broken(file, line, expression);
    fprintf(stderr, "%s:%d: CHECK failed: %s\n", file, line, expression);
    abort();
}

void diag_set_level(enum diag_level level)
{
    (void)level;
}

void diag_write(enum diag_level level, const char *area, const char *format, ...)
{
    static const char *const words[] = {"error", "warn", "info", "debug"};
    va_list args;
    if (!now.told)
        return;
    printf("        %s %s: ", words[level], area);
    va_start(args, format);
    vprintf(format, args);
    va_end(args);
    printf("\n");
}
