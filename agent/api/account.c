/* SPDX-License-Identifier: MulanPSL-2.0 */
/* account: who uses the desk now: unlocking with a PIN, locking, and locking by itself. */
#include "agent/api/api.h"

#include <stdio.h>

#include "agent/api/form.h"
#include "agent/core/at_rest.h"
#include "agent/core/attempt.h"
#include "agent/core/grants.h"
#include "agent/core/pin_rule.h"
#include "agent/core/unlock.h"
#include "shared/base/random.h"
#include "shared/base/time.h"
#include "shared/codec/hex.h"

#define PEOPLE_MAX 64
#define PIN_MAX 256

static json_t *person_json(struct desk *desk, const struct hash *kid)
{
    char short_kid[17], hex[2 * HASH_SIZE + 1];
    hex_encode(hash_slice(kid), hex);
    return json_pack("{s:s, s:s}", "name", desk_name_of(desk, kid, short_kid), "kid", hex);
}

/* The key under which a page keeps what was typed and not saved (agent/web/src/core/drafts.ts): the
 * same for a person on this desk as long as the key is, told to who has the PIN. */
static json_t *draft_key_json(const struct author *author)
{
    static const char words[] = "huce drafts 1";
    uint8_t seed[SIGN_SEED_SIZE];
    struct hmac_key key;
    struct hash derived;
    char hex[2 * HASH_SIZE + 1];
    sign_key_seed(author->key, seed);
    hmac_prepare(slice_of(seed, sizeof(seed)), &key);
    hmac(&key, slice_of(words, sizeof(words) - 1), &derived);
    hex_encode(hash_slice(&derived), hex);
    json_t *out = json_string(hex);
    secret_wipe(seed, sizeof(seed));
    secret_wipe(&key, sizeof(key));
    secret_wipe(&derived, sizeof(derived));
    secret_wipe(hex, sizeof(hex));
    return out;
}

void api_session(struct call *call)
{
    struct api *api = call->api;
    struct hash kids[PEOPLE_MAX];
    struct error err;
    const bool waiting = attempt_waits(api->folder);
    if (!api->desk) {
        bool sealed = at_rest_is_sealed(api->folder);
        api_answer(call, 200,
                   json_pack("{s:b, s:b, s:n, s:[], s:b, s:b, s:b}", "joined", (int)sealed,
                             "unlocked", 0, "person", "people", "sealed", (int)sealed, "waiting",
                             (int)waiting, "waiting_sealed",
                             (int)(waiting && attempt_is_sealed(api->folder))));
        return;
    }
    if (desk_refresh(api->desk, &err) != ST_OK) {
        api_fail(call, &err, NULL);
        return;
    }
    size_t n = grants_people(api->desk, kids, PEOPLE_MAX);
    json_t *people = json_array();
    for (size_t i = 0; i < n; i++)
        json_array_append_new(people, person_json(api->desk, &kids[i]));
    bool unlocked = login_holds(&api->login, http_request_header(call->request, "Huce-Session"),
                                time_monotonic_ms());
    json_t *person = unlocked ? person_json(api->desk, &api->author.kid) : json_null();
    json_t *answer = json_pack("{s:b, s:b, s:o, s:o, s:I, s:b, s:b, s:b}", "joined", 1, "unlocked",
                               unlocked, "person", person, "people", people, "lock_after_s",
                               (json_int_t)(api->login.idle_ms / 1000), "sealed", 0, "waiting",
                               (int)waiting, "waiting_sealed", 0);
    if (unlocked && desk_author_renew(api->desk, &api->author, NULL) == ST_OK) {
        json_object_set_new(answer, "role", json_string(api->author.grant->role));
        json_object_set_new(answer, "drafts", draft_key_json(&api->author));
    }
    api_answer(call, 200, answer);
}

/* ---- locking by itself ---- */

static void watch_idle(struct api *api);

static void on_idle(void *arg)
{
    struct api *api = arg;
    api->idle = NULL;
    if (time_monotonic_ms() >= login_deadline_ms(&api->login))
        api_lock_now(api);
    else
        watch_idle(api);
}

static void watch_idle(struct api *api)
{
    int64_t deadline_ms = login_deadline_ms(&api->login), now_ms = time_monotonic_ms();
    loop_timer_stop(api->idle);
    api->idle = NULL;
    if (deadline_ms != INT64_MAX)
        api->idle =
            loop_timer_start(api->loop, deadline_ms > now_ms ? (uint64_t)(deadline_ms - now_ms) : 0,
                             0, on_idle, api);
}

/* ---- unlocking ---- */

static void welcome(struct call *call, struct author *author)
{
    struct api *api = call->api;
    uint8_t random[LOGIN_TOKEN];
    char token[LOGIN_TOKEN_TEXT];
    api_lock_now(api);
    api->author = *author;
    random_bytes(random, sizeof(random));
    login_begin(&api->login, random, time_monotonic_ms(), token);
    secret_wipe(random, sizeof(random));
    watch_idle(api);
    json_t *answer = json_pack(
        "{s:s, s:o, s:s, s:I, s:o}", "session", token, "person",
        person_json(api->desk, &author->kid), "role", author->grant ? author->grant->role : "",
        "lock_after_s", (json_int_t)(api->login.idle_ms / 1000), "drafts", draft_key_json(author));
    secret_wipe(token, sizeof(token));
    api_heal(api);
    api_answer(call, 200, answer);
}

static enum status read_unlock(struct call *call, const char **as, const char **pin,
                               struct error *err)
{
    enum status st = form_members(call->body, "pin as", err);
    if (st == ST_OK)
        st = api_text(call, "pin", true, pin, err);
    if (st == ST_OK)
        st = api_text(call, "as", false, as, err);
    if (st == ST_OK && strlen(*pin) > PIN_MAX)
        st = error_set(err, ST_INVALID, "口令（PIN）太长");
    return st;
}

void api_unlock(struct call *call)
{
    struct api *api = call->api;
    struct author author = {0};
    const char *as = NULL, *pin = NULL;
    char seconds[24];
    struct error err;
    int64_t wait_ms = 0;
    enum status st = read_unlock(call, &as, &pin, &err);
    if (st == ST_OK)
        st = desk_refresh(api->desk, &err);
    if (st == ST_OK)
        st = desk_person(api->desk, as, &author.kid, &err);
    if (st == ST_OK)
        wait_ms = unlock_wait_ms(api->desk, &author.kid);
    if (wait_ms > 0) {
        char text[PIN_WAIT_TEXT];
        pin_rule_wait_text(wait_ms, text);
        snprintf(seconds, sizeof(seconds), "%lld", (long long)(wait_ms + 999) / 1000);
        http_response_header(call->response, "Retry-After", seconds);
        api_refuse(call, 429, "wait", "口令（PIN）连续输错，请过 %s再试", text);
        secret_wipe((char *)pin, strlen(pin));
        return;
    }
    if (st == ST_OK)
        st = desk_author_with_pin(api->desk, as, slice_str(pin), &author, &err);
    if (pin)
        secret_wipe((char *)pin, strlen(pin));
    if (st == ST_OK)
        welcome(call, &author);
    else
        api_fail(call, &err, NULL);
}

void api_lock(struct call *call)
{
    api_lock_now(call->api);
    api_answer(call, 200, json_pack("{s:b}", "unlocked", 0));
}
