/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * session: the exchange as a pure step machine. No I/O, no clock, no SQL: the shell feeds it what
 * its store holds and what the peer answered, and does what it says.
 *
 * Asking side (a desk):
 *
 *   ┌──── next ◀────────────────────────────┐
 *   ▼                                       │
 *   SEND request ──answer──▶ per ledger: APPEND leaves (durably) ─▶ more to do? ─no─▶ DONE
 *        └──transport error──▶ FAILED (nothing was moved; the shell retries later)
 *
 * The registry goes first: a ledger's leaves are folded only when the registry is at least at their
 * registry_size. Cursors (size, root) come from the shell's store at each step, so they are
 * advanced only by the transaction that stored the data. A session ends: a round that moved nothing
 * (no leaf arrived, no own changeset was confirmed, no less is unsent) but sent something may be
 * followed by another at most SESSION_IDLE_MAX times, because what was refused may go again in full
 * form or on a new chain. After that it is DONE, or FAILED with the reason when something stays
 * rejected.
 */
#ifndef SHARED_SYNC_SESSION_H
#define SHARED_SYNC_SESSION_H

#include "shared/sync/message.h"

#define SESSION_PIECE_MAX (1024 * 1024) /* bytes of segments in one request */
#define SESSION_ANSWER_MAX (256 * 1024) /* asked for in one answer: bounds the memory of a sync */
#define SESSION_PIECE_FIRST (64 * 1024)
#define SESSION_PIECE_MIN (4 * 1024)
#define SESSION_PIECE_S 12 /* what a dropped line may cost at most, about */
#define SESSION_IDLE_MAX 3 /* rounds in a row that moved nothing */

/* What the asking side's store says of one ledger before a round. */
struct session_ledger {
    struct origin origin;
    uint64_t size;
    struct hash root;
    uint64_t unsent; /* closed changesets not yet admitted, not given up */
};

enum session_state { SESSION_READY, SESSION_WAITING, SESSION_DONE, SESSION_FAILED };

struct session_progress {
    unsigned rounds;
    uint64_t bytes_out, bytes_in;
    uint64_t sent, received, confirmed, rejected; /* changesets */
    uint64_t to_send, to_receive;                 /* as far as known */
    bool receive_known;                           /* to_receive is all there is to come */
    int64_t elapsed_ms;                           /* since the beginning */
    uint64_t first_got, first_total; /* bytes of records that come before their history; 0: none */
    int64_t retry_after_s; /* the peer asked not to be asked again so soon; 0: it did not */
};

struct session {
    enum session_state state;
    struct session_progress progress;
    struct error error; /* FAILED */
    bool moved;         /* this round moved something */
    bool more;          /* the peer has more, or we have; the shell may set it before round_end, for
                           instance when the registry has shown a ledger that is still to be asked for */
    bool busy;          /* the peer asked to come back later */
    unsigned idle;      /* rounds in a row that moved nothing */
    size_t sent_now;    /* changesets in this round's request */
    size_t first_piece; /* what the first round takes; the shell may set less after session_init */
    uint64_t asked_bytes; /* of this round's request */
    uint64_t bytes_per_s; /* that the link has shown; 0: not known yet */
    struct error
        refused; /* the newest reason why something did not go through; status ST_OK: none */
};

void session_init(struct session *s);

/* How many encoded segment bytes to put into the next request, and to ask for in its answer: small
 * ones first, then larger with each round, as much as the link has shown to carry in
 * SESSION_PIECE_S. */
size_t session_piece(const struct session *s);
size_t session_wants(const struct session *s);
/* The line broke in the round that was under way: what the first piece of the next session should
 * be, so that even a line that breaks after every few kilobytes gets further each time. And after
 * one that went well. */
size_t session_piece_after_break(const struct session *s);
size_t session_piece_after_success(const struct session *s);
/* An answer of so many bytes is here: how long its round took from the first byte of the request
 * on, and all so far. */
void session_timed(struct session *s, size_t bytes, int64_t round_ms, int64_t elapsed_ms);
/* About how long the rest will take, by what it took so far; -1: nobody can say. */
int64_t session_left_s(const struct session_progress *p);
/* The shell has sent a request of this many bytes carrying this many changesets. */
void session_sent(struct session *s, size_t bytes, size_t changesets);
/* One answer arrived and was read. The shell then calls session_applied per ledger with what it
 * did, and session_round_end. */
void session_answered(struct session *s, size_t bytes);
void session_applied(struct session *s, const struct answer_ledger *answer, uint64_t new_leaves,
                     uint64_t own_confirmed);
void session_broken(struct session *s, const struct error *error);
void session_round_end(struct session *s, uint64_t still_unsent);

/* Checks one ledger's answer against the asking side's cursor before anything is stored: computes
 * the tree over the new leaves from the frontier and compares with the checkpoint. On ST_OK *tree
 * holds the advanced frontier; otherwise it is as before. more: the answer was cut, so the leaves
 * may end before the checkpoint, and what they lead to is proven by the checkpoint of a later
 * round. ST_DAMAGED: the county shows another history than before (evidence for the caller to
 * keep). */
MUST_USE enum status session_check_leaves(struct merkle *tree, const struct leaf *leaves,
                                          size_t count, const struct checkpoint *checkpoint,
                                          bool more, struct error *err);

/* ---- answering side (the county) ---- */

/* The decision about one incoming changeset, given what the ledger holds (FORMAT.md §4 Admission).
 * Pure: `segment_read`'s verdict and the chain's end go in, admit / reject comes out. */
enum admission { ADMIT, ADMIT_KNOWN /* already has a leaf */, ADMIT_REJECT };
struct admission_input {
    enum status verdict; /* of segment_read, as it is */
    const struct changeset *header;
    const struct hash *id;
    bool number_taken; /* the chain already has a changeset with this number */
    struct hash taken_id;
    uint64_t chain_next;        /* next number of the chain: 1 for a new one */
    uint64_t size;              /* of the ledger */
    uint64_t author_base_floor; /* greatest base_size of the chain's last changeset and the deps */
};
enum admission session_admit(const struct admission_input *in, enum reject_code *code);

#endif
