/* SPDX-License-Identifier: MulanPSL-2.0 */
/* Invitations as they arrive: re-typed, broken over lines, inside a message, cut short. */
#include <stdio.h>

#include "shared/codec/cbor.h"
#include "shared/ledger/invite.h"
#include "tests/unit/ledger/support.h"

static struct buf code;

static struct invite sample(void)
{
    struct invite invite = {.url = "https://guanghe.example:8443",
                            .pin_count = 1,
                            .registry = test_origin("guanghe.example/622924000000"),
                            .root_kid = test_hash(0x22),
                            .expires_ms = 1795224600000};
    invite.pins[0] = test_hash(0x11);
    memset(invite.token, 0x33, sizeof(invite.token));
    return invite;
}

static const char *encode(const struct invite *invite)
{
    buf_clear(&code);
    assert_int_equal(invite_encode(invite, &code, NULL), ST_OK);
    assert_true(code.n <= INVITE_TEXT_MAX);
    return buf_cstr(&code);
}

static void assert_opens(const char *text)
{
    struct invite want = sample(), got;
    struct error err = {0};
    if (invite_decode(slice_str(text), &got, &err) != ST_OK)
        fail_msg("%s: %s", err.text, text);
    assert_string_equal(got.url, want.url);
    assert_string_equal(got.registry.text, want.registry.text);
    assert_int_equal(got.pin_count, 1);
    assert_hash_equal(&got.pins[0], &want.pins[0]);
    assert_hash_equal(&got.root_kid, &want.root_kid);
    assert_memory_equal(got.token, want.token, sizeof(got.token));
    assert_int_equal(got.expires_ms, want.expires_ms);
}

static void invite_round_trip(void **state)
{
    (void)state;
    struct invite invite = sample();
    assert_opens(encode(&invite));
    assert_memory_equal(code.p, "HUCE1-", 6);
}

static void invite_forgives_how_it_was_carried(void **state)
{
    (void)state;
    struct invite invite = sample();
    const char *text = encode(&invite);
    size_t n = strlen(text);
    char other[4 * INVITE_TEXT_MAX + 100];

    size_t out = 0;
    for (size_t i = 0; i < n; i++) { /* lower case, a line break after every 7 characters */
        other[out++] = text[i] >= 'A' && text[i] <= 'Z' ? (char)(text[i] + 32) : text[i];
        if (i % 7 == 3) {
            memcpy(other + out, "\r\n ", 3);
            out += 3;
        }
    }
    other[out] = 0;
    assert_opens(other);

    for (size_t i = 0; i <= n; i++) /* letters that people misread */
        other[i] = text[i] == '0' && i > 6 ? 'O' : text[i] == '1' && i > 6 ? 'l' : text[i];
    assert_opens(other);

    sprintf(other, "\xE9\x82\x80\xE8\xAF\xB7\xE7\xA0\x81 HU HUCE \xEF\xBC\x9A%s\n", text);
    assert_opens(other);
    sprintf(other, "your code: %s is good for 7 days", text);
    assert_opens(other);
    sprintf(other, "%s until Friday", text);
    assert_opens(other);
    sprintf(other, "\xEF\xBB\xBF%.20s\xE3\x80\x80%s\xE3\x80\x82", text, text + 20);
    assert_opens(other);
}

static void assert_refused(const char *text, size_t n, const char *says)
{
    struct invite got;
    struct error err;
    assert_int_equal(invite_decode(slice_of(text, n), &got, &err), ST_INVALID);
    if (!strstr(err.text, says))
        fail_msg("expected '%s' in: %s", says, err.text);
}

static void invite_names_what_is_wrong(void **state)
{
    (void)state;
    struct invite invite = sample(), got;
    const char *text = encode(&invite);
    size_t n = strlen(text);
    for (size_t cut = 0; cut < 6; cut++)
        assert_refused(text, cut, "没有邀请码");
    for (size_t cut = 6; cut < n; cut++)
        assert_refused(text, cut, "不完整");
    assert_refused("HUCE2-ABC", 9, "没有邀请码");
    /* What no digit is ends the code, whatever it stands between in ASCII. */
    static const char *const ends[] = {"HUCE1-7/7", "HUCE1-7:7", "HUCE1-7[7", "HUCE1-7U7"};
    for (size_t i = 0; i < ARRAY_LENGTH(ends); i++)
        assert_refused(ends[i], strlen(ends[i]), "不完整");

    char other[INVITE_TEXT_MAX + 1];
    for (size_t i = 6; i < n; i++) { /* one slip anywhere */
        memcpy(other, text, n + 1);
        other[i] = other[i] == '7' ? '8' : '7';
        assert_int_equal(invite_decode(slice_of(other, n), &got, NULL), ST_INVALID);
    }
    memcpy(other, text, n + 1);
    other[n / 2] = other[n / 2] == '7' ? '8' : '7';
    assert_refused(other, n, "有错字");
}

/* Opens an item that is whole and checked, whatever it says. */
static enum status open_item(struct slice item)
{
    struct buf bytes, text;
    struct hash check;
    struct invite got;
    buf_init(&bytes, 300);
    buf_init(&text, INVITE_TEXT_MAX);
    buf_put_slice(&bytes, item);
    hash_bytes(item, &check);
    buf_put(&bytes, check.b, 4);
    buf_put_str(&text, "HUCE1-");
    base32_encode(buf_slice(&bytes), &text);
    assert_true(buf_ok(&text));
    enum status status = invite_decode(buf_slice(&text), &got, NULL);
    buf_release(&text);
    buf_release(&bytes);
    return status;
}

static enum status open_content(const char *url, size_t pins, const char *registry)
{
    struct hash h = test_hash(1);
    struct buf item;
    buf_init(&item, 300);
    cbor_put_array(&item, 6);
    cbor_put_str(&item, url);
    cbor_put_array(&item, pins);
    for (size_t i = 0; i < pins; i++)
        cbor_put_bytes(&item, hash_slice(&h));
    cbor_put_str(&item, registry);
    cbor_put_bytes(&item, hash_slice(&h));
    cbor_put_bytes(&item, slice_of(h.b, 16));
    cbor_put_uint(&item, 5);
    enum status status = open_item(buf_slice(&item));
    buf_release(&item);
    return status;
}

static void invite_refuses_odd_content(void **state)
{
    (void)state;
    assert_int_equal(open_item(slice_of("\x01", 1)), ST_INVALID);
    assert_int_equal(open_item(slice_of("\x80", 1)), ST_INVALID);
    assert_int_equal(open_content("http://x", 2, "a/622924000000"), ST_OK);
    assert_int_equal(open_content("http://x", 3, "a/622924000000"), ST_INVALID);
    assert_int_equal(open_content("ftp://x", 0, "a/622924000000"), ST_INVALID);
    assert_int_equal(open_content("http://x", 0, "a/62292400000"), ST_INVALID);
}

static void invite_is_bounded(void **state)
{
    (void)state;
    struct invite invite = sample();
    struct error err;
    memset(invite.url + 8, 'a', 150);
    invite.pin_count = 2;
    buf_clear(&code);
    assert_int_equal(invite_encode(&invite, &code, &err), ST_LIMIT);
    assert_int_equal(code.n, 0);
    strcpy(invite.url, "ftp://x");
    assert_int_equal(invite_encode(&invite, &code, &err), ST_INVALID);

    char large[5000];
    memset(large, 'A', sizeof(large));
    memcpy(large, "HUCE1-", 6);
    assert_refused(large, sizeof(large), "有错字");
    memset(large, ' ', sizeof(large));
    memcpy(large, "HUCE1-", 6);
    assert_refused(large, sizeof(large), "不完整");
}

/* HMAC-SHA-256 computed with python3. */
static void invite_proof_is_an_hmac(void **state)
{
    (void)state;
    struct invite invite = sample();
    struct hash person = test_hash(1), device = test_hash(2), proof;
    struct box_public box;
    memset(box.b, 3, sizeof(box.b));
    invite_proof(invite.token, &person, &device, &box, &invite.registry, &proof);
    assert_hex(proof.b, HASH_SIZE,
               "40c1b46ef24036e0f940cf187e672a7640bd31f9c07939914bbe09fdf6153bfa");
}

static int set_up(void **state)
{
    (void)state;
    buf_init(&code, 1024);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    buf_release(&code);
    return 0;
}

int main(void)
{
    crypto_init();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(invite_round_trip),
        cmocka_unit_test(invite_forgives_how_it_was_carried),
        cmocka_unit_test(invite_names_what_is_wrong),
        cmocka_unit_test(invite_refuses_odd_content),
        cmocka_unit_test(invite_is_bounded),
        cmocka_unit_test(invite_proof_is_an_hmac),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
