/* SPDX-License-Identifier: MulanPSL-2.0 */
/* quorum: see quorum.h. Two settings: the verifiers, one a line, and the number. */
#include "agent/core/quorum.h"

#include "agent/core/evidence.h"
#include "agent/net/peer.h"
#include "shared/base/diag.h"
#include "shared/codec/cbor.h"
#include "shared/db/cosigned.h"

#include <stdio.h>
#include <stdlib.h>

#define SETTING_WITNESSES "witnesses"
#define SETTING_NEEDED "witness_quorum"
#define ASKED_LEDGERS_MAX 256
#define QUESTION_FULL 4096      /* bytes; half of what a server reads as one address */
#define QUESTION_LEDGERS_MAX 24 /* each takes the county room of a head (PROTOCOL.md §10) */
#define LINES_MAX (QUORUM_WITNESSES_MAX * 512)

enum status quorum_add(struct quorum *quorum, const char *text, struct error *err)
{
    if (quorum->count == QUORUM_WITNESSES_MAX)
        return error_set(err, ST_USAGE, "见证人最多 %d 个", QUORUM_WITNESSES_MAX);
    struct verifier *witness = &quorum->witnesses[quorum->count];
    if (verifier_read(slice_str(text), witness, err) != ST_OK || witness->type != VERIFIER_WITNESS)
        return error_set(err, ST_USAGE, "%s 不是见证人的验证公钥", text);
    quorum->needed = ++quorum->count;
    return ST_OK;
}

void quorum_read(struct desk *desk, struct quorum *out)
{
    struct buf lines, number;
    char *save = NULL;
    *out = (struct quorum){0};
    buf_init(&lines, LINES_MAX);
    buf_init(&number, 32);
    if (desk_setting(desk, SETTING_WITNESSES, &lines)) {
        for (char *line = strtok_r((char *)buf_cstr(&lines), "\n", &save); line;
             line = strtok_r(NULL, "\n", &save))
            if (quorum_add(out, line, NULL) != ST_OK)
                diag_warn("quorum", "a witness that is set here cannot be read");
        if (out->count && desk_setting(desk, SETTING_NEEDED, &number)) {
            uint64_t needed = strtoull(buf_cstr(&number), NULL, 10);
            if (needed >= 1 && needed <= out->count)
                out->needed = needed;
        }
    }
    buf_release(&number);
    buf_release(&lines);
}

enum status quorum_write(struct desk *desk, const struct quorum *quorum, struct error *err)
{
    struct buf lines;
    char number[24];
    buf_init(&lines, LINES_MAX);
    for (size_t i = 0; i < quorum->count; i++) {
        verifier_write(&quorum->witnesses[i], &lines);
        buf_put_u8(&lines, '\n');
    }
    snprintf(number, sizeof(number), "%llu", (unsigned long long)quorum->needed);
    enum status st = desk_begin(desk, err);
    if (st == ST_OK) {
        st = desk_set(desk, SETTING_WITNESSES, buf_slice(&lines), err);
        if (st == ST_OK)
            st = desk_set(desk, SETTING_NEEDED, slice_str(number), err);
        if (st == ST_OK)
            st = desk_commit(desk, err);
        else
            desk_rollback(desk);
    }
    buf_release(&lines);
    return st;
}

/* ---- asking ---- */

static uint64_t signed_size(const struct quorum *quorum, struct slice text, uint64_t size)
{
    return witness_count(text, quorum->witnesses, quorum->count) >= quorum->needed ? size : 0;
}

/* What came with the leaves may be signed already. */
uint64_t quorum_reach(struct desk *desk, const struct quorum *quorum, struct ledger *ledger)
{
    struct arena arena = {0};
    uint64_t size;
    if (quorum->count == 0)
        return 0;
    struct slice newest = replica_checkpoint(desk->rep, ledger, &arena);
    uint64_t reach = signed_size(quorum, newest, ledger->tree.size);
    if (reach == 0) {
        struct slice text = cosigned_read(desk->rep, ledger, &arena, &size);
        reach = signed_size(quorum, text, size);
    }
    arena_release(&arena);
    return reach;
}

bool quorum_question(struct desk *desk, size_t *from, struct buf *out)
{
    struct quorum quorum;
    size_t n = 0;
    quorum_read(desk, &quorum);
    buf_put_str(out, "/v1/cosigned");
    for (; quorum.count && *from < desk->rep->ledger_count && n < QUESTION_LEDGERS_MAX &&
           out->n < QUESTION_FULL;
         ++*from) {
        struct ledger *ledger = desk->rep->ledgers[*from];
        uint64_t reach = quorum_reach(desk, &quorum, ledger);
        if (reach >= ledger->tree.size)
            continue;
        buf_put_str(out, n++ ? "&ledger=" : "?ledger=");
        peer_put_origin(out, ledger->origin.text);
        buf_printf(out, "&size=%llu", (unsigned long long)reach);
    }
    return n > 0;
}

/* ---- the answer ---- */

static enum status disagree(struct desk *desk, struct ledger *ledger, struct slice text,
                            struct error *err)
{
    char *path;
    evidence_write(desk, ledger, text, &path);
    error_set(err, ST_DAMAGED,
              "%s：见证人签过的历史与县里给本机的不同。双方签过的都已写入 %s，请保存好并告诉县里",
              ledger->origin.text, path ? path : "（写不下来）");
    mem_free(path);
    return ST_DAMAGED;
}

static enum status take_one(struct desk *desk, const struct quorum *quorum, struct ledger *ledger,
                            struct slice text, struct error *err)
{
    struct checkpoint checkpoint;
    struct hash root;
    enum status st = replica_open_kept(desk->rep, ledger, text, &checkpoint, err);
    if (st != ST_OK)
        return st;
    if (!replica_root_at(desk->rep, ledger, checkpoint.size, &root))
        return ST_OK; /* it has grown again: the leaves come with the next exchange */
    if (!hash_equal(&root, &checkpoint.root))
        return disagree(desk, ledger, text, err);
    if (witness_count(text, quorum->witnesses, quorum->count) < quorum->needed)
        return ST_OK;
    st = desk_begin(desk, err);
    if (st != ST_OK)
        return st;
    st = cosigned_write(desk->rep, ledger, checkpoint.size, text, err);
    if (st == ST_OK)
        return desk_commit(desk, err);
    desk_rollback(desk);
    return st;
}

enum status quorum_take(struct desk *desk, struct slice body, struct error *err)
{
    struct quorum quorum;
    struct cbor_reader r;
    struct origin origin;
    enum status st = ST_OK;
    quorum_read(desk, &quorum);
    cbor_reader_init(&r, body, "cosigned checkpoints");
    cbor_expect_array(&r, 2);
    cbor_read_uint_max(&r, 1);
    size_t n = cbor_read_array(&r, ASKED_LEDGERS_MAX);
    for (size_t i = 0; i < n && st == ST_OK && cbor_ok(&r); i++) {
        cbor_expect_array(&r, 2);
        struct slice name = cbor_read_text(&r, ORIGIN_MAX);
        struct slice text = cbor_read_text(&r, CHECKPOINT_MAX);
        if (!cbor_ok(&r) || !origin_parse(name, &origin))
            return error_set(err, ST_INVALID, "县里关于见证人的回答读不出来");
        struct ledger *ledger = replica_ledger(desk->rep, &origin);
        if (ledger)
            st = take_one(desk, &quorum, ledger, text, err);
    }
    return st == ST_OK ? cbor_end(&r, err) : st;
}
