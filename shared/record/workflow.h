/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * workflow: what rules of the catalog say about the steps of a record. Which steps there are at all
 * stands with the field (policy `state`); these rules say who may take one and when:
 *
 *   step F FROM TO WHO [by G] [not_by G] [needs G…] [when CONDITION]
 *     FROM, TO   states, several with |; "-" is "nothing yet", "*" any
 *     WHO        writers as in a field (V,T,C:rs), "*" whoever may write F
 *     by G       G holds the person who takes the step      not_by G   it holds another, or none
 *     needs G    G is filled in                             when       a condition (expr.h)
 *
 * Conditions of steps know two names besides the fields: `now` and `today`, the effective time of
 * the change in China.
 *
 * A step that a rule matches must satisfy it, and every other rule that matches too. The fold asks
 * the same of the record as it stands when the step comes to its place, with what the same change
 * has put; a step that is not allowed does not count and is reported, like one that is not
 * declared. What stands in conflict is as good as empty; what was erased forbids nothing.
 *
 * What a desk does by itself when somebody saves; the fold asks for none of it:
 *
 *   due F G CONDITION DURATION …     F, left empty, becomes G plus the first duration whose
 *                                    condition (one word, or *) holds: 30m 4h 10d 1wd
 *   stamp F STATE G                  a step of F to STATE fills G: with the time, or who took it
 *   opens T TRIGGER FIELD=VALUE …    a record of type T comes with the same change; TRIGGER is
 *                                    "new" or FIELD=STATE; VALUE: @field, +7d, +3wd, or as it is
 *
 * wd is a working day: not on a weekend or in list `holiday`, or in list `workday`. n working days
 * after a moment end at 18:00 of the n-th working day after its day.
 */
#ifndef SHARED_RECORD_WORKFLOW_H
#define SHARED_RECORD_WORKFLOW_H

#include "shared/record/catalog.h"
#include "shared/record/expr.h"

#define WORKFLOW_NEEDS_MAX 8
#define WORKFLOW_PERSON_DIGITS 32 /* a person as text, in fields with the check `author` */

bool workflow_kind_known(struct slice kind);
/* Reads the rules of a table once; called by catalog_apply. Memory from the catalog's arena. */
void workflow_compile(const struct catalog *cat, struct catalog_table *table, struct arena *arena);
/* Is this rule of these kinds, and can it be applied? */
bool workflow_applies(const struct catalog_table *table, const struct catalog_rule *rule);

/* Whoever takes a step, and the record as it is then. value: of a field of this table; NULL kind:
 * empty or in conflict. A set counts its elements as an integer. */
struct workflow_facts {
    struct value (*value)(void *arg, const struct catalog_field *field);
    void *arg;
    const uint8_t *person; /* 16 bytes of the grant; NULL: nobody */
    int role_bit;
    int64_t now_ms; /* 0: no time is known */
};

/* The rule that forbids this step; NULL: none does. `from` may be null or erased. */
const struct catalog_rule *workflow_forbids(const struct catalog_table *table,
                                            const struct catalog_field *field,
                                            const struct value *from, const struct value *to,
                                            const struct workflow_facts *facts);

/* Is this person (16 bytes; NULL: nobody) written there? */
bool workflow_is_person(const struct value *value, const uint8_t *person);

/* Does a rule `check` hold? true also when what it asks for was erased. */
bool workflow_check_holds(const struct expr *expr, const struct catalog_table *table,
                          const struct workflow_facts *facts);
/* A field as an operand: money in yuan, sets as their number. */
struct expr_value workflow_operand(const struct catalog_field *field, const struct value *value);
/* Compiles a condition over the fields of a table; names are field numbers. */
const struct expr *workflow_condition(const struct catalog_table *table, struct slice text,
                                      struct arena *arena, struct error *err);

/* When is this field due? false: no rule, or what it counts from is empty. out: 17 bytes, text of
 * a date or time field. */
bool workflow_due(const struct catalog *cat, const struct catalog_table *table,
                  const struct catalog_field *field, const struct workflow_facts *facts,
                  char out[static 17]);

/* The field that this step fills, index 0, 1 …; NULL: no more. */
const struct catalog_field *workflow_stamp(const struct catalog_table *table,
                                           const struct catalog_field *field,
                                           const struct value *to, size_t index);

struct workflow_opening {
    const struct catalog_rule *rule;
    const char *type; /* table of the new record */
    size_t count;
    const char *const *words; /* FIELD=VALUE */
};
/* The index-th record that a change opens which makes the record, or (field not NULL) takes this
 * step. */
bool workflow_opens(const struct catalog_table *table, const struct catalog_field *field,
                    const struct value *to, size_t index, struct workflow_opening *out);

/* Day and time after a duration ("4h", "1wd", "10d", "30m"); minute within the day. false: no
 * duration, or behind the end of the calendar. */
bool workflow_add(const struct catalog *cat, struct slice duration, int32_t *day, int *minute);
bool workflow_is_workday(const struct catalog *cat, int32_t day);

#endif
