/* SPDX-License-Identifier: MulanPSL-2.0 */
/* assert_ok: a call that must succeed in a cmocka test; its error's text is shown when it does not.
 * Inside the expression that error is `err`. Include cmocka.h before. */
#ifndef TESTS_HARNESS_ASSERT_OK_H
#define TESTS_HARNESS_ASSERT_OK_H

#include "shared/base/status.h"

#define assert_ok(expression)                          \
    do {                                               \
        struct error err = {0};                        \
        if ((expression) != ST_OK)                     \
            fail_msg("%s: %s", #expression, err.text); \
    } while (0)

#endif
