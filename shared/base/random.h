/* SPDX-License-Identifier: MulanPSL-2.0 */
/* random: bytes from the operating system. Not for the pure folders: they take bytes as arguments.
 */
#ifndef SHARED_BASE_RANDOM_H
#define SHARED_BASE_RANDOM_H

#include <stddef.h>

void random_bytes(void *out, size_t n); /* getrandom(2); cannot fail, the process ends if it does */

#endif
