/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * validate: what a value, and a put as a whole, must satisfy. Pure: no clock; dates "not in the
 * future" are judged against the day that the caller gives (the change's effective day in the
 * fold).
 *
 * The same code runs as people type (desk), at import, and in the fold, where a change that fails
 * is void. In the fold only the op's own fields are at hand, so cross-field rules are judged there
 * over the fields that the op carries; the desk judges them over the whole record.
 *
 * Checks (catalog field.check; several joined by ';'):
 *   id18            citizen id, GB 11643-1999 checksum, real date, age <= 125; also 81/82/83, 9…
 *   phone           ^1[3-9]\d{9}$
 *   division[:n]    12-digit division code, of at least level n
 *   credit          GB 32100-2015 unified social credit code
 *   range:a:b       number between a and b inclusive (decimals allowed)
 *   len:a:b         text length in code points
 *   name            Han letters, '·', Latin letters; no digits
 *   digits:n        exactly n ASCII digits
 *   past            date not after the given day
 *   token           32 hex digits             hex:n    exactly n lower-case hex digits
 *   attachment      names a photo or a scan (attachment.h)
 *   base64          its characters alone: what people can read is not written there by mistake
 *   author          the person who writes it (verdict.h): 32 hex digits, filled by the desk
 *
 * Words that this program does not know are passed over. A range of a money field is in yuan.
 *
 * Rules (catalog rule.kind with args):
 *   order a b       date a <= date b           requires a b     a set -> b set
 *   one_of a b      exactly one is set         not_both a b
 *   id_sex a b      sex b agrees with id a     id_birth a b     birth b equals the id's
 *   needs a v b     a = v -> b set             forbids a v b    a = v -> b empty
 *   differ a b …    set values are all different
 *   only a b v      a set -> b = v                 range a x y     x <= number a <= y, for warnings
 *   check CONDITION  it holds (expr.h); sets and sums are not asked
 * and those of structure.h, which judge no change, and of workflow.h, which judge its steps.
 * v may list several values: "4|5". A rule that names an unknown word or field is never applied.
 */
#ifndef SHARED_RECORD_VALIDATE_H
#define SHARED_RECORD_VALIDATE_H

#include "shared/record/catalog.h"

/* One value against type, list and checks. VALUE_NULL is always fine here (required is put-level).
 * err: a sentence naming the field by its Chinese label and what is expected. */
MUST_USE enum status validate_value(const struct catalog_field *field, const struct value *value,
                                    int32_t today, struct error *err);

/* Can the field hold a value of this kind and, for a text, this length at all (the first thing that
 * validate_value asks)? */
bool validate_kind_ok(const struct catalog_field *field, const struct value *value);

/* Cross-field rules over these fields (ascending). complete: the fields are the whole record, so
 * `required` and rules about absent fields apply; else a rule applies only when all its fields are
 * among them. Warnings (rule.warn) go to `warn` when not NULL, never fail. */
typedef void validate_warn(void *arg, const struct catalog_rule *rule);
MUST_USE enum status validate_record(const struct catalog_table *table,
                                     const struct op_field *fields, size_t count, bool complete,
                                     validate_warn *warn, void *arg, struct error *err);

/* Text as people type it (CLI, CSV) to a value of the field's type: trims, accepts code labels,
 * full-width digits, 2026/1/5 and 2026年1月5日 dates, 是/否, yuan with two decimals, "" = null.
 * Set types are not parsed here. The value points into arena. */
MUST_USE enum status value_parse(const struct catalog_field *field, struct slice text,
                                 struct arena *arena, struct value *out, struct error *err);
/* For people: code labels stay codes (raw = true) or become Chinese labels. 0-terminated in arena.
 */
const char *value_format(const struct catalog_field *field, const struct value *value, bool raw,
                         struct arena *arena);
/* Applies field->derive to fill an empty field from the others; false: nothing to fill. */
bool value_derive(const struct catalog_table *table, const struct catalog_field *field,
                  const struct op_field *fields, size_t count, struct arena *arena,
                  struct value *out);

/* Called by catalog_apply: checks and rules are read once, not per value. The plan of a field and
 * the code and fields of a rule; memory from the catalog's arena. */
void *validate_compile_field(const struct catalog_field *field, struct arena *arena);
void validate_compile_rule(const struct catalog_table *table, struct catalog_rule *rule,
                           struct arena *arena);

/* Do its values name attachments? */
bool validate_holds_attachment(const struct catalog_field *field);

/* Whether this program knows the word of a check ("range:0:9") or the kind of a rule. */
bool validate_check_known(struct slice check);
bool validate_rule_known(struct slice kind);

/* GB 11643 pieces, for the generator and masks. */
bool citizen_id_valid(struct slice id, int32_t today);
char citizen_id_check_digit(const char seventeen[static 17]);

#endif
