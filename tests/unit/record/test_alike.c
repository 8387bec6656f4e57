/* SPDX-License-Identifier: MulanPSL-2.0 */
/* alike: names that may be one, and names that are two. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "shared/record/alike.h"

static void names(void **state)
{
    static const struct {
        const char *a, *b;
        bool alike;
    } at[] = {
        {"马小兰", "马小兰", true},
        {"马小兰", "马晓兰", true},
        {"马小兰", "马大花", false},
        {"马军", "马军", true},
        {"马军", "马强", false},
        {"马 军", "马军", true},
        {"买买提·艾力", "买买提艾力", true},
        {"买买提•艾力", "买买提・艾力", true},
        {"买买提·艾力", "买买提·艾丽", true},
        {"马小兰", "马兰", false},
        {"", "", false},
        {"·", "", false},
        {"Li Wei", "LiWei", true},
        {"abc", "abd", true},
        {"ab", "ac", false},
        {"𠮷田一", "𠮷田二", true},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(at) / sizeof(at[0]); i++) {
        if (alike_names(slice_str(at[i].a), slice_str(at[i].b)) != at[i].alike ||
            alike_names(slice_str(at[i].b), slice_str(at[i].a)) != at[i].alike)
            fail_msg("%s, %s", at[i].a, at[i].b);
    }
}

/* Longer than is looked at, and cut in a character: nothing beyond the end is read. */
static void long_and_broken(void **state)
{
    char a[400] = "", b[400] = "";
    (void)state;
    for (size_t i = 0; i + 4 < sizeof a; i += 3) {
        strcat(a, "马");
        strcat(b, "马");
    }
    assert_true(alike_names(slice_str(a), slice_str(b)));
    assert_false(alike_names(slice_of("\xe9\xa9", 2), slice_str("马")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names),
        cmocka_unit_test(long_and_broken),
    };
    return cmocka_run_group_tests_name("record/alike", tests, NULL, NULL);
}
