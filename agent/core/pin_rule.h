/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * pin_rule: which PINs are too easy to guess, and what wrong ones cost. Pure.
 *
 * A PIN is short, so it is worth something only while guesses are slow. At the keyboard each wrong
 * one after PIN_TRIES in a row has to wait, twice as long as the one before: about 30 guesses a
 * day. Against them stands a PIN that is not among the first thirty that people think of: no digit
 * six times, no run along the keyboard, nobody's birthday.
 */
#ifndef AGENT_CORE_PIN_RULE_H
#define AGENT_CORE_PIN_RULE_H

#include <stdint.h>

#include "shared/base/slice.h"
#include "shared/base/status.h"

#define PIN_TRIES 5
#define PIN_WAIT_MIN_MS 30000
#define PIN_WAIT_MAX_MS (60 * 60 * 1000)

/* May this be a new PIN? ST_REFUSED: too short, or easy to guess; the text says which. */
MUST_USE enum status pin_rule_check(struct slice pin, struct error *err);

/* Wrong PINs in a row, and when the last of them was. */
struct pin_tries {
    uint64_t wrong;
    int64_t last_ms;
};
void pin_rule_wrong(struct pin_tries *tries, int64_t now_ms);
/* How long until the next may be tried; 0: now. A clock that was set back makes it no longer than
 * it was at first. */
int64_t pin_rule_wait_ms(const struct pin_tries *tries, int64_t now_ms);
/* "30 秒", "12 分钟": rounded up. */
#define PIN_WAIT_TEXT 32
void pin_rule_wait_text(int64_t wait_ms, char out[static PIN_WAIT_TEXT]);

#endif
