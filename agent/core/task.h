/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * task: changes of this desk's people that have come back. A change that fails authority or
 * validation has its leaf and does not count; the stream goes on without it. Its author finds it
 * here with the reason, and sends it again, mended, or lays it aside.
 *
 *   void change ──▶ open task ──send──▶ a new change, whose note names the old one ─▶ done
 *                       └──────drop──▶ done
 *
 * What is open is derived from the ledger; only what a person has done about it is stored
 * (task_done, enduring). A task's id is "<chain, 16 hex digits>.<seq>": the same on every desk.
 */
#ifndef AGENT_CORE_TASK_H
#define AGENT_CORE_TASK_H

#include <jansson.h>

#include "agent/core/desk.h"

/* An array of
 * {"id","ledger","author","time","note","code","reason","text","ops":[{"type","type_label","record",
 * …as in history.h}]}. code, reason: why it does not count; text: the same in plain words. */
MUST_USE enum status task_list(struct desk *desk, json_t **out, struct error *err);
MUST_USE enum status task_show(struct desk *desk, const char *id, json_t **out, struct error *err);
uint64_t task_count(struct desk *desk, const struct ledger *ledger);

/* Sends the same ops again as a change of `author`. sets: "field=value" replaces what a put says,
 * or adds to it; without: fields to leave out. note NULL: the old one's. One transaction. */
struct task_send {
    const char *id;
    size_t set_count, without_count;
    const char *const *sets, *const *without;
    const char *note;
};
MUST_USE enum status task_send(struct desk *desk, struct author *author,
                               const struct task_send *what, struct error *err);
MUST_USE enum status task_drop(struct desk *desk, const char *id, const char *note,
                               struct error *err);

#endif
