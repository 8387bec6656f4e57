/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * The body of POST /v1/join, through the server. First byte even: any bytes. Odd: a good request
 * whose bytes the rest flips, [place, mask]…, which is how a bad relay would do it. What reads is
 * written again as the same bytes. A grant is only ever made for the request that the invited desk
 * made; in all other cases the registry stays what it was.
 */
#include "tests/fuzz/county.h"

static struct server *srv;
static struct county_desk desk;
static struct buf good; /* the request that the invited desk would send */

static void start(void)
{
    static uint8_t token[INVITE_TOKEN_SIZE];
    srv = county_start();
    county_desk_keys(&desk, 0x60);
    county_invite(srv, INT64_MAX, token);
    const struct join_request request = county_request(srv, &desk, token);
    buf_init(&good, 4096);
    join_write(&request, &good);
}

static void flip(struct slice places, struct buf *body)
{
    for (size_t i = 0; i + 1 < places.n; i += 2)
        body->p[places.p[i] % body->n] ^= places.p[i + 1];
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct join_request request;
    struct error why = {0};
    struct buf body, again, answer;
    bool granted = false;
    if (!srv)
        start();
    if (size < 1)
        return 0;
    buf_init(&body, size + 4096);
    buf_init(&again, 4096);
    buf_init(&answer, 65536);
    if (data[0] & 1) {
        buf_put_slice(&body, buf_slice(&good));
        flip(slice_of(data + 1, size - 1), &body);
    } else {
        buf_put(&body, data + 1, size - 1);
    }
    const bool whole = slice_equal(buf_slice(&body), buf_slice(&good));
    const uint64_t leaves = srv->rep->registry_ledger->tree.size;
    enum status st = join_read(buf_slice(&body), &request, &why);
    if (st == ST_OK) {
        join_write(&request, &again);
        CHECK(slice_equal(buf_slice(&again), buf_slice(&body)));
        /* The right request is not sent: the invitation would be used up. */
        if (!whole)
            st = join_admit(srv, &request, time_now_ms(), &answer, &granted, &why);
        CHECK(whole || st == ST_REFUSED);
    }
    CHECK(whole || why.text[0]);
    CHECK(!granted && srv->rep->registry_ledger->tree.size == leaves);
    CHECK(!db_in_transaction(srv->db));
    buf_release(&answer);
    buf_release(&again);
    buf_release(&body);
    return 0;
}
