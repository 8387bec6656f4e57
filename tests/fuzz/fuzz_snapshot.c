/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * The records before their history. First byte modulo 4:
 *
 *   0  the county's answer that names a snapshot   1  the body of its note, which the target signs
 *   2  parts, each behind two bytes of length      3  edits of a true snapshot, four bytes each
 *
 * A note has one spelling. What is taken stands on the leaves of the signed head; what is refused
 * leaves no row. Whatever was taken beside the leaves, the history that comes behind (bit 2: first
 * one more leaf upon it) makes of it what it makes of nothing, or finds it out.
 */
#include "shared/codec/compress.h"
#include "shared/db/materialise.h"
#include "shared/db/migrate.h"
#include "shared/db/side_tables.h"
#include "shared/db/snapshot.h"
#include "shared/db/snapshot_rows.h"
#include "shared/ledger/snapshot_note.h"
#include "tests/fuzz/fuzz.h"
#include "tests/store/villages.h"

enum { LEAVES = 24, PARTS_MAX = 64, PART_BYTES_MAX = 64 * 1024 };

static struct fixture *f;
static struct replica *desk;          /* with the registry, and nothing of the village */
static struct slice parts[PARTS_MAX]; /* of the true snapshot, as they are before compression */
static size_t part_count;
static struct hash root, nothing, history; /* of the leaves; of all derived rows before and after */
static struct sign_key *log_key;
static struct origin village;

static void add(void *arg, struct slice bytes)
{
    hash_add(arg, bytes);
}

static void rows_of(struct replica *rep, struct hash *out)
{
    struct hash_run run;
    hash_begin(&run);
    MUST(side_tables_dump(rep, add, &run, err));
    hash_end(&run, out);
}

static struct ledger *its_ledger(void)
{
    return replica_ledger(desk, &f->ledger[0]->origin);
}

/* One leaf of the true history, as it comes over the line. */
static void read_leaf(uint64_t index, struct arena *arena, struct segment *segment,
                      struct stored_changeset *stored)
{
    struct segment_known known;
    replica_known(f->w.rep, f->ledger[0], &known);
    MUST(replica_read_leaf(f->w.rep, f->ledger[0], index, arena, stored, err));
    MUST(segment_load(stored->cose, stored->salts, stored->columns, &known.index, arena, segment,
                      err));
}

static void back_to_nothing(void)
{
    struct hash now_there;
    db_rollback(desk->db);
    MUST(replica_reload(desk, true, err));
    rows_of(desk, &now_there);
    CHECK(hash_equal(&now_there, &nothing) && its_ledger()->tree.size == 0);
}

/* The parts of what snapshot_make wrote, each decompressed. */
static void open_parts(struct slice bytes)
{
    while (bytes.n) {
        struct snapshot_reading part;
        MUST(snapshot_reading_open(&bytes, &part, err));
        CHECK(part_count < PARTS_MAX);
        parts[part_count++] =
            slice_of(arena_copy(&f->arena, part.content.p, part.content.n), part.content.n);
        snapshot_reading_release(&part);
    }
}

static void work(void)
{
    static const char *const words[] = {"一", "二", "三"};
    for (unsigned i = 0; i <= LEAVES; i++) { /* the last one is the news */
        const bool town = i % 3 == 2;
        struct op ops[2];
        if (i % 4 != 3)
            f->base[town] = now(f, 0);
        for (unsigned k = 0; k < 2; k++)
            ops[k] = put(f, (i + k) % 5, 1 + (i + k) % 3, words[i % 3]);
        if (i == LEAVES) {
            struct buf bytes;
            buf_init(&bytes, SNAPSHOT_MAX);
            MUST(snapshot_make(f->w.rep, f->ledger[0], &bytes, err));
            open_parts(buf_slice(&bytes));
            buf_release(&bytes);
            root = f->ledger[0]->root;
        }
        save(f, 0, town ? &f->town[0] : &f->village[0], f->base[town], ops, 2);
    }
}

static enum status take(struct slice bytes)
{
    struct error why;
    MUST(db_begin(desk->db, err));
    return snapshot_take(desk, &f->ledger[0]->origin, bytes, LEAVES, &root, &why);
}

/* All that was true of the leaves comes behind; false: the snapshot said something else of one. */
static bool fill(void)
{
    struct arena arena = {0};
    struct error why;
    enum status st = ST_OK;
    for (uint64_t i = 0; i < LEAVES && st == ST_OK; i++) {
        struct stored_changeset stored;
        struct segment segment;
        read_leaf(i, &arena, &segment, &stored);
        st = replica_fill(desk, its_ledger(), &segment, stored.columns, &why);
        CHECK(st == ST_OK || st == ST_REFUSED || st == ST_DAMAGED);
    }
    arena_release(&arena);
    return st == ST_OK;
}

static void compress_all(const struct slice *list, size_t count, struct buf *out)
{
    for (size_t i = 0; i < count; i++) {
        struct buf frame;
        buf_init(&frame, 4 * PART_BYTES_MAX);
        compress_bytes(list[i], 1, &frame);
        varint_put(out, frame.n);
        buf_put_slice(out, buf_slice(&frame));
        CHECK(buf_ok(&frame) && buf_ok(out));
        buf_release(&frame);
    }
}

static void prepare(void)
{
    static const char *const card =
        "INSERT INTO migration VALUES (1, 'card');"
        "INSERT INTO tables(no, name, zh, en) VALUES (1, 'card', '卡', 'card');"
        "INSERT INTO fields(tbl, no, name, zh, type, policy, writers) VALUES"
        " ('card', 1, 'name', '名称', 'text', 'lww', ''),"
        " ('card', 2, 'word', '说法', 'text', 'review', ''),"
        " ('card', 3, 'other', '另一个', 'text', 'lww', '');";
    struct buf bytes;
    struct db *db;
    if (f)
        return;
    log_key = fuzz_key(0x20);
    CHECK(origin_parse(slice_str("guanghe.example/622924101001"), &village));
    CHECK(villages_setup((void **)&f, card) == 0);
    MUST(db_open(NULL, DB_MEMORY, &db, err));
    MUST(migrate(db, "shared", err));
    MUST(replica_open(db, &desk, err));
    MUST(replica_found(desk, &f->w.rep->registry_origin, sign_key_kid(f->w.root), err));
    world_copy(&f->w, f->w.rep->registry_ledger, desk);
    MUST(replica_ledger_add(desk, &f->ledger[0]->origin, NULL, err));
    rows_of(desk, &nothing);
    work();
    /* What a desk comes to that never doubted its snapshot. */
    buf_init(&bytes, SNAPSHOT_MAX);
    compress_all(parts, part_count, &bytes);
    CHECK(take(buf_slice(&bytes)) == ST_OK);
    CHECK(fill());
    MUST(snapshot_settle(desk, err));
    rows_of(desk, &history);
    back_to_nothing();
    buf_release(&bytes);
}

/* ---- its bytes ---- */

/* A leaf as it comes by ordinary exchange. */
static enum status fold_leaf(uint64_t index, struct error *err)
{
    struct arena arena = {0};
    struct stored_changeset stored;
    struct segment segment;
    read_leaf(index, &arena, &segment, &stored);
    enum status st =
        replica_append(desk, its_ledger(), &stored.leaf, &segment, stored.columns, err);
    if (st == ST_OK)
        st = materialise_fold(desk, its_ledger(), &segment, 1, NULL, err);
    arena_release(&arena);
    return st;
}

/* The snapshot was found out: the rest of the history comes by ordinary exchange. */
static void give_up(void)
{
    MUST(snapshot_give_up(desk, err));
    while (its_ledger()->tree.size < LEAVES)
        MUST(fold_leaf(its_ledger()->tree.size, err));
}

static void hold(struct slice bytes, bool news)
{
    struct hash digest, there;
    struct error why = {0};
    if (take(bytes) == ST_OK) {
        CHECK(its_ledger()->tree.size == LEAVES && hash_equal(&its_ledger()->root, &root));
        if (snapshot_digest(desk, its_ledger(), &digest, &why) != ST_OK) {
            CHECK(why.text[0]); /* a desk takes no such one */
        } else if (news) {
            CHECK(fold_leaf(LEAVES, &why) == ST_OK || why.text[0]);
        } else {
            if (fill())
                MUST(snapshot_settle(desk, err));
            else
                give_up();
            rows_of(desk, &there);
            CHECK(hash_equal(&there, &history));
        }
    }
    back_to_nothing();
}

static size_t raw_parts(struct slice in, struct slice *out)
{
    size_t count = 0;
    while (in.n >= 2 && count < PARTS_MAX) {
        size_t n = (size_t)in.p[0] | (size_t)in.p[1] << 8;
        n = n < in.n - 2 ? n : in.n - 2;
        out[count++] = slice_of(in.p + 2, n);
        in = slice_of(in.p + 2 + n, in.n - 2 - n);
    }
    return count;
}

/* Each edit: which part and how (0 a byte, 1 cut here, 2 left out, 3 twice), where, the byte. */
static size_t edited_parts(struct slice in, struct arena *arena, struct slice *out)
{
    size_t count = part_count;
    for (size_t i = 0; i < count; i++)
        out[i] = slice_of(arena_copy(arena, parts[i].p, parts[i].n), parts[i].n);
    for (; in.n >= 4; in = slice_of(in.p + 4, in.n - 4)) {
        const size_t which = (in.p[0] & 63) % count, how = in.p[0] >> 6;
        const size_t at = (size_t)in.p[1] | (size_t)in.p[2] << 8;
        struct slice *part = &out[which];
        if (how == 0 && part->n)
            ((uint8_t *)part->p)[at % part->n] = in.p[3];
        else if (how == 1 && part->n)
            part->n = at % part->n;
        else if (how == 2 && count > 1)
            memmove(part, part + 1, (--count - which) * sizeof *part);
        else if (how == 3 && count < PARTS_MAX)
            out[count++] = slice_of(arena_copy(arena, part->p, part->n), part->n);
    }
    return count;
}

/* ---- what is signed for it ---- */

static void hold_note(struct slice text)
{
    struct snapshot_note note;
    struct error why;
    struct buf again;
    if (snapshot_note_open(text, &village, sign_key_public(log_key), &note, &why) != ST_OK) {
        CHECK(why.status == ST_INVALID || why.status == ST_DAMAGED);
        return;
    }
    buf_init(&again, SNAPSHOT_NOTE_MAX);
    snapshot_note_sign(&note, log_key, &again);
    CHECK(buf_ok(&again));
    const char *end = strstr(buf_cstr(&again), "\n\n");
    const size_t body = (size_t)(end + 2 - (const char *)again.p);
    CHECK(text.n > body && memcmp(text.p, again.p, body) == 0);
    CHECK(snapshot_note_open(slice_of(text.p, text.n - 1), &village, sign_key_public(log_key),
                             &note, &why) != ST_OK);
    buf_release(&again);
}

static void hold_answer(struct slice in)
{
    struct slice checkpoint, note;
    struct error why;
    struct buf again;
    if (snapshot_answer_read(in, &checkpoint, &note, &why) != ST_OK) {
        CHECK(why.text[0]);
        return;
    }
    buf_init(&again, in.n + 64);
    snapshot_answer_write(checkpoint, note, &again);
    CHECK(slice_equal(buf_slice(&again), in));
    buf_release(&again);
    hold_note(note);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice list[PARTS_MAX];
    struct arena arena = {0};
    struct buf made;
    if (size < 1)
        return 0;
    prepare();
    struct slice in = fuzz_exact(data + 1, size - 1);
    const unsigned kind = data[0] & 3;
    buf_init(&made, SNAPSHOT_MAX);
    if (kind == 0) {
        hold_answer(in);
    } else if (kind == 1) {
        buf_put_slice(&made, in);
        note_sign(&village, log_key, in, &made);
        hold_note(buf_slice(&made));
    } else {
        const size_t count = kind == 2 ? raw_parts(in, list) : edited_parts(in, &arena, list);
        compress_all(list, count, &made);
        hold(buf_slice(&made), data[0] & 4);
    }
    buf_release(&made);
    arena_release(&arena);
    mem_free((void *)in.p);
    return 0;
}
