/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * diag: one write(2) per line, so that lines of several threads and processes never mix. Control
 * characters become spaces: whatever text reaches a message, it cannot forge a second line.
 */
#include "shared/base/diag.h"

#include "shared/base/time.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LINE_MAX_BYTES 2048

static const char *const level_names[] = {"error", "warn", "info", "debug"};
static atomic_int current_level = DIAG_WARN;
static pthread_once_t level_once = PTHREAD_ONCE_INIT;

static void read_level(void)
{
    const char *name = getenv("HUCE_DIAG");
    for (int i = DIAG_ERROR; name && i <= DIAG_DEBUG; i++)
        if (strcmp(name, level_names[i]) == 0)
            atomic_store(&current_level, i);
}

void diag_set_level(enum diag_level level)
{
    /* First the environment, so that it is not read later and wins over the caller. */
    pthread_once(&level_once, read_level);
    atomic_store(&current_level, (int)level);
}

void diag_write(enum diag_level level, const char *area, const char *format, ...)
{
    pthread_once(&level_once, read_level);
    if ((int)level > atomic_load(&current_level))
        return;

    char line[LINE_MAX_BYTES];
    char when[TIME_TEXT_SIZE];
    time_format_utc(time_now_ms(), when);
    int head = snprintf(line, sizeof(line) - 1, "%s %s %s: ", when, level_names[level], area);
    if (head < 0 || (size_t)head >= sizeof(line) - 1)
        return;
    size_t room = sizeof(line) - 1 - (size_t)head;
    va_list args;
    va_start(args, format);
    int body = vsnprintf(line + head, room, format, args);
    va_end(args);
    if (body < 0)
        return;
    size_t n = (size_t)head + ((size_t)body < room ? (size_t)body : room - 1);
    for (size_t i = (size_t)head; i < n; i++)
        if ((unsigned char)line[i] < 0x20 || line[i] == 0x7F)
            line[i] = ' ';
    line[n++] = '\n';
    if (write(STDERR_FILENO, line, n) < 0)
        return; /* nowhere left to say it */
}
