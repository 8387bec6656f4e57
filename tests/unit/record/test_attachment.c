/* SPDX-License-Identifier: MulanPSL-2.0 */
/* attachment: the text that names a photo has one spelling, and a field takes no other. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "shared/base/check.h"
#include "shared/record/attachment.h"
#include "shared/record/validate.h"

#define H "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
#define T "ffeeddccbbaa99887766554433221100ffeeddccbbaa99887766554433221100"

static void what_is_written_is_read(void **state)
{
    (void)state;
    static const char *const good[] = {H, H ".1.jpg", H ".20971520.png", H ".32000000.pdf",
                                       H ".77.jpg." T};
    for (size_t i = 0; i < ARRAY_LENGTH(good); i++) {
        struct attachment a;
        char again[ATTACHMENT_TEXT_MAX + 1];
        assert_true(attachment_parse(slice_str(good[i]), &a));
        attachment_write(&a, again);
        assert_string_equal(again, good[i]);
    }
    struct attachment a;
    assert_true(attachment_parse(slice_str(H ".77.jpg." T), &a));
    assert_int_equal(a.size, 77);
    assert_int_equal(a.kind, ATTACHMENT_JPEG);
    assert_true(a.has_thumb);
    assert_int_equal(a.hash[1], 0x11);
    assert_int_equal(a.thumb[0], 0xff);
    assert_true(attachment_parse(slice_str(H), &a));
    assert_int_equal(a.size, 0);
    assert_int_equal(a.kind, ATTACHMENT_UNKNOWN);
}

static void another_spelling_is_not(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "00",
        "00112233445566778899AABBCCDDEEFF00112233445566778899aabbccddeeff",
        "0011223344556677889gaabbccddeeff00112233445566778899aabbccddeeff",
        H "x",
        H ".",
        H ".jpg",
        H ".0.jpg",
        H ".01.jpg",
        H ".32000001.jpg",
        H ".99999999999999999999.jpg",
        H ".5",
        H ".5xjpg",
        H ".5.",
        H ".5.jp",
        H ".5.gif",
        H ".5.jpgx",
        H ".5.jpg.",
        H ".5.jpg.00",
        H ".5.jpg." T "x",
        H ".5.jpg." T ".5"};
    for (size_t i = 0; i < ARRAY_LENGTH(bad); i++) {
        struct attachment a;
        if (attachment_parse(slice_str(bad[i]), &a))
            fail_msg("taken: %s", bad[i]);
    }
}

static void kinds_have_names(void **state)
{
    (void)state;
    assert_string_equal(attachment_kind_name(ATTACHMENT_PNG), "png");
    assert_string_equal(attachment_kind_name(ATTACHMENT_UNKNOWN), "");
    assert_string_equal(attachment_media_type(ATTACHMENT_PDF), "application/pdf");
}

static void a_field_takes_no_other_text(void **state)
{
    (void)state;
    struct arena arena = {0};
    struct catalog_field field = {.no = 1, .name = "photo", .zh = "照片", .type = FIELD_TEXT};
    struct error err;
    field.check = "attachment";
    field.check_plan = validate_compile_field(&field, &arena);
    assert_true(validate_holds_attachment(&field));
    const struct value good = value_text(slice_str(H ".5.jpg")), bad = value_text(slice_str("no"));
    assert_int_equal(validate_value(&field, &good, 0, &err), ST_OK);
    assert_int_equal(validate_value(&field, &bad, 0, &err), ST_INVALID);
    assert_non_null(strstr(err.text, "照片"));
    assert_true(validate_check_known(slice_str("attachment")));
    field.check = "hex:64";
    field.check_plan = validate_compile_field(&field, &arena);
    assert_false(validate_holds_attachment(&field));
    arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_read),
        cmocka_unit_test(another_spelling_is_not),
        cmocka_unit_test(kinds_have_names),
        cmocka_unit_test(a_field_takes_no_other_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
