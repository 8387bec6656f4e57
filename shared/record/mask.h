/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * mask: what of a person's data stands on a printed or posted list. Pure.
 *
 *   name    马小兰 -> 马**          the first character, a star for each other (at most three)
 *   id      990000198001010012 -> 9***************12      birth and region hidden
 *   phone   15412345678 -> 154****5678
 *
 * Whatever is too short to be masked in this way becomes stars as a whole. Text is UTF-8.
 */
#ifndef SHARED_RECORD_MASK_H
#define SHARED_RECORD_MASK_H

#include "shared/base/buf.h"

enum mask { MASK_NONE, MASK_NAME, MASK_ID, MASK_PHONE };

/* "name", "id", "phone"; false: no such word. */
bool mask_parse(struct slice word, enum mask *out);
/* Appends the text with its secret parts as stars. */
void mask_put(enum mask mask, struct slice text, struct buf *out);

#endif
