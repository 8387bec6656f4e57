/* SPDX-License-Identifier: MulanPSL-2.0 */
/* Signed tree heads: exact text, strict reading, other signers passed over. */
#include "shared/ledger/checkpoint.h"
#include "tests/unit/ledger/support.h"

#define DASH "\xE2\x80\x94 "
#define NAME "guanghe.example/622924101001"
#define ROOT "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE="
#define OTHER DASH "witness.example c29tZXRoaW5nIGVsc2U=\n"

static struct sign_key *key;
static struct origin origin;

static struct checkpoint sample(void)
{
    return (struct checkpoint){origin, 123456, test_hash(1)};
}

static enum status open_text(const char *text)
{
    struct checkpoint cp;
    return checkpoint_open(slice_str(text), &origin, sign_key_public(key), &cp, NULL);
}

static void checkpoint_round_trip(void **state)
{
    (void)state;
    struct checkpoint cp = sample(), back;
    struct buf text;
    static const uint64_t sizes[] = {0, 1, 123456, INT64_MAX};
    buf_init(&text, CHECKPOINT_MAX);
    for (size_t i = 0; i < ARRAY_LENGTH(sizes); i++) {
        buf_clear(&text);
        cp.size = sizes[i];
        checkpoint_sign(&cp, key, &text);
        assert_int_equal(
            checkpoint_open(buf_slice(&text), &origin, sign_key_public(key), &back, NULL), ST_OK);
        assert_string_equal(back.origin.text, NAME);
        assert_true(back.size == sizes[i]);
        assert_hash_equal(&back.root, &cp.root);
    }
    buf_release(&text);
}

static void checkpoint_text_is_exact(void **state)
{
    (void)state;
    struct checkpoint cp = sample();
    struct buf text;
    buf_init(&text, CHECKPOINT_MAX);
    checkpoint_sign(&cp, key, &text);
    static const char want[] = NAME "\n123456\n" ROOT "\n\n" DASH NAME " ";
    assert_memory_equal(text.p, want, sizeof(want) - 1);
    assert_int_equal(text.n, sizeof(want) - 1 + 92 + 1); /* base64 of 68 bytes, newline */
    assert_int_equal(text.p[text.n - 1], '\n');
    buf_release(&text);
}

static void checkpoint_notices_every_bit(void **state)
{
    (void)state;
    struct checkpoint cp = sample(), back;
    struct buf text;
    buf_init(&text, CHECKPOINT_MAX);
    checkpoint_sign(&cp, key, &text);
    for (size_t i = 0; i < text.n; i++) {
        for (int bit = 0; bit < 8; bit++) {
            text.p[i] ^= (uint8_t)(1 << bit);
            assert_int_not_equal(
                checkpoint_open(buf_slice(&text), &origin, sign_key_public(key), &back, NULL),
                ST_OK);
            text.p[i] ^= (uint8_t)(1 << bit);
        }
    }
    for (size_t n = 0; n < text.n; n++)
        assert_int_not_equal(
            checkpoint_open(slice_of(text.p, n), &origin, sign_key_public(key), &back, NULL),
            ST_OK);
    buf_release(&text);
}

static void checkpoint_of_another_ledger_or_key(void **state)
{
    (void)state;
    struct sign_key *other_key = test_key(9);
    struct origin elsewhere = test_origin("guanghe.example/622924101002");
    struct checkpoint cp = sample(), back;
    struct error err;
    struct buf text;
    buf_init(&text, CHECKPOINT_MAX);
    checkpoint_sign(&cp, key, &text);
    assert_int_equal(
        checkpoint_open(buf_slice(&text), &elsewhere, sign_key_public(key), &back, &err),
        ST_DAMAGED);
    assert_non_null(strstr(err.text, NAME));
    assert_int_equal(
        checkpoint_open(buf_slice(&text), &origin, sign_key_public(other_key), &back, &err),
        ST_DAMAGED);
    buf_release(&text);
    sign_key_release(other_key);
}

static void checkpoint_with_other_signers(void **state)
{
    (void)state;
    struct checkpoint cp = sample();
    struct buf text, more;
    buf_init(&text, CHECKPOINT_MAX);
    buf_init(&more, CHECKPOINT_MAX);
    checkpoint_sign(&cp, key, &text);
    const char *line = strstr(buf_cstr(&text), "\n\n") + 2;
    int head = (int)(line - buf_cstr(&text));
    buf_printf(&more, "%s" OTHER, buf_cstr(&text));
    assert_int_equal(open_text(buf_cstr(&more)), ST_OK);
    buf_clear(&more);
    buf_printf(&more, "%.*s" OTHER "%s", head, buf_cstr(&text), line);
    assert_int_equal(open_text(buf_cstr(&more)), ST_OK);
    buf_clear(&more);
    buf_printf(&more, "%.*s" OTHER, head, buf_cstr(&text));
    assert_int_equal(open_text(buf_cstr(&more)), ST_DAMAGED);
    /* same name, another key id */
    buf_clear(&more);
    buf_printf(&more, "%.*s" DASH NAME " AAAAAAAA\n%s", head, buf_cstr(&text), line);
    assert_int_equal(open_text(buf_cstr(&more)), ST_OK);
    buf_release(&more);
    buf_release(&text);
}

static void checkpoint_signature_lines_are_strict(void **state)
{
    (void)state;
    static const char *const bad[] = {
        DASH "witness.example",          /* no signature */
        DASH "witness.example ",         /* empty */
        DASH "witness.example AAAA",     /* shorter than a key id */
        DASH "witness.example AAAAA",    /* not base64 */
        DASH " AAAAAAAA",                /* no name */
        DASH,                            /* nothing */
        "- witness.example AAAAAAAA",    /* another dash */
        "",                              /* an empty line */
        "witness.example AAAAAAAAAAAAA", /* no dash */
    };
    struct checkpoint cp = sample();
    struct buf text, more;
    buf_init(&text, CHECKPOINT_MAX);
    buf_init(&more, CHECKPOINT_MAX);
    checkpoint_sign(&cp, key, &text);
    for (size_t i = 0; i < ARRAY_LENGTH(bad); i++) {
        buf_clear(&more);
        buf_printf(&more, "%s%s\n", buf_cstr(&text), bad[i]);
        assert_int_equal(open_text(buf_cstr(&more)), ST_INVALID);
    }
    /* our own line with a signature of 65 bytes */
    uint8_t blob[69];
    const char *line = strstr(buf_cstr(&text), DASH);
    struct buf bytes;
    buf_init(&bytes, 100);
    assert_true(base64_decode(slice_of(line + strlen(DASH NAME) + 1, 92), &bytes));
    memcpy(blob, bytes.p, 68);
    blob[68] = 0;
    buf_clear(&more);
    buf_put(&more, text.p, (size_t)(line - (const char *)text.p));
    buf_put_str(&more, DASH NAME " ");
    base64_encode(slice_of(blob, 69), &more);
    buf_put_u8(&more, '\n');
    assert_int_equal(open_text(buf_cstr(&more)), ST_INVALID);
    buf_release(&bytes);
    buf_release(&more);
    buf_release(&text);
}

static void checkpoint_body_is_strict(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "\n",
        NAME,
        NAME "\n5\n",
        NAME "\n5\n" ROOT,
        NAME "\n5\n" ROOT "\n",
        NAME "\n5\n" ROOT "\nextension\n\n" OTHER,
        "nowhere\n5\n" ROOT "\n\n" OTHER,
        NAME "\n\n" ROOT "\n\n" OTHER,
        NAME "\n05\n" ROOT "\n\n" OTHER,
        NAME "\n-5\n" ROOT "\n\n" OTHER,
        NAME "\n5 \n" ROOT "\n\n" OTHER,
        NAME "\n9223372036854775808\n" ROOT "\n\n" OTHER,
        NAME "\n99999999999999999999\n" ROOT "\n\n" OTHER,
        NAME "\n5\nAQEB\n\n" OTHER,
        NAME "\n5\n!" ROOT "\n\n" OTHER,
        NAME "\n5\nAAAA" ROOT "\n\n" OTHER,
        NAME "\n5\nAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEB\n\n" OTHER,
    };
    for (size_t i = 0; i < ARRAY_LENGTH(bad); i++)
        assert_int_equal(open_text(bad[i]), ST_INVALID);
    assert_int_equal(open_text(NAME "\n5\n" ROOT "\n\n"), ST_DAMAGED);
    assert_int_equal(open_text(NAME "\n5\n" ROOT "\n\n" OTHER), ST_DAMAGED);

    char large[CHECKPOINT_MAX + 2];
    memset(large, 'a', sizeof(large));
    large[sizeof(large) - 1] = 0;
    assert_int_equal(open_text(large), ST_INVALID);
}

static int set_up(void **state)
{
    (void)state;
    key = test_key(1);
    origin = test_origin(NAME);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    sign_key_release(key);
    return 0;
}

int main(void)
{
    crypto_init();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(checkpoint_round_trip),
        cmocka_unit_test(checkpoint_text_is_exact),
        cmocka_unit_test(checkpoint_notices_every_bit),
        cmocka_unit_test(checkpoint_of_another_ledger_or_key),
        cmocka_unit_test(checkpoint_with_other_signers),
        cmocka_unit_test(checkpoint_signature_lines_are_strict),
        cmocka_unit_test(checkpoint_body_is_strict),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
