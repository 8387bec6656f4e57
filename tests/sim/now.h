/* SPDX-License-Identifier: MulanPSL-2.0 */
/* now: what the running machine's clock shows, where its randomness comes from, and who hears of it
 * when it breaks. */
#ifndef TESTS_SIM_NOW_H
#define TESTS_SIM_NOW_H

#include "tests/sim/chance.h"

#include <stdbool.h>
#include <stdint.h>

#define NOW_START_MS INT64_C(1790000000000) /* autumn 2026 */
#define MINUTE_MS INT64_C(60000)
#define HOUR_MS (60 * MINUTE_MS)
#define DAY_MS (24 * HOUR_MS)

extern struct now {
    int64_t ms;            /* true time */
    int64_t offset_ms;     /* how wrong the running machine's clock is */
    struct chance *chance; /* NULL: founding */
    bool told;             /* diagnostics are printed */
    void (*broken)(const char *file, int line, const char *expression); /* never returns */
} now;

#endif
