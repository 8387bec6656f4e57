/* SPDX-License-Identifier: MulanPSL-2.0 */
/* random: getrandom(2) in a loop, because a signal may cut a large request short. */
#include "shared/base/random.h"

#include "shared/base/check.h"

#include <errno.h>
#include <stdint.h>
#include <sys/random.h>

void random_bytes(void *out, size_t n)
{
    uint8_t *p = out;
    while (n > 0) {
        ssize_t got = getrandom(p, n, 0);
        CHECK(got > 0 || (got < 0 && errno == EINTR));
        if (got > 0) {
            p += got;
            n -= (size_t)got;
        }
    }
}
