/* SPDX-License-Identifier: MulanPSL-2.0 */
/* check: the last words of a broken program, then abort so that a core shows where it stood. */
#include "shared/base/check.h"

#include <stdio.h>
#include <stdlib.h>

_Noreturn void check_failed(const char *file, int line, const char *expression)
{
    fprintf(stderr, "%s:%d: CHECK failed: %s\n", file, line, expression);
    abort();
}
