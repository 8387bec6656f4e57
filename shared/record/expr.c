/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * expr: a recursive reader makes postfix nodes, a small stack machine works them off.
 *
 *   or ─▶ and ─▶ not ─▶ comparison ─▶ sum ─▶ product ─▶ literal, name, ( or )
 */
#include "shared/record/expr.h"

#include <string.h>

#include "shared/base/time.h"

#define DATE_DIGITS 10

enum node_kind {
    NODE_LITERAL,
    NODE_NAME,
    NODE_HAS,
    NODE_NOT,
    NODE_AND,
    NODE_OR,
    NODE_EQUAL,
    NODE_DIFFERS,
    NODE_LESS,
    NODE_AT_MOST,
    NODE_MORE,
    NODE_AT_LEAST,
    NODE_ADD,
    NODE_SUBTRACT,
    NODE_MULTIPLY,
    NODE_CHOICE, /* one more literal of a list behind = */
};

struct node {
    enum node_kind kind;
    int name;
    struct expr_value literal;
};

struct expr {
    size_t count;
    struct node nodes[];
};

struct reader {
    struct slice rest;
    expr_resolve *resolve;
    void *arg;
    struct arena *arena;
    size_t count, depth;
    struct node nodes[EXPR_NODES_MAX];
    struct error *err;
    bool bad;
};

struct expr_value expr_number(int64_t n)
{
    return (struct expr_value){.kind = EXPR_NUMBER, .number = (__int128)n * EXPR_SCALE};
}

struct expr_value expr_text(struct slice text)
{
    return (struct expr_value){.kind = EXPR_TEXT, .text = text};
}

/* ---- reading ---- */

static void fail(struct reader *r, const char *why)
{
    if (r->bad)
        return;
    r->bad = true;
    int n = r->rest.n > 30 ? 30 : (int)r->rest.n;
    error_set(r->err, ST_INVALID, "条件%s：“%.*s”", why, n, (const char *)r->rest.p);
}

static void skip_blanks(struct reader *r)
{
    while (r->rest.n > 0 && r->rest.p[0] == ' ')
        r->rest = slice_of(r->rest.p + 1, r->rest.n - 1);
}

static void advance(struct reader *r, size_t n)
{
    r->rest = slice_of(r->rest.p + n, r->rest.n - n);
    skip_blanks(r);
}

static bool is_word(uint8_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
}

static size_t word_length(const struct reader *r)
{
    size_t n = 0;
    while (n < r->rest.n && is_word(r->rest.p[n]))
        n++;
    return n;
}

static bool take_word(struct reader *r, const char *word)
{
    size_t n = word_length(r);
    if (!slice_equal(slice_of(r->rest.p, n), slice_str(word)))
        return false;
    advance(r, n);
    return true;
}

static bool take_sign(struct reader *r, const char *sign)
{
    size_t n = strlen(sign);
    if (r->rest.n < n || memcmp(r->rest.p, sign, n) != 0)
        return false;
    advance(r, n);
    return true;
}

static struct node *add_node(struct reader *r, enum node_kind kind)
{
    static struct node spare;
    if (r->count == EXPR_NODES_MAX) {
        fail(r, "太长");
        return &spare;
    }
    struct node *node = &r->nodes[r->count++];
    *node = (struct node){.kind = kind};
    return node;
}

/* Digits and one point; the text stays with the number, for codes. */
static void read_number(struct reader *r, enum node_kind kind)
{
    size_t n = 0, decimals = 0;
    bool point = false;
    __int128 value = 0;
    for (; n < r->rest.n && n < 20; n++) {
        uint8_t c = r->rest.p[n];
        if (c == '.' && !point)
            point = true;
        else if (c >= '0' && c <= '9')
            value = value * 10 + (c - '0'), decimals += point;
        else
            break;
    }
    if (decimals > 9 || n == 20) {
        fail(r, "里的数字太长");
        return;
    }
    for (size_t i = decimals; i < 9; i++)
        value *= 10;
    struct node *node = add_node(r, kind);
    node->literal.kind = EXPR_NUMBER;
    node->literal.number = value;
    node->literal.text = slice_of(arena_copy(r->arena, r->rest.p, n), n);
    advance(r, n);
}

static void read_text(struct reader *r, enum node_kind kind)
{
    size_t n = 1;
    while (n < r->rest.n && r->rest.p[n] != '"')
        n++;
    if (n == r->rest.n) {
        fail(r, "里的文字没有结束");
        return;
    }
    add_node(r, kind)->literal =
        expr_text(slice_of(arena_copy(r->arena, r->rest.p + 1, n - 1), n - 1));
    advance(r, n + 1);
}

static bool read_literal(struct reader *r, enum node_kind kind)
{
    if (r->rest.n > 0 && r->rest.p[0] == '"')
        read_text(r, kind);
    else if (r->rest.n > 0 && r->rest.p[0] >= '0' && r->rest.p[0] <= '9')
        read_number(r, kind);
    else
        return false;
    return true;
}

static void read_name(struct reader *r, enum node_kind kind)
{
    size_t n = word_length(r);
    int name = n ? r->resolve(r->arg, slice_of(r->rest.p, n)) : -1;
    if (name < 0) {
        fail(r, n ? "里没有这个名称" : "不完整");
        return;
    }
    add_node(r, kind)->name = name;
    advance(r, n);
}

static void read_or(struct reader *r);

static void read_atom(struct reader *r)
{
    if (take_word(r, "has")) {
        read_name(r, NODE_HAS);
    } else if (take_sign(r, "(")) {
        read_or(r);
        if (!take_sign(r, ")"))
            fail(r, "缺少右括号");
    } else if (!read_literal(r, NODE_LITERAL)) {
        read_name(r, NODE_NAME);
    }
}

static void read_product(struct reader *r)
{
    read_atom(r);
    while (!r->bad && take_sign(r, "*")) {
        read_atom(r);
        add_node(r, NODE_MULTIPLY);
    }
}

static void read_sum(struct reader *r)
{
    read_product(r);
    while (!r->bad && r->rest.n > 0 && (r->rest.p[0] == '+' || r->rest.p[0] == '-')) {
        enum node_kind kind = r->rest.p[0] == '+' ? NODE_ADD : NODE_SUBTRACT;
        advance(r, 1);
        read_product(r);
        add_node(r, kind);
    }
}

static void read_comparison(struct reader *r)
{
    static const struct {
        const char *sign;
        enum node_kind kind;
    } signs[] = {{"!=", NODE_DIFFERS}, {"<=", NODE_AT_MOST}, {">=", NODE_AT_LEAST},
                 {"=", NODE_EQUAL},    {"<", NODE_LESS},     {">", NODE_MORE}};
    read_sum(r);
    for (size_t i = 0; !r->bad && i < sizeof signs / sizeof *signs; i++) {
        if (!take_sign(r, signs[i].sign))
            continue;
        read_sum(r);
        enum node_kind kind = signs[i].kind;
        while ((kind == NODE_EQUAL || kind == NODE_DIFFERS) && !r->bad && take_sign(r, "|"))
            if (!read_literal(r, NODE_CHOICE))
                fail(r, "里 | 后面应是一个值");
        add_node(r, kind);
        return;
    }
}

static void read_not(struct reader *r)
{
    bool negated = false;
    while (take_word(r, "not"))
        negated = !negated;
    read_comparison(r);
    if (negated)
        add_node(r, NODE_NOT);
}

static void read_and(struct reader *r)
{
    read_not(r);
    while (!r->bad && take_word(r, "and")) {
        read_not(r);
        add_node(r, NODE_AND);
    }
}

static void read_or(struct reader *r)
{
    if (r->depth++ == EXPR_DEPTH_MAX)
        fail(r, "的括号太深");
    if (!r->bad)
        read_and(r);
    while (!r->bad && take_word(r, "or")) {
        read_and(r);
        add_node(r, NODE_OR);
    }
    r->depth--;
}

const struct expr *expr_compile(struct slice text, expr_resolve *resolve, void *arg,
                                struct arena *arena, struct error *err)
{
    struct reader r = {.rest = text, .resolve = resolve, .arg = arg, .arena = arena, .err = err};
    skip_blanks(&r);
    read_or(&r);
    if (!r.bad && r.rest.n > 0)
        fail(&r, "在这里看不懂");
    if (r.bad)
        return NULL;
    struct expr *expr = arena_alloc(arena, sizeof *expr + r.count * sizeof *r.nodes);
    expr->count = r.count;
    memcpy(expr->nodes, r.nodes, r.count * sizeof *r.nodes);
    return expr;
}

size_t expr_names(const struct expr *expr, int names[static EXPR_NODES_MAX])
{
    size_t count = 0;
    for (size_t i = 0; i < expr->count; i++) {
        const struct node *node = &expr->nodes[i];
        bool known = node->kind != NODE_NAME && node->kind != NODE_HAS;
        for (size_t k = 0; k < count && !known; k++)
            known = names[k] == node->name;
        if (!known)
            names[count++] = node->name;
    }
    return count;
}

/* ---- working it off ---- */

static const struct expr_value no_value = {.kind = EXPR_NOTHING}, left_open = {.kind = EXPR_ERASED};

static struct expr_value yes_or_no(bool yes)
{
    return expr_number(yes);
}

static enum truth truth_of(const struct expr_value *v)
{
    if (v->kind == EXPR_ERASED)
        return TRUTH_OPEN;
    return v->kind == EXPR_TEXT || (v->kind == EXPR_NUMBER && v->number != 0) ? TRUTH_YES
                                                                              : TRUTH_NO;
}

static struct expr_value of_truth(enum truth truth)
{
    return truth == TRUTH_OPEN ? left_open : yes_or_no(truth == TRUTH_YES);
}

static struct expr_value both(const struct expr_value *a, const struct expr_value *b, bool all)
{
    enum truth x = truth_of(a), y = truth_of(b), decides = all ? TRUTH_NO : TRUTH_YES;
    if (x == decides || y == decides)
        return of_truth(decides);
    return of_truth(x == TRUTH_OPEN || y == TRUTH_OPEN ? TRUTH_OPEN : x);
}

/* A number that was written down stands for its digits beside a text; one that was worked out has
 * none. */
static bool has_text(const struct expr_value *v)
{
    return v->kind == EXPR_TEXT || v->text.n > 0;
}

static bool both_numbers(const struct expr_value *a, const struct expr_value *b)
{
    return a->kind == EXPR_NUMBER && b->kind == EXPR_NUMBER;
}

/* Of neither is nothing known. */
static bool comparable(const struct expr_value *a, const struct expr_value *b)
{
    return both_numbers(a, b) || (has_text(a) && has_text(b));
}

/* Of what is comparable: below zero, zero or above. */
static int compare(const struct expr_value *a, const struct expr_value *b)
{
    if (both_numbers(a, b))
        return (a->number > b->number) - (a->number < b->number);
    size_t n = a->text.n < b->text.n ? a->text.n : b->text.n;
    return slice_compare(slice_of(a->text.p, n), slice_of(b->text.p, n));
}

static bool equal(const struct expr_value *a, const struct expr_value *b)
{
    if (!comparable(a, b))
        return false;
    return both_numbers(a, b) ? a->number == b->number : slice_equal(a->text, b->text);
}

static struct expr_value compared(enum node_kind kind, const struct expr_value *a,
                                  const struct expr_value *b, size_t count)
{
    bool any = false;
    if (a->kind == EXPR_ERASED || b->kind == EXPR_ERASED)
        return left_open;
    if (a->kind == EXPR_NOTHING || b->kind == EXPR_NOTHING)
        return yes_or_no(false);
    for (size_t i = 0; i < count; i++)
        any |= equal(a, &b[i]);
    if (kind == NODE_EQUAL || kind == NODE_DIFFERS)
        return yes_or_no(any == (kind == NODE_EQUAL));
    if (!comparable(a, b))
        return yes_or_no(false);
    int order = compare(a, b);
    switch (kind) {
    case NODE_LESS:
        return yes_or_no(order < 0);
    case NODE_AT_MOST:
        return yes_or_no(order <= 0);
    case NODE_MORE:
        return yes_or_no(order > 0);
    default: /* NODE_AT_LEAST */
        return yes_or_no(order >= 0);
    }
}

static bool day_of(const struct expr_value *v, int32_t *day)
{
    return v->kind == EXPR_TEXT && v->text.n >= DATE_DIGITS &&
           date_parse(slice_of(v->text.p, DATE_DIGITS), day);
}

/* The days from b to a, of dates or times. */
static bool days_between(const struct expr_value *a, const struct expr_value *b, int64_t *days)
{
    int32_t x, y;
    if (!day_of(a, &x) || !day_of(b, &y))
        return false;
    *days = (int64_t)x - y;
    return true;
}

static struct expr_value calculated(enum node_kind kind, const struct expr_value *a,
                                    const struct expr_value *b)
{
    struct expr_value out = {.kind = EXPR_NUMBER};
    bool too_big;
    int64_t days;
    if (kind == NODE_SUBTRACT && days_between(a, b, &days))
        return expr_number(days);
    if (a->kind == EXPR_ERASED || b->kind == EXPR_ERASED)
        return left_open;
    if (!both_numbers(a, b))
        return no_value;
    if (kind == NODE_MULTIPLY) {
        too_big = __builtin_mul_overflow(a->number, b->number, &out.number);
        out.number /= EXPR_SCALE;
    } else if (kind == NODE_ADD) {
        too_big = __builtin_add_overflow(a->number, b->number, &out.number);
    } else {
        too_big = __builtin_sub_overflow(a->number, b->number, &out.number);
    }
    return too_big ? no_value : out;
}

enum truth expr_holds(const struct expr *expr, expr_lookup *lookup, void *arg)
{
    struct expr_value stack[EXPR_NODES_MAX];
    size_t n = 0, choices = 0;
    for (size_t i = 0; i < expr->count; i++) {
        const struct node *node = &expr->nodes[i];
        switch (node->kind) {
        case NODE_CHOICE:
            choices++;
            stack[n++] = node->literal;
            break;
        case NODE_LITERAL:
            stack[n++] = node->literal;
            break;
        case NODE_NAME:
            stack[n++] = lookup(arg, node->name);
            break;
        case NODE_HAS:
            stack[n] = lookup(arg, node->name);
            stack[n] = yes_or_no(stack[n].kind != EXPR_NOTHING);
            n++;
            break;
        case NODE_NOT:
            if (truth_of(&stack[n - 1]) != TRUTH_OPEN)
                stack[n - 1] = yes_or_no(truth_of(&stack[n - 1]) == TRUTH_NO);
            break;
        case NODE_AND:
        case NODE_OR:
            n--;
            stack[n - 1] = both(&stack[n - 1], &stack[n], node->kind == NODE_AND);
            break;
        case NODE_ADD:
        case NODE_SUBTRACT:
        case NODE_MULTIPLY:
            n--;
            stack[n - 1] = calculated(node->kind, &stack[n - 1], &stack[n]);
            break;
        default:
            n -= choices + 1;
            stack[n - 1] = compared(node->kind, &stack[n - 1], &stack[n], choices + 1);
            choices = 0;
            break;
        }
    }
    return truth_of(&stack[0]);
}
