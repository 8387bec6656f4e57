/* SPDX-License-Identifier: MulanPSL-2.0 */
/* mask: what a list on the wall shows of a name, an id, a telephone number. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "shared/base/check.h"
#include "shared/record/mask.h"

static void stars_stand_for_what_is_hidden(void **state)
{
    (void)state;
    static const struct {
        const char *word, *text, *shown;
    } rows[] = {
        {"name", "马小兰", "马**"},
        {"name", "马", "*"},
        {"name", "", ""},
        {"name", "买买提·艾力", "买***"},
        {"name", "Anna", "A***"},
        {"name", "马兰", "马*"},
        {"id", "990000198001010012", "9***************12"},
        {"id", "990", "***"},
        {"id", "9900", "9*00"},
        {"phone", "15412345678", "154****5678"},
        {"phone", "1541234", "*******"},
        {"phone", "", ""},
    };
    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        enum mask mask;
        struct buf out;
        buf_init(&out, 100);
        assert_true(mask_parse(slice_str(rows[i].word), &mask));
        mask_put(mask, slice_str(rows[i].text), &out);
        assert_string_equal(buf_cstr(&out), rows[i].shown);
        buf_release(&out);
    }
}

static void no_mask_hides_nothing(void **state)
{
    (void)state;
    enum mask mask = MASK_NONE;
    struct buf out;
    static const char *const unknown[] = {"", "address", "names"};
    for (size_t i = 0; i < ARRAY_LENGTH(unknown); i++)
        assert_false(mask_parse(slice_str(unknown[i]), &mask));
    buf_init(&out, 100);
    mask_put(MASK_NONE, slice_str("马小兰"), &out);
    assert_string_equal(buf_cstr(&out), "马小兰");
    buf_release(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stars_stand_for_what_is_hidden),
        cmocka_unit_test(no_mask_hides_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
