/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * initials: a name as the first letters of its reading, so that "mjg" finds 马建国. Pure.
 *
 * A character that is read otherwise as a family name (曾 Z, not C) counts as either when it stands
 * first. Latin letters stand for themselves; signs between names (·) are passed over.
 */
#ifndef AGENT_CORE_INITIALS_H
#define AGENT_CORE_INITIALS_H

#include <stdbool.h>

#include "shared/base/slice.h"

/* Do the name's initials begin with these letters (either case)? */
bool initials_begin(struct slice name, struct slice letters);

#endif
