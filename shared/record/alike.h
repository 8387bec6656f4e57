/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * alike: may two names be one, written twice? A hint for people, never a decision.
 *
 * What stands between the parts of a name (· • ・ . and spaces) does not count. Then the names are
 * the same, or they have the same length, three characters at least, and differ in one of them:
 * 马小兰 and 马晓兰, but not 马军 and 马强.
 */
#ifndef SHARED_RECORD_ALIKE_H
#define SHARED_RECORD_ALIKE_H

#include <stdbool.h>

#include "shared/base/slice.h"

bool alike_names(struct slice a, struct slice b);

#endif
