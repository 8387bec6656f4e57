/* SPDX-License-Identifier: MulanPSL-2.0 */
/* forks: what splits a chain is refused and kept, signed as it was; what is only badly signed is
 * not. */
#include "tests/unit/server/support.h"

#include "server/core/forks.h"

static struct county_fixture county;
static struct desk_keys desk;
static struct arena arena;

static int begin(void **state)
{
    (void)state;
    diag_set_level(DIAG_ERROR);
    county_open(&county);
    desk_make(&desk, 9);
    desk_join(&desk, county.srv, "village", VILLAGE);
    return 0;
}

static int end(void **state)
{
    (void)state;
    desk_drop(&desk);
    arena_release(&arena);
    county_close(&county);
    return 0;
}

static size_t send(struct slice segment, int64_t now_ms)
{
    struct request_ledger part = {.segments = &segment, .segment_count = 1};
    struct sync_request request = {1, &part, 1024 * 1024};
    struct sync_answer answer;
    uint64_t admitted;
    struct hash empty;
    assert_true(origin_make("guanghe.example", VILLAGE, &part.origin));
    hash_bytes(SLICE_NONE, &empty);
    memcpy(part.root8, empty.b, sizeof(part.root8));
    assert_ok(admission_sync(county.srv, sign_key_kid(desk.device), &request, now_ms, &arena,
                             &answer, &admitted, &err));
    return (size_t)admitted;
}

static struct slice another(const struct chain_head *head, enum segment_form form)
{
    desk.head = *head;
    return desk_write(&desk, county.srv, VILLAGE, 1, form, &arena, NULL);
}

struct seen {
    size_t count;
    struct fork last;
    struct buf text;
};

static bool look(void *arg, const struct fork *fork)
{
    struct seen *seen = arg;
    seen->count++;
    seen->last = *fork;
    buf_clear(&seen->text);
    assert_ok(forks_write(county.srv, fork, &seen->text, &err));
    return true;
}

static struct seen kept(void)
{
    struct seen seen = {0};
    buf_init(&seen.text, 65536);
    assert_ok(forks_each(county.srv, look, &seen, &err));
    return seen;
}

static void both_are_kept(void **state)
{
    const struct chain_head start = desk.head;
    const int64_t now_ms = time_now_ms();
    struct hash first;
    (void)state;
    assert_int_equal(send(another(&start, SEGMENT_SHORT), now_ms), 1);
    first = desk.head.id;
    const struct slice second = another(&start, SEGMENT_SHORT);
    const struct hash refused = desk.head.id;
    assert_int_equal(send(second, now_ms), 0);
    assert_int_equal(send(second, now_ms + 1), 0);
    struct seen seen = kept();
    assert_int_equal(seen.count, 1);
    assert_true(hash_equal(&seen.last.id, &refused));
    assert_true(hash_equal(&seen.last.admitted, &first));
    assert_true(hash_equal(&seen.last.device, sign_key_kid(desk.device)));
    assert_int_equal(seen.last.number, 1);
    assert_int_equal(seen.last.seen_ms, now_ms);
    assert_non_null(strstr(buf_cstr(&seen.text), "\nadmitted d284"));
    assert_non_null(strstr(buf_cstr(&seen.text), "\nrefused d284"));
    buf_release(&seen.text);
}

static void a_bad_signature_proves_nothing(void **state)
{
    struct chain_head start = desk.head;
    (void)state;
    memset(&start, 0, sizeof(start));
    start.kid = desk.head.kid;
    start.chain.b[0] = 77;
    assert_int_equal(send(another(&start, SEGMENT_FULL), time_now_ms()), 1);
    struct slice second = another(&start, SEGMENT_FULL);
    ((uint8_t *)second.p)[60] ^= 1;
    assert_int_equal(send(second, time_now_ms()), 0);
    struct seen seen = kept();
    assert_int_equal(seen.count, 1);
    buf_release(&seen.text);
}

static void so_many_of_a_key_and_no_more(void **state)
{
    struct chain_head start = {.kid = desk.head.kid, .chain = {{5}}};
    (void)state;
    assert_int_equal(send(another(&start, SEGMENT_SHORT), time_now_ms()), 1);
    for (size_t i = 0; i < FORKS_PER_KEY + 3; i++)
        assert_int_equal(send(another(&start, SEGMENT_SHORT), time_now_ms()), 0);
    struct seen seen = kept();
    assert_int_equal(seen.count, FORKS_PER_KEY);
    buf_release(&seen.text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_are_kept),
        cmocka_unit_test(a_bad_signature_proves_nothing),
        cmocka_unit_test(so_many_of_a_key_and_no_more),
    };
    crypto_init();
    return cmocka_run_group_tests(tests, begin, end);
}
