/* SPDX-License-Identifier: MulanPSL-2.0 */
/* move: where a record counts that several ledgers know, as a table of halves. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "shared/merge/move.h"

#define HALVES 3
#define MOVES 3

/* Moves of the ledgers a, b, c as words: "+1a" came by hop 1 from a, "-2b" left by hop 2 for b.
 * NULL: the ledger has no half. */
struct situation {
    const char *what;
    const char *halves[HALVES];
    int home;              /* index of the ledger, -1: nowhere */
    const char *unfounded; /* ledgers whose arrival has no out */
};

static const struct situation situations[] = {
    {"nobody knows it", {NULL, NULL, NULL}, -1, ""},
    {"made and stayed", {"", NULL, NULL}, 0, ""},
    {"made in two places", {"", "", NULL}, 0, ""},
    {"moved", {"-1b", "+1a", NULL}, 1, ""},
    {"moved on", {"-1b", "+1a-2c", "+2b"}, 2, ""},
    {"and back", {"-1b+2b", "+1a-2a", NULL}, 0, ""},
    {"on its way to who is read", {"-1b", NULL, NULL}, 0, ""},
    {"on its way to somewhere else", {"-1x", NULL, NULL}, -1, ""},
    {"on its way again", {"-1b", "+1a-2x", NULL}, -1, ""},
    {"the old place is not read", {NULL, "+1x", NULL}, 1, ""},
    {"taken in by two, one was meant", {"-1b", "+1a", "+1a"}, 1, "c"},
    {"taken in by two, neither was meant", {"-1x", "+1a", "+1a"}, -1, "bc"},
    {"all contradict each other", {"+1b-1x", "+1a-1x", NULL}, 0, "ab"},
    {"taken in without an out", {"", "+1a", NULL}, 1, "b"},
    {"taken in from itself", {"+1a", NULL, NULL}, 0, ""},
    {"two of one hop from places not read", {NULL, "+1x", "+1y"}, 1, ""},
    {"a late edit at the old place", {"-1b", "+1a", ""}, 1, ""},
};

static const char *const names[HALVES] = {"a", "b", "c"};

static uint32_t read_moves(const char *words, struct move *out)
{
    uint32_t n = 0;
    for (; *words; words += 3)
        out[n++] = (struct move){.in = words[0] == '+',
                                 .hop = (uint32_t)(words[1] - '0'),
                                 .other = slice_of(words + 2, 1)};
    return n;
}

static bool is_read(const struct situation *s, const struct slice *origin)
{
    for (int i = 0; i < HALVES; i++)
        if (slice_equal(*origin, slice_str(names[i])))
            return s->halves[i] || strcmp(s->what, "on its way to who is read") == 0;
    return false;
}

static void try_all(bool backwards)
{
    for (size_t i = 0; i < sizeof situations / sizeof *situations; i++) {
        const struct situation *s = &situations[i];
        struct move moves[HALVES][MOVES];
        struct move_half halves[HALVES];
        int ledger[HALVES], home = -1;
        char unfounded[HALVES + 1] = "";
        size_t n = 0;
        for (int turn = 0; turn < HALVES; turn++) {
            int k = backwards ? HALVES - 1 - turn : turn;
            if (!s->halves[k])
                continue;
            halves[n] = (struct move_half){.origin = slice_str(names[k]), .moves = moves[k]};
            halves[n].move_count = read_moves(s->halves[k], moves[k]);
            for (uint32_t m = 0; m < halves[n].move_count; m++)
                halves[n].onward |= !moves[k][m].in && is_read(s, &moves[k][m].other);
            ledger[n++] = k;
        }
        size_t at = move_home(halves, n);
        if (at != MOVE_NOWHERE)
            home = ledger[at];
        for (size_t k = 0; k < n; k++)
            if (move_unfounded(halves, n, backwards ? n - 1 - k : k))
                strcat(unfounded, names[ledger[backwards ? n - 1 - k : k]]);
        if (home != s->home || strcmp(unfounded, s->unfounded) != 0)
            fail_msg("%s: counted at %d, unfounded %s", s->what, home, unfounded);
    }
}

static void every_situation(void **state)
{
    (void)state;
    try_all(false);
    try_all(true); /* in whatever order the halves come */
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_situation)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
