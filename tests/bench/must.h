/* SPDX-License-Identifier: MulanPSL-2.0 */
/* must: a call whose failure ends the measurement; inside it its error is `err`. */
#ifndef TESTS_BENCH_MUST_H
#define TESTS_BENCH_MUST_H

#include "shared/base/check.h"
#include "shared/base/status.h"

#define MUST(call)                                   \
    do {                                             \
        struct error err = {0};                      \
        if ((call) != ST_OK)                         \
            check_failed(err.text, __LINE__, #call); \
    } while (0)

#endif
