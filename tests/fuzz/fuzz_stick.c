/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * Joining by stick, both files. First byte, modulo 5:
 *
 *   0  any bytes as a request file, through `huced join accept`: the county grants nothing
 *   1  the good request file whose bytes the rest flips, [place, mask]…, as a bad stick does
 *   2  what is sealed in a request file, by somebody who has the invitation: any bytes
 *   3  any bytes as an answer file
 *   4  the good answer file, flipped likewise
 *
 * Nothing but the request that the invited desk wrote leads to a grant, nothing but the answer to
 * it is read; what is refused says so, and the registry stays what it was.
 */
#include "server/core/stick.h"
#include "shared/ledger/enrol.h"
#include "tests/fuzz/county.h"

static struct server *srv;
static struct county_desk desk;
static uint8_t token[INVITE_TOKEN_SIZE], box_seed[32];
static const uint8_t nonce[VAULT_NONCE_SIZE] = {1};
static struct enrol_keys keys;
static struct buf request_file, answer_file;

static void write_answer(void)
{
    struct enrol_answer *answer = mem_zero_alloc(1, sizeof(*answer));
    answer->join = slice_str("an answer");
    answer->frame_count = 1;
    answer->frames[0] = slice_str("a frame");
    enrol_write_answer(token, &keys, answer, &answer_file);
    mem_free(answer);
}

static void start(void)
{
    struct buf join;
    struct enrol_request request = {0};
    srv = county_start();
    county_desk_keys(&desk, 0x60);
    memset(box_seed, 0x60, sizeof(box_seed));
    county_invite(srv, INT64_MAX, token);
    const struct join_request asked = county_request(srv, &desk, token);
    keys = (struct enrol_keys){*sign_key_kid(desk.person), *sign_key_kid(desk.device), desk.box};
    buf_init(&join, 4096);
    buf_init(&request_file, ENROL_REQUEST_MAX);
    buf_init(&answer_file, 65536);
    join_write(&asked, &join);
    request.join = buf_slice(&join);
    enrol_write_request(token, nonce, &request, &request_file);
    write_answer();
    buf_release(&join);
}

static void flip(struct slice places, const struct buf *good, struct buf *out)
{
    buf_put_slice(out, buf_slice(good));
    for (size_t i = 0; i + 2 < places.n; i += 3)
        out->p[((size_t)places.p[i] | (size_t)places.p[i + 1] << 8) % out->n] ^= places.p[i + 2];
}

/* A file that reads as a request under this token, sealed by whoever holds it. */
static void seal(struct slice content, struct buf *out)
{
    struct enrol_request request = {.join = content, .registry_size = content.n};
    if (content.n <= ENROL_REQUEST_MAX / 2)
        enrol_write_request(token, nonce, &request, out);
}

static void try_request(struct slice file)
{
    const uint64_t leaves = srv->rep->registry_ledger->tree.size;
    struct invitation used = {0};
    struct buf answer;
    struct error why = {0};
    if (slice_equal(file, buf_slice(&request_file)))
        return; /* the invitation would be used up */
    buf_init(&answer, ENROL_ANSWER_MAX);
    enum status st = stick_accept(srv, file, time_now_ms(), &used, &answer, &why);
    CHECK(st != ST_OK && why.text[0]);
    CHECK(answer.n == 0);
    CHECK(!db_in_transaction(srv->db) && srv->rep->registry_ledger->tree.size == leaves);
    buf_release(&answer);
}

static void try_answer(struct slice file)
{
    struct enrol_answer *read = mem_zero_alloc(1, sizeof(*read));
    struct error why = {0};
    struct buf plain;
    buf_init(&plain, ENROL_ANSWER_MAX);
    enum status st = enrol_read_answer(token, &keys, box_seed, file, &plain, read, &why);
    CHECK((st == ST_OK) == slice_equal(file, buf_slice(&answer_file)));
    CHECK(st == ST_OK || why.text[0]);
    buf_release(&plain);
    mem_free(read);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct buf file;
    if (!srv)
        start();
    if (size < 1)
        return 0;
    const struct slice rest = slice_of(data + 1, size - 1);
    const unsigned how = data[0] % 5;
    buf_init(&file, ENROL_ANSWER_MAX);
    switch (how) {
    case 1:
        flip(rest, &request_file, &file);
        break;
    case 2:
        seal(rest, &file);
        break;
    case 4:
        flip(rest, &answer_file, &file);
        break;
    default:
        buf_put_slice(&file, rest);
    }
    struct slice exact = fuzz_exact(file.p, file.n);
    if (how < 3)
        try_request(exact);
    else
        try_answer(exact);
    mem_free((void *)exact.p);
    buf_release(&file);
    return 0;
}
