/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * exchange: see exchange.h.
 *
 * The request is built in one transaction: closing, picking and noting as sent are durable before
 * the first byte leaves. Each ledger of an answer is a transaction of its own: a line that drops in
 * between costs only what had not arrived.
 */
#include "agent/core/exchange.h"

#include "agent/core/receive.h"
#include "agent/core/save.h"

void exchange_init(struct exchange *x, struct desk *desk)
{
    *x = (struct exchange){.desk = desk};
    session_init(&x->session);
}

void exchange_release(struct exchange *x)
{
    arena_release(&x->arena);
}

enum status exchange_request(struct exchange *x, struct buf *out, struct error *err)
{
    struct desk *desk = x->desk;
    size_t changesets = 0;
    arena_reset(&x->arena);
    enum status st = desk_begin(desk, err);
    if (st != ST_OK)
        return st;
    st = save_close_all(desk, NULL, err);
    if (st == ST_OK && x->session.progress.rounds == 0)
        st = outbox_start(desk, err);
    if (st == ST_OK)
        st = outbox_request(desk, session_piece(&x->session), &x->arena, out, &x->asked,
                            &changesets, err);
    if (st != ST_OK) {
        desk_rollback(desk);
        return st;
    }
    st = desk_commit(desk, err);
    if (st == ST_OK)
        session_sent(&x->session, out->n, changesets);
    return st;
}

static uint64_t asked_size(const struct exchange *x, const struct origin *origin)
{
    for (size_t i = 0; i < x->asked.count; i++)
        if (strcmp(x->asked.ledgers[i].origin.text, origin->text) == 0)
            return x->asked.ledgers[i].size;
    return UINT64_MAX;
}

enum status exchange_answer(struct exchange *x, struct slice frame, void (*applied)(void *arg),
                            void *arg, struct error *err)
{
    struct sync_answer answer;
    session_answered(&x->session, frame.n);
    enum status st = sync_answer_read(frame, &x->arena, &answer, err);
    for (size_t i = 0; st == ST_OK && i < answer.ledger_count; i++) {
        struct received got;
        const struct answer_ledger *ledger = &answer.ledgers[i];
        st = receive_ledger(x->desk, ledger, asked_size(x, &ledger->origin), &got, err);
        if (st != ST_OK)
            break;
        session_applied(&x->session, ledger, got.leaves, got.confirmed);
        if (applied)
            applied(arg);
    }
    if (st == ST_OK)
        session_round_end(&x->session, outbox_waiting(x->desk));
    return st;
}
