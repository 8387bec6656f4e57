/* SPDX-License-Identifier: MulanPSL-2.0 */
/* pin_rule: see pin_rule.h. */
#include "agent/core/pin_rule.h"

#include <stdio.h>
#include <string.h>

#include "shared/base/check.h"
#include "shared/base/time.h"
#include "shared/crypto/keyfile.h"

/* What people choose who are told not to take 123456. Small letters. */
static const char *const popular[] = {
    "a123456",   "123456a",  "abc123", "abcd1234", "qwerty", "asdfgh", "zxcvbn",  "1q2w3e",
    "password",  "iloveyou", "147258", "258369",   "159357", "159753", "5201314", "1314520",
    "147258369", "135790",   "102030", "131420",   "woaini", "qwe123", "123qwe",  "admin1",
};

static bool all_digits(struct slice pin)
{
    for (size_t i = 0; i < pin.n; i++)
        if (pin.p[i] < '0' || pin.p[i] > '9')
            return false;
    return true;
}

/* "111111", "121212", "123123", "112112": one piece, again and again. */
static bool repeats(struct slice pin)
{
    for (size_t piece = 1; piece <= pin.n / 2; piece++)
        if (memcmp(pin.p, pin.p + piece, pin.n - piece) == 0)
            return true;
    return false;
}

/* "123456", "987654", "abcdef", "890123"; step: up or down by one. */
static bool runs(struct slice pin, int step)
{
    for (size_t i = 1; i < pin.n; i++) {
        int difference = pin.p[i] - pin.p[i - 1];
        bool around = pin.p[i - 1] == (step > 0 ? '9' : '0') && pin.p[i] == (step > 0 ? '0' : '9');
        if (difference != step && !around)
            return false;
    }
    return true;
}

/* "112233", "332211", "111222": pairs or triples of digits that go up or down by one. */
static bool runs_in_groups(struct slice pin)
{
    for (size_t group = 2; group <= 3; group++) {
        uint8_t firsts[8];
        size_t n = 0;
        bool even = pin.n % group == 0 && pin.n / group <= sizeof(firsts);
        for (size_t i = 0; even && i < pin.n; i++) {
            even = pin.p[i] == pin.p[i - i % group];
            if (i % group == 0)
                firsts[n++] = pin.p[i];
        }
        if (even && (runs(slice_of(firsts, n), 1) || runs(slice_of(firsts, n), -1)))
            return true;
    }
    return false;
}

static int number(const uint8_t *digits, size_t n)
{
    int value = 0;
    for (size_t i = 0; i < n; i++)
        value = 10 * value + digits[i] - '0';
    return value;
}

static bool is_day(int month, int day)
{
    static const int days[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return month >= 1 && month <= 12 && day >= 1 && day <= days[month - 1];
}

/* A day as people write it: 850314, 19850314, 198503. */
static bool is_birthday(struct slice pin)
{
    if (pin.n == 8)
        return (number(pin.p, 2) == 19 || number(pin.p, 2) == 20) &&
               is_day(number(pin.p + 4, 2), number(pin.p + 6, 2));
    return pin.n == 6 && (is_day(number(pin.p + 2, 2), number(pin.p + 4, 2)) ||
                          ((number(pin.p, 2) == 19 || number(pin.p, 2) == 20) &&
                           is_day(number(pin.p + 4, 2), 1)));
}

static bool is_popular(struct slice pin)
{
    for (size_t i = 0; i < ARRAY_LENGTH(popular); i++)
        if (strlen(popular[i]) == pin.n && strncasecmp(popular[i], (const char *)pin.p, pin.n) == 0)
            return true;
    return false;
}

enum status pin_rule_check(struct slice pin, struct error *err)
{
    if (pin.n < KEYFILE_PIN_MIN)
        return error_set(err, ST_REFUSED, "口令太短：至少 %d 位", KEYFILE_PIN_MIN);
    if (all_digits(pin) && is_birthday(pin))
        return error_set(err, ST_REFUSED, "这个口令像一个日期（生日），容易被猜到，请换一个");
    if (repeats(pin) || runs(pin, 1) || runs(pin, -1) || runs_in_groups(pin) || is_popular(pin))
        return error_set(err, ST_REFUSED,
                         "这个口令太容易被猜到（重复、连号或常见的口令），请换一个");
    return ST_OK;
}

/* ---- wrong ones ---- */

void pin_rule_wrong(struct pin_tries *tries, int64_t now_ms)
{
    tries->wrong++;
    tries->last_ms = now_ms;
}

int64_t pin_rule_wait_ms(const struct pin_tries *tries, int64_t now_ms)
{
    int64_t wait_ms = PIN_WAIT_MIN_MS;
    if (tries->wrong < PIN_TRIES)
        return 0;
    for (uint64_t i = PIN_TRIES; i < tries->wrong && wait_ms < PIN_WAIT_MAX_MS; i++)
        wait_ms *= 2;
    if (wait_ms > PIN_WAIT_MAX_MS)
        wait_ms = PIN_WAIT_MAX_MS;
    if (now_ms < tries->last_ms)
        return wait_ms;
    return now_ms - tries->last_ms < wait_ms ? wait_ms - (now_ms - tries->last_ms) : 0;
}

void pin_rule_wait_text(int64_t wait_ms, char out[static PIN_WAIT_TEXT])
{
    const long long seconds = (wait_ms + 999) / 1000;
    if (seconds <= 120)
        snprintf(out, PIN_WAIT_TEXT, "%lld 秒", seconds);
    else
        snprintf(out, PIN_WAIT_TEXT, "%lld 分钟", (seconds + 59) / 60);
}
