/* SPDX-License-Identifier: MulanPSL-2.0 */
/* login: see login.h. */
#include "agent/api/login.h"

#include "shared/codec/hex.h"
#include "shared/crypto/hash.h"

void login_begin(struct login *s, const uint8_t random[static LOGIN_TOKEN], int64_t now_ms,
                 char text[static LOGIN_TOKEN_TEXT])
{
    s->open = true;
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
