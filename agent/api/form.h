/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * form: what a page sends, as words that core understands. Pure but for the JSON library.
 *
 *   "text"   as typed: "2026年1月5日", a code or its label, "1234.50"      null   the field is
 * emptied 12       for int and bool; true and false for bool
 *   ["a"]    a set: exactly these
 *   {"add":["a"],"remove":["b"]}   a set: relative to what stands     {"add":5}   a counter
 *
 * Fractions are refused: money and decimals are sent as text, so that 0.1 stays 0.1. So is a bare
 * number for a counter, which could be meant as the sum or as the difference.
 */
#ifndef AGENT_API_FORM_H
#define AGENT_API_FORM_H

#include <jansson.h>

#include "agent/core/act.h"

/* One value. The text lives in the arena or in the JSON. */
MUST_USE enum status form_text(const struct catalog_field *field, const json_t *value,
                               struct arena *arena, struct slice *out, struct error *err);
/* {"name": value, …}: at most OP_FIELDS_MAX. After an error *bad is the field it is about, or NULL.
 */
MUST_USE enum status form_fields(const struct catalog_table *table, const json_t *fields,
                                 struct arena *arena, struct act_field *out, size_t *count,
                                 const struct catalog_field **bad, struct error *err);
/* Has the object no other members than those named ("fields note")? */
MUST_USE enum status form_members(const json_t *object, const char *known, struct error *err);

#endif
