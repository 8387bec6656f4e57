/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * mask: what of a person's data is shown to whom. Pure; the one place that hides anything.
 *
 *            inside (on a screen)      posted (printed, in a file, on a wall)
 *   name     马小兰 -> 马**                 the same: the first character, at most three stars
 *   id       990000198001010012 -> 990000********0012    9***************12
 *   phone    15412345678 -> 154****5678                  the same
 *   birth    1980-01-01 -> 1980-**-**                    ****-**-**
 *   hide     ***                                         ***
 *
 * Inside an id number tells the county that a person came from and the last four digits; posted, it
 * tells neither region nor birth. Whatever is too short to be masked in this way becomes stars as a
 * whole. Text is UTF-8.
 *
 * Which field is masked how, and which roles see it whole on their screens, is data: a rule of kind
 * "mask" in the catalog, with the words: field, kind, and writers' words (catalog.h) of those who
 * see it, as "id_no id V,T,C:ga". Without the third everybody does who holds the record. A field of
 * sensitivity 3 or more without a rule is hidden where it is posted. Older programs pass over it.
 */
#ifndef SHARED_RECORD_MASK_H
#define SHARED_RECORD_MASK_H

#include "shared/base/buf.h"
#include "shared/record/catalog.h"

#define MASK_RULE "mask"
#define MASK_SENSITIVE 3 /* sensitive personal data, from here on */

enum mask { MASK_NONE, MASK_NAME, MASK_ID, MASK_PHONE, MASK_BIRTH, MASK_HIDE };
enum mask_purpose { MASK_INSIDE, MASK_POSTED };

/* "name", "id", "phone", "birth", "hide"; false: no such word. */
bool mask_parse(struct slice word, enum mask *out);
/* Appends the text with its secret parts as stars. */
void mask_put(enum mask mask, enum mask_purpose purpose, struct slice text, struct buf *out);
/* Appends text of no known field, in which everything that looks like an id number or a telephone
 * number is masked. */
void mask_put_alike(enum mask_purpose purpose, struct slice text, struct buf *out);

struct mask_rule {
    enum mask mask;
    const char *who; /* "": everybody */
};
/* What the catalog says of this field; MASK_NONE: nothing. */
void mask_rule_of(const struct catalog_table *table, const struct catalog_field *field,
                  struct mask_rule *out);
/* Does this role ("village", "dept:ga" …; NULL: nobody is known) see it whole on a screen? */
bool mask_shows(const struct mask_rule *rule, const char *role);

#endif
