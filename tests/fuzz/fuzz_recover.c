/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * The body of POST /v1/recover, through the server. A county was put back from a copy of itself of
 * a time when its registry was two leaves shorter; what it had signed is known here. First byte,
 * modulo 4:
 *
 *   0  any bytes as the body
 *   1  any bytes as the answer that a frame holds, without its compression
 *   2  the body that the right desk would send, whose bytes the rest flips: [place u16, mask]…
 *   3  the same with the content of its frame
 *
 * Bit 2: one leaf of the two, with its proof. The registry stays as it is or becomes, leaf for
 * leaf, what had been signed; nothing else comes in, and what is refused says so.
 */
#include "server/core/recovery.h"
#include "shared/base/file.h"
#include "shared/codec/compress.h"
#include "shared/db/give.h"
#include "shared/db/tree.h"
#include "tests/fuzz/county.h"

static struct server *now, *then;
static char now_folder[64], then_folder[64];
static struct county_desk desks[3];
static uint64_t held; /* leaves of the registry that `then` begins with */
/* With one leaf, with both: the body, its frame's content, its proof. */
static struct buf bodies[2], contents[2];
static struct handback messages[2];

static void copy_file(const char *name)
{
    char *from = file_join(now_folder, name), *to = file_join(then_folder, name);
    struct buf bytes;
    MUST(file_read(from, 4096, &bytes, err));
    MUST(file_replace(to, buf_slice(&bytes), 0600, err));
    buf_release(&bytes);
    mem_free(from);
    mem_free(to);
}

static void remove_then(void)
{
    fuzz_remove_folder(then_folder);
}

/* The folder as a backup of this moment would hold it. */
static void copy_now(void)
{
    static const char *const files[] = {"registrar.key", "log.key", "id.key", "nonce.key"};
    struct stmt *stmt = NULL;
    char *kept = file_join(then_folder, "kept.db");
    for (size_t i = 0; i < ARRAY_LENGTH(files); i++)
        copy_file(files[i]);
    MUST(db_prepare(now->db, slice_str("VACUUM INTO ?1"), &stmt, err));
    bind_str(stmt, 1, kept);
    MUST(stmt_run(stmt, err));
    stmt_release(stmt);
    mem_free(kept);
}

/* `then` as it was put back, once more. */
static void put_back(void)
{
    static const char *const gone[] = {"huced.db", "huced.db-wal", "huced.db-shm", "heads"};
    char *kept = file_join(then_folder, "kept.db"), *path;
    struct buf bytes;
    server_close(then);
    for (size_t i = 0; i < ARRAY_LENGTH(gone); i++) {
        path = file_join(then_folder, gone[i]);
        (void)remove(path);
        mem_free(path);
    }
    path = file_join(then_folder, "huced.db");
    MUST(file_read(kept, 64 << 20, &bytes, err));
    MUST(file_replace(path, buf_slice(&bytes), 0600, err));
    MUST(server_open(then_folder, &then, err));
    CHECK(server_recovering(then) && then->rep->registry_ledger->tree.size == held);
    buf_release(&bytes);
    mem_free(path);
    mem_free(kept);
}

/* What a desk with all of `now` hands over: one leaf that is missing, or both. */
static void make_message(int both)
{
    static struct arena arena;
    struct ledger *ledger = now->rep->registry_ledger;
    struct answer_ledger *part = arena_alloc(&arena, sizeof(*part));
    struct handback *message = &messages[both];
    struct give_room room = {.left = 1 << 20};
    struct buf frame;
    *part = (struct answer_ledger){.origin = ledger->origin};
    *message = (struct handback){.shown = {1, part}};
    part->checkpoint = replica_checkpoint(now->rep, ledger, &arena);
    MUST(give_leaves(now->rep, ledger, held, NULL, NULL, &arena, part, &room, err));
    CHECK(part->leaf_count == 2);
    part->leaf_count = both ? 2 : 1;
    MUST(tree_prove_consistency(now->rep, ledger, NULL, held + part->leaf_count, ledger->tree.size,
                                &message->proof, err));
    buf_init(&bodies[both], 1 << 20);
    buf_init(&contents[both], 1 << 20);
    buf_init(&frame, 1 << 20);
    handback_write(message, &bodies[both]);
    sync_answer_write(&message->shown, 1, &frame);
    MUST(decompress(buf_slice(&frame), 1 << 20, &contents[both], err));
    buf_release(&frame);
}

static void start(void)
{
    now = county_start();
    memcpy(now_folder, county_folder, sizeof(now_folder));
    county_join(now, &desks[0], 0x60);
    held = now->rep->registry_ledger->tree.size;
    fuzz_make_folder(then_folder);
    atexit(remove_then);
    copy_now();
    county_join(now, &desks[1], 0x70);
    county_join(now, &desks[2], 0x78);
    for (int both = 0; both < 2; both++)
        make_message(both);
    put_back();
}

static void flip(struct slice places, const struct buf *good, struct buf *out)
{
    buf_put_slice(out, buf_slice(good));
    for (size_t i = 0; i + 2 < places.n; i += 3)
        out->p[((size_t)places.p[i] | (size_t)places.p[i + 1] << 8) % out->n] ^= places.p[i + 2];
}

/* A frame around this content, with the right proof. */
static void wrap(int both, struct slice content, struct buf *out)
{
    const struct merkle_proof *proof = &messages[both].proof;
    struct buf frame;
    buf_init(&frame, 2 * MESSAGE_MAX);
    compress_bytes(content, 1, &frame);
    cbor_put_array(out, 3);
    cbor_put_uint(out, 1);
    cbor_put_array(out, proof->count);
    for (size_t i = 0; i < proof->count; i++)
        cbor_put_bytes(out, hash_slice(&proof->hashes[i]));
    cbor_put_bytes(out, buf_slice(&frame));
    buf_release(&frame);
}

static void take(struct slice body)
{
    struct arena arena = {0};
    struct handback message;
    struct handback_answer answer;
    struct error why = {0};
    struct hash root;
    struct buf out;
    uint64_t taken = 0;
    enum status st = handback_read(body, &arena, &message, &why);
    if (st == ST_OK)
        st = recovery_take(then, &message, NULL, time_now_ms(), &arena, &answer, &taken, &why);
    CHECK(st == ST_OK || (why.text[0] && taken == 0));
    CHECK(!db_in_transaction(then->db));
    const struct ledger *ledger = then->rep->registry_ledger;
    CHECK(ledger->tree.size == held + taken && ledger->folded == ledger->tree.size && taken <= 2);
    CHECK(replica_root_at(now->rep, now->rep->registry_ledger, ledger->tree.size, &root));
    CHECK(hash_equal(&root, &ledger->root));
    CHECK(server_recovering(then)); /* nobody has been heard, nothing confirmed */
    if (st == ST_OK) {
        buf_init(&out, MESSAGE_MAX);
        handback_answer_write(&answer, &out);
        CHECK(buf_ok(&out));
        MUST(handback_answer_read(buf_slice(&out), &arena, &answer, err));
        buf_release(&out);
    }
    arena_release(&arena);
    if (taken)
        put_back();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct buf body, content;
    if (!now)
        start();
    if (size < 1 || size > MESSAGE_MAX)
        return 0;
    const int both = data[0] >> 2 & 1;
    const struct slice rest = slice_of(data + 1, size - 1);
    buf_init(&body, 4 * MESSAGE_MAX);
    buf_init(&content, 2 * MESSAGE_MAX);
    switch (data[0] % 4) {
    case 1:
        wrap(both, rest, &body);
        break;
    case 2:
        flip(rest, &bodies[both], &body);
        break;
    case 3:
        flip(rest, &contents[both], &content);
        wrap(both, buf_slice(&content), &body);
        break;
    default:
        buf_put_slice(&body, rest);
    }
    struct slice exact = fuzz_exact(body.p, body.n);
    take(exact);
    mem_free((void *)exact.p);
    buf_release(&content);
    buf_release(&body);
    return 0;
}
