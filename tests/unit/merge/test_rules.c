/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * rules: what two writers get under every policy, as tables. The tables in shared/merge/RULES.md,
 * and every pair of edits in shared/merge/RESULTS.md, are what this test computes, byte for byte;
 * after a deliberate change of a rule run it once from the project folder with HUCE_WRITE_RULES=1
 * and read the difference. tests/system/17_results.sh holds the programs against the second page.
 */
#include "tests/unit/merge/world.h"

#include "shared/base/file.h"
#include "shared/merge/conflict.h"

#include <stdlib.h>
#include <unistd.h>

#define RULES "shared/merge/RULES.md"
#define RESULTS "shared/merge/RESULTS.md"
#define BEGIN "<!-- results: begin -->\n"
#define END "<!-- results: end -->\n"
#define PAGE_MAX (256 * 1024)

/* ---- one cell: what holds afterwards ---- */

static void print_value(struct buf *out, const struct value *value)
{
    if (value->kind == VALUE_NULL)
        buf_put_str(out, "nothing");
    else if (value->kind == VALUE_INT)
        buf_printf(out, "%lld", (long long)value->i);
    else
        buf_put_slice(out, value->s);
}

static void print_set(struct buf *out, struct world *w)
{
    struct value *elements;
    size_t n = merge_set_elements(&w->record.fields[F_TAGS], &w->arena, &elements);
    buf_put_str(out, "{");
    for (size_t i = 0; i < n; i++) {
        buf_put_str(out, i ? ", " : "");
        print_value(out, &elements[i]);
    }
    buf_put_str(out, "}");
}

static void print_field(struct buf *out, struct world *w, uint32_t no)
{
    const struct field_state *f = &w->record.fields[no];
    world_settle(w);
    if (no == F_TAGS)
        print_set(out, w);
    else
        print_value(out, &f->value);
    const struct claim **candidates;
    size_t n = conflict_candidates(f, &w->arena, &candidates);
    for (size_t i = 0; i < n; i++) {
        buf_put_str(out, i ? ", " : "; **conflict** ");
        print_value(out, &candidates[i]->value);
    }
    for (uint32_t i = 0; i < w->reports; i++) {
        buf_put_str(out, i ? ", " : "; reported ");
        print_value(out, &w->losers[i]);
    }
}

/* ---- two writers, one field ---- */

struct row {
    const char *label;
    uint32_t field;
    const char *old, *a, *b;
    uint32_t a_chain, b_chain; /* chain 0 is the township desk, which ranks above the village */
};

static const struct row rows[] = {
    {"`lww`", F_NAME, "old", "a", "b", 1, 2},
    {"`authority`, A ranks higher", F_STATUS, "old", "a", "b", 0, 1},
    {"`authority`, B ranks higher", F_STATUS, "old", "a", "b", 1, 0},
    {"`authority`, same rank", F_STATUS, "old", "a", "b", 1, 2},
    {"`review`", F_PHONE, "old", "a", "b", 1, 2},
    {"`once`", F_BORN, "old", "a", "b", 1, 2},
    {"`state`, draft → public, draft → dropped", F_STAGE, "draft", "public", "dropped", 1, 2},
    {"`worst`, A's is worse", F_ROLL, "safe", "lost", "hurt", 1, 2},
    {"`worst`, B's is worse", F_ROLL, "safe", "hurt", "lost", 1, 2},
    {"`set`, A and B add", F_TAGS, "old", "a", "b", 1, 2},
    {"`counter`, +2 and +3", F_VISITS, "10", "2", "3", 1, 2},
    {"`append`", F_ORIGIN, "old", "a", "b", 1, 2},
};

static void write_field(struct world *w, const struct event *event, uint32_t field,
                        const char *from, const char *to)
{
    struct value *add = arena_alloc(&w->arena, sizeof *add);
    *add = text(to);
    if (field == F_STAGE)
        world_step(w, event, from, to);
    else if (field == F_TAGS)
        world_apply(w, event,
                    &(struct op){.code = OP_SET, .field = field, .add_count = 1, .adds = add});
    else if (field == F_VISITS)
        world_apply(w, event, &(struct op){.code = OP_COUNTER, .field = field, .delta = atoi(to)});
    else
        world_put(w, event, field, to);
}

struct scenario {
    const char *label;
    bool b_saw_a, b_later, same, empty;
};

static const struct scenario scenarios[] = {
    {"B had seen A's", true, true, false, false},
    {"concurrent, B's clock later", false, true, false, false},
    {"concurrent, B's clock earlier", false, false, false, false},
    {"concurrent, both say A's", false, true, true, false},
    {"concurrent, nothing before", false, true, false, true},
};

static void print_cell(struct buf *out, const struct row *row, const struct scenario *s)
{
    struct world w;
    world_init(&w);
    struct event first = world_admit(&w, 3, 0, 1);
    first.role_bit = VILLAGE;
    if (s->empty)
        world_put(&w, &first, F_LAST, "elsewhere");
    else
        write_field(&w, &first, row->field, NULL, row->old);

    struct event a = world_admit(&w, row->a_chain, 1, 1000);
    struct event b = world_admit(&w, row->b_chain, s->b_saw_a ? 2 : 1, s->b_later ? 2000 : 500);
    const char *before = s->empty ? NULL : row->old;
    const char *b_value = s->same ? row->a : row->b;
    bool first_step = s->empty && row->field == F_STAGE; /* there is one first step */
    write_field(&w, &a, row->field, before, first_step ? "draft" : row->a);
    write_field(&w, &b, row->field, s->b_saw_a ? row->a : before, first_step ? "draft" : b_value);
    print_field(out, &w, row->field);
    world_release(&w);
}

static void print_writers(struct buf *out)
{
    buf_put_str(out, "| policy |");
    for (size_t i = 0; i < ARRAY_LENGTH(scenarios); i++)
        buf_printf(out, " %s |", scenarios[i].label);
    buf_put_str(out, "\n|---|---|---|---|---|---|\n");
    for (size_t r = 0; r < ARRAY_LENGTH(rows); r++) {
        buf_printf(out, "| %s |", rows[r].label);
        for (size_t i = 0; i < ARRAY_LENGTH(scenarios); i++) {
            buf_put_str(out, " ");
            print_cell(out, &rows[r], &scenarios[i]);
            buf_put_str(out, " |");
        }
        buf_put_str(out, "\n");
    }
}

/* ---- existence ---- */

enum deed { EDITS, DELETES, RESTORES };
static const char *const deed_name[] = {"edits", "deletes", "restores"};

static void do_deed(struct world *w, const struct event *event, enum deed deed)
{
    if (deed == EDITS)
        world_put(w, event, F_NAME, "edit");
    else
        world_op(w, event, deed == DELETES ? OP_DELETE : OP_RESTORE);
}

static void print_existence_cell(struct buf *out, bool deleted, enum deed a, enum deed b, bool saw)
{
    struct world w;
    world_init(&w);
    struct event first = world_admit(&w, 3, 0, 1), second = world_admit(&w, 3, 1, 2);
    world_put(&w, &first, F_NAME, "old");
    do_deed(&w, &second, deleted ? DELETES : EDITS);
    struct event ea = world_admit(&w, 1, 2, 1000), eb = world_admit(&w, 2, saw ? 3 : 2, 2000);
    do_deed(&w, &ea, a);
    do_deed(&w, &eb, b);
    buf_put_str(out, w.record.live ? "live" : "deleted");
    if (w.record.fields[0].conflict)
        buf_put_str(out, "; **conflict**");
    world_release(&w);
}

static void print_existence(struct buf *out)
{
    static const struct {
        bool deleted;
        enum deed a, b;
    } cases[] = {{false, EDITS, EDITS},     {false, EDITS, DELETES},  {false, DELETES, EDITS},
                 {false, DELETES, DELETES}, {true, EDITS, EDITS},     {true, RESTORES, EDITS},
                 {true, RESTORES, DELETES}, {true, DELETES, RESTORES}};
    buf_put_str(out, "| before | A | B | B had seen A's | concurrent |\n|---|---|---|---|---|\n");
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        buf_printf(out, "| %s | %s | %s | ", cases[i].deleted ? "deleted" : "live",
                   deed_name[cases[i].a], deed_name[cases[i].b]);
        print_existence_cell(out, cases[i].deleted, cases[i].a, cases[i].b, true);
        buf_put_str(out, " | ");
        print_existence_cell(out, cases[i].deleted, cases[i].a, cases[i].b, false);
        buf_put_str(out, " |\n");
    }
}

/* ---- what happens next to a review conflict of a and b over old ---- */

enum next { RESOLVE_BOTH, RESOLVE_ONE, RESOLVE_BLIND, PUT_BOTH, PUT_ONE, PUT_NEITHER, NEXTS };
static const char *const next_name[NEXTS] = {
    "c is a resolve naming a and b, both seen",   "c is a resolve naming a, both seen",
    "c is a resolve naming a and b, only a seen", "c is a put by someone who had seen both",
    "c is a put by someone who had seen a",       "c is a put by someone who had seen neither",
};

static void print_next(struct buf *out, enum next next)
{
    struct world w;
    world_init(&w);
    struct event old = world_admit(&w, 3, 0, 1);
    struct event a = world_admit(&w, 1, 1, 1000), b = world_admit(&w, 2, 1, 2000);
    world_put(&w, &old, F_PHONE, "old");
    world_put(&w, &a, F_PHONE, "a");
    world_put(&w, &b, F_PHONE, "b");
    const struct stamp named[] = {a.at, b.at};
    bool sees_one = next == RESOLVE_BLIND || next == PUT_ONE;
    struct event c = world_admit(&w, 4, next == PUT_NEITHER ? 1 : sees_one ? 2 : 3, 3000);
    if (next < PUT_BOTH)
        world_resolve(&w, &c, F_PHONE, text("c"), named, next == RESOLVE_ONE ? 1 : 2);
    else
        world_put(&w, &c, F_PHONE, "c");
    print_field(out, &w, F_PHONE);
    world_release(&w);
}

static void print_results(struct buf *out)
{
    buf_put_str(out, BEGIN "\n### Two writers\n\n");
    print_writers(out);
    buf_put_str(out, "\n### Existence\n\n");
    print_existence(out);
    buf_put_str(out, "\n### A third change c, after a and b conflict over old (`review`)\n\n"
                     "| c | afterwards |\n|---|---|\n");
    for (int next = 0; next < NEXTS; next++) {
        buf_printf(out, "| %s | ", next_name[next]);
        print_next(out, next);
        buf_put_str(out, " |\n");
    }
    buf_put_str(out, "\n" END);
}

/* ---- every pair of edits ---- */

enum pair_deed { NOTHING, SAYS, REMOVES, DELETES_IT, RESTORES_IT };

struct pair_edit {
    const char *words;
    enum pair_deed deed;
    const char *value;
};

#define TEXT_EDITS                                                          \
    {                                                                       \
        {"–", NOTHING, NULL}, {"says a", SAYS, "a"}, {"says b", SAYS, "b"}, \
            {"deletes", DELETES_IT, NULL},                                  \
        {                                                                   \
            "restores", RESTORES_IT, NULL                                   \
        }                                                                   \
    }

static const struct pair_policy {
    const char *label;
    uint32_t field;
    const char *old;
    uint32_t a_chain, b_chain;
    struct pair_edit edits[6];
} pair_policies[] = {
    {"`lww`", F_NAME, "old", 1, 2, TEXT_EDITS},
    {"`authority`, A higher", F_STATUS, "old", 0, 1, TEXT_EDITS},
    {"`authority`, B higher", F_STATUS, "old", 1, 0, TEXT_EDITS},
    {"`authority`, same rank", F_STATUS, "old", 1, 2, TEXT_EDITS},
    {"`review`", F_PHONE, "old", 1, 2, TEXT_EDITS},
    {"`once`", F_BORN, "old", 1, 2, TEXT_EDITS},
    {"`append`", F_ORIGIN, "old", 1, 2, TEXT_EDITS},
    {"`state`",
     F_STAGE,
     "draft",
     1,
     2,
     {{"–", NOTHING, NULL},
      {"steps to public", SAYS, "public"},
      {"steps to dropped", SAYS, "dropped"},
      {"deletes", DELETES_IT, NULL},
      {"restores", RESTORES_IT, NULL}}},
    {"`worst`",
     F_ROLL,
     "safe",
     1,
     2,
     {{"–", NOTHING, NULL},
      {"says hurt", SAYS, "hurt"},
      {"says lost", SAYS, "lost"},
      {"deletes", DELETES_IT, NULL},
      {"restores", RESTORES_IT, NULL}}},
    {"`set`",
     F_TAGS,
     "old",
     1,
     2,
     {{"–", NOTHING, NULL},
      {"adds a", SAYS, "a"},
      {"adds old", SAYS, "old"},
      {"removes old", REMOVES, "old"},
      {"deletes", DELETES_IT, NULL},
      {"restores", RESTORES_IT, NULL}}},
    {"`counter`",
     F_VISITS,
     "10",
     1,
     2,
     {{"–", NOTHING, NULL},
      {"adds 2", SAYS, "2"},
      {"adds 3", SAYS, "3"},
      {"deletes", DELETES_IT, NULL},
      {"restores", RESTORES_IT, NULL}}},
};

/* What a desk would sign; one that sees the record deleted edits nothing, and so on: then it is
 * "–". */
static void do_pair_edit(struct world *w, const struct event *event,
                         const struct pair_policy *policy, const struct pair_edit *edit,
                         const char *from)
{
    struct value *remove = arena_alloc(&w->arena, sizeof *remove);
    switch (edit->deed) {
    case NOTHING:
        break;
    case SAYS:
        write_field(w, event, policy->field, from, edit->value);
        break;
    case REMOVES:
        *remove = text(edit->value);
        world_apply(
            w, event,
            &(struct op){
                .code = OP_SET, .field = policy->field, .remove_count = 1, .removes = remove});
        break;
    case DELETES_IT:
        world_op(w, event, OP_DELETE);
        break;
    case RESTORES_IT:
        world_op(w, event, OP_RESTORE);
        break;
    }
}

static bool begins_deleted(const struct pair_edit *a, const struct pair_edit *b)
{
    return a->deed == RESTORES_IT || (b->deed == RESTORES_IT && a->deed != DELETES_IT);
}

static void print_pair_cell(struct buf *out, const struct pair_policy *policy,
                            const struct pair_edit *a, const struct pair_edit *b, bool b_saw_a,
                            bool b_later)
{
    struct world w;
    world_init(&w);
    struct event first = world_admit(&w, 3, 0, 1), second = world_admit(&w, 3, 1, 2);
    write_field(&w, &first, policy->field, NULL, policy->old);
    if (begins_deleted(a, b))
        world_op(&w, &second, OP_DELETE);
    struct event ea = world_admit(&w, policy->a_chain, 2, 1000);
    struct event eb = world_admit(&w, policy->b_chain, b_saw_a ? 3 : 2, b_later ? 2000 : 500);
    do_pair_edit(&w, &ea, policy, a, policy->old);
    const char *from = b_saw_a && a->deed == SAYS ? a->value : policy->old;
    do_pair_edit(&w, &eb, policy, b, from);
    print_field(out, &w, policy->field);
    if (!w.record.live)
        buf_put_str(out, "; deleted");
    if (w.record.fields[0].conflict)
        buf_put_str(out, "; **deleted or not**");
    world_release(&w);
}

static void print_pairs(struct buf *out)
{
    buf_put_str(out,
                BEGIN "\n| policy | before | A | B | B had seen A's | concurrent, B's clock later |"
                      " concurrent, B's clock earlier |\n|---|---|---|---|---|---|---|\n");
    for (size_t p = 0; p < ARRAY_LENGTH(pair_policies); p++) {
        const struct pair_policy *policy = &pair_policies[p];
        for (const struct pair_edit *a = policy->edits; a < policy->edits + 6 && a->words; a++)
            for (const struct pair_edit *b = policy->edits; b < policy->edits + 6 && b->words;
                 b++) {
                buf_printf(out, "| %s | %s | %s | %s |", policy->label,
                           begins_deleted(a, b) ? "deleted" : "live", a->words, b->words);
                for (int cell = 0; cell < 3; cell++) {
                    buf_put_str(out, " ");
                    print_pair_cell(out, policy, a, b, cell == 0, cell != 2);
                    buf_put_str(out, " |");
                }
                buf_put_str(out, "\n");
            }
    }
    buf_put_str(out, "\n" END);
}

/* ---- the pages ---- */

static void page_holds(const char *path, void (*print)(struct buf *))
{
    struct buf page, results;
    struct error err;
    const char *root = getenv("HUCE_ROOT"); /* tests run in a folder of their own */
    assert_int_equal(root ? chdir(root) : 0, 0);
    buf_init(&results, PAGE_MAX);
    print(&results);
    assert_true(buf_ok(&results));
    if (file_read(path, PAGE_MAX, &page, &err) != ST_OK)
        fail_msg("%s (run from the project folder)", err.text);

    const char *content = buf_cstr(&page);
    const char *begin = strstr(content, BEGIN), *end = strstr(content, END);
    assert_non_null(begin);
    assert_non_null(end);
    struct slice standing = {(const uint8_t *)begin, (size_t)(end + strlen(END) - begin)};
    bool same = slice_equal(standing, buf_slice(&results));
    if (!same && getenv("HUCE_WRITE_RULES")) {
        struct buf next;
        buf_init(&next, PAGE_MAX);
        buf_put(&next, page.p, (size_t)(begin - content));
        buf_put_slice(&next, buf_slice(&results));
        buf_put_str(&next, end + strlen(END));
        assert_int_equal(file_replace(path, buf_slice(&next), 0644, &err), ST_OK);
        buf_release(&next);
        same = true;
    }
    if (!same)
        fail_msg("%s does not hold what the merge does; see the head of this test", path);
    buf_release(&results);
    buf_release(&page);
}

static void rules_hold_exactly_these_results(void **state)
{
    (void)state;
    page_holds(RULES, print_results);
}

static void every_pair_of_edits_is_on_its_page(void **state)
{
    (void)state;
    page_holds(RESULTS, print_pairs);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(rules_hold_exactly_these_results),
                                       cmocka_unit_test(every_pair_of_edits_is_on_its_page)};
    return cmocka_run_group_tests_name("merge/rules", tests, NULL, NULL);
}
