/* SPDX-License-Identifier: MulanPSL-2.0 */
/* snapshot_note: what the county signs for a snapshot: its form, byte for byte, and whose it is. */
#include "shared/ledger/snapshot_note.h"

#include "tests/unit/ledger/support.h"

static struct sign_key *county, *stranger;
static struct origin village, other;
static struct snapshot_note note;

static int set_up(void **state)
{
    (void)state;
    crypto_init();
    county = test_key(1);
    stranger = test_key(2);
    village = test_origin("guanghe.example/622924101001");
    other = test_origin("guanghe.example/622924101002");
    note = (struct snapshot_note){.origin = village,
                                  .size = INT64_MAX,
                                  .root = test_hash(0x11),
                                  .registry_size = 12,
                                  .catalog = 7,
                                  .merge = 12,
                                  .digest = test_hash(0x22),
                                  .bytes = 100200,
                                  .content = test_hash(0x33)};
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    sign_key_release(county);
    sign_key_release(stranger);
    return 0;
}

static enum status open_as(const char *text, const struct origin *origin)
{
    struct snapshot_note read;
    return snapshot_note_open(slice_str(text), origin, sign_key_public(county), &read, NULL);
}

static void reads_what_it_signs(void **state)
{
    (void)state;
    struct snapshot_note read;
    struct buf text;
    buf_init(&text, SNAPSHOT_NOTE_MAX);
    snapshot_note_sign(&note, county, &text);
    assert_true(buf_ok(&text));
    assert_int_equal(
        snapshot_note_open(buf_slice(&text), &village, sign_key_public(county), &read, NULL),
        ST_OK);
    assert_string_equal(read.origin.text, village.text);
    assert_true(read.size == note.size && hash_equal(&read.root, &note.root));
    assert_true(read.registry_size == 12 && read.catalog == 7 && read.merge == 12);
    assert_true(hash_equal(&read.digest, &note.digest));
    assert_true(read.bytes == 100200 && hash_equal(&read.content, &note.content));
    assert_int_equal(open_as(buf_cstr(&text), &other), ST_DAMAGED);
    assert_int_not_equal(
        snapshot_note_open(buf_slice(&text), &village, sign_key_public(stranger), &read, NULL),
        ST_OK);
    buf_release(&text);
}

/* Signed by the county itself all the same: the form alone refuses them. */
static void another_form_is_refused(void **state)
{
    (void)state;
#define H "ERERERERERERERERERERERERERERERERERERERERERE="
    static const char *const forms[] = {
        "",
        "huce/1/snapshot\n",
        "huce/1/snapshot\nguanghe.example/622924101001\n",
        "huce/1/snapshot\nnowhere\n5 " H "\n3 2 1\n" H "\n9 " H "\n",
        "huce/1/snapshoT\nguanghe.example/622924101001\n5 " H "\n3 2 1\n" H "\n9 " H "\n",
        "huce/1/snapshot\nguanghe.example/622924101001\n0 " H "\n3 2 1\n" H "\n9 " H "\n",
        "huce/1/snapshot\nguanghe.example/622924101001\n05 " H "\n3 2 1\n" H "\n9 " H "\n",
        "huce/1/snapshot\nguanghe.example/622924101001\n-5 " H "\n3 2 1\n" H "\n9 " H "\n",
        "huce/1/snapshot\nguanghe.example/622924101001\n5\n3 2 1\n" H "\n9 " H "\n",
        "huce/1/snapshot\nguanghe.example/622924101001\n5x" H "\n3 2 1\n" H "\n9 " H "\n",
        "huce/1/snapshot\nguanghe.example/622924101001\n5 ERER\n3 2 1\n" H "\n9 " H "\n",
        "huce/1/snapshot\nguanghe.example/622924101001\n5 ?\n3 2 1\n" H "\n9 " H "\n",
        "huce/1/snapshot\nguanghe.example/622924101001\n5 " H "\n3 2\n" H "\n9 " H "\n",
        "huce/1/snapshot\nguanghe.example/622924101001\n9223372036854775808 " H "\n3 2 1\n" H
        "\n9 " H "\n",
        "huce/1/snapshot\nguanghe.example/622924101001\n5 " H "\n9223372036854775808 2 1\n" H
        "\n9 " H "\n",
        "huce/1/snapshot\nguanghe.example/622924101001\n5 " H "\n3 2 1\n" H
        "\n9223372036854775808 " H "\n",
    };
    static char long_one[SNAPSHOT_NOTE_MAX + 2];
    struct buf text;
    buf_init(&text, 2 * SNAPSHOT_NOTE_MAX);
    for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
        buf_clear(&text);
        buf_put_str(&text, forms[i]);
        note_sign(&village, county, slice_str(forms[i]), &text);
        assert_int_equal(open_as(buf_cstr(&text), &village), ST_INVALID);
    }
    buf_clear(&text); /* the same with nothing wrong */
    const char *good =
        "huce/1/snapshot\nguanghe.example/622924101001\n5 " H "\n3 2 1\n" H "\n9 " H "\n";
    buf_put_str(&text, good);
    note_sign(&village, county, slice_str(good), &text);
    assert_int_equal(open_as(buf_cstr(&text), &village), ST_OK);
    memset(long_one, 'x', SNAPSHOT_NOTE_MAX + 1);
    assert_int_equal(open_as(long_one, &village), ST_INVALID);
    buf_release(&text);
#undef H
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_what_it_signs),
        cmocka_unit_test(another_form_is_refused),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
