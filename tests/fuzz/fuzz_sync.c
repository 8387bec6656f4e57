/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * The body of POST /v1/sync, through admission and the fold. First byte:
 *
 *   even  a message without its compression, as any granted device may send it, in which 32 zero
 *         bytes stand for the officer's kid. Nobody signed what is in it, so nothing is admitted.
 *   odd   bodies of changes, each behind two bytes of length, which the invited officer signs: what
 *         a hostile officer can do. Bit 1: registry instead of village; bits 2…: how many changes
 * of the base are seen. Whatever the bodies say, the changeset gets its leaf, once.
 *
 * After some hundred leaves the county is audited by building it anew: the tables that came to be
 * leaf by leaf must be those that the fold makes of all of them.
 */
#include "shared/codec/compress.h"
#include "tests/fuzz/county.h"

#define BODIES_MAX 64
#define MADE_MS INT64_C(1795224600000) /* the officer's clock stands still */
#define LEAVES_PER_COUNTY 300

static struct server *srv;
static struct county_desk desk;

static void write_dump(void *arg, struct slice bytes)
{
    buf_put_slice(arg, bytes);
}

static void dump(struct ledger *ledger, struct buf *out)
{
    buf_init(out, 256 << 20);
    MUST(materialise_dump(srv->rep, ledger, true, write_dump, out, err));
    CHECK(buf_ok(out));
}

static void check_rebuild(void)
{
    struct buf before, after;
    for (int i = 0; i < 2; i++) {
        const char *code = i ? COUNTY_CODE : VILLAGE_CODE;
        dump(replica_ledger_named(srv->rep, code), &before);
        MUST(server_begin(srv, err));
        MUST(materialise_rebuild(srv->rep, NULL, err));
        MUST(server_commit(srv, err));
        dump(replica_ledger_named(srv->rep, code), &after);
        CHECK(slice_equal(buf_slice(&before), buf_slice(&after)));
        buf_release(&before);
        buf_release(&after);
    }
}

static void renew(void)
{
    if (srv) {
        check_rebuild();
        server_close(srv);
        sign_key_release(desk.person);
        sign_key_release(desk.device);
    }
    srv = county_start();
    county_join(srv, &desk, 0x70);
}

/* Sends a request; the answer must fit its message and read back. */
static uint64_t send_request(const struct sync_request *request)
{
    struct arena arena = {0};
    struct sync_answer answer, read;
    struct buf frame;
    uint64_t admitted = 0;
    buf_init(&frame, MESSAGE_MAX);
    MUST(admission_sync(srv, sign_key_kid(desk.device), request, time_now_ms(), &arena, &answer,
                        &admitted, err));
    CHECK(!db_in_transaction(srv->db));
    sync_answer_write(&answer, 1, &frame);
    CHECK(buf_ok(&frame));
    MUST(sync_answer_read(buf_slice(&frame), &arena, &read, err));
    CHECK(read.ledger_count == answer.ledger_count);
    for (size_t i = 0; i < answer.ledger_count; i++)
        CHECK(answer.ledgers[i].status <= SYNC_QUOTA);
    buf_release(&frame);
    arena_release(&arena);
    return admitted;
}

/* 32 zero bytes stand for the officer's kid, which a fuzzer could not guess but every desk knows.
 */
static void name_officer(struct buf *content)
{
    static const uint8_t zero[HASH_SIZE];
    uint8_t *at = content->p;
    size_t left = content->n;
    while (left && (at = memmem(at, left, zero, sizeof(zero)))) {
        memcpy(at, sign_key_kid(desk.person)->b, HASH_SIZE);
        left = content->n - (size_t)(at - content->p);
    }
}

static void unsigned_message(struct slice in)
{
    struct arena arena = {0};
    struct sync_request request;
    struct error why;
    struct buf frame, content;
    buf_init(&frame, 2 * MESSAGE_MAX);
    buf_init(&content, MESSAGE_MAX);
    buf_put_slice(&content, in);
    name_officer(&content);
    compress_bytes(buf_slice(&content), 1, &frame);
    if (sync_request_read(buf_slice(&frame), &arena, &request, &why) == ST_OK)
        CHECK(send_request(&request) == 0);
    else
        CHECK(why.text[0]);
    buf_release(&content);
    buf_release(&frame);
    arena_release(&arena);
}

/* A changeset by the invited officer on a chain of its own. */
static struct slice sign_bodies(struct ledger *ledger, uint64_t base_size, struct slice in,
                                struct arena *arena, struct hash *id)
{
    const struct replica *rep = srv->rep;
    const bool registry = ledger == rep->registry_ledger;
    struct change_item changes[BODIES_MAX];
    struct chain_head head = {.kid = *sign_key_kid(desk.person)};
    struct chain_base base = {.size = base_size,
                              .registry_size = rep->registry_ledger->tree.size,
                              .registry_root = rep->registry_ledger->root};
    struct segment segment = {.has_seed = true, .changes = changes};
    struct segment_known known;
    struct chain_open open;
    struct buf salts, columns, out;
    struct hash seed;
    size_t count = 0;

    /* A chain for each of these bodies on this base: the same again is known, never a fork. */
    const uint64_t sizes[] = {base_size, base.registry_size};
    hash_parts(in, slice_of(sizes, sizeof(sizes)), SLICE_NONE, &seed);
    memcpy(head.chain.b, seed.b, sizeof(head.chain.b));
    memcpy(segment.seed, seed.b, sizeof(segment.seed));
    CHECK(replica_root_at(srv->rep, ledger, base_size, &base.root));
    if (registry) {
        base.registry_size = base_size;
        base.registry_root = base.root;
    }
    chain_begin(&open, &head, &base, segment.seed);
    while (in.n >= 2 && count < BODIES_MAX) {
        size_t n = (size_t)in.p[0] | (size_t)in.p[1] << 8;
        n = n < in.n - 2 ? n : in.n - 2;
        changes[count].body = slice_of(in.p + 2, n);
        changes[count].hlc = chain_append(&open, changes[count].body, MADE_MS);
        in = slice_of(in.p + 2 + n, in.n - 2 - n);
        count++;
    }
    if (count == 0)
        return SLICE_NONE;
    chain_sign(&open, &ledger->origin, desk.person);
    changeset_compute_id(&open.header, id);
    segment.header = open.header;
    replica_known(srv->rep, ledger, &known);
    buf_init(&salts, 4096);
    buf_init(&columns, COLUMNS_MAX);
    buf_init(&out, MESSAGE_MAX);
    segment_salts_write(&segment, &salts);
    columns_encode(changes, count, base_size, &known.index, &columns);
    segment_write(&open.header, SEGMENT_SHORT, buf_slice(&salts), buf_slice(&columns), &out);
    CHECK(buf_ok(&out));
    struct slice bytes = slice_of(arena_copy(arena, out.p, out.n), out.n);
    buf_release(&salts);
    buf_release(&columns);
    buf_release(&out);
    return bytes;
}

static void signed_bodies(uint8_t how, struct slice in)
{
    const char *code = how & 1 ? COUNTY_CODE : VILLAGE_CODE;
    struct ledger *ledger = replica_ledger_named(srv->rep, code);
    const uint64_t size = ledger->tree.size, back = (uint64_t)how >> 1;
    const uint64_t base_size = back < size ? size - back : 0;
    struct arena arena = {0};
    struct stored_changeset stored;
    struct hash id, empty;
    struct slice segment = sign_bodies(ledger, base_size, in, &arena, &id);
    struct request_ledger part = {.origin = ledger->origin, .segments = &segment};
    struct sync_request request = {1, &part, 0};
    if (segment.n) {
        part.segment_count = 1;
        part.size = size;
        memcpy(part.root8, ledger->root.b, sizeof(part.root8));
        bool known = replica_read_changeset(srv->rep, ledger, &id, &arena, &stored, NULL) == ST_OK;
        uint64_t admitted = send_request(&request);
        ledger = replica_ledger_named(srv->rep, code);
        CHECK(admitted == !known && ledger->tree.size == size + admitted);
        CHECK(ledger->folded == ledger->tree.size);
        part.size = 0;
        hash_bytes(SLICE_NONE, &empty);
        memcpy(part.root8, empty.b, sizeof(part.root8));
        CHECK(send_request(&request) == 0);
    }
    arena_release(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static unsigned leaves;
    if (!srv || leaves >= LEAVES_PER_COUNTY) {
        renew();
        leaves = 0;
    }
    if (size < 1)
        return 0;
    struct slice in = fuzz_exact(data + 1, size - 1);
    if (data[0] & 1) {
        signed_bodies(data[0] >> 1, in);
        leaves++;
    } else {
        unsigned_message(in);
    }
    mem_free((void *)in.p);
    return 0;
}
