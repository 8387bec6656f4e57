/* SPDX-License-Identifier: MulanPSL-2.0 */
/* workflow: see workflow.h. */
#include "shared/record/workflow.h"

#include <stdio.h>

#include "shared/base/check.h"
#include "shared/base/time.h"
#include "shared/codec/hex.h"

#define OFFICE_CLOSES (18 * 60)
#define DAY_MINUTES (24 * 60)
#define DURATION_MAX 100000
#define WORKDAYS_MAX 1000

enum flow_kind { FLOW_STEP, FLOW_DUE, FLOW_STAMP, FLOW_OPENS, FLOW_UNKNOWN };

static const char *const kinds[FLOW_UNKNOWN] = {"step", "due", "stamp", "opens"};

struct due_case {
    const struct expr *when; /* NULL: always */
    const char *duration;
};

/* One rule, read. */
struct flow {
    enum flow_kind kind;
    const struct catalog_rule *rule;
    const struct catalog_field *field;               /* opens: NULL for a new record */
    const char *from, *to;                           /* stamp and opens: to */
    uint64_t who;                                    /* role bits; 0: anybody */
    const struct catalog_field *by, *not_by, *other; /* other: due counts from it, stamp fills it */
    size_t need_count;
    const struct catalog_field *needs[WORKFLOW_NEEDS_MAX];
    const struct expr *when;
    size_t case_count;
    struct due_case *cases;
};

struct flows {
    size_t count;
    struct flow flow[];
};

static enum flow_kind kind_of(struct slice word)
{
    int kind = 0;
    while (kind < FLOW_UNKNOWN && !slice_equal(word, slice_str(kinds[kind])))
        kind++;
    return (enum flow_kind)kind;
}

bool workflow_kind_known(struct slice kind)
{
    return kind_of(kind) != FLOW_UNKNOWN;
}

/* ---- reading ---- */

/* Names that are no fields. */
enum { NAME_NOW = CATALOG_FIELD_NO_MAX + 1, NAME_TODAY };

static int field_no(void *arg, struct slice name)
{
    const struct catalog_field *field = catalog_field_called(arg, name);
    if (!field && slice_equal(name, slice_str("now")))
        return NAME_NOW;
    if (!field && slice_equal(name, slice_str("today")))
        return NAME_TODAY;
    return field ? (int)field->no : -1;
}

const struct expr *workflow_condition(const struct catalog_table *table, struct slice text,
                                      struct arena *arena, struct error *err)
{
    return expr_compile(text, field_no, (void *)table, arena, err);
}

/* The arguments from `first` on as one text: they were taken apart at the blanks. */
static struct slice joined(const struct catalog_rule *rule, size_t first, struct arena *arena)
{
    const char *text = "";
    for (size_t i = first; i < rule->arg_count; i++)
        text = arena_printf(arena, "%s%s%s", text, i > first ? " " : "", rule->args[i]);
    return slice_str(text);
}

static bool read_needs(const struct catalog_table *table, const char *names, struct flow *flow)
{
    for (const char *p = names; *p;) {
        size_t n = strcspn(p, ",");
        const struct catalog_field *field = catalog_field_called(table, slice_of(p, n));
        if (!field || flow->need_count == WORKFLOW_NEEDS_MAX)
            return false;
        flow->needs[flow->need_count++] = field;
        p += n + (p[n] == ',');
    }
    return true;
}

static bool read_step(const struct catalog *cat, const struct catalog_table *table,
                      const struct catalog_rule *rule, struct arena *arena, struct flow *flow)
{
    if (rule->arg_count < 4)
        return false;
    flow->field = catalog_field_called(table, slice_str(rule->args[0]));
    flow->from = rule->args[1];
    flow->to = rule->args[2];
    if (strcmp(rule->args[3], "*") != 0)
        flow->who = catalog_writer_mask(cat, rule->args[3]);
    bool good = flow->field && flow->field->policy == POLICY_STATE &&
                (flow->who || strcmp(rule->args[3], "*") == 0);
    for (size_t i = 4; good && i < rule->arg_count; i += 2) {
        const char *word = rule->args[i], *of = i + 1 < rule->arg_count ? rule->args[i + 1] : "";
        if (strcmp(word, "when") == 0) {
            flow->when = workflow_condition(table, joined(rule, i + 1, arena), arena, NULL);
            return flow->when != NULL;
        }
        if (strcmp(word, "needs") == 0)
            good = *of && read_needs(table, of, flow);
        else if (strcmp(word, "by") == 0)
            good = (flow->by = catalog_field_called(table, slice_str(of))) != NULL;
        else if (strcmp(word, "not_by") == 0)
            good = (flow->not_by = catalog_field_called(table, slice_str(of))) != NULL;
        else
            good = false;
    }
    return good;
}

static bool duration_parse(struct slice text, int *n, char *unit)
{
    size_t digits = 0;
    *n = 0;
    while (digits < text.n && text.p[digits] >= '0' && text.p[digits] <= '9' && *n < DURATION_MAX)
        *n = *n * 10 + (text.p[digits++] - '0');
    struct slice word = slice_of(text.p + digits, text.n - digits);
    bool workdays = slice_equal(word, slice_str("wd"));
    bool one = word.n == 1 && memchr("mhd", word.p[0], 3);
    *unit = workdays ? 'w' : one ? (char)word.p[0] : '\0';
    return digits > 0 && *unit && *n < DURATION_MAX && (!workdays || *n <= WORKDAYS_MAX);
}

static bool read_due(const struct catalog_table *table, const struct catalog_rule *rule,
                     struct arena *arena, struct flow *flow)
{
    if (rule->arg_count < 4 || rule->arg_count % 2)
        return false;
    flow->field = catalog_field_called(table, slice_str(rule->args[0]));
    flow->other = catalog_field_called(table, slice_str(rule->args[1]));
    flow->case_count = (rule->arg_count - 2) / 2;
    flow->cases = arena_alloc(arena, flow->case_count * sizeof *flow->cases);
    bool good = flow->field && flow->other;
    for (size_t i = 0; good && i < flow->case_count; i++) {
        const char *when = rule->args[2 + 2 * i];
        struct due_case *one = &flow->cases[i];
        int n;
        char unit;
        *one = (struct due_case){.duration = rule->args[3 + 2 * i]};
        good = duration_parse(slice_str(one->duration), &n, &unit);
        if (good && strcmp(when, "*") != 0)
            good = (one->when = workflow_condition(table, slice_str(when), arena, NULL)) != NULL;
    }
    return good;
}

static bool read_stamp(const struct catalog_table *table, const struct catalog_rule *rule,
                       struct flow *flow)
{
    if (rule->arg_count != 3)
        return false;
    flow->field = catalog_field_called(table, slice_str(rule->args[0]));
    flow->to = rule->args[1];
    flow->other = catalog_field_called(table, slice_str(rule->args[2]));
    return flow->field && flow->other;
}

static bool read_opens(const struct catalog *cat, const struct catalog_table *table,
                       const struct catalog_rule *rule, struct flow *flow)
{
    if (rule->arg_count < 3 || !catalog_table_named(cat, slice_str(rule->args[0])))
        return false;
    const char *equals = strchr(rule->args[1], '=');
    if (!equals)
        return strcmp(rule->args[1], "new") == 0;
    flow->field =
        catalog_field_called(table, slice_of(rule->args[1], (size_t)(equals - rule->args[1])));
    flow->to = equals + 1;
    return flow->field != NULL;
}

static bool read_flow(const struct catalog *cat, const struct catalog_table *table,
                      const struct catalog_rule *rule, struct arena *arena, struct flow *flow)
{
    *flow = (struct flow){.kind = kind_of(slice_str(rule->kind)), .rule = rule};
    switch (flow->kind) {
    case FLOW_STEP:
        return read_step(cat, table, rule, arena, flow);
    case FLOW_DUE:
        return read_due(table, rule, arena, flow);
    case FLOW_STAMP:
        return read_stamp(table, rule, flow);
    case FLOW_OPENS:
        return read_opens(cat, table, rule, flow);
    default: /* another layer's */
        return false;
    }
}

void workflow_compile(const struct catalog *cat, struct catalog_table *table, struct arena *arena)
{
    struct flows *flows = NULL;
    size_t most = 0;
    for (size_t i = 0; i < table->rule_count; i++)
        most += workflow_kind_known(slice_str(table->rules[i].kind));
    if (most) {
        flows = arena_alloc(arena, sizeof *flows + most * sizeof *flows->flow);
        flows->count = 0;
    }
    for (size_t i = 0; flows && i < table->rule_count; i++) {
        struct flow flow;
        if (read_flow(cat, table, &table->rules[i], arena, &flow))
            flows->flow[flows->count++] = flow;
    }
    table->flows = flows;
}

bool workflow_applies(const struct catalog_table *table, const struct catalog_rule *rule)
{
    const struct flows *flows = table->flows;
    for (size_t i = 0; flows && i < flows->count; i++)
        if (flows->flow[i].rule == rule)
            return true;
    return false;
}

/* ---- steps ---- */

/* Is the value one of "a|b", "-" being nothing and "*" any? */
static bool state_in(const char *words, const struct value *value)
{
    if (strcmp(words, "*") == 0 || value->kind == VALUE_ERASED)
        return true;
    for (const char *p = words; *p;) {
        size_t n = strcspn(p, "|");
        bool nothing = n == 1 && *p == '-';
        if (nothing ? value->kind == VALUE_NULL
                    : value->kind == VALUE_TEXT && slice_equal(value->s, slice_of(p, n)))
            return true;
        p += n + (p[n] == '|');
    }
    return false;
}

bool workflow_is_person(const struct value *value, const uint8_t *person)
{
    char digits[WORKFLOW_PERSON_DIGITS + 1];
    if (!person || value->kind != VALUE_TEXT)
        return false;
    hex_encode(slice_of(person, WORKFLOW_PERSON_DIGITS / 2), digits);
    return slice_equal(value->s, slice_str(digits));
}

static bool is_nothing(const struct value *value)
{
    return value->kind == VALUE_NULL || (value->kind == VALUE_TEXT && value->s.n == 0);
}

struct expr_value workflow_operand(const struct catalog_field *field, const struct value *value)
{
    struct expr_value out = expr_number(value->i);
    if (value->kind == VALUE_ERASED)
        return (struct expr_value){.kind = EXPR_ERASED};
    if (is_nothing(value))
        return (struct expr_value){.kind = EXPR_NOTHING};
    if (value->kind == VALUE_TEXT || value->kind == VALUE_BYTES)
        return expr_text(value->s);
    if (value->kind == VALUE_DECIMAL) {
        for (int i = value->exponent; i > 0; i--)
            out.number *= 10;
        for (int i = value->exponent; i < 0; i++)
            out.number /= 10;
    } else if (field->type == FIELD_MONEY) {
        out.number /= 100;
    }
    return out;
}

struct asking {
    const struct catalog_table *table;
    const struct workflow_facts *facts;
    char now[24]; /* "2026-12-01T09:30" */
};

static void ask(struct asking *asking, const struct catalog_table *table,
                const struct workflow_facts *facts)
{
    *asking = (struct asking){.table = table, .facts = facts};
    int64_t minutes = facts->now_ms / 60000 + 8 * 60;
    int64_t day = minutes / DAY_MINUTES;
    if (facts->now_ms <= 0 || day > DATE_MAX)
        return;
    date_format((int32_t)day, asking->now);
    snprintf(asking->now + 10, sizeof asking->now - 10, "T%02u:%02u",
             (unsigned)(minutes % DAY_MINUTES / 60), (unsigned)(minutes % 60));
}

static struct expr_value look_up(void *arg, int no)
{
    const struct asking *asking = arg;
    if (no == NAME_NOW || no == NAME_TODAY) {
        size_t n = no == NAME_NOW ? 16 : 10;
        return asking->now[0] ? expr_text(slice_of(asking->now, n))
                              : (struct expr_value){.kind = EXPR_NOTHING};
    }
    const struct catalog_field *field = catalog_field(asking->table, (uint32_t)no);
    struct value value = asking->facts->value(asking->facts->arg, field);
    return workflow_operand(field, &value);
}

bool workflow_check_holds(const struct expr *expr, const struct catalog_table *table,
                          const struct workflow_facts *facts)
{
    struct asking asking;
    ask(&asking, table, facts);
    return expr_holds(expr, look_up, &asking) != TRUTH_NO;
}

static bool step_satisfies(const struct catalog_table *table, const struct flow *flow,
                           const struct workflow_facts *facts)
{
    if (flow->who && (facts->role_bit < 0 || !(flow->who >> facts->role_bit & 1)))
        return false;
    for (size_t i = 0; i < flow->need_count; i++) {
        struct value value = facts->value(facts->arg, flow->needs[i]);
        if (is_nothing(&value))
            return false;
    }
    if (flow->by) {
        struct value value = facts->value(facts->arg, flow->by);
        if (value.kind != VALUE_ERASED && !workflow_is_person(&value, facts->person))
            return false;
    }
    if (flow->not_by) {
        struct value value = facts->value(facts->arg, flow->not_by);
        if (workflow_is_person(&value, facts->person))
            return false;
    }
    return !flow->when || workflow_check_holds(flow->when, table, facts);
}

const struct catalog_rule *workflow_forbids(const struct catalog_table *table,
                                            const struct catalog_field *field,
                                            const struct value *from, const struct value *to,
                                            const struct workflow_facts *facts)
{
    const struct flows *flows = table->flows;
    for (size_t i = 0; flows && i < flows->count; i++) {
        const struct flow *flow = &flows->flow[i];
        if (flow->kind == FLOW_STEP && flow->field == field && state_in(flow->from, from) &&
            state_in(flow->to, to) && !step_satisfies(table, flow, facts))
            return flow->rule;
    }
    return NULL;
}

/* ---- what a desk does by itself ---- */

static bool listed(const struct catalog *cat, const char *list, int32_t day)
{
    char text[11];
    const struct catalog_list *days = catalog_list_named(cat, slice_str(list));
    date_format(day, text);
    return days && catalog_code(days, slice_str(text));
}

/* 1970-01-01 was a Thursday. */
bool workflow_is_workday(const struct catalog *cat, int32_t day)
{
    int weekday = (int)(((int64_t)day + 3) % 7 + 7) % 7; /* Monday 0 */
    return weekday < 5 ? !listed(cat, "holiday", day) : listed(cat, "workday", day);
}

bool workflow_add(const struct catalog *cat, struct slice duration, int32_t *day, int *minute)
{
    int n;
    char unit;
    if (!duration_parse(duration, &n, &unit))
        return false;
    if (unit == 'w') {
        while (n > 0 && *day < DATE_MAX)
            n -= workflow_is_workday(cat, ++*day);
        *minute = OFFICE_CLOSES;
        return n == 0;
    }
    int64_t minutes = *minute + (int64_t)n * (unit == 'm' ? 1 : unit == 'h' ? 60 : DAY_MINUTES);
    *day += (int32_t)(minutes / DAY_MINUTES);
    *minute = (int)(minutes % DAY_MINUTES);
    return *day <= DATE_MAX;
}

static int two_digits(const uint8_t *p)
{
    return (p[0] - '0') * 10 + p[1] - '0';
}

/* A date counts from its office hours' end, so that "+0" days are the day itself. */
static bool moment_of(const struct value *value, int32_t *day, int *minute)
{
    if (value->kind != VALUE_TEXT || value->s.n < 10 || !date_parse(slice_of(value->s.p, 10), day))
        return false;
    *minute = value->s.n == 16 ? two_digits(value->s.p + 11) * 60 + two_digits(value->s.p + 14)
                               : OFFICE_CLOSES;
    return true;
}

bool workflow_due(const struct catalog *cat, const struct catalog_table *table,
                  const struct catalog_field *field, const struct workflow_facts *facts,
                  char out[static 17])
{
    const struct flows *flows = table->flows;
    for (size_t i = 0; flows && i < flows->count; i++) {
        const struct flow *flow = &flows->flow[i];
        int32_t day;
        int minute;
        if (flow->kind != FLOW_DUE || flow->field != field)
            continue;
        struct value from = facts->value(facts->arg, flow->other);
        if (!moment_of(&from, &day, &minute))
            continue;
        for (size_t c = 0; c < flow->case_count; c++) {
            const struct due_case *one = &flow->cases[c];
            if (one->when && !workflow_check_holds(one->when, table, facts))
                continue;
            if (!workflow_add(cat, slice_str(one->duration), &day, &minute))
                break;
            date_format(day, out);
            if (field->type == FIELD_TIME)
                snprintf(out + 10, 7, "T%02u:%02u", (unsigned)minute / 60 % 24,
                         (unsigned)minute % 60);
            return true;
        }
    }
    return false;
}

const struct catalog_field *workflow_stamp(const struct catalog_table *table,
                                           const struct catalog_field *field,
                                           const struct value *to, size_t index)
{
    const struct flows *flows = table->flows;
    for (size_t i = 0; flows && i < flows->count; i++) {
        const struct flow *flow = &flows->flow[i];
        if (flow->kind == FLOW_STAMP && flow->field == field && state_in(flow->to, to) &&
            index-- == 0)
            return flow->other;
    }
    return NULL;
}

bool workflow_opens(const struct catalog_table *table, const struct catalog_field *field,
                    const struct value *to, size_t index, struct workflow_opening *out)
{
    const struct flows *flows = table->flows;
    for (size_t i = 0; flows && i < flows->count; i++) {
        const struct flow *flow = &flows->flow[i];
        if (flow->kind != FLOW_OPENS || flow->field != field || (field && !state_in(flow->to, to)))
            continue;
        if (index-- > 0)
            continue;
        *out = (struct workflow_opening){.rule = flow->rule,
                                         .type = flow->rule->args[0],
                                         .count = flow->rule->arg_count - 2,
                                         .words = flow->rule->args + 2};
        return true;
    }
    return false;
}
