/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * titles: what the records are called to which a record refers, and people who did something, so
 * that a page shows "马建国" where a field holds 32 hex digits. Masked as the person's screen masks
 * the field that names them.
 */
#ifndef AGENT_CORE_TITLES_H
#define AGENT_CORE_TITLES_H

#include <jansson.h>

#include "agent/core/sight.h"

/* For every reference in the fields of a record, as view_record makes it: adds {id: title} to
 * `titles`, an object. What is not here gets none. */
void titles_add(struct desk *desk, const struct sight *sight, const struct catalog_table *table,
                const json_t *record, json_t *titles);

/* What people know a record by, masked as on a screen: of a household its head and its door. NULL:
 * no better name than its title; else the caller frees it with mem_free. */
char *titles_called(struct desk *desk, const struct sight *sight, const char *type,
                    const char *hex);

#endif
