/* SPDX-License-Identifier: MulanPSL-2.0 */
/* change_text: changes as people read them on a terminal; the same for huce history and huced
 * history. */
#ifndef SHARED_CLI_CHANGE_TEXT_H
#define SHARED_CLI_CHANGE_TEXT_H

#include <jansson.h>

#include "shared/record/catalog.h"

/* One change, as agent/core/history.h and search.h make it. */
void change_text_print(const struct catalog_table *table, const json_t *change);
/* What a search has found (search.h), each entry with its record, and how many. */
void change_text_print_found(const struct catalog *catalog, const json_t *entries);

#endif
