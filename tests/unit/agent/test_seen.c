/* SPDX-License-Identifier: MulanPSL-2.0 */
/* seen: what a version can tell of a record, on records made by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "agent/core/seen.h"
#include "shared/base/check.h"
#include "shared/db/catalog_sql.h"

static const char catalog_text[] = "INSERT INTO migration(number, name) VALUES (1, 'shop');"
                                   "INSERT INTO tables(no, name, zh, en, kind, home, title) VALUES"
                                   " (1, 'shop', '店', 'Shop', 'record', 'village', 'name');"
                                   "INSERT INTO fields(tbl, no, name, zh, en, type, policy) VALUES"
                                   " ('shop', 1, 'name', '店名', 'Name', 'text', 'review'),"
                                   " ('shop', 2, 'owner', '店主', 'Owner', 'text', 'lww'),"
                                   " ('shop', 255, 'goods', '货物', 'Goods', 'set_text', 'set');";

enum { NAME = 1, OWNER = 2, GOODS = 255, UNKNOWN = 7 };

static struct catalog catalog;
static struct arena arena;

static int set_up(void **state)
{
    struct buf migration;
    (void)state;
    buf_init(&migration, 65536);
    catalog_init(&catalog);
    assert_int_equal(catalog_from_sql(catalog_text, &migration, NULL), ST_OK);
    assert_int_equal(catalog_apply(&catalog, buf_slice(&migration), NULL), ST_OK);
    buf_release(&migration);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_release(&arena);
    catalog_release(&catalog);
    return 0;
}

/* A record in which nothing was written yet. */
static struct record_state blank(uint8_t id)
{
    struct record_state record;
    struct record_id record_id = {{id}};
    record_state_init(&record, catalog_table(&catalog, 1), &record_id, &arena);
    record.live = true;
    record.field_count = CATALOG_FIELD_NO_MAX + 1;
    record.fields = arena_alloc(&arena, record.field_count * sizeof(*record.fields));
    memset(record.fields, 0, record.field_count * sizeof(*record.fields));
    return record;
}

/* Adds a claim; the last one is in force. */
static void say(struct record_state *record, uint32_t no, const char *text)
{
    struct field_state *field = &record->fields[no];
    struct claim *claims = arena_alloc(&arena, (field->claim_count + 1) * sizeof(*claims));
    if (field->claim_count)
        memcpy(claims, field->claims, field->claim_count * sizeof(*claims));
    claims[field->claim_count] =
        (struct claim){.at = {.leaf = field->claim_count, .effective_ms = field->claim_count},
                       .value = text ? value_text(slice_str(text)) : value_null()};
    field->claims = claims;
    field->value = claims[field->claim_count++].value;
}

static void test_text(void **state)
{
    static const char *const bad[] = {"",
                                      "1",
                                      "2.",
                                      "1.AQ==",
                                      "1.!!!!",
                                      "AZj82vQ=",
                                      "1.AZj82vQ",
                                      "1.AZj82vQCMQ==",
                                      "1.ApAAAAABkAAAAA=="};
    struct record_state record = blank(1);
    struct seen seen, again;
    struct buf text;
    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(bad); i++)
        if (seen_read(slice_str(bad[i]), &again))
            fail_msg("read: %s", bad[i]);
    buf_init(&text, SEEN_TEXT_MAX);
    seen_record(&record, &seen);
    seen_write(&seen, &text);
    assert_string_equal(buf_cstr(&text), "1."); /* an empty form */
    assert_true(seen_read(buf_slice(&text), &again));
    assert_int_equal(again.n, 0);
    for (uint32_t no = 1; no <= CATALOG_FIELD_NO_MAX; no++)
        say(&record, no, "x"); /* fields that the catalog does not know are not shown */
    seen_record(&record, &seen);
    assert_int_equal(seen.n, 3 * SEEN_ENTRY);
    buf_clear(&text);
    seen_write(&seen, &text);
    assert_true(seen_read(buf_slice(&text), &again));
    assert_int_equal(again.n, seen.n);
    assert_memory_equal(again.b, seen.b, seen.n);
    buf_release(&text);
}

static void test_moved(void **state)
{
    struct record_state record = blank(1), other = blank(2);
    struct seen seen;
    (void)state;
    say(&record, NAME, "张记");
    seen_record(&record, &seen);
    assert_false(seen_moved(&seen, &record, NAME));
    assert_false(seen_moved(&seen, &record, OWNER));
    assert_false(seen_moved(&seen, &record, 0));
    assert_false(seen_moved(&seen, &record, UNKNOWN));

    record.fields[NAME].claims[0].at.leaf = 77; /* the county confirmed it */
    assert_false(seen_moved(&seen, &record, NAME));
    say(&record, OWNER, "丁丽");
    assert_true(seen_moved(&seen, &record, OWNER));
    say(&record, OWNER, NULL); /* and away again: as it was shown */
    assert_false(seen_moved(&seen, &record, OWNER));
    say(&record, NAME, "李记");
    assert_true(seen_moved(&seen, &record, NAME));
    say(&record, NAME, "张记");
    assert_false(seen_moved(&seen, &record, NAME));
    say(&record, NAME, NULL);
    assert_true(seen_moved(&seen, &record, NAME));

    say(&other, NAME, "张记"); /* the version of one record says nothing of another */
    assert_true(seen_moved(&seen, &other, NAME));
}

static void test_conflict(void **state)
{
    struct record_state record = blank(1);
    struct seen before, during;
    (void)state;
    say(&record, NAME, "张记");
    seen_record(&record, &before);
    say(&record, NAME, "李记");
    record.fields[NAME].value = record.fields[NAME].claims[0].value; /* the old one is in force */
    record.fields[NAME].conflict = true;
    assert_true(seen_moved(&before, &record, NAME)); /* though it shows the same value */
    seen_record(&record, &during);
    assert_int_equal(during.n, 2 * SEEN_ENTRY);
    assert_false(seen_moved(&during, &record, NAME));
    say(&record, NAME, "王记");
    record.fields[NAME].value = record.fields[NAME].claims[0].value;
    assert_true(seen_moved(&during, &record, NAME)); /* a candidate more */

    record = blank(1);
    record.fields[0].conflict = true; /* an edit beside a delete */
    say(&record, 0, NULL);
    assert_true(seen_moved(&before, &record, 0));
    seen_field(&record, 0, &during);
    assert_false(seen_moved(&during, &record, 0));
}

static void test_left_alone(void **state)
{
    struct record_state record = blank(1);
    struct value same = value_text(slice_str("张记")), other = value_text(slice_str("李记"));
    struct value null = value_null();
    struct seen seen;
    (void)state;
    say(&record, NAME, "张记");
    seen_record(&record, &seen);
    assert_true(seen_shows(&seen, &record.id, NAME, &same, 1));
    assert_false(seen_shows(&seen, &record.id, NAME, &other, 1));
    assert_false(seen_shows(&seen, &record.id, NAME, &null, 1));
    assert_true(seen_shows(&seen, &record.id, OWNER, &null, 1));
    assert_false(seen_shows(&seen, &record.id, OWNER, &same, 1));
    record.fields[NAME].conflict = true; /* it is the value in force that a form shows */
    seen_record(&record, &seen);
    assert_true(seen_shows(&seen, &record.id, NAME, &same, 1));
    record.fields[NAME].value = null;
    seen_record(&record, &seen);
    assert_true(seen_shows(&seen, &record.id, NAME, &null, 1));
}

static void test_sets(void **state)
{
    struct record_state record = blank(1);
    struct value elements[2] = {value_text(slice_str("盐")), value_text(slice_str("茶"))};
    struct seen seen;
    (void)state;
    if (value_compare(&elements[0], &elements[1]) > 0) {
        struct value first = elements[1];
        elements[1] = elements[0];
        elements[0] = first;
    }
    say(&record, GOODS, "茶");
    say(&record, GOODS, "盐");
    seen_record(&record, &seen);
    assert_true(seen_shows(&seen, &record.id, GOODS, elements, 2));
    assert_false(seen_shows(&seen, &record.id, GOODS, elements, 1));
    assert_false(seen_shows(&seen, &record.id, GOODS, elements, 0));
    say(&record, GOODS, "茶"); /* added twice: still one element */
    assert_false(seen_moved(&seen, &record, GOODS));
    say(&record, GOODS, "米");
    assert_true(seen_moved(&seen, &record, GOODS));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text),     cmocka_unit_test(test_moved),
        cmocka_unit_test(test_conflict), cmocka_unit_test(test_left_alone),
        cmocka_unit_test(test_sets),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
