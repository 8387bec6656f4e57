/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * expr: conditions that a county writes down as data: when a step may be taken, what a record must
 * satisfy, for which households a measure is meant.
 *
 *   kind = 1 and present_n * 2 > eligible_n or delegates_n * 3 >= households_n * 2
 *
 *   or, and, not, has NAME            NAME is filled in
 *   =  !=  <  <=  >  >=               of numbers, or of texts, dates and times over their common
 *                                     length; behind = and != several: kind = 1|2|5
 *   + - * ( )                         of numbers; there is no division, hence no rounding. One date
 *                                     minus another is a number of days
 *   12, 0.5, "draft"                  literals; a number beside a text is taken for that text, so
 *                                     codes are written plainly
 *
 * Names are fields, or whatever the caller knows. What is empty makes a sum empty and a comparison
 * false, also !=. What was erased leaves open what is asked of it (TRUTH_OPEN). Numbers are exact
 * to nine decimals and compared as such: the same on every machine. Pure; compiled once.
 */
#ifndef SHARED_RECORD_EXPR_H
#define SHARED_RECORD_EXPR_H

#include "shared/base/mem.h"
#include "shared/base/slice.h"
#include "shared/base/status.h"

#define EXPR_NODES_MAX 128
#define EXPR_DEPTH_MAX 24
#define EXPR_SCALE INT64_C(1000000000)

struct expr;

enum truth { TRUTH_NO, TRUTH_YES, TRUTH_OPEN };

enum expr_kind { EXPR_NOTHING, EXPR_NUMBER, EXPR_TEXT, EXPR_ERASED };

struct expr_value {
    enum expr_kind kind;
    __int128 number; /* times EXPR_SCALE */
    struct slice text;
};

/* The caller's number of a name, below 2^31; negative: there is no such name. */
typedef int expr_resolve(void *arg, struct slice name);
typedef struct expr_value expr_lookup(void *arg, int name);

/* Memory from the arena. NULL and a sentence in err when the text is no condition. */
const struct expr *expr_compile(struct slice text, expr_resolve *resolve, void *arg,
                                struct arena *arena, struct error *err);
enum truth expr_holds(const struct expr *expr, expr_lookup *lookup, void *arg);

/* The names it asks for, each once; returns how many. */
size_t expr_names(const struct expr *expr, int names[static EXPR_NODES_MAX]);

struct expr_value expr_number(int64_t n);
struct expr_value expr_text(struct slice text);

#endif
