/* SPDX-License-Identifier: MulanPSL-2.0 */
/* session: a table of situations for each decision, and no exchange without an end. */
#include "shared/sync/session.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

/* ---- admission ---- */

static void admission_table(void **state)
{
    (void)state;
    const struct hash id = {{1}}, other = {{2}};
    static const struct {
        const char *what;
        enum status verdict;
        uint64_t number, base;
        bool taken, same;
        enum admission expected;
        enum reject_code code;
    } table[] = {
        {"the next of its chain", ST_OK, 5, 10, false, false, ADMIT, 0},
        {"on the whole ledger", ST_OK, 5, 20, false, false, ADMIT, 0},
        {"on the base of its predecessor", ST_OK, 5, 7, false, false, ADMIT, 0},
        {"sent again", ST_OK, 4, 7, true, true, ADMIT_KNOWN, 0},
        {"another with its number", ST_OK, 4, 7, true, false, ADMIT_REJECT, REJECT_FORK},
        {"on another branch", ST_EXISTS, 5, 7, false, false, ADMIT_REJECT, REJECT_FORK},
        {"a gap in the chain", ST_OK, 6, 7, false, false, ADMIT_REJECT, REJECT_WAIT},
        {"a base that is to come", ST_OK, 5, 21, false, false, ADMIT_REJECT, REJECT_WAIT},
        {"something missing", ST_WAIT, 5, 7, false, false, ADMIT_REJECT, REJECT_WAIT},
        {"a base before its predecessor's", ST_OK, 5, 6, false, false, ADMIT_REJECT, REJECT_FORM},
        {"a number that was passed over", ST_OK, 3, 7, false, false, ADMIT_REJECT, REJECT_FORM},
        {"malformed", ST_INVALID, 5, 7, false, false, ADMIT_REJECT, REJECT_FORM},
        {"over a limit", ST_LIMIT, 5, 7, false, false, ADMIT_REJECT, REJECT_FORM},
        {"wrongly signed", ST_REFUSED, 5, 7, false, false, ADMIT_REJECT, REJECT_SIGNATURE},
        {"by nobody we know", ST_NOT_FOUND, 5, 7, false, false, ADMIT_REJECT, REJECT_AUTHOR},
        {"on another history", ST_DAMAGED, 5, 7, false, false, ADMIT_REJECT, REJECT_HISTORY},
        /* A number that is taken does not make a bad signature good. */
        {"known but damaged", ST_REFUSED, 4, 7, true, true, ADMIT_REJECT, REJECT_SIGNATURE},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        const struct changeset header = {.number = table[i].number, .base_size = table[i].base};
        const struct admission_input in = {.verdict = table[i].verdict,
                                           .header = &header,
                                           .id = &id,
                                           .number_taken = table[i].taken,
                                           .taken_id = table[i].same ? id : other,
                                           .chain_next = 5,
                                           .size = 20,
                                           .author_base_floor = 7};
        enum reject_code code;
        enum admission got = session_admit(&in, &code);
        if (got != table[i].expected || (got == ADMIT_REJECT && code != table[i].code))
            fail_msg("%s: admission %d, code %d", table[i].what, got, code);
    }
}

/* ---- progress ---- */

struct round {
    uint64_t unsent; /* when it begins */
    size_t sent;     /* changesets in the request */
    enum sync_status status;
    uint64_t leaves, confirmed;
    bool rejected, more;
};

static enum session_state play(struct session *s, const struct round *r, uint64_t still_unsent)
{
    struct rejection rejection = {.number = 3, .code = REJECT_WAIT, .text = slice_str("等待")};
    struct answer_ledger answer = {.status = r->status,
                                   .more = r->more,
                                   .rejected = &rejection,
                                   .rejected_count = r->rejected};
    origin_parse(slice_str("guanghe.example/622924101001"), &answer.origin);
    session_sent(s, 100, r->sent);
    session_answered(s, 200);
    session_applied(s, &answer, r->leaves, r->confirmed);
    session_round_end(s, still_unsent);
    return s->state;
}

static void sessions_end_as_they_should(void **state)
{
    (void)state;
    static const struct {
        const char *what;
        struct round round;
        uint64_t still_unsent;
        enum session_state expected;
        enum status error;
    } table[] = {
        {"nothing to do", {0}, 0, SESSION_DONE, 0},
        {"all sent and confirmed", {.sent = 2, .leaves = 2, .confirmed = 2}, 0, SESSION_DONE, 0},
        {"the peer has more", {.leaves = 5, .more = true}, 0, SESSION_READY, 0},
        {"we have more", {.sent = 2, .leaves = 2, .confirmed = 2}, 3, SESSION_READY, 0},
        {"refused, may go again", {.sent = 1, .rejected = true}, 1, SESSION_READY, 0},
        {"more is promised, nothing comes", {.more = true}, 0, SESSION_DONE, 0},
        {"unsent, but not to be sent now", {0}, 4, SESSION_DONE, 0},
        {"refused, and nothing was sent", {.rejected = true}, 1, SESSION_FAILED, ST_REFUSED},
        {"busy", {.sent = 1, .status = SYNC_BUSY}, 1, SESSION_FAILED, ST_BUSY},
        {"enough for today", {.sent = 1, .status = SYNC_QUOTA}, 1, SESSION_FAILED, ST_BUSY},
        {"enough for today, and more is to come",
         {.sent = 1, .leaves = 3, .more = true, .status = SYNC_QUOTA},
         1,
         SESSION_FAILED,
         ST_BUSY},
        {"busy, but nothing to do", {.status = SYNC_BUSY}, 0, SESSION_DONE, 0},
        {"history", {.status = SYNC_HISTORY}, 0, SESSION_FAILED, ST_DAMAGED},
        {"forbidden", {.status = SYNC_FORBIDDEN}, 0, SESSION_DONE, 0},
        {"forbidden and unsent", {.status = SYNC_FORBIDDEN}, 1, SESSION_FAILED, ST_REFUSED},
        {"unknown and unsent", {.status = SYNC_UNKNOWN}, 1, SESSION_FAILED, ST_NOT_FOUND},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct session s;
        session_init(&s);
        assert_int_equal(s.state, SESSION_READY);
        enum session_state got = play(&s, &table[i].round, table[i].still_unsent);
        if (got != table[i].expected || (got == SESSION_FAILED && s.error.status != table[i].error))
            fail_msg("%s: state %d, %s", table[i].what, got, s.error.text);
    }
}

/* A peer that refuses everything, promises more for ever, or both, ends the session. */
static void no_session_runs_without_progress(void **state)
{
    (void)state;
    for (int kind = 0; kind < 8; kind++) {
        const struct round r = {.sent = kind & 1, .rejected = kind & 2, .more = kind & 4};
        struct session s;
        session_init(&s);
        for (int round = 0; s.state == SESSION_READY; round++) {
            assert_true(round < 10);
            play(&s, &r, 5);
        }
        assert_true(s.progress.rounds <= SESSION_IDLE_MAX);
        assert_int_equal(s.state, kind & 2 ? SESSION_FAILED : SESSION_DONE);
    }
}

static void progress_starts_the_count_anew(void **state)
{
    (void)state;
    struct session s;
    const struct round idle = {.sent = 1, .rejected = true};
    const struct round moves = {.sent = 1, .leaves = 1};
    session_init(&s);
    for (int i = 0; i < 20; i++) {
        assert_int_equal(play(&s, &idle, 5), SESSION_READY);
        assert_int_equal(play(&s, &idle, 5), SESSION_READY);
        assert_int_equal(play(&s, &moves, 5), SESSION_READY);
    }
    assert_int_equal(s.progress.rounds, 60);
    assert_int_equal(s.progress.sent, 60);
    assert_int_equal(s.progress.received, 20);
    assert_int_equal(s.progress.rejected, 40);
    assert_int_equal(s.progress.bytes_out, 6000);
    assert_int_equal(s.progress.bytes_in, 12000);
    /* Fewer unsent than before is progress too: the shell gave some up, or signed them anew. */
    play(&s, &idle, 5);
    play(&s, &idle, 5);
    assert_int_equal(play(&s, &idle, 4), SESSION_READY);
}

static void the_shell_may_ask_for_another_round(void **state)
{
    (void)state;
    struct session s;
    struct answer_ledger registry = {.status = SYNC_OK};
    session_init(&s);
    session_sent(&s, 1, 0);
    session_answered(&s, 1);
    session_applied(&s, &registry, 3, 0);
    s.more = true; /* the registry shows a ledger that has not been asked for */
    session_round_end(&s, 0);
    assert_int_equal(s.state, SESSION_READY);
}

/* What was confirmed is a step forward, without any news from others. */
static void a_receipt_is_progress(void **state)
{
    (void)state;
    struct session s;
    struct answer_ledger answer = {.status = SYNC_OK};
    session_init(&s);
    session_sent(&s, 1, 5);
    session_answered(&s, 1);
    session_applied(&s, &answer, 0, 2);
    session_round_end(&s, 3);
    assert_int_equal(s.state, SESSION_READY);
    assert_int_equal(s.progress.confirmed, 2);
}

static void a_broken_line_fails_the_session(void **state)
{
    (void)state;
    struct session s;
    struct error error = {0};
    error_set(&error, ST_UNREACHABLE, "connection reset");
    session_init(&s);
    session_sent(&s, 1, 1);
    session_broken(&s, &error);
    session_round_end(&s, 0);
    assert_int_equal(s.state, SESSION_FAILED);
    assert_int_equal(s.error.status, ST_UNREACHABLE);
}

static void pieces_grow(void **state)
{
    (void)state;
    struct session s;
    size_t last = 0;
    session_init(&s);
    for (unsigned i = 0; i < 40; i++) {
        s.progress.rounds = i;
        assert_true(session_piece(&s) >= last && session_piece(&s) <= SESSION_PIECE_MAX);
        last = session_piece(&s);
    }
    assert_int_equal(last, SESSION_PIECE_MAX);
}

/* A link that carries 2,000 bytes a second is not asked for more than it brings in some seconds;
 * one that shows itself faster is. */
static void pieces_fit_the_link(void **state)
{
    (void)state;
    struct session s;
    session_init(&s);
    assert_int_equal(session_wants(&s), 64 * 1024);
    session_sent(&s, 1000, 0);
    session_timed(&s, 19000, 10000, 10000);
    assert_in_range(session_wants(&s), SESSION_PIECE_S * 2000, SESSION_PIECE_S * 2001);
    assert_int_equal(session_piece(&s), session_wants(&s));
    session_timed(&s, 10, 10000, 10000); /* never so small that heads outweigh it */
    assert_int_equal(session_wants(&s), SESSION_PIECE_MIN);
    s.progress.rounds = 20;
    session_timed(&s, 1000000, 0, 10000); /* too fast for the clock */
    assert_int_equal(session_wants(&s), SESSION_ANSWER_MAX);
    assert_int_equal(session_piece(&s), SESSION_PIECE_MAX);
}

/* Where each attempt breaks, the next begins smaller; where it does not, larger again. */
static void a_line_that_breaks_gets_smaller_pieces(void **state)
{
    (void)state;
    struct session s;
    size_t piece = SESSION_PIECE_FIRST;
    for (int i = 0; i < 20; i++) {
        session_init(&s);
        s.first_piece = piece;
        session_sent(&s, 1000, 0);
        size_t next = session_piece_after_break(&s);
        assert_true(next == piece / 2 || (next == SESSION_PIECE_MIN && next >= piece / 2));
        piece = next;
    }
    assert_int_equal(piece, SESSION_PIECE_MIN);
    s.progress.rounds = 4; /* it broke in the fourth round, whose piece was eight times the first */
    assert_int_equal(session_piece_after_break(&s), 4 * SESSION_PIECE_MIN);
    for (int i = 0; i < 20; i++) {
        session_init(&s);
        s.first_piece = piece;
        piece = session_piece_after_success(&s);
    }
    assert_int_equal(piece, SESSION_PIECE_FIRST);
}

static void the_rest_is_told_when_it_is_known(void **state)
{
    (void)state;
    struct session_progress p = {.elapsed_ms = 10000, .received = 100, .to_receive = 300};
    assert_int_equal(session_left_s(&p), -1); /* some ledger's size is not known */
    p.receive_known = true;
    assert_int_equal(session_left_s(&p), 31);
    p.to_send = 100;
    p.confirmed = 100;
    assert_int_equal(session_left_s(&p), 21);
    p.to_send = p.to_receive = 0;
    assert_int_equal(session_left_s(&p), 0);
    p = (struct session_progress){.elapsed_ms = 10000, .to_receive = 300, .receive_known = true};
    assert_int_equal(session_left_s(&p), -1); /* nothing to judge by */
    p = (struct session_progress){.received = 100, .to_receive = 300, .receive_known = true};
    assert_int_equal(session_left_s(&p), -1); /* no time has passed */
}

/* ---- leaves ---- */

struct tree {
    struct merkle at[10]; /* after i leaves */
    struct leaf leaves[9];
    struct checkpoint checkpoint; /* of all nine */
};

static void tree_make(struct tree *t)
{
    merkle_init(&t->at[0]);
    for (int i = 0; i < 9; i++) {
        struct hash hash;
        t->leaves[i] = (struct leaf){.id = {{(uint8_t)i}}, .admitted_ms = 1000 + i / 2};
        t->leaves[i].registry_size = (uint64_t)i / 3;
        leaf_hash(&t->leaves[i], &hash);
        t->at[i + 1] = t->at[i];
        merkle_append(&t->at[i + 1], &hash);
    }
    origin_parse(slice_str("guanghe.example/622924101001"), &t->checkpoint.origin);
    t->checkpoint.size = 9;
    merkle_root(&t->at[9], &t->checkpoint.root);
}

static void new_leaves_must_lead_to_the_checkpoint(void **state)
{
    (void)state;
    struct tree t;
    tree_make(&t);
    for (size_t from = 0; from <= 9; from++) {
        struct merkle tree = t.at[from];
        assert_int_equal(
            session_check_leaves(&tree, t.leaves + from, 9 - from, &t.checkpoint, false, NULL),
            ST_OK);
        assert_int_equal(tree.size, 9);
    }
    struct merkle tree = t.at[4];
    /* Cut short: fine when it says so, and the next piece then leads to the end. */
    assert_int_equal(session_check_leaves(&tree, t.leaves + 4, 2, &t.checkpoint, false, NULL),
                     ST_INVALID);
    assert_int_equal(tree.size, 4);
    assert_int_equal(session_check_leaves(&tree, t.leaves + 4, 2, &t.checkpoint, true, NULL),
                     ST_OK);
    assert_int_equal(tree.size, 6);
    assert_int_equal(session_check_leaves(&tree, t.leaves + 6, 3, &t.checkpoint, false, NULL),
                     ST_OK);
}

static void another_history_is_noticed(void **state)
{
    (void)state;
    struct tree t;
    struct merkle tree;
    tree_make(&t);
#define CHECK_FROM(from) \
    (tree = t.at[from],  \
     session_check_leaves(&tree, t.leaves + (from), 9 - (from), &t.checkpoint, false, NULL))
    t.leaves[6].id.b[31] ^= 1;
    assert_int_equal(CHECK_FROM(4), ST_DAMAGED);
    assert_int_equal(tree.size, 4);
    t.leaves[6].id.b[31] ^= 1;
    t.leaves[6].admitted_ms = 1;
    assert_int_equal(CHECK_FROM(4), ST_DAMAGED);
    t.leaves[6].admitted_ms = 1003;
    t.leaves[6].registry_size = 9;
    assert_int_equal(CHECK_FROM(4), ST_DAMAGED);
    t.leaves[6].registry_size = 2;
    assert_int_equal(CHECK_FROM(4), ST_OK);
    t.leaves[4].admitted_ms = -1; /* no date of ours */
    assert_int_equal(CHECK_FROM(4), ST_INVALID);
    t.leaves[4].admitted_ms = 1001;
    t.at[4].stack[0].b[0] ^= 1; /* what we were shown before is not in it */
    assert_int_equal(CHECK_FROM(4), ST_DAMAGED);
    t.at[4].stack[0].b[0] ^= 1;
    t.checkpoint.size = 3; /* the county has forgotten */
    assert_int_equal(CHECK_FROM(4), ST_DAMAGED);
    t.checkpoint.size = 8;
    assert_int_equal(CHECK_FROM(4), ST_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(admission_table),
        cmocka_unit_test(sessions_end_as_they_should),
        cmocka_unit_test(no_session_runs_without_progress),
        cmocka_unit_test(progress_starts_the_count_anew),
        cmocka_unit_test(the_shell_may_ask_for_another_round),
        cmocka_unit_test(a_receipt_is_progress),
        cmocka_unit_test(a_broken_line_fails_the_session),
        cmocka_unit_test(pieces_grow),
        cmocka_unit_test(pieces_fit_the_link),
        cmocka_unit_test(a_line_that_breaks_gets_smaller_pieces),
        cmocka_unit_test(the_rest_is_told_when_it_is_known),
        cmocka_unit_test(new_leaves_must_lead_to_the_checkpoint),
        cmocka_unit_test(another_history_is_noticed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
