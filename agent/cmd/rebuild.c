/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * huce rebuild [--check]: makes all record tables anew from the ledgers.
 *
 * With --check nothing is kept: the canonical dump before and after is compared piece by piece (one
 * piece per record), then every row of what else is derived (side_tables.h), and the first that
 * differs is shown from both sides. Both happen in one transaction, so nobody else's save can come
 * between.
 */
#include <stdio.h>

#include "agent/cmd/cmd.h"
#include "agent/core/save.h"
#include "shared/crypto/hash.h"
#include "shared/db/side_tables.h"

/* A dump as the hashes of its pieces; one piece's text can be caught on the way. */
struct fingerprint {
    size_t count, capacity;
    size_t records; /* of the pieces; the rest are rows */
    struct hash *pieces;
    size_t wanted; /* the piece to keep the text of */
    char *text;
};

#define NO_PIECE ((size_t)-1)

static void add_piece(void *arg, struct slice bytes)
{
    struct fingerprint *f = arg;
    f->pieces = mem_grow(f->pieces, &f->capacity, f->count + 1, sizeof(*f->pieces));
    hash_bytes(bytes, &f->pieces[f->count]);
    if (f->count++ == f->wanted)
        f->text = mem_printf("%.*s", (int)bytes.n, (const char *)bytes.p);
}

static enum status take(struct desk *desk, size_t wanted, struct fingerprint *out,
                        struct error *err)
{
    enum status st = ST_OK;
    *out = (struct fingerprint){.wanted = wanted};
    for (size_t i = 0; st == ST_OK && i < desk->rep->ledger_count; i++)
        st = materialise_dump(desk->rep, desk->rep->ledgers[i], false, add_piece, out, err);
    out->records = out->count;
    return st == ST_OK ? side_tables_dump(desk->rep, add_piece, out, err) : st;
}

static void release(struct fingerprint *f)
{
    mem_free(f->pieces);
    mem_free(f->text);
}

/* The first piece that is not the same on both sides; NO_PIECE: all are. */
static size_t first_difference(const struct fingerprint *a, const struct fingerprint *b)
{
    size_t common = a->count < b->count ? a->count : b->count;
    for (size_t i = 0; i < common; i++)
        if (!hash_equal(&a->pieces[i], &b->pieces[i]))
            return i;
    return a->count == b->count ? NO_PIECE : common;
}

static enum status begin(struct desk *desk, struct error *err)
{
    enum status st = desk_begin(desk, err);
    if (st == ST_OK)
        st = save_close_all(desk, NULL, err);
    return st;
}

/* The text of one piece before and after a rebuild. */
static void show_difference(struct desk *desk, size_t piece)
{
    struct fingerprint before = {0}, after = {0};
    struct fold_stats stats = {0};
    struct error err;
    if (begin(desk, &err) == ST_OK && take(desk, piece, &before, &err) == ST_OK &&
        materialise_rebuild(desk->rep, &stats, &err) == ST_OK &&
        take(desk, piece, &after, &err) == ST_OK)
        fprintf(stderr, "表中现有：\n%s\n由账本推出：\n%s\n", before.text ? before.text : "（无）",
                after.text ? after.text : "（无）");
    desk_rollback(desk);
    release(&before);
    release(&after);
}

static enum status check(struct desk *desk, struct fold_stats *stats, size_t *records,
                         struct error *err)
{
    struct fingerprint before = {0}, after = {0};
    enum status st = begin(desk, err);
    if (st == ST_OK)
        st = take(desk, NO_PIECE, &before, err);
    if (st == ST_OK)
        st = materialise_rebuild(desk->rep, stats, err);
    if (st == ST_OK)
        st = take(desk, NO_PIECE, &after, err);
    desk_rollback(desk);
    size_t different = st == ST_OK ? first_difference(&before, &after) : NO_PIECE;
    *records = after.records;
    release(&before);
    release(&after);
    if (different == NO_PIECE)
        return st;
    st = desk_refresh(desk, err);
    if (st != ST_OK)
        return st;
    show_difference(desk, different);
    return error_set(err, ST_DAMAGED,
                     "记录表与账本推出的不一致（见上）；运行 huce rebuild 按账本重做");
}

static enum status rebuild(struct desk *desk, struct fold_stats *stats, struct error *err)
{
    enum status st = begin(desk, err);
    if (st == ST_OK)
        st = materialise_rebuild(desk->rep, stats, err);
    if (st == ST_OK)
        return desk_commit(desk, err);
    desk_rollback(desk);
    return st;
}

enum status cmd_rebuild(struct cli *cli, struct error *err)
{
    struct desk *desk = NULL;
    struct fold_stats stats = {0};
    size_t records = 0;
    bool only_check = args_flag(&cli->args, "check");
    enum status st = cli_desk(cli, &desk, err);
    if (st == ST_OK)
        st = only_check ? check(desk, &stats, &records, err) : rebuild(desk, &stats, err);
    if (st == ST_OK && cli->json)
        cli_print_json(json_pack("{s:b, s:b, s:I, s:I, s:I}", "ok", true, "checked", only_check,
                                 "changes", (json_int_t)stats.changes, "void",
                                 (json_int_t)stats.voided, "records", (json_int_t)records));
    else if (st == ST_OK && only_check)
        printf("一致：由账本的 %llu 条改动推出的 %zu 条记录与表中完全相同\n",
               (unsigned long long)stats.changes, records);
    else if (st == ST_OK)
        printf("已由账本重做：%llu 条改动，其中 %llu 条不计入\n", (unsigned long long)stats.changes,
               (unsigned long long)stats.voided);
    desk_close(desk);
    return st;
}
