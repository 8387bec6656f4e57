/* SPDX-License-Identifier: MulanPSL-2.0 */
/* attempt: one invitation, one set of keys, also when the machine stopped in between. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <unistd.h>

#include "agent/core/attempt.h"
#include "shared/base/file.h"

static const uint8_t token[INVITE_TOKEN_SIZE] = {1}, other_token[INVITE_TOKEN_SIZE] = {2};
static char folder[] = "test_attempt.XXXXXX";
static char *place, *joining;

static int setup(void **state)
{
    (void)state;
    if (!mkdtemp(folder))
        return -1;
    place = file_join(folder, "data");
    joining = file_join(folder, "data.joining");
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    mem_free(joining);
    mem_free(place);
    return rmdir(folder);
}

static void begin(const uint8_t *with, const char *pin, bool with_device, struct attempt *out)
{
    struct error err;
    if (attempt_begin(place, with,
                      &(struct attempt_wish){.pin = slice_str(pin), .with_device = with_device},
                      out, &err) != ST_OK)
        fail_msg("%s", err.text);
}

static bool same(const struct attempt *a, const struct attempt *b)
{
    return hash_equal(sign_key_kid(a->person), sign_key_kid(b->person));
}

static void test_goes_on_with_the_same_keys(void **state)
{
    (void)state;
    struct attempt first, again;
    begin(token, "246810", true, &first);
    begin(token, "246810", true, &again);
    assert_true(same(&first, &again));
    assert_true(hash_equal(sign_key_kid(first.device), sign_key_kid(again.device)));
    assert_memory_equal(first.box_seed, again.box_seed, sizeof(first.box_seed));
    attempt_release(&again);

    begin(other_token, "246810", true, &again); /* another invitation: other keys */
    assert_false(same(&first, &again));
    attempt_release(&first);
    attempt_release(&again);
    attempt_forget(place);
    assert_false(file_exists(joining));
}

static void test_a_device_that_has_joined(void **state)
{
    (void)state;
    struct attempt first, again;
    begin(token, "246810", false, &first);
    assert_null(first.device);
    begin(token, "246810", false, &again);
    assert_true(same(&first, &again));
    attempt_release(&again);
    begin(token, "246810", true, &again); /* its folder has gone since: a device is needed */
    assert_false(same(&first, &again));
    assert_non_null(again.device);
    attempt_release(&first);
    attempt_release(&again);
    attempt_forget(place);
}

static void test_another_pin_is_refused(void **state)
{
    (void)state;
    struct attempt first, again;
    struct error err;
    begin(token, "246810", true, &first);
    assert_int_equal(
        attempt_begin(place, token,
                      &(struct attempt_wish){.pin = slice_str("135790"), .with_device = true},
                      &again, &err),
        ST_REFUSED);
    assert_null(again.person);
    assert_true(file_exists(joining)); /* the right PIN still goes on */
    begin(token, "246810", true, &again);
    assert_true(same(&first, &again));
    attempt_release(&first);
    attempt_release(&again);
    attempt_forget(place);
}

static void test_cut_off_before_it_was_complete(void **state)
{
    (void)state;
    struct attempt first, again;
    char *invitation = file_join(joining, "invitation");
    begin(token, "246810", true, &first);
    assert_int_equal(unlink(invitation), 0); /* written last */
    begin(token, "246810", true, &again);
    assert_false(same(&first, &again));
    attempt_release(&first);
    attempt_release(&again);
    attempt_forget(place);
    mem_free(invitation);
}

static void test_cannot_be_stored(void **state)
{
    (void)state;
    struct attempt attempt;
    struct error err;
    struct slice nothing = SLICE_NONE;
    assert_int_equal(file_replace(joining, nothing, 0600, &err), ST_OK);
    assert_int_equal(
        attempt_begin(place, token,
                      &(struct attempt_wish){.pin = slice_str("246810"), .with_device = true},
                      &attempt, &err),
        ST_IO);
    attempt_release(&attempt);
    assert_int_equal(unlink(joining), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_goes_on_with_the_same_keys),
        cmocka_unit_test(test_a_device_that_has_joined),
        cmocka_unit_test(test_another_pin_is_refused),
        cmocka_unit_test(test_cut_off_before_it_was_complete),
        cmocka_unit_test(test_cannot_be_stored),
    };
    crypto_init();
    return cmocka_run_group_tests(tests, setup, teardown);
}
