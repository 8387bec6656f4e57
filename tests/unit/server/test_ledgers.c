/* SPDX-License-Identifier: MulanPSL-2.0 */
/* ledgers: a desk asks with its signature which ledgers it may read, and hears of one more once a
 * person of it has been granted another village. */
#include "tests/unit/server/support.h"

#include "agent/net/peer.h"
#include "server/api/api.h"

struct asking {
    struct loop *loop;
    long code;
    enum status status;
    size_t count;
    char first[ORIGIN_MAX + 1];
};

static void on_answer(void *arg, const struct http_result *result)
{
    struct asking *asking = arg;
    struct cbor_reader r;
    asking->code = result->code;
    asking->status = result->status;
    if (result->status == ST_OK) {
        cbor_reader_init(&r, result->body, "answer");
        cbor_expect_array(&r, 2);
        assert_int_equal(cbor_read_uint(&r), 1);
        asking->count = cbor_read_array(&r, 100);
        for (size_t i = 0; i < asking->count; i++) {
            struct slice text = cbor_read_text(&r, ORIGIN_MAX);
            if (i == 0)
                snprintf(asking->first, sizeof(asking->first), "%.*s", (int)text.n,
                         (const char *)text.p);
        }
        assert_int_equal(cbor_end(&r, NULL), ST_OK);
    }
    loop_stop(asking->loop);
}

/* One request to a server that listens for it alone. */
static struct asking ask(struct server *srv, const struct sign_key *device)
{
    struct api api = {.srv = srv};
    struct asking asking = {.status = ST_IO};
    struct http_options options = {
        .address = "127.0.0.1", .routes = api_routes, .route_count = api_route_count, .arg = &api};
    struct peer peer = {.device = device};
    char url[64];
    assert_ok(loop_open(&asking.loop, &err));
    assert_ok(http_server_start(asking.loop, &options, &api.http, &err));
    snprintf(url, sizeof(url), "http://127.0.0.1:%u", http_server_port(api.http));
    peer.url = url;
    assert_ok(http_client_open(loop_uv(asking.loop), &peer.client, &err));
    assert_ok(peer_start(&peer, "GET", "/v1/ledgers", SLICE_NONE, 20, on_answer, &asking, &err));
    loop_run(asking.loop);
    peer_cancel(&peer);
    http_client_close(peer.client);
    http_server_stop(api.http);
    loop_close(asking.loop);
    return asking;
}

static void test_readable_ledgers(void **state)
{
    struct county_fixture f;
    struct desk_keys d;
    struct asking asking;
    uint8_t token[INVITE_TOKEN_SIZE];
    struct buf answer;
    bool granted;
    (void)state;

    county_open(&f);
    desk_make(&d, 1);
    asking = ask(f.srv, d.device);
    assert_int_equal(asking.code, 403); /* nobody knows it yet */
    asking = ask(f.srv, NULL);
    assert_int_equal(asking.code, 401); /* unsigned */

    desk_join(&d, f.srv, "village", VILLAGE);
    asking = ask(f.srv, d.device);
    assert_int_equal(asking.status, ST_OK);
    assert_int_equal(asking.count, 1);
    assert_string_equal(asking.first, "guanghe.example/" VILLAGE);

    /* a second person on the same device, for the other village */
    uint8_t seed[32] = {77};
    sign_key_release(d.person);
    d.person = sign_key_from_seed(seed);
    buf_init(&answer, 65536);
    invite_person(f.srv, "village", OTHER_VILLAGE, INT64_MAX, token);
    const struct join_request request = desk_join_request(&d, f.srv, token);
    assert_ok(join_admit(f.srv, &request, time_now_ms(), &answer, &granted, &err));
    asking = ask(f.srv, d.device);
    assert_int_equal(asking.status, ST_OK);
    assert_int_equal(asking.count, 2);

    buf_release(&answer);
    desk_drop(&d);
    county_close(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_readable_ledgers)};
    crypto_init();
    return cmocka_run_group_tests_name("ledgers", tests, NULL, NULL);
}
