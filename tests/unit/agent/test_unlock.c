/* SPDX-License-Identifier: MulanPSL-2.0 */
/* unlock: wrong PINs that were remembered by an earlier program, tests/vectors/format-v1.json. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "agent/core/pin_rule.h"
#include "agent/core/unlock.h"
#include "shared/base/file.h"
#include "shared/base/time.h"
#include "shared/codec/hex.h"
#include "tests/harness/assert_ok.h"
#include "tests/harness/folder.h"

static const struct hash kid = {{0xAB, 0xCD}};
static struct desk desk;
static uint8_t file[256];
static size_t file_size;
static int64_t wrong, last_ms;

static int set_up(void **state)
{
    const char *top = getenv("HUCE_ROOT");
    char *path = mem_printf("%s/tests/vectors/format-v1.json", top ? top : ".");
    json_t *vectors = json_load_file(path, 0, NULL);
    const json_t *v = json_object_get(vectors, "tries");
    const char *hex = json_string_value(json_object_get(v, "file"));
    (void)state;
    if (!hex)
        fail_msg("no tries in %s", path);
    file_size = strlen(hex) / 2;
    assert_true(file_size <= sizeof(file) && hex_decode(slice_str(hex), file, file_size));
    wrong = json_integer_value(json_object_get(v, "wrong"));
    last_ms = json_integer_value(json_object_get(v, "last_ms"));
    json_decref(vectors);
    mem_free(path);
    char offset[32]; /* it is a second after the last wrong PIN */
    snprintf(offset, sizeof(offset), "%lld", (long long)(last_ms + 1000 - time(NULL) * 1000LL));
    setenv("HUCE_CLOCK_OFFSET_MS", offset, 1);
    return 0;
}

/* What lies beside the key. */
static void lay(size_t size)
{
    char name[2 * HASH_SIZE + 16], hex[2 * HASH_SIZE + 1];
    hex_encode(hash_slice(&kid), hex);
    snprintf(name, sizeof(name), "keys/%s.tries", hex);
    char *path = file_join(desk.folder, name), *keys = file_join(desk.folder, "keys");
    assert_ok(file_make_folder(keys, 0700, &err));
    assert_ok(file_replace(path, slice_of(file, size), 0600, &err));
    mem_free(keys);
    mem_free(path);
}

static void wrong_pins_of_an_earlier_program_still_cost_time(void **state)
{
    struct pin_tries tries = {(uint64_t)wrong, last_ms};
    struct sign_key *key = NULL;
    struct error why;
    (void)state;
    desk.folder = mem_strdup("unlock.XXXXXX");
    assert_non_null(mkdtemp(desk.folder));
    lay(file_size);
    assert_true(pin_rule_wait_ms(&tries, last_ms + 1000) > 1000);
    assert_int_equal(unlock_key(&desk, &kid, slice_str("135246"), &key, &why), ST_REFUSED);
    assert_null(key);
    assert_non_null(strstr(why.text, "7 次"));
    assert_in_range(unlock_wait_ms(&desk, &kid), 1,
                    (uintmax_t)pin_rule_wait_ms(&tries, last_ms + 1000));
    lay(file_size - 1); /* cut off: then nothing is remembered, and nobody is locked out */
    assert_int_equal(unlock_wait_ms(&desk, &kid), 0);
    remove_folder(desk.folder);
    mem_free(desk.folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wrong_pins_of_an_earlier_program_still_cost_time),
    };
    return cmocka_run_group_tests(tests, set_up, NULL);
}
