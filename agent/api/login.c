/* SPDX-License-Identifier: MulanPSL-2.0 */
/* login: see login.h. */
#include "agent/api/login.h"

#include "shared/codec/hex.h"
#include "shared/crypto/hash.h"

int64_t login_wait_ms(const struct login *s, int64_t now_ms)
{
    return now_ms < s->closed_until_ms ? s->closed_until_ms - now_ms : 0;
}

void login_wrong_pin(struct login *s, int64_t now_ms)
{
    int64_t wait_ms = LOGIN_WAIT_MIN_MS;
    if (++s->wrong < LOGIN_TRIES)
        return;
    for (unsigned i = LOGIN_TRIES; i < s->wrong && wait_ms < LOGIN_WAIT_MAX_MS; i++)
        wait_ms *= 2;
    s->closed_until_ms = now_ms + (wait_ms < LOGIN_WAIT_MAX_MS ? wait_ms : LOGIN_WAIT_MAX_MS);
}

void login_begin(struct login *s, const uint8_t random[static LOGIN_TOKEN], int64_t now_ms,
                 char text[static LOGIN_TOKEN_TEXT])
{
    s->open = true;
    s->wrong = 0;
    s->closed_until_ms = 0;
    s->used_ms = now_ms;
    memcpy(s->token, random, LOGIN_TOKEN);
    hex_encode(slice_of(s->token, LOGIN_TOKEN), text);
}

void login_end(struct login *s)
{
    s->open = false;
    secret_wipe(s->token, sizeof(s->token));
}

int64_t login_deadline_ms(const struct login *s)
{
    return s->open && s->idle_ms ? s->used_ms + s->idle_ms : INT64_MAX;
}

bool login_holds(const struct login *s, const char *text, int64_t now_ms)
{
    uint8_t token[LOGIN_TOKEN];
    return s->open && text && now_ms < login_deadline_ms(s) &&
           hex_decode(slice_str(text), token, LOGIN_TOKEN) &&
           secret_equal(token, s->token, LOGIN_TOKEN);
}

void login_used(struct login *s, int64_t now_ms)
{
    s->used_ms = now_ms;
}
