/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * exchange: see exchange.h.
 *
 * The request is built in one transaction: closing, picking and noting as sent are durable before
 * the first byte leaves. Each ledger of an answer is a transaction of its own: a line that drops in
 * between costs only what had not arrived.
 */
#include "agent/core/exchange.h"

#include "agent/core/given.h"
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
    x->brings_only = given_is_behind(desk);
    st = save_close_all(desk, NULL, err);
    bool cut;
    if (st == ST_OK) /* what an older program had received and could not read */
        st = receive_epochs(desk, &cut, err);
    if (st == ST_OK && x->session.progress.rounds == 0)
        st = outbox_start(desk, err);
    if (st == ST_OK)
        st =
            outbox_request(desk, x->registry_only, x->brings_only ? 0 : session_piece(&x->session),
                           session_wants(&x->session), &x->arena, out, &x->asked, &changesets, err);
    if (st != ST_OK) {
        desk_rollback(desk);
        return st;
    }
    st = desk_commit(desk, err);
    if (st == ST_OK && changesets)
        given_note(desk);
    if (st == ST_OK)
        session_sent(&x->session, out->n, changesets);
    return st;
}

/* A ledger that the county gives this desk no more is told of once: what is still handed over for
 * it is for the county to judge, and the others go on. */
static void apply(struct exchange *x, const struct answer_ledger *answer,
                  const struct received *got)
{
    struct answer_ledger seen = *answer;
    if (got->told_before || got->moved_on || got->later_epoch)
        seen.status = SYNC_OK;
    seen.more |= got->moved_on || got->later_epoch;
    session_applied(&x->session, &seen, got->leaves, got->confirmed);
    x->session.progress.to_receive += got->behind;
    if (seen.more && got->leaves == 0) /* the answer had no room for it, and no word of its size */
        x->session.progress.receive_known = false;
}

static uint64_t asked_size(const struct exchange *x, const struct origin *origin)
{
    for (size_t i = 0; i < x->asked.count; i++)
        if (strcmp(x->asked.ledgers[i].origin.text, origin->text) == 0)
            return x->asked.ledgers[i].size;
    return UINT64_MAX;
}

/* All is here that there is: what is still not known to the county goes now. */
static enum status begin_sending(struct exchange *x, struct error *err)
{
    enum status st = given_settle(x->desk, err);
    if (st != ST_OK)
        return st;
    session_round_end(&x->session, 0);
    if (outbox_waiting(x->desk) > 0)
        x->session.state = SESSION_READY;
    return ST_OK;
}

/* Signed by a key that the rest of the registry may name: it comes again with that. */
static bool is_of_later_key(const struct desk *desk, const struct answer_ledger *answer)
{
    const struct ledger *ledger = replica_ledger(desk->rep, &answer->origin);
    struct checkpoint head;
    return ledger && answer->leaf_count > 0 && answer->checkpoint.n &&
           replica_open_newest(desk->rep, ledger, answer->checkpoint, &head, NULL) != ST_OK;
}

enum status exchange_answer(struct exchange *x, struct slice frame, void (*applied)(void *arg),
                            void *arg, struct error *err)
{
    struct sync_answer answer;
    bool registry_is_cut = false;
    session_answered(&x->session, frame.n);
    enum status st = sync_answer_read(frame, &x->arena, &answer, err);
    for (size_t i = 0; st == ST_OK && i < answer.ledger_count; i++) {
        struct received got;
        const struct answer_ledger *ledger = &answer.ledgers[i];
        if (registry_is_cut && is_of_later_key(x->desk, ledger))
            got = (struct received){.later_epoch = true};
        else
            st = receive_ledger(x->desk, ledger, asked_size(x, &ledger->origin), &got, err);
        registry_is_cut |= i == 0 && ledger->more;
        /* An answer is of one moment: a registry that was given whole names every epoch. */
        if (st == ST_OK && got.later_epoch && !registry_is_cut)
            st = error_set(err, ST_DAMAGED, "%s：县里给出的账本头属于登记账本里没有声明的一期",
                           ledger->origin.text);
        if (st != ST_OK)
            break;
        apply(x, ledger, &got);
        if (applied)
            applied(arg);
    }
    if (st == ST_OK && x->brings_only && !x->session.more && !x->session.busy &&
        x->session.state == SESSION_WAITING)
        return begin_sending(x, err);
    if (st == ST_OK)
        session_round_end(&x->session, outbox_waiting(x->desk));
    return st;
}
