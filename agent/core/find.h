/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * find: people and households by what somebody remembers of them. What can be found is the view
 * `findable` (migrations/derived); every word of the question must fit one of its columns:
 *
 *   马建国 马建        (part of) a name, of an address         mjg     the name's initials in
 * pinyin 0369               the end of an id number, a telephone number or a household's code
 *   154036             how a telephone number begins           1-201   part of an address
 *
 * Whole names come first, then beginnings, then ends of numbers, then addresses. All rows are read
 * for each question: 20,000 people take some milliseconds, and nothing has to be kept up to date.
 */
#ifndef AGENT_CORE_FIND_H
#define AGENT_CORE_FIND_H

#include <jansson.h>

#include "agent/core/sight.h"

#define FIND_WORDS_MAX 4
#define FIND_LIMIT_MAX 100

/* {"found":[{"record": as view_record, "home": {"id","address","household_code"}|null}],"titles",
 * "total"}; masked. ST_INVALID: no word. */
MUST_USE enum status find_run(struct desk *desk, const struct sight *sight, const char *text,
                              size_t limit, json_t **out, struct error *err);

#endif
